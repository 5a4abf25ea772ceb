//! Alert rules over a store: windows are what grouping by time gives for each, and the caches of the captures.

use headwater::alerts::rules_from;
use headwater::app::alerts::{starters, tried};
use headwater::model::{CancelToken, Nanos, TimeRange};
use headwater::query::{Aggregate, parse_filter};
use headwater::store::{Filter, Grouping, MINUTE, Reader, RecordKind, Sliding, Writer};
use headwater::{alerts::Backtest, import};
use std::path::{Path, PathBuf};

/// A store with some files in it.
fn store(files: &[PathBuf]) -> (tempfile::TempDir, Reader) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("test.store");
    let mut writer = Writer::open(&path).expect("a store");
    let (progress, options) = (import::Progress::default(), import::Options::default());
    for file in import::expand(files) {
        let cancel = CancelToken::default();
        import::import_file(
            &file,
            &mut writer,
            &options,
            &progress,
            &cancel,
            &mut |_| (),
        );
    }
    (folder, Reader::open(&path).expect("the store"))
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn windows_are_what_a_question_about_each_would_give() {
    let (_folder, reader) = store(&[root("sample-data/shop")]);
    let cancel = CancelToken::default();
    let range = reader
        .overview()
        .expect("an overview")
        .range
        .expect("records");
    let aggregates = [
        "count()",
        "p95(span.duration)",
        "p50(span.duration)",
        "avg(span.duration)",
        "max(span.duration)",
        "sum(span.duration)",
        "count_unique(name)",
        "failure_rate()",
        "epm()",
        "apdex(5)",
    ];
    let searches = ["op:db", "is_segment:true", ""];
    let mut asked = Vec::new();
    for (length, step) in [(1, 1), (5, 1), (30, 2)] {
        for search in searches {
            for aggregate in aggregates {
                let aggregate: Aggregate = aggregate.parse().expect("an aggregate");
                let search = parse_filter(search).expect("a search");
                asked.push(Sliding {
                    search,
                    aggregate,
                    length,
                    step,
                });
            }
        }
    }
    let answers = reader
        .windows(RecordKind::Span, range, &asked, &cancel)
        .expect("windows");
    assert_eq!(answers.len(), asked.len());
    let mut compared = 0;
    for (sliding, windows) in asked.iter().zip(&answers) {
        for (at, value) in windows.values.iter().enumerate() {
            let end = (windows.first_end + (at * windows.step) as i64) * MINUTE;
            let window = TimeRange {
                start: Nanos(end - sliding.length as i64 * MINUTE),
                end: Nanos(end),
            };
            let filter = Filter {
                search: sliding.search.clone(),
                range: Some(window),
            };
            let grouping = Grouping::new(&[], std::slice::from_ref(&sliding.aggregate), 1);
            let groups = reader
                .group(RecordKind::Span, &filter, &grouping, &cancel)
                .expect("groups");
            assert_eq!(windows.counts[at], groups.records, "{sliding:?} {window:?}");
            let expected = groups.groups[0].values[0].as_f64().unwrap_or(f64::NAN);
            let is_same = *value == expected
                || value.is_nan() && expected.is_nan()
                || (value - expected).abs() <= expected.abs() * 1e-12;
            assert!(is_same, "{sliding:?} {window:?}: {value} {expected}");
            compared += usize::from(!expected.is_nan() && groups.records > 0);
        }
    }
    assert!(compared > 500, "{compared} windows had records");
}

/// The level of each starter rule about caches, by the beginning of its keys.
fn cache_rules(reader: &Reader) -> Vec<(String, bool)> {
    let cancel = CancelToken::default();
    let offered = starters(reader, &cancel).expect("starters");
    let text: String = offered
        .iter()
        .filter(|starter| starter.rule.name.starts_with("Cache misses"))
        .map(|starter| starter.text() + "\n")
        .collect();
    let set = rules_from(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    let backtest: Backtest = tried(reader, &set, None, &cancel).expect("a backtest");
    let results = backtest.results.iter();
    results
        .map(|result| (result.rule.name.clone(), !result.incidents.is_empty()))
        .collect()
}

/// The keys of profiles have a time in them, so that reads never hit; of the pages of orders the first is cached.
fn expect_the_malformed_key(found: &[(String, bool)]) {
    let fired = |name: &str| {
        found
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, fired)| *fired)
    };
    assert_eq!(fired("Cache misses: profile"), Some(true), "{found:?}");
    assert_eq!(fired("Cache misses: order-items"), Some(false), "{found:?}");
}

#[test]
fn the_cache_with_the_malformed_key_is_found_and_the_healthy_one_is_not() {
    let (_folder, reader) = store(&[root("tests/data/alerts/cache-reads.envelopes")]);
    expect_the_malformed_key(&cache_rules(&reader));
}

#[test]
#[ignore = "needs the whole captures: set HEADWATER_CAPTURES to their folder"]
fn the_malformed_key_is_found_in_the_whole_captures() {
    let folder = std::env::var("HEADWATER_CAPTURES").expect("HEADWATER_CAPTURES is set");
    let (_folder, reader) = store(&[Path::new(&folder).join("sentry")]);
    expect_the_malformed_key(&cache_rules(&reader));
}

#[test]
fn all_starter_rules_can_be_read_back_and_have_values() {
    let (_folder, reader) = store(&[root("sample-data/shop")]);
    let cancel = CancelToken::default();
    let offered = starters(&reader, &cancel).expect("starters");
    assert!(offered.len() > 5, "{} starters", offered.len());
    for starter in &offered {
        let text = starter.text();
        let set = rules_from(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
        assert_eq!(set.rules, std::slice::from_ref(&starter.rule), "{text}");
        let backtest = tried(&reader, &set, None, &cancel).expect("a backtest");
        if let Some(judged) = &backtest.results[0].judged {
            // What is judged has records; an anomaly says why if it has none.
            let is_judged = judged.values.iter().any(|value| !value.is_nan());
            assert!(is_judged || !judged.notes.is_empty(), "{text}");
        }
    }
}
