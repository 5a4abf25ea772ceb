//! How much a request does at most: what a check compares with its limits.

use crate::analysis::SpanTree;
use crate::analysis::detect::subject::{self, SpanHashes};
use crate::analysis::detect::{FIELD_NAMES, Hashes};
use crate::model::{CancelToken, TraceId};
use crate::store::{Filter, Reader, StoreError, TraceOrder, TraceWithValues};
use std::sync::Arc;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Database spans of a transaction, without Redis commands and connections.
    QueriesPerRequest,
    /// Outbound HTTP calls of a transaction.
    CallsPerRequest,
    /// Spans of a trace.
    SpansPerTrace,
}

impl Counted {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 3] = [
        ("queries-per-request", Self::QueriesPerRequest),
        ("calls-per-request", Self::CallsPerRequest),
        ("spans-per-trace", Self::SpansPerTrace),
    ];
}

/// The most there was of something, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Most {
    /// How much.
    pub count: u64,
    /// In which trace.
    pub trace: TraceId,
    /// In which transaction.
    pub transaction: Arc<str>,
}

/// The most of each of [`Counted::ALL`], over all traces.
pub fn most(reader: &Reader, cancel: &CancelToken) -> Result<[Most; 3], StoreError> {
    let filter = Filter::default();
    let found = reader.find_traces(&filter, TraceOrder::Start, false, cancel)?;
    let parts = reader.work_through_traces(&found.numbers, FIELD_NAMES, cancel, |traces| {
        let mut most: [Most; 3] = Default::default();
        for trace in &traces {
            count(trace, &mut most);
        }
        most
    })?;
    let mut all: [Most; 3] = Default::default();
    for part in parts {
        for (most, own) in all.iter_mut().zip(part) {
            keep(most, own);
        }
    }
    Ok(all)
}

fn keep(most: &mut Most, own: Most) {
    if own.count > most.count {
        *most = own;
    }
}

fn count(traced: &TraceWithValues, most: &mut [Most; 3]) {
    let trace = &traced.trace;
    let tree = SpanTree::new(trace);
    let hashes = SpanHashes::new(trace, &traced.values, Hashes::default());
    for subject in subject::subjects(trace, &tree, &traced.values, &hashes) {
        let ops = || subject.spans.iter().map(|at| subject.op(*at));
        let is_query = |op: &&str| {
            op.starts_with("db") && !op.starts_with("db.redis") && !op.starts_with("db.connection")
        };
        let counts = [
            ops().filter(is_query).count(),
            ops().filter(|op| op.starts_with("http.client")).count(),
            trace.spans.len(),
        ];
        for (most, count) in most.iter_mut().zip(counts) {
            if count as u64 > most.count {
                *most = Most {
                    count: count as u64,
                    trace: trace.id,
                    transaction: subject.transaction().into(),
                };
            }
        }
    }
}
