//! Aggregates, what is computed over many records at once, and how they are written; `aggregate_reader` reads them.
//!
//! `count()`, `failure_rate()`, `failure_count()`, `epm()` and `eps()` (events a minute, a second) stand alone.
//! `count_unique(x)`, `sum(x)`, `avg(x)`, `min(x)`, `max(x)`, `p50(x)`, `p75(x)`, `p90(x)`, `p95(x)`, `p99(x)` and
//! `p100(x)` take an attribute, in quotes where its name has spaces, commas or parentheses. `apdex(300)` and
//! `user_misery(300)` take a threshold in milliseconds or with a unit (`1.5s`); without one it is 300 ms.
//!
//! Their `Display` is the one writing of each: it parses to the same aggregate and names columns of answers.

use super::printer::quote_key;
use std::fmt::{self, Display, Formatter};

/// One number over many records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// How many records.
    Count,
    /// How many different values an attribute has. `user` is whoever is named: by id, else by name or mail.
    CountUnique(String),
    /// The sum of an attribute's numbers.
    Sum(String),
    /// Their mean.
    Avg(String),
    /// The least of them.
    Min(String),
    /// The greatest of them.
    Max(String),
    /// A percentile of them, with linear interpolation between the closest ranks.
    Percentile(Percent, String),
    /// The share of records that failed, 0 to 1.
    FailureRate,
    /// How many records failed.
    FailureCount,
    /// Records a minute.
    Epm,
    /// Records a second.
    Eps,
    /// How satisfied one may be with durations: 1 up to the threshold, a half up to four times it, else 0; the mean.
    Apdex(Threshold),
    /// The share of users who met a duration beyond four times the threshold, drawn towards 5 % while users are few.
    UserMisery(Threshold),
}

/// The percentiles there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Percent {
    /// The median.
    P50,
    /// Three quarters lie below.
    P75,
    /// Nine tenths lie below.
    P90,
    /// 95 % lie below.
    P95,
    /// 99 % lie below.
    P99,
    /// The greatest.
    P100,
}

impl Percent {
    /// All of them, with the name of their function.
    pub const ALL: [(&'static str, Self); 6] = [
        ("p50", Self::P50),
        ("p75", Self::P75),
        ("p90", Self::P90),
        ("p95", Self::P95),
        ("p99", Self::P99),
        ("p100", Self::P100),
    ];

    /// The share of values that lie below, 0 to 1.
    pub fn share(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P75 => 0.75,
            Self::P90 => 0.9,
            Self::P95 => 0.95,
            Self::P99 => 0.99,
            Self::P100 => 1.0,
        }
    }

    fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, percent)| *percent == self);
        known.map_or("p100", |(name, _)| name)
    }
}

/// A duration that is still fine, in nanoseconds; above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Threshold(pub i64);

impl Default for Threshold {
    fn default() -> Self {
        Self(300_000_000)
    }
}

impl Aggregate {
    /// The attribute it looks at; `None` where it looks at the records themselves.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Self::CountUnique(name)
            | Self::Sum(name)
            | Self::Avg(name)
            | Self::Min(name)
            | Self::Max(name)
            | Self::Percentile(_, name) => Some(name),
            _ => None,
        }
    }

    /// Whether that of several disjoint sets of records is the sum of theirs.
    pub fn adds_up(&self) -> bool {
        matches!(
            self,
            Self::Count | Self::Sum(_) | Self::FailureCount | Self::Epm | Self::Eps
        )
    }

    /// Whether it has the unit of its attribute, as a mean has and a number of values has not.
    pub fn keeps_unit(&self) -> bool {
        self.attribute().is_some() && !matches!(self, Self::CountUnique(_))
    }
}

impl Display for Aggregate {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Count => "count",
            Self::CountUnique(_) => "count_unique",
            Self::Sum(_) => "sum",
            Self::Avg(_) => "avg",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Percentile(percent, _) => percent.name(),
            Self::FailureRate => "failure_rate",
            Self::FailureCount => "failure_count",
            Self::Epm => "epm",
            Self::Eps => "eps",
            Self::Apdex(_) => "apdex",
            Self::UserMisery(_) => "user_misery",
        };
        match self {
            Self::Apdex(threshold) | Self::UserMisery(threshold) => {
                write!(out, "{name}({threshold})")
            }
            _ => write!(
                out,
                "{name}({})",
                self.attribute().map(quote_key).unwrap_or_default()
            ),
        }
    }
}

/// In milliseconds, without a unit; nanoseconds where those would not be exact.
impl Display for Threshold {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 1_000_000, self.0 % 1_000_000);
        match part {
            0 => write!(out, "{whole}"),
            _ => write!(out, "{}ns", self.0),
        }
    }
}
