//! The spans that fit, as a table: sorted by time or by duration, with attributes as columns.

use super::SpansPage;
use crate::app::route::SpansPlace;
use crate::app::{App, Command};
use crate::model::Value;
use crate::model::batch::SpanStatus;
use crate::model::human::{self, Clock};
use crate::model::record::SpanEntry;
use crate::store::SpanOrder;
use crate::ui::pages::op_color;
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, Sort, VirtualTable};
use egui::Ui;

/// What the columns that are always there sort by.
const ORDERS: [Option<SpanOrder>; 6] = [
    Some(SpanOrder::Start),
    None,
    None,
    None,
    Some(SpanOrder::Duration),
    None,
];

impl SpansPage {
    pub(super) fn list(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &SpansPlace,
        commands: &mut Vec<Command>,
    ) {
        let Some(found) = app.spans.found.value.clone() else {
            return;
        };
        let clock = app.settings.clock;
        let rows = app.spans.rows.value.clone().unwrap_or_default();
        let longest = found.longest.max(1);
        let columns = columns(place);
        let order = ORDERS.iter().position(|order| *order == Some(place.order));
        let sort = order.map(|column| Sort {
            column,
            descending: place.descending,
        });
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.spans.offset_rows = picture.offset_rows;
        self.spans.selected = picture.selected;
        if std::mem::take(&mut self.arrived) && ui.memory(|memory| memory.focused().is_none()) {
            self.spans.focus();
        }
        let output = VirtualTable::new("Spans", &columns, found.refs.len() as u64)
            .sort(sort)
            .show(
                ui,
                &mut self.spans,
                |row| rows.get(row).map(name_row),
                |row, column, cell| {
                    if let Some(span) = rows.get(row) {
                        paint_cell(span, longest, clock, column, cell);
                    }
                },
            );
        picture.offset_rows = self.spans.offset_rows;
        picture.selected = self.spans.selected;
        picture.visible = output.visible.clone();
        if let Some(row) = output.selected {
            picture.record = found.refs.get(row as usize).copied();
        }
        if let Some(span) = output.activated.and_then(|row| rows.get(row)) {
            commands.push(Command::OpenTrace {
                trace: span.trace,
                span: Some(span.id),
            });
        }
        let order = output.sort_clicked.and_then(|column| *ORDERS.get(column)?);
        commands.extend(order.map(Command::SortSpans));
    }
}

fn columns(place: &SpansPlace) -> Vec<Column> {
    let mut columns = vec![
        Column::px("Time", 184.0).sortable(),
        Column::px("Service", 100.0),
        Column::px("Operation", 120.0),
        Column::rest("Description", 140.0),
        Column::px("Duration", 120.0)
            .right()
            .sortable()
            .hint("The bar compares it with the longest span that fits"),
        Column::px("Status", 64.0),
    ];
    columns.extend(place.columns.iter().map(|name| Column::px(name, 150.0)));
    columns
}

/// What a span did, in its own words.
pub(super) fn label(span: &SpanEntry) -> &str {
    match span.description.is_empty() {
        true => &span.name,
        false => &span.description,
    }
}

/// The row in words, for screen readers and tests.
fn name_row(span: &SpanEntry) -> String {
    let failed = match span.status {
        SpanStatus::Error => ", error",
        _ => "",
    };
    format!(
        "{} {}, {}{failed}",
        span.op,
        single_line(label(span).lines().next().unwrap_or_default()),
        human::duration(span.duration)
    )
}

fn paint_cell(span: &SpanEntry, longest: i64, clock: Clock, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    match column {
        0 => cell.mono_muted(&human::date_time(span.start, clock)),
        1 => cell.muted(&span.service),
        2 => {
            cell.dot(op_color(palette, &span.op));
            cell.text(&span.op);
        }
        3 => cell.mono(label(span).lines().next().unwrap_or_default()),
        4 => {
            cell.mono(&human::duration(span.duration));
            cell.bar(span.duration as f32 / longest as f32, palette.accent_soft);
        }
        5 if span.status == SpanStatus::Error => cell.colored("error", palette.error),
        5 if span.status == SpanStatus::Unset => cell.faint(span.status.name()),
        5 => cell.muted(span.status.name()),
        chosen => match span.cells.get(chosen - ORDERS.len()) {
            Some(Some(Value::Null)) | Some(None) | None => cell.faint("–"),
            Some(Some(value)) => cell.mono(&value.text()),
        },
    }
}
