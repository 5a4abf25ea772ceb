//! The command palette: everything that can be done here, and places to go to, found by a few letters.
//!
//! What is offered is a list of plain data made anew in every frame it is open ([`offers`](mod@offers)); the keyboard alone is enough to
//! choose from it. The last actions come first.

mod offers;

use super::actions::Act;
use super::theme::{self, size};
use super::widgets::search_bar::SearchBar;
use crate::app::App;
use egui::{
    Align2, Area, Context, CornerRadius, FontId, Frame, Id, Key, Margin, Modal, Modifiers, Order,
    Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, text::LayoutJob, text::TextFormat, vec2,
};
pub use offers::in_letters;
use offers::{Does, Offer, offers};

/// The field's accessible name.
const LABEL: &str = "Choose an action or a place";
/// Width of the whole.
const WIDTH: f32 = 640.0;
/// Height of a line.
const LINE: f32 = 28.0;
/// Lines that are seen at once.
const LINES: f32 = 12.0;

/// The palette; shut at first.
#[derive(Default)]
pub struct Palette {
    shown: bool,
    /// It was just opened and takes the keyboard.
    opened: bool,
    text: String,
    /// The line the arrows are on.
    lit: usize,
    /// What had the keyboard before.
    before: Option<Id>,
}

impl Palette {
    /// Opens it, empty; if it is open, shuts it.
    pub fn toggle(&mut self, ctx: &Context, app: &mut App) {
        if self.shown {
            return self.shut(ctx, app);
        }
        *self = Self {
            shown: true,
            opened: true,
            before: ctx.memory(|memory| memory.focused()),
            ..Self::default()
        };
    }

    /// Shows it while it is open; what was chosen.
    pub fn ui(&mut self, ctx: &Context, app: &mut App) -> Option<Act> {
        if !self.shown {
            return None;
        }
        app.jump = Some(self.text.trim().to_owned());
        let found = offers(app, &self.text);
        self.lit = self.lit.min(found.len().saturating_sub(1));
        let moved = self.take_keys(ctx, found.len());
        let id = Id::unique("palette");
        let area = Area::new(id)
            .kind(egui::UiKind::Modal)
            .order(Order::Foreground)
            .anchor(Align2::CENTER_TOP, vec2(0.0, 72.0));
        let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(8));
        let modal = Modal::new(id).area(area).frame(frame).show(ctx, |ui| {
            ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 64.0));
            self.contents(ui, &found, moved)
        });
        let chosen = modal.inner.and_then(|at| found.into_iter().nth(at));
        if chosen.is_some() || modal.should_close() {
            self.shut(ctx, app);
        }
        match chosen?.does {
            Does::Act(name, act) => {
                app.remember_action(name);
                Some(act)
            }
            Does::Run(command) => Some(Act::App(command)),
            Does::Nothing => None,
        }
    }

    fn shut(&mut self, ctx: &Context, app: &mut App) {
        app.jump = None;
        self.shown = false;
        if let Some(before) = self.before.take() {
            ctx.memory_mut(|memory| memory.request_focus(before));
        }
    }

    /// The arrows; whether they moved.
    fn take_keys(&mut self, ctx: &Context, count: usize) -> bool {
        let before = self.lit;
        let last = count.saturating_sub(1);
        ctx.input_mut(|input| {
            let mut press = |key| input.consume_key(Modifiers::NONE, key);
            if press(Key::ArrowDown) {
                self.lit = if self.lit < last { self.lit + 1 } else { 0 };
            }
            if press(Key::ArrowUp) {
                self.lit = self.lit.checked_sub(1).unwrap_or(last);
            }
            if press(Key::PageDown) {
                self.lit = (self.lit + LINES as usize).min(last);
            }
            if press(Key::PageUp) {
                self.lit = self.lit.saturating_sub(LINES as usize);
            }
        });
        before != self.lit
    }

    /// The field and the lines; the line that was chosen and can be done.
    fn contents(&mut self, ui: &mut Ui, found: &[Offer], moved: bool) -> Option<usize> {
        let output = SearchBar::new(LABEL, &mut self.text)
            .placeholder("What to do, or where to go")
            .show(ui);
        if std::mem::take(&mut self.opened) || output.committed {
            output.response.request_focus();
        }
        if output.changed {
            self.lit = 0;
        }
        ui.add_space(size::GRID);
        let mut chosen = output.committed.then_some(self.lit);
        let can = |at: &usize| found.get(*at).is_some_and(|offer| offer.can());
        if found.is_empty() {
            let palette = theme::palette(ui);
            ui.add_space(size::GAP);
            ui.colored_label(palette.muted, "Nothing is called so. Try fewer letters.");
            ui.add_space(size::GAP);
            return None;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical()
            .max_height(LINE * LINES)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for (at, offer) in found.iter().enumerate() {
                    let lit = at == self.lit;
                    let line = line(ui, offer, lit);
                    if lit && (moved || output.changed) {
                        line.scroll_to_me(None);
                    }
                    if line.clicked() {
                        chosen = Some(at);
                    }
                }
            });
        chosen.filter(can)
    }
}

/// One line: the name with the letters that fit, and at the right why not, or where and by which key.
fn line(ui: &mut Ui, offer: &Offer, lit: bool) -> egui::Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListBoxOption, offer.can(), lit, offer.in_words())
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    if lit || response.hovered() {
        let fill = if lit {
            palette.accent_soft
        } else {
            palette.hover
        };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(size::CORNER), fill);
    }
    let inner = rect.shrink2(vec2(size::GAP, 0.0));
    let mut right = inner.right();
    if !offer.keys.is_empty() {
        right = text_left_of(ui, inner, right, &offer.keys, theme::mono_small());
    }
    let note = offer.why.unwrap_or(&offer.note);
    right = text_left_of(ui, inner, right, note, theme::small());
    let room = Rect::from_min_max(inner.min, pos2(right, inner.bottom()));
    let color = match offer.can() {
        true => palette.text,
        false => palette.faint,
    };
    let mut job = LayoutJob::default();
    for (at, c) in offer.name.chars().enumerate() {
        let fits = offer.fits.binary_search(&at).is_ok();
        let (font, color) = match fits {
            true => (theme::strong(), palette.accent),
            false => (theme::body(), color),
        };
        job.append(
            c.encode_utf8(&mut [0; 4]),
            0.0,
            TextFormat::simple(font, color),
        );
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width());
    let galley = ui.painter().layout_job(job);
    let at = pos2(room.left(), room.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    response
}

/// Paints a text that ends at `right`; gives where it and the space before it begin.
fn text_left_of(ui: &Ui, line: Rect, right: f32, text: &str, font: FontId) -> f32 {
    let color = theme::palette(ui).muted;
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let left = right - galley.size().x;
    let at = pos2(left, line.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    left - size::PAD
}
