//! Points in time in every writing: dates, and seconds, milli-, micro- or nanoseconds since 1970.
//!
//! The unit of a number is told by its size: between 1973 and 5138 no two units can be confused. A smaller number is no point
//! in time but a duration or a counter.

use crate::import::clock;
use crate::model::Nanos;
use crate::model::batch::{Batch, BatchValue};

/// The first number of seconds, milliseconds, … that is a point in time, and how many nanoseconds each is.
const UNITS: [(f64, i64); 4] = [
    (1e17, 1),
    (1e14, 1_000),
    (1e11, 1_000_000),
    (1e8, 1_000_000_000),
];

/// The point in time a value tells; `None` when it is none.
pub fn of_value(batch: &Batch, value: BatchValue) -> Option<Nanos> {
    match value {
        BatchValue::Int(number) => of_integer(number),
        BatchValue::Float(number) => of_float(number),
        BatchValue::Str(text) => of_text(batch.text(text)),
        _ => None,
    }
}

/// The point in time a text tells: a date, or a number in quotes.
pub fn of_text(text: &str) -> Option<Nanos> {
    let text = text.trim();
    let text = match text.split_once('[') {
        // Java adds the name of the zone whose offset stands before it.
        Some((time, zone)) if zone.ends_with(']') && !time.is_empty() => time,
        _ => text,
    };
    let text = text.strip_suffix("UTC").map_or(text, str::trim_end);
    if text.as_bytes().get(4) == Some(&b'/') {
        return clock::iso(&text.replacen('/', "-", 2));
    }
    clock::iso(text)
        .filter(|time| time.0 >= 0)
        .or_else(|| of_integer(text.parse().ok()?))
        .or_else(|| of_float(text.parse().ok()?))
        .or_else(|| of_words(text))
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The point in time a date with the month's name tells, as mail (`21 Nov 2026 06:46:22 GMT`), C (`Nov 21 06:46:22 2026`) and web
/// servers (`21/Nov/2026:06:46:22 +0000`) write it. Without a year it is none.
fn of_words(text: &str) -> Option<Nanos> {
    let (mut day, mut month, mut year, mut clock, mut zone) = (None, None, None, None, "");
    // Between date and time of web servers stands a colon.
    let text = match text.split_once(':') {
        Some((date, time)) if date.contains('/') => format!("{date} {time}"),
        _ => text.to_owned(),
    };
    let parts = text.split([' ', ',', '/']);
    let parts = parts.flat_map(|part| {
        let is_date = part.contains('-') && !part.starts_with('-') && !part.contains(':');
        part.split(if is_date { '-' } else { ' ' })
    });
    for part in parts.filter(|part| !part.is_empty()) {
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        let named = || {
            let name = part.get(..3)?.to_ascii_lowercase();
            MONTHS.iter().position(|known| *known == name)
        };
        match part.len() {
            1 | 2 if is_number && day.is_none() => day = Some(part),
            4 if is_number && year.is_none() => year = Some(part),
            _ if part.contains(':') && clock.is_none() => clock = Some(part),
            _ if part.starts_with(['+', '-']) => zone = part,
            _ if matches!(part, "GMT" | "Z") => zone = "Z",
            _ if month.is_none() && named().is_some() => month = named(),
            // The day of the week comes before all else.
            _ if day.is_none() && month.is_none() && part.len() >= 3 && !is_number => {}
            _ => return None,
        }
    }
    let (day, month, year, clock) = (day?, month? + 1, year?, clock?);
    let iso = format!("{year}-{month:02}-{day:0>2}T{clock}{zone}");
    clock::iso(&iso).filter(|time| time.0 >= 0)
}

fn of_integer(number: i64) -> Option<Nanos> {
    let (_, unit) = UNITS.iter().find(|(least, _)| number as f64 >= *least)?;
    number.checked_mul(*unit).map(Nanos)
}

fn of_float(number: f64) -> Option<Nanos> {
    let (_, unit) = UNITS.iter().find(|(least, _)| number >= *least)?;
    match unit {
        // The shortest text of a double has the digits that were written.
        1_000_000_000 => clock::decimal_seconds(&number.to_string()),
        1_000_000 => Nanos::from_secs_f64(number / 1e3),
        _ if number < i64::MAX as f64 => of_integer(number as i64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_by_size() {
        let expected = Some(Nanos(1_795_243_959_934_000_000));
        for text in [
            "1795243959.934",
            "1795243959934",
            "1795243959934000",
            "1795243959934000000",
            "2026-11-21T06:52:39.934Z",
            "2026-11-21 06:52:39,934",
            "2026-11-21T07:52:39.934+01:00",
            "2026/11/21 06:52:39.934 UTC",
            "2026-11-21T07:52:39.934+01:00[Europe/Berlin]",
            "Sat, 21 Nov 2026 06:52:39.934 GMT",
            "Sat Nov 21 06:52:39.934 2026",
            "21/Nov/2026:07:52:39.934 +0100",
            "21-Nov-2026 06:52:39.934 UTC",
            "November 21, 2026 06:52:39.934",
        ] {
            assert_eq!(of_text(text), expected, "{text}");
        }
        for no in [
            "",
            "12.5",
            "0",
            "-1795243959",
            "soon",
            "NaN",
            "1e300",
            "1969-12-31T23:59:59Z",
            "Nov 21 06:52:39",
            "21 Nov 2026",
            "2026-11-21 06:52:39 CET",
            "may 5 or 12: 2026",
        ] {
            assert_eq!(of_text(no), None, "{no}");
        }
        assert_eq!(of_float(1_795_243_959.934), expected);
    }
}
