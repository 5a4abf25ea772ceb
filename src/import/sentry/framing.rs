//! Envelopes as bytes: header lines, item header lines and payloads.
//!
//! An envelope's header never has a `type`, an item's header always has: that tells where one envelope of a file ends and
//! the next begins. A payload has the length its header says, in bytes, or ends with its line.

use crate::import::format::{Cut, Cutting};
use crate::import::json::Reader;
use crate::import::limits::{CHUNK_BYTES, MAX_RECORD_BYTES};
use std::ops::Range;

/// One thing in a file of envelopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// An envelope begins.
    Envelope(Range<usize>),
    /// An item.
    Item {
        /// Its header line.
        header: Range<usize>,
        /// Its payload.
        payload: Range<usize>,
        /// Whether the bytes end before the payload does.
        cut_off: bool,
    },
    /// An event that stands alone, without an envelope.
    Event {
        /// Its JSON.
        payload: Range<usize>,
        /// Whether the bytes end before it does.
        cut_off: bool,
    },
    /// A line that is neither.
    Garbage(Range<usize>),
}

impl Frame {
    /// Where it begins.
    pub fn start(&self) -> usize {
        match self {
            Self::Envelope(range) | Self::Garbage(range) => range.start,
            Self::Item { header: range, .. } | Self::Event { payload: range, .. } => range.start,
        }
    }
}

/// The next frame from `at` on and where the one after it begins. `None` at the end, or when more bytes are needed to tell.
pub fn next(bytes: &[u8], at: usize, ends: bool) -> Option<(Frame, usize)> {
    let blank = |byte: &u8| matches!(byte, b'\n' | b'\r' | b' ' | b'\t');
    let rest = bytes.get(at..)?;
    let rest = rest.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(rest);
    let start = bytes.len() - rest.len() + rest.iter().position(|byte| !blank(byte))?;
    let (line, after) = line(bytes, start, ends)?;
    let frame = match header(&bytes[line.clone()]) {
        None => (Frame::Garbage(line), after),
        Some(Header { is_item: false, .. }) => (Frame::Envelope(line), after),
        Some(Header { length, .. }) => {
            let (payload, after, cut_off) = payload(bytes, after, length, ends)?;
            let item = Frame::Item {
                header: line,
                payload,
                cut_off,
            };
            (item, after)
        }
    };
    Some(frame)
}

/// A line without its end, and where the next begins.
fn line(bytes: &[u8], start: usize, ends: bool) -> Option<(Range<usize>, usize)> {
    match memchr::memchr(b'\n', &bytes[start..]) {
        Some(len) => {
            let end = start + len;
            let carriage = usize::from(len > 0 && bytes[end - 1] == b'\r');
            Some((start..end - carriage, end + 1))
        }
        None => ends.then_some((start..bytes.len(), bytes.len())),
    }
}

/// What framing needs of a header line.
struct Header {
    is_item: bool,
    length: Option<usize>,
}

fn header(line: &[u8]) -> Option<Header> {
    let text = std::str::from_utf8(line).ok()?;
    let mut json = Reader::new(text, 0..text.len());
    let mut header = Header {
        is_item: false,
        length: None,
    };
    let mut members = json.begin_object().ok()?;
    while let Some(name) = json.next_member(&mut members).ok()? {
        match json.raw(name) {
            b"type" => {
                header.is_item = true;
                json.skip().ok()?;
            }
            b"length" if !json.take_null() => {
                header.length = usize::try_from(json.integer().ok()?).ok();
            }
            _ => {
                json.skip().ok()?;
            }
        }
    }
    json.at_end().then_some(header)
}

/// A payload, where what follows begins, and whether it is cut off.
fn payload(
    bytes: &[u8],
    start: usize,
    length: Option<usize>,
    ends: bool,
) -> Option<(Range<usize>, usize, bool)> {
    if let Some(length) = length {
        let end = start.saturating_add(length);
        match bytes.get(end) {
            Some(b'\n') => return Some((start..end, end + 1, false)),
            Some(b'\r' | b'{') => return Some((start..end, end, false)),
            None if end == bytes.len() && ends => return Some((start..end, end, false)),
            None if !ends => return None,
            // The length is wrong, or the file is cut: the line's end is the next best.
            _ => {}
        }
    }
    let (line, after) = match start <= bytes.len() {
        true => line(bytes, start, ends)?,
        false => (bytes.len()..bytes.len(), bytes.len()),
    };
    let cut_off = length.is_some_and(|length| length > line.len()) && after == bytes.len();
    Some((line, after, cut_off))
}

/// Whether a file that begins so is one of envelopes: a header, then an item's header.
pub fn sniff(prefix: &[u8]) -> bool {
    let mut at = 0;
    for _ in 0..16 {
        match next(prefix, at, false) {
            Some((Frame::Envelope(line), after)) if may_be_header(&prefix[line.clone()]) => {
                at = after;
            }
            Some((Frame::Item { .. }, _)) => return at > 0,
            Some(_) => return false,
            // An item that is longer than the prefix: its header tells enough.
            None => return at > 0 && starts_item(prefix, at),
        }
    }
    false
}

/// Members that log records and events have, but no envelope's header.
const NOT_IN_HEADERS: &[&str] = &[
    "level",
    "severity",
    "message",
    "msg",
    "event",
    "time",
    "timestamp",
    "@timestamp",
    "ts",
    "contexts",
    "exception",
    "platform",
];

/// Whether a line without a `type` may be an envelope's header, and not a log record or an event.
fn may_be_header(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let mut json = Reader::new(&text, 0..text.len());
    let Ok(mut members) = json.begin_object() else {
        return false;
    };
    while let Ok(Some(name)) = json.next_member(&mut members) {
        if NOT_IN_HEADERS.contains(&json.raw_text(name)) || json.skip().is_err() {
            return false;
        }
    }
    true
}

fn starts_item(prefix: &[u8], at: usize) -> bool {
    let rest = prefix[at..].trim_ascii_start();
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    header(&rest[..end]).is_some_and(|header| header.is_item)
}

/// Cuts between envelopes.
#[derive(Debug, Default)]
pub struct Cutter {
    /// How far the buffer has been framed.
    at: usize,
    /// Where the last envelope began.
    envelope: usize,
    /// An item that is too large is being left out: this many bytes more, or to the end of the line.
    dropping: Option<Option<usize>>,
}

const TOO_LARGE: &str = "Left out: one item is larger than 64 MiB";

impl Cut for Cutter {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        if let Some(left) = self.dropping {
            return self.drop_more(buffer, left, ends, None);
        }
        while self.at < CHUNK_BYTES || self.envelope == 0 {
            match next(buffer, self.at, ends) {
                Some((Frame::Item { cut_off: true, .. }, _)) if self.envelope > 0 => {
                    // An unfinished envelope is a stretch of its own, so that a later import can go on before it.
                    return self.take(self.envelope);
                }
                Some((frame, after)) => {
                    if matches!(frame, Frame::Envelope(_)) {
                        self.envelope = frame.start();
                    }
                    self.at = after;
                }
                None if ends => return self.take(buffer.len()),
                None if buffer.len() - self.at > MAX_RECORD_BYTES => {
                    return self.leave_out(buffer, ends);
                }
                None => return Cutting::More,
            }
        }
        self.take(self.envelope)
    }

    fn by_lines(&self) -> bool {
        false
    }
}

impl Cutter {
    fn take(&mut self, end: usize) -> Cutting {
        self.at = self.at.saturating_sub(end);
        self.envelope = 0;
        Cutting::At {
            end,
            before: Vec::new(),
            after: Vec::new(),
            clean: true,
        }
    }

    /// Leaves out the item at `self.at`, after what is before it has been taken.
    fn leave_out(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        if self.at > 0 {
            return self.take(self.at);
        }
        let length = line(buffer, 0, false).and_then(|(line, after)| {
            let length = header(&buffer[line])?.length?;
            after.checked_add(length)
        });
        self.drop_more(buffer, length, ends, Some(TOO_LARGE))
    }

    fn drop_more(
        &mut self,
        buffer: &[u8],
        left: Option<usize>,
        ends: bool,
        reason: Option<&'static str>,
    ) -> Cutting {
        let newline = || memchr::memchr(b'\n', buffer).map(|at| at + 1);
        let (end, more) = match left {
            Some(left) if left <= buffer.len() => (left, None),
            Some(left) => (buffer.len(), Some(Some(left - buffer.len()))),
            None => match newline().filter(|_| reason.is_none()) {
                Some(end) => (end, None),
                None => (buffer.len(), Some(None)),
            },
        };
        self.dropping = more.filter(|_| !ends);
        self.at = 0;
        self.envelope = 0;
        Cutting::Drop { end, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some((frame, after)) = next(text.as_bytes(), at, true) {
            found.push(match frame {
                Frame::Envelope(_) => "envelope".to_owned(),
                Frame::Garbage(range) => format!("garbage {}", &text[range]),
                Frame::Event { .. } => unreachable!("envelopes have items"),
                Frame::Item {
                    payload, cut_off, ..
                } => format!("{}{}", &text[payload], if cut_off { " …" } else { "" }),
            });
            at = after;
        }
        found
    }

    #[test]
    fn framed_by_the_rules() {
        let text = "{\"event_id\":\"1\"}\n{\"type\":\"a\",\"length\":5}\nx\ny\nz\n\n{\"type\":\"b\"}\npayload\r\n{}\n{}\r\n{\"type\":\"c\",\"length\":2}\n[]{\"type\":\"d\",\"length\":9}\n{}";
        let expected = [
            "envelope", "x\ny\nz", "payload", "envelope", "envelope", "[]", "{} …",
        ];
        assert_eq!(frames(text), expected);
    }

    #[test]
    fn wrong_lengths_fall_back_to_the_line() {
        let text = "{}\n{\"type\":\"a\",\"length\":3}\npayload\n{\"type\":\"b\",\"length\":99}\nmore\n{}\n";
        assert_eq!(frames(text), ["envelope", "payload", "more", "envelope"]);
        assert_eq!(frames("nonsense\n{}"), ["garbage nonsense", "envelope"]);
    }

    #[test]
    fn recognised_by_a_header_and_an_item() {
        assert!(sniff(b"{}\n{\"type\":\"session\"}\n{}\n"));
        assert!(sniff(
            b"{\"event_id\":\"1\"}\n{\"type\":\"event\",\"length\":99999}\n{\"a\":"
        ));
        for no in [
            "",
            "{}",
            "{}\n{}\n",
            "{\"type\":\"a\"}\n{}\n{\"type\":\"b\"}\n",
            "x\n{\"type\":\"a\"}\n",
            "{\"level\":\"info\",\"event\":\"b\"}\n{\"type\":\"a\",\"event\":\"c\"}\n",
        ] {
            assert!(!sniff(no.as_bytes()), "{no}");
        }
    }
}
