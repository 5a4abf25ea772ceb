//! One meaning for many dialects.
pub mod service;
use super::batch::Batch;
/// Fills canonical fields.
pub fn resolve(batch: &mut Batch) {
    let _ = batch;
}
