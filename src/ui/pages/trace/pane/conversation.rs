//! What was said to a model and by it, as a conversation: who, what, and which tools were called.

use super::fields::row;
use super::section::{code, long_text};
use crate::analysis::conversation::{Conversation, Message, Part};
use crate::analysis::json_text::indented;
use crate::model::conventions::Category;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::chip::chip;
use egui::{CollapsingHeader, Color32, RichText, Ui};

/// Messages shown; those before the last so many are folded.
const SHOWN: usize = 12;

/// Paints it.
pub fn ui(ui: &mut Ui, said: &Conversation) {
    for (name, value) in &said.facts {
        row(ui, name, |ui| {
            long_text(ui, name, value, theme::mono_small())
        });
    }
    if !said.tools.is_empty() {
        row(ui, "Tools", |ui| {
            long_text(ui, "tools", &said.tools.join(", "), theme::mono_small());
        });
    }
    let earlier = said.messages.len().saturating_sub(SHOWN);
    let (first, last) = said.messages.split_at(earlier);
    if !first.is_empty() {
        let title = format!("{earlier} earlier messages");
        CollapsingHeader::new(RichText::new(title).font(theme::small()))
            .id_salt("earlier")
            .show(ui, |ui| messages(ui, first, 0));
    }
    messages(ui, last, earlier);
}

fn messages(ui: &mut Ui, messages: &[Message], from: usize) {
    for (place, message) in messages.iter().enumerate() {
        ui.add_space(size::GAP);
        ui.push_id(from + place, |ui| {
            let mut notes = Vec::new();
            if message.is_answer {
                notes.push("answer".to_owned());
            }
            if !message.finish.is_empty() {
                notes.push(format!("ended by {}", message.finish.replace('_', " ")));
            }
            self::message(ui, message, &notes.join(", "), |_| ());
        });
    }
}

/// A message with notes behind who said it, and something at the end of that line.
pub fn message(ui: &mut Ui, message: &Message, notes: &str, end: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        chip(ui, &message.role, role_color(palette, &message.role));
        let notes = RichText::new(notes).font(theme::small());
        ui.label(notes.color(palette.faint));
        end(ui);
    });
    for (place, part) in message.parts.iter().enumerate() {
        ui.push_id(place, |ui| one(ui, &message.role, part));
    }
}

fn one(ui: &mut Ui, role: &str, part: &Part) {
    ui.add_space(2.0);
    match part {
        Part::Text(text) => long_text(ui, &format!("what the {role} said"), text, theme::body()),
        Part::Thought(text) => folded(ui, "Thought", |ui| {
            long_text(ui, "the thought", text, theme::body());
        }),
        Part::Call {
            name, arguments, ..
        } => folded(ui, &format!("Calls {name}"), |ui| {
            json(ui, "arguments", arguments)
        }),
        Part::Result { name, content, .. } => {
            let of = if name.is_empty() {
                "Result".to_owned()
            } else {
                format!("Result of {name}")
            };
            folded(ui, &of, |ui| json(ui, "result", content));
        }
        Part::Other { kind, json: text } => {
            folded(ui, &kind.replace('_', " "), |ui| json(ui, "it", text));
        }
    }
}

fn folded(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    CollapsingHeader::new(RichText::new(title).font(theme::strong()))
        .id_salt(title)
        .show(ui, contents);
}

fn json(ui: &mut Ui, what: &str, text: &str) {
    let lines = match text.trim_start().starts_with(['{', '[']) {
        true => indented(text),
        false => text.to_owned(),
    };
    code(ui, |ui| long_text(ui, what, &lines, theme::mono_small()));
}

fn role_color(palette: &Palette, role: &str) -> Color32 {
    match role {
        "user" | "human" => palette.info,
        "assistant" | "model" | "ai" => palette.hue(Category::Ai),
        "tool" | "function" => palette.hue(Category::Function),
        _ => palette.muted,
    }
}
