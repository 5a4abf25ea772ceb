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
        let mut count = 0;
        for part in &parts {
            first_of.insert(part.segment, count as u32);
            count += part.spans.len();
        }
        let spans = || Counted {
            spans: parts.iter().flat_map(|part| part.spans.iter()),
            left: count,
        };
        let kin = Kin::of(spans().map(|span| span.link));
        let start: Vec<i64> = spans().map(|span| span.start).collect();
        let duration: Vec<i64> = spans().map(|span| span.duration).collect();
        let (transaction, self_time) = std::thread::scope(|scope| {
            let names = scope.spawn(|| transactions(spans(), &kin));
            let self_time = self_times(&start, &duration, &kin);
            (names.join(), self_time)
        });
        Self {
            first_of,
            // Its own panic is the only way a thread ends without what it was to make.
            transaction: transaction.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            self_time,
            start,
            duration,
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

/// An iterator that knows how many are left, which one over parts does not.
#[derive(Clone)]
struct Counted<I> {
    spans: I,
    left: usize,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.saturating_sub(1);
        self.spans.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// The name of each span's transaction, by number.
fn transactions<'a>(spans: impl Iterator<Item = &'a Raw>, kin: &Kin) -> Vec<u32> {
    let names: Vec<(u32, u32)> = spans.map(|span| (span.name, span.said)).collect();
    let of = |place: u32| names.get(place as usize).copied().unwrap_or_default();
    let transaction = |place: u32| kin.transaction(place, |at| of(at).0, |at| of(at).1);
    (0u32..).take(names.len()).map(transaction).collect()
}

/// The self time of each span. Children are put beside each other by counting, which is quicker than sorting all of them.
fn self_times(start: &[i64], duration: &[i64], kin: &Kin) -> Vec<i64> {
    let parent = |place: usize| {
        let is_own = !kin.is_segment(place as u32);
        kin.parent(place as u32).filter(|_| is_own)
    };
    // Where the children of each begin; behind the last, where they end.
    let mut begins = vec![0u32; start.len() + 2];
    let places = 0..start.len();
    for parent in places.clone().filter_map(parent) {
        begins[parent as usize + 2] += 1;
    }
    for at in 2..begins.len() {
        begins[at] += begins[at - 1];
    }
    let mut children = vec![(0i64, 0i64); begins.last().copied().unwrap_or(0) as usize];
    for place in places.clone() {
        if let Some(parent) = parent(place) {
            let next = &mut begins[parent as usize + 1];
            let end = start[place].saturating_add(duration[place]);
            children[*next as usize] = (start[place], end);
            *next += 1;
        }
    }
    let own = places.map(|place| {
        let children = &mut children[begins[place] as usize..begins[place + 1] as usize];
        children.sort_unstable();
        let end = start[place].saturating_add(duration[place]);
        duration[place] - covered(children, start[place], end)
    });
    own.collect()
}

/// How much of a stretch of time lies within others, which rise by their starts.
fn covered(others: &[(i64, i64)], start: i64, end: i64) -> i64 {
    let (mut reached, mut sum) = (start, 0);
    for (from, to) in others {
        let (from, to) = ((*from).max(reached), (*to).min(end));
        if to > from {
            sum += to - from;
            reached = to;
        }
    }
    sum
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
