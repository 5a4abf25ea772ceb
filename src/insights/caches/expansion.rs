//! What if a cache kept more, or less? The recorded reads, played again against a cache that keeps chosen keys.
//!
//! A read of a key that is kept hits if the key is there, and else misses and puts it there; a recorded write puts it there,
//! too. What is there expires a fixed time after it was put, or never. Removing and emptying count as they were recorded. The
//! cache begins with the keys whose first recorded read hit, and with nothing else. Reads of keys that are not kept miss. Reads that
//! overlap are taken one after the other: a stampede on a key that just expired counts once. Columns:
//!
//! | column | meaning |
//! |---|---|
//! | `key` | the shape of the keys |
//! | `kept` | which of them: the first numbers, those read most, or what was asked for |
//! | `reads` | reads of the shape |
//! | `hits, misses, miss_rate` | what they would come to |
//! | `first_reads` | misses that no cache avoids: the first read of each key that is kept |
//! | `recorded_miss_rate` | as it was |
//! | `entries` | the most keys that are there at one time |
//! | `bytes` | what these take, by the sizes recorded of the key, else by the mean of the shape; null where none is |
//! | `saved` | hits won, times what transactions in which reads hit take less than those in which they miss (means); nanoseconds |

use super::Done;
use super::accesses::{Access, Accesses};
use super::keys::values;
use crate::analysis::normalise::cache_key;
use crate::insights::family::Family;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::CancelToken;
use crate::model::human;
use crate::query;
use crate::store::{Reader, StoreError};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What is to be tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// Only these keys are kept: texts, in which a star is any run of characters. Empty: sets worth a try are chosen.
    pub keys: Vec<String>,
    /// Only keys whose last number is among so many first ones are kept.
    pub first: Option<u64>,
    /// How long a key stays, nanoseconds; `None` for ever.
    pub expiry: Option<i64>,
}

const COLUMNS: [Column; 11] = [
    column("key", "Key", Unit::Text),
    column("kept", "Kept", Unit::Text),
    column("reads", "Reads", Unit::Count),
    detail("hits", "Hits", Unit::Count),
    column("misses", "Misses", Unit::Count),
    column("miss_rate", "Miss rate", Unit::Share),
    column("recorded_miss_rate", "Recorded", Unit::Share),
    detail("first_reads", "First reads", Unit::Count),
    column("entries", "Entries", Unit::Count),
    column("bytes", "Size", Unit::Bytes),
    column("saved", "Saved", Unit::Duration),
];

/// Sizes of sets that are tried.
const SIZES: [usize; 8] = [1, 2, 3, 5, 10, 20, 50, 100];
/// Shapes with fewer reads are not tried unless they are asked for.
const FEW: usize = 5;
/// Numbers count as pages when at least one in so many was read.
const SPARSE: u64 = 4;

/// What happens to one key of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Read(usize),
    Write(usize),
    Remove(usize),
    Flush,
}

/// A shape of keys with what happened to them.
#[derive(Default)]
struct Shape {
    keys: Vec<Arc<str>>,
    places: HashMap<u32, usize>,
    events: Vec<(i64, Event)>,
    /// Of each key: whether the first read that says so hit, how often it was read, the last size.
    first_hit: Vec<Option<bool>>,
    reads: Vec<u64>,
    sizes: Vec<Option<u64>>,
    hits: u64,
    misses: u64,
    /// Durations of transactions on a hit and on a miss, with how many.
    transactions: [(i128, u64); 2],
}

/// What a cache would have come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Outcome {
    hits: u64,
    misses: u64,
    first_reads: u64,
    entries: usize,
    bytes: u64,
}

/// See the module.
///
/// # Errors
/// As with every question.
pub fn table(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Table, StoreError> {
    let accesses = Accesses::read(reader, asked, family, cancel)?;
    let mut rows = Vec::new();
    for (name, shape) in shapes(&accesses, family) {
        for set in sets(&name, &shape, &asked.expansion) {
            if cancel.is_cancelled() {
                return Err(StoreError::Cancelled);
            }
            let outcome = play(&shape, &set.kept, asked.expansion.expiry);
            rows.push(cells(&name, &set, &shape, &outcome));
        }
    }
    let expiry = asked.expansion.expiry.map_or_else(
        || "keys are kept for ever".to_owned(),
        |expiry| format!("keys are kept for {}", human::duration(expiry)),
    );
    Ok(Table {
        module: Module::Caches,
        columns: COLUMNS.to_vec(),
        rows,
        time: asked.time(reader, cancel)?,
        notes: vec![format!("{expiry}, from the recorded reads in their order")],
    })
}

/// Shapes, those with most reads first.
fn shapes(accesses: &Accesses, family: &Family) -> Vec<(String, Shape)> {
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
    fn miss_costs(&self) -> Option<f64> {
        let mean = |(sum, count): (i128, u64)| (count > 0).then(|| sum as f64 / count as f64);
        let [hit, miss] = self.transactions.map(mean);
        Some(miss? - hit?).filter(|costs| *costs > 0.0)
    }
}

/// A set of keys that may be kept.
struct Set {
    name: String,
    kept: Vec<bool>,
}

/// The sets that are tried on a shape.
fn sets(name: &str, shape: &Shape, what_if: &WhatIf) -> Vec<Set> {
    let of = |name: String, keeps: &dyn Fn(usize) -> bool| Set {
        name,
        kept: (0..shape.keys.len()).map(keeps).collect(),
    };
    let numbers: Vec<Option<u64>> = shape
        .keys
        .iter()
        .map(|key| last_number(name, key))
        .collect();
    let from = numbers.iter().flatten().min().copied().unwrap_or(1).min(1);
    let is_first = |place: usize, count: u64| numbers[place].is_some_and(|n| n - from < count);
    if !what_if.keys.is_empty() || what_if.first.is_some() {
        let fits = |place: usize| {
            let key = &shape.keys[place];
            let named = what_if.keys.iter();
            let is_named = what_if.keys.is_empty() || named.clone().any(|wanted| fits(wanted, key));
            is_named && what_if.first.is_none_or(|count| is_first(place, count))
        };
        let mut words: Vec<String> = what_if.keys.clone();
        words.extend(what_if.first.map(|count| first_in_words(from, count)));
        let set = of(words.join(", "), &fits);
        return match set.kept.iter().any(|kept| *kept) {
            true => vec![set],
            false => Vec::new(),
        };
    }
    if shape.reads.iter().sum::<u64>() < FEW as u64 {
        return Vec::new();
    }
    let mut sets = Vec::new();
    let different: std::collections::BTreeSet<u64> = numbers.iter().flatten().copied().collect();
    let largest = different.last().copied().unwrap_or(0);
    let has_pages = numbers.iter().all(Option::is_some)
        && different.len() > 1
        && largest < SPARSE.saturating_mul(different.len() as u64);
    let comes_again = shape.reads.iter().any(|reads| *reads > 1);
    if !comes_again {
        // Nothing to choose from: no set wins anything.
    } else if has_pages {
        for count in SIZES.iter().map(|size| *size as u64) {
            if count <= largest - from {
                sets.push(of(first_in_words(from, count), &|place| {
                    is_first(place, count)
                }));
            }
        }
    } else {
        let mut ranked: Vec<usize> = (0..shape.keys.len()).collect();
        ranked.sort_by_key(|place| (Reverse(shape.reads[*place]), *place));
        let mut rank = vec![0; ranked.len()];
        for (at, place) in ranked.into_iter().enumerate() {
            rank[place] = at;
        }
        for size in SIZES.into_iter().filter(|size| *size < shape.keys.len()) {
            let name = match size {
                1 => "the key read most".to_owned(),
                size => format!("the {size} keys read most"),
            };
            sets.push(of(name, &|place| rank[place] < size));
        }
    }
    sets.push(of("all".to_owned(), &|_| true));
    sets
}

fn first_in_words(from: u64, count: u64) -> String {
    match count {
        1 => format!("number {from}"),
        count => format!("numbers {from} to {}", from + count - 1),
    }
}

/// Whether a key fits a text with stars.
fn fits(wanted: &str, key: &str) -> bool {
    let mut pieces = wanted.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = key.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        if let Some(piece) = last.replace(piece) {
            match rest.find(piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// The last whole number that varies in keys of a shape.
fn last_number(shape: &str, key: &str) -> Option<u64> {
    values(shape, key).last()?.parse().ok()
}

/// Plays what happened to a shape again, keeping these keys. O(n).
fn play(shape: &Shape, kept: &[bool], expiry: Option<i64>) -> Outcome {
    let mean_size = mean_size(shape);
    let size = |place: usize| shape.sizes[place].or(mean_size).unwrap_or(0);
    let first = shape.events.first().map_or(0, |(time, _)| *time);
    let until = |time: i64| expiry.map_or(i64::MAX, |expiry| time.saturating_add(expiry));
    // When what is there ends; `None` is not there.
    let mut there: Vec<Option<i64>> = vec![None; kept.len()];
    let mut ends: VecDeque<(i64, usize)> = VecDeque::new();
    let (mut entries, mut bytes) = (0usize, 0u64);
    let mut outcome = Outcome::default();
    let mut is_read = vec![false; kept.len()];
    let begun =
        (0..kept.len()).filter(|place| kept[*place] && shape.first_hit[*place] == Some(true));
    for place in begun {
        there[place] = Some(until(first));
        ends.push_back((until(first), place));
        entries += 1;
        bytes += size(place);
    }
    outcome.entries = entries;
    outcome.bytes = bytes;
    for (time, event) in &shape.events {
        while let Some((end, place)) = ends.front().copied() {
            if end > *time {
                break;
            }
            ends.pop_front();
            if there[place] == Some(end) {
                there[place] = None;
                entries -= 1;
                bytes -= size(place);
            }
        }
        let filled = match *event {
            Event::Read(place) if !kept[place] => {
                outcome.misses += 1;
                None
            }
            Event::Read(place) => {
                let is_first = !std::mem::replace(&mut is_read[place], true);
                match there[place] {
                    Some(_) => {
                        outcome.hits += 1;
                        None
                    }
                    None => {
                        outcome.misses += 1;
                        outcome.first_reads += u64::from(is_first);
                        Some(place)
                    }
                }
            }
            Event::Write(place) => kept[place].then_some(place),
            Event::Remove(place) => {
                if there[place].take().is_some() {
                    entries -= 1;
                    bytes -= size(place);
                }
                None
            }
            Event::Flush => {
                there.fill(None);
                (entries, bytes) = (0, 0);
                None
            }
        };
        if let Some(place) = filled {
            if there[place].replace(until(*time)).is_none() {
                entries += 1;
                bytes += size(place);
            }
            if expiry.is_some() {
                ends.push_back((until(*time), place));
            }
            outcome.entries = outcome.entries.max(entries);
            outcome.bytes = outcome.bytes.max(bytes);
        }
    }
    outcome
}

/// The mean of the sizes that are known.
fn mean_size(shape: &Shape) -> Option<u64> {
    let known = shape.sizes.iter().flatten();
    let count = known.clone().count() as u128;
    (count > 0).then(|| (known.map(|size| u128::from(*size)).sum::<u128>() / count) as u64)
}

fn cells(name: &str, set: &Set, shape: &Shape, outcome: &Outcome) -> Vec<Cell> {
    let reads = outcome.hits + outcome.misses;
    let won = outcome.hits as f64 - shape.hits as f64;
    let saved = shape.miss_costs().map(|costs| (won * costs).round() as i64);
    let bytes = mean_size(shape).map(|_| outcome.bytes);
    vec![
        Cell::text(&name.into()),
        Cell::Text(set.name.as_str().into()),
        Cell::count(reads),
        Cell::count(outcome.hits),
        Cell::count(outcome.misses),
        Cell::share(outcome.misses, reads),
        Cell::share(shape.misses, shape.hits + shape.misses),
        Cell::count(outcome.first_reads),
        Cell::count(outcome.entries as u64),
        bytes.map_or(Cell::None, Cell::count),
        Cell::int(saved),
    ]
}

/// Reads what is to be tried: keys separated by commas, how many of the first, how long they stay.
///
/// # Errors
/// What cannot be read.
pub fn what_if(
    keys: &[String],
    first: Option<u64>,
    expiry: Option<&str>,
) -> Result<WhatIf, String> {
    let expiry = match expiry {
        None => None,
        Some(text) => Some(
            query::parse_duration(text)
                .filter(|expiry| *expiry > 0)
                .ok_or_else(|| format!("{text:?} is no length of time; write 30s, 5m or 1h"))?,
        ),
    };
    Ok(WhatIf {
        keys: keys.to_vec(),
        first,
        expiry,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shape with pages, from what was done: `+` written, `-` removed, a number read, at one second each.
    fn pages(events: &[&str]) -> Shape {
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
        let what_if = WhatIf {
            first: Some(first),
            ..WhatIf::default()
        };
        let set = sets("p:*", shape, &what_if).remove(0);
        let outcome = play(shape, &set.kept, expiry);
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

    #[test]
    fn sets_worth_a_try() {
        let names = |shape: &Shape, name: &str| -> Vec<String> {
            let sets = sets(name, shape, &WhatIf::default());
            sets.into_iter().map(|set| set.name).collect()
        };
        let shape = pages(&["1", "2", "4", "2", "2"]);
        assert_eq!(
            names(&shape, "p:*"),
            ["number 1", "numbers 1 to 2", "numbers 1 to 3", "all"]
        );
        let shape = pages(&["977", "3", "3", "977", "977"]);
        assert_eq!(names(&shape, "p:*"), ["the key read most", "all"]);
        assert_eq!(names(&pages(&["1"]), "p:*"), Vec::<String>::new());
        for (wanted, key, expected) in [
            ("p:1", "p:1", true),
            ("p:*", "p:12", true),
            ("*:1*", "p:12", true),
            ("p:1", "p:12", false),
            ("p*2*2", "p:12", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(wanted, key), expected, "{wanted} {key}");
        }
    }
}
