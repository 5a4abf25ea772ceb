//! Lines of `key=value` pairs.
//!
//! A value is bare up to the next space, or in double quotes with JSON's escapes. A word without `=` is a flag. Values have no
//! types of their own, so a bare number counts as one only if it would be written the same way again: `007` and `1.10` stay
//! text.

use crate::import::json::RawStr;

/// One pair. Ranges count from the start of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'l> {
    /// The key.
    pub key: &'l str,
    /// The value.
    pub value: Value,
}

/// What stands behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, not even `=`.
    Flag,
    /// A bare word.
    Bare {
        /// Its first byte.
        start: usize,
        /// Behind its last byte.
        end: usize,
    },
    /// A text in quotes.
    Quoted(RawStr),
}

/// The pairs of a line, from left to right; `None` in their place where the line is none of pairs.
pub fn pairs(line: &str) -> impl Iterator<Item = Option<Pair<'_>>> {
    let mut at = 0;
    let mut broken = false;
    std::iter::from_fn(move || {
        let rest = line.get(at..)?;
        let start = at + rest.find(|c: char| !c.is_ascii_whitespace())?;
        if broken {
            return None;
        }
        let found = pair(line, start);
        match found {
            Some((_, end)) => at = end,
            None => broken = true,
        }
        Some(found.map(|(pair, _)| pair))
    })
}

/// The pair at an offset, and where it ends.
fn pair(line: &str, start: usize) -> Option<(Pair<'_>, usize)> {
    let rest = line.get(start..)?;
    let len = rest.find(|c: char| !is_key(c)).unwrap_or(rest.len());
    let key = rest.get(..len).filter(|key| !key.is_empty())?;
    let after = start + len;
    match line.as_bytes().get(after) {
        None | Some(b' ' | b'\t') => {
            let value = Value::Flag;
            return Some((Pair { key, value }, after));
        }
        Some(b'=') => {}
        Some(_) => return None,
    }
    let start = after + 1;
    let (value, end) = match line.as_bytes().get(start) {
        Some(b'"') => quoted(line, start + 1)?,
        _ => {
            let rest = line.get(start..)?;
            let len = rest.find(|c: char| c.is_ascii_whitespace());
            let end = start + len.unwrap_or(rest.len());
            (Value::Bare { start, end }, end)
        }
    };
    Some((Pair { key, value }, end))
}

fn is_key(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '@' | '#' | '$')
}

/// A text whose opening quote stands before an offset.
fn quoted(line: &str, start: usize) -> Option<(Value, usize)> {
    let bytes = line.as_bytes();
    let mut escaped = false;
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            break;
        }
        escaped = true;
        at += 2;
    }
    let ends = matches!(bytes.get(at + 1), None | Some(b' ' | b'\t'));
    let string = RawStr {
        start,
        end: at,
        escaped,
    };
    ends.then_some((Value::Quoted(string), at + 1))
}

/// Whether a line is one of pairs: it begins with one, has two and nothing in it is broken.
pub fn is_line(line: &str) -> bool {
    let mut with_value = 0;
    for (index, pair) in pairs(line).enumerate() {
        match pair {
            None => return false,
            Some(Pair {
                value: Value::Flag, ..
            }) if index == 0 => return false,
            Some(Pair {
                value: Value::Flag, ..
            }) => {}
            Some(_) => with_value += 1,
        }
    }
    with_value >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_every_writing() {
        let line = r#"level=info  msg="a \" b" empty= flag url=/x?a=b"#;
        let found: Vec<_> = pairs(line).map(|pair| pair.expect("a pair")).collect();
        let keys: Vec<_> = found.iter().map(|pair| pair.key).collect();
        assert_eq!(keys, ["level", "msg", "empty", "flag", "url"]);
        let Value::Quoted(text) = found[1].value else {
            panic!("quoted");
        };
        assert_eq!(
            (&line[text.start..text.end], text.escaped),
            (r#"a \" b"#, true)
        );
        assert_eq!(found[2].value, Value::Bare { start: 31, end: 31 });
        assert_eq!(found[3].value, Value::Flag);
        assert!(is_line(line));
    }

    #[test]
    fn text_is_no_pairs() {
        for no in [
            "",
            "a=b",
            "hello a=b c=d",
            "a=\"open b=c",
            "a=\"b\"c d=e",
            "if (a==b) c=d",
            "=a b=c",
        ] {
            assert!(!is_line(no), "{no}");
        }
    }
}
