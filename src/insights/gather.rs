//! One parallel pass over the spans of a module, into groups.

use crate::model::CancelToken;
use crate::store::{Filter, Reader, SpanColumns, StoreError};
use hashbrown::HashMap;
use std::hash::Hash;

/// What is kept of a group, and how two halves of it become one.
pub trait Sum: Default + Send {
    /// Takes in what another one has, which comes later.
    fn absorb(&mut self, other: Self);
}

/// Groups by what tells them apart.
pub type Groups<K, S> = HashMap<K, S>;

/// Puts the spans that fit into groups, a segment at a time on each core.
pub fn gather<K: Eq + Hash + Send, S: Sum>(
    reader: &Reader,
    filter: &Filter,
    names: &[&[&str]],
    cancel: &CancelToken,
    add: impl Fn(&SpanColumns, &mut Groups<K, S>) + Sync,
) -> Result<Groups<K, S>, StoreError> {
    let parts = reader.work_through_spans(filter, names, cancel, |columns| {
        let mut groups = Groups::new();
        add(&columns, &mut groups);
        groups
    })?;
    let mut all: Groups<K, S> = Groups::new();
    for part in parts {
        if cancel.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        for (key, sum) in part {
            all.entry(key).or_default().absorb(sum);
        }
    }
    Ok(all)
}

/// Adds counts to counts.
pub fn add_counts<K: Eq + Hash>(counts: &mut HashMap<K, u64>, more: HashMap<K, u64>) {
    for (key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}
