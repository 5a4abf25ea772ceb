//! The flame graph: spans merged by name along the tree, of one trace or of many.
//!
//! As in B. Gregg, *The Flame Graph* (Communications of the ACM 59, 2016): a frame stands for all spans that the same names
//! lead to, its width for their time, and frames under one parent are in alphabetical order, not in that of time.

use super::classes::{Names, operation};
use super::path_tree::{PathSums, PathTree, REST};
use super::tree::{SpanIndex, SpanTree};
use crate::model::trace::{Span, Trace};
use std::sync::Arc;

/// The most frames; what is beyond is counted in a frame for the rest.
pub const MOST_FRAMES: usize = 20_000;

/// What spans are merged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlameBy {
    /// Their name.
    #[default]
    Name,
    /// Their operation, or their name where they have none.
    Operation,
    /// Their service: how deep calls go from one to the next.
    Service,
}

/// A frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What its spans have in common; empty for a rest.
    pub name: Arc<str>,
    /// Whether it is what had no room: spans of several names, with all that hangs below them.
    pub is_rest: bool,
    /// Its number in the merged tree, as [`FlameGraph::add`] gives it for spans.
    pub node: u32,
    /// The operation of the first of its spans; empty for a rest.
    pub op: Arc<str>,
    /// How deep it is; 0 at the top.
    pub depth: u32,
    /// The frame it lies on; `None` at the top.
    pub parent: Option<usize>,
    /// How many spans there are, and their time.
    pub sums: PathSums,
    /// What its width stands for, in nanoseconds: its self time and the widths of the frames on it. More than its spans'
    /// durations where frames on it ran side by side.
    pub width: i64,
}

/// Spans of any number of traces, merged.
#[derive(Clone, Debug)]
pub struct FlameGraph {
    by: FlameBy,
    names: Names,
    paths: PathTree,
    sums: Vec<PathSums>,
    /// Of each node, the operation of the first of its spans.
    ops: Vec<Arc<str>>,
}

impl FlameGraph {
    /// An empty graph.
    pub fn new(by: FlameBy) -> Self {
        Self::with_limit(by, MOST_FRAMES)
    }

    fn with_limit(by: FlameBy, limit: usize) -> Self {
        Self {
            by,
            names: Names::default(),
            paths: PathTree::new(limit),
            sums: Vec::new(),
            ops: Vec::new(),
        }
    }

    /// Adds a trace, with its tree and its self times; gives the number of the node that each of its spans is merged into.
    pub fn add(&mut self, trace: &Trace, tree: &SpanTree, self_times: &[i64]) -> Vec<u32> {
        let (by, names) = (self.by, &mut self.names);
        let name = |span: SpanIndex| names.code(text(by, &trace.spans[span.at()]));
        let added = self.paths.add(trace, tree, self_times, name);
        let count = self.paths.nodes().len();
        self.sums.resize(count, PathSums::default());
        for (node, sums) in added.sums {
            self.sums[node as usize].add(sums);
        }
        let known = self.ops.len();
        self.ops.resize(count, Arc::default());
        if known < count {
            // From the last to the first, so that the first stays.
            for (node, span) in added.nodes.iter().zip(&trace.spans).rev() {
                let node = *node as usize;
                if node >= known && self.paths.nodes()[node].key != REST {
                    self.ops[node].clone_from(&span.op);
                }
            }
        }
        added.nodes
    }

    /// The frames from the bottom up: each before those on it, which are in order of their names, the rest last.
    pub fn frames(&self) -> Vec<Frame> {
        let nodes = self.paths.nodes();
        let widths = self.widths();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
        let mut waiting: Vec<u32> = Vec::new();
        for (at, node) in (0u32..).zip(nodes) {
            match node.parent {
                Some(parent) => children[parent as usize].push(at),
                None => waiting.push(at),
            }
        }
        // Taken from the end, so sorted backwards.
        let order = |list: &mut Vec<u32>| {
            list.sort_by_cached_key(|at| {
                let key = nodes[*at as usize].key;
                std::cmp::Reverse((key == REST, self.names.text(key)))
            });
        };
        order(&mut waiting);
        children.iter_mut().for_each(order);
        let mut frame_of = vec![0usize; nodes.len()];
        let mut frames: Vec<Frame> = Vec::with_capacity(nodes.len());
        while let Some(at) = waiting.pop() {
            let node = nodes[at as usize];
            let parent = node.parent.map(|parent| frame_of[parent as usize]);
            frame_of[at as usize] = frames.len();
            frames.push(Frame {
                name: self.names.text(node.key),
                is_rest: node.key == REST,
                node: at,
                op: self.ops[at as usize].clone(),
                depth: parent.map_or(0, |parent| frames[parent].depth + 1),
                parent,
                sums: self.sums[at as usize],
                width: widths[at as usize],
            });
            waiting.append(&mut children[at as usize]);
        }
        frames
    }

    fn widths(&self) -> Vec<i64> {
        let mut widths: Vec<i64> = self.sums.iter().map(|sums| sums.self_time).collect();
        for (at, node) in self.paths.nodes().iter().enumerate().rev() {
            if let Some(parent) = node.parent {
                let width = widths[at];
                let below = &mut widths[parent as usize];
                *below = below.saturating_add(width);
            }
        }
        widths
    }
}

fn text(by: FlameBy, span: &Span) -> &Arc<str> {
    match by {
        FlameBy::Name => &span.name,
        FlameBy::Operation => operation(span),
        FlameBy::Service => &span.service,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::self_times;
    use crate::analysis::test_trace::trace;

    /// Frames as `indent name count total self width`.
    fn drawn(graph: &FlameGraph) -> Vec<String> {
        let draw = |frame: &Frame| {
            let name = if frame.is_rest { "…" } else { &frame.name };
            let PathSums {
                count,
                total,
                self_time,
            } = frame.sums;
            let indent = "  ".repeat(frame.depth as usize);
            format!("{indent}{name} {count} {total} {self_time} {}", frame.width)
        };
        graph.frames().iter().map(draw).collect()
    }

    fn shop() -> Trace {
        //  page |----------|
        //  query  |--|
        //  query     |--|
        //  call        |---|     beside the second query
        //  query        |-|      in the call
        let mut trace = trace(&[
            (1, 0, 0, 100),
            (2, 1, 10, 30),
            (3, 1, 40, 60),
            (4, 1, 50, 90),
            (5, 4, 60, 80),
        ]);
        let names = ["page", "query", "query", "call", "query"];
        for (span, name) in trace.spans.iter_mut().zip(names) {
            span.name = name.into();
        }
        trace
    }

    fn added(graph: &mut FlameGraph, trace: &Trace) {
        let tree = SpanTree::new(trace);
        graph.add(trace, &tree, &self_times(trace, &tree));
    }

    #[test]
    fn a_frame_is_found_by_its_spans_and_has_their_operation() {
        let mut trace = shop();
        for (span, op) in trace
            .spans
            .iter_mut()
            .zip(["http", "db", "db", "rpc", "sql"])
        {
            span.op = op.into();
        }
        let tree = SpanTree::new(&trace);
        let mut graph = FlameGraph::new(FlameBy::Name);
        let nodes = graph.add(&trace, &tree, &self_times(&trace, &tree));
        let again = graph.add(&trace, &tree, &self_times(&trace, &tree));
        assert_eq!(nodes, again);
        let frames = graph.frames();
        let of = |span: usize| {
            let mut found = frames.iter().filter(|frame| frame.node == nodes[span]);
            found
                .next()
                .map(|frame| (&*frame.name, &*frame.op, frame.depth))
        };
        assert_eq!(of(0), Some(("page", "http", 0)));
        assert_eq!(of(1), Some(("query", "db", 1)));
        assert_eq!(of(2), of(1));
        assert_eq!(of(4), Some(("query", "sql", 2)));
    }

    #[test]
    fn spans_of_one_path_are_one_frame_in_alphabetical_order() {
        let mut graph = FlameGraph::new(FlameBy::Name);
        assert_eq!(graph.frames(), []);
        added(&mut graph, &shop());
        let once = [
            // 30 of its own; the frames on it are 40 and 40 wide, though they ran 10 side by side.
            "page 1 100 30 110",
            "  call 1 40 20 40",
            "    query 1 20 20 20",
            "  query 2 40 40 40",
        ];
        assert_eq!(drawn(&graph), once);
        added(&mut graph, &shop());
        assert_eq!(drawn(&graph)[3], "  query 4 80 80 80");
        let mut by_service = FlameGraph::new(FlameBy::Service);
        added(&mut by_service, &shop());
        assert_eq!(drawn(&by_service)[0], "shop 1 100 30 110");
    }

    #[test]
    fn what_has_no_room_is_counted_in_a_rest() {
        let mut graph = FlameGraph::with_limit(FlameBy::Name, 2);
        added(&mut graph, &shop());
        // The first two paths are `page` and `page, query`.
        let expected = ["page 1 100 30 110", "  query 2 40 40 40", "  … 2 40 40 40"];
        assert_eq!(drawn(&graph), expected);
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_of_traces() {
        let single = |name: &str| {
            let mut one = trace(&[(1, 0, 0, 10)]);
            one.spans[0].name = name.into();
            one
        };
        let graph = |names: [&str; 3]| {
            let mut graph = FlameGraph::new(FlameBy::Name);
            names
                .iter()
                .for_each(|name| added(&mut graph, &single(name)));
            drawn(&graph)
        };
        assert_eq!(graph(["b", "a", "c"]), graph(["c", "b", "a"]));
    }
}
