//! The imports page: where files are dropped, and the report on each that was read.

use crate::app::state::StoreState;
use crate::app::views::{ImportsPicture, Picture};
use crate::app::{App, Command};
use crate::model::human;
use crate::model::report::{FileReport, Outcome, SKIPPED_SHOWN};
use crate::store::ImportSummary;
use crate::ui::dialogs::Dialogs;
use crate::ui::icons::{Icon, icon, icon_button, icon_text_button};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::chip::chip;
use crate::ui::widgets::text::truncated_label;
use egui::{Align, Frame, Key, Layout, Margin, RichText, ScrollArea, Stroke, TextEdit, Ui, vec2};
use std::path::PathBuf;

/// Widest the page's text gets, so that lines stay readable.
const COLUMN_WIDTH: f32 = 880.0;

/// The page's own state.
#[derive(Default)]
pub struct ImportsPage {
    /// Stands in while the page is shown in place of an empty trace list, which has no picture for it.
    first: ImportsPicture,
}

impl ImportsPage {
    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        dialogs: &Dialogs,
        commands: &mut Vec<Command>,
    ) {
        let imports = app.imports.value.clone().unwrap_or_default();
        let failed: Vec<FileReport> = app
            .reports
            .iter()
            .filter(|report| report.outcome == Outcome::Failed)
            .cloned()
            .collect();
        let store = app.store.clone();
        let clock = app.settings.clock;
        let picture = match &mut app.history.current_mut().picture {
            Picture::Imports(picture) => picture,
            _ => &mut self.first,
        };
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let side = ((ui.available_width() - COLUMN_WIDTH) / 2.0).max(size::PAD * 2.0);
            let width = (ui.available_width() - 2.0 * side).max(200.0);
            ui.horizontal_top(|ui| {
                ui.add_space(side);
                ui.vertical(|ui| {
                    ui.set_width(width);
                    ui.add_space(size::PAD * 2.0);
                    drop_zone(ui, dialogs, picture, commands);
                    if let StoreState::NotWritable(reason) = &store {
                        ui.add_space(size::PAD);
                        notice(ui, &reason.reason);
                    }
                    for report in &failed {
                        ui.add_space(size::PAD);
                        failed_card(ui, report, commands);
                    }
                    if !imports.is_empty() {
                        ui.add_space(size::PAD * 2.0);
                        ui.label(RichText::new("Imported").font(theme::heading()));
                        ui.add_space(size::GAP);
                    }
                    for import in imports.iter() {
                        import_card(ui, import, picture, clock, commands);
                        ui.add_space(size::GAP);
                    }
                });
            });
        });
    }
}

fn drop_zone(
    ui: &mut Ui,
    dialogs: &Dialogs,
    picture: &mut ImportsPicture,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.border))
        .corner_radius(size::RADIUS * 2.0)
        .inner_margin(Margin::symmetric(24, 24));
    frame.show(ui, |ui| {
        ui.vertical_centered(|ui| {
            icon(ui, Icon::Import, palette.accent);
            ui.add_space(size::GAP);
            ui.label(RichText::new("Drop trace files here").font(theme::title()));
            ui.add_space(size::GRID);
            let sentence = "OpenTelemetry JSON and protobuf, Jaeger, Zipkin, Sentry envelopes and events, logs as \
                            JSON or logfmt lines, also compressed. Files are recognised by content, and nothing leaves this computer.";
            ui.add(egui::Label::new(RichText::new(sentence).color(palette.muted)).wrap());
            ui.add_space(size::PAD);
        });
        ui.horizontal(|ui| {
            let buttons = 290.0;
            ui.add_space(((ui.available_width() - buttons) / 2.0).max(0.0));
            if icon_text_button(ui, Icon::Folder, "Choose files…").clicked() {
                dialogs.pick_files();
            }
            if icon_text_button(ui, Icon::Folder, "Choose a folder…").clicked() {
                dialogs.pick_folder();
            }
        });
        ui.add_space(size::PAD);
        path_field(ui, picture, commands);
    });
}

/// For systems without a file dialog, and for those who have the path at hand.
fn path_field(ui: &mut Ui, picture: &mut ImportsPicture, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let width = ui.available_width().min(560.0);
    ui.horizontal(|ui| {
        ui.add_space((ui.available_width() - width) / 2.0);
        let label = ui.label(
            RichText::new("or a path")
                .color(palette.muted)
                .font(theme::small()),
        );
        let field = TextEdit::singleline(&mut picture.path_draft)
            .hint_text("/path/to/traces.jsonl")
            .desired_width(width - 150.0)
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
    });
}

fn card(ui: &mut Ui, palette: &Palette, content: impl FnOnce(&mut Ui)) {
    let frame = Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.border))
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
}

fn notice(ui: &mut Ui, text: &str) {
    let palette = theme::palette(ui);
    card(ui, palette, |ui| {
        ui.horizontal(|ui| {
            icon(ui, Icon::Warning, palette.warning);
            ui.add(egui::Label::new(text).wrap());
        });
    });
}

fn failed_card(ui: &mut Ui, report: &FileReport, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    card(ui, palette, |ui| {
        ui.horizontal(|ui| {
            icon(ui, Icon::Error, palette.error);
            ui.label(RichText::new(file_name(report)).font(theme::strong()))
                .on_hover_text(&report.path);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_text_button(ui, Icon::Refresh, "Try again").clicked() {
                    commands.push(Command::Import(vec![PathBuf::from(&report.path)]));
                }
            });
        });
        ui.add(egui::Label::new(report.error.as_deref().unwrap_or("It could not be read.")).wrap());
    });
}

fn import_card(
    ui: &mut Ui,
    import: &ImportSummary,
    picture: &mut ImportsPicture,
    clock: human::Clock,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui);
    let report = &import.report;
    let has_details = report.problems.skipped_total > 0 || !report.problems.remarks.is_empty();
    let opened = picture.opened.contains(&import.id.0);
    card(ui, palette, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(file_name(report)).font(theme::strong()))
                .on_hover_text(&report.path);
            chip(ui, &report.format, palette.muted);
            if !import.complete {
                chip(ui, "Partly read", palette.warning)
                    .on_hover_text("Import the file again to read the rest");
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, &format!("Remove {}", file_name(report))).clicked()
                {
                    commands.push(Command::RemoveImport(import.id));
                }
                if icon_button(
                    ui,
                    Icon::Refresh,
                    &format!("Import {} again", file_name(report)),
                )
                .clicked()
                {
                    commands.push(Command::Import(vec![PathBuf::from(&report.path)]));
                }
                let when = human::date_time(import.at, clock);
                ui.label(
                    RichText::new(when)
                        .font(theme::small())
                        .color(palette.muted),
                );
            });
        });
        truncated_label(ui, &counts_in_words(report), theme::body(), palette.muted);
        if has_details {
            let icon = if opened {
                Icon::ChevronDown
            } else {
                Icon::ChevronRight
            };
            if icon_text_button(ui, icon, &problems_in_words(report)).clicked() {
                match picture.opened.iter().position(|id| *id == import.id.0) {
                    Some(at) => drop(picture.opened.remove(at)),
                    None => picture.opened.push(import.id.0),
                }
            }
        }
        if opened {
            problem_list(ui, report, palette);
        }
    });
}

fn problem_list(ui: &mut Ui, report: &FileReport, palette: &Palette) {
    for remark in &report.problems.remarks {
        ui.add(egui::Label::new(remark.line()).wrap());
    }
    if report.problems.skipped.is_empty() {
        return;
    }
    ui.add_space(size::GRID);
    egui::Grid::new(("skipped", &report.path))
        .num_columns(3)
        .spacing(vec2(16.0, 4.0))
        .show(ui, |ui| {
            for heading in ["Line", "Byte", "Skipped because"] {
                ui.label(
                    RichText::new(heading)
                        .font(theme::small())
                        .color(palette.muted),
                );
            }
            ui.end_row();
            for skipped in &report.problems.skipped {
                ui.label(RichText::new(human::grouped(skipped.line)).font(theme::mono_small()));
                ui.label(RichText::new(human::grouped(skipped.byte)).font(theme::mono_small()));
                ui.label(&skipped.reason);
                ui.end_row();
            }
        });
    let more = report
        .problems
        .skipped_total
        .saturating_sub(SKIPPED_SHOWN as u64);
    if more > 0 {
        ui.label(RichText::new(format!("and {} more", human::grouped(more))).color(palette.muted));
    }
}

fn file_name(report: &FileReport) -> String {
    let path = std::path::Path::new(&report.path);
    path.file_name().map_or_else(
        || report.path.clone(),
        |name| name.to_string_lossy().into_owned(),
    )
}

fn counts_in_words(report: &FileReport) -> String {
    let counts = report.counts;
    let mut parts = vec![
        human::counted(counts.traces, "trace"),
        human::counted(counts.spans, "span"),
        human::counted(counts.logs, "log record"),
        human::counted(counts.errors, "error"),
    ];
    if report.duplicates > 0 {
        parts.push(human::counted(report.duplicates, "duplicate"));
    }
    parts.push(human::bytes(report.bytes));
    parts.push(human::duration((report.seconds * 1e9) as i64));
    parts.join(" · ")
}

fn problems_in_words(report: &FileReport) -> String {
    let problems = &report.problems;
    let skipped = (problems.skipped_total > 0).then(|| {
        format!(
            "{} skipped",
            human::counted(problems.skipped_total, "record")
        )
    });
    let notes = (!problems.remarks.is_empty())
        .then(|| human::counted(problems.remarks.len() as u64, "note"));
    let parts: Vec<String> = skipped.into_iter().chain(notes).collect();
    parts.join(", ")
}
