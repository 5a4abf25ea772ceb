//! The log records around one, as rows.

use super::route::{AroundPlace, Neighbours};
use crate::model::CancelToken;
use crate::model::record::{LogEntry, RecordRef};
use crate::query::{Expr, Term, Test};
use crate::store::{Filter, Reader, RecordKind, StoreError};

/// Records before and after one, the record itself, and whether that is all.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// What was asked for.
    pub place: AroundPlace,
    /// Oldest first.
    pub rows: Vec<LogEntry>,
    /// The place of the record among them.
    pub at: usize,
    /// Whether there are earlier ones.
    pub more_before: bool,
    /// Whether there are later ones.
    pub more_after: bool,
}

impl Surroundings {
    /// Reads at most `room` records before and after one, with chosen attributes.
    ///
    /// # Errors
    /// When the store cannot be read, the record is not in it any more, or it belongs to no trace and those of its trace
    /// are wanted.
    pub fn read(
        reader: &Reader,
        place: AroundPlace,
        room: (usize, usize),
        columns: &[String],
        cancel: &CancelToken,
    ) -> Result<Self, StoreError> {
        let record = reader.log_rows(&[place.at], &[])?.into_iter().next();
        let filter = Filter {
            search: record.map_or(Ok(Expr::All), |record| neighbours(&record, place.of))?,
            range: None,
        };
        let found = reader.around(RecordKind::Log, &filter, place.at, room, cancel)?;
        Ok(Self {
            place,
            rows: reader.log_rows(&found.refs, columns)?,
            at: found.at,
            more_before: found.more_before,
            more_after: found.more_after,
        })
    }

    /// The place of a record among the rows.
    pub fn row_of(&self, record: RecordRef) -> Option<usize> {
        self.rows.iter().position(|row| row.at == record)
    }
}

/// The search that a record's neighbours fit.
fn neighbours(record: &LogEntry, of: Neighbours) -> Result<Expr, StoreError> {
    let term = |key: &str, test: Test| {
        let key = key.to_owned();
        Expr::Term(Term { key, test })
    };
    Ok(match of {
        Neighbours::All => Expr::All,
        Neighbours::Service if record.service.is_empty() => {
            term("service", Test::Present).negated()
        }
        Neighbours::Service => term("service", Test::Equals(record.service.to_string())),
        Neighbours::Trace => match record.trace {
            Some(trace) => term("trace", Test::Equals(trace.to_string())),
            None => {
                return Err(StoreError::Failed {
                    what: "show the other records of its trace".to_owned(),
                    reason: "the record belongs to no trace".to_owned(),
                });
            }
        },
    })
}
