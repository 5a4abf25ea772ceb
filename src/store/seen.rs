//! Which trace ids the store may have: a set that errs on the side of "perhaps", so that a batch of new traces need not
//! ask the table about each.

use crate::model::TraceId;
use rusqlite::Connection;
use xxhash_rust::xxh3::xxh3_64;

/// 16 MiB: up to twelve million traces one in a hundred new ones is asked about in vain.
const WORDS: usize = 1 << 21;
const PROBES: u32 = 4;

pub(super) struct Seen(Vec<u64>);

impl Seen {
    /// Those there are.
    pub fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut seen = Self(vec![0; WORDS]);
        let mut all = connection.prepare("SELECT trace_id FROM trace")?;
        let ids = all.query_map([], |row| row.get(0).map(TraceId))?;
        for id in ids {
            seen.insert(id?);
        }
        Ok(seen)
    }

    pub fn insert(&mut self, id: TraceId) {
        for (word, bit) in probes(id) {
            self.0[word] |= bit;
        }
    }

    /// `false` only if it was never inserted.
    pub fn may_hold(&self, id: TraceId) -> bool {
        probes(id).all(|(word, bit)| self.0[word] & bit != 0)
    }
}

/// Word and bit of each probe, all within one line of the processor's cache.
fn probes(id: TraceId) -> impl Iterator<Item = (usize, u64)> {
    let hash = xxh3_64(&id.0);
    let line = (hash as usize % (WORDS / 8)) * 8;
    (0..PROBES).map(move |probe| {
        let bits = (hash >> (28 + probe * 9)) as usize;
        (line + (bits >> 6) % 8, 1 << (bits % 64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_held_and_little_else() {
        let id = |n: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&n.to_le_bytes());
            TraceId(bytes)
        };
        let mut seen = Seen(vec![0; WORDS]);
        (0..10_000).for_each(|n| seen.insert(id(n)));
        assert!((0..10_000).all(|n| seen.may_hold(id(n))));
        let wrong = (10_000..20_000).filter(|n| seen.may_hold(id(*n))).count();
        assert!(wrong < 50, "{wrong}");
    }
}
