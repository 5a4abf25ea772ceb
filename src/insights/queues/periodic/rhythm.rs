//! The rhythm of a job that nobody told when to run: seen in the starts of its runs, if they are even enough.

/// How uneven gaps may be, as a share of the interval.
const EVEN: f64 = 0.1;
/// How late a run may be, as a share of the interval.
pub const LATE: f64 = 0.25;
/// Runs it takes to see a rhythm.
pub const RUNS: usize = 6;

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// From start to start, nanoseconds.
    pub interval: i64,
    /// Runs that are missing between others.
    pub missed: u64,
    /// Runs that began late.
    pub late: u64,
}

impl Rhythm {
    /// How many runs are missing in a gap.
    pub fn missing(&self, gap: i64) -> u64 {
        let intervals = gap as f64 / self.interval as f64;
        (intervals.round() as u64).saturating_sub(1)
    }
}

/// The rhythm of sorted starts, if there is one. O(n).
pub fn rhythm(starts: &[i64]) -> Option<Rhythm> {
    if starts.len() < RUNS {
        return None;
    }
    let gaps = || {
        starts
            .windows(2)
            .map(|pair| pair[1].saturating_sub(pair[0]))
    };
    let interval = median(gaps().collect())?;
    let deviations = gaps().map(|gap| (gap - interval).saturating_abs());
    if interval <= 0 || median(deviations.collect())? as f64 > EVEN * interval as f64 {
        return None;
    }
    let mut rhythm = Rhythm {
        interval,
        missed: 0,
        late: 0,
    };
    for gap in gaps() {
        rhythm.missed += rhythm.missing(gap);
        let intervals = gap as f64 / interval as f64;
        let after = intervals - intervals.round().max(1.0);
        rhythm.late += u64::from(after > LATE);
    }
    Some(rhythm)
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_and_what_is_out_of_it() {
        let of = |starts: &[i64]| {
            rhythm(starts).map(|rhythm| (rhythm.interval, rhythm.missed, rhythm.late))
        };
        for (starts, expected) in [
            (&[0, 100, 200, 300, 400, 500][..], Some((100, 0, 0))),
            (&[0, 101, 199, 300, 402, 503], Some((101, 0, 0))),
            // The third and fourth are missing.
            (&[0, 100, 400, 500, 600, 700], Some((100, 2, 0))),
            (&[0, 100, 200, 340, 440, 540], Some((100, 0, 1))),
            // Missing one, and late after it.
            (&[0, 100, 200, 300, 540, 640, 740], Some((100, 1, 1))),
            // Too few to tell, too even to be true, too uneven.
            (&[0, 100, 200, 300, 400], None),
            (&[0, 0, 0, 0, 0, 0], None),
            (&[0, 13, 200, 210, 590, 600], None),
        ] {
            assert_eq!(of(starts), expected, "{starts:?}");
        }
        let rhythm = Rhythm {
            interval: 100,
            missed: 0,
            late: 0,
        };
        assert_eq!(
            [0, 99, 149, 151, 350].map(|gap| rhythm.missing(gap)),
            [0, 0, 0, 1, 3]
        );
    }
}
