//! Log records in JSON documents: one object after another over several lines, an array of them, or a list of them in what a
//! service answered (CloudWatch, Elasticsearch, Datadog, Grafana Loki).
//!
//! Each record is taken apart and settled as one of a line is.

use super::{object, settle, sniff};
use crate::import::fill::Result;
use crate::import::format::{Cut, Parsed};
use crate::import::json::Reader;
use crate::import::otlp_json::cutter;
use crate::import::otlp_json::document::{self, Walk};
use crate::import::plain;
use crate::import::stretch::Stretch;
use crate::model::CancelToken;
use crate::model::batch::{BatchValue, LogRecord, Text};

/// The lists in which services put records; some lie in an object of the same name, or of another one here.
const LISTS: &[&[u8]] = &[
    b"", b"events", b"hits", b"data", b"entries", b"logs", b"results",
];

/// Loki's lists: streams, each with labels and lines.
const STREAMS: &str = "result";

/// What a document begins with.
pub struct First<'t> {
    /// The text from each object on that may be its first record, the outermost first.
    pub records: Vec<&'t str>,
    /// Whether it is an answer that has no other records than log records.
    pub is_answer: bool,
}

/// A cutter between records.
pub fn cutter(prefix: &[u8]) -> Box<dyn Cut> {
    cutter::for_lists(prefix, LISTS)
}

/// Reads a stretch. `None` when cancelled.
pub fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    document::parse_with(stretch, cancel, documents, settle::settle)
}

/// Finds what may be the first record of a text that begins with an object or array.
pub fn first(text: &str) -> Option<First<'_>> {
    let mut json = Reader::new(text, 0..text.len());
    if json.peek().ok()? == b'[' {
        let mut elements = json.begin_array().ok()?;
        json.next_element(&mut elements).ok()?;
    }
    let (mut at, mut is_answer) = (json.at(), false);
    let mut records = vec![text.get(at..)?];
    // What is in a list's object may be a list in turn.
    'search: for _ in 0..3 {
        json.go_to(at);
        let mut members = json.begin_object().ok()?;
        while let Ok(Some(name)) = json.next_member(&mut members) {
            let name = json.raw_text(name);
            let is_list = LISTS.contains(&name.as_bytes());
            let next = json.peek().ok()?;
            is_answer |= is_answer_of_loki(name, json.rest());
            if next == b'[' && is_list {
                let mut elements = json.begin_array().ok()?;
                if json.next_element(&mut elements).ok()? && json.peek().ok()? == b'{' {
                    records.push(text.get(json.at()..)?);
                }
                break 'search;
            }
            if next == b'{' && is_list {
                at = json.at();
                records.push(text.get(at..)?);
                continue 'search;
            }
            if json.skip().is_err() {
                break 'search;
            }
        }
        break;
    }
    Some(First { records, is_answer })
}

fn is_answer_of_loki(name: &str, rest: &[u8]) -> bool {
    let is_streams = rest.strip_prefix(b"\"streams\"").is_some();
    name == "resultType" && is_streams
}

/// A document: a record, an array of records, or an object with a list of them.
fn documents(walk: &mut Walk) -> Result<()> {
    if walk.fill.batch.scopes.is_empty() {
        plain::scope(walk.fill.batch, "", "");
    }
    match walk.fill.json.peek()? {
        b'[' => walk.each(element),
        _ => element(walk),
    }
}

fn element(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let is_record = sniff::is_record(&walk.fill.json.text()[start..]);
    let found = match walk.fill.json.peek()? {
        // A record may have lists of its own.
        b'{' if !is_record => in_lists(walk, 0)?,
        _ => false,
    };
    if found {
        return Ok(());
    }
    walk.fill.json.go_to(start);
    walk.record("Log record", record)
}

/// Reads the lists that an object has; `false` where it has none and so is a record itself.
fn in_lists(walk: &mut Walk, depth: usize) -> Result<bool> {
    let mut found = false;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let name = walk.fill.json.raw_text(name);
        let is_list = LISTS.contains(&name.as_bytes()) && !name.is_empty();
        match walk.fill.json.peek()? {
            b'[' if name == STREAMS => {
                walk.each(|walk| walk.record("Stream", stream))?;
                found = true;
            }
            b'[' if is_list && is_of_objects(walk) => {
                walk.each(|walk| walk.record("Log record", record))?;
                found = true;
            }
            b'[' if is_list && is_empty(walk) => {
                walk.fill.json.skip()?;
                found = true;
            }
            b'{' if is_list && depth < 2 => found |= in_lists(walk, depth + 1)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    Ok(found)
}

fn after_bracket(walk: &Walk) -> Option<u8> {
    let inside = walk.fill.json.rest().get(1..)?;
    inside.trim_ascii_start().first().copied()
}

fn is_of_objects(walk: &Walk) -> bool {
    after_bracket(walk) == Some(b'{')
}

fn is_empty(walk: &Walk) -> bool {
    after_bracket(walk) == Some(b']')
}

fn record(walk: &mut Walk) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    object::members(&mut walk.fill, mark, "", 0)?;
    let log = LogRecord {
        body: Text::in_input(start..walk.fill.json.at()),
        position: walk.places.byte(start),
        attrs: walk.fill.since(mark),
        ..LogRecord::default()
    };
    walk.fill.batch.logs.push(log);
    Ok(())
}

/// A stream of Loki: `{"stream": {labels}, "values": [["<nanoseconds>", "<line>"], …]}`.
fn stream(walk: &mut Walk) -> Result<()> {
    let (mut labels, mut values) = (None, None);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        walk.fill.json.peek()?;
        let at = walk.fill.json.at();
        match walk.fill.json.raw(name) {
            b"stream" => labels = Some(at),
            b"values" => values = Some(at),
            _ => {}
        }
        walk.fill.json.skip()?;
    }
    let end = walk.fill.json.at();
    if let Some(values) = values {
        walk.fill.json.go_to(values);
        walk.each(|walk| walk.record("Log line", |walk| line(walk, labels)))?;
    }
    walk.fill.json.go_to(end);
    Ok(())
}

/// One line of a stream, whose labels begin at `labels`. A third value has what is known of the line alone.
fn line(walk: &mut Walk, labels: Option<usize>) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut elements = walk.fill.json.begin_array()?;
    for name in ["timestamp", "line"] {
        if !walk.fill.json.next_element(&mut elements)? {
            return Err(walk.fill.json.error("a time and a line were expected"));
        }
        let value = BatchValue::Str(walk.fill.text()?);
        walk.fill.push_named(mark, name, value);
    }
    while walk.fill.json.next_element(&mut elements)? {
        match walk.fill.json.peek()? {
            b'{' => object::members(&mut walk.fill, mark, "labels", 0)?,
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    let end = walk.fill.json.at();
    if let Some(labels) = labels {
        walk.fill.json.go_to(labels);
        object::members(&mut walk.fill, mark, "labels", 0)?;
        walk.fill.json.go_to(end);
    }
    let log = LogRecord {
        body: Text::in_input(start..end),
        position: walk.places.byte(start),
        attrs: walk.fill.since(mark),
        ..LogRecord::default()
    };
    walk.fill.batch.logs.push(log);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_record_is_found() {
        for (text, record) in [
            ("[{\"a\":1}]", "{\"a\":1}]"),
            ("{\"x\":[1],\"events\": [ {\"a\":1}]}", "{\"a\":1}]}"),
            (
                "{\"hits\":{\"total\":1,\"hits\":[{\"a\":1}]}}",
                "{\"a\":1}]}}",
            ),
            ("{\n\"a\":1}", "{\n\"a\":1}"),
            ("{\"data\":{\"b\":1}}", "{\"b\":1}}"),
        ] {
            let found = first(text).and_then(|mut first| first.records.pop());
            assert_eq!(found, Some(record), "{text}");
        }
        let loki = first("{\"data\":{\"resultType\":\"streams\",\"result\":[]}}");
        assert!(loki.is_some_and(|first| first.is_answer));
        assert!(first("text").is_none() && first("[]").is_none());
    }
}
