//! The span search: what was asked of it and answered, and the questions that are more than one call of the store.

use super::fetched::Fetched;
use super::questions::Stretch;
use super::state::{FilterAndKeys, GroupsKey, RowsAndColumns, Versioned};
use crate::layout::duration_edges;
use crate::model::record::{SpanEntry, TraceSummary};
use crate::model::{CancelToken, SpanId};
use crate::query::{self, Aggregate};
use crate::store::{
    Buckets, Facet, Filter, GroupOrder, Grouping, Groups, Heatmap, Histogram, Reader, RecordKind,
    Series, SpanMatches, SpanOrder, SpanTrace, SpanTraces, StoreError,
};
use std::ops::Range;
use std::sync::Arc;

/// The percentiles of durations that are drawn over time, lowest first.
pub const PERCENTILES: [&str; 4] = ["p50", "p75", "p95", "p99"];
/// Most rows of the heatmap.
const HEATMAP_ROWS: usize = 30;

/// A filter, an order, and whether the largest come first.
pub type FilterAndOrder = (Filter, SpanOrder, bool);

/// What is known of the spans that fit.
#[derive(Debug, Default)]
pub struct SpanSearch {
    /// Which they are.
    pub found: Fetched<Versioned<FilterAndOrder>, SpanMatches>,
    /// How many there are, where they are not listed.
    pub total: Fetched<Versioned<Filter>, u64>,
    /// The visible ones.
    pub rows: Fetched<Versioned<RowsAndColumns>, Arc<Stretch<SpanEntry>>>,
    /// They over time.
    pub histogram: Fetched<Versioned<Filter>, Arc<Histogram>>,
    /// [`PERCENTILES`] of their durations over time.
    pub percentiles: Fetched<Versioned<Filter>, Arc<Series>>,
    /// They by time and duration.
    pub heatmap: Fetched<Versioned<Filter>, Arc<Heatmap>>,
    /// The most frequent values of chosen attributes among them.
    pub facets: Fetched<Versioned<FilterAndKeys>, Arc<[Facet]>>,
    /// Their groups.
    pub groups: Fetched<GroupsKey, Arc<Groups>>,
    /// The first of their groups over time.
    pub series: Fetched<GroupsKey, Arc<Series>>,
    /// The traces they belong to.
    pub traces: Fetched<Versioned<FilterAndOrder>, SpanTraces>,
    /// The visible ones of these.
    pub trace_rows: Fetched<Versioned<Range<u64>>, Arc<Stretch<MatchedTrace>>>,
}

/// A trace as a row, with its spans that fit.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedTrace {
    /// The trace.
    pub trace: TraceSummary,
    /// How many of its spans fit.
    pub matched: u64,
    /// The first of them.
    pub first: SpanId,
}

/// [`PERCENTILES`] of durations, in equal shares of the time.
pub(super) fn percentiles(
    reader: &Reader,
    filter: &Filter,
    buckets: usize,
    cancel: &CancelToken,
) -> Result<Series, StoreError> {
    let named = PERCENTILES.map(|name| format!("{name}(span.duration)"));
    let aggregates = query::parse_aggregates(&named.join(","));
    let aggregates = aggregates.unwrap_or_else(|_| vec![Aggregate::Count]);
    let grouping = Grouping {
        keys: Vec::new(),
        aggregates,
        order: GroupOrder::Key(0),
        descending: false,
        limit: 1,
    };
    let buckets = Buckets::Count(buckets);
    reader.series(RecordKind::Span, filter, &grouping, buckets, cancel)
}

/// Spans by time and duration, with edges of durations that read well.
pub(super) fn heatmap(
    reader: &Reader,
    filter: &Filter,
    columns: usize,
    cancel: &CancelToken,
) -> Result<Heatmap, StoreError> {
    let edges = |[shortest, least, longest]: [i64; 3]| {
        duration_edges(shortest, least, longest, HEATMAP_ROWS)
    };
    reader.heatmap(filter, columns, &edges, cancel)
}

/// The rows of traces, each with the id of its first span that fits.
pub(super) fn matched_traces(
    reader: &Reader,
    traces: &[SpanTrace],
) -> Result<Vec<MatchedTrace>, StoreError> {
    let numbers: Vec<i64> = traces.iter().map(|trace| trace.number).collect();
    let firsts: Vec<_> = traces.iter().map(|trace| trace.first).collect();
    let summaries = reader.trace_rows(&numbers)?.into_iter();
    let spans = reader.span_rows(&firsts, &[])?;
    let rows = summaries.zip(traces).zip(spans);
    Ok(rows
        .map(|((trace, hits), span)| MatchedTrace {
            trace,
            matched: hits.matched,
            first: span.id,
        })
        .collect())
}
