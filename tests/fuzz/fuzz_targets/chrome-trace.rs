//! Any bytes as `chrome-trace`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("chrome-trace", data));
