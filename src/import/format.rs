//! The formats, as one list. A new format is a folder beside this file and a line in [`FORMATS`].

use super::stretch::Stretch;
use super::{
    chrome_trace, clickhouse, console, datadog, elastic_apm, jaeger, journald, limits, log_lines,
    otlp_json, otlp_proto, sentry, xray, zipkin,
};
use crate::model::CancelToken;
use crate::model::batch::Batch;

/// A format: how it is told from others, how it is cut, how it is read.
#[derive(Debug)]
pub struct Format {
    /// Its id, as reports and stores name it.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Whether a file that begins so is in this format. Sees at most [`limits::SNIFF_BYTES`].
    pub sniff: fn(&[u8]) -> bool,
    /// A cutter for a file that begins so.
    pub cutter: fn(&[u8]) -> Box<dyn Cut>,
    /// Reads a stretch. `None` when the token was cancelled on the way.
    pub parse: fn(Stretch, &CancelToken) -> Option<Parsed>,
}

/// What became of a stretch.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Its records and problems.
    pub batch: Batch,
    /// Whether it ended within a record. At the end of a file that means: more may still be written.
    pub open_end: bool,
    /// The stretch's bytes, if they are not the batch's input: memory for others.
    pub bytes: Vec<u8>,
}

/// Where to cut, given what is buffered.
#[derive(Debug, PartialEq, Eq)]
pub enum Cutting {
    /// More bytes are needed to tell.
    More,
    /// Everything up to `end` is a stretch.
    At {
        /// How many buffered bytes it takes.
        end: usize,
        /// Text to put before it.
        before: Vec<u8>,
        /// Text to put after it.
        after: Vec<u8>,
        /// Whether reading can begin again after it without knowing what came before.
        clean: bool,
    },
    /// Everything up to `end` has to be left out.
    Drop {
        /// How many buffered bytes it takes.
        end: usize,
        /// Why; `None` when it goes on with what was dropped, and told, before.
        reason: Option<&'static str>,
    },
}

/// Finds record boundaries in a file that comes in pieces. Runs on the reader thread, so it must be quick.
pub trait Cut: Send {
    /// Looks at all bytes that are buffered and not yet cut; `ends` says that no more will come.
    ///
    /// Is asked again after each cut. With `ends` and a buffer that is not empty it must not answer [`Cutting::More`].
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting;

    /// Whether every line is a document of its own.
    fn by_lines(&self) -> bool;

    /// About how many bytes a stretch should have.
    fn stretch_bytes(&self) -> usize {
        limits::CHUNK_BYTES
    }
}

/// All formats, the most particular first.
pub static FORMATS: &[&Format] = &[
    &otlp_proto::FORMAT,
    &xray::FORMAT,
    &sentry::FORMAT,
    &sentry::TRACE,
    &sentry::EVENTS,
    &console::FORMAT,
    &otlp_json::FORMAT,
    &jaeger::FORMAT,
    &jaeger::DOCUMENTS,
    &zipkin::FORMAT,
    &datadog::FORMAT,
    &elastic_apm::FORMAT,
    &zipkin::V1,
    &journald::FORMAT,
    &clickhouse::FORMAT,
    &chrome_trace::FORMAT,
    &log_lines::LOGFMT,
    &log_lines::NDJSON,
    &log_lines::DOCUMENTS,
    &log_lines::TEXT,
];

/// The name of a format for people; its id when it is none of this version's.
pub fn name_of(id: &str) -> &str {
    let known = FORMATS.iter().find(|format| format.id == id);
    known.map_or(id, |format| format.name)
}

/// The format of a file that begins so, by content alone.
pub fn sniff(prefix: &[u8]) -> Option<&'static Format> {
    let seen = &prefix[..prefix.len().min(limits::SNIFF_BYTES)];
    FORMATS.iter().copied().find(|format| (format.sniff)(seen))
}
