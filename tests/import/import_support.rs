//! A sink that keeps what it is given in memory, with the promises of the real one that import relies on.

use headwater::import::{Options, Progress, import_file};
use headwater::model::CancelToken;
use headwater::model::batch::Batch;
use headwater::model::report::FileReport;
use headwater::model::sink::*;
use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Keeps whole batches.
#[derive(Default)]
pub struct Memory {
    pub batches: Vec<Batch>,
    pub traces: HashSet<[u8; 16]>,
    pub spans: HashSet<([u8; 16], u64)>,
    pub known: Vec<KnownImport>,
    /// Refuses the commit with this number.
    pub refuse: Option<usize>,
}

/// Hands batches through.
pub struct Through;

impl Encode for Through {
    type Encoded = Batch;
    fn encode(&self, batch: &mut Batch) -> Batch {
        std::mem::take(batch)
    }
}

impl Sink for Memory {
    type Encoder = Through;

    fn encoder(&self) -> Arc<Through> {
        Arc::new(Through)
    }

    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError> {
        Ok(self.known.clone())
    }

    fn begin(
        &mut self,
        file: &FileIdentity,
        resume: Option<ImportId>,
    ) -> Result<ImportId, SinkError> {
        if let Some(id) = resume {
            self.known[id.0 as usize].identity = file.clone();
            return Ok(id);
        }
        let id = ImportId(self.known.len() as i64);
        self.known.push(KnownImport {
            id,
            identity: file.clone(),
            read_to: 0,
            prefix_hash: 0,
            logs_to: 0,
            complete: false,
        });
        Ok(id)
    }

    fn commit(
        &mut self,
        import: ImportId,
        batch: Batch,
        to: Checkpoint,
    ) -> Result<Committed, SinkError> {
        if self.refuse == Some(self.batches.len()) {
            return Err(SinkError("The disk is full.".to_owned()));
        }
        let mut new = Committed::default();
        for span in &batch.spans {
            new.traces += u64::from(self.traces.insert(span.trace.0));
            match self.spans.insert((span.trace.0, span.id.0)) {
                true => new.spans += 1,
                false => new.duplicates += 1,
            }
        }
        new.logs = batch.logs.len() as u64;
        new.errors = batch.errors.len() as u64;
        new.check_ins = batch.check_ins.len() as u64;
        let known = &mut self.known[import.0 as usize];
        known.read_to = to.read_to;
        known.prefix_hash = to.prefix_hash;
        known.logs_to = to.logs_to;
        self.batches.push(batch);
        Ok(new)
    }

    fn finish(
        &mut self,
        import: ImportId,
        _: &FileReport,
        complete: bool,
    ) -> Result<(), SinkError> {
        self.known[import.0 as usize].complete = complete;
        Ok(())
    }
}

/// Imports a file that is no archive.
pub fn import(path: &Path, sink: &mut Memory) -> FileReport {
    import_with(path, sink, &CancelToken::default())
}

/// Imports a file that is no archive, into any sink.
pub fn import_with<S: Sink>(path: &Path, sink: &mut S, cancel: &CancelToken) -> FileReport {
    let mut reports = import_each(path, sink, cancel);
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.remove(0)
}

/// Imports a file, or the members of an archive, each with a report.
pub fn import_each<S: Sink>(path: &Path, sink: &mut S, cancel: &CancelToken) -> Vec<FileReport> {
    let (options, progress) = (Options { threads: 2 }, Progress::default());
    let mut reports = Vec::new();
    let mut done = |report| reports.push(report);
    import_file(path, sink, &options, &progress, cancel, &mut done);
    reports
}

/// Imports bytes as a file.
pub fn import_bytes(bytes: &[u8]) -> (FileReport, Memory) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    let mut sink = Memory::default();
    let report = import(file.path(), &mut sink);
    (report, sink)
}
