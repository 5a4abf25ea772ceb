//! Containers: many spans (version 2) or logs in one item, each with typed attributes. A `span` item may also be one old span.

use super::envelope::Walk;
use super::event::member;
use super::transaction;
use crate::import::fill::Result;
use crate::import::json::{JsonError, RawStr};
use crate::import::stretch::plain;
use crate::model::Nanos;
use crate::model::batch::{BatchValue, LogRecord, Resource, SpanKind, SpanRecord, Text};
use crate::model::conventions::kept;
use crate::model::conventions::service;
use xxhash_rust::xxh3::Xxh3;

/// Reads a `span` item: a container, or one span in the old form.
pub fn spans(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let members = walk.members()?;
    if let Some(at) = member(&members, "items") {
        return each(walk, at, "Span", span);
    }
    let resource = walk.resource(&members)?;
    walk.fill.json.go_to(start);
    let root = SpanRecord {
        trace: walk.header.trace,
        resource,
        ..SpanRecord::default()
    };
    walk.record("Span", |walk| transaction::child(walk, &root))
}

/// Reads a `log` item.
pub fn logs(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let members = walk.members()?;
    match member(&members, "items") {
        Some(at) => each(walk, at, "Log record", log),
        None => {
            walk.fill.json.go_to(start);
            walk.record("Log record", log)
        }
    }
}

fn each(walk: &mut Walk, at: usize, what: &str, read: fn(&mut Walk) -> Result<()>) -> Result<()> {
    walk.fill.json.go_to(at);
    let mut elements = walk.fill.json.begin_array()?;
    while walk.fill.json.next_element(&mut elements)? {
        walk.record(what, read)?;
    }
    Ok(())
}

/// Attributes that say more than an attribute.
#[derive(Default)]
struct Telling {
    service: Option<RawStr>,
    server_address: Option<RawStr>,
    sdk: Option<RawStr>,
    parent: Option<RawStr>,
    kind: Option<RawStr>,
    template: Option<RawStr>,
    status_message: Option<RawStr>,
    severity: Option<i64>,
}

/// Takes `{"name": {"value": …, "type": …}}`; bare values count too.
fn attributes(walk: &mut Walk, mark: u32) -> Result<Telling> {
    let mut telling = Telling::default();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let key = walk.fill.key(name);
        let (value, string) = typed_value(walk)?;
        let place = match walk.fill.json.raw(name) {
            b"service.name" => &mut telling.service,
            b"server.address" => &mut telling.server_address,
            b"sentry.sdk.name" => &mut telling.sdk,
            b"sentry.trace.parent_span_id" => &mut telling.parent,
            b"sentry.kind" | b"otel.kind" => &mut telling.kind,
            b"sentry.message.template" => &mut telling.template,
            b"sentry.status.message" => &mut telling.status_message,
            b"sentry.severity_number" => {
                if let BatchValue::Int(number) = value {
                    telling.severity = Some(number);
                }
                &mut None
            }
            _ => &mut None,
        };
        *place = string;
        walk.fill.push(mark, key, value);
    }
    Ok(telling)
}

/// A value, and its string if it is one.
fn typed_value(walk: &mut Walk) -> Result<(BatchValue, Option<RawStr>)> {
    if walk.fill.json.peek()? != b'{' {
        return Ok((walk.fill.value()?, None));
    }
    let (mut value, mut string) = (BatchValue::Null, None);
    let mut is_double = false;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            b"value" if walk.fill.json.peek()? == b'"' => {
                let text = walk.fill.json.string()?;
                string = Some(text);
                value = BatchValue::Str(walk.fill.keep(text));
            }
            b"value" => value = walk.fill.value()?,
            b"type" if walk.fill.json.peek()? == b'"' => {
                let kind = walk.fill.json.string()?;
                is_double = walk.fill.json.raw(kind) == b"double";
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    if let (true, BatchValue::Int(number)) = (is_double, value) {
        value = BatchValue::Float(number as f64);
    }
    Ok((value, string))
}

/// The resource that a record's attributes tell of. They stay with the record; the resource has just its name.
fn resource(walk: &mut Walk, telling: &Telling, is_log: bool) -> u32 {
    let text = walk.fill.json.text();
    let of = |string: Option<RawStr>| {
        string.map(|string| plain(&text[string.start..string.end], string.escaped))
    };
    let sdk = of(telling.sdk).map_or_else(|| walk.header.sdk.clone(), |sdk| sdk.into_owned());
    let named = of(telling.service).or_else(|| {
        // On spans of other SDKs `server.address` is whom they called.
        let is_own = is_log || service::address_is_own(&sdk);
        of(telling.server_address).filter(|_| is_own)
    });
    let named = named.filter(|name| !name.trim().is_empty());
    let service = named.map_or_else(
        || service::short_sdk_name(&sdk).to_owned(),
        |name| name.into_owned(),
    );
    let mut hash = Xxh3::new();
    hash.update(b"container");
    hash.update(service.as_bytes());
    hash.update(b"\0");
    hash.update(sdk.as_bytes());
    let hash = hash.digest();
    if let Some(index) = walk.resources.get(&hash) {
        return *index;
    }
    let resource = Resource {
        attrs: 0..0,
        service: walk.fill.batch.keep(&service),
        sdk: walk.fill.batch.keep(&sdk),
    };
    let index = walk.fill.batch.resources.len() as u32;
    walk.fill.batch.resources.push(resource);
    walk.resources.insert(hash, index);
    index
}

/// The resource of a log record whose attributes tell of none.
pub fn log_resource(walk: &mut Walk) -> u32 {
    resource(walk, &Telling::default(), true)
}

/// Takes a span of version 2.
fn span(walk: &mut Walk) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        trace: walk.header.trace,
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let (mut begin, mut end) = (None, None);
    let mut telling = Telling::default();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"trace_id" => span.trace = walk.trace_id(mark)?,
            b"span_id" => span.id = walk.span_id(mark, kept::ORIGINAL_SPAN)?,
            b"parent_span_id" => {
                span.parent = walk.span_id(mark, kept::ORIGINAL_PARENT)?;
            }
            b"name" => span.name = walk.fill.text()?,
            b"status" => (span.status, span.status_message) = walk.status()?,
            b"is_segment" => span.segment = walk.fill.json.boolean()?,
            b"kind" => telling.kind = Some(walk.fill.json.string()?),
            b"start_timestamp" => begin = Some(walk.time()?),
            b"end_timestamp" | b"timestamp" => end = Some(walk.time()?),
            b"attributes" => {
                let kind = telling.kind;
                telling = attributes(walk, mark)?;
                telling.kind = telling.kind.or(kind);
            }
            b"links" => {
                let at = walk.fill.json.at();
                let (range, _) = walk.fill.json.skip_range()?;
                span.links = transaction::links_at(walk, Some(at))?;
                walk.fill.json.go_to(range.end);
            }
            _ => walk.fill.member(mark, name)?,
        }
    }
    let wrong = |what| JsonError { at: start, what };
    if span.trace.is_none() || span.id.is_none() {
        return Err(wrong("it has no trace id or no span id"));
    }
    span.start = begin.ok_or(wrong("it has no start_timestamp"))?;
    span.duration = transaction::duration(walk, span.start, end);
    if let Some(message) = telling.status_message {
        span.status_message = walk.fill.keep(message);
    }
    if let Some(kind) = telling.kind {
        span.kind = kind_of(walk.fill.json.raw(kind));
    }
    if span.segment {
        span.description = span.name;
    }
    span.attrs = walk.fill.since(mark);
    span.resource = resource(walk, &telling, false);
    walk.fill.batch.spans.push(span);
    Ok(())
}

fn kind_of(name: &[u8]) -> SpanKind {
    match name.to_ascii_uppercase().as_slice() {
        b"INTERNAL" => SpanKind::Internal,
        b"SERVER" => SpanKind::Server,
        b"CLIENT" => SpanKind::Client,
        b"PRODUCER" => SpanKind::Producer,
        b"CONSUMER" => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    }
}

/// Takes a log record.
fn log(walk: &mut Walk) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut log = LogRecord {
        trace: walk.header.trace,
        position: walk.places.byte(start),
        ..LogRecord::default()
    };
    let mut time: Option<Nanos> = None;
    let mut number = None;
    let mut level = None;
    let mut telling = Telling::default();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"timestamp" => time = Some(walk.time()?),
            b"trace_id" => log.trace = walk.trace_id(mark)?,
            b"span_id" => log.span = walk.span_id(mark, kept::ORIGINAL_SPAN)?,
            b"level" => level = Some(walk.fill.json.string()?),
            b"severity_number" => number = Some(walk.fill.json.integer()?),
            b"body" => log.body = body(walk)?,
            b"attributes" => telling = attributes(walk, mark)?,
            _ => walk.fill.member(mark, name)?,
        }
    }
    log.time = time.ok_or(JsonError {
        at: start,
        what: "it has no timestamp",
    })?;
    if let Some(level) = level {
        log.severity_text = walk.fill.keep(level);
        log.severity = severity_of(walk.fill.json.raw(level));
    }
    let number = number
        .or(telling.severity)
        .filter(|number| (1..=24).contains(number));
    log.severity = number.map_or(log.severity, |number| number as u8);
    if let (true, Some(parent)) = (log.span.is_none(), telling.parent) {
        log.span = walk.fill.json.raw_text(parent).parse().unwrap_or_default();
    }
    if let Some(template) = telling.template {
        log.template = walk.fill.keep(template);
    }
    log.attrs = walk.fill.since(mark);
    log.resource = resource(walk, &telling, true);
    walk.fill.batch.logs.push(log);
    Ok(())
}

/// The message; anything but text is kept as JSON.
fn body(walk: &mut Walk) -> Result<Text> {
    if walk.fill.json.peek()? == b'"' {
        return walk.fill.text();
    }
    let (range, _) = walk.fill.json.skip_range()?;
    Ok(Text::in_input(range))
}

/// The first number of a level's range.
fn severity_of(level: &[u8]) -> u8 {
    match level.to_ascii_lowercase().as_slice() {
        b"trace" => 1,
        b"debug" => 5,
        b"info" => 9,
        b"warn" | b"warning" => 13,
        b"error" => 17,
        b"fatal" | b"critical" => 21,
        _ => 0,
    }
}
