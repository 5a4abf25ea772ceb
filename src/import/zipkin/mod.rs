//! Zipkin's JSON, versions 2 and 1: an array of spans, or an array of such arrays; spans of version 2 also one a line.
//!
//! [`span`](mod@span) reads one span of version 2, [`v1`] one of version 1; [`merge`] then puts together what Zipkin reports apart: the two halves of a shared
//! span, late data, ids of both lengths. What tags mean is told in [`tags`]. Times are whole microseconds.

mod halves;
mod merge;
mod span;
mod v1;

use super::format::{Format, Parsed};
use super::otlp_json::{self, cutter, document};
use super::stretch::Stretch;
use super::tags;
use crate::model::CancelToken;
use crate::model::batch::Batch;
use memchr::memmem;

/// Zipkin's JSON.
pub static FORMAT: Format = Format {
    id: "zipkin-json",
    name: "Zipkin JSON",
    sniff,
    cutter: |prefix| cutter::for_lists(prefix, &[b""]),
    parse,
};

/// Version 1 of it: kind and ends of a span stand among its annotations.
pub static V1: Format = Format {
    id: "zipkin-v1-json",
    name: "Zipkin v1 JSON",
    sniff: sniff_v1,
    cutter: |prefix| cutter::for_lists(prefix, &[b""]),
    parse: parse_v1,
};

/// An array whose objects have ids as Zipkin names them, or such objects one a line, as transports and stores keep them. Version 1 has
/// ids too, but is another format.
fn sniff(prefix: &[u8]) -> bool {
    let has = |name: &str| memmem::find(prefix, name.as_bytes()).is_some();
    let (endpoints, others) = (
        ["localEndpoint", "remoteEndpoint"],
        ["parentId", "duration"],
    );
    let any = |names: [&str; 2]| names.iter().any(|name| has(&format!("\"{name}\"")));
    // Other objects, log records for example, have ids and durations, too.
    let told = match first_byte(prefix) {
        Some(b'[') => any(endpoints) || any(others),
        Some(b'{') => any(endpoints),
        _ => false,
    };
    told && has_ids(prefix) && !has("\"binaryAnnotations\"") && !sniff_v1(prefix)
}

fn first_byte(prefix: &[u8]) -> Option<u8> {
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    text.trim_ascii_start().first().copied()
}

/// Objects of either version have these ids.
fn has_ids(prefix: &[u8]) -> bool {
    let has = |name: &[u8]| memmem::find(prefix, name).is_some();
    has(b"\"traceId\"") && has(b"\"id\"") && !has(b"\"spanId\"") && !otlp_json::sniff(prefix)
}

/// Annotations have endpoints, spans have none.
fn sniff_v1(prefix: &[u8]) -> bool {
    // Whether the name is a member's, with a value that begins so.
    let member = |name: &[u8], first: u8| {
        memmem::find_iter(prefix, name).any(|at| {
            let rest = prefix.get(at + name.len()..).unwrap_or_default();
            let value = rest.trim_ascii_start().strip_prefix(b":");
            value.is_some_and(|value| value.trim_ascii_start().first() == Some(&first))
        })
    };
    let lists = member(b"\"annotations\"", b'[') && member(b"\"endpoint\"", b'{')
        || member(b"\"binaryAnnotations\"", b'[');
    let is_newer = member(b"\"localEndpoint\"", b'{') || member(b"\"remoteEndpoint\"", b'{');
    lists && !is_newer && first_byte(prefix) == Some(b'[') && has_ids(prefix)
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    document::parse_with(stretch, cancel, span::document, finish)
}

fn parse_v1(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    document::parse_with(stretch, cancel, span::document_v1, finish)
}

fn finish(batch: &mut Batch) {
    merge::merge(batch);
    tags::resolve(batch, true);
}
