//! The flame graph of a trace, or of it and the traces like it.

use super::{MOST_LIKE, longest_of};
use crate::analysis::{FlameBy, FlameGraph, Frame, SpanIndex, SpanTree, self_times};
use crate::app::questions::GroupedTrace;
use crate::model::CancelToken;
use crate::store::{Reader, StoreError};
use std::sync::Arc;

/// No further trace is merged once there are so many spans.
const MOST_SPANS: usize = 2_000_000;

/// Frames, and how they belong to the spans of the open trace.
#[derive(Debug)]
pub struct FlameLook {
    /// The trace.
    pub grouped: Arc<GroupedTrace>,
    /// From the top down, each before those on it.
    pub frames: Vec<Frame>,
    /// Of each frame, the span of the open trace that lasted longest; `None` where it has none of them.
    pub longest: Vec<Option<SpanIndex>>,
    /// How many traces are merged.
    pub traces: usize,
    /// How many there would be.
    pub of_traces: u64,
    /// The width of all frames at the top, in nanoseconds.
    pub whole: i64,
    frame_of: Vec<u32>,
}

impl FlameLook {
    pub(super) fn new(
        reader: &Reader,
        grouped: Arc<GroupedTrace>,
        by: FlameBy,
        over: bool,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let mut graph = FlameGraph::new(by);
        let nodes = graph.add(&grouped.trace, &grouped.tree, &grouped.all_self_times());
        let (mut traces, mut of_traces) = (1, 1);
        if over {
            let like = reader.traces_like(grouped.trace.id, MOST_LIKE - 1, cancel)?;
            of_traces += like.total;
            let mut spans = grouped.trace.spans.len();
            for summary in &like.newest {
                spans = spans.saturating_add(summary.spans as usize);
                if cancel.is_cancelled() {
                    return Err(StoreError::Cancelled);
                }
                if spans > MOST_SPANS {
                    break;
                }
                let Some(trace) = reader.trace(summary.id, cancel)? else {
                    continue;
                };
                let tree = SpanTree::new(&trace);
                graph.add(&trace, &tree, &self_times(&trace, &tree));
                traces += 1;
            }
        }
        let frames = graph.frames();
        let mut of_node = vec![0u32; frames.len()];
        for (at, frame) in (0u32..).zip(&frames) {
            of_node[frame.node as usize] = at;
        }
        let frame_of: Vec<u32> = nodes.iter().map(|node| of_node[*node as usize]).collect();
        let tops = frames.iter().filter(|frame| frame.parent.is_none());
        Ok(Self {
            longest: longest_of(&grouped, frames.len(), |span| {
                frame_of.get(span.at()).map(|frame| *frame as usize)
            }),
            whole: tops.map(|frame| frame.width).sum(),
            grouped,
            frames,
            traces,
            of_traces,
            frame_of,
        })
    }

    /// The frame of a span of the open trace.
    pub fn frame_of(&self, span: SpanIndex) -> Option<usize> {
        self.frame_of.get(span.at()).map(|frame| *frame as usize)
    }
}
