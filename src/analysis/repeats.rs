//! Repeats that are no runs of like siblings: a motif such as query, request, query, request; like spans that run side by
//! side and so come in any order; like spans with others between them.
//!
//! Looked for among the rows under one parent, never across parents, after chains and like siblings were grouped. A row is a
//! span, a chain or a group of like siblings; rows are *like* when they are of one form and their (first) spans of one
//! [kind](super::kinds): the same operation and the same description but for literals. Segments, spans without an operation
//! and errors are never members, and end a motif. Gaps are looked through: one belongs to the row below it and goes with it.
//!
//! Unlike siblings, members may have children and may differ in literals. Two forms are found, in this order:
//!
//! 1. **Motifs**: one to [`LONGEST_MOTIF`] rows that follow each other at least [`super::siblings::SHORTEST`] times, each
//!    time with like rows in the same order. Read from the top; where several lengths fit, the one that covers most rows
//!    counts, and of those the shortest. A round that is cut short is left out.
//! 2. **Scattered**: at least as many like rows among those left over, wherever they are under the parent. The group
//!    stands where the first of them is; what lies between them follows it.
//!
//! Childless spans with equal descriptions and nothing but gaps between them are the business of
//! [`super::siblings`], which says they are no group; they are none here either.
//!
//! Pure: works on numbers, one for each row. It takes O(n) for n rows: a search that fails stops after a bounded number
//! of comparisons, and one that succeeds goes on behind what it found.

use super::siblings::SHORTEST;
use hashbrown::HashMap;

/// The most rows a motif has.
pub const LONGEST_MOTIF: usize = 8;

/// A row as the search sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Equal for like rows; `None` for a row that is never a member.
    pub kind: Option<u32>,
    /// Whether it and the row before it would be like siblings, had nothing come between.
    pub continues_siblings: bool,
}

/// Rows that repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Their places among the rows, ascending.
    pub rows: Vec<u32>,
    /// How many rows make one round; 1 for scattered ones.
    pub motif: usize,
}

/// All repeats among the rows under one parent, in order of their first rows.
pub fn find(cells: &[Cell]) -> Vec<Repeat> {
    if cells.len() < SHORTEST {
        return Vec::new();
    }
    let (mut found, rest) = find_motifs(cells);
    find_scattered(cells, &rest, &mut found);
    found.sort_by_key(|repeat| repeat.rows[0]);
    found
}

/// The motifs, and the places of rows that are in none.
fn find_motifs(cells: &[Cell]) -> (Vec<Repeat>, Vec<u32>) {
    let (mut found, mut rest) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < cells.len() {
        let (motif, rows) = longest_motif(&cells[at..]);
        let run = at..at + rows;
        if motif == 0 {
            rest.push(at as u32);
        } else if motif == 1 && is_siblings_business(&cells[run.clone()]) {
            rest.extend(run.map(|row| row as u32));
        } else {
            let rows = run.map(|row| row as u32).collect();
            found.push(Repeat { rows, motif });
        }
        at += rows;
    }
    (found, rest)
}

/// The motif that covers most rows from the first on, and how many; 0 and one row when there is none.
fn longest_motif(cells: &[Cell]) -> (usize, usize) {
    let mut best = (0, 1);
    for motif in 1..=LONGEST_MOTIF.min(cells.len() / SHORTEST) {
        let pairs = cells.iter().zip(&cells[motif..]);
        let like = |(a, b): &(&Cell, &Cell)| a.kind.is_some() && a.kind == b.kind;
        let rows = motif + pairs.take_while(like).count();
        let whole_rounds = rows - rows % motif;
        if whole_rounds >= motif * SHORTEST && whole_rounds > best.1 {
            best = (motif, whole_rounds);
        }
    }
    best
}

fn is_siblings_business(run: &[Cell]) -> bool {
    run[1..].iter().all(|cell| cell.continues_siblings)
}

fn find_scattered(cells: &[Cell], rest: &[u32], found: &mut Vec<Repeat>) {
    let mut by_kind: HashMap<u32, Vec<u32>> = HashMap::new();
    for row in rest {
        if let Some(kind) = cells[*row as usize].kind {
            by_kind.entry(kind).or_default().push(*row);
        }
    }
    let enough = by_kind.into_values().filter(|rows| rows.len() >= SHORTEST);
    let runs = |rows: &[u32]| rows.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let scattered = enough.filter(|rows| !runs(rows));
    found.extend(scattered.map(|rows| Repeat { rows, motif: 1 }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows as letters: like ones are the same, `.` is never a member, and a small letter is a childless span that equals
    /// the one before it, literals included.
    fn cells(rows: &str) -> Vec<Cell> {
        let mut before = ' ';
        let mut cell = |row: char| {
            let continues_siblings = row.is_lowercase() && row == before;
            before = row;
            Cell {
                kind: (row != '.').then_some(row as u32),
                continues_siblings,
            }
        };
        rows.chars().map(&mut cell).collect()
    }

    /// Each repeat as its motif's length and the letters in its place.
    fn drawn(rows: &str) -> Vec<(usize, String)> {
        let found = find(&cells(rows));
        let draw = |repeat: &Repeat| {
            let mut line = vec![b' '; rows.len()];
            for row in &repeat.rows {
                line[*row as usize] = rows.as_bytes()[*row as usize];
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            (repeat.motif, line)
        };
        found.iter().map(draw).collect()
    }

    #[test]
    fn repeats_are_found_where_they_are() {
        type Case = (&'static str, &'static [(usize, &'static str)]);
        let cases: [Case; 25] = [
            // Motifs.
            ("ABABABABAB", &[(2, "ABABABABAB")]),
            ("ABABABAB", &[]),
            ("XABABABABABY", &[(2, " ABABABABAB")]),
            // A round that is cut short is left out.
            ("ABABABABABA", &[(2, "ABABABABAB")]),
            ("ABCABCABCABCABC", &[(3, "ABCABCABCABCABC")]),
            // Query, query, request.
            ("AABAABAABAABAAB", &[(3, "AABAABAABAABAAB")]),
            // What is no member ends a motif.
            (
                "ABABAB.ABABAB",
                &[(1, "A A A  A A A"), (1, " B B B  B B B")],
            ),
            (
                "ABABABABAB.ABABABABAB",
                &[(2, "ABABABABAB"), (2, "           ABABABABAB")],
            ),
            (
                "ABABABABABXABABABABAB",
                &[(2, "ABABABABAB"), (2, "           ABABABABAB")],
            ),
            // The longest cover counts: five As would do, but the motif of six covers all.
            (
                "AAAAABAAAAABAAAAABAAAAABAAAAAB",
                &[(6, "AAAAABAAAAABAAAAABAAAAABAAAAAB")],
            ),
            // Motifs have eight rows at most.
            (
                "ABCDEFGHABCDEFGHABCDEFGHABCDEFGHABCDEFGH",
                &[(8, "ABCDEFGHABCDEFGHABCDEFGHABCDEFGHABCDEFGH")],
            ),
            // Two motifs, one after the other.
            (
                "ABABABABABCDCDCDCDCD",
                &[(2, "ABABABABAB"), (2, "          CDCDCDCDCD")],
            ),
            // Alike, one after the other, but not childless or not equal in literals.
            ("AAAAA", &[(1, "AAAAA")]),
            ("AAAA", &[]),
            ("XAAAAAAY", &[(1, " AAAAAA")]),
            // Equal and childless: no group for siblings, so none here.
            ("aaaaaa", &[]),
            ("XaaaaaaY", &[]),
            // Side by side: in any order.
            ("AABBABABBA", &[(1, "AA  A A  A"), (1, "  BB B BB")]),
            // With others between them.
            ("AXAYAZAWA", &[(1, "A A A A A")]),
            ("AXAYAZA", &[]),
            ("aaXaaYa", &[(1, "aa aa a")]),
            ("aaaXaa.", &[(1, "aaa aa")]),
            // Others may be no members.
            ("A.A.A.A.A", &[(1, "A A A A A")]),
            (".........", &[]),
            ("", &[]),
        ];
        for (rows, expected) in cases {
            let expected: Vec<_> = expected
                .iter()
                .map(|(n, line)| (*n, line.to_string()))
                .collect();
            assert_eq!(drawn(rows), expected, "{rows}");
        }
        assert_eq!(find(&cells(&"AB".repeat(113)))[0].rows.len(), 226);
    }

    proptest! {
        #[test]
        fn no_row_is_in_two_repeats_and_each_repeat_is_long_enough(rows in "[ABCab.]{0,120}") {
            let found = find(&cells(&rows));
            let mut all: Vec<u32> = found.iter().flat_map(|repeat| repeat.rows.clone()).collect();
            all.sort_unstable();
            let count = all.len();
            all.dedup();
            prop_assert_eq!(all.len(), count);
            for repeat in found {
                prop_assert!(repeat.rows.len() >= SHORTEST * repeat.motif);
                prop_assert_eq!(repeat.rows.len() % repeat.motif, 0);
                prop_assert!(repeat.rows.is_sorted());
            }
        }
    }
}
