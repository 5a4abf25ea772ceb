//! Whether traces hang together: propagation, parents, kinds, clocks.
//!
//! * *Broken propagation*: a request that was answered by the root of a trace, while a call with the same path from another service
//!   and another trace was under way that no service answered within its own trace.
//! * *Orphans*: spans that name a parent which is not in the store; entry spans among them lack their caller.
//! * *Wrong kinds*, where a source says kinds at all: a query that is no client, an entry below another entry of the same service, a call
//!   that was answered by another service and is neither client nor producer.
//! * *Clock offset*: entry spans that are outside of the call they answer by more than [`TOLERANCE`], where at least [`OFTEN`] of
//!   the calls between two services are. Calls that ended before the answer did are left out: nobody waited for it.

use super::lines::{Does, Line, Lines};
use super::{Check, Found};
use crate::insights::family::Family;
use crate::model::batch::SpanKind;
use crate::model::human;
use crate::model::record::RecordRef;
use hashbrown::{HashMap, HashSet};

/// What clocks may differ by, nanoseconds.
const TOLERANCE: i64 = 1_000_000;
/// The share of calls that must be outside for the clock to be suspected.
const OFTEN: f64 = 0.2;
/// Calls below which clocks are not judged.
const FEW: u64 = 3;
/// Calls under way at one time with the same path that are looked through.
const SIDE_BY_SIDE: usize = 64;

/// Counts with examples.
#[derive(Default)]
struct Tally {
    count: u64,
    of: u64,
    spans: Vec<RecordRef>,
    worst: i64,
}

impl Tally {
    fn add(&mut self, line: &Line) {
        self.count += 1;
        if self.spans.len() < super::EXAMPLES {
            self.spans.push(line.at);
        }
    }

    fn found(self, check: Check, what: String) -> Found {
        Found {
            check,
            what,
            count: self.count,
            of: self.of,
            spans: self.spans,
            places: Vec::new(),
        }
    }
}

pub(super) fn findings(lines: &Lines, family: &Family) -> Vec<Found> {
    let mut found = propagation(lines, family);
    found.extend(orphans(lines, family));
    found.extend(kinds(lines, family));
    found.extend(clocks(lines, family));
    found
}

fn propagation(lines: &Lines, family: &Family) -> Vec<Found> {
    let answered: HashSet<usize> = lines
        .all
        .iter()
        .filter(|line| line.is_segment)
        .filter_map(|line| family.parent(line.member))
        .map(|parent| family.place(parent))
        .collect();
    let mut calls: HashMap<u32, Vec<&Line>> = HashMap::new();
    let mut called: HashMap<u32, u64> = HashMap::new();
    for line in lines.all.iter().filter(|line| line.does == Does::Call) {
        *called.entry(line.service).or_default() += 1;
        if line.path != 0 && !answered.contains(&family.place(line.member)) {
            calls.entry(line.path).or_default().push(line);
        }
    }
    for calls in calls.values_mut() {
        calls.sort_by_key(|line| line.start);
    }
    let mut pairs: HashMap<(u32, u32), Tally> = HashMap::new();
    let roots = lines.all.iter().filter(|line| {
        line.does == Does::Answer && line.is_segment && !line.has_parent && line.path != 0
    });
    for root in roots {
        let Some(calls) = calls.get(&root.path) else {
            continue;
        };
        let before = calls.partition_point(|call| call.start <= root.start);
        let first = before.saturating_sub(SIDE_BY_SIDE);
        let caller = calls[first..before].iter().rev().find(|call| {
            call.trace != root.trace && call.service != root.service && call.end() >= root.end()
        });
        if let Some(caller) = caller {
            let pair = pairs.entry((caller.service, root.service)).or_default();
            pair.add(caller);
            pair.spans.push(root.at);
        }
    }
    let found = pairs.into_iter().map(|((from, to), mut tally)| {
        tally.of = called.get(&from).copied().unwrap_or(tally.count);
        let count = human::counted(tally.count, "call");
        let (from, to) = (lines.service(from), lines.service(to));
        let what = format!("{count} from {from} to {to} began a trace of their own there");
        tally.found(Check::BrokenPropagation, what)
    });
    found.collect()
}

fn orphans(lines: &Lines, family: &Family) -> Vec<Found> {
    let mut services: HashMap<(u32, bool), Tally> = HashMap::new();
    for line in &lines.all {
        let tally = services.entry((line.service, line.is_segment)).or_default();
        tally.of += 1;
        if line.has_parent && family.parent(line.member).is_none() {
            tally.add(line);
        }
    }
    let found = services.into_iter().filter(|(_, tally)| tally.count > 0);
    let found = found.map(|((service, is_segment), tally)| {
        let service = lines.service(service);
        let name = if tally.count == 1 { "names" } else { "name" };
        match is_segment {
            true => {
                let count = human::counted(tally.count, "request");
                let what = format!("{count} of {service} {name} a caller that is not there");
                tally.found(Check::MissingCallers, what)
            }
            false => {
                let count = human::counted(tally.count, "span");
                let what = format!("{count} of {service} {name} a parent that is not there");
                tally.found(Check::Orphans, what)
            }
        }
    });
    found.collect()
}

fn kinds(lines: &Lines, family: &Family) -> Vec<Found> {
    let mut wrong: HashMap<(u32, &'static str), Tally> = HashMap::new();
    for line in lines
        .all
        .iter()
        .filter(|line| line.kind != SpanKind::Unspecified)
    {
        if line.does == Does::Query {
            let tally = wrong
                .entry((line.service, "queries are not of the kind client"))
                .or_default();
            tally.of += 1;
            if line.kind != SpanKind::Client {
                tally.add(line);
            }
        }
        let Some(parent) = lines.parent(line, family) else {
            continue;
        };
        if line.kind == SpanKind::Server && parent.service == line.service {
            let tally = wrong
                .entry((
                    line.service,
                    "server spans are below others of their own service",
                ))
                .or_default();
            tally.of += 1;
            if matches!(parent.kind, SpanKind::Server | SpanKind::Internal) {
                tally.add(line);
            }
        }
        let is_answered = line.kind == SpanKind::Server && parent.service != line.service;
        if is_answered && parent.kind != SpanKind::Unspecified {
            let tally = wrong
                .entry((
                    parent.service,
                    "calls of other services are not of the kind client",
                ))
                .or_default();
            tally.of += 1;
            if !matches!(parent.kind, SpanKind::Client | SpanKind::Producer) {
                tally.add(parent);
            }
        }
    }
    let found = wrong.into_iter().filter(|(_, tally)| tally.count > 0);
    let found = found.map(|((service, what), tally)| {
        let count = human::grouped(tally.count);
        let what = format!("in {}, {count} {what}", lines.service(service));
        tally.found(Check::WrongKinds, what)
    });
    found.collect()
}

fn clocks(lines: &Lines, family: &Family) -> Vec<Found> {
    let mut pairs: HashMap<(u32, u32), Tally> = HashMap::new();
    for line in lines.all.iter().filter(|line| line.does == Does::Answer) {
        let Some(parent) = lines.parent(line, family) else {
            continue;
        };
        if parent.service == line.service || line.duration > parent.duration {
            continue;
        }
        let tally = pairs.entry((parent.service, line.service)).or_default();
        tally.of += 1;
        let outside =
            (parent.start.saturating_sub(line.start)).max(line.end().saturating_sub(parent.end()));
        if outside > TOLERANCE {
            tally.add(line);
            tally.worst = tally.worst.max(outside);
        }
    }
    let found = pairs
        .into_iter()
        .filter(|(_, tally)| tally.count >= FEW && tally.count as f64 >= OFTEN * tally.of as f64);
    let found = found.map(|((from, to), tally)| {
        let (count, of) = (human::grouped(tally.count), human::grouped(tally.of));
        let worst = human::duration(tally.worst);
        let (from, to) = (lines.service(from), lines.service(to));
        let what = format!(
            "{count} of {of} answers of {to} are outside of the call of {from}, by up to {worst}"
        );
        tally.found(Check::ClockOffset, what)
    });
    found.collect()
}
