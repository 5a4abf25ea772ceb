//! Zipkin's version 1 against version 2, and Jaeger's documents as Elasticsearch keeps them against Jaeger's own JSON.

use crate::import_support::{Memory, import, import_bytes};
use headwater::import::FORMATS;
use headwater::model::batch::{Batch, BatchValue, SpanKind, SpanRecord, SpanStatus};
use headwater::model::report::Outcome;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data").join(name)
}

fn shown(batch: &Batch, value: BatchValue) -> String {
    match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    }
}

fn attr(batch: &Batch, span: &SpanRecord, name: &str) -> Option<String> {
    let value = batch.attr(&span.attrs, name)?;
    Some(shown(batch, value))
}

fn service<'b>(batch: &'b Batch, span: &SpanRecord) -> &'b str {
    batch.text(batch.resources[span.resource as usize].service)
}

/// All that a span says, so that two readings can be compared.
fn told(batch: &Batch, span: &SpanRecord) -> String {
    let mut attrs: Vec<_> = batch.attrs(&span.attrs).to_vec();
    attrs.sort_by_key(|attr| batch.keys.name(attr.key).to_owned());
    let attrs = attrs.iter();
    let attrs = attrs.map(|attr| (batch.keys.name(attr.key), shown(batch, attr.value)));
    format!(
        "{} {} < {} {:?} {:?} {:?} {:?} {} +{} in {} segment {} {:?} events {} links {}",
        span.trace,
        span.id,
        span.parent,
        batch.text(span.name),
        span.kind,
        span.status,
        batch.text(span.status_message),
        span.start.0,
        span.duration,
        service(batch, span),
        span.segment,
        attrs.collect::<Vec<_>>(),
        batch.text(span.events),
        batch.text(span.links),
    )
}

fn all_told(sink: &Memory) -> Vec<String> {
    let batches = sink.batches.iter();
    let spans = batches.flat_map(|batch| batch.spans.iter().map(move |span| told(batch, span)));
    let mut all: Vec<_> = spans.collect();
    all.sort();
    all
}

fn claims(bytes: &[u8]) -> Vec<&'static str> {
    let prefix = &bytes[..bytes.len().min(64 * 1024)];
    let claims = FORMATS.iter().filter(|format| (format.sniff)(prefix));
    claims.map(|format| format.id).collect()
}

#[test]
fn version_1_tells_what_version_2_tells() {
    let (mut first, mut second) = (Memory::default(), Memory::default());
    let report = import(&data("zipkin_v1/shop-v1.json"), &mut first);
    assert_eq!(report.format, "zipkin-v1-json");
    assert_eq!((report.counts.spans, report.counts.traces), (9, 2));
    assert_eq!(report.problems.skipped_total, 0);
    let report = import(&data("zipkin_v1/shop-v2.json"), &mut second);
    assert_eq!(report.format, "zipkin-json");
    let (first, second) = (all_told(&first), all_told(&second));
    assert_eq!(first.len(), 9);
    for (one, two) in first.iter().zip(&second) {
        assert_eq!(one, two);
    }
    assert_eq!(first.len(), second.len());
}

#[test]
fn each_version_is_recognised_as_itself() {
    for (name, id) in [
        ("zipkin_v1/shop-v1.json", "zipkin-v1-json"),
        ("zipkin_v1/shop-v2.json", "zipkin-json"),
        ("zipkin/one-trace.json", "zipkin-json"),
    ] {
        let bytes = std::fs::read(data(name)).unwrap();
        assert_eq!(claims(&bytes), [id], "{name}");
    }
    for (text, expected) in [
        (
            r#"[{"traceId":"1","id":"2","name":"a","annotations":[{"timestamp":1,"value":"cs","endpoint":{"serviceName":"s"}}]}]"#,
            "zipkin-v1-json",
        ),
        (
            r#"[{"traceId":"1","id":"2","name":"a","binaryAnnotations":[]}]"#,
            "zipkin-v1-json",
        ),
        (
            r#"[{"traceId":"1","id":"2","duration":3,"tags":{"endpoint":"x"},"annotations":[]}]"#,
            "zipkin-json",
        ),
    ] {
        assert_eq!(claims(text.as_bytes()), [expected], "{text}");
    }
}

#[test]
fn what_stands_among_the_annotations() {
    let cases = [
        // What a span says of itself counts before its codes.
        (
            r#""timestamp":1000,"duration":500,"annotations":[{"timestamp":1100,"value":"cs"},{"timestamp":1200,"value":"cr"}]"#,
            "Client 1000000 +500000",
            &["cs", "cr"][..],
        ),
        // Only one end of a call is known.
        (
            r#""annotations":[{"timestamp":1100,"value":"ss","endpoint":{"serviceName":"s"}}]"#,
            "Server 0 +0",
            &["ss"][..],
        ),
        (
            r#""duration":7,"annotations":[{"timestamp":1100,"value":"cs"}]"#,
            "Client 1100000 +7000",
            &[][..],
        ),
        (r#""timestamp":5"#, "Unspecified 5000 +0", &[][..]),
    ];
    for (members, expected, left) in cases {
        let text =
            format!(r#"[{{"traceId":"1","id":"2","name":"n",{members},"binaryAnnotations":[]}}]"#);
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 1, "{text}: {report:?}");
        let batch = &sink.batches[0];
        let span = &batch.spans[0];
        let found = format!("{:?} {} +{}", span.kind, span.start.0, span.duration);
        assert_eq!(found, expected, "{text}");
        let events = match batch.text(span.events) {
            "" => serde_json::json!([]),
            events => serde_json::from_str(events).unwrap(),
        };
        let names: Vec<_> = events
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["name"].clone())
            .collect();
        assert_eq!(names, left, "{text}");
    }
}

#[test]
fn values_addresses_and_notes_of_others_keep_what_they_say() {
    let text = r#"[{"traceId":"zz","id":"2","name":"n","timestamp":1,"duration":2,"kept":{"a":1},
      "annotations":[{"timestamp":3,"value":"note","endpoint":{"serviceName":"other"}},
        {"timestamp":1,"value":"cs","endpoint":{"serviceName":"own"}}],
      "binaryAnnotations":[
        {"key":"n","value":42,"endpoint":{"serviceName":"own"}},
        {"key":"b","value":false,"type":"BOOL","endpoint":{"serviceName":"own"}},
        {"key":"l","value":"9007199254740993","type":"I64"},
        {"key":"t","value":"x","endpoint":{"serviceName":"other","port":1}},
        {"key":"sa","value":"text"},
        {"key":"error","value":"","endpoint":{"serviceName":"own"}}]},
     {"traceId":"1","id":"3","binaryAnnotations":[{"key":"ca","value":true,"endpoint":{"serviceName":"caller"}}]},
     {"traceId":"1","id":"4","binaryAnnotations":[{"key":"ca","value":true,"endpoint":{"serviceName":"caller"}},
        {"key":"sa","value":true,"endpoint":{"serviceName":"called"}}]}]"#;
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!(report.counts.spans, 3, "{report:?}");
    let batch = &sink.batches[0];
    let [span, served, between] = &batch.spans[..] else {
        panic!("three spans");
    };
    for (name, value) in [
        ("headwater.original_trace_id", "zz"),
        ("n", "Int(42)"),
        ("b", "Bool(false)"),
        ("l", "Int(9007199254740993)"),
        ("t", "x"),
        ("t.endpoint.serviceName", "other"),
        ("t.endpoint.port", "Int(1)"),
        ("sa", "text"),
        ("kept", "{\"a\":1}"),
    ] {
        assert_eq!(attr(batch, span, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(
        (span.status, service(batch, span)),
        (SpanStatus::Error, "own")
    );
    assert!(
        batch
            .text(span.events)
            .contains("\"stringValue\":\"other\"")
    );
    assert_eq!(served.kind, SpanKind::Server);
    assert_eq!(
        attr(batch, served, "remoteEndpoint.serviceName").as_deref(),
        Some("caller")
    );
    assert_eq!(service(batch, between), "caller");
    assert_eq!(
        attr(batch, between, "remoteEndpoint.serviceName").as_deref(),
        Some("called")
    );
}

#[test]
fn a_bad_span_of_version_1_is_left_out_alone() {
    let good = |id: u32| {
        format!(
            r#"{{"traceId":"1","id":"{id}","timestamp":5,"binaryAnnotations":[{{"key":"a","value":"b","endpoint":{{"serviceName":"s{id}"}}}}]}}"#
        )
    };
    for bad in [
        "5",
        r#"{"id":"1"}"#,
        r#"{"traceId":"1"}"#,
        r#"{"traceId":"1","id":"0000000000000000"}"#,
        r#"{"traceId":"1","id":"9","timestamp":"x"}"#,
        r#"{"traceId":"1","id":"9","annotations":[7]}"#,
        r#"{"traceId":"1","id":"9","binaryAnnotations":[{"value":1}]}"#,
    ] {
        let text = format!("[{},\n{bad},\n{}]", good(7), good(8));
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 2, "{bad}: {report:?}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{bad}");
        let place = text.find(&format!("\n{bad}")).unwrap() as u64 + 1;
        assert_eq!((skipped[0].line, skipped[0].byte), (2, place), "{bad}");
        let batch = &sink.batches[0];
        assert_eq!(service(batch, &batch.spans[1]), "s8");
    }
}

#[test]
fn a_truncated_list_keeps_what_came_before() {
    let whole = std::fs::read(data("zipkin_v1/shop-v1.json")).unwrap();
    let cut = &whole[..whole.len() - 400];
    let (report, _) = import_bytes(cut);
    assert_eq!(report.outcome, Outcome::Complete);
    assert!(report.counts.spans >= 7, "{report:?}");
    assert_eq!(report.problems.skipped_total, 1);
}

/// The three documents of the file, without what wraps one of them.
fn documents() -> Vec<String> {
    let text = std::fs::read_to_string(data("jaeger_documents/spans.ndjson")).unwrap();
    let bare = |line: &str| match line.find("\"_source\":") {
        Some(at) => line[at + 10..line.len() - 1].to_owned(),
        None => line.to_owned(),
    };
    text.lines().map(bare).collect()
}

#[test]
fn documents_of_elasticsearch_in_every_wrapping() {
    let file = std::fs::read_to_string(data("jaeger_documents/spans.ndjson")).unwrap();
    let bare = documents();
    let hits: Vec<_> = bare
        .iter()
        .map(|span| format!(r#"{{"_index":"i","_id":"1","_source":{span}}}"#))
        .collect();
    let answer = format!(
        r#"{{"took":3,"timed_out":false,"_shards":{{"total":1}},"hits":{{"total":{{"value":3}},"max_score":1,"hits":[{}]}}}}"#,
        hits.join(",")
    );
    let pretty: serde_json::Value = serde_json::from_str(&answer).unwrap();
    for text in [
        file,
        bare.join("\n"),
        format!("[{}]", bare.join(",\n")),
        hits.join("\n"),
        serde_json::to_string_pretty(&pretty).unwrap(),
        answer,
    ] {
        assert_eq!(claims(text.as_bytes()), ["jaeger-elasticsearch"], "{text}");
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(
            (report.counts.spans, report.counts.errors),
            (3, 1),
            "{report:?}"
        );
        assert_eq!(report.problems, Default::default(), "{text}");
        let batch = &sink.batches[0];
        let span = |id: &str| {
            let mut spans = batch.spans.iter();
            spans.find(|span| span.id.to_string() == id).unwrap()
        };
        let root = span("6b221d5bc9e6496c");
        assert_eq!(
            (root.kind, root.status),
            (SpanKind::Server, SpanStatus::Error)
        );
        assert_eq!(root.start.0, 1_795_243_582_710_000_000);
        assert_eq!(root.duration, 61_000_000);
        assert_eq!(
            attr(batch, root, "http.status_code").as_deref(),
            Some("Int(500)")
        );
        assert_eq!(attr(batch, root, "jaeger.flags").as_deref(), Some("Int(1)"));
        assert_eq!(batch.text(batch.errors[0].exception_type), "CartError");
        let call = span("352bff9a74ca9ad2");
        assert_eq!((call.parent, call.kind), (root.id, SpanKind::Client));
        assert_eq!(attr(batch, call, "peer.service").as_deref(), Some("cart"));
        assert_eq!(attr(batch, call, "retries").as_deref(), Some("Int(2)"));
        // Both ways to write the same process are one resource.
        assert_eq!(call.resource, root.resource);
        assert_eq!(batch.resources.len(), 2);
        let query = span("0c0f6dbf1f2c4a01");
        assert_eq!((query.parent, service(batch, query)), (call.id, "cart"));
        assert_eq!(query.start.0, 1_795_243_582_731_000_000);
        assert_eq!(attr(batch, query, "scope").as_deref(), Some("sql"));
        assert!(batch.text(query.links).contains("FOLLOWS_FROM"));
    }
}

#[test]
fn documents_of_others_are_not_taken() {
    for text in [
        r#"{"_index":"apm","_source":{"processor":{"event":"span"},"trace":{"id":"1"},"span":{"id":"2"}}}"#,
        r#"{"traceID":"1","spanID":"2","level":"info","msg":"a","time":"2026-11-21T06:46:22Z"}"#,
        r#"{"data":[{"traceID":"1","spans":[{"traceID":"1","spanID":"2","operationName":"a","startTime":1,"process":{}}]}]}"#,
        r#"{"traceID":"1","spans":[{"traceID":"1","spanID":"2","operationName":"a","startTime":1}],"processes":{}}"#,
        r#"{"hits":{"hits":[]}}"#,
        "[]",
        "",
    ] {
        assert!(
            !claims(text.as_bytes()).contains(&"jaeger-elasticsearch"),
            "{text}"
        );
    }
}

#[test]
fn a_bad_document_is_left_out_alone() {
    let good = documents();
    for bad in [
        "5",
        r#"{"traceID":"1","spanID":"x","operationName":7}"#,
        r#"{"spanID":"1"}"#,
        r#"{"traceID":"1","spanID":"2","process":5,"startTime":"x"}"#,
        r#"{"traceID":"1","spanID":"2","tags":[{"value":1}]}"#,
        r#"{"traceID":"1","spanID":"2","process":{"tags":7}}"#,
    ] {
        let text = format!("{}\n{bad}\n{}\n", good[0], good[1]);
        let (report, _) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, 2, "{bad}: {report:?}");
        let skipped = &report.problems.skipped;
        assert_eq!(skipped.len(), 1, "{bad}: {skipped:?}");
        assert_eq!(
            (skipped[0].line, skipped[0].byte),
            (2, good[0].len() as u64 + 1)
        );
    }
    let deep = format!(
        "{}{}{}\n",
        "{\"hits\":".repeat(5_000),
        good[0],
        "}".repeat(5_000)
    );
    let (report, _) = import_bytes(format!("{}\n{deep}", good[0]).as_bytes());
    assert_eq!(report.counts.spans, 1);
    assert_eq!(report.problems.remarks.len(), 1);
    let cut = format!("{}\n{}", good[0], &good[1][..good[1].len() - 9]);
    let (report, _) = import_bytes(cut.as_bytes());
    assert_eq!((report.counts.spans, report.problems.skipped_total), (1, 1));
}

#[test]
fn answers_of_jaegers_newer_interface_are_read() {
    let answer = |id: u32| {
        format!(
            r#"{{"result":{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"cart"}}}}]}},"scopeSpans":[{{"spans":[{{"traceId":"5af7183fb1d4cf5f5af7183fb1d4cf5f","spanId":"00000000000000{id}","name":"a","startTimeUnixNano":"1795243582710000000","endTimeUnixNano":"1795243582710000500"}}]}}]}}]}}}}"#
        )
    };
    let pretty: serde_json::Value = serde_json::from_str(&answer(11)).unwrap();
    for (text, spans) in [
        (answer(11), 1),
        (format!("{}\n{}\n", answer(11), answer(12)), 2),
        (serde_json::to_string_pretty(&pretty).unwrap(), 1),
    ] {
        assert_eq!(claims(text.as_bytes()), ["otlp-json"]);
        let (report, sink) = import_bytes(text.as_bytes());
        assert_eq!(report.counts.spans, spans);
        assert_eq!(report.problems, Default::default());
        let batch = &sink.batches[0];
        assert_eq!(service(batch, &batch.spans[0]), "cart");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn damage_to_version_1_never_goes_unsaid(at in 0usize..6000, byte: u8, cut in 400usize..6000) {
        let whole = std::fs::read(data("zipkin_v1/shop-v1.json")).unwrap();
        let mut bytes = whole.clone();
        let at = at % bytes.len();
        bytes[at] = byte;
        let (report, _) = import_bytes(&bytes);
        prop_assert!(report.error.is_none_or(|error| !error.contains("mistake")));
        let cut = cut % whole.len();
        let (report, _) = import_bytes(&whole[..cut]);
        let all = report.counts.spans == 9;
        let said = report.problems.skipped_total > 0 || report.error.is_some();
        prop_assert!(said || all, "{report:?}");
    }

    #[test]
    fn damage_to_documents_never_goes_unsaid(at in 0usize..3000, byte: u8) {
        let mut bytes = std::fs::read(data("jaeger_documents/spans.ndjson")).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        let (report, _) = import_bytes(&bytes);
        prop_assert!(report.error.as_ref().is_none_or(|error| !error.contains("mistake")));
        let said = !report.problems.skipped.is_empty() || !report.problems.remarks.is_empty();
        prop_assert!(report.counts.spans == 3 || said || report.error.is_some(), "{report:?}");
    }
}
