//! Datadog's traces as JSON: what tracers send to the agent (v0.3, v0.4), what the app gives as "trace JSON", and what its
//! API answers.
//!
//! A body is a list of traces, each a list of spans; a trace may stand alone, one a line, or within the containers of the
//! app and the API. [`document`](mod@document) goes down to the spans, [`span`](mod@span) reads one, [`number`] its ids
//! and times, [`hanging`] its links and events; [`settle`] completes trace ids. Times are nanoseconds, or seconds where
//! the app wrote them.

mod document;
mod hanging;
mod number;
mod settle;
mod span;

use super::format::{Format, Parsed};
use super::otlp_json::{self, cutter, document::parse_with};
use super::stretch::Stretch;
use crate::model::CancelToken;
use memchr::memmem;

/// Datadog's traces as JSON.
pub static FORMAT: Format = Format {
    id: "datadog-json",
    name: "Datadog traces (JSON)",
    sniff,
    cutter: |prefix| cutter::for_lists(prefix, &[b"", b"traces", b"chunks"]),
    parse,
};

/// Members that each stand for one thing only Datadog's spans have together, in the spellings of agent and API.
const OWN: &[&[&str]] = &[
    &["trace_id", "traceID", "traceId"],
    &["span_id", "spanID", "spanId"],
    &["resource"],
    &["service"],
    &["start", "startTime", "start_time"],
    &["duration", "endTime", "end_time", "end"],
];

/// What a file begins with when it is not a list.
const CONTAINERS: &[&str] = &["trace", "data", "spans", "traces", "chunks"];

/// A list or one of the containers, with all the names that a span has.
fn sniff(prefix: &[u8]) -> bool {
    let has = |name: &&str| memmem::find(prefix, format!("\"{name}\"").as_bytes()).is_some();
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let begins = match text.trim_ascii_start() {
        [b'[', ..] => true,
        [b'{', rest @ ..] => CONTAINERS.iter().any(|name| {
            let rest = rest.trim_ascii_start();
            rest.starts_with(format!("\"{name}\"").as_bytes())
        }),
        _ => false,
    };
    begins
        && OWN.iter().all(|names| names.iter().any(has))
        && !has(&"operationName")
        && !otlp_json::sniff(prefix)
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_with(stretch, cancel, document::document, settle::settle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognised_by_all_the_names_of_a_span() {
        let span = r#"{"trace_id":1,"span_id":2,"name":"a","resource":"b","service":"c","start":1,"duration":2}"#;
        for yes in [
            format!("[[{span}]]"),
            format!("\u{FEFF} [\n{span}]"),
            format!("{{ \"trace\":{{\"root_id\":\"2\",\"spans\":{{\"2\":{span}}}}}}}"),
        ] {
            assert!(sniff(yes.as_bytes()), "{yes}");
        }
        for no in [
            String::new(),
            span.to_owned(),
            format!("[{}]", span.replace("resource", "resources")),
            format!("{{\"level\":\"info\",\"span\":{span}}}"),
            format!("[{}]", span.replace("\"name\"", "\"operationName\"")),
        ] {
            assert!(!sniff(no.as_bytes()), "{no}");
        }
    }
}
