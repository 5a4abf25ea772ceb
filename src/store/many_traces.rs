//! Many traces one after another, with chosen attributes of their spans: what detection reads.
//!
//! Traces are read in groups, a group at a time on each core. Within a group everything that traces share is read once:
//! columns of segments, texts, operations. Logs and errors are not read.

use super::column::Column;
use super::fields::{Field, column};
use super::lookup::Lookup;
use super::open_trace::{self, Known};
use super::scan::{Resources, Scan, Scanner, Trouble};
use super::value::ValueRef;
use super::{RecordKind, StoreError};
use crate::model::trace::{Span, SpanValues, Trace};
use crate::model::{TraceId, Value};
use hashbrown::HashMap;
use std::sync::Arc;

/// Traces of a group.
const GROUP: usize = 64;

/// A trace without its logs and errors, and the attributes that were asked for.
pub struct TraceWithValues {
    /// Its number.
    pub number: i64,
    /// It.
    pub trace: Trace,
    /// The attributes.
    pub values: SpanValues,
}

/// See [`super::Reader::work_through_traces`].
pub(super) fn work_through<T: Send>(
    scan: &Scan,
    scanner: &Scanner,
    numbers: &[i64],
    names: &[&str],
    work: impl Fn(Vec<TraceWithValues>) -> T + Sync,
) -> Result<Vec<T>, StoreError> {
    let resources = scan.shared.resources(scanner)?;
    let mut lookups = Vec::with_capacity(names.len());
    for name in names {
        let mut lookup = Lookup::new(scan.shared, &resources, name);
        lookup
            .keep_known(scanner, RecordKind::Span)
            .map_err(StoreError::sql("look up attributes"))?;
        lookups.push((!lookup.fields.is_empty()).then_some(lookup));
    }
    let groups: Vec<&[i64]> = numbers.chunks(GROUP).collect();
    scan.each(&groups, |scanner, group| {
        let mut reading = Reading {
            scan,
            scanner,
            resources: &resources,
            lookups: &lookups,
            known: Known::default(),
            columns: HashMap::new(),
        };
        let mut traces = Vec::with_capacity(group.len());
        for number in *group {
            scan.check()?;
            traces.push(reading.trace(*number)?);
        }
        Ok(work(traces))
    })
}

/// The columns in which a segment has one of the attributes.
struct Columns {
    /// Place among the names asked for, and the columns from the most to the least canonical name.
    own: Vec<(usize, Vec<Arc<Column>>)>,
    resource: Option<Arc<Column>>,
}

struct Reading<'a> {
    scan: &'a Scan<'a>,
    scanner: &'a Scanner,
    resources: &'a Resources,
    lookups: &'a [Option<Lookup<'a>>],
    known: Known,
    columns: HashMap<u32, Columns>,
}

impl Reading<'_> {
    fn trace(&mut self, number: i64) -> Result<TraceWithValues, Trouble> {
        let spans = open_trace::spans_of(self.scan, self.scanner, number, &mut self.known)?;
        let values = self.values(&spans)?;
        if spans.len() > open_trace::LARGE {
            for (segment, _) in self.columns.drain() {
                self.scan.shared.cache.forget(segment);
            }
        }
        let id = super::lookup::trace_id(self.scanner, number)?.unwrap_or(TraceId::default());
        let trace = Trace {
            id,
            spans,
            logs: Vec::new(),
            errors: Vec::new(),
        };
        Ok(TraceWithValues {
            number,
            trace,
            values,
        })
    }

    fn values(&mut self, spans: &[Span]) -> Result<SpanValues, Trouble> {
        let mut lists: Vec<Vec<(u32, Value)>> = vec![Vec::new(); self.lookups.len()];
        let has_inherited = self.inherited().next().is_some();
        for (place, span) in (0u32..).zip(spans) {
            let segment = span.at.segment;
            if !self.columns.contains_key(&segment) {
                let columns = self.columns_of(segment)?;
                self.columns.insert(segment, columns);
            }
            let Some(columns) = self.columns.get(&segment) else {
                continue;
            };
            let row = span.at.row as usize;
            for (name, columns) in &columns.own {
                let value = columns.iter().find_map(|column| column.value(row));
                if let Some(value) = value.filter(|value| *value != ValueRef::Null) {
                    // Neighbours mostly have the same value, and then one text.
                    let value = match lists[*name].last() {
                        Some((_, last))
                            if value.text().is_some() && ValueRef::of(last) == value =>
                        {
                            last.clone()
                        }
                        _ => value.to_value(),
                    };
                    lists[*name].push((place, value));
                }
            }
            if let (true, Some(resource)) = (has_inherited, &columns.resource) {
                let attributes = self.resources.get(&resource.int(row));
                for (name, wanted) in self.inherited() {
                    let is_own = lists[name].last().is_some_and(|(last, _)| *last == place);
                    let mut all = attributes.into_iter().flatten();
                    if let (false, Some((_, value))) =
                        (is_own, all.find(|(known, _)| **known == *wanted))
                    {
                        lists[name].push((place, value.clone()));
                    }
                }
            }
        }
        Ok(SpanValues::new(lists))
    }

    /// Names that resources have.
    fn inherited(&self) -> impl Iterator<Item = (usize, &str)> {
        let known = self.lookups.iter().enumerate();
        known.flat_map(|(place, lookup)| {
            let fields = lookup.iter().flat_map(|lookup| &lookup.fields);
            fields.filter_map(move |(field, inherited)| match field {
                Field::Attribute(name) if *inherited => Some((place, name.as_str())),
                _ => None,
            })
        })
    }

    fn columns_of(&self, segment: u32) -> Result<Columns, Trouble> {
        let mut columns = Columns {
            own: Vec::new(),
            resource: None,
        };
        let Some(segment) = self.scanner.segment(segment)? else {
            return Ok(columns);
        };
        for (place, lookup) in self.lookups.iter().enumerate() {
            let Some(lookup) = lookup else {
                continue;
            };
            let mut own = Vec::new();
            for (field, _) in &lookup.fields {
                match lookup.column(self.scanner, &segment, field) {
                    Ok(column) => own.extend(column),
                    // A damaged column is noted; its values are missing.
                    Err(Trouble::Damaged) => {}
                    Err(failed) => return Err(failed),
                }
            }
            if !own.is_empty() {
                columns.own.push((place, own));
            }
        }
        columns.resource = match self
            .scanner
            .column(self.scan.shared, &segment, column::RESOURCE)
        {
            Ok(column) => column,
            Err(Trouble::Damaged) => None,
            Err(failed) => return Err(failed),
        };
        Ok(columns)
    }
}
