//! The trace list: search, durations at a glance, a sortable table.

use super::issues::kind_icon;
use super::op_color;
use super::query_field::QueryField;
use super::summary::{Summary, unreadable};
use super::trace_chart::{TraceChartView, chart_choice};
use crate::app::columns::moved;
use crate::app::issues::Kind;
use crate::app::route::{TracePlace, TracesPlace};
use crate::app::{App, Command, Route};
use crate::model::TraceId;
use crate::model::human::{self, Clock};
use crate::model::record::TraceSummary;
use crate::query::Subject;
use crate::store::{RecordKind, TraceOrder};
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::chip::chip_removable;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::virtual_table::{Column, ColumnChange, Sort, TableState, VirtualTable};
use egui::{Frame, Margin, Ui};

/// What widths of the columns are remembered under.
const LIST: &str = "traces";

/// What the columns sort by, in their order.
const ORDERS: [TraceOrder; 7] = [
    TraceOrder::Name,
    TraceOrder::Service,
    TraceOrder::Start,
    TraceOrder::Duration,
    TraceOrder::Spans,
    TraceOrder::Errors,
    TraceOrder::Logs,
];

/// The page's own state.
#[derive(Default)]
pub struct TracesPage {
    table: TableState,
    arrived: bool,
    chart: TraceChartView,
}

impl TracesPage {
    /// The page is entered: its list takes the keyboard, unless something else has it.
    pub fn arrive(&mut self) {
        self.arrived = true;
    }

    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &TracesPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                self.search(ui, app, place, focus, commands);
                ui.add_space(size::GAP);
                self.summary(ui, app, place, commands);
                self.chart.ui(ui, app, place, commands);
            });
        self.list(ui, app, place, commands);
    }

    fn search(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &TracesPlace,
        focus: bool,
        commands: &mut Vec<Command>,
    ) {
        let field = QueryField {
            label: "Search traces",
            placeholder: "Search traces by any attribute of their spans: http.route:/api/* duration:>100ms status:error",
            kind: RecordKind::Span,
            subject: Subject::Traces,
            range: place.range,
        };
        field.show(ui, app, focus, commands);
    }

    fn summary(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &TracesPlace,
        commands: &mut Vec<Command>,
    ) {
        let list = app.traces.value.as_ref();
        let filtered = !place.query.is_empty() || place.range.is_some();
        let overview = app.overview.value.filter(|_| filtered);
        let error = app.traces.error.clone();
        let summary = Summary {
            noun: "trace",
            shown: list.map(|list| list.matches.numbers.len() as u64),
            all: overview.map(|overview| overview.traces),
            more: false,
            waiting: app.traces.waiting,
            error: error.as_deref(),
            range: place.range,
            durations: None,
            clock: app.settings.clock,
        };
        let mut wanted = Vec::new();
        summary.show(ui, commands, |ui| {
            chart_choice(ui, app);
            compare_tools(ui, app, place, &mut wanted);
        });
        commands.append(&mut wanted);
    }

    fn list(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &TracesPlace,
        commands: &mut Vec<Command>,
    ) {
        let Some(list) = app.traces.value.clone() else {
            unreadable(ui, app);
            return;
        };
        if list.matches.numbers.is_empty() {
            return nothing_fits(ui, app, place, commands);
        }
        let clock = app.settings.clock;
        let rows = app.trace_rows.value.clone().unwrap_or_default();
        let longest = list.longest.max(1);
        let kinds = app.issues.kinds.value.clone().unwrap_or_default();
        let order = column_order(&app.settings.trace_columns);
        let sorted = |at: &usize| ORDERS.get(*at) == Some(&place.order);
        let sort = order.iter().position(sorted).map(|column| Sort {
            column,
            descending: place.descending,
        });
        let all = columns();
        let shown: Vec<Column> = order
            .iter()
            .filter_map(|at| all.get(*at).cloned())
            .collect();
        app.settings.swap_widths(LIST, &mut self.table.widths);
        let kept = app.looks.kept.as_ref().map(|trace| trace.id);
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.table.offset_rows = picture.offset_rows;
        self.table.selected = picture.selected;
        self.table.focus_on_arrival(ui, &mut self.arrived);
        let unmoved = |column: usize| order.get(column).copied().unwrap_or(column);
        let links =
            |row: u64, column: usize| rows.get(row).and_then(|trace| link(trace, unmoved(column)));
        let output = VirtualTable::new("Traces", &shown, list.matches.numbers.len() as u64)
            .at_edge()
            .sort(sort)
            .movable()
            .links(&links)
            .show(
                ui,
                &mut self.table,
                |row| {
                    rows.get(row).map(|trace| {
                        let kinds = kinds.get(&trace.number).map(|kinds| names_of(kinds));
                        let wrong = kinds.map(|kinds| kinds.replace('\n', ", "));
                        let wrong =
                            wrong.map_or_else(String::new, |wrong| format!(", issues: {wrong}"));
                        name_row(trace, kept) + &wrong
                    })
                },
                |row, column, cell| {
                    if let Some(trace) = rows.get(row) {
                        let column = unmoved(column);
                        let kinds = kinds.get(&trace.number).filter(|_| column == 0);
                        if let Some(first) = kinds.and_then(|kinds| kinds.first()) {
                            let (icon, color) = kind_icon(cell.palette, *first);
                            cell.end_icon(icon, color);
                        }
                        if column == 0 && kept == Some(trace.id) {
                            cell.badge("kept to compare", cell.palette.accent);
                        }
                        paint_cell(trace, longest, clock, column, cell);
                        if let Some(kinds) = kinds {
                            cell.hint(&names_of(kinds));
                        }
                    }
                },
            );
        picture.offset_rows = self.table.offset_rows;
        picture.selected = self.table.selected;
        picture.visible = output.visible.clone();
        let opened = output
            .activated
            .or(output.clicked)
            .and_then(|row| rows.get(row));
        // Ctrl is what chooses several elsewhere, too.
        let chooses = output.clicked.is_some() && ui.input(|input| input.modifiers.command);
        match opened {
            Some(trace) if chooses => commands.push(Command::Compare(Box::new(trace.clone()))),
            Some(trace) => commands.push(Command::OpenTrace {
                trace: trace.id,
                span: None,
            }),
            None => {}
        }
        if let Some((row, column)) = output.followed
            && let Some(trace) = rows.get(row)
        {
            commands.push(follow(trace, unmoved(column)));
        }
        let sorted = output.sort_clicked.and_then(|column| order.get(column));
        if let Some(order) = sorted.and_then(|column| ORDERS.get(*column)) {
            commands.push(Command::SortTraces(*order));
        }
        if let Some(ColumnChange::Moved { from, to }) = output.columns {
            let keys = shown.into_iter().map(|column| column.key).collect();
            commands.push(Command::OrderTraceColumns(moved(keys, from, to)));
        }
        app.settings.swap_widths(LIST, &mut self.table.widths);
    }
}

/// The trace that is kept to be compared, and the way to compare all that are listed. Laid out from the right edge.
fn compare_tools(ui: &mut Ui, app: &App, place: &TracesPlace, commands: &mut Vec<Command>) {
    let hint = "Compare the median of these traces with that of others; Ctrl+click or C on two traces compares those";
    let button = icon_text_button(ui, Icon::Columns, "Compare with…");
    if button.on_hover_text(hint).clicked() {
        commands.push(Command::Go(Route::Compare(place.to_compare())));
    }
    if let Some(kept) = &app.looks.kept {
        let text = format!("Compare {} with…", title(kept));
        if chip_removable(ui, &text, theme::palette(ui).accent).removed {
            commands.push(Command::CompareNone);
        }
    }
}

fn nothing_fits(ui: &mut Ui, app: &App, place: &TracesPlace, commands: &mut Vec<Command>) {
    if app.traces.waiting {
        return;
    }
    if place.query.is_empty() {
        let sentence = "The files read so far hold no spans. Their logs are on the logs page.";
        if EmptyState::new(Icon::Trace, "No traces", sentence)
            .action("Show logs")
            .show(ui)
            .is_some()
        {
            commands.push(Command::ShowLogs);
        }
        return;
    }
    let sentence = "No span has all of this. Take a term away, or ask for several spans with braces: {op:db} {is:error}.";
    if EmptyState::new(Icon::Search, "No trace fits", sentence)
        .action("Clear the search")
        .show(ui)
        .is_some()
    {
        commands.push(Command::Search(String::new()));
    }
}

/// The columns whose numbers lead to the records behind them.
const ERRORS: usize = 5;
const LOGS: usize = 6;

/// The columns in the order chosen for them, by their places in [`columns`].
fn column_order(keys: &[String]) -> Vec<usize> {
    let all = columns();
    let place = |key: &String| all.iter().position(|column| column.key == *key);
    let mut order: Vec<usize> = Vec::with_capacity(all.len());
    for at in keys.iter().filter_map(place).chain(0..all.len()) {
        if !order.contains(&at) {
            order.push(at);
        }
    }
    order
}

fn columns() -> [Column; 7] {
    [
        Column::rest("Trace", 220.0)
            .sortable()
            .hint("The root span: its operation and name"),
        Column::px("Service", 130.0).sortable(),
        Column::px("Start", 200.0).sortable(),
        Column::px("Duration", 170.0).right().sortable(),
        Column::px("Spans", 70.0).right().sortable(),
        Column::px("Errors", 70.0)
            .right()
            .sortable()
            .hint("Error records and failed spans"),
        Column::px("Logs", 70.0).right().sortable(),
    ]
}

/// Where a number leads, in words.
fn link(trace: &TraceSummary, column: usize) -> Option<String> {
    match column {
        ERRORS if trace.errors > 0 => {
            let errors = human::counted(trace.errors, "error");
            Some(format!("Open at the first of {errors}: {}", title(trace)))
        }
        LOGS if trace.logs > 0 => {
            let logs = human::counted(trace.logs, "log record");
            Some(format!("Show {logs} of {}", title(trace)))
        }
        _ => None,
    }
}

fn follow(trace: &TraceSummary, column: usize) -> Command {
    let id = trace.id;
    match column {
        LOGS => Command::LogsOf {
            trace: id,
            span: None,
        },
        _ => Command::Go(Route::Trace(TracePlace {
            at_error: true,
            ..TracePlace::new(id, None)
        })),
    }
}

/// The root's name, or that it has none.
pub(super) fn title(trace: &TraceSummary) -> &str {
    if trace.root_name.is_empty() {
        "(unnamed)"
    } else {
        &trace.root_name
    }
}

/// The row in words, for screen readers and tests.
fn name_row(trace: &TraceSummary, kept: Option<TraceId>) -> String {
    let kept = match kept == Some(trace.id) {
        true => ", kept to compare",
        false => "",
    };
    let errors = if trace.errors > 0 {
        format!(", {}", human::counted(trace.errors, "error"))
    } else {
        String::new()
    };
    format!(
        "{}, {}, {}{errors}{kept}",
        title(trace),
        human::duration(trace.duration),
        human::counted(trace.spans, "span")
    )
}

/// The problems of a trace in words, a line each.
fn names_of(kinds: &[Kind]) -> String {
    let names = kinds.iter().map(|kind| kind.detector().title);
    names.collect::<Vec<_>>().join("\n")
}

fn paint_cell(
    trace: &TraceSummary,
    longest: i64,
    clock: Clock,
    column: usize,
    cell: &mut Cell<'_>,
) {
    let palette = cell.palette;
    let number = |cell: &mut Cell<'_>, n: u64| {
        if n == 0 {
            cell.faint("–")
        } else {
            cell.mono(&human::count(n))
        }
    };
    match column {
        0 => {
            cell.dot(op_color(palette, &trace.root_op));
            cell.strong(title(trace));
            cell.space(size::GAP);
            cell.faint(&trace.root_op);
        }
        1 => {
            let others = trace.services.len().saturating_sub(1);
            cell.text(&trace.root_service);
            if others > 0 {
                cell.faint(&format!("+{others}"));
            }
        }
        2 => cell.mono_muted(&human::date_time(trace.start, clock)),
        3 => {
            cell.mono(&human::duration(trace.duration));
            cell.room_of_figures("1.23 ms".len());
            cell.bar(trace.duration as f32 / longest as f32, palette.accent_soft);
        }
        4 => number(cell, trace.spans),
        5 if trace.errors > 0 => cell.colored(&human::count(trace.errors), palette.error),
        5 => cell.faint("–"),
        _ => number(cell, trace.logs),
    }
}
