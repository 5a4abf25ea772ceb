//! Thresholds over the values of windows become incidents: the state machine of live evaluation.
//!
//! A level fires after so many windows beyond its threshold, one after the other, and is resolved after as many that are
//! back. The comparison is strict. A warning is resolved by the resolve threshold, if there is one, else by its own; so is
//! critical where it stands alone. The level that fired within the last ten minutes does not fire anew. An incident begins
//! with the first level that fires, as far back as the windows that were waited for, and ends when all are resolved; its
//! level is the highest that fired.

use super::judged::Judged;
use super::rule::{Direction, Level, Thresholds};

/// Minutes after an incident began in which its level does not fire again.
const QUIET: i64 = 10;

/// How near to a threshold still counts as back: so that "above 0" is resolved at 0.
const NEAR: f64 = 0.000_001;

/// A stretch of time in which a rule was beyond its thresholds. Times are minutes since the epoch: ends of windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// The highest level that fired.
    pub level: Level,
    /// When it began.
    pub start: i64,
    /// When each level fired.
    pub fired: Vec<(i64, Level)>,
    /// The value farthest on the bad side, and when.
    pub peak: (i64, f64),
    /// When it was over, or when nothing more was seen of it.
    pub end: i64,
    /// How that was.
    pub ended: Ended,
    /// Of which issue, where a rule is about issues.
    pub issue: Option<usize>,
}

/// How an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The values came back.
    Resolved,
    /// The recording stopped.
    Stopped,
}

impl Incident {
    /// Minutes from its beginning to its end.
    pub fn minutes(&self) -> i64 {
        (self.end - self.start).max(0)
    }

    /// How often a level fired in it.
    pub fn times(&self, level: Level) -> u64 {
        self.fired
            .iter()
            .filter(|(_, fired)| *fired == level)
            .count() as u64
    }
}

/// A level on its way.
#[derive(Clone, Copy, Debug)]
struct Trigger {
    level: Level,
    beyond: u64,
    back: u64,
    active: bool,
    /// When the last incident began in which it fired.
    last: Option<i64>,
}

/// What a value says to a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Fire,
    Resolve,
    Neither,
}

/// The incidents of a rule. `windows` is how many must agree. Values that are not to be compared, NaN, change nothing.
pub fn incidents(judged: &Judged, windows: usize) -> Vec<Incident> {
    let period = windows.max(1) as u64;
    let mut all = Vec::new();
    let mut open: Option<Incident> = None;
    let mut triggers = triggers(judged);
    let mut breaks = judged.breaks.iter().copied().peekable();
    let mut last_end = judged.first_end;
    for (at, value) in judged.values.iter().copied().enumerate() {
        if breaks.next_if(|place| *place <= at).is_some() {
            stop(&mut open, &mut all, &mut triggers, last_end);
        }
        let now = judged.end_of(at);
        last_end = if judged.is_seen(at) { now } else { last_end };
        if value.is_nan() {
            continue;
        }
        for trigger in &mut triggers {
            let says = judged.says(at, value, trigger.level);
            trigger.beyond = if says == Says::Fire {
                trigger.beyond + 1
            } else {
                0
            };
            trigger.back = if says == Says::Resolve {
                trigger.back + 1
            } else {
                0
            };
            if trigger.active && trigger.back >= period {
                trigger.active = false;
            }
            let is_quiet = trigger.last.is_some_and(|last| now - last < QUIET);
            if !trigger.active && trigger.beyond >= period && !is_quiet {
                trigger.active = true;
                let level = trigger.level;
                let start = now - judged.step as i64 * (period as i64 - 1);
                let incident = open.get_or_insert_with(|| begun(start, level, (now, value)));
                incident.level = incident.level.max(level);
                incident.fired.push((now, level));
                // What counts is when the incident was made, which is when its first level fired.
                trigger.last = incident.fired.first().map(|(first, _)| *first);
            }
        }
        if let Some(incident) = &mut open {
            if judged.is_worse(at, value, incident.peak) {
                incident.peak = (now, value);
            }
            if triggers.iter().all(|trigger| !trigger.active) {
                incident.end = now;
                all.extend(open.take());
            }
        }
    }
    stop(&mut open, &mut all, &mut triggers, last_end);
    all
}

fn begun(start: i64, level: Level, peak: (i64, f64)) -> Incident {
    Incident {
        level,
        start,
        fired: Vec::new(),
        peak,
        end: start,
        ended: Ended::Resolved,
        issue: None,
    }
}

/// The recording ended: so does what is open, and nothing is remembered.
fn stop(open: &mut Option<Incident>, all: &mut Vec<Incident>, triggers: &mut [Trigger], end: i64) {
    if let Some(mut incident) = open.take() {
        incident.end = end;
        incident.ended = Ended::Stopped;
        all.push(incident);
    }
    for trigger in triggers {
        (trigger.beyond, trigger.back, trigger.active) = (0, 0, false);
    }
}

fn triggers(judged: &Judged) -> Vec<Trigger> {
    // A warning comes before what is critical.
    let levels = [Level::Warning, Level::Critical].into_iter();
    let trigger = |level| Trigger {
        level,
        beyond: 0,
        back: 0,
        active: false,
        last: None,
    };
    levels
        .filter(|level| judged.has(*level))
        .map(trigger)
        .collect()
}

impl Judged {
    fn has(&self, level: Level) -> bool {
        match &self.limits {
            super::judged::Limits::Fixed(thresholds) => thresholds.of(level).is_some(),
            super::judged::Limits::Bounds { .. } => level == Level::Critical,
        }
    }

    fn says(&self, at: usize, value: f64, level: Level) -> Says {
        match &self.limits {
            super::judged::Limits::Fixed(thresholds) => fixed(thresholds, value, level),
            super::judged::Limits::Bounds { lower, upper } => {
                let beyond = upper.get(at).is_some_and(|upper| value > *upper)
                    || lower.get(at).is_some_and(|lower| value < *lower);
                if beyond { Says::Fire } else { Says::Resolve }
            }
        }
    }

    /// Whether a value is farther on the bad side than the peak so far.
    fn is_worse(&self, at: usize, value: f64, (_, peak): (i64, f64)) -> bool {
        match &self.limits {
            super::judged::Limits::Fixed(thresholds) => match thresholds.direction {
                Direction::Below => value < peak,
                _ => value > peak,
            },
            super::judged::Limits::Bounds { lower, .. } => {
                match lower.get(at).is_some_and(|lower| value < *lower) {
                    true => value < peak,
                    false => value > peak,
                }
            }
        }
    }
}

fn fixed(thresholds: &Thresholds, value: f64, level: Level) -> Says {
    let Some(threshold) = thresholds.of(level) else {
        return Says::Neither;
    };
    // Everything as if high were bad.
    let sign = match thresholds.direction {
        Direction::Below => -1.0,
        _ => 1.0,
    };
    let (value, threshold) = (value * sign, threshold * sign);
    let is_lowest = level == Level::Warning || thresholds.warning.is_none();
    let resolve = thresholds.resolve.filter(|_| is_lowest);
    let resolve = resolve.map_or(threshold + NEAR, |resolve| resolve * sign);
    if value > threshold {
        Says::Fire
    } else if value < resolve {
        Says::Resolve
    } else {
        Says::Neither
    }
}
