//! Figures at their edges: spans whose dialect names things in a way of its own, numbers that are texts, a time of no length.

use crate::cli_support;
use crate::cli_support::{MadeSpan, Program};
use serde_json::{Value, json};

/// A span of trace 1: its id, the one above, its kind, name, start and duration in milliseconds, attributes.
type Made<'a> = (u64, u64, u8, &'a str, i64, i64, Value);

fn made(spans: &[Made]) -> Program {
    let span = |(id, parent, kind, name, start, duration, attributes): &Made| MadeSpan {
        trace: 1,
        service: "shop".to_owned(),
        id: *id,
        parent: *parent,
        kind: *kind,
        name: (*name).to_owned(),
        start: *start,
        duration: *duration,
        attributes: attributes.clone(),
    };
    cli_support::made(&spans.iter().map(span).collect::<Vec<_>>())
}

fn rows(program: &Program, args: &[&str]) -> Vec<Value> {
    let answer = program.run(&[&["insights"], args, &["--json"]].concat());
    assert_eq!(answer.status, 0, "{args:?}: {}", answer.err);
    answer.json()
}

fn only(rows: Vec<Value>) -> Value {
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows.into_iter().next().unwrap_or_default()
}

#[test]
fn one_instant_has_no_rate() {
    let program = made(&[(1, 0, 2, "GET /", 0, 5, json!({}))]);
    let row = only(rows(&program, &["transactions"]));
    assert_eq!(
        (&row["count"], &row["tpm"]),
        (&json!(1), &Value::Null),
        "{row}"
    );
    let minute = ["--from", "1795243570", "--to", "1795243630"];
    let row = only(rows(&program, &[&["transactions"], &minute[..]].concat()));
    assert_eq!(row["tpm"], 1.0);
    assert!(rows(&program, &["transactions", "name:nowhere"]).is_empty());
}

#[test]
fn a_poll_is_no_processing_where_processing_is_told() {
    let message = |destination: &str, operation: &str| json!({"messaging.system": "kafka", "messaging.destination.name": destination, "messaging.operation.type": operation});
    let program = made(&[
        (1, 0, 4, "send a", 0, 1, message("a", "send")),
        (2, 0, 5, "receive a", 10, 1, message("a", "receive")),
        (3, 0, 3, "receive a", 11, 1, message("a", "receive")),
        (4, 1, 5, "process a", 12, 7, message("a", "process")),
        (5, 4, 3, "ack a", 18, 1, message("a", "settle")),
        // A library that knows no other word.
        (6, 0, 4, "send b", 0, 1, message("b", "send")),
        (7, 0, 5, "receive b", 10, 3, message("b", "receive")),
    ]);
    let all = rows(&program, &["queues", "--group-by", "destination"]);
    for (destination, average) in [("a", 7_000_000), ("b", 3_000_000)] {
        let row = all.iter().find(|row| row["destination"] == destination);
        let row = row.expect(destination);
        assert_eq!(row["published"], 1, "{row}");
        assert_eq!(row["processed"], 1, "{row}");
        assert_eq!(row["backlog"], 0, "{row}");
        assert_eq!(row["avg_processing"], average, "{row}");
    }
}

#[test]
fn said_and_measured_waits_are_not_mixed() {
    let message = json!({"messaging.destination.name": "a"});
    let said =
        json!({"messaging.destination.name": "a", "messaging.message.receive.latency": "40.5"});
    let measured = [
        (1, 0, 4, "send", 0, 1, message.clone()),
        (2, 1, 5, "work", 10, 1, message.clone()),
    ];
    let waited = |program: &Program| {
        let row = only(rows(program, &["queues", "--group-by", "destination"]));
        row["avg_time_in_queue"].clone()
    };
    assert_eq!(waited(&made(&measured)), 10_000_000);
    let mut both = measured.to_vec();
    both.push((3, 0, 4, "send", 0, 1, message));
    both.push((4, 3, 5, "work", 90, 1, said));
    assert_eq!(waited(&made(&both)), 40_500_000);
}

#[test]
fn calls_of_models_in_every_dialect() {
    let program = made(&[
        (
            1,
            0,
            3,
            "openai.chat",
            0,
            9,
            json!({"gen_ai.system": "openai", "gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 10}),
        ),
        (
            2,
            0,
            1,
            "ai.generateText",
            10,
            9,
            json!({"ai.operationId": "ai.generateText", "ai.model.id": "m", "ai.usage.promptTokens": 200, "ai.usage.completionTokens": 20}),
        ),
        (
            3,
            2,
            1,
            "ai.generateText.doGenerate",
            11,
            7,
            json!({"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "m", "ai.usage.promptTokens": 200, "ai.usage.completionTokens": 20}),
        ),
        (
            4,
            2,
            1,
            "ai.toolCall",
            18,
            1,
            json!({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "weather"}),
        ),
        (
            5,
            0,
            1,
            "ChatOpenAI",
            20,
            9,
            json!({"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 300, "llm.token_count.completion": 30}),
        ),
        (
            6,
            0,
            1,
            "chain",
            30,
            9,
            json!({"openinference.span.kind": "CHAIN"}),
        ),
    ]);
    let row = only(rows(&program, &["agents"]));
    for (column, expected) in [
        ("llm_calls", 3),
        ("runs", 1),
        ("tool_calls", 1),
        ("input_tokens", 600),
        ("output_tokens", 60),
    ] {
        assert_eq!(row[column], expected, "{column} of {row}");
    }
    let tool = only(rows(&program, &["agents", "--group-by", "tool"]));
    assert_eq!(
        (&tool["tool"], &tool["tool_calls"]),
        (&json!("weather"), &json!(1))
    );
}

/// Zipkin's tags are texts, whatever they mean.
#[test]
fn numbers_that_are_texts_compare_and_add_up() {
    let program = Program::new();
    let codes = ["200", "404", "503", "n/a", "007", "2e9", "-1.5"];
    let span = |(at, code): (usize, &&str)| json!({"traceId": "0000000000000001", "id": format!("{:016x}", at + 1), "name": "x", "timestamp": 1_795_243_582_000_000i64, "duration": 1, "tags": {"code": code}});
    let spans: Vec<Value> = codes.iter().enumerate().map(span).collect();
    let file = program.write("zipkin.json", Value::from(spans).to_string());
    program.ok(&["import", &file]);
    for (query, count) in [
        ("code:>=400", 2),
        ("code:<0", 1),
        ("code:404", 1),
        ("!code:>=400", 2),
        ("tags[code,number]:>=400", 0),
        ("code:7", 0),
    ] {
        assert_eq!(program.count("spans", query), count, "{query}");
    }
    let all = program.json(&["spans", "--agg", "sum(code),avg(code),max(code),p50(code)"]);
    let row = &all[0];
    assert_eq!(row["sum(code)"], 1105.5, "{row}");
    assert_eq!(row["avg(code)"], 1105.5 / 4.0, "{row}");
    assert_eq!(row["max(code)"], 503, "{row}");
    assert_eq!(row["p50(code)"], 302.0, "{row}");
}

#[test]
fn the_empty_text_is_what_has_finds_nothing_in() {
    let program = made(&[
        (1, 0, 1, "a", 0, 1, json!({"k": ""})),
        (2, 0, 1, "b", 0, 1, json!({"k": "v"})),
        (3, 0, 1, "c", 0, 1, json!({})),
    ]);
    for (query, count) in [
        ("k:\"\"", 2),
        ("!k:\"\"", 1),
        ("!has:k", 2),
        ("k://^$//", 1),
        ("tags[k,string]:\"\"", 1),
    ] {
        assert_eq!(program.count("spans", query), count, "{query}");
    }
}
