//! What differs between two sets of records: attributes in the order of how differently their values are distributed.
//!
//! # The measure
//!
//! With `p` and `q` the shares of a value in the two sets, summed over all values, "no value" among them:
//!
//! ```text
//! D = ½ Σ (p − q)² / (p + q)
//! ```
//!
//! This is half the triangular discrimination (F. Topsøe, "Some inequalities for information divergence and related
//! measures of discrimination", IEEE Trans. Inf. Theory 46(4), 2000): 0 when the distributions are the same, 1 when no
//! value occurs in both sets. It equals φ² of a table in which both sets weigh the same, however few records one has, so
//! that √D is Cramér's V of that table.
//!
//! By chance alone D is not 0 but `(k − 1)/4 · (1/n + 1/m)` on average, for `k` values in sets of `n` and `m` records.
//! This is taken off, as W. Bergsma ("A bias-correction for Cramér's V and Tschuprow's T", J. Korean Stat. Soc. 42(3),
//! 2013) does for sets of one size. Ids, which differ in every record, therefore score 0 or next to it.
//!
//! An attribute differs when it scores at least [`LEAST_SCORE`] and chance is an unlikely reason: `4D/(1/n + 1/m)` is
//! χ² with `k − 1` degrees of freedom, made a standard normal number (E. Wilson and M. Hilferty, 1931), which must be at
//! least [`LEAST_DEVIATIONS`]. So a handful of records makes few attributes differ, and none by a hair's breadth.

use crate::model::Value;
use crate::model::sides::{AttributeCounts, Comparison, Counted, Sides, Step};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// Scores below are no difference worth a look.
pub const LEAST_SCORE: f64 = 0.1;
/// Standard deviations that chance must be away: it alone would exceed them once in 160 attributes.
pub const LEAST_DEVIATIONS: f64 = 2.5;
/// With fewer records on a side, next to nothing can be told from chance.
pub const FEW: u64 = 5;
/// Values listed of an attribute; the others are one line.
const LISTED: usize = 5;
/// Stretches that numbers are put into, each with about the same number of records.
const STRETCHES: usize = 8;

/// What differs between two sets of records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// How many records each set has.
    pub records: Sides,
    /// Attributes that differ, most first; those the searches ask for come last.
    pub attributes: Vec<Difference>,
    /// How many attributes were compared and do not differ.
    pub alike: u64,
}

/// One attribute that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Its name.
    pub key: Arc<str>,
    /// From 0, the same distribution, to 1, no value in common.
    pub score: f64,
    /// Whether a search asks for it, so that it differs by construction.
    pub asked: bool,
    /// How many records of both sets have it.
    pub present: u64,
    /// Its values: numbers rising, others by how much their shares differ.
    pub values: Vec<Line>,
    /// How many values are not listed.
    pub more_values: u64,
    /// How many records have those.
    pub more: Sides,
}

/// Records with one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The value.
    pub what: What,
    /// How many records of each set.
    pub count: Sides,
}

/// What records of a line have in common.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// This value.
    Value(Value),
    /// A number from the first to before the second.
    Stretch(f64, f64),
    /// A value that is no number, where others are.
    NoNumber,
    /// Some value, of too many different ones.
    Any,
    /// No value.
    None,
}

impl What {
    /// The value as text; fixed words for what is none.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Value(value) => match value.text() {
                text if text.is_empty() => Cow::Borrowed("\"\""),
                text => text,
            },
            Self::Stretch(from, to) => Cow::Owned(format!("{from} to {to}")),
            Self::NoNumber => Cow::Borrowed("(no number)"),
            Self::Any => Cow::Borrowed("(any value)"),
            Self::None => Cow::Borrowed("(none)"),
        }
    }
}

impl Differences {
    /// Whether one set has so few records that next to nothing can be told from chance.
    pub fn is_thin(&self) -> bool {
        self.records.inside.min(self.records.outside) < FEW
    }
}

/// Ranks what was counted.
pub fn differences(comparison: Comparison) -> Differences {
    let records = comparison.records;
    let mut found = Differences {
        records,
        ..Differences::default()
    };
    if records.inside == 0 || records.outside == 0 {
        return found;
    }
    for attribute in comparison.attributes {
        match difference(attribute, records) {
            Some(difference) => found.attributes.push(difference),
            None => found.alike += 1,
        }
    }
    found.attributes.sort_by(|left, right| {
        let asked = left.asked.cmp(&right.asked);
        let score = right.score.total_cmp(&left.score);
        // Of attributes that differ alike, the one that most records have says most.
        let present = right.present.cmp(&left.present);
        asked
            .then(score)
            .then(present)
            .then_with(|| left.key.cmp(&right.key))
    });
    found
}

/// An attribute's place in the ranking; `None` when it does not differ.
fn difference(attribute: AttributeCounts, records: Sides) -> Option<Difference> {
    let in_order = matches!(attribute.counted, Counted::Numbers { .. });
    let mut lines = lines(attribute.counted, records);
    let score = score_of(&lines, records)?;
    if !in_order {
        lines.sort_by(|left, right| by_difference(left, right, records));
    }
    let listed = if in_order { lines.len() } else { LISTED };
    let absent = lines.iter().filter(|line| line.what == What::None);
    let absent: u64 = absent.map(|line| line.count.total()).sum();
    let rest = lines.split_off(lines.len().min(listed));
    let mut more = Sides::default();
    for line in &rest {
        more += line.count;
    }
    Some(Difference {
        key: attribute.key,
        score,
        asked: attribute.asked,
        present: records.total() - absent,
        values: lines,
        more_values: rest.len() as u64,
        more,
    })
}

/// How much the two sets differ in an attribute, whose lines are all records; `None` when they do not.
pub(super) fn score_of(lines: &[Line], records: Sides) -> Option<f64> {
    let mut counts: Vec<Sides> = lines.iter().map(|line| line.count).collect();
    // Always summed in the same order, so that the same counts are the same score to the last bit.
    counts.sort_unstable_by_key(|count| (count.inside, count.outside));
    score(&counts, records)
}

/// All records by value, without values that nobody has.
pub(super) fn lines(counted: Counted, records: Sides) -> Vec<Line> {
    let line = |what, count| Line { what, count };
    let mut lines: Vec<Line> = match counted {
        Counted::Values(values) => values
            .into_iter()
            .map(|(value, count)| line(What::Value(value), count))
            .collect(),
        Counted::Numbers { steps, others } => stretches(&steps)
            .into_iter()
            .map(|step| line(What::Stretch(step.from, step.to), step.count))
            .chain([line(What::NoNumber, others)])
            .collect(),
        Counted::Many(count) => vec![line(What::Any, count)],
    };
    let mut present = Sides::default();
    for line in &lines {
        present += line.count;
    }
    lines.push(line(What::None, records.without(present)));
    lines.retain(|line| line.count.total() > 0);
    lines
}

/// Neighbouring steps put together, so that each stretch has about the same number of records.
fn stretches(steps: &[Step]) -> Vec<Step> {
    let all: u64 = steps.iter().map(|step| step.count.total()).sum();
    let mut stretches: Vec<Step> = Vec::new();
    let (mut before, mut last_share) = (0u64, None);
    for step in steps {
        // The stretch that the middle of the step's records lies in.
        let middle = 2 * u128::from(before) + u128::from(step.count.total());
        let share = middle * STRETCHES as u128 / (2 * u128::from(all.max(1)));
        before += step.count.total();
        match stretches.last_mut() {
            Some(stretch) if last_share == Some(share) => {
                stretch.to = step.to;
                stretch.count += step.count;
            }
            _ => stretches.push(*step),
        }
        last_share = Some(share);
    }
    stretches
}

/// How much two distributions differ, corrected for chance; `None` when they do not.
fn score(counts: &[Sides], records: Sides) -> Option<f64> {
    let freedom = counts.len().saturating_sub(1) as f64;
    if freedom == 0.0 {
        return None;
    }
    let part = |count: &Sides| {
        let [inside, outside] = count.shares(records);
        (inside - outside).powi(2) / (inside + outside) / 2.0
    };
    let divergence: f64 = counts.iter().map(part).sum();
    let spread = 1.0 / records.inside as f64 + 1.0 / records.outside as f64;
    let corrected = (divergence - freedom * spread / 4.0).max(0.0);
    let score = corrected.sqrt().min(1.0);
    let surprise = deviations(4.0 * divergence / spread, freedom);
    (score >= LEAST_SCORE && surprise >= LEAST_DEVIATIONS).then_some(score)
}

/// A χ² of so many degrees of freedom as a standard normal number, after Wilson and Hilferty.
fn deviations(chi_squared: f64, freedom: f64) -> f64 {
    let variance = 2.0 / (9.0 * freedom);
    ((chi_squared / freedom).cbrt() - (1.0 - variance)) / variance.sqrt()
}

/// The greatest difference of shares first, then the most records, then by text.
fn by_difference(left: &Line, right: &Line, records: Sides) -> Ordering {
    // Both shares times both sizes, so that equal differences are exactly equal.
    let difference = |line: &Line| {
        let inside = u128::from(line.count.inside) * u128::from(records.outside);
        inside.abs_diff(u128::from(line.count.outside) * u128::from(records.inside))
    };
    let shares = difference(right).cmp(&difference(left));
    let records = right.count.total().cmp(&left.count.total());
    shares
        .then(records)
        .then_with(|| left.what.text().cmp(&right.what.text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(inside: u64, outside: u64) -> Sides {
        Sides { inside, outside }
    }

    fn texts(values: &[(&str, u64, u64)]) -> Counted {
        let value = |(text, inside, outside): &(&str, u64, u64)| {
            (Value::Str((*text).into()), sides(*inside, *outside))
        };
        Counted::Values(values.iter().map(value).collect())
    }

    fn compared(records: Sides, attributes: Vec<(&str, Counted)>) -> Differences {
        let attributes = attributes
            .into_iter()
            .map(|(key, counted)| AttributeCounts {
                key: key.into(),
                asked: key.starts_with("asked"),
                counted,
            });
        differences(Comparison {
            records,
            attributes: attributes.collect(),
        })
    }

    fn names(found: &Differences) -> Vec<&str> {
        found.attributes.iter().map(|found| &*found.key).collect()
    }

    #[test]
    fn scores_worked_out_by_hand() {
        let records = sides(100, 100);
        let cases = [
            // Nothing in common: D = ½ (1 + 1) = 1; chance 1/4 · 2/100 = 0.005.
            (texts(&[("a", 100, 0), ("b", 0, 100)]), 0.995f64.sqrt()),
            // Shares 1 and ½: D = ½ (0.25/1.5 + 0.25/0.5) = 1/3.
            (
                texts(&[("a", 100, 50), ("b", 0, 50)]),
                (1.0f64 / 3.0 - 0.005).sqrt(),
            ),
            // No value is one, too: as above.
            (texts(&[("a", 100, 50)]), (1.0f64 / 3.0 - 0.005).sqrt()),
        ];
        for (counted, expected) in cases {
            let found = compared(records, vec![("k", counted)]);
            let score = found.attributes[0].score;
            assert!((score - expected).abs() < 1e-12, "{score} {expected}");
        }
    }

    #[test]
    fn the_size_of_the_other_set_does_not_matter() {
        let score = |scale: u64| {
            let counted = texts(&[("a", 900, 500 * scale), ("b", 100, 500 * scale)]);
            let found = compared(sides(1000, 1000 * scale), vec![("k", counted)]);
            found.attributes[0].score
        };
        assert!((score(1) - score(1000)).abs() < 0.001);
    }

    #[test]
    fn attributes_are_ranked_and_those_asked_for_come_last() {
        let found = compared(
            sides(50, 200),
            vec![
                ("same", texts(&[("x", 25, 100), ("y", 25, 100)])),
                ("half", texts(&[("x", 50, 100), ("y", 0, 100)])),
                ("a half", texts(&[("x", 50, 100)])),
                ("all", texts(&[("x", 50, 0), ("y", 0, 200)])),
                ("asked", texts(&[("x", 50, 0), ("y", 0, 200)])),
            ],
        );
        assert_eq!(names(&found), ["all", "half", "a half", "asked"]);
        assert_eq!(found.alike, 1);
        assert!(!found.is_thin());
    }

    #[test]
    fn ids_do_not_win() {
        let ids = |n: u64, m: u64| {
            let id = |at: u64| {
                let count = if at < n { sides(1, 0) } else { sides(0, 1) };
                (Value::Int(at as i64), count)
            };
            Counted::Values((0..n + m).map(id).collect())
        };
        for (n, m) in [(100, 100), (20, 500), (500, 20)] {
            let found = compared(sides(n, m), vec![("id", ids(n, m))]);
            assert_eq!((names(&found), found.alike), (vec![], 1), "{n} {m}");
        }
    }

    #[test]
    fn few_records_prove_little() {
        let split = |n, m| {
            let counted = texts(&[("a", n, 0), ("b", 0, m)]);
            let found = compared(sides(n, m), vec![("k", counted)]);
            (found.attributes.len(), found.is_thin())
        };
        assert_eq!(split(1, 100), (0, true));
        assert_eq!(split(4, 100), (1, true));
        assert_eq!(split(5, 100), (1, false));
        // Three of five against one of two may well be chance.
        let counted = texts(&[("a", 3, 50), ("b", 2, 50)]);
        assert_eq!(
            compared(sides(5, 100), vec![("k", counted)])
                .attributes
                .len(),
            0
        );
        let nothing = compared(sides(0, 100), vec![("k", texts(&[("a", 0, 100)]))]);
        assert_eq!(
            nothing,
            Differences {
                records: sides(0, 100),
                ..Differences::default()
            }
        );
    }

    #[test]
    fn values_are_ordered_by_the_difference_of_their_shares() {
        let counted = texts(&[
            ("small", 5, 0),
            ("less", 0, 60),
            ("more", 80, 20),
            ("v1", 3, 0),
            ("v2", 4, 4),
            ("v3", 2, 1),
            ("v0", 3, 0),
        ]);
        let found = compared(sides(100, 100), vec![("k", counted)]);
        let found = &found.attributes[0];
        let listed: Vec<_> = found.values.iter().map(|line| line.what.text()).collect();
        assert_eq!(listed, ["more", "less", "(none)", "small", "v0"]);
        assert_eq!((found.more_values, found.more), (3, sides(9, 5)));
        let mut all = found.more;
        found.values.iter().for_each(|line| all += line.count);
        assert_eq!(all, sides(100, 100));
    }

    #[test]
    fn numbers_become_stretches_of_about_the_same_size() {
        let steps: Vec<Step> = (0..80)
            .map(|at| Step {
                from: f64::from(at),
                to: f64::from(at + 1),
                count: if at < 40 { sides(0, 2) } else { sides(2, 0) },
            })
            .collect();
        let counted = Counted::Numbers {
            steps,
            others: sides(0, 0),
        };
        let found = compared(sides(80, 80), vec![("duration", counted)]);
        let lines: Vec<_> = found.attributes[0]
            .values
            .iter()
            .map(|line| (line.what.clone(), line.count))
            .collect();
        let expected: Vec<_> = (0..8)
            .map(|at| {
                let from = f64::from(at) * 10.0;
                let count = if at < 4 { sides(0, 20) } else { sides(20, 0) };
                (What::Stretch(from, from + 10.0), count)
            })
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn that_there_is_a_value_can_differ_where_values_are_too_many() {
        let found = compared(
            sides(50, 50),
            vec![
                ("error.message", Counted::Many(sides(50, 2))),
                ("url", Counted::Many(sides(50, 50))),
            ],
        );
        assert_eq!(names(&found), ["error.message"]);
        assert_eq!(found.attributes[0].values.len(), 2);
        assert_eq!(found.attributes[0].values[0].what, What::Any);
    }
}
