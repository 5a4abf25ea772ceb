//! The local store: one SQLite file of rows and columnar segments. (Essay to be written with the code.)

mod answers;

pub use answers::*;

use crate::model::record::{LogEntry, RecordDetails, RecordRef, SpanEntry, TraceSummary};
use crate::model::sink::{
    Checkpoint, Committed, Encode, FileIdentity, ImportId, KnownImport, Sink, SinkError,
};
use crate::model::trace::Trace;
use crate::model::{CancelToken, TraceId, batch::Batch, report::FileReport};
use std::path::Path;
use std::sync::Arc;

/// Why a store cannot be opened or read.
#[derive(Debug)]
pub enum StoreError {
    /// Another process writes to it; the text says which.
    InUse { path: String, holder: String },
    /// A newer Headwater wrote it.
    Newer {
        path: String,
        found: i64,
        known: i64,
    },
    /// The file is something else or damaged.
    NotAStore { path: String, reason: String },
    /// The request was cancelled.
    Cancelled,
    /// SQLite or the file system said no.
    Failed { what: String, reason: String },
}

/// The one writer of a store.
pub struct Writer {}

/// Encodes batches for [`Writer`].
pub struct SegmentEncoder {}

/// A batch ready to be written.
pub struct EncodedBatch {}

impl Writer {
    /// Opens a store for writing, creating or migrating it as needed, and keeps others from writing until dropped.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let _ = path;
        todo!()
    }
    /// Removes an import with everything it brought.
    pub fn remove_import(&mut self, import: ImportId) -> Result<(), StoreError> {
        let _ = import;
        todo!()
    }
}

impl Encode for SegmentEncoder {
    type Encoded = EncodedBatch;
    fn encode(&self, batch: Batch) -> EncodedBatch {
        let _ = batch;
        todo!()
    }
}

impl Sink for Writer {
    type Encoder = SegmentEncoder;
    fn encoder(&self) -> Arc<SegmentEncoder> {
        todo!()
    }
    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError> {
        todo!()
    }
    fn begin(&mut self, _: &FileIdentity, _: Option<ImportId>) -> Result<ImportId, SinkError> {
        todo!()
    }
    fn commit(
        &mut self,
        _: ImportId,
        _: EncodedBatch,
        _: Checkpoint,
    ) -> Result<Committed, SinkError> {
        todo!()
    }
    fn finish(&mut self, _: ImportId, _: &FileReport, _: bool) -> Result<(), SinkError> {
        todo!()
    }
}

/// A reader: its own read-only connection, used from one thread at a time. Several may be open at once.
pub struct Reader {}

/// Stops what a [`Reader`] is doing, from another thread.
#[derive(Clone)]
pub struct Interrupt {}

impl Interrupt {
    /// The running request ends with [`StoreError::Cancelled`].
    pub fn interrupt(&self) {
        todo!()
    }
}

impl Reader {
    /// Opens a store for reading.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let _ = path;
        todo!()
    }
    /// A handle to stop SQL that runs in this reader.
    pub fn interrupt(&self) -> Interrupt {
        todo!()
    }
    /// Everything, counted.
    pub fn overview(&self) -> Result<Overview, StoreError> {
        todo!()
    }
    /// All imports, newest first.
    pub fn imports(&self) -> Result<Vec<ImportSummary>, StoreError> {
        todo!()
    }
    /// Traces of which at least one span fits, in order. Traces without spans are not listed.
    pub fn find_traces(
        &self,
        _: &Filter,
        _: TraceOrder,
        _descending: bool,
        _: &CancelToken,
    ) -> Result<TraceMatches, StoreError> {
        todo!()
    }
    /// The rows behind trace numbers, in the same order.
    pub fn trace_rows(&self, _: &[i64]) -> Result<Vec<TraceSummary>, StoreError> {
        todo!()
    }
    /// Ids that start with these hex digits, at most ten.
    pub fn traces_with_prefix(&self, _: &str) -> Result<Vec<TraceId>, StoreError> {
        todo!()
    }
    /// Everything of one trace; `None` when no record names it.
    pub fn trace(&self, _: TraceId, _: &CancelToken) -> Result<Option<Trace>, StoreError> {
        todo!()
    }
    /// Records that fit, by time.
    pub fn find(
        &self,
        _: RecordKind,
        _: &Filter,
        _newest_first: bool,
        _: &CancelToken,
    ) -> Result<RecordMatches, StoreError> {
        todo!()
    }
    /// How many records fit.
    pub fn count(&self, _: RecordKind, _: &Filter, _: &CancelToken) -> Result<u64, StoreError> {
        todo!()
    }
    /// Log rows with chosen columns.
    pub fn log_rows(
        &self,
        _: &[RecordRef],
        _columns: &[String],
    ) -> Result<Vec<LogEntry>, StoreError> {
        todo!()
    }
    /// Span rows with chosen columns.
    pub fn span_rows(
        &self,
        _: &[RecordRef],
        _columns: &[String],
    ) -> Result<Vec<SpanEntry>, StoreError> {
        todo!()
    }
    /// Everything the source said of one record.
    pub fn details(&self, _: RecordKind, _: RecordRef) -> Result<RecordDetails, StoreError> {
        todo!()
    }
    /// The JSON document of an error.
    pub fn error_document(&self, _number: i64) -> Result<String, StoreError> {
        todo!()
    }
    /// Counts over time. Without a range in the filter the histogram covers all matching records.
    pub fn histogram(
        &self,
        _: RecordKind,
        _: &Filter,
        _buckets: usize,
        _: &CancelToken,
    ) -> Result<Histogram, StoreError> {
        todo!()
    }
    /// The most frequent values of an attribute.
    pub fn facet(
        &self,
        _: RecordKind,
        _key: &str,
        _: &Filter,
        _limit: usize,
        _: &CancelToken,
    ) -> Result<Vec<ValueCount>, StoreError> {
        todo!()
    }
    /// All attribute names of a kind of record, most frequent first.
    pub fn keys(&self, _: RecordKind) -> Result<Vec<KeyCount>, StoreError> {
        todo!()
    }
}
