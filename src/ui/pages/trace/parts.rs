//! Pieces that the panes of the trace page share.

use crate::analysis::ansi;
use crate::model::human;
use crate::model::record::ErrorEntry;
use crate::ui::pages::op_color;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::text::readable;
use egui::{Frame, Grid, Label, Margin, RichText, ScrollArea, Ui, vec2};

/// What a row is: its operation and its text.
pub(in crate::ui::pages) fn title(ui: &mut Ui, palette: &Palette, op: &str, text: &str) {
    ui.horizontal(|ui| {
        let (dot, _) = ui.allocate_exact_size(vec2(10.0, 16.0), egui::Sense::hover());
        ui.painter()
            .circle_filled(dot.center(), 4.0, op_color(palette, op));
        ui.label(
            RichText::new(op)
                .font(theme::small_strong())
                .color(palette.muted),
        );
    });
    if text.is_empty() {
        return;
    }
    ScrollArea::vertical()
        .id_salt("title")
        .max_height(120.0)
        .show(ui, |ui| {
            ui.add(
                Label::new(RichText::new(readable(text)).font(theme::mono()))
                    .wrap()
                    .selectable(true),
            );
        });
}

/// Names and values in two columns.
pub(in crate::ui::pages) fn facts(ui: &mut Ui, id: &str, lines: &[(&str, String)]) {
    let palette = theme::palette(ui);
    Grid::new(id)
        .num_columns(2)
        .min_row_height(16.0)
        .spacing(vec2(16.0, 2.0))
        .show(ui, |ui| {
            for (name, value) in lines {
                ui.label(
                    RichText::new(*name)
                        .font(theme::small())
                        .color(palette.muted),
                );
                ui.add(Label::new(RichText::new(value).font(theme::mono_small())).wrap());
                ui.end_row();
            }
        });
}

/// A share in words, to stand behind its part; empty for a share of nothing.
pub(super) fn percent(part: i64, whole: i64) -> String {
    match whole {
        ..=0 => String::new(),
        whole => format!("  ({})", human::percent(part as f64 / whole as f64)),
    }
}

/// An error with its message.
pub(super) fn error_block(ui: &mut Ui, error: &ErrorEntry, palette: &Palette) {
    Frame::new()
        .fill(palette.error_soft)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let kind = if error.exception_type.is_empty() {
                &error.level
            } else {
                &error.exception_type
            };
            ui.label(
                RichText::new(&**kind)
                    .font(theme::strong())
                    .color(palette.error),
            );
            ui.add(Label::new(readable(&ansi::plain(&error.message))).wrap());
        });
}
