//! One meaning for many dialects.
use super::batch::Batch;
/// Fills canonical fields.
pub fn resolve(batch: &mut Batch) {
    let _ = batch;
}
