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
//! the past. A window is never less uncertain than chance makes it: a share of `n` records by the binomial distribution.
//! Numbers of records are judged as `2 √(x + 3/8)`, whose deviation by chance is 1 at night as at noon (F. J. Anscombe, The
//! Transformation of Poisson, Binomial and Negative-Binomial Data, Biometrika 35, 1948).
//!
//! Where fewer than two seasons were recorded the median of the [`LOCAL`] windows right before is taken off instead, and
//! where fewer than [`LEAST`] residuals are known nothing is judged; both are said.
//!
//! Windows with no record have no share, and are left out then.
//!
//! # False alarms
//!
//! On generated traffic without any anomaly (counts by Poisson's distribution around a daily wave between 40 and 160 a
//! minute, windows of 5 minutes, four weeks, twenty runs; see the test `false_alarms_are_those_of_the_documentation`), alarms a week
//! are
//!
//! | sensitivity | alarms a week |
//! |---|---|
//! | low | 0.13 |
//! | medium | 0.54 |
//! | high | 1.94 |

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
/// Windows before and after that tell it, too.
const NEIGHBOURS: usize = 2;
/// Windows right before that tell what to expect where nothing repeats yet.
const LOCAL: usize = 5;
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
    /// Whether values are the numbers of these records.
    pub counted: bool,
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

    /// Bounds on the sides that are bad.
    fn set(&mut self, at: usize, (lower, upper): (f64, f64), direction: Direction) {
        if direction != Direction::Below {
            self.upper[at] = upper;
        }
        if direction != Direction::Above {
            self.lower[at] = lower;
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
    let windows = material.values.len();
    let values: Vec<f64> = (0..windows).map(|at| material.value(at)).collect();
    let mut bounds = Bounds::none(windows);
    let stride = material.window.div_ceil(material.step.max(1)).max(1);
    let season = wanted.season / material.step.max(1);
    let of = |base: &dyn Fn(usize) -> Option<f64>| Residuals::new(&values, base);
    let seasonal = of(&|at| seasonal(&values, at, season, stride));
    let local = of(&|at| local(&values, at, stride));
    let critical = Critical::new(wanted);
    let mut past = Vec::with_capacity(MOST);
    for at in (0..windows).filter(|at| !values[*at].is_nan()) {
        // Right after the second season there are too few residuals of its sort; what came before is judged without.
        let found = [&seasonal, &local].into_iter().find_map(|residuals| {
            let base = residuals.bases[at]?;
            residuals.before(at, stride, &mut past);
            (past.len() >= LEAST).then_some(base)
        });
        let Some(base) = found else { continue };
        let (median, deviation) = spread(&mut past);
        let expected = base + median;
        let deviation = deviation.max(material.chance(at, expected));
        let off = critical.at(past.len()) * deviation;
        let back = |value: f64| material.untransformed(value);
        bounds.set(
            at,
            (back(expected - off), back(expected + off)),
            wanted.direction,
        );
    }
    let is_seasonal = seasonal.bases.iter().any(Option::is_some);
    bounds.notes = notes(material, wanted, &values, &bounds, is_seasonal);
    bounds
}

/// What is left of values without what was to be expected of each.
struct Residuals {
    bases: Vec<Option<f64>>,
    left: Vec<f64>,
}

impl Residuals {
    fn new(values: &[f64], base: &dyn Fn(usize) -> Option<f64>) -> Self {
        let bases: Vec<Option<f64>> = (0..values.len()).map(base).collect();
        let left = values.iter().zip(&bases);
        Self {
            left: left
                .map(|(value, base)| base.map_or(f64::NAN, |base| value - base))
                .collect(),
            bases,
        }
    }

    /// Those of the windows before one that do not overlap each other.
    fn before(&self, at: usize, stride: usize, into: &mut Vec<f64>) {
        into.clear();
        let before = (1..).map_while(|steps: usize| at.checked_sub(steps * stride));
        let left = before.map(|before| self.left[before]);
        into.extend(left.filter(|left| !left.is_nan()).take(MOST));
    }
}

fn notes(
    material: &Material,
    wanted: &Anomaly,
    values: &[f64],
    bounds: &Bounds,
    is_seasonal: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if !bounds.judged.contains(&true) {
        let seen = values.iter().filter(|value| !value.is_nan()).count();
        let length = span_words((LEAST + LOCAL) * material.window.max(material.step));
        notes.push(format!(
            "History is too short: {seen} windows were seen, and it takes {length} of recording before anything is judged."
        ));
    } else if !is_seasonal {
        let season = span_words(wanted.season);
        notes.push(format!("Fewer than two seasons of {season} were recorded, so windows are compared with those right before them."));
    }
    notes
}

impl Material<'_> {
    /// A value as it is judged: of counts Anscombe's transform, whose deviation by chance is 1 whatever the count.
    fn value(&self, at: usize) -> f64 {
        let is_empty = self.is_share && self.counts.get(at).is_none_or(|count| *count == 0);
        match self.counted {
            _ if is_empty => f64::NAN,
            true => 2.0 * (self.values[at] + 0.375).sqrt(),
            false => self.values[at],
        }
    }

    fn untransformed(&self, value: f64) -> f64 {
        match self.counted {
            true => (value.max(0.0) / 2.0).powi(2) - 0.375,
            false => value,
        }
    }

    /// What chance alone makes of a window's value, as a standard deviation.
    fn chance(&self, at: usize, expected: f64) -> f64 {
        if self.counted {
            return 1.0;
        }
        if !self.is_share {
            return expected.abs() * 1e-3 + 1e-9;
        }
        // As if one record more of each sort had been seen: no share is certain.
        let count = self.counts.get(at).copied().unwrap_or_default() as f64;
        let share = (expected.clamp(0.0, 1.0) * count + 1.0) / (count + 2.0);
        (share * (1.0 - share) / (count + 2.0)).sqrt()
    }
}

/// What windows of earlier seasons tell of one; `None` before the third season.
fn seasonal(values: &[f64], at: usize, season: usize, stride: usize) -> Option<f64> {
    if season == 0 || at < 2 * season {
        return None;
    }
    let seasons = (1..=SEASONS).map_while(|seasons| at.checked_sub(seasons * season));
    let around = seasons.flat_map(|middle| {
        let near = (0..=2 * NEIGHBOURS)
            .map(move |near| (middle + near * stride).checked_sub(NEIGHBOURS * stride));
        near.flatten()
    });
    let around = around.filter(|near| *near < at);
    let mut near: Vec<f64> = around
        .map(|near| values[near])
        .filter(|value| !value.is_nan())
        .collect();
    (near.len() >= 2 * NEIGHBOURS).then(|| median(&mut near))
}

/// What the windows right before one tell of it.
fn local(values: &[f64], at: usize, stride: usize) -> Option<f64> {
    let before = (1..=LOCAL).map_while(|steps| at.checked_sub(steps * stride));
    let mut near: Vec<f64> = before
        .map(|before| values[before])
        .filter(|value| !value.is_nan())
        .collect();
    (near.len() >= LOCAL - 1).then(|| median(&mut near))
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
