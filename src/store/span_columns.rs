//! Spans as columns, a segment at a time: for what is computed over all of them outside the store.
//!
//! A text or number is behind a code, the same for all spans of a segment that have it (two codes may stand for one
//! value). What is made of values is so made once a code, not once a span.

use super::coded::{Coded, NONE};
use super::column::Column;
use super::fields::column;
use super::lookup::Lookup;
use super::scan::{Scan, Scanner};
use super::search::Search;
use super::value::ValueRef;
use super::{Filter, RecordKind, StoreError};
use crate::model::Value;
use crate::model::record::RecordRef;
use std::sync::Arc;

/// The spans of one segment that fit, with the attributes that were asked for.
pub struct SpanColumns {
    segment: u32,
    height: usize,
    rows: Vec<u32>,
    numbers: [Arc<Column>; 5],
    values: Vec<Coded>,
}

impl SpanColumns {
    /// The rows that fit, rising.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Takes other rows for those that fit, as when they are worked through a part at a time.
    pub fn set_rows(&mut self, rows: Vec<u32>) {
        self.rows = rows;
    }

    /// All rows of the segment, also those that do not fit.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The segment.
    pub fn segment(&self) -> u32 {
        self.segment
    }

    /// Where a row lies.
    pub fn at(&self, row: u32) -> RecordRef {
        RecordRef {
            segment: self.segment,
            row,
        }
    }

    /// Start, nanoseconds since the epoch.
    pub fn start(&self, row: u32) -> i64 {
        self.int(0, row)
    }

    /// Duration in nanoseconds.
    pub fn duration(&self, row: u32) -> i64 {
        self.int(1, row)
    }

    /// The store's number of the trace; 0 for none.
    pub fn trace(&self, row: u32) -> i64 {
        self.int(2, row)
    }

    /// The span's id; 0 for none.
    pub fn span(&self, row: u32) -> u64 {
        self.int(3, row) as u64
    }

    /// The parent's id; 0 for none.
    pub fn parent(&self, row: u32) -> u64 {
        self.int(4, row) as u64
    }

    fn int(&self, column: usize, row: u32) -> i64 {
        self.numbers[column].int(row as usize)
    }

    /// How many codes an attribute has; all are below. Attributes go by their place in the list of names.
    pub fn codes(&self, attribute: usize) -> usize {
        self.values.get(attribute).map_or(0, Coded::codes)
    }

    /// The code of a row's value; `None` when it has none.
    pub fn code(&self, attribute: usize, row: u32) -> Option<usize> {
        let code = self.values.get(attribute)?.code(row);
        (code != NONE).then_some(code as usize)
    }

    /// The value behind a code.
    pub fn value(&self, attribute: usize, code: usize) -> Value {
        let values = self.values.get(attribute);
        values.map_or(Value::Null, |values| values.value(code as u32).to_value())
    }

    /// The number of a row, also one written as text; `None` when it has none or no finite one.
    pub fn float(&self, attribute: usize, row: u32) -> Option<f64> {
        let number = match self
            .values
            .get(attribute)?
            .value(self.code(attribute, row)? as u32)
        {
            ValueRef::Str(text) => text.trim().parse().ok(),
            value => value.number(),
        };
        number.filter(|number: &f64| number.is_finite())
    }

    /// The text behind a code; `None` when it is none.
    pub fn text(&self, attribute: usize, code: usize) -> Option<&str> {
        self.values.get(attribute)?.value(code as u32).text()
    }
}

/// See [`super::Reader::work_through_spans`].
pub(super) fn work_through<T: Send>(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
    names: &[&[&str]],
    work: impl Fn(SpanColumns) -> T + Sync,
) -> Result<Vec<T>, StoreError> {
    const NUMBERS: [&str; 5] = [
        column::TIME,
        column::DURATION,
        column::TRACE,
        column::SPAN,
        column::PARENT,
    ];
    let search = Search::new(scan, scanner, RecordKind::Span, filter)?;
    let resources = scan.shared.resources(scanner)?;
    let lookup = |names: &&[&str]| Lookup::first_of(scan.shared, &resources, names);
    let lookups: Vec<Lookup> = names.iter().map(lookup).collect();
    search.each(|scanner, segment, found| {
        let values = lookups
            .iter()
            .map(|lookup| lookup.coded(scanner, segment, &found));
        let [start, duration, trace, span, parent] =
            NUMBERS.map(|name| scanner.required(scan.shared, segment, name));
        Ok(work(SpanColumns {
            segment: segment.id,
            height: segment.rows,
            rows: found.iter().map(|row| row as u32).collect(),
            numbers: [start?, duration?, trace?, span?, parent?],
            values: values.collect::<Result<_, _>>()?,
        }))
    })
}

/// See [`super::Reader::span_durations`]. Nothing is read of segments in which no span fits.
pub(super) fn durations(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
) -> Result<Vec<i64>, StoreError> {
    let search = Search::new(scan, scanner, RecordKind::Span, filter)?;
    let parts = search.each(|scanner, segment, found| {
        let rows: Vec<usize> = found.iter().collect();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let column = scanner.required(scan.shared, segment, column::DURATION)?;
        let duration = |row| column.int(row).max(0);
        Ok(rows.into_iter().map(duration).collect())
    })?;
    Ok(parts.concat())
}
