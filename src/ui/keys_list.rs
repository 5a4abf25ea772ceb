//! The list of keys: every action that has one, by page, and the keys of parts of pages. A few letters narrow it.

use super::actions::{self, PARTS, Page};
use super::palette::in_letters;
use super::theme::{self, size};
use super::widgets::search_bar::SearchBar;
use crate::app::fuzzy;
use egui::{Context, Frame, Grid, Id, Margin, Modal, Response, RichText, ScrollArea, Ui};

/// Columns the sections are laid out in.
const COLUMNS: usize = 2;

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

    /// Shows it while it is open.
    pub fn ui(&mut self, ctx: &Context) {
        if !self.shown {
            return;
        }
        let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(16));
        let modal = Modal::new(Id::unique("keys")).frame(frame).show(ctx, |ui| {
            let screen = ui.ctx().content_rect().size();
            ui.set_width((screen.x - 64.0).min(760.0));
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
                .show(ui, |ui| list(ui, &sections(&self.text)));
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

/// The sections that have a line for what is typed.
fn sections(text: &str) -> Vec<Section> {
    let pages = Page::ALL.into_iter().map(|page| {
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
    Grid::new(section.title)
        .num_columns(2)
        .min_col_width(120.0)
        .spacing([size::PAD, size::GRID])
        .show(ui, |ui| {
            for (keys, help) in &section.lines {
                let keys = RichText::new(keys).font(theme::mono_small());
                ui.label(keys.color(palette.muted));
                ui.label(*help);
                ui.end_row();
            }
        });
    ui.add_space(size::PAD);
}
