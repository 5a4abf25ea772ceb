//! The sample captures, counted twice: here by the program, and once by hand.
//!
//! The expected numbers come from a separate script that read the files as plain JSON (OTLP: objects under
//! `resourceSpans` and `resourceLogs`; Sentry: transactions with their `spans`, `log` items, `event` items) and never
//! saw this program. A repeated query there is a run of at least 20 spans of one parent, ordered by start, with the same
//! statement text.

use crate::cli_support::{Program, nodes, shop};
use serde_json::Value;
use std::collections::BTreeMap;

const BEFORE: &str = "release-1.4.0.otlp.jsonl";
const AFTER: &str = "release-1.5.0.otlp.jsonl";
const SENTRY: &str = "release-1.4.0.sentry.envelopes";

fn counts(line: &Value) -> [u64; 4] {
    ["traces", "spans", "logs", "errors"].map(|what| line[what].as_u64().expect(what))
}

fn facet(program: &Program, what: &str, key: &str) -> BTreeMap<String, u64> {
    let values = program.json(&[what, "--facet", key]);
    let pair = |line: &Value| {
        assert_eq!(line["key"], key);
        let value = line["value"].as_str().expect("a text").to_owned();
        (value, line["count"].as_u64().expect("a count"))
    };
    values.iter().map(pair).collect()
}

fn map(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    let own = |(name, count): &(&str, u64)| ((*name).to_owned(), *count);
    pairs.iter().map(own).collect()
}

/// For each length of a group of like siblings: in how many traces it is.
fn groups(program: &Program) -> BTreeMap<u64, u64> {
    let mut found = BTreeMap::new();
    for trace in program.json(&["traces", "--limit", "0"]) {
        let id = trace["trace_id"].as_str().expect("an id");
        let trace = &program.json(&["trace", id])[0];
        for node in nodes(trace) {
            if node["kind"] == "siblings" {
                let length = node["count"].as_u64().expect("a count");
                *found.entry(length).or_insert(0) += 1;
            }
        }
    }
    found
}

#[test]
fn each_file_and_all_together_hold_what_was_counted() {
    let program = Program::new();
    let lines = program.json(&["import", &shop("")]);
    let found: Vec<(&str, [u64; 4])> = lines[..3]
        .iter()
        .map(|line| {
            assert_eq!(line["skipped_total"], 0);
            assert_eq!(line["duplicates"], 0);
            (line["format"].as_str().expect("a format"), counts(line))
        })
        .collect();
    let expected = [
        ("otlp-json", [56, 677, 61, 8]),
        ("sentry-envelope", [55, 553, 89, 12]),
        ("otlp-json", [71, 282, 76, 6]),
    ];
    assert_eq!(found, expected);
    assert_eq!(counts(&lines[3]["total"]), [182, 1512, 226, 26]);
    assert_eq!(program.count("traces", ""), 182);
    assert_eq!(program.count("spans", ""), 1512);
    assert_eq!(program.count("logs", ""), 226);
    let again = program.json(&["import", &shop("")]);
    assert_eq!(counts(&again[3]["total"]), [0; 4]);
    assert_eq!(program.count("spans", ""), 1512);
}

#[test]
fn the_fix_release_has_no_repeated_query_left() {
    let before = Program::new();
    before.ok(&["import", &shop(BEFORE)]);
    assert_eq!(groups(&before), BTreeMap::from([(113, 4)]));
    let after = Program::new();
    after.ok(&["import", &shop(AFTER)]);
    assert_eq!(groups(&after), BTreeMap::new());
    let sentry = Program::new();
    sentry.ok(&["import", &shop(SENTRY)]);
    assert_eq!(groups(&sentry), BTreeMap::from([(113, 2)]));
}

#[test]
fn the_repeated_query_is_told_in_full() {
    let program = Program::with_shop();
    let trace = &program.json(&["trace", "76e68b2d8f46310341a48cf3b580c075"])[0];
    let group = nodes(trace)
        .into_iter()
        .find(|node| node["kind"] == "siblings")
        .expect("a group");
    assert_eq!(group["parent_span_id"], "6f13ae79de801b2b");
    assert_eq!(group["count"], 113);
    assert_eq!(group["op"], "db");
    let text = group["description"].as_str().expect("a text");
    let start = r#"SELECT "documents_contact"."id", "documents_contact"."name""#;
    assert!(text.starts_with(start), "{text}");
    let members = group["children"].as_array().expect("members");
    let ids: Vec<&Value> = members.iter().map(|member| &member["span_id"]).collect();
    assert_eq!(
        ids,
        group["span_ids"]
            .as_array()
            .expect("ids")
            .iter()
            .collect::<Vec<_>>()
    );
    let sum: i64 = members
        .iter()
        .filter_map(|member| member["duration_ns"].as_i64())
        .sum();
    assert_eq!(group["total_duration_ns"], sum);
    assert_eq!(trace["span_count"], 116);
}

#[test]
fn services_levels_and_releases_are_those_of_the_files() {
    let program = Program::new();
    program.ok(&["import", &shop(BEFORE), &shop(AFTER)]);
    assert_eq!(
        facet(&program, "spans", "service"),
        map(&[
            ("shop-api", 816),
            ("edge-gateway", 113),
            ("shop-worker", 30)
        ])
    );
    assert_eq!(
        facet(&program, "logs", "level"),
        map(&[("info", 101), ("error", 30), ("warn", 6)])
    );
    assert_eq!(program.count("spans", "release:1.4.0"), 677);
    assert_eq!(program.count("spans", "release:1.5.0"), 282);
    assert_eq!(program.count("spans", "status:error"), 28);
    assert_eq!(program.count("spans", "kind:server"), 65 + 81);
    let sentry = Program::new();
    sentry.ok(&["import", &shop(SENTRY)]);
    // A transaction's service is the machine that reports it.
    assert_eq!(
        facet(&sentry, "spans", "service"),
        map(&[("web-1", 362), ("worker-1", 110), ("edge-1", 81)])
    );
    assert_eq!(
        facet(&sentry, "logs", "level"),
        map(&[("info", 59), ("error", 11), ("warn", 11), ("debug", 8)])
    );
    assert_eq!(sentry.count("spans", "op:db"), 288);
    assert_eq!(sentry.count("spans", "op:http.server"), 57);
    assert_eq!(sentry.count("spans", "op:queue.process"), 33);
    // Workers of the next release ran already.
    assert_eq!(sentry.count("spans", "release:1.5.0"), 29);
    assert_eq!(sentry.count("spans", "release:1.4.0"), 524);
}

#[test]
fn logs_lie_at_their_spans() {
    for (file, with_span, traces_with_both) in [(BEFORE, 50, 40), (AFTER, 70, 54), (SENTRY, 89, 47)]
    {
        let program = Program::new();
        program.ok(&["import", &shop(file)]);
        let logs = program.json(&["logs", "--limit", "0"]);
        let linked = logs.iter().filter(|log| !log["span_id"].is_null());
        assert_eq!(linked.count(), with_span, "{file}");
        let traces = program.json(&["traces", "--limit", "0"]);
        let positive = |trace: &Value, what: &str| trace[what].as_u64().is_some_and(|n| n > 0);
        let both = traces
            .iter()
            .filter(|trace| positive(trace, "span_count") && positive(trace, "log_count"));
        assert_eq!(both.count(), traces_with_both, "{file}");
    }
}

#[test]
fn errors_lie_at_their_traces() {
    for (file, errors) in [(BEFORE, 8), (AFTER, 6), (SENTRY, 12)] {
        let program = Program::new();
        program.ok(&["import", &shop(file)]);
        let mut found = 0;
        for trace in program.json(&["traces", "--limit", "0"]) {
            let id = trace["trace_id"].as_str().expect("an id");
            let whole = &program.json(&["trace", id])[0];
            found += whole["errors"].as_array().expect("errors").len();
        }
        assert_eq!(found, errors, "{file}");
    }
}
