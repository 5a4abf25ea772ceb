//! From a stretch down to its records.
//!
//! What is broken is left out as narrowly as can be and listed: a record alone when the break is inside of it, what comes
//! after the break when it is in a list of records.

use super::element::Writer;
use super::keys::Memory;
use super::record::Place;
use super::schema::{LOG_RECORD, METRIC, Message, RESOURCE, SCOPE, SPAN};
use super::signal::{LENGTH_BYTES, Signal, frame_length, shape};
use super::wire::{Fields, Value, WireError, WireField};
use crate::import::otlp_json::document::METRICS;
use crate::model::CancelToken;
use crate::model::batch::{Batch, Resource, Scope};
use crate::model::report::{EXCERPT_CHARS, Problems};

const NOTHING: &str = "Messages without spans, log records or metrics were passed over";
const UNKNOWN: &str = "Parts of messages that are of no known kind were passed over";

/// The number of the one field between records that is not needed: which version of the conventions they follow.
const SCHEMA_URL: u32 = 3;

/// The number of scopes before 2022, when they were called libraries.
const LIBRARIES: u32 = 1000;

/// Result of reading; an error breaks the message that is being read.
pub type Result<T> = std::result::Result<T, WireError>;

/// Reads a stretch into a batch. The batch's input becomes the texts of its records, one after the other.
pub struct Reader<'a> {
    /// The stretch.
    pub bytes: &'a [u8],
    /// Offset in the file of its first byte.
    pub base: u64,
    /// What is filled.
    pub batch: &'a mut Batch,
    /// Names and texts that repeat.
    pub memory: Memory,
    /// Where the events of the span being read lie.
    pub events: Vec<Place>,
    /// Where its links lie.
    pub links: Vec<Place>,
    cancel: &'a CancelToken,
    /// Whether records are only looked at for what is broken in them.
    only_checks: bool,
    cut_off: bool,
}

impl<'a> Reader<'a> {
    /// A reader of a stretch that begins at `base` in its file.
    pub fn new(bytes: &'a [u8], base: u64, batch: &'a mut Batch, cancel: &'a CancelToken) -> Self {
        Self {
            bytes,
            base,
            batch,
            memory: Memory::default(),
            events: Vec::new(),
            links: Vec::new(),
            cancel,
            only_checks: false,
            cut_off: false,
        }
    }

    /// Reads all of it. Tells whether it ends within a message.
    pub fn read(mut self) -> bool {
        // No tag is as small as the first byte of a length that import takes.
        match self.bytes.first() {
            Some(first) if *first >= 8 => self.request(0, end_of_fields(self.bytes)),
            _ => self.frames(),
        }
        self.cut_off
    }

    /// Messages with their lengths.
    fn frames(&mut self) {
        let mut at = 0;
        while at < self.bytes.len() && !self.cancel.is_cancelled() {
            let Some(length) = self.bytes.get(at..).and_then(frame_length) else {
                return self.note_cut(at);
            };
            let start = at + LENGTH_BYTES;
            at = start + length;
            if length > 0 {
                self.request(start, at);
            }
        }
    }

    /// One request. It may end after the stretch: then it was cut off, whatever could be read of it.
    fn request(&mut self, start: usize, end: usize) {
        match shape(self.bytes, start, end) {
            None => self.pass_over(start, end),
            Some(shape) if shape.wrapped => self.wrapped(shape.signal, start, end),
            Some(shape) => self.resources(shape.signal, start, end),
        }
        if end > self.bytes.len() {
            self.note_cut(start);
        }
    }

    /// A request in field 1 of another message.
    fn wrapped(&mut self, signal: Signal, start: usize, end: usize) {
        let mut fields = Fields::new(self.bytes, start, end);
        loop {
            match fields.next() {
                Ok(Some(WireField {
                    number: 1,
                    value: Value::Bytes { start, end },
                    ..
                })) => self.resources(signal, start, end),
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => return self.note_break(error),
            }
        }
    }

    /// A request in which no record was recognised: what is broken in it is listed.
    fn pass_over(&mut self, start: usize, end: usize) {
        let (resources, scopes) = (self.batch.resources.len(), self.batch.scopes.len());
        let listed = self.batch.problems.skipped_total;
        let has_content = match Fields::new(self.bytes, start, end).next() {
            Ok(field) => field.is_some_and(|field| field.number == 1),
            Err(_) => true,
        };
        self.only_checks = true;
        self.resources(Signal::Traces, start, end);
        self.only_checks = false;
        self.batch.resources.truncate(resources);
        self.batch.scopes.truncate(scopes);
        if has_content && self.batch.problems.skipped_total == listed {
            self.batch.problems.note(NOTHING);
        }
    }

    /// A request: everything of some resources.
    fn resources(&mut self, signal: Signal, start: usize, end: usize) {
        self.container((start, end), &[1], |reader, _, place| {
            reader.of_resource(signal, place);
        });
    }

    /// Everything of one resource.
    fn of_resource(&mut self, signal: Signal, place: Place) {
        self.batch.resources.push(Resource::default());
        let known: &[u32] = match signal {
            Signal::Metrics => &[1, 2],
            Signal::Traces | Signal::Logs => &[1, 2, LIBRARIES],
        };
        self.container(place, known, |reader, number, place| match number {
            1 => reader.record("Resource", &RESOURCE, place, Self::resource),
            _ => reader.of_scope(signal, place),
        });
    }

    /// Everything of one scope.
    fn of_scope(&mut self, signal: Signal, place: Place) {
        self.batch.scopes.push(Scope::default());
        self.container(place, &[1, 2], |reader, number, place| {
            match (number, signal) {
                (1, _) => reader.record("Scope", &SCOPE, place, Self::scope),
                (_, Signal::Traces) => reader.record("Span", &SPAN, place, Self::span),
                (_, Signal::Logs) => reader.record("Log record", &LOG_RECORD, place, Self::log),
                (_, Signal::Metrics) => reader.record("Metric", &METRIC, place, Self::metric),
            };
        });
    }

    /// A metric: there is no page for it.
    fn metric(&mut self, place: Place) -> Result<()> {
        self.check(&METRIC, place)?;
        self.batch.problems.note(METRICS);
        Ok(())
    }

    /// A message of which every part stands on its own. `part` reads those with a known number; all of them are messages.
    #[inline]
    fn container(
        &mut self,
        (start, end): Place,
        known: &[u32],
        mut part: impl FnMut(&mut Self, u32, Place),
    ) {
        let mut fields = Fields::new(self.bytes, start, end);
        while !self.cancel.is_cancelled() {
            let field = match fields.next() {
                Ok(Some(field)) => field,
                Ok(None) => return,
                Err(error) => return self.note_break(error),
            };
            match field.value {
                _ if field.number == SCHEMA_URL => {}
                // Between records even an unknown field could hold some.
                _ if !known.contains(&field.number) => self.batch.problems.note(UNKNOWN),
                Value::Bytes { start, end } => part(self, field.number, (start, end)),
                _ => return self.note_break(field.wrong_kind()),
            }
        }
    }

    /// Reads a record; if it is broken, it alone is left out.
    #[inline]
    fn record(
        &mut self,
        what: &str,
        message: &Message,
        place: Place,
        read: impl FnOnce(&mut Self, Place) -> Result<()>,
    ) {
        let (attrs, errors) = (self.batch.attrs.len(), self.batch.errors.len());
        let outcome = match self.only_checks {
            true => self.check(message, place),
            false => read(self, place),
        };
        if let Err(error) = outcome {
            self.batch.attrs.truncate(attrs);
            self.batch.errors.truncate(errors);
            self.leave_out(what, message, place, error);
        }
    }

    /// Goes through a message that is not kept.
    fn check(&mut self, message: &Message, (start, end): Place) -> Result<()> {
        Writer {
            bytes: self.bytes,
            out: &mut String::new(),
            problems: &mut self.batch.problems,
        }
        .message(message, start, end)
    }

    /// Lists a broken record.
    #[cold]
    fn leave_out(&mut self, what: &str, message: &Message, place: Place, error: WireError) {
        let (start, end) = place;
        if error.at >= self.bytes.len() || end > self.bytes.len() {
            return self.note_cut(start);
        }
        let at = match error.at == start {
            true => String::new(),
            false => format!(" (byte {})", self.base + error.at as u64),
        };
        let reason = format!("{what} left out: {}{at}", error.what);
        let byte = self.base + start as u64;
        let begins = self.excerpt(message, place);
        self.batch.problems.skip(0, byte, reason, begins.as_bytes());
    }

    /// How a record begins, as JSON.
    fn excerpt(&self, message: &Message, (start, end): Place) -> String {
        let mut out = String::new();
        let mut writer = Writer {
            bytes: self.bytes,
            out: &mut out,
            problems: &mut Problems::default(),
        };
        // Where it breaks, what was written so far is how it begins.
        let _ = writer.message(message, start, end.min(start + EXCERPT_CHARS * 8));
        out
    }

    /// Lists where a list of records breaks.
    #[cold]
    fn note_break(&mut self, error: WireError) {
        if error.at >= self.bytes.len() {
            return self.note_cut(error.at);
        }
        let reason = format!(
            "A message breaks here: {}; records before that were kept",
            error.what
        );
        let byte = self.base + error.at as u64;
        self.batch.problems.skip(0, byte, reason, b"");
    }

    /// Lists, once, that the stretch ends within a message.
    #[cold]
    fn note_cut(&mut self, at: usize) {
        if std::mem::replace(&mut self.cut_off, true) {
            return;
        }
        let at = self.base + at.min(self.bytes.len()) as u64;
        let reason = "The file ends within a message; complete records before that were kept";
        self.batch.problems.skip(0, at, reason, b"");
    }
}

/// Where the last of the fields in a stretch ends: after the stretch, if it was cut off.
fn end_of_fields(bytes: &[u8]) -> usize {
    let mut fields = Fields::new(bytes, 0, usize::MAX);
    while fields.at() < bytes.len() {
        if fields.next().is_err() {
            return bytes.len();
        }
    }
    fields.at()
}
