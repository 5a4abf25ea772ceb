//! Lexemes to a tree.

use super::aggregate::Aggregate;
use super::ast::{Comparison, Expr, Having, Moment, Pattern, Term, Test};
use super::having;
use super::key::{self, Key, unescaped};
use super::lexeme::{Lexeme, LexemeKind};
use super::lexer::lex;
use super::regex::{self, Regex};
use super::time::TimeLiteral;
use super::version::Version;
use std::fmt;
use std::ops::Range;

/// How many parentheses may be open at once. Nobody writes so many, and each costs stack.
const DEEPEST: usize = 64;

const MIXED: &str = "OR cannot stand between a condition on an aggregate and a filter of records; \
                     separate them with a space, so that both must hold";
const UNGROUPED: &str = "records are not grouped here, so there is nothing to aggregate; \
                         to look for this as text, put it in quotes";
const UNCOMPUTED: &str = "there are no groups in braces, so there is nothing to aggregate";
const NESTED: &str = "braces cannot stand within braces: each pair speaks of one span";
const CLOSES_NOTHING: &str = "this parenthesis closes nothing; put text with parentheses in quotes";
const NO_TRACES: &str = "braces speak of several spans of a trace, which only a search of traces asks for; \
                         to look for this as text, put it in quotes";
const MIXED_NOT: &str = "a condition on an aggregate and a filter of records cannot be turned around together; \
                         put an exclamation mark before each";

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
        braced: false,
    };
    if lexemes.is_empty() {
        return Ok(Expr::All);
    }
    let expr = parser.either()?;
    match parser.peek() {
        None => Ok(expr),
        Some(left) if left.kind == LexemeKind::BraceClose => fail(
            left.at.clone(),
            "this brace closes nothing; put text with braces in quotes",
        ),
        Some(left) => fail(left.at.clone(), CLOSES_NOTHING),
    }
}

/// What a search is asked of, which decides what it may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// Records one by one.
    #[default]
    Records,
    /// Groups of records: conditions on aggregates may stand in it.
    Groups,
    /// Traces: what is in braces is asked of one span of a trace.
    Traces,
    /// Groups of traces.
    TraceGroups,
}

impl Subject {
    /// The same, grouped or not.
    pub fn grouped(self, grouped: bool) -> Self {
        match (self, grouped) {
            (Self::Records | Self::Groups, false) => Self::Records,
            (Self::Records | Self::Groups, true) => Self::Groups,
            (Self::Traces | Self::TraceGroups, false) => Self::Traces,
            (Self::Traces | Self::TraceGroups, true) => Self::TraceGroups,
        }
    }

    fn has_groups(self) -> bool {
        matches!(self, Self::Groups | Self::TraceGroups)
    }

    fn has_traces(self) -> bool {
        matches!(self, Self::Traces | Self::TraceGroups)
    }
}

/// Reads a search of records one by one, see [`parse_for`].
///
/// # Errors
/// As [`parse_for`].
pub fn parse_filter(query: &str) -> Result<Expr, SyntaxError> {
    parse_for(query, Subject::Records)
}

/// Reads a search of something.
///
/// # Errors
/// As [`parse`]; also at the first condition on an aggregate where nothing is grouped, or on one that cannot be computed,
/// and at the first brace where no traces are searched.
pub fn parse_for(query: &str, subject: Subject) -> Result<Expr, SyntaxError> {
    let expr = parse(query)?;
    let lexemes = lex(query);
    for (place, lexeme) in lexemes.iter().enumerate() {
        match lexeme.kind {
            LexemeKind::BraceOpen if !subject.has_traces() => {
                return fail(lexeme.at.clone(), NO_TRACES);
            }
            LexemeKind::Call if !subject.has_groups() => {
                let mut rest = lexemes.iter().skip(place);
                let number = rest.find(|lexeme| matches!(lexeme.kind, LexemeKind::Number(_)));
                let end = number.map_or(lexeme.at.end, |number| number.at.end);
                return fail(lexeme.at.start..end, UNGROUPED);
            }
            LexemeKind::Call => {
                let start = lexeme.at.start;
                let read: Result<Aggregate, _> = query[lexeme.at.clone()].parse();
                read.map_err(|SyntaxError { at, message }| SyntaxError {
                    at: start + at.start..start + at.end,
                    message,
                })?;
            }
            _ => {}
        }
    }
    Ok(expr)
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
    /// Whether a brace is open.
    braced: bool,
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
        let mut first_or = None;
        while let Some(or) = self.take_if(LexemeKind::Or) {
            first_or = first_or.or(Some(or));
            parts.push(self.all()?);
        }
        let either = Expr::any_of(parts);
        match first_or {
            Some(or) if either.mentions() == (true, true) => fail(or.at.clone(), MIXED),
            _ => Ok(either),
        }
    }

    /// Terms side by side, with or without `AND` between.
    fn all(&mut self) -> Result<Expr, SyntaxError> {
        let mut parts = vec![self.part()?];
        loop {
            match self.peek().map(|lexeme| lexeme.kind) {
                None | Some(LexemeKind::Or | LexemeKind::Close | LexemeKind::BraceClose) => break,
                Some(LexemeKind::And) => self.next += 1,
                _ => {}
            }
            parts.push(self.part()?);
        }
        Ok(Expr::all_of(parts))
    }

    /// One term or group, perhaps turned around.
    fn part(&mut self) -> Result<Expr, SyntaxError> {
        let mut negated = None;
        while let Some(not) = self.take_if(LexemeKind::Not) {
            negated = if negated.is_some() { None } else { Some(not) };
        }
        let Some(lexeme) = self.take() else {
            return self.missing_at_end();
        };
        let expr = match lexeme.kind {
            LexemeKind::Open => self.group(lexeme)?,
            LexemeKind::BraceOpen => self.some_span(lexeme)?,
            LexemeKind::BraceClose => {
                return fail(lexeme.at.clone(), "a term was expected before this brace");
            }
            LexemeKind::Close => {
                let what = match self.open {
                    0 => CLOSES_NOTHING,
                    _ => "a term was expected before this parenthesis",
                };
                return fail(lexeme.at.clone(), what);
            }
            LexemeKind::Call if self.braced => return fail(lexeme.at.clone(), UNCOMPUTED),
            LexemeKind::Has => match self.after_colon() {
                Some(name) => term(self.key(name), Test::Present),
                None => Expr::All,
            },
            LexemeKind::Is => match self.after_colon().map(|flag| flag.kind) {
                Some(LexemeKind::Flag(flag)) => free(Test::Is(flag)),
                _ => Expr::All,
            },
            LexemeKind::Key => self.test_of(self.key(lexeme))?,
            LexemeKind::Call => self.having(lexeme),
            LexemeKind::Regex => free(Test::Regex(self.regex(lexeme)?)),
            LexemeKind::Text => free_text(&self.pieces(lexeme)),
            LexemeKind::And | LexemeKind::Or => {
                let what = "a term is missing before this word; in quotes it is text";
                return fail(lexeme.at.clone(), what);
            }
            _ => return fail(lexeme.at.clone(), "a term was expected here"),
        };
        match negated {
            Some(not) if expr.mentions() == (true, true) => fail(not.at.clone(), MIXED_NOT),
            Some(_) if self.is_turned(lexeme) => Ok(turned(expr)),
            Some(_) => Ok(expr.negated()),
            None => Ok(expr),
        }
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

    /// What one span of a trace has to fit.
    fn some_span(&mut self, open: &Lexeme) -> Result<Expr, SyntaxError> {
        if self.braced {
            return fail(open.at.clone(), NESTED);
        }
        if self.peek().is_none() {
            return fail(open.at.clone(), "this brace is not closed");
        }
        self.braced = true;
        let inner = self.either()?;
        self.braced = false;
        match self.take_if(LexemeKind::BraceClose) {
            Some(_) => Ok(Expr::SomeSpan(Box::new(inner))),
            None => fail(open.at.clone(), "this brace is not closed"),
        }
    }

    /// Whether an exclamation mark before the term that was just read, from this lexeme on, turns its comparison around: it does
    /// so before a key, but a list is negated as a whole, also if it has a single item.
    fn is_turned(&self, first: &Lexeme) -> bool {
        let last = self.next.checked_sub(1).and_then(|at| self.lexemes.get(at));
        let is_list = last.is_some_and(|last| last.kind == LexemeKind::ListClose);
        first.kind == LexemeKind::Key && !is_list
    }

    /// What follows the colon that follows a key.
    fn after_colon(&mut self) -> Option<&'a Lexeme> {
        self.take_if(LexemeKind::Colon)?;
        self.take()
    }

    // The lexer puts an error in place of whatever is missing after a colon or a comparison, and errors were looked for
    // first; the arms for what cannot be there below say "every record".

    fn test_of(&mut self, key: Key) -> Result<Expr, SyntaxError> {
        let mut negated = false;
        let mut first = self.after_colon();
        if let Some(LexemeKind::Equal { negated: unequal }) = first.map(|lexeme| lexeme.kind) {
            negated = unequal;
            first = self.take();
        }
        let expr = match first {
            None => return Ok(Expr::All),
            Some(lexeme) if lexeme.kind == LexemeKind::ListOpen => self.list(&key)?,
            Some(lexeme) => self.item(key, lexeme)?,
        };
        Ok(if negated { expr.negated() } else { expr })
    }

    fn list(&mut self, key: &Key) -> Result<Expr, SyntaxError> {
        let mut parts = Vec::new();
        while let Some(lexeme) = self.take() {
            match lexeme.kind {
                LexemeKind::ListClose => break,
                LexemeKind::Comma => {}
                _ => parts.push(self.item(key.clone(), lexeme)?),
            }
        }
        Ok(Expr::any_of(parts))
    }

    /// One value, perhaps behind a comparison.
    fn item(&mut self, key: Key, lexeme: &Lexeme) -> Result<Expr, SyntaxError> {
        Ok(match lexeme.kind {
            LexemeKind::Compare(comparison) => self.compared(key, comparison),
            LexemeKind::Time(literal) => time_test(&key, literal),
            LexemeKind::Regex => term(key, Test::Regex(self.regex(lexeme)?)),
            _ => term(key, text_test(self.pieces(lexeme))),
        })
    }

    /// What stands behind a comparison.
    fn compared(&mut self, key: Key, comparison: Comparison) -> Expr {
        let Some(lexeme) = self.take() else {
            return Expr::All;
        };
        let test = match lexeme.kind {
            LexemeKind::Number(value) => Some(Test::Compare(comparison, value)),
            LexemeKind::Time(literal) => {
                let moment = literal.moment();
                moment.map(|moment| Test::Time(comparison, moment))
            }
            LexemeKind::Version(part) => {
                let version = Version::read(part, &self.query[lexeme.at.clone()]);
                version.map(|version| Test::Version(comparison, version))
            }
            _ => None,
        };
        test.map_or(Expr::All, |test| term(key, test))
    }

    fn having(&mut self, call: &Lexeme) -> Expr {
        let first = self.after_colon().map(|lexeme| lexeme.kind);
        let (negated, comparison, value) = match first {
            Some(LexemeKind::Equal { negated }) => (negated, Comparison::Equal, self.take()),
            Some(LexemeKind::Compare(comparison)) => (false, comparison, self.take()),
            _ => (false, Comparison::Equal, self.lexemes.get(self.next - 1)),
        };
        let call = having::call(&self.query[call.at.clone()]);
        let (Some((_, call)), Some(LexemeKind::Number(value))) = (call, value.map(|at| at.kind))
        else {
            return Expr::All;
        };
        let having = Expr::Having(Having {
            function: call.function,
            arguments: call.arguments,
            comparison,
            value,
        });
        if negated { having.negated() } else { having }
    }

    fn regex(&self, lexeme: &Lexeme) -> Result<Regex, SyntaxError> {
        regex::read(&self.query[lexeme.at.clone()]).map_err(|(within, message)| SyntaxError {
            at: lexeme.at.start + within.start..lexeme.at.start + within.end,
            message,
        })
    }

    fn key(&self, lexeme: &Lexeme) -> Key {
        let text = &self.query[lexeme.at.clone()];
        match key::read(text) {
            Some((len, Ok(key))) if len == text.len() => key,
            // After `has:` nearly anything is a name.
            _ => Key {
                name: self.pieces(lexeme).join("*"),
                explicit: None,
                items: false,
            },
        }
    }

    /// The text of a lexeme without quotes and escapes, cut at its wildcards.
    fn pieces(&self, lexeme: &Lexeme) -> Vec<String> {
        let text = &self.query[lexeme.at.clone()];
        let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        unescaped(inner.unwrap_or(text))
    }
}

/// A comparison turned around; all else is negated.
fn turned(expr: Expr) -> Expr {
    match &expr {
        Expr::Term(term) => term.turned().map_or_else(|| expr.negated(), Expr::Term),
        _ => expr.negated(),
    }
}

fn term(key: Key, mut test: Test) -> Expr {
    if key.items {
        test = Test::AnyItem(Box::new(test));
    }
    if let Some(kind) = key.explicit {
        test = Test::Attribute(kind, Box::new(test));
    }
    let key = key.name;
    Expr::Term(Term { key, test })
}

/// A test without a key.
fn free(test: Test) -> Expr {
    let key = String::new();
    Expr::Term(Term { key, test })
}

/// What a time means on its own: a stretch of time around it, or all time since or until.
fn time_test(key: &Key, literal: TimeLiteral) -> Expr {
    let test = |comparison, moment| term(key.clone(), Test::Time(comparison, moment));
    match (literal, literal.window()) {
        (_, Some((start, end))) => Expr::all_of([
            test(Comparison::GreaterOrEqual, Moment::At(start)),
            test(Comparison::Less, Moment::At(end)),
        ]),
        (TimeLiteral::Since(ago), _) => test(Comparison::GreaterOrEqual, Moment::Ago(ago)),
        (TimeLiteral::Until(ago), _) => test(Comparison::LessOrEqual, Moment::Ago(ago)),
        (TimeLiteral::Day(_) | TimeLiteral::Instant(_), None) => Expr::All,
    }
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
    free(test)
}
