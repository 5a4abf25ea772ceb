//! Self time: how long a span ran while none of its children did.
//!
//! It is the duration minus the union of the children's times, each clipped to the span: children that run side by
//! side are not subtracted twice, and what a child does after its parent ended is the child's own.

use super::tree::{SpanIndex, SpanTree};
use crate::model::trace::Trace;

/// Self time of every span in nanoseconds, in the order of [`Trace::spans`].
pub fn self_times(trace: &Trace, tree: &SpanTree) -> Vec<i64> {
    (0..trace.spans.len() as u32)
        .map(|span| self_time(trace, tree, SpanIndex(span)))
        .collect()
}

/// Self time of one span in nanoseconds, between zero and its duration.
pub fn self_time(trace: &Trace, tree: &SpanTree, span: SpanIndex) -> i64 {
    let own = &trace.spans[span.at()];
    let end = own.end();
    let mut covered = 0;
    let mut covered_to = own.start;
    // Children come in order of start, so one pass forms their union.
    for child in tree.children(span) {
        let child = &trace.spans[child.at()];
        let from = child.start.max(covered_to);
        let to = child.end().min(end);
        if to > from {
            covered += to - from;
            covered_to = to;
        }
    }
    own.duration - covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;

    #[test]
    fn children_count_once_and_only_inside_the_parent() {
        type Case = (&'static str, &'static [(i64, i64)], i64);
        let cases: [Case; 7] = [
            ("no children", &[], 100),
            ("one", &[(10, 30)], 80),
            ("side by side", &[(10, 30), (40, 50)], 70),
            ("overlapping", &[(10, 40), (20, 50), (25, 30)], 60),
            ("covering all", &[(0, 100)], 0),
            ("longer than the parent", &[(-50, 20), (90, 500)], 70),
            ("after the parent", &[(100, 200), (300, 400)], 100),
        ];
        for (name, children, expected) in cases {
            let mut spans = vec![(1, 0, 0, 100)];
            let children = children.iter().zip(2u64..);
            spans.extend(children.map(|((start, end), id)| (id, 1, *start, *end)));
            let trace = trace(&spans);
            let tree = SpanTree::new(&trace);
            let root = tree
                .find(&trace, crate::model::SpanId(1))
                .expect("it is there");
            assert_eq!(self_times(&trace, &tree)[root.at()], expected, "{name}");
        }
    }
}
