//! The text of the file of rules, and what is wrong in it.

use crate::alerts::rules_from;
use crate::app::{App, Command};
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use egui::{Frame, Margin, RichText, ScrollArea, TextEdit, Ui};

/// What a file that is empty begins with.
const BEGINNING: &str = "# Alert rules, tried on what was recorded. Each [[rule]] is about a number, each [[issue_rule]] about failures.

[[rule]]
name = \"Slow answers\"
aggregate = \"p95(span.duration)\"
filter = \"is_segment:true\"
window = \"5m\"
above = { critical = \"2s\", warning = \"1s\" }
";

pub(super) fn ui(ui: &mut Ui, app: &App, draft: &mut Option<String>, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let saved = app.alerts.text();
    let mut text = draft.clone().unwrap_or_else(|| saved.to_string());
    let errors = match draft {
        Some(text) => rules_from(text).err().unwrap_or_default(),
        None => app.alerts.errors().to_vec(),
    };
    Frame::new()
        .inner_margin(Margin::symmetric(12, 0))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.add_enabled_ui(draft.is_some(), |ui| {
                    if icon_text_button(ui, Icon::Check, "Save rules").clicked() {
                        commands.push(Command::SaveRules(text.clone()));
                        *draft = None;
                    }
                    if icon_text_button(ui, Icon::Refresh, "Discard changes").clicked() {
                        *draft = None;
                    }
                });
                if text.trim().is_empty()
                    && icon_text_button(ui, Icon::Plus, "Begin with an example").clicked()
                {
                    *draft = Some(BEGINNING.to_owned());
                }
            });
            for error in errors.iter().take(5) {
                let line = RichText::new(error.to_string()).color(palette.as_text(palette.error));
                ui.label(line);
            }
            ui.add_space(size::GRID);
            ScrollArea::both()
                .id_salt("rules file")
                .auto_shrink(false)
                .show(ui, |ui| {
                    let field = TextEdit::multiline(&mut text)
                        .code_editor()
                        .font(theme::mono())
                        .desired_width(f32::INFINITY)
                        .desired_rows(24);
                    let response = ui.add(field);
                    response.widget_info(|| {
                        egui::WidgetInfo::text_edit(true, "", &text, "Text of the rules")
                    });
                    if response.changed() {
                        *draft = (**saved != *text).then(|| text.clone());
                    }
                });
        });
}
