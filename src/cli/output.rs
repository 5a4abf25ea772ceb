//! Printing: JSON lines for scripts, aligned columns for people.

use super::{Failure, query_failure};
use crate::model::{Nanos, TimeRange, human};
use crate::query::{self, Subject};
use crate::store::{Cursor, Filter, ValueCount};
use serde_json::{Value as Json, json};
use std::io::{BufWriter, IsTerminal as _, StdoutLock, Write as _};

use super::args::{ListArgs, TimeArgs};
pub use crate::export::log_record::{json_attributes, json_value};

/// Standard output, buffered and locked.
pub struct Output {
    out: BufWriter<StdoutLock<'static>>,
    color: bool,
}

impl Output {
    /// Opens standard output; colours only on a terminal, and not where `NO_COLOR` is set.
    pub fn stdout() -> Self {
        let stdout = std::io::stdout();
        let color = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self {
            out: BufWriter::new(stdout.lock()),
            color,
        }
    }

    /// One line.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// One JSON value on one line.
    pub fn json(&mut self, value: &Json) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{value}")?)
    }

    /// A text in an ANSI colour, where colours are wanted.
    pub fn paint(&self, code: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Rows under a header, columns aligned; `right` columns hold numbers. The last column is not padded, a longer cell
    /// before it is cut.
    pub fn table(&mut self, header: &[(&str, bool)], rows: &[Vec<String>]) -> Result<(), Failure> {
        const WIDEST: usize = 48;
        let last = header.len().saturating_sub(1);
        let shown = |(at, cell): (usize, &String)| {
            let cell = one_line(cell);
            match at < last && cell.chars().count() > WIDEST {
                true => cell.chars().take(WIDEST - 1).chain(['…']).collect(),
                false => cell,
            }
        };
        let titles: Vec<String> = header.iter().map(|(name, _)| one_line(name)).collect();
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().enumerate().map(shown).collect())
            .collect();
        let width = |at: usize| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(at))
                .map(|cell| cell.chars().count());
            cells.chain([titles[at].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
        let line = |cells: Vec<&str>| {
            let cells = cells.iter().enumerate().map(|(at, cell)| {
                let pad = " ".repeat(widths[at].saturating_sub(cell.chars().count()));
                match (header[at].1, at == last) {
                    (true, _) => format!("{pad}{cell}"),
                    (false, false) => format!("{cell}{pad}"),
                    (false, true) => (*cell).to_owned(),
                }
            });
            cells.collect::<Vec<_>>().join("  ")
        };
        let head = line(titles.iter().map(String::as_str).collect());
        let head = self.paint("2", &head);
        self.line(&head)?;
        for row in &rows {
            self.line(&line(row.iter().map(String::as_str).collect()))?;
        }
        Ok(())
    }

    /// Writes out what is buffered.
    pub fn finish(mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }
}

/// The first line of a text, safe to show: control characters, which a terminal would obey, are written out.
pub fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut shown = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '\t' => shown.push(' '),
            // Besides control characters those that turn the direction of what follows.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(character.escape_unicode())
            }
            _ if character.is_control() => shown.extend(character.escape_default()),
            _ => shown.push(character),
        }
    }
    shown
}

/// JSON kept as text, parsed; an empty list where there is none.
pub fn json_list(text: &str) -> Json {
    if text.is_empty() {
        json!([])
    } else {
        serde_json::from_str(text).unwrap_or_else(|_| json!(text))
    }
}

/// What a list shows, from its arguments.
pub fn filter_from(args: &ListArgs, subject: Subject) -> Result<Filter, Failure> {
    let grouped = !args.group_by.is_empty() || args.agg.is_some();
    filter_of(args, &args.query.join(" "), subject.grouped(grouped))
}

/// Another search under the times of a list's arguments.
pub fn filter_of(args: &ListArgs, query: &str, subject: Subject) -> Result<Filter, Failure> {
    let search = query::parse_for(query, subject).map_err(|error| query_failure(query, &error))?;
    let search = match args.now.as_deref().map(parse_time).transpose()? {
        Some(now) => search.at(now),
        None => search,
    };
    let range = range_of(&args.time)?;
    Ok(Filter { search, range })
}

/// The time a list is about, open where a bound is missing.
pub fn range_of(time: &TimeArgs) -> Result<Option<TimeRange>, Failure> {
    let bound = |text: &Option<String>| text.as_deref().map(parse_time).transpose();
    Ok(match (bound(&time.from)?, bound(&time.to)?) {
        (None, None) => None,
        (from, to) => Some(TimeRange {
            start: from.unwrap_or(Nanos(i64::MIN)),
            end: to.unwrap_or(Nanos(i64::MAX)),
        }),
    })
}

/// How many rows a list shows.
pub fn limit_from(args: &ListArgs) -> usize {
    if args.limit == 0 {
        usize::MAX
    } else {
        args.limit
    }
}

/// Says on standard error what a limit left out: `first 100 of 48,211 spans`, and how to go on.
pub fn notice(shown: u64, total: u64, what: &str, next: Option<&Cursor>) {
    if shown >= total {
        return;
    }
    let (shown, total) = (human::grouped(shown), human::grouped(total));
    let next = next.map_or_else(String::new, |next| format!("; next: --cursor {next}"));
    say(&format!("first {shown} of {total} {what}{next}"));
}

/// Says something beside the answer on standard error.
pub fn say(text: &str) {
    // Nobody to tell is no failure.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// RFC 3339, or an epoch whose unit is told by its size.
fn parse_time(text: &str) -> Result<Nanos, Failure> {
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text)
        && let Some(nanos) = time.timestamp_nanos_opt()
    {
        return Ok(Nanos(nanos));
    }
    let usage = || {
        Failure::Usage(format!(
            "{text:?} is no time; write 2026-11-21T06:46:22Z or seconds since 1970"
        ))
    };
    let number: f64 = text.parse().map_err(|_| usage())?;
    if !number.is_finite() {
        return Err(usage());
    }
    // Seconds stay below 1e11 until the year 5138; milliseconds, microseconds and nanoseconds follow in steps of 1000.
    let scale: i64 = match number.abs() {
        size if size < 1e11 => 1_000_000_000,
        size if size < 1e14 => 1_000_000,
        size if size < 1e17 => 1_000,
        _ => 1,
    };
    let whole = text
        .parse::<i64>()
        .ok()
        .and_then(|number| number.checked_mul(scale));
    Ok(Nanos(whole.unwrap_or((number * scale as f64) as i64)))
}

/// Prints `{"count": n}` or the plain number.
pub fn print_count(json_wanted: bool, count: u64) -> Result<(), Failure> {
    let mut out = Output::stdout();
    if json_wanted {
        out.json(&json!({ "count": count }))?
    } else {
        out.line(&json!({ "count": count }).to_string())?
    }
    out.finish()
}

/// Prints the most frequent values of an attribute, of `total` that it has.
pub fn print_facet(
    json_wanted: bool,
    key: &str,
    values: &[ValueCount],
    total: usize,
) -> Result<(), Failure> {
    let mut out = Output::stdout();
    if json_wanted {
        for ValueCount { value, count } in values {
            out.json(&json!({ "key": key, "value": json_value(value), "count": count }))?;
        }
    } else {
        let rows: Vec<_> = values
            .iter()
            .map(|value| vec![value.count.to_string(), value.value.to_string()])
            .collect();
        out.table(&[("COUNT", true), (key, false)], &rows)?;
    }
    out.finish()?;
    notice(values.len() as u64, total as u64, "values", None);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_usual_form() {
        let expected = 1_795_243_582_000_000_000;
        for text in [
            "2026-11-21T06:46:22Z",
            "1795243582",
            "1795243582000",
            "1795243582000000",
            "1795243582000000000",
        ] {
            assert_eq!(parse_time(text).unwrap(), Nanos(expected), "{text}");
        }
        assert!(matches!(parse_time("soon"), Err(Failure::Usage(_))));
    }

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        assert_eq!(one_line("a\tb\u{1b}[31mred\r\nnext"), "a b\\u{1b}[31mred");
        assert_eq!(one_line("a\u{202e}b"), "a\\u{202e}b");
    }
}
