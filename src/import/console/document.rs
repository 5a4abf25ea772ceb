//! From printed text to its objects, and from an object to the record it is.

use super::{go, python};
use crate::import::fill::Result;
use crate::import::otlp_json::document::Walk;
use crate::model::report::RemarkKind;

const OTHER_LINES: &str = "Lines of other output were passed over";
const OTHER_OBJECTS: &str =
    "JSON objects that are neither a span nor a log record were passed over";
const METRICS: &str = "Metrics were passed over: only traces and logs are shown";

/// What an object is.
enum Kind {
    PythonSpan,
    PythonLog,
    GoSpan,
    GoLog,
    Metrics,
    Other,
}

/// One object, or text up to the next line or object.
pub fn document(walk: &mut Walk) -> Result<()> {
    match walk.fill.json.peek()? {
        b'{' if is_object(walk.fill.json.rest()) => object(walk),
        // Somebody made an array of it.
        b'[' | b',' if leads_to_object(walk.fill.json.rest()) => step(walk),
        b']' if is_alone(walk.fill.json.rest()) => step(walk),
        _ => {
            other_output(walk);
            Ok(())
        }
    }
}

fn step(walk: &mut Walk) -> Result<()> {
    walk.fill.json.go_to(walk.fill.json.at() + 1);
    Ok(())
}

/// A brace and a name.
fn is_object(rest: &[u8]) -> bool {
    let inside = rest.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    inside.is_some_and(|inside| inside.is_empty() || inside.starts_with(b"\""))
}

fn leads_to_object(rest: &[u8]) -> bool {
    let next = rest.get(1..).unwrap_or_default().trim_ascii_start();
    next.first() == Some(&b'{') && is_object(next)
}

fn is_alone(rest: &[u8]) -> bool {
    let line = rest.split(|byte| *byte == b'\n').next();
    line.unwrap_or_default().trim_ascii() == b"]"
}

/// Passes over what the program printed besides: up to the end of the line, or to an object that begins on it.
fn other_output(walk: &mut Walk) {
    let problems = &mut walk.fill.batch.problems;
    problems.remark(RemarkKind::Note, OTHER_LINES, 1);
    let rest = walk.fill.json.rest();
    let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let at = walk.fill.json.at();
    let object = memchr::memchr_iter(b'{', rest.get(..line).unwrap_or_default())
        .filter(|brace| *brace > 0)
        .find(|brace| begins_record(rest.get(*brace..).unwrap_or_default()));
    walk.fill.json.go_to(at + object.unwrap_or(line));
}

/// Whether an object begins as records do.
fn begins_record(rest: &[u8]) -> bool {
    let inside = rest.get(1..).unwrap_or_default().trim_ascii_start();
    let firsts: [&[u8]; 5] = [
        b"\"name\":",
        b"\"body\":",
        b"\"Name\":",
        b"\"Timestamp\":",
        b"\"resource_metrics\":",
    ];
    firsts.iter().any(|first| inside.starts_with(first))
}

fn object(walk: &mut Walk) -> Result<()> {
    let start = walk.fill.json.at();
    let kind = kind(walk)?;
    let end = walk.fill.json.at();
    walk.fill.json.go_to(start);
    match kind {
        Kind::PythonSpan => python::span(walk),
        Kind::PythonLog => python::log(walk),
        Kind::GoSpan => go::span(walk),
        Kind::GoLog => go::log(walk),
        Kind::Metrics | Kind::Other => {
            let metrics = matches!(kind, Kind::Metrics);
            let said = if metrics { METRICS } else { OTHER_OBJECTS };
            walk.fill.batch.problems.note(said);
            walk.fill.json.go_to(end);
            Ok(())
        }
    }
}

/// What the names of an object's members tell; the reader is after it then.
fn kind(walk: &mut Walk) -> Result<Kind> {
    let mut kind = Kind::Other;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            b"context" => kind = Kind::PythonSpan,
            b"severity_number" => kind = Kind::PythonLog,
            b"SpanContext" => kind = Kind::GoSpan,
            b"Severity" | b"ObservedTimestamp" => kind = Kind::GoLog,
            b"resource_metrics" | b"ScopeMetrics" => kind = Kind::Metrics,
            _ => {}
        }
        walk.fill.json.skip()?;
    }
    Ok(kind)
}
