//! The name to save the search on screen under.

use super::pages::query_field::TAKES_PLACE;
use super::theme;
use super::widgets::dialog::dialog;
use crate::app::App;
use egui::{Context, Id, Key, RichText, Role, TextEdit, Ui, WidgetInfo};

const WIDTH: f32 = 420.0;

/// The dialog; shut at first.
#[derive(Default)]
pub struct SaveSearch {
    shown: bool,
    /// It was just opened and takes the keyboard.
    opened: bool,
    name: String,
}

impl SaveSearch {
    /// Opens it, empty.
    pub fn open(&mut self) {
        *self = Self {
            shown: true,
            opened: true,
            name: String::new(),
        };
    }

    /// Shows it while it is open; the name that was chosen.
    pub fn ui(&mut self, ctx: &Context, app: &App) -> Option<String> {
        if !self.shown {
            return None;
        }
        let shown = dialog(ctx, "Save this search", WIDTH, |ui| self.contents(ui, app));
        self.shown = shown.inner.is_none() && !shown.shut;
        shown.inner
    }

    fn contents(&mut self, ui: &mut Ui, app: &App) -> Option<String> {
        let palette = theme::palette(ui);
        let field = TextEdit::singleline(&mut self.name)
            .id(Id::unique("name of a search"))
            .hint_text("Name")
            .desired_width(f32::INFINITY);
        let response = ui.add(field);
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of the search"));
        if std::mem::take(&mut self.opened) {
            response.request_focus();
        }
        let name = self.name.trim();
        let is_known = app.has_saved(name);
        let text = match is_known {
            true => TAKES_PLACE,
            false => "Kept with the store: the search with its columns, order and time",
        };
        let color = if is_known {
            palette.warning
        } else {
            palette.muted
        };
        ui.label(RichText::new(text).font(theme::small()).color(color));
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let can = !name.is_empty();
        let clicked = ui.add_enabled(can, egui::Button::new("Save")).clicked();
        if enter && !can {
            response.request_focus();
        }
        (can && (enter || clicked)).then(|| name.to_owned())
    }
}
