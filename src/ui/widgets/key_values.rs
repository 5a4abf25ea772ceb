//! A list of keys and values: found by a filter, read whole, acted upon.
//!
//! Keys with dots can be grouped as a tree. Each row offers what can be done with its value, as buttons under the
//! pointer and as a menu; doing it is the caller's business.

use super::json_lines::{JsonTrees, json_lines};
use super::text::{readable, single_line, truncated_label};
use crate::analysis::ansi;
use crate::ui::icons::{Icon, focus_ring, icon_button, paint_icon};
use crate::ui::theme::{self, palette, size};
use egui::{
    Align, CornerRadius, Frame, Label, Layout, Margin, Popup, Rect, RichText, Role, Sense, Stroke,
    TextEdit, TextWrapMode, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use std::collections::BTreeSet;

/// Values longer than this are shown folded.
const FOLD: usize = 160;

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The key as recorded.
    pub key: &'a str,
    /// The value as text.
    pub value: &'a str,
    /// A quiet note after the value, such as its type; may be empty.
    pub note: &'a str,
}

/// What to do with a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairAction {
    /// Copy the value.
    Copy,
    /// Copy the key.
    CopyKey,
    /// Search for what has this value.
    Filter,
    /// Search for what has not.
    Exclude,
    /// Show the key as a column.
    AddColumn,
    /// Group by the key.
    GroupBy,
}

impl PairAction {
    const ALL: [(PairAction, Icon, &'static str); 6] = [
        (PairAction::Copy, Icon::Copy, "Copy value"),
        (PairAction::Filter, Icon::Filter, "Filter by this value"),
        (PairAction::Exclude, Icon::FilterOut, "Exclude this value"),
        (PairAction::AddColumn, Icon::Columns, "Add as column"),
        (PairAction::GroupBy, Icon::Table, "Group by this"),
        (PairAction::CopyKey, Icon::Code, "Copy key"),
    ];
}

/// What the list remembers between frames.
#[derive(Clone, Debug, Default)]
pub struct KeyValuesState {
    /// Only pairs whose key or value contains this are shown.
    pub filter: String,
    /// Keys whose long value is unfolded.
    pub expanded: BTreeSet<String>,
    /// Groups of the tree that are closed, by their prefix.
    pub closed: BTreeSet<String>,
    /// Values that are trees themselves.
    trees: JsonTrees,
}

/// What a list offers for each of its pairs.
#[derive(Clone, Copy)]
struct Offer {
    groups: bool,
}

impl Offer {
    fn actions(self) -> impl Iterator<Item = &'static (PairAction, Icon, &'static str)> {
        let offered = move |action: PairAction| self.groups || action != PairAction::GroupBy;
        PairAction::ALL
            .iter()
            .filter(move |(action, ..)| offered(*action))
    }
}

/// A list of pairs about to be shown.
pub struct KeyValues<'a> {
    name: &'a str,
    pairs: &'a [Pair<'a>],
    filter_field: bool,
    tree: bool,
    offer: Offer,
}

impl<'a> KeyValues<'a> {
    /// Pairs in the order to show them; `name` says what they are, as in "Attributes".
    pub fn new(name: &'a str, pairs: &'a [Pair<'a>]) -> Self {
        Self {
            name,
            pairs,
            filter_field: false,
            tree: false,
            offer: Offer { groups: false },
        }
    }

    /// Whether records can be grouped by a key.
    #[must_use]
    pub fn groups(mut self, groups: bool) -> Self {
        self.offer = Offer { groups };
        self
    }

    /// Whether there is a field to filter by.
    #[must_use]
    pub fn filter_field(mut self, show: bool) -> Self {
        self.filter_field = show;
        self
    }

    /// Whether keys are grouped by what stands before their first dot.
    #[must_use]
    pub fn tree(mut self, tree: bool) -> Self {
        self.tree = tree;
        self
    }

    /// Shows the list; which pair to do what with, by its place in the pairs given.
    pub fn show(self, ui: &mut Ui, state: &mut KeyValuesState) -> Option<(usize, PairAction)> {
        if self.filter_field {
            self.field(ui, state);
        }
        let shown: Vec<(usize, &Pair<'_>)> = self
            .pairs
            .iter()
            .enumerate()
            .filter(|(_, pair)| matches(pair, &state.filter))
            .collect();
        if shown.is_empty() {
            let text = match (self.pairs.is_empty(), state.filter.is_empty()) {
                (true, _) => format!("No {}", self.name.to_lowercase()),
                (false, _) => format!("Nothing matches “{}”", state.filter),
            };
            ui.label(RichText::new(text).color(palette(ui).muted));
            return None;
        }
        let key_width = key_width(ui, &shown, self.tree);
        ui.push_id(self.name, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if self.tree {
                groups(ui, &shown, key_width, self.offer, state)
            } else {
                rows(ui, &shown, (key_width, 0), self.offer, state)
            }
        })
        .inner
    }

    fn field(&self, ui: &mut Ui, state: &mut KeyValuesState) {
        let p = palette(ui);
        let name = format!("Filter {}", self.name.to_lowercase());
        let edit = TextEdit::singleline(&mut state.filter)
            .id_salt((self.name, "filter"))
            .hint_text(RichText::new(&name).color(p.faint))
            .desired_width(f32::INFINITY)
            .margin(Margin::symmetric(8, 4));
        ui.add(edit).accessible_name(name);
        ui.add_space(size::GRID);
    }
}

fn matches(pair: &Pair<'_>, filter: &str) -> bool {
    let filter = filter.trim().to_lowercase();
    filter.is_empty()
        || pair.key.to_lowercase().contains(&filter)
        || pair.value.to_lowercase().contains(&filter)
}

/// Wide enough for the keys at hand, but never more than two fifths of the room.
fn key_width(ui: &Ui, shown: &[(usize, &Pair<'_>)], tree: bool) -> f32 {
    let painter = ui.painter();
    let widest = shown
        .iter()
        .take(200)
        .map(|(_, pair)| {
            let text = single_line(pair.key);
            painter
                .layout_no_wrap(text, theme::mono_small(), palette(ui).muted)
                .size()
                .x
        })
        .fold(0.0, f32::max);
    let indent = if tree { 16.0 } else { 0.0 };
    (widest + 20.0 + indent).clamp(80.0, (ui.available_width() * 0.42).max(80.0))
}

fn groups(
    ui: &mut Ui,
    shown: &[(usize, &Pair<'_>)],
    key_width: f32,
    offer: Offer,
    state: &mut KeyValuesState,
) -> Option<(usize, PairAction)> {
    let mut out = None;
    let mut rest = shown;
    while let Some(((_, first), _)) = rest.split_first() {
        let prefix = prefix(first.key);
        let end = rest
            .iter()
            .take_while(|(_, pair)| self::prefix(pair.key) == prefix)
            .count();
        let (group, after) = rest.split_at(end.max(1));
        rest = after;
        if group.len() > 1 && !prefix.is_empty() {
            if group_header(ui, prefix, group.len(), state) {
                out = rows(ui, group, (key_width, 1), offer, state).or(out);
            }
        } else {
            out = rows(ui, group, (key_width, 0), offer, state).or(out);
        }
    }
    out
}

/// What stands before the first dot, or nothing.
fn prefix(key: &str) -> &str {
    key.split_once('.').map_or("", |(prefix, _)| prefix)
}

/// The line above a group; whether the group is open.
fn group_header(ui: &mut Ui, prefix: &str, count: usize, state: &mut KeyValuesState) -> bool {
    let p = palette(ui);
    let wanted = vec2(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    if response.clicked() && !state.closed.remove(prefix) {
        state.closed.insert(prefix.to_owned());
    }
    // A filter is there to find: it opens everything.
    let open = !state.closed.contains(prefix) || !state.filter.is_empty();
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, open, format!("{prefix}, {count} keys"))
    });
    let symbol = if open {
        Icon::ChevronDown
    } else {
        Icon::ChevronRight
    };
    let square = Rect::from_min_size(rect.min, vec2(14.0, rect.height()));
    paint_icon(ui.painter(), square, symbol, p.faint);
    let text = format!("{prefix}  {count}");
    let galley = ui
        .painter()
        .layout_no_wrap(text, theme::mono_small(), p.text);
    let at = pos2(rect.left() + 18.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, p.text);
    focus_ring(ui, rect, &response);
    open
}

fn rows(
    ui: &mut Ui,
    shown: &[(usize, &Pair<'_>)],
    place: (f32, usize),
    offer: Offer,
    state: &mut KeyValuesState,
) -> Option<(usize, PairAction)> {
    let mut out = None;
    for (index, pair) in shown {
        if let Some(action) = row(ui, *index, pair, place, offer, state) {
            out = Some((*index, action));
        }
    }
    out
}

fn row(
    ui: &mut Ui,
    index: usize,
    pair: &Pair<'_>,
    (key_width, depth): (f32, usize),
    offer: Offer,
    state: &mut KeyValuesState,
) -> Option<PairAction> {
    let p = palette(ui);
    let ground = ui.painter().add(egui::Shape::Noop);
    let width = ui.available_width();
    let builder = UiBuilder::new().id_salt((index, pair.key));
    let inner = ui.scope_builder(builder, |ui| {
        ui.set_min_width(width);
        Frame::new()
            .inner_margin(Margin::symmetric(0, 4))
            .show(ui, |ui| {
                ui.with_layout(Layout::left_to_right(Align::TOP), |ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    ui.spacing_mut().interact_size.y = 16.0;
                    key(ui, pair, key_width, depth);
                    value(ui, pair, state);
                });
            });
    });
    let response = inner.response;
    let rect = response.rect;
    response.widget_info(|| {
        let name = format!("{}: {}", pair.key, single_line(pair.value));
        WidgetInfo::labeled(Role::ListItem, true, name)
    });
    let over = response.container_hovered();
    if over || response.context_menu_opened() {
        let fill = egui::Shape::rect_filled(rect, CornerRadius::same(size::CORNER), p.hover);
        ui.painter().set(ground, fill);
    }
    let mut by_menu = None;
    response.container_context_menu(|ui| by_menu = entries(ui, pair.key, offer));
    let by_button = if over { buttons(ui, rect, index) } else { None };
    let by_more = more(ui, rect, index, pair.key, over, offer);
    by_menu.or(by_button).or(by_more)
}

fn key(ui: &mut Ui, pair: &Pair<'_>, key_width: f32, depth: usize) {
    let p = palette(ui);
    let indent = 18.0 * depth as f32;
    ui.add_space(indent);
    let room = vec2(key_width - indent - 12.0, 16.0);
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(room.x);
        truncated_label(ui, pair.key, theme::mono_small(), p.muted);
    });
    ui.add_space(12.0);
}

fn value(ui: &mut Ui, pair: &Pair<'_>, state: &mut KeyValuesState) {
    let p = palette(ui);
    let tree = state.trees.lines(pair.key, pair.value);
    let long = pair.value.len() > FOLD || pair.value.contains('\n') || tree.is_some();
    let open = state.expanded.contains(pair.key);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 2.0);
        if long && !open {
            truncated_label(ui, pair.value, theme::mono(), p.text);
        } else if let Some(lines) = &tree {
            ui.spacing_mut().item_spacing.y = 0.0;
            json_lines(ui, pair.key, lines, &mut state.trees);
        } else {
            let text = ansi::plain(pair.value);
            let text = readable(&text);
            let text = if text.is_empty() { "(empty)" } else { &*text };
            let label = RichText::new(text).font(theme::mono()).color(p.text);
            if inline_note(pair) {
                ui.horizontal(|ui| {
                    ui.set_height(16.0);
                    ui.label(label);
                    let note = RichText::new(pair.note).font(theme::small());
                    ui.label(note.color(p.faint));
                });
            } else {
                ui.add(Label::new(label).wrap_mode(TextWrapMode::Wrap));
            }
        }
        if long {
            let word = match (open, tree.is_some()) {
                (true, _) => "Show less",
                (false, true) => "Show as a tree",
                (false, false) => "Show all",
            };
            fold_button(ui, pair.key, word, open, state);
        }
        if !pair.note.is_empty() && !inline_note(pair) {
            ui.label(RichText::new(pair.note).font(theme::small()).color(p.faint));
        }
    });
}

/// Whether the note fits beside the value.
fn inline_note(pair: &Pair<'_>) -> bool {
    !pair.note.is_empty() && pair.value.len() + pair.note.len() < 24
}

fn fold_button(ui: &mut Ui, key: &str, word: &str, open: bool, state: &mut KeyValuesState) {
    let text = RichText::new(word)
        .font(theme::small())
        .color(palette(ui).accent);
    let button = egui::Button::new(text).frame(false);
    let response = ui.add(button).accessible_name(format!("{word} of {key}"));
    if response.clicked() {
        if open {
            state.expanded.remove(key);
        } else {
            state.expanded.insert(key.to_owned());
        }
    }
}

/// Buttons over the right end of the row under the pointer.
fn buttons(ui: &mut Ui, rect: Rect, index: usize) -> Option<PairAction> {
    let p = palette(ui);
    let shown = PairAction::ALL.iter().take(4);
    let width = 4.0 * size::BUTTON + 4.0;
    let area = Rect::from_min_size(
        pos2(rect.right() - width - size::BUTTON, rect.top()),
        vec2(width, size::BUTTON),
    );
    let stroke = Stroke::new(size::LINE, p.border);
    let corner = CornerRadius::same(size::CORNER);
    ui.painter()
        .rect(area, corner, p.raised, stroke, egui::StrokeKind::Inside);
    let builder = UiBuilder::new()
        .id_salt(("actions", index))
        .max_rect(area.shrink2(vec2(2.0, 0.0)))
        .layout(Layout::left_to_right(Align::Center));
    let mut child = ui.new_child(builder);
    child.spacing_mut().item_spacing.x = 0.0;
    let mut out = None;
    for (action, symbol, label) in shown {
        if icon_button(&mut child, *symbol, label).clicked() {
            out = Some(*action);
        }
    }
    out
}

/// The button at the end of a row that opens its menu; the keyboard finds it, and the pointer sees it on the row.
fn more(
    ui: &mut Ui,
    rect: Rect,
    index: usize,
    key: &str,
    over: bool,
    offer: Offer,
) -> Option<PairAction> {
    let p = palette(ui);
    let square = Rect::from_min_size(
        pos2(rect.right() - size::BUTTON, rect.top()),
        vec2(size::BUTTON, size::BUTTON.min(rect.height())),
    );
    let response = ui.interact(
        square,
        ui.scope_id().with(("more", index, key)),
        Sense::click(),
    );
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            format!("Actions for {}", single_line(key)),
        )
    });
    let open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
    if over || open || response.has_focus() {
        let stroke = Stroke::new(size::LINE, p.border);
        let corner = CornerRadius::same(size::CORNER);
        ui.painter()
            .rect(square, corner, p.raised, stroke, egui::StrokeKind::Inside);
        paint_icon(ui.painter(), square, Icon::More, p.muted);
    }
    focus_ring(ui, square, &response);
    let menu = Popup::menu(&response).show(|ui| entries(ui, key, offer));
    menu.and_then(|menu| menu.inner)
}

fn entries(ui: &mut Ui, key: &str, offer: Offer) -> Option<PairAction> {
    let mut out = None;
    let text = RichText::new(single_line(key)).font(theme::mono_small());
    ui.label(text.color(palette(ui).muted));
    for (action, _, label) in offer.actions() {
        if ui.button(*label).clicked() {
            out = Some(*action);
            ui.close();
        }
    }
    out
}
