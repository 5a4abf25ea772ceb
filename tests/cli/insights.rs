//! `headwater insights`: the sample, counted by a separate script from the plain file, and small stores worked out by hand.

use crate::cli_support;
use crate::cli_support::{MadeSpan, Program, assert_fields, shop};
use serde_json::{Value, json};

/// The rows of a module. Notes on them go to standard error, which is no failure.
fn rows(program: &Program, args: &[&str]) -> Vec<Value> {
    let answer = program.run(&[&["insights"], args, &["--json"]].concat());
    assert_eq!(answer.status, 0, "{args:?}: {}", answer.err);
    answer.json()
}

fn row<'a>(rows: &'a [Value], column: &str, name: &str) -> &'a Value {
    let found = rows.iter().find(|row| row[column] == name);
    found.unwrap_or_else(|| panic!("no {name}: {rows:#?}"))
}

fn assert_cells(row: &Value, expected: &Value) {
    for (name, value) in expected.as_object().expect("cells") {
        let (own, other) = (row[name].as_f64(), value.as_f64());
        let is_near = own
            .zip(other)
            .is_some_and(|(own, other)| (own - other).abs() <= 1e-6 * other.abs().max(1.0));
        assert!(
            &row[name] == value || is_near,
            "{name}: {}, not {value}",
            row[name]
        );
    }
}

fn sample() -> Program {
    let program = Program::new();
    program.ok(&["import", &shop("release-1.4.0.sentry.envelopes")]);
    program
}

#[test]
fn transactions_of_the_sample() {
    let program = sample();
    let all = rows(&program, &["transactions"]);
    assert_eq!(all.len(), 17);
    let checkout = row(&all, "transaction", "/api/checkout");
    assert_fields(
        checkout,
        "transaction op service release environment count tpm p50 p75 p95 p99 apdex user_misery failure_rate users time_spent",
    );
    assert_cells(
        checkout,
        &json!({
            "op": "http.server", "count": 6, "p50": 132_636_000, "p75": 155_319_750, "p95": 158_757_750,
            "p99": 158_777_150, "apdex": 1.0, "failed": 2, "failure_rate": 1.0 / 3.0, "users": 5, "time_spent": 800_149_000,
            // No user waited longer than four times 300 ms.
            "user_misery": 5.8875 / (5.0 + 5.8875 + 111.8625),
        }),
    );
    let mail = row(
        &all,
        "transaction",
        "shop.documents.tasks.send_welcome_email",
    );
    assert_cells(
        mail,
        &json!({"count": 21, "failed": 11, "users": 0, "user_misery": 0.0, "time_spent": 532_386_000}),
    );

    // A threshold of its own: four of six took between 100 and 400 ms… none less than 1 ms.
    let strict = rows(
        &program,
        &[
            "transactions",
            "--apdex",
            "/api/checkout=1ms",
            "--apdex",
            "10s",
        ],
    );
    assert_cells(
        row(&strict, "transaction", "/api/checkout"),
        &json!({"apdex": 0.0}),
    );
    assert_cells(
        row(&strict, "transaction", "/api/reports/summary"),
        &json!({"apdex": 1.0}),
    );

    let by_release = rows(
        &program,
        &["transactions", "--group-by", "release", "--limit", "0"],
    );
    let counts = by_release
        .iter()
        .filter(|row| row["transaction"] == "/api/checkout");
    assert_eq!(
        counts.filter_map(|row| row["count"].as_u64()).sum::<u64>(),
        6
    );

    let sorted = rows(
        &program,
        &["transactions", "--sort", "-count", "--limit", "2"],
    );
    assert_eq!(sorted.len(), 2);
    assert_eq!(
        (&sorted[0]["count"], &sorted[1]["count"]),
        (&json!(21), &json!(9))
    );
}

#[test]
fn other_modules_of_the_sample() {
    let program = sample();
    let queries = rows(&program, &["queries"]);
    let repeated = queries
        .iter()
        .find(|row| row["count"] == 226)
        .expect("the repeated query");
    assert_fields(
        repeated,
        "query group system action domain count tpm avg p95 time_spent share callers",
    );
    assert_cells(
        repeated,
        &json!({
            "action": "SELECT", "system": "postgresql", "total_duration": 235_314_000, "time_spent": 235_314_000,
            "domain": ["documents_contact", "documents_document_contacts"], "callers": {"/api/documents": 226},
        }),
    );
    let narrowed = rows(
        &program,
        &["queries", "description:*documents_document_contacts*"],
    );
    assert_eq!(narrowed.len(), 1);

    let requests = rows(&program, &["requests"]);
    let payments = row(&requests, "domain", "payments.test");
    assert_fields(
        payments,
        "domain route count tpm avg p95 rate_3xx rate_4xx rate_5xx statuses time_spent",
    );
    assert_cells(
        payments,
        &json!({"route": "/v1/charges", "count": 8, "rate_4xx": 0.375, "rate_5xx": 0.125, "statuses": {"200": 4, "429": 3, "503": 1}}),
    );

    let caches = rows(&program, &["caches"]);
    let orders = row(&caches, "transaction", "/admin/order-items");
    assert_fields(
        orders,
        "transaction key_prefix hits misses puts miss_rate avg_item_size tpm avg_get time_spent",
    );
    assert_cells(
        orders,
        &json!({"key_prefix": "order-items", "hits": 0, "misses": 2, "puts": 0, "miss_rate": 1.0}),
    );
    let keys = rows(&program, &["caches", "--group-by", "key"]);
    assert_cells(
        row(&keys, "key", "order-items:page:*"),
        &json!({"misses": 2, "keys": 2}),
    );

    let queues = rows(&program, &["queues", "--group-by", "destination"]);
    assert_cells(
        row(&queues, "destination", "default"),
        &json!({"published": 15, "processed": 25, "errors": 12, "backlog": -10}),
    );
    let jobs = rows(&program, &["queues"]);
    assert_fields(
        &jobs[0],
        "destination job published processed avg_time_in_queue avg_processing error_rate retries backlog time_spent",
    );
}

/// One span: id, parent, name, start and duration in milliseconds, attributes. `sentry.op` makes it what it is; a parent of
/// 0 is none.
type Made = (u64, u64, &'static str, u64, u64, Value);

/// A program with one trace of these spans; those without a parent and those that say so are transactions.
fn made(spans: &[Made]) -> Program {
    let span = |(id, parent, name, start, duration, attributes): &Made| {
        let is_entry = attributes.get("is_entry").is_some() || *parent == 0;
        MadeSpan {
            trace: 1,
            service: "made".to_owned(),
            id: *id,
            parent: *parent,
            kind: if is_entry { 2 } else { 1 },
            name: (*name).to_owned(),
            start: *start as i64,
            duration: *duration as i64,
            attributes: attributes.clone(),
        }
    };
    cli_support::made(&spans.iter().map(span).collect::<Vec<_>>())
}

#[test]
fn a_job_is_counted_once_however_it_was_written() {
    let program = made(&[
        (1, 0, "request", 0, 20, json!({"sentry.op": "http.server"})),
        // An SDK that writes no more than these two.
        (
            10,
            1,
            "mail",
            1,
            2,
            json!({"sentry.op": "queue.submit.celery", "messaging.destination.name": "q"}),
        ),
        (
            11,
            10,
            "mail",
            41,
            10,
            json!({"sentry.op": "queue.task.celery", "messaging.destination.name": "q", "is_entry": true}),
        ),
        // One that writes all.
        (
            20,
            1,
            "mail",
            4,
            3,
            json!({"sentry.op": "queue.submit.celery"}),
        ),
        (
            21,
            20,
            "mail",
            5,
            1,
            json!({"sentry.op": "queue.publish", "messaging.destination.name": "q"}),
        ),
        (
            22,
            20,
            "mail",
            50,
            30,
            json!({"sentry.op": "queue.task.celery", "is_entry": true}),
        ),
        (
            23,
            22,
            "mail",
            55,
            20,
            json!({
                "sentry.op": "queue.process", "messaging.destination.name": "q", "error.type": "Failed",
                "messaging.message.receive.latency": 7.0, "messaging.message.retry.count": 1,
            }),
        ),
        (24, 23, "SELECT 1", 60, 5, json!({"sentry.op": "db"})),
    ]);
    let all = rows(&program, &["queues"]);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_cells(
        &all[0],
        &json!({
            "destination": "q", "job": "mail", "published": 2, "processed": 2, "backlog": 0, "errors": 1, "error_rate": 0.5,
            // As the consumer says where one does: what spans show of the other is another measure.
            "retries": 1, "avg_time_in_queue": 7_000_000, "avg_processing": 15_000_000,
            // 10 of the task, 20 without the query's 5 of the process
            "time_spent": 25_000_000, "producers": {"request": 2},
        }),
    );
}

#[test]
fn tools_belong_to_the_model_that_asked_for_them() {
    let tokens = json!({
        "sentry.op": "gen_ai.chat", "gen_ai.request.model": "gpt-4.1", "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.input_tokens.cached": 200, "gen_ai.usage.output_tokens": 100,
    });
    let other = json!({"sentry.op": "gen_ai.chat", "gen_ai.request.model": "homemade", "gen_ai.usage.input_tokens": 10});
    let tool = |failed: bool| match failed {
        false => json!({"sentry.op": "gen_ai.execute_tool", "gen_ai.tool.name": "search"}),
        true => {
            json!({"sentry.op": "gen_ai.execute_tool", "gen_ai.tool.name": "search", "error.type": "Failed"})
        }
    };
    let run = json!({
        "sentry.op": "gen_ai.invoke_agent", "gen_ai.agent.name": "helper", "gen_ai.conversation.id": "c1",
        // Runs repeat the sums of their calls.
        "gen_ai.usage.input_tokens": 1010,
    });
    let program = made(&[
        (
            1,
            0,
            "POST /chat",
            0,
            100,
            json!({"sentry.op": "http.server", "user.id": "7"}),
        ),
        (2, 1, "invoke", 1, 90, run),
        (3, 2, "chat", 2, 10, tokens),
        (4, 2, "tool", 15, 5, tool(false)),
        (5, 2, "chat", 25, 20, other),
        (6, 2, "tool", 50, 7, tool(true)),
    ]);
    let models = rows(&program, &["agents"]);
    assert_eq!(models.len(), 2, "{models:#?}");
    let known = row(&models, "model", "gpt-4.1");
    assert_fields(
        known,
        "model runs llm_calls tool_calls tool_errors input_tokens cached_tokens output_tokens reasoning_tokens cost p95",
    );
    assert_cells(
        known,
        &json!({
            "runs": 1, "llm_calls": 1, "tool_calls": 1, "tool_errors": 0, "input_tokens": 1000, "cached_tokens": 200,
            "output_tokens": 100, "p95": 10_000_000,
            // 800 at $2, 200 at $0.5, 100 at $8, for a million
            "cost": 0.0025,
        }),
    );
    assert_cells(
        row(&models, "model", "homemade"),
        &json!({"tool_calls": 1, "tool_errors": 1, "cost": null}),
    );
    let answer = program.run(&["insights", "agents"]);
    assert!(
        answer.err.contains("no price is known of homemade"),
        "{}",
        answer.err
    );

    let prices =
        r#"{"date": "2026-11-01", "models": [{"model": "homemade", "input": 5, "output": 1}]}"#;
    let file = program.write("other-prices.json", prices);
    let priced = rows(&program, &["agents", "--prices", &file]);
    assert_cells(row(&priced, "model", "homemade"), &json!({"cost": 0.00005}));

    for (by, name) in [
        ("conversation", "c1"),
        ("agent", "helper"),
        ("transaction", "POST /chat"),
        ("user", "7"),
    ] {
        let found = rows(&program, &["agents", "--group-by", by]);
        assert_eq!(found.len(), 1, "{by}: {found:#?}");
        assert_cells(
            row(&found, by, name),
            &json!({"runs": 1, "llm_calls": 2, "tool_calls": 2, "tool_errors": 1, "input_tokens": 1010, "cost": 0.0025}),
        );
    }
    let tools = rows(&program, &["agents", "--group-by", "tool"]);
    assert_cells(
        row(&tools, "tool", "search"),
        &json!({"tool_calls": 2, "tool_errors": 1, "avg": 6_000_000}),
    );
}

#[test]
fn a_page_scores_by_what_counts_last() {
    let program = made(&[
        (
            1,
            0,
            "/page",
            0,
            900,
            json!({"sentry.op": "pageload", "measurements.lcp": 2400.0, "measurements.fcp": 1600.0}),
        ),
        (
            2,
            1,
            "lcp",
            0,
            1,
            json!({"sentry.op": "ui.webvital.lcp", "browser.web_vital.lcp.value": 1200.0}),
        ),
        (
            3,
            0,
            "/other",
            0,
            900,
            json!({"sentry.op": "pageload", "measurements.lcp": 2400.0}),
        ),
    ]);
    let pages = rows(&program, &["vitals"]);
    assert_fields(
        &pages[0],
        "page pageloads p75_lcp p75_fcp p75_inp p75_cls p75_ttfb score opportunity",
    );
    let missing = (0.3 * 0.1 + 0.15 * 0.5, 0.3 * 0.5);
    assert_cells(
        row(&pages, "page", "/page"),
        &json!({
            "pageloads": 1, "p75_lcp": 1_200_000_000, "p75_fcp": 1_600_000_000, "p75_cls": null,
            "score": 100.0 * (0.9 * 0.3 + 0.5 * 0.15) / 0.45, "opportunity": missing.0 / (missing.0 + missing.1),
        }),
    );
    assert_cells(
        row(&pages, "page", "/other"),
        &json!({"score": 50.0, "meh": 1, "poor": 0}),
    );
}

#[test]
fn refusals_in_a_row_are_a_burst() {
    let call = |place: u64| -> Made {
        let status = if place < 6 { 429 } else { 200 };
        let attributes = json!({"sentry.op": "http.client", "url.full": "http://a.test/x/1234567", "http.response.status_code": status});
        (place + 2, 1, "GET", place * 1000, 10, attributes)
    };
    let mut spans = vec![(1, 0, "job", 0, 9_000, json!({"sentry.op": "queue.task"}))];
    spans.extend((0..8).map(call));
    let program = made(&spans);
    let all = rows(&program, &["requests"]);
    assert_cells(
        &all[0],
        &json!({"domain": "a.test", "route": "/x/*", "rate_4xx": 0.75, "callers": {"job": 8}}),
    );
    let bursts = all[0]["bursts"].as_object().expect("bursts");
    assert_eq!(
        bursts.values().collect::<Vec<_>>(),
        [&json!(6)],
        "{bursts:?}"
    );
    let early = rows(&program, &["requests", "--to", "1795243585"]);
    assert_cells(&early[0], &json!({"count": 3, "bursts": {}}));
}

#[test]
fn wrong_use_says_what_there_is() {
    let program = sample();
    for (args, wanted) in [
        (&["insights", "strange"][..], "transactions, queries"),
        (&["insights", "queries", "--group-by", "x"], "domain"),
        (&["insights", "vitals", "--group-by", "x"], "nothing else"),
        (&["insights", "queries", "--sort", "x"], "time_spent"),
        (
            &["insights", "transactions", "--apdex", "soon"],
            "threshold",
        ),
        (&["insights", "queries", "a:("], "^"),
    ] {
        let answer = program.run(args);
        assert_eq!(answer.status, 2, "{args:?}: {}", answer.err);
        assert!(answer.err.contains(wanted), "{args:?}: {}", answer.err);
    }
    let counted = program.ok(&["insights", "requests", "--count"]);
    assert_eq!(counted.trim(), "{\"count\":6}");
}
