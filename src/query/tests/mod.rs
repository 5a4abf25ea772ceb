//! The language as tables, and what must hold for any text and any tree.

use super::ast::{Comparison, Expr, Having, Pattern, Term, Test};
use super::{
    Flag, Moment, Regex, ReleasePart, Subject, TokenKind, ValueType, Version, is_time_key, tokens,
};
use super::{parse, parse_filter, parse_for, quote, with_term};
use crate::model::Nanos;
use proptest::prelude::*;

mod cases;

fn term(key: &str, test: Test) -> Expr {
    let key = key.to_owned();
    Expr::Term(Term { key, test })
}

fn equals(key: &str, value: &str) -> Expr {
    term(key, Test::Equals(value.to_owned()))
}

fn contains(text: &str) -> Expr {
    term("", Test::Contains(text.to_owned()))
}

#[test]
fn errors_are_marked_below_their_characters() {
    let error = parse("é level:").expect_err("the value is missing");
    assert!(
        error
            .marked("é level:")
            .starts_with("é level:\n       ^ a value")
    );
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let deep = "(".repeat(100_000) + "a" + &")".repeat(100_000);
    let error = parse(&deep).expect_err("too deep");
    assert_eq!(error.at, 64..65);
    assert_eq!(
        parse(&("!".repeat(100_001) + "a")),
        Ok(contains("a").negated())
    );
}

#[test]
fn tokens_colour_right_and_wrong_text() {
    // One letter a token: key, operator, value, text, word of the language, error.
    let letters = |query: &str| {
        let letter = |kind: TokenKind| match kind {
            TokenKind::Key => 'k',
            TokenKind::Operator => 'o',
            TokenKind::Value => 'v',
            TokenKind::Text => 't',
            TokenKind::Keyword => 'w',
            TokenKind::Error => 'e',
        };
        tokens(query)
            .iter()
            .map(|token| letter(token.kind))
            .collect::<String>()
    };
    let cases = [
        ("!a:>5 OR has:b word", "okoovwwokt"),
        ("a: \"b", "kee"),
        ("a:[b, >5]", "koovoovo"),
        ("a:!=[b]", "kooovo"),
        ("time:>2020-01-01 time:-24h time:x", "koovkovkoe"),
        ("is:root is:x is:", "wovwoewe"),
        ("tags[a,number][*]:x", "kov"),
        ("tags[a,float]:x", "kekov"),
        ("k://a b// //c//", "kovv"),
        ("k://(//", "koe"),
        ("p95(a, b):>1s count():x", "koovkoe"),
        ("(a AND b)", "otwto"),
        ("n:> duration:>x", "koekooe"),
        ("{a:b} !{is:root}", "okovooowovo"),
        ("release.version:>1.2 release.version:>x", "koovkooe"),
    ];
    for (query, expected) in cases {
        assert_eq!(letters(query), expected, "{query}");
    }
}

#[test]
fn now_is_handed_in() {
    let now = Nanos(1_577_836_800_000_000_000);
    let resolved = |text: &str| parse(text).expect(text).at(now).to_string();
    assert_eq!(resolved("a time:-24h"), "a time:>=2019-12-31T00:00:00Z");
    assert_eq!(
        resolved("!(a OR time:+1h)"),
        "!(a OR time:<=2019-12-31T23:00:00Z)"
    );
    assert_eq!(resolved("count():>3 is:root"), "count():>3 is:root");
}

#[test]
fn conditions_on_groups_part_from_filters_of_records() {
    let split = |text: &str| {
        let (records, groups) = parse(text).expect(text).split_having();
        (records.to_string(), groups.to_string())
    };
    let owned = |records: &str, groups: &str| (records.to_owned(), groups.to_owned());
    assert_eq!(split("a:b"), owned("a:b", ""));
    assert_eq!(split("count():>3"), owned("", "count():>3"));
    assert_eq!(
        split("a (b count():>3) (p95(x):>1 OR sum(y):5) !count():7"),
        owned("a b", "count():>3 (p95(x):>1 OR sum(y):=5) !count():=7")
    );
    assert_eq!(split(""), owned("", ""));
    for (text, at) in [
        ("a p95(b):>1s c", 2..12),
        ("!(count():!=3)", 2..13),
        ("count():3", 0..9),
    ] {
        let error = parse_filter(text).expect_err(text);
        assert_eq!(error.at, at, "{text}");
        assert!(error.message.starts_with("records are not grouped here"));
    }
    assert!(parse_filter("a \"count():3\"").is_ok());
    assert!(parse_filter("a (").is_err());
}

#[test]
fn what_a_search_may_hold_depends_on_what_is_asked() {
    use Subject::*;
    let all = [Records, Groups, Traces, TraceGroups];
    let allowed = |text: &str| all.map(|subject| parse_for(text, subject).is_ok());
    assert_eq!(allowed("a:b"), [true; 4]);
    assert_eq!(allowed("a count():>3"), [false, true, false, true]);
    assert_eq!(allowed("a {b}"), [false, false, true, true]);
    assert_eq!(allowed("{b} count():>3"), [false, false, false, true]);
    for (text, subject, at, message) in [
        ("a b:c {d}", Records, 6..7, "several spans of a trace"),
        ("a {b} !{c}", Groups, 2..3, "several spans of a trace"),
        ("a median(x):>3", Groups, 2..8, "there is no such function"),
        ("a count(x):>3", Groups, 8..9, "takes no attribute"),
        ("a {b} sum():>3", TraceGroups, 6..9, "attribute is missing"),
        ("{b} sum(x):>3", Traces, 4..13, "not grouped here"),
    ] {
        let error = parse_for(text, subject).expect_err(text);
        assert_eq!(error.at, at, "{text}: {}", error.message);
        assert!(error.message.contains(message), "{text}: {}", error.message);
    }
}

#[test]
fn a_click_adds_a_term_once() {
    let cases = [
        ("", "level", "info", false, "level:info"),
        ("a b", "level", "info", false, "a b level:info"),
        ("a level:info", "level", "info", false, "a level:info"),
        ("level:info", "level", "info", false, "level:info"),
        (
            "level:info",
            "level",
            "info",
            true,
            "level:info !level:info",
        ),
        ("a OR b", "k", "x y", false, "(a OR b) k:\"x y\""),
        ("a", "odd key", "1*2", true, "a !\"odd key\":\"1\\*2\""),
        ("level:", "k", "v", false, "level: k:v"),
        ("", "k", "", false, "tags[k,string]:\"\""),
        ("", "k", ">5", false, "k:\">5\""),
        ("a", "time", "soon", false, "a time:\"soon\""),
        ("", "is", "x", false, "\"is\":x"),
        ("", "k", "//x//", true, "!k:\"//x//\""),
        ("count():>3", "k", "v", false, "count():>3 k:v"),
    ];
    for (query, key, value, negated, expected) in cases {
        assert_eq!(
            with_term(query, key, value, negated),
            expected,
            "{query} + {key}"
        );
    }
}

fn any_text() -> impl Strategy<Value = String> + Clone {
    let piece = prop_oneof![
        Just("and".to_owned()),
        Just("OR".to_owned()),
        Just("has".to_owned()),
        "[a-z0-9.]{1,4}",
        "[\\\\\"*(){}:!<>=\\[\\], /µéA-C1-9]{1,3}",
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// Pieces of the language in any order.
fn any_search() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "key:",
        "\"",
        "has:",
        "is:",
        "is:root",
        "tags[",
        "tags[a",
        ",number]",
        "[*]:",
        "//",
        "/",
        ":",
        "[",
        "]",
        ",",
        ">",
        ">=",
        "=",
        "!",
        "!=",
        "(",
        ")",
        "{",
        "}",
        "release.version:",
        "1.2-rc",
        " ",
        " OR ",
        " AND ",
        "time:",
        "2020-01-01",
        "-24h",
        "+1h",
        "5",
        "ms",
        "%",
        "*",
        "\\",
        "p95(",
        "count():",
        "é",
    ];
    let pieces = prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12);
    pieces.prop_map(|pieces| pieces.concat())
}

fn any_comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual),
    ]
}

fn any_pattern() -> impl Strategy<Value = Pattern> {
    let pieces = (
        any_text(),
        prop::collection::vec(any_text(), 1..3),
        any_text(),
    );
    let pattern = pieces.prop_map(|(first, rest, last)| {
        let rest = rest.into_iter().filter(|piece| !piece.is_empty());
        let pieces = std::iter::once(first).chain(rest).chain([last]);
        Pattern {
            pieces: pieces.map(|piece| piece.to_lowercase()).collect(),
        }
    });
    pattern.prop_filter("stars alone are a test of presence", |pattern| {
        pattern.pieces.iter().any(|piece| !piece.is_empty())
    })
}

fn any_regex() -> impl Strategy<Value = Regex> {
    let source = prop_oneof![
        any_text(),
        "[a/ )(|\\\\.*]{1,6}",
        Just("/".to_owned()),
        Just("a// b//".to_owned())
    ];
    // A slash needs no backslash, and comes back without.
    let plain = source.prop_filter("an escaped slash is a slash", |text| !text.contains("\\/"));
    plain.prop_filter_map("not all of them compile", |text| Regex::new(&text).ok())
}

fn any_key() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        4 => any_text(),
        1 => prop_oneof![Just("time"), Just("duration"), Just("http"), Just("is"), Just("tags[a]")].prop_map(str::to_owned),
    ];
    key.prop_filter("a key is not empty", |key| !key.is_empty())
}

/// Tests of a key that is not the record's time, or is marked as an attribute's.
fn any_test() -> impl Strategy<Value = Test> {
    prop_oneof![
        Just(Test::Present),
        any_text().prop_map(Test::Equals),
        any_pattern().prop_map(Test::Matches),
        any_regex().prop_map(Test::Regex),
        (any_comparison(), prop::num::f64::NORMAL).prop_map(|(by, value)| Test::Compare(by, value)),
    ]
}

fn any_time() -> impl Strategy<Value = Expr> {
    let moment = prop_oneof![
        any::<i64>().prop_map(|at| Moment::At(Nanos(at.max(i64::MIN + 1)))),
        (0i64..9_000).prop_map(|minutes| Moment::Ago(minutes * 60_000_000_000)),
        (0i64..i64::MAX >> 11).prop_map(Moment::Ago),
    ];
    let key = prop_oneof![Just("time"), Just("timestamp")];
    (key, any_comparison(), moment).prop_map(|(key, by, moment)| term(key, Test::Time(by, moment)))
}

fn any_aggregate() -> impl Strategy<Value = Expr> {
    let by = prop_oneof![any_comparison(), Just(Comparison::Equal)];
    let arguments = prop::collection::vec(any_text(), 0..3);
    let parts = ("[a-z_]{1,5}", arguments, by, prop::num::f64::NORMAL);
    parts.prop_map(|(function, arguments, comparison, value)| {
        Expr::Having(Having {
            function,
            arguments,
            comparison,
            value,
        })
    })
}

fn any_term() -> impl Strategy<Value = Expr> {
    let text = any_text().prop_filter("text is not empty", |text| !text.is_empty());
    let word = any_text().prop_map(|text| format!("{text}w").to_lowercase());
    let words = prop::collection::vec(word, 2..4);
    let words = words.prop_map(|words| {
        let pieces = std::iter::once(String::new())
            .chain(words)
            .chain([String::new()]);
        let pieces = pieces.collect();
        term("", Test::Matches(Pattern { pieces }))
    });
    let flag = prop::sample::select(Flag::ALL.to_vec());
    let kind = prop::option::of(prop::sample::select(vec![
        ValueType::String,
        ValueType::Number,
        ValueType::Boolean,
        ValueType::Array,
    ]));
    let marked = (any_key(), any_test(), prop::option::of(kind), any::<bool>());
    let marked = marked.prop_map(|(key, mut test, kind, items)| {
        let own_time = kind.is_none() && !items && is_time_key(&key);
        if own_time && matches!(test, Test::Compare(..)) {
            test = Test::Present;
        }
        if items {
            test = Test::AnyItem(Box::new(test));
        }
        if let Some(kind) = kind {
            test = Test::Attribute(kind, Box::new(test));
        }
        term(&key, test)
    });
    prop_oneof![
        6 => marked,
        2 => text.prop_map(|text| contains(&text)),
        1 => words,
        1 => any_regex().prop_map(|regex| term("", Test::Regex(regex))),
        1 => flag.prop_map(|flag| term("", Test::Is(flag))),
        2 => any_time(),
        1 => any_version(),
    ]
}

fn any_version() -> impl Strategy<Value = Expr> {
    let (number, word) = ("[0-9]{1,3}", "[0-9a-zA-Z-]{1,3}");
    let numbers = prop::collection::vec(number, 1..5);
    let words = prop::collection::vec(word, 0..3);
    let version = (numbers, words, any_comparison()).prop_map(|(numbers, words, by)| {
        let before = if words.is_empty() { "" } else { "-" };
        let text = format!("{}{before}{}", numbers.join("."), words.join("."));
        let version = Version::read(ReleasePart::Version, &text).expect("it is one");
        term("release.version", Test::Version(by, version))
    });
    let words = prop::collection::vec(word, 1..3);
    let build = (words, any_comparison()).prop_map(|(words, by)| {
        let build = Version::read(ReleasePart::Build, &words.join(".")).expect("it is one");
        term("release.build", Test::Version(by, build))
    });
    prop_oneof![version, build]
}

/// Several spans of a trace, beside what is asked of one.
fn any_of_traces() -> impl Strategy<Value = Expr> {
    let span = any_expr().prop_map(|part| Expr::SomeSpan(Box::new(part)));
    let part = prop_oneof![
        3 => span,
        1 => any_expr(),
        1 => Just(Expr::SomeSpan(Box::new(Expr::All))),
    ];
    part.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::all_of),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::any_of),
            inner.prop_map(Expr::negated),
        ]
    })
}

/// Conditions on groups beside filters, as they may stand.
fn any_grouped() -> impl Strategy<Value = Expr> {
    let groups = any_aggregate().prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Expr::any_of),
            inner.prop_map(Expr::negated),
        ]
    });
    prop::collection::vec(prop_oneof![groups, any_expr()], 1..4).prop_map(Expr::all_of)
}

fn any_expr() -> impl Strategy<Value = Expr> {
    any_term().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::all_of),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::any_of),
            inner.prop_map(Expr::negated),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_the_same(expr in prop_oneof![3 => any_expr(), 1 => any_grouped(), 1 => any_of_traces()]) {
        let text = expr.to_string();
        prop_assert_eq!(parse(&text), Ok(expr), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![any_text(), any_search(), ".*"]) {
        if let Err(error) = parse(&text) {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
            error.marked(&text);
        } else {
            let again = parse(&parse(&text).expect("it was read before").to_string());
            prop_assert_eq!(parse(&text), again);
        }
        let mut end = 0;
        for token in tokens(&text) {
            prop_assert!(text.get(token.range.clone()).is_some());
            // Nothing but spaces is left out.
            prop_assert_eq!(text.get(end..token.range.start).map(str::trim), Some(""));
            end = token.range.end;
        }
        prop_assert_eq!(text[end..].trim(), "");
    }

    #[test]
    fn a_quoted_value_reads_as_itself(value in any_text()) {
        prop_assert_eq!(parse(&format!("k:{}", quote(&value))), Ok(equals("k", &value)));
    }

    #[test]
    fn adding_a_term_twice_is_adding_it_once(query in any_text(), key in "[a-z ]{1,3}", value in any_text()) {
        let once = with_term(&query, &key, &value, false);
        if parse(&query).is_ok() {
            prop_assert!(parse(&once).is_ok(), "{}", once);
            prop_assert_eq!(with_term(&once, &key, &value, false), once);
        }
    }
}
