//! A place between two rows of a sorted list, as text: it says after what the list goes on, not how far it went, so
//! that it stays good when records are added or taken out.

use crate::model::Value;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// The version of the text; one of another version is refused.
const VERSION: &str = "1";

/// Where a list goes on: behind a row of it. Its text is for copying, not for reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// What the list is sorted by.
    pub(super) order: String,
    pub(super) descending: bool,
    /// What the row is sorted by.
    pub(super) value: Value,
    /// When the row was.
    pub(super) time: i64,
    /// Where it lies: for records the segment and the row, for traces the number.
    pub(super) place: (i64, u32),
}

/// A text that is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorError;

impl Display for CursorError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("this is no cursor; take the text that an earlier list ended with, unchanged")
    }
}

impl std::error::Error for CursorError {}

impl Display for Cursor {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let order = utf8_percent_encode(&self.order, NON_ALPHANUMERIC);
        let direction = if self.descending { "d" } else { "u" };
        write!(out, "{VERSION}.{order}.{direction}.")?;
        let text = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        match &self.value {
            Value::Null => out.write_str("n")?,
            Value::Str(value) => write!(out, "s{}", text(value))?,
            Value::Json(value) => write!(out, "j{}", text(value))?,
            Value::Int(value) => write!(out, "i{value}")?,
            Value::Float(value) => write!(out, "f{:x}", value.to_bits())?,
            Value::Bool(value) => write!(out, "b{}", u8::from(*value))?,
        }
        write!(out, ".{}.{}.{}", self.time, self.place.0, self.place.1)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let parts: Vec<&str> = text.split('.').collect();
        let [VERSION, order, direction, value, time, place, row] = parts.as_slice() else {
            return Err(CursorError);
        };
        Ok(Self {
            order: decoded(order)?,
            descending: match *direction {
                "d" => true,
                "u" => false,
                _ => return Err(CursorError),
            },
            value: read_value(value)?,
            time: time.parse().map_err(|_| CursorError)?,
            place: (
                place.parse().map_err(|_| CursorError)?,
                row.parse().map_err(|_| CursorError)?,
            ),
        })
    }
}

fn decoded(text: &str) -> Result<String, CursorError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| CursorError)
}

fn read_value(text: &str) -> Result<Value, CursorError> {
    let mut letters = text.chars();
    let kind = letters.next();
    let rest = letters.as_str();
    Ok(match (kind, rest) {
        (Some('n'), "") => Value::Null,
        (Some('s'), _) => Value::Str(decoded(rest)?.into()),
        (Some('j'), _) => Value::Json(decoded(rest)?.into()),
        (Some('i'), _) => Value::Int(rest.parse().map_err(|_| CursorError)?),
        (Some('f'), _) => {
            let bits = u64::from_str_radix(rest, 16).map_err(|_| CursorError)?;
            Value::Float(f64::from_bits(bits))
        }
        (Some('b'), "0") => Value::Bool(false),
        (Some('b'), "1") => Value::Bool(true),
        _ => return Err(CursorError),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_being_written() {
        let values = [
            Value::Null,
            Value::Str("GET /ä.x y%".into()),
            Value::Str("".into()),
            Value::Json("[1]".into()),
            Value::Int(i64::MIN),
            Value::Float(-0.5),
            Value::Bool(true),
        ];
        for value in values {
            let cursor = Cursor {
                order: "@odd.key%".to_owned(),
                descending: true,
                value,
                time: -5,
                place: (7, 9),
            };
            let text = cursor.to_string();
            assert!(!text.contains([' ', '"', '/']), "{text}");
            assert_eq!(text.parse(), Ok(cursor));
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in [
            "",
            "1",
            "2.time.u.n.1.2.3",
            "1.time.x.n.1.2.3",
            "1.time.u.q.1.2.3",
            "1.time.u.n.1.2.x",
            "1.%ff.u.n.1.2.3",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
    }
}
