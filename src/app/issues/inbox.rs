//! Where the thread that looks for issues leaves what it found for the thread that writes.

use crate::store::Kept;
use std::sync::{Arc, Mutex, PoisonError};

/// What was found and is not kept yet: much less than what was looked at, so that it may wait until the store is free.
#[derive(Clone, Debug, Default)]
pub struct Inbox(Arc<Mutex<Vec<Kept>>>);

impl Inbox {
    /// Hands something in.
    pub fn put(&self, kept: Kept) {
        self.list().push(kept);
    }

    /// Takes everything out, in the order in which it was handed in.
    pub fn take(&self) -> Vec<Kept> {
        std::mem::take(&mut self.list())
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        // Held for one statement that leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
