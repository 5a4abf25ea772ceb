//! What can be taken out of the program, as text: pure functions from the model to the form another program or person reads.
//!
//! Writes no file and knows no window; whoever calls decides where the text goes.

pub mod import_report;
pub mod log_record;
pub mod verdict;
