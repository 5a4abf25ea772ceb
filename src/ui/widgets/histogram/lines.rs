//! Lines instead of bars: a line for each class, broken where there is no value.

use super::{Bar, Slots};
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

const WIDTH: f32 = 1.5;

/// Paints the lines, the first class lowest.
pub(super) fn paint(painter: &Painter, slots: &Slots, bars: &[Bar], classes: &[Color32]) {
    for (class, color) in classes.iter().enumerate() {
        let mut run: Vec<Pos2> = Vec::new();
        for (index, bar) in bars.iter().enumerate() {
            match bar.values.get(class).filter(|value| value.is_finite()) {
                Some(value) => run.push(place(slots, index, *value)),
                None => line(painter, &mut run, *color),
            }
        }
        line(painter, &mut run, *color);
    }
}

/// The part of a plot that values lie in, so that no line is cut at an edge.
pub(super) fn inner(plot: Rect) -> Rect {
    plot.shrink2(vec2(0.0, 4.0))
}

fn place(slots: &Slots, index: usize, share: f64) -> Pos2 {
    let plot = inner(slots.plot);
    let up = (share as f32).clamp(0.0, 1.0) * plot.height();
    pos2(slots.rect(index).center().x, plot.bottom() - up)
}

/// Paints a stretch without a break and begins the next. A value between two breaks is a point.
fn line(painter: &Painter, run: &mut Vec<Pos2>, color: Color32) {
    let points = std::mem::take(run);
    match points.as_slice() {
        [] => {}
        [only] => {
            painter.circle_filled(*only, WIDTH, color);
        }
        _ => {
            painter.add(Shape::line(points, Stroke::new(WIDTH, color)));
        }
    }
}
