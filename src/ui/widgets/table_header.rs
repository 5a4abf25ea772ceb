//! The header of a table: titles that sort, move, resize and remove their columns, by pointer and by keyboard.
//!
//! Belongs to [`super::virtual_table`]. Where columns are and what becomes of a wish is known to others.

use super::cell::Cell;
use super::table_layout::Layout;
use super::text::truncated_galley;
use super::virtual_table::{Column, ColumnChange, Sort, TableState};
use crate::ui::icons::{Icon, focus_ring, paint_icon};
use crate::ui::theme::{palette, size};
use egui::{
    Context, CornerRadius, CursorIcon, EventFilter, Id, Key, Modifiers, Rect, Response, Role,
    Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

/// The least width of a column in points.
const LEAST: f32 = 32.0;
/// How far a key moves the edge of a column, in points.
const STEP: f32 = 16.0;

/// A header about to be shown.
pub(super) struct Header<'a> {
    pub columns: &'a [Column],
    pub sort: Option<Sort>,
    /// Whether columns change places.
    pub movable: bool,
}

/// What was done in it.
#[derive(Default)]
pub(super) struct HeaderOutput {
    pub sort_clicked: Option<usize>,
    pub change: Option<ColumnChange>,
    /// The column that is to be as wide as what it holds.
    pub fit: Option<usize>,
}

/// Whether the keyboard is on a title, which has a use of its own for Alt and the arrows.
pub fn has_focus(ctx: &Context) -> bool {
    let title: Option<Id> = ctx.data(|data| data.get_temp(focus_key()));
    title.is_some() && title == ctx.memory(|memory| memory.focused())
}

fn focus_key() -> Id {
    Id::unique("table title with the keyboard")
}

impl Header<'_> {
    pub(super) fn show(
        &self,
        ui: &Ui,
        id: Id,
        layout: &Layout,
        state: &mut TableState,
    ) -> HeaderOutput {
        let p = palette(ui);
        let painter = ui.painter_at(layout.header);
        let line = Stroke::new(size::LINE, p.border);
        painter.rect_filled(layout.header, CornerRadius::ZERO, p.panel);
        painter.hline(layout.header.x_range(), layout.header.bottom() - 0.5, line);
        let mut out = HeaderOutput::default();
        for (index, column) in self.columns.iter().enumerate() {
            let Some(span) = layout.column(index) else {
                continue;
            };
            let area = Rect::from_x_y_ranges(span, layout.header.y_range());
            let area = area.intersect(layout.header);
            if area.width() <= 0.0 {
                continue;
            }
            let response = self.title(ui, id, area, index, column);
            if column.sortable && response.clicked() {
                out.sort_clicked = Some(index);
            }
            self.keys(ui, id, layout, index, &response, state, &mut out);
            if self.movable {
                self.drag(ui, layout, index, &response, &mut out);
            }
        }
        for index in 0..self.columns.len() {
            self.edge(ui, id, layout, index, state, &mut out);
        }
        out
    }

    /// Paints one title.
    fn title(&self, ui: &Ui, id: Id, area: Rect, index: usize, column: &Column) -> Response {
        let p = palette(ui);
        let sense = match (self.movable, column.sortable) {
            (true, _) => Sense::click_and_drag(),
            (false, true) => Sense::click(),
            (false, false) => Sense::hover(),
        };
        let response = ui.interact(area, title_id(id, column), sense);
        let sorted = self.sort.filter(|sort| sort.column == index);
        let role = match (column.sortable, self.movable) {
            (true, _) => Role::Button,
            (false, true) => Role::ColumnHeader,
            (false, false) => Role::Label,
        };
        response.widget_info(|| WidgetInfo::labeled(role, true, title_name(column, sorted)));
        self.describe(ui, &response, index, column);
        let lit = sorted.is_some() || (column.sortable && response.hovered());
        let color = if lit { p.text } else { p.muted };
        let painter = ui.painter_at(area);
        let mut cell = Cell::new(&painter, area, p, column.right);
        if let (Some(sort), true) = (sorted, column.right) {
            cell.icon(arrow(sort), p.accent);
        }
        let room = cell.room() - if sorted.is_some() { 20.0 } else { 0.0 };
        let font = crate::ui::theme::small();
        let galley = truncated_galley(&painter, &column.title, font.clone(), color, room);
        cell.styled(&column.title, font, color);
        if let (Some(sort), false) = (sorted, column.right) {
            let x = area.left() + size::CELL_PAD + galley.size().x + 4.0;
            let square = Rect::from_min_size(pos2(x, area.top()), vec2(12.0, area.height()));
            paint_icon(&painter, square, arrow(sort), p.accent);
        }
        focus_ring(ui, area, &response);
        if !column.hint.is_empty() {
            response.on_hover_text(&column.hint)
        } else if let Some(cut) = cell.take_cut() {
            response.on_hover_text(cut)
        } else {
            response
        }
    }

    /// Tells people who listen where the column is and what keys do to it.
    fn describe(&self, ui: &Ui, response: &Response, index: usize, column: &Column) {
        let mut text = format!("Column {} of {}", index + 1, self.columns.len());
        if self.movable {
            text += ". Alt and the arrows move it, Ctrl and the arrows resize it";
            if column.removable {
                text += ", Delete removes it";
            }
        }
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_description(text));
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one title needs all a header has"
    )]
    fn keys(
        &self,
        ui: &Ui,
        id: Id,
        layout: &Layout,
        index: usize,
        response: &Response,
        state: &mut TableState,
        out: &mut HeaderOutput,
    ) {
        let (Some(column), true) = (self.columns.get(index), response.has_focus()) else {
            return;
        };
        ui.data_mut(|data| data.insert_temp(focus_key(), response.id));
        let filter = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let press = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        for (key, step) in [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)] {
            let beside = index.checked_add_signed(step);
            let beside = beside.filter(|at| *at < self.columns.len());
            if self.movable && press(Modifiers::ALT, key) {
                out.change = beside.map(|to| ColumnChange::Moved { from: index, to });
            } else if press(Modifiers::COMMAND, key) {
                let width = layout.column(index).map_or(LEAST, |span| span.span());
                let width = (width + STEP * step as f32).max(LEAST);
                state.widths.insert(column.key.clone(), width);
            } else if press(Modifiers::NONE, key)
                && let Some(next) = beside.and_then(|at| self.columns.get(at))
            {
                ui.memory_mut(|memory| memory.request_focus(title_id(id, next)));
                state.reveal_column = beside;
            }
        }
        if column.removable && press(Modifiers::NONE, Key::Delete) {
            out.change = Some(ColumnChange::Removed(index));
        }
    }

    /// A title dragged over others: a line shows where it would go.
    fn drag(
        &self,
        ui: &Ui,
        layout: &Layout,
        index: usize,
        response: &Response,
        out: &mut HeaderOutput,
    ) {
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let (true, Some(pointer)) = (response.dragged() || response.drag_stopped(), pointer) else {
            return;
        };
        let middle = |at: &usize| layout.column(*at).map(|span| span.center());
        let others = (0..self.columns.len()).filter(|at| *at != index);
        let to = others
            .filter_map(|at| middle(&at))
            .filter(|x| *x < pointer.x)
            .count();
        if response.drag_stopped() {
            if to != index {
                out.change = Some(ColumnChange::Moved { from: index, to });
            }
            return;
        }
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        let at = if to > index { to + 1 } else { to };
        if let (Some(x), true) = (layout.edges.get(at), to != index) {
            let line = Stroke::new(2.0, palette(ui).accent);
            ui.painter_at(layout.full)
                .vline(*x, layout.full.y_range(), line);
        }
    }

    /// The edge of a column that can be dragged; a double click makes the column as wide as what it holds.
    fn edge(
        &self,
        ui: &Ui,
        id: Id,
        layout: &Layout,
        index: usize,
        state: &mut TableState,
        out: &mut HeaderOutput,
    ) {
        let (Some(span), Some(column)) = (layout.column(index), self.columns.get(index)) else {
            return;
        };
        let grip = Rect::from_x_y_ranges(span.max - 3.0..=span.max + 3.0, layout.header.y_range());
        let response = ui.interact(
            grip.intersect(layout.header),
            id.with(("edge", &column.key)),
            Sense::CLICK | Sense::DRAG,
        );
        let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeColumn);
        if response.double_clicked() {
            out.fit = Some(index);
        } else if response.dragged()
            && let Some(at) = response.interact_pointer_pos()
        {
            let width = (at.x - span.min).max(LEAST);
            state.widths.insert(column.key.clone(), width);
        }
        let p = palette(ui);
        let lit = response.hovered() || response.dragged();
        let stroke = Stroke::new(size::LINE, if lit { p.accent } else { p.border });
        let inset = if lit { 0.0 } else { 6.0 };
        let ys = layout.header.y_range().shrink(inset);
        if span.max < layout.header.right() - size::SCROLL {
            ui.painter().vline(span.max - 0.5, ys, stroke);
        }
    }
}

/// By the column, not by its place: the keyboard goes with a column that moves.
fn title_id(table: Id, column: &Column) -> Id {
    table.with(("title", &column.key))
}

fn title_name(column: &Column, sorted: Option<Sort>) -> String {
    match (column.sortable, sorted) {
        (true, Some(sort)) if sort.descending => {
            format!("Sort by {} (descending)", column.title)
        }
        (true, Some(_)) => format!("Sort by {} (ascending)", column.title),
        (true, None) => format!("Sort by {}", column.title),
        (false, _) => column.title.clone(),
    }
}

fn arrow(sort: Sort) -> Icon {
    if sort.descending {
        Icon::ChevronDown
    } else {
        Icon::ChevronUp
    }
}
