//! One span, one log record, a resource, a scope.

use super::element::Writer;
use super::reader::{Reader, Result};
use super::schema::{EVENT, LINK, Message};
use super::text::{hex, slice};
use super::wire::{Fields, Value, WireError, WireField};
use crate::import::fill::push_named;
use crate::import::otlp_json::document::SCOPE_ATTRIBUTES;
use crate::import::otlp_json::event;
use crate::import::otlp_json::ids::{self, Id};
use crate::import::otlp_json::record::*;
use crate::import::otlp_json::value::as_text;
use crate::model::batch::{
    BatchValue, ErrorRecord, LogRecord, Scope, SpanKind, SpanRecord, SpanStatus, Text,
};
use crate::model::conventions::kept;
use crate::model::{Nanos, SpanId, TraceId};
use std::ops::Range;

/// Where a message lies.
pub type Place = (usize, usize);

impl Reader<'_> {
    /// Reads a span of the last resource and scope.
    pub fn span(&mut self, (start, end): Place) -> Result<()> {
        let mark = self.begin();
        let mut span = SpanRecord {
            resource: last(&self.batch.resources),
            scope: last(&self.batch.scopes),
            position: self.base + start as u64,
            ..SpanRecord::default()
        };
        let mut until = Nanos(0);
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = self.after_attributes(&mut fields, 9, mark)? {
            match (field.number, field.value) {
                (9, Value::Bytes { start, end }) => self.attribute(start, end, mark)?,
                (1, Value::Bytes { start, end }) => span.trace = self.trace_id(start..end, mark)?,
                (2, Value::Bytes { start, end }) => {
                    span.id = self.span_id(start..end, mark, kept::ORIGINAL_SPAN)?;
                }
                (3, Value::Bytes { start, end }) => self.trace_state(start, end, mark)?,
                (4, Value::Bytes { start, end }) => {
                    span.parent = self.span_id(start..end, mark, kept::ORIGINAL_PARENT)?;
                }
                (5, Value::Bytes { start, end }) => span.name = self.name(start, end)?,
                (6, Value::Varint(kind)) => span.kind = SpanKind::from_number(kind as i64),
                (7, Value::Fixed64(nanos)) => span.start = time(&field, nanos)?,
                (8, Value::Fixed64(nanos)) => until = time(&field, nanos)?,
                (10, Value::Varint(count)) => self.dropped(count, mark, kept::DROPPED_ATTRIBUTES),
                (11, Value::Bytes { start, end }) => self.events.push((start, end)),
                (12, Value::Varint(count)) => self.dropped(count, mark, kept::DROPPED_EVENTS),
                (13, Value::Bytes { start, end }) => self.links.push((start, end)),
                (14, Value::Varint(count)) => self.dropped(count, mark, kept::DROPPED_LINKS),
                (15, Value::Bytes { start, end }) => self.status(start, end, &mut span)?,
                (1..=15, _) => return Err(field.wrong_kind()),
                _ => {}
            }
        }
        finish_span(self.batch, &mut span, until, mark)
            .map_err(|what| WireError { at: start, what })?;
        if !self.links.is_empty() {
            (span.links, _) = self.list(&LINK, &self.links.clone())?;
        }
        if !self.events.is_empty() {
            self.add_events(&mut span)?;
        }
        self.batch.spans.push(span);
        Ok(())
    }

    /// Reads a log record of the last resource and scope.
    pub fn log(&mut self, (start, end): Place) -> Result<()> {
        let mark = self.begin();
        let mut log = LogRecord {
            resource: last(&self.batch.resources),
            scope: last(&self.batch.scopes),
            position: self.base + start as u64,
            ..LogRecord::default()
        };
        let mut observed = Nanos(0);
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = self.after_attributes(&mut fields, 6, mark)? {
            match (field.number, field.value) {
                (1, Value::Fixed64(nanos)) => log.time = time(&field, nanos)?,
                (2, Value::Varint(number)) => log.severity = severity_of_number(number as i64),
                (3, Value::Bytes { start, end }) => log.severity_text = self.text(start, end)?,
                (5, Value::Bytes { start, end }) => {
                    let value = self.any_value(start, end)?;
                    log.body = as_text(self.batch, value);
                }
                (6, Value::Bytes { start, end }) => self.attribute(start, end, mark)?,
                (7, Value::Varint(count)) => self.dropped(count, mark, kept::DROPPED_ATTRIBUTES),
                (9, Value::Bytes { start, end }) => log.trace = self.trace_id(start..end, mark)?,
                (10, Value::Bytes { start, end }) => {
                    log.span = self.span_id(start..end, mark, kept::ORIGINAL_SPAN)?;
                }
                (11, Value::Fixed64(nanos)) => observed = time(&field, nanos)?,
                (12, Value::Bytes { start, end }) => {
                    let name = BatchValue::Str(self.text(start, end)?);
                    push_named(self.batch, mark, kept::EVENT_NAME, name);
                }
                (1..=3 | 5..=7 | 9..=12, _) => return Err(field.wrong_kind()),
                _ => {}
            }
        }
        finish_log(self.batch, log, observed, mark);
        Ok(())
    }

    /// Reads what the last resource says of itself.
    pub fn resource(&mut self, (start, end): Place) -> Result<()> {
        let mark = self.begin();
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (1, Value::Bytes { start, end }) => self.attribute(start, end, mark)?,
                (2, Value::Varint(count)) => self.dropped(count, mark, kept::DROPPED_ATTRIBUTES),
                (1, _) => return Err(field.wrong_kind()),
                _ => {}
            }
        }
        let attrs = mark..self.batch.attrs.len() as u32;
        if let Some(resource) = self.batch.resources.last_mut() {
            resource.attrs = attrs;
        }
        Ok(())
    }

    /// Reads the last scope.
    pub fn scope(&mut self, (start, end): Place) -> Result<()> {
        let mut scope = Scope::default();
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (1, Value::Bytes { start, end }) => scope.name = self.text(start, end)?,
                (2, Value::Bytes { start, end }) => scope.version = self.text(start, end)?,
                (3, Value::Bytes { .. }) => self.batch.problems.note(SCOPE_ATTRIBUTES),
                (1 | 2, _) => return Err(field.wrong_kind()),
                _ => {}
            }
        }
        if let Some(last) = self.batch.scopes.last_mut() {
            *last = scope;
        }
        Ok(())
    }

    /// Begins a record; tells where its attributes will lie.
    #[inline]
    fn begin(&mut self) -> u32 {
        self.memory.begin();
        self.events.clear();
        self.links.clear();
        self.batch.attrs.len() as u32
    }

    /// The next field of a record. Attributes before it, which have the given number, are read if they are in the usual
    /// writing.
    #[inline(always)]
    fn after_attributes(
        &mut self,
        fields: &mut Fields,
        number: u8,
        mark: u32,
    ) -> Result<Option<WireField>> {
        while let Some((start, end)) = fields.take(number << 3 | 2) {
            self.attribute(start, end, mark)?;
        }
        fields.next()
    }

    #[inline]
    fn trace_id(&mut self, range: Range<usize>, mark: u32) -> Result<TraceId> {
        let bytes = slice(self.bytes, range)?;
        match <[u8; 16]>::try_from(bytes) {
            Ok(id) => Ok(TraceId(id)),
            Err(_) => Ok(self.odd_id(bytes, mark, kept::ORIGINAL_TRACE, ids::trace)),
        }
    }

    #[inline]
    fn span_id(&mut self, range: Range<usize>, mark: u32, original: &str) -> Result<SpanId> {
        let bytes = slice(self.bytes, range)?;
        match <[u8; 8]>::try_from(bytes) {
            Ok(id) => Ok(SpanId(u64::from_be_bytes(id))),
            Err(_) => Ok(self.odd_id(bytes, mark, original, ids::span)),
        }
    }

    /// An id of another length: what it would be if it had come as hex digits.
    #[cold]
    fn odd_id<T: Default>(
        &mut self,
        bytes: &[u8],
        mark: u32,
        original: &str,
        read: fn(&str) -> Id<T>,
    ) -> T {
        let mut digits = String::new();
        hex(bytes, &mut digits);
        match read(&digits) {
            Id::Known(id) => id,
            Id::None => T::default(),
            Id::Foreign(id) => {
                let text = self.append(&digits);
                foreign(self.batch, mark, original, text);
                id
            }
        }
    }

    fn trace_state(&mut self, start: usize, end: usize, mark: u32) -> Result<()> {
        let state = self.text(start, end)?;
        if !state.is_empty() {
            push_named(self.batch, mark, kept::TRACE_STATE, BatchValue::Str(state));
        }
        Ok(())
    }

    /// How much the SDK itself had to drop, kept if it was anything.
    fn dropped(&mut self, count: u64, mark: u32, name: &str) {
        if count as i64 > 0 {
            push_named(self.batch, mark, name, BatchValue::Int(count as i64));
        }
    }

    fn status(&mut self, start: usize, end: usize, span: &mut SpanRecord) -> Result<()> {
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (2, Value::Bytes { start, end }) => span.status_message = self.text(start, end)?,
                (3, Value::Varint(code)) => span.status = SpanStatus::from_number(code as i64),
                (2 | 3, _) => return Err(field.wrong_kind()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps a span's events, and adds an error for every exception among them.
    fn add_events(&mut self, span: &mut SpanRecord) -> Result<()> {
        let (text, each) = self.list(&EVENT, &self.events.clone())?;
        span.events = text;
        for (index, json) in each.into_iter().enumerate() {
            if let Some(place) = self.events.get(index) {
                self.exception(span, *place, json)?;
            }
        }
        Ok(())
    }

    /// Events or links as a JSON array, and where each lies in the batch's input.
    fn list(&mut self, message: &Message, places: &[Place]) -> Result<(Text, Vec<Range<usize>>)> {
        let list = self.batch.input.len();
        let mut each = Vec::with_capacity(places.len());
        for (start, end) in places {
            self.batch
                .input
                .push(if each.is_empty() { '[' } else { ',' });
            let json = self.batch.input.len();
            let mut writer = Writer {
                bytes: self.bytes,
                out: &mut self.batch.input,
                problems: &mut self.batch.problems,
            };
            writer.message(message, *start, *end)?;
            each.push(json..self.batch.input.len());
        }
        self.batch.input.push(']');
        Ok((Text::in_input(list..self.batch.input.len()), each))
    }

    /// Adds an error for an event that is an exception, of which `json` is the event in the batch's input.
    fn exception(
        &mut self,
        span: &SpanRecord,
        (start, end): Place,
        json: Range<usize>,
    ) -> Result<()> {
        let mut name = b"".as_slice();
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            if let (2, Value::Bytes { start, end }) = (field.number, field.value) {
                name = slice(self.bytes, start..end)?;
            }
        }
        if name != b"exception" {
            return Ok(());
        }
        let mut error = event::on_span(span, self.base + start as u64);
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (1, Value::Fixed64(nanos)) => {
                    let at = time(&field, nanos)?;
                    error.time = if at.0 == 0 { span.start } else { at };
                }
                (3, Value::Bytes { start, end }) => self.describe(start, end, &mut error)?,
                _ => {}
            }
        }
        error.document = Text::in_input(json);
        error.level = self.batch.keep("error");
        self.batch.errors.push(error);
        Ok(())
    }

    /// What one attribute says of an exception.
    fn describe(&mut self, start: usize, end: usize, error: &mut ErrorRecord) -> Result<()> {
        let mut key = b"".as_slice();
        let mut value = BatchValue::Null;
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (1, Value::Bytes { start, end }) => key = slice(self.bytes, start..end)?,
                (2, Value::Bytes { start, end }) => value = self.any_value(start, end)?,
                _ => {}
            }
        }
        if let BatchValue::Str(text) = value {
            event::say(error, key, text);
        }
        Ok(())
    }
}

/// Nanoseconds since the epoch, as many as fit a signed number.
#[inline]
fn time(field: &WireField, nanos: u64) -> Result<Nanos> {
    match i64::try_from(nanos) {
        Ok(nanos) => Ok(Nanos(nanos)),
        Err(_) => Err(WireError {
            at: field.at,
            what: "a time lies after the year 2262",
        }),
    }
}

/// The index of the last one.
#[inline]
fn last<T>(list: &[T]) -> u32 {
    list.len().saturating_sub(1) as u32
}
