//! The search language, without knowledge of store or window: text to a typed tree and back.
//!
//! A search is a list of terms, separated by spaces, that must all hold:
//!
//! * `key:value` equals, `key:"two words"` likewise, `key:pre*` with wildcards, `key:""` is an empty value,
//!   `key:[a, "b c"]` is any of several; names with other signs than `_.-/@$#` are quoted, `"odd name":value`;
//! * `key:>5`, `key:>=1.5ms`, `key:<2mb` compare numbers; durations take `ns us µs ms s m h d w` and become
//!   nanoseconds, sizes take `kb mb gb tb` (1000) and `kib mib gib tib` (1024), plain numbers `k M b` (thousand,
//!   million, billion). What follows the operator and is no number is text: `release:>1.x` looks for `>1.x`;
//! * `tags[key]:value` is `key:value`;
//! * `has:key` holds when there is a value that is not empty, and so does `key:*`;
//! * any other word, and any `"phrase in quotes"`, is looked for inside the text of a record (a log's body, a span's
//!   name and description). `://`, `::` and a digit in front do not make a key, so that addresses, paths and times
//!   can be pasted as they are.
//!
//! `!` turns a term or group around. `OR` between terms asks for either, `AND` is what a space means; both in any case.
//! `AND` binds tighter, parentheses group. Inside words and quotes `\"`, `\*` and `\\` stand for the characters
//! themselves; any other backslash is one.
//!
//! [`parse`] makes the tree, its `Display` writes it back such that it parses to the same tree. [`tokens`] colours text
//! while it is typed, right or wrong. [`with_term`] is what a click on a value does to a search.

mod aggregate;
mod ast;
mod edit;
mod flag;
mod key;
mod lexeme;
mod lexer;
mod narrow;
mod number;
mod parser;
mod pattern;
mod printer;
mod regex;
#[cfg(test)]
mod tests;
mod time;

pub use ast::{Aggregate, Comparison, Expr, Moment, Pattern, Term, Test, ValueType};
pub use edit::with_term;
pub use flag::Flag;
pub use lexeme::{Token, TokenKind};
pub use lexer::tokens;
pub use narrow::{with_duration_range, without_key};
pub use number::number;
pub use parser::{SyntaxError, parse};
pub use printer::{quote, quote_key};
pub use regex::Regex;
pub use time::is_time_key;
