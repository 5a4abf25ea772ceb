//! A search among the spans of one trace that is at hand: only the segments they lie in are looked at.

use super::evaluate::Evaluation;
use super::plan::Planner;
use super::scan::{Scan, Scanner, Segment};
use super::{RecordKind, StoreError};
use crate::model::trace::Span;
use crate::query::Expr;
use hashbrown::HashMap;

/// A segment with the spans in it: their rows, and their places among the trace's spans.
type Part = (Segment, Vec<(u32, u32)>);

/// The places in `spans` of those that fit, rising. Those in damaged segments are left out, as in every search.
pub(super) fn find(
    scan: &Scan,
    scanner: &Scanner,
    spans: &[Span],
    search: &Expr,
) -> Result<Vec<u32>, StoreError> {
    let plan = Planner::new(scanner, scan, RecordKind::Span)?.plan(search)?;
    let parts = parts(scanner, spans)?;
    let found = scan.each(&parts, |scanner, (segment, rows)| {
        let evaluation = Evaluation {
            scanner,
            shared: scan.shared,
            segment,
        };
        let fitting = evaluation.rows(&plan, None)?;
        let fits = |(row, place): &(u32, u32)| fitting.has(*row as usize).then_some(*place);
        Ok(rows.iter().filter_map(fits).collect::<Vec<u32>>())
    })?;
    let mut places = found.concat();
    places.sort_unstable();
    Ok(places)
}

/// The segments the spans lie in; those whose import was removed meanwhile are not there.
fn parts(scanner: &Scanner, spans: &[Span]) -> Result<Vec<Part>, StoreError> {
    let mut rows: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
    for (place, span) in (0..).zip(spans) {
        let of_segment = rows.entry(span.at.segment).or_default();
        of_segment.push((span.at.row, place));
    }
    let mut parts = Vec::with_capacity(rows.len());
    for (id, rows) in rows {
        let segment = scanner
            .segment(id)
            .map_err(StoreError::sql("search a trace"))?;
        parts.extend(segment.map(|segment| (segment, rows)));
    }
    Ok(parts)
}
