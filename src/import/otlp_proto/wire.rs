//! Protobuf's wire format: a message is a list of fields, each a number and a value whose length can be told without
//! knowing what it means.
//!
//! Nothing here recurses or allocates, and nothing is believed: every length is checked against the bytes there are.
//! This module knows no messages.

/// What breaks a message, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireError {
    /// Offset in the bytes the reader was made for.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

/// A field's value as it stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number of 1 to 10 bytes.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Four bytes.
    Fixed32(u32),
    /// Bytes from `start` to `end`: a text, a message, …
    Bytes {
        /// Offset of the first.
        start: usize,
        /// Offset after the last, as the length says.
        end: usize,
    },
}

/// A field as it stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireField {
    /// Its number.
    pub number: u32,
    /// Offset of its tag.
    pub at: usize,
    /// Its value.
    pub value: Value,
}

impl WireField {
    /// The error of a field that has another wire type than its number should have.
    #[cold]
    pub fn wrong_kind(&self) -> WireError {
        WireError {
            at: self.at,
            what: WRONG_KIND,
        }
    }
}

/// A field of bytes in the writing nearly all have, and what follows it: this one byte as tag, a length of one or two
/// bytes. `None` says nothing about what is there instead.
#[inline(always)]
pub fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (len, rest) = match bytes {
        [first, ..] if *first != tag => return None,
        [_, len, rest @ ..] if *len < 0x80 => (usize::from(*len), rest),
        [_, low, high, rest @ ..] if *high < 0x80 => {
            (usize::from(low & 0x7F) | usize::from(*high) << 7, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(len)
}

/// A number that takes all of these bytes.
#[inline(always)]
pub fn whole_varint(bytes: &[u8]) -> Option<u64> {
    let (last, before) = bytes.split_last()?;
    let mut number = u64::from(*last);
    for byte in before.iter().rev() {
        if *byte < 0x80 {
            return None;
        }
        number = number << 7 | u64::from(byte & 0x7F);
    }
    (*last < 0x80 && before.len() < 9).then_some(number)
}

/// Reads the fields of one message.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the message ends by its length; beyond the bytes when it was cut off.
    end: usize,
}

/// What is said of bytes that are not there.
pub const CUT_OFF: &str = "it is cut off";

/// What is said of a field whose wire type is not that of its number.
const WRONG_KIND: &str = "a field has a value of another kind than it should have";

impl<'a> Fields<'a> {
    /// The fields between two offsets.
    pub fn new(bytes: &'a [u8], start: usize, end: usize) -> Self {
        Self {
            bytes,
            at: start,
            end,
        }
    }

    /// Offset of the next field.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next field, if it is one of bytes in the usual writing, see [`take`]; from where to where it goes. `None` takes
    /// nothing.
    #[inline(always)]
    pub fn take(&mut self, tag: u8) -> Option<(usize, usize)> {
        let (field, rest) = take(self.bytes.get(self.at..self.end)?, tag)?;
        self.at = self.end - rest.len();
        Some((self.at - field.len(), self.at))
    }

    /// The next field; `None` at the end. A length may lead beyond the bytes, but not beyond the message.
    #[inline(always)]
    pub fn next(&mut self) -> Result<Option<WireField>, WireError> {
        let at = self.at;
        if at >= self.end {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).unwrap_or(0);
        if number == 0 || number >= 1 << 29 {
            return Err(self.error(at, "no field begins so"));
        }
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            2 => {
                let len = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                let start = self.at;
                let end = start.saturating_add(len);
                if end > self.end {
                    return Err(self.error(at, "a length leads beyond its message"));
                }
                self.at = end;
                Value::Bytes { start, end }
            }
            _ => return Err(self.error(at, "no field begins so")),
        };
        Ok(Some(WireField { number, at, value }))
    }

    /// A number, seven bits a byte, the lowest first. Most have one byte.
    #[inline(always)]
    fn varint(&mut self) -> Result<u64, WireError> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte < 0x80 && self.at < self.end => {
                self.at += 1;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64, WireError> {
        let start = self.at;
        let mut number = 0;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.error(start, "a number has more than 10 bytes"))
    }

    fn byte(&mut self) -> Result<u8, WireError> {
        let byte = self.bytes.get(self.at).filter(|_| self.at < self.end);
        let byte = *byte.ok_or_else(|| self.error(self.at, CUT_OFF))?;
        self.at += 1;
        Ok(byte)
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let end = self.at.saturating_add(N);
        let bytes = self.bytes.get(self.at..end).filter(|_| end <= self.end);
        let array = bytes.and_then(|bytes| bytes.try_into().ok());
        let array = array.ok_or_else(|| self.error(self.at, CUT_OFF))?;
        self.at = end;
        Ok(array)
    }

    fn error(&self, at: usize, what: &'static str) -> WireError {
        WireError { at, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value() {
        let bytes = b"\x08\x96\x01\x11\x01\0\0\0\0\0\0\x80\x1D\x02\0\0\0\x22\x02ab";
        let mut fields = Fields::new(bytes, 0, bytes.len());
        for (number, value) in [
            (1, Value::Varint(150)),
            (2, Value::Fixed64(1 << 63 | 1)),
            (3, Value::Fixed32(2)),
            (4, Value::Bytes { start: 19, end: 21 }),
        ] {
            let field = fields.next().unwrap().unwrap();
            assert_eq!((field.number, field.value), (number, value));
        }
        assert_eq!(fields.next(), Ok(None));
    }

    #[test]
    fn fields_are_taken_one_way_or_the_other() {
        let bytes = b"\x0A\x01a\x0A\x01b\x12\0\x0A\x09c";
        let mut fields = Fields::new(bytes, 0, bytes.len());
        assert_eq!(fields.take(0x12), None);
        assert_eq!(fields.take(0x0A), Some((2, 3)));
        let value = Value::Bytes { start: 5, end: 6 };
        assert_eq!(fields.next().unwrap().unwrap().value, value);
        assert_eq!(fields.take(0x12), Some((8, 8)));
        assert_eq!(fields.take(0x0A), None);
        fields.next().unwrap_err();
    }

    #[test]
    fn the_usual_writing_is_read_at_once() {
        let long = [&b"\x0A\xAC\x02"[..], &[b'x'; 300], b"rest"].concat();
        for (bytes, found) in [
            (&b"\x0A\x02abc"[..], Some((&b"ab"[..], &b"c"[..]))),
            (b"\x0A\0", Some((b"", b""))),
            (&long, Some((&[b'x'; 300], b"rest"))),
            (b"\x12\x02abc", None),
            (b"\x0A\x04abc", None),
            (b"\x0A\x80\x80\x01", None),
            (b"\x0A", None),
            (b"", None),
        ] {
            assert_eq!(take(bytes, 0x0A), found, "{bytes:?}");
        }
        for (bytes, number) in [
            (&b"\x05"[..], Some(5)),
            (b"\x96\x01", Some(150)),
            (
                b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F",
                Some(i64::MAX as u64),
            ),
            (b"\x96", None),
            (b"\x05\x05", None),
            (b"", None),
        ] {
            assert_eq!(whole_varint(bytes), number, "{bytes:?}");
        }
    }

    #[test]
    fn nothing_is_believed() {
        for bytes in [
            &b"\x08"[..],
            b"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
            b"\x09\x01",
            b"\x0A\x05ab",
            b"\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
            b"\x0B",
            b"\0\0",
        ] {
            let mut fields = Fields::new(bytes, 0, bytes.len());
            assert!(fields.next().is_err(), "{bytes:?}");
        }
    }
}
