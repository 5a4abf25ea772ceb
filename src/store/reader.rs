//! The reading side: one front for all questions.
//!
//! A reader has a connection of its own for small questions and borrows more for scans over all cores. It needs no lock
//! and sees what was committed when a question begins, also while an import runs. Groups, series and pages are asked
//! for in [`many`].

mod many;

use super::fields::column;
use super::keys;
use super::lookup::ValueKey;
use super::rows::{Fetch, in_parallel};
use super::scan::{Scan, Scanner, Shared, StopFlag};
use super::schema::{self, Found};
use super::search::Search;
use super::{
    Damage, Filter, Histogram, ImportSummary, KeyCount, Overview, RecordKind, RecordMatches,
    SpanMatches, SpanOrder, StoreError, TraceMatches, TraceOrder, TracesLike, ValueCount, Writer,
    in_trace, open_trace, report, trace_key, traces,
};
use crate::model::record::{LogEntry, RecordDetails, RecordRef, SpanEntry, TraceSummary};
use crate::model::report::{Counts, FileReport};
use crate::model::sink::ImportId;
use crate::model::trace::Trace;
use crate::model::{CancelToken, Nanos, TimeRange, TraceId};
use crate::query::Expr;
use hashbrown::HashMap;
use rusqlite::{InterruptHandle, Row};
use std::cmp::Reverse;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A reader: its own read-only connection, used from one thread at a time. Several may be open at once.
pub struct Reader {
    pub(super) scanner: Scanner,
    pub(super) shared: Arc<Shared>,
    stop: StopFlag,
    handle: Arc<InterruptHandle>,
}

/// Stops what a [`Reader`] is doing, from another thread.
#[derive(Clone)]
pub struct Interrupt {
    stop: StopFlag,
    handle: Arc<InterruptHandle>,
}

impl Interrupt {
    /// The running request ends with [`StoreError::Cancelled`]. Does nothing when none runs.
    pub fn interrupt(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.handle.interrupt();
    }
}

impl Reader {
    /// Opens a store for reading. One that an older Headwater wrote is brought to this version first.
    ///
    /// # Errors
    /// As [`Writer::open`]; also when there is no such file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        match schema::inspect(path)? {
            Found::Empty => {
                let what = format!("open {}", path.display());
                return Err(StoreError::failed(
                    &what,
                    "there is no store yet; import a file first",
                ));
            }
            Found::Version(version) if version < schema::VERSION => drop(Writer::open(path)?),
            Found::Version(_) => {}
        }
        let shared = Arc::new(Shared::new(path.to_owned()));
        let scanner = Scanner::open(&shared)?;
        let handle = Arc::new(scanner.connection.get_interrupt_handle());
        Ok(Self {
            scanner,
            shared,
            stop: StopFlag::default(),
            handle,
        })
    }

    /// The file of the store.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// A handle to stop SQL that runs in this reader.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt {
            stop: self.stop.clone(),
            handle: self.handle.clone(),
        }
    }

    /// Parts of the store whose bytes were found damaged so far. Searches leave their segments out.
    pub fn damage(&self) -> Vec<Damage> {
        self.shared.damage()
    }

    /// Gives back the pages of the store that its connections keep in memory. What is asked next reads them anew.
    pub fn free_pages(&self) {
        self.scanner.free_pages();
        self.shared.free_pages();
    }

    /// Begins a request: an interrupt of an earlier one is forgotten.
    pub(super) fn begin(&self) {
        self.stop.store(false, Ordering::Relaxed);
    }

    pub(super) fn scan<'a>(&'a self, cancel: &'a CancelToken) -> Scan<'a> {
        self.begin();
        Scan {
            shared: &self.shared,
            cancel,
            stop: &self.stop,
        }
    }

    fn fetch(&self, what: &'static str) -> Fetch<'_> {
        self.begin();
        Fetch {
            scanner: &self.scanner,
            shared: &self.shared,
            what,
        }
    }

    /// Everything, counted.
    pub fn overview(&self) -> Result<Overview, StoreError> {
        self.begin();
        let sql = "
            SELECT count(*), coalesce(sum(spans), 0), coalesce(sum(logs), 0), coalesce(sum(errors), 0),
              (SELECT count(*) FROM trace WHERE spans > 0),
              (SELECT min(start) FROM trace WHERE spans > 0),
              (SELECT max(start + duration) FROM trace WHERE spans > 0),
              (SELECT min(time_min) FROM segment WHERE kind = 1), (SELECT max(time_max) FROM segment WHERE kind = 1),
              (SELECT min(time) FROM error_event), (SELECT max(time) FROM error_event)
            FROM import";
        let count = |row: &Row, column: usize| row.get::<_, i64>(column).map(|count| count as u64);
        // The end of a trace may lie beyond the integers, where SQL goes on with floats.
        let instant = |row: &Row, column: usize| {
            let value: rusqlite::types::Value = row.get(column)?;
            Ok::<_, rusqlite::Error>(match value {
                rusqlite::types::Value::Integer(time) => Some(Nanos(time)),
                rusqlite::types::Value::Real(_) => Some(Nanos(i64::MAX)),
                _ => None,
            })
        };
        let read = |row: &Row| {
            let mut range: Option<TimeRange> = None;
            for column in [5, 7, 9] {
                if let (Some(start), Some(end)) = (instant(row, column)?, instant(row, column + 1)?)
                {
                    let own = TimeRange { start, end };
                    range = Some(range.map_or(own, |range| range.union(own)));
                }
            }
            Ok(Overview {
                imports: count(row, 0)?,
                traces: count(row, 4)?,
                spans: count(row, 1)?,
                logs: count(row, 2)?,
                errors: count(row, 3)?,
                range,
            })
        };
        let overview = self.scanner.connection.query_row(sql, [], read);
        overview.map_err(StoreError::sql("count what is in the store"))
    }

    /// All imports, newest first.
    pub fn imports(&self) -> Result<Vec<ImportSummary>, StoreError> {
        self.begin();
        let list = || {
            let mut find = self.scanner.connection.prepare_cached(
                "SELECT id, started_at, complete, path, format, read_to, spans, logs, errors, traces, duplicates, report,
                   (SELECT count(*) FROM check_in WHERE check_in.import = import.id)
                 FROM import ORDER BY id DESC",
            )?;
            let imports = find.query_map([], import_summary)?;
            imports.collect::<rusqlite::Result<Vec<_>>>()
        };
        list().map_err(StoreError::sql("list the imports"))
    }

    /// Traces of which at least one span fits, or one for each pair of braces, in order. Traces without spans are not
    /// listed.
    ///
    /// `trace.duration`, `trace.spans`, `trace.errors` and `trace.logs` test the trace itself; they count as the whole
    /// search or as a part of its outermost AND. A range is one of trace starts.
    pub fn find_traces(
        &self,
        filter: &Filter,
        order: TraceOrder,
        descending: bool,
        cancel: &CancelToken,
    ) -> Result<TraceMatches, StoreError> {
        traces::find(&self.scan(cancel), &self.scanner, filter, order, descending)
    }

    /// The rows behind trace numbers, in the same order.
    pub fn trace_rows(&self, numbers: &[i64]) -> Result<Vec<TraceSummary>, StoreError> {
        self.begin();
        traces::rows(&self.scanner, numbers).map_err(StoreError::sql("read the traces"))
    }

    /// Ids that start with these hex digits, at most ten.
    pub fn traces_with_prefix(&self, prefix: &str) -> Result<Vec<TraceId>, StoreError> {
        self.begin();
        traces::with_prefix(&self.scanner, prefix).map_err(StoreError::sql("find the traces"))
    }

    /// The row number of a trace; `None` when no record names it.
    pub fn trace_number(&self, id: TraceId) -> Result<Option<i64>, StoreError> {
        self.begin();
        let number = trace_key::find(&self.scanner.connection, id);
        number.map_err(StoreError::sql("find the trace"))
    }

    /// The import that brought the first spans or errors of a trace; `None` when there are none.
    pub fn import_of_trace(&self, id: TraceId) -> Result<Option<ImportId>, StoreError> {
        let Some(number) = self.trace_number(id)? else {
            return Ok(None);
        };
        let sql = "SELECT min(import) FROM (SELECT segment.import FROM span_block JOIN segment ON segment.id = span_block.segment
            WHERE span_block.trace = ?1 UNION ALL SELECT import FROM error_event WHERE trace = ?1)";
        let read = |row: &rusqlite::Row| row.get::<_, Option<i64>>(0);
        let import = self.scanner.connection.query_row(sql, [number], read);
        let import = import.map_err(StoreError::sql("find the import of the trace"))?;
        Ok(import.map(ImportId))
    }

    /// Everything of one trace; `None` when no record names it.
    pub fn trace(&self, id: TraceId, cancel: &CancelToken) -> Result<Option<Trace>, StoreError> {
        open_trace::open(&self.scan(cancel), &self.scanner, id)
    }

    /// The places among a trace's spans of those that fit, rising.
    pub fn find_in_trace(
        &self,
        trace: &Trace,
        search: &Expr,
        cancel: &CancelToken,
    ) -> Result<Vec<u32>, StoreError> {
        in_trace::find(&self.scan(cancel), &self.scanner, &trace.spans, search)
    }

    /// A trace as a row of a list; `None` when no record names it.
    pub fn trace_summary(&self, id: TraceId) -> Result<Option<TraceSummary>, StoreError> {
        self.begin();
        traces::summary(&self.scanner, id).map_err(StoreError::sql("read a trace's row"))
    }

    /// Traces whose root has the same name and service as that of this one: the newest, and how many there are.
    pub fn traces_like(
        &self,
        id: TraceId,
        limit: usize,
        cancel: &CancelToken,
    ) -> Result<TracesLike, StoreError> {
        traces::like(&self.scan(cancel), &self.scanner, id, limit)
    }

    /// Records that fit, by time; newest first is exactly the reverse of oldest first.
    pub fn find(
        &self,
        kind: RecordKind,
        filter: &Filter,
        newest_first: bool,
        cancel: &CancelToken,
    ) -> Result<RecordMatches, StoreError> {
        let scan = self.scan(cancel);
        Search::new(&scan, &self.scanner, kind, filter)?.find(newest_first)
    }

    /// The first so many records that fit, oldest first, without looking for the others.
    pub fn first(
        &self,
        kind: RecordKind,
        filter: &Filter,
        count: usize,
        cancel: &CancelToken,
    ) -> Result<RecordMatches, StoreError> {
        let scan = self.scan(cancel);
        Search::new(&scan, &self.scanner, kind, filter)?.first(count)
    }

    /// Spans that fit, in order. By duration equal ones come oldest first either way.
    pub fn find_spans(
        &self,
        filter: &Filter,
        order: SpanOrder,
        descending: bool,
        cancel: &CancelToken,
    ) -> Result<SpanMatches, StoreError> {
        let scan = self.scan(cancel);
        let search = Search::new(&scan, &self.scanner, RecordKind::Span, filter)?;
        search.find_spans(order, descending)
    }

    /// How many records fit.
    pub fn count(
        &self,
        kind: RecordKind,
        filter: &Filter,
        cancel: &CancelToken,
    ) -> Result<u64, StoreError> {
        let scan = self.scan(cancel);
        Search::new(&scan, &self.scanner, kind, filter)?.count()
    }

    /// Log rows with chosen columns, in the order of the places given.
    pub fn log_rows(
        &self,
        refs: &[RecordRef],
        columns: &[String],
    ) -> Result<Vec<LogEntry>, StoreError> {
        let resources = self.shared.resources(&self.scanner)?;
        let cancel = CancelToken::default();
        let scan = self.scan(&cancel);
        let shared = &*self.shared;
        in_parallel(&scan, refs, |scanner, refs| {
            let fetch = Fetch {
                scanner,
                shared,
                what: "read log records",
            };
            fetch.logs(refs, columns, &resources)
        })
    }

    /// Span rows with chosen columns, in the order of the places given.
    pub fn span_rows(
        &self,
        refs: &[RecordRef],
        columns: &[String],
    ) -> Result<Vec<SpanEntry>, StoreError> {
        let resources = self.shared.resources(&self.scanner)?;
        self.fetch("read spans").spans(refs, columns, &resources)
    }

    /// Everything the source said of one record.
    pub fn details(&self, kind: RecordKind, at: RecordRef) -> Result<RecordDetails, StoreError> {
        self.fetch("read a record").details(kind, at)
    }

    /// The events of those spans that recorded some, in OTLP's JSON shape, with the place of the span in `refs`.
    pub fn span_events(
        &self,
        refs: &[RecordRef],
        cancel: &CancelToken,
    ) -> Result<Vec<(usize, Arc<str>)>, StoreError> {
        self.fetch("read the events of spans")
            .span_json(column::EVENTS, refs, cancel)
    }

    /// The links of those spans that have some, as [`Self::span_events`] gives events.
    pub fn span_links(
        &self,
        refs: &[RecordRef],
        cancel: &CancelToken,
    ) -> Result<Vec<(usize, Arc<str>)>, StoreError> {
        self.fetch("read the links of spans")
            .span_json(column::LINKS, refs, cancel)
    }

    /// The JSON document of an error.
    pub fn error_document(&self, number: i64) -> Result<String, StoreError> {
        self.begin();
        let sql = "SELECT document FROM error_event WHERE number = ?1";
        let document = self
            .scanner
            .connection
            .query_row(sql, [number], |row| row.get(0));
        document.map_err(StoreError::sql("read an error"))
    }

    /// Counts over time. Without a range in the filter the histogram covers all matching records.
    pub fn histogram(
        &self,
        kind: RecordKind,
        filter: &Filter,
        buckets: usize,
        cancel: &CancelToken,
    ) -> Result<Histogram, StoreError> {
        let scan = self.scan(cancel);
        Search::new(&scan, &self.scanner, kind, filter)?.histogram(buckets)
    }

    /// The most frequent values of an attribute; equally frequent ones by their text.
    pub fn facet(
        &self,
        kind: RecordKind,
        key: &str,
        filter: &Filter,
        limit: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<ValueCount>, StoreError> {
        let keys = [key.to_owned()];
        let facets = self.facets(kind, &keys, filter, limit, cancel)?;
        Ok(facets.into_iter().flat_map(|facet| facet.values).collect())
    }

    /// All attribute names of a kind of record, most frequent first: the sources' own, those of resources, and the
    /// built-in ones.
    pub fn keys(&self, kind: RecordKind) -> Result<Vec<KeyCount>, StoreError> {
        let cancel = CancelToken::default();
        keys::keys(&self.scan(&cancel), &self.scanner, kind)
    }
}

fn import_summary(row: &Row) -> rusqlite::Result<ImportSummary> {
    let count = |column| row.get::<_, i64>(column).map(|count| count as u64);
    let stored: Option<String> = row.get(11)?;
    let report = report::from_json(&stored.unwrap_or_default());
    Ok(ImportSummary {
        id: ImportId(row.get(0)?),
        at: Nanos(row.get(1)?),
        complete: row.get(2)?,
        report: FileReport {
            path: row.get(3)?,
            format: row.get(4)?,
            bytes: count(5)?.max(report.bytes),
            counts: Counts {
                spans: count(6)?,
                logs: count(7)?,
                errors: count(8)?,
                traces: count(9)?,
                check_ins: count(12)?,
            },
            duplicates: count(10)?,
            ..report
        },
    })
}

/// The most frequent values, equally frequent ones by their text.
pub(super) fn most_frequent(tally: HashMap<ValueKey, u64>, limit: usize) -> Vec<ValueCount> {
    let counted = tally.into_iter();
    let mut counted: Vec<ValueCount> = counted
        .map(|(ValueKey(value), count)| ValueCount { value, count })
        .collect();
    // Only what may be among them is worth sorting by text.
    if let Some(last) = limit.checked_sub(1)
        && last < counted.len()
    {
        let (_, least, _) = counted.select_nth_unstable_by_key(last, |entry| Reverse(entry.count));
        let least = least.count;
        counted.retain(|entry| entry.count >= least);
    }
    counted.sort_by_cached_key(|entry| (Reverse(entry.count), entry.value.to_string()));
    counted.truncate(limit);
    counted
}
