//! A prepared search over one segment: which of its rows are meant.
//!
//! A test is asked once for each value of a column's dictionary, then only codes are looked at. Columns are not read at
//! all where their segment's head (presence, least and greatest number, filter) already says no.

use super::bits::Bits;
use super::column::Column;
use super::fields::column;
use super::matching::Matcher;
use super::named::Members;
use super::plan::{IdTest, Plan, Probe, ResourceTest, TraceTest};
use super::scan::{Overlap, Scanner, Segment, Shared, Trouble};
use super::value::ValueRef;
use crate::model::{SpanId, TimeRange};
use hashbrown::HashMap;
use std::ops::RangeInclusive;

/// One segment under evaluation.
pub(super) struct Evaluation<'a> {
    pub scanner: &'a Scanner,
    pub shared: &'a Shared,
    pub segment: &'a Segment,
}

impl Evaluation<'_> {
    /// The rows a filter means, without dropped ones.
    pub fn rows(&self, plan: &Plan, range: Option<TimeRange>) -> Result<Bits, Trouble> {
        let rows = self.segment.rows;
        let overlap = range.map_or(Overlap::All, |range| self.segment.overlap(range));
        if overlap == Overlap::None {
            return Ok(Bits::none(rows));
        }
        let mut found = self.plan(plan)?;
        if !self.segment.is_whole() {
            found.and(&self.segment.live());
        }
        if let (Overlap::Some, Some(range), false) = (overlap, range, found.is_empty()) {
            found.and(&self.in_range(range)?);
        }
        Ok(found)
    }

    fn in_range(&self, range: TimeRange) -> Result<Bits, Trouble> {
        let inside = |time: i64| (range.start.0..range.end.0).contains(&time);
        let times = self
            .scanner
            .required(self.shared, self.segment, column::TIME)?;
        Ok(Bits::from_fn(self.segment.rows, |row| {
            inside(times.int(row))
        }))
    }

    fn plan(&self, plan: &Plan) -> Result<Bits, Trouble> {
        match plan {
            Plan::All => Ok(Bits::all(self.segment.rows)),
            Plan::And(parts) => self.every(parts),
            Plan::Or(parts) => {
                let mut found = Bits::none(self.segment.rows);
                for part in parts {
                    found.or(&self.plan(part)?);
                }
                Ok(found)
            }
            Plan::Not(part) => Ok(self.plan(part)?.negated()),
            Plan::Test(probe) => self.probe(probe),
        }
    }

    fn every(&self, parts: &[Plan]) -> Result<Bits, Trouble> {
        let mut found = Bits::all(self.segment.rows);
        for part in parts {
            found.and(&self.plan(part)?);
            if found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    fn probe(&self, probe: &Probe) -> Result<Bits, Trouble> {
        match probe {
            Probe::Time(stretch) => self.time(stretch),
            Probe::Column { name, matcher } => self.column(name, matcher),
            Probe::SpanId { name, test } => self.ids(name, test),
            Probe::Trace(test) => self.trace(test),
            // A segment is of one import.
            Probe::Import(matcher) => {
                let names = self.scanner.import_names()?;
                Ok(match names.fits(matcher, self.segment.import) {
                    true => Bits::all(self.segment.rows),
                    false => Bits::none(self.segment.rows),
                })
            }
            Probe::Attribute {
                name,
                matcher,
                resources,
            } => self.attribute(name, matcher, resources),
            Probe::Named(Members::Spans(wanted)) => self.spans(wanted),
            Probe::Named(Members::Logs(wanted)) => {
                let rows = wanted.get(&self.segment.id);
                let mut found = Bits::none(self.segment.rows);
                let inside = |row: &&u32| (**row as usize) < self.segment.rows;
                for row in rows.into_iter().flatten().filter(inside) {
                    found.set(*row as usize);
                }
                Ok(found)
            }
        }
    }

    /// Spans by the number of their trace and their ids.
    fn spans(&self, wanted: &HashMap<i64, Vec<u64>>) -> Result<Bits, Trouble> {
        let inside = |range: Option<(f64, f64)>| {
            let within = |number: &i64| {
                range.is_some_and(|(min, max)| (min..=max).contains(&(*number as f64)))
            };
            wanted.keys().any(within)
        };
        let (scanner, shared, segment) = (self.scanner, self.shared, self.segment);
        if !scanner.may_hold(shared, segment, column::TRACE, &[], inside)? {
            return Ok(Bits::none(segment.rows));
        }
        let traces = scanner.required(shared, segment, column::TRACE)?;
        let ids = scanner.required(shared, segment, column::SPAN)?;
        Ok(Bits::from_fn(segment.rows, |row| {
            let of_trace = wanted.get(&traces.int(row));
            of_trace.is_some_and(|known| known.binary_search(&(ids.int(row) as u64)).is_ok())
        }))
    }

    fn time(&self, stretch: &RangeInclusive<i64>) -> Result<Bits, Trouble> {
        let (rows, segment) = (self.segment.rows, self.segment);
        if *stretch.end() < segment.time_min || segment.time_max < *stretch.start() {
            return Ok(Bits::none(rows));
        }
        if stretch.contains(&segment.time_min) && stretch.contains(&segment.time_max) {
            return Ok(Bits::all(rows));
        }
        let times = self.scanner.required(self.shared, segment, column::TIME)?;
        Ok(Bits::from_fn(rows, |row| stretch.contains(&times.int(row))))
    }

    fn column(&self, name: &str, matcher: &Matcher) -> Result<Bits, Trouble> {
        let rows = self.segment.rows;
        let may_fit = |range| matcher.may_fit_range(range);
        let worth_it =
            self.scanner
                .may_hold(self.shared, self.segment, name, &matcher.hashes(), may_fit)?;
        if !worth_it {
            return Ok(Bits::none(rows));
        }
        let Some(column) = self.scanner.column(self.shared, self.segment, name)? else {
            return Ok(Bits::none(rows));
        };
        Ok(matching_rows(&column, matcher, rows))
    }

    fn attribute(
        &self,
        name: &str,
        matcher: &Matcher,
        resources: &ResourceTest,
    ) -> Result<Bits, Trouble> {
        let mut found = self.column(name, matcher)?;
        if resources.fit.is_empty() {
            return Ok(found);
        }
        let mut inherited = self.of_resources(resources)?;
        if inherited.is_empty() {
            return Ok(found);
        }
        if let Some(own) = self.scanner.column(self.shared, self.segment, name)? {
            inherited.and_not(&present(&own, self.segment.rows));
        }
        found.or(&inherited);
        Ok(found)
    }

    fn of_resources(&self, resources: &ResourceTest) -> Result<Bits, Trouble> {
        let ids = self
            .scanner
            .required(self.shared, self.segment, column::RESOURCE)?;
        let mut last = (0, false);
        Ok(Bits::from_fn(self.segment.rows, |row| {
            let id = ids.int(row);
            if id != last.0 {
                last = (id, resources.fit.contains(&id));
            }
            last.1
        }))
    }

    fn ids(&self, name: &str, test: &IdTest) -> Result<Bits, Trouble> {
        let ids = self.scanner.required(self.shared, self.segment, name)?;
        let there = |row| Some(ids.int(row)).filter(|id| *id != 0);
        Ok(Bits::from_fn(self.segment.rows, |row| {
            there(row).is_some_and(|id| match test {
                IdTest::Present => true,
                IdTest::Is(wanted) => id as u64 == wanted.0,
                IdTest::Text(matcher) => {
                    matcher.fits(ValueRef::Str(&SpanId(id as u64).to_string()))
                }
            })
        }))
    }

    fn trace(&self, test: &TraceTest) -> Result<Bits, Trouble> {
        if let TraceTest::In(wanted) = test {
            let within = |range: Option<(f64, f64)>| {
                let inside = |number: &i64| {
                    range.is_some_and(|(min, max)| (min..=max).contains(&(*number as f64)))
                };
                wanted.iter().any(inside)
            };
            if !self
                .scanner
                .may_hold(self.shared, self.segment, column::TRACE, &[], within)?
            {
                return Ok(Bits::none(self.segment.rows));
            }
        }
        let numbers = self
            .scanner
            .required(self.shared, self.segment, column::TRACE)?;
        Ok(Bits::from_fn(self.segment.rows, |row| {
            match (numbers.int(row), test) {
                (0, _) => false,
                (_, TraceTest::Present) => true,
                (number, TraceTest::In(wanted)) => wanted.contains(&number),
            }
        }))
    }
}

/// The rows of a column whose value passes.
fn matching_rows(column: &Column, matcher: &Matcher, rows: usize) -> Bits {
    match column {
        Column::Ints(values) => Bits::from_fn(rows, |row| {
            values
                .get(row)
                .is_some_and(|value| matcher.fits(ValueRef::Int(*value)))
        }),
        Column::Dictionary(dictionary) => {
            let marks = matcher.marks(&dictionary.values);
            if marks.iter().any(|mark| *mark) {
                dictionary.rows_where(&marks, rows)
            } else {
                Bits::none(rows)
            }
        }
    }
}

/// The rows that have a value in a column, be it null.
pub(super) fn present(column: &Column, rows: usize) -> Bits {
    match column {
        Column::Ints(_) => Bits::all(rows),
        Column::Dictionary(dictionary) => dictionary.present(rows),
    }
}
