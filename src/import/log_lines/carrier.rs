//! Trace and span in one text, as services hand them on and programs then log them.

use crate::model::{SpanId, TraceId};

/// The ids in a W3C `traceparent` (`00-<trace>-<span>-<flags>`), Sentry's and Zipkin's header (`<trace>-<span>-<sampled>`),
/// Jaeger's (`<trace>:<span>:<parent>:<flags>`), Google's (`<trace>/…`) or X-Ray's (`Root=1-<8 digits>-<24 digits>;Parent=<span>`,
/// or the trace alone). A trace has 16 or 32 hex digits in all of them.
pub fn ids(text: &str) -> Option<(TraceId, Option<SpanId>)> {
    let text = text.trim();
    if let Some(found) = x_ray(text) {
        return Some(found);
    }
    let mut parts = text.split(['-', ':', '/']);
    let mut trace = parts.next()?;
    if trace.len() == 2 {
        trace = parts.next()?;
    }
    let trace: TraceId = trace
        .parse()
        .ok()
        .filter(|_| matches!(trace.len(), 16 | 32))?;
    let span = parts.next().and_then(span);
    (!trace.is_none()).then_some((trace, span))
}

fn x_ray(text: &str) -> Option<(TraceId, Option<SpanId>)> {
    let after = |name: &str| {
        let (_, rest) = text.split_once(name)?;
        rest.split([';', '@']).next()
    };
    let root = after("Root=").or_else(|| text.split(['@', ';']).next())?;
    let (time, rest) = root.strip_prefix("1-")?.split_once('-')?;
    let trace = (time.len() == 8 && rest.len() == 24).then(|| format!("{time}{rest}"))?;
    Some((trace.parse().ok()?, after("Parent=").and_then(span)))
}

fn span(text: &str) -> Option<SpanId> {
    let id: SpanId = text.parse().ok().filter(|_| text.len() == 16)?;
    (!id.is_none()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_tells_the_same() {
        let (trace, span) = ("5b8efff798038103d269b633813fc60c", "eee19b7ec376b928");
        let expected = Some((
            trace.parse().expect("hex"),
            Some(span.parse().expect("hex")),
        ));
        for text in [
            format!("00-{trace}-{span}-01"),
            format!("{trace}-{span}-1"),
            format!("{trace}:{span}:0:1"),
            format!("Root=1-5b8efff7-98038103d269b633813fc60c;Parent={span};Sampled=1"),
        ] {
            assert_eq!(ids(&text), expected, "{text}");
        }
        let alone = expected.map(|(trace, _)| (trace, None));
        for text in [
            "1-5b8efff7-98038103d269b633813fc60c@x",
            &format!("{trace}/123;o=1"),
        ] {
            assert_eq!(ids(text), alone, "{text}");
        }
    }

    #[test]
    fn other_texts_tell_nothing() {
        for text in [
            "",
            "0",
            "1",
            "00",
            "1-2-3",
            "00-00000000000000000000000000000000-0-0",
            "a-b",
            "Root=",
        ] {
            assert_eq!(ids(text), None, "{text}");
        }
    }
}
