//! The services of the trace and who calls whom: as a map from left to right, and as a table of calls.
//!
//! Choosing a service selects the span of it that lasted longest, unless one of its spans is selected already, and marks
//! its calls.

use super::lit::{self, Lit};
use crate::analysis::{ServiceEdge, ServiceNode};
use crate::app::App;
use crate::app::looks::{Counted, LookOption, MapLook};
use crate::layout::layered::BOX;
use crate::model::human;
use crate::ui::icons::{Icon, focus_ring};
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text::truncated_galley;
use crate::ui::widgets::virtual_table::{Column, TableState, VirtualTable};
use egui::epaint::CubicBezierShape;
use egui::{
    Align, Color32, CornerRadius, Frame, Layout, Margin, Pos2, Rect, RichText, Role, ScrollArea,
    Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

/// The map is made smaller to fit, but not below this share of its size.
const SMALLEST: f32 = 0.6;
/// Up to so many edges, each says its figures; beyond it only those of the chosen service do.
const LABELLED_EDGES: usize = 16;
/// Space around the map, in points.
const EDGE: f32 = 16.0;

/// The view's own state.
#[derive(Default)]
pub struct MapView {
    table: TableState,
    hovered: Option<usize>,
}

/// Paints tools and map; `arrived` gives the keyboard to the table of calls or to the first service.
pub fn ui(ui: &mut Ui, app: &mut App, view: &mut MapView, arrived: bool) {
    let look = app.looks.map.value.clone();
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| tools(ui, app, look.as_deref()));
    if let Some(error) = &app.looks.map.error {
        EmptyState::new(Icon::Error, "The map could not be drawn", error).show(ui);
        return;
    }
    let current = app.grouped.value.clone();
    let is_current = |look: &Arc<MapLook>| {
        current.is_some_and(|current| Arc::ptr_eq(&current.trace, &look.grouped.trace))
    };
    let Some(look) = look.filter(is_current) else {
        let palette = theme::palette(ui);
        ui.label(RichText::new("   Drawing…").color(palette.muted));
        return;
    };
    let selected = app.selected_span().and_then(|span| look.service_of(span));
    let as_table = app
        .trace_picture()
        .is_some_and(|picture| picture.looks.calls);
    let lit = Lit::parts(app, &Counted::Map(look.clone()));
    let chosen = match as_table {
        true => calls(ui, view, &look, arrived),
        false => map(ui, view, &look, selected, &lit, arrived),
    };
    if let Some(service) = chosen.filter(|service| selected != Some(*service))
        && let Some(span) = look.longest.get(service).copied().flatten()
    {
        app.select_span(span);
    }
}

fn tools(ui: &mut Ui, app: &mut App, look: Option<&MapLook>) {
    let palette = theme::palette(ui);
    let Some(picture) = app.trace_picture() else {
        return;
    };
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        let mut at = usize::from(picture.looks.calls);
        if segmented(ui, "Show services as", &mut at, &["Drawing", "Calls"]) {
            picture.looks.set(LookOption::MapCalls(at == 1));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = look.map_or_else(String::new, |look| {
                let services = human::counted(look.map.nodes.len() as u64, "service");
                let calls: u64 = look.map.edges.iter().map(|edge| edge.calls).sum();
                match calls {
                    0 => services,
                    calls => {
                        let calls = human::counted(calls, "call");
                        format!("{services} · {calls} between them")
                    }
                }
            });
            let text = RichText::new(text).font(theme::small());
            ui.label(text.color(palette.muted));
        });
    });
}

fn service_name(name: &str) -> &str {
    if name.is_empty() {
        "unknown service"
    } else {
        name
    }
}

/// A service in words.
fn node_in_words(look: &MapLook, at: usize, node: &ServiceNode) -> String {
    let called = look.map.edges.iter().filter(|edge| edge.from == at).count();
    let failed = match node.errors {
        0 => String::new(),
        errors => format!(", {} failed", human::grouped(errors)),
    };
    format!(
        "{}: {}{failed}, {} of its own, calls {}",
        service_name(&node.service),
        human::counted(node.spans, "span"),
        human::duration(node.self_time),
        human::counted(called as u64, "service"),
    )
}

/// Calls in words.
fn edge_in_words(look: &MapLook, edge: &ServiceEdge) -> String {
    let name = |at: usize| {
        look.map
            .nodes
            .get(at)
            .map_or("", |node| service_name(&node.service))
    };
    let way = if edge.is_async {
        " without waiting"
    } else {
        ""
    };
    let failed = match edge.errors {
        0 => String::new(),
        errors => format!(", {} failed", human::grouped(errors)),
    };
    format!(
        "{} calls {}{way}: {}{failed}, p50 {}, p95 {}",
        name(edge.from),
        name(edge.to),
        human::counted(edge.calls, "time"),
        human::duration(edge.p50),
        human::duration(edge.p95),
    )
}

/// The calls as a table; the service that was chosen.
fn calls(ui: &mut Ui, view: &mut MapView, look: &MapLook, arrived: bool) -> Option<usize> {
    if look.map.edges.is_empty() {
        let sentence =
            "All spans of this trace are of one service, or no call between services was recorded.";
        EmptyState::new(Icon::Span, "No calls between services", sentence).show(ui);
        return None;
    }
    if arrived {
        view.table.focus();
    }
    let number = |title: &str| Column::px(title, 88.0).right();
    let columns = [
        Column::rest("Caller", 120.0),
        Column::rest("Called", 120.0),
        Column::px("Way", 88.0).hint("Whether the caller waits, as far as it is known"),
        number("Calls"),
        number("Failed"),
        number("p50").hint("The middle duration"),
        number("p95").hint("The duration that 95 of 100 stay below"),
    ];
    let edges = &look.map.edges;
    let at = |row: u64| edges.get(usize::try_from(row).ok()?);
    let output = VirtualTable::new("Calls between services", &columns, edges.len() as u64).show(
        ui,
        &mut view.table,
        |row| at(row).map(|edge| edge_in_words(look, edge)),
        |row, column, cell| {
            if let Some(edge) = at(row) {
                paint_call(look, edge, column, cell);
            }
        },
    );
    output.selected.and_then(at).map(|edge| edge.to)
}

fn paint_call(look: &MapLook, edge: &ServiceEdge, column: usize, cell: &mut Cell<'_>) {
    let palette = cell.palette;
    let name = |at: usize| {
        look.map
            .nodes
            .get(at)
            .map_or("", |node| service_name(&node.service))
    };
    match column {
        0 => cell.text(name(edge.from)),
        1 => cell.text(name(edge.to)),
        2 => cell.muted(if edge.is_async { "async" } else { "waits" }),
        3 => cell.mono(&human::grouped(edge.calls)),
        4 if edge.errors == 0 => cell.faint("–"),
        4 => cell.colored(&human::grouped(edge.errors), palette.error),
        5 => cell.mono(&human::duration(edge.p50)),
        _ => cell.mono(&human::duration(edge.p95)),
    }
}

/// The drawing; the service that was chosen.
fn map(
    ui: &mut Ui,
    view: &mut MapView,
    look: &Arc<MapLook>,
    selected: Option<usize>,
    lit: &Lit,
    arrived: bool,
) -> Option<usize> {
    let room = ui.available_size() - vec2(2.0 * EDGE, 2.0 * EDGE);
    let [width, height] = look.layout.size;
    let scale = (room.x / width.max(1.0)).clamp(SMALLEST, 1.0);
    let drawing = vec2(width, height) * scale;
    // Either scroll bar takes its room from the other direction.
    let mut room = room;
    if drawing.x > room.x {
        room.y -= size::SCROLL + size::GRID;
    }
    if drawing.y > room.y {
        room.x -= size::SCROLL + size::GRID;
    }
    let mut chosen = None;
    ScrollArea::both()
        .id_salt("service map")
        .auto_shrink(false)
        .show(ui, |ui| {
            let whole = drawing.max(room) + vec2(2.0 * EDGE, 2.0 * EDGE);
            let (rect, _) = ui.allocate_exact_size(whole - vec2(1.0, 1.0), Sense::hover());
            let sheet = Sheet {
                look,
                palette: theme::palette(ui),
                origin: (rect.center() - drawing / 2.0).round(),
                scale,
                marked: view.hovered.or(selected),
            };
            sheet.edges(ui);
            view.hovered = None;
            for (at, node) in look.map.nodes.iter().enumerate() {
                let Some(rect) = sheet.rect(at) else { continue };
                let id = ui.scope_id().with(("service", at));
                let response = ui.interact(rect, id, Sense::click());
                let is_selected = selected == Some(at);
                let found = lit.count(at);
                let words = || {
                    let found = lit::in_words(found);
                    format!("{}{found}", node_in_words(look, at, node))
                };
                response.widget_info(|| {
                    WidgetInfo::selected(Role::ListItem, true, is_selected, words())
                });
                if arrived && at == selected.unwrap_or(0) {
                    response.request_focus();
                }
                if response.gained_focus() {
                    response.scroll_to_me(None);
                }
                if response.hovered() || response.has_focus() {
                    view.hovered = Some(at);
                }
                if response.clicked() {
                    chosen = Some(at);
                }
                sheet.service(ui, node, rect, is_selected, response.hovered());
                sheet.found(ui, rect, found, lit.dims && !is_selected);
                focus_ring(ui, rect.expand(2.0), &response);
                response.on_hover_text(words());
            }
        });
    chosen
}

/// Everything the map is painted from.
struct Sheet<'a> {
    look: &'a MapLook,
    palette: &'static Palette,
    origin: Pos2,
    scale: f32,
    /// The service whose calls stand out.
    marked: Option<usize>,
}

impl Sheet<'_> {
    fn at(&self, [x, y]: [f32; 2]) -> Pos2 {
        self.origin + vec2(x, y) * self.scale
    }

    fn rect(&self, node: usize) -> Option<Rect> {
        let corner = self.look.layout.boxes.get(node)?;
        Some(Rect::from_min_size(
            self.at(*corner),
            vec2(BOX[0], BOX[1]) * self.scale,
        ))
    }

    fn edges(&self, ui: &Ui) {
        let edges = &self.look.map.edges;
        let most = edges.iter().map(|edge| edge.calls).max().unwrap_or(1);
        let is_marked = |edge: &ServiceEdge| {
            self.marked
                .is_some_and(|at| at == edge.from || at == edge.to)
        };
        // Marked ones last, so that they lie on top.
        for marked in [false, true] {
            for (at, edge) in edges.iter().enumerate() {
                if is_marked(edge) == marked {
                    self.edge(ui, at, edge, marked, most);
                }
            }
        }
    }

    fn edge(&self, ui: &Ui, at: usize, edge: &ServiceEdge, marked: bool, most: u64) {
        let (Some(from), Some(to)) = (self.rect(edge.from), self.rect(edge.to)) else {
            return;
        };
        let leads_back = from.left() >= to.left();
        let (start, end) = match leads_back {
            true => (from.left_center(), to.right_center()),
            false => (from.right_center(), to.left_center()),
        };
        let mut points = vec![start];
        let bends = self
            .look
            .layout
            .bends
            .get(at)
            .map_or(&[][..], Vec::as_slice);
        points.extend(bends.iter().map(|point| self.at(*point)));
        points.push(end);
        let palette = self.palette;
        let color = match (edge.errors > 0, marked) {
            (true, _) => palette.error,
            (false, true) => palette.accent,
            (false, false) => palette.border_strong,
        };
        let share = (edge.calls as f32).ln_1p() / (most as f32).ln_1p().max(1.0);
        let stroke = Stroke::new(1.0 + 2.0 * share, color);
        for pair in points.windows(2) {
            self.curve(ui, [pair[0], pair[1]], stroke, edge.is_async);
        }
        arrow(ui, end, leads_back, color);
        if marked || self.look.map.edges.len() <= LABELLED_EDGES {
            let [before, after] = match points.as_slice() {
                [.., before, after] => [*before, *after],
                _ => return,
            };
            self.label(ui, edge, before + (after - before) * 0.5);
        }
    }

    fn curve(&self, ui: &Ui, [from, to]: [Pos2; 2], stroke: Stroke, dashed: bool) {
        let reach = vec2((to.x - from.x) * 0.5, 0.0);
        let points = [from, from + reach, to - reach, to];
        let curve =
            CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke);
        match dashed {
            false => drop(ui.painter().add(curve)),
            true => {
                let line = curve.flatten(Some(0.5));
                ui.painter()
                    .extend(Shape::dashed_line(&line, stroke, 5.0, 4.0));
            }
        }
    }

    /// How often and how long, on the line.
    fn label(&self, ui: &Ui, edge: &ServiceEdge, at: Pos2) {
        let palette = self.palette;
        let text = format!(
            "{} × {}",
            human::count(edge.calls),
            human::duration(edge.p95)
        );
        let galley = ui
            .painter()
            .layout_no_wrap(text, theme::small(), palette.muted);
        // Above the line, so that what it leads to stays clear.
        let above = at - vec2(0.0, galley.size().y / 2.0 + 3.0);
        let rect = Rect::from_center_size(above, galley.size() + vec2(4.0, 0.0));
        ui.painter()
            .rect_filled(rect, CornerRadius::same(3), palette.panel);
        let at = rect.center() - galley.size() / 2.0;
        ui.painter().galley(at, galley, palette.muted);
    }

    /// The edge of a service with matches, or a veil over one without.
    fn found(&self, ui: &Ui, rect: Rect, found: Option<u32>, dims: bool) {
        let palette = self.palette;
        match found {
            Some(0) if dims => {
                let veil = palette.panel.gamma_multiply(lit::PALE);
                let corner = CornerRadius::same(size::CORNER);
                ui.painter().rect_filled(rect, corner, veil);
            }
            Some(1..) => {
                let bottom = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 4.0), rect.max);
                let corner = CornerRadius {
                    sw: size::CORNER,
                    se: size::CORNER,
                    ..CornerRadius::ZERO
                };
                ui.painter().rect_filled(bottom, corner, palette.found);
            }
            _ => {}
        }
    }

    fn service(&self, ui: &Ui, node: &ServiceNode, rect: Rect, selected: bool, hovered: bool) {
        let palette = self.palette;
        let fill = match (selected, hovered) {
            (true, _) => palette.accent_soft,
            (false, true) => palette.hover,
            (false, false) => palette.raised,
        };
        let stroke = match (selected, node.errors > 0) {
            (true, _) => Stroke::new(1.5, palette.accent),
            (false, true) => Stroke::new(size::LINE, palette.error),
            (false, false) => Stroke::new(size::LINE, palette.border_strong),
        };
        let corner = CornerRadius::same(size::CORNER);
        let painter = ui.painter();
        painter.rect(rect, corner, fill, stroke, StrokeKind::Inside);
        let inner = rect.shrink2(vec2(size::GAP, 4.0));
        let name = service_name(&node.service);
        let name = truncated_galley(painter, name, theme::strong(), palette.text, inner.width());
        let facts = format!(
            "{} · {}",
            human::counted(node.spans, "span"),
            human::duration(node.self_time)
        );
        let facts = truncated_galley(
            painter,
            &facts,
            theme::small(),
            palette.muted,
            inner.width(),
        );
        let height = name.size().y + facts.size().y;
        let is_roomy = height <= inner.height();
        let top = match is_roomy {
            true => inner.center().y - height / 2.0,
            false => inner.center().y - name.size().y / 2.0,
        };
        let below = top + name.size().y;
        painter.galley(pos2(inner.left(), top), name, palette.text);
        if is_roomy {
            painter.galley(pos2(inner.left(), below), facts, palette.muted);
        }
    }
}

/// The head of an arrow that ends at a point.
fn arrow(ui: &Ui, tip: Pos2, leads_back: bool, color: Color32) {
    let back = if leads_back { 7.0 } else { -7.0 };
    let points = vec![tip, tip + vec2(back, -4.0), tip + vec2(back, 4.0)];
    ui.painter()
        .add(Shape::convex_polygon(points, color, Stroke::NONE));
}
