//! A search narrowed to the records of one line of what differs between two sets.

use crate::analysis::differs::What;
use crate::query::{self, Comparison, Expr, Term, Test};

/// The search narrowed to the records of a line, or to those that are not. `None` for a line that no search tells.
pub fn narrowed(search: &str, key: &str, what: &What, exclude: bool) -> Option<String> {
    let present = |is: bool| match is {
        true => query::with_pieces(search, key, &[]),
        false => query::with_absence(search, key),
    };
    match what {
        What::Value(value) => Some(query::with_term(search, key, &value.text(), exclude)),
        What::None => Some(present(exclude)),
        What::Any => Some(present(!exclude)),
        What::NoNumber => None,
        What::Stretch(from, to) => {
            let bound = |comparison, number: f64| {
                let test = Test::Compare(comparison, number);
                let key = key.to_owned();
                number.is_finite().then_some(Expr::Term(Term { key, test }))
            };
            let bounds = [
                bound(Comparison::GreaterOrEqual, *from),
                bound(Comparison::Less, *to),
            ];
            let both = Expr::all_of(bounds.into_iter().flatten());
            let part = if exclude { both.negated() } else { both };
            Some(query::with_part(search, part))
        }
    }
}
