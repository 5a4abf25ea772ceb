//! What the window can ask for, and the answers, as plain data.
//!
//! A question knows its [`Slot`] (a newer question of the same slot makes an older one pointless) and its [`Lane`]
//! (what must answer at once does not queue behind a scan of everything).

use super::alerts::{self, Starter};
use super::bar_lengths::BarValues;
use super::bar_marks::BarMarks;
use super::exporting::Export;
use super::insights::{Insight, InsightSlot, Told};
use super::issues::{self, ListedIssue, Listing, States, TraceKinds, TraceMark};
use super::looks::{Look, Looked};
use super::route::AroundPlace;
use super::span_pane::raw::RawRecord;
use super::span_pane::typical::Typical;
use super::span_pane::{LinksIn, SpanPane};
use super::span_search::{self, MatchedTrace};
use super::surroundings::Surroundings;
use super::trace_facts::TraceFacts;
use super::writer::Keeper;
use crate::alerts::{Backtest, RuleSet};
use crate::analysis::differs::{Differences, differences};
use crate::analysis::patterns::{self, Miner, Patterns};
use crate::analysis::span_events::span_events;
use crate::analysis::story::{Material, Recorded, Story, Wanted};
use crate::analysis::{
    CriticalPath, Expansion, Found, GroupFigures, GroupOptions, NodeIndex, NodeKind, PathRows, Row,
    Showing, Shown, SpanIndex, SpanTree, TraceShape, Waterfall, group_figures, self_time,
    shown_rows,
};
use crate::export::redact::Replaced;
use crate::layout::{DurationHistogram, Mark, Minimap, Scatter};
use crate::model::batch::SpanStatus;
use crate::model::record::{LogEntry, RecordDetails, RecordRef, SpanEntry, TraceSummary};
use crate::model::trace::Trace;
use crate::model::{CancelToken, SpanId, TimeRange, TraceId};
use crate::query::Expr;
use crate::store::{
    Alike, Buckets, Facet, Filter, Grouping, Groups, Heatmap, Histogram, ImportSummary, KeyCount,
    Note, Overview, Reader, RecordKind, RecordMatches, SavedSearch, Series, SpanMatches, SpanOrder,
    SpanTrace, SpanTraces, StoreError, TraceMatches, TraceOrder,
};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A view that shows one answer at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Counts of everything.
    Overview,
    /// The list of imports.
    Imports,
    /// Which traces fit.
    Traces,
    /// The visible rows of the trace list.
    TraceRows,
    /// The trace to open, known by its row only.
    Jump,
    /// The open trace.
    Trace,
    /// Its grouping.
    Waterfall,
    /// Its visible rows.
    WaterfallRows,
    /// What was found in it.
    FoundInTrace,
    /// Who took part in it.
    TraceFacts,
    /// What its spans recorded while they ran.
    TraceEvents,
    /// Its story.
    Story,
    /// The selected span's details.
    SpanDetails,
    /// What the pane of a trace shows of the selected span.
    SpanPane,
    /// Its record as it was imported.
    RawRecord,
    /// How long spans of its kind take.
    Typical,
    /// Which spans link to it.
    LinksIn,
    /// The notes on the open trace.
    Notes,
    /// What is marked on its bars.
    BarMarks,
    /// The names under which its spans have numbers.
    NumberKeys,
    /// The numbers its bars are as long as.
    BarValues,
    /// Which log records fit.
    Logs,
    /// The first of them, until all are found.
    FirstLogs,
    /// The visible rows of the log list.
    LogRows,
    /// Log records over time.
    LogHistogram,
    /// What differs between two sets of records.
    Differs,
    /// The selected log record's details.
    LogDetails,
    /// Values of chosen attributes of logs.
    LogFacets,
    /// What log messages have in common.
    LogPatterns,
    /// Groups of log records.
    LogGroups,
    /// Groups of log records over time.
    LogSeries,
    /// The log records around one.
    LogAround,
    /// Attribute names of logs.
    LogKeys,
    /// Attribute names of spans.
    SpanKeys,
    /// Values to complete a search with.
    Values,
    /// Services to go to.
    Services,
    /// Traces to go to.
    TracesById,
    /// Searches with a name.
    SavedSearches,
    /// What would be taken out of an export.
    ExportPreview,
    /// Which spans fit.
    Spans,
    /// The visible rows of the span list.
    SpanRows,
    /// Spans over time.
    SpanHistogram,
    /// How many spans fit.
    SpanCount,
    /// Percentiles of their durations over time.
    SpanPercentiles,
    /// Spans by time and duration.
    SpanHeatmap,
    /// Values of chosen attributes of spans.
    SpanFacets,
    /// Groups of spans.
    SpanGroups,
    SpanSeries,
    /// Which traces have spans that fit.
    SpanTraces,
    /// The visible rows of the list of these.
    SpanTraceRows,
    /// What is wrong.
    Issues,
    /// What was decided about that.
    IssueStates,
    /// The text of the file of alert rules.
    AlertsFile,
    /// What alert rules would have done.
    Backtest,
    /// Alert rules that the traffic suggests.
    Starters,
    /// The thresholds of detectors.
    DetectorSettings,
    /// What changed between two sets of traces.
    BeforeAfter,
    /// What sides of that there are.
    Sides,
    /// The issues a place shows.
    ListedIssues,
    /// What is wrong in the open trace.
    TraceMarks,
    /// What is wrong in the visible traces of the list.
    TraceKinds,
    /// What is wrong in the traces of visible log records.
    LogKinds,
    /// The flame graph of a trace.
    Flame,
    /// The spans of a trace in numbers.
    TraceTable,
    /// The services of a trace.
    TraceMap,
    /// The spans of a trace in a row.
    TraceList,
    /// Two traces side by side.
    Compare,
    /// The traces like one.
    TracesLike,
    /// What a search could be compared with.
    OfferedSets,
    /// How many matches are behind the parts of a look at the open trace.
    Matches,
    /// Something of insights.
    Insight(InsightSlot),
}

/// Which thread answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Answers in milliseconds.
    Interactive,
    /// May scan everything.
    Bulk,
    /// Looks at everything, and nobody waits for it.
    Background,
}

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

/// A stretch of a long list, with its place in it.
#[derive(Clone, Debug)]
pub struct Stretch<T> {
    /// Index of the first row.
    pub first: u64,
    /// The rows.
    pub rows: Vec<T>,
}

impl<T> Default for Stretch<T> {
    fn default() -> Self {
        Self {
            first: 0,
            rows: Vec::new(),
        }
    }
}

impl<T> Stretch<T> {
    /// The row at an index of the whole list, if it is in this stretch.
    pub fn get(&self, index: u64) -> Option<&T> {
        self.rows
            .get(usize::try_from(index.checked_sub(self.first)?).ok()?)
    }

    /// Whether all of `range` is here.
    pub fn covers(&self, range: &std::ops::Range<u64>) -> bool {
        self.first <= range.start && range.end <= self.first + self.rows.len() as u64
    }
}

/// Traces that fit, with what is drawn of them together.
#[derive(Debug, Default)]
pub struct TraceList {
    /// Which they are.
    pub matches: TraceMatches,
    /// How many lasted how long.
    pub durations: DurationHistogram,
    /// The longest duration in nanoseconds.
    pub longest: i64,
    /// The axes on which each is drawn at its start; sizes are [`SCATTER_SIZE`].
    pub scatter: Option<Scatter>,
    /// One mark a trace, or one a cell where they are many.
    pub marks: Vec<Mark>,
}

impl TraceList {
    fn new(matches: TraceMatches) -> Self {
        let durations = DurationHistogram::new(&matches.durations, DURATION_BINS);
        let longest = matches.durations.iter().copied().max().unwrap_or(0);
        let scatter = Scatter::fitted(&matches.starts, &matches.durations, SCATTER_SIZE);
        let marks = scatter.marks(&matches.starts, &matches.durations);
        Self {
            matches,
            durations,
            longest,
            scatter: Some(scatter),
            marks,
        }
    }
}

/// A trace with what the analysis makes of it.
#[derive(Debug)]
pub struct GroupedTrace {
    /// The trace.
    pub trace: Arc<Trace>,
    /// Who is whose parent.
    pub tree: SpanTree,
    /// The first group of repeated queries.
    pub first_repeat: Option<NodeIndex>,
    /// What is shown as a row.
    pub waterfall: Waterfall,
    /// The whole trace folded to a strip.
    pub minimap: Minimap,
    /// Time spent in each span itself, nanoseconds, by span index.
    pub self_times: Vec<i64>,
    /// Where the time of the whole went.
    pub critical_path: CriticalPath,
    /// From the first start to the last end.
    pub range: TimeRange,
    /// How many spans failed.
    pub failed: usize,
    /// How complete and connected it is.
    pub shape: TraceShape,
    logs: HashMap<SpanId, Vec<u32>>,
    groups: Vec<GroupFigures>,
    path_rows: PathRows,
}

impl GroupedTrace {
    /// Indices of the log records written in a span, in order of time.
    pub fn logs_of(&self, span: SpanId) -> &[u32] {
        self.logs.get(&span).map_or(&[], Vec::as_slice)
    }

    /// The first error that names no span of the trace.
    pub fn orphan_error(&self) -> Option<NodeIndex> {
        let nodes = self.waterfall.nodes().iter();
        let mut numbered = (0u32..).map(NodeIndex).zip(nodes);
        let found = numbered.find(|(_, node)| matches!(node.kind, NodeKind::Error(_)));
        found.map(|(at, _)| at)
    }

    /// Spans that failed or had an error, in order of start.
    pub fn failures(&self) -> impl Iterator<Item = SpanIndex> {
        let spans = (0u32..).map(SpanIndex).zip(&self.trace.spans);
        let failed = spans.filter(|(at, span)| {
            span.status == SpanStatus::Error || !self.tree.errors(*at).is_empty()
        });
        failed.map(|(at, _)| at)
    }

    fn material<'a>(&'a self, events: &'a [Recorded]) -> Material<'a> {
        Material {
            trace: &self.trace,
            tree: &self.tree,
            events,
        }
    }

    /// The figures of a group; all 0 for a node that is none.
    pub fn figures(&self, node: NodeIndex) -> GroupFigures {
        let group = self.waterfall.group_index(node);
        group.map_or_else(GroupFigures::default, |group| self.groups[group.at()])
    }

    /// When the critical path runs through a row that is unfolded or folded; disjoint, in order of time. A folded row shows
    /// what is within it, too.
    pub fn on_path(&self, node: NodeIndex, expanded: bool) -> &[TimeRange] {
        let Self {
            waterfall,
            critical_path,
            path_rows,
            ..
        } = self;
        path_rows.of(waterfall, critical_path, node, expanded)
    }
}

/// The visible rows of a waterfall, with the waterfall they number the nodes of.
#[derive(Debug)]
pub struct VisibleRows {
    /// The trace and its grouping.
    pub grouped: Arc<GroupedTrace>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
    /// How many spans are left out because their service is hidden.
    pub hidden: usize,
    /// How many further ones because the critical path does not run through them.
    pub off_path: usize,
    /// How many further ones because only matches are shown, and what leads to them.
    pub unmatched: usize,
    /// The row of each node by its number; [`FOLDED_AWAY`] for those without one.
    places: Vec<u32>,
}

/// Stands for the row of a node that has none.
const FOLDED_AWAY: u32 = u32::MAX;

impl VisibleRows {
    fn new(
        grouped: Arc<GroupedTrace>,
        expansion: &Expansion,
        showing: &Showing,
        only: Option<&FoundInTrace>,
    ) -> Self {
        let Shown {
            rows,
            hidden,
            off_path,
            unmatched,
        } = shown_rows(
            &grouped.trace,
            &grouped.waterfall,
            &grouped.critical_path,
            expansion,
            showing,
            only.map(|only| &only.found),
        );
        let mut places = vec![FOLDED_AWAY; grouped.waterfall.nodes().len()];
        for (place, row) in (0..).zip(&rows) {
            places[row.node.at()] = place;
        }
        Self {
            grouped,
            rows,
            hidden,
            off_path,
            unmatched,
            places,
        }
    }

    /// The row of a node; `None` while it is folded away.
    pub fn row_of(&self, node: NodeIndex) -> Option<usize> {
        self.places
            .get(node.at())
            .filter(|place| **place != FOLDED_AWAY)
            .map(|place| *place as usize)
    }
}

/// What a search found among the spans of a trace.
#[derive(Debug)]
pub struct FoundInTrace {
    /// The trace and its grouping.
    pub grouped: Arc<GroupedTrace>,
    /// The spans, as rows.
    pub found: Found,
    /// They as a part of the strip.
    pub minimap: Minimap,
}

impl FoundInTrace {
    fn new(grouped: Arc<GroupedTrace>, places: Vec<u32>) -> Self {
        let spans: Vec<SpanIndex> = places.into_iter().map(SpanIndex).collect();
        let (trace, tree) = (&grouped.trace, &grouped.tree);
        Self {
            found: Found::new(&grouped.waterfall, &spans),
            minimap: Minimap::only(trace, tree, MINIMAP_COLUMNS, MINIMAP_LANES, &spans),
            grouped,
        }
    }
}

/// A story with what it is told from.
#[derive(Debug)]
pub struct ToldStory {
    /// The trace.
    pub grouped: Arc<GroupedTrace>,
    /// The events of its spans.
    pub events: Arc<[Recorded]>,
    /// The lines.
    pub story: Story,
}

impl ToldStory {
    /// What the texts of lines are read from.
    pub fn material(&self) -> Material<'_> {
        self.grouped.material(&self.events)
    }
}

/// What the window gets back.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To [`Question::Overview`].
    Overview(Overview),
    /// To [`Question::Imports`].
    Imports(Arc<[ImportSummary]>),
    /// To [`Question::Traces`].
    Traces(Arc<TraceList>),
    /// To [`Question::TraceRows`].
    TraceRows(Arc<Stretch<TraceSummary>>),
    /// To [`Question::Jump`]; `None` when the row is gone.
    Jump(Option<TraceId>),
    /// To [`Question::Trace`]; `None` when no record names it.
    Trace(Option<Arc<Trace>>),
    /// To [`Question::Waterfall`].
    Waterfall(Arc<GroupedTrace>),
    /// To [`Question::WaterfallRows`].
    WaterfallRows(Arc<VisibleRows>),
    /// To [`Question::FindInTrace`].
    FoundInTrace(Arc<FoundInTrace>),
    /// To [`Question::TraceFacts`].
    TraceFacts(Arc<TraceFacts>),
    /// To [`Question::TraceEvents`].
    TraceEvents(Arc<[Recorded]>),
    /// To [`Question::Story`].
    Story(Arc<ToldStory>),
    /// To [`Question::Details`].
    Details(Arc<RecordDetails>),
    /// To [`Question::SpanPane`].
    SpanPane(Arc<SpanPane>),
    /// To [`Question::RawRecord`].
    RawRecord(Arc<RawRecord>),
    /// To [`Question::Typical`].
    Typical(Arc<Typical>),
    /// To [`Question::LinksIn`].
    LinksIn(Arc<LinksIn>),
    /// To [`Question::Notes`].
    Notes(Arc<[Note]>),
    /// To [`Question::NumberKeys`].
    NumberKeys(Arc<[Arc<str>]>),
    /// To [`Question::BarValues`].
    BarValues(Arc<BarValues>),
    /// To [`Question::BarMarks`].
    BarMarks(Arc<BarMarks>),
    /// To [`Question::Logs`].
    Logs(RecordMatches),
    /// To [`Question::LogRows`].
    LogRows(Arc<Stretch<LogEntry>>),
    /// To [`Question::Histogram`].
    Histogram(Arc<Histogram>),
    /// To [`Question::Facets`].
    Facets(Arc<[Facet]>),
    /// To [`Question::LogPatterns`].
    LogPatterns(Arc<Patterns>),
    /// To [`Question::Groups`].
    Groups(Arc<Groups>),
    /// To [`Question::Series`].
    Series(Arc<Series>),
    /// To [`Question::Differs`].
    Differs(Arc<Differences>),
    /// To [`Question::LogAround`].
    LogAround(Arc<Surroundings>),
    /// To [`Question::Keys`].
    Keys(Arc<[KeyCount]>),
    /// To [`Question::TracesById`].
    TracesById(Arc<[TraceId]>),
    /// To [`Question::Values`] and [`Question::Services`].
    Values(Arc<Facet>),
    /// To [`Question::SavedSearches`].
    SavedSearches(Arc<[SavedSearch]>),
    /// To [`Question::ExportPreview`].
    ExportPreview(Arc<[Replaced]>),
    /// To [`Question::Spans`].
    Spans(SpanMatches),
    /// To [`Question::SpanRows`].
    SpanRows(Arc<Stretch<SpanEntry>>),
    /// To [`Question::SpanCount`].
    SpanCount(u64),
    /// To [`Question::SpanPercentiles`].
    SpanPercentiles(Arc<Series>),
    /// To [`Question::SpanHeatmap`].
    SpanHeatmap(Arc<Heatmap>),
    /// To [`Question::SpanTraces`].
    SpanTraces(SpanTraces),
    /// To [`Question::SpanTraceRows`].
    SpanTraceRows(Arc<Stretch<MatchedTrace>>),
    /// To [`Question::Issues`].
    Issues(Arc<[issues::Issue]>),
    /// To [`Question::IssueStates`].
    IssueStates(Arc<States>),
    /// To [`Question::AlertsFile`].
    AlertsFile(Arc<str>),
    /// To [`Question::Backtest`].
    Backtest(Arc<Backtest>),
    /// To [`Question::Starters`].
    Starters(Arc<[Starter]>),
    /// To [`Question::BeforeAfter`].
    BeforeAfter(Arc<issues::BeforeAfter>),
    /// To [`Question::Sides`].
    Sides(Arc<[issues::OfferedSide]>),
    /// To [`Question::DetectorSettings`].
    DetectorSettings(Arc<issues::Settings>),
    /// To [`Question::ListedIssues`].
    ListedIssues(Arc<[ListedIssue]>),
    /// To [`Question::TraceMarks`].
    TraceMarks(Arc<[TraceMark]>),
    /// To [`Question::LogKinds`].
    LogKinds(Arc<issues::LogKinds>),
    /// To [`Question::TraceKinds`].
    TraceKinds(Arc<TraceKinds>),
    /// To [`Question::Look`].
    Look(Looked),
    /// To [`Question::Insight`].
    Insight(Told),
}

/// How many columns the minimap is folded to: as fine as its strip is wide.
pub const MINIMAP_COLUMNS: u32 = 1_000;
/// Most lanes of the minimap.
const MINIMAP_LANES: u32 = 12;
/// What traces are folded for when each is drawn at its start: about a screen's width and a chart's height, in points.
pub const SCATTER_SIZE: [f32; 2] = [1_500.0, 96.0];
/// Values fetched to complete a search with: more than are shown, so that typing narrows them at once.
const VALUES_OFFERED: usize = 100;
/// Rows shown before all that fit are found: a few screens of them.
const FIRST_ROWS: usize = 300;
/// Values listed of an attribute.
const FACET_VALUES: usize = 10;
/// Most bars of the duration chart.
const DURATION_BINS: usize = 100;

impl Question {
    /// The view that waits for it.
    pub fn slot(&self) -> Slot {
        match self {
            Self::Overview => Slot::Overview,
            Self::Imports => Slot::Imports,
            Self::Traces { .. } => Slot::Traces,
            Self::TraceRows { .. } => Slot::TraceRows,
            Self::Jump(_) => Slot::Jump,
            Self::Trace(_) => Slot::Trace,
            Self::Waterfall { .. } => Slot::Waterfall,
            Self::WaterfallRows { .. } => Slot::WaterfallRows,
            Self::FindInTrace { .. } => Slot::FoundInTrace,
            Self::TraceFacts(_) => Slot::TraceFacts,
            Self::TraceEvents(_) => Slot::TraceEvents,
            Self::Story { .. } => Slot::Story,
            Self::Details {
                kind: RecordKind::Span,
                ..
            } => Slot::SpanDetails,
            Self::Details {
                kind: RecordKind::Log,
                ..
            } => Slot::LogDetails,
            Self::SpanPane { .. } => Slot::SpanPane,
            Self::RawRecord { .. } => Slot::RawRecord,
            Self::Typical(_) => Slot::Typical,
            Self::LinksIn(..) => Slot::LinksIn,
            Self::Notes(_) => Slot::Notes,
            Self::BarMarks(_) => Slot::BarMarks,
            Self::NumberKeys(_) => Slot::NumberKeys,
            Self::BarValues { .. } => Slot::BarValues,
            Self::Logs { .. } => Slot::Logs,
            Self::FirstLogs { .. } => Slot::FirstLogs,
            Self::LogRows { .. } => Slot::LogRows,
            Self::Histogram { kind, .. } => of_kind(*kind, Slot::LogHistogram, Slot::SpanHistogram),
            Self::Facets { kind, .. } => of_kind(*kind, Slot::LogFacets, Slot::SpanFacets),
            Self::LogPatterns { .. } => Slot::LogPatterns,
            Self::Groups { kind, .. } => of_kind(*kind, Slot::LogGroups, Slot::SpanGroups),
            Self::Series { kind, .. } => of_kind(*kind, Slot::LogSeries, Slot::SpanSeries),
            Self::LogAround { .. } => Slot::LogAround,
            Self::Keys(RecordKind::Log) => Slot::LogKeys,
            Self::Keys(RecordKind::Span) => Slot::SpanKeys,
            Self::Spans { .. } => Slot::Spans,
            Self::SpanCount(_) => Slot::SpanCount,
            Self::SpanRows { .. } => Slot::SpanRows,
            Self::SpanPercentiles { .. } => Slot::SpanPercentiles,
            Self::SpanHeatmap { .. } => Slot::SpanHeatmap,
            Self::SpanTraces { .. } => Slot::SpanTraces,
            Self::SpanTraceRows { .. } => Slot::SpanTraceRows,
            Self::Look(look) => look.slot(),
            Self::Insight(insight) => Slot::Insight(insight.slot()),
            Self::Differs { .. } => Slot::Differs,
            Self::Values(_) => Slot::Values,
            Self::Services => Slot::Services,
            Self::TracesById(_) => Slot::TracesById,
            Self::SavedSearches => Slot::SavedSearches,
            Self::ExportPreview(_) => Slot::ExportPreview,
            Self::AlertsFile(_) => Slot::AlertsFile,
            Self::Backtest(_) => Slot::Backtest,
            Self::Starters => Slot::Starters,
            Self::Issues(_) => Slot::Issues,
            Self::IssueStates => Slot::IssueStates,
            Self::DetectorSettings => Slot::DetectorSettings,
            Self::BeforeAfter(_) => Slot::BeforeAfter,
            Self::Sides => Slot::Sides,
            Self::ListedIssues { .. } => Slot::ListedIssues,
            Self::TraceMarks(_) => Slot::TraceMarks,
            Self::TraceKinds(_) => Slot::TraceKinds,
            Self::LogKinds(_) => Slot::LogKinds,
        }
    }

    /// The thread that answers it.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Traces { .. }
            | Self::Logs { .. }
            | Self::Histogram { .. }
            | Self::Facets { .. }
            | Self::LogPatterns { .. }
            | Self::Groups { .. }
            | Self::Series { .. }
            | Self::LogAround { .. }
            | Self::Differs { .. }
            | Self::Keys(_)
            | Self::Values(_)
            | Self::Services
            | Self::Spans { .. }
            | Self::SpanCount(_)
            | Self::SpanPercentiles { .. }
            | Self::SpanHeatmap { .. }
            | Self::SpanTraces { .. }
            | Self::ExportPreview(_)
            | Self::Backtest(_)
            | Self::Starters
            | Self::TraceMarks(_)
            | Self::TraceKinds(_)
            | Self::Typical(_)
            | Self::BarMarks(_)
            | Self::NumberKeys(_)
            | Self::BarValues { .. }
            | Self::LinksIn(..)
            | Self::LogKinds(_) => Lane::Bulk,
            Self::Issues(_) => Lane::Background,
            Self::BeforeAfter(_) | Self::Sides => Lane::Bulk,
            Self::Look(look) => look.lane(),
            Self::Insight(insight) => insight.lane(),
            _ => Lane::Interactive,
        }
    }

    /// Answers from the store; questions about a trace at hand do not touch it.
    pub fn answer(self, reader: &Reader, cancel: &CancelToken) -> Result<Answer, StoreError> {
        match self {
            Self::Overview => reader.overview().map(Answer::Overview),
            Self::Imports => reader
                .imports()
                .map(|imports| Answer::Imports(imports.into())),
            Self::Traces {
                filter,
                order,
                descending,
            } => {
                let matches = reader.find_traces(&filter, order, descending, cancel)?;
                Ok(Answer::Traces(Arc::new(TraceList::new(matches))))
            }
            Self::TraceRows { first, numbers } => {
                let rows = reader.trace_rows(&numbers)?;
                Ok(Answer::TraceRows(Arc::new(Stretch { first, rows })))
            }
            Self::Jump(number) => {
                let rows = reader.trace_rows(&[number])?;
                Ok(Answer::Jump(rows.first().map(|trace| trace.id)))
            }
            Self::Trace(id) => reader
                .trace(id, cancel)
                .map(|trace| Answer::Trace(trace.map(Arc::new))),
            Self::Waterfall { trace, options } => {
                Ok(Answer::Waterfall(Arc::new(group(trace, options))))
            }
            Self::WaterfallRows {
                grouped,
                expansion,
                showing,
                only,
            } => {
                let rows = VisibleRows::new(grouped, &expansion, &showing, only.as_deref());
                Ok(Answer::WaterfallRows(Arc::new(rows)))
            }
            Self::TraceFacts(grouped) => {
                Ok(Answer::TraceFacts(Arc::new(TraceFacts::new(&grouped))))
            }
            Self::FindInTrace { grouped, search } => {
                let places = reader.find_in_trace(&grouped.trace, &search, cancel)?;
                let found = FoundInTrace::new(grouped, places);
                Ok(Answer::FoundInTrace(Arc::new(found)))
            }
            Self::TraceEvents(trace) => recorded(reader, &trace, cancel).map(Answer::TraceEvents),
            Self::Story {
                grouped,
                events,
                wanted,
            } => {
                let story = grouped.material(&events).story(&wanted, cancel);
                Ok(Answer::Story(Arc::new(ToldStory {
                    story: story.ok_or(StoreError::Cancelled)?,
                    grouped,
                    events,
                })))
            }
            Self::Details { kind, at } => reader
                .details(kind, at)
                .map(|details| Answer::Details(Arc::new(details))),
            Self::Logs {
                filter,
                newest_first,
            } => reader
                .find(RecordKind::Log, &filter, newest_first, cancel)
                .map(Answer::Logs),
            Self::FirstLogs { filter } => reader
                .first(RecordKind::Log, &filter, FIRST_ROWS, cancel)
                .map(Answer::Logs),
            Self::LogRows {
                first,
                refs,
                columns,
            } => {
                let rows = reader.log_rows(&refs, &columns)?;
                Ok(Answer::LogRows(Arc::new(Stretch { first, rows })))
            }
            Self::Histogram {
                kind,
                filter,
                buckets,
            } => reader
                .histogram(kind, &filter, buckets, cancel)
                .map(|histogram| Answer::Histogram(Arc::new(histogram))),
            Self::Facets { kind, filter, keys } => reader
                .facets(kind, &keys, &filter, FACET_VALUES, cancel)
                .map(|facets| Answer::Facets(facets.into())),
            Self::LogPatterns { filter } => {
                let by = &patterns::masked;
                let alike = reader.alike(RecordKind::Log, "message", &filter, by, cancel)?;
                Ok(Answer::LogPatterns(Arc::new(mine(&alike))))
            }
            Self::Groups {
                kind,
                filter,
                grouping,
            } => reader
                .group(kind, &filter, &grouping, cancel)
                .map(|groups| Answer::Groups(Arc::new(groups))),
            Self::Series {
                kind,
                filter,
                grouping,
                buckets,
            } => {
                let buckets = Buckets::Count(buckets);
                reader
                    .series(kind, &filter, &grouping, buckets, cancel)
                    .map(|series| Answer::Series(Arc::new(series)))
            }
            Self::LogAround {
                place,
                room,
                columns,
            } => Surroundings::read(reader, place, room, &columns, cancel)
                .map(|found| Answer::LogAround(Arc::new(found))),
            Self::SpanPane { grouped, span } => SpanPane::read(reader, &grouped, span, cancel)
                .map(|pane| Answer::SpanPane(Arc::new(pane))),
            Self::RawRecord { grouped, span } => RawRecord::read(reader, &grouped, span, cancel)
                .map(|raw| Answer::RawRecord(Arc::new(raw))),
            Self::Typical(query) => Typical::find(reader, query, cancel)
                .map(|typical| Answer::Typical(Arc::new(typical))),
            Self::LinksIn(trace, span) => LinksIn::find(reader, (trace, span), cancel)
                .map(|links| Answer::LinksIn(Arc::new(links))),
            Self::NumberKeys(trace) => {
                let refs: Vec<RecordRef> = trace.spans.iter().map(|span| span.at).collect();
                let keys = reader.number_keys(&refs, cancel)?;
                Ok(Answer::NumberKeys(keys.into()))
            }
            Self::BarValues { grouped, key } => BarValues::read(reader, grouped, key, cancel)
                .map(|values| Answer::BarValues(Arc::new(values))),
            Self::BarMarks(trace) => BarMarks::read(reader, &trace, cancel)
                .map(|marks| Answer::BarMarks(Arc::new(marks))),
            Self::Notes(trace) => reader.notes(trace).map(|notes| Answer::Notes(notes.into())),
            Self::Keys(kind) => reader.keys(kind).map(|keys| Answer::Keys(keys.into())),
            Self::Spans {
                filter,
                order,
                descending,
            } => reader
                .find_spans(&filter, order, descending, cancel)
                .map(Answer::Spans),
            Self::SpanCount(filter) => {
                let count = reader.count(RecordKind::Span, &filter, cancel);
                count.map(Answer::SpanCount)
            }
            Self::SpanRows {
                first,
                refs,
                columns,
            } => {
                let rows = reader.span_rows(&refs, &columns)?;
                Ok(Answer::SpanRows(Arc::new(Stretch { first, rows })))
            }
            Self::SpanPercentiles { filter, buckets } => {
                let series = span_search::percentiles(reader, &filter, buckets, cancel)?;
                Ok(Answer::SpanPercentiles(Arc::new(series)))
            }
            Self::SpanHeatmap { filter, columns } => {
                let heatmap = span_search::heatmap(reader, &filter, columns, cancel)?;
                Ok(Answer::SpanHeatmap(Arc::new(heatmap)))
            }
            Self::SpanTraces {
                filter,
                order,
                descending,
            } => reader
                .traces_of_spans(&filter, order, descending, cancel)
                .map(Answer::SpanTraces),
            Self::SpanTraceRows { first, traces } => {
                let rows = span_search::matched_traces(reader, &traces)?;
                Ok(Answer::SpanTraceRows(Arc::new(Stretch { first, rows })))
            }
            Self::Look(look) => look.answer(reader, cancel).map(Answer::Look),
            Self::Insight(insight) => insight.answer(reader, cancel).map(Answer::Insight),
            Self::Differs { kind, sets } => reader
                .differs(kind, &sets[0], &sets[1], cancel)
                .map(|counted| Answer::Differs(Arc::new(differences(counted)))),
            Self::Values(of) => values(reader, of, cancel),
            Self::Services => {
                let of = ValuesOf {
                    kind: RecordKind::Span,
                    filter: Filter::default(),
                    key: "service".to_owned(),
                };
                values(reader, of, cancel)
            }
            Self::TracesById(start) => reader
                .traces_with_prefix(&start)
                .map(|ids| Answer::TracesById(ids.into())),
            Self::ExportPreview(export) => match export.preview(reader, cancel) {
                Ok(replaced) => Ok(Answer::ExportPreview(replaced.into())),
                Err(_) if cancel.is_cancelled() => Err(StoreError::Cancelled),
                Err(error) => Err(StoreError::failed("preview the export", error.to_string())),
            },
            Self::Issues(keep) => {
                let settings = crate::insights::issues::settings(reader)?;
                let mut keep = |findings| keep.put(findings);
                let all = Filter::default();
                let found =
                    crate::insights::issues::find(reader, &all, &settings, cancel, &mut keep);
                found.map(|issues| Answer::Issues(issues.into()))
            }
            Self::BeforeAfter(sides) => {
                let settings = crate::insights::issues::settings(reader)?;
                let sides = [&sides[0], &sides[1]];
                let found =
                    crate::insights::before_after::compare(reader, sides, &settings, cancel)?;
                Ok(Answer::BeforeAfter(Arc::new(found)))
            }
            Self::Sides => issues::offered(reader, cancel).map(|sides| Answer::Sides(sides.into())),
            Self::DetectorSettings => {
                let settings = crate::insights::issues::settings(reader)?;
                Ok(Answer::DetectorSettings(Arc::new(settings)))
            }
            Self::IssueStates => {
                let states = issues::states(reader.known_issues()?);
                Ok(Answer::IssueStates(Arc::new(states)))
            }
            Self::AlertsFile(path) => {
                let text = alerts::read_file(&path);
                let text = text.map_err(|reason| StoreError::Failed {
                    what: "read the alert rules".to_owned(),
                    reason,
                })?;
                Ok(Answer::AlertsFile(text))
            }
            Self::Backtest(set) => {
                let backtest = alerts::tried(reader, &set, None, cancel)?;
                Ok(Answer::Backtest(Arc::new(backtest)))
            }
            Self::Starters => {
                let starters = alerts::starters(reader, cancel)?;
                Ok(Answer::Starters(starters.into()))
            }
            Self::ListedIssues {
                issues,
                states,
                listing,
            } => {
                let listed = issues::list(&issues, &states, &listing);
                Ok(Answer::ListedIssues(listed.into()))
            }
            Self::TraceMarks(trace) => {
                let settings = crate::insights::issues::settings(reader)?;
                let found = crate::insights::issues::in_trace(reader, trace, &settings, cancel)?;
                let marks = found.into_iter().map(TraceMark::from);
                Ok(Answer::TraceMarks(marks.collect()))
            }
            Self::LogKinds(traces) => {
                let settings = crate::insights::issues::settings(reader)?;
                let mut ids = HashMap::new();
                for trace in traces {
                    if let Some(number) = reader.trace_number(trace)? {
                        ids.insert(number, trace);
                    }
                }
                let numbers: Vec<i64> = ids.keys().copied().collect();
                let kinds = crate::insights::issues::kinds_of(reader, &numbers, &settings, cancel)?;
                let kinds = issues::distinct(kinds).into_iter();
                let kinds = kinds.filter_map(|(number, kinds)| Some((*ids.get(&number)?, kinds)));
                Ok(Answer::LogKinds(Arc::new(kinds.collect())))
            }
            Self::TraceKinds(numbers) => {
                let settings = crate::insights::issues::settings(reader)?;
                let kinds = crate::insights::issues::kinds_of(reader, &numbers, &settings, cancel)?;
                Ok(Answer::TraceKinds(Arc::new(issues::distinct(kinds))))
            }
            Self::SavedSearches => reader
                .saved_searches()
                .map(|saved| Answer::SavedSearches(saved.into())),
        }
    }
}

/// The most frequent values of an attribute.
fn values(
    reader: &Reader,
    ValuesOf { kind, filter, key }: ValuesOf,
    cancel: &CancelToken,
) -> Result<Answer, StoreError> {
    let keys = [key];
    let facets = reader.facets(kind, &keys, &filter, VALUES_OFFERED, cancel)?;
    let [key] = keys;
    let none = Facet {
        key,
        values: Vec::new(),
        distinct: 0,
        present: 0,
    };
    let facet = facets.into_iter().next().unwrap_or(none);
    Ok(Answer::Values(Arc::new(facet)))
}

/// The events of a trace's spans, span by span.
pub fn recorded(
    reader: &Reader,
    trace: &Trace,
    cancel: &CancelToken,
) -> Result<Arc<[Recorded]>, StoreError> {
    let refs: Vec<RecordRef> = trace.spans.iter().map(|span| span.at).collect();
    let events = reader.span_events(&refs, cancel)?.into_iter();
    let events = events.flat_map(|(place, json)| {
        let span = SpanIndex(place as u32);
        let events = span_events(&json).into_iter();
        events.map(move |event| Recorded { span, event })
    });
    Ok(events.collect())
}

fn of_kind(kind: RecordKind, log: Slot, span: Slot) -> Slot {
    match kind {
        RecordKind::Log => log,
        RecordKind::Span => span,
    }
}

/// The patterns of texts that are counted by what surely does not vary.
fn mine(alike: &[Alike]) -> Patterns {
    let mut miner = Miner::default();
    for texts in alike {
        miner.add_masked(&texts.key, &texts.example, texts.count);
    }
    miner.finish()
}

fn group(trace: Arc<Trace>, options: GroupOptions) -> GroupedTrace {
    let tree = SpanTree::new(&trace);
    let waterfall = Waterfall::new(&trace, &tree, options);
    let minimap = Minimap::new(&trace, &tree, MINIMAP_COLUMNS, MINIMAP_LANES);
    let self_times = self_time::self_times(&trace, &tree);
    let nodes = (0..waterfall.nodes().len() as u32).map(NodeIndex);
    let first_repeat = nodes
        .filter(|node| waterfall.is_repeated_query(*node, &trace))
        .min_by_key(|node| waterfall.node(*node).range.start);
    let range = trace.range();
    let failed = trace
        .spans
        .iter()
        .filter(|span| span.status == SpanStatus::Error)
        .count();
    let shape = TraceShape::of(&trace, &tree);
    let mut logs: HashMap<SpanId, Vec<u32>> = HashMap::new();
    for (at, log) in (0..).zip(&trace.logs) {
        if let Some(span) = log.span {
            logs.entry(span).or_default().push(at);
        }
    }
    let critical_path = CriticalPath::new(&trace, &tree);
    let path_rows = PathRows::new(&waterfall, &critical_path);
    let groups = group_figures(&trace, &waterfall, &critical_path, &path_rows);
    GroupedTrace {
        trace,
        tree,
        first_repeat,
        waterfall,
        minimap,
        self_times,
        critical_path,
        range,
        failed,
        shape,
        logs,
        groups,
        path_rows,
    }
}
