//! The rows that what is in view hangs under, kept at the top once they are scrolled out of it.

use crate::analysis::Row;
use crate::app::questions::VisibleRows;

/// Most rows kept.
pub const MOST: usize = 3;
/// Nodes looked at on the way up: chains may be long, and their links have no rows.
const STEPS: usize = 64;

/// The nearest rows that a row hangs under, outermost first.
fn above(visible: &VisibleRows, row: usize) -> Vec<usize> {
    let waterfall = &visible.grouped.waterfall;
    let Some(row) = visible.rows.get(row) else {
        return Vec::new();
    };
    let up = std::iter::successors(waterfall.node(row.node).parent, |node| {
        waterfall.node(*node).parent
    });
    let rows = up.take(STEPS).filter_map(|node| visible.row_of(node));
    let mut rows: Vec<usize> = rows.take(MOST).collect();
    rows.reverse();
    rows
}

/// The rows to keep at the top when the view begins at `offset_rows`: those that the first row below them hangs under.
pub fn kept(visible: &VisibleRows, offset_rows: f64) -> Vec<Row> {
    let first = offset_rows.max(0.0) as usize;
    if offset_rows <= 0.0 {
        return Vec::new();
    }
    // Rows that are kept cover as many others, which moves on the row they are the ancestors of.
    let candidates = (0..=MOST).map(|covered| (covered, above(visible, first + covered)));
    let fitting = candidates.filter(|(covered, rows)| rows.len() <= *covered);
    let kept = fitting.map(|(_, rows)| rows).next().unwrap_or_default();
    // What is in view anyway is not shown twice.
    let all_in_view = kept.first().is_none_or(|row| *row as f64 >= offset_rows);
    let rows = kept.iter().filter(|_| !all_in_view);
    rows.filter_map(|row| visible.rows.get(*row)).collect()
}

/// Where the view must begin at the latest for a row not to lie under those that are kept.
pub fn latest_offset(visible: &VisibleRows, row: usize) -> f64 {
    row.saturating_sub(above(visible, row).len()) as f64
}
