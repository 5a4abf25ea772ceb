//! Attribute names and texts that repeat.
//!
//! Spans of one kind have the same names in the same order, and many of the same values. So the name that followed last
//! time is tried first, and a name's value is compared with a few it had before: what is known already is neither checked
//! nor kept again.

use super::text;
use crate::model::batch::{Attr, Batch, BatchValue, KeyId, Text};
use std::ops::Range;

/// What was met before in a batch.
#[derive(Default)]
pub struct Memory {
    /// Which name came after each name, at one more than its id; at 0 which one came first.
    next: Vec<KeyId>,
    /// Texts of each attribute name.
    texts: Vec<Recent>,
    /// Names of records.
    pub names: Recent,
    /// Attributes at each place in a record.
    written: Vec<[[Written; 2]; TEXTS]>,
    /// Place in `next` of the name before.
    before: usize,
}

/// An attribute and where it was written.
#[derive(Clone, Copy)]
struct Written {
    start: usize,
    end: usize,
    attr: Attr,
}

const UNWRITTEN: Written = Written {
    start: 0,
    end: 0,
    attr: Attr {
        key: UNKNOWN,
        value: BatchValue::Null,
    },
};

/// For so many attributes of a record it is remembered how they were written.
const PLACES: usize = 64;

/// Texts met lately: at each place the last two, since texts of one statement may differ only in their middle.
#[derive(Clone, Copy)]
pub struct Recent([[Text; 2]; TEXTS]);

impl Default for Recent {
    fn default() -> Self {
        Self([[Text::EMPTY; 2]; TEXTS])
    }
}

impl Recent {
    /// A text that reads like this.
    #[inline]
    pub fn get(&self, batch: &Batch, bytes: &[u8]) -> Option<Text> {
        let known = self.0[slot(bytes)];
        known.into_iter().find(|text| batch.text_is(*text, bytes))
    }

    /// Remembers a text, which was written so.
    #[inline]
    pub fn set(&mut self, bytes: &[u8], text: Text) {
        let known = &mut self.0[slot(bytes)];
        *known = [text, known[0]];
    }
}

/// How many places there are for texts of one name.
const TEXTS: usize = 8;

/// Where a text is remembered: short lists of values differ in their length or their last letter.
#[inline]
fn slot(text: &[u8]) -> usize {
    let last = text.last().copied().unwrap_or(0);
    (text.len() ^ usize::from(last)) % TEXTS
}

const UNKNOWN: KeyId = KeyId(u32::MAX);

impl Memory {
    /// A record begins.
    pub fn begin(&mut self) {
        self.before = 0;
    }

    /// The id of an attribute name.
    #[inline]
    pub fn key(&mut self, batch: &mut Batch, name: &[u8]) -> KeyId {
        let likely = self.next.get(self.before).copied().unwrap_or(UNKNOWN);
        let known = batch.keys.names().get(likely.0 as usize);
        let key = match known {
            Some(known) if known.as_bytes() == name => likely,
            _ => self.look_up(batch, name),
        };
        self.before = key.0 as usize + 1;
        key
    }

    #[inline(never)]
    fn look_up(&mut self, batch: &mut Batch, name: &[u8]) -> KeyId {
        let key = batch.keys.intern(&text::text(name, &mut batch.problems));
        let names = batch.keys.names().len();
        self.next.resize(names + 1, UNKNOWN);
        self.texts.resize(names, Recent::default());
        if let Some(next) = self.next.get_mut(self.before) {
            *next = key;
        }
        key
    }

    /// The attribute that was written exactly so before, at this place in a record.
    #[inline]
    pub fn attribute(&mut self, bytes: &[u8], place: usize, range: Range<usize>) -> Option<Attr> {
        let raw = bytes.get(range)?;
        let known = self.written.get(place)?;
        let same = |known: &&Written| {
            known.end - known.start == raw.len() && bytes.get(known.start..known.end) == Some(raw)
        };
        let known = known[slot(raw)].iter().find(same)?;
        if known.attr.key == UNKNOWN {
            return None;
        }
        self.before = known.attr.key.0 as usize + 1;
        Some(known.attr)
    }

    /// Remembers how an attribute was written.
    #[inline]
    pub fn set_attribute(&mut self, bytes: &[u8], place: usize, range: Range<usize>, attr: Attr) {
        if place >= self.written.len() {
            if place >= PLACES {
                return;
            }
            self.written.resize(place + 1, [[UNWRITTEN; 2]; TEXTS]);
        }
        let slot = slot(bytes.get(range.clone()).unwrap_or_default());
        let known = &mut self.written[place][slot];
        let written = Written {
            start: range.start,
            end: range.end,
            attr,
        };
        *known = [written, known[0]];
    }

    /// A text of a name that reads like this.
    #[inline]
    pub fn text(&self, batch: &Batch, key: KeyId, bytes: &[u8]) -> Option<Text> {
        self.texts.get(key.0 as usize)?.get(batch, bytes)
    }

    /// Remembers a text of a name, which was written so.
    #[inline]
    pub fn set_text(&mut self, key: KeyId, bytes: &[u8], text: Text) {
        if let Some(known) = self.texts.get_mut(key.0 as usize) {
            known.set(bytes, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_order_have_one_id_each() {
        let (mut batch, mut memory) = (Batch::default(), Memory::default());
        let mut seen = Vec::new();
        for record in [
            ["a", "b", "c"],
            ["a", "b", "c"],
            ["c", "a", "a"],
            ["b", "c", "a"],
        ] {
            memory.begin();
            for name in record {
                let key = memory.key(&mut batch, name.as_bytes());
                assert_eq!(batch.keys.name(key), name);
                seen.push(key.0);
            }
        }
        assert_eq!(seen, [0, 1, 2, 0, 1, 2, 2, 0, 0, 1, 2, 0]);
    }

    #[test]
    fn only_the_same_text_is_known() {
        let (mut batch, mut memory) = (Batch::default(), Memory::default());
        let key = memory.key(&mut batch, b"a");
        assert_eq!(memory.text(&batch, key, b"x"), None);
        let text = batch.keep("x");
        memory.set_text(key, b"x", text);
        assert_eq!(memory.text(&batch, key, b"x"), Some(text));
        assert_eq!(memory.text(&batch, key, b"xy"), None);
        // Of one length and with one last letter, so at one place: two of them are known.
        let [ax, bx, cx] = ["ax", "bx", "cx"].map(|text| {
            let kept = batch.keep(text);
            memory.set_text(key, text.as_bytes(), kept);
            kept
        });
        assert_ne!(ax, cx);
        assert_eq!(memory.text(&batch, key, b"ax"), None);
        assert_eq!(memory.text(&batch, key, b"bx"), Some(bx));
        assert_eq!(memory.text(&batch, key, b"cx"), Some(cx));
    }
}
