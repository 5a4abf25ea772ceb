//! A time ruler and the grid below it, from ticks made elsewhere.

use super::text::truncated_galley;
use crate::ui::theme::{self, Palette, palette, size};
use egui::{Painter, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Room for the labels of a vertical axis at the left of a plot.
pub const Y_AXIS: f32 = 60.0;
/// Least distance between labels in points.
const LABEL_GAP: f32 = 8.0;

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// From 0 (start of the axis) to 1 (its end).
    pub at: f32,
    /// What to write there; may be empty for a minor tick.
    pub label: String,
}

impl Tick {
    /// A tick at `at` (0 to 1).
    pub fn new(at: f32, label: impl Into<String>) -> Self {
        Self {
            at,
            label: label.into(),
        }
    }
}

/// A ruler over the width left, read out as its first and last labels.
pub fn ruler(ui: &mut Ui, name: &str, ticks: &[Tick]) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), size::HEADER), Sense::hover());
    response.widget_info(|| {
        let label = |tick: Option<&Tick>| tick.map_or("", |t| t.label.as_str()).to_owned();
        let (first, last) = (label(ticks.first()), label(ticks.last()));
        WidgetInfo::labeled(Role::Label, true, format!("{name} from {first} to {last}"))
    });
    paint_ruler(&ui.painter_at(rect), rect, ticks, palette(ui));
    response
}

/// Paints a ruler into `rect`: labels above, the line at the bottom.
pub fn paint_ruler(painter: &Painter, rect: Rect, ticks: &[Tick], p: &Palette) {
    paint_ticks(painter, rect, ticks, p, Side::Above);
}

/// Paints an axis into `rect`: the line at the top, labels below.
pub fn paint_axis(painter: &Painter, rect: Rect, ticks: &[Tick], p: &Palette) {
    paint_ticks(painter, rect, ticks, p, Side::Below);
}

/// Where labels stand, seen from the line.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Above,
    Below,
}

/// Labels that would touch their neighbour are left out.
fn paint_ticks(painter: &Painter, rect: Rect, ticks: &[Tick], p: &Palette, side: Side) {
    let (line_y, outward) = match side {
        Side::Above => (rect.bottom() - 0.5, -1.0),
        Side::Below => (rect.top() + 0.5, 1.0),
    };
    let line = Stroke::new(size::LINE, p.border_strong);
    painter.hline(rect.x_range(), line_y, line);
    let mut free_from = rect.left();
    for tick in ticks {
        let x = place(rect, tick.at);
        let length = if tick.label.is_empty() { 3.0 } else { 5.0 };
        painter.line_segment([pos2(x, line_y), pos2(x, line_y + outward * length)], line);
        if tick.label.is_empty() {
            continue;
        }
        let room = rect.width();
        let galley = truncated_galley(painter, &tick.label, theme::small(), p.muted, room);
        let left = label_left(rect, x, galley.size().x);
        if left >= free_from && left + galley.size().x <= rect.right() + 0.5 {
            free_from = left + galley.size().x + LABEL_GAP;
            let top = match side {
                Side::Above => line_y - 6.0 - galley.size().y,
                Side::Below => line_y + 6.0,
            };
            painter.galley(pos2(left.round(), top.round()), galley, p.muted);
        }
    }
}

/// Vertical lines under the ticks with labels.
pub fn paint_grid(painter: &Painter, rect: Rect, ticks: &[Tick], p: &Palette) {
    let line = Stroke::new(size::LINE, p.grid);
    for tick in ticks.iter().filter(|tick| !tick.label.is_empty()) {
        painter.vline(place(rect, tick.at), rect.y_range(), line);
    }
}

/// Paints horizontal lines across a plot at places from its bottom (0) to its top (1), labels left of it.
pub fn paint_y_axis(painter: &Painter, plot: Rect, ticks: &[Tick], p: &Palette) {
    for tick in ticks.iter().filter(|tick| !tick.label.is_empty()) {
        let y = (plot.bottom() - tick.at * plot.height()).floor() + 0.5;
        painter.hline(plot.x_range(), y, Stroke::new(size::LINE, p.grid));
        let galley = painter.layout_no_wrap(tick.label.clone(), theme::small(), p.muted);
        let top = (y - galley.size().y / 2.0).round();
        let left = (plot.left() - size::GAP - galley.size().x).round();
        painter.galley(pos2(left, top), galley, p.muted);
    }
}

/// Labels stand centred under their tick, save at the ends where they stay inside.
fn label_left(rect: Rect, x: f32, width: f32) -> f32 {
    (x - width / 2.0).clamp(rect.left(), (rect.right() - width).max(rect.left()))
}

fn place(rect: Rect, at: f32) -> f32 {
    let at = if at.is_finite() { at } else { 0.0 };
    (rect.left() + rect.width() * at.clamp(0.0, 1.0)).floor() + 0.5
}
