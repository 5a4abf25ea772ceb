//! The bars of the rows in view: what is drawn where, and where its label goes.
//!
//! Only rows that are asked for cost anything, and a row costs at most what its width in points can show: pieces of a
//! group closer than [`CLOSEST`] are drawn as one, and so are error marks.

use super::TimeScale;
use crate::analysis::{NodeIndex, NodeKind, Row, SpanTree, Waterfall};
use crate::model::trace::Trace;
use crate::model::{Nanos, TimeRange, human};
use std::ops::Range;

/// The least space between two pieces of a bar, in points.
pub const CLOSEST: f32 = 2.0;
/// The least width of a bar, in points: nothing is too short to be seen.
pub const NARROWEST: f32 = 1.0;
/// The least space between two error marks, in points.
const CLOSEST_MARKS: f32 = 6.0;
/// Space between a bar and its label, in points.
const LABEL_SPACE: f32 = 4.0;

/// A trace with everything that was found out about it.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Its tree.
    pub tree: &'a SpanTree,
    /// Its waterfall.
    pub waterfall: &'a Waterfall,
    /// The rows that are visible in it.
    pub rows: &'a [Row],
}

/// What a row says on its left side.
#[derive(Clone, Debug, PartialEq)]
pub struct RowTitle<'a> {
    /// Operation; of an error its level; empty when there is none.
    pub op: &'a str,
    /// Description, else name, of an error its title; empty for gaps.
    pub text: &'a str,
    /// The service; empty for gaps and when unknown.
    pub service: &'a str,
}

/// Where a label stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Right of the bar.
    Right,
    /// On the bar.
    Inside,
    /// Left of the bar.
    Left,
}

/// The duration beside a bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// What it says.
    pub text: String,
    /// Where it stands.
    pub placement: Placement,
    /// Its left edge in points.
    pub x: f32,
}

/// One row on screen; all places are points from the left edge of the bars.
#[derive(Clone, Debug, PartialEq)]
pub struct RowGeometry {
    /// Its place in [`Picture::rows`].
    pub row: usize,
    /// The node.
    pub node: NodeIndex,
    /// The whole bar from left to right; may reach beyond the view.
    pub bar: [f32; 2],
    /// What is drawn of it: one piece, or several for a group. Clipped to the view, empty when it is outside.
    pub pieces: Vec<[f32; 2]>,
    /// The duration.
    pub label: Label,
    /// Where errors happened.
    pub marks: Vec<f32>,
}

impl<'a> Picture<'a> {
    /// The bars of a stretch of rows; `text_width` measures a label in points.
    pub fn geometry(
        &self,
        visible: Range<usize>,
        scale: &TimeScale,
        text_width: impl Fn(&str) -> f32,
    ) -> Vec<RowGeometry> {
        let end = visible.end.min(self.rows.len());
        let rows = (visible.start.min(end)..end).zip(&self.rows[visible.start.min(end)..end]);
        rows.map(|(place, row)| self.row(place, row.node, scale, &text_width))
            .collect()
    }

    fn row(
        &self,
        row: usize,
        node: NodeIndex,
        scale: &TimeScale,
        text_width: &impl Fn(&str) -> f32,
    ) -> RowGeometry {
        let found = self.waterfall.node(node);
        let bar = widened(found.range, scale);
        let whole = [found.range];
        let segments = self
            .waterfall
            .group(node)
            .map_or(&whole[..], |group| group.segments);
        let text = human::duration(found.range.duration());
        let width = text_width(&text);
        RowGeometry {
            row,
            node,
            bar,
            pieces: pieces(segments, scale),
            label: placed(text, width, bar, scale.width()),
            marks: marks(self.error_times(node), scale),
        }
    }

    fn error_times(&self, node: NodeIndex) -> Vec<Nanos> {
        let found = self.waterfall.node(node);
        let time = |error: &u32| self.trace.errors[*error as usize].time;
        if let NodeKind::Error(error) = found.kind {
            return vec![time(&error)];
        }
        if found.errors == 0 {
            return Vec::new();
        }
        let group = self.waterfall.group(node);
        let members = group.map_or(&[][..], |group| group.members);
        let one = self.waterfall.first_span(node).filter(|_| group.is_none());
        let spans = members.iter().copied().chain(one);
        let errors = spans.flat_map(|span| self.tree.errors(span));
        let mut times: Vec<Nanos> = errors.map(time).collect();
        times.sort_unstable();
        times
    }

    /// What a row says on its left side.
    pub fn title(&self, node: NodeIndex) -> RowTitle<'a> {
        let Picture {
            trace, waterfall, ..
        } = *self;
        match (waterfall.node(node).kind, waterfall.first_span(node)) {
            (NodeKind::Error(error), _) => {
                let error = &trace.errors[error as usize];
                let has_type = !error.exception_type.is_empty();
                RowTitle {
                    op: &error.level,
                    text: if has_type {
                        &error.exception_type
                    } else {
                        &error.message
                    },
                    service: &error.service,
                }
            }
            (_, Some(span)) => {
                let span = &trace.spans[span.at()];
                let described = !span.description.is_empty();
                RowTitle {
                    op: &span.op,
                    text: if described {
                        &span.description
                    } else {
                        &span.name
                    },
                    service: &span.service,
                }
            }
            (_, None) => RowTitle {
                op: "",
                text: "",
                service: "",
            },
        }
    }
}

/// From left to right, at least [`NARROWEST`] wide.
fn widened(range: TimeRange, scale: &TimeScale) -> [f32; 2] {
    let left = scale.x_from_time(range.start);
    let right = scale.x_from_time(range.end);
    [left, right.max(left + NARROWEST)]
}

/// What is in view of ranges that are disjoint and in order, joined where they come too close.
///
/// Jumps from piece to piece by binary search, so that many ranges in few points cost no more than few.
pub fn pieces(ranges: &[TimeRange], scale: &TimeScale) -> Vec<[f32; 2]> {
    let width = scale.width();
    let mut out: Vec<[f32; 2]> = Vec::new();
    // Half a bar may reach into the view although its range ended before.
    let mut rest = &ranges[ranges.partition_point(|range| widened(*range, scale)[1] <= 0.0)..];
    while let Some(first) = rest.first() {
        let [left, mut right] = widened(*first, scale);
        if left >= width {
            break;
        }
        rest = &rest[1..];
        loop {
            let reach = right + CLOSEST;
            let joined = rest.partition_point(|range| scale.x_from_time(range.start) < reach);
            let Some(last) = rest[..joined].last() else {
                break;
            };
            right = right.max(widened(*last, scale)[1]);
            rest = &rest[joined..];
        }
        out.push([left.max(0.0), right.min(width)]);
    }
    out
}

/// Where moments that are in order lie in view, each at least [`CLOSEST_MARKS`] from the one before, with the numbers of the
/// moments it stands for. Costs no more than what is given, however many moments there are.
pub fn spots(
    count: usize,
    time: impl Fn(usize) -> Nanos,
    scale: &TimeScale,
) -> Vec<(f32, Range<usize>)> {
    let x = |at: usize| scale.x_from_time(time(at));
    let from = |start: usize, left: f32| {
        let (mut low, mut high) = (start, count);
        while low < high {
            let middle = low.midpoint(high);
            match x(middle) < left {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    };
    let mut out = Vec::new();
    let mut at = from(0, 0.0);
    while at < count && x(at) <= scale.width() {
        let next = from(at + 1, x(at) + CLOSEST_MARKS);
        out.push((x(at), at..next));
        at = next;
    }
    out
}

/// Right of the bar if there is room, else on it, else left of it; without any room on it all the same.
fn placed(text: String, width: f32, bar: [f32; 2], view: f32) -> Label {
    let shown = [bar[0].clamp(0.0, view), bar[1].clamp(0.0, view)];
    let right = shown[1] + LABEL_SPACE;
    let left = shown[0] - LABEL_SPACE - width;
    let (placement, x) = if right + width <= view && bar[1] >= 0.0 {
        (Placement::Right, right)
    } else if shown[1] - shown[0] >= width + 2.0 * LABEL_SPACE {
        (Placement::Inside, shown[1] - LABEL_SPACE - width)
    } else if left >= 0.0 {
        (Placement::Left, left)
    } else {
        let farthest = (view - width).max(0.0);
        (Placement::Inside, (shown[0] + LABEL_SPACE).min(farthest))
    };
    Label { text, placement, x }
}

fn marks(times: Vec<Nanos>, scale: &TimeScale) -> Vec<f32> {
    let mut out: Vec<f32> = Vec::new();
    for x in times.into_iter().map(|at| scale.x_from_time(at)) {
        let in_view = (0.0..=scale.width()).contains(&x);
        if in_view && out.last().is_none_or(|last| x - last >= CLOSEST_MARKS) {
            out.push(x);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;
    use crate::analysis::{Expansion, GroupOptions, visible_rows};

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        }
    }

    /// A scale of 1 µs a point over 1000 points, beginning at 0.
    fn scale() -> TimeScale {
        let mut scale = TimeScale::new(range(0, 10_000_000), 1_000.0);
        scale.set_window(range(0, 1_000_000));
        scale
    }

    #[test]
    fn close_pieces_become_one() {
        let us = |pieces: &[(i64, i64)]| -> Vec<TimeRange> {
            let one = |(from, to): &(i64, i64)| range(from * 1_000, to * 1_000);
            pieces.iter().map(one).collect()
        };
        type Case = (&'static [(i64, i64)], &'static [[f32; 2]]);
        let cases: [Case; 6] = [
            (&[], &[]),
            (&[(10, 20), (30, 40)], &[[10.0, 20.0], [30.0, 40.0]]),
            (
                &[(10, 20), (21, 40), (41, 50), (60, 61)],
                &[[10.0, 50.0], [60.0, 61.0]],
            ),
            (&[(10, 10)], &[[10.0, 11.0]]),
            (&[(990, 2_000), (3_000, 4_000)], &[[990.0, 1_000.0]]),
            (&[(2_000, 3_000)], &[]),
        ];
        for (ranges, expected) in cases {
            assert_eq!(pieces(&us(ranges), &scale()), expected, "{ranges:?}");
        }
        let many: Vec<TimeRange> = (0..100_000).map(|n| range(n * 10, n * 10 + 5)).collect();
        assert_eq!(pieces(&many, &scale()), [[0.0, 1_000.0]]);
    }

    #[test]
    fn moments_that_are_close_are_one_spot() {
        let us = [-5, 10, 12, 15, 16, 400, 2_000];
        let found = spots(us.len(), |at| Nanos(us[at] * 1_000), &scale());
        assert_eq!(found, [(10.0, 1..4), (16.0, 4..5), (400.0, 5..6)]);
        let many = spots(1_000_000, |at| Nanos(at as i64), &scale());
        assert_eq!(many.len(), 167, "a spot for each six points of a thousand");
        assert_eq!(spots(0, |_| Nanos(0), &scale()), []);
    }

    #[test]
    fn labels_find_room() {
        let place = |bar| {
            let label = placed(String::new(), 50.0, bar, 1_000.0);
            (label.placement, label.x)
        };
        assert_eq!(place([100.0, 200.0]), (Placement::Right, 204.0));
        assert_eq!(place([100.0, 980.0]), (Placement::Inside, 926.0));
        assert_eq!(place([970.0, 980.0]), (Placement::Left, 916.0));
        assert_eq!(place([-500.0, 2_000.0]), (Placement::Inside, 946.0));
        assert_eq!(place([2_000.0, 3_000.0]), (Placement::Left, 946.0));
        let narrow = placed(String::new(), 50.0, [5.0, 35.0], 40.0);
        assert_eq!((narrow.placement, narrow.x), (Placement::Inside, 0.0));
    }

    #[test]
    fn rows_have_bars_titles_and_marks() {
        let mut spans = vec![(1, 0, 0, 900_000)];
        spans.extend((0..5).map(|n| (n as u64 + 2, 1, n * 100_000, n * 100_000 + 40_000)));
        let mut trace = trace(&spans);
        trace.errors = vec![crate::model::record::ErrorEntry {
            number: 1,
            trace: None,
            span: Some(crate::model::SpanId(4)),
            time: Nanos(210_000),
            level: "error".into(),
            exception_type: "".into(),
            message: "no".into(),
            transaction: "".into(),
            service: "".into(),
        }];
        let tree = SpanTree::new(&trace);
        let waterfall = Waterfall::new(&trace, &tree, GroupOptions::ALL);
        let rows = visible_rows(&waterfall, &Expansion::default());
        let picture = Picture {
            trace: &trace,
            tree: &tree,
            waterfall: &waterfall,
            rows: &rows,
        };
        let found = picture.geometry(0..10, &scale(), |text| text.len() as f32 * 6.0);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].pieces, [[0.0, 900.0]]);
        assert_eq!(found[0].label.text, "900 µs");
        assert_eq!(found[1].pieces.len(), 5);
        assert_eq!(found[1].bar, [0.0, 440.0]);
        assert_eq!(found[1].marks, [210.0]);
        assert_eq!(picture.title(found[0].node).text, "1");
        assert_eq!(picture.geometry(5..9, &scale(), |_| 0.0), []);
    }
}
