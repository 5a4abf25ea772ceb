//! What a message holds. Requests with spans, log records and metrics have the same outer shape, so the first records
//! inside are looked at: only spans have their fields, only log records theirs.

use super::wire::{Fields, Value};
use crate::import::limits::MAX_RECORD_BYTES;

/// Bytes of a message's length where a file has lengths.
pub const LENGTH_BYTES: usize = 4;

/// What a request holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Spans: `ExportTraceServiceRequest`, `TracesData`, Tempo's `Trace`.
    Traces,
    /// Log records.
    Logs,
    /// Metrics.
    Metrics,
}

/// What a message holds, and how.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What it holds.
    pub signal: Signal,
    /// Whether Tempo wrapped it: then the message is field 1 of another.
    pub wrapped: bool,
}

/// How far a look goes before it gives up.
const LOOKS: usize = 256;

/// The shape of a message between two offsets, of which the end may not be here yet. `None` if there is no record that
/// tells.
pub fn shape(bytes: &[u8], start: usize, end: usize) -> Option<Shape> {
    // Field 1 is a resource's records, of these 2 a scope's, of these 2 a record.
    [(&[1, 2, 2][..], false), (&[1, 1, 2, 2], true)]
        .into_iter()
        .find_map(|(path, wrapped)| {
            let mut looks = LOOKS;
            let signal = find(bytes, (start, end), path, &mut looks)?;
            Some(Shape { signal, wrapped })
        })
}

/// Follows fields down to the first record that tells what it is.
fn find(
    bytes: &[u8],
    (start, end): (usize, usize),
    path: &[u32],
    looks: &mut usize,
) -> Option<Signal> {
    let Some((number, path)) = path.split_first() else {
        return kind_of_record(bytes, start, end);
    };
    let mut fields = Fields::new(bytes, start, end);
    while let Ok(Some(field)) = fields.next() {
        *looks = looks.checked_sub(1)?;
        // Scopes were called libraries before 2022, with another number.
        let old = path.len() == 1 && field.number == 1000;
        if let Value::Bytes { start, end } = field.value
            && (field.number == *number || old)
            && let Some(found) = find(bytes, (start, end), path, looks)
        {
            return Some(found);
        }
    }
    None
}

/// Whether a record is a span, a log record or a metric.
fn kind_of_record(bytes: &[u8], start: usize, end: usize) -> Option<Signal> {
    let (mut trace, mut span, mut name, mut data) = (false, false, false, false);
    let mut fields = Fields::new(bytes, start, end);
    while let Ok(Some(field)) = fields.next() {
        match (field.number, field.value) {
            (7 | 8, Value::Fixed64(_)) | (6, Value::Varint(_)) => return Some(Signal::Traces),
            (1 | 11, Value::Fixed64(_)) | (2, Value::Varint(_)) | (8, Value::Fixed32(_)) => {
                return Some(Signal::Logs);
            }
            (1, Value::Bytes { start, end }) => {
                trace = end - start == 16;
                let text = bytes.get(start..end).map(std::str::from_utf8);
                name = matches!(text, Some(Ok(text)) if !text.contains(char::is_control));
            }
            (2, Value::Bytes { start, end }) => span = end - start == 8,
            (5 | 7 | 9 | 10 | 11, Value::Bytes { .. }) => data = true,
            _ => {}
        }
    }
    match (trace && span, name && data) {
        (_, true) => Some(Signal::Metrics),
        (true, false) => Some(Signal::Traces),
        (false, false) => None,
    }
}

/// The length that stands before a message; `None` if it is none that import would take.
pub fn frame_length(bytes: &[u8]) -> Option<usize> {
    let (length, _) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let length = u32::from_be_bytes(*length) as usize;
    (length <= MAX_RECORD_BYTES).then_some(length)
}

/// Whether a message with its length begins here, as far as can be told from bytes that may end within it.
pub fn is_frame(bytes: &[u8]) -> bool {
    frame_length(bytes).is_some_and(|length| {
        length > 0
            && bytes.get(LENGTH_BYTES) == Some(&0x0A)
            && shape(bytes, LENGTH_BYTES, LENGTH_BYTES + length).is_some()
    })
}

/// Whether a file begins with a message, or with the length of one. Messages without content may come first.
pub fn sniff(prefix: &[u8]) -> bool {
    if prefix.first() == Some(&0x0A) {
        return shape(prefix, 0, usize::MAX).is_some();
    }
    let mut rest = prefix;
    while let Some(after) = rest.strip_prefix(&[0; LENGTH_BYTES]) {
        rest = after;
    }
    is_frame(rest)
}
