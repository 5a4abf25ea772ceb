//! Visible rows in eight bytes each, in the order in which they are shown.
//!
//! A million rows are memory that has to be touched before they can be shown, so what follows from the rows around one is
//! not kept: its rails are worked out from those of a row shortly before, and its place is found by the order of nodes.

use super::rows::Row;
use super::waterfall::{NodeIndex, Waterfall};

/// So many rows lie between two whose rails are kept.
const STRIDE: usize = 64;

/// The rows of a waterfall, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    all: Vec<Short>,
    /// The rails of every [`STRIDE`]th row.
    rails: Vec<u32>,
}

/// A row without its rails: the node, and its depth below three flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Short {
    node: NodeIndex,
    depth_and_flags: u32,
}

impl Short {
    const LAST: u32 = 1 << 31;
    const EXPANDABLE: u32 = 1 << 30;
    const EXPANDED: u32 = 1 << 29;
    /// Deeper rows, of which no memory holds enough, are shown at this depth.
    const DEEPEST: u32 = Self::EXPANDED - 1;

    fn new(row: &Row) -> Self {
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        Self {
            node: row.node,
            depth_and_flags: row.depth.min(Self::DEEPEST)
                | flag(row.last, Self::LAST)
                | flag(row.expandable, Self::EXPANDABLE)
                | flag(row.expanded, Self::EXPANDED),
        }
    }

    fn depth(self) -> u32 {
        self.depth_and_flags & Self::DEEPEST
    }

    fn has(self, flag: u32) -> bool {
        self.depth_and_flags & flag != 0
    }

    fn with_rails(self, rails: u32) -> Row {
        Row {
            node: self.node,
            depth: self.depth(),
            rails,
            last: self.has(Self::LAST),
            expandable: self.has(Self::EXPANDABLE),
            expanded: self.has(Self::EXPANDED),
        }
    }

    /// The rails of the row after this one, which has these.
    fn rails_after(self, rails: u32, next: Self) -> u32 {
        let own = match self.has(Self::LAST) {
            true => 0,
            false => 1u32.checked_shl(self.depth()).unwrap_or(0),
        };
        // Lines of rows that are no ancestors of the next one have ended.
        let above = 1u32
            .checked_shl(next.depth())
            .map_or(u32::MAX, |bit| bit - 1);
        (rails | own) & above
    }
}

impl Rows {
    /// Makes room for so many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self {
            all: Vec::with_capacity(rows),
            rails: Vec::with_capacity(rows.div_ceil(STRIDE)),
        }
    }

    /// Adds the next row below.
    pub(super) fn push(&mut self, row: &Row) {
        if self.all.len().is_multiple_of(STRIDE) {
            self.rails.push(row.rails);
        }
        self.all.push(Short::new(row));
    }

    /// Gives back what was reserved for more.
    pub(super) fn shrink(&mut self) {
        self.all.shrink_to_fit();
        self.rails.shrink_to_fit();
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// One row; `None` below the last. Costs as much wherever it is.
    pub fn get(&self, at: usize) -> Option<Row> {
        self.all.get(at)?;
        let kept = at / STRIDE;
        let from = kept * STRIDE;
        let way = self.all.get(from..=at)?;
        let pairs = way.iter().zip(way.iter().skip(1));
        let rails = pairs.fold(*self.rails.get(kept)?, |rails, (row, next)| {
            row.rails_after(rails, *next)
        });
        way.last().map(|row| row.with_rails(rails))
    }

    /// All rows, from top to bottom.
    pub fn iter(&self) -> impl Iterator<Item = Row> {
        let mut before: Option<(Short, u32)> = None;
        self.all.iter().map(move |row| {
            let rails = before.map_or(0, |(above, rails)| above.rails_after(rails, *row));
            before = Some((*row, rails));
            row.with_rails(rails)
        })
    }

    /// Which row is a node's; `None` while it is folded away or left out. The waterfall must be the one whose rows these are.
    pub fn place(&self, waterfall: &Waterfall, node: NodeIndex) -> Option<usize> {
        let wanted = waterfall.place(node)?;
        let is_above = |row: &Short| waterfall.place(row.node).is_some_and(|it| it < wanted);
        let at = self.all.partition_point(is_above);
        self.all.get(at).filter(|row| row.node == node).map(|_| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::rows::{Expansion, Fate, Part, visible_rows_of};
    use crate::analysis::test_trace::trace;
    use crate::analysis::{GroupOptions, NodeKind, SpanIndex, SpanTree};
    use proptest::prelude::*;

    /// A waterfall of spans that hang up to a few spans further up, some far down, in groups, chains and repeats.
    fn any_waterfall() -> impl Strategy<Value = Waterfall> {
        let back = prop_oneof![3 => Just(1usize), 2 => Just(2), 2 => 1usize..40];
        let span = (back, 0u8..3, any::<bool>());
        prop::collection::vec(span, 0..300).prop_map(|spans| {
            let parent = |(at, (back, ..)): (usize, &(usize, u8, bool))| at.saturating_sub(*back);
            let numbered = spans.iter().enumerate();
            let given: Vec<(u64, u64, i64, i64)> = numbered
                .map(|one| (one.0 as i64, parent(one) as u64))
                .map(|(at, parent)| (at as u64 + 1, parent, at * 10, at * 10 + 500))
                .collect();
            let mut trace = trace(&given);
            for (span, (_, op, says)) in trace.spans.iter_mut().zip(&spans) {
                span.op = format!("op{op}").into();
                span.description = if *says { "said" } else { "" }.into();
            }
            Waterfall::new(&trace, &SpanTree::new(&trace), GroupOptions::ALL)
        })
    }

    /// What is folded by hand, over what is folded otherwise.
    fn any_expansion() -> impl Strategy<Value = (bool, Option<u32>, Vec<u32>)> {
        let depth = prop::option::weighted(0.3, 0u32..40);
        (
            any::<bool>(),
            depth,
            prop::collection::vec(any::<u32>(), 0..12),
        )
    }

    fn expansion(
        waterfall: &Waterfall,
        (groups, depth, by_hand): (bool, Option<u32>, Vec<u32>),
    ) -> Expansion {
        let mut out = match groups {
            true => Expansion::with_groups_unfolded(),
            false => Expansion::default(),
        };
        if let Some(depth) = depth {
            out.unfold_to_depth(depth);
        }
        for node in by_hand {
            if let Some(node) = node.checked_rem(waterfall.len() as u32) {
                out.toggle(waterfall, NodeIndex(node));
            }
        }
        out
    }

    /// The rows as one would list them by hand.
    struct Plain<'a> {
        waterfall: &'a Waterfall,
        expansion: &'a Expansion,
        fate: &'a dyn Fn(NodeIndex) -> Fate,
        folds: &'a dyn Fn(SpanIndex) -> bool,
        rows: Vec<Row>,
    }

    impl Plain<'_> {
        fn shown(&self, nodes: &[NodeIndex]) -> Vec<NodeIndex> {
            let stands_for = |node: &NodeIndex| match (self.fate)(*node) {
                Fate::Shown => vec![*node],
                Fate::Lifted => self.shown(self.waterfall.children(*node)),
                Fate::Dropped => Vec::new(),
            };
            nodes.iter().flat_map(stands_for).collect()
        }

        fn list(&mut self, nodes: &[NodeIndex], depth: u32, rails: u32) {
            let shown = self.shown(nodes);
            for (place, node) in shown.iter().enumerate() {
                let last = place + 1 == shown.len();
                let children = self.waterfall.children(*node);
                let (expansion, folds) = (self.expansion, Some(self.folds));
                let is_open = expansion.is_expanded_at(self.waterfall, *node, depth, folds);
                let expandable = !self.shown(children).is_empty();
                let expanded = expandable && is_open;
                self.rows.push(Row {
                    node: *node,
                    depth,
                    rails,
                    last,
                    expandable,
                    expanded,
                });
                let is_chain = matches!(self.waterfall.kind(*node), NodeKind::Chain(_));
                let below = match (expanded, is_chain) {
                    (true, _) => children,
                    (false, true) => self.waterfall.children_when_folded(*node),
                    (false, false) => &[],
                };
                let own = if last || depth > 31 { 0 } else { 1 << depth };
                self.list(below, depth + 1, rails | own);
            }
        }
    }

    proptest! {
        #[test]
        fn rows_are_those_of_a_plain_list(
            waterfall in any_waterfall(),
            folded in any_expansion(),
            fates in prop::collection::vec(0u8..12, 1..50),
            leaves_out in any::<bool>(),
            focus in prop::option::of(any::<u32>()),
        ) {
            let expansion = expansion(&waterfall, folded);
            let fate = |node: NodeIndex| match fates[node.at() % fates.len()] {
                0 if leaves_out => Fate::Dropped,
                1 | 2 if leaves_out => Fate::Lifted,
                _ => Fate::Shown,
            };
            let folds = |span: SpanIndex| leaves_out && fates[span.at() % fates.len()] == 3;
            let focus = focus.and_then(|node| node.checked_rem(waterfall.len() as u32));
            let focus = focus.map(NodeIndex);
            let tops = focus.as_ref().map_or(waterfall.tops(), std::slice::from_ref);
            let part = Part {
                tops,
                fate: leaves_out.then_some(&fate),
                folds: leaves_out.then_some(&folds),
            };
            let mut plain = Plain {
                waterfall: &waterfall,
                expansion: &expansion,
                fate: &fate,
                folds: &folds,
                rows: Vec::new(),
            };
            plain.list(tops, 0, 0);
            let rows = visible_rows_of(&waterfall, &expansion, &part);
            prop_assert_eq!(rows.len(), plain.rows.len());
            let one_by_one: Vec<Option<Row>> = (0..=rows.len()).map(|at| rows.get(at)).collect();
            let expected: Vec<Option<Row>> = plain.rows.iter().copied().map(Some).chain([None]).collect();
            prop_assert_eq!(one_by_one, expected);
            prop_assert_eq!(rows.iter().collect::<Vec<Row>>(), plain.rows.clone());
            for node in (0..waterfall.len() as u32 + 1).map(NodeIndex) {
                let place = plain.rows.iter().position(|row| row.node == node);
                prop_assert_eq!(rows.place(&waterfall, node), place);
            }
        }
    }

    #[test]
    fn a_row_is_small() {
        assert_eq!(size_of::<Short>(), 8);
    }
}
