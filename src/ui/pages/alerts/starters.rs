//! Rules that the recorded traffic suggests, each with why; one click adds one.

use crate::alerts::words;
use crate::app::alerts::Starter;
use crate::app::{App, Command};
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip;
use crate::ui::widgets::empty_state::EmptyState;
use egui::{Frame, Label, Margin, RichText, ScrollArea, Ui};

pub(super) fn ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let Some(starters) = app.alerts.starters.value.clone() else {
        let (title, sentence) = match &app.alerts.starters.error {
            Some(reason) => ("No rules could be suggested", reason.as_str()),
            None => (
                "Looking at the traffic",
                "Endpoints, caches, queues and domains are looked through.",
            ),
        };
        EmptyState::new(Icon::Search, title, sentence).show(ui);
        return;
    };
    if starters.is_empty() {
        let sentence = "There are no transactions, caches, queues, requests or failures that rules could be made of.";
        EmptyState::new(Icon::Search, "This traffic suggests no rules", sentence).show(ui);
        return;
    }
    ScrollArea::vertical()
        .id_salt("starters")
        .auto_shrink(false)
        .show_rows(ui, 72.0, starters.len(), |ui, rows| {
            for starter in starters.get(rows).unwrap_or_default() {
                one(ui, app, starter, commands);
            }
        });
}

fn one(ui: &mut Ui, app: &App, starter: &Starter, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    let is_there = app
        .alerts
        .set()
        .rules
        .iter()
        .any(|rule| rule.name == starter.rule.name);
    Frame::new()
        .inner_margin(Margin::symmetric(12, 4))
        .show(ui, |ui| {
            ui.set_height(64.0);
            ui.horizontal(|ui| {
                ui.label(RichText::new(&starter.rule.name).font(theme::strong()));
                chip(ui, starter.rule.does.name(), palette.info);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if is_there {
                        ui.label(RichText::new("Added").color(palette.muted));
                        return;
                    }
                    let response = icon_text_button(ui, Icon::Plus, "Add");
                    let label = format!("Add the rule {}", starter.rule.name);
                    response.widget_info(|| {
                        egui::WidgetInfo::labeled(egui::Role::Button, true, label.clone())
                    });
                    if response.clicked() {
                        commands.push(Command::AddRule(Box::new(starter.clone())));
                    }
                });
            });
            ui.add(Label::new(&starter.why).truncate());
            let rule = RichText::new(words::rule(&starter.rule)).font(theme::small());
            ui.add(Label::new(rule.color(palette.muted)).truncate());
            ui.add_space(size::GRID);
        });
}
