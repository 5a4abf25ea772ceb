//! The import's promises on files as large as they speak of, all in one run: a million spans of ten attributes as OTLP JSON
//! (1 GB), the same as protobuf, gzip and zstd, two million log records of eight attributes.
//!
//! `HEADWATER_BARS_SPANS=100000 cargo bench --bench bars` makes it smaller. Each file is read four ways: unpacked only,
//! parsed into batches that are thrown away, parsed and made into the columns that the one writer gets (the ratio is to
//! this), and imported by the program into a new store as a person would, with its
//! peak of memory watched from outside (Linux) and its store measured.

mod support;

use flate2::Compression;
use flate2::write::GzEncoder;
use headwater::import::{Options, Progress, import_file};
use headwater::model::CancelToken;
use headwater::model::report::FileReport;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::floor::Floor;

fn main() {
    let spans = std::env::var("HEADWATER_BARS_SPANS").ok();
    let spans: usize = spans
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    println!(
        "{:<22} {:>8} {:>9} {:>9} {:>9} {:>9} {:>11} {:>9} {:>6} {:>9} {:>9}",
        "file",
        "size",
        "unpack",
        "parsed",
        "encoded",
        "store",
        "records/s",
        "bytes/s",
        "ratio",
        "peak RSS",
        "B/record"
    );
    let json = at("spans.otlp.jsonl");
    std::fs::write(&json, support::otlp_spans(spans)).expect("room on the disk");
    measure("OTLP JSON", &json, spans, Packing::None);
    pack(&json, &at("spans.otlp.jsonl.gz"), |out| {
        Box::new(GzEncoder::new(out, Compression::default()))
    });
    measure(
        "OTLP JSON, gzip",
        &at("spans.otlp.jsonl.gz"),
        spans,
        Packing::Gzip,
    );
    pack(&json, &at("spans.otlp.jsonl.zst"), |out| {
        Box::new(
            zstd::Encoder::new(out, 3)
                .expect("a level it knows")
                .auto_finish(),
        )
    });
    measure(
        "OTLP JSON, zstd",
        &at("spans.otlp.jsonl.zst"),
        spans,
        Packing::Zstd,
    );
    cancelling(&json);
    std::fs::remove_file(&json).expect("it was written");
    let proto = at("spans.otlp.pb");
    std::fs::write(&proto, support::otlp_spans_proto(spans)).expect("room on the disk");
    measure("OTLP protobuf", &proto, spans, Packing::None);
    let logs = at("logs.ndjson");
    write_logs(&logs, spans * 2);
    measure("NDJSON logs", &logs, spans * 2, Packing::None);
}

enum Packing {
    None,
    Gzip,
    Zstd,
}

/// Reads a file in every way and prints a line.
fn measure(name: &str, file: &Path, records: usize, packing: Packing) {
    let size = std::fs::metadata(file).expect("it was written").len();
    let unpack = best_of(2, || unpack(file, &packing));
    let parsed = best_of(3, || discard(file, records, Floor::parsed()));
    let encoded = best_of(3, || discard(file, records, Floor::encoded()));
    let imports: Vec<Import> = (0..3).map(|_| import(file, records)).collect();
    let store = imports
        .iter()
        .map(|import| import.seconds)
        .fold(f64::MAX, f64::min);
    let bytes = imports.iter().map(|import| import.bytes).max().unwrap_or(0);
    let rss = imports
        .iter()
        .map(|import| import.peak_kib)
        .max()
        .unwrap_or(0);
    let on_disk = imports
        .iter()
        .map(|import| import.on_disk)
        .max()
        .unwrap_or(0);
    println!(
        "{name:<22} {:>6} M {:>7.2} s {:>7.2} s {:>7.2} s {:>7.2} s {:>9.0} k {:>7.0} M {:>6.2} {:>5} MiB {:>9.1}",
        size / 1_000_000,
        unpack,
        parsed,
        encoded,
        store,
        records as f64 / store / 1e3,
        bytes as f64 / store / 1e6,
        store / encoded,
        rss / 1024,
        on_disk as f64 / records as f64,
    );
}

fn best_of(times: usize, mut work: impl FnMut()) -> f64 {
    let seconds = (0..times).map(|_| {
        let started = Instant::now();
        work();
        started.elapsed().as_secs_f64()
    });
    seconds.fold(f64::MAX, f64::min)
}

/// The floor of packed files: unpacking and nothing else.
fn unpack(file: &Path, packing: &Packing) {
    let file = File::open(file).expect("it was written");
    let mut reader: Box<dyn Read> = match packing {
        Packing::None => Box::new(file),
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(file)),
        Packing::Zstd => Box::new(zstd::Decoder::new(file).expect("room for its window")),
    };
    let mut buffer = vec![0; 1 << 20];
    while reader.read(&mut buffer).expect("it is whole") > 0 {}
}

/// What the store could not be faster than.
fn discard(file: &Path, records: usize, mut sink: Floor) {
    read_into(file, &mut sink, &CancelToken::default());
    assert_eq!(sink.records, records as u64);
}

fn read_into(file: &Path, sink: &mut Floor, cancel: &CancelToken) -> FileReport {
    let (options, progress) = (Options::default(), Progress::default());
    let mut report = FileReport::default();
    let mut done = |done| report = done;
    import_file(file, sink, &options, &progress, cancel, &mut done);
    report
}

/// What an import took.
struct Import {
    seconds: f64,
    bytes: u64,
    peak_kib: u64,
    on_disk: u64,
}

/// Imports by the program, as a process of its own.
fn import(file: &Path, records: usize) -> Import {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("bars.store");
    let mut child = Command::new(env!("CARGO_BIN_EXE_headwater"))
        .arg("import")
        .args([file, Path::new("--json"), Path::new("--store"), &store])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak_kib = 0;
    while child.try_wait().expect("it can be asked").is_none() {
        peak_kib = peak_kib.max(peak_of(&status));
        std::thread::sleep(Duration::from_millis(5));
    }
    let out = child.wait_with_output().expect("it ends").stdout;
    let line = out.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let report: Value = serde_json::from_slice(line).expect("a report");
    let read = report["spans"].as_u64().max(report["logs"].as_u64());
    assert_eq!(read, Some(records as u64), "{report}");
    Import {
        seconds: report["seconds"].as_f64().expect("a time"),
        bytes: report["bytes"].as_u64().expect("a size"),
        peak_kib,
        on_disk: std::fs::metadata(&store).expect("a store").len(),
    }
}

fn peak_of(status: &Path) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or(0)
}

/// How long an import goes on after it was cancelled.
fn cancelling(file: &Path) {
    let mut slowest = Duration::ZERO;
    for wait in [50, 120, 200, 333] {
        let cancel = CancelToken::default();
        let stopped = std::thread::scope(|scope| {
            let (token, started) = (cancel.clone(), Instant::now());
            let import = scope.spawn(move || {
                read_into(file, &mut Floor::parsed(), &token);
                started.elapsed()
            });
            std::thread::sleep(Duration::from_millis(wait));
            cancel.cancel();
            let asked = started.elapsed();
            let ended = import.join().expect("it ends");
            ended.saturating_sub(asked)
        });
        slowest = slowest.max(stopped);
    }
    println!(
        "cancelled: went on for at most {:.0} ms",
        slowest.as_secs_f64() * 1e3
    );
}

fn pack(from: &Path, to: &Path, encoder: impl FnOnce(File) -> Box<dyn Write>) {
    let mut from = File::open(from).expect("it was written");
    let mut out = encoder(File::create(to).expect("room on the disk"));
    std::io::copy(&mut from, &mut out).expect("room on the disk");
}

/// Log records of eight attributes, a line each.
fn write_logs(path: &Path, count: usize) {
    let mut out = BufWriter::new(File::create(path).expect("room on the disk"));
    let mut numbers = support::Numbers(7);
    let mut line = String::new();
    let mut trace = 0;
    for index in 0..count {
        // A request writes some twenty records.
        if index % 20 == 0 {
            trace = numbers.next();
        }
        let millis = 1_795_243_582_000 + index as u64 * 3;
        let level = ["debug", "info", "info", "info", "warn", "error"][numbers.below(6) as usize];
        let (item, user, status) = (
            numbers.below(50_000),
            numbers.below(200_000),
            200 + numbers.below(4) * 100,
        );
        line.clear();
        let _ = writeln!(
            line,
            r#"{{"time":{millis},"level":"{level}","msg":"item {item} of cart {user} was updated","trace_id":"{:016x}{:016x}","span_id":"{:016x}","http.route":"/api/items/{{id}}","http.status_code":{status},"user.id":"{user}","item.id":{item},"duration_ms":{}.{},"region":"eu-{}","cache.hit":{},"host.name":"web-{}"}}"#,
            trace,
            index / 20,
            numbers.next(),
            numbers.below(400),
            numbers.below(1000),
            numbers.below(4),
            numbers.below(2) == 1,
            numbers.below(8),
        );
        out.write_all(line.as_bytes()).expect("room on the disk");
    }
}
