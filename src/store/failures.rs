//! What error records and error logs tell, kept in pieces, so that each record is read once.
//!
//! Records of both kinds are only ever added, and go with their import. A *piece* is a run of error records of one import, by
//! their numbers, or a segment of log records. What it says is bytes here; `rules` names what it was read by, and what was
//! read by other rules gives way. A piece that overlaps what is kept, or leaves records out before it, is not taken: what is
//! not kept is read again.

use super::scan::Scanner;
use super::{Reader, RecordKind, StoreError, Writer, kind_number};
use rusqlite::{Connection, OptionalExtension, params};

/// Error records of a piece at most.
const PIECE: usize = 1024;

/// What a piece is made of. Its number is part of the file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// Error records, by their numbers.
    Errors,
    /// The log records of a segment, by its id.
    Logs,
}

/// Records that are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailurePiece {
    /// Which kind they are of.
    pub by: ToldBy,
    /// Number of the first error record, or the segment.
    pub first: i64,
    /// Number of the last one, or the segment.
    pub last: i64,
    /// The import they came with.
    pub import: i64,
}

/// What was read of some pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failures {
    /// By which rules.
    pub rules: String,
    /// The pieces in the order of their records, each with what it tells.
    pub pieces: Vec<(FailurePiece, Vec<u8>)>,
}

impl ToldBy {
    fn number(self) -> i64 {
        match self {
            Self::Errors => 0,
            Self::Logs => 1,
        }
    }
}

/// Forgets what came with an import.
pub(super) fn forget(connection: &Connection, import: i64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM failure WHERE import = ?1";
    connection.execute(sql, [import]).map(drop)
}

impl Writer {
    /// Keeps what was read of pieces; says how many of them were taken.
    ///
    /// # Errors
    /// As with everything that is written.
    pub fn keep_failures(&mut self, failures: &Failures) -> Result<usize, StoreError> {
        self.transaction(|connection, _| keep(connection, failures))
            .map_err(StoreError::sql("keep what errors tell"))
    }
}

fn keep(connection: &Connection, failures: &Failures) -> rusqlite::Result<usize> {
    let rules = &failures.rules;
    connection.execute("DELETE FROM failure WHERE rules <> ?1", [rules])?;
    let mut put = connection.prepare_cached(
        "INSERT INTO failure(told_by, first, last, import, rules, data) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut taken = 0;
    for (piece, data) in &failures.pieces {
        if fits(connection, piece)? {
            let by = piece.by.number();
            put.execute(params![
                by,
                piece.first,
                piece.last,
                piece.import,
                rules,
                data
            ])?;
            taken += 1;
        }
    }
    Ok(taken)
}

/// Whether a piece is still in the store, and follows what is kept.
fn fits(connection: &Connection, piece: &FailurePiece) -> rusqlite::Result<bool> {
    let (sql, values) = match piece.by {
        ToldBy::Errors => (
            "SELECT EXISTS(SELECT 1 FROM error_event WHERE number = ?1 AND import = ?2)
               AND NOT EXISTS(SELECT 1 FROM error_event WHERE number < ?1
                 AND number > (SELECT coalesce(max(last), 0) FROM failure WHERE told_by = 0))
               AND (SELECT coalesce(max(last), 0) FROM failure WHERE told_by = 0) < ?1",
            [piece.first, piece.import],
        ),
        ToldBy::Logs => (
            "SELECT EXISTS(SELECT 1 FROM segment WHERE id = ?1 AND import = ?2)
               AND NOT EXISTS(SELECT 1 FROM failure WHERE told_by = 1 AND first = ?1)",
            [piece.first, piece.import],
        ),
    };
    connection
        .prepare_cached(sql)?
        .query_row(values, |row| row.get(0))
}

impl Reader {
    /// Hands over what is kept of these rules, and lists the pieces that are still to be read. All of one moment.
    ///
    /// # Errors
    /// As with every question.
    pub fn failures(
        &self,
        rules: &str,
        each: impl FnMut(ToldBy, &[u8]),
    ) -> Result<Vec<FailurePiece>, StoreError> {
        self.begin();
        read(&self.scanner, rules, each).map_err(StoreError::sql("read what errors tell"))
    }
}

fn read(
    scanner: &Scanner,
    rules: &str,
    mut each: impl FnMut(ToldBy, &[u8]),
) -> rusqlite::Result<Vec<FailurePiece>> {
    let moment = scanner.connection.unchecked_transaction()?;
    for by in [ToldBy::Errors, ToldBy::Logs] {
        let mut kept = moment.prepare_cached(
            "SELECT data FROM failure WHERE told_by = ?1 AND rules = ?2 ORDER BY first",
        )?;
        let mut rows = kept.query(params![by.number(), rules])?;
        while let Some(row) = rows.next()? {
            each(by, row.get_ref(0)?.as_blob()?);
        }
    }
    let sql = "SELECT max(last) FROM failure WHERE told_by = 0 AND rules = ?1";
    let upto: Option<Option<i64>> = moment
        .prepare_cached(sql)?
        .query_row([rules], |row| row.get(0))
        .optional()?;
    let mut new = moment.prepare_cached(
        "SELECT number, import FROM error_event WHERE number > ?1 ORDER BY number",
    )?;
    let numbers = new.query_map([upto.flatten().unwrap_or(0)], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let numbers: Vec<(i64, i64)> = numbers.collect::<Result<_, _>>()?;
    let mut pieces = pieces(&numbers);
    let mut new = moment.prepare_cached(
        "SELECT id, import FROM segment WHERE kind = ?1 AND id NOT IN
           (SELECT first FROM failure WHERE told_by = 1 AND rules = ?2) ORDER BY id",
    )?;
    let segments = new.query_map(params![kind_number(RecordKind::Log), rules], |row| {
        let first = row.get(0)?;
        Ok(FailurePiece {
            by: ToldBy::Logs,
            first,
            last: first,
            import: row.get(1)?,
        })
    })?;
    for piece in segments {
        pieces.push(piece?);
    }
    Ok(pieces)
}

/// Error records, given as number and import, in runs of one import.
fn pieces(numbers: &[(i64, i64)]) -> Vec<FailurePiece> {
    let runs = numbers.chunk_by(|left, right| left.1 == right.1);
    let runs = runs.flat_map(|run| run.chunks(PIECE));
    let piece = |run: &[(i64, i64)]| {
        let (first, import) = *run.first()?;
        Some(FailurePiece {
            by: ToldBy::Errors,
            first,
            last: run.last()?.0,
            import,
        })
    };
    runs.filter_map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_of_one_import_and_not_too_long() {
        let shown = |numbers: &[(i64, i64)]| {
            let pieces = pieces(numbers).into_iter();
            pieces
                .map(|piece| (piece.first, piece.last, piece.import))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&[]), []);
        assert_eq!(
            shown(&[(3, 1), (5, 1), (6, 2), (9, 1)]),
            [(3, 5, 1), (6, 6, 2), (9, 9, 1)]
        );
        let most = PIECE as i64;
        let long: Vec<(i64, i64)> = (1..=most + 2).map(|number| (number, 7)).collect();
        assert_eq!(shown(&long), [(1, most, 7), (most + 1, most + 2, 7)]);
    }
}
