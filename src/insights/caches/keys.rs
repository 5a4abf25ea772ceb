//! The shapes of keys: which parts of them vary, how often a key comes again, and what is odd about it.
//!
//! | column | meaning |
//! |---|---|
//! | `key` | the key with `*` for ids and numbers |
//! | `reads, writes` | how often keys of this shape were read and written |
//! | `keys` | different keys that were read or written |
//! | `reads_per_key` | reads / different keys that were read |
//! | `read_once` | the share of the keys read that were read just once |
//! | `miss_rate` | misses / (hits + misses), as recorded |
//! | `least_miss_rate` | different keys read / reads: what a cache that keeps all of them for ever would miss, begun empty |
//! | `never_written` | misses of keys that nobody wrote before or after |
//! | `varies` | the parts that differ from key to key, in words |
//! | `finding` | what is odd, in words |
//! | `slowest` | the longest of the reads |

use super::Done;
use super::accesses::{Access, Accesses};
use crate::analysis::normalise::cache_key;
use crate::insights::family::Family;
use crate::insights::table::{column, detail};
use crate::insights::{Asked, Cell, Column, Module, Table, Unit};
use crate::model::human;
use crate::model::{CancelToken, TimeRange};
use crate::store::{Reader, StoreError};
use hashbrown::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

const COLUMNS: [Column; 12] = [
    column("key", "Key", Unit::Text),
    column("reads", "Reads", Unit::Count),
    column("writes", "Writes", Unit::Count),
    column("keys", "Keys", Unit::Count),
    column("reads_per_key", "Reads a key", Unit::Number),
    detail("read_once", "Read once", Unit::Share),
    column("miss_rate", "Miss rate", Unit::Share),
    column("least_miss_rate", "At the least", Unit::Share),
    detail("never_written", "Misses never written", Unit::Count),
    detail("varies", "What varies", Unit::List),
    column("finding", "Finding", Unit::Text),
    detail("slowest", "Slowest", Unit::Span),
];

/// Reads below which nothing is said about a shape.
const FEW: u64 = 5;
/// How far a number in a key may be from the time it is used at to be taken for a time: nanoseconds.
const NEAR: i64 = 86_400_000_000_000;
/// What programs write as a part of a key where a value was missing.
const MISSING: [&str; 4] = ["none", "null", "undefined", "nan"];
/// What is left of a template that was not filled in.
const UNFILLED: [&str; 5] = ["{}", "${", "%s", "%d", "[object object]"];

/// What is kept of a shape.
#[derive(Default)]
struct Shape {
    reads: HashMap<u32, u64>,
    written: HashSet<u32>,
    writes: u64,
    hits: u64,
    misses: HashMap<u32, u64>,
    slowest: Option<Access>,
    /// Of each key, when it was first used.
    seen: HashMap<u32, i64>,
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
    let mut table = of(&accesses);
    table.time = asked.time(reader, cancel)?;
    Ok(table)
}

fn of(accesses: &Accesses) -> Table {
    let mut shapes: HashMap<String, Shape> = HashMap::new();
    let mut known: HashMap<u32, String> = HashMap::new();
    for access in &accesses.all {
        let shape = known
            .entry(access.key)
            .or_insert_with(|| cache_key::shape(&accesses.key(access.key)).into_owned());
        let shape = shapes.entry_ref(shape.as_str()).or_default();
        shape.add(access);
    }
    let rows = shapes
        .into_iter()
        .map(|(name, shape)| shape.cells(&name, accesses));
    let mut table = Table {
        module: Module::Caches,
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        time: None::<TimeRange>,
        notes: Vec::new(),
    };
    table.sort(1, true);
    table
}

impl Shape {
    fn add(&mut self, access: &Access) {
        let key = access.key;
        match access.done {
            Done::Get => {
                *self.reads.entry(key).or_default() += 1;
                let slowest = self.slowest.map(|slowest| slowest.duration);
                if slowest.is_none_or(|slowest| access.duration > slowest) {
                    self.slowest = Some(*access);
                }
            }
            Done::Put => {
                self.writes += 1;
                self.written.insert(key);
            }
            Done::Other => {}
        }
        match access.hit {
            Some(true) => self.hits += 1,
            Some(false) => *self.misses.entry(key).or_default() += 1,
            None => {}
        }
        self.seen.entry(key).or_insert(access.start);
    }

    fn cells(self, name: &str, accesses: &Accesses) -> Vec<Cell> {
        let reads: u64 = self.reads.values().sum();
        let read = self.reads.len() as u64;
        let once = self.reads.values().filter(|reads| **reads == 1).count() as u64;
        let misses: u64 = self.misses.values().sum();
        let unwritten = self
            .misses
            .iter()
            .filter(|(key, _)| !self.written.contains(*key));
        let unwritten: u64 = unwritten.map(|(_, misses)| misses).sum();
        let keys: Vec<(Arc<str>, i64)> = self
            .seen
            .iter()
            .map(|(key, time)| (accesses.key(*key), *time))
            .collect();
        let parts = parts(name, &keys);
        let facts = Facts {
            reads,
            keys: read,
            writes: self.writes,
            misses,
            hits: self.hits,
            unwritten,
        };
        let finding = finding(&facts, &parts, &keys);
        vec![
            Cell::text(&name.into()),
            Cell::count(reads),
            Cell::count(self.writes),
            Cell::count(keys.len() as u64),
            Cell::ratio(reads as f64, read as f64),
            Cell::share(once, read),
            Cell::share(misses, self.hits + misses),
            Cell::share(read, reads),
            Cell::count(unwritten),
            Cell::List(parts.iter().map(|part| part.words().into()).collect()),
            finding.map_or(Cell::None, |finding| Cell::Text(finding.into())),
            self.slowest
                .map_or(Cell::None, |slowest| Cell::Span(slowest.at)),
        ]
    }
}

/// A part of keys that varies.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// The time the key is used at.
    Time,
    /// Whole numbers, with how many different ones.
    Numbers(RangeInclusive<u64>, usize),
    /// Anything else, with how many different ones.
    Ids(usize),
}

impl Part {
    fn words(&self) -> String {
        match self {
            Self::Time => "the time of its use".to_owned(),
            Self::Numbers(range, count) => format!(
                "{} numbers, {} to {}",
                human::grouped(*count as u64),
                range.start(),
                range.end()
            ),
            Self::Ids(count) => format!("{} ids", human::grouped(*count as u64)),
        }
    }
}

/// What stands in a key where its shape has stars.
pub(super) fn values<'a>(shape: &str, key: &'a str) -> Vec<&'a str> {
    let mut pieces = shape.split('*');
    let mut rest = match pieces.next().and_then(|first| key.strip_prefix(first)) {
        Some(rest) => rest,
        None => return Vec::new(),
    };
    let mut found = Vec::new();
    for piece in pieces {
        let end = match piece {
            "" => rest.len(),
            piece => match rest.find(piece) {
                Some(end) => end,
                None => return found,
            },
        };
        found.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    found
}

/// What varies in the keys of a shape, each with when it was used.
fn parts(shape: &str, keys: &[(Arc<str>, i64)]) -> Vec<Part> {
    let stars = shape.matches('*').count();
    let mut seen: Vec<HashSet<&str>> = vec![HashSet::new(); stars];
    let mut times = vec![0usize; stars];
    for (key, time) in keys {
        for (star, value) in values(shape, key).into_iter().enumerate() {
            if let (Some(seen), Some(times)) = (seen.get_mut(star), times.get_mut(star)) {
                *times += usize::from(is_time(value, *time));
                seen.insert(value);
            }
        }
    }
    let part = |(seen, times): (HashSet<&str>, usize)| {
        if times * 10 >= keys.len() * 9 && times > 0 {
            return Part::Time;
        }
        let numbers: Option<Vec<u64>> = seen.iter().map(|value| value.parse().ok()).collect();
        let ends = numbers.and_then(|numbers| {
            let least = *numbers.iter().min()?;
            Some(least..=*numbers.iter().max()?)
        });
        match ends {
            Some(ends) => Part::Numbers(ends, seen.len()),
            None => Part::Ids(seen.len()),
        }
    };
    seen.into_iter().zip(times).map(part).collect()
}

/// Whether a number is a Unix time near this one, in seconds, milliseconds, microseconds or nanoseconds.
fn is_time(value: &str, near: i64) -> bool {
    let Ok(number) = value.parse::<f64>() else {
        return false;
    };
    [1e9, 1e6, 1e3, 1.0]
        .iter()
        .any(|unit| (number * unit - near as f64).abs() < NEAR as f64)
}

/// The figures that findings are made of.
struct Facts {
    reads: u64,
    keys: u64,
    writes: u64,
    misses: u64,
    hits: u64,
    unwritten: u64,
}

/// Whether a key was made with a value missing.
fn is_odd(key: &str) -> bool {
    let key = key.to_lowercase();
    let mut parts = key.split([':', '/', '.', '|', '-', '_']);
    parts.any(|part| MISSING.contains(&part)) || UNFILLED.iter().any(|piece| key.contains(piece))
}

fn finding(facts: &Facts, parts: &[Part], keys: &[(Arc<str>, i64)]) -> Option<String> {
    let Facts {
        reads,
        keys: read,
        writes,
        misses,
        hits,
        unwritten,
    } = *facts;
    if let Some((key, _)) = keys.iter().filter(|(key, _)| is_odd(key)).min() {
        return Some(format!("{key:?} looks like a key whose value was missing"));
    }
    if parts.contains(&Part::Time) && hits == 0 {
        return Some(
            "the time is part of the key, so that no key comes again: take it out".to_owned(),
        );
    }
    if reads + writes < FEW {
        return None;
    }
    if reads == 0 {
        return Some("written and never read".to_owned());
    }
    if read == reads && reads >= FEW {
        return Some("no key is read twice: there is nothing to win by keeping them".to_owned());
    }
    if unwritten * 2 > misses && misses >= FEW {
        let unwritten = human::grouped(unwritten);
        let misses = human::grouped(misses);
        return Some(format!(
            "{unwritten} of {misses} misses are of keys that nobody writes"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(shape: &str, keys: &[(&str, i64)]) -> Vec<String> {
        let keys: Vec<(Arc<str>, i64)> =
            keys.iter().map(|(key, at)| ((*key).into(), *at)).collect();
        parts(shape, &keys).iter().map(Part::words).collect()
    }

    #[test]
    fn the_parts_of_a_key_that_vary() {
        let at = 1_795_243_583_233_974_700;
        assert_eq!(
            words(
                "profile:*:*",
                &[
                    ("profile:756:1795243583.2339747", at),
                    ("profile:9:1795243590", at)
                ]
            ),
            ["2 numbers, 9 to 756", "the time of its use"]
        );
        assert_eq!(words("s:*", &[("s:8ff81d74", at)]), ["1 ids"]);
        assert_eq!(words("all", &[("all", at)]), Vec::<String>::new());
        assert_eq!(values("a:*:b*", "a:1:b2"), ["1", "2"]);
        assert_eq!(values("a:*", "b:1"), Vec::<&str>::new());
        assert!(!is_time("7", at) && !is_time("x", at));
    }

    #[test]
    fn what_is_odd_about_keys() {
        let facts = |reads, keys, writes, misses, hits, unwritten| Facts {
            reads,
            keys,
            writes,
            misses,
            hits,
            unwritten,
        };
        let key = |text: &str| vec![(Arc::<str>::from(text), 0)];
        let number = [Part::Numbers(1..=9, 9)];
        for (facts, parts, key, expected) in [
            (
                facts(10, 10, 10, 10, 0, 0),
                &[Part::Time][..],
                key("p:1"),
                Some("the time is part"),
            ),
            (
                facts(10, 10, 10, 10, 0, 0),
                &number[..],
                key("p:1"),
                Some("no key is read twice"),
            ),
            (
                facts(68, 10, 1, 51, 17, 50),
                &number[..],
                key("p:1"),
                Some("50 of 51 misses"),
            ),
            (
                facts(0, 0, 7, 0, 0, 0),
                &[][..],
                key("p"),
                Some("written and never read"),
            ),
            (
                facts(9, 2, 2, 2, 7, 0),
                &[][..],
                key("user:None"),
                Some("\"user:None\" looks"),
            ),
            (
                facts(9, 2, 2, 2, 7, 0),
                &[][..],
                key("page:${id}"),
                Some("\"page:${id}\" looks"),
            ),
            (
                facts(9, 2, 2, 2, 7, 0),
                &number[..],
                key("nonesuch:1"),
                None,
            ),
            (facts(2, 2, 0, 2, 0, 2), &number[..], key("p:1"), None),
        ] {
            let found = finding(&facts, parts, &key);
            match (found, expected) {
                (Some(found), Some(expected)) => assert!(found.starts_with(expected), "{found}"),
                (found, expected) => assert_eq!(found.as_deref(), expected),
            }
        }
    }
}
