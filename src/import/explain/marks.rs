//! What gives a file away that is no trace and no log, as data. A new kind of file is a new line here.

/// How a file may begin, and what that tells.
pub static BEGINNINGS: &[(&[u8], &str)] = &[
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

const HAR: &str = "It is a HAR file, requests as a browser recorded them, not traces: export a trace from your tracing tool";
const PICTURE: &str = "It is a picture, which holds no records: export the trace itself instead of what is shown of it";
const PROGRAM: &str = "It is a program, not what it recorded";
const PACKETS: &str = "It is a recording of network packets, not of traces";
const PROFILE: &str = "It is a profile: profiles are not shown";
const DASHBOARD: &str =
    "It is a Grafana dashboard, which holds no data: open a trace in Explore and export that";

/// What stands in a text, all of it in any case of letters, and what that tells. The first that fits counts.
pub static MARKS: &[(&[&str], &str)] = &[
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
    (&["\"entries\"", "\"starteddatetime\""], HAR),
    (&["\"log\":{\"version\":", "\"creator\":{"], HAR),
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
