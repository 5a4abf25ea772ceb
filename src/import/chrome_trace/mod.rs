//! Chrome's trace events, as browsers, Node, PyTorch, compilers and build tools write them.
//!
//! A file is `{"traceEvents":[…], …}` or the array alone, whose end may be missing. Times are microseconds with decimals,
//! counted from anywhere. The events carry no ids: one file is one trace, whose id is a hash of how the file begins
//! ([`cutter`] hands it to every stretch), and a span's id is a hash of that and of its place.
//!
//! Which span lies in which follows from time alone, and writers put events in any order (a span that ends last is often
//! written last), so a recording has to be seen as a whole. To keep memory bounded all the same, a recording is one stretch
//! only up to [`limits::RECORDING_BYTES`]. A larger one is read in pieces of that size; a span whose enclosing span lies in
//! another piece has no parent then, and the report says so. Names of processes and threads go along to later pieces.
//!
//! [`event`](mod@event) reads an event twice: first what places it, some fifty bytes an event; then, when all are seen
//! ([`recording`]) and nested ([`nest`]), [`spans`] reads the rest of those that became spans straight into the batch.

mod cutter;
mod event;
mod nest;
mod recording;
mod spans;

#[cfg(doc)]
use super::limits;

use super::format::{Format, Parsed};
use super::json::Reader;
use super::otlp_json::{self, document};
use super::stretch::Stretch;
use crate::model::CancelToken;
use memchr::memmem;

/// Chrome's trace events.
pub static FORMAT: Format = Format {
    id: "chrome-trace",
    name: "Chrome trace events",
    sniff,
    cutter: cutter::for_file,
    parse,
};

/// A list of its name, or an array whose objects have a phase of one letter, a process or thread, and a time or metadata.
fn sniff(prefix: &[u8]) -> bool {
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let text = text.trim_ascii_start();
    let has = |name: &str| memmem::find(text, name.as_bytes()).is_some();
    let phase = values(text, "\"ph\"")
        .any(|value| value.first() == Some(&b'"') && value.get(2) == Some(&b'"'));
    let place = has("\"pid\"") || has("\"tid\"");
    let named = values(text, "\"traceEvents\"").any(|value| value.starts_with(b"["));
    let is_list = text.first() == Some(&b'[') && phase && place && (has("\"ts\"") || has("\"M\""));
    let is_object = text.first() == Some(&b'{') && named;
    (is_list || is_object) && !otlp_json::sniff(prefix)
}

/// What follows each member of a name, from its value on.
fn values<'t>(text: &'t [u8], quoted: &'t str) -> impl Iterator<Item = &'t [u8]> {
    memmem::find_iter(text, quoted.as_bytes()).filter_map(|at| {
        let rest = text.get(at + quoted.len()..).unwrap_or_default();
        let rest = rest.trim_ascii_start().strip_prefix(b":")?;
        Some(rest.trim_ascii_start())
    })
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    let open_end = stretch.last && stretch.dropped.is_none() && is_open(&stretch.bytes);
    let parsed = document::parse_with(stretch, cancel, recording::document, |_| {})?;
    Some(Parsed { open_end, ..parsed })
}

/// Whether a list or object has no end: good as it is, but more may be written to it.
fn is_open(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes.get(cutter::HEADER..).unwrap_or_default());
    let text = text.trim_start_matches('\u{FEFF}');
    Reader::new(text, 0..text.len()).skip().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognised_by_its_events() {
        for yes in [
            r#"{"traceEvents":[]}"#,
            "\u{FEFF}{\"displayTimeUnit\": \"ns\",\n \"traceEvents\" : [\n{\"ph\":\"X\"",
            r#"[{"name":"a","ph":"B","ts":1,"pid":1,"tid":1},"#,
            "[\n{\"args\":{},\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1}",
        ] {
            assert!(sniff(yes.as_bytes()), "{yes}");
        }
        for no in [
            "",
            "[]",
            r#"{"traceEvents":5}"#,
            r#"{"message":"\"traceEvents\":["}"#,
            r#"[{"ph":7.4,"ts":1,"pid":1}]"#,
            r#"[{"traceId":"a","id":"b","duration":2}]"#,
        ] {
            assert!(!sniff(no.as_bytes()), "{no}");
        }
    }
}
