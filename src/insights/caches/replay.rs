//! What a cache would have done: all that happened to the keys of a shape, played again with only some of them kept.
//!
//! The rules are those of [`expansion`](super::expansion).

use super::Done;
use super::accesses::{Access, Accesses};
use crate::analysis::normalise::cache_key;
use crate::insights::family::Family;
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What happens to one key of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Read(usize),
    Write(usize),
    Remove(usize),
    Flush,
}

/// A shape of keys with what happened to them.
#[derive(Default)]
pub(super) struct Shape {
    pub keys: Vec<Arc<str>>,
    pub places: HashMap<u32, usize>,
    pub events: Vec<(i64, Event)>,
    /// Of each key: whether the first read that says so hit, how often it was read, the last size.
    pub first_hit: Vec<Option<bool>>,
    pub reads: Vec<u64>,
    pub sizes: Vec<Option<u64>>,
    pub hits: u64,
    pub misses: u64,
    /// Durations of transactions on a hit and on a miss, with how many.
    pub transactions: [(i128, u64); 2],
}

/// What a cache would have come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub hits: u64,
    pub misses: u64,
    pub first_reads: u64,
    pub entries: usize,
    pub bytes: u64,
}

/// Shapes, those with most reads first.
pub(super) fn shapes(accesses: &Accesses, family: &Family) -> Vec<(String, Shape)> {
    let mut names: HashMap<u32, String> = HashMap::new();
    let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
    for access in accesses.all.iter().filter(|access| !access.is_flush) {
        let name = names
            .entry(access.key)
            .or_insert_with(|| cache_key::shape(&accesses.key(access.key)).into_owned());
        match shapes.get_mut(name.as_str()) {
            Some(shape) => shape.add(access, accesses, family),
            None => shapes
                .entry(name.clone())
                .or_default()
                .add(access, accesses, family),
        }
    }
    let flushes = accesses.all.iter().filter(|access| access.is_flush);
    let flushes: Vec<i64> = flushes.map(|access| access.start).collect();
    let mut shapes: Vec<(String, Shape)> = shapes.into_iter().collect();
    for (_, shape) in &mut shapes {
        if !flushes.is_empty() {
            let flushes = flushes.iter().map(|time| (*time, Event::Flush));
            shape.events.extend(flushes);
            shape.events.sort_by_key(|(time, _)| *time);
        }
    }
    shapes.sort_by_key(|(_, shape)| Reverse(shape.reads.iter().sum::<u64>()));
    shapes
}

impl Shape {
    fn add(&mut self, access: &Access, accesses: &Accesses, family: &Family) {
        let known = self.keys.len();
        let place = *self.places.entry(access.key).or_insert(known);
        if place == known {
            self.keys.push(accesses.key(access.key));
            self.first_hit.push(None);
            self.reads.push(0);
            self.sizes.push(None);
        }
        let event = match access.done {
            Done::Get => Event::Read(place),
            Done::Put => Event::Write(place),
            Done::Other => Event::Remove(place),
        };
        self.events.push((access.start, event));
        if let Some(size) = access.size {
            self.sizes[place] = Some(size);
        }
        if access.done != Done::Get {
            // Written before it was read: it was not there at the start for all that is known.
            self.first_hit[place].get_or_insert(false);
            return;
        }
        self.reads[place] += 1;
        if let Some(hit) = access.hit {
            self.first_hit[place].get_or_insert(hit);
            match hit {
                true => self.hits += 1,
                false => self.misses += 1,
            }
            if let Some(entry) = access.entry {
                let (sum, count) = &mut self.transactions[usize::from(!hit)];
                *sum += i128::from(family.duration(entry));
                *count += 1;
            }
        }
    }

    /// How much longer a transaction takes in which a read misses; `None` where either is unknown, or it is no longer.
    pub fn miss_costs(&self) -> Option<f64> {
        let mean = |(sum, count): (i128, u64)| (count > 0).then(|| sum as f64 / count as f64);
        let [hit, miss] = self.transactions.map(mean);
        Some(miss? - hit?).filter(|costs| *costs > 0.0)
    }
}

/// Plays what happened to a shape again, keeping these keys. O(n).
pub(super) fn play(shape: &Shape, kept: &[bool], expiry: Option<i64>) -> Outcome {
    let mut cache = Cache::new(shape, expiry);
    let first = shape.events.first().map_or(0, |(time, _)| *time);
    let was_there = |place: &usize| kept[*place] && shape.first_hit[*place] == Some(true);
    for place in (0..kept.len()).filter(was_there) {
        cache.put(place, first);
    }
    let mut outcome = Outcome::default();
    let mut is_read = vec![false; kept.len()];
    for (time, event) in &shape.events {
        cache.expire(*time);
        match *event {
            Event::Read(place) if !kept[place] => outcome.misses += 1,
            Event::Read(place) => {
                let is_first = !std::mem::replace(&mut is_read[place], true);
                if cache.has(place) {
                    outcome.hits += 1;
                } else {
                    outcome.misses += 1;
                    outcome.first_reads += u64::from(is_first);
                    cache.put(place, *time);
                }
            }
            Event::Write(place) if kept[place] => cache.put(place, *time),
            Event::Write(_) => {}
            Event::Remove(place) => cache.remove(place),
            Event::Flush => cache.clear(),
        }
    }
    (outcome.entries, outcome.bytes) = cache.most;
    outcome
}

/// A cache that is played with.
struct Cache {
    expiry: Option<i64>,
    sizes: Vec<u64>,
    /// When what is there ends; `None` is not there.
    there: Vec<Option<i64>>,
    /// When what was put ends, in that order; a key that was put again comes twice.
    ends: VecDeque<(i64, usize)>,
    entries: usize,
    bytes: u64,
    /// The most entries and the most bytes there were.
    most: (usize, u64),
}

impl Cache {
    fn new(shape: &Shape, expiry: Option<i64>) -> Self {
        let mean = mean_size(shape).unwrap_or(0);
        let sizes = shape.sizes.iter().map(|size| size.unwrap_or(mean));
        Self {
            expiry,
            sizes: sizes.collect(),
            there: vec![None; shape.keys.len()],
            ends: VecDeque::new(),
            entries: 0,
            bytes: 0,
            most: (0, 0),
        }
    }

    fn has(&self, place: usize) -> bool {
        self.there[place].is_some()
    }

    fn put(&mut self, place: usize, time: i64) {
        let end = match self.expiry {
            Some(expiry) => time.saturating_add(expiry),
            None => i64::MAX,
        };
        if self.there[place].replace(end).is_none() {
            self.entries += 1;
            self.bytes += self.sizes[place];
            self.most = (self.most.0.max(self.entries), self.most.1.max(self.bytes));
        }
        if self.expiry.is_some() {
            self.ends.push_back((end, place));
        }
    }

    fn remove(&mut self, place: usize) {
        if self.there[place].take().is_some() {
            self.entries -= 1;
            self.bytes -= self.sizes[place];
        }
    }

    /// Takes out what has ended by now.
    fn expire(&mut self, now: i64) {
        while let Some((end, place)) = self.ends.front().copied().filter(|(end, _)| *end <= now) {
            self.ends.pop_front();
            if self.there[place] == Some(end) {
                self.remove(place);
            }
        }
    }

    fn clear(&mut self) {
        self.there.fill(None);
        (self.entries, self.bytes) = (0, 0);
    }
}

/// The mean of the sizes that are known.
pub(super) fn mean_size(shape: &Shape) -> Option<u64> {
    let known = shape.sizes.iter().flatten();
    let count = known.clone().count() as u128;
    (count > 0).then(|| (known.map(|size| u128::from(*size)).sum::<u128>() / count) as u64)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A shape with pages, from what was done: `+` written, `-` removed, a number read, at one second each.
    pub fn pages(events: &[&str]) -> Shape {
        let mut shape = Shape::default();
        for (second, text) in (0i64..).zip(events) {
            let number = text.trim_matches(['+', '-', '!']);
            let known = shape.keys.len();
            let place = *shape
                .places
                .entry(number.parse().unwrap_or(0))
                .or_insert(known);
            if place == known {
                shape.keys.push(format!("p:{number}").into());
                shape.first_hit.push(Some(text.ends_with('!')));
                shape.reads.push(0);
                shape.sizes.push((number == "1").then_some(100));
            }
            let event = match text.as_bytes()[0] {
                b'+' => Event::Write(place),
                b'-' => Event::Remove(place),
                b'f' => Event::Flush,
                _ => Event::Read(place),
            };
            if let Event::Read(place) = event {
                shape.reads[place] += 1;
            }
            shape.events.push((second * 1_000_000_000, event));
        }
        shape
    }

    fn outcome(shape: &Shape, first: u64, expiry: Option<i64>) -> [u64; 4] {
        let is_kept = |key: &Arc<str>| {
            let number = key.trim_start_matches("p:").parse::<u64>();
            number.is_ok_and(|number| number <= first)
        };
        let kept: Vec<bool> = shape.keys.iter().map(is_kept).collect();
        let outcome = play(shape, &kept, expiry);
        [
            outcome.hits,
            outcome.misses,
            outcome.first_reads,
            outcome.entries as u64,
        ]
    }

    #[test]
    fn the_case_of_pages() {
        // Of a hundred reads a quarter and one are of page 1, as many and 22 of pages 2 and 3 together, the rest of ten others.
        let mut reads: Vec<String> = Vec::new();
        for round in 0..100 {
            let page = match round {
                0..26 => 1,
                26..50 => 2,
                50..73 => 3,
                other => 4 + other % 10,
            };
            reads.push(page.to_string());
        }
        let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
        let shape = pages(&reads);
        assert_eq!(outcome(&shape, 1, None), [25, 75, 1, 1]);
        assert_eq!(outcome(&shape, 3, None), [70, 30, 3, 3]);
    }

    #[test]
    fn a_cache_forgets() {
        const SECOND: i64 = 1_000_000_000;
        for (events, first, expiry, expected) in [
            (&["1", "1", "1", "1"][..], 1, None, [3, 1, 1, 1]),
            // Put at 0, gone at 2, put at 2, still there at 3.
            (&["1", "1", "1", "1"], 1, Some(2 * SECOND), [2, 2, 1, 1]),
            (&["1", "2", "1", "2"], 1, None, [1, 3, 1, 1]),
            (&["+1", "1", "-1", "1"], 1, None, [1, 1, 0, 1]),
            (&["1", "2", "f", "1"], 2, None, [0, 3, 2, 2]),
            // What hits at first was there.
            (&["1!", "1"], 1, None, [2, 0, 0, 1]),
            (&["1", "2", "3", "4"], 3, Some(SECOND), [0, 4, 3, 1]),
        ] {
            assert_eq!(
                outcome(&pages(events), first, expiry),
                expected,
                "{events:?}"
            );
        }
        let shape = pages(&["1", "2"]);
        let bytes = play(&shape, &[true, true], None).bytes;
        assert_eq!(bytes, 200, "an unknown size is the mean of those known");
    }
}
