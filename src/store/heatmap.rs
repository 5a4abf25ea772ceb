//! Spans counted by time and duration, for a picture of all of them at once.
//!
//! Two ways through the matching rows: the first finds what time and which durations there are, unless the filter says
//! so, the second counts. What matches is found once.

use super::bits::Bits;
use super::column::Column;
use super::fields::column;
use super::scan::{Scanner, Segment, Shared, Trouble};
use super::search::{NO_EXTENT, Search, bucket_of, failed_rows, widest};
use super::{Filter, HeatCell, Heatmap, Reader, RecordKind, StoreError};
use crate::model::{CancelToken, TimeRange};

/// The shortest, the shortest above 0, and the longest of durations.
#[derive(Clone, Copy)]
struct Lengths {
    all: (i64, i64),
    above_zero: i64,
}

impl Lengths {
    fn of(rows: &Bits, durations: &Column) -> Self {
        let none = Self {
            all: NO_EXTENT,
            above_zero: i64::MAX,
        };
        rows.iter()
            .map(|row| durations.int(row))
            .fold(none, |lengths, length| {
                lengths.and(Self {
                    all: (length, length),
                    above_zero: if length > 0 { length } else { i64::MAX },
                })
            })
    }

    fn and(self, other: Self) -> Self {
        Self {
            all: widest(self.all, other.all),
            above_zero: self.above_zero.min(other.above_zero),
        }
    }

    fn three(self) -> [i64; 3] {
        let (shortest, longest) = self.all;
        [shortest, self.above_zero.min(longest), longest]
    }
}

/// The axes of a heatmap.
struct Axes {
    range: TimeRange,
    columns: usize,
    /// As [`Heatmap::edges`].
    edges: Vec<i64>,
}

impl Axes {
    /// The row a duration counts to; what lies beyond the edges counts to the outermost.
    fn row_of(&self, duration: i64) -> usize {
        let after = self.edges.partition_point(|edge| *edge <= duration);
        after.saturating_sub(1).min(self.rows() - 1)
    }

    fn rows(&self) -> usize {
        self.edges.len().saturating_sub(1).max(1)
    }
}

impl Reader {
    /// Spans that fit, counted in `columns` equal shares of the filter's range, or of the time from the first to the
    /// last, and in stretches of durations. Of the shortest duration, the shortest above 0 and the longest, `edges_of`
    /// says where these begin and end: rising, at least two.
    pub fn heatmap(
        &self,
        filter: &Filter,
        columns: usize,
        edges_of: &(dyn Fn([i64; 3]) -> Vec<i64> + Sync),
        cancel: &CancelToken,
    ) -> Result<Heatmap, StoreError> {
        let scan = self.scan(cancel);
        let search = Search::new(&scan, &self.scanner, RecordKind::Span, filter)?;
        let found = search.each(|scanner, segment, found| {
            let times = scanner.required(scan.shared, segment, column::TIME)?;
            let durations = scanner.required(scan.shared, segment, column::DURATION)?;
            let extent = extent_of(&found, &times);
            let lengths = Lengths::of(&found, &durations);
            Ok((segment.id, extent, lengths, found))
        })?;
        let extents = found
            .iter()
            .map(|(_, times, lengths, _)| (*times, *lengths));
        let extents = extents.reduce(|left, right| (widest(left.0, right.0), left.1.and(right.1)));
        let Some((times, lengths)) = extents else {
            return Ok(Heatmap::default());
        };
        let Some(range) = search.covered(Some(times)) else {
            return Ok(Heatmap::default());
        };
        let axes = Axes {
            range,
            columns: columns.max(1),
            edges: edges_of(lengths.three()),
        };
        let parts = scan.each(&found, |scanner, (id, _, _, found)| {
            counted(scanner, scan.shared, search.segment(*id)?, found, &axes)
        })?;
        scan.check()?;
        let mut cells = vec![HeatCell::default(); axes.columns * axes.rows()];
        for (cell, more) in parts.iter().flatten() {
            if let Some(cell) = cells.get_mut(*cell) {
                cell.count += more.count;
                cell.failed += more.failed;
            }
        }
        Ok(Heatmap {
            range,
            columns: axes.columns,
            edges: axes.edges,
            cells,
        })
    }
}

/// The least and the greatest number among rows.
fn extent_of(rows: &Bits, column: &Column) -> (i64, i64) {
    let numbers = rows.iter().map(|row| column.int(row));
    numbers.fold(NO_EXTENT, |extent, number| widest(extent, (number, number)))
}

/// The cells of one segment that have a span, each with its place.
fn counted(
    scanner: &Scanner,
    shared: &Shared,
    segment: &Segment,
    found: &Bits,
    axes: &Axes,
) -> Result<Vec<(usize, HeatCell)>, Trouble> {
    let times = scanner.required(shared, segment, column::TIME)?;
    let durations = scanner.required(shared, segment, column::DURATION)?;
    let failed = failed_rows(scanner, shared, segment)?;
    let mut cells = vec![HeatCell::default(); axes.columns * axes.rows()];
    for row in found.iter() {
        let at = bucket_of(times.int(row), axes.range, axes.columns);
        let place = axes.row_of(durations.int(row)) * axes.columns + at;
        if let Some(cell) = cells.get_mut(place) {
            cell.count += 1;
            cell.failed += u64::from(failed.has(row));
        }
    }
    let places = cells.into_iter().enumerate();
    Ok(places.filter(|(_, cell)| cell.count > 0).collect())
}
