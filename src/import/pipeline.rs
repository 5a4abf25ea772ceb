//! From an opened file to the sink: one thread reads and cuts, all cores parse and encode, the calling thread commits in file order.
//!
//! Between them are bounded queues, and only so many stretches are on their way at once, so memory does not grow with the
//! file. The hash over everything read goes along with each stretch: a commit always says up to which byte the sink is true.

use super::buffers::Buffers;
use super::explain;
use super::format::{Format, Parsed};
use super::progress::Progress;
use super::reading::{Reading, Task};
use super::resume::Prefix;
use crate::model::CancelToken;
use crate::model::report::{FileReport, Outcome, Problems, RemarkKind};
use crate::model::sink::{Checkpoint, Encode, FileIdentity, ImportId, Sink, SinkError};
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// What is said of a file without any record.
const NOTHING: &str =
    "Its form is known, but there is nothing in it: no spans, log records, errors or check-ins";

/// How to import.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Parser threads.
    pub threads: usize,
}

impl Default for Options {
    /// A parser thread a core.
    fn default() -> Self {
        Self {
            threads: thread::available_parallelism().map_or(2, |cores| cores.get()),
        }
    }
}

const REPEATED: &str =
    "Attributes that stand on a record twice with different values: the first one was kept";

/// Why an import stopped early.
pub enum Stop {
    /// On request.
    Cancelled,
    /// For a reason, as a sentence.
    Failed(String),
}

impl Stop {
    /// A file cannot be read. What nobody wants any more ends with an error, too.
    pub fn unreadable(error: &std::io::Error, cancel: &CancelToken) -> Self {
        match cancel.is_cancelled() {
            true => Self::Cancelled,
            false => Self::Failed(explain::unreadable(error)),
        }
    }
}

impl From<SinkError> for Stop {
    fn from(error: SinkError) -> Self {
        Self::Failed(error.0)
    }
}

/// A stretch on its way to the sink.
struct Done<E> {
    encoded: E,
    problems: Problems,
    to: Checkpoint,
    open_end: bool,
}

/// What a worker says of a stretch.
type Outcomes<E> = (u64, Result<Done<E>, Stop>);

/// One file on its way.
pub struct Job<'a> {
    /// Its format.
    pub format: &'static Format,
    /// Parser threads.
    pub threads: usize,
    /// Where to say how far it is.
    pub progress: &'a Progress,
    /// Whether to stop.
    pub cancel: &'a CancelToken,
    /// When it began.
    pub started: Instant,
    /// Log records before this byte are in the sink already.
    pub logs_from: u64,
    /// Memory of stretches that are done with.
    pub buffers: Buffers,
    /// Set when anything failed: nobody wants the rest any more.
    pub broken: CancelToken,
}

impl Job<'_> {
    /// Brings what is read to the sink, from where an earlier import left the file, if one did.
    pub fn run<S: Sink>(
        &self,
        sink: &mut S,
        identity: &FileIdentity,
        from: Option<Prefix>,
        mut reading: Reading<'_>,
        report: &mut FileReport,
    ) -> Result<Outcome, Stop> {
        let import = sink.begin(identity, from.as_ref().map(|from| from.import))?;
        let first_byte = reading.at;
        let encoder = sink.encoder();
        // Permits bound what is on its way: a stretch gives its permit back when it is committed.
        let on_the_way = self.threads * 2 + 1;
        let (permits, permitted) = sync_channel(on_the_way);
        for _ in 0..on_the_way {
            permits.send(()).expect("the receiver is in this function");
        }
        let (tasks, todo) = sync_channel::<Task>(self.threads);
        let (outcomes, done) = sync_channel(on_the_way + 1);
        let todo = Mutex::new(todo);
        let outcome = thread::scope(|scope| {
            let reader_says = outcomes.clone();
            let reading = &mut reading;
            scope.spawn(move || {
                if let Some(stop) = self.read(reading, &permitted, &tasks) {
                    // If nobody listens, the import has failed already.
                    let _ = reader_says.send((reading.number, Err(stop)));
                }
            });
            for _ in 0..self.threads {
                let (outcomes, encoder, todo) = (outcomes.clone(), Arc::clone(&encoder), &todo);
                scope.spawn(move || self.work(todo, &*encoder, &outcomes));
            }
            drop(outcomes);
            let result = self.commit_all(sink, import, done, &permits, report);
            if result.is_err() {
                self.broken.cancel();
            }
            // Wakes a reader that waits for a permit.
            drop(permits);
            result
        });
        report.bytes = reading.at - first_byte;
        report.problems.merge(reading.take_problems());
        let (outcome, complete) = match outcome {
            Ok(open_end) => (Ok(Outcome::Complete), !open_end && !reading.is_broken()),
            Err(stop) => (Err(stop), false),
        };
        if let Err(stop) = &outcome {
            report.outcome = Outcome::Cancelled;
            if let Stop::Failed(reason) = stop {
                report.outcome = Outcome::Failed;
                report.error = Some(reason.clone());
            }
        }
        let is_empty = report.counts == Default::default()
            && report.duplicates == 0
            && report.problems.skipped_total == 0
            && report.problems.remarks.is_empty();
        if is_empty && from.is_none() && outcome.is_ok() {
            report.problems.note(NOTHING);
        }
        // A file that ended in a half record was read as far as it goes; when it did not grow, nothing is new.
        let unchanged =
            from.is_some_and(|from| from.same_size) && report.counts == Default::default();
        report.seconds = self.started.elapsed().as_secs_f64();
        let finished = sink.finish(import, report, complete);
        // The first failure is the one to tell.
        let outcome = outcome?;
        finished?;
        Ok(match unchanged {
            true => Outcome::AlreadyImported,
            false => outcome,
        })
    }

    /// The reader thread: cuts until the end, or until nobody wants more. Tells why it stopped early.
    fn read(
        &self,
        reading: &mut Reading<'_>,
        permits: &Receiver<()>,
        tasks: &SyncSender<Task>,
    ) -> Option<Stop> {
        loop {
            if permits.recv().is_err() || self.broken.is_cancelled() {
                return None;
            }
            if self.cancel.is_cancelled() {
                return Some(Stop::Cancelled);
            }
            let next = catch_unwind(AssertUnwindSafe(|| {
                reading.next(self.progress, &self.buffers)
            }));
            match next {
                Ok(Ok(Some(task))) => tasks.send(task).ok()?,
                Ok(Ok(None)) => return None,
                Ok(Err(error)) => return Some(Stop::unreadable(&error, self.cancel)),
                Err(panic) => return Some(Stop::Failed(panicked("reading", panic))),
            }
        }
    }

    /// A parser thread.
    fn work<E: Encode>(
        &self,
        todo: &Mutex<Receiver<Task>>,
        encoder: &E,
        outcomes: &SyncSender<Outcomes<E::Encoded>>,
    ) {
        loop {
            let task = match todo.lock() {
                Ok(todo) => todo.recv(),
                Err(_) => return,
            };
            let Ok(task) = task else {
                return;
            };
            let number = task.number;
            let outcome = match self.broken.is_cancelled() {
                true => Err(Stop::Cancelled),
                false => catch_unwind(AssertUnwindSafe(|| self.parse(task, encoder)))
                    .unwrap_or_else(|panic| Err(Stop::Failed(panicked("parsing", panic)))),
            };
            // When nobody listens any more, the tasks that are left are still taken, so that the reader is not stuck.
            let _ = outcomes.send((number, outcome));
        }
    }

    fn parse<E: Encode>(&self, mut task: Task, encoder: &E) -> Result<Done<E::Encoded>, Stop> {
        task.stretch.batch = self.buffers.take_batch();
        let parsed = (self.format.parse)(task.stretch, self.cancel);
        let Parsed {
            mut batch,
            open_end,
            mut bytes,
        } = parsed.ok_or(Stop::Cancelled)?;
        let problems = std::mem::take(&mut batch.problems);
        batch.logs.retain(|log| log.position >= self.logs_from);
        let last_log = batch.logs.iter().map(|log| log.position + 1).max();
        // More of the record may be written later: then reading must begin before it.
        let mut to = if open_end { task.before } else { task.after };
        to.logs_to = last_log.unwrap_or(0);
        let encoded = encoder.encode(&mut batch);
        if bytes.is_empty() {
            bytes = std::mem::take(&mut batch.input).into_bytes();
        }
        self.buffers.give(bytes);
        self.buffers.give_batch(batch);
        Ok(Done {
            encoded,
            problems,
            to,
            open_end,
        })
    }

    /// Commits what comes in, in order. Tells whether the file ended within a record.
    fn commit_all<S: Sink>(
        &self,
        sink: &mut S,
        import: ImportId,
        done: Receiver<Outcomes<<S::Encoder as Encode>::Encoded>>,
        permits: &SyncSender<()>,
        report: &mut FileReport,
    ) -> Result<bool, Stop> {
        let mut early = BTreeMap::new();
        let mut next = 0;
        let mut open_end = false;
        let mut logs_to = self.logs_from;
        for (number, outcome) in done {
            early.insert(number, outcome);
            while let Some(outcome) = early.remove(&next) {
                next += 1;
                let stretch = outcome?;
                if self.cancel.is_cancelled() {
                    return Err(Stop::Cancelled);
                }
                open_end = stretch.open_end;
                logs_to = logs_to.max(stretch.to.logs_to);
                let to = Checkpoint {
                    logs_to,
                    ..stretch.to
                };
                let new = sink.commit(import, stretch.encoded, to)?;
                report.problems.merge(stretch.problems);
                report.counts.spans += new.spans;
                report.counts.logs += new.logs;
                report.counts.errors += new.errors;
                report.counts.check_ins += new.check_ins;
                report.counts.traces += new.traces;
                report.duplicates += new.duplicates;
                if new.repeated_attributes > 0 {
                    let problems = &mut report.problems;
                    problems.remark(RemarkKind::Repair, REPEATED, new.repeated_attributes);
                }
                self.progress.spans.fetch_add(new.spans, Ordering::Relaxed);
                self.progress.logs.fetch_add(new.logs, Ordering::Relaxed);
                self.progress
                    .errors
                    .fetch_add(new.errors, Ordering::Relaxed);
                // The reader may have read everything and be gone.
                let _ = permits.try_send(());
            }
        }
        Ok(open_end)
    }
}

/// A panic as a sentence. It is a mistake in this program, not in the file, and says so.
fn panicked(doing: &str, panic: Box<dyn Any + Send>) -> String {
    let what = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    format!(
        "Headwater made a mistake while {doing} this file ({what}). What was read before is kept; please report it."
    )
}
