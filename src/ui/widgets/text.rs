//! One line of text that must fit: cut with an ellipsis, whole on hover.

use crate::analysis::ansi;
use crate::model::human;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, FontId, Galley, Painter, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::borrow::Cow;
use std::sync::Arc;

/// Longest text laid out in one line, in bytes; the rest could not be seen anyway.
const MAX_LINE: usize = 2_000;
/// Longest text laid out in many lines, in bytes: more would cost a frame more than reading it is worth.
const MAX_TEXT: usize = 20_000;

/// Lays out one line no wider than `width` points; [`Galley::elided`] tells whether it was cut.
///
/// Line breaks are shown as spaces, so a line stays a line.
pub fn truncated_galley(
    painter: &Painter,
    text: &str,
    font: FontId,
    color: Color32,
    width: f32,
) -> Arc<Galley> {
    let mut job = LayoutJob {
        wrap: one_line(width),
        break_on_newline: false,
        ..LayoutJob::default()
    };
    job.append(&single_line(text), 0.0, TextFormat::simple(font, color));
    painter.layout_job(job)
}

/// Wrapping to one line of `width` points that ends in an ellipsis when cut.
pub fn one_line(width: f32) -> TextWrapping {
    TextWrapping {
        max_width: width.max(0.0),
        max_rows: 1,
        break_anywhere: true,
        overflow_character: Some('…'),
    }
}

/// `text` without terminal sequences and control characters, and not longer than a line can show.
pub fn single_line(text: &str) -> String {
    let end = text
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| *at >= MAX_LINE)
        .unwrap_or(text.len());
    ansi::plain(text.get(..end).unwrap_or(text))
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The part of a long text that is worth laying out, which says how much of it that is; beyond it, copying is the way to
/// read.
pub fn readable(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT {
        return Cow::Borrowed(text);
    }
    let shown = &text[..text.floor_char_boundary(MAX_TEXT)];
    let note = human::first_of(shown.len() as u64, text.len() as u64, "byte");
    Cow::Owned(format!("{shown}… ({note})"))
}

/// A label of one line that fits the space left, with the whole text on hover when it was cut.
pub fn truncated_label(ui: &mut Ui, text: &str, font: FontId, color: Color32) -> Response {
    let galley = truncated_galley(ui.painter(), text, font, color, ui.available_width());
    let height = galley
        .size()
        .y
        .max(ui.text_style_height(&egui::TextStyle::Body));
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    let elided = galley.elided;
    ui.painter().galley(at, galley, color);
    if elided {
        response.on_hover_text(text)
    } else {
        response
    }
}
