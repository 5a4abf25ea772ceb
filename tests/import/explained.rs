//! Files that are no traces and no logs: each is told apart, and nothing of it gets into the store.

use crate::import_support::import_bytes;
use headwater::model::report::Outcome;

const HAR: &str = r#"{
  "log": {
    "version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"},
    "pages": [{"startedDateTime": "2026-11-21T06:46:22.719Z", "id": "page_1", "title": "http://localhost/"}],
    "entries": [{
      "startedDateTime": "2026-11-21T06:46:22.719Z", "time": 31.5, "pageref": "page_1",
      "request": {"method": "GET", "url": "http://localhost/api/items", "headers": [{"name": "traceparent", "value": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}]},
      "response": {"status": 200, "content": {"size": 12, "mimeType": "application/json"}},
      "timings": {"send": 0.1, "wait": 30.2, "receive": 1.2}
    }]
  }
}"#;

const DASHBOARD: &str = r#"{
  "annotations": {"list": []}, "editable": true, "id": 7, "links": [],
  "panels": [{"datasource": {"type": "tempo", "uid": "t"}, "fieldConfig": {"defaults": {"unit": "ms"}},
    "targets": [{"query": "{ span.http.route = \"/api\" }", "queryType": "traceql", "refId": "A"}], "title": "Slow traces", "type": "traces"}],
  "schemaVersion": 39, "tags": [], "time": {"from": "now-6h", "to": "now"}, "title": "Shop", "uid": "abc", "version": 3
}"#;

const TEMPO_SEARCH: &str = r#"{"traces":[{"traceID":"2f3e0cee77ae5dc9c17ade3689eb2e54","rootServiceName":"shop","rootTraceName":"GET /","startTimeUnixNano":"1795243582719579000","durationMs":557,"spanSets":[{"spans":[{"spanID":"563d623c76514f8e","startTimeUnixNano":"1795243582719579000","durationNanos":"446979497"}],"matched":1}]}],"metrics":{"inspectedTraces":1}}"#;

const JAEGER_EMPTY: &str = r#"{"data":[],"total":0,"limit":20,"offset":0,"errors":null}"#;
const JAEGER_SERVICES: &str =
    r#"{"data":["shop","users"],"total":2,"limit":0,"offset":0,"errors":null}"#;
const PACKAGE: &str = r#"{"name":"shop","version":"1.0.0","scripts":{"start":"node ."},"dependencies":{"express":"^4"}}"#;
const CSV: &str =
    "Trace ID,Span ID,Name,Duration\n0af7651916cd43dd8448eb211c80319c,b7ad6b7169203331,GET /,31\n";
const COLLECTOR_CONFIG: &str = "receivers:\n  otlp:\n    protocols:\n      grpc:\nexporters:\n  file:\n    path: traces.json\nservice:\n  pipelines:\n    traces:\n      receivers: [otlp]\n      exporters: [file]\n";

#[test]
fn what_is_no_trace_is_told_apart() {
    for (text, words) in [
        (HAR, &["HAR", "export a trace"][..]),
        (DASHBOARD, &["Grafana dashboard", "Explore"]),
        (
            TEMPO_SEARCH,
            &["search results from Tempo", "export the trace itself"],
        ),
        (JAEGER_EMPTY, &["Jaeger", "without any trace"]),
        (JAEGER_SERVICES, &["Jaeger", "without any trace"]),
        (PACKAGE, &["package.json"]),
        ("{\"a\":1}", &["JSON", "no kind that has traces"]),
        ("[\"a\"]", &["JSON", "no kind that has traces"]),
        ("[package]\nname = \"a\"\n", &["text of an unknown kind"]),
        (
            "{\"log\": {\"version\": \"1.2\", \"creator\": {}, \"entries\": []}}",
            &["HAR"],
        ),
        (CSV, &["CSV", "JSON"]),
        (COLLECTOR_CONFIG, &["configuration", "Collector"]),
        ("{}", &["without content"]),
        ("[]", &["without content"]),
        ("[{}]\n", &["without content"]),
        ("null", &["unknown"]),
        ("{\"message\":\"Not Found\"}", &["went wrong"]),
        (
            "{\"name\":\"a\",\"message\":\"b\"}",
            &["no kind that has traces"],
        ),
        (&HAR.split_whitespace().collect::<String>(), &["HAR"]),
        (
            "{\"apiVersion\":\"dashboard.grafana.app/v2\",\"kind\":\"Dashboard\",\"spec\":{}}",
            &["Grafana dashboard"],
        ),
        (
            "[{\"schema\": {\"fields\": [{\"name\": \"traceID\"}]}, \"data\": {\"values\": [[\"a\"]]}}]",
            &["data frames", "Explore"],
        ),
        ("{\"tagNames\": [\"a\"]}", &["tags from Tempo"]),
        (
            "{\"TraceSummaries\": [{\"Id\": \"1-a-b\"}]}",
            &["summaries", "batch-get-traces"],
        ),
        (
            "{\"spans\": [{\"traceIdLow\": -1, \"spanId\": 2}]}",
            &["Thrift", "Jaeger's page"],
        ),
        (
            "{\"id\":\"a\",\"trace.id\":\"b\",\"timestamp\":1795243582719,\"attributes\":{\"duration.ms\":1}}",
            &["New Relic"],
        ),
        (
            "{\"Timestamp\":\"2026-11-21T06:46:22Z\",\"trace.trace_id\":\"a\",\"trace.span_id\":\"b\",\"trace.parent_id\":\"\",\"name\":\"n\"}",
            &["Honeycomb"],
        ),
        (
            "{\"id\":\"a\",\"timestamp\":\"2026-11-21T06:46:22Z\",\"observations\":[{\"traceId\":\"a\"}]}",
            &["Langfuse"],
        ),
        (
            "{\"traceId\":\"a\",\"spanId\":\"b\",\"startTime\":\"2026\",\"durationInNanos\":5}",
            &["Data Prepper"],
        ),
        (
            "{\"resourceProfiles\":[{}]}",
            &["profiles of OpenTelemetry"],
        ),
        (
            "Span #0\n    Trace ID       : a\n    ID             : b\n",
            &["debug exporter", "file exporter"],
        ),
        (
            "{\"event_id\":\"a\",\"sent_at\":\"2026-11-21T06:46:22Z\"}\n",
            &["header of a Sentry envelope"],
        ),
        ("a{b=\"c\"} 5\nd 6.5\n", &["Prometheus", "not metrics"]),
        (
            "Nov 21 06:46:22 host app[12]: hello\nNov 21 06:46:23 host app[12]: x\n",
            &["no year", "journalctl"],
        ),
        ("06:46:22.719 [error] stopped\n", &["no year or no date"]),
        (
            "{\"errors\":[{\"code\":401,\"msg\":\"unauthorized\"}]}",
            &["went wrong"],
        ),
    ] {
        let (report, sink) = import_bytes(text.as_bytes());
        let said = report.error.unwrap_or_default();
        assert_eq!(
            report.outcome,
            Outcome::Failed,
            "{text}: {} {said}",
            report.format
        );
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(sink.batches.is_empty() && sink.known.is_empty(), "{text}");
    }
}

#[test]
fn files_of_other_programs_are_told_apart() {
    for (start, words) in [
        (&b"\xFF\xD8\xFF\xE0\0\x10"[..], "picture"),
        (b"\x89PNG\r\n\x1A\n", "picture"),
        (b"%PDF-1.4\n", "PDF"),
        (b"\x7FELF\x02\x01", "program"),
        (b"FLR\0\0\x02", "Flight Recorder"),
        (b"\xD4\xC3\xB2\xA1\x02\0\x04\0", "network packets"),
        (b"SQLite format 3\0", "headwater --store"),
    ] {
        let (report, _) = import_bytes(start);
        let said = report.error.unwrap_or_default();
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_known_form_without_records_says_so() {
    for text in ["{\"resourceSpans\":[]}", "{\"traceEvents\":[]}"] {
        let (report, _) = import_bytes(text.as_bytes());
        let remarks = &report.problems.remarks;
        let said = remarks.first().map_or("", |remark| &remark.text);
        assert!(said.contains("nothing in it"), "{text}: {report:?}");
    }
}
