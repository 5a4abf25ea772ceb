//! Whether and when a series of durations changed: Pettitt's test.
//!
//! With the ranks `r` of `n` values in the order of time (equal values share the mean of their ranks),
//!
//! ```text
//! U(t) = 2 · (r₁ + … + rₜ) − t · (n + 1),   K = max |U(t)|,   p ≈ 2 · exp(−6 K² / (n³ + n²))
//! ```
//!
//! A. N. Pettitt, "A Non-Parametric Approach to the Change-Point Problem", Applied Statistics 28(2), 1979. It asks nothing of the
//! distribution and is not moved by outliers, which durations have; the change is where `|U|` is greatest. `p` is how likely
//! chance alone makes a `K` as large, an approximation that is good below 0.5. Values are taken as independent. A change that is
//! not in the middle may be placed a few values nearer to it.
//!
//! Of many series some change by chance. [`significant`] keeps those whose `p` stands the procedure of Y. Benjamini and
//! Y. Hochberg ("Controlling the False Discovery Rate", J. R. Statist. Soc. B 57(1), 1995): of those it keeps, a share of at most
//! `rate` is chance on average.

/// Values on either side of a change, at the least: fewer show nothing.
pub const FEW: usize = 10;

/// A change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The place of the first value after it.
    pub at: usize,
    /// How likely chance alone is to make such a change, 0 to 1.
    pub p: f64,
}

/// The most likely change of values in the order of time; `None` of too few, or when it lies too near an end. O(n log n).
pub fn change_point(values: &[i64]) -> Option<ChangePoint> {
    let n = values.len();
    if n < 2 * FEW {
        return None;
    }
    let ranks = twice_ranks(values);
    let mut sum = 0i128;
    let (mut at, mut largest) = (0, 0i128);
    for (before, rank) in ranks.iter().enumerate() {
        let count = before as i128 + 1;
        sum += i128::from(*rank);
        let u = (sum - count * (n as i128 + 1)).abs();
        if u > largest {
            (at, largest) = (before + 1, u);
        }
    }
    let (n, k) = (n as f64, largest as f64);
    let p = (2.0 * (-6.0 * k * k / (n * n * n + n * n)).exp()).min(1.0);
    let is_inside = at >= FEW && values.len() - at >= FEW;
    is_inside.then_some(ChangePoint { at, p })
}

/// Twice the rank of each value, so that shared ones are whole.
fn twice_ranks(values: &[i64]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|place| values[*place]);
    let mut ranks = vec![0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|left, right| values[*left] == values[*right]) {
        // The mean of the ranks first + 1 to first + len, twice.
        let shared = (2 * first + equal.len() + 1) as u64;
        for place in equal {
            ranks[*place] = shared;
        }
        first += equal.len();
    }
    ranks
}

/// Which of these probabilities are significant, at most this share of them by chance.
pub fn significant(p: &[f64], rate: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|left, right| p[*left].total_cmp(&p[*right]));
    let passes = |(rank, place): &(usize, &usize)| {
        p[**place] <= rate * (*rank as f64 + 1.0) / p.len() as f64
    };
    let kept = order.iter().enumerate().rfind(passes);
    let kept = kept.map_or(0, |(rank, _)| rank + 1);
    let mut significant = vec![false; p.len()];
    for place in &order[..kept] {
        significant[*place] = true;
    }
    significant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_shared_by_equals() {
        assert_eq!(twice_ranks(&[30, 10, 20, 20]), [8, 2, 5, 5]);
        assert_eq!(twice_ranks(&[7, 7, 7]), [4, 4, 4]);
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        // Two levels that do not overlap: K = t · (n − t), here 12 · 13.
        let values: Vec<i64> = (0..25)
            .map(|at| if at < 12 { 100 + at } else { 300 - at })
            .collect();
        let found = change_point(&values).expect("a change");
        assert_eq!(found.at, 12);
        let (n, k) = (25.0f64, 156.0f64);
        let p = 2.0 * (-6.0 * k * k / (n * n * n + n * n)).exp();
        assert!((found.p - p).abs() < 1e-12 && p < 0.001, "{found:?} {p}");
    }

    #[test]
    fn what_does_not_change_is_no_change() {
        let alternating: Vec<i64> = (0..200).map(|at| 100 + (at * 7919) % 13).collect();
        let found = change_point(&alternating);
        assert!(found.is_none_or(|found| found.p > 0.1), "{found:?}");
        assert_eq!(change_point(&[5; 100]), None, "nothing varies");
        assert_eq!(change_point(&[1, 1, 1, 9, 9, 9]), None, "too few");
        // One outlier moves no level.
        let mut values = vec![10; 60];
        values[30] = 1_000_000;
        assert!(change_point(&values).is_none_or(|found| found.p > 0.5));
        // A change right at the end shows nothing yet.
        let late: Vec<i64> = (0..50)
            .map(|at| if at < 45 { at % 3 } else { 1_000 })
            .collect();
        assert_eq!(change_point(&late), None);
    }

    #[test]
    fn of_many_some_are_chance() {
        assert_eq!(
            significant(&[0.04, 0.001, 0.5, 0.011], 0.05),
            [false, true, false, true]
        );
        assert_eq!(significant(&[0.03, 0.03], 0.05), [true, true]);
        assert_eq!(significant(&[], 0.05), Vec::<bool>::new());
    }
}
