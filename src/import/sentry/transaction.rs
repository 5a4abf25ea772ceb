//! Transactions: the root span is the event itself, its children are in `spans`.

use super::envelope::Walk;
use super::event::{Members, RESOURCE_MEMBERS, TraceContext, member};
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::model::Nanos;
use crate::model::batch::{BatchValue, SpanRecord, Text};
use crate::model::conventions::kept;
use crate::model::conventions::service;

const BACKWARDS: &str = "Spans that end before they start are shown with duration 0";
const UNFINISHED: &str = "Spans without an end are shown with duration 0";
const ELSEWHERE: &str = "Spans that name another trace than the transaction they come with are shown in the transaction's; \
     the id is kept as attribute headwater.original_trace_id";

/// Reads a transaction event.
pub fn read(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let members = walk.members()?;
    let resource = walk.resource(&members)?;
    let mark = walk.fill.mark();
    let context = match walk.find_trace_context(&members)? {
        Some(at) => {
            walk.fill.json.go_to(at);
            walk.trace_context(mark)?
        }
        None => TraceContext::default(),
    };
    let wrong = |what| JsonError { at: start, what };
    if context.trace.is_none() || context.span.is_none() {
        return Err(wrong("it has no trace context with ids"));
    }
    let at = member(&members, "start_timestamp").ok_or(wrong("it has no start_timestamp"))?;
    walk.fill.json.go_to(at);
    let begin = walk.time()?;
    let mut span = SpanRecord {
        trace: context.trace,
        id: context.span,
        parent: context.parent,
        name: walk.text_at(member(&members, "transaction")),
        op: context.op,
        description: context.description,
        status: context.status,
        status_message: context.status_message,
        start: begin,
        segment: true,
        resource,
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let end = match member(&members, "timestamp") {
        Some(at) => {
            walk.fill.json.go_to(at);
            Some(walk.time()?)
        }
        None => None,
    };
    span.duration = duration(walk, begin, end);
    if span.description.is_empty() {
        // People know a transaction by its name, not by what its attributes would make of it.
        span.description = span.name;
    }
    attributes(walk, &members, mark)?;
    span.attrs = walk.fill.since(mark);
    let links = member(&members, "links");
    span.links = links_at(walk, links)?;
    let root = span.clone();
    walk.fill.batch.spans.push(span);
    children(walk, &members, &root)
}

/// From start to end; what is missing or backwards is repaired and noted.
pub fn duration(walk: &mut Walk, start: Nanos, end: Option<Nanos>) -> i64 {
    let problems = &mut walk.fill.batch.problems;
    match end {
        None => problems.repair(UNFINISHED),
        Some(end) if end < start => problems.repair(BACKWARDS),
        Some(end) => return end - start,
    }
    0
}

/// Everything an event says beyond what became a field.
pub fn attributes(walk: &mut Walk, members: &Members, mark: u32) -> Result<()> {
    const FIELDS: &[&str] = &[
        "type",
        "transaction",
        "start_timestamp",
        "timestamp",
        "spans",
        "links",
    ];
    for (name, at) in members {
        let is_resource =
            RESOURCE_MEMBERS.contains(name) || service::PROJECT_MEMBERS.contains(name);
        if FIELDS.contains(name) || is_resource {
            continue;
        }
        walk.fill.json.go_to(*at);
        let is_object = walk.fill.json.peek()? == b'{';
        match *name {
            "contexts" if is_object => contexts(walk, mark)?,
            "measurements" if is_object => measurements(walk, mark)?,
            "tags" => walk.tags(mark)?,
            "transaction_info" if is_object => {
                let info = walk.members()?;
                let source = walk.text_at(member(&info, "source"));
                walk.fill
                    .push_named(mark, "sentry.source", BatchValue::Str(source));
            }
            "request" | "user" | "extra" if is_object => walk.flatten(mark, name)?,
            _ => {
                let value = walk.fill.value()?;
                walk.fill.push_named(mark, name, value);
            }
        }
    }
    Ok(())
}

/// `contexts.browser.name` becomes `browser.name`. The trace context was read already.
fn contexts(walk: &mut Walk, mark: u32) -> Result<()> {
    let contexts = walk.members()?;
    for (name, at) in &contexts {
        walk.fill.json.go_to(*at);
        match (*name, walk.fill.json.peek()?) {
            ("trace", _) => {}
            ("response", b'{') => {
                response_status(walk, mark)?;
                walk.fill.json.go_to(*at);
                walk.flatten(mark, name)?;
            }
            (_, b'{') => walk.flatten(mark, name)?,
            _ => {
                let value = walk.fill.value()?;
                walk.fill.push_named(mark, name, value);
            }
        }
    }
    Ok(())
}

/// The status of the response under the name everything else uses, unless it is there already.
fn response_status(walk: &mut Walk, mark: u32) -> Result<()> {
    const STATUS: &str = "http.response.status_code";
    let response = walk.members()?;
    let Some(at) = member(&response, "status_code") else {
        return Ok(());
    };
    let range = walk.fill.since(mark);
    if walk.fill.batch.attr(&range, STATUS).is_none() {
        walk.fill.json.go_to(at);
        let status = walk.fill.value()?;
        walk.fill.push_named(mark, STATUS, status);
    }
    Ok(())
}

/// `{"lcp": {"value": 1.5, "unit": "millisecond"}}` becomes `measurements.lcp` and `measurements.lcp.unit`.
pub fn measurements(walk: &mut Walk, mark: u32) -> Result<()> {
    let measurements = walk.members()?;
    for (name, at) in &measurements {
        walk.fill.json.go_to(*at);
        // Sentry's own interface has the prefix in the names already.
        let name = format!("measurements.{}", name.trim_start_matches("measurements."));
        if walk.fill.json.peek()? != b'{' {
            let value = walk.fill.value()?;
            walk.fill.push_named(mark, &name, value);
            continue;
        }
        let parts = walk.members()?;
        if let Some(at) = member(&parts, "value") {
            walk.fill.json.go_to(at);
            let value = walk.fill.value()?;
            walk.fill.push_named(mark, &name, value);
        }
        let unit = walk.text_at(member(&parts, "unit"));
        if !unit.is_empty() {
            walk.fill
                .push_named(mark, &format!("{name}.unit"), BatchValue::Str(unit));
        }
    }
    Ok(())
}

fn children(walk: &mut Walk, members: &Members, root: &SpanRecord) -> Result<()> {
    let Some(at) = member(members, "spans") else {
        return Ok(());
    };
    walk.fill.json.go_to(at);
    let mut elements = walk.fill.json.begin_array()?;
    while walk.fill.json.next_element(&mut elements)? {
        walk.record("Span", |walk| child(walk, root))?;
    }
    Ok(())
}

/// Takes one span in the old form. What it does not say of where it belongs, it has from `root`.
pub fn child(walk: &mut Walk, root: &SpanRecord) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        trace: root.trace,
        parent: root.id,
        resource: root.resource,
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let (mut begin, mut end) = (None, None);
    let mut tags = None;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"trace_id" => {
                span.trace = walk.trace_id(mark)?;
                stay(walk, mark, &mut span, root);
            }
            b"span_id" => span.id = walk.span_id(mark, kept::ORIGINAL_SPAN)?,
            b"parent_span_id" => {
                span.parent = walk.span_id(mark, kept::ORIGINAL_PARENT)?;
            }
            b"op" => span.op = walk.fill.text()?,
            b"description" => span.description = walk.fill.text()?,
            b"status" => (span.status, span.status_message) = walk.status()?,
            b"start_timestamp" => begin = Some(walk.time()?),
            b"timestamp" => end = Some(walk.time()?),
            b"is_segment" => span.segment = walk.fill.json.boolean()?,
            b"data" => walk.flatten(mark, "")?,
            b"measurements" => measurements(walk, mark)?,
            b"sentry_tags" => walk.flatten(mark, "sentry_tags")?,
            b"tags" => {
                tags = Some(walk.fill.json.at());
                walk.fill.json.skip()?;
            }
            b"links" => {
                let at = walk.fill.json.at();
                let (range, _) = walk.fill.json.skip_range()?;
                span.links = links_at(walk, Some(at))?;
                walk.fill.json.go_to(range.end);
            }
            b"origin" => {
                let origin = walk.fill.value()?;
                walk.fill.push_named(mark, "sentry.origin", origin);
            }
            _ => walk.fill.member(mark, name)?,
        }
    }
    let after = walk.fill.json.at();
    if let Some(at) = tags {
        walk.fill.json.go_to(at);
        walk.tags(mark)?;
    }
    walk.fill.json.go_to(after);
    let wrong = |what| JsonError { at: start, what };
    if span.trace.is_none() || span.id.is_none() {
        return Err(wrong("it has no trace id or no span id"));
    }
    span.start = begin.ok_or(wrong("it has no start_timestamp"))?;
    span.duration = duration(walk, span.start, end);
    span.name = match span.description.is_empty() {
        true => span.op,
        false => span.description,
    };
    span.attrs = walk.fill.since(mark);
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// A span belongs to the transaction it comes with, whatever trace it names.
fn stay(walk: &mut Walk, mark: u32, span: &mut SpanRecord, root: &SpanRecord) {
    if root.trace.is_none() || span.trace == root.trace {
        return;
    }
    if span.trace.is_none() {
        span.trace = root.trace;
        return;
    }
    walk.fill.batch.problems.repair(ELSEWHERE);
    let named = walk.fill.batch.keep(&span.trace.to_string());
    walk.fill
        .push_named(mark, kept::ORIGINAL_TRACE, BatchValue::Str(named));
    span.trace = root.trace;
}

/// Links in OTLP's shape.
pub fn links_at(walk: &mut Walk, at: Option<usize>) -> Result<Text> {
    let Some(at) = at else {
        return Ok(Text::EMPTY);
    };
    walk.fill.json.go_to(at);
    let mut out = String::new();
    let mut elements = walk.fill.json.begin_array()?;
    while walk.fill.json.next_element(&mut elements)? {
        let link = walk.members()?;
        let after = walk.fill.json.at();
        out.push(if out.is_empty() { '[' } else { ',' });
        out.push('{');
        for (from, to) in [("trace_id", "traceId"), ("span_id", "spanId")] {
            if let Some(id) = walk.string_at(member(&link, from)) {
                if !out.ends_with('{') {
                    out.push(',');
                }
                out.push_str(&format!("\"{to}\":\"{}\"", walk.fill.json.raw_text(id)));
            }
        }
        out.push('}');
        walk.fill.json.go_to(after);
    }
    if out.is_empty() {
        return Ok(Text::EMPTY);
    }
    out.push(']');
    Ok(walk.fill.batch.keep(&out))
}
