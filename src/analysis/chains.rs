//! Chains: spans of one operation, each the only child of the one before.
//!
//! Layers that pass a call on (middleware on middleware) make such chains, and reading them link by link tells
//! nothing. A chain has at least two members and is as long as it can be; what it says does not matter, only the
//! operation. Segments and spans without an operation are never members. A gap before the only child ends the chain,
//! since it is a row of its own.

use super::siblings::has_op;
use super::tree::{SpanIndex, SpanTree};
use crate::model::trace::{Span, Trace};
use hashbrown::HashMap;

/// The chains of a trace.
#[derive(Debug, Default)]
pub struct Chains {
    /// Members of all chains, one chain after the other, each from head to tail.
    members: Vec<SpanIndex>,
    /// For each span that heads a chain, where it lies in `members`.
    heads: HashMap<SpanIndex, (u32, u32)>,
}

impl Chains {
    /// Finds all chains. `gap_before` tells spans that have a gap row above them.
    pub fn find(trace: &Trace, tree: &SpanTree, gap_before: impl Fn(SpanIndex) -> bool) -> Self {
        let mut chains = Self::default();
        let next_link = |span: SpanIndex| {
            let mut children = tree.children(span);
            let only = children.next().filter(|_| children.len() == 0)?;
            let like = is_like(&trace.spans[span.at()], &trace.spans[only.at()]);
            (like && !gap_before(only)).then_some(only)
        };
        for head in (0..trace.spans.len() as u32).map(SpanIndex) {
            let Some(second) = next_link(head) else {
                continue;
            };
            let before = tree.parent(head);
            if before.is_some_and(|before| next_link(before) == Some(head)) {
                continue;
            }
            let start = chains.members.len() as u32;
            let links = std::iter::successors(Some(second), |link| next_link(*link));
            chains.members.push(head);
            chains.members.extend(links);
            let end = chains.members.len() as u32;
            chains.heads.insert(head, (start, end));
        }
        chains
    }

    /// The members of the chain that starts with this span; `None` when it heads none.
    pub fn headed_by(&self, span: SpanIndex) -> Option<&[SpanIndex]> {
        let (start, end) = *self.heads.get(&span)?;
        Some(&self.members[start as usize..end as usize])
    }
}

fn is_like(parent: &Span, child: &Span) -> bool {
    !parent.segment && !child.segment && has_op(parent) && parent.op == child.op
}
