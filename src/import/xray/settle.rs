//! What can only be told when all segments of a stretch are read.

use crate::model::batch::{Attr, Batch, BatchValue, Resource, SpanRecord};
use crate::model::{SpanId, TraceId};
use hashbrown::{HashMap, HashSet};

const PIECES: &str =
    "Segments that were sent while in progress gave way to the same segment, sent whole later";
const NO_SERVICE: &str =
    "Subsegments whose segment is not at hand belong to the service unknown-service";

type Key = (TraceId, SpanId);

fn key(span: &SpanRecord) -> Key {
    (span.trace, span.id)
}

/// Puts pieces of one segment together and finds the services of subsegments that were sent apart.
pub fn settle(batch: &mut Batch) {
    join_pieces(batch);
    find_services(batch);
}

/// Of one segment in several pieces, whole ones stay; if there is none, the last.
fn join_pieces(batch: &mut Batch) {
    let Some(name) = batch.keys.get("in_progress") else {
        return;
    };
    let is_piece = |span: &SpanRecord| {
        let mut attrs = batch.attrs(&span.attrs).iter();
        attrs.any(|attr| attr.key == name && attr.value == BatchValue::Bool(true))
    };
    let pieces: Vec<bool> = batch.spans.iter().map(is_piece).collect();
    let mut settled: HashSet<Key> = HashSet::new();
    for (span, is_piece) in batch.spans.iter().zip(&pieces) {
        if !is_piece {
            settled.insert(key(span));
        }
    }
    let mut stays = vec![true; pieces.len()];
    for index in (0..pieces.len()).rev() {
        let again = pieces[index] && !settled.insert(key(&batch.spans[index]));
        if again {
            stays[index] = false;
            batch.problems.note(PIECES);
        }
    }
    let mut stays = stays.iter();
    batch
        .spans
        .retain(|_| stays.next().copied().unwrap_or(true));
}

/// A subsegment on its own names no service: it is that of the segment above it.
fn find_services(batch: &mut Batch) {
    if !batch.spans.iter().any(|span| is_apart(batch, span)) {
        return;
    }
    let above: HashMap<Key, Above> = batch
        .spans
        .iter()
        .map(|span| {
            let parent = (span.trace, span.parent);
            let above = match span.segment {
                true => Above::Resource(span.resource),
                false => Above::Span(parent),
            };
            (key(span), above)
        })
        .collect();
    let mut found = HashMap::new();
    let mut unknown = None;
    let mut moved = HashMap::new();
    for index in 0..batch.spans.len() {
        if batch.spans[index].segment {
            continue;
        }
        let own = key(&batch.spans[index]);
        let resource = match climb(own, &above, &mut found) {
            Some(resource) => resource,
            None => {
                batch.problems.repair(NO_SERVICE);
                *unknown.get_or_insert_with(|| unknown_service(batch))
            }
        };
        batch.spans[index].resource = resource;
        moved.insert(own, resource);
    }
    for error in &mut batch.errors {
        if let Some(resource) = moved.get(&(error.trace, error.span)) {
            error.resource = *resource;
        }
    }
}

/// What is above a span: its parent, or nothing but its service.
enum Above {
    Span(Key),
    Resource(u32),
}

fn is_apart(batch: &Batch, span: &SpanRecord) -> bool {
    let said = batch.attr(&span.attrs, "type");
    matches!(said, Some(BatchValue::Str(text)) if batch.text(text) == "subsegment")
}

/// Goes up to a segment. All on the way have its resource.
fn climb(
    from: Key,
    above: &HashMap<Key, Above>,
    found: &mut HashMap<Key, Option<u32>>,
) -> Option<u32> {
    let (mut way, mut at) = (Vec::new(), from);
    let resource = loop {
        if let Some(known) = found.get(&at) {
            break *known;
        }
        // Marks it as seen: parents may form a circle.
        found.insert(at, None);
        way.push(at);
        match above.get(&at) {
            Some(Above::Span(parent)) => at = *parent,
            Some(Above::Resource(resource)) => break Some(*resource),
            None => break None,
        }
    };
    for key in way {
        found.insert(key, resource);
    }
    resource
}

fn unknown_service(batch: &mut Batch) -> u32 {
    let start = batch.attrs.len() as u32;
    let service = batch.keep("unknown-service");
    let key = batch.keys.intern("service.name");
    batch.attrs.push(Attr {
        key,
        value: BatchValue::Str(service),
    });
    batch.resources.push(Resource {
        attrs: start..start + 1,
        service,
        ..Resource::default()
    });
    (batch.resources.len() - 1) as u32
}
