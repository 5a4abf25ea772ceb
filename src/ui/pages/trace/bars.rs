//! What is drawn on and around the bar of a row: its colour, where clocks move it, the critical path, and the
//! rows that stay at the top.

use super::rows::{BAR_HEIGHT, Sheet};
use crate::analysis::{NodeKind, Row};
use crate::app::views::ClockView;
use crate::layout;
use crate::model::trace::Span;
use crate::ui::icons::{Icon, paint_icon};
use crate::ui::theme::size;
use crate::ui::widgets::cell::Cell;
use crate::ui::widgets::fill::Fill;
use egui::{Painter, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// What was done to a row that stays at the top.
pub(super) enum Standing {
    /// The row was clicked, by its place.
    GoTo(usize),
    /// Its cross was.
    Close(usize),
}

impl Sheet<'_> {
    /// What the colours say of a row; a group is as long as its longest member.
    pub(super) fn fill(&self, row: &Row, span: &Span) -> Fill {
        let grouped = &self.visible.grouped;
        let longest = match self.group(row) {
            Some(_) => grouped.figures(row.node).longest,
            None => span.duration,
        };
        self.looks.colors.of(span, longest)
    }

    /// By how many nanoseconds a row is drawn later than it says.
    pub(super) fn moved(&self, row: &Row) -> i64 {
        let facts = self.looks.colors.facts;
        let Some(facts) = facts.filter(|_| self.clocks != ClockView::Recorded) else {
            return 0;
        };
        let grouped = &self.visible.grouped;
        let span = match self.node(row).kind {
            NodeKind::Gap { prev, .. } => Some(prev),
            _ => grouped.waterfall.first_span(row.node),
        };
        span.map_or(0, |span| facts.moved(grouped, span))
    }

    /// The bar as it was recorded, as an outline.
    pub(super) fn paint_ghost(&self, row: &Row, origin: Pos2, painter: &Painter) {
        let whole = [self.node(row).range];
        let segments = self.group(row).map_or(&whole[..], |group| group.segments);
        let stroke = egui::Stroke::new(1.0, self.palette.muted);
        for [from, to] in layout::pieces(segments, &self.scale) {
            let x = origin.x + from..=origin.x + to;
            let half = BAR_HEIGHT / 2.0;
            let outline = Rect::from_x_y_ranges(x, origin.y - half..=origin.y + half);
            painter.rect_stroke(outline, 2.0, stroke, egui::StrokeKind::Inside);
        }
    }

    /// A line below the bar wherever the critical path runs through the row.
    pub(super) fn paint_path(&self, row: &Row, origin: Pos2, painter: &Painter) {
        if !self.looks.path_shown {
            return;
        }
        let on_path = self.visible.grouped.on_path(row.node, row.expanded);
        let y = origin.y + BAR_HEIGHT / 2.0 + 1.0;
        for [from, to] in layout::pieces(on_path, &self.scale.moved(self.moved(row))) {
            let line = Rect::from_x_y_ranges(origin.x + from..=origin.x + to, y..=y + 2.0);
            painter.rect_filled(line, 0.0, self.palette.text);
        }
    }

    /// Paints rows one below the other from the top of `room`, each called `what` and its name; with a cross if they can be
    /// taken away.
    pub(super) fn paint_standing(
        &self,
        ui: &Ui,
        room: Rect,
        bars: Rect,
        (what, closes): (&str, bool),
        rows: &[Row],
    ) -> Option<Standing> {
        let mut done = None;
        let palette = self.palette;
        let painter = ui.painter_at(room);
        for (place, row) in rows.iter().enumerate() {
            let top = room.top() + place as f32 * size::ROW;
            let rect = Rect::from_x_y_ranges(room.x_range(), top..=top + size::ROW);
            let id = ui.scope_id().with((what, row.node));
            let response = ui.interact(rect, id, Sense::click());
            let name = format!("{what} {}", self.name(row));
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            let ground = if response.hovered() {
                palette.hover
            } else {
                palette.window
            };
            painter.rect_filled(rect, 0.0, ground);
            let left = Rect::from_x_y_ranges(rect.left()..=bars.left(), rect.y_range());
            let tree = painter.with_clip_rect(left.intersect(room));
            self.paint_tree(row, &mut Cell::new(&tree, left, palette, false));
            let right = Rect::from_x_y_ranges(bars.left()..=rect.right(), rect.y_range());
            let time = painter.with_clip_rect(right.intersect(room));
            let mut cell = Cell::new(&time, right, palette, false);
            self.paint_bar(row, bars, &mut cell);
            if response.clicked() {
                done = Some(Standing::GoTo(place));
            }
            if closes {
                let cross = pos2(rect.left() + 12.0, rect.center().y);
                let cross = Rect::from_center_size(cross, vec2(16.0, 16.0));
                let close = ui.interact(cross, id.with("close"), Sense::click());
                close.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, format!("Unpin {}", self.name(row)))
                });
                paint_icon(&painter, cross.shrink(2.0), Icon::Close, palette.muted);
                if close.clicked() {
                    done = Some(Standing::Close(place));
                }
            }
        }
        if !rows.is_empty() {
            let y = room.top() + rows.len() as f32 * size::ROW;
            let stroke = egui::Stroke::new(1.0, palette.border_strong);
            painter.hline(room.x_range(), y - 0.5, stroke);
        }
        done
    }
}
