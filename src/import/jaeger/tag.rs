//! Tags: names with typed values, on spans, processes and logs.

use crate::import::fill::{Fill, Result};
use crate::import::json::{RawStr, quote};
use crate::import::stretch::plain;
use crate::model::batch::{BatchValue, KeyId};

/// A tag as read.
pub struct Tag {
    /// Its name.
    pub key: KeyId,
    /// Its value, in its own type.
    pub value: BatchValue,
    /// The value's text where it was written as one.
    pub string: Option<RawStr>,
}

/// Takes a list of tags as attributes of what began at `mark`.
pub fn list(fill: &mut Fill, mark: u32) -> Result<()> {
    if fill.json.take_null() {
        return Ok(());
    }
    let mut elements = fill.json.begin_array()?;
    while fill.json.next_element(&mut elements)? {
        let tag = tag(fill)?;
        fill.push(mark, tag.key, tag.value);
    }
    Ok(())
}

/// Takes an object of tags, as Elasticsearch may keep them: names have `@` for dots.
pub fn object(fill: &mut Fill, mark: u32) -> Result<()> {
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        let key = text(fill, name).replace('@', ".");
        let value = fill.value()?;
        fill.push_named(mark, &key, value);
    }
    Ok(())
}

/// Takes `{"key":…,"type":…,"value":…}`, in any order, the type perhaps missing.
pub fn tag(fill: &mut Fill) -> Result<Tag> {
    let (mut key, mut kind, mut string) = (None, None, None);
    let mut value = BatchValue::Null;
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        match fill.json.raw(name) {
            b"key" => {
                let name = fill.json.string()?;
                key = Some(fill.key(name));
            }
            b"type" if fill.json.peek()? == b'"' => {
                let name = fill.json.string()?;
                kind = Some(fill.json.raw_text(name));
            }
            b"value" if fill.json.peek()? == b'"' => {
                let text = fill.json.string()?;
                string = Some(text);
                value = BatchValue::Str(fill.keep(text));
            }
            b"value" => value = fill.value()?,
            _ => {
                fill.json.skip()?;
            }
        }
    }
    let key = key.ok_or_else(|| fill.json.error("a tag has no key"))?;
    let written = string.map(|string| fill.json.raw_text(string));
    let value = typed(kind.unwrap_or_default(), written, value);
    Ok(Tag { key, value, string })
}

/// The value in the type it says it has. What does not fit stays as it was written.
fn typed(kind: &str, written: Option<&str>, value: BatchValue) -> BatchValue {
    let read = match (kind.to_ascii_lowercase().as_str(), written, value) {
        ("int64", Some(text), _) => text.parse().ok().map(BatchValue::Int),
        ("float64", Some(text), _) => text.parse().ok().map(BatchValue::Float),
        ("float64", None, BatchValue::Int(number)) => Some(BatchValue::Float(number as f64)),
        ("bool", Some(text), _) => text.parse().ok().map(BatchValue::Bool),
        _ => None,
    };
    read.unwrap_or(value)
}

/// The value as OTLP writes it, and its plain text if it is one.
pub fn as_otlp(fill: &Fill, tag: &Tag) -> String {
    let mut out = String::new();
    match (tag.value, tag.string) {
        (BatchValue::Int(number), _) => out = format!("{{\"intValue\":\"{number}\"}}"),
        (BatchValue::Bool(value), _) => out = format!("{{\"boolValue\":{value}}}"),
        (BatchValue::Float(number), _) if number.is_finite() => {
            out = format!("{{\"doubleValue\":{number}}}");
        }
        (BatchValue::Float(number), _) => out = format!("{{\"doubleValue\":\"{number}\"}}"),
        (_, Some(string)) => {
            out.push_str("{\"stringValue\":");
            quote(&text(fill, string), &mut out);
            out.push('}');
        }
        _ => out.push_str("{}"),
    }
    out
}

/// A string with its escapes undone.
pub fn text(fill: &Fill, string: RawStr) -> String {
    plain(fill.json.raw_text(string), string.escaped).into_owned()
}
