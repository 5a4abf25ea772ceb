//! What a span was about, as names and values.

use super::section::long_text;
use crate::analysis::span_fields::{FieldGroup, SpanField, Tone};
use crate::ui::theme::{self, Palette};
use egui::{Align, CollapsingHeader, Color32, Label, Layout, RichText, Ui, vec2};

/// Width of names in points.
const NAMES: f32 = 128.0;

/// Paints the fields of a subject.
pub fn ui(ui: &mut Ui, group: &FieldGroup) {
    for field in &group.fields {
        row(ui, &field.name, |ui| value(ui, field));
    }
    for (name, list) in &group.lists {
        let title = RichText::new(format!("{name} ({})", list.len())).font(theme::small());
        CollapsingHeader::new(title).id_salt(name).show(ui, |ui| {
            for (name, value) in list {
                row(ui, name, |ui| {
                    long_text(ui, name, value, theme::mono_small())
                });
            }
        });
    }
}

/// A name, and what stands beside it.
pub fn row(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    ui.with_layout(Layout::left_to_right(Align::TOP), |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let names = NAMES.min(ui.available_width() * 0.42);
        ui.allocate_ui_with_layout(vec2(names, 16.0), Layout::left_to_right(Align::TOP), |ui| {
            ui.set_width(names);
            let name = RichText::new(name)
                .font(theme::small())
                .color(palette.muted);
            ui.add(Label::new(name).truncate());
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            value(ui);
        });
    });
}

fn value(ui: &mut Ui, field: &SpanField) {
    let palette = theme::palette(ui);
    if field.note.is_empty() && field.tone == Tone::Plain {
        return long_text(ui, &field.name, &field.value, theme::mono_small());
    }
    let text = match &*field.note {
        "" => field.value.clone(),
        note => format!("{}  {note}", field.value),
    };
    let text = RichText::new(text)
        .font(theme::mono_small())
        .color(color(palette, field.tone));
    ui.add(Label::new(text).wrap().selectable(true));
}

fn color(palette: &Palette, tone: Tone) -> Color32 {
    match tone {
        Tone::Plain => palette.text,
        Tone::Good => palette.ok,
        Tone::Doubtful => palette.warning,
        Tone::Bad => palette.error,
    }
}
