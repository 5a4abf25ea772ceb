//! The critical path on the rows of a waterfall: what of it a row shows, with what is folded within the row.

use super::critical_path::CriticalPath;
use super::waterfall::{GroupIndex, NodeIndex, NodeKind, Waterfall};
use crate::model::TimeRange;
use std::ops::Range;

/// The path of a trace, laid on its waterfall.
#[derive(Clone, Debug, Default)]
pub struct PathRows {
    /// Where in `stretches` those of each group lie; `None` if they are when its members ran, which the waterfall knows.
    groups: Vec<Option<Range<u32>>>,
    stretches: Vec<TimeRange>,
}

impl PathRows {
    /// Prepares what groups show, in O(n log n).
    pub fn new(waterfall: &Waterfall, path: &CriticalPath) -> Self {
        let mut out = Self::default();
        let mut found = Vec::new();
        for (kind, group) in waterfall.all_groups() {
            found.clear();
            for member in group.members {
                // Below a chain's tail hang rows that are visible while it is folded; the path through them is theirs.
                match kind {
                    NodeKind::Chain(_) => found.extend_from_slice(path.own(*member)),
                    _ => found.extend_from_slice(path.within_slice(*member)),
                }
            }
            out.add(&mut found, group.segments);
        }
        out.stretches.shrink_to_fit();
        out
    }

    /// Adds the stretches of the next group, those that touch as one, unless they are these.
    fn add(&mut self, found: &mut [TimeRange], segments: &[TimeRange]) {
        found.sort_unstable_by_key(|range| range.start);
        let first = self.stretches.len();
        for range in found {
            match self.stretches[first..].last_mut() {
                Some(open) if range.start <= open.end => open.end = open.end.max(range.end),
                _ => self.stretches.push(*range),
            }
        }
        let are_the_segments = self.stretches[first..] == *segments;
        if are_the_segments {
            self.stretches.truncate(first);
        }
        let range = first as u32..self.stretches.len() as u32;
        self.groups.push((!are_the_segments).then_some(range));
    }

    /// When the path runs through a row, disjoint and in order of time. An unfolded span shows its own part, a folded one
    /// also that of everything below it; a group shows that of its members, a gap and an error none.
    pub fn of<'a>(
        &'a self,
        waterfall: &'a Waterfall,
        path: &'a CriticalPath,
        node: NodeIndex,
        expanded: bool,
    ) -> &'a [TimeRange] {
        let has_children = !waterfall.children(node).is_empty();
        match waterfall.node(node).kind {
            NodeKind::Span(span) if expanded || !has_children => path.own(span),
            NodeKind::Span(span) => path.within_slice(span),
            NodeKind::Siblings(group) | NodeKind::Repeats(group) | NodeKind::Chain(group) => {
                self.of_group(waterfall, group)
            }
            NodeKind::Gap { .. } | NodeKind::Error(_) => &[],
        }
    }

    /// How long the path runs through a group's members and, but for chains, what hangs below them, in nanoseconds.
    pub(super) fn group_time(&self, waterfall: &Waterfall, group: GroupIndex) -> i64 {
        let stretches = self.of_group(waterfall, group);
        stretches.iter().map(TimeRange::duration).sum()
    }

    fn of_group<'a>(&'a self, waterfall: &'a Waterfall, group: GroupIndex) -> &'a [TimeRange] {
        match self.groups.get(group.at()) {
            Some(Some(range)) => &self.stretches[range.start as usize..range.end as usize],
            Some(None) => waterfall.parts(group).segments,
            None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;
    use crate::analysis::{GroupOptions, SpanTree};

    fn shown(spans: &[(u64, u64, i64, i64)], expanded: bool) -> Vec<Vec<(i64, i64)>> {
        let trace = trace(spans);
        let tree = SpanTree::new(&trace);
        let waterfall = Waterfall::new(&trace, &tree, GroupOptions::ALL);
        let path = CriticalPath::new(&trace, &tree);
        let rows = PathRows::new(&waterfall, &path);
        let mut waiting: Vec<NodeIndex> = waterfall.tops().to_vec();
        let mut out = Vec::new();
        while let Some(node) = waiting.pop() {
            let of = rows.of(&waterfall, &path, node, expanded).iter();
            out.push(of.map(|range| (range.start.0, range.end.0)).collect());
            waiting.extend(waterfall.children_when_folded(node).iter().rev());
        }
        out
    }

    #[test]
    fn a_folded_span_shows_the_path_below_it() {
        //  1 |==       ===|
        //  2   |=    =|
        //  3     |==|
        //  5     |-|
        //  4        |-|        over before 2 was: not waited for
        let spans = [
            (1, 0, 0, 100),
            (2, 1, 20, 70),
            (3, 2, 30, 50),
            (5, 2, 31, 40),
            (4, 1, 60, 65),
        ];
        let unfolded = shown(&spans, true);
        assert_eq!(unfolded[0], [(0, 20), (70, 100)]);
        assert_eq!(unfolded[1], [(20, 30), (50, 70)]);
        let folded = shown(&spans, false);
        assert_eq!(folded[0], [(0, 100)]);
        assert_eq!(folded[1], [(20, 70)]);
        assert_eq!(folded.last(), Some(&vec![]));
    }

    #[test]
    fn a_group_shows_the_path_through_its_members() {
        //  1 |=       ==   =|
        //  2  |=|=|=|     |=|    the first three touch
        //  5            |---|    still ran when the last started: not waited for
        let spans = [
            (1, 0, 0, 100),
            (2, 1, 10, 20),
            (3, 1, 20, 30),
            (4, 1, 30, 40),
            (5, 1, 60, 85),
            (6, 1, 80, 90),
        ];
        assert_eq!(shown(&spans, false)[1], [(10, 40), (80, 90)]);
    }

    #[test]
    fn a_folded_chain_shows_its_links_and_leaves_the_rest_to_the_rows_below() {
        //  1 |=       =|
        //  2  |=     =|     a chain with 1
        //  3    |=|
        //  4       |=|
        let spans = [
            (1, 0, 0, 100),
            (2, 1, 10, 90),
            (3, 2, 20, 40),
            (4, 2, 50, 70),
        ];
        let expected = [
            vec![(0, 20), (40, 50), (70, 100)],
            vec![(20, 40)],
            vec![(50, 70)],
        ];
        assert_eq!(shown(&spans, false), expected);
    }
}
