//! A search for `transaction:` finds the spans that belong to a transaction of that name, wherever they were read from.

use crate::store_support::*;
use headwater::model::batch::Batch;
use headwater::model::{CancelToken, Value};
use headwater::query::{self, Aggregate};
use headwater::store::{Filter, Grouping, Reader, RecordKind};

/// A transaction with two spans below it, of which the second is a transaction's child in another service.
fn request(batch: &mut Batch, trace: u64, name: &str) {
    let mut root = span(batch, trace, 1, 0, name);
    root.segment = true;
    let call = span(batch, trace, 2, 1, "call");
    let mut answer = span(batch, trace, 3, 2, "answer");
    answer.segment = true;
    let query = span(batch, trace, 4, 3, "query");
    batch.spans.extend([root, call, answer, query]);
}

fn count(reader: &Reader, search: &str) -> u64 {
    let filter = Filter {
        search: query::parse_filter(search).expect(search),
        range: None,
    };
    let count = reader.count(RecordKind::Span, &filter, &CancelToken::default());
    count.expect("a count")
}

#[test]
fn spans_are_found_by_the_transaction_above_them() {
    let mut batch = Batch::default();
    request(&mut batch, 1, "GET /a");
    request(&mut batch, 2, "GET /a");
    request(&mut batch, 3, "GET /b");
    let place = Place::new();
    let reader = store_of(&place, vec![batch]);
    for (search, expected) in [
        ("transaction:\"GET /a\"", 4),
        ("transaction:\"GET /b\"", 2),
        ("transaction:answer", 6),
        ("transaction:answer name:query", 3),
        ("transaction:\"get /*\"", 6),
        ("!transaction:answer", 6),
        ("transaction:call", 0),
        ("has:transaction", 12),
    ] {
        assert_eq!(count(&reader, search), expected, "{search}");
    }
    let keys = reader.keys(RecordKind::Span).expect("names");
    let offered = keys.iter().find(|known| &*known.key == "transaction");
    assert_eq!(offered.map(|known| known.present), Some(12));
    let grouping = Grouping::new(&["transaction"], &[Aggregate::Count], 10);
    let groups = reader
        .group(
            RecordKind::Span,
            &Filter::default(),
            &grouping,
            &CancelToken::default(),
        )
        .expect("groups");
    let groups: Vec<(String, u64)> = groups
        .groups
        .iter()
        .filter_map(|group| Some((group.keys[0].as_ref()?.text().into_owned(), group.count)))
        .collect();
    let expected = [("answer", 6), ("GET /a", 4), ("GET /b", 2)];
    assert_eq!(
        groups,
        expected.map(|(name, count)| (name.to_owned(), count))
    );
    let all = reader
        .find(
            RecordKind::Span,
            &Filter::default(),
            false,
            &CancelToken::default(),
        )
        .expect("spans");
    let rows = reader
        .span_rows(&all.refs[..4], &["transaction".to_owned()])
        .expect("rows");
    assert!(
        rows.iter()
            .all(|row| matches!(row.cells[0], Some(Value::Str(_))))
    );
}

#[test]
fn a_parent_may_come_later_and_go_again() {
    let place = Place::new();
    let mut writer = place.writer();
    let mut first = Batch::default();
    let child = span(&mut first, 1, 2, 1, "child");
    first.spans.push(child);
    import(&mut writer, "children.json", vec![first]);
    let reader = place.reader();
    assert_eq!(
        count(&reader, "transaction:child"),
        1,
        "the topmost there is"
    );
    let mut second = Batch::default();
    let mut root = span(&mut second, 1, 1, 0, "root");
    root.segment = true;
    second.spans.push(root);
    let (import_of_root, _) = import(&mut writer, "root.json", vec![second]);
    assert_eq!(count(&reader, "transaction:root"), 2);
    assert_eq!(count(&reader, "transaction:child"), 0);
    writer.remove_import(import_of_root).expect("it is removed");
    assert_eq!(count(&reader, "transaction:root"), 0);
    assert_eq!(count(&reader, "transaction:child"), 1);
}

#[test]
fn a_transaction_that_was_not_recorded_goes_by_what_its_spans_say() {
    let mut batch = Batch::default();
    let mut lost = span(&mut batch, 1, 2, 1, "query");
    lost.attrs = attributes(&mut batch, &[("sentry.segment.name", text("GET /lost"))]);
    let mut told = span(&mut batch, 2, 1, 0, "GET /now");
    told.segment = true;
    let mut below = span(&mut batch, 2, 2, 1, "query");
    below.attrs = attributes(&mut batch, &[("transaction", text("GET /before"))]);
    batch.spans.extend([lost, told, below]);
    let place = Place::new();
    let reader = store_of(&place, vec![batch]);
    for (search, expected) in [
        ("transaction:\"GET /lost\"", 1),
        ("transaction:\"GET /now\"", 2),
        ("transaction:\"GET /before\"", 0),
        // What is recorded is found by its own name.
        ("sentry.segment.name:\"GET /before\"", 1),
    ] {
        assert_eq!(count(&reader, search), expected, "{search}");
    }
}

#[test]
fn many_transactions_in_many_segments_are_found() {
    let place = Place::new();
    let batches = (0..3).map(|number| {
        let mut batch = Batch::default();
        for trace in number * 4_000..(number + 1) * 4_000 {
            request(&mut batch, trace + 1, &format!("GET /{}", trace % 700));
        }
        batch
    });
    let reader = store_of(&place, batches.collect());
    for number in [0, 255, 256, 699] {
        let traces = (0..12_000).filter(|trace| trace % 700 == number).count() as u64;
        let search = format!("transaction:\"GET /{number}\"");
        assert_eq!(count(&reader, &search), 2 * traces, "{search}");
    }
}
