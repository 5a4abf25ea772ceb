//! Letters looked for in all texts of a dictionary at once.
//!
//! Most texts that are searched hold nothing of what is sought. To look at each by itself costs more than to look, so
//! one search goes over all of them end to end, and only where it finds something it is asked which text that is.

use super::values::Texts;
use memchr::memmem::Finder;
use std::fmt::Write as _;

/// How many bytes are brought to lower case at once: so few that they stay in the cache next to the processor.
const CHUNK: usize = 16 << 10;

/// Letters of which some text must hold at least one, whatever the case of ASCII letters.
pub(super) struct Sought {
    finder: Any,
    longest: usize,
}

enum Any {
    One(Box<Finder<'static>>),
    Several(regex::bytes::Regex),
}

impl Sought {
    /// Looks for any of these, whose ASCII letters are lower case. `None` when that would find everything.
    pub fn new(letters: &[Vec<u8>]) -> Option<Self> {
        let longest = letters.iter().map(Vec::len).max()?;
        if letters.iter().any(Vec::is_empty) {
            return None;
        }
        let finder = match letters {
            [one] => Any::One(Box::new(Finder::new(one).into_owned())),
            several => Any::Several(alternation(several)?),
        };
        Some(Self { finder, longest })
    }

    /// Visits the texts that hold some of it, each once, rising. Only what is said of texts of ASCII is exact for
    /// searches in which the case of other letters does not count, either.
    pub fn visit(&self, texts: Texts, mut found: impl FnMut(usize)) {
        let heap = texts.heap.as_bytes();
        let chunk = CHUNK.max(self.longest * 4);
        let mut folded = Vec::with_capacity(chunk.min(heap.len()));
        let (mut from, mut text) = (0, 0);
        while from < heap.len() {
            let until = heap.len().min(from + chunk);
            folded.clear();
            folded.extend_from_slice(&heap[from..until]);
            folded.make_ascii_lowercase();
            let mut next = from;
            while let Some((place, len)) = folded
                .get(next - from..)
                .and_then(|rest| self.finder.find(rest))
            {
                let start = next + place;
                text = text_with(texts.ends, text, start);
                let Some(end) = texts.ends.get(text).map(|end| *end as usize) else {
                    return;
                };
                next = if start + len <= end {
                    found(text);
                    end
                } else {
                    // Half in this text and half in the next is in neither.
                    start + 1
                };
            }
            from = if until < heap.len() {
                // What begins near the end of a chunk may go on behind it.
                next.max(until + 1 - self.longest)
            } else {
                until
            };
        }
    }
}

impl Any {
    /// Where the first begins, and how long it is.
    fn find(&self, within: &[u8]) -> Option<(usize, usize)> {
        match self {
            Self::One(finder) => Some((finder.find(within)?, finder.needle().len())),
            Self::Several(any) => any.find(within).map(|found| (found.start(), found.len())),
        }
    }
}

/// An expression for any of these. Those that begin with another are left out: of two that begin at one place the
/// longer one might reach into the next text, and hide the shorter.
fn alternation(letters: &[Vec<u8>]) -> Option<regex::bytes::Regex> {
    let mut sorted: Vec<&[u8]> = letters.iter().map(Vec::as_slice).collect();
    sorted.sort_unstable();
    sorted.dedup_by(|longer, shorter| longer.starts_with(shorter));
    let mut expression = String::from("(?-u)");
    for (place, letters) in sorted.into_iter().enumerate() {
        if place > 0 {
            expression.push('|');
        }
        for byte in letters {
            let _ = write!(expression, "\\x{byte:02X}");
        }
    }
    regex::bytes::Regex::new(&expression).ok()
}

/// The text that a byte belongs to, which is none before `from`. Steps double, since it mostly is near.
fn text_with(ends: &[u32], from: usize, byte: usize) -> usize {
    let before = |text: usize| ends.get(text).is_some_and(|end| *end as usize <= byte);
    let (mut low, mut step) = (from, 1);
    while before(low + step - 1) {
        low += step;
        step *= 2;
    }
    let rest = ends
        .get(low..ends.len().min(low + step))
        .unwrap_or_default();
    low + rest.partition_point(|end| *end as usize <= byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visited(letters: &[&str], texts: &[&str]) -> Vec<usize> {
        let mut end = 0;
        let ends: Vec<u32> = texts
            .iter()
            .map(|text| {
                end += text.len() as u32;
                end
            })
            .collect();
        let heap = texts.concat();
        let letters: Vec<Vec<u8>> = letters.iter().map(|one| one.as_bytes().to_vec()).collect();
        let texts = Texts {
            heap: &heap,
            ends: &ends,
            beyond_ascii: !heap.is_ascii(),
        };
        let mut visited = Vec::new();
        let sought = Sought::new(&letters).expect("letters");
        sought.visit(texts, |text| visited.push(text));
        visited
    }

    #[test]
    fn a_find_across_two_texts_is_none() {
        let texts = ["xab", "cabc", "", "ab", "c", "zABcabc", "", "é abc"];
        assert_eq!(visited(&["abc"], &texts), [1, 5, 7]);
        assert_eq!(visited(&["abc", "ab"], &texts), [0, 1, 3, 5, 7]);
        assert_eq!(visited(&["bca", "c"], &texts), [1, 4, 5, 7]);
        assert!(visited(&["abc"], &[]).is_empty());
        assert!(visited(&["abc"], &["", ""]).is_empty());
    }

    #[test]
    fn nothing_is_lost_between_chunks() {
        let filler = "-".repeat(CHUNK - 3);
        for lead in 0..8 {
            let lead = "-".repeat(lead);
            let texts = [&lead, &filler, "ab", "NEEDLE", &filler, "needle-needle"];
            assert_eq!(visited(&["needle"], &texts), [3, 5]);
            let joined = [lead.clone() + &filler + "needle" + &filler, "no".into()];
            let joined: Vec<&str> = joined.iter().map(String::as_str).collect();
            assert_eq!(visited(&["needle", "other"], &joined), [0]);
        }
        let long = "ab".repeat(CHUNK);
        let texts = ["a", &long, "b", &long[2..], &long];
        assert_eq!(visited(&[&long], &texts), [1, 4]);
    }

    #[test]
    fn looking_for_nothing_is_not_looking() {
        assert!(Sought::new(&[]).is_none());
        assert!(Sought::new(&[b"a".to_vec(), Vec::new()]).is_none());
    }
}
