//! The log records written in a span.

use super::section::section;
use crate::app::questions::GroupedTrace;
use crate::app::span_pane::sections;
use crate::app::{App, Command};
use crate::model::SpanId;
use crate::model::human;
use crate::ui::pages::{severity_class, severity_colors};
use crate::ui::theme::{self, size};
use crate::ui::widgets::message::{Lines, message_job};
use egui::{Label, RichText, Ui, vec2};

/// Records shown; how many more there are is said.
const MOST: usize = 50;

/// Paints them.
pub fn ui(
    ui: &mut Ui,
    app: &mut App,
    grouped: &GroupedTrace,
    span: SpanId,
    commands: &mut Vec<Command>,
) {
    let logs = grouped.logs_of(span);
    if logs.is_empty() {
        return;
    }
    let count = human::grouped(logs.len() as u64);
    section(ui, app, sections::LOGS, &count, |ui, app| {
        let palette = theme::palette(ui);
        let records = logs.iter().take(MOST);
        for log in records.filter_map(|log| grouped.trace.logs.get(*log as usize)) {
            let color = severity_colors(palette)[severity_class(log.severity)];
            ui.horizontal(|ui| {
                ui.set_height(size::ROW);
                let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), egui::Sense::hover());
                ui.painter().circle_filled(dot.center(), 3.0, color);
                let time = human::time_of_day(log.time, app.settings.clock);
                let time = RichText::new(time).font(theme::mono_small());
                ui.label(time.color(palette.muted));
                let line = message_job(&log.body, &[], Lines::One, palette);
                let link = ui.add(Label::new(line).truncate().sense(egui::Sense::CLICK));
                let link = link.on_hover_cursor(egui::CursorIcon::PointingHand);
                if link.clicked() {
                    commands.push(Command::LogsOf {
                        trace: grouped.trace.id,
                        span: log.span,
                    });
                }
            });
        }
        if logs.len() > MOST {
            let text = human::first_of(MOST as u64, logs.len() as u64, "log record");
            ui.label(
                RichText::new(text)
                    .font(theme::small())
                    .color(palette.faint),
            );
        }
    });
}
