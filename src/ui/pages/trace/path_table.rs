//! Where the time of the critical path went, by operation.

use super::look_line::{menu, menu_button};
use crate::app::questions::VisibleRows;
use crate::app::{App, Command, Look};
use crate::model::human;
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::truncated_label;
use egui::{Grid, RichText, ScrollArea, Sense, Ui, vec2};

/// Width of the table.
const WIDTH: f32 = 460.0;
/// Operations listed; how many more there are is said.
const LISTED: usize = 50;

/// The button and, while it is open, the table.
pub fn ui(ui: &mut Ui, app: &App, visible: &VisibleRows, commands: &mut Vec<Command>) {
    let button = menu_button(ui, "Time on it", "The critical path by operation");
    menu(&button, WIDTH, |ui| table(ui, app, visible, commands));
}

fn table(ui: &mut Ui, app: &App, visible: &VisibleRows, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let whole = visible.grouped.critical_path.duration();
    let entries = app
        .facts
        .value
        .as_ref()
        .map_or(&[][..], |facts| &facts.path);
    ui.label(RichText::new("Time on the critical path").font(theme::strong()));
    let note = format!(
        "{} by operation: where a faster span makes the whole faster.",
        human::duration(whole)
    );
    ui.label(
        RichText::new(note)
            .font(theme::small())
            .color(palette.muted),
    );
    ui.add_space(size::GRID);
    let small = |text: String| RichText::new(text).font(theme::mono_small());
    ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
        Grid::new("path table")
            .num_columns(4)
            .striped(true)
            .show(ui, |ui| {
                for title in ["Operation", "Time", "Share", "Spans"] {
                    ui.label(
                        RichText::new(title)
                            .font(theme::small_strong())
                            .color(palette.muted),
                    );
                }
                ui.end_row();
                for entry in entries.iter().take(LISTED) {
                    ui.scope(|ui| {
                        ui.set_width(200.0);
                        ui.set_max_width(200.0);
                        let name = match &*entry.value {
                            "" => "(no operation)",
                            name => name,
                        };
                        let link = ui
                            .add(egui::Link::new(name))
                            .on_hover_text("Go to its longest span on the path");
                        if link.clicked() {
                            commands.push(Command::Look(Look::Select(entry.longest)));
                        }
                    });
                    ui.label(small(human::duration(entry.time)));
                    ui.horizontal(|ui| {
                        let (bar, _) = ui.allocate_exact_size(vec2(60.0, 8.0), Sense::hover());
                        let mut filled = bar;
                        filled.set_width((bar.width() * entry.share as f32).max(1.0));
                        ui.painter().rect_filled(bar, 2.0, palette.sunken);
                        ui.painter().rect_filled(filled, 2.0, palette.accent);
                        ui.label(small(human::percent(entry.share)));
                    });
                    ui.label(small(human::grouped(entry.spans as u64)));
                    ui.end_row();
                }
            });
    });
    if entries.len() > LISTED {
        let more = format!("and {} further operations", entries.len() - LISTED);
        truncated_label(ui, &more, theme::small(), palette.muted);
    }
}
