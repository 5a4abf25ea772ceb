//! What to say of a file that cannot be imported: what it seems to be, and what to export instead.

use super::json::Reader;
use crate::model::human::counted;
use std::io;

const READS: &str = "Headwater reads OpenTelemetry (OTLP) JSON and protobuf, Jaeger, Zipkin, Tempo, Sentry, AWS X-Ray, Datadog, Elastic APM, ClickHouse and Chrome traces, and logs as JSON, logfmt, text or journal, also compressed and in archives";

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
        "It is a SQLite database. If it is a store of Headwater, it is opened, not imported: headwater --store FILE",
    ),
    (
        b"%PDF",
        "It is a PDF, which holds no records: export them as JSON",
    ),
    (b"\x89PNG", PICTURE),
    (b"\xFF\xD8\xFF", PICTURE),
    (b"GIF8", PICTURE),
    (b"\x7FELF", PROGRAM),
    (b"MZ\x90", PROGRAM),
    (b"\xCF\xFA\xED\xFE", PROGRAM),
    (b"\0asm", PROGRAM),
    (
        b"FLR\0",
        "It is a recording of Java Flight Recorder: profiles are not shown",
    ),
    (b"JAVA PROFILE", "It is a heap dump of Java, not traces"),
    (b"\xD4\xC3\xB2\xA1", PACKETS),
    (b"\x0A\x0D\x0D\x0A", PACKETS),
    (b"\xFF\xFE", "It is text in UTF-16: save it as UTF-8"),
    (b"\xFE\xFF", "It is text in UTF-16: save it as UTF-8"),
];

const PICTURE: &str = "It is a picture, which holds no records: export the trace itself instead of what is shown of it";
const PROGRAM: &str = "It is a program, not what it recorded";
const PACKETS: &str = "It is a recording of network packets, not of traces";
const PROFILE: &str = "It is a profile: profiles are not shown";
const DASHBOARD: &str =
    "It is a Grafana dashboard, which holds no data: open a trace in Explore and export that";

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
    (
        &["<?xml"],
        "It is XML, of no kind that has traces: export OTLP JSON",
    ),
    (
        &["\"entries\"", "\"starteddatetime\""],
        "It is a HAR file, requests as a browser recorded them, not traces: export a trace from your tracing tool",
    ),
    (&["\"spansets\""], TEMPO_SEARCH),
    (&["\"rootservicename\""], TEMPO_SEARCH),
    (&["\"panels\"", "\"schemaversion\""], DASHBOARD),
    (&["\"apiversion\":\"dashboard.grafana.app"], DASHBOARD),
    (
        &["\"schema\":{", "\"fields\":[", "\"data\":{\"values\":["],
        "It is a table that Grafana's inspector saved (data frames): open the trace in Explore and export it from there",
    ),
    (&["\"tagnames\":["], TEMPO_TAGS),
    (&["\"scopes\":[{\"name\":", "\"tags\":["], TEMPO_TAGS),
    (
        &["\"tracesummaries\""],
        "It is a list of summaries from AWS X-Ray: fetch the traces themselves with aws xray batch-get-traces",
    ),
    (
        &["\"traceidlow\"", "\"spanid\""],
        "It is Jaeger's internal form (Thrift) as JSON: export the trace as JSON from Jaeger's page or API",
    ),
    (
        &["\"operation_name\"", "\"resource_name\"", "\"span_id\""],
        "It is an answer of Datadog's search for spans: export the trace as JSON from its page",
    ),
    (
        &["\"trace.id\"", "\"duration.ms\""],
        "It seems to be spans as New Relic takes them, which is not supported: export OTLP JSON",
    ),
    (
        &["\"trace.trace_id\"", "\"trace.span_id\""],
        "It seems to be events of Honeycomb, which is not supported: export OTLP JSON",
    ),
    (
        &["\"durationinnanos\"", "\"spanid\""],
        "It seems to be spans as Data Prepper keeps them in OpenSearch, which is not supported: export OTLP JSON",
    ),
    (
        &["\"observations\":[", "\"id\""],
        "It seems to be a trace of Langfuse, which is not supported: export OTLP JSON",
    ),
    (
        &["\"run_type\"", "\"trace_id\""],
        "It seems to be runs of LangSmith, which are not supported: export OTLP JSON",
    ),
    (
        &["\"span_kind\"", "\"context.trace_id\""],
        "It seems to be spans of Phoenix, which are not supported: export OTLP JSON",
    ),
    (
        &["\"resourceprofiles\""],
        "It has profiles of OpenTelemetry: Headwater shows traces and logs, not profiles",
    ),
    (
        &["trace id       :", "span #"],
        "It is what the Collector's debug exporter prints for people: use its file exporter instead",
    ),
    (&["\"dsn\":", "\"sent_at\":"], EMPTY_ENVELOPE),
    (&["\"event_id\":", "\"sent_at\":"], EMPTY_ENVELOPE),
    (
        &["\"lockfileversion\":"],
        "It is a list of packages that a project needs, not traces",
    ),
    (
        &["\"dependencies\":{", "\"version\":"],
        "It describes a JavaScript package (package.json), not traces",
    ),
    (
        &["\"scripts\":{", "\"version\":"],
        "It describes a JavaScript package (package.json), not traces",
    ),
    (&["\"callframe\":", "\"nodes\":["], PROFILE),
    (
        &["\"snapshot\":{", "\"nodes\":["],
        "It is a heap snapshot of JavaScript, not traces",
    ),
    (
        &["\"lighthouseversion\":"],
        "It is a report of Lighthouse: record the page in the browser's performance panel and save that",
    ),
    (
        &["\"records\":[{", "\"eventsource\":"],
        "It is what AWS CloudTrail recorded of calls to AWS, not traces",
    ),
    (
        &["\"apiversion\":", "\"kind\":", "\"metadata\":"],
        "It describes an object of Kubernetes, not what it did: save its logs with kubectl logs",
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

const EMPTY_ENVELOPE: &str = "It is the header of a Sentry envelope without any item";
const TEMPO_TAGS: &str =
    "It is a list of tags from Tempo, not a trace: search for traces, and export one itself";
const TEMPO_SEARCH: &str =
    "It is a list of search results from Tempo, not a trace: export the trace itself";

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
        _ if matches!(text.first(), Some(b'{' | b'[')) => JSON,
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
