//! A log record as JSON, and as a line of text.
//!
//! JSON: `time_ns, severity, severity_number, body, template, trace_id, span_id, service, attributes, resource`.

use crate::analysis::ansi;
use crate::model::Value;
use crate::model::human::{self, Clock};
use crate::model::record::{LogEntry, RecordDetails};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// A log record with all its attributes.
pub fn log_json(log: &LogEntry, details: &RecordDetails) -> Json {
    let mut line = log_line(log);
    line["template"] = json!((!details.template.is_empty()).then_some(&*details.template));
    line["attributes"] = json_attributes(&details.attributes);
    line["resource"] = json_attributes(&details.resource);
    line
}

/// A log record without its attributes.
pub fn log_line(log: &LogEntry) -> Json {
    json!({
        "time_ns": log.time.0,
        "severity": &*log.severity_text,
        "severity_number": log.severity,
        "body": &*log.body,
        "trace_id": log.trace.map(|trace| trace.to_string()),
        "span_id": log.span.map(|span| span.to_string()),
        "service": &*log.service,
    })
}

/// A log record as one line: time, severity as written, service, message. Terminal sequences are left out; line breaks and
/// other control characters of the message are written as escapes.
pub fn log_text(log: &LogEntry, clock: Clock) -> String {
    let mut body = String::with_capacity(log.body.len());
    for character in ansi::plain(&log.body).chars() {
        match character.is_control() {
            true => body.extend(character.escape_default()),
            false => body.push(character),
        }
    }
    let time = human::date_time(log.time, clock);
    let parts = [&time, &*log.severity_text, &*log.service, &body];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// An attribute value as JSON of the same type; arrays and objects unfold.
pub fn json_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Str(text) => json!(&**text),
        Value::Int(number) => json!(number),
        // JSON has no word for infinity or "not a number"; the text says it.
        Value::Float(number) if !number.is_finite() => json!(number.to_string()),
        Value::Float(number) => json!(number),
        Value::Bool(value) => json!(value),
        Value::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(&**text)),
    }
}

/// Attributes as a JSON object.
pub fn json_attributes(attributes: &[(Arc<str>, Value)]) -> Json {
    Json::Object(
        attributes
            .iter()
            .map(|(key, value)| (key.to_string(), json_value(value)))
            .collect::<Map<_, _>>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nanos, SpanId, record::RecordRef};

    #[test]
    fn a_record_is_one_line_whatever_its_message() {
        let log = LogEntry {
            at: RecordRef { segment: 1, row: 0 },
            time: Nanos(1_795_243_582_149_854_000),
            severity: 17,
            severity_text: "ERROR".into(),
            body: "\u{1b}[31mfailed\u{1b}[0m:\n\tat x".into(),
            trace: None,
            span: Some(SpanId(7)),
            service: "".into(),
            cells: Vec::new(),
        };
        assert_eq!(
            log_text(&log, Clock::Utc),
            "2026-11-21 06:46:22.149 ERROR failed:\\n\\tat x"
        );
        let json = log_json(&log, &RecordDetails::default());
        assert_eq!(json["body"], "\u{1b}[31mfailed\u{1b}[0m:\n\tat x");
        assert_eq!(json["template"], Json::Null);
    }

    #[test]
    fn numbers_that_json_cannot_say_become_text() {
        assert_eq!(json_value(&Value::Float(f64::INFINITY)), json!("inf"));
        assert_eq!(json_value(&Value::Json("[1]".into())), json!([1]));
    }
}
