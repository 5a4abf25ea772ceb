//! Levels in every writing, as OpenTelemetry's severity numbers.

use super::keys::{Scale, Sign};

/// Words and their severity; from OpenTelemetry's mapping of other libraries' levels.
static WORDS: &[(&str, u8)] = &[
    ("trace", 1),
    ("trc", 1),
    ("t", 1),
    ("verbose", 1),
    ("vrb", 1),
    ("v", 1),
    ("silly", 1),
    ("finest", 1),
    ("finer", 1),
    ("debug", 5),
    ("d", 5),
    ("config", 5),
    ("fine", 5),
    ("dbg", 5),
    ("info", 9),
    ("i", 9),
    ("log", 9),
    ("information", 9),
    ("informational", 9),
    ("inf", 9),
    ("default", 9),
    ("success", 9),
    ("http", 9),
    ("notice", 10),
    ("warn", 13),
    ("w", 13),
    ("warning", 13),
    ("wrn", 13),
    ("error", 17),
    ("err", 17),
    ("eror", 17),
    ("e", 17),
    ("severe", 17),
    ("exception", 17),
    ("alert", 19),
    ("fatal", 21),
    ("ftl", 21),
    ("f", 21),
    ("critical", 21),
    ("crit", 21),
    ("panic", 21),
    ("dpanic", 21),
    ("emergency", 21),
    ("emerg", 21),
];

/// Syslog's numbers 0 to 7, as OpenTelemetry maps them.
const SYSLOG: [u8; 8] = [21, 19, 18, 17, 13, 10, 9, 5];

/// What pino and bunyan mean by 10, 20, … 60.
const PINO: [u8; 6] = [1, 5, 9, 13, 17, 21];

/// What Python means by 10, 20, … 50.
const PYTHON: [u8; 5] = [5, 9, 13, 17, 21];

/// The severity a word means, also in brackets, and with steps from it, as Go's `slog` writes levels of one's own (`ERROR+2`).
pub fn of_word(word: &str) -> Option<u8> {
    let word = word.trim().trim_matches(['[', ']']);
    let word = word.strip_prefix("SEVERITY_NUMBER_").unwrap_or(word);
    let steps_at = word.find(['+', '-']).filter(|at| *at > 0);
    let (word, steps) = word.split_at(steps_at.unwrap_or(word.len()));
    let steps: i32 = match steps {
        "" => 0,
        _ => steps.parse().ok()?,
    };
    let found = WORDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    let severity = i32::from(found?.1).checked_add(steps)?;
    u8::try_from(severity.clamp(1, 24)).ok()
}

/// The severity a number means, told by its scale and the signs in the record where the scale is to be guessed.
pub fn of_number(number: i64, scale: Scale, signs: u8) -> Option<u8> {
    let has = |sign: Sign| signs & sign as u8 != 0;
    match scale {
        Scale::OpenTelemetry => otel(number),
        Scale::Python => tens(number, &PYTHON),
        Scale::Syslog => syslog(number),
        Scale::Word | Scale::Datadog => None,
        Scale::Guess if has(Sign::Syslog) => syslog(number),
        Scale::Guess if has(Sign::OpenTelemetry) => otel(number),
        Scale::Guess if has(Sign::Python) => tens(number, &PYTHON),
        Scale::Guess => tens(number, &PINO)
            .or_else(|| syslog(number))
            .or_else(|| otel(number)),
    }
}

fn otel(number: i64) -> Option<u8> {
    u8::try_from(number)
        .ok()
        .filter(|number| (1..=24).contains(number))
}

fn syslog(number: i64) -> Option<u8> {
    let index = usize::try_from(number).ok()?;
    SYSLOG.get(index).copied()
}

fn tens(number: i64, scale: &[u8]) -> Option<u8> {
    let index = usize::try_from(number / 10).ok()?.checked_sub(1)?;
    scale.get(index).copied().filter(|_| number % 10 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_on_different_scales() {
        let (python, gelf, otel) = (
            Sign::Python as u8,
            Sign::Syslog as u8,
            Sign::OpenTelemetry as u8,
        );
        for (number, scale, signs, severity) in [
            (30, Scale::Guess, 0, Some(9)),
            (30, Scale::Guess, python, Some(13)),
            (30, Scale::Python, 0, Some(13)),
            (60, Scale::Guess, 0, Some(21)),
            (3, Scale::Guess, 0, Some(17)),
            (4, Scale::Guess, gelf, Some(13)),
            (4, Scale::Syslog, otel, Some(13)),
            (4, Scale::Guess, otel, Some(4)),
            (13, Scale::Guess, 0, Some(13)),
            (13, Scale::OpenTelemetry, 0, Some(13)),
            (35, Scale::Guess, 0, None),
            (-1, Scale::Syslog, 0, None),
        ] {
            let found = of_number(number, scale, signs);
            assert_eq!(found, severity, "{number} {scale:?} {signs}");
        }
    }

    #[test]
    fn words_in_any_case() {
        assert_eq!(of_word("Warning"), Some(13));
        assert_eq!(of_word(" CRIT "), Some(21));
        assert_eq!(of_word("[INFO]"), Some(9));
        assert_eq!(of_word("SEVERITY_NUMBER_ERROR"), Some(17));
        assert_eq!(
            (of_word("ERROR+2"), of_word("DEBUG-4"), of_word("INFO-99")),
            (Some(19), Some(1), Some(1))
        );
        assert_eq!(
            (of_word("-"), of_word("info-x"), of_word("")),
            (None, None, None)
        );
        assert_eq!(of_word("high"), None);
    }
}
