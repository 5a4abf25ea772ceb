//! Where to cut console output: before an object that begins a line.
//!
//! Line ends within a JSON text are escaped and inner objects are indented, so a brace in the first column begins a record.

use crate::import::format::{Cut, Cutting};
use crate::import::json::Reader;
use crate::import::limits::MAX_RECORD_BYTES;
use memchr::memmem;

/// Cuts before objects.
#[derive(Debug)]
pub struct Cutter;

impl Cut for Cutter {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        let last = memmem::rfind(buffer, b"\n{").map(|newline| newline + 1);
        match last {
            // An unfinished last object is a stretch of its own, so that a later import can go on before it.
            Some(start) if !ends || is_open(buffer) => whole(start),
            _ if ends => whole(buffer.len()),
            // What is this long has no objects, or one that is too large: the parser says which.
            _ if buffer.len() > MAX_RECORD_BYTES => {
                whole(memchr::memrchr(b'\n', buffer).map_or(buffer.len(), |at| at + 1))
            }
            _ => Cutting::More,
        }
    }

    fn by_lines(&self) -> bool {
        false
    }
}

fn whole(end: usize) -> Cutting {
    Cutting::At {
        end,
        before: Vec::new(),
        after: Vec::new(),
        clean: true,
    }
}

/// Whether the last object that begins a line has no end.
pub fn is_open(bytes: &[u8]) -> bool {
    let start = match memmem::rfind(bytes, b"\n{") {
        Some(newline) => newline + 1,
        None if bytes.first() == Some(&b'{') => 0,
        None => return false,
    };
    let object = String::from_utf8_lossy(bytes.get(start..).unwrap_or_default());
    let looks_right = object.trim_start_matches('{').trim_start().starts_with('"');
    looks_right && Reader::new(&object, 0..object.len()).skip().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_before_an_object_and_before_an_open_one() {
        let text = b"a\n{\n \"b\": {}\n}\n{\n \"c\"";
        let open = text.len() - 6;
        assert_eq!(Cutter.cut(text, false), whole(open));
        assert_eq!(Cutter.cut(text, true), whole(open));
        assert_eq!(Cutter.cut(&text[open..], true), whole(6));
        assert_eq!(Cutter.cut(&text[..open], true), whole(open));
        assert_eq!(Cutter.cut(b"text", false), Cutting::More);
        assert_eq!(Cutter.cut(b"text", true), whole(4));
        assert!(!is_open(b"text {") && !is_open(b"{ block") && is_open(b"{\"a\":"));
    }
}
