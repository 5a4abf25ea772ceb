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
mod clock;
mod explain;
mod files;
mod fill;
pub mod format;
mod jaeger;
pub mod json;
pub mod limits;
mod log_lines;
mod otlp_json;
mod otlp_proto;
mod packed;
pub mod pipeline;
mod reading;
mod resume;
mod sentry;
mod source;
pub mod stretch;
mod tags;
mod unpack;
mod zipkin;

pub use files::import_file;
pub use format::{FORMATS, Format, sniff};
pub use pipeline::{Options, Progress};
pub use source::expand;
