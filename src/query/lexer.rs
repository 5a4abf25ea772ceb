//! Text to lexemes: where keys, values and words begin and end.
//!
//! Never fails: what cannot be read becomes an [`LexemeKind::Error`] and reading goes on behind it, so that the same
//! code serves the parser, which stops there, and the search field, which colours what is still being typed.

use super::aggregate;
use super::flag::{Flag, UNKNOWN_FLAG};
use super::key::{self, Key, KeyError, quoted_len};
use super::lexeme::message::*;
use super::lexeme::{Lexeme, LexemeKind, OPERATORS, Token, TokenKind};
use super::number::number;
use super::regex;
use super::time::{TimeLiteral, is_time_key, time};

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
        out: Vec::new(),
    };
    while lexer.term() {}
    lexer.out
}

/// What may follow a key, told by its name.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Anything,
    /// Only times, unless in quotes.
    Time,
    /// Anything, but behind a comparison only numbers.
    Number,
}

impl Expected {
    fn after(key: &Key) -> Self {
        match key.name.as_str() {
            _ if key.items || key.explicit.is_some() => Self::Anything,
            name if is_time_key(name) => Self::Time,
            "duration" | "span.duration" | "severity_number" => Self::Number,
            "trace.duration" | "trace.spans" | "trace.errors" | "trace.logs" => Self::Number,
            _ => Self::Anything,
        }
    }
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

    /// The lexeme before is what is wrong, since nothing follows it.
    fn blame_last(&mut self, message: &'static str) {
        if let Some(last) = self.out.last_mut() {
            last.kind = LexemeKind::Error(message);
        }
    }

    fn skip_spaces(&mut self) {
        self.at = self.query.len() - self.rest().trim_start().len();
    }

    /// Whether a term or value may end here.
    fn at_end_of_term(&self) -> bool {
        ends_term(self.rest())
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
            _ if self.keyed() || self.call() || self.regex() => {}
            '"' => self.quoted(LexemeKind::Text),
            _ => self.word(),
        }
        true
    }

    fn not(&mut self) {
        let kind = match ends_term(&self.rest()[1..]) {
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
            && ends_term(&self.rest()[len..])
        {
            return self.push_key(len, key);
        }
        self.bare_or_quoted(LexemeKind::Key, NO_KEY);
    }

    fn flag(&mut self) {
        if self.at_end_of_term() {
            return self.blame_last(NO_FLAG);
        }
        let len = bare(self.rest(), &[]).0;
        let flag = Flag::named(&self.rest()[..len]);
        self.push(
            len,
            flag.map_or(LexemeKind::Error(UNKNOWN_FLAG), LexemeKind::Flag),
        );
    }

    /// Reads a condition on an aggregate; `false` (and nothing read) when none is here.
    fn call(&mut self) -> bool {
        let rest = self.rest();
        let Some((len, call)) = aggregate::call(rest) else {
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
        let missing = if operator.is_some() {
            NO_OPERAND
        } else {
            NO_VALUE
        };
        self.number(missing);
        true
    }

    /// Reads a number where nothing else may stand.
    fn number(&mut self, missing: &'static str) {
        if self.at_end_of_term() {
            return self.blame_last(missing);
        }
        let len = bare(self.rest(), &[]).0;
        let value = number(&self.rest()[..len]);
        self.push(
            len,
            value.map_or(LexemeKind::Error(NOT_A_NUMBER), LexemeKind::Number),
        );
    }

    /// Reads `//expression//`; `false` (and nothing read) when none is here.
    fn regex(&mut self) -> bool {
        let found = regex::within(self.rest());
        if let Some(inner) = &found {
            self.push(inner.end + "//".len(), LexemeKind::Regex);
        }
        found.is_some()
    }

    fn word(&mut self) {
        let (len, has_quote) = bare(self.rest(), &[]);
        let kind = match &self.rest()[..len] {
            word if is_broken_call(word) => LexemeKind::Error(CALL),
            _ if has_quote => LexemeKind::Error(QUOTE_INSIDE),
            word if word.eq_ignore_ascii_case("and") => LexemeKind::And,
            word if word.eq_ignore_ascii_case("or") => LexemeKind::Or,
            _ => LexemeKind::Text,
        };
        self.push(len, kind);
    }

    /// Reads what follows a key's colon.
    fn value(&mut self, expected: Expected) {
        if self.list(expected) || self.comparison(expected) {
            return;
        }
        let equal =
            operator(self.rest()).filter(|(_, kind)| matches!(kind, LexemeKind::Equal { .. }));
        let Some((text, kind)) = equal else {
            return self.operand(expected, NO_VALUE);
        };
        self.push(text.len(), kind);
        if self.list(expected) {
            return;
        }
        self.operand(expected, NO_OPERAND);
        // `-24h` has its own direction and is equal to nothing.
        if let Some(last) = self.out.last_mut()
            && let LexemeKind::Time(TimeLiteral::Since(_) | TimeLiteral::Until(_)) = last.kind
        {
            last.kind = LexemeKind::Error(NOT_A_TIME);
        }
    }

    /// Reads a value without a comparison.
    fn operand(&mut self, expected: Expected, missing: &'static str) {
        if self.regex() {
            return;
        }
        let bare_time = expected == Expected::Time
            && !self.at_end_of_term()
            && !self.rest().starts_with(['"', '(']);
        if bare_time {
            let len = bare(self.rest(), &[]).0;
            let kind = time_kind(&self.rest()[..len]);
            self.push(len, kind);
        } else {
            self.bare_or_quoted(LexemeKind::Value, missing);
        }
    }

    fn bare_or_quoted(&mut self, kind: LexemeKind, missing: &'static str) {
        match self.next() {
            Some('"') => self.quoted(kind),
            Some('(') => self.push(1, LexemeKind::Error(PARENTHESIS)),
            _ if self.at_end_of_term() => self.blame_last(missing),
            _ => {
                let (len, has_quote) = bare(self.rest(), &[]);
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
            let (len, _) = bare(self.rest(), &[]);
            // What follows directly may be an opening quote, which `bare` does not take.
            let len = len.max(self.next().map_or(0, char::len_utf8));
            self.push(len, LexemeKind::Error(AFTER_QUOTE));
        }
    }

    /// Reads `<`, `<=`, `>` or `>=` with what is compared; `false` (and nothing read) when it is text after all.
    fn comparison(&mut self, expected: Expected) -> bool {
        let rest = self.rest();
        let Some((text, kind @ LexemeKind::Compare(_))) = operator(rest) else {
            return false;
        };
        let after = &rest[text.len()..];
        if ends_term(after) {
            self.push(text.len(), LexemeKind::Error(NO_OPERAND));
            return true;
        }
        let (len, _) = bare(after, &[]);
        let Some(compared) = compared(&after[..len], expected) else {
            return false;
        };
        self.push(text.len(), kind);
        self.push(len, compared);
        true
    }

    /// Reads `[a, "b c"]`; `false` (and nothing read) when it is empty or does not end, which makes it text.
    fn list(&mut self, expected: Expected) -> bool {
        if !self.rest().starts_with('[') {
            return false;
        }
        let before = (self.at, self.out.len());
        self.push(1, LexemeKind::ListOpen);
        loop {
            self.skip_spaces();
            let first = self.out.len() == before.1 + 1;
            if first && self.next() == Some(']') || !self.item(expected) {
                break;
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

    /// Reads one item of a list; `false` when its quote does not end.
    fn item(&mut self, expected: Expected) -> bool {
        let rest = self.rest();
        if rest.starts_with('"') {
            let len = quoted_len(rest);
            self.push(len.unwrap_or(0), LexemeKind::Value);
            return len.is_some();
        }
        let (len, has_quote) = bare(rest, &[',', ']']);
        let item = &rest[..len];
        if let Some((text, kind @ LexemeKind::Compare(_))) = operator(item)
            && let Some(compared) = compared(&item[text.len()..], expected)
        {
            self.push(text.len(), kind);
            self.push(len - text.len(), compared);
            return true;
        }
        let kind = match item {
            "" => LexemeKind::Error(EMPTY_ITEM),
            _ if has_quote => LexemeKind::Error(QUOTE_INSIDE),
            item if expected == Expected::Time => time_kind(item),
            _ => LexemeKind::Value,
        };
        self.push(len, kind);
        true
    }
}

fn operator(text: &str) -> Option<(&'static str, LexemeKind)> {
    OPERATORS
        .into_iter()
        .find(|(operator, _)| text.starts_with(operator))
}

/// What stands behind a comparison; `None` when the comparison is part of a text.
fn compared(text: &str, expected: Expected) -> Option<LexemeKind> {
    match expected {
        Expected::Time => {
            let sound = time(text).filter(|literal| literal.moment().is_some());
            Some(sound.map_or(LexemeKind::Error(NOT_A_TIME), LexemeKind::Time))
        }
        Expected::Number => {
            Some(number(text).map_or(LexemeKind::Error(NOT_A_NUMBER), LexemeKind::Number))
        }
        Expected::Anything => number(text).map(LexemeKind::Number),
    }
}

/// What stands without quotes after the record's own time.
fn time_kind(text: &str) -> LexemeKind {
    match time(text) {
        Some(literal) => LexemeKind::Time(literal),
        None if text == "*" => LexemeKind::Value,
        None => LexemeKind::Error(NOT_A_TIME),
    }
}

/// Whether a term may end where this text begins.
fn ends_term(text: &str) -> bool {
    text.chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || c == ')')
}

/// Whether what looks like a key and its value is a path of code (`std::fmt`) or an address (`https://…`).
fn is_pasted(name: &str, after: &str) -> bool {
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

/// Whether the word is like `p95(duration,):>1s`, and yet no call.
fn is_broken_call(word: &str) -> bool {
    word.contains("):>") || word.contains("):<")
}
