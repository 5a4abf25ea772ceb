//! One span of version 1, told as version 2 tells it.
//!
//! What version 2 has members for stands among the annotations here. [`super::halves`] tells one or two spans from them, as
//! two reports of version 2 that share an id would be; [`super::merge`] then parts these.

use super::halves::{halves, owner};
use super::span::micros;
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::padded::{span_id, trace_id};
use crate::import::services::resource;
use crate::import::stretch::plain;
use crate::import::tags::write_event;
use crate::model::batch::{Attr, BatchValue, SpanRecord, Text};
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};

/// Where a note was made: members of an endpoint.
#[derive(Clone, Default)]
pub struct Endpoint {
    pub service: String,
    pub members: Vec<(String, BatchValue)>,
    /// As it is written; two that are written alike are one.
    pub raw: String,
}

/// An annotation.
pub struct Annotation {
    pub time: Nanos,
    pub value: String,
    pub endpoint: Endpoint,
}

/// A binary annotation: a tag or an address.
pub struct Binary {
    pub key: String,
    pub value: BatchValue,
    pub endpoint: Endpoint,
}

/// A span as it is written.
#[derive(Default)]
pub struct Written {
    pub at: usize,
    pub trace: TraceId,
    pub id: SpanId,
    pub parent: SpanId,
    pub name: Text,
    pub start: Nanos,
    pub duration: i64,
    pub annotations: Vec<Annotation>,
    pub tags: Vec<Binary>,
    /// What each half has as attribute.
    pub more: Vec<Attr>,
}

/// Takes a span.
pub fn span(walk: &mut Walk) -> Result<()> {
    let mut written = gather(walk)?;
    let missing = |what| {
        Err(JsonError {
            at: written.at,
            what,
        })
    };
    if written.trace.is_none() {
        return missing("it has no trace id");
    }
    if written.id.is_none() {
        return missing("it has no span id");
    }
    let halves = halves(&mut written);
    let owners = |endpoint: &Endpoint| owner(&halves, endpoint);
    let of_tags: Vec<_> = written
        .tags
        .iter()
        .map(|tag| owners(&tag.endpoint))
        .collect();
    let of_notes = written.annotations.iter();
    let of_notes: Vec<_> = of_notes.map(|note| owners(&note.endpoint)).collect();
    for (index, half) in halves.iter().enumerate() {
        let resource = resource(walk, &half.local.service);
        let mark = walk.fill.mark();
        let mut span = SpanRecord {
            trace: written.trace,
            id: written.id,
            parent: written.parent,
            resource,
            name: written.name,
            kind: half.kind,
            start: half.start,
            duration: half.duration,
            position: walk.places.byte(written.at),
            ..SpanRecord::default()
        };
        for Attr { key, value } in &written.more {
            walk.fill.push(mark, *key, *value);
        }
        if half.shared {
            walk.fill.push_named(mark, "shared", BatchValue::Bool(true));
        }
        endpoint(walk, mark, "localEndpoint", &half.local);
        if let Some(remote) = &half.remote {
            endpoint(walk, mark, "remoteEndpoint", remote);
        }
        for (tag, owner) in written.tags.iter().zip(&of_tags) {
            if owner.0 == index {
                walk.fill.push_named(mark, &tag.key, tag.value);
                if !owner.1 {
                    endpoint(walk, mark, &format!("{}.endpoint", tag.key), &tag.endpoint);
                }
            }
        }
        let notes = written.annotations.iter().zip(&of_notes);
        let notes = notes.filter(|(_, owner)| owner.0 == index);
        span.events = events(walk, notes.map(|(note, owner)| (note, owner.1)));
        span.attrs = walk.fill.since(mark);
        walk.fill.batch.spans.push(span);
    }
    Ok(())
}

/// Takes everything without adding to the batch: a resource must not be part of what is undone when the span is wrong.
fn gather(walk: &mut Walk) -> Result<Written> {
    let mark = walk.fill.mark();
    let mut written = Written {
        at: walk.fill.json.at(),
        ..Written::default()
    };
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"traceId" => written.trace = trace_id(walk, mark)?,
            b"id" => written.id = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"parentId" => {
                written.parent = span_id(walk, mark, kept::ORIGINAL_PARENT)?;
            }
            b"name" => written.name = walk.fill.text()?,
            b"timestamp" => written.start = Nanos(micros(walk)?),
            b"duration" => written.duration = micros(walk)?.max(0),
            b"annotations" => {
                let mut list = Vec::new();
                walk.each(|walk| annotation(walk).map(|note| list.push(note)))?;
                written.annotations = list;
            }
            b"binaryAnnotations" => {
                let mut list = Vec::new();
                walk.each(|walk| binary(walk).map(|tag| list.push(tag)))?;
                written.tags = list;
            }
            _ => walk.fill.member(mark, name)?,
        }
    }
    written.more = walk.fill.batch.attrs.split_off(mark as usize);
    Ok(written)
}

fn annotation(walk: &mut Walk) -> Result<Annotation> {
    let mut note = Annotation {
        time: Nanos(0),
        value: String::new(),
        endpoint: Endpoint::default(),
    };
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"timestamp" => note.time = Nanos(micros(walk)?),
            b"value" => {
                let value = walk.fill.json.string()?;
                note.value = plain(walk.fill.json.raw_text(value), value.escaped).into_owned();
            }
            b"endpoint" => note.endpoint = read_endpoint(walk)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(note)
}

fn binary(walk: &mut Walk) -> Result<Binary> {
    let (mut key, mut kind) = (String::new(), String::new());
    let (mut value, mut endpoint) = (BatchValue::Null, Endpoint::default());
    let mut number = None;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"key" => {
                let name = walk.fill.json.string()?;
                key = plain(walk.fill.json.raw_text(name), name.escaped).into_owned();
            }
            b"type" if walk.fill.json.peek()? == b'"' => {
                let name = walk.fill.json.string()?;
                kind = walk.fill.json.raw_text(name).to_owned();
            }
            b"value" if walk.fill.json.peek()? == b'"' => {
                let text = walk.fill.json.string()?;
                number = walk.fill.json.raw_text(text).parse().ok();
                value = BatchValue::Str(walk.fill.keep(text));
            }
            b"value" => value = walk.fill.value()?,
            b"endpoint" => endpoint = read_endpoint(walk)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    // Integers of 64 bits may stand in quotes; their type tells.
    if let (Some(number), "I64" | "I32" | "I16") = (number, kind.as_str()) {
        value = BatchValue::Int(number);
    }
    if key.is_empty() {
        return Err(walk.fill.json.error("a binary annotation has no key"));
    }
    Ok(Binary {
        key,
        value,
        endpoint,
    })
}

fn read_endpoint(walk: &mut Walk) -> Result<Endpoint> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let mut endpoint = Endpoint::default();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let key = plain(walk.fill.json.raw_text(name), name.escaped).into_owned();
        if key == "serviceName" && walk.fill.json.peek()? == b'"' {
            let text = walk.fill.json.string()?;
            endpoint.service = plain(walk.fill.json.raw_text(text), text.escaped).into_owned();
            let value = BatchValue::Str(walk.fill.keep(text));
            endpoint.members.push((key, value));
        } else if !walk.fill.json.take_null() {
            let value = walk.fill.value()?;
            endpoint.members.push((key, value));
        }
    }
    let end = walk.fill.json.at();
    let raw = walk.fill.json.text().get(start..end).unwrap_or_default();
    endpoint.raw = raw.split_ascii_whitespace().collect();
    Ok(endpoint)
}

fn endpoint(walk: &mut Walk, mark: u32, before: &str, endpoint: &Endpoint) {
    for (name, value) in &endpoint.members {
        walk.fill
            .push_named(mark, &format!("{before}.{name}"), *value);
    }
}

/// Keeps annotations as span events; those of another process say of which.
fn events<'n>(walk: &mut Walk, notes: impl Iterator<Item = (&'n Annotation, bool)>) -> Text {
    let mut events = String::new();
    for (note, is_own) in notes {
        events.push(if events.is_empty() { '[' } else { ',' });
        let mut attributes = Vec::new();
        if !is_own {
            let mut value = String::from("{\"stringValue\":");
            crate::import::json::quote(&note.endpoint.service, &mut value);
            value.push('}');
            attributes.push(("endpoint.serviceName".to_owned(), value));
        }
        write_event(&mut events, note.time, &note.value, &attributes);
    }
    match events.is_empty() {
        true => Text::EMPTY,
        false => walk.fill.batch.keep(&(events + "]")),
    }
}
