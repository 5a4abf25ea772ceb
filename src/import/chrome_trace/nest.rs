//! Which span lies in which, by time alone. Pure: knows no JSON and no batch.

/// A span or a point of one thread.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Where it begins, in nanoseconds.
    pub start: i64,
    /// Where it ends, not before its start; for a point, its time.
    pub end: i64,
    /// What it is called by in the answer.
    pub index: u32,
    /// What it is.
    pub kind: Kind,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A span: lies in the nearest that encloses it.
    Span,
    /// A point: belongs to the span it lies in.
    Point,
    /// A point that belongs to the span that begins next, or else to the one it lies in.
    Before,
}

/// Tells of each item the span that it belongs to, if there is one. Takes time n log n and memory n, whatever the input.
///
/// Open spans are kept innermost last, and each ends before or with the one below it. A new span that outlasts the
/// innermost one closes that: whatever begins later and lies in the old one lies in the new one, too, which is nearer.
pub fn nest(items: &mut [Item], mut tell: impl FnMut(Item, Option<u32>)) {
    items.sort_unstable_by(|a, b| {
        let key = |item: &Item| {
            (
                item.start,
                item.kind,
                std::cmp::Reverse(item.end),
                item.index,
            )
        };
        key(a).cmp(&key(b))
    });
    let mut open: Vec<Item> = Vec::new();
    let mut waiting: Vec<(Item, Option<u32>)> = Vec::new();
    for item in items.iter() {
        let is_span = item.kind == Kind::Span;
        while let Some(top) = open.last() {
            let is_over = is_span && top.end <= item.start && top.start < item.start;
            if top.end >= item.end && !is_over {
                break;
            }
            open.pop();
        }
        let around = open.last().map(|top| top.index);
        match item.kind {
            Kind::Span => {
                for (point, _) in waiting.drain(..) {
                    tell(point, Some(item.index));
                }
                tell(*item, around);
                open.push(*item);
            }
            Kind::Point => tell(*item, around),
            Kind::Before => waiting.push((*item, around)),
        }
    }
    for (point, around) in waiting {
        tell(point, around);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parents by index; the letters are spans, points and points before.
    fn parents(all: &[(char, i64, i64)]) -> Vec<Option<u32>> {
        let items = all.iter().enumerate();
        let mut items: Vec<_> = items
            .map(|(index, (kind, start, end))| Item {
                start: *start,
                end: *end,
                index: index as u32,
                kind: match kind {
                    's' => Kind::Span,
                    'p' => Kind::Point,
                    _ => Kind::Before,
                },
            })
            .collect();
        let mut parents = vec![None; all.len()];
        nest(&mut items, |item, parent| {
            parents[item.index as usize] = parent
        });
        parents
    }

    #[test]
    fn spans_lie_in_the_nearest_that_encloses_them() {
        for (all, expected) in [
            (
                &[('s', 0, 10), ('s', 1, 4), ('s', 2, 3), ('s', 4, 9)][..],
                &[None, Some(0), Some(1), Some(0)][..],
            ),
            // Written in another order.
            (
                &[('s', 2, 3), ('s', 1, 4), ('s', 0, 10)],
                &[Some(1), Some(2), None],
            ),
            // The same time: the first encloses.
            (&[('s', 0, 5), ('s', 0, 5)], &[None, Some(0)]),
            (&[('s', 0, 5), ('s', 0, 9)], &[Some(1), None]),
            // Overlapping ones do not nest; what lies in both is the later one's.
            (
                &[
                    ('s', 0, 20),
                    ('s', 1, 10),
                    ('s', 5, 15),
                    ('s', 6, 9),
                    ('s', 11, 14),
                ],
                &[None, Some(0), Some(0), Some(2), Some(2)],
            ),
            // One after the other.
            (
                &[('s', 0, 5), ('s', 5, 9), ('s', 9, 9)],
                &[None, None, None],
            ),
            (&[('s', 3, 3), ('s', 3, 3)], &[None, Some(0)]),
        ] {
            assert_eq!(parents(all), expected, "{all:?}");
        }
    }

    #[test]
    fn points_belong_to_spans() {
        let all = [
            ('p', 0, 0),
            ('s', 1, 9),
            ('p', 1, 1),
            ('s', 2, 4),
            ('p', 4, 4),
            ('b', 5, 5),
            ('s', 6, 7),
            ('b', 8, 8),
            ('p', 9, 9),
            ('p', 10, 10),
        ];
        let expected = [
            None,
            None,
            Some(1),
            Some(1),
            Some(3),
            Some(6),
            Some(1),
            Some(1),
            Some(1),
            None,
        ];
        assert_eq!(parents(&all), expected);
    }

    #[test]
    fn a_million_overlaps_take_no_time() {
        let all: Vec<_> = (0..300_000).map(|n| ('s', n, n + 400_000)).collect();
        assert!(parents(&all).iter().all(Option::is_none));
    }
}
