//! A JSON value as a tree of lines that fold.

use super::text::truncated_label;
use crate::analysis::json_tree::{self, Line};
use crate::model::human;
use crate::ui::icons::{Icon, focus_ring, paint_icon};
use crate::ui::theme::{self, palette};
use egui::{Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest text that is read as a tree, in bytes: a larger one would cost a frame.
const LONGEST: usize = 256 * 1024;
/// Lines shown of one value.
const MOST_LINES: usize = 500;
/// Height of a line in points.
const LINE: f32 = 20.0;
/// Values whose lines are kept.
const KEPT: usize = 64;

/// A text, and the lines it has if it is a tree.
type Known = (String, Option<Arc<[Line]>>);

/// What is remembered of values: their lines, so that they are read once, and which of them are folded.
#[derive(Clone, Debug, Default)]
pub struct JsonTrees {
    known: BTreeMap<String, Known>,
    /// Lines that are open, by the value's key and their place in it. At first all are closed.
    open: BTreeSet<(String, usize)>,
}

impl JsonTrees {
    /// The lines of a value, known by a key; `None` when it is no tree.
    pub fn lines(&mut self, key: &str, text: &str) -> Option<Arc<[Line]>> {
        if !text.starts_with(['{', '[']) || text.len() > LONGEST {
            return None;
        }
        if let Some((known, lines)) = self.known.get(key)
            && known == text
        {
            return lines.clone();
        }
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        let lines: Option<Arc<[Line]>> = json_tree::lines(text).map(Into::into);
        self.known
            .insert(key.to_owned(), (text.to_owned(), lines.clone()));
        lines
    }

    fn is_open(&self, key: &str, at: usize) -> bool {
        self.open.contains(&(key.to_owned(), at))
    }

    fn turn(&mut self, key: &str, at: usize) {
        let place = (key.to_owned(), at);
        if !self.open.remove(&place) {
            self.open.insert(place);
        }
    }
}

/// Shows the lines of a value, but for the outermost, which stands for all of it.
pub fn json_lines(ui: &mut Ui, key: &str, lines: &[Line], trees: &mut JsonTrees) {
    let mut at = 1;
    let mut shown = 0;
    while let Some(line) = lines.get(at) {
        if shown == MOST_LINES {
            let text = human::first_of(shown as u64, lines.len() as u64, "line");
            let note = RichText::new(format!("{text}; copy the value to read it all"));
            ui.label(note.font(theme::small()).color(palette(ui).faint));
            return;
        }
        shown += 1;
        let open = trees.is_open(key, at);
        if line.holds {
            if branch(ui, line, open) {
                trees.turn(key, at);
            }
        } else {
            leaf(ui, line);
        }
        at = if line.holds && !open {
            line.end
        } else {
            at + 1
        };
    }
}

/// A line that holds others; whether it was clicked.
fn branch(ui: &mut Ui, line: &Line, open: bool) -> bool {
    let p = palette(ui);
    let text = format!("{} {}", line.key, line.value);
    let text = text.trim_start().to_owned();
    let painter = ui.painter();
    let galley = painter.layout_no_wrap(text, theme::mono_small(), p.muted);
    // No wider than what it shows: the buttons of the value lie over the room beside it.
    let wanted = (indent(line) + 16.0 + galley.size().x).min(ui.available_width());
    let (rect, response) = ui.allocate_exact_size(vec2(wanted, LINE), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::Button,
            true,
            open,
            format!("{} {}", line.key, line.value),
        )
    });
    let symbol = if open {
        Icon::ChevronDown
    } else {
        Icon::ChevronRight
    };
    let left = rect.left() + indent(line);
    let square = Rect::from_min_size(pos2(left, rect.top()), vec2(12.0, rect.height()));
    paint_icon(ui.painter(), square, symbol, p.faint);
    let at = pos2(left + 16.0, rect.center().y - galley.size().y / 2.0);
    ui.painter_at(rect).galley(at, galley, p.muted);
    focus_ring(ui, rect, &response);
    response.clicked()
}

fn leaf(ui: &mut Ui, line: &Line) {
    let p = palette(ui);
    ui.horizontal(|ui| {
        ui.set_height(LINE);
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_space(indent(line) + 16.0);
        ui.label(
            RichText::new(&line.key)
                .font(theme::mono_small())
                .color(p.muted),
        );
        truncated_label(ui, &line.value, theme::mono_small(), p.text);
    });
}

fn indent(line: &Line) -> f32 {
    // Deeper levels stay where there is room for text.
    12.0 * line.depth.clamp(1, 13) as f32 - 12.0
}
