//! Numbers of metrics, for people and for the file of rules.

use crate::model::human;

/// What a metric counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Number,
    /// Nanoseconds.
    Duration,
    /// Part of a whole.
    Share,
    /// Dollars.
    Dollars,
    /// Bytes.
    Bytes,
}

impl Unit {
    /// A value for people.
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::Number => short(value),
            Self::Duration => human::duration(value.round() as i64),
            Self::Share => format!("{} %", short(value * 100.0)),
            Self::Dollars => format!("$ {}", short(value)),
            Self::Bytes => human::bytes(value.max(0.0) as u64),
        }
    }

    /// A value as it is written in a file, so that it reads as (nearly) the same.
    pub fn written(self, value: f64) -> String {
        match self {
            Self::Duration => {
                let (size, unit) = match value.abs() {
                    size if size >= 60e9 && value % 60e9 == 0.0 => (60e9, "m"),
                    size if size >= 1e9 => (1e9, "s"),
                    size if size >= 1e6 => (1e6, "ms"),
                    size if size >= 1e3 => (1e3, "us"),
                    _ => (1.0, "ns"),
                };
                format!("\"{}{unit}\"", plain(value / size))
            }
            Self::Share => format!("\"{}%\"", plain(value * 100.0)),
            _ => plain(value),
        }
    }
}

/// A number with at most four significant digits.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if !(10_000.0..1e18).contains(&size) {
        return plain(rounded(value, 4));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", human::count(size as u64))
}

/// A number to so many significant digits.
pub fn rounded(value: f64, digits: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let power = digits - 1 - value.abs().log10().floor() as i32;
    let scale = 10f64.powi(power.abs());
    match power >= 0 {
        true => (value * scale).round() / scale,
        false => (value / scale).round() * scale,
    }
}

fn plain(value: f64) -> String {
    let value = rounded(value, 12);
    match value == value.trunc() && value.abs() < 1e15 {
        true => format!("{}", value as i64),
        false => format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_written_so_that_they_read_as_the_same() {
        for (value, expected) in [
            (0.0, "0"),
            (0.123_456, "0.1235"),
            (12.0, "12"),
            (-3.5, "-3.5"),
            (12_345.0, "12.3k"),
        ] {
            assert_eq!(short(value), expected, "{value}");
        }
        for (unit, value, expected) in [
            (Unit::Duration, 1.5e9, "\"1.5s\""),
            (Unit::Duration, 250e6, "\"250ms\""),
            (Unit::Duration, 120e9, "\"2m\""),
            (Unit::Share, 0.07, "\"7%\""),
            (Unit::Number, 40.0, "40"),
            (Unit::Number, 0.25, "0.25"),
        ] {
            assert_eq!(unit.written(value), expected);
            let read = crate::query::number(expected.trim_matches('"'));
            assert_eq!(read, Some(value), "{expected}");
        }
    }
}
