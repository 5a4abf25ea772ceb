//! Decoded columns, kept while there is room: the least recently used go first.

use super::column::Column;
use hashbrown::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How much memory decoded columns may take, in bytes.
const ROOM: usize = 384 << 20;

/// When it is full, it is emptied down to this share, so that not every insertion has to look for the oldest.
const KEPT_SHARE: f64 = 0.75;

/// Columns by `(segment, key)`.
#[derive(Default)]
pub(super) struct ColumnCache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    columns: HashMap<(u32, i64), Entry>,
    bytes: usize,
    clock: u64,
}

struct Entry {
    column: Arc<Column>,
    used: u64,
}

impl ColumnCache {
    pub fn get(&self, segment: u32, key: i64) -> Option<Arc<Column>> {
        let mut kept = self.lock();
        kept.clock += 1;
        let now = kept.clock;
        let entry = kept.columns.get_mut(&(segment, key))?;
        entry.used = now;
        Some(entry.column.clone())
    }

    pub fn holds(&self, segment: u32, key: i64) -> bool {
        self.lock().columns.contains_key(&(segment, key))
    }

    pub fn insert(&self, segment: u32, key: i64, column: Column) -> Arc<Column> {
        let column = Arc::new(column);
        let mut kept = self.lock();
        kept.clock += 1;
        let entry = Entry {
            column: column.clone(),
            used: kept.clock,
        };
        kept.bytes += column.bytes();
        if let Some(before) = kept.columns.insert((segment, key), entry) {
            kept.bytes -= before.column.bytes();
        }
        if kept.bytes > ROOM {
            kept.make_room();
        }
        column
    }

    /// Gives up the columns of a segment.
    pub fn forget(&self, segment: u32) {
        let mut kept = self.lock();
        let gone = kept.columns.extract_if(|(of, _), _| *of == segment);
        let bytes: usize = gone.map(|(_, entry)| entry.column.bytes()).sum();
        kept.bytes -= bytes;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn make_room(&mut self) {
        let mut by_age: Vec<(u64, (u32, i64))> = self
            .columns
            .iter()
            .map(|(key, entry)| (entry.used, *key))
            .collect();
        by_age.sort_unstable();
        for (_, key) in by_age {
            if (self.bytes as f64) < ROOM as f64 * KEPT_SHARE {
                break;
            }
            if let Some(entry) = self.columns.remove(&key) {
                self.bytes -= entry.column.bytes();
            }
        }
    }
}
