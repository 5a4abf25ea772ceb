//! Spans merged by the path that leads to them: under one parent, what has the same key is one node.
//!
//! Keys are numbers that whoever merges gives to spans; with the same numbers, more traces can be added. The number of
//! nodes is bounded: once there are [`PathTree::limit`], whatever is new under a node becomes part of one rest below it.

use super::tree::{SpanIndex, SpanTree};
use crate::model::trace::Trace;
use hashbrown::HashMap;

/// The key of a rest.
pub const REST: u32 = u32::MAX;

/// What the spans of a node amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathSums {
    /// How many there are.
    pub count: u64,
    /// Sum of their durations in nanoseconds; of a rest only of those at its top.
    pub total: i64,
    /// Sum of their self times in nanoseconds.
    pub self_time: i64,
}

impl PathSums {
    /// Adds others to these.
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.total = self.total.saturating_add(other.total);
        self.self_time = self.self_time.saturating_add(other.self_time);
    }
}

/// A node: spans of one key under one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathNode {
    /// Its key; [`REST`] for a rest.
    pub key: u32,
    /// The node above it, which comes before it; `None` at the top.
    pub parent: Option<u32>,
}

/// A trace that was merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The nodes it touches with what its spans amount to, in the order in which they are met from top to bottom.
    pub sums: Vec<(u32, PathSums)>,
    /// The node of each span.
    pub nodes: Vec<u32>,
}

/// The merged tree.
#[derive(Clone, Debug)]
pub struct PathTree {
    nodes: Vec<PathNode>,
    places: HashMap<(Option<u32>, u32), u32>,
    limit: usize,
}

impl PathTree {
    /// An empty tree that grows to so many nodes, and a rest for each of them at most.
    pub fn new(limit: usize) -> Self {
        Self {
            nodes: Vec::new(),
            places: HashMap::new(),
            limit,
        }
    }

    /// All nodes in the order in which they were first met, each after the one above it.
    pub fn nodes(&self) -> &[PathNode] {
        &self.nodes
    }

    /// Merges the spans of a trace.
    pub fn add(
        &mut self,
        trace: &Trace,
        tree: &SpanTree,
        self_times: &[i64],
        mut key: impl FnMut(SpanIndex) -> u32,
    ) -> Merged {
        const UNTOUCHED: u32 = u32::MAX;
        let mut place_of = vec![UNTOUCHED; self.nodes.len()];
        let mut touched: Vec<(u32, PathSums)> = Vec::new();
        let mut nodes_of = vec![0u32; trace.spans.len()];
        for span in tree.preorder() {
            let parent = tree.parent(span).map(|parent| nodes_of[parent.at()]);
            let (node, is_top) = match parent {
                Some(rest) if self.nodes[rest as usize].key == REST => (rest, false),
                parent => (self.node(parent, key(span)), true),
            };
            nodes_of[span.at()] = node;
            place_of.resize(self.nodes.len(), UNTOUCHED);
            let place = &mut place_of[node as usize];
            if *place == UNTOUCHED {
                *place = touched.len() as u32;
                touched.push((node, PathSums::default()));
            }
            let duration = trace.spans[span.at()].duration;
            touched[*place as usize].1.add(PathSums {
                count: 1,
                total: if is_top { duration } else { 0 },
                self_time: self_times.get(span.at()).copied().unwrap_or(0),
            });
        }
        Merged {
            sums: touched,
            nodes: nodes_of,
        }
    }

    fn node(&mut self, parent: Option<u32>, key: u32) -> u32 {
        if let Some(node) = self.places.get(&(parent, key)) {
            return *node;
        }
        let key = if self.nodes.len() < self.limit {
            key
        } else {
            REST
        };
        *self.places.entry((parent, key)).or_insert_with(|| {
            self.nodes.push(PathNode { key, parent });
            self.nodes.len() as u32 - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::self_times;
    use crate::analysis::test_trace::{any_spans, trace};
    use proptest::prelude::*;

    #[test]
    fn the_same_key_under_the_same_node_is_one_node() {
        // 1 |----------|     key: the last digit of the id
        // 12 |--|            12 and 22 are one node, below each of them a 3
        // 13  |-|
        // 22      |---|
        // 23       |-|
        let trace = trace(&[
            (1, 0, 0, 100),
            (12, 1, 10, 40),
            (13, 12, 20, 40),
            (22, 1, 50, 90),
            (23, 22, 60, 80),
        ]);
        let tree = SpanTree::new(&trace);
        let times = self_times(&trace, &tree);
        let mut merged = PathTree::new(10);
        let key = |span: SpanIndex| trace.spans[span.at()].id.0 as u32 % 10;
        let sums = |count, total, self_time| PathSums {
            count,
            total,
            self_time,
        };
        let once = [
            (0, sums(1, 100, 30)),
            (1, sums(2, 70, 30)),
            (2, sums(2, 40, 40)),
        ];
        assert_eq!(merged.add(&trace, &tree, &times, key).sums, once);
        assert_eq!(
            merged.add(&trace, &tree, &times, key).sums,
            once,
            "nothing new"
        );
        assert_eq!(merged.nodes().len(), 3);
        assert_eq!(
            merged.nodes()[2],
            PathNode {
                key: 3,
                parent: Some(1)
            }
        );
    }

    proptest! {
        #[test]
        fn every_span_is_counted_once_in_a_bounded_tree(spans in any_spans(), limit in 0usize..12) {
            let trace = trace(&spans);
            let tree = SpanTree::new(&trace);
            let times = self_times(&trace, &tree);
            let mut merged = PathTree::new(limit);
            let sums = merged.add(&trace, &tree, &times, |span| trace.spans[span.at()].id.0 as u32 % 7).sums;
            let counted: u64 = sums.iter().map(|(_, sums)| sums.count).sum();
            prop_assert_eq!(counted as usize, trace.spans.len());
            let own: i64 = sums.iter().map(|(_, sums)| sums.self_time).sum();
            prop_assert_eq!(own, times.iter().sum::<i64>());
            prop_assert!(merged.nodes().len() <= 2 * limit + 1);
            for (at, node) in merged.nodes().iter().enumerate() {
                prop_assert!(node.parent.is_none_or(|parent| (parent as usize) < at));
            }
        }
    }
}
