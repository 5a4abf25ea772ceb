//! What an insight is: a table whose columns know their unit.
//!
//! Modules fill rows; whoever shows them needs to know the columns, not the modules.

use super::Module;
use crate::analysis::normalise::group;
use crate::model::TimeRange;
use crate::model::record::RecordRef;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name for scripts, which never changes.
    pub name: &'static str,
    /// Its heading for people.
    pub title: &'static str,
    /// What its cells mean.
    pub unit: Unit,
    /// Whether people see it in a table of the usual width.
    pub shown: bool,
}

/// What a cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Words.
    Text,
    /// How many.
    Count,
    /// How many a minute.
    PerMinute,
    /// Nanoseconds.
    Duration,
    /// An instant, nanoseconds since the epoch.
    Time,
    /// Part of a whole, 0 to 1.
    Share,
    /// Bytes.
    Bytes,
    /// United States dollars.
    Dollars,
    /// A number without a unit, such as Apdex.
    Number,
    /// Several words.
    List,
    /// Words with how many of each.
    Counts,
    /// A span that shows it.
    Span,
}

impl Unit {
    /// Whether its cells are numbers, which are aligned right.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::Text | Self::List | Self::Counts)
    }
}

/// A column that people see.
pub(super) const fn column(name: &'static str, title: &'static str, unit: Unit) -> Column {
    Column {
        name,
        title,
        unit,
        shown: true,
    }
}

/// A column for scripts and details.
pub(super) const fn detail(name: &'static str, title: &'static str, unit: Unit) -> Column {
    Column {
        shown: false,
        ..column(name, title, unit)
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing that could be said.
    None,
    /// Words.
    Text(Arc<str>),
    /// A whole number: a count, nanoseconds.
    Int(i64),
    /// Any number.
    Float(f64),
    /// Several words.
    List(Vec<Arc<str>>),
    /// Words with how many of each.
    Counts(Vec<(Arc<str>, u64)>),
    /// Where a span lies.
    Span(RecordRef),
}

impl Cell {
    /// Words; nothing when they are empty.
    pub(super) fn text(text: &Arc<str>) -> Self {
        match text.is_empty() {
            true => Self::None,
            false => Self::Text(text.clone()),
        }
    }

    /// How many.
    pub(super) fn count(count: u64) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A part of a whole; nothing of nothing.
    pub(super) fn share(part: u64, whole: u64) -> Self {
        Self::ratio(part as f64, whole as f64)
    }

    /// As [`Self::share`] for any numbers.
    pub(super) fn ratio(part: f64, whole: f64) -> Self {
        match whole > 0.0 {
            true => Self::Float(part / whole),
            false => Self::None,
        }
    }

    /// A number that may be missing.
    pub(super) fn int(number: Option<i64>) -> Self {
        number.map_or(Self::None, Self::Int)
    }

    /// The words in it, as they tell groups apart; empty for anything else.
    pub fn words(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::List(list) => list.join(", "),
            _ => String::new(),
        }
    }

    /// The number in it.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(own), Self::Int(other)) => own.cmp(other),
            (Self::Text(own), Self::Text(other)) => own.cmp(other),
            (Self::List(own), Self::List(other)) => own.cmp(other),
            (Self::Counts(own), Self::Counts(other)) => own.len().cmp(&other.len()),
            _ => match (self.number(), other.number()) {
                (Some(own), Some(other)) => own.total_cmp(&other),
                _ => Ordering::Equal,
            },
        }
    }
}

/// An insight: a row a group.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is about.
    pub module: Module,
    /// The columns: those that tell groups apart first.
    pub columns: Vec<Column>,
    /// A cell a column, the greatest of the module's own order first.
    pub rows: Vec<Vec<Cell>>,
    /// The time that rates refer to: the filter's range, or from the first recorded span to the last where it is open.
    pub time: Option<TimeRange>,
    /// What is to be known of the figures, a sentence each.
    pub notes: Vec<String>,
}

impl Table {
    /// A table without notes.
    pub fn of(
        module: Module,
        columns: impl Into<Vec<Column>>,
        rows: Vec<Vec<Cell>>,
        time: Option<TimeRange>,
    ) -> Self {
        Self {
            module,
            columns: columns.into(),
            rows,
            time,
            notes: Vec::new(),
        }
    }

    /// Sorted by a column, by its name.
    pub fn greatest_first(mut self, column: &str) -> Self {
        let column = self.column(column).unwrap_or_default();
        self.sort(column, true);
        self
    }

    /// The place of a column by its name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The cell of a row in a column by its name.
    pub fn cell(&self, row: usize, name: &str) -> Option<&Cell> {
        self.rows.get(row)?.get(self.column(name)?)
    }

    /// Sorts by a column; what has no value comes last either way, equal rows by the columns that tell them apart.
    pub fn sort(&mut self, column: usize, descending: bool) {
        self.rows
            .sort_by(|left, right| compare(left, right, column, descending));
    }

    /// The places of the rows in the order that [`Self::sort`] would bring them into.
    pub fn order(&self, column: usize, descending: bool) -> Vec<u32> {
        let mut order: Vec<u32> = (0u32..).take(self.rows.len()).collect();
        let row = |place: u32| self.rows.get(place as usize).map_or(&[][..], Vec::as_slice);
        order.sort_by(|left, right| compare(row(*left), row(*right), column, descending));
        order
    }

    /// The places of the columns that tell rows apart: the first ones that people see.
    pub fn keys(&self) -> impl Iterator<Item = usize> {
        let columns = self.columns.iter().enumerate();
        let words =
            columns.take_while(|(_, column)| matches!(column.unit, Unit::Text | Unit::List));
        words
            .filter(|(_, column)| column.shown)
            .map(|(place, _)| place)
    }

    /// What tells a row from the others, the same under any filter: a short name for places and links.
    pub fn key(&self, row: usize) -> Option<String> {
        let row = self.rows.get(row)?;
        Some(key_of(self.keys().filter_map(|place| row.get(place))))
    }

    /// The place of the row with this key.
    pub fn find(&self, key: &str) -> Option<usize> {
        (0..self.rows.len()).find(|row| self.key(*row).as_deref() == Some(key))
    }
}

/// Texts by the attribute they are values of.
pub(super) type Texts = BTreeMap<&'static str, BTreeSet<Arc<str>>>;

/// The key of a row by the cells that tell it from others.
pub(super) fn key_of<'a>(cells: impl Iterator<Item = &'a Cell>) -> String {
    let texts: Vec<String> = cells.map(Cell::words).collect();
    group(&texts.join("\0"))
}

fn compare(left: &[Cell], right: &[Cell], column: usize, descending: bool) -> Ordering {
    let place = |row: &'_ [Cell]| row.get(column).cloned().unwrap_or(Cell::None);
    let (own, other) = (place(left), place(right));
    let missing = matches!(own, Cell::None).cmp(&matches!(other, Cell::None));
    let order = own.compare(&other);
    let order = if descending { order.reverse() } else { order };
    missing.then(order).then_with(|| {
        let both = left.iter().zip(right);
        let orders = both.map(|(own, other)| own.compare(other));
        let mut different = orders.filter(|order| order.is_ne());
        different.next().unwrap_or(Ordering::Equal)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_comes_last() {
        let columns = vec![
            column("name", "Name", Unit::Text),
            column("count", "Count", Unit::Count),
        ];
        let row = |name: &str, count| vec![Cell::Text(name.into()), count];
        let rows = vec![
            row("a", Cell::None),
            row("c", Cell::Int(2)),
            row("b", Cell::Int(2)),
            row("d", Cell::Float(7.5)),
        ];
        let mut table = Table {
            module: Module::Queries,
            columns,
            rows,
            time: None,
            notes: Vec::new(),
        };
        let names = |table: &Table| -> String {
            let name = |row: &Vec<Cell>| match &row[0] {
                Cell::Text(name) => name.to_string(),
                _ => String::new(),
            };
            table.rows.iter().map(name).collect()
        };
        table.sort(1, true);
        assert_eq!(names(&table), "dbca");
        table.sort(1, false);
        assert_eq!(names(&table), "bcda");
        let before = table.rows.clone();
        let order = table.order(1, true);
        table.sort(1, true);
        let ordered: Vec<_> = order
            .iter()
            .map(|at| before[*at as usize].clone())
            .collect();
        assert_eq!(table.rows, ordered);
        let key = table.key(1).unwrap();
        table.sort(0, false);
        assert_eq!(table.find(&key), Some(1), "b comes second either way");
        assert_eq!(table.find("x"), None);
    }
}
