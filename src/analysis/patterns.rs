//! Message patterns: texts that differ only in their variable parts, counted together.
//!
//! Templates are mined by Drain (P. He, J. Zhu, Z. Zheng, M. R. Lyu: *Drain: An Online Log Parsing Approach with Fixed
//! Depth Tree*, IEEE ICWS 2017): a tree of fixed depth leads by the number of words and the first words to a short list of
//! templates, of which the most similar takes the text if enough of its words agree. Before that, what surely varies
//! (numbers, ids in hex) is masked within words, so that `cart-17` and `cart-18` are one word.
//!
//! Pure: knows texts and counts, nothing of stores or windows. Memory is bounded by [`MAX_TEMPLATES`].

use std::collections::HashMap;

/// Words that lead through the tree, after the number of words.
const DEPTH: usize = 2;
/// Branches of a node; further words share one branch.
const MAX_BRANCHES: usize = 100;
/// The least share of equal words for a text to join a template.
const SIMILARITY: f64 = 0.5;
/// Words looked at; what follows is one variable part.
const MAX_WORDS: usize = 64;
/// Templates kept apart; texts that fit none of so many are counted as rest.
const MAX_TEMPLATES: usize = 2_000;
/// Templates compared with a text; more of the same length and first words are counted as rest.
const MAX_ALIKE: usize = 200;

/// The sign for a variable part, as in [`Template::text`].
pub const VARIABLE: char = '*';

/// Texts of one pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Words, with [`VARIABLE`] in place of what varies; a real `*` is written `\*`.
    words: Vec<String>,
    /// Whether texts go on after the last word.
    open_end: bool,
    /// How many texts.
    pub count: u64,
    /// One of them, whole.
    pub example: String,
}

impl Template {
    /// The pattern as text: literal words and `*` for what varies. It is also the pattern to search for.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        if self.open_end {
            text.push(VARIABLE);
        }
        text
    }

    /// The literal parts around what varies, in order and as texts have them; one part when nothing varies.
    pub fn pieces(&self) -> Vec<String> {
        let mut pieces = vec![String::new()];
        let mut escaped = false;
        for c in self.text().chars() {
            match c {
                '\\' if !escaped => escaped = true,
                VARIABLE if !escaped => pieces.push(String::new()),
                c => {
                    escaped = false;
                    if let Some(piece) = pieces.last_mut() {
                        piece.push(c);
                    }
                }
            }
        }
        pieces
    }

    fn similarity(&self, words: &[String]) -> f64 {
        let same = |(known, word): (&String, &String)| known == word && known != "*";
        let equal = self.words.iter().zip(words).filter(|pair| same(*pair));
        match words.len() {
            0 => 1.0,
            all => equal.count() as f64 / all as f64,
        }
    }

    fn take(&mut self, words: &[String], count: u64) {
        for (known, word) in self.words.iter_mut().zip(words) {
            if known != word {
                *known = VARIABLE.to_string();
            }
        }
        self.count += count;
    }
}

/// Where a text leads: its number of words, whether it goes on, its first words.
type Path = (usize, bool, Vec<String>);

/// Gathers texts into templates.
#[derive(Debug, Default)]
pub struct Miner {
    templates: Vec<Template>,
    leaves: HashMap<Path, Vec<usize>>,
    /// First words seen, by number of words and depth, to bound branching.
    branches: HashMap<(usize, usize), Vec<String>>,
    /// Texts beyond [`MAX_TEMPLATES`].
    rest: u64,
}

/// What was mined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// The patterns, the most frequent first; equally frequent ones by their text.
    pub templates: Vec<Template>,
    /// Texts that belong to none, since there were too many patterns.
    pub rest: u64,
}

impl Miner {
    /// Takes a text that occurs `count` times.
    pub fn add(&mut self, text: &str, count: u64) {
        self.add_masked(&masked(text), text, count);
    }

    /// Takes texts that are alike once [`masked`], of which `example` is one.
    pub fn add_masked(&mut self, masked: &str, example: &str, count: u64) {
        let (words, open_end) = words_of(masked);
        let path = self.path(&words, open_end);
        let known = self.leaves.get(&path).map_or(&[][..], Vec::as_slice);
        let best = known
            .iter()
            .map(|at| (*at, self.templates[*at].similarity(&words)))
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        match best {
            Some((at, similarity)) if similarity >= SIMILARITY => {
                self.templates[at].take(&words, count);
            }
            _ if known.len() >= MAX_ALIKE || self.templates.len() >= MAX_TEMPLATES => {
                self.rest += count;
            }
            _ => {
                self.leaves
                    .entry(path)
                    .or_default()
                    .push(self.templates.len());
                self.templates.push(Template {
                    words,
                    open_end,
                    count,
                    example: example.to_owned(),
                });
            }
        }
    }

    /// The patterns so far.
    pub fn finish(mut self) -> Patterns {
        self.templates
            .sort_by_cached_key(|template| (std::cmp::Reverse(template.count), template.text()));
        Patterns {
            templates: self.templates,
            rest: self.rest,
        }
    }

    fn path(&mut self, words: &[String], open_end: bool) -> Path {
        let mut lead = Vec::with_capacity(DEPTH);
        for (depth, word) in words.iter().take(DEPTH).enumerate() {
            // What varies cannot lead.
            let step = match word.contains(VARIABLE) {
                true => VARIABLE.to_string(),
                false => self.branch(words.len(), depth, word),
            };
            lead.push(step);
        }
        (words.len(), open_end, lead)
    }

    /// The word itself while there is room for another branch.
    fn branch(&mut self, length: usize, depth: usize, word: &str) -> String {
        let known = self.branches.entry((length, depth)).or_default();
        if known.iter().any(|known| known == word) {
            return word.to_owned();
        }
        if known.len() >= MAX_BRANCHES {
            return VARIABLE.to_string();
        }
        known.push(word.to_owned());
        word.to_owned()
    }
}

/// What surely does not vary of a text: its first line, with numbers and ids masked in its words. A line break at the end
/// says that the text goes on. Texts that differ only in what is masked can be counted together before they are mined.
pub fn masked(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut words = line.split_whitespace();
    let mut out = String::with_capacity(line.len());
    for word in words.by_ref().take(MAX_WORDS) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&mask(word));
    }
    if words.next().is_some() || line.len() < text.trim_end().len() {
        out.push('\n');
    }
    out
}

/// The words of a masked text; tells whether it goes on after them.
fn words_of(masked: &str) -> (Vec<String>, bool) {
    let open_end = masked.ends_with('\n');
    let words = masked.split_whitespace().map(str::to_owned).collect();
    (words, open_end)
}

/// A word with `*` in place of numbers and ids. A run of letters and digits is an id when it has a digit, and is a number,
/// hex of some length, or longer than names with a number at their end are.
fn mask(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = after_uuid(rest) {
            out.push(VARIABLE);
            rest = after;
            continue;
        }
        if !c.is_ascii_alphanumeric() {
            if matches!(c, '*' | '\\') {
                out.push('\\');
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        mask_run(run, &mut out);
        rest = after;
    }
    collapse(&out)
}

/// What follows a UUID in its usual writing, if the text begins with one.
pub(super) fn after_uuid(text: &str) -> Option<&str> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut rest = text;
    for (at, len) in GROUPS.into_iter().enumerate() {
        if at > 0 {
            rest = rest.strip_prefix('-')?;
        }
        let (group, after) = rest.split_at_checked(len)?;
        if !group.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        rest = after;
    }
    Some(rest)
}

fn mask_run(run: &str, out: &mut String) {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    if !run.bytes().any(is_digit) {
        return out.push_str(run);
    }
    let all_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let address = run.strip_prefix("0x").or(run.strip_prefix("0X"));
    let is_address = address.is_some_and(|digits| !digits.is_empty() && all_hex(digits));
    let is_hex = run.len() >= 6 && all_hex(run);
    if is_address || is_hex || run.len() >= 16 {
        return out.push(VARIABLE);
    }
    // Numbers within names and units around them: `web12`, `31ms`.
    let mut in_number = false;
    for c in run.chars() {
        match (c.is_ascii_digit(), in_number) {
            (true, true) => {}
            (true, false) => out.push(VARIABLE),
            (false, _) => out.push(c),
        }
        in_number = c.is_ascii_digit();
    }
}

/// `*.*` and `*-*` are one variable part: a decimal number, a date, an address, a UUID.
fn collapse(masked: &str) -> String {
    let mut out = masked.to_owned();
    for joint in ["*.*", "*-*", "*:*", "*,*", "**"] {
        while out.contains(joint) && !out.contains("\\*") {
            out = out.replace(joint, "*");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mined(texts: &[&str]) -> Vec<(String, u64)> {
        let mut miner = Miner::default();
        for text in texts {
            miner.add(text, 1);
        }
        let found = miner.finish().templates;
        found.iter().map(|one| (one.text(), one.count)).collect()
    }

    #[test]
    fn numbers_and_ids_are_masked() {
        for (word, masked) in [
            ("42", "*"),
            ("3.25s", "*s"),
            ("user=17", "user=*"),
            ("/api/items/42?page=3", "/api/items/*?page=*"),
            ("web-12", "web-*"),
            ("10.0.0.1:8080", "*"),
            ("4bf92f3577b34da6a3ce929d0e0e4736", "*"),
            ("0af76519-16cd-43dd-8448-eb211c80319c", "*"),
            ("2026-11-21T06:46:22.719Z", "*T*Z"),
            ("0x7f3a9cbd", "*"),
            ("<Cart@0XDEADBEEF>", "<Cart@*>"),
            ("0x", "*x"),
            ("decade", "decade"),
            ("HTTP/2", "HTTP/*"),
            ("naïve*", "naïve\\*"),
        ] {
            assert_eq!(mask(word), masked, "{word}");
        }
    }

    #[test]
    fn texts_that_differ_in_variable_parts_are_one_pattern() {
        assert_eq!(
            mined(&[
                "item 1 of cart 7 was updated",
                "item 2 of cart 9 was updated",
                "payment of ann refused: card expired",
                "item 3 of cart 7 was removed",
                "payment of bob refused: card expired",
                "started",
            ]),
            [
                ("item * of cart * was *".to_owned(), 3),
                ("payment of * refused: card expired".to_owned(), 2),
                ("started".to_owned(), 1),
            ]
        );
    }

    #[test]
    fn different_texts_stay_apart() {
        let found = mined(&[
            "connection to db lost",
            "user ann logged in",
            "connection to db lost again",
            "cache is full now",
        ]);
        assert_eq!(found.len(), 4, "{found:?}");
    }

    #[test]
    fn only_the_first_line_counts() {
        let found = mined(&[
            "failed: oops\n  at f (a.js:1)",
            "failed: oops\n  at g (b.js:2)",
        ]);
        assert_eq!(found, [("failed: oops*".to_owned(), 2)]);
    }

    #[test]
    fn the_literal_parts_are_those_of_the_texts() {
        let mut miner = Miner::default();
        miner.add("5 * \\x is 17 ms", 1);
        let template = &miner.finish().templates[0];
        assert_eq!(template.text(), "* \\* \\\\x is * ms");
        assert_eq!(template.pieces(), ["", " * \\x is ", " ms"]);
        let mut miner = Miner::default();
        miner.add("started", 1);
        assert_eq!(miner.finish().templates[0].pieces(), ["started"]);
    }

    #[test]
    fn memory_is_bounded_and_every_text_is_counted() {
        let mut miner = Miner::default();
        let letters = |mut n: usize| {
            let mut word = String::new();
            for _ in 0..4 {
                word.push((b'a' + (n % 26) as u8) as char);
                n /= 26;
            }
            word
        };
        for n in 0..20_000 {
            let word = letters(n);
            miner.add(&format!("{word}x {word}y {word}z"), 2);
        }
        let found = miner.finish();
        assert!(found.templates.len() <= MAX_TEMPLATES);
        let counted: u64 = found.templates.iter().map(|one| one.count).sum();
        assert_eq!(counted + found.rest, 40_000);
    }

    #[test]
    fn empty_and_endless_texts_are_patterns_too() {
        let endless = "word ".repeat(1_000);
        let found = mined(&["", "  \n", &endless, &endless]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].1, found[1].1), (2, 2));
    }
}
