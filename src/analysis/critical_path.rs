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
        let first = first_span(trace, tree);
        first.map_or_else(Self::default, |first| Walk::new(trace, tree).from(first))
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
        // The walk comes back to that span last.
        let starts = self.starts.iter().rev().nth(1);
        let first = starts.and_then(|start| self.stretches.get(*start as usize));
        first.map_or(0, TimeRange::duration)
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

/// The path while it is walked. Children and steps of the spans that are open lie one after the other, so that a million
/// spans take no more memory than what is kept of them.
struct Walk<'a> {
    trace: &'a Trace,
    tree: &'a SpanTree,
    path: CriticalPath,
    open: Vec<Visit>,
    /// Children still to be looked at, of each open span the last-finishing at the end.
    children: Vec<SpanIndex>,
    /// When each open span itself was on the path, backwards.
    steps: Vec<TimeRange>,
}

/// A span on the path, walked backwards.
#[derive(Clone, Copy)]
struct Visit {
    span: SpanIndex,
    /// When it, or anything below it, is on the path.
    range: TimeRange,
    /// Where the walk is; later times are done.
    reached: Nanos,
    /// Where its children begin in [`Walk::children`], and its steps in [`Walk::steps`].
    first_child: usize,
    first_step: usize,
}

impl<'a> Walk<'a> {
    fn new(trace: &'a Trace, tree: &'a SpanTree) -> Self {
        let spans = trace.spans.len();
        Self {
            trace,
            tree,
            path: CriticalPath {
                numbers: vec![OFF_PATH; spans],
                starts: Vec::with_capacity(spans + 1),
                // Growing would copy all of it, and most spans need no more.
                stretches: Vec::with_capacity(spans / 4 * 5),
            },
            open: Vec::new(),
            children: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn from(mut self, first: SpanIndex) -> CriticalPath {
        self.visit(first, self.trace.spans[first.at()].range());
        while let Some(visit) = self.open.last().copied() {
            match self.last_finished_child(visit) {
                Some((child, range)) => {
                    self.step(visit, range.end);
                    if let Some(visit) = self.open.last_mut() {
                        visit.reached = range.start;
                    }
                    self.visit(child, range);
                }
                None => {
                    self.step(visit, visit.range.start);
                    self.leave(visit);
                }
            }
        }
        self.path.starts.push(self.path.stretches.len() as u32);
        self.path.starts.shrink_to_fit();
        self.path.stretches.shrink_to_fit();
        self.path
    }

    fn visit(&mut self, span: SpanIndex, range: TimeRange) {
        let (first_child, first_step) = (self.children.len(), self.steps.len());
        let clip = |child: &SpanIndex| clipped(self.trace, *child, range);
        let lasting = |child: &SpanIndex| clip(child).duration() > 0;
        let children = self.tree.children(span).filter(lasting);
        self.children.extend(children);
        // Taken from the end: of children that end together the longest, and of equals the first.
        let children = &mut self.children[first_child..];
        children.reverse();
        children.sort_by_key(|child| {
            let range = clip(child);
            (range.end, std::cmp::Reverse(range.start))
        });
        self.open.push(Visit {
            span,
            range,
            reached: range.end,
            first_child,
            first_step,
        });
    }

    fn last_finished_child(&mut self, visit: Visit) -> Option<(SpanIndex, TimeRange)> {
        while self.children.len() > visit.first_child {
            let child = self.children.pop()?;
            let range = clipped(self.trace, child, visit.range);
            if range.end <= visit.reached {
                return Some((child, range));
            }
        }
        None
    }

    /// Notes that the span itself was on the path from `from` to where the walk is.
    fn step(&mut self, visit: Visit, from: Nanos) {
        if from < visit.reached {
            self.steps.push(TimeRange {
                start: from,
                end: visit.reached,
            });
        }
    }

    /// Keeps what was found of the innermost open span.
    fn leave(&mut self, visit: Visit) {
        let path = &mut self.path;
        path.numbers[visit.span.at()] = path.starts.len() as u32;
        path.starts.push(path.stretches.len() as u32);
        path.stretches.push(visit.range);
        match &self.steps[visit.first_step..] {
            // A step as long as the span was there is the only one, and is not noted twice.
            [whole] if *whole == visit.range => {}
            // An empty stretch says that there is none.
            [] => path.stretches.push(TimeRange::default()),
            steps => path.stretches.extend(steps.iter().rev()),
        }
        self.steps.truncate(visit.first_step);
        self.open.pop();
    }
}

/// As much of a span as lies within a range; of no or negative duration if nothing does.
fn clipped(trace: &Trace, span: SpanIndex, range: TimeRange) -> TimeRange {
    let own = &trace.spans[span.at()];
    TimeRange {
        start: own.start.max(range.start),
        end: own.end().min(range.end),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::{any_spans, trace};
    use proptest::prelude::*;

    // What is on the path is drawn case by case in `tests/analysis/path.rs`.

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
