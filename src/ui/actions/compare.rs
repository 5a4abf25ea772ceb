//! What can be done with two traces or sets of traces side by side.

use super::{Action, Now, Page, send, send_if};
use crate::app::route::ComparePlace;
use crate::app::{App, Command, Route};

const fn action(name: &'static str, now: fn(&App) -> Now) -> Action {
    Action::new(name, Page::Compare, &[], now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    action("Swap the sides", |app| {
        let place = both(app)?;
        send(Command::Go(Route::Compare(place.swapped())))
    }),
    action("Compare with something else", |app| {
        let place = both(app)?;
        send(Command::Go(Route::Compare(place.with_another())))
    }),
    action("Show steps without a change, or not", |app| {
        let compared = app.looks.compare.value.is_some() && both(app).is_ok();
        send_if(compared, Command::ToggleAllSteps, NOT_COMPARED)
    }),
];

const NOT_COMPARED: &str = "Only one side is chosen";

/// The place, once both sides are chosen.
fn both(app: &App) -> Result<ComparePlace, &'static str> {
    match app.route() {
        Route::Compare(place) if place.sources().is_some() => Ok(place.clone()),
        _ => Err(NOT_COMPARED),
    }
}
