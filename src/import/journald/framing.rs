//! Fields and records in bytes.
//!
//! Values may hold anything, empty lines too, so where a record ends is known only by going over its fields.

use crate::import::format::{Cut, Cutting};
use crate::import::limits::{CHUNK_BYTES, MAX_RECORD_BYTES};
use std::ops::Range;

/// What stands at a place.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A field.
    Field {
        name: Range<usize>,
        value: Range<usize>,
        /// Where the length of the value stands, if it is told.
        length: Option<Range<usize>>,
        end: usize,
    },
    /// An empty line: the record ends.
    Blank { end: usize },
    /// A line that is no field.
    Garbage { end: usize },
    /// The bytes end within a field.
    CutOff,
}

/// The longest name of a field.
const NAME_BYTES: usize = 64;

/// What stands at `at`.
pub fn step(bytes: &[u8], at: usize) -> Step {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(len) = memchr::memchr(b'\n', rest) else {
        return Step::CutOff;
    };
    let (line, after) = (&rest[..len], at + len + 1);
    if matches!(line, b"" | b"\r") {
        return Step::Blank { end: after };
    }
    let sign = memchr::memchr(b'=', line);
    if !is_name(&line[..sign.unwrap_or(len)]) {
        return Step::Garbage { end: after };
    }
    if let Some(sign) = sign {
        return Step::Field {
            name: at..at + sign,
            value: at + sign + 1..at + len,
            length: None,
            end: after,
        };
    }
    let start = after + 8;
    let Some(length) = bytes.get(after..start) else {
        return Step::CutOff;
    };
    let length = length
        .iter()
        .rev()
        .fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    let end = usize::try_from(length)
        .ok()
        .filter(|len| *len <= MAX_RECORD_BYTES);
    let Some(end) = end.map(|len| start + len) else {
        return Step::Garbage { end: after };
    };
    match bytes.get(end) {
        None => Step::CutOff,
        Some(b'\n') => Step::Field {
            name: at..at + len,
            value: start..end,
            length: Some(after..start),
            end: end + 1,
        },
        Some(_) => Step::Garbage { end: after },
    }
}

fn is_name(name: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    (1..=NAME_BYTES).contains(&name.len()) && name.iter().all(fits)
}

/// Where the next record begins behind one whose field has a wrong length, if there is one.
pub fn next_record(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let blanks = memchr::memmem::find_iter(rest, b"\n\n").map(|at| from + at + 2);
    let mut starts = blanks.filter(|at| begins_record(bytes, *at));
    starts.next()
}

/// Whether the fields that the journal itself puts first stand here.
fn begins_record(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    [&b"__CURSOR="[..], b"__REALTIME_TIMESTAMP="]
        .iter()
        .any(|start| rest.starts_with(start))
}

/// Whether a file that begins so is an export: its first record has the fields that every record has, and nothing else.
pub fn sniff(prefix: &[u8]) -> bool {
    let mut at = prefix.iter().take_while(|byte| **byte == b'\n').count();
    let (mut own, mut timed) = (false, false);
    loop {
        match step(prefix, at) {
            Step::Field {
                name, value, end, ..
            } => {
                own |= prefix[name.clone()].starts_with(b"__");
                timed |= &prefix[name] == b"__REALTIME_TIMESTAMP"
                    && prefix[value].iter().all(u8::is_ascii_digit);
                at = end;
            }
            Step::Garbage { .. } => return false,
            Step::Blank { .. } | Step::CutOff => return own && timed,
        }
    }
}

/// Cuts between records.
#[derive(Debug, Default)]
pub struct Cutter {
    /// How far the buffer has been gone over.
    at: usize,
    /// Where the last complete record in it ends.
    record: usize,
    /// A record that is too large is being left out.
    dropping: bool,
}

impl Cut for Cutter {
    fn cut(&mut self, buffer: &[u8], ends: bool) -> Cutting {
        if self.dropping {
            return self.drop_record(buffer, ends, None);
        }
        while self.at < buffer.len() && self.record < CHUNK_BYTES {
            match step(buffer, self.at) {
                Step::Blank { end } => (self.at, self.record) = (end, end),
                Step::Field { end, .. } | Step::Garbage { end } => self.at = end,
                Step::CutOff => break,
            }
        }
        // An unfinished last record is a stretch of its own, so that a later import can go on before it.
        let unfinished = self.at < buffer.len();
        let too_large = buffer.len() - self.record > MAX_RECORD_BYTES;
        let whole = match ends {
            _ if self.record >= CHUNK_BYTES => self.record,
            true if unfinished && self.record > 0 => self.record,
            true => buffer.len(),
            false if too_large && self.record > 0 => self.record,
            false if too_large => {
                let reason = "Left out: one record is larger than 64 MiB";
                return self.drop_record(buffer, ends, Some(reason));
            }
            false => return Cutting::More,
        };
        self.at = self.at.saturating_sub(whole);
        self.record = 0;
        Cutting::At {
            end: whole,
            before: Vec::new(),
            after: Vec::new(),
            clean: true,
        }
    }

    fn by_lines(&self) -> bool {
        false
    }
}

impl Cutter {
    fn drop_record(&mut self, buffer: &[u8], ends: bool, reason: Option<&'static str>) -> Cutting {
        let next = next_record(buffer, 0);
        self.dropping = next.is_none() && !ends;
        (self.at, self.record) = (0, 0);
        Cutting::Drop {
            end: next.unwrap_or(buffer.len()),
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(name: &str, value: &[u8]) -> Vec<u8> {
        let length = (value.len() as u64).to_le_bytes();
        [name.as_bytes(), b"\n", &length, value, b"\n"].concat()
    }

    #[test]
    fn fields_of_both_kinds() {
        let text = b"A=b=c\n\nnot a field\nB\xFF\n";
        assert_eq!(
            step(text, 0),
            Step::Field {
                name: 0..1,
                value: 2..5,
                length: None,
                end: 6
            }
        );
        assert_eq!(step(text, 6), Step::Blank { end: 7 });
        assert_eq!(step(text, 7), Step::Garbage { end: 19 });
        assert_eq!(step(text, 19), Step::Garbage { end: 22 });
        assert_eq!(step(text, 22), Step::CutOff);
        let field = binary("MESSAGE", b"a\n\n__CURSOR=x\n");
        let expected = Step::Field {
            name: 0..7,
            value: 16..30,
            length: Some(8..16),
            end: 31,
        };
        assert_eq!(step(&field, 0), expected);
        for len in 8..field.len() {
            assert_eq!(step(&field[..len], 0), Step::CutOff, "{len}");
        }
        assert_eq!(
            step(b"HELLO\nthere, all of you\n", 0),
            Step::Garbage { end: 6 }
        );
    }

    #[test]
    fn cuts_lie_between_records_whatever_values_hold() {
        let filler = binary("MESSAGE", "x\n\n__CURSOR=y\n".repeat(100_000).as_bytes());
        let record = [b"__CURSOR=1\n", &filler[..], b"\n"].concat();
        let file = record.repeat(30);
        let mut cutter = Cutter::default();
        let (mut at, mut seen, mut cuts) = (0, 0, 0);
        while at < file.len() {
            // Bytes come in pieces that fit nothing.
            seen = (seen + 777_777).min(file.len());
            while let Cutting::At { end, .. } = cutter.cut(&file[at..seen], seen == file.len()) {
                at += end;
                cuts += 1;
                assert_eq!(at % record.len(), 0);
                if at == file.len() {
                    break;
                }
            }
        }
        assert!(cuts > 2);
    }

    #[test]
    fn an_unfinished_record_is_a_stretch_of_its_own() {
        let mut cutter = Cutter::default();
        let file = b"__CURSOR=1\nA=b\n\n__CURSOR=2\nA=";
        assert_eq!(cutter.cut(file, false), Cutting::More);
        let end = |cutting| match cutting {
            Cutting::At { end, .. } => end,
            other => panic!("{other:?}"),
        };
        assert_eq!(end(cutter.cut(file, true)), 16);
        assert_eq!(end(cutter.cut(&file[16..], true)), 13);
    }
}
