//! Who waits for the answer to a question, and which thread gives it.

use super::Question;
use crate::app::insights::InsightSlot;
use crate::store::RecordKind;

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
    /// What was known to be wrong before.
    IssuesBefore,
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
    /// How many issues are open.
    OpenIssues,
    /// What the records of the selected issue are made of.
    IssueAttributes,
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
            Self::IssuesBefore => Slot::IssuesBefore,
            Self::IssueStates => Slot::IssueStates,
            Self::DetectorSettings => Slot::DetectorSettings,
            Self::BeforeAfter(_) => Slot::BeforeAfter,
            Self::Sides => Slot::Sides,
            Self::ListedIssues { .. } => Slot::ListedIssues,
            Self::OpenIssues { .. } => Slot::OpenIssues,
            Self::IssueAttributes { .. } => Slot::IssueAttributes,
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
            | Self::IssueAttributes { .. }
            | Self::TraceMarks(_)
            | Self::TraceKinds(_)
            | Self::Typical(_)
            | Self::BarMarks(_)
            | Self::NumberKeys(_)
            | Self::BarValues { .. }
            | Self::LinksIn(..)
            | Self::LogKinds(_) => Lane::Bulk,
            Self::Issues(_) => Lane::Background,
            Self::BeforeAfter(_) | Self::Sides | Self::IssuesBefore => Lane::Bulk,
            Self::Look(look) => look.lane(),
            Self::Insight(insight) => insight.lane(),
            _ => Lane::Interactive,
        }
    }
}

fn of_kind(kind: RecordKind, log: Slot, span: Slot) -> Slot {
    match kind {
        RecordKind::Log => log,
        RecordKind::Span => span,
    }
}
