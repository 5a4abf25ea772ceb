//! Issues: the problems that detectors find in traces, the same ones put together.
//!
//! Traces are read and looked at in parallel and never all at once; what is kept of a problem is what an issue shows. An
//! issue is what its occurrences share, by their fingerprint; how much mending it would win is the sum over them. Errors
//! will be issues of the kind `error`; they are not among these yet.

use crate::analysis::detect::{self, FIELD_NAMES, Hashes, Problem, Remedy, Settings};
use crate::analysis::gain::PathTimes;
use crate::analysis::{CriticalPath, SpanTree};
use crate::model::trace::Trace;
use crate::model::{CancelToken, Nanos, SpanId, TraceId};
use crate::store::{Filter, Reader, StoreError, TraceOrder, TraceWithValues};
use hashbrown::HashMap;
use serde_json::Value as Json;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

pub use detect::Kind;

/// How many occurrences of an issue are listed: those that take longest.
const SAMPLES: usize = 100;

/// The same problem, wherever it was met.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// What it is.
    pub kind: Kind,
    /// What repeats, is slow, …, behind the name of its kind.
    pub title: String,
    /// The same for all occurrences.
    pub fingerprint: String,
    /// How often it was met: once a transaction.
    pub count: u64,
    /// Start of the first offending span.
    pub first_seen: Nanos,
    /// Start of the last occurrence's first offending span.
    pub last_seen: Nanos,
    /// Services of the offending spans.
    pub services: BTreeSet<Arc<str>>,
    /// The transactions it was met in, by name.
    pub transactions: BTreeSet<Arc<str>>,
    /// Occurrences, the longest first.
    pub samples: Vec<Sample>,
    /// Facts that show it, from the first sample.
    pub evidence: Vec<(&'static str, Json)>,
    /// Time the offending spans took in all occurrences, nanoseconds.
    pub total_duration: i64,
    /// Time that mending it would have won in all occurrences, nanoseconds; `None` where that is not known.
    pub time_to_win: Option<i64>,
}

/// One occurrence.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its trace.
    pub trace: TraceId,
    /// The span it happens under.
    pub parent: Option<SpanId>,
    /// The offending spans.
    pub spans: Vec<SpanId>,
    /// What leads to it.
    pub causes: Vec<SpanId>,
    /// The transaction's name.
    pub transaction: Arc<str>,
    /// Service of the offending spans.
    pub service: Arc<str>,
    /// Start of the first offending span.
    pub start: Nanos,
    /// Sum of the offending spans' durations, nanoseconds.
    pub duration: i64,
    /// How long the trace is, nanoseconds.
    pub trace_duration: i64,
    /// Time that mending it would win, nanoseconds.
    pub time_to_win: Option<i64>,
    /// Facts that show it.
    pub evidence: Vec<(&'static str, Json)>,
}

/// An occurrence on its way into an issue.
struct Occurrence {
    kind: Kind,
    title: String,
    fingerprint: String,
    sample: Sample,
}

/// The issues in the traces of which a span fits: those first whose mending wins most.
pub fn find(
    reader: &Reader,
    filter: &Filter,
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<Vec<Issue>, StoreError> {
    let numbers = reader
        .find_traces(filter, TraceOrder::Start, false, cancel)?
        .numbers;
    let parts = reader.work_through_traces(&numbers, FIELD_NAMES, cancel, |traces| {
        let mut known = Hashes::default();
        let mut issues = HashMap::new();
        for trace in &traces {
            for occurrence in occurrences(trace, settings, &mut known) {
                add(&mut issues, Issue::new(occurrence));
            }
        }
        issues
    })?;
    let mut all = HashMap::new();
    for issue in parts.into_iter().flat_map(HashMap::into_values) {
        add(&mut all, issue);
    }
    let mut issues: Vec<Issue> = all.into_values().collect();
    for issue in &mut issues {
        issue.finish();
    }
    issues.sort_by_cached_key(|issue| {
        let rank = (issue.time_to_win.unwrap_or_default(), issue.total_duration);
        (Reverse(rank), issue.kind, issue.fingerprint.clone())
    });
    Ok(issues)
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

fn occurrences(
    traced: &TraceWithValues,
    settings: &Settings,
    known: &mut Hashes,
) -> Vec<Occurrence> {
    let trace = &traced.trace;
    let tree = SpanTree::new(trace);
    let problems = detect::detect(trace, &tree, &traced.values, settings, known);
    if problems.is_empty() {
        return Vec::new();
    }
    let times = PathTimes::new(&tree, CriticalPath::new(trace, &tree).steps());
    let occurrence = |problem: Problem| {
        let detector = problem.kind.detector();
        Occurrence {
            kind: problem.kind,
            title: format!("{}: {}", detector.title, problem.description),
            fingerprint: problem.fingerprint.clone(),
            sample: sample(trace, &times, detector.remedy, problem),
        }
    };
    problems.into_iter().map(occurrence).collect()
}

fn sample(trace: &Trace, times: &PathTimes, remedy: Remedy, problem: Problem) -> Sample {
    let spans = &problem.offenders;
    let time_to_win = match remedy {
        Remedy::Once | Remedy::Parallel => Some(times.without_all_but_longest(spans)),
        Remedy::Cached => Some(times.without_all_but_first(spans)),
        Remedy::Moved => Some(times.without_all(spans)),
        Remedy::Unknown => None,
    };
    let span = |at: &crate::analysis::SpanIndex| &trace.spans[at.at()];
    let root = span(&problem.root);
    let first = spans
        .iter()
        .map(span)
        .min_by_key(|span| span.start)
        .unwrap_or(root);
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
        evidence: problem.evidence,
    }
}

/// Issues are the same when kind and fingerprint are.
type Issues = HashMap<(Kind, String), Issue>;

fn add(issues: &mut Issues, issue: Issue) {
    let key = (issue.kind, issue.fingerprint.clone());
    match issues.get_mut(&key) {
        Some(known) => known.merge(issue),
        None => {
            issues.insert(key, issue);
        }
    }
}

impl Issue {
    fn new(occurrence: Occurrence) -> Self {
        let Occurrence {
            kind,
            title,
            fingerprint,
            sample,
        } = occurrence;
        Self {
            kind,
            title,
            fingerprint,
            count: 1,
            first_seen: sample.start,
            last_seen: sample.start,
            services: [sample.service.clone()].into(),
            transactions: [sample.transaction.clone()].into(),
            evidence: Vec::new(),
            total_duration: sample.duration,
            time_to_win: sample.time_to_win,
            samples: vec![sample],
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.services.extend(other.services);
        self.transactions.extend(other.transactions);
        self.total_duration = self.total_duration.saturating_add(other.total_duration);
        self.time_to_win = match (self.time_to_win, other.time_to_win) {
            (Some(own), Some(other)) => Some(own.saturating_add(other)),
            (own, other) => own.or(other),
        };
        self.samples.extend(other.samples);
        if self.samples.len() > 2 * SAMPLES {
            self.keep_longest();
        }
    }

    fn keep_longest(&mut self) {
        self.samples
            .sort_by_key(|sample| (Reverse(sample.duration), sample.start, sample.trace));
        self.samples.truncate(SAMPLES);
    }

    fn finish(&mut self) {
        self.keep_longest();
        if let Some(first) = self.samples.first() {
            self.evidence.clone_from(&first.evidence);
        }
    }

    /// The issue in one sentence with its numbers, as its longest occurrence shows it.
    pub fn story(&self) -> String {
        use crate::model::human;
        let Some(sample) = self.samples.first() else {
            return self.title.clone();
        };
        let times = format!(
            "{} of {}",
            human::duration(sample.duration),
            human::duration(sample.trace_duration)
        );
        let (place, count) = (&sample.transaction, sample.spans.len());
        let what = match self.kind {
            Kind::NPlusOneDb | Kind::InterleavedDb | Kind::LiteralDb => {
                format!("{place} runs the same query {count} times: {times}")
            }
            Kind::MNPlusOneDb => {
                format!("{place} repeats a group of queries, {count} spans: {times}")
            }
            Kind::NPlusOneApiCalls => {
                format!("{place} calls the same endpoint {count} times: {times}")
            }
            Kind::MissingCache => format!("{place} reads the same answer {count} times: {times}"),
            _ if count == 1 => format!("{place}: {times}"),
            _ => format!("{place}: {count} spans, {times}"),
        };
        let won = sample.time_to_win.filter(|won| *won > 0);
        let Some(won) = won.map(human::duration) else {
            return what;
        };
        match self.kind.detector().remedy {
            Remedy::Once => format!("{what}; one would save about {won}"),
            Remedy::Parallel => format!("{what}; side by side they would save about {won}"),
            Remedy::Cached => format!("{what}; keeping the first would save about {won}"),
            Remedy::Moved => format!("{what}; elsewhere they would save about {won}"),
            Remedy::Unknown => what,
        }
    }
}
