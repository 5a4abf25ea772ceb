//! One test against one value, and against many at once.

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
