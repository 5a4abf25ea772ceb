//! One row of `otel_traces`.

use super::row::{attributes, time};
use crate::import::fill::Result;
use crate::import::json::JsonError;
use crate::import::otlp_json::document::Walk;
use crate::import::otlp_json::record::{self, span_id, trace_id};
use crate::import::plain::{self, Event, Links};
use crate::import::tags;
use crate::model::batch::{SpanRecord, SpanStatus};
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};

const BACKWARDS: &str = "Spans with a negative duration are shown with duration 0";
const UNEVEN: &str =
    "Columns of span events or links that differ in length were filled up with nothing";

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
    let (mut events, mut links) = (List::default(), List::default());
    let mut duration = 0;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"Timestamp" => span.start = time(&mut walk.fill)?,
            b"TraceId" => span.trace = trace_id(walk, mark)?,
            b"SpanId" => span.id = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"ParentSpanId" => {
                span.parent = span_id(walk, mark, kept::ORIGINAL_PARENT)?;
            }
            b"TraceState" => plain::push_said(&mut walk.fill, mark, kept::TRACE_STATE)?,
            b"SpanName" => span.name = walk.fill.text()?,
            b"SpanKind" => {
                let kind = plain::text(&mut walk.fill)?;
                span.kind = tags::kind(kind.strip_prefix("SPAN_KIND_").unwrap_or(&kind));
            }
            b"SpanAttributes" => attributes(&mut walk.fill, mark, "")?,
            b"Duration" => duration = walk.fill.json.integer()?,
            b"StatusCode" => span.status = status(&plain::text(&mut walk.fill)?),
            b"StatusMessage" => span.status_message = walk.fill.text()?,
            b"Events" => events.whole(walk, &mut event_member)?,
            b"Links" => links.whole(walk, &mut |walk, link, name| {
                link_member(walk, link, name, mark)
            })?,
            b"ServiceName"
            | b"ResourceAttributes"
            | b"ResourceSchemaUrl"
            | b"ScopeName"
            | b"ScopeVersion" => {
                walk.fill.json.skip()?;
            }
            raw if raw.starts_with(b"Events.") => {
                let name = raw.get(7..).unwrap_or_default();
                events.column(walk, name, &mut event_member)?;
            }
            raw if raw.starts_with(b"Links.") => {
                let name = raw.get(6..).unwrap_or_default();
                let mut read = |walk: &mut Walk, link: &mut Link, name: &[u8]| {
                    link_member(walk, link, name, mark)
                };
                links.column(walk, name, &mut read)?;
            }
            b"ScopeAttributes" => attributes(&mut walk.fill, mark, "ScopeAttributes.")?,
            _ => {
                let name = plain::name(&walk.fill, name);
                plain::push_said(&mut walk.fill, mark, &name)?;
            }
        }
    }
    if duration < 0 {
        walk.fill.batch.problems.repair(BACKWARDS);
    }
    // A duration of 0 is one, not a missing end.
    let end = Nanos(span.start.0.saturating_add(duration.max(0)));
    record::finish_span(walk.fill.batch, &mut span, end, mark)
        .map_err(|what| JsonError { at: start, what })?;
    if events.is_uneven() || links.is_uneven() {
        walk.fill.batch.problems.repair(UNEVEN);
    }
    let mut written = Links::default();
    for link in &links.all {
        written.add(link.trace, link.span, &link.said.attributes);
    }
    span.links = written.keep(walk.fill.batch);
    plain::set_events(walk.fill.batch, &mut span, &events.all);
    walk.fill.batch.spans.push(span);
    Ok(())
}

/// `Error`, `STATUS_CODE_ERROR`.
fn status(code: &str) -> SpanStatus {
    let code = code.strip_prefix("STATUS_CODE_").unwrap_or(code);
    match code.to_ascii_lowercase().as_str() {
        "error" => SpanStatus::Error,
        "ok" => SpanStatus::Ok,
        _ => SpanStatus::Unset,
    }
}

/// Things whose members lie in parallel arrays, or in objects of their own.
#[derive(Default)]
struct List<T> {
    all: Vec<T>,
    /// Length of each column.
    columns: Vec<usize>,
}

/// Reads a member of a thing by its name.
type ReadMember<'f, T> = &'f mut dyn FnMut(&mut Walk, &mut T, &[u8]) -> Result<()>;

impl<T: Default> List<T> {
    fn is_uneven(&self) -> bool {
        self.columns.iter().any(|len| *len != self.all.len())
    }

    /// Takes a column: one member of each.
    fn column(&mut self, walk: &mut Walk, name: &[u8], read: ReadMember<T>) -> Result<()> {
        let mut place = 0;
        walk.each(|walk| {
            if place == self.all.len() {
                self.all.push(T::default());
            }
            if let Some(one) = self.all.get_mut(place) {
                read(walk, one, name)?;
            }
            place += 1;
            Ok(())
        })?;
        self.columns.push(place);
        Ok(())
    }

    /// Takes an object of columns, or an array of objects.
    fn whole(&mut self, walk: &mut Walk, read: ReadMember<T>) -> Result<()> {
        if walk.fill.json.peek()? == b'[' {
            return walk.each(|walk| {
                let mut one = T::default();
                let mut members = walk.fill.json.begin_object()?;
                while let Some(name) = walk.fill.json.next_member(&mut members)? {
                    let name = walk.fill.json.raw(name);
                    read(walk, &mut one, name)?;
                }
                self.all.push(one);
                Ok(())
            });
        }
        let mut members = walk.fill.json.begin_object()?;
        while let Some(name) = walk.fill.json.next_member(&mut members)? {
            let name = walk.fill.json.raw(name);
            self.column(walk, name, read)?;
        }
        Ok(())
    }
}

fn event_member(walk: &mut Walk, event: &mut Event, name: &[u8]) -> Result<()> {
    match name {
        b"Timestamp" => event.time = time(&mut walk.fill)?,
        b"Name" => event.name = plain::text(&mut walk.fill)?,
        b"Attributes" => event.attributes(&mut walk.fill)?,
        _ => {
            walk.fill.json.skip()?;
        }
    }
    Ok(())
}

/// A link to another span.
#[derive(Default)]
struct Link {
    trace: TraceId,
    span: SpanId,
    said: Event,
}

fn link_member(walk: &mut Walk, link: &mut Link, name: &[u8], mark: u32) -> Result<()> {
    match name {
        b"TraceId" => link.trace = trace_id(walk, mark)?,
        b"SpanId" => link.span = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
        b"TraceState" => {
            let state = plain::text(&mut walk.fill)?;
            if !state.is_empty() {
                let mut value = String::new();
                plain::write_text(&state, &mut value);
                link.said
                    .attributes
                    .push((kept::TRACE_STATE.to_owned(), value));
            }
        }
        b"Attributes" => link.said.attributes(&mut walk.fill)?,
        _ => {
            walk.fill.json.skip()?;
        }
    }
    Ok(())
}
