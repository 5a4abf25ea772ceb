//! Bytes of an archive, with a look ahead.

use crate::import::source::fill;
use std::io::{self, Read};

const PIECE_BYTES: usize = 128 << 10;

/// A stream that can be looked into before it is taken.
pub struct Input<'a> {
    bytes: Box<dyn Read + Send + 'a>,
    buffer: Vec<u8>,
    /// How many buffered bytes were taken.
    from: usize,
    ends: bool,
    /// Bytes taken from the start.
    pub at: u64,
}

impl<'a> Input<'a> {
    /// Nothing was taken yet.
    pub fn new(bytes: Box<dyn Read + Send + 'a>) -> Self {
        Self {
            bytes,
            buffer: Vec::new(),
            from: 0,
            ends: false,
            at: 0,
        }
    }

    /// What comes next: at least `len` bytes, unless the stream ends before.
    pub fn peek(&mut self, len: usize) -> io::Result<&[u8]> {
        if !self.ends && self.buffer.len() - self.from < len {
            self.buffer.drain(..self.from);
            self.from = 0;
            let wanted = len.max(PIECE_BYTES);
            self.ends = fill(&mut self.bytes, &mut self.buffer, wanted)?;
        }
        Ok(self.buffer.get(self.from..).unwrap_or_default())
    }

    /// The next `len` bytes; `None` when the stream ends before.
    pub fn exactly(&mut self, len: usize) -> io::Result<Option<&[u8]>> {
        Ok(self.peek(len)?.get(..len))
    }

    /// Takes bytes that were peeked at.
    pub fn take(&mut self, len: usize) {
        let len = len.min(self.buffer.len() - self.from);
        self.from += len;
        self.at += len as u64;
    }

    /// Passes over bytes; false when the stream ends before.
    pub fn pass(&mut self, len: u64) -> io::Result<bool> {
        let mut left = len;
        while left > 0 {
            let there = self.peek(1)?.len() as u64;
            if there == 0 {
                return Ok(false);
            }
            let piece = there.min(left);
            self.take(piece as usize);
            left -= piece;
        }
        Ok(true)
    }
}
