//! A tree back to text that parses to the same tree.

use super::ast::{Comparison, Expr, Moment, Pattern, Term, Test};
use super::key::{self, Key, is_bare_key};
use super::lexer::is_scheme;
use super::number::number;
use super::operand::is_number_key;
use super::regex;
use super::time::{instant_text, is_time_key, length_text};
use std::fmt::{self, Display, Formatter};

/// A value as it is written after `key:`: in quotes and with escapes where needed.
pub fn quote(value: &str) -> String {
    let starts_like_syntax = value.starts_with(['>', '<', '=', '!', '[', ':', '/']);
    if starts_like_syntax || !is_plain(value) {
        quoted(&escaped(value))
    } else {
        value.to_owned()
    }
}

/// Whether the text can stand without quotes anywhere.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || "\"()*\\".contains(c))
        && has_its_braces(text)
}

/// Whether every brace in the text has its counterpart, so that it neither closes one before it nor opens one for after.
fn has_its_braces(text: &str) -> bool {
    let mut open = 0usize;
    for c in text.chars() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return false,
            '}' => open -= 1,
            _ => {}
        }
    }
    open == 0
}

pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '"' | '*' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

pub(super) fn quoted(escaped: &str) -> String {
    format!("\"{escaped}\"")
}

impl Display for Expr {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::And(parts) => joined(out, parts, " "),
            Self::Or(parts) => joined(out, parts, " OR "),
            Self::Not(part) => match &**part {
                // Without parentheses the mark would turn the comparison around.
                Self::Term(term) if term.turned().is_some() => write!(out, "!({part})"),
                part => {
                    out.write_str("!")?;
                    within(out, part)
                }
            },
            Self::Term(term) => term.fmt(out),
            Self::Having(having) => having.fmt(out),
            Self::SomeSpan(part) => match &**part {
                Self::All => out.write_str("{*}"),
                part => write!(out, "{{{part}}}"),
            },
        }
    }
}

fn joined(out: &mut Formatter<'_>, parts: &[Expr], between: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            out.write_str(between)?;
        }
        within(out, part)?;
    }
    Ok(())
}

/// Writes an expression that is part of another.
fn within(out: &mut Formatter<'_>, part: &Expr) -> fmt::Result {
    match part {
        Expr::All => out.write_str("*"),
        Expr::And(_) | Expr::Or(_) => write!(out, "({part})"),
        Expr::Not(_) | Expr::Term(_) | Expr::Having(_) | Expr::SomeSpan(_) => part.fmt(out),
    }
}

impl Term {
    /// Whether a value is a number after a name that holds numbers.
    fn is_number(&self, value: &str) -> bool {
        is_number_key(&self.key) && number(value).is_some()
    }
}

impl Display for Term {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            return free_text(out, &self.test);
        }
        let (explicit, test) = match &self.test {
            Test::Attribute(kind, test) => (Some(*kind), &**test),
            test => (None, test),
        };
        let (items, test) = match test {
            Test::AnyItem(test) => (true, &**test),
            test => (false, test),
        };
        // After the record's time and after numbers only what is in quotes is text.
        let is_plain_key = explicit.is_none() && !items;
        let force = is_plain_key && (is_time_key(&self.key) || is_number_key(&self.key));
        let key = key::written(&Key {
            name: self.key.clone(),
            explicit,
            items,
        });
        match test {
            Test::Present => write!(out, "has:{key}"),
            Test::Equals(value) if force && !self.is_number(value) => {
                write!(out, "{key}:{}", quoted(&escaped(value)))
            }
            Test::Equals(value) => write!(out, "{key}:{}", quote(value)),
            Test::Matches(pattern) => write!(out, "{key}:{}", pattern_text(pattern, force)),
            // Only free text looks inside; with a key it is a pattern open at both ends.
            Test::Contains(text) => {
                let pieces = vec![String::new(), text.to_lowercase(), String::new()];
                write!(out, "{key}:{}", pattern_text(&Pattern { pieces }, force))
            }
            Test::Regex(regex) => {
                let key = if is_scheme(&key) { quoted(&key) } else { key };
                write!(out, "{key}:{}", regex::written(regex.source()))
            }
            Test::Compare(comparison, value) => write!(out, "{key}:{comparison}{value}"),
            Test::Version(comparison, version) => write!(out, "{key}:{comparison}{version}"),
            Test::Time(comparison, moment) => time(out, &key, *comparison, *moment),
            // Neither nests deeper, nor has a flag a key.
            Test::AnyItem(_) | Test::Attribute(..) | Test::Is(_) => write!(out, "has:{key}"),
        }
    }
}

fn time(out: &mut Formatter<'_>, key: &str, comparison: Comparison, moment: Moment) -> fmt::Result {
    match (comparison, moment) {
        (_, Moment::At(instant)) => write!(out, "{key}:{comparison}{}", instant_text(instant)),
        (Comparison::GreaterOrEqual, Moment::Ago(ago)) => {
            write!(out, "{key}:-{}", length_text(ago))
        }
        (Comparison::LessOrEqual, Moment::Ago(ago)) => write!(out, "{key}:+{}", length_text(ago)),
        (_, Moment::Ago(ago)) => write!(out, "{key}:{comparison}-{}", length_text(ago)),
    }
}

/// An attribute name as it is written before `:`.
pub fn quote_key(key: &str) -> String {
    if is_bare_key(key) {
        key.to_owned()
    } else {
        quoted(&escaped(key))
    }
}

fn free_text(out: &mut Formatter<'_>, test: &Test) -> fmt::Result {
    match test {
        Test::Contains(text) | Test::Equals(text) => {
            let is_word = ["and", "or"]
                .iter()
                .all(|word| !text.eq_ignore_ascii_case(word));
            let is_plain = is_plain(text)
                && is_word
                && !text.starts_with(['!', '/', '{'])
                && !text.contains(':');
            match is_plain {
                true => out.write_str(text),
                false => out.write_str(&quoted(&escaped(text))),
            }
        }
        Test::Matches(Pattern { pieces }) => {
            let inner = pieces.iter().filter(|piece| !piece.is_empty());
            let escaped: Vec<String> = inner.map(|piece| escaped(piece)).collect();
            out.write_str(&quoted(&escaped.join("*")))
        }
        Test::Regex(regex) => out.write_str(&regex::written(regex.source())),
        Test::Is(flag) => write!(out, "is:{}", flag.name()),
        // The empty key has no presence, number or time of its own.
        Test::Present | Test::Compare(..) | Test::Time(..) | Test::Version(..) => {
            out.write_str("*")
        }
        Test::AnyItem(_) | Test::Attribute(..) => out.write_str("*"),
    }
}

impl Display for Pattern {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&pattern_text(self, false))
    }
}

/// A pattern as it is written, in quotes where needed or wanted.
fn pattern_text(pattern: &Pattern, force: bool) -> String {
    let pieces = || pattern.pieces.iter();
    let escaped: Vec<String> = pieces().map(|piece| escaped(piece)).collect();
    let text = escaped.join("*");
    let plain = pieces().all(|piece| piece.is_empty() || quote(piece) == *piece);
    if plain && !force { text } else { quoted(&text) }
}

impl Display for Comparison {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "=",
        })
    }
}
