//! All rules of a file over one recording, in figures.

use super::failures::{self, Failed, Known, Suppressed};
use super::incidents::{Incident, incidents};
use super::judged::Judged;
use super::readings::{Readings, Recorded};
use super::rule::{Does, IssueRule, Level, Measure, Metric, Rule, RuleSet, Subject, Watches};
use crate::model::TraceId;
use crate::query::Aggregate;
use hashbrown::HashSet;
use std::sync::Arc;

/// Minutes of a week.
pub const WEEK: f64 = 7.0 * 1440.0;

/// What was recorded, as far as some rules need it.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// When anything was.
    pub recorded: Recorded,
    /// The values of each rule's windows, where they are of spans or logs.
    pub readings: Vec<Option<Readings>>,
    /// All failures, by time.
    pub failures: Vec<Failed>,
    /// For each rule about issues in certain traces, which those are.
    pub traces: Vec<Option<HashSet<TraceId>>>,
    /// What is known of issues.
    pub known: Known,
}

/// A rule, and what it would have done.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult {
    /// The rule.
    pub rule: Rule,
    /// The values its windows had, and what they were compared with; of rules about numbers.
    pub judged: Option<Arc<Judged>>,
    /// Its incidents, by their beginning.
    pub incidents: Vec<Incident>,
    /// What [`Incident::issue`] counts in.
    pub issues: Vec<failures::Met>,
    /// When it would have fired and was silent; of rules about issues.
    pub suppressed: Vec<Suppressed>,
    /// What is to be known, a sentence each.
    pub notes: Vec<String>,
}

/// Two rules of which every incident overlaps one of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Together {
    /// Places of the rules.
    pub rules: (usize, usize),
    /// How many incidents of the first there were.
    pub times: usize,
}

/// All rules, and what they would have done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backtest {
    /// When anything was recorded.
    pub recorded: Recorded,
    /// In the order of the file.
    pub results: Vec<RuleResult>,
    /// Rules that always fire together.
    pub together: Vec<Together>,
}

impl RuleResult {
    /// A rule about a number, from the values of its windows.
    pub fn metric(rule: Rule, judged: Arc<Judged>) -> Self {
        let windows = match &rule.watches {
            Watches::Metric(metric) => metric.windows,
            Watches::Issues(_) => 1,
        };
        Self {
            incidents: incidents(&judged, windows),
            notes: judged.notes.clone(),
            judged: Some(judged),
            issues: Vec::new(),
            suppressed: Vec::new(),
            rule,
        }
    }

    /// The same with another rule about the same values: only what thresholds, levels and numbers of windows say is new.
    pub fn again(&self, rule: &Rule) -> Self {
        match (&rule.watches, &self.judged) {
            (Watches::Metric(metric), Some(judged)) => {
                Self::metric(rule.clone(), Arc::new(judged.with(&metric.condition)))
            }
            _ => Self {
                rule: rule.clone(),
                ..self.clone()
            },
        }
    }

    fn times(&self, level: Level) -> u64 {
        self.incidents
            .iter()
            .map(|incident| incident.times(level))
            .sum()
    }

    /// How often somebody would have been woken.
    pub fn pages(&self) -> u64 {
        match self.rule.does {
            Does::Page => self.times(Level::Critical),
            Does::Notify | Does::Ignore => 0,
        }
    }

    /// How often somebody would have been told.
    pub fn notifications(&self) -> u64 {
        match self.rule.does {
            Does::Page => self.times(Level::Warning),
            Does::Notify => self.times(Level::Warning) + self.times(Level::Critical),
            Does::Ignore => 0,
        }
    }

    /// Minutes in which it was not resolved.
    pub fn minutes(&self) -> i64 {
        self.incidents.iter().map(Incident::minutes).sum()
    }

    /// The highest level that fired.
    pub fn level(&self) -> Option<Level> {
        self.incidents.iter().map(|incident| incident.level).max()
    }

    /// How often it began anew right after it had been resolved.
    pub fn reopened(&self) -> usize {
        let Watches::Metric(metric) = &self.rule.watches else {
            return 0;
        };
        let near = (2 * metric.window as i64).max(10);
        let pairs = self.incidents.windows(2);
        pairs
            .filter(|pair| pair[1].start - pair[0].end <= near)
            .count()
    }

    /// Whether it opens and closes all the time.
    pub fn flaps(&self) -> bool {
        self.reopened() >= 2
    }
}

impl Backtest {
    /// Tries a set of rules on what was recorded.
    pub fn new(set: &RuleSet, material: &Material) -> Self {
        let (noise, failures): (Vec<&Failed>, Vec<&Failed>) = material
            .failures
            .iter()
            .partition(|failed| is_ignored(set, failed));
        let rules = set.rules.iter().enumerate();
        let results = rules.map(|(at, rule)| match &rule.watches {
            Watches::Metric(metric) => {
                let readings = material.readings.get(at).cloned().flatten();
                let readings =
                    readings.unwrap_or_else(|| counted(metric, &failures, &material.recorded));
                let judged = Judged::new(metric, &readings, &material.recorded);
                RuleResult::metric(rule.clone(), Arc::new(judged))
            }
            Watches::Issues(issues) => {
                let traces = material.traces.get(at).and_then(Option::as_ref);
                of_issues(rule, issues, [&failures, &noise], traces, material)
            }
        });
        Self::of(material.recorded.clone(), results.collect())
    }

    fn of(recorded: Recorded, results: Vec<RuleResult>) -> Self {
        let together = together(&results);
        Self {
            recorded,
            results,
            together,
        }
    }

    /// The same with other rules for the same values, one for each.
    pub fn again(&self, rules: &[Rule]) -> Self {
        let results = self
            .results
            .iter()
            .zip(rules)
            .map(|(result, rule)| result.again(rule));
        Self::of(self.recorded.clone(), results.collect())
    }

    /// Places of the rules, the loosest first: by pages, notifications, minutes.
    pub fn loosest(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.results.len()).collect();
        order.sort_by_key(|at| {
            let result = &self.results[*at];
            std::cmp::Reverse((result.pages(), result.notifications(), result.minutes()))
        });
        order
    }

    /// So many in the recording, as so many a week; `None` where less than a day was recorded, which tells nothing of a week.
    pub fn per_week(&self, number: u64) -> Option<f64> {
        let minutes = self.recorded.minutes();
        (minutes >= 1440).then(|| number as f64 * WEEK / minutes as f64)
    }

    /// How often somebody would have been woken.
    pub fn pages(&self) -> u64 {
        self.results.iter().map(RuleResult::pages).sum()
    }

    /// How often somebody would have been told.
    pub fn notifications(&self) -> u64 {
        self.results.iter().map(RuleResult::notifications).sum()
    }

    /// Whether a critical level fired of a rule that does something.
    pub fn is_critical(&self) -> bool {
        let does = |result: &&RuleResult| result.rule.does != Does::Ignore;
        self.results
            .iter()
            .filter(does)
            .any(|result| result.level() == Some(Level::Critical))
    }
}

fn is_ignored(set: &RuleSet, failed: &Failed) -> bool {
    let of_errors = set
        .ignored
        .iter()
        .filter(|ignored| ignored.subject == Subject::Errors);
    of_errors
        .into_iter()
        .any(|ignored| failures::fits(&ignored.filter.expr, failed))
}

/// A rule about issues, from the failures that count and those that are noise.
fn of_issues(
    rule: &Rule,
    issues: &IssueRule,
    failures: [&[&Failed]; 2],
    traces: Option<&HashSet<TraceId>>,
    material: &Material,
) -> RuleResult {
    let counts = |failed: &&&Failed| {
        failures::counts(&issues.filter.expr, failed)
            && traces.is_none_or(|traces| traces.contains(&failed.trace))
    };
    let [found, noise] = failures.map(|failures| {
        let failures: Vec<&Failed> = failures.iter().filter(counts).copied().collect();
        failures::incidents(issues, &failures, &material.recorded, &material.known)
    });
    let mut suppressed = found.suppressed;
    suppressed.extend(noise.into_noise());
    suppressed.sort_by_key(|silent| silent.minutes);
    RuleResult {
        rule: rule.clone(),
        judged: None,
        incidents: found.incidents,
        issues: found.issues,
        suppressed,
        notes: found.notes,
    }
}

/// The values of windows of failures: how many, how many different.
fn counted(metric: &Metric, failures: &[&Failed], recorded: &Recorded) -> Readings {
    let counts = |search: &crate::query::Expr| -> Vec<&Failed> {
        failures
            .iter()
            .filter(|failed| failures::counts(search, failed))
            .copied()
            .collect()
    };
    let all = counts(&metric.filter.expr);
    let other = match &metric.measure {
        Measure::Share(part) => counts(&part.expr)
            .into_iter()
            .filter(|failed| failures::fits(&metric.filter.expr, failed))
            .collect(),
        Measure::Difference(minus) => counts(&minus.expr),
        _ => Vec::new(),
    };
    let (window, step) = (metric.window as i64, metric.step() as i64);
    let first_end = recorded.start.div_euclid(step) * step + step;
    let mut readings = Readings {
        first_end,
        step: metric.step(),
        window: metric.window,
        ..Readings::default()
    };
    let within = |list: &[&Failed], end: i64| {
        let before = |minute: i64| list.partition_point(|failed| failed.minute() < minute);
        before(end - window)..before(end)
    };
    let mut end = first_end;
    while end < recorded.end + step {
        let own = within(&all, end);
        let number = own.len() as f64;
        let others = within(&other, end).len() as f64;
        readings.counts.push(own.len() as u64);
        readings.values.push(match &metric.measure {
            Measure::Share(_) if own.is_empty() => 0.0,
            Measure::Share(_) => others / number,
            Measure::Difference(_) => number - others,
            Measure::Aggregate(Aggregate::CountUnique(key)) => different(&all[own], key),
            Measure::Aggregate(Aggregate::Epm) => number / window as f64,
            Measure::Aggregate(Aggregate::Eps) => number / window as f64 / 60.0,
            _ => number,
        });
        end += step;
    }
    readings
}

fn different(failures: &[&Failed], key: &str) -> f64 {
    let values: HashSet<String> = failures
        .iter()
        .filter_map(|failed| failed.value(key))
        .filter(|text| !text.is_empty())
        .collect();
    values.len() as f64
}

/// Pairs of rules of which every incident overlaps one of the other.
fn together(results: &[RuleResult]) -> Vec<Together> {
    let mut pairs = Vec::new();
    let fired: Vec<usize> = (0..results.len())
        .filter(|at| !results[*at].incidents.is_empty())
        .collect();
    for (place, one) in fired.iter().enumerate() {
        for other in &fired[place + 1..] {
            let all_of = |left: usize, right: usize| {
                all_overlap(&results[left].incidents, &results[right].incidents)
            };
            let is_pair = all_of(*one, *other) && all_of(*other, *one);
            if is_pair {
                let times = results[*one].incidents.len();
                pairs.push(Together {
                    rules: (*one, *other),
                    times,
                });
            }
        }
    }
    pairs
}

/// Whether each incident of the left overlaps one of the right; both are sorted by their beginning.
fn all_overlap(left: &[Incident], right: &[Incident]) -> bool {
    let mut latest = Vec::with_capacity(right.len());
    let mut end = i64::MIN;
    for incident in right {
        end = end.max(incident.end);
        latest.push(end);
    }
    left.iter().all(|incident| {
        let until = right.partition_point(|other| other.start <= incident.end);
        until
            .checked_sub(1)
            .and_then(|last| latest.get(last))
            .is_some_and(|end| *end >= incident.start)
    })
}
