//! Any bytes as `jaeger-json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("jaeger-json", data));
