//! Jobs that report to a monitor: what they told of their runs (check-ins), put together run by run.

use crate::analysis::schedule::Schedule;
use crate::insights::Asked;
use crate::model::{CancelToken, TimeRange};
use crate::store::{CheckIn, Reader, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Nothing was told of its end.
    #[default]
    Open,
    /// It was told that all went well.
    Well,
    /// It was told that it failed.
    Failed,
    /// It was told that it took too long.
    TimedOut,
}

/// One run, as it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// When it began, nanoseconds since the epoch.
    pub start: i64,
    /// How long it took, nanoseconds.
    pub duration: Option<i64>,
    /// How it ended.
    pub end: End,
    /// The store's number of its trace, and its span's id.
    pub at: Option<(i64, u64)>,
    /// Whether one of its check-ins fits what was asked for.
    pub fits: bool,
}

/// A monitor in one environment.
#[derive(Debug, Default)]
pub struct Monitor {
    /// Its name.
    pub name: Arc<str>,
    /// Where its job runs; may be empty.
    pub environment: Arc<str>,
    /// Who ran it last; may be empty.
    pub service: Arc<str>,
    /// When the job is to run, as it was said last.
    pub schedule: Option<Schedule>,
    /// Up to when the recording goes that told of it last: other recordings of a store say nothing of the job.
    pub until: i64,
    /// Its runs in the order of their starts.
    pub runs: Vec<Told>,
}

/// The monitors of a store, and the time in which something was told.
pub fn monitors(
    reader: &Reader,
    asked: &Asked,
    cancel: &CancelToken,
) -> Result<(Vec<Monitor>, Option<TimeRange>), StoreError> {
    let all = reader.check_ins(&asked.filter, cancel)?;
    let time = all.first().zip(all.last()).map(|(first, last)| TimeRange {
        start: first.time,
        end: last.time,
    });
    let (mut numbers, mut ends) = (HashMap::new(), HashMap::new());
    let mut places: HashMap<(Arc<str>, Arc<str>), usize> = HashMap::new();
    let mut found: Vec<(Monitor, Runs)> = Vec::new();
    for told in &all {
        let key = (told.monitor.clone(), told.environment.clone());
        let place = *places.entry(key).or_insert_with(|| {
            let monitor = Monitor {
                name: told.monitor.clone(),
                environment: told.environment.clone(),
                ..Monitor::default()
            };
            found.push((monitor, Runs::default()));
            found.len() - 1
        });
        let (monitor, runs) = &mut found[place];
        monitor.service = told.service.clone();
        let until = match ends.get(&told.import) {
            Some(until) => *until,
            None => {
                let until = reader.recorded_until(told.import)?;
                ends.insert(told.import, until);
                until
            }
        };
        monitor.until = until.map_or(told.time.0, |until| until.0.max(told.time.0));
        // What was said before is said again with every check-in.
        if runs.config != told.config {
            runs.config = told.config.clone();
            monitor.schedule = Schedule::read(&told.config).or(monitor.schedule.take());
        }
        let trace = match told.trace {
            None => None,
            Some(trace) => match numbers.get(&trace) {
                Some(number) => *number,
                None => {
                    let number = reader.trace_number(trace)?;
                    numbers.insert(trace, number);
                    number
                }
            },
        };
        let at = trace.zip(told.span.map(|span| span.0));
        runs.take(told, at);
    }
    let monitors = found.into_iter().map(|(mut monitor, runs)| {
        monitor.runs = runs.list;
        monitor.runs.sort_by_key(|run| run.start);
        monitor
    });
    Ok((monitors.collect(), time))
}

/// The runs of a monitor while they are put together.
#[derive(Default)]
struct Runs {
    list: Vec<Told>,
    /// The places of those that name themselves.
    places: HashMap<[u8; 16], usize>,
    /// The place of the one that began last.
    begun: Option<usize>,
    /// What was said last of the schedule.
    config: Arc<str>,
}

impl Runs {
    /// Takes a check-in into the run it tells of. The end of one that does not name itself is that of the run that began last.
    fn take(&mut self, told: &CheckIn, at: Option<(i64, u64)>) {
        let end = match &*told.status {
            "in_progress" => End::Open,
            "ok" => End::Well,
            "timeout" => End::TimedOut,
            // `error`, and whatever else is not well.
            _ => End::Failed,
        };
        let is_named = told.run != [0; 16];
        let is_open = |place: &usize| {
            self.list
                .get(*place)
                .is_some_and(|run| run.end == End::Open)
        };
        let known = match (is_named, end) {
            (true, _) => self.places.get(&told.run).copied(),
            (false, End::Open) => None,
            (false, _) => self.begun.filter(is_open),
        };
        let place = known.unwrap_or_else(|| {
            // What tells of its end only began that much earlier.
            let length = told.duration.unwrap_or(0);
            self.list.push(Told {
                start: told.time.0.saturating_sub(length),
                ..Told::default()
            });
            self.list.len() - 1
        });
        if is_named {
            self.places.insert(told.run, place);
        }
        if end == End::Open {
            self.begun = Some(place);
        }
        let Some(run) = self.list.get_mut(place) else {
            return;
        };
        run.fits |= told.fits;
        run.at = run.at.or(at);
        if end != End::Open {
            run.end = end;
            let since = told.time.0.saturating_sub(run.start);
            run.duration = Some(told.duration.unwrap_or(since));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Nanos;

    #[test]
    fn check_ins_become_runs() {
        let told = |run: u8, status: &str, time: i64, duration: Option<i64>| CheckIn {
            run: [run; 16],
            monitor: "m".into(),
            status: status.into(),
            time: Nanos(time),
            duration,
            environment: "".into(),
            release: "".into(),
            service: "".into(),
            config: "".into(),
            trace: None,
            span: None,
            import: 1,
            fits: true,
        };
        let mut runs = Runs::default();
        for told in [
            told(1, "in_progress", 100, None),
            told(2, "in_progress", 150, None),
            told(1, "ok", 190, Some(80)),
            told(2, "error", 200, None),
            // A heartbeat, a run that never ended, and two that do not name themselves.
            told(3, "ok", 400, Some(30)),
            told(4, "in_progress", 500, None),
            told(0, "in_progress", 600, None),
            told(0, "timeout", 640, None),
        ] {
            runs.take(&told, None);
        }
        let runs = runs.list.iter();
        let runs: Vec<_> = runs.map(|run| (run.start, run.duration, run.end)).collect();
        assert_eq!(
            runs,
            [
                (100, Some(80), End::Well),
                (150, Some(50), End::Failed),
                (370, Some(30), End::Well),
                (500, None, End::Open),
                (600, Some(40), End::TimedOut),
            ]
        );
    }
}
