//! The list of keys: every action that has one, by page, and the keys of parts of pages. A few letters narrow it.

use super::actions::{self, PARTS, Page};
use super::palette::in_letters;
use super::theme::{self, size};
use super::widgets::search_bar::SearchBar;
use crate::app::fuzzy;
use egui::{
    Align, Context, Frame, Id, Label, Layout, Margin, Modal, Response, RichText, ScrollArea, Ui,
    Vec2, vec2,
};

/// Columns the sections are laid out in.
const COLUMNS: usize = 2;
/// Most width of the whole.
const WIDTH: f32 = 880.0;
/// Width of the keys beside what they do.
const KEYS: f32 = 160.0;
/// Height of a line.
const LINE: f32 = 18.0;

/// The list; shut at first.
#[derive(Default)]
pub struct KeysList {
    shown: bool,
    /// It was just opened and takes the keyboard.
    opened: bool,
    text: String,
    /// What had the keyboard before.
    before: Option<Id>,
}

/// A heading with lines of keys and what they do.
struct Section {
    title: &'static str,
    lines: Vec<(String, &'static str)>,
}

impl KeysList {
    /// Opens it; if it is open, shuts it.
    pub fn toggle(&mut self, ctx: &Context) {
        match self.shown {
            true => self.shut(ctx),
            false => {
                *self = Self {
                    shown: true,
                    opened: true,
                    before: ctx.memory(|memory| memory.focused()),
                    ..Self::default()
                }
            }
        }
    }

    /// Shows it while it is open; the keys of the page that is shown come first.
    pub fn ui(&mut self, ctx: &Context, here: Page) {
        if !self.shown {
            return;
        }
        let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(16));
        let modal = Modal::new(Id::unique("keys")).frame(frame).show(ctx, |ui| {
            let screen = ui.ctx().content_rect().size();
            ui.set_width((screen.x - 64.0).min(WIDTH));
            ui.label(RichText::new("Keyboard").font(theme::title()));
            ui.add_space(size::GAP);
            let response = SearchBar::new("Find a key", &mut self.text)
                .placeholder("What to do, or a key")
                .show(ui)
                .response;
            self.keep_keyboard(&response);
            ui.add_space(size::GAP);
            ScrollArea::vertical()
                .max_height(screen.y - 220.0)
                .show(ui, |ui| list(ui, &sections(&self.text, here)));
        });
        if modal.should_close() {
            self.shut(ctx);
        }
    }

    fn keep_keyboard(&mut self, field: &Response) {
        if std::mem::take(&mut self.opened) {
            field.request_focus();
        }
    }

    fn shut(&mut self, ctx: &Context) {
        self.shown = false;
        if let Some(before) = self.before.take() {
            ctx.memory_mut(|memory| memory.request_focus(before));
        }
    }
}

/// The sections that have a line for what is typed, that of the page that is shown first.
fn sections(text: &str, here: Page) -> Vec<Section> {
    let others = Page::ALL.into_iter().filter(|page| *page != here);
    let pages = std::iter::once(here).chain(others).map(|page| {
        let own = actions::all().filter(move |action| action.page == page);
        let bound = own.filter(|action| !action.keys.is_empty());
        let lines = bound.map(|action| {
            let keys: Vec<String> = action.keys.iter().map(in_letters).collect();
            (keys.join(", "), action.name)
        });
        Section {
            title: page.name(),
            lines: lines.collect(),
        }
    });
    let parts = PARTS.iter().map(|part| {
        let lines = part.keys.iter();
        Section {
            title: part.part,
            lines: lines
                .map(|(keys, help)| ((*keys).to_owned(), *help))
                .collect(),
        }
    });
    let mut sections: Vec<Section> = pages.chain(parts).collect();
    let fits = |(keys, help): &(String, &str)| {
        fuzzy::fit(text, help).is_some()
            || keys.to_lowercase().contains(&text.trim().to_lowercase())
    };
    for section in &mut sections {
        section.lines.retain(fits);
    }
    sections.retain(|section| !section.lines.is_empty());
    sections
}

/// The sections in columns of about the same height.
fn list(ui: &mut Ui, sections: &[Section]) {
    if sections.is_empty() {
        let palette = theme::palette(ui);
        ui.colored_label(
            palette.muted,
            "No key does this. The palette may have it: Ctrl+K.",
        );
        return;
    }
    let height = |section: &Section| section.lines.len() + 2;
    let half = sections.iter().map(height).sum::<usize>().div_ceil(COLUMNS);
    ui.columns(COLUMNS, |columns| {
        let mut filled = 0;
        for section in sections {
            let at = (filled / half.max(1)).min(COLUMNS - 1);
            filled += height(section);
            if let Some(ui) = columns.get_mut(at) {
                show(ui, section);
            }
        }
    });
}

fn show(ui: &mut Ui, section: &Section) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(section.title).font(theme::strong()));
    ui.add_space(size::GRID);
    ui.spacing_mut().item_spacing = vec2(size::GAP, size::GRID);
    let room = (ui.available_width() - KEYS - size::GAP).max(KEYS);
    for (keys, help) in &section.lines {
        ui.horizontal_top(|ui| {
            let keys = RichText::new(keys).font(theme::mono_small());
            let (left, right) = (vec2(KEYS, LINE), vec2(room, LINE));
            cell(ui, left, Label::new(keys.color(palette.muted)).truncate());
            cell(ui, right, Label::new(*help).wrap());
        });
    }
    ui.add_space(size::PAD);
}

/// A text of a width of its own, at the left of it.
fn cell(ui: &mut Ui, room: Vec2, label: Label) {
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(room, layout, |ui| {
        ui.set_min_size(room);
        ui.add(label);
    });
}
