//! Completes trace ids: only some spans of a trace carry the upper half.

use super::number;
use crate::model::TraceId;
use crate::model::batch::{Batch, BatchValue};
use hashbrown::HashMap;

/// Where the upper half stands, in hex.
const UPPER: &str = "_dd.p.tid";

const NOT_HEX: &str = "Upper halves of trace ids (_dd.p.tid) that are not hex were not used";

/// Gives all spans of a trace the upper half that one of them has.
pub fn settle(batch: &mut Batch) {
    if batch.keys.get(UPPER).is_none() {
        return;
    }
    let mut uppers: HashMap<u64, u64> = HashMap::new();
    for index in 0..batch.spans.len() {
        let span = &batch.spans[index];
        let Some(BatchValue::Str(text)) = batch.attr(&span.attrs, UPPER) else {
            continue;
        };
        match u64::from_str_radix(batch.text(text), 16) {
            Ok(upper) => {
                uppers.insert(number::low_half(span.trace), upper);
            }
            Err(_) => batch.problems.repair(NOT_HEX),
        }
    }
    let whole = |trace: TraceId| {
        let low = number::low_half(trace);
        match uppers.get(&low) {
            Some(upper) if number::high_half(trace) == 0 => number::of_halves(*upper, low),
            _ => trace,
        }
    };
    for span in &mut batch.spans {
        span.trace = whole(span.trace);
    }
    for error in &mut batch.errors {
        error.trace = whole(error.trace);
    }
}
