//! What is noise: a search becomes a rule with one button, and the rules there are stand over what they ignore.
//!
//! A rule is a saved search whose name begins with “Ignore”; so it is listed, renamed and taken away as any other.

use crate::app::issues::NOISE;
use crate::app::route::{IssuesPlace, IssuesShown, Route};
use crate::app::{App, Command};
use crate::query::{self, Expr};
use crate::store::SavedSearch;
use crate::ui::icons::{Icon, icon_text_button};
use crate::ui::theme::{self, size};
use crate::ui::widgets::chip::chip_removable;
use egui::{RichText, Ui};

/// Ignores whatever fits the search, from now on.
pub(super) fn ignore_these(
    ui: &mut Ui,
    place: &IssuesPlace,
    fitting: u64,
    commands: &mut Vec<Command>,
) {
    let search = query::parse_filter(&place.query);
    let is_rule = search.is_ok_and(|search| search != Expr::All);
    if !is_rule || fitting == 0 || !matches!(place.shown, IssuesShown::Open | IssuesShown::All) {
        return;
    }
    let hint = "Saves the search as a rule: issues that fit are ignored, now and after each import. Taking the saved search away undoes it.";
    let button = icon_text_button(ui, Icon::FilterOut, "Ignore what fits");
    if button.on_hover_text(hint).clicked() {
        commands.push(Command::SaveSearch(format!(
            "Ignore {}",
            place.query.trim()
        )));
    }
}

/// The rules, each a way to its search and with a cross that takes it away.
pub(super) fn rules(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let saved = app.saved_searches.value.iter().flat_map(|all| all.iter());
    let rules = saved.filter(|saved| is_rule(saved));
    let rules: Vec<&SavedSearch> = rules.collect();
    if rules.is_empty() {
        return;
    }
    ui.add_space(size::GRID);
    chips(ui, "Rules", &rules, commands);
}

/// Rules behind what they are to what is shown.
pub(super) fn chips(ui: &mut Ui, what: &str, rules: &[&SavedSearch], commands: &mut Vec<Command>) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let text = RichText::new(what).font(theme::small());
        ui.label(text.color(palette.muted));
        for rule in rules {
            let done = chip_removable(ui, &rule.name, palette.muted);
            if done.removed {
                commands.push(Command::DeleteSearch(rule.name.clone()));
            } else if done.clicked
                && let Ok(route) = rule.place.parse()
            {
                commands.push(Command::Go(route));
            }
        }
    });
}

fn is_rule(saved: &SavedSearch) -> bool {
    let is_of_issues = matches!(saved.place.parse(), Ok(Route::Issues(_)));
    is_of_issues && saved.name.to_lowercase().starts_with(NOISE)
}
