//! Finds a log record's fields among its attributes, by the table of names.
//!
//! Names are looked up once a batch. An attribute that became a field as it was is taken out; one that was understood only in
//! part (a number as level, a decimal id, a path) or that names the service stays.

use super::carrier;
use super::keys::{self, IdForm, Role, Scale, Sign};
use super::{level, moment, object};
use crate::import::otlp_json::ids::{self, Id};
use crate::model::batch::{Batch, BatchValue, LogRecord, Resource, Text};
use crate::model::report::RemarkKind;
use crate::model::{Nanos, SpanId, TraceId};
use hashbrown::HashMap;

const COLOURS: &str = "Colour codes in messages were left out";
const UNTIMED: &str = "Log records without a time were given the time of the record before";
const FOREIGN: &str = "Ids that are not hex were replaced by a hash; the text is kept as attribute";

/// Fills in the fields of all log records. The batch's input must be in place.
pub fn settle(batch: &mut Batch) {
    let mut logs = std::mem::take(&mut batch.logs);
    for log in &mut logs {
        object::unfold(batch, log);
    }
    let names = batch.keys.names();
    let known: Vec<_> = names
        .iter()
        .map(|name| (keys::role(name), keys::signs(name)))
        .collect();
    let mut resources = HashMap::new();
    for log in &mut logs {
        let found = Found::of(batch, log, &known);
        let service = found.service;
        found.apply(batch, log);
        if batch.text(log.body).contains("\x1B[") {
            let text = without_colours(batch.text(log.body));
            log.body = batch.keep(&text);
            batch.problems.repair(COLOURS);
        }
        log.resource = resource(batch, service, &mut resources);
    }
    let first = logs
        .iter()
        .map(|log| log.time)
        .find(|time| *time != Nanos(0));
    let mut before = first.unwrap_or_default();
    for log in &mut logs {
        if log.time == Nanos(0) {
            log.time = before;
            batch.problems.repair(UNTIMED);
        }
        before = log.time;
    }
    batch.logs = logs;
}

/// A text without the codes that colour it in a terminal.
pub fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, code)) = rest.split_once("\x1B[") {
        out.push_str(before);
        let end = code.find(|c: char| c.is_ascii_alphabetic());
        rest = end.and_then(|end| code.get(end + 1..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The resource of a service: it has just its name.
fn resource(batch: &mut Batch, service: Option<Text>, known: &mut HashMap<String, u32>) -> u32 {
    let service = service.unwrap_or(Text::EMPTY);
    if let Some(index) = known.get(batch.text(service)) {
        return *index;
    }
    let index = batch.resources.len() as u32;
    known.insert(batch.text(service).to_owned(), index);
    batch.resources.push(Resource {
        service,
        ..Resource::default()
    });
    index
}

/// The best attribute for a field so far.
#[derive(Clone, Copy)]
struct Best<T> {
    rank: usize,
    /// Its index in the batch.
    attr: usize,
    value: T,
    /// Whether the field says all that the attribute says.
    whole: bool,
}

/// What a record's attributes tell.
#[derive(Default)]
struct Found {
    time: Option<Best<Nanos>>,
    level: Option<Best<(u8, Text)>>,
    nanos: Option<i64>,
    message: Option<Best<Text>>,
    /// A message that is no text: a number or a list.
    other_message: Option<BatchValue>,
    template: Option<Best<Text>>,
    trace: Option<Best<TraceId>>,
    span: Option<Best<SpanId>>,
    service: Option<Text>,
    service_rank: usize,
    foreign: u64,
    signs: u8,
}

type Known = (Option<(Role, usize)>, u8);

impl Found {
    fn of(batch: &Batch, log: &LogRecord, known: &[Known]) -> Self {
        let known = |index: usize| {
            let key = batch.attrs.get(index).map(|attr| attr.key.0 as usize);
            key.and_then(|key| known.get(key))
                .copied()
                .unwrap_or_default()
        };
        let range = log.attrs.start as usize..log.attrs.end as usize;
        let mut found = Self {
            signs: range.clone().fold(0, |bits, index| bits | known(index).1),
            ..Self::default()
        };
        for index in range {
            if let Some((role, rank)) = known(index).0 {
                found.consider(batch, index, role, rank);
            }
        }
        found
    }

    fn has(&self, sign: Sign) -> bool {
        self.signs & sign as u8 != 0
    }

    fn consider(&mut self, batch: &Batch, attr: usize, role: Role, rank: usize) {
        let value = batch.attrs[attr].value;
        let text = match value {
            BatchValue::Str(text) if !text.is_empty() => Some(text),
            _ => None,
        };
        let best = |whole| Best {
            rank,
            attr,
            value: (),
            whole,
        };
        match role {
            Role::Time => put(&mut self.time, best(true), moment::of_value(batch, value)),
            Role::Nanos => {
                if let BatchValue::Int(nanos @ 0..1_000_000_000) = value {
                    self.nanos = Some(nanos);
                }
            }
            Role::Message => {
                put(&mut self.message, best(true), text);
                let is_other = matches!(
                    value,
                    BatchValue::Int(_) | BatchValue::Float(_) | BatchValue::Json(_)
                );
                if is_other && rank <= *keys::MESSAGES_OF_ANY_KIND && self.other_message.is_none() {
                    self.other_message = Some(value);
                }
            }
            Role::Template => put(&mut self.template, best(true), text),
            Role::Level(Scale::Datadog) if !self.has(Sign::Datadog) => {}
            Role::Level(scale) => {
                let number = match (value, text) {
                    (BatchValue::Int(number), _) => Some(number),
                    (_, Some(text)) => batch.text(text).trim().parse().ok(),
                    _ => None,
                };
                let word = text.and_then(|text| Some((level::of_word(batch.text(text))?, text)));
                let numbered =
                    || Some((level::of_number(number?, scale, self.signs)?, Text::EMPTY));
                let whole = word.is_some();
                let level = word.or_else(numbered);
                put(&mut self.level, best(whole), level);
            }
            Role::Trace(form) => {
                let read = id_text(batch, value).and_then(|text| trace_id(&text, form));
                let whole = form == IdForm::Hex && !matches!(read, Some((_, true)));
                self.foreign += u64::from(matches!(read, Some((_, true))));
                put(&mut self.trace, best(whole), read.map(|(id, _)| id));
            }
            // Some number the spans of a process.
            Role::Span(IdForm::Hex) if matches!(value, BatchValue::Int(..100_000_000)) => {}
            Role::Span(form) => {
                let read = id_text(batch, value).and_then(|text| span_id(&text, form));
                let whole = form == IdForm::Hex && !matches!(read, Some((_, true)));
                self.foreign += u64::from(matches!(read, Some((_, true))));
                put(&mut self.span, best(whole), read.map(|(id, _)| id));
            }
            Role::Carrier => {
                let ids = text.and_then(|text| carrier::ids(batch.text(text)));
                put(&mut self.trace, best(false), ids.map(|(trace, _)| trace));
                let span = ids.and_then(|(_, span)| span);
                put(&mut self.span, best(false), span);
            }
            Role::Name if !self.has(Sign::Process) || !self.has(Sign::Machine) => {}
            Role::Service | Role::Name => {
                let named = text.filter(|text| !batch.text(*text).trim().is_empty());
                if named.is_some() && (self.service.is_none() || rank < self.service_rank) {
                    self.service = named;
                    self.service_rank = rank;
                }
            }
        }
    }

    /// Fills the record and takes out of its attributes what became a field as it was.
    fn apply(self, batch: &mut Batch, log: &mut LogRecord) {
        let taken = [
            taken(&self.time),
            taken(&self.level),
            taken(&self.message),
            taken(&self.template),
            taken(&self.trace),
            taken(&self.span),
        ];
        log.time = self.time.map_or(log.time, |best| best.value);
        if let Some(nanos) = self.nanos
            && log.time.0 % 1_000_000_000 == 0
        {
            log.time.0 = log.time.0.saturating_add(nanos);
        }
        if let Some(best) = self.level {
            (log.severity, log.severity_text) = best.value;
        } else if self.has(Sign::Clef) {
            log.severity = 9;
        }
        if let Some(template) = self.template {
            log.template = template.value;
        }
        if let Some(message) = self.message.or(self.template) {
            log.body = message.value;
        } else if let Some(value) = self.other_message {
            log.body = match value {
                BatchValue::Json(text) => text,
                BatchValue::Int(number) => batch.keep(&number.to_string()),
                BatchValue::Float(number) => batch.keep(&number.to_string()),
                _ => log.body,
            };
        }
        log.trace = self.trace.map_or(log.trace, |best| best.value);
        log.span = self.span.map_or(log.span, |best| best.value);
        if self.foreign > 0 {
            batch
                .problems
                .remark(RemarkKind::Repair, FOREIGN, self.foreign);
        }
        let start = log.attrs.start as usize;
        let mut end = start;
        for index in start..log.attrs.end as usize {
            if !taken.contains(&Some(index)) {
                batch.attrs[end] = batch.attrs[index];
                end += 1;
            }
        }
        log.attrs.end = end as u32;
    }
}

/// The attribute that a field says all of.
fn taken<T>(best: &Option<Best<T>>) -> Option<usize> {
    best.as_ref()
        .filter(|best| best.whole)
        .map(|best| best.attr)
}

/// Puts a value in place if it is one and stands earlier in the table than what is there.
fn put<T>(place: &mut Option<Best<T>>, best: Best<()>, value: Option<T>) {
    let Some(value) = value else {
        return;
    };
    if place.as_ref().is_none_or(|there| best.rank < there.rank) {
        *place = Some(Best {
            rank: best.rank,
            attr: best.attr,
            value,
            whole: best.whole,
        });
    }
}

/// An id's text: pairs and careless writers have numbers for ids without letters.
fn id_text(batch: &Batch, value: BatchValue) -> Option<String> {
    match value {
        BatchValue::Str(text) => Some(batch.text(text).trim().to_owned()),
        BatchValue::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A trace id, and whether its text is foreign; `None` where it says that there is none.
fn trace_id(text: &str, form: IdForm) -> Option<(TraceId, bool)> {
    if form == IdForm::Path {
        let digits = text.rsplit('/').next()?;
        let id: TraceId = digits.parse().ok().filter(|_| digits.len() == 32)?;
        return (!id.is_none()).then_some((id, false));
    }
    let decimal = (form == IdForm::Decimal && text.len() < 32)
        .then(|| text.parse::<u128>().ok())
        .flatten()
        .map(|number| TraceId(number.to_be_bytes()));
    let known = decimal.or_else(|| text.parse().ok());
    told(known, TraceId::is_none, || ids::trace(text))
}

/// A span id, as [`trace_id`].
fn span_id(text: &str, form: IdForm) -> Option<(SpanId, bool)> {
    let decimal = (form == IdForm::Decimal)
        .then(|| text.parse().ok().map(SpanId))
        .flatten();
    let known = decimal.or_else(|| text.parse().ok());
    told(known, SpanId::is_none, || ids::span(text))
}

/// An id that was understood, else what its text is in other writings.
fn told<T: Copy>(
    known: Option<T>,
    is_none: fn(T) -> bool,
    other: impl FnOnce() -> Id<T>,
) -> Option<(T, bool)> {
    match known.map_or_else(other, Id::Known) {
        Id::None => None,
        Id::Known(id) if is_none(id) => None,
        Id::Known(id) => Some((id, false)),
        Id::Foreign(id) => Some((id, true)),
    }
}
