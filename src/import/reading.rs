//! The reader thread's work: bytes of a file become stretches that can be parsed on their own.

use super::format::{Cut, Cutting};
use super::limits::CHUNK_BYTES;
use super::pipeline::Progress;
use super::resume::{Prefix, hash_prefix};
use super::source::{self, Source};
use super::stretch::Stretch;
use crate::model::CancelToken;
use crate::model::report::{EXCERPT_CHARS, Problems};
use crate::model::sink::Checkpoint;
use std::path::Path;
use std::sync::atomic::Ordering;
use xxhash_rust::xxh3::Xxh3;

/// The reader thread's state.
pub struct Reading {
    source: Source,
    buffer: Vec<u8>,
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
    /// Packed bytes that progress knows of.
    packed_told: u64,
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

impl Reading {
    /// Reads a file from its start, of which `prefix` was read already.
    pub fn from_start(source: Source, prefix: Vec<u8>, cutter: Box<dyn Cut>) -> Self {
        Self {
            source,
            buffer: prefix,
            cutter,
            ends: false,
            hash: Xxh3::new(),
            at: 0,
            line: 1,
            clean: Checkpoint {
                read_to: 0,
                prefix_hash: Xxh3::new().digest(),
            },
            number: 0,
            packed_told: 0,
        }
    }

    /// Goes on with a file where an earlier import left it.
    pub fn after(path: &Path, from: &Prefix, cutter: Box<dyn Cut>) -> std::io::Result<Self> {
        let mut file = std::fs::File::open(path)?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(from.read_to))?;
        let source = Source {
            bytes: Box::new(file),
            size: None,
            packed: None,
        };
        Ok(Self::go_on(source, from, cutter))
    }

    /// As [`Self::after`] for a compressed file, opened anew: it is unpacked up to there.
    pub fn after_packed(
        source: std::io::Result<Source>,
        from: &Prefix,
        cutter: Box<dyn Cut>,
        cancel: &CancelToken,
    ) -> std::io::Result<Self> {
        let mut source = source?;
        hash_prefix(&mut source.bytes, from.read_to, cancel)?;
        if let Some(packed) = source.packed.as_ref().filter(|packed| !packed.is_broken()) {
            // These were told by the import that read so far.
            packed.take_problems();
        }
        Ok(Self::go_on(source, from, cutter))
    }

    /// Reads a source that stands where an earlier import left the file.
    fn go_on(source: Source, from: &Prefix, cutter: Box<dyn Cut>) -> Self {
        Self {
            at: from.read_to,
            line: 1 + from.lines,
            hash: from.hash.clone(),
            clean: Checkpoint {
                read_to: from.read_to,
                prefix_hash: from.hash.digest(),
            },
            ..Self::from_start(source, Vec::new(), cutter)
        }
    }

    /// Whether a compressed file ended before its end.
    pub fn is_broken(&self) -> bool {
        self.source
            .packed
            .as_ref()
            .is_some_and(|packed| packed.is_broken())
    }

    /// What was wrong with how a compressed file is packed.
    pub fn take_problems(&self) -> Problems {
        let packed = self.source.packed.as_ref();
        packed.map_or_else(Problems::default, |packed| packed.take_problems())
    }

    /// Adds bytes read to the progress; of a compressed file, as many as were taken from the disk.
    fn tell(&mut self, bytes: u64, progress: &Progress) {
        let bytes = match &self.source.packed {
            None => bytes,
            Some(packed) => {
                let taken = packed.taken();
                taken - std::mem::replace(&mut self.packed_told, taken)
            }
        };
        progress.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The next stretch; `None` at the end.
    pub fn next(&mut self, progress: &Progress) -> std::io::Result<Option<Task>> {
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
                } => return Ok(Some(self.take(end, (before, after), clean, None, progress))),
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
        let rest = self.buffer.split_off(end);
        let own = std::mem::replace(&mut self.buffer, rest);
        let (base, line) = (self.at, self.line);
        self.hash.update(&own);
        self.at += end as u64;
        self.line += memchr::memchr_iter(b'\n', &own).count() as u64;
        self.tell(end as u64, progress);
        let clean_before = self.clean;
        if clean {
            self.clean = Checkpoint {
                read_to: self.at,
                prefix_hash: self.hash.digest(),
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
            },
            before: clean_before,
            after: self.clean,
        }
    }
}
