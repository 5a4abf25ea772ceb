//! Points in time and ranges of it, in nanoseconds.

use std::ops::{Add, Sub};

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

    /// The smallest range that covers both.
    pub fn union(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}
