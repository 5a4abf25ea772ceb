//! What OpenTelemetry's SDKs print on the console: Python's and Go's exporters of spans and logs.
//!
//! Records are JSON objects one after another, pretty-printed or one a line, with no array around them and with whatever
//! else the program printed between them. [`document`] finds the objects and passes over the rest, [`cutter`] cuts before an
//! object; [`python`] and [`go`] read the two dialects' records. Times are ISO 8601. JavaScript's console exporter prints
//! object literals, which are no JSON: [`super::explain`] says so.

mod cutter;
mod document;
mod go;
mod python;

use super::format::{Format, Parsed};
use super::otlp_json;
use super::stretch::Stretch;
use crate::model::CancelToken;
use memchr::memmem;

/// Console output of OpenTelemetry's SDKs.
pub static FORMAT: Format = Format {
    id: "otel-console",
    name: "OpenTelemetry console output",
    sniff,
    cutter: |_| Box::new(cutter::Cutter),
    parse,
};

/// Names that stand together only in what one of the exporters prints. Text before the first object is usual.
fn sniff(prefix: &[u8]) -> bool {
    let has = |name: &str| memmem::find(prefix, name.as_bytes()).is_some();
    let all = |names: &[&str]| names.iter().all(|name| has(&format!("\"{name}\"")));
    let hex_id = begins_with(prefix, "trace_id", b"\"0x");
    let python_span = hex_id && all(&["context"]) && (has("\"SpanKind.") || all(&["parent_id"]));
    let python_log = all(&[
        "severity_number",
        "body",
        "dropped_attributes",
        "trace_flags",
    ]);
    let python_metric = all(&["resource_metrics", "data", "data_points"])
        && begins_with(prefix, "data", b"{")
        && !all(&["asInt"]);
    let go_id = has("\"TraceID\"");
    let go_span = go_id && begins_with(prefix, "SpanContext", b"{") && all(&["SpanKind"]);
    let go_log = go_id && all(&["ObservedTimestamp", "SeverityText", "Severity", "Body"]);
    let printed = python_span || python_log || go_span || go_log;
    printed && !otlp_spans(prefix) || python_metric
}

/// OTLP's own lists. Python prints its metrics in one of the same name.
fn otlp_spans(prefix: &[u8]) -> bool {
    let metrics_alone = memmem::find(prefix, b"\"resource_metrics\"").is_some();
    otlp_json::sniff(prefix) && !metrics_alone
}

/// Whether a member of this name has a value that begins so.
fn begins_with(prefix: &[u8], name: &str, value: &[u8]) -> bool {
    let quoted = format!("\"{name}\"");
    memmem::find_iter(prefix, quoted.as_bytes()).any(|at| {
        let rest = prefix.get(at + quoted.len()..).unwrap_or_default();
        let rest = rest.trim_ascii_start().strip_prefix(b":");
        rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(value))
    })
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    let open = stretch.last && cutter::is_open(&stretch.bytes);
    let parsed = otlp_json::document::parse_with(stretch, cancel, document::document, |_| {})?;
    let open_end = open || parsed.open_end;
    Some(Parsed { open_end, ..parsed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognised_by_what_only_consoles_print() {
        for yes in [
            "starting\n{\n    \"name\": \"a\",\n    \"context\": {\n        \"trace_id\": \"0xab\"\n    },\n    \"kind\": \"SpanKind.SERVER\"",
            r#"{"Name":"a","SpanContext":{"TraceID":"ab","SpanID":"cd"},"Parent":{},"SpanKind":1}"#,
            r#"{"Timestamp":"","ObservedTimestamp":"","Severity":9,"SeverityText":"","Body":{},"TraceID":""}"#,
            r#"{"body":"a","severity_number":9,"dropped_attributes":0,"trace_id":"","trace_flags":null}"#,
            r#"{"resource_metrics":[{"scope_metrics":[{"metrics":[{"data":{"data_points":[]}}]}]}]}"#,
        ] {
            assert!(sniff(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            r#"{"context":{"trace_id":"ab"},"parent_id":null}"#,
            r#"{"message":"\"context\": {\"trace_id\": \"0xab\"} \"SpanKind.SERVER\""}"#,
            r#"{"resourceSpans":[{"context":{"trace_id":"0xab"},"parent_id":null}]}"#,
            r#"{"resource_metrics":[{"scope_metrics":[{"metrics":[{"sum":{"data_points":[]}}]}]}]}"#,
        ] {
            assert!(!sniff(no.as_bytes()), "{no}");
        }
    }
}
