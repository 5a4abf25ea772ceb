//! A vertical axis of durations, linear or logarithmic, with round marks.

use crate::model::human;

/// From which duration to which an axis reaches, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DurationAxis {
    low: f64,
    high: f64,
    log: bool,
}

impl DurationAxis {
    /// An axis on which all durations fit; those that are not finite are passed over. Without `log` it begins at 0.
    pub fn fitted(durations: impl IntoIterator<Item = f64>, log: bool) -> Self {
        let durations = durations
            .into_iter()
            .filter(|duration| duration.is_finite());
        let extent = durations.fold(None, |extent: Option<(f64, f64)>, duration| {
            let (low, high) = extent.unwrap_or((duration, duration));
            Some((low.min(duration), high.max(duration)))
        });
        let (low, high) = extent.unwrap_or((1.0, 1.0));
        // Half a power of ten at least, or everything that differs little would look wild.
        let high = high.max(3.0);
        let low = match log {
            true => low.clamp(1.0, high / 3.0),
            false => 0.0,
        };
        Self { low, high, log }
    }

    /// How far up a duration is, from 0 (bottom) to 1 (top).
    pub fn share(&self, duration: f64) -> f64 {
        let place = |value: f64| match self.log {
            true => value.max(self.low).ln(),
            false => value,
        };
        let (low, high) = (place(self.low), place(self.high));
        ((place(duration) - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// Marks at round durations: how far up, and what they say. At most about five.
    pub fn marks(&self) -> Vec<(f32, String)> {
        let rounds = match self.log {
            true => self.log_rounds(),
            false => self.linear_rounds(),
        };
        let mark = |at: f64| (self.share(at) as f32, human::duration(at.round() as i64));
        rounds.into_iter().map(mark).collect()
    }

    /// 1, 10, 100 of a unit; where these are too few, 2 and 5 as well; where too many, only some.
    fn log_rounds(&self) -> Vec<f64> {
        let first = self.low.log10().floor() as i32;
        let last = self.high.log10().ceil() as i32;
        let decades = (self.high / self.low).log10();
        let factors: &[f64] = match decades {
            few if few < 2.0 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let powers = (first..=last).flat_map(|power| {
            let power = 10f64.powi(power);
            factors.iter().map(move |factor| factor * power)
        });
        let inside: Vec<f64> = powers
            .filter(|at| (self.low..=self.high).contains(at))
            .collect();
        let every = inside.len().div_ceil(5).max(1);
        inside.into_iter().step_by(every).collect()
    }

    fn linear_rounds(&self) -> Vec<f64> {
        let step = round_step(self.high / 4.0);
        let steps = (self.high / step).floor() as usize;
        (1..=steps).map(|n| n as f64 * step).collect()
    }
}

/// The least of 1, 2, 5, 10, 20, … nanoseconds that is no less than this.
pub fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1.0).log10().floor());
    let fits = |factor: &f64| factor * power >= least;
    let factor = [1.0, 2.0, 5.0].into_iter().find(fits).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        let cases = [
            (0.0, 1.0),
            (3.0, 5.0),
            (10.0, 10.0),
            (3_750.0, 5_000.0),
            (5_100.0, 10_000.0),
        ];
        for (least, expected) in cases {
            assert_eq!(round_step(least), expected, "{least}");
        }
    }

    #[test]
    fn marks_are_round_and_few() {
        let ms = 1e6;
        let cases: [(&[f64], bool, &[&str]); 6] = [
            (
                &[0.02 * ms, 900.0 * ms],
                true,
                &["100 µs", "1.00 ms", "10.0 ms", "100 ms"],
            ),
            (
                &[1.5 * ms, 60.0 * ms],
                true,
                &["2.00 ms", "5.00 ms", "10.0 ms", "20.0 ms", "50.0 ms"],
            ),
            (
                &[3.0 * ms, 780.0 * ms],
                false,
                &["200 ms", "400 ms", "600 ms"],
            ),
            (&[7.0 * ms], true, &["5.00 ms"]),
            (&[f64::NAN], false, &["1 ns", "2 ns", "3 ns"]),
            (&[], true, &["1 ns", "2 ns"]),
        ];
        for (durations, log, expected) in cases {
            let axis = DurationAxis::fitted(durations.iter().copied(), log);
            let labels: Vec<String> = axis.marks().into_iter().map(|(_, text)| text).collect();
            assert_eq!(labels, expected, "{durations:?}");
        }
    }

    #[test]
    fn places_rise_with_durations() {
        for log in [true, false] {
            let axis = DurationAxis::fitted([100.0, 10_000.0], log);
            assert_eq!(axis.share(10_000.0), 1.0);
            assert!(axis.share(100.0) < 0.011);
            assert_eq!(axis.share(0.0), 0.0);
            let middle = axis.share(1_000.0);
            assert!((middle - if log { 0.5 } else { 0.1 }).abs() < 1e-9);
        }
    }
}
