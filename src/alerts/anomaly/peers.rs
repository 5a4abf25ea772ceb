//! Bounds from other records of the same windows: what two shares may differ by chance.
//!
//! Where there is no past to compare with, a new release or a route from the first minute on, its peers tell what is to be
//! expected, as in the analysis of a canary release. Two shares are compared by the test for two proportions with the
//! pooled share (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10 with continuity left out): they differ if
//! their distance is more than `z` standard errors. The chance of a false alarm is α of the sensitivity for each window
//! divided by [`TRIES`]. Windows with fewer than [`LEAST_RECORDS`] records on either side are not judged.

use super::quantile::normal;
use super::{Bounds, Material, alpha};
use crate::alerts::rule::{Anomaly, Direction};

/// Records that must be there on both sides.
pub const LEAST_RECORDS: u64 = 10;
/// Windows in which nothing happened that α is shared among.
const TRIES: f64 = 50.0;

/// Bounds of shares. `peers` are how many records there are in each window, and how many of them fit.
pub fn bounds(material: &Material, peers: &[(u64, u64)], wanted: &Anomaly) -> Bounds {
    let mut bounds = Bounds::none(material.values.len());
    let sides = if wanted.direction == Direction::Both {
        2.0
    } else {
        1.0
    };
    let z = normal(1.0 - alpha(wanted.sensitivity) / (sides * TRIES));
    for (at, value) in material.values.iter().enumerate() {
        let own = material.counts.get(at).copied().unwrap_or_default();
        let (all, fit) = peers.get(at).copied().unwrap_or_default();
        if value.is_nan() || own.min(all) < LEAST_RECORDS {
            continue;
        }
        let (own, all, fit) = (own as f64, all as f64, fit as f64);
        let pooled = (value * own + fit) / (own + all);
        let error = (pooled * (1.0 - pooled) * (1.0 / own + 1.0 / all)).sqrt();
        let (expected, off) = (fit / all, z * error);
        bounds.set(at, (expected - off, expected + off), wanted.direction);
    }
    if !bounds.judged.contains(&true) {
        bounds.notes.push(format!(
            "No window has {LEAST_RECORDS} records of its own and as many of its peers, so nothing is judged."
        ));
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::rule::Sensitivity;

    #[test]
    fn shares_differ_when_chance_does_not_explain_it() {
        let wanted = |sensitivity| Anomaly {
            sensitivity,
            ..Anomaly::default()
        };
        let judged = |value: f64, own: u64, peer: (u64, u64), sensitivity| {
            let material = Material {
                values: &[value],
                counts: &[own],
                step: 1,
                window: 1,
                is_share: true,
                counted: false,
            };
            let bounds = bounds(&material, &[peer], &wanted(sensitivity));
            bounds.judged[0].then_some(value > bounds.upper[0])
        };
        use Sensitivity::{High, Low, Medium};
        // All of 40 miss against three quarters of 50: beyond chance, though not beyond all doubt.
        assert_eq!(judged(1.0, 40, (50, 37), High), Some(true));
        assert_eq!(judged(1.0, 40, (50, 37), Low), Some(false));
        assert_eq!(judged(1.0, 120, (130, 97), Medium), Some(true));
        assert_eq!(judged(1.0, 120, (130, 97), Low), Some(true));
        assert_eq!(judged(0.75, 120, (130, 97), High), Some(false));
        assert_eq!(
            judged(0.2, 120, (130, 97), High),
            Some(false),
            "less is not bad"
        );
        assert_eq!(judged(1.0, 9, (130, 97), High), None);
        assert_eq!(judged(1.0, 130, (9, 0), High), None);
    }
}
