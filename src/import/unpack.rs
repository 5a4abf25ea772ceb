//! Compressed input, whatever is in it: gzip, zstd, zlib, deflate, brotli, and files of records that are compressed one by
//! one, as the OpenTelemetry Collector's file exporter writes them (a length of four bytes, then a zstd frame). Text in UTF-16 is
//! treated as packed, too.
//!
//! Everything behind this sees the unpacked bytes: places in reports and checkpoints count those. Unpacking streams, so
//! memory does not grow with the file. A file that breaks off or is damaged ends where that shows, and one that unpacks to
//! absurd sizes ends at a [limit](super::limits); what came before is kept, and [`Packed`] knows why it ended. This module
//! knows no format of records.

use super::limits::{
    MAX_RECORD_BYTES, MAX_UNPACKED_BYTES, MAX_UNPACKED_RATIO, RATIO_COUNTS_FROM_BYTES,
};
use super::packed::{Counted, Packed};
use super::utf16::{self, Utf16};
use crate::model::CancelToken;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

/// How many leading bytes tell a packing.
pub const MAGIC_BYTES: usize = 8;

const GZIP: &[u8] = b"\x1F\x8B\x08";
const ZSTD: &[u8] = b"\x28\xB5\x2F\xFD";
/// The name of what is not compressed.
pub const UTF_16: &str = "UTF-16";
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
    /// Deflate with the header and checksum of zlib.
    Zlib,
    /// Deflate without any header.
    Deflate,
    /// Brotli, which has no header either.
    Brotli,
    /// Not compressed, but text that is to become UTF-8.
    Utf16,
}

impl Packing {
    /// The packing of a file that begins so, where the beginning proves it.
    pub fn of(start: &[u8]) -> Option<Self> {
        let record = start.split_first_chunk::<LENGTH_BYTES>();
        if start.starts_with(GZIP) {
            Some(Self::Gzip)
        } else if start.starts_with(ZSTD) || is_skippable_frame(start) {
            Some(Self::Zstd)
        } else if utf16::is_big(start).is_some() {
            Some(Self::Utf16)
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
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
            Self::Brotli => "brotli",
            Self::Utf16 => UTF_16,
        }
    }
}

/// Some writers put a frame without content before the others.
fn is_skippable_frame(start: &[u8]) -> bool {
    matches!(start, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// Whether a file may be zlib's. Two bytes of text can look so, too: only unpacking proves it.
pub fn may_be_zlib(start: &[u8]) -> bool {
    // 32 KiB of window, any level, no dictionary: with these the checksum of the header holds.
    matches!(start, [0x78, 0x01 | 0x5E | 0x9C | 0xDA, ..])
}

/// What a file that begins with `start` would unpack to, `len` bytes at most; nothing if it is not packed so.
pub fn attempt(packing: Packing, start: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let packed = Box::new(io::Cursor::new(start));
    if let Ok((bytes, _)) = unpack(packing, packed, &CancelToken::default()) {
        // That it breaks off is no wonder: this is only its beginning.
        let _ = bytes.take(len as u64).read_to_end(&mut out);
    }
    out
}

/// Unpacks what `packed` reads.
pub fn unpack<'a>(
    packing: Packing,
    packed: Box<dyn Read + Send + 'a>,
    cancel: &CancelToken,
) -> io::Result<(Box<dyn Read + Send + 'a>, Arc<Packed>)> {
    let state = Packed::new(packing.name());
    let counted = Counted {
        bytes: packed,
        state: Arc::clone(&state),
    };
    let counted = BufReader::with_capacity(BUFFER_BYTES, counted);
    let bytes: Box<dyn Read + Send + 'a> = match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(counted)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(counted)?),
        Packing::ZstdRecords => Box::new(Records {
            packed: counted,
            state: Arc::clone(&state),
            at: 0,
            out: io::Cursor::default(),
        }),
        Packing::Zlib => Box::new(Single {
            bytes: ZlibDecoder::new(counted),
            rest: |zlib| zlib.get_mut().fill_buf().map(|rest| !rest.is_empty()),
            state: Arc::clone(&state),
        }),
        Packing::Deflate => Box::new(Single {
            bytes: DeflateDecoder::new(counted),
            rest: |deflate| deflate.get_mut().fill_buf().map(|rest| !rest.is_empty()),
            state: Arc::clone(&state),
        }),
        Packing::Brotli => Box::new(brotli(counted)),
        Packing::Utf16 => Box::new(Utf16::new(counted)),
    };
    let unpacking = Unpacking {
        bytes,
        state: Arc::clone(&state),
        given: 0,
        cancel: cancel.clone(),
    };
    Ok((Box::new(unpacking), state))
}

/// Brotli as the standard has it. The larger windows of its extension would take up to a gigabyte of memory.
fn brotli<R: Read>(packed: R) -> brotli_decompressor::Decompressor<R> {
    use brotli_decompressor::BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW as LARGE;
    let mut bytes = brotli_decompressor::Decompressor::new(packed, BUFFER_BYTES);
    bytes.set_parameter(LARGE, 0);
    bytes
}

/// A packing that knows only one stream: what comes after its end is told.
struct Single<D> {
    bytes: D,
    /// Whether there is something left behind the end.
    rest: fn(&mut D) -> io::Result<bool>,
    state: Arc<Packed>,
}

impl<D: Read> Read for Single<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        if count == 0
            && !buffer.is_empty()
            && !self.state.is_broken()
            && (self.rest)(&mut self.bytes)?
        {
            let name = self.state.name;
            let reason = format!("What follows the end of the {name} data was left out");
            self.state.end(self.state.taken(), reason);
        }
        Ok(count)
    }
}

/// Ends where unpacking fails or goes too far.
struct Unpacking<'a> {
    bytes: Box<dyn Read + Send + 'a>,
    state: Arc<Packed>,
    given: u64,
    cancel: CancelToken,
}

impl Read for Unpacking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state.is_broken() {
            return Ok(0);
        }
        // A little packed data may be very much unpacked.
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("it was cancelled"));
        }
        let piece = buffer.len().min(4 * BUFFER_BYTES);
        match self.bytes.read(&mut buffer[..piece]) {
            Ok(count) => {
                self.given += count as u64;
                if count > 0 {
                    self.check_size();
                }
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) if self.state.has_failed() => Err(error),
            Err(error) => {
                let name = self.state.name;
                self.end(format!(
                    "The {name} data is damaged or not complete ({error}); what could be unpacked before was kept"
                ));
                Ok(0)
            }
        }
    }
}

impl Unpacking<'_> {
    fn check_size(&mut self) {
        if let Some(reason) = too_large(self.given, self.state.taken()) {
            self.end(reason);
        }
    }

    fn end(&self, reason: String) {
        self.state.end(self.state.taken(), reason);
    }
}

/// Why no more is unpacked, if so many bytes came out of so many.
pub fn too_large(unpacked: u64, packed: u64) -> Option<String> {
    let most = packed.saturating_mul(MAX_UNPACKED_RATIO);
    if unpacked > MAX_UNPACKED_BYTES {
        Some("It unpacks to more than 256 GiB: what comes after was left out".to_owned())
    } else if unpacked > most.max(RATIO_COUNTS_FROM_BYTES) {
        Some(format!(
            "It unpacks to more than {MAX_UNPACKED_RATIO} times its size, which no traces or logs do: what comes after was left out"
        ))
    } else {
        None
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
        let (mut bytes, state) = unpack(
            packing,
            Box::new(io::Cursor::new(packed)),
            &CancelToken::default(),
        )
        .unwrap();
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

    #[test]
    fn unpacking_ends_when_nobody_wants_it() {
        let packed = zstd_of(&vec![b' '; 16 << 20]);
        let cancel = CancelToken::default();
        let packed = Box::new(io::Cursor::new(packed));
        let (mut bytes, state) = unpack(Packing::Zstd, packed, &cancel).unwrap();
        let mut buffer = vec![0; 16 << 20];
        let count = bytes.read(&mut buffer).unwrap();
        assert!(count > 0 && count <= 1 << 20);
        cancel.cancel();
        assert!(bytes.read(&mut buffer).is_err());
        // That is no fault of the file.
        assert!(!state.is_broken() && state.take_problems() == Default::default());
    }
}
