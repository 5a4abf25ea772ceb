//! What spans are to each other, for all spans of a store at once: parents, the transaction each belongs to, self time.
//!
//! It is made from numbers and codes of the columns, without opening traces. A transaction is a segment (a request
//! that was answered, a job, a page load); a span belongs to the next one above it. Where there is none above it, to the
//! one it names, or to the topmost span there is. Self time is the duration without the time covered by children of the
//! same transaction: what another service did meanwhile stays the caller's.

use super::texts::{Codes, Texts};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, SpanId, Value};
use crate::store::{Filter, Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

const NAME: usize = 0;
const IS_SEGMENT: usize = 1;
const NAMED_SEGMENT: usize = 2;
const NAMES: &[&[&str]] = &[
    &["name", "description"],
    &["is_segment"],
    &["sentry.segment.id"],
];

/// No span.
const NONE: u32 = u32::MAX;
/// Not known yet.
const UNKNOWN: u32 = u32::MAX - 1;

/// A span by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Member(u32);

/// All spans, and what they are to each other.
pub struct Family {
    first_of: HashMap<u32, u32>,
    start: Vec<i64>,
    duration: Vec<i64>,
    parent: Vec<u32>,
    entry: Vec<u32>,
    self_time: Vec<i64>,
    name: Vec<u32>,
    is_segment: Vec<bool>,
    ids: HashMap<(i64, u64), u32>,
    texts: Texts,
}

/// One segment's share of what is read first.
struct Part {
    segment: u32,
    spans: Vec<Raw>,
}

/// A row, as it is read.
#[derive(Clone, Copy)]
struct Raw {
    trace: i64,
    span: u64,
    parent: u64,
    named: u64,
    start: i64,
    duration: i64,
    name: u32,
    is_segment: bool,
    is_there: bool,
}

const ABSENT: Raw = Raw {
    trace: 0,
    span: 0,
    parent: 0,
    named: 0,
    start: 0,
    duration: 0,
    name: 0,
    is_segment: false,
    is_there: false,
};

impl Family {
    /// Reads all spans of a store.
    pub fn read(reader: &Reader, cancel: &CancelToken) -> Result<Self, StoreError> {
        let texts = Texts::default();
        let filter = Filter::default();
        let parts =
            reader.work_through_spans(&filter, NAMES, cancel, |columns| part(&columns, &texts))?;
        if cancel.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        Ok(Self::of(parts, texts))
    }

    fn of(parts: Vec<Part>, texts: Texts) -> Self {
        let mut first_of = HashMap::new();
        let mut spans: Vec<Raw> = Vec::with_capacity(parts.iter().map(|p| p.spans.len()).sum());
        for part in parts {
            first_of.insert(part.segment, spans.len() as u32);
            spans.extend(part.spans);
        }
        let mut ids = HashMap::with_capacity(spans.len());
        for (place, span) in (0u32..UNKNOWN).zip(&spans) {
            if span.is_there && span.trace != 0 && span.span != 0 {
                ids.entry((span.trace, span.span)).or_insert(place);
            }
        }
        let find = |trace: i64, id: u64, own: usize| match id {
            0 => NONE,
            id => match ids.get(&(trace, id)) {
                Some(place) if *place as usize != own => *place,
                _ => NONE,
            },
        };
        let spans_with_place = || spans.iter().enumerate();
        let parent: Vec<u32> = spans_with_place()
            .map(|(own, span)| find(span.trace, span.parent, own))
            .collect();
        let named = |own: usize| {
            spans
                .get(own)
                .map_or(NONE, |span| find(span.trace, span.named, own))
        };
        let is_segment: Vec<bool> = spans.iter().map(|span| span.is_segment).collect();
        let entry = entries(&parent, &is_segment, named);
        let self_time = self_times(&spans, &parent);
        Self {
            first_of,
            start: spans.iter().map(|span| span.start).collect(),
            duration: spans.iter().map(|span| span.duration).collect(),
            name: spans.iter().map(|span| span.name).collect(),
            parent,
            entry,
            self_time,
            is_segment,
            ids,
            texts,
        }
    }

    /// A span by where it lies; `None` if it came in since the family was read.
    pub fn member(&self, at: RecordRef) -> Option<Member> {
        let place = self.first_of.get(&at.segment)?.checked_add(at.row)?;
        ((place as usize) < self.parent.len()).then_some(Member(place))
    }

    /// A span by its trace's number and its id.
    pub fn find(&self, trace: i64, id: SpanId) -> Option<Member> {
        self.ids.get(&(trace, id.0)).copied().map(Member)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// Its place among all, below [`Self::len`].
    pub fn place(&self, of: Member) -> usize {
        of.0 as usize
    }

    /// Its parent.
    pub fn parent(&self, of: Member) -> Option<Member> {
        let parent = *self.parent.get(of.0 as usize)?;
        (parent < UNKNOWN).then_some(Member(parent))
    }

    /// The transaction it belongs to: itself, or one above it.
    pub fn entry(&self, of: Member) -> Member {
        Member(self.entry.get(of.0 as usize).copied().unwrap_or(of.0))
    }

    /// The name of the transaction it belongs to, by number: see [`Self::text`].
    pub fn transaction(&self, of: Member) -> u32 {
        let entry = self.entry(of).0 as usize;
        self.name.get(entry).copied().unwrap_or(0)
    }

    /// The name behind a number.
    pub fn text(&self, number: u32) -> Arc<str> {
        self.texts.get(number)
    }

    /// Names with how many of each, the most frequent first.
    pub fn counted(&self, names: &HashMap<u32, u64>) -> Vec<(Arc<str>, u64)> {
        let counted = names.iter().map(|(name, count)| (self.text(*name), *count));
        let mut counted: Vec<(Arc<str>, u64)> = counted.collect();
        counted.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        counted
    }

    /// Start, nanoseconds since the epoch.
    pub fn start(&self, of: Member) -> i64 {
        self.start.get(of.0 as usize).copied().unwrap_or_default()
    }

    /// Duration in nanoseconds.
    pub fn duration(&self, of: Member) -> i64 {
        self.duration
            .get(of.0 as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Self time in nanoseconds, between zero and the duration.
    pub fn self_time(&self, of: Member) -> i64 {
        self.self_time
            .get(of.0 as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Whether it is a transaction of its own.
    pub fn is_segment(&self, of: Member) -> bool {
        self.is_segment
            .get(of.0 as usize)
            .copied()
            .unwrap_or_default()
    }
}

fn part(columns: &SpanColumns, texts: &Texts) -> Part {
    let mut spans = vec![ABSENT; columns.height()];
    let mut names = Codes::new(columns.codes(NAME));
    let mut segments: Vec<Option<bool>> = vec![None; columns.codes(IS_SEGMENT)];
    for row in columns.rows().iter().copied() {
        let Some(place) = spans.get_mut(row as usize) else {
            continue;
        };
        let name = columns.code(NAME, row).map_or(0, |code| {
            names.get(code, || {
                texts.of(columns.text(NAME, code).unwrap_or_default())
            })
        });
        let is_segment = columns.code(IS_SEGMENT, row).is_some_and(|code| {
            let known = segments.get_mut(code);
            known.is_some_and(|known| {
                let read = || columns.value(IS_SEGMENT, code) == Value::Bool(true);
                *known.get_or_insert_with(read)
            })
        });
        let parent = columns.parent(row);
        // Only a span that has lost its way is asked where it belongs.
        let named = columns
            .code(NAMED_SEGMENT, row)
            .filter(|_| !is_segment)
            .and_then(|code| columns.text(NAMED_SEGMENT, code)?.parse::<SpanId>().ok());
        *place = Raw {
            trace: columns.trace(row),
            span: columns.span(row),
            parent,
            named: named.map_or(0, |id| id.0),
            start: columns.start(row),
            duration: columns.duration(row).max(0),
            name,
            is_segment,
            is_there: true,
        };
    }
    Part {
        segment: columns.segment(),
        spans,
    }
}

/// The transaction of each span.
fn entries(parent: &[u32], is_segment: &[bool], named: impl Fn(usize) -> u32) -> Vec<u32> {
    let mut entry = vec![UNKNOWN; parent.len()];
    let mut way = Vec::new();
    for from in 0..parent.len() {
        let mut at = from;
        let found = loop {
            match entry[at] {
                UNKNOWN => {}
                // On the way already: parents in a circle.
                NONE => break at as u32,
                known => break known,
            }
            if is_segment[at] {
                break at as u32;
            }
            entry[at] = NONE;
            way.push(at);
            match parent[at] {
                NONE => match named(at) {
                    NONE => break at as u32,
                    named if is_segment[named as usize] => break named,
                    _ => break at as u32,
                },
                parent => at = parent as usize,
            }
        };
        entry[from] = found;
        for at in way.drain(..) {
            entry[at] = found;
        }
    }
    entry
}

/// The self time of each span.
fn self_times(spans: &[Raw], parent: &[u32]) -> Vec<i64> {
    let mut own: Vec<i64> = spans.iter().map(|span| span.duration).collect();
    let mut children: Vec<(u32, i64, i64)> = spans
        .iter()
        .zip(parent)
        .filter(|(span, parent)| **parent < UNKNOWN && !span.is_segment)
        .map(|(span, parent)| {
            (
                *parent,
                span.start,
                span.start.saturating_add(span.duration),
            )
        })
        .collect();
    children.sort_unstable();
    let mut last = NONE;
    let (mut reached, mut end) = (0i64, 0i64);
    for (parent, from, to) in children {
        let Some(span) = spans.get(parent as usize) else {
            continue;
        };
        if parent != last {
            last = parent;
            (reached, end) = (span.start, span.start.saturating_add(span.duration));
        }
        let (from, to) = (from.max(reached), to.min(end));
        if to > from {
            own[parent as usize] -= to - from;
            reached = to;
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: u64, parent: u64, start: i64, duration: i64, is_segment: bool) -> Raw {
        Raw {
            trace: 1,
            span: id,
            parent,
            named: 0,
            start,
            duration,
            name: 0,
            is_segment,
            is_there: true,
        }
    }

    fn family(spans: Vec<Raw>) -> Family {
        let part = Part { segment: 7, spans };
        Family::of(vec![part], Texts::default())
    }

    #[test]
    fn a_span_belongs_to_the_next_transaction_above_it() {
        let mut lost = span(6, 99, 0, 1, false);
        lost.named = 1;
        let family = family(vec![
            span(1, 0, 0, 100, true),
            span(2, 1, 10, 50, false),
            span(3, 2, 20, 30, true),
            span(4, 3, 25, 5, false),
            span(5, 98, 0, 1, false),
            lost,
            span(8, 9, 0, 1, false),
            span(9, 8, 0, 1, false),
            span(10, 10, 0, 1, false),
        ]);
        let entries: Vec<u32> = (0..9).map(|at| family.entry(Member(at)).0).collect();
        assert_eq!(entries[..6], [0, 0, 2, 2, 4, 0]);
        assert_eq!(entries[6], entries[7], "a circle has one entry");
        assert_eq!(entries[8], 8);
    }

    #[test]
    fn what_another_transaction_does_stays_the_callers_time() {
        let family = family(vec![
            span(1, 0, 0, 100, true),
            span(2, 1, 10, 50, false),  // overlaps the next
            span(3, 1, 40, 50, false),  // 10..90 together
            span(4, 3, 45, 40, true),   // a called service
            span(5, 3, 80, 100, false), // beyond its parent's end
        ]);
        let times: Vec<i64> = (0..5).map(|at| family.self_time(Member(at))).collect();
        assert_eq!(times, [20, 50, 40, 40, 100]);
        let at = |row| RecordRef { segment: 7, row };
        assert_eq!(family.member(at(4)), Some(Member(4)));
        assert_eq!(family.member(at(5)), None);
        assert_eq!(family.find(1, SpanId(4)), Some(Member(3)));
    }
}
