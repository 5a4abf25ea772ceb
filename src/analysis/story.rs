//! The story of a trace: what happened in it, in the order of time, from all its records at once.
//!
//! A span's start is a line, and so are its events, its log records and its errors. Its end is one only where something
//! else is told between start and end, for otherwise the duration beside the start says the same. An error that came as an
//! event of its span is told once, as an error.
//!
//! Of lines at one instant starts come first, parents before children, then what happened, then ends, children before
//! parents. Takes O(n log n) and no recursion.

use super::span_events::SpanEvent;
use super::tree::{SpanIndex, SpanTree};
use crate::model::trace::{Span, Trace};
use crate::model::{CancelToken, Nanos, TimeRange};
use hashbrown::HashSet;
use std::borrow::Cow;
use std::sync::Arc;

/// Lines between two looks at whether anybody still waits.
const CHECKED_EVERY: usize = 1 << 14;

/// An event with the span that recorded it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The span.
    pub span: SpanIndex,
    /// What it recorded.
    pub event: SpanEvent,
}

/// Whose story it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Of {
    /// Everything in the trace.
    #[default]
    Trace,
    /// A span with all that hangs under it.
    Subtree(SpanIndex),
    /// A span alone.
    Span(SpanIndex),
}

/// What part of a story is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whose.
    pub of: Of,
    /// Only lines in this stretch of time.
    pub range: Option<TimeRange>,
    /// Only lines with this text somewhere, whatever its case; empty for all.
    pub find: String,
}

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The span starts.
    Start,
    /// The span ends.
    End,
    /// It recorded an event, by its place in the list given.
    Event(u32),
    /// A log record, by its place in [`Trace::logs`].
    Log(u32),
    /// An error, by its place in [`Trace::errors`].
    Error(u32),
}

/// One line of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub time: Nanos,
    /// The span it belongs to; `None` where no span of the trace is named.
    pub span: Option<SpanIndex>,
    /// What happened.
    pub what: What,
}

/// Lines in the order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// The lines.
    pub lines: Vec<Line>,
    /// The services that appear in the trace, by name.
    pub services: Vec<Arc<str>>,
}

/// Everything a story is told from.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Who is whose parent.
    pub tree: &'a SpanTree,
    /// The events of its spans.
    pub events: &'a [Recorded],
}

impl Material<'_> {
    /// Puts a story together; `None` when it was cancelled.
    pub fn story(&self, wanted: &Wanted, cancel: &CancelToken) -> Option<Story> {
        let mut lines = self.all_lines(wanted.of);
        if cancel.is_cancelled() {
            return None;
        }
        self.sort(&mut lines);
        drop_empty_ends(&mut lines);
        if let Some(TimeRange { start, end }) = wanted.range {
            lines.retain(|line| start <= line.time && line.time <= end);
        }
        let find = wanted.find.trim().to_lowercase();
        if !find.is_empty() {
            lines = self.with_text(lines, &find, cancel)?;
        }
        Some(Story {
            lines,
            services: self.services(),
        })
    }

    fn all_lines(&self, of: Of) -> Vec<Line> {
        let Self {
            trace,
            tree,
            events,
        } = *self;
        let spans: Vec<SpanIndex> = match of {
            Of::Trace => (0..trace.spans.len() as u32).map(SpanIndex).collect(),
            Of::Subtree(top) => subtree(tree, top),
            Of::Span(span) => vec![span],
        };
        let whole = of == Of::Trace;
        let is_told: HashSet<SpanIndex> = match whole {
            true => HashSet::new(),
            false => spans.iter().copied().collect(),
        };
        let belongs = |span: Option<SpanIndex>| match span {
            _ if whole => true,
            Some(span) => is_told.contains(&span),
            None => false,
        };
        let line = |time, span, what| Line { time, span, what };
        let span_at = |at: &SpanIndex| trace.spans.get(at.at()).map(|span| (*at, span));
        let spans = || spans.iter().filter_map(span_at);
        let starts = spans().map(|(at, span)| line(span.start, Some(at), What::Start));
        let ends = spans().map(|(at, span)| line(span.end(), Some(at), What::End));
        let mut lines: Vec<Line> = starts.chain(ends).collect();
        let mut failed: HashSet<(Option<SpanIndex>, Nanos)> = HashSet::new();
        for (at, error) in (0..).zip(&trace.errors) {
            let span = error.span.and_then(|id| tree.owner(trace, id, error.time));
            failed.insert((span, error.time));
            lines.push(line(error.time, span, What::Error(at)));
        }
        for (at, log) in (0..).zip(&trace.logs) {
            let span = log.span.and_then(|id| tree.owner(trace, id, log.time));
            lines.push(line(log.time, span, What::Log(at)));
        }
        for (at, recorded) in (0..).zip(events) {
            let Some(span) = trace.spans.get(recorded.span.at()) else {
                continue;
            };
            // An event without a time is told where its span begins.
            let time = recorded.event.time.unwrap_or(span.start);
            let is_error = recorded.event.name == "exception";
            if !(is_error && failed.contains(&(Some(recorded.span), time))) {
                lines.push(line(time, Some(recorded.span), What::Event(at)));
            }
        }
        lines.retain(|line| belongs(line.span));
        lines
    }

    fn sort(&self, lines: &mut [Line]) {
        let mut rank = vec![0u32; self.trace.spans.len()];
        for (place, span) in (0u32..).zip(self.tree.preorder()) {
            if let Some(rank) = rank.get_mut(span.at()) {
                *rank = place;
            }
        }
        lines.sort_by_key(|line| {
            let rank = line.span.and_then(|span| rank.get(span.at())).copied();
            let rank = rank.unwrap_or(0);
            let (class, place) = match line.what {
                What::Start => (0, rank),
                What::Event(at) | What::Log(at) | What::Error(at) => (1, at),
                What::End => (2, u32::MAX - rank),
            };
            (line.time, class, place)
        });
    }

    fn with_text(&self, lines: Vec<Line>, find: &str, cancel: &CancelToken) -> Option<Vec<Line>> {
        let mut found = Vec::new();
        for lines in lines.chunks(CHECKED_EVERY) {
            if cancel.is_cancelled() {
                return None;
            }
            let fits = |line: &&Line| {
                let has = |text: &str| text.to_lowercase().contains(find);
                has(&self.text(line)) || has(self.service(line))
            };
            found.extend(lines.iter().filter(fits));
        }
        Some(found)
    }

    fn services(&self) -> Vec<Arc<str>> {
        let spans = self.trace.spans.iter().map(|span| &span.service);
        let logs = self.trace.logs.iter().map(|log| &log.service);
        let mut services: Vec<Arc<str>> = Vec::new();
        let mut known: HashSet<&str> = HashSet::new();
        for service in spans.chain(logs).filter(|name| !name.is_empty()) {
            if known.insert(service) {
                services.push(service.clone());
            }
        }
        services.sort();
        services
    }

    fn span(&self, line: &Line) -> Option<&Span> {
        self.trace.spans.get(line.span?.at())
    }

    /// What a line says, of any number of lines of text.
    pub fn text(&self, line: &Line) -> Cow<'_, str> {
        match line.what {
            What::Start | What::End => self.span(line).map_or(Cow::Borrowed(""), span_text),
            What::Event(at) => {
                let event = self.events.get(at as usize);
                event.map_or(Cow::Borrowed(""), |recorded| {
                    Cow::Owned(event_text(&recorded.event))
                })
            }
            What::Log(at) => {
                let log = self.trace.logs.get(at as usize);
                log.map_or(Cow::Borrowed(""), |log| Cow::Borrowed(&*log.body))
            }
            What::Error(at) => {
                let error = self.trace.errors.get(at as usize);
                error.map_or(Cow::Borrowed(""), |error| {
                    match error.exception_type.is_empty() {
                        true => Cow::Borrowed(&*error.message),
                        false => format!("{}: {}", error.exception_type, error.message).into(),
                    }
                })
            }
        }
    }

    /// The service that wrote a line; empty when unknown.
    pub fn service(&self, line: &Line) -> &str {
        let own: &str = match line.what {
            What::Log(at) => self
                .trace
                .logs
                .get(at as usize)
                .map_or("", |log| &log.service),
            What::Error(at) => {
                let error = self.trace.errors.get(at as usize);
                error.map_or("", |error| &error.service)
            }
            What::Start | What::End | What::Event(_) => "",
        };
        match own {
            "" => self.span(line).map_or("", |span| &span.service),
            own => own,
        }
    }
}

/// A span with all that hangs under it.
fn subtree(tree: &SpanTree, top: SpanIndex) -> Vec<SpanIndex> {
    let mut found = Vec::new();
    let mut waiting = vec![top];
    while let Some(span) = waiting.pop() {
        if span.at() < tree.len() {
            found.push(span);
            waiting.extend(tree.children(span));
        }
    }
    found
}

/// Takes out the ends right after their own start.
fn drop_empty_ends(lines: &mut Vec<Line>) {
    let mut before: Option<Line> = None;
    lines.retain(|line| {
        let is_empty = line.what == What::End
            && before.is_some_and(|before| before.what == What::Start && before.span == line.span);
        if !is_empty {
            before = Some(*line);
        }
        !is_empty
    });
}

fn span_text(span: &Span) -> Cow<'_, str> {
    let text = match span.description.is_empty() {
        true => &span.name,
        false => &span.description,
    };
    match &*span.op {
        "" | "default" => Cow::Borrowed(&**text),
        op => Cow::Owned(format!("{op} {text}")),
    }
}

fn event_text(event: &SpanEvent) -> String {
    let attributes = event.attributes.iter();
    let attributes = attributes.map(|(key, value)| format!("  {key}={value}"));
    std::iter::once(event.name.clone())
        .chain(attributes)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::test_trace::{any_spans, trace};
    use crate::model::SpanId;
    use crate::model::record::{ErrorEntry, LogEntry, RecordRef};
    use proptest::prelude::*;

    fn log(time: i64, span: Option<u64>, body: &str) -> LogEntry {
        LogEntry {
            at: RecordRef { segment: 1, row: 0 },
            time: Nanos(time),
            severity: 9,
            severity_text: "INFO".into(),
            body: body.into(),
            trace: None,
            span: span.map(SpanId),
            service: "logs".into(),
            cells: Vec::new(),
        }
    }

    fn error(time: i64, span: u64) -> ErrorEntry {
        ErrorEntry {
            number: 1,
            trace: None,
            span: Some(SpanId(span)),
            time: Nanos(time),
            level: "error".into(),
            exception_type: "KeyError".into(),
            message: "gone".into(),
            transaction: "".into(),
            service: "".into(),
        }
    }

    fn event(span: u32, time: i64, name: &str) -> Recorded {
        let event = SpanEvent {
            name: name.to_owned(),
            time: Some(Nanos(time)),
            attributes: vec![("n".to_owned(), "2".to_owned())],
        };
        Recorded {
            span: SpanIndex(span),
            event,
        }
    }

    /// Lines as `time what text`, `+` for starts and `-` for ends.
    fn told(trace: &Trace, events: &[Recorded], wanted: &Wanted) -> Vec<String> {
        let tree = SpanTree::new(trace);
        let material = Material {
            trace,
            tree: &tree,
            events,
        };
        let story = material.story(wanted, &CancelToken::default()).unwrap();
        let line = |line: &Line| {
            let sign = match line.what {
                What::Start => "+",
                What::End => "-",
                What::Event(_) => "event ",
                What::Log(_) => "log ",
                What::Error(_) => "error ",
            };
            format!("{} {sign}{}", line.time.0, material.text(line))
        };
        story.lines.iter().map(line).collect()
    }

    fn example() -> (Trace, Vec<Recorded>) {
        let mut trace = trace(&[
            (1, 0, 0, 100),
            (2, 1, 10, 40),
            (3, 2, 10, 20),
            (4, 1, 50, 60),
        ]);
        trace.logs = vec![log(15, Some(3), "in three"), log(70, None, "of nobody")];
        trace.errors = vec![error(40, 2)];
        let events = vec![event(0, 5, "retry"), event(1, 40, "exception")];
        (trace, events)
    }

    #[test]
    fn records_of_all_kinds_are_told_in_the_order_of_time() {
        let (trace, events) = example();
        let expected = [
            "0 +db 1",
            "5 event retry  n=2",
            "10 +db 2",
            "10 +db 3",
            "15 log in three",
            "20 -db 3",
            "40 error KeyError: gone",
            "40 -db 2",
            "50 +db 4",
            "70 log of nobody",
            "100 -db 1",
        ];
        assert_eq!(told(&trace, &events, &Wanted::default()), expected);
    }

    #[test]
    fn a_story_can_be_of_a_part() {
        let (trace, events) = example();
        let of = |of| {
            let wanted = Wanted {
                of,
                ..Wanted::default()
            };
            told(&trace, &events, &wanted)
        };
        let below = ["10 +db 2", "10 +db 3", "15 log in three", "20 -db 3"];
        let own = ["40 error KeyError: gone", "40 -db 2"];
        assert_eq!(of(Of::Subtree(SpanIndex(1))), [&below[..], &own].concat());
        assert_eq!(of(Of::Span(SpanIndex(1))), [&below[..1], &own].concat());
        assert_eq!(of(Of::Span(SpanIndex(9))), [""; 0]);
    }

    #[test]
    fn lines_are_found_by_time_and_by_text() {
        let (trace, events) = example();
        let range = TimeRange {
            start: Nanos(15),
            end: Nanos(40),
        };
        let wanted = Wanted {
            range: Some(range),
            ..Wanted::default()
        };
        assert_eq!(told(&trace, &events, &wanted).len(), 4);
        let find = |find: &str| {
            let wanted = Wanted {
                find: find.to_owned(),
                ..Wanted::default()
            };
            told(&trace, &events, &wanted)
        };
        assert_eq!(find(" keyERROR "), ["40 error KeyError: gone"]);
        assert_eq!(find("logs").len(), 2);
        assert_eq!(find("nothing like it"), [""; 0]);
    }

    #[test]
    fn a_cancelled_story_ends() {
        let (trace, events) = example();
        let tree = SpanTree::new(&trace);
        let cancel = CancelToken::default();
        cancel.cancel();
        let material = Material {
            trace: &trace,
            tree: &tree,
            events: &events,
        };
        assert_eq!(material.story(&Wanted::default(), &cancel), None);
    }

    proptest! {
        #[test]
        fn every_span_starts_once_and_in_order(spans in any_spans()) {
            let trace = trace(&spans);
            let tree = SpanTree::new(&trace);
            let material = Material { trace: &trace, tree: &tree, events: &[] };
            let story = material.story(&Wanted::default(), &CancelToken::default()).unwrap();
            prop_assert!(story.lines.is_sorted_by_key(|line| line.time));
            let count = |what| story.lines.iter().filter(|line| line.what == what).count();
            prop_assert_eq!(count(What::Start), spans.len());
            prop_assert!(count(What::End) <= spans.len());
            for (place, line) in story.lines.iter().enumerate().filter(|(_, line)| line.what == What::End) {
                let start = story.lines.iter().position(|start| start.what == What::Start && start.span == line.span);
                prop_assert!(start.is_some_and(|start| start + 1 < place));
            }
        }
    }
}
