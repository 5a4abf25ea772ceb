//! What someone wrote about a span, and writing it.

use crate::app::{App, Command};
use crate::model::human;
use crate::model::{SpanId, TraceId};
use crate::ui::icons::{Icon, icon_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::text::readable;
use egui::{Frame, Key, Label, Margin, Modifiers, RichText, TextEdit, Ui};

/// Paints the note, or the field it is written in.
pub fn ui(ui: &mut Ui, app: &mut App, of: (TraceId, SpanId), commands: &mut Vec<Command>) {
    let is_edited = app.pane.draft.as_ref().is_some_and(|draft| draft.of == of);
    if is_edited {
        return edit(ui, app, commands);
    }
    let Some(note) = app.pane.note(of.0, of.1).cloned() else {
        return;
    };
    let palette = theme::palette(ui);
    ui.add_space(size::GAP);
    Frame::new()
        .fill(palette.warning_soft)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(Label::new(readable(&note.text)).wrap().selectable(true));
            ui.horizontal(|ui| {
                let time = human::date_time(note.written, app.settings.clock);
                let time = RichText::new(format!("Note of {time}")).font(theme::small());
                ui.label(time.color(palette.muted));
                if icon_button(ui, Icon::Code, "Edit the note").clicked() {
                    commands.push(Command::EditNote);
                }
                if icon_button(ui, Icon::Close, "Remove the note").clicked() {
                    let text = String::new();
                    commands.push(Command::WriteNote {
                        trace: of.0,
                        span: of.1,
                        text,
                    });
                }
            });
        });
}

fn edit(ui: &mut Ui, app: &mut App, commands: &mut Vec<Command>) {
    let Some(draft) = &mut app.pane.draft else {
        return;
    };
    ui.add_space(size::GAP);
    // Before the field, which would take them.
    let keep = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter));
    let leave = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    let field = TextEdit::multiline(&mut draft.text)
        .hint_text("What is to be known of this span")
        .desired_rows(3)
        .desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::MultilineTextInput, true, "Note on this span")
    });
    if !std::mem::replace(&mut draft.has_keyboard, true) {
        response.request_focus();
    }
    ui.add_space(size::GRID);
    ui.horizontal(|ui| {
        let save = ui.button("Keep the note").on_hover_text("Ctrl+Enter");
        if save.clicked() || keep {
            commands.push(Command::WriteNote {
                trace: draft.of.0,
                span: draft.of.1,
                text: draft.text.clone(),
            });
        }
        let cancel = ui.button("Cancel").on_hover_text("Escape");
        if cancel.clicked() || leave {
            commands.push(Command::LeaveNote);
        }
    });
}
