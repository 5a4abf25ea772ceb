//! An issue: what its occurrences share, how many there were, where and when.

use super::{errors, same, statuses};
use crate::analysis::detect::{Kind, Remedy};
use crate::analysis::errors::Failure;
use crate::model::record::RecordRef;
use crate::model::{Nanos, SpanId, TimeRange, TraceId, human};
use hashbrown::HashMap;
use serde_json::Value as Json;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many occurrences of an issue are listed: those that take longest, then the newest.
const SAMPLES: usize = 100;
/// Bars of a trend.
pub const TREND: usize = 32;

/// The same problem, wherever it was met.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// What it is.
    pub kind: Kind,
    /// What repeats, is slow, …, behind the name of its kind; of an error type and message.
    pub title: String,
    /// That of its first occurrence.
    pub fingerprint: String,
    /// Every fingerprint it goes by: those of its occurrences, and what its recordings by different SDKs share. No other
    /// issue of its kind goes by one of them.
    pub fingerprints: BTreeSet<String>,
    /// How often it was met: once a transaction and fingerprint.
    pub count: u64,
    /// Start of the first offending span.
    pub first_seen: Nanos,
    /// Start of the last occurrence's first offending span.
    pub last_seen: Nanos,
    /// Services of the offending spans.
    pub services: BTreeSet<Arc<str>>,
    /// The transactions it was met in, by name.
    pub transactions: BTreeSet<Arc<str>>,
    /// Occurrences a release.
    pub releases: Counts,
    /// Occurrences an environment.
    pub environments: Counts,
    /// Occurrences a user.
    pub users: Counts,
    /// Occurrences, the longest first, of errors the newest.
    pub samples: Vec<Sample>,
    /// Facts that show it, from the first sample.
    pub evidence: Vec<(String, Json)>,
    /// Time the offending spans took in all occurrences, nanoseconds.
    pub total_duration: i64,
    /// Time that mending it would have won in all occurrences, nanoseconds; `None` where that is not known.
    pub time_to_win: Option<i64>,
    /// Of an error, what its newest occurrence says, as soon as that is read.
    pub failure: Option<Arc<Failure>>,
    /// How many occurrences are of each of [`Source::NAMES`].
    pub sources: [u64; 4],
    /// Occurrences over time, in equal shares of the time of all issues.
    pub trend: Vec<u32>,
    /// Of an error, the statuses that titles of its occurrences end in.
    statuses: BTreeSet<u16>,
    /// When each occurrence was; emptied when the trend is drawn.
    times: Vec<i64>,
    /// What it has in common with other recordings of it, and the SDK that recorded it; emptied when they become names.
    pub(super) shared: BTreeSet<(String, Arc<str>)>,
}

/// How many there are of each.
pub type Counts = BTreeMap<Arc<str>, u64>;

/// One occurrence.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its trace; of an error in no trace it is zero.
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
    pub evidence: Vec<(String, Json)>,
    /// What it was found in.
    pub source: Source,
    /// Whose it was.
    pub context: Context,
}

/// What an occurrence was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A detector found it in a trace.
    Trace,
    /// An error record, by its number.
    Event(i64),
    /// A log record.
    Log(RecordRef),
    /// A span that failed.
    Span,
}

/// Release, environment and user of an occurrence, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Release of the program.
    pub release: Option<Arc<str>>,
    /// Where it ran.
    pub environment: Option<Arc<str>>,
    /// Who it happened to.
    pub user: Option<Arc<str>>,
    /// How bad its source says it is: `error`, `fatal`, …
    pub level: Option<Arc<str>>,
}

/// An occurrence on its way into an issue.
pub struct Occurrence {
    /// What it is.
    pub kind: Kind,
    /// Its issue's title, if no later one says it otherwise.
    pub title: String,
    /// The same for all of its issue.
    pub fingerprint: String,
    /// What other recordings of the same problem share with it, and the SDK that recorded this one.
    pub same: Option<(String, Arc<str>)>,
    /// Where and when it was.
    pub sample: Sample,
    pub(super) failure: Option<Arc<Failure>>,
}

/// Issues on their way: one a kind and fingerprint, until [`same::joined`] puts together what goes by another name, too.
pub(super) type Issues = HashMap<(Kind, String), Issue>;

pub(super) fn add(issues: &mut Issues, issue: Issue) {
    let key = (issue.kind, issue.fingerprint.clone());
    match issues.get_mut(&key) {
        Some(known) => known.merge(issue),
        None => {
            issues.insert(key, issue);
        }
    }
}

/// Issues that are complete: those first whose mending wins most, then those that take longest, the most frequent, and
/// the newest.
pub(super) fn finished(issues: Issues) -> Vec<Issue> {
    let mut issues = same::joined(issues);
    let times = || issues.iter().flat_map(|issue| &issue.times).copied();
    let all = TimeRange {
        start: Nanos(times().min().unwrap_or_default()),
        end: Nanos(times().max().unwrap_or_default()),
    };
    for issue in &mut issues {
        issue.finish(all);
    }
    issues.sort_by_cached_key(|issue| {
        let rank = (
            issue.time_to_win.unwrap_or_default(),
            issue.total_duration,
            issue.count,
        );
        let newest = Reverse(issue.last_seen);
        (Reverse(rank), newest, issue.kind, issue.fingerprint.clone())
    });
    issues
}

impl Source {
    /// What they are called, in the order of [`Issue::sources`].
    pub const NAMES: [&str; 4] = ["trace", "event", "log", "span"];

    /// What it is called.
    pub fn name(self) -> &'static str {
        Self::NAMES[self.place()]
    }

    fn place(self) -> usize {
        match self {
            Self::Trace => 0,
            Self::Event(_) => 1,
            Self::Log(_) => 2,
            Self::Span => 3,
        }
    }
}

impl Issue {
    pub(super) fn new(occurrence: Occurrence) -> Self {
        let Occurrence {
            kind,
            title,
            fingerprint,
            same,
            sample,
            failure,
        } = occurrence;
        let one = |name: &Option<Arc<str>>| name.iter().map(|name| (name.clone(), 1)).collect();
        let named = |name: &Arc<str>| Some(name.clone()).filter(|name| !name.is_empty());
        let status = match kind {
            Kind::Error => statuses::of(&title),
            _ => None,
        };
        let mut sources = [0; 4];
        sources[sample.source.place()] = 1;
        Self {
            kind,
            title,
            fingerprints: [fingerprint.clone()].into(),
            fingerprint,
            count: 1,
            first_seen: sample.start,
            last_seen: sample.start,
            services: named(&sample.service).into_iter().collect(),
            transactions: named(&sample.transaction).into_iter().collect(),
            releases: one(&sample.context.release),
            environments: one(&sample.context.environment),
            users: one(&sample.context.user),
            evidence: Vec::new(),
            total_duration: sample.duration,
            time_to_win: sample.time_to_win,
            failure,
            sources,
            trend: Vec::new(),
            statuses: status.into_iter().collect(),
            times: vec![sample.start.0],
            shared: same.into_iter().collect(),
            samples: vec![sample],
        }
    }

    /// Takes in what was found of the same issue. Of two fingerprints its own stays.
    pub(super) fn merge(&mut self, other: Self) {
        if other.last_seen >= self.last_seen && self.kind == Kind::Error {
            // The words of an error are those of its newest occurrence.
            self.failure = other.failure;
            self.title = other.title;
        }
        self.fingerprints.extend(other.fingerprints);
        self.shared.extend(other.shared);
        self.statuses.extend(other.statuses);
        self.count += other.count;
        self.first_seen = self.first_seen.min(other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.services.extend(other.services);
        self.transactions.extend(other.transactions);
        for (own, other) in [
            (&mut self.releases, other.releases),
            (&mut self.environments, other.environments),
            (&mut self.users, other.users),
        ] {
            for (name, count) in other {
                *own.entry(name).or_default() += count;
            }
        }
        self.total_duration = self.total_duration.saturating_add(other.total_duration);
        self.time_to_win = match (self.time_to_win, other.time_to_win) {
            (Some(own), Some(other)) => Some(own.saturating_add(other)),
            (own, other) => own.or(other),
        };
        for (own, other) in self.sources.iter_mut().zip(other.sources) {
            *own += other;
        }
        self.times.extend(other.times);
        self.samples.extend(other.samples);
        if self.samples.len() > 2 * SAMPLES {
            self.keep_longest();
        }
    }

    fn keep_longest(&mut self) {
        self.samples
            .sort_by_key(|sample| (Reverse((sample.duration, sample.start)), sample.trace));
        self.samples.truncate(SAMPLES);
    }

    /// Takes a title in place of its own. Of errors that differ in a status only, it says every status.
    pub(super) fn entitle(&mut self, title: String) {
        self.title = statuses::titled(title, &self.statuses);
    }

    fn finish(&mut self, all: TimeRange) {
        self.keep_longest();
        let title = std::mem::take(&mut self.title);
        self.entitle(title);
        if let Some(first) = self.samples.first() {
            self.evidence.clone_from(&first.evidence);
        }
        let length = all.duration().max(1) as i128 + 1;
        self.trend = vec![0; TREND];
        for time in std::mem::take(&mut self.times) {
            let share = (i128::from(time) - i128::from(all.start.0)) * TREND as i128 / length;
            if let Some(bar) = self.trend.get_mut(share as usize) {
                *bar += 1;
            }
        }
    }

    /// How many of its occurrences are error records: error events and exceptions of spans.
    pub fn recorded(&self) -> u64 {
        self.sources[1]
    }

    /// Where it happens: the innermost call of an error, or the transactions.
    pub fn place(&self) -> String {
        let mut names = self.transactions.iter();
        let first = names.next().map(|name| name.to_string());
        let transactions = match (first, self.transactions.len()) {
            (Some(name), 1) => name,
            (Some(name), several) => format!("{name} and {} more", several - 1),
            (None, _) => self
                .services
                .iter()
                .map(|name| &**name)
                .collect::<Vec<_>>()
                .join(", "),
        };
        let culprit = self.failure.as_ref().and_then(|failure| failure.culprit());
        match culprit.map(|frame| frame.place()) {
            Some(frame) if transactions.is_empty() => frame,
            Some(frame) => format!("{frame} · {transactions}"),
            None => transactions,
        }
    }

    /// The issue in one sentence with its numbers, as its longest occurrence shows it.
    pub fn story(&self) -> String {
        let Some(sample) = self.samples.first() else {
            return self.title.clone();
        };
        if self.kind == Kind::Error {
            return errors::story(self);
        }
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
