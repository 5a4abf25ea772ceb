//! Values and attributes, from their bytes to the batch.

use super::compose::Composer;
use super::reader::{Reader, Result};
use super::text::{base64, slice, text};
use super::wire::{Fields, Value, take, whole_varint};
use crate::import::fill::{push, shortened};
use crate::import::limits::MAX_VALUE_BYTES;
use crate::model::batch::{BatchValue, KeyId, Text};

impl Reader<'_> {
    /// A text.
    #[inline]
    pub fn text(&mut self, start: usize, end: usize) -> Result<Text> {
        let bytes = slice(self.bytes, start..end)?;
        Ok(self.keep(bytes))
    }

    /// The name of a record, kept once while it repeats.
    #[inline]
    pub fn name(&mut self, start: usize, end: usize) -> Result<Text> {
        let bytes = slice(self.bytes, start..end)?;
        if let Some(known) = self.memory.names.get(self.batch, bytes) {
            return Ok(known);
        }
        let text = self.keep(bytes);
        self.memory.names.set(bytes, text);
        Ok(text)
    }

    /// Keeps bytes that should be text.
    #[inline]
    fn keep(&mut self, bytes: &[u8]) -> Text {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.len() <= MAX_VALUE_BYTES => self.append(text),
            _ => self.keep_unusual(bytes),
        }
    }

    #[cold]
    fn keep_unusual(&mut self, bytes: &[u8]) -> Text {
        let text = text(bytes, &mut self.batch.problems);
        if text.len() <= MAX_VALUE_BYTES {
            return self.append(&text);
        }
        let text = shortened(&mut self.batch.problems, &text);
        self.append(&text)
    }

    /// Appends a text to the batch's input, which here is made of the texts alone.
    #[inline]
    pub fn append(&mut self, text: &str) -> Text {
        let start = self.batch.input.len();
        self.batch.input.push_str(text);
        Text::in_input(start..self.batch.input.len())
    }

    /// An attribute of the record whose attributes began at `since`. One without a name has the empty one.
    #[inline]
    pub fn attribute(&mut self, start: usize, end: usize, since: u32) -> Result<()> {
        let place = self.batch.attrs.len() - since as usize;
        if let Some(attr) = self.memory.attribute(self.bytes, place, start..end) {
            push(self.batch, since, attr.key, attr.value);
            return Ok(());
        }
        match self.plain_attribute(start, end, since) {
            Some(()) => {
                self.remember_attribute(start, end, place);
                Ok(())
            }
            None => self.any_attribute(start, end, since),
        }
    }

    /// Remembers the plain attribute that was read last, if nothing in it had to be repaired.
    #[inline]
    fn remember_attribute(&mut self, start: usize, end: usize, place: usize) {
        let raw = self.bytes.get(start..end).unwrap_or_default();
        if let Some(attr) = self.batch.attrs.last()
            && let Some((name, rest)) = take(raw, 0x0A)
            && self.batch.keys.name(attr.key).as_bytes() == name
        {
            // Behind the name: two tags and two lengths, of which the text is all that is left.
            let is_whole = match attr.value {
                BatchValue::Str(text) => rest.ends_with(self.batch.text(text).as_bytes()),
                _ => true,
            };
            if is_whole {
                self.memory
                    .set_attribute(self.bytes, place, start..end, *attr);
            }
        }
    }

    /// The writing that nearly every attribute has: the name, then a plain value, nothing else. `None` leaves everything
    /// as it was.
    #[inline(always)]
    fn plain_attribute(&mut self, start: usize, end: usize, since: u32) -> Option<()> {
        let (name, rest) = take(self.bytes.get(start..end)?, 0x0A)?;
        let (value, rest) = take(rest, 0x12)?;
        if !rest.is_empty() {
            return None;
        }
        match value {
            [0x0A, ..] => {
                let (text, rest) = take(value, 0x0A)?;
                if !rest.is_empty() {
                    return None;
                }
                let key = self.memory.key(self.batch, name);
                let text = self.text_of_key(text, key);
                push(self.batch, since, key, BatchValue::Str(text));
            }
            [0x18, number @ ..] => {
                let number = whole_varint(number)?;
                let key = self.memory.key(self.batch, name);
                push(self.batch, since, key, BatchValue::Int(number as i64));
            }
            [0x10, number @ (0 | 1)] => {
                let key = self.memory.key(self.batch, name);
                push(self.batch, since, key, BatchValue::Bool(*number == 1));
            }
            [0x21, bits @ ..] => {
                let number = f64::from_le_bytes(bits.try_into().ok()?);
                let key = self.memory.key(self.batch, name);
                push(self.batch, since, key, BatchValue::Float(number));
            }
            _ => return None,
        }
        Some(())
    }

    /// An attribute in any writing.
    #[inline(never)]
    fn any_attribute(&mut self, start: usize, end: usize, since: u32) -> Result<()> {
        let mut key = None;
        let mut value = BatchValue::Null;
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (1, Value::Bytes { start, end }) => {
                    let name = slice(self.bytes, start..end)?;
                    key = Some(self.memory.key(self.batch, name));
                }
                (2, Value::Bytes { start, end }) => value = self.any_value(start, end)?,
                (1 | 2, _) => return Err(field.wrong_kind()),
                _ => {}
            }
        }
        let key = match key {
            Some(key) => key,
            None => self.memory.key(self.batch, b""),
        };
        push(self.batch, since, key, value);
        Ok(())
    }

    /// A value; one without content is null.
    pub fn any_value(&mut self, start: usize, end: usize) -> Result<BatchValue> {
        let mut value = BatchValue::Null;
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            value = match (field.number, field.value) {
                (1, Value::Bytes { start, end }) => BatchValue::Str(self.text(start, end)?),
                (2, Value::Varint(number)) => BatchValue::Bool(number != 0),
                (3, Value::Varint(number)) => BatchValue::Int(number as i64),
                (4, Value::Fixed64(bits)) => BatchValue::Float(f64::from_bits(bits)),
                (5, Value::Bytes { start, end }) => {
                    self.compose(|composer| composer.array(start, end, 1))?
                }
                (6, Value::Bytes { start, end }) => {
                    self.compose(|composer| composer.object(start, end, 1))?
                }
                (7, Value::Bytes { start, end }) => {
                    let mut text = String::new();
                    base64(slice(self.bytes, start..end)?, &mut text);
                    BatchValue::Str(self.keep(text.as_bytes()))
                }
                (1..=7, _) => return Err(field.wrong_kind()),
                _ => continue,
            };
        }
        Ok(value)
    }

    /// Keeps a text of an attribute, if it is not the one it had the last time.
    #[inline]
    fn text_of_key(&mut self, bytes: &[u8], key: KeyId) -> Text {
        if let Some(text) = self.memory.text(self.batch, key, bytes) {
            return text;
        }
        let text = self.keep(bytes);
        self.memory.set_text(key, bytes, text);
        text
    }

    /// An array or list of pairs as plain JSON.
    #[cold]
    fn compose(&mut self, write: impl FnOnce(&mut Composer) -> Result<()>) -> Result<BatchValue> {
        let start = self.batch.input.len();
        Composer::write(
            self.bytes,
            &mut self.batch.input,
            &mut self.batch.problems,
            write,
        )?;
        let range = start..self.batch.input.len();
        Ok(BatchValue::Json(Text::in_input(range)))
    }
}
