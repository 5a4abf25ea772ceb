//! A module over time: its table for each of equal stretches, of one row or of all rows as one.
//!
//! Each stretch is computed by the code that computes the table, of the spans that began in it, so counts and sums add up to
//! those of the table.

use super::family::Family;
use super::over::Over;
use super::{Asked, Cell, Column, Module, Table, Unit, behind, tables, transactions};
use crate::model::{CancelToken, TimeRange};
use crate::query::{self, Expr};
use crate::store::{Reader, StoreError};
use std::sync::Arc;

/// A row over time.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is about.
    pub module: Module,
    /// The key of the row it is of; `None` for all of them.
    pub row: Option<String>,
    /// All of the time.
    pub range: TimeRange,
    /// The columns of the module's table.
    pub columns: Vec<Column>,
    /// A row a stretch of time, in order. Where there was nothing, counts and rates are 0 and the rest is missing.
    pub rows: Vec<Vec<Cell>>,
}

impl Series {
    /// The place of a column by its name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The numbers of a column.
    pub fn numbers(&self, name: &str) -> Vec<Option<f64>> {
        let place = self.column(name);
        let cell = |row: &Vec<Cell>| row.get(place?)?.number();
        self.rows.iter().map(cell).collect()
    }
}

/// A module over time; of a row of its table if one is given. `None` if there is no time to cut. What spans are to each other is
/// asked for only if the module needs it.
pub fn series(
    module: Module,
    reader: &Reader,
    (asked, family): (&Asked, &dyn Fn() -> Result<Arc<Family>, StoreError>),
    row: Option<(&Table, usize)>,
    stretches: usize,
    cancel: &CancelToken,
) -> Result<Option<Series>, StoreError> {
    let Some(range) = asked
        .time(reader, cancel)?
        .filter(|time| time.duration() > 0)
    else {
        return Ok(None);
    };
    let stretches = stretches.max(1);
    let key = row.and_then(|(table, row)| table.key(row));
    let tables = match module {
        Module::Transactions => {
            let (asked, name) = of_transaction(asked, row);
            transactions::over_time(reader, &asked, &name, (range, stretches), cancel)?
        }
        module => {
            let over = Over::new(range, stretches, row.is_none());
            tables(module, reader, asked, &*family()?, &over, cancel)?
        }
    };
    let columns = tables.first().map(|table| table.columns.clone());
    let columns = columns.unwrap_or_default();
    let is_only = module == Module::Transactions || key.is_none();
    let row_of = |table: Table| {
        let place = match (&key, is_only) {
            (Some(key), false) => table.find(key),
            _ => Some(0),
        };
        let row = place.and_then(|place| table.rows.into_iter().nth(place));
        row.unwrap_or_else(|| columns.iter().map(nothing).collect())
    };
    Ok(Some(Series {
        module,
        row: key.clone(),
        range,
        rows: tables.into_iter().map(row_of).collect(),
        columns,
    }))
}

/// The question narrowed to one transaction, and its name.
fn of_transaction(asked: &Asked, row: Option<(&Table, usize)>) -> (Asked, String) {
    let mut asked = asked.clone();
    let Some((table, row)) = row else {
        return (asked, String::new());
    };
    let own = behind::of_cells(table, row);
    let own = query::parse_filter(&own).unwrap_or_default();
    asked.filter.search = Expr::all_of([own, asked.filter.search]);
    let name = table.cell(row, "transaction").map(Cell::words);
    (asked, name.unwrap_or_default())
}

fn nothing(column: &Column) -> Cell {
    match column.unit {
        Unit::Count => Cell::Int(0),
        Unit::PerMinute => Cell::Float(0.0),
        _ => Cell::None,
    }
}
