//! The visible rows of a waterfall: the tree on the left, bars over a ruler on the right.

use super::ancestors;
use super::bars::Standing;
use super::coloring::Colors;
use super::find_bar::matches_in_words;
use super::lengths;
use super::marks::Opened;
use super::row_menu;
use crate::analysis::{Found, Group, Node, NodeKind, Row, SpanIndex};
use crate::app::Look;
use crate::app::bar_lengths::BarValues;
use crate::app::bar_marks::BarMarks;
use crate::app::issues::TraceMark;
use crate::app::questions::VisibleRows;
use crate::app::route::Others;
use crate::app::settings::Coloring;
use crate::app::views::{ClockView, TracePicture};
use crate::layout::{self, Placement, RowGeometry, TimeScale, ruler_ticks};
use crate::model::batch::SpanStatus;
use crate::model::human;
use crate::model::trace::{Span, Trace};
use crate::model::{SpanId, TimeRange};
use crate::store::Note;
use crate::ui::icons::{Icon, paint_icon};
use crate::ui::pages::issues::kind_icon;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::ruler::{Tick, paint_grid, paint_ruler};
use crate::ui::widgets::text::single_line;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::{
    Align2, Color32, CursorIcon, Id, Painter, Pos2, Rect, Response, Role, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use std::collections::HashSet;
use std::sync::Arc;

/// Indent of one level.
const INDENT: f32 = 14.0;
/// Most of a row's width that is set in: levels beyond are drawn at one indent, so that names stay readable in a deep trace.
const INDENTED: f32 = 0.4;
/// Height of a bar within its row.
pub(super) const BAR_HEIGHT: f32 = 12.0;
/// Grip between tree and bars.
const GRIP: f32 = 6.0;
/// Points that the ruler must be dragged to zoom.
const SHORTEST_DRAG: f32 = 4.0;

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
            |at| visible.rows.get(at as usize).map(|row| sheet.name(row)),
            |at, column, cell| {
                let Some(row) = visible.rows.get(at as usize) else {
                    return;
                };
                if column == 0 {
                    if let Some(chevron) = sheet.paint_tree(row, cell) {
                        chevrons.push((at, chevron));
                    }
                } else {
                    sheet.paint_bar(row, bars, cell);
                    if looks.values.is_none() {
                        let origin = pos2(bars.left(), cell.rect.center().y);
                        spots.extend(sheet.spots(row, origin));
                    }
                }
                sheet.dim(row, cell);
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

/// Dragging along the ruler zooms to what was passed; a double click shows everything again.
fn drag_ruler(ui: &Ui, ruler: Rect, bars: Rect, scale: &TimeScale, picture: &mut TracePicture) {
    let response = ui.interact(ruler, ui.scope_id().with("ruler"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Drag to zoom to a stretch"));
    if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Text);
    }
    if response.double_clicked() {
        picture.window = None;
    }
    let held: Option<[f32; 2]> = ui.data(|data| data.get_temp(response.id));
    if let Some(at) = response
        .interact_pointer_pos()
        .filter(|_| response.dragged())
    {
        let pressed = ui.input(|input| input.pointer.press_origin());
        let from = held.map_or(pressed.unwrap_or(at).x, |[from, _]| from);
        ui.data_mut(|data| data.insert_temp(response.id, [from, at.x]));
    } else if held.is_some() {
        ui.data_mut(|data| data.remove::<[f32; 2]>(response.id));
    }
    let Some([from, to]) = held else { return };
    let inside = |x: f32| x.clamp(ruler.left(), ruler.right());
    let (left, right) = (inside(from.min(to)), inside(from.max(to)));
    if right - left < SHORTEST_DRAG {
        return;
    }
    let palette = theme::palette(ui);
    let band = Rect::from_x_y_ranges(left..=right, ruler.top()..=bars.bottom());
    let color = palette.accent.gamma_multiply(0.15);
    ui.painter().rect_filled(band, 0.0, color);
    if response.drag_stopped() {
        let [start, end] = [left, right].map(|x| scale.time_from_x(x - ruler.left()));
        picture.window = Some(TimeRange { start, end });
    }
}

fn ruler_marks(scale: &TimeScale) -> Vec<Tick> {
    ruler_ticks(scale)
        .into_iter()
        .map(|tick| Tick {
            at: tick.x / scale.width(),
            label: tick.label,
        })
        .collect()
}

/// The edge between tree and bars; gives the new share while it is dragged.
fn drag_edge(ui: &Ui, full: Rect, tree_width: f32) -> Option<f32> {
    let x = full.left() + tree_width;
    let rect = Rect::from_x_y_ranges(x - GRIP / 2.0..=x + GRIP / 2.0, full.y_range());
    let response = ui.interact(rect, ui.scope_id().with("tree edge"), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Width of the tree"));
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let palette = theme::palette(ui);
    ui.painter()
        .vline(x, full.y_range(), egui::Stroke::new(1.0, palette.border));
    let at = response
        .interact_pointer_pos()
        .filter(|_| response.dragged())?;
    Some(((at.x - full.left()) / full.width()).clamp(0.1, 0.9))
}

/// A line under the pointer with the time since the start of the trace.
fn cursor_line(ui: &Ui, sheet: &Sheet<'_>, bounds: TimeRange, bars: Rect, ruler: Rect) {
    let Some(at) = ui
        .input(|input| input.pointer.hover_pos())
        .filter(|at| bars.contains(*at))
    else {
        return;
    };
    let palette = sheet.palette;
    ui.painter_at(bars).vline(
        at.x,
        bars.y_range(),
        egui::Stroke::new(1.0, palette.border_strong),
    );
    let time = sheet.scale.time_from_x(at.x - bars.left()) - bounds.start;
    let painter = ui.painter_at(ruler);
    let galley = painter.layout_no_wrap(human::duration(time), theme::small(), palette.on_accent);
    let left =
        (at.x - galley.size().x / 2.0).clamp(ruler.left(), ruler.right() - galley.size().x - 8.0);
    let back = Rect::from_min_size(
        pos2(left, ruler.top() + 3.0),
        galley.size() + vec2(8.0, 2.0),
    );
    painter.rect_filled(back, size::RADIUS, palette.accent);
    painter.galley(back.min + vec2(4.0, 1.0), galley, palette.on_accent);
}

impl<'a> Sheet<'a> {
    pub(super) fn trace(&self) -> &'a Trace {
        &self.visible.grouped.trace
    }

    pub(super) fn node(&self, row: &Row) -> &'a Node {
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

    fn is_repeated_query(&self, row: &Row) -> bool {
        self.visible
            .grouped
            .waterfall
            .is_repeated_query(row.node, self.trace())
    }

    /// How many of the spans that were found are in the row; `None` while nothing is looked for.
    fn found_in(&self, row: &Row) -> Option<u32> {
        let waterfall = &self.visible.grouped.waterfall;
        let found = self.found?;
        Some(found.in_row(waterfall, row.node, row.expanded))
    }

    /// The ground of a row that was found, with an edge at its left end.
    fn light(&self, row: &Row, cell: &Cell<'_>) {
        if self.found_in(row).is_none_or(|count| count == 0) {
            return;
        }
        let rect = cell.rect;
        if !cell.selected {
            let ground = self.palette.found_soft;
            cell.painter().rect_filled(rect, 0.0, ground);
        }
        let edge = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        cell.painter().rect_filled(edge, 0.0, self.palette.found);
    }

    /// Makes a row pale that was not found.
    fn dim(&self, row: &Row, cell: &Cell<'_>) {
        let is_other = self.found_in(row) == Some(0);
        if is_other && self.others != Others::Shown && !cell.selected {
            let veil = self.palette.panel.gamma_multiply(0.6);
            cell.painter().rect_filled(cell.rect, 0.0, veil);
        }
    }

    /// The row in words, for screen readers and tests, with what of it was found.
    pub(super) fn name(&self, row: &Row) -> String {
        let mut name = self.plain_name(row);
        let spans = self.span(row).into_iter();
        for mark in spans.flat_map(|span| self.problems(span)) {
            name += ", issue: ";
            name += mark.kind.detector().title;
        }
        let is_lit = |span: &Span| self.lit.contains(&span.id);
        if self.span(row).is_some_and(is_lit) {
            name += ", of the selected issue";
        }
        let position = self.found.and_then(|found| found.position(row.node));
        let is_alone = row.expanded || !row.expandable && position.is_some();
        match (self.found_in(row), is_alone) {
            (None | Some(0), _) => name,
            (Some(_), true) => format!("{name}, match"),
            (Some(count), false) => format!("{name}, {}", matches_in_words(count as usize)),
        }
    }

    fn plain_name(&self, row: &Row) -> String {
        let node = self.node(row);
        let lasted = match &self.looks.values {
            Some(values) => values
                .of(row.node)
                .map_or("no value".to_owned(), |(_, text)| text),
            None => human::duration(node.range.duration()),
        };
        let failed = if node.errors > 0 { ", failed" } else { "" };
        match (node.kind, self.span(row)) {
            (NodeKind::Span(_), Some(span)) => {
                let noted = self.looks.notes.iter().any(|note| note.span == span.id);
                format!(
                    "{} {}, {lasted}{failed}{}",
                    span.op,
                    single_line(label_of(span)),
                    if noted { ", with a note" } else { "" }
                )
            }
            (NodeKind::Siblings(_), Some(span)) => {
                let what = if self.is_repeated_query(row) {
                    "repeated queries"
                } else {
                    "repeats"
                };
                let total = self.group(row).map_or(0, |group| group.total);
                format!(
                    "{} {what}: {} {}, {}{failed}",
                    node.count,
                    span.op,
                    single_line(label_of(span)),
                    human::duration(total)
                )
            }
            (NodeKind::Repeats(_), Some(_)) => {
                let group = self.group(row);
                let (rounds, total) = group.map_or((0, 0), |group| (group.rounds, group.total));
                format!(
                    "{rounds} rounds of {}, {}{failed}",
                    self.motif(row),
                    human::duration(total)
                )
            }
            (NodeKind::Chain(_), Some(span)) => {
                format!("Chain of {} {}, {lasted}{failed}", node.count, span.op)
            }
            (NodeKind::Gap { .. }, _) => format!("Nothing recorded for {lasted}"),
            (NodeKind::Error(at), _) => format!("Error {}", self.error_title(at)),
            (_, None) => "Span".to_owned(),
        }
    }

    /// What repeats do in each round: `db SELECT …, then http.client GET …`.
    fn motif(&self, row: &Row) -> String {
        let waterfall = &self.visible.grouped.waterfall;
        let spans = waterfall
            .motif(row.node)
            .filter_map(|row| waterfall.first_span(row));
        let spans = spans.filter_map(|span| self.trace().spans.get(span.at()));
        let steps = spans.map(|span| format!("{} {}", span.op, single_line(label_of(span))));
        steps.collect::<Vec<_>>().join(", then ")
    }

    fn error_title(&self, at: u32) -> String {
        let error = self.trace().errors.get(at as usize);
        error.map_or_else(String::new, |error| {
            format!("{} {}", error.exception_type, error.message)
        })
    }

    /// Paints the left cell; gives the place of the chevron.
    pub(super) fn paint_tree(&self, row: &Row, cell: &mut Cell<'_>) -> Option<Rect> {
        let palette = self.palette;
        let rect = cell.rect;
        let is_lit = self
            .span(row)
            .is_some_and(|span| self.lit.contains(&span.id));
        if is_lit && !cell.selected {
            cell.painter().rect_filled(rect, 0.0, palette.warning_soft);
        } else if self.is_repeated_query(row) && !cell.selected {
            cell.painter().rect_filled(rect, 0.0, palette.accent_soft);
        }
        self.light(row, cell);
        let deepest = deepest_indent(rect.width());
        let depth = row.depth.min(deepest);
        self.paint_rails(row, depth, cell);
        let left = rect.left() + 4.0 + depth as f32 * INDENT;
        let chevron = row
            .expandable
            .then(|| Rect::from_center_size(pos2(left + 8.0, rect.center().y), vec2(16.0, 16.0)));
        if let Some(chevron) = chevron {
            let icon = if row.expanded {
                Icon::ChevronDown
            } else {
                Icon::ChevronRight
            };
            paint_icon(cell.painter(), chevron, icon, palette.muted);
        }
        cell.space(left + 16.0 - rect.left() - 8.0);
        if row.depth > deepest {
            // Where rows are set in no further, a number tells them apart.
            cell.styled(&row.depth.to_string(), theme::mono_small(), palette.faint);
        }
        let folded = row.expandable && !row.expanded;
        if let Some(hidden @ 1..) = self.found_in(row).filter(|_| folded) {
            cell.badge(&matches_in_words(hidden as usize), palette.found);
        }
        let node = self.node(row);
        match (node.kind, self.span(row)) {
            (NodeKind::Gap { .. }, _) => cell.faint("Nothing recorded"),
            (NodeKind::Error(at), _) => {
                cell.icon(Icon::Error, palette.error);
                cell.text(&self.error_title(at));
            }
            (kind, Some(span)) => {
                let problems = self.problems(span);
                let note = self.looks.notes.iter().find(|note| note.span == span.id);
                let note = note.filter(|_| matches!(kind, NodeKind::Span(_)));
                if note.is_some() {
                    cell.end_icon(Icon::Info, palette.warning);
                }
                if let Some(first) = problems.clone().next() {
                    let (icon, color) = kind_icon(palette, first.kind);
                    cell.end_icon(icon, color);
                }
                cell.dot(self.color(row, span));
                if node.errors > 0 {
                    cell.icon(Icon::Error, palette.error);
                }
                if !matches!(kind, NodeKind::Span(_)) {
                    let color = if self.is_repeated_query(row) {
                        palette.accent
                    } else {
                        palette.muted
                    };
                    let times = match kind {
                        NodeKind::Repeats(_) => self.group(row).map_or(0, |group| group.rounds),
                        _ => node.count as usize,
                    };
                    if matches!(kind, NodeKind::Repeats(_)) {
                        cell.icon(Icon::Refresh, color);
                    }
                    cell.badge(&format!("{} ×", human::grouped(times as u64)), color);
                }
                if matches!(kind, NodeKind::Repeats(_)) {
                    let is_motif = self.group(row).is_some_and(|group| group.motif > 1);
                    cell.muted(if is_motif { "Motif" } else { "Repeats" });
                    cell.text(&self.motif(row));
                } else if !matches!(&*span.op, "" | "default") {
                    cell.muted(&span.op);
                }
                if !matches!(kind, NodeKind::Chain(_) | NodeKind::Repeats(_)) {
                    cell.text(label_of(span));
                }
                if row.expandable && !row.expanded && node.errors_below > 0 {
                    cell.icon(Icon::Error, palette.error);
                }
                let problems: Vec<&str> = problems.map(|mark| mark.title.as_str()).collect();
                if !problems.is_empty() {
                    cell.hint(&problems.join("\n"));
                }
                if let Some(note) = note {
                    cell.hint(&note.text);
                }
            }
            (_, None) => {}
        }
        chevron
    }

    /// The problems that begin with a span.
    fn problems(&self, span: &'a Span) -> impl Iterator<Item = &'a TraceMark> + Clone + use<'a> {
        let wrong = self.looks.wrong.iter();
        wrong.filter(|mark| mark.spans.first() == Some(&span.id))
    }

    /// Lines that lead the eye from a row to its parent.
    fn paint_rails(&self, row: &Row, depth: u32, cell: &Cell<'_>) {
        let stroke = egui::Stroke::new(1.0, self.palette.grid);
        let x = |level: u32| cell.rect.left() + 12.0 + level as f32 * INDENT;
        for level in 0..depth.saturating_sub(1).min(63) {
            if row.rails & (1 << (level + 1)) != 0 {
                cell.painter().vline(x(level), cell.rect.y_range(), stroke);
            }
        }
        if depth > 0 {
            let bottom = if row.last {
                cell.rect.center().y
            } else {
                cell.rect.bottom()
            };
            cell.painter()
                .vline(x(depth - 1), cell.rect.top()..=bottom, stroke);
            let end = x(depth - 1)
                + if row.expandable {
                    INDENT - 10.0
                } else {
                    INDENT
                };
            cell.painter()
                .hline(x(depth - 1)..=end, cell.rect.center().y, stroke);
        }
    }

    /// A chevron as a widget of its own; true when it was clicked.
    fn chevron(&self, ui: &Ui, at: u64, rect: Rect) -> bool {
        let Some(row) = self.visible.rows.get(at as usize) else {
            return false;
        };
        let response = ui.interact(rect, ui.scope_id().with(("chevron", at)), Sense::CLICK);
        response.widget_info(|| {
            let verb = if row.expanded { "Collapse" } else { "Expand" };
            WidgetInfo::labeled(Role::Button, true, format!("{verb} {}", self.name(row)))
        });
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        }
        response.clicked()
    }

    /// Paints the right cell.
    pub(super) fn paint_bar(&self, row: &Row, bars: Rect, cell: &mut Cell<'_>) {
        let palette = self.palette;
        let painter = cell
            .painter()
            .with_clip_rect(cell.painter().clip_rect().intersect(bars));
        if self.is_repeated_query(row) && !cell.selected {
            painter.rect_filled(cell.rect, 0.0, palette.accent_soft);
        }
        if self.found_in(row).is_some_and(|count| count > 0) && !cell.selected {
            painter.rect_filled(cell.rect, 0.0, palette.found_soft);
        }
        if let Some(values) = &self.looks.values {
            let origin = pos2(bars.left(), cell.rect.center().y);
            return self.paint_value(row, values, origin, bars.width(), &painter);
        }
        let Some(geometry) = self.geometry(row, &painter) else {
            return;
        };
        let middle = cell.rect.center().y;
        let color = self.bar_color(row);
        let moved = self.moved(row);
        if moved != 0 && self.clocks == ClockView::Both {
            self.paint_ghost(row, pos2(bars.left(), middle), &painter);
        }
        for [from, to] in &geometry.pieces {
            let x = bars.left() + from..=bars.left() + to;
            let piece =
                Rect::from_x_y_ranges(x, middle - BAR_HEIGHT / 2.0..=middle + BAR_HEIGHT / 2.0);
            match self.node(row).kind {
                NodeKind::Gap { .. } => paint_gap(&painter, piece, palette),
                NodeKind::Error(_) => {}
                _ => drop(painter.rect_filled(piece, 2.0_f32.min(piece.width() / 2.0), color)),
            }
        }
        self.paint_path(row, pos2(bars.left(), middle), &painter);
        self.paint_marks(row, pos2(bars.left(), middle), &painter);
        for x in &geometry.marks {
            let stroke = egui::Stroke::new(1.5, palette.panel);
            painter.circle(pos2(bars.left() + x, middle), 4.0, palette.error, stroke);
        }
        self.paint_duration(row, &geometry, pos2(bars.left(), middle), &painter);
    }

    fn geometry(&self, row: &Row, painter: &Painter) -> Option<RowGeometry> {
        let grouped = &self.visible.grouped;
        let picture = layout::waterfall::Picture {
            trace: &grouped.trace,
            tree: &grouped.tree,
            waterfall: &grouped.waterfall,
            rows: std::slice::from_ref(row),
        };
        let width = |text: &str| {
            painter
                .layout_no_wrap(text.to_owned(), theme::small(), Color32::WHITE)
                .size()
                .x
        };
        let scale = self.scale.moved(self.moved(row));
        picture.geometry(0..1, &scale, width).pop()
    }

    pub(super) fn bar_color(&self, row: &Row) -> Color32 {
        let failed = self
            .span(row)
            .is_some_and(|span| span.status == SpanStatus::Error);
        match self.node(row).kind {
            NodeKind::Siblings(_) | NodeKind::Repeats(_)
                if self.looks.colors.by == Coloring::Category && self.is_repeated_query(row) =>
            {
                self.palette.accent
            }
            _ if failed => self.palette.error,
            _ => {
                let span = self.span(row);
                span.map_or(self.palette.faint, |span| self.color(row, span))
            }
        }
    }

    fn paint_duration(&self, row: &Row, geometry: &RowGeometry, origin: Pos2, painter: &Painter) {
        if matches!(self.node(row).kind, NodeKind::Error(_)) || geometry.pieces.is_empty() {
            return;
        }
        let color = match geometry.label.placement {
            Placement::Right | Placement::Left => self.palette.muted,
            Placement::Inside => self.palette.on(self.bar_color(row)),
        };
        let at = origin + vec2(geometry.label.x, 0.0);
        painter.text(
            at,
            Align2::LEFT_CENTER,
            &geometry.label.text,
            theme::small(),
            color,
        );
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

/// A hatched stretch: nobody knows what happened there.
/// The last level that is set in further than the one before, in a column of this width.
fn deepest_indent(width: f32) -> u32 {
    (width * INDENTED / INDENT).max(1.0) as u32
}

fn paint_gap(painter: &Painter, rect: Rect, palette: &Palette) {
    let stroke = egui::Stroke::new(1.0, palette.border_strong);
    painter.rect_stroke(
        rect,
        2.0,
        egui::Stroke::new(1.0, palette.border),
        egui::StrokeKind::Inside,
    );
    let clipped = painter.with_clip_rect(painter.clip_rect().intersect(rect));
    let step = 6.0;
    let lines = (rect.width() / step).min(400.0) as usize + 2;
    for line in 0..lines {
        let x = rect.left() + line as f32 * step;
        clipped.line_segment(
            [pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())],
            stroke,
        );
    }
}
