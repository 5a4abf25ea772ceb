//! `headwater compare`, and what `headwater trace` says of groups: on a page before and after its loop became one query.

use crate::cli_support;
use crate::cli_support::{Program, assert_fields, nodes};
use serde_json::{Value, json};

const BEFORE: &str = "aaaaaa00000000000000000000000001";
const AFTER: &str = "bbbbbb00000000000000000000000002";
const START: u64 = 1_800_000_000_000_000_000;
const MS: u64 = 1_000_000;

/// A span as OTLP writes it; times in milliseconds from the trace's start.
fn span(
    trace: &str,
    id: u64,
    parent: u64,
    [start, end]: [u64; 2],
    name: &str,
    more: Value,
) -> Value {
    let parent = if parent == 0 {
        String::new()
    } else {
        format!("{parent:016x}")
    };
    json!({
        "traceId": trace,
        "spanId": format!("{id:016x}"),
        "parentSpanId": parent,
        "name": name,
        "kind": 1,
        "startTimeUnixNano": (START + start * MS).to_string(),
        "endTimeUnixNano": (START + end * MS).to_string(),
        "attributes": more,
    })
}

/// A page that makes a query of 10 ms and a call of 5 ms for each of so many items, one after the other.
fn page(trace: &str, items: u64) -> Vec<Value> {
    let mut spans = vec![span(
        trace,
        1,
        0,
        [0, items * 15 + 10],
        "GET /cart",
        json!([]),
    )];
    for item in 0..items {
        let start = 5 + item * 15;
        let text = format!("SELECT price FROM item WHERE id = {item}");
        let query = json!([
            { "key": "db.system", "value": { "stringValue": "postgresql" } },
            { "key": "db.statement", "value": { "stringValue": text } },
        ]);
        let (first, second) = (item * 2 + 10, item * 2 + 11);
        spans.push(span(trace, first, 1, [start, start + 10], "SELECT", query));
        let op = json!([{ "key": "sentry.op", "value": { "stringValue": "cache.get" } }]);
        spans.push(span(
            trace,
            second,
            1,
            [start + 10, start + 15],
            "GET stock",
            op,
        ));
    }
    spans
}

fn with_pages() -> Program {
    let program = Program::new();
    let spans = [page(BEFORE, 8), page(AFTER, 1)].concat();
    let service = json!([{ "key": "service.name", "value": { "stringValue": "shop" } }]);
    let file = json!({ "resourceSpans": [{
        "resource": { "attributes": service },
        "scopeSpans": [{ "spans": spans }],
    }] });
    let path = program.write("pages.json", file.to_string());
    program.ok(&["import", &path]);
    program
}

#[test]
fn two_traces_are_compared_step_by_step_and_in_words() {
    let program = with_pages();
    let found = &program.json(&["compare", "aaaaaa", "bbbbbb"])[0];
    assert_fields(found, "left right changes steps");
    assert_eq!(found["left"]["trace_id"], BEFORE);
    assert_eq!(
        (&found["left"]["span_count"], &found["right"]["span_count"]),
        (&json!(17), &json!(3))
    );
    let changes = found["changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 2, "{changes:?}");
    let first = &changes[0];
    assert_fields(
        first,
        "kind text step left_count right_count self_time_change_ns",
    );
    assert_eq!(
        (&first["kind"], &first["left_count"], &first["right_count"]),
        (&json!("count"), &json!(8), &json!(1))
    );
    assert_eq!(first["self_time_change_ns"], json!(-70_000_000));
    let text = first["text"].as_str().expect("a text");
    assert!(
        text.starts_with("8 → 1 × ") && text.ends_with("in shop, 70.0 ms less"),
        "{text}"
    );
    let steps = found["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 3);
    for step in steps {
        assert_fields(
            step,
            "service op description rest depth parent left right self_time_change_ns",
        );
    }
    assert_eq!(
        steps[1]["left"],
        json!({ "count": 8, "duration_ns": 80_000_000, "self_time_ns": 80_000_000 })
    );
    assert_eq!(
        (&steps[1]["depth"], &steps[1]["parent"]),
        (&json!(1), &json!(0))
    );
    let said = program.ok(&["compare", BEFORE, AFTER]);
    assert!(said.contains(text), "{said}");
    assert!(said.contains("GET /cart"), "{said}");
    let same = program.ok(&["compare", BEFORE, BEFORE]);
    assert!(same.contains("no difference that matters"), "{same}");
}

#[test]
fn a_trace_to_compare_must_be_there() {
    let program = with_pages();
    let answer = program.run(&["compare", BEFORE, "cccccc"]);
    assert_eq!(answer.status, 2);
    assert!(answer.err.contains("cccccc"), "{}", answer.err);
}

/// A store with three pages of two queries, five of them, and one.
fn with_many_pages() -> Program {
    let program = Program::new();
    let pages = [("1", 2), ("2", 2), ("3", 2), ("4", 5), ("5", 1)];
    let spans: Vec<Value> = pages
        .iter()
        .flat_map(|(name, items)| page(&name.repeat(32), *items))
        .collect();
    let service = json!([{ "key": "service.name", "value": { "stringValue": "shop" } }]);
    let file = json!({ "resourceSpans": [{
        "resource": { "attributes": service },
        "scopeSpans": [{ "spans": spans }],
    }] });
    let path = program.write("pages.json", file.to_string());
    program.ok(&["import", &path]);
    program
}

#[test]
fn a_trace_is_compared_with_the_median_of_those_like_it() {
    let program = with_many_pages();
    let found = &program.json(&["compare", "444444", "--median"])[0];
    let left =
        json!({ "trace_count": 4, "of_traces": 4, "duration_ns": 40_000_000, "span_count": 5 });
    assert_eq!(found["left"], left);
    assert_eq!(found["right"]["trace_id"], json!("4".repeat(32)));
    let first = &found["changes"][0];
    assert_eq!(
        (&first["left_count"], &first["right_count"]),
        (&json!(2), &json!(5))
    );
    assert_eq!(first["self_time_change_ns"], json!(30_000_000));
    let said = program.ok(&["compare", "444444", "--median"]);
    assert!(
        said.contains("left   the median of 4 traces  40.0 ms, 5 spans"),
        "{said}"
    );
    let lonely = with_pages();
    // The two pages are like each other, so each has one to compare with.
    lonely.ok(&["compare", BEFORE, "--median"]);
}

#[test]
fn two_searches_are_compared_by_their_medians() {
    let program = with_many_pages();
    let searches = ["compare", "--searches", "trace.spans:>4", "trace.spans:<4"];
    let found = &program.json(&searches)[0];
    assert_eq!(found["left"]["trace_count"], json!(4));
    assert_eq!(found["left"]["span_count"], json!(5));
    assert_eq!(found["right"]["trace_count"], json!(1));
    assert_eq!(found["changes"][0]["right_count"], json!(1));
    let none = program.run(&["compare", "--searches", "trace.spans:>4", "trace.spans:>99"]);
    assert_eq!(none.status, 2);
    assert!(none.err.contains("no trace fits"), "{}", none.err);
    assert_eq!(
        program.run(&["compare", "--searches", "a:(", "b:1"]).status,
        2
    );
    assert_eq!(program.run(&["compare", "444444"]).status, 2);
}

#[test]
fn repeats_are_a_group_with_figures() {
    let program = with_pages();
    let trace = &program.json(&["trace", BEFORE, "--repeats"])[0];
    let all = nodes(trace);
    let group = all
        .iter()
        .find(|node| node["kind"] == "repeats")
        .expect("a group");
    assert_fields(
        group,
        "count total_duration_ns span_ids segments motif_length rounds",
    );
    assert_fields(
        group,
        "share_of_trace share_of_critical_path slowest_span_id",
    );
    let expected = [
        ("count", json!(16)),
        ("motif_length", json!(2)),
        ("rounds", json!(8)),
        ("total_duration_ns", json!(120_000_000)),
        ("wall_duration_ns", json!(120_000_000)),
        ("critical_path_ns", json!(120_000_000)),
        ("p50_ns", json!(7_500_000)),
        ("p95_ns", json!(10_000_000)),
        ("distinct", json!(9)),
    ];
    for (field, value) in expected {
        assert_eq!(group[field], value, "{field}");
    }
    assert_eq!(group["children"].as_array().map(Vec::len), Some(16));
    let without = &program.json(&["trace", BEFORE])[0];
    assert!(nodes(without).iter().all(|node| node["kind"] != "repeats"));
    assert_eq!(
        without,
        &program.json(&["trace", BEFORE, "--no-repeats"])[0]
    );
    let text = program.ok(&["trace", BEFORE]);
    assert!(text.contains("8 × "), "{text}");
}

#[test]
fn two_releases_tell_what_changed_between_them() {
    let program = Program::new();
    let files = ["release-1.4.0.otlp.jsonl", "release-1.5.0.otlp.jsonl"];
    for file in files {
        program.ok(&["import", &cli_support::shop(file)]);
    }
    let compare = ["compare", "1.4.0", "1.5.0", "--releases"];
    let found = &program.json(&compare)[0];
    assert_fields(found, "left right issues endpoints");
    for (side, release) in [("left", "1.4.0"), ("right", "1.5.0")] {
        let query = format!("release:{release}");
        assert_eq!(found[side]["trace_count"], program.count("traces", &query));
        assert_eq!(found[side]["name"], release);
    }
    let issues = found["issues"].as_array().expect("issues");
    let repeats = issues.iter().find(|issue| issue["kind"] == "n_plus_one_db");
    let repeats = repeats.expect("the repeated query");
    assert_fields(
        repeats,
        "change kind title fingerprint left_count right_count left_per_thousand_traces chance left_trace_id",
    );
    assert_eq!(repeats["change"], "gone");
    assert_eq!(
        (&repeats["left_count"], &repeats["right_count"]),
        (&json!(4), &json!(0))
    );
    let traces = found["left"]["trace_count"].as_f64().expect("a count");
    assert_eq!(repeats["left_per_thousand_traces"], json!(4000.0 / traces));
    assert!(repeats["left_time_to_win_ns"].as_i64() > Some(0));
    assert_eq!(repeats["right_trace_id"], json!(null));

    // Each side of an endpoint is what the table of transactions says of it.
    let endpoints = found["endpoints"].as_array().expect("endpoints");
    assert!(
        endpoints
            .iter()
            .any(|endpoint| endpoint["transaction"] == "GET api/documents")
    );
    let rows = program.json(&["insights", "transactions", "release:1.4.0", "--limit", "0"]);
    for endpoint in endpoints
        .iter()
        .filter(|endpoint| endpoint["left_count"] != 0)
    {
        let is_it = |row: &&Value| {
            row["transaction"] == endpoint["transaction"] && row["service"] == endpoint["service"]
        };
        let rows: Vec<&Value> = rows.iter().filter(is_it).collect();
        if let [row] = rows[..]
            && row["count"] == endpoint["left_count"]
        {
            assert_eq!(row["p50"], endpoint["left_p50_ns"], "{endpoint}");
            assert_eq!(row["p95"], endpoint["left_p95_ns"], "{endpoint}");
        }
        let few = |side: &str| endpoint[side].as_u64() < Some(8);
        let is_told = !endpoint["chance"].is_null();
        assert_eq!(
            is_told,
            !few("left_count") && !few("right_count"),
            "{endpoint}"
        );
    }

    let imports = ["compare", files[0], files[1], "--imports"];
    let imports = &program.json(&imports)[0];
    let gone = |found: &Value| {
        let issues = found["issues"].as_array().expect("issues").iter();
        let gone = issues.filter(|issue| issue["change"] == "gone");
        gone.map(|issue| issue["fingerprint"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(gone(imports), gone(found));
    let markdown = program.ok(&[&compare[..], &["--markdown"]].concat());
    assert!(markdown.starts_with("## 1.4.0 → 1.5.0\n"), "{markdown}");
    assert!(markdown.contains("| N+1 query | gone |"), "{markdown}");
    assert!(
        markdown.contains("| To win before | After | By chance |"),
        "{markdown}"
    );
    assert!(!markdown.contains("/<int:pk>"), "no tag: {markdown}");
    let text = program.ok(&compare);
    assert!(
        text.contains("gone") && text.contains("n_plus_one_db"),
        "{text}"
    );

    // The same two sides the other way round turn the change around.
    let turned = &program.json(&["compare", "1.5.0", "1.4.0", "--releases"])[0];
    let issues = turned["issues"].as_array().expect("issues");
    let repeats = issues.iter().find(|issue| issue["kind"] == "n_plus_one_db");
    assert_eq!(repeats.map(|issue| &issue["change"]), Some(&json!("new")));

    for wrong in [
        &["compare", "1.4.0", "9.9", "--releases"][..],
        &["compare", "1.4.0", "nowhere.jsonl", "--imports"],
        &["compare", "1.4.0", "1.5.0", "--releases", "--imports"],
        &["compare", BEFORE, AFTER, "--markdown"],
    ] {
        assert_eq!(program.run(wrong).status, 2, "{wrong:?}");
    }
}
