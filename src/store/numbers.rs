//! The numbers that chosen records have under a name, and under which names they have some.

use super::column::Column;
use super::fields::{attribute_column, attribute_name};
use super::scan::{Scanner, Segment, Trouble};
use super::{Reader, StoreError};
use crate::model::CancelToken;
use crate::model::conventions::aliases_of;
use crate::model::record::RecordRef;
use rusqlite::params;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The rows of each segment, each with its place among the records given.
type Rows = BTreeMap<u32, Vec<(u32, u32)>>;

impl Reader {
    /// The names of attributes under which any of these records has a number, in alphabetical order.
    ///
    /// # Errors
    /// As with every question.
    pub fn number_keys(
        &self,
        refs: &[RecordRef],
        cancel: &CancelToken,
    ) -> Result<Vec<Arc<str>>, StoreError> {
        self.begin();
        let mut found: BTreeMap<Arc<str>, bool> = BTreeMap::new();
        for (segment, rows) in by_segment(refs) {
            let Some(segment) = self.segment_of(segment)? else {
                continue;
            };
            let columns = columns_with_numbers(&self.scanner, segment.id);
            for column in columns.map_err(StoreError::sql("list the attributes"))? {
                check(cancel)?;
                let Some(name) = attribute_name(&column) else {
                    continue;
                };
                if found.get(name).is_some_and(|has| *has) {
                    continue;
                }
                let numbers = self.column_of(&segment, &column)?;
                let has = |column: Arc<Column>| {
                    let mut rows = rows.iter();
                    rows.any(|(row, _)| number(&column, *row).is_some())
                };
                let has = numbers.is_some_and(has);
                *found.entry(name.into()).or_default() |= has;
            }
        }
        let found = found.into_iter().filter(|(_, has)| *has);
        Ok(found.map(|(name, _)| name).collect())
    }

    /// The numbers of these records under a name, or under another for the same, each with the record's place in `refs`;
    /// rising by place.
    ///
    /// # Errors
    /// As with every question.
    pub fn numbers(
        &self,
        refs: &[RecordRef],
        key: &str,
        cancel: &CancelToken,
    ) -> Result<Vec<(u32, f64)>, StoreError> {
        self.begin();
        let others = aliases_of(key).iter().filter(|name| **name != key);
        let names: Vec<&str> = std::iter::once(key).chain(others.copied()).collect();
        let mut found = Vec::new();
        for (segment, rows) in by_segment(refs) {
            check(cancel)?;
            let Some(segment) = self.segment_of(segment)? else {
                continue;
            };
            let mut columns = Vec::new();
            for name in &names {
                columns.extend(self.column_of(&segment, &attribute_column(name))?);
            }
            let value = |row: u32| columns.iter().find_map(|column| number(column, row));
            let numbers = rows.iter();
            found.extend(numbers.filter_map(|(row, place)| Some((*place, value(*row)?))));
        }
        found.sort_by_key(|(place, _)| *place);
        Ok(found)
    }

    fn segment_of(&self, id: u32) -> Result<Option<Segment>, StoreError> {
        let segment = self.scanner.segment(id);
        segment.map_err(StoreError::sql("find a segment"))
    }

    /// A column of a segment; damaged ones are noted and left out.
    fn column_of(&self, segment: &Segment, name: &str) -> Result<Option<Arc<Column>>, StoreError> {
        match self.scanner.column(&self.shared, segment, name) {
            Ok(column) => Ok(column),
            Err(Trouble::Damaged) => Ok(None),
            Err(Trouble::Failed(error)) => Err(error),
        }
    }
}

fn by_segment(refs: &[RecordRef]) -> Rows {
    let mut rows = Rows::new();
    for (place, at) in (0..).zip(refs) {
        rows.entry(at.segment).or_default().push((at.row, place));
    }
    rows
}

/// The columns of a segment that have numbers: those of which the least is known.
fn columns_with_numbers(scanner: &Scanner, segment: u32) -> rusqlite::Result<Vec<String>> {
    let sql =
        "SELECT attribute_key.name FROM segment_column JOIN attribute_key ON attribute_key.id = key
         WHERE segment = ?1 AND min IS NOT NULL ORDER BY attribute_key.name";
    let mut find = scanner.connection.prepare_cached(sql)?;
    let names = find.query_map(params![segment], |row| row.get(0))?;
    names.collect()
}

fn number(column: &Column, row: u32) -> Option<f64> {
    let number = column.value(row as usize)?.number();
    number.filter(|number| number.is_finite())
}

fn check(cancel: &CancelToken) -> Result<(), StoreError> {
    match cancel.is_cancelled() {
        true => Err(StoreError::Cancelled),
        false => Ok(()),
    }
}
