//! Zipkin's JSON, version 2: an array of spans, or an array of such arrays.
//!
//! [`span`](mod@span) reads one span; [`merge`] then puts together what Zipkin reports apart: the two halves of a shared
//! span, late data, ids of both lengths. What tags mean is told in [`tags`]. Times are whole microseconds.

mod merge;
mod span;

use super::format::{Format, Parsed};
use super::otlp_json::{self, cutter, document};
use super::stretch::Stretch;
use super::tags;
use crate::model::CancelToken;
use memchr::memmem;

/// Zipkin's JSON.
pub static FORMAT: Format = Format {
    id: "zipkin-json",
    name: "Zipkin JSON",
    sniff,
    cutter: |prefix| cutter::for_lists(prefix, &[b""]),
    parse,
};

/// An array whose objects have ids as Zipkin names them. Version 1 has them too, but is another format.
fn sniff(prefix: &[u8]) -> bool {
    let has = |name: &str| memmem::find(prefix, name.as_bytes()).is_some();
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let own = ["localEndpoint", "remoteEndpoint", "parentId", "duration"];
    text.trim_ascii_start().first() == Some(&b'[')
        && has("\"traceId\"")
        && has("\"id\"")
        && own.iter().any(|name| has(&format!("\"{name}\"")))
        && !has("\"binaryAnnotations\"")
        && !has("\"spanId\"")
        && !otlp_json::sniff(prefix)
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    document::parse_with(stretch, cancel, span::document, |batch| {
        merge::merge(batch);
        tags::resolve(batch, true);
    })
}
