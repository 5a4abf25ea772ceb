//! What is compared with what, and what differs in words: the same in the window and on the command line.

use crate::analysis::differs::What;
pub use crate::insights::narrowed::narrowed;
use crate::model::{TimeRange, human};
use crate::query::{self, Expr, SyntaxError};
use crate::store::Filter;

/// The two sets that a search, a stretch of time and perhaps a second search make; `None` while there is nothing to set
/// apart.
///
/// A second search is looked for in the same stretch. Without one the rest is compared: with a stretch of time, what
/// else the search finds; without, every other record.
pub fn sets(
    search: &str,
    range: Option<TimeRange>,
    against: &str,
) -> Result<Option<[Filter; 2]>, SyntaxError> {
    let search = query::parse_filter(search)?;
    let whole = Filter {
        search: search.clone(),
        range: None,
    };
    set_apart(Filter { search, range }, whole, against)
}

/// As [`sets`], of records that are set apart from a `whole` by more than time.
pub fn set_apart(
    inside: Filter,
    whole: Filter,
    against: &str,
) -> Result<Option<[Filter; 2]>, SyntaxError> {
    let outside = match against.trim() {
        "" if inside != whole => Some(whole),
        "" => rest_of(&inside),
        against => Some(Filter {
            search: query::parse_filter(against)?,
            range: inside.range,
        }),
    };
    Ok(outside.map(|outside| [inside, outside]))
}

/// What records that fit are compared with when nothing else is said; `None` for a filter that every record fits.
pub fn rest_of(inside: &Filter) -> Option<Filter> {
    match (inside.range, &inside.search) {
        (None, Expr::All) => None,
        (None, _) => Some(Filter::default()),
        (Some(_), search) => Some(Filter {
            search: search.clone(),
            range: None,
        }),
    }
}

/// What records of a line have in common, in words. Durations are told as such.
pub fn words(key: &str, what: &What) -> String {
    let What::Stretch(from, to) = what else {
        return what.text().into_owned();
    };
    let is_duration = matches!(key, "duration" | "span.duration");
    let number = |number: f64| match is_duration {
        true => human::duration(number as i64),
        false => plain(number),
    };
    match (from.is_finite(), to.is_finite()) {
        (true, true) => format!("{} – {}", number(*from), number(*to)),
        (true, false) => format!("from {}", number(*from)),
        (false, _) => format!("below {}", number(*to)),
    }
}

/// A number with as many digits as the steps numbers are counted in have.
fn plain(number: f64) -> String {
    match number.abs() {
        size if size != 0.0 && !(1e-4..1e15).contains(&size) => format!("{number:.2e}"),
        size if size >= 1_000.0 => format!("{number:.0}"),
        _ => format!("{}", (number * 1e6).round() / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Nanos, Value};

    #[test]
    fn the_rest_is_what_is_meant_without_a_second_search() {
        let some = Some(TimeRange {
            start: Nanos(5),
            end: Nanos(9),
        });
        let filter = |text: &str, range| Filter {
            search: query::parse_filter(text).unwrap(),
            range,
        };
        let cases = [
            (("", None, ""), None),
            (
                ("a:1", None, ""),
                Some([filter("a:1", None), filter("", None)]),
            ),
            (
                ("a:1", some, " "),
                Some([filter("a:1", some), filter("a:1", None)]),
            ),
            (("", some, ""), Some([filter("", some), filter("", None)])),
            (
                ("a:1", some, "a:2"),
                Some([filter("a:1", some), filter("a:2", some)]),
            ),
            (
                ("", None, "a:2"),
                Some([filter("", None), filter("a:2", None)]),
            ),
        ];
        for ((search, range, against), expected) in cases {
            assert_eq!(sets(search, range, against), Ok(expected));
        }
        assert!(sets("a (", None, "").is_err() && sets("a:1", None, "b (").is_err());
    }

    #[test]
    fn a_line_narrows_the_search() {
        let text = What::Value(Value::Str("x y".into()));
        let cases = [
            (&text, false, "a:1 k:\"x y\""),
            (&text, true, "a:1 !k:\"x y\""),
            (&What::None, false, "a:1 !has:k"),
            (&What::None, true, "a:1 has:k"),
            (&What::Any, false, "a:1 has:k"),
            (&What::Stretch(1.5, 3.0), false, "a:1 k:>=1.5 k:<3"),
            (&What::Stretch(1.5, 3.0), true, "a:1 !(k:>=1.5 k:<3)"),
            (&What::Stretch(3.0, f64::INFINITY), false, "a:1 k:>=3"),
        ];
        for (what, exclude, expected) in cases {
            assert_eq!(
                narrowed("a:1", "k", what, exclude).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(narrowed("", "k", &What::NoNumber, false), None);
    }

    #[test]
    fn stretches_read_well() {
        let cases = [
            ("duration", 1.0625e9, 2e9, "1.06 s – 2.00 s"),
            ("size", 200.0, 208.0, "200 – 208"),
            ("size", 1_234_567.8, f64::INFINITY, "from 1234568"),
            ("size", f64::NEG_INFINITY, 0.5, "below 0.5"),
        ];
        for (key, from, to, expected) in cases {
            assert_eq!(words(key, &What::Stretch(from, to)), expected);
        }
    }
}
