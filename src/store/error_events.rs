//! Errors one by one with what their source said of them: what grouping reads.

use super::StoreError;
use super::scan::{Scan, Scanner};
use crate::model::record::ErrorEntry;
use crate::model::{Nanos, SpanId, TraceId, Value};
use rusqlite::Row;
use std::sync::Arc;

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
    ranges: &[(i64, i64)],
    work: impl Fn((i64, i64), Vec<ErrorWithDocument>) -> T + Sync,
) -> Result<Vec<T>, StoreError> {
    let resources = scan.shared.resources(scanner)?;
    scan.each(ranges, |scanner, range| {
        let sql = format!(
            "SELECT {SELECT}, error_event.resource, document FROM {FROM}
             WHERE error_event.number BETWEEN ?1 AND ?2 ORDER BY error_event.number"
        );
        let mut find = scanner.connection.prepare_cached(&sql)?;
        let mut errors = Vec::new();
        let mut rows = find.query([range.0, range.1])?;
        while let Some(row) = rows.next()? {
            scan.check()?;
            let resource: i64 = row.get(MORE)?;
            errors.push(ErrorWithDocument {
                entry: entry(row)?,
                resource: resources.get(&resource).cloned().unwrap_or_default(),
                document: row.get(MORE + 1)?,
            });
        }
        drop(rows);
        Ok(work(*range, errors))
    })
}
