//! Any bytes as `elastic-apm`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("elastic-apm", data));
