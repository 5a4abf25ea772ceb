//! The right cell of a row of a waterfall: when it ran, how long, and what its colour says.

use super::rows::{BAR_HEIGHT, Sheet};
use crate::analysis::{NodeKind, Row};
use crate::app::settings::Coloring;
use crate::app::views::ClockView;
use crate::layout::{self, Placement, RowGeometry};
use crate::model::batch::SpanStatus;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::fill::{Fill, Weave};
use egui::{Align2, Color32, Painter, Pos2, Rect, pos2, vec2};

impl Sheet<'_> {
    /// Paints the right cell.
    pub(super) fn paint_bar(&self, row: &Row, bars: Rect, cell: &mut Cell<'_>) {
        let palette = self.palette;
        let painter = cell
            .painter()
            .with_clip_rect(cell.painter().clip_rect().intersect(bars));
        if self.is_repeated_query(row) && !cell.selected {
            painter.rect_filled(cell.rect, 0.0, self.repeated_ground());
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
        let fill = self.bar_fill(row);
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
                _ => fill.paint(&painter, piece, 2.0, palette),
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

    pub(super) fn bar_fill(&self, row: &Row) -> Fill {
        let failed = self
            .span(row)
            .is_some_and(|span| span.status == SpanStatus::Error);
        match self.node(row).kind {
            NodeKind::Siblings(_) | NodeKind::Repeats(_)
                if self.looks.colors.by == Coloring::Category && self.is_repeated_query(row) =>
            {
                self.palette.accent.into()
            }
            _ if failed => self.palette.error.into(),
            _ => {
                let span = self.span(row);
                span.map_or(self.palette.faint.into(), |span| self.fill(row, span))
            }
        }
    }

    fn paint_duration(&self, row: &Row, geometry: &RowGeometry, origin: Pos2, painter: &Painter) {
        if matches!(self.node(row).kind, NodeKind::Error(_)) || geometry.pieces.is_empty() {
            return;
        }
        let at = origin + vec2(geometry.label.x, 0.0);
        let text = &geometry.label.text;
        match geometry.label.placement {
            Placement::Right | Placement::Left => {
                let color = self.palette.muted;
                painter.text(at, Align2::LEFT_CENTER, text, theme::small(), color);
            }
            Placement::Inside => {
                let fill = self.bar_fill(row);
                self.paint_inside(text, at, Align2::LEFT_CENTER, fill, painter);
            }
        }
    }

    /// Text on a bar; a weave has a plain ground below it.
    pub(super) fn paint_inside(
        &self,
        text: &str,
        at: Pos2,
        align: Align2,
        fill: Fill,
        painter: &Painter,
    ) {
        let color = self.palette.on(fill.color);
        let galley = painter.layout_no_wrap(text.to_owned(), theme::small(), color);
        let rect = align.anchor_size(at, galley.size());
        if fill.weave != Weave::Plain {
            let ground = Rect::from_center_size(rect.center(), vec2(rect.width(), BAR_HEIGHT));
            painter.rect_filled(ground.expand2(vec2(3.0, 0.0)), 2.0, fill.color);
        }
        painter.galley(rect.min, galley, color);
    }
}

/// A hatched stretch: nobody knows what happened there.
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
