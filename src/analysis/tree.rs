//! Who is whose parent: the spans of a trace as a tree, whatever their ids say.
//!
//! Spans name their parent by id, and exports get that wrong in every possible way. The tree keeps every span exactly
//! once and says how it came to its place ([`Link`]):
//!
//! * a parent id that no span has makes an *orphan*, which hangs at the top beside the roots;
//! * of several spans with one id, all are kept; a child belongs to the one that started last but not after the child
//!   (of equal starts the first in the file), or to the earliest when all started later;
//! * a span that names itself, and the earliest member of a circle of parents, are cut loose and hang at the top.
//!
//! Children are in order of start, ties in input order. Errors hang on the span they name by the same rule.
//! Building takes O(n log n) and no recursion. What is kept are 16 bytes a span; spans are found by id in O(log n).

use crate::model::trace::Trace;
use crate::model::{Nanos, SpanId};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// A span as its place in [`Trace::spans`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanIndex(pub u32);

impl SpanIndex {
    /// The place as an index.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// How a span came to its place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It names no parent.
    Root,
    /// It hangs under the span it names.
    Child(SpanIndex),
    /// The parent it names is not in the trace.
    Orphan,
    /// It is its own ancestor by its ids; the circle was cut here.
    Cut,
}

/// Parents, children and errors of all spans of one trace.
#[derive(Clone, Debug)]
pub struct SpanTree {
    links: Links,
    children: Lists,
    errors: Owned,
    tops: Vec<SpanIndex>,
    orphan_errors: Vec<u32>,
    by_id: ById,
}

impl SpanTree {
    /// Builds the tree of a trace.
    pub fn new(trace: &Trace) -> Self {
        let order = by_start(trace);
        let by_id = ById::new(trace, &order);
        let mut links = Links::new(trace, &by_id);
        cut_circles(&mut links, &order);
        let parent_of = |span: &SpanIndex| match links.get(*span) {
            Link::Child(parent) => Some(parent.0),
            _ => None,
        };
        let tops = order
            .iter()
            .copied()
            .filter(|span| parent_of(span).is_none());
        let tops = tops.collect();
        let pairs = order
            .iter()
            .filter_map(|span| Some((parent_of(span)?, span.0)));
        let children = Lists::new(trace.spans.len(), pairs);
        let owners: Vec<Option<SpanIndex>> = trace
            .errors
            .iter()
            .map(|error| by_id.find(trace, error.span?, error.time))
            .collect();
        let numbered = || (0u32..).zip(&owners);
        let pairs = numbered().filter_map(|(error, owner)| Some(((*owner)?.0, error)));
        let errors = Owned::new(pairs.collect());
        let orphan_errors = numbered()
            .filter(|(_, owner)| owner.is_none())
            .map(|(error, _)| error)
            .collect();
        Self {
            links,
            children,
            errors,
            tops,
            orphan_errors,
            by_id,
        }
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.links.0.len()
    }

    /// Whether the trace has no spans.
    pub fn is_empty(&self) -> bool {
        self.links.0.is_empty()
    }

    /// How the span came to its place.
    pub fn link(&self, span: SpanIndex) -> Link {
        self.links.get(span)
    }

    /// The span it hangs under; `None` at the top.
    pub fn parent(&self, span: SpanIndex) -> Option<SpanIndex> {
        match self.link(span) {
            Link::Child(parent) => Some(parent),
            _ => None,
        }
    }

    /// The spans under it, in order of start.
    pub fn children(&self, span: SpanIndex) -> impl ExactSizeIterator<Item = SpanIndex> + Clone {
        self.children.of(span).iter().copied().map(SpanIndex)
    }

    /// The spans at the top (roots, orphans and cut ones), in order of start.
    pub fn tops(&self) -> &[SpanIndex] {
        &self.tops
    }

    /// The errors that happened in it, as places in [`Trace::errors`], in order of time.
    pub fn errors(&self, span: SpanIndex) -> &[u32] {
        self.errors.of(span)
    }

    /// The errors that name no span of the trace, as places in [`Trace::errors`], in order of time.
    pub fn orphan_errors(&self) -> &[u32] {
        &self.orphan_errors
    }

    /// The first span with this id. `trace` must be the one the tree was made of.
    pub fn find(&self, trace: &Trace, id: SpanId) -> Option<SpanIndex> {
        self.by_id.all(trace, id).first().copied()
    }

    /// The span that something at `time` belongs to which names this id; which of several is in the module's text.
    pub fn owner(&self, trace: &Trace, id: SpanId, time: Nanos) -> Option<SpanIndex> {
        self.by_id.find(trace, id, time)
    }

    /// All spans with this id, in order of start. `trace` must be the one the tree was made of.
    pub fn find_all(&self, trace: &Trace, id: SpanId) -> &[SpanIndex] {
        self.by_id.all(trace, id)
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        use super::kept_bytes::of;
        let lists = [&self.children.starts, &self.children.items];
        let errors = [&self.errors.owners, &self.errors.items];
        let spans = [&self.tops, &self.by_id.0].map(of).into_iter();
        let numbers = lists.into_iter().chain(errors).map(of);
        of(&self.links.0) + of(&self.orphan_errors) + spans.chain(numbers).sum::<usize>()
    }

    /// All spans, each before what hangs under it.
    pub fn preorder(&self) -> Vec<SpanIndex> {
        let mut out = Vec::with_capacity(self.len());
        let mut waiting: Vec<SpanIndex> = self.tops.iter().rev().copied().collect();
        while let Some(span) = waiting.pop() {
            out.push(span);
            waiting.extend(self.children.of(span).iter().rev().copied().map(SpanIndex));
        }
        out
    }
}

/// All spans in order of start, ties in input order.
fn by_start(trace: &Trace) -> Vec<SpanIndex> {
    let mut order: Vec<SpanIndex> = (0..trace.spans.len() as u32).map(SpanIndex).collect();
    order.sort_by_key(|span| trace.spans[span.at()].start);
    order
}

/// A [`Link`] a span, in four bytes.
#[derive(Clone, Debug)]
struct Links(Vec<u32>);

impl Links {
    /// The greatest numbers stand for what is no child; a trace has no span of such a number.
    const ROOT: u32 = u32::MAX;
    const ORPHAN: u32 = u32::MAX - 1;
    const CUT: u32 = u32::MAX - 2;

    fn new(trace: &Trace, by_id: &ById) -> Self {
        let lookup = Lookup::new(trace, by_id);
        let link = |span: &crate::model::trace::Span| match span.parent() {
            None => Self::ROOT,
            Some(id) if id == span.id => Self::CUT,
            Some(id) => lookup
                .find(id, span.start)
                .map_or(Self::ORPHAN, |parent| parent.0),
        };
        Self(trace.spans.iter().map(link).collect())
    }

    fn get(&self, span: SpanIndex) -> Link {
        match self.0[span.at()] {
            Self::ROOT => Link::Root,
            Self::ORPHAN => Link::Orphan,
            Self::CUT => Link::Cut,
            parent => Link::Child(SpanIndex(parent)),
        }
    }

    fn cut(&mut self, span: SpanIndex) {
        self.0[span.at()] = Self::CUT;
    }
}

/// Cuts every circle of parents at its earliest member.
///
/// Each span is walked upwards once; a walk that meets its own trail has found a circle.
fn cut_circles(links: &mut Links, order: &[SpanIndex]) {
    const NEW: u32 = u32::MAX;
    let mut rank = vec![0u32; order.len()];
    for (place, span) in (0u32..).zip(order) {
        rank[span.at()] = place;
    }
    let mut walk_of = vec![NEW; order.len()];
    for walk in 0..order.len() as u32 {
        let mut at = SpanIndex(walk);
        while walk_of[at.at()] == NEW {
            walk_of[at.at()] = walk;
            let Link::Child(parent) = links.get(at) else {
                break;
            };
            if walk_of[parent.at()] == walk {
                let earliest = earliest_on_circle(links, &rank, parent);
                links.cut(earliest);
            }
            at = parent;
        }
    }
}

fn earliest_on_circle(links: &Links, rank: &[u32], on_circle: SpanIndex) -> SpanIndex {
    let mut earliest = on_circle;
    let mut at = on_circle;
    while let Link::Child(parent) = links.get(at) {
        if rank[parent.at()] < rank[earliest.at()] {
            earliest = parent;
        }
        if parent == on_circle {
            break;
        }
        at = parent;
    }
    earliest
}

/// Spans in order of their ids. Spans that share one lie side by side, in order of start.
#[derive(Clone, Debug)]
struct ById(Vec<SpanIndex>);

impl ById {
    fn new(trace: &Trace, order: &[SpanIndex]) -> Self {
        let mut spans = order.to_vec();
        spans.sort_by_cached_key(|span| trace.spans[span.at()].id);
        Self(spans)
    }

    fn all(&self, trace: &Trace, id: SpanId) -> &[SpanIndex] {
        let id_of = |span: &SpanIndex| trace.spans[span.at()].id;
        let first = self.0.partition_point(|span| id_of(span) < id);
        let rest = &self.0[first..];
        &rest[..rest.partition_point(|span| id_of(span) == id)]
    }

    fn find(&self, trace: &Trace, id: SpanId, time: Nanos) -> Option<SpanIndex> {
        owner(trace, self.all(trace, id), time)
    }
}

/// Of spans with one id, in order of start, the one that something at `time` belongs to; the rule is in the module's text.
fn owner(trace: &Trace, same: &[SpanIndex], time: Nanos) -> Option<SpanIndex> {
    let start = |span: &SpanIndex| trace.spans[span.at()].start;
    let running = &same[..same.partition_point(|span| start(span) <= time)];
    let Some(last) = running.last() else {
        return same.first().copied();
    };
    let first_of_equals = running.partition_point(|span| start(span) < start(last));
    Some(running[first_of_equals])
}

/// Finds spans by id at once while all parents are looked for; too large to be kept.
struct Lookup<'a> {
    trace: &'a Trace,
    by_id: &'a ById,
    /// Where the spans of each id begin in `by_id`.
    firsts: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<'a> Lookup<'a> {
    fn new(trace: &'a Trace, by_id: &'a ById) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut firsts = HashTable::with_capacity(by_id.0.len());
        let id_of = |place: u32| trace.spans[by_id.0[place as usize].at()].id;
        let mut last = None;
        for place in 0..by_id.0.len() as u32 {
            let id = id_of(place);
            if last.replace(id) != Some(id) {
                let hash = |place: &u32| hasher.hash_one(id_of(*place));
                firsts.insert_unique(hasher.hash_one(id), place, hash);
            }
        }
        Self {
            trace,
            by_id,
            firsts,
            hasher,
        }
    }

    fn find(&self, id: SpanId, time: Nanos) -> Option<SpanIndex> {
        let id_of = |place: usize| {
            let span = self.by_id.0.get(place)?;
            Some(self.trace.spans[span.at()].id)
        };
        let is_it = |place: &u32| id_of(*place as usize) == Some(id);
        let first = *self.firsts.find(self.hasher.hash_one(id), is_it)? as usize;
        match id_of(first + 1) == Some(id) {
            true => self.by_id.find(self.trace, id, time),
            false => self.by_id.0.get(first).copied(),
        }
    }
}

/// Numbers of a few spans, in order of their owners.
#[derive(Clone, Debug)]
struct Owned {
    owners: Vec<u32>,
    items: Vec<u32>,
}

impl Owned {
    /// Sorts `(owner, item)` pairs by owner; items of one owner stay in order.
    fn new(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_by_key(|(owner, _)| *owner);
        let (owners, items) = pairs.into_iter().unzip();
        Self { owners, items }
    }

    fn of(&self, owner: SpanIndex) -> &[u32] {
        let from = self.owners.partition_point(|other| *other < owner.0);
        let count = self.owners[from..].partition_point(|other| *other == owner.0);
        &self.items[from..from + count]
    }
}

/// One list of numbers a span, all in one allocation.
#[derive(Clone, Debug)]
struct Lists {
    /// Where each span's list begins; one more entry than spans.
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// Sorts `(owner, item)` pairs by owner; items of one owner stay in order.
    fn new(owners: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0u32; owners + 1];
        for (owner, _) in pairs.clone() {
            starts[owner as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut items = vec![0; starts[owners] as usize];
        for (owner, item) in pairs {
            let slot = &mut next[owner as usize];
            items[*slot as usize] = item;
            *slot += 1;
        }
        Self { starts, items }
    }

    fn of(&self, owner: SpanIndex) -> &[u32] {
        let range = self.starts[owner.at()] as usize..self.starts[owner.at() + 1] as usize;
        &self.items[range]
    }
}
