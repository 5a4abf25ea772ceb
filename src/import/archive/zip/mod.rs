//! zip: a header before each member, a list of all at the end. Members may be stored, deflated, or packed with zstd.
//!
//! Walks along the headers, not the list, see [`super`]. A writer that could not go back says only after a member how long it
//! is: then the packed data itself tells its end, and for stored data the checksum in what follows it.

mod fields;
mod unpack;

use super::input::Input;
use super::{Found, Walk, is_left_out, shown};
use crate::import::packed::Packed;
use fields::{ELSEWHERE, large_sizes, method_name, u16_at, u32_at};
use std::io;
use unpack::{Member, Method};

const MEMBER: &[u8] = b"PK\x03\x04";
const LISTED: &[u8] = b"PK\x01\x02";
const ENDS: [&[u8]; 3] = [b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"];
const HEADER_BYTES: usize = 30;
const LISTED_BYTES: usize = 46;

/// Whether a zip archive begins so.
pub fn begins(prefix: &[u8]) -> bool {
    prefix.starts_with(MEMBER) || prefix.starts_with(b"PK\x05\x06\0\0\0\0")
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
        let how = Method::of(method, is_encrypted)?;
        let is_other = matches!(how, Method::Other);
        let mut member = Member::new(how, &state);
        member.left = is_told.then_some(packed);
        member.told = (!descriptor).then_some((crc, size));
        member.descriptor = descriptor;
        self.member = Some(member);
        let name = shown(&raw);
        Ok(Some(if is_left_out(&raw) || (is_told && packed == 0) {
            Found::LeftOut
        } else if is_encrypted {
            let reason = "It is encrypted: unpack the archive with its password first.".to_owned();
            Found::Refused { name, reason }
        } else if is_other {
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
}
