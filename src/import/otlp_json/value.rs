//! OTLP's typed values and attribute lists.

use crate::import::fill::{Fill, Result, TOO_DEEP};
use crate::import::json::{RawStr, Reader, quote};
use crate::import::limits::{MAX_DEPTH, MAX_VALUE_BYTES};
use crate::import::plain;
use crate::import::stretch;
use crate::model::batch::{Batch, BatchValue, KeyId, Text};

const MISTYPED: &str = "Values that are not what their type says were kept as text";

/// Takes `{"stringValue": …}` and its kin; an empty object is null. A value without its type is taken as it is.
pub fn any_value(fill: &mut Fill) -> Result<BatchValue> {
    if fill.json.take_null() {
        return Ok(BatchValue::Null);
    }
    if fill.json.peek()? != b'{' {
        return fill.value();
    }
    let mut value = BatchValue::Null;
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        if fill.json.take_null() {
            continue;
        }
        value = match fill.json.raw(name) {
            b"stringValue" | b"string_value" | b"bytesValue" | b"bytes_value" => {
                scalar(fill, |fill| fill.text().map(BatchValue::Str))?
            }
            b"intValue" | b"int_value" => {
                scalar(fill, |fill| fill.json.integer().map(BatchValue::Int))?
            }
            b"boolValue" | b"bool_value" => {
                scalar(fill, |fill| fill.json.boolean().map(BatchValue::Bool))?
            }
            b"doubleValue" | b"double_value" => {
                scalar(fill, |fill| fill.json.float().map(BatchValue::Float))?
            }
            b"arrayValue" | b"array_value" => compose(fill, write_array)?,
            b"kvlistValue" | b"kvlist_value" => compose(fill, write_object)?,
            _ => {
                fill.json.skip()?;
                continue;
            }
        };
    }
    Ok(value)
}

/// Takes a value as `read` does; one that is something else, an integer of more than 64 bits for example, is no reason to lose the
/// record: it stays as text.
fn scalar(fill: &mut Fill, read: fn(&mut Fill) -> Result<BatchValue>) -> Result<BatchValue> {
    fill.json.peek()?;
    let start = fill.json.at();
    if let Ok(value) = read(fill) {
        return Ok(value);
    }
    fill.json.go_to(start);
    fill.batch.problems.repair(MISTYPED);
    if fill.json.peek()? == b'"' {
        return fill.text().map(BatchValue::Str);
    }
    let (range, _) = fill.json.skip_range()?;
    let text = fill.json.text().get(range).unwrap_or_default();
    let end = text.floor_char_boundary(MAX_VALUE_BYTES);
    Ok(BatchValue::Str(fill.batch.keep(&text[..end])))
}

/// Rewrites an array or list of pairs as plain JSON.
fn compose(fill: &mut Fill, write: fn(&mut Writer, usize) -> Result<()>) -> Result<BatchValue> {
    let mut writer = Writer {
        json: &mut fill.json,
        out: String::new(),
        too_deep: false,
    };
    write(&mut writer, 1)?;
    let (out, too_deep) = (writer.out, writer.too_deep);
    if too_deep {
        fill.batch.problems.repair(TOO_DEEP);
    }
    Ok(BatchValue::Json(fill.batch.keep(&out)))
}

/// Writes OTLP's nested values as plain JSON.
struct Writer<'r, 't> {
    json: &'r mut Reader<'t>,
    out: String,
    too_deep: bool,
}

impl Writer<'_, '_> {
    /// With the escapes that JSON needs and no others, whoever wrote it.
    fn string(&mut self, string: RawStr) {
        let text = plain_text(self.json, string);
        quote(&text, &mut self.out);
    }
}

/// `{"values":[…]}` as an array.
fn write_array(writer: &mut Writer, depth: usize) -> Result<()> {
    writer.out.push('[');
    each_value(writer, |writer, first| {
        if !first {
            writer.out.push(',');
        }
        write_any(writer, depth + 1)
    })?;
    writer.out.push(']');
    Ok(())
}

/// `{"values":[{"key":…,"value":…}]}` as an object.
fn write_object(writer: &mut Writer, depth: usize) -> Result<()> {
    writer.out.push('{');
    each_value(writer, |writer, first| {
        if !first {
            writer.out.push(',');
        }
        write_pair(writer, depth + 1)
    })?;
    writer.out.push('}');
    Ok(())
}

/// Calls `each` with the reader before every element of the array `values`.
fn each_value(
    writer: &mut Writer,
    mut each: impl FnMut(&mut Writer, bool) -> Result<()>,
) -> Result<()> {
    let mut members = writer.json.begin_object()?;
    while let Some(name) = writer.json.next_member(&mut members)? {
        if writer.json.take_null() {
            continue;
        }
        if writer.json.raw(name) != b"values" {
            writer.json.skip()?;
            continue;
        }
        let mut elements = writer.json.begin_array()?;
        let mut first = true;
        while writer.json.next_element(&mut elements)? {
            each(writer, first)?;
            first = false;
        }
    }
    Ok(())
}

/// One pair as a member; the value may stand before the key.
fn write_pair(writer: &mut Writer, depth: usize) -> Result<()> {
    let start = writer.json.at();
    let mut key = None;
    let mut members = writer.json.begin_object()?;
    while let Some(name) = writer.json.next_member(&mut members)? {
        match writer.json.raw(name) {
            b"key" => key = Some(writer.json.string()?),
            _ => {
                writer.json.skip()?;
            }
        }
    }
    let end = writer.json.at();
    match key {
        Some(key) => writer.string(key),
        None => writer.out.push_str("\"\""),
    }
    writer.out.push(':');
    writer.json.go_to(start);
    let mut members = writer.json.begin_object()?;
    let mut written = false;
    while let Some(name) = writer.json.next_member(&mut members)? {
        match writer.json.raw(name) {
            b"value" if !written => {
                write_any(writer, depth)?;
                written = true;
            }
            _ => {
                writer.json.skip()?;
            }
        }
    }
    if !written {
        writer.out.push_str("null");
    }
    writer.json.go_to(end);
    Ok(())
}

/// Writes a value as `write` does; one that is something else stays as it stands there.
fn write_scalar(writer: &mut Writer, write: fn(&mut Writer) -> Result<()>) -> Result<()> {
    writer.json.peek()?;
    let (start, before) = (writer.json.at(), writer.out.len());
    if write(writer).is_err() {
        writer.json.go_to(start);
        writer.out.truncate(before);
        let (range, _) = writer.json.skip_range()?;
        let text = writer.json.text().get(range);
        writer.out.push_str(text.unwrap_or_default());
    }
    Ok(())
}

/// Any value.
fn write_any(writer: &mut Writer, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        writer.too_deep = true;
        writer.out.push_str("null");
        writer.json.skip()?;
        return Ok(());
    }
    if writer.json.take_null() {
        writer.out.push_str("null");
        return Ok(());
    }
    let before = writer.out.len();
    let mut members = writer.json.begin_object()?;
    while let Some(name) = writer.json.next_member(&mut members)? {
        writer.out.truncate(before);
        match writer.json.raw(name) {
            b"stringValue" | b"string_value" | b"bytesValue" | b"bytes_value" => {
                write_scalar(writer, |writer| {
                    let string = writer.json.string()?;
                    writer.string(string);
                    Ok(())
                })?;
            }
            b"intValue" | b"int_value" => write_scalar(writer, |writer| {
                let number = writer.json.integer()?;
                writer.out.push_str(&number.to_string());
                Ok(())
            })?,
            b"boolValue" | b"bool_value" => write_scalar(writer, |writer| {
                let value = writer.json.boolean()?;
                writer.out.push_str(if value { "true" } else { "false" });
                Ok(())
            })?,
            b"doubleValue" | b"double_value" => write_scalar(writer, |writer| {
                write_float(writer.json.float()?, &mut writer.out);
                Ok(())
            })?,
            b"arrayValue" | b"array_value" => write_array(writer, depth)?,
            b"kvlistValue" | b"kvlist_value" => write_object(writer, depth)?,
            _ => {
                writer.json.skip()?;
            }
        }
    }
    if writer.out.len() == before {
        writer.out.push_str("null");
    }
    Ok(())
}

/// A number that stays one with a fraction (`3.0`). JSON has no NaN and no infinity: these are written as text.
pub fn write_float(number: f64, out: &mut String) {
    let text = format!("{number:?}");
    match number.is_finite() {
        true => out.push_str(&text),
        false => quote(&text, out),
    }
}

/// Takes an array of `{"key": …, "value": …}` as attributes of the record whose attributes began at `since`. Some writers have an
/// object of names and plain values instead.
pub fn attributes(fill: &mut Fill, since: u32) -> Result<()> {
    if fill.json.peek()? == b'{' {
        return plain::attributes(fill, since, "");
    }
    let mut elements = fill.json.begin_array()?;
    while fill.json.next_element(&mut elements)? {
        if compact_attribute(fill, since).is_none() {
            attribute(fill, since)?;
        }
    }
    Ok(())
}

fn attribute(fill: &mut Fill, since: u32) -> Result<()> {
    let mut key = None;
    let mut value = BatchValue::Null;
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        match fill.json.raw(name) {
            b"key" => {
                let name = fill.json.string()?;
                key = Some(fill.key(name));
            }
            b"value" => value = any_value(fill)?,
            _ => {
                fill.json.skip()?;
            }
        }
    }
    // Protobuf leaves out what is empty.
    let key: KeyId = key.unwrap_or_else(|| fill.batch.keys.intern(""));
    fill.push(since, key, value);
    Ok(())
}

/// The writing that nearly every attribute has, without white space: text or integer. `None` leaves the reader where it was.
#[inline]
fn compact_attribute(fill: &mut Fill, since: u32) -> Option<()> {
    const KEY: &[u8] = b"{\"key\":";
    const STRING: &[u8] = b",\"value\":{\"stringValue\":";
    const INTEGER: &[u8] = b",\"value\":{\"intValue\":";
    let start = fill.json.at();
    let outcome = (|| {
        take(&mut fill.json, KEY)?;
        let name = fill.json.string().ok()?;
        if take(&mut fill.json, STRING).is_some() {
            let string = fill.json.string().ok()?;
            take(&mut fill.json, b"}}")?;
            return Some((name, BatchValue::Str(fill.keep(string))));
        }
        take(&mut fill.json, INTEGER)?;
        let number = fill.json.integer().ok()?;
        take(&mut fill.json, b"}}")?;
        Some((name, BatchValue::Int(number)))
    })();
    match outcome {
        Some((name, value)) => {
            let key = fill.key(name);
            fill.push(since, key, value);
            Some(())
        }
        None => {
            fill.json.go_to(start);
            None
        }
    }
}

#[inline]
fn take(json: &mut Reader, literal: &[u8]) -> Option<()> {
    json.rest()
        .starts_with(literal)
        .then(|| json.go_to(json.at() + literal.len()))
}

/// A log's body.
pub fn body(fill: &mut Fill) -> Result<Text> {
    // Some exporters write the text itself instead of a typed value.
    if fill.json.peek()? == b'"' {
        return fill.text();
    }
    let value = any_value(fill)?;
    Ok(as_text(fill.batch, value))
}

/// A value as a log's body: text as it is, anything else as JSON text.
pub fn as_text(batch: &mut Batch, value: BatchValue) -> Text {
    match value {
        BatchValue::Str(text) | BatchValue::Json(text) => text,
        BatchValue::Null => Text::EMPTY,
        BatchValue::Int(number) => batch.keep(&number.to_string()),
        BatchValue::Float(number) => batch.keep(&number.to_string()),
        BatchValue::Bool(value) => batch.keep(&value.to_string()),
    }
}

/// The plain text of a string, for comparing.
pub fn plain_text<'t>(json: &Reader<'t>, string: RawStr) -> std::borrow::Cow<'t, str> {
    stretch::plain(json.raw_text(string), string.escaped)
}
