//! Unpacking a member, bit by bit.

use super::super::input::Input;
use super::Zip;
use super::fields::{DESCRIPTOR, DESCRIPTOR_BYTES, descriptor};
use crate::import::packed::Packed;
use crate::import::unpack::too_large;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use std::io::{self, Read};
use std::sync::Arc;
use zstd::stream::raw::{Decoder as Zstd, InBuffer, Operation, OutBuffer};

/// How a member is packed.
pub enum Method {
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
    /// The method with this number.
    pub fn of(number: u64, is_encrypted: bool) -> io::Result<Self> {
        Ok(match number {
            _ if is_encrypted => Self::Other,
            0 => Self::Stored,
            8 => Self::Deflate(Box::new(Decompress::new(false))),
            93 => Self::Zstd(Zstd::new()?),
            _ => Self::Other,
        })
    }

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
pub struct Member {
    /// How it is packed.
    pub method: Method,
    /// What is left of the packed bytes, if their number is known.
    pub left: Option<u64>,
    /// Checksum and size, if they are known beforehand.
    pub told: Option<(u32, u64)>,
    /// Whether what was not told beforehand follows.
    pub descriptor: bool,
    crc: Crc,
    taken: u64,
    given: u64,
    /// Whether it was read to its end.
    pub done: bool,
    /// What is told of it.
    pub state: Arc<Packed>,
}

impl Member {
    /// Of a length that is not known.
    pub fn new(method: Method, state: &Arc<Packed>) -> Self {
        Self {
            method,
            left: None,
            told: None,
            descriptor: true,
            crc: Crc::new(),
            taken: 0,
            given: 0,
            done: false,
            state: Arc::clone(state),
        }
    }
}

impl Zip<'_> {
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
