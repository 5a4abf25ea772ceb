//! A stretch of records becomes a batch.

use super::framing::{self, Step};
use crate::import::fill::Fill;
use crate::import::format::Parsed;
use crate::import::json::{RawStr, Reader};
use crate::import::log_lines;
use crate::import::stretch::{Places, Stretch, dropped};
use crate::model::CancelToken;
use crate::model::batch::{BatchValue, LogRecord, Scope};
use std::ops::Range;

const NO_FIELD: &str = "Line left out: it is no field of a journal record";
const ENDS: &str = "Record left out: the file ends within it";
const BROKEN: &str = "Record left out: a field is longer than what follows";

/// A record in bytes.
#[derive(Default)]
struct Record {
    start: usize,
    fields: Vec<(Range<usize>, Range<usize>)>,
}

/// What a stretch holds.
#[derive(Default)]
struct Found {
    records: Vec<Record>,
    /// What is left out: where it begins and why.
    left_out: Vec<(usize, &'static str)>,
    /// Whether it ends within a record.
    cut_off: bool,
}

/// Reads a stretch. `None` when cancelled.
pub fn parse(mut stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    if let Some(reason) = stretch.dropped {
        let batch = dropped(&stretch, reason);
        return Some(Parsed {
            batch,
            ..Parsed::default()
        });
    }
    let mut batch = std::mem::take(&mut stretch.batch);
    batch.scopes.push(Scope::default());
    // Lengths count bytes of the file, so framing comes before anything is repaired.
    let found = records(&mut stretch.bytes);
    let open_end = stretch.last && found.cut_off;
    let (text, places) = stretch.into_text(&mut batch.problems);
    for (at, reason) in &found.left_out {
        let at = places.in_text(*at);
        let (line, byte) = (places.line(&text, at), places.byte(at));
        let record = text.as_bytes().get(at..).unwrap_or_default();
        batch.problems.skip(line, byte, *reason, record);
    }
    let mut fill = Fill {
        json: Reader::new(&text, 0..text.len()),
        batch: &mut batch,
    };
    for record in &found.records {
        if cancel.is_cancelled() {
            return None;
        }
        take(&mut fill, &places, record);
    }
    batch.input = text;
    log_lines::settle(&mut batch);
    Some(Parsed {
        batch,
        open_end,
        ..Parsed::default()
    })
}

/// All records. Lengths are blanked: nobody has to repair them as text.
fn records(bytes: &mut [u8]) -> Found {
    let mut found = Found::default();
    let mut record = Record::default();
    let mut at = 0;
    while at < bytes.len() {
        match framing::step(bytes, at) {
            Step::Field {
                name,
                value,
                length,
                end,
            } => {
                if let Some(length) = length.and_then(|length| bytes.get_mut(length)) {
                    length.fill(b' ');
                }
                if record.fields.is_empty() {
                    record.start = at;
                }
                record.fields.push((name, value));
                at = end;
            }
            Step::Blank { end } => {
                found.finish(std::mem::take(&mut record));
                at = end;
            }
            Step::Garbage { end } => {
                found.left_out.push((at, NO_FIELD));
                at = end;
            }
            Step::CutOff => {
                let start = match record.fields.is_empty() {
                    true => at,
                    false => record.start,
                };
                record = Record::default();
                let next = framing::next_record(bytes, at);
                found.cut_off = next.is_none();
                let reason = if found.cut_off { ENDS } else { BROKEN };
                found.left_out.push((start, reason));
                at = next.unwrap_or(bytes.len());
            }
        }
    }
    found.finish(record);
    found
}

impl Found {
    fn finish(&mut self, record: Record) {
        if !record.fields.is_empty() {
            self.records.push(record);
        }
    }
}

/// Makes a log record; every field becomes an attribute.
fn take(fill: &mut Fill, places: &Places, record: &Record) {
    let mark = fill.mark();
    for (name, value) in &record.fields {
        let string = |range: &Range<usize>| RawStr {
            start: places.in_text(range.start),
            end: places.in_text(range.end),
            escaped: false,
        };
        let key = fill.key(string(name));
        let value = BatchValue::Str(fill.keep(string(value)));
        fill.push(mark, key, value);
    }
    let attrs = fill.since(mark);
    fill.batch.logs.push(LogRecord {
        attrs,
        position: places.byte(places.in_text(record.start)),
        ..LogRecord::default()
    });
}
