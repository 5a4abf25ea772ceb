//! From a stretch of protobuf to a batch, by way of OTLP JSON.

use super::rewrite::rewrite;
use crate::import::format::Parsed;
use crate::import::otlp_json::read_documents;
use crate::import::stretch::{Places, Stretch, dropped};
use crate::model::CancelToken;
use crate::model::batch::Batch;

/// Reads a stretch. `None` when cancelled.
pub fn parse(stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    if let Some(reason) = stretch.dropped {
        let line = 0;
        let batch = dropped(&Stretch { line, ..stretch }, reason);
        return Some(Parsed {
            batch,
            open_end: false,
        });
    }
    let mut batch = Batch::default();
    let rewritten = rewrite(&stretch, &mut batch.problems, cancel)?;
    let (base, last) = (stretch.base, stretch.last);
    drop(stretch);
    let places = Places::of_rewritten(base, rewritten.marks);
    Some(Parsed {
        batch: read_documents(batch, rewritten.text, &places, cancel)?,
        open_end: last && rewritten.cut_off,
    })
}
