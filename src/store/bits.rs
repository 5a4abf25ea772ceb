//! A set of rows of one segment, a bit a row; also of traces, a bit a number.

/// Rows of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
    rows: usize,
}

impl Bits {
    /// No row.
    pub fn none(rows: usize) -> Self {
        Self {
            words: vec![0; rows.div_ceil(64)],
            rows,
        }
    }

    /// Every row.
    pub fn all(rows: usize) -> Self {
        let mut bits = Self {
            words: vec![u64::MAX; rows.div_ceil(64)],
            rows,
        };
        bits.trim();
        bits
    }

    /// The rows for which `holds`.
    pub fn from_fn(rows: usize, mut holds: impl FnMut(usize) -> bool) -> Self {
        let mut bits = Self::none(rows);
        for (place, word) in bits.words.iter_mut().enumerate() {
            let first = place * 64;
            for row in first..rows.min(first + 64) {
                *word |= u64::from(holds(row)) << (row - first);
            }
        }
        bits
    }

    /// The set written by [`Self::to_bytes`]; bytes too few stand for unset bits.
    pub fn from_bytes(rows: usize, bytes: &[u8]) -> Self {
        Self::from_fn(rows, |row| {
            bytes
                .get(row / 8)
                .is_some_and(|byte| byte & (1 << (row % 8)) != 0)
        })
    }

    /// A bit a row, lowest first, in whole bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes = self.words.iter().flat_map(|word| word.to_le_bytes());
        bytes.take(self.rows.div_ceil(8)).collect()
    }

    /// The same set of more rows or fewer.
    pub fn resized(&self, rows: usize) -> Self {
        let mut bits = Self {
            words: self.words.clone(),
            rows,
        };
        bits.words.resize(rows.div_ceil(64), 0);
        bits.trim();
        bits
    }

    /// How many rows the segment has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn set(&mut self, row: usize) {
        if row < self.rows {
            self.words[row / 64] |= 1 << (row % 64);
        }
    }

    pub fn has(&self, row: usize) -> bool {
        let word = self.words.get(row / 64);
        word.is_some_and(|word| word & (1 << (row % 64)) != 0)
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub fn count(&self) -> u64 {
        self.words
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }

    /// Keeps rows that are in both.
    pub fn and(&mut self, other: &Self) {
        self.combine(other, |own, other| own & other);
    }

    /// Adds the rows of the other.
    pub fn or(&mut self, other: &Self) {
        self.combine(other, |own, other| own | other);
    }

    /// Takes the rows of the other out.
    pub fn and_not(&mut self, other: &Self) {
        self.combine(other, |own, other| own & !other);
    }

    /// The rows that are not in it.
    pub fn negated(mut self) -> Self {
        for word in &mut self.words {
            *word = !*word;
        }
        self.trim();
        self
    }

    /// The rows, rising.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(place, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros() as usize;
                    left &= left - 1;
                    place * 64 + bit
                })
            })
        })
    }

    fn combine(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        debug_assert_eq!(self.rows, other.rows, "sets of the same segment");
        for (own, other) in self.words.iter_mut().zip(&other.words) {
            *own = with(*own, *other);
        }
    }

    /// Bits past the last row stay unset.
    fn trim(&mut self) {
        if let (Some(last), used @ 1..) = (self.words.last_mut(), self.rows % 64) {
            *last &= (1 << used) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_at_word_borders() {
        for rows in [0, 1, 63, 64, 65, 130] {
            assert_eq!(Bits::all(rows).count(), rows as u64);
            assert!(Bits::all(rows).negated().is_empty());
            let odd = Bits::from_fn(rows, |row| row % 2 == 1);
            assert_eq!(
                odd.iter().collect::<Vec<_>>(),
                (0..rows).filter(|row| row % 2 == 1).collect::<Vec<_>>()
            );
            assert_eq!(Bits::from_bytes(rows, &odd.to_bytes()), odd);
            let mut rest = Bits::all(rows);
            rest.and_not(&odd);
            assert!(rest.iter().all(|row| row % 2 == 0));
            rest.or(&odd);
            assert_eq!(rest, Bits::all(rows));
        }
    }
}
