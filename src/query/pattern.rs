//! Matching text against wildcards.

use super::ast::Pattern;

impl Pattern {
    /// Whether the whole text fits; case does not count.
    ///
    /// ASCII text is compared where it lies; other text is lower-cased first.
    pub fn matches(&self, text: &str) -> bool {
        if text.is_ascii() {
            self.fits(text.as_bytes())
        } else {
            self.fits(text.to_lowercase().as_bytes())
        }
    }

    /// The first piece must begin the text and the last one end it; those between are taken as early as possible.
    fn fits(&self, text: &[u8]) -> bool {
        let [first, between @ .., last] = self.pieces.as_slice() else {
            // One piece is no pattern by the type's rule, and means itself.
            let same = |piece: &String| text.eq_ignore_ascii_case(piece.as_bytes());
            return self.pieces.first().is_some_and(same);
        };
        if text.len() < first.len() + last.len() {
            return false;
        }
        let (head, rest) = text.split_at(first.len());
        let (mut rest, tail) = rest.split_at(rest.len() - last.len());
        if !head.eq_ignore_ascii_case(first.as_bytes())
            || !tail.eq_ignore_ascii_case(last.as_bytes())
        {
            return false;
        }
        for piece in between {
            let Some(at) = find(rest, piece.as_bytes()) else {
                return false;
            };
            rest = &rest[at + piece.len()..];
        }
        true
    }
}

/// Where the lower-case `needle` first is in the text; case of ASCII letters does not count.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let Some(first) = needle.first() else {
        return Some(0);
    };
    let last_start = text.len().checked_sub(needle.len())?;
    let starts = &text[..=last_start];
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), starts)
        .find(|at| text[*at..*at + needle.len()].eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts_in_any_case() {
        let cases: [(&str, &str, bool); 22] = [
            ("foo*", "foo", true),
            ("foo*", "FooBar", true),
            ("foo*", "a foo", false),
            ("*bar", "foobar", true),
            ("*bar", "bars", false),
            ("*oba*", "fooBAR", true),
            ("*oba*", "fobar", true),
            ("*oba*", "fo bar", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("ab*ba", "abba", true),
            ("*a*a*", "a", false),
            ("*a*a*", "xaya", true),
            ("*", "", true),
            ("*", "anything", true),
            ("*é*", "CAFÉ", true),
            ("straße*", "STRAßE 1", true),
            ("*x", "ééé", false),
            ("*é", "e", false),
            ("a*", "", false),
        ];
        for (pattern, text, expected) in cases {
            let pieces = pattern.split('*').map(str::to_lowercase).collect();
            let found = Pattern { pieces }.matches(text);
            assert_eq!(found, expected, "{pattern} on {text:?}");
        }
    }
}
