//! Exceptions recorded on spans: every span event named `exception` is also an error of its own.

use super::document::Walk;
use super::record::time;
use super::value::{any_value, plain_text};
use crate::import::fill::Result;
use crate::model::batch::{BatchValue, ErrorRecord, SpanKind, SpanRecord, Text};
use memchr::memmem;
use std::ops::Range;

/// Adds an error for each exception among a span's events. The reader stays where it is.
pub fn errors(walk: &mut Walk, span: &SpanRecord, events: Range<usize>) -> Result<()> {
    let text = walk.fill.json.text();
    if memmem::find(&text.as_bytes()[events.clone()], b"exception").is_none() {
        return Ok(());
    }
    let resume = walk.fill.json.at();
    walk.fill.json.go_to(events.start);
    let mut elements = walk.fill.json.begin_array()?;
    while walk.fill.json.next_element(&mut elements)? {
        if let Some(error) = exception(walk, span)? {
            walk.fill.batch.errors.push(error);
        }
    }
    walk.fill.json.go_to(resume);
    Ok(())
}

/// Takes an event; an error if it is an exception.
fn exception(walk: &mut Walk, span: &SpanRecord) -> Result<Option<ErrorRecord>> {
    let mut is_exception = false;
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let mut error = on_span(span, walk.places.byte(start));
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"name" => {
                let name = walk.fill.json.string()?;
                is_exception = walk.fill.json.raw(name) == b"exception";
            }
            b"timeUnixNano" | b"time_unix_nano" => {
                let at = time(walk)?;
                error.time = if at.0 == 0 { span.start } else { at };
            }
            b"attributes" => describe(walk, &mut error)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    if !is_exception {
        return Ok(None);
    }
    let document = start..walk.fill.json.at();
    error.document = Text::in_input(document);
    error.level = walk.fill.batch.keep("error");
    Ok(Some(error))
}

/// An error on a span, before more is known of it.
pub fn on_span(span: &SpanRecord, position: u64) -> ErrorRecord {
    let enters = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
    ErrorRecord {
        trace: span.trace,
        span: span.id,
        time: span.start,
        transaction: if enters { span.name } else { Text::EMPTY },
        resource: span.resource,
        position,
        ..ErrorRecord::default()
    }
}

/// Type and message from an exception's attributes.
fn describe(walk: &mut Walk, error: &mut ErrorRecord) -> Result<()> {
    let mut elements = walk.fill.json.begin_array()?;
    while walk.fill.json.next_element(&mut elements)? {
        let mut key = String::new();
        let mut value = BatchValue::Null;
        let mut members = walk.fill.json.begin_object()?;
        while let Some(name) = walk.fill.json.next_member(&mut members)? {
            match walk.fill.json.raw(name) {
                b"key" => {
                    let string = walk.fill.json.string()?;
                    key = plain_text(&walk.fill.json, string).into_owned();
                }
                b"value" => value = any_value(&mut walk.fill)?,
                _ => {
                    walk.fill.json.skip()?;
                }
            }
        }
        if let BatchValue::Str(text) = value {
            say(error, key.as_bytes(), text);
        }
    }
    Ok(())
}

/// What an attribute says of an exception.
pub fn say(error: &mut ErrorRecord, key: &[u8], text: Text) {
    match key {
        b"exception.type" => error.exception_type = text,
        b"exception.message" => error.message = text,
        _ => {}
    }
}
