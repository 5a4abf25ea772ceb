//! What can be done on every page.

use super::{Action, Page, WindowAct, ctrl, plain, send, send_if, window};
use crate::app::state::StoreState;
use crate::app::{App, Command, Route};
use egui::{Key, KeyboardShortcut, Modifiers};

const fn action(
    name: &'static str,
    keys: &'static [KeyboardShortcut],
    now: fn(&App) -> super::Now,
) -> Action {
    Action::new(name, Page::Everywhere, keys, now)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    action(
        "Search",
        &[ctrl(Key::F), plain(Key::Slash)],
        |app| match app.route() {
            Route::Imports | Route::Import(_) | Route::Compare(_) => {
                Err("There is nothing to search on this page")
            }
            _ => window(WindowAct::Search),
        },
    ),
    action("Choose an action", &[ctrl(Key::K)], |_| {
        window(WindowAct::Choose)
    }),
    action(
        "List of keys",
        &[plain(Key::Questionmark), plain(Key::F1)],
        |_| window(WindowAct::ShowKeys),
    ),
    action("Show traces", &[ctrl(Key::Num1)], |_| {
        send(Command::ShowTraces)
    }),
    action("Show spans", &[ctrl(Key::Num2)], |_| {
        send(Command::ShowSpans)
    }),
    action("Show logs", &[ctrl(Key::Num3)], |_| send(Command::ShowLogs)),
    action("Show issues", &[ctrl(Key::Num4)], |_| {
        send(Command::ShowIssues)
    }),
    action("Show alerts", &[ctrl(Key::Num6)], |_| {
        send(Command::ShowAlerts)
    }),
    action("Show imports", &[ctrl(Key::Num7)], |_| {
        send(Command::ShowImports)
    }),
    action("Change thresholds of detectors", &[], |_| {
        send(Command::ShowThresholds)
    }),
    action(
        "Compare two releases, environments, imports or searches",
        &[],
        |_| send(Command::ShowChanges(Default::default())),
    ),
    action("Back", &[alt(Key::ArrowLeft)], |app| {
        let may = app.history.can_go_back();
        send_if(may, Command::Back, "There is no place before this one")
    }),
    action("Forward", &[alt(Key::ArrowRight)], |app| {
        let may = app.history.can_go_forward();
        send_if(may, Command::Forward, "There is no place after this one")
    }),
    action("Go to a place", &[ctrl(Key::G)], |_| {
        window(WindowAct::GoToPlace)
    }),
    action(
        "Copy this place",
        &[KeyboardShortcut::new(
            Modifiers::COMMAND.plus(Modifiers::SHIFT),
            Key::C,
        )],
        |_| window(WindowAct::CopyPlace),
    ),
    action(
        "Save this search under a name",
        &[ctrl(Key::S)],
        |app| match app.route() {
            Route::Traces(_) | Route::Spans(_) | Route::Logs(_) | Route::Issues(_) => {
                window(WindowAct::SaveSearch)
            }
            _ => Err("Nothing is searched on this page"),
        },
    ),
    action("Import files", &[ctrl(Key::O)], |app| {
        may_import(app, WindowAct::OpenFiles)
    }),
    action("Import a folder", &[], |app| {
        may_import(app, WindowAct::OpenFolder)
    }),
    action("Stop the import", &[], |app| {
        let may = app.importing.is_some();
        send_if(may, Command::CancelImport, "Nothing is being imported")
    }),
    action("Light, dark or as the desktop", &[ctrl(Key::D)], |_| {
        send(Command::NextAppearance)
    }),
    action("Local time or UTC", &[ctrl(Key::U)], |_| {
        send(Command::ToggleClock)
    }),
];

fn may_import(app: &App, act: WindowAct) -> super::Now {
    match app.store {
        StoreState::NotWritable(_) => Err("The store cannot be written to"),
        _ => window(act),
    }
}
