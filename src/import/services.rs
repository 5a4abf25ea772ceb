//! One resource a service, where records name just that.

use super::otlp_json::document::Walk;
use crate::model::batch::{Batch, BatchValue, Resource};

/// How many of the last services are looked through for the same one again.
const REMEMBERED: usize = 64;

/// The resource of a service; an empty name is that of no service.
pub fn resource(walk: &mut Walk, service: &str) -> u32 {
    let batch: &Batch = walk.fill.batch;
    let count = batch.resources.len();
    let recent = count.saturating_sub(REMEMBERED);
    let same = |resource: &Resource| batch.text(resource.service) == service;
    if let Some(place) = batch.resources.iter().skip(recent).position(same) {
        return (recent + place) as u32;
    }
    let mark = walk.fill.mark();
    // Kept aside, so that it can be read before the batch has its input.
    let name = walk.fill.batch.keep(service);
    if !service.is_empty() {
        walk.fill
            .push_named(mark, "service.name", BatchValue::Str(name));
    }
    let attrs = walk.fill.since(mark);
    walk.fill.batch.resources.push(Resource {
        attrs,
        service: name,
        ..Resource::default()
    });
    count as u32
}
