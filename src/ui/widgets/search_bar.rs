//! A search field: one line with syntax colours, an error under its place, and completions.
//!
//! What the words mean is the caller's: tokens, the error and the suggestions come as plain data about the text, and
//! may be one key press old, so every range is clipped to the text there is.

use crate::ui::icons::{Icon, icon_button, paint_icon};
use crate::ui::theme::{self, Palette, palette, size};
use egui::text::{CCursor, CharIndex, LayoutJob, TextFormat};
use egui::text_selection::CCursorRange;
use egui::text_selection::text_cursor_state::byte_index_from_char_index;
use egui::{
    Color32, Context, CornerRadius, EventFilter, Frame, Id, Key, Margin, Modifiers, Popup,
    PopupCloseBehavior, Pos2, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, TextEdit,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use std::ops::Range;

const HEIGHT: f32 = 28.0;

/// What a part of the text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A field, as in `status:`.
    Key,
    /// `:`, `>`, brackets.
    Operator,
    /// A value.
    Value,
    /// Free text.
    Text,
    /// `AND`, `OR`, `NOT`.
    Keyword,
    /// What cannot be read.
    Error,
}

/// Something the text could go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What would be inserted.
    pub label: String,
    /// A note beside it, such as a count.
    pub detail: String,
}

/// What the user did.
#[derive(Debug)]
pub struct SearchOutput {
    /// The text field.
    pub response: Response,
    /// The text is another than before.
    pub changed: bool,
    /// Enter was pressed.
    pub committed: bool,
    /// The text was cleared by the button.
    pub cleared: bool,
    /// The suggestion picked; inserting it is the caller's business, see [`set_cursor`].
    pub picked: Option<usize>,
    /// Where the cursor is, in bytes.
    pub cursor: usize,
    /// Whether the field has the keyboard.
    pub focused: bool,
    /// Whether the pointer is on the list of suggestions.
    pub pointed: bool,
}

/// A search field about to be shown.
pub struct SearchBar<'a> {
    label: &'a str,
    text: &'a mut String,
    placeholder: &'a str,
    error: Option<(Range<usize>, String)>,
    tokens: &'a [(Range<usize>, TokenKind)],
    suggestions: &'a [Suggestion],
    width: Option<f32>,
    icon: Icon,
}

/// What is remembered about the list of completions.
#[derive(Clone, Copy, Debug, Default)]
struct Completion {
    /// The one the arrows are on.
    lit: Option<usize>,
    /// Put away by Escape until the text changes.
    dismissed: bool,
    /// Where the list was, so that a click on it is not a click elsewhere.
    rect: Option<Rect>,
}

impl<'a> SearchBar<'a> {
    /// A field by its accessible name, which also tells it from others in the same `Ui`.
    pub fn new(label: &'a str, text: &'a mut String) -> Self {
        Self {
            label,
            text,
            placeholder: "",
            error: None,
            tokens: &[],
            suggestions: &[],
            width: None,
            icon: Icon::Search,
        }
    }

    /// Where the keyboard is known to be when the field of this name in this `Ui` has it.
    pub fn id(ui: &Ui, label: &str) -> Id {
        ui.scope_id().with(("search", label))
    }

    /// What stands there while there is no text.
    #[must_use]
    pub fn placeholder(mut self, placeholder: &'a str) -> Self {
        self.placeholder = placeholder;
        self
    }

    /// What is wrong, and where, in bytes. Without words it is marked, and said elsewhere.
    #[must_use]
    pub fn error(mut self, error: Option<(Range<usize>, String)>) -> Self {
        self.error = error;
        self
    }

    /// Kinds of parts of the text, in bytes, in order.
    #[must_use]
    pub fn tokens(mut self, tokens: &'a [(Range<usize>, TokenKind)]) -> Self {
        self.tokens = tokens;
        self
    }

    /// What the text could go on with; shown while the field has the keyboard.
    #[must_use]
    pub fn suggestions(mut self, suggestions: &'a [Suggestion]) -> Self {
        self.suggestions = suggestions;
        self
    }

    /// The sign at its beginning; else a magnifying glass.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = icon;
        self
    }

    /// Width in points; else all there is.
    #[must_use]
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Shows the field, and below it the error.
    pub fn show(mut self, ui: &mut Ui) -> SearchOutput {
        let id = Self::id(ui, self.label);
        let state_id = id.with("completion");
        let mut state: Completion = ui.data(|data| data.get_temp(state_id)).unwrap_or_default();
        let width = self.width.unwrap_or_else(|| ui.available_width());
        let (rect, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
        let focused = ui.memory(|memory| memory.has_focus(id));
        let open = focused && !state.dismissed && !self.suggestions.is_empty();
        let by_key = open
            .then(|| keys(ui, &mut state, self.suggestions.len()))
            .flatten();
        self.frame(ui, rect, focused);
        let mut out = self.field(ui, rect, id, open);
        out.picked = by_key;
        if out.changed {
            state.lit = None;
            state.dismissed = false;
        }
        let pointed = ui.input(|input| input.pointer.interact_pos());
        let on_list = state
            .rect
            .is_some_and(|list| pointed.is_some_and(|at| list.contains(at)));
        let shown = !state.dismissed && !self.suggestions.is_empty();
        state.rect = None;
        out.pointed = on_list;
        if shown && (out.focused || on_list) && out.picked.is_none() {
            out.picked = list(&out.response, rect, self.suggestions, &mut state);
        }
        if out.picked.is_some() {
            state = Completion::default();
            out.response.request_focus();
        }
        ui.data_mut(|data| data.insert_temp(state_id, state));
        if let Some((_, message)) = self.error.as_ref().filter(|(_, said)| !said.is_empty()) {
            let p = palette(ui);
            ui.label(RichText::new(message).font(theme::small()).color(p.error));
        }
        out
    }

    fn frame(&self, ui: &Ui, rect: Rect, focused: bool) {
        let p = palette(ui);
        let edge = match (&self.error, focused) {
            (Some(_), _) => p.error,
            (None, true) => p.accent,
            (None, false) => p.border_strong,
        };
        let corner = CornerRadius::same(6);
        let fill = if p.dark { p.sunken } else { p.raised };
        let stroke = Stroke::new(size::LINE, edge);
        ui.painter()
            .rect(rect, corner, fill, stroke, StrokeKind::Inside);
        let square = Rect::from_center_size(
            pos2(rect.left() + 16.0, rect.center().y),
            vec2(size::ICON, size::ICON),
        );
        paint_icon(ui.painter(), square, self.icon, p.faint);
    }

    /// The text field, the clear button and the underline of the error.
    fn field(&mut self, ui: &mut Ui, rect: Rect, id: Id, open: bool) -> SearchOutput {
        let p = palette(ui);
        let mut cleared = false;
        let right = rect.right() - if self.text.is_empty() { 8.0 } else { 28.0 };
        let inner = Rect::from_min_max(
            pos2(rect.left() + 28.0, rect.top()),
            pos2(right, rect.bottom()),
        );
        let tokens = self.tokens;
        let mut layouter = |ui: &Ui, buffer: &dyn egui::TextBuffer, _width: f32| {
            ui.painter().layout_job(colored(buffer.as_str(), tokens, p))
        };
        let mut child = ui.new_child(UiBuilder::new().id_salt(self.label).max_rect(inner));
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            tab: open,
            escape: open,
        };
        let mut output = TextEdit::singleline(self.text)
            .id(id)
            .font(theme::mono())
            .hint_text(
                RichText::new(self.placeholder)
                    .font(theme::body())
                    .color(p.faint),
            )
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .background_color(Color32::TRANSPARENT)
            .desired_width(inner.width())
            .min_size(inner.size())
            .align(egui::Align2::LEFT_CENTER)
            .event_filter(filter)
            .layouter(&mut layouter)
            .show(&mut child);
        output.response.response = output.response.response.clone().accessible_name(self.label);
        let response = output.response.response.clone();
        if let Some((range, _)) = &self.error {
            underline(
                ui,
                &output.galley,
                output.galley_pos,
                inner,
                range.clone(),
                self.text,
            );
        }
        if !self.text.is_empty() {
            let square = Rect::from_center_size(
                pos2(rect.right() - 15.0, rect.center().y),
                vec2(size::BUTTON, size::BUTTON),
            );
            let mut child = ui.new_child(
                UiBuilder::new()
                    .id_salt((self.label, "clear"))
                    .max_rect(square),
            );
            let name = format!("Clear {}", self.label.to_lowercase());
            if icon_button(&mut child, Icon::Close, &name).clicked() {
                self.text.clear();
                cleared = true;
                response.request_focus();
            }
        }
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        let cursor = output.cursor_range.map_or(self.text.len(), |range| {
            byte_index_from_char_index(self.text, range.primary.index).0
        });
        SearchOutput {
            changed: response.changed() || cleared,
            committed: response.lost_focus() && enter,
            cleared,
            picked: None,
            cursor: cursor.min(self.text.len()),
            focused: response.has_focus(),
            pointed: false,
            response,
        }
    }
}

/// What the keys of the list did; they are taken from the field. Enter picks only what the arrows chose, so that it
/// still commits the text; Tab picks the first as well.
fn keys(ui: &Ui, state: &mut Completion, count: usize) -> Option<usize> {
    ui.input_mut(|input| {
        let mut press = |key| input.consume_key(Modifiers::NONE, key);
        if press(Key::Escape) {
            state.dismissed = true;
            return None;
        }
        if press(Key::ArrowDown) {
            state.lit = Some(state.lit.map_or(0, |at| (at + 1) % count));
        }
        if press(Key::ArrowUp) {
            state.lit = Some(state.lit.map_or(count - 1, |at| (at + count - 1) % count));
        }
        if press(Key::Tab) {
            return Some(state.lit.unwrap_or(0));
        }
        if state.lit.is_some() && press(Key::Enter) {
            return state.lit;
        }
        None
    })
    .filter(|at| *at < count)
}

/// The list under the field; the suggestion clicked.
fn list(
    field: &Response,
    under: Rect,
    suggestions: &[Suggestion],
    state: &mut Completion,
) -> Option<usize> {
    let mut picked = None;
    let shown = Popup::from_response(field)
        .id(field.id.with("suggestions"))
        .anchor(under)
        .open(true)
        .gap(4.0)
        .width(under.width().min(420.0))
        .close_behavior(PopupCloseBehavior::IgnoreClicks)
        .show(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, suggestion) in suggestions.iter().enumerate().take(12) {
                if suggestion_row(ui, suggestion, state.lit == Some(index)) {
                    picked = Some(index);
                }
            }
        });
    state.rect = shown.map(|shown| shown.response.rect);
    picked
}

fn suggestion_row(ui: &mut Ui, suggestion: &Suggestion, lit: bool) -> bool {
    let p = palette(ui);
    let width = ui.available_width().max(160.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, size::ROW), Sense::CLICK);
    let name = &suggestion.label;
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, lit, name));
    let corner = CornerRadius::same(size::CORNER);
    if lit || response.hovered() {
        let fill = if lit { p.accent_soft } else { p.hover };
        ui.painter().rect_filled(rect, corner, fill);
    }
    let detail = ui
        .painter()
        .layout_no_wrap(suggestion.detail.clone(), theme::small(), p.muted);
    let room = rect.width() - detail.size().x - 24.0;
    let label = super::text::truncated_galley(ui.painter(), name, theme::mono(), p.text, room);
    let top = |height: f32| rect.center().y - height / 2.0;
    let right = pos2(rect.right() - 8.0 - detail.size().x, top(detail.size().y));
    ui.painter()
        .galley(pos2(rect.left() + 8.0, top(label.size().y)), label, p.text);
    ui.painter().galley(right, detail, p.muted);
    response.clicked()
}

/// The text with its colours; gaps between tokens are ordinary text.
fn colored(text: &str, tokens: &[(Range<usize>, TokenKind)], p: &Palette) -> LayoutJob {
    let mut job = LayoutJob {
        break_on_newline: false,
        keep_trailing_whitespace: true,
        ..LayoutJob::default()
    };
    let mut done = 0;
    for (range, kind) in tokens {
        let (start, end) = (floor(text, range.start).max(done), floor(text, range.end));
        if start >= end {
            continue;
        }
        append(&mut job, text, done..start, p.text);
        append(&mut job, text, start..end, token_color(*kind, p));
        done = end;
    }
    append(&mut job, text, done..text.len(), p.text);
    job
}

fn append(job: &mut LayoutJob, text: &str, range: Range<usize>, color: Color32) {
    if let Some(part) = text.get(range).filter(|part| !part.is_empty()) {
        job.append(part, 0.0, TextFormat::simple(theme::mono(), color));
    }
}

fn token_color(kind: TokenKind, p: &Palette) -> Color32 {
    match kind {
        TokenKind::Key => p.accent,
        TokenKind::Operator => p.muted,
        TokenKind::Value => p.ok,
        TokenKind::Text => p.text,
        TokenKind::Keyword => p.warning,
        TokenKind::Error => p.error,
    }
}

/// The last boundary of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// A wavy line under the part that is wrong; at least one character wide, so that an error at the end is seen.
fn underline(
    ui: &Ui,
    galley: &egui::Galley,
    at: Pos2,
    clip: Rect,
    range: Range<usize>,
    text: &str,
) {
    let x = |byte: usize| {
        let end = floor(text, byte);
        let chars = text.get(..end).map_or(0, |part| part.chars().count());
        at.x + galley
            .pos_from_cursor(CCursor::new(CharIndex(chars)))
            .left()
    };
    let (left, right) = (x(range.start), x(range.end).max(x(range.start) + 7.0));
    let y = at.y + galley.size().y + 0.5;
    let steps = ((right - left) / 2.0).ceil() as usize;
    let points = (0..=steps)
        .map(|i| {
            pos2(
                left + i as f32 * 2.0,
                y + if i % 2 == 0 { 0.0 } else { 2.0 },
            )
        })
        .collect();
    let stroke = Stroke::new(1.0, palette(ui).error);
    ui.painter_at(clip).add(egui::Shape::line(points, stroke));
}

/// Puts the cursor at `byte` of `text` in the field `id`.
pub fn set_cursor(ctx: &Context, id: Id, byte: usize, text: &str) {
    let mut state = TextEdit::load_state(ctx, id).unwrap_or_default();
    let chars = text.char_indices().take_while(|(at, _)| *at < byte).count();
    let cursor = CCursor::new(CharIndex(chars));
    state.cursor.set_char_range(Some(CCursorRange::one(cursor)));
    TextEdit::store_state(ctx, id, state);
}
