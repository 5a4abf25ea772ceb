//! Missing instrumentation: stretches in which a program ran but recorded nothing.
//!
//! A gap lies between two spans that follow each other directly when the tree is read from top to bottom, if the
//! second starts at least [`THRESHOLD`] after the first ended. Only the row just above counts: an earlier sibling or
//! a parent that still runs does not fill the gap. The gap's place is just before the second span, among its siblings.
//!
//! Segments do not border gaps: time between a request's arrival and its first span is ordinary. Nor do spans of
//! browser SDKs, where waiting is normal.

use super::tree::{SpanIndex, SpanTree};
use crate::model::trace::{Span, Trace};
use hashbrown::HashMap;

/// The shortest gap, in nanoseconds.
pub const THRESHOLD: i64 = 100_000_000;

/// SDKs in whose programs waiting is normal, without the common start `sentry.javascript.`.
const WAITING_IS_NORMAL: [&str; 15] = [
    "angular",
    "angular-ivy",
    "astro",
    "browser",
    "electron",
    "ember",
    "gatsby",
    "nextjs",
    "nuxt",
    "react",
    "react-native",
    "remix",
    "svelte",
    "sveltekit",
    "vue",
];

/// The gaps of a trace; few spans have one.
#[derive(Clone, Debug, Default)]
pub struct Gaps(HashMap<SpanIndex, SpanIndex>);

impl Gaps {
    /// The span before the gap that ends where a span starts; `None` without a gap.
    pub fn before(&self, span: SpanIndex) -> Option<SpanIndex> {
        match self.0.is_empty() {
            true => None,
            false => self.0.get(&span).copied(),
        }
    }
}

/// Finds the gaps.
///
/// `breaks_before` tells spans that have a row other than a span right above them.
pub fn find(trace: &Trace, tree: &SpanTree, breaks_before: impl Fn(SpanIndex) -> bool) -> Gaps {
    let mut gaps = HashMap::new();
    let mut above: Option<SpanIndex> = None;
    for next in tree.downwards() {
        let prev = above.replace(next);
        let is_before = |prev: &SpanIndex| {
            is_gap(&trace.spans[prev.at()], &trace.spans[next.at()]) && !breaks_before(next)
        };
        if let Some(prev) = prev.filter(is_before) {
            gaps.insert(next, prev);
        }
    }
    Gaps(gaps)
}

fn is_gap(prev: &Span, next: &Span) -> bool {
    next.start - prev.end() >= THRESHOLD && may_border(prev) && may_border(next)
}

fn may_border(span: &Span) -> bool {
    let waits = |sdk: &str| {
        sdk.strip_prefix("sentry.javascript.")
            .is_some_and(|name| WAITING_IS_NORMAL.contains(&name))
    };
    !span.segment && !waits(&span.sdk)
}
