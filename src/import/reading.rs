//! The reader thread's work: bytes of a file become stretches that can be parsed on their own.

use super::buffers::Buffers;
use super::format::{Cut, Cutting};
use super::limits::CHUNK_BYTES;
use super::progress::Progress;
use super::resume::Prefix;
use super::source::{self, Source};
use super::stretch::Stretch;
use crate::model::report::{EXCERPT_CHARS, Problems};
use crate::model::sink::Checkpoint;
use std::sync::atomic::Ordering;
use xxhash_rust::xxh3::Xxh3;

/// So much is looked at twice without being fetched from memory twice.
const CACHED_BYTES: usize = 128 * 1024;

/// The reader thread's state.
pub struct Reading<'a> {
    source: Source<'a>,
    buffer: Vec<u8>,
    /// What becomes the buffer when this one is handed on: empty, perhaps with room.
    next_buffer: Vec<u8>,
    cutter: Box<dyn Cut>,
    ends: bool,
    hash: Xxh3,
    /// Offset in the file of the first buffered byte.
    pub at: u64,
    line: u64,
    /// The last place from where reading can begin again.
    clean: Checkpoint,
    /// Number of the next stretch.
    pub number: u64,
}

/// A stretch on its way to a parser.
pub struct Task {
    /// Its place in the file's order.
    pub number: u64,
    /// The stretch.
    pub stretch: Stretch,
    /// Where reading can begin again if the stretch turns out to end within a record.
    pub before: Checkpoint,
    /// Where reading can begin again when it is committed.
    pub after: Checkpoint,
}

impl<'a> Reading<'a> {
    /// Reads a file from its start.
    pub fn from_start(source: Source<'a>, cutter: Box<dyn Cut>) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            next_buffer: Vec::new(),
            cutter,
            ends: false,
            hash: Xxh3::new(),
            at: 0,
            line: 1,
            clean: Checkpoint {
                read_to: 0,
                prefix_hash: Xxh3::new().digest(),
                logs_to: 0,
            },
            number: 0,
        }
    }

    /// Reads a source that stands where an earlier import left the file.
    pub fn go_on(source: Source<'a>, from: &Prefix, cutter: Box<dyn Cut>) -> Self {
        if !source.is_broken() {
            // These were told by the import that read so far.
            source.take_problems();
        }
        Self {
            at: from.read_to,
            line: 1 + from.lines,
            hash: from.hash.clone(),
            clean: Checkpoint {
                read_to: from.read_to,
                prefix_hash: from.hash.digest(),
                logs_to: 0,
            },
            ..Self::from_start(source, cutter)
        }
    }

    /// Whether a packed file ended before its end.
    pub fn is_broken(&self) -> bool {
        self.source.is_broken()
    }

    /// What was wrong with how a file is packed.
    pub fn take_problems(&self) -> Problems {
        self.source.take_problems()
    }

    /// Adds to the progress what was read from the disk.
    fn tell(&self, progress: &Progress) {
        progress
            .bytes
            .fetch_add(self.source.taken.untold(), Ordering::Relaxed);
    }

    /// The next stretch; `None` at the end.
    pub fn next(
        &mut self,
        progress: &Progress,
        buffers: &Buffers,
    ) -> std::io::Result<Option<Task>> {
        let mut wanted = self.cutter.stretch_bytes();
        loop {
            if !self.ends && self.buffer.len() < wanted {
                self.ends = source::fill(&mut self.source.bytes, &mut self.buffer, wanted)?;
            }
            if self.buffer.is_empty() && self.ends {
                return Ok(None);
            }
            match self.cutter.cut(&self.buffer, self.ends) {
                Cutting::More if self.ends => {
                    return Err(std::io::Error::other("the file cannot be cut into records"));
                }
                Cutting::More => wanted = self.buffer.len() + CHUNK_BYTES,
                Cutting::At {
                    end,
                    before,
                    after,
                    clean,
                } => {
                    self.next_buffer = buffers.take();
                    return Ok(Some(self.take(end, (before, after), clean, None, progress)));
                }
                Cutting::Drop { end, reason } => {
                    let nothing = (Vec::new(), Vec::new());
                    return Ok(Some(self.take(end, nothing, true, Some(reason), progress)));
                }
            }
        }
    }

    /// Takes the first `end` bytes of the buffer as a stretch, or leaves them out.
    fn take(
        &mut self,
        end: usize,
        (before, after): (Vec<u8>, Vec<u8>),
        clean: bool,
        drop: Option<Option<&'static str>>,
        progress: &Progress,
    ) -> Task {
        let end = end.clamp(1, self.buffer.len());
        let mut rest = std::mem::take(&mut self.next_buffer);
        rest.extend_from_slice(&self.buffer[end..]);
        self.buffer.truncate(end);
        let own = std::mem::replace(&mut self.buffer, rest);
        let (base, line) = (self.at, self.line);
        // Both while a part is still in the processor's cache.
        for part in own.chunks(CACHED_BYTES) {
            self.hash.update(part);
            self.line += memchr::memchr_iter(b'\n', part).count() as u64;
        }
        self.at += end as u64;
        self.tell(progress);
        let clean_before = self.clean;
        if clean {
            self.clean = Checkpoint {
                read_to: self.at,
                prefix_hash: self.hash.digest(),
                logs_to: 0,
            };
        }
        let bytes = match (drop, before.is_empty() && after.is_empty()) {
            // Its beginning is shown in the report.
            (Some(Some(_)), _) => own[..own.len().min(EXCERPT_CHARS * 8)].to_vec(),
            (Some(None), _) => Vec::new(),
            (None, true) => own,
            (None, false) => [&before[..], &own, &after].concat(),
        };
        self.number += 1;
        Task {
            number: self.number - 1,
            stretch: Stretch {
                bytes,
                before: before.len(),
                base,
                line,
                by_lines: self.cutter.by_lines(),
                last: self.ends && self.buffer.is_empty(),
                dropped: drop.flatten(),
                ..Stretch::default()
            },
            before: clean_before,
            after: self.clean,
        }
    }
}
