//! The two sides of a before and after: each a search that is typed or chosen.

use crate::app::issues::OfferedSide;
use crate::app::{App, Command};
use crate::query::{self, Subject};
use crate::ui::icons::{Icon, icon_button, icon_text_button};
use crate::ui::theme::{self, size};
use egui::{Align, Button, Layout, RichText, ScrollArea, TextEdit, Ui};

/// Width of a side's field.
const FIELD: f32 = 280.0;
/// Most room that what is offered takes, before it is scrolled.
const OFFERED: [f32; 2] = [320.0, 360.0];
/// What the sides are called.
const SIDES: [&str; 2] = ["Before", "After"];
/// What may be typed.
const HINTS: [&str; 2] = [
    "A search, such as release:1.4.0",
    "Another, such as release:1.5.0",
];

/// The two sides, and the way back.
pub(super) fn head(ui: &mut Ui, app: &mut App, sides: &[String; 2], commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        ui.label(RichText::new("Before and after").font(theme::heading()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Back to the issues").clicked() {
                commands.push(Command::SelectIssue(None));
            }
            if icon_text_button(ui, Icon::Swap, "Swap").clicked() {
                let [before, after] = sides.clone();
                app.issues.sides_typed = [None, None];
                commands.push(Command::ShowChanges([after, before]));
            }
        });
    });
    let offered = app.issues.sides.value.clone();
    let mut chosen = sides.clone();
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        for side in 0..2 {
            let palette = theme::palette(ui);
            ui.label(RichText::new(SIDES[side]).color(palette.muted));
            let offered = offered.as_deref().unwrap_or_default();
            if let Some(search) = field(ui, app, side, &sides[side], offered) {
                chosen[side] = search;
            }
            ui.add_space(size::GAP);
        }
    });
    if chosen != *sides {
        commands.push(Command::ShowChanges(chosen));
    }
}

/// What is typed for a side and cannot be read, with its reason.
pub(super) fn unreadable(app: &App) -> Option<String> {
    let typed = SIDES.iter().zip(&app.issues.sides_typed);
    let mut errors = typed.filter_map(|(side, typed)| {
        let error = query::parse_for(typed.as_deref()?, Subject::Traces).err()?;
        Some(format!("{side}, {error}"))
    });
    errors.next()
}

/// A side: a search to type, or one of those that are offered.
fn field(
    ui: &mut Ui,
    app: &mut App,
    side: usize,
    now: &str,
    offered: &[OfferedSide],
) -> Option<String> {
    let palette = theme::palette(ui);
    let typed = &mut app.issues.sides_typed[side];
    let mut text = typed.clone().unwrap_or_else(|| now.to_owned());
    let is_search = query::parse_for(&text, Subject::Traces).is_ok();
    let mut edit = TextEdit::singleline(&mut text)
        .hint_text(HINTS[side])
        .desired_width(FIELD)
        .font(theme::mono_small());
    if !is_search {
        edit = edit.text_color(palette.as_text(palette.error));
    }
    let response = ui.add(edit);
    let name = format!("{}: which traces", SIDES[side]);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, &name));
    if response.changed() {
        *typed = Some(text.clone());
    }
    let mut chosen = None;
    if response.lost_focus() {
        let is_search = query::parse_for(&text, Subject::Traces).is_ok();
        if is_search && text != now {
            *typed = None;
            chosen = Some(text.clone());
        }
    }
    ui.menu_button("Choose…", |ui| {
        ui.set_max_width(OFFERED[0]);
        ScrollArea::vertical()
            .max_height(OFFERED[1])
            .show(ui, |ui| {
                chosen = menu(ui, offered).or(chosen.take());
            });
    })
    .response
    .widget_info(|| {
        let name = format!("{}: choose", SIDES[side]);
        egui::WidgetInfo::labeled(egui::Role::Button, true, name)
    });
    if chosen.is_some() {
        app.issues.sides_typed[side] = None;
    }
    chosen
}

/// What is offered, under what it chooses by; the search that was chosen.
fn menu(ui: &mut Ui, offered: &[OfferedSide]) -> Option<String> {
    let (mut by, mut chosen) = ("", None);
    for one in offered {
        if by != one.by {
            by = one.by;
            small(ui, by);
        }
        let button = ui.add(Button::new(&one.name).truncate());
        if button.on_hover_text(&one.hint).clicked() {
            chosen = Some(one.search.clone());
            ui.close();
        }
    }
    small(ui, "Or type any search for traces.");
    chosen
}

/// A line of a menu that is no button, in line with the buttons' text.
fn small(ui: &mut Ui, text: &str) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.add_space(ui.spacing().button_padding.x);
        ui.label(
            RichText::new(text)
                .font(theme::small())
                .color(palette.muted),
        );
    });
}
