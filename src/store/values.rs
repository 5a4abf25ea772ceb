//! The values of a dictionary, decoded: numbers as they are, texts end to end in one piece of memory.

use super::encode::blob::{BlobReader, Damaged};
use super::value::{ValueRef, tag};

/// Values of all kinds, packed.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// One for all when they are alike.
    kinds: Vec<u8>,
    slots: Slots,
    heap: String,
    /// Whether there is more than ASCII in the heap.
    beyond_ascii: bool,
}

/// What there is of each value beside the heap.
#[derive(Debug)]
enum Slots {
    /// All are texts: where each ends in the heap. The next begins there.
    Ends(Vec<u32>),
    /// Bits of a number, or where a text lies in the heap: its start, and its length in the upper half.
    Mixed(Vec<u64>),
}

impl Default for Slots {
    fn default() -> Self {
        Self::Ends(Vec::new())
    }
}

/// The texts of a dictionary that has nothing else.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    /// All of them end to end.
    pub heap: &'a str,
    /// Where each ends.
    pub ends: &'a [u32],
    /// Whether there is more than ASCII in one of them.
    pub beyond_ascii: bool,
}

impl Values {
    pub fn decode(blob: &mut BlobReader, count: usize) -> Result<Self, Damaged> {
        let kinds = blob.part()?;
        let numbers = blob.u32()? as usize;
        if numbers > count {
            return Err(Damaged);
        }
        let numbers = blob.ints(numbers)?;
        let texts = blob.u32()? as usize;
        if texts > count {
            return Err(Damaged);
        }
        let lengths = blob.ints(texts)?;
        let heap = String::from_utf8(blob.part()?).map_err(|_| Damaged)?;
        if kinds.len() != count && (kinds.len() != 1 || count == 0) {
            return Err(Damaged);
        }
        let all_text = numbers.is_empty() && kinds.iter().all(|kind| is_text(*kind));
        let slots = if all_text && lengths.len() == count {
            Slots::Ends(ends(&lengths, &heap)?)
        } else {
            Slots::Mixed(mixed(&kinds, numbers, lengths, count, &heap)?)
        };
        Ok(Self {
            kinds,
            slots,
            beyond_ascii: !heap.is_ascii(),
            heap,
        })
    }

    /// Adds a text to values that all are texts, if there is room for it.
    pub fn push_text(&mut self, text: &str) -> bool {
        let Slots::Ends(ends) = &mut self.slots else {
            return false;
        };
        let Ok(end) = u32::try_from(self.heap.len() + text.len()) else {
            return false;
        };
        ends.push(end);
        self.kinds = vec![tag::STR];
        self.heap.push_str(text);
        self.beyond_ascii |= !text.is_ascii();
        true
    }

    pub fn len(&self) -> usize {
        match &self.slots {
            Slots::Ends(ends) => ends.len(),
            Slots::Mixed(slots) => slots.len(),
        }
    }

    /// How much memory they take.
    pub fn bytes(&self) -> usize {
        let slots = match &self.slots {
            Slots::Ends(ends) => ends.len() * 4,
            Slots::Mixed(slots) => slots.len() * 8,
        };
        slots + self.kinds.len() + self.heap.len()
    }

    /// The value behind a code of this column.
    pub fn get(&self, code: usize) -> ValueRef<'_> {
        let kind = self.kinds.get(code).or(self.kinds.first());
        let slot = match &self.slots {
            Slots::Ends(ends) => {
                let text = text_at(&self.heap, ends, code);
                return match kind {
                    Some(&tag::STR) => ValueRef::Str(text),
                    Some(_) => ValueRef::Json(text),
                    None => ValueRef::Null,
                };
            }
            Slots::Mixed(slots) => slots.get(code).copied().unwrap_or_default(),
        };
        match kind {
            Some(&tag::STR) => ValueRef::Str(self.slice(slot)),
            Some(&tag::JSON) => ValueRef::Json(self.slice(slot)),
            Some(&tag::INT) => ValueRef::Int(slot as i64),
            Some(&tag::FLOAT) => ValueRef::Float(f64::from_bits(slot)),
            Some(&tag::BOOL) => ValueRef::Bool(slot != 0),
            _ => ValueRef::Null,
        }
    }

    /// All values, in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = ValueRef<'_>> {
        (0..self.len()).map(|code| self.get(code))
    }

    /// The texts, when all values are text.
    pub fn texts(&self) -> Option<Texts<'_>> {
        let Slots::Ends(ends) = &self.slots else {
            return None;
        };
        Some(Texts {
            heap: &self.heap,
            ends,
            beyond_ascii: self.beyond_ascii,
        })
    }

    fn slice(&self, slot: u64) -> &str {
        let start = (slot as u32) as usize;
        let length = (slot >> 32) as usize;
        self.heap.get(start..start + length).unwrap_or_default()
    }
}

impl<'a> Texts<'a> {
    pub fn get(&self, code: usize) -> &'a str {
        text_at(self.heap, self.ends, code)
    }
}

fn text_at<'a>(heap: &'a str, ends: &[u32], code: usize) -> &'a str {
    let start = code.checked_sub(1).and_then(|before| ends.get(before));
    let start = start.map_or(0, |start| *start as usize);
    let end = ends.get(code).map_or(start, |end| *end as usize);
    heap.get(start..end).unwrap_or_default()
}

fn is_text(kind: u8) -> bool {
    matches!(kind, tag::STR | tag::JSON)
}

/// Where texts of these lengths end, which together are the heap.
fn ends(lengths: &[i64], heap: &str) -> Result<Vec<u32>, Damaged> {
    let mut end = 0usize;
    let mut ends = Vec::with_capacity(lengths.len());
    for length in lengths {
        let length = u32::try_from(*length).map_err(|_| Damaged)?;
        end += length as usize;
        if !heap.is_char_boundary(end) {
            return Err(Damaged);
        }
        ends.push(u32::try_from(end).map_err(|_| Damaged)?);
    }
    (end == heap.len()).then_some(ends).ok_or(Damaged)
}

/// A slot for each value, its number or where its text lies.
fn mixed(
    kinds: &[u8],
    numbers: Vec<i64>,
    lengths: Vec<i64>,
    count: usize,
    heap: &str,
) -> Result<Vec<u64>, Damaged> {
    let (mut numbers, mut lengths) = (numbers.into_iter(), lengths.into_iter());
    let mut end = 0usize;
    let mut slots = Vec::with_capacity(count);
    for place in 0..count {
        let kind = kinds.get(place).or(kinds.first()).copied().ok_or(Damaged)?;
        let slot = match kind {
            kind if is_text(kind) => {
                let length = u32::try_from(lengths.next().ok_or(Damaged)?).map_err(|_| Damaged)?;
                let start = u32::try_from(end).map_err(|_| Damaged)?;
                end += length as usize;
                if !heap.is_char_boundary(end) {
                    return Err(Damaged);
                }
                u64::from(length) << 32 | u64::from(start)
            }
            tag::NULL | tag::INT | tag::FLOAT | tag::BOOL => numbers.next().ok_or(Damaged)? as u64,
            _ => return Err(Damaged),
        };
        slots.push(slot);
    }
    let all_used = end == heap.len() && numbers.next().is_none() && lengths.next().is_none();
    all_used.then_some(slots).ok_or(Damaged)
}
