//! Jobs that run at regular times: which runs are missing, which are late, and whether they are done before the next.
//!
//! Looked at are transactions that answer nobody: no requests, no pages. A job is periodic when the gaps between the starts of its runs
//! are nearly the same: the median absolute deviation of the gaps from their median, which is taken as the interval, is at most
//! [`EVEN`] of it (that of gaps that are random is 0.69). The median is not moved by runs that are missing. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `job, service` | the transaction and who does it |
//! | `runs, failed` | how many, and how many ended with an error |
//! | `interval` | from start to start, nanoseconds |
//! | `missed` | runs that are missing between others: a gap of about n intervals lacks n − 1 |
//! | `overdue` | runs that are missing at the end of the time looked at |
//! | `late` | runs that began more than [`LATE`] of the interval after their time |
//! | `avg, max` | of the duration |
//! | `busy` | avg ÷ interval |
//! | `overlaps` | runs that began before the one before was done |
//! | `last_run` | when the last one began |
//! | `finding` | what is wrong, in words |
//! | `slowest` | the longest run |

use crate::insights::measure::Measure;
use crate::insights::table::{column, detail};
use crate::insights::texts::Codes;
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::{CancelToken, TimeRange, human};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

/// Transactions that answer nobody.
const SELECTED: &str = "is_segment:true !op:[http.server, http.client, websocket.server, rpc, pageload, navigation, ui.*]";
const NAMES: &[&[&str]] = &[&["op"], &["name", "description"], &["service"], &["status"]];
const OP: usize = 0;
const NAME: usize = 1;
const SERVICE: usize = 2;
const STATUS: usize = 3;

/// How uneven gaps may be, as a share of the interval.
const EVEN: f64 = 0.1;
/// How late a run may be, as a share of the interval.
const LATE: f64 = 0.25;
/// Runs it takes to see a rhythm: of jobs whose operation says they are periodic, and of others.
const RUNS: [usize; 2] = [4, 6];

const COLUMNS: [Column; 15] = [
    column("job", "Job", Unit::Text),
    column("service", "Service", Unit::Text),
    column("runs", "Runs", Unit::Count),
    column("failed", "Failed", Unit::Count),
    column("interval", "Every", Unit::Duration),
    column("missed", "Missed", Unit::Count),
    column("overdue", "Overdue", Unit::Count),
    column("late", "Late", Unit::Count),
    column("avg", "Average", Unit::Duration),
    detail("max", "Longest", Unit::Duration),
    column("busy", "Of interval", Unit::Share),
    detail("overlaps", "Overlaps", Unit::Count),
    detail("last_run", "Last run", Unit::Time),
    column("finding", "Finding", Unit::Text),
    detail("slowest", "Slowest", Unit::Span),
];

/// What tells jobs apart: name and service.
type Key = (Arc<str>, Arc<str>);

#[derive(Default)]
struct Job {
    measure: Measure,
    /// Starts and durations.
    runs: Vec<(i64, i64)>,
    failed: u64,
    says_so: bool,
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<Table, StoreError> {
    let time = asked.time(reader, cancel)?;
    let filter = asked.spans(SELECTED);
    let parts = reader.work_through_spans(&filter, NAMES, cancel, |columns| jobs(&columns))?;
    let mut all: HashMap<Key, Job> = HashMap::new();
    for (key, job) in parts.into_iter().flatten() {
        let own = all.entry(key).or_default();
        own.measure.absorb(job.measure);
        own.runs.extend(job.runs);
        own.failed += job.failed;
        own.says_so |= job.says_so;
    }
    let rows = all
        .into_iter()
        .filter_map(|(key, job)| job.cells(&key, time?));
    let mut table = Table {
        module: Module::Queues,
        rows: rows.collect(),
        columns: COLUMNS.to_vec(),
        time,
        notes: Vec::new(),
    };
    let order = table.column("runs").unwrap_or_default();
    table.sort(order, true);
    Ok(table)
}

fn jobs(columns: &SpanColumns) -> HashMap<Key, Job> {
    let mut names: [Codes<Arc<str>>; 2] = [NAME, SERVICE].map(|at| Codes::new(columns.codes(at)));
    let mut known: HashMap<[Option<usize>; 3], usize> = HashMap::new();
    let mut found: Vec<(Key, Job)> = Vec::new();
    for row in columns.rows().iter().copied() {
        let codes = [OP, NAME, SERVICE].map(|at| columns.code(at, row));
        let place = *known.entry(codes).or_insert_with(|| {
            let mut text = |at: usize| {
                codes[at].map_or_else(Arc::default, |code| {
                    names[at - 1].get(code, || columns.text(at, code).unwrap_or_default().into())
                })
            };
            let key = (text(NAME), text(SERVICE));
            let op = codes[OP].and_then(|code| columns.text(OP, code));
            let op = op.unwrap_or_default();
            found.push((
                key,
                Job {
                    says_so: op.starts_with("cron") || op.starts_with("schedule"),
                    ..Job::default()
                },
            ));
            found.len() - 1
        });
        let job = &mut found[place].1;
        job.measure.add(columns, row, 0);
        job.runs.push((columns.start(row), columns.duration(row)));
        let status = columns.code(STATUS, row);
        let failed = status.is_some_and(|code| columns.text(STATUS, code) == Some("error"));
        job.failed += u64::from(failed);
    }
    let mut all: HashMap<Key, Job> = HashMap::new();
    for (key, job) in found {
        let own = all.entry(key).or_default();
        own.measure.absorb(job.measure);
        own.runs.extend(job.runs);
        own.failed += job.failed;
        own.says_so |= job.says_so;
    }
    all
}

impl Job {
    fn cells(mut self, (name, service): &Key, time: TimeRange) -> Option<Vec<Cell>> {
        self.runs.sort_unstable();
        let starts: Vec<i64> = self.runs.iter().map(|(start, _)| *start).collect();
        let least = RUNS[usize::from(!self.says_so)];
        let rhythm = rhythm(&starts, least)?;
        let last = starts.last().copied()?;
        let overdue = rhythm.missing(time.end.0.saturating_sub(last));
        let average = self.measure.average()?;
        let overlaps = self.runs.windows(2);
        let overlaps = overlaps.filter(|pair| pair[0].0.saturating_add(pair[0].1) > pair[1].0);
        let overlaps = overlaps.count() as u64;
        let finding = finding(&rhythm, overdue, overlaps, average);
        Some(vec![
            Cell::text(name),
            Cell::text(service),
            Cell::count(starts.len() as u64),
            Cell::count(self.failed),
            Cell::Int(rhythm.interval),
            Cell::count(rhythm.missed),
            Cell::count(overdue),
            Cell::count(rhythm.late),
            Cell::Int(average),
            Cell::int(self.measure.percentile(1.0)),
            Cell::ratio(average as f64, rhythm.interval as f64),
            Cell::count(overlaps),
            Cell::Int(last),
            finding.map_or(Cell::None, |finding| Cell::Text(finding.into())),
            self.measure.longest().map_or(Cell::None, Cell::Span),
        ])
    }
}

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rhythm {
    interval: i64,
    missed: u64,
    late: u64,
}

impl Rhythm {
    /// How many runs are missing in a gap.
    fn missing(&self, gap: i64) -> u64 {
        let intervals = gap as f64 / self.interval as f64;
        (intervals.round() as u64).saturating_sub(1)
    }
}

/// The rhythm of sorted starts, if there is one. O(n).
fn rhythm(starts: &[i64], least: usize) -> Option<Rhythm> {
    if starts.len() < least {
        return None;
    }
    let gaps = || {
        starts
            .windows(2)
            .map(|pair| pair[1].saturating_sub(pair[0]))
    };
    let interval = median(gaps().collect())?;
    let deviations = gaps().map(|gap| (gap - interval).saturating_abs());
    if interval <= 0 || median(deviations.collect())? as f64 > EVEN * interval as f64 {
        return None;
    }
    let mut rhythm = Rhythm {
        interval,
        missed: 0,
        late: 0,
    };
    for gap in gaps() {
        rhythm.missed += rhythm.missing(gap);
        let intervals = gap as f64 / interval as f64;
        let after = intervals - intervals.round().max(1.0);
        rhythm.late += u64::from(after > LATE);
    }
    Some(rhythm)
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1)
}

fn finding(rhythm: &Rhythm, overdue: u64, overlaps: u64, average: i64) -> Option<String> {
    let mut said = Vec::new();
    let mut say = |count: u64, one: &str, many: &str| match count {
        0 => {}
        1 => said.push(format!("1 {one}")),
        count => said.push(format!("{} {many}", human::grouped(count))),
    };
    say(rhythm.missed, "run is missing", "runs are missing");
    say(
        overdue,
        "run is overdue at the end",
        "runs are overdue at the end",
    );
    say(rhythm.late, "run is late", "runs are late");
    say(
        overlaps,
        "run began before the last was done",
        "runs began before the last was done",
    );
    if average >= rhythm.interval {
        said.push("a run takes longer than the interval".to_owned());
    }
    (!said.is_empty()).then(|| said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_and_what_is_out_of_it() {
        let of = |starts: &[i64]| {
            rhythm(starts, 4).map(|rhythm| (rhythm.interval, rhythm.missed, rhythm.late))
        };
        for (starts, expected) in [
            (&[0, 100, 200, 300, 400][..], Some((100, 0, 0))),
            (&[0, 101, 199, 300, 402], Some((101, 0, 0))),
            // The third and fourth are missing.
            (&[0, 100, 400, 500, 600, 700], Some((100, 2, 0))),
            (&[0, 100, 200, 340, 440, 540], Some((100, 0, 1))),
            // Missing one, and late after it.
            (&[0, 100, 200, 300, 540, 640, 740], Some((100, 1, 1))),
            (&[0, 100, 200], None),
            (&[0, 0, 0, 0, 0], None),
            (&[0, 13, 200, 210, 590, 600], None),
        ] {
            assert_eq!(of(starts), expected, "{starts:?}");
        }
        let rhythm = Rhythm {
            interval: 100,
            missed: 0,
            late: 0,
        };
        assert_eq!(
            [0, 99, 149, 151, 350].map(|gap| rhythm.missing(gap)),
            [0, 0, 0, 1, 3]
        );
        assert_eq!(finding(&rhythm, 0, 0, 99), None);
        assert_eq!(
            finding(&rhythm, 2, 1, 100).as_deref(),
            Some(
                "2 runs are overdue at the end; 1 run began before the last was done; a run takes longer than the interval"
            )
        );
    }
}
