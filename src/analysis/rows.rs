//! The rows that are visible while parts of a waterfall are folded away.
//!
//! What is folded is kept as a difference from a default (at first groups folded, everything else unfolded) and by span,
//! not by node, so that it survives switching a grouping off and on, and folding or unfolding all costs nothing.

use super::row_list::Rows;
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
        self.is_expanded_at(waterfall, node, depth.unwrap_or(0), None)
    }

    /// The same of a row whose depth is known. `folds` says which spans hide their children unless unfolded by hand.
    pub(super) fn is_expanded_at(
        &self,
        waterfall: &Waterfall,
        node: NodeIndex,
        depth: u32,
        folds: Option<&dyn Fn(SpanIndex) -> bool>,
    ) -> bool {
        match (waterfall.kind(node), waterfall.first_span(node)) {
            (NodeKind::Span(span), _) => match self.spans.get(&span) {
                Some(by_hand) => *by_hand,
                None => {
                    let hides = || folds.is_some_and(|folds| folds(span));
                    self.unfolded_to.is_none_or(|limit| depth < limit) && !hides()
                }
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
    /// Bit `d` is set when the line of an ancestor at depth `d` goes on below this row. Levels past 31 are left out.
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
    /// What becomes of each node; `None` if all are shown.
    pub fate: Option<&'a dyn Fn(NodeIndex) -> Fate>,
    /// Spans that hide their children unless they are unfolded by hand; `None` if there are no such.
    pub folds: Option<&'a dyn Fn(SpanIndex) -> bool>,
}

/// The visible rows, from top to bottom.
pub fn visible_rows(waterfall: &Waterfall, expansion: &Expansion) -> Vec<Row> {
    let whole = Part {
        tops: waterfall.tops(),
        fate: None,
        folds: None,
    };
    visible_rows_of(waterfall, expansion, &whole)
        .iter()
        .collect()
}

/// The visible rows of a part, from top to bottom. O(n) in the rows and in what is left out between them.
pub fn visible_rows_of(waterfall: &Waterfall, expansion: &Expansion, part: &Part<'_>) -> Rows {
    let mut rows = Rows::with_capacity(waterfall.len());
    let mut waiting = Waiting::default();
    waiting.add(waterfall, part, part.tops, 0, 0);
    while let Some((node, level)) = waiting.next() {
        let Level { depth, rails, .. } = level;
        let last = waiting.is_done(&level);
        let all = waterfall.children(node);
        let expandable = has_shown(waterfall, part, all);
        let expanded = expandable && expansion.is_expanded_at(waterfall, node, depth, part.folds);
        rows.push(&Row {
            node,
            depth,
            rails,
            last,
            expandable,
            expanded,
        });
        let below = match (expanded, all.is_empty()) {
            (true, _) => all,
            (false, true) => continue,
            (false, false) => match waterfall.kind(node) {
                NodeKind::Chain(_) => waterfall.children_when_folded(node),
                _ => continue,
            },
        };
        let own_rail = if last || depth > 31 { 0 } else { 1 << depth };
        waiting.add(waterfall, part, below, depth + 1, rails | own_rail);
    }
    // Mostly far fewer than nodes are visible.
    rows.shrink();
    rows
}

/// Whether anything stands for these children.
fn has_shown(waterfall: &Waterfall, part: &Part<'_>, children: &[NodeIndex]) -> bool {
    let mut any = false;
    each_shown(waterfall, part, children, |_| {
        any = true;
        false
    });
    any
}

/// Hands over the rows that stand for these children, in order, until `each` wants no more: those below what is left out
/// take its place.
fn each_shown(
    waterfall: &Waterfall,
    part: &Part<'_>,
    children: &[NodeIndex],
    mut each: impl FnMut(NodeIndex) -> bool,
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
        match part.fate.map_or(Fate::Shown, |fate| fate(*node)) {
            Fate::Shown => {
                if !each(*node) {
                    return;
                }
            }
            Fate::Lifted => {
                let below = waterfall.children(*node).iter();
                lifted.push(std::mem::replace(&mut level, below));
            }
            Fate::Dropped => {}
        }
    }
}

/// Rows still to be written: below each other the lists of children that were begun, the next row at the end.
#[derive(Default)]
struct Waiting {
    nodes: Vec<NodeIndex>,
    levels: Vec<Level>,
}

/// A list of children that was begun.
#[derive(Clone, Copy)]
struct Level {
    /// Where its nodes begin.
    first: usize,
    depth: u32,
    rails: u32,
}

impl Waiting {
    fn add(
        &mut self,
        waterfall: &Waterfall,
        part: &Part<'_>,
        children: &[NodeIndex],
        depth: u32,
        rails: u32,
    ) {
        let first = self.nodes.len();
        each_shown(waterfall, part, children, |node| {
            self.nodes.push(node);
            true
        });
        self.nodes[first..].reverse();
        self.levels.push(Level {
            first,
            depth,
            rails,
        });
    }

    /// The next row, and the list that it is of.
    fn next(&mut self) -> Option<(NodeIndex, Level)> {
        while self.levels.last().is_some_and(|it| self.is_done(it)) {
            self.levels.pop();
        }
        Some((self.nodes.pop()?, *self.levels.last()?))
    }

    /// Whether no row of the innermost list is left.
    fn is_done(&self, level: &Level) -> bool {
        self.nodes.len() == level.first
    }
}
