//! What the store's records mean when they are taken together: pure analysis, run over all of them.
//!
//! It asks the store and puts its answers through [`analysis`](crate::analysis). It knows neither windows nor output.

mod errors;
mod issue;
pub mod issues;
pub mod limits;
