//! Crontab lines: five fields of numbers, names, ranges, lists and steps, or one of the names such as `@hourly`.
//!
//! As in cron, a day fits if it is one of the days of the month or one of the weekdays where both are said. `L`, `W` and `#`,
//! which some programs know besides, are not understood.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone};
use chrono_tz::Tz;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// What is looked through for two times in a row: four years have every date.
const DAYS: u64 = 4 * 366;
const NANOS: i64 = 1_000_000_000;

/// A crontab line, a bit a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crontab {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether days of the month and weekdays are said; a day has to be one of either.
    is_either: bool,
}

impl Crontab {
    /// Reads a line; `None` if it is none.
    pub fn read(line: &str) -> Option<Self> {
        let line = match line.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            line => line,
        };
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return None;
        };
        let is_said = |field: &str| !field.starts_with(['*', '?']);
        let sundays = bits(weekdays, (0, 7), &WEEKDAYS)?;
        Some(Self {
            minutes: bits(minutes, (0, 59), &[])?,
            hours: bits(hours, (0, 23), &[])?,
            days: bits(days, (1, 31), &[])?,
            months: bits(months, (1, 12), &MONTHS)?,
            // Sunday is 0 and 7.
            weekdays: (sundays | sundays >> 7) & 0x7f,
            is_either: is_said(days) && is_said(weekdays),
        })
    }

    /// The instants of a stretch of time (nanoseconds, the end is not in it) at which it is so, rising; `None` if there are more than `most`.
    pub fn times(&self, zone: Tz, (from, to): (i64, i64), most: usize) -> Option<Vec<i64>> {
        let mut times = Vec::new();
        let mut day = local_date(zone, from)?;
        let last = local_date(zone, to)?;
        while day <= last {
            for time in self.of_day(zone, day) {
                if (from..to).contains(&time) {
                    times.push(time);
                }
            }
            if times.len() > most {
                return None;
            }
            day = day.checked_add_days(Days::new(1))?;
        }
        // Where clocks are put back, an hour comes twice and is counted once; its order may differ.
        times.sort_unstable();
        Some(times)
    }

    /// The time between the first two instants after one, nanoseconds.
    pub fn interval(&self, zone: Tz, from: i64) -> Option<i64> {
        let first = local_date(zone, from)?;
        let days = (0..DAYS).filter_map(|after| first.checked_add_days(Days::new(after)));
        let mut times = days.flat_map(|day| self.of_day(zone, day));
        let (one, next) = (times.next()?, times.next()?);
        Some(next - one).filter(|interval| *interval > 0)
    }

    fn of_day(&self, zone: Tz, day: NaiveDate) -> Vec<i64> {
        let has = |set: u64, number: u32| set & (1 << number) != 0;
        let of_month = has(self.days, day.day());
        let of_week = has(self.weekdays, day.weekday().num_days_from_sunday());
        let fits = match self.is_either {
            true => of_month || of_week,
            false => of_month && of_week,
        };
        if !fits || !has(self.months, day.month()) {
            return Vec::new();
        }
        let hours = (0..24).filter(|hour| has(self.hours, *hour));
        let times = hours.flat_map(|hour| {
            let minutes = (0..60).filter(|minute| has(self.minutes, *minute));
            minutes.map(move |minute| (hour, minute))
        });
        let instant = |(hour, minute)| {
            let local = day.and_hms_opt(hour, minute, 0)?;
            // What clocks leave out in spring does not come.
            let instant = zone.from_local_datetime(&local).earliest()?;
            instant.timestamp().checked_mul(NANOS)
        };
        times.filter_map(instant).collect()
    }
}

fn local_date(zone: Tz, nanos: i64) -> Option<NaiveDate> {
    let instant = DateTime::from_timestamp(nanos.div_euclid(NANOS), 0)?;
    Some(instant.with_timezone(&zone).date_naive())
}

/// The numbers of a field as bits.
fn bits(field: &str, (least, most): (u32, u32), names: &[&str]) -> Option<u64> {
    let number = |text: &str| {
        let named = names
            .iter()
            .position(|name| text.eq_ignore_ascii_case(name));
        // Names count as the field does: months from 1, weekdays from 0.
        let number = match named {
            Some(place) => place as u32 + least,
            None => text.parse().ok()?,
        };
        (least..=most).contains(&number).then_some(number)
    };
    let mut bits = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (least, most),
            Some((first, last)) => (number(first)?, number(last)?),
            None => {
                let first = number(range)?;
                // `5/15` goes on to the end.
                (first, if step.is_some() { most } else { first })
            }
        };
        if first > last {
            return None;
        }
        let numbers = (first..=last).step_by(step.unwrap_or(1));
        bits |= numbers.fold(0, |bits, number| bits | 1u64 << number);
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{Europe, UTC};

    fn times(line: &str, zone: Tz, from: &str, to: &str) -> Vec<String> {
        let nanos = |text: &str| {
            let time = text
                .parse::<chrono::DateTime<chrono::Utc>>()
                .expect("a time");
            time.timestamp() * NANOS
        };
        let line = Crontab::read(line).expect("a line");
        let times = line.times(zone, (nanos(from), nanos(to)), 100);
        let shown = |time: &i64| {
            DateTime::from_timestamp_nanos(*time)
                .format("%d %H:%M")
                .to_string()
        };
        times.expect("few").iter().map(shown).collect()
    }

    #[test]
    fn lines_and_their_times() {
        // The 21st of November 2026 is a Saturday.
        let day = |line| times(line, UTC, "2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z");
        assert_eq!(day("30 6 * * *"), ["21 06:30", "22 06:30"]);
        assert_eq!(day("0 */8 * * sat"), ["21 00:00", "21 08:00", "21 16:00"]);
        assert_eq!(
            day("0,45 10-11 * nov 7"),
            ["22 10:00", "22 10:45", "22 11:00", "22 11:45"]
        );
        assert_eq!(day("5/25 3 22 * *"), ["22 03:05", "22 03:30", "22 03:55"]);
        assert_eq!(day("0 0 21 * SUN"), ["21 00:00", "22 00:00"], "either day");
        assert_eq!(day("0 0 31 2 *").len(), 0);
        assert_eq!(day("@daily"), day("0 0 * * *"));
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let winter = times(
            "0 6 * * *",
            Europe::Vienna,
            "2026-11-21T00:00:00Z",
            "2026-11-22T00:00:00Z",
        );
        assert_eq!(winter, ["21 05:00"]);
        // On the 28th of March 2027 the hour after two is left out.
        let spring = times(
            "30 2 * * *",
            Europe::Vienna,
            "2027-03-27T00:00:00Z",
            "2027-03-30T00:00:00Z",
        );
        assert_eq!(spring, ["27 01:30", "29 00:30"]);
    }

    #[test]
    fn what_is_no_line() {
        for line in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "0 0 L * *",
            "0 0 * * mon#2",
            "a * * * *",
        ] {
            assert_eq!(Crontab::read(line), None, "{line}");
        }
    }

    #[test]
    fn the_usual_time_between_runs() {
        let of = |line: &str| Crontab::read(line).and_then(|line| line.interval(UTC, 0));
        assert_eq!(of("0 * * * *"), Some(3_600 * NANOS));
        assert_eq!(of("0 0 29 2 *"), None, "once in the time looked at");
        assert_eq!(of("0 9 * * mon"), Some(7 * 86_400 * NANOS));
    }
}
