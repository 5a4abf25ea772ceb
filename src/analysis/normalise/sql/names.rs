//! Names of tables and columns: shortened to their last part, without ids and numbers.

use super::token::{Kind, Token};
use super::{closing, end_of};
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// UUIDs, eight and more hex digits, two and more digits.
static IDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)[0-9a-f]{8}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{4}[-_]?[0-9a-f]{12}|[0-9a-f]{8,}|\d\d+",
    )
    .expect("the pattern is a literal that a test compiles")
});

/// A name with `{%s}` for what looks temporary. A single digit stays.
pub fn scrub_name(name: &str) -> Cow<'_, str> {
    IDS.replace_all(name, "{%s}")
}

/// Shortens `a.b.c` to `c` and `t.*` to `*`, and takes quotes from names; in front of a bracket only quotes go.
pub fn shorten(tokens: &mut Vec<Token>) {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens.drain(..) {
        let is_part = matches!(token.kind, Kind::Word | Kind::Name) || token.is_sign("*");
        let follows = out.last().is_some_and(|last| last.is_sign("."));
        if follows && is_part && out.len() > 1 {
            out.truncate(out.len() - 2);
        }
        out.push(token);
    }
    *tokens = out;
}

/// Scrubs every name of a statement whose names were shortened.
pub fn scrub(tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        let is_call = tokens.get(at + 1).is_some_and(|next| next.is_sign("("));
        let token = &mut tokens[at];
        let is_name = token.kind == Kind::Name || (token.kind == Kind::Word && !is_call);
        if is_name && let Cow::Owned(scrubbed) = scrub_name(&token.text) {
            token.text = scrubbed;
        }
    }
}

/// The tables of a statement whose names were shortened.
pub fn tables(tokens: &[Token]) -> Vec<String> {
    let mut tables = Vec::new();
    let mut common: Vec<&str> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        let is_common = token.is("AS")
            && next.is_some_and(|next| next.is_sign("("))
            && tokens.get(at + 2).is_some_and(|token| {
                token.is_any(&["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"])
            });
        if is_common && let Some(before) = at.checked_sub(1).and_then(|at| tokens.get(at)) {
            common.push(&before.text);
        }
    }
    for (at, token) in tokens.iter().enumerate() {
        let introduces =
            token.is_any(&["FROM", "JOIN", "INTO", "TABLE"]) || (token.is("UPDATE") && at == 0);
        if introduces {
            listed(tokens, at + 1, &mut tables);
        }
    }
    tables.retain(|table| !common.contains(&table.as_str()));
    tables
        .iter()
        .map(|table| scrub_name(table).into_owned())
        .collect()
}

/// The names in a list of tables.
fn listed(tokens: &[Token], from: usize, tables: &mut Vec<String>) {
    const BEFORE: &[&str] = &["ONLY", "LATERAL", "IF", "NOT", "EXISTS"];
    let mut at = from;
    loop {
        while tokens.get(at).is_some_and(|token| token.is_any(BEFORE)) {
            at += 1;
        }
        let Some(token) = tokens.get(at) else {
            return;
        };
        let is_call = tokens.get(at + 1).is_some_and(|next| next.is_sign("("));
        let is_insert = tokens
            .get(from.wrapping_sub(1))
            .is_some_and(|before| before.is_any(&["INTO", "TABLE"]));
        if matches!(token.kind, Kind::Word | Kind::Name) && (!is_call || is_insert) {
            tables.push(token.text.clone());
        }
        // A comma goes on with the next table, unless a new clause came first.
        let end = end_of(tokens, at, |token| {
            token.is_sign(",") || token.is_any(super::print::CLAUSES)
        });
        if !tokens.get(end).is_some_and(|token| token.is_sign(",")) || is_insert {
            return;
        }
        at = end + 1;
    }
}

/// Puts `%s` for names of savepoints and cursors.
pub fn erase(tokens: &mut [Token]) {
    let erase = |token: Option<&mut Token>| {
        if let Some(token) = token {
            *token = super::token::literal();
        }
    };
    let Some(first) = tokens.first() else {
        return;
    };
    if first.is_any(&["DECLARE", "CLOSE"]) {
        erase(tokens.get_mut(1));
    } else if first.is("FETCH") {
        for at in 1..tokens.len() {
            if tokens[at].is_any(&["FROM", "IN", "INTO"]) {
                erase(tokens.get_mut(at + 1));
            }
        }
    } else if first.is_any(&["SAVEPOINT", "RELEASE", "ROLLBACK"])
        && let Some(at) = tokens.iter().position(|token| token.is("SAVEPOINT"))
    {
        erase(tokens.get_mut(at + 1));
    }
}

/// The range of a bracket that opens at `open`, without its signs.
pub fn inside(tokens: &[Token], open: usize) -> std::ops::Range<usize> {
    let close = closing(tokens, open);
    open + 1..close.max(open + 1)
}
