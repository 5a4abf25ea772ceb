//! From a stretch of protobuf to a batch.

use super::reader::Reader;
use crate::import::format::Parsed;
use crate::import::otlp_json::document::name_services;
use crate::import::stretch::{Stretch, dropped};
use crate::model::CancelToken;
use crate::model::conventions;

/// Reads a stretch. `None` when cancelled.
pub fn parse(mut stretch: Stretch, cancel: &CancelToken) -> Option<Parsed> {
    if let Some(reason) = stretch.dropped {
        let line = 0;
        let batch = dropped(&Stretch { line, ..stretch }, reason);
        return Some(Parsed {
            batch,
            ..Parsed::default()
        });
    }
    let mut batch = std::mem::take(&mut stretch.batch);
    // About what spans of ten attributes take; memory that is reserved and not needed costs nothing.
    batch.input.reserve(stretch.bytes.len() / 2);
    batch.spans.reserve(stretch.bytes.len() / 384);
    batch.attrs.reserve(stretch.bytes.len() / 40);
    let cut_off = Reader::new(&stretch.bytes, stretch.base, &mut batch, cancel).read();
    if cancel.is_cancelled() {
        return None;
    }
    name_services(&mut batch);
    conventions::resolve(&mut batch);
    Some(Parsed {
        batch,
        open_end: stretch.last && cut_off,
        bytes: stretch.bytes,
    })
}
