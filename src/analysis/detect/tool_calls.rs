//! An agent that calls a tool again with the same question and learns nothing new.

use super::subject::{Field, Subject};
use super::{Findings, Kind, Settings, begins_with};
use crate::analysis::digest::sha1_hex;
use crate::analysis::tree::SpanIndex;
use crate::model::batch::SpanStatus;
use hashbrown::HashSet;
use serde_json::{Value as Json, json};

const TOOL: &str = "gen_ai.execute_tool";
/// Calls and clusters of one tool beyond these are not looked at.
const MOST_CALLS: usize = 200;
const MOST_CLUSTERS: usize = 20;
/// Longer pauses make no loop, nanoseconds.
const LONGEST_PAUSE: i64 = 60_000_000_000;
/// Results overlapping by this much are the same.
const SAME_RESULT: f64 = 0.8;
/// Share of repeats whose result is that of the first.
const SAME_RESULTS: f64 = 0.5;
/// Characters of a payload that are compared: evenly spaced stretches, since results often begin alike.
const COMPARED: usize = 4096;
const STRETCHES: usize = 8;
/// Longer arguments are compared as they are.
const LONGEST_JSON: usize = 16_384;

type Tokens = HashSet<String>;

struct Call {
    at: SpanIndex,
    name: String,
    arguments: Tokens,
    result: Tokens,
}

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    let calls: Vec<Call> = subject
        .spans
        .iter()
        .filter(|at| subject.op(**at) == TOOL)
        .filter_map(|at| read(subject, *at))
        .take(MOST_CALLS)
        .collect();
    if calls.is_empty() {
        return;
    }
    let mut clusters: Vec<Vec<Call>> = Vec::new();
    for call in calls {
        let like = clusters.iter_mut().find(|cluster| {
            cluster[0].name == call.name
                && alike(&cluster[0].arguments, &call.arguments) >= settings.tool_calls_alike
        });
        match like {
            Some(cluster) => cluster.push(call),
            None => {
                let of_tool = clusters
                    .iter()
                    .filter(|cluster| cluster[0].name == call.name);
                if of_tool.count() < MOST_CLUSTERS {
                    clusters.push(vec![call]);
                }
            }
        }
    }
    for mut cluster in clusters {
        cluster.sort_by_key(|call| subject.span(call.at).start);
        report(subject, settings, &cluster, findings);
    }
}

/// A call that went well and says what was asked.
fn read(subject: &Subject, at: SpanIndex) -> Option<Call> {
    if subject.span(at).status == SpanStatus::Error {
        return None;
    }
    let description = subject.description(at).trim();
    let named = subject
        .text(at, Field::ToolName)
        .map(|name| name.into_owned());
    let named = named.unwrap_or_else(|| {
        description
            .strip_prefix("execute_tool ")
            .unwrap_or(description)
            .to_owned()
    });
    let arguments = subject.text(at, Field::ToolArguments)?;
    if named.is_empty() || arguments.trim().is_empty() {
        return None;
    }
    let result = subject.text(at, Field::ToolResult).unwrap_or_default();
    Some(Call {
        at,
        name: named,
        arguments: tokens(&canonical(&arguments)),
        result: tokens(&result),
    })
}

/// JSON with sorted names, so that their order does not count.
fn canonical(text: &str) -> String {
    if text.len() > LONGEST_JSON {
        return text.to_owned();
    }
    match serde_json::from_str::<Json>(text) {
        Ok(Json::Object(members)) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Json::Object(members.into_iter().collect()).to_string()
        }
        Ok(other) => other.to_string(),
        Err(_) => text.to_owned(),
    }
}

fn tokens(text: &str) -> Tokens {
    let sample = match text.chars().nth(COMPARED) {
        None => text.to_lowercase(),
        Some(_) => {
            let characters: Vec<char> = text.chars().collect();
            let stride = characters.len() / STRETCHES;
            let stretch = |at: usize| characters[at * stride..].iter().take(COMPARED / STRETCHES);
            (0..STRETCHES)
                .flat_map(stretch)
                .collect::<String>()
                .to_lowercase()
        }
    };
    let words = sample.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The Jaccard index: what both have of what either has.
fn alike(left: &Tokens, right: &Tokens) -> f64 {
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    let both = left.intersection(right).count();
    both as f64 / (left.len() + right.len() - both) as f64
}

fn report(subject: &Subject, settings: &Settings, cluster: &[Call], findings: &mut Findings) {
    let spans: Vec<SpanIndex> = cluster.iter().map(|call| call.at).collect();
    let ([first, repeats @ ..], Some(last)) = (cluster, cluster.last()) else {
        return;
    };
    let pauses = spans
        .windows(2)
        .map(|pair| subject.span(pair[1]).start - subject.span(pair[0]).end());
    if spans.len() < settings.tool_calls_count
        || subject.covered(&spans) < settings.tool_calls_total
        || pauses.into_iter().any(|pause| pause > LONGEST_PAUSE)
    {
        return;
    }
    let same = repeats
        .iter()
        .filter(|call| alike(&first.result, &call.result) >= SAME_RESULT)
        .count();
    let share = same as f64 / repeats.len().max(1) as f64;
    let has_results = cluster.iter().any(|call| !call.result.is_empty());
    let is_new = !first.result.is_empty()
        && !last.result.is_empty()
        && alike(&first.result, &last.result) < SAME_RESULT;
    if has_results && (share < SAME_RESULTS || is_new) || changed_between(subject, &spans) {
        return;
    }
    let fingerprint = format!("1-redundant_tool_calls-{}", sha1_hex(&first.name));
    let mut problem = subject.problem(Kind::RedundantToolCalls, fingerprint, spans);
    problem.description = format!(
        "{} called {} times with equivalent arguments",
        first.name,
        cluster.len()
    );
    problem.evidence = vec![
        ("tool", json!(first.name)),
        ("calls", json!(cluster.len())),
        ("result_similarity", json!(has_results.then_some(share))),
    ];
    findings.put(problem);
}

/// Whether something was written between the first call and the end of the last, so that asking again made sense.
fn changed_between(subject: &Subject, spans: &[SpanIndex]) -> bool {
    let start = spans.iter().map(|at| subject.span(*at).start).min();
    let end = spans.iter().map(|at| subject.span(*at).end()).max();
    subject.spans.iter().any(|at| {
        let time = Some(subject.span(*at).start);
        writes(subject, *at) && start <= time && time <= end
    })
}

fn writes(subject: &Subject, at: SpanIndex) -> bool {
    let (op, text) = (subject.op(at), subject.description(at).trim());
    let begins = |verbs: &[&str]| verbs.iter().any(|verb| begins_with(text, verb));
    if op.starts_with("http.client") {
        return begins(&["POST", "PUT", "PATCH", "DELETE"]);
    }
    op.starts_with("db")
        && !op.starts_with("db.redis")
        && begins(&["INSERT", "UPDATE", "DELETE", "REPLACE", "UPSERT", "MERGE"])
}
