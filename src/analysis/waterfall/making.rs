//! How a waterfall is put together: nodes are added, hung under others, and what was reserved for more is given back.

use super::{Inner, NONE, NodeIndex, NodeKind, Other, Segments, Spot, Waterfall};
use crate::analysis::tree::SpanIndex;
use crate::model::TimeRange;
use std::borrow::Cow;

impl Waterfall {
    /// Adds the node of the next span.
    pub(in crate::analysis) fn add_span(&mut self, range: TimeRange, errors: u32) {
        self.ranges.push(range);
        self.spots.push(Spot {
            parent: NONE,
            errors,
            inner: NONE,
        });
    }

    /// Adds another node; all spans must have theirs.
    pub(in crate::analysis) fn add_other(&mut self, kind: NodeKind, range: TimeRange) -> NodeIndex {
        let node = NodeIndex(self.spots.len() as u32);
        self.add_span(range, 0);
        self.others.push(Other { kind, count: 0 });
        node
    }

    /// Hangs nodes under another, or at the top.
    pub(in crate::analysis) fn add_children(
        &mut self,
        children: &[NodeIndex],
        parent: Option<NodeIndex>,
    ) {
        for child in children {
            self.spots[child.at()].parent = parent.map_or(NONE, |parent| parent.0);
        }
        match parent {
            None => self.tops = children.to_vec(),
            Some(_) if children.is_empty() => {}
            Some(parent) => {
                self.spots[parent.at()].inner = self.inners.len() as u32;
                self.inners.push(Inner {
                    first_child: self.children.len() as u32,
                    child_count: children.len() as u32,
                    ..Inner::default()
                });
                self.children.extend_from_slice(children);
            }
        }
    }

    /// Adds when at least one member ran.
    pub(in crate::analysis) fn add_segments(&mut self, members: &[SpanIndex]) -> Segments {
        // A link of a chain may start before the one that called it: then its clock is wrong, or the record.
        let mut in_order = Cow::Borrowed(members);
        if !members.is_sorted() {
            in_order.to_mut().sort_unstable();
        }
        let all = &mut self.segments;
        let first = all.len();
        for member in in_order.iter() {
            let range = self.ranges[member.at()];
            match all[first..].last_mut() {
                Some(open) if range.start <= open.end => open.end = open.end.max(range.end),
                _ => all.push(range),
            }
        }
        let follow = members.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0);
        match members.first() {
            Some(from) if follow && all.len() - first == members.len() => {
                all.truncate(first);
                Segments::OfSpans(from.0..from.0 + members.len() as u32)
            }
            _ => Segments::Apart(first as u32..all.len() as u32),
        }
    }

    /// Makes room for the nodes of so many spans and a few groups, so that growing copies nothing.
    pub(in crate::analysis) fn reserve(&mut self, spans: usize) {
        let nodes = spans + spans / 8;
        self.ranges.reserve(nodes);
        self.spots.reserve(nodes);
        self.children.reserve(nodes);
        self.members.reserve(spans);
        self.inners.reserve(spans / 4);
        self.others.reserve(nodes - spans);
        self.groups.reserve(nodes - spans);
        self.group_nodes.reserve(nodes - spans);
    }

    /// Gives back what was reserved for more.
    pub(in crate::analysis) fn shrink(&mut self) {
        self.ranges.shrink_to_fit();
        self.spots.shrink_to_fit();
        self.others.shrink_to_fit();
        self.inners.shrink_to_fit();
        self.children.shrink_to_fit();
        self.groups.shrink_to_fit();
        self.group_nodes.shrink_to_fit();
        self.members.shrink_to_fit();
        self.segments.shrink_to_fit();
    }
}
