//! Times as text: decimal seconds and ISO 8601, exactly, without a detour through floating point.

use crate::model::Nanos;

/// Seconds since the epoch as a JSON number. Rounded to microseconds: SDKs write doubles, which carry no more.
pub fn decimal_seconds(text: &str) -> Option<Nanos> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Nanos::from_secs_f64(text.parse().ok()?);
    }
    let whole: i64 = whole.parse().ok()?;
    let micros = (nanos_of_fraction(fraction) + 500) / 1_000;
    let nanos = whole
        .checked_mul(1_000_000_000)?
        .checked_add(micros * 1_000)?;
    Some(Nanos(if negative { -nanos } else { nanos }))
}

/// `2026-11-21T06:46:22.719579Z`, with a space or `t`, an offset or none (then it is UTC), any number of decimals.
pub fn iso(text: &str) -> Option<Nanos> {
    let text = text.trim();
    let (date, time) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2).filter(|month| (1..=12).contains(month))?;
    let day = number(parts.next()?, 2).filter(|day| (1..=31).contains(day))?;
    let days = days_from_epoch(year, month, day);
    if day > days_in(year, month) {
        return None;
    }
    let time = match time.strip_prefix(['T', 't', ' ']) {
        Some(time) => time,
        None if time.is_empty() => return days.checked_mul(86_400_000_000_000).map(Nanos),
        None => return None,
    };
    let (clock, rest) = time.split_at_checked(8)?;
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = number(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let second = number(parts.next()?, 2).filter(|second| *second <= 60)?;
    let (fraction, zone) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            rest.split_at(end)
        }
        None => ("", rest),
    };
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset_seconds(zone)?;
    seconds
        .checked_mul(1_000_000_000)?
        .checked_add(nanos_of_fraction(fraction))
        .map(Nanos)
}

/// `Z`, nothing, `+02:00`, `-0530`.
fn offset_seconds(zone: &str) -> Option<i64> {
    let zone = zone.trim_start();
    if matches!(zone, "" | "Z" | "z") {
        return Some(0);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { "00" } else { minutes };
    Some(sign * (number(hours, 2)? * 3_600 + number(minutes, 2)? * 60))
}

/// The decimals of a second as nanoseconds; further ones are cut off.
fn nanos_of_fraction(digits: &str) -> i64 {
    let mut nanos = 0;
    for place in 0..9 {
        let digit = digits.as_bytes().get(place).map_or(0, |byte| byte - b'0');
        nanos = nanos * 10 + i64::from(digit);
    }
    nanos
}

fn number(digits: &str, len: usize) -> Option<i64> {
    let fits = digits.len() == len && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

/// How many days a month has.
fn days_in(year: i64, month: i64) -> i64 {
    let (next_year, next) = match month {
        12 => (year + 1, 1),
        _ => (year, month + 1),
    };
    days_from_epoch(next_year, next, 1) - days_from_epoch(year, month, 1)
}

/// Days between 1970-01-01 and a date of the Gregorian calendar, counting years from March so that leap days come last.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact_to_the_microsecond() {
        for (text, nanos) in [
            ("1795245111.542247", 1_795_245_111_542_247_000),
            ("1795244127.5962343", 1_795_244_127_596_234_000),
            ("1795244127.9999996", 1_795_244_128_000_000_000),
            ("1795243622", 1_795_243_622_000_000_000),
            ("1.5e9", 1_500_000_000_000_000_000),
            ("-0.5", -500_000_000),
        ] {
            assert_eq!(decimal_seconds(text), Some(Nanos(nanos)), "{text}");
        }
        for bad in ["", "x", "99999999999999", "1.x", "--1"] {
            assert_eq!(decimal_seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_of_every_writing() {
        for (text, nanos) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-21T06:46:22.719579Z", 1_795_243_582_719_579_000),
            ("2026-11-21 06:46:22.719579123", 1_795_243_582_719_579_123),
            ("2026-11-21T07:46:22+01:00", 1_795_243_582_000_000_000),
            ("2026-11-21T06:16:22-0030", 1_795_243_582_000_000_000),
            ("2000-02-29", 951_782_400_000_000_000),
            ("1999-12-31", 946_598_400_000_000_000),
            ("1969-12-31T23:59:59Z", -1_000_000_000),
        ] {
            assert_eq!(iso(text), Some(Nanos(nanos)), "{text}");
        }
        for bad in [
            "",
            "2026",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-04-31",
            "2026-11-21T06:46",
            "2026-11-21X06:46:22Z",
            "émission-2026",
        ] {
            assert_eq!(iso(bad), None, "{bad}");
        }
    }
}
