//! One thing that was asked for: the question, the newest answer, what went wrong.

use super::let_go::let_go;

/// What was asked in a slot, and the newest answer; a stale one stays until the next.
#[derive(Debug)]
pub struct Fetched<K, T> {
    /// What was asked last.
    pub(super) asked: Option<K>,
    /// The newest answer.
    pub value: Option<T>,
    /// Why there is no newer one.
    pub error: Option<String>,
    /// Goes up with every answer.
    pub revision: u64,
    /// Whether an answer is awaited.
    pub waiting: bool,
}

impl<K, T> Default for Fetched<K, T> {
    fn default() -> Self {
        Self {
            asked: None,
            value: None,
            error: None,
            revision: 0,
            waiting: false,
        }
    }
}

impl<K: PartialEq, T: Send + 'static> Fetched<K, T> {
    /// Whether `key` is something new to ask; notes it as asked if so.
    pub(super) fn should_ask(&mut self, key: K) -> bool {
        if self.asked.as_ref() == Some(&key) {
            return false;
        }
        self.asked = Some(key);
        self.waiting = true;
        true
    }

    pub(super) fn answered(&mut self, result: Result<T, String>) {
        self.waiting = false;
        self.revision += 1;
        match result {
            Ok(value) => {
                self.show(value);
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Puts an answer, perhaps a part of it, in place of the one that is there.
    pub(super) fn show(&mut self, value: T) {
        if let Some(old) = self.value.replace(value) {
            let_go(old);
        }
    }

    /// Drops the answer; it belongs to something else than what is shown now.
    pub(super) fn clear(&mut self) {
        if let Some(old) = self.value.take() {
            let_go(old);
        }
        *self = Self {
            revision: self.revision + 1,
            ..Self::default()
        };
    }
}
