//! Time cut into equal stretches: what is computed of all spans is computed of those of each stretch by the same code.

use super::gather::{Groups, Sum};
use crate::model::TimeRange;
use crate::store::SpanColumns;
use std::hash::Hash;

/// The stretches, and what is wanted of each.
#[derive(Clone, Copy, Debug)]
pub struct Over {
    /// From the first to the last; `None` leaves all of it in one.
    time: Option<TimeRange>,
    stretches: usize,
    /// All groups as one.
    merged: bool,
}

impl Over {
    /// All of the time in one stretch.
    pub const WHOLE: Self = Self {
        time: None,
        stretches: 1,
        merged: false,
    };

    /// Equal stretches of a time.
    pub fn new(time: TimeRange, stretches: usize, merged: bool) -> Self {
        Self {
            time: Some(time),
            stretches: stretches.max(1),
            merged,
        }
    }

    /// How many stretches there are.
    pub fn count(&self) -> usize {
        self.stretches
    }

    /// Whether all groups are wanted as one.
    pub fn is_merged(&self) -> bool {
        self.merged
    }

    /// The stretch in which something began.
    pub fn at(&self, start: i64) -> usize {
        let Some(time) = self.time else {
            return 0;
        };
        let length = (i128::from(time.end.0) - i128::from(time.start.0)).max(1);
        let into = i128::from(start) - i128::from(time.start.0);
        let place = (into * self.stretches as i128).div_euclid(length);
        place.clamp(0, self.stretches as i128 - 1) as usize
    }

    /// The time that the rates of each stretch refer to; `all` is that of the whole.
    pub fn times(&self, all: Option<TimeRange>) -> impl Iterator<Item = Option<TimeRange>> {
        let (own, of) = (self.time, self.stretches);
        (0..of).map(move |at| own.map_or(all, |time| Some(time.shares(at..at + 1, of))))
    }

    /// The rows of a segment by their stretches.
    pub(super) fn split(&self, columns: &SpanColumns) -> Vec<(usize, Vec<u32>)> {
        if self.time.is_none() {
            return vec![(0, columns.rows().to_vec())];
        }
        let mut parts = vec![Vec::new(); self.stretches];
        for row in columns.rows().iter().copied() {
            if let Some(part) = parts.get_mut(self.at(columns.start(row))) {
                part.push(row);
            }
        }
        let parts = parts.into_iter().enumerate();
        parts.filter(|(_, rows)| !rows.is_empty()).collect()
    }

    /// Groups as they are wanted: each on its own, or all as one without a name.
    pub(super) fn wanted<K: Eq + Hash + Default, S: Sum>(
        &self,
        groups: Groups<K, S>,
    ) -> Groups<K, S> {
        if !self.merged || groups.is_empty() {
            return groups;
        }
        let mut all = S::default();
        groups.into_values().for_each(|sum| all.absorb(sum));
        [(K::default(), all)].into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Nanos;

    #[test]
    fn a_start_lies_in_the_stretch_that_says_so() {
        let time = TimeRange {
            start: Nanos(100),
            end: Nanos(110),
        };
        let over = Over::new(time, 4, false);
        for start in 100..110 {
            let at = over.at(start);
            let stretch = over.times(None).nth(at).flatten();
            let holds = stretch.is_some_and(|stretch| stretch.contains(Nanos(start)));
            assert!(holds, "{start} in {at}");
        }
        assert_eq!((over.at(0), over.at(500)), (0, 3));
        assert_eq!(Over::WHOLE.at(7), 0);
    }
}
