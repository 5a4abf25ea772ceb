//! Small real files against their ground truth, and what single fields become.

use crate::import_support::{Memory, import, import_bytes};
use headwater::import::{FORMATS, sniff};
use headwater::model::batch::{Batch, BatchValue, CheckInRecord, SpanKind, SpanRecord, SpanStatus};
use headwater::model::report::Outcome;
use std::path::Path;

fn data(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn text(batch: &Batch, text: headwater::model::batch::Text) -> &str {
    batch.text(text)
}

/// An attribute's value as text.
fn attr(batch: &Batch, span: &SpanRecord, name: &str) -> Option<String> {
    batch.attr(&span.attrs, name).map(|value| match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    })
}

#[test]
fn real_files_hold_what_is_known_of_them() {
    for (name, format, spans, logs, errors, traces) in [
        ("otel-b-some-traces.jsonl", "otlp-json", 124, 0, 1, 43),
        ("agent-genai-logs.jsonl", "otlp-json", 0, 123, 0, 0),
        ("otel-b-metrics.jsonl", "otlp-json", 0, 0, 0, 0),
        (
            "agent-transaction-with-span-item.envelope",
            "sentry-envelope",
            16,
            0,
            0,
            1,
        ),
        ("check-in.envelope", "sentry-envelope", 0, 0, 0, 0),
        ("error-chained.envelope", "sentry-envelope", 0, 0, 1, 0),
        ("error-from-logging.envelope", "sentry-envelope", 0, 0, 1, 0),
        ("logs-node10.envelope", "sentry-envelope", 0, 6, 0, 0),
        ("logs-python.envelope", "sentry-envelope", 0, 4, 0, 0),
        ("sessions-aggregate.envelope", "sentry-envelope", 0, 0, 0, 0),
        ("spans-v2-node11.envelope", "sentry-envelope", 7, 0, 0, 1),
        ("spans-v2-python.envelope", "sentry-envelope", 4, 0, 0, 1),
        (
            "transaction-cache-and-slow-query.envelope",
            "sentry-envelope",
            7,
            0,
            0,
            1,
        ),
        ("transaction-node10.envelope", "sentry-envelope", 7, 0, 0, 1),
    ] {
        let mut sink = Memory::default();
        let report = import(&data(name), &mut sink);
        let counts = report.counts;
        let found = (counts.spans, counts.logs, counts.errors, counts.traces);
        assert_eq!(found, (spans, logs, errors, traces), "{name}");
        assert_eq!(report.outcome, Outcome::Complete, "{name}");
        assert_eq!(report.format, format, "{name}");
        assert_eq!(report.problems.skipped_total, 0, "{name}");
        assert_eq!(report.bytes, std::fs::metadata(data(name)).unwrap().len());
        let says_nothing = counts == Default::default();
        assert_eq!(says_nothing, !report.problems.remarks.is_empty(), "{name}");
    }
}

#[test]
fn check_ins_tell_of_runs_and_when_they_are_to_be() {
    let mut sink = Memory::default();
    let report = import(&data("cron-checkins.envelopes"), &mut sink);
    let counts = report.counts;
    assert_eq!((counts.spans, counts.logs, counts.errors), (17, 3, 1));
    assert_eq!((counts.traces, counts.check_ins), (4, 8));
    let batch = &sink.batches[0];
    let told = |status: &str| {
        let has = |told: &&CheckInRecord| batch.text(told.status) == status;
        batch.check_ins.iter().filter(has).count()
    };
    assert_eq!((told("in_progress"), told("ok"), told("error")), (4, 3, 1));
    let [first, second] = [&batch.check_ins[0], &batch.check_ins[1]];
    assert_eq!(batch.text(first.monitor), "hourly-report");
    assert_eq!(first.run, 0xda073ed9f2964511a54217f3ed84f541);
    assert_eq!((first.run, first.trace), (second.run, second.trace));
    assert_eq!(first.time.0, 1_795_243_869_163_122_000);
    assert_eq!((first.duration, second.duration), (None, Some(224_624_000)));
    assert_eq!(batch.text(first.environment), "production");
    assert_eq!(batch.text(first.release), "1.5.0");
    assert!(batch.text(first.config).contains(r#""value":"0 * * * *""#));
    assert_eq!(first.trace.to_string(), "3fd3aa90bcdd4c7686f120bcbe85b12e");
    assert_eq!(first.span.0, 0xbf3a5e9f09830a11);
    let resource = &batch.resources[first.resource as usize];
    assert_eq!(batch.text(resource.service), "worker-1");
}

#[test]
fn a_check_in_without_a_time_was_told_when_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.envelope");
    let item = r#"{"check_in_id":"0d8b6d0a8e8f4c4f9f1f6c1b2a3d4e5f","monitor_slug":"m","status":"ok","duration":1.5}"#;
    let lines = [
        r#"{"sent_at":"2026-11-21T06:51:09.5Z"}"#,
        r#"{"type":"check_in"}"#,
        item,
        "{}",
        r#"{"type":"check_in"}"#,
        item,
    ];
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let mut sink = Memory::default();
    let report = import(&file, &mut sink);
    let told = &sink.batches[0].check_ins;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].time.0, 1_795_243_869_500_000_000);
    assert_eq!(told[0].duration, Some(1_500_000_000));
    let skipped = &report.problems.skipped;
    assert_eq!(skipped.len(), 1);
    assert!(
        skipped[0].reason.contains("it tells no time"),
        "{skipped:?}"
    );
}

#[test]
fn formats_are_told_apart_by_content() {
    for format in FORMATS {
        let own = match format.id {
            "otlp-json" => "otel-b-some-traces.jsonl",
            "otlp-proto" => "proto/traces.pb",
            "sentry-envelope" => "logs-python.envelope",
            "sentry-event" => "logs/error-chained.json",
            "logfmt" => "logs/structlog.logfmt",
            "ndjson-logs" => "logs/pino.ndjson",
            "json-logs" => "logs/cloudwatch.json",
            "text-logs" => "logs/shop.log",
            "zipkin-json" => "zipkin/one-trace.json",
            "jaeger-json" => "jaeger/some-traces.json",
            "aws-xray" => "xray/batch-get-traces.json",
            "datadog-json" => "datadog/agent-v04.json",
            "elastic-apm" => "elastic_apm/intake.ndjson",
            "zipkin-v1-json" => "zipkin_v1/shop-v1.json",
            "jaeger-elasticsearch" => "jaeger_documents/spans.ndjson",
            "sentry-trace" => "sentry_trace/trace.json",
            "journald-export" => "journald/shop.export",
            "otel-console" => "console/python.txt",
            "clickhouse-otel" => "clickhouse/traces.jsonl",
            "chrome-trace" => "chrome/browser.json",
            other => panic!("{other} has no sample"),
        };
        let bytes = std::fs::read(data(own)).unwrap();
        assert_eq!(sniff(&bytes).map(|found| found.id), Some(format.id));
    }
}

#[test]
fn a_transaction_becomes_a_segment_with_children() {
    let mut sink = Memory::default();
    import(
        &data("transaction-cache-and-slow-query.envelope"),
        &mut sink,
    );
    let batch = &sink.batches[0];
    let root = &batch.spans[0];
    assert!(root.segment && root.parent.is_none());
    assert_eq!(text(batch, root.name), "/admin/order-items");
    assert_eq!(text(batch, root.op), "http.server");
    assert_eq!(text(batch, root.description), "/admin/order-items");
    assert_eq!(
        (root.status, text(batch, root.status_message)),
        (SpanStatus::Ok, "ok")
    );
    assert_eq!(root.start.0, 1_795_243_582_371_121_000);
    assert_eq!(root.duration, 348_458_000);
    assert_eq!(attr(batch, root, "plan").as_deref(), Some("free"));
    assert_eq!(
        attr(batch, root, "http.response.status_code").as_deref(),
        Some("Int(200)")
    );
    assert_eq!(
        attr(batch, root, "runtime.name").as_deref(),
        Some("CPython")
    );
    assert_eq!(attr(batch, root, "request.method").as_deref(), Some("GET"));
    let resource = &batch.resources[root.resource as usize];
    assert_eq!(text(batch, resource.service), "web-1");
    assert_eq!(text(batch, resource.sdk), "sentry.python.django");
    let release = batch.attr(&resource.attrs, "release");
    assert!(matches!(release, Some(BatchValue::Str(release)) if text(batch, release) == "1.4.0"));
    let child = &batch.spans[1];
    assert_eq!(child.parent, root.id);
    assert_eq!(text(batch, child.op), "cache.get");
    assert_eq!(text(batch, child.name), "order-items:page:1");
    assert_eq!(
        attr(batch, child, "cache.key").as_deref(),
        Some("[\"order-items:page:1\"]")
    );
    assert_eq!(
        attr(batch, child, "cache.hit").as_deref(),
        Some("Bool(false)")
    );
    assert_eq!(
        attr(batch, child, "sentry.origin").as_deref(),
        Some("auto.http.django")
    );
}

#[test]
fn version_two_spans_have_the_service_of_who_reports() {
    for (name, service) in [
        ("spans-v2-python.envelope", "web-1"),
        ("spans-v2-node11.envelope", "node"),
    ] {
        let mut sink = Memory::default();
        import(&data(name), &mut sink);
        let batch = &sink.batches[0];
        for span in &batch.spans {
            let resource = &batch.resources[span.resource as usize];
            assert_eq!(text(batch, resource.service), service);
            assert!(!text(batch, span.op).is_empty());
        }
        let segments = batch.spans.iter().filter(|span| span.segment).count();
        assert_eq!(segments, 1, "{name}");
    }
}

#[test]
fn errors_tell_the_outermost_exception() {
    let mut sink = Memory::default();
    import(&data("error-chained.envelope"), &mut sink);
    let batch = &sink.batches[0];
    let error = &batch.errors[0];
    assert_eq!(text(batch, error.exception_type), "LedgerMismatch");
    assert!(text(batch, error.message).starts_with("ledger row for "));
    assert_eq!(text(batch, error.transaction), "/api/orders/{pk}/refund");
    assert_eq!(error.id, 0xfbc73dad539a497e8f696233fdd00ba7);
    assert_eq!(error.trace.to_string(), "d12efef47c074b59b01afd2d8ad72597");
    let document: serde_json::Value = serde_json::from_str(text(batch, error.document)).unwrap();
    assert_eq!(document["level"], "error");
}

#[test]
fn sentry_logs_find_their_span() {
    let mut sink = Memory::default();
    import(&data("logs-node10.envelope"), &mut sink);
    let batch = &sink.batches[0];
    let log = &batch.logs[0];
    assert_eq!(text(batch, log.body), "Bot check result");
    assert_eq!((log.severity, text(batch, log.severity_text)), (9, "info"));
    assert_eq!(log.span.to_string(), "a4e9c780f977fa0d");
    assert_eq!(log.time.0, 1_795_243_583_071_164_000);
    assert_eq!(
        text(batch, batch.resources[log.resource as usize].service),
        "edge-1"
    );
}

/// One span in every writing that is met in files.
#[test]
fn otlp_in_every_writing() {
    let span = r#"{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"I","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,"status":{"code":"STATUS_CODE_ERROR","message":"no"},"unknown":[{}],"droppedAttributesCount":-1,"attributes":[{"key":"a","value":{"intValue":"7"}},{ "key" : "b", "value":{"arrayValue":{"values":[{"stringValue":"x\"y"},{"doubleValue":1.5},{}]}}}]}"#;
    let snake = r#"{"trace_id":"W47/95gDgQPSabYzgT/GDA==","span_id":"7uGbfsPBsXQ=","name":"I","kind":2,"start_time_unix_nano":1544712660000000000,"end_time_unix_nano":"1544712661000000000","status":{"code":2,"message":"no"},"attributes":[{"key":"a","value":{"int_value":7}},{"key":"b","value":{"array_value":{"values":[{"string_value":"x\"y"},{"double_value":1.5},{}]}}}]}"#;
    let new = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}],"scope":{{"name":"s","version":"1"}}}}],"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"api"}}}}]}}}}]}}"#
    );
    let old = format!(
        r#"{{"batches":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"api"}}}}]}},"instrumentationLibrarySpans":[{{"instrumentationLibrary":{{"name":"s","version":"1"}},"spans":[{snake}]}}]}}]}}"#
    );
    let pretty = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    for (what, file) in [
        ("line", format!("{new}\n")),
        ("no line end", new.clone()),
        (
            "mark and carriage returns",
            format!("\u{FEFF}{new}\r\n\r\n"),
        ),
        ("pretty", pretty(&new)),
        ("pretty, snake case, base64, Tempo", pretty(&old)),
        ("array", format!("[{new}]")),
        ("pretty array", pretty(&format!("[{new}]"))),
        ("wrapped", format!(r#"{{"trace":{new}}}"#)),
        ("followed by another", format!("{new}{{}}{old}")),
        (
            "pretty, followed by another",
            format!("{}\n{}", pretty(&new), pretty(&old)),
        ),
    ] {
        let (report, sink) = import_bytes(file.as_bytes());
        assert_eq!(report.problems.skipped, [], "{what}");
        assert_eq!(report.counts.spans, 1, "{what}");
        let batch = &sink.batches[0];
        let span = &batch.spans[0];
        assert_eq!(span.trace.to_string(), "5b8efff798038103d269b633813fc60c");
        assert_eq!(span.id.to_string(), "eee19b7ec3c1b174", "{what}");
        assert_eq!(
            (span.kind, span.status),
            (SpanKind::Server, SpanStatus::Error)
        );
        assert_eq!(span.duration, 1_000_000_000);
        assert_eq!(text(batch, span.status_message), "no");
        assert_eq!(attr(batch, span, "a").as_deref(), Some("Int(7)"));
        assert_eq!(
            attr(batch, span, "b").as_deref(),
            Some(r#"["x\"y",1.5,null]"#)
        );
        assert_eq!(
            text(batch, batch.resources[span.resource as usize].service),
            "api"
        );
        assert_eq!(text(batch, batch.scopes[span.scope as usize].name), "s");
        let place = span.position as usize;
        assert!(
            file[place..].starts_with('{') && file[place..place + 60].contains("race"),
            "{what}"
        );
    }
}

#[test]
fn signals_mix_in_one_object() {
    let file = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m"},{"name":"n"}]}]}],"resourceLogs":[{"scopeLogs":[{"logRecords":[{"observedTimeUnixNano":"5","severityNumber":"SEVERITY_NUMBER_WARN2","body":{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}}]}}}]}]}],"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","startTimeUnixNano":9,"endTimeUnixNano":8,"events":[{"name":"exception","timeUnixNano":"9","attributes":[{"key":"exception.type","value":{"stringValue":"Broken"}},{"key":"exception.message","value":{"stringValue":"a \"b\""}}]}]}]}]}]}"#;
    let (report, sink) = import_bytes(file.as_bytes());
    let batch = &sink.batches[0];
    let counts = report.counts;
    assert_eq!((counts.spans, counts.logs, counts.errors), (1, 1, 1));
    assert_eq!(
        report
            .problems
            .remarks
            .iter()
            .map(|remark| remark.times)
            .collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(text(batch, batch.logs[0].body), r#"{"a":true}"#);
    assert_eq!((batch.logs[0].severity, batch.logs[0].time.0), (14, 5));
    assert_eq!(text(batch, batch.errors[0].exception_type), "Broken");
    assert_eq!(text(batch, batch.errors[0].message), "a \"b\"");
    assert_eq!(batch.spans[0].duration, 0);
}

#[test]
fn ids_that_are_no_ids_are_kept_as_text() {
    let file = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"trace-x","spanId":"span-y","startTimeUnixNano":1,"endTimeUnixNano":2,"attributes":[]}]}]}]}"#;
    let (report, sink) = import_bytes(file.as_bytes());
    let batch = &sink.batches[0];
    let span = &batch.spans[0];
    assert_eq!(
        attr(batch, span, "headwater.original_trace_id").as_deref(),
        Some("trace-x")
    );
    assert_eq!(
        attr(batch, span, "headwater.original_span_id").as_deref(),
        Some("span-y")
    );
    assert_eq!(report.problems.remarks[0].times, 2);
}

#[test]
fn spans_stay_with_their_transaction() {
    let span = |id: &str, trace: &str| {
        format!(
            r#"{{"trace_id":"{trace}","span_id":"{id}","parent_span_id":"00000000000000a1","op":"db","start_timestamp":1.5,"timestamp":1.75}}"#
        )
    };
    let own = "000000000000000000000000000000b1";
    let other = "000000000000000000000000000000b2";
    let file = format!(
        r#"{{"type":"transaction","event_id":"{own}","transaction":"/","sdk":{{}},"start_timestamp":1,"timestamp":2,"contexts":{{"trace":{{"trace_id":"{own}","span_id":"00000000000000a1"}}}},"spans":[{},{},{}]}}"#,
        span("00000000000000a2", own),
        span("00000000000000a3", other),
        span("00000000000000a4", ""),
    );
    let (report, sink) = import_bytes(file.as_bytes());
    let batch = &sink.batches[0];
    let spans: Vec<_> = batch.spans.iter().collect();
    assert_eq!(spans.len(), 4);
    assert!(spans.iter().all(|span| span.trace == spans[0].trace));
    let named = |span| attr(batch, span, "headwater.original_trace_id");
    assert_eq!(named(spans[1]), None);
    assert_eq!(named(spans[2]).as_deref(), Some(other));
    assert_eq!(named(spans[3]), None);
    assert_eq!(report.problems.remarks[0].times, 1);
}
