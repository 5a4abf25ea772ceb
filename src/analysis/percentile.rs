//! Percentiles of durations: exact, with linear interpolation between the closest ranks.

/// The value that `share` of the values lie below, `h = (n - 1) · share`; 0 of no values. The values are put in another
/// order, since they are selected and not sorted: it takes O(n).
pub fn percentile(values: &mut [i64], share: f64) -> i64 {
    let Some(last) = values.len().checked_sub(1) else {
        return 0;
    };
    let rank = last as f64 * share.clamp(0.0, 1.0);
    let low = (rank.floor() as usize).min(last);
    let (_, value, above) = values.select_nth_unstable(low);
    let value = *value;
    let next = above.iter().copied().min().unwrap_or(value);
    // The difference first: two large numbers far apart lose nothing that way.
    value.saturating_add(((next.saturating_sub(value)) as f64 * rank.fract()).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_the_closest_ranks() {
        let of = |values: &[i64], share| percentile(&mut values.to_vec(), share);
        for (values, share, expected) in [
            (&[][..], 0.5, 0),
            (&[7], 0.95, 7),
            (&[4, 1, 3, 2], 0.5, 3), // 2.5, rounded
            (&[40, 10, 30, 20], 0.5, 25),
            (&[40, 10, 30, 20], 0.9, 37), // h = 2.7: 30 + 0.7 · 10
            (&[5, 5, 5, 100], 0.0, 5),
            (&[5, 5, 5, 100], 1.0, 100),
            (&[i64::MIN, i64::MAX], 1.0, i64::MAX),
        ] {
            assert_eq!(of(values, share), expected, "{values:?} {share}");
        }
    }
}
