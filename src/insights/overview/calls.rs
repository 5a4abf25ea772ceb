//! Who calls whom, over all spans: a span whose parent is of another service is a call, timed by the service that is called.
//!
//! Links between traces are not followed; the map of a trace does that.

use super::Service;
use crate::analysis::percentile::percentile;
use crate::analysis::service_map::ServiceEdge;
use crate::insights::Asked;
use crate::insights::family::Family;
use crate::insights::texts::{Codes, Texts};
use crate::model::CancelToken;
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

const SERVICE: usize = 0;
const KIND: usize = 1;
const STATUS: usize = 2;
const NAMES: &[&[&str]] = &[&["service"], &["kind"], &["status"]];

/// What a call is made of, by the member's place.
#[derive(Clone, Copy, Default)]
struct Span {
    service: u32,
    is_there: bool,
    is_message: bool,
    failed: bool,
}

/// The calls, and the services with those that answer no request of their own.
pub(super) fn calls(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    mut services: Vec<Service>,
    cancel: &CancelToken,
) -> Result<(Vec<Service>, Vec<ServiceEdge>), StoreError> {
    let texts = Texts::default();
    let parts = reader.work_through_spans(&asked.filter, NAMES, cancel, |columns| {
        part(&columns, family, &texts)
    })?;
    let mut spans = vec![Span::default(); family.len()];
    let all: Vec<_> = parts.into_iter().flatten().collect();
    for (member, span) in &all {
        spans[family.place(*member)] = *span;
    }
    let mut edges: BTreeMap<(u32, u32, bool), (u64, Vec<i64>)> = BTreeMap::new();
    for (member, called) in &all {
        let Some(caller) = family
            .parent(*member)
            .map(|parent| spans[family.place(parent)])
        else {
            continue;
        };
        if !caller.is_there || caller.service == called.service {
            continue;
        }
        let is_message = called.is_message || caller.is_message;
        let (failed, durations) = edges
            .entry((caller.service, called.service, is_message))
            .or_default();
        *failed += u64::from(called.failed);
        durations.push(family.duration(*member));
    }
    let mut places: HashMap<Arc<str>, usize> = HashMap::new();
    for (place, service) in services.iter().enumerate() {
        places.insert(service.name.clone(), place);
    }
    let mut place = |number: u32| {
        let name = texts.get(number);
        *places.entry(name.clone()).or_insert_with(|| {
            services.push(Service {
                name,
                requests: 0,
                tpm: None,
                failed: 0,
                p95: None,
            });
            services.len() - 1
        })
    };
    let edge =
        |((from, to, is_async), (errors, mut durations)): ((u32, u32, bool), (u64, Vec<i64>))| {
            ServiceEdge {
                from: place(from),
                to: place(to),
                is_async,
                calls: durations.len() as u64,
                errors,
                p50: percentile(&mut durations, 0.5),
                p95: percentile(&mut durations, 0.95),
            }
        };
    let edges = edges.into_iter().map(edge).collect();
    Ok((services, edges))
}

fn part(
    columns: &SpanColumns,
    family: &Family,
    texts: &Texts,
) -> Vec<(crate::insights::family::Member, Span)> {
    let mut services = Codes::new(columns.codes(SERVICE));
    let is = |at: usize, row: u32, wanted: &[&str]| {
        let text = columns
            .code(at, row)
            .and_then(|code| columns.text(at, code));
        text.is_some_and(|text| wanted.contains(&text))
    };
    let span = |row: u32| {
        let service = columns.code(SERVICE, row).map_or(0, |code| {
            services.get(code, || {
                texts.of(columns.text(SERVICE, code).unwrap_or_default())
            })
        });
        let span = Span {
            service,
            is_there: true,
            is_message: is(KIND, row, &["producer", "consumer"]),
            failed: is(STATUS, row, &["error"]),
        };
        Some((family.member(columns.at(row))?, span))
    };
    columns.rows().iter().copied().filter_map(span).collect()
}
