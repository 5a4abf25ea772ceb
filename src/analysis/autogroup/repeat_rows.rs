//! Puts repeats in place: rows that [`repeats`] found become one node, the gaps between them with them.

use super::Builder;
use crate::analysis::repeats::{self, Cell};
use crate::analysis::siblings;
use crate::analysis::tree::SpanIndex;
use crate::analysis::waterfall::{NodeIndex, NodeKind};

/// What comes of a row when repeats are grouped.
#[derive(Clone, Copy)]
enum Instead {
    Itself,
    Group(NodeIndex),
    Nothing,
}

impl Builder<'_> {
    /// Replaces the rows of each repeat by one node where the first of them was.
    pub(super) fn group_repeats(&mut self, row: &mut Vec<NodeIndex>) {
        if row.len() < siblings::SHORTEST {
            return;
        }
        // Gaps are looked through.
        let is_gap = |node: NodeIndex| matches!(self.out.kind(node), NodeKind::Gap { .. });
        let (gaps, places): (Vec<usize>, Vec<usize>) =
            (0..row.len()).partition(|place| is_gap(row[*place]));
        let cells = self.cells(&places, row);
        let found = repeats::find(&cells);
        if found.is_empty() {
            return;
        }
        let mut what = vec![Instead::Itself; row.len()];
        for repeat in found {
            let rows = repeat.rows.iter().map(|cell| places[*cell as usize]);
            let rows: Vec<usize> = rows.collect();
            let motif = repeat.motif as u32;
            let node = self.add_repeat(row, &rows, &gaps, motif, &mut what);
            what[rows[0]] = Instead::Group(node);
        }
        let nodes = row.iter().zip(what).filter_map(|(node, what)| match what {
            Instead::Itself => Some(*node),
            Instead::Group(group) => Some(group),
            Instead::Nothing => None,
        });
        *row = nodes.collect();
    }

    /// Makes a node of the rows at these places and the gaps before them, but for the gap before the first: that one lies
    /// before the group. Notes that they are no rows of their own any more.
    fn add_repeat(
        &mut self,
        row: &[NodeIndex],
        places: &[usize],
        gaps: &[usize],
        motif: u32,
        what: &mut [Instead],
    ) -> NodeIndex {
        let mut children = Vec::with_capacity(places.len());
        let mut members = Vec::with_capacity(places.len());
        for place in places {
            let gap = place
                .checked_sub(1)
                .filter(|gap| gaps.binary_search(gap).is_ok());
            for place in gap
                .filter(|_| !children.is_empty())
                .into_iter()
                .chain([*place])
            {
                what[place] = Instead::Nothing;
                children.push(row[place]);
            }
            self.push_members(row[*place], &mut members);
        }
        let rounds = places.len() as u32 / motif;
        self.add_group(NodeKind::Repeats, &members, &children, [motif, rounds])
    }

    /// What the search for repeats needs to know of the nodes at these places.
    fn cells(&mut self, places: &[usize], row: &[NodeIndex]) -> Vec<Cell> {
        let mut before = None;
        let mut cell = |place: &usize| {
            let node = row[*place];
            let like = before
                .replace(node)
                .is_some_and(|before| self.are_like(before, node));
            Cell {
                kind: self.kind(node),
                continues_siblings: like,
            }
        };
        places.iter().map(&mut cell).collect()
    }

    /// Equal for nodes that may repeat each other; `None` for one that never repeats anything.
    fn kind(&mut self, node: NodeIndex) -> Option<u32> {
        let form = match self.out.kind(node) {
            NodeKind::Span(_) => 0,
            NodeKind::Siblings(_) => 1,
            NodeKind::Chain(_) => 2,
            NodeKind::Repeats(_) | NodeKind::Gap { .. } | NodeKind::Error(_) => return None,
        };
        let span = &self.trace.spans[self.out.first_span(node)?.at()];
        siblings::may_join(span).then(|| self.kinds.of(span).0 * 3 + form)
    }

    /// The spans right under the common parent that a node stands for: of a chain only its head.
    fn push_members(&self, node: NodeIndex, members: &mut Vec<SpanIndex>) {
        match self.out.kind(node) {
            NodeKind::Siblings(_) => {
                let group = self.out.group(node);
                members.extend(group.iter().flat_map(|group| group.members));
            }
            _ => members.extend(self.out.first_span(node)),
        }
    }
}
