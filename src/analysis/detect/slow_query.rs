//! A single query that takes long.

use super::subject::Subject;
use super::{Findings, Kind, Settings, begins_with};
use crate::analysis::digest::sha1_hex;
use hashbrown::HashSet;
use serde_json::json;

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    // One problem an operation and text, also where texts share a hash and so a fingerprint.
    let mut seen = HashSet::new();
    for at in subject.spans.iter().copied() {
        let (op, text) = (subject.op(at), subject.description(at));
        let trimmed = text.trim();
        if !op.starts_with("db")
            || subject.duration(at) < settings.slow_query
            || !begins_with(trimmed, "SELECT")
            || trimmed.ends_with("...")
            || !seen.insert((op, text))
        {
            continue;
        }
        let fingerprint = format!("1-1001-{}", sha1_hex(subject.hash(at)));
        let mut problem = subject.problem(Kind::SlowDbQuery, fingerprint, vec![at]);
        problem.description = trimmed.to_owned();
        problem.evidence = vec![
            ("query", json!(trimmed)),
            ("duration_ns", json!(subject.duration(at))),
        ];
        findings.add(problem);
    }
}
