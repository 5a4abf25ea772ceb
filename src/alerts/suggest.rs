//! Thresholds that would give at most so many pages a week.

use super::backtest::WEEK;
use super::incidents::incidents;
use super::judged::{Judged, Limits};
use super::readings::Recorded;
use super::rule::{Condition, Direction, Level, Metric, Thresholds, rounded};

/// Thresholds that are tried at most.
const TRIED: usize = 300;

/// A threshold, and what it would have done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// As the rule writes it.
    pub critical: f64,
    /// How often it would have fired in the recording.
    pub times: u64,
}

/// How often a rule may fire in a recording for so many pages a week. In less than a week it is less, down to never.
pub fn allowed(pages_a_week: f64, recorded: &Recorded) -> u64 {
    (pages_a_week * recorded.minutes() as f64 / WEEK).floor() as u64
}

/// The most sensitive critical threshold that would have fired at most so often, such that none that is less sensitive
/// would have fired more often; `None` for rules without thresholds or without values.
pub fn suggest(metric: &Metric, judged: &Judged, most: u64) -> Option<Suggestion> {
    let thresholds = metric.thresholds()?;
    let mut values: Vec<f64> = judged
        .values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    if thresholds.direction != Direction::Below {
        values.reverse();
    }
    let last = values.len().checked_sub(1)?;
    let tries = TRIED.min(values.len());
    let mut found = None;
    for at in 0..tries {
        let value = values[at * last / (tries - 1).max(1)];
        let tried = try_threshold(metric, judged, rounded_away(value, thresholds.direction));
        match tried.times <= most {
            true => found = Some(tried),
            false => break,
        }
    }
    found
}

/// Two digits suffice, on the side that is less sensitive.
fn rounded_away(value: f64, direction: Direction) -> f64 {
    let near = rounded(value, 2);
    let is_less = match direction {
        Direction::Below => near <= value,
        _ => near >= value,
    };
    if is_less || value == 0.0 {
        return near;
    }
    let step = 10f64.powi(value.abs().log10().floor() as i32 - 1);
    let next = if direction == Direction::Below {
        near - step
    } else {
        near + step
    };
    rounded(next, 3)
}

fn try_threshold(metric: &Metric, judged: &Judged, value: f64) -> Suggestion {
    let direction = metric
        .thresholds()
        .map(|thresholds| thresholds.direction)
        .unwrap_or_default();
    let thresholds = Thresholds {
        direction,
        critical: Some(value),
        ..Thresholds::default()
    };
    let mut judged = judged.clone();
    judged.limits = Limits::Fixed(thresholds);
    let incidents = incidents(&judged, metric.windows);
    let critical = match (&metric.condition, direction) {
        (Condition::Change { .. }, Direction::Below) => 100.0 - value,
        (Condition::Change { .. }, _) => value - 100.0,
        _ => value,
    };
    Suggestion {
        critical,
        times: incidents
            .iter()
            .map(|incident| incident.times(Level::Critical))
            .sum(),
    }
}

/// The metric with a suggestion in place: a warning and a resolve threshold keep their relation to critical.
pub fn applied(metric: &Metric, suggestion: Suggestion) -> Metric {
    let mut metric = metric.clone();
    if let Some(thresholds) = metric.thresholds_mut() {
        let ratio = thresholds
            .critical
            .filter(|old| *old != 0.0)
            .map(|old| suggestion.critical / old);
        let scaled = |value: Option<f64>| {
            value
                .zip(ratio)
                .map(|(value, ratio)| rounded(value * ratio, 2))
        };
        *thresholds = Thresholds {
            direction: thresholds.direction,
            critical: Some(suggestion.critical),
            warning: scaled(thresholds.warning),
            resolve: scaled(thresholds.resolve),
        };
        if thresholds.fault().is_some() {
            (thresholds.warning, thresholds.resolve) = (None, None);
        }
    }
    metric
}
