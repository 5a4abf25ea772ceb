//! What is kept of a large trace while it is looked at, in bytes: the window has to hold a million spans in 250 bytes each, of
//! which some forty are its own (fonts, the program, pages of the store) whatever the trace.

use super::test_trace::trace;
use super::{CriticalPath, GroupOptions, SpanTree, Waterfall};
use crate::model::trace::{Span, Trace};

/// Bytes that a list takes with what it reserved.
pub(super) fn of<T>(list: &Vec<T>) -> usize {
    list.capacity() * size_of::<T>()
}

/// Handlers one after another below one root, each with queries alike, and each call waited for.
fn handlers(count: u64) -> Trace {
    const SPANS: u64 = 20;
    let end = (count * SPANS) as i64 * 10;
    let mut spans = vec![(1, 0, 0, end)];
    for handler in 0..count {
        let (id, start) = (2 + handler * SPANS, (handler * SPANS) as i64 * 10);
        spans.push((id, 1, start, start + SPANS as i64 * 10));
        spans.extend((1..SPANS).map(|query| {
            let start = start + query as i64 * 10;
            (id + query, id, start, start + 8)
        }));
    }
    trace(&spans)
}

#[test]
fn what_is_made_of_a_trace_takes_less_than_it_may() {
    let mut trace = handlers(2_500);
    // As the store shares them.
    let said = trace.spans[0].said.clone();
    for span in &mut trace.spans {
        span.said = said.clone();
    }
    let tree = SpanTree::new(&trace);
    let waterfall = Waterfall::new(&trace, &tree, GroupOptions::ALL);
    let path = CriticalPath::new(&trace, &tree);
    // The queries of each handler, and the handlers.
    assert_eq!(waterfall.all_groups().count(), 2_501);
    let a_span = |bytes: usize| bytes as f64 / trace.spans.len() as f64;
    let kept = [
        ("spans", a_span(trace.spans.len() * size_of::<Span>()), 48.0),
        ("tree", a_span(tree.kept_bytes()), 17.0),
        ("waterfall", a_span(waterfall.kept_bytes()), 48.0),
        ("path", a_span(path.kept_bytes()), 48.0),
    ];
    for (what, bytes, most) in kept {
        assert!(bytes <= most, "{what}: {bytes:.1} bytes a span");
    }
}
