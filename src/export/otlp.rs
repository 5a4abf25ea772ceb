//! A trace as OTLP JSON, a line a request: what the collector's file exporter writes, and what reads back as the same spans
//! and log records.
//!
//! Records of a stretch that have resource and scope in common stand together. What OTLP has a field for and the model keeps
//! as an attribute (`w3c.tracestate`, what the SDK dropped) goes back into the field. What other dialects say and OTLP has
//! no place for: an operation or description that no attribute tells becomes one; an error of its own becomes an event
//! `exception` on its span, or a log record where it has none.

use super::json_text::{as_otlp, quoted};
use super::source::Material;
use super::told::{Told, told};
use crate::analysis::span_events::{SpanEvent, span_events};
use crate::model::batch::SpanStatus;
use crate::model::conventions::kept;
use crate::model::record::{ErrorEntry, LogEntry, RecordDetails};
use crate::model::trace::Span;
use crate::model::{SpanId, TraceId, Value};
use hashbrown::{HashMap, HashSet};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

/// Attributes that OTLP has fields for.
const DROPPED: [(&str, &str); 3] = [
    (kept::DROPPED_ATTRIBUTES, "droppedAttributesCount"),
    (kept::DROPPED_EVENTS, "droppedEventsCount"),
    (kept::DROPPED_LINKS, "droppedLinksCount"),
];

/// Writes the trace.
///
/// # Errors
/// Those of the file and of reading records.
pub fn write(material: &Material, out: &mut dyn Write) -> io::Result<()> {
    let trace = material.trace;
    let mut errors: HashMap<SpanId, Vec<&ErrorEntry>> = HashMap::new();
    for error in &trace.errors {
        errors
            .entry(error.span.unwrap_or_default())
            .or_default()
            .push(error);
    }
    let mut homes = HashSet::new();
    material.spans(|spans, details| {
        let told = told(spans, details);
        let mut sheaf = Sheaf::default();
        for ((span, details), told) in spans.iter().zip(details).zip(told) {
            homes.insert(span.id);
            let errors = errors.remove(&span.id).unwrap_or_default();
            let record = sheaf.at(details, &span.service);
            span_record(trace.id, span, details, told, &errors, record);
        }
        sheaf.write(["resourceSpans", "scopeSpans", "spans"], out)
    })?;
    material.logs(|first, details| {
        let mut sheaf = Sheaf::default();
        for (log, details) in trace.logs[first..].iter().zip(details) {
            log_record(log, details, sheaf.at(details, &log.service));
        }
        sheaf.write(["resourceLogs", "scopeLogs", "logRecords"], out)
    })?;
    let homeless = trace.errors.iter().filter(|error| {
        let home = error.span.unwrap_or_default();
        !homes.contains(&home)
    });
    let mut sheaf = Sheaf::default();
    for error in homeless {
        let record = sheaf.at(&RecordDetails::default(), &error.service);
        error_record(trace.id, error, record);
    }
    sheaf.write(["resourceLogs", "scopeLogs", "logRecords"], out)
}

/// Resource and scope as JSON, which equal ones share.
type Origin = (String, String);

/// Records by who sent them, in order of first sight.
#[derive(Default)]
struct Sheaf {
    places: HashMap<Origin, usize>,
    records: Vec<(Origin, String)>,
}

impl Sheaf {
    /// Where the next record of an origin is written to.
    fn at(&mut self, details: &RecordDetails, service: &str) -> &mut String {
        let origin = (resource(details, service), scope(details));
        let next = self.records.len();
        let place = *self.places.entry(origin.clone()).or_insert(next);
        if place == next {
            self.records.push((origin, String::new()));
        }
        let records = &mut self.records[place].1;
        if !records.is_empty() {
            records.push(',');
        }
        records
    }

    /// One line, or nothing without records.
    fn write(self, [outer, inner, list]: [&str; 3], out: &mut dyn Write) -> io::Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        write!(out, "{{\"{outer}\":[")?;
        for (place, ((resource, scope), records)) in self.records.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(
                out,
                "{comma}{{\"resource\":{resource},\"{inner}\":[{{\"scope\":{scope},\"{list}\":[{records}]}}]}}"
            )?;
        }
        writeln!(out, "]}}")
    }
}

fn resource(details: &RecordDetails, service: &str) -> String {
    let mut out = "{\"attributes\":".to_owned();
    let named = details
        .resource
        .iter()
        .any(|(name, _)| &**name == "service.name");
    let service =
        (!named && !service.is_empty()).then(|| ("service.name", Value::Str(service.into())));
    let (fields, mut own) = split(&details.resource, field_of_resource);
    own.extend(service.iter().map(|(name, value)| (*name, value)));
    attributes(own.into_iter(), &mut out);
    out.push_str(&fields);
    out.push('}');
    out
}

fn scope(details: &RecordDetails) -> String {
    let (name, version) = &details.scope;
    match (&**name, &**version) {
        ("", "") => "{}".to_owned(),
        (name, "") => format!("{{\"name\":{}}}", quoted(name)),
        (name, version) => format!(
            "{{\"name\":{},\"version\":{}}}",
            quoted(name),
            quoted(version)
        ),
    }
}

/// An attribute list.
fn attributes<'a>(all: impl Iterator<Item = (&'a str, &'a Value)>, out: &mut String) {
    out.push('[');
    for (place, (name, value)) in all.enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push_str("{\"key\":");
        out.push_str(&quoted(name));
        out.push_str(",\"value\":");
        typed(value, out);
        out.push('}');
    }
    out.push(']');
}

/// A value in OTLP's form. Writing to a text cannot fail.
fn typed(value: &Value, out: &mut String) {
    let _ = match value {
        Value::Null => write!(out, "{{}}"),
        Value::Str(text) => write!(out, "{{\"stringValue\":{}}}", quoted(text)),
        Value::Int(number) => write!(out, "{{\"intValue\":\"{number}\"}}"),
        Value::Bool(truth) => write!(out, "{{\"boolValue\":{truth}}}"),
        Value::Float(number) => write!(out, "{{\"doubleValue\":{}}}", float(*number)),
        Value::Json(text) => {
            as_otlp(text, out);
            Ok(())
        }
    };
}

/// JSON has no NaN and no infinity; OTLP's are texts.
fn float(number: f64) -> String {
    match number {
        number if number.is_nan() => "\"NaN\"".to_owned(),
        f64::INFINITY => "\"Infinity\"".to_owned(),
        f64::NEG_INFINITY => "\"-Infinity\"".to_owned(),
        number => serde_json::Value::from(number).to_string(),
    }
}

/// Whether an attribute goes into a field of its own, and is one that fits there.
fn field_of(name: &str, value: &Value) -> Option<(&'static str, String)> {
    match (name, value) {
        (kept::TRACE_STATE, Value::Str(text)) if !text.is_empty() => {
            Some(("traceState", quoted(text)))
        }
        (_, Value::Int(count)) if *count > 0 && *count <= i64::from(u32::MAX) => {
            let (_, field) = DROPPED.iter().find(|(known, _)| *known == name)?;
            Some((field, count.to_string()))
        }
        _ => None,
    }
}

/// The same of a resource, which has fewer of them.
fn field_of_resource(name: &str, value: &Value) -> Option<(&'static str, String)> {
    let known = name == kept::DROPPED_ATTRIBUTES;
    known.then(|| field_of(name, value)).flatten()
}

fn span_record(
    trace: TraceId,
    span: &Span,
    details: &RecordDetails,
    told: Told,
    errors: &[&ErrorEntry],
    out: &mut String,
) {
    let end = span.start.0.saturating_add(span.duration);
    let _ = write!(out, "{{\"traceId\":\"{trace}\",\"spanId\":\"{}\"", span.id);
    if let Some(parent) = span.parent() {
        let _ = write!(out, ",\"parentSpanId\":\"{parent}\"");
    }
    let _ = write!(
        out,
        ",\"name\":{},\"kind\":{},\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{end}\"",
        quoted(&span.name),
        span.kind as u8,
        span.start.0
    );
    let (fields, mut own) = split(&details.attributes, field_of);
    let op = (!told.op).then(|| Value::Str(span.op.clone()));
    let description = (!told.description).then(|| Value::Str(span.description.clone()));
    own.extend(op.iter().map(|op| ("sentry.op", op)));
    own.extend(description.iter().map(|text| ("sentry.description", text)));
    out.push_str(",\"attributes\":");
    attributes(own.into_iter(), out);
    out.push_str(&fields);
    events(&details.events, errors, out);
    if !details.links.is_empty() {
        out.push_str(",\"links\":");
        out.push_str(&one_line(&details.links));
    }
    if span.status != SpanStatus::Unset || !details.status_message.is_empty() {
        let _ = write!(out, ",\"status\":{{\"code\":{}", span.status as u8);
        if !details.status_message.is_empty() {
            let _ = write!(out, ",\"message\":{}", quoted(&details.status_message));
        }
        out.push('}');
    }
    out.push('}');
}

/// The attributes that are fields, as JSON members, and the others.
fn split(
    all: &[(Arc<str>, Value)],
    field: impl Fn(&str, &Value) -> Option<(&'static str, String)>,
) -> (String, Vec<(&str, &Value)>) {
    let mut fields = String::new();
    let mut own = Vec::with_capacity(all.len());
    for (name, value) in all {
        match field(name, value) {
            Some((field, json)) => {
                let _ = write!(fields, ",\"{field}\":{json}");
            }
            None => own.push((&**name, value)),
        }
    }
    (fields, own)
}

/// The events as they are kept, and those errors that are not among them.
fn events(kept: &str, errors: &[&ErrorEntry], out: &mut String) {
    let mut known = span_events(kept);
    known.retain(|event| event.name == "exception");
    let mut errors = errors.to_vec();
    for is_told in [SpanEvent::says, SpanEvent::says_more_than] {
        errors.retain(|error| {
            let place = known.iter().position(|event| is_told(event, error));
            place.map(|place| known.swap_remove(place)).is_none()
        });
    }
    let mut more = String::new();
    for error in errors {
        if !more.is_empty() {
            more.push(',');
        }
        let _ = write!(
            more,
            "{{\"name\":\"exception\",\"timeUnixNano\":\"{}\",\"attributes\":",
            error.time.0
        );
        exception(error, &mut more);
        more.push('}');
    }
    let kept = one_line(kept);
    let kept = kept.trim().strip_suffix(']').map(str::trim_end);
    match (kept, more.is_empty()) {
        (Some(kept), true) => {
            let _ = write!(out, ",\"events\":{kept}]");
        }
        (Some(kept), false) => {
            let comma = if kept.ends_with('[') { "" } else { "," };
            let _ = write!(out, ",\"events\":{kept}{comma}{more}]");
        }
        (None, false) => {
            let _ = write!(out, ",\"events\":[{more}]");
        }
        (None, true) => {}
    }
}

/// JSON in one line: within strings there are no line breaks.
fn one_line(json: &str) -> Cow<'_, str> {
    match json.contains(['\n', '\r']) {
        true => Cow::Owned(json.replace(['\n', '\r'], " ")),
        false => Cow::Borrowed(json),
    }
}

/// The attributes of an exception.
fn exception(error: &ErrorEntry, out: &mut String) {
    let pairs = [
        ("exception.type", &error.exception_type),
        ("exception.message", &error.message),
    ];
    let filled = pairs.into_iter().filter(|(_, text)| !text.is_empty());
    let values: Vec<(&str, Value)> = filled
        .map(|(name, text)| (name, Value::Str(Arc::clone(text))))
        .collect();
    attributes(values.iter().map(|(name, value)| (*name, value)), out);
}

fn log_record(log: &LogEntry, details: &RecordDetails, out: &mut String) {
    let _ = write!(out, "{{\"timeUnixNano\":\"{}\"", log.time.0);
    if log.severity > 0 {
        let _ = write!(out, ",\"severityNumber\":{}", log.severity);
    }
    if !log.severity_text.is_empty() {
        let _ = write!(out, ",\"severityText\":{}", quoted(&log.severity_text));
    }
    let _ = write!(out, ",\"body\":{{\"stringValue\":{}}}", quoted(&log.body));
    if let Some(trace) = log.trace {
        let _ = write!(out, ",\"traceId\":\"{trace}\"");
    }
    if let Some(span) = log.span {
        let _ = write!(out, ",\"spanId\":\"{span}\"");
    }
    let (fields, mut own) = split(&details.attributes, |name, value| match (name, value) {
        (kept::EVENT_NAME, Value::Str(text)) => Some(("eventName", quoted(text))),
        (kept::DROPPED_ATTRIBUTES, _) => field_of(name, value),
        _ => None,
    });
    const TEMPLATE: &str = "sentry.message.template";
    let template = Value::Str(details.template.clone());
    if !details.template.is_empty() && own.iter().all(|(name, _)| *name != TEMPLATE) {
        own.push((TEMPLATE, &template));
    }
    out.push_str(&fields);
    out.push_str(",\"attributes\":");
    attributes(own.into_iter(), out);
    out.push('}');
}

/// An error whose span is not here, as a log record.
fn error_record(trace: TraceId, error: &ErrorEntry, out: &mut String) {
    let _ = write!(
        out,
        "{{\"timeUnixNano\":\"{}\",\"severityNumber\":17,\"severityText\":{},\"body\":{{\"stringValue\":{}}},\"traceId\":\"{trace}\"",
        error.time.0,
        quoted(&error.level),
        quoted(&error.message)
    );
    if let Some(span) = error.span {
        let _ = write!(out, ",\"spanId\":\"{span}\"");
    }
    out.push_str(",\"attributes\":");
    exception(error, out);
    out.push('}');
}
