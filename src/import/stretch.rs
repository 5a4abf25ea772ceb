//! A stretch of a file: what the reader thread hands to a parser thread.
//!
//! A stretch can be parsed on its own. Where a document is too large to be one stretch, its pieces carry the text that
//! opens and closes the containers around them (`before`, `after`), so a parser sees a whole document every time; places
//! in the text still lead back to the right byte and line of the file.

use crate::model::batch::Batch;
use crate::model::report::{Problems, RemarkKind};
use std::borrow::Cow;

/// One stretch, as cut.
#[derive(Debug, Default)]
pub struct Stretch {
    /// The text: what opens the containers around it, then bytes of the file, then what closes them.
    pub bytes: Vec<u8>,
    /// How many leading bytes of `bytes` are not from the file.
    pub before: usize,
    /// Offset in the file of the first byte from the file.
    pub base: u64,
    /// Line of that byte, from 1.
    pub line: u64,
    /// Whether every line is a document of its own.
    pub by_lines: bool,
    /// Whether the file ends with this stretch.
    pub last: bool,
    /// Why the bytes at `base` were left out, when they were: then there is no text.
    pub dropped: Option<&'static str>,
    /// What to read into: empty, perhaps with room.
    pub batch: Batch,
}

/// Leads offsets in a stretch's text back to the file.
#[derive(Debug)]
pub struct Places {
    before: usize,
    base: u64,
    line: u64,
    /// Where bytes that are not UTF-8 were replaced: offset after the replacement, and how much longer it is than the original.
    repairs: Vec<(usize, i64)>,
}

impl Places {
    /// The way back from a text in which parts were replaced; `marks` are where parts of it begin: offset in the new
    /// text, and offset in the old one. Lines stay the same, so a replacement must have as many as what it replaces.
    pub fn replaced(self, marks: &[(usize, usize)]) -> Self {
        let repairs = marks.iter().map(|(new, old)| {
            let inside = self.byte(*old) as i64 - self.base as i64;
            (*new, new.saturating_sub(self.before) as i64 - inside)
        });
        Self {
            repairs: repairs.collect(),
            ..self
        }
    }

    /// Where an error inside a record is, to stand behind its reason; empty when it is where the record begins.
    pub fn within(&self, record: usize, error: usize) -> String {
        if error == record {
            return String::new();
        }
        format!(" (byte {})", self.byte(error))
    }

    /// The byte offset in the file of an offset in the text.
    pub fn byte(&self, at: usize) -> u64 {
        let grown = match self.repairs.partition_point(|(after, _)| *after <= at) {
            0 => 0,
            count => self.repairs[count - 1].1,
        };
        let inside = at.saturating_sub(self.before) as i64 - grown;
        self.base + inside.max(0) as u64
    }

    /// The offset in the text of an offset in the bytes it was made from.
    pub fn in_text(&self, original: usize) -> usize {
        let before = |(after, grown): &(usize, i64)| *after as i64 - grown <= original as i64;
        let grown = match self.repairs.partition_point(before) {
            0 => 0,
            count => self.repairs[count - 1].1,
        };
        (original as i64 + grown).max(0) as usize
    }

    /// The line in the file of an offset in the text, from 1. Counts, so ask only for what goes into the report.
    pub fn line(&self, text: &str, at: usize) -> u64 {
        let bytes = text.as_bytes();
        let end = at.min(bytes.len());
        let start = self.before.min(end);
        self.line + memchr::memchr_iter(b'\n', &bytes[start..end]).count() as u64
    }
}

impl Stretch {
    /// The text as UTF-8 and the way back to the file. Bytes that are not UTF-8 become U+FFFD, with a warning.
    pub fn into_text(self, problems: &mut Problems) -> (String, Places) {
        let mut places = Places {
            before: self.before,
            base: self.base,
            line: self.line,
            repairs: Vec::new(),
        };
        match String::from_utf8(self.bytes) {
            Ok(text) => (text, places),
            Err(error) => {
                let text = repair(error.as_bytes(), &mut places.repairs);
                let times = places.repairs.len() as u64;
                problems.remark(
                    RemarkKind::Repair,
                    "Bytes that are not UTF-8 were replaced by \u{FFFD}",
                    times,
                );
                (text, places)
            }
        }
    }
}

/// Replaces what is not UTF-8 and notes how far each replacement moves what follows.
fn repair(bytes: &[u8], repairs: &mut Vec<(usize, i64)>) -> String {
    let mut text = String::with_capacity(bytes.len() + 64);
    let mut grown = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push('\u{FFFD}');
            grown += '\u{FFFD}'.len_utf8() as i64 - chunk.invalid().len() as i64;
            repairs.push((text.len(), grown));
        }
    }
    text
}

/// An empty batch that reports bytes the reader had to leave out.
pub fn dropped(stretch: &Stretch, reason: &str) -> Batch {
    let mut batch = Batch::default();
    batch
        .problems
        .skip(stretch.line, stretch.base, reason, &stretch.bytes);
    batch
}

/// Reads a JSON string of a text, undoing escapes only if there are any.
pub fn plain(raw: &str, escaped: bool) -> Cow<'_, str> {
    if !escaped {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    super::json::unescape(raw, &mut out);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_repairs() {
        let original = b"ab\xFFcd\xC3\nef\xE2\x82gh";
        let stretch = Stretch {
            bytes: [b"{[", &original[..]].concat(),
            before: 2,
            base: 100,
            line: 7,
            ..Stretch::default()
        };
        let mut problems = Problems::default();
        let (text, places) = stretch.into_text(&mut problems);
        for letter in "abcdefgh".chars() {
            let here = text.find(letter).unwrap();
            let there = original.iter().position(|b| *b == letter as u8).unwrap();
            assert_eq!(places.byte(here), 100 + there as u64, "{letter}");
        }
        assert_eq!(places.line(&text, text.find('c').unwrap()), 7);
        assert_eq!(places.line(&text, text.find('e').unwrap()), 8);
        assert_eq!(problems.remarks[0].times, 3);
    }
}
