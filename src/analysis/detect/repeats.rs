//! Repeats that the N+1 rules let through: with other work between them, or with literals in their text.
//!
//! Both look at one parent at a time, as N+1 does, and leave out what was reported already. They have kinds of their own, so
//! that what the reference reports stays what it is.

use super::subject::Subject;
use super::{Findings, Kind, Settings, begins_with, is_query_op, is_whole};
use crate::analysis::digest::sha1_hex;
use crate::analysis::normalise::literal::has_literal;
use crate::analysis::normalise::sql;
use crate::analysis::tree::SpanIndex;
use crate::model::SpanId;
use hashbrown::{HashMap, HashSet};
use serde_json::json;

/// The reads of one parent with one hash, each with its place in the walk.
struct Group {
    parent: SpanId,
    spans: Vec<SpanIndex>,
    places: Vec<usize>,
}

pub fn find_interleaved(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    for group in groups(subject, settings, findings) {
        let first = group.spans[0];
        let is_same = |at: &SpanIndex| subject.description(*at) == subject.description(first);
        if group.spans.iter().all(is_same) && has_work_between(&group) {
            report(subject, Kind::InterleavedDb, group, findings);
        }
    }
}

pub fn find_literals(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    for group in groups(subject, settings, findings) {
        let texts: HashSet<&str> = group
            .spans
            .iter()
            .map(|at| subject.description(*at))
            .collect();
        if texts.len() > 1 && texts.iter().all(|text| has_literal(text)) {
            report(subject, Kind::LiteralDb, group, findings);
        }
    }
}

/// Groups that are large and slow enough and were not reported.
fn groups(subject: &Subject, settings: &Settings, findings: &Findings) -> Vec<Group> {
    let mut place_of: HashMap<(SpanId, &str), usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (place, at) in subject.spans.iter().copied().enumerate() {
        let text = subject.description(at);
        let is_read = ["SELECT", "WITH"]
            .iter()
            .any(|verb| begins_with(text.trim_start(), verb));
        let (Some(parent), true) = (
            subject.parent(at),
            is_read && is_query_op(subject.op(at)) && is_whole(text),
        ) else {
            continue;
        };
        let group = *place_of
            .entry((parent, subject.hash(at)))
            .or_insert_with(|| {
                let (spans, places) = (Vec::new(), Vec::new());
                groups.push(Group {
                    parent,
                    spans,
                    places,
                });
                groups.len() - 1
            });
        groups[group].spans.push(at);
        groups[group].places.push(place);
    }
    groups.retain(|group| {
        group.spans.len() >= settings.n_plus_one_count
            && subject.covered(&group.spans) >= settings.n_plus_one_total
    });
    if groups.is_empty() {
        return groups;
    }
    let reported: HashSet<SpanIndex> = findings
        .own()
        .iter()
        .filter(|problem| {
            matches!(
                problem.kind,
                Kind::NPlusOneDb | Kind::MNPlusOneDb | Kind::InterleavedDb
            )
        })
        .flat_map(|problem| problem.offenders.iter().copied())
        .collect();
    groups.retain(|group| !group.spans.iter().any(|at| reported.contains(at)));
    groups
}

fn has_work_between(group: &Group) -> bool {
    group.places.windows(2).any(|pair| pair[1] > pair[0] + 1)
}

fn report(subject: &Subject, kind: Kind, group: Group, findings: &mut Findings) {
    let first = group.spans[0];
    let parent = subject.find(group.parent);
    let (op, hash) = parent.map_or(("", ""), |at| (subject.op(at), subject.hash(at)));
    let hash = sha1_hex(&[op, hash, subject.hash(first)].concat());
    let texts: HashSet<&str> = group
        .spans
        .iter()
        .map(|at| subject.description(*at))
        .collect();
    let template = sql::template(subject.description(first), None);
    let mut problem = subject.problem(kind, format!("{}-{hash}", kind.name()), group.spans);
    if kind == Kind::LiteralDb
        && let Some(template) = &template
    {
        problem.description.clone_from(template);
    }
    problem.parents = parent.into_iter().collect();
    problem.evidence = vec![
        ("repeating_query", json!(problem.description)),
        ("repeats", json!(problem.offenders.len())),
        ("different_texts", json!(texts.len())),
        ("parent", json!(parent.map(|at| subject.description(at)))),
    ];
    findings.put_first(problem);
}
