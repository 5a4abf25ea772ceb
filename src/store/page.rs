//! Records that fit, a page at a time, in any order. A page begins behind a [`Cursor`]; no page counts those before it.
//!
//! Each segment gives its first records behind the cursor, at most a page of them; the page is the first of all.

use super::bits::Bits;
use super::coded::{Coded, NONE};
use super::cursor::Cursor;
use super::fields::column;
use super::lookup::Lookup;
use super::order::{by_value, directed, keep_first};
use super::scan::{Scan, Scanner, Segment};
use super::search::Search;
use super::value::ValueRef;
use super::{Filter, RecordKind, StoreError};
use crate::model::Value;
use crate::model::record::RecordRef;
use std::cmp::Ordering;
use std::sync::Arc;

/// Texts are compared by so many bytes, so that cursors stay short.
const TEXT: usize = 1024;

/// What a list of records is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordOrder {
    /// By time; records of one instant by import. Descending is exactly the reverse.
    Time,
    /// By the value of an attribute, `duration` too; records without it come last, equal ones oldest first either way.
    /// Numbers come before texts; of texts the first kilobyte counts.
    Attribute(String),
}

impl RecordOrder {
    /// The order that a name means.
    pub fn named(name: &str) -> Self {
        match name {
            "time" | "timestamp" => Self::Time,
            name => Self::Attribute(name.to_owned()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Time => "time".to_owned(),
            Self::Attribute(name) => format!("@{name}"),
        }
    }
}

/// A part of a list of records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Where they lie, in order.
    pub refs: Arc<[RecordRef]>,
    /// How many fit in all, on earlier and later pages too.
    pub total: u64,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
}

impl Cursor {
    /// Whether it is of a list in this order.
    pub fn is_of(&self, order: &RecordOrder, descending: bool) -> bool {
        self.order == order.name() && self.descending == descending
    }
}

/// What a record is sorted by.
struct Entry<V> {
    value: V,
    time: i64,
    segment: u32,
    row: u32,
}

/// A direction of an order.
#[derive(Clone, Copy)]
struct Sorting<'a> {
    order: &'a RecordOrder,
    descending: bool,
}

impl Sorting<'_> {
    fn compare(self, left: &Entry<ValueRef>, right: &Entry<ValueRef>) -> Ordering {
        let place = |entry: &Entry<ValueRef>| (entry.time, entry.segment, entry.row);
        let by_place = place(left).cmp(&place(right));
        match self.order {
            RecordOrder::Time => directed(by_place, self.descending),
            RecordOrder::Attribute(_) => {
                by_value(left.value, right.value, self.descending).then(by_place)
            }
        }
    }
}

/// The part of a value that counts.
fn shortened(value: ValueRef) -> ValueRef {
    let cut = |text: &'_ str| text.floor_char_boundary(TEXT);
    match value {
        ValueRef::Str(text) if text.len() > TEXT => ValueRef::Str(&text[..cut(text)]),
        ValueRef::Json(text) if text.len() > TEXT => ValueRef::Json(&text[..cut(text)]),
        other => other,
    }
}

/// The first records of one segment.
struct Part {
    entries: Vec<Entry<Value>>,
    /// How many fit, and how many of them lie behind the cursor.
    found: u64,
    behind: u64,
}

/// See [`super::Reader::page`].
pub(super) fn page(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    filter: &Filter,
    (order, descending): (&RecordOrder, bool),
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page, StoreError> {
    if after.is_some_and(|cursor| !cursor.is_of(order, descending)) {
        let reason = "the cursor is of a list in another order";
        return Err(StoreError::failed("go on with the list", reason));
    }
    let search = Search::new(scan, scanner, kind, filter)?;
    let resources = scan.shared.resources(scanner)?;
    let sorting = Sorting { order, descending };
    let lookup = match order {
        RecordOrder::Time => None,
        RecordOrder::Attribute(name) => Some(Lookup::new(scan.shared, &resources, name)),
    };
    let parts = search.each(|scanner, segment, found| {
        let values = match &lookup {
            None => Coded::new(0),
            Some(lookup) => lookup.coded(scanner, segment, &found)?,
        };
        let times = scanner.required(scan.shared, segment, column::TIME)?;
        let time = |row: usize| times.int(row);
        Ok(first_of(
            sorting, segment, &found, &values, time, after, limit,
        ))
    })?;
    scan.check()?;
    let total = parts.iter().map(|part| part.found).sum();
    let behind: u64 = parts.iter().map(|part| part.behind).sum();
    let entries = parts.into_iter().flat_map(|part| part.entries);
    let mut entries: Vec<Entry<Value>> = entries.collect();
    keep_first(&mut entries, limit, |left, right| {
        sorting.compare(&left.borrowed(), &right.borrowed())
    });
    let next = entries.last().filter(|_| (entries.len() as u64) < behind);
    Ok(Page {
        next: next.map(|entry| Cursor {
            order: order.name(),
            descending,
            value: entry.value.clone(),
            time: entry.time,
            place: (entry.segment.into(), entry.row),
        }),
        refs: entries
            .iter()
            .map(|entry| RecordRef {
                segment: entry.segment,
                row: entry.row,
            })
            .collect(),
        total,
    })
}

impl Entry<Value> {
    fn borrowed(&self) -> Entry<ValueRef<'_>> {
        Entry {
            value: ValueRef::of(&self.value),
            time: self.time,
            segment: self.segment,
            row: self.row,
        }
    }
}

fn first_of(
    sorting: Sorting,
    segment: &Segment,
    found: &Bits,
    values: &Coded,
    time: impl Fn(usize) -> i64,
    after: Option<&Cursor>,
    limit: usize,
) -> Part {
    let entry = |row: u32| Entry {
        value: match values.code(row) {
            NONE => ValueRef::Null,
            code => shortened(values.value(code)),
        },
        time: time(row as usize),
        segment: segment.id,
        row,
    };
    let after = after.map(|cursor| Entry {
        value: ValueRef::of(&cursor.value),
        time: cursor.time,
        // What no segment is numbered lies before or behind all.
        segment: cursor.place.0.clamp(0, u32::MAX.into()) as u32,
        row: cursor.place.1,
    });
    let is_behind = |row: &u32| {
        let after = after.as_ref();
        after.is_none_or(|after| sorting.compare(&entry(*row), after).is_gt())
    };
    let mut rows: Vec<u32> = found
        .iter()
        .map(|row| row as u32)
        .filter(is_behind)
        .collect();
    let behind = rows.len() as u64;
    keep_first(&mut rows, limit, |left, right| {
        sorting.compare(&entry(*left), &entry(*right))
    });
    let owned = |row: u32| {
        let Entry {
            value,
            time,
            segment,
            row,
        } = entry(row);
        Entry {
            value: value.to_value(),
            time,
            segment,
            row,
        }
    };
    Part {
        entries: rows.into_iter().map(owned).collect(),
        found: found.count(),
        behind,
    }
}
