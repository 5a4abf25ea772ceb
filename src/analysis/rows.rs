//! The rows that are visible while parts of a waterfall are folded away.
//!
//! What is folded is kept as a difference from a default (at first groups folded, everything else unfolded) and by span,
//! not by node, so that it survives switching a grouping off and on, and folding or unfolding all costs nothing.

use super::tree::SpanIndex;
use super::waterfall::{NodeIndex, NodeKind, Waterfall};
use hashbrown::HashSet;

/// What is folded and unfolded by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// Groups are unfolded unless listed, instead of folded unless listed.
    groups_unfolded: bool,
    /// Groups that are not as `groups_unfolded` says.
    groups: HashSet<GroupKey>,
    /// Spans hide their children unless listed, instead of showing them unless listed.
    spans_folded: bool,
    /// Spans that are not as `spans_folded` says.
    spans: HashSet<SpanIndex>,
}

/// A group by its first member, and whether it is one of repeats: those may have other groups, with the same first member,
/// within them.
type GroupKey = (SpanIndex, bool);

fn group_key(kind: NodeKind, first: SpanIndex) -> GroupKey {
    (first, matches!(kind, NodeKind::Repeats(_)))
}

impl Expansion {
    /// All groups unfolded.
    pub fn with_groups_unfolded() -> Self {
        Self {
            groups_unfolded: true,
            ..Self::default()
        }
    }

    /// Whether the members of a group, or the children of any other node, are shown.
    pub fn is_expanded(&self, waterfall: &Waterfall, node: NodeIndex) -> bool {
        match (waterfall.node(node).kind, waterfall.first_span(node)) {
            (NodeKind::Span(span), _) => self.spans_folded == self.spans.contains(&span),
            (kind, Some(first)) => {
                self.groups_unfolded != self.groups.contains(&group_key(kind, first))
            }
            (_, None) => true,
        }
    }

    /// Shows or hides the members of a group or the children of a span.
    pub fn set_expanded(&mut self, waterfall: &Waterfall, node: NodeIndex, expanded: bool) {
        match (waterfall.node(node).kind, waterfall.first_span(node)) {
            (NodeKind::Span(span), _) => list(&mut self.spans, span, expanded == self.spans_folded),
            (kind, Some(first)) => {
                let listed = expanded != self.groups_unfolded;
                list(&mut self.groups, group_key(kind, first), listed);
            }
            (_, None) => {}
        }
    }

    /// Turns a node's state around.
    pub fn toggle(&mut self, waterfall: &Waterfall, node: NodeIndex) {
        let expanded = self.is_expanded(waterfall, node);
        self.set_expanded(waterfall, node, !expanded);
    }

    /// Unfolds or folds all groups; spans folded by hand stay so.
    pub fn set_all_groups(&mut self, unfolded: bool) {
        self.groups_unfolded = unfolded;
        self.groups.clear();
    }

    /// Shows the children of every span.
    pub fn unfold_all_spans(&mut self) {
        self.spans_folded = false;
        self.spans.clear();
    }

    /// Hides the children of every span.
    pub fn fold_all_spans(&mut self) {
        self.spans_folded = true;
        self.spans.clear();
    }

    /// Shows the rows down to a depth, 0 for those at the top, and hides what is below them; groups stay as they are.
    pub fn unfold_to_depth(&mut self, waterfall: &Waterfall, depth: u32) {
        self.fold_all_spans();
        let mut level = waterfall.tops().to_vec();
        for _ in 0..depth {
            let below = level.iter().flat_map(|node| {
                self.set_span_expanded(waterfall, *node);
                match self.is_expanded(waterfall, *node) {
                    true => waterfall.children(*node),
                    false => waterfall.children_when_folded(*node),
                }
            });
            level = below.copied().collect();
        }
    }

    fn set_span_expanded(&mut self, waterfall: &Waterfall, node: NodeIndex) {
        if let NodeKind::Span(_) = waterfall.node(node).kind {
            self.set_expanded(waterfall, node, true);
        }
    }

    /// Unfolds whatever hides a node. A chain stays folded when the node lies below it, since it is visible there.
    pub fn reveal(&mut self, waterfall: &Waterfall, node: NodeIndex) {
        let span = match waterfall.node(node).kind {
            NodeKind::Span(span) => Some(span),
            _ => None,
        };
        let mut above = waterfall.node(node).parent;
        while let Some(parent) = above {
            let is_chain = matches!(waterfall.node(parent).kind, NodeKind::Chain(_));
            let is_member =
                |members: &[SpanIndex]| span.is_some_and(|span| members.contains(&span));
            let group = waterfall.group(parent).filter(|_| is_chain);
            if group.is_none_or(|group| is_member(group.members)) {
                self.set_expanded(waterfall, parent, true);
            }
            above = waterfall.node(parent).parent;
        }
    }
}

fn list<K: Eq + std::hash::Hash>(set: &mut HashSet<K>, key: K, listed: bool) {
    match listed {
        true => set.insert(key),
        false => set.remove(&key),
    };
}

/// One visible row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The node.
    pub node: NodeIndex,
    /// How far it is indented; 0 at the top.
    pub depth: u32,
    /// Bit `d` is set when the line of an ancestor at depth `d` goes on below this row. Levels past 63 are left out.
    pub rails: u64,
    /// Whether it is the last child of the row it hangs under.
    pub last: bool,
    /// Whether there is something to unfold or fold.
    pub expandable: bool,
    /// Whether it is unfolded.
    pub expanded: bool,
}

/// The visible rows, from top to bottom.
pub fn visible_rows(waterfall: &Waterfall, expansion: &Expansion) -> Vec<Row> {
    visible_rows_where(waterfall, expansion, |_| true)
}

/// The visible rows of those nodes that are kept. What is not kept takes what is below it along.
pub fn visible_rows_where(
    waterfall: &Waterfall,
    expansion: &Expansion,
    keep: impl Fn(NodeIndex) -> bool,
) -> Vec<Row> {
    let mut rows = Vec::with_capacity(waterfall.nodes().len());
    let mut waiting = Vec::new();
    push_children(&mut waiting, waterfall.tops(), 0, 0, &keep);
    while let Some(Waiting {
        node,
        depth,
        rails,
        last,
    }) = waiting.pop()
    {
        let all = waterfall.children(node);
        let expanded = !all.is_empty() && expansion.is_expanded(waterfall, node);
        rows.push(Row {
            node,
            depth,
            rails,
            last,
            expandable: !all.is_empty(),
            expanded,
        });
        let shown = match (expanded, waterfall.node(node).kind) {
            (true, _) => all,
            (false, NodeKind::Chain(_)) => waterfall.children_when_folded(node),
            (false, _) => &[],
        };
        let own_rail = if last || depth > 63 { 0 } else { 1 << depth };
        push_children(&mut waiting, shown, depth + 1, rails | own_rail, &keep);
    }
    rows
}

/// A row still to be written.
struct Waiting {
    node: NodeIndex,
    depth: u32,
    rails: u64,
    last: bool,
}

fn push_children(
    waiting: &mut Vec<Waiting>,
    children: &[NodeIndex],
    depth: u32,
    rails: u64,
    keep: impl Fn(NodeIndex) -> bool,
) {
    let kept = children.iter().rev().filter(|node| keep(**node));
    for (place, node) in kept.enumerate() {
        waiting.push(Waiting {
            node: *node,
            depth,
            rails,
            last: place == 0,
        });
    }
}
