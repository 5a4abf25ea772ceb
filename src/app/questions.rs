//! What the window can ask for, and the answers, as plain data.
//!
//! A question knows its [`Slot`] (a newer question of the same slot makes an older one pointless) and its [`Lane`]
//! (what must answer at once does not queue behind a scan of everything).

use super::route::AroundPlace;
use super::surroundings::Surroundings;
use crate::analysis::patterns::{self, Miner, Patterns};
use crate::analysis::{
    Expansion, Group, GroupOptions, NodeIndex, Row, SpanTree, TraceShape, Waterfall, self_time,
    visible_rows,
};
use crate::layout::{DurationHistogram, Mark, Minimap, Scatter};
use crate::model::batch::SpanStatus;
use crate::model::record::{LogEntry, RecordDetails, RecordRef, TraceSummary};
use crate::model::trace::Trace;
use crate::model::{CancelToken, SpanId, TimeRange, TraceId};
use crate::store::{
    Alike, Buckets, Facet, Filter, Grouping, Groups, Histogram, ImportSummary, KeyCount, Overview,
    Reader, RecordKind, RecordMatches, Series, StoreError, TraceMatches, TraceOrder,
};
use std::collections::HashMap;
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
    /// The selected span's details.
    SpanDetails,
    /// Which log records fit.
    Logs,
    /// The visible rows of the log list.
    LogRows,
    /// Log records over time.
    LogHistogram,
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
}

/// Which thread answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Answers in milliseconds.
    Interactive,
    /// May scan everything.
    Bulk,
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
    },
    /// All attributes of a record.
    Details { kind: RecordKind, at: RecordRef },
    /// Log records that fit.
    Logs { filter: Filter, newest_first: bool },
    /// A stretch of the log list.
    LogRows {
        first: u64,
        refs: Vec<RecordRef>,
        columns: Vec<String>,
    },
    /// Log records over time.
    LogHistogram { filter: Filter, buckets: usize },
    /// The most frequent values of log attributes.
    LogFacets { filter: Filter, keys: Vec<String> },
    /// What the messages of log records have in common.
    LogPatterns { filter: Filter },
    /// Groups of log records, with numbers computed over each.
    LogGroups { filter: Filter, grouping: Grouping },
    /// The first of these groups over time.
    LogSeries {
        filter: Filter,
        grouping: Grouping,
        buckets: usize,
    },
    /// The log records around one, so many before and after.
    LogAround {
        place: AroundPlace,
        room: (usize, usize),
        columns: Vec<String>,
    },
    /// Attribute names.
    Keys(RecordKind),
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
    /// From the first start to the last end.
    pub range: TimeRange,
    /// How many spans failed.
    pub failed: usize,
    /// How complete and connected it is.
    pub shape: TraceShape,
    logs: HashMap<SpanId, Vec<u32>>,
    groups: HashMap<NodeIndex, GroupFigures>,
}

/// What a group amounts to, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupFigures {
    /// Time during which at least one member ran.
    pub wall: i64,
    /// The middle duration.
    pub median: i64,
    /// The longest duration.
    pub longest: i64,
}

impl GroupedTrace {
    /// Indices of the log records written in a span, in order of time.
    pub fn logs_of(&self, span: SpanId) -> &[u32] {
        self.logs.get(&span).map_or(&[], Vec::as_slice)
    }

    /// The figures of a group; all 0 for a node that is none.
    pub fn figures(&self, node: NodeIndex) -> GroupFigures {
        self.groups.get(&node).copied().unwrap_or_default()
    }
}

/// The visible rows of a waterfall, with the waterfall they number the nodes of.
#[derive(Debug)]
pub struct VisibleRows {
    /// The trace and its grouping.
    pub grouped: Arc<GroupedTrace>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
    /// The row of each node by its number; [`FOLDED_AWAY`] for those without one.
    places: Vec<u32>,
}

/// Stands for the row of a node that has none.
const FOLDED_AWAY: u32 = u32::MAX;

impl VisibleRows {
    fn new(grouped: Arc<GroupedTrace>, expansion: &Expansion) -> Self {
        let rows = visible_rows(&grouped.waterfall, expansion);
        let mut places = vec![FOLDED_AWAY; grouped.waterfall.nodes().len()];
        for (place, row) in (0..).zip(&rows) {
            places[row.node.at()] = place;
        }
        Self {
            grouped,
            rows,
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
    /// To [`Question::Details`].
    Details(Arc<RecordDetails>),
    /// To [`Question::Logs`].
    Logs(RecordMatches),
    /// To [`Question::LogRows`].
    LogRows(Arc<Stretch<LogEntry>>),
    /// To [`Question::LogHistogram`].
    LogHistogram(Arc<Histogram>),
    /// To [`Question::LogFacets`].
    LogFacets(Arc<[Facet]>),
    /// To [`Question::LogPatterns`].
    LogPatterns(Arc<Patterns>),
    /// To [`Question::LogGroups`].
    LogGroups(Arc<Groups>),
    /// To [`Question::LogSeries`].
    LogSeries(Arc<Series>),
    /// To [`Question::LogAround`].
    LogAround(Arc<Surroundings>),
    /// To [`Question::Keys`].
    Keys(Arc<[KeyCount]>),
}

/// How many columns the minimap is folded to: as fine as its strip is wide.
pub const MINIMAP_COLUMNS: u32 = 1_000;
/// Most lanes of the minimap.
const MINIMAP_LANES: u32 = 12;
/// What traces are folded for when each is drawn at its start: about a screen's width and a chart's height, in points.
pub const SCATTER_SIZE: [f32; 2] = [1_500.0, 96.0];
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
            Self::Details {
                kind: RecordKind::Span,
                ..
            } => Slot::SpanDetails,
            Self::Details {
                kind: RecordKind::Log,
                ..
            } => Slot::LogDetails,
            Self::Logs { .. } => Slot::Logs,
            Self::LogRows { .. } => Slot::LogRows,
            Self::LogHistogram { .. } => Slot::LogHistogram,
            Self::LogFacets { .. } => Slot::LogFacets,
            Self::LogPatterns { .. } => Slot::LogPatterns,
            Self::LogGroups { .. } => Slot::LogGroups,
            Self::LogSeries { .. } => Slot::LogSeries,
            Self::LogAround { .. } => Slot::LogAround,
            Self::Keys(RecordKind::Log) => Slot::LogKeys,
            Self::Keys(RecordKind::Span) => Slot::SpanKeys,
        }
    }

    /// The thread that answers it.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Traces { .. }
            | Self::Logs { .. }
            | Self::LogHistogram { .. }
            | Self::LogFacets { .. }
            | Self::LogPatterns { .. }
            | Self::LogGroups { .. }
            | Self::LogSeries { .. }
            | Self::LogAround { .. }
            | Self::Keys(_) => Lane::Bulk,
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
            Self::WaterfallRows { grouped, expansion } => Ok(Answer::WaterfallRows(Arc::new(
                VisibleRows::new(grouped, &expansion),
            ))),
            Self::Details { kind, at } => reader
                .details(kind, at)
                .map(|details| Answer::Details(Arc::new(details))),
            Self::Logs {
                filter,
                newest_first,
            } => reader
                .find(RecordKind::Log, &filter, newest_first, cancel)
                .map(Answer::Logs),
            Self::LogRows {
                first,
                refs,
                columns,
            } => {
                let rows = reader.log_rows(&refs, &columns)?;
                Ok(Answer::LogRows(Arc::new(Stretch { first, rows })))
            }
            Self::LogHistogram { filter, buckets } => reader
                .histogram(RecordKind::Log, &filter, buckets, cancel)
                .map(|histogram| Answer::LogHistogram(Arc::new(histogram))),
            Self::LogFacets { filter, keys } => reader
                .facets(RecordKind::Log, &keys, &filter, FACET_VALUES, cancel)
                .map(|facets| Answer::LogFacets(facets.into())),
            Self::LogPatterns { filter } => {
                let by = &patterns::masked;
                let alike = reader.alike(RecordKind::Log, "message", &filter, by, cancel)?;
                Ok(Answer::LogPatterns(Arc::new(mine(&alike))))
            }
            Self::LogGroups { filter, grouping } => reader
                .group(RecordKind::Log, &filter, &grouping, cancel)
                .map(|groups| Answer::LogGroups(Arc::new(groups))),
            Self::LogSeries {
                filter,
                grouping,
                buckets,
            } => {
                let buckets = Buckets::Count(buckets);
                reader
                    .series(RecordKind::Log, &filter, &grouping, buckets, cancel)
                    .map(|series| Answer::LogSeries(Arc::new(series)))
            }
            Self::LogAround {
                place,
                room,
                columns,
            } => Surroundings::read(reader, place, room, &columns, cancel)
                .map(|found| Answer::LogAround(Arc::new(found))),
            Self::Keys(kind) => reader.keys(kind).map(|keys| Answer::Keys(keys.into())),
        }
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
    let nodes = (0..waterfall.nodes().len() as u32).map(NodeIndex);
    let groups = nodes
        .filter_map(|node| Some((node, figures(&trace, waterfall.group(node)?))))
        .collect();
    GroupedTrace {
        trace,
        tree,
        first_repeat,
        waterfall,
        minimap,
        self_times,
        range,
        failed,
        shape,
        logs,
        groups,
    }
}

fn figures(trace: &Trace, group: Group<'_>) -> GroupFigures {
    let mut durations: Vec<i64> = group
        .members
        .iter()
        .map(|member| trace.spans[member.at()].duration)
        .collect();
    durations.sort_unstable();
    GroupFigures {
        wall: group
            .segments
            .iter()
            .map(|segment| segment.duration())
            .sum(),
        median: durations.get(durations.len() / 2).copied().unwrap_or(0),
        longest: durations.last().copied().unwrap_or(0),
    }
}
