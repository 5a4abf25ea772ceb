//! The rows that are visible while parts of a waterfall are folded away.
//!
//! What is folded is kept as a difference from a default (at first groups folded, everything else unfolded) and by span,
//! not by node, so that it survives switching a grouping off and on, and folding or unfolding all costs nothing.

use super::tree::SpanIndex;
use super::waterfall::{NodeIndex, NodeKind, Waterfall};
use hashbrown::{HashMap, HashSet};

/// What is folded and unfolded by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// Groups are unfolded unless listed, instead of folded unless listed.
    groups_unfolded: bool,
    /// Groups that are not as `groups_unfolded` says.
    groups: HashSet<GroupKey>,
    /// Spans at this depth and below hide their children; `None` if none does.
    unfolded_to: Option<u32>,
    /// Spans that are unfolded or folded by hand, whatever their depth.
    spans: HashMap<SpanIndex, bool>,
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
        let depth = self.unfolded_to.map(|_| self.depth(waterfall, node));
        self.is_expanded_at(waterfall, node, depth.unwrap_or(0), &|_| false)
    }

    /// The same of a row whose depth is known. `folds` says which spans hide their children unless unfolded by hand.
    fn is_expanded_at(
        &self,
        waterfall: &Waterfall,
        node: NodeIndex,
        depth: u32,
        folds: &dyn Fn(SpanIndex) -> bool,
    ) -> bool {
        match (waterfall.kind(node), waterfall.first_span(node)) {
            (NodeKind::Span(span), _) => match self.spans.get(&span) {
                Some(by_hand) => *by_hand,
                None => self.unfolded_to.is_none_or(|limit| depth < limit) && !folds(span),
            },
            (kind, Some(first)) => self.is_group_unfolded(kind, first),
            (_, None) => true,
        }
    }

    fn is_group_unfolded(&self, kind: NodeKind, first: SpanIndex) -> bool {
        self.groups_unfolded != self.groups.contains(&group_key(kind, first))
    }

    /// The depth of a node's row: how many rows it hangs under while the links of folded chains have none.
    fn depth(&self, waterfall: &Waterfall, node: NodeIndex) -> u32 {
        let parent = |node: &NodeIndex| waterfall.node(*node).parent;
        let mut path: Vec<NodeIndex> = std::iter::successors(Some(node), parent).collect();
        path.reverse();
        let (mut at, mut depth) = (0, 0);
        while at + 1 < path.len() {
            at += 1 + self.folded_links(waterfall, &path[at..]);
            depth += 1;
        }
        depth
    }

    /// How many links of a folded chain a way down goes through after its first node; 0 if that is none.
    fn folded_links(&self, waterfall: &Waterfall, way: &[NodeIndex]) -> usize {
        let kind = waterfall.kind(way[0]);
        let members = match (kind, waterfall.group(way[0])) {
            (NodeKind::Chain(_), Some(chain)) => chain.members,
            _ => return 0,
        };
        match members.first() {
            Some(head) if !self.is_group_unfolded(kind, *head) => {
                let pairs = way[1..].iter().zip(members);
                pairs
                    .take_while(|(node, link)| **node == waterfall.of_span(**link))
                    .count()
            }
            _ => 0,
        }
    }

    /// Shows or hides the members of a group or the children of a span.
    pub fn set_expanded(&mut self, waterfall: &Waterfall, node: NodeIndex, expanded: bool) {
        match (waterfall.kind(node), waterfall.first_span(node)) {
            (NodeKind::Span(span), _) => drop(self.spans.insert(span, expanded)),
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
        self.unfolded_to = None;
        self.spans.clear();
    }

    /// Hides the children of every span.
    pub fn fold_all_spans(&mut self) {
        self.unfold_to_depth(0);
    }

    /// Shows the rows down to a depth, 0 for those at the top, and hides what is below them; groups stay as they are.
    pub fn unfold_to_depth(&mut self, depth: u32) {
        self.unfolded_to = Some(depth);
        self.spans.clear();
    }

    /// Unfolds whatever hides a node. A chain stays folded when the node lies below it, since it is visible there.
    pub fn reveal(&mut self, waterfall: &Waterfall, node: NodeIndex) {
        let span = match waterfall.kind(node) {
            NodeKind::Span(span) => Some(span),
            _ => None,
        };
        let mut above = waterfall.node(node).parent;
        while let Some(parent) = above {
            let is_chain = matches!(waterfall.kind(parent), NodeKind::Chain(_));
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
    /// Bit `d` is set when the line of an ancestor at depth `d` goes on below this row. Levels past 31 are left out: a million
    /// rows are memory that has to be touched before they can be shown.
    pub rails: u32,
    /// Whether it is the last child of the row it hangs under.
    pub last: bool,
    /// Whether there is something to unfold or fold.
    pub expandable: bool,
    /// Whether it is unfolded.
    pub expanded: bool,
}

/// What becomes of a node's row, apart from what is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is shown.
    Shown,
    /// It is left out, and what is below it moves up in its place.
    Lifted,
    /// It is left out with all that is below it.
    Dropped,
}

/// Which part of a waterfall is listed as rows.
pub struct Part<'a> {
    /// The rows at the top.
    pub tops: &'a [NodeIndex],
    /// What becomes of each node.
    pub fate: &'a dyn Fn(NodeIndex) -> Fate,
    /// Spans that hide their children unless they are unfolded by hand.
    pub folds: &'a dyn Fn(SpanIndex) -> bool,
}

/// The visible rows, from top to bottom.
pub fn visible_rows(waterfall: &Waterfall, expansion: &Expansion) -> Vec<Row> {
    let whole = Part {
        tops: waterfall.tops(),
        fate: &|_| Fate::Shown,
        folds: &|_| false,
    };
    visible_rows_of(waterfall, expansion, &whole)
}

/// The visible rows of a part, from top to bottom. O(n) in the rows and in what is left out between them.
pub fn visible_rows_of(waterfall: &Waterfall, expansion: &Expansion, part: &Part<'_>) -> Vec<Row> {
    let mut rows = Vec::with_capacity(waterfall.nodes().len());
    let mut waiting = Vec::new();
    let mut shown = Vec::new();
    let keep = |children: &[NodeIndex], shown: &mut Vec<NodeIndex>| {
        shown.clear();
        keep_shown(waterfall, part, children, shown);
    };
    keep(part.tops, &mut shown);
    push_children(&mut waiting, &shown, 0, 0);
    while let Some(Waiting {
        node,
        depth,
        rails,
        last,
    }) = waiting.pop()
    {
        let all = waterfall.children(node);
        let is_open = || expansion.is_expanded_at(waterfall, node, depth, part.folds);
        let open = !all.is_empty() && is_open();
        keep(all, &mut shown);
        let expandable = !shown.is_empty();
        let expanded = expandable && open;
        rows.push(Row {
            node,
            depth,
            rails,
            last,
            expandable,
            expanded,
        });
        match (expanded, waterfall.kind(node)) {
            (true, _) => {}
            (false, NodeKind::Chain(_)) => {
                keep(waterfall.children_when_folded(node), &mut shown);
            }
            (false, _) => shown.clear(),
        }
        let own_rail = if last || depth > 31 { 0 } else { 1 << depth };
        push_children(&mut waiting, &shown, depth + 1, rails | own_rail);
    }
    // Mostly far fewer than nodes are visible.
    rows.shrink_to_fit();
    rows
}

/// The rows that stand for these children, in order: those below what is left out take its place.
fn keep_shown(
    waterfall: &Waterfall,
    part: &Part<'_>,
    children: &[NodeIndex],
    shown: &mut Vec<NodeIndex>,
) {
    let mut lifted = Vec::new();
    let mut level = children.iter();
    loop {
        let Some(node) = level.next() else {
            match lifted.pop() {
                Some(above) => level = above,
                None => return,
            }
            continue;
        };
        match (part.fate)(*node) {
            Fate::Shown => shown.push(*node),
            Fate::Lifted => {
                lifted.push(std::mem::replace(
                    &mut level,
                    waterfall.children(*node).iter(),
                ));
            }
            Fate::Dropped => {}
        }
    }
}

/// A row still to be written.
struct Waiting {
    node: NodeIndex,
    depth: u32,
    rails: u32,
    last: bool,
}

fn push_children(waiting: &mut Vec<Waiting>, children: &[NodeIndex], depth: u32, rails: u32) {
    let count = children.len();
    for (place, node) in children.iter().enumerate().rev() {
        waiting.push(Waiting {
            node: *node,
            depth,
            rails,
            last: place + 1 == count,
        });
    }
}
