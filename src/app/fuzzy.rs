//! How well a few typed letters stand for a longer text, as in a command palette.
//!
//! The letters must come in the text in their order, whatever lies between. Letters at the beginnings of words and side by
//! side count for more. Words typed apart may come in any order. Upper and lower case are one.

/// A letter that fits.
const LETTER: i32 = 1;
/// It begins a word.
const BEGINS_WORD: i32 = 8;
/// It follows right behind the one before: a little more, so that a word typed whole is found whole.
const FOLLOWS: i32 = 9;
/// It begins the text.
const BEGINS: i32 = 4;
/// Longer texts and patterns are not looked at beyond this.
const LONGEST: usize = 160;

/// How well a text fits, and which of its characters stand for the letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// The higher the better.
    pub score: i32,
    /// Places of characters in the text, rising.
    pub places: Vec<usize>,
}

/// How well `pattern` stands for `text`; `None` if it does not. Nothing typed fits everything.
///
/// Takes time in proportion to the product of both lengths.
pub fn fit(pattern: &str, text: &str) -> Option<Fit> {
    let text: Vec<char> = text.chars().take(LONGEST).collect();
    let mut whole = Fit::default();
    for word in pattern.split_whitespace() {
        let letters: Vec<char> = word.chars().take(LONGEST).map(lower).collect();
        let own = fit_word(&letters, &text)?;
        whole.score += own.score;
        whole.places.extend(own.places);
    }
    whole.places.sort_unstable();
    whole.places.dedup();
    // Of two that fit as well the shorter one.
    whole.score = whole.score * 4 - (text.len() as i32) / 8;
    Some(whole)
}

/// The best way to find the letters in the text in their order.
fn fit_word(letters: &[char], text: &[char]) -> Option<Fit> {
    // For each letter and each place of the text: the best score with this letter at this place, and where the one before is.
    let mut ways: Vec<Vec<Option<(i32, usize)>>> = Vec::with_capacity(letters.len());
    for (nth, letter) in letters.iter().enumerate() {
        let mut row = vec![None; text.len()];
        // The best place of the letter before among those passed.
        let mut best: Option<(i32, usize)> = None;
        for (at, c) in text.iter().enumerate() {
            let before = at.checked_sub(1);
            if nth > 0
                && let Some(before) = before
                && let Some((score, _)) = ways[nth - 1][before]
                && best.is_none_or(|(known, _)| score > known)
            {
                best = Some((score, before));
            }
            if lower(*c) != *letter {
                continue;
            }
            let own = LETTER + worth(text, at);
            row[at] = match nth {
                0 => Some((own, at)),
                _ => {
                    let apart = best.map(|(score, from)| (score + own, from));
                    let beside = before.and_then(|before| {
                        let (score, _) = ways[nth - 1][before]?;
                        Some((score + own + FOLLOWS, before))
                    });
                    apart.max(beside)
                }
            };
        }
        ways.push(row);
    }
    let last = ways.last()?;
    let ends = (0..text.len()).filter_map(|at| last[at].map(|(score, _)| (score, at)));
    let (score, end) = ends.max_by_key(|(score, at)| (*score, std::cmp::Reverse(*at)))?;
    let mut places = vec![end];
    for row in ways.iter().skip(1).rev() {
        let (_, from) = row[*places.last()?]?;
        places.push(from);
    }
    places.reverse();
    Some(Fit { score, places })
}

/// What a place of the text is worth besides the letter there.
fn worth(text: &[char], at: usize) -> i32 {
    let Some(before) = at.checked_sub(1) else {
        return BEGINS + BEGINS_WORD;
    };
    match text[before].is_alphanumeric() {
        true => 0,
        false => BEGINS_WORD,
    }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn best<'a>(pattern: &str, texts: &[&'a str]) -> Vec<&'a str> {
        let fits = texts
            .iter()
            .filter_map(|text| Some((fit(pattern, text)?.score, *text)));
        let mut fits: Vec<_> = fits.collect();
        fits.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        fits.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn beginnings_of_words_and_neighbours_win() {
        let actions = [
            "Expand everything",
            "Zoom in",
            "Show the whole trace",
            "Show traces",
            "Next error",
            "Collapse groups",
        ];
        assert_eq!(best("cg", &actions)[0], "Collapse groups");
        assert_eq!(best("st", &actions)[0], "Show traces");
        assert_eq!(best("error", &actions), ["Next error"]);
        assert_eq!(best("trace show", &actions)[0], "Show traces");
        assert_eq!(best("xyz", &actions), [""; 0]);
        assert_eq!(best("", &actions).len(), actions.len());
    }

    #[test]
    fn the_places_are_those_of_the_letters() {
        let found = fit("cg", "Collapse groups").expect("it fits");
        assert_eq!(found.places, [0, 9]);
        let found = fit("ein ÄR", "Ärger einmal").expect("it fits");
        assert_eq!(found.places, [0, 1, 6, 7, 8]);
    }

    proptest! {
        #[test]
        fn what_fits_has_the_letters_in_their_order(pattern in "[a-c]{0,6}", text in "[a-c A-C]{0,30}") {
            let mut rest = text.chars();
            let is_within = pattern.chars().all(|letter| rest.any(|c| lower(c) == letter));
            let found = fit(&pattern, &text);
            prop_assert_eq!(found.is_some(), is_within);
            if let Some(found) = found {
                let letters: String = found.places.iter().filter_map(|at| text.chars().nth(*at)).map(lower).collect();
                prop_assert_eq!(letters, pattern);
            }
        }
    }
}
