//! What closer looks say when they find nothing, where their rows and the lines of an opened row lead, and whose issues are shown.

use crate::common::desk::Desk;
use egui::Key;
use egui::accesskit::Role;
use headwater::app::Command;
use headwater::app::insights::Table;
use headwater::app::issues::Issue;
use headwater::insights::Cell;
use serde_json::{Value, json};
use std::sync::Arc;

/// A span of a service in a trace. Times are milliseconds.
fn span(trace: u64, id: u64, parent: u64, name: &str, kind: u8, time: [u64; 2]) -> Value {
    const START: u64 = 1_795_243_582_000;
    let at = |after: u64| ((START + after) * 1_000_000).to_string();
    let mut span = json!({
        "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"), "name": name, "kind": kind,
        "startTimeUnixNano": at(time[0]), "endTimeUnixNano": at(time[0] + time[1]),
    });
    if parent > 0 {
        span["parentSpanId"] = json!(format!("{parent:016x}"));
    }
    span
}

fn with(mut span: Value, attributes: &[(&str, Value)]) -> Value {
    let attribute = |(key, value): &(&str, Value)| match value {
        Value::Number(number) => json!({"key": key, "value": {"intValue": number.to_string()}}),
        value => json!({"key": key, "value": {"stringValue": value}}),
    };
    span["attributes"] = attributes.iter().map(attribute).collect();
    span
}

/// Sixty requests that take the longer the more items they are for. Each asks another service, which turns every third away; and a
/// message whose processing fails.
fn traffic() -> String {
    let mut spans = Vec::new();
    for at in 1..=60u64 {
        let request = span(at, at, 0, "GET /items", 2, [at * 5_000, 100 + at * 10]);
        spans.push(with(request, &[("items", json!(at))]));
        let code = if at.is_multiple_of(3) { 429 } else { 200 };
        let asked = span(at, 1_000 + at, at, "GET", 3, [at * 5_000 + 10, 50]);
        let about = [
            ("url.full", json!("http://stock.test/left")),
            ("http.request.method", json!("GET")),
            ("http.response.status_code", json!(code)),
        ];
        spans.push(with(asked, &about));
    }
    spans.push(span(70, 70, 0, "POST /order", 2, [400_000, 40]));
    let about = |kind: &str| {
        [
            ("messaging.destination.name", json!("mail")),
            ("messaging.operation.type", json!(kind)),
        ]
    };
    let sent = span(70, 71, 70, "send mail", 4, [400_010, 10]);
    spans.push(with(sent, &about("send")));
    let mut done = span(70, 72, 71, "process mail", 5, [400_100, 500]);
    done["status"] = json!({"code": 2, "message": "no such address"});
    spans.push(with(done, &about("process")));
    let service =
        json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
    json!({"resourceSpans": [{"resource": service, "scopeSpans": [{"spans": spans}]}]}).to_string()
}

fn opened(place: &str) -> Desk {
    let mut desk = Desk::new(place);
    let file = desk.write("traffic.otlp.json", &traffic());
    desk.import(file);
    desk
}

fn go(desk: &mut Desk, place: &str) {
    desk.run(Command::Go(place.parse().expect("a place")));
}

fn shown(desk: &Desk) -> Arc<Table> {
    desk.app().insights.table.value.clone().expect("a table")
}

fn found(desk: &Desk) -> usize {
    let found = desk.app().spans.found.value.clone();
    found.expect("spans").refs.len()
}

#[test]
fn a_look_that_finds_nothing_says_what_it_looked_for() {
    let mut desk = opened("insights/requests/bursts");
    assert!(desk.has("No bursts"), "requests there are");
    assert!(!desk.has("Import files"), "that is no lack of records");
    for (place, said) in [
        ("insights/requests/retries", "No retries"),
        (
            "insights/queries/trends",
            "No query became slower or faster",
        ),
        ("insights/queues/periodic", "No periodic jobs"),
        ("insights/caches/keys", "No keys"),
        ("insights/agents/tools", "No tools"),
    ] {
        go(&mut desk, place);
        assert!(desk.has(said), "{place}");
    }
    go(&mut desk, "insights/requests/bursts?service=nobody");
    assert!(desk.has("No bursts"));
    desk.click("Clear all filters");
    assert_eq!(desk.place(), "insights/requests/bursts");
    go(&mut desk, "insights/caches/expansion?first=3");
    desk.click("Set nothing");
    assert_eq!(desk.place(), "insights/caches/expansion");
}

#[test]
fn a_stretch_of_numbers_that_goes_with_slowness_leads_to_its_spans() {
    let mut desk = opened("insights/transactions/slow");
    assert!(desk.has("Transactions with fewer than 50 runs are not judged."));
    let table = shown(&desk);
    let of = |row: usize, name: &str| table.cell(row, name).map(Cell::words).unwrap_or_default();
    let row = (0..table.rows.len()).find(|row| of(*row, "attribute") == "items");
    let row = row.unwrap_or_else(|| panic!("{:#?}", table.rows));
    assert!(of(row, "value").contains(" to "), "{}", of(row, "value"));
    desk.run(Command::FollowLook(row));
    // The six slow requests are among them, and most others are not.
    assert!((6..=12).contains(&found(&desk)), "{}", desk.place());
}

#[test]
fn the_lines_of_an_opened_row_lead_to_what_they_count() {
    let mut desk = opened("insights/requests");
    desk.run(Command::OpenInsight(shown(&desk).key(0)));
    desk.click("Statuses: 429, 20");
    assert_eq!(found(&desk), 20, "{}", desk.place());
    go(&mut desk, "insights/transactions?sort=-count");
    let most = shown(&desk);
    let most = most.order(most.column("count").expect("counts"), true)[0];
    desk.run(Command::OpenInsight(shown(&desk).key(most as usize)));
    assert!(desk.has("GET /items"), "it is opened");
    let outbound = desk.named(Role::Button, "Outbound call: ");
    desk.click(&outbound[0]);
    assert_eq!(found(&desk), 60, "{}", desk.place());
}

#[test]
fn a_failed_job_is_an_issue_of_its_own_transaction() {
    let mut desk = opened("insights/transactions");
    let table = shown(&desk);
    let is_job = |row: &usize| {
        let name = table.cell(*row, "transaction").map(Cell::words);
        name.as_deref() == Some("process mail")
    };
    let job = (0..table.rows.len()).find(is_job).expect("the job");
    desk.run(Command::OpenInsight(table.key(job)));
    assert!(desk.says("Issue: "), "what failed is told where it failed");
    let found = desk.app().issues.found.value.clone().expect("issues");
    let of_job = |issue: &&Issue| issue.title.contains("no such address");
    let issue = found.iter().find(of_job).expect("its issue");
    let met: Vec<&str> = issue.transactions.iter().map(|name| &**name).collect();
    assert_eq!(
        met,
        ["process mail"],
        "not in the request that sent the message"
    );
}

/// One query that ten endpoints run.
fn shared_query() -> String {
    let mut spans = Vec::new();
    for at in 1..=10u64 {
        let name = format!("GET /page/{}", char::from(b'a' + at as u8));
        spans.push(span(at, at, 0, &name, 2, [at * 1_000, 100]));
        let query = span(at, 100 + at, at, "SELECT", 3, [at * 1_000 + 10, 50]);
        let about = [
            ("db.system.name", json!("postgresql")),
            (
                "db.query.text",
                json!("SELECT name FROM shops WHERE id = 1"),
            ),
        ];
        spans.push(with(query, &about));
    }
    let service =
        json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
    json!({"resourceSpans": [{"resource": service, "scopeSpans": [{"spans": spans}]}]}).to_string()
}

#[test]
fn a_long_list_of_an_opened_row_is_unfolded_and_folded() {
    let mut desk = Desk::new("insights/queries");
    let file = desk.write("queries.otlp.json", &shared_query());
    desk.import(file);
    desk.run(Command::OpenInsight(shown(&desk).key(0)));
    let callers = |desk: &Desk| desk.named(Role::Button, "Callers: GET /page/").len();
    assert_eq!(callers(&desk), 8);
    desk.enter("Callers: Show all 10");
    assert_eq!(callers(&desk), 10);
    assert!(!desk.has("Callers: Show all 10"));
    // The button keeps the keyboard.
    desk.press(Key::Enter);
    assert_eq!(callers(&desk), 8);
}
