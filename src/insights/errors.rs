//! Failures one by one: error events (exceptions of spans among them), error logs, spans that failed.
//!
//! One failure is often told several times: the exception, the log record that reports it, the span that failed, and the
//! spans around it. It counts once, as what tells most: an error event, else a log record in its span, else the innermost
//! span that failed.

use super::issue::{Context, Issue, Occurrence, Sample, Source};
use crate::analysis::detect::Kind;
use crate::analysis::errors::{self, Failure, exceptions_in, grouping};
use crate::analysis::{Link, SpanIndex, SpanTree};
use crate::model::batch::SpanStatus;
use crate::model::conventions::{aliases_of, release_names};
use crate::model::record::LogEntry;
use crate::model::trace::Trace;
use crate::model::{SpanId, TraceId, Value};
use crate::store::ErrorWithDocument;
use hashbrown::HashSet;
use std::sync::Arc;

/// The log records that report failures.
pub(super) const ERROR_LOGS: &str = "level:[error, fatal]";
/// What is read of each log record.
pub(super) const LOG_COLUMNS: [&str; 8] = [
    "exception.type",
    "exception.message",
    "exception.stacktrace",
    "exception",
    "template",
    "release",
    "environment",
    "user.id",
];

pub(super) fn of_event(error: &ErrorWithDocument) -> Occurrence {
    let entry = &error.entry;
    let mut failure = errors::read(&error.document, &entry.exception_type, &entry.message);
    let attribute = |names: &[&str]| {
        let all = &error.resource;
        let value = names
            .iter()
            .find_map(|name| all.iter().find(|(known, _)| **known == **name));
        value.map(|(_, value)| Arc::from(&*value.text()))
    };
    failure.release = failure.release.or_else(|| attribute(release_names()));
    failure.environment = failure
        .environment
        .or_else(|| attribute(aliases_of("environment")));
    let place = Place {
        trace: entry.trace,
        span: entry.span,
        source: Source::Event(entry.number),
        transaction: entry.transaction.clone(),
        service: entry.service.clone(),
        start: entry.time,
        level: Some(entry.level.clone()),
    };
    occurrence(failure, place)
}

pub(super) fn of_log(log: &LogEntry) -> Occurrence {
    let cell = |name: &str| {
        let at = LOG_COLUMNS.iter().position(|column| *column == name)?;
        log.cells
            .get(at)?
            .as_ref()
            .filter(|value| **value != Value::Null)
    };
    let text = |name: &str| cell(name).map(|value| value.text().into_owned());
    let shared = |name: &str| cell(name).map(|value| Arc::from(&*value.text()));
    let stack = text("exception.stacktrace").or_else(|| text("exception"));
    let mut exceptions = stack.as_deref().map(exceptions_in).unwrap_or_default();
    // A text without calls is no stack trace.
    exceptions.retain(|raised| !raised.kind.is_empty());
    if exceptions.is_empty()
        && let Some(kind) = text("exception.type")
    {
        let message = text("exception.message").unwrap_or_default();
        exceptions = Failure::plain(&kind, &message).exceptions;
    }
    let failure = Failure {
        exceptions,
        message: log.body.to_string(),
        template: text("template").unwrap_or_default(),
        user: shared("user.id"),
        release: shared("release"),
        environment: shared("environment"),
        ..Failure::default()
    };
    let place = Place {
        trace: log.trace,
        span: log.span,
        source: Source::Log(log.at),
        transaction: Arc::default(),
        service: log.service.clone(),
        start: log.time,
        // By the numbers of OpenTelemetry: from 21 on it is fatal.
        level: Some(Arc::from(if log.severity > 20 { "fatal" } else { "error" })),
    };
    occurrence(failure, place)
}

/// Where and when a failure was.
struct Place {
    trace: Option<TraceId>,
    span: Option<SpanId>,
    source: Source,
    transaction: Arc<str>,
    service: Arc<str>,
    start: crate::model::Nanos,
    level: Option<Arc<str>>,
}

fn occurrence(failure: Failure, place: Place) -> Occurrence {
    Occurrence {
        kind: Kind::Error,
        title: failure.title(),
        fingerprint: grouping::fingerprint(&failure),
        same: None,
        sample: Sample {
            trace: place.trace.unwrap_or_default(),
            parent: None,
            spans: place.span.into_iter().collect(),
            causes: Vec::new(),
            transaction: place.transaction,
            service: place.service,
            start: place.start,
            duration: 0,
            trace_duration: 0,
            time_to_win: None,
            evidence: Vec::new(),
            source: place.source,
            context: Context {
                release: failure.release.clone(),
                environment: failure.environment.clone(),
                user: failure.user.clone(),
                level: place.level,
            },
        },
        failure: Some(Arc::new(failure)),
    }
}

/// A failure that an error record tells of in a span.
#[cfg(test)]
pub(super) fn failed(failure: Failure, trace: TraceId, span: SpanId) -> Occurrence {
    let place = Place {
        trace: Some(trace),
        span: Some(span),
        source: Source::Event(1),
        transaction: Arc::default(),
        service: Arc::default(),
        start: crate::model::Nanos(0),
        level: None,
    };
    occurrence(failure, place)
}

/// The innermost spans that failed and of which nothing else tells.
pub(super) fn untold_failures(
    trace: &Trace,
    tree: &SpanTree,
    told: Option<&HashSet<SpanId>>,
    status_message: impl Fn(SpanIndex) -> Option<String>,
    context: impl Fn(SpanIndex) -> Context,
) -> Vec<Occurrence> {
    let is_told = |id: SpanId| told.is_some_and(|told| told.contains(&id));
    let has_failed = |at: &SpanIndex| trace.spans[at.at()].status == SpanStatus::Error;
    // What comes before a span in this order is never below it.
    let order = tree.preorder();
    // What an error on a span around it tells of is its consequence.
    let mut within = vec![false; trace.spans.len()];
    for at in &order {
        let is_below = match tree.link(*at) {
            Link::Child(parent) => within[parent.at()],
            _ => is_told(SpanId::default()),
        };
        within[at.at()] = is_below || is_told(trace.spans[at.at()].id);
    }
    let mut explained = vec![false; trace.spans.len()];
    let mut found = Vec::new();
    for at in order.iter().rev() {
        let span = &trace.spans[at.at()];
        let is_new = has_failed(at) && !explained[at.at()];
        explained[at.at()] |= has_failed(at) || is_told(span.id);
        if explained[at.at()]
            && let Link::Child(parent) = tree.link(*at)
        {
            explained[parent.at()] = true;
        }
        if is_new && !within[at.at()] {
            let what = match span.description.is_empty() {
                true => &span.name,
                false => &span.description,
            };
            let why = status_message(*at).unwrap_or_else(|| "failed".to_owned());
            let mut failure = Failure::plain("", &format!("{what}: {why}"));
            let context = context(*at);
            failure.user.clone_from(&context.user);
            failure.release.clone_from(&context.release);
            failure.environment.clone_from(&context.environment);
            let place = Place {
                trace: Some(trace.id),
                span: Some(span.id),
                source: Source::Span,
                transaction: Arc::default(),
                service: span.service.clone(),
                start: span.start,
                level: None,
            };
            found.push(occurrence(failure, place));
        }
    }
    found
}

/// What an error issue advises: nothing general can be said but where to look.
pub(super) fn story(issue: &Issue) -> String {
    let culprit = issue.failure.as_ref().and_then(|failure| failure.culprit());
    let place = culprit
        .map(|frame| format!(" at {}", frame.place()))
        .unwrap_or_default();
    let times = match issue.count {
        1 => "once".to_owned(),
        count => format!("{} times", crate::model::human::grouped(count)),
    };
    let title = issue.title.trim_end_matches('.');
    format!("{title}, {times}{place}")
}
