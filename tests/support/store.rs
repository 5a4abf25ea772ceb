//! Batches built by hand, for the tests of the store.
#![allow(dead_code, reason = "each test program uses its own part")]

use headwater::model::batch::*;
use headwater::model::report::FileReport;
use headwater::model::sink::{Checkpoint, Committed, Encode, FileIdentity, ImportId, Sink};
use headwater::model::{CancelToken, Nanos, SpanId, TraceId, Value};
use headwater::query::{Expr, Term, Test};
use headwater::store::{Filter, Reader, RecordKind, Writer};
use std::path::{Path, PathBuf};

/// A folder that vanishes, with the path of a store in it.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub path: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.store");
        Self { folder, path }
    }

    pub fn writer(&self) -> Writer {
        Writer::open(&self.path).unwrap()
    }

    pub fn reader(&self) -> Reader {
        Reader::open(&self.path).unwrap()
    }
}

pub type Attributes<'a> = &'a [(&'a str, Value)];

pub fn value(batch: &mut Batch, value: &Value) -> BatchValue {
    match value {
        Value::Null => BatchValue::Null,
        Value::Str(text) => BatchValue::Str(batch.keep(text)),
        Value::Int(int) => BatchValue::Int(*int),
        Value::Float(float) => BatchValue::Float(*float),
        Value::Bool(bool) => BatchValue::Bool(*bool),
        Value::Json(text) => BatchValue::Json(batch.keep(text)),
    }
}

pub fn attributes(batch: &mut Batch, attributes: Attributes) -> AttrRange {
    let start = batch.attrs.len() as u32;
    for (name, given) in attributes {
        let key = batch.keys.intern(name);
        let value = value(batch, given);
        batch.attrs.push(Attr { key, value });
    }
    start..batch.attrs.len() as u32
}

pub fn resource(batch: &mut Batch, service: &str, given: Attributes) -> u32 {
    let attrs = attributes(batch, given);
    let service = batch.keep(service);
    let sdk = batch.keep("test.sdk");
    batch.resources.push(Resource {
        attrs,
        service,
        sdk,
    });
    batch.resources.len() as u32 - 1
}

pub fn trace_id(number: u64) -> TraceId {
    TraceId((0xabcd_u128 << 64 | u128::from(number)).to_be_bytes())
}

/// A span of a trace, with something of everything.
pub fn span(batch: &mut Batch, trace: u64, id: u64, parent: u64, name: &str) -> SpanRecord {
    SpanRecord {
        trace: trace_id(trace),
        id: SpanId(id),
        parent: SpanId(parent),
        name: batch.keep(name),
        start: Nanos(1_000 + id as i64),
        duration: 100,
        ..SpanRecord::default()
    }
}

pub fn log(batch: &mut Batch, time: i64, body: &str) -> LogRecord {
    LogRecord {
        time: Nanos(time),
        body: batch.keep(body),
        ..LogRecord::default()
    }
}

pub fn identity(path: &str) -> FileIdentity {
    FileIdentity {
        path: path.to_owned(),
        format: "test".to_owned(),
        ..FileIdentity::default()
    }
}

/// Imports batches as one file.
pub fn import(writer: &mut Writer, path: &str, batches: Vec<Batch>) -> (ImportId, Vec<Committed>) {
    let encoder = writer.encoder();
    let id = writer.begin(&identity(path), None).unwrap();
    let mut done = Vec::new();
    for (place, mut batch) in batches.into_iter().enumerate() {
        let to = Checkpoint {
            read_to: 100 * (place as u64 + 1),
            prefix_hash: place as u64,
            logs_to: 0,
        };
        done.push(writer.commit(id, encoder.encode(&mut batch), to).unwrap());
    }
    writer.finish(id, &FileReport::default(), true).unwrap();
    (id, done)
}

pub fn store_of(place: &Place, batches: Vec<Batch>) -> Reader {
    import(&mut place.writer(), "file.json", batches);
    place.reader()
}

pub fn term(key: &str, test: Test) -> Expr {
    Expr::Term(Term {
        key: key.to_owned(),
        test,
    })
}

pub fn equals(key: &str, text: &str) -> Expr {
    term(key, Test::Equals(text.to_owned()))
}

pub fn search(search: Expr) -> Filter {
    Filter {
        search,
        range: None,
    }
}

pub fn count(reader: &Reader, kind: RecordKind, expr: Expr) -> u64 {
    reader
        .count(kind, &search(expr), &CancelToken::default())
        .unwrap()
}

pub fn text(text: &str) -> Value {
    Value::Str(text.into())
}

/// Whether two values are the same, NaN being the same as NaN.
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Float(left), Value::Float(right)) => left.to_bits() == right.to_bits(),
        _ => left == right,
    }
}

/// Runs SQLite's own check.
pub fn assert_sound(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}
