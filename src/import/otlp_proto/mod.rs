//! OpenTelemetry's protobuf: what the Collector's file exporter writes with `format: proto`, what OTLP/HTTP carries and
//! what Tempo answers.
//!
//! A file is one message, or messages with their length (four bytes, the highest first) before each; Tempo wraps a
//! message once more. [`wire`] reads fields, [`signal`] finds out whether a message has spans, log records or metrics,
//! [`cutter`] where to cut. [`reader`] goes down to the records of a stretch, [`record`] reads one, [`value`] its
//! attributes; [`compose`] and [`element`] write what a record keeps as JSON, with the names in [`schema`]. What a record
//! means once its fields are known stands in `otlp_json`, so both forms of one record become the same.

mod compose;
mod cutter;
mod element;
mod keys;
mod read;
mod reader;
mod record;
mod schema;
mod signal;
mod text;
mod value;
mod wire;

use super::format::Format;

/// OTLP as protobuf.
pub static FORMAT: Format = Format {
    id: "otlp-proto",
    name: "OpenTelemetry (OTLP) protobuf",
    sniff: signal::sniff,
    cutter: cutter::for_file,
    parse: read::parse,
};
