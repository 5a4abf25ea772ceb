//! A store filled in process.

use headwater::model::batch::Batch;
use headwater::model::sink::{Checkpoint, Encode, FileIdentity, Sink};
use headwater::store::Writer;
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::sync_channel;

/// Makes so many records, so many a batch. Two threads make and encode batches, this one commits them.
pub fn fill(path: &Path, count: usize, step: usize, batch: impl Fn(Range<usize>) -> Batch + Sync) {
    let mut writer = Writer::open(path).expect("a new store");
    let import = writer
        .begin(&FileIdentity::default(), None)
        .expect("an import");
    let encoder = writer.encoder();
    let (encoded, done) = sync_channel(4);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (encoded, encoder, batch) = (encoded.clone(), encoder.clone(), &batch);
            scope.spawn(move || {
                for first in (half * step..count).step_by(2 * step) {
                    let mut batch = batch(first..(first + step).min(count));
                    encoded
                        .send(encoder.encode(&mut batch))
                        .expect("someone listens");
                }
            });
        }
        drop(encoded);
        for batch in done {
            writer
                .commit(import, batch, Checkpoint::default())
                .expect("room on the disk");
        }
    });
}
