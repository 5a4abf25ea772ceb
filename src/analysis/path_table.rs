//! The critical path by operation, service or any other class of spans: where to look for time worth saving.

use super::SpanIndex;
use super::classes::Classes;
use super::critical_path::CriticalPath;
use std::cmp::Reverse;
use std::sync::Arc;

/// The part of the path that spans of one class make up.
#[derive(Clone, Debug, PartialEq)]
pub struct PathEntry {
    /// What the spans have in common.
    pub value: Arc<str>,
    /// How many of them are themselves on the path.
    pub spans: usize,
    /// How long they are, in nanoseconds.
    pub time: i64,
    /// That time as a share of the whole path, from 0 to 1.
    pub share: f64,
    /// The one of them with the most time on the path; of equals the first to be on it.
    pub longest: SpanIndex,
}

/// The classes that are on the path, the one with the most time first; of equals in order of their value.
pub fn path_table(path: &CriticalPath, classes: &Classes) -> Vec<PathEntry> {
    let mut sums = vec![(0usize, 0i64, None); classes.len()];
    for span in path.spans() {
        let first = path.own(span).first().map(|range| range.start);
        if let Some(sum) = classes.of(span).and_then(|class| sums.get_mut(class)) {
            let time = path.time(span);
            sum.0 += 1;
            sum.1 += time;
            let rank = (time, Reverse(first));
            if sum.2.is_none_or(|(longest, _)| rank > longest) {
                sum.2 = Some((rank, span));
            }
        }
    }
    let whole = path.duration().max(1) as f64;
    let sums = classes.values().iter().zip(sums);
    let mut table: Vec<PathEntry> = sums
        .filter_map(|(value, (spans, time, longest))| {
            Some(PathEntry {
                value: value.clone(),
                spans,
                time,
                share: time as f64 / whole,
                longest: longest?.1,
            })
        })
        .collect();
    table.sort_by(|a, b| {
        let key = |entry: &PathEntry| (Reverse(entry.time), entry.value.clone());
        key(a).cmp(&key(b))
    });
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::SpanTree;
    use crate::analysis::test_trace::trace;

    #[test]
    fn times_on_the_path_are_summed_by_operation() {
        // http |== == =|
        // db     |=|
        // db         |=|
        // cache    |-|     (ends after the second query began)
        let mut trace = trace(&[
            (1, 0, 0, 100),
            (2, 1, 20, 30),
            (3, 1, 50, 90),
            (4, 1, 40, 60),
        ]);
        for (span, op) in trace.spans.iter_mut().zip(["http", "db", "cache", "db"]) {
            span.op = op.into();
        }
        let path = CriticalPath::new(&trace, &SpanTree::new(&trace));
        let table = path_table(&path, &Classes::by_operation(&trace));
        let plain = |entry: &PathEntry| {
            (
                entry.value.to_string(),
                entry.spans,
                entry.time,
                entry.share,
                entry.longest.0,
            )
        };
        assert_eq!(
            table.iter().map(plain).collect::<Vec<_>>(),
            [
                // The second query; spans are numbered by their start, the cache comes between.
                ("db".to_owned(), 2, 50, 0.5, 3),
                ("http".to_owned(), 1, 50, 0.5, 0)
            ]
        );
    }
}
