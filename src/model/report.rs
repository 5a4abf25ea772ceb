//! What an import says of a file: what it was, what was read, what was not and why.

use super::human;
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
    /// How it begins, on one line; empty when there is nothing to show.
    pub excerpt: String,
}

/// How many characters of a skipped record are shown.
pub const EXCERPT_CHARS: usize = 120;

/// What a remark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemarkKind {
    /// Something was wrong and was put right; the remark says how.
    Repair,
    /// Something to know, such as a part of the file that is not shown.
    Note,
}

/// Something worth saying once, however often it occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// What it is about.
    pub kind: RemarkKind,
    /// In words.
    pub text: String,
    /// How often it occurred.
    pub times: u64,
}

impl Remark {
    /// The remark as one line: `12 × Spans ended before they started…`.
    pub fn line(&self) -> String {
        match self.times {
            0 | 1 => self.text.clone(),
            times => format!("{} × {}", human::grouped(times), self.text),
        }
    }
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
    /// What was repaired, and what is worth a note.
    pub remarks: Vec<Remark>,
}

impl Problems {
    /// Notes a record that is left out. `record` begins where it does.
    pub fn skip(&mut self, line: u64, byte: u64, reason: impl Into<String>, record: &[u8]) {
        self.skipped_total += 1;
        if self.skipped.len() < SKIPPED_SHOWN {
            self.skipped.push(Skipped {
                line,
                byte,
                reason: reason.into(),
                excerpt: excerpt(record),
            });
        }
    }

    /// Says what was wrong and put right; the same text is counted, not repeated.
    pub fn repair(&mut self, text: &str) {
        self.remark(RemarkKind::Repair, text, 1);
    }

    /// Says something to know; the same text is counted, not repeated.
    pub fn note(&mut self, text: &str) {
        self.remark(RemarkKind::Note, text, 1);
    }

    /// Says something that occurred `times` times.
    pub fn remark(&mut self, kind: RemarkKind, text: &str, times: u64) {
        match self.remarks.iter_mut().find(|known| known.text == text) {
            Some(known) => known.times += times,
            None => self.remarks.push(Remark {
                kind,
                text: text.to_owned(),
                times,
            }),
        }
    }

    /// The remarks of one kind, in order of first occurrence.
    pub fn of_kind(&self, kind: RemarkKind) -> impl Iterator<Item = &Remark> {
        self.remarks
            .iter()
            .filter(move |remark| remark.kind == kind)
    }

    /// Takes over what a later stretch of the same file found.
    pub fn merge(&mut self, later: Self) {
        self.skipped_total += later.skipped_total;
        let room = SKIPPED_SHOWN.saturating_sub(self.skipped.len());
        self.skipped.extend(later.skipped.into_iter().take(room));
        for remark in later.remarks {
            self.remark(remark.kind, &remark.text, remark.times);
        }
    }
}

/// The beginning of a record on one line: white space becomes single spaces, what is not text becomes U+FFFD.
fn excerpt(record: &[u8]) -> String {
    // Enough bytes for the characters shown, even where white space goes.
    let bytes = &record[..record.len().min(EXCERPT_CHARS * 8)];
    let text = String::from_utf8_lossy(bytes);
    let mut shown = String::new();
    let mut count = 0;
    for word in text.split_whitespace() {
        if count > 0 {
            shown.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= EXCERPT_CHARS {
                shown.push('…');
                return shown;
            }
            shown.push(if c.is_control() { '\u{FFFD}' } else { c });
            count += 1;
        }
    }
    shown
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
    /// Check-ins of jobs.
    #[serde(default)]
    pub check_ins: u64,
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
