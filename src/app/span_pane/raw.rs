//! A span's record as it came: from its file while that still has it, else put together anew from the store.

use crate::analysis::SpanIndex;
use crate::analysis::json_text::{indented, value_len};
use crate::app::exporting;
use crate::app::questions::GroupedTrace;
use crate::model::record::RecordDetails;
use crate::model::trace::{Span, Trace};
use crate::model::{CancelToken, Nanos, TraceId};
use crate::store::{Reader, RecordKind, StoreError};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::time::UNIX_EPOCH;

/// Longest record that is read from a file, in bytes.
const LONGEST: u64 = 4 << 20;

/// A record as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// The trace and the span it tells of.
    pub of: (TraceId, SpanIndex),
    /// Letter by letter.
    pub text: String,
    /// With a line a member, if it is JSON.
    pub lines: String,
    /// Where it is from.
    pub source: RawSource,
}

/// Where a record's text is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawSource {
    /// Its file still has it there.
    File {
        path: String,
        position: u64,
        /// Whether the file was written to after it was read; the record is there all the same.
        changed: bool,
    },
    /// It was put together anew, as OTLP JSON, because of this.
    Rebuilt { why: String },
}

impl RawSource {
    /// In a sentence.
    pub fn in_words(&self) -> String {
        match self {
            Self::File {
                path,
                position,
                changed,
            } => {
                let since = if *changed {
                    "; the file was written to since it was imported"
                } else {
                    ""
                };
                let position = crate::model::human::grouped(*position);
                format!("As it stands in {path} at byte {position}{since}.")
            }
            Self::Rebuilt { why } => {
                format!("Put together anew from the store, as OTLP JSON: {why}.")
            }
        }
    }
}

impl RawRecord {
    /// Reads the record of a span.
    pub(in crate::app) fn read(
        reader: &Reader,
        grouped: &GroupedTrace,
        at: SpanIndex,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let trace = &grouped.trace;
        let Some(span) = trace.spans.get(at.at()) else {
            return Err(StoreError::failed(
                "read a span",
                "the trace has no such span",
            ));
        };
        let details = reader.details(RecordKind::Span, span.at)?;
        let (text, source) = match from_file(span, &details) {
            Ok(text) => (text, in_file(reader, &details)?),
            Err(why) => {
                let errors = grouped.tree.errors(at).iter();
                let errors = errors.filter_map(|error| trace.errors.get(*error as usize));
                let alone = Trace {
                    id: trace.id,
                    spans: vec![span.clone()],
                    logs: Vec::new(),
                    errors: errors.cloned().collect(),
                };
                let text = exporting::as_otlp(reader, &alone, cancel)?;
                (text.trim_end().to_owned(), RawSource::Rebuilt { why })
            }
        };
        let lines = match text.starts_with(['{', '[']) {
            true => indented(&text),
            false => text.clone(),
        };
        Ok(Self {
            of: (trace.id, at),
            text,
            lines,
            source,
        })
    }
}

fn in_file(reader: &Reader, details: &RecordDetails) -> Result<RawSource, StoreError> {
    let path = details.file.to_string();
    let imports = reader.imports()?;
    let of_file = imports.iter().filter(|import| import.report.path == path);
    let read_at = of_file.map(|import| import.at).max();
    let changed = written_at(&path)
        .zip(read_at)
        .is_some_and(|(written, read)| written > read);
    Ok(RawSource::File {
        path,
        position: details.position,
        changed,
    })
}

/// When a file was written to last.
fn written_at(path: &str) -> Option<Nanos> {
    let time = std::fs::metadata(path).ok()?.modified().ok()?;
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok().map(Nanos)
}

/// The record in its file; else why it is not there.
fn from_file(span: &Span, details: &RecordDetails) -> Result<String, String> {
    let path = &*details.file;
    let gone = || format!("{path} is not there any more");
    let is_file = std::fs::metadata(path).is_ok_and(|file| file.is_file());
    if !is_file {
        return Err(gone());
    }
    let mut file = File::open(path).map_err(|_| gone())?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(details.position))
        .and_then(|_| file.take(LONGEST).read_to_end(&mut bytes))
        .map_err(|error| format!("{path} cannot be read: {error}"))?;
    let text = record_in(&bytes).filter(|text| tells_of(text, span));
    text.ok_or_else(|| {
        format!("{path} is packed or binary, or has something else in its place now")
    })
}

/// The record that bytes begin with: a JSON value, or a line.
fn record_in(bytes: &[u8]) -> Option<String> {
    let len = match bytes.first()? {
        b'{' | b'[' => value_len(bytes)?,
        _ => memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()),
    };
    String::from_utf8(bytes.get(..len)?.to_vec()).ok()
}

/// Whether a record names the span: in hexadecimal digits, or in decimal ones as Datadog writes ids.
fn tells_of(text: &str, span: &Span) -> bool {
    let hex = span.id.to_string();
    let short = hex.trim_start_matches('0');
    let text = text.to_ascii_lowercase();
    text.contains(&hex)
        || (short.len() >= 8 && text.contains(short))
        || text.contains(&span.id.0.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_value_or_a_line() {
        let found = |text: &str| record_in(text.as_bytes());
        assert_eq!(found("{\"a\":[1]},{}").as_deref(), Some("{\"a\":[1]}"));
        assert_eq!(found("a b\nc").as_deref(), Some("a b"));
        assert_eq!(found("{\"cut\":"), None);
        assert_eq!(found(""), None);
        assert_eq!(record_in(b"\xff\xfe\n"), None);
    }
}
