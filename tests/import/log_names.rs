//! Log records as many libraries write them: which names tell time, level, message, trace and span, and what is unfolded.

use crate::import_support::import_bytes;
use headwater::model::batch::{Batch, BatchValue, LogRecord};

const TRACE: &str = "5af7183fb1d4cf5f5af7183fb1d4cf5f";
const SPAN: &str = "352bff9a74ca9ad2";

fn read(line: &str) -> Batch {
    let (report, mut sink) = import_bytes(format!("{line}\n").as_bytes());
    assert_eq!(report.counts.logs, 1, "{line}: {report:?}");
    assert_eq!(report.problems.skipped_total, 0, "{line}");
    sink.batches.remove(0)
}

fn attr(batch: &Batch, log: &LogRecord, name: &str) -> Option<String> {
    batch.attr(&log.attrs, name).map(|value| match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    })
}

#[test]
fn every_name_for_the_time_in_every_writing() {
    let names = [
        "timestamp",
        "@timestamp",
        "time",
        "ts",
        "t",
        "@t",
        "date",
        "datetime",
        "eventTime",
        "asctime",
        "__REALTIME_TIMESTAMP",
    ];
    let values = [
        "\"2026-11-21T06:46:22.719Z\"",
        "\"2026-11-21T07:46:22.719+01:00\"",
        "\"2026-11-21 06:46:22,719\"",
        "1795243582.719",
        "1795243582719",
        "1795243582719000",
        "1795243582719000000",
        "\"1795243582.719\"",
        "\"1795243582719\"",
        "\"1795243582719000\"",
        "\"1795243582719000000\"",
    ];
    for name in names {
        for value in values {
            let batch = read(&format!(r#"{{"{name}":{value},"msg":"m"}}"#));
            let log = &batch.logs[0];
            assert_eq!(log.time.0, 1_795_243_582_719_000_000, "{name} {value}");
            assert!(batch.attrs(&log.attrs).is_empty(), "{name} {value}");
        }
    }
}

#[test]
fn every_name_for_the_level() {
    for (members, severity) in [
        (r#""level":"warn""#, 13),
        (r#""lvl":"WARN""#, 13),
        (r#""severity":"WARNING""#, 13),
        (r#""log.level":"warning""#, 13),
        (r#""log":{"level":"warn"}"#, 13),
        (r#""levelname":"WARNING""#, 13),
        (r#""PRIORITY":"4""#, 13),
        (r#""PRIORITY":4"#, 13),
        (r#""@l":"Warning""#, 13),
        (r#""severity_number":13"#, 13),
        // pino and bunyan, with what only they write beside it.
        (r#""level":40,"pid":1,"hostname":"h","v":0"#, 13),
        (r#""level":50,"name":"shop","pid":1,"hostname":"h""#, 17),
        // zap
        (r#""level":"dpanic","caller":"a.go:1""#, 21),
        // Serilog leaves out what is only information.
        (r#""@t":"2026-11-21T06:46:22Z","@mt":"x""#, 9),
    ] {
        let batch = read(&format!(r#"{{"time":1795243582,"msg":"m",{members}}}"#));
        assert_eq!(batch.logs[0].severity, severity, "{members}");
    }
}

#[test]
fn every_name_for_trace_and_span() {
    let (low, span) = (0x5af7_183f_b1d4_cf5f_u64, 0x352b_ff9a_74ca_9ad2_u64);
    let short = format!("{:032x}", low);
    for (members, trace) in [
        (format!(r#""trace_id":"{TRACE}","span_id":"{SPAN}""#), TRACE),
        (format!(r#""traceId":"{TRACE}","spanId":"{SPAN}""#), TRACE),
        (format!(r#""TraceId":"{TRACE}","SpanId":"{SPAN}""#), TRACE),
        (format!(r#""trace.id":"{TRACE}","span.id":"{SPAN}""#), TRACE),
        (
            format!(r#""trace":{{"id":"{TRACE}"}},"span":{{"id":"{SPAN}"}}"#),
            TRACE,
        ),
        (
            format!(r#""otelTraceID":"{TRACE}","otelSpanID":"{SPAN}""#),
            TRACE,
        ),
        (
            format!(r#""X-B3-TraceId":"{TRACE}","X-B3-SpanId":"{SPAN}""#),
            TRACE,
        ),
        (format!(r#""@tr":"{TRACE}","@sp":"{SPAN}""#), TRACE),
        (format!(r#""traceparent":"00-{TRACE}-{SPAN}-01""#), TRACE),
        (format!(r#""TRACE_ID":"{TRACE}","SPAN_ID":"{SPAN}""#), TRACE),
        (
            format!(
                r#""logging.googleapis.com/trace":"projects/p/traces/{TRACE}","logging.googleapis.com/spanId":"{SPAN}""#
            ),
            TRACE,
        ),
        (
            format!(r#""dd.trace_id":"{low}","dd.span_id":"{span}""#),
            &short,
        ),
        (
            format!(r#""dd":{{"trace_id":{low},"span_id":"{span}"}}"#),
            &short,
        ),
        (
            format!(r#""dd.trace_id":"{TRACE}","dd.span_id":"{span}""#),
            TRACE,
        ),
    ] {
        let batch = read(&format!(r#"{{"time":1795243582,"msg":"m",{members}}}"#));
        let log = &batch.logs[0];
        assert_eq!(
            (log.trace.to_string().as_str(), log.span.0),
            (trace, span),
            "{members}"
        );
    }
}

#[test]
fn compact_log_events_of_serilog() {
    let batch = read(&format!(
        r#"{{"@t":"2026-11-21T06:46:22.719Z","@m":"paid 7","@mt":"paid {{Amount}}","@l":"Error","@x":"System.Exception: no\n   at Shop.Pay()","@tr":"{TRACE}","@sp":"{SPAN}","Amount":7}}"#
    ));
    let log = &batch.logs[0];
    assert_eq!((log.severity, batch.text(log.severity_text)), (17, "Error"));
    assert_eq!(
        (batch.text(log.body), batch.text(log.template)),
        ("paid 7", "paid {Amount}")
    );
    assert_eq!(log.trace.to_string(), TRACE);
    assert!(attr(&batch, log, "@x").is_some_and(|text| text.ends_with("at Shop.Pay()")));
    assert_eq!(attr(&batch, log, "Amount").as_deref(), Some("Int(7)"));
}

#[test]
fn a_message_that_is_an_object_is_unfolded() {
    for outer in ["msg", "message", "body", "log", "event", "textPayload"] {
        let line = format!(
            r#"{{"time":1795243582,"level":"info","pod":"web-1","{outer}":"{{\"level\":\"error\",\"message\":\"say \\\"no\\\"\",\"http\":{{\"status\":503}},\"trace_id\":\"{TRACE}\",\"list\":[1]}}"}}"#
        );
        let batch = read(&line);
        let log = &batch.logs[0];
        assert_eq!(
            (log.severity, batch.text(log.body)),
            (17, "say \"no\""),
            "{outer}"
        );
        assert_eq!(log.trace.to_string(), TRACE);
        assert_eq!(log.time.0, 1_795_243_582_000_000_000);
        for (name, value) in [
            ("http.status", "Int(503)"),
            ("list", "[1]"),
            ("pod", "web-1"),
        ] {
            assert_eq!(
                attr(&batch, log, name).as_deref(),
                Some(value),
                "{outer} {name}"
            );
        }
    }
    // Without a message of its own it stays the message.
    let batch = read(r#"{"time":1795243582,"msg":"{\"rows\":3}"}"#);
    let log = &batch.logs[0];
    assert_eq!(batch.text(log.body), "{\"rows\":3}");
    assert_eq!(attr(&batch, log, "rows").as_deref(), Some("Int(3)"));
    // What only looks like an object is a text.
    for text in [
        "{rows}",
        "{",
        "{} {}",
        "{\\\"a\\\":1} and more}",
        "{\\\"a\\\":",
    ] {
        let batch = read(&format!(r#"{{"time":1795243582,"msg":"{text}"}}"#));
        let log = &batch.logs[0];
        assert_eq!(batch.text(log.body), text.replace('\\', ""));
        assert!(batch.attrs(&log.attrs).is_empty(), "{text}");
    }
    let deep = format!("{}1{}", "{\\\"a\\\":".repeat(5_000), "}".repeat(5_000));
    let batch = read(&format!(r#"{{"time":1795243582,"msg":"{deep}"}}"#));
    assert!(batch.text(batch.logs[0].body).starts_with("{\"a\":{\"a\":"));
}

#[test]
fn colours_and_stack_traces() {
    let text = "{\"time\":1795243582,\"level\":\"error\",\"msg\":\"it broke\"}\nTraceback (most recent call last):\n  File \"a.py\"\nKeyError: 'sku'\n\u{1b}[31m2026-11-21 06:46:23 ERROR red\u{1b}[0m\n";
    let (report, sink) = import_bytes(text.as_bytes());
    assert_eq!(report.counts.logs, 2);
    let batch = &sink.batches[0];
    let following = attr(batch, &batch.logs[0], "headwater.following_lines");
    assert!(following.is_some_and(|text| text.contains("Traceback") && text.ends_with("'sku'")));
    let red = &batch.logs[1];
    assert_eq!(
        (batch.text(red.body), red.severity),
        ("2026-11-21 06:46:23 ERROR red", 17)
    );
    assert_eq!(red.time.0, 1_795_243_583_000_000_000);
}
