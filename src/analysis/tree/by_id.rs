//! Which spans have an id: in order of ids for as long as the tree is there, at once while it is made.

use super::{ByStart, SpanIndex};
use crate::model::trace::{Span, Trace};
use crate::model::{Nanos, SpanId};
use hashbrown::HashMap;

/// Spans in order of their ids. Spans that share one lie side by side, in order of start.
#[derive(Clone, Debug)]
pub(super) struct ById(pub(super) Vec<SpanIndex>);

impl ById {
    pub(super) fn new(trace: &Trace, order: &ByStart) -> Self {
        let mut spans: Vec<SpanIndex> = Vec::with_capacity(trace.spans.len());
        spans.extend(order.iter());
        let id_of = |span: &SpanIndex| trace.spans[span.at()].id;
        // Ids that are counted up are in order already.
        if !spans.is_sorted_by_key(id_of) {
            spans.sort_by_cached_key(id_of);
        }
        Self(spans)
    }

    pub(super) fn all(&self, trace: &Trace, id: SpanId) -> &[SpanIndex] {
        let id_of = |span: &SpanIndex| trace.spans[span.at()].id;
        let first = self.0.partition_point(|span| id_of(span) < id);
        let rest = &self.0[first..];
        &rest[..rest.partition_point(|span| id_of(span) == id)]
    }

    pub(super) fn find(&self, trace: &Trace, id: SpanId, time: Nanos) -> Option<SpanIndex> {
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

/// Finds the spans that are named as parents at once, while all are looked for; too large to be kept.
pub(super) struct Parents<'a> {
    trace: &'a Trace,
    by_id: &'a ById,
    /// Where in `by_id` the spans of each id that is named begin; [`Self::NOWHERE`] if there are none.
    firsts: HashMap<SpanId, u32>,
    /// The id that was looked for last, if no two spans have it: brothers and sisters are often side by side.
    last: Option<(SpanId, Option<SpanIndex>)>,
}

impl<'a> Parents<'a> {
    const NOWHERE: u32 = u32::MAX;

    pub(super) fn new(trace: &'a Trace, by_id: &'a ById) -> Self {
        let mut last = SpanId::default();
        let named = trace.spans.iter().filter_map(Span::parent);
        let named = named.filter(move |id| std::mem::replace(&mut last, *id) != *id);
        // Growing would touch twice the memory; more than a few children each is usual.
        let parents = named.clone().count().min(trace.spans.len() / 4);
        let mut firsts = HashMap::with_capacity(parents);
        firsts.extend(named.map(|id| (id, Self::NOWHERE)));
        // Backwards, so that the first of several stays.
        for place in (0..by_id.0.len() as u32).rev() {
            let span = by_id.0[place as usize];
            if let Some(first) = firsts.get_mut(&trace.spans[span.at()].id) {
                *first = place;
            }
        }
        Self {
            trace,
            by_id,
            firsts,
            last: None,
        }
    }

    pub(super) fn find(&mut self, id: SpanId, time: Nanos) -> Option<SpanIndex> {
        if let Some((_, found)) = self.last.filter(|(last, _)| *last == id) {
            return found;
        }
        let first = self.firsts.get(&id).copied().unwrap_or(Self::NOWHERE) as usize;
        let next = self.by_id.0.get(first.saturating_add(1));
        if next.is_some_and(|next| self.trace.spans[next.at()].id == id) {
            return self.by_id.find(self.trace, id, time);
        }
        let found = self.by_id.0.get(first).copied();
        self.last = Some((id, found));
        found
    }
}
