//! One total order over values of all kinds, for sorting records and groups by an attribute.
//!
//! Numbers come first, by value (not-a-number behind them), then truth values, texts and JSON by their bytes, nulls
//! last. Different values are never equal: `5` comes right before `5.0`.

use super::value::{Number, ValueRef};
use std::cmp::Ordering;

/// Which of two values comes first.
pub(super) fn compare(left: ValueRef, right: ValueRef) -> Ordering {
    let by_kind = rank(left).cmp(&rank(right));
    let by_value = || match (number(left), number(right)) {
        (Some(left), Some(right)) => compare_numbers(left, right),
        _ => match (left, right) {
            (ValueRef::Bool(left), ValueRef::Bool(right)) => left.cmp(&right),
            _ => left.text().cmp(&right.text()),
        },
    };
    let by_bits = || (left.tag(), left.bits()).cmp(&(right.tag(), right.bits()));
    by_kind.then_with(by_value).then_with(by_bits)
}

fn rank(value: ValueRef) -> u8 {
    match value {
        ValueRef::Int(_) | ValueRef::Float(_) => 0,
        ValueRef::Bool(_) => 1,
        ValueRef::Str(_) => 2,
        ValueRef::Json(_) => 3,
        ValueRef::Null => 4,
    }
}

fn number(value: ValueRef) -> Option<Number> {
    match value {
        ValueRef::Int(int) => Some(Number::Int(int)),
        ValueRef::Float(float) => Some(Number::Float(float)),
        _ => None,
    }
}

/// Values in one direction or the other; nulls, which stand for "none", last either way.
pub(super) fn by_value(left: ValueRef, right: ValueRef, descending: bool) -> Ordering {
    match (left, right) {
        (ValueRef::Null, _) | (_, ValueRef::Null) => compare(left, right),
        _ => directed(compare(left, right), descending),
    }
}

/// An order, or its reverse.
pub(super) fn directed(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

/// The first of a list in an order of which no two are equal, sorted; the others are let go.
pub(super) fn keep_first<T>(list: &mut Vec<T>, limit: usize, compare: impl Fn(&T, &T) -> Ordering) {
    if limit < list.len() {
        list.select_nth_unstable_by(limit, &compare);
        list.truncate(limit);
    }
    list.sort_unstable_by(compare);
}

/// Which of two numbers is less, exactly; not-a-number is greater than all.
pub(super) fn compare_numbers(left: Number, right: Number) -> Ordering {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => left.cmp(&right),
        (Number::Int(left), Number::Float(right)) => int_to_float(left, right),
        (Number::Float(left), Number::Int(right)) => int_to_float(right, left).reverse(),
        (Number::Float(left), Number::Float(right)) => {
            let by_size = left.partial_cmp(&right);
            by_size.unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
        }
    }
}

fn int_to_float(int: i64, float: f64) -> Ordering {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() || float >= LIMIT {
        return Ordering::Less;
    }
    if float < -LIMIT {
        return Ordering::Greater;
    }
    let part = float.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal);
    int.cmp(&(float.trunc() as i64)).then(part.reverse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let rising = [
            ValueRef::Float(f64::NEG_INFINITY),
            ValueRef::Int(i64::MIN),
            ValueRef::Float(-0.5),
            ValueRef::Float(0.0),
            ValueRef::Int(5),
            ValueRef::Float(5.0),
            ValueRef::Float(5.5),
            ValueRef::Int(6),
            ValueRef::Int(i64::MAX - 1),
            ValueRef::Int(i64::MAX),
            ValueRef::Float(i64::MAX as f64),
            ValueRef::Float(f64::INFINITY),
            ValueRef::Float(f64::NAN),
            ValueRef::Bool(false),
            ValueRef::Bool(true),
            ValueRef::Str(""),
            ValueRef::Str("5"),
            ValueRef::Str("a"),
            ValueRef::Json("[1]"),
            ValueRef::Null,
        ];
        for (at, left) in rising.iter().enumerate() {
            for (other, right) in rising.iter().enumerate() {
                assert_eq!(compare(*left, *right), at.cmp(&other), "{left:?} {right:?}");
            }
        }
    }
}
