//! What spans are to each other: parents, and the transaction each belongs to. Pure.
//!
//! A transaction is a segment (a request that was answered, a job, a page load); a span belongs to the next one above it.
//! Where there is none above it, to the one it names by its id, or to the topmost span there is.

use super::SpanColumns;
use crate::model::SpanId;
use hashbrown::{DefaultHashBuilder, HashMap};
use std::hash::BuildHasher;

/// No span.
const NONE: u32 = u32::MAX;
/// Not known yet.
const UNKNOWN: u32 = u32::MAX - 1;

/// A span, as far as it matters to others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// The store's number of its trace; 0 for none.
    pub trace: i64,
    /// Its id, its parent's, and that of the transaction it names; 0 for none.
    pub span: u64,
    /// See [`Self::span`].
    pub parent: u64,
    /// See [`Self::span`].
    pub named: u64,
    /// Whether it is a transaction of its own.
    pub is_segment: bool,
    /// Whether there is such a span at all.
    pub is_there: bool,
}

impl Link {
    /// That of a row, of which is known whether it is a transaction; `named` is the place of `sentry.segment.id` among the
    /// attributes that were asked for.
    pub fn read(columns: &SpanColumns, row: u32, is_segment: bool, named: usize) -> Self {
        // Only a span that has lost its way is asked where it belongs.
        let named = columns
            .code(named, row)
            .filter(|_| !is_segment)
            .and_then(|code| columns.text(named, code)?.parse::<SpanId>().ok());
        Self {
            trace: columns.trace(row),
            span: columns.span(row),
            parent: columns.parent(row),
            named: named.map_or(0, |id| id.0),
            is_segment,
            is_there: true,
        }
    }
}

/// Spans by their places in a list, and what they are to each other.
#[derive(Debug, Default)]
pub struct Kin {
    parent: Vec<u32>,
    entry: Vec<u32>,
    is_segment: Vec<bool>,
    ids: Ids,
}

impl Kin {
    /// Of these spans. Of several with one id the first counts.
    pub fn of(links: impl Iterator<Item = Link> + Clone) -> Self {
        let ids = Ids::of(links.clone());
        let mut finder = ids.finder();
        let mut find = |trace: i64, id: u64, own: u32| match id {
            0 => NONE,
            id => finder
                .find(trace, id)
                .filter(|at| *at != own)
                .unwrap_or(NONE),
        };
        let count = ids.id.len();
        let (mut parent, mut named) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut is_segment = Vec::with_capacity(count);
        for (own, link) in (0u32..).zip(links) {
            parent.push(find(link.trace, link.parent, own));
            named.push(find(link.trace, link.named, own));
            is_segment.push(link.is_segment);
        }
        let entry = entries(&parent, &is_segment, &named);
        Self {
            parent,
            entry,
            is_segment,
            ids,
        }
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// The place of a span by its trace's number and its id.
    pub fn find(&self, trace: i64, id: SpanId) -> Option<u32> {
        self.ids.finder().find(trace, id.0)
    }

    /// The place of the parent.
    pub fn parent(&self, of: u32) -> Option<u32> {
        let parent = *self.parent.get(of as usize)?;
        (parent < UNKNOWN).then_some(parent)
    }

    /// The place of the transaction a span belongs to: itself, or one above it.
    pub fn entry(&self, of: u32) -> u32 {
        self.entry.get(of as usize).copied().unwrap_or(of)
    }

    /// Whether a span is a transaction of its own.
    pub fn is_segment(&self, of: u32) -> bool {
        self.is_segment
            .get(of as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The name of the transaction a span belongs to, as numbers of texts; 0 is none. Where the transaction itself is not
    /// there, the name that the span gives it (`said`) is better than that of the topmost span.
    pub fn transaction(
        &self,
        of: u32,
        name: impl Fn(u32) -> u32,
        said: impl Fn(u32) -> u32,
    ) -> u32 {
        let entry = self.entry(of);
        match self.is_segment(entry) {
            true => name(entry),
            false => match said(of) {
                0 => name(entry),
                said => said,
            },
        }
    }
}

/// Spans by trace and id. Each trace has a stretch of slots of its own: what is looked up for the spans of a trace, one after
/// the other, lies close together.
#[derive(Debug, Default)]
struct Ids {
    /// The id at each place; 0 for none.
    id: Vec<u64>,
    stretch_of: HashMap<i64, Stretch>,
    /// Places; a span stands in the first free slot from that of its hash on.
    slots: Vec<u32>,
    hasher: DefaultHashBuilder,
}

/// The slots of a trace: a power of two of them, of which some stay free.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    first: usize,
    slots: usize,
}

impl Ids {
    fn of(links: impl Iterator<Item = Link> + Clone) -> Self {
        let with_id = |link: &Link| link.is_there && link.trace != 0 && link.span != 0;
        let mut count_of: HashMap<i64, usize> = HashMap::new();
        // Spans of a trace mostly follow each other.
        let (mut trace, mut count) = (0, 0);
        for link in links.clone().filter(with_id) {
            if link.trace != trace {
                *count_of.entry(trace).or_default() += count;
                (trace, count) = (link.trace, 0);
            }
            count += 1;
        }
        *count_of.entry(trace).or_default() += count;
        let mut first = 0;
        let stretch = |(trace, count): (i64, usize)| {
            let slots = (count + count / 2 + 1).next_power_of_two();
            first += slots;
            let first = first - slots;
            (trace, Stretch { first, slots })
        };
        let stretch_of: HashMap<i64, Stretch> = count_of.into_iter().map(stretch).collect();
        let mut ids = Self {
            id: Vec::with_capacity(links.size_hint().0),
            stretch_of,
            slots: vec![NONE; first],
            hasher: DefaultHashBuilder::default(),
        };
        let (mut trace, mut stretch) = (0, None);
        for (place, link) in (0u32..UNKNOWN).zip(links) {
            ids.id.push(link.span);
            if !with_id(&link) {
                continue;
            }
            if link.trace != trace {
                (trace, stretch) = (link.trace, ids.stretch_of.get(&link.trace).copied());
            }
            let slot = stretch.map(|stretch| ids.slot(stretch, link.span));
            if let Some(slot) = slot.and_then(|slot| ids.slots.get_mut(slot))
                && *slot == NONE
            {
                *slot = place;
            }
        }
        ids
    }

    /// The slot that an id stands in, or would.
    fn slot(&self, of: Stretch, id: u64) -> usize {
        let mut at = self.hasher.hash_one(id) as usize;
        loop {
            at &= of.slots - 1;
            let slot = of.first + at;
            match self.slots.get(slot).copied().unwrap_or(NONE) {
                NONE => return slot,
                place if self.id.get(place as usize) == Some(&id) => return slot,
                _ => at += 1,
            }
        }
    }

    fn finder(&self) -> Finder<'_> {
        Finder {
            ids: self,
            trace: 0,
            stretch: None,
        }
    }
}

/// Looks up one span after the other, and so mostly in the same trace.
struct Finder<'a> {
    ids: &'a Ids,
    trace: i64,
    stretch: Option<Stretch>,
}

impl Finder<'_> {
    fn find(&mut self, trace: i64, id: u64) -> Option<u32> {
        if trace != self.trace {
            (self.trace, self.stretch) = (trace, self.ids.stretch_of.get(&trace).copied());
        }
        let place = *self.ids.slots.get(self.ids.slot(self.stretch?, id))?;
        (place != NONE).then_some(place)
    }
}

/// The transaction of each span.
fn entries(parent: &[u32], is_segment: &[bool], named: &[u32]) -> Vec<u32> {
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
                NONE => match named[at] {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn link(span: u64, parent: u64, is_segment: bool) -> Link {
        Link {
            trace: 1,
            span,
            parent,
            named: 0,
            is_segment,
            is_there: true,
        }
    }

    #[test]
    fn a_span_belongs_to_the_next_transaction_above_it() {
        let mut lost = link(6, 99, false);
        lost.named = 1;
        let links = [
            link(1, 0, true),
            link(2, 1, false),
            link(3, 2, true),
            link(4, 3, false),
            link(5, 98, false),
            lost,
            link(8, 9, false),
            link(9, 8, false),
            link(10, 10, false),
        ];
        let kin = Kin::of(links.into_iter());
        let entries: Vec<u32> = (0..9).map(|at| kin.entry(at)).collect();
        assert_eq!(entries[..6], [0, 0, 2, 2, 4, 0]);
        assert_eq!(entries[6], entries[7], "a circle has one entry");
        assert_eq!(entries[8], 8);
        assert_eq!(kin.find(1, SpanId(4)), Some(3));
        assert_eq!((kin.parent(3), kin.parent(4)), (Some(2), None));
    }

    #[test]
    fn spans_are_found_in_their_own_trace_and_of_several_the_first() {
        let of = |trace: i64, span: u64, parent: u64| Link {
            trace,
            ..link(span, parent, false)
        };
        let mut links: Vec<Link> = (1..200)
            .map(|id| of(1 + id as i64 % 2, id, id / 2))
            .collect();
        links.extend([of(1, 8, 3), of(0, 4, 1), of(2, 0, 1), of(3, 2, 0)]);
        let kin = Kin::of(links.iter().copied());
        let slowly = |trace: i64, id: u64| {
            let is_it =
                |link: &Link| (link.trace, link.span) == (trace, id) && trace * id as i64 != 0;
            links.iter().position(is_it).map(|place| place as u32)
        };
        for (trace, id) in (0..5).flat_map(|trace| (0..202).map(move |id| (trace, id))) {
            assert_eq!(
                kin.find(trace, SpanId(id)),
                slowly(trace, id),
                "{id} of {trace}"
            );
        }
        for (own, link) in (0..).zip(&links) {
            let parent = slowly(link.trace, link.parent).filter(|at| *at != own);
            assert_eq!(kin.parent(own), parent, "of {link:?}");
        }
    }

    #[test]
    fn a_transaction_that_is_not_there_goes_by_the_name_its_spans_give_it() {
        let links = [
            link(1, 0, true),
            link(2, 1, false),
            link(3, 98, false),
            link(4, 3, false),
        ];
        let kin = Kin::of(links.into_iter());
        let name = |at: u32| at + 10;
        let said = |at: u32| [7, 7, 0, 7][at as usize];
        let names: Vec<u32> = (0..4).map(|at| kin.transaction(at, name, said)).collect();
        assert_eq!(names, [10, 10, 12, 7]);
    }
}
