//! Ids whose leading zeros may be left out, as old versions of Jaeger and Zipkin do.

use super::fill::Result;
use super::otlp_json::document::Walk;
use super::otlp_json::record;
use crate::model::{SpanId, TraceId};

/// Takes a trace id.
pub fn trace_id(walk: &mut Walk, mark: u32) -> Result<TraceId> {
    let at = walk.fill.json.at();
    let string = walk.fill.json.string()?;
    if let Ok(id) = walk.fill.json.raw_text(string).parse() {
        return Ok(id);
    }
    walk.fill.json.go_to(at);
    record::trace_id(walk, mark)
}

/// Takes a span id; a text that is none is kept as the attribute `original`.
pub fn span_id(walk: &mut Walk, mark: u32, original: &str) -> Result<SpanId> {
    let at = walk.fill.json.at();
    let string = walk.fill.json.string()?;
    if let Ok(id) = walk.fill.json.raw_text(string).parse() {
        return Ok(id);
    }
    walk.fill.json.go_to(at);
    record::span_id(walk, mark, original)
}
