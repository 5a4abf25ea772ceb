//! Two sets of records counted attribute by attribute, in one pass over the segments.
//!
//! Memory is bounded whatever the data: of an attribute at most [`MOST_VALUES`] values are told apart. Beyond that its
//! numbers are known only by narrow steps, and of anything else only that it is there. Steps are sixteenths of a doubling,
//! so that their edges are at most 7 % apart.

use super::bits::Bits;
use super::facets::{Parts, by_text};
use super::fields::{Field, names_for};
use super::lookup::{Lookup, ValueKey};
use super::scan::{Resources, Scan, Scanner, Segment, Trouble};
use super::search::Search;
use super::value::ValueRef;
use super::{Filter, Reader, RecordKind, StoreError};
use crate::model::sides::{AttributeCounts, Comparison, Counted, Sides, Step};
use crate::model::{CancelToken, Value};
use hashbrown::HashMap;
use std::sync::Arc;

/// Different values of an attribute that are told apart.
const MOST_VALUES: usize = 1_000;
/// Bytes of text among them.
const MOST_BYTES: usize = 1 << 20;
/// Different values up to which numbers are listed one by one.
const FEW_NUMBERS: usize = 24;
/// The bits of a number's fraction that do not tell steps apart: all but the first four.
const WITHIN_STEP: u32 = 48;

/// Attributes that tell records apart instead of describing them, or are said by another one.
const NOT_COMPARED: [&str; 7] = [
    "import",
    "time",
    "trace_id",
    "span_id",
    "parent_span_id",
    "severity",
    "severity_text",
];

impl Reader {
    /// Counts the values of every attribute in two sets of records: those that fit `inside`, and those that fit
    /// `outside` only. Names that a search takes for the same are one attribute, under the name most records use; a null
    /// is no value; values with the same text are one, shown as the number they spell. Not compared are times, ids, imports, and
    /// the texts that a level was read from.
    pub fn differs(
        &self,
        kind: RecordKind,
        inside: &Filter,
        outside: &Filter,
        cancel: &CancelToken,
    ) -> Result<Comparison, StoreError> {
        let keys = compared_names(self.keys(kind)?.into_iter().map(|count| count.key));
        let scan = self.scan(cancel);
        let sets = Sets {
            scan: &scan,
            inside: Search::new(&scan, &self.scanner, kind, inside)?,
            outside: Search::new(&scan, &self.scanner, kind, outside)?,
        };
        let segments = self.scanner.segments(kind);
        let segments = segments.map_err(StoreError::sql("list the segments"))?;
        let resources = self.shared.resources(&self.scanner)?;
        let sum = sets.count(&segments, &keys, &resources)?;
        let asked: Vec<Field> = [inside, outside]
            .iter()
            .flat_map(|filter| filter.search.keys())
            .flat_map(names_for)
            .collect();
        let attributes = keys.into_iter().zip(sum.tallies);
        let attributes = attributes.filter(|(_, tally)| tally.present.total() > 0);
        Ok(Comparison {
            records: sum.records,
            attributes: attributes
                .map(|(key, tally)| AttributeCounts {
                    asked: are_one(&names_for(&key), &asked),
                    key,
                    counted: tally.finish(),
                })
                .collect(),
        })
    }
}

/// The names to compare, each meaning something else than those before.
fn compared_names(all: impl Iterator<Item = Arc<str>>) -> Vec<Arc<str>> {
    let mut names: Vec<(Arc<str>, Vec<Field>)> = Vec::new();
    for name in all {
        let fields = names_for(&name);
        let is_known = names.iter().any(|(_, known)| are_one(known, &fields));
        if !NOT_COMPARED.contains(&&*name) && !is_known {
            names.push((name, fields));
        }
    }
    names.into_iter().map(|(name, _)| name).collect()
}

/// Whether two names mean the same: the first place they are looked for in is among those of the other.
fn are_one(left: &[Field], right: &[Field]) -> bool {
    let leads = |one: &[Field], other: &[Field]| match one.first() {
        Some(first @ Field::Builtin(_)) => other.first() == Some(first),
        Some(first) => other.contains(first),
        None => false,
    };
    leads(left, right) || leads(right, left)
}

/// The two sets that are counted.
struct Sets<'a> {
    scan: &'a Scan<'a>,
    inside: Search<'a>,
    outside: Search<'a>,
}

/// What was counted so far.
#[derive(Default)]
struct Sum {
    records: Sides,
    /// By the place of the attribute.
    tallies: Vec<SideTally>,
}

impl Sum {
    fn absorb(&mut self, more: Self) {
        self.records += more.records;
        if self.tallies.len() < more.tallies.len() {
            self.tallies
                .resize_with(more.tallies.len(), SideTally::default);
        }
        for (tally, more) in self.tallies.iter_mut().zip(more.tallies) {
            tally.absorb(more);
        }
    }
}

impl Sets<'_> {
    fn count(
        &self,
        segments: &[Segment],
        keys: &[Arc<str>],
        resources: &Resources,
    ) -> Result<Sum, StoreError> {
        let lookup = |key: &Arc<str>| Lookup::new(self.scan.shared, resources, key);
        let lookups: Vec<Lookup> = keys.iter().map(lookup).collect();
        let parts = Parts::<Sum>::new();
        self.scan.each(segments, |scanner, segment| {
            // All of a segment or, when it is damaged, nothing of it.
            let counted = self.count_segment(scanner, segment, &lookups)?;
            parts.add(|sum| sum.absorb(counted));
            Ok(())
        })?;
        let mut sum = Sum::default();
        sum.tallies.resize_with(keys.len(), SideTally::default);
        for part in parts.into_parts() {
            self.scan.check()?;
            sum.absorb(part);
        }
        Ok(sum)
    }

    fn count_segment(
        &self,
        scanner: &Scanner,
        segment: &Segment,
        lookups: &[Lookup],
    ) -> Result<Sum, Trouble> {
        let inside = self.inside.rows(scanner, segment)?;
        let mut outside = self.outside.rows(scanner, segment)?;
        outside.and_not(&inside);
        let mut both = inside.clone();
        both.or(&outside);
        if both.is_empty() {
            return Ok(Sum::default());
        }
        let mut sum = Sum {
            records: Sides {
                inside: inside.count(),
                outside: outside.count(),
            },
            tallies: Vec::with_capacity(lookups.len()),
        };
        for lookup in lookups {
            self.scan.check()?;
            let coded = lookup.coded(scanner, segment, &both)?;
            let mut counts = vec![Sides::default(); coded.codes()];
            let mut count = |rows: &Bits, add: fn(&mut Sides)| {
                for row in rows.iter() {
                    if let Some(count) = counts.get_mut(coded.code(row as u32) as usize) {
                        add(count);
                    }
                }
            };
            if coded.codes() > 0 {
                count(&inside, |count| count.inside += 1);
                count(&outside, |count| count.outside += 1);
            }
            let mut tally = SideTally::default();
            for (code, count) in (0..).zip(counts) {
                if count.total() > 0 {
                    tally.add(coded.value(code), count);
                }
            }
            sum.tallies.push(tally);
        }
        Ok(sum)
    }
}

/// One attribute's values in both sets.
#[derive(Default)]
pub struct SideTally {
    /// Records that have a value.
    present: Sides,
    /// Each value; empty once they are too many.
    values: HashMap<ValueKey, Sides>,
    /// Bytes of text among them.
    bytes: usize,
    too_many: bool,
    /// Numbers by their step.
    steps: HashMap<i32, Sides>,
}

impl SideTally {
    /// Adds records that have a value.
    pub fn add_records(&mut self, value: &Value, count: Sides) {
        self.add(ValueRef::of(value), count);
    }

    fn add(&mut self, value: ValueRef, count: Sides) {
        self.present += count;
        if let Some(number) = value.number().filter(|number| !number.is_nan()) {
            *self.steps.entry(step_of(number)).or_default() += count;
        }
        self.add_value(value, count);
    }

    fn add_value(&mut self, value: ValueRef, count: Sides) {
        if self.too_many {
            return;
        }
        match self.values.get_mut(&value) {
            Some(sum) => *sum += count,
            None => {
                self.values.insert(ValueKey(value.to_value()), count);
                self.bytes += value.text().map_or(0, str::len);
                if self.values.len() > MOST_VALUES || self.bytes > MOST_BYTES {
                    self.too_many = true;
                    self.values = HashMap::new();
                }
            }
        }
    }

    /// Adds what was counted elsewhere.
    pub fn absorb(&mut self, more: Self) {
        self.present += more.present;
        for (step, count) in more.steps {
            *self.steps.entry(step).or_default() += count;
        }
        if more.too_many {
            self.too_many = true;
            self.values = HashMap::new();
        }
        for (value, count) in more.values {
            self.add_value(ValueRef::of(&value.0), count);
        }
    }

    /// Numbers by steps if most values are numbers and they are many, else all values if they can be told apart.
    pub fn finish(self) -> Counted {
        let mut numbers = Sides::default();
        self.steps.values().for_each(|count| numbers += *count);
        let are_many = self.too_many || self.values.len() > FEW_NUMBERS;
        if are_many && 2 * numbers.total() >= self.present.total() {
            let mut steps: Vec<_> = self.steps.into_iter().collect();
            steps.sort_unstable_by_key(|(step, _)| *step);
            let steps = steps.into_iter().map(|(step, count)| Step {
                from: edge_of(step),
                to: edge_of(step.saturating_add(1)),
                count,
            });
            return Counted::Numbers {
                steps: steps.collect(),
                others: self.present.without(numbers),
            };
        }
        if self.too_many {
            return Counted::Many(self.present);
        }
        let values = by_text(self.values, |sum, more| *sum += more).into_iter();
        Counted::Values(values.map(|(value, count)| (value.0, count)).collect())
    }
}

/// The step a number lies in; greater numbers lie in the same or a greater one.
fn step_of(number: f64) -> i32 {
    // Zero has no sign here. The bits of floats without sign are in the order of the floats.
    let bits = (number + 0.0).to_bits();
    let magnitude = ((bits & !(1 << 63)) >> WITHIN_STEP) as i32;
    // Below zero the edges are turned around, so that the lower one still belongs to its step.
    if number < 0.0 {
        let exact = bits.trailing_zeros() >= WITHIN_STEP;
        -magnitude - i32::from(!exact)
    } else {
        magnitude
    }
}

/// The least number of a step.
fn edge_of(step: i32) -> f64 {
    let edge = f64::from_bits(u64::from(step.unsigned_abs()) << WITHIN_STEP);
    let edge = if edge.is_nan() { f64::INFINITY } else { edge };
    if step < 0 { -edge } else { edge }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_lies_in_its_step_and_steps_rise() {
        let mut numbers = vec![
            0.0, 1.0, 1.03, 1.0625, 1.07, 2.0, 200.0, 1e9, 1.5e-300, 5e-324,
        ];
        numbers.extend(numbers.clone().iter().map(|number| -number));
        numbers.extend([f64::INFINITY, f64::MAX, f64::MIN]);
        numbers.sort_by(f64::total_cmp);
        for number in &numbers {
            let step = step_of(*number);
            let (from, to) = (edge_of(step), edge_of(step + 1));
            assert!(from <= *number, "{number}: from {from}");
            assert!(*number < to || *number == f64::INFINITY, "{number}: {to}");
        }
        assert!(numbers.iter().map(|number| step_of(*number)).is_sorted());
        assert_eq!((step_of(0.0), step_of(-0.0)), (0, 0));
        assert_eq!(
            (edge_of(step_of(200.0)), edge_of(step_of(208.0))),
            (200.0, 208.0)
        );
    }

    #[test]
    fn names_of_the_same_are_compared_once() {
        let all = [
            "service.version",
            "release",
            "service",
            "service.name",
            "time",
            "a",
        ];
        let names = compared_names(all.into_iter().map(Arc::from));
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        assert_eq!(names, ["service.version", "service", "a"]);
        let one = |left, right| are_one(&names_for(left), &names_for(right));
        assert!(one("level", "severity") && one("message", "body"));
        assert!(!one("name", "service.name") && !one("status", "status_message"));
    }
}
