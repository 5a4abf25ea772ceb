//! Documents down to rows, and what a row says of whose it is.

use super::{log, span};
use crate::import::clock;
use crate::import::fill::{Fill, Result};
use crate::import::json::{JsonError, Members};
use crate::import::limits::MAX_DEPTH;
use crate::import::otlp_json::document::Walk;
use crate::import::plain;
use crate::import::stretch;
use crate::model::Nanos;

const METRICS: &str = "Metrics were passed over: only traces and logs are shown";
const TOO_DEEP: &str = "Values nested deeper than 128 levels were left out";

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Span,
    Log,
    Metric,
    Other,
}

const NO_ROWS: &str = "Answers of ClickHouse without a list of rows were passed over";

/// A row, an array of rows, or an answer with rows in it.
pub fn document(walk: &mut Walk) -> Result<()> {
    match walk.fill.json.peek()? {
        b'[' => walk.each(row),
        b'{' if is_answer(walk) => answer(walk),
        _ => row(walk),
    }
}

/// Whether the first member of an object is one that an answer begins with.
fn is_answer(walk: &mut Walk) -> bool {
    let rest = walk.fill.json.rest();
    let inside = rest.get(1..).unwrap_or_default().trim_ascii_start();
    ["\"meta\"", "\"data\"", "\"exception\""]
        .iter()
        .any(|name| inside.starts_with(name.as_bytes()))
}

fn answer(walk: &mut Walk) -> Result<()> {
    let mut has_rows = false;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"data", b'[') => {
                has_rows = true;
                walk.each(row)?;
            }
            (b"exception", b'"') => {
                let said = plain::text(&mut walk.fill)?;
                let said = format!("ClickHouse broke off its answer: {said}");
                walk.fill.batch.problems.note(&said);
            }
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    if !has_rows {
        walk.fill.batch.problems.note(NO_ROWS);
    }
    Ok(())
}

fn row(walk: &mut Walk) -> Result<()> {
    walk.fill.json.peek()?;
    let start = walk.fill.json.at();
    let around = around(walk);
    walk.fill.json.go_to(start);
    match around {
        Err(error) => walk.record("Row", |_| Err(error)),
        Ok((Kind::Span, resource, scope)) => {
            walk.record("Span", |walk| span::span(walk, resource, scope))
        }
        Ok((Kind::Log, resource, scope)) => {
            walk.record("Log record", |walk| log::log(walk, resource, scope))
        }
        Ok((Kind::Metric, ..)) => {
            walk.fill.batch.problems.note(METRICS);
            walk.fill.json.skip().map(drop)
        }
        Ok((Kind::Other, ..)) => {
            let what = "it is neither a span nor a log record";
            walk.record("Row", |_| Err(JsonError { at: start, what }))
        }
    }
}

/// What a row is, its resource and its scope.
fn around(walk: &mut Walk) -> Result<(Kind, u32, u32)> {
    let mut kind = Kind::Other;
    let (mut service, mut schema) = (String::new(), String::new());
    let mut scope = (String::new(), String::new());
    let mut resource = None;
    let mut members = walk.fill.json.begin_object()?;
    while let Some(name) = walk.fill.json.next_member(&mut members)? {
        match walk.fill.json.raw(name) {
            b"SpanName" | b"ParentSpanId" | b"SpanAttributes" | b"SpanKind" => kind = Kind::Span,
            b"MetricName" => kind = Kind::Metric,
            b"Body" | b"LogAttributes" | b"SeverityText" if kind == Kind::Other => kind = Kind::Log,
            _ => {}
        }
        match (walk.fill.json.raw(name), walk.fill.json.peek()?) {
            (b"ServiceName", b'"') => service = plain::text(&mut walk.fill)?,
            (b"ResourceSchemaUrl", b'"') => schema = plain::text(&mut walk.fill)?,
            (b"ScopeName", b'"') => scope.0 = plain::text(&mut walk.fill)?,
            (b"ScopeVersion", b'"') => scope.1 = plain::text(&mut walk.fill)?,
            (b"ResourceAttributes", b'{') => resource = Some(walk.fill.json.skip_range()?.0),
            _ => {
                walk.fill.json.skip()?;
            }
        }
    }
    let text = walk.fill.json.text();
    let raw = resource.clone().and_then(|range| text.get(range));
    let texts = [raw.unwrap_or_default(), &service, &schema];
    let resource = plain::resource(walk, &texts, |walk, mark| {
        if let Some(range) = resource {
            walk.fill.json.go_to(range.start);
            attributes(&mut walk.fill, mark, "")?;
        }
        own_members(&mut walk.fill, mark, &service, &schema);
        Ok(())
    })?;
    let scope = plain::scope(walk.fill.batch, &scope.0, &scope.1);
    Ok((kind, resource, scope))
}

/// The service, where the attributes do not name it, and the schema.
fn own_members(fill: &mut Fill, mark: u32, service: &str, schema: &str) {
    let named = fill.batch.attr(&fill.since(mark), "service.name");
    if !service.is_empty() && named.is_none() {
        plain::push_text(fill, mark, "service.name", service);
    }
    if !schema.is_empty() {
        plain::push_text(fill, mark, "ResourceSchemaUrl", schema);
    }
}

/// Takes a map as attributes. Columns of ClickHouse's type JSON nest what had dots in its name: the dots come back.
pub fn attributes(fill: &mut Fill, mark: u32, before: &str) -> Result<()> {
    if fill.json.take_null() {
        return Ok(());
    }
    let mut name = before.to_owned();
    let mut open: Vec<(Members, usize)> = vec![(fill.json.begin_object()?, name.len())];
    while let Some((members, len)) = open.last_mut() {
        name.truncate(*len);
        let Some(member) = fill.json.next_member(members)? else {
            open.pop();
            continue;
        };
        name.push_str(&stretch::plain(fill.json.raw_text(member), member.escaped));
        let nested = fill.json.peek()? == b'{';
        if nested && open.len() < MAX_DEPTH {
            name.push('.');
            open.push((fill.json.begin_object()?, name.len()));
        } else if nested {
            fill.batch.problems.repair(TOO_DEEP);
            fill.json.skip()?;
        } else {
            let value = fill.value()?;
            fill.push_named(mark, &name, value);
        }
    }
    Ok(())
}

/// Takes a time: as text in UTC, or as a number of seconds (with decimals), milli-, micro- or nanoseconds, by its size.
pub fn time(fill: &mut Fill) -> Result<Nanos> {
    fill.json.peek()?;
    let at = fill.json.at();
    let text = match fill.json.peek()? {
        b'"' => {
            let string = fill.json.string()?;
            fill.json.raw_text(string)
        }
        _ => fill.json.number()?,
    };
    let wrong = |what| JsonError { at, what };
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let time = match is_number {
        true => of_number(text),
        false => clock::iso(text),
    };
    let time = time.ok_or(wrong("a time was expected"))?;
    match time.0 < 0 {
        true => Err(wrong("a time lies before 1970")),
        false => Ok(time),
    }
}

fn of_number(text: &str) -> Option<Nanos> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let unit: i64 = match whole.len() {
        0 => return None,
        1..=11 => 1_000_000_000,
        12..=14 => 1_000_000,
        15..=17 => 1_000,
        _ => 1,
    };
    let mut nanos = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        let digit = i64::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
        nanos = nanos.checked_add(digit * place)?;
    }
    Some(Nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::json::Reader;
    use crate::model::batch::Batch;

    #[test]
    fn times_of_every_writing() {
        for (text, nanos) in [
            (
                "\"2026-11-21 06:46:22.719579123\"",
                Some(1_795_243_582_719_579_123),
            ),
            ("1795243582.719579123", Some(1_795_243_582_719_579_123)),
            ("\"1795243582\"", Some(1_795_243_582_000_000_000)),
            ("1795243582719", Some(1_795_243_582_719_000_000)),
            ("\"1795243582719579123\"", Some(1_795_243_582_719_579_123)),
            ("\"noon\"", None),
            ("\"1.2.3\"", None),
            ("\".\"", None),
        ] {
            let mut batch = Batch::default();
            let mut fill = Fill {
                json: Reader::new(text, 0..text.len()),
                batch: &mut batch,
            };
            let read = time(&mut fill).ok().map(|time| time.0);
            assert_eq!(read, nanos, "{text}");
        }
    }

    #[test]
    fn nested_maps_get_their_dots_back() {
        let text = r#"{"http":{"request":{"method":"GET"},"n":1},"a.b":"c"}"#;
        let mut batch = Batch::default();
        let mut fill = Fill {
            json: Reader::new(text, 0..text.len()),
            batch: &mut batch,
        };
        attributes(&mut fill, 0, "x.").unwrap();
        let names: Vec<_> = batch.keys.names().iter().map(AsRef::as_ref).collect();
        assert_eq!(names, ["x.http.request.method", "x.http.n", "x.a.b"]);
    }
}
