//! Memory of stretches that are done with, for those to come: fresh memory costs more than reading into it.

use super::limits::CHUNK_BYTES;
use std::sync::Mutex;

/// How many are kept: as many as are usually on their way.
const KEPT: usize = 4;

/// Buffers that nobody uses.
#[derive(Debug, Default)]
pub struct Buffers(Mutex<Vec<Vec<u8>>>);

impl Buffers {
    /// An empty buffer, with room if there is one.
    pub fn take(&self) -> Vec<u8> {
        let mut kept = match self.0.lock() {
            Ok(kept) => kept,
            Err(_) => return Vec::new(),
        };
        kept.pop().unwrap_or_default()
    }

    /// Puts a buffer aside. Those much larger than usual, and small ones, are not worth keeping.
    pub fn give(&self, mut buffer: Vec<u8>) {
        let usual = CHUNK_BYTES / 2..=CHUNK_BYTES * 2;
        if let Ok(mut kept) = self.0.lock()
            && kept.len() < KEPT
            && usual.contains(&buffer.capacity())
        {
            buffer.clear();
            kept.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_buffers_come_back_empty() {
        let buffers = Buffers::default();
        assert_eq!(buffers.take().capacity(), 0);
        buffers.give(vec![7; CHUNK_BYTES]);
        buffers.give(vec![7; 10]);
        buffers.give(vec![7; CHUNK_BYTES * 3]);
        let back = buffers.take();
        assert!(back.is_empty() && back.capacity() >= CHUNK_BYTES);
        assert_eq!(buffers.take().capacity(), 0);
    }
}
