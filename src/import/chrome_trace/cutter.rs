//! Where to cut a recording, and what every piece of it is told: the trace's id, which piece it is, and the names of
//! processes and threads that were met before it.

use crate::import::format::{Cut, Cutting};
use crate::import::json::Reader;
use crate::import::limits::RECORDING_BYTES;
use crate::import::otlp_json::cutter::for_pieces;
use memchr::memmem;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_128;

/// How many bytes of the file make the trace's id. Recordings differ early, by process and time; a file that grows beyond
/// this keeps its id.
const TELLING_BYTES: usize = 16 * 1024;

/// Bytes of the line that every stretch begins with: the trace's id and the number of the piece, in hex.
pub const HEADER: usize = 32 + 8 + 1;

/// More names than this are not carried to later pieces.
const CARRIED_BYTES: usize = 1 << 20;

/// The lists that may be cut.
const LISTS: &[&[u8]] = &[b"", b"traceEvents"];

/// A cutter for a file that begins so.
pub fn for_file(prefix: &[u8]) -> Box<dyn Cut> {
    let telling = prefix.get(..TELLING_BYTES).unwrap_or(prefix);
    Box::new(Cutter {
        trace: xxh3_128(telling),
        piece: 0,
        names: Vec::new(),
        inner: for_pieces(LISTS, RECORDING_BYTES),
    })
}

struct Cutter {
    trace: u128,
    piece: u32,
    /// Metadata events met so far, with a comma after each.
    names: Vec<u8>,
    inner: Box<dyn Cut>,
}

impl Cut for Cutter {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        let cutting = self.inner.cut(buffer, ends);
        let Cutting::At {
            end,
            before,
            after,
            clean,
        } = cutting
        else {
            return cutting;
        };
        let mut told = format!("{:032x}{:08x}\n", self.trace, self.piece).into_bytes();
        let inside = !before.is_empty();
        told.extend(before);
        if inside && told.last() == Some(&b'[') {
            told.extend_from_slice(&self.names);
        }
        // Names are needed only by pieces that come later.
        if !clean {
            self.gather(buffer.get(..end).unwrap_or_default());
            self.piece = self.piece.saturating_add(1);
        } else {
            self.piece = 0;
            self.names.clear();
        }
        Cutting::At {
            end,
            before: told,
            after,
            clean,
        }
    }

    fn by_lines(&self) -> bool {
        false
    }
}

impl Cutter {
    fn gather(&mut self, piece: &[u8]) {
        for name in ["\"process_name\"", "\"thread_name\"", "\"process_labels\""] {
            for at in memmem::find_iter(piece, name) {
                let Some(event) = around(piece, at) else {
                    continue;
                };
                let event = piece.get(event).unwrap_or_default();
                if self.names.len() + event.len() < CARRIED_BYTES {
                    self.names.extend_from_slice(event);
                    self.names.push(b',');
                }
            }
        }
    }
}

/// The metadata event around a place: as far as the braces before it lead to something that is one.
fn around(piece: &[u8], at: usize) -> Option<Range<usize>> {
    let from = at.saturating_sub(512);
    let before = piece.get(from..at)?;
    let braces = memchr::memrchr_iter(b'{', before);
    braces.take(4).find_map(|brace| {
        let start = from + brace;
        let rest = piece.get(start..(start + 2048).min(piece.len()))?;
        let text = match std::str::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(rest.get(..error.valid_up_to())?).ok()?,
        };
        let len = metadata_len(text)?;
        (start + len > at).then_some(start..start + len)
    })
}

/// The length of the metadata event that a text begins with.
fn metadata_len(text: &str) -> Option<usize> {
    let mut json = Reader::new(text, 0..text.len());
    let mut members = json.begin_object().ok()?;
    let mut is_metadata = false;
    while let Some(name) = json.next_member(&mut members).ok()? {
        let is_phase = json.raw(name) == b"ph";
        let value = json.skip_range().ok()?.0;
        is_metadata |= is_phase && text.get(value) == Some("\"M\"");
    }
    is_metadata.then(|| json.at())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_along_to_later_pieces() {
        let name = r#"{"args":{"name":"gpu {1}"},"ph":"M","pid":1,"name":"process_name"}"#;
        let event = r#"{"ph":"X","ts":1,"name":"thread_name","args":{"a":{}}}"#;
        let mut text = format!("{{\"traceEvents\":[{name},{event}");
        while text.len() < RECORDING_BYTES {
            text.push(',');
            text.push_str(event);
        }
        text.push_str(",{}]}");
        let mut cutter = for_file(text.as_bytes());
        let Cutting::At { end, before, .. } = cutter.cut(text.as_bytes(), true) else {
            panic!("a cut");
        };
        assert_eq!(before.len(), HEADER);
        let Cutting::At { before: later, .. } = cutter.cut(&text.as_bytes()[end..], true) else {
            panic!("a cut");
        };
        let later = String::from_utf8(later).unwrap();
        assert_eq!(later.as_bytes()[..32], before[..32]);
        let (header, carried) = later.split_once('\n').unwrap();
        assert!(header.ends_with("00000001"), "{header}");
        assert_eq!(carried, format!("{{\"traceEvents\":[{name},"));
    }
}
