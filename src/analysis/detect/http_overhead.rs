//! Requests of a browser that wait for one of its few HTTP/1.1 connections to a host.

use super::consecutive_http::has_hidden_host;
use super::subject::{Field, Subject};
use super::{Findings, Kind, Settings};
use crate::analysis::normalise::url::Url;
use crate::analysis::tree::SpanIndex;
use crate::model::Nanos;
use serde_json::json;

/// Browsers open six connections a host.
const CONNECTIONS: usize = 6;
/// Shorter waits are not shown, nanoseconds.
const SHOWN: i64 = 100_000_000;

/// Requests that waited, with how long.
type Chain = Vec<(SpanIndex, i64)>;

pub fn find(subject: &Subject, settings: &Settings, findings: &mut Findings) {
    if !subject.any(Field::RequestStart) {
        return;
    }
    let mut locations: Vec<(String, Vec<Chain>)> = Vec::new();
    for at in subject.spans.iter().copied() {
        let Some((location, delay)) = waited(subject, at) else {
            continue;
        };
        let place = locations.iter().position(|(known, _)| *known == location);
        let place = place.unwrap_or_else(|| {
            locations.push((location, vec![Chain::new()]));
            locations.len() - 1
        });
        let chains = &mut locations[place].1;
        let begins = chains
            .last()
            .and_then(|chain| chain.first())
            .is_some_and(|(head, least)| {
                delay < *least || subject.span(*head).end() <= subject.span(at).start
            });
        if begins {
            chains.push(Chain::new());
        }
        if let Some(chain) = chains.last_mut() {
            chain.push((at, delay));
        }
    }
    for (location, chains) in locations {
        report(subject, settings, &location, &chains, findings);
    }
}

/// The host a request went to and how long it waited for a connection.
fn waited(subject: &Subject, at: SpanIndex) -> Option<(String, i64)> {
    let is_old = subject.text(at, Field::ProtocolVersion)? == "1.1";
    if subject.op(at) != "http.client" || !is_old || has_hidden_host(&subject.url(at)) {
        return None;
    }
    let url = subject.text(at, Field::Url)?;
    let location = match url.starts_with('/') {
        true => "/",
        false => Url::parse(&url).host,
    };
    let requested = subject
        .number(at, Field::RequestStart)
        .filter(|start| *start != 0.0)?;
    // Seconds in a double hold microseconds today, so the times that are compared are rounded alike.
    let requested = Nanos::from_secs_f64(requested)?;
    let delay = requested - subject.span(at).start;
    (!location.is_empty() && delay >= 0).then(|| (location.to_owned(), delay))
}

fn report(
    subject: &Subject,
    settings: &Settings,
    location: &str,
    chains: &[Chain],
    findings: &mut Findings,
) {
    let last = |chain: &&Chain| chain.last().map_or(0, |(_, delay)| *delay);
    let long = chains
        .iter()
        .filter(|chain| chain.len() >= CONNECTIONS && last(chain) > settings.overhead_delay);
    // Of equals the first.
    let Some(worst) = long.rev().max_by_key(last) else {
        return;
    };
    let waiting = worst
        .iter()
        .filter(|(_, delay)| *delay > SHOWN)
        .map(|(at, _)| *at);
    let waiting: Vec<SpanIndex> = waiting.collect();
    let Some(example) = waiting.last().copied() else {
        return;
    };
    let mut problem = subject.problem(Kind::HttpOverhead, format!("1-1016-{location}"), waiting);
    problem.description = subject.description(example).to_owned();
    problem.evidence = vec![
        ("host", json!(location)),
        ("waiting_requests", json!(problem.offenders.len())),
        ("longest_delay_ns", json!(last(&worst))),
    ];
    findings.put(problem);
}
