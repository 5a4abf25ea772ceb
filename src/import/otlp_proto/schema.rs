//! OpenTelemetry's protobuf messages as tables: which field has which number, how it is written in protobuf and what
//! OTLP JSON calls it.
//!
//! Records are not read by these tables; they say how a part that a record keeps as JSON is written, and whether a record
//! that nobody reads is whole. Fields that are not listed are skipped. Of metrics it is enough to know that they are there.
//! This module knows no bytes.

/// A kind of message.
#[derive(Debug)]
pub struct Message {
    /// Its fields.
    pub fields: &'static [Field],
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

/// What a resource says of itself.
pub static RESOURCE: Message = Message {
    fields: &[many(1, "attributes", &KEY_VALUE)],
};

/// A scope.
pub static SCOPE: Message = Message {
    fields: &[one(1, "name", Kind::Text), one(2, "version", Kind::Text)],
};

/// A span.
pub static SPAN: Message = Message {
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

/// What happened during a span.
pub static EVENT: Message = Message {
    fields: &[
        one(1, "timeUnixNano", Kind::Fixed64),
        one(2, "name", Kind::Text),
        many(3, "attributes", &KEY_VALUE),
        one(4, "droppedAttributesCount", Kind::Int32),
    ],
};

/// A link to another span.
pub static LINK: Message = Message {
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
    fields: &[one(2, "message", Kind::Text), one(3, "code", Kind::Int32)],
};

/// A log record.
pub static LOG_RECORD: Message = Message {
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

/// A metric.
pub static METRIC: Message = Message {
    fields: &[one(1, "name", Kind::Text)],
};

/// An attribute. A key that is not written is the empty one.
pub static KEY_VALUE: Message = Message {
    fields: &[
        one(1, "key", Kind::Text),
        one(2, "value", Kind::Message(&ANY_VALUE)),
    ],
};

static ANY_VALUE: Message = Message {
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
    fields: &[many(1, "values", &ANY_VALUE)],
};

static LIST_VALUE: Message = Message {
    fields: &[many(1, "values", &KEY_VALUE)],
};
