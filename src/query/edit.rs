//! Changing a search by a click instead of by typing.

use super::ast::{Expr, Term, Test};
use super::parser::parse;

/// The search with the demand that `key` be `value` (or not be it) added at its end.
///
/// A search that demands it already stays as it is. One with `OR` on its top level is put in parentheses, so that the
/// new term holds for all of it. One that cannot be read gets the term all the same: its error stays where it was.
pub fn with_term(query: &str, key: &str, value: &str, negated: bool) -> String {
    let test = Test::Equals(value.to_owned());
    let key = key.to_owned();
    let mut term = Expr::Term(Term { key, test });
    if negated {
        term = term.negated();
    }
    let before = query.trim();
    match parse(query) {
        Ok(Expr::All) => term.to_string(),
        Ok(Expr::And(parts)) if parts.contains(&term) => before.to_owned(),
        Ok(same) if same == term => before.to_owned(),
        Ok(Expr::Or(_)) => format!("({before}) {term}"),
        _ => format!("{before} {term}"),
    }
}
