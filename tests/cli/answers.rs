//! What the reading subcommands print: fields scripts depend on, searches, order, limits, ranges, most frequent values.

use crate::cli_support::{Program, assert_fields, data, lines, nodes, shop};
use serde_json::Value;
use std::collections::BTreeSet;

/// A trace of the samples with a group of 113 like siblings, 116 spans and one log record.
const REPEATED: &str = "76e68b2d8f46310341a48cf3b580c075";

fn texts(lines: &[Value], field: &str) -> Vec<String> {
    let text = |line: &Value| line[field].as_str().expect(field).to_owned();
    lines.iter().map(text).collect()
}

fn numbers(lines: &[Value], field: &str) -> Vec<i64> {
    let number = |line: &Value| line[field].as_i64().expect(field);
    lines.iter().map(number).collect()
}

/// One OTLP line with one span and one log record in the trace `id`.
fn small(id: &str, name: &str, value: &str) -> String {
    let start = 1_800_000_000_000_000_000_u64;
    let attributes = format!(r#"[{{"key":"note","value":{{"stringValue":{value}}}}}]"#);
    let span = format!(
        r#"{{"traceId":"{id}","spanId":"00000000000000a1","name":{name},"startTimeUnixNano":"{start}","endTimeUnixNano":"{}","attributes":{attributes}}}"#,
        start + 1_000
    );
    let log = format!(
        r#"{{"traceId":"{id}","spanId":"00000000000000a1","timeUnixNano":"{start}","body":{{"stringValue":{value}}},"attributes":{attributes}}}"#
    );
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}],"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{log}]}}]}}]}}"#
    ) + "\n"
}

#[test]
fn json_has_the_fields_that_scripts_depend_on() {
    let program = Program::new();
    let import = program.json(&["import", &shop("")]);
    for file in &import[..3] {
        assert_fields(
            file,
            "path format spans logs errors traces bytes duplicates",
        );
        assert_fields(file, "skipped skipped_total warnings seconds");
    }
    assert_eq!(import.len(), 4);
    assert_fields(
        &import[3]["total"],
        "spans logs errors traces bytes duplicates seconds",
    );
    for trace in program.json(&["traces"]) {
        assert_fields(
            &trace,
            "trace_id root_name root_op services start_ns duration_ns",
        );
        assert_fields(&trace, "span_count error_count log_count");
        assert!(
            trace["services"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        );
    }
    for span in program.json(&["spans"]) {
        assert_fields(
            &span,
            "trace_id span_id parent_span_id name op description service",
        );
        assert_fields(
            &span,
            "kind status start_ns duration_ns attributes resource events links",
        );
        assert!(span["attributes"].is_object() && span["events"].is_array());
    }
    for log in program.json(&["logs"]) {
        assert_fields(&log, "time_ns severity severity_number body template");
        assert_fields(&log, "trace_id span_id service attributes");
    }
}

#[test]
fn a_trace_is_a_tree_of_nodes_that_all_have_every_field() {
    let program = Program::with_shop();
    let trace = &program.json(&["trace", REPEATED])[0];
    assert_fields(
        trace,
        "trace_id start_ns duration_ns span_count nodes logs errors critical_path",
    );
    assert_eq!(trace["span_count"], 116);
    assert_eq!(trace["logs"].as_array().map(Vec::len), Some(1));
    for step in trace["critical_path"].as_array().expect("a path") {
        assert_fields(step, "span_id start_ns end_ns");
    }
    let node_fields = "kind span_id parent_span_id name op description service status start_ns \
                       duration_ns self_time_ns depth children";
    let mut spans = BTreeSet::new();
    for node in nodes(trace) {
        assert_fields(node, node_fields);
        for child in node["children"].as_array().expect("children") {
            assert_eq!(
                child["depth"].as_i64(),
                node["depth"].as_i64().map(|depth| depth + 1)
            );
        }
        match node["kind"].as_str() {
            Some("siblings") => {
                assert_fields(node, "count total_duration_ns span_ids segments");
                for segment in node["segments"].as_array().expect("segments") {
                    assert_fields(segment, "start_ns end_ns");
                }
            }
            Some("chain") => assert_fields(node, "count span_ids"),
            Some("span") => drop(spans.insert(node["span_id"].to_string())),
            _ => {}
        }
    }
    assert_eq!(spans.len(), 116, "every span once, those in groups too");
}

#[test]
fn raw_leaves_grouping_out_and_nothing_else() {
    let program = Program::with_shop();
    let raw = &program.json(&["trace", REPEATED, "--raw"])[0];
    let all = nodes(raw);
    assert_eq!(all.len(), 116);
    assert!(all.iter().all(|node| node["kind"] == "span"));
    let text = program.ok(&["trace", REPEATED, "--raw"]);
    assert_eq!(text.lines().count(), 1 + 116);
    let folded = program.ok(&["trace", REPEATED]);
    assert!(folded.contains("113 × db SELECT"), "{folded}");
    assert!(folded.lines().count() < 10, "{folded}");
}

#[test]
fn text_is_aligned_and_without_colour() {
    let program = Program::with_shop();
    for (what, columns) in [
        ("traces", "TRACE"),
        ("spans", "DURATION"),
        ("logs", "MESSAGE"),
    ] {
        let text = program.ok(&[what, "--limit", "7"]);
        assert_eq!(text.lines().count(), 8, "{text}");
        assert!(
            text.lines()
                .next()
                .is_some_and(|head| head.contains(columns))
        );
        assert!(!text.contains('\x1b'), "{text}");
        let starts: BTreeSet<usize> = text
            .lines()
            .skip(1)
            .map(|line| line.find("2026-").expect("a time in every row"))
            .collect();
        assert_eq!(starts.len(), 1, "times stand below each other:\n{text}");
    }
    let import = program.ok(&["import", &shop("")]);
    assert_eq!(import.matches("imported before").count(), 3, "{import}");
}

#[test]
fn names_cannot_talk_to_the_terminal() {
    let program = Program::new();
    let id = "0000000000000000000000000000abcd";
    let name = r#""\u001b[2Jgone\u202etxt\nsecond""#;
    let file = program.write("x.jsonl", small(id, name, name));
    program.ok(&["import", &file]);
    for args in [&["traces"][..], &["spans"], &["logs"], &["trace", id]] {
        let text = program.ok(args);
        assert!(
            text.contains("gone") && !text.contains(['\x1b', '\u{202e}']),
            "{text:?}"
        );
    }
    let name = program.json(&["spans"])[0]["name"].clone();
    assert_eq!(
        name, "\u{1b}[2Jgone\u{202e}txt\nsecond",
        "JSON keeps it as it was"
    );
}

#[test]
fn limits_cut_and_zero_means_all() {
    let program = Program::with_shop();
    for (what, all) in [("traces", 182), ("spans", 1512), ("logs", 226)] {
        let rows = |limit: &[&str]| program.json(&[&[what][..], limit].concat()).len();
        assert_eq!(rows(&[]), 100);
        assert_eq!(rows(&["--limit", "3"]), 3);
        assert_eq!(rows(&["--limit", "0"]), all);
        let count = program.json(&[what, "--count", "--limit", "3"]);
        assert_eq!(count, lines(&format!("{{\"count\":{all}}}")));
        // Without --json it is the same.
        assert_eq!(
            program.ok(&[what, "--count"]),
            format!("{{\"count\":{all}}}\n")
        );
    }
}

#[test]
fn lists_are_sorted_as_asked() {
    let program = Program::with_shop();
    let sorted = |what: &str, by: &str, field: &str| {
        let found = numbers(&program.json(&[what, "--sort", by, "--limit", "0"]), field);
        let mut expected = found.clone();
        expected.sort_unstable();
        if by.starts_with('-') {
            expected.reverse();
        }
        assert_eq!(found, expected, "{what} by {by}");
    };
    for (by, field) in [
        ("start", "start_ns"),
        ("duration", "duration_ns"),
        ("spans", "span_count"),
        ("errors", "error_count"),
        ("logs", "log_count"),
    ] {
        sorted("traces", by, field);
        sorted("traces", &format!("-{by}"), field);
    }
    sorted("spans", "time", "start_ns");
    sorted("spans", "-time", "start_ns");
    sorted("spans", "duration", "duration_ns");
    sorted("spans", "-duration", "duration_ns");
    sorted("logs", "time", "time_ns");
    sorted("logs", "-time", "time_ns");
    for (by, field) in [("name", "root_name"), ("service", "root_service")] {
        let found = texts(
            &program.json(&["traces", "--sort", by, "--limit", "0"]),
            field,
        );
        assert!(
            found.is_sorted_by_key(|name| name.to_lowercase()) || found.is_sorted(),
            "{found:?}"
        );
    }
    let newest = numbers(&program.json(&["traces"]), "start_ns");
    assert!(
        newest.is_sorted_by(|a, b| a >= b),
        "newest first unless asked"
    );
}

#[test]
fn ranges_take_every_writing_of_a_time_and_end_before_their_end() {
    let program = Program::with_shop();
    let times = numbers(&program.json(&["logs", "--limit", "0"]), "time_ns");
    let (from, to) = (times[50], times[150]);
    let expected = times
        .iter()
        .filter(|time| (from..to).contains(time))
        .count();
    let rows = |from: &str, to: &str| {
        program
            .json(&["logs", "--limit", "0", "--from", from, "--to", to])
            .len()
    };
    assert_eq!(rows(&from.to_string(), &to.to_string()), expected);
    let seconds = 1_795_243_600_i64;
    let late = times
        .iter()
        .filter(|time| **time >= seconds * 1_000_000_000)
        .count();
    for from in [
        "2026-11-21T06:46:40Z",
        "1795243600",
        "1795243600000",
        "2026-11-21T07:46:40+01:00",
    ] {
        let found = program
            .json(&["logs", "--limit", "0", "--from", from])
            .len();
        assert_eq!(found, late, "{from}");
    }
    assert_eq!(rows(&to.to_string(), &to.to_string()), 0);
    let before = program.json(&["traces", "--count", "--to", "1795243600"]);
    let after = program.json(&["traces", "--count", "--from", "1795243600"]);
    let sum = numbers(&[before[0].clone(), after[0].clone()], "count")
        .iter()
        .sum::<i64>();
    // A trace with spans on both sides counts on both.
    assert!((182..190).contains(&sum), "{sum}");
}

#[test]
fn the_most_frequent_values_come_first_and_add_up() {
    let program = Program::with_shop();
    let asked = [
        ("spans", "service", 1512),
        ("spans", "import", 1512),
        ("logs", "level", 226),
    ];
    for (what, key, all) in asked {
        let values = program.json(&[what, "--facet", key]);
        assert!(values.iter().all(|line| line["key"] == key));
        let counts = numbers(&values, "count");
        assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
        assert_eq!(counts.iter().sum::<i64>(), all);
        assert_eq!(
            program.json(&[what, "--facet", key, "--limit", "2"]).len(),
            2
        );
        for line in &values {
            let value = line["value"].as_str().expect("a text");
            let found = program.count(what, &format!("{key}:{value}"));
            assert_eq!(Some(found), line["count"].as_u64(), "{key}:{value}");
        }
    }
    let unknown = program.run(&["spans", "--facet", "no.such.key"]);
    assert_eq!(
        (unknown.status, &*unknown.err),
        (0, "no span has \"no.such.key\"\n")
    );
    for asked in [["--facet", "issue"], ["--group-by", "issue"]] {
        let issue = program.run(&["spans", asked[0], asked[1]]);
        assert!(
            issue
                .err
                .starts_with("\"issue\" can be searched for but not counted")
        );
    }
    // It is known, but not of what is found.
    assert_eq!(
        program
            .json(&["spans", "op:no.such", "--facet", "op"])
            .len(),
        0
    );
    let text = program.ok(&["logs", "--facet", "level"]);
    assert!(
        text.lines()
            .next()
            .is_some_and(|head| head.contains("COUNT")),
        "{text}"
    );
}

#[test]
fn searches_negate_match_and_quote() {
    let program = Program::with_shop();
    let spans = |query: &str| program.count("spans", query);
    let all = spans("");
    for term in [
        "op:db",
        "op:http.*",
        "description:\"*FROM *documents_contact*\"",
        "duration:>10ms",
    ] {
        let (with, without) = (spans(term), spans(&format!("!{term}")));
        assert!(with > 0 && without > 0, "{term}: {with} and {without}");
        assert_eq!(with + without, all, "{term}");
    }
    assert_eq!(
        spans("op:[db,http.client]"),
        spans("op:db") + spans("op:http.client")
    );
    assert_eq!(
        spans("op:db OR op:http.client"),
        spans("op:[db,http.client]")
    );
    assert_eq!(spans("op:db op:http.client"), 0);
    let logs = |query: &str| program.count("logs", query);
    let bodies = texts(&program.json(&["logs", "--limit", "0"]), "body");
    let with = |text: &str| bodies.iter().filter(|body| body.contains(text)).count() as u64;
    assert_eq!(logs("\"session checked\""), with("session checked"));
    assert_eq!(logs("!\"session checked\""), 226 - with("session checked"));
    assert!(with("session checked") > 0);
    // Words of their own are each looked for, as separate arguments too.
    let apart = program.json(&["logs", "checked", "session", "--count"]);
    assert_eq!(apart[0]["count"].as_u64(), Some(with("session checked")));
    assert_eq!(logs("no-such-word-anywhere"), 0);
}

#[test]
fn a_trace_is_named_by_any_writing_of_its_first_digits() {
    let program = Program::with_shop();
    let whole = program.ok(&["trace", REPEATED]);
    for name in [
        &REPEATED[..6],
        &REPEATED[..31],
        &REPEATED.to_uppercase(),
        "76e68b2d-8f46-3103-41a4-8cf3b580c075",
        "76e68b2d-8f46",
    ] {
        assert_eq!(program.ok(&["trace", name]), whole, "{name}");
    }
}

#[test]
fn attributes_keep_their_type() {
    let program = Program::new();
    let attribute = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{value}}}"#);
    let attributes = [
        attribute("text", r#"{"stringValue":"7"}"#),
        attribute("whole", r#"{"intValue":"9007199254740993"}"#),
        attribute("part", r#"{"doubleValue":0.5}"#),
        attribute("yes", r#"{"boolValue":true}"#),
        attribute(
            "list",
            r#"{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"b"}]}}"#,
        ),
    ]
    .join(",");
    let file = program.write(
        "x.jsonl",
        format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0000000000000000000000000000abcd","spanId":"00000000000000a1","name":"n","startTimeUnixNano":"5","endTimeUnixNano":"9","attributes":[{attributes}]}}]}}]}}]}}"#
        ),
    );
    program.ok(&["import", &file]);
    let span = &program.json(&["spans"])[0];
    let expected = serde_json::json!({
        "text": "7", "whole": 9_007_199_254_740_993_i64, "part": 0.5, "yes": true, "list": [1, "b"],
    });
    assert_eq!(span["attributes"], expected);
    assert_eq!(
        (&span["start_ns"], &span["duration_ns"]),
        (&5.into(), &4.into())
    );
}

#[test]
fn standard_input_is_a_file_too() {
    let program = Program::new();
    let bytes = std::fs::read(shop("release-1.5.0.otlp.jsonl")).expect("a sample");
    let answer = program.run_with_input(&["import", "-", "--json"], &bytes);
    assert_eq!(answer.status, 0, "{}", answer.err);
    let line = &answer.json()[0];
    assert_eq!(
        (&line["spans"], &line["format"]),
        (&282.into(), &"otlp-json".into())
    );
    assert_eq!(program.count("traces", ""), 71);
    // The same again is recognised span by span and error by error; log records have no id to know them by.
    let again = program.run_with_input(&["import", "-", "--json"], &bytes);
    let line = &again.json()[0];
    assert_eq!(
        (&line["spans"], &line["duplicates"]),
        (&0.into(), &(282 + 6).into())
    );
    assert_eq!(
        (program.count("spans", ""), program.count("traces", "")),
        (282, 71)
    );
}

#[test]
fn a_file_of_something_else_is_noted_in_words() {
    let program = Program::new();
    let line = &program.json(&["import", &data("sessions-aggregate.envelope")])[0];
    let note = line["warnings"][0].as_str().expect("a note");
    assert!(note.contains("sessions"), "{note}");
    let text = program.ok(&["import", &data("otel-b-metrics.jsonl")]);
    assert!(
        text.contains("note: ") && text.contains("Metrics"),
        "{text}"
    );
}

#[test]
fn relative_times_count_from_the_last_record_or_from_a_given_now() {
    let program = Program::new();
    let text = small(&"1".repeat(32), "\"one\"", "\"two\"");
    program.json(&["import", &program.write("small.jsonl", text)]);
    let count = |arguments: &[&str]| {
        let arguments = [&["logs", "--count"], arguments].concat();
        program.json(&arguments)[0]["count"].as_i64()
    };
    // The only record is of 2027-01-15T08:00:00Z.
    assert_eq!(count(&["time:-1h"]), Some(1));
    assert_eq!(
        count(&["time:-1h", "--now", "2027-01-15T09:30:00Z"]),
        Some(0)
    );
    assert_eq!(
        count(&["time:+1h", "--now", "2027-01-15T09:30:00Z"]),
        Some(1)
    );
    assert_eq!(count(&["time:2027-01-15"]), Some(1));
}
