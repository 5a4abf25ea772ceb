//! Records as Go's `stdouttrace` and `stdoutlog` print them: Go's own names, typed values.

use crate::import::fill::{Fill, Result};
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::otlp_json::record::{self, span_id, trace_id};
use crate::import::plain::{self, Event, Links};
use crate::model::batch::{BatchValue, LogRecord, SpanKind, SpanRecord, SpanStatus, Text};
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
            (b"Resource", b'[') => resource = Some(walk.fill.json.skip_range()?.0),
            (b"InstrumentationScope" | b"InstrumentationLibrary" | b"Scope", b'{') => {
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
        attributes(&mut walk.fill, mark)
    })
}

fn read_scope(walk: &mut Walk) -> Result<(String, String)> {
    let mut scope = (String::new(), String::new());
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"Name", b'"') => scope.0 = plain::text(&mut walk.fill)?,
            (b"Version", b'"') => scope.1 = plain::text(&mut walk.fill)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(scope)
}

/// Takes `[{"Key":…,"Value":{"Type":…,"Value":…}}]` as attributes.
fn attributes(fill: &mut Fill, mark: u32) -> Result<()> {
    each_pair(fill, |fill, key| {
        let value = typed(fill)?;
        fill.push_named(mark, &key, value);
        Ok(())
    })
}

/// Calls `read` with the reader before the typed value of each pair.
fn each_pair(fill: &mut Fill, mut read: impl FnMut(&mut Fill, String) -> Result<()>) -> Result<()> {
    if fill.json.take_null() {
        return Ok(());
    }
    let mut elements = fill.json.begin_array()?;
    while fill.json.next_element(&mut elements)? {
        let (mut key, mut value) = (None, None);
        let mut members = fill.json.begin_object()?;
        while let Some(name) = fill.json.next_member(&mut members)? {
            match fill.json.raw(name) {
                b"Key" => key = Some(plain::text(fill)?),
                b"Value" => value = Some(fill.json.skip_range()?.0.start),
                _ => {
                    fill.json.skip()?;
                }
            }
        }
        let key = key.ok_or_else(|| fill.json.error("an attribute has no key"))?;
        let end = fill.json.at();
        if let Some(value) = value {
            fill.json.go_to(value);
            read(fill, key)?;
            fill.json.go_to(end);
        }
    }
    Ok(())
}

/// Takes `{"Type":…,"Value":…}`: the reader is left after it, and told is where the value begins and its type.
fn typed_at(fill: &mut Fill) -> Result<(Option<usize>, String)> {
    let (mut at, mut kind) = (None, String::new());
    if fill.json.peek()? != b'{' {
        let plain = fill.json.skip_range()?.0.start;
        return Ok((Some(plain), kind));
    }
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        match (fill.json.raw(name), fill.json.peek()?) {
            (b"Type", b'"') => kind = plain::text(fill)?,
            (b"Value", _) => at = Some(fill.json.skip_range()?.0.start),
            _ => {
                fill.json.skip()?;
            }
        }
    }
    Ok((at, kind))
}

/// Takes a typed value. Lists stay JSON; a float written without decimals stays a float.
fn typed(fill: &mut Fill) -> Result<BatchValue> {
    let (at, kind) = typed_at(fill)?;
    let end = fill.json.at();
    let Some(at) = at else {
        return Ok(BatchValue::Null);
    };
    fill.json.go_to(at);
    let value = fill.value()?;
    fill.json.go_to(end);
    Ok(match value {
        BatchValue::Int(number) if kind.eq_ignore_ascii_case("float64") => {
            BatchValue::Float(number as f64)
        }
        value => value,
    })
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
            b"Name" => span.name = walk.fill.text()?,
            b"SpanContext" => (span.trace, span.id) = context(walk, mark, "SpanContext.")?,
            b"Parent" => {
                let (trace, parent) = context(walk, mark, "Parent.")?;
                span.parent = if trace.is_none() {
                    SpanId::default()
                } else {
                    parent
                };
            }
            b"SpanKind" => span.kind = SpanKind::from_number(walk.fill.json.integer()?),
            b"StartTime" => span.start = plain::iso_time(&mut walk.fill)?,
            b"EndTime" => end = plain::iso_time(&mut walk.fill)?,
            b"Attributes" => attributes(&mut walk.fill, mark)?,
            b"Events" => events = read_events(walk)?,
            b"Links" => span.links = links(walk, mark)?.keep(walk.fill.batch),
            b"Status" => status(walk, &mut span)?,
            b"DroppedAttributes" => count(walk, mark, kept::DROPPED_ATTRIBUTES)?,
            b"DroppedEvents" => count(walk, mark, kept::DROPPED_EVENTS)?,
            b"DroppedLinks" => count(walk, mark, kept::DROPPED_LINKS)?,
            b"ChildSpanCount" => count(walk, mark, "ChildSpanCount")?,
            b"Resource" | b"InstrumentationScope" | b"InstrumentationLibrary" => {
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

fn count(walk: &mut Walk, mark: u32, name: &str) -> Result<()> {
    plain::push_said(&mut walk.fill, mark, name)
}

/// `{"TraceID":…,"SpanID":…,"TraceFlags":"01","TraceState":"","Remote":false}`; what is unusual in it becomes attributes
/// whose names begin with `before`.
fn context(walk: &mut Walk, mark: u32, before: &str) -> Result<(TraceId, SpanId)> {
    let own = before == "SpanContext.";
    let (mut trace, mut span) = (TraceId::default(), SpanId::default());
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"TraceID" => trace = trace_id(walk, mark)?,
            b"SpanID" if own => span = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"SpanID" => span = span_id(walk, mark, kept::ORIGINAL_PARENT)?,
            b"TraceFlags" if own => {
                plain::push_said(&mut walk.fill, mark, "SpanContext.TraceFlags")?;
            }
            b"TraceState" if own => plain::push_said(&mut walk.fill, mark, kept::TRACE_STATE)?,
            b"Remote" if walk.fill.json.boolean()? => {
                let name = format!("{before}Remote");
                walk.fill.push_named(mark, &name, BatchValue::Bool(true));
            }
            b"Remote" => {}
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok((trace, span))
}

/// Go numbers codes differently from OTLP: an error is 1.
fn status(walk: &mut Walk, span: &mut SpanRecord) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"Code", b'"') => {
                span.status = match plain::text(&mut walk.fill)?.as_str() {
                    "Error" => SpanStatus::Error,
                    "Ok" => SpanStatus::Ok,
                    _ => SpanStatus::Unset,
                };
            }
            (b"Code", _) => {
                span.status = match walk.fill.json.integer()? {
                    1 => SpanStatus::Error,
                    2 => SpanStatus::Ok,
                    _ => SpanStatus::Unset,
                };
            }
            (b"Description", b'"') => span.status_message = walk.fill.text()?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(())
}

/// Takes typed pairs as attributes of an event or link.
fn event_attributes(fill: &mut Fill, event: &mut Event) -> Result<()> {
    each_pair(fill, |fill, key| {
        let (at, _) = typed_at(fill)?;
        if let Some(at) = at {
            fill.json.go_to(at);
            event.attribute(fill, key)?;
        }
        Ok(())
    })
}

fn read_events(walk: &mut Walk) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    walk.each(|walk| {
        let mut event = Event::default();
        let mut members = walk.fill.json.begin_object()?;
        while let Some(name) = walk.fill.json.next_member(&mut members)? {
            match walk.fill.json.raw(name) {
                _ if walk.fill.json.take_null() => {}
                b"Name" => event.name = plain::text(&mut walk.fill)?,
                b"Time" => event.time = plain::iso_time(&mut walk.fill)?,
                b"Attributes" => event_attributes(&mut walk.fill, &mut event)?,
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
                b"SpanContext" => {
                    // What is unusual in it is the other span's.
                    let before = walk.fill.batch.attrs.len();
                    (trace, span) = context(walk, mark, "SpanContext.")?;
                    walk.fill.batch.attrs.truncate(before);
                }
                b"Attributes" => event_attributes(&mut walk.fill, &mut said)?,
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
            b"Timestamp" => log.time = plain::iso_time(&mut walk.fill)?,
            b"ObservedTimestamp" => observed = plain::iso_time(&mut walk.fill)?,
            b"Severity" => {
                let number = walk.fill.json.integer()?;
                log.severity = record::severity_of_number(number);
            }
            b"SeverityText" => log.severity_text = walk.fill.text()?,
            b"Body" => log.body = body(walk)?,
            b"Attributes" => attributes(&mut walk.fill, mark)?,
            b"TraceID" => log.trace = trace_id(walk, mark)?,
            b"SpanID" => log.span = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"DroppedAttributes" => count(walk, mark, kept::DROPPED_ATTRIBUTES)?,
            b"EventName" => plain::push_said(&mut walk.fill, mark, kept::EVENT_NAME)?,
            b"Resource" | b"Scope" => {
                walk.fill.json.skip()?;
            }
            _ => walk.fill.member(mark, name)?,
        }
    }
    record::finish_log(walk.fill.batch, log, observed, mark);
    Ok(())
}

/// A typed body.
fn body(walk: &mut Walk) -> Result<Text> {
    let (at, _) = typed_at(&mut walk.fill)?;
    let end = walk.fill.json.at();
    let Some(at) = at else {
        return Ok(Text::EMPTY);
    };
    walk.fill.json.go_to(at);
    let body = plain::body(&mut walk.fill)?;
    walk.fill.json.go_to(end);
    Ok(body)
}
