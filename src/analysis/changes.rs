//! What changed between two sides of a comparison, the weightiest first: the summary that window and command line tell.
//!
//! * A step that only one side has stands for everything below it.
//! * A step that is made more or less often than before, though the step above it is not: 113 → 1. It stands for
//!   everything below it, too.
//! * A step of both sides, as often as before, whose own time changed by at least [`NOTABLE`] of the longer duration.
//!
//! So each difference is told once, where it arises. Weights are self times, which add up, unlike durations.

use super::compare::{ComparedStep, Comparison};
use crate::model::human;
use std::cmp::Reverse;

/// The least change of a step's own time that is told, as a share of the longer side's duration.
pub const NOTABLE: f64 = 0.01;

/// How a step changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The right side does not have it.
    Gone,
    /// The left side does not have it.
    New,
    /// It is made more or less often under the step above it.
    Count {
        /// How often on the left.
        left: u64,
        /// How often on the right.
        right: u64,
    },
    /// It took more of its own time on the right.
    Slower,
    /// It took less.
    Faster,
}

impl ChangeKind {
    /// Whether it is a change of the step alone, not of all below it.
    fn is_of_one(self) -> bool {
        matches!(self, Self::Slower | Self::Faster)
    }
}

/// A difference that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The step, as an index into [`Comparison::steps`].
    pub step: usize,
    /// How it changed.
    pub kind: ChangeKind,
    /// Self time gained (positive) or saved on the right, in nanoseconds: of the step, and of all below it where the change
    /// stands for that.
    pub weight: i64,
}

impl Comparison {
    /// The differences, the weightiest first; of equal ones those that stand for all below a step, then in order of steps.
    pub fn changes(&self) -> Vec<Change> {
        let whole = self.durations.iter().copied().max().unwrap_or(0) as f64;
        let below = self.changes_with_what_is_below();
        let mut told = vec![false; self.steps.len()];
        let mut changes = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            let above = step.parent.map(|parent| &self.steps[parent]);
            if step.parent.is_some_and(|parent| told[parent]) {
                told[at] = true;
                continue;
            }
            if let Some(kind) = change_for_all_below(step, above) {
                told[at] = true;
                let weight = below[at];
                changes.push(Change {
                    step: at,
                    kind,
                    weight,
                });
                continue;
            }
            let weight = step.self_change();
            if weight != 0 && weight.unsigned_abs() as f64 >= whole * NOTABLE {
                let slower = weight > 0;
                let kind = if slower {
                    ChangeKind::Slower
                } else {
                    ChangeKind::Faster
                };
                changes.push(Change {
                    step: at,
                    kind,
                    weight,
                });
            }
        }
        // Of equals first what explains the others.
        changes.sort_by_key(|change| {
            (
                Reverse(change.weight.unsigned_abs()),
                change.kind.is_of_one(),
            )
        });
        changes
    }

    fn changes_with_what_is_below(&self) -> Vec<i64> {
        let mut sums: Vec<i64> = self.steps.iter().map(ComparedStep::self_change).collect();
        for at in (0..self.steps.len()).rev() {
            if let Some(parent) = self.steps[at].parent {
                sums[parent] = sums[parent].saturating_add(sums[at]);
            }
        }
        sums
    }

    /// A difference in words: `113 → 1 × db SELECT … in shop, 812 ms less`.
    pub fn in_words(&self, change: &Change) -> String {
        let step = &self.steps[change.step];
        let name = step_in_words(step);
        let length = human::duration(change.weight.saturating_abs());
        let time = match change.weight {
            0 => "no difference in time".to_owned(),
            1.. => format!("{length} more"),
            _ => format!("{length} less"),
        };
        let times =
            |sums: Option<super::path_tree::PathSums>| match sums.map_or(0, |sums| sums.count) {
                0 | 1 => String::new(),
                count => format!("{} × ", human::grouped(count)),
            };
        match change.kind {
            ChangeKind::Gone => format!("Gone: {}{name}, {time}", times(step.left)),
            ChangeKind::New => format!("New: {}{name}, {time}", times(step.right)),
            ChangeKind::Count { left, right } => {
                let (left, right) = (human::grouped(left), human::grouped(right));
                format!("{left} → {right} × {name}, {time}")
            }
            ChangeKind::Slower => format!("Slower: {name}, {time}"),
            ChangeKind::Faster => format!("Faster: {name}, {time}"),
        }
    }
}

/// What a step does, in words: `db SELECT … in shop`.
pub fn step_in_words(step: &ComparedStep) -> String {
    if step.is_rest {
        return "further steps".to_owned();
    }
    let name = &step.name;
    let op = match &*name.op {
        "" | "default" => String::new(),
        op => format!("{op} "),
    };
    let service = match &*name.service {
        "" => String::new(),
        service => format!(" in {service}"),
    };
    format!("{op}{}{service}", name.text)
}

fn change_for_all_below(step: &ComparedStep, above: Option<&ComparedStep>) -> Option<ChangeKind> {
    let (left, right) = match (step.left, step.right) {
        (Some(left), Some(right)) => (left.count, right.count),
        (Some(_), None) => return Some(ChangeKind::Gone),
        (None, _) => return Some(ChangeKind::New),
    };
    let per_parent = above.and_then(|above| Some((above.left?.count, above.right?.count)));
    let (above_left, above_right) = per_parent.unwrap_or((1, 1));
    // The same count for each of the steps above it on either side: no change of its own.
    let same =
        u128::from(left) * u128::from(above_right) == u128::from(right) * u128::from(above_left);
    (!same).then_some(ChangeKind::Count { left, right })
}

#[cfg(test)]
mod tests {
    use crate::analysis::compare::tests::{compared, named};
    use crate::model::trace::Trace;

    fn told(left: Trace, right: Trace) -> Vec<String> {
        let found = compared(&[left], &[right]);
        found
            .changes()
            .iter()
            .map(|change| found.in_words(change))
            .collect()
    }

    /// A page with so many queries of 10 ms each, one after the other.
    fn page(queries: u64, rest: &[(u64, u64, i64, i64, &'static str)]) -> Trace {
        let ms = 1_000_000;
        let end = (20 + queries as i64 * 10) * ms;
        let mut spans: Vec<(u64, u64, i64, i64, &str)> = vec![(1, 0, 0, end, "page")];
        spans.extend((0..queries).map(|n| {
            let start = (10 + n as i64 * 10) * ms;
            (n + 100, 1, start, start + 10 * ms, "SELECT 1")
        }));
        spans.extend(rest.iter().map(|s| (s.0, s.1, s.2 * ms, s.3 * ms, s.4)));
        named(&spans)
    }

    #[test]
    fn a_loop_that_became_one_query_is_told_first() {
        let found = told(page(113, &[]), page(1, &[]));
        assert_eq!(found, ["113 → 1 × db SELECT * in shop, 1.12 s less"]);
        assert_eq!(told(page(1, &[]), page(1, &[])), [""; 0]);
    }

    #[test]
    fn what_is_gone_or_new_stands_for_all_below_it() {
        let call = [
            (50, 1, 2, 8, "call"),
            (51, 50, 3, 7, "answer"),
            (52, 50, 7, 8, "close"),
        ];
        // The page's own time is the same 20 ms less what the call takes.
        let expected = [
            "Gone: db call in shop, 6.00 ms less",
            "Slower: db page in shop, 6.00 ms more",
        ];
        assert_eq!(told(page(1, &call), page(1, &[])), expected);
        let expected = [
            "New: db call in shop, 6.00 ms more",
            "Faster: db page in shop, 6.00 ms less",
        ];
        assert_eq!(told(page(1, &[]), page(1, &call)), expected);
    }

    #[test]
    fn a_count_that_follows_from_the_step_above_is_not_told_again() {
        //  page: n × (call, with two queries in each)
        let calls = |n: u64| {
            let mut spans = vec![(1, 0, 0, 1_000, "page")];
            for call in 0..n {
                let start = call as i64 * 100;
                spans.push((call * 3 + 10, 1, start, start + 90, "call"));
                spans.push((call * 3 + 11, call * 3 + 10, start, start + 20, "query"));
                spans.push((
                    call * 3 + 12,
                    call * 3 + 10,
                    start + 30,
                    start + 50,
                    "query",
                ));
            }
            named(&spans)
        };
        let expected = [
            "4 → 2 × db call in shop, 180 ns less",
            "Slower: db page in shop, 180 ns more",
        ];
        assert_eq!(told(calls(4), calls(2)), expected);
    }

    #[test]
    fn what_is_hardly_slower_is_not_told() {
        let page = |query| named(&[(1, 0, 0, 1_000, "page"), (2, 1, 0, query, "query")]);
        assert_eq!(told(page(500), page(509)), [""; 0]);
        let expected = [
            "Faster: db page in shop, 10 ns less",
            "Slower: db query in shop, 10 ns more",
        ];
        assert_eq!(told(page(500), page(510)), expected);
    }
}
