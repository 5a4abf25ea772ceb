//! What became slower or faster within the time looked at, and when: the same for transactions and for queries.
//!
//! Each group's durations in the order of time go through [Pettitt's test](change_point). A change is told if it is significant among all
//! groups that were tested (a false discovery rate of [`RATE`]), and if the medians before and after differ by at least
//! [`LEAST`] of the smaller one. Groups with fewer than 20 spans, or fewer than 10 on either side, are not judged. Columns, behind what
//! tells the groups apart:
//!
//! | column | meaning |
//! |---|---|
//! | `change` | `slower` or `faster` |
//! | `changed_at` | the start of the first span after the change |
//! | `before, after` | the medians of the durations |
//! | `p95_before, p95_after` | their 95th percentiles |
//! | `ratio` | median after ÷ before |
//! | `impact` | (mean after − mean before) × spans after: what it cost since, or won where below zero; nanoseconds |
//! | `count_before, count_after` | spans on either side |
//! | `p` | how likely chance alone makes such a change |
//! | `slowest` | the longest span after the change |

use super::table::{column, detail};
use super::{Cell, Column, Module, Table, Unit};
use crate::analysis::change_point::{FEW, change_point, significant};
use crate::analysis::percentile::percentile;
use crate::model::TimeRange;
use crate::model::record::RecordRef;

/// The share of the changes told that may be chance.
const RATE: f64 = 0.01;
/// How much medians differ at the least, as a share of the smaller one.
const LEAST: f64 = 0.1;

const COLUMNS: [Column; 12] = [
    column("change", "Change", Unit::Text),
    column("changed_at", "Since", Unit::Time),
    column("before", "Before", Unit::Duration),
    column("after", "After", Unit::Duration),
    detail("p95_before", "P95 before", Unit::Duration),
    detail("p95_after", "P95 after", Unit::Duration),
    column("ratio", "Times", Unit::Number),
    column("impact", "Impact", Unit::Duration),
    detail("count_before", "Count before", Unit::Count),
    column("count_after", "Count since", Unit::Count),
    detail("p", "Chance", Unit::Number),
    detail("slowest", "Slowest since", Unit::Span),
];

/// A span of a group: when it began, how long it took, where it lies.
pub(super) type Run = (i64, i64, RecordRef);

/// A group with what tells it apart.
pub(super) struct Group {
    pub names: Vec<Cell>,
    pub runs: Vec<Run>,
}

/// The table of what changed: what cost most since first, what won most last.
pub(super) fn table(
    module: Module,
    names: &[Column],
    groups: Vec<Group>,
    time: Option<TimeRange>,
) -> Table {
    let mut tested: Vec<(Group, usize, f64)> = Vec::new();
    let (mut all, mut thin) = (0u64, 0u64);
    for mut group in groups {
        all += 1;
        thin += u64::from(group.runs.len() < 2 * FEW);
        group
            .runs
            .sort_unstable_by_key(|(start, _, at)| (*start, at.segment, at.row));
        let durations: Vec<i64> = group
            .runs
            .iter()
            .map(|(_, duration, _)| *duration)
            .collect();
        if let Some(found) = change_point(&durations) {
            tested.push((group, found.at, found.p));
        }
    }
    let chances: Vec<f64> = tested.iter().map(|(_, _, p)| *p).collect();
    let kept = significant(&chances, RATE);
    let changes = tested.into_iter().zip(kept).filter(|(_, kept)| *kept);
    let rows = changes.filter_map(|((group, at, p), _)| cells(group, at, p));
    let mut table = Table {
        module,
        rows: rows.collect(),
        columns: names.iter().copied().chain(COLUMNS).collect(),
        time,
        notes: Vec::new(),
    };
    if thin > 0 {
        table.notes.push(format!(
            "{thin} of {all} were recorded fewer than {} times, which is too little to tell",
            2 * FEW
        ));
    }
    let order = table.column("impact").unwrap_or_default();
    table.sort(order, true);
    table
}

/// The cells of a group that changed at a place; `None` if that is next to nothing.
fn cells(group: Group, at: usize, p: f64) -> Option<Vec<Cell>> {
    let (before, after) = group.runs.split_at_checked(at)?;
    let of = |runs: &[Run]| {
        runs.iter()
            .map(|(_, duration, _)| *duration)
            .collect::<Vec<i64>>()
    };
    let (mut old, mut new) = (of(before), of(after));
    let mean = |values: &[i64]| {
        values.iter().map(|value| i128::from(*value)).sum::<i128>() as f64
            / values.len().max(1) as f64
    };
    let impact = (mean(&new) - mean(&old)) * new.len() as f64;
    let [old_median, new_median] = [&mut old, &mut new].map(|values| percentile(values, 0.5));
    let [old_p95, new_p95] = [&mut old, &mut new].map(|values| percentile(values, 0.95));
    let smaller = old_median.min(new_median).max(1) as f64;
    if ((new_median - old_median).abs() as f64) < LEAST * smaller {
        return None;
    }
    let change = if new_median > old_median {
        "slower"
    } else {
        "faster"
    };
    let slowest = after.iter().max_by_key(|(_, duration, _)| *duration);
    let mut row = group.names;
    row.extend([
        Cell::Text(change.into()),
        Cell::int(after.first().map(|(start, ..)| *start)),
        Cell::Int(old_median),
        Cell::Int(new_median),
        Cell::Int(old_p95),
        Cell::Int(new_p95),
        Cell::ratio(new_median as f64, old_median as f64),
        Cell::Int(impact.round() as i64),
        Cell::count(before.len() as u64),
        Cell::count(after.len() as u64),
        Cell::Float(p),
        slowest.map_or(Cell::None, |(_, _, at)| Cell::Span(*at)),
    ]);
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, durations: impl Iterator<Item = i64>) -> Group {
        let at = |row: i64| RecordRef {
            segment: 1,
            row: row as u32,
        };
        Group {
            names: vec![Cell::Text(name.into())],
            runs: durations
                .zip(0i64..)
                .map(|(duration, start)| (start * 1_000, duration, at(start)))
                .collect(),
        }
    }

    #[test]
    fn what_changed_is_told_and_nothing_else() {
        let step = |at: i64, low: i64, high: i64| {
            (0..60).map(move |n| {
                if n < at {
                    low + n % 7
                } else {
                    high + (n + 2) % 5
                }
            })
        };
        let groups = vec![
            group("slower", step(20, 100, 200)),
            group("faster", step(40, 900, 300)),
            group("alike", (0..60).map(|n| 100 + (n * 7919) % 13)),
            group("hardly", step(30, 1_000_000, 1_000_020)),
            group("thin", step(3, 1, 100).take(6)),
        ];
        let names = [column("name", "Name", Unit::Text)];
        let table = table(Module::Transactions, &names, groups, None);
        let told: Vec<_> = table
            .rows
            .iter()
            .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    Cell::Text("slower".into()),
                    Cell::Text("slower".into()),
                    Cell::Int(20_000)
                ),
                (
                    Cell::Text("faster".into()),
                    Cell::Text("faster".into()),
                    Cell::Int(40_000)
                ),
            ]
        );
        assert_eq!(table.cell(0, "count_after"), Some(&Cell::Int(40)));
        assert_eq!(table.cell(0, "before"), Some(&Cell::Int(103)));
        assert_eq!(table.notes.len(), 1, "{:?}", table.notes);
    }
}
