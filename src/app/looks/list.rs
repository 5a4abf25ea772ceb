//! The spans of a trace in a row, in any order.

use super::SpanClass;
use crate::analysis::SpanIndex;
use crate::app::questions::{FoundInTrace, GroupedTrace};
use crate::model::CancelToken;
use crate::model::trace::{Span, Trace};
use crate::store::{Reader, StoreError};
use std::cmp::Ordering;
use std::sync::Arc;

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListColumn {
    /// When they began.
    #[default]
    Start,
    /// How long they lasted.
    Duration,
    /// How long they did something themselves.
    SelfTime,
    /// Their service.
    Service,
    /// Their operation.
    Operation,
    /// Their description, or their name where they have none.
    Text,
}

/// The order of a list. Of equals, those that began first come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListSort {
    /// By this column.
    pub column: ListColumn,
    /// Largest or last first.
    pub descending: bool,
}

/// The list.
#[derive(Debug)]
pub struct ListLook {
    /// The trace.
    pub grouped: Arc<GroupedTrace>,
    /// Its spans in order, those of one class if only they are shown.
    pub spans: Vec<SpanIndex>,
    /// The row of each span; [`ABSENT`] for those that are not shown.
    rows: Vec<u32>,
}

/// Stands for the row of a span that is not in the list.
const ABSENT: u32 = u32::MAX;

impl ListLook {
    pub(super) fn new(
        reader: &Reader,
        grouped: Arc<GroupedTrace>,
        of: Option<SpanClass>,
        only: Option<&FoundInTrace>,
        sort: ListSort,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let trace = &grouped.trace;
        let mut spans: Vec<SpanIndex> = (0..trace.spans.len() as u32).map(SpanIndex).collect();
        if let Some((by, value)) = of {
            let classes = by.classes(reader, trace, cancel)?;
            let class = classes.values().iter().position(|known| *known == value);
            spans.retain(|span| class.is_some() && classes.of(*span) == class);
        }
        if let Some(only) = only {
            let is_found = |span| {
                only.found
                    .position(grouped.waterfall.of_span(span))
                    .is_some()
            };
            spans.retain(|span| is_found(*span));
        }
        if sort != ListSort::default() {
            let own = match sort.column {
                ListColumn::SelfTime => grouped.all_self_times(),
                _ => Vec::new(),
            };
            spans.sort_by(|a, b| {
                let order = compare(trace, &own, sort.column, *a, *b);
                let order = if sort.descending {
                    order.reverse()
                } else {
                    order
                };
                order.then_with(|| a.cmp(b))
            });
        }
        let mut rows = vec![ABSENT; trace.spans.len()];
        for (row, span) in (0u32..).zip(&spans) {
            rows[span.at()] = row;
        }
        Ok(Self {
            spans,
            rows,
            grouped,
        })
    }

    /// The row of a span.
    pub fn row_of(&self, span: SpanIndex) -> Option<u64> {
        let row = self.rows.get(span.at()).filter(|row| **row != ABSENT);
        row.map(|row| u64::from(*row))
    }
}

/// What a span is called in the list.
pub fn text_of(span: &Span) -> &str {
    match &*span.description {
        "" => &span.name,
        text => text,
    }
}

/// Self times are needed only to compare by them.
fn compare(trace: &Trace, own: &[i64], by: ListColumn, a: SpanIndex, b: SpanIndex) -> Ordering {
    let span = |at: SpanIndex| &trace.spans[at.at()];
    let own = |at: SpanIndex| own.get(at.at());
    match by {
        ListColumn::Start => a.cmp(&b),
        ListColumn::Duration => span(a).duration.cmp(&span(b).duration),
        ListColumn::SelfTime => own(a).cmp(&own(b)),
        ListColumn::Service => span(a).service.cmp(&span(b).service),
        ListColumn::Operation => span(a).op.cmp(&span(b).op),
        ListColumn::Text => text_of(span(a)).cmp(text_of(span(b))),
    }
}
