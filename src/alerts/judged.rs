//! What is compared with thresholds: the values of windows, their change, or values between bounds.
//!
//! * A window of which nothing was seen (the recording was off) is not compared, and ends what is open.
//! * A window that reaches back to before the recording began has seen less than it would have. It may still be too much,
//!   but that it is too little says nothing: rules about low values leave it out. So do anomalies, unless peers tell what
//!   to expect, of which as little was seen.
//! * A change is `current / before * 100`. Without anything before, or 0, there is none.

use super::anomaly;
use super::readings::{Readings, Recorded};
use super::rule::{Condition, Direction, Measure, Metric, Thresholds};

/// Values of a rule's windows with what they are compared with; computed once, whatever the thresholds.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// When the first window ends, in minutes since the epoch.
    pub first_end: i64,
    /// Minutes from one to the next.
    pub step: usize,
    /// Minutes of a window.
    pub window: usize,
    /// What is compared; NaN where nothing is.
    pub values: Vec<f64>,
    /// The windows before which the recording stopped, rising.
    pub breaks: Vec<usize>,
    /// What they are compared with.
    pub limits: Limits,
    /// What is to be known of the figures, a sentence each.
    pub notes: Vec<String>,
}

/// What values are compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Limits {
    /// The same for all windows.
    Fixed(Thresholds),
    /// Bounds of their own for each window; infinite where none is meant.
    Bounds {
        /// Below this is unexpected.
        lower: Vec<f64>,
        /// Above this is.
        upper: Vec<f64>,
    },
}

impl Judged {
    /// What a metric's windows are compared with.
    pub fn new(metric: &Metric, readings: &Readings, recorded: &Recorded) -> Self {
        let seen = Seen::new(readings, recorded);
        let mut judged = Self {
            first_end: readings.first_end,
            step: readings.step,
            window: readings.window,
            values: Vec::new(),
            breaks: seen.breaks,
            limits: Limits::Fixed(Thresholds::default()),
            notes: Vec::new(),
        };
        let partial = |at: usize| {
            seen.began[at]
                .is_none_or(|began| readings.end_of(at) - (readings.window as i64) < began)
        };
        match &metric.condition {
            Condition::Threshold(thresholds) => {
                let skip = |at| thresholds.direction == Direction::Below && partial(at);
                judged.values = kept(readings, &seen.began, skip);
                judged.limits = Limits::Fixed(*thresholds);
            }
            Condition::Change { offset, by } => {
                judged.values = changes(readings, &seen.began, *offset);
                judged.limits = Limits::Fixed(change_thresholds(by));
                if judged.values.iter().all(|value| value.is_nan()) {
                    let length = span_words(*offset);
                    judged.notes.push(format!("Nothing was recorded {length} before any of its windows, so no change can be told."));
                }
            }
            Condition::Anomaly(wanted) => {
                judged.values = kept(readings, &seen.began, |at| {
                    wanted.peers.is_none() && partial(at)
                });
                let is_share = matches!(metric.measure, Measure::Share(_))
                    || matches!(
                        &metric.measure,
                        Measure::Aggregate(crate::query::Aggregate::FailureRate)
                    );
                let material = anomaly::Material {
                    values: &judged.values,
                    counts: &readings.counts,
                    step: readings.step,
                    window: readings.window,
                    is_share,
                    counted: matches!(
                        &metric.measure,
                        Measure::Aggregate(crate::query::Aggregate::Count)
                    ),
                };
                let found = match &wanted.peers {
                    Some(_) => anomaly::peers::bounds(&material, &readings.peers, wanted),
                    None => anomaly::bounds(&material, wanted),
                };
                // What has no bounds yet is not compared.
                for (value, has) in judged.values.iter_mut().zip(&found.judged) {
                    if !has {
                        *value = f64::NAN;
                    }
                }
                judged.notes = found.notes;
                judged.limits = Limits::Bounds {
                    lower: found.lower,
                    upper: found.upper,
                };
            }
        }
        judged
    }

    /// The same with other thresholds, which are as the rule says them.
    pub fn with(&self, condition: &Condition) -> Self {
        let mut judged = self.clone();
        match condition {
            Condition::Threshold(thresholds) => judged.limits = Limits::Fixed(*thresholds),
            Condition::Change { by, .. } => judged.limits = Limits::Fixed(change_thresholds(by)),
            Condition::Anomaly(_) => {}
        }
        judged
    }

    /// When a window ends, in minutes since the epoch.
    pub fn end_of(&self, window: usize) -> i64 {
        self.first_end + (window * self.step) as i64
    }

    /// Whether anything was recorded when a window ended: not between a break and the next value.
    pub fn is_seen(&self, at: usize) -> bool {
        self.values.get(at).is_some_and(|value| !value.is_nan())
    }
}

/// Which windows were seen, and since when the recording ran.
struct Seen {
    began: Vec<Option<i64>>,
    breaks: Vec<usize>,
}

impl Seen {
    fn new(readings: &Readings, recorded: &Recorded) -> Self {
        let step = readings.step as i64;
        let ends = (0..readings.values.len()).map(|at| readings.end_of(at));
        let began: Vec<Option<i64>> = ends.map(|end| recorded.began(end, step)).collect();
        let mut breaks = Vec::new();
        let mut last = None;
        for (at, own) in began.iter().enumerate() {
            if let Some(own) = own {
                if last.is_some_and(|last| last != *own) {
                    breaks.push(at);
                }
                last = Some(*own);
            }
        }
        Self { began, breaks }
    }
}

/// The values of windows that were seen and are not to be skipped.
fn kept(readings: &Readings, began: &[Option<i64>], skip: impl Fn(usize) -> bool) -> Vec<f64> {
    let values = readings.values.iter().enumerate();
    let value = |(at, value): (usize, &f64)| match began[at].is_some() && !skip(at) {
        true => *value,
        false => f64::NAN,
    };
    values.map(value).collect()
}

fn changes(readings: &Readings, began: &[Option<i64>], offset: usize) -> Vec<f64> {
    let back = offset / readings.step.max(1);
    let change = |at: usize| {
        let before = at
            .checked_sub(back)
            .filter(|before| began[*before].is_some());
        match before.and_then(|before| readings.values.get(before)) {
            Some(before) if *before != 0.0 && began[at].is_some() => {
                readings.values[at] / before * 100.0
            }
            _ => f64::NAN,
        }
    };
    (0..readings.values.len()).map(change).collect()
}

/// Per cent more or less, as a change of 100.
fn change_thresholds(by: &Thresholds) -> Thresholds {
    let of = |per_cent: f64| match by.direction {
        Direction::Below => 100.0 - per_cent,
        _ => 100.0 + per_cent,
    };
    Thresholds {
        direction: by.direction,
        critical: by.critical.map(of),
        warning: by.warning.map(of),
        resolve: by.resolve.map(of),
    }
}

/// A length of time in minutes, for people: `5 min`, `1 h`, `2 d 4 h`.
pub fn span_words(minutes: usize) -> String {
    match minutes {
        0..60 => format!("{minutes} min"),
        _ if minutes.is_multiple_of(1440) => format!("{} d", minutes / 1440),
        _ if minutes < 1440 && minutes.is_multiple_of(60) => format!("{} h", minutes / 60),
        _ => crate::model::human::duration(minutes as i64 * 60_000_000_000),
    }
}
