//! What changed between two sets of traces: two searches, a table of issues and one of endpoints.

mod sides;
mod tables;

pub(super) use tables::Tables;

use super::IssuesPage;
use crate::app::issues::{BeforeAfter, OfferedSide};
use crate::app::{App, Command};
use crate::export::before_after::{markdown, summary};
use crate::model::human;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::text::truncated_label;
use egui::{Align, Frame, Layout, Margin, RichText, Ui};

impl IssuesPage {
    /// One frame.
    pub(super) fn changes(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        sides: &[String; 2],
        commands: &mut Vec<Command>,
    ) {
        let between = &app.issues.between;
        let is_asked = sides.iter().all(|side| !side.trim().is_empty());
        let found = between.value.clone().filter(|_| is_asked);
        let (waiting, error) = (between.waiting, between.error.clone());
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                sides::head(ui, app, sides, commands);
                ui.add_space(size::GRID);
                match sides::unreadable(app) {
                    Some(error) => refused(ui, &error),
                    None => said(ui, found.as_deref(), sides, is_asked && waiting),
                }
            });
        if let Some(error) = error.filter(|_| is_asked) {
            EmptyState::new(Icon::Error, "The two could not be compared", &error).show(ui);
            return;
        }
        let Some(found) = found else {
            if !is_asked {
                nothing_chosen(ui, app, sides, commands);
            }
            return;
        };
        if let Some(side) = found.traces.iter().position(|traces| *traces == 0) {
            let sentence = format!("No trace fits {:?}.", sides[side]);
            EmptyState::new(Icon::Search, "Nothing to compare", &sentence).show(ui);
            return;
        }
        self.tables(ui, &found, sides, commands);
    }
}

/// What to do first; of two releases or more the newest two are a click away.
fn nothing_chosen(ui: &mut Ui, app: &App, sides: &[String; 2], commands: &mut Vec<Command>) {
    let sentence = "Choose what was before and what came after: two releases, environments, imports or any two searches.";
    let state = EmptyState::new(Icon::Chart, "What changed?", sentence);
    let offered = app.issues.sides.value.as_deref().unwrap_or_default();
    let is_empty = sides.iter().all(|side| side.trim().is_empty());
    let newest = OfferedSide::newest_releases(offered).filter(|_| is_empty);
    let Some([before, after]) = newest else {
        state.show(ui);
        return;
    };
    let action = format!("Compare {} with {}", before.name, after.name);
    if state.action(&action).show(ui).is_some() {
        let sides = [before, after].map(|side| side.search.clone());
        commands.push(Command::ShowChanges(sides));
    }
}

/// Why what is typed is no search.
fn refused(ui: &mut Ui, error: &str) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        truncated_label(ui, error, theme::small(), palette.as_text(palette.error));
    });
}

/// What changed, in a sentence.
fn said(ui: &mut Ui, found: Option<&BeforeAfter>, sides: &[String; 2], waiting: bool) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.set_height(size::BUTTON);
        if waiting {
            ui.label(RichText::new("Comparing…").color(palette.muted));
        }
        let Some(found) = found.filter(|found| !found.traces.contains(&0)) else {
            return;
        };
        let [before, after] = found.traces.map(|count| human::counted(count, "trace"));
        let sentence = format!("{before} → {after}. {}", summary(found));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_text_button(ui, Icon::Copy, "Copy as Markdown").clicked() {
                let text = markdown(found, [&sides[0], &sides[1]]);
                ui.ctx().copy_text(text);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                truncated_label(ui, &sentence, theme::body(), palette.text);
            });
        });
    });
}
