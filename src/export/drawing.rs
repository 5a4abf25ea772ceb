//! The waterfall as shapes on paper: what the SVG writes and the PNG paints, so that both show the same.
//!
//! Sizes are points. The rows are those one sees at first, groups folded; of more than `most` rows the rest is counted in
//! a last line.

use crate::analysis::{Expansion, GroupOptions, NodeKind, SpanTree, Waterfall, visible_rows};
use crate::layout::{Picture, Placement, RowGeometry, TimeScale, ruler_ticks};
use crate::model::batch::SpanStatus;
use crate::model::conventions::{Category, category};
use crate::model::human::{self, Clock};
use crate::model::trace::Trace;

/// What a shape is painted with; each theme has a colour for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ink {
    /// The ground.
    Ground,
    /// Every other row.
    Stripe,
    /// Lines of the ruler.
    Grid,
    /// What is read first.
    Text,
    /// What is read next.
    Muted,
    /// What went wrong.
    Error,
    /// A kind of work.
    Work(Category),
}

/// A shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled rectangle: left, top, width, height.
    Rect([f32; 4], Ink),
    /// A text.
    Text(Line),
}

/// A text on one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Left end.
    pub x: f32,
    /// Base line.
    pub y: f32,
    /// What is shown, cut to its room.
    pub text: String,
    /// The whole text, where it was cut.
    pub whole: Option<String>,
    /// Its colour.
    pub ink: Ink,
    /// Size of the font.
    pub size: f32,
    /// Whether it is heavy.
    pub strong: bool,
}

/// Shapes on paper, the first below the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Width and height.
    pub size: [f32; 2],
    /// The shapes.
    pub shapes: Vec<Shape>,
}

/// Width of the paper.
const WIDTH: f32 = 1_200.0;
/// Width of the titles.
const TITLES: f32 = 460.0;
const MARGIN: f32 = 16.0;
const ROW: f32 = 20.0;
const HEAD: f32 = 84.0;
const BAR: f32 = 12.0;
const INDENT: f32 = 12.0;
/// Deeper rows are not moved further in.
const DEEPEST: u32 = 16;
/// About the width of a character, as a share of its font's size.
const CHARACTER: f32 = 0.56;
const SMALL: f32 = 11.0;

/// Draws a trace.
pub fn draw(trace: &Trace, most: usize) -> Drawing {
    let tree = SpanTree::new(trace);
    let waterfall = Waterfall::new(trace, &tree, GroupOptions::ALL);
    let rows = visible_rows(&waterfall, &Expansion::default());
    let picture = Picture {
        trace,
        tree: &tree,
        waterfall: &waterfall,
        rows: &rows,
    };
    let scale = TimeScale::new(trace.range(), WIDTH - TITLES - 2.0 * MARGIN);
    let shown = rows.len().min(most);
    let left_out = rows.len() - shown;
    let legend = legend(&picture);
    let lines = shown + usize::from(left_out > 0);
    let height = HEAD + lines as f32 * ROW + if legend.is_empty() { 0.0 } else { 32.0 } + MARGIN;
    let mut paper = Paper {
        shapes: vec![Shape::Rect([0.0, 0.0, WIDTH, height], Ink::Ground)],
    };
    paper.head(trace, &picture);
    for place in (0..shown).filter(|place| place % 2 == 1) {
        let top = HEAD + place as f32 * ROW;
        paper.rect([0.0, top, WIDTH, ROW], Ink::Stripe);
    }
    paper.ruler(&scale, HEAD + shown as f32 * ROW);
    let width = |text: &str| text.chars().count() as f32 * SMALL * CHARACTER;
    for geometry in picture.geometry(0..shown, &scale, width) {
        paper.row(&picture, &geometry);
    }
    let mut bottom = HEAD + lines as f32 * ROW;
    if left_out > 0 {
        let text = format!("and {} more", human::counted(left_out as u64, "row"));
        paper.text([MARGIN, bottom - 6.0], text, Ink::Muted, SMALL, false);
    }
    bottom += 20.0;
    let mut x = MARGIN;
    for category in legend {
        paper.rect([x, bottom - 9.0, 10.0, 10.0], Ink::Work(category));
        paper.text(
            [x + 16.0, bottom],
            category.name().to_owned(),
            Ink::Muted,
            SMALL,
            false,
        );
        x += 36.0 + width(category.name());
    }
    Drawing {
        size: [WIDTH, height],
        shapes: paper.shapes,
    }
}

/// The kinds of work that are on it, in the order of every legend.
fn legend(picture: &Picture) -> Vec<Category> {
    let mut there = [false; Category::ALL.len()];
    for span in &picture.trace.spans {
        there[category(&span.op) as usize] = true;
    }
    let all = Category::ALL.into_iter();
    all.filter(|category| there[*category as usize]).collect()
}

struct Paper {
    shapes: Vec<Shape>,
}

impl Paper {
    fn rect(&mut self, rect: [f32; 4], ink: Ink) {
        self.shapes.push(Shape::Rect(rect, ink));
    }

    fn text(&mut self, [x, y]: [f32; 2], text: String, ink: Ink, size: f32, strong: bool) {
        self.shapes.push(Shape::Text(Line {
            x,
            y,
            text,
            whole: None,
            ink,
            size,
            strong,
        }));
    }

    /// A text cut to a width; gives the width that it takes.
    fn cut(
        &mut self,
        at: [f32; 2],
        text: &str,
        room: f32,
        ink: Ink,
        size: f32,
        strong: bool,
    ) -> f32 {
        let (shown, whole) = cut(text, room, size);
        let width = shown.chars().count() as f32 * size * CHARACTER;
        self.text(at, shown, ink, size, strong);
        if let Some(Shape::Text(line)) = self.shapes.last_mut() {
            line.whole = whole;
        }
        width
    }

    fn head(&mut self, trace: &Trace, picture: &Picture) {
        let title = root_title(picture);
        self.cut(
            [MARGIN, 26.0],
            &title,
            WIDTH - 2.0 * MARGIN,
            Ink::Text,
            16.0,
            true,
        );
        let facts = facts(trace).join("  ·  ");
        self.cut(
            [MARGIN, 46.0],
            &facts,
            WIDTH - 2.0 * MARGIN,
            Ink::Muted,
            SMALL,
            false,
        );
    }

    fn ruler(&mut self, scale: &TimeScale, bottom: f32) {
        for tick in ruler_ticks(scale) {
            let x = MARGIN + TITLES + tick.x;
            self.rect([x, HEAD - 6.0, 1.0, bottom - HEAD + 6.0], Ink::Grid);
            if x < WIDTH - 56.0 {
                self.text([x + 4.0, HEAD - 8.0], tick.label, Ink::Muted, 10.0, false);
            }
        }
    }

    fn row(&mut self, picture: &Picture, geometry: &RowGeometry) {
        let row = &picture.rows[geometry.row];
        let top = HEAD + geometry.row as f32 * ROW;
        let base = top + 14.0;
        let node = picture.waterfall.node(row.node);
        let failed = picture.waterfall.first_span(row.node).is_some_and(|span| {
            node.count == 1 && picture.trace.spans[span.at()].status == SpanStatus::Error
        });
        let mut x = MARGIN + row.depth.min(DEEPEST) as f32 * INDENT;
        let right = MARGIN + TITLES - 12.0;
        let (op, text) = row_title(picture, row.node);
        if !op.is_empty() {
            x += self.cut([x, base], &op, (right - x) / 2.0, Ink::Text, SMALL, true) + 8.0;
        }
        let ink = if failed || node.errors > 0 {
            Ink::Error
        } else {
            Ink::Muted
        };
        self.cut([x, base], &text, right - x, ink, SMALL, false);
        let left = MARGIN + TITLES;
        let work = match picture.waterfall.first_span(row.node) {
            Some(span) => Ink::Work(category(&picture.trace.spans[span.at()].op)),
            None => Ink::Error,
        };
        let is_gap = matches!(node.kind, NodeKind::Gap { .. });
        for [from, to] in &geometry.pieces {
            let (height, ink) = if is_gap {
                (2.0, Ink::Muted)
            } else {
                (BAR, work)
            };
            let rect = [
                left + from,
                top + (ROW - height) / 2.0,
                (to - from).max(1.0),
                height,
            ];
            self.rect(rect, ink);
        }
        for mark in &geometry.marks {
            self.rect([left + mark - 1.0, top + 2.0, 3.0, ROW - 4.0], Ink::Error);
        }
        let ink = match geometry.label.placement {
            Placement::Inside => Ink::Ground,
            Placement::Right | Placement::Left => Ink::Muted,
        };
        let (x, text) = (left + geometry.label.x, geometry.label.text.clone());
        self.text([x, base], text, ink, SMALL, false);
    }
}

/// A text and, if it had to be cut to its room, the whole of it. Never with a line break.
fn cut(text: &str, room: f32, size: f32) -> (String, Option<String>) {
    let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let most = (room / (size * CHARACTER)).max(1.0) as usize;
    match plain.char_indices().nth(most) {
        None => (plain, None),
        Some(_) => {
            let kept: String = plain.chars().take(most.saturating_sub(1)).collect();
            (kept + "…", Some(plain))
        }
    }
}

/// The name of what lies at the top.
pub(super) fn root_title(picture: &Picture) -> String {
    let mut tops = picture.waterfall.tops().iter();
    let span = tops.find_map(|top| picture.waterfall.first_span(*top));
    let span = span.map(|span| &picture.trace.spans[span.at()]);
    let name = span.map(|span| {
        if span.name.is_empty() {
            &span.description
        } else {
            &span.name
        }
    });
    match name {
        Some(name) if !name.is_empty() => name.to_string(),
        _ => format!("Trace {}", picture.trace.id),
    }
}

/// When, how long, how many. Times are UTC: whoever gets the export may be anywhere.
pub(super) fn facts(trace: &Trace) -> Vec<String> {
    let range = trace.range();
    let mut facts = vec![
        format!("{} UTC", human::date_time(range.start, Clock::Utc)),
        human::duration(range.duration()),
        human::counted(trace.spans.len() as u64, "span"),
    ];
    for (count, noun) in [
        (trace.logs.len(), "log record"),
        (trace.errors.len(), "error"),
    ] {
        if count > 0 {
            facts.push(human::counted(count as u64, noun));
        }
    }
    facts.push(format!("trace {}", trace.id));
    facts
}

/// What a row says: operation and text. A group begins with how many it stands for.
pub(super) fn row_title(picture: &Picture, node: crate::analysis::NodeIndex) -> (String, String) {
    let title = picture.title(node);
    let found = picture.waterfall.node(node);
    let text = match found.kind {
        NodeKind::Gap { .. } => "Nothing was recorded here".to_owned(),
        _ if title.service.is_empty() => title.text.to_owned(),
        _ => format!("{}  ·  {}", title.text, title.service),
    };
    let op = match picture.waterfall.group(node) {
        Some(group) if group.motif > 1 => format!("{} × {} spans", group.rounds, group.motif),
        Some(_) => format!("{} × {}", found.count, title.op),
        None => title.op.to_owned(),
    };
    (op, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;

    #[test]
    fn everything_lies_on_the_paper() {
        let spans: Vec<_> = (1..=40)
            .map(|n| (n, n - 1, n as i64 * 10, 5_000 - n as i64))
            .collect();
        let drawing = draw(&trace(&spans), 12);
        let [width, height] = drawing.size;
        for shape in &drawing.shapes {
            if let Shape::Rect([x, y, w, h], _) = shape {
                assert!(
                    *x >= 0.0 && x + w <= width + 1.0 && *y >= 0.0 && y + h <= height,
                    "{shape:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let spans: Vec<_> = (1..=40).map(|n| (n, n - 1, n as i64, 5_000)).collect();
        let mut long = trace(&spans);
        for (n, span) in long.spans.iter_mut().enumerate() {
            span.op = format!("op{n}").into();
        }
        let left_out = |most: usize| {
            let drawing = draw(&long, most);
            let lines = drawing.shapes.iter().filter_map(|shape| match shape {
                Shape::Text(line) => line
                    .text
                    .strip_prefix("and ")?
                    .split(' ')
                    .next()?
                    .parse::<usize>()
                    .ok(),
                Shape::Rect(..) => None,
            });
            lines.sum::<usize>()
        };
        assert!(left_out(1) > 0);
        assert_eq!(left_out(1), left_out(3) + 2);
        assert_eq!(left_out(1_000), 0);
    }

    #[test]
    fn long_texts_are_cut_and_kept() {
        assert_eq!(cut("a\n b", 100.0, 10.0), ("a b".to_owned(), None));
        assert_eq!(
            cut("abcdefghij", 28.0, 10.0),
            ("abcd…".to_owned(), Some("abcdefghij".to_owned()))
        );
    }
}
