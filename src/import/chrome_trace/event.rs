//! One trace event: at first only what places it in the recording.

use crate::import::fill::{Fill, Result};
use crate::import::json::{JsonError, RawStr};
use crate::import::otlp_json::document::Walk;
use crate::import::plain;
use crate::import::stretch;
use crate::model::Nanos;
use xxhash_rust::xxh3::Xxh3;

/// What places an event.
#[derive(Debug, Default)]
pub struct Head<'t> {
    /// Where it begins in the text.
    pub at: usize,
    /// Its phase: what kind of event it is.
    pub phase: u8,
    /// Time in nanoseconds, if it has one.
    pub time: Option<i64>,
    /// Duration in nanoseconds, if it has one.
    pub duration: Option<i64>,
    /// Its process, as written.
    pub pid: &'t str,
    /// Its thread, as written.
    pub tid: &'t str,
    /// Its name between the quotes.
    pub name: &'t str,
    /// Hash of name and process.
    pub name_hash: u64,
    /// Hash of what ties asynchronous events, and of what ties the events of a flow.
    pub ties: (u64, u64),
    /// Whether a flow's end belongs to the span around it instead of the next one.
    pub binds_around: bool,
    /// Whether it has nothing in it, as some writers end a list.
    pub is_empty: bool,
    /// Where its arguments lie.
    pub args: Option<usize>,
}

/// What ties events together, as text.
#[derive(Default)]
struct Tie<'t> {
    category: &'t str,
    scope: &'t str,
    id: &'t str,
    is_local: bool,
}

/// Takes an event.
pub fn head<'t>(fill: &mut Fill<'t, '_>) -> Result<Head<'t>> {
    fill.json.peek()?;
    let mut head = Head {
        at: fill.json.at(),
        pid: "0",
        tid: "0",
        is_empty: true,
        ..Head::default()
    };
    let mut tie = Tie::default();
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        head.is_empty = false;
        if fill.json.take_null() {
            continue;
        }
        match fill.json.raw(name) {
            b"ph" => head.phase = fill.json.string().map(|phase| one_letter(fill, phase))?,
            b"ts" => head.time = Some(micros(fill)?),
            b"dur" => head.duration = Some(micros(fill)?),
            b"pid" => head.pid = written(fill)?,
            b"tid" => head.tid = written(fill)?,
            b"name" => head.name = written(fill)?,
            b"cat" => tie.category = written(fill)?,
            b"id" | b"bind_id" => tie.id = written(fill)?,
            b"scope" => tie.scope = written(fill)?,
            b"bp" => head.binds_around = written(fill)? == "e",
            b"id2" if fill.json.peek()? == b'{' => read_id2(fill, &mut tie)?,
            b"args" => head.args = Some(fill.json.skip_range()?.0.start),
            _ => {
                fill.json.skip()?;
            }
        }
    }
    head.name_hash = hash(&[head.name, head.pid]);
    let own = if tie.is_local { head.pid } else { "" };
    let parts = [tie.category, tie.scope, tie.id, own];
    head.ties = (hash(&parts), hash(&[&parts[..], &[head.name]].concat()));
    Ok(head)
}

fn hash(parts: &[&str]) -> u64 {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(b"\0");
    }
    hash.digest()
}

fn one_letter(fill: &Fill, phase: RawStr) -> u8 {
    match fill.json.raw(phase) {
        [letter] => *letter,
        _ => 0,
    }
}

/// Takes a text or a number as it is written, without quotes.
fn written<'t>(fill: &mut Fill<'t, '_>) -> Result<&'t str> {
    if fill.json.peek()? == b'"' {
        let string = fill.json.string()?;
        return Ok(fill.json.raw_text(string));
    }
    let text = fill.json.text();
    let (range, _) = fill.json.skip_range()?;
    Ok(text.get(range).unwrap_or_default())
}

/// `{"local":"0x1"}`, of the process alone, or `{"global":"0x1"}`.
fn read_id2<'t>(fill: &mut Fill<'t, '_>, tie: &mut Tie<'t>) -> Result<()> {
    let mut members = fill.json.begin_object()?;
    while let Some(name) = fill.json.next_member(&mut members)? {
        tie.is_local = fill.json.raw(name) == b"local";
        tie.id = written(fill)?;
    }
    Ok(())
}

/// Takes microseconds, perhaps with decimals or in quotes, as nanoseconds.
fn micros(fill: &mut Fill) -> Result<i64> {
    fill.json.peek()?;
    let at = fill.json.at();
    let text = written(fill)?;
    let wrong = |what| JsonError { at, what };
    let nanos = nanos(text).ok_or(wrong("a time in microseconds was expected"))?;
    match nanos < 0 {
        true => Err(wrong("a time or duration is negative")),
        false => Ok(nanos),
    }
}

/// Decimal microseconds as nanoseconds, to the nearest one; exact where that can be.
fn nanos(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_plain(whole) || !is_plain(fraction) {
        let nanos = (text.parse::<f64>().ok()? * 1e3).round();
        return (nanos.is_finite() && nanos.abs() < 9.2e18).then_some(nanos as i64);
    }
    let digit = |place: usize| {
        let digit = fraction.as_bytes().get(place);
        digit.map_or(0, |digit| i64::from(digit - b'0'))
    };
    let rest = digit(0) * 100 + digit(1) * 10 + digit(2) + i64::from(digit(3) >= 5);
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(1_000)?
        .checked_add(rest)
}

/// Reads an event at `at` as attributes of a span that began at `mark`: its arguments under their own names, and every other
/// member that placed nothing.
pub fn attributes(walk: &mut Walk, at: usize, mark: u32, is_end: bool) -> Result<()> {
    walk.fill.json.go_to(at);
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"args" if walk.fill.json.peek()? == b'{' => {
                plain::attributes(&mut walk.fill, mark, "")?;
            }
            b"ph" | b"ts" | b"dur" | b"pid" | b"tid" | b"name" => {
                walk.fill.json.skip()?;
            }
            // What an end says besides, its beginning said, too.
            raw if is_end && raw != b"args" => {
                walk.fill.json.skip()?;
            }
            _ => walk.fill.member(mark, name)?,
        }
    }
    Ok(())
}

/// Reads an event at `at` as an event of a span.
pub fn instant(walk: &mut Walk, at: usize) -> Result<plain::Event> {
    walk.fill.json.go_to(at);
    let mut event = plain::Event::default();
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            _ if walk.fill.json.take_null() => {}
            b"name" if walk.fill.json.peek()? == b'"' => {
                event.name = plain::text(&mut walk.fill)?;
            }
            b"args" if walk.fill.json.peek()? == b'{' => event.attributes(&mut walk.fill)?,
            b"ts" => event.time = Nanos(micros(&mut walk.fill)?),
            b"ph" | b"pid" | b"tid" | b"dur" | b"s" => {
                walk.fill.json.skip()?;
            }
            _ => {
                let name = plain::name(&walk.fill, name);
                event.attribute(&mut walk.fill, name)?;
            }
        }
    }
    Ok(event)
}

/// A text between quotes with its escapes undone.
pub fn undone(text: &str) -> String {
    stretch::plain(text, text.contains('\\')).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::json::Reader;
    use crate::model::batch::Batch;

    #[test]
    fn microseconds_with_decimals() {
        for (text, expected) in [
            ("0", Some(0)),
            ("12.5", Some(12_500)),
            ("12.3456", Some(12_346)),
            ("1795243582719579.123", Some(1_795_243_582_719_579_123)),
            ("1.5e3", Some(1_500_000)),
            ("-2", Some(-2_000)),
            ("99999999999999999999", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
    }

    #[test]
    fn what_ties_events() {
        let ties = |text: &str| {
            let mut batch = Batch::default();
            let mut fill = Fill {
                json: Reader::new(text, 0..text.len()),
                batch: &mut batch,
            };
            head(&mut fill).unwrap().ties.0
        };
        let one = ties(r#"{"ph":"b","cat":"a","id":"0x1","pid":1}"#);
        assert_eq!(one, ties(r#"{"pid":2,"id":"0x1","cat":"a","ph":"e"}"#));
        assert_eq!(one, ties(r#"{"id2":{"global":"0x1"},"cat":"a"}"#));
        for other in [
            r#"{"cat":"b","id":"0x1"}"#,
            r#"{"cat":"a","id":"0x2"}"#,
            r#"{"cat":"a","id":"0x1","scope":"s"}"#,
            r#"{"cat":"a","id2":{"local":"0x1"},"pid":1}"#,
        ] {
            assert_ne!(one, ties(other), "{other}");
        }
    }
}
