//! Where to cut a file of OTLP JSON.
//!
//! Files of lines are cut at line ends, which costs nothing. Everything else (one pretty-printed document, arrays, a line of
//! a gigabyte) goes through a [`Scanner`] that follows strings and brackets byte by byte and may cut between the elements
//! of the lists that OTLP documents are made of. Such a cut carries along what the pieces after it need: the opened containers
//! and the resource and scope they are in.

use crate::import::format::{Cut, Cutting};
use crate::import::limits::{CHUNK_BYTES, MAX_RECORD_BYTES, SNIFF_BYTES};

/// A line longer than this is cut inside.
const LONG_LINE: usize = 2 * CHUNK_BYTES;

const GARBAGE: &str = "Left out: this is not JSON";
const TOO_LARGE: &str = "Left out: one record is larger than 64 MiB, or this is not JSON";

/// The lists that OTLP documents are made of.
const OTLP_LISTS: &[&[u8]] = &[
    b"",
    b"spans",
    b"logRecords",
    b"log_records",
    b"logs",
    b"metrics",
    b"resourceSpans",
    b"resource_spans",
    b"batches",
    b"resourceLogs",
    b"resource_logs",
    b"resourceMetrics",
    b"resource_metrics",
    b"scopeSpans",
    b"scope_spans",
    b"scopeLogs",
    b"scope_logs",
    b"scopeMetrics",
    b"scope_metrics",
    b"instrumentationLibrarySpans",
    b"instrumentation_library_spans",
];

/// A cutter for a file that begins so.
pub fn for_file(prefix: &[u8]) -> Box<dyn Cut> {
    for_lists(prefix, OTLP_LISTS)
}

/// A cutter for JSON whose records lie in lists of these names; an array that is the whole document counts by the name "".
pub fn for_lists(prefix: &[u8], lists: &'static [&'static [u8]]) -> Box<dyn Cut> {
    Box::new(Cutter {
        by_lines: is_by_lines(prefix),
        lists,
        enough: CHUNK_BYTES,
        scanner: None,
    })
}

/// A cutter for one document that is cut, between the elements of these lists, only after `enough` bytes.
pub fn for_pieces(lists: &'static [&'static [u8]], enough: usize) -> Box<dyn Cut> {
    Box::new(Cutter {
        by_lines: false,
        lists,
        enough,
        scanner: None,
    })
}

/// Whether every line is a document. The file may begin in the middle of a line.
fn is_by_lines(prefix: &[u8]) -> bool {
    let prefix = &prefix[..prefix.len().min(SNIFF_BYTES)];
    let text = prefix.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(prefix);
    let is_before = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let start = text.iter().position(|byte| !is_before(byte));
    let text = &text[start.unwrap_or(text.len())..];
    let Some(newline) = memchr::memchr(b'\n', text) else {
        return true;
    };
    let line = text[..newline].trim_ascii_end();
    let next = text[newline..].trim_ascii_start().first();
    let mut scanner = Scanner::default();
    let complete = scanner.scan(line, usize::MAX, &[]) == Step::More && scanner.is_outside();
    let goes_on =
        matches!(line.last(), Some(b'[' | b'{' | b',' | b':')) || line.first() == Some(&b'[');
    complete || (!goes_on && matches!(next, Some(b'{')))
}

/// Cuts by lines, or by structure.
struct Cutter {
    by_lines: bool,
    /// The lists that may be cut between their elements.
    lists: &'static [&'static [u8]],
    /// How long a stretch has to be to end within a document.
    enough: usize,
    /// At work within a document; keeps its state between calls.
    scanner: Option<Scanner>,
}

impl Cut for Cutter {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        if self.by_lines && self.scanner.is_none() {
            match self.cut_lines(buffer, ends) {
                Cutting::More if buffer.len() >= LONG_LINE => {}
                cutting => return cutting,
            }
        }
        self.cut_inside(buffer, ends)
    }

    fn by_lines(&self) -> bool {
        self.by_lines
    }
}

impl Cutter {
    fn cut_lines(&self, buffer: &[u8], ends: bool) -> Cutting {
        let last = memchr::memrchr(b'\n', buffer).map(|at| at + 1);
        // An unfinished last line is a stretch of its own, so that a later import can go on before it.
        let finished = buffer.trim_ascii_end().last() == Some(&b'}');
        match last {
            Some(end) if !ends || (end < buffer.len() && !finished) => whole(end),
            _ if ends && buffer.len() < LONG_LINE => whole(buffer.len()),
            Some(end) if ends && end == buffer.len() => whole(end),
            _ => Cutting::More,
        }
    }

    /// Follows the structure. In a file of lines, the line's end is the end in any case.
    fn cut_inside(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        let line = match self.by_lines {
            true => memchr::memchr(b'\n', buffer).map(|at| at + 1),
            false => None,
        };
        let ends = ends || line.is_some();
        let seen = &buffer[..line.unwrap_or(buffer.len())];
        let scanner = self.scanner.get_or_insert_default();
        let step = scanner.scan(seen, self.enough, self.lists);
        match step {
            Step::Cut(end) => {
                let cutting = scanner.cut(end);
                if scanner.is_outside() && !self.by_lines {
                    self.scanner = None;
                }
                cutting
            }
            Step::Garbage => match scanner.good_before(seen) {
                Some(end) => {
                    let cutting = self.rest(end);
                    self.scanner = None;
                    cutting
                }
                None => self.drop_garbage(seen, ends, GARBAGE),
            },
            Step::More if ends => {
                let cutting = self.rest(seen.len());
                self.scanner = None;
                cutting
            }
            Step::More if seen.len() > MAX_RECORD_BYTES => self.drop_garbage(seen, ends, TOO_LARGE),
            Step::More => Cutting::More,
        }
    }

    /// What is left of a document that is being cut inside.
    fn rest(&mut self, end: usize) -> Cutting {
        let before = self
            .scanner
            .as_mut()
            .map(|scanner| std::mem::take(&mut scanner.before));
        Cutting::At {
            end,
            before: before.unwrap_or_default(),
            after: Vec::new(),
            clean: true,
        }
    }

    /// Leaves out bytes up to where a document may begin again. Garbage that goes on is dropped piece by piece, and told once.
    fn drop_garbage(&mut self, seen: &[u8], ends: bool, reason: &'static str) -> Cutting {
        let next = memchr::memchr_iter(b'\n', seen)
            .map(|newline| newline + 1)
            .find(|start| matches!(seen.get(*start), Some(b'{' | b'[')));
        let told = self.scanner.as_ref().is_some_and(|scanner| scanner.lost);
        self.scanner = match next.is_some() || ends {
            true => None,
            false => Some(Scanner::lost()),
        };
        Cutting::Drop {
            end: next.unwrap_or(seen.len()),
            reason: (!told).then_some(reason),
        }
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

/// What a scan came to.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// All bytes seen, no place to cut yet.
    More,
    /// Cut here.
    Cut(usize),
    /// Not JSON.
    Garbage,
}

/// How many open containers are followed by name. OTLP's lists of records lie at most eight deep.
const FOLLOWED: usize = 12;

/// A resource or scope larger than this is not carried along.
const CARRIED_BYTES: usize = 1 << 20;

/// An open container.
#[derive(Debug, Default)]
struct Level {
    is_object: bool,
    /// Its name in the object around it.
    name: Vec<u8>,
    /// Its members that later pieces need, as text with a comma after each.
    carried: Vec<u8>,
    /// The member being read.
    member: Vec<u8>,
    /// Offset of the member's name in the buffer, while it is one that will be carried.
    member_at: Option<usize>,
}

/// Follows strings and brackets.
#[derive(Debug, Default)]
struct Scanner {
    at: usize,
    depth: usize,
    levels: Vec<Level>,
    in_string: bool,
    /// Where the string being read began, while it may be a member's name.
    string_at: usize,
    /// The last complete string in this level, until it proves to be a name.
    name: Vec<u8>,
    before: Vec<u8>,
    lost: bool,
}

impl Scanner {
    /// A scanner in the middle of something that is not JSON.
    fn lost() -> Self {
        Self {
            lost: true,
            ..Self::default()
        }
    }

    /// Whether it stands between documents.
    fn is_outside(&self) -> bool {
        self.depth == 0 && !self.in_string
    }

    /// Where garbage begins, if there is something better before it.
    fn good_before(&self, buffer: &[u8]) -> Option<usize> {
        let end = self.at.checked_sub(1).filter(|_| !self.lost)?;
        let good = !buffer[..end].trim_ascii().is_empty() || !self.before.is_empty();
        (good && end > 0).then_some(end)
    }

    /// Goes on over `buffer` and stops at the first place to cut at or after `enough`.
    fn scan(&mut self, buffer: &[u8], enough: usize, lists: &[&[u8]]) -> Step {
        if self.lost {
            return Step::Garbage;
        }
        while self.at < buffer.len() {
            if self.in_string {
                match self.skip_string(buffer) {
                    true => continue,
                    false => return Step::More,
                }
            }
            let byte = buffer[self.at];
            self.at += 1;
            match byte {
                b'"' => {
                    self.in_string = true;
                    self.string_at = self.at;
                }
                b'{' | b'[' => self.open(byte == b'{'),
                b'}' | b']' => {
                    if self.depth == 0 {
                        return Step::Garbage;
                    }
                    self.close(buffer);
                    if self.depth == 0 && self.at >= enough {
                        return Step::Cut(self.at);
                    }
                }
                b':' => self.name_member(),
                b',' => {
                    self.end_member(buffer, self.at - 1);
                    if self.at >= enough && self.may_cut(lists) {
                        return Step::Cut(self.at);
                    }
                }
                b' ' | b'\n' | b'\r' | b'\t' => {}
                0xEF | 0xBB | 0xBF if self.depth == 0 => {}
                _ if self.depth == 0 => return Step::Garbage,
                _ => {}
            }
        }
        Step::More
    }

    /// Goes to the end of the string; false if an escape is cut in two.
    fn skip_string(&mut self, buffer: &[u8]) -> bool {
        while let Some(found) = memchr::memchr2(b'"', b'\\', &buffer[self.at..]) {
            let at = self.at + found;
            if buffer[at] == b'"' {
                self.at = at + 1;
                self.in_string = false;
                if self.depth <= FOLLOWED && at - self.string_at.min(at) < 64 {
                    self.name.clear();
                    self.name
                        .extend_from_slice(&buffer[self.string_at.min(at)..at]);
                }
                return true;
            }
            if at + 1 >= buffer.len() {
                // The escaped byte is not here yet.
                self.at = at;
                return false;
            }
            self.at = at + 2;
        }
        self.at = buffer.len();
        true
    }

    fn open(&mut self, is_object: bool) {
        self.depth += 1;
        if self.depth > FOLLOWED {
            return;
        }
        let name = match self.levels.last_mut() {
            Some(level) if level.is_object => level.member.clone(),
            _ => Vec::new(),
        };
        self.levels.push(Level {
            is_object,
            name,
            ..Level::default()
        });
    }

    fn close(&mut self, buffer: &[u8]) {
        if self.depth <= FOLLOWED {
            self.end_member(buffer, self.at - 1);
            self.levels.pop();
        }
        self.depth -= 1;
    }

    /// A colon: the string before it was a name.
    fn name_member(&mut self) {
        let start = self.string_at;
        if self.depth > FOLLOWED {
            return;
        }
        let Some(level) = self.levels.last_mut() else {
            return;
        };
        level.member.clear();
        level.member.append(&mut self.name);
        let carried = matches!(
            level.member.as_slice(),
            b"resource" | b"scope" | b"instrumentationLibrary" | b"instrumentation_library"
        );
        level.member_at = (carried && start > 0).then(|| start - 1);
    }

    /// A member ends; keeps its text if later pieces need it.
    fn end_member(&mut self, buffer: &[u8], end: usize) {
        if self.depth > FOLLOWED {
            return;
        }
        if let Some(level) = self.levels.last_mut()
            && let Some(start) = level.member_at.take()
            && let Some(text) = buffer.get(start..end)
            && text.len() <= CARRIED_BYTES
        {
            level.carried.extend_from_slice(text);
            level.carried.push(b',');
        }
    }

    /// Whether the comma just read stands in a list that may be cut.
    fn may_cut(&self, lists: &[&[u8]]) -> bool {
        if self.depth > FOLLOWED {
            return false;
        }
        let Some(level) = self.levels.last() else {
            return false;
        };
        let is_list = lists.contains(&level.name.as_slice());
        // An array without a name is a list only at the top.
        !level.is_object && is_list && (!level.name.is_empty() || self.depth == 1)
    }

    /// Makes the cut at `end`; what follows begins with an empty buffer.
    fn cut(&mut self, end: usize) -> Cutting {
        let before = std::mem::take(&mut self.before);
        let mut after = Vec::new();
        let mut opened = Vec::new();
        for level in &mut self.levels {
            level.member_at = None;
            if level.name.is_empty() {
                opened.push(if level.is_object { b'{' } else { b'[' });
            } else {
                opened.push(b'"');
                opened.extend_from_slice(&level.name);
                opened.extend_from_slice(if level.is_object { b"\":{" } else { b"\":[" });
            }
            opened.extend_from_slice(&level.carried);
            after.insert(0, if level.is_object { b'}' } else { b']' });
        }
        let clean = self.levels.is_empty();
        self.before = opened;
        self.at = 0;
        self.string_at = 0;
        Cutting::At {
            end,
            before,
            after,
            clean,
        }
    }
}
