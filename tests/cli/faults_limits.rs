//! Records that run into a limit or make no sense: what is kept of them, and what the report says.

use crate::cli_support::Program;
use serde_json::Value;

/// A document of spans with these members each.
fn document(spans: &[String]) -> String {
    let spans: Vec<String> = spans
        .iter()
        .map(|members| format!("{{{members}}}"))
        .collect();
    let spans = spans.join(",");
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}

fn span(id: u64, name: &str, times: [&str; 2], attributes: &str) -> String {
    let [start, end] = times;
    format!(
        r#""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"{id:016x}","name":"{name}","startTimeUnixNano":"{start}","endTimeUnixNano":"{end}","attributes":[{attributes}]"#
    )
}

const TIMES: [&str; 2] = ["1795243582719579000", "1795243582809579000"];

fn import(program: &Program, text: &str) -> Value {
    let path = program.write("x.json", text);
    let answer = program.run(&["import", "--json", &path]);
    assert_eq!(answer.err, "");
    answer.json().remove(0)
}

fn attribute(key: &str, value: &str) -> String {
    format!(r#"{{"key":"{key}","value":{value}}}"#)
}

/// The remarks of a report that hold a word, with how often they occurred.
fn times(report: &Value, kind: &str, word: &str) -> u64 {
    let remarks = report[kind].as_array().expect("a list of remarks");
    let said = |remark: &&Value| {
        remark["text"]
            .as_str()
            .is_some_and(|text| text.contains(word))
    };
    remarks
        .iter()
        .filter(said)
        .filter_map(|remark| remark["times"].as_u64())
        .sum()
}

#[test]
fn attributes_beyond_the_limit_are_counted() {
    let program = Program::new();
    let int = |at: usize| attribute(&format!("key.{at}"), r#"{"intValue":1}"#);
    let attributes: Vec<String> = (0..5_000).map(int).collect();
    let report = import(
        &program,
        &document(&[span(1, "many", TIMES, &attributes.join(","))]),
    );
    assert_eq!(
        times(&report, "repaired", "4096"),
        5_000 - 4_096,
        "{report}"
    );
    assert_eq!(program.count("spans", "has:key.4095"), 1);
    assert_eq!(program.count("spans", "has:key.4096"), 0);
}

#[test]
fn a_value_beyond_the_limit_is_cut_with_a_mark() {
    let program = Program::new();
    let value = format!(r#"{{"stringValue":"{}"}}"#, "é".repeat(700_000));
    let report = import(
        &program,
        &document(&[span(1, "long", TIMES, &attribute("text", &value))]),
    );
    assert_eq!(times(&report, "repaired", "1 MiB"), 1, "{report}");
    let found = program.json(&["spans", "name:long"]);
    let kept = found[0]["attributes"]["text"].as_str().expect("it is text");
    assert!(
        kept.ends_with("é…") && kept.len() <= (1 << 20) + 3,
        "{}",
        kept.len()
    );
}

#[test]
fn of_a_name_that_stands_twice_the_first_value_counts_and_the_report_says_so() {
    let program = Program::new();
    let twice = [
        attribute("k", r#"{"intValue":1}"#),
        attribute("k", r#"{"intValue":2}"#),
        attribute("same", r#"{"intValue":7}"#),
        attribute("same", r#"{"intValue":7}"#),
    ];
    let report = import(
        &program,
        &document(&[span(1, "twice", TIMES, &twice.join(","))]),
    );
    assert_eq!(times(&report, "repaired", "twice"), 1, "{report}");
    assert_eq!(program.count("spans", "k:1"), 1);
    assert_eq!(program.count("spans", "k:2"), 0);
    assert_eq!(program.count("spans", "same:7"), 1);
}

#[test]
fn absurd_times_are_listed_or_shown_as_they_are() {
    let program = Program::new();
    let year_2262 = "9223372036854775807";
    let spans = [
        span(1, "beyond", ["18446744073709551615", "5"], ""),
        span(2, "before", ["-5", year_2262], ""),
        span(3, "longest", ["1", year_2262], ""),
        span(4, "backwards", [TIMES[1], TIMES[0]], ""),
        span(5, "unfinished", [TIMES[0], "0"], ""),
        span(6, "startless", ["0", TIMES[0]], ""),
        span(7, "text", ["soon", "later"], ""),
    ];
    let report = import(&program, &document(&spans));
    assert_eq!(report["spans"], 4, "{report}");
    assert_eq!(report["skipped_total"], 3, "{report}");
    for word in ["end before they start", "end", "start"] {
        assert!(times(&report, "repaired", word) > 0, "{word}: {report}");
    }
    let longest = &program.json(&["spans", "name:longest"])[0];
    assert_eq!(longest["duration_ns"], i64::MAX - 1);
    for name in ["backwards", "unfinished", "startless"] {
        let span = &program.json(&["spans", &format!("name:{name}")])[0];
        assert_eq!(span["duration_ns"], 0, "{name}");
        assert_ne!(span["start_ns"], 0, "{name}");
    }
    let trace = program.run(&["trace", "0af7651916cd43dd8448eb211c80319c"]);
    assert_eq!(trace.status, 0, "{}", trace.err);
}

#[test]
fn spans_that_share_an_id_are_both_kept_and_equal_ones_are_merged() {
    let program = Program::new();
    let spans = [
        span(1, "one", TIMES, ""),
        span(1, "other", TIMES, ""),
        span(1, "one", TIMES, ""),
        // Its own parent.
        format!(
            r#"{},"parentSpanId":"0000000000000002""#,
            span(2, "self", TIMES, "")
        ),
        // Each other's parents.
        format!(
            r#"{},"parentSpanId":"0000000000000004""#,
            span(3, "ring", TIMES, "")
        ),
        format!(
            r#"{},"parentSpanId":"0000000000000003""#,
            span(4, "ring", TIMES, "")
        ),
    ];
    let report = import(&program, &document(&spans));
    assert_eq!(
        (&report["spans"], &report["duplicates"]),
        (&5.into(), &1.into())
    );
    let trace = &program.json(&["trace", "0af7651916cd43dd8448eb211c80319c"])[0];
    assert_eq!(trace["span_count"], 5);
    let shown = program
        .run(&["trace", "0af7651916cd43dd8448eb211c80319c", "--raw"])
        .out;
    for name in ["one", "other", "self", "ring"] {
        assert!(shown.contains(name), "{name}: {shown}");
    }
}
