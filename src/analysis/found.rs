//! Spans that a search found, as rows of a waterfall: in which order one steps through them, and what folded rows hide.
//!
//! The order is that of the rows from top to bottom with everything unfolded, so that "next" is always further down.

use super::tree::SpanIndex;
use super::waterfall::{NodeIndex, NodeKind, Waterfall};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The nodes of the spans, from top to bottom.
    order: Vec<NodeIndex>,
    /// The place of each node from top to bottom, by its number.
    places: Vec<u32>,
    /// How many of the spans are at each node or below it, by its number.
    within: Vec<u32>,
}

impl Found {
    /// Makes the spans ready to be stepped through. Takes time and room in proportion to the waterfall.
    pub fn new(waterfall: &Waterfall, spans: &[SpanIndex]) -> Self {
        let mut within = vec![0; waterfall.nodes().len()];
        for span in spans {
            if let Some(own) = within.get_mut(waterfall.of_span(*span).at()) {
                *own = 1;
            }
        }
        let downwards = waterfall.downwards();
        let order = downwards.iter().copied();
        let order = order.filter(|node| within[node.at()] > 0).collect();
        for node in downwards.iter().rev() {
            if let Some(parent) = waterfall.node(*node).parent {
                within[parent.at()] += within[node.at()];
            }
        }
        Self {
            order,
            places: waterfall.places.clone(),
            within,
        }
    }

    /// The nodes of the spans that were found, from top to bottom.
    pub fn nodes(&self) -> &[NodeIndex] {
        &self.order
    }

    /// How many spans were found.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// How many of the spans are at a node or anywhere below it.
    pub fn within(&self, node: NodeIndex) -> u32 {
        self.within.get(node.at()).copied().unwrap_or(0)
    }

    /// How many of the spans a row stands for: its own, and while it is folded those that cannot be seen therefore.
    /// Costs no more for a row with many below it.
    pub fn in_row(&self, waterfall: &Waterfall, node: NodeIndex, expanded: bool) -> u32 {
        match (expanded, waterfall.node(node).kind) {
            (true, _) => self.own(node),
            (false, NodeKind::Chain(_)) => {
                let members = waterfall.group(node).map_or(&[][..], |chain| chain.members);
                // What hangs under a folded chain has rows of its own.
                let below = members.last().map_or(0, |tail| {
                    let tail = waterfall.of_span(*tail);
                    self.within(tail) - self.own(tail)
                });
                self.within(node).saturating_sub(below)
            }
            (false, _) => self.within(node),
        }
    }

    /// 1 for a span that was found, 0 for all other nodes.
    fn own(&self, node: NodeIndex) -> u32 {
        u32::from(self.position(node).is_some())
    }

    /// Which of the found spans a node is, counted from 0; `None` if it is none.
    pub fn position(&self, node: NodeIndex) -> Option<usize> {
        let place = self.places.get(node.at())?;
        self.order
            .binary_search_by_key(place, |found| self.places[found.at()])
            .ok()
    }

    /// The first found span below a node, without one the first of all; after the last the first again.
    pub fn next(&self, from: Option<NodeIndex>) -> Option<NodeIndex> {
        let after = self.before(from, 1);
        self.order.get(after).or(self.order.first()).copied()
    }

    /// The last found span above a node, without one the last of all; before the first the last again.
    pub fn previous(&self, from: Option<NodeIndex>) -> Option<NodeIndex> {
        let at = self.before(from, 0).checked_sub(1);
        at.map_or(self.order.last(), |at| self.order.get(at))
            .copied()
    }

    /// How many of the found spans are above a node; with `own` 1 it counts itself.
    fn before(&self, node: Option<NodeIndex>, own: u32) -> usize {
        let place = node.and_then(|node| self.places.get(node.at()));
        place.map_or(0, |place| {
            let end = place.saturating_add(own);
            self.order
                .partition_point(|found| self.places[found.at()] < end)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::{any_spans, trace};
    use crate::analysis::{Expansion, GroupOptions, SpanTree, visible_rows};
    use crate::model::trace::Trace;
    use proptest::prelude::*;

    fn waterfall(trace: &Trace) -> Waterfall {
        Waterfall::new(trace, &SpanTree::new(trace), GroupOptions::default())
    }

    /// A root with six like children, of which the third and the fifth are found, and a child of another kind after them.
    fn folded() -> (Trace, Waterfall, Found) {
        let mut spans = vec![(1, 0, 0, 1000)];
        spans.extend((0..6).map(|at| (10 + at, 1, at as i64 * 10, at as i64 * 10 + 5)));
        spans.push((20, 1, 500, 600));
        let mut trace = trace(&spans);
        let other = trace.spans.iter_mut().find(|span| span.id.0 == 20);
        other.expect("it is there").op = "http".into();
        let waterfall = waterfall(&trace);
        let wanted = |id: u64| [12, 14, 20].contains(&id);
        let numbered = (0..).map(SpanIndex).zip(&trace.spans);
        let spans: Vec<SpanIndex> = numbered
            .filter(|(_, span)| wanted(span.id.0))
            .map(|(at, _)| at)
            .collect();
        let found = Found::new(&waterfall, &spans);
        (trace, waterfall, found)
    }

    fn ids(trace: &Trace, nodes: impl Iterator<Item = NodeIndex>) -> Vec<u64> {
        nodes.map(|node| trace.spans[node.at()].id.0).collect()
    }

    #[test]
    fn steps_lead_down_and_up_and_around() {
        let (trace, waterfall, found) = folded();
        let steps = |step: &dyn Fn(Option<NodeIndex>) -> Option<NodeIndex>| {
            let all = std::iter::successors(step(None), |from| step(Some(*from)));
            ids(&trace, all.take(4))
        };
        assert_eq!(steps(&|from| found.next(from)), [12, 14, 20, 12]);
        assert_eq!(steps(&|from| found.previous(from)), [20, 14, 12, 20]);
        let group = waterfall.children(waterfall.tops()[0])[0];
        assert!(
            waterfall.group(group).is_some(),
            "the like children are a group"
        );
        let next = found.next(Some(group)).into_iter();
        assert_eq!(ids(&trace, next), [12], "from a group into it");
        let nothing = Found::new(&waterfall, &[]);
        assert_eq!((nothing.next(None), nothing.previous(None)), (None, None));
    }

    #[test]
    fn a_folded_row_stands_for_what_it_hides() {
        let (_, waterfall, found) = folded();
        let root = waterfall.tops()[0];
        let group = waterfall.children(root)[0];
        let counts = [
            found.within(root),
            found.in_row(&waterfall, root, true),
            found.in_row(&waterfall, root, false),
            found.in_row(&waterfall, group, false),
            found.in_row(&waterfall, group, true),
        ];
        assert_eq!(counts, [3, 0, 3, 2, 0]);
    }

    proptest! {
        #[test]
        fn every_found_span_is_in_exactly_one_row(
            spans in any_spans(),
            picks in prop::collection::vec(any::<bool>(), 40),
            unfolded in any::<bool>(),
        ) {
            let trace = trace(&spans);
            let waterfall = waterfall(&trace);
            let picked: Vec<SpanIndex> = (0..trace.spans.len() as u32)
                .filter(|at| picks[*at as usize])
                .map(SpanIndex)
                .collect();
            let found = Found::new(&waterfall, &picked);
            prop_assert_eq!(found.len(), picked.len());
            let expansion = match unfolded {
                true => Expansion::with_groups_unfolded(),
                false => Expansion::default(),
            };
            let rows = visible_rows(&waterfall, &expansion);
            let sum: u32 = rows
                .iter()
                .map(|row| found.in_row(&waterfall, row.node, row.expanded))
                .sum();
            prop_assert_eq!(sum as usize, picked.len());
            let walked = std::iter::successors(found.next(None), |from| found.next(Some(*from)));
            let walked: Vec<_> = walked.take(picked.len()).map(|node| found.position(node)).collect();
            let expected: Vec<_> = (0..picked.len()).map(Some).collect();
            prop_assert_eq!(walked, expected);
        }
    }
}
