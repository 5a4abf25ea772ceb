//! The records around one: those before and after it in order of time.
//!
//! Segments are taken in the order of the time they cover, away from the record, a handful at once, and only until no
//! later one can hold a nearer record. So the cost is that of a few segments, not of the store; only a search that hardly
//! anything fits looks further.

use super::fields::column;
use super::order::keep_first;
use super::scan::{Scan, Scanner, Segment, Trouble};
use super::search::Search;
use super::{Filter, RecordKind, StoreError};
use crate::model::record::RecordRef;
use std::cmp::Ordering;

/// Segments looked at at once: as many as are worth a thread each.
const AT_ONCE: usize = 4;

/// A record among its neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The neighbours and the record itself, oldest first.
    pub refs: Vec<RecordRef>,
    /// The place of the record among them.
    pub at: usize,
    /// Whether there are earlier ones.
    pub more_before: bool,
    /// Whether there are later ones.
    pub more_after: bool,
}

/// Where a record stands in the list of all: by time, then by import.
type Position = (i64, u32, u32);

/// A way from the record: towards earlier records or towards later ones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Earlier,
    Later,
}

impl Way {
    /// Nearer ones first.
    fn compare(self, left: &Position, right: &Position) -> Ordering {
        match self {
            Self::Earlier => right.cmp(left),
            Self::Later => left.cmp(right),
        }
    }

    fn is_ahead(self, of: &Position, position: &Position) -> bool {
        self.compare(of, position).is_lt()
    }

    /// Whether a segment may hold a record as near as this time.
    fn reaches(self, segment: &Segment, time: i64) -> bool {
        match self {
            Self::Earlier => segment.time_max >= time,
            Self::Later => segment.time_min <= time,
        }
    }
}

/// See [`super::Reader::around`].
pub(super) fn around(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    filter: &Filter,
    at: RecordRef,
    (before, after): (usize, usize),
) -> Result<Around, StoreError> {
    let origin = position_of(scan, scanner, kind, at)?;
    let search = Search::new(scan, scanner, kind, filter)?;
    let (earlier, more_before) = neighbours(&search, scan, origin, Way::Earlier, before)?;
    let (later, more_after) = neighbours(&search, scan, origin, Way::Later, after)?;
    let refs = |positions: Vec<Position>| {
        let of = |(_, segment, row)| RecordRef { segment, row };
        positions.into_iter().map(of)
    };
    let place = earlier.len();
    let refs = refs(earlier).rev().chain([at]).chain(refs(later));
    Ok(Around {
        refs: refs.collect(),
        at: place,
        more_before,
        more_after,
    })
}

fn position_of(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    at: RecordRef,
) -> Result<Position, StoreError> {
    const WHAT: &str = "show what is around a record";
    let segment = scanner.segment(at.segment).map_err(StoreError::sql(WHAT))?;
    let is_there = |segment: &Segment| {
        segment.kind == kind
            && (at.row as usize) < segment.rows
            && segment.live().has(at.row as usize)
    };
    let Some(segment) = segment.filter(is_there) else {
        let reason = "it is not in the store any more; search again";
        return Err(StoreError::failed(WHAT, reason));
    };
    match scanner.required(scan.shared, &segment, column::TIME) {
        Ok(times) => Ok((times.int(at.row as usize), at.segment, at.row)),
        Err(Trouble::Failed(error)) => Err(error),
        Err(Trouble::Damaged) => Err(StoreError::failed(
            WHAT,
            "its part of the store is damaged; import its file into a new store",
        )),
    }
}

/// The nearest records that fit on one way, nearest first, and whether there are more.
fn neighbours(
    search: &Search,
    scan: &Scan,
    origin: Position,
    way: Way,
    wanted: usize,
) -> Result<(Vec<Position>, bool), StoreError> {
    // One more than wanted tells whether there are more.
    let enough = wanted.saturating_add(1);
    let nearest_first = |left: &Position, right: &Position| way.compare(left, right);
    let ahead = segments_ahead(search, origin, way);
    let mut ahead = ahead.as_slice();
    let mut found: Vec<Position> = Vec::new();
    while !ahead.is_empty() {
        let reach = found.get(enough - 1).map(|(time, ..)| *time);
        let is_near = |segment: &&&Segment| reach.is_none_or(|reach| way.reaches(segment, reach));
        let some = ahead.iter().take(AT_ONCE).take_while(is_near).count();
        let (near, rest) = ahead.split_at(some);
        if near.is_empty() {
            break;
        }
        let parts = search.each_of(near, |scanner, segment, rows| {
            let times = scanner.required(scan.shared, segment, column::TIME)?;
            let position = |row: usize| (times.int(row), segment.id, row as u32);
            let rows = rows.iter().map(position);
            let mut rows: Vec<Position> = rows.filter(|row| way.is_ahead(&origin, row)).collect();
            keep_first(&mut rows, enough, nearest_first);
            Ok(rows)
        })?;
        scan.check()?;
        found.extend(parts.into_iter().flatten());
        keep_first(&mut found, enough, nearest_first);
        ahead = rest;
    }
    let more = found.len() > wanted;
    found.truncate(wanted);
    Ok((found, more))
}

/// The segments that may hold a record on this way, nearest first.
fn segments_ahead<'s>(search: &'s Search, (time, ..): Position, way: Way) -> Vec<&'s Segment> {
    let segments = search.segments.iter();
    let mut ahead: Vec<&Segment> = match way {
        Way::Earlier => segments
            .filter(|segment| segment.time_min <= time)
            .collect(),
        Way::Later => segments
            .filter(|segment| segment.time_max >= time)
            .collect(),
    };
    match way {
        Way::Earlier => ahead.sort_by_key(|segment| std::cmp::Reverse(segment.time_max)),
        Way::Later => ahead.sort_by_key(|segment| segment.time_min),
    }
    ahead
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_records_come_first_on_both_ways() {
        let origin = (5, 1, 1);
        let later = [(5, 1, 2), (5, 2, 0), (6, 0, 0)];
        let earlier = [(5, 1, 0), (5, 0, 9), (4, 9, 9)];
        for (way, list) in [(Way::Later, later), (Way::Earlier, earlier)] {
            assert!(list.iter().all(|position| way.is_ahead(&origin, position)));
            assert!(list.is_sorted_by(|left, right| way.compare(left, right).is_lt()));
        }
    }
}
