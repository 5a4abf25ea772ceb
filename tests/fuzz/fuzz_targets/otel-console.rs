//! Any bytes as `otel-console`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("otel-console", data));
