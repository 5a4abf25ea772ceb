//! Rows of the tables `otel_traces` and `otel_logs`, as ClickHouse gives them with `FORMAT JSONEachRow` or `FORMAT JSON`.
//!
//! The tables are those of the Collector's ClickHouse exporter. A file is rows one a line, an array of rows, or an answer
//! `{"meta":…,"data":[…]}`; [`row`](mod@row) tells what a row is and whose, [`span`] and [`log`] read it. A row repeats its
//! whole resource, which becomes one resource for all rows that say the same. Integers of 64 bits may be in quotes, times are
//! UTC with up to nine decimals, durations are nanoseconds.

mod log;
mod row;
mod span;

use super::format::{Format, Parsed};
use super::otlp_json::{self, cutter, document};
use super::stretch::Stretch;
use crate::model::CancelToken;
use memchr::memmem;

/// ClickHouse's rows.
pub static FORMAT: Format = Format {
    id: "clickhouse-otel",
    name: "ClickHouse rows of OpenTelemetry tables",
    sniff,
    cutter: |prefix| cutter::for_lists(prefix, &[b"", b"data"]),
    parse,
};

/// Columns that only these tables have together.
fn sniff(prefix: &[u8]) -> bool {
    let has = |name: &&str| memmem::find(prefix, format!("\"{name}\"").as_bytes()).is_some();
    let any = |names: &[&str]| names.iter().any(has);
    let all = |names: &[&str]| names.iter().all(has);
    let traces = all(&["TraceId", "SpanId", "SpanName"])
        && any(&["ParentSpanId", "SpanAttributes", "Duration"]);
    let logs = all(&["Timestamp", "Body", "LogAttributes"])
        && any(&["SeverityText", "ResourceAttributes", "ServiceName"]);
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let begins = matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    begins && (traces || logs) && !otlp_json::sniff(prefix)
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    document::parse_with(stretch, cancel, row::document, |_| {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognised_by_its_columns() {
        for yes in [
            r#"{"Timestamp":"","TraceId":"","SpanId":"","ParentSpanId":"","SpanName":"a"}"#,
            "{\n\t\"meta\":\n\t[\n\t\t{\"name\": \"TraceId\"}, {\"name\": \"SpanId\"}, {\"name\": \"SpanName\"}, {\"name\": \"Duration\"}",
            r#"[{"Timestamp":"","Body":"a","SeverityText":"INFO","LogAttributes":{}}]"#,
        ] {
            assert!(sniff(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "TraceId SpanId SpanName Duration",
            r#"{"Timestamp":"","Level":"Information","TraceId":"","SpanId":"","Body":""}"#,
            r#"{"resourceSpans":[{"TraceId":"","SpanId":"","SpanName":"","Duration":1}]}"#,
        ] {
            assert!(!sniff(no.as_bytes()), "{no}");
        }
    }
}
