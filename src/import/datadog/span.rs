//! One span of Datadog.

use super::{hanging, number};
use crate::import::attached::{Attached, Exception};
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::stretch::plain;
use crate::import::{flat, services, tags};
use crate::model::Nanos;
use crate::model::batch::{BatchValue, SpanKind, SpanRecord, SpanStatus};

const NO_START: &str = "Spans without a start are placed at the beginning of 1970";
const BACKWARDS: &str = "Spans that end before they start are shown with duration 0";

/// What is read before it can be told what it means.
#[derive(Default)]
struct Said {
    start: (i64, bool),
    duration: Option<(i64, bool)>,
    end: Option<i64>,
    service: String,
    error: Exception,
    links: Vec<hanging::Place>,
    events: Vec<hanging::Place>,
    top_level: bool,
}

/// Takes a span.
pub fn span(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let mut said = Said::default();
    flat::object(walk, mark, "", &mut |walk, path| {
        member(walk, path, mark, &mut span, &mut said)
    })?;
    let end = walk.fill.json.at();
    let missing = |what| Err(JsonError { at: start, what });
    if span.trace.is_none() {
        return missing("it has no trace id");
    }
    if span.id.is_none() {
        return missing("it has no span id");
    }
    set_times(walk, &mut span, &said);
    let is_entry = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
    span.segment = said.top_level || span.parent.is_none() || is_entry;
    let errors = walk.fill.batch.errors.len();
    attach(walk, &mut span, &mut said);
    walk.fill.json.go_to(end);
    span.attrs = walk.fill.since(mark);
    // From here on nothing can fail, so that a resource is not left without its attributes.
    span.resource = services::resource(walk, &said.service);
    for error in walk.fill.batch.errors.iter_mut().skip(errors) {
        error.resource = span.resource;
    }
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// Takes a member that has a field of its own, or that tells something.
fn member(
    walk: &mut Walk,
    path: &str,
    mark: u32,
    span: &mut SpanRecord,
    said: &mut Said,
) -> Result<bool> {
    match path {
        "trace_id" | "traceID" | "traceId" => span.trace = number::trace_id(walk)?,
        "span_id" | "spanID" | "spanId" => span.id = number::span_id(walk)?,
        "parent_id" | "parentID" | "parentId" => span.parent = number::span_id(walk)?,
        "name" => span.name = walk.fill.text()?,
        "resource" => {
            span.description = walk.fill.text()?;
            let value = BatchValue::Str(span.description);
            walk.fill.push_named(mark, "resource.name", value);
        }
        "service" => said.service = string(walk)?,
        "type" if walk.fill.json.peek()? == b'"' => {
            let kind = BatchValue::Str(walk.fill.text()?);
            walk.fill.push_named(mark, "span.type", kind);
        }
        "start" | "startTime" | "start_time" => said.start = number::nanos(walk)?,
        "duration" => said.duration = Some(number::nanos(walk)?),
        "end" | "endTime" | "end_time" => {
            said.end = Some(number::nanos(walk)?.0);
        }
        "error" if walk.fill.json.peek()? != b'{' => {
            let value = walk.fill.value()?;
            if matches!(value, BatchValue::Int(1..) | BatchValue::Bool(true)) {
                span.status = SpanStatus::Error;
            }
        }
        "meta" | "metrics" | "meta_struct" if walk.fill.json.peek()? == b'{' => {
            flat::object(walk, mark, "", &mut |walk, path| {
                tag(walk, path, span, said)
            })?;
        }
        "span_links" | "links" if walk.fill.json.peek()? == b'[' => {
            said.links.push(hanging::Place::here(walk)?);
        }
        "span_events" if walk.fill.json.peek()? == b'[' => {
            said.events.push(hanging::Place::here(walk)?);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Looks at a tag or metric; all but links and events, which have a field, stay attributes.
fn tag(walk: &mut Walk, path: &str, span: &mut SpanRecord, said: &mut Said) -> Result<bool> {
    let quoted = walk.fill.json.peek()? == b'"';
    let at = walk.fill.json.at();
    match path {
        "_dd.span_links" if quoted => said.links.push(hanging::Place::within(walk)?),
        "events" | "_dd.span_events" if quoted && walk.fill.json.rest().starts_with(b"\"[") => {
            said.events.push(hanging::Place::within(walk)?);
        }
        "span.kind" if quoted => span.kind = tags::kind(&string(walk)?),
        "error.msg" | "error.message" if quoted => said.error.message = string(walk)?,
        "error.type" if quoted => said.error.kind = string(walk)?,
        "error.stack" if quoted => said.error.stack = string(walk)?,
        "_dd.top_level" => {
            said.top_level = matches!(walk.fill.json.rest().first(), Some(b'1'));
        }
        _ => {}
    }
    walk.fill.json.go_to(at);
    Ok(false)
}

fn string(walk: &mut Walk) -> Result<String> {
    let string = walk.fill.json.string()?;
    Ok(plain(walk.fill.json.raw_text(string), string.escaped).into_owned())
}

/// The app writes seconds where the agent takes nanoseconds; then the duration is in seconds, too.
fn set_times(walk: &mut Walk, span: &mut SpanRecord, said: &Said) {
    let problems = &mut walk.fill.batch.problems;
    let (start, decimals) = said.start;
    let in_seconds = decimals || (1..100_000_000_000).contains(&start);
    let scaled = |(number, decimals): (i64, bool)| match in_seconds && !decimals {
        true => number.saturating_mul(1_000_000_000),
        false => number,
    };
    span.start = Nanos(scaled(said.start));
    if span.start.0 <= 0 {
        problems.repair(NO_START);
        span.start = Nanos(0);
    }
    let duration = match (said.duration, said.end) {
        (Some(duration), _) => scaled(duration),
        (None, Some(end)) => end.saturating_sub(span.start.0),
        (None, None) => 0,
    };
    if duration < 0 {
        problems.repair(BACKWARDS);
    }
    span.duration = duration.clamp(0, i64::MAX - span.start.0);
}

/// Links, events and the error of the tags, unless an event told that already.
fn attach(walk: &mut Walk, span: &mut SpanRecord, said: &mut Said) {
    let mut attached = Attached::default();
    for place in &said.events {
        place.read(walk, |json, batch| {
            hanging::events(json, batch, span, &mut attached)
        });
    }
    for place in &said.links {
        let hex = matches!(place, hanging::Place::Within(_));
        place.read(walk, |json, _| hanging::links(json, hex, &mut attached));
    }
    let error = std::mem::take(&mut said.error);
    let told = !(error.kind.is_empty() && error.message.is_empty() && error.stack.is_empty());
    if span.status == SpanStatus::Error {
        span.status_message = walk.fill.batch.keep(&error.message);
    }
    if told && !attached.has_exception {
        let error = Exception {
            time: Nanos(span.start.0.saturating_add(span.duration)),
            position: span.position,
            ..error
        };
        attached.exception(walk.fill.batch, span, error);
    }
    attached.finish(walk.fill.batch, span);
}
