//! Everything that can be done, as one value: what a button, a menu, a shortcut and a test send.

use super::alerts::Starter;
use super::exporting::Export;
use super::insights::Module;
use super::insights::words::Form;
use super::issues::IssueRecords;
use super::looking::Look;
use super::looks::LookOption;
use super::route::{
    AlertsView, AroundPlace, GroupsPlace, InsightFilters, IssueOrder, IssuesShown, LogsView,
    Others, Route, SpansChart, SpansView, StoryOf, TraceView,
};
use crate::alerts::Rule;
use crate::analysis::differs::What;
use crate::model::record::TraceSummary;
use crate::model::sink::ImportId;
use crate::model::{SpanId, TimeRange, TraceId};
use crate::store::{IssueState, RecordKind, SpanOrder, TraceOrder};
use std::ops::Range;
use std::path::PathBuf;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Go to a place.
    Go(Route),
    /// Go to the traces, as they were left.
    ShowTraces,
    /// Go to the span search, as it was left.
    ShowSpans,
    /// Go to the logs, as they were left.
    ShowLogs,
    /// Go to the issues, as they were left.
    ShowIssues,
    /// Go to the insights, as they were left.
    ShowInsights,
    /// Go to the overview, as it was left.
    ShowOverview,
    /// Go to what is wrong with the instrumentation, under the filters of insights.
    ShowDoctor,
    /// Go to a module of insights, under the same filters.
    ShowModule(Module),
    /// Change what holds over all insights pages.
    FilterInsights(InsightFilters),
    /// Tell the rows of insights apart by something else; empty for the usual.
    GroupInsights(String),
    /// Sort insights by a column, by its name; the same again turns it around.
    SortInsights(String),
    /// Open a row of insights by its key, or go back to all.
    OpenInsight(Option<String>),
    /// List the spans behind a number of insights: the key of its row, and its column.
    ShowBehind { row: String, column: &'static str },
    /// Go to what a row of a closer look tells of, by its place in the table.
    FollowLook(usize),
    /// Say what is fast enough for a transaction, nanoseconds; `None` for the usual.
    SetApdex {
        transaction: String,
        nanos: Option<i64>,
    },
    /// Put the table of insights into the clipboard.
    CopyInsight(Form),
    /// Go to the alert rules, as they were left.
    ShowAlerts,
    /// Show the rules, those that are offered, or the text of their file.
    ShowAlertsAs(AlertsView),
    /// Show what a rule would have done, or none.
    SelectRule(Option<String>),
    /// Give the file of alert rules another text.
    SaveRules(String),
    /// Add a rule that is offered.
    AddRule(Box<Starter>),
    /// Add a rule to be made another one: about issues, or about a number.
    NewRule { about_issues: bool },
    /// Make the rule of a name another one.
    ChangeRule { name: String, rule: Box<Rule> },
    /// Take the rule of a name away.
    RemoveRule(String),
    /// Go to the imports.
    ShowImports,
    /// One place back.
    Back,
    /// One place forward.
    Forward,
    /// Read files and folders into the store.
    Import(Vec<PathBuf>),
    /// Take an import out of the store and read its file anew, as after mending the file.
    Replace { import: ImportId, path: PathBuf },
    /// Write a text into a file.
    SaveText { path: PathBuf, text: String },
    /// Ask how the open trace is to be exported.
    ShowExport,
    /// The same, of what is selected in it.
    ShowExportOfSelected,
    /// Do not export it.
    HideExport,
    /// Write a trace into a file; one that is there already only if it may be replaced.
    Export {
        export: Box<Export>,
        path: PathBuf,
        replace: bool,
    },
    /// Stop the running import; what is committed stays.
    CancelImport,
    /// Take an import out of the store again, with everything it brought.
    RemoveImport(ImportId),
    /// Search on the current page.
    Search(String),
    /// Add (or exclude) a value to the search of the current page; on a trace, of the trace list.
    FilterBy {
        key: String,
        value: String,
        exclude: bool,
    },
    /// The same for the logs page.
    FilterLogsBy {
        key: String,
        value: String,
        exclude: bool,
    },
    /// Narrow the search of the current page to the records of a line of a comparison, or to those that are not.
    Narrow {
        key: String,
        what: What,
        exclude: bool,
    },
    /// Compare the records that fit with those of this search; an empty one means the rest.
    CompareWith(String),
    /// Keep the current place under a name, with the search and all that is set there.
    SaveSearch(String),
    /// Call a saved search otherwise.
    RenameSearch { from: String, to: String },
    /// Take a saved search away.
    DeleteSearch(String),
    /// Sort the trace list; the same order again turns it around.
    SortTraces(TraceOrder),
    /// Show only what begins in this stretch of time, or all of it, on the current list.
    TimeRange(Option<TimeRange>),
    /// Show the records that fit, or what they have in common.
    ShowLogsAs(LogsView),
    /// Show the log records whose message has these literal parts, with anything between them.
    LogsLike(Vec<String>),
    /// Show the spans that fit, their traces or their groups.
    ShowSpansAs(SpansView),
    /// Draw the spans that fit in another way.
    DrawSpansAs(SpansChart),
    /// Sort the spans or their traces; the same order again turns it around.
    SortSpans(SpanOrder),
    /// Show only spans of this stretch of time that lasted so many nanoseconds.
    SpanRegion {
        range: Option<TimeRange>,
        durations: Option<Range<i64>>,
    },
    /// Show an issue beside the list, or the list alone.
    SelectIssue(Option<String>),
    /// Tells of the selected issue what its records of a kind (`None` for the usual one) are made of, as far as attributes
    /// have this in their name.
    ShowIssueAttributes {
        records: Option<IssueRecords>,
        attribute: String,
    },
    /// Show what changed between the traces that fit two searches.
    ShowChanges([String; 2]),
    /// Show the thresholds of detectors.
    ShowThresholds,
    /// Set a threshold of a detector by its name, or back to what is usual.
    SetThreshold { name: String, value: Option<String> },
    /// Show issues in other states.
    ShowIssuesIn(IssuesShown),
    /// Sort the issues; the same order again turns it around.
    SortIssues(IssueOrder),
    /// Decide what becomes of an issue.
    DecideIssue {
        kind: String,
        fingerprint: String,
        state: IssueState,
    },
    /// On the current page, show groups of the records that fit.
    Group(GroupsPlace),
    /// On the current page, show the records that fit and have these values; without a value, those that have none.
    RecordsOfGroup(Vec<(String, Option<String>)>),
    /// Count the values of an attribute beside the list of a kind of record, or stop that.
    ToggleFacet(RecordKind, String),
    /// Show or hide the counts beside lists.
    ToggleFacets,
    /// Show or hide a column of the current list: an attribute or one of the usual ones.
    ToggleColumn(String),
    /// Move a column of the current list to another place among those shown.
    MoveColumn { from: usize, to: usize },
    /// Show the columns of the trace list in this order.
    OrderTraceColumns(Vec<String>),
    /// Let messages of the log list take one line or several.
    ToggleWrap,
    /// Show a log record with those around it.
    ShowAround(AroundPlace),
    /// Go back from there to the search it was found by.
    LeaveAround,
    /// Keep a trace to compare it with another; with one that is kept already, compare the two. The same again lets it go.
    Compare(Box<TraceSummary>),
    /// Keep no trace to compare any more.
    CompareNone,
    /// Open a trace, at a span if there is one.
    OpenTrace {
        trace: TraceId,
        span: Option<SpanId>,
    },
    /// Open a trace by its row number in the store.
    OpenTraceNumber(i64),
    /// In the open trace, select the next span that failed or had an error; after the last the first.
    NextFailure,
    /// In the open trace, select the span that failed or had an error before the selected one; before the first the last.
    PreviousFailure,
    /// Look for spans of the open trace.
    Find(String),
    /// Look for nothing any more in the open trace.
    StopFinding,
    /// Select the next span that was found in the open trace; after the last the first.
    NextMatch,
    /// Select the one before; before the first the last.
    PreviousMatch,
    /// What becomes of the rows of the open trace that do not match.
    ShowOthers(Others),
    /// Show the open trace as a waterfall, a story or otherwise.
    ShowTraceAs(TraceView),
    /// Tell the story of the whole trace, or of the selected span.
    TellStoryOf(StoryOf),
    /// Let the story keep to the stretch of time in view, or tell all of it.
    ToggleStoryWithin,
    /// Set an option of a look at the open trace.
    SetLook(LookOption),
    /// The logs of a trace, or of one of its spans.
    LogsOf {
        trace: TraceId,
        span: Option<SpanId>,
    },
    /// Write a note on the selected span, or change the one it has.
    EditNote,
    /// Do not.
    LeaveNote,
    /// Lay the details of a trace below it, or to its right.
    MoveDetails,
    /// Show the spans of the store with an attribute as a column.
    ShowSpansWith(String),
    /// Keep a note on a span, or take it away if it is empty.
    WriteNote {
        trace: TraceId,
        span: SpanId,
        text: String,
    },
    /// Turn grouping of like siblings on or off.
    ToggleSiblings,
    /// Turn grouping of parent-to-child chains on or off.
    ToggleChains,
    /// Turn the rows for missing instrumentation on or off.
    ToggleGaps,
    /// Show the steps of a comparison that did not change, too, or only those that did.
    ToggleAllSteps,
    /// Open every group and every node of the trace.
    ExpandAll,
    /// Close every group.
    CollapseGroups,
    /// Look at the open trace otherwise.
    Look(Look),
    /// Switch between light, dark and the desktop's choice.
    NextAppearance,
    /// Switch between local time and UTC.
    ToggleClock,
}
