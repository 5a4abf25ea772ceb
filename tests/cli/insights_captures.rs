//! The insights of whole captures against their ground truth, where both are at hand: set `HEADWATER_CAPTURES` to a folder with
//! a `MANIFEST.json` beside the captured files.
//!
//! The ground truth is in milliseconds with three digits, so times are compared to within two microseconds.

use crate::cli_support::Program;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

#[test]
#[ignore = "needs the whole captures: set HEADWATER_CAPTURES to their folder"]
fn insights_are_what_the_manifest_says() {
    let folder = std::env::var("HEADWATER_CAPTURES").expect("HEADWATER_CAPTURES is set");
    let folder = Path::new(&folder);
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    let mut check = Check::default();
    for group in manifest["groups"].as_array().expect("groups") {
        let files = group["files"].as_array().expect("files").iter();
        let files: Vec<&str> = files.filter_map(Value::as_str).collect();
        check.all(folder, text(&group["group"]), &files, group);
    }
    for file in manifest["files"].as_array().expect("files") {
        let name = text(&file["file"]);
        if name.ends_with(".envelopes") || (name.starts_with("otlp/") && name.ends_with(".jsonl")) {
            check.all(folder, name, &[name], file);
        }
    }
    println!("{} figures compared", check.compared);
    let wrong = &check.wrong;
    assert!(wrong.is_empty(), "{} are wrong: {wrong:#?}", wrong.len());
    assert!(check.compared > 1_000, "{} figures", check.compared);
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[derive(Default)]
struct Check {
    compared: usize,
    wrong: Vec<String>,
}

impl Check {
    fn same(&mut self, what: &str, found: &Value, expected: &Value) {
        self.compared += 1;
        let (own, other) = (
            found.as_f64().unwrap_or(0.0),
            expected.as_f64().unwrap_or(0.0),
        );
        if (own - other).abs() > 1e-9 * other.abs().max(1.0) {
            self.wrong.push(format!("{what}: {found}, not {expected}"));
        }
    }

    /// Nanoseconds found, milliseconds expected.
    fn same_time(&mut self, what: &str, found: &Value, expected: &Value) {
        self.same_sum(what, found, expected, &Value::from(1));
    }

    /// As [`Self::same_time`], of a sum of so many times, each of which was rounded.
    fn same_sum(&mut self, what: &str, found: &Value, expected: &Value, count: &Value) {
        self.compared += 1;
        let (own, other) = (
            found.as_f64().unwrap_or(-1.0) / 1e6,
            expected.as_f64().unwrap_or(-2.0),
        );
        if (own - other).abs() > 0.001 + 0.001 * count.as_f64().unwrap_or(0.0) {
            self.wrong.push(format!("{what}: {own} ms, not {other} ms"));
        }
    }

    fn all(&mut self, folder: &Path, name: &str, files: &[&str], truth: &Value) {
        let program = Program::new();
        for file in files {
            program.ok(&["import", &folder.join(file).display().to_string()]);
        }
        let rows = |args: &[&str]| {
            let answer = program.run(&[&["insights"], args, &["--json", "--limit", "0"]].concat());
            assert_eq!(answer.status, 0, "{name}: {}", answer.err);
            answer.json()
        };
        self.transactions(
            name,
            truth,
            &rows(&["transactions", "--group-by", "release,environment"]),
        );
        self.endpoints(name, truth, &rows(&["transactions"]));
        self.queries(name, truth, &rows(&["queries"]));
        self.requests(name, truth, &rows(&["requests", "--group-by", "domain"]));
        self.caches(
            name,
            truth,
            &rows(&["caches"]),
            &rows(&["caches", "--group-by", "key"]),
        );
        self.queues(name, truth, &rows(&["queues", "--group-by", "destination"]));
        self.agents(
            name,
            truth,
            &rows(&["agents"]),
            &rows(&["agents", "--group-by", "tool"]),
        );
        let conversations = rows(&["agents", "--group-by", "conversation"]);
        if let Some(expected) = truth["gen_ai"].get("conversations") {
            let named = conversations
                .iter()
                .filter(|row| row["conversation"].is_string());
            self.same(
                &format!("{name} conversations"),
                &Value::from(named.count()),
                expected,
            );
        }
        self.vitals(name, truth, &rows(&["vitals"]));
    }

    fn transactions(&mut self, name: &str, truth: &Value, rows: &[Value]) {
        let is_otlp = name.starts_with("otlp/") || name.contains("otel");
        for expected in truth["endpoints"].as_array().into_iter().flatten() {
            let fits = |row: &&Value| {
                row["transaction"] == expected["name"]
                    && row["release"] == expected["release"]
                    && row["environment"] == expected["environment"]
                    && (is_otlp || row["op"] == expected["op"])
                    && (!is_otlp || row["service"] == expected["service"])
            };
            let found: Vec<&Value> = rows.iter().filter(fits).collect();
            let what = format!("{name} {} {}", expected["name"], expected["release"]);
            let [row] = found[..] else {
                self.wrong.push(format!("{what}: {} rows", found.len()));
                continue;
            };
            self.same(&format!("{what} count"), &row["count"], &expected["count"]);
            self.same(&format!("{what} users"), &row["users"], &expected["users"]);
            self.same(
                &format!("{what} failed"),
                &row["failed"],
                &expected["failed_by_status"],
            );
            for (own, other) in [("p50", "p50_lin"), ("p95", "p95_lin")] {
                self.same_time(&format!("{what} {own}"), &row[own], &expected["ms"][other]);
            }
            let sum = &expected["ms"]["sum"];
            self.same_sum(
                &format!("{what} time spent"),
                &row["time_spent"],
                sum,
                &row["count"],
            );
        }
    }

    /// Over all releases; a name that several operations or services have is several rows.
    fn endpoints(&mut self, name: &str, truth: &Value, rows: &[Value]) {
        let mut entries = 0;
        for (transaction, expected) in truth["endpoints_all_releases"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let found: Vec<&Value> = rows
                .iter()
                .filter(|row| row["transaction"] == **transaction)
                .collect();
            let count: u64 = found.iter().filter_map(|row| row["count"].as_u64()).sum();
            entries += count;
            self.same(
                &format!("{name} {transaction}"),
                &Value::from(count),
                &expected["count"],
            );
            if let [row] = found[..] {
                for (own, other) in [("p50", "p50_lin"), ("p95", "p95_lin")] {
                    let what = format!("{name} {transaction} {own}");
                    self.same_time(&what, &row[own], &expected[other]);
                }
                self.same(
                    &format!("{name} {transaction} users"),
                    &row["users"],
                    &expected["users"],
                );
            }
        }
        if truth.get("endpoints_all_releases").is_some() {
            let expected = &truth["counts"]["transactions_or_entry_spans"];
            self.same(
                &format!("{name} transactions"),
                &Value::from(entries),
                expected,
            );
        }
    }

    /// Queries with their own text as a template: those texts that the manifest lists in full.
    fn queries(&mut self, name: &str, truth: &Value, rows: &[Value]) {
        let Some(spans) = truth["db"]["spans"].as_u64() else {
            return;
        };
        let others = |row: &&Value| row["system"] != "redis";
        let counted: u64 = rows
            .iter()
            .filter(others)
            .filter_map(|row| row["count"].as_u64())
            .sum();
        // Connections say no query.
        self.compared += 1;
        if counted > spans {
            self.wrong
                .push(format!("{name}: {counted} queries of {spans}"));
        }
    }

    fn requests(&mut self, name: &str, truth: &Value, rows: &[Value]) {
        for (domain, expected) in truth["outbound_http"].as_object().into_iter().flatten() {
            let Some(row) = rows.iter().find(|row| row["domain"] == **domain) else {
                self.wrong.push(format!("{name}: no {domain}"));
                continue;
            };
            let own: BTreeMap<&str, u64> = row["statuses"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(code, count)| (code.as_str(), count.as_u64().unwrap_or(0)))
                .collect();
            let other: BTreeMap<&str, u64> = expected["statuses"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(code, count)| {
                    (
                        if code == "None" { "none" } else { code },
                        count.as_u64().unwrap_or(0),
                    )
                })
                .collect();
            self.compared += 1;
            if own != other {
                self.wrong
                    .push(format!("{name} {domain}: {own:?}, not {other:?}"));
            }
            for (own, other) in [("p50", "p50_lin"), ("p95", "p95_lin")] {
                let what = format!("{name} {domain} {own}");
                self.same_time(&what, &row[own], &expected["ms"][other]);
            }
            let (what, sum) = (format!("{name} {domain} sum"), &expected["ms"]["sum"]);
            self.same_sum(&what, &row["total_duration"], sum, &row["count"]);
        }
    }

    fn caches(&mut self, name: &str, truth: &Value, rows: &[Value], keys: &[Value]) {
        let sum = |rows: &[Value], column: &str, name: &str, own: &str| -> Value {
            let fitting = rows
                .iter()
                .filter(|row| text(&row[column]).replace('*', "#") == name);
            Value::from(fitting.filter_map(|row| row[own].as_u64()).sum::<u64>())
        };
        let kinds = [("miss", "misses"), ("hit", "hits"), ("put", "puts")];
        for (table, column, rows) in [
            ("cache_by_transaction", "transaction", rows),
            ("cache_by_key_pattern", "key", keys),
        ] {
            for (key, expected) in truth[table].as_object().into_iter().flatten() {
                for (kind, own) in kinds {
                    let what = format!("{name} {key} {own}");
                    self.same(&what, &sum(rows, column, key, own), &expected[kind]);
                }
            }
        }
    }

    fn queues(&mut self, name: &str, truth: &Value, rows: &[Value]) {
        for (queue, expected) in truth["queues"].as_object().into_iter().flatten() {
            let row = rows.iter().find(|row| row["destination"] == **queue);
            let row = row.cloned().unwrap_or_default();
            let kinds = [
                ("publish", "published"),
                ("process", "processed"),
                ("process_failed", "errors"),
            ];
            for (kind, own) in kinds {
                self.same(&format!("{name} {queue} {own}"), &row[own], &expected[kind]);
            }
            let latency = &truth["queue_receive_latency_ms"][queue];
            if latency.is_object() {
                let what = format!("{name} {queue} in queue");
                self.same_time(&what, &row["p95_time_in_queue"], &latency["p95_lin"]);
                let mean = latency["sum"].as_f64().zip(row["processed"].as_f64());
                let mean = mean.map_or(Value::Null, |(sum, count)| Value::from(sum / count));
                self.same_time(&what, &row["avg_time_in_queue"], &mean);
            }
            let retries = &truth["queue_spans_with_retry_count"][format!("{queue} process")];
            if retries.is_u64() {
                self.same(&format!("{name} {queue} retries"), &row["retries"], retries);
            }
        }
    }

    fn agents(&mut self, name: &str, truth: &Value, rows: &[Value], tools: &[Value]) {
        for (model, expected) in truth["gen_ai"]["by_request_model"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let row = rows.iter().find(|row| row["model"] == **model);
            let row = row.cloned().unwrap_or_default();
            for (own, other) in [
                ("llm_calls", "calls"),
                ("llm_errors", "failed_by_status"),
                ("input_tokens", "input_tokens"),
                ("cached_tokens", "cached_tokens"),
                ("output_tokens", "output_tokens"),
                ("reasoning_tokens", "reasoning_tokens"),
            ] {
                self.same(
                    &format!("{name} {model} {own}"),
                    &row[own],
                    &expected[other],
                );
            }
        }
        let mut calls = 0;
        for (tool, expected) in truth["gen_ai"]["tools"].as_object().into_iter().flatten() {
            let row = tools.iter().find(|row| row["tool"] == **tool);
            let row = row.cloned().unwrap_or_default();
            calls += expected["calls"].as_u64().unwrap_or(0);
            self.same(
                &format!("{name} {tool} calls"),
                &row["tool_calls"],
                &expected["calls"],
            );
            let failed = &expected["failed_by_status"];
            self.same(
                &format!("{name} {tool} errors"),
                &row["tool_errors"],
                failed,
            );
        }
        // Each call of a tool is counted under one model.
        let by_model: u64 = rows
            .iter()
            .filter_map(|row| row["tool_calls"].as_u64())
            .sum();
        if truth["gen_ai"].is_object() {
            self.same(
                &format!("{name} tools by model"),
                &Value::from(by_model),
                &Value::from(calls),
            );
        }
    }

    /// Where there is one page, its percentiles are those of all measurements.
    fn vitals(&mut self, name: &str, truth: &Value, rows: &[Value]) {
        let [row] = rows else {
            return;
        };
        for vital in ["lcp", "fcp", "inp", "ttfb", "cls"] {
            let attribute = format!("browser.web_vital.{vital}.value");
            let sources = [
                &truth["measurements"][vital],
                &truth["web_vital_attributes"][&attribute],
            ];
            let Some(expected) = sources.into_iter().find(|truth| truth.is_object()) else {
                continue;
            };
            // The manifest has the nearest rank at 75; with linear interpolation the value lies between the least and it.
            let own = row[format!("p75_{vital}")].as_f64().unwrap_or(-1.0);
            let own = if vital == "cls" { own } else { own / 1e6 };
            let (least, most) = (&expected["p50_lin"], &expected["p95_lin"]);
            self.compared += 1;
            let (least, most) = (least.as_f64().unwrap_or(0.0), most.as_f64().unwrap_or(0.0));
            if own < least - 0.001 || own > most + 0.001 {
                self.wrong
                    .push(format!("{name} {vital}: {own}, not {least} to {most}"));
            }
        }
    }
}
