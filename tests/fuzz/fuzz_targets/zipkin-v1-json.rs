//! Any bytes as `zipkin-v1-json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("zipkin-v1-json", data));
