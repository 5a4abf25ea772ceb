//! One segment's matching records, read as far as groups and measures need it.

use super::measures::{Measures, Name};
use crate::store::RecordKind;
use crate::store::bits::Bits;
use crate::store::coded::{Coded, Numbers};
use crate::store::column::Column;
use crate::store::fields::column;
use crate::store::lookup::Lookup;
use crate::store::scan::{Resources, Scanner, Segment, Shared, Trouble};
use crate::store::search::failed_rows;
use std::sync::Arc;

/// Records of one segment, or a handful of traces.
pub(super) struct Block {
    /// The rows meant, rising.
    pub rows: Vec<u32>,
    /// As [`Measures::values`].
    pub values: Vec<Coded>,
    /// As [`Measures::numbers`].
    pub numbers: Vec<Numbers>,
    /// The rows that failed; only read when they matter.
    pub failed: Bits,
    /// How long each row lasted; none where records have no duration or none is wanted.
    pub durations: Numbers,
    /// When each row was.
    pub times: Arc<Column>,
}

/// Names that may say who a record was for, the best first.
const USER: [&str; 4] = ["user.id", "user.name", "user.email", "user.ip_address"];
/// Those that name a person: one address may be that of many.
const PERSON: [&str; 4] = ["user", "user.id", "user.name", "user.email"];

/// Reads blocks of one kind of record.
pub(super) struct Blocks<'a> {
    shared: &'a Shared,
    values: Vec<Lookup<'a>>,
    numbers: Vec<Lookup<'a>>,
    need_durations: bool,
    need_failed: bool,
}

impl<'a> Blocks<'a> {
    pub fn new(
        shared: &'a Shared,
        resources: &'a Resources,
        kind: RecordKind,
        measures: &Measures,
    ) -> Self {
        let lookup = |name: &Name| match name {
            Name::Attribute(name) => Lookup::new(shared, resources, name),
            Name::User => Lookup::first_of(shared, resources, &USER),
            Name::Person => Lookup::first_of(shared, resources, &PERSON),
        };
        let numbers = measures.numbers.iter();
        Self {
            shared,
            values: measures.values.iter().map(lookup).collect(),
            numbers: numbers
                .map(|name| Lookup::new(shared, resources, name))
                .collect(),
            need_durations: kind == RecordKind::Span && measures.need_durations(),
            need_failed: measures.need_failed(),
        }
    }

    /// Everything is read before the first record is counted, so that damage cannot come half-way.
    pub fn read(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        found: &Bits,
    ) -> Result<Block, Trouble> {
        let values = self.values.iter();
        let numbers = self.numbers.iter();
        Ok(Block {
            rows: found.iter().map(|row| row as u32).collect(),
            values: values
                .map(|lookup| lookup.coded(scanner, segment, found))
                .collect::<Result<_, _>>()?,
            numbers: numbers
                .map(|lookup| lookup.numbers(scanner, segment, found))
                .collect::<Result<_, _>>()?,
            failed: match self.need_failed {
                true => failed_rows(scanner, self.shared, segment)?,
                false => Bits::none(0),
            },
            durations: match self.need_durations {
                true => Numbers::Ints(scanner.required(self.shared, segment, column::DURATION)?),
                false => Numbers::none(),
            },
            times: scanner.required(self.shared, segment, column::TIME)?,
        })
    }
}
