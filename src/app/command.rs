//! Everything that can be done, as one value: what a button, a menu, a shortcut and a test send.

use super::route::{AroundPlace, GroupsPlace, LogsView, Route};
use crate::model::sink::ImportId;
use crate::model::{SpanId, TimeRange, TraceId};
use crate::store::TraceOrder;
use std::path::PathBuf;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Go to a place.
    Go(Route),
    /// Go to the traces, as they were left.
    ShowTraces,
    /// Go to the logs, as they were left.
    ShowLogs,
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
    /// Sort the trace list; the same order again turns it around.
    SortTraces(TraceOrder),
    /// Show only what begins in this stretch of time, or all of it, on the current list.
    TimeRange(Option<TimeRange>),
    /// Show the records that fit, or what they have in common.
    ShowLogsAs(LogsView),
    /// Show the log records whose message has these literal parts, with anything between them.
    LogsLike(Vec<String>),
    /// Show groups of the log records that fit.
    GroupLogs(GroupsPlace),
    /// Show the log records that fit and have these values; without a value, those that have none.
    LogsOfGroup(Vec<(String, Option<String>)>),
    /// Count the values of an attribute beside the log list, or stop that.
    ToggleLogFacet(String),
    /// Show or hide the counts beside the log list.
    ToggleFacets,
    /// Show or hide a column of the log list: an attribute or one of the usual ones.
    ToggleLogColumn(String),
    /// Move a column of the log list to another place among those shown.
    MoveLogColumn { from: usize, to: usize },
    /// Show the columns of the trace list in this order.
    OrderTraceColumns(Vec<String>),
    /// Let messages of the log list take one line or several.
    ToggleWrap,
    /// Show a log record with those around it.
    ShowAround(AroundPlace),
    /// Go back from there to the search it was found by.
    LeaveAround,
    /// Open a trace, at a span if there is one.
    OpenTrace {
        trace: TraceId,
        span: Option<SpanId>,
    },
    /// Open a trace by its row number in the store.
    OpenTraceNumber(i64),
    /// The logs of a trace, or of one of its spans.
    LogsOf {
        trace: TraceId,
        span: Option<SpanId>,
    },
    /// Turn grouping of like siblings on or off.
    ToggleSiblings,
    /// Turn grouping of parent-to-child chains on or off.
    ToggleChains,
    /// Turn the rows for missing instrumentation on or off.
    ToggleGaps,
    /// Open every group and every node of the trace.
    ExpandAll,
    /// Close every group.
    CollapseGroups,
    /// Switch between light, dark and the desktop's choice.
    NextAppearance,
    /// Switch between local time and UTC.
    ToggleClock,
}
