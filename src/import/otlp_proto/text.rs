//! Texts out of protobuf: checked to be UTF-8, and bytes in the two ways in which JSON writes them.

use super::wire::{CUT_OFF, WireError};
use crate::import::json::quote;
use crate::model::report::Problems;
use std::borrow::Cow;
use std::ops::Range;

const NOT_UTF8: &str = "Bytes that are not UTF-8 were replaced by \u{FFFD}";

/// The bytes of a range, if they are all there.
#[inline]
pub fn slice(bytes: &[u8], range: Range<usize>) -> Result<&[u8], WireError> {
    bytes.get(range).ok_or(WireError {
        at: bytes.len(),
        what: CUT_OFF,
    })
}

/// Bytes as text, repaired where they are none.
#[inline]
pub fn text<'b>(bytes: &'b [u8], problems: &mut Problems) -> Cow<'b, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            problems.repair(NOT_UTF8);
            String::from_utf8_lossy(bytes)
        }
    }
}

/// Appends bytes that should be text as a JSON string.
pub fn quoted(bytes: &[u8], problems: &mut Problems, out: &mut String) {
    let text = text(bytes, problems);
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if !text.bytes().all(is_plain) {
        return quote(&text, out);
    }
    out.push('"');
    out.push_str(&text);
    out.push('"');
}

/// Appends bytes as hex digits.
pub fn hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)] as char);
        out.push(DIGITS[usize::from(byte & 15)] as char);
    }
}

/// Appends bytes as base64.
pub fn base64(bytes: &[u8], out: &mut String) {
    const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            match place <= group.len() {
                true => out.push(SYMBOLS[(bits >> (18 - 6 * place) & 63) as usize] as char),
                false => out.push('='),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_text() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"\xFB\xFF", "+/8="),
        ] {
            let mut out = String::new();
            base64(bytes, &mut out);
            assert_eq!(out, text);
        }
        let mut out = String::new();
        hex(b"\x01\xAB", &mut out);
        assert_eq!(out, "01ab");
    }

    #[test]
    fn texts_are_quoted_and_repaired() {
        let mut problems = Problems::default();
        for (bytes, json) in [
            (&b"plain"[..], r#""plain""#),
            (b"a\"\\\n", r#""a\"\\\n""#),
            (b"a\xFFb", "\"a\u{FFFD}b\""),
        ] {
            let mut out = String::new();
            quoted(bytes, &mut problems, &mut out);
            assert_eq!(out, json);
        }
        assert_eq!(problems.remarks[0].times, 1);
    }
}
