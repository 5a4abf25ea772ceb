//! The visible rows of a waterfall, put together: the tree ([`row_tree`](super::row_tree)) on the left, bars
//! ([`row_bar`](super::row_bar)) under a [`ruler`](super::ruler) on the right.

use super::ancestors;
use super::bars::Standing;
use super::coloring::Colors;
use super::lengths;
use super::marks::Opened;
use super::row_menu;
use super::ruler::{cursor_line, drag_edge, drag_ruler, ruler_marks};
use crate::analysis::{Found, Group, Node, Row, SpanIndex};
use crate::app::Look;
use crate::app::bar_lengths::BarValues;
use crate::app::bar_marks::BarMarks;
use crate::app::issues::TraceMark;
use crate::app::questions::VisibleRows;
use crate::app::route::Others;
use crate::app::views::{ClockView, TracePicture};
use crate::layout::TimeScale;
use crate::model::SpanId;
use crate::model::trace::{Span, Trace};
use crate::store::Note;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::ruler::{paint_grid, paint_ruler};
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{Color32, Id, Rect, Response, Sense, Ui, pos2, vec2};
use std::collections::HashSet;
use std::sync::Arc;

/// Height of a bar within its row.
pub(super) const BAR_HEIGHT: f32 = 12.0;

/// What is drawn beyond the bars themselves, and in which colours.
pub struct Looks<'a> {
    /// The colours.
    pub colors: Colors<'a>,
    /// Whether the critical path is drawn.
    pub path_shown: bool,
    /// What was found in the trace; `None` while nothing is looked for.
    pub found: Option<&'a Found>,
    /// What is wrong with which spans.
    pub wrong: &'a [TraceMark],
    /// The numbers that bars are as long as; `None` for time.
    pub values: Option<Arc<BarValues>>,
    /// What happened when, once it is known.
    pub marks: Option<&'a BarMarks>,
    /// What people wrote about spans.
    pub notes: &'a [Note],
}

/// What was done to the rows.
#[derive(Debug)]
pub struct RowsOutput {
    /// The row that was selected, by its place among the rows.
    pub selected: Option<usize>,
    /// A row whose chevron was clicked.
    pub toggled: Option<u64>,
    /// A row opened by Enter or double click.
    pub zoomed_to: Option<u64>,
    /// Where the bars are, to be dragged.
    pub bars: Response,
    /// What else was asked for, of the row that is selected.
    pub looks: Vec<Look>,
    /// What a click on a mark leads to.
    pub opened: Option<Opened>,
    /// A new share of the tree, when its edge was dragged.
    pub tree_share: Option<f32>,
    /// The widget that has the keyboard while rows are walked through.
    pub keyboard: Id,
}

/// Everything a row is painted from.
pub(super) struct Sheet<'a> {
    pub(super) visible: &'a VisibleRows,
    pub(super) found: Option<&'a Found>,
    pub(super) others: Others,
    pub(super) palette: &'static Palette,
    pub(super) scale: TimeScale,
    pub(super) looks: &'a Looks<'a>,
    pub(super) clocks: ClockView,
    /// Spans that are one problem with the selected one.
    pub(super) lit: HashSet<SpanId>,
}

/// Paints ruler and rows.
pub fn ui(
    ui: &mut Ui,
    visible: &VisibleRows,
    picture: &mut TracePicture,
    table: &mut TableState,
    looks: &Looks<'_>,
    tree_share: f32,
    give_focus: bool,
) -> RowsOutput {
    let palette = theme::palette(ui);
    let bounds = super::bounds(visible, picture, looks.colors.facts);
    let full = ui.available_rect_before_wrap();
    let tree_width = (full.width() * tree_share).clamp(160.0, (full.width() - 160.0).max(161.0));
    let (ruler, _) = ui.allocate_exact_size(vec2(full.width(), size::HEADER), Sense::hover());
    let pinned: Vec<Row> = picture
        .pinned
        .iter()
        .map(|span| alone(visible, *span))
        .collect();
    let room = vec2(full.width() - size::SCROLL, pinned.len() as f32 * size::ROW);
    let pins = match pinned.is_empty() {
        true => Rect::from_min_size(ruler.left_bottom(), vec2(room.x, 0.0)),
        false => ui.allocate_exact_size(room, Sense::hover()).0,
    };
    let table_top = ui.available_rect_before_wrap().top();
    let mut asked = Vec::new();
    let bars = Rect::from_min_max(
        pos2(full.left() + tree_width, ruler.bottom()),
        full.max - vec2(12.0, 0.0),
    );
    // Below the rows: they are clicked, what lies between them and behind is dragged.
    let drag = ui.interact(bars, ui.scope_id().with("pan"), Sense::DRAG);
    let sheet = Sheet {
        visible,
        found: looks.found,
        others: picture.find.others,
        palette,
        scale: super::scale_of(picture, bounds, bars.width()),
        looks,
        clocks: picture.clocks,
        lit: lit(visible, picture, looks.wrong),
    };
    let marks = match &looks.values {
        Some(values) => lengths::ticks(values, bars.width()),
        None => ruler_marks(&sheet.scale),
    };
    let ruler_bars = Rect::from_x_y_ranges(bars.x_range(), ruler.y_range());
    paint_ruler(&ui.painter_at(ruler_bars), ruler_bars, &marks, palette);
    paint_grid(&ui.painter_at(bars), bars, &marks, palette);

    table.selected = picture
        .selected
        .and_then(|node| visible.row_of(node))
        .map(|row| row as u64);
    if give_focus {
        table.focus();
    }
    let columns = [Column::px("Span", tree_width), Column::rest("Time", 100.0)];
    let mut chevrons: Vec<(u64, Rect)> = Vec::new();
    let mut spots = Vec::new();
    let output = VirtualTable::new("Spans", &columns, visible.rows.len() as u64)
        .no_header()
        .menu(&mut |ui, _| asked.extend(row_menu::ui(ui)))
        .show(
            ui,
            table,
            |at| visible.rows.get(at as usize).map(|row| sheet.name(&row)),
            |at, column, cell| {
                let Some(row) = visible.rows.get(at as usize) else {
                    return;
                };
                if column == 0 {
                    if let Some(chevron) = sheet.paint_tree(&row, cell) {
                        chevrons.push((at, chevron));
                    }
                } else {
                    sheet.paint_bar(&row, bars, cell);
                    if looks.values.is_none() {
                        let origin = pos2(bars.left(), cell.rect.center().y);
                        spots.extend(sheet.spots(&row, origin));
                    }
                }
                sheet.dim(&row, cell);
            },
        );
    if let Some(row) = output.selected {
        picture.selected = visible.rows.get(row as usize).map(|row| row.node);
    }
    let kept = ancestors::kept(visible, table.offset_rows);
    let below = Rect::from_min_max(
        pos2(full.left(), table_top),
        full.max - vec2(size::SCROLL, 0.0),
    );
    // A chevron under a row that is kept is out of reach.
    let top = below.top() + kept.len() as f32 * size::ROW;
    chevrons.retain(|(_, rect)| rect.center().y >= top);
    if let Some(Standing::GoTo(at)) = sheet.paint_standing(ui, below, bars, ("Up to", false), &kept)
    {
        picture.selected = Some(kept[at].node);
        picture.reveal = Some(kept[at].node);
    }
    let pinned = sheet.paint_standing(ui, pins, bars, ("Pinned", true), &pinned);
    match pinned.map(|done| match done {
        Standing::GoTo(at) => (at, true),
        Standing::Close(at) => (at, false),
    }) {
        Some((at, true)) => asked.extend(picture.pinned.get(at).copied().map(Look::Select)),
        Some((at, false)) => drop(picture.pinned.remove(at)),
        None => {}
    }
    let mut toggled = None;
    for (row, rect) in chevrons {
        if sheet.chevron(ui, row, rect) {
            toggled = Some(row);
            output.response.request_focus();
        }
    }
    let free = Rect::from_min_max(pos2(bars.left(), top), bars.max);
    let opened = sheet.point_at(ui, free, spots);
    let tree_share = drag_edge(ui, full, tree_width);
    if looks.values.is_none() {
        drag_ruler(ui, ruler_bars, bars, &sheet.scale, picture);
        cursor_line(ui, &sheet, bounds, bars, ruler_bars);
    }
    RowsOutput {
        selected: output.selected.map(|row| row as usize),
        toggled,
        zoomed_to: output.activated,
        bars: drag,
        looks: asked,
        opened,
        tree_share,
        keyboard: output.response.id,
    }
}

/// The spans of the problems that the selected span is part of.
fn lit(visible: &VisibleRows, picture: &TracePicture, wrong: &[TraceMark]) -> HashSet<SpanId> {
    let grouped = &visible.grouped;
    let selected = picture
        .selected
        .and_then(|node| grouped.waterfall.first_span(node))
        .and_then(|span| grouped.trace.spans.get(span.at()));
    let Some(selected) = selected else {
        return HashSet::new();
    };
    let own = wrong
        .iter()
        .filter(|mark| mark.spans.contains(&selected.id));
    own.flat_map(|mark| mark.spans.iter().copied()).collect()
}

/// A span's row when it stands for itself, out of the tree.
fn alone(visible: &VisibleRows, span: SpanIndex) -> Row {
    Row {
        node: visible.grouped.waterfall.of_span(span),
        depth: 0,
        rails: 0,
        last: true,
        expandable: false,
        expanded: false,
    }
}

impl<'a> Sheet<'a> {
    pub(super) fn trace(&self) -> &'a Trace {
        &self.visible.grouped.trace
    }

    pub(super) fn node(&self, row: &Row) -> Node {
        self.visible.grouped.waterfall.node(row.node)
    }

    pub(super) fn group(&self, row: &Row) -> Option<Group<'a>> {
        self.visible.grouped.waterfall.group(row.node)
    }

    /// The span that a row stands for.
    pub(super) fn span(&self, row: &Row) -> Option<&'a Span> {
        let first = self.visible.grouped.waterfall.first_span(row.node)?;
        self.trace().spans.get(first.at())
    }

    pub(super) fn is_repeated_query(&self, row: &Row) -> bool {
        self.visible
            .grouped
            .waterfall
            .is_repeated_query(row.node, self.trace())
    }

    /// What repeated queries stand on: paler than the selected row, so that it is known among them.
    pub(super) fn repeated_ground(&self) -> Color32 {
        self.palette.accent_soft.gamma_multiply(0.4)
    }

    /// How many of the spans that were found are in the row; `None` while nothing is looked for.
    pub(super) fn found_in(&self, row: &Row) -> Option<u32> {
        let waterfall = &self.visible.grouped.waterfall;
        let found = self.found?;
        Some(found.in_row(waterfall, row.node, row.expanded))
    }

    /// Makes a row pale that was not found.
    pub(super) fn dim(&self, row: &Row, cell: &Cell<'_>) {
        let is_other = self.found_in(row) == Some(0);
        if is_other && self.others != Others::Shown && !cell.selected {
            let veil = self.palette.panel.gamma_multiply(0.6);
            cell.painter().rect_filled(cell.rect, 0.0, veil);
        }
    }

    /// The problems that begin with a span.
    pub(super) fn problems(
        &self,
        span: &'a Span,
    ) -> impl Iterator<Item = &'a TraceMark> + Clone + use<'a> {
        let wrong = self.looks.wrong.iter();
        wrong.filter(|mark| mark.spans.first() == Some(&span.id))
    }
}

/// What a span is called in its row.
pub fn label_of(span: &Span) -> &str {
    if !span.description.is_empty() {
        &span.description
    } else if !span.name.is_empty() {
        &span.name
    } else {
        "(unnamed)"
    }
}
