//! Jaeger's spans as Elasticsearch and OpenSearch keep them: a document a span, its process inside.
//!
//! Documents come one a line, as an array, or in what wraps them: `{"_index":…,"_source":{…}}` (a line of elasticdump) and
//! `{"hits":{"hits":[…]}}` (an answer to a search). What the wrapping says of the index is not of the span and is left out.
//! The span itself is read as in Jaeger's own JSON.

use super::span;
use super::trace::Context;
use crate::import::fill::Result;
use crate::import::json::Reader;
use crate::import::otlp_json::document::Walk;
use crate::model::batch::{Batch, BatchValue};
use hashbrown::HashMap;
use xxhash_rust::xxh3::Xxh3;

const NO_SPAN: &str = "JSON objects that are no span of Jaeger were passed over";

/// How many wrappings may lie around a span: hits, hits, a hit, its source.
const WRAPPINGS: usize = 4;

/// An array of documents, or one.
pub fn document(walk: &mut Walk) -> Result<()> {
    match walk.fill.json.peek()? {
        b'[' => walk.each(|walk| element(walk, 0)),
        _ => element(walk, 0),
    }
}

/// A document, or what is wrapped around some.
fn element(walk: &mut Walk, depth: usize) -> Result<()> {
    if walk.fill.json.peek()? != b'{' {
        return walk.record("Span", |walk| walk.fill.json.begin_object().map(drop));
    }
    let start = walk.fill.json.at();
    let (mut is_wrapping, mut is_span, mut empty) = (false, false, true);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        empty = false;
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"traceID" | b"spanID" | b"operationName", _) => {
                is_span = true;
                break;
            }
            (b"_source" | b"hits", b'{') if depth < WRAPPINGS => {
                is_wrapping = true;
                element(walk, depth + 1)?;
            }
            // Read at once, so that what is complete stays when the text breaks later.
            (b"hits", b'[') if depth < WRAPPINGS => {
                is_wrapping = true;
                walk.each(|walk| element(walk, depth + 1))?;
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    if is_span {
        walk.fill.json.go_to(start);
        return one(walk);
    }
    if !is_wrapping && !empty {
        walk.fill.batch.problems.note(NO_SPAN);
    }
    Ok(())
}

fn one(walk: &mut Walk) -> Result<()> {
    let start = walk.fill.json.at();
    let mut context = Context::default();
    let resource = span::own_resource(walk, &mut context);
    walk.fill.json.go_to(start);
    walk.record("Span", |walk| span::span(walk, &context, resource?))
}

/// Makes one resource of those that say the same: every document has its process again.
pub fn share_resources(batch: &mut Batch) {
    let (mut known, mut kept) = (HashMap::new(), Vec::new());
    let resources = std::mem::take(&mut batch.resources);
    let mut places = Vec::with_capacity(resources.len());
    for resource in resources {
        let mut hash = Xxh3::new();
        for attr in batch.attrs(&resource.attrs) {
            hash.update(&attr.key.0.to_be_bytes());
            match attr.value {
                BatchValue::Str(text) | BatchValue::Json(text) => {
                    hash.update(batch.text(text).as_bytes());
                }
                other => hash.update(format!("{other:?}").as_bytes()),
            }
            hash.update(b"\0");
        }
        let place = known.entry(hash.digest128()).or_insert_with(|| {
            kept.push(resource);
            (kept.len() - 1) as u32
        });
        places.push(*place);
    }
    batch.resources = kept;
    let place = |old: u32| places.get(old as usize).copied().unwrap_or_default();
    for span in &mut batch.spans {
        span.resource = place(span.resource);
    }
    for error in &mut batch.errors {
        error.resource = place(error.resource);
    }
}

/// Whether the first document is a span of Jaeger, judged by the members of the object itself.
pub fn sniff(prefix: &[u8]) -> bool {
    let text = String::from_utf8_lossy(prefix);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let first = text.strip_prefix('[').unwrap_or(text);
    let mut json = Reader::new(first, 0..first.len());
    let found = (0..=WRAPPINGS).find_map(|_| look(&mut json));
    found == Some(true) && !super::otlp_json::sniff(prefix)
}

/// Whether an object is a span; `None` where it is wrapped around one, with the reader before that.
fn look(json: &mut Reader) -> Option<bool> {
    let (mut ids, mut named, mut timed) = (0, false, false);
    let Ok(mut members) = json.begin_object() else {
        return Some(false);
    };
    while let Ok(Some(name)) = json.next_member(&mut members) {
        match (json.raw(name), json.peek().unwrap_or_default()) {
            (b"traceID" | b"spanID", b'"') => ids += 1,
            (b"operationName", b'"') => named = true,
            (b"startTime" | b"startTimeMillis" | b"process", _) => timed = true,
            (b"spans", _) => return Some(false),
            (b"_source" | b"hits", b'{') => return None,
            (b"hits", b'[') => {
                let _ = json.begin_array();
                return None;
            }
            _ => {}
        }
        if json.skip().is_err() {
            break;
        }
    }
    Some(ids == 2 && named && timed)
}
