//! Which services call which, in one trace or in many.
//!
//! A call is a span whose parent, or a span it is linked with, is of another service. It is timed by the span of the
//! service that is called. It is asynchronous when it handles a message or is only linked: nobody waited for it.

use super::clocks::is_message;
use super::percentile::percentile;
use super::tree::{SpanIndex, SpanTree};
use crate::model::batch::SpanStatus;
use crate::model::trace::{Span, Trace};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceNode {
    /// Its name; empty for spans that name none.
    pub service: Arc<str>,
    /// How many spans it recorded.
    pub spans: u64,
    /// How many of them failed.
    pub errors: u64,
    /// Sum of their self times in nanoseconds.
    pub self_time: i64,
}

/// Calls from one service to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEdge {
    /// Who calls, as an index into [`ServiceMap::nodes`].
    pub from: usize,
    /// Who is called.
    pub to: usize,
    /// Whether nobody waits for these calls. Between two services there may be some of either sort.
    pub is_async: bool,
    /// How many calls.
    pub calls: u64,
    /// How many of them failed.
    pub errors: u64,
    /// The middle duration in nanoseconds.
    pub p50: i64,
    /// The duration in nanoseconds that 95 of 100 stay below.
    pub p95: i64,
}

/// Services and their calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceMap {
    /// In order of name.
    pub nodes: Vec<ServiceNode>,
    /// In order of caller, called, and those that are waited for first.
    pub edges: Vec<ServiceEdge>,
}

impl ServiceMap {
    /// The place of a service among [`Self::nodes`].
    pub fn node(&self, service: &str) -> Option<usize> {
        let nodes = &self.nodes;
        nodes
            .binary_search_by(|node| (*node.service).cmp(service))
            .ok()
    }

    /// The place of calls among [`Self::edges`].
    fn edge(&self, caller: &Span, called: &Span) -> Option<usize> {
        let ends = (self.node(&caller.service)?, self.node(&called.service)?);
        let wanted = (ends.0, ends.1, is_message(caller, called));
        let edges = &self.edges;
        edges
            .binary_search_by_key(&wanted, |edge| (edge.from, edge.to, edge.is_async))
            .ok()
    }

    /// Of each span the calls, among [`Self::edges`], by which its service was last entered on the way down to it: what it
    /// did, it did for them. `None` where no other service called. Takes time in proportion to the spans.
    pub fn entered_by(&self, trace: &Trace, tree: &SpanTree) -> Vec<Option<u32>> {
        let mut entered = vec![None; trace.spans.len()];
        for at in tree.preorder() {
            let Some(above) = tree.parent(at) else {
                continue;
            };
            let (caller, called) = (&trace.spans[above.at()], &trace.spans[at.at()]);
            entered[at.at()] = match caller.service == called.service {
                true => entered[above.at()],
                false => self.edge(caller, called).map(|edge| edge as u32),
            };
        }
        entered
    }
}

/// Gathers the calls of any number of traces. Keeps 8 bytes a call, so that percentiles are exact.
#[derive(Clone, Debug, Default)]
pub struct ServiceMapBuilder {
    nodes: BTreeMap<Arc<str>, ServiceNode>,
    edges: BTreeMap<(Arc<str>, Arc<str>, bool), Calls>,
}

#[derive(Clone, Debug, Default)]
struct Calls {
    errors: u64,
    durations: Vec<i64>,
}

impl ServiceMapBuilder {
    /// Adds a trace with its tree and self times. `links` are pairs of spans: the one that is linked to, which came before,
    /// and the one that says so.
    pub fn add(
        &mut self,
        trace: &Trace,
        tree: &SpanTree,
        self_times: &[i64],
        links: &[(SpanIndex, SpanIndex)],
    ) {
        for (span, self_time) in trace.spans.iter().zip(self_times) {
            let name = &span.service;
            let node = self
                .nodes
                .entry(name.clone())
                .or_insert_with(|| ServiceNode {
                    service: name.clone(),
                    ..ServiceNode::default()
                });
            node.spans += 1;
            node.errors += u64::from(span.status == SpanStatus::Error);
            node.self_time = node.self_time.saturating_add(*self_time);
        }
        for called in (0..trace.spans.len() as u32).map(SpanIndex) {
            if let Some(caller) = tree.parent(called) {
                let (caller, called) = (&trace.spans[caller.at()], &trace.spans[called.at()]);
                self.add_call(caller, called, is_message(caller, called));
            }
        }
        for (before, after) in links {
            // A link to the own parent says nothing new.
            let spans = trace
                .spans
                .get(before.at())
                .zip(trace.spans.get(after.at()));
            if let Some((caller, called)) = spans
                && tree.parent(*after) != Some(*before)
            {
                self.add_call(caller, called, true);
            }
        }
    }

    fn add_call(&mut self, caller: &Span, called: &Span, is_async: bool) {
        if caller.service == called.service {
            return;
        }
        let key = (caller.service.clone(), called.service.clone(), is_async);
        let calls = self.edges.entry(key).or_default();
        calls.errors += u64::from(called.status == SpanStatus::Error);
        calls.durations.push(called.duration);
    }

    /// The map so far.
    pub fn finish(self) -> ServiceMap {
        let nodes: Vec<ServiceNode> = self.nodes.into_values().collect();
        let place = |service: &Arc<str>| nodes.binary_search_by(|node| node.service.cmp(service));
        let edges = self
            .edges
            .into_iter()
            .filter_map(|((from, to, is_async), mut calls)| {
                Some(ServiceEdge {
                    from: place(&from).ok()?,
                    to: place(&to).ok()?,
                    is_async,
                    calls: calls.durations.len() as u64,
                    errors: calls.errors,
                    p50: percentile(&mut calls.durations, 0.5),
                    p95: percentile(&mut calls.durations, 0.95),
                })
            });
        let edges = edges.collect();
        ServiceMap { nodes, edges }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::self_times;
    use crate::analysis::test_trace::trace;
    use crate::model::batch::SpanKind;

    fn shop() -> Trace {
        //  1 web    |----------|
        //  2 web     |-----|
        //  3 cart     |---|          called by 2
        //  4 cart          |--|      called by 1, failed
        //  5 mail            |-----| a message of 4
        //  6 report                    |--|   only linked with 1
        let mut trace = trace(&[
            (1, 0, 0, 100),
            (2, 1, 10, 60),
            (3, 2, 20, 50),
            (4, 1, 60, 80),
            (5, 4, 70, 130),
            (6, 0, 200, 220),
        ]);
        let services = ["web", "web", "cart", "cart", "mail", "report"];
        for (span, service) in trace.spans.iter_mut().zip(services) {
            span.service = service.into();
        }
        trace.spans[3].status = SpanStatus::Error;
        trace.spans[4].kind = SpanKind::Consumer;
        trace
    }

    fn map(times: usize) -> ServiceMap {
        let trace = shop();
        let tree = SpanTree::new(&trace);
        let self_times = self_times(&trace, &tree);
        let links = [(0, 5), (0, 1), (3, 99)].map(|(a, b)| (SpanIndex(a), SpanIndex(b)));
        let mut builder = ServiceMapBuilder::default();
        for _ in 0..times {
            builder.add(&trace, &tree, &self_times, &links);
        }
        builder.finish()
    }

    #[test]
    fn calls_between_services_are_counted_and_timed() {
        let map = map(1);
        let nodes = map.nodes.iter();
        let nodes: Vec<_> = nodes
            .map(|n| (&*n.service, n.spans, n.errors, n.self_time))
            .collect();
        let expected = [
            ("cart", 2, 1, 40), // 30, and 20 of which the message covers 10
            ("mail", 1, 0, 60),
            ("report", 1, 0, 20),
            ("web", 2, 0, 50), // 100 less 10..80, and 50 less 30
        ];
        assert_eq!(nodes, expected);
        let edge = |edge: &ServiceEdge| {
            let name = |at: usize| map.nodes[at].service.to_string();
            let sign = if edge.is_async { "~>" } else { "->" };
            let numbers = (edge.calls, edge.errors, edge.p50, edge.p95);
            (
                format!("{} {sign} {}", name(edge.from), name(edge.to)),
                numbers,
            )
        };
        let edges: Vec<_> = map.edges.iter().map(edge).collect();
        let expected = [
            ("cart ~> mail".to_owned(), (1, 0, 60, 60)),
            ("web -> cart".to_owned(), (2, 1, 25, 30)), // 20 and 30: 25 and 29.5
            ("web ~> report".to_owned(), (1, 0, 20, 20)),
        ];
        assert_eq!(edges, expected);
    }

    #[test]
    fn work_belongs_to_the_calls_that_brought_it_about() {
        let (map, mut trace) = (map(1), shop());
        let entered = |trace: &Trace| map.entered_by(trace, &SpanTree::new(trace));
        // cart ~> mail, web -> cart, web ~> report: the link of 6 is no parent.
        let expected = [None, None, Some(1), Some(1), Some(0), None];
        assert_eq!(entered(&trace), expected);
        // 3 does its work below 2, which is of the same service now: nobody called it.
        trace.spans[2].service = "web".into();
        assert_eq!(entered(&trace)[2], None);
        // 5 is of the service of 4 now, and works for the same calls.
        trace.spans[4].service = "cart".into();
        assert_eq!(entered(&trace)[4], Some(1));
        trace.spans[4].service = "unknown".into();
        assert_eq!(entered(&trace)[4], None, "the map has no such calls");
    }

    #[test]
    fn traces_add_up() {
        let (once, thrice) = (map(1), map(3));
        for (one, three) in once.nodes.iter().zip(&thrice.nodes) {
            assert_eq!(
                (one.spans * 3, one.self_time * 3),
                (three.spans, three.self_time)
            );
        }
        for (one, three) in once.edges.iter().zip(&thrice.edges) {
            assert_eq!((one.calls * 3, one.errors * 3), (three.calls, three.errors));
        }
        assert_eq!(once.edges.len(), thrice.edges.len());
    }
}
