//! Services and who calls whom, drawn from left to right: of one trace, or of all.
//!
//! What a service is called and what is said of it is given; how often and how long calls are stands on the lines.

use crate::analysis::ServiceEdge;
use crate::layout::LayeredGraph;
use crate::layout::layered::BOX;
use crate::model::human;
use crate::ui::icons::focus_ring;
use crate::ui::theme::{self, Palette, size};
use crate::ui::widgets::text::truncated_galley;
use egui::epaint::CubicBezierShape;
use egui::{
    Color32, CornerRadius, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

/// The map is made smaller to fit, but not below this share of its size.
const SMALLEST: f32 = 0.6;
/// Up to so many edges, each says its figures; beyond it only those of the chosen service do.
const LABELLED_EDGES: usize = 16;
/// Where on a stretch of a line its figures may stand, the best first.
const LABEL_PLACES: [f32; 9] = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9];
/// Space around the map, in points.
pub const EDGE: f32 = 16.0;

/// A service as it is drawn.
pub struct Service {
    /// Its name.
    pub name: String,
    /// What stands below it.
    pub facts: String,
    /// All of it, for people who listen and on hover.
    pub words: String,
    /// Whether something in it failed.
    pub is_bad: bool,
    /// Whether it stands out.
    pub stands: Stands,
}

/// Whether a service stands out among the others.
#[derive(Clone, Copy)]
pub enum Stands {
    /// No more than others.
    AsUsual,
    /// More: what is looked for is in it.
    Out,
    /// Less: this share of the ground is in its colours.
    Pale(f32),
}

/// What is drawn.
pub struct Drawing<'a> {
    /// The services.
    pub services: &'a [Service],
    /// Who calls whom, by place among the services.
    pub calls: &'a [ServiceEdge],
    /// Where they stand.
    pub layout: &'a LayeredGraph,
}

impl Drawing<'_> {
    /// Draws it in the room that is left; the service that was clicked. `arrived` gives the keyboard to the selected service.
    pub fn ui(
        &self,
        ui: &mut Ui,
        hovered: &mut Option<usize>,
        selected: Option<usize>,
        arrived: bool,
    ) -> Option<usize> {
        let room = ui.available_size() - vec2(2.0 * EDGE, 2.0 * EDGE);
        let [width, height] = self.layout.size;
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
                    drawing: self,
                    palette: theme::palette(ui),
                    origin: (rect.center() - drawing / 2.0).round(),
                    scale,
                    marked: hovered.or(selected),
                };
                sheet.edges(ui);
                *hovered = None;
                for (at, node) in self.services.iter().enumerate() {
                    let Some(rect) = sheet.rect(at) else { continue };
                    let id = ui.scope_id().with(("service", at));
                    let response = ui.interact(rect, id, Sense::click());
                    let is_selected = selected == Some(at);
                    response.widget_info(|| {
                        WidgetInfo::selected(Role::ListItem, true, is_selected, &node.words)
                    });
                    if arrived && at == selected.unwrap_or(0) {
                        response.request_focus();
                    }
                    if response.gained_focus() {
                        response.scroll_to_me(None);
                    }
                    if response.hovered() || response.has_focus() {
                        *hovered = Some(at);
                    }
                    if response.clicked() {
                        chosen = Some(at);
                    }
                    sheet.service(ui, node, rect, is_selected, response.hovered());
                    sheet.stands(ui, rect, node.stands);
                    focus_ring(ui, rect.expand(2.0), &response);
                    response.on_hover_text(&node.words);
                }
            });
        chosen
    }
}

/// Everything the map is painted from.
struct Sheet<'a> {
    drawing: &'a Drawing<'a>,
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
        let corner = self.drawing.layout.boxes.get(node)?;
        Some(Rect::from_min_size(
            self.at(*corner),
            vec2(BOX[0], BOX[1]) * self.scale,
        ))
    }

    fn edges(&self, ui: &Ui) {
        let edges = self.drawing.calls;
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
        let boxes = (0..self.drawing.services.len()).filter_map(|at| self.rect(at));
        let ways = edges.iter().enumerate();
        let ways = ways.map(|(at, edge)| self.way(at, edge).unwrap_or_default());
        let ways: Vec<(Vec<Pos2>, bool)> = ways.collect();
        let heads = ways.iter().filter_map(|(points, leads_back)| {
            let head = head(*points.last()?, *leads_back);
            Some(Rect::from_points(&head).expand(1.0))
        });
        let mut taken: Vec<Rect> = boxes.chain(heads).collect();
        let says_all = edges.len() <= LABELLED_EDGES;
        // What many lines go through is covered anyway.
        let lines: Vec<Vec<Pos2>> = match says_all {
            true => ways.iter().map(|(points, _)| along(points)).collect(),
            false => Vec::new(),
        };
        for (at, edge) in edges.iter().enumerate() {
            if is_marked(edge) || says_all {
                taken.extend(self.label(ui, &ways[at].0, edge, (&taken, &lines)));
            }
        }
    }

    /// Where a line goes: its start, its bends and its end, and whether it leads back.
    fn way(&self, at: usize, edge: &ServiceEdge) -> Option<(Vec<Pos2>, bool)> {
        let (from, to) = (self.rect(edge.from)?, self.rect(edge.to)?);
        let leads_back = from.left() >= to.left();
        let (start, end) = match leads_back {
            true => (from.left_center(), to.right_center()),
            false => (from.right_center(), to.left_center()),
        };
        let bends = self.drawing.layout.bends.get(at);
        let bends = bends.map_or(&[][..], Vec::as_slice);
        let bends = bends.iter().map(|point| self.at(*point));
        let way = std::iter::once(start).chain(bends).chain([end]);
        Some((way.collect(), leads_back))
    }

    fn edge(&self, ui: &Ui, at: usize, edge: &ServiceEdge, marked: bool, most: u64) {
        let Some((points, leads_back)) = self.way(at, edge) else {
            return;
        };
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
        if let Some(end) = points.last() {
            arrow(ui, *end, leads_back, color);
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

    /// How often and how long, on the line: near its end, or where else on it in view nothing is written yet, if there is such a
    /// place off all lines. What it covers; without room nothing is written, since figures over each other say nothing.
    fn label(
        &self,
        ui: &Ui,
        points: &[Pos2],
        edge: &ServiceEdge,
        (taken, lines): (&[Rect], &[Vec<Pos2>]),
    ) -> Option<Rect> {
        let palette = self.palette;
        let text = format!(
            "{} × {}",
            human::count(edge.calls),
            human::duration(edge.p95)
        );
        let galley = ui
            .painter()
            .layout_no_wrap(text, theme::small(), palette.muted);
        // Above the line, so that what it leads to stays clear, else beside it where it is steep, else below.
        let size = galley.size() + vec2(4.0, 0.0);
        let away = (size + vec2(6.0, 6.0)) / 2.0;
        let sides = [
            vec2(0.0, -away.y),
            vec2(-away.x, -away.y),
            vec2(away.x, -away.y),
            vec2(-away.x, away.y),
            vec2(away.x, away.y),
            vec2(0.0, away.y),
        ];
        let pairs = points.windows(2).rev();
        let spots =
            pairs.flat_map(|pair| LABEL_PLACES.map(|share| on_curve([pair[0], pair[1]], share)));
        let spots: Vec<Pos2> = spots.collect();
        let places = sides.iter().flat_map(|side| {
            let beside = |spot: &Pos2| Rect::from_center_size(*spot + *side, size);
            spots.iter().map(beside)
        });
        let view = ui.clip_rect();
        let is_free = |rect: &Rect| {
            view.contains_rect(*rect) && !taken.iter().any(|other| other.intersects(*rect))
        };
        let free: Vec<Rect> = places.filter(is_free).collect();
        let is_off = |rect: &&Rect| !lines.iter().flatten().any(|point| rect.contains(*point));
        let rect = *free.iter().find(is_off).or(free.first())?;
        ui.painter()
            .rect_filled(rect, CornerRadius::same(3), palette.panel);
        let at = rect.center() - galley.size() / 2.0;
        ui.painter().galley(at, galley, palette.muted);
        Some(rect)
    }

    /// The edge of a service that stands out, or a veil over one that is pale.
    fn stands(&self, ui: &Ui, rect: Rect, stands: Stands) {
        let palette = self.palette;
        match stands {
            Stands::Pale(share) => {
                let veil = palette.panel.gamma_multiply(share);
                let corner = CornerRadius::same(size::CORNER);
                ui.painter().rect_filled(rect, corner, veil);
            }
            Stands::Out => {
                let bottom = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 4.0), rect.max);
                let corner = CornerRadius {
                    sw: size::CORNER,
                    se: size::CORNER,
                    ..CornerRadius::ZERO
                };
                ui.painter().rect_filled(bottom, corner, palette.found);
            }
            Stands::AsUsual => {}
        }
    }

    fn service(&self, ui: &Ui, node: &Service, rect: Rect, selected: bool, hovered: bool) {
        let palette = self.palette;
        let fill = match (selected, hovered) {
            (true, _) => palette.accent_soft,
            (false, true) => palette.hover,
            (false, false) => palette.raised,
        };
        let stroke = match (selected, node.is_bad) {
            (true, _) => Stroke::new(1.5, palette.accent),
            (false, true) => Stroke::new(size::LINE, palette.error),
            (false, false) => Stroke::new(size::LINE, palette.border_strong),
        };
        let corner = CornerRadius::same(size::CORNER);
        let painter = ui.painter();
        painter.rect(rect, corner, fill, stroke, StrokeKind::Inside);
        let inner = rect.shrink2(vec2(size::GAP, 4.0));
        let name = truncated_galley(
            painter,
            &node.name,
            theme::strong(),
            palette.text,
            inner.width(),
        );
        let facts = truncated_galley(
            painter,
            &node.facts,
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

/// A point of the curve between two points that [`Sheet::curve`] draws.
fn on_curve([from, to]: [Pos2; 2], share: f32) -> Pos2 {
    let rest = 1.0 - share;
    let along = 1.5 * share * rest + share.powi(3);
    let across = share * share * (3.0 - 2.0 * share);
    from + vec2((to.x - from.x) * along, (to.y - from.y) * across)
}

/// Points of a whole line, near enough to each other that none passes under a label between two of them.
fn along(points: &[Pos2]) -> Vec<Pos2> {
    const STEPS: usize = 32;
    let steps = |pair: &[Pos2]| {
        let [from, to] = [pair[0], pair[1]];
        (0..=STEPS).map(move |step| on_curve([from, to], step as f32 / STEPS as f32))
    };
    points.windows(2).flat_map(steps).collect()
}

/// The corners of the head of an arrow that ends at a point.
fn head(tip: Pos2, leads_back: bool) -> [Pos2; 3] {
    let back = if leads_back { 7.0 } else { -7.0 };
    [tip, tip + vec2(back, -4.0), tip + vec2(back, 4.0)]
}

fn arrow(ui: &Ui, tip: Pos2, leads_back: bool, color: Color32) {
    let points = head(tip, leads_back).to_vec();
    ui.painter()
        .add(Shape::convex_polygon(points, color, Stroke::NONE));
}
