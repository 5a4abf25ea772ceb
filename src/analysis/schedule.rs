//! When a job is to run, as monitors are told, and what its runs are against that.
//!
//! A schedule is a crontab line in a time zone, or an interval from run to run. With it come how late a run may begin
//! (`checkin_margin`) and how long it may take (`max_runtime`), both in minutes; the defaults are Sentry's.

mod crontab;

use chrono_tz::Tz;
use crontab::Crontab;
use serde_json::Value as Json;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
/// How late a run may begin where nothing is said, in minutes.
const MARGIN: i64 = 1;
/// How long a run may take where nothing is said, in minutes.
const MAX_RUNTIME: i64 = 30;
/// How much before its time a run may begin: clocks differ a little.
const SLACK: i64 = SECOND;
/// More times than that are not looked at: nobody reads the answer.
const MOST: usize = 200_000;

/// When a job is to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    rule: Rule,
    /// How late a run may begin, nanoseconds.
    margin: i64,
    /// How long a run may take, nanoseconds.
    pub max_runtime: i64,
    /// In words: the crontab line with its time zone, or `every 10 minutes`.
    pub words: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    At(Box<Crontab>, Tz),
    /// So many nanoseconds after the run before.
    Every(i64),
    /// It says when, but not in a way that is understood here.
    Unknown,
}

/// What the starts of runs are against a schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Times between runs at which none began.
    pub missed: u64,
    /// Times after the last run at which none began.
    pub overdue: u64,
    /// Runs that began later than they may, but before the next time.
    pub late: u64,
    /// Runs at other times than those of the schedule.
    pub between: u64,
}

impl Schedule {
    /// Reads a monitor's configuration (`monitor_config` of a check-in). `None` if it says nothing of a schedule.
    pub fn read(config: &str) -> Option<Self> {
        let config: Json = serde_json::from_str(config).ok()?;
        let schedule = config.get("schedule")?;
        let minutes = |name: &str, usual: i64| {
            let own = config.get(name).and_then(Json::as_i64);
            let minutes = own.filter(|minutes| *minutes > 0).unwrap_or(usual);
            minutes.saturating_mul(MINUTE)
        };
        let zone = config.get("timezone").and_then(Json::as_str);
        let zone = zone.filter(|zone| !zone.is_empty()).unwrap_or("UTC");
        let value = schedule.get("value")?;
        let (rule, words) = match value {
            Json::String(line) => {
                let rule = match (Crontab::read(line), zone.parse()) {
                    (Some(line), Ok(zone)) => Rule::At(Box::new(line), zone),
                    _ => Rule::Unknown,
                };
                let words = match zone {
                    "UTC" => line.clone(),
                    zone => format!("{line} {zone}"),
                };
                (rule, words)
            }
            value => {
                let count = value.as_i64().filter(|count| *count > 0)?;
                let unit = schedule.get("unit").and_then(Json::as_str).unwrap_or("");
                let length = length_of(unit).and_then(|unit| unit.checked_mul(count));
                let words = match count {
                    1 => format!("every {unit}"),
                    count => format!("every {count} {unit}s"),
                };
                (length.map_or(Rule::Unknown, Rule::Every), words)
            }
        };
        Some(Self {
            rule,
            margin: minutes("checkin_margin", MARGIN),
            max_runtime: minutes("max_runtime", MAX_RUNTIME),
            words,
        })
    }

    /// What rising starts of runs are against the schedule, up to the end of what was recorded. What was to be before the first
    /// run is not asked for: the job may not have been there. `None` if that cannot be said.
    pub fn kept(&self, starts: &[i64], end: i64) -> Option<Kept> {
        let (first, last) = (*starts.first()?, *starts.last()?);
        let due = end.saturating_sub(self.margin);
        match &self.rule {
            Rule::At(line, zone) => {
                let from = first.saturating_sub(self.margin);
                // A run that began just before the end of its time has kept it.
                let to = due.max(last.saturating_add(SLACK)).saturating_add(1);
                let times = line.times(*zone, (from, to), MOST)?;
                Some(self.against(&times, starts, due))
            }
            Rule::Every(length) => Some(self.one_after_the_other(*length, starts, due)),
            Rule::Unknown => None,
        }
    }

    /// The usual time from one run to the next, nanoseconds, seen from an instant.
    pub fn interval(&self, from: i64) -> Option<i64> {
        match &self.rule {
            Rule::Every(length) => Some(*length),
            Rule::Unknown => None,
            Rule::At(line, zone) => line.interval(*zone, from),
        }
    }

    fn against(&self, times: &[i64], starts: &[i64], due: i64) -> Kept {
        let mut kept = Kept::default();
        let last = starts.last().copied().unwrap_or(i64::MIN);
        let mut next = 0;
        let mut runs_before = |until: i64| {
            let begin = next;
            while starts.get(next).is_some_and(|start| *start < until) {
                next += 1;
            }
            (
                starts.get(begin).copied().filter(|_| next > begin),
                (next - begin) as u64,
            )
        };
        let first = times.first().copied().unwrap_or(i64::MAX);
        kept.between += runs_before(first.saturating_sub(SLACK)).1;
        for (place, time) in times.iter().enumerate() {
            let until = times.get(place + 1).copied().unwrap_or(i64::MAX);
            let (run, count) = runs_before(until.saturating_sub(SLACK));
            match run {
                Some(start) => kept.late += u64::from(start - time > self.margin),
                // It may still begin.
                None if *time > due => {}
                None if *time > last => kept.overdue += 1,
                None => kept.missed += 1,
            }
            kept.between += count.saturating_sub(1);
        }
        kept
    }

    fn one_after_the_other(&self, length: i64, starts: &[i64], due: i64) -> Kept {
        let mut kept = Kept::default();
        for pair in starts.windows(2) {
            let gap = pair[1].saturating_sub(pair[0]);
            let times = gap.saturating_add(SLACK) / length;
            if times == 0 {
                kept.between += 1;
                continue;
            }
            kept.missed += times as u64 - 1;
            kept.late += u64::from(gap - times * length > self.margin);
        }
        let since = starts.last().map_or(0, |last| due.saturating_sub(*last));
        kept.overdue = u64::try_from(since / length).unwrap_or(0);
        kept
    }
}

/// The units of intervals. Months and years are as long as on average.
fn length_of(unit: &str) -> Option<i64> {
    const DAY: i64 = 24 * 60 * MINUTE;
    Some(match unit {
        "minute" => MINUTE,
        "hour" => 60 * MINUTE,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 2_629_746 * SECOND,
        "year" => 31_556_952 * SECOND,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(list: &[f64]) -> Vec<i64> {
        let nanos = |minute: &f64| (minute * MINUTE as f64) as i64;
        list.iter().map(nanos).collect()
    }

    fn kept(config: &str, starts: &[f64], end: f64) -> Option<[u64; 4]> {
        let schedule = Schedule::read(config).expect("a schedule");
        let kept = schedule.kept(&minutes(starts), (end * MINUTE as f64) as i64)?;
        Some([kept.missed, kept.overdue, kept.late, kept.between])
    }

    #[test]
    fn runs_against_a_crontab_line() {
        let hourly = r#"{"schedule":{"type":"crontab","value":"0 * * * *"},"checkin_margin":5,"timezone":"UTC"}"#;
        for (starts, end, expected) in [
            (&[60.0, 120.0, 180.0][..], 181.0, [0, 0, 0, 0]),
            // By hand, some seconds apart.
            (&[51.1, 51.2, 51.3], 51.5, [0, 0, 0, 3]),
            // 180 is missing, 240 is ten minutes late, 300 in time.
            (&[60.0, 120.1, 250.0, 304.0], 305.0, [1, 0, 1, 0]),
            // One more between two, and two that are overdue; the last one may still come.
            (&[60.0, 90.0, 120.0], 304.0, [0, 2, 0, 1]),
            (&[60.0, 90.0, 120.0], 305.0, [0, 3, 0, 1]),
            // Half a second before its time.
            (&[59.995, 119.99], 121.0, [0, 0, 0, 0]),
        ] {
            assert_eq!(kept(hourly, starts, end), Some(expected), "{starts:?}");
        }
    }

    #[test]
    fn runs_against_an_interval() {
        let every = r#"{"schedule":{"type":"interval","value":10,"unit":"minute"}}"#;
        for (starts, end, expected) in [
            (&[3.0, 13.0, 23.5][..], 24.0, [0, 0, 0, 0]),
            (&[3.0, 15.0, 16.0], 16.5, [0, 0, 1, 1]),
            (&[3.0, 33.0], 55.0, [2, 2, 0, 0]),
        ] {
            assert_eq!(kept(every, starts, end), Some(expected), "{starts:?}");
        }
        let schedule = Schedule::read(every).expect("a schedule");
        assert_eq!(schedule.words, "every 10 minutes");
        assert_eq!(schedule.interval(0), Some(10 * MINUTE));
        assert_eq!(schedule.max_runtime, 30 * MINUTE);
    }

    #[test]
    fn what_is_not_understood_is_said_but_not_judged() {
        let odd = r#"{"schedule":{"type":"crontab","value":"0 0 L * *"}}"#;
        assert_eq!(kept(odd, &[0.0, 1.0], 9_999.0), None);
        let somewhere =
            r#"{"schedule":{"type":"crontab","value":"0 * * * *"},"timezone":"Mars/Base"}"#;
        assert_eq!(kept(somewhere, &[0.0, 1.0], 9_999.0), None);
        assert_eq!(
            Schedule::read(somewhere).map(|own| own.words).as_deref(),
            Some("0 * * * * Mars/Base")
        );
        for nothing in [
            "",
            "{}",
            "[",
            r#"{"schedule":5}"#,
            r#"{"schedule":{"value":0,"unit":"day"}}"#,
        ] {
            assert_eq!(Schedule::read(nothing), None, "{nothing}");
        }
    }
}
