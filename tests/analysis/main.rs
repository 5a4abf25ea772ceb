//! What is computed from spans alone, case by case: grouping, critical path, detectors, normal forms, alert rules.
//!
//! One program for all of them: linking is what a test run spends its time and disk on.

mod alert_anomaly;
mod alert_rules;
mod detect_assets;
mod detect_calls;
mod detect_db;
mod detect_input;
mod detect_support;
mod detect_tools;
mod insights_kept;
mod normalise;
mod path;
mod waterfall;
