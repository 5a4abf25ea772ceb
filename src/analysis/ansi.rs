//! What terminal sequences in a message mean: its visible text in runs of one style each.
//!
//! Sequences are those of ECMA-48: control sequences (`ESC [ … letter`), of which `m` sets the style (SGR), control
//! strings (`ESC ] … BEL`, hyperlinks and titles), and two-letter escapes. All of them are left out of the text; those that
//! would move a cursor or clear a screen mean nothing here. What begins like a sequence and has no end is none: only
//! its escape character is left out, so that no text is ever hidden.

use std::borrow::Cow;
use std::ops::Range;

const ESCAPE: char = '\u{1b}';
/// The control sequence introducer as one character.
const CSI: char = '\u{9b}';

/// A colour as a terminal knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Color {
    /// One of sixteen named colours: black, red, green, yellow, blue, magenta, cyan, white, then the bright ones.
    Named(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a run of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The colour of the letters.
    pub ink: Option<Color>,
    /// The colour behind them.
    pub ground: Option<Color>,
    /// Of more weight.
    pub bold: bool,
    /// Of less weight.
    pub faint: bool,
    /// Slanted.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Crossed out.
    pub strike: bool,
    /// Letters and ground exchanged.
    pub inverse: bool,
}

/// A stretch of visible text in one style, by bytes of the whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where it is.
    pub text: Range<usize>,
    /// How it looks.
    pub style: Style,
}

/// The visible text in runs, from left to right; one run of no style where there are no sequences.
pub fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut style = Style::default();
    let mut from = 0;
    let mut push = |text: Range<usize>, style: Style| {
        if !text.is_empty() {
            runs.push(Run { text, style });
        }
    };
    while let Some(found) = text.get(from..).and_then(|rest| rest.find([ESCAPE, CSI])) {
        let at = from + found;
        push(from..at, style);
        let sequence = sequence_at(&text[at..]);
        if let Some(parameters) = sequence.style {
            style.apply(parameters);
        }
        from = at + sequence.len;
    }
    push(from..text.len(), style);
    runs
}

/// The visible text.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains([ESCAPE, CSI]) {
        return Cow::Borrowed(text);
    }
    let parts = runs(text).into_iter().map(|run| &text[run.text]);
    Cow::Owned(parts.collect())
}

/// A sequence at the start of a text.
struct Sequence<'a> {
    /// Its length in bytes.
    len: usize,
    /// The parameters of one that sets the style.
    style: Option<&'a str>,
}

/// `text` begins with an escape.
fn sequence_at(text: &str) -> Sequence<'_> {
    let other = |len| Sequence { len, style: None };
    let mut letters = text.char_indices();
    let first = letters.next().map_or(0, |(_, c)| c.len_utf8());
    let (intro, len) = match (text.starts_with(CSI), letters.next()) {
        (true, _) => ('[', first),
        (false, Some((at, c))) => (c, at + c.len_utf8()),
        (false, None) => return other(first),
    };
    let rest = &text[len..];
    match intro {
        '[' => match control_sequence(rest) {
            Some((parameters, end)) => Sequence {
                len: len + end,
                style: rest[..end].ends_with('m').then_some(parameters),
            },
            None => other(first),
        },
        ']' | 'P' | 'X' | '^' | '_' => match string_end(rest) {
            Some(end) => other(len + end),
            None => other(first),
        },
        // A letter between a space and a slash announces one more, as in the choice of a character set.
        ' '..='/' => other(len + rest.chars().next().map_or(0, char::len_utf8)),
        '0'..='~' => other(len),
        _ => other(first),
    }
}

/// The parameters of a control sequence behind its introducer, and where it ends.
fn control_sequence(text: &str) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    let count = |from: usize, of: std::ops::RangeInclusive<u8>| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| of.contains(byte)).count()
    };
    let parameters = count(0, 0x30..=0x3f);
    let end = count(parameters, 0x20..=0x2f);
    let last = bytes.get(end)?;
    (0x40..=0x7e)
        .contains(last)
        .then(|| (&text[..parameters], end + 1))
}

/// Where a control string ends: behind BEL or `ESC \`.
fn string_end(text: &str) -> Option<usize> {
    let bell = text.find('\u{7}').map(|at| at + 1);
    let terminator = text.find("\u{1b}\\").map(|at| at + 2);
    bell.into_iter().chain(terminator).min()
}

impl Style {
    /// Applies the parameters of an SGR sequence, numbers between `;` or `:`.
    fn apply(&mut self, parameters: &str) {
        let numbers = parameters.split([';', ':']);
        let mut numbers = numbers.map(|number| number.parse::<u16>().unwrap_or_default());
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.faint = true,
                3 => self.italic = true,
                4 => self.underline = true,
                7 => self.inverse = true,
                9 => self.strike = true,
                21 | 22 => (self.bold, self.faint) = (false, false),
                23 => self.italic = false,
                24 => self.underline = false,
                27 => self.inverse = false,
                29 => self.strike = false,
                30..=37 => self.ink = Some(Color::Named(number as u8 - 30)),
                38 => self.ink = extended(&mut numbers).or(self.ink),
                39 => self.ink = None,
                40..=47 => self.ground = Some(Color::Named(number as u8 - 40)),
                48 => self.ground = extended(&mut numbers).or(self.ground),
                49 => self.ground = None,
                90..=97 => self.ink = Some(Color::Named(number as u8 - 82)),
                100..=107 => self.ground = Some(Color::Named(number as u8 - 92)),
                _ => {}
            }
        }
    }
}

/// The colour behind 38 or 48: `5;N` of a table of 256, or `2;R;G;B`.
fn extended(numbers: &mut impl Iterator<Item = u16>) -> Option<Color> {
    let byte = |number: u16| u8::try_from(number).ok();
    match numbers.next()? {
        5 => numbers.next().and_then(byte).map(of_table),
        2 => {
            let mut next = || numbers.next().and_then(byte);
            Some(Color::Rgb(next()?, next()?, next()?))
        }
        _ => None,
    }
}

/// A colour of the usual table of 256: the named ones, a cube of 6 × 6 × 6, and 24 greys.
fn of_table(number: u8) -> Color {
    let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
    match number {
        0..=15 => Color::Named(number),
        16..=231 => {
            let place = number - 16;
            Color::Rgb(step(place / 36), step(place / 6 % 6), step(place % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (number - 232);
            Color::Rgb(grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run and the colour of its letters.
    type Seen<'a> = (&'a str, Option<Color>);

    /// The visible runs.
    fn seen(text: &str) -> Vec<Seen<'_>> {
        let runs = runs(text).into_iter();
        runs.map(|run| (&text[run.text], run.style.ink)).collect()
    }

    #[test]
    fn colours_are_read_and_never_seen() {
        let red = Some(Color::Named(1));
        let cases: [(&str, &[Seen]); 9] = [
            ("plain", &[("plain", None)]),
            ("", &[]),
            (
                "a\u{1b}[31mb\u{1b}[0mc",
                &[("a", None), ("b", red), ("c", None)],
            ),
            ("\u{1b}[1;31mb\u{1b}[mc", &[("b", red), ("c", None)]),
            ("\u{9b}31mé\u{1b}[39m!", &[("é", red), ("!", None)]),
            ("\u{1b}[91mx", &[("x", Some(Color::Named(9)))]),
            ("\u{1b}[38;5;196mx", &[("x", Some(Color::Rgb(255, 0, 0)))]),
            (
                "\u{1b}[38;5;244;4mx",
                &[("x", Some(Color::Rgb(128, 128, 128)))],
            ),
            ("\u{1b}[38:2:1:2:3mx", &[("x", Some(Color::Rgb(1, 2, 3)))]),
        ];
        for (text, expected) in cases {
            assert_eq!(seen(text), expected, "{text:?}");
        }
        let style = runs("\u{1b}[1;3;4;7;9mx")[0].style;
        assert!(style.bold && style.italic && style.underline && style.inverse && style.strike);
        let off = runs("\u{1b}[1;2;3;4;7;9m\u{1b}[22;23;24;27;29mx")[0].style;
        assert_eq!(off, Style::default());
    }

    #[test]
    fn other_sequences_leave_nothing_behind() {
        let cases = [
            ("a\u{1b}[2Jb", "ab"),
            ("a\u{1b}[?25lb", "ab"),
            ("a\u{1b}[10;20Hb", "ab"),
            ("\u{1b}]0;title\u{7}a", "a"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}(Ba", "a"),
            ("\u{1b}7a", "a"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_has_no_end_hides_nothing() {
        let cases = [
            ("a\u{1b}", "a"),
            ("a\u{1b}[31", "a[31"),
            ("a\u{1b}[31\u{e9}b", "a[31\u{e9}b"),
            ("a\u{1b}]0;title", "a]0;title"),
            ("a\u{1b}\u{e9}b", "a\u{e9}b"),
            ("a\u{1b}\nb", "a\nb"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text:?}");
        }
        assert!(matches!(plain("plain"), Cow::Borrowed(_)));
    }
}
