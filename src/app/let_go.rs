//! What is not shown any more: freeing a trace of a million spans takes longer than a frame lasts, so it is done elsewhere.
//!
//! One thread for the whole program, started when it is first needed, which only drops what it is handed.

use std::sync::LazyLock;
use std::sync::mpsc::{self, Sender};

type Anything = Box<dyn Send>;

static FREEING: LazyLock<Option<Sender<Anything>>> = LazyLock::new(|| {
    let (sender, handed) = mpsc::channel::<Anything>();
    let thread = std::thread::Builder::new().name("letting go".to_owned());
    let started = thread.spawn(move || handed.into_iter().for_each(drop));
    started.is_ok().then_some(sender)
});

/// Drops a value on another thread, without waiting; on this one only if the system starts no other.
pub(super) fn let_go<T: Send + 'static>(value: T) {
    if std::mem::needs_drop::<T>()
        && let Some(freeing) = &*FREEING
    {
        // What cannot be sent comes back, and is dropped here.
        drop(freeing.send(Box::new(value)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::fetched::Fetched;
    use super::*;
    use std::sync::mpsc::{Receiver, channel};
    use std::thread::{ThreadId, current};

    /// Tells where it is dropped.
    struct Told(Sender<ThreadId>);

    impl Drop for Told {
        fn drop(&mut self) {
            self.0.send(current().id()).unwrap();
        }
    }

    fn told() -> (Told, Receiver<ThreadId>) {
        let (sender, dropped) = channel();
        (Told(sender), dropped)
    }

    #[test]
    fn answers_that_make_room_for_others_are_freed_elsewhere() {
        let mut fetched = Fetched::<u32, Told>::default();
        let (first, first_dropped) = told();
        let (second, second_dropped) = told();
        fetched.answered(Ok(first));
        fetched.answered(Err("a failure leaves what is there".to_owned()));
        assert!(first_dropped.try_recv().is_err());
        fetched.answered(Ok(second));
        assert_ne!(first_dropped.recv().unwrap(), current().id());
        fetched.clear();
        assert_ne!(second_dropped.recv().unwrap(), current().id());
    }
}
