//! The values behind a searched name for many records of a segment at once: a code a record, a value a code.
//!
//! What is computed over values is then computed once a value, and records are only counted by code.

use super::bits::Bits;
use super::column::{Column, Dictionary};
use super::fields::{Field, column};
use super::lookup::{Lookup, shown};
use super::scan::{Scanner, Segment, Trouble};
use super::value::{Number, ValueRef};
use crate::model::Value;
use hashbrown::HashMap;
use std::sync::Arc;

/// The code of records without a value. An explicit null is none.
pub(super) const NONE: u32 = u32::MAX;

/// Codes of a segment's rows. Two codes may stand for the same value.
pub(super) struct Coded {
    of_row: Vec<u32>,
    /// Where values lie, with the first code of each part.
    parts: Vec<(u32, Source)>,
    codes: u32,
}

enum Source {
    Column(Arc<Column>),
    Owned(Vec<Value>),
}

impl Coded {
    /// No row has a value yet.
    pub fn new(rows: usize) -> Self {
        Self {
            of_row: vec![NONE; rows],
            parts: Vec::new(),
            codes: 0,
        }
    }

    /// A value a row, equal ones under one code.
    pub fn of_values(values: impl Iterator<Item = Option<Value>>) -> Self {
        let mut known: HashMap<super::lookup::ValueKey, u32> = HashMap::new();
        let mut owned = Vec::new();
        let mut of_row = Vec::new();
        for value in values {
            let Some(value) = value else {
                of_row.push(NONE);
                continue;
            };
            let code = known
                .entry(super::lookup::ValueKey(value))
                .or_insert_with_key(|key| {
                    owned.push(key.0.clone());
                    owned.len() as u32 - 1
                });
            of_row.push(*code);
        }
        Self {
            of_row,
            codes: owned.len() as u32,
            parts: vec![(0, Source::Owned(owned))],
        }
    }

    /// How many codes there are; all are below.
    pub fn codes(&self) -> usize {
        self.codes as usize
    }

    /// The code of a row, or [`NONE`].
    pub fn code(&self, row: u32) -> u32 {
        self.of_row.get(row as usize).copied().unwrap_or(NONE)
    }

    /// The value behind a code.
    pub fn value(&self, code: u32) -> ValueRef<'_> {
        let part = self.parts.iter().rev().find(|(first, _)| *first <= code);
        let Some((first, source)) = part else {
            return ValueRef::Null;
        };
        let place = (code - first) as usize;
        match source {
            Source::Owned(values) => values.get(place).map_or(ValueRef::Null, ValueRef::of),
            Source::Column(column) => match column.as_ref() {
                Column::Dictionary(dictionary) => dictionary.values.get(place),
                Column::Ints(_) => ValueRef::Null,
            },
        }
    }

    /// Takes over the values of a dictionary in the rows that are left; those that had one leave.
    fn add_dictionary(&mut self, column: &Arc<Column>, dictionary: &Dictionary, left: &mut Bits) {
        let first = self.codes;
        let is_null: Vec<bool> = dictionary
            .values
            .iter()
            .map(|value| value == ValueRef::Null)
            .collect();
        let mut there = Bits::none(left.rows());
        dictionary.visit(left, |row, code| {
            there.set(row);
            let null = is_null.get(code as usize).copied().unwrap_or(true);
            if let (Some(place), false) = (self.of_row.get_mut(row), null) {
                *place = first + code;
            }
        });
        left.and_not(&there);
        self.parts.push((first, Source::Column(column.clone())));
        self.codes = first + dictionary.values.len() as u32;
    }

    /// Takes over numbers that stand for values, given by `value`.
    fn add_numbers(
        &mut self,
        left: &mut Bits,
        number: impl Fn(usize) -> i64,
        mut value: impl FnMut(i64) -> Result<Option<Value>, Trouble>,
    ) -> Result<(), Trouble> {
        let first = self.codes;
        let mut known: HashMap<i64, Option<u32>> = HashMap::new();
        let mut owned = Vec::new();
        let mut there = Bits::none(left.rows());
        for row in left.iter() {
            let number = number(row);
            let code = match known.get(&number) {
                Some(code) => *code,
                None => {
                    let code = value(number)?.map(|value| match value {
                        Value::Null => NONE,
                        value => {
                            owned.push(value);
                            first + owned.len() as u32 - 1
                        }
                    });
                    known.insert(number, code);
                    code
                }
            };
            if let (Some(place), Some(code)) = (self.of_row.get_mut(row), code) {
                *place = code;
                there.set(row);
            }
        }
        left.and_not(&there);
        self.codes = first + owned.len() as u32;
        self.parts.push((first, Source::Owned(owned)));
        Ok(())
    }
}

/// The numbers behind a searched name, as a search compares them: see [`ValueRef::counted`].
pub(super) enum Numbers {
    /// Every row has one.
    Ints(Arc<Column>),
    /// By code.
    Coded(Coded, Vec<Option<Number>>),
}

impl Numbers {
    fn of_codes(coded: Coded) -> Self {
        let numbers = (0..coded.codes).map(|code| match coded.value(code) {
            // Floats stay floats: a sum of them is one.
            ValueRef::Float(float) if !float.is_nan() => Some(Number::Float(float)),
            value => value.counted(),
        });
        let numbers = numbers.collect();
        Self::Coded(coded, numbers)
    }

    /// Numbers that are there for every row.
    pub fn of_ints(ints: Vec<i64>) -> Self {
        Self::Ints(Arc::new(Column::Ints(ints)))
    }

    /// No row has one.
    pub fn none() -> Self {
        Self::Coded(Coded::new(0), Vec::new())
    }

    /// The number of a row.
    pub fn get(&self, row: u32) -> Option<Number> {
        match self {
            Self::Ints(column) => Some(Number::Int(column.int(row as usize))),
            Self::Coded(coded, numbers) => numbers.get(coded.code(row) as usize).copied().flatten(),
        }
    }
}

impl Lookup<'_> {
    /// Codes for the selected rows.
    pub fn coded(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        selected: &Bits,
    ) -> Result<Coded, Trouble> {
        let mut left = selected.clone();
        let mut coded = Coded::new(segment.rows);
        for (field, inherited) in &self.fields {
            if left.is_empty() {
                break;
            }
            if let Some(column) = self.column(scanner, segment, field)? {
                match column.as_ref() {
                    Column::Dictionary(dictionary) => {
                        coded.add_dictionary(&column, dictionary, &mut left);
                    }
                    Column::Ints(_) => coded.add_numbers(
                        &mut left,
                        |row| column.int(row),
                        |number| shown(scanner, field, ValueRef::Int(number)),
                    )?,
                }
            }
            if let (Field::Attribute(name), true) = (field, *inherited) {
                let owners = scanner.required(self.shared, segment, column::RESOURCE)?;
                coded.add_numbers(
                    &mut left,
                    |row| owners.int(row),
                    |id| Ok(self.of_resource(id, name).cloned()),
                )?;
            }
        }
        Ok(coded)
    }

    /// Numbers for the selected rows.
    pub fn numbers(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        selected: &Bits,
    ) -> Result<Numbers, Trouble> {
        if let Some((field @ Field::Builtin(name), _)) = self.fields.first()
            && !matches!(*name, column::TRACE | column::SPAN | column::PARENT)
            && let Some(column) = self.column(scanner, segment, field)?
            && matches!(column.as_ref(), Column::Ints(_))
        {
            return Ok(Numbers::Ints(column));
        }
        let coded = self.coded(scanner, segment, selected)?;
        Ok(Numbers::of_codes(coded))
    }
}

impl Numbers {
    /// The numbers among values of which each row has one or none.
    pub fn of_values(values: impl Iterator<Item = Option<Value>>) -> Self {
        Self::of_codes(Coded::of_values(values))
    }
}
