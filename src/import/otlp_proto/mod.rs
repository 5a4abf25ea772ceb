//! OpenTelemetry's protobuf: what the Collector's file exporter writes with `format: proto`, what OTLP/HTTP carries and
//! what Tempo answers.
//!
//! A file is one message, or messages with their length (four bytes, the highest first) before each; Tempo wraps a
//! message once more. [`wire`] reads fields, [`schema`] says what they mean, [`signal`] finds out whether a message has
//! spans, log records or metrics, [`cutter`] where to cut. [`rewrite`] then turns a stretch into OTLP JSON, which the
//! parser of that format reads: so both forms of one record become the same, and OTLP's meaning is told in one place only.

mod cutter;
mod read;
mod rewrite;
mod schema;
mod signal;
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
