//! What an export is made of: a trace, or a part of it, and whoever knows everything of its records.
//!
//! Records come in stretches of [`STRETCH`], so that a trace of a million spans costs no more memory than its tree does.

use crate::analysis::{SpanIndex, SpanTree};
use crate::model::record::{RecordDetails, RecordRef};
use crate::model::trace::{Span, Trace};
use crate::model::{CancelToken, SpanId, TraceId};
use hashbrown::HashSet;
use std::io;

/// How many records are asked for at a time.
pub const STRETCH: usize = 1_024;

/// Whoever knows everything of the records of a trace.
pub trait Details {
    /// Everything the source said of these spans, in the same order.
    ///
    /// # Errors
    /// When a record cannot be read any more.
    fn spans(&self, refs: &[RecordRef]) -> io::Result<Vec<RecordDetails>>;

    /// The same for log records.
    ///
    /// # Errors
    /// As there.
    fn logs(&self, refs: &[RecordRef]) -> io::Result<Vec<RecordDetails>>;

    /// What people wrote about spans of a trace, the oldest first.
    ///
    /// # Errors
    /// When that cannot be read.
    fn notes(&self, trace: TraceId) -> io::Result<Vec<(SpanId, String)>>;
}

/// What is exported.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The trace, or a [`part`] of it.
    pub trace: &'a Trace,
    /// Who knows the rest.
    pub details: &'a dyn Details,
    /// Ends the export.
    pub cancel: &'a CancelToken,
}

impl Material<'_> {
    /// Calls `write` with the spans in order, a stretch at a time, each with its details.
    ///
    /// # Errors
    /// Those of `write` and of [`Details`]; [`io::ErrorKind::Interrupted`] when cancelled.
    pub fn spans(
        &self,
        mut write: impl FnMut(&[Span], &[RecordDetails]) -> io::Result<()>,
    ) -> io::Result<()> {
        for spans in self.trace.spans.chunks(STRETCH) {
            self.go_on()?;
            let refs: Vec<RecordRef> = spans.iter().map(|span| span.at).collect();
            write(spans, &self.details.spans(&refs)?)?;
        }
        Ok(())
    }

    /// The same for its log records; `write` gets the place of the first in [`Trace::logs`].
    ///
    /// # Errors
    /// As there.
    pub fn logs(
        &self,
        mut write: impl FnMut(usize, &[RecordDetails]) -> io::Result<()>,
    ) -> io::Result<()> {
        for (number, logs) in self.trace.logs.chunks(STRETCH).enumerate() {
            self.go_on()?;
            let refs: Vec<RecordRef> = logs.iter().map(|log| log.at).collect();
            write(number * STRETCH, &self.details.logs(&refs)?)?;
        }
        Ok(())
    }

    fn go_on(&self) -> io::Result<()> {
        match self.cancel.is_cancelled() {
            true => Err(io::Error::new(io::ErrorKind::Interrupted, "it was stopped")),
            false => Ok(()),
        }
    }
}

/// Some spans with all below them, and the log records and errors of those.
///
/// Each stays the child of whoever called it: its parent's id is kept although that span may not be in the part.
///
/// # Errors
/// The first of the ids that no span of the trace has.
pub fn part(trace: &Trace, spans: &[SpanId]) -> Result<Trace, SpanId> {
    let tree = SpanTree::new(trace);
    let mut waiting: Vec<SpanIndex> = Vec::new();
    for span in spans {
        // Spans that share an id cannot be told apart by it: all of them are meant.
        let tops = tree.find_all(trace, *span);
        if tops.is_empty() {
            return Err(*span);
        }
        waiting.extend(tops);
    }
    let mut taken = vec![false; trace.spans.len()];
    let mut ids = HashSet::new();
    while let Some(at) = waiting.pop() {
        if !std::mem::replace(&mut taken[at.at()], true) {
            ids.insert(trace.spans[at.at()].id);
            waiting.extend(tree.children(at));
        }
    }
    let within = |id: Option<SpanId>| id.is_some_and(|id| ids.contains(&id));
    let spans = trace.spans.iter().zip(&taken);
    Ok(Trace {
        id: trace.id,
        spans: spans
            .filter(|(_, taken)| **taken)
            .map(|(span, _)| span.clone())
            .collect(),
        logs: trace
            .logs
            .iter()
            .filter(|log| within(log.span))
            .cloned()
            .collect(),
        errors: trace
            .errors
            .iter()
            .filter(|error| within(error.span))
            .cloned()
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::trace;

    #[test]
    fn a_part_is_a_span_and_all_below_it() {
        //  1 ─┬─ 2 ─── 4
        //     └─ 3
        let whole = trace(&[
            (1, 0, 0, 90),
            (2, 1, 10, 50),
            (3, 1, 50, 80),
            (4, 2, 20, 40),
        ]);
        let ids = |part: &Trace| part.spans.iter().map(|span| span.id.0).collect::<Vec<_>>();
        let part_of = |spans: &[u64]| {
            let spans: Vec<SpanId> = spans.iter().copied().map(SpanId).collect();
            part(&whole, &spans).map(|part| ids(&part))
        };
        assert_eq!(part_of(&[2]), Ok(vec![2, 4]));
        assert_eq!(part_of(&[1]), Ok(vec![1, 2, 4, 3]));
        // Several, in the order of the trace; what is below two of them is there once.
        assert_eq!(part_of(&[3, 4]), Ok(vec![4, 3]));
        assert_eq!(part_of(&[4, 2, 1]), Ok(vec![1, 2, 4, 3]));
        assert_eq!(part_of(&[2, 9]), Err(SpanId(9)));
    }
}
