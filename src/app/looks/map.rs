//! Which services of a trace call which, and where they stand on the map.

use super::longest_of;
use crate::analysis::{ServiceMap, ServiceMapBuilder, SpanIndex};
use crate::app::questions::GroupedTrace;
use crate::layout::{LayeredGraph, layered};
use crate::model::{CancelToken, SpanId, TraceId};
use crate::store::{Reader, StoreError};
use serde_json::Value as Json;
use std::sync::Arc;

/// The map, drawn up.
#[derive(Debug)]
pub struct MapLook {
    /// The trace.
    pub grouped: Arc<GroupedTrace>,
    /// Services and their calls.
    pub map: ServiceMap,
    /// Where the services stand, and the bends of their calls.
    pub layout: LayeredGraph,
    /// Of each service the span that lasted longest.
    pub longest: Vec<Option<SpanIndex>>,
    /// Of each span the calls it belongs to.
    entered: Vec<Option<u32>>,
}

impl MapLook {
    /// # Errors
    /// Those of reading links.
    pub(super) fn new(
        reader: &Reader,
        grouped: Arc<GroupedTrace>,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let links = links_within(reader, &grouped, cancel)?;
        let mut builder = ServiceMapBuilder::default();
        builder.add(
            &grouped.trace,
            &grouped.tree,
            &grouped.all_self_times(),
            &links,
        );
        let map = builder.finish();
        let edges: Vec<(usize, usize)> =
            map.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let (trace, tree) = (&grouped.trace, &grouped.tree);
        let spans = (0..trace.spans.len() as u32).map(SpanIndex);
        let roots = spans.filter(|span| tree.parent(*span).is_none());
        let mut entries: Vec<usize> = roots
            .filter_map(|root| map.node(&trace.spans[root.at()].service))
            .collect();
        entries.sort_unstable();
        entries.dedup();
        let layout = layered(map.nodes.len(), &edges, &entries);
        let longest = longest_of(&grouped, map.nodes.len(), |span| {
            map.node(&grouped.trace.spans[span.at()].service)
        });
        Ok(Self {
            entered: map.entered_by(&grouped.trace, &grouped.tree),
            grouped,
            map,
            layout,
            longest,
        })
    }

    /// The service of a span.
    pub fn service_of(&self, span: SpanIndex) -> Option<usize> {
        self.map
            .node(&self.grouped.trace.spans.get(span.at())?.service)
    }

    /// The calls that brought a span about, as their place among those of the map.
    pub(super) fn calls_of(&self, span: SpanIndex) -> Option<usize> {
        let calls = self.entered.get(span.at()).copied().flatten()?;
        Some(calls as usize)
    }

    /// Calls as a part of the look: services come first.
    pub fn part_of_calls(&self, edge: usize) -> usize {
        self.map.nodes.len() + edge
    }
}

/// The links between spans of the trace: the span that is linked to, and the one that says so.
fn links_within(
    reader: &Reader,
    grouped: &GroupedTrace,
    cancel: &CancelToken,
) -> Result<Vec<(SpanIndex, SpanIndex)>, StoreError> {
    let (trace, tree) = (&grouped.trace, &grouped.tree);
    let refs: Vec<_> = trace.spans.iter().map(|span| span.at).collect();
    let mut links = Vec::new();
    for (place, json) in reader.span_links(&refs, cancel)? {
        let Ok(Json::Array(told)) = serde_json::from_str::<Json>(&json) else {
            continue;
        };
        let here = told.iter().filter_map(|link| {
            let id = |name: &str| link[name].as_str();
            let is_here = id("traceId")?.parse() == Ok::<TraceId, _>(trace.id);
            let span: SpanId = id("spanId")?.parse().ok()?;
            is_here.then(|| tree.find(trace, span)).flatten()
        });
        let linking = SpanIndex(place as u32);
        links.extend(here.map(|linked| (linked, linking)));
    }
    Ok(links)
}
