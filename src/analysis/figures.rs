//! What a group of spans amounts to.

use super::path_rows::PathRows;
use super::percentile::percentile;
use super::waterfall::{Group, GroupIndex, Waterfall};
use super::{CriticalPath, SpanIndex};
use crate::model::TimeRange;
use crate::model::trace::Trace;
use hashbrown::HashSet;

/// Times in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GroupFigures {
    /// How many members it has.
    pub count: usize,
    /// Sum of the members' durations; more than `wall` when they ran side by side.
    pub total: i64,
    /// Time during which at least one member ran.
    pub wall: i64,
    /// The middle duration.
    pub median: i64,
    /// The duration that 95 of 100 members stay below.
    pub p95: i64,
    /// The longest duration.
    pub longest: i64,
    /// The member that lasted longest; of equals the first.
    pub slowest: Option<SpanIndex>,
    /// How many different pairs of operation and description there are, literals included. Where parameters are written out,
    /// it tells whether the same was asked for again and again.
    pub distinct: usize,
    /// Time on the critical path of members and what hangs below them; of a chain only of its links.
    pub on_path: i64,
    /// `wall` as a share of the trace's duration, from 0 to 1.
    pub share_of_trace: f64,
    /// `on_path` as a share of the critical path, from 0 to 1.
    pub share_of_path: f64,
}

/// The figures of every group of a waterfall, by the group's number.
pub fn group_figures(
    trace: &Trace,
    waterfall: &Waterfall,
    path: &CriticalPath,
    rows: &PathRows,
) -> Vec<GroupFigures> {
    let whole = trace.range().duration();
    let groups = (0u32..).zip(waterfall.all_groups());
    groups
        .map(|(number, (_, group))| {
            let mut figures = of_members(trace, group);
            figures.on_path = rows.group_time(waterfall, GroupIndex(number));
            figures.share_of_trace = share(figures.wall, whole);
            figures.share_of_path = share(figures.on_path, path.duration());
            figures
        })
        .collect()
}

fn share(part: i64, whole: i64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
}

fn of_members(trace: &Trace, group: Group<'_>) -> GroupFigures {
    let span = |member: &SpanIndex| &trace.spans[member.at()];
    let mut durations: Vec<i64> = group.members.iter().map(|one| span(one).duration).collect();
    let slowest = group
        .members
        .iter()
        .rev()
        .max_by_key(|one| span(one).duration);
    GroupFigures {
        count: group.members.len(),
        total: group.total,
        wall: group.segments.iter().map(TimeRange::duration).sum(),
        median: percentile(&mut durations, 0.5),
        p95: percentile(&mut durations, 0.95),
        longest: slowest.map_or(0, |one| span(one).duration),
        slowest: slowest.copied(),
        distinct: distinct(group.members.iter().map(span)),
        ..GroupFigures::default()
    }
}

/// How many different pairs of operation and description there are. Neighbours that share their texts are passed over.
fn distinct<'a>(spans: impl Iterator<Item = &'a crate::model::trace::Span>) -> usize {
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    let mut last = None;
    for span in spans {
        let address = (span.op.as_ptr(), span.description.as_ptr());
        if last != Some(address) {
            seen.insert((&span.op, &span.description));
            last = Some(address);
        }
    }
    seen.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;
    use crate::analysis::{GroupOptions, SpanTree};

    #[test]
    fn a_group_is_counted_timed_and_weighed() {
        //        0    20   40   60   80   100
        //  root  |=                   ====|     on the path but for 10..80
        //  q1      |=====|                      10..30
        //  q2           |=|                     30..40
        //  q3              |=======|            40..80
        //  q4               |--|                42..60, over when q3 ended: not waited for
        //  q5                |--|               44..62
        let mut trace = trace(&[
            (1, 0, 0, 100),
            (2, 1, 10, 30),
            (3, 1, 30, 40),
            (4, 1, 40, 80),
            (5, 1, 42, 60),
            (6, 1, 44, 62),
        ]);
        trace.spans[0].op = "http".into();
        for (span, id) in trace.spans[1..].iter_mut().zip([1, 2, 3, 1, 2]) {
            span.description = format!("SELECT {id}").into();
        }
        let tree = SpanTree::new(&trace);
        let waterfall = Waterfall::new(&trace, &tree, GroupOptions::ALL);
        let path = CriticalPath::new(&trace, &tree);
        let rows = PathRows::new(&waterfall, &path);
        let figures = group_figures(&trace, &waterfall, &path, &rows);
        let expected = GroupFigures {
            count: 5,
            total: 20 + 10 + 40 + 18 + 18,
            wall: 70,
            median: 18,
            p95: 36, // 10 18 18 20 40, h = 3.8: 20 + 0.8 · 20
            longest: 40,
            slowest: Some(SpanIndex(3)),
            distinct: 3,
            on_path: 70,
            share_of_trace: 0.7,
            share_of_path: 0.7,
        };
        assert_eq!(figures, [expected]);
    }
}
