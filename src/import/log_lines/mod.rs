//! Logs as lines of text: a JSON object a line (NDJSON), `key=value` pairs a line (logfmt), text with a time or level in front
//! ([`begin`]), and what stands between them; and the same objects in [`documents`].
//!
//! Files of logs are rarely pure, so lines are read by one parser, which judges each line by itself: [`lines`]
//! takes it out of what a container runtime wrapped it in and joins stack traces to the record they follow, [`read`] turns it
//! into attributes (JSON, [`logfmt`] or plain text), and [`settle`](mod@settle) finds time, level, message, trace and service among the
//! attributes by the table of names in [`keys`]. A message that is itself an object is taken apart, too ([`object`]). What was understood completely becomes a field; everything else stays an
//! attribute under its own name. The formats differ in how they are recognised ([`mod@sniff`]).

mod begin;
mod carrier;
mod documents;
mod keys;
pub(in crate::import) mod level;
mod lines;
mod logfmt;
mod moment;
mod object;
mod read;
mod settle;
mod sniff;
mod wrapping;

use super::format::Format;

pub use settle::settle;

/// A JSON object a line.
pub static NDJSON: Format = Format {
    id: "ndjson-logs",
    name: "Logs as JSON lines",
    sniff: sniff::ndjson,
    cutter: |_| Box::new(lines::Cutter::new(lines::goes_on)),
    parse: read::parse,
};

/// JSON over several lines, in an array, or in the answer of a service.
pub static DOCUMENTS: Format = Format {
    id: "json-logs",
    name: "Logs as JSON documents",
    sniff: sniff::documents,
    cutter: documents::cutter,
    parse: documents::parse,
};

/// Lines that begin with a time or a level.
pub static TEXT: Format = Format {
    id: "text-logs",
    name: "Logs as text lines",
    sniff: sniff::text,
    cutter: |_| Box::new(lines::Cutter::new(begin::goes_on)),
    parse: read::parse_text,
};

/// `key=value` pairs a line.
pub static LOGFMT: Format = Format {
    id: "logfmt",
    name: "Logs as key=value lines (logfmt)",
    sniff: sniff::logfmt,
    cutter: |_| Box::new(lines::Cutter::new(lines::goes_on)),
    parse: read::parse,
};
