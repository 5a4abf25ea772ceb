//! What to say of a file that cannot be imported: what it seems to be, and what to export instead.

mod marks;

use super::json::Reader;
use crate::model::human::counted;
use marks::{BEGINNINGS, MARKS};
use std::io;

const READS: &str = "Headwater reads OpenTelemetry (OTLP) JSON and protobuf, Jaeger, Zipkin, Tempo, Sentry, AWS X-Ray, Datadog, Elastic APM, ClickHouse and Chrome traces, and logs as JSON, logfmt, text or journal, also compressed and in archives";

/// The names in small answers of servers that say what went wrong.
static REFUSALS: &[&str] = &["error", "errors", "detail", "message", "error_description"];

/// What else is in them.
static BESIDE_REFUSALS: &[&str] = &[
    "code",
    "data",
    "documentation_url",
    "error_uri",
    "instance",
    "limit",
    "offset",
    "path",
    "request_id",
    "requestId",
    "status",
    "statusCode",
    "success",
    "timestamp",
    "title",
    "total",
    "traceId",
    "type",
    "details",
    "reason",
    "ok",
];

/// What to say of an archive that is a member of one.
pub const NESTED_ARCHIVE: &str = "It is an archive within an archive: unpack it first.";

/// What to say of an archive without anything to read.
pub fn empty_archive(left_out: u64) -> String {
    match left_out {
        0 => "The archive has no members.".to_owned(),
        _ => format!(
            "The archive has no files to read: {} left out, which are empty, hidden, folders or links.",
            counted(left_out, "member")
        ),
    }
}

/// Why a file could not be opened or read.
pub fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "There is no such file.".to_owned(),
        io::ErrorKind::PermissionDenied => "It may not be read: check its permissions.".to_owned(),
        io::ErrorKind::IsADirectory => "It is a folder, which is not read as a file.".to_owned(),
        _ => format!("It could not be read: {error}."),
    }
}

/// What a file that no format knows seems to be.
pub fn unknown(prefix: &[u8]) -> String {
    match guess(prefix) {
        // Nothing better is known to say than what is read at all.
        what @ (BINARY | JSON | TEXT) => format!("{what}. {READS}."),
        what => format!("{what}."),
    }
}

const BINARY: &str = "It is binary data of an unknown kind: export OTLP JSON";
const JSON: &str =
    "It is JSON, but of no kind that has traces or logs in a known form: export OTLP JSON";
const TEXT: &str = "It is text of an unknown kind: export OTLP JSON";

fn guess(prefix: &[u8]) -> &'static str {
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let text = text.trim_ascii();
    if prefix.is_empty() {
        return "The file is empty";
    }
    if text.is_empty() {
        return "The file has nothing but white space";
    }
    if let Some((_, what)) = BEGINNINGS
        .iter()
        .find(|(start, _)| prefix.starts_with(start))
    {
        return what;
    }
    if is_protobuf(prefix) {
        return "It seems to be protobuf, but without spans, log records or metrics of OTLP";
    }
    if is_datadog_msgpack(prefix) {
        return "It is msgpack as tracers send it to the Datadog agent (v0.4), which is not read: save the traces as JSON";
    }
    if is_binary(text) {
        return BINARY;
    }
    let lower = String::from_utf8_lossy(text).to_ascii_lowercase();
    // Marks with punctuation are for text without white space.
    let dense = lower.split_ascii_whitespace().collect::<String>();
    let fits = |marks: &[&str]| {
        let has = |mark: &&str| lower.contains(mark) || dense.contains(mark);
        marks.iter().all(has)
    };
    if let Some((_, what)) = MARKS.iter().find(|(marks, _)| fits(marks)) {
        return what;
    }
    if std::str::from_utf8(text).is_ok_and(is_refusal) {
        return "It is what a server answered when something went wrong, not the export: open it to see what, and try again";
    }
    match text {
        _ if is_empty_json(&lower) => {
            "It is JSON without content: nothing was exported, so choose another stretch of time or another trace"
        }
        _ if is_json(text) => JSON,
        _ if is_prometheus(&lower) => {
            "It is a page of Prometheus metrics: Headwater shows traces and logs, not metrics"
        }
        _ if is_yearless(&lower) => {
            "It seems to be logs whose times have no year or no date, so they have no place in time: export them with whole dates, for example with journalctl -o export"
        }
        _ if is_table(&lower) => {
            "It is a table (CSV): export OTLP JSON, or the rows as JSON, one a line"
        }
        _ => TEXT,
    }
}

/// An object, or an array: other text begins with brackets, too.
fn is_json(text: &[u8]) -> bool {
    let inside = text.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    let first = inside.and_then(<[u8]>::first);
    text.first() == Some(&b'{')
        || matches!(first, Some(b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9'))
}

/// Braces, brackets and nothing in them.
fn is_empty_json(text: &str) -> bool {
    let has_content = |c: char| !c.is_whitespace() && !matches!(c, '{' | '}' | '[' | ']' | ',');
    text.starts_with(['{', '[']) && !text.contains(has_content)
}

/// An object that says what went wrong and nothing else.
fn is_refusal(text: &str) -> bool {
    let mut json = Reader::new(text, 0..text.len());
    let Ok(mut members) = json.begin_object() else {
        return false;
    };
    let mut says_why = false;
    while let Ok(Some(name)) = json.next_member(&mut members) {
        let name = json.raw_text(name);
        let why = REFUSALS.contains(&name);
        if !why && !BESIDE_REFUSALS.contains(&name) || json.skip().is_err() {
            return false;
        }
        says_why |= why;
    }
    says_why
}

/// Lines with the same number of separators, more than one.
fn is_table(text: &str) -> bool {
    let separators = |line: &str| line.matches([',', ';', '\t']).count();
    let mut lines = text.lines().take(4);
    let Some(first) = lines.next().map(separators) else {
        return false;
    };
    let second = lines.next().map(separators);
    first > 1 && second.is_some_and(|second| second >= first)
}

/// Samples of metrics: `name{label="value"} 5`.
fn is_prometheus(text: &str) -> bool {
    let mut lines = text.lines().take(4).filter(|line| !line.is_empty());
    lines.all(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap_or_default();
        let name = name.split('{').next().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        !name.is_empty() && name.chars().all(is_name) && value.parse::<f64>().is_ok()
    })
}

/// Lines that begin as syslog's older form, klog's or a clock alone: `nov 21 06:46:22 …`, `i1121 06:46:22.7 …`, `06:46:22 …`.
fn is_yearless(text: &str) -> bool {
    let is_clock = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.matches(':').count() == 2 && digits >= 6
    };
    let mut lines = text.lines().take(4).filter(|line| !line.is_empty());
    lines.all(|line| {
        let words = line.split_whitespace().take(3);
        words
            .map(|word| word.trim_matches(['[', ']']))
            .any(is_clock)
    })
}

/// A length in four bytes (or nothing), then a list of messages.
fn is_protobuf(prefix: &[u8]) -> bool {
    let framed = prefix.first() == Some(&0) && matches!(prefix.get(4), Some(0x0A | 0x28));
    framed || (prefix.first() == Some(&0x0A) && is_binary(prefix))
}

/// Lists of maps whose keys, with their length before them, are those of a span.
fn is_datadog_msgpack(prefix: &[u8]) -> bool {
    let is_list = matches!(prefix.first(), Some(0x90..=0x9F | 0xDC | 0xDD));
    let has = |key: &[u8]| memchr::memmem::find(prefix, key).is_some();
    is_list && has(b"\xA8trace_id") && has(b"\xA7span_id")
}

/// Text has no zero bytes and few control characters.
pub fn is_binary(bytes: &[u8]) -> bool {
    let odd = |byte: &&u8| **byte < b' ' && !matches!(**byte, b'\n' | b'\r' | b'\t' | 0x1B);
    let odd = bytes.iter().filter(odd).count();
    bytes.contains(&0)
        || odd * 20 > bytes.len()
        || std::str::from_utf8(bytes).is_err_and(|error| {
            error.error_len().is_some() && error.valid_up_to() < bytes.len() / 2
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_it_seems_to_be() {
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b" \n ", "white space"),
            (b"{}", "without content"),
            (b"[ {}, [] ]\n", "without content"),
            (
                br#"{"log":{"version":"1.2","entries":[{"startedDateTime":"2026-11-21"}]}}"#,
                "HAR",
            ),
            (
                br#"{"panels":[{"title":"p"}],"schemaVersion":39}"#,
                "Grafana dashboard",
            ),
            (
                br#"{"traces":[{"traceID":"1","rootServiceName":"a"}]}"#,
                "search results from Tempo",
            ),
            (
                br#"{"status":"success","data":{"resultType":"streams","result":[]}}"#,
                "Loki",
            ),
            (
                br#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
                "Prometheus",
            ),
            (
                b"# HELP up Up.\n# TYPE up gauge\nup 1\n",
                "Prometheus metrics",
            ),
            (
                br#"[{"parent":"a","child":"b","callCount":3}]"#,
                "dependencies",
            ),
            (br#"{"partialSuccess":{}}"#, "collector answers"),
            (
                br#"[{"shortId":"SHOP-1","permalink":"p"}]"#,
                "list of issues",
            ),
            (
                br#"{"data":[],"total":0,"limit":0,"offset":0,"errors":null}"#,
                "without any trace",
            ),
            (br#"{"message":"Not Found"}"#, "went wrong"),
            (
                b"receivers:\n  otlp:\nexporters:\nservice:\n",
                "configuration",
            ),
            (b"trace_id,span_id,name\n1,2,a\n", "CSV"),
            (b"\x1F\x8B\x08\0\0", "gzip"),
            (b"PK\x03\x04xyz", "zip"),
            (b"\0\0\x01\x02\x0A\x80", "protobuf"),
            (b"<!DOCTYPE html><html>", "HTML"),
            (b"\0\x01\x02\x80\x81", "binary"),
            (b"\x91\x91\x82\xA8trace_id\x01\xA7span_id\x02", "msgpack"),
            (
                b"{\"data\":[{\"traceID\":\"1\",\"processes\":{}}]}",
                "Jaeger",
            ),
            (b"{\"a\":1}", "JSON"),
            (
                b"{\n  resource: {},\n  traceId: '3bb58aa50470465c',\n  parentId: undefined,\n",
                "object literals",
            ),
            (b"hello there", "text"),
        ] {
            let said = unknown(bytes);
            assert!(said.contains(word), "{word}: {said}");
            assert!(said.ends_with('.'));
        }
    }
}
