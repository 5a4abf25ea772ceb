//! What is compared with what: each side in a line that leads to it.

use crate::app::Command;
use crate::app::looks::{Compared, ComparedSide};
use crate::app::route::{ComparePlace, CompareWith, Route, TracesPlace};
use crate::model::human::{self, Clock};
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::single_line;
use egui::{Align, Layout, RichText, Role, Sense, Ui, WidgetInfo, vec2};

/// The two sides, above each other.
pub(super) fn ui(
    ui: &mut Ui,
    compared: &Compared,
    clock: Clock,
    place: &ComparePlace,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Compare").font(theme::title()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_text_button(ui, Icon::Swap, "Swap sides").clicked() {
                commands.push(Command::Go(Route::Compare(place.clone().swapped())));
            }
            if icon_text_button(ui, Icon::Columns, "With another…").clicked() {
                commands.push(Command::Go(Route::Compare(place.clone().with_another())));
            }
        });
    });
    side(ui, compared, 0, "Left", clock, place, commands);
    side(ui, compared, 1, "Right", clock, place, commands);
}

/// A side: its name, how long and how much it is, and what it is, which leads there.
fn side(
    ui: &mut Ui,
    compared: &Compared,
    at: usize,
    name: &'static str,
    clock: Clock,
    place: &ComparePlace,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        let (label, response) = ui.allocate_exact_size(vec2(40.0, 16.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
        let (at_left, font) = (egui::Align2::LEFT_CENTER, theme::small());
        ui.painter()
            .text(label.left_center(), at_left, name, font, palette.muted);
        let duration = human::duration(compared.comparison.durations[at]);
        let spans = human::counted(compared.comparison.spans[at], "span");
        let duration = RichText::new(duration).font(theme::strong());
        ui.label(duration);
        ui.label(RichText::new(spans).color(palette.muted));
        match (&compared.sides[at], [&place.a, &place.b][at]) {
            (ComparedSide::Trace(trace), _) => {
                let start = human::date_time(trace.start, clock);
                let text = format!("{} in {}, {start}", trace.root_name, trace.root_service);
                let leads = format!("Open the {} trace", name.to_lowercase());
                if link(ui, &text, leads, &trace.id.to_string()) {
                    commands.push(Command::OpenTrace {
                        trace: trace.id,
                        span: None,
                    });
                }
            }
            (ComparedSide::Usual { traces, of }, Some(CompareWith::Fitting(search))) => {
                let text = fitting_in_words(*traces as u64, *of, search);
                let leads = format!(
                    "Show the traces of the {} side, {text}",
                    name.to_lowercase()
                );
                if link(ui, &text, leads, search) {
                    commands.push(Command::Go(Route::Traces(TracesPlace {
                        query: search.clone(),
                        range: place.range,
                        ..TracesPlace::default()
                    })));
                }
            }
            (ComparedSide::Usual { traces, of }, _) => {
                let text = match *of == *traces as u64 {
                    true => format!("the median of {}", human::counted(*of, "other trace")),
                    false => format!(
                        "the median of the last {traces} of {} other traces",
                        human::grouped(*of)
                    ),
                };
                ui.label(text);
            }
            (ComparedSide::Unknown(_), _) => {}
        }
    });
}

/// A line that leads somewhere; whether it was chosen.
fn link(ui: &mut Ui, text: &str, leads: String, hint: &str) -> bool {
    let button = egui::Button::new(single_line(text)).frame(false).truncate();
    let link = ui.add(button);
    link.widget_info(|| WidgetInfo::labeled(Role::Link, true, &leads));
    link.on_hover_text(hint).clicked()
}

/// `the median of 48 traces of release:1.5.0`.
fn fitting_in_words(traces: u64, of: u64, search: &str) -> String {
    let which = match search.trim() {
        "" => String::new(),
        search => format!(" that fit {search}"),
    };
    match of == traces {
        true => format!("the median of {}{which}", human::counted(of, "trace")),
        false => format!(
            "the median of the last {traces} of {} traces{which}",
            human::grouped(of)
        ),
    }
}
