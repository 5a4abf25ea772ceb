//! Lexemes to a tree.

use super::ast::{Expr, Pattern, Term, Test};
use super::lexer::{Lexeme, LexemeKind, explicit_tag, lex};
use std::fmt;
use std::ops::Range;

/// How many parentheses may be open at once. Nobody writes so many, and each costs stack.
const DEEPEST: usize = 64;

/// A search that cannot be read: where and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in bytes of the query.
    pub at: Range<usize>,
    /// What was expected, or what to do.
    pub message: String,
}

impl SyntaxError {
    /// The query with the error marked below it and explained, for a terminal.
    pub fn marked(&self, query: &str) -> String {
        let width = |range: Range<usize>| query.get(range).map_or(0, |text| text.chars().count());
        let indent = " ".repeat(width(0..self.at.start));
        let mark = "^".repeat(width(self.at.clone()).max(1));
        format!("{query}\n{indent}{mark} {}", self.message)
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "at byte {}: {}", self.at.start, self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Reads a search. An empty one means every record.
pub fn parse(query: &str) -> Result<Expr, SyntaxError> {
    let lexemes = lex(query);
    if let Some((at, message)) = lexemes.iter().find_map(error) {
        return fail(at, message);
    }
    let mut parser = Parser {
        query,
        lexemes: &lexemes,
        next: 0,
        open: 0,
    };
    if lexemes.is_empty() {
        return Ok(Expr::All);
    }
    let expr = parser.either()?;
    match parser.peek() {
        None => Ok(expr),
        Some(left) => fail(
            left.at.clone(),
            "this parenthesis closes nothing; put text with parentheses in quotes",
        ),
    }
}

fn error(lexeme: &Lexeme) -> Option<(Range<usize>, &'static str)> {
    match lexeme.kind {
        LexemeKind::Error(message) => Some((lexeme.at.clone(), message)),
        _ => None,
    }
}

fn fail<T>(at: Range<usize>, message: &str) -> Result<T, SyntaxError> {
    let message = message.to_owned();
    Err(SyntaxError { at, message })
}

struct Parser<'a> {
    query: &'a str,
    lexemes: &'a [Lexeme],
    next: usize,
    open: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Lexeme> {
        self.lexemes.get(self.next)
    }

    fn take(&mut self) -> Option<&'a Lexeme> {
        let lexeme = self.peek()?;
        self.next += 1;
        Some(lexeme)
    }

    fn take_if(&mut self, kind: LexemeKind) -> Option<&'a Lexeme> {
        let found = self.peek().filter(|lexeme| lexeme.kind == kind)?;
        self.next += 1;
        Some(found)
    }

    /// Terms and what `OR` joins.
    fn either(&mut self) -> Result<Expr, SyntaxError> {
        let mut parts = vec![self.all()?];
        while self.take_if(LexemeKind::Or).is_some() {
            parts.push(self.all()?);
        }
        Ok(Expr::any_of(parts))
    }

    /// Terms side by side, with or without `AND` between.
    fn all(&mut self) -> Result<Expr, SyntaxError> {
        let mut parts = vec![self.part()?];
        loop {
            match self.peek().map(|lexeme| lexeme.kind) {
                None | Some(LexemeKind::Or | LexemeKind::Close) => break,
                Some(LexemeKind::And) => self.next += 1,
                _ => {}
            }
            parts.push(self.part()?);
        }
        Ok(Expr::all_of(parts))
    }

    /// One term or group, perhaps turned around.
    fn part(&mut self) -> Result<Expr, SyntaxError> {
        let mut negated = false;
        while self.take_if(LexemeKind::Not).is_some() {
            negated = !negated;
        }
        let Some(lexeme) = self.take() else {
            return self.missing_at_end();
        };
        let expr = match lexeme.kind {
            LexemeKind::Open => self.group(lexeme)?,
            LexemeKind::Has => {
                let name = self.after_colon();
                term(
                    name.map_or(String::new(), |at| self.name(at)),
                    Test::Present,
                )
            }
            LexemeKind::Key => self.test_of(self.name(lexeme)),
            LexemeKind::Text => free_text(&self.pieces(lexeme)),
            LexemeKind::And | LexemeKind::Or => {
                let what = "a term is missing before this word; in quotes it is text";
                return fail(lexeme.at.clone(), what);
            }
            _ => return fail(lexeme.at.clone(), "a term was expected here"),
        };
        Ok(if negated { expr.negated() } else { expr })
    }

    fn missing_at_end<T>(&self) -> Result<T, SyntaxError> {
        match self.lexemes.last() {
            Some(last) if matches!(last.kind, LexemeKind::And | LexemeKind::Or) => {
                let what = "a term is missing after this word; in quotes it is text";
                fail(last.at.clone(), what)
            }
            Some(last) => fail(last.at.clone(), "a term is missing after this"),
            None => fail(0..0, "a term was expected here"),
        }
    }

    fn group(&mut self, open: &Lexeme) -> Result<Expr, SyntaxError> {
        if self.open == DEEPEST {
            return fail(open.at.clone(), "too many parentheses within each other");
        }
        if self.peek().is_none() {
            return fail(open.at.clone(), "this parenthesis is not closed");
        }
        self.open += 1;
        let inner = self.either()?;
        self.open -= 1;
        match self.take_if(LexemeKind::Close) {
            Some(_) => Ok(inner),
            None => fail(open.at.clone(), "this parenthesis is not closed"),
        }
    }

    /// What follows the colon that follows a key.
    fn after_colon(&mut self) -> Option<&'a Lexeme> {
        self.take_if(LexemeKind::Colon)?;
        self.take()
    }

    fn test_of(&mut self, key: String) -> Expr {
        let Some(lexeme) = self.after_colon() else {
            // The lexer puts an error in place of a missing value, and errors were looked for first.
            return Expr::All;
        };
        match lexeme.kind {
            LexemeKind::ListOpen => self.list(&key),
            LexemeKind::Compare(comparison) => {
                term(key, Test::Compare(comparison, self.take_number()))
            }
            LexemeKind::Equal { negated } => {
                let text = self.take().map_or("", |at| &self.query[at.at.clone()]);
                let equal = term(key, Test::Equals(text.to_owned()));
                if negated { equal.negated() } else { equal }
            }
            _ => term(key, text_test(self.pieces(lexeme))),
        }
    }

    fn take_number(&mut self) -> f64 {
        match self.take().map(|lexeme| lexeme.kind) {
            Some(LexemeKind::Number(value)) => value,
            // The lexer writes an operator only before a number.
            _ => f64::NAN,
        }
    }

    fn list(&mut self, key: &str) -> Expr {
        let mut parts = Vec::new();
        while let Some(lexeme) = self.take() {
            match lexeme.kind {
                LexemeKind::ListClose => break,
                LexemeKind::Value => {
                    parts.push(term(key.to_owned(), text_test(self.pieces(lexeme))));
                }
                _ => {}
            }
        }
        Expr::any_of(parts)
    }

    fn name(&self, lexeme: &Lexeme) -> String {
        let text = &self.query[lexeme.at.clone()];
        match explicit_tag(text) {
            Some(name) => text[name].to_owned(),
            None => self.pieces(lexeme).join("*"),
        }
    }

    /// The text of a lexeme without quotes and escapes, cut at its wildcards.
    fn pieces(&self, lexeme: &Lexeme) -> Vec<String> {
        let text = &self.query[lexeme.at.clone()];
        let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        unescaped(inner.unwrap_or(text))
    }
}

fn unescaped(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let piece = pieces.last_mut().expect("there is always a last piece");
        match c {
            '\\' => match chars.next_if(|next| matches!(next, '"' | '*' | '\\')) {
                Some(escaped) => piece.push(escaped),
                None => piece.push('\\'),
            },
            '*' => pieces.push(String::new()),
            _ => piece.push(c),
        }
    }
    pieces
}

fn term(key: String, test: Test) -> Expr {
    Expr::Term(Term { key, test })
}

fn text_test(mut pieces: Vec<String>) -> Test {
    match pieces.len() {
        0 | 1 => Test::Equals(pieces.pop().unwrap_or_default()),
        _ if pieces.iter().all(String::is_empty) => Test::Present,
        _ => Test::Matches(pattern(pieces)),
    }
}

/// Several stars in a row mean one.
fn pattern(pieces: Vec<String>) -> Pattern {
    let last = pieces.len() - 1;
    let kept = pieces.into_iter().enumerate();
    let kept = kept.filter(|(at, piece)| *at == 0 || *at == last || !piece.is_empty());
    Pattern {
        pieces: kept.map(|(_, piece)| piece.to_lowercase()).collect(),
    }
}

/// A word to look for. Stars in it stand for anything; those at its ends change nothing, since it is looked for anywhere.
fn free_text(pieces: &[String]) -> Expr {
    let inner: Vec<&String> = pieces.iter().filter(|piece| !piece.is_empty()).collect();
    let test = match inner.as_slice() {
        [] => return Expr::All,
        [word] => Test::Contains((*word).clone()),
        words => {
            let mut pieces = vec![String::new()];
            pieces.extend(words.iter().map(|word| word.to_lowercase()));
            pieces.push(String::new());
            Test::Matches(Pattern { pieces })
        }
    };
    term(String::new(), test)
}
