//! Many points of time and duration on a small area: one mark a point while they are few, one mark a cell when many.

use crate::model::{Nanos, TimeRange};
use hashbrown::HashMap;

/// From this many points on, points that share a cell become one mark.
pub const FOLDED_FROM: usize = 10_000;
/// Width and height of a cell, in points of the screen.
pub const CELL: f32 = 3.0;

/// One mark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Centre, from the left edge.
    pub x: f32,
    /// Centre, from the top edge: long durations are at the top.
    pub y: f32,
    /// How many points it stands for.
    pub count: u32,
    /// The longest of them, as its place in the input.
    pub first: u32,
}

/// Where to draw: the time on the horizontal axis, and the durations on the vertical one, which is logarithmic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scatter {
    /// Time from edge to edge.
    pub range: TimeRange,
    /// Shortest and longest duration in nanoseconds; shorter ones are drawn at the bottom, longer ones at the top.
    pub durations: (i64, i64),
    /// Width and height in points.
    pub size: [f32; 2],
}

impl Scatter {
    /// Axes on which all points fit.
    pub fn fitted(starts: &[Nanos], durations: &[i64], size: [f32; 2]) -> Self {
        let first = starts.iter().min().copied().unwrap_or_default();
        let last = starts.iter().max().copied().unwrap_or_default();
        let range = TimeRange {
            start: first,
            end: last + 1,
        };
        let shortest = durations.iter().min().copied().unwrap_or(0);
        let longest = durations.iter().max().copied().unwrap_or(0);
        Self {
            range,
            durations: (shortest.max(1), longest.max(1)),
            size,
        }
    }

    /// Where a point is, from the left and top edges.
    pub fn place(&self, start: Nanos, duration: i64) -> [f32; 2] {
        let length = self.range.duration().max(1) as f64;
        let right = (start - self.range.start) as f64 / length;
        let up = self.log_share(duration);
        let [width, height] = self.size.map(f64::from);
        [(right * width) as f32, ((1.0 - up) * height) as f32]
    }

    /// What is at a place: the moment and the duration.
    pub fn at(&self, [x, y]: [f32; 2]) -> (Nanos, i64) {
        let [width, height] = self.size.map(|side| f64::from(side.max(1.0)));
        let right = f64::from(x) / width * self.range.duration() as f64;
        let (low, high) = self.logs();
        let log = low + (1.0 - f64::from(y) / height).clamp(0.0, 1.0) * (high - low);
        (
            self.range.start + right.round() as i64,
            log.exp().round() as i64,
        )
    }

    fn logs(&self) -> (f64, f64) {
        let log = |duration: i64| (duration.max(1) as f64).ln();
        (log(self.durations.0), log(self.durations.1))
    }

    /// How far up a duration is, from 0 to 1; in the middle when all are the same.
    fn log_share(&self, duration: i64) -> f64 {
        let (low, high) = self.logs();
        if high <= low {
            return 0.5;
        }
        (((duration.max(1) as f64).ln() - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// The marks for points; those outside the time in view are left out.
    pub fn marks(&self, starts: &[Nanos], durations: &[i64]) -> Vec<Mark> {
        let points = (0u32..).zip(starts.iter().zip(durations));
        let points = points.filter(|(_, (start, _))| self.range.contains(**start));
        let marks = points.map(|(first, (start, duration))| {
            let [x, y] = self.place(*start, *duration);
            let count = 1;
            Mark { x, y, count, first }
        });
        if starts.len() < FOLDED_FROM {
            return marks.collect();
        }
        self.folded(marks, durations)
    }

    fn folded(&self, marks: impl Iterator<Item = Mark>, durations: &[i64]) -> Vec<Mark> {
        let mut cells: HashMap<[u32; 2], usize> = HashMap::new();
        let mut out: Vec<Mark> = Vec::new();
        for mark in marks {
            let cell = [mark.x, mark.y].map(|place| (place / CELL) as u32);
            let at = *cells.entry(cell).or_insert(out.len());
            let Some(same) = out.get_mut(at) else {
                let [x, y] = cell.map(|place| (place as f32 + 0.5) * CELL);
                out.push(Mark { x, y, ..mark });
                continue;
            };
            same.count += 1;
            if durations[mark.first as usize] > durations[same.first as usize] {
                same.first = mark.first;
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_points_stay_apart_and_many_are_folded() {
        let starts: Vec<Nanos> = (0..20_000).map(|n| Nanos(n % 50)).collect();
        let durations: Vec<i64> = (0..20_000).map(|n| 10 + n % 7).collect();
        let few = Scatter::fitted(&starts[..9], &durations[..9], [300.0, 100.0]);
        assert_eq!(few.marks(&starts[..9], &durations[..9]).len(), 9);
        let many = Scatter::fitted(&starts, &durations, [300.0, 100.0]);
        let marks = many.marks(&starts, &durations);
        assert!(marks.len() <= 50 * 7, "{}", marks.len());
        assert_eq!(marks.iter().map(|mark| mark.count).sum::<u32>(), 20_000);
    }

    #[test]
    fn places_and_values_go_both_ways() {
        let scatter = Scatter {
            range: TimeRange {
                start: Nanos(1_000),
                end: Nanos(2_000),
            },
            durations: (100, 10_000),
            size: [100.0, 50.0],
        };
        assert_eq!(scatter.place(Nanos(1_500), 1_000), [50.0, 25.0]);
        assert_eq!(scatter.place(Nanos(1_000), 10_000_000), [0.0, 0.0]);
        assert_eq!(scatter.at([50.0, 25.0]), (Nanos(1_500), 1_000));
        let outside = scatter.marks(&[Nanos(10), Nanos(1_001)], &[5, 5]);
        assert_eq!(
            outside.iter().map(|mark| mark.first).collect::<Vec<_>>(),
            [1]
        );
        let none = Scatter::fitted(&[], &[], [0.0, 0.0]);
        assert_eq!(none.marks(&[], &[]), []);
    }
}
