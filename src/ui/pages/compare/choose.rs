//! Choosing what a trace is compared with.

use super::ComparePage;
use crate::app::route::{ComparePlace, CompareWith, Route};
use crate::app::views::Picture;
use crate::app::{App, Command};
use crate::model::human;
use crate::model::record::TraceSummary;
use crate::store::TracesLike;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::pages::op_color;
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, VirtualTable};
use egui::{Frame, Key, Margin, RichText, Role, TextEdit, Ui, WidgetInfo};

impl ComparePage {
    /// One frame of the choice.
    pub(super) fn choose(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: ComparePlace,
        commands: &mut Vec<Command>,
    ) {
        if let Some(error) = &app.looks.like.error {
            EmptyState::new(Icon::Error, "Traces like it could not be listed", error).show(ui);
            return;
        }
        let like = app.looks.like.value.clone();
        let is_asked = !app.looks.like.waiting;
        let Some(like) = like.filter(|_| is_asked) else {
            return;
        };
        let go = |with| Command::Go(Route::Compare(place.with(with)));
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| head(ui, app, &like, &go, commands));
        if like.newest.is_empty() {
            let sentence = "No other trace has a root of the same name and service. Enter the id of any other trace.";
            EmptyState::new(Icon::Trace, "No traces like it", sentence).show(ui);
            return;
        }
        if std::mem::take(&mut self.arrived) {
            self.choice.focus();
        }
        let clock = app.settings.clock;
        let columns = [
            Column::px("Start", 176.0),
            Column::rest("Root", 200.0),
            Column::px("Service", 136.0),
            Column::px("Spans", 80.0).right(),
            Column::px("Errors", 72.0).right(),
            Column::px("Duration", 96.0).right(),
        ];
        let at = |row: u64| like.newest.get(usize::try_from(row).ok()?);
        let rows = like.newest.len() as u64;
        let output = VirtualTable::new("Traces like it", &columns, rows).show(
            ui,
            &mut self.choice,
            |row| {
                at(row).map(|trace| {
                    let start = human::date_time(trace.start, clock);
                    let spans = human::counted(trace.spans, "span");
                    let lasted = human::duration(trace.duration);
                    format!(
                        "Compare with {}, {start}, {spans}, {lasted}",
                        trace.root_name
                    )
                })
            },
            |row, column, cell| {
                if let Some(trace) = at(row) {
                    match column {
                        0 => cell.styled(
                            &human::date_time(trace.start, clock),
                            theme::mono_small(),
                            cell.palette.muted,
                        ),
                        column => paint(trace, column, cell),
                    }
                }
            },
        );
        if let Some(trace) = output.clicked.or(output.activated).and_then(at) {
            commands.push(go(CompareWith::Trace(trace.id)));
        }
    }
}

/// What is to be compared, and the ways to say with what.
fn head(
    ui: &mut Ui,
    app: &mut App,
    like: &TracesLike,
    go: &impl Fn(CompareWith) -> Command,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    ui.label(RichText::new("Compare with…").font(theme::title()));
    if let Some(trace) = &like.this {
        let text = format!(
            "{} in {}, {}, {}",
            trace.root_name,
            trace.root_service,
            human::counted(trace.spans, "span"),
            human::duration(trace.duration)
        );
        ui.label(RichText::new(single_line(&text)).color(palette.muted));
    }
    ui.add_space(size::GRID);
    let Picture::Compare(picture) = &mut app.history.current_mut().picture else {
        return;
    };
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        if like.total > 0
            && icon_text_button(ui, Icon::Chart, "The median of traces like it").clicked()
        {
            commands.push(go(CompareWith::Usual));
        }
        let field = TextEdit::singleline(&mut picture.draft)
            .hint_text("Trace id")
            .desired_width(280.0);
        let response = ui.add(field);
        response.widget_info(|| {
            WidgetInfo::labeled(Role::TextInput, true, "Id of the trace to compare with")
        });
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if picture.draft.trim().is_empty() {
            return;
        }
        match picture.draft.trim().parse() {
            Ok(id) if enter => commands.push(go(CompareWith::Trace(id))),
            Ok(_) => {}
            Err(_) => {
                let text = RichText::new("A trace id is up to 32 hex digits").font(theme::small());
                ui.label(text.color(palette.error));
            }
        }
    });
    let text = match like.total == like.newest.len() as u64 {
        true => format!(
            "{} with a root of the same name and service",
            human::counted(like.total, "trace")
        ),
        false => format!(
            "The last {} of {} traces with a root of the same name and service",
            like.newest.len(),
            human::grouped(like.total)
        ),
    };
    ui.label(
        RichText::new(text)
            .font(theme::small())
            .color(palette.muted),
    );
}

fn paint(trace: &TraceSummary, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    match column {
        1 => {
            cell.dot(op_color(palette, &trace.root_op));
            cell.text(&trace.root_name);
        }
        2 => cell.muted(&trace.root_service),
        3 => cell.mono(&human::grouped(trace.spans)),
        4 if trace.errors == 0 => cell.faint("–"),
        4 => cell.colored(&human::grouped(trace.errors), palette.error),
        _ => cell.mono(&human::duration(trace.duration)),
    }
}
