//! The spans that fit, as a table: sorted by time or by duration, with attributes as columns.

use super::SpansPage;
use crate::app::columns::SPAN_COLUMNS;
use crate::app::route::SpansPlace;
use crate::app::{App, Command};
use crate::model::Value;
use crate::model::batch::SpanStatus;
use crate::model::human::{self, Clock};
use crate::model::record::SpanEntry;
use crate::store::SpanOrder;
use crate::ui::pages::op_color;
use crate::ui::pages::records::column_command;
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, Sort, VirtualTable};
use egui::Ui;

/// What widths of the columns are remembered under.
const LIST: &str = "spans";

/// What a column sorts by.
fn order_of(column: &str) -> Option<SpanOrder> {
    match column {
        "time" => Some(SpanOrder::Start),
        "duration" => Some(SpanOrder::Duration),
        _ => None,
    }
}

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
        let names = SPAN_COLUMNS.shown(&place.columns);
        let columns = columns(&names);
        let is_sorted = |name: &String| order_of(name) == Some(place.order);
        let sort = names.iter().position(is_sorted).map(|column| Sort {
            column,
            descending: place.descending,
        });
        let painted = Painted {
            names: &names,
            longest,
            clock,
        };
        app.settings.swap_widths(LIST, &mut self.spans.widths);
        let Some(picture) = app.list_picture() else {
            return;
        };
        self.spans.offset_rows = picture.offset_rows;
        self.spans.selected = picture.selected;
        self.spans.focus_on_arrival(ui, &mut self.arrived);
        let output = VirtualTable::new("Spans", &columns, found.refs.len() as u64)
            .at_edge()
            .sort(sort)
            .movable()
            .show(
                ui,
                &mut self.spans,
                |row| rows.get(row).map(name_row),
                |row, column, cell| {
                    if let Some(span) = rows.get(row) {
                        painted.cell(span, column, cell);
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
        let sorted = output.sort_clicked.and_then(|column| names.get(column));
        let order = sorted.and_then(|name| order_of(name));
        commands.extend(order.map(Command::SortSpans));
        commands.extend(
            output
                .columns
                .and_then(|change| column_command(change, &names)),
        );
        app.settings.swap_widths(LIST, &mut self.spans.widths);
    }
}

fn columns(names: &[String]) -> Vec<Column> {
    let column = |name: &String| match name.as_str() {
        "time" => Column::px("Time", 184.0).sortable(),
        "service" => Column::px("Service", 100.0),
        "op" => Column::px("Operation", 120.0),
        "description" => Column::rest("Description", 140.0),
        "duration" => Column::px("Duration", 120.0)
            .right()
            .sortable()
            .hint("The bar compares it with the longest span that fits"),
        "status" => Column::px("Status", 64.0),
        attribute => Column::px(attribute, 150.0),
    };
    let keyed = |name| {
        column(name)
            .key(name)
            .removable(name != SPAN_COLUMNS.always)
    };
    names.iter().map(keyed).collect()
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

/// A span as cells of columns.
struct Painted<'a> {
    names: &'a [String],
    longest: i64,
    clock: Clock,
}

impl Painted<'_> {
    fn cell(&self, span: &SpanEntry, column: usize, cell: &mut Cell<'_>) {
        let Some(name) = self.names.get(column) else {
            return;
        };
        let palette = cell.palette;
        match name.as_str() {
            "time" => cell.mono_muted(&human::date_time(span.start, self.clock)),
            "service" => cell.muted(&span.service),
            "op" => {
                cell.dot(op_color(palette, &span.op));
                cell.text(&span.op);
            }
            "description" => cell.mono(label(span).lines().next().unwrap_or_default()),
            "duration" => {
                cell.mono(&human::duration(span.duration));
                let share = span.duration as f32 / self.longest as f32;
                cell.room_of_figures("1.23 ms".len());
                cell.bar(share, palette.accent_soft);
            }
            "status" => match span.status {
                SpanStatus::Error => cell.colored("error", palette.error),
                SpanStatus::Unset => cell.faint(span.status.name()),
                status => cell.muted(status.name()),
            },
            _ => match span
                .cells
                .get(SPAN_COLUMNS.attributes_before(self.names, column))
            {
                Some(Some(Value::Null)) | Some(None) | None => cell.faint("–"),
                Some(Some(value)) => cell.mono(&value.text()),
            },
        }
    }
}
