//! Any bytes as `zipkin-json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("zipkin-json", data));
