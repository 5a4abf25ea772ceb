//! A sink that keeps what it is given in memory, with the promises of the real one that import relies on.
#![allow(dead_code)]

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
    fn encode(&self, batch: Batch) -> Batch {
        batch
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
        let known = &mut self.known[import.0 as usize];
        known.read_to = to.read_to;
        known.prefix_hash = to.prefix_hash;
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

/// Imports a file.
pub fn import(path: &Path, sink: &mut Memory) -> FileReport {
    let options = Options { threads: 2 };
    import_file(
        path,
        sink,
        &options,
        &Progress::default(),
        &CancelToken::default(),
    )
}

/// Imports bytes as a file.
pub fn import_bytes(bytes: &[u8]) -> (FileReport, Memory) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    let mut sink = Memory::default();
    let report = import(file.path(), &mut sink);
    (report, sink)
}
