//! Events without an envelope, as Sentry's pages and tools save them: one object, an array of them, or one after another.
//!
//! Between events only white space, commas and brackets count, so an array needs no state and reading can begin again
//! behind any event.

use super::framing::Frame;
use super::trace_api;
use crate::import::format::{Cut, Cutting};
use crate::import::json::Reader;
use crate::import::limits::{CHUNK_BYTES, MAX_RECORD_BYTES};
use std::ops::Range;

/// Members that events have; a name alone may be anyone's.
const MEMBERS: &[&str] = &[
    "event_id",
    "exception",
    "logentry",
    "contexts",
    "platform",
    "sdk",
    "breadcrumbs",
    "transaction",
    "start_timestamp",
    "server_name",
];

/// How many of them tell an event from a log record.
const TELLING: usize = 3;

/// Whether a file that begins so is one of events.
pub fn sniff(prefix: &[u8]) -> bool {
    let text = String::from_utf8_lossy(prefix);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let first = text.strip_prefix('[').unwrap_or(text);
    is_event(first) && !trace_api::sniff(prefix)
}

/// Whether a text begins with an event. It may be cut.
pub fn is_event(text: &str) -> bool {
    let mut json = Reader::new(text, 0..text.len());
    let Ok(mut members) = json.begin_object() else {
        return false;
    };
    let (mut telling, mut content) = (0, false);
    while let Ok(Some(name)) = json.next_member(&mut members) {
        let name = json.raw_text(name);
        telling += usize::from(MEMBERS.contains(&name));
        content |= matches!(
            name,
            "exception" | "logentry" | "message" | "contexts" | "spans" | "breadcrumbs"
        );
        if json.skip().is_err() {
            break;
        }
    }
    content && telling >= TELLING
}

/// All events of a stretch.
pub fn frames(bytes: &mut [u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some((frame, after)) = next(bytes, at, true) {
        frames.push(frame);
        at = after;
    }
    frames
}

/// The next event from `at` on and where it ends. `None` at the end, or when more bytes are needed to tell.
fn next(bytes: &[u8], at: usize, ends: bool) -> Option<(Frame, usize)> {
    let between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']');
    let rest = bytes.get(at..)?;
    let rest = rest.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(rest);
    let start = bytes.len() - rest.len() + rest.iter().position(|byte| !between(byte))?;
    let found = match bytes.get(start) {
        Some(b'{') => object(bytes, start),
        _ => {
            let end = memchr::memchr(b'\n', &bytes[start..]).map(|len| start + len);
            let end = end.or(ends.then_some(bytes.len()))?;
            return Some((Frame::Garbage(start..end), end));
        }
    };
    match found {
        Some(range) => Some((
            Frame::Event {
                payload: range.clone(),
                cut_off: false,
            },
            range.end,
        )),
        None if !ends => None,
        None => {
            let payload = start..bytes.len();
            Some((
                Frame::Event {
                    payload,
                    cut_off: true,
                },
                bytes.len(),
            ))
        }
    }
}

/// An object to its closing brace. One that is broken ends where a line begins with the next.
fn object(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let (mut depth, mut in_string) = (0usize, false);
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\n' if bytes.get(at..)?.starts_with(b"{\"") => return Some(start..at),
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(start..at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Cuts between events.
#[derive(Debug, Default)]
pub struct Cutter {
    /// How far the buffer has been framed.
    at: usize,
    /// An event that is too large is being left out, to the next line.
    dropping: bool,
}

impl Cut for Cutter {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        if self.dropping {
            return self.drop_line(buffer, ends, None);
        }
        while self.at < CHUNK_BYTES {
            match next(buffer, self.at, ends) {
                // An unfinished event is a stretch of its own, so that a later import can go on before it.
                Some((Frame::Event { cut_off: true, .. }, _)) if self.at > 0 => break,
                Some((_, after)) => self.at = after,
                None if ends => self.at = buffer.len(),
                None if buffer.len() - self.at <= MAX_RECORD_BYTES => return Cutting::More,
                None if self.at > 0 => break,
                None => {
                    let reason = "Left out: one event is larger than 64 MiB";
                    return self.drop_line(buffer, ends, Some(reason));
                }
            }
            if self.at >= buffer.len() {
                break;
            }
        }
        Cutting::At {
            end: std::mem::take(&mut self.at),
            before: Vec::new(),
            after: Vec::new(),
            clean: true,
        }
    }

    fn by_lines(&self) -> bool {
        false
    }
}

impl Cutter {
    fn drop_line(&mut self, buffer: &[u8], ends: bool, reason: Option<&'static str>) -> Cutting {
        let line_end = memchr::memchr(b'\n', buffer).map(|at| at + 1);
        self.dropping = line_end.is_none() && !ends;
        Cutting::Drop {
            end: line_end.unwrap_or(buffer.len()),
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut bytes = text.as_bytes().to_vec();
        let name = |frame: &Frame| match frame {
            Frame::Event { payload, cut_off } => {
                format!(
                    "{}{}",
                    &text[payload.clone()],
                    if *cut_off { " …" } else { "" }
                )
            }
            other => format!("{other:?}"),
        };
        frames(&mut bytes).iter().map(name).collect()
    }

    #[test]
    fn events_in_every_arrangement() {
        let event = r#"{"a":"}\"","b":[{}]}"#;
        for text in [
            format!("{event}{event}"),
            format!("[{event}, {event}]\n"),
            format!("\u{FEFF}[\n{event},\n{event}\n]"),
            format!("{event}\n{event}\n"),
        ] {
            assert_eq!(shown(&text), [event, event], "{text}");
        }
        assert_eq!(
            shown("{\"a\":\n{\"b\":1}\n{\"c"),
            ["{\"a\":\n", "{\"b\":1}", "{\"c …"]
        );
        assert_eq!(shown("what\n{}").len(), 2);
    }

    #[test]
    fn an_event_is_told_from_a_log_record() {
        assert!(is_event(r#"{"event_id":"1","platform":"p","exception":{}"#));
        assert!(sniff(br#"[{"type":"transaction","contexts":{},"transaction":"t","start_timestamp":1,"spans":[{"#));
        for no in [
            r#"{"event_id":"1","sent_at":"2","sdk":{}}"#,
            r#"{"level":"error","message":"m","exception":"e","platform":"p"}"#,
            "[]",
            "",
        ] {
            assert!(!is_event(no), "{no}");
        }
    }
}
