//! What happened at an instant of a span, as small marks on its bar: log records above it, events and web vitals on it, errors
//! on top. Marks closer than a few points are one; each can be pointed at, and leads to what it stands for.

use super::rows::{BAR_HEIGHT, Sheet};
use crate::analysis::{NodeKind, Row, SpanIndex};
use crate::app::bar_marks::MarkKind;
use crate::app::span_pane::sections;
use crate::layout;
use crate::model::Nanos;
use crate::model::human;
use crate::model::trace::Span;
use crate::ui::pages::{SEVERITY_NAMES, severity_class, severity_colors};
use crate::ui::widgets::text::single_line;
use egui::{
    Color32, CursorIcon, Painter, Pos2, Rect, Role, Sense, Shape, Ui, WidgetInfo, pos2, vec2,
};

/// Most marks of a frame that can be pointed at; beyond, they are only seen.
const MOST: usize = 400;
/// Names told of marks that are one.
const NAMES: usize = 5;

/// A mark, or several that are one.
pub(super) struct Spot {
    /// The row it is in.
    row: Row,
    rect: Rect,
    kind: Kind,
    /// The first it stands for, and how many.
    first: usize,
    count: usize,
}

/// Which list of a span a mark is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Log,
    Event,
    Error,
}

/// What a click on a mark leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The log records of the span.
    Logs(SpanIndex),
    /// A section of the pane about the span.
    Section(SpanIndex, &'static str),
}

impl Sheet<'_> {
    /// Paints the marks of a row; `origin` is where its bars begin, in the middle of the row.
    pub(super) fn paint_marks(&self, row: &Row, origin: Pos2, painter: &Painter) {
        for spot in self.spots(row, origin) {
            match spot.kind {
                Kind::Log => {
                    let color = self.log_color(row, spot.first);
                    let tick = Rect::from_center_size(spot.rect.center(), vec2(2.0, 5.0));
                    painter.rect_filled(tick, 0.0, color);
                }
                Kind::Event => self.paint_event(row, &spot, painter),
                // The circles of errors are a part of the row's geometry.
                Kind::Error => {}
            }
        }
    }

    /// The marks of a row that lie in view.
    pub(super) fn spots(&self, row: &Row, origin: Pos2) -> Vec<Spot> {
        let Some((at, span)) = self.marked(row) else {
            return Vec::new();
        };
        let scale = self.scale.moved(self.moved(row));
        let above = vec2(0.0, -BAR_HEIGHT / 2.0 - 2.5);
        let mut out = Vec::new();
        for (kind, count, offset, size) in [
            (Kind::Log, self.logs(span).len(), above, vec2(6.0, 7.0)),
            (
                Kind::Event,
                self.events(at).len(),
                vec2(0.0, 0.0),
                vec2(8.0, BAR_HEIGHT),
            ),
            (
                Kind::Error,
                self.errors(at).len(),
                vec2(0.0, 0.0),
                vec2(10.0, 10.0),
            ),
        ] {
            let time = |place: usize| self.time(kind, at, span, place);
            let spots = layout::spots(count, time, &scale);
            out.extend(spots.into_iter().map(|(x, of)| Spot {
                row: *row,
                rect: Rect::from_center_size(origin + vec2(x, 0.0) + offset, size),
                kind,
                first: of.start,
                count: of.len(),
            }));
        }
        out
    }

    /// The span that a row's marks are of: groups have too many.
    fn marked(&self, row: &Row) -> Option<(SpanIndex, &Span)> {
        match self.node(row).kind {
            NodeKind::Span(at) => Some((at, self.trace().spans.get(at.at())?)),
            _ => None,
        }
    }

    fn logs(&self, span: &Span) -> &[u32] {
        self.visible.grouped.logs_of(span.id)
    }

    fn events(&self, at: SpanIndex) -> &[crate::app::bar_marks::BarMark] {
        self.looks.marks.map_or(&[], |marks| marks.of(at))
    }

    fn errors(&self, at: SpanIndex) -> &[u32] {
        self.visible.grouped.tree.errors(at)
    }

    fn time(&self, kind: Kind, at: SpanIndex, span: &Span, place: usize) -> Nanos {
        let trace = self.trace();
        let time = match kind {
            Kind::Event => self.events(at).get(place).map(|mark| mark.time),
            Kind::Log => {
                let log = self.logs(span).get(place);
                log.and_then(|log| trace.logs.get(*log as usize))
                    .map(|log| log.time)
            }
            Kind::Error => {
                let error = self.errors(at).get(place);
                error
                    .and_then(|error| trace.errors.get(*error as usize))
                    .map(|error| error.time)
            }
        };
        time.unwrap_or(span.start)
    }

    fn log_color(&self, row: &Row, place: usize) -> Color32 {
        let logs = self
            .marked(row)
            .map_or(&[][..], |(_, span)| self.logs(span));
        let log = logs
            .get(place)
            .and_then(|log| self.trace().logs.get(*log as usize));
        let class = log.map_or(0, |log| severity_class(log.severity));
        severity_colors(self.palette)[class]
    }

    /// A diamond for an event, a line with a head for a vital; the head is hollow where no instant was recorded.
    fn paint_event(&self, row: &Row, spot: &Spot, painter: &Painter) {
        let events = self.marked(row).map_or(&[][..], |(at, _)| self.events(at));
        let Some(mark) = events.get(spot.first) else {
            return;
        };
        let (middle, palette) = (spot.rect.center(), self.palette);
        match mark.what {
            MarkKind::Event(_) => {
                let corners = [(0.0, -4.0), (4.0, 0.0), (0.0, 4.0), (-4.0, 0.0)];
                let corners = corners.map(|(x, y)| middle + vec2(x, y)).to_vec();
                let stroke = egui::Stroke::new(1.0, palette.panel);
                painter.add(Shape::convex_polygon(corners, palette.text, stroke));
            }
            MarkKind::Vital { score, is_sum, .. } => {
                let color = match score {
                    Some(score) if score >= 0.9 => palette.ok,
                    Some(score) if score >= 0.5 => palette.warning,
                    Some(_) => palette.error,
                    None => palette.muted,
                };
                let y = spot.rect.y_range();
                let back = egui::Stroke::new(4.0, palette.panel);
                painter.vline(middle.x, y, back);
                painter.vline(middle.x, y, egui::Stroke::new(2.0, color));
                let foot = pos2(middle.x, spot.rect.top());
                match is_sum {
                    false => painter.circle_filled(foot, 2.5, color),
                    // What happened before then, not then.
                    true => painter.circle(foot, 2.5, palette.panel, (1.5, color)),
                };
            }
        }
    }

    /// A mark in words.
    fn spot_in_words(&self, spot: &Spot) -> String {
        let Some((at, span)) = self.marked(&spot.row) else {
            return String::new();
        };
        let place = |place: usize| {
            let time = self.time(spot.kind, at, span, place) - self.visible.grouped.range.start;
            format!("+{}", human::duration(time))
        };
        let last = spot.first + spot.count;
        let mut names: Vec<String> = (spot.first..last)
            .take(NAMES)
            .map(|place| self.one_in_words(spot.kind, at, span, place))
            .collect();
        if spot.count == 1 {
            return format!("{} at {}", names.remove(0), place(spot.first));
        }
        if spot.count > NAMES {
            names.push(format!("{} more", spot.count - NAMES));
        }
        let times = format!("{} to {}", place(spot.first), place(last - 1));
        format!("{} marks from {times}: {}", spot.count, names.join(", "))
    }

    fn one_in_words(&self, kind: Kind, at: SpanIndex, span: &Span, place: usize) -> String {
        let trace = self.trace();
        match kind {
            Kind::Log => {
                let log = self.logs(span).get(place);
                let log = log.and_then(|log| trace.logs.get(*log as usize));
                log.map_or_else(String::new, |log| {
                    let level = SEVERITY_NAMES[severity_class(log.severity)];
                    format!("Log {level} {}", short(&log.body))
                })
            }
            Kind::Error => {
                let error = self.errors(at).get(place);
                let error = error.and_then(|error| trace.errors.get(*error as usize));
                error.map_or_else(String::new, |error| {
                    format!("Error {} {}", error.exception_type, short(&error.message))
                })
            }
            Kind::Event => {
                let mark = self.events(at).get(place);
                let name = mark
                    .zip(self.looks.marks)
                    .map_or("", |(mark, marks)| marks.name(mark));
                match mark.map(|mark| mark.what) {
                    Some(MarkKind::Vital {
                        value,
                        score,
                        is_sum,
                        ..
                    }) => vital_in_words(name, value, score, is_sum),
                    _ => format!("Event {}", short(name)),
                }
            }
        }
    }

    /// Makes marks something that can be pointed at; what was opened.
    pub(super) fn point_at(&self, ui: &Ui, bars: Rect, spots: Vec<Spot>) -> Option<Opened> {
        let mut opened = None;
        for spot in spots.into_iter().take(MOST) {
            let rect = spot.rect.intersect(bars);
            if !rect.is_positive() {
                continue;
            }
            let id = ui
                .scope_id()
                .with(("mark", spot.row.node, spot.kind, spot.first));
            let response = ui.interact(rect, id, Sense::CLICK);
            response
                .widget_info(|| WidgetInfo::labeled(Role::Button, true, self.spot_in_words(&spot)));
            if response.hovered() {
                ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
            }
            let response = match response.hovered() {
                true => response.on_hover_text(self.spot_in_words(&spot)),
                false => response,
            };
            if let (true, Some((at, _))) = (response.clicked(), self.marked(&spot.row)) {
                opened = Some(match spot.kind {
                    Kind::Log => Opened::Logs(at),
                    Kind::Event => Opened::Section(at, sections::EVENTS),
                    Kind::Error => Opened::Section(at, sections::ERRORS),
                });
            }
        }
        opened
    }
}

/// A vital with its value and score: `Web vital LCP 1.20 s (score 90)`.
fn vital_in_words(name: &str, value: f64, score: Option<f64>, is_sum: bool) -> String {
    let value = match name {
        "CLS" => format!("{value:.3}"),
        _ => human::duration((value * 1e6) as i64),
    };
    let score = score.map_or_else(String::new, |score| {
        format!(" (score {:.0})", score * 100.0)
    });
    let until = if is_sum {
        " up to the end of the page"
    } else {
        ""
    };
    format!("Web vital {name} {value}{score}{until}")
}

/// The beginning of a text, in one line.
fn short(text: &str) -> String {
    let line = single_line(text);
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
