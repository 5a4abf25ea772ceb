//! Points, or density where points are too many, over two axes, with a rectangle chosen by dragging.
//!
//! Places are shares of the axes (0 to 1, upwards), so scales, logarithmic or not, are the caller's business. Density is
//! one mesh; points are few thousands at most.

use super::ruler::{Tick, paint_axis, paint_grid};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, Palette, palette, size};
use egui::{
    Color32, CornerRadius, Key, Mesh, Modifiers, Painter, Pos2, Rect, Response, Role, Sense, Shape,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// Room for the labels of the vertical axis.
const Y_AXIS: f32 = 56.0;
/// How near the pointer must be to a point, in points of the screen.
const REACH: f32 = 6.0;

/// A point.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// 0 (left) to 1 (right).
    pub x: f32,
    /// 0 (bottom) to 1 (top).
    pub y: f32,
    /// Its colour.
    pub color: Color32,
    /// What it says on hover.
    pub name: String,
}

/// A cell that stands for many points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Density {
    /// Left edge, 0 to 1.
    pub x: f32,
    /// Bottom edge, 0 to 1.
    pub y: f32,
    /// Width, 0 to 1.
    pub w: f32,
    /// Height, 0 to 1.
    pub h: f32,
    /// Its colour, weight included.
    pub color: Color32,
}

/// What a scatter plot remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct ScatterState {
    from: Option<Pos2>,
}

/// What the user did.
#[derive(Debug)]
pub struct ScatterOutput {
    /// The plot as a widget.
    pub response: Response,
    /// The point clicked.
    pub clicked: Option<usize>,
    /// The rectangle chosen, in shares of the axes, upwards.
    pub brushed: Option<Rect>,
    /// The choice was taken back by a double click or Escape.
    pub cleared: bool,
    /// The point under the pointer.
    pub hovered: Option<usize>,
}

/// A scatter plot about to be shown over the width left.
pub struct Scatter<'a> {
    name: &'a str,
    marks: &'a [Mark],
    density: &'a [Density],
    x_ticks: &'a [Tick],
    y_ticks: &'a [Tick],
    height: f32,
    brush: Option<Rect>,
}

impl<'a> Scatter<'a> {
    /// Points by the accessible name of the plot.
    pub fn new(name: &'a str, marks: &'a [Mark]) -> Self {
        Self {
            name,
            marks,
            density: &[],
            x_ticks: &[],
            y_ticks: &[],
            height: 200.0,
            brush: None,
        }
    }

    /// Cells under the points.
    #[must_use]
    pub fn density(mut self, density: &'a [Density]) -> Self {
        self.density = density;
        self
    }

    /// The axis below.
    #[must_use]
    pub fn x_ticks(mut self, ticks: &'a [Tick]) -> Self {
        self.x_ticks = ticks;
        self
    }

    /// The axis at the left.
    #[must_use]
    pub fn y_ticks(mut self, ticks: &'a [Tick]) -> Self {
        self.y_ticks = ticks;
        self
    }

    /// Height in points, axis included.
    #[must_use]
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// The rectangle chosen now, in shares of the axes, upwards.
    #[must_use]
    pub fn brush(mut self, brush: Option<Rect>) -> Self {
        self.brush = brush;
        self
    }

    /// Shows it.
    pub fn show(self, ui: &mut Ui, state: &mut ScatterState) -> ScatterOutput {
        let wanted = vec2(ui.available_width(), self.height);
        let (rect, response) = ui.allocate_exact_size(wanted, Sense::click_and_drag());
        response.widget_info(|| {
            let name = format!("{}, {} points", self.name, self.marks.len());
            WidgetInfo::labeled(Role::Group, true, name)
        });
        let left = if self.y_ticks.is_empty() { 0.0 } else { Y_AXIS };
        let below = if self.x_ticks.is_empty() {
            0.0
        } else {
            size::HEADER
        };
        let axes = Axes(Rect::from_min_max(
            pos2(rect.left() + left, rect.top() + 4.0),
            pos2(rect.right(), rect.bottom() - below),
        ));
        let mut out = ScatterOutput {
            hovered: response.hover_pos().and_then(|at| self.nearest(&axes, at)),
            response,
            clicked: None,
            brushed: None,
            cleared: false,
        };
        let pending = act(ui, &axes, state, &mut out);
        self.paint(ui, rect, &axes, &out, pending);
        if let Some(mark) = out.hovered.and_then(|index| self.marks.get(index)) {
            out.response = out.response.on_hover_text_at_pointer(&mark.name);
        }
        focus_ring(ui, rect, &out.response);
        out
    }

    fn nearest(&self, axes: &Axes, at: Pos2) -> Option<usize> {
        let mut best = None;
        let mut least = REACH * REACH;
        for (index, mark) in self.marks.iter().enumerate() {
            let far = axes.place(mark.x, mark.y).distance_sq(at);
            if far <= least {
                least = far;
                best = Some(index);
            }
        }
        best
    }

    fn paint(&self, ui: &Ui, rect: Rect, axes: &Axes, out: &ScatterOutput, pending: Option<Rect>) {
        let p = palette(ui);
        let painter = ui.painter_at(rect);
        let plot = axes.0;
        paint_grid(&painter, plot, self.x_ticks, p);
        self.y_axis(&painter, axes, p);
        let brush = pending.or(self.brush);
        if let Some(brush) = brush {
            let ground = theme::mix(p.panel, p.accent_soft, 0.7);
            painter.rect_filled(axes.rect(brush), CornerRadius::ZERO, ground);
        }
        painter.add(self.cells(axes));
        let inside = ui.painter_at(plot.expand(3.0));
        for (index, mark) in self.marks.iter().enumerate() {
            let at = axes.place(mark.x, mark.y);
            let pale = brush.is_some_and(|brush| !brush.contains(pos2(mark.x, mark.y)));
            let color = if pale {
                mark.color.gamma_multiply(0.3)
            } else {
                mark.color
            };
            inside.circle_filled(at, 2.5, color.gamma_multiply(0.85));
            if out.hovered == Some(index) {
                inside.circle_stroke(at, 5.0, Stroke::new(1.5, p.text));
            }
        }
        if let Some(brush) = brush {
            let edge = Stroke::new(size::LINE, p.accent);
            painter.rect_stroke(
                axes.rect(brush),
                CornerRadius::ZERO,
                edge,
                StrokeKind::Inside,
            );
        }
        let below = Rect::from_min_max(plot.left_bottom(), rect.max);
        paint_axis(&painter, below, self.x_ticks, p);
    }

    fn cells(&self, axes: &Axes) -> Shape {
        let mut mesh = Mesh::default();
        for cell in self.density {
            let area = Rect::from_min_size(pos2(cell.x, cell.y), vec2(cell.w, cell.h));
            mesh.add_colored_rect(axes.rect(area), cell.color);
        }
        Shape::mesh(mesh)
    }

    fn y_axis(&self, painter: &Painter, axes: &Axes, p: &Palette) {
        for tick in self.y_ticks.iter().filter(|tick| !tick.label.is_empty()) {
            let at = axes.place(0.0, tick.at);
            let y = at.y.floor() + 0.5;
            painter.hline(axes.0.x_range(), y, Stroke::new(size::LINE, p.grid));
            let galley = painter.layout_no_wrap(tick.label.clone(), theme::small(), p.muted);
            let top = (y - galley.size().y / 2.0).round();
            let left = (axes.0.left() - 8.0 - galley.size().x).round();
            painter.galley(pos2(left, top), galley, p.muted);
        }
    }
}

/// Clicks, drags and Escape; the rectangle being drawn.
fn act(ui: &Ui, axes: &Axes, state: &mut ScatterState, out: &mut ScatterOutput) -> Option<Rect> {
    let response = &out.response;
    let at = response.interact_pointer_pos().map(|at| axes.share(at));
    let pending = state
        .from
        .zip(at)
        .map(|(from, to)| Rect::from_two_pos(from, to));
    if response.double_clicked() {
        state.from = None;
        out.cleared = true;
    } else if response.drag_started() {
        state.from = ui
            .input(|input| input.pointer.press_origin())
            .map(|origin| axes.share(origin));
    } else if response.drag_stopped() {
        out.brushed = pending.filter(|area| area.width() > 0.0 && area.height() > 0.0);
        state.from = None;
        return None;
    } else if response.clicked() {
        out.clicked = out.hovered;
        response.request_focus();
    }
    let escape = |input: &mut egui::InputState| input.consume_key(Modifiers::NONE, Key::Escape);
    if response.has_focus() && ui.input_mut(escape) {
        state.from = None;
        out.cleared = true;
    }
    pending.filter(|_| state.from.is_some())
}

/// The plot, and what lies where in it.
struct Axes(Rect);

impl Axes {
    fn place(&self, x: f32, y: f32) -> Pos2 {
        pos2(
            self.0.left() + x * self.0.width(),
            self.0.bottom() - y * self.0.height(),
        )
    }

    fn share(&self, at: Pos2) -> Pos2 {
        pos2(
            ((at.x - self.0.left()) / self.0.width().max(1.0)).clamp(0.0, 1.0),
            ((self.0.bottom() - at.y) / self.0.height().max(1.0)).clamp(0.0, 1.0),
        )
    }

    fn rect(&self, area: Rect) -> Rect {
        Rect::from_two_pos(
            self.place(area.min.x, area.min.y),
            self.place(area.max.x, area.max.y),
        )
    }
}
