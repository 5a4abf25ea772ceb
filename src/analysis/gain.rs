//! Time to win: by how much a trace would be shorter if a group of spans were not what it is.
//!
//! Only time on the [critical path](super::critical_path) counts: what runs beside something longer can be as fast as it
//! likes and nothing is won. Time below a span counts as its own. The estimate is an upper bound for one change made alone.

use super::critical_path::CriticalPath;
use super::tree::{Link, SpanIndex, SpanTree};

/// The time that spans and what is below them spend on the critical path.
pub struct PathTimes {
    /// Each span's place when every span comes before what hangs under it.
    place: Vec<u32>,
    /// Where what hangs under it ends.
    end: Vec<u32>,
    /// Time on the path of all spans before a place.
    before: Vec<i64>,
}

impl PathTimes {
    /// Adds up a path.
    pub fn new(tree: &SpanTree, path: &CriticalPath) -> Self {
        let order = tree.preorder();
        let mut place = vec![0u32; tree.len()];
        for (at, span) in (0u32..).zip(&order) {
            place[span.at()] = at;
        }
        let mut end: Vec<u32> = place.iter().map(|at| at + 1).collect();
        for span in order.iter().rev() {
            if let Link::Child(parent) = tree.link(*span) {
                end[parent.at()] = end[parent.at()].max(end[span.at()]);
            }
        }
        let mut before = vec![0i64; tree.len() + 1];
        for span in path.spans() {
            before[place[span.at()] as usize + 1] = path.time(span);
        }
        for at in 1..before.len() {
            before[at] = before[at].saturating_add(before[at - 1]);
        }
        Self { place, end, before }
    }

    /// The time a span and what is below it spend on the path, nanoseconds.
    pub fn of(&self, span: SpanIndex) -> i64 {
        let (start, end) = (self.place[span.at()], self.end[span.at()]);
        self.before[end as usize] - self.before[start as usize]
    }

    /// The time each of several spans spends on the path; one below another counts with that one.
    fn each(&self, spans: &[SpanIndex]) -> Vec<i64> {
        let mut sorted: Vec<SpanIndex> = spans.to_vec();
        sorted.sort_unstable_by_key(|span| self.place[span.at()]);
        let mut reached = 0;
        sorted.retain(|span| {
            let is_new = self.place[span.at()] >= reached;
            if is_new {
                reached = self.end[span.at()];
            }
            is_new
        });
        sorted.into_iter().map(|span| self.of(span)).collect()
    }

    /// What is won when only the longest of the spans is left: when one does the work of all, or they run side by side.
    pub fn without_all_but_longest(&self, spans: &[SpanIndex]) -> i64 {
        let each = self.each(spans);
        let longest = each.iter().max().copied().unwrap_or_default();
        each.iter().sum::<i64>() - longest
    }

    /// What is won when only the first of the spans is left, as when its answer is kept.
    pub fn without_all_but_first(&self, spans: &[SpanIndex]) -> i64 {
        self.each(spans).iter().skip(1).sum()
    }

    /// What is won when none of the spans is left, as when they are moved away.
    pub fn without_all(&self, spans: &[SpanIndex]) -> i64 {
        self.each(spans).iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::{any_spans, trace};
    use crate::model::SpanId;
    use proptest::prelude::*;

    fn won(spans: &[(u64, u64, i64, i64)], group: &[u64]) -> [i64; 3] {
        let trace = trace(spans);
        let tree = SpanTree::new(&trace);
        let times = PathTimes::new(&tree, &CriticalPath::new(&trace, &tree));
        let group: Vec<SpanIndex> = group
            .iter()
            .filter_map(|id| tree.find(&trace, SpanId(*id)))
            .collect();
        [
            times.without_all_but_longest(&group),
            times.without_all_but_first(&group),
            times.without_all(&group),
        ]
    }

    #[test]
    fn only_time_on_the_critical_path_is_won() {
        let in_a_row = [
            (1, 0, 0, 100),
            (2, 1, 10, 30),
            (3, 1, 30, 60),
            (4, 1, 60, 70),
        ];
        assert_eq!(won(&in_a_row, &[2, 3, 4]), [30, 40, 60]);
        let beside_something_longer = [
            (1, 0, 0, 100),
            (2, 1, 10, 30),
            (3, 1, 30, 60),
            (4, 1, 0, 100),
        ];
        assert_eq!(won(&beside_something_longer, &[2, 3]), [0, 0, 0]);
        let with_work_below = [
            (1, 0, 0, 100),
            (2, 1, 10, 30),
            (3, 2, 12, 28),
            (4, 1, 30, 60),
        ];
        assert_eq!(won(&with_work_below, &[2, 3, 4]), [20, 30, 50]);
        assert_eq!(won(&in_a_row, &[]), [0, 0, 0]);
    }

    proptest! {
        #[test]
        fn nothing_wins_more_than_there_is(spans in any_spans()) {
            let trace = trace(&spans);
            let tree = SpanTree::new(&trace);
            let path = CriticalPath::new(&trace, &tree);
            let times = PathTimes::new(&tree, &path);
            let all: Vec<SpanIndex> = (0..trace.spans.len() as u32).map(SpanIndex).collect();
            let whole: i64 = path.steps().iter().map(|step| step.range.duration()).sum();
            prop_assert_eq!(times.without_all(&all), whole);
            prop_assert!(times.without_all_but_longest(&all) <= whole);
        }
    }
}
