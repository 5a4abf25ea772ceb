//! Bounds of what is to be expected, window by window, from earlier windows only: as live evaluation would have had them.
//!
//! # Method
//!
//! Seasonal Hybrid ESD (J. Hochenbaum, O. S. Vallis, A. Kejariwal: Automatic Anomaly Detection in the Cloud Via
//! Statistical Learning, arXiv:1704.07706), applied to one window after the other. What repeats is taken off: the median
//! of the windows a whole number of seasons earlier and their neighbours. Of what is left (the residuals) of the windows
//! before, the median and the median absolute deviation are robust against the anomalies among them. The newest residual
//! is an anomaly if it lies farther off than the critical value of Rosner's generalised ESD test (B. Rosner, Percentage
//! Points for a Generalized ESD Many-Outlier Procedure, Technometrics 25, 1983): with `n` windows,
//!
//! ```text
//! λ = (n - 1) t / √((n - 2 + t²) n),   t the 1 - α/(2n) quantile of Student's t with n - 2 degrees of freedom
//! ```
//!
//! (α/n where only one side is bad). α is 0.05, 0.01 and 0.001 for a high, medium and low sensitivity.
//!
//! Neighbouring windows that overlap are no new evidence: of windows longer than the step only every so-manieth counts for
//! the past. A window is never less uncertain than chance makes it: a share of `n` records by the binomial distribution,
//! a count by Poisson's. Where fewer than two seasons were recorded nothing is taken off, and where fewer than
//! [`LEAST`] windows were, nothing is judged; both are said.
//!
//! Windows with no record have no share, and are left out then.
//!
//! # False alarms
//!
//! On generated traffic without any anomaly (counts by Poisson's distribution around a daily wave between 40 and 160 a
//! minute, windows of 5 minutes, four weeks, twenty runs; see the test `false_alarms_stay_as_documented`), alarms a week
//! are
//!
//! | sensitivity | alarms a week |
//! |---|---|
//! | low | FALSE_LOW |
//! | medium | FALSE_MEDIUM |
//! | high | FALSE_HIGH |

pub mod peers;
pub mod quantile;

use super::judged::span_words;
use super::rule::{Anomaly, Direction, Sensitivity};

/// Independent windows that must have been seen before anything is judged.
pub const LEAST: usize = 15;
/// Independent windows of the past that count at most.
const MOST: usize = 300;
/// Seasons back that tell what repeats.
const SEASONS: usize = 4;
/// A median absolute deviation times this is a standard deviation, where values are normal.
const MAD: f64 = 1.4826;

/// What bounds are made of.
pub struct Material<'a> {
    /// Values of windows; NaN where nothing is to be judged.
    pub values: &'a [f64],
    /// Records of each window.
    pub counts: &'a [u64],
    /// Minutes from one to the next.
    pub step: usize,
    /// Minutes of a window.
    pub window: usize,
    /// Whether values are shares of these records.
    pub is_share: bool,
}

/// Bounds for each window.
pub struct Bounds {
    /// Below is unexpected.
    pub lower: Vec<f64>,
    /// Above is.
    pub upper: Vec<f64>,
    /// Whether enough is known to say so.
    pub judged: Vec<bool>,
    /// What is to be known of them, a sentence each.
    pub notes: Vec<String>,
}

impl Bounds {
    fn none(windows: usize) -> Self {
        Self {
            lower: vec![f64::NEG_INFINITY; windows],
            upper: vec![f64::INFINITY; windows],
            judged: vec![false; windows],
            notes: Vec::new(),
        }
    }

    /// Bounds so far on the sides that are bad.
    fn set(&mut self, at: usize, expected: f64, off: f64, direction: Direction) {
        if direction != Direction::Below {
            self.upper[at] = expected + off;
        }
        if direction != Direction::Above {
            self.lower[at] = expected - off;
        }
        self.judged[at] = true;
    }
}

/// The chance of a false alarm that a sensitivity allows.
pub fn alpha(sensitivity: Sensitivity) -> f64 {
    match sensitivity {
        Sensitivity::High => 0.05,
        Sensitivity::Medium => 0.01,
        Sensitivity::Low => 0.001,
    }
}

/// Bounds from the past.
pub fn bounds(material: &Material, wanted: &Anomaly) -> Bounds {
    let values: Vec<f64> = (0..material.values.len())
        .map(|at| material.value(at))
        .collect();
    let mut bounds = Bounds::none(values.len());
    let season = wanted.season / material.step.max(1);
    let expected: Vec<Option<f64>> = (0..values.len())
        .map(|at| seasonal(&values, at, season))
        .collect();
    let residuals: Vec<f64> = values
        .iter()
        .zip(&expected)
        .map(|(value, base)| value - base.unwrap_or(0.0))
        .collect();
    let stride = material.window.div_ceil(material.step.max(1)).max(1);
    let critical = Critical::new(wanted);
    let mut past = Vec::with_capacity(MOST);
    for at in 0..values.len() {
        if values[at].is_nan() {
            continue;
        }
        past.clear();
        // Only residuals of the same sort: with the season taken off or without.
        let is_alike = |before: &usize| {
            !values[*before].is_nan() && expected[*before].is_some() == expected[at].is_some()
        };
        let before = (1..).map_while(|steps: usize| at.checked_sub(steps * stride));
        past.extend(
            before
                .filter(is_alike)
                .map(|before| residuals[before])
                .take(MOST),
        );
        let base = match (past.len() < LEAST, expected[at]) {
            (false, base) => base.unwrap_or(0.0),
            // Right after the second season the residuals are few; what came before is judged without.
            (true, Some(_)) => {
                past.clear();
                let before = (1..).map_while(|steps: usize| at.checked_sub(steps * stride));
                past.extend(
                    before
                        .map(|before| values[before])
                        .filter(|value| !value.is_nan())
                        .take(MOST),
                );
                0.0
            }
            (true, None) => continue,
        };
        if past.len() < LEAST {
            continue;
        }
        let (median, deviation) = spread(&mut past);
        let expectation = base + median;
        let deviation = deviation.max(material.chance(at, expectation));
        bounds.set(
            at,
            expectation,
            critical.at(past.len()) * deviation,
            wanted.direction,
        );
    }
    bounds.notes = notes(material, wanted, &values, &bounds, &expected);
    bounds
}

fn notes(
    material: &Material,
    wanted: &Anomaly,
    values: &[f64],
    bounds: &Bounds,
    expected: &[Option<f64>],
) -> Vec<String> {
    let mut notes = Vec::new();
    if !bounds.judged.contains(&true) {
        let seen = values.iter().filter(|value| !value.is_nan()).count();
        let length = span_words(LEAST * material.window.max(material.step));
        notes.push(format!(
            "History is too short: {seen} windows were seen, and it takes {length} of recording before anything is judged."
        ));
    } else if !expected.iter().any(Option::is_some) {
        let season = span_words(wanted.season);
        notes.push(format!("Fewer than two seasons of {season} were recorded, so nothing that repeats is taken off."));
    }
    notes
}

impl Material<'_> {
    fn value(&self, at: usize) -> f64 {
        let is_empty = self.is_share && self.counts.get(at).is_none_or(|count| *count == 0);
        if is_empty { f64::NAN } else { self.values[at] }
    }

    /// What chance alone makes of a window's value, as a standard deviation.
    fn chance(&self, at: usize, expected: f64) -> f64 {
        let count = self.counts.get(at).copied().unwrap_or_default() as f64;
        let least = expected.abs() * 1e-3 + 1e-9;
        if self.is_share {
            // As if one record more of each sort had been seen: no share is certain.
            let seen = count + 2.0;
            let share = (expected.clamp(0.0, 1.0) * count + 1.0) / seen;
            return (share * (1.0 - share) / seen).sqrt();
        }
        let is_count = self.values[at] == count;
        if is_count {
            expected.max(1.0).sqrt()
        } else {
            least
        }
    }
}

/// What windows of earlier seasons tell of one; `None` before the third season.
fn seasonal(values: &[f64], at: usize, season: usize) -> Option<f64> {
    if season == 0 || at < 2 * season {
        return None;
    }
    let mut near = Vec::with_capacity(SEASONS * 3);
    for back in (1..=SEASONS).map_while(|seasons| at.checked_sub(seasons * season)) {
        let around = values
            .get(back.saturating_sub(1)..=(back + 1).min(at - 1))
            .unwrap_or_default();
        near.extend(around.iter().copied().filter(|value| !value.is_nan()));
    }
    (near.len() >= 4).then(|| median(&mut near))
}

/// The median, and the median distance from it as a standard deviation; the mean distance where more than half are equal.
fn spread(values: &mut [f64]) -> (f64, f64) {
    let middle = median(values);
    let mut off: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    let mean = off.iter().sum::<f64>() / off.len().max(1) as f64;
    let deviation = MAD * median(&mut off);
    // The mean distance of normal values is √(2/π) of their standard deviation.
    (
        middle,
        if deviation > 0.0 {
            deviation
        } else {
            mean * 1.2533
        },
    )
}

fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let half = values.len() / 2;
    let (below, middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let middle = *middle;
    let is_even = below.len() == half && !values.len().is_multiple_of(2);
    if is_even {
        return middle;
    }
    let below = values[..half].iter().copied().max_by(f64::total_cmp);
    below.map_or(middle, |below| (below + middle) / 2.0)
}

/// Critical values of the test, each computed once.
struct Critical {
    values: Vec<f64>,
}

impl Critical {
    fn new(wanted: &Anomaly) -> Self {
        let sides = if wanted.direction == Direction::Both {
            2.0
        } else {
            1.0
        };
        let alpha = alpha(wanted.sensitivity) / sides;
        let value = |n: usize| {
            // One more for the window that is judged.
            let n = (n + 1) as f64;
            let t = quantile::student(1.0 - alpha / n, n - 2.0);
            (n - 1.0) * t / ((n - 2.0 + t * t) * n).sqrt()
        };
        Self {
            values: (LEAST..=MOST).map(value).collect(),
        }
    }

    fn at(&self, windows: usize) -> f64 {
        let at = windows.saturating_sub(LEAST).min(self.values.len() - 1);
        self.values[at]
    }
}
