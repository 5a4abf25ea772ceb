//! Logs as lines, and Sentry events without an envelope: small real files against their ground truth, odd ones, broken ones.

use crate::import_support::{Memory, import, import_bytes};
use headwater::import::FORMATS;
use headwater::model::batch::{Batch, BatchValue, LogRecord};
use headwater::model::report::{FileReport, Outcome};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

const NDJSON: &[u8] = include_bytes!("../data/logs/structlog.ndjson");
const PINO: &[u8] = include_bytes!("../data/logs/pino.ndjson");
const LOGFMT: &[u8] = include_bytes!("../data/logs/structlog.logfmt");
const ERROR: &[u8] = include_bytes!("../data/logs/error-chained.json");
const LOGGED_ERROR: &[u8] = include_bytes!("../data/logs/error-from-logging.json");
const TRANSACTION: &[u8] = include_bytes!("../data/logs/transaction-outbound-http.json");

/// The log records of an import, with their batches.
fn logs(sink: &Memory) -> Vec<(&Batch, &LogRecord)> {
    let batches = sink.batches.iter();
    batches
        .flat_map(|batch| batch.logs.iter().map(move |log| (batch, log)))
        .collect()
}

/// An attribute's value as text.
fn attr(batch: &Batch, log: &LogRecord, name: &str) -> Option<String> {
    batch.attr(&log.attrs, name).map(|value| match value {
        BatchValue::Str(text) | BatchValue::Json(text) => batch.text(text).to_owned(),
        other => format!("{other:?}"),
    })
}

fn service<'b>(batch: &'b Batch, log: &LogRecord) -> &'b str {
    batch.text(batch.resources[log.resource as usize].service)
}

/// The one record of a line.
fn one(line: &str) -> (FileReport, Memory) {
    let (report, sink) = import_bytes(line.as_bytes());
    assert_eq!(report.counts.logs, 1, "{line}: {report:?}");
    (report, sink)
}

fn severities(sink: &Memory) -> BTreeMap<u8, usize> {
    let mut found = BTreeMap::new();
    for (_, log) in logs(sink) {
        *found.entry(log.severity).or_default() += 1;
    }
    found
}

#[test]
fn real_logs_hold_what_is_known_of_them() {
    for (bytes, format, count, linked, by_severity, name) in [
        (
            PINO,
            "ndjson-logs",
            62,
            62,
            &[(9, 56), (13, 5), (17, 1)][..],
            "edge-gateway",
        ),
        (
            NDJSON,
            "ndjson-logs",
            103,
            101,
            &[(5, 1), (9, 99), (13, 2), (17, 1)],
            "shop-api",
        ),
        (
            LOGFMT,
            "logfmt",
            103,
            101,
            &[(5, 1), (9, 99), (13, 2), (17, 1)],
            "shop-api",
        ),
    ] {
        let (report, sink) = import_bytes(bytes);
        assert_eq!(
            (report.format.as_str(), report.counts.logs),
            (format, count)
        );
        assert_eq!(report.problems, Default::default());
        let found = severities(&sink);
        let expected = by_severity.iter().copied().collect();
        assert_eq!(found, expected, "{format}");
        let with_link = logs(&sink)
            .iter()
            .filter(|(_, log)| !log.trace.is_none() && !log.span.is_none())
            .count();
        assert_eq!(with_link, linked);
        assert!(
            logs(&sink)
                .iter()
                .all(|(batch, log)| service(batch, log) == name)
        );
    }
}

#[test]
fn single_fields_of_real_records() {
    let (_, sink) = import_bytes(PINO);
    let (batch, log) = logs(&sink)[0];
    assert_eq!(log.time.0, 1_795_243_959_934_000_000);
    assert_eq!(batch.text(log.body), "Bot check result");
    assert_eq!(log.trace.to_string(), "3bb58aa50470465cb58c07140547d969");
    assert_eq!(log.span.to_string(), "aec1534e604dd97a");
    assert_eq!(attr(batch, log, "isBot").as_deref(), Some("Bool(false)"));
    assert_eq!(attr(batch, log, "score").as_deref(), Some("Float(0.936)"));
    assert_eq!(attr(batch, log, "level").as_deref(), Some("Int(30)"));
    for taken in ["time", "msg", "trace_id", "span_id"] {
        assert_eq!(attr(batch, log, taken), None, "{taken}");
    }
    let failed = logs(&sink).into_iter().find(|(_, log)| log.severity == 17);
    let (batch, log) = failed.expect("an error among them");
    assert!(attr(batch, log, "err.message").is_some_and(|text| text.starts_with("no rate for")));

    let (_, sink) = import_bytes(NDJSON);
    let failed = logs(&sink).into_iter().find(|(_, log)| log.severity == 17);
    let (batch, log) = failed.expect("an error among them");
    assert_eq!(batch.text(log.severity_text), "error");
    let exception = attr(batch, log, "exception").expect("kept as JSON");
    let exception: serde_json::Value = serde_json::from_str(&exception).expect("JSON");
    assert_eq!(exception[0]["exc_type"], "KeyError");
    let warned = logs(&sink).into_iter().find(|(_, log)| log.severity == 13);
    let (batch, log) = warned.expect("a warning among them");
    assert_eq!(batch.text(log.severity_text), "warning");

    let (_, sink) = import_bytes(LOGFMT);
    let (batch, log) = logs(&sink)[1];
    assert_eq!(log.time.0, 1_795_244_204_308_890_000);
    assert_eq!(batch.text(log.body), "request finished");
    assert_eq!(
        attr(batch, log, "duration_ms").as_deref(),
        Some("Float(107.196)")
    );
    assert_eq!(attr(batch, log, "status").as_deref(), Some("Int(200)"));
    let failed = logs(&sink).into_iter().find(|(_, log)| log.severity == 17);
    let (batch, log) = failed.expect("an error among them");
    let exception = attr(batch, log, "exception").expect("kept");
    assert!(exception.starts_with("Traceback (most recent call last):\n  File \""));
}

#[test]
fn every_dialect_is_understood() {
    let trace = "5b8efff798038103d269b633813fc60c";
    for (line, severity, body, linked, name) in [
        (
            r#"{"@timestamp":"2026-11-21T06:46:22.5Z","log.level":"WARN","message":"ecs","trace.id":"5b8efff798038103d269b633813fc60c","service.name":"s"}"#,
            13,
            "ecs",
            true,
            "s",
        ),
        (
            r#"{"@timestamp":"2026-11-21T06:46:22.5Z","log":{"level":"WARN"},"message":"nested","trace":{"id":"5b8efff798038103d269b633813fc60c"},"service":{"name":"s"}}"#,
            13,
            "nested",
            true,
            "s",
        ),
        (
            r#"{"@t":"2026-11-21T06:46:22.5Z","@mt":"Hello {Name}","Name":"x"}"#,
            9,
            "Hello {Name}",
            false,
            "",
        ),
        (
            r#"{"@t":"2026-11-21T06:46:22.5Z","@m":"Hello x","@mt":"Hello {Name}","@l":"Warning","@x":"boom","@tr":"5b8efff798038103d269b633813fc60c"}"#,
            13,
            "Hello x",
            true,
            "",
        ),
        (
            r#"{"ts":1795243582.5,"level":"info","msg":"zap","logger":"api","traceparent":"00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01"}"#,
            9,
            "zap",
            true,
            "api",
        ),
        (
            r#"{"asctime":"2026-11-21 06:46:22,500","levelno":30,"message":"python","otelTraceID":"5b8efff798038103d269b633813fc60c","otelSpanID":"0"}"#,
            13,
            "python",
            true,
            "",
        ),
        (
            r#"{"timestamp":"1795243582500","severity":"ERROR","message":"gcp","logging.googleapis.com/trace":"projects/p/traces/5b8efff798038103d269b633813fc60c"}"#,
            17,
            "gcp",
            true,
            "",
        ),
        (
            r#"{"__REALTIME_TIMESTAMP":"1795243582500000","PRIORITY":"4","MESSAGE":"journal","SYSLOG_IDENTIFIER":"sshd"}"#,
            13,
            "journal",
            false,
            "sshd",
        ),
        (
            r#"{"version":"1.1","short_message":"gelf","timestamp":1795243582.5,"level":3}"#,
            17,
            "gelf",
            false,
            "",
        ),
        (
            r#"{"Timestamp":"1795243582500000000","SeverityNumber":17,"SeverityText":"ERROR","Body":"otel","TraceId":"5b8efff798038103d269b633813fc60c"}"#,
            17,
            "otel",
            true,
            "",
        ),
        (
            r#"{"name":"bunyan","hostname":"h","pid":7,"level":40,"msg":"b","time":"2026-11-21T06:46:22.500Z","v":0}"#,
            13,
            "b",
            false,
            "bunyan",
        ),
        (
            "time=\"2026-11-21T06:46:22.5Z\" lvl=eror level=error msg=logrus app=a",
            17,
            "logrus",
            false,
            "a",
        ),
    ] {
        let (_, sink) = one(line);
        let (batch, log) = logs(&sink)[0];
        assert_eq!(log.time.0, 1_795_243_582_500_000_000, "{line}");
        assert_eq!(
            (log.severity, batch.text(log.body)),
            (severity, body),
            "{line}"
        );
        assert_eq!(log.trace.to_string() == trace, linked, "{line}");
        assert_eq!(service(batch, log), name, "{line}");
    }
}

#[test]
fn decimal_and_foreign_ids_keep_their_text() {
    let (_, sink) = one(
        r#"{"time":"2026-11-21T06:46:22Z","dd.trace_id":"18446744073709551615","dd.span_id":18446744073709551614}"#,
    );
    let (batch, log) = logs(&sink)[0];
    assert_eq!(log.trace.to_string(), "0000000000000000ffffffffffffffff");
    assert_eq!(log.span.to_string(), "fffffffffffffffe");
    assert_eq!(
        attr(batch, log, "dd.trace_id").as_deref(),
        Some("18446744073709551615")
    );
    assert!(
        batch.text(log.body).starts_with("{\"time\""),
        "the line stands for a message"
    );

    let (report, sink) = one(r#"{"time":"2026-11-21T06:46:22Z","trace_id":"req-x","msg":"m"}"#);
    let (batch, log) = logs(&sink)[0];
    assert!(!log.trace.is_none());
    assert_eq!(attr(batch, log, "trace_id").as_deref(), Some("req-x"));
    assert!(report.problems.remarks[0].text.contains("hash"));
}

#[test]
fn what_is_not_understood_stays_an_attribute() {
    let (_, sink) = one(
        r#"{"time":"soon","level":"high","msg":{"a":{"b":[1]}},"empty":{},"none":null,"severity":"info"}"#,
    );
    let (batch, log) = logs(&sink)[0];
    for (name, value) in [
        ("time", "soon"),
        ("level", "high"),
        ("msg.a.b", "[1]"),
        ("empty", "{}"),
        ("none", "Null"),
    ] {
        assert_eq!(attr(batch, log, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!((log.severity, attr(batch, log, "severity")), (9, None));
}

#[test]
fn container_logs_come_out_of_their_wrapping() {
    let file = "2026-11-21T06:46:22.719579123Z stdout F {\"level\":\"warn\",\"msg\":\"from cri\"}\n\
        2026-11-21T06:46:23Z stderr P {\"msg\":\"cut in\n\
        2026-11-21T06:46:23Z stderr F  two\"}\n\
        {\"log\":\"{\\\"msg\\\":\\\"from docker\\\",\\\"a\\\":{\\\"b\\\":1}}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T06:46:24Z\"}\n\
        {\"log\":\"just text\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T06:46:25Z\"}\n\
        {\"log\":\"  indented\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T06:46:26Z\"}\n\
        {\"log\":\"{\\\"broken\\\":\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-21T06:46:26Z\"}\n";
    let (report, sink) = import_bytes(file.as_bytes());
    let records = logs(&sink);
    let bodies: Vec<_> = records
        .iter()
        .map(|(batch, log)| batch.text(log.body))
        .collect();
    assert_eq!(
        bodies,
        [
            "from cri",
            "cut in two",
            "from docker",
            "just text\n  indented"
        ]
    );
    assert_eq!(records[0].1.time.0, 1_795_243_582_719_579_123);
    assert_eq!(records[0].1.severity, 13);
    assert_eq!(
        attr(records[1].0, records[1].1, "stream").as_deref(),
        Some("stderr")
    );
    assert_eq!(
        attr(records[2].0, records[2].1, "a.b").as_deref(),
        Some("Int(1)")
    );
    assert_eq!(report.problems.skipped.len(), 1);
    assert_eq!(report.problems.skipped[0].line, 7);
    for (_, log) in records {
        let before = &file[..log.position as usize];
        assert!(before.is_empty() || before.ends_with('\n'));
    }
}

#[test]
fn text_between_objects_is_kept() {
    let file = "listening on 8000\n\
        {\"time\":\"2026-11-21T06:46:22Z\",\"level\":\"error\",\"msg\":\"it broke\"}\n\
        Traceback (most recent call last):\n  File \"a.py\", line 1\n    {}[\"x\"]\nKeyError: 'x'\n\
        2026-11-21 06:46:24,500 WARNING [a] text with a time\n\
        {\"time\":\"2026-11-21T06:46:23Z\",\"msg\":\"fine\"\n\
        \u{1b}[31mred\u{1b}[0m\n\
        {\"time\":\"2026-11-21T06:46:25Z\",\"msg\":\"last\"}\n\
        {\"time\":\"2026-11-21T06:46:26Z\",\"msg\":\"last\"}";
    let (report, sink) = import_bytes(file.as_bytes());
    assert_eq!(report.outcome, Outcome::Complete);
    let records = logs(&sink);
    let bodies: Vec<_> = records
        .iter()
        .map(|(batch, log)| batch.text(log.body))
        .collect();
    assert_eq!(
        bodies,
        [
            "listening on 8000",
            "it broke",
            "2026-11-21 06:46:24,500 WARNING [a] text with a time",
            "red",
            "last",
            "last"
        ]
    );
    assert_eq!(
        records[0].1.time, records[1].1.time,
        "a line without a time has its neighbour's"
    );
    let trace = attr(records[1].0, records[1].1, "headwater.following_lines");
    assert!(trace.is_some_and(|text| text.ends_with("    {}[\"x\"]\nKeyError: 'x'")));
    assert_eq!(
        (records[2].1.severity, records[2].1.time.0),
        (13, 1_795_243_584_500_000_000)
    );
    assert_eq!(report.problems.skipped.len(), 1);
    assert_eq!(report.problems.skipped[0].line, 8);
    let notes: Vec<_> = report
        .problems
        .remarks
        .iter()
        .map(|remark| remark.times)
        .collect();
    assert_eq!(notes, [3, 1, 2], "{:?}", report.problems.remarks);
}

#[test]
fn events_are_read_as_their_envelopes_are() {
    for (bytes, found, kind) in [
        (ERROR, (0, 1, 0), "LedgerMismatch"),
        (LOGGED_ERROR, (0, 1, 0), "PaymentDeclined"),
        (TRANSACTION, (4, 0, 1), ""),
    ] {
        let (report, sink) = import_bytes(bytes);
        let counts = report.counts;
        assert_eq!(report.format, "sentry-event");
        assert_eq!((counts.spans, counts.errors, counts.traces), found);
        assert_eq!(report.problems, Default::default());
        let batch = &sink.batches[0];
        for error in &batch.errors {
            assert_eq!(batch.text(error.exception_type), kind);
        }
    }
    let envelope = [b"{}\n{\"type\":\"event\"}\n", ERROR.trim_ascii(), b"\n"].concat();
    let (_, enveloped) = import_bytes(&envelope);
    let (_, alone) = import_bytes(ERROR);
    assert_eq!(
        enveloped.batches[0].errors[0].id,
        alone.batches[0].errors[0].id
    );
}

#[test]
fn events_in_every_arrangement() {
    let (error, transaction) = (ERROR.trim_ascii(), TRANSACTION.trim_ascii());
    let pretty = |bytes: &[u8]| {
        let value: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        serde_json::to_vec_pretty(&value).expect("JSON")
    };
    for (what, file) in [
        ("a line each", [error, b"\n", transaction].concat()),
        ("the other way", [transaction, b"\n", error, b"\n"].concat()),
        ("array", [b"[", error, b",", transaction, b"]"].concat()),
        ("pretty", [pretty(error), pretty(transaction)].concat()),
        ("broken line between", [error, b"\n{\"event_id\":\n", transaction].concat()),
        ("tags in pairs", [error, br#",{"event_id":"0b72089267c24ec184b55266a2bdb7e1","type":"transaction","platform":"p","sdk":null,"contexts":{"trace":{"trace_id":"0b72089267c24ec184b55266a2bdb7e1","span_id":"920cad56665b4d6e"}},"start_timestamp":1,"timestamp":2,"tags":[["a","b"]],"spans":[{"span_id":"1","start_timestamp":1,"timestamp":2},{"span_id":"2","start_timestamp":1,"timestamp":2},{"span_id":"3","start_timestamp":1,"timestamp":2}]}"#].concat()),
    ] {
        let (report, _) = import_bytes(&file);
        assert_eq!(report.format, "sentry-event", "{what}");
        let counts = report.counts;
        assert_eq!((counts.spans, counts.errors), (4, 1), "{what}: {report:?}");
        let broken = u64::from(what.starts_with("broken"));
        assert_eq!(report.problems.skipped_total, broken, "{what}: {report:?}");
    }
}

/// All small samples there are.
fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut found = Vec::new();
    for folder in [folder.clone(), folder.join("logs")] {
        let entries = std::fs::read_dir(folder).expect("a folder of samples");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        found.extend(paths.filter(|path| path.is_file()));
    }
    found
}

#[test]
fn every_sample_is_recognised_by_exactly_one_format() {
    let samples = samples();
    assert!(samples.len() > 15);
    for path in samples {
        let bytes = std::fs::read(&path).expect("a sample");
        let prefix = &bytes[..bytes.len().min(64 * 1024)];
        let formats: Vec<_> = FORMATS
            .iter()
            .filter(|format| (format.sniff)(prefix))
            .map(|format| format.id)
            .collect();
        assert_eq!(formats.len(), 1, "{}: {formats:?}", path.display());
    }
}

#[test]
fn a_file_that_grows_goes_on_where_it_was() {
    let text = std::str::from_utf8(NDJSON).expect("UTF-8");
    let half = text.len() / 2;
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(&NDJSON[..half]).expect("room for it");
    let mut sink = Memory::default();
    let first = import(file.path(), &mut sink);
    assert_eq!(first.problems.skipped.len(), 1, "the half line");
    file.write_all(&NDJSON[half..]).expect("room for it");
    let second = import(file.path(), &mut sink);
    assert_eq!(first.counts.logs + second.counts.logs, 103);
    assert_eq!(second.problems.skipped_total, 0);
    assert_eq!(
        import(file.path(), &mut sink).outcome,
        Outcome::AlreadyImported
    );
}

#[test]
fn hostile_lines_are_survived() {
    let deep = format!(
        "{{\"time\":1,\"level\":\"info\",\"a\":{}1{}}}\n",
        "{\"b\":".repeat(100_000),
        "}".repeat(100_000)
    );
    let long = format!(
        "{{\"level\":\"info\",\"msg\":\"{}\"}}\n",
        "x".repeat(3 << 20)
    );
    let many: String = (0..6_000).map(|n| format!("\"k{n}\":{n},")).collect();
    let many = format!("{{{many}\"level\":\"info\"}}\n");
    let file = [deep, long, many].concat();
    let start = "{\"level\":\"info\",\"msg\":\"start\"}\n";
    let (report, sink) = import_bytes([start.as_bytes(), file.as_bytes()].concat().as_slice());
    assert_eq!(report.counts.logs, 4, "{:?}", report.problems);
    assert!(report.problems.remarks.len() >= 3, "{:?}", report.problems);
    assert!(logs(&sink).iter().all(|(_, log)| log.attrs.len() <= 4096));
}

/// Whatever happened to a file, nothing panics, and the report says places inside the file.
fn check(bytes: &[u8]) {
    let (report, sink) = import_bytes(bytes);
    let mistake = report
        .error
        .as_ref()
        .is_some_and(|error| error.contains("made a mistake"));
    assert!(!mistake, "{report:?}");
    for skipped in &report.problems.skipped {
        let before = &bytes[..skipped.byte as usize];
        let lines = before.iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!(skipped.line, 1 + lines, "{skipped:?}");
    }
    for (batch, log) in logs(&sink) {
        assert!(log.position < bytes.len() as u64);
        batch.text(log.body);
        batch.text(log.severity_text);
        batch.attrs(&log.attrs);
        service(batch, log);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn truncation_and_corruption_are_reported(
        sample in 0..6usize,
        start in 0.0..0.3f64,
        end in 0.3..1.0f64,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        removals in prop::collection::vec((any::<prop::sample::Index>(), 1..200usize), 0..3),
    ) {
        let sample = [NDJSON, PINO, LOGFMT, ERROR, LOGGED_ERROR, TRANSACTION][sample];
        let start = (sample.len() as f64 * start) as usize;
        let mut bytes = sample[start..(sample.len() as f64 * end) as usize].to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        for (place, len) in removals {
            let place = place.index(bytes.len());
            let end = (place + len).min(bytes.len());
            bytes.drain(place..end);
            bytes.push(b'}');
        }
        check(&bytes);
    }

    #[test]
    fn every_whole_line_is_a_record_or_listed(cut in 0..NDJSON.len()) {
        let (report, _) = import_bytes(&NDJSON[..cut]);
        let whole = NDJSON[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
        let rest = u64::from(cut > 0 && NDJSON[cut - 1] != b'\n');
        let said = report.counts.logs + report.problems.skipped_total;
        prop_assert!(report.outcome == Outcome::Failed || said == whole + rest, "{report:?}");
    }
}

/// Whole captures against their ground truth, where both are at hand; see `import_captures.rs`.
#[test]
#[ignore = "needs the whole captures: set HEADWATER_CAPTURES to their folder"]
fn captures_hold_what_their_manifest_says() {
    let folder = std::env::var("HEADWATER_CAPTURES").expect("HEADWATER_CAPTURES is set");
    let folder = Path::new(&folder);
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    for entry in manifest["files"].as_array().expect("a list of files") {
        let name = entry["file"].as_str().expect("a name");
        let bytes = std::fs::read(folder.join(name)).expect("a capture");
        let prefix = &bytes[..bytes.len().min(64 * 1024)];
        let known = FORMATS.iter().filter(|format| (format.sniff)(prefix));
        let known: Vec<_> = known.map(|format| format.id).collect();
        assert!(known.len() <= 1, "{name}: {known:?}");
        let is_logs = known.contains(&"ndjson-logs") || known.contains(&"logfmt");
        assert_eq!(is_logs, name.starts_with("logs/"), "{name}: {known:?}");
        if !name.starts_with("logs/") && !name.contains("/event-json/") {
            continue;
        }
        let mut sink = Memory::default();
        let report = import(&folder.join(name), &mut sink);
        let counts = report.counts;
        println!(
            "{name}: {} {counts:?} {:?}",
            report.format,
            severities(&sink)
        );
        for (what, found) in [
            ("traces", counts.traces),
            ("spans_total", counts.spans),
            ("logs", counts.logs),
            ("errors", counts.errors),
        ] {
            assert_eq!(
                entry["counts"][what].as_u64(),
                Some(found),
                "{name}: {what}"
            );
        }
        assert_eq!(report.problems, Default::default(), "{name}");
        if counts.logs == 0 {
            continue;
        }
        for (level, count) in entry["logs"]["by_level"].as_object().expect("levels") {
            let severity = match level.as_str() {
                "debug" => 5,
                "info" => 9,
                "warn" | "warning" => 13,
                _ => 17,
            };
            let found = severities(&sink).get(&severity).copied().unwrap_or(0) as u64;
            assert_eq!(count.as_u64(), Some(found), "{name}: {level}");
        }
        let linked = logs(&sink)
            .iter()
            .filter(|(_, log)| !log.trace.is_none())
            .count() as u64;
        assert_eq!(
            entry["logs"]["with_trace_id"].as_u64(),
            Some(linked),
            "{name}"
        );
    }
}
