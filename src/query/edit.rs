//! Changing a search by a click instead of by typing.

use super::ast::{Expr, Pattern, Term, Test, ValueType};
use super::parser::parse;

/// The search with the demand that `key` be `value` (or not be it) added at its end.
///
/// A search that demands it already stays as it is. One with `OR` on its top level is put in parentheses, so that the
/// new term holds for all of it. One that cannot be read gets the term all the same: its error stays where it was.
pub fn with_term(query: &str, key: &str, value: &str, negated: bool) -> String {
    let test = Test::Equals(value.to_owned());
    let test = match value {
        // `key:""` holds where there is no value as well.
        "" => Test::Attribute(Some(ValueType::String), Box::new(test)),
        _ => test,
    };
    with_test(query, key, test, negated)
}

/// The search that two searches make together.
pub fn both(one: &str, other: &str) -> String {
    let part = |text: &str| match parse(text) {
        Ok(Expr::Or(_)) => format!("({text})"),
        _ => text.to_owned(),
    };
    match (one.trim(), other.trim()) {
        (only, "") | ("", only) => only.to_owned(),
        (one, other) => format!("{} {}", part(one), part(other)),
    }
}

/// As [`with_term`], with the demand that there be no such attribute.
pub fn with_absence(query: &str, key: &str) -> String {
    with_test(query, key, Test::Present, true)
}

/// As [`with_term`], for texts made of these literal parts with anything between them.
pub fn with_pieces(query: &str, key: &str, pieces: &[String]) -> String {
    let test = match pieces {
        [] => Test::Present,
        [whole] => Test::Equals(whole.clone()),
        pieces => Test::Matches(Pattern {
            pieces: pieces.iter().map(|piece| piece.to_lowercase()).collect(),
        }),
    };
    with_test(query, key, test, false)
}

fn with_test(query: &str, key: &str, test: Test, negated: bool) -> String {
    let key = key.to_owned();
    let term = Expr::Term(Term { key, test });
    with_part(query, if negated { term.negated() } else { term })
}

/// As [`with_term`], for any part of a search that is no `OR`.
pub fn with_part(query: &str, part: Expr) -> String {
    let before = query.trim();
    match parse(query) {
        Ok(Expr::All) => part.to_string(),
        Ok(Expr::And(parts)) if parts.contains(&part) => before.to_owned(),
        Ok(same) if same == part => before.to_owned(),
        Ok(Expr::Or(_)) => format!("({before}) {part}"),
        _ => format!("{before} {part}"),
    }
}
