//! One column of one segment, decoded and ready to be looked at. The layout is described in [`super::encode`].
//!
//! Decoding checks everything later code relies on: codes lie within the dictionary, rows within the segment, text is
//! UTF-8 and cut at characters. Bytes that break a rule are [`Damaged`], never a panic.

use super::bits::Bits;
use super::encode::blob::{BlobReader, Damaged};
use super::encode::column::{DENSE, DICTIONARY, INTS, SPARSE};
use super::numbered::{NUMBERED_FROM, Numbers};
use super::value::ValueRef;
use super::values::Values;
use hashbrown::HashMap;
use std::sync::Arc;

/// A decoded column.
#[derive(Debug)]
pub(super) enum Column {
    /// A number for every row.
    Ints(Vec<i64>),
    /// Values behind codes.
    Dictionary(Dictionary),
}

/// Values and which rows have them.
#[derive(Debug)]
pub(super) struct Dictionary {
    /// The values; without codes one for each row that has one, and then values may repeat.
    pub values: Values,
    placement: Placement,
    codes: Codes,
    /// Of the texts, when they are many; see [`super::numbered`].
    pub numbers: Numbers,
}

#[derive(Debug)]
enum Placement {
    /// Codes stand for every row, one higher than the place; 0 is "no value".
    Dense,
    /// Codes stand for these rows, rising.
    Sparse(Vec<u32>),
}

#[derive(Debug)]
enum Codes {
    /// The place itself is the code.
    Implicit,
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

impl Codes {
    fn get(&self, place: usize) -> u32 {
        match self {
            Self::Implicit => place as u32,
            Self::U8(codes) => codes.get(place).copied().unwrap_or_default().into(),
            Self::U16(codes) => codes.get(place).copied().unwrap_or_default().into(),
            Self::U32(codes) => codes.get(place).copied().unwrap_or_default(),
        }
    }
}

impl Column {
    /// Decodes a column of a segment with so many rows.
    pub fn decode(encoding: u8, data: &[u8], rows: u32) -> Result<Self, Damaged> {
        let mut blob = BlobReader::new(data);
        let column = match encoding {
            INTS => Self::Ints(blob.ints(rows as usize)?),
            DICTIONARY => Self::Dictionary(Dictionary::decode(&mut blob, rows)?),
            _ => return Err(Damaged),
        };
        blob.end()?;
        Ok(column)
    }

    /// A column that was never written: a text a row, by numbers above 0; 0 is "no value", and so is a number without a text.
    pub fn of_texts<'a>(
        numbers: impl Iterator<Item = u32>,
        text: impl Fn(u32) -> Option<&'a Arc<str>>,
    ) -> Self {
        let mut values = Values::default();
        let mut known: HashMap<u32, u32> = HashMap::from([(0, 0)]);
        let codes: Vec<u32> = numbers
            .map(|number| {
                *known.entry(number).or_insert_with(|| {
                    let added = text(number).is_some_and(|text| values.push_text(text));
                    if added { values.len() as u32 } else { 0 }
                })
            })
            .collect();
        let codes = match values.len() {
            0..=0xff => Codes::U8(codes.into_iter().map(|code| code as u8).collect()),
            0x100..=0xffff => Codes::U16(codes.into_iter().map(|code| code as u16).collect()),
            _ => Codes::U32(codes),
        };
        Self::Dictionary(Dictionary {
            values,
            placement: Placement::Dense,
            codes,
            numbers: Numbers::default(),
        })
    }

    /// Roughly how much memory it takes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Ints(values) => values.len() * 8,
            Self::Dictionary(column) => column.bytes(),
        }
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> Option<ValueRef<'_>> {
        match self {
            Self::Ints(values) => values.get(row).map(|value| ValueRef::Int(*value)),
            Self::Dictionary(column) => column.value(row),
        }
    }

    /// The number of a row in a column of integers; 0 elsewhere.
    pub fn int(&self, row: usize) -> i64 {
        match self.value(row) {
            Some(ValueRef::Int(value)) => value,
            _ => 0,
        }
    }

    /// The text of a row; empty when it has none.
    pub fn text(&self, row: usize) -> &str {
        self.value(row).and_then(ValueRef::text).unwrap_or_default()
    }
}

impl Dictionary {
    fn decode(blob: &mut BlobReader, rows: u32) -> Result<Self, Damaged> {
        let placement = blob.u8()?;
        let width = blob.u8()?;
        let count = blob.u32()? as usize;
        let listed = blob.u32()? as usize;
        if listed > rows as usize || count > listed {
            return Err(Damaged);
        }
        let values = Values::decode(blob, count)?;
        let placement = match placement {
            DENSE => Placement::Dense,
            SPARSE => Placement::Sparse(decode_rows(blob, listed, rows)?),
            _ => return Err(Damaged),
        };
        let dense = matches!(placement, Placement::Dense);
        let places = if dense { rows as usize } else { listed };
        let codes = decode_codes(blob, width, places)?;
        // Dense codes reach one higher, for "no value" is 0.
        let most = if dense {
            count
        } else {
            count.saturating_sub(1)
        };
        let sound = match &codes {
            Codes::Implicit => count == places,
            Codes::U8(codes) => codes.iter().all(|code| usize::from(*code) <= most),
            Codes::U16(codes) => codes.iter().all(|code| usize::from(*code) <= most),
            Codes::U32(codes) => codes.iter().all(|code| *code as usize <= most),
        };
        sound
            .then_some(Self {
                values,
                placement,
                codes,
                numbers: Numbers::default(),
            })
            .ok_or(Damaged)
    }

    fn bytes(&self) -> usize {
        let rows = match &self.placement {
            Placement::Dense => 0,
            Placement::Sparse(rows) => rows.len() * 4,
        };
        let codes = match &self.codes {
            Codes::Implicit => 0,
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => codes.len() * 2,
            Codes::U32(codes) => codes.len() * 4,
        };
        let many = self.values.len() >= NUMBERED_FROM;
        let numbers = if many { self.values.len() * 4 } else { 0 };
        rows + codes + numbers + self.values.bytes()
    }

    /// The code at a place of a dense column.
    fn dense_code(&self, row: usize) -> Option<u32> {
        match &self.codes {
            Codes::Implicit => (row < self.values.len()).then_some(row as u32),
            codes => codes.get(row).checked_sub(1),
        }
    }

    /// The code of a row's value.
    pub fn code(&self, row: usize) -> Option<u32> {
        match &self.placement {
            Placement::Dense => self.dense_code(row),
            Placement::Sparse(rows) => {
                let place = rows.binary_search(&(row as u32)).ok()?;
                Some(self.codes.get(place))
            }
        }
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> Option<ValueRef<'_>> {
        self.code(row).map(|code| self.values.get(code as usize))
    }

    /// Visits the selected rows that have a value, with their codes.
    pub fn visit(&self, selected: &Bits, mut each: impl FnMut(usize, u32)) {
        match &self.placement {
            Placement::Dense => {
                for row in selected.iter() {
                    if let Some(code) = self.dense_code(row) {
                        each(row, code);
                    }
                }
            }
            Placement::Sparse(rows) => {
                for (place, row) in rows.iter().enumerate() {
                    if selected.has(*row as usize) {
                        each(*row as usize, self.codes.get(place));
                    }
                }
            }
        }
    }

    /// The rows whose value's code is marked.
    pub fn rows_where(&self, marked: &[bool], rows: usize) -> Bits {
        let is = |code: u32| marked.get(code as usize).copied().unwrap_or(false);
        match &self.placement {
            Placement::Dense => match &self.codes {
                Codes::Implicit => Bits::from_fn(rows, |row| is(row as u32)),
                Codes::U8(codes) => dense_rows(codes, marked, rows),
                Codes::U16(codes) => dense_rows(codes, marked, rows),
                Codes::U32(codes) => dense_rows(codes, marked, rows),
            },
            Placement::Sparse(listed) => {
                let mut bits = Bits::none(rows);
                for (place, row) in listed.iter().enumerate() {
                    if is(self.codes.get(place)) {
                        bits.set(*row as usize);
                    }
                }
                bits
            }
        }
    }

    /// The rows that have a value.
    pub fn present(&self, rows: usize) -> Bits {
        self.rows_where(&vec![true; self.values.len()], rows)
    }
}

/// [`Dictionary::rows_where`] for codes of one width: a look into a table a row.
fn dense_rows<C: Copy + Into<u32>>(codes: &[C], marked: &[bool], rows: usize) -> Bits {
    let mut table = Vec::with_capacity(marked.len() + 1);
    table.push(false);
    table.extend_from_slice(marked);
    Bits::from_fn(rows, |row| {
        let code = codes.get(row).map_or(0, |code| (*code).into());
        table.get(code as usize).copied().unwrap_or(false)
    })
}

fn decode_rows(blob: &mut BlobReader, listed: usize, rows: u32) -> Result<Vec<u32>, Damaged> {
    let mut row = 0i64;
    let mut decoded = Vec::with_capacity(listed);
    for (place, distance) in blob.ints(listed)?.into_iter().enumerate() {
        row = row.checked_add(distance).ok_or(Damaged)?;
        let rising = place == 0 || distance > 0;
        if !rising || !(0..i64::from(rows)).contains(&row) {
            return Err(Damaged);
        }
        decoded.push(row as u32);
    }
    Ok(decoded)
}

fn decode_codes(blob: &mut BlobReader, width: u8, places: usize) -> Result<Codes, Damaged> {
    if width == 0 {
        return Ok(Codes::Implicit);
    }
    let bytes = blob.part()?;
    if bytes.len() != places * usize::from(width) {
        return Err(Damaged);
    }
    match width {
        1 => Ok(Codes::U8(bytes)),
        2 => {
            let (pairs, _) = bytes.as_chunks::<2>();
            Ok(Codes::U16(
                pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
            ))
        }
        4 => {
            let (fours, _) = bytes.as_chunks::<4>();
            Ok(Codes::U32(
                fours.iter().map(|four| u32::from_le_bytes(*four)).collect(),
            ))
        }
        _ => Err(Damaged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_a_column() {
        let texts: Vec<Arc<str>> = vec!["a".into(), "bc".into()];
        let column = Column::of_texts([2, 0, 1, 2, 9].into_iter(), |at| texts.get(at as usize - 1));
        let values: Vec<Option<ValueRef>> = (0..6).map(|row| column.value(row)).collect();
        let text = |text| Some(ValueRef::Str(text));
        assert_eq!(
            values,
            [text("bc"), None, text("a"), text("bc"), None, None]
        );
        let many: Vec<Arc<str>> = (0..300).map(|at| at.to_string().into()).collect();
        let column = Column::of_texts(1..=300, |at| many.get(at as usize - 1));
        assert_eq!(column.text(299), "299");
        let none = Column::of_texts([0, 0].into_iter(), |_| None);
        assert_eq!((none.value(0), none.value(1)), (None, None));
    }
}
