//! What can be done with the open trace.

use super::{Act, Action, Now, Page, Steer, WindowAct, plain, send, send_if, shift, window};
use crate::app::route::{ComparePlace, CompareWith, Others, Route, StoryOf, TraceView};
use crate::app::views::{Picture, TracePicture};
use crate::app::{App, Command};
use crate::model::trace::{Span, Trace};
use egui::{Key, KeyboardShortcut};

const fn action(
    name: &'static str,
    keys: &'static [KeyboardShortcut],
    now: fn(&App) -> Now,
) -> Action {
    Action::new(name, Page::Trace, keys, now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    action("Find in this trace", &[plain(Key::F)], |app| {
        trace(app).and_then(|_| window(WindowAct::Search))
    }),
    action("Next match", &[plain(Key::N)], |app| {
        step(app, Command::NextMatch)
    }),
    action("Previous match", &[shift(Key::N)], |app| {
        step(app, Command::PreviousMatch)
    }),
    action("Dim what does not match", &[], |app| {
        others(app, Others::Dimmed)
    }),
    action("Show also what does not match", &[], |app| {
        others(app, Others::Shown)
    }),
    action("Only matches", &[], |app| others(app, Others::Hidden)),
    action("Stop finding", &[plain(Key::Escape)], |app| {
        let shown = picture(app).is_ok_and(|picture| picture.find.shown);
        send_if(shown, Command::StopFinding, NOTHING_SOUGHT)
    }),
    action("Next error", &[plain(Key::J)], |app| {
        failure(app, Command::NextFailure)
    }),
    action("Previous error", &[shift(Key::J)], |app| {
        failure(app, Command::PreviousFailure)
    }),
    action("Zoom in", &[plain(Key::Plus), plain(Key::Equals)], |app| {
        steer(app, Steer::In)
    }),
    action("Zoom out", &[plain(Key::Minus)], |app| {
        steer(app, Steer::Out)
    }),
    action("Pan left", &[plain(Key::A)], |app| steer(app, Steer::Left)),
    action("Pan right", &[plain(Key::D)], |app| {
        steer(app, Steer::Right)
    }),
    action("Show the whole trace", &[plain(Key::Num0)], |app| {
        steer(app, Steer::Whole)
    }),
    action("Story or waterfall", &[plain(Key::S)], |app| {
        let other = match picture(app)?.view {
            TraceView::Story => TraceView::Waterfall,
            _ => TraceView::Story,
        };
        send(Command::ShowTraceAs(other))
    }),
    action("The next of the views", &[plain(Key::V)], |app| {
        let view = picture(app)?.view;
        let mut after = TraceView::ALL.iter().skip_while(|one| **one != view);
        send(Command::ShowTraceAs(
            after.nth(1).copied().unwrap_or_default(),
        ))
    }),
    action("Show as a waterfall", &[], |app| {
        show_as(app, TraceView::Waterfall)
    }),
    action("Show as a story", &[], |app| show_as(app, TraceView::Story)),
    action("Show as a flame graph", &[], |app| {
        show_as(app, TraceView::Flame)
    }),
    action("Show as a table", &[], |app| show_as(app, TraceView::Table)),
    action("Show as a map of services", &[], |app| {
        show_as(app, TraceView::Map)
    }),
    action("Show as a list of spans", &[], |app| {
        show_as(app, TraceView::List)
    }),
    action("Story of the whole trace", &[], |app| {
        tell(app, StoryOf::Trace)
    }),
    action("Story of the selected span and below", &[], |app| {
        tell(app, StoryOf::Subtree)
    }),
    action("Story of the selected span alone", &[], |app| {
        tell(app, StoryOf::Span)
    }),
    action("Story of the time in view only, or not", &[], |app| {
        let may = is_story(app);
        send_if(may, Command::ToggleStoryWithin, NO_STORY)
    }),
    action("Logs of the selected span", &[plain(Key::L)], |app| {
        let span = Some(selected_span(app)?.id);
        let trace = trace(app)?.id;
        send(Command::LogsOf { trace, span })
    }),
    action(
        "Write a note on the selected span",
        &[plain(Key::W)],
        |app| {
            selected_span(app)?;
            send(Command::EditNote)
        },
    ),
    action(
        "Copy the stacks of the selected span",
        &[plain(Key::Y)],
        |app| {
            let stacks = stacks(app)?;
            window(WindowAct::Copy(stacks))
        },
    ),
    action("Details below, or to the right", &[plain(Key::T)], |app| {
        trace(app)?;
        send(Command::MoveDetails)
    }),
    action("Logs of this trace", &[], |app| {
        let trace = trace(app)?;
        let logs = Command::LogsOf {
            trace: trace.id,
            span: None,
        };
        send_if(!trace.logs.is_empty(), logs, "This trace has no logs")
    }),
    action("Compare this trace", &[], |app| compare(app, None)),
    action(
        "Compare this trace with the median of those like it",
        &[],
        |app| compare(app, Some(CompareWith::Usual)),
    ),
    action("Export this trace", &[], |app| {
        trace(app)?;
        send(Command::ShowExport)
    }),
    action("Export the selected span or group", &[], |app| {
        app.selected_span().ok_or(NO_SPAN)?;
        send(Command::ShowExportOfSelected)
    }),
    action("Copy the trace id", &[], |app| {
        let id = trace(app)?.id.to_string();
        window(WindowAct::Copy(id))
    }),
];

pub(super) const NO_TRACE: &str = "The trace is not there yet";
const NO_SPAN: &str = "No span is selected";
const NO_STORY: &str = "The story is not shown";
const NO_WATERFALL: &str = "The trace is not shown as a waterfall";
const NOTHING_SOUGHT: &str = "Nothing is looked for in this trace";

pub(super) fn picture(app: &App) -> Result<&TracePicture, &'static str> {
    match &app.history.current().picture {
        Picture::Trace(picture) => Ok(picture),
        _ => Err(NO_TRACE),
    }
}

fn trace(app: &App) -> Result<&Trace, &'static str> {
    let trace = app.trace.value.as_ref().and_then(Option::as_ref);
    trace.map(|trace| &**trace).ok_or(NO_TRACE)
}

fn is_story(app: &App) -> bool {
    picture(app).is_ok_and(|picture| picture.view == TraceView::Story)
}

/// Sends a command that only a waterfall shows the effect of.
pub(super) fn in_waterfall(app: &App, command: Command) -> Now {
    let view = picture(app)?.view;
    send_if(view == TraceView::Waterfall, command, NO_WATERFALL)
}

/// The selected span, or the first of the selected group.
pub(super) fn selected_span(app: &App) -> Result<&Span, &'static str> {
    let (trace, span) = (trace(app)?, app.selected_span().ok_or(NO_SPAN)?);
    trace.spans.get(span.at()).ok_or(NO_SPAN)
}

/// The errors of the selected span with their calls, as text.
fn stacks(app: &App) -> Result<String, &'static str> {
    let (trace, span) = (trace(app)?, app.selected_span().ok_or(NO_SPAN)?);
    let pane = app.pane.span.value.as_ref();
    let pane = pane.filter(|pane| pane.is_of(trace.id, span));
    let errors = pane.map_or(&[][..], |pane| &pane.errors);
    let texts: Vec<String> = errors.iter().map(|error| error.failure.as_text()).collect();
    match texts.is_empty() {
        true => Err("The selected span has no error"),
        false => Ok(texts.join("\n\n")),
    }
}

fn show_as(app: &App, view: TraceView) -> Now {
    let now = picture(app)?.view;
    send_if(now != view, Command::ShowTraceAs(view), "It is shown so")
}

fn steer(app: &App, steer: Steer) -> Now {
    trace(app)?;
    Ok(Act::Steer(steer))
}

fn step(app: &App, command: Command) -> Now {
    let sought = !picture(app)?.find.search.is_empty();
    send_if(sought, command, NOTHING_SOUGHT)
}

fn others(app: &App, others: Others) -> Now {
    step(app, Command::ShowOthers(others))
}

fn failure(app: &App, command: Command) -> Now {
    let grouped = app.grouped.value.as_ref().ok_or(NO_TRACE)?;
    send_if(
        grouped.has_failed(),
        command,
        "Nothing failed in this trace",
    )
}

fn tell(app: &App, of: StoryOf) -> Now {
    send_if(is_story(app), Command::TellStoryOf(of), NO_STORY)
}

/// Leads to the comparison; without another side, to the choice of one.
fn compare(app: &App, with: Option<CompareWith>) -> Now {
    let this = CompareWith::Trace(trace(app)?.id);
    let place = ComparePlace {
        a: with,
        ..ComparePlace::of(this)
    };
    send(Command::Go(Route::Compare(place)))
}
