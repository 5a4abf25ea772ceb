//! What differs between two sets of traces, as JSON and as Markdown.

use crate::analysis::before_after::{BeforeAfter, EndpointTurn, IssueTurn, Turn};
use crate::model::human;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// Lines of each table of Markdown; what is left out is said.
const MOST: usize = 50;

/// One JSON object; `sides` are what the two are called.
pub fn json(found: &BeforeAfter, sides: [&str; 2]) -> Json {
    let side = |at: usize| json!({ "name": sides[at], "trace_count": found.traces[at] });
    json!({
        "left": side(0),
        "right": side(1),
        "issues": found.issues.iter().map(issue).collect::<Vec<_>>(),
        "endpoints": found.endpoints.iter().map(endpoint).collect::<Vec<_>>(),
    })
}

/// Issues as scripts see them.
fn issue(turn: &IssueTurn) -> Json {
    let sides = &turn.issue.sides;
    let example = |at: usize| sides[at].example.map(|trace| trace.to_string());
    json!({
        "change": turn.turn.name(false),
        "kind": turn.issue.kind.name(),
        "title": turn.issue.title,
        "fingerprint": turn.issue.fingerprint,
        "left_count": sides[0].count,
        "right_count": sides[1].count,
        "left_per_thousand_traces": turn.per_thousand[0],
        "right_per_thousand_traces": turn.per_thousand[1],
        "left_time_to_win_ns": sides[0].to_win,
        "right_time_to_win_ns": sides[1].to_win,
        "chance": turn.chance,
        "left_trace_id": example(0),
        "right_trace_id": example(1),
    })
}

fn endpoint(turn: &EndpointTurn) -> Json {
    let example = |at: usize| turn.examples[at].map(|trace| trace.to_string());
    json!({
        "change": turn.turn.name(true),
        "transaction": &*turn.name,
        "service": &*turn.service,
        "left_count": turn.counts[0],
        "right_count": turn.counts[1],
        "left_p50_ns": turn.p50[0],
        "right_p50_ns": turn.p50[1],
        "left_p95_ns": turn.p95[0],
        "right_p95_ns": turn.p95[1],
        "chance": turn.chance,
        "longer": turn.longer,
        "left_trace_id": example(0),
        "right_trace_id": example(1),
    })
}

/// A heading and two tables, of what changed.
pub fn markdown(found: &BeforeAfter, sides: [&str; 2]) -> String {
    let mut out = format!("## {} → {}\n\n", cell(sides[0]), cell(sides[1]));
    let traces = found.traces.map(|count| human::counted(count, "trace"));
    let _ = writeln!(out, "{} → {}. {}\n", traces[0], traces[1], summary(found));
    let issues: Vec<&IssueTurn> = changed(&found.issues, |turn| turn.turn);
    if !issues.is_empty() {
        out.push_str("| Issue | Kind | Change | Before, in 1,000 traces | After | To win before | After |\n|---|---|---|--:|--:|--:|--:|\n");
        for turn in issues.iter().take(MOST) {
            let sides = &turn.issue.sides;
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} |",
                cell(&turn.issue.title),
                turn.issue.kind.detector().title,
                turn.turn.name(false),
                rate(turn.per_thousand[0]),
                rate(turn.per_thousand[1]),
                time(sides[0].to_win),
                time(sides[1].to_win),
            );
        }
        more(&mut out, issues.len(), "issue");
    }
    let endpoints: Vec<&EndpointTurn> = changed(&found.endpoints, |turn| turn.turn);
    if !endpoints.is_empty() {
        out.push_str("| Endpoint | Service | Change | Before, median | After | Before, 95 % | After | By chance |\n|---|---|---|--:|--:|--:|--:|--:|\n");
        for turn in endpoints.iter().take(MOST) {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                cell(&turn.name),
                cell(&turn.service),
                turn.turn.name(true),
                time(turn.p50[0]),
                time(turn.p50[1]),
                time(turn.p95[0]),
                time(turn.p95[1]),
                chance(turn.chance),
            );
        }
        more(&mut out, endpoints.len(), "endpoint");
    }
    out
}

/// What changed, in one sentence.
pub fn summary(found: &BeforeAfter) -> String {
    let mut parts = Vec::new();
    for turn in [Turn::New, Turn::Worse, Turn::Better, Turn::Gone] {
        let issues = found.issues.iter().filter(|found| found.turn == turn);
        let count = issues.count() as u64;
        if count > 0 {
            let issues = human::counted(count, "issue");
            parts.push(match turn {
                Turn::New => format!("{issues} new"),
                Turn::Gone => format!("{issues} gone"),
                turn => format!(
                    "{issues} met {}",
                    if turn == Turn::Worse {
                        "more often"
                    } else {
                        "less often"
                    }
                ),
            });
        }
    }
    for turn in [Turn::Worse, Turn::Better] {
        let endpoints = found.endpoints.iter().filter(|found| found.turn == turn);
        let count = endpoints.count() as u64;
        if count > 0 {
            let endpoints = human::counted(count, "endpoint");
            parts.push(format!("{endpoints} {}", turn.name(true)));
        }
    }
    match parts.is_empty() {
        true => "No difference that is more than chance.".to_owned(),
        false => format!("{}.", parts.join(", ")),
    }
}

/// How often in a thousand.
pub fn rate(rate: f64) -> String {
    match rate {
        0.0 => "–".to_owned(),
        rate if rate < 10.0 => format!("{rate:.1}"),
        rate => human::grouped(rate.round() as u64),
    }
}

/// How likely something is by chance.
pub fn chance(chance: Option<f64>) -> String {
    match chance {
        None => "too few".to_owned(),
        Some(chance) if chance < 0.001 => "< 0.1 %".to_owned(),
        Some(chance) => format!("{:.1} %", chance * 100.0),
    }
}

fn changed<T>(turns: &[T], turn: impl Fn(&T) -> Turn) -> Vec<&T> {
    turns
        .iter()
        .filter(|found| turn(found).is_change())
        .collect()
}

fn more(out: &mut String, count: usize, noun: &str) {
    if let Some(more) = count.checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(out, "\nand {} more", human::counted(more as u64, noun));
    }
    out.push('\n');
}

fn time(nanos: Option<i64>) -> String {
    nanos.map_or_else(|| "–".to_owned(), human::duration)
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    let line = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let short: String = line.chars().take(120).collect();
    match short.len() < line.len() {
        true => format!("{short}…"),
        false => short,
    }
}
