//! Behind a dialog the page has no keys; when it is shut, the page has them again.

use crate::common::desk::Desk;
use egui::{Key, Modifiers};
use headwater::app::Command;

const SLOW: &str = "trace/489c364b5284d6eb9ce41938bf9b0763";

/// Keys that change what the page of a trace shows.
const KEYS: [Key; 7] = [Key::V, Key::S, Key::E, Key::P, Key::X, Key::M, Key::L];

/// All that those keys could change.
fn state(desk: &Desk) -> String {
    let app = desk.app();
    format!(
        "{} {:?}",
        desk.place_now(),
        (&app.settings, &app.history.current().picture)
    )
}

#[test]
fn plain_keys_do_something_without_a_dialog() {
    let mut desk = Desk::with_sample(SLOW);
    for key in KEYS {
        let before = state(&desk);
        desk.press(key);
        assert_ne!(state(&desk), before, "{key:?}");
        desk.run(Command::ShowTraces);
        desk.run(Command::Go(SLOW.parse().expect("a place")));
    }
}

#[test]
fn the_page_has_no_keys_behind_the_export() {
    let mut desk = Desk::with_sample(SLOW);
    desk.click("Export…");
    assert!(desk.app().export.is_some());
    let before = state(&desk);
    for key in KEYS {
        desk.press(key);
    }
    assert_eq!(state(&desk), before);
    desk.press(Key::Escape);
    assert!(desk.app().export.is_none());
    desk.press(Key::ArrowUp);
    assert_ne!(state(&desk), before, "the rows have the keyboard again");
}

#[test]
fn the_page_has_no_keys_behind_the_list_of_keys() {
    let mut desk = Desk::with_sample(SLOW);
    desk.press(Key::F1);
    assert!(desk.has("Find a key"));
    let before = state(&desk);
    for key in KEYS {
        desk.press(key);
    }
    assert_eq!(state(&desk), before);
}

#[test]
fn the_page_has_no_keys_behind_the_menu_of_searches() {
    let mut desk = Desk::with_sample("traces");
    desk.click("Searches");
    assert!(desk.has("Name of this search"));
    // The keyboard leaves the field, and is still not the page's.
    desk.press(Key::Tab);
    desk.press(Key::C);
    assert!(desk.app().looks.kept.is_none());
}

#[test]
fn a_search_is_saved_by_key() {
    let mut desk = Desk::with_sample("traces?q=is:error");
    desk.press_with(Modifiers::COMMAND, Key::S);
    desk.type_into("Name of the search", "Failures");
    desk.press(Key::Enter);
    assert!(!desk.has("Name of the search"));
    let saved = desk.app().saved_here();
    let saved: Vec<(&str, &str)> = saved
        .iter()
        .map(|saved| (&*saved.name, &*saved.place))
        .collect();
    assert_eq!(saved, [("Failures", "traces?q=is:error")]);
    // Escape saves nothing.
    desk.press_with(Modifiers::COMMAND, Key::S);
    desk.type_into("Name of the search", "Others");
    desk.press(Key::Escape);
    assert!(!desk.has("Name of the search"));
    assert_eq!(desk.app().saved_here().len(), 1);
}
