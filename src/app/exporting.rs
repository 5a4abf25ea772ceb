//! A trace out of the store into a file, in any form: what the window's writer thread and the command line both do.

use crate::export::drawing::{Drawing, draw};
use crate::export::format::{Format, MOST_PIXEL_ROWS};
use crate::export::redact::{Redacted, Redactor, Replaced, Rule, preview};
use crate::export::source::{Details, Material, part};
use crate::model::record::{RecordDetails, RecordRef};
use crate::model::trace::Trace;
use crate::model::{CancelToken, SpanId, TraceId};
use crate::store::{Reader, RecordKind, StoreError};
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// What is exported, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// The trace.
    pub trace: TraceId,
    /// Only these spans and all below them.
    pub part: Option<Arc<[SpanId]>>,
    /// The form.
    pub format: Format,
    /// What is taken out.
    pub rules: Vec<Rule>,
    /// Whether pixels have a dark ground.
    pub dark: bool,
}

/// Paints a drawing, on a dark ground or a light one, as the bytes of a PNG.
pub type Painter = fn(&Drawing, bool) -> Result<Vec<u8>, String>;

/// Details as the store has them.
struct Stored<'a>(&'a Reader);

impl Stored<'_> {
    fn all(&self, kind: RecordKind, refs: &[RecordRef]) -> io::Result<Vec<RecordDetails>> {
        let details = refs.iter().map(|at| self.0.details(kind, *at));
        details.collect::<Result<_, _>>().map_err(failed)
    }
}

impl Details for Stored<'_> {
    fn spans(&self, refs: &[RecordRef]) -> io::Result<Vec<RecordDetails>> {
        self.all(RecordKind::Span, refs)
    }

    fn logs(&self, refs: &[RecordRef]) -> io::Result<Vec<RecordDetails>> {
        self.all(RecordKind::Log, refs)
    }

    fn notes(&self, trace: TraceId) -> io::Result<Vec<(SpanId, String)>> {
        let notes = self.0.notes(trace).map_err(failed)?.into_iter();
        Ok(notes.map(|note| (note.span, note.text)).collect())
    }
}

fn failed(error: StoreError) -> io::Error {
    match error {
        StoreError::Cancelled => io::Error::new(io::ErrorKind::Interrupted, "it was stopped"),
        other => io::Error::other(other.to_string()),
    }
}

/// A trace as OTLP JSON, a line a request.
pub(super) fn as_otlp(
    reader: &Reader,
    trace: &Trace,
    cancel: &CancelToken,
) -> Result<String, StoreError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::Interrupted => StoreError::Cancelled,
        _ => StoreError::failed("write a record as OTLP", error.to_string()),
    };
    let material = Material {
        trace,
        details: &Stored(reader),
        cancel,
    };
    let mut out = Vec::new();
    Format::Otlp.write(&material, &mut out).map_err(failed)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

impl Export {
    /// The trace, or the part of it.
    fn load(&self, reader: &Reader, cancel: &CancelToken) -> io::Result<Trace> {
        let gone = |what: String| io::Error::new(io::ErrorKind::NotFound, what);
        let trace = reader.trace(self.trace, cancel).map_err(failed)?;
        let trace = trace.ok_or_else(|| gone(format!("the store has no trace {}", self.trace)))?;
        match &self.part {
            None => Ok(trace),
            Some(spans) => part(&trace, spans)
                .map_err(|unknown| gone(format!("the trace has no span {unknown}"))),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the trace or the span is not in the store, something cannot be read or written, and when cancelled.
    pub fn write(
        &self,
        reader: &Reader,
        painter: Painter,
        cancel: &CancelToken,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let trace = self.load(reader, cancel)?;
        let stored = Stored(reader);
        let material = |trace, details| Material {
            trace,
            details,
            cancel,
        };
        let redactor = RefCell::new(Redactor::new(&self.rules));
        let redacted = Redacted::new(&stored, &redactor);
        let (trace, details): (Trace, &dyn Details) = match self.rules.is_empty() {
            true => (trace, &stored),
            false => (
                redactor.borrow_mut().trace(&material(&trace, &stored))?,
                &redacted,
            ),
        };
        if self.format == Format::Png {
            let png = painter(&draw(&trace, MOST_PIXEL_ROWS), self.dark);
            return out.write_all(&png.map_err(io::Error::other)?);
        }
        self.format.write(&material(&trace, details), out)
    }

    /// Writes it into a file, which is there only when it is whole: what was there before stays until then.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_file(
        &self,
        reader: &Reader,
        painter: Painter,
        cancel: &CancelToken,
        path: &Path,
    ) -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let unfinished = path.with_file_name(name);
        let write = || {
            let mut out = BufWriter::new(File::create(&unfinished)?);
            self.write(reader, painter, cancel, &mut out)?;
            out.into_inner()
                .map_err(|error| error.into_error())?
                .sync_all()?;
            std::fs::rename(&unfinished, path)
        };
        let written = write();
        if written.is_err() {
            // What could not be finished is of no use; if it cannot be removed either, the first reason is the one to tell.
            let _ = std::fs::remove_file(&unfinished);
        }
        written
    }

    /// What the rules take out, the most frequent first.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn preview(&self, reader: &Reader, cancel: &CancelToken) -> io::Result<Vec<Replaced>> {
        let trace = self.load(reader, cancel)?;
        let details = &Stored(reader);
        let material = Material {
            trace: &trace,
            details,
            cancel,
        };
        preview(&material, &self.rules)
    }
}
