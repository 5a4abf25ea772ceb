//! The bytes of a column: parts that are compressed on their own, integers as byte planes.
//!
//! All integers are little-endian. A *part* is `u32 raw length, u32 stored length, u8 codec, bytes` with codec 0 for
//! bytes as they are and 1 for zstd. A *list of integers* is `i64 least value, u8 width` and a part with `width` planes:
//! first the lowest byte of every distance from the least value, then the next byte of every one, and so on. Planes of
//! slowly growing numbers compress well, and width 0 costs nothing at all.
//!
//! Reading trusts nothing: every length is checked before it is used.

use std::cell::RefCell;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::compress_bound;

/// Parts shorter than this are not worth a zstd frame.
const COMPRESS_FROM: usize = 64;
/// Speed matters more than the last tenth of size.
const LEVEL: i32 = 1;
/// Room that a writer keeps for the next blob; few are larger.
const KEPT: usize = 4 << 20;
/// No part of a sound column is larger; keeps damaged lengths from asking for all memory.
const MAX_PART: usize = 1 << 30;

const RAW: u8 = 0;
const ZSTD: u8 = 1;

/// The bytes do not make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Damaged;

/// Writes parts.
pub(in crate::store) struct BlobWriter {
    bytes: Vec<u8>,
    zstd: Option<Compressor<'static>>,
    planes: Vec<u8>,
    /// Where a part is compressed to.
    packed: Vec<u8>,
}

impl BlobWriter {
    pub fn new() -> Self {
        Self {
            bytes: Vec::new(),
            // Without a compressor parts are stored as they are: larger, and still right.
            zstd: Compressor::new(LEVEL).ok(),
            planes: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// The blob so far; the writer starts anew.
    pub fn finish(&mut self) -> Vec<u8> {
        // Copied, so that the next blob has room already, and this one not more than it needs.
        let blob = self.bytes.clone();
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.packed.clear();
        self.packed.shrink_to(KEPT);
        blob
    }

    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub fn part(&mut self, raw: &[u8]) {
        let (codec, stored) = match self.compress(raw) {
            true => (ZSTD, self.packed.as_slice()),
            false => (RAW, raw),
        };
        self.bytes
            .extend_from_slice(&(raw.len() as u32).to_le_bytes());
        self.bytes
            .extend_from_slice(&(stored.len() as u32).to_le_bytes());
        self.bytes.push(codec);
        self.bytes.extend_from_slice(stored);
    }

    /// Compresses a part into `packed`. Tells whether that makes it smaller.
    fn compress(&mut self, raw: &[u8]) -> bool {
        let Some(zstd) = &mut self.zstd else {
            return false;
        };
        if raw.len() < COMPRESS_FROM {
            return false;
        }
        self.packed.clear();
        self.packed.reserve(compress_bound(raw.len()));
        let compressed = zstd.compress_to_buffer(raw, &mut self.packed);
        compressed.is_ok_and(|len| len < raw.len())
    }

    pub fn ints(&mut self, values: &[i64]) {
        let least = values.iter().copied().min().unwrap_or(0);
        let most = values.iter().copied().max().unwrap_or(0);
        let width = bytes_for(most.wrapping_sub(least) as u64);
        self.bytes.extend_from_slice(&least.to_le_bytes());
        self.u8(width as u8);
        let mut planes = std::mem::take(&mut self.planes);
        planes.clear();
        for plane in 0..width {
            let bytes = values.iter().map(|value| {
                let distance = value.wrapping_sub(least) as u64;
                (distance >> (8 * plane)) as u8
            });
            planes.extend(bytes);
        }
        self.part(&planes);
        self.planes = planes;
    }
}

/// How many bytes hold the number; none for zero.
fn bytes_for(number: u64) -> usize {
    (64 - number.leading_zeros() as usize).div_ceil(8)
}

/// Reads what [`BlobWriter`] wrote.
pub(in crate::store) struct BlobReader<'a>(&'a [u8]);

thread_local! {
    /// Decompression contexts are large; one a thread is enough.
    static UNZSTD: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

impl<'a> BlobReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Nothing may be left over.
    pub fn end(self) -> Result<(), Damaged> {
        self.0.is_empty().then_some(()).ok_or(Damaged)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.take(N)?.try_into().map_err(|_| Damaged)
    }

    pub fn u8(&mut self) -> Result<u8, Damaged> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn u32(&mut self) -> Result<u32, Damaged> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn part(&mut self) -> Result<Vec<u8>, Damaged> {
        let raw = self.u32()? as usize;
        let stored = self.u32()? as usize;
        let codec = self.u8()?;
        let bytes = self.take(stored)?;
        match codec {
            RAW if raw == stored => Ok(bytes.to_vec()),
            ZSTD if raw <= MAX_PART => unzstd(bytes, raw),
            _ => Err(Damaged),
        }
    }

    pub fn ints(&mut self, count: usize) -> Result<Vec<i64>, Damaged> {
        let least = i64::from_le_bytes(self.array()?);
        let width = usize::from(self.u8()?);
        let planes = self.part()?;
        if width > 8 || planes.len() != width * count {
            return Err(Damaged);
        }
        if count == 0 || width == 0 {
            return Ok(vec![least; count]);
        }
        let mut distances = vec![0u64; count];
        for (place, plane) in planes.chunks_exact(count).enumerate() {
            for (distance, byte) in distances.iter_mut().zip(plane) {
                *distance |= u64::from(*byte) << (8 * place);
            }
        }
        let value = |distance| least.wrapping_add(distance as i64);
        Ok(distances.into_iter().map(value).collect())
    }
}

fn unzstd(bytes: &[u8], raw: usize) -> Result<Vec<u8>, Damaged> {
    UNZSTD.with_borrow_mut(|zstd| {
        let zstd = zstd.as_mut().ok_or(Damaged)?;
        let out = zstd.decompress(bytes, raw).map_err(|_| Damaged)?;
        (out.len() == raw).then_some(out).ok_or(Damaged)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_width_come_back() {
        for values in [
            vec![],
            vec![7],
            vec![0; 100],
            vec![i64::MIN, i64::MAX, 0, -1],
            (0..1_000).map(|n| n * 1_000_003 - 77).collect(),
        ] {
            let mut writer = BlobWriter::new();
            writer.ints(&values);
            let blob = writer.finish();
            let mut reader = BlobReader::new(&blob);
            assert_eq!(reader.ints(values.len()), Ok(values));
            assert_eq!(reader.end(), Ok(()));
        }
    }

    #[test]
    fn cut_or_changed_bytes_are_damage_and_never_a_panic() {
        let mut writer = BlobWriter::new();
        writer.ints(&(0..500).collect::<Vec<_>>());
        writer.part("some text ".repeat(50).as_bytes());
        let blob = writer.finish();
        let read = |bytes: &[u8]| {
            let mut reader = BlobReader::new(bytes);
            reader.ints(500)?;
            reader.part()?;
            reader.end()
        };
        assert_eq!(read(&blob), Ok(()));
        for cut in 0..blob.len() {
            assert_eq!(read(&blob[..cut]), Err(Damaged), "cut at {cut}");
        }
        for place in 0..blob.len() {
            let mut changed = blob.clone();
            changed[place] ^= 0x5a;
            // Some changes still decode (the checksum beside the blob catches those); none may panic.
            let _ = read(&changed);
        }
    }
}
