//! What is wrong with the instrumentation itself: what it leaves out, breaks or calls by the wrong name, each with how to mend it.
//!
//! Quiet where all is well: a check gives a finding only beyond the limits at its own head. The structure of traces is judged by
//! [`structure`], what single spans say by [`wording`], what services lack by [`coverage`].

mod coverage;
mod lines;
mod structure;
mod wording;

use super::family::Family;
use super::place::Place;
use super::{Asked, StoreError};
use crate::model::CancelToken;
use crate::model::record::RecordRef;
use crate::store::Reader;
use hashbrown::HashMap;
use lines::Lines;
use std::cmp::Reverse;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Check {
    /// A service that was called began a trace of its own.
    BrokenPropagation,
    /// Spans whose parent is missing from their own service.
    Orphans,
    /// Requests whose caller is missing.
    MissingCallers,
    /// Spans of a kind that is not what they do.
    WrongKinds,
    /// Queries with their values in the text.
    UnparameterisedSql,
    /// The same thing under an old and a new name.
    MixedConventions,
    /// A service whose clock is off.
    ClockOffset,
    /// Services that log nothing, among others that do.
    NoLogs,
    /// Log records of traced services that belong to no trace.
    UntracedLogs,
    /// Requests that spend most of their time without a span.
    UninstrumentedTime,
}

impl Check {
    /// Its name for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::BrokenPropagation => "broken_propagation",
            Self::Orphans => "orphans",
            Self::MissingCallers => "missing_callers",
            Self::WrongKinds => "wrong_kinds",
            Self::UnparameterisedSql => "unparameterised_sql",
            Self::MixedConventions => "mixed_conventions",
            Self::ClockOffset => "clock_offset",
            Self::NoLogs => "no_logs",
            Self::UntracedLogs => "untraced_logs",
            Self::UninstrumentedTime => "uninstrumented_time",
        }
    }

    /// How it is mended, in words.
    pub fn fix(self) -> &'static str {
        match self {
            Self::BrokenPropagation => {
                "send the trace context with the call: instrument the client, let the headers traceparent, or sentry-trace and \
                 baggage, through proxies, and list the target among those they are sent to"
            }
            Self::Orphans => {
                "the parent was not sent or not imported: flush before the process ends, raise limits of spans a trace or queue, and \
                 import all parts of the capture"
            }
            Self::MissingCallers => {
                "the caller is sampled otherwise or not in the capture: let it decide for all services (parent-based sampling), or \
                 import its file, too"
            }
            Self::WrongKinds => {
                "set the kind where the span is started: client for calls, server for what answers them, producer and consumer for \
                 messages, internal for the rest"
            }
            Self::UnparameterisedSql => {
                "pass values as parameters instead of writing them into the text: the database can keep its plan, and nobody can \
                 inject"
            }
            Self::MixedConventions => {
                "bring all services to one version of the semantic conventions; while they differ, other tools see two attributes"
            }
            Self::ClockOffset => {
                "synchronise the clocks of the computers (NTP); until then times between the two services cannot be compared"
            }
            Self::NoLogs => "send the service's log records, too, with trace and span id",
            Self::UntracedLogs => {
                "let the logger add trace and span id: the logging instrumentation of OpenTelemetry, or the SDK's logs"
            }
            Self::UninstrumentedTime => {
                "add spans around what the request does then, or the missing instrumentation of a library; the longest example shows \
                 where to begin"
            }
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub check: Check,
    /// What is wrong and where, in one sentence.
    pub what: String,
    /// How often.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// Where it shows, some of it.
    pub examples: Vec<Place>,
}

/// Examples given of a finding.
const EXAMPLES: usize = 5;

/// A finding whose examples are not looked up yet.
struct Found {
    check: Check,
    what: String,
    count: u64,
    of: u64,
    spans: Vec<RecordRef>,
    places: Vec<Place>,
}

/// All that is found: what is most of its kind first, checks in the order of [`Check`].
///
/// # Errors
/// As with every question.
pub fn findings(
    reader: &Reader,
    asked: &Asked,
    family: &Family,
    cancel: &CancelToken,
) -> Result<Vec<Finding>, StoreError> {
    let lines = Lines::read(reader, asked, family, cancel)?;
    let mut found = structure::findings(&lines, family);
    found.extend(wording::findings(reader, asked, cancel)?);
    found.extend(coverage::findings(reader, asked, &lines, family, cancel)?);
    found.sort_by_key(|found| (found.check, Reverse(found.count), found.what.clone()));
    let refs: Vec<RecordRef> = found
        .iter()
        .flat_map(|found| found.spans.iter().take(EXAMPLES))
        .copied()
        .collect();
    let known: HashMap<RecordRef, Place> = reader
        .span_rows(&refs, &[])?
        .into_iter()
        .map(|span| (span.at, Place::Trace(span.trace, Some(span.id))))
        .collect();
    let finding = |found: Found| {
        let spans = found.spans.iter().take(EXAMPLES);
        let spans = spans.filter_map(|at| known.get(at).cloned());
        Finding {
            check: found.check,
            what: found.what,
            count: found.count,
            of: found.of,
            examples: spans.chain(found.places).collect(),
        }
    };
    Ok(found.into_iter().map(finding).collect())
}
