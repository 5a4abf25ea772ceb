//! Records that only analysis can name: those of issues.
//!
//! The store does not know what an issue is. Whoever opens a reader may tell it whom to ask ([`Reader::ask_for_issues`]); the
//! term `issue:…` of a search then means the spans and log records that go by this name, besides an attribute that is called
//! so. What was answered is remembered until something is imported, removed or set.

use super::matching::Matcher;
use super::scan::{Scan, Scanner};
use super::value::ValueRef;
use super::{Reader, RecordKind, StoreError, trace_key};
use crate::model::record::RecordRef;
use crate::model::{CancelToken, SpanId, TraceId};
use hashbrown::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The key of a search that asks for them.
pub(super) const ISSUE: &str = "issue";

/// Records that go by the same names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Each of them means all of these records.
    pub names: Vec<String>,
    /// Spans, by their traces; a trace may stand there several times.
    pub spans: Vec<(TraceId, Vec<SpanId>)>,
    /// Log records.
    pub logs: Vec<RecordRef>,
    /// Error records, by their numbers.
    pub errors: Vec<i64>,
}

/// Gives all records that have names, of a store that is read by a reader of its own.
pub type AskForNames = fn(&Reader, &CancelToken) -> Result<Vec<Named>, StoreError>;

/// Whom to ask, and what was answered last.
#[derive(Default)]
pub(super) struct Names {
    ask: OnceLock<AskForNames>,
    known: Mutex<Option<Known>>,
}

/// All that was answered, and of which state of the store.
type Known = (String, Arc<[Named]>);

/// Records of one kind that some names mean.
pub(super) enum Members {
    /// Spans by the number of their trace, ids in order.
    Spans(HashMap<i64, Vec<u64>>),
    /// Log records by their segment, rows in order.
    Logs(HashMap<u32, Vec<u32>>),
}

impl Reader {
    /// Whom to ask for the records of issues; the first who is named stays.
    pub fn ask_for_issues(self, ask: AskForNames) -> Self {
        let _ = self.shared.names.ask.set(ask);
        self
    }

    /// The records that go by a name, of all kinds; none where nobody is known to ask.
    ///
    /// # Errors
    /// As with every question.
    pub fn named(&self, name: &str, cancel: &CancelToken) -> Result<Named, StoreError> {
        let all = all(&self.scan(cancel), &self.scanner)?;
        let mut found = Named::default();
        for named in all.iter().filter(|named| has_name(named, name)) {
            let Named {
                names,
                spans,
                logs,
                errors,
            } = named.clone();
            found.names.extend(names);
            found.spans.extend(spans);
            found.logs.extend(logs);
            found.errors.extend(errors);
        }
        Ok(found)
    }
}

fn has_name(named: &Named, name: &str) -> bool {
    named.names.iter().any(|known| known == name)
}

/// The records of a kind whose name fits; `None` where nobody is known to ask.
pub(super) fn members(
    scan: &Scan,
    scanner: &Scanner,
    kind: RecordKind,
    fits: &Matcher,
) -> Result<Option<Members>, StoreError> {
    if scan.shared.names.ask.get().is_none() {
        return Ok(None);
    }
    let all = all(scan, scanner)?;
    let fits = |named: &&Named| {
        let mut names = named.names.iter();
        names.any(|name| fits.fits(ValueRef::Str(name)))
    };
    let chosen = all.iter().filter(fits);
    Ok(Some(match kind {
        RecordKind::Span => Members::Spans(spans(scanner, chosen)?),
        RecordKind::Log => {
            let mut rows: HashMap<u32, Vec<u32>> = HashMap::new();
            for at in chosen.flat_map(|named| &named.logs) {
                rows.entry(at.segment).or_default().push(at.row);
            }
            rows.values_mut().for_each(|rows| rows.sort_unstable());
            Members::Logs(rows)
        }
    }))
}

fn spans<'a>(
    scanner: &Scanner,
    chosen: impl Iterator<Item = &'a Named>,
) -> Result<HashMap<i64, Vec<u64>>, StoreError> {
    let mut by_trace: HashMap<TraceId, Vec<u64>> = HashMap::new();
    for (trace, spans) in chosen.flat_map(|named| &named.spans) {
        let ids = by_trace.entry(*trace).or_default();
        ids.extend(spans.iter().map(|span| span.0));
    }
    let mut by_number = HashMap::with_capacity(by_trace.len());
    for (trace, mut ids) in by_trace {
        let number = trace_key::find(&scanner.connection, trace)
            .map_err(StoreError::sql("find the traces of an issue"))?;
        if let Some(number) = number {
            ids.sort_unstable();
            by_number.insert(number, ids);
        }
    }
    Ok(by_number)
}

/// All records with names, asked for once a state of the store: who asks meanwhile waits for the same answer.
fn all(scan: &Scan, scanner: &Scanner) -> Result<Arc<[Named]>, StoreError> {
    let names = &scan.shared.names;
    let Some(ask) = names.ask.get() else {
        return Ok(Arc::default());
    };
    let mut known = names.known.lock().unwrap_or_else(PoisonError::into_inner);
    let state = state(scanner).map_err(StoreError::sql("see whether the store changed"))?;
    if let Some((of, all)) = &*known
        && *of == state
    {
        return Ok(all.clone());
    }
    scan.check()?;
    let reader = Reader::open(&scan.shared.path)?;
    let all: Arc<[Named]> = ask(&reader, scan.cancel)?.into();
    *known = Some((state, all.clone()));
    Ok(all)
}

/// What names depend on: the records, and what issues are found by.
fn state(scanner: &Scanner) -> rusqlite::Result<String> {
    let sql = "SELECT (SELECT coalesce(max(change), 0) FROM detection)
        || '/' || (SELECT coalesce(max(id), 0) || '/' || count(*) || '/' || coalesce(sum(read_to), 0) FROM import)
        || '/' || (SELECT coalesce(group_concat(name || '=' || value), '') FROM detector_setting)";
    let mut find = scanner.connection.prepare_cached(sql)?;
    find.query_row([], |row| row.get(0))
}
