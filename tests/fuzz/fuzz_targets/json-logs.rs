//! Any bytes as `json-logs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("json-logs", data));
