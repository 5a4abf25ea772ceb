//! One parallel pass over the spans of a module, into groups.

use super::over::Over;
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
    let all = gather_over(reader, filter, names, &Over::WHOLE, cancel, add)?;
    Ok(all.into_iter().next().unwrap_or_default())
}

/// As [`gather`], for each stretch of time its own groups.
pub fn gather_over<K: Eq + Hash + Send, S: Sum>(
    reader: &Reader,
    filter: &Filter,
    names: &[&[&str]],
    over: &Over,
    cancel: &CancelToken,
    add: impl Fn(&SpanColumns, &mut Groups<K, S>) + Sync,
) -> Result<Vec<Groups<K, S>>, StoreError> {
    let parts = reader.work_through_spans(filter, names, cancel, |mut columns| {
        let mut parts = Vec::new();
        for (stretch, rows) in over.split(&columns) {
            columns.set_rows(rows);
            let mut groups = Groups::new();
            add(&columns, &mut groups);
            parts.push((stretch, groups));
        }
        parts
    })?;
    let mut all: Vec<Groups<K, S>> = Vec::new();
    all.resize_with(over.count(), Groups::new);
    for (stretch, groups) in parts.into_iter().flatten() {
        if cancel.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        for (key, sum) in groups {
            let of_stretch = all.get_mut(stretch).map(|groups| groups.entry(key));
            if let Some(known) = of_stretch {
                known.or_default().absorb(sum);
            }
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
