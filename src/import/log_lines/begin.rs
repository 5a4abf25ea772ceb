//! How a line of plain text begins: the time, the level and the trace that programs put before what they say.

use super::lines::is_object;
use super::settle::without_colours;
use super::{level, logfmt, moment, wrapping};
use crate::model::{Nanos, SpanId, TraceId};

/// How far into a line its beginning reaches.
const BEGINNING: usize = 512;

/// The time a line begins with, bare or in brackets; that of web servers stands in brackets behind the address.
pub fn leading_time(line: &str) -> Option<Nanos> {
    let line = line.trim_start();
    let bracketed = line.find('[').filter(|at| *at < 128);
    let inside = bracketed.and_then(|at| line.get(at + 1..)?.split(']').next());
    let inside = inside.filter(|text| (19..=40).contains(&text.len()));
    if let Some(time) = inside.and_then(dated) {
        return Some(time);
    }
    // Syslog's newer form begins with a priority and a version.
    let line = match line.strip_prefix('<').and_then(|line| line.split_once('>')) {
        Some((_, rest)) => rest.split_once(' ').map_or(rest, |(_, rest)| rest),
        None => line,
    };
    let ends = line.match_indices([' ', '\t', ']']).map(|(at, _)| at);
    let ends = ends.take(3).chain([line.len()]).filter(|end| *end >= 19);
    ends.filter_map(|end| line.get(..end)).find_map(|start| {
        let is_date = start.as_bytes().get(..4)?.iter().all(u8::is_ascii_digit);
        dated(start).filter(|_| is_date)
    })
}

/// A time that is written as a date, not as a number.
fn dated(text: &str) -> Option<Nanos> {
    let text = text.trim_end_matches([':', ']']);
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    moment::of_text(text).filter(|_| !is_number)
}

/// The level that stands among a line's first words: in capitals, or set apart by brackets or tabs, as in `[core:error]`.
pub fn leading_level(line: &str) -> Option<(u8, &str)> {
    let words = line.split([' ', '\t', '[', ']', '|', '(', ')', ':', '<', '>', '=']);
    let words = words.filter(|word| !word.is_empty());
    let shouted = words.take(12).find_map(|word| {
        let shouts = word.bytes().all(|byte| byte.is_ascii_uppercase());
        level_of(word).filter(|_| shouts)
    });
    shouted.or_else(|| {
        let start = line.get(..line.floor_char_boundary(BEGINNING))?;
        let brackets = start.split('[').skip(1).take(4);
        let bracketed = brackets.filter_map(|rest| rest.split_once(']'));
        let tabbed = start.split('\t').skip(1).take(3);
        let apart = bracketed.map(|(inside, _)| inside).chain(tabbed);
        apart
            .filter_map(|word| word.rsplit(':').next())
            .find_map(level_of)
    })
}

/// A word's severity, if it is a whole one.
fn level_of(word: &str) -> Option<(u8, &str)> {
    let is_word = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let severity = level::of_word(word).filter(|_| is_word)?;
    Some((severity, word))
}

/// The trace and span that stand among a line's first words, as 32 and then 16 hex digits, as loggers print them.
pub fn linked(line: &str) -> Option<(TraceId, SpanId)> {
    let line = line.get(..line.floor_char_boundary(BEGINNING))?;
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
    let trace = words.find(|word| is_id(word, 32))?;
    // A name may stand between them: `trace_id=… span_id=…`.
    let span = words.take(4).find(|word| is_id(word, 16))?;
    Some((trace.parse().ok()?, span.parse().ok()?))
}

fn is_id(word: &str, digits: usize) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    word.len() == digits && word.bytes().all(hex) && word.bytes().any(|byte| byte != b'0')
}

/// Whether a record begins with this line in a file of plain text: it has a time or a level in front, or is no plain text.
pub fn begins(line: &str) -> bool {
    let line = match line.contains('\x1B') {
        true => &without_colours(
            line.get(..line.floor_char_boundary(BEGINNING))
                .unwrap_or(line),
        ),
        false => line,
    };
    if line.starts_with([' ', '\t']) {
        return is_object(line);
    }
    leading_time(line).is_some()
        || shouts(line)
        || wrapping::unwrap(line).is_some()
        || line.starts_with('{')
        || logfmt::is_line(line)
}

/// Whether a line of plain text begins with a time or a level.
pub fn is_dated(line: &str) -> bool {
    let line = without_colours(
        line.get(..line.floor_char_boundary(BEGINNING))
            .unwrap_or(line),
    );
    leading_time(&line).is_some() || shouts(&line)
}

fn shouts(line: &str) -> bool {
    let first = line
        .split([' ', '\t', ':', ']', '|'])
        .next()
        .unwrap_or_default();
    let first = first.trim_start_matches('[');
    leading_level(first).is_some_and(|(_, word)| word == first)
}

/// The opposite of [`begins`].
pub fn goes_on(line: &str) -> bool {
    !begins(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_tells_time_and_level_by_how_it_begins() {
        let expected = Some(Nanos(1_795_243_582_719_000_000));
        for (line, level) in [
            ("2026-11-21 06:46:22,719 ERROR [main] it broke", 17),
            ("2026-11-21T06:46:22.719Z WARN: it bends", 13),
            ("[2026-11-21 06:46:22.719] app.INFO: fine", 0),
            ("2026/11/21 06:46:22.719 [info] fine", 9),
            ("2026-11-21T06:46:22.719Z\tinfo\tservice.go:1\tfine", 9),
            (
                "[Sat Nov 21 06:46:22.719 2026] [core:error] [pid 1] bad",
                17,
            ),
            (
                "1.2.3.4 - - [21/Nov/2026:06:46:22.719 +0000] \"GET /\" 200",
                0,
            ),
            ("[21-Nov-2026 06:46:22.719 UTC] PHP Fatal error: bad", 0),
            ("<34>1 2026-11-21T06:46:22.719Z host su 1 - - failed", 0),
        ] {
            assert_eq!(leading_time(line), expected, "{line}");
            assert!(begins(line));
            assert_eq!(
                leading_level(line).map_or(0, |(level, _)| level),
                level,
                "{line}"
            );
        }
        for no in [
            "hello",
            "1795243582719 x",
            "an error at 2026-11-21 06:46:22",
            "2026-11-21,1,2",
            "2026-11-21 06:46:22,1,2",
        ] {
            assert_eq!((leading_time(no), leading_level(no)), (None, None), "{no}");
            assert!(goes_on(no), "{no}");
        }
        for level in [
            "INFO:root:hello",
            "[ERROR] x",
            "WARN  a",
            "\x1B[31mERROR\x1B[0m x",
        ] {
            assert!(begins(level), "{level}");
        }
        for no in [
            "Traceback (most recent call last):",
            "  INFO x",
            "ValueError: INFO",
        ] {
            assert!(goes_on(no), "{no}");
        }
        assert_eq!(without_colours("\x1B[31mred\x1B[0m end\x1B[1"), "red end");
    }

    #[test]
    fn trace_and_span_among_the_first_words() {
        let (trace, span) = ("5b8efff798038103d269b633813fc60c", "eee19b7ec376b928");
        let ids = Some((trace.parse().expect("hex"), span.parse().expect("hex")));
        for line in [
            format!("INFO [shop,{trace},{span}] sold"),
            format!("INFO 1 --- [main] [{trace}-{span}] c.e.App : sold"),
            format!("INFO [trace_id={trace} span_id={span} x=1] - sold"),
        ] {
            assert_eq!(linked(&line), ids, "{line}");
        }
        for line in [
            format!("INFO hash {trace} sold"),
            format!("{:032}-{:016}", 0, 0),
        ] {
            assert_eq!(linked(&line), None, "{line}");
        }
    }
}
