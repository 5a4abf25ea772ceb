//! What is wrong in one trace, without what error records and logs tell.

use super::errors;
use super::issue::{Context, Occurrence, Sample, Source};
use super::kept::ToldTrace;
use super::told::Told;
use crate::analysis::detect::{self, FIELD_NAMES, Hashes, Problem, Remedy, Settings};
use crate::analysis::gain::PathTimes;
use crate::analysis::{CriticalPath, Link, SpanIndex, SpanTree};
use crate::model::trace::{Span, Trace};
use crate::model::{SpanId, Value};
use crate::store::TraceWithValues;
use hashbrown::HashSet;
use std::sync::Arc;

/// What is read of spans behind what detectors read.
const MORE_NAMES: [&str; 4] = ["release", "environment", "user.id", "status_message"];

/// The attributes of spans that [`occurrences`] reads.
pub(super) fn attributes() -> Vec<&'static str> {
    FIELD_NAMES.iter().copied().chain(MORE_NAMES).collect()
}

/// A trace's name and duration.
fn named(trace: &Trace) -> (Arc<str>, i64) {
    let root = trace.spans.iter().find(|span| span.parent().is_none());
    let root = root.or(trace.spans.first());
    let name = root.map(|root| match root.description.is_empty() {
        true => root.name.clone(),
        false => root.description.clone(),
    });
    (name.unwrap_or_default(), trace.range().duration())
}

/// The name of a transaction.
fn name_of(transaction: &Span) -> &Arc<str> {
    match transaction.name.is_empty() {
        true => &transaction.description,
        false => &transaction.name,
    }
}

/// The name of the transaction that each span belongs to, by its place: of itself, or of the nearest one above it. A job done
/// for a request has one of its own, though both are of one trace.
fn transactions<'a>(trace: &'a Trace, tree: &SpanTree) -> Vec<Option<&'a Arc<str>>> {
    let mut names = vec![None; trace.spans.len()];
    for at in tree.preorder() {
        let span = &trace.spans[at.at()];
        names[at.at()] = match tree.link(at) {
            _ if span.segment => Some(name_of(span)),
            Link::Child(parent) => names[parent.at()],
            _ => None,
        };
    }
    names
}

/// What an error record in a trace does not say itself; `told` are the spans of which such records tell.
pub(super) fn told_trace(
    traced: &TraceWithValues,
    tree: &SpanTree,
    told: &HashSet<SpanId>,
) -> ToldTrace {
    let trace = &traced.trace;
    let (name, duration) = named(trace);
    let names = transactions(trace, tree);
    let others = trace.spans.iter().zip(names);
    let others = others.filter_map(|(span, own)| {
        let own = own.filter(|own| **own != name && told.contains(&span.id))?;
        Some((span.id, own.clone()))
    });
    let others = others.collect();
    let mut spans = (0u32..).map(SpanIndex).zip(&traced.trace.spans);
    let user = spans.find_map(|(at, _)| more(traced, at, 2));
    ToldTrace {
        name,
        others,
        duration,
        user,
    }
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
pub(super) fn untold(traced: &TraceWithValues, tree: &SpanTree, told: &Told) -> Vec<Occurrence> {
    let trace = &traced.trace;
    let context = |at: SpanIndex| context_of(traced, at);
    let status_message = |at| more(traced, at, 3).map(|text| text.to_string());
    let told: Option<&HashSet<_>> = told.get(&trace.id);
    let mut found = errors::untold_failures(trace, tree, told, status_message, context);
    if !found.is_empty() {
        let (name, duration) = named(trace);
        let names = transactions(trace, tree);
        for failure in &mut found {
            let own = failure.sample.spans.first();
            let own = own.and_then(|id| tree.find(trace, *id));
            let own = own.and_then(|at| names[at.at()]).unwrap_or(&name);
            failure.sample.transaction.clone_from(own);
            failure.sample.trace_duration = duration;
        }
    }
    found
}

/// What is wrong in a trace, without what error records and logs tell.
pub(super) fn occurrences(
    traced: &TraceWithValues,
    tree: &SpanTree,
    settings: &Settings,
    told: &Told,
    known: &mut Hashes,
) -> Vec<Occurrence> {
    let trace = &traced.trace;
    let mut found = untold(traced, tree, told);
    let problems = detect::detect(trace, tree, &traced.values, settings, known);
    if problems.is_empty() {
        return found;
    }
    let times = PathTimes::new(tree, &CriticalPath::new(trace, tree));
    let sdk = |problem: &Problem| trace.spans[problem.root.at()].sdk.clone();
    let occurrence = |problem: Problem| {
        let detector = problem.kind.detector();
        let context = context_of(traced, problem.root);
        Occurrence {
            kind: problem.kind,
            title: format!("{}: {}", detector.title, problem.description),
            fingerprint: problem.fingerprint.clone(),
            same: problem.same.clone().map(|name| (name, sdk(&problem))),
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
        transaction: name_of(root).clone(),
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
