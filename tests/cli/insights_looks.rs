//! `headwater insights`: closer looks, the doctor and the overview, on small stores worked out by hand and on the sample.

use crate::cli_support;
use crate::cli_support::{MadeSpan, Program, assert_fields, data, made, shop};
use serde_json::{Value, json};

/// The rows of a look.
fn rows(program: &Program, args: &[&str]) -> Vec<Value> {
    let answer = program.run(&[&["insights"], args, &["--json", "--limit", "0"]].concat());
    assert_eq!(answer.status, 0, "{args:?}: {}", answer.err);
    answer.json()
}

fn row<'a>(rows: &'a [Value], column: &str, name: &str) -> &'a Value {
    let found = rows.iter().find(|row| row[column] == name);
    found.unwrap_or_else(|| panic!("no {name}: {rows:#?}"))
}

fn assert_cells(row: &Value, expected: Value) {
    for (name, value) in expected.as_object().expect("cells") {
        let near = row[name].as_f64().zip(value.as_f64());
        let is_near =
            near.is_some_and(|(own, other)| (own - other).abs() <= 1e-9 * other.abs().max(1.0));
        assert!(
            &row[name] == value || is_near,
            "{name}: {}, not {value} in {row}",
            row[name]
        );
    }
}

/// A span of the service `web`, in a trace of its own unless said otherwise. Times are milliseconds.
fn span(id: u64, start: i64, duration: i64, name: &str, attributes: Value) -> MadeSpan {
    MadeSpan {
        trace: id,
        service: "web".to_owned(),
        id,
        parent: 0,
        kind: 1,
        name: name.to_owned(),
        start,
        duration,
        attributes,
    }
}

fn under(parent: u64, trace: u64, span: MadeSpan) -> MadeSpan {
    MadeSpan {
        parent,
        trace,
        ..span
    }
}

fn of(service: &str, span: MadeSpan) -> MadeSpan {
    MadeSpan {
        service: service.to_owned(),
        ..span
    }
}

fn entry(span: MadeSpan) -> MadeSpan {
    MadeSpan { kind: 2, ..span }
}

#[test]
fn a_cache_of_more_pages_would_miss_less() {
    // Of a hundred reads 26 are of page 1, 24 of page 2, 23 of page 3 and 27 of ten others; only page 1 is kept.
    // Mixed, so that pages take turns: 37 has no divisor in common with 100.
    let spans: Vec<MadeSpan> = (0..100)
        .map(|at| {
            let page = page_at(at);
            let is_first = (0..at).all(|before| page != page_at(before));
            let key = format!("list:page:{page}");
            let about = json!({"sentry.op": "cache.get", "cache.key": key.clone(), "cache.hit": page == 1 && !is_first});
            span(at + 1, at as i64 * 100, 1, &key, about)
        })
        .collect();
    let program = made(&spans);
    let miss = |args: &[&str]| {
        let all = rows(&program, &[&["caches/expansion"], args].concat());
        assert_eq!(all.len(), 1, "{all:#?}");
        all[0].clone()
    };
    assert_cells(
        &miss(&["--first", "1"]),
        json!({"key": "list:page:*", "reads": 100, "miss_rate": 0.75, "recorded_miss_rate": 0.75, "entries": 1, "first_reads": 1}),
    );
    assert_cells(
        &miss(&["--first", "3"]),
        json!({"miss_rate": 0.30, "hits": 70, "entries": 3, "not_kept": 0.27}),
    );
    assert_cells(
        &miss(&["--keys", "list:page:1,list:page:2"]),
        json!({"hits": 48, "kept": "list:page:1, list:page:2"}),
    );
    // Nothing is asked for twice within a tenth of a second.
    assert_cells(
        &miss(&["--first", "3", "--expiry", "100ms"]),
        json!({"miss_rate": 1.0, "entries": 1}),
    );
    let tried = rows(&program, &["caches/expansion"]);
    assert_cells(
        row(&tried, "kept", "numbers 1 to 3"),
        json!({"miss_rate": 0.30}),
    );

    let shape = &rows(&program, &["caches/keys"])[0];
    assert_cells(
        shape,
        json!({"key": "list:page:*", "keys": 13, "least_miss_rate": 0.13, "finding": "75 of 75 misses are of keys that nobody writes"}),
    );
    let wrong = program.run(&["insights", "caches/expansion", "--expiry", "soon"]);
    assert_eq!(wrong.status, 2, "{}", wrong.err);
}

/// The page that is read at a place of the test above.
fn page_at(at: u64) -> u64 {
    match at * 37 % 100 {
        0..26 => 1,
        26..50 => 2,
        50..73 => 3,
        other => 4 + other % 10,
    }
}

#[test]
fn what_is_worth_keeping() {
    let query = |id: u64, text: &str, length: i64| {
        span(
            id,
            id as i64 * 1000,
            length,
            text,
            json!({"sentry.op": "db", "db.system": "postgresql"}),
        )
    };
    let mut spans: Vec<MadeSpan> = (1..=30)
        .map(|id| query(id, "SELECT name FROM item WHERE page = 1", 20))
        .collect();
    spans.extend((31..=40).map(|id| query(id, "SELECT name FROM person WHERE id = %s", 30)));
    spans.extend((41..=45).map(|id| query(id, "UPDATE person SET name = %s", 5)));
    let program = made(&spans);
    let all = rows(&program, &["caches/candidates"]);
    assert_eq!(all.len(), 2, "{all:#?}");
    assert_fields(
        &all[0],
        "what kind where_from count tpm avg density time_saved expensive frequent reusable stable spiky tail checklist callers slowest",
    );
    // 30 calls in 44 s, each 19 ms more than the millisecond that is taken for a cache.
    assert_cells(
        &all[0],
        json!({
            "kind": "query", "where_from": "item", "count": 30, "avg": 20_000_000, "reusable": 29.0 / 30.0, "stable": 1.0,
            "time_saved": 29 * 19_000_000, "expensive": 20.0, "checklist": ["expensive", "frequent", "reusable", "stable"],
        }),
    );
    // What parameters it is asked with is not recorded; half as many writes as reads.
    assert_cells(
        &all[1],
        json!({"where_from": "person", "reusable": null, "time_saved": null, "stable": 0.5}),
    );
}

#[test]
fn queues_over_time() {
    let about = |id: u64| json!({"messaging.destination.name": "mail", "messaging.message.id": format!("m{id}")});
    let with_op = |op: &str, id: u64| {
        let mut about = about(id);
        about["sentry.op"] = json!(op);
        about
    };
    // One message each second, one of three processed, half a second later and in another trace.
    let mut spans: Vec<MadeSpan> = Vec::new();
    for id in 1..=60 {
        let start = (id as i64 - 1) * 1000;
        spans.push(entry(span(
            id,
            start,
            10,
            "POST /signup",
            json!({"sentry.op": "http.server"}),
        )));
        spans.push(under(
            id,
            id,
            span(1000 + id, start, 2, "send", with_op("queue.publish", id)),
        ));
        if id % 3 == 0 {
            let process = span(
                2000 + id,
                start + 500,
                100,
                "send",
                with_op("queue.process", id),
            );
            spans.push(of("worker", entry(process)));
        }
    }
    let program = made(&spans);
    let backlog = &rows(&program, &["queues/backlog"])[0];
    assert_cells(
        backlog,
        json!({"destination": "mail", "published": 60, "processed": 20, "before": 0, "waiting": 40, "peak": 41}),
    );
    assert!(
        backlog["finding"]
            .as_str()
            .is_some_and(|words| words.contains("outruns")),
        "{backlog}"
    );
    assert!(
        backlog["in_an_hour"]
            .as_u64()
            .is_some_and(|count| count > 2_000),
        "{backlog}"
    );

    let links = rows(&program, &["queues/links"]);
    assert_eq!(links.len(), 2, "{links:#?}");
    assert_cells(
        row(&links, "consumer", "send"),
        json!({"producer": "POST /signup", "messages": 20, "other_trace": 20, "avg_wait": 500_000_000, "p95_wait": 500_000_000}),
    );
    let lost = links
        .iter()
        .find(|row| row["consumer"].is_null())
        .expect("messages that wait");
    assert_cells(
        lost,
        json!({"producer": "POST /signup", "messages": 40, "avg_wait": null}),
    );

    // The processing runs every three seconds.
    let periodic = rows(&program, &["queues/periodic"]);
    assert_eq!(periodic.len(), 1, "{periodic:#?}");
    assert_cells(
        &periodic[0],
        json!({"job": "send", "service": "worker", "runs": 20, "interval": 3_000_000_000u64, "missed": 0, "late": 0, "finding": null}),
    );
}

#[test]
fn links_of_spans_lead_from_consumers_to_producers() {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let span = |trace: u64,
                id: u64,
                parent: u64,
                kind: u8,
                name: &str,
                start: u64,
                links: &[(u64, u64)]| {
        let links = links.iter().map(|(trace, span)| {
            json!({"traceId": format!("{trace:032x}"), "spanId": format!("{span:016x}")})
        });
        let time = |millis: u64| (1_795_243_582_000_000_000 + millis * 1_000_000).to_string();
        let queue = match kind {
            4 | 5 => vec![
                text("messaging.system", "kafka"),
                text("messaging.destination.name", "mail"),
            ],
            _ => Vec::new(),
        };
        json!({
            "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"),
            "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
            "name": name, "kind": kind, "startTimeUnixNano": time(start), "endTimeUnixNano": time(start + 20),
            "attributes": queue, "links": links.collect::<Vec<_>>(),
        })
    };
    // Two are put in by one request, one by another; two batches take them out, each in a trace of its own.
    let spans = [
        span(1, 1, 0, 2, "POST /signup", 0, &[]),
        span(1, 2, 1, 4, "publish mail", 5, &[]),
        span(1, 3, 1, 4, "publish mail", 8, &[]),
        span(2, 4, 0, 2, "POST /order", 100, &[]),
        span(2, 5, 4, 4, "publish mail", 105, &[]),
        span(3, 6, 0, 5, "process mail", 205, &[(1, 2), (2, 5)]),
        span(4, 7, 0, 5, "process mail", 308, &[(1, 3), (9, 9)]),
    ];
    let document = json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]});
    let program = Program::new();
    let file = program.write("links.jsonl", format!("{document}\n"));
    program.ok(&["import", &file]);
    let links = rows(&program, &["queues/links"]);
    assert_eq!(links.len(), 2, "{links:#?}");
    assert_cells(
        row(&links, "producer", "POST /signup"),
        json!({"consumer": "process mail", "messages": 2, "other_trace": 2, "avg_wait": 250_000_000}),
    );
    assert_cells(
        row(&links, "producer", "POST /order"),
        json!({"consumer": "process mail", "messages": 1, "other_trace": 1, "avg_wait": 100_000_000}),
    );
}

#[test]
fn models_cost_what_the_table_beside_the_store_says() {
    let call = json!({
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "house-model",
        "gen_ai.usage.input_tokens": 1_000_000, "gen_ai.usage.output_tokens": 500_000,
    });
    let program = made(&[span(1, 0, 100, "chat house-model", call)]);
    let unknown = program.run(&["insights", "agents", "--json"]);
    assert_eq!(unknown.json()[0]["cost"], Value::Null);
    assert!(
        unknown.err.contains("no price is known of house-model"),
        "{}",
        unknown.err
    );
    let prices = program.store().with_file_name("prices.json");
    let table =
        r#"{"date": "2026-11-21", "models": [{"model": "house-model", "input": 2, "output": 8}]}"#;
    std::fs::write(&prices, table).expect("there is room");
    let known = program.run(&["insights", "agents", "--json"]);
    assert_eq!(known.json()[0]["cost"], 6.0);
    assert!(known.err.contains("2026-11-21"), "{}", known.err);
    std::fs::write(&prices, "{").expect("there is room");
    let wrong = program.run(&["insights", "agents", "--json"]);
    assert!(
        wrong.status != 0 && wrong.err.contains("prices.json"),
        "{}",
        wrong.err
    );
}

#[test]
fn jobs_that_are_missing_and_late() {
    let starts = [0, 1000, 2000, 5000, 6000, 7400, 8400, 9400];
    let runs = starts.iter().zip(1..);
    let spans: Vec<MadeSpan> = runs
        .map(|(start, id)| {
            entry(span(
                id,
                *start,
                100,
                "clean up",
                json!({"sentry.op": "cron.job"}),
            ))
        })
        .chain([span(99, 12_400, 0, "later", json!({}))])
        .collect();
    let periodic = rows(&made(&spans), &["queues/periodic"]);
    assert_cells(
        &periodic[0],
        json!({"runs": 8, "interval": 1_000_000_000, "missed": 2, "late": 1, "overdue": 2, "busy": 0.1, "overlaps": 0}),
    );
}

#[test]
fn jobs_are_held_against_the_schedule_they_told() {
    let program = Program::new();
    program.ok(&["import", &data("cron-checkins.envelopes")]);
    // Four runs by hand, some seconds apart, of a job that is to run every hour.
    let periodic = rows(&program, &["queues/periodic"]);
    assert_eq!(periodic.len(), 1, "{periodic:#?}");
    assert_cells(
        &periodic[0],
        json!({
            "job": "hourly-report", "schedule": "0 * * * *", "monitor": "hourly-report", "environment": "production",
            "runs": 4, "failed": 1, "timed_out": 0, "missed": 0, "overdue": 0, "late": 0, "between": 4,
            "interval": 3_600_000_000_000i64,
            "finding": "1 run failed; 4 runs were at other times than planned",
        }),
    );
    assert!(!periodic[0]["slowest"].is_null(), "the run has a span");
    for (search, runs) in [
        ("environment:production", Some(4)),
        ("op:cron.job", Some(4)),
        ("is:error", None),
        ("environment:staging", None),
    ] {
        let periodic = rows(&program, &["queues/periodic", search]);
        assert_eq!(
            periodic.first().map(|row| row["runs"].clone()),
            runs.map(Value::from),
            "{search}"
        );
    }
    // Another recording, hours later, says nothing of this job.
    let later = span(
        900,
        9_000_000,
        5,
        "GET /",
        json!({"sentry.op": "http.server"}),
    );
    let later = json!({"resourceSpans": [{"scopeSpans": [{"spans": [later.otlp()]}]}]});
    let later = program.write("later.jsonl", format!("{later}\n"));
    program.ok(&["import", &later]);
    assert_eq!(rows(&program, &["queues/periodic"]), periodic);
    // What is read again adds nothing.
    let again = program.write(
        "again.envelopes",
        std::fs::read(data("cron-checkins.envelopes")).expect("a file"),
    );
    program.ok(&["import", &again]);
    assert_eq!(rows(&program, &["queues/periodic"]), periodic);
}

#[test]
fn runs_without_spans_are_missing_late_and_too_long() {
    let config = json!({
        "schedule": {"type": "interval", "value": 10, "unit": "minute"}, "checkin_margin": 2, "max_runtime": 5,
    });
    let told = |run: u32, status: &str, minute: f64, duration: Option<f64>| {
        let item = json!({
            "check_in_id": format!("{run:032x}"), "monitor_slug": "tidy", "status": status, "duration": duration,
            "timestamp": 1_795_243_582.0 + minute * 60.0, "monitor_config": config, "server_name": "worker-1",
        });
        format!("{{}}\n{{\"type\":\"check_in\"}}\n{item}\n")
    };
    let told: String = [
        told(1, "in_progress", 0.0, None),
        told(1, "ok", 1.0, Some(60.0)),
        // Late by three minutes, and six minutes long.
        told(2, "in_progress", 13.0, None),
        told(2, "ok", 19.0, Some(360.0)),
        // Two are missing; this one never ends.
        told(3, "in_progress", 43.0, None),
        told(4, "error", 53.5, Some(30.0)),
        // The last thing that is known of.
        told(5, "ok", 66.0, Some(0.0)),
    ]
    .concat();
    let program = Program::new();
    let file = program.write("tidy.envelopes", told);
    program.ok(&["import", &file]);
    assert_cells(
        &rows(&program, &["queues/periodic"])[0],
        json!({
            "job": "tidy", "service": "worker-1", "schedule": "every 10 minutes", "runs": 5, "failed": 1, "timed_out": 2,
            "interval": 600_000_000_000i64, "missed": 2, "overdue": 0, "late": 2, "max": 360_000_000_000i64, "slowest": null,
        }),
    );
}

#[test]
fn bursts_and_retries() {
    let about = |code: u16| {
        json!({
            "sentry.op": "http.client", "http.request.method": "POST", "url.full": "http://pay.test/charge",
            "http.response.status_code": code,
        })
    };
    let mut spans = Vec::new();
    for id in 1..=6u64 {
        let start = id as i64 * 1000;
        spans.push(entry(span(
            id,
            start,
            500,
            "/checkout",
            json!({"sentry.op": "http.server"}),
        )));
        let ask = |id: u64, after: i64, code| {
            span(
                id,
                start + after,
                10,
                "POST http://pay.test/charge",
                about(code),
            )
        };
        spans.push(under(id, id, ask(100 + id, 0, 429)));
        // All but the last ask again, and the first even twice.
        if id < 6 {
            spans.push(under(
                id,
                id,
                ask(200 + id, 50, if id == 1 { 503 } else { 200 }),
            ));
        }
        if id == 1 {
            spans.push(under(id, id, ask(300, 100, 200)));
        }
    }
    let program = made(&spans);
    let bursts = rows(&program, &["requests/bursts"]);
    assert_eq!(bursts.len(), 1, "one 503 is no burst: {bursts:#?}");
    assert_cells(
        &bursts[0],
        json!({
            "domain": "pay.test", "sort": "429", "count": 6, "statuses": {"429": 6}, "routes": {"/charge": 6}, "callers": {"/checkout": 6},
            // From the first refusal to the start of the last: 6 of 12 requests.
            "share": 0.5, "retry_after": 40_000_000,
        }),
    );
    assert_eq!(bursts[0]["traces"].as_array().map(Vec::len), Some(6));
    let length = bursts[0]["end"].as_i64().zip(bursts[0]["start"].as_i64());
    assert_eq!(length.map(|(end, start)| end - start), Some(5_000_000_000));

    let retries = &rows(&program, &["requests/retries"])[0];
    assert_cells(
        retries,
        json!({
            "retried": 5, "attempts": 11, "most": 3, "recovered": 5, "given_up": 0, "avg_wait": 40_000_000,
            "time_lost": 300_000_000, "callers": {"/checkout": 5},
        }),
    );
    let narrowed = rows(
        &program,
        &["requests/bursts", "http.response.status_code:503"],
    );
    assert!(narrowed.is_empty(), "{narrowed:#?}");
}

#[test]
fn agents_and_a_plan_for_sampling() {
    let mut spans = Vec::new();
    for id in 1..=20u64 {
        let start = id as i64 * 1000;
        let name = if id <= 4 { "/chat" } else { "/" };
        spans.push(entry(span(
            id,
            start,
            500,
            name,
            json!({"sentry.op": "http.server"}),
        )));
        if id <= 4 {
            let run = json!({"sentry.op": "gen_ai.invoke_agent", "sentry.sdk.name": "sentry.python", "gen_ai.conversation.id": format!("c{}", id % 2), "gen_ai.agent.name": "helper"});
            spans.push(under(id, id, span(100 + id, start, 400, "run", run)));
            let failed = json!({"sentry.op": "gen_ai.execute_tool", "gen_ai.tool.name": "find", "error.type": "Timeout"});
            spans.push(under(
                100 + id,
                id,
                span(200 + id, start, 10, "tool", failed),
            ));
            if id == 1 {
                let again = json!({"sentry.op": "gen_ai.execute_tool", "gen_ai.tool.name": "find"});
                spans.push(under(
                    100 + id,
                    id,
                    span(300, start + 20, 30, "tool", again),
                ));
            }
        }
    }
    let program = made(&spans);
    let plan = rows(&program, &["agents/sampling", "--rate", "0.25"]);
    assert_cells(
        row(&plan, "route", "/chat"),
        json!({"traces": 4, "agent_traces": 4, "agent_share": 1.0, "runs": 4, "lost_traces": 3.0, "lost_runs": 3.0, "keep": 1.0}),
    );
    assert_cells(
        row(&plan, "route", "/"),
        json!({"traces": 16, "agent_traces": 0, "lost_runs": 0.0, "keep": 0.25}),
    );
    let text = program.run(&["insights", "agents/sampling", "--rate", "0.25"]);
    assert!(text.err.contains("keeps 40"), "{}", text.err);
    // Two conversations of two traces are whole with 1/16 each.
    assert!(text.err.contains("1.9 of 2 conversations"), "{}", text.err);
    assert!(
        text.err.contains("KEEP_WHOLE = {\"/chat\"}"),
        "{}",
        text.err
    );
    // Tools were recorded by another SDK than runs.
    assert!(
        text.err
            .contains("- 'IsRootSpan() and name == \"/chat\"'\n"),
        "{}",
        text.err
    );
    assert!(
        text.err.contains("sampling_percentage: 25}"),
        "{}",
        text.err
    );
    assert_eq!(
        program
            .run(&["insights", "agents/sampling", "--rate", "7"])
            .status,
        2
    );

    let talks = rows(&program, &["agents/conversations"]);
    assert_eq!(talks.len(), 2, "{talks:#?}");
    assert_cells(
        row(&talks, "conversation", "c1"),
        json!({"turns": 2, "runs": 2, "tool_calls": 3, "errors": 2, "agents": {"helper": 2}}),
    );
    let tools = rows(&program, &["agents/tools"]);
    assert_cells(
        &tools[0],
        json!({"tool": "find", "calls": 5, "failed": 4, "failure_rate": 0.8, "asked_again": 1, "recovered": 1, "avg": 14_000_000}),
    );
}

#[test]
fn what_was_said() {
    let chat = |input: Value, output: Value| {
        json!({
            "sentry.op": "gen_ai.chat", "gen_ai.request.model": "gpt-4.1", "gen_ai.conversation.id": "c1",
            "gen_ai.input.messages": input.to_string(), "gen_ai.output.messages": output.to_string(),
            "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3,
        })
    };
    let asked = json!([{"role": "user", "content": "Where is it?"}]);
    let call = json!([{"role": "assistant", "parts": [{"type": "tool_call", "name": "find", "arguments": "{}"}]}]);
    let answer = json!([{"role": "assistant", "content": "Here."}]);
    let tool = json!({
        "sentry.op": "gen_ai.execute_tool", "gen_ai.tool.name": "find", "gen_ai.conversation.id": "c1",
        "gen_ai.tool.call.arguments": "{}", "gen_ai.tool.call.result": "shelf 4", "error.type": "Late",
    });
    let program = made(&[
        entry(span(
            1,
            0,
            500,
            "/chat",
            json!({"sentry.op": "http.server"}),
        )),
        under(1, 1, span(2, 10, 100, "chat", chat(asked.clone(), call))),
        under(1, 1, span(3, 120, 50, "tool", tool)),
        under(1, 1, span(4, 200, 100, "chat", chat(asked, answer))),
    ]);
    let said = rows(
        &program,
        &["agents/transcript", "gen_ai.conversation.id:c1"],
    );
    let lines: Vec<(&str, &str)> = said
        .iter()
        .filter_map(|row| Some((row["role"].as_str()?, row["text"].as_str()?)))
        .collect();
    assert_eq!(
        lines,
        [
            ("user", "Where is it?"),
            ("assistant", "find({})"),
            ("tool", "find({}) → shelf 4"),
            ("assistant", "Here."),
        ]
    );
    assert_cells(
        &said[3],
        json!({"conversation": "c1", "who": "gpt-4.1", "tokens": 10, "failed": 0}),
    );
    assert_cells(&said[2], json!({"who": "find", "failed": 1}));
}

#[test]
fn a_conversation_has_the_tools_of_its_runs() {
    let run = |id: &str| json!({"sentry.op": "gen_ai.invoke_agent", "gen_ai.conversation.id": id});
    let tool = |name: &str| json!({"sentry.op": "gen_ai.execute_tool", "gen_ai.tool.name": name});
    let program = made(&[
        entry(span(1, 0, 100, "run", run("c1"))),
        under(1, 1, span(2, 10, 20, "tool", tool("find"))),
        entry(span(3, 200, 100, "run", run("c2"))),
        under(3, 3, span(4, 210, 20, "tool", tool("send"))),
    ]);
    let who = |args: &[&str]| {
        let said = rows(&program, &[&["agents/transcript"], args].concat());
        let who = said.iter().filter_map(|line| line["who"].as_str());
        who.map(str::to_owned).collect::<Vec<String>>()
    };
    assert_eq!(who(&["gen_ai.conversation.id:c1"]), ["find"]);
    assert_eq!(who(&["gen_ai.tool.name:send"]), ["send"]);
    assert_eq!(who(&[]), ["find", "send"]);
}

#[test]
fn what_became_slower() {
    let mut spans: Vec<MadeSpan> = Vec::new();
    for id in 1..=60u64 {
        let level = if id <= 30 { 100 } else { 180 };
        let length = level + id as i64 % 7;
        spans.push(entry(span(
            id,
            id as i64 * 1000,
            length,
            "/slower",
            json!({"sentry.op": "http.server"}),
        )));
        let same = 100 + id as i64 * 37 % 13;
        spans.push(entry(span(
            100 + id,
            id as i64 * 1000,
            same,
            "/same",
            json!({"sentry.op": "http.server"}),
        )));
        let query = span(
            200 + id,
            id as i64 * 1000,
            length / 2,
            "SELECT 1 FROM t",
            json!({"sentry.op": "db", "db.system": "sqlite"}),
        );
        spans.push(under(id, id, query));
    }
    let program = made(&spans);
    let trends = rows(&program, &["transactions/trends"]);
    assert_eq!(trends.len(), 1, "{trends:#?}");
    assert_cells(
        &trends[0],
        json!({"transaction": "/slower", "change": "slower", "count_before": 30, "count_after": 30, "before": 103_000_000, "after": 183_000_000}),
    );
    let queries = rows(&program, &["queries/trends"]);
    assert_eq!(queries.len(), 1, "{queries:#?}");
    assert_cells(&queries[0], json!({"change": "slower", "count_after": 30}));
    // A quarter of it is too little to tell.
    let from = cli_support::MADE_AT + 50_000_000_000;
    let thin = rows(
        &program,
        &["transactions/trends", "--from", &from.to_string()],
    );
    assert!(thin.is_empty(), "{thin:#?}");
    // What was looked for is said beside the answer.
    let said = "Durations changed no more within the recorded time than chance explains.";
    for json in [&[][..], &["--json"]] {
        let from = from.to_string();
        let asked = ["insights", "transactions/trends", "--from", &from];
        let answer = program.run(&[&asked, json].concat());
        assert!(answer.err.contains(said), "{}", answer.err);
        assert_eq!(answer.out.is_empty(), !json.is_empty(), "{}", answer.out);
    }
    let found = program.run(&["insights", "transactions/trends"]);
    assert!(!found.err.contains("Durations changed"), "{}", found.err);
    let nothing = [
        (&["insights", "caches"][..], "No caches. "),
        (
            &["insights", "queries", "name:nothing"],
            "Nothing fits these filters. ",
        ),
        (
            &["insights", "caches/expansion", "--first", "3"],
            "Nothing to try. ",
        ),
    ];
    for (asked, said) in nothing {
        let answer = program.run(asked);
        assert!(answer.err.starts_with(said), "{asked:?}: {}", answer.err);
    }
}

#[test]
fn what_goes_with_slowness() {
    let spans: Vec<MadeSpan> = (1..=200u64)
        .map(|id| {
            let is_slow = id % 20 == 0;
            let about = json!({"sentry.op": "http.server", "region": if is_slow { "far" } else { "near" }, "shade": id % 3});
            entry(span(id, id as i64 * 100, if is_slow { 900 } else { 50 }, "/page", about))
        })
        .collect();
    let found = rows(&made(&spans), &["transactions/slow"]);
    assert_cells(
        &found[0],
        json!({"transaction": "/page", "attribute": "region", "value": "far", "slow": 1.0, "others": 0.0}),
    );
    assert!(
        found.iter().all(|row| row["attribute"] != "shade"),
        "{found:#?}"
    );
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let mut spans = Vec::new();
    for id in 1..=5u64 {
        let start = id as i64 * 1000;
        spans.push(entry(span(
            id,
            start,
            100,
            "GET /",
            json!({"sentry.op": "http.server"}),
        )));
        let call = json!({"sentry.op": "http.client", "url.full": "http://pay.test/charge"});
        spans.push(under(
            id,
            id,
            MadeSpan {
                kind: 3,
                ..span(100 + id, start, 80, "POST", call)
            },
        ));
        // Answered in a trace of its own.
        let answer = json!({"sentry.op": "http.server", "url.path": "/charge"});
        spans.push(of(
            "pay",
            entry(span(200 + id, start + 10, 40, "POST /charge", answer)),
        ));
    }
    for id in 300..312u64 {
        let text = format!("SELECT name FROM person WHERE id = {id}");
        let query = span(
            id,
            100,
            1,
            &text,
            json!({"sentry.op": "db", "db.system": "postgresql"}),
        );
        spans.push(under(if id == 300 { 7777 } else { 1 }, 1, query));
    }
    let program = made(&spans);
    let all = rows(&program, &["doctor"]);
    assert_fields(&all[0], "check what count of fix examples");
    let checks: Vec<&str> = all.iter().filter_map(|row| row["check"].as_str()).collect();
    assert_eq!(
        checks,
        [
            "broken_propagation",
            "orphans",
            "wrong_kinds",
            "unparameterised_sql"
        ],
        "{all:#?}"
    );
    assert_cells(
        &all[0],
        json!({"count": 5, "of": 5, "what": "5 calls from web to pay began a trace of their own there"}),
    );
    assert_cells(&all[1], json!({"count": 1}));
    assert_eq!(all[1]["examples"].as_array().map(Vec::len), Some(1));
    assert!(
        all[1]["examples"][0]
            .as_str()
            .is_some_and(|place| place.ends_with("/000000000000012c")),
        "{all:#?}"
    );
    // Internal, not client: as this test makes them.
    assert_cells(&all[2], json!({"count": 12, "of": 12}));
    assert_cells(&all[3], json!({"count": 12}));
}

#[test]
fn the_doctor_is_quiet_where_all_is_well() {
    let spans = [
        entry(span(
            1,
            0,
            100,
            "GET /",
            json!({"sentry.op": "http.server"}),
        )),
        under(
            1,
            1,
            MadeSpan {
                kind: 3,
                ..span(
                    2,
                    10,
                    80,
                    "call",
                    json!({"sentry.op": "http.client", "url.full": "http://pay.test/charge"}),
                )
            },
        ),
        of(
            "pay",
            under(
                2,
                1,
                entry(span(
                    3,
                    20,
                    60,
                    "POST /charge",
                    json!({"sentry.op": "http.server", "url.path": "/charge"}),
                )),
            ),
        ),
    ];
    let program = made(&spans);
    assert!(rows(&program, &["doctor"]).is_empty());
    let text = program.run(&["insights", "doctor"]);
    assert!(text.out.starts_with("Nothing is wrong"), "{}", text.out);
}

#[test]
fn the_sample_at_a_glance() {
    let program = Program::new();
    program.ok(&["import", &shop("release-1.4.0.sentry.envelopes")]);
    let answer = program.run(&["insights", "overview", "--json"]);
    assert_eq!(answer.status, 0, "{}", answer.err);
    let all = answer.json();
    let overview = &all[0];
    assert_fields(
        overview,
        "start_ns end_ns sentences services calls endpoints",
    );
    let services = overview["services"].as_array().expect("services");
    let requests: u64 = services
        .iter()
        .filter_map(|service| service["requests"].as_u64())
        .sum();
    let transactions = rows(&program, &["transactions"]);
    let counted: u64 = transactions
        .iter()
        .filter_map(|row| row["count"].as_u64())
        .sum();
    assert_eq!(requests, counted, "the same transactions");
    let sentences = overview["sentences"].as_array().expect("sentences");
    let of_part = |part: &str| {
        sentences
            .iter()
            .filter(|sentence| sentence["part"] == part)
            .count()
    };
    for part in [
        "capture",
        "endpoints",
        "issues",
        "requests",
        "caches",
        "queues",
        "instrumentation",
    ] {
        assert!(of_part(part) > 0, "nothing about {part}: {sentences:#?}");
    }
    assert_eq!(of_part("agents"), 0, "there is none");
    for sentence in sentences {
        assert!(
            sentence["place"]
                .as_str()
                .is_some_and(|place| !place.is_empty()),
            "{sentence}"
        );
    }
    let first = sentences[0]["text"].as_str().unwrap_or_default();
    assert!(
        first.starts_with(&format!("{requests} requests of ")),
        "{first}"
    );

    // A run of 113 like queries in one transaction.
    let callers = rows(&program, &["queries/callers"]);
    let repeated = callers
        .iter()
        .find(|row| row["most_per_run"] == 113)
        .expect("the repeated query");
    assert_cells(
        repeated,
        json!({"caller": "/api/documents", "per_run": 113.0}),
    );
    let issues = repeated["issues"].as_object().expect("issues");
    assert!(
        issues.keys().any(|kind| kind.starts_with("n_plus_one")),
        "{repeated}"
    );

    let none = program.run(&["insights", "overview", "service:nobody"]);
    assert_eq!(none.status, 0);
    assert!(none.out.contains("There are no spans"), "{}", none.out);
    assert_eq!(program.run(&["insights", "caches/nothing"]).status, 2);
}
