//! What a cell of a table is made of: text, dots, bars and badges in one line.
//!
//! Items flow from the left edge, or from the right edge in columns of numbers. Text takes what room is left and is cut
//! with an ellipsis; the cell remembers what was cut so that the table can show it whole on hover.

use super::fill::{Fill, Weave};
use super::text::{one_line, truncated_galley};
use crate::ui::icons::{Icon, paint_icon};
use crate::ui::theme::{self, Palette, size};
use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, pos2, vec2};
use std::sync::Arc;

/// One cell while it is painted.
pub struct Cell<'a> {
    /// The line that items stand in, padding included.
    pub rect: Rect,
    /// The whole cell: more lines than one where rows are that high.
    pub block: Rect,
    /// Whether the row is selected.
    pub selected: bool,
    /// Whether the pointer is on the row.
    pub hovered: bool,
    /// The colours in force.
    pub palette: &'static Palette,
    painter: &'a Painter,
    right: bool,
    left_edge: f32,
    right_edge: f32,
    cut: Option<String>,
    measures: bool,
}

impl<'a> Cell<'a> {
    /// A cell to paint into `rect`; `right` lets items flow from the right edge.
    pub fn new(painter: &'a Painter, rect: Rect, palette: &'static Palette, right: bool) -> Self {
        Self {
            rect,
            block: rect,
            selected: false,
            hovered: false,
            palette,
            painter,
            right,
            left_edge: rect.left() + size::CELL_PAD,
            right_edge: rect.right() - size::CELL_PAD,
            cut: None,
            measures: false,
        }
    }

    /// A part of the cell as a cell of its own, for a second line.
    pub fn part(&self, rect: Rect) -> Self {
        let mut part = Self::new(self.painter, rect, self.palette, self.right);
        part.selected = self.selected;
        part.hovered = self.hovered;
        part.measures = self.measures;
        part
    }

    /// A cell without end that only tells how much of it is used.
    pub fn measuring(painter: &'a Painter, palette: &'static Palette, right: bool) -> Self {
        let endless = Rect::from_min_size(Pos2::ZERO, vec2(100_000.0, size::ROW));
        Self {
            measures: true,
            ..Self::new(painter, endless, palette, right)
        }
    }

    /// The width of what was painted so far, in points, padding included.
    pub fn used(&self) -> f32 {
        let left = self.left_edge - self.rect.left();
        let right = self.rect.right() - self.right_edge;
        left + right
    }

    /// The painter, clipped to the cell, for what the helpers cannot do.
    pub fn painter(&self) -> &Painter {
        self.painter
    }

    /// Points left for further items.
    pub fn room(&self) -> f32 {
        (self.right_edge - self.left_edge).max(0.0)
    }

    /// The text that was cut, if any; given once.
    pub fn take_cut(&mut self) -> Option<String> {
        self.cut.take()
    }

    /// Ordinary text.
    pub fn text(&mut self, text: &str) {
        self.styled(text, theme::body(), self.palette.text);
    }

    /// Text that matters more.
    pub fn strong(&mut self, text: &str) {
        self.styled(text, theme::strong(), self.palette.text);
    }

    /// Secondary text.
    pub fn muted(&mut self, text: &str) {
        self.styled(text, theme::body(), self.palette.muted);
    }

    /// Text of least weight.
    pub fn faint(&mut self, text: &str) {
        self.styled(text, theme::body(), self.readable(self.palette.faint));
    }

    /// Ids and raw values.
    pub fn mono(&mut self, text: &str) {
        self.styled(text, theme::mono(), self.palette.text);
    }

    /// Ids and raw values of less weight.
    pub fn mono_muted(&mut self, text: &str) {
        self.styled(text, theme::mono(), self.palette.muted);
    }

    /// Ordinary text in a colour, which is adjusted where it would not read.
    pub fn colored(&mut self, text: &str, color: Color32) {
        self.styled(text, theme::body(), self.readable(color));
    }

    /// Text in any font and colour.
    pub fn styled(&mut self, text: &str, font: FontId, color: Color32) {
        let galley = truncated_galley(self.painter, text, font, color, self.room());
        self.place(galley, text);
    }

    /// Text of several styles.
    pub fn job(&mut self, mut job: LayoutJob) {
        let whole = job.text.clone();
        job.wrap = one_line(self.room());
        let galley = self.painter.layout_job(job);
        self.place(galley, &whole);
    }

    /// Text of several styles that fills the lines of the cell.
    pub fn wrapped(&mut self, mut job: LayoutJob) {
        let line = size::TEXT_LINE;
        let lines = 1.0 + ((self.block.height() - size::ROW) / line).floor().max(0.0);
        if lines <= 1.0 || self.measures {
            return self.job(job);
        }
        let whole = job.text.clone();
        job.wrap = TextWrapping {
            max_width: self.room(),
            max_rows: lines as usize,
            break_anywhere: false,
            overflow_character: Some('…'),
        };
        let galley = self.painter.layout_job(job);
        if galley.elided {
            self.cut = Some(whole);
        }
        let at = pos2(self.left_edge, self.rect.top() + (size::ROW - line) / 2.0);
        let color = self.palette.text;
        self.painter.galley(snap(self.painter, at), galley, color);
        self.space(self.room());
    }

    /// A filled circle, as a key to a colour.
    pub fn dot(&mut self, color: Color32) {
        let rect = self.take(8.0, 8.0);
        self.painter.circle_filled(rect.center(), 4.0, color);
        self.space(6.0);
    }

    /// The same with a weave.
    pub fn woven_dot(&mut self, fill: Fill) {
        if fill.weave == Weave::Plain {
            return self.dot(fill.color);
        }
        let rect = self.take(8.0, 8.0);
        fill.paint(self.painter, rect, 4.0, self.palette);
        self.space(6.0);
    }

    /// An icon.
    pub fn icon(&mut self, icon: Icon, color: Color32) {
        let rect = self.take(size::ICON, size::ICON);
        paint_icon(self.painter, rect, icon, color);
        self.space(4.0);
    }

    /// An icon at the far end of the cell, so that no text pushes it out; painted before what flows.
    pub fn end_icon(&mut self, icon: Icon, color: Color32) {
        self.right = !self.right;
        self.icon(icon, color);
        self.right = !self.right;
    }

    /// A bar over the room left, filled by `fraction` of it.
    pub fn bar(&mut self, fraction: f32, color: Color32) {
        self.stacked_bar(&[(fraction, color)]);
    }

    /// A bar over the room left, of parts by their fractions of it.
    pub fn stacked_bar(&mut self, parts: &[(f32, Color32)]) {
        // A bar takes what there is; where nothing bounds it, as much as tells one from another.
        let room = if self.measures { 60.0 } else { self.room() };
        let rect = self.take(room, 6.0);
        let corner = CornerRadius::same(2);
        let track = theme::mix(self.palette.panel, self.palette.border, 0.7);
        self.painter.rect_filled(rect, corner, track);
        let mut x = rect.left();
        for (fraction, color) in parts {
            let fraction = if fraction.is_finite() { *fraction } else { 0.0 };
            let width = (rect.width() * fraction.clamp(0.0, 1.0)).min(rect.right() - x);
            if width > 0.0 {
                let part = Rect::from_min_size(pos2(x, rect.top()), vec2(width.max(1.0), 6.0));
                self.painter
                    .rect_filled(part, CornerRadius::same(1), *color);
                x += width;
            }
        }
    }

    /// Bars side by side over the room left, each by its share of the greatest; nothing where all are 0.
    pub fn spark(&mut self, values: &[u32], color: Color32) {
        let room = if self.measures { 60.0 } else { self.room() };
        let rect = self.take(room, 16.0);
        let greatest = values.iter().copied().max().unwrap_or(0);
        let step = rect.width() / values.len().max(1) as f32;
        let line = theme::mix(self.palette.panel, self.palette.border, 0.7);
        let base = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 1.0), rect.max);
        self.painter.rect_filled(base, CornerRadius::ZERO, line);
        for (at, value) in values.iter().enumerate().filter(|(_, value)| **value > 0) {
            let height = (rect.height() * *value as f32 / greatest as f32).max(2.0);
            let left = rect.left() + at as f32 * step;
            let bar = Rect::from_min_max(
                pos2(left, rect.bottom() - height),
                pos2(left + (step - 1.0).max(1.0), rect.bottom()),
            );
            self.painter.rect_filled(bar, CornerRadius::ZERO, color);
        }
    }

    /// A short word on a coloured ground; without room for it, it is told on hover only.
    pub fn badge(&mut self, text: &str, color: Color32) {
        if self.room() < 28.0 {
            self.cut = Some(text.to_owned());
            return;
        }
        let ink = self.palette.as_text(color);
        let room = self.room() - 10.0;
        let font = theme::small();
        let galley = truncated_galley(self.painter, text, font, ink, room);
        if galley.elided {
            self.cut = Some(text.to_owned());
        }
        let rect = self.take(galley.size().x + 10.0, 16.0);
        let corner = CornerRadius::same(size::CORNER);
        self.painter
            .rect_filled(rect, corner, self.palette.soft(color));
        let at = rect.center() - galley.size() / 2.0;
        self.painter.galley(at, galley, ink);
        self.space(6.0);
    }

    /// Leaves what a text of so many figures would have taken, so that what follows stands in line with the other rows.
    pub fn room_of_figures(&mut self, figures: usize) {
        let galley =
            self.painter
                .layout_no_wrap("0".repeat(figures), theme::mono(), self.palette.text);
        let whole = galley.size().x + 6.0 + 2.0 * size::CELL_PAD;
        self.space((whole - self.used()).clamp(0.0, self.room()));
    }

    /// Leaves `width` points free.
    pub fn space(&mut self, width: f32) {
        if self.right {
            self.right_edge -= width;
        } else {
            self.left_edge += width;
        }
    }

    /// Words to be shown on hover, below what was cut.
    pub fn hint(&mut self, text: &str) {
        self.cut = Some(match self.cut.take() {
            Some(cut) => format!("{cut}\n{text}"),
            None => text.to_owned(),
        });
    }

    /// Text colours are checked against the panel; on a selected row ordinary text is safe.
    fn readable(&self, color: Color32) -> Color32 {
        let ground = if self.selected {
            self.palette.accent_soft
        } else {
            self.palette.panel
        };
        if theme::contrast(color, ground) < 4.5 {
            self.palette.as_text(color)
        } else {
            color
        }
    }

    fn place(&mut self, galley: Arc<Galley>, whole: &str) {
        if galley.elided {
            self.cut = Some(whole.to_owned());
        }
        let rect = self.take(galley.size().x, galley.size().y);
        let color = self.palette.text;
        self.painter
            .galley(snap(self.painter, rect.min), galley, color);
        self.space(6.0);
    }

    fn take(&mut self, width: f32, height: f32) -> Rect {
        let width = width.min(self.room());
        let top = self.rect.center().y - height / 2.0;
        let left = if self.right {
            self.right_edge - width
        } else {
            self.left_edge
        };
        self.space(width);
        Rect::from_min_size(pos2(left, top), vec2(width, height))
    }
}

/// Text on whole pixels stays sharp.
fn snap(painter: &Painter, at: Pos2) -> Pos2 {
    let scale = painter.pixels_per_point();
    pos2(
        (at.x * scale).round() / scale,
        (at.y * scale).round() / scale,
    )
}
