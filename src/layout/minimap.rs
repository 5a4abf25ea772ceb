//! A whole trace as a strip: every span, folded to what the strip's points can show.
//!
//! Spans lie in lanes by their depth; a lane is one row of columns one point wide. A column is filled when any span of
//! the lane runs in it and marked when one of them failed. Neighbouring columns that look the same become one item, so
//! there are never more items than columns times lanes, however many spans there are.

use crate::analysis::{SpanIndex, SpanTree};
use crate::model::batch::SpanStatus;
use crate::model::trace::{Span, Trace};
use crate::model::{Nanos, TimeRange};

/// A stretch of a lane in which spans ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinimapItem {
    /// The lane, from the top.
    pub lane: u32,
    /// First column.
    pub from: u32,
    /// First column after it.
    pub to: u32,
    /// Whether a span that failed, or in which an error happened, is in it.
    pub failed: bool,
}

/// The strip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minimap {
    /// How many lanes are used.
    pub lanes: u32,
    /// What is drawn, lane by lane and from left to right.
    pub items: Vec<MinimapItem>,
}

impl Minimap {
    /// Folds all spans of a trace into `columns` points and at most `lanes` lanes. Deeper trees share lanes.
    pub fn new(trace: &Trace, tree: &SpanTree, columns: u32, lanes: u32) -> Self {
        let strip = Strip::new(trace, tree, columns, lanes);
        let mut all = strip.lanes();
        let mut failed = strip.lanes();
        for (at, span) in (0..).map(SpanIndex).zip(&trace.spans) {
            strip.add(&mut all, at, span);
            if span.status == SpanStatus::Error || !tree.errors(at).is_empty() {
                strip.add(&mut failed, at, span);
            }
        }
        Self {
            lanes: strip.used,
            items: items(&all, &failed),
        }
    }

    /// Where some of the spans lie in the strip that [`Self::new`] makes of the same numbers.
    pub fn only(
        trace: &Trace,
        tree: &SpanTree,
        columns: u32,
        lanes: u32,
        spans: &[SpanIndex],
    ) -> Self {
        let strip = Strip::new(trace, tree, columns, lanes);
        let mut some = strip.lanes();
        for at in spans {
            if let Some(span) = trace.spans.get(at.at()) {
                strip.add(&mut some, *at, span);
            }
        }
        Self {
            lanes: strip.used,
            items: items(&some, &strip.lanes()),
        }
    }
}

/// Where spans go.
struct Strip {
    range: TimeRange,
    columns: u32,
    /// How many lanes there are.
    used: u32,
    /// The lane of each span.
    lane: Vec<u32>,
}

impl Strip {
    fn new(trace: &Trace, tree: &SpanTree, columns: u32, lanes: u32) -> Self {
        let (columns, lanes) = (columns.max(1), lanes.max(1));
        let mut lane = tree.depths();
        let deepest = lane.iter().max().map_or(0, |deepest| deepest + 1);
        if deepest > lanes {
            for depth in &mut lane {
                *depth = (u64::from(*depth) * u64::from(lanes) / u64::from(deepest)) as u32;
            }
        }
        Self {
            range: trace.range(),
            columns,
            used: lanes.min(deepest),
            lane,
        }
    }

    fn lanes(&self) -> Lanes {
        Lanes::new(self.used, self.columns)
    }

    fn add(&self, lanes: &mut Lanes, at: SpanIndex, span: &Span) {
        let covered = covered(span, self.range, self.columns);
        lanes.add(self.lane[at.at()], covered);
    }
}

/// First and last column of a span.
fn covered(span: &Span, range: TimeRange, columns: u32) -> (u32, u32) {
    let length = range.duration().max(1) as f64;
    let column = |at: Nanos| {
        let place = (at - range.start) as f64 / length * f64::from(columns);
        (place as u32).min(columns - 1)
    };
    // A span that ends where a column begins is not in that column.
    let last = (span.end() + -1).max(span.start);
    (column(span.start), column(last))
}

/// How many spans are in each column of each lane, as differences between neighbouring columns.
struct Lanes {
    columns: usize,
    changes: Vec<i32>,
}

impl Lanes {
    fn new(lanes: u32, columns: u32) -> Self {
        // One more column takes the ends of spans that reach the right edge.
        let columns = columns as usize + 1;
        Self {
            columns,
            changes: vec![0; lanes as usize * columns],
        }
    }

    fn add(&mut self, lane: u32, (first, last): (u32, u32)) {
        let row = lane as usize * self.columns;
        self.changes[row + first as usize] += 1;
        self.changes[row + last as usize + 1] -= 1;
    }
}

fn items(all: &Lanes, failed: &Lanes) -> Vec<MinimapItem> {
    let mut out: Vec<MinimapItem> = Vec::new();
    let rows = all
        .changes
        .chunks(all.columns)
        .zip(failed.changes.chunks(failed.columns));
    for (lane, (all, failed)) in (0u32..).zip(rows) {
        let (mut running, mut failing) = (0, 0);
        let mut open: Option<MinimapItem> = None;
        for (column, (change, failed_change)) in (0u32..).zip(all.iter().zip(failed)) {
            running += change;
            failing += failed_change;
            let look = (running > 0).then_some(failing > 0);
            if open.map(|item| item.failed) == look {
                continue;
            }
            out.extend(open.take().map(|item| MinimapItem { to: column, ..item }));
            open = look.map(|failed| MinimapItem {
                lane,
                from: column,
                to: column,
                failed,
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::{any_spans, trace};
    use proptest::prelude::*;

    fn plain(map: &Minimap) -> Vec<(u32, u32, u32, bool)> {
        let plain = |item: &MinimapItem| (item.lane, item.from, item.to, item.failed);
        map.items.iter().map(plain).collect()
    }

    #[test]
    fn spans_are_folded_into_lanes() {
        let mut trace = trace(&[
            (1, 0, 0, 100),
            (2, 1, 10, 30),
            (3, 1, 50, 70),
            (4, 2, 20, 20),
        ]);
        let failed = trace.spans.iter_mut().find(|span| span.id.0 == 3);
        failed.expect("it is there").status = SpanStatus::Error;
        let tree = SpanTree::new(&trace);
        let map = Minimap::new(&trace, &tree, 10, 8);
        let expected = [
            (0, 0, 10, false),
            (1, 1, 3, false),
            (1, 5, 7, true),
            (2, 2, 3, false),
        ];
        assert_eq!((map.lanes, plain(&map)), (3, expected.to_vec()));
        let children = [1, 2].map(SpanIndex);
        let map = Minimap::only(&trace, &tree, 10, 8, &children);
        let expected = [(1, 1, 3, false), (2, 2, 3, false)];
        assert_eq!((map.lanes, plain(&map)), (3, expected.to_vec()));
        let map = Minimap::new(&trace, &tree, 10, 1);
        let expected = [(0, 0, 5, false), (0, 5, 7, true), (0, 7, 10, false)];
        assert_eq!((map.lanes, plain(&map)), (1, expected.to_vec()));
    }

    proptest! {
        #[test]
        fn items_fit_the_strip(spans in any_spans(), columns in 0u32..40, lanes in 0u32..6) {
            let trace = trace(&spans);
            let map = Minimap::new(&trace, &SpanTree::new(&trace), columns, lanes);
            prop_assert_eq!(map.items.is_empty(), spans.is_empty());
            for item in &map.items {
                prop_assert!(item.from < item.to && item.to <= columns.max(1) && item.lane < map.lanes);
            }
            for pair in map.items.windows(2) {
                prop_assert!(pair[0].lane < pair[1].lane || pair[0].to <= pair[1].from);
            }
        }
    }
}
