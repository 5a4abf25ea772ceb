//! What SDKs print on the console, ClickHouse's rows and Chrome's trace events: small files, single fields, and damage.

use crate::import_support::{Memory, import, import_bytes};
use headwater::import::{FORMATS, sniff};
use headwater::model::batch::{Batch, BatchValue, LogRecord, SpanKind, SpanRecord, SpanStatus};
use headwater::model::conventions::{Category, category};
use headwater::model::report::{FileReport, Outcome};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn path(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data").join(name)
}

fn data(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

fn imported(name: &str) -> (FileReport, Memory) {
    let mut sink = Memory::default();
    let report = import(&path(name), &mut sink);
    (report, sink)
}

fn shown(batch: &Batch, value: BatchValue) -> String {
    match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    }
}

fn attr(batch: &Batch, span: &SpanRecord, name: &str) -> String {
    let value = batch.attr(&span.attrs, name);
    value.map_or_else(String::new, |value| shown(batch, value))
}

fn log_attr(batch: &Batch, log: &LogRecord, name: &str) -> String {
    let value = batch.attr(&log.attrs, name);
    value.map_or_else(String::new, |value| shown(batch, value))
}

fn resource_attr(batch: &Batch, resource: u32, name: &str) -> String {
    let attrs = &batch.resources[resource as usize].attrs;
    let value = batch.attr(attrs, name);
    value.map_or_else(String::new, |value| shown(batch, value))
}

fn service<'b>(batch: &'b Batch, span: &SpanRecord) -> &'b str {
    batch.text(batch.resources[span.resource as usize].service)
}

fn named<'b>(batch: &'b Batch, name: &str) -> &'b SpanRecord {
    let mut spans = batch.spans.iter();
    let found = spans.find(|span| batch.text(span.name) == name);
    found.unwrap_or_else(|| panic!("no span {name}"))
}

fn json(batch: &Batch, text: headwater::model::batch::Text) -> serde_json::Value {
    serde_json::from_str(batch.text(text)).unwrap()
}

/// How often a remark was made whose text has this in it.
fn times(report: &FileReport, word: &str) -> u64 {
    let remarks = report.problems.remarks.iter();
    let found = remarks.filter(|remark| remark.text.contains(word));
    found.map(|remark| remark.times).sum()
}

#[test]
fn every_sample_is_told_by_its_content() {
    for (name, id) in [
        ("console/python.txt", "otel-console"),
        ("console/go-pretty.txt", "otel-console"),
        ("console/go-lines.txt", "otel-console"),
        ("clickhouse/traces.jsonl", "clickhouse-otel"),
        ("clickhouse/answer.json", "clickhouse-otel"),
        ("chrome/browser.json", "chrome-trace"),
        ("chrome/array.json", "chrome-trace"),
    ] {
        let bytes = std::fs::read(path(name)).unwrap();
        let prefix = &bytes[..bytes.len().min(64 * 1024)];
        let claims = FORMATS.iter().filter(|format| (format.sniff)(prefix));
        let claims: Vec<_> = claims.map(|format| format.id).collect();
        // Any object with a time can be a log line; Python's metrics have a list of the same name as OTLP's.
        let first = claims.first().copied();
        assert_eq!(first, Some(id), "{name}");
        let others = claims.iter().skip(1);
        let more = others.filter(|id| !matches!(**id, "ndjson-logs" | "otlp-json"));
        assert_eq!(more.count(), 0, "{name}: {claims:?}");
    }
    let logs = std::fs::read(path("clickhouse/logs.jsonl")).unwrap();
    assert_eq!(
        sniff(&logs).map(|format| format.id),
        Some("clickhouse-otel")
    );
}

#[test]
fn what_a_python_program_prints() {
    let (report, sink) = imported("console/python.txt");
    let counts = report.counts;
    assert_eq!((counts.traces, counts.spans, counts.logs), (1, 14, 2));
    assert_eq!(counts.errors, 1);
    assert_eq!(report.problems.skipped, []);
    assert_eq!(times(&report, "other output"), 3);
    assert_eq!(times(&report, "Metrics"), 1);
    let batch = &sink.batches[0];
    assert_eq!(batch.resources.len(), 1);
    let root = named(batch, "POST /checkout");
    assert_eq!(root.kind, SpanKind::Server);
    assert_eq!(root.status, SpanStatus::Error);
    assert_eq!(batch.text(root.status_message), "payment failed");
    assert_eq!(service(batch, root), "checkout");
    assert_eq!(
        resource_attr(batch, root.resource, "service.version"),
        "1.4.2"
    );
    assert!(root.parent.is_none() && root.segment);
    assert_eq!(root.start.0 % 1_000_000_000, 772_511_000);
    assert_eq!(root.duration, 3_108_000);
    let charge = named(batch, "charge card");
    assert_eq!((charge.parent, charge.kind), (root.id, SpanKind::Internal));
    let events = json(batch, charge.events);
    assert_eq!(events[0]["name"], "attempt");
    assert_eq!(events[0]["attributes"][0]["value"]["intValue"], "1");
    let links = json(batch, charge.links);
    assert_eq!(links[0]["traceId"], "5b8efff798038103d269b633813fc60c");
    assert_eq!(links[0]["spanId"], "eee19b7ec376b928");
    assert_eq!(links[0]["attributes"][0]["value"]["stringValue"], "retry");
    let error = &batch.errors[0];
    assert_eq!(batch.text(error.exception_type), "ValueError");
    assert_eq!(batch.text(error.message), "card declined");
    assert_eq!(error.span, charge.id);
    let log = &batch.logs[0];
    assert_eq!(batch.text(log.body), "basket b-7 has 12 items");
    assert_eq!((log.severity, batch.text(log.severity_text)), (9, "INFO"));
    assert_eq!((log.trace, log.span), (root.trace, root.id));
    assert_eq!(log.time.0 % 1_000_000_000, 772_558_000);
    assert_eq!(log_attr(batch, log, "code.line.number"), "Int(22)");
    let queries = batch.spans.iter();
    let queries = queries.filter(|span| batch.text(span.name) == "SELECT shop");
    assert!(attr(batch, queries.clone().next().unwrap(), "tags").starts_with('['));
    for query in queries {
        assert_eq!(batch.text(query.op), "db");
        assert_eq!(category(batch.text(query.op)), Category::Database);
        let description = "SELECT price FROM item WHERE id = %s";
        assert_eq!(batch.text(query.description), description);
        assert_eq!(query.parent, root.id);
    }
}

#[test]
fn older_python_versions_write_otherwise() {
    let text = r#"{"name":"a","context":{"trace_id":"0x5b8efff798038103d269b633813fc60c","span_id":"0xeee19b7ec376b928","trace_state":"['k=v']"},
"kind":"SpanKind.CONSUMER","parent_id":"0x00f067aa0ba902b7","start_time":"2026-11-21T06:46:22.000001Z","end_time":null,
"status":{"status_code":"OK"},"attributes":null,"events":[],"links":[],"resource":{"service.name":"old","n":1}}
{"body":{"k":1},"severity_number":"<SeverityNumber.WARN2: 14>","severity_text":"WARN","attributes":{},"dropped_attributes":3,"timestamp":null,
"observed_timestamp":"2026-11-21T06:46:23.000000Z","trace_id":"","span_id":"","trace_flags":null,"resource":"BoundedAttributes"}
"#;
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!(
        (report.counts.spans, report.counts.logs),
        (1, 1),
        "{report:?}"
    );
    assert_eq!(times(&report, "without an end"), 1);
    let batch = &sink.batches[0];
    let span = &batch.spans[0];
    assert_eq!(
        (service(batch, span), span.kind),
        ("old", SpanKind::Consumer)
    );
    assert_eq!(resource_attr(batch, span.resource, "n"), "Int(1)");
    assert_eq!((span.duration, span.status), (0, SpanStatus::Ok));
    assert_eq!(attr(batch, span, "w3c.tracestate"), "['k=v']");
    let log = &batch.logs[0];
    assert_eq!((batch.text(log.body), log.severity), ("{\"k\":1}", 14));
    assert_eq!(log.time.0, 1_795_243_583_000_000_000);
    assert_eq!(
        log_attr(batch, log, "otel.dropped_attributes_count"),
        "Int(3)"
    );
    assert!(log.trace.is_none() && log.span.is_none());
    assert_eq!(log_attr(batch, log, "resource"), "BoundedAttributes");
}

#[test]
fn what_a_go_program_prints_prettily() {
    let (report, sink) = imported("console/go-pretty.txt");
    assert_eq!(
        (report.counts.spans, report.counts.errors),
        (1, 1),
        "{report:?}"
    );
    assert_eq!(report.problems.skipped, []);
    assert_eq!(times(&report, "other output"), 1);
    let batch = &sink.batches[0];
    let span = &batch.spans[0];
    assert_eq!(span.trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span.parent.to_string(), "53995c3f42cd8ad8");
    assert_eq!(
        (span.kind, span.status),
        (SpanKind::Client, SpanStatus::Error)
    );
    assert_eq!(batch.text(span.status_message), "no route to host");
    assert_eq!(span.start.0, 1_795_243_582_500_000_000);
    assert_eq!(span.duration, 219_579_123);
    assert_eq!(service(batch, span), "payments");
    let scope = &batch.scopes[span.scope as usize];
    assert_eq!(batch.text(scope.name), "shop/payments");
    assert_eq!(batch.text(scope.version), "v0.3.1");
    assert_eq!(attr(batch, span, "amount"), "Float(12.0)");
    assert!(attr(batch, span, "retries").starts_with('['));
    assert_eq!(attr(batch, span, "w3c.tracestate"), "vendor=a");
    assert_eq!(attr(batch, span, "otel.dropped_attributes_count"), "Int(2)");
    assert_eq!(
        batch.text(span.description),
        "POST https://pay.example/charge"
    );
    let links = json(batch, span.links);
    assert_eq!(links[0]["spanId"], "eee19b7ec376b928");
    assert_eq!(links[0]["attributes"][0]["key"], "why");
    let error = &batch.errors[0];
    assert_eq!(batch.text(error.message), "connection \"refused\"");
}

#[test]
fn what_a_go_program_prints_a_line_each() {
    let (report, sink) = imported("console/go-lines.txt");
    let counts = report.counts;
    assert_eq!((counts.traces, counts.spans, counts.logs), (2, 2, 2));
    assert_eq!(report.problems.skipped, []);
    assert_eq!(times(&report, "other output"), 1);
    assert_eq!(times(&report, "Metrics"), 1);
    assert_eq!(times(&report, "neither a span nor a log"), 1);
    let batch = &sink.batches[0];
    let root = named(batch, "POST /pay");
    assert!(root.parent.is_none());
    assert_eq!(root.kind, SpanKind::Server);
    assert_eq!(named(batch, "warm up").status, SpanStatus::Ok);
    assert_eq!(batch.resources.len(), 1);
    let [failed, other] = &batch.logs[..] else {
        panic!("two logs");
    };
    assert_eq!(batch.text(failed.body), "charge failed");
    assert_eq!((failed.severity, failed.span), (17, root.id));
    assert_eq!(log_attr(batch, failed, "order"), "Int(7)");
    assert_eq!(other.time.0, 1_795_243_583_000_000_000);
    assert!(other.trace.is_none());
    assert!(batch.text(other.body).starts_with("[{\"Key\":\"a\""));
}

#[test]
fn console_output_that_breaks_off_or_is_damaged() {
    let text = data("console/python.txt");
    let end = text.find("\"POST /checkout\"").unwrap();
    let (report, _) = import_bytes(&text.as_bytes()[..end]);
    assert_eq!((report.counts.spans, report.counts.logs), (13, 2));
    let skipped = &report.problems.skipped;
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    let start = text[..end].rfind("\n{").unwrap() as u64 + 1;
    assert_eq!(skipped[0].byte, start);
    let line = text[..start as usize].matches('\n').count() as u64 + 1;
    assert_eq!(skipped[0].line, line);
    // A good text that has another object instead of a time.
    let bad = text.replacen("\"start_time\": \"", "\"start_time\": \"x", 1);
    let (report, _) = import_bytes(bad.as_bytes());
    assert_eq!((report.counts.spans, report.counts.logs), (13, 2));
    let skipped = &report.problems.skipped;
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].reason.contains("a time was expected"));
    let start = bad[..bad.find("\"start_time\": \"x").unwrap()].rfind("\n{");
    assert_eq!(skipped[0].byte, start.unwrap() as u64 + 1);
    // A line of output in the middle of an object.
    let torn = text.replacen("\"kind\":", "hello \"kind\":", 1);
    let (report, _) = import_bytes(torn.as_bytes());
    assert_eq!(report.counts.spans, 13);
    assert_eq!(report.problems.skipped.len(), 1);
}

#[test]
fn console_output_goes_on_where_it_stopped() {
    let text = data("console/python.txt");
    let cut = text.find("\"charge card\"").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut sink = Memory::default();
    std::fs::write(file.path(), &text[..cut]).unwrap();
    let first = import(file.path(), &mut sink);
    std::fs::write(file.path(), &text).unwrap();
    let second = import(file.path(), &mut sink);
    assert_eq!((first.counts.spans, first.counts.logs), (12, 1));
    assert_eq!((second.counts.spans, second.counts.logs), (2, 1));
    assert_eq!(second.problems.skipped, []);
    let third = import(file.path(), &mut sink);
    assert_eq!(third.outcome, Outcome::AlreadyImported);
}

#[test]
fn a_large_console_file_is_cut_between_records() {
    let line = data("console/go-lines.txt")
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let filler = "y".repeat(1 << 20);
    let lines = (0..40).map(|n| {
        let id = format!("{:016x}", n + 1);
        let line = line.replace("53995c3f42cd8ad8", &id);
        format!(
            "text {n}\n{}\n",
            line.replace("/pay\"}", &format!("/{filler}\"}}"))
        )
    });
    let text: String = lines.collect();
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!(report.counts.spans, 40);
    assert_eq!(report.problems.skipped_total, 0);
    assert_eq!(times(&report, "other output"), 40);
    assert!(sink.batches.len() > 2);
}

#[test]
fn javascript_literals_are_explained() {
    let text = "{\n  resource: { attributes: { 'service.name': 'shop' } },\n  traceId: '3bb58aa50470465cb58c07140547d969',\n  parentId: undefined,\n  name: 'main',\n  id: 'b58c07140547d969',\n  kind: 0\n}\n";
    let (report, _) = import_bytes(text.as_bytes());
    assert_eq!(report.outcome, Outcome::Failed);
    let error = report.error.unwrap_or_default();
    assert!(
        error.contains("JavaScript") && error.contains("OTLP"),
        "{error}"
    );
}

#[test]
fn rows_of_traces() {
    let lines = data("clickhouse/traces.jsonl");
    let rows: Vec<_> = lines.lines().collect();
    for text in [
        lines.clone(),
        format!("[{}]", rows.join(",\n")),
        format!("{{\"meta\":[],\"data\":[{}],\"rows\":14}}", rows.join(",")),
    ] {
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.format, "clickhouse-otel");
        let counts = report.counts;
        assert_eq!((counts.traces, counts.spans, counts.errors), (1, 14, 1));
        assert_eq!(report.problems, Default::default());
        let batch = &sink.batches[0];
        assert_eq!(batch.resources.len(), 2);
        let root = named(batch, "GET /basket");
        assert_eq!(root.trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(root.start.0, 1_795_243_582_719_579_123);
        assert_eq!(root.duration, 25_000_000);
        assert_eq!(
            (root.kind, root.status),
            (SpanKind::Server, SpanStatus::Error)
        );
        assert_eq!(batch.text(root.status_message), "basket is broken");
        assert_eq!(service(batch, root), "shop-api");
        assert_eq!(resource_attr(batch, root.resource, "host.name"), "web-1");
        assert_eq!(attr(batch, root, "http.response.status_code"), "500");
        assert_eq!(batch.text(root.op), "http.server");
        let scope = &batch.scopes[root.scope as usize];
        assert_eq!(
            (batch.text(scope.name), batch.text(scope.version)),
            ("io.shop", "1.0")
        );
        let events = json(batch, root.events);
        assert_eq!(events[0]["timeUnixNano"], "1795243582730000001");
        assert_eq!(events[1]["name"], "retry");
        let links = json(batch, root.links);
        assert_eq!(links[0]["traceId"], "5b8efff798038103d269b633813fc60c");
        assert_eq!(links[0]["attributes"][0]["value"]["stringValue"], "batch");
        let error = &batch.errors[0];
        assert_eq!(batch.text(error.message), "no \"basket\"");
        assert_eq!(batch.text(error.transaction), "GET /basket");
        let charge = named(batch, "charge");
        assert_eq!(
            (charge.kind, charge.status),
            (SpanKind::Internal, SpanStatus::Ok)
        );
        assert_eq!((service(batch, charge), charge.duration), ("payments", 500));
        let queries = batch.spans.iter();
        let queries: Vec<_> = queries
            .filter(|span| span.kind == SpanKind::Client)
            .collect();
        assert_eq!(queries.len(), 12);
        for query in queries {
            assert_eq!(query.parent, root.id);
            assert_eq!(category(batch.text(query.op)), Category::Database);
            let description = "SELECT price FROM item WHERE id = $1";
            assert_eq!(batch.text(query.description), description);
        }
    }
}

#[test]
fn an_answer_of_clickhouse_with_its_columns() {
    let (report, sink) = imported("clickhouse/answer.json");
    assert_eq!(
        (report.counts.spans, report.counts.errors),
        (2, 1),
        "{report:?}"
    );
    assert_eq!(report.problems, Default::default());
    assert_eq!(sink.batches[0].spans[0].duration, 25_000_000);
}

#[test]
fn rows_of_logs() {
    let (report, sink) = imported("clickhouse/logs.jsonl");
    assert_eq!((report.counts.logs, report.counts.spans), (2, 0));
    assert_eq!(report.problems, Default::default());
    let batch = &sink.batches[0];
    let [error, slow] = &batch.logs[..] else {
        panic!("two logs");
    };
    assert_eq!(batch.text(error.body), "basket \"b-7\" is broken");
    assert_eq!(
        (error.severity, batch.text(error.severity_text)),
        (17, "ERROR")
    );
    assert_eq!(error.time.0, 1_795_243_582_731_000_000);
    assert_eq!(error.span.to_string(), "53995c3f42cd8ad8");
    for (name, value) in [
        ("code.function", "show"),
        ("ScopeAttributes.layer", "web"),
        ("event.name", "basket.broken"),
        ("TraceFlags", "Int(1)"),
        ("ScopeSchemaUrl", ""),
    ] {
        assert_eq!(log_attr(batch, error, name), value, "{name}");
    }
    let schema = resource_attr(batch, error.resource, "ResourceSchemaUrl");
    assert_eq!(schema, "https://opentelemetry.io/schemas/1.21.0");
    assert_eq!(slow.severity, 13);
    assert!(slow.trace.is_none());
    let resource = &batch.resources[slow.resource as usize];
    assert_eq!(batch.text(resource.service), "payments");
}

#[test]
fn other_writings_of_rows() {
    let base = r#""TraceId":"4bf92f3577b34da6a3ce929d0e0e4736","SpanName":"a","SpanKind":"SPAN_KIND_CLIENT","ServiceName":"s","Duration":5"#;
    let text = format!(
        "{}\n{}\n{}\n",
        format_args!(
            r#"{{"Timestamp":"1795243582.719579123","SpanId":"0000000000000001",{base},"Events":{{"Timestamp":["2026-11-21 06:46:22.1","2026-11-21 06:46:22.2"],"Name":["x"],"Attributes":[{{}},{{}}]}}}}"#
        ),
        format_args!(
            r#"{{"Timestamp":1795243582719,"SpanId":"0000000000000002",{base},"Events":[{{"Timestamp":"2026-11-21 06:46:22","Name":"y","Attributes":{{"n":"1"}}}}],"Links":[{{"TraceId":"4bf92f3577b34da6a3ce929d0e0e4736","SpanId":"0000000000000001","TraceState":"z=1","Attributes":{{}}}}]}}"#
        ),
        format_args!(
            r#"{{"Timestamp":"2026-11-21T06:46:22.5Z","SpanId":"0000000000000003",{base},"SpanAttributes":{{"http":{{"request":{{"method":"GET"}}}}}},"Duration":-4,"Cluster":"eu"}}"#
        ),
    );
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!(report.counts.spans, 3, "{report:?}");
    assert_eq!(report.problems.skipped, []);
    assert_eq!(times(&report, "differ in length"), 1);
    assert_eq!(times(&report, "negative duration"), 1);
    let batch = &sink.batches[0];
    let [first, second, third] = &batch.spans[..] else {
        panic!("three spans");
    };
    assert_eq!(first.start.0, 1_795_243_582_719_579_123);
    let events = json(batch, first.events);
    assert_eq!(
        (&events[0]["name"], &events[1]["name"]),
        (&"x".into(), &"".into())
    );
    assert_eq!(second.start.0, 1_795_243_582_719_000_000);
    assert_eq!(json(batch, second.events)[0]["name"], "y");
    assert_eq!(json(batch, second.links)[0]["spanId"], "0000000000000001");
    assert_eq!(attr(batch, third, "http.request.method"), "GET");
    assert_eq!(attr(batch, third, "Cluster"), "eu");
    assert_eq!((third.duration, third.kind), (0, SpanKind::Client));
}

#[test]
fn one_bad_row_is_left_out_alone() {
    let text = data("clickhouse/traces.jsonl");
    let rows: Vec<_> = text.lines().collect();
    for bad in [
        "{\"Timestamp\":\"noon\",\"TraceId\":\"ab\",\"SpanId\":\"cd\",\"SpanName\":\"x\"}",
        "{\"SpanName\":\"x\"}",
        "{\"other\":1}",
        "5",
    ] {
        let text = format!("{}\n{bad}\n{}\n", rows[0], rows[1]);
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 2, "{bad}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{bad}: {skipped:?}");
        let place = (2, rows[0].len() as u64 + 1);
        assert_eq!((skipped[0].line, skipped[0].byte), place, "{bad}");
    }
    let cut = &text[..text.len() - 40];
    let (report, _) = import_bytes(cut.as_bytes());
    assert_eq!(
        (report.counts.spans, report.problems.skipped_total),
        (13, 1)
    );
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let text = format!("{}\n", rows[1].replace("\"db\"", &deep));
    let (report, _) = import_bytes(text.as_bytes());
    assert_eq!(report.counts.spans, 1);
    assert_eq!(times(&report, "nested deeper"), 1);
}

#[test]
fn what_a_browser_records() {
    let (report, sink) = imported("chrome/browser.json");
    let counts = report.counts;
    assert_eq!((counts.traces, counts.spans), (1, 9), "{report:?}");
    for (word, count) in [
        ("Counters", 2),
        ("Snapshots", 1),
        ("CPU profiles", 1),
        ("Sort orders", 1),
        ("Parts of the recording", 1),
        ("relative to the start", 1),
        ("do not end", 1),
    ] {
        assert_eq!(times(&report, word), count, "{word}");
    }
    let skipped = &report.problems.skipped;
    assert_eq!(skipped.len(), 1);
    let text = data("chrome/browser.json");
    let place = text
        .find("{\"cat\":\"toplevel\",\"name\":\"nobody")
        .unwrap();
    assert_eq!((skipped[0].byte, skipped[0].line), (place as u64, 21));
    let batch = &sink.batches[0];
    let task = named(batch, "RunTask");
    assert_eq!((task.start.0, task.duration), (1_000_000, 100_000));
    assert_eq!(service(batch, task), "pid 20");
    assert_eq!(attr(batch, task, "thread.id"), "Int(1)");
    assert_eq!(attr(batch, task, "thread.name"), "CrRendererMain");
    assert_eq!(attr(batch, task, "url"), "https://shop.example/");
    assert_eq!(attr(batch, task, "data"), "said at the end");
    assert!(task.parent.is_none());
    let layout = named(batch, "Layout");
    assert_eq!((layout.parent, layout.duration), (task.id, 40_500));
    assert_eq!(attr(batch, layout, "data"), "{\"width\":640}");
    assert_eq!(attr(batch, layout, "tts"), "Float(7.25)");
    assert_eq!(attr(batch, layout, "cat"), "devtools.timeline");
    let update = named(batch, "UpdateLayerTree");
    assert_eq!((update.parent, update.start.0), (layout.id, 1_040_125));
    assert_eq!(json(batch, update.events)[0]["name"], "firstPaint");
    assert_eq!(json(batch, update.events)[0]["timeUnixNano"], "1045000");
    // It outlasts the task, so it is not in it.
    assert!(named(batch, "Overlapping").parent.is_none());
    let alone = named(batch, "alone");
    assert_eq!(
        (alone.duration, attr(batch, alone, "why")),
        (0, "no span".into())
    );
    let post = named(batch, "PostTask");
    assert_eq!(service(batch, post), "Browser");
    assert_eq!(
        resource_attr(batch, post.resource, "process.pid"),
        "Int(10)"
    );
    let labels = resource_attr(batch, post.resource, "process_labels.labels");
    assert_eq!(labels, "main");
    let product = resource_attr(batch, post.resource, "metadata.product-version");
    assert_eq!(product, "Chrome/130");
    let links = json(batch, task.links);
    assert_eq!(links[0]["spanId"], post.id.to_string());
    let request = named(batch, "request");
    assert_eq!((request.start.0, request.duration), (510_000, 90_000));
    assert_eq!(attr(batch, request, "method"), "GET");
    assert_eq!(attr(batch, request, "status"), "Int(200)");
    let connect = named(batch, "connect");
    assert_eq!((connect.parent, connect.duration), (request.id, 10_000));
    assert_eq!(json(batch, connect.events)[0]["name"], "first byte");
    let other = named(batch, "other");
    assert_eq!(other.duration, 1_110_000 - 700_000);
    assert!(other.parent.is_none());
}

#[test]
fn an_array_without_its_end() {
    let (report, sink) = imported("chrome/array.json");
    assert_eq!(
        (report.counts.traces, report.counts.spans),
        (1, 2),
        "{report:?}"
    );
    assert_eq!(report.problems.skipped, []);
    assert_eq!(times(&report, "has no end"), 1);
    assert_eq!(times(&report, "relative"), 0);
    let batch = &sink.batches[0];
    let [outer, inner] = &batch.spans[..] else {
        panic!("two spans");
    };
    assert_eq!(outer.start.0, 1_795_243_582_719_579_123);
    assert_eq!((inner.parent, inner.duration), (outer.id, 200_500));
    assert_eq!(service(batch, inner), "pid cc");
    assert_eq!(attr(batch, inner, "thread.id"), "main");
    // The same file again gives the same spans.
    let mut again = Memory::default();
    import(&path("chrome/array.json"), &mut again);
    assert_eq!(again.spans, sink.spans);
}

#[test]
fn a_damaged_recording_keeps_the_rest() {
    let text = data("chrome/browser.json");
    for (good, bad) in [
        ("\"ts\":1040.125", "\"ts\":\"noon\""),
        ("\"ts\":1040.125", "\"ts\":-1"),
        (",\"ts\":1040.125", ""),
        ("\"dur\":10,", "\"dur\":10 \"x\","),
    ] {
        let text = text.replacen(good, bad, 1);
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 8, "{bad}: {report:?}");
        assert_eq!(report.problems.skipped.len(), 2, "{bad}");
        let place = text.find("{\"args\":{},\"cat\":\"devtools.timeline\",\"dur\":10");
        assert_eq!(report.problems.skipped[0].byte, place.unwrap() as u64);
        let batch = &sink.batches[0];
        let layout = named(batch, "Layout");
        assert_eq!(layout.parent, named(batch, "RunTask").id, "{bad}");
    }
    let end = text.find("\"nobody began this\"").unwrap();
    let (report, sink) = import_bytes(&text.as_bytes()[..end]);
    assert_eq!(report.counts.spans, 9, "{report:?}");
    assert_eq!(report.problems.skipped_total, 1);
    assert_eq!(sink.traces.len(), 1);
}

#[test]
fn a_recording_in_pieces_is_one_trace() {
    let mut text = String::from(
        "[{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"build\"}}",
    );
    let filler = "z".repeat(1 << 20);
    for n in 0..60 {
        let ts = n * 10;
        text.push_str(&format!(
            ",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":{ts},\"dur\":9,\"name\":\"s{n}\",\"args\":{{\"a\":\"{filler}\"}}}}"
        ));
    }
    text.push_str("\n]");
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!((report.counts.traces, report.counts.spans), (1, 60));
    assert_eq!(report.problems.skipped_total, 0);
    assert_eq!(sink.batches.len(), 2);
    assert_eq!(times(&report, "read in pieces"), 1);
    for batch in &sink.batches {
        for span in &batch.spans {
            assert_eq!(service(batch, span), "build");
            let at = span.position as usize;
            assert!(text[at..].starts_with("{\"ph\":\"X\""));
        }
    }
}

#[test]
fn a_recording_that_grows_adds_what_is_new() {
    let event = |n: u32| {
        format!(
            "{{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"ts\":{n},\"dur\":1,\"name\":\"some work\"}},\n"
        )
    };
    let mut text = String::from("[\n");
    (0..400).for_each(|n| text.push_str(&event(n)));
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut sink = Memory::default();
    std::fs::write(file.path(), &text).unwrap();
    let first = import(file.path(), &mut sink);
    (400..500).for_each(|n| text.push_str(&event(n)));
    text.push_str("{}]");
    std::fs::write(file.path(), &text).unwrap();
    let second = import(file.path(), &mut sink);
    assert_eq!((first.counts.spans, first.counts.traces), (400, 1));
    assert_eq!((second.counts.spans, second.counts.traces), (100, 0));
    assert_eq!(second.problems.skipped_total, 0, "{second:?}");
}

/// What is left out is listed, what is read is not more than there was.
fn said(report: &FileReport) -> bool {
    report.problems.skipped_total > 0 || report.error.is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn damage_never_panics_and_never_goes_unsaid(
        which in 0usize..7, cut in 0f64..1.0, at in 0f64..1.0, byte: u8,
    ) {
        let (name, records) = [
            ("console/python.txt", 17_u64),
            ("console/go-pretty.txt", 2),
            ("console/go-lines.txt", 4),
            ("clickhouse/traces.jsonl", 15),
            ("clickhouse/answer.json", 3),
            ("chrome/browser.json", 9),
            ("chrome/array.json", 2),
        ][which];
        let whole = std::fs::read(path(name)).unwrap();
        let mut bytes = whole.clone();
        let at = (at * bytes.len() as f64) as usize;
        bytes[at] = byte;
        let cut = &whole[..(cut * whole.len() as f64) as usize];
        for text in [&bytes[..], cut] {
            let (report, _) = import_bytes(text);
            // After a break, events before it may be read once more: they are known by their place.
            let read = report.counts.spans + report.counts.logs + report.counts.errors;
            let mistaken = report.error.as_deref().is_some_and(|error| error.contains("mistake"));
            prop_assert!(!mistaken, "{:?}", report.error);
            prop_assert!(read <= records + 2, "{read}: {report:?}");
            // A cut leaves less, and says so unless it fell between records.
            let fewer = read + 1 < records && !name.starts_with("chrome");
            let between = text.len() < whole.len() && read > 0
                || report.problems.remarks.iter().any(|remark| remark.text.contains("passed over"));
            prop_assert!(!fewer || said(&report) || between, "{read}: {report:?}");
        }
    }

    #[test]
    fn garbage_of_brackets_never_panics(text in "[\\[\\]{}\",:a-z0-9 \n]{0,200}") {
        for head in [
            "[{\"ph\":\"X\",\"ts\":1,\"pid\":1},",
            "{\"TraceId\":\"\",\"SpanId\":\"\",\"SpanName\":\"\",\"Duration\":1}\n",
            "{\"SpanContext\":{\"TraceID\":\"\"},\"SpanKind\":1}\n",
        ] {
            let (report, _) = import_bytes(format!("{head}{text}").as_bytes());
            prop_assert!(report.error.is_none_or(|error| !error.contains("mistake")));
        }
    }
}
