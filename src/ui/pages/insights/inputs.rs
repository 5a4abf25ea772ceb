//! What can be set for a closer look, in a line of fields; and what it gives to be taken away, such as a piece of configuration.

use crate::app::Command;
use crate::app::insights::Look;
use crate::app::route::{InsightsPlace, Route};
use crate::ui::icons::{Icon, icon_button, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::truncated_label;
use egui::{Frame, Key, Label, Margin, RichText, ScrollArea, TextEdit, Ui};
use std::collections::BTreeMap;

/// The height of a text to be taken away, in points; longer ones scroll.
const SNIPPET: f32 = 168.0;

/// What is typed and not yet tried, by the names of inputs.
pub type Typed = BTreeMap<&'static str, String>;

/// The fields of a look. What is typed is tried when the field is left.
pub fn fields(ui: &mut Ui, place: &InsightsPlace, typed: &mut Typed, commands: &mut Vec<Command>) {
    let Some(look) = place.look.filter(|look| look.inputs().next().is_some()) else {
        typed.clear();
        return;
    };
    ui.add_space(size::GRID);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.spacing_mut().item_spacing.x = size::GAP;
        for input in look.inputs() {
            let title = RichText::new(input.title).font(theme::small());
            let label = ui.label(title.color(theme::palette(ui).muted));
            let known = place.input(input.name);
            let mut text = typed
                .get(input.name)
                .cloned()
                .unwrap_or_else(|| known.to_owned());
            let width = match input.name {
                "keys" => 208.0,
                _ => 80.0,
            };
            let field = TextEdit::singleline(&mut text)
                .desired_width(width)
                .hint_text(input.hint)
                .font(theme::mono_small());
            let field = ui.add(field).labelled_by(label.id);
            if field.changed() {
                typed.insert(input.name, text.clone());
            }
            if field.lost_focus() {
                typed.remove(input.name);
                let is_kept = !ui.input(|input| input.key_pressed(Key::Escape));
                if is_kept && text.trim() != known {
                    go(place, |to| to.set_input(input.name, &text), commands);
                }
            }
        }
        let is_set = !place.inputs.is_empty();
        if is_set && icon_text_button(ui, Icon::Close, "Clear what was set").clicked() {
            go(place, |to| to.inputs.clear(), commands);
        }
    });
}

fn go(place: &InsightsPlace, change: impl FnOnce(&mut InsightsPlace), commands: &mut Vec<Command>) {
    let mut to = place.clone();
    change(&mut to);
    commands.push(Command::Go(Route::Insights(to)));
}

/// What a text is written for, as its first line says: `# For PROGRAM`.
fn program(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("# For ")
}

/// Texts that are to be taken over somewhere else, side by side.
pub fn snippets(ui: &mut Ui, look: Option<Look>, texts: &[&String]) {
    ui.spacing_mut().item_spacing.x = size::PAD;
    ui.columns(texts.len().max(1), |columns| {
        for (column, text) in columns.iter_mut().zip(texts) {
            column.spacing_mut().item_spacing.x = size::GAP;
            snippet(column, look, text);
        }
    });
}

/// A text of several lines, with what it is for.
fn snippet(ui: &mut Ui, look: Option<Look>, text: &str) {
    let palette = theme::palette(ui);
    ui.add_space(size::GRID);
    ui.horizontal(|ui| {
        let what = match look {
            Some(Look::AgentSampling) => "Keeps these routes whole",
            _ => "To be taken over",
        };
        let (title, copy) = match program(text) {
            Some(program) => (format!("For {program}"), format!("Copy for {program}")),
            None => (what.to_owned(), "Copy the snippet".to_owned()),
        };
        if icon_button(ui, Icon::Copy, &copy).clicked() {
            ui.ctx().copy_text(text.to_owned());
        }
        truncated_label(ui, &title, theme::small_strong(), palette.muted).on_hover_text(what);
    });
    Frame::new()
        .fill(palette.sunken)
        .corner_radius(size::CORNER)
        .inner_margin(Margin::same(8))
        .show(ui, |ui| {
            let scroll = ScrollArea::both()
                .id_salt(("snippet", text))
                .max_height(SNIPPET);
            scroll.auto_shrink([false, true]).show(ui, |ui| {
                let text = RichText::new(text).font(theme::mono_small());
                ui.add(Label::new(text.color(palette.text)).extend());
            });
        });
}
