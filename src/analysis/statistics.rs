//! Spans in numbers, by operation, service or any other class: how many, how long, how much of it their own.

use super::classes::Classes;
use super::percentile::percentile;
use super::tree::SpanIndex;
use crate::model::Nanos;
use crate::model::batch::SpanStatus;
use crate::model::trace::Trace;
use std::cmp::Ordering;
use std::sync::Arc;

/// The spans of one class; times in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// What they have in common.
    pub value: Arc<str>,
    /// How many there are.
    pub count: usize,
    /// How many of them failed.
    pub errors: usize,
    /// Sum of their durations.
    pub total: i64,
    /// Time in which at least one of them ran.
    pub wall: i64,
    /// Sum of their self times.
    pub self_time: i64,
    /// Their mean duration.
    pub average: i64,
    /// The middle duration.
    pub p50: i64,
    /// The duration that 95 of 100 stay below.
    pub p95: i64,
    /// The longest duration.
    pub longest: i64,
    /// Self time as a share of that of all spans, from 0 to 1: the shares of all classes add up to 1.
    pub share: f64,
}

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the field of the same name")]
pub enum StatisticColumn {
    Value,
    Count,
    Errors,
    Total,
    Wall,
    SelfTime,
    Average,
    P50,
    P95,
    Longest,
}

/// The classes of a trace's spans in numbers, in the order of [`Classes::values`]. O(n) but for the percentiles' selection.
pub fn statistics(trace: &Trace, self_times: &[i64], classes: &Classes) -> Vec<Statistic> {
    let mut durations: Vec<Vec<i64>> = vec![Vec::new(); classes.len()];
    let mut table: Vec<Statistic> = classes.values().iter().map(empty).collect();
    let mut covered_to = vec![Nanos(i64::MIN); classes.len()];
    for (at, span) in (0u32..).map(SpanIndex).zip(&trace.spans) {
        let Some(class) = classes.of(at) else {
            continue;
        };
        let line = &mut table[class];
        line.count += 1;
        line.errors += usize::from(span.status == SpanStatus::Error);
        line.total = line.total.saturating_add(span.duration);
        line.self_time += self_times.get(at.at()).copied().unwrap_or(0);
        durations[class].push(span.duration);
        // Spans come in order of start, so one pass forms the union.
        let from = span.start.max(covered_to[class]);
        if span.end() > from {
            line.wall += span.end() - from;
            covered_to[class] = span.end();
        }
    }
    let all: i64 = table.iter().map(|line| line.self_time).sum();
    for (line, durations) in table.iter_mut().zip(&mut durations) {
        line.average = line.total / (line.count.max(1) as i64);
        line.p50 = percentile(durations, 0.5);
        line.p95 = percentile(durations, 0.95);
        line.longest = durations.iter().copied().max().unwrap_or(0);
        line.share = line.self_time as f64 / all.max(1) as f64;
    }
    table
}

fn empty(value: &Arc<str>) -> Statistic {
    Statistic {
        value: value.clone(),
        count: 0,
        errors: 0,
        total: 0,
        wall: 0,
        self_time: 0,
        average: 0,
        p50: 0,
        p95: 0,
        longest: 0,
        share: 0.0,
    }
}

/// Sorts by a column; of equals in order of value, whatever the direction.
pub fn sort_statistics(table: &mut [Statistic], by: StatisticColumn, descending: bool) {
    table.sort_by(|a, b| {
        let order = compare(a, b, by);
        let order = if descending { order.reverse() } else { order };
        order.then_with(|| a.value.cmp(&b.value))
    });
}

fn compare(a: &Statistic, b: &Statistic, by: StatisticColumn) -> Ordering {
    use StatisticColumn as Column;
    let number = |line: &Statistic| match by {
        Column::Value => 0,
        Column::Count => line.count as i64,
        Column::Errors => line.errors as i64,
        Column::Total => line.total,
        Column::Wall => line.wall,
        Column::SelfTime => line.self_time,
        Column::Average => line.average,
        Column::P50 => line.p50,
        Column::P95 => line.p95,
        Column::Longest => line.longest,
    };
    match by {
        Column::Value => a.value.cmp(&b.value),
        _ => number(a).cmp(&number(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;
    use crate::analysis::{SpanTree, self_times};

    fn table() -> Vec<Statistic> {
        //  http  |----------|   0..100, self 30
        //  db      |---|        10..50, self 40
        //  db         |--|      40..60
        //  cache        |--|    60..80
        //  db                |----|   95..145, beyond its parent
        let mut trace = trace(&[
            (1, 0, 0, 100),
            (2, 1, 10, 50),
            (3, 1, 40, 60),
            (4, 1, 60, 80),
            (5, 1, 95, 145),
        ]);
        let ops = ["http", "db", "db", "cache", "db"];
        for (span, op) in trace.spans.iter_mut().zip(ops) {
            span.op = op.into();
        }
        trace.spans[2].status = SpanStatus::Error;
        let times = self_times(&trace, &SpanTree::new(&trace));
        statistics(&trace, &times, &Classes::by_operation(&trace))
    }

    #[test]
    fn spans_are_counted_timed_and_shared_out() {
        let table = table();
        let values: Vec<&str> = table.iter().map(|line| &*line.value).collect();
        assert_eq!(values, ["http", "db", "cache"]);
        let self_times: Vec<i64> = table.iter().map(|line| line.self_time).collect();
        assert_eq!(self_times, [25, 110, 20]);
        let expected = Statistic {
            value: "db".into(),
            count: 3,
            errors: 1,
            total: 110,
            wall: 100, // 10..60 and 95..145
            self_time: 110,
            average: 36,
            p50: 40,
            p95: 49, // 20 40 50, h = 1.9: 40 + 0.9 · 10
            longest: 50,
            share: 110.0 / 155.0,
        };
        assert_eq!(table[1], expected);
    }

    #[test]
    fn every_column_sorts() {
        use StatisticColumn as Column;
        let sorted = |by, descending| {
            let mut table = table();
            sort_statistics(&mut table, by, descending);
            table
                .iter()
                .map(|line| line.value.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (by, expected) in [
            (Column::Value, "http db cache"),
            (Column::Count, "db cache http"),
            (Column::Errors, "db cache http"),
            (Column::Total, "db http cache"),
            (Column::Wall, "db http cache"),
            (Column::SelfTime, "db http cache"),
            (Column::Average, "http db cache"),
            (Column::P50, "http db cache"),
            (Column::P95, "http db cache"),
            (Column::Longest, "http db cache"),
        ] {
            assert_eq!(sorted(by, true), expected, "{by:?}");
        }
        assert_eq!(sorted(Column::Count, false), "cache http db");
    }
}
