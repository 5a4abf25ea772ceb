//! Queries one after another that do not need each other's answers.

use super::subject::{Field, Subject};
use super::{Findings, Kind, Settings, begins_with, is_whole};
use crate::analysis::digest::sha1_hex;
use crate::analysis::normalise::literal::has_literal;
use crate::analysis::tree::SpanIndex;
use serde_json::json;

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    if !is_eligible(subject) {
        return;
    }
    let mut run: Vec<SpanIndex> = Vec::new();
    for at in subject.spans.iter().copied() {
        let overlaps = run
            .last()
            .is_some_and(|last| subject.span(*last).end() > subject.span(at).start);
        if !is_select(subject, at) || overlaps {
            report(subject, settings, &run, findings);
            // What ends a run does not begin the next.
            run.clear();
        } else {
            run.push(at);
        }
    }
    report(subject, settings, &run, findings);
}

/// PHP cannot run queries side by side, and GraphQL's queries are not the program's.
fn is_eligible(subject: &Subject) -> bool {
    let sdk = subject.span(subject.root).sdk.to_ascii_lowercase();
    let url = subject
        .text(subject.root, Field::RequestUrl)
        .unwrap_or_default();
    let method = subject
        .text(subject.root, Field::RequestMethod)
        .unwrap_or_default();
    let is_request = ["post", "get"]
        .iter()
        .any(|known| method.eq_ignore_ascii_case(known));
    let is_graphql = url.ends_with("/graphql") && is_request;
    !sdk.contains("php") && !is_graphql
}

fn is_select(subject: &Subject, at: SpanIndex) -> bool {
    subject.op(at).starts_with("db") && begins_with(subject.description(at).trim(), "SELECT")
}

fn is_independent(text: &str) -> bool {
    let has_placeholder = ["?", "$1", "%s"].iter().any(|sign| text.contains(sign));
    is_whole(text)
        && !has_placeholder
        && !text.to_uppercase().contains("WHERE")
        && !has_literal(text)
}

fn report(subject: &Subject, settings: &Settings, run: &[SpanIndex], findings: &mut Findings) {
    let rest = run.iter().enumerate().skip(1);
    let independent: Vec<(usize, SpanIndex)> = rest
        .filter(|(_, at)| is_independent(subject.description(**at)))
        .map(|(place, at)| (place, *at))
        .collect();
    let spans: Vec<SpanIndex> = independent.iter().map(|(_, at)| *at).collect();
    let Some((first, _)) = independent.first().copied() else {
        return;
    };
    if run.len() < settings.consecutive_db_count
        || spans
            .iter()
            .any(|at| subject.duration(*at) <= settings.consecutive_db_each)
    {
        return;
    }
    let total = subject.sum(run);
    let longest = spans
        .iter()
        .map(|at| subject.duration(*at))
        .max()
        .unwrap_or_default();
    let saved = total - longest.max(total - subject.sum(&spans));
    if saved < settings.consecutive_db_saved
        || total <= 0
        || (saved as f64 / total as f64) < settings.consecutive_db_share
    {
        return;
    }
    let before = run.get(first - 1).copied();
    let hashes = before
        .into_iter()
        .chain(spans.iter().copied())
        .map(|at| subject.hash(at));
    let hash = sha1_hex(&hashes.collect::<Vec<_>>().join("-"));
    let queries: Vec<&str> = spans.iter().map(|at| subject.description(*at)).collect();
    let evidence = vec![
        (
            "starting_query",
            json!(run.first().map_or("", |at| subject.description(*at))),
        ),
        ("parallelizable_queries", json!(queries)),
        ("time_saved_ns", json!(saved)),
    ];
    let mut problem = subject.problem(Kind::ConsecutiveDb, format!("1-1007-{hash}"), spans);
    problem.causes = run.to_vec();
    problem.evidence = evidence;
    findings.put(problem);
}
