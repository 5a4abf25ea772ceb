//! OpenTelemetry's JSON: what the Collector's file exporter, OTLP/HTTP exporters and Grafana Tempo write.
//!
//! One document is an object with `resourceSpans`, `resourceLogs` or `resourceMetrics` (or several). A file is such
//! objects one a line, or pretty-printed, in an array, or one after another. [`cutter`] finds where to cut, [`document`]
//! walks a document down to its records, [`record`] reads a span or log record, [`ids`] and [`value`] its parts.

pub(in crate::import) mod cutter;
pub(in crate::import) mod document;
pub(in crate::import) mod event;
pub(in crate::import) mod ids;
pub(in crate::import) mod record;
pub(in crate::import) mod value;

use super::format::Format;
use memchr::memmem;

/// OTLP as JSON.
pub static FORMAT: Format = Format {
    id: "otlp-json",
    name: "OpenTelemetry (OTLP) JSON",
    sniff,
    cutter: cutter::for_file,
    parse: document::parse,
};

/// Names that only OTLP has, old and new, in either spelling.
const LISTS: [&str; 10] = [
    "resourceSpans",
    "resourceLogs",
    "resourceMetrics",
    "resource_spans",
    "resource_logs",
    "resource_metrics",
    "scopeSpans",
    "scopeLogs",
    "instrumentationLibrarySpans",
    "instrumentation_library_spans",
];

/// One of the names stands there as a member of an object. The file may begin in the middle of a line.
pub(in crate::import) fn sniff(prefix: &[u8]) -> bool {
    LISTS.iter().any(|name| {
        let quoted = format!("\"{name}\"");
        memmem::find_iter(prefix, quoted.as_bytes()).any(|at| {
            let rest = &prefix[at + quoted.len()..];
            rest.trim_ascii_start().first() == Some(&b':')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognised_by_its_lists() {
        for yes in [
            r#"{"resourceSpans":[]}"#,
            "\u{FEFF}[ {\n \"resource_logs\" :\r\n [",
            r#"f"}]}]}]}
            {"resourceMetrics":[{"#,
        ] {
            assert!(sniff(yes.as_bytes()), "{yes}");
        }
        for no in ["", "{}", r#"{"message":"resourceSpans"}"#] {
            assert!(!sniff(no.as_bytes()), "{no}");
        }
    }
}
