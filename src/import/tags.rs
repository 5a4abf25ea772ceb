//! What tags say of a span: the older tracers have no other place for its kind, status and library.
//!
//! Shared by Jaeger and Zipkin. Works on a batch whose texts can all be read; every tag stays an attribute, too. Knows
//! no JSON except the shape span events are kept in.

use super::json::quote;
use crate::model::Nanos;
use crate::model::batch::{Attr, Batch, BatchValue, Scope, SpanKind, SpanRecord, SpanStatus, Text};
use hashbrown::HashMap;

/// Kind, status, scope and entry of every span. `any_error` tells whether the tag `error` means failure whatever it holds.
pub fn resolve(batch: &mut Batch, any_error: bool) {
    let mut scopes = HashMap::new();
    for index in 0..batch.spans.len() {
        let scope = scope(batch, index, &mut scopes);
        let span = &batch.spans[index];
        let kind = match span.kind {
            SpanKind::Unspecified => kind(text(batch, span, "span.kind")),
            known => known,
        };
        let (status, message) = status(batch, span, any_error);
        let span = &mut batch.spans[index];
        span.segment =
            span.parent.is_none() || matches!(kind, SpanKind::Server | SpanKind::Consumer);
        span.scope = scope;
        span.kind = kind;
        span.status = status;
        span.status_message = message;
    }
}

/// Gives a span that was read before more attributes.
pub fn add(batch: &mut Batch, index: usize, more: &[Attr]) {
    let Some(range) = batch.spans.get(index).map(|span| span.attrs.clone()) else {
        return;
    };
    let mut all = batch.attrs(&range).to_vec();
    all.extend_from_slice(more);
    let start = batch.attrs.len() as u32;
    batch.attrs.extend(all);
    batch.spans[index].attrs = start..batch.attrs.len() as u32;
}

/// As [`add`], one attribute that is text.
pub fn add_text(batch: &mut Batch, index: usize, name: &str, text: &str) {
    let key = batch.keys.intern(name);
    let value = BatchValue::Str(batch.keep(text));
    add(batch, index, &[Attr { key, value }]);
}

/// The kind behind a name in either case.
pub fn kind(name: &str) -> SpanKind {
    match name.to_ascii_lowercase().as_str() {
        "internal" => SpanKind::Internal,
        "server" => SpanKind::Server,
        "client" => SpanKind::Client,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    }
}

/// A tag that is text; empty when there is none.
fn text<'b>(batch: &'b Batch, span: &SpanRecord, name: &str) -> &'b str {
    batch.text(text_of(batch, span, name))
}

fn text_of(batch: &Batch, span: &SpanRecord, name: &str) -> Text {
    match batch.attr(&span.attrs, name) {
        Some(BatchValue::Str(text)) => text,
        _ => Text::EMPTY,
    }
}

fn status(batch: &Batch, span: &SpanRecord, any_error: bool) -> (SpanStatus, Text) {
    let error = batch.attr(&span.attrs, "error");
    let failed = match error {
        None => false,
        Some(_) if any_error => true,
        Some(BatchValue::Bool(failed)) => failed,
        Some(BatchValue::Str(said)) => batch.text(said).eq_ignore_ascii_case("true"),
        Some(_) => false,
    };
    let status = match text(batch, span, "otel.status_code") {
        "ERROR" => SpanStatus::Error,
        _ if failed => SpanStatus::Error,
        "OK" => SpanStatus::Ok,
        _ => SpanStatus::Unset,
    };
    let mut message = text_of(batch, span, "otel.status_description");
    if let Some(BatchValue::Str(said)) = error
        && message.is_empty()
        && failed
        && !batch.text(said).eq_ignore_ascii_case("true")
    {
        message = said;
    }
    (status, message)
}

/// The scope of a span, one for all spans of a library.
fn scope(batch: &mut Batch, index: usize, known: &mut HashMap<(String, String), u32>) -> u32 {
    let span = &batch.spans[index];
    let either = |new, old| match text_of(batch, span, new) {
        Text::EMPTY => text_of(batch, span, old),
        text => text,
    };
    let scope = Scope {
        name: either("otel.scope.name", "otel.library.name"),
        version: either("otel.scope.version", "otel.library.version"),
    };
    let key = (
        batch.text(scope.name).to_owned(),
        batch.text(scope.version).to_owned(),
    );
    *known.entry(key).or_insert_with(|| {
        batch.scopes.push(scope);
        (batch.scopes.len() - 1) as u32
    })
}

/// Appends a span event in OTLP's JSON shape. Attributes are names with values already written as OTLP's.
pub fn write_event(out: &mut String, time: Nanos, name: &str, attributes: &[(String, String)]) {
    out.push_str(&format!("{{\"timeUnixNano\":\"{}\",\"name\":", time.0));
    quote(name, out);
    out.push_str(",\"attributes\":[");
    for (index, (key, value)) in attributes.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str("{\"key\":");
        quote(key, out);
        out.push_str(",\"value\":");
        out.push_str(value);
        out.push('}');
    }
    out.push_str("]}");
}
