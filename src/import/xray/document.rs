//! From a document down to its segments.

use super::nesting::Nesting;
use super::segment::{self, Around};
use crate::import::fill::Result;
use crate::import::otlp_json::document::Walk;

const CUT: &str =
    "Traces are not complete: X-Ray left out segments beyond its limit (LimitExceeded)";
const UNPROCESSED: &str =
    "Traces are missing: X-Ray did not answer for them (UnprocessedTraceIds); ask for them again";
const MORE: &str = "There is more: the answer has a NextToken, ask for what follows it";
const NOTHING: &str =
    "JSON objects that are neither segments nor answers of X-Ray were passed over";

/// An answer, a trace of it, a segment, a list of any of them, or the line that goes before each document to the daemon.
pub fn document(walk: &mut Walk) -> Result<()> {
    match walk.fill.json.peek()? {
        b'[' => walk.each(object),
        _ => object(walk),
    }
}

/// What an object is.
enum Object {
    Answer,
    Segment,
    Header,
    Unknown,
}

fn object(walk: &mut Walk) -> Result<()> {
    if walk.fill.json.peek()? != b'{' {
        return segments(walk);
    }
    let start = walk.fill.json.at();
    let kind = kind(walk)?;
    walk.fill.json.go_to(start);
    match kind {
        Object::Answer => answer(walk, 0),
        Object::Segment => segments(walk),
        Object::Header => walk.fill.json.skip().map(drop),
        Object::Unknown => {
            walk.fill.batch.problems.note(NOTHING);
            walk.fill.json.skip().map(drop)
        }
    }
}

/// Looks at members until one of them tells.
fn kind(walk: &mut Walk) -> Result<Object> {
    let mut header = false;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            b"Traces" | b"Segments" | b"Document" | b"UnprocessedTraceIds" | b"NextToken" => {
                return Ok(Object::Answer);
            }
            b"id" | b"trace_id" | b"name" | b"start_time" | b"end_time" | b"subsegments" => {
                return Ok(Object::Segment);
            }
            b"format" => header = true,
            _ => {}
        }
        walk.fill.json.skip()?;
    }
    Ok(if header {
        Object::Header
    } else {
        Object::Unknown
    })
}

/// An answer, a trace in it, or a segment in that: each has the next one's list.
fn answer(walk: &mut Walk, level: usize) -> Result<()> {
    let mut known = level == 0;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        // What could not be read of a document was listed before, and null put in its place.
        known |= matches!(walk.fill.json.raw(name), b"Segments" | b"Document");
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"Traces" | b"Segments" if level < 2 => {
                walk.each(|walk| match walk.fill.json.peek()? {
                    b'{' => answer(walk, level + 1),
                    _ => segments(walk),
                })?
            }
            b"Document" => segments(walk)?,
            b"LimitExceeded" => {
                if walk.fill.json.boolean()? {
                    walk.fill.batch.problems.note(CUT);
                }
            }
            b"UnprocessedTraceIds" => walk.each(|walk| {
                walk.fill.batch.problems.note(UNPROCESSED);
                walk.fill.json.skip().map(drop)
            })?,
            b"NextToken" => {
                walk.fill.batch.problems.note(MORE);
                walk.fill.json.skip()?;
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    if !known {
        walk.fill.batch.problems.note(NOTHING);
    }
    Ok(())
}

/// A segment and, list by list, the subsegments in it.
fn segments(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let nesting = Nesting::of(walk.fill.json.text(), walk.fill.json.at());
    let mut lists = Vec::new();
    walk.record("Segment with its subsegments", |walk| {
        segment::read(walk, &nesting, None, &mut lists)
    })?;
    let end = walk.fill.json.at();
    let mut next = 0;
    while let Some(list) = lists.get(next).copied() {
        next += 1;
        let list: Around = list;
        walk.fill.json.go_to(list.at);
        walk.each(|walk| {
            walk.record("Subsegment with what is in it", |walk| {
                segment::read(walk, &nesting, Some(list), &mut lists)
            })
        })?;
    }
    walk.fill.json.go_to(end);
    Ok(())
}
