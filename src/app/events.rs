//! What the writer tells of imports and of all else that was written, and how it is put in words.

use super::state::{App, RunningImport, StoreState};
use super::writer::WriterEvent;
use crate::model::human::counted;
use crate::model::report::{FileReport, Outcome};
use std::path::Path;

impl App {
    /// Takes what the writer tells.
    pub(super) fn take_event(&mut self, event: WriterEvent) {
        match event {
            WriterEvent::Opened(Ok(())) => {
                self.store = StoreState::Writable;
                self.readable = true;
            }
            WriterEvent::Opened(Err(reason)) => {
                self.readable = reason.readable;
                self.store = StoreState::NotWritable(reason);
            }
            WriterEvent::Started { path, index, of } => {
                self.importing = Some(RunningImport { path, index, of })
            }
            WriterEvent::FileDone(report) => {
                self.request.push((*report).clone());
                self.reports.insert(0, *report);
                self.data_version += 1;
            }
            WriterEvent::Idle => self.import_ended(),
            WriterEvent::Saved(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                match result {
                    Ok(path) => self.tell(format!("Saved as {}", path.display()), false),
                    Err(reason) => self.tell(reason, true),
                }
            }
            WriterEvent::SavedSearches(result) => {
                self.written(result);
                self.saved_changes += 1;
            }
            WriterEvent::RulesSaved(result) => self.written(result),
            WriterEvent::Issues(result) => {
                self.written(result);
                self.issues.changes += 1;
            }
            WriterEvent::Noted(result) => {
                self.written(result);
                self.pane.note_changes += 1;
            }
            WriterEvent::DetectorSet(result) => {
                self.written(result);
                self.issues.thresholds += 1;
                self.issues.kinds.clear();
                self.issues.log_kinds.clear();
                self.issues.marks.clear();
            }
            WriterEvent::Removed(result) => {
                self.waiting_imports = self.waiting_imports.saturating_sub(1);
                self.data_version += 1;
                match result {
                    Ok(()) => self.tell("The import was removed".to_owned(), false),
                    Err(reason) => {
                        self.tell(format!("The import could not be removed: {reason}"), true)
                    }
                }
            }
        }
    }

    /// The writer has nothing left to import: says what became of all that was asked for.
    fn import_ended(&mut self) {
        self.importing = None;
        let request = std::mem::take(&mut self.request);
        let (failed, read): (Vec<FileReport>, Vec<FileReport>) = request
            .into_iter()
            .partition(|report| report.outcome == Outcome::Failed);
        match failed.as_slice() {
            [] => {}
            [one] => self.tell(report_in_words(one), true),
            several => {
                let files = counted(several.len() as u64, "file");
                let text = format!("{files} could not be read; the imports page tells why");
                self.tell(text, true);
            }
        }
        match read.as_slice() {
            [] => {}
            [one] => self.tell(report_in_words(one), false),
            several => self.tell(reports_in_words(several), false),
        }
        self.waiting_imports = self.waiting_imports.saturating_sub(1);
        self.data_version += 1;
    }

    /// Something was written, or could not be.
    fn written(&mut self, result: Result<(), String>) {
        self.waiting_imports = self.waiting_imports.saturating_sub(1);
        if let Err(reason) = result {
            self.tell(reason, true);
        }
    }
}

/// What a report counted, in words.
fn counts_in_words(reports: &[FileReport]) -> String {
    let sum = |part: fn(&FileReport) -> u64| reports.iter().map(part).sum();
    let skipped = match sum(|report| report.problems.skipped_total) {
        0 => String::new(),
        n => format!(", {} skipped", counted(n, "record")),
    };
    format!(
        "{}, {}, {}{skipped}",
        counted(sum(|report| report.counts.spans), "span"),
        counted(sum(|report| report.counts.logs), "log"),
        counted(sum(|report| report.counts.errors), "error")
    )
}

/// Several finished imports in one sentence.
fn reports_in_words(reports: &[FileReport]) -> String {
    let files = counted(reports.len() as u64, "file");
    format!("{files}: {}", counts_in_words(reports))
}

/// A finished import in one sentence.
fn report_in_words(report: &FileReport) -> String {
    let name = Path::new(&report.path)
        .file_name()
        .map_or(report.path.clone(), |name| {
            name.to_string_lossy().into_owned()
        });
    let read = counts_in_words(std::slice::from_ref(report));
    match report.outcome {
        Outcome::Complete => format!("{name}: {read}"),
        Outcome::AlreadyImported => format!("{name} was imported before; nothing was added"),
        Outcome::Cancelled => format!("{name}: stopped after {read}"),
        Outcome::Failed => format!(
            "{name}: {}",
            report.error.as_deref().unwrap_or("it could not be read")
        ),
    }
}
