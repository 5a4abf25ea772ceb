//! Records on their way in: one batch is what was parsed from one stretch of input.
//!
//! A batch owns its stretch of input and points into it: text is `(offset, length)`, attributes of all records lie in
//! one list, attribute names are interned once a batch. No record owns a `String` or a map, which is what lets import
//! run at the speed of the parser. Nothing here is tied to a format or to the store.

use super::report::Problems;
use super::{Nanos, SpanId, TraceId};
use hashbrown::HashMap;
use std::ops::Range;

/// Text within a batch: where it lies in the input, or (top bit set) in the arena of rewritten text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text {
    offset: u32,
    len: u32,
}

const ARENA: u32 = 1 << 31;

impl Text {
    /// No text, or the empty one.
    pub const EMPTY: Self = Self { offset: 0, len: 0 };

    /// A stretch of the batch's input. The input of a batch is shorter than 2 GiB.
    pub fn in_input(range: Range<usize>) -> Self {
        debug_assert!(
            range.end < ARENA as usize,
            "batches are cut far below 2 GiB"
        );
        Self {
            offset: range.start as u32,
            len: (range.end - range.start) as u32,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// A number that no other text of its batch has, unless it reads the same.
    pub fn mark(self) -> u64 {
        u64::from(self.offset) << 32 | u64::from(self.len)
    }
}

/// A value within a batch; see [`super::Value`] for what the kinds mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BatchValue {
    /// Null.
    Null,
    /// Text.
    Str(Text),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// An array or object as JSON text.
    Json(Text),
}

/// An attribute's name as interned in its batch: an index into [`Keys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(pub u32);

/// One attribute of a record.
#[derive(Clone, Copy, Debug)]
pub struct Attr {
    /// Its name.
    pub key: KeyId,
    /// Its value.
    pub value: BatchValue,
}

/// Where a record's attributes lie in [`Batch::attrs`].
pub type AttrRange = Range<u32>;

/// The attribute names of a batch.
#[derive(Debug, Default)]
pub struct Keys {
    ids: HashMap<Box<str>, KeyId>,
    names: Vec<Box<str>>,
}

impl Keys {
    /// The id of a name, giving it one if it is new.
    pub fn intern(&mut self, name: &str) -> KeyId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = KeyId(self.names.len() as u32);
        self.names.push(name.into());
        self.ids.insert(name.into(), id);
        id
    }

    /// The id of a name that may not occur.
    pub fn get(&self, name: &str) -> Option<KeyId> {
        self.ids.get(name).copied()
    }

    /// The name behind an id of this batch.
    pub fn name(&self, id: KeyId) -> &str {
        &self.names[id.0 as usize]
    }

    /// All names, in the order of their ids.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    fn clear(&mut self) {
        self.ids.clear();
        self.names.clear();
    }
}

/// Who sent records: the attributes shared by everything of one process.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// Its attributes, as the source wrote them.
    pub attrs: AttrRange,
    /// The service's name, by the conventions; empty when nothing names one.
    pub service: Text,
    /// Name of the SDK that wrote it, such as `sentry.javascript.browser`; empty when unknown.
    pub sdk: Text,
}

/// Which library within the process made a record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// Its name, such as `opentelemetry.instrumentation.psycopg`.
    pub name: Text,
    /// Its version.
    pub version: Text,
}

/// The role of a span towards other processes (OpenTelemetry's span kind).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SpanKind {
    /// Not said.
    #[default]
    Unspecified = 0,
    /// Work inside the process.
    Internal = 1,
    /// Handles a request.
    Server = 2,
    /// Sends a request.
    Client = 3,
    /// Puts a message into a queue.
    Producer = 4,
    /// Takes a message from a queue.
    Consumer = 5,
}

impl SpanKind {
    /// The kind for OTLP's number; unknown numbers are unspecified.
    pub fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Internal,
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Unspecified,
        }
    }

    /// Lower-case name, as searched and shown; empty when unspecified.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

/// How a span ended, reduced to what every dialect can say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SpanStatus {
    /// Not said.
    #[default]
    Unset = 0,
    /// It worked.
    Ok = 1,
    /// It failed.
    Error = 2,
}

impl SpanStatus {
    /// The status behind a stored number; unknown numbers are unset.
    pub fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Ok,
            2 => Self::Error,
            _ => Self::Unset,
        }
    }

    /// Lower-case name, as searched and shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}

/// One span.
#[derive(Clone, Debug, Default)]
pub struct SpanRecord {
    /// Its trace.
    pub trace: TraceId,
    /// Its own id.
    pub id: SpanId,
    /// Its parent's id; [`SpanId::is_none`] for a root.
    pub parent: SpanId,
    /// Its name as written; for dialects without one, the description.
    pub name: Text,
    /// Canonical operation, such as `db` or `http.server`; filled by [`super::conventions`] when the source has none.
    pub op: Text,
    /// Canonical description, such as the query's text; filled by [`super::conventions`] when the source has none.
    pub description: Text,
    /// Role towards other processes.
    pub kind: SpanKind,
    /// Outcome.
    pub status: SpanStatus,
    /// Outcome in the source's words (`internal_error`, an OTLP status message); may be empty.
    pub status_message: Text,
    /// Start.
    pub start: Nanos,
    /// Duration in nanoseconds; never negative (an end before the start is repaired to 0 and noted).
    pub duration: i64,
    /// Whether it is a segment: a Sentry transaction or the entry span of a service.
    pub segment: bool,
    /// Index into [`Batch::resources`].
    pub resource: u32,
    /// Index into [`Batch::scopes`].
    pub scope: u32,
    /// Its attributes.
    pub attrs: AttrRange,
    /// Span events as a JSON array in OTLP's shape; empty for none.
    pub events: Text,
    /// Links to other spans as a JSON array in OTLP's shape; empty for none.
    pub links: Text,
    /// Byte offset of the record in its (decompressed) file.
    pub position: u64,
}

/// One log record.
#[derive(Clone, Debug, Default)]
pub struct LogRecord {
    /// When it happened (observed time if the source says no other).
    pub time: Nanos,
    /// OpenTelemetry's severity number, 1 to 24; 0 when unknown.
    pub severity: u8,
    /// The severity as written, such as `warn`; may be empty.
    pub severity_text: Text,
    /// The message.
    pub body: Text,
    /// Template the message was made from, when the source says so.
    pub template: Text,
    /// The trace it belongs to; [`TraceId::is_none`] for none.
    pub trace: TraceId,
    /// The span it was written in; [`SpanId::is_none`] for none.
    pub span: SpanId,
    /// Index into [`Batch::resources`].
    pub resource: u32,
    /// Index into [`Batch::scopes`].
    pub scope: u32,
    /// Its attributes.
    pub attrs: AttrRange,
    /// Byte offset of the record in its (decompressed) file.
    pub position: u64,
}

/// One error: a Sentry error event, or an exception recorded on a span.
#[derive(Clone, Debug, Default)]
pub struct ErrorRecord {
    /// Identity: Sentry's event id or the like; 0 where what it says, in which span and when, is all there is.
    pub id: u128,
    /// Its trace; [`TraceId::is_none`] for none.
    pub trace: TraceId,
    /// The span it happened in; [`SpanId::is_none`] for none.
    pub span: SpanId,
    /// When.
    pub time: Nanos,
    /// `error`, `fatal`, `warning`, …
    pub level: Text,
    /// Type of the outermost exception, such as `PaymentError`; empty for a plain message.
    pub exception_type: Text,
    /// Its message.
    pub message: Text,
    /// Endpoint or job it happened in; may be empty.
    pub transaction: Text,
    /// Index into [`Batch::resources`].
    pub resource: u32,
    /// The whole record as JSON, as the source wrote it.
    pub document: Text,
    /// Byte offset of the record in its (decompressed) file.
    pub position: u64,
}

/// What a job that runs at regular times told of one of its runs (a Sentry check-in).
#[derive(Clone, Debug, Default)]
pub struct CheckInRecord {
    /// The run: what its first and its last check-in have in common.
    pub run: u128,
    /// The name of the monitor it reports to.
    pub monitor: Text,
    /// `in_progress`, `ok`, `error`, …
    pub status: Text,
    /// When it was told.
    pub time: Nanos,
    /// How long the run took in nanoseconds, if it says so.
    pub duration: Option<i64>,
    /// Where it ran; may be empty.
    pub environment: Text,
    /// The version that ran; may be empty.
    pub release: Text,
    /// When the job is to run, as the source wrote it, in JSON; empty if it does not say.
    pub config: Text,
    /// Its trace; [`TraceId::is_none`] for none.
    pub trace: TraceId,
    /// The span of the run; [`SpanId::is_none`] for none.
    pub span: SpanId,
    /// Index into [`Batch::resources`].
    pub resource: u32,
}

/// What was read from one stretch of one input.
#[derive(Debug, Default)]
pub struct Batch {
    /// The stretch of input, UTF-8. Of a binary one only the texts of its records, one after the other.
    pub input: String,
    /// Text that does not stand in the input as such: unescaped or composed.
    pub arena: String,
    /// Attribute names.
    pub keys: Keys,
    /// Attributes of all records, resources included.
    pub attrs: Vec<Attr>,
    /// Who sent the records.
    pub resources: Vec<Resource>,
    /// Which libraries made them.
    pub scopes: Vec<Scope>,
    /// Spans.
    pub spans: Vec<SpanRecord>,
    /// Log records.
    pub logs: Vec<LogRecord>,
    /// Errors.
    pub errors: Vec<ErrorRecord>,
    /// Check-ins of jobs.
    pub check_ins: Vec<CheckInRecord>,
    /// What could not be read or had to be repaired in this stretch.
    pub problems: Problems,
}

impl Batch {
    /// The text behind a reference of this batch.
    pub fn text(&self, text: Text) -> &str {
        let start = (text.offset & !ARENA) as usize;
        let source = if text.offset & ARENA != 0 {
            &self.arena
        } else {
            &self.input
        };
        &source[start..start + text.len as usize]
    }

    /// Whether a text is made of these bytes.
    #[inline]
    pub fn text_is(&self, text: Text, bytes: &[u8]) -> bool {
        let start = (text.offset & !ARENA) as usize;
        let source = if text.offset & ARENA != 0 {
            &self.arena
        } else {
            &self.input
        };
        text.len as usize == bytes.len()
            && source.as_bytes().get(start..start + bytes.len()) == Some(bytes)
    }

    /// Keeps a text that is not part of the input.
    pub fn keep(&mut self, text: &str) -> Text {
        self.keep_with(|arena| arena.push_str(text))
    }

    /// Keeps what `write` appends to the arena.
    pub fn keep_with(&mut self, write: impl FnOnce(&mut String)) -> Text {
        let start = self.arena.len();
        write(&mut self.arena);
        debug_assert!(
            self.arena.len() < ARENA as usize,
            "batches are cut far below 2 GiB"
        );
        Text {
            offset: start as u32 | ARENA,
            len: (self.arena.len() - start) as u32,
        }
    }

    /// The attributes in a range.
    pub fn attrs(&self, range: &AttrRange) -> &[Attr] {
        &self.attrs[range.start as usize..range.end as usize]
    }

    /// An attribute of a range by name; where a name stands twice, the first counts.
    pub fn attr(&self, range: &AttrRange, name: &str) -> Option<BatchValue> {
        let key = self.keys.get(name)?;
        self.attrs(range)
            .iter()
            .find(|attr| attr.key == key)
            .map(|attr| attr.value)
    }

    /// Spans, logs and errors together.
    pub fn records(&self) -> usize {
        self.spans.len() + self.logs.len() + self.errors.len()
    }

    /// Forgets everything but the memory it took.
    pub fn clear(&mut self) {
        self.input.clear();
        self.arena.clear();
        self.keys.clear();
        self.attrs.clear();
        self.resources.clear();
        self.scopes.clear();
        self.spans.clear();
        self.logs.clear();
        self.errors.clear();
        self.check_ins.clear();
        self.problems = Problems::default();
    }

    /// How many bytes its texts, attributes and records have room for.
    pub fn room(&self) -> usize {
        self.input.capacity()
            + self.arena.capacity()
            + self.attrs.capacity() * size_of::<Attr>()
            + self.spans.capacity() * size_of::<SpanRecord>()
            + self.logs.capacity() * size_of::<LogRecord>()
            + self.errors.capacity() * size_of::<ErrorRecord>()
    }
}
