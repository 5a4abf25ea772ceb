//! Ids, which are decimal numbers of 64 bits without a sign, and times.

use crate::import::clock;
use crate::import::fill::Result;
use crate::import::otlp_json::document::Walk;
use crate::model::{SpanId, TraceId};

const NO_ID: &str = "an id was expected: a decimal number of 64 bits";

/// Takes the text of a number, bare or in quotes.
fn text<'t>(walk: &mut Walk<'t, '_>) -> Result<&'t str> {
    match walk.fill.json.peek()? {
        b'"' => {
            let string = walk.fill.json.string()?;
            Ok(walk.fill.json.raw_text(string).trim())
        }
        _ => walk.fill.json.number(),
    }
}

/// A decimal id. Java writes those of the upper half with a sign, and some pass through a float on their way.
pub fn decimal(text: &str) -> Option<u64> {
    let exact = text.parse::<u64>().ok();
    let signed = || text.parse::<i64>().ok().map(|number| number as u64);
    let float = || {
        let number = text.parse::<f64>().ok()?;
        let fits = number.fract() == 0.0 && (0.0..1.8446744073709552e19).contains(&number);
        fits.then_some(number as u64)
    };
    exact.or_else(signed).or_else(float)
}

/// Takes a span id.
pub fn span_id(walk: &mut Walk) -> Result<SpanId> {
    walk.fill.json.peek()?;
    let wrong = walk.fill.json.error(NO_ID);
    let text = text(walk)?;
    if text.is_empty() {
        return Ok(SpanId::default());
    }
    decimal(text).map(SpanId).ok_or(wrong)
}

/// Takes a trace id: as a span's, or all of it in hex.
pub fn trace_id(walk: &mut Walk) -> Result<TraceId> {
    walk.fill.json.peek()?;
    let wrong = walk.fill.json.error(NO_ID);
    let text = text(walk)?;
    if text.len() == 32
        && let Ok(id) = text.parse()
    {
        return Ok(id);
    }
    decimal(text).map(|low| of_halves(0, low)).ok_or(wrong)
}

/// The trace id of both halves.
pub fn of_halves(high: u64, low: u64) -> TraceId {
    TraceId((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
}

/// Its lower half, which is all that spans carry.
pub fn low_half(id: TraceId) -> u64 {
    u128::from_be_bytes(id.0) as u64
}

/// Its upper half.
pub fn high_half(id: TraceId) -> u64 {
    (u128::from_be_bytes(id.0) >> 64) as u64
}

/// Takes a time or a duration in nanoseconds. `true` with it when it was written in seconds, with decimals.
pub fn nanos(walk: &mut Walk) -> Result<(i64, bool)> {
    walk.fill.json.peek()?;
    let wrong = walk
        .fill
        .json
        .error("a time was expected: nanoseconds since 1970");
    let text = text(walk)?;
    if let Ok(number) = text.parse::<i64>() {
        return Ok((number, false));
    }
    let float = text.parse::<f64>().ok().filter(|float| float.is_finite());
    match float.ok_or(wrong)? {
        whole if whole.fract() == 0.0 && whole.abs() >= 1e11 && whole.abs() < 9.2e18 => {
            Ok((whole as i64, false))
        }
        _ => {
            let nanos = clock::decimal_seconds(text).ok_or(wrong)?;
            Ok((nanos.0, true))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_writing() {
        for (text, id) in [
            ("18446744073709551615", Some(u64::MAX)),
            ("-1", Some(u64::MAX)),
            ("1e3", Some(1000)),
            ("0", Some(0)),
            ("18446744073709551616", None),
            ("1.5", None),
            ("x", None),
        ] {
            assert_eq!(decimal(text), id, "{text}");
        }
        let id = of_halves(0x66, 7);
        assert_eq!((high_half(id), low_half(id)), (0x66, 7));
    }
}
