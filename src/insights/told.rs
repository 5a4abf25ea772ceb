//! What error events and error logs tell: each read once, and [kept](super::kept_told) in the store from then on.
//!
//! Errors and logs are read in pieces on all cores; pieces that are new are handed over to be kept as they are read, so that
//! a look that is stopped goes on. Of a failure that is kept there is what grouping needs; what its record says in full is
//! read again for the newest of an issue ([`read_failures`]).

use super::errors::{ERROR_LOGS, LOG_COLUMNS, of_event, of_log};
use super::issue::{Issue, Occurrence, Source};
use super::kept_told;
use crate::analysis::detect::Kind;
use crate::analysis::errors::{self, Failure};
use crate::model::{CancelToken, SpanId, TraceId};
use crate::query;
use crate::store::{FailurePiece, Failures, Filter, Kept, Reader, StoreError, ToldBy};
use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use std::sync::Arc;

/// How many pieces are read before they are handed over to be kept.
const PIECES: usize = 16;

/// Where failures were told of: the spans of each trace, and [`SpanId::default`] for one of no span.
pub(super) type Told = HashMap<TraceId, HashSet<SpanId>>;

/// A failure that a record tells of.
pub(super) struct ToldFailure {
    /// It, without what its record says in full.
    pub occurrence: Occurrence,
    /// Of an exception, what every record of it in the same span says alike.
    pub shape: Option<Arc<str>>,
}

/// All that records tell.
#[derive(Default)]
pub(super) struct AllTold {
    /// The failures, each counted once.
    pub failures: Vec<Occurrence>,
    /// Where they are told.
    pub told: Told,
    /// Pairs of fingerprints that name one issue, since records of one exception in one span have both.
    pub aliases: HashSet<(String, String)>,
}

/// What error events and error logs tell, and where they tell it: all of them, for one of another time may be why a span
/// failed. What was not kept is handed over to be.
///
/// # Errors
/// As with every question.
pub(super) fn told(
    reader: &Reader,
    cancel: &CancelToken,
    keep: &mut dyn FnMut(Kept),
) -> Result<AllTold, StoreError> {
    let (mut events, mut logs) = (Vec::new(), Vec::new());
    let mut is_sound = true;
    let rules = kept_told::rules();
    let mut new = reader.failures(&rules, |by, bytes| {
        let list = match by {
            ToldBy::Errors => &mut events,
            ToldBy::Logs => &mut logs,
        };
        is_sound &= kept_told::read(bytes, list);
    })?;
    if !is_sound {
        // Damaged bytes: everything is read as if nothing was kept.
        (events, logs) = (Vec::new(), Vec::new());
        new = reader.failures("", |_, _| ())?;
    }
    for pieces in new.chunks(PIECES) {
        let read = read_pieces(reader, pieces, cancel)?;
        let bytes = read
            .iter()
            .map(|(piece, told)| (*piece, kept_told::write(told)));
        if is_sound {
            keep(Kept::Failures(Failures {
                rules: rules.clone(),
                pieces: bytes.collect(),
            }));
        }
        for (piece, told) in read {
            match piece.by {
                ToldBy::Errors => events.extend(told),
                ToldBy::Logs => logs.extend(told),
            }
        }
    }
    Ok(together(events, logs))
}

/// What is kept of what records tell, without reading any that is new.
///
/// # Errors
/// As with every question.
pub(super) fn kept(reader: &Reader) -> Result<AllTold, StoreError> {
    let (mut events, mut logs) = (Vec::new(), Vec::new());
    reader.failures(&kept_told::rules(), |by, bytes| {
        let list = match by {
            ToldBy::Errors => &mut events,
            ToldBy::Logs => &mut logs,
        };
        // What is damaged is read again by the next look.
        kept_told::read(bytes, list);
    })?;
    Ok(together(events, logs))
}

fn read_pieces(
    reader: &Reader,
    pieces: &[FailurePiece],
    cancel: &CancelToken,
) -> Result<Vec<(FailurePiece, Vec<ToldFailure>)>, StoreError> {
    let of = |by| pieces.iter().filter(move |piece| piece.by == by);
    let errors: Vec<(i64, i64)> = of(ToldBy::Errors)
        .map(|piece| (piece.first, piece.last))
        .collect();
    let mut read = reader.work_through_errors(&errors, cancel, |(first, _), errors| {
        let told = errors.iter().map(|error| told_by(of_event(error)));
        (ToldBy::Errors, first, told.collect::<Vec<_>>())
    })?;
    let segments: Vec<i64> = of(ToldBy::Logs).map(|piece| piece.first).collect();
    if !segments.is_empty() {
        let filter = Filter {
            search: query::parse(ERROR_LOGS).unwrap_or_default(),
            range: None,
        };
        let columns = &LOG_COLUMNS;
        read.extend(reader.work_through_logs(
            &filter,
            &segments,
            columns,
            cancel,
            |segment, logs| {
                let told = logs.iter().map(|log| told_by(of_log(log)));
                (ToldBy::Logs, segment, told.collect())
            },
        )?);
    }
    let piece_of = |(by, first, told): (ToldBy, i64, Vec<ToldFailure>)| {
        let mut all = pieces.iter();
        let piece = all.find(|piece| piece.by == by && piece.first == first);
        piece.map(|piece| (*piece, told))
    };
    Ok(read.into_iter().filter_map(piece_of).collect())
}

/// What an error has in common with others tells where in the program it was, so it does not matter who recorded it.
pub(super) fn of_any_sdk(name: String) -> (String, Arc<str>) {
    (name, Arc::default())
}

fn told_by(mut occurrence: Occurrence) -> ToldFailure {
    let failure = occurrence.failure.take();
    let failure = failure.as_deref();
    occurrence.same = failure.and_then(errors::same::name).map(of_any_sdk);
    ToldFailure {
        shape: failure.and_then(errors::same::shape).map(Arc::from),
        occurrence,
    }
}

/// Puts together what both kinds of records tell: a log record counts where no error event tells of the same.
fn together(events: Vec<ToldFailure>, logs: Vec<ToldFailure>) -> AllTold {
    let mut all = AllTold::default();
    let mut known = HashMap::new();
    for event in &events {
        all.note_alias(event, &mut known);
    }
    all.take(events);
    let logs = logs.into_iter();
    let new: Vec<ToldFailure> = logs.filter(|log| !is_told(log, &all.told)).collect();
    all.take(new);
    all
}

/// The fingerprint under which an exception is known, by trace, span and what all its records say alike.
type ByShape = HashMap<(TraceId, SpanId, Arc<str>), String>;

impl AllTold {
    fn take(&mut self, failures: Vec<ToldFailure>) {
        for ToldFailure { occurrence, .. } in failures {
            let sample = &occurrence.sample;
            let spans = self.told.entry(sample.trace).or_default();
            spans.insert(span_of(&occurrence).unwrap_or_default());
            self.failures.push(occurrence);
        }
    }

    fn note_alias(&mut self, event: &ToldFailure, known: &mut ByShape) {
        let ToldFailure { occurrence, shape } = event;
        let trace = occurrence.sample.trace;
        let (Some(span), Some(shape)) = (span_of(occurrence), shape) else {
            return;
        };
        match known.entry((trace, span, shape.clone())) {
            Entry::Vacant(new) => {
                new.insert(occurrence.fingerprint.clone());
            }
            Entry::Occupied(first) if *first.get() != occurrence.fingerprint => {
                let pair = (first.get().clone(), occurrence.fingerprint.clone());
                self.aliases.insert(pair);
            }
            Entry::Occupied(_) => (),
        }
    }
}

fn span_of(occurrence: &Occurrence) -> Option<SpanId> {
    occurrence.sample.spans.first().copied()
}

/// Whether an error event of the same span, or of the same trace where no span is named, tells of the same.
fn is_told(log: &ToldFailure, told: &Told) -> bool {
    let trace = Some(log.occurrence.sample.trace).filter(|trace| *trace != TraceId::default());
    let spans = trace.and_then(|trace| told.get(&trace));
    let span = span_of(&log.occurrence);
    spans.is_some_and(|spans| span.is_none_or(|span| spans.contains(&span)))
}

/// Reads what the newest record of each error says: its words become the issue's.
///
/// # Errors
/// As with every question.
pub(super) fn read_failures(
    reader: &Reader,
    issues: &mut [Issue],
    cancel: &CancelToken,
) -> Result<(), StoreError> {
    let source = |issue: &Issue| match issue.kind {
        Kind::Error => issue.samples.first().map(|sample| sample.source),
        _ => None,
    };
    let (mut numbers, mut refs) = (Vec::new(), Vec::new());
    for issue in issues.iter() {
        match source(issue) {
            Some(Source::Event(number)) => numbers.push((number, number)),
            Some(Source::Log(at)) => refs.push(at),
            _ => (),
        }
    }
    let mut read: HashMap<Source, Arc<Failure>> = HashMap::new();
    let events = reader.work_through_errors(&numbers, cancel, |_, errors| {
        let all = errors.iter().map(of_event);
        all.map(with_source).collect::<Vec<_>>()
    })?;
    read.extend(events.into_iter().flatten().flatten());
    let logs = reader.log_rows(&refs, &LOG_COLUMNS.map(str::to_owned))?;
    read.extend(logs.iter().map(of_log).filter_map(with_source));
    for issue in issues {
        if let Some(failure) = source(issue).and_then(|source| read.get(&source)) {
            issue.entitle(failure.title());
            issue.failure = Some(failure.clone());
        }
    }
    Ok(())
}

fn with_source(failure: Occurrence) -> Option<(Source, Arc<Failure>)> {
    Some((failure.sample.source, failure.failure?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insights::errors::failed;

    #[test]
    fn records_of_one_exception_in_one_span_name_one_issue() {
        let told = |kind: &str, message: &str, span: u64| {
            let failure = Failure::plain(kind, message);
            told_by(failed(failure, TraceId([1; 16]), SpanId(span)))
        };
        let names = |events: Vec<ToldFailure>| {
            let all = together(events, Vec::new());
            (all.failures.len(), all.aliases.len())
        };
        assert_eq!(
            names(vec![told("shop.A", "no", 1), told("A", "no", 1)]),
            (2, 1)
        );
        assert_eq!(
            names(vec![told("shop.A", "no", 1), told("A", "no", 2)]),
            (2, 0),
            "another span"
        );
        assert_eq!(
            names(vec![told("shop.A", "no", 1), told("A", "never", 1)]),
            (2, 0),
            "another message"
        );
        assert_eq!(
            names(vec![told("A", "no", 1), told("A", "no", 1)]),
            (2, 0),
            "one fingerprint"
        );
    }
}
