//! One event as Sentry's own interface answers it: what SDKs send at the top lies in a list of entries here, and names are
//! in camel case.

use super::envelope::Walk;
use super::event::{self, Members, TraceContext, member};
use super::{trace_node, transaction};
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::model::batch::{BatchValue, ErrorRecord, SpanRecord, Text};

const NO_TIME: &str = "Errors without a time are placed at the beginning of 1970";

/// Members that are told in another way.
const FIELDS: &[&str] = &["title", "startTimestamp", "endTimestamp", "entries"];

/// Takes an event. One that is wrong in itself is listed; an error means that the text breaks.
pub fn read(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let mut members = walk.members()?;
    let end = walk.fill.json.at();
    for (name, _) in &mut members {
        if *name == "projectSlug" {
            *name = "project_slug";
        }
    }
    // Who sent the event before this one says nothing of this one.
    walk.header.sdk.clear();
    let kind = walk.string_at(member(&members, "type"));
    let is_transaction = kind.is_some_and(|kind| walk.fill.json.raw(kind) == b"transaction");
    let read = match is_transaction {
        true => transaction(walk, start, &members),
        false => error(walk, start..end, &members),
    };
    if let Err(error) = read {
        let place = walk.places.within(start, error.at);
        walk.skip(start, &format!("Event left out: {}{place}", error.what));
    }
    walk.fill.json.go_to(end);
    Ok(())
}

/// The entries: their types, and where their data begins.
fn entries<'t>(walk: &mut Walk<'t, '_>, members: &Members) -> Result<Members<'t>> {
    let mut found = Members::new();
    let Some(at) = member(members, "entries") else {
        return Ok(found);
    };
    walk.fill.json.go_to(at);
    let mut elements = walk.fill.json.begin_array()?;
    while walk.fill.json.next_element(&mut elements)? {
        let entry = walk.members()?;
        let after = walk.fill.json.at();
        let kind = walk.string_at(member(&entry, "type"));
        if let (Some(kind), Some(data)) = (kind, member(&entry, "data")) {
            found.push((walk.fill.json.raw_text(kind), data));
        }
        walk.fill.json.go_to(after);
    }
    Ok(found)
}

fn context(walk: &mut Walk, members: &Members, mark: u32) -> Result<TraceContext> {
    match walk.find_trace_context(members)? {
        Some(at) => {
            walk.fill.json.go_to(at);
            walk.trace_context(mark)
        }
        None => Ok(TraceContext::default()),
    }
}

fn transaction(walk: &mut Walk, start: usize, members: &Members) -> Result<()> {
    let wrong = |what| JsonError { at: start, what };
    let entries = entries(walk, members)?;
    let resource = walk.resource(members)?;
    let mark = walk.fill.mark();
    let context = context(walk, members, mark)?;
    if context.trace.is_none() || context.span.is_none() {
        return Err(wrong("it has no trace context with ids"));
    }
    let at = member(members, "startTimestamp").ok_or(wrong("it has no startTimestamp"))?;
    walk.fill.json.go_to(at);
    let begin = walk.time()?;
    let end = match member(members, "endTimestamp") {
        Some(at) => {
            walk.fill.json.go_to(at);
            Some(walk.time()?)
        }
        None => None,
    };
    let title = walk.text_at(member(members, "title"));
    let mut span = SpanRecord {
        trace: context.trace,
        id: context.span,
        parent: context.parent,
        name: title,
        op: context.op,
        description: match context.description.is_empty() {
            true => title,
            false => context.description,
        },
        status: context.status,
        status_message: context.status_message,
        start: begin,
        segment: true,
        resource,
        position: walk.places.byte(start),
        ..SpanRecord::default()
    };
    span.duration = transaction::duration(walk, begin, end);
    let others = members.iter().filter(|(name, _)| !FIELDS.contains(name));
    let others: Members = others.chain(entries.iter()).copied().collect();
    transaction::attributes(walk, &others, mark)?;
    span.attrs = walk.fill.since(mark);
    let root = span.clone();
    walk.fill.batch.spans.push(span);
    if let Some(at) = member(&entries, "spans") {
        walk.fill.json.go_to(at);
        let mut elements = walk.fill.json.begin_array()?;
        while walk.fill.json.next_element(&mut elements)? {
            walk.record("Span", |walk| transaction::child(walk, &root))?;
        }
    }
    Ok(())
}

fn error(walk: &mut Walk, range: std::ops::Range<usize>, members: &Members) -> Result<()> {
    let mut error = ErrorRecord {
        position: walk.places.byte(range.start),
        document: Text::in_input(range.clone()),
        ..ErrorRecord::default()
    };
    let Some(id) = walk.string_at(member(members, "eventID")) else {
        let (at, what) = (range.start, "it has no eventID");
        return Err(JsonError { at, what });
    };
    error.id = trace_node::id_of(walk.fill.json.raw_text(id));
    match member(members, "dateCreated").or(member(members, "dateReceived")) {
        Some(at) => {
            walk.fill.json.go_to(at);
            error.time = walk.time()?;
        }
        None => walk.fill.batch.problems.repair(NO_TIME),
    }
    let entries = entries(walk, members)?;
    error.resource = walk.resource(members)?;
    // Attributes stay in the document: an error record has none of its own.
    let mark = walk.fill.mark();
    let context = context(walk, members, mark)?;
    if let Some(at) = member(members, "tags") {
        walk.fill.json.go_to(at);
        walk.tags(mark)?;
    }
    let range = walk.fill.since(mark);
    let tag = |name| match walk.fill.batch.attr(&range, name) {
        Some(BatchValue::Str(text)) => text,
        _ => Text::EMPTY,
    };
    (error.level, error.transaction) = (tag("level"), tag("transaction"));
    walk.fill.batch.attrs.truncate(mark as usize);
    (error.trace, error.span) = (context.trace, context.span);
    if error.level.is_empty() {
        error.level = walk.fill.batch.keep("error");
    }
    if error.transaction.is_empty() {
        error.transaction = walk.text_at(member(members, "culprit"));
    }
    (error.exception_type, error.message) = event::describe(walk, &entries)?;
    if error.exception_type.is_empty() && error.message.is_empty() {
        (error.exception_type, error.message) = trace_node::titled(walk, member(members, "title"));
    }
    walk.fill.batch.errors.push(error);
    Ok(())
}
