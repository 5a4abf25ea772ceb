//! How quick the store is: encoding and committing, opening a trace, searching logs.
//!
//! `cargo bench --bench store`. Sizes are a tenth of what people call large, so that a run stays short; every figure
//! is a time for the whole of it, so divide. The size of the store is printed once.

use divan::{Bencher, black_box};
use headwater::app::questions::Question;
use headwater::model::batch::{Attr, Batch, BatchValue, LogRecord, Resource, SpanKind, SpanRecord};
use headwater::model::sink::{Checkpoint, Encode, FileIdentity, Sink};
use headwater::model::{CancelToken, Nanos, SpanId, TraceId};
use headwater::query::{Comparison, Expr, Term, Test, parse_aggregates};
use headwater::store::{
    Buckets, EncodedBatch, Filter, Grouping, Reader, RecordKind, RecordOrder, TraceOrder, Writer,
};
use std::sync::LazyLock;

const SPANS: u64 = 200_000;
const LOGS: u64 = 400_000;
const BATCH: u64 = 25_000;
const LARGE_TRACE: u64 = 10_000;

fn main() {
    let store = &*STORE;
    let size =
        std::fs::metadata(store.folder.path().join("bench.store")).map_or(0, |file| file.len());
    println!(
        "{SPANS} spans and {LOGS} logs: {:.1} bytes a record",
        size as f64 / (SPANS + LOGS) as f64
    );
    divan::main();
}

/// Numbers that look random and are the same every time.
fn scramble(number: u64) -> u64 {
    let spread = (number ^ (number >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    spread ^ (spread >> 29)
}

/// The first [`LARGE_TRACE`] spans are one trace, the others traces of ten.
fn trace_of(span: u64) -> TraceId {
    let trace = if span < LARGE_TRACE { 0 } else { span / 10 };
    TraceId((u128::from(scramble(trace)) << 64 | u128::from(trace + 1)).to_be_bytes())
}

fn attributes(batch: &mut Batch, number: u64) -> std::ops::Range<u32> {
    let start = batch.attrs.len() as u32;
    let random = scramble(number);
    let route = batch.keep_with(|text| *text += &format!("/api/item/{}", random % 97));
    let user = batch.keep_with(|text| *text += &format!("user-{}", random % 100_000));
    let method = batch.keep(if random.is_multiple_of(3) {
        "POST"
    } else {
        "GET"
    });
    let status = if random.is_multiple_of(50) { 503 } else { 200 };
    for (name, value) in [
        ("http.route", BatchValue::Str(route)),
        ("user.id", BatchValue::Str(user)),
        ("http.request.method", BatchValue::Str(method)),
        ("http.response.status_code", BatchValue::Int(status)),
        ("retry", BatchValue::Bool(random.is_multiple_of(7))),
        ("bytes", BatchValue::Int((random % 5_000) as i64)),
        ("ratio", BatchValue::Float((random % 100) as f64 / 100.0)),
        ("shard", BatchValue::Int((random % 16) as i64)),
    ] {
        let key = batch.keys.intern(name);
        batch.attrs.push(Attr { key, value });
    }
    start..batch.attrs.len() as u32
}

fn with_services() -> Batch {
    let mut batch = Batch::default();
    for number in 0..8 {
        let service = batch.keep_with(|text| *text += &format!("service-{number}"));
        batch.resources.push(Resource {
            service,
            ..Resource::default()
        });
    }
    batch
}

fn span_batch(first: u64) -> Batch {
    let mut batch = with_services();
    for number in first..(first + BATCH).min(SPANS) {
        let random = scramble(number + 1);
        let name = batch.keep_with(|text| *text += &format!("GET /api/item/{}", random % 97));
        let attrs = attributes(&mut batch, number);
        let root = if number < LARGE_TRACE {
            number == 0
        } else {
            number.is_multiple_of(10)
        };
        batch.spans.push(SpanRecord {
            trace: trace_of(number),
            id: SpanId(random),
            parent: SpanId(if root { 0 } else { scramble(number) }),
            name,
            kind: SpanKind::Server,
            start: Nanos(1_700_000_000_000_000_000 + number as i64 * 1_000_000),
            duration: (random % 5_000_000) as i64,
            resource: (random % 8) as u32,
            attrs,
            ..SpanRecord::default()
        });
    }
    batch
}

fn log_batch(first: u64) -> Batch {
    let mut batch = with_services();
    for number in first..(first + BATCH).min(LOGS) {
        let random = scramble(number + 7);
        let word = if random.is_multiple_of(20) {
            "timeout"
        } else {
            "done"
        };
        let body = batch.keep_with(|text| {
            *text += &format!("request {random:016x} {word} after {} ms", random % 900)
        });
        let attrs = attributes(&mut batch, number);
        batch.logs.push(LogRecord {
            time: Nanos(1_700_000_000_000_000_000 + number as i64 * 500_000),
            severity: [5, 9, 9, 9, 13, 17][(random % 6) as usize],
            body,
            trace: trace_of(number / 2),
            resource: (random % 8) as u32,
            attrs,
            ..LogRecord::default()
        });
    }
    batch
}

fn starts(records: u64) -> impl Iterator<Item = u64> {
    (0..records).step_by(BATCH as usize)
}

struct Bench {
    folder: tempfile::TempDir,
}

static STORE: LazyLock<Bench> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder for the bench");
    let mut writer = Writer::open(&folder.path().join("bench.store")).expect("a new store");
    let encoder = writer.encoder();
    let spans = starts(SPANS).map(span_batch);
    let batches = spans.chain(starts(LOGS).map(log_batch));
    let encoded = batches
        .map(|mut batch| encoder.encode(&mut batch))
        .collect();
    commit_all(&mut writer, encoded);
    Bench { folder }
});

fn commit_all(writer: &mut Writer, batches: Vec<EncodedBatch>) {
    let import = writer
        .begin(&FileIdentity::default(), None)
        .expect("an import begins");
    for batch in batches {
        writer
            .commit(import, batch, Checkpoint::default())
            .expect("room on the disk");
    }
}

fn reader() -> Reader {
    Reader::open(&STORE.folder.path().join("bench.store")).expect("the store of the bench")
}

#[divan::bench(sample_count = 5)]
fn encode_200k_spans(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a folder for the bench");
    let writer = Writer::open(&folder.path().join("encode.store")).expect("a new store");
    let encoder = writer.encoder();
    bencher
        .with_inputs(|| starts(SPANS).map(span_batch).collect::<Vec<_>>())
        .bench_values(|batches| {
            batches
                .into_iter()
                .map(|mut batch| encoder.encode(&mut batch))
                .collect::<Vec<_>>()
        });
}

#[divan::bench(sample_count = 5)]
fn commit_200k_spans(bencher: Bencher) {
    bencher
        .with_inputs(|| {
            let folder = tempfile::tempdir().expect("a folder for the bench");
            let writer = Writer::open(&folder.path().join("commit.store")).expect("a new store");
            let encoder = writer.encoder();
            let batches: Vec<_> = starts(SPANS)
                .map(|first| encoder.encode(&mut span_batch(first)))
                .collect();
            (folder, writer, batches)
        })
        .bench_values(|(folder, mut writer, batches)| {
            commit_all(&mut writer, batches);
            (folder, writer)
        });
}

#[divan::bench(sample_count = 20)]
fn open_trace_of_10k_spans(bencher: Bencher) {
    let reader = reader();
    bencher.bench_local(|| reader.trace(black_box(trace_of(0)), &CancelToken::default()));
}

#[divan::bench(sample_count = 20)]
fn list_all_traces_by_duration(bencher: Bencher) {
    let reader = reader();
    bencher.bench_local(|| {
        reader.find_traces(
            &Filter::default(),
            TraceOrder::Duration,
            true,
            &CancelToken::default(),
        )
    });
}

fn filter(key: &str, test: Test) -> Filter {
    let key = key.to_owned();
    Filter {
        search: Expr::Term(Term { key, test }),
        range: None,
    }
}

/// Searches over the logs, by name.
fn searches() -> [(&'static str, Filter); 4] {
    [
        (
            "rare value",
            filter("user.id", Test::Equals("user-4711".to_owned())),
        ),
        (
            "status >= 500",
            filter(
                "http.response.status_code",
                Test::Compare(Comparison::GreaterOrEqual, 500.0),
            ),
        ),
        (
            "body contains",
            filter("", Test::Contains("timeout".to_owned())),
        ),
        ("everything", Filter::default()),
    ]
}

#[divan::bench(args = ["rare value", "status >= 500", "body contains"], sample_count = 10)]
fn count_logs_cold(bencher: Bencher, name: &str) {
    let (_, filter) = searches()
        .into_iter()
        .find(|(known, _)| *known == name)
        .expect("listed above");
    // A new reader has no decoded column yet.
    bencher.with_inputs(reader).bench_local_values(|reader| {
        let count = reader.count(RecordKind::Log, &filter, &CancelToken::default());
        (reader, count)
    });
}

#[divan::bench(args = ["rare value", "status >= 500", "body contains", "everything"], sample_count = 20)]
fn find_logs(bencher: Bencher, name: &str) {
    let (_, filter) = searches()
        .into_iter()
        .find(|(known, _)| *known == name)
        .expect("listed above");
    let reader = reader();
    bencher.bench_local(|| reader.find(RecordKind::Log, &filter, true, &CancelToken::default()));
}

#[divan::bench(sample_count = 20)]
fn histogram_of_all_logs(bencher: Bencher) {
    let reader = reader();
    bencher.bench_local(|| {
        reader.histogram(
            RecordKind::Log,
            &Filter::default(),
            100,
            &CancelToken::default(),
        )
    });
}

/// All spans, or the third of one method.
fn spans_of(which: &str) -> Filter {
    match which {
        "all" => Filter::default(),
        _ => filter("http.request.method", Test::Equals("POST".to_owned())),
    }
}

#[divan::bench(args = ["all", "one method"], sample_count = 20)]
fn histogram_of_spans(bencher: Bencher, which: &str) {
    let (reader, filter) = (reader(), spans_of(which));
    bencher
        .bench_local(|| reader.histogram(RecordKind::Span, &filter, 100, &CancelToken::default()));
}

#[divan::bench(args = ["all", "one method"], sample_count = 20)]
fn heatmap_of_spans(bencher: Bencher, which: &str) {
    let (reader, filter) = (reader(), spans_of(which));
    bencher.bench_local(|| {
        let question = Question::SpanHeatmap {
            filter: filter.clone(),
            columns: 100,
        };
        question.answer(&reader, &CancelToken::default())
    });
}

#[divan::bench(args = ["all", "one method"], sample_count = 20)]
fn percentiles_of_spans_over_time(bencher: Bencher, which: &str) {
    let (reader, filter) = (reader(), spans_of(which));
    bencher.bench_local(|| {
        let question = Question::SpanPercentiles {
            filter: filter.clone(),
            buckets: 100,
        };
        question.answer(&reader, &CancelToken::default())
    });
}

#[divan::bench(sample_count = 20)]
fn facet_of_100k_users(bencher: Bencher) {
    let reader = reader();
    bencher.bench_local(|| {
        reader.facet(
            RecordKind::Log,
            "user.id",
            &Filter::default(),
            20,
            &CancelToken::default(),
        )
    });
}

/// Spans of one method, a third of all, grouped by an attribute with few values or with many.
fn methods(key: &str) -> (Filter, Grouping) {
    let filter = filter("http.request.method", Test::Equals("POST".to_owned()));
    let aggregates = parse_aggregates("count(),p95(span.duration)").expect("two aggregates");
    (filter, Grouping::new(&[key], &aggregates, 50))
}

#[divan::bench(args = ["http.route", "user.id"], sample_count = 20)]
fn group_spans_with_p95(bencher: Bencher, key: &str) {
    let (filter, grouping) = methods(key);
    let reader = reader();
    let cancel = CancelToken::default();
    bencher.bench_local(|| reader.group(RecordKind::Span, &filter, &grouping, &cancel));
}

#[divan::bench(args = ["http.route", "user.id"], sample_count = 20)]
fn group_spans_over_time(bencher: Bencher, key: &str) {
    let (filter, grouping) = methods(key);
    let grouping = Grouping {
        limit: 5,
        ..grouping
    };
    let reader = reader();
    let cancel = CancelToken::default();
    let buckets = Buckets::Count(100);
    bencher.bench_local(|| reader.series(RecordKind::Span, &filter, &grouping, buckets, &cancel));
}

#[divan::bench(args = ["time", "duration", "user.id"], sample_count = 20)]
fn first_page_of_spans(bencher: Bencher, order: &str) {
    let order = RecordOrder::named(order);
    let (filter, _) = methods("");
    let reader = reader();
    let cancel = CancelToken::default();
    bencher.bench_local(|| {
        reader.page(
            RecordKind::Span,
            &filter,
            (&order, true),
            None,
            100,
            &cancel,
        )
    });
}
