//! Clocks that differ: spans that seem to run outside the span that called them, because two services ran on computers
//! whose clocks do not agree.
//!
//! A call that is waited for lies within the span that made it. So each span whose parent is of another service bounds how
//! much its service's clock may be off against the parent's: moved by less than `parent.start - child.start` it would start
//! too early, by more than `parent.end - child.end` end too late. What all calls between two services bound together is
//! judged:
//!
//! * No movement is within the bounds: the clocks *agree*. Nothing is moved, however small the calls are.
//! * Another movement is: its *estimate* is the middle of the bounds, which for a single call is what Jaeger's clock skew
//!   adjuster does: it takes the time on the way there and back as equal (as F. Cristian: *Probabilistic clock
//!   synchronization*, Distributed Computing 3, 1989).
//! * None is: the calls *contradict* each other, as when a service runs on several computers. That is said, and not applied.
//!
//! Estimates add up along the calls, from the service of the longest root, whose clock is taken as right: those between the
//! services with most calls first. A pair whose bounds the sum does not keep is a contradiction, too.
//!
//! No evidence are spans of one service (whatever is wrong there, it is not the clock), messages (a consumer, or the child
//! of a producer, runs when it likes; so does what is only linked), and calls that last longer than the span that made
//! them: nobody waited for those.
//!
//! The trace is never changed: what a corrected clock moves a span by is told by its service.

use super::classes::Classes;
use super::critical_path::first_span;
use super::tree::{Link, SpanIndex, SpanTree};
use crate::model::batch::SpanKind;
use crate::model::trace::{Span, Trace};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::sync::Arc;

/// What rounding in exports may move a time by, in nanoseconds: less is no sign of a clock.
pub const TOLERANCE: i64 = 1_000;

/// What the calls between two services say of their clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All calls lie where they should.
    Agree,
    /// The second clock is to be moved by so many nanoseconds against the first one.
    Differ {
        /// Positive when the second clock is behind.
        offset: i64,
    },
    /// No single movement puts all calls where they should be. Nothing is moved.
    Contradict,
}

/// Two services that call each other, with the evidence of their clocks.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockPair {
    /// The service whose clock is compared with, and the one that is compared.
    pub services: [Arc<str>; 2],
    /// How many calls, in either direction, bound the movement.
    pub calls: usize,
    /// Calls that lie outside the span that made them, in order of the trace.
    pub outside: Vec<SpanIndex>,
    /// By how much the worst of them does, in nanoseconds.
    pub worst: i64,
    /// The least and the greatest movement of the second clock that suit all calls; the least is greater in a contradiction.
    pub bounds: [i64; 2],
    /// What follows from that.
    pub verdict: Verdict,
}

/// What the calls of a trace say of its services' clocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clocks {
    /// Pairs of services that call each other, in order of their first call.
    pub pairs: Vec<ClockPair>,
    /// By how many nanoseconds each service's clock is moved, in order of first spans; 0 for most.
    pub offsets: Vec<(Arc<str>, i64)>,
    /// Spans that lie outside a parent of their own service, which no clock explains.
    pub outside_in_service: usize,
}

impl Clocks {
    /// Judges the clocks of a trace. `tree` must be the tree of this very trace. O(n) and a little for the services.
    pub fn new(trace: &Trace, tree: &SpanTree) -> Self {
        Self::of(trace, tree, &Classes::by_service(trace))
    }

    /// [`Clocks::new`] for spans whose services are known already.
    pub fn of(trace: &Trace, tree: &SpanTree, services: &Classes) -> Self {
        let mut pairs = Pairs::default();
        for child in (0..trace.spans.len() as u32).map(SpanIndex) {
            if let Link::Child(parent) = tree.link(child) {
                pairs.add(trace, services, parent, child);
            }
        }
        pairs.judge();
        let reference = first_span(trace, tree).and_then(|first| services.of(first));
        let offsets = pairs.offsets(services, reference);
        let outside_in_service = pairs.outside_in_service;
        let names = services.values().to_vec();
        Self {
            pairs: pairs.finish(&names),
            offsets: names.into_iter().zip(offsets).collect(),
            outside_in_service,
        }
    }

    /// Whether any clock was moved.
    pub fn is_corrected(&self) -> bool {
        self.offsets.iter().any(|(_, offset)| *offset != 0)
    }
}

/// Evidence while it is gathered; services are numbers.
#[derive(Default)]
struct Pairs {
    by_services: HashMap<[usize; 2], usize>,
    list: Vec<Pair>,
    outside_in_service: usize,
}

struct Pair {
    services: [usize; 2],
    calls: usize,
    outside: Vec<SpanIndex>,
    worst: i64,
    bounds: [i64; 2],
    verdict: Verdict,
}

impl Pairs {
    fn add(&mut self, trace: &Trace, services: &Classes, parent: SpanIndex, child: SpanIndex) {
        let (Some(caller), Some(called)) = (services.of(parent), services.of(child)) else {
            return;
        };
        let (parent, span) = (&trace.spans[parent.at()], &trace.spans[child.at()]);
        let unknown = parent.service.is_empty() || span.service.is_empty();
        if unknown || is_message(parent, span) || span.duration > parent.duration {
            return;
        }
        let (least, most) = (parent.start - span.start, parent.end() - span.end());
        // How far it sticks out, at the start or at the end.
        let outside = least.max(most.saturating_neg()).max(0);
        if caller == called {
            self.outside_in_service += usize::from(outside > TOLERANCE);
            return;
        }
        let at = self.pair(caller, called);
        let pair = &mut self.list[at];
        pair.calls += 1;
        if outside > TOLERANCE {
            pair.outside.push(child);
            pair.worst = pair.worst.max(outside);
        }
        // The movement of the second service's clock: the called one's, or against it the caller's.
        let [least, most] = match pair.services == [caller, called] {
            true => [least, most],
            false => [most.saturating_neg(), least.saturating_neg()],
        };
        pair.bounds = [pair.bounds[0].max(least), pair.bounds[1].min(most)];
    }

    fn pair(&mut self, caller: usize, called: usize) -> usize {
        let key = [caller.min(called), caller.max(called)];
        *self.by_services.entry(key).or_insert_with(|| {
            self.list.push(Pair {
                services: [caller, called],
                calls: 0,
                outside: Vec::new(),
                worst: 0,
                bounds: [i64::MIN, i64::MAX],
                verdict: Verdict::Agree,
            });
            self.list.len() - 1
        })
    }

    fn judge(&mut self) {
        for pair in &mut self.list {
            let [least, most] = pair.bounds;
            let slack = [
                least.saturating_sub(TOLERANCE),
                most.saturating_add(TOLERANCE),
            ];
            pair.verdict = match () {
                () if slack[0] <= 0 && 0 <= slack[1] => Verdict::Agree,
                () if slack[0] > slack[1] => Verdict::Contradict,
                () => Verdict::Differ {
                    offset: least.midpoint(most),
                },
            };
        }
    }

    /// How far each service's clock is moved, adding up from the reference.
    fn offsets(&mut self, services: &Classes, reference: Option<usize>) -> Vec<i64> {
        let mut offsets: Vec<Option<i64>> = vec![None; services.len()];
        let mut order: Vec<usize> = (0..self.list.len()).collect();
        order.sort_by_key(|at| Reverse(self.list[*at].calls));
        // Parts of a trace that no call connects with the reference are right among themselves.
        let starts = reference.into_iter().chain(0..services.len());
        for start in starts {
            if offsets[start].is_some() {
                continue;
            }
            offsets[start] = Some(0);
            while let Some((service, offset)) = self.next_known(&order, &offsets) {
                offsets[service] = Some(offset);
            }
        }
        let offsets: Vec<i64> = offsets.into_iter().map(Option::unwrap_or_default).collect();
        for pair in &mut self.list {
            let moved = offsets[pair.services[1]].saturating_sub(offsets[pair.services[0]]);
            let [least, most] = pair.bounds;
            let fits =
                least.saturating_sub(TOLERANCE) <= moved && moved <= most.saturating_add(TOLERANCE);
            if !fits {
                pair.verdict = Verdict::Contradict;
            }
        }
        offsets
    }

    /// A service that one with a known offset calls or is called by, of the pair with most calls.
    fn next_known(&self, order: &[usize], offsets: &[Option<i64>]) -> Option<(usize, i64)> {
        order.iter().find_map(|at| {
            let pair = &self.list[*at];
            let between = match pair.verdict {
                Verdict::Differ { offset } => offset,
                Verdict::Agree | Verdict::Contradict => 0,
            };
            let [first, second] = pair.services;
            match (offsets[first], offsets[second]) {
                (Some(known), None) => Some((second, known.saturating_add(between))),
                (None, Some(known)) => Some((first, known.saturating_sub(between))),
                _ => None,
            }
        })
    }

    fn finish(self, names: &[Arc<str>]) -> Vec<ClockPair> {
        let pair = |pair: Pair| ClockPair {
            services: pair.services.map(|service| names[service].clone()),
            calls: pair.calls,
            outside: pair.outside,
            worst: pair.worst,
            bounds: pair.bounds,
            verdict: pair.verdict,
        };
        self.list.into_iter().map(pair).collect()
    }
}

/// Whether the child handles a message, and so need not run while its parent does.
pub(super) fn is_message(parent: &Span, child: &Span) -> bool {
    child.kind == SpanKind::Consumer || parent.kind == SpanKind::Producer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;

    /// Spans as `(id, parent, start, end, service)`, in microseconds.
    fn clocks(spans: &[(u64, u64, i64, i64, &str)], kinds: &[(u64, SpanKind)]) -> Clocks {
        let times = spans.iter().map(|s| (s.0, s.1, s.2 * 1_000, s.3 * 1_000));
        let mut trace = trace(&times.collect::<Vec<_>>());
        for span in &mut trace.spans {
            let of = spans.iter().find(|(id, ..)| *id == span.id.0);
            span.service = of.map_or("", |of| of.4).into();
            let kind = kinds.iter().find(|(id, _)| *id == span.id.0);
            span.kind = kind.map_or(SpanKind::default(), |kind| kind.1);
        }
        Clocks::new(&trace, &SpanTree::new(&trace))
    }

    fn offsets(clocks: &Clocks) -> Vec<(&str, i64)> {
        let offsets = clocks.offsets.iter();
        offsets
            .map(|(name, offset)| (&**name, offset / 1_000))
            .collect()
    }

    #[test]
    fn calls_where_they_should_be_move_nothing() {
        // web |--------|
        // db    |--|
        let found = clocks(&[(1, 0, 0, 100, "web"), (2, 1, 20, 50, "db")], &[]);
        assert_eq!(found.pairs[0].verdict, Verdict::Agree);
        assert_eq!(found.pairs[0].bounds, [-20_000, 50_000]);
        assert!(!found.is_corrected());
    }

    #[test]
    fn one_call_is_put_in_the_middle() {
        // web      |----------|      100..200
        // db    |-----|              70..130, moved to 120..180: as much room before as after
        let spans = [
            (1, 0, 100, 200, "web"),
            (2, 1, 70, 130, "db"),
            (3, 2, 80, 90, "db"),
        ];
        let found = clocks(&spans, &[]);
        assert_eq!(found.pairs[0].verdict, Verdict::Differ { offset: 50_000 });
        assert_eq!((found.pairs[0].calls, found.pairs[0].worst), (1, 30_000));
        assert_eq!(offsets(&found), [("db", 50), ("web", 0)]);
    }

    #[test]
    fn several_calls_narrow_the_estimate() {
        // web            |---------| 0..100                |------| 200..260
        // db |-------| -100..-10             |-----| 95..147
        let spans = [
            (1, 0, 0, 1_000, "web"),
            (2, 1, 0, 100, "web"),
            (3, 2, -100, -10, "db"),
            (4, 1, 200, 260, "web"),
            (5, 4, 95, 147, "db"),
        ];
        let found = clocks(&spans, &[]);
        // The first call may be moved by 100..110, the second by 105..113.
        assert_eq!(found.pairs[0].bounds, [105_000, 110_000]);
        assert_eq!(found.pairs[0].verdict, Verdict::Differ { offset: 107_500 });
        assert_eq!(found.pairs[0].outside.len(), 2);
    }

    #[test]
    fn contradictions_are_said_and_not_applied() {
        // One call seems to be early, another late, as when the service runs on two computers.
        let spans = [
            (1, 0, 0, 1_000, "web"),
            (2, 1, 0, 100, "web"),
            (3, 2, -50, 30, "db"),
            (4, 1, 200, 300, "web"),
            (5, 4, 260, 340, "db"),
        ];
        let found = clocks(&spans, &[]);
        assert_eq!(found.pairs[0].verdict, Verdict::Contradict);
        assert_eq!(found.pairs[0].outside.len(), 2);
        assert_eq!(found.pairs[0].worst, 50_000);
        assert!(!found.is_corrected());
    }

    #[test]
    fn what_is_no_evidence_is_left_alone() {
        let span = |start, end, service| [(1, 0, 100, 200, "web"), (2, 1, start, end, service)];
        // Of the same service: not a matter of clocks.
        let found = clocks(&span(50, 80, "web"), &[]);
        assert_eq!((found.pairs.len(), found.outside_in_service), (0, 1));
        // Messages are handled when it suits.
        for kinds in [[(2, SpanKind::Consumer)], [(1, SpanKind::Producer)]] {
            assert_eq!(clocks(&span(300, 350, "worker"), &kinds).pairs, []);
        }
        // Longer than the call: nobody waited.
        assert_eq!(clocks(&span(150, 400, "db"), &[]).pairs, []);
        // Less than what rounding does.
        let mut found = clocks(&span(99, 180, "db"), &[]);
        assert_eq!(
            found.pairs.pop().map(|pair| pair.verdict),
            Some(Verdict::Agree)
        );
    }

    #[test]
    fn estimates_add_up_from_service_to_service() {
        // The gate's clock is right; the shop's is 100 behind, and so is the store's against the shop's.
        let spans = [
            (1, 0, 1_000, 1_100, "gate"),
            (2, 1, 910, 990, "shop"),
            (3, 2, 820, 880, "store"),
        ];
        let found = clocks(&spans, &[]);
        assert_eq!(
            offsets(&found),
            [("store", 200), ("shop", 100), ("gate", 0)]
        );
    }

    #[test]
    fn calls_in_both_directions_bound_one_movement() {
        // a calls b, which calls a back: b's clock is 50 ahead.
        let spans = [
            (1, 0, 0, 100, "a"),
            (2, 1, 60, 140, "b"),
            (3, 2, 20, 80, "a"),
        ];
        let found = clocks(&spans, &[]);
        assert_eq!(found.pairs.len(), 1);
        // The call that starts first goes from b to a: a's clock is to be moved by 40..60, says either call.
        assert_eq!(found.pairs[0].bounds, [40_000, 60_000]);
        assert_eq!(offsets(&found), [("a", 0), ("b", -50)]);
    }

    #[test]
    fn a_circle_of_services_that_does_not_add_up_is_a_contradiction() {
        // gate → shop agree, gate → store agree, but shop → store would need a movement.
        let spans = [
            (1, 0, 0, 1_000, "gate"),
            (2, 1, 100, 300, "shop"),
            (3, 1, 310, 390, "store"),
            (4, 2, 310, 390, "store"),
        ];
        let found = clocks(&spans, &[]);
        let verdicts: Vec<Verdict> = found.pairs.iter().map(|pair| pair.verdict).collect();
        assert_eq!(verdicts[0], Verdict::Agree);
        assert_eq!(
            verdicts
                .iter()
                .filter(|v| **v == Verdict::Contradict)
                .count(),
            1
        );
        assert!(!found.is_corrected());
    }
}
