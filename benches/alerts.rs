//! How quick twenty alert rules are over ten million log records of a week, and how quick they are again with another
//! threshold.
//!
//! `cargo bench --bench alerts`; `HEADWATER_ALERT_LOGS=1000000` makes it smaller. The bars: under 2 s, and under 50 ms.

#[path = "support/numbers.rs"]
mod numbers;

use headwater::alerts::rule::{Level, Watches};
use headwater::alerts::{Backtest, RuleSet, rules_from};
use headwater::app::alerts::measured;
use headwater::model::batch::{Attr, Batch, BatchValue, LogRecord, Resource};
use headwater::model::sink::{Checkpoint, Encode, FileIdentity, Sink};
use headwater::model::{CancelToken, Nanos};
use headwater::store::{Reader, Writer};
use numbers::Numbers;
use std::path::Path;
use std::time::Instant;

const BATCH: usize = 50_000;
const START: i64 = 1_795_243_582_000_000_000;
const WEEK: i64 = 7 * 86_400_000_000_000;

fn main() {
    let count = std::env::var("HEADWATER_ALERT_LOGS").ok();
    let count = count
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("alerts.store");
    fill(&path, count);
    let reader = Reader::open(&path).expect("the store");
    let set = rules();
    println!("{} rules over {count} records of a week", set.rules.len());
    for name in ["first", "again"] {
        let started = Instant::now();
        let material = measured(&reader, &set, None, &CancelToken::default()).expect("values");
        let read = started.elapsed();
        let backtest = Backtest::new(&set, &material);
        println!(
            "{name}: {:.0} ms, of these values {:.0} ms; {} incidents",
            started.elapsed().as_secs_f64() * 1e3,
            read.as_secs_f64() * 1e3,
            incidents(&backtest),
        );
        let mut rules = set.rules.clone();
        for rule in &mut rules {
            if let Watches::Metric(metric) = &mut rule.watches
                && let Some(thresholds) = metric.thresholds_mut()
                && let Some(critical) = thresholds.critical
            {
                *thresholds = thresholds.with(Level::Critical, critical * 1.01);
            }
        }
        let started = Instant::now();
        let again = backtest.again(&rules);
        println!(
            "all with other thresholds: {:.1} ms; {} incidents",
            started.elapsed().as_secs_f64() * 1e3,
            incidents(&again),
        );
    }
}

fn incidents(backtest: &Backtest) -> usize {
    let results = backtest.results.iter();
    results.map(|result| result.incidents.len()).sum()
}

/// Ten measures over one-minute windows, ten over five-minute ones; two of them are anomalies.
fn rules() -> RuleSet {
    let measures = [
        ("count()", "", "above = { critical = 1200 }"),
        (
            "p95(duration_ms)",
            "",
            "above = { critical = 960, warning = 955 }",
        ),
        (
            "p99(duration_ms)",
            "http.route:/api/3",
            "above = { critical = 995 }",
        ),
        ("failure_rate()", "", "above = { critical = 0.06 }"),
        (
            "count_unique(user.id)",
            "http.status_code:>=500",
            "above = { critical = 40 }",
        ),
        (
            "avg(duration_ms)",
            "region:eu-2",
            "above = { critical = 540 }",
        ),
        (
            "max(duration_ms)",
            "level:error",
            "below = { critical = 100 }",
        ),
        (
            "epm()",
            "http.status_code:[429, 503]",
            "above = { critical = 200 }",
        ),
        (
            "sum(duration_ms)",
            "http.route:/api/1*",
            "change = \"1d\"\nabove = { critical = 80 }",
        ),
        (
            "count()",
            "level:error",
            "anomaly = { sensitivity = \"medium\", direction = \"above\" }",
        ),
    ];
    let mut text = String::new();
    for window in ["1m", "5m"] {
        for (place, (aggregate, filter, condition)) in measures.iter().enumerate() {
            text += &format!(
                "[[rule]]\nname = \"{place} of {window}\"\nsubject = \"logs\"\naggregate = \"{aggregate}\"\n\
                 filter = \"{filter}\"\nwindow = \"{window}\"\n{condition}\n"
            );
        }
    }
    rules_from(&text).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn fill(path: &Path, count: usize) {
    let mut writer = Writer::open(path).expect("a new store");
    let import = writer
        .begin(&FileIdentity::default(), None)
        .expect("an import");
    let encoder = writer.encoder();
    let step = WEEK / count.max(1) as i64;
    for first in (0..count).step_by(BATCH) {
        let mut batch = batch(first..(first + BATCH).min(count), step);
        writer
            .commit(import, encoder.encode(&mut batch), Checkpoint::default())
            .expect("room on the disk");
    }
}

fn batch(numbers: std::ops::Range<usize>, step: i64) -> Batch {
    let mut batch = Batch::default();
    let service = batch.keep("shop");
    batch.resources.push(Resource {
        service,
        ..Resource::default()
    });
    for number in numbers {
        let mut random = Numbers(number as u64);
        let mut below = |end| random.below(end) as i64;
        let status = [200, 200, 200, 200, 201, 304, 404, 429, 500, 503][below(10) as usize];
        let (route, region, user) = (below(40), below(8), below(20_000));
        let millis = below(1000);
        let start = batch.attrs.len() as u32;
        let route = batch.keep_with(|out| out.push_str(&format!("/api/{route}")));
        let region = batch.keep_with(|out| out.push_str(&format!("eu-{region}")));
        let user = batch.keep_with(|out| out.push_str(&format!("user-{user}")));
        for (name, value) in [
            ("http.route", BatchValue::Str(route)),
            ("http.status_code", BatchValue::Int(status)),
            ("region", BatchValue::Str(region)),
            ("user.id", BatchValue::Str(user)),
            ("duration_ms", BatchValue::Int(millis)),
        ] {
            let key = batch.keys.intern(name);
            batch.attrs.push(Attr { key, value });
        }
        let severity_text = batch.keep(if below(20) == 0 { "error" } else { "info" });
        let body = batch.keep("request done");
        let attrs = start..batch.attrs.len() as u32;
        batch.logs.push(LogRecord {
            time: Nanos(START + number as i64 * step),
            severity: 9,
            severity_text,
            body,
            attrs,
            ..LogRecord::default()
        });
    }
    batch
}
