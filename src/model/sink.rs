//! The seam between import and store: batches go in here.
//!
//! Import knows only these traits; the store implements them, tests may too. Encoding runs on the parser threads, many
//! at once; committing runs on one thread, in file order.

use super::batch::Batch;
use super::report::FileReport;
use std::sync::Arc;

/// An import (one file) in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImportId(pub i64);

/// What tells a file from another, gathered before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileIdentity {
    /// The file as the person named it.
    pub path: String,
    /// The format's id.
    pub format: String,
    /// Size in bytes when it was opened; 0 for a stream.
    pub size: u64,
    /// How many leading bytes `head_hash` covers: the whole of a small file, else [`HEAD_BYTES`].
    pub head_len: u64,
    /// xxh3-64 of those bytes.
    pub head_hash: u64,
}

/// How many leading bytes are hashed to find out quickly whether a file was seen before.
pub const HEAD_BYTES: u64 = 4096;

/// An earlier import, as far as it matters for recognising its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownImport {
    /// The import.
    pub id: ImportId,
    /// Its file's identity then.
    pub identity: FileIdentity,
    /// How many bytes of the file are committed.
    pub read_to: u64,
    /// xxh3-64 over exactly those bytes.
    pub prefix_hash: u64,
    /// As [`Checkpoint::logs_to`].
    pub logs_to: u64,
    /// Whether that was the whole file at the time.
    pub complete: bool,
}

/// How far into the file a commit reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Bytes of the file consumed.
    pub read_to: u64,
    /// xxh3-64 over all bytes up to there.
    pub prefix_hash: u64,
    /// Log records before this byte are committed, even if they lie after `read_to`: a record that was cut off is read
    /// again from its beginning, and what is in it is known again only if it has an identity.
    pub logs_to: u64,
}

/// What a commit added and what it found to be there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// New spans.
    pub spans: u64,
    /// New log records.
    pub logs: u64,
    /// New errors.
    pub errors: u64,
    /// New check-ins of jobs.
    pub check_ins: u64,
    /// Traces whose first span came with this commit.
    pub traces: u64,
    /// Spans and errors that were in the store already.
    pub duplicates: u64,
    /// Attributes that were left out since their record has another value under the same name.
    pub repeated_attributes: u64,
}

/// Turns a batch into the sink's own form. Runs on parser threads.
pub trait Encode: Send + Sync + 'static {
    /// The sink's own form of a batch.
    type Encoded: Send + 'static;

    /// Encodes one batch. What it leaves of it is thrown away, memory that can be used again put aside.
    fn encode(&self, batch: &mut Batch) -> Self::Encoded;
}

/// Where batches go. Used from one thread.
pub trait Sink: Send {
    /// The encoder that belongs to it.
    type Encoder: Encode;

    /// The encoder, shared with the parser threads.
    fn encoder(&self) -> Arc<Self::Encoder>;

    /// Earlier imports, to recognise a file that was read before, grew, or was left half-way.
    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError>;

    /// Starts a file, or goes on with an import that was left half-way or whose file grew.
    fn begin(
        &mut self,
        file: &FileIdentity,
        resume: Option<ImportId>,
    ) -> Result<ImportId, SinkError>;

    /// Commits one batch in one transaction: after this it is there, before it nothing is.
    fn commit(
        &mut self,
        import: ImportId,
        batch: <Self::Encoder as Encode>::Encoded,
        to: Checkpoint,
    ) -> Result<Committed, SinkError>;

    /// Ends a file with its report; `complete` only when all of it was read.
    fn finish(
        &mut self,
        import: ImportId,
        report: &FileReport,
        complete: bool,
    ) -> Result<(), SinkError>;
}

/// The sink cannot take more: a full disk, a store that broke. What was committed stays.
#[derive(Debug)]
pub struct SinkError(pub String);

impl std::fmt::Display for SinkError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for SinkError {}
