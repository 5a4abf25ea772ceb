//! Any bytes as `datadog-json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("datadog-json", data));
