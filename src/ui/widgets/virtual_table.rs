//! A table of any number of rows.
//!
//! Scroll areas keep their offset in single-precision points, which stop telling pixels apart beyond some 700 000 rows.
//! This table keeps it in rows and double precision, asks only for the rows it paints, and costs the same at ten rows
//! as at ten million. Each visible row is a node of the accessibility tree; the table itself holds the keyboard focus.
//! It must not know where rows come from: a row not at hand yet is named `None` and painted as a skeleton.

use super::cell::Cell;
use super::table_layout::{Layout, resize_edge, scroll_bar, skeleton};
use super::text::truncated_galley;
use crate::ui::icons::{Icon, focus_ring, paint_icon};
use crate::ui::theme::{self, palette, size};
use egui::{
    CornerRadius, EventFilter, Id, Key, Modifiers, Rect, Response, Role, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use std::ops::Range;

/// How wide a column is before anyone drags its edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// So many points.
    Px(f32),
    /// An equal share of what other columns leave, at least `min` points.
    Rest {
        /// The least width in points.
        min: f32,
    },
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The word in the header.
    pub title: String,
    /// Its width at first.
    pub width: Width,
    /// Whether it holds numbers, aligned right.
    pub right: bool,
    /// Whether a click on the header sorts.
    pub sortable: bool,
    /// What the column means, shown on hover of the header; may be empty.
    pub hint: String,
}

impl Column {
    /// A column of `width` points.
    pub fn px(title: impl Into<String>, width: f32) -> Self {
        Self::new(title, Width::Px(width))
    }

    /// A column that takes a share of what is left, at least `min` points.
    pub fn rest(title: impl Into<String>, min: f32) -> Self {
        Self::new(title, Width::Rest { min })
    }

    fn new(title: impl Into<String>, width: Width) -> Self {
        Self {
            title: title.into(),
            width,
            right: false,
            sortable: false,
            hint: String::new(),
        }
    }

    /// Aligned right, for numbers.
    #[must_use]
    pub fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Sorted by a click on its header.
    #[must_use]
    pub fn sortable(mut self) -> Self {
        self.sortable = true;
        self
    }

    /// Explained on hover.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// The order the rows are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Which column.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

/// What a table remembers between frames; the caller keeps it.
#[derive(Clone, Debug, Default)]
pub struct TableState {
    /// The first visible row, with the fraction of it scrolled past.
    pub offset_rows: f64,
    /// The selected row.
    pub selected: Option<u64>,
    /// Widths the user chose, in points, by column.
    pub widths: Vec<Option<f32>>,
    reveal: Option<u64>,
    wants_focus: bool,
    /// The keyboard was handed over by the program, not taken by a person: no ring says so.
    was_given_focus: bool,
}

impl TableState {
    /// A table scrolled to a row, with a fraction, as when going back to a place.
    pub fn scrolled_to(offset_rows: f64) -> Self {
        Self {
            offset_rows,
            ..Self::default()
        }
    }

    /// Selects a row and brings it into sight in the next frame.
    pub fn select(&mut self, row: u64) {
        self.selected = Some(row);
        self.reveal = Some(row);
    }

    /// Brings a row into sight in the next frame.
    pub fn reveal(&mut self, row: u64) {
        self.reveal = Some(row);
    }

    /// Takes the keyboard focus in the next frame.
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    fn scroll_to(&mut self, row: u64, visible: f64) {
        let row = row as f64;
        if row < self.offset_rows {
            self.offset_rows = row;
        } else if row + 1.0 > self.offset_rows + visible {
            self.offset_rows = row + 1.0 - visible;
        }
    }
}

/// What the user did and sees.
#[derive(Debug)]
pub struct TableOutput {
    /// The table as a widget, the one with the focus.
    pub response: Response,
    /// Rows on screen, end exclusive; what the caller should have at hand.
    pub visible: Range<u64>,
    /// The row the selection moved to, or was clicked again.
    pub selected: Option<u64>,
    /// The row that was clicked.
    pub clicked: Option<u64>,
    /// The row opened by Enter or a double click.
    pub activated: Option<u64>,
    /// The sortable column whose header was clicked.
    pub sort_clicked: Option<usize>,
    /// The row under the pointer.
    pub hovered: Option<u64>,
    /// A cell that leads elsewhere was clicked: its row and column.
    pub followed: Option<(u64, usize)>,
}

/// Where a cell leads, in words; `None` where it does what its row does.
type CellLink<'a> = &'a dyn Fn(u64, usize) -> Option<String>;

/// Paints the menu of a row.
type RowMenu<'a> = &'a mut dyn FnMut(&mut Ui, u64);

/// A table about to be shown in the room left of a `Ui`.
pub struct VirtualTable<'a> {
    name: &'a str,
    columns: &'a [Column],
    rows: u64,
    sort: Option<Sort>,
    row_height: f32,
    header: bool,
    menu: Option<RowMenu<'a>>,
    links: Option<CellLink<'a>>,
}

impl<'a> VirtualTable<'a> {
    /// A table by its accessible name, which also tells it from others in the same `Ui`.
    pub fn new(name: &'a str, columns: &'a [Column], rows: u64) -> Self {
        Self {
            name,
            columns,
            rows,
            sort: None,
            row_height: size::ROW,
            header: true,
            menu: None,
            links: None,
        }
    }

    /// The order shown by an arrow in the header.
    #[must_use]
    pub fn sort(mut self, sort: Option<Sort>) -> Self {
        self.sort = sort;
        self
    }

    /// Height of each row in points.
    #[must_use]
    pub fn row_height(mut self, height: f32) -> Self {
        self.row_height = height.max(4.0);
        self
    }

    /// Leaves the header out.
    #[must_use]
    pub fn no_header(mut self) -> Self {
        self.header = false;
        self
    }

    /// The menu of a row, opened by a secondary click.
    #[must_use]
    pub fn menu(mut self, menu: RowMenu<'a>) -> Self {
        self.menu = Some(menu);
        self
    }

    /// Cells that lead elsewhere than their row.
    #[must_use]
    pub fn links(mut self, links: CellLink<'a>) -> Self {
        self.links = Some(links);
        self
    }

    /// Shows the table. `name_row` names a row for people who listen, or says `None` while the row is not at hand;
    /// `paint` fills one cell, by row and column. Both are asked for visible rows only.
    pub fn show(
        mut self,
        ui: &mut Ui,
        state: &mut TableState,
        name_row: impl Fn(u64) -> Option<String>,
        mut paint: impl FnMut(u64, usize, &mut Cell<'_>),
    ) -> TableOutput {
        let full = ui.available_rect_before_wrap();
        let id = ui.scope_id().with(self.name);
        let header = if self.header { size::HEADER } else { 0.0 };
        let layout = Layout::new(full, header, self.row_height, self.columns, state);
        let response = self.interact(ui, id, &layout, state);
        let mut out = TableOutput {
            response,
            visible: 0..0,
            selected: None,
            clicked: None,
            activated: None,
            sort_clicked: None,
            hovered: None,
            followed: None,
        };
        self.keys(ui, id, &layout, state, &mut out);
        self.scroll(ui, &layout, state);
        out.visible = layout.visible_rows(state.offset_rows, self.rows, self.row_height);
        for row in out.visible.clone() {
            self.row(ui, id, &layout, state, row, &name_row, &mut paint, &mut out);
        }
        if self.header {
            self.header(ui, id, &layout, state, &mut out);
        }
        scroll_bar(ui, id, &layout, self.rows, state);
        state.was_given_focus &= out.response.has_focus();
        // Where a row is selected, the row shows where the keyboard is.
        if state.selected.is_none() && !state.was_given_focus {
            focus_ring(ui, layout.body, &out.response);
        }
        ui.advance_cursor_after_rect(full);
        out
    }

    fn interact(&self, ui: &Ui, id: Id, layout: &Layout, state: &mut TableState) -> Response {
        let response = ui.interact(layout.body, id, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::List, true, self.name));
        if std::mem::take(&mut state.wants_focus) {
            state.was_given_focus = true;
            response.request_focus();
        }
        response
    }

    fn keys(
        &self,
        ui: &Ui,
        id: Id,
        layout: &Layout,
        state: &mut TableState,
        out: &mut TableOutput,
    ) {
        if !out.response.has_focus() || self.rows == 0 {
            return;
        }
        let filter = EventFilter {
            vertical_arrows: true,
            // Sideways arrows belong to whoever shows the table, as in a tree, and never lead out of it.
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let page = (layout.visible.floor() as i64 - 1).max(1);
        let step = ui.input_mut(|input| steps(input, page));
        if step != 0 {
            let from = match state.selected {
                Some(row) => row as i64,
                // The first step of a table without selection selects the first visible row.
                None if step == 1 => state.offset_rows.ceil() as i64 - 1,
                None => state.offset_rows.ceil() as i64,
            };
            let last = i64::try_from(self.rows - 1).unwrap_or(i64::MAX);
            let row = from.saturating_add(step).clamp(0, last) as u64;
            state.select(row);
            out.selected = Some(row);
        }
        let enter = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        if enter && let Some(row) = state.selected.filter(|row| *row < self.rows) {
            out.activated = Some(row);
        }
    }

    fn scroll(&self, ui: &Ui, layout: &Layout, state: &mut TableState) {
        if let Some(row) = state.reveal.take() {
            state.scroll_to(row.min(self.rows.saturating_sub(1)), layout.visible);
        }
        if ui.rect_contains_pointer(layout.full) {
            // Taken, so that no scroll area around the table moves as well.
            let points = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
            state.offset_rows -= f64::from(points) / f64::from(self.row_height);
        }
        let max = layout.max_offset(self.rows);
        state.offset_rows = state.offset_rows.clamp(0.0, max);
    }

    #[expect(clippy::too_many_arguments, reason = "one row needs all a table has")]
    fn row(
        &mut self,
        ui: &Ui,
        id: Id,
        layout: &Layout,
        state: &mut TableState,
        row: u64,
        name_row: &impl Fn(u64) -> Option<String>,
        paint: &mut impl FnMut(u64, usize, &mut Cell<'_>),
        out: &mut TableOutput,
    ) {
        let rect = layout.row_rect(row, state.offset_rows, self.row_height);
        let seen = rect.intersect(layout.body);
        if seen.height() <= 0.0 {
            return;
        }
        let mut response = ui.interact(seen, id.with(("row", row)), Sense::CLICK);
        let name = name_row(row);
        let label = || name.clone().unwrap_or_else(|| "loading".to_owned());
        let selected = state.selected == Some(row);
        response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, label()));
        if response.clicked() || response.secondary_clicked() {
            state.selected = Some(row);
            out.selected = Some(row);
            out.response.request_focus();
        }
        if response.clicked() {
            out.clicked = Some(row);
        }
        if response.double_clicked() {
            out.activated = Some(row);
        }
        if response.hovered() {
            out.hovered = Some(row);
        }
        let selected = state.selected == Some(row);
        let p = palette(ui);
        let body = ui.painter_at(layout.body);
        if selected {
            body.rect_filled(rect, CornerRadius::ZERO, p.accent_soft);
        } else if response.hovered() {
            body.rect_filled(rect, CornerRadius::ZERO, p.hover);
        }
        let cut = match name {
            None => {
                skeleton(&body, layout, self.columns, rect, row, p);
                None
            }
            Some(_) => {
                let state = (selected, response.hovered());
                let cut = self.cells(ui, layout, rect, row, state, paint);
                if let Some(column) = self.followed(ui, id, layout, rect, row) {
                    out.followed = Some((row, column));
                }
                cut
            }
        };
        if let Some(text) = cut {
            response = response.on_hover_text_at_pointer(text);
        }
        if let Some(menu) = &mut self.menu {
            response.context_menu(|ui| menu(ui, row));
        }
    }

    /// Paints the cells of a row; returns the text cut under the pointer.
    fn cells(
        &self,
        ui: &Ui,
        layout: &Layout,
        rect: Rect,
        row: u64,
        (selected, hovered): (bool, bool),
        paint: &mut impl FnMut(u64, usize, &mut Cell<'_>),
    ) -> Option<String> {
        let pointer = ui.input(|input| input.pointer.hover_pos());
        let mut cut = None;
        for (index, column) in self.columns.iter().enumerate() {
            let Some(span) = layout.column(index) else {
                continue;
            };
            let area = Rect::from_x_y_ranges(span, rect.y_range());
            let painter = ui.painter_at(area.intersect(layout.body));
            let mut cell = Cell::new(&painter, area, palette(ui), column.right);
            cell.selected = selected;
            cell.hovered = hovered;
            paint(row, index, &mut cell);
            if hovered && pointer.is_some_and(|at| area.contains(at)) {
                cut = cell.take_cut();
            }
        }
        cut
    }

    /// The cell of a row that was followed to where it leads.
    fn followed(&self, ui: &Ui, id: Id, layout: &Layout, rect: Rect, row: u64) -> Option<usize> {
        let links = self.links?;
        let mut followed = None;
        for index in 0..self.columns.len() {
            let (Some(span), Some(name)) = (layout.column(index), links(row, index)) else {
                continue;
            };
            let area = Rect::from_x_y_ranges(span, rect.y_range()).intersect(layout.body);
            if area.is_negative() {
                continue;
            }
            let response = ui.interact(area, id.with(("link", row, index)), Sense::CLICK);
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &name));
            if response.hovered() {
                let line = egui::Stroke::new(size::LINE, palette(ui).accent);
                let under = area.shrink2(vec2(size::CELL_PAD, 0.0)).x_range();
                ui.painter_at(layout.body)
                    .hline(under, area.bottom() - 4.0, line);
            }
            let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
            if response.on_hover_text(name).clicked() {
                followed = Some(index);
            }
        }
        followed
    }

    fn header(
        &self,
        ui: &Ui,
        id: Id,
        layout: &Layout,
        state: &mut TableState,
        out: &mut TableOutput,
    ) {
        let p = palette(ui);
        let painter = ui.painter_at(layout.header);
        let line = egui::Stroke::new(size::LINE, p.border);
        painter.rect_filled(layout.header, CornerRadius::ZERO, p.panel);
        painter.hline(layout.header.x_range(), layout.header.bottom() - 0.5, line);
        for (index, column) in self.columns.iter().enumerate() {
            let Some(span) = layout.column(index) else {
                continue;
            };
            let area = Rect::from_x_y_ranges(span, layout.header.y_range());
            if self.title(ui, id, area.intersect(layout.header), index, column) {
                out.sort_clicked = Some(index);
            }
        }
        for index in 0..self.columns.len() {
            resize_edge(ui, id, layout, index, state);
        }
    }

    /// One title; whether it was clicked to sort.
    fn title(&self, ui: &Ui, id: Id, area: Rect, index: usize, column: &Column) -> bool {
        if area.width() <= 0.0 {
            return false;
        }
        let p = palette(ui);
        let sense = if column.sortable {
            Sense::click()
        } else {
            Sense::hover()
        };
        let response = ui.interact(area, id.with(("title", index)), sense);
        let sorted = self.sort.filter(|sort| sort.column == index);
        let role = if column.sortable {
            Role::Button
        } else {
            Role::Label
        };
        response.widget_info(|| WidgetInfo::labeled(role, true, title_name(column, sorted)));
        let lit = sorted.is_some() || (column.sortable && response.hovered());
        let color = if lit { p.text } else { p.muted };
        let painter = ui.painter_at(area);
        let mut cell = Cell::new(&painter, area, p, column.right);
        if let (Some(sort), true) = (sorted, column.right) {
            cell.icon(arrow(sort), p.accent);
        }
        let room = cell.room() - if sorted.is_some() { 20.0 } else { 0.0 };
        let galley = truncated_galley(&painter, &column.title, theme::small(), color, room);
        cell.styled(&column.title, theme::small(), color);
        if let (Some(sort), false) = (sorted, column.right) {
            let x = area.left() + size::CELL_PAD + galley.size().x + 4.0;
            let square = Rect::from_min_size(pos2(x, area.top()), vec2(12.0, area.height()));
            paint_icon(&painter, square, arrow(sort), p.accent);
        }
        focus_ring(ui, area, &response);
        let clicked = column.sortable && response.clicked();
        if !column.hint.is_empty() {
            response.on_hover_text(&column.hint);
        } else if let Some(cut) = cell.take_cut() {
            response.on_hover_text(cut);
        }
        clicked
    }
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

/// How many rows the keys pressed this frame go, down being positive.
fn steps(input: &mut egui::InputState, page: i64) -> i64 {
    const FAR: i64 = i64::MAX / 4;
    let mut step: i64 = 0;
    for (key, by) in [
        (Key::ArrowDown, 1),
        (Key::ArrowUp, -1),
        (Key::PageDown, page),
        (Key::PageUp, -page),
        (Key::End, FAR),
        (Key::Home, -FAR),
    ] {
        let times = input.count_and_consume_key(Modifiers::NONE, key) as i64;
        step = step.saturating_add(by.saturating_mul(times));
    }
    step
}
