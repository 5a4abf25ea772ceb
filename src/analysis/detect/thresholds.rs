//! The thresholds of detectors as a list with names: what settings pages, command lines and stores read and write.
//!
//! A value is text with its unit (`50ms`, `300kB`, `33%`, `5`), written so that reading it again gives the same.

use super::{Kind, Settings};

/// What a threshold counts.
#[derive(Clone, Copy)]
enum Place {
    /// How many.
    Count(fn(&mut Settings) -> &mut usize),
    /// Nanoseconds.
    Time(fn(&mut Settings) -> &mut i64),
    /// Milliseconds, as browsers measure.
    Millis(fn(&mut Settings) -> &mut f64),
    /// Bytes.
    Size(fn(&mut Settings) -> &mut f64),
    /// A part of one.
    Share(fn(&mut Settings) -> &mut f64),
    /// Texts with commas between them.
    Texts(fn(&mut Settings) -> &mut Vec<String>),
}

/// One threshold of a detector.
pub struct Threshold {
    /// The kind of issue whose detector it belongs to.
    pub kind: Kind,
    /// Its name behind that of the kind.
    pub key: &'static str,
    /// What it says, for people.
    pub title: &'static str,
    place: Place,
}

const fn threshold(kind: Kind, key: &'static str, title: &'static str, place: Place) -> Threshold {
    Threshold {
        kind,
        key,
        title,
        place,
    }
}

/// All of them, by detector in the order in which these look.
pub static THRESHOLDS: &[Threshold] = &[
    threshold(
        Kind::NPlusOneDb,
        "count",
        "Repeats of the query, at least",
        Place::Count(|s| &mut s.n_plus_one_count),
    ),
    threshold(
        Kind::NPlusOneDb,
        "total",
        "Time they take together, at least",
        Place::Time(|s| &mut s.n_plus_one_total),
    ),
    threshold(
        Kind::MNPlusOneDb,
        "longest",
        "Spans of the group, at most",
        Place::Count(|s| &mut s.motif_longest),
    ),
    threshold(
        Kind::MNPlusOneDb,
        "repetitions",
        "Repetitions of the group, at least",
        Place::Count(|s| &mut s.motif_repetitions),
    ),
    threshold(
        Kind::MNPlusOneDb,
        "total",
        "Time they take together, at least",
        Place::Time(|s| &mut s.motif_total),
    ),
    threshold(
        Kind::MNPlusOneDb,
        "query_share",
        "Share of that time in queries, at least",
        Place::Share(|s| &mut s.motif_db_share),
    ),
    threshold(
        Kind::MNPlusOneDb,
        "ancestors",
        "Levels up to a common ancestor, at most",
        Place::Count(|s| &mut s.motif_ancestors),
    ),
    threshold(
        Kind::NPlusOneApiCalls,
        "count",
        "Calls of the endpoint, at least",
        Place::Count(|s| &mut s.api_calls_count),
    ),
    threshold(
        Kind::NPlusOneApiCalls,
        "total",
        "Sum of their durations, at least",
        Place::Time(|s| &mut s.api_calls_total),
    ),
    threshold(
        Kind::NPlusOneApiCalls,
        "apart",
        "Starts of neighbours differ by less than",
        Place::Time(|s| &mut s.api_calls_apart),
    ),
    threshold(
        Kind::ConsecutiveDb,
        "count",
        "Queries of a run, at least",
        Place::Count(|s| &mut s.consecutive_db_count),
    ),
    threshold(
        Kind::ConsecutiveDb,
        "duration",
        "Each independent query takes longer than",
        Place::Time(|s| &mut s.consecutive_db_each),
    ),
    threshold(
        Kind::ConsecutiveDb,
        "saved",
        "Time saved side by side, at least",
        Place::Time(|s| &mut s.consecutive_db_saved),
    ),
    threshold(
        Kind::ConsecutiveDb,
        "saved_share",
        "The same as a share of the run, at least",
        Place::Share(|s| &mut s.consecutive_db_share),
    ),
    threshold(
        Kind::ConsecutiveHttp,
        "count",
        "Calls of a run, at least",
        Place::Count(|s| &mut s.consecutive_http_count),
    ),
    threshold(
        Kind::ConsecutiveHttp,
        "duration",
        "Each call takes at least",
        Place::Time(|s| &mut s.consecutive_http_each),
    ),
    threshold(
        Kind::ConsecutiveHttp,
        "saved",
        "Time saved side by side, at least",
        Place::Time(|s| &mut s.consecutive_http_saved),
    ),
    threshold(
        Kind::ConsecutiveHttp,
        "gap",
        "Time between neighbours is less than",
        Place::Time(|s| &mut s.consecutive_http_gap),
    ),
    threshold(
        Kind::ConsecutiveHttp,
        "hosts",
        "Different hosts, at most",
        Place::Count(|s| &mut s.consecutive_http_hosts),
    ),
    threshold(
        Kind::SlowDbQuery,
        "duration",
        "The query takes at least",
        Place::Time(|s| &mut s.slow_query),
    ),
    threshold(
        Kind::LargeHttpPayload,
        "size",
        "The payload is larger than",
        Place::Size(|s| &mut s.payload_size),
    ),
    threshold(
        Kind::LargeHttpPayload,
        "duration",
        "The call takes at least",
        Place::Time(|s| &mut s.payload_each),
    ),
    threshold(
        Kind::LargeHttpPayload,
        "allowed_paths",
        "Parts of URLs whose payloads may be large",
        Place::Texts(|s| &mut s.payload_paths),
    ),
    threshold(
        Kind::UncompressedAssets,
        "size",
        "The asset has at least",
        Place::Size(|s| &mut s.asset_size),
    ),
    threshold(
        Kind::UncompressedAssets,
        "duration",
        "Loading it takes longer than",
        Place::Time(|s| &mut s.asset_duration),
    ),
    threshold(
        Kind::RenderBlockingAssets,
        "fcp_least",
        "First paint comes after",
        Place::Millis(|s| &mut s.blocking_fcp_least),
    ),
    threshold(
        Kind::RenderBlockingAssets,
        "fcp_most",
        "And before",
        Place::Millis(|s| &mut s.blocking_fcp_most),
    ),
    threshold(
        Kind::RenderBlockingAssets,
        "share",
        "Loading takes of the time until then, at least",
        Place::Share(|s| &mut s.blocking_share),
    ),
    threshold(
        Kind::RenderBlockingAssets,
        "size_least",
        "The asset has at least",
        Place::Size(|s| &mut s.blocking_size.0),
    ),
    threshold(
        Kind::RenderBlockingAssets,
        "size_most",
        "And at most",
        Place::Size(|s| &mut s.blocking_size.1),
    ),
    threshold(
        Kind::FileIoMainThread,
        "duration",
        "Files or queries hold the main thread up for at least",
        Place::Time(|s| &mut s.main_thread),
    ),
    threshold(
        Kind::HttpOverhead,
        "delay",
        "A request waits longer than",
        Place::Time(|s| &mut s.overhead_delay),
    ),
    threshold(
        Kind::SqlInjection,
        "length",
        "Letters of an input, at least",
        Place::Count(|s| &mut s.injection_length),
    ),
    threshold(
        Kind::RedundantToolCalls,
        "count",
        "Calls with like arguments, at least",
        Place::Count(|s| &mut s.tool_calls_count),
    ),
    threshold(
        Kind::RedundantToolCalls,
        "total",
        "Time they take together, at least",
        Place::Time(|s| &mut s.tool_calls_total),
    ),
    threshold(
        Kind::RedundantToolCalls,
        "alike",
        "Arguments are alike by at least",
        Place::Share(|s| &mut s.tool_calls_alike),
    ),
    threshold(
        Kind::MissingCache,
        "count",
        "Reads of the same, at least",
        Place::Count(|s| &mut s.cache_count),
    ),
    threshold(
        Kind::MissingCache,
        "saved",
        "Time that keeping the first saves, at least",
        Place::Time(|s| &mut s.cache_saved),
    ),
];

/// Units by size: a value is written in the largest that leaves no fraction.
const TIMES: &[(&str, f64)] = &[("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1.0)];
const MILLIS: &[(&str, f64)] = &[("s", 1e3), ("ms", 1.0)];
const SIZES: &[(&str, f64)] = &[("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0)];
const SHARES: &[(&str, f64)] = &[("%", 0.01)];
/// Also read, never written.
const MORE: &[(&str, f64)] = &[
    ("\u{b5}s", 1e3),
    ("\u{3bc}s", 1e3),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
];

/// The largest count that can be set: far beyond the spans of any transaction.
const MOST: f64 = 1e9;

impl Threshold {
    /// The one with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        THRESHOLDS.iter().find(|threshold| threshold.name() == name)
    }

    /// `n_plus_one_db.count`
    pub fn name(&self) -> String {
        format!("{}.{}", self.kind.name(), self.key)
    }

    /// Its value with the unit.
    pub fn value(&self, settings: &Settings) -> String {
        let mut settings = settings.clone();
        match self.place {
            Place::Count(place) => place(&mut settings).to_string(),
            Place::Time(place) => written(*place(&mut settings) as f64, TIMES),
            Place::Millis(place) => written(*place(&mut settings), MILLIS),
            Place::Size(place) => written(*place(&mut settings), SIZES),
            Place::Share(place) => {
                let percent = (*place(&mut settings) * 1e6).round() / 1e4;
                format!("{percent}%")
            }
            Place::Texts(place) => place(&mut settings).join(", "),
        }
    }

    /// Whether its value is not the usual one.
    pub fn is_changed(&self, settings: &Settings) -> bool {
        self.value(settings) != self.value(&Settings::default())
    }

    /// Sets it from text.
    ///
    /// # Errors
    /// A sentence that says what can be written.
    pub fn set(&self, settings: &mut Settings, text: &str) -> Result<(), String> {
        let text = text.trim();
        match self.place {
            Place::Count(place) => *place(settings) = count(text)?,
            Place::Time(place) => {
                *place(settings) =
                    number(text, TIMES, "a time such as 50ms or 1.5s")?.round() as i64;
            }
            Place::Millis(place) => {
                *place(settings) = number(text, MILLIS, "a time such as 50ms or 1.5s")?;
            }
            Place::Size(place) => {
                *place(settings) = number(text, SIZES, "a size such as 300kB or 2MB")?;
            }
            Place::Share(place) => {
                let what = "a share such as 33%";
                let share = number(text, SHARES, what)?;
                if share > 1.0 {
                    return Err(format!("write {what}; 100% is the most"));
                }
                *place(settings) = share;
            }
            Place::Texts(place) => {
                let texts = text
                    .split(',')
                    .map(str::trim)
                    .filter(|text| !text.is_empty());
                *place(settings) = texts.map(str::to_owned).collect();
            }
        }
        Ok(())
    }

    /// Sets it to the usual value.
    pub fn reset(&self, settings: &mut Settings) {
        // What is written can be read; a test tries all.
        let _ = self.set(settings, &self.value(&Settings::default()));
    }
}

fn written(value: f64, units: &[(&str, f64)]) -> String {
    let whole = units
        .iter()
        .find(|(_, factor)| value != 0.0 && value % factor == 0.0);
    let (unit, factor) = whole.or(units.last()).copied().unwrap_or(("", 1.0));
    format!("{}{unit}", value / factor)
}

fn count(text: &str) -> Result<usize, String> {
    let count = text.parse::<usize>().ok();
    let count = count.filter(|count| (1..=MOST as usize).contains(count));
    count.ok_or_else(|| "write a whole number from 1 on".to_owned())
}

fn number(text: &str, units: &[(&str, f64)], what: &str) -> Result<f64, String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit = unit.trim();
    let is_time = units.iter().any(|(name, _)| *name == "ms");
    let more = MORE
        .iter()
        .filter(|(name, _)| name.ends_with('s') == is_time && units.len() > 2);
    let factor = units
        .iter()
        .chain(more)
        .find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let value = digits.parse::<f64>().ok().zip(factor);
    let value = value.map(|(number, (_, factor))| number * factor);
    let value = value.filter(|value| (0.0..=MOST * 1e9).contains(value));
    value.ok_or_else(|| format!("write {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for threshold in THRESHOLDS {
            let usual = threshold.value(&Settings::default());
            let mut settings = Settings::default();
            assert!(!threshold.is_changed(&settings), "{}", threshold.name());
            threshold.reset(&mut settings);
            assert_eq!(
                settings,
                Settings::default(),
                "{}: {usual}",
                threshold.name()
            );
            assert_eq!(
                Threshold::named(&threshold.name()).map(Threshold::name),
                Some(threshold.name())
            );
        }
    }

    #[test]
    fn every_detector_that_has_thresholds_has_them_once() {
        let mut names: Vec<String> = THRESHOLDS.iter().map(Threshold::name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), THRESHOLDS.len());
    }

    #[test]
    fn values_have_units_and_bounds() {
        for (name, text, expected) in [
            ("n_plus_one_db.count", "7", Ok("7")),
            ("n_plus_one_db.count", "0", Err(())),
            ("n_plus_one_db.count", "7ms", Err(())),
            ("n_plus_one_db.total", "1.5 s", Ok("1500ms")),
            ("n_plus_one_db.total", "20\u{b5}s", Ok("20us")),
            ("n_plus_one_db.total", "20", Err(())),
            ("n_plus_one_db.total", "-20ms", Err(())),
            ("n_plus_one_db.total", "20kB", Err(())),
            ("n_plus_one_db.total", "20KiB", Err(())),
            ("n_plus_one_db.total", "0ns", Ok("0ns")),
            ("large_http_payload.size", "1 MiB", Ok("1048576B")),
            ("large_http_payload.size", "2mb", Ok("2MB")),
            (
                "large_http_payload.allowed_paths",
                " /a , ,/b",
                Ok("/a, /b"),
            ),
            ("render_blocking_assets.fcp_least", "2.5s", Ok("2500ms")),
            ("render_blocking_assets.share", "12.5 %", Ok("12.5%")),
            ("render_blocking_assets.share", "101%", Err(())),
            ("render_blocking_assets.share", "", Err(())),
        ] {
            let threshold = Threshold::named(name).unwrap();
            let mut settings = Settings::default();
            let set = threshold.set(&mut settings, text);
            match expected {
                Ok(value) => {
                    assert_eq!(set, Ok(()), "{name} {text}");
                    assert_eq!(threshold.value(&settings), value, "{name} {text}");
                    assert!(threshold.is_changed(&settings), "{name} {text}");
                }
                Err(()) => {
                    assert!(set.is_err(), "{name} {text}");
                    assert_eq!(settings, Settings::default());
                }
            }
        }
    }
}
