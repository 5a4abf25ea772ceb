//! Two traces side by side, or one against what is usual among those like it.

use super::MOST_LIKE;
use crate::analysis::{Change, Comparer, Comparison, Side, SpanTree, self_times};
use crate::model::record::TraceSummary;
use crate::model::trace::Trace;
use crate::model::{CancelToken, TraceId};
use crate::store::{Filter, Reader, StoreError, TraceOrder};

/// One of the two sides, in short.
#[derive(Clone, Debug, PartialEq)]
pub enum ComparedSide {
    /// A trace.
    Trace(TraceSummary),
    /// The median of the newest of several traces: of so many, and how many there are.
    Usual { traces: usize, of: u64 },
    /// No record names this trace.
    Unknown(TraceId),
}

/// What a side is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A trace.
    Trace(TraceId),
    /// The traces like one, without the one itself.
    Like(TraceId),
    /// The traces that fit a search.
    Fitting(Filter),
}

/// Both sides with what differs.
#[derive(Debug)]
pub struct Compared {
    /// What was asked.
    pub sources: [Source; 2],
    /// Left and right.
    pub sides: [ComparedSide; 2],
    /// Steps of both, aligned.
    pub comparison: Comparison,
    /// What differs, the weightiest first.
    pub changes: Vec<Change>,
    /// Whether a step, or one below it, is part of a change.
    pub is_changed: Vec<bool>,
}

impl Compared {
    /// Reads and compares.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(
        reader: &Reader,
        sources: [Source; 2],
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let mut comparer = Comparer::default();
        let left = add(reader, &mut comparer, Side::Left, &sources[0], cancel)?;
        let right = add(reader, &mut comparer, Side::Right, &sources[1], cancel)?;
        let comparison = comparer.finish();
        let changes = comparison.changes();
        Ok(Self {
            sources,
            sides: [left, right],
            is_changed: changed(&comparison, &changes),
            comparison,
            changes,
        })
    }
}

fn add(
    reader: &Reader,
    comparer: &mut Comparer,
    side: Side,
    source: &Source,
    cancel: &CancelToken,
) -> Result<ComparedSide, StoreError> {
    let mut add = |trace: &Trace| {
        let tree = SpanTree::new(trace);
        comparer.add(side, trace, &tree, &self_times(trace, &tree));
    };
    let (newest, of) = match source {
        Source::Trace(id) => {
            let (trace, summary) = (reader.trace(*id, cancel)?, reader.trace_summary(*id)?);
            let (Some(trace), Some(summary)) = (trace, summary) else {
                return Ok(ComparedSide::Unknown(*id));
            };
            add(&trace);
            // As what is compared was read: an import may have added to it since.
            let range = trace.range();
            return Ok(ComparedSide::Trace(TraceSummary {
                start: range.start,
                duration: range.duration(),
                spans: trace.spans.len() as u64,
                ..summary
            }));
        }
        Source::Like(id) => {
            let like = reader.traces_like(*id, MOST_LIKE, cancel)?;
            (like.newest, like.total)
        }
        Source::Fitting(filter) => {
            let fitting = reader.find_traces(filter, TraceOrder::Start, true, cancel)?;
            let numbers = &fitting.numbers;
            let newest = reader.trace_rows(&numbers[..numbers.len().min(MOST_LIKE)])?;
            (newest, numbers.len() as u64)
        }
    };
    let mut traces = 0;
    for summary in &newest {
        if cancel.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        if let Some(trace) = reader.trace(summary.id, cancel)? {
            add(&trace);
            traces += 1;
        }
    }
    Ok(ComparedSide::Usual { traces, of })
}

/// Which steps are changed, or have a changed step below them, or hang below one that is gone or new.
fn changed(comparison: &Comparison, changes: &[Change]) -> Vec<bool> {
    let steps = &comparison.steps;
    let mut is_changed = vec![false; steps.len()];
    for change in changes {
        is_changed[change.step] = true;
    }
    for (at, step) in steps.iter().enumerate() {
        let is_of_one_side = step.left.is_none() || step.right.is_none();
        is_changed[at] |= is_of_one_side;
    }
    for at in (0..steps.len()).rev() {
        if let (true, Some(parent)) = (is_changed[at], steps[at].parent) {
            is_changed[parent] = true;
        }
    }
    is_changed
}
