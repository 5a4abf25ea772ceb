//! Durations as a histogram whose bins are equally wide on a logarithmic axis.
//!
//! Edges are preferred numbers, like those of ISO 3: each power of ten is cut into 1 to 5, 10, 20, 40 or 80 equal ratios, rounded to
//! three digits, so that an edge reads `1.25 ms` and not `1.2589 ms`. The finest cut that keeps to the number of bins is
//! taken. A logarithmic axis has no place for 0: durations of nothing have the first bin, which ends where others begin.

/// The most bins that are ever made.
pub const MOST_BINS: usize = 200;

/// Counts of durations in bins of equal ratio.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DurationHistogram {
    /// Nanoseconds, ascending; bin `i` holds what lies from edge `i` to before edge `i + 1`.
    edges: Vec<i64>,
    counts: Vec<u64>,
}

impl DurationHistogram {
    /// Counts durations (nanoseconds; negative ones count as 0) into at most `most_bins` bins, at least one.
    pub fn new(durations: &[i64], most_bins: usize) -> Self {
        let (Some(min), Some(max)) = (durations.iter().min(), durations.iter().max()) else {
            return Self::default();
        };
        let least = durations.iter().filter(|duration| **duration > 0).min();
        let edges = duration_edges(*min, *least.unwrap_or(max), *max, most_bins);
        let mut histogram = Self {
            counts: vec![0; edges.len() - 1],
            edges,
        };
        for duration in durations {
            let bin = histogram.bin_of(*duration);
            histogram.counts[bin] += 1;
        }
        histogram
    }

    /// Counts, one a bin; empty without durations.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// From where to where the bin reaches, in nanoseconds, the end not included.
    pub fn bin(&self, bin: usize) -> Option<(i64, i64)> {
        Some((*self.edges.get(bin)?, *self.edges.get(bin + 1)?))
    }

    /// The highest count.
    pub fn highest(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }

    /// The bin a duration falls in; those beyond the ends count to the outermost bins.
    pub fn bin_of(&self, duration: i64) -> usize {
        let after = self.edges.partition_point(|edge| *edge <= duration);
        after
            .saturating_sub(1)
            .min(self.counts.len().saturating_sub(1))
    }

    /// Where a duration is on an axis of `width` points, on which all bins are equally wide.
    pub fn x_from_duration(&self, duration: i64, width: f32) -> f32 {
        let bin = self.bin_of(duration);
        let Some((from, to)) = self.bin(bin) else {
            return 0.0;
        };
        // Within a bin the axis is close enough to linear.
        let share = (duration - from) as f64 / (to - from) as f64;
        let place = bin as f64 + share.clamp(0.0, 1.0);
        (place / self.counts.len() as f64 * f64::from(width)) as f32
    }

    /// The duration at a place on an axis of `width` points.
    pub fn duration_from_x(&self, x: f32, width: f32) -> i64 {
        let bins = self.counts.len();
        let place = f64::from(x) / f64::from(width.max(1.0)) * bins as f64;
        let place = place.clamp(0.0, bins as f64);
        let bin = (place as usize).min(bins.saturating_sub(1));
        let Some((from, to)) = self.bin(bin) else {
            return 0;
        };
        from.saturating_add(((place - bin as f64) * (to - from) as f64).round() as i64)
    }

    /// The durations marked by a drag from one place to another, in either direction: from, and to (not included).
    pub fn brushed(&self, x: [f32; 2], width: f32) -> (i64, i64) {
        let [a, b] = x.map(|x| self.duration_from_x(x, width));
        (a.min(b), a.max(b))
    }
}

/// Where the bins of durations (nanoseconds) from `min` to `max` begin and end, rising: at most `most` bins, at least one.
/// `least` is the shortest above 0.
pub fn duration_edges(min: i64, least: i64, max: i64, most: usize) -> Vec<i64> {
    let max = max.max(0);
    let most = most.clamp(1, MOST_BINS);
    let least = least.clamp(0, max);
    let zeros = min <= 0 && least > 0;
    let found = [80, 40, 20, 10, 5, 4, 3, 2, 1]
        .into_iter()
        .map(|cut| edges_of_cut(least, max, cut, zeros))
        .find(|edges| edges.len() - 1 <= most);
    let whole = || vec![if zeros { 0 } else { least }, max.saturating_add(1)];
    found.unwrap_or_else(whole)
}

/// Edges from the last at or below `min` to the first above `max`, with `cut` bins a power of ten, and one below all of
/// them for `zeros`.
fn edges_of_cut(min: i64, max: i64, cut: i32, zeros: bool) -> Vec<i64> {
    let place = |value: i64| (value.max(1) as f64).log10() * f64::from(cut);
    let first = place(min).floor() as i32 - 1;
    let last = place(max.saturating_add(1)).ceil() as i32 + 1;
    let mut all: Vec<i64> = (first.max(0)..=last).map(|n| preferred(n, cut)).collect();
    if min == 0 {
        all.insert(0, 0);
    }
    all.dedup();
    // The largest number there is has no edge above it and counts to the last bin.
    let above = all
        .partition_point(|edge| *edge <= max)
        .min(all.len() - 1)
        .max(1);
    let below = all.partition_point(|edge| *edge <= min).saturating_sub(1);
    let own = &all[below.min(above - 1)..=above];
    let zero = zeros.then_some(0);
    zero.into_iter().chain(own.iter().copied()).collect()
}

/// The `n`th of the preferred numbers that cut a power of ten into `cut`, rounded to three digits.
fn preferred(n: i32, cut: i32) -> i64 {
    let (power, step) = (n.div_euclid(cut), n.rem_euclid(cut));
    let digits = (100.0 * 10f64.powf(f64::from(step) / f64::from(cut))).round();
    // A cast of a float too large gives the largest integer.
    (digits * 10f64.powi(power - 2)).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bins_are_round_and_few() {
        let ms = 1_000_000;
        let histogram = DurationHistogram::new(&[ms, 2 * ms, 2 * ms, 100 * ms], 20);
        assert_eq!(histogram.bin(0), Some((ms, 1_580_000)));
        assert_eq!(histogram.counts().len(), 11);
        assert_eq!(histogram.counts()[histogram.bin_of(2 * ms)], 2);
        assert_eq!(histogram.highest(), 2);
        assert_eq!(DurationHistogram::new(&[], 10).counts(), [0u64; 0]);
        assert_eq!(DurationHistogram::new(&[0, 0], 10).counts(), [2]);
        assert_eq!(DurationHistogram::new(&[0, i64::MAX], 1).counts(), [2]);
    }

    #[test]
    fn nothing_has_a_bin_of_its_own_below_the_others() {
        let (us, s) = (1_000, 1_000_000_000);
        let edges = duration_edges(0, 10 * us, 18 * s, 30);
        assert_eq!(edges[..4], [0, 10 * us, 17_800, 31_600]);
        assert!((20..=30).contains(&(edges.len() - 1)), "{}", edges.len());
        assert_eq!(duration_edges(0, 5, 9, 1), [0, 10]);
        // However far apart they are, there are still as many bins as powers of ten.
        assert_eq!(duration_edges(1, 1, i64::MAX - 1, 30).len(), 20);
    }

    proptest! {
        #[test]
        fn every_duration_is_counted_in_its_bin(
            durations in prop::collection::vec(prop_oneof![0i64..100, 0i64..1_000_000_000_000, Just(i64::MAX)], 1..50),
            most in 1usize..300,
        ) {
            let histogram = DurationHistogram::new(&durations, most);
            prop_assert!(histogram.counts().len() <= most.min(MOST_BINS));
            prop_assert_eq!(histogram.counts().iter().sum::<u64>(), durations.len() as u64);
            for duration in durations {
                let (from, to) = histogram.bin(histogram.bin_of(duration)).expect("its bin exists");
                prop_assert!(from <= duration && (duration < to || to == i64::MAX));
                let x = histogram.x_from_duration(duration, 1_000.0);
                let back = histogram.duration_from_x(x, 1_000.0);
                prop_assert!((back - duration).abs() as f64 <= (to - from) as f64 * 0.05 + 1.0);
            }
        }
    }
}
