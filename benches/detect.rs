//! How long it takes to find what is wrong in a million spans of twenty thousand traces, and to be told again.
//!
//! `cargo bench --bench detect`; `HEADWATER_DETECT_SPANS=100000` makes it smaller. Bar for a million spans on two cores: the
//! first look below 3 s. A trace is a request of a shop: middleware, a query for a list, one for each of its rows (in every
//! third trace the same, so that there is something to find), calls to another service, cached reads, a slow query now and
//! then, and in every fiftieth something that fails.

#[path = "support/numbers.rs"]
mod numbers;

use headwater::analysis::detect::Settings;
use headwater::app::issues::{IssueAttributes, IssueRecords, Listing};
use headwater::app::questions::{Answer, Question};
use headwater::app::route::IssuesPlace;
use headwater::insights::issues::{self, Issue};
use headwater::model::batch::{
    Attr, Batch, BatchValue, ErrorRecord, Resource, SpanRecord, SpanStatus,
};
use headwater::model::sink::{Checkpoint, Encode, FileIdentity, Sink};
use headwater::model::{CancelToken, Nanos, SpanId, TraceId};
use headwater::query::{self, Expr};
use headwater::store::{Filter, Kept, Reader, Writer};
use numbers::Numbers;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Spans of a trace.
const SPANS: u64 = 50;
/// Error records.
const ERRORS: u64 = 100_000;
/// Traces of a batch.
const TRACES: u64 = 400;
const MS: i64 = 1_000_000;
const START: i64 = 1_795_243_582_000_000_000;

fn main() {
    let count = std::env::var("HEADWATER_DETECT_SPANS").ok();
    let count: u64 = count
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("detect.store");
    let mut writer = Writer::open(&path).expect("a new store");
    fill(&mut writer, 0..count / SPANS);
    let reader = Reader::open(&path).expect("the store");
    println!("{count} spans in {} traces", count / SPANS);
    look("everything is new", &reader, &mut writer);
    look("nothing has changed", &reader, &mut writer);
    fill(&mut writer, count / SPANS..count / SPANS + TRACES);
    look("400 traces more", &reader, &mut writer);
    look_from(&path, &mut writer);
    attributes_of_the_largest(&path, IssueRecords::Spans);
    errors();
}

/// A hundred thousand error records of five thousand issues: grouped, asked for again, taken apart, and listed by another
/// rule of what is noise.
fn errors() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("errors.store");
    let mut writer = Writer::open(&path).expect("a new store");
    fill_errors(&mut writer);
    let reader = Reader::open(&path).expect("the store");
    println!("{ERRORS} error records");
    let found = look("every error is new", &reader, &mut writer);
    look("no error is new", &reader, &mut writer);
    attributes_of_the_largest(&path, IssueRecords::Errors);
    let noise = query::parse_filter("title:*7* OR release:1.4.3").expect("a search");
    let listing = Listing {
        search: Expr::All,
        noise: vec![noise],
        place: IssuesPlace::default(),
    };
    let issues: Arc<[Issue]> = found.into();
    let states = Arc::default();
    let listing = Box::new(listing);
    let question = Question::ListedIssues {
        issues,
        states,
        listing,
    };
    let started = Instant::now();
    let listed = question.answer(&reader, &CancelToken::default());
    let took = started.elapsed().as_secs_f64();
    if let Answer::ListedIssues(listed) = listed.expect("a list") {
        println!(
            "another rule of noise  {took:>7.3} s: {} issues stay",
            listed.len()
        );
    }
}

/// What the issue that was met most is made of, asked of a new process.
fn attributes_of_the_largest(path: &Path, records: IssueRecords) {
    let reader = Reader::open(path)
        .expect("the store")
        .ask_for_issues(issues::named);
    let settings = Settings::default();
    let cancel = CancelToken::default();
    let found = issues::found_before(&reader, &settings, &cancel).expect("issues");
    let largest = found.iter().max_by_key(|issue| issue.count);
    let largest = largest.expect("an issue");
    for time in ["first", "again"] {
        let started = Instant::now();
        let told = IssueAttributes::read(&reader, &largest.fingerprint, records, &cancel);
        let told = told.expect("attributes");
        println!(
            "its attributes, {time:<6} {:>7.3} s: {} records, {} attributes",
            started.elapsed().as_secs_f64(),
            told.breakdown.records.inside,
            told.breakdown.attributes.len()
        );
    }
}

fn fill_errors(writer: &mut Writer) {
    let encoder = writer.encoder();
    let import = writer
        .begin(&FileIdentity::default(), None)
        .expect("an import");
    for first in (0..ERRORS).step_by(2_000) {
        let mut batch = Batch::default();
        let attrs = attributes(&mut batch, &[("service.version", "1.4.0".into())]);
        let service = batch.keep("shop");
        batch.resources.push(Resource {
            attrs,
            service,
            ..Resource::default()
        });
        for number in first..first + 2_000 {
            let mut numbers = Numbers(number);
            // Some are met a thousand times, most a few times.
            let most = numbers.below(5_000) + 1;
            let group = numbers.below(most);
            let frames: Vec<String> = (0..8)
                .map(|at| {
                    format!(
                        r#"{{"function": "f{at}_{group}", "module": "shop.m{at}", "filename": "shop/m{at}.py", "lineno": {group}, "in_app": {}}}"#,
                        at % 2 == 0
                    )
                })
                .collect();
            let document = format!(
                r#"{{"release": "1.4.{}", "tags": {{"plan": "p{}", "host": "h{}"}}, "user": {{"id": "{}"}}, "contexts": {{"os": {{"name": "Linux"}}}}, "exception": {{"values": [{{"type": "E{group}", "value": "no {number}", "stacktrace": {{"frames": [{}]}}}}]}}}}"#,
                number % 5,
                number % 3,
                number % 40,
                numbers.below(20_000),
                frames.join(", ")
            );
            let record = ErrorRecord {
                id: u128::from(number) + 1,
                trace: TraceId((u128::from(number) + 1).to_be_bytes()),
                span: SpanId(number + 1),
                time: Nanos(START + number as i64 * MS),
                level: batch.keep("error"),
                exception_type: batch.keep(&format!("E{group}")),
                message: batch.keep(&format!("no {number}")),
                transaction: batch.keep("GET /api"),
                document: batch.keep(&document),
                ..ErrorRecord::default()
            };
            batch.errors.push(record);
        }
        let batch = encoder.encode(&mut batch);
        let to = Checkpoint::default();
        writer.commit(import, batch, to).expect("a commit");
    }
}

/// With a reader that has nothing in memory.
fn look_from(path: &Path, writer: &mut Writer) {
    let reader = Reader::open(path).expect("the store");
    look("a new process", &reader, writer);
}

fn look(what: &str, reader: &Reader, writer: &mut Writer) -> Vec<Issue> {
    let mut looked = Vec::new();
    let mut keep = |findings| looked.push(findings);
    let (all, cancel) = (Filter::default(), CancelToken::default());
    let started = Instant::now();
    let found = issues::find(reader, &all, &Settings::default(), &cancel, &mut keep);
    let found = found.expect("issues");
    let took = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let mut traces = 0;
    for kept in &looked {
        if let Kept::Findings(findings) = kept {
            traces += findings.traces.len();
        }
        writer.keep(kept).expect("a store that can be written");
    }
    let times: u64 = found.iter().map(|issue| issue.count).sum();
    println!(
        "{what:<22} {took:>7.3} s, kept in {:>6.3} s: {traces:>6} traces looked at, {} issues, met {times} times",
        started.elapsed().as_secs_f64(),
        found.len()
    );
    found
}

fn fill(writer: &mut Writer, traces: std::ops::Range<u64>) {
    let encoder = writer.encoder();
    let import = writer
        .begin(&FileIdentity::default(), None)
        .expect("an import");
    for first in traces.clone().step_by(TRACES as usize) {
        let mut batch = Batch::default();
        let attrs = attributes(&mut batch, &[("service.version", "1.4.0".into())]);
        let service = batch.keep("shop");
        batch.resources.push(Resource {
            attrs,
            service,
            ..Resource::default()
        });
        for number in first..(first + TRACES).min(traces.end) {
            trace(&mut batch, number);
        }
        let batch = encoder.encode(&mut batch);
        let to = Checkpoint::default();
        writer.commit(import, batch, to).expect("a commit");
    }
}

/// A value of an attribute.
enum Given {
    Text(String),
    Int(i64),
}

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

fn attributes(batch: &mut Batch, given: &[(&str, Given)]) -> std::ops::Range<u32> {
    let start = batch.attrs.len() as u32;
    for (name, value) in given {
        let key = batch.keys.intern(name);
        let value = match value {
            Given::Text(text) => BatchValue::Str(batch.keep(text)),
            Given::Int(number) => BatchValue::Int(*number),
        };
        batch.attrs.push(Attr { key, value });
    }
    start..batch.attrs.len() as u32
}

fn trace(batch: &mut Batch, number: u64) {
    let mut numbers = Numbers(number);
    let id = TraceId((u128::from(numbers.next()) << 64 | u128::from(number)).to_be_bytes());
    let route = numbers.below(40);
    let repeats = number.is_multiple_of(3);
    let mut at = START + number as i64 * 20 * MS;
    for place in 0..SPANS {
        let (op, text, duration, given): (&str, String, i64, Vec<(&str, Given)>) = match place {
            0 => (
                "http.server",
                format!("GET /api/things-{route}"),
                400 * MS,
                vec![
                    ("http.request.method", "GET".into()),
                    (
                        "request.query_string",
                        Given::Text(format!("page={}", number % 7)),
                    ),
                    ("user.id", Given::Text(format!("user-{}", number % 5000))),
                ],
            ),
            1..=4 => (
                "middleware",
                format!("middleware-{place}"),
                390 * MS,
                Vec::new(),
            ),
            5..=30 => (
                "db",
                match repeats && place > 5 {
                    true => format!(
                        "SELECT id, name, price FROM item WHERE thing_id = %s AND shop = {route}"
                    ),
                    false => format!(
                        "SELECT id, name FROM table_{place} JOIN other_{route} ON a = b WHERE id = {} AND name = 'x'",
                        numbers.below(1000)
                    ),
                },
                match number % 500 == 7 && place == 9 {
                    true => 1_200 * MS,
                    false => 3 * MS,
                },
                vec![
                    ("db.system", "postgresql".into()),
                    ("db.name", "shop".into()),
                ],
            ),
            31..=40 => (
                "http.client",
                format!(
                    "GET https://stock.internal/api/items/{}?full=1",
                    numbers.below(9000)
                ),
                5 * MS,
                vec![
                    (
                        "http.response_content_length",
                        Given::Int(numbers.below(5000) as i64),
                    ),
                    ("http.response.status_code", Given::Int(200)),
                ],
            ),
            _ => (
                "cache.get",
                format!("session:{}", numbers.below(100_000)),
                MS / 2,
                vec![("cache.hit", Given::Int(1))],
            ),
        };
        let fails = number.is_multiple_of(50) && place == 35;
        let attrs = attributes(batch, &given);
        let record = SpanRecord {
            trace: id,
            id: SpanId(number * SPANS + place + 1),
            parent: SpanId(match place {
                0 => 0,
                1..=5 => number * SPANS + place,
                _ => number * SPANS + 5,
            }),
            name: batch.keep(&text),
            op: batch.keep(op),
            description: batch.keep(&text),
            start: Nanos(at),
            duration,
            status: match fails {
                true => SpanStatus::Error,
                false => SpanStatus::default(),
            },
            segment: place == 0,
            attrs,
            ..SpanRecord::default()
        };
        at += match place {
            0..=4 => MS,
            _ => duration + MS / 10,
        };
        batch.spans.push(record);
    }
}
