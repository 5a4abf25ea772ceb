//! A stack trace: each exception of the chain with its calls, those of the program's own code first to be seen.
//!
//! A call is a button: Enter or a click copies where it is, and a menu has what else there is to copy.

use crate::app::issues::{Exception, Failure, StackFrame};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, Palette, size};
use egui::{CollapsingHeader, Frame, Label, Margin, RichText, Role, Sense, Ui, WidgetInfo};

/// Calls shown of one exception before the rest is folded away.
const SHOWN: usize = 12;

/// The chain, the exception that was raised last first.
pub(in crate::ui::pages) fn chain(ui: &mut Ui, failure: &Failure) {
    let palette = theme::palette(ui);
    for (place, raised) in failure.exceptions.iter().enumerate() {
        if place > 0 {
            ui.add_space(size::GAP);
            let text = RichText::new("Caused by")
                .font(theme::small())
                .color(palette.muted);
            ui.label(text);
        }
        Frame::new()
            .fill(palette.error_soft)
            .corner_radius(size::RADIUS)
            .inner_margin(Margin::symmetric(8, 6))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                let kind = RichText::new(&raised.kind).font(theme::strong());
                ui.add(Label::new(kind.color(palette.error)).wrap());
                if !raised.message.is_empty() {
                    ui.add(Label::new(&raised.message).wrap().selectable(true));
                }
            });
        ui.add_space(size::GRID);
        calls(ui, palette, failure, raised, place);
    }
}

/// Calls of the program's own code; all of them on demand.
fn calls(ui: &mut Ui, palette: &Palette, failure: &Failure, raised: &Exception, place: usize) {
    let own: Vec<&StackFrame> = raised.frames.iter().filter(|frame| frame.in_app).collect();
    let first = match own.is_empty() {
        true => raised.frames.iter().take(SHOWN).collect(),
        false => own,
    };
    for frame in &first {
        call(ui, palette, failure, frame);
    }
    if raised.frames.len() > first.len() {
        let title = format!("All {} calls", raised.frames.len());
        CollapsingHeader::new(RichText::new(title).font(theme::small()))
            .id_salt(("calls", place))
            .show(ui, |ui| {
                for frame in &raised.frames {
                    call(ui, palette, failure, frame);
                }
            });
    }
}

fn call(ui: &mut Ui, palette: &Palette, failure: &Failure, frame: &StackFrame) {
    let color = if frame.in_app {
        palette.text
    } else {
        palette.muted
    };
    let place = frame.place();
    let text = RichText::new(&place).font(theme::mono_small()).color(color);
    let line = ui.add(Label::new(text).wrap().sense(Sense::click()));
    line.widget_info(|| WidgetInfo::labeled(Role::Button, true, &place));
    focus_ring(ui, line.rect.expand(2.0), &line);
    let file = match frame.file_and_line() {
        file if file.is_empty() => place,
        file => file,
    };
    line.context_menu(|ui| menu(ui, failure, frame, &file));
    if line.on_hover_text(format!("Copy {file}")).clicked() {
        ui.ctx().copy_text(file);
    }
    if !frame.code.is_empty() {
        let code = RichText::new(format!("    {}", frame.code)).font(theme::mono_small());
        ui.add(Label::new(code.color(palette.faint)).truncate());
    }
}

/// What can be copied of a call.
fn menu(ui: &mut Ui, failure: &Failure, frame: &StackFrame, file: &str) {
    if ui.button("Copy file and line").clicked() {
        ui.ctx().copy_text(file.to_owned());
        ui.close();
    }
    if !frame.function.is_empty() && ui.button("Copy the function").clicked() {
        ui.ctx().copy_text(frame.function.clone());
        ui.close();
    }
    if ui.button("Copy the whole stack").clicked() {
        ui.ctx().copy_text(failure.as_text());
        ui.close();
    }
}
