//! AWS X-Ray: what `aws xray batch-get-traces` answers, segment documents on their own, and what goes to the daemon.
//!
//! In an answer a segment document is a JSON text within JSON: [`unwrap`](mod@unwrap) puts it in place of that text, so
//! that what follows reads one text and points into it. [`document`](mod@document) goes down to the segments,
//! [`nesting`] knows where lists of subsegments end, [`segment`](mod@segment) reads a segment or subsegment, [`cause`] its
//! exceptions, [`settle`] puts pieces of one segment together. Times are decimal seconds.

mod cause;
mod document;
mod nesting;
mod segment;
mod settle;
mod unwrap;

use super::format::{Format, Parsed};
use super::otlp_json::{self, cutter, document::parse_rewritten};
use super::stretch::Stretch;
use crate::model::CancelToken;
use memchr::memmem;

/// AWS X-Ray.
pub static FORMAT: Format = Format {
    id: "aws-xray",
    name: "AWS X-Ray",
    sniff,
    cutter: |prefix| cutter::for_lists(prefix, &[b"", b"Traces", b"Segments"]),
    parse,
};

/// The members of an answer, or an id as only X-Ray writes it beside a segment's start.
fn sniff(prefix: &[u8]) -> bool {
    let has = |name: &str| memmem::find(prefix, format!("\"{name}\"").as_bytes()).is_some();
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    if !matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) || otlp_json::sniff(prefix) {
        return false;
    }
    let answer = has("Traces") && (has("Segments") || has("UnprocessedTraceIds"));
    let segments = has("Segments") && has("Document");
    answer || segments || (has("start_time") && has("id") && has_trace_id(prefix))
}

/// Whether `"trace_id"` stands there with a value of the form `1-8 digits-24 digits`.
fn has_trace_id(prefix: &[u8]) -> bool {
    let name = b"\"trace_id\"";
    memmem::find_iter(prefix, name).any(|at| {
        let rest = prefix[at + name.len()..].trim_ascii_start();
        let value = rest.strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        let value = value.and_then(|value| value.strip_prefix(b"\"1-"));
        let Some(id) = value.and_then(|value| value.get(..34)) else {
            return false;
        };
        let is_hex = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
        is_hex(&id[..8]) && id[8] == b'-' && is_hex(&id[9..33]) && id[33] == b'"'
    })
}

fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_rewritten(
        stretch,
        cancel,
        unwrap::documents,
        document::document,
        settle::settle,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognised_by_its_answers_and_ids() {
        let id = "1-581cf771-a006649127e371903a2de979";
        for yes in [
            r#"{"Traces":[{"Id":"1-5","Segments":[{"Id":"a","Document":"{\"id\""#.to_owned(),
            r#"{"Traces":[],"UnprocessedTraceIds":["1-5"]}"#.to_owned(),
            format!(r#"{{"id":"a","trace_id" : "{id}","start_time":1.5}}"#),
            format!(
                "{{\"format\":\"json\",\"version\":1}}\n{{\"start_time\":1,\"id\":\"a\",\"trace_id\":\"{id}\"}}"
            ),
        ] {
            assert!(sniff(yes.as_bytes()), "{yes}");
        }
        for no in [
            String::new(),
            r#"{"traces":[]}"#.to_owned(),
            r#"{"trace_id":"5","id":"a","start_time":1}"#.to_owned(),
            format!(r#"{{"level":"INFO","message":"a","xray_trace_id":"{id}"}}"#),
            format!(r#"{{"level":"INFO","message":"a","trace_id":"{id}"}}"#),
        ] {
            assert!(!sniff(no.as_bytes()), "{no}");
        }
    }
}
