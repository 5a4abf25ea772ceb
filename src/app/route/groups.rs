//! Groups of records as part of a place: `by=a,b&agg=count()&order=+1`.

use super::{decode, names_from};

/// Groups of records: by what, what is computed over each, and their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupsPlace {
    /// Attributes: records with the same values are one group.
    pub keys: Vec<String>,
    /// What is computed, as typed: `count(), p95(duration)`; empty for the number of records.
    pub aggregates: String,
    /// The column they are sorted by, keys first, then aggregates; `None` for the first aggregate.
    pub column: Option<usize>,
    /// Whether the least or first come first.
    pub ascending: bool,
}

impl GroupsPlace {
    /// As in the text of a place: the number of a column, a `+` before it when ascending.
    pub(super) fn order_name(&self) -> String {
        let sign = if self.ascending { "+" } else { "" };
        self.column
            .map_or_else(String::new, |column| format!("{sign}{column}"))
    }

    /// Reads the fields of a place: keys, aggregates, order.
    pub(super) fn from_texts(keys: &str, aggregates: &str, order: &str) -> Option<Self> {
        let (column, ascending) = Self::order_from_name(order)?;
        Some(Self {
            keys: names_from(keys),
            aggregates: decode(aggregates),
            column,
            ascending,
        })
    }

    fn order_from_name(name: &str) -> Option<(Option<usize>, bool)> {
        if name.is_empty() {
            return Some((None, false));
        }
        let (number, ascending) = match name.strip_prefix('+') {
            Some(number) => (number, true),
            None => (name, false),
        };
        number.parse().ok().map(|column| (Some(column), ascending))
    }
}
