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
    Action::new(name, page, keys, now)
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
        &[ctrl(Key::Num5)],
        |_| send(Command::ShowInsights),
    ),
    action(
        "Show the overview",
        Page::Everywhere,
        &[ctrl(Key::H)],
        |_| send(Command::ShowOverview),
    ),
    anywhere("Findings about the instrumentation", |_| {
        send(Command::ShowDoctor)
    }),
    anywhere("Insights into transactions", |_| show(Module::Transactions)),
    anywhere("Insights into queries", |_| show(Module::Queries)),
    anywhere("Insights into requests to others", |_| {
        show(Module::Requests)
    }),
    anywhere("Insights into caches", |_| show(Module::Caches)),
    anywhere("Insights into queues", |_| show(Module::Queues)),
    anywhere("Insights into agents", |_| show(Module::Agents)),
    anywhere("Insights into web vitals", |_| show(Module::Vitals)),
    here("Copy the insights as CSV", |app| copy(app, Form::Csv)),
    here("Copy the insights as JSON", |app| copy(app, Form::Json)),
    here("Copy the insights as Markdown", |app| {
        copy(app, Form::Markdown)
    }),
    here("Close the row", |app| {
        let is_open = place(app).is_some_and(|place| place.row.is_some());
        send_if(is_open, Command::OpenInsight(None), "No row is open")
    }),
    here("Insights of all of the time", |app| {
        let is_cut = filters(app).is_some_and(|filters| filters.range.is_some());
        send_if(is_cut, Command::TimeRange(None), "All of the time is shown")
    }),
    here("Clear the filters of insights", |app| {
        let is_any = filters(app).is_some_and(|filters| !filters.is_empty());
        let clear = Command::FilterInsights(InsightFilters::default());
        send_if(is_any, clear, "There is no filter")
    }),
];

fn show(module: Module) -> Now {
    send(Command::ShowModule(module))
}

fn copy(app: &App, form: Form) -> Now {
    let copy = Command::CopyInsight(form);
    send_if(place(app).is_some(), copy, "There is no table on this page")
}

fn filters(app: &App) -> Option<&InsightFilters> {
    match app.route() {
        Route::Insights(place) => Some(&place.filters),
        Route::Health(place) => Some(&place.filters),
        _ => None,
    }
}

fn place(app: &App) -> Option<&InsightsPlace> {
    match app.route() {
        Route::Insights(place) => Some(place),
        _ => None,
    }
}
