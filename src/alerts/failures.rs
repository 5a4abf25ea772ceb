//! Rules about issues: failures one by one, as live evaluation would have met them.
//!
//! An issue is what failures with one fingerprint share. Each fires for itself, and then not again for its action
//! interval. What is compared with a baseline (a spike, escalating) counts the stretches of the same length before, back to
//! the beginning of the recording or for [`MOST_STRETCHES`]; with fewer than [`LEAST_STRETCHES`] of them nothing is said.

use super::incidents::{Ended, Incident};
use super::readings::Recorded;
use super::rule::{IssueRule, Level, When};
use crate::model::{Nanos, TraceId};
use crate::query::{self, Expr, Term, Test};
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// Stretches of a baseline that there must be.
pub const LEAST_STRETCHES: i64 = 6;
/// Stretches of a baseline that count at most.
pub const MOST_STRETCHES: i64 = 7 * 24;

const MINUTE: i64 = 60_000_000_000;

/// What can be searched for in a failure.
pub const KEYS: [&str; 11] = [
    "kind",
    "title",
    "fingerprint",
    "source",
    "level",
    "release",
    "environment",
    "service",
    "transaction",
    "user",
    "trace",
];

/// A failure, met once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failed {
    /// What its issue is called; failures of one issue have the same.
    pub fingerprint: Arc<str>,
    /// Type and message.
    pub title: Arc<str>,
    /// What sort of problem it is: `error`, or what a detector looks for.
    pub kind: &'static str,
    /// What tells of it: `event`, `log`, `span` or `trace`.
    pub source: &'static str,
    /// When.
    pub time: Nanos,
    /// In which trace; zero for none.
    pub trace: TraceId,
    /// `error`, `fatal`, …; empty when unknown.
    pub level: Arc<str>,
    /// Release of the program; empty when unknown.
    pub release: Arc<str>,
    /// Where it ran; empty when unknown.
    pub environment: Arc<str>,
    /// The service; empty when unknown.
    pub service: Arc<str>,
    /// What was being done; empty when unknown.
    pub transaction: Arc<str>,
    /// Who it happened to; empty when unknown.
    pub user: Arc<str>,
}

impl Failed {
    /// When, in minutes since the epoch.
    pub fn minute(&self) -> i64 {
        self.time.0.div_euclid(MINUTE)
    }

    /// The value under a name of [`KEYS`], or one that means the same; `None` when there is no such name.
    pub fn value(&self, key: &str) -> Option<String> {
        Some(match key {
            "kind" => self.kind.to_owned(),
            "title" | "" | "message" => self.title.to_string(),
            "fingerprint" => self.fingerprint.to_string(),
            "source" => self.source.to_owned(),
            "level" | "severity" => self.level.to_string(),
            "release" => self.release.to_string(),
            "environment" => self.environment.to_string(),
            "service" | "service.name" => self.service.to_string(),
            "transaction" => self.transaction.to_string(),
            "user" | "user.id" => self.user.to_string(),
            "trace" | "trace_id" if self.trace == TraceId::default() => String::new(),
            "trace" | "trace_id" => self.trace.to_string(),
            _ => return None,
        })
    }
}

/// Names in a search that no failure has.
pub fn unknown_keys(search: &Expr) -> Vec<&str> {
    let nothing = Failed::default();
    let mut keys = search.keys();
    keys.retain(|key| nothing.value(key).is_none());
    keys
}

/// Whether a failure counts for a rule. What detectors find is meant only where a kind is named.
pub fn counts(search: &Expr, failed: &Failed) -> bool {
    (failed.kind == "error" || names_kinds(search)) && fits(search, failed)
}

/// Whether a search names kinds of problems.
pub fn names_kinds(search: &Expr) -> bool {
    search.keys().contains(&"kind")
}

/// Whether a failure fits a search. A search is at most 64 levels deep.
pub fn fits(search: &Expr, failed: &Failed) -> bool {
    match search {
        Expr::All => true,
        Expr::And(parts) => parts.iter().all(|part| fits(part, failed)),
        Expr::Or(parts) => parts.iter().any(|part| fits(part, failed)),
        Expr::Not(part) => !fits(part, failed),
        Expr::Term(Term { key, test }) => failed.value(key).is_some_and(|text| passes(test, &text)),
        Expr::Having(_) | Expr::SomeSpan(_) => false,
    }
}

fn passes(test: &Test, text: &str) -> bool {
    match test {
        Test::Present => !text.is_empty(),
        Test::Equals(wanted) => text == wanted,
        Test::Matches(pattern) => pattern.matches(text),
        Test::Contains(wanted) => text.to_lowercase().contains(&wanted.to_lowercase()),
        Test::Regex(regex) => regex.is_in(text),
        Test::Compare(comparison, wanted) => {
            query::number(text).is_some_and(|number| comparison.holds(number, *wanted))
        }
        Test::AnyItem(test) | Test::Attribute(_, test) => passes(test, text),
        Test::Time(..) | Test::Version(..) | Test::Is(_) => false,
    }
}

/// What rules about issues know besides the failures.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// When issues were resolved, by fingerprint: how often they had been met by then.
    pub resolved: HashMap<Arc<str>, u64>,
    /// Issues that somebody ignores, by fingerprint: they fire when they escalate only.
    pub ignored: HashSet<Arc<str>>,
}

/// An issue that a rule fired for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// What names it.
    pub fingerprint: Arc<str>,
    /// What it is, in words.
    pub title: Arc<str>,
}

/// Why a rule that would have fired did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It had fired for the same issue within its action interval.
    Interval,
    /// Somebody ignores the issue.
    Ignored,
    /// The file of rules says that such failures are noise.
    Noise,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Interval, Self::Ignored, Self::Noise];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Interval => "within the action interval",
            Self::Ignored => "of an ignored issue",
            Self::Noise => "by an ignore rule",
        }
    }
}

/// A stretch of time in which a rule would have fired for an issue, and was silent.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppressed {
    /// Why.
    pub why: Why,
    /// The first and the last minute.
    pub minutes: (i64, i64),
    /// How often it would have fired.
    pub times: u64,
    /// What the issue is, in words.
    pub title: Arc<str>,
}

/// What a rule about issues did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfIssues {
    /// Its incidents, by their beginning.
    pub incidents: Vec<Incident>,
    /// The issues they are of.
    pub issues: Vec<Met>,
    /// When it was silent, by beginning.
    pub suppressed: Vec<Suppressed>,
    /// What is to be known, a sentence each.
    pub notes: Vec<String>,
}

/// What a rule did. `failures` are those that count, by time.
pub fn incidents(
    rule: &IssueRule,
    failures: &[&Failed],
    recorded: &Recorded,
    known: &Known,
) -> OfIssues {
    let mut issues: HashMap<&str, Vec<&Failed>> = HashMap::new();
    let mut order: Vec<&str> = Vec::new();
    for failed in failures {
        let times = issues.entry(&failed.fingerprint).or_insert_with(|| {
            order.push(&failed.fingerprint);
            Vec::new()
        });
        times.push(failed);
    }
    let mut all = OfIssues {
        notes: notes(rule, recorded, known),
        ..OfIssues::default()
    };
    for fingerprint in order {
        if let Some(met) = issues.get(fingerprint) {
            all.add(rule, met, recorded, known);
        }
    }
    all.incidents.sort_by_key(|incident| incident.start);
    all.suppressed.sort_by_key(|silent| silent.minutes);
    all
}

impl OfIssues {
    /// Adds what it did for one issue.
    fn add(&mut self, rule: &IssueRule, met: &[&Failed], recorded: &Recorded, known: &Known) {
        let first = met[0];
        let is_escalating = matches!(rule.when, When::Escalating { .. });
        let is_ignored = !is_escalating && known.ignored.contains(&first.fingerprint);
        let mut quiet_until = i64::MIN;
        let mut silent: Option<Suppressed> = None;
        for (at, count) in firing(&rule.when, met, recorded, known) {
            let (time, minute) = (met[at].time.0, met[at].minute());
            let is_quiet = time < quiet_until;
            if is_quiet || is_ignored {
                let silent = silent.get_or_insert_with(|| Suppressed {
                    why: if is_ignored {
                        Why::Ignored
                    } else {
                        Why::Interval
                    },
                    minutes: (minute, minute),
                    times: 0,
                    title: first.title.clone(),
                });
                silent.minutes.1 = minute;
                silent.times += 1;
                continue;
            }
            self.suppressed.extend(silent.take());
            quiet_until = time.saturating_add(rule.action_interval.saturating_mul(MINUTE));
            let issue = Met {
                fingerprint: first.fingerprint.clone(),
                title: first.title.clone(),
            };
            if self.issues.last() != Some(&issue) {
                self.issues.push(issue);
            }
            let issue = self.issues.len() - 1;
            self.incidents
                .push(incident(rule.severity, minute, count, issue));
        }
        self.suppressed.extend(silent);
    }

    /// The same as what was silent because its failures are noise.
    pub(super) fn into_noise(self) -> impl Iterator<Item = Suppressed> {
        let titles = self.issues;
        let of = move |incident: Incident| {
            let issue = incident.issue.and_then(|at| titles.get(at));
            Suppressed {
                why: Why::Noise,
                minutes: (incident.start, incident.start),
                times: 1,
                title: issue.map(|issue| issue.title.clone()).unwrap_or_default(),
            }
        };
        self.incidents.into_iter().map(of)
    }
}

fn incident(level: Level, minute: i64, count: f64, issue: usize) -> Incident {
    Incident {
        level,
        start: minute,
        fired: vec![(minute, level)],
        peak: (minute, count),
        // Somebody looks at it in that minute.
        end: minute + 1,
        ended: Ended::Resolved,
        issue: Some(issue),
    }
}

fn notes(rule: &IssueRule, recorded: &Recorded, known: &Known) -> Vec<String> {
    let within = match rule.when {
        When::Spike { within, .. } | When::Escalating { within, .. } => within,
        When::Regression if known.resolved.is_empty() => {
            return vec!["No issue is resolved in this store, so none can come back.".to_owned()];
        }
        _ => return Vec::new(),
    };
    let needed = within * (LEAST_STRETCHES + 1);
    if recorded.end - recorded.start >= needed {
        return Vec::new();
    }
    let length = super::judged::span_words(usize::try_from(needed).unwrap_or(0));
    vec![format!(
        "History is too short: it takes {length} of recording before there is a baseline."
    )]
}

/// The failures at which it fires, with how many had been met within the stretch.
fn firing(when: &When, met: &[&Failed], recorded: &Recorded, known: &Known) -> Vec<(usize, f64)> {
    let begins = recorded.start * MINUTE;
    match *when {
        When::New { after } => {
            let is_new = met[0].time.0 >= begins.saturating_add(after.saturating_mul(MINUTE));
            if is_new { vec![(0, 1.0)] } else { Vec::new() }
        }
        When::Regression => {
            let known = known.resolved.get(&met[0].fingerprint).copied();
            let came_back = known.and_then(|known| usize::try_from(known).ok());
            let came_back = came_back.filter(|at| *at < met.len());
            came_back
                .into_iter()
                .flat_map(|at| (at..met.len()).map(|at| (at, 1.0)))
                .collect()
        }
        When::MoreThan { count, within } => {
            let counts = sliding(met, within).into_iter().enumerate();
            counts
                .filter(|(_, own)| *own > count)
                .map(|(at, own)| (at, own as f64))
                .collect()
        }
        When::Spike {
            factor,
            within,
            least,
        } => {
            let is_beyond = |own: f64, counts: &[f64]| own > factor * mean(counts);
            beyond(met, within, least, begins, is_beyond)
        }
        When::Escalating { within, least } => {
            let is_beyond = |own: f64, counts: &[f64]| {
                let mean = mean(counts);
                let square = |count: &f64| (count - mean).powi(2);
                let variance = counts.iter().map(square).sum::<f64>() / counts.len() as f64;
                own > mean + 5.0 * variance.sqrt()
            };
            beyond(met, within, least, begins, is_beyond)
        }
    }
}

fn mean(counts: &[f64]) -> f64 {
    counts.iter().sum::<f64>() / counts.len().max(1) as f64
}

/// How many there were within so many minutes up to each, itself among them.
fn sliding(met: &[&Failed], within: i64) -> Vec<u64> {
    let length = within.saturating_mul(MINUTE);
    let mut first = 0;
    let count = |(at, failed): (usize, &&Failed)| {
        while met[first].time.0 <= failed.time.0.saturating_sub(length) {
            first += 1;
        }
        (at - first + 1) as u64
    };
    met.iter().enumerate().map(count).collect()
}

fn beyond(
    met: &[&Failed],
    within: i64,
    least: u64,
    begins: i64,
    is_beyond: impl Fn(f64, &[f64]) -> bool,
) -> Vec<(usize, f64)> {
    let length = within.max(1).saturating_mul(MINUTE);
    let mut found = Vec::new();
    for (at, own) in sliding(met, within).into_iter().enumerate() {
        let until = met[at].time.0.saturating_sub(length);
        let stretches = ((until - begins).div_euclid(length)).min(MOST_STRETCHES);
        if own < least || stretches < LEAST_STRETCHES {
            continue;
        }
        let up_to = |time: i64| met[..at].partition_point(|failed| failed.time.0 <= time);
        let edge = |back: i64| up_to(until.saturating_sub(length.saturating_mul(back)));
        let counts: Vec<f64> = (0..stretches)
            .map(|back| (edge(back) - edge(back + 1)) as f64)
            .collect();
        if is_beyond(own as f64, &counts) {
            found.push((at, own as f64));
        }
    }
    found
}
