//! One endpoint asked many times at once, for one thing each.

use super::subject::{Field, Subject};
use super::{Findings, Kind, Settings, begins_with};
use crate::analysis::digest::sha1_hex;
use crate::analysis::normalise::url::{Shape, Url, shape};
use crate::analysis::tree::SpanIndex;
use serde_json::json;
use std::collections::BTreeMap;

/// Transactions in which a browser makes requests; those without an operation count too.
const EVENTS: &[&str] = &[
    "",
    "default",
    "navigation",
    "pageload",
    "ui.load",
    "ui.action",
];

/// Parts of URLs that are asked often for good reasons, or differ for others.
const SKIPPED: &[&str] = &[
    "graphql",
    "_next/data",
    "__nextjs_original-stack-frame",
    "https://app.launchdarkly.com/sdk/",
];

const ASSETS: &[&str] = &[".js", ".css", ".svg", ".png", ".mp3", ".jpg", ".jpeg"];

/// A call with its URL's shape.
struct Call {
    at: SpanIndex,
    url: String,
    shape: Shape,
}

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    if !EVENTS.contains(&subject.op(subject.root)) {
        return;
    }
    let mut group: Vec<Call> = Vec::new();
    for at in subject.spans.iter().copied() {
        let Some(url) = eligible_url(subject, at) else {
            continue;
        };
        let shape = shape(&url);
        let call = Call { at, url, shape };
        let joins = group.last().is_some_and(|last| {
            let apart = (subject.span(last.at).start - subject.span(at).start).abs();
            apart < settings.api_calls_apart
                && last.shape.url == call.shape.url
                && subject.parent(last.at) == subject.parent(at)
        });
        if !joins {
            report(subject, settings, &group, findings);
            group.clear();
        }
        group.push(call);
    }
    report(subject, settings, &group, findings);
}

/// The URL of a call that counts.
fn eligible_url(subject: &Subject, at: SpanIndex) -> Option<String> {
    if subject.op(at) != "http.client"
        || !subject.has_hash(at)
        || !begins_with(subject.description(at).trim(), "GET")
    {
        return None;
    }
    let url = subject.url(at);
    let is_skipped = url.is_empty() || SKIPPED.iter().any(|part| url.contains(part));
    let is_asset = ASSETS.contains(&Url::parse(&url).extension());
    (!is_skipped && !is_asset && !subject.says_yes(at, Field::Prefetch)).then(|| url.into_owned())
}

fn report(subject: &Subject, settings: &Settings, group: &[Call], findings: &mut Findings) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return;
    };
    let spans: Vec<SpanIndex> = group.iter().map(|call| call.at).collect();
    if spans.len() < settings.api_calls_count
        || subject.sum(&spans) < settings.api_calls_total
        || first.shape.url == first.url
    {
        return;
    }
    let fingerprint = format!("1-1010-{}", sha1_hex(first.shape.path()));
    let mut problem = subject.problem(Kind::NPlusOneApiCalls, fingerprint, spans);
    problem.description.clone_from(&first.shape.url);
    problem.parents = subject
        .parent(last.at)
        .and_then(|id| subject.find(id))
        .into_iter()
        .collect();
    problem.evidence = vec![
        ("common_url", json!(first.shape.url)),
        ("repeats", json!(group.len())),
        ("path_parameters", json!(path_parameters(group))),
        ("parameters", json!(query_parameters(group))),
    ];
    findings.put_first(problem);
}

fn path_parameters(group: &[Call]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for call in group
        .iter()
        .filter(|call| !call.shape.path_params.is_empty())
    {
        let own = call.shape.path_params.join(", ");
        if !all.contains(&own) {
            all.push(own);
        }
        if all.len() == LISTED {
            break;
        }
    }
    all
}

/// How many different values are listed.
const LISTED: usize = 100;

fn query_parameters(group: &[Call]) -> Vec<String> {
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for call in group.iter().take(LISTED) {
        for (name, own) in &call.shape.query_params {
            values
                .entry(name)
                .or_default()
                .extend(own.iter().map(String::as_str));
        }
    }
    let shown = values
        .iter()
        .map(|(name, values)| format!("{name}: {}", values.join(", ")));
    shown.collect()
}
