//! Items that hold one log record as OpenTelemetry has it.

use super::container::log_resource;
use super::envelope::Walk;
use crate::import::fill::Result;
use crate::import::otlp_json::record::{finish_log, severity_of_number};
use crate::import::otlp_json::value;
use crate::model::Nanos;
use crate::model::batch::LogRecord;
use crate::model::conventions::kept;

/// Reads an `otel_log` item.
pub fn log(walk: &mut Walk) -> Result<()> {
    walk.record("Log record", record)
}

fn record(walk: &mut Walk) -> Result<()> {
    let mark = walk.fill.mark();
    walk.fill.json.peek()?;
    let mut log = LogRecord {
        trace: walk.header.trace,
        position: walk.places.byte(walk.fill.json.at()),
        ..LogRecord::default()
    };
    let mut observed = Nanos(0);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        if walk.fill.json.take_null() {
            continue;
        }
        match walk.fill.json.raw(name) {
            b"time_unix_nano" | b"timeUnixNano" => log.time = time(walk)?,
            b"observed_time_unix_nano" | b"observedTimeUnixNano" => observed = time(walk)?,
            b"severity_number" | b"severityNumber" => {
                log.severity = severity_of_number(walk.fill.json.integer()?);
            }
            b"severity_text" | b"severityText" => log.severity_text = walk.fill.text()?,
            b"body" => log.body = value::body(&mut walk.fill)?,
            b"attributes" => value::attributes(&mut walk.fill, mark)?,
            b"trace_id" | b"traceId" => log.trace = walk.trace_id(mark)?,
            b"span_id" | b"spanId" => log.span = walk.span_id(mark, kept::ORIGINAL_SPAN)?,
            _ => walk.fill.member(mark, name)?,
        }
    }
    log.resource = log_resource(walk);
    finish_log(walk.fill.batch, log, observed, mark);
    Ok(())
}

fn time(walk: &mut Walk) -> Result<Nanos> {
    let nanos = walk.fill.json.integer()?;
    match nanos < 0 {
        true => Err(walk.fill.json.error("a time lies before 1970")),
        false => Ok(Nanos(nanos)),
    }
}
