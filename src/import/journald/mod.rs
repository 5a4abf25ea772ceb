//! The export format of systemd's journal, as `journalctl -o export` writes it.
//!
//! A record is a list of fields and ends with an empty line. A field is `NAME=value`, or, where the value has line breaks or
//! is no text, its name alone on a line, then its length (64 bits, little-endian) and the value. [`framing`] finds fields and
//! records in bytes, [`read`](mod@read) makes log records of them. What fields mean stands in the table of
//! [`log_lines`](super::log_lines), which also reads the journal's JSON (`journalctl -o json`).

mod framing;
mod read;

use super::format::Format;

/// The journal's export format.
pub static FORMAT: Format = Format {
    id: "journald-export",
    name: "systemd journal export",
    sniff: framing::sniff,
    cutter: |_| Box::new(framing::Cutter::default()),
    parse: read::parse,
};
