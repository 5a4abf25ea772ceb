//! Links and events of a span: lists of their own, or JSON within a tag.

use super::number;
use crate::import::attached::{Attached, Exception, value};
use crate::import::fill::Result;
use crate::import::json::{RawStr, Reader};
use crate::import::otlp_json::document::Walk;
use crate::import::stretch::plain;
use crate::model::batch::{Batch, SpanRecord};
use crate::model::{Nanos, SpanId};

const ODD: &str = "Span links or events that are not whole, or not in Datadog's shape, were left out from there on; tags that hold them are kept";

/// Where a list stands.
pub enum Place {
    /// In the text.
    At(usize),
    /// In a string, here with its escapes undone.
    Within(String),
}

impl Place {
    /// The list that comes next, which is skipped.
    pub fn here(walk: &mut Walk) -> Result<Self> {
        let at = walk.fill.json.at();
        walk.fill.json.skip()?;
        Ok(Self::At(at))
    }

    /// The list within the string that comes next.
    pub fn within(walk: &mut Walk) -> Result<Self> {
        let string = walk.fill.json.string()?;
        let text = plain(walk.fill.json.raw_text(string), true);
        Ok(Self::Within(text.into_owned()))
    }

    /// Reads the list. One that is odd does not cost the span.
    pub fn read(&self, walk: &mut Walk, read: impl FnOnce(&mut Reader, &mut Batch) -> Result<()>) {
        let outcome = match self {
            Self::At(at) => {
                let text = walk.fill.json.text();
                read(&mut Reader::new(text, *at..text.len()), walk.fill.batch)
            }
            Self::Within(text) => read(&mut Reader::new(text, 0..text.len()), walk.fill.batch),
        };
        if outcome.is_err() {
            walk.fill.batch.problems.repair(ODD);
        }
    }
}

fn text(json: &Reader, string: RawStr) -> String {
    plain(json.raw_text(string), string.escaped).into_owned()
}

/// Takes a number, or what stands between quotes.
fn word<'t>(json: &mut Reader<'t>) -> Result<&'t str> {
    match json.peek()? {
        b'"' => {
            let string = json.string()?;
            Ok(json.raw_text(string))
        }
        _ => json.number(),
    }
}

/// Ids in tags are hex; in lists of their own they are decimal.
fn id(json: &mut Reader, hex: bool) -> Result<u64> {
    let wrong = json.error("an id was expected");
    let quoted = json.peek()? == b'"';
    let word = word(json)?;
    let read = match hex && quoted {
        true => u64::from_str_radix(word, 16).ok(),
        false => number::decimal(word),
    };
    read.ok_or(wrong)
}

/// Takes a list of links.
pub fn links(json: &mut Reader, hex: bool, attached: &mut Attached) -> Result<()> {
    let mut elements = json.begin_array()?;
    while json.next_element(&mut elements)? {
        let (mut high, mut low, mut span) = (0, 0, 0);
        let mut attributes = Vec::new();
        let mut members = json.begin_object()?;
        while let Some(name) = json.next_member(&mut members)? {
            match json.raw(name) {
                _ if json.take_null() => {}
                b"trace_id" => {
                    let at = json.at();
                    let word = word(json)?;
                    if let (32, Ok(whole)) = (word.len(), word.parse()) {
                        (high, low) = (number::high_half(whole), number::low_half(whole));
                    } else {
                        json.go_to(at);
                        low = id(json, hex)?;
                    }
                }
                b"trace_id_high" => high = id(json, false)?,
                b"span_id" => span = id(json, hex)?,
                b"attributes" if json.peek()? == b'{' => attributes.extend(plain_pairs(json)?),
                _ => attributes.push(pair(json, name)?),
            }
        }
        attached.link(number::of_halves(high, low), SpanId(span), &attributes);
    }
    Ok(())
}

/// Takes a list of events; exceptions among them are errors, too.
pub fn events(
    json: &mut Reader,
    batch: &mut Batch,
    span: &SpanRecord,
    attached: &mut Attached,
) -> Result<()> {
    let mut elements = json.begin_array()?;
    while json.next_element(&mut elements)? {
        let (mut time, mut name) = (span.start, String::new());
        let mut attributes = Vec::new();
        let mut members = json.begin_object()?;
        while let Some(member) = json.next_member(&mut members)? {
            match json.raw(member) {
                _ if json.take_null() => {}
                b"time_unix_nano" => time = Nanos(json.integer()?.max(0)),
                b"name" => {
                    let string = json.string()?;
                    name = text(json, string);
                }
                b"attributes" if json.peek()? == b'{' => attributes.extend(typed_pairs(json)?),
                _ => attributes.push(pair(json, member)?),
            }
        }
        match name.as_str() {
            "exception" => {
                let exception = exception(time, span, attributes);
                attached.exception(batch, span, exception);
            }
            _ => attached.event(time, &name, &attributes),
        }
    }
    Ok(())
}

fn exception(time: Nanos, span: &SpanRecord, attributes: Vec<(String, String)>) -> Exception {
    let mut exception = Exception {
        time,
        position: span.position,
        ..Exception::default()
    };
    for (name, value) in attributes {
        let place = match name.as_str() {
            "exception.type" => &mut exception.kind,
            "exception.message" => &mut exception.message,
            "exception.stacktrace" => &mut exception.stack,
            _ => {
                exception.more.push((name, value));
                continue;
            }
        };
        let raw = value
            .strip_prefix("{\"stringValue\":\"")
            .and_then(|raw| raw.strip_suffix("\"}"));
        *place = plain(raw.unwrap_or(&value), true).into_owned();
    }
    exception
}

/// A member as an attribute in OTLP's shape.
fn pair(json: &mut Reader, name: RawStr) -> Result<(String, String)> {
    let (range, _) = json.skip_range()?;
    Ok((text(json, name), value(&json.text()[range])))
}

fn plain_pairs(json: &mut Reader) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut members = json.begin_object()?;
    while let Some(name) = json.next_member(&mut members)? {
        pairs.push(pair(json, name)?);
    }
    Ok(pairs)
}

/// Values as they are, or with their type: `{"type":0,"string_value":"a"}`.
fn typed_pairs(json: &mut Reader) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut members = json.begin_object()?;
    while let Some(name) = json.next_member(&mut members)? {
        if json.peek()? != b'{' {
            pairs.push(pair(json, name)?);
            continue;
        }
        let (range, _) = json.skip_range()?;
        let mut inner = Reader::new(json.text(), range.clone());
        let mut found = None;
        let mut typed = inner.begin_object()?;
        while let Some(member) = inner.next_member(&mut typed)? {
            let is_value = inner.raw(member).ends_with(b"_value");
            let (range, _) = inner.skip_range()?;
            if is_value {
                found = Some(value(&inner.text()[range]));
            }
        }
        let written = found.unwrap_or_else(|| value(&json.text()[range]));
        pairs.push((text(json, name), written));
    }
    Ok(pairs)
}
