//! What an import says of a file: what it was, what was read, what was not and why.

use serde::{Deserialize, Serialize};
use std::path::Path;

/// A record that was not imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Line in the file, from 1; 0 when lines mean nothing there.
    pub line: u64,
    /// Byte offset in the file.
    pub byte: u64,
    /// What is wrong, in words.
    pub reason: String,
}

/// How many skipped records are kept with their place; the rest is only counted.
pub const SKIPPED_SHOWN: usize = 100;

/// What could not be read or had to be repaired, gathered while parsing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems {
    /// The first [`SKIPPED_SHOWN`] skipped records.
    pub skipped: Vec<Skipped>,
    /// How many were skipped in all.
    pub skipped_total: u64,
    /// Things worth a note, each said once with its count: `("12 spans ended before they started…", 12)`.
    pub warnings: Vec<(String, u64)>,
}

impl Problems {
    /// Notes a record that is left out.
    pub fn skip(&mut self, line: u64, byte: u64, reason: impl Into<String>) {
        self.skipped_total += 1;
        if self.skipped.len() < SKIPPED_SHOWN {
            self.skipped.push(Skipped {
                line,
                byte,
                reason: reason.into(),
            });
        }
    }

    /// Notes something repaired or left aside; the same text is counted, not repeated.
    pub fn warn(&mut self, text: &str) {
        self.warn_times(text, 1);
    }

    /// As [`Self::warn`], for `times` occurrences at once.
    pub fn warn_times(&mut self, text: &str, times: u64) {
        match self.warnings.iter_mut().find(|(known, _)| known == text) {
            Some((_, count)) => *count += times,
            None => self.warnings.push((text.to_owned(), times)),
        }
    }

    /// Takes over what a later stretch of the same file found.
    pub fn merge(&mut self, later: Self) {
        self.skipped_total += later.skipped_total;
        let room = SKIPPED_SHOWN.saturating_sub(self.skipped.len());
        self.skipped.extend(later.skipped.into_iter().take(room));
        for (text, times) in later.warnings {
            self.warn_times(&text, times);
        }
    }
}

/// How many records of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Errors.
    pub errors: u64,
    /// Different traces with spans.
    pub traces: u64,
}

/// How far the import of a file came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Read to its end.
    #[default]
    Complete,
    /// The same file had been read before; nothing was added.
    AlreadyImported,
    /// Stopped on request; what was committed stays.
    Cancelled,
    /// It could not be read at all; `error` says why.
    Failed,
}

/// The report on one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// The file as the person named it.
    pub path: String,
    /// The format's id, such as `otlp-json`; empty when none was recognised.
    pub format: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What is new in the store through this file.
    pub counts: Counts,
    /// Bytes read.
    pub bytes: u64,
    /// Records that were in the store already.
    pub duplicates: u64,
    /// What was skipped or repaired.
    pub problems: Problems,
    /// Why it failed, for [`Outcome::Failed`]: what it is, and what to do instead.
    pub error: Option<String>,
    /// Wall time in seconds.
    pub seconds: f64,
}

impl FileReport {
    /// The report on a file that could not be read at all.
    pub fn failed(path: &Path, reason: &str) -> Self {
        let path = path.display().to_string();
        Self {
            path,
            outcome: Outcome::Failed,
            error: Some(reason.to_owned()),
            ..Self::default()
        }
    }
}
