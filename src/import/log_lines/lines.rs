//! A stretch of a file as entries: a line out of its wrapping, with the lines that go on with it.
//!
//! Stack traces and other text that programs print below a record belong to that record. Where a file is cut, such text
//! stays with its record too.

use super::wrapping::{self, Content, Source};
use crate::import::format::{Cut, Cutting};
use crate::import::json::Reader;
use crate::import::limits::MAX_RECORD_BYTES;
use std::ops::Range;

/// A line and what goes on with it. Ranges are in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Where its line begins in the stretch.
    pub at: usize,
    /// What the program wrote.
    pub content: Range<usize>,
    /// When it was taken, as what is around the line says.
    pub time: Option<Range<usize>>,
    /// Where it came from, as what is around the line says.
    pub source: Option<Source>,
    /// What else that says, an object.
    pub attrs: Option<Range<usize>>,
    /// Lines that go on with it, and where each begins in the stretch.
    pub following: Vec<(usize, Range<usize>)>,
}

/// All entries of a stretch, whose lines go on with the one before where `goes_on` says so. Appends to the text what stood in it
/// only in escaped form.
pub fn entries(text: &mut String, goes_on: GoesOn) -> Vec<Entry> {
    let mut gathering = Gathering {
        text,
        goes_on,
        apart: String::new(),
        entries: Vec::new(),
        part: None,
        in_traceback: false,
    };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        gathering.line(at, line);
        at += line.len();
    }
    gathering.finish_part();
    let Gathering { apart, entries, .. } = gathering;
    text.push_str(&apart);
    entries
}

/// Whether a line goes on with the record before it.
pub type GoesOn = fn(&str) -> bool;

/// So many lines may go on with one.
const FOLLOWING: usize = 4_000;

/// The work on one stretch.
struct Gathering<'t> {
    text: &'t str,
    goes_on: GoesOn,
    /// What will be appended to the text.
    apart: String,
    entries: Vec<Entry>,
    /// A line that its runtime cut, and what is known of it so far.
    part: Option<(Entry, String)>,
    in_traceback: bool,
}

impl Gathering<'_> {
    fn line(&mut self, at: usize, line: &str) {
        let mark = if at == 0 && line.starts_with('\u{FEFF}') {
            '\u{FEFF}'.len_utf8()
        } else {
            0
        };
        let line = line.get(mark..).unwrap_or_default();
        let (mark, line) = (
            mark + lead(line),
            line.get(lead(line)..).unwrap_or_default(),
        );
        let line = line.trim_end();
        let at = at + mark;
        if line.is_empty() {
            return;
        }
        let Some(unwrapped) = wrapping::unwrap(line) else {
            self.finish_part();
            let content = at..at + line.len();
            return self.take(Entry {
                at,
                content,
                ..Entry::default()
            });
        };
        let within = |range: Range<usize>| at + range.start..at + range.end;
        let entry = Entry {
            at,
            time: unwrapped.time.map(within),
            source: unwrapped.source.map(|(name, range)| (name, within(range))),
            attrs: unwrapped.attrs.map(within),
            ..Entry::default()
        };
        let stays = !unwrapped.is_part && self.part.is_none();
        match unwrapped.content {
            Content::Within(range) if stays => self.take(Entry {
                content: within(range),
                ..entry
            }),
            Content::Within(range) => self.part(entry, &line[range], unwrapped.is_part),
            Content::Apart(content) => self.part(entry, &content, unwrapped.is_part),
        }
    }

    /// Takes a piece of a line that does not stand in the text in one stretch.
    fn part(&mut self, entry: Entry, content: &str, is_part: bool) {
        let (mut entry, mut whole) = match self.part.take() {
            Some((first, whole)) if self.stream(&first) == self.stream(&entry) => (first, whole),
            Some(other) => {
                self.part = Some(other);
                self.finish_part();
                (entry, String::new())
            }
            None => (entry, String::new()),
        };
        whole.push_str(content);
        if is_part && whole.len() < MAX_RECORD_BYTES {
            self.part = Some((entry, whole));
            return;
        }
        let start = self.text.len() + self.apart.len();
        self.apart.push_str(&whole);
        entry.content = start..start + whole.len();
        self.take(entry);
    }

    fn stream(&self, entry: &Entry) -> Option<&str> {
        let (_, stream) = entry.source.as_ref()?;
        self.text.get(stream.clone())
    }

    /// A line that was cut and never went on is a line all the same.
    fn finish_part(&mut self) {
        if let Some((entry, whole)) = self.part.take() {
            let start = self.text.len() + self.apart.len();
            self.apart.push_str(&whole);
            self.take(Entry {
                content: start..start + whole.len(),
                ..entry
            });
        }
    }

    /// Takes an entry, or joins it to the one before.
    fn take(&mut self, entry: Entry) {
        let content = self.content(&entry.content);
        if content.trim().is_empty() {
            return;
        }
        let goes_on = (self.goes_on)(content) || (self.in_traceback && !content.starts_with('{'));
        let in_traceback = content.starts_with(TRACEBACK)
            || (self.in_traceback && content.starts_with([' ', '\t']));
        let is_frame = content.trim_start().starts_with("at ");
        self.in_traceback = in_traceback;
        if is_frame && self.entries.len() > 1 && self.is_exception(self.entries.last()) {
            self.join_last();
        }
        match self.entries.last_mut() {
            Some(before) if goes_on && before.following.len() < FOLLOWING => {
                before.following.push((entry.at, entry.content));
            }
            _ => self.entries.push(entry),
        }
    }

    /// What stands in a range of the text, or of what will be appended to it.
    fn content(&self, range: &Range<usize>) -> &str {
        let apart = || {
            let from = range.start.checked_sub(self.text.len())?;
            self.apart.get(from..from + range.len())
        };
        let inside = self.text.get(range.clone());
        inside.or_else(apart).unwrap_or_default()
    }

    /// Whether an entry is one line that names an exception, as it stands above the places it came from.
    fn is_exception(&self, entry: Option<&Entry>) -> bool {
        let alone = entry.filter(|entry| entry.following.is_empty());
        let content = alone.map(|entry| self.content(&entry.content));
        let name = content.and_then(|content| content.split([':', ' ']).next());
        name.is_some_and(|name| {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".$_".contains(&byte);
            let qualified = name.contains('.') && !name.starts_with(|c: char| c.is_ascii_digit());
            let named = ["Exception", "Error", "Throwable"];
            (qualified || named.iter().any(|end| name.ends_with(end))) && name.bytes().all(is_name)
        })
    }

    /// Puts the last entry's line under the one before.
    fn join_last(&mut self) {
        if let Some(last) = self.entries.pop()
            && let Some(before) = self.entries.last_mut()
        {
            before.following.push((last.at, last.content));
        }
    }
}

/// Python's first line; the traceback ends with the first line after it that is not indented.
const TRACEBACK: &str = "Traceback (most recent call last)";

/// How lines begin that go on with what was printed before them.
const GOING_ON: &[&str] = &[
    TRACEBACK,
    "Caused by:",
    "Suppressed:",
    "at ",
    "... ",
    "During handling of the above exception",
    "The above exception was",
];

/// What stands before a line's object in a stream of them: the mark of JSON text sequences, or what server-sent events begin
/// with. Rotating a file that is still written leaves zero bytes at its beginning.
pub fn lead(line: &str) -> usize {
    match line.as_bytes().first() {
        Some(b'\x1E') => 1,
        Some(0) => line.len() - line.trim_start_matches('\0').len(),
        _ if line.starts_with("data: {") => "data: ".len(),
        _ => 0,
    }
}

/// Whether a line goes on with the record before it.
pub fn goes_on(line: &str) -> bool {
    let indented = line.starts_with([' ', '\t']);
    (indented && !is_object(line)) || GOING_ON.iter().any(|start| line.starts_with(start))
}

/// Whether a line is an object and nothing else.
pub fn is_object(line: &str) -> bool {
    let mut json = Reader::new(line, 0..line.len());
    matches!(json.peek(), Ok(b'{')) && json.skip().is_ok() && json.at_end()
}

/// Cuts at line ends.
#[derive(Debug)]
pub struct Cutter {
    goes_on: GoesOn,
    /// A line that is too long is being left out.
    dropping: bool,
}

impl Cutter {
    /// A cutter between records, whose lines go on as `goes_on` says.
    pub fn new(goes_on: GoesOn) -> Self {
        Self {
            goes_on,
            dropping: false,
        }
    }
}

/// How many lines are looked back over for one that begins a record.
const LOOKED_BACK: usize = 2_000;

impl Cut for Cutter {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        if self.dropping {
            let line_end = memchr::memchr(b'\n', buffer).map(|at| at + 1);
            self.dropping = line_end.is_none() && !ends;
            return Cutting::Drop {
                end: line_end.unwrap_or(buffer.len()),
                reason: None,
            };
        }
        match memchr::memrchr(b'\n', buffer).map(|at| at + 1) {
            Some(last) if !ends => whole(before_record(buffer, last, self.goes_on)),
            // An unfinished last line is a stretch of its own, so that a later import can go on before it.
            Some(last) if is_unfinished(&buffer[last..]) => whole(last),
            _ if ends => whole(buffer.len()),
            None if buffer.len() > MAX_RECORD_BYTES => {
                self.dropping = true;
                Cutting::Drop {
                    end: buffer.len(),
                    reason: Some("Left out: one line is longer than 64 MiB"),
                }
            }
            _ => Cutting::More,
        }
    }

    fn by_lines(&self) -> bool {
        true
    }
}

fn whole(end: usize) -> Cutting {
    Cutting::At {
        end,
        before: Vec::new(),
        after: Vec::new(),
        clean: true,
    }
}

/// Whether a line without its end is the beginning of an object.
fn is_unfinished(line: &[u8]) -> bool {
    let object = memchr::memchr(b'{', &line[..line.len().min(64)]);
    object.is_some() && line.trim_ascii_end().last() != Some(&b'}')
}

/// The last line end before which a record ends, looking back from a line end.
fn before_record(buffer: &[u8], last: usize, goes_on: GoesOn) -> usize {
    let begins = |rest: &[u8]| {
        let start = String::from_utf8_lossy(&rest[..rest.len().min(512)]);
        let start = start.lines().next().unwrap_or_default();
        !start.is_empty() && !goes_on(start)
    };
    let mut end = last;
    for _ in 0..LOOKED_BACK {
        if begins(&buffer[end..]) {
            return end;
        }
        match memchr::memrchr(b'\n', &buffer[..end - 1]) {
            Some(at) => end = at + 1,
            None => break,
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<Vec<String>> {
        let mut text = text.to_owned();
        let entries = entries(&mut text, goes_on);
        let lines = |entry: &Entry| {
            let following = entry.following.iter().map(|(_, range)| range.clone());
            std::iter::once(entry.content.clone())
                .chain(following)
                .map(|range| text[range].to_owned())
                .collect()
        };
        entries.iter().map(lines).collect()
    }

    #[test]
    fn stack_traces_stay_with_their_record() {
        let text = "\u{FEFF}{\"a\":1}\r\nTraceback (most recent call last):\n  File\n    {}[\"x\"]\nKeyError: x\nnext\n\n{\"b\":2}\n\tat f\nCaused by: y\n {\"c\":3}";
        assert_eq!(
            shown(text),
            [
                vec![
                    "{\"a\":1}",
                    TRACEBACK_LINE,
                    "  File",
                    "    {}[\"x\"]",
                    "KeyError: x"
                ],
                vec!["next"],
                vec!["{\"b\":2}", "\tat f", "Caused by: y"],
                vec![" {\"c\":3}"],
            ]
        );
    }

    #[test]
    fn an_exception_above_its_places_is_part_of_the_record_before() {
        let text = "{\"a\":1}\njava.lang.RuntimeException: x\n\tat f\nCaused by: y\n\tat g\nready: 1\nTypeError: z\n    at h";
        assert_eq!(
            shown(text),
            [
                vec![
                    "{\"a\":1}",
                    "java.lang.RuntimeException: x",
                    "\tat f",
                    "Caused by: y",
                    "\tat g"
                ],
                vec!["ready: 1", "TypeError: z", "    at h"],
            ]
        );
    }

    const TRACEBACK_LINE: &str = "Traceback (most recent call last):";

    #[test]
    fn parts_are_joined_within_their_stream() {
        let text = "2026-11-21T06:46:22Z stdout P {\"a\":\n2026-11-21T06:46:22Z stdout F 1}\n2026-11-21T06:46:22Z stderr P x\n2026-11-21T06:46:22Z stdout F y\n{\"log\":\"\\tat f\\n\",\"stream\":\"stdout\",\"time\":\"\"}\n{\"log\":\"z\",\"stream\":\"stdout\",\"time\":\"\"}";
        assert_eq!(
            shown(text),
            [vec!["{\"a\":1}"], vec!["x"], vec!["y", "\tat f"], vec!["z"]]
        );
    }

    #[test]
    fn cut_before_a_line_that_begins_a_record() {
        let buffer = b"one\ntwo\n  more\n";
        let mut cutter = Cutter::new(goes_on);
        assert_eq!(cutter.cut(buffer, false), whole(4));
        assert_eq!(cutter.cut(buffer, true), whole(buffer.len()));
        assert_eq!(cutter.cut(b"{}\n{\"a\":", true), whole(3));
        assert_eq!(cutter.cut(b"{\"a\":", false), Cutting::More);
    }
}
