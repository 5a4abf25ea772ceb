//! Two traces side by side, or one against what is usual in many.
//!
//! Spans are aligned by the path that leads to them: service, operation and description without literals of the span and of
//! everything above it. So a loop is one step of either side, with a count: 113 on the left, 1 on the right. Each side may
//! be made of several traces; what it shows is then the median over them, in which a trace without the step counts as 0.
//!
//! Steps under one parent are in the order of the left side; those that only the right side has come behind the step they
//! follow there.

use super::classes::Classes;
use super::kinds::{Kinds, masked};
use super::path_tree::{PathSums, PathTree, REST};
use super::percentile::percentile;
use super::tree::{SpanIndex, SpanTree};
use crate::model::trace::{Span, Trace};
use hashbrown::HashMap;
use std::sync::Arc;

/// The most steps that are kept apart.
const MOST_STEPS: usize = 50_000;

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is compared with.
    Left,
    /// What is compared.
    Right,
}

/// What a step does, the same on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StepName {
    /// The service.
    pub service: Arc<str>,
    /// The operation.
    pub op: Arc<str>,
    /// The description with `*` in place of literals, or the name of spans that have none.
    pub text: Arc<str>,
}

/// A step of one side or both.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedStep {
    /// What it does; empty for a rest.
    pub name: StepName,
    /// Whether it is what had no room: steps of several names, with all below them.
    pub is_rest: bool,
    /// How deep it is; 0 at the top.
    pub depth: u32,
    /// The step it hangs under; `None` at the top.
    pub parent: Option<usize>,
    /// What its spans amount to on each side; `None` where there are none.
    pub left: Option<PathSums>,
    /// The same of the other side.
    pub right: Option<PathSums>,
}

impl ComparedStep {
    /// Self time on the right less that on the left, in nanoseconds.
    pub fn self_change(&self) -> i64 {
        let own = |sums: &Option<PathSums>| sums.map_or(0, |sums| sums.self_time);
        own(&self.right) - own(&self.left)
    }
}

/// Both sides, aligned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The steps, each before those under it.
    pub steps: Vec<ComparedStep>,
    /// How long each side takes from its first start to its last end, in nanoseconds.
    pub durations: [i64; 2],
    /// How many spans each side has.
    pub spans: [u64; 2],
    /// How many traces each side is made of.
    pub traces: [usize; 2],
}

/// Gathers the traces of both sides.
#[derive(Debug)]
pub struct Comparer {
    names: HashMap<StepName, u32>,
    paths: PathTree,
    sides: [Gathered; 2],
}

/// The traces of one side.
#[derive(Debug, Default)]
struct Gathered {
    durations: Vec<i64>,
    spans: Vec<i64>,
    /// Of each step, what it amounts to in each trace that has it.
    sums: Vec<Vec<PathSums>>,
    /// The steps in the order in which they are met from top to bottom.
    order: Vec<u32>,
}

impl Default for Comparer {
    fn default() -> Self {
        Self {
            names: HashMap::new(),
            paths: PathTree::new(MOST_STEPS),
            sides: Default::default(),
        }
    }
}

impl Comparer {
    /// Adds a trace to a side, with its tree and self times.
    pub fn add(&mut self, side: Side, trace: &Trace, tree: &SpanTree, self_times: &[i64]) {
        let keys = self.keys(trace);
        let key = |span: SpanIndex| keys[span.at()];
        let added = self.paths.add(trace, tree, self_times, key);
        let gathered = &mut self.sides[side as usize];
        gathered.durations.push(trace.range().duration());
        gathered.spans.push(trace.spans.len() as i64);
        gathered.sums.resize(self.paths.nodes().len(), Vec::new());
        for (step, sums) in added.sums {
            let of_step = &mut gathered.sums[step as usize];
            if of_step.is_empty() {
                gathered.order.push(step);
            }
            of_step.push(sums);
        }
    }

    /// The number of each span's step. Names are made once for each kind of span in a service, not for each span.
    fn keys(&mut self, trace: &Trace) -> Vec<u32> {
        let services = Classes::by_service(trace);
        let names = Classes::by(trace, |span| &span.name);
        let mut kinds = Kinds::default();
        let mut known: HashMap<(Option<usize>, u32, Option<usize>), u32> = HashMap::new();
        let spans = (0u32..).map(SpanIndex).zip(&trace.spans);
        let key = |(at, span)| {
            let name = names.of(at).filter(|_| is_undescribed(span));
            let local = (services.of(at), kinds.of(span).0, name);
            *known.entry(local).or_insert_with(|| {
                let next = self.names.len() as u32;
                *self.names.entry(step_name(span)).or_insert(next)
            })
        };
        spans.map(key).collect()
    }

    /// Both sides, aligned.
    pub fn finish(self) -> Comparison {
        let mut names = vec![StepName::default(); self.names.len()];
        for (name, key) in self.names {
            names[key as usize] = name;
        }
        let mut sides = self.sides;
        let nodes = self.paths.nodes();
        let mut found: Vec<[Option<PathSums>; 2]> = vec![[None; 2]; nodes.len()];
        for (side, gathered) in sides.iter_mut().enumerate() {
            let traces = gathered.durations.len();
            for (step, sums) in gathered.sums.iter().enumerate() {
                found[step][side] = usual(sums, traces);
            }
        }
        let mut children = align(nodes.len(), |step| nodes[step as usize].parent, &sides);
        let mut waiting = children.pop().unwrap_or_default();
        waiting.reverse();
        let mut place_of = vec![0usize; nodes.len()];
        let mut steps: Vec<ComparedStep> = Vec::with_capacity(nodes.len());
        while let Some(step) = waiting.pop() {
            let [left, right] = found[step as usize];
            if left.is_none() && right.is_none() {
                continue; // In few of many traces, with everything below it.
            }
            let node = nodes[step as usize];
            let parent = node.parent.map(|parent| place_of[parent as usize]);
            place_of[step as usize] = steps.len();
            steps.push(ComparedStep {
                name: names.get(node.key as usize).cloned().unwrap_or_default(),
                is_rest: node.key == REST,
                depth: parent.map_or(0, |parent| steps[parent].depth + 1),
                parent,
                left,
                right,
            });
            waiting.extend(children[step as usize].iter().rev());
        }
        let median = |values: &mut Vec<i64>| percentile(values, 0.5);
        Comparison {
            steps,
            traces: [0, 1].map(|side| sides[side].durations.len()),
            durations: [0, 1].map(|side| median(&mut sides[side].durations)),
            spans: [0, 1].map(|side| median(&mut sides[side].spans) as u64),
        }
    }
}

fn is_undescribed(span: &Span) -> bool {
    span.description.is_empty()
}

fn step_name(span: &Span) -> StepName {
    let text = match is_undescribed(span) {
        true => span.name.clone(),
        false => masked(&span.description).into(),
    };
    StepName {
        service: span.service.clone(),
        op: span.op.clone(),
        text,
    }
}

/// The median over all traces of a side, of which some may not have the step; `None` where most have not.
fn usual(sums: &[PathSums], traces: usize) -> Option<PathSums> {
    let median = |of: fn(&PathSums) -> i64| {
        let mut values: Vec<i64> = sums.iter().map(of).collect();
        values.resize(traces.max(values.len()), 0);
        percentile(&mut values, 0.5)
    };
    let count = median(|sums| sums.count as i64);
    (count > 0).then(|| PathSums {
        count: count as u64,
        total: median(|sums| sums.total),
        self_time: median(|sums| sums.self_time),
    })
}

/// The steps under each step, aligned; those at the top last.
fn align(
    steps: usize,
    parent: impl Fn(u32) -> Option<u32>,
    sides: &[Gathered; 2],
) -> Vec<Vec<u32>> {
    let place = |step: u32| parent(step).map_or(steps, |parent| parent as usize);
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); steps + 1];
    let mut on_left = vec![false; steps];
    for step in &sides[0].order {
        children[place(*step)].push(*step);
        on_left[*step as usize] = true;
    }
    // What only the right has, by the step of the left it follows under its parent, if any.
    let mut behind: HashMap<(usize, Option<u32>), Vec<u32>> = HashMap::new();
    let mut last_common: Vec<Option<u32>> = vec![None; steps + 1];
    for step in &sides[1].order {
        let place = place(*step);
        match on_left[*step as usize] {
            true => last_common[place] = Some(*step),
            false => behind
                .entry((place, last_common[place]))
                .or_default()
                .push(*step),
        }
    }
    for (place, list) in children.iter_mut().enumerate() {
        let mut aligned = behind.remove(&(place, None)).unwrap_or_default();
        for step in list.drain(..) {
            aligned.push(step);
            aligned.append(&mut behind.remove(&(place, Some(step))).unwrap_or_default());
        }
        *list = aligned;
    }
    children
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::analysis::self_times;
    use crate::analysis::test_trace::trace;

    /// A trace of spans given as `(id, parent, start, end, text)`.
    pub(crate) fn named(spans: &[(u64, u64, i64, i64, &str)]) -> Trace {
        let times: Vec<_> = spans.iter().map(|s| (s.0, s.1, s.2, s.3)).collect();
        let mut trace = trace(&times);
        for span in &mut trace.spans {
            let of = spans.iter().find(|(id, ..)| *id == span.id.0);
            span.description = of.map_or("", |of| of.4).into();
        }
        trace
    }

    pub(crate) fn compared(left: &[Trace], right: &[Trace]) -> Comparison {
        let mut comparer = Comparer::default();
        for (side, traces) in [(Side::Left, left), (Side::Right, right)] {
            for trace in traces {
                let tree = SpanTree::new(trace);
                comparer.add(side, trace, &tree, &self_times(trace, &tree));
            }
        }
        comparer.finish()
    }

    /// Steps as `indent text left | right`, each side as count, total and self time.
    fn drawn(comparison: &Comparison) -> Vec<String> {
        let side = |sums: &Option<PathSums>| {
            sums.map_or("none".to_owned(), |sums| {
                format!("{}x {} {}", sums.count, sums.total, sums.self_time)
            })
        };
        let draw = |step: &ComparedStep| {
            let indent = "  ".repeat(step.depth as usize);
            let (left, right) = (side(&step.left), side(&step.right));
            format!("{indent}{} {left} | {right}", step.name.text)
        };
        comparison.steps.iter().map(draw).collect()
    }

    /// A page that asks for each of three items, and one that asks once.
    fn pages() -> [Trace; 2] {
        let before = named(&[
            (1, 0, 0, 100, "page"),
            (2, 1, 10, 20, "auth"),
            (3, 1, 20, 40, "item 1"),
            (4, 1, 40, 60, "item 2"),
            (5, 1, 60, 80, "item 3"),
            (6, 1, 80, 90, "render"),
        ]);
        let after = named(&[
            (1, 0, 0, 60, "page"),
            (2, 1, 10, 15, "auth"),
            (3, 1, 15, 20, "cache"),
            (4, 3, 16, 18, "get"),
            (5, 1, 20, 40, "item 7"),
        ]);
        [before, after]
    }

    #[test]
    fn steps_are_aligned_by_what_they_do() {
        let [before, after] = pages();
        let found = compared(&[before], &[after]);
        assert_eq!(
            drawn(&found),
            [
                "page 1x 100 20 | 1x 60 30",
                "  auth 1x 10 10 | 1x 5 5",
                "  cache none | 1x 5 3",
                "    get none | 1x 2 2",
                "  item * 3x 60 60 | 1x 20 20",
                "  render 1x 10 10 | none",
            ]
        );
        assert_eq!(
            (found.durations, found.spans, found.traces),
            ([100, 60], [6, 5], [1, 1])
        );
        assert_eq!(found.steps[0].self_change(), 10);
        assert_eq!(found.steps[5].self_change(), -10);
    }

    #[test]
    fn nothing_in_common_stands_side_by_side() {
        let one = |text| named(&[(1, 0, 0, 10, text)]);
        let found = compared(&[one("left")], &[one("right")]);
        assert_eq!(
            drawn(&found),
            ["right none | 1x 10 10", "left 1x 10 10 | none"]
        );
        assert_eq!(compared(&[], &[]).steps, []);
        assert_eq!(drawn(&compared(&[], &[one("a")])), ["a none | 1x 10 10"]);
    }

    #[test]
    fn services_and_operations_are_told_apart() {
        let mut other = named(&[(1, 0, 0, 10, "get")]);
        let same = other.clone();
        other.spans[0].service = "other".into();
        assert_eq!(
            compared(std::slice::from_ref(&same), &[other]).steps.len(),
            2
        );
        let mut unnamed = named(&[(1, 0, 0, 10, "")]);
        unnamed.spans[0].name = "a".into();
        let mut another = unnamed.clone();
        another.spans[0].name = "b".into();
        assert_eq!(compared(&[unnamed], &[another]).steps.len(), 2);
        assert_eq!(
            compared(std::slice::from_ref(&same), std::slice::from_ref(&same))
                .steps
                .len(),
            1
        );
    }

    #[test]
    fn many_traces_are_their_median_and_what_few_have_is_left_out() {
        let usual = |length, extra: &str| {
            named(&[
                (1, 0, 0, length, "page"),
                (2, 1, 0, 4, "query"),
                (3, 1, 4, 6, extra),
            ])
        };
        let many = [usual(10, "query"), usual(20, "query"), usual(90, "retry")];
        let [one, ..] = many.clone();
        let found = compared(&many, &[one]);
        // Counts of queries are 2, 2 and 1; one of three has a retry.
        assert_eq!(
            drawn(&found),
            ["page 1x 20 14 | 1x 10 4", "  query 2x 6 6 | 2x 6 6"]
        );
        assert_eq!((found.durations, found.traces), ([20, 10], [3, 1]));
    }
}
