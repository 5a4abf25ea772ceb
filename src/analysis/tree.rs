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
//! Building takes O(n log n) and no recursion.

use crate::model::trace::Trace;
use crate::model::{Nanos, SpanId};
use hashbrown::HashMap;
use std::ops::Range;

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
    links: Vec<Link>,
    children: Lists,
    errors: Lists,
    tops: Vec<SpanIndex>,
    orphan_errors: Vec<u32>,
    by_id: ById,
}

impl SpanTree {
    /// Builds the tree of a trace.
    pub fn new(trace: &Trace) -> Self {
        let order = by_start(trace);
        let by_id = ById::new(trace, &order);
        let mut links: Vec<Link> = (0..trace.spans.len() as u32)
            .map(|span| link(trace, &by_id, SpanIndex(span)))
            .collect();
        cut_circles(&mut links, &order);
        let parent_of = |span: &SpanIndex| match links[span.at()] {
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
        let errors = Lists::new(trace.spans.len(), pairs);
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
        self.links.len()
    }

    /// Whether the trace has no spans.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// How the span came to its place.
    pub fn link(&self, span: SpanIndex) -> Link {
        self.links[span.at()]
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

    /// The first span with this id.
    pub fn find(&self, id: SpanId) -> Option<SpanIndex> {
        self.by_id.all(id).first().copied()
    }

    /// The span that something at `time` belongs to which names this id; which of several is in the module's text.
    pub fn owner(&self, trace: &Trace, id: SpanId, time: Nanos) -> Option<SpanIndex> {
        self.by_id.find(trace, id, time)
    }

    /// All spans with this id, in order of start.
    pub fn find_all(&self, id: SpanId) -> &[SpanIndex] {
        self.by_id.all(id)
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

fn link(trace: &Trace, by_id: &ById, index: SpanIndex) -> Link {
    let span = &trace.spans[index.at()];
    match span.parent.filter(|id| !id.is_none()) {
        None => Link::Root,
        Some(id) if id == span.id => Link::Cut,
        Some(id) => by_id
            .find(trace, id, span.start)
            .map_or(Link::Orphan, Link::Child),
    }
}

/// Cuts every circle of parents at its earliest member.
///
/// Each span is walked upwards once; a walk that meets its own trail has found a circle.
fn cut_circles(links: &mut [Link], order: &[SpanIndex]) {
    const NEW: u32 = u32::MAX;
    let mut rank = vec![0u32; links.len()];
    for (place, span) in (0u32..).zip(order) {
        rank[span.at()] = place;
    }
    let mut walk_of = vec![NEW; links.len()];
    for walk in 0..links.len() as u32 {
        let mut at = SpanIndex(walk);
        while walk_of[at.at()] == NEW {
            walk_of[at.at()] = walk;
            let Link::Child(parent) = links[at.at()] else {
                break;
            };
            if walk_of[parent.at()] == walk {
                let earliest = earliest_on_circle(links, &rank, parent);
                links[earliest.at()] = Link::Cut;
            }
            at = parent;
        }
    }
}

fn earliest_on_circle(links: &[Link], rank: &[u32], on_circle: SpanIndex) -> SpanIndex {
    let mut earliest = on_circle;
    let mut at = on_circle;
    while let Link::Child(parent) = links[at.at()] {
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

/// Spans by id. Spans that share one lie side by side, in order of start.
#[derive(Clone, Debug)]
struct ById {
    spans: Vec<SpanIndex>,
    ranges: HashMap<SpanId, Range<u32>>,
}

impl ById {
    fn new(trace: &Trace, order: &[SpanIndex]) -> Self {
        let mut spans = order.to_vec();
        spans.sort_by_key(|span| trace.spans[span.at()].id);
        let mut ranges = HashMap::with_capacity(spans.len());
        let mut start = 0;
        for same in spans.chunk_by(|a, b| trace.spans[a.at()].id == trace.spans[b.at()].id) {
            let end = start + same.len() as u32;
            ranges.insert(trace.spans[same[0].at()].id, start..end);
            start = end;
        }
        Self { spans, ranges }
    }

    fn all(&self, id: SpanId) -> &[SpanIndex] {
        self.ranges.get(&id).map_or(&[], |range| {
            &self.spans[range.start as usize..range.end as usize]
        })
    }

    /// The span of this id that something at `time` belongs to; the rule is in the module's text.
    fn find(&self, trace: &Trace, id: SpanId, time: Nanos) -> Option<SpanIndex> {
        let same = self.all(id);
        let start = |span: &SpanIndex| trace.spans[span.at()].start;
        let running = &same[..same.partition_point(|span| start(span) <= time)];
        let Some(last) = running.last() else {
            return same.first().copied();
        };
        let first_of_equals = running.partition_point(|span| start(span) < start(last));
        Some(running[first_of_equals])
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
