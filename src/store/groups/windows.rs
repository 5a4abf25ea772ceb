//! Aggregates over windows of time that slide: what a rule that is evaluated every minute would have seen.
//!
//! One pass over the records puts what aggregates are made of into minutes; windows are then put together from minutes.
//! All is exact, percentiles and numbers of different values too.

use super::block::Blocks;
use super::measures::{Measures, Results};
use super::state::{States, Sum, percentile, widen};
use super::table::Table;
use crate::model::{TimeRange, Value};
use crate::query::{Aggregate, Expr};
use crate::store::scan::{Scan, Scanner};
use crate::store::search::Search;
use crate::store::{Filter, RecordKind, StoreError};
use hashbrown::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// A minute in nanoseconds: what windows are made of.
pub const MINUTE: i64 = 60_000_000_000;

/// Most minutes times searches: some 400 days of a dozen rules.
const MOST_CELLS: usize = 1 << 23;

/// Minutes of a window up to which its percentile is selected among its values; beyond, values are sorted once a minute.
const FEW_MINUTES: usize = 15;

/// What is computed over windows, and over which.
#[derive(Clone, Debug, PartialEq)]
pub struct Sliding {
    /// Which records.
    pub search: Expr,
    /// What is computed over those of each window.
    pub aggregate: Aggregate,
    /// How long a window is, in minutes.
    pub length: usize,
    /// Minutes from one window to the next; windows end at multiples of it since the epoch.
    pub step: usize,
}

/// The values of windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Windows {
    /// When the first window ends, in minutes since the epoch.
    pub first_end: i64,
    /// Minutes from one to the next.
    pub step: usize,
    /// The aggregate over each window; NaN where there is nothing to compute it of.
    pub values: Vec<f64>,
    /// Records in each window.
    pub counts: Vec<u64>,
}

/// Questions with one search: what they need of a record is read once.
struct Task<'a> {
    search: Search<'a>,
    measures: Measures,
    empty: Table,
    asked: Vec<usize>,
    tables: Mutex<Vec<Table>>,
}

/// See [`crate::store::Reader::windows`].
pub fn windows(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    range: TimeRange,
    asked: &[Sliding],
) -> Result<Vec<Windows>, StoreError> {
    let start = range.start.0.div_euclid(MINUTE);
    let end = range.end.0.saturating_sub(1).div_euclid(MINUTE) + 1;
    let minutes = usize::try_from(end - start).unwrap_or(0).max(1);
    let searches = tasks_of(asked);
    if minutes.saturating_mul(searches.len()) > MOST_CELLS {
        let reason = "the records lie too far apart for so many rules; choose a shorter range";
        return Err(StoreError::failed("compute values over time", reason));
    }
    let mut tasks = tasks(scan, scanner, kind, range, asked, searches, minutes)?;
    gather(scan, scanner, kind, &tasks, start, minutes)?;
    let mut merged = Vec::with_capacity(tasks.len());
    for task in &mut tasks {
        scan.check()?;
        let tables = std::mem::take(
            task.tables
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let mut tables = tables.into_iter();
        let mut sum = tables.next().unwrap_or_else(|| task.empty.clone());
        tables.for_each(|table| sum.absorb(table));
        if task.asked.iter().any(|at| asked[*at].length > FEW_MINUTES) {
            sort_values(&mut sum.states);
        }
        merged.push(sum);
    }
    let place = |at: usize| {
        let task = tasks.iter().position(|task| task.asked.contains(&at));
        let task = task.unwrap_or(0);
        (at, task)
    };
    let places: Vec<(usize, usize)> = (0..asked.len()).map(place).collect();
    scan.each(&places, |_, (at, task)| {
        let sliding = Slider {
            measures: &tasks[*task].measures,
            table: &merged[*task],
            have_durations: kind == RecordKind::Span,
            minutes,
        };
        let own = tasks[*task].asked.iter().position(|own| own == at);
        Ok(sliding.windows(&asked[*at], own.unwrap_or(0), start))
    })
}

/// The different searches, with the places of the questions that ask each.
fn tasks_of(asked: &[Sliding]) -> Vec<(&Expr, Vec<usize>)> {
    let mut searches: Vec<(&Expr, Vec<usize>)> = Vec::new();
    for (at, sliding) in asked.iter().enumerate() {
        match searches
            .iter_mut()
            .find(|(known, _)| **known == sliding.search)
        {
            Some((_, places)) => places.push(at),
            None => searches.push((&sliding.search, vec![at])),
        }
    }
    searches
}

fn tasks<'a>(
    scan: &'a Scan<'a>,
    scanner: &Scanner,
    kind: RecordKind,
    range: TimeRange,
    asked: &[Sliding],
    searches: Vec<(&Expr, Vec<usize>)>,
    minutes: usize,
) -> Result<Vec<Task<'a>>, StoreError> {
    let task = |(search, places): (&Expr, Vec<usize>)| {
        let filter = Filter {
            search: search.clone(),
            range: Some(range),
        };
        let aggregates = places.iter().map(|at| asked[*at].aggregate.clone());
        let measures = Measures::new(&[], &aggregates.collect::<Vec<_>>());
        Ok(Task {
            search: Search::new(scan, scanner, kind, &filter)?,
            empty: Table::of_groups(&measures, &[Vec::new()], minutes),
            measures,
            asked: places,
            tables: Mutex::default(),
        })
    };
    searches.into_iter().map(task).collect()
}

/// Puts the records of every segment into the minutes of every task.
fn gather(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    tasks: &[Task],
    start: i64,
    minutes: usize,
) -> Result<(), StoreError> {
    let Some(first) = tasks.first() else {
        return Ok(());
    };
    let resources = scan.shared.resources(scanner)?;
    let blocks = |task: &Task| Blocks::new(scan.shared, &resources, kind, &task.measures);
    let blocks: Vec<Blocks> = tasks.iter().map(blocks).collect();
    // What is imported between the first search and the last is left for the next time.
    let _: Vec<()> = scan.each(&first.search.segments, |scanner, segment| {
        for (task, blocks) in tasks.iter().zip(&blocks) {
            let found = task.search.rows(scanner, segment)?;
            if found.is_empty() {
                continue;
            }
            let block = blocks.read(scanner, segment, &found)?;
            let idle = || task.tables.lock().unwrap_or_else(PoisonError::into_inner);
            let table = idle().pop();
            let mut table = table.unwrap_or_else(|| task.empty.clone());
            table.add(&block, 0, &task.measures, |time| {
                let minute = time.div_euclid(MINUTE) - start;
                usize::try_from(minute).unwrap_or(0).min(minutes - 1)
            });
            idle().push(table);
        }
        Ok(())
    })?;
    scan.check()
}

fn sort_values(states: &mut [States]) {
    for state in states {
        if let States::Values(lists) = state {
            lists
                .iter_mut()
                .for_each(|values| values.sort_unstable_by(f64::total_cmp));
        }
    }
}

/// Puts windows together from minutes.
struct Slider<'a> {
    measures: &'a Measures,
    table: &'a Table,
    have_durations: bool,
    minutes: usize,
}

impl Slider<'_> {
    /// `place` is that of the aggregate among those of the task.
    fn windows(&self, asked: &Sliding, place: usize, start: i64) -> Windows {
        let (length, step) = (asked.length.max(1), asked.step.max(1));
        let wide = step as i64;
        let first_end = start.div_euclid(wide) * wide + wide;
        let end = start + self.minutes as i64;
        let number = (end - first_end).max(0).div_euclid(wide)
            + i64::from((end - first_end).rem_euclid(wide) > 0);
        let cut = |at: i64| {
            let end = first_end + at * wide - start;
            let begin = (end - length as i64).max(0) as usize;
            begin..(end.max(0) as usize).min(self.minutes)
        };
        let cuts: Vec<Range<usize>> = (0..=number).map(cut).collect();
        let counts = summed(&self.table.counts, &cuts);
        let values = match &asked.aggregate {
            Aggregate::Percentile(percent, _) => {
                self.percentiles(place, percent.share(), length, &cuts)
            }
            _ => self.others(place, &cuts, &counts, length),
        };
        Windows {
            first_end,
            step,
            values,
            counts,
        }
    }

    fn others(
        &self,
        place: usize,
        cuts: &[Range<usize>],
        counts: &[u64],
        length: usize,
    ) -> Vec<f64> {
        let used = self.measures.places(place);
        let states = self
            .measures
            .list
            .iter()
            .zip(&self.table.states)
            .enumerate();
        let mut states: Vec<States> = states
            .map(|(at, (measure, state))| match used.contains(&Some(at)) {
                true => slid(state, cuts),
                false => measure.states(),
            })
            .collect();
        let mut results = Results {
            measures: self.measures,
            states: &mut states,
            counts,
            have_durations: self.have_durations,
            time: Some(length as f64 * MINUTE as f64),
        };
        let mut value = |window| number(&results.value(place, window));
        (0..cuts.len()).map(&mut value).collect()
    }

    fn percentiles(
        &self,
        place: usize,
        share: f64,
        length: usize,
        cuts: &[Range<usize>],
    ) -> Vec<f64> {
        let at = self.measures.places(place)[0];
        let Some(States::Values(lists)) = at.and_then(|at| self.table.states.get(at)) else {
            return vec![f64::NAN; cuts.len()];
        };
        let mut room = Vec::new();
        let value = |cut: &Range<usize>| {
            let minutes = lists.get(cut.clone()).unwrap_or_default();
            if length > FEW_MINUTES {
                return percentile_of_sorted(minutes, share);
            }
            room.clear();
            minutes
                .iter()
                .for_each(|values| room.extend_from_slice(values));
            number(&percentile(&mut room, share))
        };
        cuts.iter().map(value).collect()
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// Sums over windows, from the sums up to each minute.
fn summed(minutes: &[u64], cuts: &[Range<usize>]) -> Vec<u64> {
    let mut until = vec![0u64];
    let mut sum = 0;
    until.extend(minutes.iter().map(|count| {
        sum += count;
        sum
    }));
    let at = |minute: usize| until.get(minute).copied().unwrap_or(sum);
    cuts.iter().map(|cut| at(cut.end) - at(cut.start)).collect()
}

/// What is kept of windows, from what is kept of minutes. Of sets only their sizes.
fn slid(minutes: &States, cuts: &[Range<usize>]) -> States {
    match minutes {
        States::Counts(counts) => States::Counts(summed(counts, cuts)),
        States::Sums(sums) => {
            let joined = |cut: &Range<usize>| {
                let mut all = Sum::default();
                let some = sums.get(cut.clone()).unwrap_or_default();
                some.iter().for_each(|sum| all.join(*sum));
                all
            };
            States::Sums(cuts.iter().map(joined).collect())
        }
        States::Extremes(list) => {
            let joined = |cut: &Range<usize>| {
                let mut all = None;
                for (least, most) in list.get(cut.clone()).unwrap_or_default().iter().flatten() {
                    widen(&mut all, *least);
                    widen(&mut all, *most);
                }
                all
            };
            States::Extremes(cuts.iter().map(joined).collect())
        }
        States::Values(_) => States::Values(Vec::new()),
        States::Sets(sets) => {
            let mut held: HashMap<u32, u32> = HashMap::new();
            let mut now = 0..0;
            let mut sizes = Vec::with_capacity(cuts.len());
            for cut in cuts {
                for id in sets
                    .get(now.end..cut.end.max(now.end))
                    .into_iter()
                    .flatten()
                    .flatten()
                {
                    *held.entry(*id).or_default() += 1;
                }
                for id in sets
                    .get(now.start..cut.start)
                    .into_iter()
                    .flatten()
                    .flatten()
                {
                    if let Some(times) = held.get_mut(id) {
                        *times -= 1;
                        if *times == 0 {
                            held.remove(id);
                        }
                    }
                }
                now = cut.start..cut.end.max(now.end);
                sizes.push(held.len() as u64);
            }
            States::Counts(sizes)
        }
    }
}

/// As [`percentile`] over sorted lists together, by halving the range of the value that is looked for.
fn percentile_of_sorted(lists: &[Vec<f64>], share: f64) -> f64 {
    let count: usize = lists.iter().map(Vec::len).sum();
    let Some(last) = count.checked_sub(1) else {
        return f64::NAN;
    };
    let rank = last as f64 * share;
    let below = (rank.floor() as usize).min(last);
    let up_to = |key: u64| {
        let own = |list: &Vec<f64>| list.partition_point(|value| key_of(*value) <= key);
        lists.iter().map(own).sum::<usize>()
    };
    let (mut low, mut high) = (u64::MAX, 0);
    for list in lists {
        if let (Some(first), Some(last)) = (list.first(), list.last()) {
            (low, high) = (low.min(key_of(*first)), high.max(key_of(*last)));
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        match up_to(middle) > below {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    let found = |list: &Vec<f64>| {
        let at = list.partition_point(|value| key_of(*value) < low);
        list.get(at).copied().filter(|value| key_of(*value) == low)
    };
    let value = lists.iter().find_map(found).unwrap_or(f64::NAN);
    let part = rank - below as f64;
    if part <= 0.0 || up_to(low) > below + 1 {
        return value;
    }
    let above = |list: &Vec<f64>| {
        list.get(list.partition_point(|value| key_of(*value) <= low))
            .copied()
    };
    match lists.iter().filter_map(above).min_by(f64::total_cmp) {
        Some(next) => value + (next - value) * part,
        None => value,
    }
}

/// A number that sorts as the float does.
fn key_of(value: f64) -> u64 {
    let bits = value.to_bits();
    bits ^ (((bits as i64 >> 63) as u64) | (1 << 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn percentiles_of_sorted_lists_are_those_of_all_values(
            lists in prop::collection::vec(prop::collection::vec(-50i32..50, 0..9), 0..6),
            share in 0.0f64..=1.0,
        ) {
            let mut lists: Vec<Vec<f64>> = lists.iter().map(|list| list.iter().map(|n| f64::from(*n) / 4.0).collect()).collect();
            let mut all: Vec<f64> = lists.concat();
            lists.iter_mut().for_each(|list| list.sort_unstable_by(f64::total_cmp));
            let expected = number(&percentile(&mut all, share));
            let found = percentile_of_sorted(&lists, share);
            prop_assert!(found == expected || found.is_nan() && expected.is_nan(), "{found} {expected}");
        }
    }

    #[test]
    fn sets_slide() {
        let sets: Vec<hashbrown::HashSet<u32>> = [&[1u32, 2][..], &[2], &[], &[3]]
            .iter()
            .map(|ids| ids.iter().copied().collect())
            .collect();
        let cuts = [0..1, 0..2, 1..3, 2..4, 3..4];
        let States::Counts(sizes) = slid(&States::Sets(sets), &cuts) else {
            panic!("sizes are counts");
        };
        assert_eq!(sizes, [2, 2, 1, 1, 1]);
        assert_eq!(summed(&[5, 0, 7, 1], &cuts), [5, 5, 7, 8, 1]);
    }
}
