//! What is asked about alert rules: their file once, what they would have done whenever the data or they change.

use crate::app::alerts::AlertRules;
use crate::app::questions::Question;
use crate::app::route::{AlertsPlace, AlertsView, Route};
use crate::app::state::App;

impl App {
    /// Tries the rules anew as soon as the data stands still, also while another page is shown.
    pub(super) fn ask_for_alerts(&mut self) {
        if self.alerts.file.should_ask(()) {
            let path = AlertRules::path_beside(&self.store_path);
            self.jobs.ask(Question::AlertsFile(path));
        }
        let is_shown = matches!(self.route(), Route::Alerts(_));
        let stands_still = self.importing.is_none() && self.overview.value.is_some();
        let has_rules = !self.alerts.set().rules.is_empty();
        let wanted = is_shown || stands_still && has_rules && self.jobs.has_threads();
        if wanted && self.alerts.file.value.is_some() {
            let versions = (self.data_version, self.alerts.changes);
            if self.alerts.tested.should_ask(versions) {
                self.jobs.ask(Question::Backtest(self.alerts.set().clone()));
            }
        }
    }

    pub(super) fn ask_for_starters(&mut self, place: &AlertsPlace) {
        let is_wanted = place.view == AlertsView::Starters || self.alerts.set().rules.is_empty();
        if is_wanted && self.alerts.starters.should_ask(self.data_version) {
            self.jobs.ask(Question::Starters);
        }
    }
}
