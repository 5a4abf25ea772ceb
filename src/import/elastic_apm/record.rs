//! Makes a span, a log record or an error of an event.

use super::event::{Event, Kind};
use crate::import::attached::{Attached, value};
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::log_lines::level;
use crate::import::otlp_json::document::Walk;
use crate::import::otlp_json::record::{span_id, trace_id};
use crate::import::{flat, services};
use crate::model::batch::{
    Batch, BatchValue, ErrorRecord, LogRecord, Resource, SpanKind, SpanRecord, SpanStatus, Text,
};
use crate::model::conventions::kept;
use crate::model::{SpanId, TraceId};

const METRICS: &str = "Metric documents were passed over: only traces, errors and logs are shown";
const BACKWARDS: &str = "Spans with a negative duration are shown with duration 0";
const NO_METADATA: &str =
    "Events without metadata before them belong to the service unknown-service";

/// How many of the last resources are looked through for the same service again.
const REMEMBERED: usize = 64;

/// Adds what the event is to the batch. `sent` tells that metadata says whose it is.
pub fn make(walk: &mut Walk, event: Event, sent: bool) -> Result<()> {
    let end = event.place.end;
    match event.kind {
        Some(Kind::Transaction | Kind::Span) => span(walk, event, sent)?,
        Some(Kind::Error) => error(walk, event, sent)?,
        Some(Kind::Log) => log(walk, event, sent),
        Some(Kind::Metric) => {
            walk.fill.batch.attrs.truncate(event.mark as usize);
            walk.fill.batch.problems.note(METRICS);
        }
        None => {
            return Err(JsonError {
                at: event.place.start,
                what: "it is no transaction, span, error or log of Elastic APM",
            });
        }
    }
    walk.fill.json.go_to(end);
    Ok(())
}

fn span(walk: &mut Walk, event: Event, sent: bool) -> Result<()> {
    let is_transaction = event.kind == Some(Kind::Transaction);
    let mark = event.mark;
    let at = event.place.start;
    let missing = |what| Err(JsonError { at, what });
    if event.trace.is_none() {
        return missing("it has no trace id");
    }
    let (id, parent, name) = match is_transaction {
        true => (event.transaction, event.parent, event.transaction_name),
        false => {
            let parent = event.parent.some().unwrap_or(event.transaction);
            (event.span, parent, event.span_name)
        }
    };
    if id.is_none() {
        return missing("it has no id");
    }
    let fill = &mut walk.fill;
    // Its own type first: of two, the first one tells the operation.
    for (name, text) in [
        ("span.type", event.span_type),
        ("transaction.type", event.transaction_type),
    ] {
        if !text.is_empty() {
            fill.push_named(mark, name, BatchValue::Str(text));
        }
    }
    if !is_transaction && !event.transaction_name.is_empty() {
        let name = BatchValue::Str(event.transaction_name);
        fill.push_named(mark, "transaction.name", name);
    }
    if !event.message.is_empty() {
        fill.push_named(mark, "message", BatchValue::Str(event.message));
    }
    let failed = event.status == SpanStatus::Unset && event.outcome.is_empty();
    let mut span = SpanRecord {
        trace: event.trace,
        id,
        parent,
        name,
        kind: kind(&event, is_transaction),
        status: match failed && event.failed_result {
            true => SpanStatus::Error,
            false => event.status,
        },
        start: event.time.or(event.coarse_time).unwrap_or_default(),
        duration: event.duration.unwrap_or_default(),
        segment: is_transaction,
        position: walk.places.byte(at),
        ..SpanRecord::default()
    };
    if is_transaction {
        span.description = name;
    }
    if span.duration < 0 {
        walk.fill.batch.problems.repair(BACKWARDS);
        span.duration = 0;
    }
    if let Some(at) = event.links {
        walk.fill.json.go_to(at);
        links(walk, mark, &mut span)?;
    }
    span.attrs = walk.fill.since(mark);
    // From here on nothing can fail, so that a resource is not left without its attributes.
    span.resource = resource(walk, &event.service, sent);
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// The kind that OpenTelemetry's bridge tells, or that goes with the type.
fn kind(event: &Event, is_transaction: bool) -> SpanKind {
    if event.span_kind != SpanKind::Unspecified {
        return event.span_kind;
    }
    let kind = event.type_text.split('.').next().unwrap_or_default();
    match (is_transaction, kind) {
        (true, "request") => SpanKind::Server,
        (true, "messaging") => SpanKind::Consumer,
        (false, "messaging") => match event.action.as_str() {
            "receive" | "poll" => SpanKind::Consumer,
            _ => SpanKind::Producer,
        },
        (false, "external" | "db" | "cache" | "storage") => SpanKind::Client,
        _ => SpanKind::Internal,
    }
}

/// Takes `[{"trace_id":…,"span_id":…}]`, dotted or nested as well.
fn links(walk: &mut Walk, mark: u32, span: &mut SpanRecord) -> Result<()> {
    let mut attached = Attached::default();
    walk.each(|walk| {
        let (mut trace, mut linked) = (TraceId::default(), SpanId::default());
        let mut more = Vec::new();
        flat::object(walk, mark, "", &mut |walk, path| {
            match path {
                "trace_id" | "trace.id" => trace = trace_id(walk, mark)?,
                "span_id" | "span.id" => {
                    linked = span_id(walk, mark, kept::ORIGINAL_LINK)?;
                }
                _ => {
                    let (range, _) = walk.fill.json.skip_range()?;
                    more.push((path.to_owned(), value(&walk.fill.json.text()[range])));
                }
            }
            Ok(true)
        })?;
        attached.link(trace, linked, &more);
        Ok(())
    })?;
    attached.finish(walk.fill.batch, span);
    Ok(())
}

fn log(walk: &mut Walk, event: Event, sent: bool) {
    let (severity_text, word) = event.level.unwrap_or_default();
    let log = LogRecord {
        time: event.time.or(event.coarse_time).unwrap_or_default(),
        severity: level::of_word(&word).unwrap_or_default(),
        severity_text,
        body: event.message,
        trace: event.trace,
        span: event.span.some().unwrap_or(event.transaction),
        attrs: walk.fill.since(event.mark),
        position: walk.places.byte(event.place.start),
        resource: resource(walk, &event.service, sent),
        ..LogRecord::default()
    };
    walk.fill.batch.logs.push(log);
}

fn error(walk: &mut Walk, event: Event, sent: bool) -> Result<()> {
    let told = match event.exception {
        Some(at) => describe(walk, at)?,
        None => Told::default(),
    };
    let logged = match event.log {
        Some(at) => describe(walk, at)?,
        None => Told::default(),
    };
    // What else is said stays in the document: an error record has no attributes.
    walk.fill.batch.attrs.truncate(event.mark as usize);
    let level = logged.level.or(event.level.map(|(text, _)| text));
    let level = level.unwrap_or_else(|| walk.fill.batch.keep("error"));
    let text = walk.fill.json.text().as_bytes();
    let document = text.get(event.place.clone()).unwrap_or_default();
    let error = ErrorRecord {
        id: event
            .error
            .unwrap_or_else(|| xxhash_rust::xxh3::xxh3_128(document)),
        trace: event.trace,
        span: event.parent.some().unwrap_or(event.transaction),
        time: event.time.or(event.coarse_time).unwrap_or_default(),
        level,
        exception_type: told.kind,
        message: match told.message.is_empty() {
            true if logged.message.is_empty() => event.message,
            true => logged.message,
            false => told.message,
        },
        transaction: match event.transaction_name.is_empty() {
            true => event.culprit,
            false => event.transaction_name,
        },
        document: Text::in_input(event.place.clone()),
        position: walk.places.byte(event.place.start),
        resource: resource(walk, &event.service, sent),
    };
    walk.fill.batch.errors.push(error);
    Ok(())
}

/// What an exception, or a logged message, tells.
#[derive(Default)]
struct Told {
    kind: Text,
    message: Text,
    level: Option<Text>,
}

/// Takes an exception or a logged message; of several, the first.
fn describe(walk: &mut Walk, at: usize) -> Result<Told> {
    walk.fill.json.go_to(at);
    let mut told = Told::default();
    if walk.fill.json.peek()? == b'[' {
        let mut elements = walk.fill.json.begin_array()?;
        if !walk.fill.json.next_element(&mut elements)? {
            return Ok(told);
        }
    }
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let name = walk.fill.json.raw(name);
        let is_text = walk.fill.json.peek()? == b'"';
        match name {
            b"type" if is_text => told.kind = walk.fill.text()?,
            b"message" if is_text => told.message = walk.fill.text()?,
            b"level" if is_text => told.level = Some(walk.fill.text()?),
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(told)
}

/// The resource of an event: that of the metadata before it, under the service's own name if the event tells one.
fn resource(walk: &mut Walk, service: &str, sent: bool) -> u32 {
    let Some(metadata) = walk.current.filter(|_| sent) else {
        if sent && service.is_empty() {
            walk.fill.batch.problems.repair(NO_METADATA);
            return services::resource(walk, "unknown-service");
        }
        return services::resource(walk, service);
    };
    if service.is_empty() {
        return metadata;
    }
    let batch: &Batch = walk.fill.batch;
    let count = batch.resources.len();
    let recent = count.saturating_sub(REMEMBERED).max(metadata as usize + 1);
    let same = |resource: &Resource| batch.text(resource.service) == service;
    if let Some(place) = batch.resources.iter().skip(recent).position(same) {
        return (recent + place) as u32;
    }
    let name = walk.fill.batch.keep(service);
    let mark = walk.fill.mark();
    // Of two attributes of one name the first counts.
    walk.fill
        .push_named(mark, "service.name", BatchValue::Str(name));
    let known = walk.fill.batch.resources.get(metadata as usize);
    let known = known.map_or(0..0, |resource| resource.attrs.clone());
    for index in known {
        if let Some(attr) = walk.fill.batch.attrs.get(index as usize).copied() {
            walk.fill.push(mark, attr.key, attr.value);
        }
    }
    let attrs = walk.fill.since(mark);
    walk.fill.batch.resources.push(Resource {
        attrs,
        service: name,
        ..Resource::default()
    });
    count as u32
}
