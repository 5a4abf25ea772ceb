//! Parts of a record that are kept as JSON, in the shape OTLP gives them there: events and links.
//!
//! Written by the tables of [`super::schema`], as the Collector writes them, so that both forms of a record become the same.

use super::schema::{Field, KEY_VALUE, Kind, Message};
use super::text::{base64, hex, quoted, slice};
use super::wire::{Fields, Value, WireError, WireField};
use crate::import::fill::TOO_DEEP;
use crate::import::limits::MAX_DEPTH;
use crate::model::report::Problems;
use std::fmt::Write;

/// Messages nested deeper than this are left empty. A level of a value is at most three messages.
const MAX_MESSAGES: usize = 3 * MAX_DEPTH;

type Result = std::result::Result<(), WireError>;

/// Writes messages as JSON.
pub struct Writer<'a> {
    /// What the messages lie in.
    pub bytes: &'a [u8],
    /// Where the JSON goes. When a message breaks, what was written of it stays.
    pub out: &'a mut String,
    /// Where repairs are told.
    pub problems: &'a mut Problems,
}

impl Writer<'_> {
    /// A message between two offsets.
    pub fn message(&mut self, message: &Message, start: usize, end: usize) -> Result {
        self.nested(message, start, end, 0)
    }

    fn nested(&mut self, message: &Message, start: usize, end: usize, depth: usize) -> Result {
        if depth > MAX_MESSAGES {
            self.problems.repair(TOO_DEEP);
            self.out.push_str("{}");
            return Ok(());
        }
        self.out.push('{');
        let mut seen = 0_u32;
        let mut fields = Fields::new(self.bytes, start, end);
        while let Some(field) = fields.next()? {
            let is_field = |known: &(usize, &Field)| known.1.number == field.number;
            let Some((index, known)) = message.fields.iter().enumerate().find(is_field) else {
                continue;
            };
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
            self.out.push_str("\"\"");
        }
        self.out.push('}');
        Ok(())
    }

    fn name(&mut self, first: bool, name: &str) {
        self.out.push_str(if first { "\"" } else { ",\"" });
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    /// All fields of one number from `start` on, as an array.
    fn list(&mut self, known: &Field, start: usize, end: usize, depth: usize) -> Result {
        self.out.push('[');
        let mut first = true;
        let mut fields = Fields::new(self.bytes, start, end);
        // What breaks the fields themselves is seen by whoever reads all of them.
        while let Ok(Some(field)) = fields.next() {
            if field.number == known.number {
                if !first {
                    self.out.push(',');
                }
                first = false;
                self.value(known.kind, field, depth)?;
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn value(&mut self, kind: Kind, field: WireField, depth: usize) -> Result {
        let bytes = match field.value {
            Value::Bytes { start, end } => match kind {
                Kind::Message(message) => return self.nested(message, start, end, depth + 1),
                _ => slice(self.bytes, start..end)?,
            },
            _ => b"",
        };
        let out = &mut *self.out;
        let written = match (kind, field.value) {
            (Kind::Text, Value::Bytes { .. }) => {
                quoted(bytes, self.problems, out);
                Ok(())
            }
            (Kind::Id, Value::Bytes { .. }) => {
                out.push('"');
                hex(bytes, out);
                out.write_char('"')
            }
            (Kind::Bytes, Value::Bytes { .. }) => {
                out.push('"');
                base64(bytes, out);
                out.write_char('"')
            }
            (Kind::Fixed64, Value::Fixed64(number)) => write!(out, "\"{number}\""),
            (Kind::Int64, Value::Varint(number)) => write!(out, "\"{}\"", number as i64),
            (Kind::Int32, Value::Varint(number)) => write!(out, "{}", number as i64),
            (Kind::Fixed32, Value::Fixed32(number)) => write!(out, "{number}"),
            (Kind::Bool, Value::Varint(number)) => write!(out, "{}", number != 0),
            (Kind::Double, Value::Fixed64(bits)) => float(f64::from_bits(bits), out),
            _ => return Err(field.wrong_kind()),
        };
        written.expect("a String takes everything");
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
