//! From a stretch of text down to its records.
//!
//! A record that is wrong in itself is left out alone. Where the text itself breaks (a truncated line), what was read
//! before stays and reading goes on with the next document.

use super::record;
use crate::import::fill::{Fill, Result};
use crate::import::format::Parsed;
use crate::import::json::{JsonError, Reader};
use crate::import::stretch::{Places, Stretch, dropped};
use crate::model::CancelToken;
use crate::model::batch::{Batch, BatchValue, Resource, Scope, Text};
use crate::model::conventions::{self, kept};
use crate::model::report::Problems;
use std::ops::Range;

/// What is said of metrics.
pub const METRICS: &str = "Metrics were passed over: only traces and logs are shown";
/// What is said of attributes that are told of a scope.
pub const SCOPE_ATTRIBUTES: &str =
    "Attributes of scopes were passed over: of a scope only name and version are kept";
const NOTHING: &str = "JSON objects without traces, logs or metrics were passed over";
const NO_TEXT: &str = "Nothing but control characters, as a crash can leave them";
const BOM: &str = "\u{FEFF}";

/// How one document of a format is read.
pub type ReadDocument = fn(&mut Walk) -> Result<()>;

/// Of what make the documents of a text are: how one is read, and what is left to do when all are.
#[derive(Clone, Copy)]
struct Make {
    read: ReadDocument,
    finish: fn(&mut Batch),
}

/// Reads a stretch. `None` when cancelled.
pub fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_with(stretch, cancel, |walk| walk.document(), |_| {})
}

/// Reads a stretch whose documents are of another make. `finish` sees the batch when all its texts can be read.
pub fn parse_with(
    stretch: Stretch,
    cancel: &CancelToken,
    read: ReadDocument,
    finish: fn(&mut Batch),
) -> Option<Parsed> {
    parse_rewritten(
        stretch,
        cancel,
        |text, places, _| (text, places),
        read,
        finish,
    )
}

/// How a text is put right before its documents are read, and the way back with it.
pub type Rewrite = fn(String, Places, &mut Problems) -> (String, Places);

/// As [`parse_with`], for documents whose text has to be put right before.
pub fn parse_rewritten(
    mut stretch: Stretch,
    cancel: &CancelToken,
    rewrite: Rewrite,
    read: ReadDocument,
    finish: fn(&mut Batch),
) -> Option<Parsed> {
    if let Some(reason) = stretch.dropped {
        let batch = dropped(&stretch, reason);
        return Some(Parsed {
            batch,
            ..Parsed::default()
        });
    }
    let mut batch = std::mem::take(&mut stretch.batch);
    let (by_lines, last) = (stretch.by_lines, stretch.last);
    let (text, places) = stretch.into_text(&mut batch.problems);
    let (text, places) = rewrite(text, places, &mut batch.problems);
    let make = Make { read, finish };
    let (batch, broken_at) = walk(batch, text, &places, by_lines, cancel, make)?;
    let text = batch.input.as_str();
    let unterminated = !text.trim_end_matches([' ', '\r']).ends_with('\n');
    let open_end = last && unterminated && broken_at.is_some_and(|at| at == text.len());
    Some(Parsed {
        batch,
        open_end,
        ..Parsed::default()
    })
}

/// Reads a text into a batch, and tells where the last document that broke ended.
fn walk(
    mut batch: Batch,
    text: String,
    places: &Places,
    by_lines: bool,
    cancel: &CancelToken,
    make: Make,
) -> Option<(Batch, Option<usize>)> {
    let all = 0..text.len();
    // About what a span of ten attributes takes; memory that is reserved and not needed costs nothing.
    batch.spans.reserve(text.len() / 1024);
    batch.attrs.reserve(text.len() / 96);
    let mut walk = Walk {
        fill: Fill {
            json: Reader::new(&text, all.clone()),
            batch: &mut batch,
        },
        places,
        cancel,
        read: make.read,
        current: None,
        broken_at: None,
    };
    match by_lines {
        true => walk.lines(all),
        false => walk.documents(all),
    }
    let broken_at = walk.broken_at;
    if cancel.is_cancelled() {
        return None;
    }
    batch.input = text;
    name_services(&mut batch);
    (make.finish)(&mut batch);
    conventions::resolve(&mut batch);
    Some((batch, broken_at))
}

/// What a resource says of itself.
pub fn name_services(batch: &mut Batch) {
    for index in 0..batch.resources.len() {
        let attrs = batch.resources[index].attrs.clone();
        let text = |name| match batch.attr(&attrs, name) {
            Some(BatchValue::Str(text)) => text,
            _ => Text::EMPTY,
        };
        let (service, language) = (text("service.name"), text("telemetry.sdk.language"));
        let sdk = match (batch.text(text("telemetry.sdk.name")), batch.text(language)) {
            ("", _) => Text::EMPTY,
            (_, "") => text("telemetry.sdk.name"),
            (name, language) => {
                let sdk = format!("{name}.{language}");
                batch.keep(&sdk)
            }
        };
        let resource = &mut batch.resources[index];
        resource.service = service;
        resource.sdk = sdk;
    }
}

/// The way down.
pub struct Walk<'t, 'b> {
    pub fill: Fill<'t, 'b>,
    pub places: &'t Places,
    cancel: &'t CancelToken,
    read: ReadDocument,
    /// The resource that documents without one of their own belong to, for formats that tell it once.
    pub current: Option<u32>,
    /// Where the text of the last document that broke ended.
    broken_at: Option<usize>,
}

impl Walk<'_, '_> {
    /// Reads a text in which every line is a document (or several).
    fn lines(&mut self, all: Range<usize>) {
        let text = self.fill.json.text();
        let mut start = all.start;
        while start < all.end && !self.cancel.is_cancelled() {
            let rest = &text.as_bytes()[start..all.end];
            let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            self.fill.json = Reader::new(text, start..end);
            self.skip_mark();
            let line = &text.as_bytes()[self.fill.json.at()..end];
            if self.fill.json.at_end() && !line.trim_ascii().is_empty() {
                let (at, byte) = (self.places.line(text, start), self.places.byte(start));
                self.fill.batch.problems.skip(at, byte, NO_TEXT, b"");
            }
            while !self.fill.json.at_end() {
                let begin = self.fill.json.at();
                let records = self.fill.batch.records();
                if let Err(error) = (self.read)(self) {
                    self.report_break(begin, end, records, error);
                    break;
                }
            }
            start = end + 1;
        }
    }

    /// Reads a text of documents over any number of lines.
    fn documents(&mut self, all: Range<usize>) {
        let text = self.fill.json.text();
        self.skip_mark();
        while !self.fill.json.at_end() && !self.cancel.is_cancelled() {
            let begin = self.fill.json.at();
            let records = self.fill.batch.records();
            if let Err(error) = (self.read)(self) {
                let next = next_document(text.as_bytes(), begin + 1).unwrap_or(all.end);
                self.report_break(begin, next, records, error);
                self.fill.json.go_to(next);
            }
        }
    }

    /// Leaves out a byte order mark.
    fn skip_mark(&mut self) {
        if self.fill.json.rest().starts_with(BOM.as_bytes()) {
            self.fill.json.go_to(self.fill.json.at() + BOM.len());
        }
    }

    /// Notes that the text of a document breaks off.
    #[cold]
    fn report_break(&mut self, begin: usize, end: usize, records: usize, error: JsonError) {
        let text = self.fill.json.text();
        let at = error.at.min(end);
        let kept = match self.fill.batch.records() - records {
            0 => String::new(),
            1 => "; the one record before that was kept".to_owned(),
            many => format!("; the {many} records before that were kept"),
        };
        let reason = format!(
            "Not complete JSON: {} at byte {}{kept}",
            error.what,
            self.places.byte(at)
        );
        let (line, byte) = (self.places.line(text, begin), self.places.byte(begin));
        let record = &text.as_bytes()[begin..end];
        self.fill.batch.problems.skip(line, byte, reason, record);
        self.broken_at = Some(end);
    }

    /// One document: an object, or an array of them.
    fn document(&mut self) -> Result<()> {
        if self.fill.json.peek()? != b'[' {
            return self.request(true);
        }
        let mut elements = self.fill.json.begin_array()?;
        while self.fill.json.next_element(&mut elements)? {
            self.request(true)?;
        }
        Ok(())
    }

    /// One export request; `outer` ones may have it wrapped (`{"trace": …}`, `{"result": …}`).
    fn request(&mut self, outer: bool) -> Result<()> {
        let (mut known, mut empty) = (false, true);
        let mut members = self.fill.json.begin_object()?;
        while let Some(name) = self.fill.json.next_member(&mut members)? {
            empty = false;
            if self.fill.json.take_null() {
                continue;
            }
            match self.fill.json.raw(name) {
                b"resourceSpans" | b"resource_spans" | b"batches" | b"resourceLogs"
                | b"resource_logs" => {
                    known = true;
                    self.each(|walk| walk.of_resource())?;
                }
                b"resourceMetrics" | b"resource_metrics" => {
                    known = true;
                    self.each(|walk| walk.of_resource())?;
                }
                b"trace" | b"result" if outer && self.fill.json.peek()? == b'{' => {
                    known = true;
                    self.request(false)?;
                }
                _ => {
                    self.fill.json.skip()?;
                }
            }
        }
        if !known && !empty && outer {
            self.fill.batch.problems.note(NOTHING);
        }
        Ok(())
    }

    /// Whether nobody wants the rest any more.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Calls `read` with the reader before each element of an array.
    pub fn each(&mut self, mut read: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        let mut elements = self.fill.json.begin_array()?;
        while self.fill.json.next_element(&mut elements)? {
            read(self)?;
        }
        Ok(())
    }

    /// Everything of one resource. Its own description may come after its records.
    fn of_resource(&mut self) -> Result<()> {
        let index = self.fill.batch.resources.len();
        self.fill.batch.resources.push(Resource::default());
        let mut members = self.fill.json.begin_object()?;
        while let Some(name) = self.fill.json.next_member(&mut members)? {
            if self.fill.json.take_null() {
                continue;
            }
            match self.fill.json.raw(name) {
                b"resource" => self.resource(index)?,
                b"scopeSpans"
                | b"scope_spans"
                | b"instrumentationLibrarySpans"
                | b"instrumentation_library_spans"
                | b"scopeLogs"
                | b"scope_logs"
                | b"instrumentationLibraryLogs"
                | b"instrumentation_library_logs"
                | b"scopeMetrics"
                | b"scope_metrics" => self.each(|walk| walk.of_scope(index as u32))?,
                _ => {
                    self.fill.json.skip()?;
                }
            }
        }
        Ok(())
    }

    fn resource(&mut self, index: usize) -> Result<()> {
        let mark = self.fill.mark();
        let mut members = self.fill.json.begin_object()?;
        while let Some(name) = self.fill.json.next_member(&mut members)? {
            match self.fill.json.raw(name) {
                _ if self.fill.json.take_null() => {}
                b"attributes" => super::value::attributes(&mut self.fill, mark)?,
                b"droppedAttributesCount" => {
                    record::dropped(self, mark, kept::DROPPED_ATTRIBUTES)?;
                }
                _ => {
                    self.fill.json.skip()?;
                }
            }
        }
        let attrs = self.fill.since(mark);
        if let Some(resource) = self.fill.batch.resources.get_mut(index) {
            resource.attrs = attrs;
        }
        Ok(())
    }

    /// Everything of one scope.
    fn of_scope(&mut self, resource: u32) -> Result<()> {
        let index = self.fill.batch.scopes.len();
        self.fill.batch.scopes.push(Scope::default());
        let scope = index as u32;
        let mut members = self.fill.json.begin_object()?;
        while let Some(name) = self.fill.json.next_member(&mut members)? {
            if self.fill.json.take_null() {
                continue;
            }
            match self.fill.json.raw(name) {
                b"scope" | b"instrumentationLibrary" | b"instrumentation_library" => {
                    self.scope(index)?;
                }
                b"spans" => self
                    .each(|walk| walk.record("Span", |walk| record::span(walk, resource, scope)))?,
                b"logRecords" | b"log_records" | b"logs" => self.each(|walk| {
                    walk.record("Log record", |walk| record::log(walk, resource, scope))
                })?,
                b"metrics" => self.each(|walk| {
                    walk.fill.batch.problems.note(METRICS);
                    walk.fill.json.skip().map(drop)
                })?,
                _ => {
                    self.fill.json.skip()?;
                }
            }
        }
        Ok(())
    }

    fn scope(&mut self, index: usize) -> Result<()> {
        let mut scope = Scope::default();
        let mut members = self.fill.json.begin_object()?;
        while let Some(name) = self.fill.json.next_member(&mut members)? {
            match self.fill.json.raw(name) {
                _ if self.fill.json.take_null() => {}
                b"name" => scope.name = self.fill.text()?,
                b"version" => scope.version = self.fill.text()?,
                b"attributes" => {
                    let (at, _) = self.fill.json.skip_range()?;
                    let text = self.fill.json.text().get(at).unwrap_or_default();
                    if !text
                        .trim_matches(['[', ']', '{', '}', ' ', '\n', '\r', '\t'])
                        .is_empty()
                    {
                        self.fill.batch.problems.note(SCOPE_ATTRIBUTES);
                    }
                }
                _ => {
                    self.fill.json.skip()?;
                }
            }
        }
        if let Some(place) = self.fill.batch.scopes.get_mut(index) {
            *place = scope;
        }
        Ok(())
    }

    /// Reads a record; if it is wrong in itself, leaves out just it. An error means that the text breaks here.
    #[inline]
    pub fn record(&mut self, what: &str, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.fill.json.peek()?;
        let start = self.fill.json.at();
        if self.cancel.is_cancelled() {
            return Err(self.fill.json.error("the import was cancelled"));
        }
        let (attrs, errors) = (self.fill.batch.attrs.len(), self.fill.batch.errors.len());
        match read(self) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.fill.batch.attrs.truncate(attrs);
                self.fill.batch.errors.truncate(errors);
                self.leave_out(what, start, error)
            }
        }
    }

    #[cold]
    fn leave_out(&mut self, what: &str, start: usize, error: JsonError) -> Result<()> {
        self.fill.json.go_to(start);
        self.fill.json.skip()?;
        let text = self.fill.json.text();
        let reason = format!(
            "{what} left out: {}{}",
            error.what,
            self.places.within(start, error.at)
        );
        let (line, byte) = (self.places.line(text, start), self.places.byte(start));
        let record = &text.as_bytes()[start..self.fill.json.at()];
        self.fill.batch.problems.skip(line, byte, reason, record);
        Ok(())
    }
}

/// Where a line begins with a brace or bracket, from `from` on: there a document may begin.
fn next_document(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    memchr::memchr_iter(b'\n', rest)
        .map(|newline| from + newline + 1)
        .find(|start| matches!(bytes.get(*start), Some(b'{' | b'[')))
}
