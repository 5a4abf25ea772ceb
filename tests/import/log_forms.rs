//! Log records in every form they are saved in: arrays, answers of services, several lines an object, plain text, and what tools
//! put around lines.

use crate::import_support::import_bytes;
use headwater::model::batch::{Batch, BatchValue, LogRecord};

const TRACE: &str = "5b8efff798038103d269b633813fc60c";
const SPAN: &str = "eee19b7ec376b928";
/// 2026-11-21T06:46:22.719Z.
const TIME: i64 = 1_795_243_582_719_000_000;

/// Imports a text that nothing is skipped of, in one batch.
fn read(text: &str, format: &str) -> Batch {
    let (report, mut sink) = import_bytes(text.as_bytes());
    assert_eq!(report.format, format, "{text}: {report:?}");
    assert_eq!(report.problems.skipped_total, 0, "{text}: {report:?}");
    assert_eq!(sink.batches.len(), 1, "{text}");
    Batch {
        problems: report.problems,
        ..sink.batches.remove(0)
    }
}

fn bodies(batch: &Batch) -> Vec<&str> {
    batch.logs.iter().map(|log| batch.text(log.body)).collect()
}

fn attr(batch: &Batch, log: &LogRecord, name: &str) -> Option<String> {
    batch.attr(&log.attrs, name).map(|value| match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    })
}

/// What a record says: time, severity, message, service.
fn said(batch: &Batch) -> Vec<(i64, u8, &str, &str)> {
    let of = |log: &LogRecord| {
        let resource = &batch.resources[log.resource as usize];
        (log.time.0, log.severity, log.body, resource.service)
    };
    let texts =
        |(time, severity, body, service)| (time, severity, batch.text(body), batch.text(service));
    batch.logs.iter().map(of).map(texts).collect()
}

#[test]
fn records_in_documents() {
    let record =
        r#"{"time":"2026-11-21T06:46:22.719Z","level":"error","message":"m","service":"shop"}"#;
    let expected = (TIME, 17, "m", "shop");
    for text in [
        format!("[{record},{record}]"),
        format!("[\n{record},\n{record}\n]\n"),
        format!(
            "{}\n{}",
            record.replace(',', ",\n  "),
            record.replace(',', ",\n  ")
        ),
        format!("{{\"events\":[{record},{record}],\"nextForwardToken\":\"f\"}}"),
        format!(
            "{{\"took\":1,\"hits\":{{\"total\":{{\"value\":2}},\"hits\":[{{\"_id\":\"1\",\"_source\":{record}}},{{\"_id\":\"2\",\"_source\":{record}}}]}}}}"
        ),
        format!(
            "{{\"data\":[{{\"id\":\"A\",\"type\":\"log\",\"attributes\":{record}}},{{\"id\":\"B\",\"attributes\":{record}}}],\"meta\":{{}}}}"
        ),
    ] {
        let batch = read(&text, "json-logs");
        assert_eq!(said(&batch), [expected, expected], "{text}");
        assert!(batch.logs[0].position < batch.logs[1].position);
    }
    // What a record has itself is no list of records.
    let text = "[{\"time\":1795243582719,\"level\":\"info\",\"message\":\"m\",\"data\":[{\"a\":1}],\"events\":{\"b\":1}}]";
    let batch = read(text, "json-logs");
    assert_eq!(said(&batch), [(TIME, 9, "m", "")]);
    assert!(attr(&batch, &batch.logs[0], "data").is_some());
    // One a line they are lines, whatever holds them.
    for text in [
        format!("{{\"_index\":\"l\",\"_source\":{record}}}\n"),
        format!("{{\"id\":\"A\",\"content\":{record}}}\n"),
        format!("{{\"preview\":false,\"result\":{record}}}\n"),
    ] {
        assert_eq!(said(&read(&text, "ndjson-logs")), [expected], "{text}");
    }
}

#[test]
fn a_broken_record_of_an_array_is_listed_alone() {
    let text = r#"[{"time":1795243582719,"message":"a","level":"info"},5,{"time":1795243582719,"message":"b","level":"info"}]"#;
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!((report.counts.logs, report.problems.skipped_total), (2, 1));
    assert_eq!(report.problems.skipped[0].byte, 53);
    assert_eq!(bodies(&sink.batches[0]), ["a", "b"]);
}

#[test]
fn answers_of_loki() {
    let text = format!(
        r#"{{"status":"success","data":{{"resultType":"streams","result":[
            {{"stream":{{"service_name":"shop","detected_level":"error"}},"values":[
                ["1795243582719000000","it broke",{{"trace_id":"{TRACE}"}}],
                ["1795243582719000001","{{\"msg\":\"folded\",\"level\":\"warn\"}}"]]}},
            {{"stream":{{"app":"users"}},"values":[["1795243582719000002","fine"]]}}],"stats":{{"a":1}}}}}}"#
    );
    let batch = read(&text, "json-logs");
    assert_eq!(
        said(&batch),
        [
            (TIME, 17, "it broke", "shop"),
            (TIME + 1, 13, "folded", "shop"),
            (TIME + 2, 0, "fine", "users"),
        ]
    );
    assert_eq!(batch.logs[0].trace.to_string(), TRACE);
    let label = attr(&batch, &batch.logs[2], "labels.app");
    assert_eq!(label.as_deref(), Some("users"));
    let (report, _) =
        import_bytes(br#"{"status":"success","data":{"resultType":"streams","result":[]}}"#);
    assert!(
        report.problems.remarks[0].text.contains("nothing in it"),
        "{report:?}"
    );
}

#[test]
fn plain_text_with_times() {
    let text = format!(
        "2026-11-21 06:46:22,719 ERROR shop it broke\n\
         Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 1\n\nwhile selling\n\
         2026-11-21T07:46:22.719+01:00 INFO 1 --- [main] [{TRACE}-{SPAN}] c.e.App : sold\n\
         2026-11-21T06:46:22.719Z {{\"level\":\"warn\",\"msg\":\"an object\"}}\n\
         \x1B[2m2026-11-21T06:46:22.719Z\x1B[0m \x1B[33m WARN\x1B[0m coloured\n"
    );
    let batch = read(&text, "text-logs");
    let severities: Vec<_> = batch.logs.iter().map(|log| log.severity).collect();
    assert_eq!(severities, [17, 9, 13, 13]);
    assert!(batch.logs.iter().all(|log| log.time.0 == TIME));
    let bodies = bodies(&batch);
    assert!(
        bodies[0].ends_with("KeyError: 1\nwhile selling"),
        "{bodies:?}"
    );
    assert_eq!(bodies[2], "an object");
    assert_eq!(batch.logs[1].trace.to_string(), TRACE);
    assert_eq!(batch.logs[1].span.to_string(), SPAN);
    assert!(
        batch
            .problems
            .remarks
            .iter()
            .all(|remark| !remark.text.contains("neither"))
    );
}

#[test]
fn plain_text_of_servers() {
    for (line, severity) in [
        (
            "1.2.3.4 - - [21/Nov/2026:06:46:22.719 +0000] \"GET / HTTP/1.1\" 200 12",
            0,
        ),
        (
            "[Sat Nov 21 06:46:22.719 2026] [core:error] [pid 1] bad",
            17,
        ),
        ("[21-Nov-2026 06:46:22.719 UTC] PHP Fatal error:  bad", 0),
        ("<34>1 2026-11-21T06:46:22.719Z host su 1 - - failed", 0),
        (
            "2026-11-21T06:46:22.719Z\tinfo\tservice.go:1\tready\t{\"a\": 1}",
            9,
        ),
        ("2026-11-21 06:46:22.719 UTC [12] FATAL:  gone", 21),
    ] {
        let batch = read(&format!("{line}\n{line}\n"), "text-logs");
        assert_eq!(said(&batch), [(TIME, severity, line, ""); 2]);
    }
    let batch = read("INFO:root:a\nWARNING:root:b\n", "text-logs");
    assert_eq!(
        said(&batch),
        [(0, 9, "INFO:root:a", ""), (0, 13, "WARNING:root:b", "")]
    );
}

#[test]
fn what_tools_put_before_lines() {
    let inner = r#"{"level":"warn","msg":"m","time":1795243582719}"#;
    for (line, source) in [
        (format!("web-1  | {inner}"), Some(("container", "web-1"))),
        (format!("[pod/web-1/app] {inner}"), Some(("pod", "web-1/app"))),
        (format!("2026-11-21T06:46:00.000000001Z {inner}"), None),
        (
            r#"{"log":"{\"level\":\"warn\",\"msg\":\"m\",\"time\":1795243582719}\n","stream":"stderr","attrs":{"tag":"x"},"time":"2026-11-21T06:46:00Z"}"#.to_owned(),
            Some(("attrs.tag", "x")),
        ),
    ] {
        let batch = read(&format!("{line}\n"), "ndjson-logs");
        assert_eq!(said(&batch), [(TIME, 13, "m", "")], "{line}");
        if let Some((name, value)) = source {
            let found = attr(&batch, &batch.logs[0], name);
            assert_eq!(found.as_deref(), Some(value), "{line}");
        }
    }
    let text = "2026-11-21T06:46:22.719Z\tlevel=info msg=\"a b\" x=1\n";
    let batch = read(text, "ndjson-logs");
    assert_eq!(said(&batch), [(TIME, 9, "a b", "")]);
}

#[test]
fn names_of_more_libraries() {
    for (record, expected) in [
        // zap in development, Go's slog with a level of its own, tracing of Rust, loguru, log4j2, monolog, MongoDB.
        (
            r#"{"L":"WARN","T":"2026-11-21T06:46:22.719Z","M":"m"}"#,
            (TIME, 13, "m", ""),
        ),
        (
            r#"{"time":"2026-11-21T06:46:22.719Z","level":"ERROR+2","msg":"m"}"#,
            (TIME, 19, "m", ""),
        ),
        (
            r#"{"timestamp":"2026-11-21T06:46:22.719Z","level":"INFO","fields":{"message":"m"},"target":"a","spans":[{"name":"s"}]}"#,
            (TIME, 9, "m", ""),
        ),
        (
            r#"{"text":"x","record":{"level":{"name":"INFO","no":20},"message":"m","time":{"repr":"2026-11-21 06:46:22.719+00:00","timestamp":1795243582.719}}}"#,
            (TIME, 9, "m", ""),
        ),
        (
            r#"{"instant":{"epochSecond":1795243582,"nanoOfSecond":719000000},"level":"WARN","message":"m"}"#,
            (TIME, 13, "m", ""),
        ),
        (
            r#"{"message":"m","level":400,"level_name":"ERROR","datetime":"2026-11-21T06:46:22.719+00:00"}"#,
            (TIME, 17, "m", ""),
        ),
        (
            r#"{"t":{"$date":"2026-11-21T06:46:22.719Z"},"s":"W","c":"NETWORK","msg":"m"}"#,
            (TIME, 13, "m", ""),
        ),
        // Google, Datadog, Python's `created`, PostgreSQL, a message that is a number.
        (
            r#"{"severity":"ERROR","message":"m","timestamp":{"seconds":1795243582,"nanos":719000000}}"#,
            (TIME, 17, "m", ""),
        ),
        (
            r#"{"message":"m","status":"error","timestamp":1795243582719,"service":"shop","ddsource":"go"}"#,
            (TIME, 17, "m", "shop"),
        ),
        (
            r#"{"message":"m","status":"error","timestamp":1795243582719}"#,
            (TIME, 0, "m", ""),
        ),
        (
            r#"{"created":1795243582.719,"levelname":"ERROR","message":"m"}"#,
            (TIME, 17, "m", ""),
        ),
        (
            r#"{"timestamp":"2026-11-21 06:46:22.719 UTC","error_severity":"ERROR","message":"m"}"#,
            (TIME, 17, "m", ""),
        ),
        (
            r#"{"time":1795243582719,"level":"info","msg":5}"#,
            (TIME, 9, "5", ""),
        ),
    ] {
        let batch = read(&format!("{record}\n"), "ndjson-logs");
        assert_eq!(said(&batch), [expected], "{record}");
    }
}

#[test]
fn traces_in_headers_and_in_what_is_beside_the_message() {
    for member in [
        format!(r#""sentry-trace":"{TRACE}-{SPAN}-1""#),
        format!(r#""uber-trace-id":"{TRACE}:{SPAN}:0:1""#),
        r#""xray_trace_id":"1-5b8efff7-98038103d269b633813fc60c""#.to_owned(),
        format!(r#""trace":"projects/p/traces/{TRACE}""#),
        format!(r#""mdc":{{"traceId":"{TRACE}","spanId":"{SPAN}"}}"#),
        format!(r#""contextMap":{{"trace_id":"{TRACE}"}}"#),
        format!(r#""trace_id":"0x{TRACE}""#),
        r#""TraceID":"W47/95gDgQPSabYzgT/GDA==""#.to_owned(),
    ] {
        let batch = read(
            &format!("{{\"time\":1795243582,\"msg\":\"m\",{member}}}\n"),
            "ndjson-logs",
        );
        assert_eq!(batch.logs[0].trace.to_string(), TRACE, "{member}");
        assert!(batch.problems.remarks.is_empty(), "{member}");
    }
    let batch = read(
        "{\"time\":1795243582,\"msg\":\"m\",\"trace\":\"at f\\nat g\"}\n",
        "ndjson-logs",
    );
    assert!(batch.logs[0].trace.is_none());
    assert!(attr(&batch, &batch.logs[0], "trace").is_some());
}

#[test]
fn times_that_are_none_stay_as_they_are() {
    for time in [
        "\"1969-12-31T23:59:59Z\"",
        "\"2026-02-30T00:00:00Z\"",
        "-5",
        "\"Nov 21 06:46:22\"",
    ] {
        let text = format!(
            "{{\"time\":1795243582719,\"msg\":\"a\"}}\n{{\"time\":{time},\"msg\":\"b\"}}\n"
        );
        let batch = read(&text, "ndjson-logs");
        assert_eq!(batch.logs[1].time.0, TIME, "{time}");
        assert!(attr(&batch, &batch.logs[1], "time").is_some(), "{time}");
        assert!(batch.problems.remarks[0].text.contains("without a time"));
    }
}

#[test]
fn text_that_is_not_utf_8() {
    let text = "{\"level\":\"info\",\"time\":1795243582719,\"msg\":\"\u{e9}\u{1f4a9}\"}\r\n";
    let units = || std::iter::once(0xFEFF).chain(text.encode_utf16());
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    // A file that was rotated while it was written begins with zero bytes.
    let zeros = [&[0; 5000], text.as_bytes()].concat();
    for bytes in [little, big, zeros] {
        let (report, sink) = import_bytes(&bytes);
        assert_eq!(report.counts.logs, 1, "{report:?}");
        assert_eq!(said(&sink.batches[0]), [(TIME, 9, "\u{e9}\u{1f4a9}", "")]);
    }
    let (report, _) = import_bytes(&[0xFF, 0xFE, b'h', 0, b'i', 0]);
    let error = report.error.unwrap_or_default();
    assert!(error.starts_with("It is text in UTF-16."), "{error}");
}

#[test]
fn a_nested_value_is_one_text_whoever_wrote_it() {
    let line =
        |list: &str| format!("{{\"time\":{TIME},\"level\":\"info\",\"msg\":\"m\",\"k\":{list}}}\n");
    let lines = [
        r#"["é/",{"a":1}]"#,
        r#"["\u00e9\/", {"a": 1}]"#,
        "[ \"é/\",\t{\"a\" :1} ]",
    ];
    let batch = read(&lines.map(line).concat(), "ndjson-logs");
    let otlp = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{TIME}","body":{{"stringValue":"m"}},"attributes":[
            {{"key":"k","value":{{"arrayValue":{{"values":[{{"stringValue":"\u00e9\/"}},{{"kvlistValue":{{"values":[{{"key":"a","value":{{"intValue":"1"}}}}]}}}}]}}}}}}
        ]}}]}}]}}]}}"#
    );
    let otlp = read(&otlp, "otlp-json");
    assert_eq!((batch.logs.len(), otlp.logs.len()), (3, 1));
    for (batch, log) in [&batch, &otlp]
        .into_iter()
        .flat_map(|batch| batch.logs.iter().map(move |log| (batch, log)))
    {
        assert_eq!(attr(batch, log, "k").as_deref(), Some(lines[0]));
    }
}
