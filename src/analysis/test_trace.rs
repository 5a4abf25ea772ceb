//! Small traces for tests.

use crate::model::record::RecordRef;
use crate::model::trace::{Common, Said, Span, Trace};
use crate::model::{Nanos, SpanId, TraceId};
use proptest::prelude::*;
use std::sync::Arc;

/// A trace of spans given as `(id, parent or 0, start, end)`.
pub(crate) fn trace(spans: &[(u64, u64, i64, i64)]) -> Trace {
    let mut spans: Vec<Span> = spans.iter().map(|span| span_of(*span)).collect();
    spans.sort_by_key(|span| span.start);
    Trace {
        id: TraceId([1; 16]),
        spans,
        logs: Vec::new(),
        errors: Vec::new(),
    }
}

fn span_of((id, parent, start, end): (u64, u64, i64, i64)) -> Span {
    Span {
        id: SpanId(id),
        parent_id: SpanId(parent),
        said: Arc::new(Said {
            name: id.to_string().into(),
            description: "".into(),
            common: Arc::new(Common {
                op: "db".into(),
                service: "shop".into(),
                ..Common::default()
            }),
        }),
        start: Nanos(start),
        duration: end - start,
        at: RecordRef { segment: 1, row: 0 },
    }
}

/// Up to forty spans with any ids, parents and times.
pub(crate) fn any_spans() -> impl Strategy<Value = Vec<(u64, u64, i64, i64)>> {
    let span = (1u64..30, 0u64..35, 0i64..500, 0i64..300);
    let ended = span.prop_map(|(id, parent, start, length)| (id, parent, start, start + length));
    prop::collection::vec(ended, 0..40)
}
