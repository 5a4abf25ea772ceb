//! Fills a batch: texts, names and values, within the limits that every format shares.

use super::json::{JsonError, RawStr, Reader, unescape};
use super::limits::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_VALUE_BYTES};
use super::stretch::plain;
use crate::model::batch::{Attr, AttrRange, Batch, BatchValue, KeyId, Text};
use crate::model::report::Problems;
use std::ops::Range;

/// Result of reading JSON into a batch.
pub type Result<T> = std::result::Result<T, JsonError>;

/// What is said of values beyond [`MAX_DEPTH`].
pub const TOO_DEEP: &str = "Values nested deeper than 128 levels were left out";

/// Adds an attribute to the record that is being read, whose attributes began at `since`.
#[inline]
pub fn push(batch: &mut Batch, since: u32, key: KeyId, value: BatchValue) {
    if batch.attrs.len() - since as usize >= MAX_ATTRIBUTES {
        batch
            .problems
            .repair("Attributes beyond 4096 on one record were left out");
        return;
    }
    batch.attrs.push(Attr { key, value });
}

/// As [`push`], by name.
pub fn push_named(batch: &mut Batch, since: u32, name: &str, value: BatchValue) {
    let key = batch.keys.intern(name);
    push(batch, since, key, value);
}

/// What is kept of a text longer than [`MAX_VALUE_BYTES`].
pub fn shortened(problems: &mut Problems, text: &str) -> String {
    problems.repair("Values longer than 1 MiB were cut; they end with …");
    let end = text.floor_char_boundary(MAX_VALUE_BYTES);
    format!("{}…", &text[..end])
}

/// A reader and the batch it fills. Texts point into the reader's text, which becomes the batch's input at the end.
#[derive(Debug)]
pub struct Fill<'t, 'b> {
    /// The text.
    pub json: Reader<'t>,
    /// The batch.
    pub batch: &'b mut Batch,
}

impl<'t> Fill<'t, '_> {
    /// Takes a string.
    #[inline]
    pub fn text(&mut self) -> Result<Text> {
        let string = self.json.string()?;
        Ok(self.keep(string))
    }

    /// Keeps a string that was taken.
    #[inline]
    pub fn keep(&mut self, string: RawStr) -> Text {
        if string.escaped || string.end - string.start > MAX_VALUE_BYTES {
            return self.keep_unusual(string);
        }
        Text::in_input(string.start..string.end)
    }

    #[cold]
    fn keep_unusual(&mut self, string: RawStr) -> Text {
        let raw = self.json.raw_text(string);
        if raw.len() <= MAX_VALUE_BYTES {
            return self.batch.keep_with(|arena| unescape(raw, arena));
        }
        let text = shortened(&mut self.batch.problems, &plain(raw, string.escaped));
        self.batch.keep(&text)
    }

    /// Takes the value of a member that has no place of its own: it becomes an attribute by the member's name.
    pub fn member(&mut self, since: u32, name: RawStr) -> Result<()> {
        let key = self.key(name);
        let value = self.value()?;
        self.push(since, key, value);
        Ok(())
    }

    /// The id of an attribute name that was taken.
    #[inline]
    pub fn key(&mut self, name: RawStr) -> KeyId {
        let raw = self.json.raw_text(name);
        if name.escaped {
            return self.batch.keys.intern(&plain(raw, true));
        }
        self.batch.keys.intern(raw)
    }

    /// JSON text of a stretch that was skipped, unless it nests too deeply.
    pub fn json_value(&mut self, (range, depth): (Range<usize>, usize)) -> BatchValue {
        if depth > MAX_DEPTH {
            self.batch.problems.repair(TOO_DEEP);
            return BatchValue::Null;
        }
        BatchValue::Json(Text::in_input(range))
    }

    /// Takes a plain JSON value: a number stays an integer where it was written as one.
    pub fn value(&mut self) -> Result<BatchValue> {
        match self.json.peek()? {
            b'"' => self.text().map(BatchValue::Str),
            b't' | b'f' => self.json.boolean().map(BatchValue::Bool),
            b'n' if self.json.take_null() => Ok(BatchValue::Null),
            b'{' | b'[' => {
                let skipped = self.json.skip_range()?;
                Ok(self.json_value(skipped))
            }
            _ => {
                let at = self.json.at();
                let text = self.json.number()?;
                let what = "a number was expected";
                match text.parse::<i64>() {
                    Ok(number) => Ok(BatchValue::Int(number)),
                    Err(_) => text
                        .parse()
                        .map(BatchValue::Float)
                        .map_err(|_| JsonError { at, what }),
                }
            }
        }
    }

    /// Adds an attribute to the record that is being read, whose attributes began at `since`.
    #[inline]
    pub fn push(&mut self, since: u32, key: KeyId, value: BatchValue) {
        push(self.batch, since, key, value);
    }

    /// As [`Self::push`], by name.
    pub fn push_named(&mut self, since: u32, name: &str, value: BatchValue) {
        push_named(self.batch, since, name, value);
    }

    /// Where the next attribute will lie.
    #[inline]
    pub fn mark(&self) -> u32 {
        self.batch.attrs.len() as u32
    }

    /// All attributes since a mark.
    #[inline]
    pub fn since(&self, mark: u32) -> AttrRange {
        mark..self.mark()
    }
}
