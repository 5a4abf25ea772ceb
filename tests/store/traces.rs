//! Traces: roots, counts and duplicates, whatever the order in which their parts arrive.

use crate::store_support::*;
use headwater::model::batch::{Batch, ErrorRecord, SpanRecord, SpanStatus};
use headwater::model::record::TraceSummary;
use headwater::model::sink::Sink;
use headwater::model::{CancelToken, Nanos, SpanId, TimeRange};
use headwater::query::{Comparison, Expr, Test};
use headwater::store::{Filter, Reader, RecordKind, TraceOrder};

fn traces(
    reader: &Reader,
    filter: &Filter,
    order: TraceOrder,
    descending: bool,
) -> Vec<TraceSummary> {
    let matches = reader
        .find_traces(filter, order, descending, &CancelToken::default())
        .unwrap();
    let rows = reader.trace_rows(&matches.numbers).unwrap();
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(matches.durations[place], row.duration);
        assert_eq!(matches.starts[place], row.start);
    }
    rows
}

fn all(reader: &Reader) -> Vec<TraceSummary> {
    traces(reader, &Filter::default(), TraceOrder::Start, false)
}

fn error(batch: &mut Batch, id: u128, trace: u64) -> ErrorRecord {
    ErrorRecord {
        id,
        trace: trace_id(trace),
        span: SpanId(3),
        time: Nanos(1_500),
        level: batch.keep("error"),
        exception_type: batch.keep("PaymentError"),
        message: batch.keep("card declined"),
        transaction: batch.keep("/checkout"),
        document: batch.keep("{\"a\":1}"),
        ..ErrorRecord::default()
    }
}

/// A trace of four spans, a log and an error; the root comes in the middle.
fn parts() -> Vec<Batch> {
    let mut parts = Vec::new();
    for (id, parent, start, duration, service, name) in [
        (2, 1, 1_100, 50, "api", "early child"),
        (3, 1, 1_200, 5_000, "db", "SELECT"),
        (1, 0, 1_150, 200, "web", "GET /checkout"),
        (4, 3, 1_050, 10, "", "skewed child"),
    ] {
        let mut batch = Batch::default();
        let service = resource(&mut batch, service, &[("service.name", text(service))]);
        let mut record = span(&mut batch, 7, id, parent, name);
        (record.start, record.duration, record.resource) = (Nanos(start), duration, service);
        record.op = batch.keep("op");
        if id == 3 {
            record.status = SpanStatus::Error;
        }
        batch.spans.push(record);
        parts.push(batch);
    }
    let mut batch = Batch::default();
    let mut said = log(&mut batch, 1_300, "said");
    said.trace = trace_id(7);
    batch.logs.push(said);
    let failed = error(&mut batch, 99, 7);
    batch.errors.push(failed);
    parts.push(batch);
    parts
}

fn assert_whole(row: &TraceSummary) {
    assert_eq!(row.id, trace_id(7));
    assert_eq!(
        (&*row.root_name, &*row.root_op, &*row.root_service),
        ("GET /checkout", "op", "web")
    );
    assert_eq!(
        row.services.iter().map(|name| &**name).collect::<Vec<_>>(),
        ["api", "db", "web"]
    );
    assert_eq!((row.start, row.duration), (Nanos(1_050), 6_200 - 1_050));
    assert_eq!((row.spans, row.errors, row.logs), (4, 2, 1));
}

#[test]
fn a_trace_is_the_same_whatever_order_its_parts_come_in() {
    let count = parts().len();
    for turn in 0..count {
        let place = Place::new();
        let mut writer = place.writer();
        let mut turned = parts();
        turned.rotate_left(turn);
        if turn % 2 == 1 {
            turned.reverse();
        }
        // Each part from a file of its own.
        for (file, part) in turned.into_iter().enumerate() {
            import(&mut writer, &format!("{file}.json"), vec![part]);
        }
        let reader = place.reader();
        let rows = all(&reader);
        assert_eq!(rows.len(), 1);
        assert_whole(&rows[0]);
        let trace = reader
            .trace(trace_id(7), &CancelToken::default())
            .unwrap()
            .unwrap();
        let order: Vec<u64> = trace.spans.iter().map(|span| span.id.0).collect();
        assert_eq!(order, [4, 2, 1, 3]);
        assert_eq!(
            trace.range(),
            TimeRange {
                start: Nanos(1_050),
                end: Nanos(6_200)
            }
        );
        assert_eq!(&*trace.errors[0].exception_type, "PaymentError");
        assert_eq!(
            reader.error_document(trace.errors[0].number).unwrap(),
            "{\"a\":1}"
        );
    }
}

#[test]
fn without_a_root_the_earliest_span_names_the_trace() {
    let place = Place::new();
    let mut spans = parts();
    spans.remove(2);
    let reader = store_of(&place, spans);
    assert_eq!(&*all(&reader)[0].root_name, "skewed child");
}

#[test]
fn what_is_there_already_adds_nothing() {
    let place = Place::new();
    let mut writer = place.writer();
    let (_, first) = import(&mut writer, "one.json", parts());
    assert_eq!(first.iter().map(|done| done.spans).sum::<u64>(), 4);
    assert_eq!(first.iter().map(|done| done.traces).sum::<u64>(), 1);
    // The same spans again, one new among them, in one batch.
    let mut batch = Batch::default();
    for (id, parent, start, name) in [
        (2, 1, 1_100, "early child"),
        (5, 1, 1_400, "new"),
        (5, 1, 1_400, "new"),
    ] {
        let mut record = span(&mut batch, 7, id, parent, name);
        (record.start, record.duration) = (Nanos(start), 50);
        batch.spans.push(record);
    }
    let again = error(&mut batch, 99, 7);
    batch.errors.push(again);
    let (_, second) = import(&mut writer, "two.json", vec![batch]);
    assert_eq!(
        (
            second[0].spans,
            second[0].duplicates,
            second[0].errors,
            second[0].traces
        ),
        (1, 3, 0, 0)
    );
    let reader = place.reader();
    let row = &all(&reader)[0];
    assert_eq!((row.spans, row.errors, row.logs), (5, 2, 1));
    assert_eq!(count(&reader, RecordKind::Span, Expr::All), 5);
    assert_eq!(
        count(&reader, RecordKind::Span, equals("name", "early child")),
        1
    );
    assert_eq!(count(&reader, RecordKind::Span, equals("name", "new")), 1);
    let facet = reader
        .facet(
            RecordKind::Span,
            "name",
            &Filter::default(),
            10,
            &CancelToken::default(),
        )
        .unwrap();
    assert!(facet.iter().all(|entry| entry.count == 1), "{facet:?}");
    let overview = reader.overview().unwrap();
    assert_eq!(
        (
            overview.imports,
            overview.traces,
            overview.spans,
            overview.logs,
            overview.errors
        ),
        (2, 1, 5, 1, 1)
    );
    // Another span that only shares the id stays.
    let mut batch = Batch::default();
    let other = span(&mut batch, 7, 5, 1, "other");
    batch.spans.push(other);
    import(&mut writer, "three.json", vec![batch]);
    assert_eq!(all(&reader)[0].spans, 6);
}

#[test]
fn removing_an_import_leaves_what_others_brought() {
    let place = Place::new();
    let mut writer = place.writer();
    let mut all_parts = parts();
    let mut others = all_parts.split_off(3);
    let mut lonely = Batch::default();
    let record = span(&mut lonely, 8, 1, 0, "alone");
    lonely.spans.push(record);
    let mut said = log(&mut lonely, 9, "gone");
    said.trace = trace_id(9);
    lonely.logs.push(said);
    others.push(lonely);
    import(&mut writer, "kept.json", all_parts);
    let before = all(&place.reader());
    let (added, _) = import(&mut writer, "removed.json", others);
    let reader = place.reader();
    assert_eq!(all(&reader).len(), 2);
    writer.remove_import(added).unwrap();
    let after = all(&reader);
    assert_eq!(after, before);
    assert_eq!(count(&reader, RecordKind::Log, Expr::All), 0);
    assert_eq!(reader.overview().unwrap().errors, 0);
    assert!(
        reader
            .trace(trace_id(9), &CancelToken::default())
            .unwrap()
            .is_none()
    );
    assert_eq!(reader.imports().unwrap().len(), 1);
    assert_eq!(writer.known().unwrap().len(), 1);
    // And it can come again.
    let mut again = Batch::default();
    let record = span(&mut again, 8, 1, 0, "alone");
    again.spans.push(record);
    import(&mut writer, "removed.json", vec![again]);
    assert_eq!(all(&reader).len(), 2);
    assert_sound(&place.path);
}

#[test]
fn removal_lets_a_file_whose_spans_were_left_out_be_read_again() {
    let place = Place::new();
    let mut writer = place.writer();
    let same_spans = || parts().into_iter().take(4).collect::<Vec<_>>();
    let (first, _) = import(&mut writer, "one.json", same_spans());
    import(&mut writer, "copy.json", same_spans());
    assert_eq!(writer.known().unwrap().len(), 2);
    writer.remove_import(first).unwrap();
    assert_eq!(all(&place.reader()).len(), 0);
    assert!(writer.known().unwrap().is_empty());
    import(&mut writer, "copy.json", same_spans());
    assert_eq!(all(&place.reader())[0].spans, 4);
}

fn many() -> Vec<Batch> {
    let mut batch = Batch::default();
    for trace in 0..200u64 {
        for id in 1..=(trace % 5 + 1) {
            let mut record: SpanRecord = span(
                &mut batch,
                trace,
                id,
                id - 1,
                &format!("name {:03}", 199 - trace),
            );
            record.start = Nanos((trace * 1_000 + id) as i64);
            record.duration = ((trace * 37) % 101) as i64;
            record.attrs = attributes(
                &mut batch,
                &[("n", headwater::model::Value::Int(trace as i64))],
            );
            batch.spans.push(record);
        }
    }
    let mut only_log = log(&mut batch, 5, "x");
    only_log.trace = trace_id(1_000);
    batch.logs.push(only_log);
    vec![batch]
}

#[test]
fn lists_are_in_the_order_asked_for() {
    let place = Place::new();
    let reader = store_of(&place, many());
    for (order, key) in [
        (
            TraceOrder::Start,
            (|row| (row.start.0, String::new())) as fn(&TraceSummary) -> (i64, String),
        ),
        (TraceOrder::Duration, |row| (row.duration, String::new())),
        (TraceOrder::Spans, |row| (row.spans as i64, String::new())),
        (TraceOrder::Errors, |row| (row.errors as i64, String::new())),
        (TraceOrder::Logs, |row| (row.logs as i64, String::new())),
        (TraceOrder::Name, |row| (0, row.root_name.to_string())),
        (TraceOrder::Service, |row| (0, row.root_service.to_string())),
    ] {
        let up = traces(&reader, &Filter::default(), order, false);
        assert_eq!(up.len(), 200, "{order:?}");
        assert!(up.is_sorted_by_key(key), "{order:?}");
        let mut down = traces(&reader, &Filter::default(), order, true);
        down.reverse();
        assert_eq!(up, down, "{order:?}");
    }
}

#[test]
fn traces_are_found_by_their_spans_their_time_and_their_own_numbers() {
    let place = Place::new();
    let reader = store_of(&place, many());
    let number = |expr: Expr| traces(&reader, &search(expr), TraceOrder::Start, false).len();
    let compare = |key: &str, comparison, number| term(key, Test::Compare(comparison, number));
    assert_eq!(number(equals("n", "7")), 1);
    assert_eq!(number(compare("n", Comparison::Less, 150.0)), 150);
    assert_eq!(number(compare("trace.spans", Comparison::Greater, 3.0)), 80);
    let both = Expr::And(vec![
        compare("trace.spans", Comparison::Greater, 3.0),
        compare("n", Comparison::Less, 10.0),
    ]);
    assert_eq!(number(both), 4);
    let not = Expr::Not(Box::new(compare("trace.spans", Comparison::Greater, 3.0)));
    assert_eq!(number(not), 120);
    assert_eq!(number(equals("trace.logs", "0")), 200);
    assert_eq!(number(compare("trace.duration", Comparison::Less, 0.0)), 0);
    let range = TimeRange {
        start: Nanos(10_000),
        end: Nanos(20_000),
    };
    let filter = Filter {
        search: Expr::All,
        range: Some(range),
    };
    assert_eq!(traces(&reader, &filter, TraceOrder::Start, false).len(), 10);
    // Seen in a log only: opened, but not listed.
    let trace = reader
        .trace(trace_id(1_000), &CancelToken::default())
        .unwrap()
        .unwrap();
    assert_eq!((trace.spans.len(), trace.logs.len()), (0, 1));
    assert!(
        reader
            .trace(trace_id(5_000), &CancelToken::default())
            .unwrap()
            .is_none()
    );
    let prefix = &trace_id(3).to_string()[..31];
    assert_eq!(reader.traces_with_prefix(prefix).unwrap().len(), 10);
    assert_eq!(
        reader.traces_with_prefix(&trace_id(3).to_string()).unwrap(),
        [trace_id(3)]
    );
    assert!(reader.traces_with_prefix("ffff").unwrap().is_empty());
}

#[test]
fn times_at_the_edges_of_what_fits_do_no_harm() {
    let place = Place::new();
    let mut batch = Batch::default();
    for (id, start, duration) in [(1, i64::MIN, i64::MAX), (2, i64::MAX, i64::MAX), (3, 0, 0)] {
        let mut record = span(&mut batch, 1, id, 0, "edge");
        (record.start, record.duration) = (Nanos(start), duration);
        batch.spans.push(record);
    }
    let reader = store_of(&place, vec![batch]);
    assert_eq!(all(&reader)[0].spans, 3);
    reader.overview().unwrap();
    let histogram = reader
        .histogram(
            RecordKind::Span,
            &Filter::default(),
            3,
            &CancelToken::default(),
        )
        .unwrap();
    assert_eq!(
        histogram
            .buckets
            .iter()
            .map(|bucket| bucket.total())
            .sum::<u64>(),
        3
    );
    assert!(
        reader
            .keys(RecordKind::Span)
            .unwrap()
            .iter()
            .any(|key| &*key.key == "duration" && key.present == 3)
    );
}
