//! What can be done with issues.

use super::{Action, Now, Page, send, send_if};
use crate::app::issues::{Issue, IssueRecords, search_for};
use crate::app::route::{IssueOrder, IssuesPlace, IssuesShown, SpansPlace, TracesPlace};
use crate::app::{App, Command, Route};
use crate::store::IssueState;

const fn action(name: &'static str, now: fn(&App) -> Now) -> Action {
    Action::new(name, Page::Issues, &[], now)
}

/// The table.
pub static ACTIONS: &[Action] = &[
    action("Issues that are open", |_| shown(IssuesShown::Open)),
    action("Issues that are ignored", |_| shown(IssuesShown::Ignored)),
    action("Issues that are resolved", |_| shown(IssuesShown::Resolved)),
    action("Issues in all states", |_| shown(IssuesShown::All)),
    action("Sort issues by what can be won", |_| {
        sort(IssueOrder::ToWin)
    }),
    action("Sort issues by how often they were met", |_| {
        sort(IssueOrder::Count)
    }),
    action("Sort issues by number of users", |_| {
        sort(IssueOrder::Users)
    }),
    action("Sort issues by when they were met first", |_| {
        sort(IssueOrder::First)
    }),
    action("Sort issues by when they were met last", |_| {
        sort(IssueOrder::Last)
    }),
    action("Sort issues by kind", |_| sort(IssueOrder::Kind)),
    action("Sort issues by title", |_| sort(IssueOrder::Title)),
    action("Resolve this issue", |app| {
        decide(app, IssueState::Resolved)
    }),
    action("Open this issue again", |app| decide(app, IssueState::Open)),
    action("Ignore this issue", |app| decide(app, IssueState::Ignored)),
    action("Attributes of the issue's spans", |app| {
        attributes(app, IssueRecords::Spans)
    }),
    action("Attributes of the issue's log records", |app| {
        attributes(app, IssueRecords::Logs)
    }),
    action("Attributes of the issue's error records", |app| {
        attributes(app, IssueRecords::Errors)
    }),
    action("Spans of the issue", |app| {
        let query = search_for(fingerprint(app).ok_or(NO_ISSUE)?);
        send(Command::Go(Route::Spans(SpansPlace {
            query,
            ..SpansPlace::default()
        })))
    }),
    action("Traces of the issue", |app| {
        let query = search_for(fingerprint(app).ok_or(NO_ISSUE)?);
        send(Command::Go(Route::Traces(TracesPlace {
            query,
            ..TracesPlace::default()
        })))
    }),
    action("Close the issue", |app| {
        let any = fingerprint(app).is_some();
        send_if(any, Command::SelectIssue(None), NO_ISSUE)
    }),
    action("Clear the search of issues", super::lists::clear),
    action("Swap before and after", |app| match app.route() {
        Route::Issues(IssuesPlace {
            changes: Some([before, after]),
            ..
        }) => send(Command::ShowChanges([after.clone(), before.clone()])),
        _ => Err("No two sides are chosen"),
    }),
];

const NO_ISSUE: &str = "No issue is selected";

fn attributes(app: &App, records: IssueRecords) -> Now {
    let (issue, _) = fingerprint(app)
        .and_then(|fingerprint| app.issues.find(fingerprint))
        .ok_or(NO_ISSUE)?;
    let attribute = match app.route() {
        Route::Issues(place) => place.attribute.clone(),
        _ => String::new(),
    };
    let command = Command::ShowIssueAttributes {
        records: Some(records),
        attribute,
    };
    let has_some = IssueRecords::of(issue).contains(&records);
    send_if(has_some, command, "The issue has no such records")
}

fn shown(shown: IssuesShown) -> Now {
    send(Command::ShowIssuesIn(shown))
}

fn sort(order: IssueOrder) -> Now {
    send(Command::SortIssues(order))
}

fn fingerprint(app: &App) -> Option<&str> {
    match app.route() {
        Route::Issues(place) => place.fingerprint.as_deref(),
        _ => None,
    }
}

/// As the buttons beside an issue: one that is open can be closed in two ways, any other opened again.
fn decide(app: &App, state: IssueState) -> Now {
    let (issue, now) = fingerprint(app)
        .and_then(|fingerprint| app.issues.find(fingerprint))
        .ok_or(NO_ISSUE)?;
    let command = Command::DecideIssue {
        kind: issue.kind.name().to_owned(),
        fingerprint: issue.fingerprint.clone(),
        state,
    };
    match now.is_open() {
        true => send_if(state != IssueState::Open, command, "This issue is open"),
        false if is_by_rule(app, issue, now) => {
            Err("A rule ignores this issue: take the rule away")
        }
        false => send_if(state == IssueState::Open, command, "This issue is not open"),
    }
}

/// Whether it is ignored by a rule: then nothing was decided about it that could be taken back.
fn is_by_rule(app: &App, issue: &Issue, now: IssueState) -> bool {
    let saved = app.saved_searches.value.as_deref().unwrap_or_default();
    now == IssueState::Ignored && !app.issues.rules_of(issue, saved).is_empty()
}
