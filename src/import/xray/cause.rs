//! The cause of an error: exceptions with their stacks; and links, which are told in the same way.

use super::segment::trace_id;
use crate::import::attached::{Attached, Exception, value};
use crate::import::fill::Result;
use crate::import::json::RawStr;
use crate::import::otlp_json::document::Walk;
use crate::import::otlp_json::record;
use crate::import::stretch::plain;
use crate::model::batch::SpanRecord;
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};

/// Takes a cause. Its exceptions become events; tells the first one's message. A cause without exceptions stays an
/// attribute as a whole.
pub fn exceptions(
    walk: &mut Walk,
    span: &SpanRecord,
    mark: u32,
    attached: &mut Attached,
) -> Result<Option<String>> {
    let mut message = None;
    let mut more = Vec::new();
    let mut found = Vec::new();
    let start = walk.fill.json.at();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"exceptions" => walk.each(|walk| {
                found.push(exception(walk, span)?);
                Ok(())
            })?,
            _ => more.push(other(walk, name)?),
        }
    }
    if found.is_empty() {
        walk.fill.json.go_to(start);
        let cause = walk.fill.value()?;
        walk.fill.push_named(mark, "cause", cause);
    }
    for mut exception in found {
        if message.is_none() && !exception.message.is_empty() {
            message = Some(exception.message.clone());
        }
        exception.more.extend(more.iter().cloned());
        attached.exception(walk.fill.batch, span, exception);
    }
    Ok(message)
}

fn exception(walk: &mut Walk, span: &SpanRecord) -> Result<Exception> {
    walk.fill.json.peek()?;
    let mut exception = Exception {
        time: Nanos(span.start.0.saturating_add(span.duration)),
        position: walk.places.byte(walk.fill.json.at()),
        ..Exception::default()
    };
    let mut frames = String::new();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"type" => exception.kind = text(walk)?,
            b"message" => exception.message = text(walk)?,
            b"stack" => walk.each(|walk| frame(walk, &mut frames))?,
            _ => {
                let (name, value) = other(walk, name)?;
                exception
                    .more
                    .push((format!("aws.xray.exception.{name}"), value));
            }
        }
    }
    if !frames.is_empty() {
        exception.stack = format!("{}: {}{frames}", exception.kind, exception.message);
    }
    Ok(exception)
}

/// One frame, as a line of its own.
fn frame(walk: &mut Walk, out: &mut String) -> Result<()> {
    let (mut path, mut line, mut label) = (String::new(), String::new(), String::new());
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let place = match walk.fill.json.raw(name) {
            b"path" => &mut path,
            b"line" => &mut line,
            b"label" => &mut label,
            _ => {
                walk.fill.json.skip()?;
                continue;
            }
        };
        let (range, _) = walk.fill.json.skip_range()?;
        let raw = &walk.fill.json.text()[range];
        *place = plain(raw.trim_matches('"'), raw.contains('\\')).into_owned();
    }
    out.push_str(&format!("\n    at {label} ({path}:{line})"));
    Ok(())
}

/// Takes a text; anything else as it is written.
fn text(walk: &mut Walk) -> Result<String> {
    if walk.fill.json.peek()? == b'"' {
        let string = walk.fill.json.string()?;
        return Ok(plain(walk.fill.json.raw_text(string), string.escaped).into_owned());
    }
    let (range, _) = walk.fill.json.skip_range()?;
    Ok(walk.fill.json.text()[range].to_owned())
}

/// A member as an attribute of an event.
fn other(walk: &mut Walk, name: RawStr) -> Result<(String, String)> {
    let name = plain(walk.fill.json.raw_text(name), name.escaped).into_owned();
    let (range, _) = walk.fill.json.skip_range()?;
    Ok((name, value(&walk.fill.json.text()[range])))
}

/// Takes a list of links.
pub fn links(walk: &mut Walk, attached: &mut Attached) -> Result<()> {
    walk.each(|walk| {
        let (mut trace, mut span) = (TraceId::default(), SpanId::default());
        let mut attributes = Vec::new();
        let mark = walk.fill.mark();
        let mut members = walk.fill.json.begin_object()?;
        while let Some(name) = walk.fill.json.next_member(&mut members)? {
            match walk.fill.json.raw(name) {
                _ if walk.fill.json.take_null() => {}
                b"trace_id" => (trace, _) = trace_id(walk, mark)?,
                b"span_id" | b"id" => {
                    span = record::span_id(walk, mark, kept::ORIGINAL_LINK)?;
                }
                b"attributes" if walk.fill.json.peek()? == b'{' => {
                    let mut inner = walk.fill.json.begin_object()?;
                    while let Some(name) = walk.fill.json.next_member(&mut inner)? {
                        attributes.push(other(walk, name)?);
                    }
                }
                _ => attributes.push(other(walk, name)?),
            }
        }
        attached.link(trace, span, &attributes);
        Ok(())
    })
}
