//! One trace, loaded to be looked at: immutable, shared between threads.

use super::batch::{SpanKind, SpanStatus};
use super::record::{ErrorEntry, LogEntry, RecordRef};
use super::{Nanos, SpanId, TimeRange, TraceId};
use std::sync::Arc;

/// A span as the analysis and the waterfall need it. Texts are shared: equal ones mostly are the same allocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its id.
    pub id: SpanId,
    /// Its parent's id, whether or not that span is in the trace.
    pub parent: Option<SpanId>,
    /// Name as written.
    pub name: Arc<str>,
    /// Canonical operation; empty counts as `default`.
    pub op: Arc<str>,
    /// Canonical description; empty when there is none.
    pub description: Arc<str>,
    /// The service.
    pub service: Arc<str>,
    /// Name of the SDK that wrote it; empty when unknown.
    pub sdk: Arc<str>,
    /// Role towards other processes.
    pub kind: SpanKind,
    /// Outcome.
    pub status: SpanStatus,
    /// Whether it is a segment (a transaction, the entry span of a service).
    pub segment: bool,
    /// Start.
    pub start: Nanos,
    /// Duration in nanoseconds, never negative.
    pub duration: i64,
    /// Where the rest of it is.
    pub at: RecordRef,
}

impl Span {
    /// End: start plus duration.
    pub fn end(&self) -> Nanos {
        self.start + self.duration
    }
}

/// Everything known of one trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Its id.
    pub id: TraceId,
    /// Spans in order of start; ties in order of import.
    pub spans: Vec<Span>,
    /// Log records in order of time.
    pub logs: Vec<LogEntry>,
    /// Errors in order of time.
    pub errors: Vec<ErrorEntry>,
}

impl Trace {
    /// From the first start to the last end over spans and errors; logs do not stretch it unless nothing else is there.
    pub fn range(&self) -> TimeRange {
        let point = |at: Nanos| TimeRange { start: at, end: at };
        let spans = self.spans.iter().map(|span| TimeRange {
            start: span.start,
            end: span.end(),
        });
        let errors = self.errors.iter().map(|error| point(error.time));
        let range = spans.chain(errors).reduce(TimeRange::union);
        range
            .or_else(|| {
                self.logs
                    .iter()
                    .map(|log| point(log.time))
                    .reduce(TimeRange::union)
            })
            .unwrap_or_default()
    }
}
