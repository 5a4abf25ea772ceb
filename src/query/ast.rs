//! The tree a search becomes.

/// A search: which records are meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Expr {
    /// Every record.
    #[default]
    All,
    /// Records that hold for every part.
    And(Vec<Expr>),
    /// Records that hold for at least one part.
    Or(Vec<Expr>),
    /// Records that do not hold for the part.
    Not(Box<Expr>),
    /// Records that pass one test.
    Term(Term),
}

impl Expr {
    /// All parts must hold. Nested lists become one, [`Expr::All`] falls out, a single part stays itself.
    pub fn all_of(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::All => {}
                Self::And(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        match all.len() {
            0 => Self::All,
            1 => all.swap_remove(0),
            _ => Self::And(all),
        }
    }

    /// At least one part must hold. Nested lists become one, a single part stays itself; no part means every record.
    pub fn any_of(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::Or(inner) => any.extend(inner),
                other => any.push(other),
            }
        }
        match any.len() {
            0 => Self::All,
            1 => any.swap_remove(0),
            _ => Self::Or(any),
        }
    }

    /// The part must not hold. Twice negated is not negated.
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

/// One test of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The attribute's original or canonical name; empty for free text.
    pub key: String,
    /// What must hold for it. A record without the attribute fails every test.
    pub test: Test,
}

/// What must hold for a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is there, and not empty.
    Present,
    /// Its text is exactly this (case counts). Numbers compare by value: `5` equals `5.0`.
    Equals(String),
    /// Its whole text fits the pattern (case does not count).
    Matches(Pattern),
    /// Its text has this somewhere (case does not count). Free text is this.
    Contains(String),
    /// It is a number and compares so. Durations are in nanoseconds.
    Compare(Comparison, f64),
}

/// How numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether `left` stands in this relation to `right`.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// A text with wildcards: literal pieces, with any run of characters between neighbours.
///
/// `a*b` is `["a", "b"]`, `*b` is `["", "b"]`. Always at least two pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The literal pieces, lower-cased.
    pub pieces: Vec<String>,
}
