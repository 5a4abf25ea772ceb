//! What Sentry's own interface answers: traces as trees in both shapes, events with their entries, and damage to them.

use crate::import_support::{Memory, import, import_bytes};
use headwater::import::FORMATS;
use headwater::model::batch::{Batch, BatchValue, ErrorRecord, SpanRecord, SpanStatus};
use headwater::model::report::Outcome;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data/sentry_trace").join(name)
}

fn attr(batch: &Batch, span: &SpanRecord, name: &str) -> Option<String> {
    batch.attr(&span.attrs, name).map(|value| match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    })
}

fn service(batch: &Batch, resource: u32) -> &str {
    batch.text(batch.resources[resource as usize].service)
}

fn span<'b>(batch: &'b Batch, id: &str) -> &'b SpanRecord {
    let mut spans = batch.spans.iter();
    let found = spans.find(|span| span.id.to_string() == id);
    found.unwrap_or_else(|| panic!("no span {id}"))
}

fn error(batch: &Batch, id: u128) -> &ErrorRecord {
    let found = batch.errors.iter().find(|error| error.id == id);
    found.unwrap_or_else(|| panic!("no error {id:x}"))
}

fn claims(bytes: &[u8]) -> Vec<&'static str> {
    let prefix = &bytes[..bytes.len().min(64 * 1024)];
    let claims = FORMATS.iter().filter(|format| (format.sniff)(prefix));
    claims.map(|format| format.id).collect()
}

const OUT_OF_STOCK: u128 = 0x1111_2222_3333_4444_5555_6666_7777_8888;

#[test]
fn every_shape_is_recognised_whether_pretty_or_not() {
    for name in ["trace.json", "events-trace.json", "event-details.json"] {
        let pretty = std::fs::read(data(name)).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&pretty).unwrap();
        let short = value.to_string();
        for bytes in [&pretty[..], short.as_bytes()] {
            assert_eq!(claims(bytes), ["sentry-trace"], "{name}");
        }
    }
    let events = r#"[{"event_id":"1","platform":"p","exception":{},"contexts":{}}]"#;
    assert_eq!(claims(events.as_bytes()), ["sentry-event"]);
    for no in [
        "[]",
        "{}",
        "",
        r#"{"transactions":[]}"#,
        r#"[{"children":[{"children":[]}]}]"#,
        "[[[[{}]]]]",
    ] {
        assert!(!claims(no.as_bytes()).contains(&"sentry-trace"), "{no}");
    }
}

#[test]
fn a_trace_of_nested_spans() {
    let mut sink = Memory::default();
    let report = import(&data("trace.json"), &mut sink);
    assert_eq!(report.format, "sentry-trace");
    let counts = report.counts;
    assert_eq!(
        (counts.spans, counts.errors, counts.traces),
        (3, 2, 1),
        "{report:?}"
    );
    assert_eq!(report.problems.skipped_total, 0);
    assert_eq!(report.problems.remarks.len(), 1);
    assert!(report.problems.remarks[0].text.contains("id of its trace"));
    let batch = &sink.batches[0];
    let root = span(batch, "a1b2c3d4e5f60718");
    assert!(root.segment && root.parent.is_none() && !root.trace.is_none());
    assert_eq!(batch.text(root.name), "/api/cart");
    assert_eq!(batch.text(root.op), "http.server");
    assert_eq!(root.start.0, 1_795_243_582_722_579_000);
    assert_eq!(root.duration, 48_421_000);
    assert_eq!(service(batch, root.resource), "shop-api");
    assert_eq!(
        batch.text(batch.resources[root.resource as usize].sdk),
        "sentry.python.django"
    );
    for (name, value) in [
        ("http.response.status_code", "Int(500)"),
        ("measurements.lcp", "Float(2500.5)"),
        ("project_id", "Int(2)"),
        ("transaction_id", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
    ] {
        assert_eq!(attr(batch, root, name).as_deref(), Some(value), "{name}");
    }
    assert!(attr(batch, root, "occurrences").is_some_and(|json| json.contains("N+1 Query")));
    let query = span(batch, "b9b1f2c3d4e5f601");
    assert_eq!(
        (query.parent, query.trace, query.segment),
        (root.id, root.trace, false)
    );
    assert_eq!(
        batch.text(query.description),
        "SELECT * FROM cart WHERE id = %s"
    );
    assert_eq!(
        attr(batch, query, "db.system").as_deref(),
        Some("postgresql")
    );
    // It does not name its parent, but stands under it.
    let render = span(batch, "b9b1f2c3d4e5f602");
    assert_eq!(
        (render.parent, render.start.0),
        (root.id, 1_795_243_582_745_000_000)
    );
    let failed = error(batch, OUT_OF_STOCK);
    assert_eq!((failed.span, failed.trace), (root.id, root.trace));
    assert_eq!(batch.text(failed.exception_type), "CartError");
    assert_eq!(batch.text(failed.message), "out of stock");
    assert_eq!(batch.text(failed.transaction), "/api/cart");
    assert_eq!(failed.time.0, 1_795_243_582_748_000_000);
    let document: serde_json::Value = serde_json::from_str(batch.text(failed.document)).unwrap();
    assert_eq!(document["short_id"], "SHOP-API-2D");
    let orphan = error(batch, 0xaaaa_2222_3333_4444_5555_6666_7777_8888);
    assert_eq!((orphan.trace, orphan.span.is_none()), (root.trace, true));
    assert_eq!(batch.text(orphan.level), "fatal");
    assert_eq!(batch.text(orphan.message), "Uncaught");
    assert_eq!(service(batch, orphan.resource), "shop-web");
}

#[test]
fn a_trace_of_transactions() {
    let mut sink = Memory::default();
    let report = import(&data("events-trace.json"), &mut sink);
    let counts = report.counts;
    assert_eq!(
        (counts.spans, counts.errors, counts.traces),
        (2, 2, 1),
        "{report:?}"
    );
    assert_eq!(report.problems.skipped_total, 0);
    let batch = &sink.batches[0];
    let page = span(batch, "a1b2c3d4e5f60718");
    assert_eq!(
        (batch.text(page.name), batch.text(page.op)),
        ("/cart", "pageload")
    );
    assert_eq!((page.status, page.duration), (SpanStatus::Ok, 61_000_000));
    for (name, value) in [
        ("event_id", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"),
        ("measurements.lcp", "Float(2500.5)"),
        ("measurements.lcp.unit", "millisecond"),
        ("browser", "Firefox"),
        ("generation", "Int(0)"),
    ] {
        assert_eq!(attr(batch, page, name).as_deref(), Some(value), "{name}");
    }
    let served = span(batch, "a1b2c3d4e5f60719");
    assert!(served.segment);
    assert_eq!((served.parent, served.status), (page.id, SpanStatus::Error));
    assert_eq!(
        attr(batch, served, "headwater.original_parent_span_id").as_deref(),
        Some("cccccccccccccccc")
    );
    let failed = error(batch, OUT_OF_STOCK);
    assert_eq!(failed.span.to_string(), "dddddddddddddddd");
    assert_eq!(batch.text(failed.exception_type), "CartError");
    assert_eq!(failed.time.0, 1_795_243_582_000_000_000);
    assert!(batch.errors.iter().all(|error| error.trace == page.trace));
}

#[test]
fn events_with_their_entries() {
    let mut sink = Memory::default();
    let report = import(&data("event-details.json"), &mut sink);
    assert_eq!(
        (report.counts.spans, report.counts.errors),
        (2, 2),
        "{report:?}"
    );
    assert_eq!(report.problems, Default::default());
    let batch = &sink.batches[0];
    let root = span(batch, "a1b2c3d4e5f60719");
    assert_eq!(root.trace.to_string(), "5af7183fb1d4cf5f5af7183fb1d4cf5f");
    assert_eq!(root.parent.to_string(), "a1b2c3d4e5f60718");
    assert_eq!(
        (batch.text(root.name), batch.text(root.op)),
        ("/api/cart", "http.server")
    );
    assert_eq!(
        (root.duration, root.status),
        (43_000_000, SpanStatus::Error)
    );
    assert_eq!(service(batch, root.resource), "shop-api");
    for (name, value) in [
        ("http.route", "/api/cart"),
        ("browser.name", "Firefox"),
        ("environment", "production"),
        ("request.method", "GET"),
        ("user.id", "7"),
        ("measurements.lcp", "Float(2500.5)"),
    ] {
        assert_eq!(attr(batch, root, name).as_deref(), Some(value), "{name}");
    }
    assert!(attr(batch, root, "breadcrumbs").is_some_and(|json| json.contains("hello")));
    let query = span(batch, "b9b1f2c3d4e5f601");
    assert_eq!((query.parent, query.duration), (root.id, 12_000_000));
    let failed = error(batch, OUT_OF_STOCK);
    assert_eq!((failed.trace, failed.span), (root.trace, query.id));
    assert_eq!(batch.text(failed.exception_type), "CartError");
    assert_eq!(batch.text(failed.message), "out of stock");
    assert_eq!(batch.text(failed.level), "fatal");
    assert_eq!(batch.text(failed.transaction), "/api/cart");
    let message = error(batch, 0x2111_2222_3333_4444_5555_6666_7777_8888);
    assert_eq!(batch.text(message.message), "disk almost full");
    assert_eq!(batch.text(message.level), "error");
}

fn node(id: u64, children: &str) -> String {
    format!(
        r#"{{"children":[{children}],"event_id":"{id:016x}","event_type":"span","project_slug":"p","op":"o","start_timestamp":1795243582.5,"end_timestamp":1795243583}}"#
    )
}

#[test]
fn the_trace_that_is_said_counts() {
    let said = node(1, "").replace(
        "\"op\"",
        "\"trace_id\":\"5af7183fb1d4cf5f5af7183fb1d4cf5f\",\"op\"",
    );
    let (report, sink) = import_bytes(format!("[{said},{}]", node(2, "")).as_bytes());
    assert_eq!((report.counts.spans, report.counts.traces), (2, 1));
    assert_eq!(report.problems, Default::default());
    let batch = &sink.batches[0];
    assert_eq!(
        batch.spans[1].trace.to_string(),
        "5af7183fb1d4cf5f5af7183fb1d4cf5f"
    );
    // One that had to be made is the same each time, whatever came later.
    let made = |text: String| import_bytes(text.as_bytes()).1.batches[0].spans[0].trace;
    let first = made(format!("[{}]", node(1, "")));
    assert_eq!(made(format!("[{},{}]", node(1, ""), node(2, ""))), first);
    assert_ne!(made(format!("[{}]", node(2, ""))), first);
}

#[test]
fn a_bad_node_is_left_out_alone() {
    let whole = |bad: &str| {
        format!(
            "[{},\n{}]",
            node(1, &node(2, "")),
            node(3, &format!("\n{bad},{}", node(4, "")))
        )
    };
    for bad in [
        "5".to_owned(),
        "[1]".to_owned(),
        node(9, "").replace("\"event_id\"", "\"no_id\""),
        node(9, "").replace("1795243582.5", "\"soon\""),
        node(9, "").replace("1795243582.5", "null"),
        node(9, "").replace("\"event_id\":\"0000000000000009\"", "\"event_id\":9"),
        node(9, "")
            .replace(":\"span\"", ":\"error\"")
            .replace("\"event_id\"", "\"no_id\""),
    ] {
        let text = whole(&bad);
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 4, "{bad}: {report:?}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{bad}");
        let place = text.find(&format!("\n{bad}")).unwrap() as u64 + 1;
        assert_eq!((skipped[0].line, skipped[0].byte), (3, place), "{bad}");
    }
}

#[test]
fn any_depth_is_read_without_recursion() {
    let depth = 20_000;
    let open = r#"{"event_id":"ID","event_type":"span","project_slug":"p","op":"o","start_timestamp":1795243582,"end_timestamp":1795243583,"children":["#;
    let mut text = String::from("[");
    for id in 1..=depth {
        text.push_str(&open.replace("ID", &format!("{id:016x}")));
    }
    text.push_str(&"]}".repeat(depth));
    text.push(']');
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!(report.counts.spans, depth as u64);
    let batch = &sink.batches[0];
    let last = span(batch, &format!("{depth:016x}"));
    assert_eq!(last.parent.0, depth as u64 - 1);
    // Cut off in the middle: nothing has ended yet, and that is said.
    let (report, _) = import_bytes(&text.as_bytes()[..text.len() / 2]);
    assert_eq!((report.counts.spans, report.problems.skipped_total), (0, 1));
}

#[test]
fn a_truncated_answer_keeps_what_came_before() {
    let text = format!(
        "[{},{},{}]",
        node(1, &node(2, "")),
        node(3, ""),
        node(4, "")
    );
    let (report, _) = import_bytes(&text.as_bytes()[..text.len() - 30]);
    assert_eq!(report.outcome, Outcome::Complete);
    assert_eq!((report.counts.spans, report.problems.skipped_total), (3, 1));
    assert!(
        report.problems.skipped[0]
            .reason
            .contains("3 records before that were kept")
    );
}

#[test]
fn a_list_that_is_none_is_listed() {
    let whole = std::fs::read_to_string(data("events-trace.json")).unwrap();
    let text = whole.replacen("\"transactions\": [", "\"transactions\": {", 1);
    assert_ne!(text, whole);
    let (report, _) = import_bytes(text.as_bytes());
    assert_eq!(report.problems.skipped_total, 1, "{report:?}");
    assert_eq!(report.problems.skipped[0].line, 2);
    assert!(
        report.problems.skipped[0]
            .reason
            .contains("should be a list")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damage_never_panics_and_never_goes_unsaid(which in 0usize..3, at in 0usize..9000, byte: u8, cut in 1usize..9000) {
        let (name, records) = [("trace.json", 5), ("events-trace.json", 4), ("event-details.json", 4)][which];
        let whole = std::fs::read(data(name)).unwrap();
        let count = |report: &headwater::model::report::FileReport| report.counts.spans + report.counts.errors;
        let said = |report: &headwater::model::report::FileReport| {
            report.problems.skipped_total > 0 || report.error.is_some()
        };
        let (report, _) = import_bytes(&whole[..cut % (whole.len() - 2)]);
        prop_assert!(said(&report), "{report:?}");
        let mut bytes = whole.clone();
        let at = at % bytes.len();
        bytes[at] = byte;
        let (report, _) = import_bytes(&bytes);
        prop_assert!(report.error.as_ref().is_none_or(|error| !error.contains("mistake")));
        let renamed = whole[..at].iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        prop_assert!(count(&report) >= records || said(&report) || renamed, "{report:?}");
    }
}
