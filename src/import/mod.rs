//! Files become batches of records.
//!
//! [`import_file`] recognises a file by its content ([`format`](mod@format)), cuts it into stretches at record boundaries, parses
//! them on all cores into [`model`](crate::model) batches and hands these, in file order, to a
//! [`Sink`](crate::model::sink::Sink). One folder a format, all of them in one list: [`format::FORMATS`]. What cannot be
//! read is listed with its place and reason; nothing is dropped silently, no input can make it panic, and memory does
//! not grow with the file ([`limits`]).
//!
//! This module does not know what a sink does with a batch, and nothing of queries, analysis or windows.

mod archive;
mod attached;
mod buffers;
mod chrome_trace;
mod clickhouse;
mod clock;
mod console;
mod datadog;
mod elastic_apm;
mod explain;
mod files;
mod fill;
mod flat;
pub mod format;
mod jaeger;
mod journald;
pub mod json;
pub mod limits;
mod log_lines;
mod otlp_json;
mod otlp_proto;
mod packed;
mod padded;
pub mod pipeline;
mod plain;
mod progress;
mod reading;
mod resume;
mod sentry;
mod services;
mod source;
pub mod stretch;
mod tags;
mod unpack;
mod utf16;
mod xray;
mod zipkin;

pub use files::{import_file, recognise};
pub use format::{FORMATS, Format, sniff};
pub use pipeline::Options;
pub use progress::Progress;
pub use source::expand;
