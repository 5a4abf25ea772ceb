//! What spans are to each other: parents, and the transaction each belongs to. Pure.
//!
//! A transaction is a segment (a request that was answered, a job, a page load); a span belongs to the next one above it.
//! Where there is none above it, to the one it names by its id, or to the topmost span there is.

use super::SpanColumns;
use crate::model::SpanId;
use hashbrown::HashMap;

/// No span.
const NONE: u32 = u32::MAX;
/// Not known yet.
const UNKNOWN: u32 = u32::MAX - 1;

/// A span, as far as it matters to others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// The store's number of its trace; 0 for none.
    pub trace: i64,
    /// Its id, its parent's, and that of the transaction it names; 0 for none.
    pub span: u64,
    /// See [`Self::span`].
    pub parent: u64,
    /// See [`Self::span`].
    pub named: u64,
    /// Whether it is a transaction of its own.
    pub is_segment: bool,
    /// Whether there is such a span at all.
    pub is_there: bool,
}

impl Link {
    /// That of a row, of which is known whether it is a transaction; `named` is the place of `sentry.segment.id` among the
    /// attributes that were asked for.
    pub fn read(columns: &SpanColumns, row: u32, is_segment: bool, named: usize) -> Self {
        // Only a span that has lost its way is asked where it belongs.
        let named = columns
            .code(named, row)
            .filter(|_| !is_segment)
            .and_then(|code| columns.text(named, code)?.parse::<SpanId>().ok());
        Self {
            trace: columns.trace(row),
            span: columns.span(row),
            parent: columns.parent(row),
            named: named.map_or(0, |id| id.0),
            is_segment,
            is_there: true,
        }
    }
}

/// Spans by their places in a list, and what they are to each other.
#[derive(Debug, Default)]
pub struct Kin {
    parent: Vec<u32>,
    entry: Vec<u32>,
    is_segment: Vec<bool>,
    ids: HashMap<(i64, u64), u32>,
}

impl Kin {
    /// Of these spans. Of several with one id the first counts.
    pub fn of(links: impl Iterator<Item = Link> + Clone) -> Self {
        let mut ids = HashMap::with_capacity(links.size_hint().0);
        for (place, link) in (0u32..UNKNOWN).zip(links.clone()) {
            if link.is_there && link.trace != 0 && link.span != 0 {
                ids.entry((link.trace, link.span)).or_insert(place);
            }
        }
        let find = |trace: i64, id: u64, own: u32| match id {
            0 => NONE,
            id => match ids.get(&(trace, id)) {
                Some(place) if *place != own => *place,
                _ => NONE,
            },
        };
        let with_place = || (0u32..).zip(links.clone());
        let parent: Vec<u32> = with_place()
            .map(|(own, link)| find(link.trace, link.parent, own))
            .collect();
        let named: Vec<u32> = with_place()
            .map(|(own, link)| find(link.trace, link.named, own))
            .collect();
        let is_segment: Vec<bool> = links.clone().map(|link| link.is_segment).collect();
        let entry = entries(&parent, &is_segment, &named);
        Self {
            parent,
            entry,
            is_segment,
            ids,
        }
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// The place of a span by its trace's number and its id.
    pub fn find(&self, trace: i64, id: SpanId) -> Option<u32> {
        self.ids.get(&(trace, id.0)).copied()
    }

    /// The place of the parent.
    pub fn parent(&self, of: u32) -> Option<u32> {
        let parent = *self.parent.get(of as usize)?;
        (parent < UNKNOWN).then_some(parent)
    }

    /// The place of the transaction a span belongs to: itself, or one above it.
    pub fn entry(&self, of: u32) -> u32 {
        self.entry.get(of as usize).copied().unwrap_or(of)
    }

    /// Whether a span is a transaction of its own.
    pub fn is_segment(&self, of: u32) -> bool {
        self.is_segment
            .get(of as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The name of the transaction a span belongs to, as numbers of texts; 0 is none. Where the transaction itself is not
    /// there, the name that the span gives it (`said`) is better than that of the topmost span.
    pub fn transaction(
        &self,
        of: u32,
        name: impl Fn(u32) -> u32,
        said: impl Fn(u32) -> u32,
    ) -> u32 {
        let entry = self.entry(of);
        match self.is_segment(entry) {
            true => name(entry),
            false => match said(of) {
                0 => name(entry),
                said => said,
            },
        }
    }
}

/// The transaction of each span.
fn entries(parent: &[u32], is_segment: &[bool], named: &[u32]) -> Vec<u32> {
    let mut entry = vec![UNKNOWN; parent.len()];
    let mut way = Vec::new();
    for from in 0..parent.len() {
        let mut at = from;
        let found = loop {
            match entry[at] {
                UNKNOWN => {}
                // On the way already: parents in a circle.
                NONE => break at as u32,
                known => break known,
            }
            if is_segment[at] {
                break at as u32;
            }
            entry[at] = NONE;
            way.push(at);
            match parent[at] {
                NONE => match named[at] {
                    NONE => break at as u32,
                    named if is_segment[named as usize] => break named,
                    _ => break at as u32,
                },
                parent => at = parent as usize,
            }
        };
        entry[from] = found;
        for at in way.drain(..) {
            entry[at] = found;
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(span: u64, parent: u64, is_segment: bool) -> Link {
        Link {
            trace: 1,
            span,
            parent,
            named: 0,
            is_segment,
            is_there: true,
        }
    }

    #[test]
    fn a_span_belongs_to_the_next_transaction_above_it() {
        let mut lost = link(6, 99, false);
        lost.named = 1;
        let links = [
            link(1, 0, true),
            link(2, 1, false),
            link(3, 2, true),
            link(4, 3, false),
            link(5, 98, false),
            lost,
            link(8, 9, false),
            link(9, 8, false),
            link(10, 10, false),
        ];
        let kin = Kin::of(links.into_iter());
        let entries: Vec<u32> = (0..9).map(|at| kin.entry(at)).collect();
        assert_eq!(entries[..6], [0, 0, 2, 2, 4, 0]);
        assert_eq!(entries[6], entries[7], "a circle has one entry");
        assert_eq!(entries[8], 8);
        assert_eq!(kin.find(1, SpanId(4)), Some(3));
        assert_eq!((kin.parent(3), kin.parent(4)), (Some(2), None));
    }

    #[test]
    fn a_transaction_that_is_not_there_goes_by_the_name_its_spans_give_it() {
        let links = [
            link(1, 0, true),
            link(2, 1, false),
            link(3, 98, false),
            link(4, 3, false),
        ];
        let kin = Kin::of(links.into_iter());
        let name = |at: u32| at + 10;
        let said = |at: u32| [7, 7, 0, 7][at as usize];
        let names: Vec<u32> = (0..4).map(|at| kin.transaction(at, name, said)).collect();
        assert_eq!(names, [10, 10, 12, 7]);
    }
}
