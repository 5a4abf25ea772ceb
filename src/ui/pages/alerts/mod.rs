//! Alert rules: what each would have done with what was recorded, and beside the list the chart that shows it.

mod chart;
mod detail;
mod file;
mod form;
mod list;
mod starters;
mod timeline;

pub use chart::incident_name;
pub use list::level_color;

use crate::alerts::{Backtest, Rule, words};
use crate::app::route::{AlertsPlace, AlertsView};
use crate::app::{App, Command};
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::empty_state::EmptyState;
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::splitter::Splitter;
use crate::ui::widgets::virtual_table::TableState;
use egui::{Frame, Label, Margin, RichText, Ui};
use std::sync::Arc;

/// The page's own state.
#[derive(Default)]
pub struct AlertsPage {
    table: TableState,
    arrived: bool,
    /// The selected rule as it is being changed, and the name of the one it was made of.
    trial: Option<(String, Rule)>,
    /// What is being typed of the selected rule.
    form: Option<form::Form>,
    /// The text of the file as it is typed; `None` while it is as saved.
    draft: Option<String>,
}

impl AlertsPage {
    /// The page is entered: its list takes the keyboard, unless something else has it.
    pub fn arrive(&mut self) {
        self.arrived = true;
    }

    /// One frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &AlertsPlace,
        commands: &mut Vec<Command>,
    ) {
        let tested = app.alerts.tested.value.clone();
        Frame::new()
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                self.head(ui, app, place, tested.as_deref(), commands)
            });
        match place.view {
            AlertsView::Starters => starters::ui(ui, app, commands),
            AlertsView::File => file::ui(ui, app, &mut self.draft, commands),
            AlertsView::Rules => self.rules(ui, app, place, tested, commands),
        }
    }

    fn head(
        &mut self,
        ui: &mut Ui,
        app: &App,
        place: &AlertsPlace,
        tested: Option<&Backtest>,
        commands: &mut Vec<Command>,
    ) {
        let palette = theme::palette(ui);
        ui.horizontal(|ui| {
            let views = AlertsView::ALL;
            let mut at = views.iter().position(|view| *view == place.view).unwrap_or(0);
            if segmented(ui, "View", &mut at, &["Rules", "Starter rules", "File"]) {
                commands.extend(views.get(at).map(|view| Command::ShowAlertsAs(*view)));
            }
            if app.alerts.tested.waiting {
                let text = RichText::new("Trying the rules…").font(theme::small());
                ui.label(text.color(palette.faint));
            }
            if place.view == AlertsView::Rules {
                for (text, about_issues) in [("New rule", false), ("New issue rule", true)] {
                    if icon_text_button(ui, Icon::Plus, text).clicked() {
                        commands.push(Command::NewRule { about_issues });
                    }
                }
            }
            let errors = app.alerts.errors().len();
            if errors > 0 && place.view != AlertsView::File {
                let text = "The file of rules has errors; what is shown are the last rules that could be read.";
                ui.label(RichText::new(text).color(palette.as_text(palette.error)));
            }
        });
        let Some(backtest) = tested.filter(|backtest| !backtest.results.is_empty()) else {
            return;
        };
        if place.view == AlertsView::Rules && place.rule.is_none() {
            ui.add_space(size::GRID);
            for (at, sentence) in words::summary(backtest).into_iter().enumerate() {
                let color = if at == 0 { palette.text } else { palette.muted };
                ui.add(
                    Label::new(RichText::new(sentence).color(color))
                        .wrap()
                        .selectable(true),
                );
            }
        }
    }

    fn rules(
        &mut self,
        ui: &mut Ui,
        app: &mut App,
        place: &AlertsPlace,
        tested: Option<Arc<Backtest>>,
        commands: &mut Vec<Command>,
    ) {
        if let Some(reason) = app
            .alerts
            .file
            .error
            .clone()
            .or(app.alerts.tested.error.clone())
        {
            EmptyState::new(Icon::Warning, "The rules could not be tried", &reason).show(ui);
            return;
        }
        let Some(backtest) = tested else {
            let sentence = "Every window of the recording is looked at as if it were live.";
            EmptyState::new(Icon::Clock, "Trying the rules", sentence).show(ui);
            return;
        };
        if backtest.results.is_empty() {
            return nothing(ui, app, commands);
        }
        if place.rule.is_none() {
            (self.trial, self.form) = (None, None);
            return self.list(ui, app, place, &backtest, commands);
        }
        let mut share = app.settings.details_share;
        Splitter::horizontal("Rule details").min(320.0).show(
            ui,
            &mut share,
            |ui, first| match first {
                true => self.list(ui, app, place, &backtest, commands),
                false => {
                    let typed = (&mut self.trial, &mut self.form);
                    detail::rule(ui, app, place, &backtest, typed, commands);
                }
            },
        );
        app.settings.details_share = share;
    }
}

fn nothing(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let offered = app
        .alerts
        .starters
        .value
        .as_ref()
        .map_or(0, |starters| starters.len());
    let sentence = match offered {
        0 => {
            "Write some as a file: each is tried on all that was recorded, as if it had been live."
                .to_owned()
        }
        _ => format!(
            "This recording suggests {}. Each is tried on all that was recorded, as if it had been live.",
            crate::model::human::counted(offered as u64, "rule")
        ),
    };
    let state = EmptyState::new(Icon::Clock, "No alert rules yet", &sentence);
    let state = match offered {
        0 => state.action("Write rules"),
        _ => state.action("Show starter rules").action("Write rules"),
    };
    if let Some(chosen) = state.show(ui) {
        commands.push(Command::ShowAlertsAs(match (offered, chosen) {
            (0, _) | (_, 1) => AlertsView::File,
            _ => AlertsView::Starters,
        }));
    }
}
