//! Conditions on groups: where `p95(span.duration)` ends, and what its parts are.

use super::aggregate::Aggregate;
use super::ast::Having;
use super::key::{quoted_len, unescaped};
use super::parser::SyntaxError;
use super::printer::{escaped, quoted};
use std::fmt::{self, Display, Formatter};

/// A function with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub function: String,
    pub arguments: Vec<String>,
}

impl Call {
    /// Whether it is clear without a comparison behind it that a function is meant and no pasted text.
    pub fn is_known(&self) -> bool {
        const KNOWN: [&str; 16] = [
            "apdex",
            "user_misery",
            "count",
            "count_if",
            "count_unique",
            "sum",
            "avg",
            "min",
            "max",
            "percentile",
            "failure_rate",
            "failure_count",
            "epm",
            "eps",
            "tpm",
            "tps",
        ];
        let percentile = self.function.strip_prefix('p');
        KNOWN.contains(&self.function.as_str())
            || percentile.is_some_and(|rank| {
                !rank.is_empty() && rank.bytes().all(|byte| byte.is_ascii_digit())
            })
    }
}

/// The call at the start of a text, and its length; `None` when the text has another form.
pub(super) fn call(text: &str) -> Option<(usize, Call)> {
    let name_len = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let mut rest = text[name_len..].strip_prefix('(').filter(|_| starts_well)?;
    let mut arguments = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(')')
            && arguments.is_empty()
        {
            rest = after;
            break;
        }
        let len = match rest.starts_with('"') {
            true => quoted_len(rest)?,
            false => rest.find(|c: char| !is_plain(c)).filter(|len| *len > 0)?,
        };
        let argument = &rest[..len];
        let inner = argument.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        arguments.push(inner.map_or(argument.to_owned(), |inner| unescaped(inner).join("*")));
        rest = rest[len..].trim_start();
        let mut chars = rest.chars();
        let next = chars.next()?;
        rest = chars.as_str();
        match next {
            ',' => {}
            ')' => break,
            _ => return None,
        }
    }
    let function = text[..name_len].to_owned();
    Some((
        text.len() - rest.len(),
        Call {
            function,
            arguments,
        },
    ))
}

fn is_plain(c: char) -> bool {
    !(c.is_whitespace() || ",()\"\\".contains(c))
}

impl Having {
    /// What is computed over each group.
    ///
    /// # Errors
    /// When there is no such function, or its arguments are not for it.
    pub fn aggregate(&self) -> Result<Aggregate, SyntaxError> {
        self.call().parse()
    }

    /// The function with its arguments as it is written: `p95(span.duration)`.
    pub fn call(&self) -> String {
        let argument = |text: &String| match !text.is_empty() && text.chars().all(is_plain) {
            true => text.clone(),
            false => quoted(&escaped(text)),
        };
        let arguments: Vec<String> = self.arguments.iter().map(argument).collect();
        format!("{}({})", self.function, arguments.join(", "))
    }
}

impl Display for Having {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}{}", self.call(), self.comparison, self.value)
    }
}
