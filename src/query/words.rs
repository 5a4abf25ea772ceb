//! What a search looks for in messages, as texts that can be marked there.

use super::ast::{Expr, Term, Test};

/// Names of the message.
const MESSAGE: [&str; 3] = ["", "message", "body"];

/// The literal texts that a search looks for in the message, in the order they are written and in lower case, as case
/// does not count. Not what is negated, and not regular expressions.
pub fn words(search: &Expr) -> Vec<String> {
    let mut words = Vec::new();
    let mut parts = vec![search];
    while let Some(part) = parts.pop() {
        match part {
            Expr::And(inner) | Expr::Or(inner) => parts.extend(inner.iter().rev()),
            Expr::Term(Term { key, test }) if MESSAGE.contains(&key.as_str()) => {
                words.extend(of_test(test).into_iter().filter(|word| !word.is_empty()));
            }
            _ => {}
        }
    }
    words
}

fn of_test(test: &Test) -> Vec<String> {
    match test {
        Test::Equals(text) | Test::Contains(text) => vec![text.to_lowercase()],
        Test::Matches(pattern) => pattern.pieces.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;

    #[test]
    fn words_are_what_messages_are_searched_for() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[]),
            ("Timeout level:error", &["timeout"]),
            ("(a OR \"b C\") !d", &["a", "b c"]),
            ("message:*cart*paid", &["cart", "paid"]),
            ("user.id:7", &[]),
            ("connection refused", &["connection", "refused"]),
        ];
        for (text, expected) in cases {
            let search = parse(text).unwrap_or_default();
            let found = words(&search);
            let joined = found.join(" ");
            // Words side by side may be one text or several, as the language has it.
            assert_eq!(joined, expected.join(" "), "{text}");
        }
    }
}
