//! What stands where there is nothing to show: why, and what to do next.

use crate::ui::icons::{Icon, paint_icon};
use crate::ui::theme::{self, palette};
use egui::{Align, Button, CornerRadius, Layout, RichText, Sense, Stroke, Ui, vec2};

/// A page without content, about to be shown.
pub struct EmptyState<'a> {
    icon: Icon,
    title: &'a str,
    sentence: &'a str,
    actions: Vec<&'a str>,
}

impl<'a> EmptyState<'a> {
    /// A title of few words and a sentence that helps.
    pub fn new(icon: Icon, title: &'a str, sentence: &'a str) -> Self {
        Self {
            icon,
            title,
            sentence,
            actions: Vec::new(),
        }
    }

    /// Adds a button; the first one is the primary action.
    #[must_use]
    pub fn action(mut self, label: &'a str) -> Self {
        self.actions.push(label);
        self
    }

    /// Shows it in the middle of the room left; which action was clicked, by number.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let p = palette(ui);
        let mut clicked = None;
        let above = ((ui.available_height() - 170.0) * 0.4).max(8.0);
        ui.vertical_centered(|ui| {
            ui.add_space(above);
            let (rect, _) = ui.allocate_exact_size(vec2(48.0, 48.0), Sense::hover());
            let corner = CornerRadius::same(12);
            ui.painter().rect_filled(rect, corner, p.sunken);
            paint_icon(ui.painter(), rect.shrink(12.0), self.icon, p.muted);
            ui.add_space(12.0);
            ui.label(
                RichText::new(self.title)
                    .font(theme::heading())
                    .color(p.text),
            );
            ui.add_space(2.0);
            ui.scope(|ui| {
                ui.set_max_width(420.0_f32.min(ui.available_width()));
                ui.label(RichText::new(self.sentence).color(p.muted));
            });
            ui.add_space(16.0);
            clicked = self.buttons(ui);
        });
        clicked
    }

    fn buttons(&self, ui: &mut Ui) -> Option<usize> {
        let mut clicked = None;
        let p = palette(ui);
        // A row is as wide as its buttons only once they are measured; one line each keeps it simple and centred.
        let widths: Vec<f32> = self
            .actions
            .iter()
            .map(|label| button_width(ui, label))
            .collect();
        let gaps = 8.0 * widths.len().saturating_sub(1) as f32;
        let total = widths.iter().sum::<f32>() + gaps;
        let row = vec2(total.min(ui.available_width()), 28.0);
        ui.allocate_ui_with_layout(row, Layout::left_to_right(Align::Center), |ui| {
            for (index, (label, width)) in self.actions.iter().zip(&widths).enumerate() {
                let button = if index == 0 {
                    Button::new(
                        RichText::new(*label)
                            .font(theme::strong())
                            .color(p.on_accent),
                    )
                    .fill(p.accent)
                    .stroke(Stroke::NONE)
                } else {
                    Button::new(*label)
                };
                if ui.add(button.min_size(vec2(*width, 28.0))).clicked() {
                    clicked = Some(index);
                }
            }
        });
        clicked
    }
}

fn button_width(ui: &Ui, label: &str) -> f32 {
    let galley = ui.painter().layout_no_wrap(
        label.to_owned(),
        theme::strong(),
        egui::Color32::PLACEHOLDER,
    );
    (galley.size().x + 24.0).ceil()
}
