//! One span of Zipkin.

use super::v1;
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::padded::{span_id, trace_id};
use crate::import::services::resource;
use crate::import::stretch::plain;
use crate::import::tags::{kind, write_event};
use crate::model::Nanos;
use crate::model::batch::SpanRecord;
use crate::model::conventions::kept;

/// A list of spans, or of lists of them.
pub fn document(walk: &mut Walk) -> Result<()> {
    spans(walk, element)
}

/// As [`document`], of version 1.
pub fn document_v1(walk: &mut Walk) -> Result<()> {
    spans(walk, |walk| walk.record("Span", v1::span))
}

fn spans(walk: &mut Walk, read: fn(&mut Walk) -> Result<()>) -> Result<()> {
    if walk.fill.json.peek()? == b'{' {
        return read(walk);
    }
    walk.each(|walk| match walk.fill.json.peek()? {
        b'[' => walk.each(read),
        _ => read(walk),
    })
}

fn element(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let service = service(walk);
    let resource = match service {
        Ok(name) => Ok(resource(walk, &name)),
        Err(error) => Err(error),
    };
    walk.fill.json.go_to(start);
    walk.record("Span", |walk| span(walk, resource?))
}

fn span(walk: &mut Walk, resource: u32) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        resource,
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"traceId" => span.trace = trace_id(walk, mark)?,
            b"id" => span.id = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"parentId" => span.parent = span_id(walk, mark, kept::ORIGINAL_PARENT)?,
            b"name" => span.name = walk.fill.text()?,
            b"kind" => {
                let name = walk.fill.json.string()?;
                span.kind = kind(walk.fill.json.raw_text(name));
            }
            b"timestamp" => span.start = Nanos(micros(walk)?),
            b"duration" => span.duration = micros(walk)?.max(0),
            b"tags" => object(walk, mark, "")?,
            b"localEndpoint" => object(walk, mark, "localEndpoint.")?,
            b"remoteEndpoint" => object(walk, mark, "remoteEndpoint.")?,
            b"annotations" => annotations(walk, &mut span)?,
            b"shared" | b"debug" => {
                let key = walk.fill.key(name);
                let value = walk.fill.value()?;
                walk.fill.push(mark, key, value);
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    let missing = |what| Err(JsonError { at: start, what });
    if span.trace.is_none() {
        return missing("it has no trace id");
    }
    if span.id.is_none() {
        return missing("it has no span id");
    }
    span.attrs = walk.fill.since(mark);
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// Whole microseconds as nanoseconds.
pub fn micros(walk: &mut Walk) -> Result<i64> {
    let micros = walk.fill.json.integer()?;
    let at = walk.fill.json.at();
    let what = "a time is out of range";
    let nanos = micros.checked_mul(1_000).filter(|nanos| *nanos >= 0);
    nanos.ok_or(JsonError { at, what })
}

/// Takes the members of an object as attributes.
fn object(walk: &mut Walk, mark: u32, before: &str) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let key = plain(walk.fill.json.raw_text(name), name.escaped);
        let value = walk.fill.value()?;
        walk.fill.push_named(mark, &format!("{before}{key}"), value);
    }
    Ok(())
}

/// Keeps annotations as span events.
fn annotations(walk: &mut Walk, span: &mut SpanRecord) -> Result<()> {
    let mut events = String::new();
    walk.each(|walk| {
        let (mut time, mut name) = (Nanos(0), String::new());
        let mut members = walk.fill.json.begin_object()?;
        while let Some(member) = walk.fill.json.next_member(&mut members)? {
            match walk.fill.json.raw(member) {
                b"timestamp" => time = Nanos(micros(walk)?),
                b"value" => {
                    let value = walk.fill.json.string()?;
                    name = plain(walk.fill.json.raw_text(value), value.escaped).into_owned();
                }
                _ => {
                    walk.fill.json.skip()?;
                }
            }
        }
        events.push(if events.is_empty() { '[' } else { ',' });
        write_event(&mut events, time, &name, &[]);
        Ok(())
    })?;
    if !events.is_empty() {
        events.push(']');
        span.events = walk.fill.batch.keep(&events);
    }
    Ok(())
}

/// The service of a span's own end; empty when it names none.
fn service(walk: &mut Walk) -> Result<String> {
    let mut service = String::new();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.raw(name) != b"localEndpoint" || walk.fill.json.peek()? != b'{' {
            walk.fill.json.skip()?;
            continue;
        }
        let mut members = walk.fill.json.begin_object()?;
        while let Some(name) = walk.fill.json.next_member(&mut members)? {
            if walk.fill.json.raw(name) == b"serviceName" && walk.fill.json.peek()? == b'"' {
                let name = walk.fill.json.string()?;
                service = plain(walk.fill.json.raw_text(name), name.escaped).into_owned();
            } else {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(service)
}
