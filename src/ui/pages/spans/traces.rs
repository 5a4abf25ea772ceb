//! The traces that the spans which fit belong to, one row a trace.

use super::SpansPage;
use crate::app::route::SpansPlace;
use crate::app::span_search::MatchedTrace;
use crate::app::{App, Command};
use crate::model::human::{self, Clock};
use crate::store::SpanOrder;
use crate::ui::pages::op_color;
use crate::ui::pages::traces::title;
use crate::ui::theme::{self, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::virtual_table::{Column, Sort, VirtualTable};
use egui::{RichText, Ui};

/// What the columns sort by.
const ORDERS: [Option<SpanOrder>; 6] = [
    None,
    None,
    Some(SpanOrder::Start),
    Some(SpanOrder::Duration),
    None,
    None,
];

impl SpansPage {
    pub(super) fn matched_traces(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &SpansPlace,
        commands: &mut Vec<Command>,
    ) {
        if let Some(error) = &app.spans.traces.error {
            ui.label(RichText::new(error).color(theme::palette(ui).error));
            return;
        }
        let Some(found) = app.spans.traces.value.clone() else {
            return;
        };
        heading(ui, found.traces.len() as u64);
        let clock = app.settings.clock;
        let rows = app.spans.trace_rows.value.clone().unwrap_or_default();
        let order = ORDERS.iter().position(|order| *order == Some(place.order));
        let sort = order.map(|column| Sort {
            column,
            descending: place.descending,
        });
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.traces.offset_rows = picture.offset_rows;
        self.traces.selected = picture.selected;
        self.traces.focus_on_arrival(ui, &mut self.arrived);
        let output = VirtualTable::new("Traces of spans", &columns(), found.traces.len() as u64)
            .at_edge()
            .sort(sort)
            .show(
                ui,
                &mut self.traces,
                |row| rows.get(row).map(name_row),
                |row, column, cell| {
                    if let Some(row) = rows.get(row) {
                        paint_cell(row, clock, column, cell);
                    }
                },
            );
        picture.offset_rows = self.traces.offset_rows;
        picture.selected = self.traces.selected;
        picture.visible = output.visible.clone();
        let opened = output.activated.or(output.clicked);
        if let Some(row) = opened.and_then(|row| rows.get(row)) {
            commands.push(Command::OpenTrace {
                trace: row.trace.id,
                span: Some(row.first),
            });
        }
        let order = output.sort_clicked.and_then(|column| *ORDERS.get(column)?);
        commands.extend(order.map(Command::SortSpans));
    }
}

fn heading(ui: &mut Ui, traces: u64) {
    let text = format!("in {}", human::counted(traces, "trace"));
    ui.horizontal(|ui| {
        ui.set_height(size::ROW);
        ui.add_space(size::PAD);
        let color = theme::palette(ui).muted;
        ui.label(RichText::new(text).font(theme::small()).color(color));
    });
}

fn columns() -> [Column; 6] {
    [
        Column::rest("Trace", 160.0).hint("The root span: its operation and name"),
        Column::px("Service", 100.0),
        Column::px("Start", 184.0).sortable(),
        Column::px("Duration", 88.0).right().sortable(),
        Column::px("Spans", 128.0)
            .right()
            .hint("How many spans fit, of how many in the trace"),
        Column::px("Errors", 60.0)
            .right()
            .hint("Error records and failed spans"),
    ]
}

/// The row in words, for screen readers and tests.
fn name_row(row: &MatchedTrace) -> String {
    format!(
        "{}, {}, {} of {}",
        title(&row.trace),
        human::duration(row.trace.duration),
        human::grouped(row.matched),
        human::counted(row.trace.spans, "span")
    )
}

fn paint_cell(row: &MatchedTrace, clock: Clock, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    let trace = &row.trace;
    match column {
        0 => {
            cell.dot(op_color(palette, &trace.root_op));
            cell.strong(title(trace));
            cell.space(size::GAP);
            cell.faint(&trace.root_op);
        }
        1 => cell.text(&trace.root_service),
        2 => cell.mono_muted(&human::date_time(trace.start, clock)),
        3 => cell.mono(&human::duration(trace.duration)),
        4 => {
            cell.mono_muted(&format!("/ {}", human::count(trace.spans)));
            cell.mono(&human::count(row.matched));
            let share = row.matched as f32 / trace.spans.max(1) as f32;
            cell.bar(share, palette.accent_soft);
        }
        _ if trace.errors > 0 => cell.colored(&human::count(trace.errors), palette.error),
        _ => cell.faint("–"),
    }
}
