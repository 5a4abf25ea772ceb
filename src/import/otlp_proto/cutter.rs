//! Where to cut a file of OTLP protobuf: after whole messages where lengths stand before them, else after whole fields of
//! the one message, each of which is a message of the same kind.
//!
//! Where a length cannot be true, the bytes up to the next message that can be recognised are left out.

use super::signal::{LENGTH_BYTES, frame_length, is_frame};
use super::wire::Fields;
use crate::import::format::{Cut, Cutting};
use crate::import::limits::{CHUNK_BYTES, MAX_RECORD_BYTES};

/// Protobuf says in half the bytes what JSON says: so stretches of both hold about as many records.
const STRETCH_BYTES: usize = CHUNK_BYTES / 2;

const NO_LENGTH: &str = "Left out: no message has such a length (or one larger than 64 MiB)";
const NO_FIELD: &str = "Left out: this is not OTLP protobuf, or one field is larger than 64 MiB";

/// A cutter for a file that begins so.
pub fn for_file(prefix: &[u8]) -> Box<dyn Cut> {
    match prefix.first() {
        Some(0x0A) => Box::new(Bare { lost: false }),
        _ => Box::new(Framed { lost: false }),
    }
}

/// A file of messages with their lengths.
struct Framed {
    /// Whether bytes are being left out, and that was told.
    lost: bool,
}

impl Cut for Framed {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        if self.lost {
            return self.skip(buffer, ends);
        }
        let mut end = 0;
        while end < STRETCH_BYTES {
            let rest = buffer.get(end..).unwrap_or_default();
            let length = match frame_length(rest) {
                Some(length) => LENGTH_BYTES + length,
                None if rest.len() < LENGTH_BYTES => break,
                None if end == 0 => return self.skip(buffer, ends),
                None => return at(end),
            };
            if length > rest.len() {
                break;
            }
            end += length;
        }
        match end {
            // What is left is less than a message: a stretch of its own, so that a later import can go on before it.
            0 if ends => at(buffer.len()),
            0 => Cutting::More,
            _ => at(end),
        }
    }

    fn by_lines(&self) -> bool {
        false
    }

    fn stretch_bytes(&self) -> usize {
        STRETCH_BYTES
    }
}

impl Framed {
    /// Leaves bytes out up to the next message that can be recognised.
    fn skip(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        let reason = (!self.lost).then_some(NO_LENGTH);
        let is_next = |at: &usize| buffer.get(*at..).is_some_and(is_frame);
        let next = memchr::memchr_iter(0x0A, buffer)
            .filter_map(|tag| tag.checked_sub(LENGTH_BYTES))
            .filter(|at| *at > 0)
            .find(is_next);
        self.lost = next.is_none() && !ends;
        // A message may begin with the last bytes: they are looked at again with what follows.
        let end = match (next, ends) {
            (Some(next), _) => next,
            (None, true) => buffer.len(),
            (None, false) => buffer.len().saturating_sub(CHUNK_BYTES / 4).max(1),
        };
        Cutting::Drop { end, reason }
    }
}

/// A file that is one message.
struct Bare {
    /// Whether bytes are being left out, and that was told.
    lost: bool,
}

impl Cut for Bare {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        let mut fields = Fields::new(buffer, 0, usize::MAX);
        let mut end = 0;
        let mut broken = self.lost;
        while !broken && end < STRETCH_BYTES && end < buffer.len() {
            match fields.next() {
                Ok(_) if fields.at() > buffer.len() => {
                    broken = end == 0 && fields.at() > MAX_RECORD_BYTES;
                    break;
                }
                Ok(_) => end = fields.at(),
                Err(error) => {
                    broken = end == 0 && error.at < buffer.len() && buffer.len() > 32;
                    break;
                }
            }
        }
        match end {
            _ if broken => {
                let reason = (!self.lost).then_some(NO_FIELD);
                self.lost = true;
                Cutting::Drop {
                    end: buffer.len(),
                    reason,
                }
            }
            0 if ends => at(buffer.len()),
            0 => Cutting::More,
            _ => at(end),
        }
    }

    fn by_lines(&self) -> bool {
        false
    }

    fn stretch_bytes(&self) -> usize {
        STRETCH_BYTES
    }
}

fn at(end: usize) -> Cutting {
    Cutting::At {
        end,
        before: Vec::new(),
        after: Vec::new(),
        clean: true,
    }
}
