//! Decoded columns, kept while there is room.
//!
//! Searches go through the segments of a name from the first to the last. If these were more than there is room for and
//! the least recently used went first, each would be gone just before it is needed again. So room is taken from the name
//! that was asked for least recently, and within a name those that are there stay: of what does not fit, the part that
//! fits is found again by every search. What found no room is passing: it is kept until a little more of its kind comes.

use super::column::Column;
use hashbrown::HashMap;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How much memory decoded columns may take.
#[derive(Clone, Copy)]
struct Room {
    /// All together, in bytes.
    all: usize,
    /// Those of one name, so that a search through long texts leaves something of the others.
    of_one_name: usize,
    /// Those that are passing.
    passing: usize,
}

const ROOM: Room = Room {
    all: 512 << 20,
    of_one_name: 400 << 20,
    passing: 32 << 20,
};

/// So many pass at most: they are looked through one by one.
const MOST_PASSING: usize = 64;

/// Columns by the number of their name and their segment.
pub(super) struct ColumnCache(Mutex<Kept>);

struct Kept {
    room: Room,
    names: HashMap<i64, Named>,
    /// Of all names, without the passing ones.
    bytes: usize,
    passing: Passing,
    clock: u64,
}

/// The columns of one name.
#[derive(Default)]
struct Named {
    segments: BTreeMap<u32, Entry>,
    bytes: usize,
    used: u64,
}

struct Entry {
    column: Arc<Column>,
    bytes: usize,
}

/// Columns for which there was no room, the newest at the end.
#[derive(Default)]
struct Passing {
    columns: VecDeque<(i64, u32, Entry)>,
    bytes: usize,
}

impl Default for ColumnCache {
    fn default() -> Self {
        Self::with(ROOM)
    }
}

impl ColumnCache {
    fn with(room: Room) -> Self {
        Self(Mutex::new(Kept {
            room,
            names: HashMap::default(),
            bytes: 0,
            passing: Passing::default(),
            clock: 0,
        }))
    }

    pub fn get(&self, segment: u32, key: i64) -> Option<Arc<Column>> {
        let mut kept = self.lock();
        let named = kept.used(key);
        if let Some(entry) = named.segments.get(&segment) {
            return Some(entry.column.clone());
        }
        kept.passing.get(segment, key)
    }

    pub fn holds(&self, segment: u32, key: i64) -> bool {
        let kept = self.lock();
        let named = kept.names.get(&key);
        named.is_some_and(|named| named.segments.contains_key(&segment))
            || kept.passing.place(segment, key).is_some()
    }

    pub fn insert(&self, segment: u32, key: i64, column: Column) -> Arc<Column> {
        let bytes = column.bytes();
        let column = Arc::new(column);
        let entry = Entry {
            column: column.clone(),
            bytes,
        };
        let mut kept = self.lock();
        kept.take_out(segment, key);
        if kept.make_room(key, bytes) {
            kept.bytes += bytes;
            let named = kept.used(key);
            named.bytes += bytes;
            named.segments.insert(segment, entry);
        } else {
            let room = kept.room.passing;
            kept.passing.push(segment, key, entry, room);
        }
        column
    }

    /// Gives up the columns of a segment.
    pub fn forget(&self, segment: u32) {
        let mut kept = self.lock();
        let keys: Vec<i64> = kept.names.keys().copied().collect();
        for key in keys {
            kept.take_out(segment, key);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// The columns of a name, which is noted as used.
    fn used(&mut self, key: i64) -> &mut Named {
        self.clock += 1;
        let named = self.names.entry(key).or_default();
        named.used = self.clock;
        named
    }

    /// Takes room from names that were used less recently than this one. Tells whether there is enough.
    fn make_room(&mut self, key: i64, bytes: usize) -> bool {
        let own = self.used(key).bytes;
        if own + bytes > self.room.of_one_name {
            return false;
        }
        while self.bytes + bytes > self.room.all {
            let others = self
                .names
                .iter()
                .filter(|(other, named)| **other != key && named.bytes > 0);
            let oldest = others
                .min_by_key(|(_, named)| named.used)
                .map(|(key, _)| *key);
            let Some(named) = oldest.and_then(|oldest| self.names.get_mut(&oldest)) else {
                return false;
            };
            if let Some((_, entry)) = named.segments.pop_last() {
                named.bytes -= entry.bytes;
                self.bytes -= entry.bytes;
            }
        }
        true
    }

    fn take_out(&mut self, segment: u32, key: i64) {
        if let Some(named) = self.names.get_mut(&key)
            && let Some(entry) = named.segments.remove(&segment)
        {
            named.bytes -= entry.bytes;
            self.bytes -= entry.bytes;
        }
        self.passing.take_out(segment, key);
    }
}

impl Passing {
    fn place(&self, segment: u32, key: i64) -> Option<usize> {
        let is = |(of, at, _): &(i64, u32, Entry)| (*of, *at) == (key, segment);
        self.columns.iter().rposition(is)
    }

    /// One of them, which is the newest then.
    fn get(&mut self, segment: u32, key: i64) -> Option<Arc<Column>> {
        let place = self.place(segment, key)?;
        let found = self.columns.remove(place)?;
        let column = found.2.column.clone();
        self.columns.push_back(found);
        Some(column)
    }

    fn push(&mut self, segment: u32, key: i64, entry: Entry, room: usize) {
        self.bytes += entry.bytes;
        self.columns.push_back((key, segment, entry));
        while (self.bytes > room || self.columns.len() > MOST_PASSING)
            && let Some((_, _, oldest)) = self.columns.pop_front()
        {
            self.bytes -= oldest.bytes;
        }
    }

    fn take_out(&mut self, segment: u32, key: i64) {
        let place = self.place(segment, key);
        if let Some((_, _, entry)) = place.and_then(|place| self.columns.remove(place)) {
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight bytes a row.
    const ROWS: usize = 10;

    fn filled(cache: &ColumnCache, key: i64, segments: std::ops::Range<u32>) -> usize {
        let mut found = 0;
        for segment in segments {
            if cache.get(segment, key).is_some() {
                found += 1;
            } else {
                cache.insert(segment, key, Column::Ints(vec![key; ROWS]));
            }
        }
        found
    }

    /// Room for ten columns, eight of one name, and two that pass.
    fn small() -> ColumnCache {
        ColumnCache::with(Room {
            all: 10 * ROWS * 8,
            of_one_name: 8 * ROWS * 8,
            passing: 2 * ROWS * 8,
        })
    }

    #[test]
    fn what_fits_of_a_long_name_is_found_by_every_search() {
        let cache = small();
        assert_eq!(filled(&cache, 1, 0..20), 0);
        for _ in 0..3 {
            assert_eq!(filled(&cache, 1, 0..20), 8);
        }
        let kept = cache.lock();
        assert_eq!(
            (kept.bytes, kept.passing.bytes),
            (8 * ROWS * 8, 2 * ROWS * 8)
        );
    }

    #[test]
    fn names_used_lately_take_the_room_of_others() {
        let cache = small();
        filled(&cache, 1, 0..4);
        filled(&cache, 2, 0..4);
        filled(&cache, 1, 0..4);
        // The second was used before the first.
        filled(&cache, 3, 0..4);
        assert_eq!((0..4).filter(|at| cache.holds(*at, 1)).count(), 4);
        assert_eq!((0..4).filter(|at| cache.holds(*at, 2)).count(), 2);
        assert_eq!(filled(&cache, 3, 0..4), 4);
    }

    #[test]
    fn what_found_no_room_passes() {
        let cache = small();
        filled(&cache, 1, 0..20);
        assert!(cache.holds(18, 1) && cache.holds(19, 1) && !cache.holds(17, 1));
        // It stays while it is asked for.
        assert!(cache.get(18, 1).is_some());
        filled(&cache, 1, 16..17);
        assert!(cache.holds(18, 1) && !cache.holds(19, 1));
    }

    #[test]
    fn what_is_forgotten_leaves_its_room() {
        let cache = small();
        filled(&cache, 1, 0..20);
        (0..20).for_each(|segment| cache.forget(segment));
        let kept = cache.lock();
        assert_eq!((kept.bytes, kept.passing.bytes), (0, 0));
        assert!(kept.passing.columns.is_empty());
    }
}
