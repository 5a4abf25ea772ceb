//! The traces of one endpoint: those whose root has the same name and service.

use super::{CHECK_EVERY, rows};
use crate::model::TraceId;
use crate::model::record::TraceSummary;
use crate::store::scan::{Scan, Scanner};
use crate::store::{StoreError, trace_key};

/// Traces like one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TracesLike {
    /// The one itself; `None` when no record names it.
    pub this: Option<TraceSummary>,
    /// The newest of them, newest first, without the one itself.
    pub newest: Vec<TraceSummary>,
    /// How many there are in all, without the one itself.
    pub total: u64,
}

/// See [`crate::store::Reader::traces_like`].
pub fn like(
    scan: &Scan,
    scanner: &Scanner,
    id: TraceId,
    limit: usize,
) -> Result<TracesLike, StoreError> {
    let failed = StoreError::sql("find traces like one");
    let connection = &scanner.connection;
    let Some(number) = trace_key::find(connection, id).map_err(&failed)? else {
        return Ok(TracesLike::default());
    };
    let sql = "SELECT number FROM trace WHERE spans > 0 AND number <> ?1 AND (root_name, root_service) IS \
               (SELECT root_name, root_service FROM trace WHERE number = ?1) ORDER BY start DESC, number DESC";
    let mut find = connection.prepare_cached(sql).map_err(&failed)?;
    let mut found = find.query([number]).map_err(&failed)?;
    let this = rows(scanner, &[number]).map_err(&failed)?.pop();
    let (mut newest, mut total) = (Vec::new(), 0usize);
    while let Some(row) = found.next().map_err(&failed)? {
        if newest.len() < limit {
            newest.push(row.get(0).map_err(&failed)?);
        }
        total += 1;
        if total % CHECK_EVERY == 0 {
            scan.check()?;
        }
    }
    Ok(TracesLike {
        this,
        newest: rows(scanner, &newest).map_err(&failed)?,
        total: total as u64,
    })
}
