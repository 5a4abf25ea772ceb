//! Aggregates as text: read into values, with the place and reason of what is wrong, and into coloured pieces.

use super::aggregate::{Aggregate, Percent, Threshold};
use super::key::quoted_len;
use super::lexeme::{Token, TokenKind};
use super::number::number;
use super::parser::SyntaxError;
use std::ops::Range;
use std::str::FromStr;

impl FromStr for Aggregate {
    type Err = SyntaxError;

    /// Reads one aggregate.
    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        let mut list = parse_aggregates(text)?.into_iter();
        match (list.next(), list.next()) {
            (Some(aggregate), None) => Ok(aggregate),
            _ => fail(0..text.len(), "only one aggregate is wanted here"),
        }
    }
}

/// Reads a list of aggregates, separated by commas: `count(), p95(span.duration)`.
pub fn parse_aggregates(text: &str) -> Result<Vec<Aggregate>, SyntaxError> {
    let mut reading = Reading { text, at: 0 };
    let mut list = Vec::new();
    loop {
        list.push(reading.aggregate()?);
        reading.spaces();
        if reading.at == text.len() {
            return Ok(list);
        }
        if !reading.take(',') {
            let rest = reading.at..text.len();
            return fail(rest, "a comma is missing before the next aggregate");
        }
    }
}

/// The pieces of a list of aggregates in order, right or wrong; only spaces are left out.
pub fn aggregate_tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut at, mut within) = (0, false);
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        let (len, kind) = match next {
            _ if next.is_whitespace() => {
                at += next.len_utf8();
                continue;
            }
            '(' | ')' | ',' => {
                within = next == '(' || within && next == ',';
                (1, TokenKind::Operator)
            }
            '"' => match quoted_len(rest) {
                Some(len) => (len, TokenKind::Key),
                None => (rest.len(), TokenKind::Error),
            },
            _ => {
                let end = rest.find([',', '(', ')', '"']).unwrap_or(rest.len());
                let word = rest[..end].trim_end();
                let is_known = || FUNCTIONS.contains(&word.to_ascii_lowercase().as_str());
                let kind = match within {
                    true => TokenKind::Key,
                    false if is_known() => TokenKind::Keyword,
                    false => TokenKind::Error,
                };
                (word.len(), kind)
            }
        };
        let range = at..at + len;
        at = range.end;
        tokens.push(Token { range, kind });
    }
    tokens
}

/// The functions there are.
pub const FUNCTIONS: [&str; 18] = [
    "count",
    "count_unique",
    "sum",
    "avg",
    "min",
    "max",
    "p50",
    "p75",
    "p90",
    "p95",
    "p99",
    "p100",
    "failure_rate",
    "failure_count",
    "epm",
    "eps",
    "apdex",
    "user_misery",
];

/// What stands between the parentheses, with its place.
struct Argument {
    text: String,
    at: Range<usize>,
    quoted: bool,
}

struct Reading<'a> {
    text: &'a str,
    at: usize,
}

impl Reading<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.rest().starts_with(wanted);
        if is_there {
            self.at += wanted.len_utf8();
        }
        is_there
    }

    fn aggregate(&mut self) -> Result<Aggregate, SyntaxError> {
        self.spaces();
        let start = self.at;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = self.rest().find(|c| !is_name(c));
        self.at = start + length.unwrap_or(self.rest().len());
        let name = start..self.at;
        if name.is_empty() {
            return fail(
                start..self.text.len(),
                "an aggregate was expected here, such as count()",
            );
        }
        self.spaces();
        if !self.take('(') {
            let what = "a parenthesis is missing after the function; without an attribute write ()";
            return fail(name, what);
        }
        let argument = self.argument()?;
        self.spaces();
        if !self.take(')') {
            return fail(start..self.text.len(), "this parenthesis is not closed");
        }
        let function = self.text.get(name.clone()).unwrap_or_default();
        made(&function.to_ascii_lowercase(), name, argument)
    }

    fn argument(&mut self) -> Result<Argument, SyntaxError> {
        self.spaces();
        let start = self.at;
        if self.take('"') {
            return self.quoted(start);
        }
        let length = self.rest().find([',', '(', ')', '"']);
        self.at = start + length.unwrap_or(self.rest().len());
        let text = self.text.get(start..self.at).unwrap_or_default().trim_end();
        Ok(Argument {
            text: text.to_owned(),
            at: start..start + text.len(),
            quoted: false,
        })
    }

    fn quoted(&mut self, start: usize) -> Result<Argument, SyntaxError> {
        let mut text = String::new();
        let mut letters = self.rest().char_indices();
        while let Some((place, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.at += place + 1;
                    return Ok(Argument {
                        text,
                        at: start..self.at,
                        quoted: true,
                    });
                }
                '\\' => {
                    let next = letters.clone().next().map(|(_, next)| next);
                    match next.filter(|next| matches!(next, '"' | '*' | '\\')) {
                        Some(escaped) => {
                            text.push(escaped);
                            letters.next();
                        }
                        None => text.push('\\'),
                    }
                }
                _ => text.push(letter),
            }
        }
        fail(start..self.text.len(), "this quote is not closed")
    }
}

fn made(name: &str, at: Range<usize>, argument: Argument) -> Result<Aggregate, SyntaxError> {
    let alone = match name {
        "count" => Some(Aggregate::Count),
        "failure_rate" => Some(Aggregate::FailureRate),
        "failure_count" => Some(Aggregate::FailureCount),
        "epm" => Some(Aggregate::Epm),
        "eps" => Some(Aggregate::Eps),
        _ => None,
    };
    if let Some(aggregate) = alone {
        let is_bare = argument.text.is_empty() && !argument.quoted;
        return match is_bare {
            true => Ok(aggregate),
            false => fail(
                argument.at,
                &format!("{name} takes no attribute; write {name}()"),
            ),
        };
    }
    match name {
        "apdex" => return threshold(&argument).map(Aggregate::Apdex),
        "user_misery" => return threshold(&argument).map(Aggregate::UserMisery),
        _ => {}
    }
    let percent = Percent::ALL.iter().find(|(known, _)| *known == name);
    let of: fn(String) -> Aggregate = match name {
        "count_unique" => Aggregate::CountUnique,
        "sum" => Aggregate::Sum,
        "avg" => Aggregate::Avg,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        _ if percent.is_some() => |attribute| Aggregate::Percentile(Percent::P100, attribute),
        _ => return fail(at, UNKNOWN),
    };
    if argument.text.is_empty() {
        let what = format!("the name of an attribute is missing; write {name}(span.duration)");
        return fail(at, &what);
    }
    Ok(match (percent, of(argument.text)) {
        (Some((_, percent)), Aggregate::Percentile(_, attribute)) => {
            Aggregate::Percentile(*percent, attribute)
        }
        (_, aggregate) => aggregate,
    })
}

const UNKNOWN: &str = "there is no such function; there are count, count_unique, sum, avg, min, max, p50, p75, p90, \
                       p95, p99, p100, failure_rate, failure_count, epm, eps, apdex and user_misery";

fn threshold(argument: &Argument) -> Result<Threshold, SyntaxError> {
    if argument.text.is_empty() && !argument.quoted {
        return Ok(Threshold::default());
    }
    let is_plain = argument.text.ends_with(|c: char| c.is_ascii_digit());
    let factor = if is_plain { 1e6 } else { 1.0 };
    let nanos = number(&argument.text).map(|value| (value * factor).round());
    match nanos.filter(|nanos| (1.0..i64::MAX as f64).contains(nanos)) {
        Some(nanos) => Ok(Threshold(nanos as i64)),
        None => fail(
            argument.at.clone(),
            "a threshold above 0 was expected, in milliseconds or with a unit: 300 or 1.5s",
        ),
    }
}

/// Reads a length of time with its unit, `30s` or `1.5h`, in nanoseconds; `None` for anything else and for none at all.
pub fn parse_duration(text: &str) -> Option<i64> {
    const UNITS: [&str; 13] = [
        "ns", "us", "µs", "ms", "s", "m", "min", "h", "hr", "d", "day", "w", "wk",
    ];
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let nanos = number(text).filter(|_| UNITS.contains(&unit))?.round();
    (1.0..i64::MAX as f64)
        .contains(&nanos)
        .then_some(nanos as i64)
}

fn fail<T>(at: Range<usize>, message: &str) -> Result<T, SyntaxError> {
    Err(SyntaxError {
        at,
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn percentile(percent: Percent) -> Aggregate {
        Aggregate::Percentile(percent, "span.duration".to_owned())
    }

    #[test]
    fn aggregates_are_read_and_written_in_one_way() {
        let cases = [
            ("count()", Aggregate::Count, "count()"),
            (" COUNT ( ) ", Aggregate::Count, "count()"),
            (
                "p95(span.duration)",
                percentile(Percent::P95),
                "p95(span.duration)",
            ),
            (
                "p100( span.duration )",
                percentile(Percent::P100),
                "p100(span.duration)",
            ),
            (
                r#"sum("my tokens, all")"#,
                Aggregate::Sum("my tokens, all".to_owned()),
                r#"sum("my tokens, all")"#,
            ),
            (
                r#"min("a\"b\\c\d")"#,
                Aggregate::Min(r#"a"b\c\d"#.to_owned()),
                r#"min("a\"b\\c\\d")"#,
            ),
            (
                "count_unique(user.id)",
                Aggregate::CountUnique("user.id".to_owned()),
                "count_unique(user.id)",
            ),
            ("failure_rate()", Aggregate::FailureRate, "failure_rate()"),
            ("epm()", Aggregate::Epm, "epm()"),
            (
                "apdex(300)",
                Aggregate::Apdex(Threshold(300_000_000)),
                "apdex(300)",
            ),
            (
                "apdex()",
                Aggregate::Apdex(Threshold(300_000_000)),
                "apdex(300)",
            ),
            (
                "apdex(0.5)",
                Aggregate::Apdex(Threshold(500_000)),
                "apdex(500000ns)",
            ),
            (
                "user_misery(1.5s)",
                Aggregate::UserMisery(Threshold(1_500_000_000)),
                "user_misery(1500)",
            ),
        ];
        for (text, expected, written) in cases {
            assert_eq!(text.parse(), Ok(expected.clone()), "{text}");
            assert_eq!(expected.to_string(), written);
            assert_eq!(written.parse(), Ok(expected));
        }
    }

    #[test]
    fn lists_keep_their_order() {
        let list = parse_aggregates("count(),p50(span.duration) , p99(span.duration)").unwrap();
        assert_eq!(
            list,
            [
                Aggregate::Count,
                percentile(Percent::P50),
                percentile(Percent::P99)
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let cases = [
            ("", 0..0, "was expected"),
            ("count(),", 8..8, "was expected"),
            ("count", 0..5, "parenthesis is missing"),
            ("count(", 0..6, "not closed"),
            ("count(x)", 6..7, "takes no attribute"),
            ("count() sum(x)", 8..14, "comma"),
            ("count(),median(x)", 8..14, "no such function"),
            ("sum()", 0..3, "attribute is missing"),
            ("sum(a,b)", 0..8, "not closed"),
            ("sum(\"a)", 4..7, "quote is not closed"),
            ("apdex(fast)", 6..10, "threshold"),
            ("apdex(0)", 6..7, "threshold"),
            ("apdex(-5)", 6..8, "threshold"),
            ("ö(x)", 0..5, "was expected"),
        ];
        for (text, at, message) in cases {
            let error = parse_aggregates(text).unwrap_err();
            assert_eq!(error.at, at, "{text}: {}", error.message);
            assert!(error.message.contains(message), "{text}: {}", error.message);
        }
        assert!("count(),count()".parse::<Aggregate>().is_err());
    }

    #[test]
    fn tokens_colour_right_and_wrong_lists() {
        let pieces = |text: &str| -> Vec<(String, TokenKind)> {
            let tokens = aggregate_tokens(text).into_iter();
            tokens
                .map(|token| (text[token.range].to_owned(), token.kind))
                .collect()
        };
        let owned = |pieces: &[(&str, TokenKind)]| -> Vec<(String, TokenKind)> {
            let pieces = pieces.iter();
            pieces
                .map(|(text, kind)| ((*text).to_owned(), *kind))
                .collect()
        };
        use TokenKind::{Error, Key, Keyword, Operator};
        let good = [
            ("Count", Keyword),
            ("(", Operator),
            (")", Operator),
            (",", Operator),
            ("p95", Keyword),
            ("(", Operator),
            ("a b", Key),
            (")", Operator),
        ];
        assert_eq!(pieces("Count(), p95( a b )"), owned(&good));
        let bad = [
            ("p42", Error),
            ("(", Operator),
            ("x", Key),
            (")", Operator),
            (",", Operator),
            ("sum", Keyword),
            ("(", Operator),
            ("\"x", Error),
        ];
        assert_eq!(pieces("p42(x), sum(\"x"), owned(&bad));
    }

    #[test]
    fn every_function_is_in_the_list() {
        for name in FUNCTIONS {
            let with = format!("{name}(x)").parse::<Aggregate>();
            let without = format!("{name}()").parse::<Aggregate>();
            assert!(with.is_ok() || without.is_ok(), "{name}");
            assert!(UNKNOWN.contains(name), "{name}");
        }
    }

    #[test]
    fn lengths_of_time_need_a_unit() {
        let cases = [
            ("30s", Some(30_000_000_000)),
            ("1.5ms", Some(1_500_000)),
            ("5", None),
            ("5k", None),
            ("-5s", None),
            ("0s", None),
            ("99999999w", None),
            ("soon", None),
        ];
        for (text, nanos) in cases {
            assert_eq!(parse_duration(text), nanos, "{text}");
        }
    }

    #[test]
    fn only_what_adds_up_is_summed() {
        let adds = |text: &str| text.parse::<Aggregate>().unwrap().adds_up();
        assert!(adds("count()") && adds("sum(x)") && adds("failure_count()") && adds("epm()"));
        assert!(!adds("avg(x)") && !adds("p50(x)") && !adds("count_unique(x)"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_within_itself(text in "[a-z0-9(),\" \\\\äp]{0,24}") {
            match parse_aggregates(&text) {
                Ok(list) => {
                    let written: Vec<String> = list.iter().map(Aggregate::to_string).collect();
                    prop_assert_eq!(parse_aggregates(&written.join(",")).unwrap(), list);
                }
                Err(error) => prop_assert!(text.get(error.at).is_some()),
            }
            let mut end = 0;
            for token in aggregate_tokens(&text) {
                prop_assert_eq!(text.get(end..token.range.start).map(str::trim), Some(""));
                end = token.range.end;
            }
            prop_assert_eq!(text[end..].trim(), "");
        }

        #[test]
        fn any_attribute_and_threshold_survive_being_written(name in "\\PC{1,12}", nanos in 1..(1i64 << 50)) {
            for aggregate in [Aggregate::Sum(name), Aggregate::Apdex(Threshold(nanos))] {
                prop_assert_eq!(aggregate.to_string().parse(), Ok(aggregate));
            }
        }
    }
}
