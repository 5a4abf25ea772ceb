//! Numbers with units, as people type them.

/// What a number counts, told by its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// Anything: no unit, or thousands, millions, billions.
    Plain,
    /// Nanoseconds.
    Duration,
    /// Bytes.
    Size,
    /// Parts of one.
    Percent,
}

/// A unit: its name, how many decimal places it moves the point to the right, and what it multiplies by besides.
///
/// The point is moved in the text, before there is a float: `12.3%` is the float that `0.123` is, which 12.3 / 100 is not.
type Unit = (&'static str, i32, f64);

const PLAIN: [Unit; 4] = [("k", 3, 1.0), ("K", 3, 1.0), ("M", 6, 1.0), ("b", 9, 1.0)];

/// `m` is a minute and `M` a million.
const DURATIONS: [Unit; 14] = [
    ("ns", 0, 1.0),
    ("us", 3, 1.0),
    ("\u{b5}s", 3, 1.0),
    ("\u{3bc}s", 3, 1.0),
    ("ms", 6, 1.0),
    ("s", 9, 1.0),
    ("m", 9, 60.0),
    ("min", 9, 60.0),
    ("h", 9, 3_600.0),
    ("hr", 9, 3_600.0),
    ("d", 9, 86_400.0),
    ("day", 9, 86_400.0),
    ("w", 9, 604_800.0),
    ("wk", 9, 604_800.0),
];

/// The same in any case. `nb` is half a byte.
const SIZES: [Unit; 19] = [
    ("bit", 0, 0.125),
    ("nb", 0, 0.5),
    ("bytes", 0, 1.0),
    ("kb", 3, 1.0),
    ("mb", 6, 1.0),
    ("gb", 9, 1.0),
    ("tb", 12, 1.0),
    ("pb", 15, 1.0),
    ("eb", 18, 1.0),
    ("zb", 21, 1.0),
    ("yb", 24, 1.0),
    ("kib", 0, 1_024.0),
    ("mib", 0, 1_048_576.0),
    ("gib", 0, 1_073_741_824.0),
    ("tib", 0, 1_099_511_627_776.0),
    ("pib", 0, 1_125_899_906_842_624.0),
    ("eib", 0, 1_152_921_504_606_846_976.0),
    ("zib", 0, 1_180_591_620_717_411_303_424.0),
    ("yib", 0, 1_208_925_819_614_629_174_706_176.0),
];

/// Reads `5`, `-0.5`, `.5`, `1.5ms`, `10k`, `2MiB`, `10%`; `None` for anything else. Durations become nanoseconds, sizes
/// bytes, percentages parts of one.
pub fn number(text: &str) -> Option<f64> {
    quantity(text).map(|(number, _)| number)
}

/// [`number`], with what it counts.
pub(super) fn quantity(text: &str) -> Option<(f64, Quantity)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let unit_at = unsigned.find(|c| !is_part(c)).unwrap_or(unsigned.len());
    let (digits, unit) = text.split_at(text.len() - unsigned.len() + unit_at);
    let ((_, places, factor), quantity) = unit_named(unit)?;
    let value: f64 = format!("{digits}e{places}").parse().ok()?;
    let value = value * factor;
    value.is_finite().then_some((value, quantity))
}

fn unit_named(unit: &str) -> Option<(Unit, Quantity)> {
    match unit {
        "" => return Some((("", 0, 1.0), Quantity::Plain)),
        "%" => return Some((("%", -2, 1.0), Quantity::Percent)),
        _ => {}
    }
    let find = |units: &[Unit], unit: &str, quantity| {
        let found = units.iter().find(|(name, ..)| *name == unit)?;
        Some((*found, quantity))
    };
    find(&DURATIONS, unit, Quantity::Duration)
        .or_else(|| find(&PLAIN, unit, Quantity::Plain))
        .or_else(|| find(&SIZES, &unit.to_ascii_lowercase(), Quantity::Size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_units() {
        let cases = [
            ("5", Some(5.0)),
            ("-0.5", Some(-0.5)),
            ("+5", Some(5.0)),
            (".5", Some(0.5)),
            ("1.5ms", Some(1.5e6)),
            ("0.0033s", Some(3_300_000.0)),
            ("1.1s", Some(1_100_000_000.0)),
            ("1.5\u{b5}s", Some(1.5e3)),
            ("1us", Some(1e3)),
            ("7ns", Some(7.0)),
            ("2m", Some(120e9)),
            ("2min", Some(120e9)),
            ("2hr", Some(7_200e9)),
            ("1day", Some(86_400e9)),
            ("1wk", Some(604_800e9)),
            ("2M", Some(2e6)),
            ("1.5k", Some(1500.0)),
            ("1.5K", Some(1500.0)),
            ("2b", Some(2e9)),
            ("4bit", Some(0.5)),
            ("4nb", Some(2.0)),
            ("7Bytes", Some(7.0)),
            ("2MB", Some(2e6)),
            ("2MiB", Some(2_097_152.0)),
            ("1yb", Some(1e24)),
            ("1YiB", Some(1_208_925_819_614_629_174_706_176.0)),
            ("1d", Some(86_400e9)),
            ("10%", Some(0.1)),
            ("0.3%", Some(0.003)),
            ("12.3%", Some(0.123)),
            ("33.33333333333333%", Some(0.333_333_333_333_333_3)),
            ("2.3%", Some(0.023)),
            ("1.005ms", Some(1_005_000.0)),
            ("0.1h", Some(360e9)),
            ("-5%", Some(-0.05)),
            ("", None),
            ("-", None),
            (".", None),
            ("%", None),
            ("1.2.3", None),
            ("5x", None),
            ("5MS", None),
            ("5B", None),
            ("5%%", None),
            ("nan", None),
            ("inf", None),
            ("1e5", None),
            ("5 ms", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text}");
        }
        assert_eq!(number(&format!("{}yib", "9".repeat(300))), None);
    }
}
