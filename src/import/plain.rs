//! What formats share whose records are plain JSON, one as complete as the other: attributes as maps, resources and scopes
//! that every record repeats, span events and links to be written in OTLP's shape.
//!
//! Knows no format; the names of members are told by whoever reads them.

use super::fill::{Fill, Result};
use super::json::{JsonError, RawStr, quote};
use super::otlp_json::document::Walk;
use super::stretch::plain;
use super::{clock, tags};
use crate::model::batch::{
    Batch, BatchValue, ErrorRecord, Resource, Scope, SpanKind, SpanRecord, Text,
};
use crate::model::{Nanos, SpanId, TraceId};
use xxhash_rust::xxh3::Xxh3;

/// How many of the last resources and scopes are looked through for the same one again.
const REMEMBERED: usize = 64;

/// The resource that these texts stand for; `read` takes its attributes if it is new. Must not be part of what is undone
/// when a record is wrong.
pub fn resource(
    walk: &mut Walk,
    texts: &[&str],
    read: impl FnOnce(&mut Walk, u32) -> Result<()>,
) -> Result<u32> {
    let mut hash = Xxh3::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update(b"\0");
    }
    let identity = format!("{:032x}", hash.digest128());
    let batch: &Batch = walk.fill.batch;
    let recent = batch.resources.len().saturating_sub(REMEMBERED);
    let same = |resource: &Resource| batch.text(resource.sdk) == identity;
    if let Some(place) = batch.resources.iter().skip(recent).position(same) {
        return Ok((recent + place) as u32);
    }
    let mark = walk.fill.mark();
    if let Err(error) = read(walk, mark) {
        walk.fill.batch.attrs.truncate(mark as usize);
        return Err(error);
    }
    let attrs = walk.fill.since(mark);
    let batch = &mut *walk.fill.batch;
    // The place of the SDK's name, which is found out when all is read.
    let sdk = batch.keep(&identity);
    batch.resources.push(Resource {
        attrs,
        sdk,
        ..Resource::default()
    });
    Ok((batch.resources.len() - 1) as u32)
}

/// The scope of this name and version.
pub fn scope(batch: &mut Batch, name: &str, version: &str) -> u32 {
    let recent = batch.scopes.len().saturating_sub(REMEMBERED);
    let same =
        |scope: &Scope| batch.text(scope.name) == name && batch.text(scope.version) == version;
    if let Some(place) = batch.scopes.iter().skip(recent).position(same) {
        return (recent + place) as u32;
    }
    let (name, version) = (batch.keep(name), batch.keep(version));
    batch.scopes.push(Scope { name, version });
    (batch.scopes.len() - 1) as u32
}

/// Takes the members of an object as attributes, each name with `before` in front.
pub fn attributes(fill: &mut Fill, mark: u32, before: &str) -> Result<()> {
    if fill.json.take_null() {
        return Ok(());
    }
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        let key = match before {
            "" => fill.key(name),
            _ => {
                let name = plain(fill.json.raw_text(name), name.escaped);
                fill.batch.keys.intern(&format!("{before}{name}"))
            }
        };
        let value = fill.value()?;
        fill.push(mark, key, value);
    }
    Ok(())
}

/// Adds a text that was composed as an attribute.
pub fn push_text(fill: &mut Fill, mark: u32, name: &str, text: &str) {
    let value = BatchValue::Str(fill.batch.keep(text));
    fill.push_named(mark, name, value);
}

/// Takes a value and adds it as an attribute unless it is zero, empty or null.
pub fn push_said(fill: &mut Fill, mark: u32, name: &str) -> Result<()> {
    match fill.value()? {
        BatchValue::Int(0) | BatchValue::Null => {}
        BatchValue::Str(text) if text.is_empty() => {}
        value => fill.push_named(mark, name, value),
    }
    Ok(())
}

/// A name that was taken, undone of escapes.
pub fn name(fill: &Fill, name: RawStr) -> String {
    plain(fill.json.raw_text(name), name.escaped).into_owned()
}

/// Takes a text, undone of escapes.
pub fn text(fill: &mut Fill) -> Result<String> {
    let string = fill.json.string()?;
    Ok(name(fill, string))
}

/// Takes a time in ISO 8601 as nanoseconds since the epoch. An empty text and year 1, as Go has it, are no time: 0.
pub fn iso_time(fill: &mut Fill) -> Result<Nanos> {
    if fill.json.take_null() {
        return Ok(Nanos(0));
    }
    fill.json.peek()?;
    let at = fill.json.at();
    let string = fill.json.string()?;
    let text = fill.json.raw_text(string);
    if text.is_empty() || text.starts_with("0001-01-01") {
        return Ok(Nanos(0));
    }
    let wrong = |what| JsonError { at, what };
    let time = clock::iso(text).ok_or(wrong("a time was expected"))?;
    match time.0 < 0 {
        true => Err(wrong("a time lies before 1970")),
        false => Ok(time),
    }
}

/// The body of a log from a plain value: text as it is, anything else as JSON text.
pub fn body(fill: &mut Fill) -> Result<Text> {
    let value = fill.value()?;
    Ok(match value {
        BatchValue::Str(text) | BatchValue::Json(text) => text,
        BatchValue::Null => Text::EMPTY,
        BatchValue::Int(number) => fill.batch.keep(&number.to_string()),
        BatchValue::Float(number) => fill.batch.keep(&number.to_string()),
        BatchValue::Bool(value) => fill.batch.keep(&value.to_string()),
    })
}

/// Takes a plain value and gives it as OTLP writes it; arrays and objects become their JSON text.
pub fn otlp_value(fill: &mut Fill) -> Result<String> {
    let mut out = String::new();
    match fill.json.peek()? {
        b'"' => {
            let text = text(fill)?;
            write_text(&text, &mut out);
        }
        b'{' | b'[' => {
            let (range, _) = fill.json.skip_range()?;
            let text = fill.json.text();
            write_text(&text[range], &mut out);
        }
        _ => match fill.value()? {
            BatchValue::Int(number) => out = format!("{{\"intValue\":\"{number}\"}}"),
            BatchValue::Bool(value) => out = format!("{{\"boolValue\":{value}}}"),
            BatchValue::Float(number) if number.is_finite() => {
                out = format!("{{\"doubleValue\":{number}}}");
            }
            BatchValue::Float(number) => out = format!("{{\"doubleValue\":\"{number}\"}}"),
            _ => out.push_str("{}"),
        },
    }
    Ok(out)
}

/// A text as OTLP writes it.
pub fn write_text(text: &str, out: &mut String) {
    out.push_str("{\"stringValue\":");
    quote(text, out);
    out.push('}');
}

/// A span event.
#[derive(Debug, Default)]
pub struct Event {
    /// When.
    pub time: Nanos,
    /// Its name.
    pub name: String,
    /// Names, with values as OTLP writes them.
    pub attributes: Vec<(String, String)>,
    /// Type and message, of an exception.
    exception: [Option<String>; 2],
}

impl Event {
    /// Takes an attribute's value.
    pub fn attribute(&mut self, fill: &mut Fill, name: String) -> Result<()> {
        fill.json.peek()?;
        let at = fill.json.at();
        let value = otlp_value(fill)?;
        let known = ["exception.type", "exception.message"];
        if let Some(place) = known.iter().position(|known| *known == name)
            && fill.json.text().as_bytes().get(at) == Some(&b'"')
        {
            let end = fill.json.at();
            fill.json.go_to(at);
            self.exception[place] = Some(text(fill)?);
            fill.json.go_to(end);
        }
        self.attributes.push((name, value));
        Ok(())
    }

    /// Takes the members of an object as attributes.
    pub fn attributes(&mut self, fill: &mut Fill) -> Result<()> {
        if fill.json.take_null() {
            return Ok(());
        }
        let mut members = fill.json.begin_object()?;
        while let Some(name) = fill.json.next_member(&mut members)? {
            let name = plain(fill.json.raw_text(name), name.escaped).into_owned();
            self.attribute(fill, name)?;
        }
        Ok(())
    }
}

/// Gives a span that is otherwise complete its events; those named `exception` are errors of their own, too.
pub fn set_events(batch: &mut Batch, span: &mut SpanRecord, events: &[Event]) {
    if events.is_empty() {
        return;
    }
    let mut out = String::new();
    for event in events {
        out.push(if out.is_empty() { '[' } else { ',' });
        let start = out.len();
        tags::write_event(&mut out, event.time, &event.name, &event.attributes);
        if event.name == "exception" {
            let error = exception(batch, span, event, &out[start..]);
            batch.errors.push(error);
        }
    }
    out.push(']');
    span.events = batch.keep(&out);
}

fn exception(batch: &mut Batch, span: &SpanRecord, event: &Event, document: &str) -> ErrorRecord {
    let [exception_type, message] = &event.exception;
    let is_entry = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
    let time = match event.time {
        Nanos(0) => span.start,
        time => time,
    };
    ErrorRecord {
        trace: span.trace,
        span: span.id,
        time,
        level: batch.keep("error"),
        exception_type: batch.keep(exception_type.as_deref().unwrap_or_default()),
        message: batch.keep(message.as_deref().unwrap_or_default()),
        transaction: if is_entry { span.name } else { Text::EMPTY },
        resource: span.resource,
        document: batch.keep(document),
        position: span.position,
        ..ErrorRecord::default()
    }
}

/// Links to other spans, as they are read.
#[derive(Debug, Default)]
pub struct Links(String);

impl Links {
    /// Adds a link. Attributes are names with values already written as OTLP's.
    pub fn add(&mut self, trace: TraceId, span: SpanId, attributes: &[(String, String)]) {
        let out = &mut self.0;
        out.push(if out.is_empty() { '[' } else { ',' });
        out.push_str(&format!("{{\"traceId\":\"{trace}\",\"spanId\":\"{span}\""));
        for (index, (key, value)) in attributes.iter().enumerate() {
            out.push_str(if index == 0 { ",\"attributes\":[" } else { "," });
            out.push_str("{\"key\":");
            quote(key, out);
            out.push_str(",\"value\":");
            out.push_str(value);
            out.push('}');
        }
        out.push_str(if attributes.is_empty() { "}" } else { "]}" });
    }

    /// All of them as a JSON array in OTLP's shape; empty for none.
    pub fn keep(mut self, batch: &mut Batch) -> Text {
        if self.0.is_empty() {
            return Text::EMPTY;
        }
        self.0.push(']');
        batch.keep(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::json::Reader;

    #[test]
    fn plain_values_as_otlp_writes_them() {
        for (text, expected) in [
            ("1", "{\"intValue\":\"1\"}"),
            ("1.5", "{\"doubleValue\":1.5}"),
            ("true", "{\"boolValue\":true}"),
            ("null", "{}"),
            ("\"a\\n\"", "{\"stringValue\":\"a\\n\"}"),
            ("[1, \"b\"]", "{\"stringValue\":\"[1, \\\"b\\\"]\"}"),
        ] {
            let mut batch = Batch::default();
            let mut fill = Fill {
                json: Reader::new(text, 0..text.len()),
                batch: &mut batch,
            };
            assert_eq!(otlp_value(&mut fill).unwrap(), expected);
        }
    }

    #[test]
    fn times_that_are_none() {
        for (text, time) in [
            ("\"\"", Some(0)),
            ("null", Some(0)),
            ("\"0001-01-01T00:00:00Z\"", Some(0)),
            ("\"1970-01-01T00:00:01Z\"", Some(1_000_000_000)),
            ("\"1969-01-01T00:00:01Z\"", None),
            ("\"noon\"", None),
            ("5", None),
        ] {
            let mut batch = Batch::default();
            let mut fill = Fill {
                json: Reader::new(text, 0..text.len()),
                batch: &mut batch,
            };
            let read = iso_time(&mut fill).ok().map(|time| time.0);
            assert_eq!(read, time, "{text}");
        }
    }
}
