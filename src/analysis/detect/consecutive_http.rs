//! Calls to other services one after another that could run side by side.

use super::subject::Subject;
use super::{Findings, Kind, Settings, begins_with};
use crate::analysis::digest::sha1_hex;
use crate::analysis::normalise::url::{Url, shape};
use crate::analysis::tree::SpanIndex;
use hashbrown::HashSet;
use serde_json::json;
use std::net::IpAddr;

const METHODS: &[&str] = &["GET", "POST", "DELETE", "PUT", "PATCH"];
const SKIPPED: &[&str] = &["_next/static/", "_next/data/", "googleapis.com"];

/// SDKs that run in a browser, which decides by itself what runs side by side.
const BROWSERS: &[&str] = &[
    "angular",
    "angular-ivy",
    "astro",
    "browser",
    "capacitor",
    "electron",
    "ember",
    "gatsby",
    "nextjs",
    "nuxt",
    "react",
    "remix",
    "solid",
    "solidstart",
    "svelte",
    "sveltekit",
    "tanstackstart-react",
    "vue",
];

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    if is_browser(&subject.span(subject.root).sdk) {
        return;
    }
    let mut run: Vec<SpanIndex> = Vec::new();
    let is_agent = |at: &&SpanIndex| subject.op(**at).starts_with("gen_ai.");
    let agents: HashSet<_> = subject
        .spans
        .iter()
        .filter(is_agent)
        .map(|at| subject.span(*at).id)
        .collect();
    for at in subject.spans.iter().copied() {
        let is_agents = subject
            .parent(at)
            .is_some_and(|parent| agents.contains(&parent));
        if is_agents
            || !is_eligible(subject, at)
            || subject.duration(at) < settings.consecutive_http_each
        {
            continue;
        }
        let overlaps = run
            .last()
            .is_some_and(|last| subject.span(*last).end() > subject.span(at).start);
        if overlaps {
            report(subject, settings, &run, findings);
            run.clear();
        }
        run.push(at);
    }
    report(subject, settings, &run, findings);
}

fn is_browser(sdk: &str) -> bool {
    let sdk = sdk.to_ascii_lowercase();
    sdk.strip_prefix("sentry.javascript.")
        .is_some_and(|name| BROWSERS.contains(&name))
}

fn is_eligible(subject: &Subject, at: SpanIndex) -> bool {
    if !subject.op(at).starts_with("http.client") || subject.hash(at).is_empty() {
        return false;
    }
    let description = subject.description(at);
    METHODS
        .iter()
        .any(|method| begins_with(description, method))
        && !SKIPPED.iter().any(|part| description.contains(part))
        && !has_hidden_host(&subject.url(at))
}

/// Whether a URL's host was scrubbed (`https://[Filtered]/x`), so that hosts cannot be told apart.
pub fn has_hidden_host(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("//") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let inner = host
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    inner.is_some_and(|(inner, _)| !inner.is_empty() && inner.parse::<IpAddr>().is_err())
}

fn report(subject: &Subject, settings: &Settings, run: &[SpanIndex], findings: &mut Findings) {
    let longest = run
        .iter()
        .map(|at| subject.duration(*at))
        .max()
        .unwrap_or_default();
    let saved = subject.sum(run) - longest;
    let gaps = run
        .windows(2)
        .map(|pair| subject.span(pair[1]).start - subject.span(pair[0]).end());
    if run.len() < settings.consecutive_http_count
        || saved < settings.consecutive_http_saved
        || gaps
            .into_iter()
            .any(|gap| gap >= settings.consecutive_http_gap)
    {
        return;
    }
    let urls: Vec<_> = run.iter().map(|at| subject.url(*at)).collect();
    let mut hosts: Vec<&str> = urls.iter().map(|url| Url::parse(url).host).collect();
    hosts.sort_unstable();
    hosts.dedup();
    if hosts.len() > settings.consecutive_http_hosts {
        return;
    }
    let mut paths: Vec<String> = urls
        .iter()
        .filter(|url| !url.is_empty())
        .map(|url| shape(url).path().to_owned())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let fingerprint = format!("1-1009-{}", sha1_hex(&paths.join("-")));
    let mut problem = subject.problem(Kind::ConsecutiveHttp, fingerprint, run.to_vec());
    problem.evidence = vec![
        ("calls", json!(run.len())),
        ("paths", json!(paths)),
        ("time_saved_ns", json!(saved)),
    ];
    findings.put(problem);
}
