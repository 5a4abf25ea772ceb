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
    /// last, and in stretches of durations. `edges_between` the shortest and the longest says where these begin and end:
    /// rising, at least two.
    pub fn heatmap(
        &self,
        filter: &Filter,
        columns: usize,
        edges_between: &(dyn Fn(i64, i64) -> Vec<i64> + Sync),
        cancel: &CancelToken,
    ) -> Result<Heatmap, StoreError> {
        let scan = self.scan(cancel);
        let search = Search::new(&scan, &self.scanner, RecordKind::Span, filter)?;
        let found = search.each(|scanner, segment, found| {
            let times = scanner.required(scan.shared, segment, column::TIME)?;
            let durations = scanner.required(scan.shared, segment, column::DURATION)?;
            let extent = extent_of(&found, &times);
            Ok((segment.id, extent, extent_of(&found, &durations), found))
        })?;
        let extents = found
            .iter()
            .map(|(_, times, durations, _)| (*times, *durations));
        let extents =
            extents.reduce(|left, right| (widest(left.0, right.0), widest(left.1, right.1)));
        let Some((times, (shortest, longest))) = extents else {
            return Ok(Heatmap::default());
        };
        let Some(range) = search.covered(Some(times)) else {
            return Ok(Heatmap::default());
        };
        let axes = Axes {
            range,
            columns: columns.max(1),
            edges: edges_between(shortest, longest),
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
