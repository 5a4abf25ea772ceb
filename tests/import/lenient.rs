//! Odd values that writers produce: none is a reason to lose a record.

use crate::import_support::import_bytes;
use headwater::model::batch::{Batch, BatchValue};

const TRACE: &str = "5b8efff798038103d269b633813fc60c";

fn read(text: &str, format: &str) -> Batch {
    let (report, mut sink) = import_bytes(text.as_bytes());
    assert_eq!(report.format, format, "{text}: {report:?}");
    assert_eq!(report.problems.skipped_total, 0, "{text}: {report:?}");
    Batch {
        problems: report.problems,
        ..sink.batches.remove(0)
    }
}

fn attr(batch: &Batch, name: &str) -> Option<String> {
    let value = batch.attr(&batch.spans[0].attrs, name)?;
    Some(match value {
        BatchValue::Str(text) => format!("text {}", batch.text(text)),
        BatchValue::Json(text) => format!("json {}", batch.text(text)),
        other => format!("{other:?}"),
    })
}

fn otlp(attributes: &str) -> String {
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{TRACE}","spanId":"eee19b7ec376b928","name":"n","startTimeUnixNano":"1795243582000000000","endTimeUnixNano":"1795243583000000000","attributes":{attributes}}}]}}]}}]}}"#
    )
}

#[test]
fn values_that_are_not_of_their_type() {
    for (value, expected) in [
        (
            r#"{"intValue":"99999999999999999999"}"#,
            "text 99999999999999999999",
        ),
        (r#"{"intValue":1.5}"#, "text 1.5"),
        (r#"{"boolValue":"true"}"#, "text true"),
        (r#"{"doubleValue":[1]}"#, "text [1]"),
        (r#"{"stringValue":7}"#, "text 7"),
        (
            r#"{"arrayValue":{"values":[{"intValue":"x"},{"boolValue":1}]}}"#,
            "json [\"x\",1]",
        ),
        (r#""plain""#, "text plain"),
        ("7", "Int(7)"),
    ] {
        let text = otlp(&format!(
            r#"[{{"key":"a","value":{value}}},{{"key":"b","value":{{"intValue":1}}}}]"#
        ));
        let batch = read(&text, "otlp-json");
        assert_eq!(attr(&batch, "a").as_deref(), Some(expected), "{value}");
        assert_eq!(attr(&batch, "b").as_deref(), Some("Int(1)"), "{value}");
    }
    let batch = read(&otlp(r#"[{"value":{"intValue":1}}]"#), "otlp-json");
    assert_eq!(attr(&batch, "").as_deref(), Some("Int(1)"));
    let batch = read(&otlp(r#"{"a":1,"b":"x"}"#), "otlp-json");
    assert_eq!(attr(&batch, "b").as_deref(), Some("text x"));
}

#[test]
fn a_file_that_begins_with_zero_bytes() {
    let text = format!("{}{}\n", "\0".repeat(5000), otlp("[]"));
    assert_eq!(read(&text, "otlp-json").spans.len(), 1);
}

#[test]
fn spans_of_zipkin_one_a_line_with_short_ids() {
    let span = |id: &str, parent: &str| {
        format!(
            r#"{{"traceId":"463ac35c9f6413a","id":"{id}","parentId":"{parent}","name":"n","timestamp":1795243582000000,"duration":5,"localEndpoint":{{"serviceName":"shop"}}}}"#
        )
    };
    let text = format!("{}\n{}\n", span("1", "0"), span("2", "1"));
    let batch = read(&text, "zipkin-json");
    let spans: Vec<_> = batch
        .spans
        .iter()
        .map(|span| (span.id.0, span.parent.0))
        .collect();
    assert_eq!(spans, [(1, 0), (2, 1)]);
    assert_eq!(
        batch.spans[0].trace.to_string(),
        "00000000000000000463ac35c9f6413a"
    );
    assert!(batch.problems.remarks.is_empty(), "{:?}", batch.problems);
    // Log records have such names, too.
    let log =
        r#"{"traceId":"463ac35c9f6413a","id":"1","time":1795243582719,"msg":"m","duration":5}"#;
    assert_eq!(read(&format!("{log}\n"), "ndjson-logs").logs.len(), 1);
}

#[test]
fn a_log_record_of_opentelemetry_in_an_envelope() {
    let text = format!(
        "{{\"sdk\":{{\"name\":\"sentry.dart\"}}}}\n{{\"type\":\"otel_log\"}}\n{{\"time_unix_nano\":\"1795243582719000000\",\"severity_number\":13,\"severity_text\":\"warn\",\"body\":{{\"stringValue\":\"m\"}},\"trace_id\":\"{TRACE}\",\"attributes\":[{{\"key\":\"a\",\"value\":{{\"intValue\":\"1\"}}}}]}}\n"
    );
    let batch = read(&text, "sentry-envelope");
    let log = &batch.logs[0];
    assert_eq!((log.time.0, log.severity), (1_795_243_582_719_000_000, 13));
    assert_eq!(
        (batch.text(log.body), log.trace.to_string().as_str()),
        ("m", TRACE)
    );
    assert_eq!(batch.attrs(&log.attrs).len(), 1);
}
