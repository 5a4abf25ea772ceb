//! How quick searches over ten million log records of eight attributes are, question by question, and beside DuckDB.
//!
//! `cargo bench --bench search`; `HEADWATER_SEARCH_LOGS=1000000` makes it smaller. With `HEADWATER_DUCKDB=PYTHON`, a Python
//! that has the package `duckdb`, the same records go into two tables of it, one with a column for every attribute and one
//! with a map of them, which then answer the same questions in the same run (`search_duckdb.py`); it must find the same.
//!
//! "First" is what a person waits for first: the oldest hundred records as rows.

#[path = "support/filled.rs"]
mod filled;
#[path = "support/numbers.rs"]
mod numbers;

use filled::fill;
use headwater::model::batch::{Attr, Batch, BatchValue, LogRecord, Resource};
use headwater::model::record::LogEntry;
use headwater::model::{CancelToken, Nanos, SpanId, TraceId};
use headwater::query;
use headwater::store::{Filter, Reader, RecordKind};
use numbers::Numbers;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const BATCH: usize = 50_000;
const START: i64 = 1_795_243_582_000_000_000;
const STEP: i64 = 3_000_000;

/// What is asked: a name, a search, and whether its values, its histogram or its rows are wanted.
const QUESTIONS: [(&str, &str, Wanted); 13] = [
    ("rare value, count", "user.id:user-4711", Wanted::Count),
    ("rare value, first", "user.id:user-4711", Wanted::First),
    ("number >=, count", "http.status_code:>=500", Wanted::Count),
    (
        "two attributes, histogram",
        "http.status_code:>=500 region:eu-2",
        Wanted::Histogram,
    ),
    (
        "two attributes, first",
        "http.status_code:>=500 region:eu-2",
        Wanted::First,
    ),
    ("without, count", "!region:eu-2", Wanted::Count),
    ("beginning, count", "user.id:user-47*", Wanted::Count),
    ("body contains, count", "\"timed out\"", Wanted::Count),
    ("body contains, first", "\"timed out\"", Wanted::First),
    (
        "body fits a regex, count",
        "message://took 8[0-9]{2} ms$//",
        Wanted::Count,
    ),
    (
        "values under two",
        "http.status_code:>=500 region:eu-2",
        Wanted::Values("http.route"),
    ),
    ("values of many", "", Wanted::Values("user.id")),
    ("everything, first", "", Wanted::First),
];

#[derive(Clone, Copy)]
enum Wanted {
    Count,
    Histogram,
    First,
    Values(&'static str),
}

fn main() {
    let count = std::env::var("HEADWATER_SEARCH_LOGS").ok();
    let count = count
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("search.store");
    let started = Instant::now();
    fill(&path, count, BATCH, batch);
    let size = std::fs::metadata(&path).expect("a store").len();
    println!(
        "{count} records, {:.1} bytes each, written in {:.1} s",
        size as f64 / count as f64,
        started.elapsed().as_secs_f64()
    );
    let peer = std::env::var("HEADWATER_DUCKDB").ok();
    let theirs = peer.map(|python| duckdb(&python, folder.path(), count));
    let reader = Reader::open(&path).expect("the store");
    let (_, first) = timed(|| ask(&reader, QUESTIONS[0].1, Wanted::Count));
    println!("the first search after opening: {first:.1} ms");
    println!(
        "{:<28} {:>9} {:>10}   {:>12} {:>12}",
        "question", "ms", "found", "DuckDB, ms", "as a map, ms"
    );
    for (name, search, wanted) in QUESTIONS {
        let (found, millis) = best(|| ask(&reader, search, wanted));
        let theirs = theirs.as_ref().map(|all| &all[name]);
        if let Some(theirs) = theirs.filter(|theirs| !theirs["found"].is_null()) {
            assert_eq!(theirs["found"].as_u64(), Some(found), "{name}");
        }
        let peer = |form: &str| {
            let millis = theirs.and_then(|theirs| theirs[form].as_f64());
            millis.map_or_else(|| "–".to_owned(), |millis| format!("{millis:.1}"))
        };
        println!(
            "{name:<28} {millis:>9.1} {found:>10}   {:>12} {:>12}",
            peer("columns"),
            peer("map")
        );
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let started = Instant::now();
    let done = work();
    (done, started.elapsed().as_secs_f64() * 1e3)
}

/// The middle of five runs, after one that warms.
fn best(mut work: impl FnMut() -> u64) -> (u64, f64) {
    let found = work();
    let mut times: Vec<f64> = (0..5).map(|_| timed(&mut work).1).collect();
    times.sort_by(f64::total_cmp);
    (found, times[2])
}

fn ask(reader: &Reader, search: &str, wanted: Wanted) -> u64 {
    let filter = Filter {
        search: query::parse(search).expect("a search"),
        range: None,
    };
    let (kind, cancel) = (RecordKind::Log, CancelToken::default());
    match wanted {
        Wanted::Count => reader.count(kind, &filter, &cancel).expect("a count"),
        Wanted::Histogram => {
            let histogram = reader.histogram(kind, &filter, 100, &cancel);
            let buckets = histogram.expect("a histogram").buckets;
            buckets
                .iter()
                .map(|bucket| bucket.counts.iter().sum::<u64>())
                .sum()
        }
        Wanted::First => {
            let first = reader.first(kind, &filter, 100, &cancel).expect("records");
            let rows: Vec<LogEntry> = reader.log_rows(&first.refs, &[]).expect("rows");
            rows.len() as u64
        }
        Wanted::Values(key) => {
            let values = reader
                .facet(kind, key, &filter, 20, &cancel)
                .expect("values");
            values.iter().map(|value| value.count).sum()
        }
    }
}

/// One record; the same for the same number.
struct Record {
    level: &'static str,
    service: u64,
    user: u64,
    item: u64,
    route: u64,
    status: u64,
    region: u64,
    millis: u64,
    retry: bool,
    host: u64,
    late: bool,
}

impl Record {
    fn new(number: usize) -> Self {
        let mut numbers = Numbers(number as u64 * 7919 + 1);
        Self {
            level: ["debug", "info", "info", "info", "warn", "error"][numbers.below(6) as usize],
            service: numbers.below(8),
            user: numbers.below(100_000),
            item: numbers.below(5_000),
            route: numbers.below(97),
            status: [200, 200, 200, 204, 301, 404, 500, 503][numbers.below(8) as usize],
            region: numbers.below(4),
            millis: numbers.below(1_000),
            retry: numbers.below(7) == 0,
            host: numbers.below(16),
            late: numbers.below(20) == 0,
        }
    }

    fn body(&self, out: &mut String) {
        let end = if self.late { "timed out" } else { "done" };
        let _ = write!(
            out,
            "request for item {} of user {} {end}, took {} ms",
            self.item, self.user, self.millis
        );
    }
}

fn batch(numbers: std::ops::Range<usize>) -> Batch {
    let mut batch = Batch::default();
    for service in 0..8 {
        let service = batch.keep(&format!("service-{service}"));
        batch.resources.push(Resource {
            service,
            ..Resource::default()
        });
    }
    for number in numbers {
        let record = Record::new(number);
        let start = batch.attrs.len() as u32;
        let user = batch.keep_with(|out| out.push_str(&format!("user-{}", record.user)));
        let route = batch.keep_with(|out| out.push_str(&format!("/api/{}", record.route)));
        let region = batch.keep_with(|out| out.push_str(&format!("eu-{}", record.region)));
        let host = batch.keep_with(|out| out.push_str(&format!("web-{}", record.host)));
        for (name, value) in [
            ("user.id", BatchValue::Str(user)),
            ("item.id", BatchValue::Int(record.item as i64)),
            ("http.route", BatchValue::Str(route)),
            ("http.status_code", BatchValue::Int(record.status as i64)),
            ("region", BatchValue::Str(region)),
            ("duration_ms", BatchValue::Int(record.millis as i64)),
            ("retry", BatchValue::Bool(record.retry)),
            ("host.name", BatchValue::Str(host)),
        ] {
            let key = batch.keys.intern(name);
            batch.attrs.push(Attr { key, value });
        }
        let severity_text = batch.keep(record.level);
        let body = batch.keep_with(|out| record.body(out));
        let mut trace = [1; 16];
        trace[..8].copy_from_slice(&(number as u64 / 20).to_be_bytes());
        let attrs = start..batch.attrs.len() as u32;
        batch.logs.push(LogRecord {
            time: Nanos(START + number as i64 * STEP),
            severity: match record.level {
                "debug" => 5,
                "info" => 9,
                "warn" => 13,
                _ => 17,
            },
            severity_text,
            body,
            trace: TraceId(trace),
            span: SpanId(number as u64 | 1 << 63),
            resource: record.service as u32,
            attrs,
            ..LogRecord::default()
        });
    }
    batch
}

/// The same records and questions for DuckDB: by name what it found, and milliseconds with columns and with a map.
fn duckdb(python: &str, folder: &Path, count: usize) -> Value {
    let csv = folder.join("logs.csv");
    let mut out = BufWriter::new(std::fs::File::create(&csv).expect("room on the disk"));
    let mut line = String::new();
    for number in 0..count {
        let record = Record::new(number);
        line.clear();
        let at = START + number as i64 * STEP;
        let _ = write!(line, "{at},{},service-{},\"", record.level, record.service);
        record.body(&mut line);
        let _ = writeln!(
            line,
            "\",user-{},{},/api/{},{},eu-{},{},{},web-{}",
            record.user,
            record.item,
            record.route,
            record.status,
            record.region,
            record.millis,
            record.retry,
            record.host,
        );
        out.write_all(line.as_bytes()).expect("room on the disk");
    }
    out.flush().expect("room on the disk");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/search_duckdb.py");
    let answer = Command::new(python)
        .arg(script)
        .arg(&csv)
        .output()
        .expect("Python starts");
    let errors = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "{errors}");
    std::fs::remove_file(&csv).expect("it was written");
    serde_json::from_slice(&answer.stdout).expect("an answer")
}
