//! Lines instead of bars: a line for each class, broken where there is no value.

use super::{Bar, Slots};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::ruler::Tick;
use egui::{Color32, Painter, Pos2, Shape, Stroke, pos2};

const WIDTH: f32 = 1.5;

/// Paints the marks of the vertical axis and the lines, the first class lowest.
pub(super) fn paint(
    painter: &Painter,
    slots: &Slots,
    y_ticks: &[Tick],
    bars: &[Bar],
    classes: &[Color32],
    p: &Palette,
) {
    axis(painter, slots, y_ticks, p);
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

fn place(slots: &Slots, index: usize, share: f64) -> Pos2 {
    let x = slots.rect(index).center().x;
    pos2(x, height(slots, share as f32))
}

fn height(slots: &Slots, share: f32) -> f32 {
    let plot = slots.plot.shrink2(egui::vec2(0.0, 3.0));
    plot.bottom() - share.clamp(0.0, 1.0) * plot.height()
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

fn axis(painter: &Painter, slots: &Slots, ticks: &[Tick], p: &Palette) {
    for tick in ticks {
        let y = height(slots, tick.at).floor() + 0.5;
        painter.hline(slots.plot.x_range(), y, Stroke::new(size::LINE, p.grid));
        let galley = painter.layout_no_wrap(tick.label.clone(), theme::small(), p.muted);
        let top = (y - galley.size().y).max(slots.plot.top());
        painter.galley(pos2(slots.plot.left() + size::GRID, top), galley, p.muted);
    }
}
