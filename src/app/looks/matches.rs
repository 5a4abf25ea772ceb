//! How many of the spans that were found stand behind each frame, line, service or call of a look at the trace.

use super::{FlameLook, MapLook, TableLook};
use crate::analysis::{NodeKind, SpanIndex};
use crate::app::questions::FoundInTrace;
use std::sync::Arc;

/// A look whose parts stand for several spans each.
#[derive(Clone, Debug)]
pub enum Counted {
    /// Its frames.
    Flame(Arc<FlameLook>),
    /// Its lines.
    Table(Arc<TableLook>),
    /// Its services, and behind them its calls.
    Map(Arc<MapLook>),
}

/// The matches behind each part of a look.
#[derive(Debug)]
pub struct MatchCounts {
    /// What was found.
    pub found: Arc<FoundInTrace>,
    /// The look.
    pub of: Counted,
    counts: Vec<u32>,
}

impl MatchCounts {
    /// Counts. Takes time in proportion to the matches.
    pub(super) fn new(found: Arc<FoundInTrace>, of: Counted) -> Self {
        let mut counts = vec![0; of.parts()];
        let waterfall = &found.grouped.waterfall;
        for node in found.found.nodes() {
            let NodeKind::Span(span) = waterfall.node(*node).kind else {
                continue;
            };
            for part in of.parts_of(span) {
                if let Some(count) = counts.get_mut(part) {
                    *count += 1;
                }
            }
        }
        Self { found, of, counts }
    }

    /// How many matches are behind a part.
    pub fn get(&self, part: usize) -> u32 {
        self.counts.get(part).copied().unwrap_or(0)
    }
}

impl Counted {
    /// Whether it is the same answer, not only an equal one.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Flame(one), Self::Flame(other)) => Arc::ptr_eq(one, other),
            (Self::Table(one), Self::Table(other)) => Arc::ptr_eq(one, other),
            (Self::Map(one), Self::Map(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Whether it numbers spans as what was found does.
    pub fn is_of(&self, found: &FoundInTrace) -> bool {
        let grouped = match self {
            Self::Flame(look) => &look.grouped,
            Self::Table(look) => &look.grouped,
            Self::Map(look) => &look.grouped,
        };
        Arc::ptr_eq(&grouped.trace, &found.grouped.trace)
    }

    fn parts(&self) -> usize {
        match self {
            Self::Flame(look) => look.frames.len(),
            Self::Table(look) => look.lines.len(),
            Self::Map(look) => look.part_of_calls(look.map.edges.len()),
        }
    }

    /// A service stands for its spans, and so do calls for what was done because of them.
    fn parts_of(&self, span: SpanIndex) -> impl Iterator<Item = usize> {
        let parts = match self {
            Self::Flame(look) => [look.frame_of(span), None],
            Self::Table(look) => [look.line_of(span), None],
            Self::Map(look) => {
                let calls = look.calls_of(span);
                let calls = calls.map(|calls| look.part_of_calls(calls));
                [look.service_of(span), calls]
            }
        };
        parts.into_iter().flatten()
    }
}
