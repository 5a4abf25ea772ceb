//! Protobuf becomes OTLP JSON, written as the Collector writes it.
//!
//! What is broken is left out as narrowly as can be and listed: a record alone when the break is inside of it, what comes
//! after the break when it is in a list of records. Text that is not UTF-8 is repaired. Depth is bounded.

use super::schema::{Field, KEY_VALUE, Kind, Message, Role, SCHEMA_URL, TRACES};
use super::signal::{LENGTH_BYTES, frame_length, shape};
use super::wire::{Fields, Value, WireError, WireField};
use crate::import::json::quote;
use crate::import::limits::MAX_DEPTH;
use crate::import::stretch::Stretch;
use crate::model::CancelToken;
use crate::model::report::Problems;
use std::fmt::Write;
use std::ops::Range;

const NOTHING: &str = "Messages without spans, log records or metrics were passed over";
const UNKNOWN: &str = "Parts of messages that are of no known kind were passed over";
const NOT_UTF8: &str = "Bytes that are not UTF-8 were replaced by \u{FFFD}";
const WRONG_KIND: &str = "a field has a value of another kind than it should have";
const CUT_OFF: &str = "it is cut off";

/// Messages nested deeper than this are left empty. A level of a value is at most three messages, so the limit on values
/// is met before, and told.
const MAX_MESSAGES: usize = 3 * (MAX_DEPTH + 4);

/// A stretch as OTLP JSON.
pub struct Rewritten {
    /// One document a message, on one line.
    pub text: String,
    /// Where records begin: offset in the text, and how much that is more than the offset in the stretch.
    pub marks: Vec<(usize, i64)>,
    /// Whether the stretch ends within a message.
    pub cut_off: bool,
}

/// Rewrites a stretch. `None` when cancelled.
pub fn rewrite(
    stretch: &Stretch,
    problems: &mut Problems,
    cancel: &CancelToken,
) -> Option<Rewritten> {
    let mut rewriter = Rewriter {
        bytes: &stretch.bytes,
        base: stretch.base,
        problems,
        cancel,
        done: Rewritten {
            text: String::with_capacity(stretch.bytes.len() * 9 / 4),
            marks: Vec::with_capacity(stretch.bytes.len() / 512),
            cut_off: false,
        },
    };
    // No tag is as small as the first byte of a length that import takes.
    match stretch.bytes.first() {
        Some(first) if *first >= 8 => rewriter.request(0, end_of_fields(&stretch.bytes)),
        _ => rewriter.frames(),
    }
    (!cancel.is_cancelled()).then_some(rewriter.done)
}

struct Rewriter<'a> {
    bytes: &'a [u8],
    base: u64,
    problems: &'a mut Problems,
    cancel: &'a CancelToken,
    done: Rewritten,
}

type Result = std::result::Result<(), WireError>;

impl Rewriter<'_> {
    /// Messages with their lengths.
    fn frames(&mut self) {
        let mut at = 0;
        while at < self.bytes.len() && !self.cancel.is_cancelled() {
            let Some(length) = self.bytes.get(at..).and_then(frame_length) else {
                return self.note_cut(at);
            };
            let start = at + LENGTH_BYTES;
            at = start + length;
            if length > 0 {
                self.request(start, at);
            }
        }
    }

    /// One request. It may end after the stretch: then it was cut off, whatever could be read of it.
    fn request(&mut self, start: usize, end: usize) {
        match shape(self.bytes, start, end) {
            None => self.pass_over(start, end),
            Some(shape) if shape.wrapped => self.wrapped(shape.message, start, end),
            Some(shape) => self.container(shape.message, start, end),
        }
        if end > self.bytes.len() {
            self.note_cut(start);
        }
    }

    /// A request in field 1 of another message.
    fn wrapped(&mut self, message: &'static Message, start: usize, end: usize) {
        let mut fields = Fields::new(self.bytes, start, end);
        loop {
            match fields.next() {
                Ok(Some(WireField {
                    number: 1,
                    value: Value::Bytes { start, end },
                    ..
                })) => self.container(message, start, end),
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => return self.note_break(error),
            }
        }
    }

    /// A request in which no record was recognised: what is broken in it is listed.
    fn pass_over(&mut self, start: usize, end: usize) {
        let (length, listed) = (self.done.text.len(), self.problems.skipped_total);
        let mut fields = Fields::new(self.bytes, start, end);
        let has_content = match fields.next() {
            Ok(field) => field.is_some_and(|field| field.number == 1),
            Err(_) => true,
        };
        self.container(&TRACES, start, end);
        self.done.text.truncate(length);
        self.done.marks.retain(|(at, _)| *at < length);
        if has_content && self.problems.skipped_total == listed {
            self.problems.note(NOTHING);
        }
    }

    /// A message of which every part stands on its own.
    fn container(&mut self, message: &'static Message, start: usize, end: usize) {
        let (length, marks) = (self.done.text.len(), self.done.marks.len());
        if let Err(error) = self.message(message, start, end, 0) {
            self.done.text.truncate(length);
            self.done.marks.truncate(marks);
            self.note_break(error);
        }
    }

    fn message(
        &mut self,
        message: &'static Message,
        start: usize,
        end: usize,
        depth: usize,
    ) -> Result {
        if depth > MAX_MESSAGES || self.cancel.is_cancelled() {
            self.done.text.push_str("{}");
            return Ok(());
        }
        if matches!(message.role, Role::Record(_) | Role::Element) {
            let at = self.done.text.len();
            self.done.marks.push((at, at as i64 - start as i64));
        }
        self.done.text.push('{');
        let outcome = self.fields(message, start, end, depth);
        self.done.text.push('}');
        match outcome {
            Err(error) if message.role == Role::Container => {
                self.note_break(error);
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn fields(
        &mut self,
        message: &'static Message,
        start: usize,
        end: usize,
        depth: usize,
    ) -> Result {
        let mut seen = 0_u32;
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            let is_field = |known: &Field| known.number == field.number;
            let Some(index) = message.fields.iter().position(is_field) else {
                // Between records even an unknown field could hold some.
                if message.role == Role::Container && field.number != SCHEMA_URL {
                    self.problems.note(UNKNOWN);
                }
                continue;
            };
            let known = &message.fields[index];
            // All of a list is written where its first element stands.
            if known.repeated && seen & 1 << index != 0 {
                continue;
            }
            self.name(seen == 0, known.name);
            seen |= 1 << index;
            match known.repeated {
                true => self.list(known, field.at, end, depth)?,
                false => self.value(known.kind, field, depth)?,
            }
        }
        if std::ptr::eq(message, &KEY_VALUE) && seen & 1 == 0 {
            self.name(seen == 0, "key");
            self.done.text.push_str("\"\"");
        }
        Ok(())
    }

    fn name(&mut self, first: bool, name: &str) {
        self.done.text.push_str(if first { "\"" } else { ",\"" });
        self.done.text.push_str(name);
        self.done.text.push_str("\":");
    }

    /// All fields of one number from `start` on, as an array.
    fn list(&mut self, known: &Field, start: usize, end: usize, depth: usize) -> Result {
        self.done.text.push('[');
        let empty = self.done.text.len();
        let mut fields = Fields::new(self.bytes, start, end);
        // What breaks the fields themselves is seen by whoever reads all of them.
        while let Ok(Some(field)) = fields.next() {
            if field.number == known.number {
                let before = self.done.text.len();
                if before > empty {
                    self.done.text.push(',');
                }
                let written = self.done.text.len();
                self.value(known.kind, field, depth)?;
                if self.done.text.len() == written {
                    self.done.text.truncate(before);
                }
            }
        }
        self.done.text.push(']');
        Ok(())
    }

    /// A value. A broken record that is an element of a list leaves nothing, any other an empty object.
    fn value(&mut self, kind: Kind, field: WireField, depth: usize) -> Result {
        let out = &mut self.done.text;
        let written = match (kind, field.value) {
            (Kind::Message(message), Value::Bytes { start, end }) => {
                return self.record(message, start, end, depth + 1);
            }
            (Kind::Text, Value::Bytes { start, end }) => return self.text(start..end),
            (Kind::Id, Value::Bytes { start, end }) => {
                hex(slice(self.bytes, start..end)?, out);
                Ok(())
            }
            (Kind::Bytes, Value::Bytes { start, end }) => {
                base64(slice(self.bytes, start..end)?, out);
                Ok(())
            }
            (Kind::Fixed64, Value::Fixed64(number)) => write!(out, "\"{number}\""),
            (Kind::Int64, Value::Varint(number)) => write!(out, "\"{}\"", number as i64),
            (Kind::Int32, Value::Varint(number)) => write!(out, "{}", number as i64),
            (Kind::Fixed32, Value::Fixed32(number)) => write!(out, "{number}"),
            (Kind::Bool, Value::Varint(number)) => write!(out, "{}", number != 0),
            (Kind::Double, Value::Fixed64(bits)) => float(f64::from_bits(bits), out),
            _ => {
                return Err(WireError {
                    at: field.at,
                    what: WRONG_KIND,
                });
            }
        };
        written.expect("a String takes everything");
        Ok(())
    }

    /// A message; if it is a record and broken, it alone is left out.
    fn record(
        &mut self,
        message: &'static Message,
        start: usize,
        end: usize,
        depth: usize,
    ) -> Result {
        let (length, marks) = (self.done.text.len(), self.done.marks.len());
        let outcome = self.message(message, start, end, depth);
        let (Role::Record(what), Err(error)) = (message.role, outcome) else {
            return outcome;
        };
        self.done.text.truncate(length);
        self.done.marks.truncate(marks);
        if self.done.text.ends_with(':') {
            self.done.text.push_str("{}");
        }
        if error.at >= self.bytes.len() || end > self.bytes.len() {
            self.note_cut(start);
            return Ok(());
        }
        let reason = format!(
            "{what} left out: {} (byte {})",
            error.what,
            self.base + error.at as u64
        );
        self.problems.skip(0, self.base + start as u64, reason, b"");
        Ok(())
    }

    fn text(&mut self, range: Range<usize>) -> Result {
        let bytes = slice(self.bytes, range)?;
        let out = &mut self.done.text;
        match std::str::from_utf8(bytes) {
            Ok(text) => quote_fast(text, out),
            Err(_) => {
                self.problems.repair(NOT_UTF8);
                quote(&String::from_utf8_lossy(bytes), out);
            }
        }
        Ok(())
    }

    /// Lists where a list of records breaks.
    fn note_break(&mut self, error: WireError) {
        if error.at >= self.bytes.len() {
            return self.note_cut(error.at);
        }
        let reason = format!(
            "A message breaks here: {}; records before that were kept",
            error.what
        );
        self.problems
            .skip(0, self.base + error.at as u64, reason, b"");
    }

    /// Lists, once, that the stretch ends within a message.
    fn note_cut(&mut self, at: usize) {
        if std::mem::replace(&mut self.done.cut_off, true) {
            return;
        }
        let at = self.base + at.min(self.bytes.len()) as u64;
        let reason = "The file ends within a message; complete records before that were kept";
        self.problems.skip(0, at, reason, b"");
    }
}

/// Where the last of the fields in a stretch ends: after the stretch, if it was cut off.
fn end_of_fields(bytes: &[u8]) -> usize {
    let mut fields = Fields::new(bytes, 0, usize::MAX);
    while fields.at() < bytes.len() {
        if fields.next().is_err() {
            return bytes.len();
        }
    }
    fields.at()
}

fn slice(bytes: &[u8], range: Range<usize>) -> std::result::Result<&[u8], WireError> {
    bytes.get(range).ok_or(WireError {
        at: bytes.len(),
        what: CUT_OFF,
    })
}

/// Most texts need no escapes.
fn quote_fast(text: &str, out: &mut String) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if !text.bytes().all(is_plain) {
        return quote(text, out);
    }
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// JSON has no NaN and no infinity: protobuf writes these as text.
fn float(number: f64, out: &mut String) -> std::fmt::Result {
    match number {
        _ if number.is_nan() => out.write_str("\"NaN\""),
        f64::INFINITY => out.write_str("\"Infinity\""),
        f64::NEG_INFINITY => out.write_str("\"-Infinity\""),
        // Far from 1, plain digits would be hundreds.
        _ if number != 0.0 && !(1e-6..1e21).contains(&number.abs()) => write!(out, "{number:e}"),
        _ => write!(out, "{number}"),
    }
}

fn hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)] as char);
        out.push(DIGITS[usize::from(byte & 15)] as char);
    }
    out.push('"');
}

fn base64(bytes: &[u8], out: &mut String) {
    const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.push('"');
    for group in bytes.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            match place <= group.len() {
                true => out.push(SYMBOLS[(bits >> (18 - 6 * place) & 63) as usize] as char),
                false => out.push('='),
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_text() {
        for (bytes, text) in [
            (&b""[..], "\"\""),
            (b"f", "\"Zg==\""),
            (b"fo", "\"Zm8=\""),
            (b"foo", "\"Zm9v\""),
            (b"\xFB\xFF", "\"+/8=\""),
        ] {
            let mut out = String::new();
            base64(bytes, &mut out);
            assert_eq!(out, text);
        }
        let mut out = String::new();
        hex(b"\x01\xAB", &mut out);
        assert_eq!(out, "\"01ab\"");
    }

    #[test]
    fn numbers_are_what_json_readers_take() {
        for (number, text) in [
            (1.5, "1.5"),
            (3.0, "3"),
            (-0.0, "-0"),
            (1e300, "1e300"),
            (f64::NAN, "\"NaN\""),
        ] {
            let mut out = String::new();
            float(number, &mut out).unwrap();
            assert_eq!(out, text);
        }
    }
}
