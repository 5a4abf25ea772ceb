//! What the details pane of a trace shows of one span: read on a reader thread and taken apart there, once.
//!
//! [`SpanPane`] is what is at hand at once. What may take a look at the whole store comes after it: how long spans of its
//! kind take ([`typical`]), and which spans link to it; so does the record as it was imported ([`raw`]), once it is wanted.

pub mod raw;
pub mod sections;
pub mod typical;

use super::fetched::Fetched;
use super::questions::{GroupedTrace, Question};
use super::state::{App, Versioned};
use crate::analysis::conversation::{Conversation, conversation};
use crate::analysis::errors::{self, Failure};
use crate::analysis::span_events::{SpanEvent, span_events};
use crate::analysis::span_fields::{FieldGroup, field_groups, find_text, query_parameters};
use crate::analysis::sql::{SqlPart, sql_parts};
use crate::analysis::sql_format::{formatted, is_sql};
use crate::analysis::{SpanIndex, json_text};
use crate::model::conventions::{Category, category};
use crate::model::record::{RecordDetails, SpanEntry};
use crate::model::trace::Span;
use crate::model::{CancelToken, Nanos, SpanId, TraceId};
use crate::store::{Note, Reader, RecordKind, StoreError};
use raw::RawRecord;
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use typical::Typical;

/// What the pane was asked for, and the answers.
#[derive(Debug, Default)]
pub struct PaneState {
    /// The selected span, by version of its trace.
    pub span: Fetched<Versioned<SpanIndex>, Arc<SpanPane>>,
    /// Its record, while that is shown.
    pub raw: Fetched<Versioned<SpanIndex>, Arc<RawRecord>>,
    /// How long spans of its kind take, by version of the data and by their search.
    pub typical: Fetched<Versioned<String>, Arc<Typical>>,
    /// Which spans link to it.
    pub links_in: Fetched<Versioned<(TraceId, SpanId)>, Arc<LinksIn>>,
    /// The notes on the trace, by version of the data and by change of a note.
    pub notes: Fetched<Versioned<(TraceId, u64)>, Arc<[Note]>>,
    pub(super) note_changes: u64,
    /// The note that is being written.
    pub draft: Option<NoteDraft>,
}

/// A note while it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteDraft {
    /// The span it is on.
    pub of: (TraceId, SpanId),
    /// What is typed so far.
    pub text: String,
    /// Whether its field was given the keyboard.
    pub has_keyboard: bool,
}

impl PaneState {
    /// Forgets what belongs to the trace that was open before.
    pub(super) fn clear(&mut self) {
        self.span.clear();
        self.raw.clear();
        self.links_in.clear();
        self.notes.clear();
    }

    /// The note on a span.
    pub fn note(&self, trace: TraceId, span: SpanId) -> Option<&Note> {
        let notes = self.notes.value.as_ref()?;
        let mut notes = notes.iter();
        notes.find(|note| (note.trace, note.span) == (trace, span))
    }
}

impl App {
    /// Asks for what the pane shows of a span.
    pub(super) fn ask_for_pane(&mut self, grouped: &Arc<GroupedTrace>, at: SpanIndex) {
        let (trace, version) = (self.trace.revision, self.data_version);
        let Some(span) = grouped.trace.spans.get(at.at()) else {
            return;
        };
        if self.pane.span.should_ask((trace, at)) {
            self.jobs.ask(Question::SpanPane {
                grouped: grouped.clone(),
                span: at,
            });
        }
        let is_shown = |section| !self.settings.folded_sections.contains(section);
        if is_shown(sections::RAW) && self.pane.raw.should_ask((trace, at)) {
            self.jobs.ask(Question::RawRecord {
                grouped: grouped.clone(),
                span: at,
            });
        }
        let query = typical::query_like(span);
        if is_shown(sections::TYPICAL) && self.pane.typical.should_ask((version, query.clone())) {
            self.jobs.ask(Question::Typical(query));
        }
        let ids = (grouped.trace.id, span.id);
        if self.pane.links_in.should_ask((version, ids)) {
            self.jobs.ask(Question::LinksIn(ids.0, ids.1));
        }
    }

    /// Asks for the notes on a trace.
    pub(super) fn ask_for_notes(&mut self, trace: TraceId) {
        let wanted = (self.data_version, (trace, self.pane.note_changes));
        if self.pane.notes.should_ask(wanted) {
            self.jobs.ask(Question::Notes(trace));
        }
    }

    /// Begins to write a note on the selected span.
    pub(super) fn edit_note(&mut self) {
        let span = self.selected_span();
        let trace = self.trace.value.clone().flatten();
        let Some((trace, span)) = trace.zip(span) else {
            return self.tell("Select a span to write a note on it".to_owned(), false);
        };
        let Some(span) = trace.spans.get(span.at()).map(|span| span.id) else {
            return;
        };
        let text = self.pane.note(trace.id, span);
        self.pane.draft = Some(NoteDraft {
            of: (trace.id, span),
            text: text.map_or_else(String::new, |note| note.text.clone()),
            has_keyboard: false,
        });
    }

    pub(super) fn write_note(&mut self, trace: TraceId, span: SpanId, text: String) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| i64::try_from(now.as_nanos()).unwrap_or(i64::MAX));
        self.pane.draft = None;
        self.waiting_imports += 1;
        self.writer.write_note(Note {
            trace,
            span,
            text,
            written: Nanos(now),
        });
    }
}

/// Errors of a span that are read; more are counted.
const MOST_ERRORS: usize = 20;
/// Spans that link to one that are listed; more are counted.
const MOST_LINKED: usize = 50;
/// Bytes of a query that get colours; what is beyond is read by copying.
const MOST_COLOURED: usize = 20_000;

/// All that is at hand of a span.
#[derive(Debug)]
pub struct SpanPane {
    /// The span's trace.
    pub trace: TraceId,
    /// Its place there.
    pub span: SpanIndex,
    /// Everything the source said of it.
    pub details: Arc<RecordDetails>,
    /// Its query.
    pub query: Option<QueryText>,
    /// What it was about, by subject.
    pub groups: Vec<FieldGroup>,
    /// What was said to a model and by it.
    pub conversation: Option<Conversation>,
    /// Errors that happened in it.
    pub errors: Vec<SpanError>,
    /// How many further errors there are.
    pub more_errors: usize,
    /// What it recorded while it ran, in order of time.
    pub events: Vec<SpanEvent>,
    /// Spans it says it belongs with.
    pub links: Vec<LinkOut>,
}

/// The query of a span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryText {
    /// As recorded.
    pub text: String,
    /// On lines, if it is SQL; else as recorded, and JSON with a line a member.
    pub lines: String,
    /// Whether it is SQL.
    pub is_sql: bool,
    /// The parts of the beginning of `lines`, each with its length in bytes; empty for what is no SQL.
    pub parts: Vec<(SqlPart, usize)>,
    /// What was put into it, by name or place.
    pub parameters: Vec<(String, String)>,
}

/// An error that happened in a span.
#[derive(Debug)]
pub struct SpanError {
    /// When.
    pub time: Nanos,
    /// `error`, `fatal`, …
    pub level: Arc<str>,
    /// What its source tells.
    pub failure: Failure,
}

/// A span that a span says it belongs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOut {
    /// Its trace.
    pub trace: TraceId,
    /// It.
    pub span: SpanId,
    /// Whether the store knows the trace.
    pub is_known: bool,
    /// What is said of the link.
    pub attributes: Vec<(String, String)>,
}

/// Spans that say they belong with one.
#[derive(Debug, Default)]
pub struct LinksIn {
    /// The trace and the span that they name.
    pub of: (TraceId, SpanId),
    /// The first of them, in order of import.
    pub spans: Vec<SpanEntry>,
    /// How many there are.
    pub total: usize,
}

impl LinksIn {
    /// Looks for them in the whole store.
    pub(super) fn find(
        reader: &Reader,
        of: (TraceId, SpanId),
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let (spans, total) = reader.spans_linked_to(of.0, of.1, MOST_LINKED, cancel)?;
        Ok(Self { of, spans, total })
    }
}

impl SpanPane {
    /// Reads a span.
    pub(super) fn read(
        reader: &Reader,
        grouped: &GroupedTrace,
        at: SpanIndex,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let trace = &grouped.trace;
        let Some(span) = trace.spans.get(at.at()) else {
            return Err(StoreError::failed(
                "read a span",
                "the trace has no such span",
            ));
        };
        let details = reader.details(RecordKind::Span, span.at)?;
        let mut events = span_events(&details.events);
        // Those without a time stay where their neighbours are.
        events.sort_by_key(|event| event.time.unwrap_or(span.start));
        let numbers = grouped.tree.errors(at);
        let mut errors = Vec::new();
        for number in numbers.iter().take(MOST_ERRORS) {
            if cancel.is_cancelled() {
                return Err(StoreError::Cancelled);
            }
            let Some(entry) = trace.errors.get(*number as usize) else {
                continue;
            };
            let document = reader.error_document(entry.number)?;
            errors.push(SpanError {
                time: entry.time,
                level: entry.level.clone(),
                failure: errors::read(&document, &entry.exception_type, &entry.message),
            });
        }
        let links = links_in(&details.links, |trace| {
            reader.trace_number(trace).map(|number| number.is_some())
        })?;
        Ok(Self {
            trace: trace.id,
            span: at,
            query: query_of(span, &details),
            groups: field_groups(&details.attributes),
            conversation: conversation(&details.attributes, &events),
            more_errors: numbers.len().saturating_sub(MOST_ERRORS),
            errors,
            events,
            links,
            details: Arc::new(details),
        })
    }

    /// Whether it is of this span.
    pub fn is_of(&self, trace: TraceId, span: SpanIndex) -> bool {
        (self.trace, self.span) == (trace, span)
    }
}

fn query_of(span: &Span, details: &RecordDetails) -> Option<QueryText> {
    let recorded = find_text(&details.attributes, "db.query.text");
    let told = || {
        let is_query = category(&span.op) == Category::Database && is_sql(&span.description);
        is_query.then(|| span.description.to_string())
    };
    let text = recorded.or_else(told)?;
    let parameters = query_parameters(&details.attributes);
    Some(QueryText::new(text, parameters))
}

impl QueryText {
    /// A query as it was recorded.
    pub fn new(text: String, parameters: Vec<(String, String)>) -> Self {
        let is_sql = is_sql(&text);
        let lines = match text.trim_start().starts_with(['{', '[']) {
            _ if is_sql => formatted(&text),
            true => json_text::indented(&text),
            false => text.clone(),
        };
        let shown = &lines[..lines.floor_char_boundary(MOST_COLOURED)];
        let parts = sql_parts(shown).map(|(part, text)| (part, text.len()));
        Self {
            parts: if is_sql { parts.collect() } else { Vec::new() },
            text,
            lines,
            is_sql,
            parameters,
        }
    }
}

fn links_in(
    json: &str,
    is_known: impl Fn(TraceId) -> Result<bool, StoreError>,
) -> Result<Vec<LinkOut>, StoreError> {
    let Ok(Json::Array(links)) = serde_json::from_str::<Json>(json) else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for link in &links {
        let text = |name: &str| link[name].as_str().unwrap_or_default();
        let (Ok(trace), Ok(span)) = (text("traceId").parse(), text("spanId").parse()) else {
            continue;
        };
        let attributes = link["attributes"].as_array().into_iter().flatten();
        let attributes = attributes.map(|attribute| {
            let key = attribute["key"].as_str().unwrap_or_default();
            let value = attribute["value"].as_object();
            let value = value.and_then(|value| value.values().next());
            let value = value.map_or_else(String::new, |value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            });
            (key.to_owned(), value)
        });
        out.push(LinkOut {
            trace,
            span,
            is_known: is_known(trace)?,
            attributes: attributes.collect(),
        });
    }
    Ok(out)
}
