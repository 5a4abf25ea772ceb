//! From a loaded trace to visible rows: tree, waterfall, critical path, flattening. Run with `cargo bench --bench tree`.
//!
//! Bars for a million spans: `open` and `open_loop` below 600 ms, `fold_all` and `unfold_all` below 100 ms.

use divan::{Bencher, black_box};
use headwater::analysis::{
    Comparer, CriticalPath, Expansion, FlameBy, FlameGraph, GroupOptions, PathRows, Side, SpanTree,
    Waterfall, group_figures, self_times, visible_rows,
};
use headwater::model::record::RecordRef;
use headwater::model::trace::{Common, Said, Span, Trace};
use headwater::model::{Nanos, SpanId, TraceId};
use std::sync::Arc;

fn main() {
    divan::main();
}

const SIZES: [u32; 2] = [100_000, 1_000_000];

/// Requests of a shop: a handler, a chain of three, then a query for each of fifteen rows, twenty spans in all.
fn trace(spans: u32) -> Trace {
    let texts = [
        "http.server",
        "middleware",
        "db",
        "GET /cart",
        "SELECT price FROM item",
    ];
    let [server, middleware, db, page, query] = texts.map(Arc::<str>::from);
    let none: Arc<str> = "".into();
    let service: Arc<str> = "shop".into();
    let spans = (0..spans).map(|number| {
        let (request, place) = (number / 20, number % 20);
        let first = request * 20;
        let (parent, op, description) = match place {
            0 => (None, &server, &page),
            1..=4 => (Some(first + place - 1), &middleware, &none),
            _ => (Some(first + 4), &db, &query),
        };
        Span {
            id: SpanId(u64::from(number) * 0x9e37_79b9 + 1),
            parent_id: parent.map_or_else(SpanId::default, |parent| {
                SpanId(u64::from(parent) * 0x9e37_79b9 + 1)
            }),
            said: Arc::new(Said {
                name: op.clone(),
                description: description.clone(),
                common: Arc::new(Common {
                    op: op.clone(),
                    service: service.clone(),
                    segment: place == 0,
                    ..Common::default()
                }),
            }),
            start: Nanos(i64::from(number) * 1_000_000),
            duration: if place < 5 { 20_000_000 } else { 900_000 },
            at: RecordRef {
                segment: 1,
                row: number,
            },
        }
    });
    Trace {
        id: TraceId([1; 16]),
        spans: spans.collect(),
        logs: Vec::new(),
        errors: Vec::new(),
    }
}

#[divan::bench(args = SIZES)]
fn tree(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    bencher.bench_local(|| SpanTree::new(black_box(&trace)));
}

#[divan::bench(args = SIZES)]
fn autogroup(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    let tree = SpanTree::new(&trace);
    bencher.bench_local(|| Waterfall::new(black_box(&trace), &tree, GroupOptions::ALL));
}

#[divan::bench(args = SIZES)]
fn rows_unfolded(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    let waterfall = Waterfall::new(&trace, &SpanTree::new(&trace), GroupOptions::ALL);
    let expansion = Expansion::with_groups_unfolded();
    bencher.bench_local(|| visible_rows(black_box(&waterfall), &expansion));
}

#[divan::bench(args = SIZES)]
fn rows_folded(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    let waterfall = Waterfall::new(&trace, &SpanTree::new(&trace), GroupOptions::ALL);
    let expansion = Expansion::default();
    bencher.bench_local(|| visible_rows(black_box(&waterfall), &expansion));
}

/// One request that makes a query and a call for each record, literals written out: repeats, not siblings.
fn one_loop(spans: u32) -> Trace {
    let mut trace = trace(spans);
    let (query, call): (Arc<str>, Arc<str>) = ("db".into(), "http.client".into());
    for (number, span) in trace.spans.iter_mut().enumerate().skip(1) {
        span.parent_id = SpanId(1);
        span.segment = false;
        (span.op, span.description) = match number % 2 {
            0 => (
                query.clone(),
                format!("SELECT price FROM item WHERE id = {number}").into(),
            ),
            _ => (call.clone(), "GET /stock".into()),
        };
        span.duration = 900_000;
    }
    if let Some(root) = trace.spans.first_mut() {
        root.duration = i64::from(spans) * 1_000_000;
    }
    trace
}

/// All that is known before the first row is shown.
fn open_all(trace: &Trace) -> usize {
    let tree = SpanTree::new(trace);
    let waterfall = Waterfall::new(trace, &tree, GroupOptions::ALL);
    let path = CriticalPath::new(trace, &tree);
    let rows = PathRows::new(&waterfall, &path);
    group_figures(trace, &waterfall, &path, &rows).len() + path.steps().len()
}

#[divan::bench(args = SIZES)]
fn open(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    bencher.bench_local(|| open_all(black_box(&trace)));
}

#[divan::bench(args = SIZES)]
fn open_loop(bencher: Bencher, spans: u32) {
    let trace = one_loop(spans);
    bencher.bench_local(|| open_all(black_box(&trace)));
}

#[divan::bench(args = SIZES)]
fn autogroup_loop(bencher: Bencher, spans: u32) {
    let trace = one_loop(spans);
    let tree = SpanTree::new(&trace);
    bencher.bench_local(|| Waterfall::new(black_box(&trace), &tree, GroupOptions::ALL));
}

#[divan::bench(args = SIZES)]
fn path_loop(bencher: Bencher, spans: u32) {
    let trace = one_loop(spans);
    let tree = SpanTree::new(&trace);
    bencher.bench_local(|| CriticalPath::new(black_box(&trace), &tree));
}

#[divan::bench(args = SIZES)]
fn self_time(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    let tree = SpanTree::new(&trace);
    bencher.bench_local(|| self_times(black_box(&trace), &tree));
}

#[divan::bench(args = SIZES)]
fn fold_all(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    let waterfall = Waterfall::new(&trace, &SpanTree::new(&trace), GroupOptions::ALL);
    bencher.bench_local(|| {
        let mut expansion = Expansion::default();
        expansion.fold_all_spans();
        visible_rows(black_box(&waterfall), &expansion)
    });
}

#[divan::bench(args = SIZES)]
fn unfold_all(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    let waterfall = Waterfall::new(&trace, &SpanTree::new(&trace), GroupOptions::ALL);
    bencher.bench_local(|| {
        let mut expansion = Expansion::default();
        expansion.set_all_groups(true);
        expansion.unfold_all_spans();
        visible_rows(black_box(&waterfall), &expansion)
    });
}

#[divan::bench(args = SIZES)]
fn flame(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    let tree = SpanTree::new(&trace);
    let times = self_times(&trace, &tree);
    bencher.bench_local(|| {
        let mut graph = FlameGraph::new(FlameBy::Name);
        graph.add(black_box(&trace), &tree, &times);
        graph.frames()
    });
}

#[divan::bench(args = SIZES)]
fn compare(bencher: Bencher, spans: u32) {
    let trace = trace(spans);
    let tree = SpanTree::new(&trace);
    let times = self_times(&trace, &tree);
    bencher.bench_local(|| {
        let mut comparer = Comparer::default();
        for side in [Side::Left, Side::Right] {
            comparer.add(side, black_box(&trace), &tree, &times);
        }
        comparer.finish().changes()
    });
}
