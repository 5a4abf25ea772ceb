//! A grid of coloured cells over two axes, with a rectangle of cells chosen by dragging or by the keyboard.
//!
//! Cells are one mesh. What a cell stands for and its colour are the caller's business; rows count from the bottom.

use super::ruler::{Tick, Y_AXIS, paint_axis, paint_grid, paint_y_axis};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{palette, size};
use egui::{
    Color32, CornerRadius, EventFilter, Key, Mesh, Modifiers, Pos2, Rect, Response, Role, Sense,
    Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use std::ops::Range;

/// A column and a row.
pub type Place = [usize; 2];

/// What a heatmap remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct HeatmapState {
    /// The cell the keyboard is on.
    focus: Option<Place>,
    /// The other corner of the rectangle being made by keyboard or pointer.
    anchor: Option<Place>,
    /// The cell the pointer dragged to.
    head: Option<Place>,
}

/// Columns and rows of a rectangle of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Columns from the left.
    pub columns: Range<usize>,
    /// Rows from the bottom.
    pub rows: Range<usize>,
}

impl HeatmapState {
    fn pending(&self) -> Option<Region> {
        let (a, b) = (self.anchor?, self.head.or(self.focus)?);
        let span = |axis: usize| a[axis].min(b[axis])..a[axis].max(b[axis]) + 1;
        Some(Region {
            columns: span(0),
            rows: span(1),
        })
    }

    /// The grid may have fewer cells than in the frame before.
    fn keep_within(&mut self, cells: Place) {
        let places = [&mut self.focus, &mut self.anchor, &mut self.head];
        for place in places.into_iter().flatten() {
            *place = [0, 1].map(|axis| place[axis].min(cells[axis].saturating_sub(1)));
        }
    }

    fn clear(&mut self) {
        self.anchor = None;
        self.head = None;
    }
}

/// What the user did.
#[derive(Debug)]
pub struct HeatmapOutput {
    /// The chart as a widget, the one with the focus.
    pub response: Response,
    /// A rectangle of cells was chosen.
    pub brushed: Option<Region>,
    /// The choice was taken back by a double click or Escape.
    pub cleared: bool,
}

/// A heatmap about to be shown over the width left.
pub struct Heatmap<'a> {
    name: &'a str,
    cells: Place,
    color: &'a dyn Fn(Place) -> Option<Color32>,
    cell_name: &'a dyn Fn(Place) -> String,
    start: Place,
    x_ticks: &'a [Tick],
    y_ticks: &'a [Tick],
    height: f32,
}

impl<'a> Heatmap<'a> {
    /// So many columns and rows; `color` of the cells that are not empty, `cell_name` for hover and people who listen.
    pub fn new(
        name: &'a str,
        cells: Place,
        color: &'a dyn Fn(Place) -> Option<Color32>,
        cell_name: &'a dyn Fn(Place) -> String,
    ) -> Self {
        Self {
            name,
            cells,
            color,
            cell_name,
            start: [0, 0],
            x_ticks: &[],
            y_ticks: &[],
            height: 160.0,
        }
    }

    /// The cell the keyboard comes to first.
    #[must_use]
    pub fn start(mut self, start: Place) -> Self {
        self.start = start;
        self
    }

    /// The axes below and at the left; places are shares of them.
    #[must_use]
    pub fn ticks(mut self, x: &'a [Tick], y: &'a [Tick]) -> Self {
        self.x_ticks = x;
        self.y_ticks = y;
        self
    }

    /// Height in points, axis included.
    #[must_use]
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// Shows it.
    pub fn show(self, ui: &mut Ui, state: &mut HeatmapState) -> HeatmapOutput {
        let wanted = vec2(ui.available_width(), self.height);
        let (rect, response) = ui.allocate_exact_size(wanted, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Group, true, self.name));
        let grid = Grid {
            plot: Rect::from_min_max(
                pos2(rect.left() + Y_AXIS, rect.top() + size::GRID),
                pos2(rect.right(), rect.bottom() - size::HEADER),
            ),
            cells: self.cells,
        };
        let mut out = HeatmapOutput {
            response,
            brushed: None,
            cleared: false,
        };
        if self.cells.iter().all(|count| *count > 0) {
            state.keep_within(self.cells);
            pointer(ui, &grid, state, &mut out);
            self.keys(ui, state, &mut out);
        }
        let hovered = out.response.hover_pos().and_then(|at| grid.at(at));
        self.paint(ui, rect, &grid, state, &out, hovered);
        if let Some(focus) = state.focus.filter(|_| out.response.has_focus()) {
            let id = out.response.id.with("cell");
            let node = ui.interact(grid.rect(focus), id, Sense::hover());
            let name = (self.cell_name)(focus);
            node.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
        }
        if let Some(cell) = hovered.filter(|_| state.pending().is_none()) {
            let name = (self.cell_name)(cell);
            out.response = out.response.on_hover_text_at_pointer(name);
        }
        focus_ring(ui, rect, &out.response);
        out
    }

    fn keys(&self, ui: &Ui, state: &mut HeatmapState, out: &mut HeatmapOutput) {
        if !out.response.has_focus() {
            return;
        }
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            escape: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(out.response.id, filter));
        let press = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        for (modifiers, extend) in [(Modifiers::SHIFT, true), (Modifiers::NONE, false)] {
            for (key, axis, forward) in [
                (Key::ArrowLeft, 0, false),
                (Key::ArrowRight, 0, true),
                (Key::ArrowDown, 1, false),
                (Key::ArrowUp, 1, true),
            ] {
                if press(modifiers, key) {
                    self.step(state, axis, forward, extend);
                }
            }
        }
        if press(Modifiers::NONE, Key::Enter) && state.focus.is_some() {
            state.anchor = state.anchor.or(state.focus);
            out.brushed = state.pending();
            state.clear();
        }
        if press(Modifiers::NONE, Key::Escape) {
            state.clear();
            out.cleared = true;
        }
    }

    /// Moves the keyboard by one cell; the first step only comes to the cell to start from.
    fn step(&self, state: &mut HeatmapState, axis: usize, forward: bool, extend: bool) {
        let Some(from) = state.focus else {
            state.focus = Some(self.start);
            return;
        };
        state.anchor = if extend {
            state.anchor.or(Some(from))
        } else {
            None
        };
        let mut to = from;
        to[axis] = if forward {
            from[axis] + 1
        } else {
            from[axis].saturating_sub(1)
        };
        let last = |axis: usize| self.cells[axis].saturating_sub(1);
        state.focus = Some([to[0].min(last(0)), to[1].min(last(1))]);
    }

    fn paint(
        &self,
        ui: &Ui,
        rect: Rect,
        grid: &Grid,
        state: &HeatmapState,
        out: &HeatmapOutput,
        hovered: Option<Place>,
    ) {
        let p = palette(ui);
        let painter = ui.painter_at(rect);
        paint_grid(&painter, grid.plot, self.x_ticks, p);
        paint_y_axis(&painter, grid.plot, self.y_ticks, p);
        let mut mesh = Mesh::default();
        for row in 0..self.cells[1] {
            for column in 0..self.cells[0] {
                if let Some(color) = (self.color)([column, row]) {
                    mesh.add_colored_rect(grid.rect([column, row]), color);
                }
            }
        }
        painter.add(Shape::mesh(mesh));
        let outline = |cell: Place, color: Color32| {
            let stroke = Stroke::new(size::LINE, color);
            let rect = grid.rect(cell).expand(1.0);
            painter.rect_stroke(rect, CornerRadius::ZERO, stroke, StrokeKind::Inside);
        };
        if let Some(cell) = hovered {
            outline(cell, p.muted);
        }
        if let Some(region) = state.pending() {
            let area = grid.region(&region);
            let ground = p.accent.gamma_multiply(0.15);
            painter.rect_filled(area, CornerRadius::ZERO, ground);
            let edge = Stroke::new(size::LINE, p.accent);
            painter.rect_stroke(area, CornerRadius::ZERO, edge, StrokeKind::Inside);
        }
        if let Some(cell) = state.focus.filter(|_| out.response.has_focus()) {
            outline(cell, p.accent);
        }
        let below = Rect::from_min_max(grid.plot.left_bottom(), rect.max);
        paint_axis(&painter, below, self.x_ticks, p);
    }
}

fn pointer(ui: &Ui, grid: &Grid, state: &mut HeatmapState, out: &mut HeatmapOutput) {
    let response = &out.response;
    let at = response.interact_pointer_pos().map(|at| grid.nearest(at));
    // Where the button went down: by the time a drag is known the pointer may be cells away.
    let origin = || ui.input(|input| input.pointer.press_origin());
    if response.double_clicked() {
        state.clear();
        out.cleared = true;
    } else if response.drag_started() {
        state.anchor = origin().map(|origin| grid.nearest(origin)).or(at);
        state.head = at;
    } else if response.drag_stopped() {
        out.brushed = state.pending();
        state.clear();
    } else if response.dragged() && at.is_some() {
        state.head = at;
    } else if response.clicked() {
        response.request_focus();
        // Enter counts as a click without a place.
        state.focus = at.or(state.focus);
    }
}

/// Where cells lie.
struct Grid {
    plot: Rect,
    cells: Place,
}

impl Grid {
    /// Edges on whole points, so that neighbours leave no seam.
    fn edges(&self, column: usize, row: usize) -> Pos2 {
        let share = |at: usize, axis: usize| at as f32 / self.cells[axis].max(1) as f32;
        pos2(
            (self.plot.left() + share(column, 0) * self.plot.width()).round(),
            (self.plot.bottom() - share(row, 1) * self.plot.height()).round(),
        )
    }

    fn rect(&self, [column, row]: Place) -> Rect {
        Rect::from_two_pos(self.edges(column, row), self.edges(column + 1, row + 1))
    }

    fn region(&self, region: &Region) -> Rect {
        Rect::from_two_pos(
            self.edges(region.columns.start, region.rows.start),
            self.edges(region.columns.end, region.rows.end),
        )
    }

    fn at(&self, at: Pos2) -> Option<Place> {
        self.plot.contains(at).then(|| self.nearest(at))
    }

    fn nearest(&self, at: Pos2) -> Place {
        let index = |share: f32, axis: usize| {
            let count = self.cells[axis];
            ((share * count as f32).floor().max(0.0) as usize).min(count.saturating_sub(1))
        };
        [
            index((at.x - self.plot.left()) / self.plot.width().max(1.0), 0),
            index((self.plot.bottom() - at.y) / self.plot.height().max(1.0), 1),
        ]
    }
}
