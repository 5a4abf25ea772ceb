//! JSON kept as text, rewritten token by token: as OTLP's typed values, or with other strings in it.
//!
//! Nesting lies on a stack of its own, so that no depth of data costs the program's. Strings that stay are copied as they
//! are written, escapes included.

use serde::de::IgnoredAny;
use std::borrow::Cow;

/// Writes a text as a JSON string.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether a text is one JSON value.
pub fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A piece of JSON.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'t> {
    Open(u8),
    Close,
    /// With its quotes.
    String(&'t str),
    /// A number, `true`, `false` or `null`.
    Plain(&'t str),
    /// `,` and `:`.
    Mark(u8),
}

struct Tokens<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        self.rest = self.rest.trim_start();
        let bytes = self.rest.as_bytes();
        let first = *bytes.first()?;
        let len = match first {
            b'"' => string_len(bytes),
            b'{' | b'[' | b'}' | b']' | b',' | b':' => 1,
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b"{}[],:\"".contains(byte);
                bytes.iter().position(ends).unwrap_or(bytes.len())
            }
        };
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        Some(match first {
            b'"' => Token::String(text),
            b'{' | b'[' => Token::Open(first),
            b'}' | b']' => Token::Close,
            b',' | b':' => Token::Mark(first),
            _ => Token::Plain(text),
        })
    }
}

fn string_len(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// An array or object as OTLP writes it: `{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}`.
/// A text that is no JSON becomes a string.
pub fn as_otlp(json: &str, out: &mut String) {
    if !is_json(json) {
        out.push_str("{\"stringValue\":");
        out.push_str(&quoted(json));
        out.push('}');
        return;
    }
    // For each open object whether its next string is a name.
    let mut open: Vec<Option<bool>> = Vec::new();
    for token in (Tokens { rest: json }) {
        match (token, open.last_mut()) {
            (Token::String(name), Some(Some(is_name))) if *is_name => {
                *is_name = false;
                out.push_str("{\"key\":");
                out.push_str(name);
                out.push_str(",\"value\":");
                continue;
            }
            (Token::Mark(mark), Some(inside)) => {
                if mark == b',' {
                    if inside.is_some() {
                        *inside = Some(true);
                    }
                    out.push(',');
                }
                continue;
            }
            (Token::Mark(_), None) => continue,
            (Token::Open(b'['), _) => {
                open.push(None);
                out.push_str("{\"arrayValue\":{\"values\":[");
                continue;
            }
            (Token::Open(_), _) => {
                open.push(Some(true));
                out.push_str("{\"kvlistValue\":{\"values\":[");
                continue;
            }
            (Token::Close, _) => {
                open.pop();
                out.push_str("]}}");
            }
            (Token::String(text), _) => {
                out.push_str("{\"stringValue\":");
                out.push_str(text);
                out.push('}');
            }
            (Token::Plain(text), _) => plain(text, out),
        }
        if let Some(Some(_)) = open.last() {
            out.push('}');
        }
    }
}

fn plain(text: &str, out: &mut String) {
    match text {
        "null" => out.push_str("{}"),
        "true" | "false" => {
            out.push_str("{\"boolValue\":");
            out.push_str(text);
            out.push('}');
        }
        number if number.parse::<i64>().is_ok() => {
            out.push_str("{\"intValue\":\"");
            out.push_str(number);
            out.push_str("\"}");
        }
        number => {
            out.push_str("{\"doubleValue\":");
            out.push_str(number);
            out.push('}');
        }
    }
}

/// What a string within JSON belongs to, in the words of attributes.
#[derive(Default)]
struct Place {
    is_object: bool,
    /// Whether the next string is a name.
    expects_name: bool,
    /// The name of the member.
    member: String,
    /// What the member `key` said: the name of one of OTLP's attributes.
    key: Option<String>,
}

/// The text with every string value replaced for which `change` gives another; `None` if none was.
///
/// `change` gets the name of the attribute the string is of: of OTLP's pairs their key, else the member's name, else that of
/// what it lies in, `outer` last.
pub fn with_strings(
    json: &str,
    outer: &str,
    mut change: impl FnMut(&str, &str) -> Option<String>,
) -> Option<String> {
    let mut out = String::with_capacity(json.len());
    let mut changed = false;
    let mut open: Vec<Place> = Vec::new();
    for token in (Tokens { rest: json }) {
        match token {
            Token::Open(bracket) => {
                let is_object = bracket == b'{';
                open.push(Place {
                    is_object,
                    expects_name: is_object,
                    ..Place::default()
                });
                out.push(bracket.into());
            }
            Token::Close => {
                let closed = open.pop();
                let is_object = closed.is_some_and(|place| place.is_object);
                out.push(if is_object { '}' } else { ']' });
            }
            Token::Mark(mark) => {
                if let Some(place) = open.last_mut().filter(|place| place.is_object) {
                    place.expects_name = mark == b',';
                }
                out.push(mark.into());
            }
            Token::Plain("null") => out.push_str("null"),
            Token::Plain(text) => match change(name_of(&open, outer), text) {
                Some(other) => {
                    changed = true;
                    retype(&open, &mut out);
                    out.push_str(&quoted(&other));
                }
                None => out.push_str(text),
            },
            Token::String(raw) => {
                let text = unquoted(raw);
                if let Some(place) = open.last_mut().filter(|place| place.is_object) {
                    if place.expects_name {
                        place.member = text.into_owned();
                        out.push_str(raw);
                        continue;
                    }
                    if place.member == "key" {
                        place.key = Some(text.into_owned());
                        out.push_str(raw);
                        continue;
                    }
                }
                match change(name_of(&open, outer), &text) {
                    Some(other) => {
                        changed = true;
                        retype(&open, &mut out);
                        out.push_str(&quoted(&other));
                    }
                    None => out.push_str(raw),
                }
            }
        }
    }
    changed.then_some(out)
}

/// What was a number in OTLP's shape and becomes a text says so: `intValue` becomes `stringValue`.
fn retype(open: &[Place], out: &mut String) {
    let typed = ["intValue", "doubleValue", "boolValue", "bytesValue"];
    let Some(place) = open.last().filter(|place| typed.contains(&&*place.member)) else {
        return;
    };
    if let Some(at) = out.rfind(&place.member) {
        out.replace_range(at..at + place.member.len(), "stringValue");
    }
}

fn name_of<'p>(open: &'p [Place], outer: &'p str) -> &'p str {
    let key = open.iter().rev().find_map(|place| place.key.as_deref());
    let member = || {
        let mut places = open.iter().rev();
        places.find_map(|place| (!place.member.is_empty()).then_some(&*place.member))
    };
    key.or_else(member).unwrap_or(outer)
}

fn unquoted(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw.get(1..raw.len() - 1).unwrap_or_default());
    }
    match serde_json::from_str::<String>(raw) {
        Ok(text) => Cow::Owned(text),
        // A lone surrogate, which Rust's text cannot hold.
        Err(_) => Cow::Borrowed(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn otlp(json: &str) -> String {
        let mut out = String::new();
        as_otlp(json, &mut out);
        assert!(is_json(&out), "{out}");
        out
    }

    #[test]
    fn plain_json_becomes_typed_values() {
        for (json, typed) in [
            ("[]", r#"{"arrayValue":{"values":[]}}"#),
            (
                r#"[1, 2.5,"a\"b",null]"#,
                r#"{"arrayValue":{"values":[{"intValue":"1"},{"doubleValue":2.5},{"stringValue":"a\"b"},{}]}}"#,
            ),
            (
                r#"{"a":{"b":[true]},"c":1}"#,
                r#"{"kvlistValue":{"values":[{"key":"a","value":{"kvlistValue":{"values":[{"key":"b","value":{"arrayValue":{"values":[{"boolValue":true}]}}}]}}},{"key":"c","value":{"intValue":"1"}}]}}"#,
            ),
            ("[oops", r#"{"stringValue":"[oops"}"#),
        ] {
            assert_eq!(otlp(json), typed);
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(otlp(&deep).matches("arrayValue").count(), 100_000);
        assert_eq!(with_strings(&deep, "", |_, _| None), None);
    }

    #[test]
    fn strings_change_by_the_name_they_have() {
        let json = r#"[{"name":"e","attributes":[{"key":"user","value":{"stringValue":"ann"}}]},{"user":["ann","bob"]}]"#;
        let change = |name: &str, text: &str| (name == "user" && text == "ann").then(|| "x".into());
        assert_eq!(
            with_strings(json, "", change).as_deref(),
            Some(
                r#"[{"name":"e","attributes":[{"key":"user","value":{"stringValue":"x"}}]},{"user":["x","bob"]}]"#
            )
        );
        let int = r#"[{"key":"user","value":{"intValue":"7"}}]"#;
        let seven = |_: &str, text: &str| (text == "7").then(|| "x".into());
        assert_eq!(
            with_strings(int, "", seven).as_deref(),
            Some(r#"[{"key":"user","value":{"stringValue":"x"}}]"#)
        );
        let by_outer = |name: &str, _: &str| (name == "a").then(|| "\"".to_owned());
        assert_eq!(
            with_strings(r#"["q", 1]"#, "a", by_outer).as_deref(),
            Some(r#"["\"","\""]"#)
        );
    }
}
