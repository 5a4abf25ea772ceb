//! What is known of a trace beyond its rows: who took part in it, whether their clocks agree, and where the time of the
//! critical path went. Computed on a reader thread after the waterfall, which does not wait for it.

use super::questions::GroupedTrace;
use crate::analysis::{Classes, Clocks, PathEntry, SpanIndex, Verdict, path_table};
use crate::model::TimeRange;
use crate::model::conventions::{Category, category};
use std::cmp::Reverse;
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
    /// The place in `services` of each class.
    ranks: Vec<usize>,
    classes: Classes,
    /// What kinds of work there are, in the order in which [`Category`] declares them.
    pub categories: Vec<Category>,
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
        let clocks = Clocks::new(trace, &grouped.tree);
        let (services, ranks) = participants(grouped, &classes);
        let mut range = grouped.range;
        for (span, start) in trace.spans.iter().zip(&clocks.starts) {
            range.start = range.start.min(*start);
            range.end = range.end.max(*start + span.duration);
        }
        let operations = Classes::by(trace, |span| &span.op).into_values();
        let mut categories: Vec<Category> = operations.iter().map(|op| category(op)).collect();
        categories.sort_unstable();
        categories.dedup();
        Self {
            path: path_table(&grouped.critical_path, &Classes::by_operation(trace)),
            services,
            ranks,
            classes,
            categories,
            clocks,
            range,
        }
    }

    /// The place of a span's service in [`TraceFacts::services`].
    pub fn rank(&self, span: SpanIndex) -> Option<usize> {
        let class = self.classes.of(span)?;
        self.ranks.get(class).copied()
    }

    /// By how many nanoseconds corrected clocks move a span; 0 for most.
    pub fn moved(&self, grouped: &GroupedTrace, span: SpanIndex) -> i64 {
        let recorded = grouped.trace.spans.get(span.at()).map(|span| span.start);
        let corrected = self.clocks.starts.get(span.at()).copied();
        corrected
            .zip(recorded)
            .map_or(0, |(corrected, recorded)| corrected - recorded)
    }

    /// Whether calls lie outside of the spans that made them, across services.
    pub fn clocks_disagree(&self) -> bool {
        let disagrees = |verdict| verdict != Verdict::Agree;
        self.clocks.pairs.iter().any(|pair| disagrees(pair.verdict))
    }
}

/// The services in order, and the place of each class in that order.
fn participants(grouped: &GroupedTrace, classes: &Classes) -> (Vec<Participant>, Vec<usize>) {
    let fresh = |name: &Arc<str>| Participant {
        name: name.clone(),
        spans: 0,
        self_time: 0,
    };
    let mut by_class: Vec<Participant> = classes.values().iter().map(fresh).collect();
    for (span, time) in (0..).map(SpanIndex).zip(&grouped.self_times) {
        if let Some(one) = classes.of(span).and_then(|class| by_class.get_mut(class)) {
            one.spans += 1;
            one.self_time += time;
        }
    }
    let mut order: Vec<usize> = (0..by_class.len()).collect();
    order.sort_by_key(|class| {
        (
            Reverse(by_class[*class].self_time),
            by_class[*class].name.clone(),
        )
    });
    let mut ranks = vec![0; order.len()];
    for (rank, class) in order.iter().enumerate() {
        ranks[*class] = rank;
    }
    let services = order.iter().map(|class| by_class[*class].clone()).collect();
    (services, ranks)
}
