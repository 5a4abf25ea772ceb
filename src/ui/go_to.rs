//! The field that leads to any place, written as it is copied.

use super::theme;
use super::widgets::dialog::dialog;
use crate::app::Route;
use egui::{Context, Id, Key, RichText, TextEdit};

const WIDTH: f32 = 520.0;

/// The field; shut at first.
#[derive(Default)]
pub struct GoTo {
    shown: bool,
    /// It was just opened and takes the keyboard.
    opened: bool,
    text: String,
    error: Option<String>,
}

impl GoTo {
    /// Opens it, empty.
    pub fn open(&mut self) {
        *self = Self {
            shown: true,
            opened: true,
            ..Self::default()
        };
    }

    /// Shows it while it is open; the place that was asked for.
    pub fn ui(&mut self, ctx: &Context) -> Option<Route> {
        if !self.shown {
            return None;
        }
        let mut wanted = None;
        let shown = dialog(ctx, "Go to a place", WIDTH, |ui| {
            let field = TextEdit::singleline(&mut self.text)
                .id(Id::unique("go to place"))
                .hint_text("logs?q=level:error")
                .desired_width(f32::INFINITY)
                .font(theme::mono());
            let response = ui.add(field);
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Place"));
            if std::mem::take(&mut self.opened) {
                response.request_focus();
            }
            if response.changed() {
                self.error = None;
            }
            let palette = theme::palette(ui);
            let (text, color) = match &self.error {
                Some(error) => (error.as_str(), palette.error),
                None => (
                    "A place as it was copied: traces?q=…, trace/TRACE_ID/SPAN_ID, logs?q=…, imports",
                    palette.muted,
                ),
            };
            ui.label(RichText::new(text).font(theme::small()).color(color));
            if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                wanted = self.read();
                if wanted.is_none() {
                    response.request_focus();
                }
            }
        });
        self.shown = wanted.is_none() && !shown.shut;
        wanted
    }

    fn read(&mut self) -> Option<Route> {
        match self.text.trim().parse() {
            Ok(route) => Some(route),
            Err(error) => {
                self.error = Some(format!("{error}"));
                None
            }
        }
    }
}
