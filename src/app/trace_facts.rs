//! What is known of a trace beyond its rows: who took part in it, whether their clocks agree, and where the time of the
//! critical path went. Computed on a reader thread after the waterfall, which does not wait for it.

use super::questions::GroupedTrace;
use crate::analysis::{Classes, Clocks, PathEntry, SpanIndex, Verdict, path_table};
use crate::model::TimeRange;
use crate::model::conventions::{Category, category};
use crate::model::trace::Span;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

/// One service of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Participant {
    /// Its name; empty where spans name none.
    pub name: Arc<str>,
    /// How many spans it has.
    pub spans: usize,
    /// Time spent in these themselves, in nanoseconds.
    pub self_time: i64,
}

/// The facts.
#[derive(Debug)]
pub struct TraceFacts {
    /// The services, the one with most time of its own first, of equals in order of their names.
    pub services: Vec<Participant>,
    /// The place of each name in `services`.
    ranks: HashMap<Arc<str>, usize>,
    /// What kinds of work there are, in the order in which [`Category`] declares them.
    pub categories: Vec<Category>,
    /// By how many nanoseconds a service's clock is moved, of those that are.
    moves: HashMap<Arc<str>, i64>,
    /// What calls between services say of their clocks.
    pub clocks: Clocks,
    /// From the first start to the last end, by recorded and by corrected clocks.
    pub range: TimeRange,
    /// The critical path by operation.
    pub path: Vec<PathEntry>,
}

impl TraceFacts {
    /// Finds them out, in O(n).
    pub fn new(grouped: &GroupedTrace) -> Self {
        let trace = &grouped.trace;
        let classes = Classes::by_service(trace);
        let clocks = Clocks::of(trace, &grouped.tree, &classes);
        let services = participants(grouped, &classes);
        let names = services.iter().map(|service| service.name.clone());
        let mut range = grouped.range;
        if clocks.is_corrected() {
            for (at, span) in (0u32..).map(SpanIndex).zip(&trace.spans) {
                // Services are numbered alike in both.
                let offset = classes.of(at).and_then(|class| clocks.offsets.get(class));
                let start = span.start + offset.map_or(0, |(_, offset)| *offset);
                range.start = range.start.min(start);
                range.end = range.end.max(start + span.duration);
            }
        }
        drop(classes);
        let moves = clocks.offsets.iter().filter(|(_, offset)| *offset != 0);
        let moves = moves.cloned().collect();
        let operations = Classes::by(trace, |span| &span.op).into_values();
        let mut categories: Vec<Category> = operations.iter().map(|op| category(op)).collect();
        categories.sort_unstable();
        categories.dedup();
        Self {
            path: path_table(&grouped.critical_path, &Classes::by_operation(trace)),
            ranks: names.zip(0..).collect(),
            services,
            categories,
            moves,
            clocks,
            range,
        }
    }

    /// The place of a span's service in [`TraceFacts::services`].
    pub fn rank(&self, span: &Span) -> Option<usize> {
        self.ranks.get(&span.service).copied()
    }

    /// By how many nanoseconds corrected clocks move a span; 0 for most.
    pub fn moved(&self, grouped: &GroupedTrace, span: SpanIndex) -> i64 {
        let span = grouped.trace.spans.get(span.at());
        let moved = span.and_then(|span| self.moves.get(&span.service));
        moved.copied().unwrap_or(0)
    }

    /// Whether calls lie outside of the spans that made them, across services.
    pub fn clocks_disagree(&self) -> bool {
        let disagrees = |verdict| verdict != Verdict::Agree;
        self.clocks.pairs.iter().any(|pair| disagrees(pair.verdict))
    }
}

/// The services in order.
fn participants(grouped: &GroupedTrace, classes: &Classes) -> Vec<Participant> {
    let fresh = |name: &Arc<str>| Participant {
        name: name.clone(),
        spans: 0,
        self_time: 0,
    };
    let mut services: Vec<Participant> = classes.values().iter().map(fresh).collect();
    let mut of_parents = grouped.self_times_of_parents().iter().peekable();
    for (at, span) in (0u32..).map(SpanIndex).zip(&grouped.trace.spans) {
        // Without children all of the duration is the span's own.
        let own = of_parents.next_if(|(parent, _)| *parent == at);
        let self_time = own.map_or(span.duration, |(_, self_time)| *self_time);
        if let Some(one) = classes.of(at).and_then(|class| services.get_mut(class)) {
            one.spans += 1;
            one.self_time = one.self_time.saturating_add(self_time);
        }
    }
    services.sort_by(|a, b| {
        let key = |one: &Participant| (Reverse(one.self_time), one.name.clone());
        key(a).cmp(&key(b))
    });
    services
}
