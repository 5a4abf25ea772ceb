//! The values of a rule's windows, as live evaluation would have seen them, and when there was anything to see.

/// When something was recorded, in minutes since the epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The first minute.
    pub start: i64,
    /// The minute behind the last one.
    pub end: i64,
    /// Stretches in between in which nothing at all was recorded, for longer than a set of rules allows; from the first
    /// minute to behind the last, in order.
    pub gaps: Vec<(i64, i64)>,
}

impl Recorded {
    /// From how many records there were in each minute. Nothing for at least `gap` minutes means that the recording was
    /// off, not that the system was silent.
    pub fn new(start: i64, counts: &[u64], gap: i64) -> Self {
        let busy = (start..).zip(counts).filter(|(_, count)| **count > 0);
        let mut gaps = Vec::new();
        let mut first = None;
        let mut last = start;
        for (minute, _) in busy {
            if first.is_none() {
                first = Some(minute);
            } else if minute - last >= gap.max(1) {
                gaps.push((last, minute));
            }
            last = minute + 1;
        }
        Self {
            start: first.unwrap_or(start),
            end: last,
            gaps,
        }
    }

    /// Minutes in which the recording ran.
    pub fn minutes(&self) -> i64 {
        let missing: i64 = self.gaps.iter().map(|(from, to)| to - from).sum();
        (self.end - self.start - missing).max(0)
    }

    /// When the stretch of recording began that this window, which ends at `end`, ends in; `None` when nothing of its last
    /// `step` minutes was recorded.
    pub fn began(&self, end: i64, step: i64) -> Option<i64> {
        if end <= self.start || end - step >= self.end {
            return None;
        }
        let before = self.gaps.iter().rev().find(|(from, _)| *from < end);
        match before {
            Some((from, to)) if end <= *to => {
                (end - step < *from).then(|| self.stretch_before(*from))
            }
            Some((_, to)) => Some(*to),
            None => Some(self.start),
        }
    }

    fn stretch_before(&self, gap: i64) -> i64 {
        let before = self.gaps.iter().rev().find(|(_, to)| *to <= gap);
        before.map_or(self.start, |(_, to)| *to)
    }
}

/// The values of the windows of one rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// When the first window ends, in minutes since the epoch.
    pub first_end: i64,
    /// Minutes from one to the next.
    pub step: usize,
    /// Minutes of a window.
    pub window: usize,
    /// The value of each window; what had nothing to be computed of is 0.
    pub values: Vec<f64>,
    /// Records of each window: of a share, those it is a share of.
    pub counts: Vec<u64>,
    /// Of a rule with peers, how many of their records there are in each window, and how many fit.
    pub peers: Vec<(u64, u64)>,
}

impl Readings {
    /// When a window ends, in minutes since the epoch.
    pub fn end_of(&self, window: usize) -> i64 {
        self.first_end + (window * self.step) as i64
    }

    /// The window that ends at a minute.
    pub fn ending(&self, minute: i64) -> Option<usize> {
        let into = usize::try_from(minute - self.first_end).ok()?;
        let at = into / self.step.max(1);
        (into.is_multiple_of(self.step.max(1)) && at < self.values.len()).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_of_everything_is_a_gap_and_not_a_value() {
        let counts = [0, 4, 0, 0, 1, 0, 0, 0, 9, 0];
        let recorded = Recorded::new(100, &counts, 3);
        assert_eq!(
            recorded,
            Recorded {
                start: 101,
                end: 109,
                gaps: vec![(105, 108)]
            }
        );
        assert_eq!(recorded.minutes(), 5);
        let began: Vec<Option<i64>> = (100..=111).map(|end| recorded.began(end, 1)).collect();
        let first = Some(101);
        let second = Some(108);
        assert_eq!(
            began,
            [
                None, None, first, first, first, first, None, None, None, second, None, None
            ]
        );
        // With a longer step a window that ends within the gap may still have seen something.
        assert_eq!(recorded.began(106, 3), first);
        assert_eq!(Recorded::new(100, &counts, 4).gaps, []);
    }
}
