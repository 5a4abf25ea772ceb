//! What kind of whole a trace is: one tree, several, or pieces.

use super::tree::{Link, SpanIndex, SpanTree};
use crate::model::trace::Trace;

/// How complete and connected a trace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceShape {
    /// Neither spans nor errors.
    Empty,
    /// Errors, but no spans.
    OnlyErrors,
    /// Spans, but the first of them is missing.
    NoRoot,
    /// One root that everything hangs under.
    OneRoot,
    /// One root, and spans that are not connected to it.
    Broken,
    /// Several roots, as browsers make them for page loads and navigations.
    SeveralBrowserRoots,
    /// Several roots that share the trace id.
    SeveralRoots,
}

impl TraceShape {
    /// Judges a trace by what lies at the top of its tree.
    pub fn of(trace: &Trace, tree: &SpanTree) -> Self {
        let is_orphan = |span: &&SpanIndex| tree.link(**span) == Link::Orphan;
        let (orphans, roots): (Vec<&SpanIndex>, Vec<&SpanIndex>) =
            tree.tops().iter().partition(is_orphan);
        let browser = |sdk: &str| sdk.starts_with("sentry.javascript.");
        match (roots.len(), orphans.len()) {
            (0, 0) if trace.errors.is_empty() => Self::Empty,
            (0, 0) => Self::OnlyErrors,
            (0, _) => Self::NoRoot,
            (1, 0) => Self::OneRoot,
            (1, _) => Self::Broken,
            _ if roots
                .iter()
                .any(|span| browser(&trace.spans[span.at()].sdk)) =>
            {
                Self::SeveralBrowserRoots
            }
            _ => Self::SeveralRoots,
        }
    }

    /// What a person should know about it; `None` when it is as it should be.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::OneRoot | Self::SeveralBrowserRoots => None,
            Self::Empty => Some("This trace has no spans and no errors."),
            Self::OnlyErrors => Some(
                "Only errors were recorded: tracing may be off, or this trace was not sampled.",
            ),
            Self::NoRoot => Some(
                "The first span is missing: it may not have been exported, or is still to come.",
            ),
            Self::Broken => Some(
                "Some spans name a parent that is not in this trace; they are listed at the top.",
            ),
            Self::SeveralRoots => Some(
                "Several spans without a parent share this trace id; they are listed side by side.",
            ),
        }
    }
}
