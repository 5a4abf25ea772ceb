//! One span of Jaeger.

use super::trace::{self, Context};
use super::{log, tag};
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::padded::{span_id, trace_id};
use crate::model::batch::{SpanRecord, Text};
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};

const NO_START: &str = "Spans without a start are placed at the beginning of 1970";
const BACKWARDS: &str = "Spans with a negative duration are shown with duration 0";

/// Takes a span of a resource.
pub fn span(walk: &mut Walk, context: &Context, resource: u32) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        resource,
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let (mut logs, mut references, mut old_parent) = (None, None, SpanId::default());
    let mut millis = 0;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"traceID" => span.trace = trace_id(walk, mark)?,
            b"spanID" => span.id = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"parentSpanID" => {
                old_parent = span_id(walk, mark, kept::ORIGINAL_PARENT)?;
            }
            b"operationName" => span.name = walk.fill.text()?,
            b"startTime" => span.start = Nanos(micros(walk)?),
            b"duration" => span.duration = micros(walk)?,
            b"tags" => tag::list(&mut walk.fill, mark)?,
            b"tag" => tag::object(&mut walk.fill, mark)?,
            b"logs" | b"references" => {
                let is_logs = walk.fill.json.raw(name) == b"logs";
                let at = walk.fill.json.at();
                walk.fill.json.skip()?;
                *(if is_logs { &mut logs } else { &mut references }) = Some(at);
            }
            b"warnings" if walk.fill.json.peek()? == b'[' => warnings(walk, mark)?,
            b"flags" => {
                let flags = walk.fill.value()?;
                walk.fill.push_named(mark, "jaeger.flags", flags);
            }
            // Elasticsearch keeps the start twice; the process is a resource.
            b"startTimeMillis" => millis = walk.fill.json.integer()?,
            b"process" | b"processID" => {
                walk.fill.json.skip()?;
            }
            _ => walk.fill.member(mark, name)?,
        }
    }
    let end = walk.fill.json.at();
    let missing = |what| Err(JsonError { at: start, what });
    if span.trace.is_none() {
        return missing("it has no trace id");
    }
    if span.id.is_none() {
        return missing("it has no span id");
    }
    if let Some(at) = references {
        walk.fill.json.go_to(at);
        follow(walk, &mut span, mark, context)?;
    }
    if span.parent.is_none() {
        span.parent = old_parent;
    }
    if span.start.0 == 0 {
        span.start = Nanos(millis.saturating_mul(1_000_000));
    }
    repair_times(walk, &mut span);
    span.attrs = walk.fill.since(mark);
    if let Some(at) = logs {
        walk.fill.json.go_to(at);
        log::logs(walk, &mut span)?;
    }
    walk.fill.json.go_to(end);
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// The resource of the process that the span names or carries. Must not be part of what is undone when the span is wrong.
pub fn own_resource(walk: &mut Walk, context: &mut Context) -> Result<u32> {
    let (mut id, mut inline) = (None, None);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            b"processID" if walk.fill.json.peek()? == b'"' => {
                let name = walk.fill.json.string()?;
                id = Some(tag::text(&walk.fill, name));
            }
            b"process" if walk.fill.json.peek()? == b'{' => {
                inline = Some(trace::process(walk)?);
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(match inline {
        Some(resource) => resource,
        None => trace::resource(walk, context, id.as_deref()),
    })
}

/// Whole microseconds as nanoseconds.
fn micros(walk: &mut Walk) -> Result<i64> {
    let micros = walk.fill.json.integer()?;
    let what = "a time is out of range";
    micros.checked_mul(1_000).ok_or(JsonError {
        at: walk.fill.json.at(),
        what,
    })
}

fn repair_times(walk: &mut Walk, span: &mut SpanRecord) {
    let problems = &mut walk.fill.batch.problems;
    if span.start.0 <= 0 {
        problems.repair(NO_START);
        span.start = Nanos(0);
    }
    if span.duration < 0 {
        problems.repair(BACKWARDS);
        span.duration = 0;
    }
}

/// Keeps the warnings of a span and counts them.
fn warnings(walk: &mut Walk, mark: u32) -> Result<()> {
    let skipped = walk.fill.json.skip_range()?;
    let start = skipped.0.start;
    let value = walk.fill.json_value(skipped);
    walk.fill.push_named(mark, "jaeger.warnings", value);
    walk.fill.json.go_to(start);
    trace::warnings(walk)
}

/// References: the first into the trace itself is the parent, the others are links.
fn follow(walk: &mut Walk, span: &mut SpanRecord, mark: u32, context: &Context) -> Result<()> {
    let mut all = Vec::new();
    walk.each(|walk| {
        all.push(reference(walk, mark)?);
        Ok(())
    })?;
    let inside = |reference: &&Reference| reference.trace == span.trace;
    let parent = all
        .iter()
        .filter(inside)
        .position(|reference| context.spans.contains(&reference.written))
        .or((!all.is_empty()).then_some(0));
    let parent = parent.and_then(|place| all.iter().filter(inside).nth(place));
    let parent_id = parent.map(|reference| reference.span);
    let mut links = String::new();
    for reference in &all {
        if Some(reference.span) == parent_id && reference.trace == span.trace {
            continue;
        }
        links.push(if links.is_empty() { '[' } else { ',' });
        links.push_str(&format!(
            "{{\"traceId\":\"{}\",\"spanId\":\"{}\",\"attributes\":[{{\"key\":\"jaeger.ref_type\",\"value\":{{\"stringValue\":\"{}\"}}}}]}}",
            reference.trace, reference.span, reference.kind
        ));
    }
    span.parent = parent_id.unwrap_or_default();
    span.links = match links.is_empty() {
        true => Text::EMPTY,
        false => walk.fill.batch.keep(&(links + "]")),
    };
    Ok(())
}

#[derive(Default)]
struct Reference {
    trace: TraceId,
    span: SpanId,
    /// Its span id as written, without leading zeros.
    written: String,
    kind: &'static str,
}

fn reference(walk: &mut Walk, mark: u32) -> Result<Reference> {
    let mut reference = Reference::default();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"traceID" => reference.trace = trace_id(walk, mark)?,
            b"spanID" => {
                let at = walk.fill.json.at();
                reference.span = span_id(walk, mark, kept::ORIGINAL_PARENT)?;
                let end = walk.fill.json.at();
                let text = walk.fill.json.text()[at..end].trim().trim_matches('"');
                reference.written = text.trim_start_matches('0').to_ascii_lowercase();
            }
            b"refType" => {
                let kind = walk.fill.json.string()?;
                let follows = walk.fill.json.raw(kind) == b"FOLLOWS_FROM";
                reference.kind = if follows { "FOLLOWS_FROM" } else { "CHILD_OF" };
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(reference)
}
