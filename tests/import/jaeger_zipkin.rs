//! Jaeger's and Zipkin's JSON: small real files against their ground truth, what single fields become, and damage.

use crate::import_support::{Memory, import, import_bytes};
use headwater::import::{FORMATS, sniff};
use headwater::model::batch::{Batch, BatchValue, SpanKind, SpanRecord, SpanStatus};
use headwater::model::report::Outcome;
use proptest::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data").join(name)
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

#[test]
fn a_real_jaeger_file_holds_what_is_known_of_it() {
    let mut sink = Memory::default();
    let report = import(&data("jaeger/some-traces.json"), &mut sink);
    assert_eq!(report.format, "jaeger-json");
    let counts = report.counts;
    assert_eq!((counts.traces, counts.spans, counts.errors), (6, 33, 2));
    assert_eq!(report.problems, Default::default());
    let batch = &sink.batches[0];
    let span = &batch.spans[0];
    assert_eq!(span.id.to_string(), "7af3634df61e8216");
    assert_eq!(span.start.0, 1_795_243_962_825_079_000);
    assert_eq!(span.duration, 1_240_000);
    assert_eq!(batch.text(span.name), "SELECT");
    assert_eq!(service(batch, span), "shop-api");
    assert_eq!(span.kind, SpanKind::Client);
    assert!(!span.parent.is_none());
    let error = &batch.errors[1];
    assert_eq!(batch.text(error.exception_type), "TypeError");
    assert_eq!(batch.text(error.message), "no rate for EUR");
    let roots = batch.spans.iter().filter(|span| span.parent.is_none());
    assert_eq!(roots.count(), 6);
}

#[test]
fn every_sample_is_in_exactly_one_format() {
    for (name, id) in [
        ("jaeger/some-traces.json", "jaeger-json"),
        ("zipkin/one-trace.json", "zipkin-json"),
        ("otel-b-some-traces.jsonl", "otlp-json"),
        ("logs-python.envelope", "sentry-envelope"),
    ] {
        let bytes = std::fs::read(data(name)).unwrap();
        let prefix = &bytes[..bytes.len().min(64 * 1024)];
        let claims = FORMATS.iter().filter(|format| (format.sniff)(prefix));
        let claims: Vec<_> = claims.map(|format| format.id).collect();
        assert_eq!(claims, [id], "{name}");
        assert_eq!(sniff(&bytes).map(|format| format.id), Some(id));
    }
}

const TRACE: &str = r#"{"traceID":"ab","spans":[
 {"traceID":"ab","spanID":"1","operationName":"root","startTime":1000,"duration":500,"processID":"p1",
  "tags":[{"key":"span.kind","type":"string","value":"server"},{"key":"error","type":"bool","value":true},
   {"key":"otel.status_description","value":"bad luck"},{"key":"n","type":"int64","value":"9007199254740993"},
   {"key":"f","type":"float64","value":2},{"key":"b","type":"binary","value":"AQID"}],
  "logs":[{"timestamp":1200,"fields":[{"key":"event","type":"string","value":"error"},
   {"key":"error.kind","type":"string","value":"Oops"},{"key":"message","type":"string","value":"a \"b\""}]}],
  "warnings":["clock skew adjustment"]},
 {"traceID":"ab","spanID":"02","operationName":"child","startTime":1100,"duration":-3,"processID":"nobody",
  "references":[{"refType":"CHILD_OF","traceID":"cd","spanID":"7"},{"refType":"FOLLOWS_FROM","traceID":"ab","spanID":"1"}]},
 {"traceID":"ab","spanID":"3","operationName":"old","startTime":1100,"duration":1,"parentSpanID":"2",
  "process":{"serviceName":"own","tags":[]}}],
 "processes":{"p1":{"serviceName":"shop","tags":[{"key":"host.name","type":"string","value":"web-1"}]}},"warnings":null}"#;

#[test]
fn fields_of_jaeger_spans() {
    let whole = [
        TRACE.to_owned(),
        format!("[{TRACE}]"),
        format!("{{\"data\":[{TRACE}],\"total\":0,\"errors\":null}}"),
    ];
    for text in whole {
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 3, "{report:?}");
        assert_eq!(report.problems.skipped_total, 0, "{report:?}");
        let batch = &sink.batches[0];
        let [root, child, old] = &batch.spans[..] else {
            panic!("three spans");
        };
        assert_eq!(root.trace.to_string(), format!("{:032x}", 0xab));
        assert_eq!((root.start.0, root.duration), (1_000_000, 500_000));
        assert_eq!(root.kind, SpanKind::Server);
        assert_eq!(root.status, SpanStatus::Error);
        assert_eq!(batch.text(root.status_message), "bad luck");
        assert_eq!(service(batch, root), "shop");
        let values = ["n", "f", "b", "jaeger.warnings"].map(|name| attr(batch, root, name));
        let values = values.map(Option::unwrap_or_default);
        assert_eq!(values[0], "Int(9007199254740993)");
        assert_eq!(values[1], "Float(2.0)");
        assert_eq!(values[2], "AQID");
        assert_eq!(values[3], "[\"clock skew adjustment\"]");
        let events: serde_json::Value = serde_json::from_str(batch.text(root.events)).unwrap();
        assert_eq!(events[0]["timeUnixNano"], "1200000");
        assert_eq!(events[0]["name"], "error");
        assert_eq!(
            events[0]["attributes"][1]["value"]["stringValue"],
            "a \"b\""
        );
        let error = &batch.errors[0];
        assert_eq!(batch.text(error.exception_type), "Oops");
        assert_eq!(batch.text(error.message), "a \"b\"");
        assert_eq!(batch.text(error.transaction), "root");
        assert_eq!((child.parent, child.duration), (root.id, 0));
        let links: serde_json::Value = serde_json::from_str(batch.text(child.links)).unwrap();
        assert_eq!(links[0]["traceId"], format!("{:032x}", 0xcd));
        assert_eq!(links.as_array().map(Vec::len), Some(1));
        assert_eq!(service(batch, child), "unknown-service");
        assert_eq!((old.parent, service(batch, old)), (child.id, "own"));
        let warned = |word: &str| {
            let mut all = report.problems.remarks.iter();
            all.any(|remark| remark.text.contains(word))
        };
        assert!(warned("adjusted by Jaeger") && warned("unknown-service") && warned("negative"));
    }
}

#[test]
fn a_bad_span_is_left_out_alone() {
    for bad in [
        "5",
        "{\"spanID\":\"9\"}",
        "{\"traceID\":\"ab\"}",
        "{\"traceID\":\"ab\",\"spanID\":\"9\",\"startTime\":\"x\"}",
    ] {
        let text = TRACE.replacen(
            "{\"traceID\":\"ab\",\"spanID\":\"3\"",
            &format!("{bad},{{\"traceID\":\"ab\",\"spanID\":\"3\""),
            1,
        );
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 3, "{bad}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{bad}: {skipped:?}");
        let place = text.find(&format!("{bad},")).unwrap() as u64;
        assert_eq!(skipped[0].byte, place, "{bad}");
    }
}

#[test]
fn a_large_file_is_cut_between_traces() {
    let one = |number: u64| TRACE.replace("\"ab\"", &format!("\"{number:x}\""));
    let filler = "y".repeat(3 << 20);
    let traces: Vec<_> = (256..276)
        .map(|number| one(number).replace("bad luck", &filler))
        .collect();
    let text = format!("{{\"data\":[{}],\"total\":20}}", traces.join(","));
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!((report.counts.spans, report.counts.traces), (60, 20));
    assert_eq!(report.problems.skipped_total, 0);
    assert!(sink.batches.len() > 2);
    for batch in &sink.batches {
        for span in batch.spans.iter().filter(|span| span.id.0 == 1) {
            assert_eq!(service(batch, span), "shop");
        }
    }
}

#[test]
fn tempo_answers_are_read_or_explained() {
    let span = r#"{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsN2uSg=","name":"x","startTimeUnixNano":"1000","endTimeUnixNano":"2000"}"#;
    for text in [
        format!("{{\"batches\":[{{\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}"),
        format!(
            "{{\"trace\":{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}}}"
        ),
        format!(
            "{{\"result\":{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}}}"
        ),
    ] {
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 1, "{text}");
        let id = sink.batches[0].spans[0].trace.to_string();
        assert_eq!(id, "5b8efff798038103d269b633813fc60c");
    }
    let search = r#"{"traces":[{"traceID":"1","rootServiceName":"a","rootTraceName":"b"}]}"#;
    let (report, _) = import_bytes(search.as_bytes());
    assert_eq!(report.outcome, Outcome::Failed);
    let error = report.error.unwrap_or_default();
    assert!(error.contains("list of search results"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damage_never_panics_and_never_goes_unsaid(cut in 60usize..1700, at in 0usize..1700, byte: u8) {
        let cut = cut.min(TRACE.len() - 1);
        let (report, _) = import_bytes(&TRACE.as_bytes()[..cut]);
        if report.outcome == Outcome::Complete {
            prop_assert!(report.problems.skipped_total > 0);
        } else {
            prop_assert!(report.error.is_some());
        }
        let mut bytes = TRACE.as_bytes().to_vec();
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        let (report, _) = import_bytes(&bytes);
        prop_assert!(report.counts.spans <= 3);
        prop_assert!(report.error.is_none_or(|error| !error.contains("mistake")));
    }
}

/// Whole captures, where they are at hand: see `import_captures.rs`.
#[test]
#[ignore = "needs the whole captures: set HEADWATER_CAPTURES to their folder"]
fn jaeger_captures_agree_with_their_source() {
    let folder = std::env::var("HEADWATER_CAPTURES").expect("HEADWATER_CAPTURES is set");
    let folder = Path::new(&folder);
    let mut source = HashMap::new();
    for part in [
        "otlp/otel-a-traces-part1.jsonl",
        "otlp/otel-a-traces-part2.jsonl",
    ] {
        let mut sink = Memory::default();
        import(&folder.join(part), &mut sink);
        for batch in &sink.batches {
            for span in &batch.spans {
                let name = batch.text(span.name).to_owned();
                let facts = (span.start.0 / 1000, name, service(batch, span).to_owned());
                source.insert((span.trace, span.id), (facts, span.duration, span.parent));
            }
        }
    }
    for (file, traces, spans, roots) in [
        ("jaeger/jaeger-traces.json", 70, 440, 70),
        ("jaeger/jaeger-one-trace-largest.json", 1, 116, 1),
    ] {
        let mut sink = Memory::default();
        let report = import(&folder.join(file), &mut sink);
        assert_eq!((report.counts.traces, report.counts.spans), (traces, spans));
        assert_eq!(report.problems, Default::default(), "{file}");
        let batch = &sink.batches[0];
        let mut found = 0;
        for span in &batch.spans {
            found += usize::from(span.parent.is_none());
            let (facts, duration, parent) = &source[&(span.trace, span.id)];
            let name = batch.text(span.name).to_owned();
            let own = (span.start.0 / 1000, name, service(batch, span).to_owned());
            assert_eq!((&own, &span.parent), (facts, parent));
            assert!((span.duration - duration).abs() <= 1_000, "{own:?}");
        }
        assert_eq!(found, roots);
    }
}

#[test]
fn a_real_zipkin_trace_holds_what_is_known_of_it() {
    let mut sink = Memory::default();
    let report = import(&data("zipkin/one-trace.json"), &mut sink);
    assert_eq!(report.format, "zipkin-json");
    assert_eq!((report.counts.traces, report.counts.spans), (1, 15));
    assert_eq!(report.problems, Default::default());
    let batch = &sink.batches[0];
    let roots = batch.spans.iter().filter(|span| span.parent.is_none());
    assert_eq!(roots.count(), 1);
    let first = &batch.spans[0];
    assert_eq!(first.start.0, 1_795_244_169_325_623_000);
    assert_eq!(first.duration, 6_073_000);
    assert_eq!(
        (batch.text(first.name), service(batch, first)),
        ("PING", "shop-api")
    );
    assert_eq!(first.kind, SpanKind::Client);
}

const HALVES: &str = r#"[[
 {"traceId":"000000000000000100000000000000aa","id":"0000000000000001","kind":"CLIENT","name":"get","timestamp":1000,"duration":500,"localEndpoint":{"serviceName":"web"},"remoteEndpoint":{"serviceName":"api","port":80}},
 {"traceId":"00000000000000aa","id":"0000000000000001","kind":"SERVER","shared":true,"name":"get","timestamp":1100,"duration":300,"localEndpoint":{"serviceName":"api"},"tags":{"error":""},"annotations":[{"timestamp":1150,"value":"a \"b\""}]},
 {"traceId":"00000000000000aa","parentId":"0000000000000001","id":"0000000000000002","name":"inner","timestamp":1200,"localEndpoint":{"serviceName":"api"}},
 {"traceId":"00000000000000aa","id":"0000000000000002","tags":{"late":"yes"},"duration":50,"localEndpoint":{"serviceName":"api"}}],
 [{"traceId":"00000000000000bb","id":"0000000000000003","name":"no time"},
 {"traceId":"00000000000000bb","name":"no id"}]]"#;

#[test]
fn what_zipkin_reports_apart_is_put_together() {
    let (report, sink) = import_bytes(HALVES.as_bytes());
    assert_eq!(
        (report.counts.spans, report.counts.traces),
        (4, 2),
        "{report:?}"
    );
    assert_eq!(report.problems.skipped.len(), 1);
    let place = HALVES.rfind("{\"traceId\"").unwrap() as u64;
    assert_eq!(report.problems.skipped[0].byte, place);
    let batch = &sink.batches[0];
    let [client, server, inner, _] = &batch.spans[..] else {
        panic!("four spans");
    };
    assert_eq!(client.trace, server.trace);
    assert_eq!((server.parent, inner.parent), (client.id, server.id));
    assert_ne!(server.id, client.id);
    assert_eq!(
        (server.status, client.status),
        (SpanStatus::Error, SpanStatus::Unset)
    );
    let original = attr(batch, server, "headwater.original_span_id");
    assert_eq!(original.as_deref(), Some("0000000000000001"));
    let port = attr(batch, client, "remoteEndpoint.port");
    assert_eq!(port.as_deref(), Some("Int(80)"));
    assert_eq!(attr(batch, inner, "late").as_deref(), Some("yes"));
    assert_eq!(inner.duration, 50_000);
    let events: serde_json::Value = serde_json::from_str(batch.text(server.events)).unwrap();
    assert_eq!(events[0]["name"], "a \"b\"");
    assert_eq!(report.problems.remarks.len(), 4, "{report:?}");
}

#[test]
#[ignore = "needs the whole captures: set HEADWATER_CAPTURES to their folder"]
fn zipkin_captures_hold_what_their_manifest_says() {
    let folder = std::env::var("HEADWATER_CAPTURES").expect("HEADWATER_CAPTURES is set");
    let mut sink = Memory::default();
    let file = Path::new(&folder).join("zipkin/zipkin-spans.json");
    let report = import(&file, &mut sink);
    assert_eq!((report.counts.traces, report.counts.spans), (99, 809));
    assert_eq!(report.problems, Default::default());
    let spans = &sink.batches[0].spans;
    let count = |kind| spans.iter().filter(|span| span.kind == kind).count();
    assert_eq!(count(SpanKind::Client), 662);
    assert_eq!(count(SpanKind::Server), 99);
    assert_eq!(
        spans.iter().filter(|span| span.parent.is_none()).count(),
        99
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn damaged_zipkin_never_panics(cut in 0usize..1300, at in 0usize..1300, byte: u8) {
        let mut bytes = HALVES.as_bytes().to_vec();
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        for text in [&bytes[..], &HALVES.as_bytes()[..cut.min(HALVES.len() - 1)]] {
            let (report, _) = import_bytes(text);
            let said = report.problems.skipped_total > 0 || report.error.is_some();
            prop_assert!(said || report.counts.spans >= 3);
            prop_assert!(report.error.is_none_or(|error| !error.contains("mistake")));
        }
    }
}
