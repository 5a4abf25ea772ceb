//! Texts by number, shared by threads; and what was made of a code of a segment, so that it is made once.

use hashbrown::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Texts by number; 0 is the empty one.
#[derive(Default)]
pub struct Texts(Mutex<Known>);

#[derive(Default)]
struct Known {
    numbers: HashMap<Arc<str>, u32>,
    list: Vec<Arc<str>>,
}

impl Texts {
    /// The number of a text.
    pub fn of(&self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(text) {
            return *number;
        }
        let text: Arc<str> = text.into();
        known.list.push(text.clone());
        let number = known.list.len() as u32;
        known.numbers.insert(text, number);
        number
    }

    /// The text behind a number.
    pub fn get(&self, number: u32) -> Arc<str> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (number as usize).checked_sub(1);
        let text = place.and_then(|place| known.list.get(place));
        text.cloned().unwrap_or_default()
    }
}

/// What was made of the codes of one attribute of a segment.
pub struct Codes<T>(Vec<Option<T>>);

impl<T: Clone> Codes<T> {
    /// Of so many codes.
    pub fn new(codes: usize) -> Self {
        Self(vec![None; codes])
    }

    /// What was made of a code, or is made now.
    pub fn get(&mut self, code: usize, make: impl FnOnce() -> T) -> T {
        match self.0.get_mut(code) {
            Some(known) => known.get_or_insert_with(make).clone(),
            None => make(),
        }
    }
}

/// Something made of a text, once for all threads, however often the text comes.
pub struct Made<T>(Mutex<HashMap<Box<str>, T>>);

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// How many texts are remembered; beyond, they hardly repeat.
const REMEMBERED: usize = 1 << 18;

impl<T: Clone> Made<T> {
    /// What was made of a text, or is made now. Two threads may make the same; one of both is kept.
    pub fn of(&self, text: &str, make: impl FnOnce() -> T) -> T {
        if let Some(known) = self.lock().get(text) {
            return known.clone();
        }
        let made = make();
        let mut all = self.lock();
        if all.len() < REMEMBERED {
            all.insert(text.into(), made.clone());
        }
        made
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let texts = Texts::default();
        let numbers: Vec<u32> = ["a", "", "b", "a"].map(|text| texts.of(text)).to_vec();
        assert_eq!(numbers, [1, 0, 2, 1]);
        assert_eq!(&*texts.get(2), "b");
        assert_eq!(&*texts.get(0), "");
        assert_eq!(&*texts.get(9), "");
    }

    #[test]
    fn a_text_is_worked_on_once() {
        let made = Made::default();
        assert_eq!(made.of("a", || 1), 1);
        assert_eq!(made.of("a", || 2), 1);
        let mut codes = Codes::new(1);
        assert_eq!(codes.get(0, || 1), 1);
        assert_eq!(codes.get(0, || 2), 1);
        assert_eq!(
            codes.get(5, || 3),
            3,
            "a code that there is not is still answered"
        );
    }
}
