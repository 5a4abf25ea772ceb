//! A stretch of lines becomes a batch: every entry's line is read as what it is, an object, pairs or plain text.

use super::begin::{leading_level, leading_time, linked};
use super::lines::{self, Entry, GoesOn};
use super::logfmt::{self, Value};
use super::settle::without_colours;
use super::{begin, moment, object, settle};
use crate::import::fill::{Fill, Result};
use crate::import::format::Parsed;
use crate::import::json::{JsonError, Reader};
use crate::import::limits::MAX_VALUE_BYTES;
use crate::import::stretch::{Places, Stretch, dropped};
use crate::model::CancelToken;
use crate::model::batch::{BatchValue, LogRecord, Scope, Text};
use std::ops::Range;

const PLAIN: &str = "Lines that are neither JSON nor key=value pairs became log records with the line as their message";
/// The lines that followed a record with attributes, such as a stack trace.
const FOLLOWING: &str = "headwater.following_lines";

/// Reads a stretch. `None` when cancelled.
pub fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_lines(stretch, cancel, lines::goes_on, false)
}

/// As [`parse`], of text whose records begin with a time or level: every other line goes on with the one before.
pub fn parse_text(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    parse_lines(stretch, cancel, begin::goes_on, true)
}

fn parse_lines(
    mut stretch: Stretch,
    cancel: &CancelToken,
    goes_on: GoesOn,
    is_text: bool,
) -> Option<Parsed> {
    if let Some(reason) = stretch.dropped {
        let batch = dropped(&stretch, reason);
        return Some(Parsed {
            batch,
            ..Parsed::default()
        });
    }
    let mut batch = std::mem::take(&mut stretch.batch);
    batch.scopes.push(Scope::default());
    let unterminated = stretch.last && stretch.bytes.last() != Some(&b'\n');
    let (mut text, places) = stretch.into_text(&mut batch.problems);
    let of_file = text.len();
    let entries = lines::entries(&mut text, goes_on);
    let mut walk = Walk {
        fill: Fill {
            json: Reader::new(&text, 0..text.len()),
            batch: &mut batch,
        },
        text: &text,
        places: &places,
        of_file,
        is_text,
        broken: false,
    };
    for entry in &entries {
        if cancel.is_cancelled() {
            return None;
        }
        walk.entry(entry);
    }
    // Only an unfinished line that is a stretch of its own can be read again without reading others twice.
    let open_end = unterminated && walk.broken && entries.len() == 1;
    batch.input = text;
    settle::settle(&mut batch);
    Some(Parsed {
        batch,
        open_end,
        ..Parsed::default()
    })
}

/// The work on one stretch.
struct Walk<'t, 'b> {
    fill: Fill<'t, 'b>,
    text: &'t str,
    places: &'t Places,
    /// How much of the text stands in the file; the rest was unescaped.
    of_file: usize,
    /// Whether plain text is what the file is made of.
    is_text: bool,
    /// Whether an object was broken.
    broken: bool,
}

impl Walk<'_, '_> {
    fn entry(&mut self, entry: &Entry) {
        let content = self.text.get(entry.content.clone()).unwrap_or_default();
        let mark = self.fill.mark();
        let mut log = self.record(entry.at, &entry.content);
        let time = entry.time.clone().and_then(|time| self.text.get(time));
        log.time = time.and_then(moment::of_text).unwrap_or_default();
        if let Some((name, source)) = &entry.source {
            let source = Text::in_input(source.clone());
            self.fill.push_named(mark, name, BatchValue::Str(source));
        }
        if let Some(attrs) = &entry.attrs {
            self.fill.json = Reader::new(self.text, attrs.clone());
            // It was read as an object before.
            let _ = object::members(&mut self.fill, mark, "attrs", 0);
        }
        let is_plain = if content.trim_start().starts_with('{') {
            if let Err(error) = self.object(entry, mark) {
                self.fill.batch.attrs.truncate(mark as usize);
                return self.leave_out(entry, error);
            }
            false
        } else if logfmt::is_line(content) {
            self.pairs(content, entry.content.start, mark);
            false
        } else {
            true
        };
        let following = self.joined(entry, is_plain);
        if is_plain {
            self.plain(&mut log, content, following);
        } else if let Some(text) = following {
            self.fill.push_named(mark, FOLLOWING, BatchValue::Str(text));
        }
        log.attrs = self.fill.since(mark);
        self.fill.batch.logs.push(log);
    }

    fn record(&self, at: usize, content: &Range<usize>) -> LogRecord {
        LogRecord {
            body: Text::in_input(content.clone()),
            position: self.places.byte(at),
            ..LogRecord::default()
        }
    }

    /// The lines that follow, as one text; for plain text with the line itself before them.
    fn joined(&mut self, entry: &Entry, with_first: bool) -> Option<Text> {
        if entry.following.is_empty() {
            return None;
        }
        let mut whole = String::new();
        let first = with_first.then_some(&entry.content);
        let following = entry.following.iter().map(|(_, range)| range);
        for range in first.into_iter().chain(following) {
            if !whole.is_empty() {
                whole.push('\n');
            }
            whole.push_str(self.text.get(range.clone()).unwrap_or_default());
        }
        Some(self.limited(&whole))
    }

    /// Keeps a text that is not part of the input, within the limit for values.
    fn limited(&mut self, text: &str) -> Text {
        if text.len() <= MAX_VALUE_BYTES {
            return self.fill.batch.keep(text);
        }
        self.fill
            .batch
            .problems
            .repair("Values longer than 1 MiB were cut; they end with …");
        let end = text.floor_char_boundary(MAX_VALUE_BYTES);
        self.fill.batch.keep(&format!("{}…", &text[..end]))
    }

    /// Notes a line that begins as an object and is none. What follows it is a record of its own: nobody else has it.
    fn leave_out(&mut self, entry: &Entry, error: JsonError) {
        self.broken = true;
        let place = match error.at < self.of_file {
            true => self.places.within(entry.at, error.at),
            false => String::new(),
        };
        let line = self.places.line(self.text, entry.at);
        let byte = self.places.byte(entry.at);
        let reason = format!("Line left out: {}{place}", error.what);
        let record = &self.text.as_bytes()[entry.at..];
        self.fill.batch.problems.skip(line, byte, reason, record);
        let mut following = entry.following.iter();
        if let Some((at, content)) = following.next() {
            let rest = Entry {
                at: *at,
                content: content.clone(),
                following: following.cloned().collect(),
                ..entry.clone()
            };
            let mark = self.fill.mark();
            let mut log = self.record(rest.at, &rest.content);
            let following = self.joined(&rest, true);
            let first = self.text.get(rest.content.clone()).unwrap_or_default();
            self.plain(&mut log, first, following);
            log.attrs = self.fill.since(mark);
            self.fill.batch.logs.push(log);
        }
    }

    /// Plain text: the whole of it is the message; time and level are told from how it begins.
    fn plain(&mut self, log: &mut LogRecord, line: &str, whole: Option<Text>) {
        if !self.is_text {
            self.fill.batch.problems.note(PLAIN);
        }
        if let Some(whole) = whole {
            log.body = whole;
        } else if line.len() > MAX_VALUE_BYTES {
            log.body = self.limited(line);
        }
        let clean = without_colours(line);
        if let Some(time) = leading_time(&clean) {
            log.time = time;
        }
        if let Some((severity, word)) = leading_level(&clean) {
            log.severity = severity;
            log.severity_text = self.fill.batch.keep(word);
        }
        if let Some((trace, span)) = linked(&clean) {
            (log.trace, log.span) = (trace, span);
        }
    }

    /// Takes the object of an entry apart into attributes.
    fn object(&mut self, entry: &Entry, mark: u32) -> Result<()> {
        self.fill.json = Reader::new(self.text, entry.content.clone());
        object::members(&mut self.fill, mark, "", 0)?;
        match self.fill.json.at_end() {
            true => Ok(()),
            false => Err(self.fill.json.error("there is more behind the object")),
        }
    }

    fn pairs(&mut self, line: &str, start: usize, mark: u32) {
        for pair in logfmt::pairs(line).flatten() {
            let value = match pair.value {
                Value::Flag => BatchValue::Bool(true),
                Value::Bare { start: from, end } => self.bare(start + from..start + end),
                Value::Quoted(mut string) => {
                    string.start += start;
                    string.end += start;
                    BatchValue::Str(self.fill.keep(string))
                }
            };
            self.fill.push_named(mark, pair.key, value);
        }
    }

    fn bare(&mut self, range: Range<usize>) -> BatchValue {
        let text = self.text.get(range.clone()).unwrap_or_default();
        match text {
            "true" => return BatchValue::Bool(true),
            "false" => return BatchValue::Bool(false),
            _ => {}
        }
        if text.len() < 24
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.'))
        {
            if let Some(number) = text.parse::<i64>().ok().filter(|n| n.to_string() == text) {
                return BatchValue::Int(number);
            }
            if let Some(number) = text.parse::<f64>().ok().filter(|n| n.to_string() == text) {
                return BatchValue::Float(number);
            }
        }
        match text.len() > MAX_VALUE_BYTES {
            true => BatchValue::Str(self.limited(text)),
            false => BatchValue::Str(Text::in_input(range)),
        }
    }
}
