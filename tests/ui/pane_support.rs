//! Two traces that have one span of each kind that the details pane takes apart, and a window over them.

use crate::common::desk::Desk;
use egui_kittest::kittest::Queryable as _;
use serde_json::{Value, json};

/// The trace of the window.
pub const TRACE: &str = "00000000000000000000000000000abc";
/// Another one, which a span of the first is linked with.
pub const OTHER: &str = "00000000000000000000000000000def";

/// The query of the span `3`.
pub const QUERY: &str = "SELECT id, 'from where' FROM orders o LEFT JOIN customers c ON c.id = o.c WHERE o.id = $1 AND o.n > 17";

/// The file.
pub fn capture() -> String {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let int = |key: &str, value: i64| json!({"key": key, "value": {"intValue": value.to_string()}});
    let request = vec![
        text("http.request.method", "POST"),
        text(
            "url.full",
            "https://shop.test:8443/orders/5?coupon=a%20b&page=2",
        ),
        int("http.response.status_code", 503),
        int("http.response.body.size", 2_048),
        json!({"key": "http.request.header.accept", "value": {"arrayValue": {"values": [{"stringValue": "text/html"}]}}}),
        text("note.long", &"long words ".repeat(100)),
        text("note.tree", "{\"a\": {\"b\": [1, 2]}}"),
    ];
    let query = vec![
        text("db.system.name", "postgresql"),
        text("db.query.text", QUERY),
        text("db.query.parameter.1", "A-17"),
        int("db.response.returned_rows", 3),
    ];
    let chat = vec![
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.request.model", "m-1"),
        int("gen_ai.usage.input_tokens", 1_234),
        text(
            "gen_ai.input.messages",
            r#"[{"role":"user","parts":[{"type":"text","content":"Where is my order?"}]}]"#,
        ),
        text(
            "gen_ai.output.messages",
            r#"[{"role":"assistant","parts":[{"type":"tool_call","name":"find_order","arguments":"{\"id\": 5}"}],"finish_reason":"tool_call"}]"#,
        ),
    ];
    let page = vec![
        text("sentry.op", "pageload"),
        json!({"key": "browser.web_vital.lcp.value", "value": {"doubleValue": 12.0}}),
    ];
    let stack = "Traceback (most recent call last):\n  File \"/srv/app/shop/stock.py\", line 7, in take\n    return shelf[key]\nKeyError: 'a'\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/srv/venv/lib/python3.11/site-packages/django/core.py\", line 50, in inner\n    response = get(request)\n  File \"/srv/app/shop/orders.py\", line 11, in reserve\n    raise SoldOut(1)\nshop.orders.SoldOut: none left\n";
    let exception = json!([
        {"name": "retry", "timeUnixNano": at(14).to_string(), "attributes": [int("attempt", 2)]},
        {"name": "exception", "timeUnixNano": at(16).to_string(), "attributes": [
            text("exception.type", "shop.orders.SoldOut"), text("exception.message", "none left"),
            text("exception.stacktrace", stack)]}]);
    let mut failed = span(TRACE, 4, 1, "reserve", (12, 18), vec![]);
    failed["events"] = exception;
    failed["status"] = json!({"code": 2});
    let mut linked = span(TRACE, 5, 1, "publish", (20, 30), vec![]);
    linked["links"] = json!([
        {"traceId": OTHER, "spanId": format!("{:016x}", 9), "attributes": [text("reason", "batch")]},
        {"traceId": "000000000000000000000000000000ff", "spanId": format!("{:016x}", 1)}]);
    let mut log = json!({"timeUnixNano": at(15).to_string(), "severityNumber": 17, "body": {"stringValue": "sold out"}});
    log["traceId"] = json!(TRACE);
    log["spanId"] = json!(format!("{:016x}", 4));
    let spans = vec![
        span(TRACE, 1, 0, "POST /orders", (0, 100), request),
        span(TRACE, 3, 1, "SELECT orders", (2, 10), query),
        failed,
        linked,
        span(TRACE, 6, 1, "chat m-1", (40, 90), chat),
        // Others like the query, faster and slower.
        others(7, (0, 4)),
        others(8, (10, 16)),
        others(10, (20, 50)),
        span(OTHER, 9, 0, "consume", (200, 230), page),
    ];
    let resource = json!({"attributes": [text("service.name", "shop")]});
    let traces = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "orm"}, "spans": spans}]}]});
    let logs =
        json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [log]}]}]});
    format!("{traces}\n{logs}\n")
}

/// Unix nanoseconds of a millisecond of the trace.
pub fn at(ms: u64) -> u64 {
    1_700_000_000_000_000_000 + ms * 1_000_000
}

fn others(id: u64, times: (u64, u64)) -> Value {
    let query = QUERY.replace("17", &id.to_string());
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let attributes = vec![
        text("db.system.name", "postgresql"),
        text("db.query.text", &query),
    ];
    span(OTHER, id, 9, "SELECT orders", times, attributes)
}

fn span(
    trace: &str,
    id: u64,
    parent: u64,
    name: &str,
    (from, to): (u64, u64),
    attributes: Vec<Value>,
) -> Value {
    json!({
        "traceId": trace,
        "spanId": format!("{id:016x}"),
        "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
        "name": name,
        "kind": 1,
        "startTimeUnixNano": at(from).to_string(),
        "endTimeUnixNano": at(to).to_string(),
        "attributes": attributes,
    })
}

/// The window at a span, tall enough for all of its pane.
pub fn desk_at(span: u64) -> Desk {
    desk_of(span, [1280.0, 2400.0])
}

/// The same in another size.
pub fn desk_of(span: u64, size: [f32; 2]) -> Desk {
    let place = format!("trace/{TRACE}/{span:016x}");
    let mut desk = Desk::with(&place, size, headwater::app::App::inline);
    let path = desk.write("shop.jsonl", &capture());
    desk.import(path);
    desk
}

/// What is copied by a click.
pub fn copied(desk: &mut Desk, label: &str) -> Option<String> {
    desk.h.get_by_label(label).click();
    desk.h.step();
    let commands = &desk.h.output().platform_output.commands;
    let text = commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    desk.settle();
    text
}
