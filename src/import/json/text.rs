//! Strings: finding their end, undoing and making escapes.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks the bytes of a word that equal `byte` in their top bits; the lowest mark is exact.
#[inline]
fn marks(word: u64, byte: u8) -> u64 {
    let zeroed = word ^ (ONES * byte as u64);
    zeroed.wrapping_sub(ONES) & !zeroed & HIGHS
}

/// Offset of the next quote or backslash from `at` on, eight bytes at a time.
#[inline]
pub(super) fn quote_or_backslash(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*word);
        let found = marks(word, b'"') | marks(word, b'\\');
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    let found = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(at + found)
}

/// Offset of the quote that ends a string begun before `at`, and whether the string has escapes.
#[inline]
pub(super) fn string_end(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escaped = false;
    loop {
        at = quote_or_backslash(bytes, at)?;
        if bytes[at] == b'"' {
            return Some((at, escaped));
        }
        escaped = true;
        at += 2;
    }
}

/// Appends a string with its escapes undone. Half a surrogate pair becomes U+FFFD, an unknown escape stays as written.
pub fn unescape(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(slash) = rest.find('\\') {
        out.push_str(&rest[..slash]);
        let escape = &rest[slash + 1..];
        let Some(kind) = escape.chars().next() else {
            return;
        };
        rest = &escape[kind.len_utf8()..];
        match kind {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => rest = unescape_unicode(rest, out),
            '"' | '\\' | '/' => out.push(kind),
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out.push_str(rest);
}

/// Undoes `\uXXXX` after the `u`, with its second half if it is a surrogate pair; gives what follows.
fn unescape_unicode<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some((unit, after)) = hex_unit(rest) else {
        out.push('\u{FFFD}');
        return rest;
    };
    if (0xD800..0xDC00).contains(&unit)
        && let Some((low, end)) = after.strip_prefix("\\u").and_then(hex_unit)
        && (0xDC00..0xE000).contains(&low)
    {
        let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        out.push(char::from_u32(code).unwrap_or('\u{FFFD}'));
        return end;
    }
    out.push(char::from_u32(unit).unwrap_or('\u{FFFD}'));
    after
}

fn hex_unit(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let unit = u32::from_str_radix(digits, 16).ok()?;
    is_hex.then_some((unit, rest))
}

/// Appends a text as a JSON string with its quotes.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 => {
                out.push_str(&format!("\\u{:04x}", control as u32));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found_over_word_borders() {
        for lead in 0..20 {
            let text = format!("{}\\\"x\\\\\" tail", "é".repeat(lead));
            let end = text.find("\" tail").unwrap();
            assert_eq!(string_end(text.as_bytes(), 0), Some((end, true)));
        }
        assert_eq!(string_end(b"no end \\\"", 0), None);
        assert_eq!(string_end(b"ends in a slash \\", 0), None);
    }

    #[test]
    fn escapes_are_undone() {
        for (raw, plain) in [
            (r#"a\n\t\"\\\/"#, "a\n\t\"\\/"),
            (r"\u00e9\ud83d\ude00", "é😀"),
            (r"\ud83d!", "\u{FFFD}!"),
            (r"\u12", "\u{FFFD}12"),
            (r"\x", "\\x"),
            ("trailing\\", "trailing"),
        ] {
            let mut out = String::new();
            unescape(raw, &mut out);
            assert_eq!(out, plain, "{raw}");
        }
    }

    #[test]
    fn quoting_is_undone_by_unescaping() {
        let text = "q\"b\\n\nt\tc\u{1}é";
        let mut quoted = String::new();
        quote(text, &mut quoted);
        let mut back = String::new();
        unescape(&quoted[1..quoted.len() - 1], &mut back);
        assert_eq!(back, text);
    }
}
