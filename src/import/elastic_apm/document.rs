//! From a document down to its events: a line of the intake, or documents of Elasticsearch in their wrappings.

use super::event::{self, Kind};
use crate::import::fill::Result;
use crate::import::flat;
use crate::import::otlp_json::document::Walk;
use crate::model::batch::Resource;

const METRICS: &str = "Metricsets were passed over: only traces, errors and logs are shown";
const NOTHING: &str = "Lines of the intake that hold no event were passed over";

/// Answers of Elasticsearch nest no deeper than this: `hits`, `hits`, `_source`.
const LEVELS: usize = 3;

/// An object, or a list of them.
pub fn document(walk: &mut Walk) -> Result<()> {
    match walk.fill.json.peek()? {
        b'[' => walk.each(|walk| object(walk, 0)),
        _ => object(walk, 0),
    }
}

fn object(walk: &mut Walk, level: usize) -> Result<()> {
    if walk.fill.json.peek()? != b'{' {
        return walk.record("Event", |walk| event::stored(walk));
    }
    let start = walk.fill.json.at();
    let (mut count, mut first, mut wrapped) = (0, None, false);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        let next = walk.fill.json.peek()?;
        match walk.fill.json.raw(name) {
            b"_source" if next == b'{' => {
                wrapped = true;
                walk.record("Document", event::stored)?;
                continue;
            }
            b"hits" if next == b'{' && level < LEVELS => {
                wrapped = true;
                object(walk, level + 1)?;
                continue;
            }
            b"hits" if next == b'[' && level < LEVELS => {
                wrapped = true;
                walk.each(|walk| object(walk, level + 1))?;
                continue;
            }
            name if count == 0 => first = Some((name, walk.fill.json.at())),
            _ => {}
        }
        count += 1;
        walk.fill.json.skip()?;
    }
    let end = walk.fill.json.at();
    match first {
        _ if wrapped => {}
        Some((name, at)) if count == 1 => {
            walk.fill.json.go_to(at);
            line(walk, name)?;
        }
        _ => {
            walk.fill.json.go_to(start);
            walk.record("Document", event::stored)?;
        }
    }
    walk.fill.json.go_to(end);
    Ok(())
}

/// A line of the intake: one member, whose name says what it is.
fn line(walk: &mut Walk, name: &[u8]) -> Result<()> {
    match name {
        b"metadata" => walk.record("Metadata", metadata),
        b"transaction" => walk.record("Transaction", |walk| event::sent(walk, Kind::Transaction)),
        b"span" => walk.record("Span", |walk| event::sent(walk, Kind::Span)),
        b"error" => walk.record("Error", |walk| event::sent(walk, Kind::Error)),
        b"log" => walk.record("Log record", |walk| event::sent(walk, Kind::Log)),
        b"metricset" => {
            walk.fill.batch.problems.note(METRICS);
            Ok(())
        }
        // What stands before each document in a bulk request.
        b"index" | b"create" => Ok(()),
        _ => {
            walk.fill.batch.problems.note(NOTHING);
            Ok(())
        }
    }
}

/// Metadata holds from here on.
fn metadata(walk: &mut Walk) -> Result<()> {
    let mark = walk.fill.mark();
    flat::all(walk, mark, "")?;
    let attrs = walk.fill.since(mark);
    walk.current = Some(walk.fill.batch.resources.len() as u32);
    walk.fill.batch.resources.push(Resource {
        attrs,
        ..Resource::default()
    });
    Ok(())
}
