//! Trace and span ids in every writing met in files.

use crate::model::{SpanId, TraceId};
use std::str::FromStr;

/// An id as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id<T> {
    /// Empty: there is none.
    None,
    /// An id.
    Known(T),
    /// The text is no id; this stands for it. The text is to be kept.
    Foreign(T),
}

/// Digit values; other bytes have a bit of the upper half set.
static HEX: [u8; 256] = {
    let mut table = [0xFF; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit] as usize] = digit as u8;
        table[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    table
};

/// Exactly `2 * N` hex digits.
#[inline]
fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    let mut seen = 0;
    for (byte, digits) in out.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (HEX[digits[0] as usize], HEX[digits[1] as usize]);
        seen |= high | low;
        *byte = high << 4 | (low & 15);
    }
    (seen & 0xF0 == 0).then_some(out)
}

/// A trace id.
#[inline]
pub fn trace(text: &str) -> Id<TraceId> {
    match hex::<16>(text.as_bytes()) {
        Some(bytes) if bytes == [0; 16] => Id::None,
        Some(bytes) => Id::Known(TraceId(bytes)),
        None => odd(text, TraceId, TraceId::from_foreign, TraceId::is_none),
    }
}

/// A span id.
#[inline]
pub fn span(text: &str) -> Id<SpanId> {
    let number = |bytes| SpanId(u64::from_be_bytes(bytes));
    match hex::<8>(text.as_bytes()) {
        Some([0, 0, 0, 0, 0, 0, 0, 0]) => Id::None,
        Some(bytes) => Id::Known(number(bytes)),
        None => odd(text, number, SpanId::from_foreign, SpanId::is_none),
    }
}

/// Base64 (as Tempo writes), short ids, `0x` (as SDK consoles write), and texts that are no ids at all.
#[cold]
fn odd<T: FromStr + Copy, const N: usize>(
    text: &str,
    from_bytes: impl Fn([u8; N]) -> T,
    from_foreign: impl Fn(&str) -> T,
    is_none: impl Fn(T) -> bool,
) -> Id<T> {
    let text = text.trim();
    if text.is_empty() {
        return Id::None;
    }
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let half = digits.len() == N || digits.len() == 2 * N || text.len() != digits.len();
    let known = match base64::<N>(text) {
        Some(bytes) => Some(from_bytes(bytes)),
        None if half => digits.parse().ok(),
        None => None,
    };
    match known {
        Some(id) if is_none(id) => Id::None,
        Some(id) => Id::Known(id),
        None => Id::Foreign(from_foreign(text)),
    }
}

/// `N` bytes as padded base64, in either alphabet.
fn base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    let body = text.strip_suffix('=')?;
    let body = body.strip_suffix('=').unwrap_or(body);
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    let mut out = [0; N];
    let (mut bits, mut count, mut filled) = (0u32, 0, 0);
    for symbol in body.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            *out.get_mut(filled)? = (bits >> count) as u8;
            filled += 1;
        }
    }
    (filled == N).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_writing_of_the_same_id() {
        let id = Id::Known("5b8efff798038103d269b633813fc60c".parse().unwrap());
        for text in [
            "5b8efff798038103d269b633813fc60c",
            "5B8EFFF798038103D269B633813FC60C",
            "0x5b8efff798038103d269b633813fc60c",
            "W47/95gDgQPSabYzgT/GDA==",
        ] {
            assert_eq!(trace(text), id, "{text}");
        }
        assert_eq!(span("7uGbfsN2uSg="), span("EEE19B7EC376B928"));
        assert_eq!(
            trace("eee19b7ec376b928"),
            Id::Known("0000000000000000eee19b7ec376b928".parse().unwrap())
        );
    }

    #[test]
    fn empty_and_zero_mean_none() {
        for text in ["", "00000000000000000000000000000000", "  "] {
            assert_eq!(trace(text), Id::None);
        }
        assert_eq!(span("0000000000000000"), Id::None);
    }

    #[test]
    fn anything_else_is_foreign_and_stable() {
        for text in ["xyz", "zzzefff798038103d269b633813fc60c", "abc", "12-34"] {
            assert_eq!(trace(text), Id::Foreign(TraceId::from_foreign(text)));
            assert_eq!(span(text), Id::Foreign(SpanId::from_foreign(text)));
        }
    }
}
