//! A trace as Jaeger's JSON: what its API answers and its user interface uploads.
//!
//! Jaeger counts microseconds; what is finer is cut off. Events of a span become its logs, and so do log records written in
//! it and errors of it; those that belong to no span go with the first span, for Jaeger has no other place.

use super::json_text::{is_json, quoted};
use super::source::Material;
use crate::analysis::span_events::{SpanEvent, span_events};
use crate::model::batch::{SpanKind, SpanStatus};
use crate::model::record::{ErrorEntry, LogEntry, RecordDetails};
use crate::model::trace::Span;
use crate::model::{Nanos, SpanId, Value};
use hashbrown::{HashMap, HashSet};
use serde_json::Value as Json;
use std::io::{self, Write};

/// Writes the trace.
///
/// # Errors
/// Those of the file and of reading records.
pub fn write(material: &Material, out: &mut dyn Write) -> io::Result<()> {
    let trace = material.trace;
    let mut hung = Hung::new(material);
    let mut processes: HashMap<String, usize> = HashMap::new();
    let mut in_order: Vec<String> = Vec::new();
    write!(
        out,
        "{{\"data\":[{{\"traceID\":\"{}\",\"spans\":[",
        trace.id
    )?;
    let mut comma = "";
    material.spans(|spans, details| {
        for (span, details) in spans.iter().zip(details) {
            let process = process(&span.service, details);
            let next = in_order.len();
            let number = *processes.entry(process).or_insert_with_key(|process| {
                in_order.push(process.clone());
                next
            });
            let logs = logs(span, details, &hung.take(span.id, comma.is_empty()));
            write!(
                out,
                "{comma}{{\"traceID\":\"{}\",\"spanID\":\"{}\",\"operationName\":{},\"references\":[{}],\"startTime\":{},\
                 \"duration\":{},\"tags\":[{}],\"logs\":[{}],\"processID\":\"p{}\",\"warnings\":null}}",
                trace.id,
                span.id,
                quoted(&span.name),
                references(material, span, details).join(","),
                span.start.0.div_euclid(1_000),
                // Both ends are cut, so that a child stays within its parent.
                span.end().0.div_euclid(1_000) - span.start.0.div_euclid(1_000),
                tags(span, details).join(","),
                logs.join(","),
                number + 1,
            )?;
            comma = ",";
        }
        Ok(())
    })?;
    write!(out, "],\"processes\":{{")?;
    for (number, process) in in_order.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        write!(out, "{comma}\"p{}\":{process}", number + 1)?;
    }
    writeln!(
        out,
        "}},\"warnings\":null}}],\"total\":1,\"limit\":0,\"offset\":0,\"errors\":null}}"
    )
}

/// Log records and errors by the span they are told at.
struct Hung<'a> {
    logs: HashMap<SpanId, Vec<&'a LogEntry>>,
    errors: HashMap<SpanId, Vec<&'a ErrorEntry>>,
}

type Told<'a> = (Vec<&'a LogEntry>, Vec<&'a ErrorEntry>);

impl<'a> Hung<'a> {
    fn new(material: &Material<'a>) -> Self {
        let trace = material.trace;
        let ids: HashSet<SpanId> = trace.spans.iter().map(|span| span.id).collect();
        // Under the id that stands for none, what has no span here.
        let home = |span: Option<SpanId>| span.filter(|id| ids.contains(id)).unwrap_or_default();
        let mut hung = Self {
            logs: HashMap::new(),
            errors: HashMap::new(),
        };
        for log in &trace.logs {
            hung.logs.entry(home(log.span)).or_default().push(log);
        }
        for error in &trace.errors {
            hung.errors.entry(home(error.span)).or_default().push(error);
        }
        hung
    }

    fn take(&mut self, span: SpanId, is_first: bool) -> Told<'a> {
        let mut told = (
            self.logs.remove(&span).unwrap_or_default(),
            self.errors.remove(&span).unwrap_or_default(),
        );
        if is_first {
            let none = SpanId::default();
            told.0.extend(self.logs.remove(&none).unwrap_or_default());
            told.1.extend(self.errors.remove(&none).unwrap_or_default());
        }
        told
    }
}

fn process(service: &str, details: &RecordDetails) -> String {
    let own = details
        .resource
        .iter()
        .filter(|(name, _)| &**name != "service.name");
    let tags: Vec<String> = own.map(|(name, value)| tag(name, value)).collect();
    format!(
        "{{\"serviceName\":{},\"tags\":[{}]}}",
        quoted(service),
        tags.join(",")
    )
}

fn references(material: &Material, span: &Span, details: &RecordDetails) -> Vec<String> {
    let reference = |kind: &str, trace: &str, span: &str| {
        format!(
            "{{\"refType\":\"{kind}\",\"traceID\":{},\"spanID\":{}}}",
            quoted(trace),
            quoted(span)
        )
    };
    let parent = span.parent().map(|parent| {
        let trace = material.trace.id.to_string();
        reference("CHILD_OF", &trace, &parent.to_string())
    });
    let links: Json = serde_json::from_str(&details.links).unwrap_or_default();
    let links = links.as_array().into_iter().flatten().filter_map(|link| {
        let id = |name: &str| link[name].as_str();
        Some(reference("FOLLOWS_FROM", id("traceId")?, id("spanId")?))
    });
    parent.into_iter().chain(links).collect()
}

fn tags(span: &Span, details: &RecordDetails) -> Vec<String> {
    let mut tags: Vec<String> = details
        .attributes
        .iter()
        .map(|(name, value)| tag(name, value))
        .collect();
    let has = |wanted: &str| details.attributes.iter().any(|(name, _)| &**name == wanted);
    let mut more = |name: &str, value: Value| {
        if !has(name) {
            tags.push(tag(name, &value));
        }
    };
    let text = |text: &str| Value::Str(text.into());
    if span.kind != SpanKind::Unspecified {
        more("span.kind", text(span.kind.name()));
    }
    let (name, version) = &details.scope;
    for (key, value) in [
        ("otel.scope.name", name),
        ("otel.scope.version", version),
        ("otel.status_description", &details.status_message),
    ] {
        if !value.is_empty() {
            more(key, text(value));
        }
    }
    match span.status {
        SpanStatus::Unset => {}
        SpanStatus::Ok => more("otel.status_code", text("OK")),
        SpanStatus::Error => {
            more("otel.status_code", text("ERROR"));
            more("error", Value::Bool(true));
        }
    }
    tags
}

fn tag(name: &str, value: &Value) -> String {
    let (kind, json) = match value {
        Value::Int(number) => ("int64", number.to_string()),
        Value::Bool(truth) => ("bool", truth.to_string()),
        Value::Float(number) if number.is_finite() => ("float64", Json::from(*number).to_string()),
        other => ("string", quoted(&other.text())),
    };
    debug_assert!(is_json(&json), "{json}");
    format!(
        "{{\"key\":{},\"type\":\"{kind}\",\"value\":{json}}}",
        quoted(name)
    )
}

/// Events, log records and errors, each as a log of the span.
fn logs(span: &Span, details: &RecordDetails, (logs, errors): &Told) -> Vec<String> {
    let line = |time: Nanos, fields: &[(&str, &str)]| {
        let fields = fields.iter().filter(|(_, text)| !text.is_empty());
        let fields: Vec<String> = fields
            .map(|(name, text)| tag(name, &Value::Str((*text).into())))
            .collect();
        format!(
            "{{\"timestamp\":{},\"fields\":[{}]}}",
            time.0.div_euclid(1_000),
            fields.join(",")
        )
    };
    let events = span_events(&details.events);
    let is_told = |error: &ErrorEntry| {
        let told = |event: &SpanEvent| event.says(error) || event.says_more_than(error);
        events.iter().any(told)
    };
    let mut all: Vec<String> = events
        .iter()
        .map(|event| {
            let own = event
                .attributes
                .iter()
                .map(|(name, text)| (&**name, &**text));
            let fields: Vec<(&str, &str)> =
                [("event", &*event.name)].into_iter().chain(own).collect();
            line(event.time.unwrap_or(span.start), &fields)
        })
        .collect();
    all.extend(logs.iter().map(|log| {
        line(
            log.time,
            &[
                ("event", "log"),
                ("level", &log.severity_text),
                ("message", &log.body),
            ],
        )
    }));
    all.extend(errors.iter().filter(|error| !is_told(error)).map(|error| {
        line(
            error.time,
            &[
                ("event", "exception"),
                ("exception.type", &error.exception_type),
                ("exception.message", &error.message),
            ],
        )
    }));
    all
}
