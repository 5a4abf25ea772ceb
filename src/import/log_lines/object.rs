//! Takes a JSON object apart into attributes named by their path.

use crate::import::fill::{Fill, Result};
use crate::import::json::Reader;
use crate::import::limits::MAX_ATTRIBUTES;
use crate::import::stretch::plain;
use crate::model::batch::{Attr, Batch, BatchValue, LogRecord, Text};

use super::keys::{self, Role};

/// Objects nested deeper than this are kept as JSON instead of being taken apart.
const FLATTENED: usize = 16;

const BYTES: &str = "Messages that the journal wrote as a list of bytes became text";

/// Takes an object.
pub fn members(fill: &mut Fill, mark: u32, prefix: &str, depth: usize) -> Result<()> {
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        let name = plain(fill.json.raw_text(name), name.escaped);
        let path = match prefix {
            "" => name,
            _ => format!("{prefix}.{name}").into(),
        };
        if fill.json.peek()? == b'{' && depth < FLATTENED && !is_empty_object(fill) {
            self::members(fill, mark, &path, depth + 1)?;
            continue;
        }
        let key = fill.batch.keys.intern(&path);
        let value = match path.as_ref() {
            "MESSAGE" if fill.json.peek()? == b'[' => message_of_bytes(fill)?,
            _ => value(fill)?,
        };
        fill.push(mark, key, value);
    }
    Ok(())
}

fn is_empty_object(fill: &Fill) -> bool {
    let inside = fill.json.rest().get(1..).unwrap_or_default();
    inside.trim_ascii_start().first() == Some(&b'}')
}

/// Takes a value. An integer of more than 64 bits is an id: as a number it would lose digits.
fn value(fill: &mut Fill) -> Result<BatchValue> {
    let start = fill.json.at();
    let value = fill.value()?;
    let end = fill.json.at();
    let digits = fill.json.text().get(start..end).unwrap_or_default();
    let is_long = digits.len() > 18 && digits.bytes().all(|byte| byte.is_ascii_digit());
    match value {
        BatchValue::Float(_) if is_long => Ok(BatchValue::Str(Text::in_input(start..end))),
        _ => Ok(value),
    }
}

/// The journal's JSON has text that is not UTF-8, or has control characters, as a list of bytes.
fn message_of_bytes(fill: &mut Fill) -> Result<BatchValue> {
    let start = fill.json.at();
    let value = fill.value()?;
    let list = fill.json.text().get(start..fill.json.at());
    let list = list.unwrap_or_default().trim_matches(['[', ']']);
    let bytes: std::result::Result<Vec<u8>, _> =
        list.split(',').map(|byte| byte.trim().parse()).collect();
    let Ok(bytes) = bytes else {
        return Ok(value);
    };
    fill.batch.problems.note(BYTES);
    let text = String::from_utf8_lossy(&bytes);
    Ok(BatchValue::Str(fill.batch.keep(&text)))
}

/// Takes a message apart that is itself an object in JSON. What the program wrote stands before what was put around it; the
/// message that was one stays only where the object has none of its own.
pub fn unfold(batch: &mut Batch, log: &mut LogRecord) {
    let Some(place) = folded(batch, log) else {
        return;
    };
    let Some(BatchValue::Str(message)) = batch.attrs.get(place).map(|attr| attr.value) else {
        return;
    };
    let text = batch.text(message).to_owned();
    let mut inner = Batch::default();
    let mut fill = Fill {
        json: Reader::new(&text, 0..text.len()),
        batch: &mut inner,
    };
    if members(&mut fill, 0, "", 0).is_err() || !fill.json.at_end() {
        return;
    }
    inner.input = text;
    if inner.attrs.is_empty() || inner.attrs.len() + log.attrs.len() > MAX_ATTRIBUTES {
        return;
    }
    let is_message = |attr: &Attr| {
        let role = keys::role(inner.keys.name(attr.key));
        matches!(role, Some((Role::Message | Role::Template, _)))
            && matches!(attr.value, BatchValue::Str(text) if !text.is_empty())
    };
    let has_message = inner.attrs.iter().any(is_message);
    let start = batch.attrs.len() as u32;
    for attr in &inner.attrs {
        let key = batch.keys.intern(inner.keys.name(attr.key));
        let value = match attr.value {
            BatchValue::Str(text) => BatchValue::Str(batch.keep(inner.text(text))),
            BatchValue::Json(text) => BatchValue::Json(batch.keep(inner.text(text))),
            other => other,
        };
        batch.attrs.push(Attr { key, value });
    }
    for index in log.attrs.start as usize..log.attrs.end as usize {
        if let Some(attr) = batch.attrs.get(index).copied()
            && !(has_message && index == place)
        {
            batch.attrs.push(attr);
        }
    }
    log.attrs = start..batch.attrs.len() as u32;
    batch.problems.merge(inner.problems);
}

/// The attribute that is a message and looks like an object.
fn folded(batch: &Batch, log: &LogRecord) -> Option<usize> {
    let mut places = log.attrs.start as usize..log.attrs.end as usize;
    places.find(|index| {
        let Some(Attr {
            key,
            value: BatchValue::Str(text),
        }) = batch.attrs.get(*index)
        else {
            return false;
        };
        let text = batch.text(*text).trim();
        text.starts_with('{')
            && text.ends_with('}')
            && matches!(keys::role(batch.keys.name(*key)), Some((Role::Message, _)))
    })
}
