//! How many records have each value, counted by the million.

use super::lookup::ValueKey;
use super::numbered::{Numbering, Texts};
use super::value::ValueRef;
use crate::model::Value;
use hashbrown::HashMap;
use std::sync::Arc;

/// Counts by value.
#[derive(Default)]
pub(super) struct Tally {
    texts: TextCounts,
    /// Counts by the numbers of numberings.
    numbered: Vec<(Arc<Numbering>, Vec<u64>)>,
    others: HashMap<ValueKey, u64>,
}

/// Counts of texts, by their numbers.
#[derive(Default)]
struct TextCounts {
    texts: Texts,
    counts: Vec<u64>,
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

    /// Adds to the counts of texts that have numbers.
    pub fn add_numbered(
        &mut self,
        numbering: &Arc<Numbering>,
        counts: impl Iterator<Item = (u32, u64)>,
    ) {
        let known = self
            .numbered
            .iter()
            .position(|(known, _)| Arc::ptr_eq(known, numbering));
        let place = known.unwrap_or_else(|| {
            self.numbered.push((numbering.clone(), Vec::new()));
            self.numbered.len() - 1
        });
        let sums = &mut self.numbered[place].1;
        for (number, count) in counts {
            let number = number as usize;
            if sums.len() <= number {
                sums.resize((number + 1).next_power_of_two(), 0);
            }
            sums[number] += count;
        }
    }

    /// Adds the counts of another.
    pub fn absorb(&mut self, other: &Self) {
        for (hash, text, count) in other.texts.iter() {
            self.texts.add(hash, text, count);
        }
        for (numbering, counts) in &other.numbered {
            self.add_numbered(numbering, (0..).zip(counts.iter().copied()));
        }
        for (value, count) in &other.others {
            self.add(ValueRef::of(&value.0), *count);
        }
    }

    /// Whether there is no value of another kind.
    pub fn only_texts(&self) -> bool {
        self.others.is_empty()
    }

    /// What is made of the texts with their counts.
    pub fn with_texts<T>(mut self, make: impl FnOnce(Vec<(&str, u64)>) -> T) -> T {
        if let ([(numbering, counts)], true) = (&self.numbered[..], self.texts.counts.is_empty()) {
            return make(counted(&numbering.texts(), counts));
        }
        self.settle();
        make(counted(&self.texts.texts, &self.texts.counts))
    }

    /// All values with their counts.
    pub fn into_map(mut self) -> HashMap<ValueKey, u64> {
        self.settle();
        let mut all = self.others;
        for (_, text, count) in self.texts.iter() {
            all.insert(ValueKey(Value::Str(text.into())), count);
        }
        all
    }

    /// Counts by number become counts by text.
    fn settle(&mut self) {
        for (numbering, counts) in self.numbered.drain(..) {
            let texts = numbering.texts();
            for ((hash, text), count) in texts.iter().zip(counts) {
                if count > 0 {
                    self.texts.add(hash, text, count);
                }
            }
        }
    }
}

/// The texts that were counted.
fn counted<'a>(texts: &'a Texts, counts: &[u64]) -> Vec<(&'a str, u64)> {
    let pairs = (0..texts.len() as u32).zip(counts);
    let there = pairs.filter(|(_, count)| **count > 0);
    there
        .map(|(number, count)| (texts.get(number), *count))
        .collect()
}

impl TextCounts {
    fn add(&mut self, hash: u64, text: &str, count: u64) {
        let number = self.texts.number(hash, text) as usize;
        match self.counts.get_mut(number) {
            Some(known) => *known += count,
            None => self.counts.push(count),
        }
    }

    fn iter(&self) -> impl Iterator<Item = (u64, &str, u64)> {
        let counts = self.counts.iter();
        self.texts
            .iter()
            .zip(counts)
            .map(|((hash, text), count)| (hash, text, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(tally: Tally) -> Vec<(String, u64)> {
        let owned = |(text, count): (&str, u64)| (text.to_owned(), count);
        tally.with_texts(|texts| texts.into_iter().map(owned).collect())
    }

    fn pair(text: &str, count: u64) -> (String, u64) {
        (text.to_owned(), count)
    }

    fn of_texts() -> Tally {
        let mut tally = Tally::default();
        for (text, count) in [("a", 2), ("", 1), ("ab", 5), ("a", 3)] {
            tally.add(ValueRef::Str(text), count);
        }
        tally
    }

    #[test]
    fn equal_values_are_counted_together() {
        let mut tally = of_texts();
        let mut other = Tally::default();
        other.add(ValueRef::Str("ab"), 1);
        tally.absorb(&other);
        other.add(ValueRef::Int(7), 4);
        other.add(ValueRef::Int(7), 1);
        // A JSON value with the same text is another value.
        other.add(ValueRef::Json("ab"), 1);
        tally.absorb(&other);
        let all = tally.into_map();
        let count = |value: ValueRef| all.get(&value).copied();
        assert_eq!(all.len(), 5);
        assert_eq!(count(ValueRef::Int(7)), Some(5));
        assert_eq!(count(ValueRef::Str("ab")), Some(7));
        assert_eq!(count(ValueRef::Json("ab")), Some(1));
        assert!(!other.only_texts() && of_texts().only_texts());
        let only = [pair("a", 5), pair("", 1), pair("ab", 5)];
        assert_eq!(texts(of_texts()), only);
    }

    #[test]
    fn a_text_counted_by_number_and_by_letters_is_one() {
        let numbering = Arc::new(Numbering::default());
        let numbers = ["x", "ab"].map(|text| {
            let hash = ValueRef::Str(text).fingerprint();
            numbering.texts().number(hash, text)
        });
        let mut numbered = Tally::default();
        numbered.add_numbered(&numbering, numbers.into_iter().zip([0, 3]));
        let mut sum = Tally::default();
        sum.absorb(&numbered);
        sum.absorb(&numbered);
        assert_eq!(texts(numbered), [pair("ab", 3)]);
        let mut all = of_texts();
        all.absorb(&sum);
        let expected = [pair("a", 5), pair("", 1), pair("ab", 11)];
        assert_eq!(texts(all), expected);
        sum.add(ValueRef::Bool(true), 1);
        let map = sum.into_map();
        assert_eq!(map.len(), 2);
        assert_eq!(map.get(&ValueRef::Str("ab")), Some(&6));
    }
}
