//! The waterfall, row by row: what is grouped, where gaps are, what folding shows.
//!
//! `data/waterfall/cases.json` holds small traces with the rows a person should see, folded and unfolded. The tests
//! below it are about traces that are wrong or large.

use headwater::analysis::{
    Expansion, GroupOptions, Link, NodeIndex, NodeKind, SpanIndex, SpanTree, TraceShape, Waterfall,
    visible_rows,
};
use headwater::model::record::{ErrorEntry, RecordRef};
use headwater::model::trace::{Common, Said, Span, Trace};
use headwater::model::{Nanos, SpanId, TimeRange, TraceId};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    about: String,
    #[serde(default)]
    off: Vec<String>,
    spans: Vec<CaseSpan>,
    folded: Vec<String>,
    unfolded: Vec<String>,
    groups: Vec<CaseGroup>,
}

#[derive(Deserialize)]
struct CaseSpan {
    id: String,
    parent: Option<String>,
    #[serde(default)]
    segment: bool,
    op: String,
    description: String,
    start: i64,
    end: i64,
    sdk: String,
}

#[derive(Deserialize)]
struct CaseGroup {
    label: String,
    range: [i64; 2],
    segments: Vec<[i64; 2]>,
}

impl Case {
    fn trace(&self) -> Trace {
        let numbers: HashMap<&str, u64> = self.spans.iter().map(|s| &*s.id).zip(1..).collect();
        let spans = self.spans.iter().map(|case| Span {
            said: Arc::new(Said {
                name: case.id.as_str().into(),
                description: case.description.as_str().into(),
                common: Arc::new(Common {
                    op: case.op.as_str().into(),
                    sdk: case.sdk.as_str().into(),
                    segment: case.segment,
                    ..common()
                }),
            }),
            ..span(
                numbers[&*case.id],
                case.parent.as_deref().map(|parent| numbers[parent]),
                case.start * 1_000,
                case.end * 1_000,
            )
        });
        trace_of(spans.collect())
    }

    fn options(&self) -> GroupOptions {
        let on = |what: &str| !self.off.iter().any(|off| off == what);
        GroupOptions {
            gaps: on("gaps"),
            chains: on("chains"),
            siblings: on("siblings"),
            repeats: on("repeats"),
        }
    }
}

fn span(id: u64, parent: Option<u64>, start: i64, end: i64) -> Span {
    Span {
        id: SpanId(id),
        parent_id: SpanId(parent.unwrap_or(0)),
        said: said(id, common()),
        start: Nanos(start),
        duration: end - start,
        at: RecordRef { segment: 1, row: 0 },
    }
}

fn said(id: u64, common: Common) -> Arc<Said> {
    Arc::new(Said {
        name: id.to_string().into(),
        common: common.into(),
        ..Said::default()
    })
}

fn common() -> Common {
    Common {
        op: "db".into(),
        service: "shop".into(),
        ..Common::default()
    }
}

fn trace_of(mut spans: Vec<Span>) -> Trace {
    spans.sort_by_key(|span| span.start);
    Trace {
        id: TraceId([7; 16]),
        spans,
        logs: Vec::new(),
        errors: Vec::new(),
    }
}

fn error(span: Option<u64>, time: i64) -> ErrorEntry {
    ErrorEntry {
        number: time,
        trace: None,
        span: span.map(SpanId),
        time: Nanos(time),
        level: "error".into(),
        exception_type: "ValueError".into(),
        message: "no".into(),
        transaction: "".into(),
        service: "".into(),
    }
}

fn waterfall(trace: &Trace, options: GroupOptions) -> Waterfall {
    Waterfall::new(trace, &SpanTree::new(trace), options)
}

fn label(trace: &Trace, waterfall: &Waterfall, node: NodeIndex) -> String {
    let first = waterfall.first_span(node).map(|s| &trace.spans[s.at()]);
    let (op, description) = first.map_or(("", ""), |span| (&*span.op, &*span.description));
    let found = waterfall.node(node);
    match found.kind {
        NodeKind::Span(span) => {
            let span = &trace.spans[span.at()];
            let kind = if span.segment { "segment" } else { "span" };
            format!("{kind} {}", span.name)
        }
        NodeKind::Siblings(_) => format!("siblings x{} {op} - {description}", found.count),
        NodeKind::Repeats(_) => {
            let group = waterfall.group(node).expect("repeats are a group");
            let motif = waterfall
                .motif(node)
                .filter_map(|row| waterfall.first_span(row));
            let motif = motif.map(|span| {
                format!(
                    "{} {}",
                    trace.spans[span.at()].op,
                    trace.spans[span.at()].description
                )
            });
            let motif = motif.collect::<Vec<_>>().join(", ");
            format!("repeats x{} {motif}", group.rounds)
        }
        NodeKind::Chain(_) => format!("chain x{} {op}", found.count),
        NodeKind::Gap { .. } => format!("gap {} ms", found.range.duration() / 1_000_000),
        NodeKind::Error(error) => format!("error {}", trace.errors[error as usize].message),
    }
}

fn lines(trace: &Trace, waterfall: &Waterfall, expansion: &Expansion) -> Vec<String> {
    visible_rows(waterfall, expansion)
        .iter()
        .map(|row| {
            let indent = "  ".repeat(row.depth as usize);
            indent + &label(trace, waterfall, row.node)
        })
        .collect()
}

fn folded(trace: &Trace) -> Vec<String> {
    let waterfall = waterfall(trace, GroupOptions::ALL);
    lines(trace, &waterfall, &Expansion::default())
}

#[test]
fn cases_show_the_rows_they_should() {
    let text = include_str!("../data/waterfall/cases.json");
    let cases: Cases = serde_json::from_str(text).expect("the cases are valid JSON");
    assert_eq!(cases.cases.len(), 17);
    for case in cases.cases {
        let why = format!("{}: {}", case.name, case.about);
        let trace = case.trace();
        let waterfall = waterfall(&trace, case.options());
        let shown = |expansion| lines(&trace, &waterfall, &expansion);
        assert_eq!(shown(Expansion::default()), case.folded, "{why}");
        let unfolded = Expansion::with_groups_unfolded();
        assert_eq!(shown(unfolded.clone()), case.unfolded, "{why}");
        let rows = visible_rows(&waterfall, &unfolded);
        let groups = rows.iter().filter_map(|row| {
            let group = waterfall.group(row.node)?;
            let pair = |range: &TimeRange| [range.start.0 / 1_000, range.end.0 / 1_000];
            Some((
                label(&trace, &waterfall, row.node),
                pair(&waterfall.node(row.node).range),
                group.segments.iter().map(pair).collect::<Vec<_>>(),
            ))
        });
        let expected = case.groups.into_iter();
        let expected: Vec<_> = expected.map(|g| (g.label, g.range, g.segments)).collect();
        assert_eq!(groups.collect::<Vec<_>>(), expected, "{why}");
    }
}

#[test]
fn two_gaps_in_a_row_are_both_shown_and_none_beside_segments() {
    let ms = |n: i64| n * 1_000_000;
    let mut spans = vec![
        span(1, None, 0, ms(2_000)),
        span(2, Some(1), ms(500), ms(510)),
        span(3, Some(1), ms(610), ms(620)),
        span(4, Some(1), ms(800), ms(810)),
    ];
    spans[0].segment = true;
    let trace = trace_of(spans.clone());
    let expected = [
        "segment 1",
        "  span 2",
        "  gap 100 ms",
        "  span 3",
        "  gap 180 ms",
        "  span 4",
    ];
    assert_eq!(folded(&trace), expected);
    for span in &mut spans {
        span.sdk = "sentry.javascript.react".into();
    }
    assert_eq!(
        folded(&trace_of(spans)),
        ["segment 1", "  span 2", "  span 3", "  span 4"]
    );
}

#[test]
fn a_gap_before_an_only_child_ends_the_chain() {
    let ms = |n: i64| n * 1_000_000;
    // The parent is over before its child starts, as work handed to a queue is.
    let trace = trace_of(vec![
        span(1, None, 0, ms(10)),
        span(2, Some(1), ms(200), ms(300)),
    ]);
    assert_eq!(folded(&trace), ["span 1", "  gap 190 ms", "  span 2"]);
}

#[test]
fn an_error_without_a_span_is_a_row_and_ends_a_run() {
    let spans = |count: i64| (0..count).map(|n| span(n as u64 + 1, Some(99), n * 10, n * 10 + 5));
    let mut trace = trace_of(spans(8).collect());
    assert_eq!(folded(&trace), ["siblings x8 db - "]);
    trace.errors = vec![error(Some(77), 52)];
    let expected = ["siblings x6 db - ", "error no", "span 7", "span 8"];
    assert_eq!(folded(&trace), expected);
    trace.errors = vec![error(Some(3), 22)];
    let waterfall = waterfall(&trace, GroupOptions::ALL);
    let group = waterfall.node(waterfall.tops()[0]);
    assert_eq!((group.count, group.errors), (8, 1));
}

#[test]
fn an_error_between_two_spans_takes_the_place_of_the_gap() {
    let ms = |n: i64| n * 1_000_000;
    let mut trace = trace_of(vec![
        span(1, Some(99), 0, ms(10)),
        span(2, Some(99), ms(200), ms(300)),
    ]);
    assert_eq!(folded(&trace), ["span 1", "gap 190 ms", "span 2"]);
    trace.errors = vec![error(None, ms(100))];
    assert_eq!(folded(&trace), ["span 1", "error no", "span 2"]);
}

#[test]
fn orphans_circles_and_self_parents_are_kept_at_the_top() {
    let trace = trace_of(vec![
        span(1, None, 0, 100),
        span(2, Some(42), 10, 20),
        span(3, Some(3), 20, 30),
        span(4, Some(6), 30, 40),
        span(5, Some(4), 25, 50),
        span(6, Some(5), 50, 60),
        span(7, Some(6), 60, 70),
    ]);
    let tree = SpanTree::new(&trace);
    let at = |id: u64| tree.find(&trace, SpanId(id)).expect("the span is there");
    assert_eq!(tree.link(at(1)), Link::Root);
    assert_eq!(tree.link(at(2)), Link::Orphan);
    assert_eq!(tree.link(at(3)), Link::Cut);
    // 4 → 6 → 5 → 4 is a circle; 5 started first.
    assert_eq!(tree.link(at(5)), Link::Cut);
    assert_eq!(tree.link(at(6)), Link::Child(at(5)));
    assert_eq!(tree.link(at(4)), Link::Child(at(6)));
    assert_eq!(tree.tops(), [at(1), at(2), at(3), at(5)]);
    assert_eq!(tree.preorder().len(), 7);
}

#[test]
fn a_child_of_a_shared_id_belongs_to_the_one_that_ran() {
    let trace = trace_of(vec![
        span(1, None, 0, 100),
        span(1, None, 0, 100),
        span(1, None, 50, 90),
        span(2, Some(1), 10, 20),
        span(3, Some(1), 60, 70),
    ]);
    let tree = SpanTree::new(&trace);
    assert_eq!(
        tree.link(SpanIndex(1)),
        Link::Root,
        "the same span twice is kept twice"
    );
    let parent = |id| {
        tree.find(&trace, SpanId(id))
            .and_then(|span| tree.parent(span))
    };
    assert_eq!(parent(2), Some(SpanIndex(0)));
    let third = tree.find_all(&trace, SpanId(1))[2];
    assert_eq!(parent(3), Some(third));
}

#[test]
fn shapes_tell_what_is_missing() {
    let shape = |trace: &Trace| TraceShape::of(trace, &SpanTree::new(trace));
    let mut trace = trace_of(vec![]);
    assert_eq!(shape(&trace), TraceShape::Empty);
    assert_eq!(folded(&trace), Vec::<String>::new());
    trace.errors = vec![error(None, 5)];
    assert_eq!(shape(&trace), TraceShape::OnlyErrors);
    assert_eq!(folded(&trace), ["error no"]);
    let root = |id| span(id, None, 0, 10);
    let orphan = |id| span(id, Some(99), 0, 10);
    assert_eq!(shape(&trace_of(vec![orphan(1)])), TraceShape::NoRoot);
    assert_eq!(shape(&trace_of(vec![root(1)])), TraceShape::OneRoot);
    let broken = trace_of(vec![root(1), orphan(2)]);
    assert_eq!(shape(&broken), TraceShape::Broken);
    let mut several = trace_of(vec![root(1), root(2), orphan(3)]);
    assert_eq!(shape(&several), TraceShape::SeveralRoots);
    several.spans[1].sdk = "sentry.javascript.vue".into();
    assert_eq!(shape(&several), TraceShape::SeveralBrowserRoots);
}

#[test]
fn only_groups_of_queries_are_repeated_queries() {
    let repeated = |op: &str| {
        let mut spans: Vec<Span> = (0..5).map(|n| span(n + 1, None, 0, 1)).collect();
        for span in &mut spans {
            span.op = op.into();
        }
        let trace = trace_of(spans);
        let waterfall = waterfall(&trace, GroupOptions::ALL);
        waterfall.is_repeated_query(waterfall.tops()[0], &trace)
    };
    let expected = [
        ("db", true),
        ("db.sql.query", true),
        ("db.redis", false),
        ("cache.get", false),
        ("http.client", false),
        ("default", false),
    ];
    for (op, is) in expected {
        assert_eq!(repeated(op), is, "{op}");
    }
}

/// A request that, for each of so many records, makes a query and then a call with a span of its own below it.
fn query_then_call(records: i64) -> Trace {
    let mut spans = vec![span(1, None, 0, records * 1_000 + 100)];
    spans[0].op = "http.server".into();
    for record in 0..records {
        let (id, start) = (record as u64 * 3 + 10, record * 1_000);
        let named = |mut span: Span, op: &str, description: String| {
            span.op = op.into();
            span.description = description.into();
            span
        };
        let query = format!("SELECT name FROM item WHERE id = {record}");
        let call = format!("GET /stock/{record}");
        spans.extend([
            named(span(id, Some(1), start, start + 300), "db", query),
            named(
                span(id + 1, Some(1), start + 400, start + 900),
                "http.client",
                call.clone(),
            ),
            named(
                span(id + 2, Some(id + 1), start + 500, start + 800),
                "http.server",
                call,
            ),
        ]);
    }
    trace_of(spans)
}

#[test]
fn a_query_and_a_call_for_each_record_are_one_row() {
    let mut trace = query_then_call(113);
    trace.errors = vec![error(Some(11), 500), error(Some(12), 600)];
    let waterfall = waterfall(&trace, GroupOptions::ALL);
    let shown = lines(&trace, &waterfall, &Expansion::default());
    let expected = [
        "span 1",
        "  repeats x113 db SELECT name FROM item WHERE id = 0, http.client GET /stock/0",
    ];
    assert_eq!(shown, expected);
    let group = waterfall.children(waterfall.tops()[0])[0];
    let node = waterfall.node(group);
    assert_eq!((node.count, node.spans_below), (226, 113));
    assert_eq!((node.errors, node.errors_below), (1, 1));
    assert!(waterfall.is_repeated_query(group, &trace));
    // Members lie within in order, what hangs below them below them.
    let mut expansion = Expansion::default();
    expansion.toggle(&waterfall, group);
    let shown = lines(&trace, &waterfall, &expansion);
    assert_eq!(shown.len(), 2 + 3 * 113);
    assert_eq!(shown[2..5], ["    span 10", "    span 11", "      span 12"]);
    let off = GroupOptions {
        repeats: false,
        ..GroupOptions::ALL
    };
    let waterfall = Waterfall::new(&trace, &SpanTree::new(&trace), off);
    assert_eq!(
        lines(&trace, &waterfall, &Expansion::default()).len(),
        1 + 3 * 113
    );
}

#[test]
fn what_lies_below_a_member_of_repeats_can_be_revealed() {
    let trace = query_then_call(6);
    let waterfall = waterfall(&trace, GroupOptions::ALL);
    let tree = SpanTree::new(&trace);
    let inner = waterfall.of_span(tree.find(&trace, SpanId(15)).expect("it is there"));
    let mut expansion = Expansion::default();
    expansion.reveal(&waterfall, inner);
    assert!(lines(&trace, &waterfall, &expansion).contains(&"      span 15".to_owned()));
}

#[test]
fn gaps_between_members_go_with_them_and_the_one_before_the_first_stays() {
    let ms = |n: i64| n * 1_000_000;
    let mut spans = vec![span(1, None, 0, ms(10_000)), span(2, Some(1), 0, ms(1))];
    spans[1].op = "auth".into();
    for round in 0..5 {
        let start = ms(200 + round * 300);
        for (id, op, after) in [(10, "db", 0), (11, "http", 20)] {
            let mut one = span(
                round as u64 * 2 + id,
                Some(1),
                start + ms(after),
                start + ms(after + 10),
            );
            one.op = op.into();
            spans.push(one);
        }
    }
    let trace = trace_of(spans);
    let expected = [
        "span 1",
        "  span 2",
        "  gap 199 ms",
        "  repeats x5 db , http ",
    ];
    assert_eq!(folded(&trace), expected);
    let waterfall = waterfall(&trace, GroupOptions::ALL);
    let all = lines(&trace, &waterfall, &Expansion::with_groups_unfolded());
    assert_eq!(all[4..7], ["    span 10", "    span 11", "    gap 270 ms"]);
    assert_eq!(all.len(), 4 + 10 + 4);
}

#[test]
fn siblings_within_repeats_fold_on_their_own() {
    // Five pages of six like queries and a call.
    let mut spans = vec![span(1, None, 0, 10_000)];
    spans[0].op = "task".into();
    for page in 0..5i64 {
        for n in 0..7i64 {
            let start = page * 100 + n * 10;
            let mut one = span((page * 7 + n + 10) as u64, Some(1), start, start + 5);
            one.op = if n < 6 { "db" } else { "http" }.into();
            spans.push(one);
        }
    }
    let trace = trace_of(spans);
    assert_eq!(folded(&trace), ["span 1", "  repeats x5 db , http "]);
    let waterfall = waterfall(&trace, GroupOptions::ALL);
    let group = waterfall.children(waterfall.tops()[0])[0];
    assert_eq!(waterfall.node(group).count, 35);
    let mut expansion = Expansion::default();
    expansion.toggle(&waterfall, group);
    let shown = lines(&trace, &waterfall, &expansion);
    assert_eq!(shown[2..4], ["    siblings x6 db - ", "    span 16"]);
    assert_eq!(shown.len(), 2 + 10, "the groups within stay folded");
}

#[test]
fn like_spans_side_by_side_are_grouped_in_any_order() {
    let mut spans = vec![span(1, None, 0, 10_000)];
    spans[0].op = "task".into();
    for (place, op) in (0i64..).zip([
        "db", "db", "http", "http", "db", "http", "db", "db", "http", "http",
    ]) {
        let mut one = span(place as u64 + 10, Some(1), place, 100 + place * 7 % 5);
        one.op = op.into();
        spans.push(one);
    }
    let expected = ["span 1", "  repeats x5 db ", "  repeats x5 http "];
    assert_eq!(folded(&trace_of(spans.clone())), expected);
    // Never across parents.
    spans[1].parent_id = SpanId(99);
    let shown = folded(&trace_of(spans));
    assert_eq!(shown[..2], ["span 1", "  span 11"]);
    assert!(
        shown.contains(&"  repeats x5 http ".to_owned()),
        "{shown:?}"
    );
}

#[test]
fn all_spans_fold_at_once_and_down_to_a_depth() {
    let trace = trace_of(vec![
        span(1, None, 0, 1_000),
        span(2, Some(1), 0, 100),
        span(3, Some(2), 0, 10),
        span(4, Some(2), 10, 20),
        span(5, Some(1), 200, 300),
        span(6, None, 2_000, 2_100),
    ]);
    let waterfall = waterfall(&trace, GroupOptions::NONE);
    let shown = |expansion: &Expansion| lines(&trace, &waterfall, expansion);
    let mut expansion = Expansion::default();
    expansion.fold_all_spans();
    assert_eq!(shown(&expansion), ["span 1", "span 6"]);
    expansion.toggle(&waterfall, NodeIndex(0));
    assert_eq!(
        shown(&expansion),
        ["span 1", "  span 2", "  span 5", "span 6"]
    );
    expansion.unfold_all_spans();
    assert_eq!(shown(&expansion).len(), 6);
    for (depth, rows) in [(0, 2), (1, 4), (2, 6), (9, 6)] {
        expansion.unfold_to_depth(depth);
        assert_eq!(shown(&expansion).len(), rows, "depth {depth}");
    }
}

#[test]
fn folding_hides_what_is_below_and_revealing_shows_it() {
    let mut spans = vec![span(1, None, 0, 1_000), span(2, Some(1), 0, 900)];
    spans.extend((0..6).map(|n| span(n as u64 + 10, Some(2), n * 10, n * 10 + 5)));
    spans[0].segment = true;
    let trace = trace_of(spans);
    let waterfall = waterfall(&trace, GroupOptions::ALL);
    let tree = SpanTree::new(&trace);
    let node = |id| waterfall.of_span(tree.find(&trace, SpanId(id)).expect("the span is there"));
    let mut expansion = Expansion::default();
    expansion.toggle(&waterfall, node(1));
    assert_eq!(lines(&trace, &waterfall, &expansion), ["segment 1"]);
    assert_eq!(waterfall.node(node(1)).spans_below, 7);
    expansion.reveal(&waterfall, node(12));
    let shown = lines(&trace, &waterfall, &expansion);
    assert!(shown.contains(&"      span 12".to_owned()), "{shown:?}");
}

#[test]
fn revealing_below_a_chain_leaves_the_chain_folded() {
    let trace = trace_of(vec![
        span(1, None, 0, 100),
        span(2, Some(1), 0, 90),
        span(3, Some(2), 0, 40),
        span(4, Some(2), 50, 60),
    ]);
    let waterfall = waterfall(&trace, GroupOptions::ALL);
    let mut expansion = Expansion::default();
    let before = lines(&trace, &waterfall, &expansion);
    assert_eq!(before, ["chain x2 db", "  span 3", "  span 4"]);
    expansion.reveal(&waterfall, NodeIndex(3));
    assert_eq!(lines(&trace, &waterfall, &expansion), before);
    expansion.reveal(&waterfall, NodeIndex(1));
    let unfolded = [
        "chain x2 db",
        "  span 1",
        "    span 2",
        "      span 3",
        "      span 4",
    ];
    assert_eq!(lines(&trace, &waterfall, &expansion), unfolded);
}

#[test]
fn rails_continue_while_siblings_follow() {
    let trace = trace_of(vec![
        span(1, None, 0, 100),
        span(2, Some(1), 0, 10),
        span(3, Some(2), 0, 5),
        span(4, Some(2), 5, 6),
        span(5, Some(1), 20, 30),
    ]);
    let waterfall = waterfall(&trace, GroupOptions::NONE);
    let rows = visible_rows(&waterfall, &Expansion::default());
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.depth, row.rails, row.last))
        .collect();
    let expected = [
        (0, 0, true),
        (1, 0, false),
        (2, 0b10, false),
        (2, 0b10, true),
        (1, 0, true),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_chain_of_a_million_spans_is_no_problem() {
    const DEEP: u64 = 1_000_000;
    let op: [Arc<str>; 2] = ["db".into(), "http".into()];
    let said = op.map(|op| said(0, Common { op, ..common() }));
    let spans = (0..DEEP).map(|n| Span {
        said: said[n as usize % 2].clone(),
        ..span(n + 1, (n > 0).then_some(n), n as i64, 2 * DEEP as i64)
    });
    let trace = trace_of(spans.collect());
    let waterfall = waterfall(&trace, GroupOptions::ALL);
    let rows = visible_rows(&waterfall, &Expansion::default());
    assert_eq!(rows.len(), DEEP as usize);
    assert_eq!(rows.last().map(|row| row.depth), Some(DEEP as u32 - 1));
    assert_eq!(waterfall.node(NodeIndex(0)).spans_below, DEEP as u32 - 1);
}

/// Any mess of up to sixty spans: shared ids, circles, unknown parents, errors anywhere.
fn any_trace() -> impl Strategy<Value = Trace> {
    let any_span = (
        0u64..40,
        prop::option::of(0u64..45),
        0i64..2_000,
        0i64..400,
        0usize..4,
        any::<bool>(),
    );
    let any_error = (prop::option::of(0u64..45), 0i64..2_000);
    (
        prop::collection::vec(any_span, 0..60),
        prop::collection::vec(any_error, 0..5),
    )
        .prop_map(|(spans, errors)| {
            let spans = spans
                .into_iter()
                .map(|(id, parent, start, length, op, segment)| Span {
                    said: said(
                        id,
                        Common {
                            op: ["db", "http", "default", "db"][op].into(),
                            segment: segment && op == 3,
                            ..common()
                        },
                    ),
                    ..span(id, parent, start * 1_000_000, (start + length) * 1_000_000)
                });
            let mut errors: Vec<_> = errors
                .into_iter()
                .map(|(span, time)| error(span, time * 1_000_000))
                .collect();
            errors.sort_by_key(|error| error.time);
            Trace {
                errors,
                ..trace_of(spans.collect())
            }
        })
}

proptest! {
    #[test]
    fn nothing_is_lost_or_doubled(trace in any_trace(), gaps: bool, chains: bool, siblings: bool, repeats: bool) {
        let tree = SpanTree::new(&trace);
        let waterfall = Waterfall::new(&trace, &tree, GroupOptions { gaps, chains, siblings, repeats });
        let rows = visible_rows(&waterfall, &Expansion::with_groups_unfolded());
        let mut spans: Vec<u32> = rows.iter().filter_map(|row| match waterfall.node(row.node).kind {
            NodeKind::Span(span) => Some(span.0),
            _ => None,
        }).collect();
        spans.sort_unstable();
        prop_assert_eq!(spans, (0..trace.spans.len() as u32).collect::<Vec<_>>());
        let errors = rows.iter().filter(|row| matches!(waterfall.node(row.node).kind, NodeKind::Error(_)));
        prop_assert_eq!(errors.count(), tree.orphan_errors().len());
        prop_assert_eq!(rows.len(), waterfall.nodes().len());
        // What folded rows stand for adds up to everything, too.
        let folded = visible_rows(&waterfall, &Expansion::default());
        let stands_for = |row: &headwater::analysis::Row| {
            let node = waterfall.node(row.node);
            let below = matches!(node.kind, NodeKind::Repeats(_)).then_some(node.spans_below);
            node.count + below.unwrap_or(0)
        };
        let counted: u32 = folded.iter().map(stands_for).sum();
        prop_assert_eq!(counted as usize, trace.spans.len());
        let below: u32 = waterfall.tops().iter().map(|top| waterfall.node(*top)).map(|n| n.count + n.spans_below).sum();
        prop_assert_eq!(below as usize, trace.spans.len());
    }

    #[test]
    fn switching_everything_off_leaves_the_plain_tree(trace in any_trace()) {
        let tree = SpanTree::new(&trace);
        let waterfall = Waterfall::new(&trace, &tree, GroupOptions::NONE);
        prop_assert_eq!(waterfall.nodes().len(), trace.spans.len() + tree.orphan_errors().len());
        for span in (0..trace.spans.len() as u32).map(SpanIndex) {
            let children: Vec<_> = tree.children(span).map(|child| waterfall.of_span(child)).collect();
            prop_assert_eq!(waterfall.children(waterfall.of_span(span)), &children[..]);
        }
    }
}
