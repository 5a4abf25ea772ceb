//! The local store: one SQLite file of rows and columnar segments.
//!
//! What people count and open one by one is **rows**: imports, traces, the core of spans, errors. What is searched by
//! the million, logs and every attribute, lies in **segments**: up to 32 Ki records of one kind, a compressed column an
//! attribute, kept as blobs in the same file. Tables are described in [`schema`], the bytes of columns in [`encode`].
//!
//! * In: [`SegmentEncoder`] turns batches into segments on the parser threads; [`Writer`] commits them one by one, each
//!   in one transaction ([`commit`]). What is committed survives whatever happens next.
//! * Out: [`Reader`]. A search becomes a [`plan`], is [evaluated](evaluate) segment by segment on all cores ([`scan`])
//!   and answered as plain data ([`answers`](Filter)).
//!
//! The store knows nothing of file formats and nothing of the window. Only here is SQL written. Bytes read back are
//! never trusted: columns carry a checksum, and what does not fit is left out and reported ([`Reader::damage`]).

mod answers;
mod around;
mod bits;
mod cache;
mod check_ins;
mod checkpoint;
mod coded;
mod column;
mod commit;
mod cursor;
mod differs;
mod encode;
mod error;
mod error_events;
mod evaluate;
mod facets;
mod failures;
mod fields;
mod findings;
mod flags;
mod groups;
mod heatmap;
mod import_names;
mod in_trace;
mod interned;
mod issues;
mod keys;
mod kin;
mod links;
mod lock;
mod lookup;
mod many_logs;
mod many_traces;
mod matching;
mod named;
mod notes;
mod numbered;
mod numbers;
mod open_trace;
mod order;
mod page;
mod plan;
mod reader;
mod removal;
mod report;
mod resource;
mod rows;
mod saved;
mod scan;
mod schema;
mod search;
mod seen;
mod services;
mod sought;
mod span_block;
mod span_columns;
mod sql;
mod tally;
mod trace_key;
mod traces;
mod transactions;
mod value;
mod values;
mod writer;

pub use answers::*;
pub use around::Around;
pub use check_ins::CheckIn;
pub use cursor::{Cursor, CursorError};
pub use differs::SideTally;
pub use encode::{EncodedBatch, SegmentEncoder};
pub use error_events::ErrorWithDocument;
pub use facets::{Alike, Facet};
pub use failures::{FailurePiece, Failures, ToldBy};
pub use findings::{ChangedTrace, Findings, Kept, LookedAt};
pub use groups::{
    Buckets, Group, GroupOrder, Grouping, Groups, Line, MINUTE, Series, Sliding, Windows,
    check_trace_grouping,
};
pub use issues::{IssueState, KnownIssue};
pub use kin::{Kin, Link};
pub use many_traces::TraceWithValues;
pub use named::{AskForNames, Named};
pub use notes::Note;
pub use page::{Page, RecordOrder};
pub use reader::{Interrupt, Reader};
pub use saved::{SavedChange, SavedSearch};
pub use span_columns::SpanColumns;
pub use traces::{TracePage, TracesLike};
pub use writer::Writer;

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
    /// A statement that a person wrote cannot be run; the text says why.
    Statement(String),
    /// SQLite or the file system said no.
    Failed { what: String, reason: String },
}

/// A part of the store whose bytes are not what was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The segment.
    pub segment: u32,
    /// The column of it.
    pub column: String,
}

/// The stored number of a kind of record; part of the file format.
fn kind_number(kind: RecordKind) -> i64 {
    match kind {
        RecordKind::Span => 0,
        RecordKind::Log => 1,
    }
}
