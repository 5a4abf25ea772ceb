//! The language as tables, and what must hold for any text and any tree.

use super::ast::{Comparison, Expr, Pattern, Term, Test};
use super::lexer::{TokenKind, tokens};
use super::{parse, quote, with_term};
use proptest::prelude::*;

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

fn matches(key: &str, pieces: &[&str]) -> Expr {
    let pieces = pieces.iter().map(|piece| (*piece).to_owned()).collect();
    term(key, Test::Matches(Pattern { pieces }))
}

fn compare(key: &str, comparison: Comparison, value: f64) -> Expr {
    term(key, Test::Compare(comparison, value))
}

fn and(parts: &[Expr]) -> Expr {
    Expr::And(parts.to_vec())
}

fn or(parts: &[Expr]) -> Expr {
    Expr::Or(parts.to_vec())
}

fn check(cases: &[(&str, Expr)]) {
    for (query, expected) in cases {
        assert_eq!(parse(query).as_ref(), Ok(expected), "{query}");
    }
}

#[test]
fn terms_read() {
    use Comparison::*;
    check(&[
        ("", Expr::All),
        ("   ", Expr::All),
        ("*", Expr::All),
        ("timeout", contains("timeout")),
        ("\"two words\"", contains("two words")),
        ("level:info", equals("level", "info")),
        (
            "user.name:\"Ada \\\"L\\\" \"",
            equals("user.name", "Ada \"L\" "),
        ),
        ("\"odd key:1\":x", equals("odd key:1", "x")),
        ("key:\"\"", equals("key", "")),
        ("!level:info", equals("level", "info").negated()),
        ("!!level:info", equals("level", "info")),
        ("has:user.id", term("user.id", Test::Present)),
        ("has:\"a b\"", term("a b", Test::Present)),
        ("!has:user.id", term("user.id", Test::Present).negated()),
        ("user.id:*", term("user.id", Test::Present)),
        ("\"has\":x", equals("has", "x")),
        ("tags[fruit]:apple", equals("fruit", "apple")),
        ("has:tags[fruit]", term("fruit", Test::Present)),
        ("url:/api/*", matches("url", &["/api/", ""])),
        ("url:*/API/**x", matches("url", &["", "/api/", "x"])),
        ("name:a\\*b", equals("name", "a*b")),
        ("path:C:\\temp", equals("path", "C:\\temp")),
        ("time*out", matches("", &["", "time", "out", ""])),
        ("*timeout*", contains("timeout")),
        (
            "duration:>=1.5ms",
            compare("duration", GreaterOrEqual, 1.5e6),
        ),
        ("size:<2MiB", compare("size", Less, 2_097_152.0)),
        ("n:>-3", compare("n", Greater, -3.0)),
        ("n:<=1.5k", compare("n", LessOrEqual, 1_500.0)),
        ("n:=5", equals("n", "5")),
        ("n:!=5", equals("n", "5").negated()),
        ("release:>1.x", equals("release", ">1.x")),
        ("release:\">1\"", equals("release", ">1")),
        ("email:<a@b.c>", equals("email", "<a@b.c>")),
        (
            "level:[warn, \"very bad\"]",
            or(&[equals("level", "warn"), equals("level", "very bad")]),
        ),
        ("level:[warn]", equals("level", "warn")),
        ("level:[]", equals("level", "[]")),
        ("body:[warn", equals("body", "[warn")),
    ]);
}

#[test]
fn pasted_text_stays_text() {
    for text in [
        "https://shop.example/cart?id=1",
        "std::fmt::Display",
        "12:30:01",
        "127.0.0.1:8080",
        "function(app/x)",
        "(",
    ] {
        let quoted = format!("\"{text}\"");
        assert_eq!(parse(&quoted), Ok(contains(text)), "{text}");
        if text != "(" {
            assert_eq!(parse(text), Ok(contains(text)), "{text}");
        }
    }
}

#[test]
fn logic_binds_as_it_should() {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(contains);
    let ab = and(&[a.clone(), b.clone()]);
    check(&[
        ("a b", ab.clone()),
        ("a AND b", ab.clone()),
        ("a and b", ab.clone()),
        ("(a b) c", and(&[a.clone(), b.clone(), c.clone()])),
        ("a OR b", or(&[a.clone(), b.clone()])),
        ("a or b Or c", or(&[a.clone(), b.clone(), c.clone()])),
        (
            "a b OR c d",
            or(&[ab.clone(), and(&[c.clone(), d.clone()])]),
        ),
        (
            "a AND (b OR c)",
            and(&[a.clone(), or(&[b.clone(), c.clone()])]),
        ),
        ("!(a OR b)", or(&[a.clone(), b.clone()]).negated()),
        ("!(a b) c", and(&[ab.negated(), c.clone()])),
        ("((a))", a.clone()),
        ("a order", and(&[a.clone(), contains("order")])),
        ("a \"or\" b", and(&[a, contains("or"), b])),
    ]);
}

#[test]
fn errors_point_at_what_is_wrong() {
    let cases = [
        ("level:", 5..6, "value is missing"),
        ("level: info", 5..6, "value is missing"),
        ("(level:)", 6..7, "value is missing"),
        ("has:", 3..4, "name of an attribute"),
        ("has:\"\"", 4..6, "cannot be empty"),
        ("a \"\":and", 2..4, "cannot be empty"),
        ("level:\"info", 6..11, "not closed"),
        ("\"info", 0..5, "not closed"),
        ("level:in\"fo", 6..11, "quote"),
        ("level:\"a\"b", 9..10, "space is missing"),
        ("level:\"a\"\"b\"", 9..12, "space is missing"),
        ("a !", 2..3, "missing after the exclamation"),
        ("(a b", 0..1, "not closed"),
        ("a (", 2..3, "not closed"),
        ("a b)", 3..4, "closes nothing"),
        ("()", 1..2, "term was expected"),
        ("OR a", 0..2, "missing before"),
        ("a OR", 2..4, "missing after"),
        ("a Or And b", 5..8, "missing before"),
        ("(a OR) b", 5..6, "term was expected"),
        ("a p95(d):>1s", 2..12, "aggregate"),
        ("key:(a b)", 4..5, "must be in quotes"),
        ("key:[a,,b]", 7..7, "item of the list"),
    ];
    for (query, at, message) in cases {
        let error = parse(query).expect_err(query);
        assert_eq!(error.at, at, "{query}: {}", error.message);
        assert!(
            error.message.contains(message),
            "{query}: {}",
            error.message
        );
    }
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
    use TokenKind::*;
    let kinds = |query: &str| {
        tokens(query)
            .iter()
            .map(|token| token.kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        kinds("!a:>5 OR has:b word"),
        [
            Operator, Key, Operator, Operator, Value, Keyword, Keyword, Operator, Key, Text
        ]
    );
    assert_eq!(kinds("a: \"b"), [Key, Error, Error]);
    assert_eq!(
        kinds("a:[b, c]"),
        [Key, Operator, Operator, Value, Operator, Value, Operator]
    );
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
        ("", "k", "", false, "k:\"\""),
        ("", "k", ">5", false, "k:\">5\""),
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
        "[\\\\\"*():!<>=\\[\\], /µéA-C1-9]{1,3}",
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn any_term() -> impl Strategy<Value = Expr> {
    let key = any_text().prop_filter("a key is not empty", |key| !key.is_empty());
    let comparison = prop_oneof![
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Greater),
        Just(Comparison::GreaterOrEqual),
    ];
    let pattern = (
        any_text(),
        prop::collection::vec(any_text(), 1..3),
        any_text(),
    );
    let pattern = pattern.prop_map(|(first, rest, last)| {
        let rest = rest.into_iter().filter(|piece| !piece.is_empty());
        let pieces = std::iter::once(first).chain(rest).chain([last]);
        Pattern {
            pieces: pieces.map(|piece| piece.to_lowercase()).collect(),
        }
    });
    let pattern = pattern.prop_filter("stars alone are a test of presence", |pattern| {
        pattern.pieces.iter().any(|piece| !piece.is_empty())
    });
    let test = prop_oneof![
        Just(Test::Present),
        any_text().prop_map(Test::Equals),
        pattern.prop_map(Test::Matches),
        (comparison, prop::num::f64::NORMAL).prop_map(|(by, value)| Test::Compare(by, value)),
    ];
    let text = any_text().prop_filter("text is not empty", |text| !text.is_empty());
    let word = any_text().prop_map(|text| format!("{text}w").to_lowercase());
    let words = prop::collection::vec(word, 2..4);
    let words = words.prop_map(|words| {
        let pieces = std::iter::once(String::new())
            .chain(words)
            .chain([String::new()]);
        term(
            "",
            Test::Matches(Pattern {
                pieces: pieces.collect(),
            }),
        )
    });
    prop_oneof![
        (key, test).prop_map(|(key, test)| term(&key, test)),
        text.prop_map(|text| contains(&text)),
        words,
    ]
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
    fn what_is_written_reads_the_same(expr in any_expr()) {
        let text = expr.to_string();
        prop_assert_eq!(parse(&text), Ok(expr), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![any_text(), ".*"]) {
        if let Err(error) = parse(&text) {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
            error.marked(&text);
        } else {
            let again = parse(&parse(&text).expect("it was read before").to_string());
            prop_assert_eq!(parse(&text), again);
        }
        let mut end = 0;
        for token in tokens(&text) {
            prop_assert!(end <= token.range.start && text.get(token.range.clone()).is_some());
            end = token.range.end;
        }
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
