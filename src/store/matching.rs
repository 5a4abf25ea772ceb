//! One test against one value: the rules of [`crate::query::Test`], and quick ways to apply them to many values.

use super::column::Values;
use super::encode::bloom::text_hash;
use super::value::{Number, ValueRef};
use crate::query::{self, Comparison, Regex, Test, ValueType, Version};
use memchr::memmem::Finder;
use serde_json::Value as Json;
use std::borrow::Cow;

/// A test, made ready to be asked often.
pub(super) enum Matcher {
    Present,
    Equals {
        text: String,
        number: Option<Number>,
    },
    Contains(Box<Needle>),
    Matches(Vec<String>),
    Regex(Regex),
    Compare(Comparison, f64),
    /// A version; `within` says that the value is a whole release with one in it.
    Version {
        comparison: Comparison,
        wanted: Version,
        within: bool,
    },
    /// An item of a list passes.
    AnyItem(Box<Matcher>),
    /// The value is of a type, and passes.
    OfType(ValueType, Box<Matcher>),
    /// What is asked is not asked of values: the record's time, flags.
    Nothing,
}

/// A text that is looked for, folded.
pub(super) struct Needle {
    text: String,
    finder: Finder<'static>,
}

impl Matcher {
    pub fn new(test: &Test) -> Self {
        match test {
            Test::Present => Self::Present,
            Test::Equals(text) => Self::Equals {
                text: text.clone(),
                number: spelled(text),
            },
            Test::Matches(pattern) => match pattern.pieces.as_slice() {
                // Open at both ends is what contains means, and that is quicker.
                [first, inner, last] if first.is_empty() && last.is_empty() => {
                    Self::Contains(Box::new(Needle::new(inner)))
                }
                pieces => {
                    let pieces = pieces.iter().map(|piece| fold(piece).into_owned());
                    Self::Matches(pieces.collect())
                }
            },
            Test::Regex(regex) => Self::Regex(regex.clone()),
            Test::Version(comparison, wanted) => Self::Version {
                comparison: *comparison,
                wanted: wanted.clone(),
                within: false,
            },
            Test::AnyItem(test) => Self::AnyItem(Box::new(Self::new(test))),
            Test::Attribute(Some(kind), test) => Self::OfType(*kind, Box::new(Self::new(test))),
            Test::Attribute(None, test) => Self::new(test),
            Test::Time(..) | Test::Is(_) => Self::Nothing,
            Test::Contains(text) => Self::Contains(Box::new(Needle::new(text))),
            Test::Compare(comparison, number) => Self::Compare(*comparison, *number),
        }
    }

    /// Whether a value passes. Null is "no value" and passes nothing.
    pub fn fits(&self, value: ValueRef) -> bool {
        if matches!(value, ValueRef::Null) {
            return false;
        }
        match self {
            Self::Present => value.text() != Some(""),
            Self::Equals { text, number } => equals(value, text, *number),
            Self::Contains(needle) => needle.is_in(&text_of(value)),
            Self::Matches(pieces) => matches_pieces(&fold(&text_of(value)), pieces),
            Self::Regex(regex) => regex.is_in(&text_of(value)),
            Self::Compare(comparison, right) => value
                .counted()
                .is_some_and(|left| comparison.holds(left.into(), *right)),
            Self::Version {
                comparison,
                wanted,
                within,
            } => {
                let read = if *within {
                    Version::of_release
                } else {
                    Version::read
                };
                let own = read(wanted.part(), &text_of(value));
                own.is_some_and(|own| comparison.allows(own.precedence(wanted)))
            }
            Self::AnyItem(test) => any_item(value, test),
            Self::OfType(kind, test) => is_of(*kind, value) && test.fits(value),
            Self::Nothing => false,
        }
    }

    /// Which of a column's values pass.
    pub fn marks(&self, values: &Values) -> Vec<bool> {
        if let (Self::Contains(needle), Some((heap, ends))) = (self, values.all_text())
            && heap.is_ascii()
        {
            return needle.marks_in(heap, ends);
        }
        values.iter().map(|value| self.fits(value)).collect()
    }

    /// Hashes of which a segment's filter must know one for a value there to pass; none when filters cannot tell.
    pub fn hashes(&self) -> Vec<u64> {
        match self {
            Self::Equals { text, number } => {
                let number = number.map(|number| text_hash(&number.to_string()));
                let bool = boolean(text).map(|bool| text_hash(if bool { "true" } else { "false" }));
                let others = number.into_iter().chain(bool);
                std::iter::once(text_hash(text)).chain(others).collect()
            }
            Self::OfType(_, test) => test.hashes(),
            _ => Vec::new(),
        }
    }

    /// Whether numbers between these two could pass; `None` when there are no numbers.
    pub fn may_fit_range(&self, range: Option<(f64, f64)>) -> bool {
        match (self, range) {
            (Self::Compare(..), None) => false,
            (Self::Compare(comparison, right), Some((min, max))) => {
                comparison.holds(min, *right) || comparison.holds(max, *right)
            }
            (Self::OfType(_, test), range) => test.may_fit_range(range),
            (Self::Nothing, _) => false,
            _ => true,
        }
    }
}

impl Needle {
    fn new(text: &str) -> Self {
        let text = fold(text).into_owned();
        let finder = Finder::new(text.as_bytes()).into_owned();
        Self { text, finder }
    }

    fn is_in(&self, text: &str) -> bool {
        self.finder.find(fold(text).as_bytes()).is_some()
    }

    /// [`Self::is_in`] for many texts of ASCII that lie end to end: one search over all of them.
    fn marks_in(&self, heap: &str, ends: impl Iterator<Item = usize>) -> Vec<bool> {
        let folded = heap.to_ascii_lowercase();
        let ends: Vec<usize> = ends.collect();
        if self.text.is_empty() {
            return vec![true; ends.len()];
        }
        let mut marks = vec![false; ends.len()];
        let (mut from, mut value) = (0, 0);
        while let Some(found) = folded
            .as_bytes()
            .get(from..)
            .and_then(|rest| self.finder.find(rest))
        {
            let start = from + found;
            while ends.get(value).is_some_and(|end| *end <= start) {
                value += 1;
            }
            let Some(end) = ends.get(value) else { break };
            if start + self.text.len() <= *end {
                marks[value] = true;
                from = *end;
            } else {
                // Half in this text and half in the next is in neither.
                from = start + 1;
            }
        }
        marks
    }
}

/// The number a text spells, with or without a unit.
fn spelled(text: &str) -> Option<Number> {
    Number::parse(text).or_else(|| query::number(text).map(Number::from_float))
}

/// The truth a text spells.
fn boolean(text: &str) -> Option<bool> {
    let is = |word| text.eq_ignore_ascii_case(word);
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if is("true") => Some(true),
        _ if is("false") => Some(false),
        _ => None,
    }
}

fn is_of(kind: ValueType, value: ValueRef) -> bool {
    match kind {
        ValueType::String => matches!(value, ValueRef::Str(_)),
        ValueType::Number => matches!(value, ValueRef::Int(_) | ValueRef::Float(_)),
        ValueType::Boolean => matches!(value, ValueRef::Bool(_)),
        ValueType::Array => {
            matches!(value, ValueRef::Json(text) if text.trim_start().starts_with('['))
        }
    }
}

/// Whether an item of the list passes. What is no list has no items.
fn any_item(value: ValueRef, test: &Matcher) -> bool {
    let ValueRef::Json(text) = value else {
        return false;
    };
    let Ok(Json::Array(items)) = serde_json::from_str(text) else {
        return false;
    };
    items.iter().any(|item| match item {
        Json::Null => false,
        Json::Bool(bool) => test.fits(ValueRef::Bool(*bool)),
        Json::String(text) => test.fits(ValueRef::Str(text)),
        Json::Number(number) => {
            let int = number.as_i64().map(ValueRef::Int);
            let number = int.or_else(|| number.as_f64().map(ValueRef::Float));
            number.is_some_and(|number| test.fits(number))
        }
        Json::Array(_) | Json::Object(_) => test.fits(ValueRef::Json(&item.to_string())),
    })
}

fn equals(value: ValueRef, text: &str, number: Option<Number>) -> bool {
    match (value, value.text()) {
        (ValueRef::Bool(own), _) => boolean(text) == Some(own),
        (_, Some(own)) => own == text,
        (_, None) => {
            let same_number = number.is_some() && Number::of(value) == number;
            same_number || value.to_string() == text
        }
    }
}

fn text_of(value: ValueRef<'_>) -> Cow<'_, str> {
    match value.text() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(value.to_string()),
    }
}

/// Text as compared where case does not count: lower case, letter by letter (so that a piece of a text folds as it does
/// within the text), with one form of the Greek sigma.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if upper {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let letters = text.chars().flat_map(char::to_lowercase);
    Cow::Owned(
        letters
            .map(|letter| if letter == 'ς' { 'σ' } else { letter })
            .collect(),
    )
}

/// Whether the whole text is the pieces with any runs of characters between neighbours.
fn matches_pieces(text: &str, pieces: &[String]) -> bool {
    let Some((first, rest)) = pieces.split_first() else {
        return false;
    };
    let Some(mut left) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, middle)) = rest.split_last() else {
        return left.is_empty();
    };
    for piece in middle {
        match left.find(piece.as_str()) {
            Some(place) => left = &left[place + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(test: Test, value: ValueRef) -> bool {
        Matcher::new(&test).fits(value)
    }

    #[test]
    fn numbers_compare_by_value_and_texts_by_letters() {
        let equals = |text: &str| Test::Equals(text.to_owned());
        assert!(fits(equals("5.0"), ValueRef::Int(5)));
        assert!(fits(equals("5"), ValueRef::Float(5.0)));
        assert!(!fits(equals("5.0"), ValueRef::Str("5")));
        assert!(fits(equals("9223372036854775807"), ValueRef::Int(i64::MAX)));
        assert!(!fits(
            equals("9223372036854775807"),
            ValueRef::Int(i64::MAX - 1)
        ));
        assert!(!fits(
            equals("9223372036854775807"),
            ValueRef::Float(i64::MAX as f64)
        ));
        assert!(fits(equals("NaN"), ValueRef::Float(f64::NAN)));
        assert!(fits(equals("true"), ValueRef::Bool(true)));
        assert!(!fits(equals("null"), ValueRef::Null));
        assert!(!fits(equals("Cart"), ValueRef::Str("cart")));
        let beyond = |text| fits(Test::Compare(Comparison::Greater, 3.0), ValueRef::Str(text));
        assert!(beyond("5") && beyond("3.25") && !beyond("-5") && !beyond("3.0"));
        for text in [
            "", "5 ", "1e9", "007", "5.", ".5", "+5", "5ms", "inf", "0x5",
        ] {
            assert!(!beyond(text), "{text} is no number in plain digits");
        }
    }

    #[test]
    fn patterns_fit_whole_texts_whatever_the_case() {
        let pieces = |pieces: &[&str]| {
            pieces
                .iter()
                .map(|piece| (*piece).to_owned())
                .collect::<Vec<_>>()
        };
        assert!(matches_pieces("get /users", &pieces(&["get", "users"])));
        assert!(!matches_pieces("aba", &pieces(&["ab", "ba"])));
        assert!(matches_pieces("", &pieces(&["", ""])));
        assert!(matches_pieces("xaxbx", &pieces(&["", "a", "b", ""])));
        assert!(!matches_pieces("xbxax", &pieces(&["", "a", "b", ""])));
        let greek = Test::Contains("ΟΔΟΣ".to_owned());
        assert!(fits(greek, ValueRef::Str("μια οδος")));
    }

    #[test]
    fn a_find_across_two_texts_is_none() {
        let needle = Needle::new("ABC");
        let texts = ["xab", "cabc", "", "ab", "c", "zabcabc"];
        let mut end = 0;
        let ends: Vec<usize> = texts
            .iter()
            .map(|text| {
                end += text.len();
                end
            })
            .collect();
        let marks = needle.marks_in(&texts.concat(), ends.into_iter());
        assert_eq!(marks, [false, true, false, false, false, true]);
    }
}
