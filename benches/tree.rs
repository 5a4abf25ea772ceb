//! From a loaded trace to visible rows: tree, waterfall, flattening. Run with `cargo bench --bench tree`.

use divan::{Bencher, black_box};
use headwater::analysis::{Expansion, GroupOptions, SpanTree, Waterfall, visible_rows};
use headwater::model::batch::{SpanKind, SpanStatus};
use headwater::model::record::RecordRef;
use headwater::model::trace::{Span, Trace};
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
            parent: parent.map(|parent| SpanId(u64::from(parent) * 0x9e37_79b9 + 1)),
            name: op.clone(),
            op: op.clone(),
            description: description.clone(),
            service: service.clone(),
            sdk: none.clone(),
            kind: SpanKind::default(),
            status: SpanStatus::default(),
            segment: place == 0,
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
