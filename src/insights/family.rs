//! What spans are to each other, for all spans of a store at once: parents, the transaction each belongs to, self time.
//!
//! It is made from numbers and codes of the columns, without opening traces. What the transaction of a span is, the store
//! knows ([`Kin`]), and a search for `transaction:` means the same. Self time is the duration without the time covered by
//! children of the same transaction: what another service did meanwhile stays the caller's.

use super::texts::{Codes, Texts};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, SpanId, Value};
use crate::store::{Filter, Kin, Link, Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::sync::Arc;

const NAME: usize = 0;
const IS_SEGMENT: usize = 1;
const NAMED_SEGMENT: usize = 2;
const SAID: usize = 3;
const NAMES: &[&[&str]] = &[
    &["name", "description"],
    &["is_segment"],
    &["sentry.segment.id"],
    &["sentry.segment.name"],
];

/// A span by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Member(u32);

/// All spans, and what they are to each other.
pub struct Family {
    first_of: HashMap<u32, u32>,
    start: Vec<i64>,
    duration: Vec<i64>,
    self_time: Vec<i64>,
    transaction: Vec<u32>,
    kin: Kin,
    texts: Texts,
}

/// One segment's share of what is read first.
struct Part {
    segment: u32,
    spans: Vec<Raw>,
}

/// A row, as it is read.
#[derive(Clone, Copy, Default)]
struct Raw {
    link: Link,
    start: i64,
    duration: i64,
    /// Its own name, and the one it gives its transaction.
    name: u32,
    said: u32,
}

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
        let kin = Kin::of(spans.iter().map(|span| span.link));
        let of = |place: u32| spans.get(place as usize).copied().unwrap_or_default();
        let transaction = |place: u32| kin.transaction(place, |at| of(at).name, |at| of(at).said);
        Self {
            first_of,
            start: spans.iter().map(|span| span.start).collect(),
            duration: spans.iter().map(|span| span.duration).collect(),
            transaction: (0u32..).take(spans.len()).map(transaction).collect(),
            self_time: self_times(&spans, &kin),
            kin,
            texts,
        }
    }

    /// A span by where it lies; `None` if it came in since the family was read.
    pub fn member(&self, at: RecordRef) -> Option<Member> {
        let place = self.first_of.get(&at.segment)?.checked_add(at.row)?;
        ((place as usize) < self.kin.len()).then_some(Member(place))
    }

    /// A span by its trace's number and its id.
    pub fn find(&self, trace: i64, id: SpanId) -> Option<Member> {
        self.kin.find(trace, id).map(Member)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kin.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kin.is_empty()
    }

    /// Its place among all, below [`Self::len`].
    pub fn place(&self, of: Member) -> usize {
        of.0 as usize
    }

    /// Its parent.
    pub fn parent(&self, of: Member) -> Option<Member> {
        self.kin.parent(of.0).map(Member)
    }

    /// The transaction it belongs to: itself, or one above it.
    pub fn entry(&self, of: Member) -> Member {
        Member(self.kin.entry(of.0))
    }

    /// The name of the transaction it belongs to, by number: see [`Self::text`].
    pub fn transaction(&self, of: Member) -> u32 {
        let transaction = self.transaction.get(of.0 as usize);
        transaction.copied().unwrap_or(0)
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
        self.kin.is_segment(of.0)
    }
}

fn part(columns: &SpanColumns, texts: &Texts) -> Part {
    let mut spans = vec![Raw::default(); columns.height()];
    let mut names = [NAME, SAID].map(|at| (at, Codes::new(columns.codes(at))));
    let mut segments: Vec<Option<bool>> = vec![None; columns.codes(IS_SEGMENT)];
    for row in columns.rows().iter().copied() {
        let Some(place) = spans.get_mut(row as usize) else {
            continue;
        };
        let [name, said] = names.each_mut().map(|(at, known)| {
            columns.code(*at, row).map_or(0, |code| {
                known.get(code, || {
                    texts.of(columns.text(*at, code).unwrap_or_default())
                })
            })
        });
        let is_segment = columns.code(IS_SEGMENT, row).is_some_and(|code| {
            let known = segments.get_mut(code);
            known.is_some_and(|known| {
                let read = || columns.value(IS_SEGMENT, code) == Value::Bool(true);
                *known.get_or_insert_with(read)
            })
        });
        *place = Raw {
            link: Link::read(columns, row, is_segment, NAMED_SEGMENT),
            start: columns.start(row),
            duration: columns.duration(row).max(0),
            name,
            said,
        };
    }
    Part {
        segment: columns.segment(),
        spans,
    }
}

/// The self time of each span.
fn self_times(spans: &[Raw], kin: &Kin) -> Vec<i64> {
    let mut own: Vec<i64> = spans.iter().map(|span| span.duration).collect();
    let child = |(place, span): (u32, &Raw)| {
        let parent = kin.parent(place).filter(|_| !span.link.is_segment)?;
        let end = span.start.saturating_add(span.duration);
        Some((parent, span.start, end))
    };
    let mut children: Vec<(u32, i64, i64)> = (0u32..).zip(spans).filter_map(child).collect();
    children.sort_unstable();
    let mut last = None;
    let (mut reached, mut end) = (0i64, 0i64);
    for (parent, from, to) in children {
        let Some(span) = spans.get(parent as usize) else {
            continue;
        };
        if last != Some(parent) {
            last = Some(parent);
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
            link: Link {
                trace: 1,
                span: id,
                parent,
                named: 0,
                is_segment,
                is_there: true,
            },
            start,
            duration,
            ..Raw::default()
        }
    }

    fn family(spans: Vec<Raw>) -> Family {
        let part = Part { segment: 7, spans };
        Family::of(vec![part], Texts::default())
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
