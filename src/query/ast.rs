//! The tree a search becomes.

use super::flag::Flag;
use super::regex::Regex;
use super::version::Version;
use crate::model::Nanos;
use std::cmp::Ordering;

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
    /// Groups of records that pass one test. Never beside a [`Expr::Term`] under one `OR` or one negation.
    Having(Having),
    /// Traces that have a span that holds for all of this. Never within another one.
    SomeSpan(Box<Expr>),
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

    /// The same search with every relative time made absolute: `now` is what `-24h` counts from.
    ///
    /// Trees that go to the store without this have their times counted from the last recorded instant.
    pub fn at(self, now: Nanos) -> Self {
        match self {
            Self::And(parts) => Self::And(parts.into_iter().map(|part| part.at(now)).collect()),
            Self::Or(parts) => Self::Or(parts.into_iter().map(|part| part.at(now)).collect()),
            Self::Not(part) => Self::Not(Box::new(part.at(now))),
            Self::Term(Term { key, test }) => {
                let test = match test {
                    Test::Time(comparison, moment) => {
                        Test::Time(comparison, Moment::At(moment.at(now)))
                    }
                    other => other,
                };
                Self::Term(Term { key, test })
            }
            Self::SomeSpan(part) => Self::SomeSpan(Box::new(part.at(now))),
            Self::All | Self::Having(_) => self,
        }
    }

    /// Parts a search into what is asked of records and what is asked of groups of them, both to hold.
    pub fn split_having(self) -> (Self, Self) {
        let parts = match self {
            Self::And(parts) => parts,
            other => vec![other],
        };
        let (groups, records): (Vec<Self>, Vec<Self>) =
            parts.into_iter().partition(|part| part.mentions().1);
        (Self::all_of(records), Self::all_of(groups))
    }

    /// The attributes that its tests of records are about; flags and free text name none.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        let mut left = vec![self];
        while let Some(part) = left.pop() {
            match part {
                Self::Term(term) if !term.key.is_empty() => keys.push(&*term.key),
                Self::Not(part) | Self::SomeSpan(part) => left.push(part),
                Self::And(parts) | Self::Or(parts) => left.extend(parts),
                Self::All | Self::Term(_) | Self::Having(_) => {}
            }
        }
        keys
    }

    /// Whether a part of it asks for a span of its own.
    pub fn has_braces(&self) -> bool {
        match self {
            Self::SomeSpan(_) => true,
            Self::All | Self::Term(_) | Self::Having(_) => false,
            Self::Not(part) => part.has_braces(),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::has_braces),
        }
    }

    /// Whether there are tests of records in it, and whether there are tests of groups.
    pub(super) fn mentions(&self) -> (bool, bool) {
        match self {
            Self::All => (false, false),
            Self::Term(_) | Self::SomeSpan(_) => (true, false),
            Self::Having(_) => (false, true),
            Self::Not(part) => part.mentions(),
            Self::And(parts) | Self::Or(parts) => {
                parts
                    .iter()
                    .fold((false, false), |(records, groups), part| {
                        let (more_records, more_groups) = part.mentions();
                        (records || more_records, groups || more_groups)
                    })
            }
        }
    }
}

/// One test of what a function makes of a group of records, `p95(span.duration):>1s`.
#[derive(Clone, Debug, PartialEq)]
pub struct Having {
    /// Its name as written: `count`, `p95`, `failure_rate`.
    pub function: String,
    /// What it is applied to: attribute names, numbers, texts. `count()` has none.
    pub arguments: Vec<String>,
    /// How its result compares.
    pub comparison: Comparison,
    /// What it is compared with. Durations are in nanoseconds, sizes in bytes, `10%` is 0.1.
    pub value: f64,
}

/// One test of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The attribute's original or canonical name; empty for free text and for flags.
    pub key: String,
    /// What must hold for it. A record without the attribute fails every test.
    pub test: Test,
}

impl Term {
    /// A comparison turned around, `k:<=5` for `k:>5`; `None` of any other test. What has no such value passes neither.
    pub(super) fn turned(&self) -> Option<Self> {
        let test = self.test.turned()?;
        let key = self.key.clone();
        Some(Self { key, test })
    }
}

/// What must hold for a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is there, and not empty.
    Present,
    /// Its text is exactly this (case counts). Numbers compare by value: `5` equals `5.0`, and `1.5ms` equals 1500000;
    /// so do booleans: `TRUE` and `1` equal a true one.
    Equals(String),
    /// Its whole text fits the pattern (case does not count).
    Matches(Pattern),
    /// Its text has this somewhere (case does not count). Free text is this.
    Contains(String),
    /// The regular expression is found in its text (case counts unless the expression says otherwise).
    Regex(Regex),
    /// It is a number and compares so; never [`Comparison::Equal`]. Durations are in nanoseconds.
    Compare(Comparison, f64),
    /// It is the record's time and compares so; never [`Comparison::Equal`].
    Time(Comparison, Moment),
    /// It is a version (or a build of one), or a release with one in it, and compares so by precedence.
    Version(Comparison, Version),
    /// It is a list, and one of its items passes.
    AnyItem(Box<Test>),
    /// It is an attribute of exactly this name, not a field of the record or another name for the same, and passes. With
    /// a type only values of that type do.
    Attribute(Option<ValueType>, Box<Test>),
    /// The record is of this sort. Stands without a key.
    Is(Flag),
}

impl Test {
    fn turned(&self) -> Option<Self> {
        match self {
            Self::Compare(comparison, value) => Some(Self::Compare(comparison.turned()?, *value)),
            Self::Time(comparison, moment) => Some(Self::Time(comparison.turned()?, *moment)),
            Self::Version(comparison, version) => {
                Some(Self::Version(comparison.turned()?, version.clone()))
            }
            Self::Attribute(kind, test) => Some(Self::Attribute(*kind, Box::new(test.turned()?))),
            _ => None,
        }
    }
}

/// A point in time as a search says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// This instant.
    At(Nanos),
    /// So many nanoseconds before now.
    Ago(i64),
}

impl Moment {
    /// The instant, seen from `now`.
    pub fn at(self, now: Nanos) -> Nanos {
        match self {
            Self::At(instant) => instant,
            Self::Ago(nanos) => now + nanos.saturating_neg(),
        }
    }
}

/// The types of values a search can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// Text.
    String,
    /// An integer or a float.
    Number,
    /// True or false.
    Boolean,
    /// A list of values.
    Array,
}

impl ValueType {
    /// All of them, by name.
    pub(super) const ALL: [(&'static str, Self); 4] = [
        ("string", Self::String),
        ("number", Self::Number),
        ("boolean", Self::Boolean),
        ("array", Self::Array),
    ];

    /// Its name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
        }
    }
}

/// How numbers and times compare.
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
    /// `=`, of aggregates only: that a value is equal is [`Test::Equals`].
    Equal,
}

impl Comparison {
    /// The one that holds where this one does not; there is none for [`Comparison::Equal`].
    fn turned(self) -> Option<Self> {
        match self {
            Self::Less => Some(Self::GreaterOrEqual),
            Self::LessOrEqual => Some(Self::Greater),
            Self::Greater => Some(Self::LessOrEqual),
            Self::GreaterOrEqual => Some(Self::Less),
            Self::Equal => None,
        }
    }

    /// Whether what compares to another value in this way stands in this relation to it.
    pub fn allows(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Equal => order.is_eq(),
        }
    }

    /// Whether `left` stands in this relation to `right`.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Equal => left == right,
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
