//! One trace, loaded to be looked at: immutable, shared between threads.

use super::batch::{SpanKind, SpanStatus};
use super::record::{ErrorEntry, LogEntry, RecordRef};
use super::{Nanos, SpanId, TimeRange, TraceId, Value};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A span as the analysis and the waterfall need it, in 48 bytes: a trace may have millions. What it says and what it has in
/// common with many others lies apart, for all that are alike once. It is read (and, in a copy of the span's own, written)
/// as if it were the span's: `span.name`, `span.op`. Texts are shared, too: equal ones mostly are the same allocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its id.
    pub id: SpanId,
    /// Its parent's id, whether or not that span is in the trace; see [`Span::parent`].
    pub parent_id: SpanId,
    /// What it says.
    pub said: Arc<Said>,
    /// Start.
    pub start: Nanos,
    /// Duration in nanoseconds, never negative.
    pub duration: i64,
    /// Where the rest of it is.
    pub at: RecordRef,
}

/// What a span says: the same for a query made a thousand times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// Name as written.
    pub name: Arc<str>,
    /// Canonical description; empty when there is none.
    pub description: Arc<str>,
    /// What does not depend on these.
    pub common: Arc<Common>,
}

/// What a span has in common with all others of its operation, service and outcome, whatever they say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Common {
    /// Canonical operation; empty counts as `default`.
    pub op: Arc<str>,
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
}

impl Span {
    /// End: start plus duration.
    pub fn end(&self) -> Nanos {
        self.start + self.duration
    }

    /// From its start to its end.
    pub fn range(&self) -> TimeRange {
        TimeRange {
            start: self.start,
            end: self.end(),
        }
    }

    /// Its parent's id; `None` when it names no parent.
    pub fn parent(&self) -> Option<SpanId> {
        self.parent_id.some()
    }
}

impl Deref for Span {
    type Target = Said;

    fn deref(&self) -> &Said {
        &self.said
    }
}

impl DerefMut for Span {
    /// The span gets a copy of its own if others share it.
    fn deref_mut(&mut self) -> &mut Said {
        Arc::make_mut(&mut self.said)
    }
}

impl Deref for Said {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

impl DerefMut for Said {
    /// As for a span.
    fn deref_mut(&mut self) -> &mut Common {
        Arc::make_mut(&mut self.common)
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
        let spans = self.spans.iter().map(Span::range);
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

/// The values of chosen attributes of a trace's spans: a list an attribute, of the spans that have it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanValues(Vec<Vec<(u32, Value)>>);

impl SpanValues {
    /// From a list an attribute of places in [`Trace::spans`] with their values.
    pub fn new(mut columns: Vec<Vec<(u32, Value)>>) -> Self {
        for column in &mut columns {
            column.sort_by_key(|(span, _)| *span);
        }
        Self(columns)
    }

    /// The value that a span has of an attribute, by its place in the choice.
    pub fn get(&self, attribute: usize, span: usize) -> Option<&Value> {
        let column = self.0.get(attribute)?;
        let place = column.binary_search_by_key(&span, |(span, _)| *span as usize);
        place
            .ok()
            .and_then(|place| column.get(place))
            .map(|(_, value)| value)
    }

    /// Whether any span has the attribute.
    pub fn has(&self, attribute: usize) -> bool {
        self.0
            .get(attribute)
            .is_some_and(|column| !column.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window keeps a million-span trace in less than 250 bytes a span, of which this is the largest part.
    #[test]
    fn a_span_is_small() {
        assert_eq!(size_of::<Span>(), 48);
        assert_eq!(size_of::<RecordRef>(), 8);
    }

    #[test]
    fn a_span_that_is_changed_leaves_its_like_alone() {
        let one = Span {
            id: SpanId(1),
            parent_id: SpanId::default(),
            said: Arc::default(),
            start: Nanos(5),
            duration: 2,
            at: RecordRef { segment: 1, row: 0 },
        };
        let mut other = one.clone();
        other.name = "GET".into();
        let mut third = other.clone();
        third.op = "db".into();
        let said = |span: &Span| format!("{} {}", span.op, span.name);
        assert_eq!([&one, &other, &third].map(said), [" ", " GET", "db GET"]);
        assert_eq!((one.parent(), one.end()), (None, Nanos(7)));
    }
}
