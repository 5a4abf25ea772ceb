//! Which part of a trace is in view, and where its moments are on screen.

use crate::model::{Nanos, TimeRange};

/// The shortest stretch that can fill the view, in nanoseconds.
const SHORTEST: f64 = 1_000.0;
/// Empty space on either side of the trace in the widest view, as a share of the trace.
const MARGIN: f64 = 0.01;

/// A stretch of a trace stretched over a width. Never leaves the trace (with a small margin), never shorter than 1 µs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeScale {
    bounds: TimeRange,
    /// Left edge in nanoseconds since the start of the bounds.
    left: f64,
    /// What the width stands for, in nanoseconds.
    span: f64,
    /// In points.
    width: f64,
}

impl TimeScale {
    /// All of `bounds` on `width` points.
    pub fn new(bounds: TimeRange, width: f32) -> Self {
        let mut scale = Self {
            bounds,
            left: 0.0,
            span: 0.0,
            width: f64::from(width.max(1.0)),
        };
        scale.fit();
        scale
    }

    /// Shows everything.
    pub fn fit(&mut self) {
        self.span = self.widest();
        self.left = self.leftmost();
    }

    /// Shows a stretch with a little space around it.
    pub fn fit_to(&mut self, range: TimeRange) {
        let length = range.duration() as f64;
        let margin = length * MARGIN;
        self.set(
            (range.start - self.bounds.start) as f64 - margin,
            length + 2.0 * margin,
        );
    }

    /// Shows exactly a stretch, as far as the limits allow.
    pub fn set_window(&mut self, range: TimeRange) {
        self.set(
            (range.start - self.bounds.start) as f64,
            range.duration() as f64,
        );
    }

    /// Changes the width; the stretch in view stays.
    pub fn set_width(&mut self, width: f32) {
        self.width = f64::from(width.max(1.0));
    }

    /// Makes everything `factor` times as wide, while the moment at `x` stays where it is.
    pub fn zoom_at(&mut self, x: f32, factor: f64) {
        if factor.is_finite() && factor > 0.0 {
            let share = f64::from(x) / self.width;
            let fixed = self.left + share * self.span;
            let span = (self.span / factor).clamp(SHORTEST, self.widest());
            self.set(fixed - share * span, span);
        }
    }

    /// Moves the view by `dx` points: positive shows what is later.
    pub fn pan(&mut self, dx: f32) {
        self.set(
            self.left + f64::from(dx) * self.nanos_per_point(),
            self.span,
        );
    }

    /// Where a moment is, in points from the left edge; outside the view it is negative or beyond the width.
    pub fn x_from_time(&self, at: Nanos) -> f32 {
        (((at - self.bounds.start) as f64 - self.left) / self.nanos_per_point()) as f32
    }

    /// The moment at a place.
    pub fn time_from_x(&self, x: f32) -> Nanos {
        self.bounds.start + (self.left + f64::from(x) * self.nanos_per_point()).round() as i64
    }

    /// The same view of what is drawn so many nanoseconds later than it says.
    #[must_use]
    pub fn moved(mut self, by: i64) -> Self {
        self.bounds.start = self.bounds.start + by.saturating_neg();
        self.bounds.end = self.bounds.end + by.saturating_neg();
        self
    }

    /// What is in view.
    pub fn window(&self) -> TimeRange {
        TimeRange {
            start: self.bounds.start + self.left.round() as i64,
            end: self.bounds.start + (self.left + self.span).round() as i64,
        }
    }

    /// The trace the scale is for.
    pub fn bounds(&self) -> TimeRange {
        self.bounds
    }

    /// The width in points.
    pub fn width(&self) -> f32 {
        self.width as f32
    }

    /// How many nanoseconds a point stands for.
    pub fn nanos_per_point(&self) -> f64 {
        self.span / self.width
    }

    /// Whether everything is in view.
    pub fn is_fitted(&self) -> bool {
        self.span >= self.widest()
    }

    fn widest(&self) -> f64 {
        (self.bounds.duration() as f64 * (1.0 + 2.0 * MARGIN)).max(SHORTEST)
    }

    /// Where the view begins when everything is in it: the trace is in the middle.
    fn leftmost(&self) -> f64 {
        (self.bounds.duration() as f64 - self.widest()) / 2.0
    }

    fn set(&mut self, left: f64, span: f64) {
        self.span = span.clamp(SHORTEST, self.widest());
        let rightmost = self.leftmost() + self.widest() - self.span;
        self.left = left.clamp(self.leftmost(), rightmost.max(self.leftmost()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_795_243_582_149_854_123;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange {
            start: Nanos(START + start),
            end: Nanos(START + end),
        }
    }

    #[test]
    fn everything_fits_at_first() {
        let scale = TimeScale::new(range(0, 1_000_000), 1_020.0);
        assert_eq!(scale.window(), range(-10_000, 1_010_000));
        assert_eq!(scale.x_from_time(Nanos(START)), 10.0);
        assert_eq!(scale.x_from_time(Nanos(START + 1_000_000)), 1_010.0);
        assert_eq!(scale.time_from_x(510.0), Nanos(START + 500_000));
        assert!(scale.is_fitted());
    }

    #[test]
    fn zooming_keeps_the_moment_under_the_pointer() {
        let mut scale = TimeScale::new(range(0, 10_000_000_000), 1_000.0);
        let at = scale.time_from_x(300.0);
        for _ in 0..5 {
            scale.zoom_at(300.0, 3.0);
            assert!((scale.x_from_time(at) - 300.0).abs() < 0.01);
        }
        scale.zoom_at(300.0, 1e12);
        assert_eq!(scale.window().duration(), 1_000);
        assert!((scale.x_from_time(at) - 300.0).abs() <= 0.5);
        scale.zoom_at(300.0, 1e-12);
        assert!(scale.is_fitted());
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            scale.zoom_at(300.0, factor);
        }
        assert!(scale.is_fitted());
    }

    #[test]
    fn the_view_stays_inside_the_trace() {
        let mut scale = TimeScale::new(range(0, 1_000_000), 1_000.0);
        scale.set_window(range(400_000, 600_000));
        assert_eq!(scale.window(), range(400_000, 600_000));
        scale.pan(100.0);
        assert_eq!(scale.window(), range(420_000, 620_000));
        scale.pan(1e9);
        assert_eq!(scale.window(), range(810_000, 1_010_000));
        scale.pan(-1e9);
        assert_eq!(scale.window(), range(-10_000, 190_000));
        scale.fit_to(range(100_000, 200_000));
        assert_eq!(scale.window(), range(99_000, 201_000));
    }

    #[test]
    fn a_trace_without_length_can_be_shown() {
        let mut scale = TimeScale::new(range(0, 0), 0.0);
        scale.fit_to(range(0, 0));
        assert_eq!(scale.window(), range(-500, 500));
        assert!(scale.x_from_time(Nanos(START)).is_finite());
    }
}
