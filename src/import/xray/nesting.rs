//! Where lists of subsegments end, found in one pass.
//!
//! A segment is read without what is nested in it, and then its subsegments, each without theirs. Skipping over a list
//! each time would look at the innermost text once for every level around it.

use crate::import::json::Reader;
use std::ops::Range;

const NAME: &[u8] = b"subsegments";

/// The lists of subsegments within one document, in order.
#[derive(Debug, Default)]
pub struct Nesting(Vec<Range<usize>>);

impl Nesting {
    /// Looks at the document that begins at `start`. Where its text breaks, what is not closed is not listed.
    pub fn of(text: &str, start: usize) -> Self {
        let mut json = Reader::new(text, start..text.len());
        let (mut open, mut lists, mut name) = (Vec::new(), Vec::new(), false);
        while let Ok(byte) = json.peek() {
            let at = json.at();
            match byte {
                b'"' => {
                    let Ok(string) = json.string() else {
                        break;
                    };
                    name = json.raw(string) == NAME;
                    continue;
                }
                b':' => {}
                b'{' | b'[' => {
                    open.push((name && byte == b'[').then_some(lists.len()));
                    if name && byte == b'[' {
                        lists.push(at..at);
                    }
                    name = false;
                }
                b'}' | b']' => {
                    if let Some(list) = open.pop().flatten().and_then(|list| lists.get_mut(list)) {
                        list.end = at + 1;
                    }
                    if open.is_empty() {
                        break;
                    }
                }
                _ => name = false,
            }
            json.go_to(at + 1);
        }
        lists.retain(|list| list.end > list.start);
        Self(lists)
    }

    /// Where the list that begins at `start` ends.
    pub fn end(&self, start: usize) -> Option<usize> {
        let place = self.0.binary_search_by_key(&start, |list| list.start);
        place
            .ok()
            .and_then(|place| self.0.get(place))
            .map(|list| list.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_found_at_every_level() {
        let text = r#"{"a":"subsegments","b":["subsegments"],"subsegments":[{"x":"]","subsegments" : [1]},{}]}"#;
        let nesting = Nesting::of(text, 0);
        let outer = text.find("[{").unwrap();
        let inner = text.find("[1]").unwrap();
        assert_eq!(nesting.end(outer), Some(text.len() - 1));
        assert_eq!(nesting.end(inner), Some(inner + 3));
        assert_eq!(nesting.0.len(), 2);
        assert_eq!(Nesting::of(&text[..text.len() - 3], 0).0.len(), 1);
    }
}
