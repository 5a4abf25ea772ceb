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

/// A unit: its name, what it multiplies by and what it divides by.
type Unit = (&'static str, f64, f64);

const PLAIN: [Unit; 4] = [
    ("k", 1e3, 1.0),
    ("K", 1e3, 1.0),
    ("M", 1e6, 1.0),
    ("b", 1e9, 1.0),
];

/// `m` is a minute and `M` a million.
const DURATIONS: [Unit; 14] = [
    ("ns", 1.0, 1.0),
    ("us", 1e3, 1.0),
    ("\u{b5}s", 1e3, 1.0),
    ("\u{3bc}s", 1e3, 1.0),
    ("ms", 1e6, 1.0),
    ("s", 1e9, 1.0),
    ("m", 60e9, 1.0),
    ("min", 60e9, 1.0),
    ("h", 3_600e9, 1.0),
    ("hr", 3_600e9, 1.0),
    ("d", 86_400e9, 1.0),
    ("day", 86_400e9, 1.0),
    ("w", 604_800e9, 1.0),
    ("wk", 604_800e9, 1.0),
];

/// The same in any case. `nb` is half a byte.
const SIZES: [Unit; 19] = [
    ("bit", 1.0, 8.0),
    ("nb", 1.0, 2.0),
    ("bytes", 1.0, 1.0),
    ("kb", 1e3, 1.0),
    ("mb", 1e6, 1.0),
    ("gb", 1e9, 1.0),
    ("tb", 1e12, 1.0),
    ("pb", 1e15, 1.0),
    ("eb", 1e18, 1.0),
    ("zb", 1e21, 1.0),
    ("yb", 1e24, 1.0),
    ("kib", 1_024.0, 1.0),
    ("mib", 1_048_576.0, 1.0),
    ("gib", 1_073_741_824.0, 1.0),
    ("tib", 1_099_511_627_776.0, 1.0),
    ("pib", 1_125_899_906_842_624.0, 1.0),
    ("eib", 1_152_921_504_606_846_976.0, 1.0),
    ("zib", 1_180_591_620_717_411_303_424.0, 1.0),
    ("yib", 1_208_925_819_614_629_174_706_176.0, 1.0),
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
    let value: f64 = digits.parse().ok()?;
    let (factor, divisor, quantity) = factor(unit)?;
    let value = if quantity == Quantity::Plain && factor == 1.0 {
        value
    } else {
        near_whole(value * factor / divisor)
    };
    value.is_finite().then_some((value, quantity))
}

fn factor(unit: &str) -> Option<(f64, f64, Quantity)> {
    match unit {
        "" => return Some((1.0, 1.0, Quantity::Plain)),
        "%" => return Some((1.0, 100.0, Quantity::Percent)),
        _ => {}
    }
    let find = |units: &[Unit], unit: &str, quantity| {
        let (_, factor, divisor) = *units.iter().find(|(name, ..)| *name == unit)?;
        Some((factor, divisor, quantity))
    };
    find(&DURATIONS, unit, Quantity::Duration)
        .or_else(|| find(&PLAIN, unit, Quantity::Plain))
        .or_else(|| find(&SIZES, &unit.to_ascii_lowercase(), Quantity::Size))
}

/// The whole number where only the last bit or two keep the product from it: `0.0033s` is 3300000 nanoseconds.
fn near_whole(product: f64) -> f64 {
    let whole = product.round();
    if (product - whole).abs() <= whole.abs() * 4.0 * f64::EPSILON {
        whole
    } else {
        product
    }
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
