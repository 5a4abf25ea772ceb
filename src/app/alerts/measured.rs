//! What a set of rules needs of the store: one pass over the spans, one over the log records, and the failures, each only
//! if a rule asks for it.

use crate::alerts::backtest::Material;
use crate::alerts::failures::{self, Known};
use crate::alerts::rule::{
    Condition, IssueRule, Measure, Metric, RuleSet, Search, Subject, Watches,
};
use crate::alerts::{Failed, Readings, Recorded};
use crate::app::insights::prices_beside;
use crate::insights::{Asked, agents, issues};
use crate::model::{CancelToken, Nanos, TimeRange, TraceId};
use crate::query::{Aggregate, Expr};
use crate::store::{
    Filter, IssueState, MINUTE, Reader, RecordKind, Sliding, StoreError, TraceOrder, Windows,
};
use hashbrown::HashSet;
use std::sync::Arc;

/// Rows of traces that are read at once.
const TRACES: usize = 4096;

/// What is asked of one kind of record, and which of the answers a rule is made of.
#[derive(Default)]
struct Questions {
    asked: Vec<Sliding>,
    /// For each rule of this kind its place, and the places of its answers.
    rules: Vec<(usize, Vec<usize>)>,
}

impl Questions {
    fn place(&mut self, sliding: Sliding) -> usize {
        let known = self.asked.iter().position(|known| *known == sliding);
        known.unwrap_or_else(|| {
            self.asked.push(sliding);
            self.asked.len() - 1
        })
    }
}

/// Reads what a set of rules needs, of all that was recorded or of a part of the time.
pub fn measured(
    reader: &Reader,
    set: &RuleSet,
    range: Option<TimeRange>,
    cancel: &CancelToken,
) -> Result<Material, StoreError> {
    let Some(range) = range_of(reader, range)? else {
        return Ok(Material::default());
    };
    let mut material = Material {
        readings: vec![None; set.rules.len()],
        traces: vec![None; set.rules.len()],
        ..Material::default()
    };
    let failures = failures_wanted(set);
    if let Some(with_detectors) = failures {
        let all = all_failures(reader, with_detectors, cancel)?;
        let is_within = |failed: &Failed| range.start <= failed.time && failed.time < range.end;
        material.failures = all.into_iter().filter(is_within).collect();
        material.known = known(reader)?;
    }
    let start = range.start.0.div_euclid(MINUTE);
    let mut minutes: Vec<u64> = Vec::new();
    for (kind, subject) in [
        (RecordKind::Span, Subject::Spans),
        (RecordKind::Log, Subject::Logs),
    ] {
        let questions = questions(set, subject);
        let answers = reader.windows(kind, range, &questions.asked, cancel)?;
        add_counts(&mut minutes, answers.first());
        for (rule, places) in &questions.rules {
            if let Watches::Metric(metric) = &set.rules[*rule].watches {
                let answers = places.iter().filter_map(|at| answers.get(*at));
                material.readings[*rule] = Some(readings(metric, &answers.collect::<Vec<_>>()));
            }
        }
    }
    for failed in &material.failures {
        let minute = usize::try_from(failed.minute() - start).ok();
        if let Some(count) = minute.and_then(|minute| minutes.get_mut(minute)) {
            *count += 1;
        }
    }
    material.recorded = Recorded::new(start, &minutes, set.gap);
    for (at, rule) in set.rules.iter().enumerate() {
        match &rule.watches {
            Watches::Metric(metric) if metric.measure == Measure::Cost => {
                material.readings[at] = Some(costs(reader, metric, range, cancel)?);
            }
            Watches::Issues(rule) => material.traces[at] = traces(reader, rule, cancel)?,
            Watches::Metric(_) => {}
        }
    }
    Ok(material)
}

/// The time to look at: all that was recorded, or the part of it that is asked for.
fn range_of(reader: &Reader, wanted: Option<TimeRange>) -> Result<Option<TimeRange>, StoreError> {
    let Some(all) = reader.overview()?.range else {
        return Ok(None);
    };
    let all = TimeRange {
        start: all.start,
        end: Nanos(all.end.0.saturating_add(1)),
    };
    let range = wanted.map_or(all, |wanted| TimeRange {
        start: all.start.max(wanted.start),
        end: all.end.min(wanted.end),
    });
    Ok((range.start < range.end).then_some(range))
}

fn add_counts(minutes: &mut Vec<u64>, counted: Option<&Windows>) {
    let counts = counted.map(|windows| &*windows.counts).unwrap_or_default();
    minutes.resize(minutes.len().max(counts.len()), 0);
    for (minute, count) in minutes.iter_mut().zip(counts) {
        *minute += count;
    }
}

/// What rules ask of spans or logs; first of all, how many records there are in each minute.
fn questions(set: &RuleSet, subject: Subject) -> Questions {
    let mut questions = Questions::default();
    questions.place(Sliding {
        search: Expr::All,
        aggregate: Aggregate::Count,
        length: 1,
        step: 1,
    });
    let noise = set
        .ignored
        .iter()
        .filter(|ignored| ignored.subject == subject);
    let noise: Vec<Expr> = noise
        .map(|ignored| ignored.filter.expr.clone().negated())
        .collect();
    for (at, rule) in set.rules.iter().enumerate() {
        let Watches::Metric(metric) = &rule.watches else {
            continue;
        };
        if metric.subject != subject || metric.measure == Measure::Cost {
            continue;
        }
        let sliding = |parts: &[&Search], aggregate: Aggregate| Sliding {
            search: Expr::all_of(
                parts
                    .iter()
                    .map(|part| part.expr.clone())
                    .chain(noise.clone()),
            ),
            aggregate,
            length: metric.window,
            step: metric.step(),
        };
        let own = &metric.filter;
        let mut wanted = vec![sliding(&[own], metric.aggregate())];
        match &metric.measure {
            Measure::Share(part) => wanted.push(sliding(&[own, part], Aggregate::Count)),
            Measure::Difference(minus) => wanted.push(sliding(&[minus], Aggregate::Count)),
            Measure::Aggregate(_) | Measure::Cost => {}
        }
        if let Condition::Anomaly(anomaly) = &metric.condition
            && let Some(peers) = &anomaly.peers
        {
            match &metric.measure {
                Measure::Share(part) => {
                    wanted.push(sliding(&[peers], Aggregate::Count));
                    wanted.push(sliding(&[peers, part], Aggregate::Count));
                }
                _ => {
                    wanted.push(sliding(&[peers], Aggregate::Count));
                    wanted.push(sliding(&[peers], Aggregate::FailureCount));
                }
            }
        }
        let places = wanted
            .into_iter()
            .map(|sliding| questions.place(sliding))
            .collect();
        questions.rules.push((at, places));
    }
    questions
}

/// The values of a rule's windows, from the answers to its questions in their order.
fn readings(metric: &Metric, answers: &[&Windows]) -> Readings {
    let Some(first) = answers.first() else {
        return Readings::default();
    };
    let value = |at: usize, own: &f64| {
        let count = |place: usize| {
            answers
                .get(place)
                .and_then(|windows| windows.values.get(at))
                .copied()
                .unwrap_or(0.0)
        };
        let value = match &metric.measure {
            Measure::Share(_) => count(1) / own,
            Measure::Difference(_) => own - count(1),
            Measure::Aggregate(_) | Measure::Cost => *own,
        };
        // Nothing to compute it of counts as 0, as it does live.
        if value.is_nan() { 0.0 } else { value }
    };
    let values = first
        .values
        .iter()
        .enumerate()
        .map(|(at, own)| value(at, own));
    let peers = match answers {
        [.., all, fit]
            if answers.len() > 2
                || matches!(metric.measure, Measure::Aggregate(Aggregate::FailureRate)) =>
        {
            let pairs = all.values.iter().zip(&fit.values);
            pairs.map(|(all, fit)| (*all as u64, *fit as u64)).collect()
        }
        _ => Vec::new(),
    };
    Readings {
        first_end: first.first_end,
        step: first.step,
        window: metric.window,
        values: values.collect(),
        counts: first.counts.clone(),
        peers,
    }
}

/// What models cost in each window.
fn costs(
    reader: &Reader,
    metric: &Metric,
    range: TimeRange,
    cancel: &CancelToken,
) -> Result<Readings, StoreError> {
    let asked = Asked {
        filter: Filter {
            search: metric.filter.expr.clone(),
            range: Some(range),
        },
        prices: prices_beside(reader.path())?,
        ..Asked::default()
    };
    let costs = agents::costs(reader, &asked, cancel)?;
    let step = metric.step() as i64;
    let first_end = range.start.0.div_euclid(MINUTE).div_euclid(step) * step + step;
    let last = range.end.0.saturating_sub(1).div_euclid(MINUTE) + step;
    let mut readings = Readings {
        first_end,
        step: metric.step(),
        window: metric.window,
        ..Readings::default()
    };
    let before =
        |minute: i64| costs.partition_point(|(start, _)| *start < minute.saturating_mul(MINUTE));
    for end in (first_end..=last).step_by(metric.step()) {
        let within = &costs[before(end - metric.window as i64)..before(end)];
        readings
            .values
            .push(within.iter().map(|(_, cost)| cost).sum());
        readings.counts.push(within.len() as u64);
    }
    Ok(readings)
}

/// Whether failures are asked for, and with what detectors find.
fn failures_wanted(set: &RuleSet) -> Option<bool> {
    let filters = set.rules.iter().filter_map(|rule| match &rule.watches {
        Watches::Metric(metric) => (metric.subject == Subject::Errors).then_some(&metric.filter),
        Watches::Issues(rule) => Some(&rule.filter),
    });
    let names: Vec<bool> = filters
        .map(|filter| failures::names_kinds(&filter.expr))
        .collect();
    (!names.is_empty()).then(|| names.contains(&true))
}

fn all_failures(
    reader: &Reader,
    with_detectors: bool,
    cancel: &CancelToken,
) -> Result<Vec<Failed>, StoreError> {
    let found = issues::one_by_one(reader, with_detectors, cancel)?;
    let failed = |occurrence: issues::Occurrence| {
        let sample = occurrence.sample;
        let text = |text: Option<Arc<str>>| text.unwrap_or_default();
        Failed {
            fingerprint: Arc::from(occurrence.fingerprint),
            title: Arc::from(occurrence.title),
            kind: occurrence.kind.name(),
            source: sample.source.name(),
            time: sample.start,
            trace: sample.trace,
            level: text(sample.context.level),
            release: text(sample.context.release),
            environment: text(sample.context.environment),
            service: sample.service,
            transaction: sample.transaction,
            user: text(sample.context.user),
        }
    };
    Ok(found.into_iter().map(failed).collect())
}

/// What people decided about issues.
fn known(reader: &Reader) -> Result<Known, StoreError> {
    let resolved = reader.resolved_issues()?.into_iter();
    let ignored = reader.known_issues()?.into_iter();
    Ok(Known {
        resolved: resolved
            .map(|(fingerprint, count)| (Arc::from(fingerprint), count))
            .collect(),
        ignored: ignored
            .filter(|issue| issue.state == IssueState::Ignored)
            .map(|issue| Arc::from(issue.fingerprint))
            .collect(),
    })
}

/// The traces that a rule about issues is limited to.
fn traces(
    reader: &Reader,
    rule: &IssueRule,
    cancel: &CancelToken,
) -> Result<Option<HashSet<TraceId>>, StoreError> {
    let Some(search) = &rule.traces else {
        return Ok(None);
    };
    let filter = Filter {
        search: search.expr.clone(),
        range: None,
    };
    let numbers = reader
        .find_traces(&filter, TraceOrder::Start, false, cancel)?
        .numbers;
    let mut ids = HashSet::with_capacity(numbers.len());
    for numbers in numbers.chunks(TRACES) {
        if cancel.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        ids.extend(reader.trace_rows(numbers)?.into_iter().map(|row| row.id));
    }
    Ok(Some(ids))
}
