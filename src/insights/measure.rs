//! What is kept of the spans of a group, and what is made of it.

use crate::analysis::percentile::percentile;
use crate::model::TimeRange;
use crate::model::record::RecordRef;
use crate::store::SpanColumns;

/// Spans counted and timed. Percentiles are exact: all durations are kept.
#[derive(Clone, Debug, Default)]
pub struct Measure {
    durations: Vec<i64>,
    total: i128,
    self_time: i128,
    longest: Option<(i64, RecordRef)>,
}

impl Measure {
    /// Takes a span in.
    pub fn add(&mut self, columns: &SpanColumns, row: u32, self_time: i64) {
        self.take(columns.duration(row), self_time, columns.at(row));
    }

    /// Takes a span in that is known by its duration, its self time and where it lies.
    pub fn take(&mut self, duration: i64, self_time: i64, at: RecordRef) {
        self.durations.push(duration);
        self.total += i128::from(duration);
        self.self_time += i128::from(self_time);
        if self.longest.is_none_or(|(longest, _)| duration > longest) {
            self.longest = Some((duration, at));
        }
    }

    /// Takes in what took so long and has no span.
    pub fn count_in(&mut self, duration: i64) {
        self.durations.push(duration);
        self.total += i128::from(duration);
    }

    /// Takes the spans of another one in, which come later.
    pub fn absorb(&mut self, other: Self) {
        self.durations.extend(other.durations);
        self.total += other.total;
        self.self_time += other.self_time;
        let is_longer = |(duration, _): &(i64, RecordRef)| {
            self.longest.is_none_or(|(longest, _)| *duration > longest)
        };
        if let Some(longest) = other.longest.filter(is_longer) {
            self.longest = Some(longest);
        }
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.durations.len() as u64
    }

    /// The mean duration in nanoseconds.
    pub fn average(&self) -> Option<i64> {
        mean(self.total, self.count())
    }

    /// A percentile of the durations, with linear interpolation between the closest ranks.
    pub fn percentile(&mut self, share: f64) -> Option<i64> {
        (!self.durations.is_empty()).then(|| percentile(&mut self.durations, share))
    }

    /// The sum of the durations in nanoseconds.
    pub fn total(&self) -> i64 {
        saturated(self.total)
    }

    /// The sum of the self times in nanoseconds.
    pub fn self_time(&self) -> i64 {
        saturated(self.self_time)
    }

    /// The longest span.
    pub fn longest(&self) -> Option<RecordRef> {
        self.longest.map(|(_, at)| at)
    }
}

fn saturated(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// The mean of so many numbers, rounded; `None` of none.
pub fn mean(sum: i128, count: u64) -> Option<i64> {
    (count > 0).then(|| (sum as f64 / count as f64).round() as i64)
}

/// How many a minute there are of so many in a time; `None` when it is no time at all, as between a single span's start and
/// itself: a time ends a nanosecond behind the last one in it.
pub fn per_minute(count: u64, time: Option<TimeRange>) -> Option<f64> {
    const MINUTE: f64 = 60e9;
    let time = time?;
    let length = i128::from(time.end.0) - i128::from(time.start.0);
    (length > 1).then(|| count as f64 * MINUTE / length as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Nanos;

    #[test]
    fn rates_need_time() {
        let time = |end| {
            Some(TimeRange {
                start: Nanos(0),
                end: Nanos(end),
            })
        };
        assert_eq!(per_minute(30, time(120_000_000_000)), Some(15.0));
        assert_eq!(per_minute(30, time(0)), None);
        assert_eq!(per_minute(1, time(1)), None, "all at one instant");
        assert_eq!(per_minute(30, None), None);
        assert_eq!(mean(10, 4), Some(3));
        assert_eq!(mean(0, 0), None);
    }
}
