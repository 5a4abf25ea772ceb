//! The imports page: where files are dropped, which could not be read and why, and all that were read.

mod drop_zone;

use crate::app::route::{IssuesPlace, LogsPlace, TracesPlace};
use crate::app::state::StoreState;
use crate::app::views::{ImportsPicture, Picture};
use crate::app::{App, Command, Route, format_name};
use crate::export::import_report;
use crate::model::human::{self, Clock};
use crate::model::report::{FileReport, Outcome};
use crate::model::sink::ImportId;
use crate::store::{ImportSummary, TraceOrder};
use crate::ui::dialogs::Dialogs;
use crate::ui::icons::{Icon, icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use drop_zone::drop_zone;
use egui::{Align, Frame, Layout, Margin, RichText, Stroke, Ui};
use std::path::{Path, PathBuf};

/// Widest the invitation gets, so that lines stay readable.
const COLUMN_WIDTH: f32 = 880.0;
/// How many files that could not be read are shown with their reason; the report has all.
const FAILED_SHOWN: usize = 3;

/// The page's own state.
#[derive(Default)]
pub struct ImportsPage {
    /// Stands in while the page is shown in place of an empty trace list, which has no picture for it.
    first: ImportsPicture,
    table: TableState,
    arrived: bool,
}

impl ImportsPage {
    /// The page is entered: its list takes the keyboard, unless something else has it.
    pub fn arrive(&mut self) {
        self.arrived = true;
    }

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
        let column = match imports.is_empty() {
            true => COLUMN_WIDTH,
            false => f32::INFINITY,
        };
        let side = ((ui.available_width() - column) / 2.0).max(size::PAD);
        ui.add_space(size::PAD);
        ui.horizontal_top(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_width((ui.available_width() - side).max(200.0));
                drop_zone(ui, dialogs, picture, imports.is_empty(), commands);
                if let StoreState::NotWritable(reason) = &store {
                    ui.add_space(size::PAD);
                    notice(ui, &reason.reason);
                }
                failures(ui, &failed, commands);
                if !imports.is_empty() {
                    ui.add_space(size::PAD);
                    heading(ui, &imports, &failed, dialogs);
                }
            });
        });
        if !imports.is_empty() {
            self.table.offset_rows = picture.offset_rows;
            self.table.selected = picture.selected;
            self.table.focus_on_arrival(ui, &mut self.arrived);
            list(ui, &mut self.table, &imports, clock, commands);
            picture.offset_rows = self.table.offset_rows;
            picture.selected = self.table.selected;
        }
    }
}

/// Files that could not be read, each with the reason and what to do.
fn failures(ui: &mut Ui, failed: &[FileReport], commands: &mut Vec<Command>) {
    for report in failed.iter().take(FAILED_SHOWN) {
        ui.add_space(size::GAP);
        failed_card(ui, report, commands);
    }
    let more = failed.len().saturating_sub(FAILED_SHOWN) as u64;
    if more > 0 {
        let palette = theme::palette(ui);
        ui.add_space(size::GAP);
        let text = format!(
            "{} more could not be read: the saved report tells each reason",
            human::counted(more, "file")
        );
        ui.label(RichText::new(text).color(palette.muted));
    }
}

/// What is listed, and a way to take the whole report along.
fn heading(ui: &mut Ui, imports: &[ImportSummary], failed: &[FileReport], dialogs: &Dialogs) {
    ui.horizontal(|ui| {
        let files = human::counted(imports.len() as u64, "file");
        ui.label(RichText::new(format!("{files} imported")).font(theme::heading()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_text_button(ui, Icon::Log, "Save the report…").clicked() {
                let reports = failed
                    .iter()
                    .chain(imports.iter().map(|import| &import.report));
                let text: String = reports
                    .map(|report| import_report::as_text(report, usize::MAX))
                    .collect();
                dialogs.save_text("import-report.txt".to_owned(), text);
            }
        });
    });
    ui.add_space(size::GRID);
}

fn list(
    ui: &mut Ui,
    table: &mut TableState,
    imports: &[ImportSummary],
    clock: Clock,
    commands: &mut Vec<Command>,
) {
    let at = |row: u64| usize::try_from(row).ok().and_then(|row| imports.get(row));
    let mut menu = |ui: &mut Ui, row: u64| {
        if let Some(import) = at(row) {
            row_menu(ui, import, commands);
        }
    };
    let links = |row: u64, column: usize| at(row).and_then(|import| link(import, column));
    let output = VirtualTable::new("Imports", &columns(), imports.len() as u64)
        .at_edge()
        .menu(&mut menu)
        .links(&links)
        .show(
            ui,
            table,
            |row| at(row).map(name_row),
            |row, column, cell| {
                if let Some(import) = at(row) {
                    paint_cell(import, clock, column, cell);
                }
            },
        );
    if let Some((row, column)) = output.followed
        && let Some(import) = at(row)
    {
        let place = match column {
            ERRORS => errors_of(import),
            column => records_of(import.id, column == LOGS),
        };
        commands.push(Command::Go(place));
    }
    if let Some(import) = output.activated.or(output.clicked).and_then(at) {
        commands.push(Command::Go(Route::Import(import.id)));
    }
}

/// Where a number leads, in words.
fn link(import: &ImportSummary, column: usize) -> Option<String> {
    let counts = &import.report.counts;
    let (count, noun) = match column {
        TRACES => (counts.traces, "trace"),
        SPANS => (counts.spans, "span"),
        LOGS => (counts.logs, "log record"),
        ERRORS => (counts.errors, "error"),
        _ => return None,
    };
    let file = file_name(&import.report);
    (count > 0).then(|| format!("Show {} of {file}", human::counted(count, noun)))
}

/// The log records that an import brought, or the traces of its spans.
pub fn records_of(import: ImportId, logs: bool) -> Route {
    let query = format!("import:{}", import.0);
    match logs {
        true => Route::Logs(LogsPlace {
            query,
            ..LogsPlace::default()
        }),
        false => Route::Traces(TracesPlace {
            query,
            ..TracesPlace::default()
        }),
    }
}

/// The errors of an import: its traces, those with most errors first; without any trace, all failures.
pub fn errors_of(import: &ImportSummary) -> Route {
    if import.report.counts.spans == 0 {
        return Route::Issues(IssuesPlace {
            query: "kind:error".to_owned(),
            ..IssuesPlace::default()
        });
    }
    Route::Traces(TracesPlace {
        query: format!("import:{}", import.id.0),
        order: TraceOrder::Errors,
        ..TracesPlace::default()
    })
}

fn row_menu(ui: &mut Ui, import: &ImportSummary, commands: &mut Vec<Command>) {
    if ui.button("Show the report").clicked() {
        commands.push(Command::Go(Route::Import(import.id)));
        ui.close();
    }
    for (text, logs) in [("Show its traces", false), ("Show its logs", true)] {
        if ui.button(text).clicked() {
            commands.push(Command::Go(records_of(import.id, logs)));
            ui.close();
        }
    }
    if ui.button("Import again").clicked() {
        commands.push(Command::Import(vec![PathBuf::from(&import.report.path)]));
        ui.close();
    }
    if ui.button("Remove").clicked() {
        commands.push(Command::RemoveImport(import.id));
        ui.close();
    }
}

/// The columns whose numbers lead to the records behind them.
const TRACES: usize = 2;
const SPANS: usize = 3;
const LOGS: usize = 4;
const ERRORS: usize = 5;

fn columns() -> [Column; 10] {
    let number = |title: &str, width: f32| Column::px(title, width).right();
    [
        Column::rest("File", 220.0),
        Column::px("Format", 220.0),
        number("Traces", 70.0),
        number("Spans", 80.0),
        number("Logs", 80.0),
        number("Errors", 70.0),
        number("Merged", 75.0).hint("Records that were in the store already"),
        number("Skipped", 75.0)
            .hint("Records that could not be read; the report tells each reason"),
        number("Read", 85.0).hint("Bytes read, unpacked"),
        Column::px("Imported", 190.0),
    ]
}

/// The row in words, for screen readers and tests.
fn name_row(import: &ImportSummary) -> String {
    let report = &import.report;
    let skipped = match report.problems.skipped_total {
        0 => String::new(),
        skipped => format!(", {} skipped", human::counted(skipped, "record")),
    };
    let partly = if import.complete { "" } else { ", partly read" };
    format!(
        "{}, {}, {}{skipped}{partly}",
        file_name(report),
        format_name(&report.format),
        import_report::counts(report).join(", ")
    )
}

fn paint_cell(import: &ImportSummary, clock: Clock, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    let report = &import.report;
    let number = |cell: &mut Cell<'_>, n: u64| match n {
        0 => cell.faint("–"),
        n => cell.mono(&human::count(n)),
    };
    match column {
        0 => {
            cell.strong(file_name(report).as_str());
            if !import.complete {
                cell.space(size::GAP);
                cell.badge("partly read", palette.warning);
            }
        }
        1 => cell.muted(format_name(&report.format)),
        2 => number(cell, report.counts.traces),
        3 => number(cell, report.counts.spans),
        4 => number(cell, report.counts.logs),
        5 => number(cell, report.counts.errors),
        6 => number(cell, report.duplicates),
        7 if report.problems.skipped_total > 0 => {
            cell.colored(
                &human::count(report.problems.skipped_total),
                palette.warning,
            );
        }
        7 => cell.faint("–"),
        8 => cell.mono_muted(&human::bytes(report.bytes)),
        _ => cell.mono_muted(&human::date_time(import.at, clock)),
    }
}

fn card(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
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
    card(ui, |ui| {
        ui.horizontal(|ui| {
            icon(ui, Icon::Warning, palette.warning);
            ui.add(egui::Label::new(text).wrap());
        });
    });
}

fn failed_card(ui: &mut Ui, report: &FileReport, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    card(ui, |ui| {
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

/// The last part of a report's path.
pub fn file_name(report: &FileReport) -> String {
    let name = Path::new(&report.path).file_name();
    name.map_or_else(
        || report.path.clone(),
        |name| name.to_string_lossy().into_owned(),
    )
}
