//! Text to lexemes: where keys, values and words begin and end.
//!
//! Never fails: what cannot be read becomes an [`LexemeKind::Error`] and reading goes on behind it, so that the same
//! code serves the parser, which stops there, and the search field, which colours what is still being typed.

use super::ast::Comparison;
use super::number::number;
use std::ops::Range;

/// A piece of a search for the eye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: TokenKind,
}

/// What a piece of a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An attribute's name.
    Key,
    /// A colon, a comparison, a negation, a parenthesis, a bracket, a comma.
    Operator,
    /// What an attribute is tested against.
    Value,
    /// A word or phrase to look for.
    Text,
    /// `AND`, `OR`, `has`.
    Keyword,
    /// Something that cannot be read.
    Error,
}

/// The pieces of a search in order, right or wrong; spaces are left out.
pub fn tokens(query: &str) -> Vec<Token> {
    let token = |lexeme: Lexeme| Token {
        range: lexeme.at,
        kind: lexeme.kind.token(),
    };
    lex(query).into_iter().map(token).collect()
}

/// A piece of a search for the parser.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lexeme {
    pub(super) at: Range<usize>,
    pub(super) kind: LexemeKind,
}

/// What a lexeme is. A key or `has` is always followed by a colon, and that by a value, a list or an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LexemeKind {
    Open,
    Close,
    Not,
    And,
    Or,
    Has,
    Key,
    Colon,
    /// Followed by a number.
    Compare(Comparison),
    /// `=` before a number, or `!=`.
    Equal {
        negated: bool,
    },
    Number(f64),
    Value,
    ListOpen,
    Comma,
    ListClose,
    Text,
    Error(&'static str),
}

impl LexemeKind {
    fn token(self) -> TokenKind {
        match self {
            Self::Open | Self::Close | Self::Not | Self::Colon => TokenKind::Operator,
            Self::Compare(_) | Self::Equal { .. } => TokenKind::Operator,
            Self::ListOpen | Self::Comma | Self::ListClose => TokenKind::Operator,
            Self::And | Self::Or | Self::Has => TokenKind::Keyword,
            Self::Key => TokenKind::Key,
            Self::Number(_) | Self::Value => TokenKind::Value,
            Self::Text => TokenKind::Text,
            Self::Error(_) => TokenKind::Error,
        }
    }
}

const NOT_CLOSED: &str = "this quote is not closed; a quote itself is written \\\"";
const QUOTE_INSIDE: &str = "put all of it in quotes, or write the quote as \\\"";
const AFTER_QUOTE: &str = "a space is missing after the closing quote";
const NO_VALUE: &str = "a value is missing after the colon; an empty value is written \"\"";
const EMPTY_KEY: &str = "an attribute's name cannot be empty; write the name between the quotes";
const NO_KEY: &str = "the name of an attribute is missing after has:";
const NO_TERM: &str = "a term is missing after the exclamation mark";
const PARENTHESIS: &str = "a value that begins with a parenthesis must be in quotes";
const AGGREGATE: &str = "a condition on an aggregate has no place in a filter; to look for this as text, put it in quotes";
const EMPTY_ITEM: &str = "an item of the list is missing; an empty value is written \"\"";

pub(super) fn lex(query: &str) -> Vec<Lexeme> {
    let mut lexer = Lexer {
        query,
        at: 0,
        out: Vec::new(),
    };
    while lexer.term() {}
    lexer.out
}

struct Lexer<'a> {
    query: &'a str,
    at: usize,
    out: Vec<Lexeme>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.query[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes the next `len` bytes as one lexeme.
    fn push(&mut self, len: usize, kind: LexemeKind) {
        let at = self.at..self.at + len;
        self.at = at.end;
        self.out.push(Lexeme { at, kind });
    }

    fn skip_spaces(&mut self) {
        self.at = self.query.len() - self.rest().trim_start().len();
    }

    /// Whether a term or value may end here.
    fn at_end_of_term(&self) -> bool {
        self.next().is_none_or(|c| c.is_whitespace() || c == ')')
    }

    /// Reads one term, parenthesis or word of logic; `false` at the end.
    fn term(&mut self) -> bool {
        self.skip_spaces();
        let Some(next) = self.next() else {
            return false;
        };
        match next {
            '(' => self.push(1, LexemeKind::Open),
            ')' => self.push(1, LexemeKind::Close),
            '!' => self.not(),
            '"' => self.quoted_key_or_phrase(),
            _ => self.word(),
        }
        true
    }

    fn not(&mut self) {
        let after = self.rest()[1..].chars().next();
        if after.is_none_or(|c| c.is_whitespace() || c == ')') {
            self.push(1, LexemeKind::Error(NO_TERM));
        } else {
            self.push(1, LexemeKind::Not);
        }
    }

    fn quoted_key_or_phrase(&mut self) {
        let Some(len) = quoted_len(self.rest()) else {
            return self.push(self.rest().len(), LexemeKind::Error(NOT_CLOSED));
        };
        if self.rest()[len..].starts_with(':') {
            // The empty name is what free text has; written down it would read as something else.
            let kind = if len == 2 {
                LexemeKind::Error(EMPTY_KEY)
            } else {
                LexemeKind::Key
            };
            self.push(len, kind);
            self.push(1, LexemeKind::Colon);
            self.value();
        } else {
            self.push(len, LexemeKind::Text);
            self.expect_end_of_term();
        }
    }

    fn expect_end_of_term(&mut self) {
        if !self.at_end_of_term() {
            let (len, _) = bare(self.rest(), &[]);
            // What follows directly may be an opening quote, which `bare` does not take.
            let len = len.max(self.next().map_or(0, char::len_utf8));
            self.push(len, LexemeKind::Error(AFTER_QUOTE));
        }
    }

    fn word(&mut self) {
        if let Some(len) = key_len(self.rest()) {
            if &self.rest()[..len] == "has" {
                self.push(len, LexemeKind::Has);
                self.push(1, LexemeKind::Colon);
                return self.bare_or_quoted(LexemeKind::Key, NO_KEY);
            }
            self.push(len, LexemeKind::Key);
            self.push(1, LexemeKind::Colon);
            return self.value();
        }
        let (len, has_quote) = bare(self.rest(), &[]);
        let kind = match &self.rest()[..len] {
            word if is_aggregate(word) => LexemeKind::Error(AGGREGATE),
            _ if has_quote => LexemeKind::Error(QUOTE_INSIDE),
            word if word.eq_ignore_ascii_case("and") => LexemeKind::And,
            word if word.eq_ignore_ascii_case("or") => LexemeKind::Or,
            _ => LexemeKind::Text,
        };
        self.push(len, kind);
    }

    /// Reads what follows a key's colon.
    fn value(&mut self) {
        if self.rest().starts_with('[') && self.list() {
            return;
        }
        if !self.comparison() {
            self.bare_or_quoted(LexemeKind::Value, NO_VALUE);
        }
    }

    fn bare_or_quoted(&mut self, kind: LexemeKind, missing: &'static str) {
        match self.next() {
            Some('"') => match quoted_len(self.rest()) {
                Some(len) => {
                    let unnamed = len == 2 && matches!(kind, LexemeKind::Key);
                    self.push(
                        len,
                        if unnamed {
                            LexemeKind::Error(EMPTY_KEY)
                        } else {
                            kind
                        },
                    );
                    self.expect_end_of_term();
                }
                None => self.push(self.rest().len(), LexemeKind::Error(NOT_CLOSED)),
            },
            Some('(') => self.push(1, LexemeKind::Error(PARENTHESIS)),
            _ if self.at_end_of_term() => {
                // Nothing is here, so the colon is what is wrong.
                self.at -= 1;
                self.out.pop();
                self.push(1, LexemeKind::Error(missing));
            }
            _ => {
                let (len, has_quote) = bare(self.rest(), &[]);
                let error = LexemeKind::Error(QUOTE_INSIDE);
                self.push(len, if has_quote { error } else { kind });
            }
        }
    }

    /// Reads an operator and a number; `false` (and nothing read) when no number follows.
    fn comparison(&mut self) -> bool {
        let operators = [
            (">=", LexemeKind::Compare(Comparison::GreaterOrEqual)),
            ("<=", LexemeKind::Compare(Comparison::LessOrEqual)),
            ("!=", LexemeKind::Equal { negated: true }),
            (">", LexemeKind::Compare(Comparison::Greater)),
            ("<", LexemeKind::Compare(Comparison::Less)),
            ("=", LexemeKind::Equal { negated: false }),
        ];
        let rest = self.rest();
        let operator = operators.iter().find(|(text, _)| rest.starts_with(text));
        let Some((text, kind)) = operator else {
            return false;
        };
        let (len, _) = bare(&rest[text.len()..], &[]);
        let Some(value) = number(&rest[text.len()..text.len() + len]) else {
            return false;
        };
        self.push(text.len(), *kind);
        self.push(len, LexemeKind::Number(value));
        true
    }

    /// Reads `[a, "b c"]`; `false` (and nothing read) when it is empty or does not end, which makes it text.
    fn list(&mut self) -> bool {
        let before = (self.at, self.out.len());
        self.push(1, LexemeKind::ListOpen);
        loop {
            self.skip_spaces();
            let item = match self.next() {
                Some('"') => quoted_len(self.rest()),
                _ => Some(bare(self.rest(), &[',', ']']).0),
            };
            let first = self.out.len() == before.1 + 1;
            match item {
                Some(0) if first && self.next() == Some(']') => break,
                Some(0) => self.push(0, LexemeKind::Error(EMPTY_ITEM)),
                Some(len) => self.push(len, LexemeKind::Value),
                None => break,
            }
            self.skip_spaces();
            match self.next() {
                Some(',') => self.push(1, LexemeKind::Comma),
                Some(']') => {
                    self.push(1, LexemeKind::ListClose);
                    if self.at_end_of_term() {
                        return true;
                    }
                    break;
                }
                _ => break,
            }
        }
        self.at = before.0;
        self.out.truncate(before.1);
        false
    }
}

/// Length of the quoted text at the start, with its quotes; `None` when it does not end.
fn quoted_len(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Length of the text up to a space, a stop or a parenthesis that closes more than it opened; and whether a quote
/// that is not escaped is in it.
fn bare(text: &str, stops: &[char]) -> (usize, bool) {
    let (mut depth, mut escaped, mut has_quote) = (0usize, false, false);
    for (at, c) in text.char_indices() {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            _ if c.is_whitespace() || stops.contains(&c) => return (at, has_quote),
            '\\' => escaped = !was_escaped,
            '"' if !was_escaped => has_quote = true,
            '(' => depth += 1,
            ')' if depth == 0 => return (at, has_quote),
            ')' => depth -= 1,
            _ => {}
        }
    }
    (text.len(), has_quote)
}

/// Whether the word is like `p95(duration):>1s`.
fn is_aggregate(word: &str) -> bool {
    word.contains("):>") || word.contains("):<")
}

/// Length of the unquoted key at the start, if a key with its colon is there.
fn key_len(text: &str) -> Option<usize> {
    let len = match explicit_tag(text) {
        Some(name) => name.end + 1,
        None => text.find(|c| !is_key_char(c))?,
    };
    let starts_well = text.starts_with(|c: char| c.is_alphabetic() || "_@$".contains(c));
    let after = text[len..].strip_prefix(':')?;
    let is_separator = !after.starts_with(':') && !after.starts_with("//");
    (starts_well && is_separator).then_some(len)
}

/// Where the name is in `tags[name]`, Sentry's way to say that an attribute is meant and no field.
pub(super) fn explicit_tag(text: &str) -> Option<Range<usize>> {
    let start = "tags[".len();
    let inner = text.strip_prefix("tags[")?;
    let len = inner.find(|c| !is_key_char(c) && c != ':')?;
    (len > 0 && inner[len..].starts_with(']')).then_some(start..start + len)
}

/// Whether a key with this in it can be written without quotes.
pub(super) fn is_key_char(c: char) -> bool {
    c.is_alphanumeric() || "_.-/@$#".contains(c)
}

/// Whether a key can be written without quotes.
pub(super) fn is_bare_key(key: &str) -> bool {
    let starts_well = key.starts_with(|c: char| c.is_alphabetic() || "_@$".contains(c));
    starts_well && key.chars().all(is_key_char) && key != "has"
}
