//! The left cell of a row of a waterfall: where it stands in the tree, what it is, what is wrong with it.

use super::find_bar::matches_in_words;
use super::rows::{Sheet, label_of};
use crate::analysis::{NodeKind, Row};
use crate::model::human;
use crate::ui::icons::{Icon, paint_icon};
use crate::ui::pages::issues::kind_icon;
use crate::ui::theme;
use crate::ui::widgets::cell::Cell;
use egui::{CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Indent of one level.
const INDENT: f32 = 14.0;
/// Most of a row's width that is set in: levels beyond are drawn at one indent, so that names stay readable in a deep trace.
const INDENTED: f32 = 0.4;

impl Sheet<'_> {
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
            cell.painter()
                .rect_filled(rect, 0.0, self.repeated_ground());
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
                cell.woven_dot(self.fill(row, span));
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

    /// Lines that lead the eye from a row to its parent.
    fn paint_rails(&self, row: &Row, depth: u32, cell: &Cell<'_>) {
        let stroke = egui::Stroke::new(1.0, self.palette.grid);
        let x = |level: u32| cell.rect.left() + 12.0 + level as f32 * INDENT;
        for level in 0..depth.saturating_sub(1).min(31) {
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

    /// A chevron as a widget of its own; true when it was clicked.
    pub(super) fn chevron(&self, ui: &Ui, at: u64, rect: Rect) -> bool {
        let Some(row) = self.visible.rows.get(at as usize) else {
            return false;
        };
        let response = ui.interact(rect, ui.scope_id().with(("chevron", at)), Sense::CLICK);
        response.widget_info(|| {
            let verb = if row.expanded { "Collapse" } else { "Expand" };
            WidgetInfo::labeled(Role::Button, true, format!("{verb} {}", self.name(&row)))
        });
        if response.hovered() {
            ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        }
        response.clicked()
    }
}

/// The last level that is set in further than the one before, in a column of this width.
fn deepest_indent(width: f32) -> u32 {
    (width * INDENTED / INDENT).max(1.0) as u32
}
