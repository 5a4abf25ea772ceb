//! The tables, and how older files become newer ones.
//!
//! `application_id` marks the file as a store, `user_version` is the number of [`STEPS`] it has taken. A new file takes
//! all steps, an older one those it lacks, in one transaction; a newer one is refused. Steps are never edited once
//! released, only added.

use super::StoreError;
use super::error::explain;
use super::{checkpoint, services, span_block, trace_key};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// `HdWt` in the file's header.
pub(super) const APPLICATION_ID: i64 = 0x4864_5774;

/// The schema this program writes.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// How long a connection waits for another before it gives up.
const PATIENCE: Duration = Duration::from_secs(5);

const STEPS: &[&str] = &[
    FIRST,
    SEGMENT_INDEX,
    LOGS_TO,
    SPAN_BLOCK,
    TRACE_ROW,
    SAVED_SEARCH,
    ISSUE,
    FINDING,
    NOTE,
    FAILURE,
    CHECK_IN,
];

const FIRST: &str = "
-- A file that was read. Counts are of what it brought; report is JSON.
CREATE TABLE import(
  id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, format TEXT NOT NULL, size INTEGER NOT NULL,
  head_len INTEGER NOT NULL, head_hash INTEGER NOT NULL, read_to INTEGER NOT NULL, prefix_hash INTEGER NOT NULL,
  complete INTEGER NOT NULL, recognised INTEGER NOT NULL, started_at INTEGER NOT NULL, spans INTEGER NOT NULL,
  logs INTEGER NOT NULL, errors INTEGER NOT NULL, traces INTEGER NOT NULL, duplicates INTEGER NOT NULL, report TEXT);

-- A trace that any record named, in order of first sight. Times are nanoseconds. root_rank: 0 the root has no parent,
-- 1 it is the earliest span seen so far; failed counts spans, errors counts error records.
CREATE TABLE trace(
  number INTEGER PRIMARY KEY AUTOINCREMENT, trace_id BLOB NOT NULL UNIQUE, start INTEGER, duration INTEGER,
  spans INTEGER NOT NULL, failed INTEGER NOT NULL, errors INTEGER NOT NULL, logs INTEGER NOT NULL,
  root_rank INTEGER, root_start INTEGER, root_span INTEGER, root_name TEXT, root_op INTEGER, root_service INTEGER);
CREATE INDEX trace_start ON trace(start, duration) WHERE spans > 0;
CREATE TABLE trace_service(trace INTEGER, service INTEGER, PRIMARY KEY(trace, service)) WITHOUT ROWID;

-- The core of each span. flags: bits 0-2 kind, 3-4 status, 5 segment. row is its place in the segment's columns.
CREATE TABLE span(
  trace INTEGER, span_id INTEGER, fingerprint INTEGER, parent INTEGER NOT NULL, start INTEGER NOT NULL,
  duration INTEGER NOT NULL, service INTEGER NOT NULL, op INTEGER NOT NULL, flags INTEGER NOT NULL,
  segment INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY(trace, span_id, fingerprint)) WITHOUT ROWID;

CREATE TABLE error_event(
  number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, import INTEGER NOT NULL, trace INTEGER NOT NULL,
  span INTEGER NOT NULL, time INTEGER NOT NULL, level TEXT NOT NULL, type TEXT NOT NULL, message TEXT NOT NULL,
  transaction_name TEXT NOT NULL, service INTEGER NOT NULL, resource INTEGER NOT NULL, position INTEGER NOT NULL,
  document TEXT NOT NULL);
CREATE INDEX error_event_trace ON error_event(trace);

-- Services and operations. Id 1 is the empty text.
CREATE TABLE string(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO string(id, text) VALUES(1, '');
-- attributes: JSON [[name, kind, value], …]; see the module `resource`. Counts are of records.
CREATE TABLE resource(
  id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, attributes TEXT NOT NULL, service TEXT NOT NULL,
  sdk TEXT NOT NULL, spans INTEGER NOT NULL, logs INTEGER NOT NULL);
CREATE TABLE scope(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, version TEXT NOT NULL, UNIQUE(name, version));

-- Records lie in segments, a column an attribute. kind: 0 spans, 1 logs. dropped: a bit a row that is not to be shown.
CREATE TABLE segment(
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, import INTEGER NOT NULL, rows INTEGER NOT NULL,
  time_min INTEGER NOT NULL, time_max INTEGER NOT NULL, dropped BLOB);
CREATE INDEX segment_kind ON segment(kind);
CREATE TABLE attribute_key(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE segment_column(
  kind INTEGER NOT NULL, key INTEGER NOT NULL, segment INTEGER NOT NULL, encoding INTEGER NOT NULL,
  present INTEGER NOT NULL, \"distinct\" INTEGER NOT NULL, min REAL, max REAL, checksum INTEGER NOT NULL,
  bloom BLOB NOT NULL, data BLOB NOT NULL, UNIQUE(kind, key, segment));
";

const SEGMENT_INDEX: &str = "CREATE INDEX segment_column_segment ON segment_column(segment, key);";

const LOGS_TO: &str = "ALTER TABLE import ADD COLUMN logs_to INTEGER NOT NULL DEFAULT 0;";

/// The cores of spans move from a row each to a row a trace and segment; see [`span_block`].
const SPAN_BLOCK: &str = "CREATE TABLE span_block(
  trace INTEGER NOT NULL, segment INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY(trace, segment)) WITHOUT ROWID;";

/// What is written for every trace becomes little: its services stand in its row, and its id lies in `trace_key`, in parts
/// that are filled one after the other, so that import touches a few pages and not all of a large index. Ids of different
/// parts are different. A segment knows the strings that its span blocks name.
const TRACE_ROW: &str = "
ALTER TABLE segment ADD COLUMN strings BLOB;
CREATE TABLE trace_key(
  part INTEGER NOT NULL, id BLOB NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(part, id)) WITHOUT ROWID;
CREATE TABLE trace_row(
  number INTEGER PRIMARY KEY AUTOINCREMENT, trace_id BLOB NOT NULL, start INTEGER, duration INTEGER,
  spans INTEGER NOT NULL, failed INTEGER NOT NULL, errors INTEGER NOT NULL, logs INTEGER NOT NULL,
  root_rank INTEGER, root_start INTEGER, root_span INTEGER, root_name TEXT, root_op INTEGER, root_service INTEGER,
  services BLOB);
INSERT INTO trace_row SELECT *, NULL FROM trace;
INSERT INTO sqlite_sequence(name, seq) SELECT 'trace_row', 0 WHERE NOT EXISTS(
  SELECT 1 FROM sqlite_sequence WHERE name = 'trace_row');
UPDATE sqlite_sequence SET seq = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'trace'), 0)
  WHERE name = 'trace_row';
DROP TABLE trace;
ALTER TABLE trace_row RENAME TO trace;
CREATE INDEX trace_start ON trace(start, duration) WHERE spans > 0;
";
/// A search with a name: the place it leads to, as the window and the command line write places.
const SAVED_SEARCH: &str =
    "CREATE TABLE saved_search(name TEXT PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID;";

/// What is remembered of issues. state: 0 open, 1 ignored, 2 resolved, 3 regressed; decided_at is the count when that was
/// decided.
const ISSUE: &str = "CREATE TABLE issue(
  fingerprint TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, count INTEGER NOT NULL, first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL, state INTEGER NOT NULL, decided_at INTEGER NOT NULL,
  PRIMARY KEY(fingerprint, kind)) WITHOUT ROWID;";

/// What detectors found in each trace, see [`super::findings`]: the row of `detection` says by which rules, up to which
/// change, and what the newest change is. Thresholds of detectors that are not the usual ones.
const FINDING: &str = "
ALTER TABLE trace ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE finding(trace INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE detection(
  id INTEGER PRIMARY KEY CHECK(id = 1), rules TEXT NOT NULL, upto INTEGER NOT NULL, change INTEGER NOT NULL);
INSERT INTO detection VALUES(1, '', -1, 0);
CREATE TABLE detector_setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
";
/// What people wrote about spans.
const NOTE: &str = "CREATE TABLE note(
  trace_id BLOB NOT NULL, span INTEGER NOT NULL, text TEXT NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY(trace_id, span)) WITHOUT ROWID;";

/// What error records and error logs tell, in pieces; see [`super::failures`]. told_by: 0 error records by their numbers,
/// 1 log records by their segment.
const FAILURE: &str = "CREATE TABLE failure(
  told_by INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, import INTEGER NOT NULL, rules TEXT NOT NULL,
  data BLOB NOT NULL, PRIMARY KEY(told_by, first));";

/// What jobs told of their runs. config: JSON, when the job is to run, as the source wrote it; the rest see
/// [`CheckInRecord`](crate::model::batch::CheckInRecord). No trace is named by one alone.
const CHECK_IN: &str = "CREATE TABLE check_in(
  number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, import INTEGER NOT NULL, run BLOB NOT NULL,
  monitor TEXT NOT NULL, status TEXT NOT NULL, time INTEGER NOT NULL, duration INTEGER, environment TEXT NOT NULL,
  release TEXT NOT NULL, service TEXT NOT NULL, config TEXT NOT NULL, trace_id BLOB NOT NULL, span INTEGER NOT NULL);
CREATE INDEX check_in_import ON check_in(import);";

/// What a file turns out to be.
pub(super) enum Found {
    /// Nothing yet: no file, or an empty one.
    Empty,
    /// A store of this version, which this program knows.
    Version(i64),
}

/// Finds out what a file is without changing it.
pub(super) fn inspect(path: &Path) -> Result<Found, StoreError> {
    let shown = || path.display().to_string();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Empty),
        Err(error) => return Err(StoreError::failed(&format!("open {}", shown()), error)),
        Ok(file) if file.is_dir() => return Err(not_a_store(path, "it is a folder".to_owned())),
        Ok(file) if file.len() == 0 => return Ok(Found::Empty),
        Ok(_) => {}
    }
    let strange = |error: rusqlite::Error| not_a_store(path, explain(&error));
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(strange)?;
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = pragma("application_id").map_err(strange)?;
    let found = pragma("user_version").map_err(strange)?;
    if application != APPLICATION_ID {
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        });
        // An SQLite file without any table is what a first opening leaves that was ended before its commit.
        return match tables.map_err(strange)? {
            0 if application == 0 => Ok(Found::Empty),
            _ => Err(not_a_store(
                path,
                "it is the SQLite file of another program".to_owned(),
            )),
        };
    }
    if found > VERSION {
        return Err(StoreError::Newer {
            path: shown(),
            found,
            known: VERSION,
        });
    }
    Ok(Found::Version(found))
}

fn not_a_store(path: &Path, reason: String) -> StoreError {
    StoreError::NotAStore {
        path: path.display().to_string(),
        reason,
    }
}

/// Opens a connection as all of the store's are.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens a file for writing and brings it to [`VERSION`].
pub(super) fn open_for_writing(path: &Path) -> Result<Connection, StoreError> {
    let found = inspect(path)?;
    let what = "open the store for writing";
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = connect(path, flags).map_err(StoreError::sql(what))?;
    let taken = match found {
        Found::Empty => 0,
        Found::Version(version) => version,
    };
    prepare(&connection, taken == 0).map_err(StoreError::sql(what))?;
    migrate(&mut connection, taken, STEPS)
        .map_err(StoreError::sql("bring the store to this version"))?;
    Ok(connection)
}

fn prepare(connection: &Connection, new: bool) -> rusqlite::Result<()> {
    if new {
        connection.pragma_update(None, "page_size", 8192)?;
    }
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "wal_autocheckpoint", checkpoint::WRITER_WAITS_FROM)?;
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 67108864;",
    )
}

/// Takes the steps after the first `taken`, all or none.
fn migrate(connection: &mut Connection, taken: i64, steps: &[&str]) -> rusqlite::Result<()> {
    let left = steps.get(taken.max(0) as usize..).unwrap_or_default();
    if left.is_empty() {
        return Ok(());
    }
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    for step in left {
        transaction.execute_batch(step)?;
        match *step {
            SPAN_BLOCK => span_block::take_over(&transaction)?,
            TRACE_ROW => {
                services::take_over(&transaction)?;
                trace_key::take_over(&transaction)?;
            }
            _ => {}
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", steps.len() as i64)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(path: &Path) -> i64 {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn an_older_file_becomes_a_newer_one_and_keeps_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.store");
        let mut old = Connection::open(&path).unwrap();
        migrate(&mut old, 0, &STEPS[..1]).unwrap();
        old.execute("INSERT INTO scope(name, version) VALUES('kept', '1')", [])
            .unwrap();
        old.execute_batch(
            "INSERT INTO span VALUES(1, 10, 100, 0, 5, 6, 1, 2, 33, 1, 0), (1, 11, 101, 10, 5, 7, 1, 2, 0, 2, 3),
               (2, -1, -100, 0, -5, 8, 3, 2, 0, 1, 1), (1, 9, 99, 10, 4, 1, 1, 2, 0, 1, 2);
             INSERT INTO trace(number, trace_id, spans, failed, errors, logs) VALUES
               (1, x'000102030405060708090a0b0c0d0e0f', 3, 0, 0, 0), (200000, zeroblob(16), 1, 0, 0, 4),
               (200001, x'ff', 0, 0, 0, 0);
             DELETE FROM trace WHERE number = 200001;
             INSERT INTO trace_service VALUES(1, 7), (1, 3), (200000, 3);",
        )
        .unwrap();
        drop(old);
        assert_eq!(version(&path), 1);

        let new = open_for_writing(&path).unwrap();
        assert_eq!(version(&path), VERSION);
        let kept: String = new
            .query_row("SELECT name FROM scope", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, "kept");
        let spans = |trace| span_block::of_trace(&new, trace).unwrap();
        let place = |(segment, core): &(u32, span_block::Core)| (*segment, core.id, core.row);
        let places: Vec<_> = spans(1).iter().map(place).collect();
        assert_eq!(places, [(1, 9, 2), (1, 10, 0), (2, 11, 3)]);
        let [(1, core)] = spans(2)[..] else {
            panic!("one span");
        };
        assert_eq!(
            (
                core.id,
                core.fingerprint,
                core.start,
                core.duration,
                core.service
            ),
            (u64::MAX, -100i32 as u32, -5, 8, 3)
        );
        new.prepare("SELECT * FROM span").unwrap_err();
        new.prepare("SELECT * FROM trace_service").unwrap_err();
        let number = |id| trace_key::find(&new, crate::model::TraceId(id)).unwrap();
        assert_eq!(number([0; 16]), Some(200_000));
        assert_eq!(number(std::array::from_fn(|at| at as u8)), Some(1));
        let row = |sql: &str| new.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(row("SELECT logs FROM trace WHERE number = 200000"), 4);
        let services: Vec<u8> = new
            .query_row("SELECT services FROM trace WHERE number = 1", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(services::ids(&services).collect::<Vec<_>>(), [3, 7]);
        // Numbers once given are not given again.
        assert_eq!(
            row("SELECT seq FROM sqlite_sequence WHERE name = 'trace'"),
            200_001
        );
        new.query_row(
            "SELECT count(*) FROM segment_column INDEXED BY segment_column_segment",
            [],
            |_| Ok(()),
        )
        .unwrap();
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.store");
        let mut old = Connection::open(&path).unwrap();
        migrate(&mut old, 0, &STEPS[..1]).unwrap();
        migrate(
            &mut old,
            1,
            &[FIRST, "CREATE TABLE half(x); CREATE TABLE scope(x)"],
        )
        .unwrap_err();
        let half = old.query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'half'",
            [],
            |row| row.get::<_, i64>(0),
        );
        assert_eq!(half, Ok(0));
        assert_eq!(version(&path), 1);
    }
}
