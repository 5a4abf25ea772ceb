//! What the window can ask for, as plain data. [`answers`] are what comes back, [`answering`] is how it is found.
//!
//! A question knows its [`Slot`] (a newer question of the same slot makes an older one pointless) and its [`Lane`]
//! (what must answer at once does not queue behind a scan of everything).

mod answering;
mod answers;
mod slots;

pub use answering::recorded;
pub use answers::{
    Answer, FoundInTrace, GroupedTrace, MINIMAP_COLUMNS, Stretch, ToldStory, TraceList, VisibleRows,
};
pub use slots::{Lane, Slot};

use super::exporting::Export;
use super::insights::Insight;
use super::issues::{self, IssueRecords, Listing, States};
use super::looks::Look;
use super::route::AroundPlace;
use super::writer::Keeper;
use crate::alerts::RuleSet;
use crate::analysis::story::{Recorded, Wanted};
use crate::analysis::{Expansion, GroupOptions, Showing, SpanIndex};
use crate::model::record::RecordRef;
use crate::model::trace::Trace;
use crate::model::{SpanId, TraceId};
use crate::query::Expr;
use crate::store::{Filter, Grouping, RecordKind, SpanOrder, SpanTrace, TraceOrder};
use std::path::PathBuf;
use std::sync::Arc;

/// Something the window wants to know.
#[derive(Clone, Debug)]
pub enum Question {
    /// Everything, counted.
    Overview,
    /// All imports.
    Imports,
    /// Traces that fit.
    Traces {
        filter: Filter,
        order: TraceOrder,
        descending: bool,
    },
    /// A stretch of the trace list.
    TraceRows { first: u64, numbers: Vec<i64> },
    /// The id of a trace by its row number.
    Jump(i64),
    /// One trace with everything in it.
    Trace(TraceId),
    /// A trace grouped for the waterfall.
    Waterfall {
        trace: Arc<Trace>,
        options: GroupOptions,
    },
    /// The rows an expansion makes visible.
    WaterfallRows {
        grouped: Arc<GroupedTrace>,
        expansion: Expansion,
        showing: Showing,
        /// Only those that lead to a match.
        only: Option<Arc<FoundInTrace>>,
    },
    /// The spans of a trace that fit.
    FindInTrace {
        grouped: Arc<GroupedTrace>,
        search: Expr,
    },
    /// Who took part in a trace, and whose clocks agree.
    TraceFacts(Arc<GroupedTrace>),
    /// The events of all spans of a trace.
    TraceEvents(Arc<Trace>),
    /// A trace's story, or a part of it.
    Story {
        grouped: Arc<GroupedTrace>,
        events: Arc<[Recorded]>,
        wanted: Wanted,
    },
    /// All attributes of a record.
    Details { kind: RecordKind, at: RecordRef },
    /// All that is at hand of a span.
    SpanPane {
        grouped: Arc<GroupedTrace>,
        span: SpanIndex,
    },
    /// A span's record as it was imported.
    RawRecord {
        grouped: Arc<GroupedTrace>,
        span: SpanIndex,
    },
    /// How long the spans that a search finds take.
    Typical(String),
    /// Which spans link to one.
    LinksIn(TraceId, SpanId),
    /// The notes on a trace.
    Notes(TraceId),
    /// What is marked on the bars of a trace.
    BarMarks(Arc<Trace>),
    /// The names under which spans of a trace have numbers.
    NumberKeys(Arc<Trace>),
    /// The numbers of its spans under one of them.
    BarValues {
        grouped: Arc<GroupedTrace>,
        key: String,
    },
    /// Log records that fit.
    Logs { filter: Filter, newest_first: bool },
    /// The first of these, oldest first.
    FirstLogs { filter: Filter },
    /// A stretch of the log list.
    LogRows {
        first: u64,
        refs: Vec<RecordRef>,
        columns: Vec<String>,
    },
    /// Records over time.
    Histogram {
        kind: RecordKind,
        filter: Filter,
        buckets: usize,
    },
    /// The most frequent values of attributes.
    Facets {
        kind: RecordKind,
        filter: Filter,
        keys: Vec<String>,
    },
    /// What the messages of log records have in common.
    LogPatterns { filter: Filter },
    /// Groups of records, with numbers computed over each.
    Groups {
        kind: RecordKind,
        filter: Filter,
        grouping: Grouping,
    },
    /// The first of these groups over time.
    Series {
        kind: RecordKind,
        filter: Filter,
        grouping: Grouping,
        buckets: usize,
    },
    /// What differs between the records that fit and others.
    Differs { kind: RecordKind, sets: [Filter; 2] },
    /// The log records around one, so many before and after.
    LogAround {
        place: AroundPlace,
        room: (usize, usize),
        columns: Vec<String>,
    },
    /// Attribute names.
    Keys(RecordKind),
    /// The most frequent values of an attribute.
    Values(ValuesOf),
    /// The most frequent services.
    Services,
    /// Traces whose id begins so.
    TracesById(String),
    /// Searches with a name.
    SavedSearches,
    /// What would be taken out of an export.
    ExportPreview(Export),
    /// Spans that fit.
    Spans {
        filter: Filter,
        order: SpanOrder,
        descending: bool,
    },
    /// How many spans fit.
    SpanCount(Filter),
    /// A stretch of the span list.
    SpanRows {
        first: u64,
        refs: Vec<RecordRef>,
        columns: Vec<String>,
    },
    /// Percentiles of the durations of spans, over time.
    SpanPercentiles { filter: Filter, buckets: usize },
    /// Spans by time and duration.
    SpanHeatmap { filter: Filter, columns: usize },
    /// Traces of which spans fit.
    SpanTraces {
        filter: Filter,
        order: SpanOrder,
        descending: bool,
    },
    /// A stretch of the list of these.
    SpanTraceRows { first: u64, traces: Vec<SpanTrace> },
    /// What is wrong in all that was recorded.
    Issues(Keeper),
    /// The text of a file of alert rules.
    AlertsFile(PathBuf),
    /// What alert rules would have done.
    Backtest(Arc<RuleSet>),
    /// Alert rules that the traffic suggests.
    Starters,
    /// What is known to be wrong, without looking.
    IssuesBefore,
    /// What was decided about issues.
    IssueStates,
    /// The thresholds of detectors.
    DetectorSettings,
    /// What changed from the traces that fit one filter to those that fit another.
    BeforeAfter(Box<[Filter; 2]>),
    /// Releases, environments and imports.
    Sides,
    /// The issues that a place shows, sorted.
    ListedIssues {
        issues: Arc<[issues::Issue]>,
        states: Arc<States>,
        listing: Box<Listing>,
    },
    /// How many issues are open.
    OpenIssues {
        issues: Arc<[issues::Issue]>,
        states: Arc<States>,
        noise: Vec<Expr>,
    },
    /// What the records of an issue are made of.
    IssueAttributes {
        fingerprint: String,
        records: IssueRecords,
    },
    /// What detectors find in a trace.
    TraceMarks(TraceId),
    /// The kinds of what detectors find in traces, by their row numbers.
    TraceKinds(Vec<i64>),
    /// The same of traces by their ids.
    LogKinds(Vec<TraceId>),
    /// Another look at a trace, or at two.
    Look(Look),
    /// What a part of the application did.
    Insight(Insight),
}

/// An attribute of the records that fit.
#[derive(Clone, Debug, PartialEq)]
pub struct ValuesOf {
    /// Which records.
    pub kind: RecordKind,
    /// Those that fit.
    pub filter: Filter,
    /// The attribute.
    pub key: String,
}
