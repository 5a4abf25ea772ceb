//! Elastic APM: what agents send to the intake (v2, one object a line), and the same as it lies in Elasticsearch.
//!
//! The intake's `metadata` line holds for the lines after it; [`cutter`](mod@cutter) carries it into every stretch.
//! [`document`](mod@document) tells the two forms apart, [`event`](mod@event) reads an event's members under one set of
//! names, [`record`](mod@record) makes a span, log record or error of it, [`settle`] places spans whose start is told
//! relative to their transaction. Times are microseconds, durations of the intake decimal milliseconds.

mod cutter;
mod document;
mod event;
mod record;
mod settle;

use super::format::{Format, Parsed};
use super::otlp_json::{self, document::parse_with};
use super::stretch::Stretch;
use crate::model::CancelToken;
use memchr::memmem;

/// Elastic APM.
pub static FORMAT: Format = Format {
    id: "elastic-apm",
    name: "Elastic APM",
    sniff,
    cutter: cutter::for_file,
    parse,
};

/// A line of the intake at the very beginning, or a document with a processor's event and a trace.
fn sniff(prefix: &[u8]) -> bool {
    let has = |name: &str| memmem::find(prefix, format!("\"{name}\"").as_bytes()).is_some();
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let text = text.trim_ascii_start();
    if !matches!(text.first(), Some(b'{' | b'[')) || otlp_json::sniff(prefix) {
        return false;
    }
    let intake = match first_member(text) {
        Some(b"metadata") => has("service") && has("agent"),
        Some(b"transaction" | b"span") => has("trace_id") && has("id") && has("duration"),
        _ => false,
    };
    let processed = has("processor.event") || (has("processor") && has("event"));
    let traced = has("trace.id") || has("trace");
    let kinds = ["transaction", "span", "error", "transaction.id", "span.id"];
    intake || (processed && traced && has("@timestamp") && kinds.iter().any(|kind| has(kind)))
}

/// The name of an object's first member, when its value is an object, too.
fn first_member(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"{")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', rest)?;
    let (name, rest) = rest.split_at(end);
    let rest = rest[1..].trim_ascii_start().strip_prefix(b":")?;
    (rest.trim_ascii_start().first() == Some(&b'{')).then_some(name)
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_with(stretch, cancel, document::document, settle::settle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_recognised() {
        for yes in [
            r#"{"metadata":{"service":{"name":"a","agent":{"name":"python"}}}}"#,
            r#"{ "transaction" : {"id":"a","trace_id":"b","duration":1.5}}"#,
            r#"{"@timestamp":"2026-11-21T06:46:22Z","processor":{"event":"span"},"trace":{"id":"a"},"span":{}}"#,
            r#"{"_source":{"@timestamp":"2026-11-21T06:46:22Z","processor.event":"error","trace.id":"a","error":{}}}"#,
        ] {
            assert!(sniff(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            r#"{"metadata":{"a":1}}"#,
            r#"{"transaction":"a","id":1,"trace_id":2,"duration":3}"#,
            r#"{"@timestamp":"2026-11-21T06:46:22Z","message":"a","trace.id":"b","log.level":"info"}"#,
            r#"{"span":{"message":"a","trace_id":"b"}}"#,
        ] {
            assert!(!sniff(no.as_bytes()), "{no}");
        }
    }
}
