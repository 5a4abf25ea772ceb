//! Anomalies on generated seasonal traffic: how often there is a false alarm, and that what is wrong is found.

use headwater::alerts::rule::{Metric, Watches};
use headwater::alerts::{Judged, Readings, Recorded, incidents::incidents, rules_from};

/// Numbers that look random, the same every time: xorshift64* (S. Vigna, arXiv:1402.6246).
struct Random(u64);

impl Random {
    /// From 0 to below 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// By the distribution of Poisson, by its exponential gaps.
    fn poisson(&mut self, mean: f64) -> f64 {
        let (mut count, mut sum) = (0.0, 0.0);
        loop {
            sum -= (1.0 - self.next()).ln();
            if sum >= mean {
                return count;
            }
            count += 1.0;
        }
    }
}

const DAY: usize = 1440;
const WINDOW: usize = 5;

/// Windows of five minutes, each minute, over counts around a daily wave between 40 and 160 a minute.
fn traffic(seed: u64, days: usize, change: impl Fn(usize, f64) -> f64) -> (Readings, Recorded) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mean =
        |minute: usize| 100.0 - 60.0 * (minute as f64 / DAY as f64 * std::f64::consts::TAU).cos();
    let minutes: Vec<f64> = (0..days * DAY)
        .map(|minute| change(minute, random.poisson(mean(minute))))
        .collect();
    let window = |end: usize| minutes[end.saturating_sub(WINDOW)..end].iter().sum::<f64>();
    let values: Vec<f64> = (1..=minutes.len()).map(window).collect();
    let readings = Readings {
        first_end: 1,
        step: 1,
        window: WINDOW,
        counts: values.iter().map(|value| *value as u64).collect(),
        values,
        peers: Vec::new(),
    };
    let recorded = Recorded {
        start: 0,
        end: minutes.len() as i64,
        gaps: Vec::new(),
    };
    (readings, recorded)
}

fn metric(sensitivity: &str, direction: &str) -> Metric {
    let text = format!(
        "[[rule]]\nname = \"r\"\naggregate = \"count()\"\nwindow = \"5m\"\n\
         anomaly = {{ sensitivity = \"{sensitivity}\", direction = \"{direction}\" }}\n"
    );
    match rules_from(&text)
        .expect("it is right")
        .rules
        .remove(0)
        .watches
    {
        Watches::Metric(metric) => *metric,
        Watches::Issues(_) => panic!("it is about a number"),
    }
}

/// Incidents, as minutes at which they begin.
fn alarms(metric: &Metric, (readings, recorded): &(Readings, Recorded)) -> Vec<i64> {
    let judged = Judged::new(metric, readings, recorded);
    incidents(&judged, metric.windows)
        .iter()
        .map(|incident| incident.start)
        .collect()
}

/// False alarms a week over so many runs of so many weeks, for each sensitivity.
fn false_alarms(runs: u64, weeks: usize) -> [f64; 3] {
    let runs: Vec<_> = (1..=runs)
        .map(|seed| traffic(seed, 7 * weeks, |_, count| count))
        .collect();
    ["low", "medium", "high"].map(|sensitivity| {
        let metric = metric(sensitivity, "above");
        let all: usize = runs.iter().map(|run| alarms(&metric, run).len()).sum();
        all as f64 / (runs.len() * weeks) as f64
    })
}

/// What the documentation of `alerts::anomaly` says.
const DOCUMENTED: [f64; 3] = [0.13, 0.54, 1.94];

#[test]
#[ignore = "takes a minute; it measures the figures of the documentation"]
fn false_alarms_are_those_of_the_documentation() {
    let measured = false_alarms(20, 4);
    println!("low, medium, high: {measured:?} alarms a week");
    for (measured, documented) in measured.iter().zip(DOCUMENTED) {
        assert!(
            (measured - documented).abs() < 0.02,
            "{measured} {documented}"
        );
    }
}

#[test]
fn false_alarms_stay_as_documented() {
    // Few weeks tell less exactly than many: chance may add one in them.
    let measured = false_alarms(3, 1);
    for (measured, documented) in measured.iter().zip(DOCUMENTED) {
        assert!(
            *measured <= 2.0 * documented + 1.0,
            "{measured} {documented}"
        );
    }
}

#[test]
fn what_breaks_the_wave_is_found_at_each_sensitivity() {
    // On the fifth day at noon, half as much again for an hour; at night, nothing for half an hour.
    let noon = 4 * DAY + DAY / 2;
    let night = 5 * DAY + 60;
    let run = traffic(7, 7, |minute, count| match minute {
        minute if (noon..noon + 60).contains(&minute) => count * 1.5,
        minute if (night..night + 30).contains(&minute) => 0.0,
        _ => count,
    });
    for sensitivity in ["low", "medium", "high"] {
        let above = alarms(&metric(sensitivity, "above"), &run);
        let near = |alarms: &[i64], minute: usize| {
            alarms
                .iter()
                .any(|at| (0..10).contains(&(at - minute as i64)))
        };
        assert!(near(&above, noon), "{sensitivity}: {above:?}");
        assert!(!near(&above, night), "{sensitivity}: {above:?}");
        let both = alarms(&metric(sensitivity, "both"), &run);
        assert!(
            near(&both, noon) && near(&both, night),
            "{sensitivity}: {both:?}"
        );
    }
    // The wave itself rises as much within a few hours.
    let calm = traffic(7, 7, |_, count| count);
    let calm = alarms(&metric("low", "both"), &calm);
    assert!(calm.len() <= 1, "{calm:?}");
}

#[test]
fn a_short_history_is_said_and_judges_nothing() {
    let (mut readings, mut recorded) = traffic(3, 1, |_, count| count);
    readings.values.truncate(60);
    readings.counts.truncate(60);
    recorded.end = 60;
    let judged = Judged::new(&metric("high", "both"), &readings, &recorded);
    assert_eq!(incidents(&judged, 1), []);
    assert!(
        judged.notes[0].starts_with("History is too short"),
        "{:?}",
        judged.notes
    );
    let run = traffic(3, 1, |_, count| count);
    let judged = Judged::new(&metric("high", "both"), &run.0, &run.1);
    assert!(
        judged.notes[0].starts_with("Fewer than two seasons"),
        "{:?}",
        judged.notes
    );
}
