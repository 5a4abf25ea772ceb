//! The program as a process: what each subcommand prints, how it ends, and what it leaves behind.
//!
//! One program for all of them: linking is what a test run spends its time and disk on.

mod alerts;
mod answers;
#[path = "../support/cli.rs"]
mod cli_support;
mod compare;
mod detectors;
mod differs;
mod export;
mod faults_import;
mod faults_limits;
mod figures;
mod golden_sample;
mod groups;
mod insights;
mod insights_captures;
mod insights_looks;
mod insights_series;
mod issues;
mod render;
mod sql;
mod status;
#[path = "../support/store.rs"]
mod store_support;
