//! From a document down to its spans.

use super::span;
use crate::import::fill::Result;
use crate::import::otlp_json::document::Walk;

const NOTHING: &str = "JSON objects without traces were passed over";

const CUT: &str =
    "Traces are not complete: Datadog cut them to what an answer may hold (is_truncated)";

/// Containers lie in each other no deeper than this: `data`, `attributes`, `trace`, `chunks`.
const LEVELS: usize = 8;

/// A list of traces, a trace as a list of spans, or one of the containers around them.
pub fn document(walk: &mut Walk) -> Result<()> {
    match walk.fill.json.peek()? {
        b'[' => list(walk, 0),
        _ => container(walk, 0),
    }
}

/// A list of spans, of lists of them, or of containers.
fn list(walk: &mut Walk, level: usize) -> Result<()> {
    walk.each(|walk| match walk.fill.json.peek()? {
        b'[' if level < LEVELS => list(walk, level + 1),
        b'{' if level < LEVELS && is_container(walk)? => container(walk, level + 1),
        _ => walk.record("Span", span::span),
    })
}

/// Whether an object has lists of spans, told by its first member that says anything. The reader stays where it is.
fn is_container(walk: &mut Walk) -> Result<bool> {
    let start = walk.fill.json.at();
    let mut found = false;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            b"spans" | b"chunks" | b"attributes" | b"trace" => {
                found = true;
                break;
            }
            b"priority" | b"origin" | b"tags" | b"id" | b"type" | b"dropped_trace" => {}
            _ => break,
        }
        walk.fill.json.skip()?;
    }
    walk.fill.json.go_to(start);
    Ok(found)
}

fn container(walk: &mut Walk, level: usize) -> Result<()> {
    let mut known = false;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        let name = walk.fill.json.raw(name);
        let next = walk.fill.json.peek()?;
        match (name, next) {
            (b"spans", b'{') => {
                known = true;
                spans_by_id(walk)?;
            }
            (
                b"spans" | b"traces" | b"chunks" | b"tracerPayloads" | b"data" | b"trace"
                | b"attributes",
                b'[' | b'{',
            ) if level < LEVELS => {
                known = true;
                match next {
                    b'[' => list(walk, level + 1)?,
                    _ => container(walk, level + 1)?,
                }
            }
            (b"is_truncated", b't') => {
                walk.fill.batch.problems.note(CUT);
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

/// `{"<id>": {…}}`.
fn spans_by_id(walk: &mut Walk) -> Result<()> {
    let mut members = walk.fill.json.begin_object()?;
    while walk.fill.json.next_member(&mut members)?.is_some() {
        walk.record("Span", span::span)?;
    }
    Ok(())
}
