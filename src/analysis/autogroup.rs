//! From the tree of spans to the tree a person looks at.
//!
//! Four passes look for patterns, each on what the one before left: missing instrumentation ([`super::gaps`]), chains
//! ([`super::chains`]), like siblings ([`super::siblings`]), other repeats ([`super::repeats`]). Each can be switched off
//! and leaves no trace then. This module puts their findings in place and counts what lies below each node.

mod repeat_rows;

use super::chains::Chains;
use super::gaps::{self, Gaps};
use super::kinds::Kinds;
use super::siblings;
use super::tree::{SpanIndex, SpanTree};
use super::waterfall::{GroupIndex, GroupParts, NodeIndex, NodeKind, Waterfall};
use crate::model::batch::SpanStatus;
use crate::model::trace::Trace;
use crate::model::{Nanos, TimeRange};

/// Which patterns become rows of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GroupOptions {
    /// Missing instrumentation.
    pub gaps: bool,
    /// Chains of parents and only children.
    pub chains: bool,
    /// Like siblings.
    pub siblings: bool,
    /// Repeats that are no runs of like siblings: motifs, and like spans in any order or with others between them.
    #[serde(default = "on")]
    pub repeats: bool,
}

fn on() -> bool {
    true
}

impl GroupOptions {
    /// Everything grouped.
    pub const ALL: Self = Self {
        gaps: true,
        chains: true,
        siblings: true,
        repeats: true,
    };
    /// Spans and errors as they are.
    pub const NONE: Self = Self {
        gaps: false,
        chains: false,
        siblings: false,
        repeats: false,
    };
}

impl Default for GroupOptions {
    fn default() -> Self {
        Self::ALL
    }
}

impl Waterfall {
    /// Builds the waterfall of a trace. `tree` must be the tree of this very trace.
    pub fn new(trace: &Trace, tree: &SpanTree, options: GroupOptions) -> Self {
        let top = merge_errors(trace, tree);
        let gaps = match options.gaps {
            true => gaps::find(trace, tree, breaks_at_top(&top)),
            false => Gaps::default(),
        };
        let chains = match options.chains {
            true => Chains::find(trace, tree, |span| gaps.before(span).is_some()),
            false => Chains::default(),
        };
        let mut builder = Builder {
            trace,
            tree,
            gaps,
            chains,
            options,
            kinds: Kinds::default(),
            out: Waterfall::default(),
            row: Vec::new(),
        };
        builder.add_spans();
        builder.add_all_children(&top);
        let mut out = builder.out;
        out.count_below();
        out.shrink();
        out
    }
}

/// What lies at the top of a trace: spans, and errors without a span, in order of time.
#[derive(Clone, Copy)]
enum Top {
    Span(SpanIndex),
    Error(u32),
}

fn merge_errors(trace: &Trace, tree: &SpanTree) -> Vec<Top> {
    let spans = tree.tops().iter().map(|span| Top::Span(*span));
    let errors = tree.orphan_errors().iter().map(|error| Top::Error(*error));
    let mut top: Vec<Top> = spans.chain(errors).collect();
    top.sort_by_key(|top| match top {
        Top::Span(span) => trace.spans[span.at()].start,
        Top::Error(error) => trace.errors[*error as usize].time,
    });
    top
}

/// Tells the spans at the top that stand right below an error.
fn breaks_at_top(top: &[Top]) -> impl Fn(SpanIndex) -> bool + use<> {
    let after_error = top.windows(2).filter_map(|pair| match pair {
        [Top::Error(_), Top::Span(span)] => Some(*span),
        _ => None,
    });
    let after_error: hashbrown::HashSet<SpanIndex> = after_error.collect();
    move |span| after_error.contains(&span)
}

/// A waterfall under construction.
struct Builder<'a> {
    trace: &'a Trace,
    tree: &'a SpanTree,
    gaps: Gaps,
    chains: Chains,
    options: GroupOptions,
    kinds: Kinds<'a>,
    out: Waterfall,
    /// The children of one node, before like ones are grouped.
    row: Vec<NodeIndex>,
}

impl<'a> Builder<'a> {
    /// One node a span, so that spans and their nodes have the same number.
    fn add_spans(&mut self) {
        self.out.reserve(self.trace.spans.len());
        for (index, span) in (0u32..).zip(&self.trace.spans) {
            let failed = u32::from(span.status == SpanStatus::Error);
            let errors = self.tree.errors(SpanIndex(index)).len() as u32;
            self.out.add_span(span.range(), failed + errors);
        }
    }

    fn add_all_children(&mut self, top: &[Top]) {
        for item in top {
            match *item {
                Top::Span(span) => self.add_to_row(span),
                Top::Error(error) => {
                    let time = self.trace.errors[error as usize].time;
                    let node = self.out.add_other(NodeKind::Error(error), point(time));
                    self.out.spots[node.at()].errors = 1;
                    self.row.push(node);
                }
            }
        }
        self.take_row(None);
        let tree = self.tree;
        for parent in (0..self.trace.spans.len() as u32).map(SpanIndex) {
            let children = tree.children(parent);
            if children.len() == 0 {
                continue;
            }
            for child in children {
                self.add_to_row(child);
            }
            self.take_row(Some(NodeIndex(parent.0)));
        }
    }

    /// Adds a span to the row, preceded by its gap, and as a chain if it heads one.
    fn add_to_row(&mut self, span: SpanIndex) {
        if let Some(prev) = self.gaps.before(span) {
            let range = TimeRange {
                start: self.trace.spans[prev.at()].end(),
                end: self.trace.spans[span.at()].start,
            };
            let gap = NodeKind::Gap { prev, next: span };
            let gap = self.out.add_other(gap, range);
            self.row.push(gap);
        }
        let node = NodeIndex(span.0);
        let may_head = self.tree.children(span).len() == 1;
        let members = self.chains.headed_by(span).filter(|_| may_head);
        let members = members.map(<[_]>::to_vec);
        let shown = match members {
            Some(members) => self.add_group(NodeKind::Chain, &members, &[node], [1, 1]),
            None => node,
        };
        self.row.push(shown);
    }

    /// Empties the row into the list of children, with its runs grouped.
    fn take_row(&mut self, parent: Option<NodeIndex>) {
        let mut row = std::mem::take(&mut self.row);
        if self.options.siblings {
            self.group_runs(&mut row);
        }
        if self.options.repeats {
            self.group_repeats(&mut row);
        }
        self.out.add_children(&row, parent);
        row.clear();
        self.row = row;
    }

    /// Replaces each run of like spans by one node.
    fn group_runs(&mut self, row: &mut Vec<NodeIndex>) {
        if row.len() < siblings::SHORTEST {
            return;
        }
        let runs = row.chunk_by(|a, b| self.are_like(*a, *b));
        let lengths: Vec<usize> = runs.map(<[_]>::len).collect();
        let mut grouped = Vec::with_capacity(lengths.len());
        let mut rest = &row[..];
        for length in lengths {
            let (run, after) = rest.split_at(length);
            rest = after;
            if length < siblings::SHORTEST {
                grouped.extend_from_slice(run);
                continue;
            }
            let members: Vec<SpanIndex> = run.iter().filter_map(|node| self.leaf(*node)).collect();
            let rounds = members.len() as u32;
            grouped.push(self.add_group(NodeKind::Siblings, &members, run, [1, rounds]));
        }
        *row = grouped;
    }

    fn are_like(&self, a: NodeIndex, b: NodeIndex) -> bool {
        let spans = self.leaf(a).zip(self.leaf(b));
        spans.is_some_and(|(a, b)| {
            let (a, b) = (&self.trace.spans[a.at()], &self.trace.spans[b.at()]);
            siblings::may_join(a) && siblings::may_join(b) && siblings::are_like(a, b)
        })
    }

    /// The span of a node that is one, and has no children.
    fn leaf(&self, node: NodeIndex) -> Option<SpanIndex> {
        match self.out.kind(node) {
            NodeKind::Span(span) if self.tree.children(span).len() == 0 => Some(span),
            _ => None,
        }
    }

    fn add_group(
        &mut self,
        kind: fn(GroupIndex) -> NodeKind,
        members: &[SpanIndex],
        children: &[NodeIndex],
        [motif, rounds]: [u32; 2],
    ) -> NodeIndex {
        let group = GroupIndex(self.out.groups.len() as u32);
        let (total, errors) = members.iter().fold((0i64, 0), |(total, errors), span| {
            let duration = self.trace.spans[span.at()].duration;
            let own = self.out.spots[span.at()].errors;
            (total.saturating_add(duration), errors + own)
        });
        let segments = self.out.add_segments(members);
        let ran = self.out.segments(&segments).iter().copied();
        let range = ran.reduce(TimeRange::union).unwrap_or_default();
        let first = self.out.members.len() as u32;
        self.out.members.extend_from_slice(members);
        self.out.groups.push(GroupParts {
            members: first..self.out.members.len() as u32,
            segments,
            total,
            motif,
            rounds,
        });
        let node = self.out.add_other(kind(group), range);
        self.out.group_nodes.push(node);
        self.out.add_children(children, Some(node));
        self.out.spots[node.at()].errors = errors;
        if let Some(made) = self.out.other_mut(node) {
            made.count = members.len() as u32;
        }
        node
    }
}

fn point(at: Nanos) -> TimeRange {
    TimeRange { start: at, end: at }
}

impl Waterfall {
    /// Numbers the nodes from top to bottom, and sums up spans and errors below each when all below it have been numbered.
    fn count_below(&mut self) {
        self.places = vec![0; self.spots.len()];
        let mut waiting: Vec<NodeIndex> = self.tops.iter().rev().copied().collect();
        // The nodes that were begun, each with how many waited when all below it were done.
        let mut open: Vec<(NodeIndex, usize)> = Vec::new();
        let mut place = 0;
        loop {
            while let Some((node, _)) = open.pop_if(|(_, rest)| *rest == waiting.len()) {
                self.count_in_parent(node);
            }
            let Some(node) = waiting.pop() else { break };
            self.places[node.at()] = place;
            place += 1;
            open.push((node, waiting.len()));
            waiting.extend(self.children(node).iter().rev());
        }
        for group in 0..self.group_nodes.len() {
            let group = self.group_nodes[group];
            let node = self.node(group);
            if let Some(inner) = self.inner_mut(group) {
                inner.spans_below -= node.count;
                inner.errors_below -= node.errors;
            }
        }
    }

    fn count_in_parent(&mut self, node: NodeIndex) {
        let node = self.node(node);
        let Some(parent) = node.parent else { return };
        let (mut spans, mut errors) = (node.spans_below, node.errors_below);
        // What a group's members are is counted by the group itself, not below it.
        if matches!(node.kind, NodeKind::Span(_)) {
            (spans, errors) = (spans + node.count, errors + node.errors);
        }
        if let Some(above) = self.inner_mut(parent) {
            above.spans_below += spans;
            above.errors_below += errors;
        }
    }
}
