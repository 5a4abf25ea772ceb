//! Logs as lines of text: a JSON object a line (NDJSON), `key=value` pairs a line (logfmt), and what stands between them.
//!
//! Files of logs are rarely pure, so both formats are read by the same parser, which judges each line by itself: [`lines`]
//! takes it out of what a container runtime wrapped it in and joins stack traces to the record they follow, [`read`] turns it
//! into attributes (JSON, [`logfmt`] or plain text), and [`settle`] finds time, level, message, trace and service among the
//! attributes by the table of names in [`keys`]. A message that is itself an object is taken apart, too ([`object`]). What was understood completely becomes a field; everything else stays an
//! attribute under its own name. The formats differ in how they are recognised ([`mod@sniff`]).

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
    cutter: |_| Box::new(lines::Cutter::default()),
    parse: read::parse,
};

/// `key=value` pairs a line.
pub static LOGFMT: Format = Format {
    id: "logfmt",
    name: "Logs as key=value lines (logfmt)",
    sniff: sniff::logfmt,
    cutter: |_| Box::new(lines::Cutter::default()),
    parse: read::parse,
};
