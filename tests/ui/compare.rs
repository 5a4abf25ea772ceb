//! Comparing from the list of traces: two that are kept, a search and another, a search and another release.

use crate::common::desk::Desk;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::app::looks::ComparedSide;
use headwater::app::route::{ComparePlace, CompareWith};
use headwater::app::{Command, Route};

fn compared(desk: &Desk) -> [ComparedSide; 2] {
    let compared = desk.app().looks.compare.value.clone();
    compared.expect("it was compared").sides.clone()
}

/// The rows of the list from top to bottom.
fn rows(desk: &Desk) -> Vec<String> {
    let items = desk.items().into_iter();
    items.filter(|item| item.contains(" span")).collect()
}

/// The first traces of the list, with the row of the second selected.
fn first_two(desk: &mut Desk) -> [String; 2] {
    let rows = desk.app().trace_rows.value.clone().expect("traces");
    desk.press(Key::Home);
    [0, 1].map(|row| rows.get(row).expect("a trace").id.to_string())
}

#[test]
fn two_traces_of_the_list_are_compared_by_key() {
    let mut desk = Desk::with_sample("traces?sort=-duration");
    let [first, second] = first_two(&mut desk);
    desk.press(Key::C);
    assert!(rows(&desk)[0].ends_with("kept to compare"));
    desk.press(Key::ArrowDown);
    desk.press(Key::C);
    assert_eq!(desk.place(), format!("compare?a={first}&b={second}"));
    assert!(desk.app().looks.kept.is_none());
    assert!(desk.has("Swap sides"));
}

#[test]
fn the_same_trace_again_is_let_go() {
    let mut desk = Desk::with_sample("traces?sort=-duration");
    first_two(&mut desk);
    desk.press(Key::C);
    assert!(desk.app().looks.kept.is_some());
    desk.press(Key::C);
    assert!(desk.app().looks.kept.is_none());
    assert_eq!(desk.place(), "traces?sort=-duration");
}

#[test]
fn two_traces_of_the_list_are_compared_by_pointer() {
    let mut desk = Desk::with_sample("traces?sort=-duration");
    let [first, second] = first_two(&mut desk);
    for row in 0..2 {
        let name = rows(&desk)[row].clone();
        desk.click_start_with(Modifiers::COMMAND, &name);
    }
    assert_eq!(desk.place(), format!("compare?a={first}&b={second}"));
}

#[test]
fn a_search_is_compared_with_another_release() {
    let mut desk = Desk::with_sample("traces?q=release:1.5.0");
    let fitting = desk.app().traces.value.clone().expect("traces");
    let fitting = fitting.matches.numbers.len() as u64;
    assert!(fitting > 0);
    desk.click("Compare with…");
    assert_eq!(desk.place(), "compare?b=q:release:1.5.0");
    assert!(!desk.has("Compare with Release 1.5.0"));
    desk.click("Compare with Release 1.4.0");
    assert_eq!(desk.place(), "compare?a=q:release:1.4.0&b=q:release:1.5.0");
    let [left, right] = compared(&desk);
    let ComparedSide::Usual { of, .. } = right else {
        panic!("a set: {right:?}");
    };
    assert_eq!(of, fitting);
    assert!(matches!(left, ComparedSide::Usual { of, .. } if of > 0 && of != fitting));
    assert!(desk.says("that fit release:1.4.0"));
    desk.h
        .get_by_label_contains("Show the traces of the left side")
        .click();
    desk.settle();
    assert_eq!(desk.place(), "traces?q=release:1.4.0");
}

#[test]
fn a_search_is_compared_with_another_or_with_the_rest() {
    let mut desk = Desk::with_sample("compare?b=q:release:1.5.0");
    desk.type_into("Trace id or search to compare with", "service:edge-gateway");
    desk.press(Key::Enter);
    assert_eq!(
        desk.place(),
        "compare?a=q:service:edge-gateway&b=q:release:1.5.0"
    );
    desk.click("With another…");
    desk.click("Compare with Traces All others");
    assert_eq!(
        desk.place(),
        "compare?a=q:!{release:1.5.0}&b=q:release:1.5.0"
    );
    let all = desk.app().overview.value.expect("counts").traces;
    let of = compared(&desk).map(|side| match side {
        ComparedSide::Usual { of, .. } => of,
        side => panic!("a set: {side:?}"),
    });
    assert_eq!(of[0] + of[1], all);
}

#[test]
fn searches_that_find_nothing_are_said() {
    let nothing = ComparePlace {
        a: Some(CompareWith::Fitting("op:nowhere".to_owned())),
        ..ComparePlace::of(CompareWith::Fitting(String::new()))
    };
    let mut desk = Desk::with_sample("traces");
    desk.run(Command::Go(Route::Compare(nothing)));
    assert!(desk.says("No trace fits op:nowhere."));
    desk.click("Choose something else");
    assert_eq!(desk.place(), "compare?b=q:");
}
