//! What is wrong with how the capture was recorded: each finding with how often, how to mend it, and where it shows.

use super::{InsightsPage, filters, rail};
use crate::app::insights::{Finding, Place};
use crate::app::route::HealthPlace;
use crate::app::{App, Command, behind};
use crate::model::human;
use crate::ui::icons::Icon;
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::single_line;
use egui::{
    Align, Button, Frame, Label, Layout, Margin, RichText, Role, ScrollArea, Ui, WidgetInfo,
};

/// Characters of a search that a button shows.
const SHOWN: usize = 48;

impl InsightsPage {
    /// One frame of the doctor's page.
    pub fn doctor(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &HealthPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        let chosen = rail::Entry::Doctor;
        super::beside_rail(ui, chosen, commands, |ui, commands| {
            Frame::new()
                .inner_margin(Margin::symmetric(12, 8))
                .show(ui, |ui| {
                    super::search(ui, app, &place.filters, focus, commands);
                    ui.add_space(size::GAP);
                    let found = app.insights.findings.value.as_deref();
                    let said = match (found, app.insights.findings.waiting) {
                        (_, true) => "Looking…".to_owned(),
                        (Some(found), false) => human::counted(found.len() as u64, "finding"),
                        (None, false) => String::new(),
                    };
                    filters::of_all(ui, app, &place.filters, &said, commands);
                });
            findings(ui, app, place, commands);
        });
    }
}

fn findings(ui: &mut Ui, app: &App, place: &HealthPlace, commands: &mut Vec<Command>) {
    if let Some(reason) = &app.insights.findings.error {
        EmptyState::new(Icon::Warning, "This could not be computed", reason).show(ui);
        return;
    }
    let Some(found) = app.insights.findings.value.clone() else {
        let sentence = "All traces of the capture are looked at once.";
        EmptyState::new(Icon::Search, "Looking", sentence).show(ui);
        return;
    };
    if found.is_empty() {
        let sentence =
            "Nothing is missing, broken or called by the wrong name, as far as the records tell.";
        EmptyState::new(Icon::Check, "The instrumentation is sound", sentence).show(ui);
        return;
    }
    ScrollArea::vertical()
        .id_salt("findings")
        .auto_shrink(false)
        .show(ui, |ui| {
            for (at, finding) in found.iter().enumerate() {
                ui.push_id(at, |ui| one(ui, finding, place, commands));
            }
        });
}

/// A finding.
fn one(ui: &mut Ui, finding: &Finding, place: &HealthPlace, commands: &mut Vec<Command>) {
    let p = theme::palette(ui);
    Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = size::GRID;
            ui.horizontal(|ui| {
                let (room, _) = ui.allocate_exact_size(
                    egui::vec2(size::ICON, size::TEXT_LINE),
                    egui::Sense::hover(),
                );
                crate::ui::icons::paint_icon(
                    ui.painter(),
                    room.shrink(1.0),
                    Icon::Warning,
                    p.warning,
                );
                ui.label(RichText::new(finding.check.title()).font(theme::strong()));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let share = human::grouped(finding.count);
                    let of = human::grouped(finding.of);
                    let said = RichText::new(format!("{share} of {of}")).font(theme::mono_small());
                    ui.label(said.color(p.muted));
                });
            });
            ui.add(Label::new(human::sentence(&finding.what)).wrap());
            ui.horizontal_top(|ui| {
                let word = RichText::new("To mend it").font(theme::small_strong());
                ui.label(word.color(p.muted));
                let fix = RichText::new(human::sentence(finding.check.fix())).color(p.muted);
                ui.add(Label::new(fix).wrap());
            });
            ui.horizontal_wrapped(|ui| {
                for example in &finding.examples {
                    if link(ui, example) {
                        commands.push(Command::Go(behind::route(example, &place.filters)));
                    }
                }
            });
        });
    let line = egui::Stroke::new(size::LINE, p.grid);
    let at = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), at, line);
}

/// Where a finding shows; whether it was clicked.
fn link(ui: &mut Ui, example: &Place) -> bool {
    let p = theme::palette(ui);
    let text = match example {
        Place::Trace(trace, span) => {
            let first = |id: String| id.chars().take(8).collect::<String>();
            let trace = first(trace.to_string());
            match span {
                Some(span) => format!("Trace {trace}, span {}", first(span.to_string())),
                None => format!("Trace {trace}"),
            }
        }
        Place::Spans(search) => format!("Spans: {}", cut(search)),
        Place::Logs(search) => format!("Logs: {}", cut(search)),
        other => behind::text(other),
    };
    let button = Button::new(RichText::new(&text).font(theme::small()).color(p.accent));
    let response = ui.add(button);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Example: {text}")));
    response.on_hover_text(behind::text(example)).clicked()
}

fn cut(search: &str) -> String {
    let search = single_line(search);
    match search.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &search[..end]),
        None => search,
    }
}
