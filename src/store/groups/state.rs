//! What is kept of the records seen so far, a value a group, and how two such values become one.
//!
//! Sums of integers are exact. Sums of floats are carried with twice the precision, so that they do not depend on how
//! the work was shared out.

use crate::model::Value;
use crate::store::order::compare_numbers;
use crate::store::value::Number;
use hashbrown::HashSet;

/// The state of one measure for every group.
#[derive(Clone, Debug)]
pub(super) enum States {
    /// How many records that count.
    Counts(Vec<u64>),
    Sums(Vec<Sum>),
    /// The least and the greatest number.
    Extremes(Vec<Option<(Number, Number)>>),
    /// All numbers: 8 bytes a record.
    Values(Vec<Vec<f64>>),
    /// Ids of the different values.
    Sets(Vec<HashSet<u32>>),
}

impl States {
    /// Makes room for so many groups.
    pub fn grow(&mut self, groups: usize) {
        fn grow<T: Clone + Default>(list: &mut Vec<T>, to: usize) {
            if list.len() < to {
                list.resize(to, T::default());
            }
        }
        match self {
            Self::Counts(list) => grow(list, groups),
            Self::Sums(list) => grow(list, groups),
            Self::Extremes(list) => grow(list, groups),
            Self::Values(list) => grow(list, groups),
            Self::Sets(list) => grow(list, groups),
        }
    }

    /// Adds the other's groups to these: its group at a place to the one that `to` says. `id` renames what sets hold.
    pub fn absorb(&mut self, other: Self, to: &[usize], mut id: impl FnMut(u32) -> u32) {
        fn each<T>(own: &mut [T], other: Vec<T>, to: &[usize], mut add: impl FnMut(&mut T, T)) {
            for (value, place) in other.into_iter().zip(to) {
                if let Some(own) = own.get_mut(*place) {
                    add(own, value);
                }
            }
        }
        match (self, other) {
            (Self::Counts(own), Self::Counts(other)) => {
                each(own, other, to, |own, more| *own += more);
            }
            (Self::Sums(own), Self::Sums(other)) => {
                each(own, other, to, |own, more| own.join(more))
            }
            (Self::Extremes(own), Self::Extremes(other)) => each(own, other, to, |own, more| {
                if let Some((least, greatest)) = more {
                    widen(own, least);
                    widen(own, greatest);
                }
            }),
            (Self::Values(own), Self::Values(other)) => {
                each(own, other, to, |own, mut more| match own.is_empty() {
                    true => *own = more,
                    false => own.append(&mut more),
                });
            }
            (Self::Sets(own), Self::Sets(other)) => {
                each(own, other, to, |own, more| {
                    own.extend(more.into_iter().map(&mut id))
                });
            }
            _ => {}
        }
    }
}

/// Takes a number into a pair of extremes.
pub(super) fn widen(extremes: &mut Option<(Number, Number)>, number: Number) {
    let (least, greatest) = extremes.get_or_insert((number, number));
    if compare_numbers(number, *least).is_lt() {
        *least = number;
    }
    if compare_numbers(number, *greatest).is_gt() {
        *greatest = number;
    }
}

/// A sum of integers and floats.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub numbers: u64,
    ints: i128,
    floats: u64,
    /// The sum of the floats, and what rounding took from it.
    float: (f64, f64),
}

impl Sum {
    pub fn add(&mut self, number: Number) {
        self.numbers += 1;
        match number {
            Number::Int(int) => self.ints += i128::from(int),
            Number::Float(float) => {
                self.floats += 1;
                self.add_float(float);
            }
        }
    }

    fn add_float(&mut self, more: f64) {
        let (sum, lost) = self.float;
        let total = sum + more;
        if !total.is_finite() {
            self.float = (total, 0.0);
            return;
        }
        // What rounding takes, exactly.
        let rounded = total - sum;
        let error = (sum - (total - rounded)) + (more - rounded);
        self.float = (total, lost + error);
    }

    /// Takes over all of another sum.
    pub fn join(&mut self, other: Self) {
        self.numbers += other.numbers;
        self.ints += other.ints;
        self.floats += other.floats;
        self.add_float(other.float.0);
        self.add_float(other.float.1);
    }

    fn float(&self) -> f64 {
        self.ints as f64 + self.float.0 + self.float.1
    }

    /// The sum: an integer when all numbers are and it fits into one.
    pub fn total(&self) -> Value {
        match (self.floats, i64::try_from(self.ints)) {
            (0, Ok(int)) => Value::Int(int),
            _ => Value::Float(self.float()),
        }
    }

    /// The mean; null of no numbers.
    pub fn mean(&self) -> Value {
        match self.numbers {
            0 => Value::Null,
            numbers => Value::Float(self.float() / numbers as f64),
        }
    }
}

/// A percentile by linear interpolation between the closest ranks, `h = (n - 1) * share`; null of no values. The values
/// are put into another order.
pub(super) fn percentile(values: &mut [f64], share: f64) -> Value {
    let Some(last) = values.len().checked_sub(1) else {
        return Value::Null;
    };
    let rank = last as f64 * share;
    let below = (rank.floor() as usize).min(last);
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let part = rank - below as f64;
    let next = above.iter().copied().min_by(f64::total_cmp);
    Value::Float(match next {
        // Between equal ones there is nothing to go; infinity less itself would be no number.
        Some(high) if part > 0.0 && high != low => low + (high - low) * part,
        _ => low,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_the_closest_ranks() {
        let of = |values: &[f64], share: f64| percentile(&mut values.to_vec(), share);
        let cases: &[(&[f64], f64, Value)] = &[
            (&[], 0.5, Value::Null),
            (&[7.0], 0.99, Value::Float(7.0)),
            (&[4.0, 1.0], 0.5, Value::Float(2.5)),
            (&[10.0, 40.0, 20.0, 30.0], 0.75, Value::Float(32.5)),
            (&[10.0, 40.0, 20.0, 30.0], 1.0, Value::Float(40.0)),
            (
                &[1.0, f64::INFINITY, f64::INFINITY],
                0.9,
                Value::Float(f64::INFINITY),
            ),
            (&[f64::NEG_INFINITY, 1.0, 2.0], 0.5, Value::Float(1.0)),
        ];
        for (values, share, expected) in cases {
            assert_eq!(of(values, *share), *expected, "{values:?} {share}");
        }
    }

    #[test]
    fn sums_do_not_depend_on_how_they_were_shared_out() {
        let values: Vec<f64> = (0..10_000).map(|n| 0.1 + f64::from(n % 7) * 1e9).collect();
        let sum_of = |values: &[f64]| {
            let mut sum = Sum::default();
            values
                .iter()
                .for_each(|value| sum.add(Number::Float(*value)));
            sum
        };
        let whole = sum_of(&values).total();
        for cut in [1, 77, 5_000] {
            let mut parts = Sum::default();
            values
                .chunks(cut)
                .rev()
                .for_each(|part| parts.join(sum_of(part)));
            assert_eq!(parts.total(), whole);
        }
    }

    #[test]
    fn sums_of_integers_are_exact_and_go_beyond_64_bits() {
        let mut sum = Sum::default();
        assert_eq!((sum.total(), sum.mean()), (Value::Int(0), Value::Null));
        sum.add(Number::Int(i64::MAX));
        sum.add(Number::Int(i64::MAX));
        assert_eq!(sum.total(), Value::Float(i64::MAX as f64 * 2.0));
        sum.add(Number::Int(-i64::MAX));
        assert_eq!(sum.total(), Value::Int(i64::MAX));
        sum.add(Number::Float(f64::INFINITY));
        sum.add(Number::Float(0.5));
        assert_eq!(sum.total(), Value::Float(f64::INFINITY));
    }
}
