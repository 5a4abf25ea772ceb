//! Quantities as people read them: durations, counts, sizes, points in time.

use super::Nanos;
use chrono::{DateTime, Local, Utc};

/// A duration for people: `0`, `870 ns`, `12.3 µs`, `774 ms`, `2.17 s`, `1 m 05 s`, `3 h 20 m`, `2 d 4 h`.
///
/// Three significant digits below a minute, two units above it; negative ones keep their sign.
pub fn duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let three = |value: f64, unit: &str| {
        let digits = if value >= 99.95 {
            0
        } else if value >= 9.995 {
            1
        } else {
            2
        };
        format!("{sign}{value:.digits$} {unit}")
    };
    let float = nanos as f64;
    match nanos {
        0 => "0".to_owned(),
        1..1_000 => format!("{sign}{nanos} ns"),
        1_000..999_500 => three(float / 1e3, "µs"),
        999_500..999_500_000 => three(float / 1e6, "ms"),
        999_500_000..59_950_000_000 => three(float / 1e9, "s"),
        _ => {
            let secs = (nanos + 500_000_000) / 1_000_000_000;
            let (minutes, hours, days) = (secs / 60, secs / 3600, secs / 86_400);
            match secs {
                0..3_600 => format!("{sign}{minutes} m {:02} s", secs % 60),
                3_600..86_400 => format!("{sign}{hours} h {:02} m", minutes % 60),
                _ => format!("{sign}{days} d {} h", hours % 24),
            }
        }
    }
}

/// A count for people, in full up to 9,999 and shortened above: `113`, `9,204`, `12.3k`, `1.20M`.
pub fn count(n: u64) -> String {
    match n {
        0..10_000 => grouped(n),
        10_000..999_950 => format!("{:.1}k", n as f64 / 1e3),
        999_950..999_950_000 => format!("{:.2}M", n as f64 / 1e6),
        _ => format!("{:.2}G", n as f64 / 1e9),
    }
}

/// A count in full with thousands separated: `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 span`, `113 spans`.
pub fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(n))
}

/// A text that begins with a capital.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

/// A sentence: it begins with a capital and ends with a stop.
pub fn sentence(text: &str) -> String {
    let text = capitalised(text);
    match text.ends_with(['.', '!', '?']) {
        true => text,
        false => text + ".",
    }
}

/// A share from 0 to 1 as a percentage: `42 %`, and `< 1 %` for what is little but not nothing.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "< 1 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

/// What a limit leaves of how many: `first 1,000 of 48,211 groups`.
pub fn first_of(shown: u64, total: u64, noun: &str) -> String {
    format!("first {} of {}", grouped(shown), counted(total, noun))
}

/// How long something still takes, roughly: `less than 1 s left`, `12 s left`, `3 min left`.
pub fn time_left(left: std::time::Duration) -> String {
    match left.as_secs_f64() {
        secs if secs < 1.0 => "less than 1 s left".to_owned(),
        secs if secs < 90.0 => format!("{secs:.0} s left"),
        secs if secs < 5_400.0 => format!("{:.0} min left", secs / 60.0),
        secs => format!("{:.0} h left", secs / 3_600.0),
    }
}

/// A size for people, in powers of 1000: `312 B`, `1.90 MB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1_000 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    let digits = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// Which clock times of day are shown in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Clock {
    /// The time zone of this computer.
    #[default]
    Local,
    /// Coordinated universal time.
    Utc,
}

/// A point in time in the pattern of [`chrono::format::strftime`]; a time no calendar holds prints as its number.
pub fn time(at: Nanos, clock: Clock, pattern: &str) -> String {
    let utc: DateTime<Utc> = DateTime::from_timestamp_nanos(at.0);
    match clock {
        Clock::Utc => utc.format(pattern).to_string(),
        Clock::Local => utc.with_timezone(&Local).format(pattern).to_string(),
    }
}

/// Date and time to the millisecond: `2026-11-21 06:46:22.149`.
pub fn date_time(at: Nanos, clock: Clock) -> String {
    time(at, clock, "%Y-%m-%d %H:%M:%S%.3f")
}

/// Time of day to the millisecond: `06:46:22.149`.
pub fn time_of_day(at: Nanos, clock: Clock) -> String {
    time(at, clock, "%H:%M:%S%.3f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_roughly() {
        let left = |secs: f64| time_left(std::time::Duration::from_secs_f64(secs));
        assert_eq!(left(0.4), "less than 1 s left");
        assert_eq!(left(12.4), "12 s left");
        assert_eq!(left(200.0), "3 min left");
        assert_eq!(left(9_000.0), "2 h left");
    }

    #[test]
    fn durations_read_well() {
        let cases = [
            (0, "0"),
            (870, "870 ns"),
            (12_345, "12.3 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (774_400_000, "774 ms"),
            (999_600_000, "1.00 s"),
            (2_170_000_000, "2.17 s"),
            (59_940_000_000, "59.9 s"),
            (59_960_000_000, "1 m 00 s"),
            (65_000_000_000, "1 m 05 s"),
            (12_000_000_000_000, "3 h 20 m"),
            (187_200_000_000_000, "2 d 4 h"),
            (-1_500_000, "-1.50 ms"),
        ];
        for (nanos, text) in cases {
            assert_eq!(duration(nanos), text, "{nanos}");
        }
    }

    #[test]
    fn counts_and_sizes_read_well() {
        assert_eq!(
            [count(113), count(9_204), count(12_345), count(1_200_000)],
            ["113", "9,204", "12.3k", "1.20M"]
        );
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(
            [counted(1, "span"), counted(113, "span")],
            ["1 span", "113 spans"]
        );
        assert_eq!(
            [bytes(312), bytes(1_901_467), bytes(999_600)],
            ["312 B", "1.90 MB", "1.00 MB"]
        );
    }

    #[test]
    fn times_use_the_chosen_clock() {
        assert_eq!(
            date_time(Nanos(1_795_243_582_149_854_000), Clock::Utc),
            "2026-11-21 06:46:22.149"
        );
    }
}
