//! Detectors of what agents do with their tools, at and just beside each threshold.

use crate::detect_support::{Made, check, event, span, text};
use headwater::analysis::detect::Kind;

#[test]
fn redundant_tool_calls() {
    let call = |id: u64, start: i64, question: &str, answer: &str| {
        span(
            id,
            "gen_ai.execute_tool",
            "execute_tool search",
            start,
            start + 500_000,
        )
        .with("gen_ai.tool.name", text("search"))
        .with("gen_ai.tool.call.arguments", text(question))
        .with("gen_ai.tool.call.result", text(answer))
    };
    let calls = |pause: i64, questions: [&str; 3], answers: [&str; 3]| {
        let pairs = questions.into_iter().zip(answers).enumerate();
        event(
            pairs
                .map(|(at, (question, answer))| {
                    call(10 + at as u64, at as i64 * pause, question, answer)
                })
                .collect(),
        )
    };
    const ASK: &str = r#"{"q":"weather in paris today","n":1}"#;
    const SAME: &str = r#"{ "n": 1, "q": "weather in paris today" }"#;
    const RAIN: &str = "rain all day long in the city";
    let usual = || calls(1_000_000, [ASK, SAME, ASK], [RAIN; 3]);
    let with = |made: Made| {
        let mut event = usual();
        event.spans.push(made);
        event
    };
    let thrice = |mut spans: Vec<Made>, start: i64| {
        let again = |at: i64| call(5_000 + at as u64, start + at * 1_000_000, ASK, RAIN);
        spans.extend((0..3).map(again));
        event(spans)
    };
    // Questions of which each is asked once come first.
    let after_questions = |count: i64| {
        let ask = |at: i64| call(100 + at as u64, at * 1_000_000, &format!("only{at}"), "one");
        thrice((0..count).map(ask).collect(), count * 1_000_000)
    };
    // One question of another tool comes first, again and again.
    let after_calls = |count: i64| {
        let ask = |at: i64| {
            let mut made = call(100 + at as u64, at * 1_000_000, ASK, RAIN);
            made.values[0].1 = text("other");
            made
        };
        thrice((0..count).map(ask).collect(), count * 1_000_000)
    };
    check(
        Kind::RedundantToolCalls,
        vec![
            ("three alike", 1, usual()),
            ("two", 0, {
                let mut event = usual();
                event.spans.pop();
                event
            }),
            (
                "other questions",
                0,
                calls(
                    1_000_000,
                    [
                        "{\"q\":\"a b c\"}",
                        "{\"q\":\"d e f\"}",
                        "{\"q\":\"g h i\"}",
                    ],
                    [RAIN; 3],
                ),
            ),
            (
                "the last answer is new",
                0,
                calls(1_000_000, [ASK; 3], [RAIN, RAIN, "sunshine tomorrow"]),
            ),
            (
                "answers differ",
                0,
                calls(1_000_000, [ASK; 3], [RAIN, "snow", "fog"]),
            ),
            (
                "a minute between",
                1,
                calls(60_500_000, [ASK; 3], [RAIN; 3]),
            ),
            (
                "more than a minute between",
                0,
                calls(60_500_001, [ASK; 3], [RAIN; 3]),
            ),
            (
                "something was written",
                0,
                with(span(50, "db", "INSERT INTO a", 700_000, 800_000)),
            ),
            (
                "something was sent",
                0,
                with(span(50, "http.client", "POST /a", 700_000, 800_000)),
            ),
            (
                "something was read",
                1,
                with(span(50, "http.client", "GET /a", 700_000, 800_000)),
            ),
            (
                "every second answer is the first",
                1,
                calls(1_000_000, [ASK; 3], [RAIN, "snow", RAIN]),
            ),
            ("fewer answers are the first", 0, {
                let mut event = calls(1_000_000, [ASK; 3], [RAIN, "snow", "fog"]);
                event.spans.push(call(13, 3_000_000, ASK, RAIN));
                event
            }),
            (
                "four words of five are the same",
                1,
                calls(1_000_000, ["a b c d", "a b c d", "a b c d e"], [RAIN; 3]),
            ),
            (
                "three words of four are the same",
                0,
                calls(1_000_000, ["a b c", "a b c", "a b c d"], [RAIN; 3]),
            ),
            (
                "four words of five are answered again",
                1,
                calls(1_000_000, [ASK; 3], ["a b c d", "x", "a b c d e"]),
            ),
            (
                "three words of four are answered again",
                0,
                calls(1_000_000, [ASK; 3], ["a b c", "a b c", "a b c d"]),
            ),
            (
                "the twentieth question again and again",
                1,
                after_questions(19),
            ),
            ("the twenty-first", 0, after_questions(20)),
            ("the last of 200 calls", 2, after_calls(197)),
            ("the last of 201 calls", 1, after_calls(198)),
            ("one failed", 0, {
                let mut event = usual();
                event.spans[1].failed = true;
                event
            }),
        ],
    );
}
