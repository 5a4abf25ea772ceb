//! The store through its public doors: what goes in comes out, every search against a plain one, and what can go wrong with a file.
//!
//! One program for all of them: linking is what a test run spends its time and disk on.

mod alerts;
mod conditions;
mod differs;
mod faults;
mod groups;
mod many_values;
mod search;
mod spans;
#[path = "../support/store.rs"]
mod store_support;
mod traces;
mod transactions;
mod values;
