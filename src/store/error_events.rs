//! Errors one by one with what their source said of them: what grouping reads.

use super::scan::{Scan, Scanner};
use super::{Filter, StoreError};
use crate::model::record::ErrorEntry;
use crate::model::{Nanos, SpanId, TraceId, Value};
use rusqlite::Row;
use std::sync::Arc;

/// Errors that are read together.
const GROUP: usize = 64;

/// An error with everything that is known of it.
pub struct ErrorWithDocument {
    /// It.
    pub entry: ErrorEntry,
    /// The attributes of who sent it.
    pub resource: Vec<(Arc<str>, Value)>,
    /// The JSON it was read from.
    pub document: String,
}

/// The columns of an [`entry`]; what is selected behind them begins at [`MORE`].
pub(super) const SELECT: &str =
    "error_event.number, trace.trace_id, span, time, level, type, message, transaction_name,
   coalesce(string.text, '')";
/// What they are selected from.
pub(super) const FROM: &str = "error_event LEFT JOIN trace ON trace.number = error_event.trace
   LEFT JOIN string ON string.id = error_event.service";
/// The first column behind them.
const MORE: usize = 9;

/// An error from a row of [`SELECT`].
pub(super) fn entry(row: &Row) -> rusqlite::Result<ErrorEntry> {
    Ok(ErrorEntry {
        number: row.get(0)?,
        trace: row.get::<_, Option<[u8; 16]>>(1)?.map(TraceId),
        span: SpanId(row.get::<_, i64>(2)? as u64).some(),
        time: Nanos(row.get(3)?),
        level: row.get(4)?,
        exception_type: row.get(5)?,
        message: row.get(6)?,
        transaction: row.get(7)?,
        service: row.get(8)?,
    })
}

/// See [`super::Reader::work_through_errors`].
pub(super) fn work_through<T: Send>(
    scan: &Scan,
    scanner: &Scanner,
    filter: &Filter,
    work: impl Fn(Vec<ErrorWithDocument>) -> T + Sync,
) -> Result<Vec<T>, StoreError> {
    let resources = scan.shared.resources(scanner)?;
    let numbers = numbers(scanner, filter).map_err(StoreError::sql("list the errors"))?;
    let groups: Vec<&[i64]> = numbers.chunks(GROUP).collect();
    scan.each(&groups, |scanner, group| {
        let sql = format!(
            "SELECT {SELECT}, error_event.resource, document FROM {FROM} WHERE error_event.number = ?1"
        );
        // One lock of the file for all of them.
        let _reading = scanner.connection.unchecked_transaction();
        let mut find = scanner.connection.prepare_cached(&sql)?;
        let mut errors = Vec::with_capacity(group.len());
        for number in *group {
            scan.check()?;
            let mut rows = find.query([number])?;
            if let Some(row) = rows.next()? {
                let resource: i64 = row.get(MORE)?;
                errors.push(ErrorWithDocument {
                    entry: entry(row)?,
                    resource: resources.get(&resource).cloned().unwrap_or_default(),
                    document: row.get(MORE + 1)?,
                });
            }
        }
        Ok(work(errors))
    })
}

/// The errors of a stretch of time.
fn numbers(scanner: &Scanner, filter: &Filter) -> rusqlite::Result<Vec<i64>> {
    let range = filter.range;
    let start = range.map_or(i64::MIN, |range| range.start.0);
    let end = range.map_or(i64::MAX, |range| range.end.0);
    let sql = "SELECT number FROM error_event WHERE time >= ?1 AND time < ?2 ORDER BY number";
    let mut find = scanner.connection.prepare_cached(sql)?;
    let numbers = find.query_map([start, end], |row| row.get(0))?;
    numbers.collect()
}
