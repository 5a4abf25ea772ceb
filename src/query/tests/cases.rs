//! The table of cases, and trees in its notation.

use crate::query::time::instant_text;
use crate::query::{Expr, Moment, Term, Test, TokenKind, parse, tokens};

const CASES: &str = include_str!("cases.txt");

#[test]
fn every_case_of_the_table_holds() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let is_case = |line: &&str| {
        !line.is_empty() && !line.starts_with("# ") && !line.starts_with("## ") && *line != "#"
    };
    for line in CASES.lines().filter(is_case) {
        let (search, expected, sound) = match (line.split_once("  =>  "), line.split_once("  =!  "))
        {
            (Some((search, tree)), _) => (search, tree, true),
            (None, Some((search, error))) => (search, error, false),
            (None, None) => panic!("no case: {line}"),
        };
        let search = search.replace('␠', " ").replace('␉', "\t");
        count += 1;
        let (holds, found) = match (parse(&search), sound) {
            (Ok(tree), true) => (shape(&tree) == expected, shape(&tree)),
            (Err(error), false) => {
                let (at, words) = expected.split_once("  ").expect(line);
                let holds = at == format!("{:?}", error.at) && error.message.contains(words);
                (
                    holds && colours_an_error(&search),
                    format!("{:?}  {}", error.at, error.message),
                )
            }
            (Ok(tree), false) => (false, shape(&tree)),
            (Err(error), true) => (false, format!("{:?}  {}", error.at, error.message)),
        };
        if !holds {
            wrong.push(format!("{line}\n        found  {found}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 300, "{count}");
}

/// Errors of the text are coloured; those of how terms stand together are not, they are marked by their place.
fn colours_an_error(search: &str) -> bool {
    let of_logic = ["term", "parenthesis", "brace", "OR cannot", "turned around"];
    let Err(error) = parse(search) else {
        return false;
    };
    let coloured = tokens(search)
        .iter()
        .any(|token| token.kind == TokenKind::Error);
    coloured || of_logic.iter().any(|word| error.message.contains(word))
}

/// A tree in the notation of the table.
fn shape(expr: &Expr) -> String {
    let joined = |parts: &[Expr], sign: &str| {
        let parts: Vec<String> = parts.iter().map(shape).collect();
        format!("({})", parts.join(sign))
    };
    match expr {
        Expr::All => "*".to_owned(),
        Expr::And(parts) => joined(parts, " & "),
        Expr::Or(parts) => joined(parts, " | "),
        Expr::Not(part) => format!("!{}", shape(part)),
        Expr::Term(Term { key, test }) => test_shape(key, test),
        Expr::Having(having) => format!(
            "{}({}){}{}",
            having.function,
            having.arguments.join(";"),
            having.comparison,
            having.value
        ),
        Expr::SomeSpan(part) => format!("{{{}}}", shape(part)),
    }
}

fn test_shape(key: &str, test: &Test) -> String {
    match test {
        Test::Present => format!("{key}?"),
        Test::Equals(value) => format!("{key}={value}"),
        Test::Matches(pattern) => format!("{key}~{}", pattern.pieces.join("*")),
        Test::Contains(text) => format!("{key}'{text}'"),
        Test::Regex(regex) => format!("{key}/{}/", regex.source()),
        Test::Compare(comparison, value) => format!("{key}{comparison}{value}"),
        Test::Version(comparison, version) => format!("{key}{comparison}{version}"),
        Test::Time(comparison, Moment::At(at)) => format!("{key}{comparison}{}", instant_text(*at)),
        Test::Time(comparison, Moment::Ago(nanos)) => {
            format!("{key}{comparison}now-{}s", *nanos as f64 / 1e9)
        }
        Test::AnyItem(test) => test_shape(&format!("{key}[*]"), test),
        Test::Attribute(None, test) => test_shape(&format!("tags[{key}]"), test),
        Test::Attribute(Some(kind), test) => {
            test_shape(&format!("tags[{key},{}]", kind.name()), test)
        }
        Test::Is(flag) => format!("is:{}", flag.name()),
    }
}
