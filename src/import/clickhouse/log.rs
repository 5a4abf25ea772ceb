//! One row of `otel_logs`.

use super::row::{attributes, time};
use crate::import::fill::Result;
use crate::import::otlp_json::document::Walk;
use crate::import::otlp_json::record::{self, severity_named, span_id, trace_id};
use crate::import::plain;
use crate::model::Nanos;
use crate::model::batch::LogRecord;
use crate::model::conventions::kept;

/// Takes a log record.
pub fn log(walk: &mut Walk, resource: u32, scope: u32) -> Result<()> {
    let start = walk.fill.json.at();
    let mark = walk.fill.mark();
    let mut log = LogRecord {
        resource,
        scope,
        position: walk.places.byte(start),
        ..LogRecord::default()
    };
    // `TimestampTime` is the same time in whole seconds.
    let mut seconds = Nanos(0);
    let mut named = String::new();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"Timestamp" => log.time = time(&mut walk.fill)?,
            b"TimestampTime" => seconds = time(&mut walk.fill)?,
            b"TraceId" => log.trace = trace_id(walk, mark)?,
            b"SpanId" => log.span = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
            b"SeverityText" => {
                let text = walk.fill.json.string()?;
                named = plain::name(&walk.fill, text).to_ascii_uppercase();
                log.severity_text = walk.fill.keep(text);
            }
            b"SeverityNumber" => {
                let number = walk.fill.json.integer()?;
                log.severity = record::severity_of_number(number);
            }
            b"Body" => log.body = plain::body(&mut walk.fill)?,
            b"LogAttributes" => attributes(&mut walk.fill, mark, "")?,
            b"ScopeAttributes" => attributes(&mut walk.fill, mark, "ScopeAttributes.")?,
            b"EventName" => plain::push_said(&mut walk.fill, mark, kept::EVENT_NAME)?,
            b"ServiceName"
            | b"ResourceAttributes"
            | b"ResourceSchemaUrl"
            | b"ScopeName"
            | b"ScopeVersion" => {
                walk.fill.json.skip()?;
            }
            _ => {
                let name = plain::name(&walk.fill, name);
                plain::push_said(&mut walk.fill, mark, &name)?;
            }
        }
    }
    if log.severity == 0 {
        log.severity = severity_named(&named);
    }
    record::finish_log(walk.fill.batch, log, seconds, mark);
    Ok(())
}
