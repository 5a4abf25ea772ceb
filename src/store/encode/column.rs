//! One column of one segment on its way into the store.
//!
//! Two encodings. *Integers*: every row has a number, stored as byte planes; used for times, ids and the like, where
//! dictionaries gain nothing. *Dictionary*: the distinct values, and for each row the code of its value in 1, 2 or 4
//! bytes. The dictionary form has two savings: columns that few rows have keep a list of those rows instead of a
//! code for every row, and columns whose values nearly all differ keep a value for every row and no codes at all.
//!
//! Layout of a dictionary blob (see [`super::blob`] for parts and lists): `u8 placement, u8 code width, u32 values,
//! u32 listed rows`, part of kinds (one byte when all are alike), list of numbers, list of text lengths, part of text;
//! then the rows as a list of distances (placement sparse), and the part of codes (width above 0). Dense codes are
//! one higher than the place in the dictionary; 0 means that the row has no value.

use super::blob::BlobWriter;
use super::{SEGMENT_ROWS, bloom};
use crate::model::batch::BatchValue;
use crate::store::value::ValueRef;
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// The stored number of each encoding; part of the file format.
pub(in crate::store) const INTS: u8 = 1;
pub(in crate::store) const DICTIONARY: u8 = 2;

/// Placements of a dictionary column; part of the file format.
pub(in crate::store) const DENSE: u8 = 0;
pub(in crate::store) const SPARSE: u8 = 1;

/// Below this a dictionary is read as quickly as its filter.
const BLOOM_FROM: usize = 64;

/// When of so many values nearly all differ, as ids do, the rest is taken as different, too.
const SURELY_DIFFERENT: usize = 4096;

/// Up to so many different values, those met lately are tried before a value is hashed.
const FEW: usize = 64;

/// How many places there are for values met lately, two at each.
const RECENT: usize = 8;

/// How many places there are for marks.
const MARKS: usize = 16;

/// In the place of a code: the mark stands for no value.
const NOTHING: u32 = u32::MAX;

/// In the place of a code: no mark is remembered here.
const UNKNOWN: u32 = u32::MAX - 1;

/// From so many values on a column may well have a value for every row.
const MANY: usize = 1024;

/// What a value is known again by within its batch and column, without looking at it: one mark never stands for two
/// values, but a value may have several.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Mark {
    bits: u64,
    kind: u8,
}

impl Mark {
    /// For values that all are of one kind and told apart by a number.
    pub fn number(bits: u64) -> Self {
        Self { bits, kind: 0 }
    }

    /// As [`Self::number`], where another number is needed to tell.
    pub fn numbers(bits: u64, kind: u8) -> Self {
        Self { bits, kind }
    }

    /// Of an attribute's value. A text that was kept once has one mark however often it is met.
    #[inline]
    pub fn of(value: BatchValue) -> Self {
        let (bits, kind) = match value {
            BatchValue::Null => (0, 0),
            BatchValue::Str(text) => (text.mark(), 1),
            BatchValue::Int(number) => (number as u64, 2),
            BatchValue::Float(number) => (number.to_bits(), 3),
            BatchValue::Bool(value) => (u64::from(value), 4),
            BatchValue::Json(text) => (text.mark(), 5),
        };
        Self { bits, kind }
    }

    /// Its place among [`MARKS`].
    #[inline]
    fn place(self) -> usize {
        (self.bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % MARKS
    }
}

/// A column ready to be written.
pub(in crate::store) struct EncodedColumn {
    /// Name as stored; see [`crate::store::fields`].
    pub name: Box<str>,
    pub encoding: u8,
    /// Rows that have a value.
    pub present: u32,
    /// Different values, or an upper bound of it.
    pub distinct: u32,
    /// Least and greatest number among the values.
    pub range: Option<(f64, f64)>,
    pub bloom: Vec<u8>,
    pub data: Vec<u8>,
}

impl EncodedColumn {
    /// What is stored beside the blobs to notice damage.
    pub fn checksum(&self) -> i64 {
        checksum(&self.bloom, &self.data)
    }
}

/// The checksum of a column's two blobs.
pub(in crate::store) fn checksum(bloom: &[u8], data: &[u8]) -> i64 {
    (xxh3_64(data) ^ xxh3_64(bloom).rotate_left(1)) as i64
}

/// Encodes a number for every row. With `zero_is_none` a 0 stands for "no value".
pub(in crate::store) fn encode_ints(
    name: &str,
    values: &[i64],
    zero_is_none: bool,
    blob: &mut BlobWriter,
) -> EncodedColumn {
    let there = || values.iter().filter(|value| !zero_is_none || **value != 0);
    let range = there().min().zip(there().max());
    blob.ints(values);
    EncodedColumn {
        name: name.into(),
        encoding: INTS,
        present: there().count() as u32,
        distinct: values.len() as u32,
        range: range.map(|(min, max)| (*min as f64, *max as f64)),
        bloom: Vec::new(),
        data: blob.finish(),
    }
}

/// Gathers the values of one column, row by row.
pub(in crate::store) struct ColumnBuilder<'a> {
    codes_by_hash: HashTable<u32>,
    /// Codes of marks met lately, or [`NOTHING`], or [`UNKNOWN`].
    marks: [(Mark, u32); MARKS],
    /// Codes of values met lately, by what shows of them at a glance; any code may stand anywhere.
    recent: [[u32; 2]; RECENT],
    values: Vec<(u64, ValueRef<'a>)>,
    rows: Vec<u32>,
    codes: Vec<u32>,
    /// Nobody looks any more whether a value was there before.
    all_differ: bool,
}

const NO_MARKS: [(Mark, u32); MARKS] = [(Mark { bits: 0, kind: 0 }, UNKNOWN); MARKS];

impl Default for ColumnBuilder<'_> {
    fn default() -> Self {
        Self {
            codes_by_hash: HashTable::new(),
            marks: NO_MARKS,
            recent: [[0; 2]; RECENT],
            values: Vec::new(),
            rows: Vec::new(),
            codes: Vec::new(),
            all_differ: false,
        }
    }
}

impl<'a> ColumnBuilder<'a> {
    /// The same memory for values of another batch.
    pub fn emptied<'b>(mut self) -> ColumnBuilder<'b> {
        self.clear();
        ColumnBuilder {
            codes_by_hash: self.codes_by_hash,
            marks: self.marks,
            recent: self.recent,
            // Nothing is left to convert; the allocation stays.
            values: self
                .values
                .into_iter()
                .map(|(hash, _)| (hash, ValueRef::Null))
                .collect(),
            rows: self.rows,
            codes: self.codes,
            all_differ: false,
        }
    }

    fn clear(&mut self) {
        self.codes_by_hash.clear();
        self.marks = NO_MARKS;
        self.values.clear();
        self.rows.clear();
        self.codes.clear();
        self.all_differ = false;
    }

    /// Adds the value of a row, if it has one; it is not looked at if its mark is known. Rows come in order; of two values
    /// for one row the first counts. Tells whether a different value was left out.
    #[inline]
    pub fn push(
        &mut self,
        row: u32,
        mark: Mark,
        value: impl FnOnce() -> Option<ValueRef<'a>>,
    ) -> bool {
        let (known, code) = self.marks[mark.place()];
        if known != mark || code == UNKNOWN || self.rows.last() == Some(&row) {
            return self.push_new(row, mark, value());
        }
        if code != NOTHING {
            self.rows.push(row);
            self.codes.push(code);
        }
        false
    }

    /// As [`Self::push`], without a mark that is known.
    fn push_new(&mut self, row: u32, mark: Mark, value: Option<ValueRef<'a>>) -> bool {
        let Some(value) = value else {
            self.marks[mark.place()] = (mark, NOTHING);
            return false;
        };
        if self.rows.last() == Some(&row) {
            return self.last() != Some(value);
        }
        let code = self.code(value);
        self.rows.push(row);
        self.codes.push(code);
        self.marks[mark.place()] = (mark, code);
        false
    }

    /// The value added last.
    fn last(&self) -> Option<ValueRef<'a>> {
        let code = *self.codes.last()?;
        self.values.get(code as usize).map(|(_, value)| *value)
    }

    #[inline]
    fn code(&mut self, value: ValueRef<'a>) -> u32 {
        if self.values.len() > FEW {
            return match self.codes.last() {
                Some(last) if self.last() == Some(value) => *last,
                _ => self.hashed_code(value),
            };
        }
        let place = glance(value);
        for code in self.recent[place] {
            let known = self.values.get(code as usize);
            if known.is_some_and(|(_, known)| *known == value) {
                return code;
            }
        }
        let code = self.hashed_code(value);
        self.recent[place] = [code, self.recent[place][0]];
        code
    }

    /// The code of a value that is looked up among all.
    fn hashed_code(&mut self, value: ValueRef<'a>) -> u32 {
        let hash = value.fingerprint();
        let code = self.values.len() as u32;
        if self.all_differ {
            self.values.push((hash, value));
            return code;
        }
        let known = self.codes_by_hash.find(hash, |code| {
            let (known_hash, known) = self.values[*code as usize];
            known_hash == hash && known == value
        });
        if let Some(code) = known {
            return *code;
        }
        self.values.push((hash, value));
        self.all_differ = self.values.len() == SURELY_DIFFERENT
            && self.codes.len() < SURELY_DIFFERENT + SURELY_DIFFERENT / 50;
        let values = &self.values;
        let hash_of = |code: &u32| values[*code as usize].0;
        if self.values.len() == MANY {
            // Growing in one step instead of five.
            self.codes_by_hash.reserve(SEGMENT_ROWS - MANY, hash_of);
        }
        self.codes_by_hash.insert_unique(hash, code, hash_of);
        code
    }

    /// Encodes the column of a segment with so many rows, unless no row has a value, and starts anew: the next one may be of
    /// other records, whose marks stand for other values.
    pub fn finish(
        &mut self,
        name: &str,
        segment_rows: u32,
        blob: &mut BlobWriter,
    ) -> Option<EncodedColumn> {
        if self.rows.is_empty() {
            self.clear();
            return None;
        }
        let distinct = self.values.len() as u32;
        let present = self.rows.len() as u32;
        let bloom = if self.values.len() > BLOOM_FROM {
            bloom::build(&self.values)
        } else {
            Vec::new()
        };
        let range = number_range(self.values.iter().map(|(_, value)| *value));
        // A code costs about a byte, so repeating up to a tenth of the values is cheaper than codes for all.
        let implicit = u64::from(distinct) * 10 >= u64::from(present) * 9;
        let all = present == segment_rows;
        let dense = all || (!implicit && u64::from(present) * 8 >= u64::from(segment_rows));
        self.write(blob, implicit, dense, segment_rows);
        self.clear();
        Some(EncodedColumn {
            name: name.into(),
            encoding: DICTIONARY,
            present,
            distinct,
            range,
            bloom,
            data: blob.finish(),
        })
    }

    fn write(&self, blob: &mut BlobWriter, implicit: bool, dense: bool, segment_rows: u32) {
        let width = match (implicit, self.values.len()) {
            (true, _) => 0,
            (false, ..0xff) => 1,
            (false, ..0xffff) => 2,
            (false, _) => 4,
        };
        let stored: Vec<ValueRef> = if implicit {
            let value = |code: &u32| self.values[*code as usize].1;
            self.codes.iter().map(value).collect()
        } else {
            self.values.iter().map(|(_, value)| *value).collect()
        };
        blob.u8(if dense { DENSE } else { SPARSE });
        blob.u8(width);
        blob.u32(stored.len() as u32);
        blob.u32(self.rows.len() as u32);
        write_values(blob, &stored);
        if !dense {
            blob.ints(&distances(&self.rows));
        }
        if !implicit {
            let codes = if dense {
                self.dense_codes(segment_rows)
            } else {
                self.codes.clone()
            };
            blob.part(&packed(&codes, width));
        }
    }

    fn dense_codes(&self, segment_rows: u32) -> Vec<u32> {
        let mut dense = vec![0; segment_rows as usize];
        for (row, code) in self.rows.iter().zip(&self.codes) {
            dense[*row as usize] = code + 1;
        }
        dense
    }
}

/// A place among [`RECENT`]: short lists of values differ in their length, their last letter or their lowest bits.
#[inline]
fn glance(value: ValueRef) -> usize {
    let shows = match value.text() {
        Some(text) => text.len() as u64 ^ u64::from(text.bytes().next_back().unwrap_or(0)),
        None => {
            let bits = value.bits();
            bits ^ bits >> 4 ^ bits >> 8
        }
    };
    shows as usize % RECENT
}

fn write_values(blob: &mut BlobWriter, values: &[ValueRef]) {
    let mut kinds: Vec<u8> = values.iter().map(|value| value.tag()).collect();
    if kinds.windows(2).all(|pair| pair[0] == pair[1]) {
        kinds.truncate(1);
    }
    let mut numbers = Vec::new();
    let mut lengths = Vec::new();
    let mut heap = Vec::new();
    for value in values {
        match value.text() {
            Some(text) => {
                lengths.push(text.len() as i64);
                heap.extend_from_slice(text.as_bytes());
            }
            None => numbers.push(value.bits() as i64),
        }
    }
    blob.part(&kinds);
    blob.u32(numbers.len() as u32);
    blob.ints(&numbers);
    blob.u32(lengths.len() as u32);
    blob.ints(&lengths);
    blob.part(&heap);
}

/// Each row as its distance from the one before.
fn distances(rows: &[u32]) -> Vec<i64> {
    let mut before = 0;
    let mut distance = |row: &u32| {
        let distance = i64::from(*row) - before;
        before = i64::from(*row);
        distance
    };
    rows.iter().map(&mut distance).collect()
}

/// Codes in so many bytes each.
fn packed(codes: &[u32], width: u8) -> Vec<u8> {
    match width {
        1 => codes.iter().map(|code| *code as u8).collect(),
        2 => codes
            .iter()
            .flat_map(|code| (*code as u16).to_le_bytes())
            .collect(),
        _ => codes.iter().flat_map(|code| code.to_le_bytes()).collect(),
    }
}

fn number_range<'a>(values: impl Iterator<Item = ValueRef<'a>>) -> Option<(f64, f64)> {
    values
        .filter_map(ValueRef::counted)
        .map(f64::from)
        .map(|number| (number, number))
        .reduce(|(low, high), (number, _)| (low.min(number), high.max(number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::column::Column;

    /// What is read back of the values of every row.
    fn written(builder: &mut ColumnBuilder, texts: &[String]) -> Vec<String> {
        let rows = texts.len() as u32;
        let column = builder.finish("key", rows, &mut BlobWriter::new());
        let column = column.unwrap();
        assert_eq!(column.present, rows);
        let column = Column::decode(column.encoding, &column.data, rows).unwrap();
        (0..texts.len())
            .map(|row| column.text(row).to_owned())
            .collect()
    }

    /// Adds a text, whose mark is where it lies.
    fn push<'a>(builder: &mut ColumnBuilder<'a>, row: u32, text: &'a str) -> bool {
        let mark = Mark::number(text.as_ptr() as u64);
        builder.push(row, mark, || Some(ValueRef::Str(text)))
    }

    #[test]
    fn what_a_mark_stood_for_is_not_asked_again() {
        let mut builder = ColumnBuilder::default();
        let unasked = || -> Option<ValueRef> { panic!("it is known") };
        let [none, one] = [7, 7 << 40].map(Mark::number);
        assert!(!builder.push(0, none, || None));
        assert!(!builder.push(1, none, unasked));
        assert!(!builder.push(2, one, || Some(ValueRef::Int(1))));
        assert!(!builder.push(3, one, unasked));
        // On one row a value counts once, known or not.
        assert!(!builder.push(3, one, || Some(ValueRef::Int(1))));
        let other = Mark::numbers(7 << 40, 1);
        assert!(builder.push(3, other, || Some(ValueRef::Int(2))));
        assert!(!builder.push(4, other, || Some(ValueRef::Int(2))));
        let finish = |builder: &mut ColumnBuilder, rows| {
            let column = builder.finish("key", rows, &mut BlobWriter::new());
            column.map(|column| (column.present, column.distinct, column.range))
        };
        assert_eq!(finish(&mut builder, 5), Some((3, 2, Some((1.0, 2.0)))));
        // Another segment knows nothing of it, nor of marks that stood for nothing where no row had a value.
        for _ in 0..2 {
            assert!(!builder.push(0, one, || Some(ValueRef::Int(9))));
            assert_eq!(finish(&mut builder, 1), Some((1, 1, Some((9.0, 9.0)))));
            assert!(!builder.push(0, one, || None));
            assert_eq!(finish(&mut builder, 1), None);
        }
    }

    #[test]
    fn values_that_repeat_after_thousands_that_differ_come_back() {
        let texts: Vec<String> = (0..9_000)
            .map(|row| format!("id-{}", row % 6_000))
            .collect();
        let mut builder = ColumnBuilder::default();
        for (row, text) in (0..).zip(&texts) {
            push(&mut builder, row, text);
        }
        assert!(builder.all_differ);
        assert_eq!(written(&mut builder, &texts), texts);
    }

    #[test]
    fn used_memory_remembers_nothing() {
        let before = ["a", "b"].map(str::to_owned);
        let after: Vec<String> = (0..2_000).map(|row| format!("{}", row % 1_500)).collect();
        let mut builder = ColumnBuilder::default();
        for (row, text) in (0..).zip(&before) {
            push(&mut builder, row, text);
        }
        let mut builder = builder.emptied();
        assert!(builder.rows.is_empty());
        for (row, text) in (0..).zip(&after) {
            push(&mut builder, row, text);
        }
        assert_eq!(builder.values.len(), 1_500);
        assert_eq!(written(&mut builder, &after), after);
    }
}
