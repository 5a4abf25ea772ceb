//! Where closer looks lead, conversations to be read, incidents on the charts, and tables in narrow windows.

use crate::common::desk::{Desk, SIZE, sample};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use headwater::app::insights::words::words_at;
use headwater::app::insights::{Look, Table};
use headwater::app::{App, Command};
use headwater::insights::Cell;
use headwater::model::human::Clock;
use headwater::store::Reader;
use std::sync::Arc;

fn shown(desk: &Desk) -> Arc<Table> {
    desk.app().insights.table.value.clone().expect("a table")
}

/// The spans that a search of the command line finds.
fn found(desk: &Desk) -> usize {
    let found = desk.app().spans.found.value.clone();
    found.expect("spans").refs.len()
}

#[test]
fn rows_of_closer_looks_lead_to_the_span_that_shows_them() {
    let mut desk = Desk::with_sample("insights/queries/callers");
    let table = shown(&desk);
    let Some(Cell::Span(at)) = table.cell(0, "slowest") else {
        panic!("the first row has a slowest span");
    };
    let reader = Reader::open(&desk.app().store_path).expect("a store");
    let span = reader.span_rows(&[*at], &[]).expect("a span").remove(0);
    let first = desk.items()[0].clone();
    desk.click(&first);
    assert_eq!(desk.place(), format!("trace/{}/{}", span.trace, span.id));
}

#[test]
fn rows_without_a_span_lead_to_all_they_are_made_of() {
    let mut desk = Desk::with_sample("insights/queues/backlog");
    let table = shown(&desk);
    let number = |name: &str| table.cell(0, name).and_then(Cell::number).unwrap_or(0.0);
    let messages = number("published") + number("processed");
    let first = desk.items()[0].clone();
    desk.click(&first);
    assert!(desk.place().contains("messaging.destination.name:"));
    assert!(found(&desk) as f64 >= messages && messages > 0.0);
}

#[test]
fn times_of_closer_looks_follow_the_clock() {
    let mut desk = Desk::new("insights/agents/conversations");
    let file = desk.write("talk.otlp.json", &conversation());
    desk.import(file);
    let table = shown(&desk);
    let at = table.column("first").expect("a time");
    let words = |clock| words_at(&table.columns[at], table.rows[0].get(at), clock);
    assert!(desk.items()[0].contains(&words(Clock::Utc)));
    desk.press_with(Modifiers::COMMAND, Key::U);
    assert!(desk.items()[0].contains(&words(Clock::Local)));
}

/// Spans of a conversation in two traces, as OTLP JSON.
fn conversation() -> String {
    let attribute =
        |key: &str, value: &str| serde_json::json!({"key": key, "value": {"stringValue": value}});
    let span = |trace: u64, id: u64, start: u64, attributes: Vec<serde_json::Value>| {
        serde_json::json!({
            "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"), "name": "chat", "kind": 3,
            "startTimeUnixNano": (1_700_000_000_000_000_000u64 + start * 1_000_000).to_string(),
            "endTimeUnixNano": (1_700_000_000_000_000_000u64 + (start + 50) * 1_000_000).to_string(),
            "attributes": attributes,
        })
    };
    let call = |asked: &str, answer: &str| {
        let message = |role: &str, text: &str| {
            serde_json::json!([{"role": role, "content": text}]).to_string()
        };
        vec![
            attribute("gen_ai.operation.name", "chat"),
            attribute("gen_ai.request.model", "gpt-4.1"),
            attribute("gen_ai.conversation.id", "talk-7"),
            attribute("gen_ai.input.messages", &message("user", asked)),
            attribute("gen_ai.output.messages", &message("assistant", answer)),
        ]
    };
    let spans = [
        span(1, 1, 0, call("Where is my parcel?", "On its way.")),
        span(2, 2, 1_000, call("And when?", "Tomorrow.")),
    ];
    serde_json::json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string()
}

#[test]
fn a_conversation_opens_as_what_was_said() {
    let mut desk = Desk::new("insights/agents/conversations");
    let file = desk.write("talk.otlp.json", &conversation());
    desk.import(file);
    let row = desk.items_with("talk-7");
    desk.click(&row[0]);
    assert_eq!(
        desk.place(),
        "insights/agents/transcript?q=gen_ai.conversation.id:talk-7"
    );
    let top = |text: &str| desk.h.get_by_label(text).rect().top();
    let said = [
        "Where is my parcel?",
        "On its way.",
        "And when?",
        "Tomorrow.",
    ]
    .map(top);
    assert!(said.is_sorted(), "in the order of time: {said:?}");
    desk.click("Open the call of line 3");
    assert_eq!(
        desk.place(),
        "trace/00000000000000000000000000000002/0000000000000002"
    );
}

#[test]
fn incidents_of_alert_rules_are_marks_on_the_charts() {
    const RULES: &str = "[[rule]]
name = \"Failed requests\"
subject = \"spans\"
aggregate = \"count()\"
filter = \"is:segment status:error\"
window = \"1m\"
above = { critical = 1 }
";
    let mut desk = Desk::with("insights/transactions", SIZE, |store, place| {
        let rules = store.with_file_name("alerts.toml");
        std::fs::write(rules, RULES).expect("the system has room for temporary files");
        App::inline(store, place)
    });
    desk.import(sample());
    let tested = desk
        .app()
        .alerts
        .tested
        .value
        .clone()
        .expect("it was tried");
    let incidents = tested.results[0].incidents.len();
    assert!(incidents > 0, "requests fail");
    let marks = desk.named(Role::Link, "Alert Failed requests: Critical from ");
    assert_eq!(marks.len(), 3 * incidents, "on each of three charts");
    let first = desk.h.query_all_by_label(&marks[0]).next();
    first.expect("a mark").click();
    desk.settle();
    assert_eq!(desk.place(), "alerts/Failed%20requests");
}

#[test]
fn columns_that_do_not_fit_are_scrolled_to() {
    let open = |place: &str| {
        let mut desk = Desk::with(place, [720.0, 600.0], App::inline);
        desk.import(sample());
        desk
    };
    let mut desk = open("insights/requests");
    let sorters = |desk: &Desk| desk.named(Role::Button, "Sort by ");
    let table = shown(&desk);
    let mut all = table.columns.iter().filter(|column| column.shown);
    let last = all.next_back().expect("a column").title;
    let last = format!("Sort by {last}");
    assert!(!sorters(&desk).contains(&last), "{:?}", sorters(&desk));
    // Arrows on the titles go on to those out of sight.
    let first = sorters(&desk)[0].clone();
    desk.h.get_by_label(&first).focus();
    desk.settle();
    for _ in 0..table.columns.len() {
        desk.press(Key::ArrowRight);
    }
    assert!(sorters(&desk).contains(&last), "{:?}", sorters(&desk));
    assert!(desk.h.get_by_label(&last).is_focused());
    desk.press(Key::Enter);
    assert!(desk.place().contains("sort="), "{}", desk.place());
}

#[test]
fn all_looks_can_be_opened() {
    let mut desk = Desk::with_sample("traces");
    for look in Look::all() {
        let place = format!("insights/{}", look.path());
        desk.run(Command::Go(place.parse().expect("a place")));
        assert!(desk.app().insights.table.error.is_none(), "{place}");
        let rows = shown(&desk).rows.len();
        desk.run(Command::FollowLook(rows.saturating_sub(1)));
        assert!(rows == 0 || desk.place() != place, "{place} leads on");
    }
}
