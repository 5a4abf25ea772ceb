//! Issues: what is wrong in the recorded traffic, the same put together.
//!
//! Detectors look at traces, which are read and looked at in parallel and never all at once; what is kept of a problem is what
//! an issue shows. [Failures](super::errors) are issues of the kind `error`. An issue is what its occurrences share, by
//! their fingerprint; how much mending it would win is the sum over them.

use super::errors::{self, Told};
pub use super::issue::{Context, Counts, Issue, Occurrence, Sample, Source, TREND};
use super::issue::{Issues, add, finished};
use crate::analysis::detect::{self, FIELD_NAMES, Hashes, Problem, Remedy, Settings};
use crate::analysis::gain::PathTimes;
use crate::analysis::{CriticalPath, SpanIndex, SpanTree};
use crate::model::trace::Trace;
use crate::model::{CancelToken, TraceId, Value};
use crate::query::{self, Expr};
use crate::store::{Filter, Reader, StoreError, TraceOrder, TraceWithValues};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

pub use detect::Kind;

/// What is read of spans behind what detectors read.
const MORE_NAMES: [&str; 4] = ["release", "environment", "user.id", "status_message"];

/// What a part of the traces gives: issues, and of traces with errors the name and duration.
struct Part {
    issues: Issues,
    traces: Vec<(TraceId, Arc<str>, i64)>,
}

/// The issues in the traces of which a span fits: those first whose mending wins most. Errors of no trace are among them
/// where nothing is searched for.
pub fn find(
    reader: &Reader,
    filter: &Filter,
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<Vec<Issue>, StoreError> {
    let numbers = reader
        .find_traces(filter, TraceOrder::Start, false, cancel)?
        .numbers;
    let (mut failures, told) = errors::told(reader, filter, cancel)?;
    let names: Vec<&str> = FIELD_NAMES.iter().copied().chain(MORE_NAMES).collect();
    let parts = reader.work_through_traces(&numbers, &names, cancel, |traces| {
        let mut known = Hashes::default();
        let mut part = Part {
            issues: Issues::new(),
            traces: Vec::new(),
        };
        for trace in &traces {
            for occurrence in occurrences(trace, settings, &told, &mut known) {
                add(&mut part.issues, Issue::new(occurrence));
            }
            if told.contains_key(&trace.trace.id) {
                part.traces.push(named(&trace.trace));
            }
        }
        part
    })?;
    let mut all = Issues::new();
    let mut traces = HashMap::new();
    for part in parts {
        let known = part.traces.into_iter();
        traces.extend(known.map(|(id, name, duration)| (id, (name, duration))));
        part.issues
            .into_values()
            .for_each(|issue| add(&mut all, issue));
    }
    if filter.search != Expr::All {
        failures.retain(|failure| traces.contains_key(&failure.sample.trace));
    }
    for mut failure in failures {
        if let Some((name, duration)) = traces.get(&failure.sample.trace) {
            failure.sample.trace_duration = *duration;
            if failure.sample.transaction.is_empty() {
                failure.sample.transaction.clone_from(name);
            }
        }
        add(&mut all, Issue::new(failure));
    }
    Ok(finished(all))
}

/// Failures one by one, by time, and besides what detectors find where their settings are given.
pub fn one_by_one(
    reader: &Reader,
    settings: Option<&Settings>,
    cancel: &CancelToken,
) -> Result<Vec<Occurrence>, StoreError> {
    let search = match settings {
        Some(_) => Expr::All,
        None => query::parse_filter("is:error").unwrap_or_default(),
    };
    let filter = Filter {
        search,
        range: None,
    };
    let numbers = reader
        .find_traces(&filter, TraceOrder::Start, false, cancel)?
        .numbers;
    let (mut found, told) = errors::told(reader, &Filter::default(), cancel)?;
    let names: Vec<&str> = FIELD_NAMES.iter().copied().chain(MORE_NAMES).collect();
    let parts = reader.work_through_traces(&numbers, &names, cancel, |traces| {
        let mut known = Hashes::default();
        let all = traces.iter().flat_map(|trace| match settings {
            Some(settings) => occurrences(trace, settings, &told, &mut known),
            None => untold(trace, &SpanTree::new(&trace.trace), &told),
        });
        all.collect::<Vec<_>>()
    })?;
    found.extend(parts.into_iter().flatten());
    found.sort_by_key(|occurrence| occurrence.sample.start);
    Ok(found)
}

/// A trace's name and duration.
fn named(trace: &Trace) -> (TraceId, Arc<str>, i64) {
    let root = trace.spans.iter().find(|span| span.parent.is_none());
    let root = root.or(trace.spans.first());
    let name = root.map(|root| match root.description.is_empty() {
        true => root.name.clone(),
        false => root.description.clone(),
    });
    (trace.id, name.unwrap_or_default(), trace.range().duration())
}

/// The kinds of problems in each of some traces, by their numbers.
pub fn kinds_of(
    reader: &Reader,
    numbers: &[i64],
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<HashMap<i64, Vec<Kind>>, StoreError> {
    let parts = reader.work_through_traces(numbers, FIELD_NAMES, cancel, |traces| {
        let mut known = Hashes::default();
        let kinds = |trace: &TraceWithValues| {
            let tree = SpanTree::new(&trace.trace);
            let problems = detect::detect(&trace.trace, &tree, &trace.values, settings, &mut known);
            let kinds = problems.iter().map(|problem| problem.kind).collect();
            (trace.number, kinds)
        };
        traces.iter().map(kinds).collect::<Vec<_>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// What detectors find in one trace: an issue each, met once.
pub fn in_trace(
    reader: &Reader,
    id: TraceId,
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<Vec<Issue>, StoreError> {
    let Some(number) = reader.trace_number(id)? else {
        return Ok(Vec::new());
    };
    let names: Vec<&str> = FIELD_NAMES.iter().copied().chain(MORE_NAMES).collect();
    let parts = reader.work_through_traces(&[number], &names, cancel, |traces| {
        let mut known = Hashes::default();
        let found = traces
            .iter()
            .flat_map(|trace| occurrences(trace, settings, &Told::new(), &mut known));
        // Spans that failed are marked as they are.
        found
            .filter(|found| found.kind != Kind::Error)
            .map(Issue::new)
            .collect::<Vec<_>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// The value of one of [`MORE_NAMES`] of a span.
fn more(traced: &TraceWithValues, at: SpanIndex, place: usize) -> Option<Arc<str>> {
    let value = traced.values.get(FIELD_NAMES.len() + place, at.at());
    value
        .filter(|value| **value != Value::Null)
        .map(|value| Arc::from(&*value.text()))
}

fn context_of(traced: &TraceWithValues, at: SpanIndex) -> Context {
    Context {
        release: more(traced, at, 0),
        environment: more(traced, at, 1),
        user: more(traced, at, 2),
        level: None,
    }
}

/// The spans of a trace that failed and of which nothing else tells.
fn untold(traced: &TraceWithValues, tree: &SpanTree, told: &Told) -> Vec<Occurrence> {
    let trace = &traced.trace;
    let context = |at: SpanIndex| context_of(traced, at);
    let status_message = |at| more(traced, at, 3).map(|text| text.to_string());
    let told: Option<&HashSet<_>> = told.get(&trace.id);
    let mut found = errors::untold_failures(trace, tree, told, status_message, context);
    if !found.is_empty() {
        let (_, name, duration) = named(trace);
        for failure in &mut found {
            failure.sample.transaction.clone_from(&name);
            failure.sample.trace_duration = duration;
        }
    }
    found
}

/// What is wrong in a trace, without what error records and logs tell.
fn occurrences(
    traced: &TraceWithValues,
    settings: &Settings,
    told: &Told,
    known: &mut Hashes,
) -> Vec<Occurrence> {
    let trace = &traced.trace;
    let tree = SpanTree::new(&traced.trace);
    let mut found = untold(traced, &tree, told);
    let problems = detect::detect(trace, &tree, &traced.values, settings, known);
    if problems.is_empty() {
        return found;
    }
    let times = PathTimes::new(&tree, CriticalPath::new(trace, &tree).steps());
    let occurrence = |problem: Problem| {
        let detector = problem.kind.detector();
        let context = context_of(traced, problem.root);
        Occurrence {
            kind: problem.kind,
            title: format!("{}: {}", detector.title, problem.description),
            fingerprint: problem.fingerprint.clone(),
            sample: sample(trace, &times, detector.remedy, problem, context),
            failure: None,
        }
    };
    found.extend(problems.into_iter().map(occurrence));
    found
}

fn sample(
    trace: &Trace,
    times: &PathTimes,
    remedy: Remedy,
    problem: Problem,
    context: Context,
) -> Sample {
    let spans = &problem.offenders;
    let time_to_win = match remedy {
        Remedy::Once | Remedy::Parallel => Some(times.without_all_but_longest(spans)),
        Remedy::Cached => Some(times.without_all_but_first(spans)),
        Remedy::Moved => Some(times.without_all(spans)),
        Remedy::Unknown => None,
    };
    let span = |at: &SpanIndex| &trace.spans[at.at()];
    let root = span(&problem.root);
    let first = spans
        .iter()
        .map(span)
        .min_by_key(|span| span.start)
        .unwrap_or(root);
    let evidence = problem.evidence.into_iter();
    Sample {
        trace: trace.id,
        parent: problem.parents.first().map(|at| span(at).id),
        spans: spans.iter().map(|at| span(at).id).collect(),
        causes: problem.causes.iter().map(|at| span(at).id).collect(),
        transaction: match root.name.is_empty() {
            true => root.description.clone(),
            false => root.name.clone(),
        },
        service: first.service.clone(),
        start: first.start,
        duration: spans
            .iter()
            .fold(0, |sum: i64, at| sum.saturating_add(span(at).duration)),
        trace_duration: trace.range().duration(),
        time_to_win,
        evidence: evidence
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        source: Source::Trace,
        context,
    }
}
