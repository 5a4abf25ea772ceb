//! Where web vitals stand on the bars of a trace.
//!
//! Paints and the first byte are instants: they are counted from the start of their page. A layout shift and an interaction
//! that a span of its own reports stand at its end, when the layout had shifted and the page answered. What a page only says
//! of itself as a sum (`CLS`, `INP`) has no instant, and stands at its end. A vital that a span of its own reports is not
//! shown at the page as well.

use super::{BarMark, MarkKind};
use crate::analysis::SpanIndex;
use crate::analysis::span_fields::find_text;
use crate::analysis::web_vitals::{Browser, Vital};
use crate::model::record::RecordRef;
use crate::model::trace::{Span, Trace};
use crate::model::{CancelToken, Nanos, SpanId};
use crate::store::{Reader, RecordKind, StoreError};
use std::collections::{HashMap, HashSet};

/// A vital of which there are marks.
struct Marked {
    name: &'static str,
    /// The canonical name of its attribute.
    key: &'static str,
    /// Where its unit stands, if it is not milliseconds.
    unit: &'static str,
    curve: Option<Vital>,
    /// Whether its value is when it happened, counted from the start of the page.
    is_instant: bool,
}

const VITALS: [Marked; 6] = [
    Marked {
        name: "FP",
        key: "browser.web_vital.fp.value",
        unit: "measurements.fp.unit",
        curve: None,
        is_instant: true,
    },
    Marked {
        name: "FCP",
        key: "browser.web_vital.fcp.value",
        unit: "measurements.fcp.unit",
        curve: Some(Vital::Fcp),
        is_instant: true,
    },
    Marked {
        name: "LCP",
        key: "browser.web_vital.lcp.value",
        unit: "measurements.lcp.unit",
        curve: Some(Vital::Lcp),
        is_instant: true,
    },
    Marked {
        name: "TTFB",
        key: "browser.web_vital.ttfb.value",
        unit: "measurements.ttfb.unit",
        curve: Some(Vital::Ttfb),
        is_instant: true,
    },
    Marked {
        name: "INP",
        key: "browser.web_vital.inp.value",
        unit: "measurements.inp.unit",
        curve: Some(Vital::Inp),
        is_instant: false,
    },
    Marked {
        name: "CLS",
        key: "browser.web_vital.cls.value",
        unit: "measurements.cls.unit",
        curve: Some(Vital::Cls),
        is_instant: false,
    },
];

/// The most a vital can be: eleven days.
const MOST: f64 = 1e9;
/// What tells the browser, the best first.
const BROWSERS: [&str; 3] = ["user_agent.original", "request.headers", "browser.name"];

/// The marks of all vitals of a trace, in no order.
pub(super) fn read(
    reader: &Reader,
    trace: &Trace,
    cancel: &CancelToken,
) -> Result<Vec<BarMark>, StoreError> {
    // Made when there is a vital at all: most stores know none.
    let mut refs: Vec<RecordRef> = Vec::new();
    let mut context = Contexts::new(reader);
    let mut marks = Vec::new();
    for marked in &VITALS {
        if !reader.knows(RecordKind::Span, marked.key)? {
            continue;
        }
        if refs.is_empty() {
            refs = trace.spans.iter().map(|span| span.at).collect();
        }
        let numbers = reader.numbers(&refs, marked.key, cancel)?;
        let told = numbers
            .into_iter()
            .filter_map(|(place, value)| Some((place, trace.spans.get(place as usize)?, value)));
        let told: Vec<(u32, &Span, f64)> = told.collect();
        let own = told.iter().filter(|(_, span, _)| is_report(span));
        let reported: HashSet<SpanId> = own.filter_map(|(_, span, _)| span.parent()).collect();
        for (place, span, value) in told {
            let replaced = !is_report(span) && reported.contains(&span.id);
            if replaced || !(is_report(span) || is_page(span)) || !(0.0..MOST).contains(&value) {
                continue;
            }
            let (browser, scale) = context.of(span, marked)?;
            let value = value * scale;
            let (time, is_sum) = marked.when(span, value);
            marks.push(BarMark {
                span: SpanIndex(place),
                time,
                what: MarkKind::Vital {
                    name: marked.name,
                    value,
                    score: marked
                        .curve
                        .and_then(|vital| vital.score(value, browser.is_mobile)),
                    is_sum,
                },
            });
        }
    }
    Ok(marks)
}

/// Whether a span is there only to report a vital.
fn is_report(span: &Span) -> bool {
    ["ui.webvital.", "ui.interaction."]
        .iter()
        .any(|start| span.op.starts_with(start))
}

/// Whether a span is a page, which reports its own vitals.
fn is_page(span: &Span) -> bool {
    matches!(&*span.op, "pageload" | "navigation") || span.segment
}

impl Marked {
    /// When it happened; and whether that is only until when it was summed up.
    fn when(&self, span: &Span, value: f64) -> (Nanos, bool) {
        let end = span.start + span.duration;
        match (is_report(span), self.is_instant) {
            (true, _) => (end, false),
            (false, true) => (span.start + (value * 1e6) as i64, false),
            (false, false) => (end, true),
        }
    }
}

/// What more a span says that its vitals depend on, read once a span.
struct Contexts<'a> {
    reader: &'a Reader,
    known: HashMap<RecordRef, (Browser, HashMap<&'static str, f64>)>,
}

impl<'a> Contexts<'a> {
    fn new(reader: &'a Reader) -> Self {
        Self {
            reader,
            known: HashMap::new(),
        }
    }

    /// Who showed the page, and how many milliseconds its value counts.
    fn of(&mut self, span: &Span, marked: &Marked) -> Result<(Browser, f64), StoreError> {
        if !self.known.contains_key(&span.at) {
            let attributes = self.reader.details(RecordKind::Span, span.at)?.attributes;
            let mut told = BROWSERS
                .iter()
                .filter_map(|key| find_text(&attributes, key));
            let browser = told.next().map(|agent| Browser::of(&agent));
            let scales = VITALS.iter().filter_map(|vital| {
                let scale = match find_text(&attributes, vital.unit)?.as_str() {
                    "second" => 1e3,
                    "microsecond" => 1e-3,
                    "nanosecond" => 1e-6,
                    _ => return None,
                };
                Some((vital.name, scale))
            });
            let context = (browser.unwrap_or_default(), scales.collect());
            self.known.insert(span.at, context);
        }
        let (browser, scales) = &self.known[&span.at];
        Ok((*browser, scales.get(marked.name).copied().unwrap_or(1.0)))
    }
}
