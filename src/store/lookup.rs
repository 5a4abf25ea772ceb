//! The values behind a searched name: of one record, or tallied over many.
//!
//! A name may mean several columns ([`names_for`]); a record's value is that of the first one it has.

use super::bits::Bits;
use super::column::{Column, Dictionary};
use super::fields::{Field, attribute_column, column, names_for};
use super::numbered::{NUMBERED_FROM, Numbering};
use super::scan::{Resources, Scanner, Segment, Shared, Trouble};
use super::tally::Tally;
use super::value::ValueRef;
use super::{RecordKind, kind_number};
use crate::model::{SpanId, TraceId, Value};
use hashbrown::{Equivalent, HashMap};
use rusqlite::OptionalExtension;
use std::sync::Arc;

/// Numbers are looked up for all values of a dictionary, so at least one in so many should be wanted.
const NUMBERED_SHARE: usize = 8;

/// One searched name, ready to be looked up.
pub(super) struct Lookup<'a> {
    pub shared: &'a Shared,
    pub resources: &'a Resources,
    /// With whether any resource has such an attribute.
    pub fields: Vec<(Field, bool)>,
}

/// A value that can be a key: floats by their bits.
#[derive(Clone, Debug)]
pub(super) struct ValueKey(pub Value);

impl PartialEq for ValueKey {
    fn eq(&self, other: &Self) -> bool {
        ValueRef::of(&self.0) == ValueRef::of(&other.0)
    }
}

impl Eq for ValueKey {}

impl std::hash::Hash for ValueKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        ValueRef::of(&self.0).hash(state);
    }
}

impl Equivalent<ValueKey> for ValueRef<'_> {
    fn equivalent(&self, key: &ValueKey) -> bool {
        *self == ValueRef::of(&key.0)
    }
}

impl<'a> Lookup<'a> {
    pub fn new(shared: &'a Shared, resources: &'a Resources, key: &str) -> Self {
        Self::first_of(shared, resources, &[key])
    }

    /// As if these names were one: the value of the first that a record has.
    pub fn first_of(shared: &'a Shared, resources: &'a Resources, keys: &[&str]) -> Self {
        let inherited = |field: &Field| match field {
            Field::Builtin(_) => false,
            Field::Attribute(name) => resources
                .values()
                .flatten()
                .any(|(known, _)| **known == **name),
        };
        let fields = keys.iter().flat_map(|key| names_for(key)).map(|field| {
            let inherited = inherited(&field);
            (field, inherited)
        });
        let fields = fields.collect();
        Self {
            shared,
            resources,
            fields,
        }
    }

    /// Whether any record of a kind has a value, be it its resource's.
    pub fn knows(&self, scanner: &Scanner, kind: RecordKind) -> rusqlite::Result<bool> {
        for field in &self.fields {
            if is_known(scanner, kind, field)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Forgets names that no record of a kind has, so that they are not looked for in every segment.
    pub fn keep_known(&mut self, scanner: &Scanner, kind: RecordKind) -> rusqlite::Result<()> {
        let mut known = Vec::with_capacity(self.fields.len());
        for field in std::mem::take(&mut self.fields) {
            if is_known(scanner, kind, &field)? {
                known.push(field);
            }
        }
        self.fields = known;
        Ok(())
    }

    /// The value of one record.
    pub fn value(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        row: usize,
    ) -> Result<Option<Value>, Trouble> {
        for (field, _) in &self.fields {
            let value = match field {
                Field::Builtin(_) => self.builtin(scanner, segment, field, row)?,
                Field::Attribute(name) => self.attribute(scanner, segment, name, row)?,
            };
            if value.is_some() {
                return Ok(value);
            }
        }
        Ok(None)
    }

    fn builtin(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        field: &Field,
        row: usize,
    ) -> Result<Option<Value>, Trouble> {
        let Some(column) = self.column(scanner, segment, field)? else {
            return Ok(None);
        };
        let Some(value) = column.value(row) else {
            return Ok(None);
        };
        shown(scanner, field, value)
    }

    fn attribute(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        name: &str,
        row: usize,
    ) -> Result<Option<Value>, Trouble> {
        let own = scanner.column(self.shared, segment, &attribute_column(name))?;
        if let Some(value) = own.as_ref().and_then(|column| column.value(row)) {
            return Ok(Some(value.to_value()));
        }
        let ids = scanner.required(self.shared, segment, column::RESOURCE)?;
        Ok(self.of_resource(ids.int(row), name).cloned())
    }

    pub fn of_resource(&self, id: i64, name: &str) -> Option<&Value> {
        let attributes = self.resources.get(&id)?;
        let found = attributes.iter().find(|(known, _)| **known == *name);
        found.map(|(_, value)| value)
    }

    /// Adds the values of the selected rows to a tally: all of them, or with an error none.
    pub fn tally(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        mut left: Bits,
        tally: &mut Tally,
    ) -> Result<(), Trouble> {
        // All columns are read before the first value is counted, so that damage cannot come half-way.
        let columns = self.columns(scanner, segment)?;
        let inherits = self.fields.iter().any(|(_, inherited)| *inherited);
        let owners = if inherits {
            Some(scanner.required(self.shared, segment, column::RESOURCE)?)
        } else {
            None
        };
        for ((field, inherited), column) in self.fields.iter().zip(columns) {
            if left.is_empty() {
                break;
            }
            if let Some(column) = column {
                let numbering = || self.shared.numberings.of(field.name());
                let there = tally_column(scanner, field, &column, numbering, &left, tally)?;
                left.and_not(&there);
            }
            if let (Field::Attribute(name), Some(owners), true) = (field, &owners, *inherited) {
                self.tally_resources(owners, name, &mut left, tally);
            }
        }
        Ok(())
    }

    fn columns(
        &self,
        scanner: &Scanner,
        segment: &Segment,
    ) -> Result<Vec<Option<Arc<Column>>>, Trouble> {
        let column = |(field, _): &(Field, bool)| self.column(scanner, segment, field);
        self.fields.iter().map(column).collect()
    }

    /// The column a field lies in; `None` when no record of the segment has it.
    pub fn column(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        field: &Field,
    ) -> Result<Option<Arc<Column>>, Trouble> {
        match field {
            Field::Builtin(name) => scanner.column(self.shared, segment, name),
            Field::Attribute(name) => scanner.column(self.shared, segment, &attribute_column(name)),
        }
    }

    fn tally_resources(&self, owners: &Column, name: &str, left: &mut Bits, tally: &mut Tally) {
        let mut there = Bits::none(left.rows());
        let mut counts: HashMap<i64, u64> = HashMap::new();
        for row in left.iter() {
            let id = owners.int(row);
            if self.of_resource(id, name).is_some() {
                there.set(row);
                *counts.entry(id).or_default() += 1;
            }
        }
        for (id, count) in counts {
            if let Some(value) = self.of_resource(id, name) {
                tally.add(ValueRef::of(value), count);
            }
        }
        left.and_not(&there);
    }
}

/// Whether any record of a kind has a value under this name, be it its resource's.
fn is_known(
    scanner: &Scanner,
    kind: RecordKind,
    (field, inherited): &(Field, bool),
) -> rusqlite::Result<bool> {
    let key = match field {
        Field::Builtin(column::TRANSACTION) => return Ok(kind == RecordKind::Span),
        Field::Builtin(column::IMPORT) => return Ok(true),
        Field::Builtin(name) => scanner.key(name)?,
        Field::Attribute(name) => scanner.key(&attribute_column(name))?,
    };
    let Some(key) = key.filter(|_| !inherited) else {
        return Ok(*inherited);
    };
    let sql = "SELECT 1 FROM segment_column WHERE kind = ?1 AND key = ?2 LIMIT 1";
    let mut find = scanner.connection.prepare_cached(sql)?;
    find.exists([kind_number(kind), key])
}

/// Counts the values of a column in the selected rows; the rows that had one are returned.
fn tally_column(
    scanner: &Scanner,
    field: &Field,
    column: &Column,
    numbering: impl FnOnce() -> Option<Arc<Numbering>>,
    selected: &Bits,
    tally: &mut Tally,
) -> Result<Bits, Trouble> {
    let mut there = Bits::none(selected.rows());
    match column {
        Column::Ints(values) => {
            for row in selected.iter() {
                let value = values.get(row).copied().unwrap_or_default();
                if let Some(value) = shown(scanner, field, ValueRef::Int(value))? {
                    tally.add(ValueRef::of(&value), 1);
                    there.set(row);
                }
            }
        }
        Column::Dictionary(dictionary) => {
            let mut counts = vec![0u64; dictionary.values.len()];
            dictionary.visit(selected, |row, code| {
                there.set(row);
                if let Some(count) = counts.get_mut(code as usize) {
                    *count += 1;
                }
            });
            tally_codes(dictionary, &counts, numbering, tally);
        }
    }
    Ok(there)
}

/// Adds what was counted by code. Many texts are counted by their numbers, when they have some.
fn tally_codes(
    dictionary: &Dictionary,
    counts: &[u64],
    numbering: impl FnOnce() -> Option<Arc<Numbering>>,
    tally: &mut Tally,
) {
    let values = &dictionary.values;
    let there = || counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let many = values.len() >= NUMBERED_FROM && there().count() * NUMBERED_SHARE >= values.len();
    let numbering = if many { numbering() } else { None };
    let numbers = numbering
        .as_deref()
        .and_then(|numbering| dictionary.numbers.of(values, numbering));
    match (numbering.as_ref(), numbers) {
        (Some(numbering), Some(numbers)) => {
            let pairs = numbers.iter().zip(counts).filter(|(_, count)| **count > 0);
            tally.add_numbered(numbering, pairs.map(|(number, count)| (*number, *count)));
        }
        _ => {
            for (code, count) in there() {
                tally.add(values.get(code), *count);
            }
        }
    }
}

/// A built-in value as people know it: ids as hex. `None` for the number that stands for "none".
pub(super) fn shown(
    scanner: &Scanner,
    field: &Field,
    value: ValueRef,
) -> Result<Option<Value>, Trouble> {
    let Field::Builtin(name) = field else {
        return Ok(Some(value.to_value()));
    };
    Ok(match (*name, value) {
        (column::TRACE, ValueRef::Int(number)) => {
            trace_id(scanner, number)?.map(|id| Value::Str(id.to_string().into()))
        }
        (column::SPAN | column::PARENT, ValueRef::Int(id)) => SpanId(id as u64)
            .some()
            .map(|id| Value::Str(id.to_string().into())),
        (_, value) => Some(value.to_value()),
    })
}

/// The id of a trace by its number.
pub(super) fn trace_id(scanner: &Scanner, number: i64) -> rusqlite::Result<Option<TraceId>> {
    if number == 0 {
        return Ok(None);
    }
    let mut find = scanner
        .connection
        .prepare_cached("SELECT trace_id FROM trace WHERE number = ?1")?;
    find.query_row([number], |row| row.get(0).map(TraceId))
        .optional()
}
