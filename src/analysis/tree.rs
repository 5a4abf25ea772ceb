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

mod by_id;

use self::by_id::{ById, Parents};
use crate::model::trace::{Span, Trace};
use crate::model::{Nanos, SpanId};

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
        let order = ByStart::new(trace);
        let by_id = ById::new(trace, &order);
        let mut links = Links::new(trace, &by_id);
        if !links.lead_back() {
            cut_circles(&mut links, &order);
        }
        let parent_of = |span: SpanIndex| match links.get(span) {
            Link::Child(parent) => Some(parent.0),
            _ => None,
        };
        let tops = order.iter().filter(|span| parent_of(*span).is_none());
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
        out.extend(self.downwards());
        out
    }

    /// [`SpanTree::preorder`] one by one.
    pub fn downwards(&self) -> impl Iterator<Item = SpanIndex> {
        let mut waiting: Vec<SpanIndex> = self.tops.iter().rev().copied().collect();
        std::iter::from_fn(move || {
            let span = waiting.pop()?;
            waiting.extend(self.children.of(span).iter().rev().copied().map(SpanIndex));
            Some(span)
        })
    }

    /// How deep each span is; 0 at the top.
    pub fn depths(&self) -> Vec<u32> {
        let mut depths = vec![0; self.len()];
        let mut add = |span: SpanIndex| {
            if let Some(parent) = self.parent(span) {
                depths[span.at()] = depths[parent.at()] + 1;
            }
        };
        match self.links.lead_back() {
            true => (0..self.len() as u32).map(SpanIndex).for_each(&mut add),
            false => self.downwards().for_each(&mut add),
        }
        depths
    }
}

/// All spans in order of start, ties in input order.
struct ByStart {
    spans: u32,
    /// Only if it is not the order of the trace.
    sorted: Option<Vec<SpanIndex>>,
}

impl ByStart {
    fn new(trace: &Trace) -> Self {
        let spans = trace.spans.len() as u32;
        let sorted = (!trace.spans.is_sorted_by_key(|span| span.start)).then(|| {
            let mut order: Vec<SpanIndex> = (0..spans).map(SpanIndex).collect();
            order.sort_by_key(|span| trace.spans[span.at()].start);
            order
        });
        Self { spans, sorted }
    }

    fn iter(&self) -> impl Iterator<Item = SpanIndex> + Clone {
        let sorted = self.sorted.as_deref();
        let span = move |place: u32| sorted.map_or(SpanIndex(place), |it| it[place as usize]);
        (0..self.spans).map(span)
    }
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
        let mut parents = Parents::new(trace, by_id);
        let link = |span: &Span| match span.parent() {
            None => Self::ROOT,
            Some(id) if id == span.id => Self::CUT,
            Some(id) => parents
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

    /// Whether every child comes after its parent in the trace, so that nothing goes in a circle.
    fn lead_back(&self) -> bool {
        let numbered = (0u32..).zip(&self.0);
        let mut parents = numbered.filter(|(_, parent)| **parent < Self::CUT);
        parents.all(|(span, parent)| *parent < span)
    }

    fn cut(&mut self, span: SpanIndex) {
        self.0[span.at()] = Self::CUT;
    }
}

/// Cuts every circle of parents at its earliest member.
///
/// Each span is walked upwards once; a walk that meets its own trail has found a circle.
fn cut_circles(links: &mut Links, order: &ByStart) {
    const NEW: u32 = u32::MAX;
    let mut rank = vec![0u32; links.0.len()];
    for (place, span) in (0u32..).zip(order.iter()) {
        rank[span.at()] = place;
    }
    let mut walk_of = vec![NEW; links.0.len()];
    for walk in 0..links.0.len() as u32 {
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
        let mut items = vec![0; starts[owners] as usize];
        // While it is filled, a list's start is where its next item goes; in the end that is where the next list begins.
        for (owner, item) in pairs {
            let slot = &mut starts[owner as usize];
            items[*slot as usize] = item;
            *slot += 1;
        }
        starts.copy_within(..owners, 1);
        starts[0] = 0;
        Self { starts, items }
    }

    fn of(&self, owner: SpanIndex) -> &[u32] {
        let range = self.starts[owner.at()] as usize..self.starts[owner.at() + 1] as usize;
        &self.items[range]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::{any_spans, trace};
    use proptest::prelude::*;

    /// The link of each span by the rules in the module's text, one span after the other.
    fn plain_links(trace: &Trace) -> Vec<Link> {
        let all = || (0..trace.spans.len() as u32).map(SpanIndex);
        let rank = |span: SpanIndex| (trace.spans[span.at()].start, span);
        let named = |span: SpanIndex| {
            let own = &trace.spans[span.at()];
            let Some(id) = own.parent() else {
                return Link::Root;
            };
            let mut same: Vec<SpanIndex> =
                all().filter(|it| trace.spans[it.at()].id == id).collect();
            same.sort_by_key(|span| rank(*span));
            let starts = |span: &SpanIndex| trace.spans[span.at()].start;
            let last = same.iter().map(starts).filter(|at| *at <= own.start).max();
            let running = same.iter().find(|span| Some(starts(span)) == last);
            match running.or(same.first()) {
                _ if id == own.id => Link::Cut,
                Some(parent) => Link::Child(*parent),
                None => Link::Orphan,
            }
        };
        let mut links: Vec<Link> = all().map(named).collect();
        for span in all() {
            let up = |at: &SpanIndex| match links[at.at()] {
                Link::Child(parent) => Some(parent),
                _ => None,
            };
            let way = std::iter::successors(up(&span), up).take(links.len());
            let way: Vec<SpanIndex> = way.collect();
            if let Some(end) = way.iter().position(|at| *at == span)
                && way[..=end].iter().all(|at| rank(span) <= rank(*at))
            {
                links[span.at()] = Link::Cut;
            }
        }
        links
    }

    proptest! {
        #[test]
        fn a_tree_is_as_its_rules_say(spans in any_spans(), turned in any::<bool>()) {
            let mut trace = trace(&spans);
            if turned {
                trace.spans.reverse();
            }
            let tree = SpanTree::new(&trace);
            let all = || (0..trace.spans.len() as u32).map(SpanIndex);
            let links: Vec<Link> = all().map(|span| tree.link(span)).collect();
            prop_assert_eq!(&links, &plain_links(&trace));
            let depths = tree.depths();
            for span in all() {
                let mut children: Vec<SpanIndex> =
                    all().filter(|child| links[child.at()] == Link::Child(span)).collect();
                children.sort_by_key(|child| (trace.spans[child.at()].start, *child));
                prop_assert_eq!(tree.children(span).collect::<Vec<_>>(), children);
                let above = std::iter::successors(tree.parent(span), |at| tree.parent(*at));
                prop_assert_eq!(depths[span.at()] as usize, above.count());
            }
            let mut seen = tree.preorder();
            seen.sort_unstable();
            prop_assert_eq!(seen, all().collect::<Vec<_>>());
        }
    }
}
