//! What can be done with alert rules.

use super::{Action, Now, Page, send, send_if};
use crate::app::route::AlertsView;
use crate::app::{App, Command, Route};

const fn action(name: &'static str, now: fn(&App) -> Now) -> Action {
    Action::new(name, Page::Alerts, &[], now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    action("Alert rules and what they would have done", |_| {
        send(Command::ShowAlertsAs(AlertsView::Rules))
    }),
    action("Starter rules for this traffic", |_| {
        send(Command::ShowAlertsAs(AlertsView::Starters))
    }),
    action("Text of the alert rules", |_| {
        send(Command::ShowAlertsAs(AlertsView::File))
    }),
    action("New alert rule about a number", |_| {
        send(Command::NewRule {
            about_issues: false,
        })
    }),
    action("New alert rule about issues", |_| {
        send(Command::NewRule { about_issues: true })
    }),
    action("Remove this alert rule", |app| {
        let name = rule(app).unwrap_or_default().to_owned();
        send_if(rule(app).is_some(), Command::RemoveRule(name), NO_RULE)
    }),
    action("Close the alert rule", |app| {
        send_if(rule(app).is_some(), Command::SelectRule(None), NO_RULE)
    }),
];

const NO_RULE: &str = "No rule is selected";

fn rule(app: &App) -> Option<&str> {
    match app.route() {
        Route::Alerts(place) => place.rule.as_deref(),
        _ => None,
    }
}
