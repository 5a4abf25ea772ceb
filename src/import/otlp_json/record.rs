//! One span, one log record.

use super::document::Walk;
use super::event;
use super::ids::{self, Id};
use super::value::{attributes, body, plain_text};
use crate::import::fill::{Result, push_named};
use crate::import::json::JsonError;
use crate::model::batch::{Batch, BatchValue, LogRecord, SpanKind, SpanRecord, SpanStatus, Text};
use crate::model::conventions::kept;
use crate::model::report::Problems;
use crate::model::{Nanos, SpanId, TraceId};
use std::ops::Range;

const FOREIGN_ID: &str = "Ids that are neither hex nor base64 were replaced by a hash; the text is kept as attribute headwater.original_…";

const BACKWARDS: &str = "Spans that end before they start are shown with duration 0";
const UNFINISHED: &str = "Spans without an end are shown with duration 0";
const NO_START: &str = "Spans without a start are placed at their end";
const NO_TIME: &str = "Log records without a time are placed at the beginning of 1970";

/// Takes a span.
pub fn span(walk: &mut Walk, resource: u32, scope: u32) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        resource,
        scope,
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let mut end = Nanos(0);
    let mut events = None;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"traceId" | b"trace_id" => span.trace = trace_id(walk, mark)?,
            b"spanId" | b"span_id" => span.id = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"parentSpanId" | b"parent_span_id" => {
                span.parent = span_id(walk, mark, kept::ORIGINAL_PARENT)?;
            }
            b"name" => span.name = walk.fill.text()?,
            b"kind" => span.kind = kind(walk)?,
            b"startTimeUnixNano" | b"start_time_unix_nano" => span.start = time(walk)?,
            b"endTimeUnixNano" | b"end_time_unix_nano" => end = time(walk)?,
            b"attributes" => attributes(&mut walk.fill, mark)?,
            b"events" => events = list(walk)?,
            b"links" => span.links = list(walk)?.map_or(Text::EMPTY, Text::in_input),
            b"status" => status(walk, &mut span)?,
            b"droppedAttributesCount" => dropped(walk, mark, kept::DROPPED_ATTRIBUTES)?,
            b"droppedEventsCount" => dropped(walk, mark, kept::DROPPED_EVENTS)?,
            b"droppedLinksCount" => dropped(walk, mark, kept::DROPPED_LINKS)?,
            b"traceState" | b"trace_state" => {
                let state = walk.fill.text()?;
                if !state.is_empty() {
                    walk.fill
                        .push_named(mark, kept::TRACE_STATE, BatchValue::Str(state));
                }
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    finish_span(walk.fill.batch, &mut span, end, mark)
        .map_err(|what| JsonError { at: start, what })?;
    if let Some(events) = events {
        span.events = Text::in_input(events.clone());
        event::errors(walk, &span, events)?;
    }
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// What follows for a span from all that was read of it, in whichever form: its times, what it is in its trace, its
/// attributes since `mark`. The reason if it cannot be shown.
#[inline]
pub fn finish_span(
    batch: &mut Batch,
    span: &mut SpanRecord,
    end: Nanos,
    mark: u32,
) -> std::result::Result<(), &'static str> {
    if span.trace.is_none() {
        return Err("it has no trace id");
    }
    if span.id.is_none() {
        return Err("it has no span id");
    }
    set_times(&mut batch.problems, span, end);
    span.segment =
        span.parent.is_none() || matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
    span.attrs = mark..batch.attrs.len() as u32;
    Ok(())
}

/// Takes a log record.
pub fn log(walk: &mut Walk, resource: u32, scope: u32) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut log = LogRecord {
        resource,
        scope,
        position: walk.places.byte(start),
        ..LogRecord::default()
    };
    let mut observed = Nanos(0);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"timeUnixNano" | b"time_unix_nano" => log.time = time(walk)?,
            b"observedTimeUnixNano" | b"observed_time_unix_nano" => observed = time(walk)?,
            b"severityNumber" | b"severity_number" => log.severity = severity(walk)?,
            b"severityText" | b"severity_text" => log.severity_text = walk.fill.text()?,
            b"body" => log.body = body(&mut walk.fill)?,
            b"droppedAttributesCount" => dropped(walk, mark, kept::DROPPED_ATTRIBUTES)?,
            b"attributes" => attributes(&mut walk.fill, mark)?,
            b"traceId" | b"trace_id" => log.trace = trace_id(walk, mark)?,
            b"spanId" | b"span_id" => log.span = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"eventName" | b"event_name" => {
                let name = walk.fill.text()?;
                walk.fill
                    .push_named(mark, kept::EVENT_NAME, BatchValue::Str(name));
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    finish_log(walk.fill.batch, log, observed, mark);
    Ok(())
}

/// Adds a log record of which all was read, in whichever form.
pub fn finish_log(batch: &mut Batch, mut log: LogRecord, observed: Nanos, mark: u32) {
    if log.time == Nanos(0) {
        log.time = observed;
    }
    if log.time == Nanos(0) {
        batch.problems.repair(NO_TIME);
    }
    log.attrs = mark..batch.attrs.len() as u32;
    batch.logs.push(log);
}

/// Start and duration from what was read.
fn set_times(problems: &mut Problems, span: &mut SpanRecord, end: Nanos) {
    if span.start == Nanos(0) {
        problems.repair(NO_START);
        span.start = end;
    } else if end == Nanos(0) {
        problems.repair(UNFINISHED);
    } else if end < span.start {
        problems.repair(BACKWARDS);
    } else {
        span.duration = end - span.start;
    }
}

/// Takes a trace id; one that is none of the known writings is hashed and its text kept.
pub fn trace_id(walk: &mut Walk, mark: u32) -> Result<TraceId> {
    let string = walk.fill.json.string()?;
    match ids::trace(walk.fill.json.raw_text(string)) {
        Id::Known(id) => Ok(id),
        Id::None => Ok(TraceId::default()),
        Id::Foreign(id) => {
            let text = walk.fill.keep(string);
            foreign(walk.fill.batch, mark, kept::ORIGINAL_TRACE, text);
            Ok(id)
        }
    }
}

/// Takes a span id; as [`trace_id`], the text kept as attribute `original`.
pub fn span_id(walk: &mut Walk, mark: u32, original: &str) -> Result<SpanId> {
    let string = walk.fill.json.string()?;
    match ids::span(walk.fill.json.raw_text(string)) {
        Id::Known(id) => Ok(id),
        Id::None => Ok(SpanId::default()),
        Id::Foreign(id) => {
            let text = walk.fill.keep(string);
            foreign(walk.fill.batch, mark, original, text);
            Ok(id)
        }
    }
}

/// Keeps the text of an id that a hash stands for.
#[cold]
pub fn foreign(batch: &mut Batch, mark: u32, name: &str, text: Text) {
    batch.problems.repair(FOREIGN_ID);
    push_named(batch, mark, name, BatchValue::Str(text));
}

/// How much the SDK itself had to drop, kept if it was anything. Some write -1, or worse: that is no reason to lose a record.
pub fn dropped(walk: &mut Walk, mark: u32, name: &str) -> Result<()> {
    let at = walk.fill.json.at();
    match walk.fill.json.integer() {
        Ok(count) if count > 0 => walk.fill.push_named(mark, name, BatchValue::Int(count)),
        Ok(_) => {}
        Err(_) => {
            walk.fill.json.go_to(at);
            walk.fill.json.skip()?;
        }
    }
    Ok(())
}

/// Nanoseconds since the epoch; never negative.
pub fn time(walk: &mut Walk) -> Result<Nanos> {
    let nanos = walk.fill.json.integer()?;
    if nanos < 0 {
        return Err(walk.fill.json.error("a time lies before 1970"));
    }
    Ok(Nanos(nanos))
}

/// Where an array lies; `None` if it is empty.
fn list(walk: &mut Walk) -> Result<Option<Range<usize>>> {
    if walk.fill.json.peek()? != b'[' {
        return Err(walk.fill.json.error("an array was expected"));
    }
    let (range, _) = walk.fill.json.skip_range()?;
    let inside = &walk.fill.json.text()[range.start + 1..range.end - 1];
    Ok((!inside.trim_ascii().is_empty()).then_some(range))
}

/// The part of an enum's name that counts: `SPAN_KIND_SERVER` is `SERVER`.
fn enum_name(walk: &mut Walk, prefix: &str) -> Result<String> {
    let string = walk.fill.json.string()?;
    let name = plain_text(&walk.fill.json, string).to_ascii_uppercase();
    Ok(name.strip_prefix(prefix).unwrap_or(&name).to_owned())
}

/// Whether an enum is written by name; a number in quotes is a number.
fn by_name(walk: &mut Walk) -> Result<bool> {
    let quoted = walk.fill.json.peek()? == b'"';
    Ok(quoted && !matches!(walk.fill.json.rest().get(1), Some(b'0'..=b'9' | b'-')))
}

fn kind(walk: &mut Walk) -> Result<SpanKind> {
    if !by_name(walk)? {
        return walk.fill.json.integer().map(SpanKind::from_number);
    }
    Ok(match enum_name(walk, "SPAN_KIND_")?.as_str() {
        "INTERNAL" => SpanKind::Internal,
        "SERVER" => SpanKind::Server,
        "CLIENT" => SpanKind::Client,
        "PRODUCER" => SpanKind::Producer,
        "CONSUMER" => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    })
}

fn status(walk: &mut Walk, span: &mut SpanRecord) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"code" => span.status = status_code(walk)?,
            b"message" => span.status_message = walk.fill.text()?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(())
}

fn status_code(walk: &mut Walk) -> Result<SpanStatus> {
    if !by_name(walk)? {
        return walk.fill.json.integer().map(SpanStatus::from_number);
    }
    Ok(match enum_name(walk, "STATUS_CODE_")?.as_str() {
        "OK" => SpanStatus::Ok,
        "ERROR" => SpanStatus::Error,
        _ => SpanStatus::Unset,
    })
}

/// A severity by OTLP's number; 0 for one that is none.
pub fn severity_of_number(number: i64) -> u8 {
    u8::try_from(number).ok().filter(|n| *n <= 24).unwrap_or(0)
}

/// 1 to 24, or `SEVERITY_NUMBER_WARN2`.
fn severity(walk: &mut Walk) -> Result<u8> {
    if !by_name(walk)? {
        return walk.fill.json.integer().map(severity_of_number);
    }
    Ok(severity_named(&enum_name(walk, "SEVERITY_NUMBER_")?))
}

/// The number behind a name such as `WARN2`; 0 when it is none.
pub fn severity_named(name: &str) -> u8 {
    let step = name
        .bytes()
        .last()
        .filter(u8::is_ascii_digit)
        .map(|d| d - b'1');
    let base = match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "TRACE" => 1,
        "DEBUG" => 5,
        "INFO" => 9,
        "WARN" => 13,
        "ERROR" => 17,
        "FATAL" => 21,
        _ => return 0,
    };
    base + step.unwrap_or(0).min(3)
}
