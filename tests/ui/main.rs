//! The window, driven by accessible names and painted by the CPU: no display is needed.
//!
//! One program for all of them: linking is what a test run spends its time and disk on.

mod actions;
mod alerts;
mod charts;
mod common;
mod compare;
mod dialogs;
mod export;
mod find;
mod flow;
mod history;
mod insights;
mod insights_leads;
mod insights_rows;
mod issues;
mod kit;
mod log_rows;
mod logs;
mod looks;
mod narrow;
mod overview;
mod pages;
mod pane;
mod pane_support;
mod search;
mod snapshots;
mod spans;
mod story;
mod waterfall;
