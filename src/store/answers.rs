//! Questions and answers as plain data: what readers of the store ask for and what they get.

use crate::model::record::RecordRef;
use crate::model::report::FileReport;
use crate::model::sink::ImportId;
use crate::model::{Nanos, TimeRange, Value};
use crate::query::Expr;
use std::ops::Range;
use std::sync::Arc;

/// The two kinds of records that lie in columnar segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// Spans.
    Span,
    /// Log records.
    Log,
}

/// Everything in the store, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Imports.
    pub imports: u64,
    /// Traces with at least one span.
    pub traces: u64,
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Errors.
    pub errors: u64,
    /// From the first to the last record; `None` while empty.
    pub range: Option<TimeRange>,
}

/// One import, as listed on the imports page.
#[derive(Clone, Debug)]
pub struct ImportSummary {
    /// Its id.
    pub id: ImportId,
    /// When it was started.
    pub at: Nanos,
    /// Whether its file was read to the end.
    pub complete: bool,
    /// The report kept with it.
    pub report: FileReport,
}

/// Which records, of which time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The search.
    pub search: Expr,
    /// Only records that start in this range.
    pub range: Option<TimeRange>,
}

/// The order of a list of traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TraceOrder {
    /// By start.
    Start,
    /// By duration.
    Duration,
    /// By number of spans.
    Spans,
    /// By number of errors.
    Errors,
    /// By number of log records.
    Logs,
    /// By the root's name.
    Name,
    /// By the root's service.
    Service,
}

/// The order of a list of spans, or of the traces they belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SpanOrder {
    /// By start.
    #[default]
    Start,
    /// By duration.
    Duration,
}

/// Traces that fit a filter, in order: enough to page through without asking again.
#[derive(Clone, Debug, Default)]
pub struct TraceMatches {
    /// Row numbers of the traces, in the order asked for.
    pub numbers: Arc<[i64]>,
    /// Their durations in nanoseconds, in the same order.
    pub durations: Arc<[i64]>,
    /// Their starts, in the same order.
    pub starts: Arc<[Nanos]>,
}

/// Records that fit a filter, in order of time: enough to page through without asking again.
#[derive(Clone, Debug, Default)]
pub struct RecordMatches {
    /// Where they lie, in the order asked for.
    pub refs: Arc<[RecordRef]>,
    /// Whether these are only the first, and more may fit.
    pub more: bool,
}

/// Spans that fit a filter, in order: enough to page through without asking again.
#[derive(Clone, Debug, Default)]
pub struct SpanMatches {
    /// Where they lie, in the order asked for.
    pub refs: Arc<[RecordRef]>,
    /// The longest duration among them, in nanoseconds.
    pub longest: i64,
}

/// Counts over time, split by severity for logs and by outcome for spans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// The time covered; buckets are equal shares of it.
    pub range: TimeRange,
    /// One entry a bucket.
    pub buckets: Vec<Bucket>,
}

impl Histogram {
    /// The time that these buckets cover.
    pub fn range_of(&self, buckets: Range<usize>) -> TimeRange {
        self.range.shares(buckets, self.buckets.len())
    }
}

/// One stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Counts by class. Logs: unknown, trace, debug, info, warn, error, fatal. Spans: `[ok or unset, .., error at 5]`.
    pub counts: [u64; 7],
}

impl Bucket {
    /// All classes together.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// How many spans lasted how long, and when: cells of equal time and of a stretch of durations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heatmap {
    /// The time covered; columns are equal shares of it.
    pub range: TimeRange,
    /// How many columns.
    pub columns: usize,
    /// Durations in nanoseconds, rising: row `n` is of those from edge `n` to before edge `n + 1`.
    pub edges: Vec<i64>,
    /// The cells, row by row, shortest durations first.
    pub cells: Vec<HeatCell>,
}

/// Spans of one stretch of time and of durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeatCell {
    /// How many.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
}

impl Heatmap {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// The cell of a column and a row.
    pub fn cell(&self, column: usize, row: usize) -> HeatCell {
        let cell = self.cells.get(row * self.columns + column);
        cell.copied().unwrap_or_default()
    }

    /// The time that these columns cover.
    pub fn range_of(&self, columns: Range<usize>) -> TimeRange {
        self.range.shares(columns, self.columns)
    }

    /// The durations that count to these rows, in nanoseconds; `i64::MAX` stands for an open end.
    pub fn durations_of(&self, rows: Range<usize>) -> Range<i64> {
        let edge = |row: usize| self.edges.get(row).copied();
        edge(rows.start).unwrap_or(0)..edge(rows.end).unwrap_or(i64::MAX)
    }
}

/// The traces that spans belong to, in order: enough to page through without asking again.
#[derive(Clone, Debug, Default)]
pub struct SpanTraces {
    /// One entry a trace.
    pub traces: Arc<[SpanTrace]>,
}

/// A trace some of whose spans fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanTrace {
    /// Its row number.
    pub number: i64,
    /// How many of its spans fit.
    pub matched: u64,
    /// The first of them by time.
    pub first: RecordRef,
}

/// An attribute name with how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCount {
    /// Name as written by the source, or a built-in one.
    pub key: Arc<str>,
    /// Records that have it.
    pub present: u64,
}

/// A value with how many of the matching records have it.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueCount {
    /// The value.
    pub value: Value,
    /// How many records.
    pub count: u64,
}
