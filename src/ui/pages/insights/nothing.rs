//! What stands where a module or a closer look has nothing to show: what is said of that, and a way on.

use crate::app::Command;
use crate::app::insights::nothing::{NARROWED, TRIED, not_found, not_recorded};
use crate::app::route::{InsightFilters, InsightsPlace, Route};
use crate::ui::icons::Icon;
use crate::ui::widgets::empty_state::EmptyState;
use egui::Ui;

/// Says that there is nothing, and what to do.
pub fn show(ui: &mut Ui, place: &InsightsPlace, commands: &mut Vec<Command>) {
    if !place.inputs.is_empty() {
        let shown = EmptyState::new(Icon::Filter, TRIED.0, TRIED.1);
        if shown.action("Set nothing").show(ui).is_some() {
            let mut to = place.clone();
            to.inputs.clear();
            commands.push(Command::Go(Route::Insights(to)));
        }
        return;
    }
    let found = place.look.and_then(not_found);
    let is_filtered = !place.filters.is_empty();
    let (title, sentence) = match found {
        Some(said) => said,
        None if is_filtered => NARROWED,
        None => not_recorded(place.module, place.look),
    };
    // What is looked for and not there is an answer, and often a good one.
    let icon = match (found, is_filtered) {
        (Some(_), _) => Icon::Search,
        (None, true) => Icon::Filter,
        (None, false) => Icon::Chart,
    };
    let shown = EmptyState::new(icon, title, sentence);
    if is_filtered {
        if shown.action("Clear all filters").show(ui).is_some() {
            commands.push(Command::FilterInsights(InsightFilters::default()));
        }
    } else if found.is_some() {
        shown.show(ui);
    } else if shown.action("Import files").show(ui).is_some() {
        commands.push(Command::ShowImports);
    }
}
