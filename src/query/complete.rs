//! What the text at the cursor is a part of, so that it can be completed: a name, a flag, a value.
//!
//! Works on searches that are still being typed, and so mostly cannot be read yet. What could stand there is known by
//! others; here is only where it would go, how it is written there, and what the rest of the search asks for.

use super::ast::{Expr, Term};
use super::key::{self, quoted_len, unescaped};
use super::lexeme::LexemeKind;
use super::lexer;
use super::operand::operator;
use super::parser::parse;
use super::printer::{escaped, quote, quote_key, quoted};
use std::ops::Range;

/// Something that is being typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// What a completion stands in the place of, in bytes.
    pub replaces: Range<usize>,
    /// What of it stands before the cursor, without quotes and escapes.
    pub typed: String,
    /// What could stand there.
    pub wanted: Wanted,
    /// The whole term with the signs that turn it around.
    term: Range<usize>,
    /// Where what is within the same braces begins.
    braces: Option<usize>,
}

/// What could stand at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// An attribute's name, at the beginning of a term.
    Key,
    /// An attribute's name after `has:`.
    Present,
    /// What comes after `is:`.
    Flag,
    /// A value of an attribute.
    Value {
        /// The attribute.
        key: String,
        /// Whether it is an item of a list.
        in_list: bool,
        /// Whether a comparison could stand there as well.
        compares: bool,
    },
}

impl Completion {
    /// What stands before the cursor (in bytes); `None` where nothing can be said, as within a regular expression.
    pub fn at(text: &str, cursor: usize) -> Option<Self> {
        let cursor = text.floor_char_boundary(cursor);
        let start = Start::of(&text[..cursor]);
        let word = &text[start.term..cursor];
        let (at, raw, wanted) = wanted(word)?;
        let from = start.term + at;
        let raw_quoted = raw.starts_with('"');
        let typed = unescaped(raw.strip_prefix('"').unwrap_or(raw)).concat();
        let in_list = matches!(wanted, Wanted::Value { in_list: true, .. });
        let after = &text[cursor..];
        let mut end = cursor + rest_of(after, raw_quoted, in_list, start.braces.is_some());
        if wanted == Wanted::Key && text[end..].starts_with(':') {
            end += 1;
        }
        let term_end = lexer::term_end(text, start.term, start.braces.is_some()).max(end);
        Some(Self {
            replaces: from..end,
            typed,
            wanted,
            term: start.negated..term_end,
            braces: start.braces,
        })
    }

    /// A name, flag or value as it is written in this place.
    pub fn written(&self, completed: &str) -> String {
        match &self.wanted {
            Wanted::Key => format!("{}:", quote_key(completed)),
            Wanted::Present => quote_key(completed),
            Wanted::Flag => completed.to_owned(),
            Wanted::Value { in_list: true, .. } if completed.contains([',', ']', '[']) => {
                quoted(&escaped(completed))
            }
            Wanted::Value { .. } => quote(completed),
        }
    }

    /// What the search asks of one record besides the term at the cursor: of the same span where that stands in braces.
    /// Everything, while the rest cannot be read.
    pub fn rest(&self, text: &str) -> Expr {
        let without = |range: Range<usize>| {
            let before = text.get(range.start..self.term.start).unwrap_or_default();
            let after = text.get(self.term.end..range.end).unwrap_or_default();
            // A star asks for nothing and keeps the words of logic around it in order.
            parse(&format!("{before}*{after}"))
        };
        let rest = match self.braces {
            Some(start) => without(start..lexer::brace_end(text, self.term.end)),
            None => without(0..text.len()),
        };
        of_one_record(rest.unwrap_or_default())
    }
}

/// Where the term that a text ends with begins.
#[derive(Default)]
struct Start {
    /// Behind the signs that turn it around.
    term: usize,
    /// Before them.
    negated: usize,
    /// Behind the brace that is open, if one is.
    braces: Option<usize>,
}

impl Start {
    fn of(text: &str) -> Self {
        let mut start = Self::default();
        let (mut quoted, mut escaped, mut list) = (false, false, false);
        let (mut parentheses, mut braces) = (0usize, 0usize);
        let mut before = ' ';
        for (at, c) in text.char_indices() {
            let next = at + c.len_utf8();
            let fresh = at == start.term;
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = !quoted,
                _ if quoted => {}
                '[' if matches!(before, ':' | '=') => list = true,
                ']' => list = false,
                _ if list => {}
                '!' if fresh => start.term = next,
                '{' if fresh => {
                    start.braces = Some(next);
                    start.begin(next);
                }
                '(' if fresh => start.begin(next),
                '{' => braces += 1,
                '}' if braces > 0 => braces -= 1,
                '}' if start.braces.is_some() => {
                    start.braces = None;
                    start.begin(next);
                }
                '(' => parentheses += 1,
                ')' if parentheses > 0 => parentheses -= 1,
                ')' => start.begin(next),
                _ if c.is_whitespace() => {
                    (parentheses, braces) = (0, 0);
                    start.begin(next);
                }
                _ => {}
            }
            before = c;
        }
        start
    }

    fn begin(&mut self, at: usize) {
        (self.term, self.negated) = (at, at);
    }
}

/// What a term that ends at the cursor lacks: where that begins, its text so far, and what it is.
fn wanted(term: &str) -> Option<(usize, &str, Wanted)> {
    let colon = key::read(term).and_then(|(len, key)| {
        let after = term[len..].strip_prefix(':')?;
        Some((len + 1, after, key))
    });
    let Some((at, after, key)) = colon else {
        // A quote that is open may become a name.
        let is_name = !term.contains(':') || term.starts_with('"') && quoted_len(term).is_none();
        return is_name.then_some((0, term, Wanted::Key));
    };
    if lexer::is_pasted(&term[..at - 1], after) {
        return None;
    }
    match &term[..at - 1] {
        "has" => return Some((at, after, Wanted::Present)),
        "is" => return Some((at, after, Wanted::Flag)),
        _ => {}
    }
    let key = key.ok()?.name;
    let equal = operator(after).and_then(|(sign, kind)| match kind {
        LexemeKind::Equal { .. } => Some(sign.len()),
        _ => None,
    });
    let at = at + equal.unwrap_or_default();
    let value = &term[at..];
    if let Some(list) = value.strip_prefix('[') {
        let item = last_item(list);
        let item_at = at + 1 + list.len() - item.len();
        return item_of(item_at, item, key, true, true);
    }
    item_of(at, value, key, false, equal.is_none())
}

fn item_of(
    at: usize,
    value: &str,
    key: String,
    in_list: bool,
    compares: bool,
) -> Option<(usize, &str, Wanted)> {
    // What follows a comparison is a number, and what begins with slashes an expression: both are typed.
    let is_typed = value.starts_with("//") || value.starts_with(['<', '>']);
    let wanted = Wanted::Value {
        key,
        in_list,
        compares,
    };
    (!is_typed).then_some((at, value, wanted))
}

/// What stands behind the last comma of a list that is not in quotes.
fn last_item(list: &str) -> &str {
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in list.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => start = at + 1,
            _ => {}
        }
    }
    list[start..].trim_start()
}

/// How much of the text behind the cursor belongs to what is being typed before it.
fn rest_of(after: &str, is_quoted: bool, in_list: bool, braced: bool) -> usize {
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, ')' | ':')
            || braced && c == '}'
            || in_list && matches!(c, ',' | ']')
    };
    if !is_quoted {
        return after.find(ends).unwrap_or(after.len());
    }
    // The next quote ends this text, unless it opens another one.
    let with_quote = format!("\"{after}");
    let len = quoted_len(&with_quote).map_or(0, |len| len - 1);
    let follows = after.get(len..).and_then(|rest| rest.chars().next());
    if follows.is_none_or(ends) { len } else { 0 }
}

/// What of a search is asked of each record: not of traces as a whole, of other spans, or of groups.
fn of_one_record(rest: Expr) -> Expr {
    let parts = match rest.split_having().0 {
        Expr::And(parts) => parts,
        other => vec![other],
    };
    Expr::all_of(
        parts
            .into_iter()
            .filter(|part| !part.has_braces() && !is_of_trace(part)),
    )
}

fn is_of_trace(part: &Expr) -> bool {
    match part {
        Expr::Term(Term { key, .. }) => matches!(
            key.as_str(),
            "trace.duration" | "trace.spans" | "trace.errors" | "trace.logs"
        ),
        Expr::Not(part) => is_of_trace(part),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Where the cursor is stands `|`. What is wanted, what is typed of it, what is replaced, and the rest.
    #[test]
    fn the_cursor_is_at_something() {
        let cases = [
            ("lev|", "key", "lev", "lev", ""),
            ("a !lev|", "key", "lev", "lev", "a"),
            ("(a OR lev|)", "key", "lev", "lev", "('a' | *)"),
            ("\"odd na|", "key", "odd na", "\"odd na", ""),
            ("le|vel:info x", "key", "le", "level:", "x"),
            ("a:b |", "key", "", "", "a:b"),
            ("has:us|", "present", "us", "us", ""),
            ("!is:er| a", "flag", "er", "er", "a"),
            ("level:|", "level", "", "", ""),
            ("a:b level:in| c", "level", "in", "in", "a:b c"),
            ("level:i|nfo", "level", "i", "info", ""),
            ("!level:in|", "level", "in", "in", ""),
            ("a OR !level:in|", "level", "in", "in", "a OR *"),
            ("level:=in|", "level", "in", "in", ""),
            ("user:\"two w|", "user", "two w", "\"two w", ""),
            (
                "user:\"two w|ords\" b",
                "user",
                "two w",
                "\"two words\"",
                "b",
            ),
            ("user:\"two w| b:\"c\"", "user", "two w", "\"two w", ""),
            ("level:[info, er|", "level, listed", "er", "er", ""),
            ("level:[info, er|] a", "level, listed", "er", "er", "a"),
            (
                "level:!=[\"a, b\", \"c d|",
                "level, listed",
                "c d",
                "\"c d",
                "",
            ),
            ("\"odd key\":v|", "odd key", "v", "v", ""),
            ("tags[k,number]:5|", "k", "5", "5", ""),
            ("{op:db name:x|} {is:error} b", "name", "x", "x", "op:db"),
            (
                "{op:db} name:x| !{is:error} trace.spans:>5 b",
                "name",
                "x",
                "x",
                "b",
            ),
            ("{op:db name:[a, x|]}", "name, listed", "x", "x", "op:db"),
            ("count():>5 k:v| b", "k", "v", "v", "b"),
            ("k:/api/{id}|", "k", "/api/{id}", "/api/{id}", ""),
        ];
        for (marked, wanted, typed, replaces, rest) in cases {
            let cursor = marked.find('|').expect("there is a cursor");
            let text = marked.replacen('|', "", 1);
            let found = Completion::at(&text, cursor).expect(marked);
            let shown = match &found.wanted {
                Wanted::Key => "key".to_owned(),
                Wanted::Present => "present".to_owned(),
                Wanted::Flag => "flag".to_owned(),
                Wanted::Value {
                    key, in_list: true, ..
                } => format!("{key}, listed"),
                Wanted::Value { key, .. } => key.clone(),
            };
            assert_eq!(
                (shown.as_str(), found.typed.as_str()),
                (wanted, typed),
                "{marked}"
            );
            assert_eq!(&text[found.replaces.clone()], replaces, "{marked}");
            let expected = rest.replace("('a' | *)", "(a OR *)");
            assert_eq!(found.rest(&text), parse(&expected).expect(rest), "{marked}");
        }
        for none in ["k:>5", "k://x", "http://a", "a::b", "k:[>5", "count():>5"] {
            assert_eq!(Completion::at(none, none.len()), None, "{none}");
        }
    }

    #[test]
    fn what_is_inserted_is_quoted_as_its_place_needs() {
        let cases = [
            ("lev", "level", "level:"),
            ("od", "odd key", "\"odd key\":"),
            ("has:od", "odd key", "has:\"odd key\""),
            ("level:i", "info", "level:info"),
            ("k:\"a", "a \"b\"*", "k:\"a \\\"b\\\"\\*\""),
            ("k:", "", "k:\"\""),
            ("k:", ">5", "k:\">5\""),
            ("k:[a, b", "b, c", "k:[a, \"b, c\""),
            ("k:[a, b", "b]", "k:[a, \"b]\""),
        ];
        for (text, completed, expected) in cases {
            let found = Completion::at(text, text.len()).expect(text);
            let mut text = text.to_owned();
            let written = found.written(completed);
            text.replace_range(found.replaces, &written);
            assert_eq!(text, expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_place_within_itself(text in "[a-c:!\\[\\](){}\", \\\\/=>é]{0,16}", cursor in 0usize..20, value in "\\PC{0,6}") {
            if let Some(found) = Completion::at(&text, cursor) {
                prop_assert!(text.get(found.replaces.clone()).is_some(), "{:?}", found);
                found.rest(&text);
                found.written(&value);
            }
        }

        #[test]
        fn any_value_reads_as_itself_where_it_is_inserted(value in "\\PC{1,8}", listed: bool) {
            let start = if listed { "k:[a, " } else { "k:" };
            let found = Completion::at(start, start.len()).expect("a value is wanted");
            let text = format!("{start}{}{}", found.written(&value), if listed { "]" } else { "" });
            let read = parse(&text).expect(&text);
            let value = Expr::Term(Term { key: "k".to_owned(), test: crate::query::Test::Equals(value) });
            let a = Expr::Term(Term { key: "k".to_owned(), test: crate::query::Test::Equals("a".to_owned()) });
            prop_assert_eq!(read, if listed { Expr::any_of([a, value]) } else { value });
        }
    }
}
