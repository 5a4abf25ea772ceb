//! `--group-by`, `--agg`, `--every` and `--cursor`: against arithmetic on the sample files read as plain JSON.

use crate::cli_support::{Program, shop};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A span as it stands in the file.
struct Raw {
    service: String,
    route: Option<String>,
    start: i64,
    duration: i64,
    failed: bool,
    trace: String,
}

/// The value of an attribute in OTLP's list of them.
fn attribute(list: &Value, key: &str) -> Option<String> {
    let all = list.as_array()?;
    let found = all.iter().find(|one| one["key"] == key)?;
    Some(found["value"]["stringValue"].as_str()?.to_owned())
}

fn raw_spans(file: &str) -> Vec<Raw> {
    let text = std::fs::read_to_string(shop(file)).expect("a sample");
    let mut spans = Vec::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        for resource in line["resourceSpans"].as_array().into_iter().flatten() {
            let service = attribute(&resource["resource"]["attributes"], "service.name");
            for scope in resource["scopeSpans"].as_array().into_iter().flatten() {
                for span in scope["spans"].as_array().into_iter().flatten() {
                    let nanos = |field: &str| -> i64 {
                        span[field]
                            .as_str()
                            .expect(field)
                            .parse()
                            .expect("a number")
                    };
                    let start = nanos("startTimeUnixNano");
                    spans.push(Raw {
                        service: service.clone().expect("a service"),
                        route: attribute(&span["attributes"], "http.route"),
                        start,
                        duration: nanos("endTimeUnixNano") - start,
                        failed: span["status"]["code"] == 2,
                        trace: span["traceId"].as_str().expect("an id").to_owned(),
                    });
                }
            }
        }
    }
    spans
}

const FILE: &str = "release-1.4.0.otlp.jsonl";

fn with_file() -> (Program, Vec<Raw>) {
    let program = Program::new();
    let line = &program.json(&["import", &shop(FILE)])[0];
    assert_eq!(
        (&line["duplicates"], &line["skipped_total"]),
        (&0.into(), &0.into())
    );
    let spans = raw_spans(FILE);
    assert_eq!(line["spans"].as_u64(), Some(spans.len() as u64));
    (program, spans)
}

fn percentile(durations: &[i64], share: f64) -> f64 {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() - 1) as f64 * share;
    let (low, high) = (
        sorted[rank.floor() as usize] as f64,
        sorted[rank.ceil() as usize] as f64,
    );
    low + (high - low) * (rank - rank.floor())
}

fn number(line: &Value, field: &str) -> f64 {
    line[field]
        .as_f64()
        .unwrap_or_else(|| panic!("no {field} in {line}"))
}

fn assert_close(found: f64, expected: f64, what: &str) {
    let error = (found - expected).abs();
    assert!(
        error <= 1e-9 * expected.abs().max(1.0),
        "{what}: {found}, not {expected}"
    );
}

const AGGREGATES: &str = "count(),sum(span.duration),avg(span.duration),min(span.duration),p50(span.duration),\
                          p95(span.duration),max(span.duration),failure_rate(),failure_count(),count_unique(trace_id),\
                          epm(),apdex(20)";

/// Checks a line of aggregates against the spans it is about.
fn assert_aggregates(line: &Value, spans: &[&Raw], minutes: f64) {
    let durations: Vec<i64> = spans.iter().map(|span| span.duration).collect();
    let count = spans.len() as f64;
    let sum = durations.iter().sum::<i64>() as f64;
    let failed = spans.iter().filter(|span| span.failed).count() as f64;
    let traces: BTreeSet<&str> = spans.iter().map(|span| span.trace.as_str()).collect();
    let within = |most: i64| durations.iter().filter(|own| **own <= most).count() as f64;
    let apdex = (within(20_000_000) + within(80_000_000)) / 2.0 / count;
    for (field, expected) in [
        ("count()", count),
        ("sum(span.duration)", sum),
        ("avg(span.duration)", sum / count),
        ("min(span.duration)", percentile(&durations, 0.0)),
        ("p50(span.duration)", percentile(&durations, 0.5)),
        ("p95(span.duration)", percentile(&durations, 0.95)),
        ("max(span.duration)", percentile(&durations, 1.0)),
        ("failure_rate()", failed / count),
        ("failure_count()", failed),
        ("count_unique(trace_id)", traces.len() as f64),
        ("epm()", count / minutes),
        ("apdex(20)", apdex),
    ] {
        assert_close(number(line, field), expected, field);
    }
}

/// From the first start to the last, in minutes.
fn minutes(spans: &[Raw]) -> f64 {
    let starts = || spans.iter().map(|span| span.start);
    (starts().max().unwrap_or(0) - starts().min().unwrap_or(0)) as f64 / 60e9
}

#[test]
fn groups_are_what_the_file_says() {
    let (program, spans) = with_file();
    let mut groups: BTreeMap<(&str, Option<&str>), Vec<&Raw>> = BTreeMap::new();
    for span in &spans {
        let key = (span.service.as_str(), span.route.as_deref());
        groups.entry(key).or_default().push(span);
    }
    let asked = [
        "spans",
        "--group-by",
        "service,http.route",
        "--agg",
        AGGREGATES,
        "--limit",
        "0",
    ];
    let found = program.all_json(&asked);
    assert_eq!(found.len(), groups.len());
    assert!(
        groups.keys().any(|(_, route)| route.is_none()),
        "the sample has a group without"
    );
    let mut share = 0.0;
    for line in &found {
        let service = line["group"]["service"].as_str().expect("a service");
        let own = &groups[&(service, line["group"]["http.route"].as_str())];
        assert_aggregates(line, own, minutes(&spans));
        assert_close(
            number(line, "share"),
            own.len() as f64 / spans.len() as f64,
            "share",
        );
        share += number(line, "share");
    }
    assert_close(share, 1.0, "all shares");
    let counts: Vec<f64> = found.iter().map(|line| number(line, "count()")).collect();
    assert!(
        counts.is_sorted_by(|left, right| left >= right),
        "{counts:?}"
    );
}

#[test]
fn without_keys_there_is_one_line_also_of_nothing() {
    let (program, spans) = with_file();
    let found = program.all_json(&["spans", "--agg", AGGREGATES]);
    assert_eq!(found.len(), 1);
    let all: Vec<&Raw> = spans.iter().collect();
    assert_aggregates(&found[0], &all, minutes(&spans));
    assert_eq!(found[0]["group"], serde_json::json!({}));
    let none = program.all_json(&[
        "spans",
        "name:no-such-name",
        "--agg",
        "count(),p95(span.duration),sum(x),epm()",
    ]);
    let expected = serde_json::json!({
        "group": {}, "count()": 0, "p95(span.duration)": null, "sum(x)": 0, "epm()": null, "share": 0.0,
    });
    assert_eq!(none, [expected]);
    let none = program.all_json(&["spans", "name:no-such-name", "--group-by", "service"]);
    assert_eq!(none.len(), 0);
}

#[test]
fn rates_refer_to_the_range_that_is_asked_for() {
    let (program, spans) = with_file();
    let middle = {
        let mut starts: Vec<i64> = spans.iter().map(|span| span.start).collect();
        starts.sort_unstable();
        starts[starts.len() / 2]
    };
    let (from, to) = (middle - 5_000_000_000, middle + 5_000_000_000);
    let inside = spans
        .iter()
        .filter(|span| (from..to).contains(&span.start))
        .count();
    assert!((1..spans.len()).contains(&inside));
    let (from, to) = (from.to_string(), to.to_string());
    let found = program.all_json(&[
        "spans",
        "--agg",
        "epm(),eps()",
        "--from",
        &from,
        "--to",
        &to,
    ]);
    assert_close(number(&found[0], "epm()"), inside as f64 * 6.0, "epm");
    assert_close(number(&found[0], "eps()"), inside as f64 / 10.0, "eps");
}

#[test]
fn groups_over_time_add_up() {
    let (program, spans) = with_file();
    let asked = [
        "spans",
        "--group-by",
        "service",
        "--agg",
        "count(),p95(span.duration)",
        "--every",
        "10s",
        "--limit",
        "2",
    ];
    let found = program.all_json(&asked);
    let mut counts: BTreeMap<&str, Vec<&Raw>> = BTreeMap::new();
    spans
        .iter()
        .for_each(|span| counts.entry(&span.service).or_default().push(span));
    let mut first: Vec<(&str, usize)> = counts
        .iter()
        .map(|(name, own)| (*name, own.len()))
        .collect();
    first.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let lines: BTreeSet<&str> = first[..2].iter().map(|(name, _)| *name).collect();
    const STEP: i64 = 10_000_000_000;
    let mut total = 0.0;
    for point in &found {
        let start = point["time_ns"].as_i64().expect("a time");
        assert_eq!(start % STEP, 0);
        let service = point["group"]["service"].as_str();
        let here: Vec<i64> = spans
            .iter()
            .filter(|span| (start..start + STEP).contains(&span.start))
            .filter(|span| {
                service.map_or(!lines.contains(&*span.service), |name| name == span.service)
            })
            .map(|span| span.duration)
            .collect();
        assert_eq!(
            point["count()"].as_u64(),
            Some(here.len() as u64),
            "{point}"
        );
        match service {
            None => assert!(point["others"] == true && point.get("p95(span.duration)").is_none()),
            Some(name) => {
                assert!(lines.contains(name));
                match here.is_empty() {
                    true => assert!(point["p95(span.duration)"].is_null()),
                    false => assert_close(
                        number(point, "p95(span.duration)"),
                        percentile(&here, 0.95),
                        "p95",
                    ),
                }
            }
        }
        total += number(point, "count()");
    }
    assert_eq!(total, spans.len() as f64);
    let text = program.ok(&asked);
    assert!(
        text.contains("(others)") && text.lines().count() == found.len() + 1,
        "{text}"
    );
}

#[test]
fn traces_are_grouped_by_their_roots() {
    let program = Program::with_shop();
    let traces = program.json(&["traces", "--limit", "0"]);
    let mut expected: BTreeMap<Option<&str>, Vec<&Value>> = BTreeMap::new();
    for trace in &traces {
        let name = trace["root_name"].as_str().filter(|name| !name.is_empty());
        expected.entry(name).or_default().push(trace);
    }
    let agg = "count(),p75(duration),sum(spans),max(logs),failure_count(),count_unique(service)";
    let found = program.all_json(&[
        "traces",
        "--group-by",
        "root_name",
        "--agg",
        agg,
        "--limit",
        "0",
    ]);
    assert_eq!(found.len(), expected.len());
    for line in &found {
        let own = &expected[&line["group"]["root_name"].as_str()];
        let all = |field: &str| {
            own.iter()
                .map(|trace| trace[field].as_i64().expect("a number"))
                .collect::<Vec<_>>()
        };
        assert_eq!(line["count()"].as_u64(), Some(own.len() as u64));
        assert_close(
            number(line, "p75(duration)"),
            percentile(&all("duration_ns"), 0.75),
            "p75",
        );
        assert_eq!(
            line["sum(spans)"].as_i64(),
            Some(all("span_count").iter().sum())
        );
        assert_eq!(
            line["max(logs)"].as_i64(),
            all("log_count").into_iter().max()
        );
        let failed = all("error_count")
            .iter()
            .filter(|errors| **errors > 0)
            .count();
        assert_eq!(line["failure_count()"].as_u64(), Some(failed as u64));
        let services: BTreeSet<_> = own
            .iter()
            .map(|trace| trace["root_service"].to_string())
            .collect();
        assert_eq!(
            line["count_unique(service)"].as_u64(),
            Some(services.len() as u64)
        );
    }
    // A search leaves traces out, few or many.
    for query in ["op:db", "trace.errors:>0", "op:db duration:>10ms"] {
        let one = program.all_json(&["traces", query, "--agg", "count()"]);
        assert_eq!(
            one[0]["count()"].as_u64(),
            Some(program.count("traces", query)),
            "{query}"
        );
    }
}

#[test]
fn log_records_are_grouped_as_the_list_has_them() {
    let program = Program::with_shop();
    let mut expected: BTreeMap<(String, String), u64> = BTreeMap::new();
    let logs = program.json(&["logs", "--limit", "0"]);
    for log in &logs {
        let text = |field: &str| log[field].as_str().expect("a text").to_owned();
        *expected
            .entry((text("service"), text("severity")))
            .or_default() += 1;
    }
    let found = program.all_json(&[
        "logs",
        "--group-by",
        "service",
        "--group-by",
        "severity_text",
        "--agg",
        "count()",
    ]);
    let pair = |line: &Value| {
        let text = |key: &str| line["group"][key].as_str().unwrap_or_default().to_owned();
        (
            (text("service"), text("severity_text")),
            line["count()"].as_u64().expect("a count"),
        )
    };
    assert_eq!(found.iter().map(pair).collect::<BTreeMap<_, _>>(), expected);
    let failed = logs
        .iter()
        .filter(|log| log["severity_number"].as_u64() >= Some(17))
        .count();
    let all = &program.all_json(&["logs", "--agg", "failure_count(),apdex(300)"])[0];
    assert_eq!(all["failure_count()"].as_u64(), Some(failed as u64));
    assert!(
        failed > 0 && all["apdex(300)"].is_null(),
        "log records do not last"
    );
}

/// Also with the colours a terminal would be told to use.
#[test]
fn what_a_message_holds_does_not_command_a_terminal() {
    let program = Program::new();
    let message = "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}\u{9b}2J";
    let text = |value: &str| serde_json::json!({ "stringValue": value });
    let line = serde_json::json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "service.name", "value": text("\u{1b}[1mx") }] },
        "scopeLogs": [{ "logRecords": [{
            "timeUnixNano": "1767322800000000000",
            "body": text(message),
            "attributes": [{ "key": "\u{1b}[5mkey", "value": text("\u{1b}[6mvalue") }],
        }] }],
    }] });
    let file = program.write("own.otlp.jsonl", format!("{line}\n"));
    program.ok(&["import", &file]);
    let shown: [&[&str]; 4] = [
        &["logs"],
        &["logs", "--facet", "message"],
        &["logs", "--group-by", "message,service"],
        &["logs", "--group-by", "\u{1b}[5mkey", "--agg", "count()"],
    ];
    for args in shown {
        let text = program.ok(args);
        let is_raw = |c: char| c.is_control() && c != '\n';
        assert!(!text.contains(is_raw), "{text:?}");
        assert!(text.contains("\\u{1b}["), "{text:?}");
    }
    let found = program.json(&["logs"]);
    assert_eq!(found[0]["body"], message, "JSON has it as it is");
}

#[test]
fn every_limit_says_so() {
    let program = Program::with_shop();
    let groups = program
        .all_json(&["spans", "--group-by", "name", "--limit", "0"])
        .len();
    for json in [&[][..], &["--json"]] {
        let answer =
            program.run(&[&["spans", "--group-by", "name", "--limit", "3"], json].concat());
        assert_eq!(
            (answer.status, answer.err),
            (0, format!("first 3 of {groups} groups\n"))
        );
        let whole = program.run(&[&["spans", "--group-by", "name", "--limit", "0"], json].concat());
        assert_eq!(whole.err, "");
    }
    for (what, said) in [
        ("spans", "first 100 of 1,512 spans; next: --cursor "),
        ("logs", "first 100 of 226 log records; next: --cursor "),
        ("traces", "first 100 of 182 traces; next: --cursor "),
    ] {
        let answer = program.run(&[what]);
        assert!(answer.err.starts_with(said), "{}", answer.err);
        assert_eq!(program.run(&[what, "--limit", "0"]).err, "");
        let as_json = program.run(&[what, "--json"]);
        assert_eq!(as_json.err, answer.err, "it is said beside JSON, too");
        let last = program.all_json(&[what, "--cursor", "start"]).pop();
        let last = last.expect("a last line");
        assert!(last["next_cursor"].is_string(), "{last}");
        // Who asks for no cursor gets rows only.
        for (limit, expected) in [("7", Some(7)), ("0", None)] {
            let rows = program.all_json(&[what, "--limit", limit]);
            assert!(
                rows.iter()
                    .all(|line| line["trace_id"].is_string() || what == "logs")
            );
            assert!(rows.iter().all(|line| line.get("next_cursor").is_none()));
            assert!(expected.is_none_or(|expected| rows.len() == expected));
        }
    }
    let values = program
        .all_json(&["spans", "--facet", "name", "--limit", "0"])
        .len();
    let answer = program.run(&["spans", "--facet", "name", "--limit", "2"]);
    assert_eq!(answer.err, format!("first 2 of {values} values\n"));
}

#[test]
fn pages_are_the_list() {
    let program = Program::with_shop();
    for args in [
        &["spans"][..],
        &["spans", "op:db", "--sort", "-duration"],
        &["spans", "--sort", "http.route"],
        &["logs", "--sort", "-time"],
        &["logs", "--sort", "-severity_number"],
        &["traces"],
        &["traces", "--sort", "-errors"],
        &["traces", "--sort", "name"],
    ] {
        let whole = program.all_json(&[args, &["--limit", "0"]].concat());
        let mut pages = Vec::new();
        let mut cursor = "start".to_owned();
        loop {
            let asked = [args, &["--limit", "60", "--cursor", &cursor]].concat();
            let mut page = program.all_json(&asked);
            let last = page.last().and_then(|last| last["next_cursor"].as_str());
            let next = last.map(str::to_owned);
            if next.is_some() {
                page.pop();
                assert_eq!(page.len(), 60);
            }
            pages.extend(page);
            match next {
                Some(next) => cursor = next,
                None => break,
            }
        }
        assert_eq!(pages.len(), whole.len(), "{args:?}");
        assert!(pages == whole, "{args:?}");
    }
}

#[test]
fn lists_are_sorted_by_the_fields_of_their_json() {
    let program = Program::with_shop();
    for (what, field) in [
        ("spans", "duration_ns"),
        ("spans", "start_ns"),
        ("logs", "time_ns"),
        ("traces", "start_ns"),
        ("traces", "duration_ns"),
        ("traces", "span_count"),
        ("traces", "error_count"),
        ("traces", "log_count"),
    ] {
        for sort in [field.to_owned(), format!("-{field}")] {
            let rows = program.json(&[what, "--sort", &sort, "--limit", "0", "--quiet"]);
            let value = |row: &Value| row[field].as_i64().expect(field);
            let sorted = rows.is_sorted_by_key(|row| match sort.starts_with('-') {
                true => -value(row),
                false => value(row),
            });
            assert!(sorted && rows.len() > 10, "{what} by {sort}");
        }
    }
    let by_name = program.json(&["traces", "--sort", "root_name", "--limit", "0"]);
    assert!(by_name == program.json(&["traces", "--sort", "name", "--limit", "0"]));
}

#[test]
fn an_import_in_between_moves_nothing() {
    let program = Program::new();
    program.ok(&["import", &shop(FILE)]);
    let before = program.json(&["spans", "--sort", "-duration", "--limit", "0"]);
    let first = [
        "spans",
        "--sort",
        "-duration",
        "--limit",
        "50",
        "--cursor",
        "start",
    ];
    let page = program.all_json(&first);
    let cursor = page[50]["next_cursor"]
        .as_str()
        .expect("a cursor")
        .to_owned();
    program.ok(&["import", &shop("")]);
    let rest = program.json(&[
        "spans",
        "--sort",
        "-duration",
        "--limit",
        "0",
        "--cursor",
        &cursor,
    ]);
    let old: BTreeSet<String> = before
        .iter()
        .map(|span| span["span_id"].to_string())
        .collect();
    let of_before: Vec<&Value> = rest
        .iter()
        .filter(|span| old.contains(&span["span_id"].to_string()))
        .collect();
    assert_eq!(of_before, before[50..].iter().collect::<Vec<_>>());
    assert!(
        rest.len() > of_before.len(),
        "new ones come where they belong"
    );
    let least = before[49]["duration_ns"].as_i64();
    assert!(
        rest.iter()
            .all(|span| span["duration_ns"].as_i64() <= least)
    );
}

#[test]
fn text_is_for_people() {
    let program = Program::with_shop();
    let agg = "count(),p95(span.duration),failure_rate(),sum(no.such)";
    let text = program.ok(&[
        "spans",
        "--group-by",
        "service,http.route",
        "--agg",
        agg,
        "--limit",
        "4",
    ]);
    let head = text.lines().next().expect("a header");
    for name in [
        "service",
        "http.route",
        "count()",
        "p95(span.duration)",
        "share",
    ] {
        assert!(head.contains(name), "{head}");
    }
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(
        text.contains("(none)") && text.contains(" ms") && text.contains(" %"),
        "{text}"
    );
}

#[test]
fn groups_are_sorted_as_asked() {
    let program = Program::with_shop();
    let column = |sort: &str, field: &str| -> Vec<f64> {
        let asked = [
            "spans",
            "--group-by",
            "name",
            "--agg",
            "count(),max(span.duration)",
            "--sort",
            sort,
        ];
        program
            .all_json(&asked)
            .iter()
            .map(|line| number(line, field))
            .collect()
    };
    assert!(column("count()", "count()").is_sorted());
    assert!(column("-max(span.duration)", "max(span.duration)").is_sorted_by(|a, b| a >= b));
    let names = program.all_json(&["spans", "--group-by", "name", "--sort", "name"]);
    let names: Vec<&str> = names
        .iter()
        .filter_map(|line| line["group"]["name"].as_str())
        .collect();
    assert!(names.len() > 3 && names.is_sorted(), "{names:?}");
}

#[test]
fn conditions_choose_groups_and_braces_choose_traces() {
    let (program, spans) = with_file();
    let mut by_service: BTreeMap<&str, Vec<&Raw>> = BTreeMap::new();
    for span in &spans {
        by_service.entry(&span.service).or_default().push(span);
    }
    let slow = |spans: &[&Raw]| {
        let mut durations: Vec<i64> = spans.iter().map(|span| span.duration).collect();
        durations.sort_unstable();
        percentile(&durations, 0.95) > 80e6
    };
    let expected: BTreeSet<&str> = by_service
        .iter()
        .filter(|(_, spans)| spans.len() > 20 && slow(spans))
        .map(|(service, _)| *service)
        .collect();
    let query = "count():>20 p95(span.duration):>80ms";
    let lines = program.json(&["spans", query, "--group-by", "service"]);
    let found: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["group"]["service"].as_str())
        .collect();
    assert_eq!(found, expected);
    assert!(!found.is_empty() && found.len() < by_service.len());

    let with = |fits: &dyn Fn(&Raw) -> bool| -> BTreeSet<&str> {
        let fitting = spans.iter().filter(|span| fits(span));
        fitting.map(|span| span.trace.as_str()).collect()
    };
    let failed = with(&|span| span.failed);
    let worker = with(&|span| span.service == "shop-worker");
    let both: BTreeSet<&str> = failed.intersection(&worker).copied().collect();
    let lines = program.json(&["traces", "{is:error} {service:shop-worker}", "--limit", "0"]);
    let found: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["trace_id"].as_str())
        .collect();
    assert_eq!(found, both);
    let lines = program.json(&[
        "traces",
        "!{is:error} {service:shop-worker}",
        "--limit",
        "0",
    ]);
    let found: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["trace_id"].as_str())
        .collect();
    assert_eq!(found, worker.difference(&failed).copied().collect());

    for (arguments, message) in [
        (&["spans", "a {b}"][..], "several spans of a trace"),
        (&["spans", "count():>5"][..], "records are not grouped here"),
        (
            &["traces", "count():>5"][..],
            "records are not grouped here",
        ),
        (
            &["traces", "{a}", "--facet", "op"][..],
            "several spans of a trace",
        ),
        (
            &["spans", "median(x):>5", "--group-by", "op"][..],
            "no such function",
        ),
    ] {
        let answer = program.run(arguments);
        assert_eq!(answer.status, 2, "{arguments:?}: {}", answer.err);
        assert!(
            answer.err.contains(message),
            "{arguments:?}: {}",
            answer.err
        );
    }
}

#[test]
fn wrong_use_is_explained() {
    let program = Program::with_shop();
    for (args, said) in [
        (
            &["spans", "--agg", "count(),median(x)"][..],
            "no such function",
        ),
        (&["spans", "--agg", "count(),median(x)"], "        ^^^^^^"),
        (&["spans", "--agg", ""], "was expected"),
        (
            &["spans", "--group-by", "op", "--sort", "p95(x)"],
            "count(), op",
        ),
        (&["spans", "--group-by", "op", "--count"], "--count"),
        (&["spans", "--agg", "count()", "--facet", "op"], "--facet"),
        (&["spans", "--agg", "count()", "--cursor", "x"], "--limit 0"),
        (&["spans", "--every", "10s"], "--agg"),
        (
            &["spans", "--agg", "count()", "--every", "10"],
            "no length of time",
        ),
        (&["spans", "--cursor", "x"], "no cursor"),
        (&["traces", "--group-by", "http.route"], "root_name"),
        (&["traces", "--agg", "user_misery(300)"], "users"),
        (&["traces", "--agg", "count()", "--every", "10s"], "spans"),
    ] {
        let answer = program.run(args);
        assert_eq!(answer.status, 2, "{args:?}: {}{}", answer.out, answer.err);
        assert!(
            answer.err.contains(said),
            "{args:?}: no {said:?} in {}",
            answer.err
        );
        assert_eq!(answer.out, "");
    }
    let page = program.all_json(&["spans", "--cursor", "start"]);
    let last = page.last().expect("a line");
    let cursor = last["next_cursor"].as_str().expect("a cursor").to_owned();
    let answer = program.run(&["spans", "--sort", "-time", "--cursor", &cursor]);
    assert!(
        answer.status == 2 && answer.err.contains("--sort"),
        "{}",
        answer.err
    );
    let answer = program.run(&["spans", "--agg", "count()", "--every", "1ns"]);
    assert!(
        answer.status == 4 && answer.err.contains("longer"),
        "{}",
        answer.err
    );
}

#[test]
fn what_is_missing_because_of_damage_is_said() {
    let (program, spans) = with_file();
    let connection = rusqlite::Connection::open(program.store()).expect("the store");
    let damaged = connection.execute(
        "UPDATE segment_column SET checksum = checksum + 1
         WHERE kind = 0 AND key = (SELECT id FROM attribute_key WHERE name = 'http.route')",
        [],
    );
    assert!(damaged.expect("a column") > 0);
    drop(connection);
    let sound = program.run(&["spans", "--group-by", "service", "--json"]);
    assert_eq!((sound.status, sound.err.as_str()), (0, ""));
    let counted: u64 = sound
        .json()
        .iter()
        .filter_map(|line| line["count()"].as_u64())
        .sum();
    assert_eq!(counted, spans.len() as u64);
    let answer = program.run(&["spans", "--group-by", "http.route", "--json"]);
    assert_eq!(answer.status, 0);
    assert!(
        answer.err.contains("damaged") && answer.err.contains("http.route"),
        "{}",
        answer.err
    );
}
