//! The tree a person looks at: spans, and rows that stand for patterns among them.
//!
//! A [`Waterfall`] is made once for a trace (see [`super::autogroup`]) and never changes; what of it is folded away is
//! kept apart, in [`super::rows::Expansion`]. Node numbers of spans are their [`SpanIndex`], so that a span's node is
//! found without a search; groups, gaps and errors come after them.
//!
//! A [`Node`] is put together when it is asked for. What is kept of one are a few numbers ([`Spot`]); what it has only if
//! anything is below it, or if it is no span, lies apart, since most nodes are spans with nothing below them.

mod making;

use super::tree::SpanIndex;
use crate::model::TimeRange;
use crate::model::trace::Trace;
use std::ops::Range;

/// A node as its place in a [`Waterfall`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeIndex(pub u32);

impl NodeIndex {
    /// The place as an index.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// One span.
    Span(SpanIndex),
    /// Like spans side by side; its children are the members.
    Siblings(GroupIndex),
    /// Like spans that do not simply follow each other, or a motif of several; its children are the members' rows and the
    /// gaps between them.
    Repeats(GroupIndex),
    /// Spans of one operation, each the only child of the one before; its child is the head.
    Chain(GroupIndex),
    /// Time between two neighbouring rows in which nothing was recorded.
    Gap {
        /// The span of the row before.
        prev: SpanIndex,
        /// The span of the row after.
        next: SpanIndex,
    },
    /// An error whose span is not in the trace, as its place in [`Trace::errors`].
    Error(u32),
}

/// A group as its place among the groups of a [`Waterfall`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupIndex(pub(super) u32);

impl GroupIndex {
    /// The number as an index.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// One node of the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// What it stands for.
    pub kind: NodeKind,
    /// From its first start to its last end, without its children unless they are members.
    pub range: TimeRange,
    /// The node above it; `None` at the top.
    pub parent: Option<NodeIndex>,
    /// How many spans it stands for: 1 for a span, the members of a group, 0 for gaps and errors.
    pub count: u32,
    /// Errors in the spans it stands for, and how many of those spans failed.
    pub errors: u32,
    /// Spans below it that it does not itself stand for.
    pub spans_below: u32,
    /// [`Node::errors`] of the spans counted in `spans_below`.
    pub errors_below: u32,
}

/// What is kept of every node besides its range.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// [`NONE`] at the top.
    parent: u32,
    pub(super) errors: u32,
    /// Its place in [`Waterfall::inners`]; [`NONE`] without children.
    inner: u32,
}

/// Stands for no node, and for nothing below one.
const NONE: u32 = u32::MAX;

/// What is kept of a node that has children.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inner {
    first_child: u32,
    child_count: u32,
    pub(super) spans_below: u32,
    pub(super) errors_below: u32,
}

/// What is kept of a node that is no span.
#[derive(Clone, Debug)]
pub(super) struct Other {
    kind: NodeKind,
    pub(super) count: u32,
}

/// What a group is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group<'a> {
    /// The spans, in order of start; of a chain from head to tail.
    pub members: &'a [SpanIndex],
    /// When at least one member ran: disjoint, in order.
    pub segments: &'a [TimeRange],
    /// Sum of the members' durations in nanoseconds.
    pub total: i64,
    /// How many rows make one round: two for a query and a request, again and again; 1 for like spans.
    pub motif: usize,
    /// How often the motif is repeated: the number of members for like spans, 1 for a chain.
    pub rounds: usize,
}

/// Where a group's members and segments lie.
#[derive(Clone, Debug)]
pub(super) struct GroupParts {
    pub(super) members: Range<u32>,
    pub(super) segments: Segments,
    pub(super) total: i64,
    pub(super) motif: u32,
    pub(super) rounds: u32,
}

/// Where the segments of a group lie.
#[derive(Clone, Debug)]
pub(super) enum Segments {
    /// Among the ranges of the spans' nodes: the members follow each other, and none ran while another did.
    OfSpans(Range<u32>),
    /// In [`Waterfall::segments`].
    Apart(Range<u32>),
}

/// The tree; see the module's text.
#[derive(Clone, Debug, Default)]
pub struct Waterfall {
    /// Of the spans, then of the others.
    ranges: Vec<TimeRange>,
    pub(super) spots: Vec<Spot>,
    pub(super) others: Vec<Other>,
    pub(super) inners: Vec<Inner>,
    pub(super) tops: Vec<NodeIndex>,
    pub(super) children: Vec<NodeIndex>,
    pub(super) groups: Vec<GroupParts>,
    /// The node of each group.
    pub(super) group_nodes: Vec<NodeIndex>,
    pub(super) members: Vec<SpanIndex>,
    segments: Vec<TimeRange>,
    /// The place of each node from top to bottom with everything unfolded.
    pub(super) places: Vec<u32>,
}

impl Waterfall {
    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.spots.len()
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// How many nodes are above one with everything unfolded; `None` for a number that is none.
    pub fn place(&self, node: NodeIndex) -> Option<u32> {
        self.places.get(node.at()).copied()
    }

    /// All nodes from top to bottom.
    pub(super) fn downwards(&self) -> Vec<NodeIndex> {
        let mut order = vec![NodeIndex(0); self.places.len()];
        for (node, place) in (0..).map(NodeIndex).zip(&self.places) {
            order[*place as usize] = node;
        }
        order
    }

    /// All nodes, spans first.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = Node> {
        (0..self.spots.len()).map(|node| self.node(NodeIndex(node as u32)))
    }

    /// One node; `None` for a number that is none.
    pub fn get(&self, node: NodeIndex) -> Option<Node> {
        (node.at() < self.spots.len()).then(|| self.node(node))
    }

    /// One node.
    pub fn node(&self, node: NodeIndex) -> Node {
        let spot = &self.spots[node.at()];
        let inner = self.inner(node);
        let (kind, count) = match self.other(node) {
            Some(other) => (other.kind, other.count),
            None => (NodeKind::Span(SpanIndex(node.0)), 1),
        };
        Node {
            kind,
            range: self.ranges[node.at()],
            parent: (spot.parent != NONE).then_some(NodeIndex(spot.parent)),
            count,
            errors: spot.errors,
            spans_below: inner.spans_below,
            errors_below: inner.errors_below,
        }
    }

    pub(super) fn kind(&self, node: NodeIndex) -> NodeKind {
        let other = self.other(node).map(|other| other.kind);
        other.unwrap_or(NodeKind::Span(SpanIndex(node.0)))
    }

    fn other(&self, node: NodeIndex) -> Option<&Other> {
        let spans = self.spots.len() - self.others.len();
        self.others.get(node.at().checked_sub(spans)?)
    }

    pub(super) fn other_mut(&mut self, node: NodeIndex) -> Option<&mut Other> {
        let spans = self.spots.len() - self.others.len();
        self.others.get_mut(node.at().checked_sub(spans)?)
    }

    /// All 0 for a node without children.
    pub(super) fn inner(&self, node: NodeIndex) -> Inner {
        let inner = self.inners.get(self.spots[node.at()].inner as usize);
        inner.copied().unwrap_or_default()
    }

    pub(super) fn inner_mut(&mut self, node: NodeIndex) -> Option<&mut Inner> {
        self.inners.get_mut(self.spots[node.at()].inner as usize)
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        use super::kept_bytes::of;
        let nodes = of(&self.ranges) + of(&self.spots) + of(&self.others) + of(&self.inners);
        let groups = of(&self.groups) + of(&self.group_nodes) + of(&self.members);
        let lists = of(&self.tops) + of(&self.children) + of(&self.places);
        nodes + groups + of(&self.segments) + lists
    }

    /// The node of a span.
    pub fn of_span(&self, span: SpanIndex) -> NodeIndex {
        NodeIndex(span.0)
    }

    /// The nodes at the top, in order of start.
    pub fn tops(&self) -> &[NodeIndex] {
        &self.tops
    }

    /// The nodes below a node when it is expanded: a sibling group's members, a chain's head.
    pub fn children(&self, node: NodeIndex) -> &[NodeIndex] {
        let inner = self.inner(node);
        let first = inner.first_child as usize;
        &self.children[first..first + inner.child_count as usize]
    }

    /// The nodes shown below a group while it is folded: none for siblings and repeats, what hangs under its tail for a chain.
    /// For every other node its children.
    pub fn children_when_folded(&self, node: NodeIndex) -> &[NodeIndex] {
        match self.kind(node) {
            NodeKind::Siblings(_) | NodeKind::Repeats(_) => &[],
            NodeKind::Chain(group) => match self.parts(group).members.last() {
                Some(tail) => self.children(self.of_span(*tail)),
                None => &[],
            },
            _ => self.children(node),
        }
    }

    /// What a group is made of; `None` for other nodes.
    pub fn group(&self, node: NodeIndex) -> Option<Group<'_>> {
        match self.kind(node) {
            NodeKind::Siblings(group) | NodeKind::Repeats(group) | NodeKind::Chain(group) => {
                Some(self.parts(group))
            }
            _ => None,
        }
    }

    /// The number of a group; `None` for other nodes.
    pub fn group_index(&self, node: NodeIndex) -> Option<GroupIndex> {
        match self.kind(node) {
            NodeKind::Siblings(group) | NodeKind::Repeats(group) | NodeKind::Chain(group) => {
                Some(group)
            }
            _ => None,
        }
    }

    /// The node of each group, in order.
    pub fn group_nodes(&self) -> &[NodeIndex] {
        &self.group_nodes
    }

    /// The first error that names no span of the trace.
    pub fn orphan_error(&self) -> Option<NodeIndex> {
        let spans = self.spots.len() - self.others.len();
        let is_error = |other: &Other| matches!(other.kind, NodeKind::Error(_));
        let found = self.others.iter().position(is_error);
        found.map(|at| NodeIndex((spans + at) as u32))
    }

    /// All groups in order of their numbers, each with what its node stands for.
    pub fn all_groups(&self) -> impl Iterator<Item = (NodeKind, Group<'_>)> {
        let groups = (0u32..).zip(&self.group_nodes);
        groups.map(|(group, node)| (self.kind(*node), self.parts(GroupIndex(group))))
    }

    pub(super) fn parts(&self, group: GroupIndex) -> Group<'_> {
        let parts = &self.groups[group.0 as usize];
        Group {
            members: slice(&self.members, &parts.members),
            segments: self.segments(&parts.segments),
            total: parts.total,
            motif: parts.motif as usize,
            rounds: parts.rounds as usize,
        }
    }

    pub(super) fn segments(&self, segments: &Segments) -> &[TimeRange] {
        match segments {
            Segments::OfSpans(range) => slice(&self.ranges, range),
            Segments::Apart(range) => slice(&self.segments, range),
        }
    }

    /// The span whose operation and description stand for the node: itself, or the first of a group. `None` for gaps
    /// and errors.
    pub fn first_span(&self, node: NodeIndex) -> Option<SpanIndex> {
        match self.kind(node) {
            NodeKind::Span(span) => Some(span),
            NodeKind::Siblings(group) | NodeKind::Repeats(group) | NodeKind::Chain(group) => {
                self.parts(group).members.first().copied()
            }
            NodeKind::Gap { .. } | NodeKind::Error(_) => None,
        }
    }

    /// The rows of the first round of a group: what it repeats. Empty for other nodes.
    pub fn motif(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> {
        let rows = self.group(node).map_or(0, |group| group.motif);
        let children = self.children(node).iter().copied();
        let is_gap = |node: &NodeIndex| matches!(self.kind(*node), NodeKind::Gap { .. });
        children.filter(move |child| !is_gap(child)).take(rows)
    }

    /// Whether the node is a group of like database queries, or of repeats with one in each round: the sign of a query
    /// made once for every row.
    pub fn is_repeated_query(&self, node: NodeIndex, trace: &Trace) -> bool {
        let is_query = |row: NodeIndex| {
            let first = self.first_span(row);
            first.is_some_and(|span| super::siblings::is_query(&trace.spans[span.at()]))
        };
        match self.kind(node) {
            NodeKind::Siblings(_) | NodeKind::Repeats(_) => self.motif(node).any(is_query),
            _ => false,
        }
    }
}

fn slice<'a, T>(all: &'a [T], range: &Range<u32>) -> &'a [T] {
    &all[range.start as usize..range.end as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trace of a million spans has that many of these while it is looked at.
    #[test]
    fn what_is_kept_of_a_node_is_small() {
        assert_eq!(size_of::<Spot>() + size_of::<TimeRange>(), 28);
        assert_eq!(size_of::<Inner>(), 16);
    }
}
