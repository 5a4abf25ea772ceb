//! A JSON text with a line a member, without reading it: its tokens stay as they were written, and so does its order.

/// Deeper lines begin where these do.
const DEEPEST: usize = 40;

/// The object or array at the beginning of a text: how long it is. `None` when the text begins otherwise or ends before it
/// does.
pub fn value_len(text: &[u8]) -> Option<usize> {
    if !matches!(text.first(), Some(b'{' | b'[')) {
        return None;
    }
    let (mut depth, mut at) = (0usize, 0);
    let mut in_text = false;
    while let Some(byte) = text.get(at) {
        match (byte, in_text) {
            (b'\\', true) => at += 1,
            (b'"', _) => in_text = !in_text,
            (b'{' | b'[', false) => depth += 1,
            (b'}' | b']', false) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The text with a line a member, indented. What is no JSON comes out with other line breaks at most.
pub fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0usize;
    let mut chars = text.chars().peekable();
    let mut in_text = false;
    let mut is_empty = false;
    while let Some(c) = chars.next() {
        if in_text {
            out.push(c);
            match c {
                '\\' => out.extend(chars.next()),
                '"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match c {
            c if c.is_ascii_whitespace() => continue,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !is_empty {
                    line(&mut out, depth);
                }
                out.push(c);
                is_empty = false;
                continue;
            }
            _ => {}
        }
        if std::mem::take(&mut is_empty) {
            line(&mut out, depth);
        }
        out.push(c);
        match c {
            '{' | '[' => {
                depth += 1;
                is_empty = true;
            }
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            '"' => in_text = true,
            _ => {}
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_stand_on_lines() {
        for (text, expected) in [
            (
                r#"{"a":1,"b":[],"c":{"d":"x, {\"y"}}"#,
                "{\n  \"a\": 1,\n  \"b\": [],\n  \"c\": {\n    \"d\": \"x, {\\\"y\"\n  }\n}",
            ),
            ("[1, 2]", "[\n  1,\n  2\n]"),
            ("{ }", "{}"),
            ("", ""),
        ] {
            assert_eq!(indented(text), expected);
        }
    }

    #[test]
    fn where_a_value_ends() {
        assert_eq!(value_len(br#"{"a":"}"},{"b":2}"#), Some(9));
        assert_eq!(value_len(b"[[]] x"), Some(4));
        assert_eq!(value_len(br#"{"a\"}":1"#), None);
        assert_eq!(value_len(b"x"), None);
        assert_eq!(value_len(b""), None);
    }

    proptest! {
        #[test]
        fn only_white_space_changes(text in r#"([{}\[\]",:\\a1 ]|\n){0,60}"#) {
            let bare = |text: &str| text.split_ascii_whitespace().collect::<String>();
            prop_assert_eq!(bare(&indented(&text)), bare(&text));
        }
    }
}
