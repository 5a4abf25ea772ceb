//! Compressed input, whatever is in it: gzip, zstd, and files of records that are compressed one by one, as the
//! OpenTelemetry Collector's file exporter writes them (a length of four bytes, then a zstd frame).
//!
//! Everything behind this sees the unpacked bytes: places in reports and checkpoints count those. Unpacking streams, so
//! memory does not grow with the file. A file that breaks off or is damaged ends where that shows, and one that unpacks to
//! absurd sizes ends at a [limit](super::limits); what came before is kept, and [`Packed`] knows why it ended. This module
//! knows no format of records.

use super::limits::{
    MAX_RECORD_BYTES, MAX_UNPACKED_BYTES, MAX_UNPACKED_RATIO, RATIO_COUNTS_FROM_BYTES,
};
use crate::model::report::Problems;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many leading bytes tell a packing.
pub const MAGIC_BYTES: usize = 8;

const GZIP: &[u8] = b"\x1F\x8B\x08";
const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD";
const LENGTH_BYTES: usize = 4;
const BUFFER_BYTES: usize = 128 << 10;

/// A way in which a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip, of any number of members.
    Gzip,
    /// zstd, of any number of frames.
    Zstd,
    /// Records with their length, each compressed with zstd on its own.
    ZstdRecords,
}

impl Packing {
    /// The packing of a file that begins so.
    pub fn of(start: &[u8]) -> Option<Self> {
        let record = start.split_first_chunk::<LENGTH_BYTES>();
        if start.starts_with(GZIP) {
            Some(Self::Gzip)
        } else if start.starts_with(ZSTD) || is_skippable_frame(start) {
            Some(Self::Zstd)
        } else if record.is_some_and(|(length, record)| {
            u32::from_be_bytes(*length) as usize <= MAX_RECORD_BYTES && record.starts_with(ZSTD)
        }) {
            Some(Self::ZstdRecords)
        } else {
            None
        }
    }

    /// What it is compressed with, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd | Self::ZstdRecords => "zstd",
        }
    }
}

/// Some writers put a frame without content before the others.
fn is_skippable_frame(start: &[u8]) -> bool {
    matches!(start, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// What is known of a packed file while it is read.
#[derive(Debug)]
pub struct Packed {
    /// How it is packed.
    pub packing: Packing,
    taken: AtomicU64,
    failed: AtomicBool,
    broken: AtomicBool,
    problems: Mutex<Problems>,
}

impl Packed {
    /// Packed bytes read so far.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Whether it ended before its end.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Takes what was found wrong so far, with places in the packed file.
    pub fn take_problems(&self) -> Problems {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *problems)
    }

    fn skip(&self, byte: u64, reason: String) {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        problems.skip(0, byte, reason, b"");
    }
}

/// Unpacks what `packed` reads.
pub fn unpack(
    packing: Packing,
    packed: Box<dyn Read + Send>,
) -> io::Result<(Box<dyn Read + Send>, Arc<Packed>)> {
    let state = Arc::new(Packed {
        packing,
        taken: AtomicU64::new(0),
        failed: AtomicBool::new(false),
        broken: AtomicBool::new(false),
        problems: Mutex::default(),
    });
    let counted = Counted {
        bytes: packed,
        state: Arc::clone(&state),
    };
    let counted = BufReader::with_capacity(BUFFER_BYTES, counted);
    let bytes: Box<dyn Read + Send> = match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(counted)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(counted)?),
        Packing::ZstdRecords => Box::new(Records {
            packed: counted,
            state: Arc::clone(&state),
            at: 0,
            out: io::Cursor::default(),
        }),
    };
    let unpacking = Unpacking {
        bytes,
        state: Arc::clone(&state),
        given: 0,
    };
    Ok((Box::new(unpacking), state))
}

/// Counts packed bytes, and remembers whether reading them failed: then it is not the packing that is wrong.
struct Counted {
    bytes: Box<dyn Read + Send>,
    state: Arc<Packed>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.bytes.read(buffer);
        match &got {
            Ok(count) => {
                self.state.taken.fetch_add(*count as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.state.failed.store(true, Ordering::Relaxed),
        }
        got
    }
}

/// Ends where unpacking fails or goes too far.
struct Unpacking {
    bytes: Box<dyn Read + Send>,
    state: Arc<Packed>,
    given: u64,
}

impl Read for Unpacking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state.is_broken() {
            return Ok(0);
        }
        match self.bytes.read(buffer) {
            Ok(count) => {
                self.given += count as u64;
                if count > 0 {
                    self.check_size();
                }
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) if self.state.failed.load(Ordering::Relaxed) => Err(error),
            Err(error) => {
                let name = self.state.packing.name();
                self.end(format!(
                    "The {name} data is damaged or not complete ({error}); what could be unpacked before was kept"
                ));
                Ok(0)
            }
        }
    }
}

impl Unpacking {
    fn check_size(&mut self) {
        let most = self.state.taken().saturating_mul(MAX_UNPACKED_RATIO);
        if self.given > MAX_UNPACKED_BYTES {
            self.end("It unpacks to more than 256 GiB: what comes after was left out".to_owned());
        } else if self.given > most.max(RATIO_COUNTS_FROM_BYTES) {
            self.end(format!(
                "It unpacks to more than {MAX_UNPACKED_RATIO} times its size, which no traces or logs do: what comes after was left out"
            ));
        }
    }

    fn end(&self, reason: String) {
        self.state.skip(self.state.taken(), reason);
        self.state.broken.store(true, Ordering::Relaxed);
    }
}

/// Records that are compressed one by one. JSON comes out as lines, everything else with its unpacked length before it:
/// just as if the file had been written without compression.
struct Records<R> {
    packed: R,
    state: Arc<Packed>,
    /// Offset of the next record in the packed file.
    at: u64,
    out: io::Cursor<Vec<u8>>,
}

impl<R: BufRead> Records<R> {
    /// Unpacks the next record; false at the end.
    fn next(&mut self) -> io::Result<bool> {
        if self.packed.fill_buf()?.is_empty() {
            return Ok(false);
        }
        let mut length = [0; LENGTH_BYTES];
        self.packed.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length as usize > MAX_RECORD_BYTES {
            return Err(io::Error::other("no record has such a length"));
        }
        let mut record = Vec::new();
        let got = (&mut self.packed)
            .take(length.into())
            .read_to_end(&mut record)?;
        if got < length as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let at = self.at;
        self.at += LENGTH_BYTES as u64 + u64::from(length);
        match unpack_record(&record) {
            Ok(record) => self.out = io::Cursor::new(record),
            Err(error) => {
                let reason = format!("Record left out: it could not be unpacked ({error})");
                self.state.skip(at, reason);
            }
        }
        Ok(true)
    }
}

impl<R: BufRead> Read for Records<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.out.fill_buf()?.is_empty() {
            if !self.next()? {
                return Ok(0);
            }
        }
        self.out.read(buffer)
    }
}

/// One record, unpacked and framed.
fn unpack_record(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut record = vec![0; LENGTH_BYTES];
    let unpacked = zstd::stream::read::Decoder::with_buffer(packed)?
        .take(MAX_RECORD_BYTES as u64 + 1)
        .read_to_end(&mut record)?;
    if unpacked > MAX_RECORD_BYTES {
        return Err(io::Error::other("it is larger than 64 MiB"));
    }
    let content = record.get(LENGTH_BYTES..).unwrap_or_default();
    if matches!(content.trim_ascii_start().first(), Some(b'{' | b'[')) {
        record.drain(..LENGTH_BYTES);
        record.push(b'\n');
    } else if let Some(length) = record.first_chunk_mut::<LENGTH_BYTES>() {
        *length = (unpacked as u32).to_be_bytes();
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn zstd_of(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 1).unwrap()
    }

    fn read(packed: Vec<u8>) -> (Vec<u8>, Arc<Packed>) {
        let packing = Packing::of(&packed).unwrap();
        let (mut bytes, state) = unpack(packing, Box::new(io::Cursor::new(packed))).unwrap();
        let mut out = Vec::new();
        bytes.read_to_end(&mut out).unwrap();
        (out, state)
    }

    #[test]
    fn members_and_frames_follow_one_another() {
        for pack in [gzip, zstd_of] {
            let packed = [pack(b"one\n"), pack(b""), pack(b"two\n")].concat();
            let size = packed.len() as u64;
            let (out, state) = read(packed);
            assert_eq!(out, b"one\ntwo\n");
            assert!(!state.is_broken());
            assert_eq!(state.taken(), size);
        }
    }

    #[test]
    fn records_come_out_as_if_they_had_not_been_packed() {
        let record = |bytes: &[u8]| {
            let packed = zstd_of(bytes);
            [&(packed.len() as u32).to_be_bytes()[..], &packed].concat()
        };
        let (out, _) = read([record(b"{\"a\":1}"), record(b"{}")].concat());
        assert_eq!(out, b"{\"a\":1}\n{}\n");
        let mut damaged = record(b"\x0A\x01b");
        *damaged.last_mut().unwrap() ^= 1;
        damaged[9] ^= 0xFF;
        let (out, state) = read([record(b"\x0A\x01a"), damaged, record(b"\x0A\x01c")].concat());
        assert_eq!(out, b"\0\0\0\x03\x0A\x01a\0\0\0\x03\x0A\x01c");
        assert_eq!(state.take_problems().skipped_total, 1);
        assert!(!state.is_broken());
    }

    #[test]
    fn what_breaks_off_is_kept_up_to_there() {
        let text: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        for pack in [gzip, zstd_of] {
            let mut packed = pack(&text);
            packed.truncate(packed.len() * 3 / 4);
            let (out, state) = read(packed);
            assert!(!out.is_empty() && text.starts_with(&out));
            assert!(state.is_broken());
            assert_eq!(state.take_problems().skipped_total, 1);
        }
    }

    #[test]
    fn absurd_sizes_end_at_the_limit() {
        let bomb = zstd_of(&vec![b' '; 2 * RATIO_COUNTS_FROM_BYTES as usize]);
        let (out, state) = read(bomb);
        assert!(state.is_broken());
        assert!(out.len() as u64 >= RATIO_COUNTS_FROM_BYTES);
        assert!((out.len() as u64) < RATIO_COUNTS_FROM_BYTES + (16 << 20));
        let said = state.take_problems();
        assert!(said.skipped[0].reason.contains("500 times"));
    }
}
