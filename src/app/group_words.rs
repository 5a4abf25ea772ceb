//! Groups and what is computed over them, in words: the same in the window and on the command line.

use crate::model::Value;
use crate::model::human;
use crate::query::Aggregate;

/// The value of a key; records without the attribute are a group, too.
pub fn key(value: Option<&Value>) -> String {
    match value {
        None => "(none)".to_owned(),
        Some(Value::Str(text)) if text.is_empty() => "\"\"".to_owned(),
        Some(value) => value.to_string(),
    }
}

/// An aggregate.
pub fn value(aggregate: &Aggregate, value: &Value) -> String {
    let is_duration = aggregate
        .attribute()
        .is_some_and(|name| matches!(name, "duration" | "span.duration" | "trace.duration"));
    match (aggregate, value) {
        (_, Value::Null) => "-".to_owned(),
        (Aggregate::FailureRate, Value::Float(share)) => percent(*share),
        (_, Value::Int(nanos)) if is_duration && aggregate.keeps_unit() => human::duration(*nanos),
        (_, Value::Float(nanos)) if is_duration && aggregate.keeps_unit() => {
            human::duration(nanos.round() as i64)
        }
        (_, Value::Int(number)) => whole(*number),
        (_, Value::Float(number)) => float(*number),
        (_, other) => other.to_string(),
    }
}

/// A number for people: whole where it is large, else three digits that say something.
fn float(number: f64) -> String {
    match number.abs() {
        size if size == 0.0 || !size.is_finite() => number.to_string(),
        size if size >= 1e15 => format!("{number:e}"),
        size if size >= 1_000.0 => whole(number.round() as i64),
        size if size >= 1.0 => format!("{number:.2}"),
        size if size >= 1e-3 => format!("{number:.4}"),
        _ => format!("{number:.2e}"),
    }
}

/// A whole number with its thousands apart.
fn whole(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", human::grouped(number.unsigned_abs()))
}

/// A share of one.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (0.5, "0.5000"),
            (12.345, "12.35"),
            (123_456.7, "123,457"),
            (-1_920.4, "-1,920"),
            (0.000_012_3, "1.23e-5"),
            (f64::INFINITY, "inf"),
        ];
        for (number, text) in cases {
            assert_eq!(float(number), text);
        }
    }
}
