//! Finding spans in an open trace: by accessible names, against the search of the whole store.

use crate::common::desk::Desk;
use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headwater::analysis::SpanIndex;
use headwater::app::route::Others;
use headwater::app::views::{Picture, TracePicture};
use headwater::app::{Command, Look, Route};
use headwater::model::CancelToken;
use headwater::query;
use headwater::store::{Filter, Reader, RecordKind};

/// The trace of the sample with 113 repeated queries among its 116 spans.
const SLOW: &str = "trace/489c364b5284d6eb9ce41938bf9b0763";
/// A trace of two services.
const CHAT: &str = "3bb58aa50470465cb58c07140547d969";
const FIELD: &str = "Find in this trace";

fn picture(desk: &Desk) -> &TracePicture {
    match &desk.app().history.current().picture {
        Picture::Trace(picture) => picture,
        other => panic!("no trace is open: {other:?}"),
    }
}

/// How many spans of the open trace the whole store's search has, and which.
fn stored(desk: &Desk, search: &str) -> Vec<headwater::model::record::RecordRef> {
    let Route::Trace(place) = desk.app().route() else {
        panic!("no trace is open");
    };
    let text = format!("trace:{} ({search})", place.trace);
    let reader = Reader::open(&desk.app().store_path).expect("the store can be read");
    let filter = Filter {
        search: query::parse(&text).expect("a search"),
        range: None,
    };
    let found = reader.find(RecordKind::Span, &filter, false, &CancelToken::default());
    let mut refs = found.expect("the store answers").refs.to_vec();
    refs.sort_unstable();
    refs
}

/// The spans that were found, as the page has them.
fn found(desk: &Desk) -> Vec<headwater::model::record::RecordRef> {
    let found = desk
        .app()
        .found_in_trace()
        .expect("something is looked for");
    let spans = &found.grouped.trace.spans;
    let node = |at: u32| headwater::analysis::NodeIndex(at);
    let is_found = |at: &u32| found.found.position(node(*at)).is_some();
    let places = (0..spans.len() as u32).filter(is_found);
    let mut refs: Vec<_> = places.map(|at| spans[at as usize].at).collect();
    refs.sort_unstable();
    refs
}

fn selected_row(desk: &Desk) -> Option<String> {
    let is_selected =
        |node: &egui_kittest::Node<'_>| node.accesskit_node().toggled() == Some(Toggled::True);
    let selected = desk.h.query_all_by_role(Role::ListItem).find(is_selected);
    selected.and_then(|node| node.accesskit_node().label())
}

fn has_keyboard(desk: &Desk, label: &str) -> bool {
    desk.h
        .query_by_role_and_label(Role::TextInput, label)
        .is_some_and(|field| field.is_focused())
}

#[test]
fn a_trace_is_searched_in_the_language_of_all_searches() {
    let mut desk = Desk::with_sample(SLOW);
    desk.press(Key::F);
    assert!(has_keyboard(&desk, FIELD), "the key leads into the field");
    for search in [
        "op:db",
        "!op:db",
        "documents_contact",
        "duration:>2ms op:db",
        "service:shop* OR is:root",
        "has:http.route",
    ] {
        desk.type_into(FIELD, search);
        let expected = stored(&desk, search);
        assert_eq!(found(&desk), expected, "{search}");
        assert!(!expected.is_empty() && expected.len() < 117, "{search}");
    }
    desk.type_into(FIELD, "op:nothing");
    assert!(desk.has("No match"));
    desk.type_into(FIELD, "");
    assert!(desk.app().found_in_trace().is_none());
}

#[test]
fn enter_steps_through_matches_and_unfolds_what_hides_them() {
    let mut desk = Desk::with_sample(SLOW);
    desk.press_with(Modifiers::COMMAND, Key::F);
    desk.type_into(FIELD, "op:db documents_contact");
    let count = stored(&desk, "op:db documents_contact").len();
    assert!(count >= 113, "{count}");
    let folded = desk.items_with("113 repeated queries");
    assert_eq!(folded.len(), 1);
    assert!(folded[0].ends_with("113 matches"), "{folded:?}");
    desk.press(Key::Enter);
    assert!(has_keyboard(&desk, FIELD), "one may go on typing");
    assert!(desk.says(&format!(" of {count}")), "{:?}", desk.items());
    let first = selected_row(&desk).expect("a row is selected");
    assert!(first.ends_with(", match"), "{first}");
    let at = picture(&desk).selected;
    desk.press(Key::Enter);
    assert_ne!(picture(&desk).selected, at);
    desk.press_with(Modifiers::SHIFT, Key::Enter);
    assert_eq!(picture(&desk).selected, at);
    let position = |desk: &Desk| {
        let found = desk.app().found_in_trace().expect("something was found");
        found
            .found
            .position(picture(desk).selected.expect("a row is selected"))
    };
    let before = position(&desk).expect("a match is selected");
    desk.click("Next match");
    assert_eq!(position(&desk), Some((before + 1) % count));
    desk.click("Previous match");
    assert_eq!(position(&desk), Some(before));
}

#[test]
fn keys_step_while_the_rows_have_the_keyboard() {
    let mut desk = Desk::with_sample(&format!("{SLOW}?find=op:db"));
    assert!(desk.has(FIELD), "the place opens the field");
    let count = stored(&desk, "op:db").len();
    assert!(!has_keyboard(&desk, FIELD));
    desk.press(Key::N);
    let next = picture(&desk).selected;
    assert!(desk.says(&format!(" of {count}")));
    desk.press(Key::N);
    assert_ne!(picture(&desk).selected, next);
    desk.press_with(Modifiers::SHIFT, Key::N);
    assert_eq!(picture(&desk).selected, next);
    desk.press(Key::Escape);
    assert!(!desk.has(FIELD) && picture(&desk).find.search.is_empty());
}

#[test]
fn only_matches_leaves_the_rows_that_lead_to_one() {
    let mut desk = Desk::with_sample(&format!("{SLOW}?find=!op:db"));
    let shown = |desk: &Desk| desk.app().rows.value.as_ref().expect("rows").rows.len();
    let all = shown(&desk);
    desk.click("Only matches");
    let rows = desk.app().rows.value.clone().expect("rows");
    let found = desk.app().found_in_trace().cloned().expect("found");
    assert!(rows.rows.len() < all, "{} of {all}", rows.rows.len());
    assert!(rows.rows.iter().all(|row| found.found.within(row.node) > 0));
    assert!(desk.items_with("113 repeated queries").is_empty());
    assert!(desk.place_now().contains("find=!op:db&others=hidden"));
    let again = desk.place_now();
    desk.run(Command::ShowTraces);
    desk.run(Command::Go(again.parse().expect("a place")));
    assert_eq!(shown(&desk), rows.rows.len(), "the place keeps it");
    desk.click("Show all");
    assert!(shown(&desk) >= all);
    assert_eq!(desk.items_with("113 repeated queries").len(), 1);
}

#[test]
fn what_only_matches_leaves_out_is_said_and_had_back() {
    let mut desk = Desk::with_sample(&format!("{SLOW}?find=!op:db"));
    desk.click("Only matches");
    // No query of this trace has anything below it.
    let left_out = stored(&desk, "op:db").len();
    let chip = format!("{left_out} spans without a match left out");
    desk.click(&chip);
    assert!(!desk.has(&chip));
    assert_eq!(picture(&desk).find.others, Others::Dimmed);
    // What one is led to is shown, whatever hides it.
    desk.click("Only matches");
    assert!(desk.has(&chip));
    let trace = desk.app().trace.value.clone().flatten().expect("a trace");
    let query = trace.spans.iter().position(|span| &*span.op == "db");
    let query = SpanIndex(query.expect("there are queries") as u32);
    desk.run(Command::Look(Look::Select(query)));
    assert!(!desk.has(&chip));
    let rows = desk.app().rows.value.clone().expect("rows");
    let selected = picture(&desk).selected.expect("it is selected");
    assert_eq!(rows.grouped.waterfall.first_span(selected), Some(query));
    assert!(rows.row_of(selected).is_some());
}

#[test]
fn what_cannot_be_read_is_said_and_changes_nothing() {
    let mut desk = Desk::with_sample(SLOW);
    desk.press(Key::F);
    desk.type_into(FIELD, "op:db");
    let before = found(&desk);
    let field = desk.h.get_by_role_and_label(Role::TextInput, FIELD);
    field.type_text(" duration:(7");
    desk.settle();
    let error = query::parse("op:db duration:(7").expect_err("it is malformed");
    assert!(desk.has(&error.message), "{}", error.message);
    assert_eq!(found(&desk), before, "what was found stays");
    assert!(
        desk.place_now().contains("find=op:db"),
        "{}",
        desk.place_now()
    );
    desk.press(Key::Escape);
    assert!(!desk.has(FIELD));
}

#[test]
fn names_and_values_of_this_trace_complete_the_field() {
    let mut desk = Desk::with_sample(SLOW);
    desk.press(Key::F);
    desk.type_into(FIELD, "http.rou");
    desk.press(Key::Tab);
    let value = |desk: &Desk| {
        let field = desk.h.get_by_role_and_label(Role::TextInput, FIELD);
        field.value().unwrap_or_default()
    };
    assert_eq!(value(&desk), "http.route:");
    let values = desk
        .app()
        .values
        .value
        .as_ref()
        .expect("values are offered");
    assert_eq!(
        values.values.len(),
        1,
        "only those of this trace: {values:?}"
    );
}

#[test]
fn errors_are_stepped_through_in_both_directions() {
    let mut desk = Desk::with_sample("traces?q=is:error");
    let first = desk.items().into_iter().find(|name| name.contains("span"));
    desk.click(&first.expect("a trace failed"));
    desk.run(Command::NextFailure);
    let grouped = desk.app().grouped.value.clone().expect("it is open");
    let failures: Vec<_> = grouped.failures().collect();
    assert!(!failures.is_empty());
    let at = |desk: &Desk| desk.app().selected_span();
    assert!(at(&desk).is_some_and(|span| failures.contains(&span)));
    desk.run(Command::NextFailure);
    let later = at(&desk);
    desk.run(Command::PreviousFailure);
    desk.run(Command::NextFailure);
    assert_eq!(at(&desk), later);
    desk.run(Command::PreviousFailure);
    assert!(at(&desk).is_some_and(|span| failures.contains(&span)));
}

/// Goes to a look at the slow trace, with its queries looked for.
fn looked_at(view: &str) -> Desk {
    Desk::with_sample(&format!("{SLOW}?view={view}&find=op:db"))
}

#[test]
fn matches_are_told_in_every_look() {
    for (view, part) in [
        // The connection takes too little time to be named.
        ("flame", "113 matches"),
        ("table", "114 matches"),
        ("map", "114 matches"),
    ] {
        let desk = looked_at(view);
        let count = desk.app().found_in_trace().expect("a search").found.len();
        assert_eq!(count, 114, "the part below says so");
        let told = desk.items();
        assert!(
            told.iter().any(|item| item.ends_with(part)),
            "{view}: {told:?}"
        );
        assert!(told.iter().any(|item| !item.contains("match")) || view == "map");
    }
    for view in ["list", "story"] {
        let told = looked_at(view).items();
        assert!(
            told.iter().any(|item| item.ends_with(", 1 match")),
            "{view}: {told:?}"
        );
        assert!(told.iter().any(|item| !item.contains("match")), "{view}");
    }
}

#[test]
fn matches_are_told_of_the_calls_between_services() {
    let place = format!("trace/{CHAT}?view=map&find=service.name:shop-api");
    let mut desk = Desk::with_sample(&place);
    desk.click("Calls");
    let calls = desk.items_with("edge-gateway calls shop-api");
    assert!(calls[0].ends_with(", 3 matches"), "{calls:?}");
    desk.search(FIELD, "service.name:edge-gateway");
    let calls = desk.items_with("edge-gateway calls shop-api");
    assert!(!calls[0].contains("match"), "nobody called it: {calls:?}");
}

#[test]
fn matches_are_stepped_through_in_every_look() {
    for view in ["flame", "table", "map", "list", "story"] {
        let mut desk = looked_at(view);
        let mut seen = Vec::new();
        for _ in 0..3 {
            desk.press(Key::N);
            let span = desk.app().selected_span().expect("a match is selected");
            let trace = desk
                .app()
                .trace
                .value
                .clone()
                .flatten()
                .expect("it is open");
            assert!(trace.spans[span.at()].op.starts_with("db"), "{view}");
            assert!(!seen.contains(&span), "{view} goes on");
            seen.push(span);
        }
        desk.press_with(Modifiers::SHIFT, Key::N);
        assert_eq!(desk.app().selected_span(), Some(seen[1]), "{view}");
        assert!(desk.place_now().contains(&format!("view={view}")));
    }
}

#[test]
fn a_list_can_keep_to_matches() {
    let desk = Desk::with_sample(&format!("{SLOW}?view=list&find=op:db&others=hidden"));
    let list = desk.app().looks.list.value.clone().expect("a list");
    let found = desk.app().found_in_trace().expect("a search").clone();
    assert_eq!(list.spans.len(), found.found.len());
    assert!(desk.says("114 spans"));
}
