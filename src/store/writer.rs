//! The writing side: one connection, one lock, one transaction a batch.

use super::checkpoint::Checkpoints;
use super::encode::{EncodedBatch, SEGMENT_ROWS, SegmentEncoder};
use super::error::explain;
use super::interned::Interned;
use super::lock::Lock;
use super::{StoreError, commit, removal, report, schema};
use crate::model::report::FileReport;
use crate::model::sink::{
    Checkpoint, Committed, FileIdentity, ImportId, KnownImport, Sink, SinkError,
};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::path::Path;
use std::sync::Arc;

/// The one writer of a store.
pub struct Writer {
    // Dropped first: the last connection to be closed empties the log, which is the writer's.
    checkpoints: Checkpoints,
    pub(super) connection: Connection,
    interned: Interned,
    encoder: Arc<SegmentEncoder>,
    // Dropped last: whoever gets the lock next finds the connection closed.
    _lock: Lock,
}

impl Writer {
    /// Opens a store for writing, creating or migrating it as needed, and keeps others from writing until dropped.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process (or another writer of this one) writes to it, [`StoreError::Newer`]
    /// and [`StoreError::NotAStore`] when the file is not one this program may change: it is left as it is.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        // A foreign file must not even get a lock file beside it.
        schema::inspect(path)?;
        let lock = Lock::take(path)?;
        let connection = schema::open_for_writing(path)?;
        let interned = Interned::load(&connection).map_err(StoreError::sql("read the store"))?;
        Ok(Self {
            checkpoints: Checkpoints::of(path),
            connection,
            interned,
            encoder: Arc::new(SegmentEncoder::new(SEGMENT_ROWS)),
            _lock: lock,
        })
    }

    /// Removes an import with everything it brought.
    ///
    /// Spans that another file held as well went in only once; when that file had nothing but spans and errors it is
    /// forgotten, so that reading it again brings them back.
    pub fn remove_import(&mut self, import: ImportId) -> Result<(), StoreError> {
        self.transaction(|connection, interned| {
            removal::remove(connection, import)?;
            // Numbers of traces that are gone must not be handed out again.
            *interned = Interned::load(connection)?;
            Ok(())
        })
        .map_err(StoreError::sql("remove the import"))
    }

    /// Does `work` in one transaction: all of it, or on an error nothing.
    pub(super) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut Interned) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let done = Transaction::new(&mut self.connection, TransactionBehavior::Immediate).and_then(
            |transaction| {
                let done = work(&transaction, &mut self.interned)?;
                transaction.commit()?;
                Ok(done)
            },
        );
        if done.is_err() {
            // What was remembered may be of rows that are not there after all.
            self.interned = Interned::load(&self.connection)?;
        }
        done
    }
}

fn sink_error(what: &'static str) -> impl Fn(rusqlite::Error) -> SinkError {
    move |error| SinkError(format!("cannot {what}: {}", explain(&error)))
}

impl Sink for Writer {
    type Encoder = SegmentEncoder;

    fn encoder(&self) -> Arc<SegmentEncoder> {
        self.encoder.clone()
    }

    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError> {
        known(&self.connection).map_err(sink_error("read what was imported before"))
    }

    fn begin(
        &mut self,
        file: &FileIdentity,
        resume: Option<ImportId>,
    ) -> Result<ImportId, SinkError> {
        self.transaction(|connection, _| begin(connection, file, resume))
            .map_err(sink_error("start the import"))
    }

    fn commit(
        &mut self,
        import: ImportId,
        batch: EncodedBatch,
        to: Checkpoint,
    ) -> Result<Committed, SinkError> {
        let bytes = batch.bytes();
        let done = self.transaction(|connection, interned| {
            let done = commit::write(connection, interned, import, batch)?;
            advance(connection, import, to, &done)?;
            Ok(done)
        });
        self.checkpoints.committed(bytes);
        done.map_err(sink_error("write to the store"))
    }

    fn finish(
        &mut self,
        import: ImportId,
        report: &FileReport,
        complete: bool,
    ) -> Result<(), SinkError> {
        self.transaction(|connection, _| finish(connection, import, report, complete))
            .map_err(sink_error("end the import"))
    }
}

fn known(connection: &Connection) -> rusqlite::Result<Vec<KnownImport>> {
    let mut find = connection.prepare_cached(
        "SELECT id, path, format, size, head_len, head_hash, read_to, prefix_hash, complete, logs_to FROM import
         WHERE recognised = 1 ORDER BY id",
    )?;
    let rows = find.query_map([], |row| {
        let unsigned = |column| row.get::<_, i64>(column).map(|number| number as u64);
        Ok(KnownImport {
            id: ImportId(row.get(0)?),
            identity: FileIdentity {
                path: row.get(1)?,
                format: row.get(2)?,
                size: unsigned(3)?,
                head_len: unsigned(4)?,
                head_hash: unsigned(5)?,
            },
            read_to: unsigned(6)?,
            prefix_hash: unsigned(7)?,
            logs_to: unsigned(9)?,
            complete: row.get(8)?,
        })
    })?;
    rows.collect()
}

fn begin(
    connection: &Connection,
    file: &FileIdentity,
    resume: Option<ImportId>,
) -> rusqlite::Result<ImportId> {
    let hash = file.head_hash as i64;
    let now = chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default();
    if let Some(import) = resume {
        let resumed = connection.execute(
            "UPDATE import SET path = ?2, size = ?3, head_len = ?4, head_hash = ?5, complete = 0 WHERE id = ?1",
            params![import.0, file.path, file.size as i64, file.head_len as i64, hash],
        )?;
        if resumed > 0 {
            return Ok(import);
        }
    }
    connection.execute(
        "INSERT INTO import(path, format, size, head_len, head_hash, read_to, prefix_hash, complete, recognised,
           started_at, spans, logs, errors, traces, duplicates)
         VALUES(?1, ?2, ?3, ?4, ?5, 0, 0, 0, 1, ?6, 0, 0, 0, 0, 0)",
        params![file.path, file.format, file.size as i64, file.head_len as i64, hash, now],
    )?;
    Ok(ImportId(connection.last_insert_rowid()))
}

fn advance(
    connection: &Connection,
    import: ImportId,
    to: Checkpoint,
    done: &Committed,
) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached(
        "UPDATE import SET read_to = ?2, prefix_hash = ?3, spans = spans + ?4, logs = logs + ?5,
           errors = errors + ?6, traces = traces + ?7, duplicates = duplicates + ?8, logs_to = ?9 WHERE id = ?1",
    )?;
    let updated = update.execute(params![
        import.0,
        to.read_to as i64,
        to.prefix_hash as i64,
        done.spans as i64,
        done.logs as i64,
        done.errors as i64,
        done.traces as i64,
        done.duplicates as i64,
        to.logs_to as i64,
    ])?;
    // Records of an import that is not there could never be removed or traced to a file.
    if updated == 0 {
        return Err(rusqlite::Error::QueryReturnedNoRows);
    }
    Ok(())
}

fn finish(
    connection: &Connection,
    import: ImportId,
    report: &FileReport,
    complete: bool,
) -> rusqlite::Result<()> {
    let find = "SELECT report FROM import WHERE id = ?1";
    let before: Option<Option<String>> = connection
        .query_row(find, [import.0], |row| row.get(0))
        .optional()?;
    let mut report = report.clone();
    if let Some(Some(before)) = before {
        // A file read in several goes has one report: what was wrong in its earlier part still is.
        let mut before = report::from_json(&before);
        report.bytes += before.bytes;
        report.seconds += before.seconds;
        before.problems.merge(std::mem::take(&mut report.problems));
        report.problems = before.problems;
    }
    connection.execute(
        "UPDATE import SET report = ?2, complete = ?3 WHERE id = ?1",
        params![import.0, report::to_json(&report), complete],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::batch::{Attr, Batch, BatchValue, LogRecord, SpanRecord};
    use crate::model::sink::Encode;
    use crate::model::{CancelToken, SpanId, TraceId};
    use crate::store::{Filter, Reader, RecordKind};

    /// Spans and logs that hardly compress, all of their own.
    fn batch(number: u64) -> Batch {
        let mut batch = Batch::default();
        let key = batch.keys.intern("noise");
        for place in 0..400 {
            let id = number * 400 + place + 1;
            let noise = xxhash_rust::xxh3::xxh3_128(&id.to_le_bytes());
            let text = batch.keep(&format!("{noise:032x}"));
            let first = batch.attrs.len() as u32;
            batch.attrs.push(Attr {
                key,
                value: BatchValue::Str(text),
            });
            batch.spans.push(SpanRecord {
                trace: TraceId(noise.to_be_bytes()),
                id: SpanId(id),
                attrs: first..first + 1,
                ..SpanRecord::default()
            });
            batch.logs.push(LogRecord {
                body: text,
                ..LogRecord::default()
            });
        }
        batch
    }

    #[test]
    fn a_full_disk_ends_the_import_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("full.store");
        let mut writer = Writer::open(&path).unwrap();
        let pages: i64 = writer
            .connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        let room = |writer: &Writer, pages: i64| {
            let update = writer.connection.pragma_update_and_check(
                None,
                "max_page_count",
                pages,
                |_| Ok(()),
            );
            update.unwrap();
        };
        room(&writer, pages + 40);
        let encoder = writer.encoder();
        let import = writer.begin(&FileIdentity::default(), None).unwrap();
        let mut committed = 0;
        let error = loop {
            let to = Checkpoint {
                read_to: committed + 1,
                prefix_hash: 0,
                logs_to: 0,
            };
            match writer.commit(import, encoder.encode(&mut batch(committed)), to) {
                Ok(done) => assert_eq!((done.spans, done.logs), (400, 400)),
                Err(error) => break error,
            }
            committed += 1;
        };
        assert!(committed > 0, "some of it fitted");
        assert!(
            error.0.contains("full") && error.0.contains("free some space"),
            "{error}"
        );

        let logs = |reader: &Reader| {
            let all = Filter::default();
            reader
                .count(RecordKind::Log, &all, &CancelToken::default())
                .unwrap()
        };
        let reader = Reader::open(&path).unwrap();
        assert_eq!(logs(&reader), committed * 400);
        assert_eq!(reader.overview().unwrap().traces, committed * 400);
        assert_eq!(writer.known().unwrap()[0].read_to, committed);
        // With room again it goes on where it stopped, by the same writer.
        room(&writer, 1 << 30);
        let done = writer
            .commit(
                import,
                encoder.encode(&mut batch(committed)),
                Checkpoint::default(),
            )
            .unwrap();
        assert_eq!((done.spans, done.traces, done.duplicates), (400, 400, 0));
        assert_eq!(logs(&reader), (committed + 1) * 400);
    }
}
