//! Any bytes as `text-logs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("text-logs", data));
