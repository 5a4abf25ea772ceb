//! Issues: what is wrong in the recorded traffic, the same put together.
//!
//! Detectors look at [traces](super::traced), which are read and looked at in parallel and never all at once; what is kept of
//! a problem is what an issue shows. [Failures](super::errors) are issues of the kind `error`. An issue is what its occurrences
//! share, by their fingerprint; how much mending it would win is the sum over them.
//!
//! A trace is looked at once: what was found is [`kept`] in the store until the trace, the thresholds or the
//! program change. So is what error records and error logs [tell](super::told).

pub use super::issue::{Context, Counts, Issue, Occurrence, Sample, Source, TREND};
use super::issue::{Issues, add, finished};
use super::kept::{self, KeptTrace, ToldTrace};
use super::same;
use super::told::{self, AllTold, Told};
use super::traced::{attributes, occurrences, told_trace, untold};
use crate::analysis::SpanTree;
use crate::analysis::detect::thresholds::Threshold;
use crate::analysis::detect::{self, Hashes, Settings};
use crate::model::{CancelToken, TraceId};
use crate::query::{self, Expr};
use crate::store::{
    ChangedTrace, Filter, Findings, Kept, Named, Reader, StoreError, TraceOrder, TraceWithValues,
};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

pub use detect::Kind;

/// How many traces are looked at before what was found is handed over to be kept.
const PIECE: usize = 4096;

/// What was found so far.
#[derive(Default)]
struct Found {
    issues: Issues,
    /// Traces in which an error record tells of a failure.
    traces: HashMap<TraceId, ToldTrace>,
}

impl Found {
    fn add(&mut self, trace: KeptTrace) {
        self.traces.extend(trace.told);
        for occurrence in trace.found {
            add(&mut self.issues, Issue::new(occurrence));
        }
    }

    fn merge(&mut self, other: Self) {
        self.traces.extend(other.traces);
        for issue in other.issues.into_values() {
            add(&mut self.issues, issue);
        }
    }

    /// Adds what records tell, with what is known of their traces.
    fn add_failures(&mut self, failures: Vec<Occurrence>) {
        for mut failure in failures {
            if let Some(trace) = self.traces.get(&failure.sample.trace) {
                let sample = &mut failure.sample;
                sample.trace_duration = trace.duration;
                if sample.transaction.is_empty() {
                    let name = trace.transaction(sample.spans.first());
                    sample.transaction.clone_from(name);
                }
                // Exceptions of spans do not say whose they were, spans do.
                let user = sample.context.user.take();
                sample.context.user = user.or_else(|| trace.user.clone());
            }
            add(&mut self.issues, Issue::new(failure));
        }
    }

    /// The issues; fingerprints of a pair name one of them.
    fn finished(mut self, aliases: &HashSet<(String, String)>) -> Vec<Issue> {
        for (left, right) in aliases {
            if let Some(issue) = self.issues.get_mut(&(Kind::Error, right.clone())) {
                issue.fingerprints.insert(left.clone());
            }
        }
        finished(self.issues)
    }
}

/// The thresholds a store is looked at with. Those that this program does not know are left out.
///
/// # Errors
/// As with every question.
pub fn settings(reader: &Reader) -> Result<Settings, StoreError> {
    let mut settings = Settings::default();
    for (name, value) in reader.detector_settings()? {
        if let Some(threshold) = Threshold::named(&name) {
            // A value that cannot be read comes from another version, too.
            let _ = threshold.set(&mut settings, &value);
        }
    }
    Ok(settings)
}

/// The issues in the traces of which a span fits: those first whose mending wins most. Errors of no trace are among them
/// where nothing is searched for.
///
/// What records tell and, where all traces are asked for, what is found in new and changed ones is handed to `keep`, in pieces
/// that [`Writer::keep`](crate::store::Writer::keep) takes in this order. A search that is cancelled goes on after the last of
/// them.
///
/// # Errors
/// As with every question.
pub fn find(
    reader: &Reader,
    filter: &Filter,
    settings: &Settings,
    cancel: &CancelToken,
    keep: &mut dyn FnMut(Kept),
) -> Result<Vec<Issue>, StoreError> {
    let wanted = match *filter == Filter::default() {
        true => None,
        false => Some(numbers_of(reader, filter, cancel)?),
    };
    let is_wanted = |number: i64| {
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&number))
    };
    let rules = kept::rules(settings);
    let mut all = Found::default();
    let mut unreadable = Vec::new();
    let looked_at = reader.findings(&rules, |number, found| {
        if is_wanted(number) {
            match kept::read(found) {
                Some(trace) => all.add(trace),
                None => unreadable.push(number),
            }
        }
    })?;
    // Read after the list of changes: whatever is told of a trace in a change of that list is among it.
    let AllTold {
        mut failures,
        told,
        aliases,
    } = told::told(reader, cancel, keep)?;
    let look = Look {
        settings,
        told: &told,
        cancel,
        spare: Mutex::default(),
    };
    all.merge(look.at(reader, &unreadable)?.0);
    let (mut after, changed) = (looked_at.upto, looked_at.changed);
    if wanted.is_none() {
        for piece in pieces(&changed) {
            let numbers: Vec<i64> = piece.iter().map(|trace| trace.number).collect();
            let (found, traces) = look.at(reader, &numbers)?;
            all.merge(found);
            let upto = piece.last().map_or(after, |trace| trace.change);
            keep(Kept::Findings(Findings {
                rules: rules.clone(),
                after,
                upto,
                traces,
            }));
            after = upto;
        }
    } else {
        let numbers = changed.iter().map(|trace| trace.number);
        let numbers: Vec<i64> = numbers.filter(|number| is_wanted(*number)).collect();
        all.merge(look.at(reader, &numbers)?.0);
    }
    if let Some(range) = filter.range {
        failures.retain(|failure| range.contains(failure.sample.start));
    }
    if filter.search != Expr::All {
        failures.retain(|failure| all.traces.contains_key(&failure.sample.trace));
    }
    all.add_failures(failures);
    let mut issues = all.finished(&aliases);
    told::read_failures(reader, &mut issues, cancel)?;
    Ok(issues)
}

/// The issues as far as they were found before, without looking at anything: what is there while [`find`] goes on.
///
/// # Errors
/// As with every question.
pub fn found_before(
    reader: &Reader,
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<Vec<Issue>, StoreError> {
    let mut all = Found::default();
    reader.findings(&kept::rules(settings), |_, found| {
        if let Some(trace) = kept::read(found) {
            all.add(trace);
        }
    })?;
    let AllTold {
        failures, aliases, ..
    } = told::kept(reader)?;
    all.add_failures(failures);
    let mut issues = all.finished(&aliases);
    told::read_failures(reader, &mut issues, cancel)?;
    Ok(issues)
}

/// Failures one by one, by time, and besides what detectors find where `with_detectors` says so. What recordings of one
/// problem call differently goes by one fingerprint.
///
/// # Errors
/// As with every question.
pub fn one_by_one(
    reader: &Reader,
    with_detectors: bool,
    cancel: &CancelToken,
) -> Result<Vec<Occurrence>, StoreError> {
    let (mut found, aliases) = under_own_names(reader, with_detectors, cancel)?;
    same::rename(&mut found, &aliases);
    Ok(found)
}

/// Occurrences under the fingerprints they were found by.
type OwnNames = (Vec<Occurrence>, HashSet<(String, String)>);

/// As [`one_by_one`], each under its own fingerprint, with the pairs that name one issue.
fn under_own_names(
    reader: &Reader,
    with_detectors: bool,
    cancel: &CancelToken,
) -> Result<OwnNames, StoreError> {
    let search = match with_detectors {
        true => Expr::All,
        false => query::parse_filter("is:error").unwrap_or_default(),
    };
    let filter = Filter {
        search,
        range: None,
    };
    let settings = settings(reader)?;
    let numbers = reader
        .find_traces(&filter, TraceOrder::Start, false, cancel)?
        .numbers;
    let AllTold {
        failures: mut found,
        told,
        aliases,
    } = told::told(reader, cancel, &mut |_| ())?;
    let in_traces = match with_detectors {
        true => found_in(reader, &numbers, &settings, cancel, |trace, known| {
            let tree = SpanTree::new(&trace.trace);
            occurrences(trace, &tree, &settings, &told, known)
        }),
        false => found_in(reader, &numbers, &settings, cancel, |trace, _| {
            untold(trace, &SpanTree::new(&trace.trace), &told)
        }),
    };
    let in_traces = in_traces?.into_iter().flat_map(|(_, found)| found);
    found.extend(in_traces.filter(|found| with_detectors || found.kind == Kind::Error));
    found.sort_by_key(|occurrence| occurrence.sample.start);
    Ok((found, aliases))
}

/// The records of every issue, under the fingerprints of its occurrences and the name of its kind: what `issue:…` in a
/// search means.
///
/// # Errors
/// As with every question.
pub fn named(reader: &Reader, cancel: &CancelToken) -> Result<Vec<Named>, StoreError> {
    let (mut found, aliases) = under_own_names(reader, true, cancel)?;
    let own: Vec<String> = found
        .iter()
        .map(|found| found.fingerprint.clone())
        .collect();
    same::rename(&mut found, &aliases);
    let mut all: HashMap<(Kind, String), (BTreeSet<String>, Named)> = HashMap::new();
    for (occurrence, own) in found.into_iter().zip(own) {
        let key = (occurrence.kind, occurrence.fingerprint.clone());
        let (names, records) = all.entry(key).or_default();
        names.extend([
            own,
            occurrence.fingerprint,
            occurrence.kind.name().to_owned(),
        ]);
        let sample = occurrence.sample;
        match sample.source {
            Source::Event(number) => records.errors.push(number),
            Source::Log(at) => records.logs.push(at),
            Source::Trace | Source::Span => (),
        }
        if sample.trace != TraceId::default() && !sample.spans.is_empty() {
            records.spans.push((sample.trace, sample.spans));
        }
    }
    let all = all.into_values().map(|(names, records)| Named {
        names: names.into_iter().collect(),
        ..records
    });
    Ok(all.collect())
}

fn numbers_of(
    reader: &Reader,
    filter: &Filter,
    cancel: &CancelToken,
) -> Result<HashSet<i64>, StoreError> {
    let found = reader.find_traces(filter, TraceOrder::Start, false, cancel)?;
    Ok(found.numbers.iter().copied().collect())
}

/// Changed traces in pieces that do not part those of one change.
fn pieces(changed: &[ChangedTrace]) -> impl Iterator<Item = &[ChangedTrace]> {
    let mut rest = changed;
    std::iter::from_fn(move || {
        let last = rest.get(PIECE.min(rest.len()).checked_sub(1)?)?.change;
        let end = rest.partition_point(|trace| trace.change <= last);
        let (piece, later) = rest.split_at(end);
        rest = later;
        Some(piece)
    })
}

/// Looking at traces.
struct Look<'a> {
    settings: &'a Settings,
    told: &'a Told,
    cancel: &'a CancelToken,
    /// What threads that are between two groups of traces remember.
    spare: Mutex<Vec<Hashes>>,
}

/// Traces by number with what is kept of each.
type ToKeep = Vec<(i64, Vec<u8>)>;

impl Look<'_> {
    /// What is found in traces by number, and what is kept of each.
    fn at(&self, reader: &Reader, numbers: &[i64]) -> Result<(Found, ToKeep), StoreError> {
        let names = attributes();
        let (names, cancel) = (names.as_slice(), self.cancel);
        let parts = reader.work_through_traces(numbers, names, cancel, |traces| {
            let mut known = self.spare().pop().unwrap_or_default();
            let (mut found, mut to_keep) = (Found::default(), Vec::with_capacity(traces.len()));
            for trace in &traces {
                let id = trace.trace.id;
                let (tree, told) = (SpanTree::new(&trace.trace), self.told.get(&id));
                let kept = KeptTrace {
                    told: told.map(|told| (id, told_trace(trace, &tree, told))),
                    found: occurrences(trace, &tree, self.settings, self.told, &mut known),
                };
                to_keep.push((trace.number, kept::write(&kept)));
                found.add(kept);
            }
            self.spare().push(known);
            (found, to_keep)
        })?;
        let (mut all, mut to_keep) = (Found::default(), Vec::with_capacity(numbers.len()));
        for (found, traces) in parts {
            all.merge(found);
            to_keep.extend(traces);
        }
        Ok((all, to_keep))
    }

    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Hashes>> {
        // Held for a push or a pop only, neither of which leaves anything half done.
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is found in traces by number: what is kept where it still counts, else what a look gives.
fn found_in(
    reader: &Reader,
    numbers: &[i64],
    settings: &Settings,
    cancel: &CancelToken,
    look: impl Fn(&TraceWithValues, &mut Hashes) -> Vec<Occurrence> + Sync,
) -> Result<Vec<(i64, Vec<Occurrence>)>, StoreError> {
    let mut all = Vec::new();
    let mut unreadable = Vec::new();
    let rules = kept::rules(settings);
    let mut unknown =
        reader.findings_of(&rules, numbers, |number, found| match kept::read(found) {
            Some(trace) => all.push((number, trace.found)),
            None => unreadable.push(number),
        })?;
    unknown.append(&mut unreadable);
    let parts = reader.work_through_traces(&unknown, &attributes(), cancel, |traces| {
        let mut known = Hashes::default();
        let found = traces.iter();
        let found = found.map(|trace| (trace.number, look(trace, &mut known)));
        found.collect::<Vec<_>>()
    })?;
    all.extend(parts.into_iter().flatten());
    Ok(all)
}

/// What detectors find in traces by number, without failures: spans that failed are marked as they are.
fn problems_of(
    reader: &Reader,
    numbers: &[i64],
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<Vec<(i64, Vec<Occurrence>)>, StoreError> {
    let told = Told::new();
    let mut problems = found_in(reader, numbers, settings, cancel, |trace, known| {
        let tree = SpanTree::new(&trace.trace);
        occurrences(trace, &tree, settings, &told, known)
    })?;
    for (_, found) in &mut problems {
        found.retain(|found| found.kind != Kind::Error);
    }
    Ok(problems)
}

/// The kinds of problems in each of some traces, by their numbers.
///
/// # Errors
/// As with every question.
pub fn kinds_of(
    reader: &Reader,
    numbers: &[i64],
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<HashMap<i64, Vec<Kind>>, StoreError> {
    let problems = problems_of(reader, numbers, settings, cancel)?.into_iter();
    let kinds = |found: Vec<Occurrence>| found.iter().map(|found| found.kind).collect();
    Ok(problems
        .map(|(number, found)| (number, kinds(found)))
        .collect())
}

/// What detectors find in one trace: an issue each, met once.
///
/// # Errors
/// As with every question.
pub fn in_trace(
    reader: &Reader,
    id: TraceId,
    settings: &Settings,
    cancel: &CancelToken,
) -> Result<Vec<Issue>, StoreError> {
    let Some(number) = reader.trace_number(id)? else {
        return Ok(Vec::new());
    };
    let problems = problems_of(reader, &[number], settings, cancel)?;
    let problems = problems.into_iter().flat_map(|(_, found)| found);
    Ok(problems.map(Issue::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_whole_changes() {
        let changed = |changes: &[(i64, usize)]| {
            let traces = changes.iter();
            let traces = traces.flat_map(|(change, count)| std::iter::repeat_n(*change, *count));
            let trace = |(number, change)| ChangedTrace { number, change };
            (1..).zip(traces).map(trace).collect::<Vec<_>>()
        };
        let sizes = |changes: &[(i64, usize)]| {
            let changed = changed(changes);
            pieces(&changed).map(<[_]>::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[]), Vec::<usize>::new());
        assert_eq!(sizes(&[(1, 3), (2, 4)]), [7]);
        assert_eq!(sizes(&[(1, PIECE), (2, 1)]), [PIECE, 1]);
        assert_eq!(sizes(&[(1, PIECE - 1), (2, 5), (3, 2)]), [PIECE + 4, 2]);
        assert_eq!(sizes(&[(4, 3 * PIECE), (9, 1)]), [3 * PIECE, 1]);
    }
}
