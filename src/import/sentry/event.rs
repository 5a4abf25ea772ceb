//! What transactions and errors have in common: members, trace context, resource, attributes; and errors themselves.

use super::envelope::Walk;
use crate::import::clock;
use crate::import::fill::Result;
use crate::import::json::{JsonError, RawStr};
use crate::import::stretch::plain;
use crate::model::batch::{BatchValue, ErrorRecord, Resource, SpanStatus, Text};
use crate::model::conventions::kept;
use crate::model::conventions::service;
use crate::model::{Nanos, SpanId, TraceId};
use std::ops::Range;
use xxhash_rust::xxh3::Xxh3;

/// The members of an object: names, and where their values begin. Members that are null are not there.
pub type Members<'t> = Vec<(&'t str, usize)>;

/// Where a member's value begins.
pub fn member(members: &Members, name: &str) -> Option<usize> {
    members
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, at)| *at)
}

/// What `contexts.trace`, or a span, says of where it belongs.
#[derive(Clone, Debug, Default)]
pub struct TraceContext {
    pub trace: TraceId,
    pub span: SpanId,
    pub parent: SpanId,
    pub op: Text,
    pub description: Text,
    pub status: SpanStatus,
    pub status_message: Text,
}

impl<'t> Walk<'t, '_> {
    /// Takes an object and lists its members.
    pub fn members(&mut self) -> Result<Members<'t>> {
        let mut list = Vec::with_capacity(32);
        let mut members = self.fill.json.begin_object()?;
        while let Some(name) = self.fill.json.next_member(&mut members)? {
            if self.fill.json.take_null() {
                continue;
            }
            self.fill.json.peek()?;
            list.push((self.fill.json.raw_text(name), self.fill.json.at()));
            self.fill.json.skip()?;
        }
        Ok(list)
    }

    /// Takes an object whose members each become an attribute; with a prefix, `prefix.name`.
    pub fn flatten(&mut self, mark: u32, prefix: &str) -> Result<()> {
        let mut members = self.fill.json.begin_object()?;
        while let Some(name) = self.fill.json.next_member(&mut members)? {
            let key = match prefix {
                "" => self.fill.key(name),
                _ => {
                    let name = plain(self.fill.json.raw_text(name), name.escaped);
                    self.fill.batch.keys.intern(&format!("{prefix}.{name}"))
                }
            };
            let value = self.fill.value()?;
            self.fill.push(mark, key, value);
        }
        Ok(())
    }

    /// Takes tags, an object or a list of pairs. A tag keeps its bare name unless an attribute has it already.
    pub fn tags(&mut self, mark: u32) -> Result<()> {
        if self.fill.json.peek()? == b'{' {
            let mut members = self.fill.json.begin_object()?;
            while let Some(name) = self.fill.json.next_member(&mut members)? {
                let value = self.fill.value()?;
                self.tag(mark, name, value);
            }
            return Ok(());
        }
        let mut pairs = self.fill.json.begin_array()?;
        while self.fill.json.next_element(&mut pairs)? {
            if self.fill.json.take_null() {
                continue;
            }
            if self.fill.json.peek()? == b'{' {
                self.named_tag(mark)?;
                continue;
            }
            let mut pair = self.fill.json.begin_array()?;
            if !self.fill.json.next_element(&mut pair)? {
                continue;
            }
            let name = self.fill.json.string()?;
            while self.fill.json.next_element(&mut pair)? {
                let value = self.fill.value()?;
                self.tag(mark, name, value);
            }
        }
        Ok(())
    }

    /// Takes `{"key":…,"value":…}`, as Sentry's own interface writes a tag.
    fn named_tag(&mut self, mark: u32) -> Result<()> {
        let pair = self.members()?;
        let after = self.fill.json.at();
        let name = self.string_at(member(&pair, "key"));
        if let (Some(name), Some(at)) = (name, member(&pair, "value")) {
            self.fill.json.go_to(at);
            let value = self.fill.value()?;
            self.tag(mark, name, value);
        }
        self.fill.json.go_to(after);
        Ok(())
    }

    fn tag(&mut self, mark: u32, name: RawStr, value: BatchValue) {
        let key = self.fill.key(name);
        let taken = self.fill.batch.attrs[mark as usize..]
            .iter()
            .any(|attr| attr.key == key);
        let key = match taken {
            true => {
                let name = format!("tags.{}", self.fill.batch.keys.name(key));
                self.fill.batch.keys.intern(&name)
            }
            false => key,
        };
        self.fill.push(mark, key, value);
    }

    /// A member that is a string, undone; `None` if it is not there or something else.
    pub fn string_at(&mut self, at: Option<usize>) -> Option<RawStr> {
        self.fill.json.go_to(at?);
        self.fill.json.string().ok()
    }

    /// A member that is text.
    pub fn text_at(&mut self, at: Option<usize>) -> Text {
        self.string_at(at)
            .map_or(Text::EMPTY, |string| self.fill.keep(string))
    }

    /// Takes a point in time: seconds as a number, or a date as text.
    pub fn time(&mut self) -> Result<Nanos> {
        let wrong = JsonError {
            at: self.fill.json.at(),
            what: "a time was expected: seconds since 1970, or a date",
        };
        let time = match self.fill.json.peek()? {
            b'"' => {
                let string = self.fill.json.string()?;
                let text = self.fill.json.raw_text(string);
                clock::iso(text).or_else(|| clock::decimal_seconds(text))
            }
            _ => clock::decimal_seconds(self.fill.json.number()?),
        };
        time.ok_or(wrong)
    }

    /// Takes a trace id. One that is not hex becomes a hash, with its text as an attribute.
    pub fn trace_id(&mut self, mark: u32) -> Result<TraceId> {
        let string = self.fill.json.string()?;
        let text = self.fill.json.raw_text(string).trim();
        Ok(match text.parse() {
            Ok(id) => id,
            Err(_) if text.is_empty() => TraceId::default(),
            Err(_) => {
                self.foreign(mark, kept::ORIGINAL_TRACE, string);
                TraceId::from_foreign(text)
            }
        })
    }

    /// Takes a span id, as [`Self::trace_id`].
    pub fn span_id(&mut self, mark: u32, original: &str) -> Result<SpanId> {
        let string = self.fill.json.string()?;
        let text = self.fill.json.raw_text(string).trim();
        Ok(match text.parse() {
            Ok(id) => id,
            Err(_) if text.is_empty() => SpanId::default(),
            Err(_) => {
                self.foreign(mark, original, string);
                SpanId::from_foreign(text)
            }
        })
    }

    #[cold]
    fn foreign(&mut self, mark: u32, name: &str, string: RawStr) {
        self.fill.batch.problems.repair(
            "Ids that are not hex were replaced by a hash; the text is kept as attribute headwater.original_…",
        );
        let text = self.fill.keep(string);
        self.fill.push_named(mark, name, BatchValue::Str(text));
    }

    /// Takes a status in Sentry's words.
    pub fn status(&mut self) -> Result<(SpanStatus, Text)> {
        let string = self.fill.json.string()?;
        let status = status_of(self.fill.json.raw_text(string));
        Ok((status, self.fill.keep(string)))
    }

    /// Takes `contexts.trace`: ids, operation and status; its data and everything else become attributes.
    pub fn trace_context(&mut self, mark: u32) -> Result<TraceContext> {
        let mut context = TraceContext::default();
        let mut members = self.fill.json.begin_object()?;
        while let Some(name) = self.fill.json.next_member(&mut members)? {
            if self.fill.json.take_null() {
                continue;
            }
            match self.fill.json.raw(name) {
                b"trace_id" => context.trace = self.trace_id(mark)?,
                b"span_id" => context.span = self.span_id(mark, kept::ORIGINAL_SPAN)?,
                b"parent_span_id" => {
                    context.parent = self.span_id(mark, kept::ORIGINAL_PARENT)?;
                }
                b"op" => context.op = self.fill.text()?,
                b"description" => context.description = self.fill.text()?,
                b"status" => (context.status, context.status_message) = self.status()?,
                b"data" => self.flatten(mark, "")?,
                b"origin" => {
                    let origin = self.fill.value()?;
                    self.fill.push_named(mark, "sentry.origin", origin);
                }
                _ => {
                    let name = format!("trace.{}", self.fill.json.raw_text(name));
                    let value = self.fill.value()?;
                    self.fill.push_named(mark, &name, value);
                }
            }
        }
        Ok(context)
    }

    /// Where the trace context of an event begins.
    pub fn find_trace_context(&mut self, members: &Members) -> Result<Option<usize>> {
        let Some(at) = member(members, "contexts") else {
            return Ok(None);
        };
        self.fill.json.go_to(at);
        let contexts = self.members()?;
        Ok(member(&contexts, "trace"))
    }

    /// The resource an event describes; events of one process share one.
    pub fn resource(&mut self, members: &Members) -> Result<u32> {
        let mut hash = Xxh3::new();
        for name in RESOURCE_MEMBERS
            .iter()
            .copied()
            .chain(service::PROJECT_MEMBERS.iter().copied())
        {
            if let Some(at) = member(members, name) {
                self.fill.json.go_to(at);
                let (range, _) = self.fill.json.skip_range()?;
                hash.update(name.as_bytes());
                hash.update(&self.fill.json.text().as_bytes()[range]);
            }
        }
        hash.update(self.header.sdk.as_bytes());
        if let Some(index) = self.resources.get(&hash.digest()) {
            return Ok(*index);
        }
        let mark = self.fill.mark();
        for name in RESOURCE_MEMBERS {
            let Some(at) = member(members, name) else {
                continue;
            };
            self.fill.json.go_to(at);
            match *name {
                "sdk" => self.sdk_attributes(mark)?,
                _ => {
                    let value = self.fill.value()?;
                    self.fill.push_named(mark, name, value);
                }
            }
        }
        let attrs = self.fill.since(mark);
        let sdk = self.sdk_name(members)?;
        let service = self.service(members, &sdk);
        let (service, sdk) = (self.fill.batch.keep(&service), self.fill.batch.keep(&sdk));
        let index = self.fill.batch.resources.len() as u32;
        self.fill.batch.resources.push(Resource {
            attrs,
            service,
            sdk,
        });
        self.resources.insert(hash.digest(), index);
        Ok(index)
    }

    /// The SDK's name and version; its lists of packages and integrations say nothing about a trace but are kept.
    fn sdk_attributes(&mut self, mark: u32) -> Result<()> {
        match self.fill.json.peek()? {
            b'{' => self.flatten(mark, "sdk"),
            _ => {
                let value = self.fill.value()?;
                self.fill.push_named(mark, "sdk", value);
                Ok(())
            }
        }
    }

    fn sdk_name(&mut self, members: &Members) -> Result<String> {
        let Some(at) = member(members, "sdk") else {
            return Ok(self.header.sdk.clone());
        };
        self.fill.json.go_to(at);
        if self.fill.json.peek()? != b'{' {
            return Ok(self.header.sdk.clone());
        }
        let sdk = self.members()?;
        let name = self.string_at(member(&sdk, "name"));
        Ok(name.map_or_else(
            || self.header.sdk.clone(),
            |name| self.fill.json.raw_text(name).to_owned(),
        ))
    }

    fn service(&mut self, members: &Members, sdk: &str) -> String {
        let named = service::EVENT_MEMBERS.iter().find_map(|name| {
            let string = self.string_at(member(members, name))?;
            let text = plain(self.fill.json.raw_text(string), string.escaped);
            (!text.trim().is_empty()).then(|| text.into_owned())
        });
        named.unwrap_or_else(|| service::short_sdk_name(sdk).to_owned())
    }
}

/// Members of an event that describe the process.
pub const RESOURCE_MEMBERS: &[&str] = &[
    "release",
    "environment",
    "server_name",
    "platform",
    "dist",
    "sdk",
    "modules",
];

/// Sentry's failure rate counts everything but these as failed.
pub fn status_of(status: &str) -> SpanStatus {
    match status {
        "" | "unset" => SpanStatus::Unset,
        "ok" => SpanStatus::Ok,
        "cancelled" | "unknown" | "unknown_error" => SpanStatus::Unset,
        _ => SpanStatus::Error,
    }
}

/// Reads an error event.
pub fn error(walk: &mut Walk, payload: Range<usize>) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let members = walk.members()?;
    let document = start..walk.fill.json.at();
    let mut error = ErrorRecord {
        trace: walk.header.trace,
        document: Text::in_input(document.clone()),
        position: walk.places.byte(payload.start),
        ..ErrorRecord::default()
    };
    let id = walk.string_at(member(&members, "event_id"));
    let id = id.and_then(|id| walk.fill.json.raw_text(id).parse::<TraceId>().ok());
    error.id = match id {
        Some(id) => u128::from_be_bytes(id.0),
        None => xxhash_rust::xxh3::xxh3_128(&walk.fill.json.text().as_bytes()[document]),
    };
    if let Some(at) = member(&members, "timestamp") {
        walk.fill.json.go_to(at);
        error.time = walk.time()?;
    } else {
        walk.fill
            .batch
            .problems
            .repair("Errors without a time are placed at the beginning of 1970");
    }
    error.level = walk.text_at(member(&members, "level"));
    if error.level.is_empty() {
        error.level = walk.fill.batch.keep("error");
    }
    error.transaction = walk.text_at(member(&members, "transaction"));
    error.resource = walk.resource(&members)?;
    if let Some(at) = walk.find_trace_context(&members)? {
        walk.fill.json.go_to(at);
        // The context's attributes stay in the document: an error record has none of its own.
        let mark = walk.fill.mark();
        let context = walk.trace_context(mark)?;
        walk.fill.batch.attrs.truncate(mark as usize);
        error.trace = context.trace;
        error.span = context.span;
    }
    (error.exception_type, error.message) = describe(walk, &members)?;
    walk.fill.batch.errors.push(error);
    Ok(())
}

/// Type and message: of the exception that was raised last, else of the message that was logged.
pub fn describe(walk: &mut Walk, members: &Members) -> Result<(Text, Text)> {
    if let Some(at) = member(members, "exception") {
        walk.fill.json.go_to(at);
        // Either `{"values": […]}` or the list itself.
        let list = match walk.fill.json.peek()? {
            b'{' => {
                let exception = walk.members()?;
                member(&exception, "values")
            }
            _ => Some(at),
        };
        if let Some(last) = last_element(walk, list)? {
            walk.fill.json.go_to(last);
            let exception = walk.members()?;
            let kind = walk.text_at(member(&exception, "type"));
            let message = walk.text_at(member(&exception, "value"));
            return Ok((kind, message));
        }
    }
    for name in ["logentry", "message"] {
        let Some(at) = member(members, name) else {
            continue;
        };
        walk.fill.json.go_to(at);
        if walk.fill.json.peek()? == b'{' {
            let entry = walk.members()?;
            let formatted = member(&entry, "formatted").or(member(&entry, "message"));
            return Ok((Text::EMPTY, walk.text_at(formatted)));
        }
        return Ok((Text::EMPTY, walk.text_at(Some(at))));
    }
    Ok((Text::EMPTY, Text::EMPTY))
}

/// Where the last object of a list begins.
fn last_element(walk: &mut Walk, list: Option<usize>) -> Result<Option<usize>> {
    let Some(at) = list else {
        return Ok(None);
    };
    walk.fill.json.go_to(at);
    let mut last = None;
    let mut elements = walk.fill.json.begin_array()?;
    while walk.fill.json.next_element(&mut elements)? {
        if walk.fill.json.take_null() {
            continue;
        }
        walk.fill.json.peek()?;
        last = Some(walk.fill.json.at());
        walk.fill.json.skip()?;
    }
    Ok(last)
}
