//! The traces' numbers by their ids: the table `trace_key`.
//!
//! Ids are random, and an index over all of them would be touched everywhere by every batch. So the index lies in parts:
//! traces are numbered in order of first sight, and each part has a stretch of numbers. A batch writes to the last part only;
//! looking an id up asks every part, which is a few microseconds each.

use crate::model::TraceId;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

/// How many numbers a part has, as a power of two: its pages still fit the cache.
const PART_BITS: u32 = 17;

/// Writes ids.
pub(super) struct Keys<'c>(CachedStatement<'c>);

impl<'c> Keys<'c> {
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        connection
            .prepare_cached("INSERT INTO trace_key(part, id, number) VALUES(?1, ?2, ?3)")
            .map(Self)
    }

    /// Adds traces, whose ids must not be there.
    pub fn insert(&mut self, mut traces: Vec<(TraceId, i64)>) -> rusqlite::Result<()> {
        traces.sort_unstable_by_key(|(id, number)| (part(*number), id.0));
        for (id, number) in traces {
            self.0.execute(params![part(number), id.0, number])?;
        }
        Ok(())
    }
}

fn part(number: i64) -> i64 {
    number >> PART_BITS
}

fn parts(connection: &Connection) -> rusqlite::Result<std::ops::RangeInclusive<i64>> {
    let mut last = connection.prepare_cached("SELECT coalesce(max(part), -1) FROM trace_key")?;
    last.query_row([], |row| row.get(0)).map(|last| 0..=last)
}

/// The number of a trace; `None` when there is none with this id.
pub(super) fn find(connection: &Connection, id: TraceId) -> rusqlite::Result<Option<i64>> {
    let mut find =
        connection.prepare_cached("SELECT number FROM trace_key WHERE part = ?1 AND id = ?2")?;
    for part in parts(connection)? {
        let number = find.query_row(params![part, id.0], |row| row.get(0));
        if let Some(number) = number.optional()? {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// The least ids in a range, ends included, at most so many.
pub(super) fn between(
    connection: &Connection,
    low: TraceId,
    high: TraceId,
    limit: usize,
) -> rusqlite::Result<Vec<TraceId>> {
    let mut find = connection.prepare_cached(
        "SELECT id FROM trace_key WHERE part = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id LIMIT ?4",
    )?;
    let mut ids = Vec::new();
    for part in parts(connection)? {
        let found = find.query_map(params![part, low.0, high.0, limit as i64], |row| {
            row.get(0).map(TraceId)
        })?;
        for id in found {
            ids.push(id?);
        }
    }
    ids.sort_unstable_by_key(|id: &TraceId| id.0);
    ids.truncate(limit);
    Ok(ids)
}

/// Gathers the keys of all traces there are.
pub(super) fn take_over(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO trace_key SELECT number >> ?1, trace_id, number FROM trace ORDER BY 1, 2",
        [PART_BITS],
    )?;
    Ok(())
}

/// Forgets the traces that fit a condition; they are still in the table `trace`.
pub(super) fn forget(connection: &Connection, condition: &str) -> rusqlite::Result<()> {
    let sql = format!(
        "DELETE FROM trace_key WHERE (part, id) IN (SELECT number >> ?1, trace_id FROM trace WHERE {condition})"
    );
    connection.execute(&sql, [PART_BITS])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_in_every_part() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE trace(number INTEGER PRIMARY KEY, trace_id BLOB, spans INTEGER);
                 CREATE TABLE trace_key(part, id, number, PRIMARY KEY(part, id)) WITHOUT ROWID;",
            )
            .unwrap();
        let id = |byte| TraceId([byte; 16]);
        let far = 5 << PART_BITS;
        let mut keys = Keys::new(&connection).unwrap();
        keys.insert(vec![(id(9), 1), (id(3), far), (id(4), 2)])
            .unwrap();
        assert_eq!(find(&connection, id(3)).unwrap(), Some(far));
        assert_eq!(find(&connection, id(9)).unwrap(), Some(1));
        assert_eq!(find(&connection, id(5)).unwrap(), None);
        let all = |limit| between(&connection, id(3), id(9), limit).unwrap();
        assert_eq!(all(10), [id(3), id(4), id(9)]);
        assert_eq!(all(2), [id(3), id(4)]);
        let insert = "INSERT INTO trace VALUES(?1, ?2, ?3)";
        connection
            .execute(insert, params![far, id(3).0, 0])
            .unwrap();
        forget(&connection, "spans = 0").unwrap();
        assert_eq!(all(10), [id(4), id(9)]);
    }
}
