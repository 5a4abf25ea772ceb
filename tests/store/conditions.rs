//! Conditions beyond single records: several spans of a trace, groups, versions.

use crate::store_support::*;
use headwater::model::batch::Batch;
use headwater::model::{CancelToken, Nanos, TimeRange, Value};
use headwater::query::{Aggregate, Expr, Subject, Test, parse, parse_aggregates, parse_for};
use headwater::store::{
    Buckets, Filter, Group, GroupOrder, Grouping, Reader, RecordKind, TraceOrder,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A span: its trace, and the values of `a` and `b`.
type Plain = (u64, i64, i64);

fn batches(spans: &[Plain]) -> Vec<Batch> {
    let mut batches = Vec::new();
    for (part, spans) in spans.chunks(5).enumerate() {
        let mut batch = Batch::default();
        for (place, (trace, a, b)) in spans.iter().enumerate() {
            let id = (part * 5 + place + 1) as u64;
            let mut made = span(&mut batch, *trace, id, 0, "x");
            let own = [("a", Value::Int(*a)), ("b", Value::Int(*b))];
            made.attrs = attributes(&mut batch, &own);
            batch.spans.push(made);
        }
        batches.push(batch);
    }
    batches
}

fn traces(reader: &Reader, expr: &Expr) -> BTreeSet<u64> {
    let filter = search(expr.clone());
    let found = reader
        .find_traces(&filter, TraceOrder::Start, false, &CancelToken::default())
        .unwrap();
    let rows = reader.trace_rows(&found.numbers).unwrap();
    rows.iter()
        .map(|row| u128::from_be_bytes(row.id.0) as u64)
        .collect()
}

fn span_fits((_, a, b): &Plain, expr: &Expr) -> bool {
    match expr {
        Expr::All => true,
        Expr::And(parts) => parts.iter().all(|part| span_fits(&(0, *a, *b), part)),
        Expr::Or(parts) => parts.iter().any(|part| span_fits(&(0, *a, *b), part)),
        Expr::Not(part) => !span_fits(&(0, *a, *b), part),
        Expr::Term(term) => match &term.test {
            Test::Equals(text) => text.parse() == Ok(if term.key == "a" { *a } else { *b }),
            _ => panic!("no other test is made"),
        },
        Expr::Having(_) | Expr::SomeSpan(_) => panic!("not asked of a span"),
    }
}

/// Whether a trace of these spans fits, spelled out as the language says it.
fn trace_fits(spans: &[Plain], expr: &Expr) -> bool {
    let some_span = |expr: &Expr| spans.iter().any(|span| span_fits(span, expr));
    match expr {
        Expr::SomeSpan(part) => some_span(part),
        expr if !expr.has_braces() => some_span(expr),
        Expr::And(parts) => {
            let (of_traces, of_one): (Vec<_>, Vec<_>) =
                parts.iter().partition(|part| part.has_braces());
            some_span(&Expr::all_of(of_one.into_iter().cloned()))
                && of_traces.iter().all(|part| trace_fits(spans, part))
        }
        Expr::Or(parts) => parts.iter().any(|part| trace_fits(spans, part)),
        Expr::Not(part) => !trace_fits(spans, part),
        Expr::All | Expr::Term(_) | Expr::Having(_) => panic!("these have no braces"),
    }
}

fn any_of_span() -> impl Strategy<Value = Expr> {
    let leaf = (prop::sample::select(vec!["a", "b"]), 0i64..3)
        .prop_map(|(key, value)| equals(key, &value.to_string()));
    leaf.prop_recursive(2, 4, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Expr::all_of),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Expr::any_of),
            inner.prop_map(Expr::negated),
        ]
    })
}

fn any_of_traces() -> impl Strategy<Value = Expr> {
    let part = prop_oneof![
        3 => any_of_span().prop_map(|part| Expr::SomeSpan(Box::new(part))),
        1 => any_of_span(),
    ];
    part.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::all_of),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::any_of),
            inner.prop_map(Expr::negated),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_pair_of_braces_finds_a_span_of_its_own(
        spans in prop::collection::vec((1u64..12, 0i64..3, 0i64..3), 1..40),
        exprs in prop::collection::vec(any_of_traces(), 1..12),
    ) {
        let place = Place::new();
        let reader = store_of(&place, batches(&spans));
        let mut by_trace: BTreeMap<u64, Vec<Plain>> = BTreeMap::new();
        for span in &spans {
            by_trace.entry(span.0).or_default().push(*span);
        }
        for expr in exprs {
            let expected: BTreeSet<u64> = by_trace
                .iter()
                .filter(|(_, spans)| trace_fits(spans, &expr))
                .map(|(trace, _)| *trace)
                .collect();
            prop_assert_eq!(traces(&reader, &expr), expected, "{}", expr);
        }
    }
}

#[test]
fn braces_stand_beside_numbers_of_the_trace() {
    let place = Place::new();
    let spans = [
        (1, 0, 0),
        (1, 1, 1),
        (2, 0, 1),
        (3, 1, 0),
        (3, 0, 0),
        (3, 2, 2),
    ];
    let reader = store_of(&place, batches(&spans));
    let found = |text: &str| -> Vec<u64> {
        let expr = parse_for(text, Subject::Traces).expect(text);
        traces(&reader, &expr).into_iter().collect()
    };
    assert_eq!(found("{a:0} {a:1}"), [1, 3]);
    assert_eq!(found("a:0 a:1"), [0u64; 0], "no span has both");
    assert_eq!(found("{a:0 b:0} {a:1}"), [1, 3]);
    assert_eq!(found("{a:0} !{a:1}"), [2]);
    assert_eq!(found("{a:0} {a:1} trace.spans:>2"), [3]);
    assert_eq!(found("{a:2} OR trace.spans:1"), [2, 3]);
    assert_eq!(found("!({a:2} OR trace.spans:1)"), [1]);
    assert_eq!(found("{a:0} b:1"), [1, 2]);
    assert_eq!(found("{*}"), [1, 2, 3]);
    assert_eq!(found("!{*}"), [0u64; 0]);
}

#[test]
fn braces_are_refused_where_no_traces_are_searched() {
    let place = Place::new();
    let reader = store_of(&place, batches(&[(1, 0, 0)]));
    let filter = search(parse("{a:0}").unwrap());
    let error = reader
        .count(RecordKind::Span, &filter, &CancelToken::default())
        .unwrap_err();
    assert!(
        error.to_string().contains("only a search of traces"),
        "{error}"
    );
}

#[test]
fn a_cancelled_search_of_traces_ends_as_one() {
    let place = Place::new();
    let reader = store_of(&place, batches(&[(1, 0, 0), (1, 1, 1)]));
    let cancel = CancelToken::default();
    cancel.cancel();
    let filter = search(parse("{a:0} {b:1}").unwrap());
    let error = reader.find_traces(&filter, TraceOrder::Start, false, &cancel);
    assert!(matches!(
        error,
        Err(headwater::store::StoreError::Cancelled)
    ));
}

fn grouped(reader: &Reader, text: &str, grouping: &Grouping) -> headwater::store::Groups {
    let filter = search(parse(text).expect(text));
    reader
        .group(RecordKind::Span, &filter, grouping, &CancelToken::default())
        .expect(text)
}

fn grouping(aggregates: &str, limit: usize) -> Grouping {
    Grouping {
        order: GroupOrder::Key(0),
        descending: false,
        ..Grouping::new(&["a"], &parse_aggregates(aggregates).unwrap(), limit)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// The groups that fit are those of all groups whose numbers do.
    #[test]
    fn conditions_keep_the_groups_whose_numbers_fit(
        spans in prop::collection::vec((1u64..4, 0i64..6, 0i64..9), 1..40),
        least in 0i64..6,
        most in 0i64..30,
    ) {
        let place = Place::new();
        let reader = store_of(&place, batches(&spans));
        let all = grouped(&reader, "b:>0", &grouping("count(), sum(b), max(b)", 100));
        let number = |group: &Group, place: usize| group.values[place].as_f64().unwrap_or(f64::NAN);
        type Fits = Box<dyn Fn(&Group) -> bool>;
        let cases: [(String, Fits); 4] = [
            (format!("b:>0 count():>{least}"), Box::new(move |group| number(group, 0) > least as f64)),
            (format!("b:>0 (count():<={least} OR sum(b):>{most})"),
                Box::new(move |group| number(group, 0) <= least as f64 || number(group, 1) > most as f64)),
            (format!("!sum(b):<{most} b:>0 max(b):>={least}"),
                Box::new(move |group| number(group, 1) >= most as f64 && number(group, 2) >= least as f64)),
            (format!("b:>0 count():{least}"), Box::new(move |group| number(group, 0) == least as f64)),
        ];
        for (text, fits) in cases {
            let expected: Vec<&Group> = all.groups.iter().filter(|group| fits(group)).collect();
            // Only what is shown is asked for; what the condition needs besides is computed all the same.
            let found = grouped(&reader, &text, &grouping("count()", 100));
            prop_assert_eq!(found.total, expected.len() as u64, "{}", &text);
            prop_assert_eq!(found.records, all.records);
            let shown = |group: &Group| (group.keys.clone(), group.count, group.values[0].clone());
            let expected: Vec<_> = expected.into_iter().map(shown).collect();
            let groups: Vec<_> = found.groups.iter().map(shown).collect();
            prop_assert_eq!(&groups, &expected, "{}", &text);
            prop_assert!(found.groups.iter().all(|group| group.values.len() == 1));
            let first = grouped(&reader, &text, &grouping("count()", 1));
            prop_assert_eq!(first.total, expected.len() as u64);
            prop_assert_eq!(first.groups.first().map(shown), expected.first().cloned());
        }
    }
}

#[test]
fn conditions_choose_the_lines_over_time() {
    let place = Place::new();
    let spans: Vec<Plain> = (0..30).map(|n| (1, n % 3, n)).chain([(1, 7, 1)]).collect();
    let reader = store_of(&place, batches(&spans));
    let range = TimeRange {
        start: Nanos(0),
        end: Nanos(10_000),
    };
    let filter = Filter {
        search: parse("count():>=10").unwrap(),
        range: Some(range),
    };
    let series = |limit| {
        let cancel = CancelToken::default();
        let grouping = grouping("count()", limit);
        let buckets = Buckets::Count(2);
        reader.series(RecordKind::Span, &filter, &grouping, buckets, &cancel)
    };
    let all = series(10).unwrap();
    assert_eq!((all.total, all.lines.len(), all.others), (3, 3, None));
    assert!(all.lines.iter().all(|line| line.counts == [10, 0]));
    let some = series(2).unwrap();
    assert_eq!((some.total, some.lines.len(), some.others), (3, 2, None));
}

#[test]
fn groups_of_traces_have_conditions_too() {
    let place = Place::new();
    let reader = store_of(
        &place,
        batches(&[(1, 0, 0), (1, 1, 1), (2, 0, 1), (3, 0, 0)]),
    );
    let group = |text: &str| {
        let filter = search(parse_for(text, Subject::TraceGroups).expect(text));
        let grouping = Grouping::new(&["spans"], &[Aggregate::Count], 10);
        reader.group_traces(&filter, &grouping, &CancelToken::default())
    };
    let keys = |text: &str| -> Vec<Option<Value>> {
        let groups = group(text).expect(text).groups;
        groups
            .into_iter()
            .map(|mut group| group.keys.remove(0))
            .collect()
    };
    assert_eq!(keys("count():>1"), [Some(Value::Int(1))]);
    assert_eq!(keys("{a:0} {a:1} sum(spans):>1"), [Some(Value::Int(2))]);
    let error = group("sum(user.id):>1").unwrap_err();
    assert!(
        error.to_string().contains("traces have no \"user.id\""),
        "{error}"
    );
}

#[test]
fn releases_are_found_by_version_and_build() {
    let place = Place::new();
    let releases = [
        Some(("release", "shop@1.2.0-rc.1+7")),
        Some(("service.version", "1.2.0")),
        Some(("sentry.release", "shop@1.10.0+12")),
        Some(("release", "5c1a9f0e")),
        Some(("release.version", "2.0")),
        Some(("release.build", "99")),
        None,
    ];
    let mut batch = Batch::default();
    for (time, release) in releases.iter().enumerate() {
        let own: Vec<_> = release
            .iter()
            .map(|(key, release)| (*key, text(release)))
            .collect();
        let mut made = log(&mut batch, time as i64, "x");
        made.attrs = attributes(&mut batch, &own);
        batch.logs.push(made);
    }
    // One whose release is its resource's.
    let mut other = Batch::default();
    let shared = resource(&mut other, "shop", &[("service.version", text("3.1.0+20"))]);
    let mut made = log(&mut other, releases.len() as i64, "x");
    made.resource = shared;
    other.logs.push(made);
    let reader = store_of(&place, vec![batch, other]);
    let found = |query: &str| -> Vec<i64> {
        let filter = search(parse(query).expect(query));
        let cancel = CancelToken::default();
        let found = reader
            .find(RecordKind::Log, &filter, false, &cancel)
            .unwrap();
        let rows = reader.log_rows(&found.refs, &[]).unwrap();
        rows.iter().map(|row| row.time.0).collect()
    };
    assert_eq!(found("release.version:>1.2"), [2, 4, 7]);
    assert_eq!(found("release.version:>=1.2"), [1, 2, 4, 7]);
    assert_eq!(found("release.version:<1.2"), [0]);
    // Turned around it is the opposite comparison, in parentheses all the rest.
    assert_eq!(found("!release.version:>=1.2"), [0]);
    assert_eq!(found("!(release.version:>=1.2)"), [0, 3, 5, 6]);
    assert_eq!(found("release.version:1.2.0"), [1]);
    assert_eq!(found("release.version:[1.10, >2.0]"), [2, 7]);
    assert_eq!(found("release.build:>7"), [2, 5, 7]);
    assert_eq!(found("release.build:<=7"), [0]);
}
