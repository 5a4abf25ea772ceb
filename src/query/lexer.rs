//! Text to lexemes: where keys, values and words begin and end.
//!
//! Never fails: what cannot be read becomes an [`LexemeKind::Error`] and reading goes on behind it, so that the same
//! code serves the parser, which stops there, and the search field, which colours what is still being typed.

use super::flag::{Flag, UNKNOWN_FLAG};
use super::having;
use super::key::{self, Key, KeyError, quoted_len};
use super::lexeme::message::*;
use super::lexeme::{Lexeme, LexemeKind, Token, TokenKind};
use super::number::number;
use super::operand::{Expected, operator};
use super::regex;

/// The pieces of a search in order, right or wrong; only spaces are left out.
pub fn tokens(query: &str) -> Vec<Token> {
    let token = |lexeme: Lexeme| {
        let broken =
            lexeme.kind == LexemeKind::Regex && regex::read(&query[lexeme.at.clone()]).is_err();
        Token {
            range: lexeme.at,
            kind: if broken {
                TokenKind::Error
            } else {
                lexeme.kind.token()
            },
        }
    };
    lex(query).into_iter().map(token).collect()
}

pub(super) fn lex(query: &str) -> Vec<Lexeme> {
    let mut lexer = Lexer {
        query,
        at: 0,
        braces: 0,
        out: Vec::new(),
    };
    while lexer.term() {}
    lexer.out
}

/// Where the term that begins at a place ends; `braced` says whether a brace is open before it.
pub(super) fn term_end(query: &str, at: usize, braced: bool) -> usize {
    let braces = usize::from(braced);
    let out = Vec::new();
    let mut lexer = Lexer {
        query,
        at,
        braces,
        out,
    };
    match lexer.at_end_of_term() {
        true => at,
        false => {
            lexer.term();
            lexer.at
        }
    }
}

/// Where the brace is that closes the one that is open at a place; the end, without one.
pub(super) fn brace_end(query: &str, at: usize) -> usize {
    let (braces, out) = (1, Vec::new());
    let mut lexer = Lexer {
        query,
        at,
        braces,
        out,
    };
    while lexer.term() {
        let last = lexer.out.last();
        if let Some(close) = last.filter(|_| lexer.braces == 0) {
            return close.at.start;
        }
    }
    query.len()
}

pub(super) struct Lexer<'a> {
    query: &'a str,
    pub(super) at: usize,
    /// How many braces are open: a closing one ends a term only then.
    braces: usize,
    pub(super) out: Vec<Lexeme>,
}

impl<'a> Lexer<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.query[self.at..]
    }

    pub(super) fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes the next `len` bytes as one lexeme.
    pub(super) fn push(&mut self, len: usize, kind: LexemeKind) {
        let at = self.at..self.at + len;
        self.at = at.end;
        self.out.push(Lexeme { at, kind });
    }

    /// The lexeme before is what is wrong, since nothing follows it.
    pub(super) fn blame_last(&mut self, message: &'static str) {
        if let Some(last) = self.out.last_mut() {
            last.kind = LexemeKind::Error(message);
        }
    }

    pub(super) fn skip_spaces(&mut self) {
        self.at = self.query.len() - self.rest().trim_start().len();
    }

    /// Whether a term or value may end here.
    pub(super) fn at_end_of_term(&self) -> bool {
        self.ends_term(self.rest())
    }

    /// Whether a term may end where this text begins.
    pub(super) fn ends_term(&self, text: &str) -> bool {
        let ends = |c: char| c.is_whitespace() || c == ')' || c == '}' && self.braces > 0;
        text.chars().next().is_none_or(ends)
    }

    /// Length of the word at the start of a text, see [`bare`].
    pub(super) fn bare(&self, text: &str, stops: &[char]) -> (usize, bool) {
        bare(text, stops, self.braces > 0)
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
            '{' => {
                self.braces += 1;
                self.push(1, LexemeKind::BraceOpen);
            }
            '}' if self.braces > 0 => {
                self.braces -= 1;
                self.push(1, LexemeKind::BraceClose);
            }
            '!' => self.not(),
            _ if self.keyed() || self.call() || self.regex() => {}
            '"' => self.quoted(LexemeKind::Text),
            _ => self.word(),
        }
        true
    }

    fn not(&mut self) {
        let kind = match self.ends_term(&self.rest()[1..]) {
            true => LexemeKind::Error(NO_TERM),
            false => LexemeKind::Not,
        };
        self.push(1, kind);
    }

    /// Reads a key with its colon and value, `has:name`, `is:flag`; `false` (and nothing read) when none is here.
    fn keyed(&mut self) -> bool {
        let rest = self.rest();
        let Some((len, key)) = key::read(rest) else {
            return false;
        };
        let Some(after) = rest[len..].strip_prefix(':') else {
            return false;
        };
        let name = &rest[..len];
        if !name.starts_with('"') && is_pasted(name, after) {
            return false;
        }
        match name {
            "has" => {
                self.push(len, LexemeKind::Has);
                self.push(1, LexemeKind::Colon);
                self.name_after_has();
            }
            "is" => {
                self.push(len, LexemeKind::Is);
                self.push(1, LexemeKind::Colon);
                self.flag();
            }
            _ => {
                let expected = key.as_ref().map_or(Expected::Anything, Expected::after);
                self.push_key(len, key);
                self.push(1, LexemeKind::Colon);
                self.value(expected);
            }
        }
        true
    }

    /// Takes a key of this length, with what is wrong in it.
    fn push_key(&mut self, len: usize, key: Result<Key, KeyError>) {
        let Err((wrong, message)) = key else {
            return self.push(len, LexemeKind::Key);
        };
        if wrong.start > 0 {
            self.push(wrong.start, LexemeKind::Key);
        }
        self.push(wrong.len(), LexemeKind::Error(message));
        if len > wrong.end {
            self.push(len - wrong.end, LexemeKind::Key);
        }
    }

    fn name_after_has(&mut self) {
        if let Some((len, key)) = key::read(self.rest())
            && self.ends_term(&self.rest()[len..])
        {
            return self.push_key(len, key);
        }
        self.bare_or_quoted(LexemeKind::Key, NO_KEY);
    }

    fn flag(&mut self) {
        if self.at_end_of_term() {
            return self.blame_last(NO_FLAG);
        }
        let len = self.bare(self.rest(), &[]).0;
        let flag = Flag::named(&self.rest()[..len]);
        self.push(
            len,
            flag.map_or(LexemeKind::Error(UNKNOWN_FLAG), LexemeKind::Flag),
        );
    }

    /// Reads a condition on an aggregate; `false` (and nothing read) when none is here.
    fn call(&mut self) -> bool {
        let rest = self.rest();
        let Some((len, call)) = having::call(rest) else {
            return false;
        };
        let Some(after) = rest[len..].strip_prefix(':') else {
            return false;
        };
        let operator = operator(after);
        if operator.is_none() && !call.is_known() {
            return false;
        }
        self.push(len, LexemeKind::Call);
        self.push(1, LexemeKind::Colon);
        if let Some((text, kind)) = operator {
            self.push(text.len(), kind);
        }
        self.number();
        true
    }

    /// Reads a number where nothing else may stand.
    fn number(&mut self) {
        if self.at_end_of_term() {
            return self.blame_last(NO_NUMBER);
        }
        let len = self.bare(self.rest(), &[]).0;
        let value = number(&self.rest()[..len]);
        self.push(
            len,
            value.map_or(LexemeKind::Error(NOT_A_NUMBER), LexemeKind::Number),
        );
    }

    /// Reads `//expression//`; `false` (and nothing read) when none is here.
    pub(super) fn regex(&mut self) -> bool {
        let found = regex::within(self.rest());
        if let Some(inner) = &found {
            self.push(inner.end + "//".len(), LexemeKind::Regex);
        }
        found.is_some()
    }

    fn word(&mut self) {
        let (len, has_quote) = self.bare(self.rest(), &[]);
        let kind = match &self.rest()[..len] {
            word if is_broken_call(word) => LexemeKind::Error(CALL),
            _ if has_quote => LexemeKind::Error(QUOTE_INSIDE),
            word if word.eq_ignore_ascii_case("and") => LexemeKind::And,
            word if word.eq_ignore_ascii_case("or") => LexemeKind::Or,
            _ => LexemeKind::Text,
        };
        self.push(len, kind);
    }

    pub(super) fn bare_or_quoted(&mut self, kind: LexemeKind, missing: &'static str) {
        match self.next() {
            Some('"') => self.quoted(kind),
            Some('(') => self.push(1, LexemeKind::Error(PARENTHESIS)),
            _ if self.at_end_of_term() => self.blame_last(missing),
            _ => {
                let (len, has_quote) = self.bare(self.rest(), &[]);
                let error = LexemeKind::Error(QUOTE_INSIDE);
                self.push(len, if has_quote { error } else { kind });
            }
        }
    }

    /// Reads text in quotes, which ends a term.
    fn quoted(&mut self, kind: LexemeKind) {
        let Some(len) = quoted_len(self.rest()) else {
            return self.push(self.rest().len(), LexemeKind::Error(NOT_CLOSED));
        };
        self.push(len, kind);
        if !self.at_end_of_term() {
            let (len, _) = self.bare(self.rest(), &[]);
            // What follows directly may be an opening quote, which `bare` does not take.
            let len = len.max(self.next().map_or(0, char::len_utf8));
            self.push(len, LexemeKind::Error(AFTER_QUOTE));
        }
    }
}

/// Whether what looks like a key and its value is a path of code (`std::fmt`) or an address (`https://…`).
pub(super) fn is_pasted(name: &str, after: &str) -> bool {
    let address = after.starts_with("//") && (is_scheme(name) || regex::within(after).is_none());
    after.starts_with(':') || address
}

/// Whether addresses often begin so; a regular expression for an attribute of this name has the name in quotes.
pub(super) fn is_scheme(name: &str) -> bool {
    const SCHEMES: [&str; 22] = [
        "http",
        "https",
        "ftp",
        "sftp",
        "ssh",
        "git",
        "file",
        "ws",
        "wss",
        "grpc",
        "tcp",
        "udp",
        "unix",
        "redis",
        "rediss",
        "amqp",
        "amqps",
        "postgres",
        "postgresql",
        "mysql",
        "mongodb",
        "s3",
    ];
    SCHEMES
        .iter()
        .any(|scheme| scheme.eq_ignore_ascii_case(name))
}

/// Length of the text up to a space, a stop or a parenthesis that closes more than it opened; and whether a quote
/// that is not escaped is in it. A bracket that was opened within is closed by no stop. `braced` says that a brace was
/// opened before the text, so that one that closes more than the text opened ends it.
fn bare(text: &str, stops: &[char], braced: bool) -> (usize, bool) {
    let (mut depth, mut escaped, mut has_quote) = (0usize, false, false);
    let (mut brackets, mut braces) = (0usize, 0usize);
    for (at, c) in text.char_indices() {
        let was_escaped = std::mem::take(&mut escaped);
        match c {
            _ if c.is_whitespace() => return (at, has_quote),
            '[' => brackets += 1,
            ']' if brackets > 0 => brackets -= 1,
            _ if stops.contains(&c) => return (at, has_quote),
            '\\' => escaped = !was_escaped,
            '"' if !was_escaped => has_quote = true,
            '{' => braces += 1,
            '}' if braces > 0 => braces -= 1,
            '}' if braced => return (at, has_quote),
            '(' => depth += 1,
            ')' if depth == 0 => return (at, has_quote),
            ')' => depth -= 1,
            _ => {}
        }
    }
    (text.len(), has_quote)
}

/// Whether the word is like `p95(duration,):>1s`, and yet no call.
fn is_broken_call(word: &str) -> bool {
    word.contains("):>") || word.contains("):<")
}
