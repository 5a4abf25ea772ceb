//! What can be done with insights: the modules from everywhere, the rest on their pages.

use super::{Action, Now, Page, ctrl, send, send_if};
use crate::app::insights::Module;
use crate::app::insights::words::Form;
use crate::app::route::{InsightFilters, InsightsPlace};
use crate::app::{App, Command, Route};
use egui::{Key, KeyboardShortcut};

const fn action(
    name: &'static str,
    page: Page,
    keys: &'static [KeyboardShortcut],
    now: fn(&App) -> Now,
) -> Action {
    Action {
        name,
        page,
        keys,
        now,
    }
}

const fn anywhere(name: &'static str, now: fn(&App) -> Now) -> Action {
    action(name, Page::Everywhere, &[], now)
}

const fn here(name: &'static str, now: fn(&App) -> Now) -> Action {
    action(name, Page::Insights, &[], now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    action(
        "Show insights",
        Page::Everywhere,
        &[ctrl(Key::Num6)],
        |_| send(Command::ShowInsights),
    ),
    anywhere("Insights into transactions", |_| show(Module::Transactions)),
    anywhere("Insights into queries", |_| show(Module::Queries)),
    anywhere("Insights into requests to others", |_| {
        show(Module::Requests)
    }),
    anywhere("Insights into caches", |_| show(Module::Caches)),
    anywhere("Insights into queues", |_| show(Module::Queues)),
    anywhere("Insights into agents", |_| show(Module::Agents)),
    anywhere("Insights into web vitals", |_| show(Module::Vitals)),
    here("Copy the insights as CSV", |_| copy(Form::Csv)),
    here("Copy the insights as JSON", |_| copy(Form::Json)),
    here("Copy the insights as Markdown", |_| copy(Form::Markdown)),
    here("Close the row", |app| {
        let is_open = place(app).is_some_and(|place| place.row.is_some());
        send_if(is_open, Command::OpenInsight(None), "No row is open")
    }),
    here("Insights of all of the time", |app| {
        let is_cut = place(app).is_some_and(|place| place.filters.range.is_some());
        send_if(is_cut, Command::TimeRange(None), "All of the time is shown")
    }),
    here("Clear the filters of insights", |app| {
        let is_any = place(app).is_some_and(|place| !place.filters.is_empty());
        let clear = Command::FilterInsights(InsightFilters::default());
        send_if(is_any, clear, "There is no filter")
    }),
];

fn show(module: Module) -> Now {
    send(Command::ShowModule(module))
}

fn copy(form: Form) -> Now {
    send(Command::CopyInsight(form))
}

fn place(app: &App) -> Option<&InsightsPlace> {
    match app.route() {
        Route::Insights(place) => Some(place),
        _ => None,
    }
}
