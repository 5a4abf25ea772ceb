//! Texts known by a number, one after the other in one piece of memory instead of each in its own.
//!
//! An attribute of which nearly every record has a value of its own is counted over and over while somebody looks around.
//! Its texts are numbered the first time: a dictionary that was read keeps the numbers of its values, and from then on they
//! are counted without being looked at.

use super::value::ValueRef;
use super::values::Values;
use hashbrown::{HashMap, HashTable};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Below so many values there is little to win.
pub(super) const NUMBERED_FROM: usize = 1024;

/// How much memory the texts of one attribute may take, in bytes. Values beyond are counted by their texts.
const ROOM: usize = 32 << 20;

/// How many attributes are remembered. The first to come stay: their dictionaries hold numbers.
const MOST_NAMES: usize = 4;

/// Texts and their numbers: 0, 1, 2 … as they come.
#[derive(Default)]
pub(super) struct Texts {
    numbers: HashTable<u32>,
    /// The hash of each, and where it ends.
    known: Vec<(u64, usize)>,
    all: String,
}

impl Texts {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Roughly how much memory they take.
    fn bytes(&self) -> usize {
        self.all.len() + self.known.len() * 24
    }

    pub fn get(&self, number: u32) -> &str {
        let place = number as usize;
        let start = place
            .checked_sub(1)
            .map_or(0, |before| self.known[before].1);
        &self.all[start..self.known[place].1]
    }

    /// The number of a text with this hash, which is only copied when it is new.
    pub fn number(&mut self, hash: u64, text: &str) -> u32 {
        let known = self.numbers.find(hash, |number| {
            self.known[*number as usize].0 == hash && self.get(*number) == text
        });
        if let Some(number) = known {
            return *number;
        }
        let number = self.known.len() as u32;
        self.all.push_str(text);
        self.known.push((hash, self.all.len()));
        let known = &self.known;
        self.numbers
            .insert_unique(hash, number, |number| known[*number as usize].0);
        number
    }

    /// All with their hashes, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &str)> {
        let hashes = self.known.iter().map(|(hash, _)| *hash);
        hashes.zip((0..).map(|number| self.get(number)))
    }
}

/// The numbered texts of one attribute.
#[derive(Default)]
pub(super) struct Numbering(Mutex<Texts>);

impl Numbering {
    pub fn texts(&self) -> MutexGuard<'_, Texts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of each value, if all are texts and there is room.
    fn number_all(&self, values: &Values) -> Option<Box<[u32]>> {
        let texts = values.iter().map(|value| match value {
            ValueRef::Str(text) => Some((value.fingerprint(), text)),
            _ => None,
        });
        let texts: Vec<(u64, &str)> = texts.collect::<Option<_>>()?;
        let more: usize = texts.iter().map(|(_, text)| text.len() + 24).sum();
        let mut known = self.texts();
        if known.bytes() + more > ROOM {
            return None;
        }
        let number = |(hash, text)| known.number(hash, text);
        Some(texts.into_iter().map(number).collect())
    }
}

/// The numbers of a dictionary's values, found when they are first needed.
#[derive(Default)]
pub(super) struct Numbers(OnceLock<Option<Box<[u32]>>>);

impl Numbers {
    /// The number of each value, which must always be asked for with the same two.
    pub fn of(&self, values: &Values, numbering: &Numbering) -> Option<&[u32]> {
        let numbers = self.0.get_or_init(|| numbering.number_all(values));
        numbers.as_deref()
    }
}

impl std::fmt::Debug for Numbers {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str("Numbers")
    }
}

/// The numberings of a store, by the name of the column.
#[derive(Default)]
pub(super) struct Numberings(Mutex<HashMap<Box<str>, Arc<Numbering>>>);

impl Numberings {
    /// The numbering of a column; `None` when there are enough others.
    pub fn of(&self, name: &str) -> Option<Arc<Numbering>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(name) {
            return Some(known.clone());
        }
        let room = all.len() < MOST_NAMES;
        room.then(|| all.entry(name.into()).or_default().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number() {
        let mut texts = Texts::default();
        let numbers = ["a", "", "ab", "a", "", "ab"].map(|text| {
            // One hash for all: they are told apart by their letters.
            texts.number(7, text)
        });
        assert_eq!(numbers, [0, 1, 2, 0, 1, 2]);
        assert_eq!(texts.len(), 3);
        let all: Vec<_> = texts.iter().collect();
        assert_eq!(all, [(7, "a"), (7, ""), (7, "ab")]);
    }

    #[test]
    fn the_first_names_stay() {
        let all = Numberings::default();
        let first = all.of("a").unwrap();
        for name in ["b", "c", "d"] {
            assert!(all.of(name).is_some());
        }
        assert!(all.of("e").is_none());
        assert!(Arc::ptr_eq(&first, &all.of("a").unwrap()));
    }
}
