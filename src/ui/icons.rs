//! Icons, painted as strokes in a grid of sixteen points: crisp at any scale, coloured like text, in need of no font.
//!
//! Each icon is a short list of strokes. The buttons here give every icon an accessible name, shown on hover as well.

use super::theme::{self, palette, size};
use egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

/// A picture of one idea.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Icon {
    Search,
    Close,
    ChevronRight,
    ChevronDown,
    ChevronUp,
    Filter,
    FilterOut,
    Copy,
    Folder,
    Import,
    Sun,
    Moon,
    Back,
    Forward,
    Error,
    Warning,
    Info,
    Log,
    Clock,
    Columns,
    Link,
    More,
    Plus,
    Check,
    Trace,
    Settings,
    Refresh,
    Span,
    Star,
    Table,
    Chart,
    Code,
    Wrap,
    Swap,
}

impl Icon {
    /// Every icon.
    pub const ALL: [Icon; 33] = [
        Icon::Search,
        Icon::Close,
        Icon::ChevronRight,
        Icon::ChevronDown,
        Icon::ChevronUp,
        Icon::Filter,
        Icon::FilterOut,
        Icon::Copy,
        Icon::Folder,
        Icon::Import,
        Icon::Sun,
        Icon::Moon,
        Icon::Back,
        Icon::Forward,
        Icon::Error,
        Icon::Warning,
        Icon::Info,
        Icon::Log,
        Icon::Clock,
        Icon::Columns,
        Icon::Link,
        Icon::More,
        Icon::Plus,
        Icon::Check,
        Icon::Trace,
        Icon::Settings,
        Icon::Refresh,
        Icon::Span,
        Icon::Star,
        Icon::Table,
        Icon::Chart,
        Icon::Code,
        Icon::Wrap,
    ];

    /// The strokes of the icon in a square of 16 by 16.
    fn strokes(self) -> Vec<Stroked> {
        use Stroked::{Circle, Dot, Line};
        let line = |points: &[(f32, f32)]| Line(points.to_vec());
        match self {
            Icon::Search => vec![Circle(7.0, 7.0, 4.25), line(&[(10.2, 10.2), (13.5, 13.5)])],
            Icon::Close => vec![
                line(&[(4.0, 4.0), (12.0, 12.0)]),
                line(&[(12.0, 4.0), (4.0, 12.0)]),
            ],
            Icon::ChevronRight => vec![line(&[(6.0, 4.0), (10.0, 8.0), (6.0, 12.0)])],
            Icon::ChevronDown => vec![line(&[(4.0, 6.0), (8.0, 10.0), (12.0, 6.0)])],
            Icon::ChevronUp => vec![line(&[(4.0, 10.0), (8.0, 6.0), (12.0, 10.0)])],
            Icon::Filter => vec![
                line(&[(2.5, 4.5), (13.5, 4.5)]),
                line(&[(4.5, 8.0), (11.5, 8.0)]),
                line(&[(6.5, 11.5), (9.5, 11.5)]),
            ],
            Icon::FilterOut => vec![
                line(&[(2.5, 4.5), (13.5, 4.5)]),
                line(&[(4.5, 8.0), (8.0, 8.0)]),
                line(&[(9.8, 8.8), (13.8, 12.8)]),
                line(&[(13.8, 8.8), (9.8, 12.8)]),
            ],
            Icon::Copy => vec![
                rect(5.5, 5.5, 13.5, 13.5),
                line(&[
                    (3.5, 10.5),
                    (2.5, 10.5),
                    (2.5, 2.5),
                    (10.5, 2.5),
                    (10.5, 3.5),
                ]),
            ],
            Icon::Folder => vec![line(&[
                (2.5, 12.5),
                (2.5, 3.5),
                (6.5, 3.5),
                (8.0, 5.5),
                (13.5, 5.5),
                (13.5, 12.5),
                (2.5, 12.5),
            ])],
            Icon::Import => vec![
                line(&[(8.0, 2.0), (8.0, 9.5)]),
                line(&[(5.0, 6.5), (8.0, 9.5), (11.0, 6.5)]),
                line(&[(2.5, 10.5), (2.5, 13.5), (13.5, 13.5), (13.5, 10.5)]),
            ],
            Icon::Sun => {
                let mut all = vec![Circle(8.0, 8.0, 2.75)];
                for i in 0..8 {
                    let a = i as f32 * std::f32::consts::FRAC_PI_4;
                    let at = |r: f32| (8.0 + r * a.cos(), 8.0 + r * a.sin());
                    all.push(line(&[at(5.0), at(6.5)]));
                }
                all
            }
            Icon::Moon => vec![Line(crescent())],
            Icon::Back => vec![
                line(&[(13.0, 8.0), (3.0, 8.0)]),
                line(&[(7.0, 4.0), (3.0, 8.0), (7.0, 12.0)]),
            ],
            Icon::Swap => vec![
                line(&[(2.5, 5.5), (13.0, 5.5)]),
                line(&[(10.0, 2.5), (13.0, 5.5)]),
                line(&[(13.5, 10.5), (3.0, 10.5)]),
                line(&[(6.0, 13.5), (3.0, 10.5)]),
            ],
            Icon::Forward => vec![
                line(&[(3.0, 8.0), (13.0, 8.0)]),
                line(&[(9.0, 4.0), (13.0, 8.0), (9.0, 12.0)]),
            ],
            Icon::Error => vec![
                Circle(8.0, 8.0, 5.75),
                line(&[(8.0, 5.0), (8.0, 8.5)]),
                Dot(8.0, 10.8, 0.9),
            ],
            Icon::Warning => vec![
                line(&[(8.0, 2.5), (14.0, 13.0), (2.0, 13.0), (8.0, 2.5)]),
                line(&[(8.0, 6.5), (8.0, 9.3)]),
                Dot(8.0, 11.2, 0.8),
            ],
            Icon::Info => vec![
                Circle(8.0, 8.0, 5.75),
                line(&[(8.0, 7.6), (8.0, 11.0)]),
                Dot(8.0, 5.3, 0.9),
            ],
            Icon::Log => vec![
                line(&[(3.0, 4.0), (13.0, 4.0)]),
                line(&[(3.0, 8.0), (13.0, 8.0)]),
                line(&[(3.0, 12.0), (9.0, 12.0)]),
            ],
            Icon::Clock => vec![
                Circle(8.0, 8.0, 5.75),
                line(&[(8.0, 4.8), (8.0, 8.0), (10.3, 9.6)]),
            ],
            Icon::Columns => vec![
                rect(2.5, 3.5, 13.5, 12.5),
                line(&[(6.2, 3.5), (6.2, 12.5)]),
                line(&[(9.8, 3.5), (9.8, 12.5)]),
            ],
            Icon::Link => vec![
                line(&[(9.0, 2.5), (13.5, 2.5), (13.5, 7.0)]),
                line(&[(13.5, 2.5), (7.5, 8.5)]),
                line(&[
                    (6.5, 3.5),
                    (2.5, 3.5),
                    (2.5, 13.5),
                    (12.5, 13.5),
                    (12.5, 9.5),
                ]),
            ],
            Icon::More => vec![Dot(3.5, 8.0, 1.2), Dot(8.0, 8.0, 1.2), Dot(12.5, 8.0, 1.2)],
            Icon::Plus => vec![
                line(&[(8.0, 3.0), (8.0, 13.0)]),
                line(&[(3.0, 8.0), (13.0, 8.0)]),
            ],
            Icon::Check => vec![line(&[(3.0, 8.5), (6.5, 12.0), (13.0, 4.5)])],
            Icon::Trace => vec![
                line(&[(2.5, 4.0), (11.0, 4.0)]),
                line(&[(5.0, 8.0), (13.5, 8.0)]),
                line(&[(5.0, 12.0), (9.0, 12.0)]),
            ],
            Icon::Settings => vec![
                line(&[(2.5, 5.0), (8.0, 5.0)]),
                Circle(10.0, 5.0, 1.75),
                line(&[(12.0, 5.0), (13.5, 5.0)]),
                line(&[(2.5, 11.0), (4.0, 11.0)]),
                Circle(6.0, 11.0, 1.75),
                line(&[(8.0, 11.0), (13.5, 11.0)]),
            ],
            Icon::Refresh => vec![
                Line(arc(8.0, 8.0, 5.25, -0.6, 4.6)),
                line(&[(9.0, 5.2), (12.6, 5.2), (12.6, 1.8)]),
            ],
            Icon::Span => vec![rect(2.5, 6.0, 13.5, 10.0)],
            Icon::Star => vec![Line(star())],
            Icon::Table => vec![
                rect(2.5, 3.5, 13.5, 12.5),
                line(&[(2.5, 6.5), (13.5, 6.5)]),
                line(&[(2.5, 9.5), (13.5, 9.5)]),
            ],
            Icon::Chart => vec![
                line(&[(3.5, 13.0), (3.5, 8.0)]),
                line(&[(8.0, 13.0), (8.0, 3.0)]),
                line(&[(12.5, 13.0), (12.5, 6.0)]),
            ],
            Icon::Code => vec![
                line(&[(5.5, 4.0), (1.8, 8.0), (5.5, 12.0)]),
                line(&[(10.5, 4.0), (14.2, 8.0), (10.5, 12.0)]),
            ],
            Icon::Wrap => vec![
                line(&[(2.5, 3.5), (13.5, 3.5)]),
                line(&[
                    (2.5, 8.0),
                    (11.5, 8.0),
                    (13.0, 9.0),
                    (13.0, 11.0),
                    (11.5, 12.0),
                    (8.0, 12.0),
                ]),
                line(&[(9.8, 10.2), (8.0, 12.0), (9.8, 13.8)]),
                line(&[(2.5, 12.5), (5.0, 12.5)]),
            ],
        }
    }
}

enum Stroked {
    Line(Vec<(f32, f32)>),
    Circle(f32, f32, f32),
    Dot(f32, f32, f32),
}

fn rect(x0: f32, y0: f32, x1: f32, y1: f32) -> Stroked {
    Stroked::Line(vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)])
}

fn arc(x: f32, y: f32, radius: f32, from: f32, sweep: f32) -> Vec<(f32, f32)> {
    (0..=20)
        .map(|i| from + sweep * i as f32 / 20.0)
        .map(|a| (x + radius * a.cos(), y + radius * a.sin()))
        .collect()
}

/// A circle of radius 5.5 around (8, 8), less one of radius 4.5 around (11, 5).
fn crescent() -> Vec<(f32, f32)> {
    let mut points = arc(8.0, 8.0, 5.5, 0.142, 4.4286);
    points.extend(arc(11.0, 5.0, 4.5, 3.716, -2.7195));
    points
}

fn star() -> Vec<(f32, f32)> {
    (0..=10)
        .map(|i| {
            let angle = -std::f32::consts::FRAC_PI_2 + i as f32 * std::f32::consts::PI / 5.0;
            let radius = if i % 2 == 0 { 6.2 } else { 2.7 };
            (8.0 + radius * angle.cos(), 8.4 + radius * angle.sin())
        })
        .collect()
}

/// Paints an icon centred in `rect`, as large as fits; its natural size is 16 points.
pub fn paint_icon(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    let side = rect.width().min(rect.height());
    let scale = side / 16.0;
    let origin = rect.center() - vec2(side, side) / 2.0;
    let origin = pos2(
        round_to(origin.x, painter.pixels_per_point()),
        round_to(origin.y, painter.pixels_per_point()),
    );
    let place = |x: f32, y: f32| -> Pos2 { origin + vec2(x, y) * scale };
    let stroke = Stroke::new(1.3 * scale.max(0.75), color);
    for part in icon.strokes() {
        painter.add(match part {
            Stroked::Line(points) => {
                let points = points.into_iter().map(|(x, y)| place(x, y)).collect();
                Shape::line(points, stroke)
            }
            Stroked::Circle(x, y, r) => Shape::circle_stroke(place(x, y), r * scale, stroke),
            Stroked::Dot(x, y, r) => Shape::circle_filled(place(x, y), r * scale, color),
        });
    }
}

fn round_to(value: f32, per_point: f32) -> f32 {
    (value * per_point).round() / per_point
}

/// An icon as decoration, 16 points square, without a name of its own.
pub fn icon(ui: &mut Ui, icon: Icon, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size::ICON, size::ICON), Sense::hover());
    paint_icon(ui.painter(), rect, icon, color);
    response
}

/// A square button; `label` is its accessible name and its hover text.
pub fn icon_button(ui: &mut Ui, icon: Icon, label: &str) -> Response {
    button(ui, icon, label, None)
}

/// A square button that stays lit while `on`.
pub fn icon_toggle(ui: &mut Ui, icon: Icon, label: &str, on: bool) -> Response {
    button(ui, icon, label, Some(on))
}

fn button(ui: &mut Ui, icon: Icon, label: &str, on: Option<bool>) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size::BUTTON, size::BUTTON), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| match on {
        Some(on) => WidgetInfo::selected(Role::Button, enabled, on, label),
        None => WidgetInfo::labeled(Role::Button, enabled, label),
    });
    let p = palette(ui);
    let lit = on == Some(true);
    let color = if !enabled {
        p.border_strong
    } else if lit {
        p.accent
    } else if response.hovered() {
        p.text
    } else {
        p.muted
    };
    paint_ground(ui, rect, &response, lit);
    paint_icon(ui.painter(), rect.shrink(4.0), icon, color);
    response.on_hover_text(label)
}

fn paint_ground(ui: &Ui, rect: Rect, response: &Response, lit: bool) {
    let p = palette(ui);
    let corner = CornerRadius::same(size::CORNER);
    if lit {
        ui.painter().rect_filled(rect, corner, p.accent_soft);
    } else if response.is_pointer_button_down_on() {
        ui.painter().rect_filled(rect, corner, p.border);
    } else if response.hovered() {
        ui.painter()
            .rect_filled(rect, corner, theme::mix(p.hover, p.border, 0.6));
    }
    focus_ring(ui, rect, response);
}

/// The outline of what the keyboard acts on.
pub fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, palette(ui).accent);
        let corner = CornerRadius::same(size::CORNER);
        let inside = egui::StrokeKind::Inside;
        ui.painter().rect_stroke(rect, corner, stroke, inside);
    }
}

/// A button of an icon and a word.
pub fn icon_text_button(ui: &mut Ui, icon: Icon, text: &str) -> Response {
    let p = palette(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), theme::body(), p.text);
    let width = size::ICON + 6.0 + galley.size().x + 2.0 * size::GAP;
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::BUTTON), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    let visuals = *ui.style().interact(&response);
    ui.painter().rect(
        rect,
        visuals.corner_radius,
        visuals.weak_bg_fill,
        visuals.bg_stroke,
        egui::StrokeKind::Inside,
    );
    let left = rect.left() + size::GAP;
    let square = Rect::from_center_size(
        pos2(left + size::ICON / 2.0, rect.center().y),
        vec2(size::ICON, size::ICON),
    );
    let (ink, text_color) = if enabled {
        (p.muted, p.text)
    } else {
        (p.border_strong, p.faint)
    };
    paint_icon(ui.painter(), square, icon, ink);
    let at = pos2(
        square.right() + 6.0,
        rect.center().y - galley.size().y / 2.0,
    );
    ui.painter().galley(at, galley, text_color);
    response
}
