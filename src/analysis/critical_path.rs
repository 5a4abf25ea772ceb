//! The critical path: at every moment of a trace, the one span that would have had to be faster for the whole to be.
//!
//! Read backwards from the end, as in *CRISP: Critical Path Analysis of Large-Scale Microservice Architectures* (Zhang
//! et al., USENIX ATC 2022): a span is on the path until its last-finishing child ended; from there on that child is;
//! when the child's start is reached, the parent is again, until the child that finished last before that. A child that
//! still ran when its later sibling started did not hold the parent up and is not on the path. Children are clipped to
//! their parents, so work that outlives its parent counts only as long as the parent lasts.
//!
//! The walk begins at the longest root, or at the longest span at the top when no span is a root.

use super::tree::{Link, SpanIndex, SpanTree};
use crate::model::trace::Trace;
use crate::model::{Nanos, TimeRange};

/// A stretch of time in which one span was on the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The span.
    pub span: SpanIndex,
    /// When; never empty.
    pub range: TimeRange,
}

/// The critical path in order of time; its steps meet end to end and cover the span it begins at.
pub fn critical_path(trace: &Trace, tree: &SpanTree) -> Vec<Step> {
    let Some(first) = first_span(trace, tree) else {
        return Vec::new();
    };
    let range = TimeRange {
        start: trace.spans[first.at()].start,
        end: trace.spans[first.at()].end(),
    };
    let mut steps = Vec::new();
    let mut open = vec![Visit::new(trace, tree, first, range)];
    while let Some(visit) = open.last_mut() {
        match visit.last_finished_child() {
            Some((child, range)) => {
                visit.step(range.end, &mut steps);
                visit.reached = range.start;
                open.push(Visit::new(trace, tree, child, range));
            }
            None => {
                visit.step(visit.start, &mut steps);
                open.pop();
            }
        }
    }
    steps.reverse();
    steps
}

fn first_span(trace: &Trace, tree: &SpanTree) -> Option<SpanIndex> {
    let rank = |span: &&SpanIndex| {
        let is_root = tree.link(**span) == Link::Root;
        // Of equals the first in order, which `max_by_key` would give up for the last.
        (is_root, trace.spans[span.at()].duration)
    };
    tree.tops().iter().rev().max_by_key(rank).copied()
}

/// A span on the path, walked backwards.
struct Visit {
    span: SpanIndex,
    start: Nanos,
    /// Where the walk is; later times are done.
    reached: Nanos,
    /// Children still to be looked at, clipped to the span, last-finishing at the end.
    children: Vec<(SpanIndex, TimeRange)>,
}

impl Visit {
    fn new(trace: &Trace, tree: &SpanTree, span: SpanIndex, range: TimeRange) -> Self {
        let clip = |child: SpanIndex| {
            let own = &trace.spans[child.at()];
            let clipped = TimeRange {
                start: own.start.max(range.start),
                end: own.end().min(range.end),
            };
            (clipped.start < clipped.end).then_some((child, clipped))
        };
        let mut children: Vec<_> = tree.children(span).filter_map(clip).collect();
        // Of children that end together the longest comes first.
        children.sort_by_key(|(_, range)| (range.end, std::cmp::Reverse(range.start)));
        Self {
            span,
            start: range.start,
            reached: range.end,
            children,
        }
    }

    fn last_finished_child(&mut self) -> Option<(SpanIndex, TimeRange)> {
        while let Some(child) = self.children.pop() {
            if child.1.end <= self.reached {
                return Some(child);
            }
        }
        None
    }

    /// Notes that the span itself was on the path from `from` to where the walk is.
    fn step(&self, from: Nanos, steps: &mut Vec<Step>) {
        if from < self.reached {
            let range = TimeRange {
                start: from,
                end: self.reached,
            };
            let span = self.span;
            steps.push(Step { span, range });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::{any_spans, trace};
    use proptest::prelude::*;

    fn path(spans: &[(u64, u64, i64, i64)]) -> Vec<(u64, i64, i64)> {
        let trace = trace(spans);
        let steps = critical_path(&trace, &SpanTree::new(&trace));
        let plain = |step: &Step| {
            let id = trace.spans[step.span.at()].id.0;
            (id, step.range.start.0, step.range.end.0)
        };
        steps.iter().map(plain).collect()
    }

    #[test]
    fn the_last_finishing_child_is_on_the_path() {
        assert_eq!(path(&[]), []);
        assert_eq!(path(&[(1, 0, 0, 100)]), [(1, 0, 100)]);
        let one_after_the_other = [(1, 0, 0, 100), (2, 1, 10, 40), (3, 1, 50, 90)];
        let expected = [
            (1, 0, 10),
            (2, 10, 40),
            (1, 40, 50),
            (3, 50, 90),
            (1, 90, 100),
        ];
        assert_eq!(path(&one_after_the_other), expected);
        let side_by_side = [
            (1, 0, 0, 100),
            (2, 1, 10, 40),
            (3, 1, 12, 90),
            (4, 3, 20, 70),
        ];
        let expected = [
            (1, 0, 12),
            (3, 12, 20),
            (4, 20, 70),
            (3, 70, 90),
            (1, 90, 100),
        ];
        assert_eq!(path(&side_by_side), expected);
        let outlives_its_parent = [(1, 0, 0, 100), (2, 1, 60, 300), (3, 2, 250, 290)];
        assert_eq!(path(&outlives_its_parent), [(1, 0, 60), (2, 60, 100)]);
    }

    #[test]
    fn it_begins_at_the_longest_root() {
        let spans = [(1, 0, 0, 10), (2, 0, 5, 50), (3, 99, 0, 900)];
        assert_eq!(path(&spans), [(2, 5, 50)]);
        assert_eq!(path(&[(3, 99, 0, 900), (4, 98, 0, 5)]), [(3, 0, 900)]);
    }

    proptest! {
        #[test]
        fn steps_cover_one_span_without_gap_or_overlap(spans in any_spans()) {
            let trace = trace(&spans);
            let tree = SpanTree::new(&trace);
            let steps = critical_path(&trace, &tree);
            for pair in steps.windows(2) {
                prop_assert_eq!(pair[0].range.end, pair[1].range.start);
            }
            let covered: i64 = steps.iter().map(|step| step.range.duration()).sum();
            let first = first_span(&trace, &tree).map_or(0, |span| trace.spans[span.at()].duration);
            prop_assert_eq!(covered, first);
        }
    }
}
