//! What values records have: several attributes at once, and texts put together by what they have in common.

use super::lookup::{Lookup, ValueKey};
use super::reader::most_frequent;
use super::search::Search;
use super::tally::Tally;
use super::value::ValueRef;
use super::{Filter, Reader, RecordKind, StoreError, ValueCount};
use crate::model::{CancelToken, Value};
use hashbrown::HashMap;
use std::sync::{Mutex, PoisonError};

/// The values of one attribute among the records that fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// The attribute as asked for.
    pub key: String,
    /// Its most frequent values; equally frequent ones by their text.
    pub values: Vec<ValueCount>,
    /// How many different values there are.
    pub distinct: u64,
    /// How many records have it.
    pub present: u64,
}

/// Texts that have a key in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// What they have in common.
    pub key: String,
    /// How many records.
    pub count: u64,
    /// One of the texts, whole.
    pub example: String,
}

/// Work that many threads add to: each takes a part that no other is using.
pub(super) struct Parts<T>(Mutex<Vec<T>>);

impl<T: Default> Parts<T> {
    pub fn new() -> Self {
        Self(Mutex::default())
    }

    pub fn add<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut part = idle().pop().unwrap_or_default();
        let done = work(&mut part);
        idle().push(part);
        done
    }

    pub fn into_parts(self) -> Vec<T> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// The most frequent values of several attributes, in one pass over the records that fit. A text that spells a number
    /// or truth that other records have counts as that, as a search takes both for the same.
    pub fn facets(
        &self,
        kind: RecordKind,
        keys: &[String],
        filter: &Filter,
        limit: usize,
        cancel: &CancelToken,
    ) -> Result<Vec<Facet>, StoreError> {
        let scan = self.scan(cancel);
        let search = Search::new(&scan, &self.scanner, kind, filter)?;
        let resources = self.shared.resources(&self.scanner)?;
        let lookup = |key: &String| Lookup::new(&self.shared, &resources, key);
        let lookups: Vec<Lookup> = keys.iter().map(lookup).collect();
        let parts = Parts::<Vec<Tally>>::new();
        search.each(|scanner, segment, found| {
            parts.add(|tallies| {
                tallies.resize_with(lookups.len(), Tally::default);
                for (lookup, tally) in lookups.iter().zip(tallies) {
                    lookup.tally(scanner, segment, found.clone(), tally)?;
                }
                Ok(())
            })
        })?;
        let mut sums: Vec<Tally> = Vec::new();
        sums.resize_with(keys.len(), Tally::default);
        for tallies in parts.into_parts() {
            for (sum, tally) in sums.iter_mut().zip(tallies) {
                sum.absorb(&tally);
            }
        }
        Ok(keys
            .iter()
            .zip(sums)
            .map(|(key, tally)| facet_of(key, tally, limit))
            .collect())
    }

    /// The texts of an attribute, counted by what `by` makes of them. `by` runs on many threads, once for each different
    /// text of a segment. Most frequent first.
    pub fn alike(
        &self,
        kind: RecordKind,
        key: &str,
        filter: &Filter,
        by: &(dyn Fn(&str) -> String + Sync),
        cancel: &CancelToken,
    ) -> Result<Vec<Alike>, StoreError> {
        let scan = self.scan(cancel);
        let search = Search::new(&scan, &self.scanner, kind, filter)?;
        let resources = self.shared.resources(&self.scanner)?;
        let lookup = Lookup::new(&self.shared, &resources, key);
        let parts = Parts::<HashMap<String, (u64, String)>>::new();
        search.each(|scanner, segment, found| {
            let mut tally = Tally::default();
            lookup.tally(scanner, segment, found, &mut tally)?;
            parts.add(|alike| {
                for (value, count) in tally.into_map() {
                    let text = value.0.text();
                    let key = by(&text);
                    add(alike, key, count, text.into_owned());
                }
            });
            Ok(())
        })?;
        let mut sum: HashMap<String, (u64, String)> = HashMap::new();
        for (key, (count, example)) in parts.into_parts().into_iter().flatten() {
            add(&mut sum, key, count, example);
        }
        let mut all: Vec<Alike> = sum
            .into_iter()
            .map(|(key, (count, example))| Alike {
                key,
                count,
                example,
            })
            .collect();
        all.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        Ok(all)
    }
}

fn facet_of(key: &str, tally: Tally, limit: usize) -> Facet {
    // Where all are texts, none can be the same as another, and only those shown are copied.
    let of_texts = |texts: Vec<(&str, u64)>| Facet {
        key: key.to_owned(),
        distinct: texts.len() as u64,
        present: texts.iter().map(|(_, count)| count).sum(),
        values: most_frequent_texts(texts, limit),
    };
    if tally.only_texts() {
        return tally.with_texts(of_texts);
    }
    let tally = by_text(tally.into_map(), |sum, more| *sum += more);
    Facet {
        key: key.to_owned(),
        distinct: tally.len() as u64,
        present: tally.values().sum(),
        values: most_frequent(tally, limit),
    }
}

fn most_frequent_texts(mut texts: Vec<(&str, u64)>, limit: usize) -> Vec<ValueCount> {
    let order = |(text, count): &(&str, u64), (other, more): &(&str, u64)| {
        more.cmp(count).then_with(|| text.cmp(other))
    };
    if limit < texts.len() {
        texts.select_nth_unstable_by(limit, order);
        texts.truncate(limit);
    }
    texts.sort_unstable_by(order);
    let shown = texts.into_iter().map(|(text, count)| ValueCount {
        value: Value::Str(text.into()),
        count,
    });
    shown.collect()
}

/// Values that a search takes for the same are one: the number 7 and the text "7". A number stands for them, if there is one.
pub(super) fn by_text<C>(
    tally: HashMap<ValueKey, C>,
    add: impl Fn(&mut C, C),
) -> HashMap<ValueKey, C> {
    let mut same: HashMap<String, (ValueKey, C)> = HashMap::with_capacity(tally.len());
    for (value, count) in tally {
        match same.get_mut(&*value.0.text()) {
            Some((shown, sum)) => {
                add(sum, count);
                if ValueRef::of(&value.0).spelling_rank() < ValueRef::of(&shown.0).spelling_rank() {
                    *shown = value;
                }
            }
            None => {
                same.insert(value.0.text().into_owned(), (value, count));
            }
        }
    }
    same.into_values().collect()
}

/// Adds texts to those that are alike. The first by its letters is the example, so that it does not depend on threads.
fn add(alike: &mut HashMap<String, (u64, String)>, key: String, count: u64, example: String) {
    match alike.get_mut(&key) {
        Some((sum, shown)) => {
            *sum += count;
            if example < *shown {
                *shown = example;
            }
        }
        None => {
            alike.insert(key, (count, example));
        }
    }
}
