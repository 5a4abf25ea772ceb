//! tar: blocks of 512 bytes, a header before each member. Reads what the first tar, POSIX (ustar, pax) and GNU write.

use super::input::Input;
use super::{Found, Walk, is_left_out, shown};
use crate::import::limits::MAX_MEMBER_HEADER_BYTES;
use crate::import::packed::Packed;
use std::io::{self, Read};
use std::sync::Arc;

const BLOCK: usize = 512;

/// A header, as far as it matters.
struct Header {
    name: Vec<u8>,
    size: u64,
    kind: u8,
    /// GNU's sparse files: whether another block of their map follows.
    more_map: bool,
}

/// Whether a tar archive begins so.
pub fn begins(prefix: &[u8]) -> bool {
    prefix
        .first_chunk::<BLOCK>()
        .is_some_and(|block| parse(block).is_some_and(|header| !header.name.is_empty()))
}

fn part(block: &[u8; BLOCK], from: usize, len: usize) -> &[u8] {
    block.get(from..from + len).unwrap_or_default()
}

/// Up to the first zero byte.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A header, if its checksum says that it is one.
fn parse(block: &[u8; BLOCK]) -> Option<Header> {
    let byte = |(at, byte): (usize, &u8)| match at {
        148..156 => b' ',
        _ => *byte,
    };
    let unsigned: u64 = block.iter().enumerate().map(|b| u64::from(byte(b))).sum();
    let signed: i64 = block
        .iter()
        .enumerate()
        .map(|b| i64::from(byte(b) as i8))
        .sum();
    let told = number(part(block, 148, 8))?;
    if told == 0 || (told != unsigned && i64::try_from(told) != Ok(signed)) {
        return None;
    }
    let mut name = text(part(block, 0, 100)).to_vec();
    let is_posix = part(block, 257, 6) == b"ustar\0";
    let folder = text(part(block, 345, 155));
    if is_posix && !folder.is_empty() {
        name = [folder, b"/", &name].concat();
    }
    Some(Header {
        name,
        size: number(part(block, 124, 12))?,
        kind: block[156],
        more_map: block[482] != 0,
    })
}

/// An octal number as text, or GNU's binary one, whose first bit is set.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first, rest)) = field.split_first()
        && first & 0x80 != 0
    {
        let start = u64::from(first & 0x7F);
        return rest.iter().try_fold(start, |sum, byte| {
            Some(sum.checked_mul(256)? | u64::from(*byte))
        });
    }
    let digits = field
        .split(|byte| matches!(byte, 0 | b' '))
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    digits.iter().try_fold(0_u64, |sum, digit| match digit {
        b'0'..=b'7' => Some(sum.checked_mul(8)? + u64::from(digit - b'0')),
        _ => None,
    })
}

/// What extended headers say of the member that follows.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl Extended {
    /// Takes over records of pax: each a length, a space, a key, `=`, a value, a line end.
    fn take_records(&mut self, mut records: &[u8]) {
        while let Some(space) = records.iter().position(|byte| *byte == b' ') {
            let digits = std::str::from_utf8(&records[..space]);
            let len: Option<usize> = digits.ok().and_then(|digits| digits.parse().ok());
            let Some(record) = len.and_then(|len| records.get(space + 1..len)) else {
                return;
            };
            records = &records[space + 1 + record.len()..];
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            let Some(equals) = record.iter().position(|byte| *byte == b'=') else {
                continue;
            };
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"GNU.sparse.name" => (self.name, self.sparse) = (Some(value.to_vec()), true),
                b"path" if !self.sparse => self.name = Some(value.to_vec()),
                b"size" => {
                    let digits = std::str::from_utf8(value).ok();
                    self.size = digits.and_then(|digits| digits.parse().ok());
                }
                _ => self.sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
    }
}

/// A walk along a tar archive.
pub struct Tar<'a> {
    input: Input<'a>,
    /// What is left of the member.
    left: u64,
    /// What fills its last block.
    padding: u64,
    state: Arc<Packed>,
    /// The end was found, or was told to be missing.
    ended: bool,
}

impl<'a> Tar<'a> {
    /// At the start of an archive.
    pub fn new(input: Input<'a>) -> Self {
        Self {
            input,
            left: 0,
            padding: 0,
            state: Packed::new("tar"),
            ended: false,
        }
    }

    fn damage(&self, reason: &str) -> Option<Found> {
        Some(Found::Damage {
            byte: self.input.at,
            reason: reason.to_owned(),
        })
    }

    fn breaks_off(&mut self) -> Option<Found> {
        self.ended = true;
        self.damage("The archive breaks off; members that came after are missing")
    }

    /// The next header that is not zero; the archive ends with two blocks of zeros.
    fn header(&mut self) -> io::Result<Result<Header, Option<Found>>> {
        let mut zeros = 0;
        loop {
            let block = self.input.peek(BLOCK)?;
            let Some(block) = block.first_chunk::<BLOCK>() else {
                if !block.is_empty() {
                    return Ok(Err(self.breaks_off()));
                }
                self.ended = true;
                let note = "The archive has no end mark: members at its end may be missing";
                return Ok(Err((zeros == 0).then_some(Found::Note(note))));
            };
            if block.iter().all(|byte| *byte == 0) {
                self.input.take(BLOCK);
                zeros += 1;
                if zeros == 2 {
                    self.ended = true;
                    return Ok(Err(None));
                }
                continue;
            }
            let header = parse(block);
            return match header {
                Some(header) => {
                    self.input.take(BLOCK);
                    Ok(Ok(header))
                }
                None => {
                    let damage = self.damage(
                        "The archive is damaged here; it was read on from the next member that could be found",
                    );
                    self.search()?;
                    Ok(Err(damage))
                }
            };
        }
    }

    /// Goes to the next block that is a header.
    fn search(&mut self) -> io::Result<()> {
        while let Some(block) = self.input.peek(BLOCK)?.first_chunk::<BLOCK>() {
            if part(block, 257, 5) == b"ustar" && parse(block).is_some() {
                return Ok(());
            }
            self.input.take(BLOCK);
        }
        self.ended = true;
        Ok(())
    }

    /// What an extended header holds; `None` if it is too long or breaks off.
    fn extension(&mut self, size: u64) -> io::Result<Option<Vec<u8>>> {
        if size > MAX_MEMBER_HEADER_BYTES {
            return Ok(None);
        }
        let Some(content) = self.input.exactly(size as usize)?.map(<[u8]>::to_vec) else {
            return Ok(None);
        };
        self.input.take(size as usize);
        self.input.pass(padding(size))?;
        Ok(Some(content))
    }

    /// What a header that is none of an extension announces.
    fn member(&mut self, header: Header, extended: Extended) -> io::Result<Option<Found>> {
        let size = extended.size.unwrap_or(header.size);
        let raw = extended.name.unwrap_or(header.name);
        let is_no_file = matches!(header.kind, b'1'..=b'6');
        if header.kind == b'S' && header.more_map {
            // The map goes on in blocks of its own, which the size does not count.
            while let Some(block) = self.input.exactly(BLOCK)? {
                let more = block[504] != 0;
                self.input.take(BLOCK);
                if !more {
                    break;
                }
            }
        }
        // Links and folders have a size in some archives, but never content.
        self.left = if is_no_file { 0 } else { size };
        self.padding = padding(self.left);
        self.state = Packed::new("tar");
        let refused = |reason: &str| {
            Some(Found::Refused {
                name: shown(&raw),
                reason: reason.to_owned(),
            })
        };
        Ok(match header.kind {
            _ if is_no_file || is_left_out(&raw) => Some(Found::LeftOut),
            b'D' | b'V' | b'N' => Some(Found::LeftOut),
            b'S' => refused("It is stored with holes (a sparse file): unpack the archive first."),
            _ if extended.sparse => {
                refused("It is stored with holes (a sparse file): unpack the archive first.")
            }
            b'M' => refused(
                "It began in another volume of the archive: put the volumes together first.",
            ),
            _ if size == 0 => Some(Found::LeftOut),
            _ => Some(Found::Member {
                name: shown(&raw),
                size: Some(size),
                state: Arc::clone(&self.state),
            }),
        })
    }
}

fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK as u64
}

impl Walk for Tar<'_> {
    fn next(&mut self) -> io::Result<Option<Found>> {
        let (left, padding) = (
            std::mem::take(&mut self.left),
            std::mem::take(&mut self.padding),
        );
        if self.ended {
            return Ok(None);
        }
        if !self.input.pass(left)? {
            return Ok(self.breaks_off());
        }
        self.input.pass(padding)?;
        let mut extended = Extended::default();
        loop {
            let header = match self.header()? {
                Ok(header) => header,
                Err(other) => return Ok(other),
            };
            match header.kind {
                kind @ (b'x' | b'L') => {
                    let Some(content) = self.extension(header.size)? else {
                        let damage = self.damage(
                            "The archive is damaged here: a header is too long or breaks off",
                        );
                        self.search()?;
                        return Ok(damage);
                    };
                    match kind {
                        b'L' => extended.name = Some(text(&content).to_vec()),
                        _ => extended.take_records(&content),
                    }
                }
                // The target of a link, and what holds for all members and does not matter.
                b'K' | b'g' => {
                    let size = header.size;
                    if !self.input.pass(size)? || !self.input.pass(self::padding(size))? {
                        return Ok(self.breaks_off());
                    }
                }
                _ => return self.member(header, extended),
            }
        }
    }
}

impl Read for Tar<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let there = self.input.peek(1)?;
        let count = buffer.len().min(there.len()).min(self.left as usize);
        buffer[..count].copy_from_slice(&there[..count]);
        self.input.take(count);
        self.left -= count as u64;
        if count == 0 {
            self.left = 0;
            self.ended = true;
            let reason = "The archive breaks off within this member; what came before was kept";
            self.state.end(self.input.at, reason.to_owned());
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        for (field, expected) in [
            (&b"00000000017\0"[..], Some(15)),
            (b"      17 \0\0\0", Some(15)),
            (b"77777777777\0", Some(0o77_777_777_777)),
            (b"\0\0\0\0", Some(0)),
            (b"", Some(0)),
            (b"0000000008\0", None),
            (b"-1\0", None),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\x05", Some(0x2_0000_0005)),
            (b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", None),
        ] {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }

    #[test]
    fn records_of_pax_are_read_as_far_as_they_are_right() {
        let read = |records: &[u8]| {
            let mut extended = Extended::default();
            extended.take_records(records);
            let name = extended.name.map(|name| String::from_utf8(name).unwrap());
            (name.unwrap_or_default(), extended.size, extended.sparse)
        };
        let none = (String::new(), None, false);
        assert_eq!(
            read(b"12 path=a=b\n12 size=123\n"),
            ("a=b".to_owned(), Some(123), false)
        );
        let sparse = b"22 GNU.sparse.major=1\n21 GNU.sparse.name=x\n9 path=y\n";
        assert_eq!(read(sparse), ("x".to_owned(), None, true));
        for wrong in [
            &b""[..],
            b"99 path=a\n",
            b"0 path=a\n",
            b"2 path=a\n",
            b"x y",
            b" ",
            b"9999999999999999999999 a=b\n",
        ] {
            assert_eq!(read(wrong), none, "{wrong:?}");
        }
    }
}
