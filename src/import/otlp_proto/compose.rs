//! Nested values as plain JSON.
//!
//! Arrays become arrays and lists of pairs objects, the same text that is made of them where they come as OTLP JSON.

use super::reader::Result;
use super::text::{base64, quoted, slice};
use super::wire::{Fields, Value};
use crate::import::fill::TOO_DEEP;
use crate::import::limits::MAX_DEPTH;
use crate::import::otlp_json::value::write_float;
use crate::model::report::Problems;
use std::fmt::Write;

/// Writes nested values. Recurses no deeper than [`MAX_DEPTH`] levels.
pub struct Composer<'a> {
    bytes: &'a [u8],
    out: &'a mut String,
    problems: &'a mut Problems,
    too_deep: bool,
}

impl<'a> Composer<'a> {
    /// Appends what `write` writes of the messages in `bytes`.
    pub fn write(
        bytes: &'a [u8],
        out: &'a mut String,
        problems: &'a mut Problems,
        write: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let mut composer = Self {
            bytes,
            out,
            problems,
            too_deep: false,
        };
        write(&mut composer)?;
        if composer.too_deep {
            composer.problems.repair(TOO_DEEP);
        }
        Ok(())
    }

    /// A list of values as an array.
    pub fn array(&mut self, start: usize, end: usize, depth: usize) -> Result<()> {
        self.out.push('[');
        self.each(start, end, |composer, start, end| {
            composer.any(start, end, depth + 1)
        })?;
        self.out.push(']');
        Ok(())
    }

    /// A list of pairs as an object.
    pub fn object(&mut self, start: usize, end: usize, depth: usize) -> Result<()> {
        self.out.push('{');
        self.each(start, end, |composer, start, end| {
            composer.pair(start, end, depth + 1)
        })?;
        self.out.push('}');
        Ok(())
    }

    /// Calls `write` for each element of a list, with commas between.
    fn each(
        &mut self,
        start: usize,
        end: usize,
        mut write: impl FnMut(&mut Self, usize, usize) -> Result<()>,
    ) -> Result<()> {
        let mut first = true;
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (1, Value::Bytes { start, end }) => {
                    if !first {
                        self.out.push(',');
                    }
                    first = false;
                    write(self, start, end)?;
                }
                (1, _) => return Err(field.wrong_kind()),
                _ => {}
            }
        }
        Ok(())
    }

    /// One pair as a member; the value may stand before the key.
    fn pair(&mut self, start: usize, end: usize, depth: usize) -> Result<()> {
        let (mut key, mut value) = (0..0, None);
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            match (field.number, field.value) {
                (1, Value::Bytes { start, end }) => key = start..end,
                (2, Value::Bytes { start, end }) => value = value.or(Some((start, end))),
                (1 | 2, _) => return Err(field.wrong_kind()),
                _ => {}
            }
        }
        quoted(slice(self.bytes, key)?, self.problems, self.out);
        self.out.push(':');
        match value {
            Some((start, end)) => self.any(start, end, depth),
            None => {
                self.out.push_str("null");
                Ok(())
            }
        }
    }

    /// Any value; of several the last one counts.
    fn any(&mut self, start: usize, end: usize, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            self.too_deep = true;
            self.out.push_str("null");
            return Ok(());
        }
        let before = self.out.len();
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            if !(1..=7).contains(&field.number) {
                continue;
            }
            self.out.truncate(before);
            match (field.number, field.value) {
                (1, Value::Bytes { start, end }) => {
                    quoted(slice(self.bytes, start..end)?, self.problems, self.out);
                }
                (2, Value::Varint(number)) => {
                    self.out
                        .push_str(if number != 0 { "true" } else { "false" });
                }
                (3, Value::Varint(number)) => {
                    write!(self.out, "{}", number as i64).expect("a String takes everything");
                }
                (4, Value::Fixed64(bits)) => write_float(f64::from_bits(bits), self.out),
                (5, Value::Bytes { start, end }) => self.array(start, end, depth)?,
                (6, Value::Bytes { start, end }) => self.object(start, end, depth)?,
                (7, Value::Bytes { start, end }) => {
                    self.out.push('"');
                    base64(slice(self.bytes, start..end)?, self.out);
                    self.out.push('"');
                }
                _ => return Err(field.wrong_kind()),
            }
        }
        if self.out.len() == before {
            self.out.push_str("null");
        }
        Ok(())
    }
}
