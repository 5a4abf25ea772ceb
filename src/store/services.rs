//! The services of a trace as its row keeps them: ids of the table `string`, a little-endian `u32` each, ascending.

use rusqlite::{Connection, params};

/// The ids in a row.
pub(super) fn ids(stored: &[u8]) -> impl Iterator<Item = i64> {
    let (ids, _) = stored.as_chunks();
    ids.iter().map(|id| i64::from(u32::from_le_bytes(*id)))
}

/// What a row has, with some more.
pub(super) fn with(stored: &[u8], more: impl Iterator<Item = i64>) -> Vec<u8> {
    let mut all: Vec<i64> = ids(stored).chain(more).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
        .flat_map(|id| (id as u32).to_le_bytes())
        .collect()
}

/// Takes over the services of a store that has a row each, and drops that table.
pub(super) fn take_over(connection: &Connection) -> rusqlite::Result<()> {
    let mut find = connection.prepare("SELECT trace, service FROM trace_service ORDER BY trace")?;
    let pairs = find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let pairs: Vec<(i64, i64)> = pairs.collect::<Result<_, _>>()?;
    let mut set = connection.prepare("UPDATE trace SET services = ?2 WHERE number = ?1")?;
    for services in pairs.chunk_by(|a, b| a.0 == b.0) {
        let all = with(&[], services.iter().map(|(_, service)| *service));
        set.execute(params![services[0].0, all])?;
    }
    connection.execute_batch("DROP TABLE trace_service;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_is_kept_once() {
        let some = with(&[], [7, 3, 7].into_iter());
        let more = with(&some, [5, 3].into_iter());
        assert_eq!(ids(&more).collect::<Vec<_>>(), [3, 5, 7]);
        assert!(with(&[], std::iter::empty()).is_empty());
    }
}
