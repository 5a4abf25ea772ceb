//! zip: a header before each member, a list of all at the end. Members may be stored, deflated, or packed with zstd.
//!
//! Walks along the headers, not the list, see [`super`]. A writer that could not go back says only after a member how long it
//! is: then the packed data itself tells its end, and for stored data the checksum in what follows it.

use super::input::Input;
use super::{Found, Walk, is_left_out, shown};
use crate::import::packed::Packed;
use crate::import::unpack::too_large;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use std::io::{self, Read};
use std::sync::Arc;
use zstd::stream::raw::{Decoder as Zstd, InBuffer, Operation, OutBuffer};

const MEMBER: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const LISTED: &[u8] = b"PK\x01\x02";
const ENDS: [&[u8]; 3] = [b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"];
const HEADER_BYTES: usize = 30;
const LISTED_BYTES: usize = 46;
/// The longest: with a mark and long sizes.
const DESCRIPTOR_BYTES: usize = 24;
/// What stands for a size that is in an extra field.
const ELSEWHERE: u64 = 0xFFFF_FFFF;

/// Whether a zip archive begins so.
pub fn begins(prefix: &[u8]) -> bool {
    prefix.starts_with(MEMBER) || prefix.starts_with(b"PK\x05\x06\0\0\0\0")
}

fn u16_at(bytes: &[u8], at: usize) -> u64 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk);
    field.map_or(0, |field| u16::from_le_bytes(*field).into())
}

fn u32_at(bytes: &[u8], at: usize) -> u64 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk);
    field.map_or(0, |field| u32::from_le_bytes(*field).into())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let field = bytes.get(at..).and_then(<[u8]>::first_chunk);
    field.map_or(0, |field| u64::from_le_bytes(*field))
}

/// How a member is packed.
enum Method {
    Stored,
    Deflate(Box<Decompress>),
    Zstd(Zstd<'static>),
    /// In a way that is not read here.
    Other,
}

/// What one step of unpacking did.
struct Step {
    took: usize,
    gave: usize,
    ended: bool,
}

impl Method {
    fn name(&self) -> &'static str {
        match self {
            Self::Deflate(_) => "deflate",
            Self::Zstd(_) => "zstd",
            Self::Stored | Self::Other => "stored",
        }
    }

    /// Unpacks a bit. Stored data has no end of its own.
    fn step(&mut self, packed: &[u8], buffer: &mut [u8]) -> io::Result<Step> {
        match self {
            Self::Stored | Self::Other => {
                let count = packed.len().min(buffer.len());
                buffer[..count].copy_from_slice(&packed[..count]);
                Ok(Step {
                    took: count,
                    gave: count,
                    ended: false,
                })
            }
            Self::Deflate(deflate) => {
                let (took, gave) = (deflate.total_in(), deflate.total_out());
                let status = deflate.decompress(packed, buffer, FlushDecompress::None)?;
                Ok(Step {
                    took: (deflate.total_in() - took) as usize,
                    gave: (deflate.total_out() - gave) as usize,
                    ended: status == Status::StreamEnd,
                })
            }
            Self::Zstd(zstd) => {
                let mut from = InBuffer::around(packed);
                let mut to = OutBuffer::around(buffer);
                let left = zstd.run(&mut from, &mut to)?;
                Ok(Step {
                    took: from.pos(),
                    gave: to.pos(),
                    ended: left == 0,
                })
            }
        }
    }
}

/// The member that is being read.
struct Member {
    method: Method,
    /// What is left of the packed bytes, if their number is known.
    left: Option<u64>,
    /// Checksum and size, if they are known beforehand.
    told: Option<(u32, u64)>,
    /// Whether what was not told beforehand follows.
    descriptor: bool,
    crc: Crc,
    taken: u64,
    given: u64,
    /// Whether it was read to its end.
    done: bool,
    state: Arc<Packed>,
}

/// A walk along a zip archive.
pub struct Zip<'a> {
    input: Input<'a>,
    member: Option<Member>,
    /// Members found.
    found: u64,
    /// Bytes unpacked.
    given: u64,
    /// Where the next header is, is not known.
    lost: bool,
    ended: bool,
    /// Why no more is unpacked.
    limit: Option<String>,
}

impl<'a> Zip<'a> {
    /// At the start of an archive.
    pub fn new(input: Input<'a>) -> Self {
        Self {
            input,
            member: None,
            found: 0,
            given: 0,
            lost: false,
            ended: false,
            limit: None,
        }
    }

    fn damage(&self, reason: &str) -> Option<Found> {
        Some(Found::Damage {
            byte: self.input.at,
            reason: reason.to_owned(),
        })
    }

    /// Passes over what is left of the member. False if the archive ends there.
    fn leave(&mut self) -> io::Result<bool> {
        let Some(member) = &self.member else {
            return Ok(true);
        };
        let (left, done, is_read) = (member.left, member.done, member.state.is_broken());
        let unread = !done && !is_read && !matches!(member.method, Method::Other);
        if left.is_none() && unread {
            // Only unpacking tells where it ends.
            io::copy(self, &mut io::sink())?;
        } else if left.is_none() && !done {
            self.lost = true;
        }
        let Some(member) = self.member.take() else {
            return Ok(true);
        };
        if let Some(left) = member.left {
            // The descriptor of a member that was not read to its end is passed over by looking for what comes next.
            self.lost |= member.descriptor && !member.done;
            return self.input.pass(left);
        }
        Ok(true)
    }

    /// Goes to the next header, whatever lies before it. False if there is none.
    fn search(&mut self) -> io::Result<bool> {
        loop {
            let there = self.input.peek(64 << 10)?;
            let is_header = |at: &usize| {
                let rest = &there[*at..];
                rest.starts_with(MEMBER)
                    || rest.starts_with(LISTED)
                    || ENDS.iter().any(|end| rest.starts_with(end))
            };
            let at = memchr::memmem::find_iter(there, b"PK").find(is_header);
            // A header may begin in the last three bytes.
            let pass = at.unwrap_or(there.len().saturating_sub(3));
            let none = at.is_none() && there.len() <= 3;
            self.input.take(pass);
            if at.is_some() || none {
                return Ok(at.is_some());
            }
        }
    }

    /// Reads a member's header.
    fn header(&mut self) -> io::Result<Option<Found>> {
        let header = self.input.peek(HEADER_BYTES)?;
        let (name, extra) = (u16_at(header, 26) as usize, u16_at(header, 28) as usize);
        let all = HEADER_BYTES + name + extra;
        let Some(header) = self.input.exactly(all)? else {
            self.ended = true;
            return Ok(self.damage("The archive breaks off; members that came after are missing"));
        };
        let (fixed, texts) = header.split_at(HEADER_BYTES);
        let (raw, extra) = texts.split_at(name);
        let (raw, flags, method) = (raw.to_vec(), u16_at(fixed, 6), u16_at(fixed, 8));
        let (mut packed, mut size) = (u32_at(fixed, 18), u32_at(fixed, 22));
        if size == ELSEWHERE || packed == ELSEWHERE {
            (packed, size) = large_sizes(extra, packed, size);
        }
        let crc = u32_at(fixed, 14) as u32;
        self.input.take(all);
        self.found += 1;
        let (is_encrypted, descriptor) = (flags & 1 != 0, flags & 8 != 0);
        let is_told = !descriptor || (packed != 0 && packed != ELSEWHERE);
        let state = Packed::new("zip");
        self.member = Some(Member {
            method: match method {
                _ if is_encrypted => Method::Other,
                0 => Method::Stored,
                8 => Method::Deflate(Box::new(Decompress::new(false))),
                93 => Method::Zstd(Zstd::new()?),
                _ => Method::Other,
            },
            left: is_told.then_some(packed),
            told: (!descriptor).then_some((crc, size)),
            descriptor,
            crc: Crc::new(),
            taken: 0,
            given: 0,
            done: false,
            state: Arc::clone(&state),
        });
        let name = shown(&raw);
        Ok(Some(if is_left_out(&raw) || (is_told && packed == 0) {
            Found::LeftOut
        } else if is_encrypted {
            let reason = "It is encrypted: unpack the archive with its password first.".to_owned();
            Found::Refused { name, reason }
        } else if !matches!(method, 0 | 8 | 93) {
            let how = method_name(method);
            let reason = format!(
                "It is packed with {how}, which is not read within zip archives: unpack the archive first."
            );
            Found::Refused { name, reason }
        } else {
            let size = (!descriptor).then_some(size);
            Found::Member { name, size, state }
        }))
    }

    /// Passes over the list at the end, and says if it names more than was found.
    fn list(&mut self) -> io::Result<Option<Found>> {
        self.ended = true;
        let at = self.input.at;
        let mut listed = 0;
        loop {
            let entry = self.input.peek(LISTED_BYTES)?;
            if !entry.starts_with(LISTED) {
                break;
            }
            let texts: u64 = [28, 30, 32].iter().map(|part| u16_at(entry, *part)).sum();
            if !self.input.pass(LISTED_BYTES as u64 + texts)? {
                break;
            }
            listed += 1;
        }
        let there = self.input.peek(4)?;
        if !ENDS.iter().any(|end| there.starts_with(end)) {
            let note = "The archive's list of its members breaks off or is damaged; all that was found before it was looked at";
            return Ok(Some(Found::Note(note)));
        }
        let reason = format!(
            "The archive lists {listed} members, but only {} lie one after another; those that overlap or are missing were left out",
            self.found
        );
        Ok((listed > self.found).then_some(Found::Damage { byte: at, reason }))
    }
}

/// The sizes of a member of more than 4 GiB.
fn large_sizes(mut extra: &[u8], packed: u64, size: u64) -> (u64, u64) {
    while extra.len() >= 4 {
        let len = u16_at(extra, 2) as usize;
        let (this, rest) = extra[4..].split_at(len.min(extra.len() - 4));
        if u16_at(extra, 0) == 1 {
            // Only what did not fit is there.
            return match (packed == ELSEWHERE, size == ELSEWHERE) {
                (true, true) => (u64_at(this, 8), u64_at(this, 0)),
                (true, false) => (u64_at(this, 0), size),
                _ => (packed, u64_at(this, 0)),
            };
        }
        extra = rest;
    }
    (packed, size)
}

fn method_name(method: u64) -> String {
    let known = match method {
        1 => "shrink",
        6 => "implode",
        9 => "deflate64",
        12 => "bzip2",
        14 => "LZMA",
        95 => "xz",
        98 => "PPMd",
        other => return format!("a method of number {other}"),
    };
    known.to_owned()
}

impl Walk for Zip<'_> {
    fn next(&mut self) -> io::Result<Option<Found>> {
        if let Some(reason) = self.limit.take() {
            self.ended = true;
            let byte = self.input.at;
            return Ok(Some(Found::Damage { byte, reason }));
        }
        if self.ended {
            return Ok(None);
        }
        let is_whole = self.leave()?;
        if self.ended || self.limit.is_some() {
            return self.next_after_leaving();
        }
        if !is_whole || (std::mem::take(&mut self.lost) && !self.search()?) {
            self.ended = true;
            return Ok(self.damage("The archive breaks off; members that came after are missing"));
        }
        let there = self.input.peek(4)?;
        if there.starts_with(MEMBER) {
            self.header()
        } else if there.starts_with(LISTED) || ENDS.iter().any(|end| there.starts_with(end)) {
            self.list()
        } else if there.len() < 4 {
            self.ended = true;
            Ok(self.damage("The archive breaks off; members that came after are missing"))
        } else {
            let damage = self.damage(
                "The archive is damaged here; it was read on from the next member that could be found",
            );
            self.ended = !self.search()?;
            Ok(damage)
        }
    }
}

impl Zip<'_> {
    /// When passing over a member came to a limit or to the end.
    fn next_after_leaving(&mut self) -> io::Result<Option<Found>> {
        self.ended = true;
        Ok(match self.limit.take() {
            Some(reason) => Some(Found::Damage {
                byte: self.input.at,
                reason,
            }),
            None => self.damage("The archive breaks off; members that came after are missing"),
        })
    }

    /// Unpacks a bit of the member; `None` at its end.
    fn unpack(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(member) = self.member.as_mut() else {
            return Ok(None);
        };
        if member.done || member.state.is_broken() || buffer.is_empty() {
            return Ok(None);
        }
        let is_open = matches!(member.method, Method::Stored) && member.left.is_none();
        let there = self.input.peek(DESCRIPTOR_BYTES)?;
        if there.is_empty() && member.left != Some(0) {
            self.ended = true;
            let reason = "The archive breaks off within this member; what came before was kept";
            member.state.end(self.input.at, reason.to_owned());
            return Ok(None);
        }
        let most = member.left.unwrap_or(u64::MAX);
        let there = match usize::try_from(most) {
            Ok(most) => &there[..there.len().min(most)],
            Err(_) => there,
        };
        let step = match is_open {
            true => stored_until_descriptor(member, &mut self.input, buffer),
            false => member.method.step(there, buffer),
        };
        let mut step = match step {
            Ok(step) => step,
            Err(error) => {
                let name = member.method.name();
                let reason = format!(
                    "The {name} data is damaged ({error}); what could be unpacked before was kept"
                );
                member.state.end(self.input.at, reason);
                return Ok(None);
            }
        };
        self.input.take(step.took);
        member.taken += step.took as u64;
        member.given += step.gave as u64;
        self.given += step.gave as u64;
        member
            .crc
            .update(buffer.get(..step.gave).unwrap_or_default());
        if let Some(left) = &mut member.left {
            *left -= step.took as u64;
            // Stored data has no end of its own, and zstd may have several.
            match member.method {
                Method::Deflate(_) => {}
                Method::Zstd(_) => step.ended &= *left == 0,
                Method::Stored | Method::Other => step.ended = *left == 0,
            }
        }
        if let Some(reason) = too_large(self.given, self.input.at) {
            member.state.end(self.input.at, reason.clone());
            self.limit = Some(reason);
        } else if step.ended {
            member.done = true;
            self.check()?;
        } else if step.took == 0 && step.gave == 0 {
            let reason = "The packed data ends too early; what could be unpacked was kept";
            member.state.end(self.input.at, reason.to_owned());
        }
        Ok(Some(step.gave))
    }

    /// Compares what was unpacked with what the archive says of it.
    fn check(&mut self) -> io::Result<()> {
        let Some(member) = self.member.as_mut() else {
            return Ok(());
        };
        if let Some(left) = member.left.take() {
            self.input.pass(left)?;
            member.taken += left;
        }
        let told = match member.told {
            Some(told) => Some(told),
            None => {
                let after = self.input.peek(DESCRIPTOR_BYTES)?;
                let found = descriptor(after, member.taken, member.given);
                self.input.take(found.map_or(0, |(_, len)| len));
                // Where the next header is, only looking for it can tell.
                self.lost |= found.is_none();
                found.map(|(crc, _)| (crc, member.given))
            }
        };
        if told != Some((member.crc.sum(), member.given)) {
            let reason = "Its checksum or size is not what the archive says: some of it may be damaged or missing";
            member.state.end(self.input.at, reason.to_owned());
        }
        Ok(())
    }
}

/// What follows a member: its checksum, and how long that is. With or without its mark, with short or long sizes: right is
/// what agrees with the sizes that were found.
fn descriptor(after: &[u8], taken: u64, given: u64) -> Option<(u32, usize)> {
    let mark = match after.starts_with(DESCRIPTOR) {
        true => 4,
        false => 0,
    };
    let crc = u32_at(after, mark) as u32;
    let sizes = (taken & 0xFFFF_FFFF, given & 0xFFFF_FFFF);
    if after.len() >= mark + 20
        && (u64_at(after, mark + 4), u64_at(after, mark + 12)) == (taken, given)
    {
        Some((crc, mark + 20))
    } else if after.len() >= mark + 12
        && (u32_at(after, mark + 4), u32_at(after, mark + 8)) == sizes
    {
        Some((crc, mark + 12))
    } else {
        None
    }
}

/// Gives stored data of unknown length, up to a descriptor that fits it.
fn stored_until_descriptor(
    member: &Member,
    input: &mut Input<'_>,
    buffer: &mut [u8],
) -> io::Result<Step> {
    let there = input.peek(DESCRIPTOR_BYTES)?;
    let mark = memchr::memmem::find(there, DESCRIPTOR);
    let fits = |(crc, _)| crc == member.crc.sum();
    if mark == Some(0) && descriptor(there, member.taken, member.given).is_some_and(fits) {
        return Ok(Step {
            took: 0,
            gave: 0,
            ended: true,
        });
    }
    let most = match mark {
        // It only looks like one.
        Some(0) => 1,
        Some(at) => at,
        // One may begin in the last three bytes.
        None => there.len().saturating_sub(3).max(1),
    };
    let count = most.min(buffer.len()).min(there.len());
    buffer[..count].copy_from_slice(&there[..count]);
    Ok(Step {
        took: count,
        gave: count,
        ended: false,
    })
}

impl Read for Zip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.unpack(buffer)? {
                None => return Ok(0),
                // There may be more to come: packed data does not give something with each step.
                Some(0) => {}
                Some(count) => return Ok(count),
            }
        }
    }
}
