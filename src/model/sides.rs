//! Two sets of records counted side by side, attribute by attribute: what a comparison of them starts from.

use super::Value;
use std::ops::AddAssign;
use std::sync::Arc;

/// How many records of each set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Of the set that is asked about.
    pub inside: u64,
    /// Of the set it is compared with.
    pub outside: u64,
}

impl Sides {
    /// Both together.
    pub fn total(self) -> u64 {
        self.inside + self.outside
    }

    /// What is left of `self` without `part`, which must be a part of it.
    pub fn without(self, part: Self) -> Self {
        Self {
            inside: self.inside.saturating_sub(part.inside),
            outside: self.outside.saturating_sub(part.outside),
        }
    }

    /// The share of each set that these records are; 0 of an empty set.
    pub fn shares(self, of: Self) -> [f64; 2] {
        let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
        [
            share(self.inside, of.inside),
            share(self.outside, of.outside),
        ]
    }
}

impl AddAssign for Sides {
    fn add_assign(&mut self, more: Self) {
        self.inside += more.inside;
        self.outside += more.outside;
    }
}

/// Numbers from `from` to before `to`, counted; `from` alone when both are the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The least number that belongs to it.
    pub from: f64,
    /// The least number that does not any more.
    pub to: f64,
    /// How many records have a number in between.
    pub count: Sides,
}

/// What was counted of one attribute's values. Records without the attribute are not in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Counted {
    /// Every value, in no order.
    Values(Vec<(Value, Sides)>),
    /// Numbers, too many different ones to list: counted in narrow steps, rising. `others` have a value that is none.
    Numbers { steps: Vec<Step>, others: Sides },
    /// Too many different values to be told apart; only that there is one was counted.
    Many(Sides),
}

/// One attribute in both sets.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeCounts {
    /// Its name.
    pub key: Arc<str>,
    /// Whether one of the searches that make the sets is about it, so that it differs by construction.
    pub asked: bool,
    /// What was counted.
    pub counted: Counted,
}

/// Two sets of records with all their attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// How many records each set has.
    pub records: Sides,
    /// Attributes that at least one of them has.
    pub attributes: Vec<AttributeCounts>,
}
