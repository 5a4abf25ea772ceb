//! How long spans of a kind take, over the whole store.
//!
//! A kind is a search: the same operation, service and text but for literals. So what is drawn here is exactly what the span
//! search finds.

use crate::analysis::kinds;
use crate::analysis::percentile::percentile;
use crate::layout::DurationHistogram;
use crate::model::CancelToken;
use crate::model::human;
use crate::model::trace::Span;
use crate::query::{Pattern, Subject, parse_for, with_pieces, with_term};
use crate::store::{Filter, Reader, StoreError};

/// Most bars.
const BINS: usize = 40;
/// Longest text that is searched for with all its words; of a longer one the beginning counts.
const LONGEST: usize = 2_000;

/// The durations of all spans of a kind.
#[derive(Debug)]
pub struct Typical {
    /// The search that finds them.
    pub query: String,
    /// Nanoseconds, rising.
    pub sorted: Vec<i64>,
    /// They in bins.
    pub histogram: DurationHistogram,
    /// The middle one, and the one that 95 of 100 stay below.
    pub percentiles: [i64; 2],
}

/// The search for spans like one.
pub fn query_like(span: &Span) -> String {
    let mut query = String::new();
    for (key, value) in [("op", &*span.op), ("service", &*span.service)] {
        if !value.is_empty() {
            query = with_term(&query, key, value, false);
        }
    }
    match (&*span.description, &*span.name) {
        ("", "") => query,
        ("", name) => with_term(&query, "name", name, false),
        (text, _) => with_pieces(&query, "description", &pieces(text)),
    }
}

/// What stays of a text between literals.
fn pieces(text: &str) -> Vec<String> {
    let short = &text[..text.floor_char_boundary(LONGEST)];
    // Lists of placeholders were made one as well.
    let masked = kinds::masked(short).replace("%s", "*");
    // White space was made one; where it was not, anything may stand.
    let is_spaced = short
        .split(' ')
        .any(|word| word.is_empty() || word.contains(char::is_whitespace));
    let at = |c: char| matches!(c, '*' | '?') || (is_spaced && c == ' ');
    let mut pieces: Vec<String> = masked.split(at).map(str::to_lowercase).collect();
    if short.len() < text.len() {
        pieces.push(String::new());
    }
    let last = pieces.len() - 1;
    let mut place = 0;
    // Empty ones in the middle are two stars in a row.
    pieces.retain(|piece| {
        place += 1;
        !piece.is_empty() || place == 1 || place == last + 1
    });
    let fits = pieces.len() > 1
        && Pattern {
            pieces: pieces.clone(),
        }
        .matches(text);
    if fits { pieces } else { vec![text.to_owned()] }
}

impl Typical {
    /// Looks for them.
    pub(in crate::app) fn find(
        reader: &Reader,
        query: String,
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let search = parse_for(&query, Subject::Records)
            .map_err(|error| StoreError::failed("search for spans of a kind", error.to_string()))?;
        let filter = Filter {
            search,
            range: None,
        };
        Ok(Self::of(query, reader.span_durations(&filter, cancel)?))
    }

    /// Spans of these durations.
    fn of(query: String, mut durations: Vec<i64>) -> Self {
        // Selecting moves what it looks at, so that sorting comes last.
        let percentiles = [0.5, 0.95].map(|share| percentile(&mut durations, share));
        durations.sort_unstable();
        Self {
            query,
            histogram: DurationHistogram::new(&durations, BINS),
            sorted: durations,
            percentiles,
        }
    }

    /// How a duration compares, in words.
    pub fn in_words(&self, duration: i64) -> String {
        let others = self.sorted.len().saturating_sub(1);
        if others == 0 {
            return "The only one of its kind".to_owned();
        }
        let below = self.sorted.partition_point(|one| *one < duration);
        let above = self.sorted.len() - self.sorted.partition_point(|one| *one <= duration);
        let (word, count) = if below >= above {
            ("Slower", below)
        } else {
            ("Faster", above)
        };
        let share = count as f64 / others as f64;
        format!(
            "{word} than {} of {}",
            human::percent(share),
            human::counted(others as u64, "other")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_but_for_literals() {
        let found = |text: &str| pieces(text).join("*");
        assert_eq!(
            found("SELECT a FROM t WHERE id = 17 AND b IN (1, 2)"),
            "select a from t where id = * and b in (*)"
        );
        assert_eq!(found("GET /orders/123/items"), "get /orders/*/items");
        assert_eq!(
            found("SELECT a\n  FROM t WHERE id = 5"),
            "select*a*from*t*where*id*=*"
        );
        assert_eq!(found("checkout"), "checkout");
        assert!(found(&"SELECT 'a' ".repeat(1_000)).len() < 10_000);
    }

    #[test]
    fn durations_compared_in_words() {
        let told = |durations: &[i64], duration| {
            Typical::of(String::new(), durations.to_vec()).in_words(duration)
        };
        assert_eq!(told(&[5], 5), "The only one of its kind");
        assert_eq!(told(&[1, 2, 3, 4, 9], 9), "Slower than 100 % of 4 others");
        assert_eq!(told(&[1, 2, 3, 4, 9], 1), "Faster than 100 % of 4 others");
        assert_eq!(told(&[1, 2, 3, 4, 9], 4), "Slower than 75 % of 4 others");
        assert_eq!(told(&[1, 2], 2), "Slower than 100 % of 1 other");
        assert_eq!(told(&[2, 2, 2], 2), "Slower than 0 % of 2 others");
    }

    #[test]
    fn durations_are_sorted_after_percentiles_were_selected() {
        for len in 1..200i64 {
            for durations in [(0..len).collect(), (0..len).rev().collect::<Vec<i64>>()] {
                let typical = Typical::of(String::new(), durations);
                assert!(typical.sorted.is_sorted(), "{len}: {:?}", typical.sorted);
                let middle = (len - 1) / 2;
                assert!((middle..=middle + 1).contains(&typical.percentiles[0]));
            }
        }
    }
}
