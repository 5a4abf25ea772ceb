//! Web vitals: what is measured of a page, and how well it scores by the curves of Lighthouse as Sentry weights them.

/// A vital. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vital {
    /// Largest contentful paint.
    Lcp,
    /// First contentful paint.
    Fcp,
    /// Interaction to next paint.
    Inp,
    /// Cumulative layout shift, without a unit.
    Cls,
    /// Time to the first byte.
    Ttfb,
}

impl Vital {
    /// All of them, in the order of [`Self::place`].
    pub const ALL: [Self; 5] = [Self::Lcp, Self::Fcp, Self::Inp, Self::Cls, Self::Ttfb];

    /// Its place in lists of all vitals.
    pub fn place(self) -> usize {
        self as usize
    }

    /// Its share of the score of a page that has all of them.
    pub fn weight(self) -> f64 {
        match self {
            Self::Lcp | Self::Inp => 0.30,
            Self::Fcp | Self::Cls => 0.15,
            Self::Ttfb => 0.10,
        }
    }

    /// The values that score 0.9 and 0.5.
    fn curve(self, is_mobile: bool) -> (f64, f64) {
        match (self, is_mobile) {
            (Self::Lcp, false) => (1200.0, 2400.0),
            (Self::Lcp, true) => (2500.0, 4000.0),
            (Self::Fcp, false) => (900.0, 1600.0),
            (Self::Fcp, true) => (1800.0, 3000.0),
            (Self::Inp, _) => (200.0, 500.0),
            (Self::Cls, _) => (0.1, 0.25),
            (Self::Ttfb, false) => (200.0, 400.0),
            (Self::Ttfb, true) => (800.0, 1800.0),
        }
    }

    /// How well a value scores, 0 to 1: 0.5 · (1 − erf((ln x − ln p50) / (√2 · σ))), σ = |ln p10 − ln p50| / (√2 ·
    /// 0.9061938024368232). A value below zero is none.
    pub fn score(self, value: f64, is_mobile: bool) -> Option<f64> {
        if value.is_nan() || value < 0.0 {
            return None;
        }
        if value == 0.0 {
            return Some(1.0);
        }
        let (p10, p50) = self.curve(is_mobile);
        let deviation = (p10.ln() - p50.ln()).abs() / (2f64.sqrt() * 0.906_193_802_436_823_2);
        let standard = (value.ln() - p50.ln()) / (2f64.sqrt() * deviation);
        Some((0.5 * (1.0 - erf(standard))).clamp(0.0, 1.0))
    }
}

/// The error function by Abramowitz and Stegun, 7.1.26; off by at most 1.5e-7.
fn erf(x: f64) -> f64 {
    const P: f64 = 0.327_591_1;
    const A: [f64; 5] = [
        0.254_829_592,
        -0.284_496_736,
        1.421_413_741,
        -1.453_152_027,
        1.061_405_429,
    ];
    let t = 1.0 / (1.0 + P * x.abs());
    let sum = A.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    x.signum() * (1.0 - sum * (-x * x).exp())
}

/// Who showed a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Browser {
    /// On a phone or tablet.
    pub is_mobile: bool,
    /// Safari measures only FCP and TTFB.
    pub is_safari: bool,
    /// Firefox does not measure CLS.
    pub is_firefox: bool,
}

impl Browser {
    /// Told by a user agent, or by a browser's name.
    pub fn of(agent: &str) -> Self {
        let has = |word: &str| agent.contains(word);
        let has_any = |words: &[&str]| words.iter().any(|word| has(word));
        Self {
            is_mobile: has_any(&["Mobi", "Android", "iPhone", "iPad", "Mobile"]),
            is_safari: has("Safari")
                && !has_any(&[
                    "Chrome", "Chromium", "CriOS", "Edg", "OPR", "Android", "FxiOS",
                ]),
            is_firefox: has("Firefox"),
        }
    }

    fn measures(self, vital: Vital) -> bool {
        match vital {
            Vital::Fcp | Vital::Ttfb => true,
            Vital::Cls => !self.is_safari && !self.is_firefox,
            Vital::Lcp | Vital::Inp => !self.is_safari,
        }
    }
}

/// The score of each vital of one page load, and the weight each has in it: those of the vitals there are, made to sum up
/// to one. Without any vital all weights are zero.
pub fn scores(values: &[Option<f64>; 5], browser: Browser) -> [(f64, f64); 5] {
    let score = |vital: Vital| {
        let value = values[vital.place()].filter(|_| browser.measures(vital));
        let score = value.and_then(|value| vital.score(value, browser.is_mobile));
        score.map_or((0.0, 0.0), |score| (score, vital.weight()))
    };
    let mut scores = Vital::ALL.map(score);
    let all: f64 = scores.iter().map(|(_, weight)| weight).sum();
    if all > 0.0 {
        for (_, weight) in &mut scores {
            *weight /= all;
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_go_through_their_points() {
        for vital in Vital::ALL {
            for is_mobile in [false, true] {
                let (p10, p50) = vital.curve(is_mobile);
                let score = |value| vital.score(value, is_mobile).unwrap_or(-1.0);
                assert!((score(p10) - 0.9).abs() < 1e-6, "{vital:?} {is_mobile}");
                assert!((score(p50) - 0.5).abs() < 1e-6, "{vital:?} {is_mobile}");
                assert!(score(p50 * 100.0) < 0.01);
            }
        }
        assert_eq!(Vital::Cls.score(0.0, false), Some(1.0));
        assert_eq!(Vital::Lcp.score(-1.0, false), None);
        let weights: f64 = Vital::ALL.iter().map(|vital| vital.weight()).sum();
        assert!((weights - 1.0).abs() < 1e-12);
    }

    #[test]
    fn weights_are_those_of_the_vitals_there_are() {
        let values = [Some(2400.0), Some(1600.0), None, Some(0.25), None];
        let weights =
            |browser| scores(&values, browser).map(|(_, weight)| (weight * 100.0).round());
        assert_eq!(weights(Browser::default()), [50.0, 25.0, 0.0, 25.0, 0.0]);
        let safari = Browser::of("Version/17 Safari/605.1.15");
        assert_eq!(weights(safari), [0.0, 100.0, 0.0, 0.0, 0.0]);
        let firefox = Browser::of("Gecko/20100101 Firefox/130.0");
        assert_eq!(weights(firefox), [67.0, 33.0, 0.0, 0.0, 0.0]);
        assert_eq!(scores(&[None; 5], Browser::default()), [(0.0, 0.0); 5]);
        assert!(!Browser::of("Chrome/148 Safari/537.36").is_safari);
        assert!(Browser::of("Chrome/148 Mobile Safari/537.36").is_mobile);
    }
}
