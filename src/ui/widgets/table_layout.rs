//! Where the parts of a table are: header, columns, rows, scroll bar; and the parts that only depend on that.
//!
//! Belongs to [`super::virtual_table`], which says what is in them.

use super::virtual_table::{Column, TableState, Width};
use crate::ui::theme::{Palette, palette, size};
use egui::{CornerRadius, Id, Painter, Rangef, Rect, Sense, Ui, pos2, vec2};
use std::collections::BTreeMap;
use std::ops::Range;

/// Where the parts of a table are this frame.
pub(super) struct Layout {
    pub(super) full: Rect,
    pub(super) header: Rect,
    pub(super) body: Rect,
    pub(super) track: Rect,
    /// Where the columns are scrolled sideways, below the rows; without height where all fit.
    foot: Rect,
    /// What the first column keeps free at its left.
    lead: f32,
    /// Left edges of the columns and the right edge of the last.
    pub(super) edges: Vec<f32>,
    /// Rows that fit, with a fraction.
    pub(super) visible: f64,
}

impl Layout {
    /// Shares out `full`; `header` is the header's height, `row_height` a row's, `lead` what the first column keeps free at its
    /// left.
    pub(super) fn new(
        full: Rect,
        header: f32,
        row_height: f32,
        lead: f32,
        columns: &[Column],
        state: &mut TableState,
    ) -> Self {
        let top = (full.top() + header).min(full.bottom());
        let right = (full.right() - size::SCROLL).max(full.left());
        let mut body = Rect::from_min_max(pos2(full.left(), top), pos2(right, full.bottom()));
        let mut edges = edges(body.x_range(), lead, columns, &state.widths);
        let over = edges.last().map_or(0.0, |end| end - body.right());
        let is_wide = over > 0.5 && body.height() > row_height + size::SCROLL;
        if is_wide {
            body.max.y -= size::SCROLL;
        }
        let revealed = state.reveal_column.take();
        if let Some((left, right)) =
            revealed.and_then(|at| Some((*edges.get(at)?, *edges.get(at + 1)?)))
        {
            let [first, last] = [right - body.right(), left - body.left()];
            state.sideways = state.sideways.max(first).min(last);
        }
        state.sideways = state.sideways.clamp(0.0, over.max(0.0)).round();
        edges.iter_mut().for_each(|edge| *edge -= state.sideways);
        Self {
            full,
            header: Rect::from_min_max(full.min, pos2(full.right(), top)),
            body,
            track: Rect::from_min_max(pos2(right, top), pos2(full.right(), body.bottom())),
            foot: Rect::from_min_max(pos2(body.left(), body.bottom()), pos2(right, full.bottom())),
            lead,
            edges,
            visible: f64::from(body.height().max(0.0)) / f64::from(row_height),
        }
    }

    /// How far the columns can be scrolled sideways, in points.
    pub(super) fn max_sideways(&self) -> f32 {
        let wide = self.edges.first().zip(self.edges.last());
        let wide = wide.map_or(0.0, |(first, last)| self.lead + last - first);
        (wide - self.body.width()).max(0.0)
    }

    pub(super) fn max_offset(&self, rows: u64) -> f64 {
        (rows as f64 - self.visible).max(0.0)
    }

    pub(super) fn visible_rows(&self, offset: f64, rows: u64, row_height: f32) -> Range<u64> {
        if self.body.height() < row_height * 0.25 {
            return 0..0;
        }
        let first = (offset.floor() as u64).min(rows);
        let last = ((offset + self.visible).ceil() as u64).min(rows);
        first..last
    }

    pub(super) fn row_rect(&self, row: u64, offset: f64, row_height: f32) -> Rect {
        // The difference is small and exact; only then is precision given up.
        let top = self.body.top() + ((row as f64 - offset) * f64::from(row_height)) as f32;
        Rect::from_min_size(
            pos2(self.body.left(), top),
            vec2(self.body.width(), row_height),
        )
    }

    pub(super) fn column(&self, index: usize) -> Option<egui::Rangef> {
        let (left, right) = (self.edges.get(index)?, self.edges.get(index + 1)?);
        let is_seen = *left < self.body.right() && *right > self.body.left();
        is_seen.then(|| egui::Rangef::new(*left, *right))
    }
}

/// Left edges of columns, then the right edge of the last.
fn edges(
    across: Rangef,
    lead: f32,
    columns: &[Column],
    chosen: &BTreeMap<String, f32>,
) -> Vec<f32> {
    let fixed = |column: &Column| match (chosen.get(&column.key), column.width) {
        (Some(width), _) => Some(*width),
        (None, Width::Px(width)) => Some(width),
        (None, Width::Rest { .. }) => None,
    };
    let taken: f32 = columns.iter().filter_map(fixed).sum();
    let least = |column: &Column| match (fixed(column), column.width) {
        (None, Width::Rest { min }) => Some(min),
        _ => None,
    };
    let share = share_of(
        across.span() - lead - taken,
        columns.iter().filter_map(least).collect(),
    );
    let mut x = across.min + lead;
    let mut edges = vec![x];
    for column in columns {
        let width = fixed(column).unwrap_or_else(|| match column.width {
            Width::Rest { min } => share.max(min),
            Width::Px(width) => width,
        });
        x += width;
        edges.push(x.round());
    }
    edges
}

/// How wide columns become that share a room, unless the least of one is more: such a column takes its least, and the others share
/// what it leaves.
fn share_of(room: f32, mut least: Vec<f32>) -> f32 {
    least.sort_by(|one, other| other.total_cmp(one));
    let (mut left, mut sharing) = (room, least.len());
    for least in least {
        if least <= left / sharing.max(1) as f32 {
            break;
        }
        (left, sharing) = (left - least, sharing - 1);
    }
    left / sharing.max(1) as f32
}

/// Grey bars where text will be.
pub(super) fn skeleton(
    painter: &Painter,
    layout: &Layout,
    columns: &[Column],
    rect: Rect,
    row: u64,
    p: &Palette,
) {
    for (index, column) in columns.iter().enumerate() {
        let Some(span) = layout.column(index) else {
            continue;
        };
        let room = (span.span() - 2.0 * size::CELL_PAD).max(0.0);
        // Lengths differ as words do, and stay the same from frame to frame.
        let share = 0.35 + 0.4 * ((row.wrapping_mul(7) + index as u64 * 3) % 5) as f32 / 5.0;
        let left = if column.right {
            span.max - size::CELL_PAD - room * share
        } else {
            span.min + size::CELL_PAD
        };
        let bar = Rect::from_min_size(pos2(left, rect.center().y - 4.0), vec2(room * share, 8.0));
        painter.rect_filled(bar, CornerRadius::same(3), p.skeleton);
    }
}

/// The handles beside and below the rows, where there is more than is seen.
pub(super) fn scroll_bars(ui: &Ui, id: Id, layout: &Layout, rows: u64, state: &mut TableState) {
    let down = Handle {
        track: layout.track,
        is_vertical: true,
        share: layout.visible / rows.max(1) as f64,
        max: layout.max_offset(rows),
    };
    down.show(ui, id.with("scroll bar"), &mut state.offset_rows);
    let max = layout.max_sideways();
    let width = layout.body.width();
    let sideways = Handle {
        track: layout.foot,
        is_vertical: false,
        share: f64::from(width / (width + max).max(1.0)),
        max: f64::from(max),
    };
    let mut offset = f64::from(state.sideways);
    sideways.show(ui, id.with("sideways scroll bar"), &mut offset);
    state.sideways = offset as f32;
}

/// A handle that is dragged along a track.
struct Handle {
    track: Rect,
    is_vertical: bool,
    /// How much of all is seen, 0 to 1.
    share: f64,
    /// The greatest offset.
    max: f64,
}

impl Handle {
    fn show(&self, ui: &Ui, id: Id, offset: &mut f64) {
        let axis = usize::from(self.is_vertical);
        let (track, whole) = (self.track, self.track.size()[axis]);
        if self.max <= 0.0 || track.width() <= 0.0 || track.height() <= 0.0 {
            return;
        }
        let length = (f64::from(whole) * self.share) as f32;
        let length = length.clamp(24.0_f32.min(whole), whole);
        let room = (whole - length).max(1.0);
        let start = track.min[axis];
        let response = ui.interact(track, id, Sense::CLICK | Sense::DRAG);
        let grip_id = id.with("grip");
        if let Some(at) = response.interact_pointer_pos() {
            let first = start + (*offset / self.max) as f32 * room;
            // A press on the handle drags it from where it was taken; a press beside it brings it there.
            let taken = ui.data(|data| data.get_temp::<f32>(grip_id));
            let grip = taken.unwrap_or_else(|| {
                let within = at[axis] - first;
                if (0.0..=length).contains(&within) {
                    within
                } else {
                    length / 2.0
                }
            });
            ui.data_mut(|data| data.insert_temp(grip_id, grip));
            let share = f64::from(((at[axis] - grip - start) / room).clamp(0.0, 1.0));
            *offset = share * self.max;
        } else {
            ui.data_mut(|data| data.remove::<f32>(grip_id));
        }
        let p = palette(ui);
        let first = start + (*offset / self.max) as f32 * room + 2.0;
        let lit = response.hovered() || response.dragged();
        let inset = if lit { 2.0 } else { 3.0 };
        let mut handle = track.shrink(inset);
        handle.min[axis] = first;
        handle.max[axis] = first + length - 4.0;
        let color = if lit { p.faint } else { p.border_strong };
        ui.painter()
            .rect_filled(handle, CornerRadius::same(3), color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_column_needs_more_the_others_leave() {
        assert_eq!(share_of(400.0, vec![100.0, 100.0]), 200.0);
        // 232 and 168 fill the room, where 200 and 232 would not fit in.
        assert_eq!(share_of(400.0, vec![160.0, 232.0]), 168.0);
        assert_eq!(share_of(0.0, Vec::new()), 0.0);
        assert!(
            share_of(100.0, vec![80.0, 80.0]) < 80.0,
            "all take their least"
        );
    }

    #[test]
    fn what_is_kept_free_at_the_edge_is_the_first_columns_alone() {
        let columns = [Column::rest("A", 20.0), Column::px("B", 60.0)];
        let across = Rangef::new(10.0, 210.0);
        let at = |lead| edges(across, lead, &columns, &BTreeMap::new());
        assert_eq!(at(0.0), [10.0, 150.0, 210.0]);
        assert_eq!(at(4.0), [14.0, 150.0, 210.0]);
    }
}
