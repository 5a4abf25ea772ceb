//! Transactions: what was answered, done and loaded, by endpoint and job.
//!
//! Selected are segments: server spans and consumers, Sentry's transactions, page loads. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `transaction, op, service` | what tells rows apart; also `release, environment` where they are asked for, else the only one there is |
//! | `count, tpm` | how many, and how many a minute of the time looked at |
//! | `p50, p75, p95, p99` | of the duration, linear interpolation between the closest ranks |
//! | `apdex` | (n(d ≤ T) + n(T < d ≤ 4T) / 2) / n, T being the threshold of the transaction, 300 ms without one |
//! | `user_misery` | (users with any d > 4T + 5.8875) / (users + 5.8875 + 111.8625): Sentry's prior of 5 % |
//! | `failure_rate, failed` | the share and number with an error; Sentry's `cancelled` and `unknown` are none |
//! | `users` | different users by `user.id` (or `enduser.id`), else name, else mail; misery also counts those known only by address |
//! | `time_spent, share` | the sum of durations, and its share of that of all rows |

pub mod slow;
pub mod trends;

use super::measure::per_minute;
use super::table::{column, detail};
use super::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::{CancelToken, TimeRange, Value};
use crate::query::{Aggregate, Percent, Threshold};
use crate::store::{Buckets, Group, Grouping, Reader, RecordKind, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

/// The spans that are transactions.
pub const SELECTED: &str = "is_segment:true";

/// What is fast enough: the `T` of Apdex and misery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// Where nothing else is said.
    pub usual: Threshold,
    /// By transaction.
    pub by_name: Vec<(String, Threshold)>,
}

impl Thresholds {
    fn of(&self, transaction: &str) -> Threshold {
        let own = self.by_name.iter().find(|(name, _)| name == transaction);
        own.map_or(self.usual, |(_, threshold)| *threshold)
    }

    /// Each once, the usual one first.
    fn different(&self) -> Vec<Threshold> {
        let mut all = vec![self.usual];
        for (_, threshold) in &self.by_name {
            if !all.contains(threshold) {
                all.push(*threshold);
            }
        }
        all
    }
}

const KEYS: [&str; 3] = ["name", "op", "service"];
const VERSIONS: [&str; 2] = ["release", "environment"];

const COLUMNS: [Column; 17] = [
    column("transaction", "Transaction", Unit::Text),
    column("op", "Operation", Unit::Text),
    column("service", "Service", Unit::Text),
    detail("release", "Release", Unit::Text),
    detail("environment", "Environment", Unit::Text),
    column("count", "Count", Unit::Count),
    column("tpm", "Per minute", Unit::PerMinute),
    column("p50", "P50", Unit::Duration),
    column("p75", "P75", Unit::Duration),
    column("p95", "P95", Unit::Duration),
    column("p99", "P99", Unit::Duration),
    column("apdex", "Apdex", Unit::Number),
    column("user_misery", "Misery", Unit::Number),
    column("failure_rate", "Failed", Unit::Share),
    detail("failed", "Failures", Unit::Count),
    column("users", "Users", Unit::Count),
    column("time_spent", "Time spent", Unit::Duration),
];

/// Where things stand in a group's values.
mod place {
    pub const PERCENTILES: std::ops::Range<usize> = 0..4;
    pub const FAILURE_RATE: usize = 4;
    pub const FAILED: usize = 5;
    pub const USERS: usize = 6;
    pub const TIME_SPENT: usize = 7;
    /// Pairs of Apdex and misery, a threshold each.
    pub const SATISFACTION: usize = 8;
}

/// See the module.
pub fn table(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<Table, StoreError> {
    let filter = asked.spans(SELECTED);
    let time = asked.time(reader, cancel)?;
    let by = VERSIONS.map(|name| asked.is_by(name));
    let wanted = VERSIONS.iter().zip(by).filter(|(_, wanted)| *wanted);
    let keys: Vec<&str> = KEYS
        .into_iter()
        .chain(wanted.map(|(name, _)| *name))
        .collect();
    let thresholds = asked.apdex.different();
    let grouping = Grouping::new(&keys, &aggregates(&thresholds), usize::MAX);
    let groups = reader.group(RecordKind::Span, &filter, &grouping, cancel)?;
    let versions = Versions::read(reader, asked, cancel)?;
    Ok(table_of(
        &groups.groups,
        asked,
        &thresholds,
        &versions,
        time,
    ))
}

/// As [`table`], of each stretch of a time, all transactions that fit as one, under the name of one of them.
pub(super) fn over_time(
    reader: &Reader,
    asked: &Asked,
    name: &str,
    (time, stretches): (TimeRange, usize),
    cancel: &CancelToken,
) -> Result<Vec<Table>, StoreError> {
    let mut filter = asked.spans(SELECTED);
    filter.range = Some(time);
    let thresholds = asked.apdex.different();
    let grouping = Grouping::new(&[], &aggregates(&thresholds), usize::MAX);
    let cut = Buckets::Count(stretches);
    let series = reader.series(RecordKind::Span, &filter, &grouping, cut, cancel)?;
    let asked = Asked {
        group_by: Vec::new(),
        ..asked.clone()
    };
    let line = series.lines.first();
    let of_stretch = |at: usize| {
        let count = line.and_then(|line| line.counts.get(at)).copied();
        let values = line.into_iter().flat_map(|line| &line.values);
        let name = Some(Value::Str(name.into()));
        let group = Group {
            keys: vec![name, None, None],
            count: count.unwrap_or(0),
            values: values
                .filter_map(|values| values.get(at).cloned())
                .collect(),
        };
        let groups = Some(group).filter(|group| group.count > 0);
        let time = time.shares(at..at + 1, stretches);
        let groups: Vec<Group> = groups.into_iter().collect();
        table_of(
            &groups,
            &asked,
            &thresholds,
            &Versions::default(),
            Some(time),
        )
    };
    Ok((0..stretches).map(of_stretch).collect())
}

fn table_of(
    groups: &[Group],
    asked: &Asked,
    thresholds: &[Threshold],
    versions: &Versions,
    time: Option<TimeRange>,
) -> Table {
    let by = VERSIONS.map(|name| asked.is_by(name));
    let spent = |group: &Group| int(group.values.get(place::TIME_SPENT));
    let all: i128 = groups
        .iter()
        .map(|group| i128::from(spent(group).unwrap_or(0)))
        .sum();
    let row = |group: &Group| {
        let texts: Vec<Arc<str>> = group.keys.iter().map(text).collect();
        let [transaction, op, service] = [0, 1, 2].map(|at| texts[at].clone());
        let mut own = texts.iter().skip(KEYS.len());
        let [release, environment] = [0, 1].map(|at| match by[at] {
            true => own.next().map_or(Cell::None, Cell::text),
            false => versions.only(&texts[..KEYS.len()], at),
        });
        let threshold = asked.apdex.of(&transaction);
        let satisfaction = thresholds.iter().position(|known| *known == threshold);
        let satisfaction = place::SATISFACTION + 2 * satisfaction.unwrap_or(0);
        let value = |at: usize| group.values.get(at).map_or(Cell::None, cell);
        let mut row = vec![
            Cell::Text(transaction),
            Cell::text(&op),
            Cell::text(&service),
        ];
        row.extend([release, environment, Cell::count(group.count)]);
        row.push(per_minute(group.count, time).map_or(Cell::None, Cell::Float));
        row.extend(place::PERCENTILES.map(|at| Cell::int(int(group.values.get(at)))));
        row.extend([satisfaction, satisfaction + 1, place::FAILURE_RATE].map(value));
        row.extend([place::FAILED, place::USERS].map(value));
        row.push(Cell::int(spent(group)));
        row.push(Cell::ratio(spent(group).unwrap_or(0) as f64, all as f64));
        row
    };
    let mut columns = COLUMNS.to_vec();
    for (place, wanted) in (KEYS.len()..).zip(by) {
        columns[place].shown = wanted;
    }
    columns.push(column("share", "Share", Unit::Share));
    let mut table = Table {
        module: Module::Transactions,
        rows: groups.iter().map(row).collect(),
        columns,
        time,
        notes: Vec::new(),
    };
    table.sort(COLUMNS.len() - 1, true);
    table
}

fn aggregates(thresholds: &[Threshold]) -> Vec<Aggregate> {
    let duration = || "duration".to_owned();
    let percents = [Percent::P50, Percent::P75, Percent::P95, Percent::P99];
    let percentile = |percent| Aggregate::Percentile(percent, duration());
    let mut all: Vec<Aggregate> = percents.into_iter().map(percentile).collect();
    all.extend([
        Aggregate::FailureRate,
        Aggregate::FailureCount,
        Aggregate::CountUnique("user".to_owned()),
        Aggregate::Sum(duration()),
    ]);
    for threshold in thresholds {
        all.extend([
            Aggregate::Apdex(*threshold),
            Aggregate::UserMisery(*threshold),
        ]);
    }
    all
}

/// The releases and environments of each transaction.
#[derive(Default)]
struct Versions(HashMap<Vec<Arc<str>>, [Vec<Arc<str>>; 2]>);

impl Versions {
    fn read(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<Self, StoreError> {
        let keys: Vec<&str> = KEYS.into_iter().chain(VERSIONS).collect();
        let grouping = Grouping::new(&keys, &[Aggregate::Count], usize::MAX);
        let filter = asked.spans(SELECTED);
        let groups = reader.group(RecordKind::Span, &filter, &grouping, cancel)?;
        let mut all: HashMap<Vec<Arc<str>>, [Vec<Arc<str>>; 2]> = HashMap::new();
        for group in &groups.groups {
            let texts: Vec<Arc<str>> = group.keys.iter().map(text).collect();
            let (own, versions) = texts.split_at(KEYS.len());
            let known = all.entry_ref(own).or_default();
            for (list, version) in known.iter_mut().zip(versions) {
                if !list.contains(version) {
                    list.push(version.clone());
                }
            }
        }
        Ok(Self(all))
    }

    /// The one release or environment, if there is just one.
    fn only(&self, transaction: &[Arc<str>], which: usize) -> Cell {
        match self.0.get(transaction).map(|lists| lists[which].as_slice()) {
            Some([only]) => Cell::text(only),
            _ => Cell::None,
        }
    }
}

fn text(value: &Option<Value>) -> Arc<str> {
    match value {
        Some(Value::Str(text)) => text.clone(),
        Some(value) => value.text().into(),
        None => Arc::default(),
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Int(number) => Cell::Int(*number),
        Value::Float(number) => Cell::Float(*number),
        _ => Cell::None,
    }
}

fn int(value: Option<&Value>) -> Option<i64> {
    match value {
        Some(Value::Int(number)) => Some(*number),
        Some(Value::Float(number)) => Some(number.round() as i64),
        _ => None,
    }
}
