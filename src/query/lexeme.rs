//! The pieces of a search: for the parser, and for the eye.

use super::ast::Comparison;
use super::flag::Flag;
use super::time::TimeLiteral;
use super::version::ReleasePart;
use std::ops::Range;

/// A piece of a search for the eye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it is, in bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: TokenKind,
}

/// What a piece of a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An attribute's name; a function with its arguments.
    Key,
    /// A colon, a comparison, a negation, a parenthesis, a bracket, a comma.
    Operator,
    /// What an attribute is tested against.
    Value,
    /// A word or phrase to look for.
    Text,
    /// `AND`, `OR`, `has`, `is`.
    Keyword,
    /// Something that cannot be read.
    Error,
}

/// A piece of a search for the parser.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lexeme {
    pub(super) at: Range<usize>,
    pub(super) kind: LexemeKind,
}

/// What a lexeme is. A key, `has`, `is` or a call is always followed by a colon, and that by what belongs there or by
/// an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LexemeKind {
    Open,
    Close,
    /// `{`, the beginning of what one span has to fit.
    BraceOpen,
    BraceClose,
    Not,
    And,
    Or,
    Has,
    Is,
    Flag(Flag),
    Key,
    /// A function with its arguments.
    Call,
    Colon,
    /// Followed by a number, a time or a version.
    Compare(Comparison),
    /// `=` or `!=`, followed by any value or list.
    Equal {
        negated: bool,
    },
    Number(f64),
    Time(TimeLiteral),
    Version(ReleasePart),
    /// With its slashes; not yet compiled.
    Regex,
    Value,
    ListOpen,
    Comma,
    ListClose,
    Text,
    Error(&'static str),
}

impl LexemeKind {
    pub(super) fn token(self) -> TokenKind {
        match self {
            Self::Open | Self::Close | Self::Not | Self::Colon => TokenKind::Operator,
            Self::BraceOpen | Self::BraceClose => TokenKind::Operator,
            Self::Compare(_) | Self::Equal { .. } => TokenKind::Operator,
            Self::ListOpen | Self::Comma | Self::ListClose => TokenKind::Operator,
            Self::And | Self::Or | Self::Has | Self::Is => TokenKind::Keyword,
            Self::Key | Self::Call => TokenKind::Key,
            Self::Number(_) | Self::Time(_) | Self::Flag(_) => TokenKind::Value,
            Self::Regex | Self::Value | Self::Version(_) => TokenKind::Value,
            Self::Text => TokenKind::Text,
            Self::Error(_) => TokenKind::Error,
        }
    }
}

/// The comparisons as they are written, longer ones first.
pub(super) const OPERATORS: [(&str, LexemeKind); 6] = [
    (">=", LexemeKind::Compare(Comparison::GreaterOrEqual)),
    ("<=", LexemeKind::Compare(Comparison::LessOrEqual)),
    ("!=", LexemeKind::Equal { negated: true }),
    (">", LexemeKind::Compare(Comparison::Greater)),
    ("<", LexemeKind::Compare(Comparison::Less)),
    ("=", LexemeKind::Equal { negated: false }),
];

/// What the lexer finds wrong.
pub(super) mod message {
    pub const NOT_CLOSED: &str = "this quote is not closed; a quote itself is written \\\"";
    pub const QUOTE_INSIDE: &str = "put all of it in quotes, or write the quote as \\\"";
    pub const AFTER_QUOTE: &str = "a space is missing after the closing quote";
    pub const NO_VALUE: &str = "a value is missing after the colon; an empty value is written \"\"";
    pub const NO_OPERAND: &str =
        "a value is missing after this comparison; to look for the sign itself, put it in quotes";
    pub const NO_NUMBER: &str =
        "a number is missing here, perhaps with a unit: 5, 1.5ms, 2MiB, 10%";
    pub const NO_KEY: &str = "the name of an attribute is missing after has:";
    pub const NO_FLAG: &str = "a flag is missing after is:, one of error, root, segment, traced";
    pub const NO_TERM: &str = "a term is missing after the exclamation mark";
    pub const PARENTHESIS: &str = "a value that begins with a parenthesis must be in quotes";
    pub const EMPTY_ITEM: &str = "an item of the list is missing; an empty value is written \"\"";
    pub const NOT_A_TIME: &str = "a time was expected: 2026-01-31, 2026-01-31T10:00:00Z, or -24h for the last day; text goes in quotes";
    pub const NOT_A_NUMBER: &str =
        "a number was expected here, perhaps with a unit: 5, 1.5ms, 2MiB, 10%";
    pub const NOT_A_VERSION: &str =
        "a version was expected here: 1.2, 2.0.0-rc.1; text goes in quotes";
    pub const NOT_A_BUILD: &str =
        "a build was expected here, numbers or words with dots between: 456, 20260131.7";
    pub const CALL: &str = "a function is written name(attribute, …):>number; to look for this as text, put it in quotes";
}
