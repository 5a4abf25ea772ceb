//! The fields of a rule: what is chosen counts at once, what is typed when its field is left. What is wrong stands at its field,
//! and is kept as it was typed until it is right.

use crate::alerts::draft::RuleDraft;
use crate::alerts::draft_fields::{Field, Takes};
use crate::alerts::{Rule, RuleError};
use crate::ui::theme::{self, size};
use crate::ui::widgets::segmented::segmented;
use egui::{Align, Layout, Response, RichText, TextEdit, Ui, WidgetInfo};

/// So many choices stand side by side; more are a list.
const SIDE_BY_SIDE: usize = 3;
/// Width of the names before the fields.
const NAMES: f32 = 112.0;
/// Widths of fields: alone in their line, and beside others.
const WIDTHS: [f32; 2] = [360.0, 72.0];

/// A rule on its way from one that is right to another.
pub(super) struct Form {
    /// The name of the rule that it was made of.
    of: String,
    draft: RuleDraft,
    /// What was wrong when a field was left last.
    errors: Vec<RuleError>,
}

impl Form {
    /// One frame. `form` is what is being typed, if anything is; returned is the rule that came of it. Nobody else is called
    /// as one of `others`.
    pub fn ui(ui: &mut Ui, form: &mut Option<Self>, rule: &Rule, others: &[&str]) -> Option<Rule> {
        if form.as_ref().is_some_and(|form| form.of != rule.name) {
            *form = None;
        }
        let saved = RuleDraft::of(rule);
        let mut own = form.take().unwrap_or_else(|| Self {
            of: rule.name.clone(),
            draft: saved.clone(),
            errors: Vec::new(),
        });
        let done = own.fields(ui);
        if !own.errors.is_empty() && own.give_up(ui) {
            return None;
        }
        if done {
            match own.draft.rule(others.iter().copied()) {
                Ok(new) => return (new != *rule).then_some(new),
                Err(errors) => own.errors = errors,
            }
        }
        if own.draft != saved || !own.errors.is_empty() {
            *form = Some(own);
        }
        None
    }

    /// Whether something was chosen, or a field left in which something was typed.
    fn fields(&mut self, ui: &mut Ui) -> bool {
        let mut done = false;
        let lines = self.draft.lines();
        for line in &lines {
            let Some(first) = line.first() else { continue };
            ui.horizontal(|ui| {
                name(ui, first.label);
                for (at, field) in line.iter().enumerate() {
                    if at > 0 {
                        beside(ui, field.label);
                    }
                    done |= self.field(ui, field, line.len() == 1);
                }
            });
            for field in line {
                self.say_errors(ui, field.key);
            }
        }
        let shown: Vec<&str> = lines.iter().flatten().map(|field| field.key).collect();
        let of_none = |error: &&RuleError| !shown.contains(&&*error.key);
        for error in self.errors.iter().filter(of_none) {
            say(ui, &error.message);
        }
        done
    }

    fn field(&mut self, ui: &mut Ui, field: &Field, is_alone: bool) -> bool {
        let before = self.draft.get(field.key).to_owned();
        let mut value = before.clone();
        let done = match &field.takes {
            Takes::OneOf(all) => choice(ui, field.label, &mut value, all),
            Takes::Text(hint) => {
                let is_wrong = self.errors.iter().any(|error| error.key == field.key);
                let width = WIDTHS[usize::from(!is_alone)];
                let response = text(ui, field.label, &mut value, hint, (width, is_wrong));
                response.lost_focus()
            }
        };
        if value != before {
            self.draft.set(field.key, value);
        }
        done
    }

    fn say_errors(&self, ui: &mut Ui, key: &str) {
        for error in self.errors.iter().filter(|error| error.key == key) {
            ui.horizontal_wrapped(|ui| {
                ui.add_space(NAMES + size::GRID);
                say(ui, &error.message);
            });
        }
    }

    fn give_up(&self, ui: &mut Ui) -> bool {
        let palette = theme::palette(ui);
        let mut gone = false;
        ui.horizontal(|ui| {
            let text = "Not saved until this is right.";
            ui.label(RichText::new(text).color(palette.muted));
            gone = ui.link("Back to what is saved").clicked();
        });
        gone
    }
}

fn say(ui: &mut Ui, message: &str) {
    let palette = theme::palette(ui);
    let text = RichText::new(message).color(palette.as_text(palette.error));
    ui.add(egui::Label::new(text).wrap().selectable(true));
}

/// The name before the first field of a line.
fn name(ui: &mut Ui, name: &str) {
    let palette = theme::palette(ui);
    let room = egui::vec2(NAMES, size::BUTTON + size::GRID);
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(room.x);
        ui.label(RichText::new(name).color(palette.muted));
    });
}

/// The name before another field of a line.
fn beside(ui: &mut Ui, name: &str) {
    let palette = theme::palette(ui);
    ui.add_space(size::GRID);
    ui.label(
        RichText::new(name)
            .font(theme::small())
            .color(palette.muted),
    );
}

/// Whether another one was chosen.
fn choice(ui: &mut Ui, label: &str, value: &mut String, all: &[String]) -> bool {
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    let before = names.iter().position(|known| known == value).unwrap_or(0);
    let mut at = before;
    if names.len() <= SIDE_BY_SIDE {
        segmented(ui, label, &mut at, &names);
    } else {
        let shown = names.get(at).copied().unwrap_or_default();
        let list = egui::ComboBox::from_id_salt(label)
            .selected_text(shown)
            .width(64.0);
        let list = list.show_ui(ui, |ui| {
            for (place, name) in names.iter().enumerate() {
                ui.selectable_value(&mut at, place, *name);
            }
        });
        list.response.widget_info(|| {
            let mut info = WidgetInfo::labeled(egui::Role::ComboBox, true, label);
            info.current_text_value = Some(shown.to_owned());
            info
        });
    }
    let is_other = at != before;
    if let Some(new) = names.get(at).filter(|_| is_other) {
        *value = (*new).to_owned();
    }
    is_other
}

fn text(
    ui: &mut Ui,
    label: &str,
    value: &mut String,
    hint: &str,
    (width, is_wrong): (f32, bool),
) -> Response {
    let palette = theme::palette(ui);
    let id = ui.scope_id().with(("rule field", label));
    let mut field = TextEdit::singleline(value)
        .id(id)
        .hint_text(hint)
        .desired_width(width.min(ui.available_width() - size::GAP))
        .font(theme::mono());
    if is_wrong {
        field = field.text_color(palette.as_text(palette.error));
    }
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, label));
    response
}
