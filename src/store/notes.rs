//! What people wrote about spans. A note goes by the ids of trace and span, so that it outlives an import that is removed and
//! made anew.

use super::{Reader, StoreError, Writer};
use crate::model::{Nanos, SpanId, TraceId};
use rusqlite::params;

/// What someone wrote about a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its trace.
    pub trace: TraceId,
    /// The span.
    pub span: SpanId,
    /// The text; never empty.
    pub text: String,
    /// When it was written.
    pub written: Nanos,
}

impl Writer {
    /// Keeps a note in place of the one that the span had; an empty text takes it away.
    ///
    /// # Errors
    /// As with everything that is written.
    pub fn write_note(&mut self, note: &Note) -> Result<(), StoreError> {
        let (trace, span) = (note.trace.0.as_slice(), note.span.0 as i64);
        let done = match note.text.trim() {
            "" => self.connection.execute(
                "DELETE FROM note WHERE trace_id = ?1 AND span = ?2",
                params![trace, span],
            ),
            text => self.connection.execute(
                "INSERT INTO note(trace_id, span, text, written) VALUES(?1, ?2, ?3, ?4)
                 ON CONFLICT(trace_id, span) DO UPDATE SET text = excluded.text, written = excluded.written",
                params![trace, span, text, note.written.0],
            ),
        };
        done.map(drop).map_err(StoreError::sql("keep the note"))
    }
}

impl Reader {
    /// The notes of a trace, the oldest first.
    ///
    /// # Errors
    /// As with every question.
    pub fn notes(&self, trace: TraceId) -> Result<Vec<Note>, StoreError> {
        self.begin();
        let list = || {
            let sql =
                "SELECT span, text, written FROM note WHERE trace_id = ?1 ORDER BY written, span";
            let mut find = self.scanner.connection.prepare_cached(sql)?;
            let notes = find.query_map([trace.0.as_slice()], |row| {
                Ok(Note {
                    trace,
                    span: SpanId(row.get::<_, i64>(0)? as u64),
                    text: row.get(1)?,
                    written: Nanos(row.get(2)?),
                })
            })?;
            notes.collect::<rusqlite::Result<Vec<_>>>()
        };
        list().map_err(StoreError::sql("read the notes"))
    }
}
