//! Numbers with units, as people type them after an operator.

/// Units that a number may end in, with what they multiply by. Durations become nanoseconds, sizes bytes.
///
/// `m` is a minute and `M` a million; sizes are the same in any case.
const UNITS: [(&str, f64); 28] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("\u{b5}s", 1e3),
    ("\u{3bc}s", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("min", 60e9),
    ("h", 3_600e9),
    ("hr", 3_600e9),
    ("d", 86_400e9),
    ("day", 86_400e9),
    ("w", 604_800e9),
    ("wk", 604_800e9),
    ("k", 1e3),
    ("M", 1e6),
    ("b", 1e9),
    ("bytes", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("pb", 1e15),
    ("kib", 1_024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
    ("pib", 1_125_899_906_842_624.0),
];

/// Reads `5`, `-0.5`, `.5`, `1.5ms`, `10k`, `2MiB`; `None` for anything else.
pub(super) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let unit_at = unsigned.find(|c| !is_part(c)).unwrap_or(unsigned.len());
    let (digits, unit) = text.split_at(text.len() - unsigned.len() + unit_at);
    let value: f64 = digits.parse().ok()?;
    let value = value * factor(unit)?;
    value.is_finite().then_some(value)
}

fn factor(unit: &str) -> Option<f64> {
    if unit.is_empty() {
        return Some(1.0);
    }
    let find = |unit: &str| UNITS.iter().find(|(name, _)| *name == unit);
    let lower = unit.to_ascii_lowercase();
    let is_size = lower.len() > 1 && lower.ends_with(['b']) || lower == "bytes";
    let found = find(unit).or_else(|| find(&lower).filter(|_| is_size));
    found.map(|(_, factor)| *factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_units() {
        let cases = [
            ("5", Some(5.0)),
            ("-0.5", Some(-0.5)),
            (".5", Some(0.5)),
            ("1.5ms", Some(1.5e6)),
            ("1.5\u{b5}s", Some(1.5e3)),
            ("2m", Some(120e9)),
            ("2M", Some(2e6)),
            ("1.5k", Some(1500.0)),
            ("2MB", Some(2e6)),
            ("2MiB", Some(2_097_152.0)),
            ("1d", Some(86_400e9)),
            ("", None),
            ("-", None),
            (".", None),
            ("1.2.3", None),
            ("5x", None),
            ("5MS", None),
            ("nan", None),
            ("inf", None),
            ("1e5", None),
            ("5 ms", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
