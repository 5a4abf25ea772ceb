//! The pull reader.

use super::text::string_end;
use std::ops::Range;

/// What is wrong with a piece of JSON, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Byte offset in the text the reader was made for.
    pub at: usize,
    /// What is wrong, as the end of a sentence: "a string was expected".
    pub what: &'static str,
}

/// Result of reading JSON.
pub type Result<T> = std::result::Result<T, JsonError>;

/// A string between its quotes, as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawStr {
    /// First byte after the opening quote.
    pub start: usize,
    /// The closing quote.
    pub end: usize,
    /// Whether it has escapes.
    pub escaped: bool,
}

/// Where the reader is within an object; made by [`Reader::begin_object`].
#[derive(Debug)]
pub struct Members {
    first: bool,
}

/// Where the reader is within an array; made by [`Reader::begin_array`].
#[derive(Debug)]
pub struct Elements {
    first: bool,
}

/// Reads one stretch of a text from left to right.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader of `text[range]`; all offsets count from the start of `text`. A range outside the text reads nothing.
    pub fn new(text: &'a str, range: Range<usize>) -> Self {
        let bytes = text.as_bytes();
        let end = range.end.min(bytes.len());
        Self {
            text,
            bytes: &bytes[..end],
            at: range.start.min(end),
        }
    }

    /// Offset of the next byte.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes to an offset, to read something again or to leave something out.
    pub fn go_to(&mut self, at: usize) {
        self.at = at.min(self.bytes.len());
    }

    /// The whole text, of which the reader sees a stretch.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The bytes that are left.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// An error at the current offset.
    #[cold]
    pub fn error(&self, what: &'static str) -> JsonError {
        JsonError { at: self.at, what }
    }

    /// Skips white space and tells the next byte without taking it.
    #[inline]
    pub fn peek(&mut self) -> Result<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if *byte > b' ' {
                return Ok(*byte);
            }
            self.at += 1;
        }
        Err(self.error("the text ends early"))
    }

    /// Whether only white space is left.
    pub fn at_end(&mut self) -> bool {
        self.peek().is_err()
    }

    #[inline]
    fn expect(&mut self, byte: u8, what: &'static str) -> Result<()> {
        if self.peek()? == byte {
            self.at += 1;
            return Ok(());
        }
        Err(self.error(what))
    }

    /// Takes a `null` if one comes next.
    #[inline]
    pub fn take_null(&mut self) -> bool {
        if matches!(self.peek(), Ok(b'n')) && self.rest().starts_with(b"null") {
            self.at += 4;
            return true;
        }
        false
    }

    /// Enters an object.
    #[inline]
    pub fn begin_object(&mut self) -> Result<Members> {
        self.expect(b'{', "an object was expected")?;
        Ok(Members { first: true })
    }

    /// The next member's name, with the reader before its value; `None` after the last one.
    #[inline]
    pub fn next_member(&mut self, members: &mut Members) -> Result<Option<RawStr>> {
        match self.peek()? {
            b'}' => {
                self.at += 1;
                return Ok(None);
            }
            b',' if !members.first => self.at += 1,
            _ if members.first => {}
            _ => return Err(self.error("a comma or a closing brace was expected")),
        }
        members.first = false;
        let name = self.string()?;
        self.expect(b':', "a colon was expected")?;
        Ok(Some(name))
    }

    /// Enters an array.
    #[inline]
    pub fn begin_array(&mut self) -> Result<Elements> {
        self.expect(b'[', "an array was expected")?;
        Ok(Elements { first: true })
    }

    /// Whether there is another element, with the reader before it. A comma after the last one is forgiven: pieces of a large
    /// document end so.
    #[inline]
    pub fn next_element(&mut self, elements: &mut Elements) -> Result<bool> {
        match self.peek()? {
            b']' => {
                self.at += 1;
                return Ok(false);
            }
            b',' if !elements.first => {
                self.at += 1;
                if self.peek()? == b']' {
                    self.at += 1;
                    return Ok(false);
                }
            }
            _ if elements.first => {}
            _ => return Err(self.error("a comma or a closing bracket was expected")),
        }
        elements.first = false;
        Ok(true)
    }

    /// Takes a string.
    #[inline]
    pub fn string(&mut self) -> Result<RawStr> {
        self.expect(b'"', "a string was expected")?;
        let start = self.at;
        match string_end(self.bytes, start) {
            Some((end, escaped)) => {
                self.at = end + 1;
                Ok(RawStr {
                    start,
                    end,
                    escaped,
                })
            }
            None => {
                self.at = self.bytes.len();
                Err(self.error("the text ends within a string"))
            }
        }
    }

    /// The bytes of a string as they stand.
    #[inline]
    pub fn raw(&self, string: RawStr) -> &'a [u8] {
        &self.bytes[string.start..string.end]
    }

    /// The text of a string as it stands, escapes included.
    #[inline]
    pub fn raw_text(&self, string: RawStr) -> &'a str {
        &self.text[string.start..string.end]
    }

    /// Takes `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool> {
        self.peek()?;
        for (word, value) in [(&b"true"[..], true), (b"false", false)] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error("true or false was expected"))
    }

    /// Takes a number and gives its text.
    pub fn number(&mut self) -> Result<&'a str> {
        self.peek()?;
        let start = self.at;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        self.at += self
            .rest()
            .iter()
            .position(|byte| !is_part(byte))
            .unwrap_or(self.rest().len());
        if self.at == start {
            return Err(self.error("a number was expected"));
        }
        Ok(&self.text[start..self.at])
    }

    /// Takes an integer, bare or in quotes, as proto JSON writes 64-bit numbers.
    #[inline]
    pub fn integer(&mut self) -> Result<i64> {
        let quoted = self.peek()? == b'"';
        let start = self.at;
        self.at += usize::from(quoted);
        let negative = self.bytes.get(self.at) == Some(&b'-');
        self.at += usize::from(negative);
        let digits = self.at;
        let mut number: u64 = 0;
        while let Some(byte) = self.bytes.get(self.at) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        let next = self.bytes.get(self.at).copied().unwrap_or(b' ');
        let ends_well = match quoted {
            true => next == b'"',
            false => !matches!(next, b'.' | b'e' | b'E'),
        };
        // Nineteen digits cannot overflow the sum; whether they fit a signed number is seen here.
        let number = i64::try_from(number).ok().filter(|_| ends_well);
        match number {
            Some(number) if (1..20).contains(&(self.at - digits)) => {
                self.at += usize::from(quoted);
                Ok(if negative { -number } else { number })
            }
            _ => {
                self.at = start;
                self.odd_integer(quoted)
            }
        }
    }

    /// Integers out of the ordinary: 19 digits, `1e3`, `5.0`.
    #[cold]
    fn odd_integer(&mut self, quoted: bool) -> Result<i64> {
        let start = self.at;
        let text = match quoted {
            true => {
                let string = self.string()?;
                self.raw_text(string)
            }
            false => self.number()?,
        };
        if let Ok(number) = text.parse::<i64>() {
            return Ok(number);
        }
        match text.parse::<f64>() {
            Ok(float) if float.fract() == 0.0 && float.abs() < 9.2e18 => Ok(float as i64),
            _ => {
                self.at = start;
                Err(self.error("an integer of 64 bits was expected"))
            }
        }
    }

    /// Takes a floating-point number, bare or in quotes (`"NaN"`, `"-Infinity"` too).
    pub fn float(&mut self) -> Result<f64> {
        let start = {
            self.peek()?;
            self.at
        };
        let text = match self.peek()? {
            b'"' => {
                let string = self.string()?;
                self.raw_text(string)
            }
            _ => self.number()?,
        };
        text.parse().map_err(|_| JsonError {
            at: start,
            what: "a number was expected",
        })
    }

    /// Skips a value of any shape, in constant stack. Tells how deeply it nests: 0 for a plain value.
    ///
    /// Brackets are counted, not matched: what is skipped is not judged.
    pub fn skip(&mut self) -> Result<usize> {
        match self.peek()? {
            b'"' => {
                self.string()?;
                Ok(0)
            }
            b'{' | b'[' => self.skip_container(),
            b',' | b':' | b'}' | b']' => Err(self.error("a value was expected")),
            _ => {
                let is_end =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                let len = self.rest().iter().position(is_end);
                self.at += len.unwrap_or(self.rest().len());
                Ok(0)
            }
        }
    }

    fn skip_container(&mut self) -> Result<usize> {
        let (mut depth, mut deepest) = (0usize, 0);
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(deepest);
            }
        }
        Err(self.error("the text ends early"))
    }

    /// Skips a value and tells where it lies and how deeply it nests.
    pub fn skip_range(&mut self) -> Result<(Range<usize>, usize)> {
        self.peek()?;
        let start = self.at;
        let depth = self.skip()?;
        Ok((start..self.at, depth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(text: &str) -> Reader<'_> {
        Reader::new(text, 0..text.len())
    }

    #[test]
    fn reads_objects_and_arrays() {
        let mut json = reader(r#" { "a" : [1, "2", -3] , "b":null,"c":{} } "#);
        let mut members = json.begin_object().unwrap();
        let name = json.next_member(&mut members).unwrap().unwrap();
        assert_eq!(json.raw_text(name), "a");
        let mut elements = json.begin_array().unwrap();
        let mut numbers = Vec::new();
        while json.next_element(&mut elements).unwrap() {
            numbers.push(json.integer().unwrap());
        }
        assert_eq!(numbers, [1, 2, -3]);
        json.next_member(&mut members).unwrap().unwrap();
        assert!(json.take_null());
        json.next_member(&mut members).unwrap().unwrap();
        assert_eq!(json.skip(), Ok(1));
        assert_eq!(json.next_member(&mut members), Ok(None));
        assert!(json.at_end());
    }

    #[test]
    fn integers_of_every_writing() {
        for (text, number) in [
            ("0", 0),
            ("-7", -7),
            ("\"1795243960136495616\"", 1795243960136495616),
            ("9223372036854775807", i64::MAX),
            ("5.0", 5),
            ("1e3", 1000),
        ] {
            assert_eq!(reader(text).integer(), Ok(number), "{text}");
        }
        for bad in ["\"\"", "x", "1.5", "\"12", "9223372036854775808000", "{}"] {
            assert!(reader(bad).integer().is_err(), "{bad}");
        }
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = "[".repeat(3_000_000) + &"]".repeat(3_000_000);
        assert_eq!(reader(&deep).skip(), Ok(3_000_000));
        assert!(reader(&deep[..4_000_000]).skip().is_err());
    }

    #[test]
    fn errors_tell_where() {
        let mut json = reader(r#"{"a" 1}"#);
        let mut members = json.begin_object().unwrap();
        let error = json.next_member(&mut members).unwrap_err();
        assert_eq!(error.at, 5);
    }
}
