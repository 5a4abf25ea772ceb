//! Which traces a search means.
//!
//! What stands in braces is asked of one span of a trace; so is everything outside of braces that stands side by side or
//! is joined by `OR` without any braces in it, as in a search that has none: a trace fits when one of its spans does.
//! Each such part is searched for in all segments and becomes a bit a trace; AND, OR and `!` around braces then combine
//! traces.
//!
//! Four names speak of the trace as a whole, and only here: `trace.duration` (nanoseconds), `trace.spans`,
//! `trace.errors`, `trace.logs`. They do so as the whole search, as a part of its outermost AND, and wherever they stand
//! beside braces, possibly negated.

use super::{Candidate, count};
use crate::query::{Expr, Term, Test};
use crate::store::bits::Bits;
use crate::store::fields::column;
use crate::store::matching::Matcher;
use crate::store::scan::{Scan, Scanner};
use crate::store::search::Search;
use crate::store::value::ValueRef;
use crate::store::{Filter, RecordKind, StoreError};

/// What a trace has to fit. `S` is what is known of the spans: at first the search for them, then the traces they are of.
pub(super) enum Condition<S> {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    /// A number of its own.
    Own(OwnNumber, Matcher),
    /// It has such a span.
    Span(S),
}

#[derive(Clone, Copy)]
pub(super) enum OwnNumber {
    Duration,
    Spans,
    Errors,
    Logs,
}

impl OwnNumber {
    fn named(key: &str) -> Option<Self> {
        match key {
            "trace.duration" => Some(Self::Duration),
            "trace.spans" => Some(Self::Spans),
            "trace.errors" => Some(Self::Errors),
            "trace.logs" => Some(Self::Logs),
            _ => None,
        }
    }

    fn of(self, candidate: &Candidate) -> i64 {
        match self {
            Self::Duration => candidate.duration,
            Self::Spans => candidate.spans,
            Self::Errors => candidate.errors,
            Self::Logs => candidate.logs,
        }
    }
}

impl<S> Condition<S> {
    /// Whether every trace fits.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::And(parts) if parts.is_empty())
    }
}

impl Condition<Expr> {
    pub fn new(search: &Expr) -> Self {
        if let Some(own) = own_test(search) {
            return own;
        }
        match search {
            Expr::All => Self::And(Vec::new()),
            Expr::And(parts) => Self::every(parts),
            Expr::Or(parts) if search.has_braces() => {
                Self::Or(parts.iter().map(Self::new).collect())
            }
            Expr::Not(part) if search.has_braces() => Self::Not(Box::new(Self::new(part))),
            Expr::SomeSpan(part) => Self::Span((**part).clone()),
            _ => Self::Span(search.clone()),
        }
    }

    /// Parts of an AND: those without braces are asked of one span together.
    fn every(parts: &[Expr]) -> Self {
        let (mut all, mut of_one_span) = (Vec::new(), Vec::new());
        for part in parts {
            match own_test(part) {
                Some(own) => all.push(own),
                None if part.has_braces() => all.push(Self::new(part)),
                None => of_one_span.push(part.clone()),
            }
        }
        match Expr::all_of(of_one_span) {
            Expr::All => {}
            search => all.push(Self::Span(search)),
        }
        Self::And(all)
    }

    /// Searches for the spans.
    pub fn resolved(self, scan: &Scan, scanner: &Scanner) -> Result<Condition<Bits>, StoreError> {
        let all = |parts: Vec<Self>| -> Result<Vec<_>, StoreError> {
            let parts = parts.into_iter();
            parts.map(|part| part.resolved(scan, scanner)).collect()
        };
        Ok(match self {
            Self::And(parts) => Condition::And(all(parts)?),
            Self::Or(parts) => Condition::Or(all(parts)?),
            Self::Not(part) => Condition::Not(Box::new(part.resolved(scan, scanner)?)),
            Self::Own(number, matcher) => Condition::Own(number, matcher),
            Self::Span(search) => Condition::Span(with_span_like(scan, scanner, search)?),
        })
    }
}

impl Condition<Bits> {
    /// The traces among which are all that fit; `None` when any may.
    pub fn bound(&self) -> Option<Bits> {
        match self {
            Self::And(parts) => parts
                .iter()
                .filter_map(Self::bound)
                .reduce(|mut all, part| {
                    all.and(&part.resized(all.rows()));
                    all
                }),
            Self::Or(parts) => {
                let parts: Option<Vec<Bits>> = parts.iter().map(Self::bound).collect();
                parts?.into_iter().reduce(|any, part| {
                    let mut any = any.resized(part.rows().max(any.rows()));
                    any.or(&part.resized(any.rows()));
                    any
                })
            }
            Self::Span(traces) => Some(traces.clone()),
            Self::Not(_) | Self::Own(..) => None,
        }
    }

    pub fn holds(&self, trace: &Candidate) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(trace)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(trace)),
            Self::Not(part) => !part.holds(trace),
            Self::Own(number, matcher) => matcher.fits(ValueRef::Int(number.of(trace))),
            Self::Span(traces) => has(traces, trace.number),
        }
    }
}

/// Whether a trace is in a set.
pub(super) fn has(traces: &Bits, number: i64) -> bool {
    usize::try_from(number).is_ok_and(|number| traces.has(number))
}

fn own_test(expr: &Expr) -> Option<Condition<Expr>> {
    match expr {
        // `tags[trace.spans]` is an attribute of that name.
        Expr::Term(Term {
            test: Test::Attribute(..),
            ..
        }) => None,
        Expr::Term(Term { key, test }) => {
            Some(Condition::Own(OwnNumber::named(key)?, Matcher::new(test)))
        }
        Expr::Not(part) => Some(Condition::Not(Box::new(own_test(part)?))),
        _ => None,
    }
}

/// The traces that have a span that fits, a bit a number.
fn with_span_like(scan: &Scan, scanner: &Scanner, search: Expr) -> Result<Bits, StoreError> {
    let filter = Filter {
        search,
        range: None,
    };
    let search = Search::new(scan, scanner, RecordKind::Span, &filter)?;
    let parts = search.each(|scanner, segment, found| {
        let numbers = scanner.required(scan.shared, segment, column::TRACE)?;
        let mut traces: Vec<i64> = found.iter().map(|row| numbers.int(row)).collect();
        traces.sort_unstable();
        traces.dedup();
        Ok(traces)
    })?;
    // Traces that are committed from here on are not found; they are when the search is repeated.
    let most = count(scanner).map_err(StoreError::sql("count the traces"))?;
    let mut traces = Bits::none(most + 1);
    for number in parts.into_iter().flatten() {
        if let Ok(number) = usize::try_from(number) {
            traces.set(number);
        }
    }
    Ok(traces)
}
