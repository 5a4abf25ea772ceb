//! Headwater: open an exported trace file, find the cause. A library and a thin binary.
//!
//! The map, from the ground up (who may use whom is checked by `tests/architecture.rs`):
//!
//! * [`model`]: time, ids, values, records, traces; what dialects mean by the same thing.
//! * [`query`]: the search language. [`import`]: files become batches of records.
//! * [`store`]: batches become a SQLite file that answers questions.
//! * [`analysis`]: what a trace means. [`layout`]: what it looks like, in numbers.
//! * [`alerts`]: rules, tried on values over time.
//! * [`insights`]: what the store's records mean taken together.
//! * [`export`]: what can be taken out as text.
//! * [`app`]: the state of the window without a window. [`ui`]: the window.
//! * [`cli`]: the command line.
#![forbid(unsafe_code)]

pub mod alerts;
pub mod analysis;
pub mod app;
pub mod cli;
pub mod export;
pub mod import;
pub mod insights;
pub mod layout;
pub mod model;
pub mod query;
pub mod store;
pub mod ui;

/// Import and searches take and give back large pieces of memory on every core. The system's allocator returns many of them
/// to the kernel at once, which then has to clear and map them anew: a sixth of an import.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
