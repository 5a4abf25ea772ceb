//! Sets of keys that a cache might keep: those that are asked for, or some that are worth a try.

use super::expansion::WhatIf;
use super::keys::values;
use super::replay::Shape;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Sizes of sets that are tried.
const SIZES: [usize; 8] = [1, 2, 3, 5, 10, 20, 50, 100];
/// Shapes with fewer reads are not tried unless they are asked for.
const FEW: usize = 5;
/// Numbers count as pages when at least one in so many was read.
const SPARSE: u64 = 4;

/// A set of keys that may be kept.
pub(super) struct Set {
    pub name: String,
    pub kept: Vec<bool>,
}

/// The sets that are tried on a shape.
pub(super) fn sets(name: &str, shape: &Shape, what_if: &WhatIf) -> Vec<Set> {
    let of = |name: String, keeps: &dyn Fn(usize) -> bool| Set {
        name,
        kept: (0..shape.keys.len()).map(keeps).collect(),
    };
    let numbers: Vec<Option<u64>> = shape
        .keys
        .iter()
        .map(|key| last_number(name, key))
        .collect();
    let from = numbers.iter().flatten().min().copied().unwrap_or(1).min(1);
    let is_first = |place: usize, count: u64| numbers[place].is_some_and(|n| n - from < count);
    if !what_if.keys.is_empty() || what_if.first.is_some() {
        let fits = |place: usize| {
            let key = &shape.keys[place];
            let named = what_if.keys.iter();
            let is_named = what_if.keys.is_empty() || named.clone().any(|wanted| fits(wanted, key));
            is_named && what_if.first.is_none_or(|count| is_first(place, count))
        };
        let mut words: Vec<String> = what_if.keys.clone();
        words.extend(what_if.first.map(|count| first_in_words(from, count)));
        let set = of(words.join(", "), &fits);
        return match set.kept.iter().any(|kept| *kept) {
            true => vec![set],
            false => Vec::new(),
        };
    }
    if shape.reads.iter().sum::<u64>() < FEW as u64 {
        return Vec::new();
    }
    let mut sets = Vec::new();
    let different: BTreeSet<u64> = numbers.iter().flatten().copied().collect();
    let largest = different.last().copied().unwrap_or(0);
    let has_pages = numbers.iter().all(Option::is_some)
        && different.len() > 1
        && largest < SPARSE.saturating_mul(different.len() as u64);
    let comes_again = shape.reads.iter().any(|reads| *reads > 1);
    if !comes_again {
        // Nothing to choose from: no set wins anything.
    } else if has_pages {
        for count in SIZES.iter().map(|size| *size as u64) {
            if count <= largest - from {
                sets.push(of(first_in_words(from, count), &|place| {
                    is_first(place, count)
                }));
            }
        }
    } else {
        let mut ranked: Vec<usize> = (0..shape.keys.len()).collect();
        ranked.sort_by_key(|place| (Reverse(shape.reads[*place]), *place));
        let mut rank = vec![0; ranked.len()];
        for (at, place) in ranked.into_iter().enumerate() {
            rank[place] = at;
        }
        for size in SIZES.into_iter().filter(|size| *size < shape.keys.len()) {
            let name = match size {
                1 => "the key read most".to_owned(),
                size => format!("the {size} keys read most"),
            };
            sets.push(of(name, &|place| rank[place] < size));
        }
    }
    sets.push(of("all".to_owned(), &|_| true));
    sets
}

fn first_in_words(from: u64, count: u64) -> String {
    match count {
        1 => format!("number {from}"),
        count => format!("numbers {from} to {}", from + count - 1),
    }
}

/// Whether a key fits a text with stars.
fn fits(wanted: &str, key: &str) -> bool {
    let mut pieces = wanted.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = key.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        if let Some(piece) = last.replace(piece) {
            match rest.find(piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// The last whole number that varies in keys of a shape.
fn last_number(shape: &str, key: &str) -> Option<u64> {
    values(shape, key).last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::replay::tests::pages;
    use super::*;

    #[test]
    fn sets_worth_a_try() {
        let names = |shape: &Shape, name: &str| -> Vec<String> {
            let sets = sets(name, shape, &WhatIf::default());
            sets.into_iter().map(|set| set.name).collect()
        };
        let shape = pages(&["1", "2", "4", "2", "2"]);
        assert_eq!(
            names(&shape, "p:*"),
            ["number 1", "numbers 1 to 2", "numbers 1 to 3", "all"]
        );
        let shape = pages(&["977", "3", "3", "977", "977"]);
        assert_eq!(names(&shape, "p:*"), ["the key read most", "all"]);
        assert_eq!(names(&pages(&["1"]), "p:*"), Vec::<String>::new());
        for (wanted, key, expected) in [
            ("p:1", "p:1", true),
            ("p:*", "p:12", true),
            ("*:1*", "p:12", true),
            ("p:1", "p:12", false),
            ("p*2*2", "p:12", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(wanted, key), expected, "{wanted} {key}");
        }
    }
}
