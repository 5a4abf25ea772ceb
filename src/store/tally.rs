//! How many records have each value: counted by the million, so texts lie one after the other in one piece of memory
//! instead of each in its own.

use super::lookup::ValueKey;
use super::value::ValueRef;
use crate::model::Value;
use hashbrown::{HashMap, HashTable};

/// Counts by value.
#[derive(Default)]
pub(super) struct Tally {
    texts: Texts,
    others: HashMap<ValueKey, u64>,
}

/// Counts of texts.
#[derive(Default)]
struct Texts {
    /// Places in `counted`, by hash.
    places: HashTable<u32>,
    counted: Vec<Counted>,
    all: String,
}

struct Counted {
    hash: u64,
    count: u64,
    start: usize,
    len: usize,
}

impl Tally {
    /// Adds to the count of a value, which is only copied when it is new.
    pub fn add(&mut self, value: ValueRef, count: u64) {
        if let ValueRef::Str(text) = value {
            return self.texts.add(value.fingerprint(), text, count);
        }
        match self.others.get_mut(&value) {
            Some(known) => *known += count,
            None => {
                self.others.insert(ValueKey(value.to_value()), count);
            }
        }
    }

    /// Adds the counts of another.
    pub fn absorb(&mut self, other: &Self) {
        for (counted, text) in other.texts.iter() {
            self.texts.add(counted.hash, text, counted.count);
        }
        for (value, count) in &other.others {
            self.add(ValueRef::of(&value.0), *count);
        }
    }

    /// The texts with their counts, when there is no value of another kind.
    pub fn only_texts(&self) -> Option<impl ExactSizeIterator<Item = (&str, u64)>> {
        let texts = self.texts.iter();
        let pairs = texts.map(|(counted, text)| (text, counted.count));
        self.others.is_empty().then_some(pairs)
    }

    /// All values with their counts.
    pub fn into_map(self) -> HashMap<ValueKey, u64> {
        let mut all = self.others;
        for (counted, text) in self.texts.iter() {
            all.insert(ValueKey(Value::Str(text.into())), counted.count);
        }
        all
    }
}

impl Texts {
    fn add(&mut self, hash: u64, text: &str, count: u64) {
        let Self {
            places,
            counted,
            all,
        } = self;
        let known = places.find(hash, |place| {
            let known = &counted[*place as usize];
            known.hash == hash
                && all.as_bytes()[known.start..known.start + known.len] == *text.as_bytes()
        });
        if let Some(place) = known {
            counted[*place as usize].count += count;
            return;
        }
        places.insert_unique(hash, counted.len() as u32, |place| {
            counted[*place as usize].hash
        });
        counted.push(Counted {
            hash,
            count,
            start: all.len(),
            len: text.len(),
        });
        all.push_str(text);
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = (&Counted, &str)> {
        let text = |counted: &Counted| &self.all[counted.start..counted.start + counted.len];
        self.counted
            .iter()
            .map(move |counted| (counted, text(counted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_counted_together() {
        let mut tally = Tally::default();
        for (text, count) in [("a", 2), ("", 1), ("ab", 5), ("a", 3)] {
            tally.add(ValueRef::Str(text), count);
        }
        let mut other = Tally::default();
        other.add(ValueRef::Str("ab"), 1);
        tally.absorb(&other);
        let texts: Vec<_> = tally.only_texts().unwrap().collect();
        assert_eq!(texts, [("a", 5), ("", 1), ("ab", 6)]);
        other.add(ValueRef::Int(7), 4);
        other.add(ValueRef::Int(7), 1);
        // A JSON value with the same text is another value.
        other.add(ValueRef::Json("ab"), 1);
        tally.absorb(&other);
        assert!(tally.only_texts().is_none());
        let all = tally.into_map();
        let count = |value: ValueRef| all.get(&value).copied();
        assert_eq!(all.len(), 5);
        assert_eq!(count(ValueRef::Int(7)), Some(5));
        assert_eq!(count(ValueRef::Str("ab")), Some(7));
        assert_eq!(count(ValueRef::Json("ab")), Some(1));
    }
}
