//! The critical path: at every moment of a trace, the one span that would have had to be faster for the whole to be.
//!
//! Read backwards from the end, as in *CRISP: Critical Path Analysis of Large-Scale Microservice Architectures* (Zhang
//! et al., USENIX ATC 2022) and in Jaeger's implementation of it: a span is on the path until its last-finishing child
//! ended; from there on that child is; when the child's start is reached, the parent is again, until the child that
//! finished last before that. In particular:
//!
//! * A child that still ran when its later sibling started did not hold the parent up and is not on the path. One that
//!   ended in the very instant in which its sibling started did.
//! * Of children that end together the one that started first is on the path, of equals the first in the trace.
//! * Children are clipped to their parents, so work that outlives its parent, or that a wrong clock moved, counts only as
//!   long as the parent lasts; what lies outside of it altogether never counts.
//! * The walk begins at the longest root, or at the longest span at the top when no span is a root; what hangs under the
//!   others is not on the path.
//!
//! It takes O(n log n), for sorting children by their ends.

use super::tree::{Link, SpanIndex, SpanTree};
use crate::model::trace::Trace;
use crate::model::{Nanos, TimeRange};
use std::ops::Range;

/// A stretch of time in which one span was on the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The span.
    pub span: SpanIndex,
    /// When; never empty.
    pub range: TimeRange,
}

/// The critical path of a trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CriticalPath {
    /// In order of time.
    steps: Vec<Step>,
    /// Place in `within` and `own` of each span; [`OFF_PATH`] of those that are not on the path.
    places: Vec<u32>,
    /// When the span, or anything below it, was on the path.
    within: Vec<TimeRange>,
    /// Where in `stretches` those in which the span itself was lie.
    own: Vec<Range<u32>>,
    stretches: Vec<TimeRange>,
}

const OFF_PATH: u32 = u32::MAX;

impl CriticalPath {
    /// Finds it. `tree` must be the tree of this very trace.
    pub fn new(trace: &Trace, tree: &SpanTree) -> Self {
        let mut path = Self {
            places: vec![OFF_PATH; trace.spans.len()],
            ..Self::default()
        };
        if let Some(first) = first_span(trace, tree) {
            path.walk(trace, tree, first);
        }
        path.steps.reverse();
        path.sort_own();
        path
    }

    fn walk(&mut self, trace: &Trace, tree: &SpanTree, first: SpanIndex) {
        let range = TimeRange {
            start: trace.spans[first.at()].start,
            end: trace.spans[first.at()].end(),
        };
        let mut open = vec![self.visit(trace, tree, first, range)];
        while let Some(visit) = open.last_mut() {
            match visit.last_finished_child() {
                Some((child, range)) => {
                    visit.step(range.end, &mut self.steps);
                    visit.reached = range.start;
                    open.push(self.visit(trace, tree, child, range));
                }
                None => {
                    visit.step(visit.start, &mut self.steps);
                    open.pop();
                }
            }
        }
    }

    fn visit(
        &mut self,
        trace: &Trace,
        tree: &SpanTree,
        span: SpanIndex,
        range: TimeRange,
    ) -> Visit {
        self.places[span.at()] = self.within.len() as u32;
        self.within.push(range);
        Visit::new(trace, tree, span, range)
    }

    /// Sorts the steps by span; those of one span stay in order of time.
    fn sort_own(&mut self) {
        let mut counts = vec![0u32; self.within.len()];
        for step in &self.steps {
            counts[self.places[step.span.at()] as usize] += 1;
        }
        let mut end = 0;
        for count in counts {
            self.own.push(end..end);
            end += count;
        }
        self.stretches = vec![TimeRange::default(); self.steps.len()];
        for step in &self.steps {
            let own = &mut self.own[self.places[step.span.at()] as usize];
            self.stretches[own.end as usize] = step.range;
            own.end += 1;
        }
    }

    /// Its steps in order of time; they meet end to end and cover the span it begins at.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How long it is in nanoseconds: the duration of the span it begins at.
    pub fn duration(&self) -> i64 {
        match (self.steps.first(), self.steps.last()) {
            (Some(first), Some(last)) => last.range.end - first.range.start,
            _ => 0,
        }
    }

    /// When a span or anything below it is on the path: one stretch, since the path leaves a span only when it is done with
    /// it. `None` for a span that the path does not touch.
    pub fn within(&self, span: SpanIndex) -> Option<TimeRange> {
        self.within_slice(span).first().copied()
    }

    /// [`CriticalPath::within`] as a list of one or none.
    pub fn within_slice(&self, span: SpanIndex) -> &[TimeRange] {
        let place = self
            .place(span)
            .filter(|at| self.within[*at].duration() > 0);
        place.map_or(&[], |at| std::slice::from_ref(&self.within[at]))
    }

    /// When a span itself is on the path: disjoint, in order of time, none of them empty.
    pub fn own(&self, span: SpanIndex) -> &[TimeRange] {
        self.place(span).map_or(&[], |at| {
            let range = &self.own[at];
            &self.stretches[range.start as usize..range.end as usize]
        })
    }

    /// How long a span itself is on the path, in nanoseconds.
    pub fn time(&self, span: SpanIndex) -> i64 {
        self.own(span).iter().map(TimeRange::duration).sum()
    }

    fn place(&self, span: SpanIndex) -> Option<usize> {
        let place = self.places.get(span.at()).copied();
        place.filter(|at| *at != OFF_PATH).map(|at| at as usize)
    }
}

/// The span the path begins at: the longest root, or without roots the longest span at the top.
pub(super) fn first_span(trace: &Trace, tree: &SpanTree) -> Option<SpanIndex> {
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
        // Taken from the end: of children that end together the longest, and of equals the first.
        children.reverse();
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

    // What is on the path is drawn case by case in `tests/path_cases.rs`.

    #[test]
    fn an_empty_trace_has_an_empty_path() {
        let trace = trace(&[]);
        let path = CriticalPath::new(&trace, &SpanTree::new(&trace));
        assert_eq!((path.steps(), path.duration()), (&[][..], 0));
        assert_eq!(path.within(SpanIndex(0)), None);
    }

    #[test]
    fn a_span_knows_its_own_steps_and_those_below_it() {
        //   1 |==      ===|
        //   2    |=  =|
        //   3     |==|
        let trace = trace(&[(1, 0, 0, 100), (2, 1, 20, 70), (3, 2, 30, 50)]);
        let path = CriticalPath::new(&trace, &SpanTree::new(&trace));
        let range = |start, end| TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        };
        assert_eq!(path.own(SpanIndex(0)), [range(0, 20), range(70, 100)]);
        assert_eq!(path.own(SpanIndex(1)), [range(20, 30), range(50, 70)]);
        assert_eq!(path.within(SpanIndex(1)), Some(range(20, 70)));
        let times: Vec<i64> = (0..3).map(|span| path.time(SpanIndex(span))).collect();
        assert_eq!((times, path.duration()), (vec![50, 30, 20], 100));
    }

    proptest! {
        #[test]
        fn steps_cover_one_span_without_gap_or_overlap(spans in any_spans()) {
            let trace = trace(&spans);
            let tree = SpanTree::new(&trace);
            let path = CriticalPath::new(&trace, &tree);
            for pair in path.steps().windows(2) {
                prop_assert_eq!(pair[0].range.end, pair[1].range.start);
            }
            let covered: i64 = path.steps().iter().map(|step| step.range.duration()).sum();
            let first = first_span(&trace, &tree).map_or(0, |span| trace.spans[span.at()].duration);
            prop_assert_eq!(covered, first);
            prop_assert_eq!(path.duration(), first);
            let by_span: i64 = (0..trace.spans.len() as u32).map(|span| path.time(SpanIndex(span))).sum();
            prop_assert_eq!(by_span, first);
        }

        #[test]
        fn what_lies_within_a_span_is_its_own_and_its_childrens(spans in any_spans()) {
            let trace = trace(&spans);
            let tree = SpanTree::new(&trace);
            let path = CriticalPath::new(&trace, &tree);
            let within = |span| path.within(span).map_or(0, |range| range.duration());
            for span in (0..trace.spans.len() as u32).map(SpanIndex) {
                let below: i64 = tree.children(span).map(within).sum();
                prop_assert_eq!(within(span), path.time(span) + below);
            }
        }
    }
}
