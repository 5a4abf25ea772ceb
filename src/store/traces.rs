//! Lists of traces: which fit, and the rows that are shown of them.
//!
//! Which fit is decided in [`condition`]; here they are sorted and read.

mod condition;
mod like;
mod of_spans;
mod page;

use super::scan::{Scan, Scanner};
use super::{Filter, StoreError, TraceMatches, TraceOrder, services, trace_key};
use crate::model::record::TraceSummary;
use crate::model::{Nanos, TraceId};
use rusqlite::Row;
use std::cmp::Ordering;
use std::sync::Arc;

use condition::{Condition, has};
pub use like::TracesLike;
pub(super) use like::like;
pub(super) use of_spans::of_spans;
pub use page::TracePage;
pub(super) use page::page;

/// Above this share of all traces, reading the whole table is quicker than row by row.
const SCAN_FROM: usize = 16;

/// Rows read between two looks at the cancel flag.
const CHECK_EVERY: usize = 4096;

/// What is read of each trace to sort and filter it.
struct Candidate {
    number: i64,
    start: i64,
    duration: i64,
    spans: i64,
    errors: i64,
    logs: i64,
    /// Only read for the orders that need it.
    text: Box<str>,
}

/// See [`super::Reader::find_traces`].
pub(super) fn find(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
    order: TraceOrder,
    descending: bool,
) -> Result<TraceMatches, StoreError> {
    let mut candidates = fitting(scan, scanner, filter, order)?;
    if descending {
        candidates.reverse();
    }
    Ok(TraceMatches {
        numbers: candidates
            .iter()
            .map(|candidate| candidate.number)
            .collect(),
        durations: candidates
            .iter()
            .map(|candidate| candidate.duration)
            .collect(),
        starts: candidates
            .iter()
            .map(|candidate| Nanos(candidate.start))
            .collect(),
    })
}

/// The traces that fit, rising.
fn fitting(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
    order: TraceOrder,
) -> Result<Vec<Candidate>, StoreError> {
    let condition = Condition::new(&filter.search).resolved(scan, scanner)?;
    let wanted = condition.bound();
    let failed = StoreError::sql("list the traces");
    let sql = select(order, condition.is_none());
    let few = count(scanner).map_err(&failed)? / SCAN_FROM;
    let mut candidates = match wanted {
        Some(wanted) if (wanted.count() as usize) < few => read_some(
            scan,
            scanner,
            &sql,
            wanted.iter().map(|number| number as i64),
        )?,
        wanted => read_all(scan, scanner, &sql, |number| {
            wanted.as_ref().is_none_or(|set| has(set, number))
        })?,
    };
    candidates.retain(|candidate| {
        let in_range = filter
            .range
            .is_none_or(|range| range.contains(Nanos(candidate.start)));
        in_range && condition.holds(candidate)
    });
    scan.check()?;
    sort(&mut candidates, order);
    Ok(candidates)
}

/// Roughly how many traces there are, those without spans too.
pub(super) fn count(scanner: &Scanner) -> rusqlite::Result<usize> {
    let sql = "SELECT coalesce(max(number), 0) FROM trace";
    let most: i64 = scanner.connection.query_row(sql, [], |row| row.get(0))?;
    Ok(usize::try_from(most).unwrap_or_default())
}

/// The columns of a [`Candidate`]; those that a list by time or duration does not need are left out, so that it can
/// be answered from an index.
fn select(order: TraceOrder, plain: bool) -> String {
    let counts = match order {
        TraceOrder::Start | TraceOrder::Duration if plain => "0, 0, 0",
        _ => "spans, failed + errors, logs",
    };
    let text = match order {
        TraceOrder::Name => "coalesce(root_name, '')",
        TraceOrder::Service => "coalesce((SELECT text FROM string WHERE id = root_service), '')",
        _ => "''",
    };
    format!("SELECT number, start, duration, {counts}, {text} FROM trace WHERE spans > 0")
}

fn candidate(row: &Row) -> rusqlite::Result<Candidate> {
    Ok(Candidate {
        number: row.get(0)?,
        start: row.get(1)?,
        duration: row.get(2)?,
        spans: row.get(3)?,
        errors: row.get(4)?,
        logs: row.get(5)?,
        text: row.get(6)?,
    })
}

fn read_all(
    scan: &Scan,
    scanner: &Scanner,
    sql: &str,
    wanted: impl Fn(i64) -> bool,
) -> Result<Vec<Candidate>, StoreError> {
    let failed = StoreError::sql("list the traces");
    let mut find = scanner.connection.prepare_cached(sql).map_err(&failed)?;
    let mut rows = find.query([]).map_err(&failed)?;
    let mut candidates = Vec::new();
    let mut read = 0;
    while let Some(row) = rows.next().map_err(&failed)? {
        if wanted(row.get(0).map_err(&failed)?) {
            candidates.push(candidate(row).map_err(&failed)?);
        }
        read += 1;
        if read % CHECK_EVERY == 0 {
            scan.check()?;
        }
    }
    Ok(candidates)
}

fn read_some(
    scan: &Scan,
    scanner: &Scanner,
    sql: &str,
    wanted: impl Iterator<Item = i64>,
) -> Result<Vec<Candidate>, StoreError> {
    let failed = StoreError::sql("list the traces");
    let sql = format!("{sql} AND number = ?1");
    let mut find = scanner.connection.prepare_cached(&sql).map_err(&failed)?;
    let mut candidates = Vec::new();
    for (place, number) in wanted.enumerate() {
        let mut rows = find.query([number]).map_err(&failed)?;
        if let Some(row) = rows.next().map_err(&failed)? {
            candidates.push(candidate(row).map_err(&failed)?);
        }
        if place % CHECK_EVERY == 0 {
            scan.check()?;
        }
    }
    Ok(candidates)
}

fn sort(candidates: &mut [Candidate], order: TraceOrder) {
    candidates.sort_unstable_by(|left, right| compare(left, right, order));
}

/// Equal ones by start, then by order of first sight.
fn compare(left: &Candidate, right: &Candidate, order: TraceOrder) -> Ordering {
    let by_order = match order {
        TraceOrder::Start => left.start.cmp(&right.start),
        TraceOrder::Duration => left.duration.cmp(&right.duration),
        TraceOrder::Spans => left.spans.cmp(&right.spans),
        TraceOrder::Errors => left.errors.cmp(&right.errors),
        TraceOrder::Logs => left.logs.cmp(&right.logs),
        TraceOrder::Name | TraceOrder::Service => left.text.cmp(&right.text),
    };
    let tie = (left.start, left.number).cmp(&(right.start, right.number));
    by_order.then(tie)
}

/// See [`super::Reader::trace_rows`].
pub(super) fn rows(scanner: &Scanner, numbers: &[i64]) -> rusqlite::Result<Vec<TraceSummary>> {
    let mut find = scanner.connection.prepare_cached(
        "SELECT number, trace_id, coalesce(root_name, ''), coalesce(op.text, ''), coalesce(service.text, ''),
           coalesce(start, 0), coalesce(duration, 0), spans, failed + errors, logs, coalesce(services, x'')
         FROM trace LEFT JOIN string op ON op.id = root_op LEFT JOIN string service ON service.id = root_service
         WHERE number = ?1",
    )?;
    let mut texts = scanner
        .connection
        .prepare_cached("SELECT text FROM string WHERE id = ?1")?;
    let mut services = |row: &rusqlite::Row| -> rusqlite::Result<Vec<Arc<str>>> {
        let ids = services::ids(row.get_ref(10)?.as_blob()?);
        let names = ids.map(|id| texts.query_row([id], |row| row.get(0)));
        let mut names: Vec<Arc<str>> = names.collect::<Result<_, _>>()?;
        names.sort();
        Ok(names)
    };
    let mut summaries = Vec::with_capacity(numbers.len());
    for number in numbers {
        summaries.push(find.query_row([number], |row| {
            Ok(TraceSummary {
                number: row.get(0)?,
                id: TraceId(row.get(1)?),
                root_name: row.get(2)?,
                root_op: row.get(3)?,
                root_service: row.get(4)?,
                services: services(row)?.into(),
                start: Nanos(row.get(5)?),
                duration: row.get(6)?,
                spans: row.get::<_, i64>(7)? as u64,
                errors: row.get::<_, i64>(8)? as u64,
                logs: row.get::<_, i64>(9)? as u64,
            })
        })?);
    }
    Ok(summaries)
}

/// See [`super::Reader::trace_summary`].
pub(super) fn summary(scanner: &Scanner, id: TraceId) -> rusqlite::Result<Option<TraceSummary>> {
    let number = trace_key::find(&scanner.connection, id)?;
    let rows = rows(scanner, number.as_slice())?;
    Ok(rows.into_iter().next())
}

/// Ids that begin with these hex digits, at most ten.
pub(super) fn with_prefix(scanner: &Scanner, prefix: &str) -> rusqlite::Result<Vec<TraceId>> {
    let digits = prefix.trim().replace('-', "").to_ascii_lowercase();
    if digits.is_empty()
        || digits.len() > 32
        || !digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Ok(Vec::new());
    }
    let bound = |filler: &str| {
        let digits = format!("{digits}{}", filler.repeat(32 - digits.len()));
        digits.parse::<TraceId>().unwrap_or_default()
    };
    trace_key::between(&scanner.connection, bound("0"), bound("f"), 10)
}
