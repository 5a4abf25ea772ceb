//! How much import takes at once. Every limit that a file can run into stands here, with what happens then.
//!
//! Together they keep memory bounded by a few [`CHUNK_BYTES`] a thread, whatever the file looks like.

/// How much of a file is looked at to find its format.
pub const SNIFF_BYTES: usize = 64 * 1024;

/// A stretch of input for one parser thread is cut at the first record boundary after this many bytes.
///
/// At about 1 KB a span this makes columnar segments of some 12 Ki records. Larger ones cost memory: several are on their way at once.
pub const CHUNK_BYTES: usize = 12 << 20;

/// The largest single record (a span, a log record, an envelope); a larger one is skipped and listed.
pub const MAX_RECORD_BYTES: usize = 64 << 20;

/// A Chrome recording is read as a whole up to this size, since its spans are nested by time over all of it; a larger one
/// is read in pieces of this size, which are not put together. Must be less than [`MAX_RECORD_BYTES`].
pub const RECORDING_BYTES: usize = 48 << 20;

/// Values nested deeper than this are left out with a warning. Skipping them needs no stack.
pub const MAX_DEPTH: usize = 128;

/// A record keeps this many attributes; the rest is left out with a warning.
pub const MAX_ATTRIBUTES: usize = 4096;

/// A longer text value is cut here and ends with `…`, with a warning.
pub const MAX_VALUE_BYTES: usize = 1 << 20;

/// A compressed file that unpacks to more than this is read no further; what came before is kept, and the report says so.
pub const MAX_UNPACKED_BYTES: u64 = 256 << 30;

/// A compressed file that unpacks to more than this many times what was read of it is read no further, in the same way.
/// Traces and logs rarely reach 50.
pub const MAX_UNPACKED_RATIO: u64 = 500;

/// Up to here any ratio is harmless.
pub const RATIO_COUNTS_FROM_BYTES: u64 = 64 << 20;

/// An archive with more members (files, folders and the rest) than this is read no further. The limits for compressed
/// files hold for all of its members together, too.
pub const MAX_MEMBERS: usize = 10_000;

/// A longer name or header of a member makes an archive damaged.
pub const MAX_MEMBER_HEADER_BYTES: u64 = 1 << 20;
