//! What to say of a file that cannot be imported: what it seems to be, and what to export instead.

use crate::model::human::counted;
use std::io;

const READS: &str = "Headwater reads OpenTelemetry (OTLP) JSON and protobuf, Jaeger, Zipkin, Tempo, Sentry, AWS X-Ray, Datadog, Elastic APM, ClickHouse and Chrome traces, and logs as JSON, logfmt or journal, also compressed and in archives";

/// How a file may begin, and what that tells.
static BEGINNINGS: &[(&[u8], &str)] = &[
    (
        b"\x1F\x8B",
        "What is in it is compressed once more with gzip: unpack it first (gunzip)",
    ),
    (
        b"\x28\xB5\x2F\xFD",
        "What is in it is compressed once more with zstd: unpack it first (unzstd)",
    ),
    (
        b"PK\x03\x04",
        "It is a zip archive within another file: unpack it first (unzip)",
    ),
    (
        b"7z\xBC\xAF\x27\x1C",
        "It is a 7z archive: unpack it first, or make it a zip or tar archive",
    ),
    (
        b"Rar!\x1A\x07",
        "It is a RAR archive: unpack it first, or make it a zip or tar archive",
    ),
    (
        b"BZh",
        "It is compressed with bzip2: unpack it first (bunzip2)",
    ),
    (
        b"\xFD7zXZ",
        "It is compressed with xz: unpack it first (unxz)",
    ),
    (
        b"PAR1",
        "It is a Parquet file, perhaps a Tempo block: export single traces as OTLP JSON instead",
    ),
    (
        b"SQLite format 3",
        "It is a SQLite database: open a store with --store",
    ),
    (b"%PDF", "It is a PDF"),
    (b"\x89PNG", "It is a picture"),
    (b"\xFF\xFE", "It is text in UTF-16: save it as UTF-8"),
    (b"\xFE\xFF", "It is text in UTF-16: save it as UTF-8"),
];

/// What stands in a text, all of it in any case of letters, and what that tells. The first that fits counts.
static MARKS: &[(&[&str], &str)] = &[
    (
        &["<!doctype html"],
        "It is an HTML page, perhaps a login page instead of the export: download the export itself",
    ),
    (
        &["<html"],
        "It is an HTML page, perhaps a login page instead of the export: download the export itself",
    ),
    (&["<?xml"], "It is XML"),
    (
        &["\"entries\"", "\"starteddatetime\""],
        "It is a HAR file, requests as a browser recorded them, not traces: export a trace from your tracing tool",
    ),
    (&["\"spansets\""], TEMPO_SEARCH),
    (&["\"rootservicename\""], TEMPO_SEARCH),
    (
        &["\"panels\"", "\"schemaversion\""],
        "It is a Grafana dashboard, which holds no data: open a trace in Explore and export that",
    ),
    (
        &["\"attributes\"", "\"panelsjson\""],
        "It is a Kibana dashboard, which holds no data: export the documents themselves",
    ),
    (
        &["\"resulttype\"", "\"streams\""],
        "It is an answer of Loki: export the lines themselves, for example with logcli query --output=jsonl",
    ),
    (
        &["\"resulttype\"", "\"result\""],
        "It is an answer of Prometheus: Headwater shows traces and logs, not metrics",
    ),
    (
        &["# help ", "# type "],
        "It is a page of Prometheus metrics: Headwater shows traces and logs, not metrics",
    ),
    (
        &["\"parent\"", "\"child\"", "\"callcount\""],
        "It is a list of dependencies between services, not traces: export the traces themselves",
    ),
    (
        &["\"partialsuccess\""],
        "It is what a collector answers when it has taken a request, not the request itself",
    ),
    (
        &["\"shortid\"", "\"permalink\""],
        "It is a list of issues from Sentry: export an event as JSON from its page, or envelopes",
    ),
    (
        &["\"mappings\"", "\"sourcescontent\""],
        "It is a source map",
    ),
    (
        &["\"stringarray\"", "\"threads\""],
        "It is a profile from Firefox: profiles are not shown",
    ),
    (
        &["\"stringtable\"", "\"threads\""],
        "It is a profile from Firefox: profiles are not shown",
    ),
    (
        &["speedscope.app"],
        "It is a profile for speedscope: profiles are not shown",
    ),
    (
        &["\"openapi\"", "\"paths\""],
        "It describes an API (OpenAPI)",
    ),
    (
        &["\"swagger\"", "\"paths\""],
        "It describes an API (OpenAPI)",
    ),
    (
        &["receivers:", "exporters:", "service:"],
        "It is a configuration of the OpenTelemetry Collector: import the file that its exporter writes",
    ),
    (
        &["\"data\"", "\"total\"", "\"limit\"", "\"errors\""],
        "It is an answer of Jaeger without any trace: search again for traces, or export one from its page",
    ),
    (
        &["\"processes\""],
        "It seems to be Jaeger JSON without any trace: export the trace itself",
    ),
    (
        &["\"localendpoint\""],
        "It seems to be Zipkin JSON, but not a list of spans: export an array of spans",
    ),
    (
        &["\"binaryannotations\""],
        "It seems to be Zipkin v1 JSON, but not a list of spans: export an array of spans",
    ),
    (
        &["\"traceevents\""],
        "It seems to be a Chrome trace, but without a list of events: save the recording as JSON again",
    ),
    (
        &["{\"m\":{\"se\":"],
        "It seems to be what Elastic's agent for browsers sends (short names), which is not supported: export the documents from Elasticsearch",
    ),
    (
        &["traceid: '"],
        "It seems to be the output of OpenTelemetry's console exporter for JavaScript, which prints object literals, not JSON: use its OTLP exporter instead",
    ),
    (
        &["\"parent_id\""],
        "It seems to be spans as an OpenTelemetry console exporter prints them, but without what is needed to read them (context, trace_id, span_id): use the OTLP exporter",
    ),
];

const TEMPO_SEARCH: &str =
    "It is a list of search results from Tempo, not a trace: export the trace itself";

/// What small answers of servers hold that went wrong.
static REFUSALS: &[&str] = &["\"error\"", "\"errors\"", "\"detail\"", "\"message\""];

/// A larger text is no mere refusal.
const REFUSAL_BYTES: usize = 2048;

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
    let fits = |marks: &[&str]| marks.iter().all(|mark| lower.contains(mark));
    if let Some((_, what)) = MARKS.iter().find(|(marks, _)| fits(marks)) {
        return what;
    }
    if is_refusal(&lower) {
        return "It is what a server answered when something went wrong, not the export: open it to see what, and try again";
    }
    match text {
        _ if is_empty_json(&lower) => {
            "It is JSON without content: nothing was exported, so choose another stretch of time or another trace"
        }
        _ if matches!(text.first(), Some(b'{' | b'[')) => JSON,
        _ if is_table(&lower) => {
            "It is a table (CSV): export OTLP JSON, or the rows as JSON, one a line"
        }
        _ => TEXT,
    }
}

/// Braces, brackets and nothing in them.
fn is_empty_json(text: &str) -> bool {
    let has_content = |c: char| !c.is_whitespace() && !matches!(c, '{' | '}' | '[' | ']' | ',');
    text.starts_with(['{', '[']) && !text.contains(has_content)
}

/// A small object that says what went wrong.
fn is_refusal(text: &str) -> bool {
    text.starts_with('{')
        && text.len() <= REFUSAL_BYTES
        && REFUSALS.iter().any(|mark| text.contains(mark))
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
