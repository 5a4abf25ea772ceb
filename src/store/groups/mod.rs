//! Groups of records and numbers over each: at once, or over time.
//!
//! The matching records of a segment become a [`Block`](block::Block): codes for keys, numbers for what is measured.
//! A [`Table`] a thread takes blocks in; tables become one at the end. Everything is exact. What is kept grows with the
//! number of groups, and besides with the number of different values for `count_unique` and `user_misery`, and by 8
//! bytes a record and attribute for percentiles, which are then selected, not estimated.
//!
//! Values with the same text are one, as in [facets](crate::store::Facet) and as a search takes them: the number 5, the
//! float 5.0 and the text "5" make one group, shown as the number, and count as one value.

mod answer;
mod block;
mod condition;
mod measures;
mod series;
mod state;
mod table;
mod traces;
mod windows;

use super::order::{by_value, compare, compare_numbers, directed, keep_first};
use super::scan::{Scan, Scanner};
use super::search::Search;
use super::value::{Number, ValueRef};
use super::{Filter, RecordKind, StoreError};
use crate::model::{Nanos, TimeRange, Value};
use crate::query::Aggregate;
pub use answer::{Buckets, Group, GroupOrder, Grouping, Groups, Line, Series};
use block::Blocks;
use condition::Condition;
use measures::{Measures, Results};
pub(super) use series::series;
use std::cmp::Ordering;
use std::sync::{Mutex, PoisonError};
use table::Table;
pub use traces::check_trace_grouping;
pub(super) use traces::group_traces;
pub(super) use windows::windows;
pub use windows::{MINUTE, Sliding, Windows};

/// What is asked for: the grouping, which of the groups, and what has to be kept to tell.
struct Asked<'a> {
    grouping: &'a Grouping,
    condition: Condition,
    /// What is computed: the aggregates of the grouping, then those that only the condition asks for.
    aggregates: Vec<Aggregate>,
    measures: Measures,
}

impl<'a> Asked<'a> {
    /// Takes conditions on groups out of a filter; what is left of it is asked of records.
    fn new(grouping: &'a Grouping, filter: &Filter) -> Result<(Self, Filter), StoreError> {
        let mut aggregates = grouping.aggregates.clone();
        let (filter, condition) = Condition::part(filter, &mut aggregates)?;
        let asked = Self {
            grouping,
            condition,
            measures: Measures::new(&grouping.keys, &aggregates),
            aggregates,
        };
        Ok((asked, filter))
    }
}

/// See [`super::Reader::group`].
pub(super) fn group(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    filter: &Filter,
    grouping: &Grouping,
) -> Result<Groups, StoreError> {
    let (asked, filter) = Asked::new(grouping, filter)?;
    let search = Search::new(scan, scanner, kind, &filter)?;
    found_groups(scan, scanner, kind, filter.range, &search, &asked)
}

/// The groups of a search.
fn found_groups(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    range: Option<TimeRange>,
    search: &Search,
    asked: &Asked,
) -> Result<Groups, StoreError> {
    let (measures, keys) = (&asked.measures, asked.grouping.keys.len());
    let gathering = Gathering {
        scan,
        scanner,
        kind,
        measures,
        keys,
    };
    let empty = Table::new(measures, keys);
    let table = gathering.all(search, &empty, |_| 0)?;
    scan.check()?;
    let have_durations = kind == RecordKind::Span;
    Ok(answered(table, asked, range, have_durations))
}

/// One way through the matching records.
struct Gathering<'a> {
    scan: &'a Scan<'a>,
    scanner: &'a Scanner,
    kind: RecordKind,
    measures: &'a Measures,
    keys: usize,
}

impl Gathering<'_> {
    /// All matching records, in tables that begin as this one.
    fn all(
        &self,
        search: &Search,
        empty: &Table,
        bucket: impl Fn(i64) -> usize + Sync,
    ) -> Result<Table, StoreError> {
        let resources = self.scan.shared.resources(self.scanner)?;
        let blocks = Blocks::new(self.scan.shared, &resources, self.kind, self.measures);
        // As many tables as there are threads: each segment adds to one that no other is using.
        let tables: Mutex<Vec<Table>> = Mutex::default();
        let idle = || tables.lock().unwrap_or_else(PoisonError::into_inner);
        let (keys, measures) = (self.keys, self.measures);
        search.each(|scanner, segment, found| {
            let block = blocks.read(scanner, segment, &found)?;
            let table = idle().pop();
            let mut table = table.unwrap_or_else(|| empty.clone());
            table.add(&block, keys, measures, &bucket);
            idle().push(table);
            Ok(())
        })?;
        let mut tables = tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut sum = tables.pop().unwrap_or_else(|| empty.clone());
        for table in tables {
            self.scan.check()?;
            sum.absorb(table);
        }
        Ok(sum)
    }
}

/// A group on its way to its place.
struct Ranked<'t> {
    rank: Value,
    group: usize,
    keys: &'t [u32],
}

fn answered(
    mut table: Table,
    asked: &Asked,
    range: Option<TimeRange>,
    have_durations: bool,
) -> Groups {
    let (grouping, condition) = (asked.grouping, &asked.condition);
    let time = time_of(range, table.extent);
    let mut states = std::mem::take(&mut table.states);
    let mut results = Results {
        measures: &asked.measures,
        states: &mut states,
        counts: &table.counts,
        have_durations,
        time: time.and_then(length_of),
    };
    let mut groups: Vec<(usize, &[u32])> = table.groups().collect();
    groups.retain(|(group, _)| condition.holds(&mut |place| results.value(place, *group)));
    let mut ranked: Vec<Ranked> = groups
        .into_iter()
        .map(|(group, keys)| Ranked {
            rank: match grouping.order {
                GroupOrder::Aggregate(place) => results.value(place, group),
                GroupOrder::Key(_) => Value::Null,
            },
            group,
            keys,
        })
        .collect();
    let total = ranked.len() as u64;
    keep_first(&mut ranked, grouping.limit, |left, right| {
        let by_rank = by_rank(&left.rank, &right.rank, grouping.descending);
        by_rank.then_with(|| by_keys(&table, (left.keys, right.keys), grouping))
    });
    let owned = |value: ValueRef| Some(value.to_value()).filter(|value| *value != Value::Null);
    let groups = ranked.into_iter().map(|ranked| Group {
        keys: table.values(ranked.keys).map(owned).collect(),
        count: table.counts.get(ranked.group).copied().unwrap_or_default(),
        values: (0..grouping.aggregates.len())
            .map(|place| results.value(place, ranked.group))
            .collect(),
    });
    let groups = groups.collect();
    Groups {
        total,
        records: table.counts.iter().sum(),
        time,
        groups,
        totals: (0..grouping.aggregates.len())
            .map(|place| results.total(place))
            .collect(),
    }
}

/// Nulls last either way.
fn by_rank(left: &Value, right: &Value, descending: bool) -> Ordering {
    let number = |value: &Value| match value {
        Value::Int(int) => Some(Number::Int(*int)),
        Value::Float(float) => Some(Number::Float(*float)),
        _ => None,
    };
    match (number(left), number(right)) {
        (Some(left), Some(right)) => directed(compare_numbers(left, right), descending),
        (left, right) => left.is_none().cmp(&right.is_none()),
    }
}

/// By the key that is asked for, then by all of them, rising.
fn by_keys(table: &Table, (left, right): (&[u32], &[u32]), grouping: &Grouping) -> Ordering {
    let mut pairs = table.values(left).zip(table.values(right));
    let first = match grouping.order {
        GroupOrder::Key(place) => pairs.nth(place),
        GroupOrder::Aggregate(_) => None,
    };
    let first = first.map_or(Ordering::Equal, |(left, right)| {
        by_value(left, right, grouping.descending)
    });
    let rising = || {
        let all = table.values(left).zip(table.values(right));
        let mut orders = all.map(|(left, right)| compare(left, right));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    first.then_with(rising)
}

/// A filter's range, its open ends closed by the first and the last record.
fn time_of(range: Option<TimeRange>, extent: Option<(i64, i64)>) -> Option<TimeRange> {
    let range = range.unwrap_or(TimeRange {
        start: Nanos(i64::MIN),
        end: Nanos(i64::MAX),
    });
    let start = Some(range.start.0).filter(|start| *start != i64::MIN);
    let end = Some(range.end.0).filter(|end| *end != i64::MAX);
    Some(TimeRange {
        start: Nanos(start.or(extent.map(|(first, _)| first))?),
        end: Nanos(end.or(extent.map(|(_, last)| last))?),
    })
}

/// How long a time is, in nanoseconds; `None` when it is no time at all.
fn length_of(time: TimeRange) -> Option<f64> {
    let length = i128::from(time.end.0) - i128::from(time.start.0);
    (length > 0).then_some(length as f64)
}
