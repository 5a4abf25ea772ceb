//! What goes wrong with a store, in words a person can act on.

use super::StoreError;
use crate::model::sink::SinkError;
use std::fmt;

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { path, holder } => write!(
                out,
                "{path} is being written to by {holder}; wait for it to end or close it, or use another store"
            ),
            Self::Newer { path, found, known } => write!(
                out,
                "{path} was written by a newer Headwater (schema {found}, this one knows up to {known}); \
                 update Headwater or use another store"
            ),
            Self::NotAStore { path, reason } => write!(
                out,
                "{path} is not a Headwater store: {reason}; it was left as it is, choose another file"
            ),
            Self::Cancelled => out.write_str("cancelled"),
            Self::Statement(reason) => write!(out, "cannot run the statement: {reason}"),
            Self::Failed { what, reason } => write!(out, "cannot {what}: {reason}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl StoreError {
    /// A failure to do `what` (`read a trace`) for any reason that prints.
    pub(crate) fn failed(what: &str, reason: impl fmt::Display) -> Self {
        Self::Failed {
            what: what.to_owned(),
            reason: reason.to_string(),
        }
    }

    /// An SQLite error while doing `what`; an interrupted statement is a cancelled request.
    pub(super) fn sql(what: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::OperationInterrupted) => Self::Cancelled,
            _ => Self::failed(what, explain(&error)),
        }
    }
}

/// What SQLite says of a damaged file, for content that only this program can tell to be damaged.
pub(super) fn damaged(what: &str) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(format!("{what} cannot be read")))
}

/// The error with a hint where SQLite's own words leave a person alone.
pub(super) fn explain(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode;
    let hint = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            "; free some space and import again, what was committed is safe"
        }
        Some(ErrorCode::DatabaseBusy) => "; another program holds the file, try again",
        Some(ErrorCode::DatabaseCorrupt) => {
            "; the file is damaged, import into a new store and delete this one"
        }
        Some(ErrorCode::ReadOnly) => "; the file or its folder is read-only",
        _ => "",
    };
    format!("{error}{hint}")
}

impl From<StoreError> for SinkError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}
