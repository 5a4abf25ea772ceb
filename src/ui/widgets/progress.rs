//! The progress of a job: a thin bar, what it does, a way to stop it.

use super::text::truncated_label;
use crate::ui::icons::{Icon, icon_button};
use crate::ui::theme::{self, palette, size};
use egui::{Align, CornerRadius, Layout, Rect, Role, Sense, Ui, WidgetInfo, vec2};

/// Progress about to be shown over the width left.
pub struct Progress<'a> {
    text: &'a str,
    fraction: Option<f32>,
    cancel: bool,
}

impl<'a> Progress<'a> {
    /// `fraction` is from 0 to 1, or `None` while the end is not known.
    pub fn new(text: &'a str, fraction: Option<f32>) -> Self {
        Self {
            text,
            fraction,
            cancel: false,
        }
    }

    /// Whether there is a button to stop the job.
    #[must_use]
    pub fn cancel(mut self, cancel: bool) -> Self {
        self.cancel = cancel;
        self
    }

    /// Shows it; whether the job is to be stopped.
    pub fn show(self, ui: &mut Ui) -> bool {
        let mut cancelled = false;
        let p = palette(ui);
        let row = vec2(ui.available_width(), size::BUTTON);
        ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
            if self.cancel {
                cancelled = icon_button(ui, Icon::Close, "Cancel").clicked();
            }
            if let Some(fraction) = self.fraction {
                let percent = format!("{:.0} %", fraction.clamp(0.0, 1.0) * 100.0);
                ui.label(
                    egui::RichText::new(percent)
                        .font(theme::small())
                        .color(p.muted),
                );
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                truncated_label(ui, self.text, theme::small(), p.text);
            });
        });
        self.bar(ui);
        cancelled
    }

    fn bar(&self, ui: &mut Ui) {
        let p = palette(ui);
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 3.0), Sense::hover());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, self.text);
            info.value = self.fraction.map(|fraction| f64::from(fraction) * 100.0);
            info
        });
        let corner = CornerRadius::same(1);
        ui.painter().rect_filled(rect, corner, p.border);
        let filled = match self.fraction {
            Some(fraction) => {
                let width = rect.width() * fraction.clamp(0.0, 1.0);
                Rect::from_min_size(rect.min, vec2(width, rect.height()))
            }
            // Without an end there is no motion either: a still piece in the middle says that work goes on.
            None => Rect::from_center_size(rect.center(), vec2(rect.width() * 0.3, rect.height())),
        };
        ui.painter().rect_filled(filled, corner, p.accent);
    }
}
