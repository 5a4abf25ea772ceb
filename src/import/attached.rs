//! What hangs on a span besides its attributes: exceptions, events and links, in OTLP's shape.
//!
//! For vendors who write them in a shape of their own. An exception is both a span event and an error of its own, as for
//! OTLP.

use super::json::quote;
use super::tags::write_event;
use crate::model::batch::{Batch, ErrorRecord, SpanKind, SpanRecord};
use crate::model::{Nanos, SpanId, TraceId};

/// An exception as a vendor tells it. Texts that are empty were not told.
#[derive(Debug, Default)]
pub struct Exception {
    /// When.
    pub time: Nanos,
    /// Its type.
    pub kind: String,
    /// Its message.
    pub message: String,
    /// Its stack, as text over several lines.
    pub stack: String,
    /// What else is said of it: names, and values as OTLP writes them.
    pub more: Vec<(String, String)>,
    /// Byte offset in the file.
    pub position: u64,
}

/// Lists in the making for one span.
#[derive(Debug, Default)]
pub struct Attached {
    events: String,
    links: String,
    /// Whether there is an exception among the events.
    pub has_exception: bool,
}

impl Attached {
    /// Adds an event.
    pub fn event(&mut self, time: Nanos, name: &str, attributes: &[(String, String)]) {
        self.events.push(separator(&self.events));
        write_event(&mut self.events, time, name, attributes);
    }

    /// Adds an exception to the events, and to the errors of the batch.
    pub fn exception(&mut self, batch: &mut Batch, span: &SpanRecord, exception: Exception) {
        self.has_exception = true;
        let texts = [
            ("exception.type", &exception.kind),
            ("exception.message", &exception.message),
            ("exception.stacktrace", &exception.stack),
        ];
        let mut attributes: Vec<_> = texts
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| ((*name).to_owned(), string_value(text)))
            .collect();
        attributes.extend(exception.more);
        let start = self.events.len() + 1;
        self.event(exception.time, "exception", &attributes);
        let document = &self.events[start..];
        let is_entry = matches!(span.kind, SpanKind::Server | SpanKind::Consumer);
        let error = ErrorRecord {
            trace: span.trace,
            span: span.id,
            time: exception.time,
            level: batch.keep("error"),
            exception_type: batch.keep(&exception.kind),
            message: batch.keep(&exception.message),
            transaction: if is_entry {
                span.name
            } else {
                Default::default()
            },
            resource: span.resource,
            document: batch.keep(document),
            position: exception.position,
            ..ErrorRecord::default()
        };
        batch.errors.push(error);
    }

    /// Adds a link to another span.
    pub fn link(&mut self, trace: TraceId, span: SpanId, attributes: &[(String, String)]) {
        self.links.push(separator(&self.links));
        let ids = format!("{{\"traceId\":\"{trace}\",\"spanId\":\"{span}\",\"attributes\":[");
        self.links.push_str(&ids);
        for (index, (name, value)) in attributes.iter().enumerate() {
            self.links
                .push_str(if index > 0 { ",{\"key\":" } else { "{\"key\":" });
            quote(name, &mut self.links);
            self.links.push_str(&format!(",\"value\":{value}}}"));
        }
        self.links.push_str("]}");
    }

    /// Puts the lists into the span.
    pub fn finish(self, batch: &mut Batch, span: &mut SpanRecord) {
        if !self.events.is_empty() {
            span.events = batch.keep(&(self.events + "]"));
        }
        if !self.links.is_empty() {
            span.links = batch.keep(&(self.links + "]"));
        }
    }
}

fn separator(list: &str) -> char {
    if list.is_empty() { '[' } else { ',' }
}

/// A text as OTLP writes it.
pub fn string_value(text: &str) -> String {
    let mut out = String::from("{\"stringValue\":");
    quote(text, &mut out);
    out.push('}');
    out
}

/// A value that stands as JSON, as OTLP writes it; arrays and objects become text.
pub fn value(raw: &str) -> String {
    let raw = raw.trim();
    match raw.as_bytes().first() {
        Some(b'"') => format!("{{\"stringValue\":{raw}}}"),
        Some(b't' | b'f') => format!("{{\"boolValue\":{}}}", raw == "true"),
        Some(b'n') | None => "{}".to_owned(),
        _ if raw.parse::<i64>().is_ok() => format!("{{\"intValue\":\"{raw}\"}}"),
        _ => match raw.parse::<f64>() {
            Ok(number) if number.is_finite() => format!("{{\"doubleValue\":{number:?}}}"),
            _ => string_value(raw),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_json_in_the_shape_of_otlp() {
        let mut batch = Batch::default();
        let mut span = SpanRecord::default();
        let mut attached = Attached::default();
        let exception = Exception {
            kind: "Oops".to_owned(),
            message: "a \"b\"\n".to_owned(),
            more: vec![("n".to_owned(), value("7"))],
            ..Exception::default()
        };
        attached.event(Nanos(5), "first", &[("on".to_owned(), value("true"))]);
        attached.exception(&mut batch, &span, exception);
        attached.link(TraceId([1; 16]), SpanId(2), &[]);
        attached.link(TraceId([1; 16]), SpanId(3), &[("a".into(), value("\"b\""))]);
        attached.finish(&mut batch, &mut span);
        let read = |text| serde_json::from_str::<serde_json::Value>(batch.text(text)).unwrap();
        let (events, links) = (read(span.events), read(span.links));
        assert_eq!(events[0]["attributes"][0]["value"]["boolValue"], true);
        assert_eq!(
            events[1]["attributes"][1]["value"]["stringValue"],
            "a \"b\"\n"
        );
        assert_eq!(links[1]["spanId"], "0000000000000003");
        assert_eq!(links[1]["attributes"][0]["value"]["stringValue"], "b");
        assert_eq!(read(batch.errors[0].document), events[1]);
    }

    #[test]
    fn values_keep_their_type() {
        for (raw, written) in [
            ("\"a\\n\"", "{\"stringValue\":\"a\\n\"}"),
            ("12", "{\"intValue\":\"12\"}"),
            ("1.5", "{\"doubleValue\":1.5}"),
            ("false", "{\"boolValue\":false}"),
            ("null", "{}"),
            ("[1,\"a\"]", "{\"stringValue\":\"[1,\\\"a\\\"]\"}"),
        ] {
            assert_eq!(value(raw), written);
        }
    }
}
