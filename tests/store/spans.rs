//! What the span search asks of the store against the plainest possible computation of it: random spans, row by row.

use crate::store_support::*;
use headwater::model::batch::{Batch, SpanStatus};
use headwater::model::{CancelToken, Nanos, SpanId, TimeRange};
use headwater::query::{Expr, Test};
use headwater::store::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A span as the plain computation sees it; its id is its place in the list and one.
#[derive(Clone, Debug)]
struct Plain {
    trace: u64,
    start: i64,
    duration: i64,
    failed: bool,
}

fn any_span() -> impl Strategy<Value = Plain> {
    let duration = prop_oneof![8 => 0i64..5_000_000, 4 => 0i64..200, 1 => Just(i64::MAX / 40)];
    (1u64..40, 0i64..1_000, duration, any::<bool>()).prop_map(|(trace, start, duration, failed)| {
        Plain {
            trace,
            start,
            duration,
            failed,
        }
    })
}

fn any_spans() -> impl Strategy<Value = Vec<Plain>> {
    prop_oneof![
        proptest::collection::vec(any_span(), 1..20),
        proptest::collection::vec(any_span(), 100..300)
    ]
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let end = prop_oneof![4 => 1i64..1_200, 1 => Just(i64::MAX)];
    let range = proptest::option::of((0i64..900, end));
    (any::<bool>(), range).prop_map(|(all, range)| Filter {
        search: if all {
            Expr::All
        } else {
            term("status", Test::Equals("error".to_owned()))
        },
        range: range.map(|(start, end)| TimeRange {
            start: Nanos(start),
            end: Nanos(end.max(start + 1)),
        }),
    })
}

/// In several segments of unlike size, so that several threads work.
fn imported(place: &Place, spans: &[Plain]) -> Reader {
    let mut id = 0;
    let batches = spans.chunks(spans.len() / 6 + 1).map(|part| {
        let mut batch = Batch::default();
        let resource = resource(&mut batch, "shop", &[]);
        for plain in part {
            id += 1;
            let mut made = span(&mut batch, plain.trace, id, 0, "x");
            (made.start, made.duration) = (Nanos(plain.start), plain.duration);
            made.resource = resource;
            made.status = match plain.failed {
                true => SpanStatus::Error,
                false => SpanStatus::Ok,
            };
            batch.spans.push(made);
        }
        batch
    });
    store_of(place, batches.collect())
}

/// The spans that fit, each with its place in the list.
fn matching<'s>(spans: &'s [Plain], filter: &Filter) -> Vec<(usize, &'s Plain)> {
    let all = spans.iter().enumerate();
    all.filter(|(_, span)| {
        let in_range = filter
            .range
            .is_none_or(|range| range.contains(Nanos(span.start)));
        in_range && (filter.search == Expr::All || span.failed)
    })
    .collect()
}

fn no_cancel() -> CancelToken {
    CancelToken::default()
}

/// Powers of ten around two durations.
fn decades([shortest, _, longest]: [i64; 3]) -> Vec<i64> {
    let all = std::iter::once(0).chain((0..19).map(|power| 10i64.pow(power)));
    let mut edges: Vec<i64> = all.collect();
    edges.retain(|edge| *edge <= longest.saturating_mul(10).max(10));
    let below = edges.iter().filter(|edge| **edge <= shortest).count();
    edges.drain(..below.saturating_sub(1));
    edges
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cells_of_a_heatmap_count_the_spans_that_lie_in_them(
        spans in any_spans(),
        filter in any_filter(),
        columns in 1usize..60,
    ) {
        let place = Place::new();
        let reader = imported(&place, &spans);
        let expected = matching(&spans, &filter);
        let map = reader.heatmap(&filter, columns, &decades, &no_cancel()).unwrap();
        if expected.is_empty() {
            prop_assert_eq!(map, Heatmap::default());
            return Ok(());
        }
        prop_assert_eq!(map.columns, columns);
        prop_assert_eq!(map.cells.len(), columns * map.rows());
        let mut counted = 0;
        for column in 0..map.columns {
            let time = map.range_of(column..column + 1);
            for row in 0..map.rows() {
                let durations = map.durations_of(row..row + 1);
                let inside = expected
                    .iter()
                    .filter(|(_, span)| time.contains(Nanos(span.start)) && durations.contains(&span.duration));
                let failed = inside.clone().filter(|(_, span)| span.failed).count() as u64;
                let cell = map.cell(column, row);
                prop_assert_eq!(cell, HeatCell { count: inside.count() as u64, failed });
                counted += cell.count;
            }
        }
        prop_assert_eq!(counted, expected.len() as u64);
    }

    #[test]
    fn spans_come_in_the_order_asked_for(
        spans in any_spans(),
        filter in any_filter(),
        by_duration in any::<bool>(),
        descending in any::<bool>(),
    ) {
        let place = Place::new();
        let reader = imported(&place, &spans);
        let mut expected = matching(&spans, &filter);
        let order = if by_duration { SpanOrder::Duration } else { SpanOrder::Start };
        expected.sort_by_key(|(at, span)| match (by_duration, descending) {
            (true, true) => (-i128::from(span.duration), span.start, *at),
            (true, false) => (span.duration.into(), span.start, *at),
            (false, _) => (0, span.start, *at),
        });
        if descending && !by_duration {
            expected.reverse();
        }
        let found = reader.find_spans(&filter, order, descending, &no_cancel()).unwrap();
        let rows = reader.span_rows(&found.refs, &[]).unwrap();
        let ids: Vec<u64> = rows.iter().map(|row| row.id.0).collect();
        let wanted: Vec<u64> = expected.iter().map(|(at, _)| *at as u64 + 1).collect();
        prop_assert_eq!(ids, wanted);
        let longest = expected.iter().map(|(_, span)| span.duration).max();
        prop_assert_eq!(found.longest, longest.unwrap_or(0));
    }

    #[test]
    fn traces_are_listed_with_their_spans_that_fit(
        spans in any_spans(),
        filter in any_filter(),
        by_duration in any::<bool>(),
        descending in any::<bool>(),
    ) {
        let place = Place::new();
        let reader = imported(&place, &spans);
        let mut expected: BTreeMap<u64, Vec<(i64, usize)>> = BTreeMap::new();
        for (at, span) in matching(&spans, &filter) {
            expected.entry(span.trace).or_default().push((span.start, at));
        }
        let order = if by_duration { SpanOrder::Duration } else { SpanOrder::Start };
        let found = reader.traces_of_spans(&filter, order, descending, &no_cancel()).unwrap();
        prop_assert_eq!(found.traces.len(), expected.len());
        let numbers: Vec<i64> = found.traces.iter().map(|trace| trace.number).collect();
        let firsts: Vec<_> = found.traces.iter().map(|trace| trace.first).collect();
        let rows = reader.trace_rows(&numbers).unwrap();
        let firsts = reader.span_rows(&firsts, &[]).unwrap();
        for ((trace, row), first) in found.traces.iter().zip(&rows).zip(&firsts) {
            let own = expected.iter().find(|(number, _)| trace_id(**number) == row.id);
            let Some((_, own)) = own else { panic!("no span of {} fits", row.id) };
            prop_assert_eq!(trace.matched, own.len() as u64);
            let earliest = own.iter().min().map(|(_, at)| SpanId(*at as u64 + 1));
            prop_assert_eq!(Some(first.id), earliest);
        }
        let rank = |row: &headwater::model::record::TraceSummary| match by_duration {
            true => row.duration,
            false => row.start.0,
        };
        for pair in rows.windows(2) {
            let rises = rank(&pair[0]) <= rank(&pair[1]);
            let falls = rank(&pair[0]) >= rank(&pair[1]);
            let is_sorted = if descending { falls } else { rises };
            prop_assert!(is_sorted);
        }
    }
}

#[test]
fn a_cancelled_question_is_no_answer() {
    let place = Place::new();
    let spans = vec![
        Plain {
            trace: 1,
            start: 1,
            duration: 1,
            failed: false
        };
        10
    ];
    let reader = imported(&place, &spans);
    let cancel = CancelToken::default();
    cancel.cancel();
    let filter = Filter::default();
    let map = reader.heatmap(&filter, 4, &decades, &cancel);
    assert!(matches!(map, Err(StoreError::Cancelled)));
    let traces = reader.traces_of_spans(&filter, SpanOrder::Start, true, &cancel);
    assert!(matches!(traces, Err(StoreError::Cancelled)));
    let found = reader.find_spans(&filter, SpanOrder::Duration, true, &cancel);
    assert!(matches!(found, Err(StoreError::Cancelled)));
}
