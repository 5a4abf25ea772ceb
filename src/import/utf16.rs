//! Text in UTF-16 as UTF-8, as a stream: what is redirected into a file on Windows often comes so.

use std::io::{self, Read};

/// The marks a text in UTF-16 begins with: of the lower byte first, and of the higher.
const MARKS: [([u8; 2], bool); 2] = [([0xFF, 0xFE], false), ([0xFE, 0xFF], true)];

/// How many bytes are read at once.
const PIECE: usize = 32 << 10;

/// Whether a file that begins so is text in UTF-16; `Some(true)` if the higher byte comes first. UTF-32 begins alike.
pub fn is_big(start: &[u8]) -> Option<bool> {
    let (_, big) = MARKS.iter().find(|(mark, _)| start.starts_with(mark))?;
    let is_wider = start.get(2..4) == Some(&[0, 0]);
    (!is_wider).then_some(*big)
}

/// Reads UTF-16 and gives UTF-8. Half a character becomes a byte that is no UTF-8, so that it is counted as such where text is read.
pub struct Utf16<R> {
    bytes: R,
    big: Option<bool>,
    /// Bytes that are not yet a whole unit, and a unit that is half a character.
    odd: Option<u8>,
    half: Option<u16>,
    out: Vec<u8>,
    given: usize,
}

impl<R: Read> Utf16<R> {
    /// Begins with the mark.
    pub fn new(bytes: R) -> Self {
        Self {
            bytes,
            big: None,
            odd: None,
            half: None,
            out: Vec::new(),
            given: 0,
        }
    }

    /// Reads on; `false` at the end.
    fn more(&mut self) -> io::Result<bool> {
        let mut piece = [0; PIECE];
        let got = loop {
            match self.bytes.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.out.clear();
        self.given = 0;
        if got == 0 {
            let left = self.odd.take().is_some() || self.half.take().is_some();
            self.out.extend(left.then_some(0xFF));
            return Ok(left);
        }
        for byte in &piece[..got] {
            match self.odd.take() {
                None => self.odd = Some(*byte),
                Some(first) => self.unit([first, *byte]),
            }
        }
        Ok(true)
    }

    fn unit(&mut self, bytes: [u8; 2]) {
        let Some(big) = self.big else {
            // The mark itself.
            self.big = Some(is_big(&bytes) == Some(true));
            return;
        };
        let unit = match big {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        };
        let is_high = (0xD800..0xDC00).contains(&unit);
        let units = [self.half.take(), (!is_high).then_some(unit)];
        if is_high {
            self.half = Some(unit);
        }
        for decoded in char::decode_utf16(units.into_iter().flatten()) {
            match decoded {
                Ok(decoded) => {
                    let mut buffer = [0; 4];
                    let text = decoded.encode_utf8(&mut buffer);
                    self.out.extend_from_slice(text.as_bytes());
                }
                Err(_) => self.out.push(0xFF),
            }
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            if !self.more()? {
                return Ok(0);
            }
        }
        let rest = &self.out[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut reader = Utf16::new(io::Cursor::new(bytes));
        reader.read_to_end(&mut out).expect("memory can be read");
        out
    }

    #[test]
    fn both_orders_of_bytes() {
        // Longer than what is read at once, with characters of one to four bytes.
        let text = "a\u{e9}\u{20ac}\u{1f4a9}".repeat(20_000);
        let units = || std::iter::once(0xFEFF).chain(text.encode_utf16());
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            assert!(is_big(&bytes).is_some());
            assert_eq!(read(&bytes), text.as_bytes());
        }
    }

    #[test]
    fn half_characters_are_not_utf_8() {
        for bytes in [
            &[0xFF, 0xFE, 0x00, 0xD8, b'a', 0][..],
            &[0xFF, 0xFE, 0x00, 0xDC, b'a', 0],
        ] {
            assert_eq!(read(bytes), [0xFF, b'a']);
        }
        assert_eq!(read(&[0xFF, 0xFE, b'a', 0, 0x3D]), [b'a', 0xFF]);
        assert_eq!(read(&[0xFF, 0xFE, 0x00, 0xD8]), [0xFF]);
        assert!(read(&[0xFF, 0xFE]).is_empty());
        assert_eq!(is_big(&[0xFF, 0xFE, 0, 0]), None);
    }
}
