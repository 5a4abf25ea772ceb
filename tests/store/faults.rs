//! What can go wrong with a file: killed writers, damaged bytes, strangers, other versions, other writers.

use crate::store_support::*;
use headwater::model::batch::Batch;
use headwater::model::report::FileReport;
use headwater::model::sink::{Checkpoint, Encode, Sink};
use headwater::model::{CancelToken, Value};
use headwater::query::{Expr, Test};
use headwater::store::{Filter, Reader, RecordKind, StoreError, TraceOrder, Writer};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

const CHILD_STORE: &str = "HEADWATER_TEST_CHILD_STORE";
const RECORDS: u64 = 500;

fn batch(number: u64) -> Batch {
    let mut batch = Batch::default();
    for place in 0..RECORDS {
        let unique = number * RECORDS + place;
        let mut record = span(&mut batch, unique / 10, unique + 1, unique % 10, "work");
        record.attrs = attributes(
            &mut batch,
            &[
                ("user", text(&format!("user-{unique}"))),
                ("batch", Value::Int(number as i64)),
            ],
        );
        batch.spans.push(record);
        let mut said = log(&mut batch, unique as i64, &format!("message {unique}"));
        said.trace = trace_id(unique / 10);
        batch.logs.push(said);
    }
    batch
}

/// Not a test by itself: the process that [`a_killed_import_leaves_whole_batches`] kills.
#[test]
#[ignore = "run by another test as a process of its own"]
fn child_that_imports_until_killed() {
    let Ok(path) = std::env::var(CHILD_STORE) else {
        return;
    };
    let mut writer = Writer::open(path.as_ref()).unwrap();
    let encoder = writer.encoder();
    let id = writer.begin(&identity("endless.json"), None).unwrap();
    for number in 0.. {
        let to = Checkpoint {
            read_to: number + 1,
            prefix_hash: number,
            logs_to: 0,
        };
        writer
            .commit(id, encoder.encode(&mut batch(number)), to)
            .unwrap();
        eprintln!("committed {number}");
    }
}

#[test]
fn a_killed_import_leaves_whole_batches() {
    for kill_after in [1, 4, 9] {
        let place = Place::new();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "faults::child_that_imports_until_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(CHILD_STORE, &place.path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let committed = lines
            .map(Result::unwrap)
            .filter(|line| line.starts_with("committed"))
            .take(kill_after)
            .count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(committed, kill_after);

        // Whoever comes next can write, knows how far it came, and finds all of what was committed.
        let mut writer = place.writer();
        let known = writer.known().unwrap();
        assert_eq!((known.len(), known[0].complete), (1, false));
        let batches = known[0].read_to;
        assert!(batches >= kill_after as u64);
        let reader = place.reader();
        assert_eq!(
            count(&reader, RecordKind::Span, Expr::All),
            batches * RECORDS
        );
        assert_eq!(
            count(&reader, RecordKind::Log, Expr::All),
            batches * RECORDS
        );
        assert_eq!(reader.overview().unwrap().spans, batches * RECORDS);
        assert_eq!(
            count(
                &reader,
                RecordKind::Span,
                equals("batch", &(batches - 1).to_string())
            ),
            RECORDS
        );
        assert_sound(&place.path);
        // Going on adds exactly the rest.
        let id = writer
            .begin(&identity("endless.json"), Some(known[0].id))
            .unwrap();
        assert_eq!(id, known[0].id);
        let next = writer.encoder().encode(&mut batch(batches));
        let done = writer.commit(id, next, Checkpoint::default()).unwrap();
        assert_eq!((done.spans, done.duplicates), (RECORDS, 0));
    }
}

#[test]
fn a_second_writer_is_told_who_writes_and_readers_do_not_care() {
    let place = Place::new();
    let mut writer = place.writer();
    let (_, _) = import(&mut writer, "a.json", vec![batch(0)]);
    let Err(StoreError::InUse { holder, path }) = Writer::open(&place.path) else {
        panic!("two writers");
    };
    assert!(holder.contains(&std::process::id().to_string()), "{holder}");
    assert!(path.ends_with("test.store"));
    let reader = place.reader();
    assert_eq!(count(&reader, RecordKind::Log, Expr::All), RECORDS);
    // A reader opened before sees what is committed after.
    import(&mut writer, "b.json", vec![batch(1)]);
    assert_eq!(count(&reader, RecordKind::Log, Expr::All), 2 * RECORDS);
    drop(writer);
    Writer::open(&place.path).unwrap();
}

#[test]
fn strangers_are_left_alone() {
    let place = Place::new();
    let refused = |bytes: &[u8]| {
        std::fs::write(&place.path, bytes).unwrap();
        for error in [
            Writer::open(&place.path).err(),
            Reader::open(&place.path).err(),
        ] {
            assert!(
                matches!(error, Some(StoreError::NotAStore { .. })),
                "{error:?}"
            );
        }
        assert_eq!(std::fs::read(&place.path).unwrap(), bytes);
        assert_eq!(
            std::fs::read_dir(place.folder.path()).unwrap().count(),
            1,
            "nothing beside it"
        );
    };
    refused(b"{\"resourceSpans\":[]}");
    refused(&[0; 20_000]);
    let other = place.folder.path().join("other");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE note(x); PRAGMA user_version = 1")
        .unwrap();
    let bytes = std::fs::read(&other).unwrap();
    std::fs::remove_file(other).unwrap();
    refused(&bytes);
    assert!(matches!(
        Writer::open(place.folder.path()),
        Err(StoreError::NotAStore { .. })
    ));
    assert!(Reader::open(&place.folder.path().join("none")).is_err());
}

#[test]
fn a_newer_store_is_refused() {
    let place = Place::new();
    drop(place.writer());
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    drop(connection);
    for error in [
        Writer::open(&place.path).err(),
        Reader::open(&place.path).err(),
    ] {
        assert!(
            matches!(error, Some(StoreError::Newer { found: 999, .. })),
            "{error:?}"
        );
    }
}

#[test]
fn damaged_columns_are_reported_and_left_out() {
    let place = Place::new();
    let mut writer = place.writer();
    import(&mut writer, "a.json", vec![batch(0), batch(1)]);
    drop(writer);
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    let damaged = connection
        .execute(
            "UPDATE segment_column SET data = CAST(substr(data, 1, 40) || x'ff' || substr(data, 42) AS BLOB)
             WHERE key = (SELECT id FROM attribute_key WHERE name = 'user') AND segment = (SELECT min(id) FROM segment WHERE kind = 0)",
            [],
        )
        .unwrap();
    assert_eq!(damaged, 1);
    drop(connection);
    let reader = place.reader();
    // Only the sound segment answers, and the other is named.
    assert_eq!(
        count(&reader, RecordKind::Span, term("user", Test::Present)),
        RECORDS
    );
    assert_eq!(reader.damage().len(), 1);
    assert_eq!(reader.damage()[0].column, "user");
    // What does not need the damaged column is all there.
    assert_eq!(
        count(&reader, RecordKind::Span, term("batch", Test::Present)),
        2 * RECORDS
    );
    let trace = reader
        .trace(trace_id(3), &CancelToken::default())
        .unwrap()
        .unwrap();
    assert_eq!(trace.spans.len(), 10);
    assert!(reader.details(RecordKind::Span, trace.spans[0].at).is_err());
}

#[test]
fn bytes_flipped_anywhere_never_panic() {
    let place = Place::new();
    import(&mut place.writer(), "a.json", vec![batch(0), batch(1)]);
    let sound = std::fs::read(&place.path).unwrap();
    let token = CancelToken::default();
    let broken = place.folder.path().join("broken.store");
    for step in 0..120usize {
        let mut bytes = sound.clone();
        // Spread over the file; the header of SQLite included.
        let from = step * 7919 % bytes.len();
        let to = (from + 1 + step % 64).min(bytes.len());
        for byte in &mut bytes[from..to] {
            *byte ^= 0xa5;
        }
        std::fs::write(&broken, &bytes).unwrap();
        let Ok(reader) = Reader::open(&broken) else {
            continue;
        };
        let filter = search(term("user", Test::Contains("user-1".to_owned())));
        let _ = reader.overview();
        let _ = reader.imports();
        let _ = reader.keys(RecordKind::Span);
        let _ = reader.find_traces(&filter, TraceOrder::Duration, true, &token);
        let _ = reader.trace(trace_id(3), &token);
        let _ = reader.facet(RecordKind::Log, "message", &Filter::default(), 5, &token);
        let _ = reader.histogram(RecordKind::Span, &filter, 10, &token);
        if let Ok(found) = reader.find(
            RecordKind::Log,
            &search(term("", Test::Contains("7".to_owned()))),
            true,
            &token,
        ) {
            let _ = reader.log_rows(&found.refs, &["user".to_owned()]);
        }
    }
}

#[test]
fn reports_are_kept_and_joined() {
    let place = Place::new();
    let mut writer = place.writer();
    let id = writer.begin(&identity("grows.log"), None).unwrap();
    let encoder = writer.encoder();
    writer
        .commit(
            id,
            encoder.encode(&mut batch(0)),
            Checkpoint {
                read_to: 10,
                prefix_hash: u64::MAX,
                logs_to: 0,
            },
        )
        .unwrap();
    let mut report = FileReport {
        bytes: 10,
        ..FileReport::default()
    };
    report.problems.skip(1, 2, "bad line", b"{");
    writer.finish(id, &report, true).unwrap();
    let known = writer.known().unwrap();
    assert_eq!(
        (known[0].read_to, known[0].prefix_hash, known[0].complete),
        (10, u64::MAX, true)
    );
    writer.begin(&identity("grows.log"), Some(id)).unwrap();
    writer
        .commit(
            id,
            encoder.encode(&mut batch(1)),
            Checkpoint {
                read_to: 25,
                prefix_hash: 5,
                logs_to: 0,
            },
        )
        .unwrap();
    let mut report = FileReport {
        bytes: 15,
        ..FileReport::default()
    };
    report.problems.skip(9, 20, "another", b"");
    writer.finish(id, &report, true).unwrap();
    let imports = place.reader().imports().unwrap();
    assert_eq!(imports.len(), 1);
    let kept = &imports[0].report;
    assert_eq!(
        (&*kept.path, kept.bytes, kept.counts.spans, kept.counts.logs),
        ("grows.log", 25, 2 * RECORDS, 2 * RECORDS)
    );
    assert_eq!(
        (kept.problems.skipped_total, kept.problems.skipped.len()),
        (2, 2)
    );
}

#[test]
fn readers_on_other_threads_see_whole_batches_while_a_writer_writes() {
    let place = Place::new();
    let mut writer = place.writer();
    import(&mut writer, "first.json", vec![batch(0)]);
    let first = place.reader();
    let second = place.reader();
    let watch = |reader: Reader| {
        std::thread::spawn(move || {
            let mut last = 0;
            while last < 20 * RECORDS {
                let now = count(&reader, RecordKind::Span, term("user", Test::Present));
                assert!(
                    now >= last && now.is_multiple_of(RECORDS),
                    "{now} after {last}"
                );
                last = now;
            }
        })
    };
    let threads = [watch(first), watch(second)];
    import(&mut writer, "more.json", (1..20).map(batch).collect());
    for thread in threads {
        thread.join().unwrap();
    }
}
