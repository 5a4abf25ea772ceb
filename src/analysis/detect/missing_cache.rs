//! The same answer read again in one transaction, although nothing was written in between.
//!
//! Only reads whose text says everything count: a query without placeholders, or a GET of one whole URL. Then the answer can
//! only have been the same.

use super::subject::Subject;
use super::{Findings, Kind, Settings, begins_with, is_query_op, is_whole};
use crate::analysis::digest::sha1_hex;
use crate::analysis::tree::SpanIndex;
use hashbrown::{HashMap, HashSet};
use serde_json::json;

/// Queries that change something, and statements that may.
const READS: &[&str] = &[
    "SELECT",
    "WITH",
    "SHOW",
    "EXPLAIN",
    "connect",
    "BEGIN",
    "SAVEPOINT",
    "RELEASE",
    "COMMIT",
    "SET",
];

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    const REPEATS: [Kind; 3] = [Kind::NPlusOneDb, Kind::MNPlusOneDb, Kind::NPlusOneApiCalls];
    let reported: HashSet<SpanIndex> = findings
        .own()
        .iter()
        .filter(|problem| REPEATS.contains(&problem.kind))
        .flat_map(|problem| problem.offenders.iter().copied())
        .collect();
    let mut groups: HashMap<(&str, &str), Vec<SpanIndex>> = HashMap::new();
    let mut done: Vec<Vec<SpanIndex>> = Vec::new();
    for at in subject.spans.iter().copied() {
        let text = subject.description(at).trim();
        if writes(subject, at, text) {
            done.extend(groups.drain().map(|(_, spans)| spans));
        } else if is_certain(subject, at, text) && !reported.contains(&at) {
            groups.entry((subject.op(at), text)).or_default().push(at);
        }
    }
    done.extend(groups.into_values());
    done.retain(|spans| spans.len() >= settings.cache_count);
    done.sort_unstable();
    for spans in done {
        let first = subject.duration(spans[0]);
        let saved = subject.sum(&spans) - first;
        if saved < settings.cache_saved {
            continue;
        }
        let hash = sha1_hex(&[subject.op(spans[0]), subject.hash(spans[0])].concat());
        let mut problem =
            subject.problem(Kind::MissingCache, format!("missing_cache-{hash}"), spans);
        problem.evidence = vec![
            ("read", json!(problem.description)),
            ("reads", json!(problem.offenders.len())),
            ("time_saved_ns", json!(saved)),
        ];
        findings.put_first(problem);
    }
}

fn writes(subject: &Subject, at: SpanIndex, text: &str) -> bool {
    let op = subject.op(at);
    if op.starts_with("http.client") {
        return !begins_with(text, "GET ")
            && !begins_with(text, "HEAD ")
            && !begins_with(text, "OPTIONS ");
    }
    is_query_op(op) && !READS.iter().any(|verb| begins_with(text, verb))
}

fn is_certain(subject: &Subject, at: SpanIndex, text: &str) -> bool {
    let op = subject.op(at);
    let has_placeholder = || {
        ["?", "$1", "%s", "%(", ":1", "@p"]
            .iter()
            .any(|sign| text.contains(sign))
    };
    let is_query =
        is_query_op(op) && begins_with(text, "SELECT") && is_whole(text) && !has_placeholder();
    // A URL may have lost its query on the way; only one that shows it is whole.
    let is_request = op == "http.client" && begins_with(text, "GET http") && text.contains('?');
    is_query || is_request
}
