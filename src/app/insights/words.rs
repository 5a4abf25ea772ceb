//! Tables of insights as text: cells for people, rows for other programs. The same in the window and on the command line.

use crate::app::group_words;
use crate::export::markdown_text;
use crate::insights::{Cell, Column, Table, Unit};
use crate::model::Nanos;
use crate::model::human::{self, Clock};
use crate::model::record::{RecordRef, SpanEntry};
use crate::store::{Reader, StoreError};
use hashbrown::HashMap;
use serde_json::{Map, Value as Json, json};

/// Spans by where they lie.
pub type Spans = HashMap<RecordRef, SpanEntry>;

/// A form of a table as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Values with commas between, a line a row, all columns by their names for scripts.
    Csv,
    /// A list of objects.
    Json,
    /// The columns people see, as they see them.
    Markdown,
}

impl Form {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Markdown];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Markdown => "Markdown",
        }
    }
}

/// A cell for people, times in UTC.
pub fn words(column: &Column, cell: Option<&Cell>) -> String {
    words_at(column, cell, Clock::Utc)
}

/// A cell for people, times by a clock.
pub fn words_at(column: &Column, cell: Option<&Cell>, clock: Clock) -> String {
    let cell = cell.unwrap_or(&Cell::None);
    let value = cell.number().unwrap_or_default();
    match (column.unit, cell) {
        (_, Cell::None | Cell::Span(_)) => "–".to_owned(),
        (_, Cell::Text(text)) => text.to_string(),
        (_, Cell::List(list)) => list.join(", "),
        (_, Cell::Counts(counts)) => {
            let counts = counts.iter().map(|(name, count)| format!("{name} {count}"));
            counts.collect::<Vec<_>>().join(", ")
        }
        (Unit::Time, Cell::Int(time)) => human::date_time(Nanos(*time), clock),
        (unit, _) => number(unit, value),
    }
}

/// A number of a unit for people.
pub fn number(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Duration => human::duration(value as i64),
        Unit::Count if value >= 0.0 && value.fract() == 0.0 => human::grouped(value as u64),
        Unit::Share => group_words::percent(value),
        Unit::Bytes if value >= 0.0 => human::bytes(value as u64),
        Unit::Dollars => format!("${value:.4}"),
        Unit::Count if value.fract() == 0.0 => format!("{value:.0}"),
        Unit::PerMinute => rate(value),
        // Shares of one, such as Apdex, have three digits; scores of a hundred no more than they mean.
        _ if value.abs() >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// As many digits as say something.
fn rate(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        value if value >= 1_000.0 => human::count(value.round() as u64),
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value if value >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The spans that rows show, read once.
pub fn spans_of(reader: &Reader, table: &Table) -> Result<Spans, StoreError> {
    let cells = table.rows.iter().flatten();
    let at = |cell: &Cell| match cell {
        Cell::Span(at) => Some(*at),
        _ => None,
    };
    let refs: Vec<RecordRef> = cells.filter_map(at).collect();
    let spans = reader.span_rows(&refs, &[])?;
    Ok(spans.into_iter().map(|span| (span.at, span)).collect())
}

/// A row as an object, by the columns' names for scripts.
pub fn json_row(columns: &[Column], row: &[Cell], spans: &Spans) -> Json {
    let cells = columns.iter().zip(row);
    let cells = cells.map(|(column, cell)| (column.name.to_owned(), json_cell(cell, spans)));
    Json::Object(cells.collect::<Map<_, _>>())
}

fn json_cell(cell: &Cell, spans: &Spans) -> Json {
    match cell {
        Cell::None => Json::Null,
        Cell::Text(text) => json!(text),
        Cell::Int(number) => json!(number),
        Cell::Float(number) => json!(number),
        Cell::List(list) => json!(list),
        Cell::Counts(counts) => {
            let counts = counts
                .iter()
                .map(|(name, count)| (name.to_string(), json!(count)));
            Json::Object(counts.collect())
        }
        Cell::Span(at) => spans.get(at).map_or(Json::Null, |span| {
            json!({
                "trace_id": span.trace.to_string(),
                "span_id": span.id.to_string(),
                "duration_ns": span.duration,
            })
        }),
    }
}

/// Rows of a table as text, in this order.
pub fn text(table: &Table, order: &[u32], form: Form, spans: &Spans) -> String {
    let rows = order.iter().filter_map(|row| table.rows.get(*row as usize));
    let lines: Vec<String> = match form {
        Form::Json => {
            let rows: Vec<Json> = rows
                .map(|row| json_row(&table.columns, row, spans))
                .collect();
            return serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n";
        }
        Form::Csv => {
            let names = table.columns.iter().map(|column| column.name.to_owned());
            let header = names.collect::<Vec<_>>().join(",");
            let line = |row: &Vec<Cell>| {
                let cells = row.iter().map(|cell| csv_value(&json_cell(cell, spans)));
                cells.collect::<Vec<_>>().join(",")
            };
            [header].into_iter().chain(rows.map(line)).collect()
        }
        Form::Markdown => markdown(table, rows),
    };
    lines.join("\n") + "\n"
}

fn markdown<'a>(table: &Table, rows: impl Iterator<Item = &'a Vec<Cell>>) -> Vec<String> {
    let shown = || {
        let columns = table.columns.iter().enumerate();
        columns.filter(|(_, column)| column.shown)
    };
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let titles = shown().map(|(_, column)| column.title.to_owned());
    let rule = shown().map(|(_, column)| match column.unit.is_number() {
        true => "---:".to_owned(),
        false => "---".to_owned(),
    });
    let header = [line(titles.collect()), line(rule.collect())];
    let rows = rows.map(|row| {
        let cells = shown().map(|(place, column)| {
            markdown_text::words(&words(column, row.get(place)), usize::MAX)
        });
        line(cells.collect())
    });
    header.into_iter().chain(rows).collect()
}

/// A value as RFC 4180 writes it; lists and objects as their JSON.
fn csv_value(value: &Json) -> String {
    let text = match value {
        Json::Null => return String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::Module;
    use std::sync::Arc;

    #[test]
    fn a_table_is_written_in_any_form() {
        let column = |name, title, unit, shown| Column {
            name,
            title,
            unit,
            shown,
        };
        let table = Table {
            module: Module::Queries,
            columns: vec![
                column("query", "Query", Unit::Text, true),
                column("callers", "Callers", Unit::Counts, false),
                column("avg", "Average", Unit::Duration, true),
            ],
            rows: vec![
                vec![
                    Cell::Text("a, \"b\"|c".into()),
                    Cell::Counts(vec![(Arc::from("GET /"), 2)]),
                    Cell::Int(1_500_000),
                ],
                vec![Cell::Text("x".into()), Cell::None, Cell::None],
            ],
            time: None,
            notes: Vec::new(),
        };
        let text = |form| text(&table, &[1, 0], form, &Spans::new());
        assert_eq!(
            text(Form::Csv),
            "query,callers,avg\nx,,\n\"a, \"\"b\"\"|c\",\"{\"\"GET /\"\":2}\",1500000\n"
        );
        assert_eq!(
            text(Form::Markdown),
            "| Query | Average |\n| --- | ---: |\n| x | – |\n| a, \"b\"\\|c | 1.50 ms |\n"
        );
        let read: Json = serde_json::from_str(&text(Form::Json)).unwrap();
        assert_eq!(read[1]["callers"]["GET /"], 2);
        assert_eq!(read[0]["avg"], Json::Null);
    }
}
