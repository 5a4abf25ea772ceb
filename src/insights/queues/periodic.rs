//! Jobs that run at regular times: which runs are missing, late, failed or took too long, and whether they are done before the
//! next.
//!
//! A job that reports to a monitor says itself when it is to run ([`monitors`]): its runs are those it told of, held against that
//! [schedule](crate::analysis::schedule). The span of a run is the transaction that its check-ins name. Other jobs are transactions
//! that answer nobody (no requests, no pages) whose starts have a [`rhythm`]; of fewer than [`rhythm::RUNS`] runs, or uneven ones,
//! nothing is said. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `job, service` | the transaction, else the monitor, and who does it |
//! | `schedule` | when it is to run, as its monitor was told |
//! | `runs, failed` | how many, and how many ended with an error |
//! | `timed_out` | runs that took longer than they may, or never told of their end |
//! | `interval` | from start to start, nanoseconds |
//! | `missed` | runs that are missing between others; of a rhythm, a gap of about n intervals lacks n − 1 |
//! | `overdue` | runs that are missing at the end of the time looked at, or of the recording that told of the job |
//! | `late` | runs that began later than the schedule allows, or than [`rhythm::LATE`] of the interval after their time |
//! | `between` | runs at other times than those of the schedule |
//! | `avg, max` | of the duration |
//! | `busy` | avg ÷ interval |
//! | `overlaps` | runs that began before the one before was done |
//! | `last_run` | when the last one began |
//! | `monitor, environment` | what it reports to |
//! | `finding` | what is wrong, in words |
//! | `slowest` | the longest run that has a span |

mod monitors;
mod rhythm;

use crate::insights::measure::Measure;
use crate::insights::table::{column, detail};
use crate::insights::texts::Codes;
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, TimeRange, human};
use crate::store::{Reader, SpanColumns, StoreError};
use hashbrown::{HashMap, HashSet};
use monitors::{End, Monitor};
use std::sync::Arc;

/// Transactions that answer nobody. Of a server span of which nothing else is known, it is known that it answers.
const SELECTED: &str = "is_segment:true !op:[http.server, http.client, websocket.server, rpc, rpc.*, pageload, navigation, ui.*] \
     (!kind:server OR !op:default)";
const NAMES: &[&[&str]] = &[&["name", "description"], &["service"], &["status"]];
const NAME: usize = 0;
const SERVICE: usize = 1;
const STATUS: usize = 2;

const COLUMNS: [Column; 20] = [
    column("job", "Job", Unit::Text),
    column("service", "Service", Unit::Text),
    column("schedule", "Schedule", Unit::Text),
    column("runs", "Runs", Unit::Count),
    column("failed", "Failed", Unit::Count),
    column("timed_out", "Timed out", Unit::Count),
    column("missed", "Missed", Unit::Count),
    column("overdue", "Overdue", Unit::Count),
    column("late", "Late", Unit::Count),
    column("interval", "Every", Unit::Duration),
    column("avg", "Average", Unit::Duration),
    column("busy", "Of interval", Unit::Share),
    column("finding", "Finding", Unit::Text),
    detail("between", "At other times", Unit::Count),
    detail("max", "Longest", Unit::Duration),
    detail("overlaps", "Overlaps", Unit::Count),
    detail("last_run", "Last run", Unit::Time),
    detail("monitor", "Monitor", Unit::Text),
    detail("environment", "Environment", Unit::Text),
    detail("slowest", "Slowest", Unit::Span),
];

/// What tells jobs apart: name and service.
type Key = (Arc<str>, Arc<str>);
/// A span by the store's number of its trace and its id.
type SpanKey = (i64, u64);

#[derive(Default)]
struct Job {
    measure: Measure,
    runs: Vec<Run>,
    failed: u64,
    timed_out: u64,
    monitor: Option<Monitor>,
}

/// A run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    start: i64,
    /// How long it took, or has been running when the recording ends.
    duration: i64,
}

/// The transaction of a run that a monitor was told of.
struct Span {
    key: Key,
    duration: i64,
    failed: bool,
    at: RecordRef,
}

/// What the spans of a segment are.
#[derive(Default)]
struct Part {
    jobs: HashMap<Key, Job>,
    told: Vec<(SpanKey, Span)>,
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(reader: &Reader, asked: &Asked, cancel: &CancelToken) -> Result<Table, StoreError> {
    let (monitors, told) = monitors::monitors(reader, asked, cancel)?;
    let of_spans = asked.time(reader, cancel)?;
    let time = match (of_spans, told) {
        (Some(spans), Some(told)) if asked.filter.range.is_none() => Some(spans.union(told)),
        (spans, told) => spans.or(told),
    };
    let wanted = monitors.iter().flat_map(|monitor| &monitor.runs);
    let wanted: HashSet<SpanKey> = wanted.filter_map(|run| run.at).collect();
    let filter = asked.spans(SELECTED);
    let parts =
        reader.work_through_spans(&filter, NAMES, cancel, |columns| part(&columns, &wanted))?;
    let mut all: HashMap<Key, Job> = HashMap::new();
    let mut spans: HashMap<SpanKey, Span> = HashMap::new();
    for part in parts {
        for (key, job) in part.jobs {
            let own = all.entry(key).or_default();
            own.measure.absorb(job.measure);
            own.runs.extend(job.runs);
            own.failed += job.failed;
        }
        spans.extend(part.told);
    }
    let end = time.map_or(i64::MAX, |time| time.end.0);
    let of_monitors = monitors
        .into_iter()
        .filter_map(|monitor| monitored(monitor, &spans, end));
    let jobs: Vec<(Key, Job)> = of_monitors.chain(all).collect();
    let rows = jobs
        .into_iter()
        .filter_map(|(key, job)| job.cells(&key, time?));
    let table = Table::of(Module::Queues, COLUMNS, rows.collect(), time);
    Ok(table.greatest_first("runs"))
}

fn part(columns: &SpanColumns, wanted: &HashSet<SpanKey>) -> Part {
    let mut names: [Codes<Arc<str>>; 2] = [NAME, SERVICE].map(|at| Codes::new(columns.codes(at)));
    let mut known: HashMap<[Option<usize>; 2], usize> = HashMap::new();
    let mut found: Vec<(Key, Job)> = Vec::new();
    let mut told = Vec::new();
    for row in columns.rows().iter().copied() {
        let codes = [NAME, SERVICE].map(|at| columns.code(at, row));
        let place = *known.entry(codes).or_insert_with(|| {
            let mut text = |at: usize| {
                codes[at].map_or_else(Arc::default, |code| {
                    names[at].get(code, || columns.text(at, code).unwrap_or_default().into())
                })
            };
            found.push(((text(NAME), text(SERVICE)), Job::default()));
            found.len() - 1
        });
        let status = columns.code(STATUS, row);
        let failed = status.is_some_and(|code| columns.text(STATUS, code) == Some("error"));
        let (key, job) = &mut found[place];
        let span = (columns.trace(row), columns.span(row));
        if wanted.contains(&span) {
            let span_of_run = Span {
                key: key.clone(),
                duration: columns.duration(row),
                failed,
                at: columns.at(row),
            };
            told.push((span, span_of_run));
            continue;
        }
        job.measure.add(columns, row, 0);
        job.runs.push(Run {
            start: columns.start(row),
            duration: columns.duration(row),
        });
        job.failed += u64::from(failed);
    }
    let mut jobs: HashMap<Key, Job> = HashMap::new();
    for (key, job) in found {
        let own = jobs.entry(key).or_default();
        own.measure.absorb(job.measure);
        own.runs.extend(job.runs);
        own.failed += job.failed;
    }
    Part { jobs, told }
}

/// The job of a monitor; `None` if none of its runs fits what was asked for. `end` is the end of what was recorded.
fn monitored(mut monitor: Monitor, spans: &HashMap<SpanKey, Span>, end: i64) -> Option<(Key, Job)> {
    let mut key = (monitor.name.clone(), monitor.service.clone());
    let mut job = Job::default();
    let most = monitor
        .schedule
        .as_ref()
        .map(|schedule| schedule.max_runtime);
    let end = end.min(monitor.until);
    for told in std::mem::take(&mut monitor.runs) {
        let span = told.at.and_then(|at| spans.get(&at));
        if !told.fits && span.is_none() {
            continue;
        }
        let known = told.duration.or(span.map(|span| span.duration));
        let duration = known.unwrap_or_else(|| end.saturating_sub(told.start).max(0));
        let is_beyond = most.is_some_and(|most| duration > most);
        job.timed_out += u64::from(told.end == End::TimedOut || is_beyond);
        job.failed += u64::from(match told.end {
            End::Failed => true,
            End::Open => span.is_some_and(|span| span.failed),
            End::Well | End::TimedOut => false,
        });
        let start = told.start;
        job.runs.push(Run { start, duration });
        match (known, span) {
            (Some(duration), Some(span)) => job.measure.take(duration, 0, span.at),
            (Some(duration), None) => job.measure.count_in(duration),
            (None, _) => {}
        }
        if let Some(span) = span {
            key = span.key.clone();
        }
    }
    job.monitor = Some(monitor);
    (!job.runs.is_empty()).then_some((key, job))
}

/// What is out of the order of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Order {
    interval: Option<i64>,
    missed: u64,
    overdue: u64,
    late: u64,
    between: u64,
}

impl Job {
    /// How its runs keep to its schedule; of a job without one, to its rhythm. `None` of a job that is not periodic.
    fn order(&self, end: i64) -> Option<Order> {
        let starts: Vec<i64> = self.runs.iter().map(|run| run.start).collect();
        let last = starts.last().copied()?;
        let schedule = self
            .monitor
            .as_ref()
            .and_then(|monitor| monitor.schedule.as_ref());
        let until = self.monitor.as_ref().map_or(end, |monitor| monitor.until);
        let end = end.min(until);
        if let Some(schedule) = schedule {
            let kept = schedule.kept(&starts, end).unwrap_or_default();
            return Some(Order {
                interval: schedule.interval(last),
                missed: kept.missed,
                overdue: kept.overdue,
                late: kept.late,
                between: kept.between,
            });
        }
        match rhythm::rhythm(&starts) {
            Some(rhythm) => Some(Order {
                interval: Some(rhythm.interval),
                missed: rhythm.missed,
                overdue: rhythm.missing(end.saturating_sub(last)),
                late: rhythm.late,
                between: 0,
            }),
            None => self.monitor.is_some().then(Order::default),
        }
    }

    fn cells(mut self, (name, service): &Key, time: TimeRange) -> Option<Vec<Cell>> {
        self.runs.sort_unstable();
        let order = self.order(time.end.0)?;
        let last = self.runs.last()?.start;
        let average = self.measure.average();
        let overlaps = self.runs.windows(2);
        let overlaps =
            overlaps.filter(|pair| pair[0].start.saturating_add(pair[0].duration) > pair[1].start);
        let overlaps = overlaps.count() as u64;
        let finding = self.finding(&order, overlaps, average);
        let busy = average.zip(order.interval);
        let schedule = self.monitor.as_ref().and_then(|own| own.schedule.as_ref());
        let of_monitor = |text: fn(&Monitor) -> &Arc<str>| {
            self.monitor
                .as_ref()
                .map_or(Cell::None, |own| Cell::text(text(own)))
        };
        Some(vec![
            Cell::text(name),
            Cell::text(service),
            schedule.map_or(Cell::None, |own| Cell::Text(own.words.as_str().into())),
            Cell::count(self.runs.len() as u64),
            Cell::count(self.failed),
            Cell::count(self.timed_out),
            Cell::count(order.missed),
            Cell::count(order.overdue),
            Cell::count(order.late),
            Cell::int(order.interval),
            Cell::int(average),
            busy.map_or(Cell::None, |(average, interval)| {
                Cell::ratio(average as f64, interval as f64)
            }),
            finding.map_or(Cell::None, |finding| Cell::Text(finding.into())),
            Cell::count(order.between),
            Cell::int(self.measure.percentile(1.0)),
            Cell::count(overlaps),
            Cell::Int(last),
            of_monitor(|own| &own.name),
            of_monitor(|own| &own.environment),
            self.measure.longest().map_or(Cell::None, Cell::Span),
        ])
    }

    /// What is wrong, in words. Failures of jobs without a monitor stand in the table of transactions.
    fn finding(&self, order: &Order, overlaps: u64, average: Option<i64>) -> Option<String> {
        let mut said = Vec::new();
        let mut say = |count: u64, one: &str, many: &str| match count {
            0 => {}
            1 => said.push(format!("1 {one}")),
            count => said.push(format!("{} {many}", human::grouped(count))),
        };
        if self.monitor.is_some() {
            say(self.failed, "run failed", "runs failed");
            say(
                self.timed_out,
                "run took longer than it may",
                "runs took longer than they may",
            );
        }
        say(order.missed, "run is missing", "runs are missing");
        say(
            order.overdue,
            "run is overdue at the end",
            "runs are overdue at the end",
        );
        say(order.late, "run is late", "runs are late");
        say(
            order.between,
            "run was at another time than planned",
            "runs were at other times than planned",
        );
        say(
            overlaps,
            "run began before the last was done",
            "runs began before the last was done",
        );
        let is_longer = average.zip(order.interval);
        if is_longer.is_some_and(|(average, interval)| average >= interval) {
            said.push("a run takes longer than the interval".to_owned());
        }
        (!said.is_empty()).then(|| said.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_words() {
        let job = Job {
            failed: 1,
            ..Job::default()
        };
        let order = Order {
            interval: Some(100),
            overdue: 2,
            ..Order::default()
        };
        assert_eq!(job.finding(&Order::default(), 0, Some(99)), None);
        assert_eq!(
            job.finding(&order, 1, Some(100)).as_deref(),
            Some(
                "2 runs are overdue at the end; 1 run began before the last was done; a run takes longer than the interval"
            )
        );
        let job = Job {
            failed: 1,
            timed_out: 2,
            monitor: Some(Monitor::default()),
            ..Job::default()
        };
        let order = Order {
            between: 4,
            ..order
        };
        assert_eq!(
            job.finding(&order, 0, None).as_deref(),
            Some(
                "1 run failed; 2 runs took longer than they may; 2 runs are overdue at the end; 4 runs were at other times than planned"
            )
        );
    }
}
