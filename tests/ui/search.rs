//! The search field: what it offers, what it remembers, what it underlines.

use crate::common::desk::Desk;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::app::Command;
use headwater::model::CancelToken;
use headwater::query::parse;
use headwater::store::{Filter, Reader, RecordKind};

/// What the field offers, from top to bottom.
fn offered(desk: &Desk) -> Vec<String> {
    let mut offers: Vec<(f32, String)> = desk
        .h
        .query_all_by_role(Role::ListBoxOption)
        .filter_map(|node| Some((node.rect().top(), node.accesskit_node().label()?)))
        .collect();
    offers.sort_by(|a, b| a.0.total_cmp(&b.0));
    offers.into_iter().map(|(_, name)| name).collect()
}

/// The text in a field.
fn text(desk: &Desk, label: &str) -> String {
    let field = desk.h.get_by_role_and_label(Role::TextInput, label);
    field.value().unwrap_or_default()
}

/// Values of an attribute by how many of the log records that fit have them, from the store.
fn values(desk: &Desk, key: &str, query: &str) -> Vec<String> {
    let reader = Reader::open(&desk.app().store_path).expect("a store");
    let filter = Filter {
        search: parse(query).expect(query),
        range: None,
    };
    let values = reader.facet(RecordKind::Log, key, &filter, 12, &CancelToken::default());
    let values = values.expect("an answer").into_iter();
    values.map(|value| value.value.to_string()).collect()
}

#[test]
fn values_are_offered_by_how_often_they_are_in_what_the_rest_finds() {
    let mut desk = Desk::with_sample("logs");
    desk.type_into("Search logs", "level:error service:");
    let expected = values(&desk, "service", "level:error");
    assert!(expected.len() > 1, "{expected:?}");
    assert_eq!(offered(&desk), expected);
    assert_ne!(expected, values(&desk, "service", ""), "the rest counts");
    let field = desk.h.get_by_role_and_label(Role::TextInput, "Search logs");
    field.type_text("worker-");
    desk.settle();
    assert_eq!(offered(&desk), ["worker-1"]);
    desk.press(Key::Tab);
    assert_eq!(text(&desk, "Search logs"), "level:error service:worker-1");
    assert_eq!(offered(&desk), [""; 0], "there is nothing to add");
    desk.press(Key::Enter);
    assert_eq!(desk.place(), "logs?q=level:error%20service:worker-1");
}

#[test]
fn values_are_offered_in_lists_behind_exclamation_marks_and_by_the_arrows() {
    let mut desk = Desk::with_sample("logs");
    desk.type_into("Search logs", "!level:[error, in");
    assert_eq!(offered(&desk), ["info"]);
    desk.press(Key::ArrowDown);
    desk.press(Key::Enter);
    assert_eq!(text(&desk, "Search logs"), "!level:[error, info");
    let field = desk.h.get_by_role_and_label(Role::TextInput, "Search logs");
    field.type_text("]");
    desk.press(Key::Enter);
    assert_eq!(desk.place(), "logs?q=!level:[error%2C%20info]");
    desk.type_into("Search logs", "level:");
    assert!(offered(&desk).contains(&"info".to_owned()));
    desk.press(Key::Escape);
    assert_eq!(offered(&desk), [""; 0], "the list is put away");
}

#[test]
fn names_flags_and_comparisons_are_offered_in_their_places() {
    let mut desk = Desk::with_sample("logs");
    desk.type_into("Search logs", "a has:user.i");
    assert_eq!(offered(&desk), ["user.id"]);
    desk.type_into("Search logs", "is:");
    assert_eq!(offered(&desk), ["error", "root", "segment", "traced"]);
    desk.h
        .get_by_role_and_label(Role::ListBoxOption, "traced")
        .click();
    desk.settle();
    assert_eq!(text(&desk, "Search logs"), "is:traced");
    desk.run(Command::ShowTraces);
    desk.type_into("Search traces", "duration:");
    assert_eq!(offered(&desk), [">", ">=", "<", "<="]);
    desk.type_into("Search traces", "{is:error} {http.rou");
    assert_eq!(offered(&desk)[0], "http.route");
    desk.press(Key::Tab);
    assert_eq!(text(&desk, "Search traces"), "{is:error} {http.route:");
    assert!(
        offered(&desk)
            .iter()
            .any(|route| route.starts_with("/api/"))
    );
}

#[test]
fn different_spans_of_a_trace_are_asked_for_in_braces() {
    let mut desk = Desk::with_sample("traces");
    let found = |desk: &Desk| {
        let list = desk
            .app()
            .traces
            .value
            .clone()
            .expect("traces were searched");
        list.matches.numbers.to_vec()
    };
    desk.search("Search traces", "op:db");
    let of_db = found(&desk);
    desk.search("Search traces", "is:error");
    let failed = found(&desk);
    desk.search("Search traces", "{op:db} {is:error}");
    assert_eq!(desk.place(), "traces?q={op:db}%20{is:error}");
    let both = found(&desk);
    let expected: Vec<i64> = failed
        .iter()
        .filter(|one| of_db.contains(one))
        .copied()
        .collect();
    assert_eq!(both, expected);
    desk.search("Search traces", "op:db is:error");
    assert!(
        found(&desk).len() < both.len(),
        "one span that is both is rarer"
    );
    desk.run(Command::ShowLogs);
    desk.type_into("Search logs", "a {b}");
    assert!(desk.says("braces speak of several spans of a trace"));
}

#[test]
fn searches_are_remembered_and_found_again() {
    let mut desk = Desk::with_sample("logs");
    for query in ["level:error", "is:traced", "level:error"] {
        desk.search("Search logs", query);
    }
    desk.run(Command::ShowTraces);
    desk.search("Search traces", "op:db");
    desk.run(Command::ShowLogs);
    desk.type_into("Search logs", "");
    assert_eq!(offered(&desk), ["level:error", "is:traced"]);
    desk.press(Key::ArrowDown);
    desk.press(Key::ArrowDown);
    desk.press(Key::Enter);
    assert_eq!(desk.place(), "logs?q=is:traced");
    let kept = std::fs::read_to_string(desk.folder.path().join("settings.json"));
    assert!(kept.expect("settings are kept").contains("is:traced"));
    // By its button, and by typing.
    desk.click("Searches");
    desk.type_into("Find a search", "level");
    desk.press(Key::Enter);
    assert_eq!(desk.place(), "logs?q=level:error");
}

#[test]
fn a_search_is_saved_opened_renamed_and_deleted() {
    let mut desk = Desk::with_sample("logs?q=level:error&columns=user.id&view=groups&by=service");
    let place = desk.place();
    desk.click("Searches");
    desk.type_into("Name of this search", "Failures by service");
    desk.press(Key::Enter);
    let names = |desk: &Desk| -> Vec<String> {
        let saved = desk
            .app()
            .saved_searches
            .value
            .clone()
            .expect("they were asked for");
        saved.iter().map(|saved| saved.name.clone()).collect()
    };
    assert_eq!(names(&desk), ["Failures by service"]);
    // The store carries it.
    let reader = Reader::open(&desk.app().store_path).expect("a store");
    let saved = reader.saved_searches().expect("an answer");
    assert_eq!(saved[0].place, place);
    desk.press(Key::Escape);
    desk.run(Command::ShowTraces);
    // By keyboard, from another page.
    desk.type_into("Search traces", "x");
    desk.press_with(Modifiers::COMMAND, Key::ArrowDown);
    desk.click("Failures by service");
    assert_eq!(desk.place(), place);
    desk.click("Searches");
    desk.click("Rename Failures by service");
    desk.type_into("New name of Failures by service", "Failures");
    desk.press(Key::Enter);
    assert_eq!(names(&desk), ["Failures"]);
    desk.run(Command::SaveSearch("Other".to_owned()));
    desk.run(Command::RenameSearch {
        from: "Other".to_owned(),
        to: "Failures".to_owned(),
    });
    assert!(desk.says("there is one called \"Failures\" already"));
    assert_eq!(names(&desk), ["Failures", "Other"]);
    desk.click("Delete Other");
    assert_eq!(names(&desk), ["Failures"]);
}

#[test]
fn a_name_is_any_text_and_taken_only_knowingly() {
    let mut desk = Desk::with_sample("spans?q=op:db");
    let name = "It's \"slow\" % -- µß";
    let warning = "Takes the place of the search that has this name";
    desk.click("Searches");
    desk.type_into("Name of this search", name);
    assert!(!desk.has(warning));
    desk.press(Key::Enter);
    desk.press(Key::Escape);
    desk.run(Command::ShowTraces);
    desk.click("Searches");
    assert!(desk.has(name));
    desk.type_into("Name of this search", name);
    assert!(desk.has(warning));
    desk.press(Key::Escape);
    // Another window took it away, so that nothing is left to rename.
    desk.run(Command::DeleteSearch(name.to_owned()));
    let to = "b".to_owned();
    let from = name.to_owned();
    desk.run(Command::RenameSearch { from, to });
    assert!(desk.says("there is none called"));
    desk.click("Searches");
    assert!(desk.has("No saved search; they stay with the store"));
}

#[test]
fn a_place_whose_search_cannot_be_read_says_so_and_counts_nothing() {
    for (place, label) in [
        ("traces?q=op:%5Bdb%2C%5D", "Search traces"),
        ("spans?q=op:%5Bdb%2C%5D", "Search spans"),
        ("spans?q=op:%5Bdb%2C%5D&view=traces", "Search spans"),
        ("logs?q=level:%5Binfo%2C%5D", "Search logs"),
        ("logs?q=level:%5Binfo%2C%5D&view=patterns", "Search logs"),
    ] {
        let mut desk = Desk::with_sample(place);
        assert!(desk.has("This search cannot be read"), "{place}");
        assert!(desk.says("an item of the list is missing"), "{place}");
        for count in ["0 traces", "0 spans", "0 log records"] {
            assert!(!desk.says(count), "{place}: {count}");
        }
        desk.search(label, "is:traced");
        assert!(!desk.has("This search cannot be read"), "{place}");
    }
}

#[test]
fn conditions_on_groups_choose_them() {
    let mut desk = Desk::with_sample("logs?view=groups&by=service");
    let rows = |desk: &Desk| desk.items_with("service: ");
    let all = rows(&desk);
    desk.search("Search logs", "count():>100");
    let fitting = rows(&desk);
    assert_eq!(fitting, ["service: shop-api, count(): 119"]);
    assert!(all.len() > 1);
    let shown = desk
        .app()
        .logs
        .value
        .as_ref()
        .map_or(0, |logs| logs.refs.len());
    assert_eq!(shown, 226, "records are not grouped");
    desk.click(&fitting[0]);
    assert_eq!(
        desk.place().split("&by").next(),
        Some("logs?q=service:shop-api")
    );
    desk.run(Command::Back);
    desk.type_into("Search logs", "p42(x):>1");
    assert!(desk.says("there is no such function"));
    desk.run(Command::Go("logs".parse().expect("a place")));
    desk.type_into("Search logs", "count():>100");
    assert!(desk.says("records are not grouped here"));
}
