//! The columns every record has beside its attributes: which there are, and where a record of a batch has them.

use super::super::fields::{column as name, level_name};
use super::super::value::ValueRef;
use super::column::Mark;
use crate::model::batch::{Batch, LogRecord, SpanRecord, Text};

/// A column of texts and the like: what its values are known again by, and where they are; records without a value have
/// none.
pub(super) type Valued<R> = (
    &'static str,
    fn(&R) -> Mark,
    for<'b> fn(&'b Batch, &'b R) -> Option<ValueRef<'b>>,
);

/// A column of numbers, and whether 0 stands for "none".
pub(super) type Numbered<R> = (&'static str, bool, fn(&R) -> i64);

pub(super) const SPAN_NUMBERS: &[Numbered<SpanRecord>] = &[
    (name::TIME, false, |span| span.start.0),
    (name::DURATION, false, |span| span.duration),
    (name::SPAN, true, |span| span.id.0 as i64),
    (name::PARENT, true, |span| span.parent.0 as i64),
    (name::POSITION, false, |span| span.position as i64),
];

pub(super) const SPAN_VALUES: &[Valued<SpanRecord>] = &[
    (
        name::NAME,
        |span| of(span.name),
        |batch, span| filled(batch.text(span.name)),
    ),
    (
        name::DESCRIPTION,
        |span| of(span.description),
        |batch, span| filled(batch.text(span.description)),
    ),
    (
        name::OP,
        |span| of(span.op),
        |batch, span| filled(batch.text(span.op)),
    ),
    (
        name::SERVICE,
        |span| Mark::number(span.resource.into()),
        |batch, span| filled(service_text(batch, span.resource)),
    ),
    (
        name::STATUS,
        |span| Mark::number(span.status as u64),
        |_, span| filled(span.status.name()),
    ),
    (
        name::STATUS_MESSAGE,
        |span| of(span.status_message),
        |batch, span| filled(batch.text(span.status_message)),
    ),
    (
        name::KIND,
        |span| Mark::number(span.kind as u64),
        |_, span| filled(span.kind.name()),
    ),
    (
        name::SEGMENT,
        |span| Mark::number(span.segment.into()),
        |_, span| Some(ValueRef::Bool(span.segment)),
    ),
    (
        name::EVENTS,
        |span| of(span.events),
        |batch, span| filled(batch.text(span.events)),
    ),
    (
        name::LINKS,
        |span| of(span.links),
        |batch, span| filled(batch.text(span.links)),
    ),
];

pub(super) const LOG_NUMBERS: &[Numbered<LogRecord>] = &[
    (name::TIME, false, |log| log.time.0),
    (name::SPAN, true, |log| log.span.0 as i64),
    (name::POSITION, false, |log| log.position as i64),
];

pub(super) const LOG_VALUES: &[Valued<LogRecord>] = &[
    (
        name::LEVEL,
        |log| Mark::numbers(log.severity_text.mark(), log.severity),
        |batch, log| level_name(log.severity, batch.text(log.severity_text)).map(ValueRef::Str),
    ),
    (
        name::SEVERITY,
        |log| Mark::number(log.severity.into()),
        |_, log| {
            let number = i64::from(log.severity);
            (number > 0).then_some(ValueRef::Int(number))
        },
    ),
    (
        name::SEVERITY_TEXT,
        |log| of(log.severity_text),
        |batch, log| filled(batch.text(log.severity_text)),
    ),
    (
        name::BODY,
        |log| of(log.body),
        |batch, log| filled(batch.text(log.body)),
    ),
    (
        name::TEMPLATE,
        |log| of(log.template),
        |batch, log| filled(batch.text(log.template)),
    ),
    (
        name::SERVICE,
        |log| Mark::number(log.resource.into()),
        |batch, log| filled(service_text(batch, log.resource)),
    ),
];

/// A text is known again by where it lies.
fn of(text: Text) -> Mark {
    Mark::number(text.mark())
}

/// The service of a resource.
pub(super) fn service_text(batch: &Batch, resource: u32) -> &str {
    let resource = batch.resources.get(resource as usize);
    resource.map_or("", |resource| batch.text(resource.service))
}

/// Empty text is "no value".
fn filled(text: &str) -> Option<ValueRef<'_>> {
    (!text.is_empty()).then_some(ValueRef::Str(text))
}
