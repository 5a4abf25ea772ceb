//! Backlogs over time: how many messages waited, and where that leads.
//!
//! What waits rises by one when a message is put in and falls by one when its processing begins. Messages that were there
//! before the first recorded one show in that more is taken out than was put in; the least number of them that explains that
//! is taken as there at the start; where that is more than half of all, the producer was not
//! recorded, and what waits is null; likewise where nothing is taken out at all. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `destination` | the queue |
//! | `published, processed` | how many were put in and taken out |
//! | `before` | messages that must have been there at the start |
//! | `waiting` | how many waited at the end |
//! | `peak, peak_at` | the most that waited at one time, and when first |
//! | `published_pm, processed_pm` | a minute of the second half of the time looked at |
//! | `growth_pm` | the former less the latter: more wait each minute; below zero fewer |
//! | `in_an_hour` | how many will wait in an hour at this pace; null unless publishing outruns processing |
//! | `empty_in` | when nothing waits any more at this pace, nanoseconds; null unless processing outruns publishing and something waits |
//! | `first_wait, last_wait` | the mean time in queue of the first and of the last quarter of what was processed |
//! | `levels` | how many waited at the end of each of 32 equal shares of the time, by when the share ends |
//! | `finding` | what that means, in words |
//!
//! Of one pace against another something is said only if the difference is at least [`SURE`] standard deviations of what chance
//! makes of it: √(published + processed), as of two independent Poisson counts.

use super::messages::Messages;
use crate::insights::family::Family;
use crate::insights::measure::{mean, per_minute};
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::human::{self, Clock};
use crate::model::{CancelToken, Nanos, TimeRange};
use crate::store::{Reader, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

/// Standard deviations that make a difference of paces sure.
const SURE: f64 = 2.0;
/// How many times as long the last messages wait as the first for that to be said.
const LONGER: f64 = 2.0;
/// Messages below which waits are not compared.
const FEW: usize = 8;
/// Shares of the time.
const SHARES: usize = 32;
const MINUTE: f64 = 60e9;

const COLUMNS: [Column; 15] = [
    column("destination", "Destination", Unit::Text),
    column("published", "Published", Unit::Count),
    column("processed", "Processed", Unit::Count),
    detail("before", "There before", Unit::Count),
    column("waiting", "Waiting", Unit::Count),
    column("peak", "Peak", Unit::Count),
    detail("peak_at", "Peak at", Unit::Time),
    detail("published_pm", "Published a minute", Unit::PerMinute),
    detail("processed_pm", "Processed a minute", Unit::PerMinute),
    column("growth_pm", "Growth a minute", Unit::PerMinute),
    column("in_an_hour", "In an hour", Unit::Count),
    column("empty_in", "Empty in", Unit::Duration),
    column("first_wait", "First waits", Unit::Duration),
    column("last_wait", "Last waits", Unit::Duration),
    detail("levels", "Waiting over time", Unit::Counts),
];
const FINDING: Column = column("finding", "Finding", Unit::Text);

/// What went through one queue: when, and of what was taken out how long it waited.
#[derive(Default)]
struct Flow {
    published: Vec<i64>,
    processed: Vec<(i64, Option<i64>)>,
}

/// How many waited.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Levels {
    before: u64,
    waiting: u64,
    peak: u64,
    peak_at: i64,
    shares: Vec<(i64, u64)>,
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let messages = Messages::read(reader, asked, family, cancel)?;
    let time = asked.time(reader, cancel)?;
    let mut flows: HashMap<Arc<str>, Flow> = HashMap::new();
    for message in &messages.all {
        let name = messages.text(message.destination);
        let flow = flows.entry(name).or_default();
        match message.is_published {
            true => flow.published.push(message.start),
            false => {
                let waited = messages.waited(message, family);
                flow.processed.push((message.start, waited));
            }
        }
    }
    let rows = flows
        .into_iter()
        .filter_map(|(name, flow)| Some(flow.cells(&name, time?)));
    let mut table = Table {
        module: Module::Queues,
        rows: rows.collect(),
        columns: COLUMNS.into_iter().chain([FINDING]).collect(),
        time,
        notes: Vec::new(),
    };
    let order = table.column("peak").unwrap_or_default();
    table.sort(order, true);
    Ok(table)
}

impl Flow {
    fn cells(mut self, name: &Arc<str>, time: TimeRange) -> Vec<Cell> {
        self.published.sort_unstable();
        self.processed.sort_unstable();
        let taken: Vec<i64> = self.processed.iter().map(|(time, _)| *time).collect();
        let levels = levels(&self.published, &taken, time);
        let pace = Pace::of(&self.published, &taken, time);
        let waits: Vec<i64> = self
            .processed
            .iter()
            .filter_map(|(_, wait)| *wait)
            .collect();
        let [first, last] = quarters(&waits);
        let hour = pace.is_growing().then(|| {
            let more = pace.growth() * 60.0;
            Cell::count(levels.waiting + more.round() as u64)
        });
        let empty = (pace.is_falling() && levels.waiting > 0)
            .then(|| Cell::Int((levels.waiting as f64 / -pace.growth() * MINUTE).round() as i64));
        // Where most of one end was not recorded, nothing can be said of what waits.
        let lacks_producer = levels.before * 2 > taken.len() as u64;
        let lacks_consumer = taken.is_empty();
        let is_known = !lacks_producer && !lacks_consumer;
        let known = |cell: Cell| if is_known { cell } else { Cell::None };
        let finding = match (lacks_producer, lacks_consumer) {
            (true, _) => Some("whoever puts messages in was not recorded".to_owned()),
            (_, true) => Some("nobody was recorded taking messages out".to_owned()),
            _ => finding(&levels, &pace, [first, last]),
        };
        let at = |time: i64| human::date_time(Nanos(time), Clock::Utc);
        let shares = levels.shares.iter();
        vec![
            Cell::text(name),
            Cell::count(self.published.len() as u64),
            Cell::count(taken.len() as u64),
            Cell::count(levels.before),
            known(Cell::count(levels.waiting)),
            known(Cell::count(levels.peak)),
            known(Cell::Int(levels.peak_at)),
            Cell::Float(pace.published),
            Cell::Float(pace.processed),
            known(Cell::Float(pace.growth())),
            known(hour.unwrap_or(Cell::None)),
            known(empty.unwrap_or(Cell::None)),
            Cell::int(first),
            Cell::int(last),
            known(Cell::Counts(
                shares
                    .map(|(time, level)| (at(*time).into(), *level))
                    .collect(),
            )),
            finding.map_or(Cell::None, |finding| Cell::Text(finding.into())),
        ]
    }
}

/// How many waited over time, of sorted times of putting in and of taking out. O(n).
fn levels(published: &[i64], processed: &[i64], time: TimeRange) -> Levels {
    let mut steps: Vec<(i64, i64)> = published.iter().map(|time| (*time, 1)).collect();
    steps.extend(processed.iter().map(|time| (*time, -1)));
    // At one instant what is put in comes first.
    steps.sort_unstable_by_key(|(time, step)| (*time, -step));
    let sums = steps.iter().scan(0i64, |level, (_, step)| {
        *level += step;
        Some(*level)
    });
    let before = -sums.min().unwrap_or(0).min(0);
    let mut levels = Levels {
        before: before as u64,
        waiting: before as u64,
        peak: before as u64,
        peak_at: time.start.0,
        shares: Vec::with_capacity(SHARES),
    };
    let mut level = before;
    let mut next = steps.iter().copied().peekable();
    for share in 0..SHARES {
        let end = time.shares(share..share + 1, SHARES).end.0;
        let is_last = share + 1 == SHARES;
        while let Some((at, step)) = next.next_if(|(at, _)| *at < end || is_last) {
            level += step;
            if level > levels.peak as i64 {
                levels.peak = level as u64;
                levels.peak_at = at;
            }
        }
        levels.shares.push((end, level as u64));
    }
    levels.waiting = level as u64;
    levels
}

/// How much is put in and taken out a minute, by the second half of the time.
struct Pace {
    published: f64,
    processed: f64,
    counts: [u64; 2],
}

impl Pace {
    /// Of sorted times.
    fn of(published: &[i64], processed: &[i64], time: TimeRange) -> Self {
        let half = time.shares(1..2, 2);
        let since = |times: &[i64]| {
            (times.len() - times.partition_point(|time| *time < half.start.0)) as u64
        };
        let counts = [since(published), since(processed)];
        let [published, processed] =
            counts.map(|count| per_minute(count, Some(half)).unwrap_or(0.0));
        Self {
            published,
            processed,
            counts,
        }
    }

    fn growth(&self) -> f64 {
        self.published - self.processed
    }

    /// By how many standard deviations of chance more is put in than taken out.
    fn deviations(&self) -> f64 {
        let [published, processed] = self.counts.map(|count| count as f64);
        (published - processed) / (published + processed).sqrt().max(1.0)
    }

    fn is_growing(&self) -> bool {
        self.deviations() >= SURE
    }

    fn is_falling(&self) -> bool {
        self.deviations() <= -SURE
    }
}

/// The means of the first and the last quarter; none of a few.
fn quarters(waits: &[i64]) -> [Option<i64>; 2] {
    if waits.len() < FEW {
        return [None, None];
    }
    let quarter = waits.len() / 4;
    let of = |waits: &[i64]| {
        mean(
            waits.iter().map(|wait| i128::from(*wait)).sum(),
            waits.len() as u64,
        )
    };
    [of(&waits[..quarter]), of(&waits[waits.len() - quarter..])]
}

fn finding(levels: &Levels, pace: &Pace, [first, last]: [Option<i64>; 2]) -> Option<String> {
    if pace.is_growing() {
        let hour = levels.waiting as f64 + pace.growth() * 60.0;
        return Some(format!(
            "publishing outruns processing by {:.1} a minute: {} wait, {} in an hour",
            pace.growth(),
            human::grouped(levels.waiting),
            human::grouped(hour.round() as u64)
        ));
    }
    let (first, last) = (first?, last?);
    (last as f64 >= LONGER * first as f64 && last > 0).then(|| {
        format!(
            "messages wait longer and longer: {} at first, {} at last",
            human::duration(first),
            human::duration(last)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(end: i64) -> TimeRange {
        TimeRange {
            start: Nanos(0),
            end: Nanos(end),
        }
    }

    #[test]
    fn what_waits_rises_and_falls() {
        let found = levels(&[0, 10, 20, 30], &[15, 40], time(64));
        assert_eq!(
            (found.before, found.waiting, found.peak, found.peak_at),
            (0, 2, 3, 30)
        );
        let at = |end: i64| {
            found
                .shares
                .iter()
                .find(|(time, _)| *time == end)
                .map(|share| share.1)
        };
        assert_eq!([2, 12, 16, 32, 64].map(at), [1, 2, 1, 3, 2].map(Some));

        // Two that were there already are taken out first.
        let found = levels(&[30], &[10, 20, 40], time(64));
        assert_eq!(
            (found.before, found.waiting, found.peak, found.peak_at),
            (2, 0, 2, 0)
        );
        assert_eq!(levels(&[7], &[7], time(64)).before, 0);
        assert_eq!(levels(&[], &[], time(0)).shares.len(), SHARES);
    }

    #[test]
    fn a_pace_is_projected_when_it_is_sure() {
        const MINUTE: i64 = 60_000_000_000;
        let published: Vec<i64> = (0..200).map(|at| at * MINUTE / 50).collect();
        let processed: Vec<i64> = (0..80).map(|at| at * MINUTE / 20).collect();
        let pace = Pace::of(&published, &processed, time(4 * MINUTE));
        assert_eq!((pace.published, pace.processed), (50.0, 20.0));
        assert!(pace.is_growing() && !pace.is_falling());
        let levels = levels(&published, &processed, time(4 * MINUTE));
        assert_eq!(levels.waiting, 120);
        let words = finding(&levels, &pace, [None, None]);
        assert_eq!(
            words.as_deref(),
            Some("publishing outruns processing by 30.0 a minute: 120 wait, 1,920 in an hour")
        );
        let pace = Pace::of(&[0, MINUTE], &[0], time(2 * MINUTE));
        assert!(!pace.is_growing(), "one more is chance");
        let [first, last] = quarters(&[1, 1, 5, 5, 5, 5, 9, 11]);
        assert_eq!((first, last), (Some(1), Some(10)));
        assert!(
            finding(&levels, &pace, [first, last])
                .is_some_and(|words| words.contains("longer and longer"))
        );
        assert_eq!(quarters(&[1, 2]), [None, None]);
    }
}
