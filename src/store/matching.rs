//! One test against one value: the rules of [`crate::query::Test`], and quick ways to apply them to many values.

use super::encode::bloom::text_hash;
use super::sought::Sought;
use super::value::{Number, ValueRef};
use super::values::Values;
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
    Matches(Pieces),
    Regex(Box<Expression>),
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
    finder: Finder<'static>,
    sought: Option<Sought>,
}

/// The pieces of a pattern, folded.
pub(super) struct Pieces {
    pieces: Vec<String>,
    /// The longest of them.
    sought: Option<Sought>,
}

/// A regular expression and what is in every text it is found in.
pub(super) struct Expression {
    regex: Regex,
    sought: Option<Sought>,
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
                pieces => Self::Matches(Pieces::new(pieces)),
            },
            Test::Regex(regex) => Self::Regex(Box::new(Expression {
                regex: regex.clone(),
                sought: Sought::new(&regex.required()),
            })),
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
            Self::Matches(pieces) => matches_pieces(&fold(&text_of(value)), &pieces.pieces),
            Self::Regex(own) => own.regex.is_in(&text_of(value)),
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

    /// Which of a column's values pass: [`Self::fits`] of each, found without looking at most of them where it can be.
    pub fn marks(&self, values: &Values) -> Vec<bool> {
        let fits = |value: ValueRef| self.fits(value);
        match self {
            // What holds the letters is what is meant.
            Self::Contains(needle) => marks(values, needle.sought.as_ref(), |_| true, fits),
            Self::Matches(pieces) => marks(values, pieces.sought.as_ref(), fits, fits),
            Self::Regex(own) => own.regex.alone(|regex| {
                let fits = |value: ValueRef| {
                    !matches!(value, ValueRef::Null) && regex.is_in(&text_of(value))
                };
                marks(values, own.sought.as_ref(), fits, fits)
            }),
            _ => values.iter().map(fits).collect(),
        }
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
        let text = fold(text).into_owned().into_bytes();
        Self {
            finder: Finder::new(&text).into_owned(),
            sought: Sought::new(&[text]),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.finder.find(fold(text).as_bytes()).is_some()
    }
}

impl Pieces {
    fn new(pieces: &[String]) -> Self {
        let pieces: Vec<String> = pieces.iter().map(|one| fold(one).into_owned()).collect();
        let longest = pieces.iter().max_by_key(|piece| piece.len());
        let longest = longest.map(|piece| piece.clone().into_bytes());
        Self {
            sought: Sought::new(longest.as_slice()),
            pieces,
        }
    }
}

/// Which values fit. Where all are texts, those of ASCII without what is sought are known not to, and of the others it
/// is `confirmed`.
fn marks(
    values: &Values,
    sought: Option<&Sought>,
    confirmed: impl Fn(ValueRef) -> bool,
    fits: impl Fn(ValueRef) -> bool,
) -> Vec<bool> {
    let (Some(sought), Some(texts)) = (sought, values.texts()) else {
        return values.iter().map(fits).collect();
    };
    let mut marks = vec![false; values.len()];
    sought.visit(texts, |code| {
        if let Some(mark) = marks.get_mut(code) {
            *mark = confirmed(values.get(code));
        }
    });
    if texts.beyond_ascii {
        for (code, mark) in marks.iter_mut().enumerate() {
            if !texts.get(code).is_ascii() {
                *mark = fits(values.get(code));
            }
        }
    }
    marks
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
    use crate::query::Pattern;
    use proptest::prelude::*;

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

    /// Texts in which letters begin, end, change their case and their length when it does.
    fn any_texts() -> impl Strategy<Value = Vec<String>> {
        let text = "[abAB0-2 kK\u{212a}\u{130}iéÉσς\n]{0,12}";
        let plain = "[abAB0-2 \n]{0,40}";
        prop_oneof![
            prop::collection::vec(text, 0..40),
            prop::collection::vec(plain, 0..40),
            prop::collection::vec(prop_oneof![9 => plain.boxed(), 1 => text.boxed()], 0..40),
        ]
    }

    fn any_regex() -> impl Strategy<Value = Test> {
        let piece = prop_oneof![
            "[abAB0-2 kKiéσ]{1,4}",
            Just("(ab|ba0)".to_owned()),
            Just("(?:abc|A0|b b)".to_owned()),
            Just("[aA]b".to_owned()),
            Just("[^a]".to_owned()),
            Just("(?i:ab k)".to_owned()),
            Just("(a0 )?".to_owned()),
            Just("(?:b1){2}".to_owned()),
            Just("(?:aa)+".to_owned()),
            Just(".*".to_owned()),
            Just("(?s:.)".to_owned()),
            Just("\\b".to_owned()),
            Just("^".to_owned()),
            Just("$".to_owned()),
            Just("(?m:^)".to_owned()),
            Just("(?m:$)".to_owned()),
            Just("\\s".to_owned()),
            Just("|".to_owned()),
            Just("[0-2]{2}".to_owned()),
        ];
        let pieces = prop::collection::vec(piece, 1..5);
        let flags = prop_oneof![2 => Just(""), 1 => Just("(?i)")];
        (flags, pieces).prop_filter_map("an expression", |(flags, pieces)| {
            let regex = Regex::new(&format!("{flags}{}", pieces.concat()));
            regex.ok().map(Test::Regex)
        })
    }

    fn any_test() -> impl Strategy<Value = Test> {
        let words = "[abAB0 kKiéσς\n]{0,4}";
        let pattern = prop::collection::vec(words, 2..5).prop_map(|pieces| {
            let pieces = pieces.iter().map(|piece| piece.to_lowercase()).collect();
            Test::Matches(Pattern { pieces })
        });
        prop_oneof![
            1 => words.prop_map(Test::Contains),
            1 => pattern,
            3 => any_regex(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Looking through all texts at once finds what looking at each by itself does.
        #[test]
        fn together_is_as_one_by_one(texts in any_texts(), test in any_test()) {
            let mut values = Values::default();
            for text in &texts {
                prop_assert!(values.push_text(text));
            }
            let matcher = Matcher::new(&test);
            let expected: Vec<bool> = values.iter().map(|value| matcher.fits(value)).collect();
            prop_assert_eq!(matcher.marks(&values), expected, "{:?}", test);
        }
    }
}
