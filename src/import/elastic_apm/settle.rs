//! Places what has no time of its own, when all events of a stretch are read.

use crate::model::batch::{Batch, BatchValue, SpanRecord};
use crate::model::{Nanos, SpanId, TraceId};
use hashbrown::HashMap;

const NO_TRANSACTION: &str = "Spans whose start is relative to a transaction that is not at hand are placed at the first start of their trace";
const UNTIMED: &str =
    "Transactions and spans without a time are placed at the first start of their trace";
const UNTIMED_ERRORS: &str = "Errors without a time are placed at the start of their span";
const UNTIMED_LOGS: &str = "Log records without a time are placed at the beginning of 1970";

/// Gives every span, error and log record the best time there is.
pub fn settle(batch: &mut Batch) {
    place_spans(batch);
    place_errors(batch);
    for log in &batch.logs {
        if log.time == Nanos(0) {
            batch.problems.repair(UNTIMED_LOGS);
        }
    }
}

fn place_spans(batch: &mut Batch) {
    if batch.spans.iter().all(|span| span.start.0 > 0) {
        return;
    }
    let (starts, first) = starts(batch);
    for index in 0..batch.spans.len() {
        let span = &batch.spans[index];
        if span.start.0 > 0 {
            continue;
        }
        let (trace, offset) = (span.trace, offset(batch, span));
        let transaction = transaction(batch, span).and_then(|id| starts.get(&(trace, id)));
        let start = match (offset, transaction) {
            (Some(offset), Some(start)) => Nanos(start.0.saturating_add(offset).max(0)),
            (relative, _) => {
                let what = match relative {
                    Some(_) => NO_TRANSACTION,
                    None => UNTIMED,
                };
                batch.problems.repair(what);
                let first = first.get(&trace).copied().unwrap_or_default();
                Nanos(first.0.saturating_add(relative.unwrap_or(0)).max(0))
            }
        };
        batch.spans[index].start = start;
    }
}

type Starts = (HashMap<(TraceId, SpanId), Nanos>, HashMap<TraceId, Nanos>);

/// The starts that are known: of spans, and the first of every trace.
fn starts(batch: &Batch) -> Starts {
    let mut starts = HashMap::new();
    let mut first: HashMap<TraceId, Nanos> = HashMap::new();
    for span in batch.spans.iter().filter(|span| span.start.0 > 0) {
        starts.insert((span.trace, span.id), span.start);
        let known = first.entry(span.trace).or_insert(span.start);
        *known = span.start.min(*known);
    }
    (starts, first)
}

/// How long after its transaction's start a span began, in nanoseconds.
fn offset(batch: &Batch, span: &SpanRecord) -> Option<i64> {
    let number = |name| match batch.attr(&span.attrs, name) {
        Some(BatchValue::Int(number)) => Some(number as f64),
        Some(BatchValue::Float(number)) => Some(number),
        _ => None,
    };
    let millis = number("start").or_else(|| Some(number("span.start.us")? / 1e3))?;
    (millis.abs() < 1e12).then_some((millis * 1e6).round() as i64)
}

/// The transaction a span names.
fn transaction(batch: &Batch, span: &SpanRecord) -> Option<SpanId> {
    match batch.attr(&span.attrs, "transaction.id") {
        Some(BatchValue::Str(text)) => {
            let text = batch.text(text);
            Some(
                text.parse()
                    .unwrap_or_else(|_| SpanId::from_foreign(text.trim())),
            )
        }
        _ => None,
    }
}

fn place_errors(batch: &mut Batch) {
    if batch.errors.iter().all(|error| error.time.0 > 0) {
        return;
    }
    let (starts, _) = starts(batch);
    for error in batch.errors.iter_mut().filter(|error| error.time.0 == 0) {
        error.time = starts
            .get(&(error.trace, error.span))
            .copied()
            .unwrap_or_default();
        batch.problems.repair(UNTIMED_ERRORS);
    }
}
