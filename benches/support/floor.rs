//! What the store could not be faster than: everything up to it, thrown away.

use headwater::model::batch::Batch;
use headwater::model::report::FileReport;
use headwater::model::sink::*;
use headwater::store::{SegmentEncoder, Writer};
use std::sync::Arc;

/// A sink that counts records and forgets them.
pub struct Floor {
    pub records: u64,
    encoder: Arc<Count>,
}

/// How far batches are taken before they are thrown away.
pub struct Count(Option<Arc<SegmentEncoder>>);

impl Floor {
    /// Batches as the parsers make them.
    pub fn parsed() -> Self {
        Self::of(Count(None))
    }

    /// Columns, compressed, as the one writer gets them.
    #[allow(dead_code, reason = "one benchmark compares parsers only")]
    pub fn encoded() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let writer = Writer::open(&folder.path().join("unused.store")).expect("an empty store");
        Self::of(Count(Some(writer.encoder())))
    }

    fn of(encoder: Count) -> Self {
        Self {
            records: 0,
            encoder: Arc::new(encoder),
        }
    }
}

impl Encode for Count {
    type Encoded = u64;

    fn encode(&self, batch: &mut Batch) -> u64 {
        let records = batch.records() as u64;
        if let Some(encoder) = &self.0 {
            std::hint::black_box(encoder.encode(batch));
        }
        records
    }
}

impl Sink for Floor {
    type Encoder = Count;

    fn encoder(&self) -> Arc<Count> {
        Arc::clone(&self.encoder)
    }

    fn known(&mut self) -> Result<Vec<KnownImport>, SinkError> {
        Ok(Vec::new())
    }

    fn begin(&mut self, _: &FileIdentity, _: Option<ImportId>) -> Result<ImportId, SinkError> {
        Ok(ImportId(1))
    }

    fn commit(&mut self, _: ImportId, records: u64, _: Checkpoint) -> Result<Committed, SinkError> {
        self.records += records;
        Ok(Committed {
            spans: records,
            ..Committed::default()
        })
    }

    fn finish(&mut self, _: ImportId, _: &FileReport, _: bool) -> Result<(), SinkError> {
        Ok(())
    }
}
