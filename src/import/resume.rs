//! Recognising a file that was read before, grew since, or was left half-way.
//!
//! Of a compressed file the unpacked bytes are compared, so it is the same file as its uncompressed twin. Its size on disk
//! then says nothing about how much there is to read: its end is found by unpacking.

use super::source::{Source, fill};
use crate::model::CancelToken;
use crate::model::sink::{FileIdentity, HEAD_BYTES, ImportId, KnownImport};
use std::io::{self, Read};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// What an earlier import of the same file means for this one.
pub enum Known<'a> {
    /// The file is new; here it is from its start.
    New(Source<'a>),
    /// Nothing happened to it since it was read.
    Unchanged,
    /// It begins with what was read before; here is what comes after that.
    Prefix(Box<Prefix>, Source<'a>),
}

/// Where to go on.
pub struct Prefix {
    /// The import to go on with.
    pub import: ImportId,
    /// Bytes that are already in the sink.
    pub read_to: u64,
    /// Lines that end in them.
    pub lines: u64,
    /// The hash over them, to go on with.
    pub hash: Xxh3,
    /// Log records before this byte are in the sink, too.
    pub logs_to: u64,
    /// Whether the file has the same size as when that import began.
    pub same_size: bool,
}

/// A file's identity from its first bytes.
pub fn identity(path: String, format: &str, size: Option<u64>, prefix: &[u8]) -> FileIdentity {
    let head_len = (prefix.len() as u64).min(HEAD_BYTES);
    FileIdentity {
        path,
        format: format.to_owned(),
        size: size.unwrap_or(0),
        head_len,
        head_hash: xxh3_64(&prefix[..head_len as usize]),
    }
}

/// Compares a file with earlier imports. Reads it only if its first bytes are known, and opens it anew only where it turned
/// out to go on differently.
pub fn compare<'a>(
    known: &[KnownImport],
    file: &FileIdentity,
    source: Source<'a>,
    reopen: &dyn Fn() -> io::Result<Source<'a>>,
    cancel: &CancelToken,
) -> io::Result<Known<'a>> {
    let packed = !source.packed.is_empty();
    let begins_so = |earlier: &&KnownImport| {
        let head = source.prefix.get(..earlier.identity.head_len as usize);
        earlier.identity.format == file.format
            && (packed || (earlier.identity.size <= file.size && earlier.read_to <= file.size))
            && head.is_some_and(|head| xxh3_64(head) == earlier.identity.head_hash)
    };
    let mut candidates: Vec<&KnownImport> = known.iter().filter(begins_so).collect();
    candidates.sort_by_key(|earlier| std::cmp::Reverse((earlier.read_to, earlier.complete)));
    let mut opened = Some(source);
    for earlier in candidates {
        let mut source = opened.take().map_or_else(reopen, Ok)?;
        let (hash, lines) = hash_prefix(&mut source.bytes, earlier.read_to, cancel)?;
        // An import that was left before its first commit has no hash worth comparing: its head was enough.
        if earlier.read_to > 0 && hash.digest() != earlier.prefix_hash {
            continue;
        }
        let mut next = Vec::new();
        if earlier.complete && fill(&mut source.bytes, &mut next, 1)? {
            return Ok(Known::Unchanged);
        }
        source.bytes = Box::new(io::Cursor::new(next).chain(source.bytes));
        let prefix = Prefix {
            import: earlier.id,
            read_to: earlier.read_to,
            lines,
            hash,
            logs_to: earlier.logs_to,
            same_size: earlier.identity.size == file.size,
        };
        return Ok(Known::Prefix(Box::new(prefix), source));
    }
    Ok(Known::New(opened.map_or_else(reopen, Ok)?))
}

/// Hashes the first `len` bytes and counts their line ends.
fn hash_prefix(source: &mut dyn Read, len: u64, cancel: &CancelToken) -> io::Result<(Xxh3, u64)> {
    const PIECE: usize = 1 << 20;
    let mut hash = Xxh3::new();
    let mut lines = 0;
    let mut buffer = Vec::with_capacity(PIECE);
    let mut left = len;
    while left > 0 && !cancel.is_cancelled() {
        buffer.clear();
        let piece = left.min(PIECE as u64);
        let ends = fill(source, &mut buffer, piece as usize)?;
        hash.update(&buffer);
        lines += memchr::memchr_iter(b'\n', &buffer).count() as u64;
        left -= buffer.len() as u64;
        if ends {
            break;
        }
    }
    Ok((hash, lines))
}
