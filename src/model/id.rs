//! Trace and span ids: 16 and 8 bytes, shown as lower-case hex.

use std::fmt;
use std::str::FromStr;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The id of a trace. All zero means "no trace".
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub [u8; 16]);

/// The id of a span within its trace. All zero means "no span".
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub u64);

/// The text is not an id: empty, too long or not hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl TraceId {
    /// Whether this stands for "no trace".
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// A stable id for a text that is not hex; the caller keeps the text and says so in its report.
    pub fn from_foreign(text: &str) -> Self {
        Self(xxh3_128(text.as_bytes()).to_be_bytes())
    }
}

impl SpanId {
    /// Whether this stands for "no span".
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// `Some(self)` unless it stands for "no span".
    pub fn some(self) -> Option<Self> {
        (!self.is_none()).then_some(self)
    }

    /// A stable id for a text that is not hex; the caller keeps the text and says so in its report.
    pub fn from_foreign(text: &str) -> Self {
        Self(xxh3_64(text.as_bytes()))
    }
}

/// Reads up to `2 * N` hex digits into the low end of `N` bytes.
fn padded_hex<const N: usize>(text: &str) -> Result<[u8; N], NotAnId> {
    let digits = text.as_bytes();
    if digits.is_empty() || digits.len() > 2 * N {
        return Err(NotAnId);
    }
    let mut out = [0; N];
    for (place, digit) in digits.iter().rev().enumerate() {
        let value = (*digit as char).to_digit(16).ok_or(NotAnId)? as u8;
        out[N - 1 - place / 2] |= value << (4 * (place % 2));
    }
    Ok(out)
}

impl FromStr for TraceId {
    type Err = NotAnId;

    /// Up to 32 hex digits of either case, shorter ones padded on the left. Dashes of a UUID are ignored.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.contains('-') {
            return padded_hex(&text.replace('-', "")).map(Self);
        }
        padded_hex(text).map(Self)
    }
}

impl FromStr for SpanId {
    type Err = NotAnId;

    /// Up to 16 hex digits of either case, shorter ones padded on the left.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        padded_hex::<8>(text).map(|bytes| Self(u64::from_be_bytes(bytes)))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TraceId({self})")
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SpanId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_and_print() {
        let id: TraceId = "3BB58AA50470465cb58c07140547d969".parse().unwrap();
        assert_eq!(id.to_string(), "3bb58aa50470465cb58c07140547d969");
        assert_eq!(
            "abc".parse::<SpanId>().unwrap().to_string(),
            "0000000000000abc"
        );
        assert_eq!(
            "b58c0714-0547d969".parse::<TraceId>().unwrap().to_string(),
            "0000000000000000b58c07140547d969"
        );
        for bad in ["", "xyz", "11112222333344445"] {
            assert_eq!(bad.parse::<SpanId>(), Err(NotAnId), "{bad:?}");
        }
    }
}
