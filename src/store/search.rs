//! Questions over all records of a kind: which, how many, when.

use super::bits::Bits;
use super::column::Column;
use super::evaluate::Evaluation;
use super::fields::{LEVELS, column};
use super::plan::{Plan, Planner};
use super::scan::{Overlap, Scan, Scanner, Segment, Shared, Trouble};
use super::value::ValueRef;
use super::{
    Bucket, Filter, Histogram, RecordKind, RecordMatches, SpanMatches, SpanOrder, StoreError,
};
use crate::model::record::RecordRef;
use crate::model::{Nanos, TimeRange};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Segments that are looked at before the next are decided on: enough for a few cores.
const AT_ONCE: usize = 4;

/// A filter over the segments it may concern.
pub(super) struct Search<'a> {
    scan: &'a Scan<'a>,
    kind: RecordKind,
    plan: Plan,
    range: Option<TimeRange>,
    pub segments: Vec<Segment>,
}

impl<'a> Search<'a> {
    pub fn new(
        scan: &'a Scan<'a>,
        scanner: &Scanner,
        kind: RecordKind,
        filter: &Filter,
    ) -> Result<Self, StoreError> {
        let plan = Planner::new(scanner, scan, kind)?.plan(&filter.search)?;
        scan.check()?;
        let mut segments = scanner
            .segments(kind)
            .map_err(StoreError::sql("list the segments"))?;
        if kind == RecordKind::Span {
            scan.shared.transactions.keep_for(&segments);
        }
        if let Some(range) = filter.range {
            segments.retain(|segment| segment.overlap(range) != Overlap::None);
        }
        Ok(Self {
            scan,
            kind,
            plan,
            range: filter.range,
            segments,
        })
    }

    /// The matching rows of a segment.
    pub fn rows(&self, scanner: &Scanner, segment: &Segment) -> Result<Bits, Trouble> {
        let evaluation = Evaluation {
            scanner,
            shared: self.scan.shared,
            segment,
        };
        evaluation.rows(&self.plan, self.range)
    }

    /// Does `work` with the matching rows of every segment that has some.
    pub fn each<T: Send>(
        &self,
        work: impl Fn(&Scanner, &Segment, Bits) -> Result<T, Trouble> + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let all: Vec<&Segment> = self.segments.iter().collect();
        self.each_of(&all, work)
    }

    /// As [`Self::each`], of some of the segments.
    pub fn each_of<T: Send>(
        &self,
        segments: &[&Segment],
        work: impl Fn(&Scanner, &Segment, Bits) -> Result<T, Trouble> + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let answers = self.scan.each(segments, |scanner, segment| {
            let found = self.rows(scanner, segment)?;
            if found.is_empty() {
                return Ok(None);
            }
            work(scanner, segment, found).map(Some)
        })?;
        Ok(answers.into_iter().flatten().collect())
    }

    pub fn count(&self) -> Result<u64, StoreError> {
        let counts = self.each(|_, _, found| Ok(found.count()))?;
        Ok(counts.into_iter().sum())
    }

    /// Matching records by time; records of one instant in order of import. Newest first is exactly the reverse.
    pub fn find(&self, newest_first: bool) -> Result<RecordMatches, StoreError> {
        let refs = self.sorted(newest_first, |scanner, segment, _| {
            let times = scanner.required(self.scan.shared, segment, column::TIME)?;
            Ok(move |row| times.int(row))
        })?;
        Ok(RecordMatches { refs, more: false })
    }

    /// The first so many of what [`Self::find`] finds oldest first, looking no further than needed.
    pub fn first(&self, count: usize) -> Result<RecordMatches, StoreError> {
        let mut segments: Vec<&Segment> = self.segments.iter().collect();
        segments.sort_by_key(|segment| (segment.time_min, segment.id));
        let mut found: Vec<(i64, u32, u32)> = Vec::new();
        let mut looked_at = 0;
        for some in segments.chunks(AT_ONCE) {
            // What is found already may be older than all that is left.
            let last = count.checked_sub(1).and_then(|last| found.get(last));
            let next = some.first();
            if last
                .zip(next)
                .is_some_and(|((time, ..), next)| *time < next.time_min)
            {
                break;
            }
            looked_at += some.len();
            let runs = self.each_of(some, |scanner, segment, rows| {
                let times = scanner.required(self.scan.shared, segment, column::TIME)?;
                let key = |row| (times.int(row), segment.id, row as u32);
                Ok(rows.iter().map(key).collect::<Vec<_>>())
            })?;
            found.extend(runs.into_iter().flatten());
            found.sort_unstable();
            self.scan.check()?;
        }
        let more = found.len() > count || looked_at < segments.len();
        let first = found.into_iter().take(count);
        let refs = first.map(|(_, segment, row)| RecordRef { segment, row });
        Ok(RecordMatches {
            refs: refs.collect(),
            more,
        })
    }

    /// Matching spans. By duration, equal ones come oldest first either way; by start as [`Self::find`].
    pub fn find_spans(
        &self,
        order: SpanOrder,
        descending: bool,
    ) -> Result<SpanMatches, StoreError> {
        let longest = AtomicI64::new(0);
        let reversed = order == SpanOrder::Start && descending;
        let refs = self.sorted(reversed, |scanner, segment, found| {
            let times = scanner.required(self.scan.shared, segment, column::TIME)?;
            let durations = scanner.required(self.scan.shared, segment, column::DURATION)?;
            let most = found.iter().map(|row| durations.int(row)).max();
            longest.fetch_max(most.unwrap_or(0), Ordering::Relaxed);
            Ok(move |row| {
                let rank = match (order, descending) {
                    (SpanOrder::Start, _) => 0,
                    (SpanOrder::Duration, false) => durations.int(row),
                    // The complement of an integer sorts the other way around, without an exception.
                    (SpanOrder::Duration, true) => !durations.int(row),
                };
                (rank, times.int(row))
            })
        })?;
        let longest = longest.into_inner();
        Ok(SpanMatches { refs, longest })
    }

    /// Matching records by what `key_of` a segment gives for its rows, equal ones in order of import, or all of that
    /// the other way around.
    fn sorted<K: Ord + Copy + Send, F: Fn(usize) -> K>(
        &self,
        reversed: bool,
        key_of: impl Fn(&Scanner, &Segment, &Bits) -> Result<F, Trouble> + Sync,
    ) -> Result<Arc<[RecordRef]>, StoreError> {
        let mut runs = self.each(|scanner, segment, found| {
            let key = key_of(scanner, segment, &found)?;
            // Segments are listed by id, so their place sorts as the id does in half the space.
            let by_id = self
                .segments
                .binary_search_by_key(&segment.id, |segment| segment.id);
            let place = by_id.map_err(|_| Trouble::Damaged)? as u32;
            let mut run: Vec<(K, u32, u32)> = found
                .iter()
                .map(|row| (key(row), place, row as u32))
                .collect();
            run.sort_unstable();
            Ok(run)
        })?;
        self.scan.check()?;
        runs.sort_unstable_by_key(|run| run.first().map(|(key, ..)| *key));
        let mut all = Vec::with_capacity(runs.iter().map(Vec::len).sum());
        // Each run is given back as soon as it is taken over: there may be millions of records.
        for run in runs {
            all.extend(run);
        }
        // Sorting finds the runs that are in order already, which for logs are nearly all there is.
        all.sort();
        self.scan.check()?;
        let at = |(_, place, row): (K, u32, u32)| RecordRef {
            segment: self
                .segments
                .get(place as usize)
                .map_or(0, |segment| segment.id),
            row,
        };
        Ok(if reversed {
            all.into_iter().rev().map(at).collect()
        } else {
            all.into_iter().map(at).collect()
        })
    }

    pub fn histogram(&self, buckets: usize) -> Result<Histogram, StoreError> {
        let shared = self.scan.shared;
        let found = self.each(|scanner, segment, found| {
            let times = scanner.required(shared, segment, column::TIME)?;
            let extent = found
                .iter()
                .map(|row| times.int(row))
                .fold(NO_EXTENT, |extent, time| widest(extent, (time, time)));
            Ok((segment.id, found, extent))
        })?;
        let all = found.iter().map(|(_, _, extent)| *extent).reduce(widest);
        let Some(range) = self.covered(all) else {
            return Ok(Histogram::default());
        };
        let buckets = buckets.max(1);
        let parts = self.scan.each(&found, |scanner, (id, found, _)| {
            let segment = self.segment(*id)?;
            self.bucket_counts(scanner, segment, found, range, buckets)
        })?;
        let mut sum = vec![Bucket::default(); buckets];
        for part in parts {
            for (bucket, added) in sum.iter_mut().zip(part) {
                for (count, more) in bucket.counts.iter_mut().zip(added.counts) {
                    *count += more;
                }
            }
        }
        Ok(Histogram {
            range,
            buckets: sum,
        })
    }

    /// The time to cut: the range asked for, its open ends closed by the first and the last record there are.
    pub fn covered(&self, times: Option<(i64, i64)>) -> Option<TimeRange> {
        let whole = times.map(|(first, last)| TimeRange {
            start: Nanos(first),
            end: Nanos(last) + 1,
        });
        let (Some(range), Some(whole)) = (self.range, whole) else {
            return self.range.or(whole);
        };
        let closed = |end: Nanos, open: i64, by: Nanos| if end.0 == open { by } else { end };
        Some(TimeRange {
            start: closed(range.start, i64::MIN, whole.start),
            end: closed(range.end, i64::MAX, whole.end),
        })
    }

    /// A segment of the search by its id.
    pub fn segment(&self, id: u32) -> Result<&Segment, Trouble> {
        let segment = self.segments.iter().find(|segment| segment.id == id);
        segment.ok_or(Trouble::Damaged)
    }

    fn bucket_counts(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        found: &Bits,
        range: TimeRange,
        buckets: usize,
    ) -> Result<Vec<Bucket>, Trouble> {
        let shared = self.scan.shared;
        let times = scanner.required(shared, segment, column::TIME)?;
        let (class_column, class): (_, fn(&str) -> usize) = match self.kind {
            RecordKind::Log => (column::LEVEL, log_class),
            RecordKind::Span => (column::STATUS, span_class),
        };
        let mut classes = vec![0u8; segment.rows];
        if let Some(column) = scanner.column(shared, segment, class_column)?
            && let Column::Dictionary(dictionary) = column.as_ref()
        {
            let of_value = |value: ValueRef| class(value.text().unwrap_or_default()) as u8;
            let of_code: Vec<u8> = dictionary.values.iter().map(of_value).collect();
            dictionary.visit(found, |row, code| {
                if let (Some(place), Some(class)) =
                    (classes.get_mut(row), of_code.get(code as usize))
                {
                    *place = *class;
                }
            });
        }
        let mut counts = vec![Bucket::default(); buckets];
        for row in found.iter() {
            let bucket = bucket_of(times.int(row), range, buckets);
            let class = classes.get(row).copied().unwrap_or_default();
            counts[bucket].counts[usize::from(class)] += 1;
        }
        Ok(counts)
    }
}

/// The least and the greatest of no numbers.
pub(super) const NO_EXTENT: (i64, i64) = (i64::MAX, i64::MIN);

/// The least and the greatest of the numbers of both.
pub(super) fn widest((min, max): (i64, i64), (least, greatest): (i64, i64)) -> (i64, i64) {
    (min.min(least), max.max(greatest))
}

/// The rows that failed: spans that ended with an error, log records that are errors or worse.
pub(super) fn failed_rows(
    scanner: &Scanner,
    shared: &Shared,
    segment: &Segment,
) -> Result<Bits, Trouble> {
    let (name, bad): (_, &[&str]) = match segment.kind {
        RecordKind::Span => (column::STATUS, &["error"]),
        RecordKind::Log => (column::LEVEL, &["error", "fatal"]),
    };
    let column = scanner.column(shared, segment, name)?;
    let Some(Column::Dictionary(dictionary)) = column.as_deref() else {
        return Ok(Bits::none(segment.rows));
    };
    let is_bad = |value: ValueRef| value.text().is_some_and(|text| bad.contains(&text));
    let marks: Vec<bool> = dictionary.values.iter().map(is_bad).collect();
    Ok(dictionary.rows_where(&marks, segment.rows))
}

/// Which of so many equal shares of a range an instant lies in.
pub(super) fn bucket_of(time: i64, range: TimeRange, buckets: usize) -> usize {
    let length = (i128::from(range.end.0) - i128::from(range.start.0)).max(1) as u128;
    let into = (i128::from(time) - i128::from(range.start.0)).max(0) as u128;
    // Numbers of 64 bits where they suffice: dividing wider ones is slow.
    let bucket = match (
        u64::try_from(into)
            .ok()
            .and_then(|into| into.checked_mul(buckets as u64)),
        u64::try_from(length),
    ) {
        (Some(scaled), Ok(length)) => (scaled / length) as usize,
        _ => (into * buckets as u128 / length) as usize,
    };
    bucket.min(buckets - 1)
}

fn log_class(level: &str) -> usize {
    LEVELS.iter().position(|known| *known == level).unwrap_or(0)
}

fn span_class(status: &str) -> usize {
    if status == "error" { 5 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_equal_shares_even_of_all_time() {
        let range = TimeRange {
            start: Nanos(100),
            end: Nanos(110),
        };
        let places: Vec<usize> = (100..110).map(|time| bucket_of(time, range, 5)).collect();
        assert_eq!(places, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
        let all = TimeRange {
            start: Nanos(i64::MIN),
            end: Nanos(i64::MAX),
        };
        assert_eq!(bucket_of(i64::MIN, all, 4), 0);
        assert_eq!(bucket_of(0, all, 4), 2);
        assert_eq!(bucket_of(i64::MAX, all, 4), 3);
    }
}
