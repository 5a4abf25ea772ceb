//! Whether a difference between two samples is more than chance.
//!
//! * Durations: the rank-sum test of Mann and Whitney (Ann. Math. Stat. 18, 1947), two-sided, by the normal approximation
//!   with corrections for ties and continuity; it asks nothing of how durations are distributed.
//! * Counts: the test of two Poisson rates by Przyborowski and Wilenski (Biometrika 31, 1940): given their sum, one count is
//!   binomial.
//! * Many tests at once: the procedure of Benjamini and Hochberg (J. R. Stat. Soc. B 57, 1995), which bounds the expected
//!   share of false findings among the findings.

/// Fewer values on one side are no sample: the approximation needs about so many.
pub const FEWEST: usize = 8;

/// How two samples differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// How likely a difference like this is by chance.
    pub p: f64,
    /// How likely a value of the right sample is larger than one of the left, ties counted half: 0.5 is no difference (Vargha
    /// and Delaney, J. Educ. Behav. Stat. 25, 2000).
    pub larger: f64,
}

/// Compares two samples by ranks; `None` when one is too small to tell.
pub fn rank_sum(left: &[i64], right: &[i64]) -> Option<Shift> {
    if left.len() < FEWEST || right.len() < FEWEST {
        return None;
    }
    let (n, m) = (left.len() as f64, right.len() as f64);
    let sides = [(left, false), (right, true)];
    let all = sides
        .into_iter()
        .flat_map(|(values, is_right)| values.iter().map(move |value| (*value, is_right)));
    let mut all: Vec<(i64, bool)> = all.collect();
    all.sort_unstable();
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|left, right| left.0 == right.0) {
        let count = equal.len() as f64;
        let rank = before + (count + 1.0) / 2.0;
        let of_right = equal.iter().filter(|(_, is_right)| *is_right).count();
        ranks += rank * of_right as f64;
        ties += count * count * count - count;
        before += count;
    }
    let u = ranks - m * (m + 1.0) / 2.0;
    let total = n + m;
    let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    let apart = ((u - n * m / 2.0).abs() - 0.5).max(0.0);
    let p = match variance > 0.0 {
        true => two_sided(apart / variance.sqrt()),
        // All values are equal.
        false => 1.0,
    };
    Some(Shift {
        p,
        larger: u / (n * m),
    })
}

/// How likely counts like these are if both happen at one rate, in so much of what they are counted in.
pub fn rates(counts: [u64; 2], of: [u64; 2]) -> f64 {
    let (count, total) = (counts[1], counts[0].saturating_add(counts[1]));
    let among = of[0].saturating_add(of[1]) as f64;
    let share = of[1] as f64 / among;
    if total == 0 || of.contains(&0) {
        return 1.0;
    }
    let (mean, spread) = (
        total as f64 * share,
        (total as f64 * share * (1.0 - share)).sqrt(),
    );
    if total > MOST_EXACT {
        let apart = ((count as f64 - mean).abs() - 0.5).max(0.0);
        return two_sided(apart / spread);
    }
    // The chances of all counts that are no likelier than this one.
    let mut logs = Vec::with_capacity(total as usize + 1);
    let mut choose = 0.0;
    for k in 0..=total {
        logs.push(choose + k as f64 * share.ln() + (total - k) as f64 * (1.0 - share).ln());
        choose += ((total - k) as f64 / (k + 1) as f64).ln();
    }
    let own = logs.get(count as usize).copied().unwrap_or(0.0) + 1e-9;
    let unlikely = logs.iter().filter(|log| **log <= own);
    unlikely.map(|log| log.exp()).sum::<f64>().min(1.0)
}

/// Beyond so many events the normal approximation is as good.
const MOST_EXACT: u64 = 10_000;

/// The chances of many tests, each raised so that calling those below a bound findings keeps the expected share of false
/// ones among them below it.
pub fn adjusted(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|left, right| chances[*right].total_cmp(&chances[*left]));
    let mut out = vec![1.0; chances.len()];
    let mut least = 1.0f64;
    for (from_end, at) in order.into_iter().enumerate() {
        let rank = (chances.len() - from_end) as f64;
        least = least.min(chances[at] * chances.len() as f64 / rank);
        out[at] = least;
    }
    out
}

/// The chance that a standard normal value is so far from 0 or farther.
fn two_sided(z: f64) -> f64 {
    erfc(z / std::f64::consts::SQRT_2)
}

/// The complementary error function of a value that is not negative: its series (Abramowitz and Stegun, 7.1.5) below 2, its
/// continued fraction (7.1.14) above.
fn erfc(x: f64) -> f64 {
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..60u32 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return 1.0 - sum * std::f64::consts::FRAC_2_SQRT_PI;
    }
    let tail = (1..80u32)
        .rev()
        .fold(x, |below, k| x + f64::from(k) / 2.0 / below);
    (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI / 2.0 / tail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        let apart = (found - expected).abs();
        assert!(
            apart <= 1e-6 * expected.abs().max(1e-3),
            "{found} {expected}"
        );
    }

    #[test]
    fn erfc_is_that_of_the_tables() {
        for (x, expected) in [
            (0.0, 1.0),
            (0.5, 0.479_500_122),
            (1.0, 0.157_299_207),
            (1.999_999, 0.004_677_756_1),
            (2.0, 0.004_677_735),
            (3.0, 2.209_049_7e-5),
            (5.0, 1.537_459_8e-12),
        ] {
            let found = erfc(x);
            assert!((found - expected).abs() <= 1e-5 * expected, "{x}: {found}");
        }
    }

    #[test]
    fn ranks_tell_samples_apart() {
        let low: Vec<i64> = (1..=10).collect();
        let high: Vec<i64> = (11..=20).collect();
        // U = 100 of 100; z = 49.5 / sqrt(175).
        let shift = rank_sum(&low, &high).unwrap();
        close(shift.larger, 1.0);
        close(shift.p, 0.000_182_671_8);
        assert_eq!(rank_sum(&high, &low).unwrap().larger, 0.0);
        let same = rank_sum(&low, &low).unwrap();
        close(same.larger, 0.5);
        close(same.p, 1.0);
        let equal = rank_sum(&[5; 8], &[5; 9]).unwrap();
        assert_eq!((equal.p, equal.larger), (1.0, 0.5));
        assert_eq!(rank_sum(&low, &[1; FEWEST - 1]), None);
    }

    #[test]
    fn rates_are_compared_by_what_they_are_counted_in() {
        close(rates([0, 0], [10, 10]), 1.0);
        // Half of all ways: 2 / 2^5.
        close(rates([5, 0], [10, 10]), 0.0625);
        close(rates([0, 5], [10, 10]), 0.0625);
        close(rates([5, 5], [10, 10]), 1.0);
        // Twice as many in twice as much is nothing.
        assert!(rates([20, 40], [100, 200]) > 0.9);
        assert!(rates([20, 40], [200, 100]) < 1e-4);
        assert!(rates([20_000, 21_000], [100, 100]) < 1e-5);
        assert_eq!(rates([3, 0], [10, 0]), 1.0);
    }

    #[test]
    fn many_chances_are_raised_in_order() {
        // The example of the paper's procedure: p(i) · n / i, made rising from the last.
        let found = adjusted(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in found.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            close(*found, expected);
        }
        assert_eq!(adjusted(&[]), Vec::<f64>::new());
    }
}
