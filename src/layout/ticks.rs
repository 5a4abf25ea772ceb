//! Where the marks of a ruler or time axis go, and what they say.

use super::TimeScale;
use crate::model::human::{self, Clock};
use crate::model::{Nanos, TimeRange};
use chrono::{DateTime, Local, NaiveDateTime, TimeZone};

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The most room between two marks of a ruler and the least between two of an axis, in points.
const SPACING: f64 = 100.0;

/// Steps of clock and calendar, beyond which powers of ten would read badly.
const CLOCK_STEPS: [i64; 20] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
];

/// A mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The moment.
    pub at: Nanos,
    /// Where it is, in points from the left edge.
    pub x: f32,
    /// What it says.
    pub label: String,
}

/// Marks of a ruler above a trace; labels count from the start of the trace.
pub fn ruler_ticks(scale: &TimeScale) -> Vec<Tick> {
    let step = ruler_step(scale.nanos_per_point() * SPACING);
    let start = scale.bounds().start;
    let window = scale.window();
    let (from, to) = (window.start - start, window.end - start);
    let largest = from.unsigned_abs().max(to.unsigned_abs());
    let first = from.div_euclid(step) + i64::from(from.rem_euclid(step) != 0);
    let offsets = (first..=to.div_euclid(step)).map(|place| place * step);
    let tick = |offset: i64| Tick {
        at: start + offset,
        x: scale.x_from_time(start + offset),
        label: offset_label(offset, step, largest),
    };
    offsets.map(tick).collect()
}

/// The step for marks that should stand for about `target` nanoseconds: 1, 2 or 5 of the power of ten below it; from
/// half a minute on, what clocks use.
pub fn ruler_step(target: f64) -> i64 {
    if target >= (30 * SECOND) as f64 {
        let below = |step: &&i64| **step as f64 <= target;
        let step = CLOCK_STEPS.iter().rev().find(below);
        let weeks = (target / (7 * DAY) as f64).floor() as i64;
        return step.map_or(SECOND, |step| (*step).max(weeks.saturating_mul(7 * DAY)));
    }
    let power = 10f64.powf(target.max(1.0).log10().floor());
    let share = target / power;
    let factor = if share > 5.0 {
        5.0
    } else if share > 2.0 {
        2.0
    } else {
        1.0
    };
    ((factor * power).round() as i64).max(1)
}

/// A time since the start, in the unit of the `largest` in view and with as many digits as the step needs.
fn offset_label(offset: i64, step: i64, largest: u64) -> String {
    if offset == 0 {
        return "0".to_owned();
    }
    if largest >= MINUTE as u64 && step >= SECOND {
        return human::duration(offset);
    }
    let (unit, name) = match largest {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (SECOND, "s"),
    };
    let mut digits = 0;
    let mut smallest = unit;
    while smallest > 1 && step % smallest != 0 {
        smallest /= 10;
        digits += 1;
    }
    format!("{:.digits$} {name}", offset as f64 / unit as f64)
}

/// Marks of an axis of dates and times that covers `range` on `width` points, at moments that are round on the clock.
pub fn time_ticks(range: TimeRange, width: f32, clock: Clock) -> Vec<Tick> {
    let length = range.duration() as f64;
    let marks = (f64::from(width) / SPACING).max(1.0);
    let step = time_step(length / marks);
    let Some(first) = wall_clock(range.start, clock) else {
        return Vec::new();
    };
    let first = first.div_euclid(step).saturating_mul(step);
    let mut ticks: Vec<Tick> = Vec::new();
    for place in 0..=(length / step as f64) as i64 + 2 {
        let wall = first.saturating_add(place.saturating_mul(step));
        let Some(at) = from_wall_clock(wall, clock) else {
            continue;
        };
        let is_later = ticks.last().is_none_or(|last| last.at < at);
        if is_later && range.start <= at && at <= range.end {
            let share = (at - range.start) as f64 / length.max(1.0);
            let x = (share * f64::from(width)) as f32;
            let label = clock_label(at, wall, step, clock);
            ticks.push(Tick { at, x, label });
        }
    }
    ticks
}

/// The smallest step that leaves at least `target` nanoseconds between marks.
fn time_step(target: f64) -> i64 {
    if target <= SECOND as f64 {
        let power = 10f64.powf(target.max(1.0).log10().floor());
        let fits = |factor: &f64| factor * power >= target;
        let factor = [1.0, 2.0, 5.0].into_iter().find(fits).unwrap_or(10.0);
        return ((factor * power).round() as i64).max(1);
    }
    let step = CLOCK_STEPS.iter().find(|step| **step as f64 >= target);
    let weeks = (target / (7 * DAY) as f64).ceil() as i64;
    step.copied().unwrap_or(weeks.saturating_mul(7 * DAY))
}

fn clock_label(at: Nanos, wall: i64, step: i64, clock: Clock) -> String {
    let pattern = if wall.rem_euclid(DAY) == 0 && step >= SECOND {
        "%-d %b"
    } else if step >= MINUTE {
        "%H:%M"
    } else if step >= SECOND {
        "%H:%M:%S"
    } else if step >= 1_000_000 {
        "%H:%M:%S%.3f"
    } else {
        "%H:%M:%S%.9f"
    };
    human::time(at, clock, pattern)
}

/// What a clock on the wall shows, as nanoseconds since the wall's own 1970.
fn wall_clock(at: Nanos, clock: Clock) -> Option<i64> {
    match clock {
        Clock::Utc => Some(at.0),
        Clock::Local => {
            let local = DateTime::from_timestamp_nanos(at.0).with_timezone(&Local);
            local.naive_local().and_utc().timestamp_nanos_opt()
        }
    }
}

/// The moment a clock on the wall shows this; `None` when it never does, as when summer time begins.
fn from_wall_clock(wall: i64, clock: Clock) -> Option<Nanos> {
    match clock {
        Clock::Utc => Some(Nanos(wall)),
        Clock::Local => {
            let shown: NaiveDateTime = DateTime::from_timestamp_nanos(wall).naive_utc();
            let local = Local.from_local_datetime(&shown).earliest()?;
            local.timestamp_nanos_opt().map(Nanos)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        let cases = [
            (0.12, 0.1),
            (1.0, 1.0),
            (1.9, 1.0),
            (2.0, 1.0),
            (2.1, 2.0),
            (3.0, 2.0),
            (5.0, 2.0),
            (5.1, 5.0),
            (9.9, 5.0),
            (10.0, 10.0),
            (24.0, 20.0),
            (60.0, 50.0),
            (150.0, 100.0),
            (999.0, 500.0),
            (24_000.0, 20_000.0),
            (59_000.0, 30_000.0),
            (100_000.0, 60_000.0),
            (4_000_000.0, 3_600_000.0),
        ];
        for (target, step) in cases {
            let found = ruler_step(target * 1e6);
            assert_eq!(found, (step * 1e6) as i64, "{target} ms");
        }
        assert_eq!(ruler_step(0.01), 1);
        assert_eq!(ruler_step(30.0 * DAY as f64), 28 * DAY);
    }

    #[test]
    fn ruler_labels_have_the_digits_they_need() {
        let labels = |length: i64, window: (i64, i64)| {
            let start = Nanos(1_795_243_582_149_854_123);
            let part = |from, to| TimeRange {
                start: start + from,
                end: start + to,
            };
            let mut scale = TimeScale::new(part(0, length), 450.0);
            scale.set_window(part(window.0, window.1));
            let ticks = ruler_ticks(&scale);
            ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>()
        };
        let ms = 1_000_000;
        let expected = ["0", "2 ms", "4 ms", "6 ms", "8 ms", "10 ms"];
        assert_eq!(labels(10 * ms, (0, 10 * ms)), expected);
        let expected = ["1.0 ms", "1.1 ms", "1.2 ms", "1.3 ms", "1.4 ms", "1.5 ms"];
        assert_eq!(labels(10 * ms, (ms, ms + ms / 2)), expected);
        let expected = ["2.0 s", "2.5 s", "3.0 s", "3.5 s", "4.0 s", "4.5 s"];
        assert_eq!(labels(9_000 * ms, (1_999 * ms, 4_550 * ms)), expected);
        let minutes = labels(600_000 * ms, (0, 600_000 * ms));
        assert_eq!(minutes[..3], ["0", "2 m 00 s", "4 m 00 s"]);
    }

    #[test]
    fn axis_marks_are_round_on_the_clock() {
        // 2026-11-21 06:46:22.149854 UTC
        let start = Nanos(1_795_243_582_149_854_000);
        let labels = |length: i64| {
            let range = TimeRange {
                start,
                end: start + length,
            };
            let ticks = time_ticks(range, 500.0, Clock::Utc);
            assert!(ticks.windows(2).all(|pair| pair[1].x - pair[0].x >= 99.0));
            ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>()
        };
        assert_eq!(
            labels(10 * SECOND),
            ["06:46:24", "06:46:26", "06:46:28", "06:46:30", "06:46:32"]
        );
        assert_eq!(labels(4 * MINUTE), ["06:47", "06:48", "06:49", "06:50"]);
        assert_eq!(labels(25 * HOUR), ["12:00", "18:00", "22 Nov", "06:00"]);
        assert_eq!(
            labels(5 * DAY),
            ["22 Nov", "23 Nov", "24 Nov", "25 Nov", "26 Nov"]
        );
        assert_eq!(labels(100_000_000)[0], "06:46:22.160");
        assert_eq!(labels(0).len(), 1);
    }

    #[test]
    fn local_marks_are_round_in_local_time() {
        let start = Nanos(1_795_243_582_149_854_000);
        let range = TimeRange {
            start,
            end: start + 5 * DAY,
        };
        for tick in time_ticks(range, 600.0, Clock::Local) {
            assert_eq!(human::time(tick.at, Clock::Local, "%H:%M:%S"), "00:00:00");
        }
    }
}
