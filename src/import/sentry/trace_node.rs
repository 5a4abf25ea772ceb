//! One node of a trace as Sentry's own interface answers it: a span, a transaction or an error.

use super::envelope::Walk;
use super::event::{Members, RESOURCE_MEMBERS, member};
use super::trace_api::Node;
use super::transaction;
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::model::batch::{ErrorRecord, SpanRecord, Text};
use crate::model::conventions::kept;
use crate::model::conventions::service;
use crate::model::{Nanos, SpanId, TraceId};

const NO_TIME: &str = "Errors without a time are placed at the beginning of 1970";

/// Members that became fields of a span. Its duration follows from its ends.
const FIELDS: &[&str] = &[
    "span_id",
    "parent_span_id",
    "op",
    "transaction.op",
    "name",
    "description",
    "start_timestamp",
    "end_timestamp",
    "timestamp",
    "is_transaction",
    "transaction.status",
    "trace",
    "trace_id",
    "sdk_name",
];

/// Whether a node says that it is an error.
pub fn is_error(walk: &mut Walk, members: &Members) -> bool {
    let kind = walk.string_at(member(members, "event_type"));
    kind.is_some_and(|kind| matches!(walk.fill.json.raw(kind), b"error" | b"occurrence"))
}

/// The trace that a node says it is in.
pub fn trace(walk: &mut Walk, members: &Members) -> TraceId {
    let kind = walk.string_at(member(members, "event_type"));
    let is_check = kind.is_some_and(|kind| walk.fill.json.raw(kind) == b"uptime_check");
    // A check is a transaction of its own, whose id is its trace's.
    let names = ["trace", "trace_id", "transaction_id"];
    let mut names = names.iter().take(if is_check { 3 } else { 2 });
    let found = names.find_map(|name| walk.string_at(member(members, name)));
    let text = found.map(|found| walk.fill.json.raw_text(found));
    text.filter(|text| text.len() == 32)
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}

/// Takes a span or transaction.
pub fn span(walk: &mut Walk, node: &Node) -> Result<()> {
    let members = &node.members;
    let wrong = |what| JsonError {
        at: node.start,
        what,
    };
    let resource = resource(walk, members)?;
    let mark = walk.fill.mark();
    let mut span = SpanRecord {
        resource,
        position: walk.places.byte(node.start),
        ..SpanRecord::default()
    };
    // The older answer has both ids; in the newer one a span is an event.
    let is_old = member(members, "event_type").is_none();
    let id = member(members, "span_id").or(member(members, "event_id"));
    walk.fill.json.go_to(id.ok_or(wrong("it has no span id"))?);
    span.id = walk.span_id(mark, kept::ORIGINAL_SPAN)?;
    if span.id.is_none() {
        return Err(wrong("it has no span id"));
    }
    if let Some(at) = member(members, "parent_span_id") {
        walk.fill.json.go_to(at);
        span.parent = walk.span_id(mark, kept::ORIGINAL_PARENT)?;
    }
    times(walk, members, &mut span, wrong("it has no start_timestamp"))?;
    span.segment = is_old;
    if let Some(at) = member(members, "is_transaction") {
        walk.fill.json.go_to(at);
        span.segment = walk.fill.json.boolean()?;
    }
    if let Some(at) = member(members, "transaction.status") {
        walk.fill.json.go_to(at);
        (span.status, span.status_message) = walk.status()?;
    }
    names(walk, members, &mut span);
    attributes(walk, members, mark, id)?;
    span.attrs = walk.fill.since(mark);
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// The resource of a node: its project, and the SDK if it says one.
fn resource(walk: &mut Walk, members: &Members) -> Result<u32> {
    let sdk = walk.string_at(member(members, "sdk_name"));
    walk.header.sdk = sdk.map_or(String::new(), |sdk| walk.fill.json.raw_text(sdk).to_owned());
    walk.resource(members)
}

fn times(walk: &mut Walk, members: &Members, span: &mut SpanRecord, none: JsonError) -> Result<()> {
    let at = member(members, "start_timestamp").ok_or(none)?;
    walk.fill.json.go_to(at);
    span.start = walk.time()?;
    let end = member(members, "end_timestamp").or(member(members, "timestamp"));
    let length = member(members, "duration").or(member(members, "transaction.duration"));
    let end = match (end, length) {
        (Some(at), _) => {
            walk.fill.json.go_to(at);
            Some(walk.time()?)
        }
        (None, Some(at)) => {
            walk.fill.json.go_to(at);
            let nanos = (walk.fill.json.float()? * 1e6) as i64;
            Some(Nanos(span.start.0.saturating_add(nanos)))
        }
        (None, None) => None,
    };
    span.duration = transaction::duration(walk, span.start, end);
    Ok(())
}

fn names(walk: &mut Walk, members: &Members, span: &mut SpanRecord) {
    let mut first = |names: &[&str]| {
        let texts = names.iter().map(|name| walk.text_at(member(members, name)));
        texts.into_iter().find(|text| !text.is_empty())
    };
    span.op = first(&["op", "transaction.op"]).unwrap_or_default();
    let transaction = first(&["transaction"]).unwrap_or_default();
    span.description = first(&["description"]).unwrap_or_default();
    let named = match span.segment && !transaction.is_empty() {
        true => Some(transaction),
        false => first(&["name", "description", "op"]),
    };
    span.name = named.unwrap_or(transaction);
    if span.segment || span.description.is_empty() {
        // People know a transaction by its name.
        span.description = span.name;
    }
}

/// Everything else that a node says. The member that is its id is a field.
fn attributes(walk: &mut Walk, members: &Members, mark: u32, id: Option<usize>) -> Result<()> {
    for (name, at) in members {
        let is_resource =
            RESOURCE_MEMBERS.contains(name) || service::PROJECT_MEMBERS.contains(name);
        if is_resource || FIELDS.contains(name) || Some(*at) == id {
            continue;
        }
        walk.fill.json.go_to(*at);
        let is_object = walk.fill.json.peek()? == b'{';
        let is_empty = walk.fill.json.rest().starts_with(b"[]");
        match *name {
            "measurements" if is_object => transaction::measurements(walk, mark)?,
            "additional_attributes" if is_object => walk.flatten(mark, "")?,
            "tags" => walk.tags(mark)?,
            _ if is_empty => {}
            _ => {
                let value = walk.fill.value()?;
                walk.fill.push_named(mark, name, value);
            }
        }
    }
    Ok(())
}

/// Takes an error. It knows its message as a title, not its exception.
pub fn error(walk: &mut Walk, node: &Node, end: usize) -> Result<()> {
    let members = &node.members;
    let mut error = ErrorRecord {
        document: Text::in_input(node.start..end),
        position: walk.places.byte(node.start),
        ..ErrorRecord::default()
    };
    let at = member(members, "event_id").or(member(members, "id"));
    let Some(id) = walk.string_at(at) else {
        return Err(JsonError {
            at: node.start,
            what: "it has no event_id",
        });
    };
    error.id = id_of(walk.fill.json.raw_text(id));
    match member(members, "start_timestamp").or(member(members, "timestamp")) {
        Some(at) => {
            walk.fill.json.go_to(at);
            error.time = walk.time()?;
        }
        None => walk.fill.batch.problems.repair(NO_TIME),
    }
    let span = walk.string_at(member(members, "span").or(member(members, "span_id")));
    let span = span.map(|span| walk.fill.json.raw_text(span).parse::<SpanId>());
    error.span = span.and_then(std::result::Result::ok).unwrap_or_default();
    error.level = walk.text_at(member(members, "level"));
    if error.level.is_empty() {
        error.level = walk.fill.batch.keep("error");
    }
    error.transaction = walk.text_at(member(members, "transaction"));
    let titles = ["title", "description", "message"];
    let title = titles.iter().find_map(|name| member(members, name));
    (error.exception_type, error.message) = titled(walk, title);
    error.resource = resource(walk, members)?;
    walk.fill.batch.errors.push(error);
    Ok(())
}

/// The number of an event: its id, or a hash of what stands for one.
pub fn id_of(text: &str) -> u128 {
    match text.parse::<TraceId>() {
        Ok(id) => u128::from_be_bytes(id.0),
        Err(_) => xxhash_rust::xxh3::xxh3_128(text.as_bytes()),
    }
}

/// Type and message from a title, which is `PaymentError: card declined` for an exception.
pub fn titled(walk: &mut Walk, at: Option<usize>) -> (Text, Text) {
    let Some(title) = walk.string_at(at) else {
        return (Text::EMPTY, Text::EMPTY);
    };
    let is_type = |head: &str| {
        let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        head.starts_with(char::is_alphabetic) && head.chars().all(name)
    };
    let raw = walk.fill.json.raw_text(title);
    match raw.split_once(": ").filter(|(head, _)| is_type(head)) {
        Some((head, _)) => {
            let (mut kind, mut message) = (title, title);
            kind.end = kind.start + head.len();
            kind.escaped = false;
            message.start = kind.end + 2;
            (walk.fill.keep(kind), walk.fill.keep(message))
        }
        None => (Text::EMPTY, walk.fill.keep(title)),
    }
}
