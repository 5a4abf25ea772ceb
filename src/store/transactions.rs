//! The name of the transaction each span belongs to, as a column that no segment has: `transaction`.
//!
//! It cannot be written with a span, since the spans above it may come later or in another file. It is made of the numbers of
//! all spans when it is first asked for ([`Kin`] says what belongs to what), by all cores, and kept while the spans of the store
//! are the same: a code of one to four bytes a span, and in each segment the names that come in it.

use super::column::Column;
use super::kin::{Kin, Link};
use super::scan::{Scan, Scanner, Segment, Shared};
use super::span_columns::{SpanColumns, work_through};
use super::{Filter, RecordKind, StoreError};
use crate::model::{CancelToken, Value};
use hashbrown::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const IS_SEGMENT: usize = 0;
const NAMED_SEGMENT: usize = 1;
/// What is read of all spans.
const LINKS: &[&[&str]] = &[&["is_segment"], &["sentry.segment.id"]];
const NAME: usize = 0;
const SAID: usize = 1;
/// What is read of spans that give a transaction its name: their own name, and what they call the transaction.
const NAMES: &[&[&str]] = &[&["name", "description"], &["sentry.segment.name"]];

/// The columns, as far as they are known.
#[derive(Default)]
pub(super) struct Transactions(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// The segments they are made of, each with how many of its rows are left out.
    of: Vec<(u32, u64)>,
    columns: HashMap<u32, Arc<Column>>,
}

/// One segment's share of what is read first.
struct Part {
    segment: u32,
    links: Vec<Link>,
}

/// The names that the spans of a segment have and give, by row: places in its texts, one higher; 0 for none.
struct Names {
    first: usize,
    own: Vec<u32>,
    said: Vec<u32>,
    texts: Vec<Arc<str>>,
}

impl Transactions {
    /// Forgets what is known if these are not the segments it is made of.
    pub fn keep_for(&self, segments: &[Segment]) {
        // Who holds it makes it anew, which searches, too.
        let Ok(mut known) = self.0.try_lock() else {
            return;
        };
        if !known.of.is_empty() && known.of != signature(segments) {
            *known = Known::default();
        }
    }

    /// The column of a segment; `None` when none of its spans belongs to a transaction with a name.
    ///
    /// # Errors
    /// When the store cannot be read, or the request that the scanner works for was cancelled.
    pub fn column(
        &self,
        scanner: &Scanner,
        shared: &Shared,
        segment: &Segment,
    ) -> Result<Option<Arc<Column>>, StoreError> {
        // The first one makes it for all; the others have to wait for it anyway.
        let mut known = self.lock();
        // Segments are numbered in the order they come in. One that is older and unknown is gone or damaged.
        if known.of.last().is_none_or(|(last, _)| *last < segment.id) {
            *known = read(scanner, shared, &scanner.request())?;
        }
        Ok(known.columns.get(&segment.id).cloned())
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What columns depend on: spans are only ever added in new segments, or left out of old ones.
fn signature(segments: &[Segment]) -> Vec<(u32, u64)> {
    let left_out = |segment: &Segment| match segment.is_whole() {
        true => 0,
        false => segment.rows as u64 - segment.live().count(),
    };
    segments
        .iter()
        .map(|segment| (segment.id, left_out(segment)))
        .collect()
}

fn read(scanner: &Scanner, shared: &Shared, cancel: &CancelToken) -> Result<Known, StoreError> {
    let stop = AtomicBool::new(false);
    let scan = Scan {
        shared,
        cancel,
        stop: &stop,
    };
    let segments = scanner
        .segments(RecordKind::Span)
        .map_err(StoreError::sql("list the segments"))?;
    let all = Filter::default();
    let parts = work_through(&scan, scanner, &all, LINKS, |columns| links(&columns))?;
    let kin = Kin::of(parts.iter().flat_map(|part| part.links.iter().copied()));
    scan.check()?;
    let mut first_of: HashMap<u32, usize> = HashMap::with_capacity(parts.len());
    let mut count = 0;
    for part in &parts {
        first_of.insert(part.segment, count);
        count += part.links.len();
    }
    // Only spans that transactions are named after are asked for their names.
    let mut is_entry = vec![false; kin.len()];
    for place in 0..kin.len() as u32 {
        if let Some(is_entry) = is_entry.get_mut(kin.entry(place) as usize) {
            *is_entry = true;
        }
    }
    let read = work_through(&scan, scanner, &all, NAMES, |columns| {
        let first = first_of.get(&columns.segment()).copied();
        first.map(|first| names(&columns, first, &kin, &is_entry))
    })?;
    let (numbers, texts) = numbered(read.into_iter().flatten(), kin.len());
    scan.check()?;
    let own = |place: u32| numbers.get(place as usize).map_or(0, |(own, _)| *own);
    let said = |place: u32| numbers.get(place as usize).map_or(0, |(_, said)| *said);
    let mut columns = HashMap::with_capacity(parts.len());
    for part in &parts {
        let first = first_of.get(&part.segment).copied().unwrap_or_default() as u32;
        let places = (first..).take(part.links.len());
        let numbers = places.map(|place| kin.transaction(place, own, said));
        let column = Column::of_texts(numbers, |number| texts.get(number as usize - 1));
        columns.insert(part.segment, Arc::new(column));
    }
    Ok(Known {
        of: signature(&segments),
        columns,
    })
}

/// What the spans of a segment say of each other.
fn links(columns: &SpanColumns) -> Part {
    let mut links = vec![Link::default(); columns.height()];
    let is_segment: Vec<bool> = (0..columns.codes(IS_SEGMENT))
        .map(|code| columns.value(IS_SEGMENT, code) == Value::Bool(true))
        .collect();
    for row in columns.rows().iter().copied() {
        let code = columns.code(IS_SEGMENT, row);
        let is_segment = code.is_some_and(|code| is_segment.get(code) == Some(&true));
        if let Some(link) = links.get_mut(row as usize) {
            *link = Link::read(columns, row, is_segment, NAMED_SEGMENT);
        }
    }
    Part {
        segment: columns.segment(),
        links,
    }
}

/// The names of a segment's spans, as far as transactions go by them.
fn names(columns: &SpanColumns, first: usize, kin: &Kin, is_entry: &[bool]) -> Names {
    let mut names = Names {
        first,
        own: vec![0; columns.height()],
        said: vec![0; columns.height()],
        texts: Vec::new(),
    };
    let mut known = [NAME, SAID].map(|at| vec![0; columns.codes(at)]);
    for row in columns.rows().iter().copied() {
        let place = first + row as usize;
        let is_named = is_entry.get(place) == Some(&true);
        let is_without = !kin.is_segment(kin.entry(place as u32));
        let wanted = [
            (NAME, is_named, &mut names.own),
            (SAID, is_without, &mut names.said),
        ];
        for (at, _, numbers) in wanted.into_iter().filter(|(_, is_wanted, _)| *is_wanted) {
            let Some(code) = columns.code(at, row) else {
                continue;
            };
            let (Some(number), Some(own)) =
                (known[at].get_mut(code), numbers.get_mut(row as usize))
            else {
                continue;
            };
            let text = columns.text(at, code).unwrap_or_default();
            if *number == 0 && !text.is_empty() {
                names.texts.push(text.into());
                *number = names.texts.len() as u32;
            }
            *own = *number;
        }
    }
    names
}

/// Of each span its name and the one it gives its transaction, by numbers of texts that are the same in all segments.
fn numbered(all: impl Iterator<Item = Names>, spans: usize) -> (Vec<(u32, u32)>, Vec<Arc<str>>) {
    let mut numbers = vec![(0, 0); spans];
    let mut known: HashMap<Arc<str>, u32> = HashMap::new();
    let mut texts: Vec<Arc<str>> = Vec::new();
    for names in all {
        let mut number = |text: Arc<str>| {
            *known.entry(text).or_insert_with_key(|text| {
                texts.push(text.clone());
                texts.len() as u32
            })
        };
        let global: Vec<u32> = std::iter::once(0)
            .chain(names.texts.into_iter().map(&mut number))
            .collect();
        let global = |local: u32| global.get(local as usize).copied().unwrap_or_default();
        let own = names.own.into_iter().zip(names.said);
        for (place, (own, said)) in numbers.iter_mut().skip(names.first).zip(own) {
            *place = (global(own), global(said));
        }
    }
    (numbers, texts)
}
