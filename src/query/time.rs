//! Times as people type them, absolute and relative, and back to text.

use super::ast::Moment;
use super::number::{Quantity, quantity};
use crate::model::Nanos;
use chrono::{DateTime, NaiveDate, NaiveTime};

const MINUTE: i64 = 60_000_000_000;
const DAY: i64 = 1_440 * MINUTE;

/// The names of the record's own time; after them only times are read.
pub fn is_time_key(key: &str) -> bool {
    matches!(key, "time" | "timestamp")
}

/// A time in a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TimeLiteral {
    /// A day of UTC, by its first instant.
    Day(Nanos),
    /// An instant.
    Instant(Nanos),
    /// `-24h`: so long ago, or later.
    Since(i64),
    /// `+24h`: so long ago, or earlier.
    Until(i64),
}

impl TimeLiteral {
    /// What it says behind `>`, `>=`, `<` or `<=`; nothing for `+24h`, which has its direction in it.
    pub fn moment(self) -> Option<Moment> {
        match self {
            Self::Day(instant) | Self::Instant(instant) => Some(Moment::At(instant)),
            Self::Since(ago) => Some(Moment::Ago(ago)),
            Self::Until(_) => None,
        }
    }

    /// What it covers on its own: a whole day, or from 5 minutes before an instant to 6 minutes after; the end is the
    /// first instant outside.
    pub fn window(self) -> Option<(Nanos, Nanos)> {
        match self {
            Self::Day(start) => Some((start, start + DAY)),
            Self::Instant(instant) => Some((instant + -5 * MINUTE, instant + 6 * MINUTE)),
            Self::Since(_) | Self::Until(_) => None,
        }
    }
}

/// Reads `2020-01-31`, `2020-01-31T10:00[:00[.123]][Z|+02:00]` (without a zone it is UTC), `-24h`, `+1h`, and seconds,
/// milliseconds, microseconds or nanoseconds since 1970 with 9 digits or more.
pub(super) fn time(text: &str) -> Option<TimeLiteral> {
    let relative = |rest: &str| match quantity(rest)? {
        (nanos, Quantity::Duration) if (0.0..9e18).contains(&nanos) => Some(nanos as i64),
        _ => None,
    };
    match text.as_bytes().first()? {
        b'-' => relative(&text[1..]).map(TimeLiteral::Since),
        b'+' => relative(&text[1..]).map(TimeLiteral::Until),
        _ => epoch(text).or_else(|| date(text)),
    }
}

/// The unit is told by the size, in steps of a thousand: seconds stay below 1e11 until the year 5138.
fn epoch(text: &str) -> Option<TimeLiteral> {
    if text.len() < 9 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    let unit = match number {
        0..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    let nanos = number.checked_mul(unit)?;
    Some(TimeLiteral::Instant(Nanos(nanos)))
}

fn date(text: &str) -> Option<TimeLiteral> {
    let (date, clock) = text.split_at_checked(10)?;
    let day = NaiveDate::from_ymd_opt(
        number(date.get(..4)?)?,
        number(date.get(4..7)?.strip_prefix('-')?)? as u32,
        number(date.get(7..)?.strip_prefix('-')?)? as u32,
    )?;
    if clock.is_empty() {
        let start = day.and_time(NaiveTime::MIN).and_utc();
        return start
            .timestamp_nanos_opt()
            .map(|start| TimeLiteral::Day(Nanos(start)));
    }
    let clock = clock.strip_prefix(['T', 't'])?;
    let zone_at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(zone_at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let second = parts.next().map_or(Some(0), two)?;
    if parts.next().is_some() || fraction.is_empty() {
        return None;
    }
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanos(fraction)?)?;
    let local = day.and_time(time).and_utc().timestamp_nanos_opt()?;
    let instant = local.checked_sub(offset(zone)?)?;
    Some(TimeLiteral::Instant(Nanos(instant)))
}

fn number(text: &str) -> Option<i32> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}

fn two(text: &str) -> Option<u32> {
    let number = number(text).filter(|_| text.len() == 2)?;
    u32::try_from(number).ok()
}

/// Digits beyond nanoseconds are left out.
fn nanos(fraction: &str) -> Option<u32> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<9}").get(..9)?.parse().ok()
}

/// `Z`, nothing, `+02:00`, `-0530`, in nanoseconds.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None => digits.split_at_checked(2)?,
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes) * MINUTE)
}

/// An instant as the language writes it: RFC 3339 in UTC with as many decimals as it needs.
pub(super) fn instant_text(instant: Nanos) -> String {
    let format = match instant.0 {
        nanos if nanos % 1_000_000_000 == 0 => "%Y-%m-%dT%H:%M:%SZ",
        nanos if nanos % 1_000_000 == 0 => "%Y-%m-%dT%H:%M:%S%.3fZ",
        nanos if nanos % 1_000 == 0 => "%Y-%m-%dT%H:%M:%S%.6fZ",
        _ => "%Y-%m-%dT%H:%M:%S%.9fZ",
    };
    DateTime::from_timestamp_nanos(instant.0)
        .format(format)
        .to_string()
}

/// A length of time as the language writes it: a whole number of the largest unit that says it exactly.
pub(super) fn length_text(nanos: i64) -> String {
    const UNITS: [(i64, &str); 7] = [
        (7 * DAY, "w"),
        (DAY, "d"),
        (60 * MINUTE, "h"),
        (MINUTE, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ];
    match UNITS.iter().find(|(unit, _)| nanos % unit == 0) {
        Some((unit, name)) => format!("{}{name}", nanos / unit),
        None => format!("{nanos}ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read() {
        use TimeLiteral::*;
        let at = |seconds: i64| Instant(Nanos(seconds * 1_000_000_000));
        let cases = [
            ("2020-01-01", Some(Day(Nanos(1_577_836_800_000_000_000)))),
            ("1969-12-31", Some(Day(Nanos(-DAY)))),
            ("2020-01-01T00:00", Some(at(1_577_836_800))),
            ("2020-01-01T10:00:00Z", Some(at(1_577_872_800))),
            ("2020-01-01t10:00:00z", Some(at(1_577_872_800))),
            ("2020-01-01T10:00:00+02:00", Some(at(1_577_865_600))),
            ("2020-01-01T10:00:00-0030", Some(at(1_577_874_600))),
            (
                "2020-01-01T10:00:00.5",
                Some(Instant(Nanos(1_577_872_800_500_000_000))),
            ),
            (
                "2020-01-01T10:00:00.1234567891Z",
                Some(Instant(Nanos(1_577_872_800_123_456_789))),
            ),
            ("2020-02-29", Some(Day(Nanos(1_582_934_400_000_000_000)))),
            ("1577836800", Some(at(1_577_836_800))),
            ("1577836800000", Some(at(1_577_836_800))),
            ("1577836800000000", Some(at(1_577_836_800))),
            ("1577836800000000000", Some(at(1_577_836_800))),
            ("-24h", Some(Since(DAY))),
            ("-1.5h", Some(Since(90 * MINUTE))),
            ("+2w", Some(Until(14 * DAY))),
            ("-0s", Some(Since(0))),
            ("", None),
            ("-", None),
            ("-5", None),
            ("--5h", None),
            ("-5kb", None),
            ("+99999999999w", None),
            ("12345678", None),
            ("2021-02-29", None),
            ("2020-1-1", None),
            ("2020-13-01", None),
            ("2020-01-01 10:00", None),
            ("2020-01-01T", None),
            ("2020-01-01T10", None),
            ("2020-01-01T24:00", None),
            ("2020-01-01T10:00:00:00", None),
            ("2020-01-01T10:00:00.", None),
            ("2020-01-01T10:00:00.5x", None),
            ("2020-01-01T10:00:00+2", None),
            ("2020-01-01T10:00:00+02:0é", None),
            ("2020-01-0é", None),
            ("3000-01-01", None),
            ("hotdog", None),
        ];
        for (text, expected) in cases {
            assert_eq!(time(text), expected, "{text}");
        }
    }

    #[test]
    fn times_come_back() {
        for nanos in [0, -1, 1, 1_000, 5_000_000, DAY, i64::MIN + 1, i64::MAX] {
            let text = instant_text(Nanos(nanos));
            assert_eq!(
                time(&text),
                Some(TimeLiteral::Instant(Nanos(nanos))),
                "{text}"
            );
        }
        for (nanos, expected) in [
            (14 * DAY, "2w"),
            (DAY, "1d"),
            (90 * MINUTE, "90m"),
            (1_500_000_000, "1500ms"),
            (1, "1ns"),
            (0, "0w"),
        ] {
            assert_eq!(length_text(nanos), expected);
        }
    }
}
