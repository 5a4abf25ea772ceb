//! Where files are dropped, chosen, or named by a path.

use crate::app::Command;
use crate::app::views::ImportsPicture;
use crate::ui::dialogs::Dialogs;
use crate::ui::icons::{Icon, icon, icon_text_button};
use crate::ui::theme::{self, size};
use egui::{Frame, Key, Margin, RichText, Stroke, TextEdit, Ui};
use std::path::PathBuf;

/// The place to drop files at, with what can be dropped when nothing was yet.
pub fn drop_zone(
    ui: &mut Ui,
    dialogs: &Dialogs,
    picture: &mut ImportsPicture,
    first: bool,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let margin = if first { 24 } else { 10 };
    let frame = Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.border))
        .corner_radius(size::RADIUS * 2.0)
        .inner_margin(Margin::symmetric(margin, margin));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        if first {
            invitation(ui);
            ui.horizontal(|ui| {
                let buttons = 290.0;
                ui.add_space(((ui.available_width() - buttons) / 2.0).max(0.0));
                choose(ui, dialogs);
            });
            ui.add_space(size::PAD);
            let width = ui.available_width().min(560.0);
            ui.horizontal(|ui| {
                ui.add_space((ui.available_width() - width) / 2.0);
                path_field(ui, width, picture, commands);
            });
        } else {
            ui.horizontal(|ui| {
                icon(ui, Icon::Import, palette.accent);
                ui.label(RichText::new("Drop trace files here").font(theme::strong()));
                ui.add_space(size::GAP);
                choose(ui, dialogs);
                ui.add_space(size::GAP);
                path_field(ui, ui.available_width(), picture, commands);
            });
        }
    });
}

fn invitation(ui: &mut Ui) {
    let palette = theme::palette(ui);
    ui.vertical_centered(|ui| {
        icon(ui, Icon::Import, palette.accent);
        ui.add_space(size::GAP);
        ui.label(RichText::new("Drop trace files here").font(theme::title()));
        ui.add_space(size::GRID);
        let sentence = "OpenTelemetry, Jaeger, Zipkin, Tempo, Sentry, X-Ray, Datadog, Elastic APM, ClickHouse and Chrome \
                        traces, logs as JSON, logfmt or journal; compressed, in archives, whole folders. Files are \
                        recognised by content, and nothing leaves this computer.";
        ui.add(egui::Label::new(RichText::new(sentence).color(palette.muted)).wrap());
        ui.add_space(size::PAD);
    });
}

fn choose(ui: &mut Ui, dialogs: &Dialogs) {
    if icon_text_button(ui, Icon::Folder, "Choose files…").clicked() {
        dialogs.pick_files();
    }
    if icon_text_button(ui, Icon::Folder, "Choose a folder…").clicked() {
        dialogs.pick_folder();
    }
}

/// For systems without a file dialog, and for those who have the path at hand.
fn path_field(ui: &mut Ui, width: f32, picture: &mut ImportsPicture, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let label = ui.label(
        RichText::new("or a path")
            .color(palette.muted)
            .font(theme::small()),
    );
    let field = TextEdit::singleline(&mut picture.path_draft)
        .hint_text("/path/to/traces.jsonl")
        .desired_width((width - 150.0).max(80.0))
        .font(theme::mono_small());
    let response = ui.add(field).labelled_by(label.id);
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let typed = picture.path_draft.trim().to_owned();
    let clicked = ui
        .add_enabled(!typed.is_empty(), egui::Button::new("Import"))
        .clicked();
    if (entered || clicked) && !typed.is_empty() {
        commands.push(Command::Import(vec![PathBuf::from(typed)]));
        picture.path_draft.clear();
    }
}
