//! Traces a page at a time, as [`crate::store::page`] does for records.

use super::{Candidate, compare, fitting};
use crate::model::Value;
use crate::store::cursor::Cursor;
use crate::store::order::directed;
use crate::store::scan::{Scan, Scanner};
use crate::store::{Filter, StoreError, TraceOrder};
use std::sync::Arc;

/// A part of a list of traces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TracePage {
    /// Row numbers of the traces, in order.
    pub numbers: Arc<[i64]>,
    /// How many fit in all, on earlier and later pages too.
    pub total: u64,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

/// What cursors of this order say they are of.
fn name(order: TraceOrder) -> &'static str {
    match order {
        TraceOrder::Start => "trace:start",
        TraceOrder::Duration => "trace:duration",
        TraceOrder::Spans => "trace:spans",
        TraceOrder::Errors => "trace:errors",
        TraceOrder::Logs => "trace:logs",
        TraceOrder::Name => "trace:name",
        TraceOrder::Service => "trace:service",
    }
}

impl Cursor {
    /// Whether it is of a list of traces in this order.
    pub fn is_of_traces(&self, order: TraceOrder, descending: bool) -> bool {
        self.order == name(order) && self.descending == descending
    }
}

impl Candidate {
    /// What it is sorted by.
    fn sorted_by(&self, order: TraceOrder) -> Value {
        match order {
            TraceOrder::Start => Value::Int(self.start),
            TraceOrder::Duration => Value::Int(self.duration),
            TraceOrder::Spans => Value::Int(self.spans),
            TraceOrder::Errors => Value::Int(self.errors),
            TraceOrder::Logs => Value::Int(self.logs),
            TraceOrder::Name | TraceOrder::Service => Value::Str((*self.text).into()),
        }
    }

    /// A trace that stands where a cursor does.
    fn at(cursor: &Cursor) -> Self {
        let number = match cursor.value {
            Value::Int(number) => number,
            _ => 0,
        };
        Self {
            number: cursor.place.0,
            start: cursor.time,
            duration: number,
            spans: number,
            errors: number,
            logs: number,
            text: cursor.value.text().into(),
        }
    }
}

/// See [`crate::store::Reader::page_traces`].
pub fn page(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
    (order, descending): (TraceOrder, bool),
    after: Option<&Cursor>,
    limit: usize,
) -> Result<TracePage, StoreError> {
    if after.is_some_and(|cursor| !cursor.is_of_traces(order, descending)) {
        let reason = "the cursor is of a list in another order";
        return Err(StoreError::failed("go on with the list", reason));
    }
    let mut traces = fitting(scan, scanner, filter, order)?;
    if descending {
        traces.reverse();
    }
    let from = after.map(Candidate::at).map_or(0, |after| {
        traces.partition_point(|trace| directed(compare(trace, &after, order), descending).is_le())
    });
    let left = traces.get(from..).unwrap_or_default();
    let page = left.get(..limit).unwrap_or(left);
    let last = page.last().filter(|_| page.len() < left.len());
    Ok(TracePage {
        next: last.map(|last| Cursor {
            order: name(order).to_owned(),
            descending,
            value: last.sorted_by(order),
            time: last.start,
            place: (last.number, 0),
        }),
        numbers: page.iter().map(|trace| trace.number).collect(),
        total: traces.len() as u64,
    })
}
