//! Regular expressions between `//` and `//`: where they end, and making one with bounds on what it may cost.

use super::required::required;
use regex_syntax::hir::Hir;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// Longest expression, in bytes. Longer ones are lists of words, and those have a form of their own.
pub(super) const LONGEST: usize = 1_000;
/// Most memory the compiled expression may take, and again its tables while it runs.
const LARGEST: usize = 1 << 20;
/// How deep its groups may nest.
const DEEPEST: u32 = 50;
/// How many compiled expressions a thread remembers: a search field reads its text anew for every picture.
const REMEMBERED: usize = 8;

thread_local! {
    /// Those compiled last, the newest at the end.
    static LAST: RefCell<Vec<Regex>> = const { RefCell::new(Vec::new()) };
}

/// A regular expression that is found anywhere in a text, in the syntax of the Rust crate `regex`: no look-around and
/// no back-references, so that it never takes more than linear time.
#[derive(Clone)]
pub struct Regex(regex::Regex);

impl Regex {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Where in the source it is wrong, and why.
    pub fn new(source: &str) -> Result<Self, (Range<usize>, String)> {
        if source.is_empty() {
            return Err((0..0, EMPTY.to_owned()));
        }
        if source.len() > LONGEST {
            return Err((0..source.len(), TOO_LONG.to_owned()));
        }
        let known =
            LAST.with_borrow(|last| last.iter().find(|one| one.source() == source).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let compiled = Self::compile(source)?;
        LAST.with_borrow_mut(|last| compiled.clone().remember(last));
        Ok(compiled)
    }

    fn compile(source: &str) -> Result<Self, (Range<usize>, String)> {
        if let Err(error) = parsed(source) {
            return Err(explained(&error, source));
        }
        let compiled = regex::RegexBuilder::new(source)
            .size_limit(LARGEST)
            .dfa_size_limit(LARGEST)
            .nest_limit(DEEPEST)
            .build();
        match compiled {
            Ok(compiled) => Ok(Self(compiled)),
            // What is left once the syntax is right is its size.
            Err(_) => Err((0..source.len(), TOO_LARGE.to_owned())),
        }
    }

    /// What it was made from.
    pub fn source(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is found in the text.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Letters of which each text of ASCII that it is found in holds at least one, once the text is brought to lower
    /// case; none when nothing is known.
    pub fn required(&self) -> Vec<Vec<u8>> {
        parsed(self.source()).map_or_else(|_| Vec::new(), |parsed| required(&parsed))
    }

    /// Does something with a copy that is this thread's own: one that threads share has them wait for its memory.
    pub fn alone<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        let place = |last: &Vec<Self>| last.iter().position(|one| one == self);
        let own = LAST.with_borrow_mut(|last| place(last).map(|place| last.remove(place)));
        let own = own.unwrap_or_else(|| self.clone());
        let done = work(&own);
        LAST.with_borrow_mut(|last| own.remember(last));
        done
    }

    fn remember(self, last: &mut Vec<Self>) {
        if last.len() == REMEMBERED {
            last.remove(0);
        }
        last.push(self);
    }
}

fn parsed(source: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    let mut parser = regex_syntax::ParserBuilder::new();
    let parsed = parser.nest_limit(DEEPEST).build().parse(source);
    parsed.map_err(Box::new)
}

/// Two are equal when they are written alike.
impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source()
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Regex({:?})", self.source())
    }
}

const EMPTY: &str = "a regular expression is missing between // and //";
const TOO_LONG: &str = "this regular expression is longer than 1000 bytes";
const TOO_LARGE: &str = "this regular expression is too large once its repetitions are written out";

fn explained(error: &regex_syntax::Error, source: &str) -> (Range<usize>, String) {
    let (span, why) = match error {
        regex_syntax::Error::Parse(error) => (error.span(), error.kind().to_string()),
        regex_syntax::Error::Translate(error) => (error.span(), error.kind().to_string()),
        _ => {
            return (
                0..source.len(),
                "this regular expression cannot be read".to_owned(),
            );
        }
    };
    let at = span.start.offset.min(source.len())..span.end.offset.min(source.len());
    (at, format!("this regular expression cannot be read: {why}"))
}

/// Where the expression lies in a text that begins with `//`, if it ends: at `//` before a space, a closing parenthesis
/// or brace, or the end. Escaped characters never end it.
pub(super) fn within(text: &str) -> Option<Range<usize>> {
    let start = "//".len();
    let inner = text.strip_prefix("//")?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '/' => {
                let ends = |rest: &str| {
                    rest.chars()
                        .next()
                        .is_none_or(|next| next.is_whitespace() || matches!(next, ')' | '}'))
                };
                if inner[at + 1..].strip_prefix('/').is_some_and(ends) {
                    return Some(start..start + at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The expression of a text with its slashes.
pub(super) fn read(text: &str) -> Result<Regex, (Range<usize>, String)> {
    let inner = within(text).unwrap_or(0..text.len());
    let (source, places) = source_of(&text[inner.clone()]);
    let place = |at: usize| inner.start + places.get(at).copied().unwrap_or_default();
    Regex::new(&source).map_err(|(at, message)| (place(at.start)..place(at.end), message))
}

/// The expression between the slashes: `\/` is how a slash is written where two would end it.
///
/// Also gives, for each byte of the expression, the place in the text it came from, with one more for its end.
pub(super) fn source_of(written: &str) -> (String, Vec<usize>) {
    let mut source = String::with_capacity(written.len());
    let mut places = Vec::with_capacity(written.len() + 1);
    let mut chars = written.char_indices().peekable();
    let mut push = |source: &mut String, at: usize, c: char| {
        places.extend((0..c.len_utf8()).map(|byte| at + byte));
        source.push(c);
    };
    while let Some((at, c)) = chars.next() {
        let next = if c == '\\' { chars.next() } else { None };
        match next {
            Some((_, '/')) => push(&mut source, at, '/'),
            Some((then, escaped)) => {
                push(&mut source, at, c);
                push(&mut source, then, escaped);
            }
            None => push(&mut source, at, c),
        }
    }
    places.push(written.len());
    (source, places)
}

/// The expression with its slashes around it, such that [`within`] and [`source_of`] find it again.
pub(super) fn written(source: &str) -> String {
    let mut out = String::from("//");
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            '/' if matches!(chars.peek(), None | Some('/')) => out.push_str("\\/"),
            _ => out.push(c),
        }
    }
    out.push_str("//");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_end_at_two_slashes_before_a_gap() {
        let cases = [
            ("//a b// c", Some("a b")),
            ("//a//b//", Some("a//b")),
            ("//a//)", Some("a")),
            ("////", Some("")),
            ("//a\\/\\// x//", Some("a\\/\\// x")),
            ("//a", None),
            ("//a/", None),
            ("/a//", None),
        ];
        for (text, expected) in cases {
            assert_eq!(within(text).map(|at| &text[at]), expected, "{text}");
        }
    }

    #[test]
    fn slashes_come_back() {
        for source in ["a", "/", "//", "a//b/", "/ /", "\\\\/", "é/", "[/]\\d"] {
            let text = written(source);
            let at = within(&text).expect(source);
            assert_eq!(at.end + 2, text.len(), "{text}");
            assert_eq!(source_of(&text[at]).0, source);
        }
        assert_eq!(source_of("a\\/é").1, [0, 1, 3, 4, 5]);
    }

    #[test]
    fn what_costs_too_much_is_refused() {
        for (source, message) in [
            ("", "missing"),
            ("a{1000}{1000}", "too large"),
            ("(", "unclosed group"),
            ("(?=a)", "look-around"),
        ] {
            let (_, why) = Regex::new(source).expect_err(source);
            assert!(why.contains(message), "{source}: {why}");
        }
        let nested = "(".repeat(60) + "a" + &")".repeat(60);
        assert!(Regex::new(&nested).is_err());
        assert!(Regex::new(&"a".repeat(LONGEST + 1)).is_err());
        assert!(Regex::new("(?i)TIME ?out$").is_ok_and(|regex| regex.is_in("a timeout")));
    }
}
