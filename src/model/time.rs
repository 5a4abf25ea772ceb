//! Points in time and ranges of it, in nanoseconds.

use std::ops::{Add, Range, Sub};

/// A point in time: nanoseconds since the Unix epoch. Differences are plain `i64` nanoseconds.
///
/// On the way to a pixel, subtract as `i64` first, go through `f64`, and end in `f32` last: an `f64` cannot hold
/// today's epoch nanoseconds exactly, a difference within a trace it can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub i64);

impl Nanos {
    /// Seconds since the epoch as a float, as Sentry's SDKs write them. Not finite or out of range gives `None`.
    pub fn from_secs_f64(secs: f64) -> Option<Self> {
        // Whole microseconds are what a double can carry at today's epoch; more digits would be noise.
        let micros = (secs * 1e6).round();
        (micros.is_finite() && micros.abs() < 9.2e15).then(|| Self(micros as i64 * 1_000))
    }
}

impl Sub for Nanos {
    type Output = i64;
    fn sub(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<i64> for Nanos {
    type Output = Self;
    fn add(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

/// A half-open stretch of time, `start <= t < end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// First instant inside.
    pub start: Nanos,
    /// First instant after.
    pub end: Nanos,
}

impl TimeRange {
    /// Length in nanoseconds, never negative.
    pub fn duration(&self) -> i64 {
        (self.end - self.start).max(0)
    }

    /// Whether the instant lies inside.
    pub fn contains(&self, at: Nanos) -> bool {
        self.start <= at && at < self.end
    }

    /// The instants that count to these shares when the range is cut into `of` equal ones. An edge that is no whole
    /// nanosecond is moved up to the next.
    pub fn shares(&self, shares: Range<usize>, of: usize) -> Self {
        let length = (i128::from(self.end.0) - i128::from(self.start.0)).max(0);
        let of = of.max(1) as i128;
        let edge = |share: usize| {
            let into = (share as i128 * length + of - 1).div_euclid(of);
            let at = i128::from(self.start.0) + into;
            Nanos(i64::try_from(at).unwrap_or(i64::MAX))
        };
        Self {
            start: edge(shares.start),
            end: edge(shares.end),
        }
    }

    /// The smallest range that covers both.
    pub fn union(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_meet_and_cover_the_range() {
        let range = TimeRange {
            start: Nanos(100),
            end: Nanos(110),
        };
        let edges: Vec<i64> = (0..4).map(|n| range.shares(n..n + 1, 4).start.0).collect();
        assert_eq!(edges, [100, 103, 105, 108]);
        assert_eq!(range.shares(0..4, 4), range);
        let all = TimeRange {
            start: Nanos(i64::MIN),
            end: Nanos(i64::MAX),
        };
        assert_eq!(all.shares(1..2, 2).start, Nanos(0));
        assert_eq!(all.shares(0..2, 2), all);
    }
}
