//! What can be done on the alerts page.

use crate::alerts::edit;
use crate::alerts::rule::Rule;
use crate::app::alerts::{AlertRules, Starter};
use crate::app::route::{AlertsPlace, AlertsView, Route};
use crate::app::state::App;

impl App {
    pub(super) fn show_alerts(&mut self) {
        self.show(
            |route| matches!(route, Route::Alerts(_)),
            Route::Alerts(AlertsPlace::default()),
        );
    }

    pub(super) fn show_alerts_as(&mut self, view: AlertsView) {
        self.history
            .push(Route::Alerts(AlertsPlace { rule: None, view }));
    }

    /// Another rule of the same list is no other place to come back from.
    pub(super) fn select_rule(&mut self, rule: Option<String>) {
        if let Route::Alerts(place) = &mut self.history.current_mut().route {
            place.rule = rule;
        }
    }

    /// Another text of the file of rules; it is saved whether it can be read or not.
    pub(super) fn save_rules(&mut self, text: String) {
        self.alerts.take(text.clone().into());
        let path = AlertRules::path_beside(&self.store_path);
        self.waiting_imports += 1;
        self.writer.save_rules(path, text);
    }

    pub(super) fn add_rule(&mut self, starter: &Starter) {
        let text = edit::with_added(self.alerts.text(), &starter.rule, &starter.why);
        self.save_rules(text);
    }

    /// Adds a rule that says something already, and selects it.
    pub(super) fn new_rule(&mut self, about_issues: bool) {
        let names: Vec<&str> = self
            .alerts
            .set()
            .rules
            .iter()
            .map(|rule| &*rule.name)
            .collect();
        let rule = Rule::usual(about_issues, &names);
        let text = edit::with_added(self.alerts.text(), &rule, "");
        self.save_rules(text);
        self.history.push(Route::Alerts(AlertsPlace {
            rule: Some(rule.name),
            view: AlertsView::Rules,
        }));
    }

    pub(super) fn change_rule(&mut self, name: &str, rule: &Rule) {
        let text = edit::with_changed(self.alerts.text(), name, rule);
        if let Some(text) = self.changed(text) {
            if name != rule.name {
                self.select_rule(Some(rule.name.clone()));
            }
            self.save_rules(text);
        }
    }

    pub(super) fn remove_rule(&mut self, name: &str) {
        let text = edit::without(self.alerts.text(), name);
        if let Some(text) = self.changed(text) {
            self.select_rule(None);
            self.save_rules(text);
        }
    }

    /// A text that was made of the file's; says so where it could not be.
    fn changed(&mut self, text: Option<String>) -> Option<String> {
        if text.is_none() {
            let text =
                "The file of rules cannot be changed while it has errors; mend its text first";
            self.tell(text.to_owned(), true);
        }
        text
    }
}
