//! AWS X-Ray, Datadog and Elastic APM: small files written by the rules of each format, single fields, and damage.

use crate::import_support::{Memory, import, import_bytes};
use headwater::analysis::{GroupOptions, SpanTree, Waterfall};
use headwater::import::{FORMATS, Options, Progress, import_file, sniff};
use headwater::model::batch::{Batch, BatchValue, ErrorRecord, SpanKind, SpanRecord, SpanStatus};
use headwater::model::conventions::{Category, category};
use headwater::model::report::{FileReport, Outcome};
use headwater::model::{CancelToken, SpanId, TraceId};
use headwater::store::{Reader, Writer};
use proptest::prelude::*;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

const ANSWER: &str = include_str!("../data/xray/batch-get-traces.json");
const DAEMON: &str = include_str!("../data/xray/daemon.jsonl");
const AGENT: &str = include_str!("../data/datadog/agent-v04.json");
const INTAKE: &str = include_str!("../data/elastic_apm/intake.ndjson");
const DOCUMENTS: &str = include_str!("../data/elastic_apm/documents.ndjson");

const QUERY: &str = "SELECT * FROM order_lines WHERE order_id = ?";

fn data(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data").join(name)
}

fn read(name: &str) -> (FileReport, Memory) {
    let mut sink = Memory::default();
    let report = import(&data(name), &mut sink);
    (report, sink)
}

fn attr(batch: &Batch, span: &SpanRecord, name: &str) -> Option<String> {
    batch.attr(&span.attrs, name).map(|value| match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    })
}

fn service<'b>(batch: &'b Batch, span: &SpanRecord) -> &'b str {
    batch.text(batch.resources[span.resource as usize].service)
}

fn named<'b>(batch: &'b Batch, name: &str) -> &'b SpanRecord {
    let mut spans = batch.spans.iter();
    let found = spans.find(|span| batch.text(span.name) == name);
    found.unwrap_or_else(|| panic!("a span named {name}"))
}

fn error<'b>(batch: &'b Batch, kind: &str) -> &'b ErrorRecord {
    let mut errors = batch.errors.iter();
    let found = errors.find(|error| batch.text(error.exception_type) == kind);
    found.unwrap_or_else(|| panic!("an error of type {kind}"))
}

fn json(batch: &Batch, text: headwater::model::batch::Text) -> Json {
    serde_json::from_str(batch.text(text)).expect("JSON")
}

/// Category and description.
fn meaning(batch: &Batch, span: &SpanRecord) -> (Category, String) {
    let description = batch.text(span.description).to_owned();
    (category(batch.text(span.op)), description)
}

fn said(report: &FileReport, word: &str) -> u64 {
    let mut remarks = report.problems.remarks.iter();
    let found = remarks.find(|remark| remark.text.contains(word));
    found.map_or(0, |remark| remark.times)
}

#[test]
fn every_sample_is_recognised_and_no_other_is_taken() {
    for (name, id) in [
        ("xray/batch-get-traces.json", "aws-xray"),
        ("xray/daemon.jsonl", "aws-xray"),
        ("datadog/agent-v04.json", "datadog-json"),
        ("datadog/app-trace.json", "datadog-json"),
        ("datadog/api-trace.json", "datadog-json"),
        ("elastic_apm/intake.ndjson", "elastic-apm"),
        ("elastic_apm/documents.ndjson", "elastic-apm"),
        ("jaeger/some-traces.json", "jaeger-json"),
        ("zipkin/one-trace.json", "zipkin-json"),
        ("otel-b-some-traces.jsonl", "otlp-json"),
        ("logs-python.envelope", "sentry-envelope"),
        ("logs/structlog.ndjson", "ndjson-logs"),
    ] {
        let bytes = std::fs::read(data(name)).unwrap();
        assert_eq!(sniff(&bytes).map(|format| format.id), Some(id), "{name}");
        let vendors = ["aws-xray", "datadog-json", "elastic-apm"];
        let claims = FORMATS.iter().filter(|format| vendors.contains(&format.id));
        let claims = claims.filter(|format| (format.sniff)(&bytes[..bytes.len().min(65_536)]));
        let claims: Vec<_> = claims.map(|format| format.id).collect();
        let expected: Vec<_> = vendors.into_iter().filter(|vendor| *vendor == id).collect();
        assert_eq!(claims, expected, "{name}");
    }
}

/// Twenty times the same query under one span is one group, in every dialect.
#[test]
fn repeated_queries_are_one_group_in_the_waterfall() {
    for (file, trace, query) in [
        (
            "xray/batch-get-traces.json",
            "67400000a1b2c3d4e5f6a7b8c9d0e1f2",
            QUERY,
        ),
        (
            "datadog/agent-v04.json",
            "6740000000000000112210f47de98115",
            QUERY,
        ),
        (
            "elastic_apm/intake.ndjson",
            "0af7651916cd43dd8448eb211c80319c",
            "SELECT * FROM order_lines WHERE order_id = %s",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.store");
        let mut writer = Writer::open(&path).unwrap();
        let options = Options { threads: 2 };
        let cancel = CancelToken::default();
        import_file(
            &data(file),
            &mut writer,
            &options,
            &Progress::default(),
            &cancel,
            &mut |_| (),
        );
        let reader = Reader::open(&path).unwrap();
        let id: TraceId = trace.parse().unwrap();
        let trace = reader.trace(id, &cancel).unwrap().expect(file);
        let waterfall = Waterfall::new(&trace, &SpanTree::new(&trace), GroupOptions::ALL);
        let tree = SpanTree::new(&trace);
        assert_eq!(
            tree.tops().len(),
            if file.starts_with("xray") { 2 } else { 1 }
        );
        let groups: Vec<_> = (0..waterfall.nodes().len())
            .map(|index| {
                let node = headwater::analysis::NodeIndex(index as u32);
                (node, waterfall.group(node))
            })
            .filter_map(|(node, group)| Some((node, group?)))
            .filter(|(node, _)| waterfall.is_repeated_query(*node, &trace))
            .collect();
        assert_eq!(groups.len(), 1, "{file}");
        let (node, group) = &groups[0];
        assert_eq!(group.members.len(), 20, "{file}");
        let first = waterfall.first_span(*node).expect("a member");
        assert_eq!(&*trace.spans[first.at()].description, query);
    }
}

#[test]
fn an_answer_of_xray_holds_all_it_says() {
    let (report, sink) = read("xray/batch-get-traces.json");
    let counts = report.counts;
    assert_eq!(
        (counts.traces, counts.spans, counts.errors),
        (1, 26, 1),
        "{report:?}"
    );
    assert_eq!(report.problems.skipped_total, 0);
    assert_eq!(said(&report, "LimitExceeded"), 1);
    assert_eq!(said(&report, "UnprocessedTraceIds"), 1);
    assert_eq!(said(&report, "in_progress"), 1);
    let batch = &sink.batches[0];
    let api = named(batch, "shop-api");
    assert_eq!(api.trace.to_string(), "67400000a1b2c3d4e5f6a7b8c9d0e1f2");
    assert_eq!(api.id.to_string(), "53995c3f42cd8ad8");
    assert_eq!(
        (api.start.0, api.duration),
        (1_737_000_000_000_000_000, 200_000_000)
    );
    assert_eq!(
        (api.kind, api.status),
        (SpanKind::Server, SpanStatus::Error)
    );
    assert!(api.segment && api.parent.is_none());
    assert_eq!(service(batch, api), "shop-api");
    assert_eq!(
        meaning(batch, api),
        (
            Category::Server,
            "GET https://shop.example/orders/17".into()
        )
    );
    assert_eq!(batch.text(api.status_message), "card declined \"soft\"");
    for (name, value) in [
        ("aws.xray.trace_id", "1-67400000-a1b2c3d4e5f6a7b8c9d0e1f2"),
        ("annotations.basket", "Int(3)"),
        ("metadata.default.flags.beta", "Bool(true)"),
        ("http.response.content_length", "312"),
        ("http.response.status", "Int(500)"),
        ("service.version", "1.4.2"),
        ("aws.xray.sdk", "X-Ray for Python"),
        ("origin", "AWS::ECS::Container"),
        ("user", "u-17"),
        ("fault", "Bool(true)"),
        ("precursor_ids", "[\"0000000000000abc\"]"),
    ] {
        assert_eq!(attr(batch, api, name).as_deref(), Some(value), "{name}");
    }
    let events = json(batch, api.events);
    assert_eq!(events[0]["name"], "exception");
    let stack = events[0]["attributes"][2]["value"]["stringValue"].as_str();
    assert!(stack.is_some_and(|stack| stack.contains("at charge (main.py:42)")));
    let links = json(batch, api.links);
    assert_eq!(links[0]["traceId"], "67400001a1b2c3d4e5f6a7b8c9d0e1f3");
    assert_eq!(links[0]["attributes"][0]["key"], "reason");
    let error = error(batch, "PaymentError");
    assert_eq!(batch.text(error.message), "card declined \"soft\"");
    assert_eq!((error.span, error.resource), (api.id, api.resource));
    // Every position leads to where its document stands in the file.
    let place = ANSWER.find("\"Document\": ").unwrap() as u64 + 12;
    assert!(api.position.abs_diff(place) <= 1, "{}", api.position);

    let load = named(batch, "## load order");
    assert_eq!((load.parent, load.kind), (api.id, SpanKind::Internal));
    assert_eq!(service(batch, load), "shop-api");
    let queries = batch.spans.iter().filter(|span| span.parent == load.id);
    let queries: Vec<_> = queries.map(|span| meaning(batch, span)).collect();
    assert_eq!(queries, vec![(Category::Database, QUERY.to_owned()); 20]);
    let dynamo = named(batch, "DynamoDB");
    assert_eq!(
        meaning(batch, dynamo),
        (Category::Database, "DynamoDB PutItem".into())
    );
    let call = named(batch, "payments.shop.internal");
    assert_eq!(
        (call.kind, call.status, batch.text(call.status_message)),
        (SpanKind::Client, SpanStatus::Error, "throttle")
    );
    assert_eq!(
        attr(batch, call, "cause").as_deref(),
        Some("6b1d3f5a7c9e0b2d")
    );
    assert_eq!(
        meaning(batch, call),
        (
            Category::HttpClient,
            "POST https://payments.shop.internal/charge".into()
        )
    );
    let pay = named(batch, "payments");
    assert_eq!((pay.parent, service(batch, pay)), (call.id, "payments"));
    assert_eq!(named(batch, "mailer").duration, 0);
}

#[test]
fn pieces_on_their_way_to_the_daemon_become_one_trace() {
    let (report, sink) = read("xray/daemon.jsonl");
    assert_eq!(report.counts.spans, 3, "{report:?}");
    assert_eq!(report.problems.skipped_total, 0);
    assert_eq!(said(&report, "sent whole later"), 1);
    assert_eq!(said(&report, "unknown-service"), 1);
    let batch = &sink.batches[0];
    let checkout = named(batch, "checkout");
    assert_eq!(checkout.duration, 500_000_000);
    assert_eq!(attr(batch, checkout, "in_progress"), None);
    let call = named(batch, "stock.shop.internal");
    assert_eq!((call.parent, call.segment), (checkout.id, false));
    assert_eq!(service(batch, call), "checkout");
    assert_eq!(service(batch, named(batch, "orphan")), "unknown-service");
    // In a list, or over several lines, it is the same.
    let documents: Vec<&str> = DAEMON
        .lines()
        .filter(|line| line.contains("trace_id"))
        .collect();
    let pretty: Json = serde_json::from_str(&format!("[{}]", documents.join(","))).unwrap();
    for text in [
        format!("[{}]", documents.join(",\n")),
        serde_json::to_string_pretty(&pretty).unwrap(),
    ] {
        let (again, _) = import_bytes(text.as_bytes());
        assert_eq!(again.counts, report.counts, "{again:?}");
        assert_eq!(again.problems.remarks, report.problems.remarks);
    }
}

#[test]
fn a_broken_segment_is_left_out_alone() {
    let bad_document = r#"{"Id":"x","Document":"{\"id\":\"1\","}"#;
    let bad_time = r#"{"Id":"x","Document":"{\"id\":\"1\",\"trace_id\":\"1-67400000-a1b2c3d4e5f6a7b8c9d0e1f2\",\n\"start_time\":\"soon\"}"}"#;
    for bad in [bad_document, bad_time] {
        let text = ANSWER.replacen("\"Segments\": [", &format!("\"Segments\": [{bad},"), 1);
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 26, "{report:?}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{skipped:?}");
        let place = text.find("\"Document\":").unwrap() + 11;
        assert!(skipped[0].byte.abs_diff(place as u64) <= 1, "{skipped:?}");
        let line = text[..place].lines().count() as u64;
        assert_eq!(skipped[0].line, line, "{skipped:?}");
    }
    // A bad subsegment costs neither its neighbours nor what is around it.
    let text = ANSWER.replacen("\\\"4aaa000000000003\\\"", "7", 1);
    let (report, _) = import_bytes(text.as_bytes());
    assert_eq!(
        (report.counts.spans, report.problems.skipped_total),
        (25, 1)
    );
}

#[test]
fn nesting_of_any_depth_is_read() {
    const DEEP: usize = 20_000;
    let id = "1-67400000-a1b2c3d4e5f6a7b8c9d0e1f2";
    let mut text = format!(
        r#"{{"trace_id":"{id}","id":"0000000000000001","name":"a","start_time":1,"end_time":2"#
    );
    for number in 2..=DEEP {
        text.push_str(&format!(
            r#","subsegments":[{{"id":"{number:016x}","name":"a","start_time":1,"end_time":2"#
        ));
    }
    text.push_str(&"}]".repeat(DEEP - 1));
    text.push('}');
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!(report.counts.spans, DEEP as u64);
    let last = sink.batches[0].spans.last().expect("spans");
    assert_eq!(
        (last.id, last.parent),
        (SpanId(DEEP as u64), SpanId(DEEP as u64 - 1))
    );
    let (broken, _) = import_bytes(&text.as_bytes()[..text.len() / 2]);
    assert_eq!((broken.counts.spans, broken.problems.skipped_total), (0, 1));
}

#[test]
fn a_body_for_the_agent_of_datadog_holds_all_it_says() {
    let (report, sink) = read("datadog/agent-v04.json");
    let counts = report.counts;
    assert_eq!(
        (counts.traces, counts.spans, counts.errors),
        (2, 26, 2),
        "{report:?}"
    );
    assert_eq!(report.problems, Default::default());
    let batch = &sink.batches[0];
    let web = named(batch, "django.request");
    let trace = "6740000000000000112210f47de98115";
    assert_eq!(web.trace.to_string(), trace);
    assert_eq!(web.id, SpanId(17_293_822_569_102_704_641));
    assert_eq!(
        (web.start.0, web.duration),
        (1_737_000_000_000_000_000, 200_000_000)
    );
    assert_eq!(
        (web.kind, web.status),
        (SpanKind::Server, SpanStatus::Error)
    );
    assert_eq!(batch.text(web.status_message), "card declined \"soft\"");
    assert_eq!(
        meaning(batch, web),
        (Category::Server, "GET /orders/{id}".into())
    );
    assert_eq!(service(batch, web), "shop-web");
    for (name, value) in [
        ("span.type", "web"),
        ("resource.name", "GET /orders/{id}"),
        ("error.type", "PaymentError"),
        ("_dd.p.tid", "6740000000000000"),
        ("process_id", "Int(77)"),
        ("env", "prod"),
    ] {
        assert_eq!(attr(batch, web, name).as_deref(), Some(value), "{name}");
    }
    let links = json(batch, web.links);
    assert_eq!(links[0]["traceId"], format!("{:016x}{:016x}", 7, 42));
    let failed = error(batch, "PaymentError");
    assert_eq!((failed.span, failed.trace), (web.id, web.trace));
    assert!(batch.text(failed.document).contains("Traceback"));
    assert_eq!(batch.text(failed.transaction), "django.request");
    let in_trace = batch.spans.iter().filter(|span| span.trace == web.trace);
    assert_eq!(in_trace.count(), 25);
    let query = named(batch, "postgres.query");
    assert_eq!(query.parent, web.id);
    assert_eq!(meaning(batch, query), (Category::Database, QUERY.into()));
    assert_eq!(
        attr(batch, query, "db.row_count").as_deref(),
        Some("Float(3.0)")
    );
    let call = named(batch, "requests.request");
    assert_eq!(
        meaning(batch, call),
        (Category::HttpClient, "POST /charge".into())
    );
    let links = json(batch, call.links);
    assert_eq!(links[0]["spanId"], "00000000000000aa");
    let payments = named(batch, "servlet.request");
    let events = json(batch, payments.events);
    assert_eq!(events[0]["attributes"][0]["value"]["boolValue"], true);
    assert_eq!(error(batch, "Late").span, payments.id);
    for (name, kind) in [
        ("redis.command", Category::Database),
        ("kafka.produce", Category::Queue),
        ("cron.job", Category::Queue),
    ] {
        assert_eq!(meaning(batch, named(batch, name)).0, kind, "{name}");
    }
    let cron = named(batch, "cron.job");
    assert_eq!(cron.trace.to_string(), format!("{:032x}", 77));
    assert!(cron.parent.is_none());
}

#[test]
fn what_the_app_and_the_api_of_datadog_give_is_read() {
    let (report, sink) = read("datadog/app-trace.json");
    assert_eq!((report.counts.spans, report.problems.skipped_total), (2, 0));
    let batch = &sink.batches[0];
    let (web, query) = (named(batch, "rails.request"), named(batch, "mysql.query"));
    assert_eq!(
        (web.start.0, web.duration),
        (1_737_000_000_250_000_000, 500_000_000)
    );
    assert_eq!((query.parent, query.duration), (web.id, 100_000_000));
    assert_eq!(
        meaning(batch, query),
        (Category::Database, "SELECT 1".into())
    );
    let (report, sink) = read("datadog/api-trace.json");
    assert_eq!((report.counts.spans, report.problems.skipped_total), (1, 0));
    let batch = &sink.batches[0];
    assert_eq!(named(batch, "http.request").duration, 5_000);
    // One trace a line.
    let trace = &AGENT.trim()[1..AGENT.trim().len() - 1];
    let traces: Vec<Json> = serde_json::from_str(&format!("[{trace}]")).unwrap();
    let lines: String = traces.iter().map(|trace| format!("{trace}\n")).collect();
    let (report, _) = import_bytes(lines.as_bytes());
    assert_eq!(
        (report.counts.traces, report.counts.spans),
        (2, 26),
        "{report:?}"
    );
}

#[test]
fn a_bad_span_of_datadog_is_left_out_alone() {
    for bad in [
        "5",
        r#"{"span_id":9,"name":"x"}"#,
        r#"{"trace_id":9,"name":"x"}"#,
        r#"{"trace_id":9.5,"span_id":1}"#,
        r#"{"trace_id":9,"span_id":1,"start":"soon"}"#,
    ] {
        let text = AGENT.replacen(",\n", &format!(",{bad},\n"), 1);
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 26, "{bad}: {report:?}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{bad}: {skipped:?}");
        let place = text.find(&format!("{bad},\n")).unwrap() as u64;
        assert_eq!(skipped[0].byte, place, "{bad}");
    }
    let msgpack = b"\x91\x91\x83\xA8trace_id\x01\xA7span_id\x02\xA4name\xA1a";
    let (report, _) = import_bytes(msgpack);
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(report.error.is_some_and(|error| error.contains("msgpack")));
}

#[test]
fn what_agents_send_to_elastic_holds_all_it_says() {
    let (report, sink) = read("elastic_apm/intake.ndjson");
    let counts = report.counts;
    assert_eq!(
        (counts.traces, counts.spans, counts.errors, counts.logs),
        (1, 26, 2, 1),
        "{report:?}"
    );
    assert_eq!(report.problems.skipped_total, 0);
    assert_eq!(said(&report, "Metricsets"), 1);
    assert_eq!(report.problems.remarks.len(), 1, "{report:?}");
    let batch = &sink.batches[0];
    let root = named(batch, "GET /orders/<id>");
    let start = 1_737_000_000_000_000_000;
    assert_eq!((root.start.0, root.duration), (start, 200_500_000));
    assert_eq!(
        (root.kind, root.status),
        (SpanKind::Server, SpanStatus::Error)
    );
    assert!(root.segment && root.parent.is_none());
    assert_eq!(
        meaning(batch, root),
        (Category::Server, "GET /orders/<id>".into())
    );
    assert_eq!(service(batch, root), "shop-api");
    let resource = &batch.resources[root.resource as usize];
    assert!(batch.attr(&resource.attrs, "labels.team").is_some());
    for (name, value) in [
        ("transaction.result", "HTTP 5xx"),
        ("transaction.type", "request"),
        ("context.response.status_code", "Int(500)"),
        ("span_count.started", "Int(23)"),
    ] {
        assert_eq!(attr(batch, root, name).as_deref(), Some(value), "{name}");
    }
    let queries = batch
        .spans
        .iter()
        .filter(|span| batch.text(span.name) == "SELECT FROM order_lines");
    let queries: Vec<_> = queries.collect();
    assert_eq!(queries.len(), 20);
    for (number, query) in queries.iter().enumerate() {
        let statement = "SELECT * FROM order_lines WHERE order_id = %s";
        assert_eq!(
            meaning(batch, query),
            (Category::Database, statement.into())
        );
        // Every other one tells only how long after its transaction it began, and that comes later in the file.
        assert_eq!(query.start.0, start + (5 + number as i64 * 2) * 1_000_000);
        assert_eq!((query.parent, query.duration), (root.id, 1_500_000));
    }
    let call = named(batch, "POST payments");
    assert_eq!(
        meaning(batch, call),
        (Category::HttpClient, "POST https://payments/charge".into())
    );
    assert_eq!(
        (call.status, call.kind),
        (SpanStatus::Error, SpanKind::Client)
    );
    assert_eq!(json(batch, call.links)[0]["spanId"], "00000000000000aa");
    let redis = named(batch, "GET");
    assert_eq!(
        attr(batch, redis, "composite.count").as_deref(),
        Some("Int(14)")
    );
    assert_eq!(
        attr(batch, redis, "composite.sum").as_deref(),
        Some("Float(9.5)")
    );
    assert_eq!(batch.text(redis.op), "db.redis");
    assert_eq!(
        batch.text(named(batch, "Kafka SEND to mail").op),
        "queue.publish"
    );
    let mail = named(batch, "Kafka RECEIVE from mail");
    assert_eq!(
        (batch.text(mail.op), service(batch, mail)),
        ("queue.process", "mailer")
    );
    let render = named(batch, "render");
    assert_eq!(service(batch, render), "mail-templates");
    assert_eq!(meaning(batch, render).0, Category::View);
}

#[test]
fn errors_and_logs_of_elastic_are_records_of_their_own() {
    let (_, sink) = read("elastic_apm/intake.ndjson");
    let batch = &sink.batches[0];
    let root = named(batch, "GET /orders/<id>");
    let failed = error(batch, "PaymentError");
    assert_eq!(failed.id, 0x9876543210abcdef9876543210abcdef);
    assert_eq!((failed.trace, failed.span), (root.trace, root.id));
    assert_eq!(failed.time.0, 1_737_000_000_190_000_000);
    assert_eq!(batch.text(failed.message), "card declined \"soft\"");
    assert_eq!(batch.text(failed.transaction), "GET /orders/<id>");
    assert_eq!(batch.text(failed.level), "error");
    assert_eq!(json(batch, failed.document)["culprit"], "main.charge");
    let logged = error(batch, "");
    assert_eq!(batch.text(logged.message), "queue is slow");
    assert_eq!(batch.text(logged.level), "warning");
    let log = &batch.logs[0];
    assert_eq!(batch.text(log.body), "retrying payment");
    assert_eq!((log.severity, batch.text(log.severity_text)), (13, "warn"));
    assert_eq!(
        (log.trace, log.span),
        (root.trace, named(batch, "POST payments").id)
    );
    assert_eq!(log.time.0, 1_737_000_000_195_000_000);
    assert!(batch.attr(&log.attrs, "labels.try").is_some());
}

#[test]
fn documents_of_elasticsearch_are_read_dotted_or_nested() {
    let lines: Vec<&str> = DOCUMENTS.lines().collect();
    let answer = format!(
        "{{\"took\":1,\"hits\":{{\"total\":{{\"value\":5}},\"hits\":[{}]}}}}",
        lines.join(",\n")
    );
    for text in [
        DOCUMENTS.to_owned(),
        answer,
        format!("[{}]", lines.join(",")),
    ] {
        let (report, sink) = import_bytes(text.as_bytes());
        let counts = report.counts;
        assert_eq!(
            (counts.spans, counts.errors, counts.logs),
            (2, 1, 1),
            "{report:?}"
        );
        assert_eq!(report.problems.skipped_total, 0, "{report:?}");
        assert_eq!(said(&report, "Metric documents"), 1);
        let batch = &sink.batches[0];
        let root = named(batch, "GET /orders/<id>");
        assert_eq!((root.duration, root.status), (200_500_000, SpanStatus::Ok));
        assert_eq!(meaning(batch, root).0, Category::Server);
        let query = named(batch, "SELECT FROM order_lines");
        assert_eq!((query.parent, query.duration), (root.id, 1_500_000));
        assert_eq!(query.start.0, 1_737_000_000_005_000_000);
        assert_eq!(
            meaning(batch, query),
            (Category::Database, "SELECT 1".into())
        );
        assert_eq!(service(batch, query), "shop-api");
        assert_eq!(error(batch, "PaymentError").span, root.id);
        assert_eq!(batch.logs[0].time.0, 1_737_000_000_000_000_000);
        assert_eq!(batch.logs[0].severity, 9);
    }
}

#[test]
fn what_vendors_say_is_missing_is_passed_on() {
    let id = "1-67400000-a1b2c3d4e5f6a7b8c9d0e1f2";
    let segment =
        format!(r#"{{"trace_id":"{id}","id":"0000000000000001","name":"a","start_time":1}}"#);
    let span = r#"{"traceID":"1","spanID":"2","name":"a","resource":"b","service":"c","startTime":1737000000000000000,"duration":2}"#;
    for (text, word, spans) in [
        (
            format!(
                r#"{{"Traces":[{{"Id":"{id}","Segments":[{{"Document":{segment}}}]}}],"NextToken":"x"}}"#
            ),
            "NextToken",
            1,
        ),
        (
            format!(r#"{{"Traces":[{{"Id":"{id}"}}],"UnprocessedTraceIds":[]}}"#),
            "neither segments",
            0,
        ),
        (
            format!(r#"{{"data":{{"attributes":{{"is_truncated":true,"spans":[{span}]}}}}}}"#),
            "is_truncated",
            1,
        ),
        (
            format!(
                r#"[[{}]]"#,
                span.replace("}", r#","span_links":[{"trace_id":"x"}]}"#)
            ),
            "Span links",
            1,
        ),
        (
            "{\"metadata\":{\"service\":{\"agent\":{}}}}\n{\"other\":{}}\n".to_owned(),
            "no event",
            0,
        ),
    ] {
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, spans, "{text}: {report:?}");
        assert_eq!(said(&report, word), 1, "{text}: {report:?}");
        assert_eq!(report.problems.skipped_total, 0, "{report:?}");
    }
}

#[test]
fn what_elastic_leaves_open_is_put_right_and_said() {
    let metadata = r#"{"metadata":{"service":{"name":"a","agent":{"name":"b"}}}}"#;
    let trace = r#""trace_id":"0af7651916cd43dd8448eb211c80319c""#;
    let span = |rest: &str| {
        format!(
            "{{\"span\":{{\"id\":\"01\",{trace},\"transaction_id\":\"09\",\"name\":\"x\",\"type\":\"app\",\"duration\":1,{rest}}}}}\n"
        )
    };
    for (line, word, skipped) in [
        (span("\"start\":5"), "not at hand", 0),
        (span("\"x\":5"), "without a time", 0),
        (
            span("\"timestamp\":1737000000000000").replace(trace, "\"a\":1"),
            "",
            1,
        ),
        (span("\"timestamp\":\"soon\""), "", 1),
        ("{\"span\":5}\n".to_owned(), "", 1),
    ] {
        let (report, _) = import_bytes(format!("{metadata}\n{line}").as_bytes());
        assert_eq!(report.problems.skipped_total, skipped, "{line}: {report:?}");
        assert_eq!(report.counts.spans, 1 - skipped);
        assert!(word.is_empty() || said(&report, word) == 1, "{report:?}");
        if let Some(problem) = report.problems.skipped.first() {
            assert_eq!((problem.line, report.format.as_str()), (2, "elastic-apm"));
        }
    }
    let alone = span("\"timestamp\":1737000000000000");
    let (report, sink) = import_bytes(alone.as_bytes());
    assert_eq!(said(&report, "without metadata"), 1, "{report:?}");
    let batch = &sink.batches[0];
    assert_eq!(service(batch, &batch.spans[0]), "unknown-service");
}

#[test]
fn metadata_holds_in_every_stretch_of_a_large_file() {
    let mut lines = INTAKE.lines();
    let metadata = lines.next().unwrap();
    let span = lines.find(|line| line.contains("timestamp")).unwrap();
    let filler = "y".repeat(900_000);
    let mut text = format!("{metadata}\n");
    for number in 0..40 {
        let id = format!("{:016x}", 0xabc000 + number);
        let span = span.replacen("0000000000001001", &id, 1);
        text.push_str(&span.replacen("SELECT FROM", &filler, 1));
        text.push('\n');
        if number == 30 {
            text.push_str("{\"metadata\":{\"service\":{\"name\":\"late\"}}}\n");
        }
    }
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!(
        (report.counts.spans, report.problems.skipped_total),
        (40, 0)
    );
    assert!(sink.batches.len() > 1);
    let services = sink.batches.iter().flat_map(|batch| {
        let services = batch.spans.iter().map(|span| service(batch, span));
        services.collect::<Vec<_>>()
    });
    let services: Vec<&str> = services.collect();
    assert!(services[..31].iter().all(|name| *name == "shop-api"));
    assert!(
        services[31..].iter().all(|name| *name == "late"),
        "{services:?}"
    );
}

#[test]
fn a_file_that_ends_within_a_record_keeps_what_came_before() {
    for (text, at_least) in [
        (ANSWER, 23),
        (DAEMON, 2),
        (AGENT, 24),
        (INTAKE, 24),
        (DOCUMENTS, 2),
    ] {
        // Into the last record that counts.
        let cut = text.trim_end().rfind("name").unwrap();
        let (report, _) = import_bytes(&text.as_bytes()[..cut]);
        assert_eq!(report.outcome, Outcome::Complete);
        assert!(report.counts.spans >= at_least, "{report:?}");
        assert_eq!(report.problems.skipped_total, 1, "{report:?}");
    }
}

/// No damage is a mistake of the program, and what was lost by it is said.
fn check_damage(text: &str, cut: usize, at: usize, byte: u8) -> Result<(), TestCaseError> {
    let whole = text.trim_end().as_bytes();
    // Of vendors whose errors are events of a span, one whose name is damaged is still an event.
    let count = |report: &FileReport| {
        let counts = report.counts;
        let errors = match report.format.as_str() {
            "elastic-apm" => counts.errors,
            _ => 0,
        };
        counts.spans + report.duplicates + errors + counts.logs
    };
    let told = |report: &FileReport| {
        let repaired = !report.problems.remarks.is_empty();
        report.problems.skipped_total > 0 || report.error.is_some() || repaired
    };
    let (good, _) = import_bytes(whole);
    let cut = cut % whole.len();
    let (report, _) = import_bytes(&whole[..cut]);
    let between_lines = cut > 0 && (whole[cut] == b'\n' || whole[cut - 1] == b'\n');
    let lost = report.problems.skipped_total > 0 || report.error.is_some();
    prop_assert!(lost || between_lines, "{report:?}");
    prop_assert!(count(&report) <= count(&good));
    prop_assert!(report.error.is_none_or(|error| !error.contains("mistake")));
    let mut bytes = whole.to_vec();
    let at = at % bytes.len();
    bytes[at] = byte;
    let (report, _) = import_bytes(&bytes);
    // Where the damage makes it another format, that format's tests tell what becomes of it.
    let all_read = report.format != good.format || count(&report) >= count(&good);
    prop_assert!(all_read || told(&report), "{report:?}");
    prop_assert!(report.error.is_none_or(|error| !error.contains("mistake")));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn damage_never_panics_and_never_goes_unsaid(cut: usize, at: usize, byte: u8) {
        check_damage(ANSWER, cut, at, byte)?;
        check_damage(DAEMON, cut, at, byte)?;
        check_damage(AGENT, cut, at, byte)?;
        check_damage(INTAKE, cut, at, byte)?;
        check_damage(DOCUMENTS, cut, at, byte)?;
    }
}
