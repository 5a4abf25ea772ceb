//! The logs of a span: kept as span events in OTLP's shape; exceptions among them are errors of their own, too.

use super::tag;
use crate::import::fill::Result;
use crate::import::otlp_json::document::Walk;
use crate::import::tags::write_event;
use crate::model::Nanos;
use crate::model::batch::{Batch, BatchValue, ErrorRecord, SpanKind, SpanRecord, Text};
use hashbrown::HashMap;

/// Takes the logs of a span that is otherwise complete.
pub fn logs(walk: &mut Walk, span: &mut SpanRecord) -> Result<()> {
    let mut events = String::new();
    walk.each(|walk| {
        walk.fill.json.peek()?;
        let mut error = ErrorRecord {
            trace: span.trace,
            span: span.id,
            resource: span.resource,
            position: walk.places.byte(walk.fill.json.at()),
            ..ErrorRecord::default()
        };
        events.push(if events.is_empty() { '[' } else { ',' });
        let start = events.len();
        if log(walk, span, &mut error, &mut events)? {
            let document = &events[start..];
            error.document = walk.fill.batch.keep(document);
            error.level = walk.fill.batch.keep("error");
            walk.fill.batch.errors.push(error);
        }
        Ok(())
    })?;
    if !events.is_empty() {
        events.push(']');
        span.events = walk.fill.batch.keep(&events);
    }
    Ok(())
}

/// Takes one log and writes it as an event; tells whether it is an exception.
fn log(
    walk: &mut Walk,
    span: &SpanRecord,
    error: &mut ErrorRecord,
    events: &mut String,
) -> Result<bool> {
    let mut time = span.start;
    let (mut event, mut message) = (None, None);
    let mut attributes = Vec::new();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"timestamp" => time = Nanos(walk.fill.json.integer()?.saturating_mul(1_000)),
            b"fields" => walk.each(|walk| {
                let tag = tag::tag(&mut walk.fill)?;
                let text = tag.string.map(|string| tag::text(&walk.fill, string));
                let key = walk.fill.batch.keys.name(tag.key).to_owned();
                if let BatchValue::Str(value) = tag.value {
                    describe(&key, value, error);
                }
                match key.as_str() {
                    "event" if event.is_none() && text.is_some() => event = text,
                    _ => {
                        if key == "message" {
                            message = text;
                        }
                        attributes.push((key, tag::as_otlp(&walk.fill, &tag)));
                    }
                }
                Ok(())
            })?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    error.time = time;
    let name = event.or(message).unwrap_or_default();
    write_event(events, time, &name, &attributes);
    Ok(name == "exception" || (name == "error" && !error.exception_type.is_empty()))
}

/// Type and message of an exception: OpenTelemetry's names and OpenTracing's.
fn describe(key: &str, value: Text, error: &mut ErrorRecord) {
    match key {
        "exception.type" | "error.kind" => error.exception_type = value,
        "exception.message" => error.message = value,
        "message" | "error.object" if error.message.is_empty() => error.message = value,
        _ => {}
    }
}

/// Names the endpoint of exceptions on entry spans, whose kind is known only when all tags are read.
pub fn complete(batch: &mut Batch) {
    if batch.errors.is_empty() {
        return;
    }
    let is_entry = |span: &&SpanRecord| matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
    let names: HashMap<_, _> = batch
        .spans
        .iter()
        .filter(is_entry)
        .map(|span| ((span.trace, span.id), span.name))
        .collect();
    for error in &mut batch.errors {
        if let Some(name) = names.get(&(error.trace, error.span)) {
            error.transaction = *name;
        }
    }
}
