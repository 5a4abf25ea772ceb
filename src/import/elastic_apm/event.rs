//! The members of an event. Those of the intake go by the names they have in Elasticsearch.

use super::record;
use crate::import::clock;
use crate::import::fill::Result;
use crate::import::flat;
use crate::import::otlp_json::document::Walk;
use crate::import::otlp_json::record::{span_id, trace_id};
use crate::import::stretch::plain;
use crate::import::tags;
use crate::model::batch::{BatchValue, SpanKind, SpanStatus, Text};
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};
use std::ops::Range;

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Transaction,
    Span,
    Error,
    Log,
    Metric,
}

/// What the members say.
#[derive(Default)]
pub struct Event {
    pub kind: Option<Kind>,
    /// Where its text lies.
    pub place: Range<usize>,
    pub mark: u32,
    pub trace: TraceId,
    pub span: SpanId,
    pub transaction: SpanId,
    pub parent: SpanId,
    pub error: Option<u128>,
    pub span_name: Text,
    pub transaction_name: Text,
    pub span_type: Text,
    pub transaction_type: Text,
    /// Type and action as plain text.
    pub type_text: String,
    pub action: String,
    pub span_kind: SpanKind,
    /// In nanoseconds since 1970, to the microsecond.
    pub time: Option<Nanos>,
    /// To the millisecond, as Elasticsearch has it.
    pub coarse_time: Option<Nanos>,
    /// In nanoseconds.
    pub duration: Option<i64>,
    pub fine_duration: bool,
    pub status: SpanStatus,
    pub outcome: Text,
    pub failed_result: bool,
    pub service: String,
    pub message: Text,
    pub level: Option<(Text, String)>,
    pub culprit: Text,
    pub links: Option<usize>,
    pub exception: Option<usize>,
    pub log: Option<usize>,
}

/// Takes an event of the intake.
pub fn sent(walk: &mut Walk, kind: Kind) -> Result<()> {
    read(walk, Some(kind))
}

/// Takes a document of Elasticsearch.
pub fn stored(walk: &mut Walk) -> Result<()> {
    read(walk, None)
}

fn read(walk: &mut Walk, sent: Option<Kind>) -> Result<()> {
    walk.fill.json.peek()?;
    let mut event = Event {
        kind: sent,
        mark: walk.fill.mark(),
        ..Event::default()
    };
    let start = walk.fill.json.at();
    flat::object(walk, event.mark, "", &mut |walk, path| {
        let name = sent.map_or(path, |kind| canonical(kind, path));
        member(walk, name, &mut event)
    })?;
    event.place = start..walk.fill.json.at();
    record::make(walk, event, sent.is_some())
}

/// The name in Elasticsearch of a member of the intake that has a meaning here.
fn canonical(kind: Kind, path: &str) -> &str {
    use Kind::{Error, Log, Span, Transaction};
    match (kind, path) {
        (Span, "id") => "span.id",
        (Transaction, "id") => "transaction.id",
        (Error, "id") => "error.id",
        (_, "trace_id") => "trace.id",
        (_, "parent_id") => "parent.id",
        (_, "transaction_id") => "transaction.id",
        (Log, "span_id") => "span.id",
        (_, "timestamp") => "timestamp.us",
        (_, "duration") => "duration.ms",
        (_, "outcome") => "event.outcome",
        (_, "result") => "transaction.result",
        (Span, "name") => "span.name",
        (Span, "type") => "span.type",
        (Span, "subtype") => "span.subtype",
        (Span, "action") => "span.action",
        (Transaction, "name") => "transaction.name",
        (Transaction, "type") => "transaction.type",
        (Span | Transaction, "links") => "span.links",
        (Error, "culprit") => "error.culprit",
        (Error, "exception") => "error.exception",
        (Error, "log") => "error.log",
        (_, "context.service.name") => "service.name",
        _ => path,
    }
}

/// Takes a member that has a field of its own, or that tells something.
fn member(walk: &mut Walk, name: &str, event: &mut Event) -> Result<bool> {
    let mark = event.mark;
    match name {
        "processor.event" => {
            event.kind = kind(&look(walk)?);
            return Ok(false);
        }
        "trace.id" => event.trace = trace_id(walk, mark)?,
        "span.id" => event.span = span_id(walk, mark, kept::ORIGINAL_SPAN)?,
        "parent.id" => event.parent = span_id(walk, mark, kept::ORIGINAL_PARENT)?,
        "transaction.id" => {
            let at = walk.fill.json.at();
            event.transaction = span_id(walk, mark, kept::ORIGINAL_TRANSACTION)?;
            if event.kind != Some(Kind::Transaction) {
                walk.fill.json.go_to(at);
                keep(walk, mark, "transaction.id")?;
            }
        }
        "error.id" => {
            let id = look(walk)?;
            event.error = u128::from_str_radix(&id, 16).ok();
            walk.fill.json.skip()?;
        }
        "span.name" => event.span_name = walk.fill.text()?,
        "transaction.name" => event.transaction_name = walk.fill.text()?,
        "error.culprit" => event.culprit = walk.fill.text()?,
        "service.name" => {
            event.service = look(walk)?;
            walk.fill.json.skip()?;
        }
        "error.exception" => event.exception = Some(skipped(walk)?),
        "error.log" if walk.fill.json.peek()? == b'{' => event.log = Some(skipped(walk)?),
        "span.links" if walk.fill.json.peek()? == b'[' => event.links = Some(skipped(walk)?),
        "message" if walk.fill.json.peek()? == b'"' => event.message = walk.fill.text()?,
        "log.level" if walk.fill.json.peek()? == b'"' => {
            let word = look(walk)?;
            event.level = Some((walk.fill.text()?, word));
        }
        "otel.attributes" if walk.fill.json.peek()? == b'{' => flat::all(walk, mark, "")?,
        _ => return timing(walk, name, event),
    }
    Ok(true)
}

/// Takes times, and what tells kind and outcome.
fn timing(walk: &mut Walk, name: &str, event: &mut Event) -> Result<bool> {
    match name {
        "timestamp.us" => event.time = Some(time(walk)?),
        "@timestamp" => event.coarse_time = Some(time(walk)?),
        "span.duration.us" | "transaction.duration.us" => {
            event.duration = Some(scaled(walk, 1e3)?);
            event.fine_duration = true;
        }
        "duration.ms" => event.duration = Some(scaled(walk, 1e6)?),
        "event.duration" if !event.fine_duration => event.duration = Some(scaled(walk, 1.0)?),
        "event.outcome" => {
            event.status = match look(walk)?.as_str() {
                "success" => SpanStatus::Ok,
                "failure" => SpanStatus::Error,
                _ => SpanStatus::Unset,
            };
            event.outcome = keep(walk, event.mark, "event.outcome")?;
        }
        "transaction.result" => {
            let result = look(walk)?;
            event.failed_result = result.starts_with("HTTP 5") || result == "error";
            keep(walk, event.mark, "transaction.result")?;
        }
        "span.type" | "transaction.type" => {
            let is_span = name == "span.type";
            if is_span || event.type_text.is_empty() {
                event.type_text = look(walk)?;
            }
            let text = walk.fill.text()?;
            *(if is_span {
                &mut event.span_type
            } else {
                &mut event.transaction_type
            }) = text;
        }
        "span.subtype" => {
            keep(walk, event.mark, name)?;
        }
        "span.action" => {
            event.action = look(walk)?;
            keep(walk, event.mark, name)?;
        }
        "otel.span_kind" | "span.kind" => {
            event.span_kind = tags::kind(&look(walk)?);
            return Ok(false);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "transaction" => Kind::Transaction,
        "span" => Kind::Span,
        "error" => Kind::Error,
        "log" => Kind::Log,
        "metric" => Kind::Metric,
        _ => return None,
    })
}

/// The text that comes next, without taking it; empty if it is none.
fn look(walk: &mut Walk) -> Result<String> {
    let at = walk.fill.json.at();
    let mut text = String::new();
    if walk.fill.json.peek()? == b'"' {
        let string = walk.fill.json.string()?;
        text = plain(walk.fill.json.raw_text(string), string.escaped).into_owned();
    }
    walk.fill.json.go_to(at);
    Ok(text)
}

/// Keeps a value as an attribute by its name in Elasticsearch; tells it if it is text.
fn keep(walk: &mut Walk, mark: u32, name: &str) -> Result<Text> {
    let value = walk.fill.value()?;
    walk.fill.push_named(mark, name, value);
    Ok(match value {
        BatchValue::Str(text) => text,
        _ => Text::EMPTY,
    })
}

fn skipped(walk: &mut Walk) -> Result<usize> {
    walk.fill.json.peek()?;
    let at = walk.fill.json.at();
    walk.fill.json.skip()?;
    Ok(at)
}

/// Takes a point in time: a date, microseconds, or milliseconds as Elasticsearch writes them.
pub fn time(walk: &mut Walk) -> Result<Nanos> {
    let what = "a time was expected: microseconds since 1970, or a date";
    walk.fill.json.peek()?;
    let wrong = walk.fill.json.error(what);
    if walk.fill.json.peek()? == b'"' {
        let string = walk.fill.json.string()?;
        let text = walk.fill.json.raw_text(string);
        let micros = || text.parse::<i64>().ok()?.checked_mul(1_000).map(Nanos);
        return clock::iso(text).or_else(micros).ok_or(wrong);
    }
    let at = walk.fill.json.at();
    let number = match walk.fill.json.integer() {
        Ok(number) => number,
        Err(_) => {
            walk.fill.json.go_to(at);
            walk.fill.json.float()? as i64
        }
    };
    let unit = match number {
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        _ => 1_000,
    };
    let nanos = number.checked_mul(unit).filter(|nanos| *nanos >= 0);
    nanos.map(Nanos).ok_or(wrong)
}

/// Takes a number of some unit as nanoseconds.
fn scaled(walk: &mut Walk, unit: f64) -> Result<i64> {
    let nanos = walk.fill.json.float()? * unit;
    match nanos.is_finite() && nanos.abs() < 9e18 {
        true => Ok(nanos.round() as i64),
        false => Err(walk.fill.json.error("a duration is out of range")),
    }
}
