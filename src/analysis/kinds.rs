//! Kinds of spans: those with the same operation and the same description but for literals.
//!
//! `SELECT … WHERE id = 17` and `… WHERE id = 18` are one kind. What is taken for a literal: numbers, also those that make
//! up dates, versions and addresses; ids (UUIDs, hex, long runs of letters with digits); texts in single quotes. A list of
//! literals or placeholders counts as one, so that `IN (1, 2)` and `IN (1, 2, 3)` are alike. Names that merely end in a
//! digit, such as `table1`, are kept.
//!
//! Works through text once for each distinct allocation, not once for each span: a trace shares its texts.

use super::patterns::after_uuid;
use crate::model::trace::Span;
use hashbrown::HashMap;

/// Texts are told apart by so many bytes at their start.
const LONGEST: usize = 4_096;

/// A kind as its number in [`Kinds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(pub u32);

/// Numbers the kinds of the spans of one trace.
#[derive(Debug, Default)]
pub struct Kinds<'a> {
    /// Kinds by the addresses of operation and description, which live as long as the trace.
    known: HashMap<[Address; 2], Kind>,
    by_text: HashMap<(&'a str, Box<str>), Kind>,
    /// Reused for each text.
    masked: String,
}

/// Where a text lies, and its length.
type Address = (usize, usize);

impl<'a> Kinds<'a> {
    /// The kind of a span.
    pub fn of(&mut self, span: &'a Span) -> Kind {
        let address = |text: &str| (text.as_ptr() as usize, text.len());
        let at = [address(&span.op), address(&span.description)];
        if let Some(kind) = self.known.get(&at) {
            return *kind;
        }
        self.masked.clear();
        mask_literals(&span.description, &mut self.masked);
        let next = Kind(self.by_text.len() as u32);
        let text = (&*span.op, &*self.masked);
        let kind = match self.by_text.get(&Texts(text)) {
            Some(kind) => *kind,
            None => {
                self.by_text.insert((text.0, text.1.into()), next);
                next
            }
        };
        self.known.insert(at, kind);
        kind
    }
}

/// Looks up a pair of texts without making it one that is owned.
#[derive(PartialEq, Eq, Hash)]
struct Texts<'t>((&'t str, &'t str));

impl<'a> hashbrown::Equivalent<(&'a str, Box<str>)> for Texts<'_> {
    fn equivalent(&self, key: &(&'a str, Box<str>)) -> bool {
        self.0.0 == key.0 && *self.0.1 == *key.1
    }
}

/// A description with `*` in place of literals, as [`Kinds`] compares them.
pub fn masked(description: &str) -> String {
    let mut out = String::new();
    mask_literals(description, &mut out);
    out
}

fn mask_literals(text: &str, out: &mut String) {
    let mut rest = &text[..text.floor_char_boundary(LONGEST)];
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            c if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
                c.len_utf8()
            }
            '\'' if !out.ends_with(char::is_alphanumeric) => match quoted_len(rest) {
                Some(len) => take_literal(out, "*", len),
                None => take(out, "'"),
            },
            '$' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let digits = rest[1..].find(|c: char| !c.is_ascii_digit());
                take_literal(out, "*", digits.map_or(rest.len(), |digits| 1 + digits))
            }
            '?' => take_literal(out, "?", 1),
            '%' if rest.starts_with("%s") => take_literal(out, "%s", 2),
            c if c.is_ascii_alphanumeric() => take_run(rest, out),
            c => take(out, &rest[..c.len_utf8()]),
        };
        rest = &rest[taken..];
    }
}

/// Writes a text as it is.
fn take(out: &mut String, text: &str) -> usize {
    out.push_str(text);
    text.len()
}

/// Writes the sign of a literal, unless it goes on a number or a list of them; gives the length that was read.
fn take_literal(out: &mut String, sign: &str, len: usize) -> usize {
    let before = out.trim_end_matches(' ');
    if let Some(list) = before
        .strip_suffix(',')
        .map(|list| list.trim_end_matches(' '))
        && list.ends_with(sign)
    {
        out.truncate(list.len());
        return len;
    }
    let joint = out.strip_suffix(['.', '-', ':', 'T']);
    match joint.filter(|number| sign == "*" && number.ends_with('*')) {
        Some(number) => out.truncate(number.len()),
        None => out.push_str(sign),
    }
    len
}

/// Writes a run of letters and digits, masked if it is a number or an id; gives its length.
fn take_run(rest: &str, out: &mut String) -> usize {
    if let Some(after) = after_uuid(rest) {
        return take_literal(out, "*", rest.len() - after.len());
    }
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    let run = &rest[..end];
    let is_digit = |c: char| c.is_ascii_digit();
    if !run.contains(is_digit) {
        return take(out, run);
    }
    let is_hex = run.len() >= 6 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex || run.len() >= 16 {
        return take_literal(out, "*", run.len());
    }
    let digits = run.find(|c: char| !is_digit(c)).unwrap_or(run.len());
    match digits {
        // Digits within a name tell names apart, unless a name goes on a number as in `2026T06`.
        0 if !(run.starts_with('T') && out.ends_with('*')) => take(out, run),
        0 => take(out, "T"),
        // The unit of a number is kept: `31ms`.
        digits => take_literal(out, "*", digits),
    }
}

/// The length of a text in single quotes, in which a quote is doubled or has a backslash before it.
fn quoted_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;

    #[test]
    fn literals_are_masked_and_names_are_kept() {
        for (text, expected) in [
            ("", ""),
            (
                "SELECT * FROM a WHERE id = 17",
                "SELECT * FROM a WHERE id = *",
            ),
            ("SELECT  a\n FROM b", "SELECT a FROM b"),
            ("WHERE id IN (1, 2, 3)", "WHERE id IN (*)"),
            ("WHERE id IN (1,2)", "WHERE id IN (*)"),
            ("WHERE id IN (%s, %s)", "WHERE id IN (%s)"),
            (
                "WHERE id IN (?, ?, ?) AND a = ?",
                "WHERE id IN (?) AND a = ?",
            ),
            ("WHERE id IN ($1, $2) LIMIT $3", "WHERE id IN (*) LIMIT *"),
            ("name = 'O''Brien' AND a = 'x'", "name = * AND a = *"),
            ("the user's cart isn't 'full", "the user's cart isn't 'full"),
            ("GET /items/42?page=3", "GET /items/*?page=*"),
            ("GET /v2/items/4bf92f3577b34da6", "GET /v2/items/*"),
            ("get 0af76519-16cd-43dd-8448-eb211c80319c", "get *"),
            ("10.0.0.1:8080 took 31ms", "* took *ms"),
            ("at 2026-11-21T06:46:22.719Z", "at *Z"),
            (
                "SELECT c1 FROM table1 JOIN users_2",
                "SELECT c1 FROM table1 JOIN users_*",
            ),
            ("naïve – ü 7", "naïve – ü *"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_compared_by_its_start() {
        let text = |end: &str| "ü".repeat(LONGEST) + end;
        assert_eq!(masked(&text("a")), masked(&text("b")));
    }

    #[test]
    fn kinds_compare_text_not_addresses() {
        let mut trace = trace(&[(1, 0, 0, 1), (2, 0, 1, 2), (3, 0, 2, 3), (4, 0, 3, 4)]);
        for (span, (op, text)) in trace.spans.iter_mut().zip([
            ("db", "id = 1"),
            ("db", "id = 2"),
            ("http", "id = 1"),
            ("db", "key = 1"),
        ]) {
            span.op = op.into();
            span.description = text.into();
        }
        let mut kinds = Kinds::default();
        let found: Vec<u32> = trace.spans.iter().map(|span| kinds.of(span).0).collect();
        assert_eq!(found, [0, 0, 1, 2]);
    }
}
