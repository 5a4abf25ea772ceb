//! One segment or subsegment.

use super::cause;
use super::nesting::Nesting;
use crate::import::attached::Attached;
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::otlp_json::record;
use crate::import::stretch::plain;
use crate::import::{clock, flat, services};
use crate::model::batch::{BatchValue, SpanKind, SpanRecord, SpanStatus, Text};
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};

const UNFINISHED: &str = "Segments without an end (in_progress) are shown with duration 0";
const BACKWARDS: &str = "Segments that end before they start are shown with duration 0";
const NO_START: &str =
    "Segments without a start are placed at their end, or where what is around them starts";

/// A list of subsegments, and what holds for all in it.
#[derive(Clone, Copy)]
pub struct Around {
    /// Where the list begins.
    pub at: usize,
    parent: SpanId,
    trace: TraceId,
    written: Option<Text>,
    start: Nanos,
    resource: u32,
}

/// What is read before it can be told what it means.
#[derive(Default)]
struct Said {
    end: Nanos,
    service: String,
    independent: bool,
    namespace: Option<&'static str>,
    has_sql: bool,
    has_request: bool,
    flags: [bool; 3],
    cause: Option<usize>,
    links: Option<usize>,
    lists: Vec<usize>,
    written: Option<Text>,
    operation: String,
}

/// Takes a segment, or a subsegment of what is around it, without what is nested in it: that is added to `lists`.
pub fn read(
    walk: &mut Walk,
    nesting: &Nesting,
    around: Option<Around>,
    lists: &mut Vec<Around>,
) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    let mut said = Said::default();
    flat::object(walk, mark, "", &mut |walk, path| {
        member(walk, path, mark, nesting, &mut span, &mut said)
    })?;
    let end = walk.fill.json.at();
    if let Some(around) = around {
        span.parent = around.parent;
        span.trace = around.trace;
        said.written = said.written.or(around.written);
    }
    let missing = |what| Err(JsonError { at: start, what });
    if span.trace.is_none() {
        return missing("it has no trace id");
    }
    if span.id.is_none() {
        return missing("it has no id");
    }
    if let Some(written) = said.written {
        walk.fill
            .push_named(mark, "aws.xray.trace_id", BatchValue::Str(written));
    }
    set_times(walk, &mut span, &said, around);
    set_kind(&mut span, &said, around.is_some());
    let errors = walk.fill.batch.errors.len();
    attach(walk, &mut span, mark, &said)?;
    walk.fill.json.go_to(end);
    describe(walk, &mut span, &said);
    span.attrs = walk.fill.since(mark);
    // From here on nothing can fail, so that a resource is not left without its attributes.
    span.resource = match around {
        Some(around) => around.resource,
        None => services::resource(walk, &said.service),
    };
    for error in walk.fill.batch.errors.iter_mut().skip(errors) {
        error.resource = span.resource;
    }
    lists.extend(said.lists.iter().map(|at| Around {
        at: *at,
        parent: span.id,
        trace: span.trace,
        written: said.written,
        start: span.start,
        resource: span.resource,
    }));
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// Takes a member that has a field of its own, or that tells something.
fn member(
    walk: &mut Walk,
    path: &str,
    mark: u32,
    nesting: &Nesting,
    span: &mut SpanRecord,
    said: &mut Said,
) -> Result<bool> {
    match path {
        "trace_id" => (span.trace, said.written) = trace_id(walk, mark)?,
        "id" => span.id = record::span_id(walk, mark, kept::ORIGINAL_SPAN)?,
        "parent_id" => {
            span.parent = record::span_id(walk, mark, kept::ORIGINAL_PARENT)?;
        }
        "name" => {
            let name = walk.fill.json.string()?;
            said.service = plain(walk.fill.json.raw_text(name), name.escaped).into_owned();
            span.name = walk.fill.keep(name);
        }
        "start_time" => span.start = time(walk)?,
        "end_time" => said.end = time(walk)?,
        "subsegments" if walk.fill.json.peek()? == b'[' => {
            let at = walk.fill.json.at();
            said.lists.push(at);
            match nesting.end(at) {
                Some(end) => walk.fill.json.go_to(end),
                None => {
                    walk.fill.json.skip()?;
                }
            }
        }
        "cause" if walk.fill.json.peek()? == b'{' => said.cause = Some(skipped(walk)?),
        "links" if walk.fill.json.peek()? == b'[' => said.links = Some(skipped(walk)?),
        _ => return look(walk, path, said).map(|()| false),
    }
    Ok(true)
}

/// Looks at a member that stays an attribute.
fn look(walk: &mut Walk, path: &str, said: &mut Said) -> Result<()> {
    let at = walk.fill.json.at();
    match path {
        "fault" => said.flags[0] = is_true(walk),
        "throttle" => said.flags[1] = is_true(walk),
        "error" => said.flags[2] = is_true(walk),
        "type" => said.independent = walk.fill.json.rest().starts_with(b"\"subsegment\""),
        "namespace" => {
            let rest = walk.fill.json.rest();
            let known = ["aws", "remote"].into_iter();
            let mut known = known.filter(|name| rest.starts_with(format!("\"{name}\"").as_bytes()));
            said.namespace = known.next();
        }
        "sql.database_type" | "sql.sanitized_query" => said.has_sql = true,
        "http.request.method" => said.has_request = true,
        "aws.operation" if walk.fill.json.peek()? == b'"' => {
            let name = walk.fill.json.string()?;
            said.operation = plain(walk.fill.json.raw_text(name), name.escaped).into_owned();
        }
        _ => {}
    }
    walk.fill.json.go_to(at);
    Ok(())
}

fn is_true(walk: &mut Walk) -> bool {
    walk.fill.json.rest().starts_with(b"true")
}

/// Skips a value and tells where it began.
fn skipped(walk: &mut Walk) -> Result<usize> {
    let at = walk.fill.json.at();
    walk.fill.json.skip()?;
    Ok(at)
}

/// Takes a trace id; one in X-Ray's own form is also kept as it was written.
pub fn trace_id(walk: &mut Walk, mark: u32) -> Result<(TraceId, Option<Text>)> {
    let at = walk.fill.json.at();
    let string = walk.fill.json.string()?;
    let text = walk.fill.json.raw_text(string);
    if let Some((time, rest)) = text
        .strip_prefix("1-")
        .and_then(|text| text.split_once('-'))
        && time.len() == 8
        && rest.len() == 24
        && let Ok(id) = format!("{time}{rest}").parse()
    {
        return Ok((id, Some(walk.fill.keep(string))));
    }
    walk.fill.json.go_to(at);
    Ok((record::trace_id(walk, mark)?, None))
}

/// Takes decimal seconds, bare or in quotes.
fn time(walk: &mut Walk) -> Result<Nanos> {
    let what = "a time was expected: seconds since 1970";
    walk.fill.json.peek()?;
    let wrong = walk.fill.json.error(what);
    let text = match walk.fill.json.peek()? {
        b'"' => {
            let string = walk.fill.json.string()?;
            walk.fill.json.raw_text(string)
        }
        _ => walk.fill.json.number()?,
    };
    let time = clock::decimal_seconds(text).filter(|time| time.0 >= 0);
    time.ok_or(wrong)
}

fn set_times(walk: &mut Walk, span: &mut SpanRecord, said: &Said, around: Option<Around>) {
    let problems = &mut walk.fill.batch.problems;
    if span.start == Nanos(0) {
        problems.repair(NO_START);
        let around = around.map_or(Nanos(0), |around| around.start);
        span.start = if said.end == Nanos(0) {
            around
        } else {
            said.end
        };
    } else if said.end == Nanos(0) {
        problems.repair(UNFINISHED);
    } else if said.end < span.start {
        problems.repair(BACKWARDS);
    } else {
        span.duration = said.end - span.start;
    }
}

/// A segment is what a service did for a request; subsegments with a namespace are calls.
fn set_kind(span: &mut SpanRecord, said: &Said, nested: bool) {
    let is_subsegment = nested || said.independent;
    span.kind = match is_subsegment {
        false => SpanKind::Server,
        true if said.namespace.is_some() => SpanKind::Client,
        true => SpanKind::Internal,
    };
    span.segment = !is_subsegment;
    if said.flags.contains(&true) {
        span.status = SpanStatus::Error;
    }
}

/// Exceptions and links, which need to know the span.
fn attach(walk: &mut Walk, span: &mut SpanRecord, mark: u32, said: &Said) -> Result<()> {
    let mut attached = Attached::default();
    let mut message = None;
    if let Some(at) = said.cause {
        walk.fill.json.go_to(at);
        message = cause::exceptions(walk, span, mark, &mut attached)?;
    }
    if let Some(at) = said.links {
        walk.fill.json.go_to(at);
        cause::links(walk, &mut attached)?;
    }
    attached.finish(walk.fill.batch, span);
    if span.status == SpanStatus::Error {
        let [fault, throttle, _] = said.flags;
        let word = match (throttle, fault) {
            (true, _) => "throttle",
            (_, true) => "fault",
            _ => "error",
        };
        let message = message.unwrap_or_else(|| word.to_owned());
        span.status_message = walk.fill.batch.keep(&message);
    }
    Ok(())
}

/// A call of an AWS service is described by both its names, as `DynamoDB PutItem`, and is of the kind that the service is.
/// A call of which nothing more is known is a remote call.
fn describe(walk: &mut Walk, span: &mut SpanRecord, said: &Said) {
    let op = match said.namespace.filter(|_| !span.segment && !said.has_sql) {
        Some("aws") => format!("aws.{}", said.service.to_ascii_lowercase()),
        Some(_) if !said.has_request => "rpc".to_owned(),
        _ => return,
    };
    span.op = walk.fill.batch.keep(&op);
    if !said.operation.is_empty() {
        let text = format!("{} {}", said.service, said.operation);
        span.description = walk.fill.batch.keep(&text);
    }
}
