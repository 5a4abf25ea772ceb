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
