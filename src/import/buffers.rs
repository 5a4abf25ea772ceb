//! Memory of stretches that are done with, for those to come: fresh memory costs more than reading into it.

use super::limits::CHUNK_BYTES;
use crate::model::batch::Batch;
use std::sync::Mutex;

/// How many are kept of each: as many as are usually on their way.
const KEPT: usize = 4;

/// Batches that have grown larger than this are not kept. At the usual size of a stretch they take a third of it.
const LARGEST_BATCH: usize = CHUNK_BYTES * 4;

/// Memory that nobody uses.
#[derive(Debug, Default)]
pub struct Buffers {
    bytes: Mutex<Vec<Vec<u8>>>,
    batches: Mutex<Vec<Batch>>,
}

impl Buffers {
    /// An empty buffer, with room if there is one.
    pub fn take(&self) -> Vec<u8> {
        taken(&self.bytes)
    }

    /// Puts a buffer aside. Those much larger than usual, and small ones, are not worth keeping.
    pub fn give(&self, mut buffer: Vec<u8>) {
        let usual = CHUNK_BYTES / 2..=CHUNK_BYTES * 2;
        if usual.contains(&buffer.capacity()) {
            buffer.clear();
            keep(&self.bytes, buffer);
        }
    }

    /// An empty batch, with room if there is one.
    pub fn take_batch(&self) -> Batch {
        taken(&self.batches)
    }

    /// Puts a batch aside.
    pub fn give_batch(&self, mut batch: Batch) {
        if batch.room() <= LARGEST_BATCH {
            batch.clear();
            keep(&self.batches, batch);
        }
    }
}

fn taken<T: Default>(kept: &Mutex<Vec<T>>) -> T {
    let last = kept.lock().ok().and_then(|mut kept| kept.pop());
    last.unwrap_or_default()
}

fn keep<T>(kept: &Mutex<Vec<T>>, spare: T) {
    if let Ok(mut kept) = kept.lock()
        && kept.len() < KEPT
    {
        kept.push(spare);
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

    #[test]
    fn a_batch_comes_back_with_room_and_nothing_in_it() {
        let buffers = Buffers::default();
        let mut batch = buffers.take_batch();
        assert_eq!(batch.room(), 0);
        batch.keys.intern("a");
        batch.keep("text");
        batch.input.push_str("input");
        batch.spans.push(Default::default());
        buffers.give_batch(batch);
        let mut large = Batch::default();
        large.input.reserve(LARGEST_BATCH + 1);
        buffers.give_batch(large);
        let mut back = buffers.take_batch();
        assert!(back.room() > 0 && back.records() == 0);
        assert_eq!((back.input.as_str(), back.arena.as_str()), ("", ""));
        assert_eq!(back.keys.get("a"), None);
        assert_eq!(back.keys.intern("b").0, 0);
        assert_eq!(buffers.take_batch().room(), 0);
    }
}
