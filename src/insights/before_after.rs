//! Two sets of traces side by side: each is what a search finds.

use super::issues::{self, Issue};
use super::same;
use super::transactions::SELECTED;
use crate::analysis::before_after::{BeforeAfter, Endpoint, IssueOnSides, before_after};
use crate::analysis::detect::Settings;
use crate::model::{CancelToken, TraceId};
use crate::query;
use crate::store::{Filter, Reader, SpanColumns, StoreError, TraceOrder};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What tells endpoints apart.
const NAMES: [&[&str]; 2] = [&["name"], &["service"]];

/// Endpoints by name and service.
type Endpoints = HashMap<(Arc<str>, Arc<str>), Timed>;

/// What an endpoint's spans lasted on both sides, and of each the longest one's trace.
#[derive(Default)]
struct Timed {
    durations: [Vec<i64>; 2],
    longest: [Option<(i64, i64)>; 2],
}

/// Compares the traces of which a span fits one search with those of which one fits another.
///
/// # Errors
/// As with every question.
pub fn compare(
    reader: &Reader,
    sides: [&Filter; 2],
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<BeforeAfter, StoreError> {
    let traces = |filter| -> Result<HashSet<i64>, StoreError> {
        let found = reader.find_traces(filter, TraceOrder::Start, false, cancel)?;
        Ok(found.numbers.iter().copied().collect())
    };
    let traces = [traces(sides[0])?, traces(sides[1])?];
    let issues = |filter| issues::find(reader, filter, settings, cancel, &mut |_| ());
    let issues = on_sides([issues(sides[0])?, issues(sides[1])?]);
    let endpoints = endpoints(reader, &traces, cancel)?;
    let counts = [0, 1].map(|side| traces[side].len() as u64);
    Ok(before_after(counts, issues, endpoints))
}

/// The issues of both sides; what goes by one name on both is one, also where the sides were recorded differently.
fn on_sides(issues: [Vec<Issue>; 2]) -> Vec<IssueOnSides> {
    let sides = issues.into_iter().enumerate();
    let all = sides.flat_map(|(side, issues)| issues.into_iter().map(move |issue| (side, issue)));
    let all: Vec<(usize, Issue)> = all.collect();
    let groups = same::groups(all.iter().map(|(_, issue)| issue));
    let mut known: BTreeMap<usize, IssueOnSides> = BTreeMap::new();
    for ((side, issue), group) in all.into_iter().zip(groups) {
        let mut traces = issue.samples.iter().map(|sample| sample.trace);
        let example = traces.find(|trace| *trace != TraceId::default());
        let place = issue.place();
        let entry = known.entry(group).or_insert_with(|| IssueOnSides {
            kind: issue.kind,
            place,
            fingerprint: issue.fingerprint,
            title: issue.title,
            sides: Default::default(),
        });
        let own = &mut entry.sides[side];
        own.count += issue.count;
        own.to_win = match (own.to_win, issue.time_to_win) {
            (Some(known), Some(more)) => Some(known.saturating_add(more)),
            (known, more) => known.or(more),
        };
        own.example = own.example.or(example);
    }
    known.into_values().collect()
}

fn endpoints(
    reader: &Reader,
    traces: &[HashSet<i64>; 2],
    cancel: &CancelToken,
) -> Result<Vec<Endpoint>, StoreError> {
    let filter = Filter {
        search: query::parse_filter(SELECTED).unwrap_or_default(),
        range: None,
    };
    let parts =
        reader.work_through_spans(&filter, &NAMES, cancel, |spans| timed(&spans, traces))?;
    let mut all = Endpoints::new();
    for (key, timed) in parts.into_iter().flatten() {
        let known = all.entry(key).or_default();
        for (side, durations) in timed.durations.into_iter().enumerate() {
            known.durations[side].extend(durations);
            known.longest[side] = known.longest[side].max(timed.longest[side]);
        }
    }
    let trace = |longest: Option<(i64, i64)>| -> Result<Option<TraceId>, StoreError> {
        let Some((_, number)) = longest else {
            return Ok(None);
        };
        let rows = reader.trace_rows(&[number])?;
        Ok(rows.first().map(|row| row.id))
    };
    let mut endpoints = Vec::with_capacity(all.len());
    for ((name, service), timed) in all {
        endpoints.push(Endpoint {
            name,
            service,
            durations: timed.durations,
            examples: [trace(timed.longest[0])?, trace(timed.longest[1])?],
        });
    }
    Ok(endpoints)
}

/// The endpoints of one segment.
fn timed(spans: &SpanColumns, traces: &[HashSet<i64>; 2]) -> Endpoints {
    let mut found: HashMap<[Option<usize>; 2], Timed> = HashMap::new();
    for row in spans.rows() {
        let trace = spans.trace(*row);
        for (side, traces) in traces.iter().enumerate() {
            if traces.contains(&trace) {
                let codes = [0, 1].map(|attribute| spans.code(attribute, *row));
                let timed = found.entry(codes).or_default();
                let duration = spans.duration(*row);
                timed.durations[side].push(duration);
                timed.longest[side] = timed.longest[side].max(Some((duration, trace)));
            }
        }
    }
    // Two codes may stand for one text.
    let mut endpoints = Endpoints::new();
    for (codes, timed) in found {
        let text = |at: usize| {
            codes[at]
                .and_then(|code| spans.text(at, code))
                .unwrap_or_default()
        };
        let known = endpoints
            .entry((text(0).into(), text(1).into()))
            .or_default();
        for (side, durations) in timed.durations.into_iter().enumerate() {
            known.durations[side].extend(durations);
            known.longest[side] = known.longest[side].max(timed.longest[side]);
        }
    }
    endpoints
}
