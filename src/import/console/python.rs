//! Records as Python's `ConsoleSpanExporter` and `ConsoleLogExporter` print them.

use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::otlp_json::record::{self, severity_named, span_id, trace_id};
use crate::import::plain::{self, Event, Links};
use crate::import::tags;
use crate::model::batch::{BatchValue, LogRecord, SpanRecord, SpanStatus};
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};

/// Takes a span.
pub fn span(walk: &mut Walk) -> Result<()> {
    let (resource, scope) = around(walk);
    walk.record("Span", |walk| read_span(walk, resource?, scope))
}

/// Takes a log record.
pub fn log(walk: &mut Walk) -> Result<()> {
    let (resource, scope) = around(walk);
    walk.record("Log record", |walk| read_log(walk, resource?, scope))
}

/// The resource and scope an object names. The reader stays where it is.
fn around(walk: &mut Walk) -> (Result<u32>, u32) {
    let start = walk.fill.json.at();
    let mut scope = (String::new(), String::new());
    let resource = find_around(walk, &mut scope);
    walk.fill.json.go_to(start);
    let scope = plain::scope(walk.fill.batch, &scope.0, &scope.1);
    (resource, scope)
}

fn find_around(walk: &mut Walk, scope: &mut (String, String)) -> Result<u32> {
    let mut resource = None;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"resource", b'{') => resource = Some(walk.fill.json.skip_range()?.0),
            (b"instrumentation_scope" | b"instrumentation_info", b'{') => {
                *scope = read_scope(walk)?;
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    let Some(range) = resource else {
        return plain::resource(walk, &[], |_, _| Ok(()));
    };
    let text = walk.fill.json.text();
    let raw = text.get(range.clone()).unwrap_or_default();
    plain::resource(walk, &[raw], |walk, mark| {
        walk.fill.json.go_to(range.start);
        read_resource(walk, mark)
    })
}

fn read_scope(walk: &mut Walk) -> Result<(String, String)> {
    let mut scope = (String::new(), String::new());
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"name", b'"') => scope.0 = plain::text(&mut walk.fill)?,
            (b"version", b'"') => scope.1 = plain::text(&mut walk.fill)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(scope)
}

/// `{"attributes":{…},"schema_url":""}`, or, in older versions, the attributes themselves.
fn read_resource(walk: &mut Walk, mark: u32) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"attributes", b'{') => plain::attributes(&mut walk.fill, mark, "")?,
            (b"schema_url", _) => plain::push_said(&mut walk.fill, mark, "schema_url")?,
            _ => walk.fill.member(mark, name)?,
        }
    }
    Ok(())
}

fn read_span(walk: &mut Walk, resource: u32, scope: u32) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        resource,
        scope,
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let mut end = Nanos(0);
    let mut events = Vec::new();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"name" => span.name = walk.fill.text()?,
            b"context" => (span.trace, span.id) = context(walk, mark)?,
            b"kind" => {
                let kind = plain::text(&mut walk.fill)?;
                span.kind = tags::kind(kind.strip_prefix("SpanKind.").unwrap_or(&kind));
            }
            b"parent_id" => span.parent = span_id(walk, mark, kept::ORIGINAL_PARENT)?,
            b"start_time" => span.start = plain::iso_time(&mut walk.fill)?,
            b"end_time" => end = plain::iso_time(&mut walk.fill)?,
            b"status" => status(walk, &mut span)?,
            b"attributes" => plain::attributes(&mut walk.fill, mark, "")?,
            b"events" => events = read_events(walk)?,
            b"links" => span.links = links(walk, mark)?.keep(walk.fill.batch),
            b"resource" | b"instrumentation_scope" | b"instrumentation_info"
                if walk.fill.json.peek()? == b'{' =>
            {
                walk.fill.json.skip()?;
            }
            _ => walk.fill.member(mark, name)?,
        }
    }
    record::finish_span(walk.fill.batch, &mut span, end, mark)
        .map_err(|what| JsonError { at: start, what })?;
    plain::set_events(walk.fill.batch, &mut span, &events);
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// `{"trace_id":"0x…","span_id":"0x…","trace_state":"[]"}`.
fn context(walk: &mut Walk, mark: u32) -> Result<(TraceId, SpanId)> {
    let (mut trace, mut span) = (TraceId::default(), SpanId::default());
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"trace_id" => trace = trace_id(walk, mark)?,
            b"span_id" => span = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"trace_state" => trace_state(walk, mark)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok((trace, span))
}

fn trace_state(walk: &mut Walk, mark: u32) -> Result<()> {
    let at = walk.fill.json.at();
    let state = plain::text(&mut walk.fill)?;
    if state == "[]" {
        return Ok(());
    }
    walk.fill.json.go_to(at);
    plain::push_said(&mut walk.fill, mark, kept::TRACE_STATE)
}

fn status(walk: &mut Walk, span: &mut SpanRecord) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"status_code" => {
                let code = plain::text(&mut walk.fill)?;
                span.status = match code.strip_prefix("StatusCode.").unwrap_or(&code) {
                    "ERROR" => SpanStatus::Error,
                    "OK" => SpanStatus::Ok,
                    _ => SpanStatus::Unset,
                };
            }
            b"description" => span.status_message = walk.fill.text()?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(())
}

fn read_events(walk: &mut Walk) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    walk.each(|walk| {
        let mut event = Event::default();
        let mut members = walk.fill.json.begin_object()?;
        while let Some(name) = walk.fill.json.next_member(&mut members)? {
            match walk.fill.json.raw(name) {
                _ if walk.fill.json.take_null() => {}
                b"name" => event.name = plain::text(&mut walk.fill)?,
                b"timestamp" => event.time = plain::iso_time(&mut walk.fill)?,
                b"attributes" => event.attributes(&mut walk.fill)?,
                _ => {
                    walk.fill.json.skip()?;
                }
            }
        }
        events.push(event);
        Ok(())
    })?;
    Ok(events)
}

fn links(walk: &mut Walk, mark: u32) -> Result<Links> {
    let mut links = Links::default();
    walk.each(|walk| {
        let (mut trace, mut span) = (TraceId::default(), SpanId::default());
        let mut said = Event::default();
        let mut members = walk.fill.json.begin_object()?;
        while let Some(name) = walk.fill.json.next_member(&mut members)? {
            match walk.fill.json.raw(name) {
                _ if walk.fill.json.take_null() => {}
                b"context" => {
                    // A link's own trace state is not the span's.
                    let before = walk.fill.batch.attrs.len();
                    (trace, span) = context(walk, mark)?;
                    walk.fill.batch.attrs.truncate(before);
                }
                b"attributes" => said.attributes(&mut walk.fill)?,
                _ => {
                    walk.fill.json.skip()?;
                }
            }
        }
        links.add(trace, span, &said.attributes);
        Ok(())
    })?;
    Ok(links)
}

fn read_log(walk: &mut Walk, resource: u32, scope: u32) -> Result<()> {
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
            b"body" => log.body = plain::body(&mut walk.fill)?,
            b"severity_number" => log.severity = severity(walk)?,
            b"severity_text" => log.severity_text = walk.fill.text()?,
            b"attributes" => plain::attributes(&mut walk.fill, mark, "")?,
            b"timestamp" => log.time = plain::iso_time(&mut walk.fill)?,
            b"observed_timestamp" => observed = plain::iso_time(&mut walk.fill)?,
            b"trace_id" => log.trace = trace_id(walk, mark)?,
            b"span_id" => log.span = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"dropped_attributes" => {
                plain::push_said(&mut walk.fill, mark, kept::DROPPED_ATTRIBUTES)?;
            }
            b"event_name" => plain::push_said(&mut walk.fill, mark, kept::EVENT_NAME)?,
            // Older versions print it as a text of Python's.
            b"resource" | b"instrumentation_scope" if walk.fill.json.peek()? == b'{' => {
                walk.fill.json.skip()?;
            }
            _ => walk.fill.member(mark, name)?,
        }
    }
    record::finish_log(walk.fill.batch, log, observed, mark);
    Ok(())
}

/// `9`, `"SeverityNumber.INFO"` or `"<SeverityNumber.INFO: 9>"`, by version.
fn severity(walk: &mut Walk) -> Result<u8> {
    let at = walk.fill.json.at();
    let text = match walk.fill.value()? {
        BatchValue::Int(number) => {
            return Ok(record::severity_of_number(number));
        }
        BatchValue::Str(_) => {
            walk.fill.json.go_to(at);
            plain::text(&mut walk.fill)?
        }
        _ => return Ok(0),
    };
    let name = text.rsplit('.').next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default();
    Ok(severity_named(name.trim_end_matches('>')))
}
