//! Any bytes as `otlp-proto`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| headwater_fuzz::read_as("otlp-proto", data));
