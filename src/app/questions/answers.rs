//! The answers to questions, as plain data that is not changed any more.

use crate::alerts::Backtest;
use crate::analysis::differs::Differences;
use crate::analysis::patterns::Patterns;
use crate::analysis::story::{Material, Recorded, Story};
use crate::analysis::{
    CriticalPath, Expansion, Found, GroupFigures, GroupOptions, NodeIndex, PathRows, Rows, Showing,
    Shown, SpanIndex, SpanTree, TraceShape, Waterfall, group_figures, self_time, shown_rows,
};
use crate::app::alerts::Starter;
use crate::app::bar_lengths::BarValues;
use crate::app::bar_marks::BarMarks;
use crate::app::insights::Told;
use crate::app::issues::{self, IssueAttributes, ListedIssue, States, TraceKinds, TraceMark};
use crate::app::looks::Looked;
use crate::app::span_pane::raw::RawRecord;
use crate::app::span_pane::typical::Typical;
use crate::app::span_pane::{LinksIn, SpanPane};
use crate::app::span_search::MatchedTrace;
use crate::app::surroundings::Surroundings;
use crate::app::trace_facts::TraceFacts;
use crate::export::redact::Replaced;
use crate::layout::{DurationHistogram, Mark, Minimap, Scatter};
use crate::model::batch::SpanStatus;
use crate::model::record::{LogEntry, RecordDetails, SpanEntry, TraceSummary};
use crate::model::trace::Trace;
use crate::model::{SpanId, TimeRange, TraceId};
use crate::store::{
    Facet, Groups, Heatmap, Histogram, ImportSummary, KeyCount, Note, Overview, RecordMatches,
    SavedSearch, Series, SpanMatches, SpanTraces, TraceMatches,
};
use std::collections::HashMap;
use std::sync::Arc;

/// How many columns the minimap is folded to: as fine as its strip is wide.
pub const MINIMAP_COLUMNS: u32 = 1_000;
/// Most lanes of the minimap.
const MINIMAP_LANES: u32 = 12;
/// What traces are folded for when each is drawn at its start: about a screen's width and a chart's height, in points.
pub const SCATTER_SIZE: [f32; 2] = [1_500.0, 96.0];
/// Most bars of the duration chart.
const DURATION_BINS: usize = 100;

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
    pub(super) fn new(matches: TraceMatches) -> Self {
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
    /// Where the time of the whole went.
    pub critical_path: CriticalPath,
    /// From the first start to the last end.
    pub range: TimeRange,
    /// How many spans failed.
    pub failed: usize,
    /// How complete and connected it is.
    pub shape: TraceShape,
    /// Time spent in each span itself that has children, nanoseconds, in order of the spans.
    self_times: Vec<(SpanIndex, i64)>,
    pub(super) logs: HashMap<SpanId, Vec<u32>>,
    pub(super) groups: Vec<GroupFigures>,
    pub(super) path_rows: PathRows,
}

impl GroupedTrace {
    /// Time spent in a span itself, nanoseconds.
    pub fn self_time(&self, span: SpanIndex) -> i64 {
        match self.self_times.binary_search_by_key(&span, |(of, _)| *of) {
            Ok(place) => self.self_times[place].1,
            Err(_) => self.trace.spans.get(span.at()).map_or(0, |it| it.duration),
        }
    }

    /// [`Self::self_time`] of the spans with children, in their order. Of others it is the duration.
    pub(in crate::app) fn self_times_of_parents(&self) -> &[(SpanIndex, i64)] {
        &self.self_times
    }

    /// [`Self::self_time`] of every span, in their order.
    pub(in crate::app) fn all_self_times(&self) -> Vec<i64> {
        self_time::self_times(&self.trace, &self.tree)
    }

    /// Indices of the log records written in a span, in order of time.
    pub fn logs_of(&self, span: SpanId) -> &[u32] {
        self.logs.get(&span).map_or(&[], Vec::as_slice)
    }

    /// Whether a span failed or an error was recorded.
    pub fn has_failed(&self) -> bool {
        self.failed > 0 || !self.trace.errors.is_empty()
    }

    /// Spans that failed or had an error, in order of start.
    pub fn failures(&self) -> impl Iterator<Item = SpanIndex> {
        let spans = (0u32..).map(SpanIndex).zip(&self.trace.spans);
        let failed = spans.filter(|(at, span)| {
            span.status == SpanStatus::Error || !self.tree.errors(*at).is_empty()
        });
        failed.map(|(at, _)| at)
    }

    pub(super) fn material<'a>(&'a self, events: &'a [Recorded]) -> Material<'a> {
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
    pub rows: Rows,
    /// How many spans are left out because their service is hidden.
    pub hidden: usize,
    /// How many further ones because the critical path does not run through them.
    pub off_path: usize,
    /// How many further ones because only matches are shown, and what leads to them.
    pub unmatched: usize,
}

impl VisibleRows {
    pub(super) fn new(
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
        Self {
            grouped,
            rows,
            hidden,
            off_path,
            unmatched,
        }
    }

    /// The row of a node; `None` while it is folded away.
    pub fn row_of(&self, node: NodeIndex) -> Option<usize> {
        self.rows.place(&self.grouped.waterfall, node)
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
    pub(super) fn new(grouped: Arc<GroupedTrace>, places: Vec<u32>) -> Self {
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
    /// To [`Question::Overview`](super::Question::Overview).
    Overview(Overview),
    /// To [`Question::Imports`](super::Question::Imports).
    Imports(Arc<[ImportSummary]>),
    /// To [`Question::Traces`](super::Question::Traces).
    Traces(Arc<TraceList>),
    /// To [`Question::TraceRows`](super::Question::TraceRows).
    TraceRows(Arc<Stretch<TraceSummary>>),
    /// To [`Question::Jump`](super::Question::Jump); `None` when the row is gone.
    Jump(Option<TraceId>),
    /// To [`Question::Trace`](super::Question::Trace); `None` when no record names it.
    Trace(Option<Arc<Trace>>),
    /// To [`Question::Waterfall`](super::Question::Waterfall).
    Waterfall(Arc<GroupedTrace>),
    /// To [`Question::WaterfallRows`](super::Question::WaterfallRows).
    WaterfallRows(Arc<VisibleRows>),
    /// To [`Question::FindInTrace`](super::Question::FindInTrace).
    FoundInTrace(Arc<FoundInTrace>),
    /// To [`Question::TraceFacts`](super::Question::TraceFacts).
    TraceFacts(Arc<TraceFacts>),
    /// To [`Question::TraceEvents`](super::Question::TraceEvents).
    TraceEvents(Arc<[Recorded]>),
    /// To [`Question::Story`](super::Question::Story).
    Story(Arc<ToldStory>),
    /// To [`Question::Details`](super::Question::Details).
    Details(Arc<RecordDetails>),
    /// To [`Question::SpanPane`](super::Question::SpanPane).
    SpanPane(Arc<SpanPane>),
    /// To [`Question::RawRecord`](super::Question::RawRecord).
    RawRecord(Arc<RawRecord>),
    /// To [`Question::Typical`](super::Question::Typical).
    Typical(Arc<Typical>),
    /// To [`Question::LinksIn`](super::Question::LinksIn).
    LinksIn(Arc<LinksIn>),
    /// To [`Question::Notes`](super::Question::Notes).
    Notes(Arc<[Note]>),
    /// To [`Question::NumberKeys`](super::Question::NumberKeys).
    NumberKeys(Arc<[Arc<str>]>),
    /// To [`Question::BarValues`](super::Question::BarValues).
    BarValues(Arc<BarValues>),
    /// To [`Question::BarMarks`](super::Question::BarMarks).
    BarMarks(Arc<BarMarks>),
    /// To [`Question::Logs`](super::Question::Logs).
    Logs(RecordMatches),
    /// To [`Question::LogRows`](super::Question::LogRows).
    LogRows(Arc<Stretch<LogEntry>>),
    /// To [`Question::Histogram`](super::Question::Histogram).
    Histogram(Arc<Histogram>),
    /// To [`Question::Facets`](super::Question::Facets).
    Facets(Arc<[Facet]>),
    /// To [`Question::LogPatterns`](super::Question::LogPatterns).
    LogPatterns(Arc<Patterns>),
    /// To [`Question::Groups`](super::Question::Groups).
    Groups(Arc<Groups>),
    /// To [`Question::Series`](super::Question::Series).
    Series(Arc<Series>),
    /// To [`Question::Differs`](super::Question::Differs).
    Differs(Arc<Differences>),
    /// To [`Question::LogAround`](super::Question::LogAround).
    LogAround(Arc<Surroundings>),
    /// To [`Question::Keys`](super::Question::Keys).
    Keys(Arc<[KeyCount]>),
    /// To [`Question::TracesById`](super::Question::TracesById).
    TracesById(Arc<[TraceId]>),
    /// To [`Question::Values`](super::Question::Values) and [`Question::Services`](super::Question::Services).
    Values(Arc<Facet>),
    /// To [`Question::SavedSearches`](super::Question::SavedSearches).
    SavedSearches(Arc<[SavedSearch]>),
    /// To [`Question::ExportPreview`](super::Question::ExportPreview).
    ExportPreview(Arc<[Replaced]>),
    /// To [`Question::Spans`](super::Question::Spans).
    Spans(SpanMatches),
    /// To [`Question::SpanRows`](super::Question::SpanRows).
    SpanRows(Arc<Stretch<SpanEntry>>),
    /// To [`Question::SpanCount`](super::Question::SpanCount).
    SpanCount(u64),
    /// To [`Question::SpanPercentiles`](super::Question::SpanPercentiles).
    SpanPercentiles(Arc<Series>),
    /// To [`Question::SpanHeatmap`](super::Question::SpanHeatmap).
    SpanHeatmap(Arc<Heatmap>),
    /// To [`Question::SpanTraces`](super::Question::SpanTraces).
    SpanTraces(SpanTraces),
    /// To [`Question::SpanTraceRows`](super::Question::SpanTraceRows).
    SpanTraceRows(Arc<Stretch<MatchedTrace>>),
    /// To [`Question::Issues`](super::Question::Issues).
    Issues(Arc<[issues::Issue]>),
    /// To [`Question::IssuesBefore`](super::Question::IssuesBefore).
    IssuesBefore(Arc<[issues::Issue]>),
    /// To [`Question::IssueStates`](super::Question::IssueStates).
    IssueStates(Arc<States>),
    /// To [`Question::AlertsFile`](super::Question::AlertsFile).
    AlertsFile(Arc<str>),
    /// To [`Question::Backtest`](super::Question::Backtest).
    Backtest(Arc<Backtest>),
    /// To [`Question::Starters`](super::Question::Starters).
    Starters(Arc<[Starter]>),
    /// To [`Question::BeforeAfter`](super::Question::BeforeAfter).
    BeforeAfter(Arc<issues::BeforeAfter>),
    /// To [`Question::Sides`](super::Question::Sides).
    Sides(Arc<[issues::OfferedSide]>),
    /// To [`Question::DetectorSettings`](super::Question::DetectorSettings).
    DetectorSettings(Arc<issues::Settings>),
    /// To [`Question::ListedIssues`](super::Question::ListedIssues).
    ListedIssues(Arc<[ListedIssue]>),
    /// To [`Question::OpenIssues`](super::Question::OpenIssues).
    OpenIssues(u64),
    /// To [`Question::IssueAttributes`](super::Question::IssueAttributes).
    IssueAttributes(Arc<IssueAttributes>),
    /// To [`Question::TraceMarks`](super::Question::TraceMarks).
    TraceMarks(Arc<[TraceMark]>),
    /// To [`Question::LogKinds`](super::Question::LogKinds).
    LogKinds(Arc<issues::LogKinds>),
    /// To [`Question::TraceKinds`](super::Question::TraceKinds).
    TraceKinds(Arc<TraceKinds>),
    /// To [`Question::Look`](super::Question::Look).
    Look(Looked),
    /// To [`Question::Insight`](super::Question::Insight).
    Insight(Told),
}

/// A trace of so many spans is worth a thread.
const LARGE: usize = 50_000;

/// Does one thing beside the other if that is worth it.
fn beside<A: Send, B>(
    is_worth_it: bool,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if !is_worth_it {
        return (one(), other());
    }
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

pub(super) fn group(trace: Arc<Trace>, options: GroupOptions) -> GroupedTrace {
    let tree = SpanTree::new(&trace);
    let (critical_path, (waterfall, minimap)) = beside(
        trace.spans.len() >= LARGE,
        || CriticalPath::new(&trace, &tree),
        || {
            let waterfall = Waterfall::new(&trace, &tree, options);
            let minimap = Minimap::new(&trace, &tree, MINIMAP_COLUMNS, MINIMAP_LANES);
            (waterfall, minimap)
        },
    );
    let spans = (0..trace.spans.len() as u32).map(SpanIndex);
    let parents = spans.filter(|span| tree.children(*span).len() > 0);
    let mut self_times = Vec::with_capacity(parents.clone().count());
    self_times.extend(parents.map(|span| (span, self_time::self_time(&trace, &tree, span))));
    let groups = waterfall.group_nodes().iter().copied();
    let first_repeat = groups
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
