//! Everything of one trace: rows of the table `span`, texts from their segments, logs by the trace's number, errors.
//! Many traces are read one after another by [`spans_of`], which keeps what they share.

use super::column::Column;
use super::fields::column;
use super::flags;
use super::rows::{LogColumns, log_entry};
use super::scan::{Scan, Scanner, Segment, Trouble};
use super::{RecordKind, StoreError, kind_number};
use super::{error_events, span_block, trace_key};
use crate::model::record::{ErrorEntry, LogEntry, RecordRef};
use crate::model::trace::{Span, Trace};
use crate::model::{Nanos, SpanId, TraceId};
use hashbrown::{HashMap, HashSet};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// Texts that are equal become one allocation.
#[derive(Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    pub fn share(&mut self, text: &str) -> Arc<str> {
        self.0
            .get_or_insert_with(text, |text| Arc::from(text))
            .clone()
    }
}

/// Reads a trace; `None` when no record names it.
pub(super) fn open(
    scan: &Scan,
    scanner: &Scanner,
    id: TraceId,
) -> Result<Option<Trace>, StoreError> {
    let failed = StoreError::sql("read a trace");
    let connection = &scanner.connection;
    let Some(number) = trace_key::find(connection, id).map_err(&failed)? else {
        return Ok(None);
    };
    let log_count = logs_of(connection, number).map_err(&failed)?;
    let mut known = Known::default();
    let mut opening = Opening {
        scan,
        scanner,
        number,
        known: &mut known,
    };
    let spans = opening.spans()?;
    let errors = opening.errors().map_err(&failed)?;
    let logs = if log_count > 0 {
        opening.logs(id)?
    } else {
        Vec::new()
    };
    Ok(Some(Trace {
        id,
        spans,
        logs,
        errors,
    }))
}

/// How many log records name a trace.
fn logs_of(connection: &Connection, number: i64) -> rusqlite::Result<i64> {
    let mut find = connection.prepare_cached("SELECT logs FROM trace WHERE number = ?1")?;
    let logs = find.query_row([number], |row| row.get(0)).optional()?;
    Ok(logs.unwrap_or(0))
}

/// The spans of a trace by its number; what `known` holds already is not read again.
pub(super) fn spans_of(
    scan: &Scan,
    scanner: &Scanner,
    number: i64,
    known: &mut Known,
) -> Result<Vec<Span>, StoreError> {
    let mut opening = Opening {
        scan,
        scanner,
        number,
        known,
    };
    opening.spans()
}

/// What traces share, as far as it was read.
#[derive(Default)]
pub(super) struct Known {
    texts: Texts,
    strings: HashMap<i64, Arc<str>>,
    sdks: HashMap<i64, Arc<str>>,
    segments: HashMap<i64, SpanTexts>,
}

struct Opening<'a> {
    scan: &'a Scan<'a>,
    scanner: &'a Scanner,
    number: i64,
    known: &'a mut Known,
}

/// The columns of a segment that a span's row does not have.
#[derive(Default)]
struct SpanTexts {
    name: Option<Arc<Column>>,
    description: Option<Arc<Column>>,
    resource: Option<Arc<Column>>,
}

impl Opening<'_> {
    fn spans(&mut self) -> Result<Vec<Span>, StoreError> {
        let mut spans = self.span_rows().map_err(StoreError::sql("read a trace"))?;
        for span in &mut spans {
            let segment = span.at.segment;
            if !self.known.segments.contains_key(&segment) {
                self.scan.check()?;
                let columns = self.span_texts(segment)?;
                self.known.segments.insert(segment, columns);
            }
            let Some(columns) = self.known.segments.get(&segment) else {
                continue;
            };
            let row = span.at.row as usize;
            let texts = &mut self.known.texts;
            let mut text = |column: &Option<Arc<Column>>| {
                texts.share(column.as_ref().map_or("", |column| column.text(row)))
            };
            span.name = text(&columns.name);
            span.description = text(&columns.description);
            let resource = columns
                .resource
                .as_ref()
                .map_or(0, |column| column.int(row));
            span.sdk = match self.known.sdks.get(&resource) {
                Some(sdk) => sdk.clone(),
                None => {
                    let sdk = self
                        .sdk(resource)
                        .map_err(StoreError::sql("read a trace"))?;
                    self.known.sdks.insert(resource, sdk.clone());
                    sdk
                }
            };
        }
        spans.sort_by_key(|span| (span.start, span.at));
        Ok(spans)
    }

    /// Spans without the texts that lie in segments.
    fn span_rows(&mut self) -> rusqlite::Result<Vec<Span>> {
        let cores = span_block::of_trace(&self.scanner.connection, self.number)?;
        let mut spans = Vec::with_capacity(cores.len());
        let nothing = self.known.texts.share("");
        for (segment, core) in cores {
            let mut string = |id: i64| match self.known.strings.get(&id) {
                Some(text) => Ok(text.clone()),
                None => self.string(id).inspect(|text| {
                    self.known.strings.insert(id, text.clone());
                }),
            };
            let flags = i64::from(core.flags);
            spans.push(Span {
                id: SpanId(core.id),
                parent: SpanId(core.parent).some(),
                name: nothing.clone(),
                op: string(i64::from(core.op))?,
                description: nothing.clone(),
                service: string(i64::from(core.service))?,
                sdk: nothing.clone(),
                kind: flags::kind(flags),
                status: flags::status(flags),
                segment: flags::segment(flags),
                start: Nanos(core.start),
                duration: core.duration,
                at: RecordRef {
                    segment,
                    row: core.row,
                },
            });
        }
        Ok(spans)
    }

    fn string(&self, id: i64) -> rusqlite::Result<Arc<str>> {
        let mut find = self
            .scanner
            .connection
            .prepare_cached("SELECT text FROM string WHERE id = ?1")?;
        Ok(find
            .query_row([id], |row| row.get(0))
            .optional()?
            .unwrap_or_default())
    }

    fn sdk(&self, resource: i64) -> rusqlite::Result<Arc<str>> {
        let mut find = self
            .scanner
            .connection
            .prepare_cached("SELECT sdk FROM resource WHERE id = ?1")?;
        Ok(find
            .query_row([resource], |row| row.get(0))
            .optional()?
            .unwrap_or_default())
    }

    /// The columns of a segment; those that are damaged are noted and missing.
    fn span_texts(&self, segment: i64) -> Result<SpanTexts, StoreError> {
        let segment = self
            .scanner
            .segment(segment)
            .map_err(StoreError::sql("read a trace"))?;
        let Some(segment) = segment else {
            return Ok(SpanTexts::default());
        };
        let column = |name| match self.scanner.column(self.scan.shared, &segment, name) {
            Ok(column) => Ok(column),
            Err(Trouble::Damaged) => Ok(None),
            Err(Trouble::Failed(error)) => Err(error),
        };
        Ok(SpanTexts {
            name: column(column::NAME)?,
            description: column(column::DESCRIPTION)?,
            resource: column(column::RESOURCE)?,
        })
    }

    fn logs(&mut self, id: TraceId) -> Result<Vec<LogEntry>, StoreError> {
        let segments = self
            .log_segments()
            .map_err(StoreError::sql("read a trace's logs"))?;
        let parts = self.scan.each(&segments, |scanner, segment| {
            let numbers = scanner.required(self.scan.shared, segment, column::TRACE)?;
            let rows: Vec<usize> = segment
                .live()
                .iter()
                .filter(|row| numbers.int(*row) == self.number)
                .collect();
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            let columns = LogColumns::read(scanner, self.scan.shared, segment)?;
            let mut texts = Texts::default();
            let entry = |row| log_entry(&columns, segment, row, Some(id), &mut texts);
            Ok(rows.into_iter().map(entry).collect())
        })?;
        let mut logs: Vec<LogEntry> = parts.into_iter().flatten().collect();
        logs.sort_by_key(|log| (log.time, log.at));
        Ok(logs)
    }

    /// The log segments whose traces include this one's number.
    fn log_segments(&self) -> rusqlite::Result<Vec<Segment>> {
        let Some(key) = self.scanner.key(column::TRACE)? else {
            return Ok(Vec::new());
        };
        let mut find = self.scanner.connection.prepare_cached(
            "SELECT segment FROM segment_column WHERE kind = ?1 AND key = ?2 AND min <= ?3 AND max >= ?3",
        )?;
        let kind = kind_number(RecordKind::Log);
        let ids = find.query_map(params![kind, key, self.number], |row| row.get(0))?;
        let mut segments = Vec::new();
        for id in ids {
            segments.extend(self.scanner.segment(id?)?);
        }
        Ok(segments)
    }

    fn errors(&mut self) -> rusqlite::Result<Vec<ErrorEntry>> {
        let sql = format!(
            "SELECT {} FROM {} WHERE error_event.trace = ?1 ORDER BY time, error_event.number",
            error_events::SELECT,
            error_events::FROM
        );
        let mut find = self.scanner.connection.prepare_cached(&sql)?;
        let rows = find.query_map([self.number], error_events::entry)?;
        rows.collect()
    }
}
