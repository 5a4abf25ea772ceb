//! The report on one imported file: what was recognised, read, merged, repaired, noted and skipped, and what to do next.

use super::imports::{errors_of, file_name, records_of};
use crate::app::views::Picture;
use crate::app::{App, Command, Route, format_name};
use crate::export::import_report;
use crate::model::human::{self, Clock};
use crate::model::report::{FileReport, Outcome, RemarkKind, Skipped};
use crate::model::sink::ImportId;
use crate::store::ImportSummary;
use crate::ui::actions::TakeReport;
use crate::ui::dialogs::Dialogs;
use crate::ui::icons::{Icon, icon, icon_text_button};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::chip::chip;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::truncated_label;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{Color32, Context, Frame, Margin, RichText, ScrollArea, Ui};
use std::path::{Path, PathBuf};

/// The tallest that repairs and notes get before they scroll, so that skipped records stay in sight.
const REMARKS_HEIGHT: f32 = 180.0;

/// The page's own state.
#[derive(Default)]
pub struct ImportReportPage {
    table: TableState,
}

impl ImportReportPage {
    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        id: ImportId,
        dialogs: &Dialogs,
        commands: &mut Vec<Command>,
    ) {
        let Some(imports) = app.imports.value.clone() else {
            return;
        };
        let Some(import) = imports.iter().find(|import| import.id == id) else {
            return gone(ui, commands);
        };
        let clock = app.settings.clock;
        let mut lists = false;
        Frame::new()
            .inner_margin(Margin::symmetric(16, 12))
            .show(ui, |ui| {
                title(ui, import);
                ui.add_space(size::GRID);
                buttons(ui, import, dialogs, commands);
                ui.add_space(size::PAD);
                lists |= figures(ui, import, clock, commands);
                ui.add_space(size::PAD);
                remarks(ui, &import.report);
                skipped_heading(ui, &import.report);
            });
        if let Picture::Import(picture) = &mut app.history.current_mut().picture {
            self.table.offset_rows = picture.offset_rows;
            self.table.selected = picture.selected;
            if lists {
                self.table.select(0);
                self.table.focus();
            }
            skipped_list(ui, &mut self.table, &import.report.problems.skipped);
            picture.offset_rows = self.table.offset_rows;
            picture.selected = self.table.selected;
        }
    }
}

fn gone(ui: &mut Ui, commands: &mut Vec<Command>) {
    let sentence = "It was removed from the store, or this place is of another store.";
    if EmptyState::new(Icon::Import, "There is no such import", sentence)
        .action("Show all imports")
        .show(ui)
        .is_some()
    {
        commands.push(Command::ShowImports);
    }
}

fn title(ui: &mut Ui, import: &ImportSummary) {
    let palette = theme::palette(ui);
    let report = &import.report;
    ui.horizontal(|ui| {
        ui.label(RichText::new(file_name(report)).font(theme::title()));
        ui.add_space(size::GAP);
        chip(ui, format_name(&report.format), palette.accent);
        if let Some((text, help)) = state(import) {
            chip(ui, text, palette.warning).on_hover_text(help);
        }
    });
    truncated_label(ui, &report.path, theme::mono_small(), palette.faint);
}

/// What keeps the file from being read to its end, in a word, and what to do about it.
fn state(import: &ImportSummary) -> Option<(&'static str, &'static str)> {
    match import.report.outcome {
        Outcome::Failed => Some((
            "Stopped by an error",
            "What was read before is kept. Import the file again to go on",
        )),
        Outcome::Cancelled => Some((
            "Stopped",
            "What was read before is kept. Import the file again to go on",
        )),
        _ if !import.complete => Some((
            "Partly read",
            "It ends within a record, or reading it was interrupted. Import it again to read what has come since",
        )),
        _ => None,
    }
}

fn buttons(ui: &mut Ui, import: &ImportSummary, dialogs: &Dialogs, commands: &mut Vec<Command>) {
    let report = &import.report;
    let path = PathBuf::from(&report.path);
    let is_file = path != Path::new("-");
    ui.horizontal_wrapped(|ui| {
        if is_file {
            let again = icon_text_button(ui, Icon::Refresh, "Import again")
                .on_hover_text("Reads what was added to the file since");
            if again.clicked() {
                commands.push(Command::Import(vec![path.clone()]));
            }
            let replace = icon_text_button(ui, Icon::Import, "Replace").on_hover_text(
                "Takes out what this file brought and reads it from its start, as after mending it",
            );
            if replace.clicked() {
                commands.push(Command::Replace {
                    import: import.id,
                    path,
                });
                commands.push(Command::ShowImports);
            }
        }
        for (icon, label, way) in [
            (Icon::Copy, "Copy as text", TakeReport::CopyText),
            (Icon::Code, "Copy as JSON", TakeReport::CopyJson),
            (Icon::Log, "Save as text…", TakeReport::SaveText),
            (Icon::Log, "Save as JSON…", TakeReport::SaveJson),
        ] {
            if icon_text_button(ui, icon, label).clicked() {
                take(ui.ctx(), report, dialogs, way);
            }
        }
        let remove = icon_text_button(ui, Icon::Close, "Remove")
            .on_hover_text("Takes out of the store what this file brought; the file itself stays");
        if remove.clicked() {
            commands.push(Command::RemoveImport(import.id));
            commands.push(Command::Go(Route::Imports));
        }
    });
}

/// Takes the report on the import that is shown along, and says so.
pub fn take_along(ctx: &Context, app: &mut App, dialogs: &Dialogs, way: TakeReport) {
    let Route::Import(id) = *app.route() else {
        return;
    };
    let imports = app.imports.value.clone().unwrap_or_default();
    let Some(import) = imports.iter().find(|import| import.id == id) else {
        return;
    };
    take(ctx, &import.report, dialogs, way);
    if matches!(way, TakeReport::CopyText | TakeReport::CopyJson) {
        app.tell("Copied the report".to_owned(), false);
    }
}

fn take(ctx: &Context, report: &FileReport, dialogs: &Dialogs, way: TakeReport) {
    let name = file_name(report);
    let text = || import_report::as_text(report, usize::MAX);
    let json = || format!("{:#}\n", import_report::as_json(report));
    match way {
        TakeReport::CopyText => ctx.copy_text(text()),
        TakeReport::CopyJson => ctx.copy_text(json()),
        TakeReport::SaveText => dialogs.save_text(format!("{name}.report.txt"), text()),
        TakeReport::SaveJson => dialogs.save_text(format!("{name}.report.json"), json()),
    }
}

/// Everything counted, each figure over its name. Whether the list of what was skipped is to have the keyboard.
fn figures(ui: &mut Ui, import: &ImportSummary, clock: Clock, commands: &mut Vec<Command>) -> bool {
    let mut lists = false;
    let palette = theme::palette(ui);
    let report = &import.report;
    let repaired: u64 = report
        .problems
        .of_kind(RemarkKind::Repair)
        .map(|remark| remark.times)
        .sum();
    let warn = |n: u64| if n > 0 { palette.warning } else { palette.text };
    let skipped = report.problems.skipped_total;
    let rate = (report.seconds > 0.0).then(|| report.bytes as f64 / report.seconds);
    let figures = [
        ("Traces", human::grouped(report.counts.traces), palette.text),
        ("Spans", human::grouped(report.counts.spans), palette.text),
        (
            "Log records",
            human::grouped(report.counts.logs),
            palette.text,
        ),
        ("Errors", human::grouped(report.counts.errors), palette.text),
        (
            "Merged as duplicates",
            human::grouped(report.duplicates),
            palette.text,
        ),
        ("Repairs", human::grouped(repaired), palette.text),
        ("Skipped", human::grouped(skipped), warn(skipped)),
        ("Read", human::bytes(report.bytes), palette.text),
        (
            "Took",
            human::duration((report.seconds * 1e9) as i64),
            palette.text,
        ),
        (
            "Speed",
            rate.map_or_else(
                || "–".to_owned(),
                |rate| format!("{}/s", human::bytes(rate as u64)),
            ),
            palette.text,
        ),
        ("Imported", human::date_time(import.at, clock), palette.text),
    ];
    let check_ins = Some(report.counts.check_ins).filter(|count| *count > 0);
    let check_ins = check_ins.map(|count| ("Check-ins", human::grouped(count), palette.text));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = size::PAD * 2.0;
        for (name, value, color) in figures.into_iter().chain(check_ins) {
            let leads = match name {
                "Traces" | "Spans" => Some(Some(records_of(import.id, false))),
                "Log records" => Some(Some(records_of(import.id, true))),
                "Errors" => Some(Some(errors_of(import))),
                "Skipped" => Some(None),
                _ => None,
            };
            match leads.filter(|_| value != "0") {
                Some(place) => {
                    if figure_link(ui, palette, name, &value) {
                        lists |= place.is_none();
                        commands.extend(place.map(Command::Go));
                    }
                }
                None => figure(ui, palette, name, &value, color),
            }
        }
    });
    lists
}

/// A figure that leads to the records it counts; whether it was followed.
fn figure_link(ui: &mut Ui, palette: &Palette, name: &str, value: &str) -> bool {
    let link = ui.vertical(|ui| {
        let label = RichText::new(name)
            .font(theme::small())
            .color(palette.muted);
        ui.label(label);
        let text = RichText::new(value)
            .font(theme::mono())
            .color(palette.accent);
        let link = ui.link(text);
        link.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Link, true, format!("{name}: show {value}"))
        });
        link
    });
    link.inner.clicked()
}

fn figure(ui: &mut Ui, palette: &Palette, name: &str, value: &str, color: Color32) {
    ui.vertical(|ui| {
        ui.label(
            RichText::new(name)
                .font(theme::small())
                .color(palette.muted),
        );
        ui.label(RichText::new(value).font(theme::mono()).color(color));
    });
}

/// What was put right, and what is worth knowing.
fn remarks(ui: &mut Ui, report: &FileReport) {
    let palette = theme::palette(ui);
    if report.problems.remarks.is_empty() {
        return;
    }
    let groups = [
        (RemarkKind::Repair, "Repaired", Icon::Check, palette.accent),
        (RemarkKind::Note, "Notes", Icon::Info, palette.info),
    ];
    ScrollArea::vertical()
        .id_salt("remarks")
        .max_height(REMARKS_HEIGHT)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for (kind, name, sign, color) in groups {
                let mut remarks = report.problems.of_kind(kind).peekable();
                if remarks.peek().is_none() {
                    continue;
                }
                ui.label(RichText::new(name).font(theme::heading()));
                for remark in remarks {
                    ui.horizontal(|ui| {
                        icon(ui, sign, color);
                        ui.add(egui::Label::new(remark.line()).wrap());
                    });
                }
                ui.add_space(size::GAP);
            }
        });
}

fn skipped_heading(ui: &mut Ui, report: &FileReport) {
    let palette = theme::palette(ui);
    let total = report.problems.skipped_total;
    if total == 0 {
        ui.horizontal(|ui| {
            icon(ui, Icon::Check, palette.accent);
            ui.label("Nothing was skipped: every record was read.");
        });
        return;
    }
    ui.horizontal(|ui| {
        let text = format!("{} skipped", human::counted(total, "record"));
        ui.label(RichText::new(text).font(theme::heading()));
        let listed = report.problems.skipped.len() as u64;
        if listed < total {
            let text = format!("the first {} are listed", human::grouped(listed));
            ui.label(RichText::new(text).color(palette.muted));
        }
    });
}

fn skipped_list(ui: &mut Ui, table: &mut TableState, skipped: &[Skipped]) {
    if skipped.is_empty() {
        return;
    }
    let at = |row: u64| usize::try_from(row).ok().and_then(|row| skipped.get(row));
    let columns = [
        Column::px("Line", 90.0).right(),
        Column::px("Byte", 130.0).right(),
        Column::rest("Skipped because", 260.0),
        Column::rest("It begins", 220.0),
    ];
    VirtualTable::new("Skipped records", &columns, skipped.len() as u64).show(
        ui,
        table,
        |row| at(row).map(name_skipped),
        |row, column, cell| {
            if let Some(skipped) = at(row) {
                paint_skipped(skipped, column, cell);
            }
        },
    );
}

/// The row in words, for screen readers and tests.
fn name_skipped(skipped: &Skipped) -> String {
    let line = match skipped.line {
        0 => String::new(),
        line => format!("line {}, ", human::grouped(line)),
    };
    format!(
        "{line}byte {}: {}",
        human::grouped(skipped.byte),
        skipped.reason
    )
}

fn paint_skipped(skipped: &Skipped, column: usize, cell: &mut Cell<'_>) {
    match column {
        0 if skipped.line == 0 => cell.faint("–"),
        0 => cell.mono(&human::grouped(skipped.line)),
        1 => cell.mono(&human::grouped(skipped.byte)),
        2 => cell.text(&skipped.reason),
        _ => cell.mono_muted(&skipped.excerpt),
    }
}
