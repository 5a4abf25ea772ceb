//! Narrowing a search to a stretch of an attribute's values, and widening it again.

use super::ast::{Expr, Term};
use super::parser::parse;
use super::printer::quote_key;
use std::ops::Range;

/// The search without the top-level terms on `key`. One that cannot be read, or is one big `OR`, stays as it is.
pub fn without_key(query: &str, key: &str) -> String {
    match parse(query) {
        Ok(part) if is_on(&part, key) => String::new(),
        Ok(Expr::And(parts)) => {
            Expr::all_of(parts.into_iter().filter(|part| !is_on(part, key))).to_string()
        }
        _ => query.to_owned(),
    }
}

/// What the search asks of records, without its conditions on groups of them.
pub fn of_records(query: &str) -> String {
    match parse(query) {
        Ok(search) if search.mentions().1 => search.split_having().0.to_string(),
        _ => query.to_owned(),
    }
}

/// The search with `key` narrowed to durations (nanoseconds) from `range.start` to before `range.end`, in place of what
/// it said of `key` before. The bound `i64::MAX` is left out.
pub fn with_duration_range(query: &str, key: &str, range: Range<i64>) -> String {
    let before = without_key(query, key);
    let key = quote_key(key);
    let mut terms = Vec::new();
    if !before.is_empty() {
        terms.push(if matches!(parse(&before), Ok(Expr::Or(_))) {
            format!("({before})")
        } else {
            before
        });
    }
    if range.start > 0 {
        terms.push(format!("{key}:>={}", duration_text(range.start)));
    }
    if range.end < i64::MAX {
        terms.push(format!("{key}:<{}", duration_text(range.end)));
    }
    terms.join(" ")
}

fn is_on(part: &Expr, wanted: &str) -> bool {
    match part {
        Expr::Term(Term { key, .. }) => key == wanted,
        Expr::Not(inner) => is_on(inner, wanted),
        Expr::SomeSpan(_) => false,
        // Lists and exact times are several tests of one key.
        Expr::And(parts) | Expr::Or(parts) => parts.iter().all(|part| is_on(part, wanted)),
        Expr::All | Expr::Having(_) => false,
    }
}

/// A duration as the language writes it, in the largest unit that says it exactly in few digits.
fn duration_text(nanos: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let fits = |(unit, _): &&(i64, &str)| nanos % (unit / 1_000) == 0 && nanos >= *unit;
    match UNITS.iter().find(fits) {
        Some((unit, name)) => format!("{}{name}", nanos as f64 / *unit as f64),
        None => format!("{nanos}ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_replaces_the_one_before() {
        let key = "trace.duration";
        let narrowed = with_duration_range("op:db", key, 1_250_000..20_000_000_000);
        assert_eq!(
            narrowed,
            "op:db trace.duration:>=1.25ms trace.duration:<20s"
        );
        assert_eq!(
            with_duration_range(&narrowed, key, 0..5),
            "op:db trace.duration:<5ns"
        );
        assert_eq!(
            with_duration_range("a:b OR c:d", key, 7_000..i64::MAX),
            "(a:b OR c:d) trace.duration:>=7us"
        );
        assert_eq!(without_key(&narrowed, key), "op:db");
        assert_eq!(without_key("trace.duration:>5ms", key), "");
        assert_eq!(without_key("trace.duration:[1ms, 2ms]", key), "");
        assert_eq!(without_key("a:b time:2020-01-01", "time"), "a:b");
        assert_eq!(
            without_key("a:b OR time:2020-01-01", "time"),
            "a:b OR time:2020-01-01"
        );
    }
}
