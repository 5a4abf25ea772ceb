//! How the open trace is exported: the form, what is taken out of it, the file.

use super::dialogs::Dialogs;
use super::icons::{Icon, icon_text_button};
use super::theme::{self, size};
use super::widgets::dialog::dialog;
use super::widgets::text::truncated_label;
use crate::app::export_draft::Draft;
use crate::app::{App, Command};
use crate::export::Format;
use crate::export::redact::Replaced;
use crate::model::human;
use egui::{Context, Grid, RichText, ScrollArea, TextEdit, Ui};
use std::path::PathBuf;

const WIDTH: f32 = 560.0;
/// Values shown of the preview; the others are counted.
const VALUES: usize = 100;

/// Shows it while it is asked for.
pub fn ui(ctx: &Context, app: &mut App, dialogs: &Dialogs, commands: &mut Vec<Command>) {
    let Some(mut draft) = app.export.clone() else {
        return;
    };
    let shown = dialog(ctx, "Export the trace", WIDTH, |ui| {
        forms(ui, &mut draft);
        ui.add_space(size::GAP);
        part(ui, &mut draft);
        rules(ui, &mut draft);
        if draft.to_preview().is_some() {
            preview(ui, app);
        }
        ui.add_space(size::GAP);
        file(ui, &mut draft, dialogs);
        ui.add_space(size::GAP);
        buttons(ui, &draft, commands);
    });
    // What was entered is not lost to a click that missed.
    if shown.shut && !(shown.beside && draft.is_entered) {
        commands.push(Command::HideExport);
    }
    if app.export.as_ref() != Some(&draft) {
        draft.is_entered = true;
        app.export = Some(draft);
        ctx.request_repaint();
    }
}

fn forms(ui: &mut Ui, draft: &mut Draft) {
    let palette = theme::palette(ui);
    Grid::new("export forms")
        .num_columns(2)
        .spacing([16.0, 4.0])
        .show(ui, |ui| {
            for format in Format::ALL {
                if ui.radio(draft.format == format, format.name()).clicked() {
                    draft.set_format(format);
                }
                ui.label(
                    RichText::new(format.purpose())
                        .font(theme::small())
                        .color(palette.muted),
                );
                ui.end_row();
            }
        });
}

fn part(ui: &mut Ui, draft: &mut Draft) {
    if let Some(selected) = &draft.selected {
        let text = match selected.len() {
            1 => "Only the selected span and what is below it".to_owned(),
            count => format!(
                "Only the {} of the selected group and what is below them",
                human::counted(count as u64, "span")
            ),
        };
        ui.checkbox(&mut draft.only_selected, text);
        ui.add_space(size::GAP);
    }
}

fn rules(ui: &mut Ui, draft: &mut Draft) {
    ui.label(RichText::new("Take out").font(theme::strong()))
        .on_hover_text("Equal values become equal signs, so that what belongs together still shows. Ids of traces and spans stay");
    ui.horizontal(|ui| {
        let [sql, mail, token] = &mut draft.shapes;
        ui.checkbox(sql, "Literals in queries");
        ui.checkbox(mail, "Mail addresses");
        ui.checkbox(token, "Tokens and keys");
    });
    let field = TextEdit::singleline(&mut draft.attributes)
        .hint_text("Attributes: user.id, http.request.header.*")
        .desired_width(f32::INFINITY)
        .font(theme::mono_small());
    named(ui, field, "Attributes to take out");
}

fn named(ui: &mut Ui, field: TextEdit, name: &'static str) {
    let response = ui.add(field);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, name));
}

fn preview(ui: &mut Ui, app: &App) {
    let palette = theme::palette(ui);
    ui.add_space(size::GRID);
    let said = match (&app.export_preview.value, &app.export_preview.error) {
        (_, Some(error)) => return drop(ui.colored_label(palette.error, error)),
        (None, None) => "Looking …".to_owned(),
        (Some(all), None) if all.is_empty() => "Nothing fits".to_owned(),
        (Some(all), None) => {
            let places: u64 = all.iter().map(|one| one.times).sum();
            let (values, places) = (
                human::counted(all.len() as u64, "value"),
                human::counted(places, "place"),
            );
            format!("{values} in {places}")
        }
    };
    ui.label(
        RichText::new(said)
            .font(theme::small())
            .color(palette.muted),
    );
    let all: &[Replaced] = app.export_preview.value.as_deref().unwrap_or_default();
    ScrollArea::vertical()
        .max_height(128.0)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for one in all.iter().take(VALUES) {
                line(ui, one);
            }
            if all.len() > VALUES {
                let more = human::counted((all.len() - VALUES) as u64, "value");
                ui.label(
                    RichText::new(format!("and {more} more"))
                        .font(theme::small())
                        .color(palette.muted),
                );
            }
        });
}

fn line(ui: &mut Ui, one: &Replaced) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        let times = format!("{} ×", human::grouped(one.times));
        ui.add_sized(
            [48.0, 16.0],
            egui::Label::new(
                RichText::new(times)
                    .font(theme::small())
                    .color(palette.muted),
            ),
        );
        ui.label(RichText::new(&one.after).font(theme::mono_small()));
        ui.label(
            RichText::new("for")
                .font(theme::small())
                .color(palette.faint),
        );
        truncated_label(ui, &one.before, theme::mono_small(), palette.muted);
    });
}

fn file(ui: &mut Ui, draft: &mut Draft, dialogs: &Dialogs) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 112.0;
        let field = TextEdit::singleline(&mut draft.path)
            .desired_width(width)
            .font(theme::mono_small());
        named(ui, field, "File");
        if icon_text_button(ui, Icon::Import, "Choose…").clicked() {
            dialogs.export_to(draft.file_name());
        }
    });
}

fn buttons(ui: &mut Ui, draft: &Draft, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let can_save = !draft.path.trim().is_empty();
        if ui
            .add_enabled(can_save, egui::Button::new("Save"))
            .clicked()
        {
            commands.push(Command::Export {
                export: Box::new(draft.export()),
                path: PathBuf::from(draft.path.trim()),
                replace: draft.may_replace(),
            });
        }
        if ui.button("Cancel").clicked() {
            commands.push(Command::HideExport);
        }
    });
}
