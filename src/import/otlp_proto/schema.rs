//! OpenTelemetry's protobuf messages as tables: which field has which number, how it is written in protobuf and what
//! OTLP JSON calls it.
//!
//! Only what becomes part of a record stands here; fields that are not listed are skipped. Of metrics it is enough to
//! know that they are there. This module knows no bytes.

/// A kind of message.
#[derive(Debug)]
pub struct Message {
    /// What it is to a reader who comes upon a broken one.
    pub role: Role,
    /// Its fields.
    pub fields: &'static [Field],
}

/// What is lost when a message is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Only what comes after the break: its parts stand on their own.
    Container,
    /// The whole message, under this name.
    Record(&'static str),
    /// The record it is a part of; its own place is worth knowing.
    Element,
    /// The record it is a part of.
    Part,
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    /// Its number in protobuf.
    pub number: u32,
    /// Its name in JSON.
    pub name: &'static str,
    /// How its value is written in both.
    pub kind: Kind,
    /// Whether it is a list.
    pub repeated: bool,
}

/// How a value is written in protobuf, and in OTLP JSON.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// An id: bytes; hex digits.
    Id,
    /// Bytes; base64.
    Bytes,
    /// Eight bytes; decimal digits in quotes.
    Fixed64,
    /// A varint; decimal digits in quotes.
    Int64,
    /// A varint of 32 bits, enums among them; a number.
    Int32,
    /// Four bytes; a number.
    Fixed32,
    /// A varint; `true` or `false`.
    Bool,
    /// Eight bytes; a number.
    Double,
    /// A message; an object.
    Message(&'static Message),
}

const fn one(number: u32, name: &'static str, kind: Kind) -> Field {
    Field {
        number,
        name,
        kind,
        repeated: false,
    }
}

const fn many(number: u32, name: &'static str, message: &'static Message) -> Field {
    Field {
        number,
        name,
        kind: Kind::Message(message),
        repeated: true,
    }
}

/// The number of the one field between records that is not needed: which version of the conventions they follow.
pub const SCHEMA_URL: u32 = 3;

/// A request with spans: `ExportTraceServiceRequest`, `TracesData`, Tempo's `Trace`.
pub static TRACES: Message = Message {
    role: Role::Container,
    fields: &[many(1, "resourceSpans", &RESOURCE_SPANS)],
};

/// A request with log records.
pub static LOGS: Message = Message {
    role: Role::Container,
    fields: &[many(1, "resourceLogs", &RESOURCE_LOGS)],
};

/// A request with metrics.
pub static METRICS: Message = Message {
    role: Role::Container,
    fields: &[many(1, "resourceMetrics", &RESOURCE_METRICS)],
};

static RESOURCE_SPANS: Message = Message {
    role: Role::Container,
    fields: &[
        one(1, "resource", Kind::Message(&RESOURCE)),
        many(2, "scopeSpans", &SCOPE_SPANS),
        // What scopes were called before 2022.
        many(1000, "instrumentationLibrarySpans", &SCOPE_SPANS),
    ],
};

static RESOURCE_LOGS: Message = Message {
    role: Role::Container,
    fields: &[
        one(1, "resource", Kind::Message(&RESOURCE)),
        many(2, "scopeLogs", &SCOPE_LOGS),
        many(1000, "instrumentationLibraryLogs", &SCOPE_LOGS),
    ],
};

static RESOURCE_METRICS: Message = Message {
    role: Role::Container,
    fields: &[
        one(1, "resource", Kind::Message(&RESOURCE)),
        many(2, "scopeMetrics", &SCOPE_METRICS),
    ],
};

static RESOURCE: Message = Message {
    role: Role::Record("Resource"),
    fields: &[many(1, "attributes", &KEY_VALUE)],
};

static SCOPE_SPANS: Message = Message {
    role: Role::Container,
    fields: &[
        one(1, "scope", Kind::Message(&SCOPE)),
        many(2, "spans", &SPAN),
    ],
};

static SCOPE_LOGS: Message = Message {
    role: Role::Container,
    fields: &[
        one(1, "scope", Kind::Message(&SCOPE)),
        many(2, "logRecords", &LOG_RECORD),
    ],
};

static SCOPE_METRICS: Message = Message {
    role: Role::Container,
    fields: &[
        one(1, "scope", Kind::Message(&SCOPE)),
        many(2, "metrics", &METRIC),
    ],
};

static SCOPE: Message = Message {
    role: Role::Record("Scope"),
    fields: &[one(1, "name", Kind::Text), one(2, "version", Kind::Text)],
};

static SPAN: Message = Message {
    role: Role::Record("Span"),
    fields: &[
        one(1, "traceId", Kind::Id),
        one(2, "spanId", Kind::Id),
        one(3, "traceState", Kind::Text),
        one(4, "parentSpanId", Kind::Id),
        one(5, "name", Kind::Text),
        one(6, "kind", Kind::Int32),
        one(7, "startTimeUnixNano", Kind::Fixed64),
        one(8, "endTimeUnixNano", Kind::Fixed64),
        many(9, "attributes", &KEY_VALUE),
        one(10, "droppedAttributesCount", Kind::Int32),
        many(11, "events", &EVENT),
        one(12, "droppedEventsCount", Kind::Int32),
        many(13, "links", &LINK),
        one(14, "droppedLinksCount", Kind::Int32),
        one(15, "status", Kind::Message(&STATUS)),
    ],
};

static EVENT: Message = Message {
    role: Role::Element,
    fields: &[
        one(1, "timeUnixNano", Kind::Fixed64),
        one(2, "name", Kind::Text),
        many(3, "attributes", &KEY_VALUE),
        one(4, "droppedAttributesCount", Kind::Int32),
    ],
};

static LINK: Message = Message {
    role: Role::Element,
    fields: &[
        one(1, "traceId", Kind::Id),
        one(2, "spanId", Kind::Id),
        one(3, "traceState", Kind::Text),
        many(4, "attributes", &KEY_VALUE),
        one(5, "droppedAttributesCount", Kind::Int32),
        one(6, "flags", Kind::Fixed32),
    ],
};

static STATUS: Message = Message {
    role: Role::Part,
    fields: &[one(2, "message", Kind::Text), one(3, "code", Kind::Int32)],
};

static LOG_RECORD: Message = Message {
    role: Role::Record("Log record"),
    fields: &[
        one(1, "timeUnixNano", Kind::Fixed64),
        one(2, "severityNumber", Kind::Int32),
        one(3, "severityText", Kind::Text),
        one(5, "body", Kind::Message(&ANY_VALUE)),
        many(6, "attributes", &KEY_VALUE),
        one(7, "droppedAttributesCount", Kind::Int32),
        one(9, "traceId", Kind::Id),
        one(10, "spanId", Kind::Id),
        one(11, "observedTimeUnixNano", Kind::Fixed64),
        one(12, "eventName", Kind::Text),
    ],
};

static METRIC: Message = Message {
    role: Role::Record("Metric"),
    fields: &[one(1, "name", Kind::Text)],
};

/// An attribute. A key that is not written is the empty one.
pub static KEY_VALUE: Message = Message {
    role: Role::Part,
    fields: &[
        one(1, "key", Kind::Text),
        one(2, "value", Kind::Message(&ANY_VALUE)),
    ],
};

static ANY_VALUE: Message = Message {
    role: Role::Part,
    fields: &[
        one(1, "stringValue", Kind::Text),
        one(2, "boolValue", Kind::Bool),
        one(3, "intValue", Kind::Int64),
        one(4, "doubleValue", Kind::Double),
        one(5, "arrayValue", Kind::Message(&ARRAY_VALUE)),
        one(6, "kvlistValue", Kind::Message(&LIST_VALUE)),
        one(7, "bytesValue", Kind::Bytes),
    ],
};

static ARRAY_VALUE: Message = Message {
    role: Role::Part,
    fields: &[many(1, "values", &ANY_VALUE)],
};

static LIST_VALUE: Message = Message {
    role: Role::Part,
    fields: &[many(1, "values", &KEY_VALUE)],
};
