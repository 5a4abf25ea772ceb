//! Records on their way out, one by one: what a list row or a details pane shows.

use super::batch::{SpanKind, SpanStatus};
use super::{Nanos, SpanId, TraceId, Value};
use std::sync::Arc;

/// Where a record lies in the store: enough to fetch the rest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordRef {
    /// The segment. Four bytes, since lists of ten million records are made of these.
    pub segment: u32,
    /// The row within it.
    pub row: u32,
}

/// One log record as a row of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// Where the rest of it is.
    pub at: RecordRef,
    /// When.
    pub time: Nanos,
    /// OpenTelemetry's severity number; 0 when unknown.
    pub severity: u8,
    /// Severity as written.
    pub severity_text: Arc<str>,
    /// The message.
    pub body: Arc<str>,
    /// Its trace.
    pub trace: Option<TraceId>,
    /// The span it was written in.
    pub span: Option<SpanId>,
    /// The service.
    pub service: Arc<str>,
    /// The values of the columns that were asked for, in that order.
    pub cells: Vec<Option<Value>>,
}

/// One span as a row of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEntry {
    /// Where the rest of it is.
    pub at: RecordRef,
    /// Its trace.
    pub trace: TraceId,
    /// Its id.
    pub id: SpanId,
    /// Its parent.
    pub parent: Option<SpanId>,
    /// Name as written.
    pub name: Arc<str>,
    /// Canonical operation; empty when there is none.
    pub op: Arc<str>,
    /// Canonical description; empty when there is none.
    pub description: Arc<str>,
    /// The service.
    pub service: Arc<str>,
    /// Role towards other processes.
    pub kind: SpanKind,
    /// Outcome.
    pub status: SpanStatus,
    /// Start.
    pub start: Nanos,
    /// Duration in nanoseconds.
    pub duration: i64,
    /// The values of the columns that were asked for, in that order.
    pub cells: Vec<Option<Value>>,
}

/// One error as a row of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorEntry {
    /// Row id in the store.
    pub number: i64,
    /// Its trace.
    pub trace: Option<TraceId>,
    /// The span it happened in.
    pub span: Option<SpanId>,
    /// When.
    pub time: Nanos,
    /// `error`, `fatal`, …
    pub level: Arc<str>,
    /// Type of the outermost exception; empty for a plain message.
    pub exception_type: Arc<str>,
    /// Its message.
    pub message: Arc<str>,
    /// Endpoint or job.
    pub transaction: Arc<str>,
    /// The service.
    pub service: Arc<str>,
}

/// Everything the source said of one record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordDetails {
    /// Its own attributes, in name order.
    pub attributes: Vec<(Arc<str>, Value)>,
    /// The attributes of who sent it, in name order.
    pub resource: Vec<(Arc<str>, Value)>,
    /// The library that made it, as `(name, version)`; empty when unknown.
    pub scope: (Arc<str>, Arc<str>),
    /// Outcome in the source's words; empty when there are none. Spans only.
    pub status_message: Arc<str>,
    /// Span events in OTLP's JSON shape; empty for none. Spans only.
    pub events: Arc<str>,
    /// Links to other spans in OTLP's JSON shape; empty for none. Spans only.
    pub links: Arc<str>,
    /// Template the message was made from; empty for none. Logs only.
    pub template: Arc<str>,
    /// The file it came from.
    pub file: Arc<str>,
    /// Byte offset in that file.
    pub position: u64,
}

/// One trace as a row of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceSummary {
    /// Row number in the store, in order of first sight.
    pub number: i64,
    /// Its id.
    pub id: TraceId,
    /// Name of the root: its description for Sentry's transactions, its span name elsewhere; empty when the trace has no span.
    pub root_name: Arc<str>,
    /// Canonical operation of the root.
    pub root_op: Arc<str>,
    /// Service of the root.
    pub root_service: Arc<str>,
    /// All services in it, by name.
    pub services: Arc<[Arc<str>]>,
    /// First start.
    pub start: Nanos,
    /// From the first start to the last end, nanoseconds.
    pub duration: i64,
    /// How many spans.
    pub spans: u64,
    /// How many error records and spans that failed.
    pub errors: u64,
    /// How many log records.
    pub logs: u64,
}
