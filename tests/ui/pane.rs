//! The details pane of a trace: what it takes a span apart into, and what can be done with it.

use crate::common::desk::Desk;
use crate::pane_support::{OTHER, QUERY, TRACE, at, capture, copied, desk_at};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::app::Command;
use headwater::app::exporting::Export;
use headwater::app::settings::Settings;
use headwater::export::Format;
use headwater::model::{CancelToken, SpanId, TraceId};
use headwater::store::Reader;
use serde_json::{Value, json};

#[test]
fn a_query_stands_on_lines_with_its_parameters() {
    let mut desk = desk_at(3);
    let formatted = "SELECT id, 'from where'\nFROM orders o\nLEFT JOIN customers c ON c.id = o.c\nWHERE o.id = $1\n  AND o.n > 17";
    assert!(desk.has(formatted));
    assert_eq!(
        copied(&mut desk, "Copy formatted").as_deref(),
        Some(formatted)
    );
    assert_eq!(
        copied(&mut desk, "Copy as recorded").as_deref(),
        Some(QUERY)
    );
    assert!(desk.has("1 parameter") && desk.has("A-17"));
    assert!(desk.has("Rows returned") && desk.has("postgresql"));
}

#[test]
fn a_request_is_told_in_parts() {
    let mut desk = desk_at(1);
    for text in [
        "shop.test",
        "8443",
        "/orders/5",
        "503  Service Unavailable",
        "2.05 kB  2,048 bytes",
    ] {
        assert!(desk.has(text), "{text}");
    }
    assert!(!desk.has("a b"), "parameters are folded at first");
    desk.click("Query parameters (2)");
    desk.h.run_steps(20);
    assert!(desk.has("coupon") && desk.has("a b"));
    desk.click("Request headers (1)");
    desk.h.run_steps(20);
    assert!(desk.has("text/html"));
}

#[test]
fn a_section_stays_folded() {
    let mut desk = desk_at(1);
    assert!(desk.has("503  Service Unavailable"));
    desk.click("Fold HTTP");
    assert!(!desk.has("503  Service Unavailable"));
    let kept = Settings::load(&Settings::path_beside(&desk.app().store_path));
    assert!(kept.folded_sections.contains("HTTP"));
    desk.click("Unfold HTTP");
    assert!(desk.has("503  Service Unavailable"));
}

#[test]
fn errors_show_the_programs_own_calls_first() {
    let mut desk = desk_at(4);
    assert!(desk.has("shop.orders.SoldOut") && desk.has("none left"));
    assert!(desk.has("Caused by") && desk.has("KeyError"));
    let own = "reserve in /srv/app/shop/orders.py:11";
    assert!(
        desk.has(own) && !desk.says("site-packages"),
        "libraries are folded"
    );
    assert_eq!(
        copied(&mut desk, own).as_deref(),
        Some("/srv/app/shop/orders.py:11")
    );
    desk.click("All 2 calls");
    desk.h.run_steps(20);
    assert!(desk.says("site-packages/django/core.py:50"));
    // What it recorded, and what was logged in it.
    assert!(desk.has("retry") && desk.has("+2.00 ms") && desk.has("attempt"));
    assert!(desk.has("Fold Logs"));
}

#[test]
fn a_call_of_a_model_is_a_conversation() {
    let mut desk = desk_at(6);
    assert!(desk.has("m-1") && desk.has("1,234"));
    assert!(desk.has("user") && desk.has("Where is my order?"));
    assert!(desk.has("answer, ended by tool call"));
    assert!(!desk.says("\"id\": 5"), "arguments are folded");
    desk.click("Calls find_order");
    desk.h.run_steps(20);
    assert!(desk.has("{\n  \"id\": 5\n}"));
}

#[test]
fn durations_of_its_kind_are_those_that_the_search_finds() {
    let mut desk = desk_at(3);
    // Others took 4, 6 and 30 ms, this one 8.
    assert!(
        desk.has("Slower than 67 % of 3 others"),
        "{:?}",
        desk.app().pane.typical.value
    );
    assert!(desk.has("Durations of 4 spans: this one took 8.00 ms"));
    let sorted = desk
        .app()
        .pane
        .typical
        .value
        .as_ref()
        .map(|typical| typical.sorted.clone());
    assert_eq!(
        sorted,
        Some([4, 6, 8, 30].map(|ms| ms * 1_000_000).to_vec())
    );
    desk.click("Show these spans");
    assert!(
        desk.place().starts_with("spans?q=op:db"),
        "{}",
        desk.place()
    );
    let found = desk
        .app()
        .spans
        .found
        .value
        .as_ref()
        .map(|found| found.refs.len());
    assert_eq!(found, Some(4));
}

#[test]
fn links_lead_to_the_other_trace_and_back() {
    let mut desk = desk_at(5);
    assert!(desk.says("of trace 00000000, which is not in the store"));
    assert!(desk.has("reason") && desk.has("batch"));
    desk.click("To span 0000000000000009 of trace 00000000");
    assert_eq!(desk.place(), format!("trace/{OTHER}/0000000000000009"));
    desk.click("From publish of trace 00000000");
    assert_eq!(desk.place(), format!("trace/{TRACE}/0000000000000005"));
}

#[test]
fn long_values_are_whole_on_demand_and_attributes_become_columns() {
    let mut desk = desk_at(1);
    desk.type_into("Filter span attributes", "note.");
    assert!(desk.has("Show all of note.long") && desk.has("Show as a tree of note.tree"));
    desk.click("Show as a tree of note.tree");
    desk.click("a {1}");
    assert!(desk.has("b [2]"));
    desk.h
        .get_by_label("note.tree: {\"a\": {\"b\": [1, 2]}}")
        .hover();
    desk.h.run();
    desk.click("Add as column");
    assert!(desk.place().starts_with("spans"), "{}", desk.place());
    assert!(desk.place().contains("note.tree"));
}

#[test]
fn the_raw_record_is_that_of_the_file_while_it_is_there() {
    let mut desk = desk_at(5);
    assert!(!desk.says("As it stands in"), "it is folded at first");
    desk.click("Unfold Raw record");
    assert!(desk.says("As it stands in"));
    let raw = copied(&mut desk, "Copy the raw record").expect("it is copied");
    assert!(capture().contains(&raw) && raw.contains("publish"), "{raw}");
    std::fs::remove_file(desk.folder.path().join("shop.jsonl")).expect("it was there");
    desk.click("Fold Raw record");
    let again = desk_again(&mut desk);
    assert!(again.says("is not there any more"));
    let raw = again.app().pane.raw.value.clone().expect("it is made anew");
    let json: serde_json::Value = serde_json::from_str(&raw.text).expect("it is JSON");
    let span = &json["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(
        (
            span["name"].as_str(),
            span["links"].as_array().map(Vec::len)
        ),
        (Some("publish"), Some(2))
    );
}

/// The same window after the trace was left and opened again.
fn desk_again(desk: &mut Desk) -> &mut Desk {
    for place in [
        format!("trace/{OTHER}"),
        format!("trace/{TRACE}/0000000000000005"),
    ] {
        desk.run(Command::Go(place.parse().expect("a place")));
    }
    desk.click("Unfold Raw record");
    desk
}

#[test]
fn the_pane_lies_below_if_wanted_and_is_sized_by_keys() {
    let mut desk = desk_at(1);
    let handle = |desk: &Desk| {
        desk.h
            .get_by_role_and_label(Role::Splitter, "Span details")
            .rect()
    };
    assert!(handle(&desk).height() > handle(&desk).width());
    desk.click("Details below");
    assert!(handle(&desk).width() > handle(&desk).height());
    desk.h
        .get_by_role_and_label(Role::Splitter, "Span details")
        .focus();
    desk.h.run();
    let before = handle(&desk).center().y;
    desk.press(Key::ArrowUp);
    assert!(handle(&desk).center().y < before);
    let kept = Settings::load(&Settings::path_beside(&desk.app().store_path));
    assert!(kept.details_below && kept.details_height_share < 0.55);
    desk.click("Details to the right");
    assert!(!desk.app().settings.details_below);
}

#[test]
fn a_note_is_kept_in_the_store() {
    let mut desk = desk_at(3);
    desk.press(Key::W);
    desk.h
        .get_by_role_and_label(Role::MultilineTextInput, "Note on this span")
        .type_text("Too slow");
    desk.settle();
    desk.press_with(Modifiers::COMMAND, Key::Enter);
    assert!(desk.has("Too slow") && !desk.has("Keep the note"));
    let notes = |desk: &Desk| {
        let reader = Reader::open(&desk.app().store_path).expect("the store can be read");
        let notes = reader.notes(TRACE.parse::<TraceId>().expect("an id"));
        notes
            .expect("the store answers")
            .into_iter()
            .map(|note| (note.span, note.text))
            .collect::<Vec<_>>()
    };
    assert_eq!(notes(&desk), [(SpanId(3), "Too slow".to_owned())]);
    // It is told in its row, in the header, and in a summary.
    assert!(
        desk.items()
            .iter()
            .any(|name| name.ends_with(", with a note"))
    );
    assert!(summary(&desk).contains("## Notes") && summary(&desk).contains(": Too slow"));
    desk.run(Command::Go(
        format!("trace/{TRACE}/0000000000000006")
            .parse()
            .expect("a place"),
    ));
    desk.click("1 note");
    desk.click_role(Role::Link, &label_of_query(&desk));
    assert_eq!(desk.app().selected_span().map(|span| span.0), Some(1));
    desk.press(Key::Escape);
    desk.click("Edit the note");
    desk.h
        .get_by_role_and_label(Role::MultilineTextInput, "Note on this span")
        .type_text("?");
    desk.settle();
    desk.press(Key::Escape);
    assert_eq!(notes(&desk)[0].1, "Too slow", "leaving changes nothing");
    desk.click("Remove the note");
    assert_eq!(notes(&desk), []);
    assert!(!desk.has("Too slow"));
}

/// The trace in words.
fn summary(desk: &Desk) -> String {
    let reader = Reader::open(&desk.app().store_path).expect("the store can be read");
    let export = Export {
        trace: TRACE.parse().expect("an id"),
        part: None,
        format: Format::Markdown,
        rules: Vec::new(),
        dark: false,
    };
    let mut out = Vec::new();
    let written = export.write(
        &reader,
        |_, _| Err(String::new()),
        &CancelToken::default(),
        &mut out,
    );
    written.expect("it is written");
    String::from_utf8(out).expect("it is text")
}

/// What the query is called in the list of notes.
fn label_of_query(desk: &Desk) -> String {
    let trace = desk
        .app()
        .trace
        .value
        .clone()
        .flatten()
        .expect("it is open");
    trace.spans[1].description.chars().take(60).collect()
}

#[test]
fn marks_on_bars_say_what_happened_and_lead_there() {
    let mut desk = desk_at(1);
    for mark in [
        "Event retry at +14.0 ms",
        "Log error sold out at +15.0 ms",
        "Error shop.orders.SoldOut none left at +16.0 ms",
    ] {
        assert!(desk.has(mark), "{mark}");
    }
    desk.click("Event retry at +14.0 ms");
    assert_eq!(desk.app().selected_span().map(|span| span.0), Some(2));
    assert!(desk.has("Fold Events") && desk.has("attempt"));
    desk.click("Fold Errors");
    desk.click("Error shop.orders.SoldOut none left at +16.0 ms");
    assert!(desk.has("KeyError"), "what a mark leads to is unfolded");
    desk.click("Log error sold out at +15.0 ms");
    assert!(desk.place().starts_with("logs?q="), "{}", desk.place());
    desk.run(Command::Go(
        format!("trace/{OTHER}").parse().expect("a place"),
    ));
    assert!(
        desk.has("Web vital LCP 12.0 ms (score 100) at +212 ms"),
        "it is counted from the start of the page"
    );
}

/// A page of 1 s with what it says of itself, and spans that report some of it once more.
fn pages() -> String {
    let double = |key: &str, value: f64| json!({"key": format!("browser.web_vital.{key}.value"), "value": {"doubleValue": value}});
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let span = |id: u64, parent: u64, op: &str, (from, to): (u64, u64), more: Vec<Value>| {
        let mut attributes = vec![text("sentry.op", op)];
        attributes.extend(more);
        let mut span = json!({"traceId": OTHER, "spanId": format!("{id:016x}"), "name": op,
            "startTimeUnixNano": at(from).to_string(), "endTimeUnixNano": at(to).to_string(), "attributes": attributes});
        if parent > 0 {
            span["parentSpanId"] = json!(format!("{parent:016x}"));
        }
        span
    };
    let phone = "Mozilla/5.0 (Linux; Android 15) Chrome/148 Mobile Safari/537.36";
    let spans = vec![
        span(
            1,
            0,
            "pageload",
            (0, 1000),
            vec![
                double("cls", 0.25),
                double("inp", 200.0),
                double("lcp", 300.0),
                double("ttfb", 800.0),
                text("user_agent.original", phone),
            ],
        ),
        span(2, 1, "resource.script", (10, 20), vec![]),
        span(
            3,
            1,
            "ui.interaction.click",
            (400, 900),
            vec![double("inp", 500.0)],
        ),
        span(
            4,
            1,
            "ui.webvital.lcp",
            (0, 310),
            vec![double("lcp", 310.0)],
        ),
        span(
            5,
            2,
            "ui.webvital.cls",
            (700, 700),
            vec![double("cls", 0.1)],
        ),
    ];
    json!({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": spans}]}]})
        .to_string()
}

#[test]
fn vitals_stand_where_they_happened_or_where_they_were_summed_up() {
    let place = format!("trace/{OTHER}");
    let mut desk = Desk::with(&place, [1280.0, 800.0], headwater::app::App::inline);
    let path = desk.write("pages.json", &pages());
    desk.import(path);
    for mark in [
        // Its sum has no instant, and is not that of the span below another.
        "Web vital CLS 0.250 (score 50) up to the end of the page at +1.00 s",
        "Web vital CLS 0.100 (score 90) at +700 ms",
        // The span that reports it counts, when the page answered.
        "Web vital INP 500 ms (score 50) at +900 ms",
        "Web vital LCP 310 ms (score 100) at +310 ms",
        // By the curve of phones; on a desk it would be 10.
        "Web vital TTFB 800 ms (score 90) at +800 ms",
    ] {
        assert!(
            desk.has(mark),
            "{mark}: {:?}",
            desk.named(Role::Button, "Web")
        );
    }
    let told = desk.named(Role::Button, "Web vital");
    assert_eq!(told.len(), 5, "none is told twice: {told:?}");
}

#[test]
fn a_call_of_a_stack_is_copied_by_key_and_menu() {
    let mut desk = desk_at(4);
    let own = "reserve in /srv/app/shop/orders.py:11";
    let copied_now = |desk: &Desk| {
        let commands = &desk.h.output().platform_output.commands;
        commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    };
    desk.h.get_by_label(own).focus();
    desk.h.run();
    desk.h.key_down(Key::Enter);
    desk.h.step();
    let file = "/srv/app/shop/orders.py:11";
    assert_eq!(copied_now(&desk).as_deref(), Some(file));
    desk.h.key_up(Key::Enter);
    desk.settle();
    desk.h.get_by_label(own).click_secondary();
    desk.settle();
    desk.h.get_by_label("Copy the whole stack").click();
    desk.h.step();
    let stack = "shop.orders.SoldOut: none left\n    reserve in /srv/app/shop/orders.py:11\n        raise SoldOut(1)\n";
    let told = copied_now(&desk).expect("it is copied");
    assert!(told.starts_with(stack), "{told}");
    assert!(told.contains("\nCaused by KeyError: 'a'\n    take in /srv/app/shop/stock.py:7\n"));
    desk.settle();
    desk.h.key_down(Key::Y);
    desk.h.step();
    assert_eq!(copied_now(&desk), Some(told), "the key does the same");
}

#[test]
fn bars_are_as_long_as_a_number_if_wanted() {
    let mut desk = desk_at(1);
    desk.press(Key::B);
    let keys = desk
        .app()
        .lengths
        .keys
        .value
        .clone()
        .expect("they were looked for");
    let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    let expected = [
        "db.response.returned_rows",
        "gen_ai.usage.input_tokens",
        "http.response.body.size",
        "http.response.status_code",
    ];
    assert_eq!(keys, expected);
    desk.press(Key::B);
    assert!(
        desk.place_now()
            .ends_with("?bars=db.response.returned_rows"),
        "{}",
        desk.place_now()
    );
    let named = |desk: &Desk, end: &str| {
        desk.items()
            .iter()
            .filter(|name| name.ends_with(end))
            .count()
    };
    assert_eq!((named(&desk, ", 3"), named(&desk, ", no value")), (1, 3));
    desk.click("Bars: db.response.returned_rows");
    desk.click_role(Role::RadioButton, "http.response.body.size");
    assert_eq!(named(&desk, ", 2.05 kB"), 1);
    let place = format!("trace/{TRACE}?bars=gen_ai.usage.input_tokens");
    desk.run(Command::Go(place.parse().expect("a place")));
    assert_eq!(named(&desk, ", 1,234"), 1);
    // The menu stays open until one clicks elsewhere.
    desk.click_role(Role::RadioButton, "Time");
    assert_eq!(named(&desk, ", 100 ms"), 1);
}
