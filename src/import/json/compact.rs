//! Nested values in one way of writing, so that the same value is the same text whoever wrote it: encoders differ in white
//! space and in what they escape (Python's `json` writes `[1, "\u00e9"]`), and such a text is searched, counted and grouped.

use super::text::{quote, string_end, unescape};

/// The JSON text without white space between its parts and without needless escapes; `None` where it has neither. Takes one
/// pass and no stack, whatever it nests.
pub fn compact(text: &str) -> Option<String> {
    let mut out = String::new();
    // What was looked at, and up to where it is in `out`.
    let (mut at, mut copied) = (0, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(&text[copied..at]);
                at += 1;
                copied = at;
            }
            b'"' => {
                let (end, escaped) = string_end(text.as_bytes(), at + 1)?;
                let raw = &text[at + 1..end];
                if escaped && has_needless(raw) {
                    let mut plain = String::with_capacity(raw.len());
                    unescape(raw, &mut plain);
                    out.push_str(&text[copied..at]);
                    quote(&plain, &mut out);
                    copied = end + 1;
                }
                at = end + 1;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

/// Whether a string may have escapes that [`quote`] does not make.
fn has_needless(raw: &str) -> bool {
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && matches!(bytes.next(), Some(b'u' | b'/' | b'b' | b'f')) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_one_text() {
        for (written, expected) in [
            (r#"[1,"a b"]"#, None),
            (r#"{"a":"\n\"\\"}"#, None),
            (r#"[1, "a b"]"#, Some(r#"[1,"a b"]"#)),
            ("{\n\t\"a\" : [ ]\r\n}", Some(r#"{"a":[]}"#)),
            (r#"["\u00e9"]"#, Some(r#"["é"]"#)),
            (r#"["\ud83e\udd80 \"x\" "]"#, Some(r#"["🦀 \"x\" "]"#)),
            (r#"{"\/a":"\u000a\u0001"}"#, Some(r#"{"/a":"\n\u0001"}"#)),
            (r#"["\\u00e9"]"#, None),
            (r#"["\u0001"]"#, Some(r#"["\u0001"]"#)),
            (r#"["\ud83e"]"#, Some("[\"\u{FFFD}\"]")),
            ("[]", None),
        ] {
            assert_eq!(compact(written).as_deref(), expected, "{written}");
        }
    }
}
