//! Every format from bytes to records: real files against their ground truth, forms against each other, and damage.
//!
//! One program for all of them: linking is what a test run spends its time and disk on.

mod archive_support;
mod archives;
mod captures;
#[path = "../support/cli.rs"]
mod cli_support;
mod dumps;
mod explained;
mod faults;
mod formats;
mod import_support;
mod jaeger_zipkin;
mod journald;
mod lenient;
mod log_forms;
mod log_names;
mod logs;
mod older_forms;
mod packed;
mod proto;
mod proto_support;
mod proto_twins;
mod same;
mod sentry_trace;
mod vendor;
