//! Questions go out, answers come back: the threads between the window and the store.
//!
//! Three reader threads, one for what must be quick, one for scans, one for what nobody waits for, each with its own
//! connection. A newer question of
//! a slot replaces the waiting one and stops the running one; an answer nobody waits for any more is dropped. Asking
//! never waits: the one lock is held for a few instructions only. [`Jobs::inline`] answers at once on the caller's
//! thread, for tests and pictures.
//!
//! A thread that was not asked for a while rests: what answering took beside the answers is given back to the system.

use super::let_go::let_go;
use super::questions::{Answer, Lane, Question, Slot};
use crate::model::CancelToken;
use crate::store::{Interrupt, Reader, StoreError};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a thread waits for the next question before it rests. Longer than the allocator keeps freed memory for reuse,
/// which is a second.
const QUIET: Duration = Duration::from_millis(1_500);

/// Called from any thread when an answer is waiting.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// An answer on its way back. The error is a sentence for people.
struct Reply {
    slot: Slot,
    generation: u64,
    result: Result<Answer, String>,
}

/// The asking side.
pub struct Jobs {
    mode: Mode,
    replies: Receiver<Reply>,
    newest: HashMap<Slot, u64>,
    next_generation: u64,
}

enum Mode {
    Threads {
        interactive: Worker,
        bulk: Worker,
        background: Worker,
    },
    Inline {
        path: PathBuf,
        reader: Box<Option<Reader>>,
        replies: Sender<Reply>,
    },
}

impl Jobs {
    /// Starts the reader threads for a store; `wake` is called when there is something to [`Self::poll`].
    pub fn threads(path: &Path, wake: &Wake) -> Self {
        let (sender, replies) = mpsc::channel();
        let worker = |name, rest| {
            let (sender, wake) = (sender.clone(), wake.clone());
            Worker::spawn(name, path.to_owned(), sender, wake, rest)
        };
        let mode = Mode::Threads {
            interactive: worker("store reader", Rest::FreesPages),
            bulk: worker("store scanner", Rest::FreesPages),
            background: worker("issue finder", Rest::Closes),
        };
        Self {
            mode,
            replies,
            newest: HashMap::new(),
            next_generation: 0,
        }
    }

    /// Answers every question at once, on this thread.
    pub fn inline(path: &Path) -> Self {
        let (sender, replies) = mpsc::channel();
        let mode = Mode::Inline {
            path: path.to_owned(),
            reader: Box::default(),
            replies: sender,
        };
        Self {
            mode,
            replies,
            newest: HashMap::new(),
            next_generation: 0,
        }
    }

    /// Asks; whatever was asked before in the same slot is forgotten.
    pub fn ask(&mut self, question: Question) {
        self.next_generation += 1;
        let generation = self.next_generation;
        let slot = question.slot();
        self.newest.insert(slot, generation);
        match &mut self.mode {
            Mode::Threads {
                interactive,
                bulk,
                background,
            } => {
                let worker = match question.lane() {
                    Lane::Interactive => interactive,
                    Lane::Bulk => bulk,
                    Lane::Background => background,
                };
                worker.request(Job {
                    slot,
                    generation,
                    question,
                });
            }
            Mode::Inline {
                path,
                reader,
                replies,
            } => {
                let result = answer(reader, path, question, &CancelToken::default(), |_| ());
                // The receiver lives in `self`, so sending cannot fail.
                let _ = replies.send(Reply {
                    slot,
                    generation,
                    result,
                });
            }
        }
    }

    /// Whether questions are answered beside what goes on.
    pub fn has_threads(&self) -> bool {
        matches!(self.mode, Mode::Threads { .. })
    }

    /// Forgets a question: its answer will not be delivered.
    pub fn forget(&mut self, slot: Slot) {
        self.newest.remove(&slot);
    }

    /// Whether an answer is still awaited.
    pub fn is_waiting(&self) -> bool {
        !self.newest.is_empty()
    }

    /// Whether an answer for this slot is still awaited.
    pub fn is_waiting_for(&self, slot: Slot) -> bool {
        self.newest.contains_key(&slot)
    }

    /// The answers that came in and are still wanted.
    pub fn poll(&mut self) -> Vec<(Slot, Result<Answer, String>)> {
        let mut wanted = Vec::new();
        while let Ok(reply) = self.replies.try_recv() {
            if self.newest.get(&reply.slot) == Some(&reply.generation) {
                self.newest.remove(&reply.slot);
                wanted.push((reply.slot, reply.result));
            } else {
                let_go(reply.result);
            }
        }
        wanted
    }
}

struct Job {
    slot: Slot,
    generation: u64,
    question: Question,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Job>,
    running: Option<(Slot, CancelToken)>,
    interrupt: Option<Interrupt>,
    closed: bool,
}

/// What a thread does with its reader when it rests.
#[derive(Clone, Copy)]
enum Rest {
    /// It goes on with what it decoded, since people go on with what they look at.
    FreesPages,
    /// It opens the store anew: what it read for one question it does not need for another.
    Closes,
}

impl Rest {
    fn take(self, reader: &mut Option<Reader>) {
        match self {
            Self::FreesPages => {
                if let Some(reader) = reader {
                    reader.free_pages();
                }
            }
            Self::Closes => *reader = None,
        }
        purge();
    }
}

/// Lets the allocator give memory back to the system that was freed a while ago. It does so when a block is freed that is
/// large enough to lie alone; in a program at rest nobody else frees one.
fn purge() {
    const ALONE: usize = 1 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(ALONE)));
}

/// One reader thread with its queue.
struct Worker {
    shared: Arc<(Mutex<Queue>, Condvar)>,
}

/// A queue is consistent between any two statements that hold its lock, so a panic elsewhere cannot spoil it.
fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker {
    fn spawn(name: &str, path: PathBuf, replies: Sender<Reply>, wake: Wake, rest: Rest) -> Self {
        let shared: Arc<(Mutex<Queue>, Condvar)> = Arc::default();
        let queue = shared.clone();
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread
            .spawn(move || {
                let mut reader = None;
                while let Some((job, cancel)) = next_job(&queue, || rest.take(&mut reader)) {
                    let Job {
                        slot,
                        generation,
                        question,
                    } = job;
                    let opened = |interrupt| lock(&queue.0).interrupt = Some(interrupt);
                    let result = answer(&mut reader, &path, question, &cancel, opened);
                    lock(&queue.0).running = None;
                    if replies
                        .send(Reply {
                            slot,
                            generation,
                            result,
                        })
                        .is_err()
                    {
                        return;
                    }
                    wake();
                }
            })
            .expect("the system can start a thread at program start");
        Self { shared }
    }

    fn request(&self, job: Job) {
        let mut queue = lock(&self.shared.0);
        queue.waiting.retain(|waiting| waiting.slot != job.slot);
        if let Some((_, cancel)) = queue.running.as_ref().filter(|(slot, _)| *slot == job.slot) {
            cancel.cancel();
            // Under the lock, so that it cannot hit the next question instead.
            if let Some(interrupt) = &queue.interrupt {
                interrupt.interrupt();
            }
        }
        queue.waiting.push(job);
        self.shared.1.notify_one();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut queue = lock(&self.shared.0);
        queue.closed = true;
        if let Some((_, cancel)) = &queue.running {
            cancel.cancel();
        }
        self.shared.1.notify_one();
    }
}

/// Waits for the next job, and rests once if that takes a while; `None` when the program ends.
fn next_job(
    (shared, changed): &(Mutex<Queue>, Condvar),
    rest: impl FnOnce(),
) -> Option<(Job, CancelToken)> {
    let mut queue = lock(shared);
    let mut rest = Some(rest);
    loop {
        if queue.closed {
            return None;
        }
        if !queue.waiting.is_empty() {
            let job = queue.waiting.remove(0);
            let cancel = CancelToken::default();
            queue.running = Some((job.slot, cancel.clone()));
            return Some((job, cancel));
        }
        let Some(take_rest) = rest.take() else {
            queue = changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let waited = changed.wait_timeout(queue, QUIET);
        let (held, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if !waited.timed_out() || !held.waiting.is_empty() {
            rest = Some(take_rest);
            queue = held;
            continue;
        }
        drop(held);
        take_rest();
        queue = lock(shared);
    }
}

/// Answers with a reader that is opened when first needed; a panic becomes a failure of this one question.
fn answer(
    reader: &mut Option<Reader>,
    path: &Path,
    question: Question,
    cancel: &CancelToken,
    opened: impl FnOnce(Interrupt),
) -> Result<Answer, String> {
    let attempt = catch_unwind(AssertUnwindSafe(|| -> Result<Answer, StoreError> {
        let reader = match reader {
            Some(reader) => reader,
            None => {
                let new = Reader::open(path)?.ask_for_issues(crate::insights::issues::named);
                let new = reader.insert(new);
                opened(new.interrupt());
                new
            }
        };
        question.answer(reader, cancel)
    }));
    match attempt {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(format!(
            "this view could not be made: {}",
            panic_text(&*panic)
        )),
    }
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("an internal error")
}
