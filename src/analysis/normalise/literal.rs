//! Literals in text that claims to be SQL, found without reading the statement: what the hash of a query leaves out.
//!
//! The rules are those of Sentry's span grouping (`default:2022-10-27`): text in single quotes, numbers and booleans that
//! are whole words. A quote that never ends is none; one that ends in `\'` takes the rest of its line.

/// The literal that begins at a place: where it ends.
pub fn literal_at(text: &str, at: usize) -> Option<usize> {
    let first = *text.as_bytes().get(at)?;
    match first {
        b'\'' => quoted_end(text, at),
        b'-' | b'0'..=b'9' => number_end(text, at),
        b't' | b'f' => boolean_end(text, at),
        _ => None,
    }
}

/// Whether there is any literal.
pub fn has_literal(text: &str) -> bool {
    (0..text.len()).any(|at| literal_at(text, at).is_some())
}

/// The text with `%s` for every literal; `None` when it has none.
pub fn without_literals(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < text.len() {
        match literal_at(text, at) {
            Some(end) => {
                out.push_str(&text[copied..at]);
                out.push_str("%s");
                (copied, at) = (end, end);
            }
            None => at += 1,
        }
    }
    if copied == 0 && out.is_empty() {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

fn quoted_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut place = at + 1;
    while place < bytes.len() {
        match (bytes[place], bytes.get(place + 1)) {
            (b'\\', Some(b'\'')) => {
                let rest = &bytes[place + 2..];
                let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                return Some(place + 2 + line);
            }
            (b'\'', Some(b'\'')) => place += 2,
            (b'\'', _) => return Some(place + 1),
            _ => place += 1,
        }
    }
    None
}

fn number_end(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let start = at + usize::from(bytes[at] == b'-');
    if start == at && ends_in_word(&text[..at]) {
        return None;
    }
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let whole = digits(start);
    if whole == start {
        return None;
    }
    let fraction = match bytes.get(whole) {
        Some(b'.') => digits(whole + 1),
        _ => whole,
    };
    let fraction = if fraction == whole + 1 {
        whole
    } else {
        fraction
    };
    let exponent = |from: usize| {
        if !matches!(bytes.get(from), Some(b'e' | b'E')) {
            return from;
        }
        let signed = from + 1 + usize::from(matches!(bytes.get(from + 1), Some(b'+' | b'-')));
        let end = digits(signed);
        if end == signed { from } else { end }
    };
    let ends = [exponent(fraction), fraction, exponent(whole), whole];
    ends.into_iter()
        .find(|end| !begins_with_word(&text[*end..]))
}

fn boolean_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let word = ["true", "false"]
        .into_iter()
        .find(|word| rest.starts_with(word))?;
    let end = at + word.len();
    (!ends_in_word(&text[..at]) && !begins_with_word(&text[end..])).then_some(end)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn ends_in_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(is_word)
}

fn begins_with_word(text: &str) -> bool {
    text.chars().next().is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_whole_words() {
        for (text, expected) in [
            ("SELECT 1", Some("SELECT %s")),
            ("a = -1.5e7 AND b = 0", Some("a = %s AND b = %s")),
            ("id = $1", Some("id = $%s")),
            ("t1.c2 = x3", None),
            ("12.34abc", Some("%s.34abc")),
            ("a = 'it''s' AND b", Some("a = %s AND b")),
            ("a = 'it\\'s' AND b\nc", Some("a = %s\nc")),
            ("a = 'open", None),
            (
                "a = true AND is_false = falsey",
                Some("a = %s AND is_false = falsey"),
            ),
            ("a = TRUE", None),
            ("größe1 = é2", None),
            ("", None),
        ] {
            assert_eq!(without_literals(text).as_deref(), expected, "{text}");
            assert_eq!(has_literal(text), expected.is_some(), "{text}");
        }
    }
}
