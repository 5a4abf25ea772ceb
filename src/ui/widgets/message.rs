//! A message as it is painted: terminal colours made fit for the theme, what was searched for marked, line breaks shown.

use crate::analysis::ansi::{self, Color, Style};
use crate::ui::theme::{self, Palette};
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Stroke};
use std::borrow::Cow;
use std::ops::Range;

/// Longest message laid out in rows of a list, in bytes; the rest could not be seen anyway.
const MAX_ROW: usize = 2_000;
/// Longest message laid out whole, in bytes: more would cost a frame more than reading it is worth.
pub const MAX_WHOLE: usize = 20_000;
/// Stands for a line break in a message of one line.
const BREAK: &str = "↵";

/// Whether a message stands in one line or in as many as it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// One, with a mark for each line break.
    One,
    /// Its own, as far as there is room in a row.
    Some,
    /// Its own, all of them up to [`MAX_WHOLE`] bytes.
    All,
}

/// Lays out a message. `words`, in lower case, are marked wherever they occur in its visible text.
pub fn message_job(text: &str, words: &[String], lines: Lines, palette: &Palette) -> LayoutJob {
    let most = if lines == Lines::All {
        MAX_WHOLE
    } else {
        MAX_ROW
    };
    let text = match text.len() > most {
        true => Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(most)])),
        false => Cow::Borrowed(text),
    };
    let mut visible = String::with_capacity(text.len());
    let mut styles: Vec<(usize, Style)> = Vec::new();
    for run in ansi::runs(text.trim_end_matches(['\n', '\r'])) {
        visible.push_str(&text[run.text]);
        styles.push((visible.len(), run.style));
    }
    let marks = marks(&visible, words);
    let mut job = LayoutJob::default();
    let mut from = 0;
    for (end, style) in styles {
        while from < end {
            let mark = marks.iter().find(|mark| mark.end > from);
            let (to, marked) = match mark {
                Some(mark) if mark.start <= from => (mark.end.min(end), true),
                Some(mark) => (mark.start.min(end), false),
                None => (end, false),
            };
            let format = format_of(style, marked, palette);
            append(&mut job, &visible[from..to], format, lines, palette);
            from = to;
        }
    }
    job
}

/// Adds a stretch of one format, with other control characters than line breaks as spaces.
fn append(job: &mut LayoutJob, text: &str, format: TextFormat, lines: Lines, palette: &Palette) {
    let shown = |text: &str| -> String {
        let letters = text.chars().filter(|c| *c != '\r');
        let shown = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
        letters.map(shown).collect()
    };
    if lines != Lines::One {
        return job.append(&shown(text), 0.0, format);
    }
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            // The font of messages lacks this sign.
            let (color, font_id) = (palette.faint, theme::body());
            job.append(
                BREAK,
                0.0,
                TextFormat {
                    color,
                    font_id,
                    ..format.clone()
                },
            );
        }
        if !line.is_empty() {
            job.append(&shown(line), 0.0, format.clone());
        }
    }
}

fn format_of(style: Style, marked: bool, palette: &Palette) -> TextFormat {
    let (ink, ground) = match style.inverse {
        true => (style.ground, style.ink.or(Some(Color::Named(7)))),
        false => (style.ink, style.ground),
    };
    let color = match ink {
        Some(ink) => palette.as_text(of_terminal(ink, palette)),
        None if style.faint => palette.faint,
        None => palette.text,
    };
    let mut format = TextFormat::simple(theme::mono(), color);
    if let Some(ground) = ground {
        format.background = palette.soft(of_terminal(ground, palette));
    }
    if marked {
        format.background = palette.warning_soft;
        format.color = palette.text;
    }
    let line = Stroke::new(theme::size::LINE, format.color);
    // There is one weight of this font: weight shows as colour only where none is given.
    if style.bold && ink.is_none() && !marked {
        format.color = theme::mix(palette.text, palette.accent, 0.35);
    }
    if style.underline {
        format.underline = line;
    }
    if style.strike {
        format.strikethrough = line;
    }
    format.italics = style.italic;
    format
}

/// A terminal's colour in the theme: the named ones are the theme's own, so that they read in the light and in the dark.
fn of_terminal(color: Color, palette: &Palette) -> Color32 {
    match color {
        Color::Rgb(red, green, blue) => theme::from_bytes([red, green, blue]),
        Color::Named(number) => match number % 8 {
            0 if number < 8 => palette.text,
            0 => palette.faint,
            1 => palette.error,
            2 => palette.ok,
            3 => palette.warning,
            4 => palette.accent,
            5 => palette.hues[4],
            6 => palette.hues[2],
            _ if number < 8 => palette.muted,
            _ => palette.text,
        },
    }
}

/// Where the words are, from left to right, without overlap. Case does not count.
fn marks(text: &str, words: &[String]) -> Vec<Range<usize>> {
    if words.is_empty() {
        return Vec::new();
    }
    // Lower case may be longer or shorter than the text: each byte of it knows where it came from.
    let mut lower = String::with_capacity(text.len());
    let mut origins = Vec::with_capacity(text.len() + 1);
    for (at, letter) in text.char_indices() {
        lower.extend(letter.to_lowercase());
        origins.resize(lower.len(), at);
    }
    origins.push(text.len());
    let mut found: Vec<Range<usize>> = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        for (at, word) in lower.match_indices(word.as_str()) {
            found.push(origins[at]..origins[at + word.len()]);
        }
    }
    found.sort_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for mark in found {
        match merged.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => merged.push(mark),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{DARK, LIGHT};

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_are_marked_whatever_their_case() {
        let cases = [
            ("Cart CART", "cart", "[Cart] [CART]"),
            ("timeout", "time meo", "[timeo]ut"),
            ("Ärger, İx x", "ärger x", "[Ärger], İ[x] [x]"),
            ("none", "x", "none"),
        ];
        for (text, wanted, expected) in cases {
            let wanted: Vec<&str> = wanted.split(' ').collect();
            let mut shown = text.to_owned();
            for mark in marks(text, &words(&wanted)).into_iter().rev() {
                shown.insert(mark.end, ']');
                shown.insert(mark.start, '[');
            }
            assert_eq!(shown, expected);
        }
        assert!(marks("none", &words(&[""])).is_empty());
    }

    #[test]
    fn a_message_has_colours_and_marks_and_no_sequences() {
        let text = "\u{1b}[31mpay\u{1b}[0mment\r\n\tfailed\n";
        let job = message_job(text, &words(&["payment"]), Lines::One, &LIGHT);
        assert_eq!(job.text, "payment↵ failed");
        let marked = |job: &LayoutJob| {
            let sections = job.sections.iter();
            let marked = sections.filter(|section| section.format.background == LIGHT.warning_soft);
            let text = |section: &egui::text::LayoutSection| {
                let range = &section.byte_range;
                job.text[range.start.0..range.end.0].to_owned()
            };
            marked.map(text).collect::<Vec<_>>()
        };
        assert_eq!(marked(&job), ["payment"], "a mark runs on through colours");
        let job = message_job(text, &[], Lines::All, &LIGHT);
        assert_eq!(job.text, "payment\n failed");
        assert_eq!(marked(&job), Vec::<String>::new());
        assert_ne!(job.sections[0].format.color, job.sections[1].format.color);
    }

    #[test]
    fn every_colour_of_a_terminal_reads_in_both_themes() {
        for palette in [&LIGHT, &DARK] {
            for number in 0..=255u8 {
                let text = format!("\u{1b}[38;5;{number}mx");
                let job = message_job(&text, &[], Lines::One, palette);
                let ink = job.sections[0].format.color;
                let contrast = theme::contrast(ink, palette.panel);
                assert!(contrast >= 4.0, "{number} has a contrast of {contrast}");
            }
        }
    }

    #[test]
    fn long_messages_end_in_a_mark() {
        let long = "ä".repeat(30_000);
        let job = message_job(&long, &[], Lines::All, &LIGHT);
        assert!(job.text.len() <= MAX_WHOLE + 3 && job.text.ends_with('…'));
        assert!(message_job(&long, &[], Lines::Some, &LIGHT).text.len() <= MAX_ROW + 3);
    }
}
