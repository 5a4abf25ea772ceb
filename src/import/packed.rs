//! What is known of a packed input while it is read: how far, and whether and why it ended early.

use crate::model::CancelToken;
use crate::model::report::Problems;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How unpacking goes: of a compressed file, or of a member of an archive.
#[derive(Debug)]
pub struct Packed {
    /// What it is packed with, for people.
    pub name: &'static str,
    taken: AtomicU64,
    failed: AtomicBool,
    broken: AtomicBool,
    problems: Mutex<Problems>,
}

impl Packed {
    /// Nothing was read yet.
    pub fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self {
            name,
            taken: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            problems: Mutex::default(),
        })
    }

    /// Packed bytes read so far.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Whether reading the packed bytes failed: then it is not the packing that is wrong.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Whether it ended before its end.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Takes what was found wrong so far, with places in the packed input.
    pub fn take_problems(&self) -> Problems {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *problems)
    }

    /// Notes that something was left out.
    pub fn skip(&self, byte: u64, reason: String) {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        problems.skip(0, byte, reason, b"");
    }

    /// Notes that it ended early, and why.
    pub fn end(&self, byte: u64, reason: String) {
        self.skip(byte, reason);
        self.broken.store(true, Ordering::Relaxed);
    }
}

/// Counts packed bytes, and remembers whether reading them failed.
pub struct Counted<'a> {
    /// Where they come from.
    pub bytes: Box<dyn Read + Send + 'a>,
    /// Where to count them.
    pub state: Arc<Packed>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.bytes.read(buffer);
        match &got {
            Ok(count) => {
                self.state.taken.fetch_add(*count as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.state.failed.store(true, Ordering::Relaxed),
        }
        got
    }
}

/// How many bytes came from the disk, for whoever shows progress.
#[derive(Debug, Default)]
pub struct Taken {
    taken: AtomicU64,
    told: AtomicU64,
}

impl Taken {
    /// Bytes that came since this was asked last.
    pub fn untold(&self) -> u64 {
        let taken = self.taken();
        taken.saturating_sub(self.told.swap(taken, Ordering::Relaxed))
    }

    /// Bytes that came.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Bytes that were told.
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::Relaxed)
    }
}

/// Bytes as they come from the disk: counted, and ending with an error when nobody wants them any more. That way whatever
/// goes on behind it, however long for a single record, is stopped soon.
pub struct FromDisk<'a> {
    /// Where they come from.
    pub bytes: Box<dyn Read + Send + 'a>,
    /// Where to count them.
    pub taken: Arc<Taken>,
    /// Says when to stop.
    pub cancel: CancelToken,
}

impl Read for FromDisk<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// A disk gives this much at once in a few milliseconds.
        const PIECE: usize = 4 << 20;
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("it was cancelled"));
        }
        let piece = buffer.len().min(PIECE);
        let count = self.bytes.read(&mut buffer[..piece])?;
        self.taken.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_when_nobody_wants_it() {
        let (cancel, taken) = (CancelToken::default(), Arc::<Taken>::default());
        let mut disk = FromDisk {
            bytes: Box::new(io::repeat(b'x')),
            taken: Arc::clone(&taken),
            cancel: cancel.clone(),
        };
        let mut buffer = vec![0; 64 << 20];
        // A little at once, so that stopping is noticed.
        let count = disk.read(&mut buffer).unwrap() as u64;
        assert!(count > 0 && count < 16 << 20);
        assert_eq!(
            (taken.untold(), taken.untold(), taken.told()),
            (count, 0, count)
        );
        cancel.cancel();
        assert!(disk.read(&mut buffer).is_err());
    }
}
