//! What a batch has become when it leaves the parser threads: segments, rows and lists, ready for the writer.
//!
//! Whatever is numbered by the store (traces, strings, resources, scopes) is an index into a list of the batch here,
//! or [`super::NONE`].

use super::column::EncodedColumn;
use super::trace_spans::TraceSpans;
use crate::model::{SpanId, TraceId};
use crate::store::RecordKind;
use crate::store::bits::Bits;

/// A batch ready to be written.
pub struct EncodedBatch {
    pub(in crate::store) traces: Vec<LocalTrace>,
    pub(in crate::store) strings: Vec<Box<str>>,
    pub(in crate::store) resources: Vec<EncodedResource>,
    pub(in crate::store) scopes: Vec<(Box<str>, Box<str>)>,
    pub(in crate::store) segments: Vec<EncodedSegment>,
    pub(in crate::store) errors: Vec<EncodedError>,
    pub(in crate::store) check_ins: Vec<EncodedCheckIn>,
    /// Attributes left out since their record has another value under the same name.
    pub(in crate::store) repeated: u64,
}

impl EncodedBatch {
    /// How many bytes its columns and the cores of its spans take.
    pub(in crate::store) fn bytes(&self) -> usize {
        let columns = self.segments.iter().flat_map(|segment| &segment.columns);
        let columns = columns.map(|column| column.data.len() + column.bloom.len());
        let spans = self
            .segments
            .iter()
            .flat_map(|segment| &segment.trace_spans);
        columns.chain(spans.map(|spans| spans.block.len())).sum()
    }
}

/// A trace named in a batch.
pub(in crate::store) struct LocalTrace {
    pub id: TraceId,
    /// The best root among the batch's spans.
    pub root: Option<Root>,
}

/// A span that may be its trace's root: the least by [`Root::order`] is.
pub(in crate::store) struct Root {
    /// 0 without a parent, 1 with one.
    pub rank: u8,
    pub start: i64,
    pub span: SpanId,
    pub name: Box<str>,
    /// Index into the batch's strings.
    pub op: u32,
    /// Index into the batch's strings.
    pub service: u32,
}

impl Root {
    /// What decides between candidates; the id only so that the order of import does not.
    pub fn order(&self) -> (u8, i64, i64) {
        (self.rank, self.start, self.span.0 as i64)
    }
}

pub(in crate::store) struct EncodedResource {
    pub hash: u128,
    pub attributes: String,
    pub service: Box<str>,
    pub sdk: Box<str>,
}

/// Records of one kind, as columns.
pub(in crate::store) struct EncodedSegment {
    pub kind: RecordKind,
    pub rows: u32,
    pub time_min: i64,
    pub time_max: i64,
    /// A row each: index into the batch's traces, resources, scopes, or [`NONE`](super::NONE).
    pub traces: Vec<u32>,
    pub resources: Vec<u32>,
    pub scopes: Vec<u32>,
    pub columns: Vec<EncodedColumn>,
    /// The cores of spans, none for logs. Their strings are the batch's.
    pub trace_spans: Vec<TraceSpans>,
    /// Rows that are the same span as another of the segment.
    pub dropped: Bits,
}

pub(in crate::store) struct EncodedError {
    pub id: u128,
    pub trace: u32,
    pub span: SpanId,
    pub time: i64,
    pub level: Box<str>,
    pub exception_type: Box<str>,
    pub message: Box<str>,
    pub transaction: Box<str>,
    pub service: u32,
    pub resource: u32,
    pub document: Box<str>,
    pub position: i64,
}

pub(in crate::store) struct EncodedCheckIn {
    /// By which the same one is known when it comes again.
    pub id: u128,
    pub run: u128,
    pub monitor: Box<str>,
    pub status: Box<str>,
    pub time: i64,
    pub duration: Option<i64>,
    pub environment: Box<str>,
    pub release: Box<str>,
    pub service: Box<str>,
    pub config: Box<str>,
    pub trace: TraceId,
    pub span: SpanId,
}
