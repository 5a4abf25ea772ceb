//! One attribute value, borrowed: what encoders take and decoded columns give.

use crate::model::Value;
use crate::model::batch::{Batch, BatchValue};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// As [`Value`], without owning text. Equal means: same kind, same bits.
#[derive(Clone, Copy, Debug)]
pub(super) enum ValueRef<'a> {
    Null,
    Str(&'a str),
    Int(i64),
    Float(f64),
    Bool(bool),
    Json(&'a str),
}

/// The stored byte for each kind of value; part of the file format.
pub(super) mod tag {
    pub const NULL: u8 = 0;
    pub const STR: u8 = 1;
    pub const INT: u8 = 2;
    pub const FLOAT: u8 = 3;
    pub const BOOL: u8 = 4;
    pub const JSON: u8 = 5;
}

impl<'a> ValueRef<'a> {
    /// The value of a batch's attribute.
    pub fn in_batch(batch: &'a Batch, value: BatchValue) -> Self {
        match value {
            BatchValue::Null => Self::Null,
            BatchValue::Str(text) => Self::Str(batch.text(text)),
            BatchValue::Int(int) => Self::Int(int),
            BatchValue::Float(float) => Self::Float(float),
            BatchValue::Bool(bool) => Self::Bool(bool),
            BatchValue::Json(text) => Self::Json(batch.text(text)),
        }
    }

    /// Borrows an owned value.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Str(text) => Self::Str(text),
            Value::Int(int) => Self::Int(*int),
            Value::Float(float) => Self::Float(*float),
            Value::Bool(bool) => Self::Bool(*bool),
            Value::Json(text) => Self::Json(text),
        }
    }

    /// An owned copy.
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Str(text) => Value::Str(Arc::from(text)),
            Self::Int(int) => Value::Int(int),
            Self::Float(float) => Value::Float(float),
            Self::Bool(bool) => Value::Bool(bool),
            Self::Json(text) => Value::Json(Arc::from(text)),
        }
    }

    /// The stored byte of its kind.
    pub fn tag(self) -> u8 {
        match self {
            Self::Null => tag::NULL,
            Self::Str(_) => tag::STR,
            Self::Int(_) => tag::INT,
            Self::Float(_) => tag::FLOAT,
            Self::Bool(_) => tag::BOOL,
            Self::Json(_) => tag::JSON,
        }
    }

    /// Its text, if it is text or JSON.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::Str(text) | Self::Json(text) => Some(text),
            _ => None,
        }
    }

    /// The number in it, if it is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Int(int) => Some(int as f64),
            Self::Float(float) => Some(float),
            _ => None,
        }
    }

    /// The number to compare and to sum up: its own, or the one a text is in plain digits, since tags of Zipkin and of Sentry
    /// are texts whatever they mean. Not-a-number is none.
    pub fn counted(self) -> Option<Number> {
        match self {
            Self::Float(float) if float.is_nan() => None,
            Self::Str(text) if is_plain_number(text) => Number::parse(text),
            other => Number::of(other),
        }
    }

    /// The bits of a value without text.
    pub fn bits(self) -> u64 {
        match self {
            Self::Int(int) => int as u64,
            Self::Float(float) => float.to_bits(),
            Self::Bool(bool) => u64::from(bool),
            Self::Null | Self::Str(_) | Self::Json(_) => 0,
        }
    }

    /// The hash of its text, if it is text, got back from its fingerprint.
    pub fn text_hash(self, fingerprint: u64) -> Option<u64> {
        self.text().map(|_| fingerprint ^ u64::from(self.tag()))
    }

    /// What it has in common with every value of the same text, as a search and a person take them for the same: text
    /// that reads exactly like a number or truth is that.
    pub fn spelled(self) -> Self {
        /// Whole floats below it print as the integer does.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Self::Float(float) if float.is_nan() => Self::Float(f64::NAN),
            Self::Float(float) if float.fract() != 0.0 || !float.is_finite() => self,
            Self::Float(float) if float.abs() < EXACT => {
                match float == 0.0 && float.is_sign_negative() {
                    true => self,
                    false => Self::Int(float as i64),
                }
            }
            Self::Float(float) => float.to_string().parse().map_or(self, Self::Int),
            Self::Str(text) | Self::Json(text) => spelled(text).unwrap_or(Self::Str(text)),
            other => other,
        }
    }

    /// Which of several values with the same text stands for them: the least.
    pub fn spelling_rank(self) -> u8 {
        match self {
            Self::Int(_) => 0,
            Self::Float(_) => 1,
            Self::Bool(_) => 2,
            Self::Null => 3,
            Self::Json(_) => 4,
            Self::Str(_) => 5,
        }
    }

    /// A hash that agrees with equality.
    pub fn fingerprint(self) -> u64 {
        match self.text() {
            Some(text) => xxh3_64(text.as_bytes()) ^ u64::from(self.tag()),
            None => mix(self.bits() ^ (u64::from(self.tag()) << 56)),
        }
    }
}

/// The number or truth that a text is, to the letter.
fn spelled(text: &str) -> Option<ValueRef<'static>> {
    /// No float prints longer.
    const LONGEST: usize = 340;
    let first = text.bytes().next()?;
    if text.len() > LONGEST || !(first.is_ascii_digit() || b"-tfNi".contains(&first)) {
        return None;
    }
    let value = match text {
        "true" => ValueRef::Bool(true),
        "false" => ValueRef::Bool(false),
        "-0" => ValueRef::Float(-0.0),
        _ => match text.parse() {
            Ok(int) => ValueRef::Int(int),
            Err(_) => ValueRef::Float(text.parse().ok()?).spelled(),
        },
    };
    (value.to_string() == text).then_some(value)
}

/// Whether a text is digits with a sign and a point at most. Exponents are left out, since hexadecimal ids look like them, and
/// zeros in front, which a number does not have.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_padded = whole.len() > 1 && whole.starts_with('0');
    !is_padded && all_digits(whole) && all_digits(rest)
}

/// Spreads the bits of a number over a hash.
fn mix(bits: u64) -> u64 {
    let spread = (bits ^ (bits >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    spread ^ (spread >> 29)
}

impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Str(own), Self::Str(other)) | (Self::Json(own), Self::Json(other)) => {
                // Texts that a parser keeps once are the same bytes, which need no second look.
                std::ptr::eq(*own, *other) || own == other
            }
            (Self::Str(_) | Self::Json(_), _) | (_, Self::Str(_) | Self::Json(_)) => false,
            _ => self.tag() == other.tag() && self.bits() == other.bits(),
        }
    }
}

impl Eq for ValueRef<'_> {}

impl Hash for ValueRef<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.fingerprint());
    }
}

impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Str(text) | Self::Json(text) => out.write_str(text),
            Self::Int(int) => write!(out, "{int}"),
            Self::Float(float) => write!(out, "{float}"),
            Self::Bool(bool) => write!(out, "{bool}"),
        }
    }
}

/// A number for comparing by value: `5` and `5.0` are the same one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// Whole floats become integers, so that equality is equality of value.
    pub fn from_float(float: f64) -> Self {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        let whole = float.fract() == 0.0 && (-LIMIT..LIMIT).contains(&float);
        if whole {
            Self::Int(float as i64)
        } else {
            Self::Float(float)
        }
    }

    /// The number a text spells, if it spells one.
    pub fn parse(text: &str) -> Option<Self> {
        let int = text.parse().ok().map(Self::Int);
        int.or_else(|| text.parse().ok().map(Self::from_float))
    }

    /// The number a value is, if it is one.
    pub fn of(value: ValueRef) -> Option<Self> {
        match value {
            ValueRef::Int(int) => Some(Self::Int(int)),
            ValueRef::Float(float) => Some(Self::from_float(float)),
            _ => None,
        }
    }
}

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(int) => int as Self,
            Number::Float(float) => float,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(int) => write!(out, "{int}"),
            Self::Float(float) => write!(out, "{float}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_text_are_spelled_alike() {
        let values = [
            ValueRef::Int(5),
            ValueRef::Float(5.0),
            ValueRef::Float(-0.0),
            ValueRef::Float(0.0),
            ValueRef::Float(0.5),
            ValueRef::Float(f64::NAN),
            ValueRef::Float(f64::NEG_INFINITY),
            ValueRef::Float(9_007_199_254_740_993.0),
            ValueRef::Float(9.3e18),
            ValueRef::Float(1e300),
            ValueRef::Int(i64::MIN),
            ValueRef::Bool(true),
            ValueRef::Json("[5]"),
            ValueRef::Str("5.0"),
            ValueRef::Str("05"),
            ValueRef::Str("1e300"),
            ValueRef::Str("True"),
            ValueRef::Str(""),
            ValueRef::Str("null"),
        ];
        for left in values {
            let text = left.to_string();
            assert_eq!(left.spelled(), ValueRef::Str(&text).spelled(), "{left:?}");
            assert_eq!(left.spelled().to_string(), text, "{left:?}");
            for right in values {
                let same = right.to_string() == text;
                assert_eq!(
                    left.spelled() == right.spelled(),
                    same,
                    "{left:?} {right:?}"
                );
            }
        }
    }
}
