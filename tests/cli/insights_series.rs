//! Modules over time, and the spans behind their rows: both must be those that the table counts.

use crate::cli_support::Program;
use headwater::insights::behind::{self, Number};
use headwater::insights::family::Family;
use headwater::insights::{self, Asked, Module, Table, series};
use headwater::model::CancelToken;
use headwater::query;
use headwater::store::{Filter, Reader, RecordKind};
use std::sync::Arc;

/// Columns whose numbers add up over rows and over time.
const SUMS: [&str; 24] = [
    "count",
    "failed",
    "time_spent",
    "total_duration",
    "hits",
    "misses",
    "puts",
    "gets",
    "others",
    "published",
    "processed",
    "errors",
    "retries",
    "backlog",
    "llm_calls",
    "tool_calls",
    "tool_errors",
    "input_tokens",
    "output_tokens",
    "cost",
    "pageloads",
    "good",
    "meh",
    "poor",
];

fn store() -> Program {
    let program = Program::with_shop();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/");
    for file in [
        "agent-transaction-with-span-item.envelope",
        "transaction-cache-and-slow-query.envelope",
        "spans-v2-node11.envelope",
    ] {
        program.ok(&["import", &format!("{data}{file}")]);
    }
    program
}

fn table(module: Module, reader: &Reader, asked: &Asked) -> Table {
    insights::table(module, reader, asked, &CancelToken::default()).expect("a table")
}

fn assert_sums(
    reader: &Reader,
    (asked, family): (&Asked, &Arc<Family>),
    whole: &Table,
    row: Option<usize>,
    stretches: usize,
) -> usize {
    let cancel = CancelToken::default();
    let of = row.map(|row| (whole, row));
    let over = series::series(
        whole.module,
        reader,
        (asked, &|| Ok(family.clone())),
        of,
        stretches,
        &cancel,
    );
    let over = over.expect("an answer").expect("there is time to cut");
    assert_eq!(over.rows.len(), stretches);
    let mut compared = 0;
    for name in SUMS.into_iter().filter(|name| whole.column(name).is_some()) {
        let rows = row.map_or(0..whole.rows.len(), |row| row..row + 1);
        let number = |row: usize| whole.cell(row, name)?.number();
        let expected: f64 = rows.filter_map(number).sum();
        let found: f64 = over.numbers(name).into_iter().flatten().sum();
        let close = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
        let module = whole.module;
        assert!(
            close,
            "{module:?} {row:?} {name}: {found} over time, not {expected}"
        );
        compared += usize::from(expected != 0.0);
    }
    compared
}

#[test]
fn a_series_adds_up_to_its_table() {
    let program = store();
    let reader = Reader::open(&program.store()).expect("a store");
    let asked = Asked::default();
    let family = Arc::new(Family::read(&reader, &CancelToken::default()).expect("a family"));
    let mut compared = 0;
    for module in Module::ALL {
        let whole = table(module, &reader, &asked);
        compared += assert_sums(&reader, (&asked, &family), &whole, None, 60);
        for row in 0..whole.rows.len().min(4) {
            compared += assert_sums(&reader, (&asked, &family), &whole, Some(row), 7);
        }
    }
    assert!(compared > 60, "{compared} sums compared");
}

#[test]
fn a_stretch_of_a_series_is_the_table_of_that_time() {
    let program = store();
    let reader = Reader::open(&program.store()).expect("a store");
    let asked = Asked::default();
    let cancel = CancelToken::default();
    let family = Arc::new(Family::read(&reader, &cancel).expect("a family"));
    for module in [
        Module::Transactions,
        Module::Queries,
        Module::Requests,
        Module::Queues,
    ] {
        let whole = table(module, &reader, &asked);
        let over = series::series(
            module,
            &reader,
            (&asked, &|| Ok(family.clone())),
            Some((&whole, 0)),
            5,
            &cancel,
        );
        let over = over.expect("an answer").expect("there is time to cut");
        let key = whole.key(0).expect("a row");
        for (at, cells) in over.rows.iter().enumerate() {
            let within = Asked {
                filter: Filter {
                    range: Some(over.range.shares(at..at + 1, 5)),
                    ..Filter::default()
                },
                ..asked.clone()
            };
            let own = table(module, &reader, &within);
            let row = own.find(&key);
            for name in [
                "avg",
                "p50",
                "p95",
                "failure_rate",
                "apdex",
                "rate_4xx",
                "error_rate",
            ] {
                let Some(column) = over.column(name) else {
                    continue;
                };
                let expected = row.and_then(|row| own.cell(row, name)?.number());
                let found = cells[column].number();
                assert_eq!(found, expected, "{module:?} {at} {name}");
            }
        }
    }
}

#[test]
fn the_spans_behind_a_row_are_those_it_counts() {
    let program = store();
    let reader = Reader::open(&program.store()).expect("a store");
    let cancel = CancelToken::default();
    let family = || Family::read(&reader, &cancel).map(Arc::new);
    let mut rows = 0;
    for (module, by) in [
        (Module::Transactions, ""),
        (Module::Transactions, "release"),
        (Module::Queries, ""),
        (Module::Queries, "domain"),
        (Module::Requests, ""),
        (Module::Requests, "domain"),
    ] {
        let group_by = Some(by).filter(|by| !by.is_empty());
        let asked = Asked {
            group_by: group_by.map(str::to_owned).into_iter().collect(),
            ..Asked::default()
        };
        let whole = table(module, &reader, &asked);
        for row in 0..whole.rows.len() {
            let number = Number {
                table: &whole,
                row,
                column: "count",
            };
            let spans = behind::search(&reader, &asked, &family, number, &cancel);
            let search = spans.expect("a search").search;
            let filter = Filter {
                search: query::parse_filter(&search).expect("it can be read"),
                range: None,
            };
            let found = reader.find(RecordKind::Span, &filter, false, &cancel);
            let found = found.expect("spans").refs.len() as f64;
            let count = whole.cell(row, "count").and_then(|cell| cell.number());
            assert_eq!(Some(found), count, "{module:?} by {by:?}: {search}");
            rows += 1;
        }
    }
    assert!(rows > 80, "{rows} rows");
}

#[test]
fn every_number_leads_to_the_spans_it_counts() {
    let program = store();
    let reader = Reader::open(&program.store()).expect("a store");
    let cancel = CancelToken::default();
    let known = Arc::new(Family::read(&reader, &cancel).expect("a family"));
    let family = || Ok(known.clone());
    let mut numbers = 0;
    for (module, by, columns) in [
        (
            Module::Caches,
            "",
            &["hits", "misses", "puts", "gets", "others"][..],
        ),
        (
            Module::Caches,
            "key",
            &["hits", "misses", "puts", "gets", "others"],
        ),
        (
            Module::Queues,
            "",
            &["published", "processed", "errors", "retries"],
        ),
        (
            Module::Queues,
            "destination",
            &["published", "processed", "errors"],
        ),
        (
            Module::Agents,
            "",
            &[
                "llm_calls",
                "llm_errors",
                "tool_calls",
                "tool_errors",
                "runs",
            ],
        ),
        (
            Module::Agents,
            "transaction",
            &["llm_calls", "tool_calls", "tool_errors", "runs"],
        ),
        (
            Module::Agents,
            "conversation",
            &["llm_calls", "tool_calls", "runs"],
        ),
        (
            Module::Agents,
            "agent",
            &["llm_calls", "tool_calls", "runs"],
        ),
        (Module::Agents, "user", &["llm_calls", "tool_calls", "runs"]),
        (Module::Agents, "tool", &["tool_calls", "tool_errors"]),
    ] {
        let group_by = Some(by).filter(|by| !by.is_empty());
        let asked = Asked {
            group_by: group_by.map(str::to_owned).into_iter().collect(),
            ..Asked::default()
        };
        let whole = table(module, &reader, &asked);
        for (row, column) in
            (0..whole.rows.len()).flat_map(|row| columns.iter().map(move |column| (row, *column)))
        {
            let count = whole.cell(row, column).and_then(|cell| cell.number());
            if count == Some(0.0) {
                continue;
            }
            let number = Number {
                table: &whole,
                row,
                column,
            };
            let spans =
                behind::search(&reader, &asked, &family, number, &cancel).expect("a search");
            let filter = Filter {
                search: query::parse_filter(&spans.search).expect("it can be read"),
                range: None,
            };
            let found = reader
                .count(RecordKind::Span, &filter, &cancel)
                .expect("a count");
            let search = spans.search;
            assert_eq!(
                Some(found as f64),
                count,
                "{module:?} by {by:?}, {column}: {search}"
            );
            assert!(spans.is_exact, "{module:?} by {by:?}, {column}: {search}");
            numbers += 1;
        }
    }
    assert!(numbers > 40, "{numbers} numbers");
}
