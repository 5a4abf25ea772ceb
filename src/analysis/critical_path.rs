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

/// A stretch of time in which one span was on the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The span.
    pub span: SpanIndex,
    /// When; never empty.
    pub range: TimeRange,
}

/// The critical path of a trace.
///
/// What is kept of a span on it are two numbers, when the path was in it, and unless nothing below it was on the path the
/// stretches that were its own: some forty bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CriticalPath {
    /// Number of each span among those on the path; [`OFF_PATH`] of others.
    numbers: Vec<u32>,
    /// Where in `stretches` those of each number begin, and where the last ones end. The first of them says when the span, or
    /// anything below it, was on the path. When the span itself was is told by the others, without any by the first as well.
    starts: Vec<u32>,
    stretches: Vec<TimeRange>,
}

const OFF_PATH: u32 = u32::MAX;

impl CriticalPath {
    /// Finds it. `tree` must be the tree of this very trace.
    pub fn new(trace: &Trace, tree: &SpanTree) -> Self {
        let mut walk = Walk {
            trace,
            tree,
            numbers: vec![OFF_PATH; trace.spans.len()],
            within: Vec::new(),
            steps: Vec::new(),
        };
        if let Some(first) = first_span(trace, tree) {
            walk.from(first);
        }
        walk.finish()
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        use super::kept_bytes::of;
        of(&self.numbers) + of(&self.starts) + of(&self.stretches)
    }

    /// Its steps in order of time; they meet end to end and cover the span it begins at. Put together in O(n log n).
    pub fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = self
            .numbered_spans()
            .flat_map(|span| self.steps_of(span))
            .collect();
        steps.sort_unstable_by_key(|step| step.range.start);
        steps
    }

    fn steps_of(&self, span: SpanIndex) -> impl Iterator<Item = Step> {
        let step = move |range: &TimeRange| Step {
            span,
            range: *range,
        };
        self.own(span).iter().map(step)
    }

    /// The spans that are themselves on the path at some time, in the order of the trace.
    pub fn spans(&self) -> impl Iterator<Item = SpanIndex> {
        self.numbered_spans()
            .filter(|span| !self.own(*span).is_empty())
    }

    fn numbered_spans(&self) -> impl Iterator<Item = SpanIndex> {
        let spans = (0u32..).map(SpanIndex).zip(&self.numbers);
        let on_path = spans.filter(|(_, number)| **number != OFF_PATH);
        on_path.map(|(span, _)| span)
    }

    /// How long it is in nanoseconds: the duration of the span it begins at.
    pub fn duration(&self) -> i64 {
        // That span was the first to be numbered.
        self.stretches.first().map_or(0, TimeRange::duration)
    }

    /// When a span or anything below it is on the path: one stretch, since the path leaves a span only when it is done with
    /// it. `None` for a span that the path does not touch.
    pub fn within(&self, span: SpanIndex) -> Option<TimeRange> {
        self.within_slice(span).first().copied()
    }

    /// [`CriticalPath::within`] as a list of one or none.
    pub fn within_slice(&self, span: SpanIndex) -> &[TimeRange] {
        if_lasting(self.stretches_of(span).get(..1).unwrap_or_default())
    }

    /// When a span itself is on the path: disjoint, in order of time, none of them empty.
    pub fn own(&self, span: SpanIndex) -> &[TimeRange] {
        let all = self.stretches_of(span);
        if_lasting(all.get(1..).filter(|own| !own.is_empty()).unwrap_or(all))
    }

    /// How long a span itself is on the path, in nanoseconds.
    pub fn time(&self, span: SpanIndex) -> i64 {
        self.own(span).iter().map(TimeRange::duration).sum()
    }

    fn stretches_of(&self, span: SpanIndex) -> &[TimeRange] {
        let number = self.numbers.get(span.at()).copied();
        let Some(number) = number.filter(|number| *number != OFF_PATH) else {
            return &[];
        };
        let number = number as usize;
        &self.stretches[self.starts[number] as usize..self.starts[number + 1] as usize]
    }
}

/// A list that begins with an empty stretch stands for none.
fn if_lasting(stretches: &[TimeRange]) -> &[TimeRange] {
    match stretches.first() {
        Some(first) if first.duration() > 0 => stretches,
        _ => &[],
    }
}

/// The path while it is walked.
struct Walk<'a> {
    trace: &'a Trace,
    tree: &'a SpanTree,
    numbers: Vec<u32>,
    /// When each numbered span, or anything below it, was on the path.
    within: Vec<TimeRange>,
    /// The number of the span and when it was itself on the path, backwards.
    steps: Vec<(u32, TimeRange)>,
}

impl Walk<'_> {
    fn from(&mut self, first: SpanIndex) {
        let mut open = vec![self.visit(first, self.trace.spans[first.at()].range())];
        while let Some(visit) = open.last_mut() {
            match visit.last_finished_child() {
                Some((child, range)) => {
                    visit.step(range.end, &mut self.steps);
                    visit.reached = range.start;
                    open.push(self.visit(child, range));
                }
                None => {
                    visit.step(visit.start, &mut self.steps);
                    open.pop();
                }
            }
        }
    }

    fn visit(&mut self, span: SpanIndex, range: TimeRange) -> Visit {
        let number = self.within.len() as u32;
        self.numbers[span.at()] = number;
        self.within.push(range);
        Visit::new(self.trace, self.tree, span, number, range)
    }

    /// Sorts the steps by span; those of one span come in order of time.
    fn finish(self) -> CriticalPath {
        let Self { within, steps, .. } = &self;
        let mut counts = vec![0u32; within.len()];
        for (number, _) in steps {
            counts[*number as usize] += 1;
        }
        // A step as long as the span was there is the only one, and is not noted twice. Where there is none, an empty
        // stretch says so.
        let mut is_whole = vec![false; within.len()];
        for (number, range) in steps {
            is_whole[*number as usize] |= *range == within[*number as usize];
        }
        let room = |number: usize| match is_whole[number] {
            true => 1,
            false => 1 + counts[number].max(1),
        };
        let mut starts = Vec::with_capacity(within.len() + 1);
        let mut end = 0;
        starts.push(end);
        for number in 0..within.len() {
            end += room(number);
            starts.push(end);
        }
        let mut stretches = vec![TimeRange::default(); end as usize];
        for (number, range) in within.iter().enumerate() {
            stretches[starts[number] as usize] = *range;
        }
        for (number, range) in steps {
            let number = *number as usize;
            if !is_whole[number] {
                // Backwards: the last comes first.
                stretches[starts[number] as usize + counts[number] as usize] = *range;
                counts[number] -= 1;
            }
        }
        CriticalPath {
            numbers: self.numbers,
            starts,
            stretches,
        }
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
    number: u32,
    start: Nanos,
    /// Where the walk is; later times are done.
    reached: Nanos,
    /// Children still to be looked at, clipped to the span, last-finishing at the end.
    children: Vec<(SpanIndex, TimeRange)>,
}

impl Visit {
    fn new(trace: &Trace, tree: &SpanTree, span: SpanIndex, number: u32, range: TimeRange) -> Self {
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
            number,
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
    fn step(&self, from: Nanos, steps: &mut Vec<(u32, TimeRange)>) {
        if from < self.reached {
            let range = TimeRange {
                start: from,
                end: self.reached,
            };
            steps.push((self.number, range));
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
        assert_eq!((path.steps(), path.duration()), (Vec::new(), 0));
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
