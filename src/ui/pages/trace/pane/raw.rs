//! The record as it was imported, or as near as the store comes to that.

use super::section::{code, section};
use crate::analysis::SpanIndex;
use crate::app::App;
use crate::app::span_pane::sections;
use crate::model::TraceId;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::readable;
use egui::{Label, RichText, Ui};

/// Paints it.
pub fn ui(ui: &mut Ui, app: &mut App, of: (TraceId, SpanIndex)) {
    section(ui, app, sections::RAW, "", |ui, app| {
        let palette = theme::palette(ui);
        if let Some(error) = &app.pane.raw.error {
            ui.label(RichText::new(error).color(palette.error));
            return;
        }
        let raw = app.pane.raw.value.clone();
        let Some(raw) = raw.filter(|raw| raw.of == of) else {
            ui.label(RichText::new("Reading…").color(palette.muted));
            return;
        };
        let source = RichText::new(raw.source.in_words()).font(theme::small());
        ui.add(Label::new(source.color(palette.muted)).wrap());
        ui.add_space(size::GRID);
        if icon_text_button(ui, Icon::Copy, "Copy the raw record").clicked() {
            ui.ctx().copy_text(raw.text.clone());
        }
        ui.add_space(size::GRID);
        code(ui, |ui| {
            let text = RichText::new(readable(&raw.lines)).font(theme::mono_small());
            ui.add(Label::new(text).wrap().selectable(true));
        });
    });
}
