//! A table of any number of rows.
//!
//! Scroll areas keep their offset in single-precision points, which stop telling pixels apart beyond some 700 000 rows.
//! This table keeps it in rows and double precision, asks only for the rows it paints, and costs the same at ten rows
//! as at ten million. Each visible row is a node of the accessibility tree; the table itself holds the keyboard focus.
//! It must not know where rows come from: a row not at hand yet is named `None` and painted as a skeleton.

use super::cell::Cell;
use super::table_header::Header;
use super::table_layout::{Layout, scroll_bars, skeleton};
use crate::ui::icons::focus_ring;
use crate::ui::theme::{palette, size};
use egui::{
    CornerRadius, EventFilter, Id, Key, Modifiers, Rect, Response, Role, Sense, Ui, WidgetInfo,
};
use std::collections::BTreeMap;
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
    /// Tells it from the others, wherever it stands and whatever its title; what its width is remembered by.
    pub key: String,
    /// The word in the header.
    pub title: String,
    /// Its width at first.
    pub width: Width,
    /// Whether it holds numbers, aligned right.
    pub right: bool,
    /// Whether a click on the header sorts.
    pub sortable: bool,
    /// Whether a key on the header takes it away, in a table whose columns can be moved.
    pub removable: bool,
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
        let title = title.into();
        Self {
            key: title.clone(),
            title,
            width,
            right: false,
            sortable: false,
            removable: false,
            hint: String::new(),
        }
    }

    /// Known by another name than its title.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Taken away by a key on its header.
    #[must_use]
    pub fn removable(mut self, removable: bool) -> Self {
        self.removable = removable;
        self
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

/// What was done to the columns of a table whose columns can be moved; doing it is the caller's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnChange {
    /// The column at a place goes to another place, those between make room.
    Moved {
        /// Where it is.
        from: usize,
        /// Where it is wanted.
        to: usize,
    },
    /// The column is not wanted any more.
    Removed(usize),
}

/// What a table remembers between frames; the caller keeps it.
#[derive(Clone, Debug, Default)]
pub struct TableState {
    /// The first visible row, with the fraction of it scrolled past.
    pub offset_rows: f64,
    /// The selected row.
    pub selected: Option<u64>,
    /// Widths the user chose, in points, by the columns' keys.
    pub widths: BTreeMap<String, f32>,
    /// Points scrolled sideways, where the columns need more room than there is.
    pub(super) sideways: f32,
    /// A column to bring into sight in the next frame.
    pub(super) reveal_column: Option<usize>,
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

    /// Takes it when its page was just entered, unless something else on the page has it.
    pub fn focus_on_arrival(&mut self, ui: &Ui, arrived: &mut bool) {
        if std::mem::take(arrived) && ui.memory(|memory| memory.focused().is_none()) {
            self.focus();
        }
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
    /// What was done to the columns.
    pub columns: Option<ColumnChange>,
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
    lead: f32,
    movable: bool,
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
            lead: 0.0,
            movable: false,
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

    /// The table reaches to the edge of its page: its first column stands in line with what is above it.
    #[must_use]
    pub fn at_edge(mut self) -> Self {
        self.lead = size::PAD - size::CELL_PAD;
        self
    }

    /// Leaves the header out.
    #[must_use]
    pub fn no_header(mut self) -> Self {
        self.header = false;
        self
    }

    /// Lets columns be moved, by dragging their titles or by keys; what was done is in [`TableOutput::columns`].
    #[must_use]
    pub fn movable(mut self) -> Self {
        self.movable = true;
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
        let layout = Layout::new(
            full,
            header,
            self.row_height,
            self.lead,
            self.columns,
            state,
        );
        let response = self.interact(ui, id, &layout, state);
        let mut out = TableOutput {
            response,
            visible: 0..0,
            selected: None,
            clicked: None,
            activated: None,
            sort_clicked: None,
            columns: None,
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
            let header = Header {
                columns: self.columns,
                sort: self.sort,
                movable: self.movable,
            };
            let done = header.show(ui, id, &layout, state);
            (out.sort_clicked, out.columns) = (done.sort_clicked, done.change);
            if let Some(column) = done.fit {
                let seen = out.visible.clone().filter(|row| name_row(*row).is_some());
                self.fit(ui, column, seen, &mut paint, state);
            }
        }
        scroll_bars(ui, id, &layout, self.rows, state);
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
        let max = layout.max_offset(self.rows);
        if max > 0.0 && ui.rect_contains_pointer(layout.full) {
            // Taken, so that no scroll area around the table moves as well.
            let points = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
            state.offset_rows -= f64::from(points) / f64::from(self.row_height);
        }
        state.offset_rows = state.offset_rows.clamp(0.0, max);
        if layout.max_sideways() > 0.0 && ui.rect_contains_pointer(layout.full) {
            let points = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.x));
            state.sideways = (state.sideways - points).clamp(0.0, layout.max_sideways());
        }
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
        if self.row_height > size::ROW {
            // Rows of several lines run into each other without a line between them.
            let line = egui::Stroke::new(size::LINE, p.grid);
            body.hline(rect.x_range(), rect.bottom() - 0.5, line);
        }
        let cut = match name {
            None => {
                skeleton(&body, layout, self.columns, rect, row, p);
                None
            }
            Some(_) => {
                let look = (selected, response.hovered());
                let cut = self.cells(ui, layout, rect, row, look, paint);
                if let Some(column) = self.followed(ui, id, layout, rect, (row, selected)) {
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
            let whole = Rect::from_x_y_ranges(span, rect.y_range());
            let painter = ui.painter_at(whole.intersect(layout.body));
            // In a row of several lines, all but what fills them stands in the first.
            let first = whole.with_max_y(whole.bottom().min(whole.top() + size::ROW));
            let mut cell = Cell::new(&painter, first, palette(ui), column.right);
            cell.block = whole;
            cell.selected = selected;
            cell.hovered = hovered;
            paint(row, index, &mut cell);
            if hovered && pointer.is_some_and(|at| whole.contains(at)) {
                cut = cell.take_cut();
            }
        }
        cut
    }

    /// The cell of a row that was followed to where it leads.
    fn followed(
        &self,
        ui: &Ui,
        id: Id,
        layout: &Layout,
        rect: Rect,
        (row, selected): (u64, bool),
    ) -> Option<usize> {
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
            // The links of the selected row are where Tab leads from the table; those of all rows would be too many.
            let sense = match selected {
                true => Sense::click(),
                false => Sense::CLICK,
            };
            let response = ui.interact(area, id.with(("link", row, index)), sense);
            focus_ring(ui, area, &response);
            response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &name));
            if response.hovered() {
                let line = egui::Stroke::new(size::LINE, palette(ui).accent);
                let under = area.shrink2(egui::vec2(size::CELL_PAD, 0.0)).x_range();
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

    /// Makes a column as wide as what it shows in some rows.
    fn fit(
        &self,
        ui: &Ui,
        index: usize,
        rows: impl Iterator<Item = u64>,
        paint: &mut impl FnMut(u64, usize, &mut Cell<'_>),
        state: &mut TableState,
    ) {
        /// A column wider than a window would only be scrolled past.
        const MOST: f32 = 800.0;
        let Some(column) = self.columns.get(index) else {
            return;
        };
        let nowhere = ui.painter_at(Rect::NOTHING);
        let mut cell = Cell::measuring(&nowhere, palette(ui), column.right);
        cell.styled(&column.title, crate::ui::theme::small(), palette(ui).text);
        // Room for the arrow of the order.
        cell.space(12.0);
        let mut widest = cell.used();
        for row in rows {
            let mut cell = Cell::measuring(&nowhere, palette(ui), column.right);
            paint(row, index, &mut cell);
            widest = widest.max(cell.used());
        }
        state
            .widths
            .insert(column.key.clone(), widest.ceil().min(MOST));
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
