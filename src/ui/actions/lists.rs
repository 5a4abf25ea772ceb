//! What can be done with the lists of traces, spans and logs.

use super::{Action, Now, Page, plain, send, send_if};
use crate::app::route::{LogsView, SpansChart, SpansView};
use crate::app::views::Picture;
use crate::app::{App, Command, Route};
use crate::model::record::TraceSummary;
use crate::store::{SpanOrder, TraceOrder};
use egui::Key;

const fn action(page: Page, name: &'static str, now: fn(&App) -> Now) -> Action {
    Action::new(name, page, &[], now)
}

const fn traces(name: &'static str, now: fn(&App) -> Now) -> Action {
    action(Page::Traces, name, now)
}

const fn spans(name: &'static str, now: fn(&App) -> Now) -> Action {
    action(Page::Spans, name, now)
}

const fn logs(name: &'static str, now: fn(&App) -> Now) -> Action {
    action(Page::Logs, name, now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    traces("Sort traces by start", |_| {
        send(Command::SortTraces(TraceOrder::Start))
    }),
    traces("Sort traces by duration", |_| {
        send(Command::SortTraces(TraceOrder::Duration))
    }),
    traces("Sort traces by number of spans", |_| {
        send(Command::SortTraces(TraceOrder::Spans))
    }),
    traces("Sort traces by number of errors", |_| {
        send(Command::SortTraces(TraceOrder::Errors))
    }),
    traces("Sort traces by number of logs", |_| {
        send(Command::SortTraces(TraceOrder::Logs))
    }),
    traces("Sort traces by name", |_| {
        send(Command::SortTraces(TraceOrder::Name))
    }),
    traces("Sort traces by service", |_| {
        send(Command::SortTraces(TraceOrder::Service))
    }),
    Action {
        name: "Keep the selected trace, or compare the two",
        page: Page::Traces,
        keys: &[plain(Key::C)],
        now: |app| send(Command::Compare(Box::new(selected_trace(app)?.clone()))),
    },
    traces("Keep no trace to compare", |app| {
        let kept = app.looks.kept.is_some();
        send_if(kept, Command::CompareNone, "No trace is kept")
    }),
    traces("Compare these traces with others", |app| {
        match app.route() {
            Route::Traces(place) => send(Command::Go(Route::Compare(place.to_compare()))),
            _ => Err("No traces are listed"),
        }
    }),
    traces("Clear the search of traces", clear),
    traces("Show traces of all time", all_time),
    spans("Spans one by one", |_| {
        send(Command::ShowSpansAs(SpansView::Spans))
    }),
    spans("Traces of these spans", |_| {
        send(Command::ShowSpansAs(SpansView::Traces))
    }),
    spans("Groups of these spans", |_| {
        send(Command::ShowSpansAs(SpansView::Groups))
    }),
    spans("What differs about these spans", |_| {
        send(Command::ShowSpansAs(SpansView::Differs))
    }),
    spans("Draw how many spans there are over time", |_| {
        send(Command::DrawSpansAs(SpansChart::Count))
    }),
    spans("Draw percentiles of durations over time", |_| {
        send(Command::DrawSpansAs(SpansChart::Percentiles))
    }),
    spans("Draw durations over time as a heat map", |_| {
        send(Command::DrawSpansAs(SpansChart::Heatmap))
    }),
    spans("Sort spans by start", |_| {
        send(Command::SortSpans(SpanOrder::Start))
    }),
    spans("Sort spans by duration", |_| {
        send(Command::SortSpans(SpanOrder::Duration))
    }),
    spans("Show counts beside the spans, or not", |_| {
        send(Command::ToggleFacets)
    }),
    spans("Clear the search of spans", clear),
    spans("Show spans of all time", all_time),
    logs("Log records one by one", |_| {
        send(Command::ShowLogsAs(LogsView::Records))
    }),
    logs("Patterns of these log records", |_| {
        send(Command::ShowLogsAs(LogsView::Patterns))
    }),
    logs("Groups of these log records", |_| {
        send(Command::ShowLogsAs(LogsView::Groups))
    }),
    logs("What differs about these log records", |_| {
        send(Command::ShowLogsAs(LogsView::Differs))
    }),
    logs("Show counts beside the logs, or not", |_| {
        send(Command::ToggleFacets)
    }),
    logs("Messages in one line or several", |_| {
        send(Command::ToggleWrap)
    }),
    logs("Leave the records around one", |app| {
        let around = matches!(app.route(), Route::Logs(place) if place.around.is_some());
        send_if(
            around,
            Command::LeaveAround,
            "No record is shown with those around it",
        )
    }),
    logs("Clear the search of logs", clear),
    logs("Show logs of all time", all_time),
];

fn selected_trace(app: &App) -> Result<&TraceSummary, &'static str> {
    let rows = app.trace_rows.value.as_ref();
    let selected = match &app.history.current().picture {
        Picture::Traces(picture) => picture.selected,
        _ => None,
    };
    let trace = selected.and_then(|row| rows?.get(row));
    trace.ok_or("No trace is selected")
}

pub(super) fn clear(app: &App) -> Now {
    let query = match app.route() {
        Route::Traces(place) => &place.query,
        Route::Spans(place) => &place.query,
        Route::Logs(place) => &place.query,
        Route::Issues(place) => &place.query,
        _ => "",
    };
    let any = !query.is_empty();
    send_if(
        any,
        Command::Search(String::new()),
        "Nothing is searched for",
    )
}

fn all_time(app: &App) -> Now {
    let range = match app.route() {
        Route::Traces(place) => place.range,
        Route::Spans(place) => place.range,
        Route::Logs(place) => place.range,
        _ => None,
    };
    send_if(
        range.is_some(),
        Command::TimeRange(None),
        "All time is shown",
    )
}
