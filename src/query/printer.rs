//! A tree back to text that parses to the same tree.

use super::ast::{Comparison, Expr, Pattern, Term, Test};
use super::lexer::is_bare_key;
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
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "\"()*\\".contains(c))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '"' | '*' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn quoted(escaped: &str) -> String {
    format!("\"{escaped}\"")
}

impl Display for Expr {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::And(parts) => joined(out, parts, " "),
            Self::Or(parts) => joined(out, parts, " OR "),
            Self::Not(part) => {
                out.write_str("!")?;
                within(out, part)
            }
            Self::Term(term) => term.fmt(out),
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
        Expr::Not(_) | Expr::Term(_) => part.fmt(out),
    }
}

impl Display for Term {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            return free_text(out, &self.test);
        }
        let key = quote_key(&self.key);
        match &self.test {
            Test::Present => write!(out, "has:{key}"),
            Test::Equals(value) => write!(out, "{key}:{}", quote(value)),
            Test::Matches(pattern) => write!(out, "{key}:{pattern}"),
            // Only free text looks inside; with a key it is a pattern open at both ends.
            Test::Contains(text) => {
                let pieces = vec![String::new(), text.to_lowercase(), String::new()];
                write!(out, "{key}:{}", Pattern { pieces })
            }
            Test::Compare(comparison, value) => write!(out, "{key}:{comparison}{value}"),
        }
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
            let is_plain =
                is_plain(text) && is_word && !text.starts_with('!') && !text.contains(':');
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
        // The empty key has no presence or number of its own.
        Test::Present | Test::Compare(..) => out.write_str("*"),
    }
}

impl Display for Pattern {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let escaped: Vec<String> = self.pieces.iter().map(|piece| escaped(piece)).collect();
        let text = escaped.join("*");
        let plain = self
            .pieces
            .iter()
            .all(|piece| piece.is_empty() || quote(piece) == *piece);
        match plain {
            true => out.write_str(&text),
            false => out.write_str(&quoted(&text)),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}
