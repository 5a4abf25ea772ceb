//! Conditions on groups: which of them are wanted, once what they ask for is computed.

use crate::model::Value;
use crate::query::{Aggregate, Comparison, Expr};
use crate::store::{Filter, StoreError};

/// What groups have to fit.
pub(super) enum Condition {
    All,
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    /// The aggregate at a place of the list compares so. A group it cannot be computed for does not fit.
    Test(usize, Comparison, f64),
}

impl Condition {
    /// Parts a filter into what is asked of records and what is asked of groups. Aggregates that are asked for and not
    /// yet in the list are put at its end.
    ///
    /// # Errors
    /// When there is no such aggregate.
    pub fn part(
        filter: &Filter,
        aggregates: &mut Vec<Aggregate>,
    ) -> Result<(Filter, Self), StoreError> {
        let (search, groups) = filter.search.clone().split_having();
        let range = filter.range;
        Ok((Filter { search, range }, Self::new(&groups, aggregates)?))
    }

    fn new(expr: &Expr, aggregates: &mut Vec<Aggregate>) -> Result<Self, StoreError> {
        let mut all = |parts: &[Expr]| -> Result<Vec<Self>, StoreError> {
            parts
                .iter()
                .map(|part| Self::new(part, aggregates))
                .collect()
        };
        Ok(match expr {
            // The search keeps tests of records and of groups apart, so that none is left here.
            Expr::All | Expr::Term(_) | Expr::SomeSpan(_) => Self::All,
            Expr::And(parts) => Self::And(all(parts)?),
            Expr::Or(parts) => Self::Or(all(parts)?),
            Expr::Not(part) => Self::Not(Box::new(Self::new(part, aggregates)?)),
            Expr::Having(having) => {
                let unknown =
                    |error| StoreError::failed(&format!("ask groups for {having}"), error);
                let wanted = having.aggregate().map_err(unknown)?;
                let known = aggregates.iter().position(|known| *known == wanted);
                let place = known.unwrap_or(aggregates.len());
                if known.is_none() {
                    aggregates.push(wanted);
                }
                Self::Test(place, having.comparison, having.value)
            }
        })
    }

    /// Whether every group fits.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::All)
    }

    /// Whether a group fits, by its aggregates.
    pub fn holds(&self, value: &mut impl FnMut(usize) -> Value) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.holds(value)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(value)),
            Self::Not(part) => !part.holds(value),
            Self::Test(place, comparison, right) => value(*place)
                .as_f64()
                .is_some_and(|left| comparison.holds(left, *right)),
        }
    }
}
