//! A log record as a row: its columns in their order, what is painted in each, and what can be done with it.

use crate::app::columns::LOG_COLUMNS;
use crate::app::issues::{Kind, LogKinds};
use crate::app::route::{AroundPlace, LogsPlace, Neighbours};
use crate::app::{App, Command};
use crate::export::log_record::log_text;
use crate::model::Value;
use crate::model::human::{self, Clock};
use crate::model::record::{LogEntry, RecordRef};
use crate::query;
use crate::ui::pages::issues::kind_icon;
use crate::ui::pages::records::column_command;
use crate::ui::pages::{SEVERITY_NAMES, severity_class, severity_colors};
use crate::ui::theme::size;
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::message::{Lines, message_job};
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, ColumnChange};
use egui::{CornerRadius, Rect, Ui};
use std::sync::Arc;

/// Lines of every row while messages are wrapped: rows of one height keep lists of millions exact.
const WRAPPED_LINES: f32 = 4.0;
/// What widths of its columns are remembered under.
pub const LIST: &str = "logs";

/// How rows look at a place.
pub struct RowLook {
    /// The columns shown, by name.
    names: Vec<String>,
    /// What is searched for in messages.
    words: Vec<String>,
    clock: Clock,
    wraps: bool,
    /// A record that stands out.
    marked: Option<RecordRef>,
    /// What is wrong in which traces.
    wrong: Arc<LogKinds>,
}

impl RowLook {
    /// Rows of the columns of a place.
    pub fn new(app: &App, place: &LogsPlace) -> Self {
        let search = query::parse_for(&place.query, place.subject()).unwrap_or_default();
        Self {
            names: LOG_COLUMNS.shown(&place.columns),
            words: query::words(&search),
            clock: app.settings.clock,
            wraps: app.settings.wrap_messages,
            marked: place.around.map(|around| around.at),
            wrong: app.issues.log_kinds.value.clone().unwrap_or_default(),
        }
    }

    /// Whether a column is shown.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// What is searched for in messages.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The height of a row in points.
    pub fn row_height(&self) -> f32 {
        let more = if self.wraps { WRAPPED_LINES - 1.0 } else { 0.0 };
        size::ROW + more * size::TEXT_LINE
    }

    /// The columns.
    pub fn columns(&self) -> Vec<Column> {
        let column = |name: &String| match name.as_str() {
            "time" => Column::px("Time", 208.0),
            "level" => Column::px("Level", 72.0),
            "service" => Column::px("Service", 110.0),
            "message" => Column::rest("Message", 240.0),
            attribute => Column::px(attribute, 150.0),
        };
        let all = self.names.iter();
        all.map(|name| {
            let column = column(name).key(name);
            column.removable(name != LOG_COLUMNS.always)
        })
        .collect()
    }

    /// What a change to the columns asks for.
    pub fn changed(&self, change: ColumnChange) -> Option<Command> {
        column_command(change, &self.names)
    }

    /// The row in words, for screen readers and tests.
    pub fn name(&self, log: &LogEntry) -> String {
        let message = single_line(log.body.lines().next().unwrap_or_default());
        let level = SEVERITY_NAMES[severity_class(log.severity)];
        let wrong = match self.wrong(log) {
            [] => String::new(),
            kinds => format!(", issues of its trace: {}", titles(kinds, ", ")),
        };
        match self.marked == Some(log.at) {
            true => format!("This record: {level} {message}{wrong}"),
            false => format!("{level} {message}{wrong}"),
        }
    }

    /// What is wrong in a record's trace.
    fn wrong(&self, log: &LogEntry) -> &[Kind] {
        let kinds = log.trace.and_then(|trace| self.wrong.get(&trace));
        kinds.map_or(&[], Vec::as_slice)
    }

    /// Fills a cell.
    pub fn paint(&self, log: &LogEntry, column: usize, cell: &mut Cell<'_>) {
        let Some(name) = self.names.get(column) else {
            return;
        };
        if self.marked == Some(log.at) {
            mark(cell, column == 0);
        }
        let class = severity_class(log.severity);
        let color = severity_colors(cell.palette)[class];
        if column == 0 {
            cell.dot(color);
        }
        if name == LOG_COLUMNS.always
            && let [first, ..] = self.wrong(log)
        {
            let (icon, color) = kind_icon(cell.palette, *first);
            cell.end_icon(icon, color);
            cell.hint(&format!("Its trace: {}", titles(self.wrong(log), ", ")));
        }
        match name.as_str() {
            "time" => cell.mono_muted(&human::date_time(log.time, self.clock)),
            "level" => cell.colored(SEVERITY_NAMES[class], color),
            "service" => cell.muted(&log.service),
            "message" => {
                let lines = if self.wraps { Lines::Some } else { Lines::One };
                cell.wrapped(message_job(&log.body, &self.words, lines, cell.palette));
            }
            _ => match log
                .cells
                .get(LOG_COLUMNS.attributes_before(&self.names, column))
            {
                Some(Some(Value::Null)) | Some(None) | None => cell.faint("–"),
                Some(Some(value)) => cell.mono(&value.text()),
            },
        }
    }

    /// The menu of a row.
    pub fn menu(&self, ui: &mut Ui, log: &LogEntry, commands: &mut Vec<Command>) {
        around_entries(ui, log, commands);
        ui.separator();
        if let Some(trace) = log.trace
            && ui.button("Open in trace").clicked()
        {
            let span = log.span;
            commands.push(Command::OpenTrace { trace, span });
            ui.close();
        }
        if ui.button("Copy as text").clicked() {
            ui.ctx().copy_text(log_text(log, self.clock));
            ui.close();
        }
    }
}

/// What kinds of issues are called.
fn titles(kinds: &[Kind], between: &str) -> String {
    let titles = kinds.iter().map(|kind| kind.detector().title);
    titles.collect::<Vec<_>>().join(between)
}

/// The row that stands out: on a ground of its own, with a bar at its left edge.
fn mark(cell: &Cell<'_>, first: bool) {
    let painter = cell.painter();
    painter.rect_filled(cell.block, CornerRadius::ZERO, cell.palette.accent_soft);
    if first {
        let bar = Rect::from_min_max(cell.block.min, cell.block.left_bottom());
        painter.rect_filled(
            bar.with_max_x(bar.left() + 3.0),
            CornerRadius::ZERO,
            cell.palette.accent,
        );
    }
}

/// Ways to see a record among others, as entries of a menu.
pub fn around_entries(ui: &mut Ui, log: &LogEntry, commands: &mut Vec<Command>) {
    let mut entry = |of: Neighbours, label: &str| {
        if ui.button(label).clicked() {
            commands.push(Command::ShowAround(AroundPlace { at: log.at, of }));
            ui.close();
        }
    };
    entry(Neighbours::Service, "Around it, same service");
    if log.trace.is_some() {
        entry(Neighbours::Trace, "Around it, same trace");
    }
    entry(Neighbours::All, "Around it, everything");
}
